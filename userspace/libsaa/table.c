// SPDX-License-Identifier: GPL-2.0-or-later
/* Computes the table: which SR owns each bucket. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"
#include "util.h"

#define NONE UINT32_MAX

/* An SR, or one that has gone. Slots 2i and 2i + 1 are a pair. */
struct slot {
	uint16_t id;
	bool gone, active;
	uint32_t weight;
	uint32_t count;		/* buckets it has */
	uint32_t target;	/* buckets it gets in this step */
	uint64_t rest;		/* what rounding its share down leaves */
};

struct build {
	struct slot *slots;
	size_t n_slots;
	uint32_t *owner;	/* bucket -> slot */
	uint32_t buckets;
};

/* How much a slot wants a bucket: fixed, so that histories come out alike. */
static uint32_t score(uint32_t bucket, uint16_t id)
{
	uint32_t x = bucket * 0x9e3779b1u ^ id * 0x85ebca6bu;

	x = (x ^ x >> 16) * 0x7feb352du;
	x = (x ^ x >> 15) * 0x846ca68bu;
	return x ^ x >> 16;
}

/* Whether rounding up @a's share rather than @b's costs less. */
static bool rounds_up_before(const struct slot *a, const struct slot *b)
{
	bool free_a = a->count > a->target, free_b = b->count > b->target;

	if (free_a != free_b)
		return free_a;
	if (a->rest != b->rest)
		return a->rest > b->rest;
	return a->id < b->id;
}

/*
 * Each share rounded down, then up for those that need not gain a bucket for
 * it, then for the largest remainders.
 */
static void set_targets(struct build *b)
{
	uint64_t total = 0;
	uint32_t left = b->buckets;
	struct slot *s, *best;

	for (s = b->slots; s < b->slots + b->n_slots; s++)
		total += s->active ? s->weight : 0;
	for (s = b->slots; s < b->slots + b->n_slots; s++) {
		uint64_t share = s->active ? (uint64_t)b->buckets * s->weight : 0;

		s->target = share / total;
		s->rest = share % total;
		left -= s->target;
	}
	for (; left; left--) {
		best = b->slots;
		for (s = b->slots; s < b->slots + b->n_slots; s++)
			if (s->rest && (!best->rest || rounds_up_before(s, best)))
				best = s;
		best->target++;
		best->rest = 0;
	}
}

struct offer {
	uint32_t bucket, from, score;
};

static int by_giver(const void *a, const void *b)
{
	const struct offer *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	if (x->score != y->score)
		return x->score < y->score ? -1 : 1;
	return x->bucket < y->bucket ? -1 : x->bucket > y->bucket;
}

/* Slots above their target let go of the buckets they want least. */
static void release(struct build *b)
{
	struct offer *offers = saa_zalloc(b->buckets * sizeof(*offers));
	uint32_t i, n = 0;
	struct slot *s;

	for (i = 0; i < b->buckets; i++) {
		if (b->owner[i] == NONE)
			continue;
		s = &b->slots[b->owner[i]];
		if (s->count > s->target)
			offers[n++] = (struct offer){
				i, b->owner[i], score(i, s->id) };
	}
	qsort(offers, n, sizeof(*offers), by_giver);
	for (i = 0; i < n; i++) {
		s = &b->slots[offers[i].from];
		if (s->count > s->target) {
			s->count--;
			b->owner[offers[i].bucket] = NONE;
		}
	}
	free(offers);
}

/* Free buckets go to the slot below its target that wants them most. */
static void take(struct build *b)
{
	uint32_t i, j, best, high, sc;
	struct slot *s;

	for (i = 0; i < b->buckets; i++) {
		if (b->owner[i] != NONE)
			continue;
		best = NONE;
		high = 0;
		for (j = 0; j < b->n_slots; j++) {
			s = &b->slots[j];
			if (s->count >= s->target)
				continue;
			sc = score(i, s->id);
			if (best == NONE || sc > high) {
				best = j;
				high = sc;
			}
		}
		b->owner[i] = best;
		b->slots[best].count++;
	}
}

static void step(struct build *b, size_t slot, bool active)
{
	b->slots[slot].active = active;
	b->slots[slot + 1].active = active;
	set_targets(b);
	release(b);
	take(b);
}

static uint16_t low(const struct slot *pair)
{
	return pair[0].id < pair[1].id ? pair[0].id : pair[1].id;
}

static int by_low_id(const void *a, const void *b)
{
	return low(a) - low(b);
}

/* Ids that are missing up to the highest, if they are not the larger part. */
static void add_gone(struct build *b)
{
	size_t n = b->n_slots, i, missing;
	uint16_t highest = 0, id;
	bool *known;

	for (i = 0; i < n; i++)
		if (b->slots[i].id > highest)
			highest = b->slots[i].id;
	missing = (highest - n) & ~(size_t)1;
	if (!missing || missing > n)
		return;
	b->slots = reallocarray(b->slots, n + missing, sizeof(*b->slots));
	if (!b->slots)
		abort();
	known = saa_zalloc(highest + 1);
	for (i = 0; i < n; i++)
		known[b->slots[i].id] = true;
	for (id = 1; b->n_slots < n + missing; id++)
		if (!known[id])
			b->slots[b->n_slots++] = (struct slot){
				.id = id, .weight = 1, .gone = true };
	free(known);
}

void saa_table_compute(const struct saa_table_pair *pairs, size_t n,
		       struct saa_row *rows, uint32_t buckets)
{
	struct build b = { .n_slots = 2 * n, .buckets = buckets };
	size_t i;

	b.slots = saa_zalloc(2 * n * sizeof(*b.slots));
	b.owner = saa_zalloc(buckets * sizeof(*b.owner));
	for (i = 0; i < 2 * n; i++) {
		b.slots[i].id = pairs[i / 2].id[i % 2];
		b.slots[i].weight = pairs[i / 2].weight[i % 2];
	}
	add_gone(&b);
	qsort(b.slots, b.n_slots / 2, 2 * sizeof(*b.slots), by_low_id);
	for (i = 0; i < buckets; i++)
		b.owner[i] = NONE;
	for (i = 0; i < b.n_slots; i += 2)
		step(&b, i, true);
	for (i = b.n_slots; i > 0; i -= 2)
		if (b.slots[i - 2].gone)
			step(&b, i - 2, false);
	for (i = 0; i < buckets; i++) {
		rows[i].primary = b.slots[b.owner[i]].id;
		rows[i].backup = b.slots[b.owner[i] ^ 1].id;
	}
	free(b.slots);
	free(b.owner);
}

uint32_t saa_table_moved(const struct saa_row *a, const struct saa_row *b,
			 uint32_t buckets)
{
	uint32_t i, moved = 0;

	for (i = 0; i < buckets; i++)
		moved += a[i].primary != b[i].primary;
	return moved;
}
