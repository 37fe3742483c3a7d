/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Computes the table: which sub-cluster, and which SR of it, owns each bucket.
 *
 * A pure function of the pairs' ids and weights and the number of buckets, so
 * that every edge computes the same table from the same file.
 *
 * Each SR is the primary of its share of the buckets, in proportion to its
 * weight, rounded up or down; its partner is the backup.
 *
 * The table is built by a history that is read off the ids: pairs join in the
 * order of their lower id. Each step makes the fewest moves that reach even
 * shares. Ids that are missing between 1 and the highest are taken as edges
 * that were there and have gone: they join in their turn with weight 1, and
 * leave at the end, the highest first. Therefore, with equal weights:
 *
 *  - a pair with ids above all others joins or leaves at the lower bound;
 *  - any pair leaves a cluster whose ids are 1..n at the lower bound, and
 *    comes back at it.
 *
 * A second gap can cost more than the lower bound (3 to 16 pairs, 4096 buckets,
 * each two that leave: 3 % more on average, 84 % at worst), and so does a change
 * to ids with more gaps than edges, which are not taken as gone then (somebody
 * numbers by another scheme). No function of the set of pairs alone
 * does better for every set: if no bucket moved between pairs that stay, the
 * order of the pairs at each bucket would be fixed, and even shares for
 * every subset would make these orders a min-wise independent family, which
 * takes at least lcm(1..n) buckets (Broder et al., 1998). To keep strictly to
 * the lower bound in other cases, give the new pair the ids of the one that
 * left.
 */
#ifndef SAA_TABLE_H
#define SAA_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include <linux/saa_punt.h>

struct saa_table_pair {
	uint16_t id[2];
	uint32_t weight[2];
};

/* Pairs in any order. @rows has room for @buckets. */
void saa_table_compute(const struct saa_table_pair *pairs, size_t n,
		       struct saa_row *rows, uint32_t buckets);

/* Buckets whose primary differs. */
uint32_t saa_table_moved(const struct saa_row *a, const struct saa_row *b,
			 uint32_t buckets);

#endif
