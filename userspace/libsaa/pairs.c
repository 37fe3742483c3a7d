// SPDX-License-Identifier: GPL-2.0-or-later
/* Splits the edges of a cluster into sub-clusters of two. */
#include <stdlib.h>
#include <string.h>

#include "pairs.h"
#include "util.h"

#define NONE ((size_t)-1)

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

/* Pair in order; across domains only if @spread. */
static void pass(struct saa_pair_edge *edges, struct saa_pair_edge **order,
		 size_t n, bool spread)
{
	size_t i, j;

	for (i = 0; i < n; i++) {
		if (order[i]->partner != NONE)
			continue;
		for (j = i + 1; j < n; j++) {
			if (order[j]->partner != NONE ||
			    (spread && !saa_pair_spread(order[i], order[j])))
				continue;
			join(edges, order[i], order[j]);
			break;
		}
	}
}

/* Exchange partners between the pair of @a and another, if that spreads both. */
static bool exchange(struct saa_pair_edge *edges, struct saa_pair_edge **order,
		     size_t n, struct saa_pair_edge *a)
{
	struct saa_pair_edge *b = &edges[a->partner], *c, *d;
	size_t i;

	for (i = 0; i < n; i++) {
		c = order[i];
		d = &edges[c->partner];
		if (c == a || c == b || !saa_pair_spread(a, c) ||
		    !saa_pair_spread(b, d))
			continue;
		join(edges, a, c);
		join(edges, b, d);
		return true;
	}
	return false;
}

size_t saa_pair_up(struct saa_pair_edge *edges, size_t n)
{
	struct saa_pair_edge **order = saa_zalloc(n * sizeof(struct saa_pair_edge *));
	size_t i, same = 0;

	for (i = 0; i < n; i++) {
		order[i] = &edges[i];
		edges[i].partner = NONE;
	}
	qsort(order, n, sizeof(*order), by_id);
	pass(edges, order, n, true);
	pass(edges, order, n, false);
	for (i = 0; i < n; i++) {
		struct saa_pair_edge *a = order[i], *b = &edges[a->partner];

		if (a->id < b->id && !saa_pair_spread(a, b) &&
		    !exchange(edges, order, n, a))
			same++;
	}
	free(order);
	return same;
}
