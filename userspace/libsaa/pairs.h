/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Splits the edges of a cluster into sub-clusters of two (R21), by a fixed
 * rule, so that every edge comes to the same result.
 *
 * Two edges at a time join, in order of id. They become a pair, if as many pairs
 * span two failure domains then as is possible at all. If not, they exchange
 * partners with the first pair for which that is so, and there is one always.
 *
 * So the number of pairs that span two domains is the greatest possible, and
 * two edges with ids above all others leave all pairs as they are, but for one
 * if that number would not be reached otherwise.
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
