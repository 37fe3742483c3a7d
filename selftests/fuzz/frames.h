/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the frame fuzzer share: frames, and where they go. */
#ifndef FRAMES_H
#define FRAMES_H

#include <linux/virtio_net.h>
#include <stdbool.h>
#include <stdint.h>

#include "../parse/parse_test.h"	/* random_u32(), random_packet() */

#define FRAME_MAX 66000
#define GROUPS 8
#define GENEVE_PORT 6081

/**
 * struct target - the far end of an interface of the SR
 * @name: kind and side
 * @port: of a shadow port, else of a member
 * @tunnel: of the underlay, to the shadow port with Geneve
 * @south: on that side
 * @v6: the edges of the tunnel have addresses of IPv6
 * @mac: of the member, or of the interface in the underlay
 * @groups: ids of the groups on that side, of a shadow port
 */
struct target {
	char name[32], *ifname;
	bool port, tunnel, south, v6;
	uint8_t mac[6];
	uint16_t groups[GROUPS];
	unsigned int n_groups;
	int sock, virtio_sock, watch;
};

struct gateway {
	uint16_t id, me, other;
};

/**
 * struct frame - a frame to send
 * @valid: it is steered for certain, or received and then steered
 * @handled: it gets to the module for certain; of a tunnel only, where the kernel looks first
 */
struct frame {
	const struct target *to;
	struct virtio_net_hdr virtio;
	unsigned int len;
	bool valid, handled;
	uint8_t data[FRAME_MAX];
};

void punt_mac(uint8_t *mac, const struct gateway *g, bool south, bool second, uint16_t sr);
unsigned int punt_vni(bool south);
unsigned int punt_option(uint8_t *p, const struct gateway *g, uint16_t sr, uint16_t group, bool second);
void edge_address(uint8_t *a, uint16_t sr, bool v6);
void frame_make(struct rng *rng, const struct gateway *g, const struct target *to, bool virtio, struct frame *frame);

#endif
