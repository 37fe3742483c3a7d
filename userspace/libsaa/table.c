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
	uint32_t least;		/* the bucket it wants least: top of its heap */
	uint64_t rest;		/* what rounding its share down leaves */
};

/*
 * A bucket that a slot has is in a leftist heap of that slot, in which parents
 * are wanted less than their children.
 */
struct bucket {
	uint32_t owner;		/* slot */
	uint32_t score;		/* how much it wants this bucket */
	uint32_t left, right, rank;
};

struct build {
	struct slot *slots;
	size_t n_slots;
	struct bucket *buckets;
	uint32_t n_buckets;
	uint32_t *free;		/* buckets that no slot has */
	uint32_t n_free;
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
	uint32_t left = b->n_buckets;
	struct slot *s, *best;

	for (s = b->slots; s < b->slots + b->n_slots; s++)
		total += s->active ? s->weight : 0;
	for (s = b->slots; s < b->slots + b->n_slots; s++) {
		uint64_t share = s->active ? (uint64_t)b->n_buckets * s->weight : 0;

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

static uint32_t rank(const struct build *b, uint32_t i)
{
	return i == NONE ? 0 : b->buckets[i].rank;
}

/* Makes one heap of two; returns its top. */
static uint32_t merge(struct build *b, uint32_t i, uint32_t j)
{
	struct bucket *x, *y;
	uint32_t below;

	if (i == NONE || j == NONE)
		return i == NONE ? j : i;
	x = &b->buckets[i];
	y = &b->buckets[j];
	if (y->score < x->score || (y->score == x->score && j < i))
		return merge(b, j, i);
	below = merge(b, x->right, j);
	if (rank(b, below) > rank(b, x->left)) {
		x->right = x->left;
		x->left = below;
	} else {
		x->right = below;
	}
	x->rank = rank(b, x->right) + 1;
	return i;
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Slots above their target let go of the buckets they want least. */
static void release(struct build *b)
{
	struct bucket *bucket;
	struct slot *s;

	for (s = b->slots; s < b->slots + b->n_slots; s++)
		for (; s->count > s->target; s->count--) {
			b->free[b->n_free++] = s->least;
			bucket = &b->buckets[s->least];
			s->least = merge(b, bucket->left, bucket->right);
		}
	qsort(b->free, b->n_free, sizeof(*b->free), by_number);
}

static void give(struct build *b, uint32_t i, uint32_t slot)
{
	struct slot *s = &b->slots[slot];

	b->buckets[i] = (struct bucket){ .owner = slot, .left = NONE,
		.right = NONE, .rank = 1, .score = score(i, s->id) };
	s->least = merge(b, s->least, i);
	s->count++;
}

/* Free buckets go to the slot below its target that wants them most. */
static void take(struct build *b)
{
	uint32_t *below = saa_zalloc(b->n_slots * sizeof(*below));
	uint32_t i, j, n = 0, best, high, sc;

	for (j = 0; j < b->n_slots; j++)
		if (b->slots[j].count < b->slots[j].target)
			below[n++] = j;
	for (i = 0; i < b->n_free; i++) {
		best = 0;
		high = 0;
		for (j = 0; j < n; j++) {
			sc = score(b->free[i], b->slots[below[j]].id);
			if (!j || sc > high) {
				best = j;
				high = sc;
			}
		}
		give(b, b->free[i], below[best]);
		j = below[best];
		if (b->slots[j].count == b->slots[j].target)
			memmove(&below[best], &below[best + 1],
				(--n - best) * sizeof(*below));
	}
	b->n_free = 0;
	free(below);
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
	struct build b = { .n_slots = 2 * n, .n_buckets = buckets };
	uint32_t slot;
	size_t i;

	b.slots = saa_zalloc(2 * n * sizeof(*b.slots));
	b.buckets = saa_zalloc(buckets * sizeof(*b.buckets));
	b.free = saa_zalloc(buckets * sizeof(*b.free));
	for (i = 0; i < 2 * n; i++) {
		b.slots[i].id = pairs[i / 2].id[i % 2];
		b.slots[i].weight = pairs[i / 2].weight[i % 2];
	}
	add_gone(&b);
	qsort(b.slots, b.n_slots / 2, 2 * sizeof(*b.slots), by_low_id);
	for (i = 0; i < b.n_slots; i++)
		b.slots[i].least = NONE;
	for (i = 0; i < buckets; i++)
		b.free[b.n_free++] = i;
	for (i = 0; i < b.n_slots; i += 2)
		step(&b, i, true);
	for (i = b.n_slots; i > 0; i -= 2)
		if (b.slots[i - 2].gone)
			step(&b, i - 2, false);
	for (i = 0; i < buckets; i++) {
		slot = b.buckets[i].owner;
		rows[i].primary = b.slots[slot].id;
		rows[i].backup = b.slots[slot ^ 1].id;
	}
	free(b.slots);
	free(b.buckets);
	free(b.free);
}

uint32_t saa_table_moved(const struct saa_row *a, const struct saa_row *b,
			 uint32_t buckets)
{
	uint32_t i, moved = 0;

	for (i = 0; i < buckets; i++)
		moved += a[i].primary != b[i].primary;
	return moved;
}
