/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What connects a stateful active/active tier-1's SR with the tier-0's on the
 * same edge (R17, R18), made in both of their network namespaces:
 *
 *   tier-0's namespace             tier-1's namespace
 *     t1-ID   100.64.x.x/31 ------ uplink   100.64.x.x/31
 *     t1n-ID -------------------- shadow port north ("punt-n")
 *     t1s-ID -------------------- shadow port south ("punt-s")
 *
 * Frames that the tier-0's shadow port receives for the tier-1's MAC address
 * are redirected to the second of these, and what comes from there leaves by
 * the shadow port. So both use the same punt switches.
 *
 * An interface that is there already is taken as it is. Those made here have an
 * alias that says so; only these are removed again.
 */
#ifndef SAA_TOOL_WIRE_H
#define SAA_TOOL_WIRE_H

#include <jansson.h>

#include "file.h"
#include "rtnl.h"

/* Bits of struct wire's made. */
enum wire_pair {
	WIRE_LINK,
	WIRE_SHADOW,		/* + enum saa_side */
};

struct wire {
	const struct saa_file *file;
	const struct saa_file_gateway *tier1;
	size_t edge;
	int netns;		/* of the tier-1 */
	struct saa_rtnl *rt0, *rt1;
	unsigned int made;	/* pairs that were not there before */
};

/* EXIT_*; after a refusal what was made is removed again by wire_undo(). */
int wire_make(struct wire *w);
void wire_undo(struct wire *w);
/* Routes to what the tier-1 advertises; after both have their configuration. */
int wire_routes(struct wire *w);

/* Is it a link to a tier-1 that was made here, and where is that one? */
bool wire_parse(const struct saa_link *link, unsigned int *id,
		char name[SAA_NAME_SIZE], char netns[SAA_NETNS_NAME_MAX + 1]);

/*
 * Wires made here for tier-1 gateways that are not in @file below @tier0, and
 * whose end here is no group's in @conf: the gateway in the other namespace goes,
 * and the wire. Returns a list of what is removed; it is not if @dry_run.
 */
json_t *wire_remove_stale(struct saa_rtnl *rt0, const struct saa_file *file,
			  const struct saa_file_gateway *tier0,
			  const struct saa_conf *conf, bool dry_run);

/* All that were made for a tier-0 that is gone: @former was its configuration. */
void wire_remove_all(struct saa_rtnl *rt0, const struct saa_conf *former);

#endif
