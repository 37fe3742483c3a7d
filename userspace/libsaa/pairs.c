// SPDX-License-Identifier: GPL-2.0-or-later
/* Splits the edges of a cluster into sub-clusters of two. */
#include <stdlib.h>
#include <string.h>

#include "pairs.h"
#include "util.h"

bool saa_pair_spread(const struct saa_pair_edge *a,
		     const struct saa_pair_edge *b)
{
	return !a->domain || !b->domain || strcmp(a->domain, b->domain);
}

static int by_id(const void *a, const void *b)
{
	const struct saa_pair_edge *const *x = a, *const *y = b;

	return (*x)->id - (*y)->id;
}

static void join(struct saa_pair_edge *edges, struct saa_pair_edge *a,
		 struct saa_pair_edge *b)
{
	a->partner = b - edges;
	b->partner = a - edges;
}

/* As many pairs of these span two domains as can: half of them, or all others. */
static size_t most(struct saa_pair_edge **order, size_t n)
{
	size_t i, j, same, largest = 0;

	for (i = 0; i < n; i++) {
		for (j = 0, same = 0; j < n; j++)
			same += i == j || !saa_pair_spread(order[i], order[j]);
		if (same > largest)
			largest = same;
	}
	return largest > n / 2 ? n - largest : n / 2;
}

/*
 * @x and @y join those that are paired already, @spread pairs of which span two
 * domains; returns how many do then.
 */
static size_t add(struct saa_pair_edge *edges, struct saa_pair_edge **order,
		  size_t paired, size_t spread)
{
	struct saa_pair_edge *x = order[paired], *y = order[paired + 1], *a, *b;
	size_t want = most(order, paired + 2), i, now;

	join(edges, x, y);
	if (spread + saa_pair_spread(x, y) == want)
		return want;
	for (i = 0; i < paired; i++) {
		a = order[i];
		b = &edges[a->partner];
		now = spread - saa_pair_spread(a, b) + saa_pair_spread(a, x) +
		      saa_pair_spread(b, y);
		if (a->id > b->id || now != want)
			continue;
		join(edges, a, x);
		join(edges, b, y);
		break;
	}
	return want;
}

size_t saa_pair_up(struct saa_pair_edge *edges, size_t n)
{
	struct saa_pair_edge **order = saa_zalloc(n * sizeof(struct saa_pair_edge *));
	size_t i, spread = 0;

	for (i = 0; i < n; i++)
		order[i] = &edges[i];
	qsort(order, n, sizeof(*order), by_id);
	for (i = 0; i < n; i += 2)
		spread = add(edges, order, i, spread);
	free(order);
	return n / 2 - spread;
}
