/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of "saactl xdp": what can work (xdp_check.c), the program
 * (xdp_load.c), the commands (cmd_xdp.c).
 */
#ifndef SAA_XDP_H
#define SAA_XDP_H

#include "tool.h"

#define XDP_PROGRAM "saa_xdp"	/* name of the program, as the kernel has it */

/* A device that carries the program, for one group or more. */
struct xdp_device {
	const struct saa_link *link;
	const struct saa_link *vlan;	/* member that is a VLAN on it, or NULL */
};

/* A device by which XDP sends what it punts. */
struct xdp_sender {
	const struct saa_link *link;
	const char *what;
};

struct xdp_state {
	struct saa_nl nl;
	struct saa_conf conf;
	struct saa_rtnl rt;
	struct saa_link *links;
	size_t n_links;
	bool generic, force;
};

/* EXIT_*; messages say what to do about it. */
int xdp_check_module(void);
int xdp_check_ports(struct xdp_state *x);
int xdp_check_device(const struct xdp_state *x, const struct xdp_device *dev);

/*
 * All of them: shadow ports, or over Geneve, as routes are now, what is under the
 * tunnels. A list freed by the caller, and its length.
 */
size_t xdp_senders(struct xdp_state *x, struct xdp_sender **senders);

/*
 * Does the device send redirected frames only with a program of its own, as
 * virtio does? Then ours is put there, too: it passes what is in no group.
 */
bool xdp_sender_wants_program(const struct saa_link *link);

/* The loaded program's file descriptor, or -1 with a message. */
int xdp_load(void);
void xdp_unload(void);
int xdp_attach(const struct xdp_state *x, const struct saa_link *link, int fd);
int xdp_detach(const struct saa_link *link);

/* The name of a program, or NULL if it cannot be found out; static buffer. */
const char *xdp_name(uint32_t id);

#endif
