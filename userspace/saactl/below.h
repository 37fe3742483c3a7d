/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tier-1 gateways that "saactl apply" linked with the tier-0 of this network
 * namespace: found by the links, and read where they run.
 */
#ifndef SAA_TOOL_BELOW_H
#define SAA_TOOL_BELOW_H

#include "model.h"
#include "rtnl_link.h"

struct below {
	char name[SAA_NAME_SIZE], netns[SAA_NETNS_NAME_MAX + 1];
	struct saa_conf conf;
	struct saa_routes routes;	/* to what it advertises */
};

/* EXIT_*; one that cannot be read is told of, and left out. */
int below_get(struct below **below, size_t *n);
void below_free(struct below *below, size_t n);

#endif
