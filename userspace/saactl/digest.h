/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every SR of a gateway must have alike (R15), as lines of text: table, keys,
 * SRs, groups, shadow ports, state sync, SNAT rules, sysctls, nftables rules. The
 * interface that is a group's member goes by the name of the group, since it may
 * have another one on each edge.
 */
#ifndef SAA_TOOL_DIGEST_H
#define SAA_TOOL_DIGEST_H

#include <jansson.h>

#include "model.h"

/* @nft: what "nft list ruleset" prints; NULL if it cannot list them. */
json_t *digest_lines(const struct saa_conf *conf, const char *nft);

/* @lines with one for each sysctl: net.ipv4.ip_forward and so on. */
void digest_add_sysctls(json_t *lines);

/* {"edge", "only": "here" or "there", "line"} for each line that one lacks. */
json_t *digest_compare(json_t *here, json_t *there, const char *edge);

/* nft.c: the rules here; NULL if nft cannot list them */
char *nft_ruleset(void);

/*
 * {"gateway", "edge", "lines"}; NULL after a message if @conf is without the keys,
 * as one gets it who may not see them.
 */
json_t *digest_make(const struct saa_conf *conf, const char *nft);

/* That of this namespace; NULL after a message. */
json_t *digest_here(void);

/*
 * Those of other edges, in a file that "saactl -j digest" wrote there, one after
 * the other, against that of this namespace: adds to @drift, and the names of the
 * edges to @edges. EXIT_*.
 */
int digest_check_file(json_t *here, const char *path, json_t *drift,
		      json_t *edges);

#endif
