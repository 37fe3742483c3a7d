/* SPDX-License-Identifier: GPL-2.0-or-later */
/* saactl apply: a gateway of the file, and the namespace that is to run it. */
#ifndef SAA_TOOL_APPLY_H
#define SAA_TOOL_APPLY_H

#include "file.h"
#include "space.h"
#include "tool.h"
#include "wire.h"

struct apply {
	const char *path, *edge, *gateway, *state;
	bool dry_run, alone;
	struct saa_file *file;
	size_t gw, edge_at;
	bool tier1;		/* below another one that is applied */
	struct space space;	/* of such a one */
	int netns, lock;	/* files, or -1 */
	json_t *changes;
	bool written;
	struct saa_conf old, new;
	struct saa_nl nl;
	struct saa_rtnl rt;
	struct saa_link *links;
	size_t n_links;
};

/* What the file says of this gateway and edge, and the command line. */
void apply_make_conf(struct apply *a);
/* Sockets, the lock and what runs, of the namespace of the caller. EXIT_*. */
int apply_open(struct apply *a);
void apply_close(struct apply *a);
int apply_read_links(struct apply *a);

/*
 * May it follow what runs, and are its pools free? @attached: a tier-0 with
 * tier-1s, @linked: with links to them that are there. EXIT_*.
 */
int apply_check(struct apply *a, bool attached, bool linked);

/* Would the kernel take it? Once the links are there; nothing is changed. EXIT_*. */
int apply_ask(struct apply *a);
/* Are they there, but for the link? In place of apply_ask(). EXIT_*. */
int apply_check_members(struct apply *a);

/* To the kernel, and what follows; nothing is changed if one fails. EXIT_*. */
int apply_write(struct apply *a);

/* Back to what was: another gateway of the edge could not be written. */
void apply_take_back(struct apply *a);

/* Is the link of a tier-1 there, so that the kernel can be asked? */
bool apply_is_linked(struct apply *a);

void apply_warn_mtu(struct apply *a, const struct longest *below);

/* The gateways of this edge that are below the one that is applied. */
struct edge {
	struct apply *tier1;
	struct wire *wires;
	struct wire_routes *up, down;
	size_t n;
};

/*
 * apply_tier1.c, in this order; edge_undo() after a refusal. EXIT_*. Nothing is
 * changed before edge_spaces(), which makes the namespaces that are not there.
 */
int edge_open(struct edge *edge, struct apply *tier0);
int edge_check(struct edge *edge, struct apply *tier0);
int edge_spaces(struct edge *edge, struct apply *tier0);
int edge_make(struct edge *edge, struct apply *tier0);
int edge_ask(struct edge *edge);
/* What leads frames to them, and no route in the way of the tier-0's pools. */
int edge_join(struct edge *edge, struct apply *tier0);
int edge_write(struct edge *edge, struct apply *tier0);
void edge_undo(struct edge *edge, struct apply *tier0);
void edge_close(struct edge *edge);

#endif
