/* SPDX-License-Identifier: GPL-2.0-or-later */
/* saactl apply: a gateway of the file, and the namespace that is to run it. */
#ifndef SAA_TOOL_APPLY_H
#define SAA_TOOL_APPLY_H

#include "file.h"
#include "tool.h"

struct apply {
	const char *path, *edge, *gateway, *state;
	bool dry_run, alone;
	struct saa_file *file;
	size_t gw, edge_at;
	bool tier1;		/* below another one that is applied */
	int netns, lock;	/* files, or -1 */
	json_t *changes;
	bool written;
	struct saa_conf old, new;
	struct saa_nl nl;
	struct saa_rtnl rt;
	struct saa_link *links;
	size_t n_links;
};

/* To the kernel, and what follows; nothing is changed if one fails. EXIT_*. */
int apply_write(struct apply *a);

/* Back to what was: another gateway of the edge could not be written. */
void apply_take_back(struct apply *a);

/* Are the links with other tiers there, so that the kernel can be asked? */
bool apply_is_linked(struct apply *a);

void apply_warn_mtu(struct apply *a);

#endif
