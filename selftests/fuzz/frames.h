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

/**
 * struct target - the far end of an interface of the SR
 * @port: of a shadow port, else of a member
 * @south: on that side
 * @mac: of the member
 * @groups: ids of the groups on that side, of a shadow port
 */
struct target {
	char *ifname;
	bool port, south;
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
 */
struct frame {
	const struct target *to;
	struct virtio_net_hdr virtio;
	unsigned int len;
	bool valid;
	uint8_t data[FRAME_MAX];
};

void punt_mac(uint8_t *mac, const struct gateway *g, bool south, bool second, uint16_t sr);
void frame_make(struct rng *rng, const struct gateway *g, const struct target *to, bool virtio, struct frame *frame);

#endif
