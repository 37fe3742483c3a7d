/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The network namespace of a tier-1, where there is none of its name: made as a
 * router, with the interfaces of its groups from the tier-0's namespace, and taken
 * away again with the gateway. One that is there is never touched: the alias of
 * the loopback interface tells which is which.
 */
#ifndef SAA_TOOL_SPACE_H
#define SAA_TOOL_SPACE_H

#include "file.h"
#include "rtnl.h"

struct space_member {
	char name[IF_NAMESIZE];
	bool up;		/* when it was moved */
};

struct space {
	const char *name;	/* NULL: it was there */
	struct space_member *moved;
	size_t n_moved;
};

/*
 * Before anything is changed: can it be made, and filled by space_fill() with what
 * the tier-0 does not need, as it runs or will run? @rt1 is NULL, or one that an
 * apply made which was killed. EXIT_*.
 */
int space_check(struct saa_rtnl *rt0, struct saa_rtnl *rt1,
		const struct saa_file_gateway *tier1, size_t edge,
		const struct saa_conf *running, const struct saa_conf *new);
/* A namespace of this name; then open it. After a refusal space_undo(). EXIT_*. */
int space_make(struct space *s, const char *name);
/* Move the members there that are in that of @rt0, and set them up. EXIT_*. */
int space_fill(struct space *s, struct saa_rtnl *rt0, struct saa_rtnl *rt1,
	       int netns, const struct saa_file_gateway *tier1, size_t edge);
/* Back to where they were; then there is no such namespace any more. */
void space_undo(struct space *s, struct saa_rtnl *rt0, struct saa_rtnl *rt1);

/* Was it made here? */
bool space_is_made(struct saa_rtnl *rt1);
/* The members of @conf go back to the namespace of the open file @netns. EXIT_*. */
int space_empty(struct saa_rtnl *rt1, const struct saa_conf *conf, int netns);
/* It ends, unless there are other interfaces in it, which is told. EXIT_*. */
int space_remove(struct saa_rtnl *rt1, const char *name, bool *gone);

#endif
