/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Splits the edges of a cluster into sub-clusters of two (R21), by a fixed
 * rule, so that every edge comes to the same result:
 *
 *  1. In order of id, each edge that has no partner yet takes the lowest id
 *     without one in another failure domain.
 *  2. What is left (all in one domain) is paired in order of id.
 *  3. Each pair that is within one domain exchanges partners with the first
 *     pair for which both come to span two domains.
 *
 * Edges with higher ids that join a cluster leave its pairs as they are, but
 * for pairs that step 2 had to make or step 3 has to break up. A pair that is
 * taken away leaves all others as they are, with the same exception.
 *
 * An edge without a failure domain is a domain of its own.
 */
#ifndef SAA_PAIRS_H
#define SAA_PAIRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct saa_pair_edge {
	uint16_t id;
	const char *domain;	/* NULL: unknown */
	size_t partner;		/* out: index of the partner */
};

/* @n is even. Returns the number of pairs within one domain. */
size_t saa_pair_up(struct saa_pair_edge *edges, size_t n);

bool saa_pair_spread(const struct saa_pair_edge *a,
		     const struct saa_pair_edge *b);

#endif
