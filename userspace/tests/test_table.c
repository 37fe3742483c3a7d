// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table: even to within one bucket, moves at the lower bound, the same
 * from the same input.
 */
#include <stdlib.h>
#include <string.h>

#include "table.h"
#include "test.h"

#define PAIRS_MAX 128

static struct saa_table_pair pair(unsigned int n)
{
	return (struct saa_table_pair){ { 2 * n + 1, 2 * n + 2 }, { 1, 1 } };
}

/* Pairs 0 .. n - 1 but for @without (-1: none), in an order by @seed. */
static size_t make_pairs(struct saa_table_pair *pairs, size_t n, int without,
			 uint64_t seed)
{
	size_t i, j, count = 0;

	for (i = 0; i < n; i++)
		if ((int)i != without)
			pairs[count++] = pair(i);
	for (i = count; seed && i > 1; i--) {
		struct saa_table_pair tmp = pairs[i - 1];

		j = test_random(&seed) % i;
		pairs[i - 1] = pairs[j];
		pairs[j] = tmp;
	}
	return count;
}

static struct saa_row *table(size_t n, int without, uint32_t buckets)
{
	struct saa_table_pair pairs[PAIRS_MAX] = { 0 };
	struct saa_row *rows = calloc(buckets, sizeof(*rows));

	saa_table_compute(pairs, make_pairs(pairs, n, without, 0), rows,
			  buckets);
	return rows;
}

static uint32_t count(const struct saa_row *rows, uint32_t buckets, uint16_t id)
{
	uint32_t i, n = 0;

	for (i = 0; i < buckets; i++)
		n += rows[i].primary == id;
	return n;
}

static void check_even(const struct saa_row *rows, uint32_t buckets, size_t n,
		       int without)
{
	uint32_t srs = 2 * (without < 0 ? n : n - 1), c, i;

	for (i = 0; i < 2 * n; i++) {
		c = count(rows, buckets, i + 1);
		if ((int)i / 2 == without)
			assert_int_equal(c, 0);
		else
			assert_in_range(c, buckets / srs,
					(buckets + srs - 1) / srs);
	}
	for (i = 0; i < buckets; i++)	/* the partner backs up */
		assert_int_equal((rows[i].primary - 1) ^ 1, rows[i].backup - 1);
}

/* What a new pair of two must at least get so that the shares are even. */
static uint32_t lower_bound_add(uint32_t buckets, uint32_t srs)
{
	uint32_t down = buckets / srs, up = buckets % srs;

	return 2 * down + (up > srs - 2 ? up - (srs - 2) : 0);
}

static void even(void **state)
{
	static const uint32_t sizes[] = { 256, 1024, 4096 };
	struct saa_row *rows;
	size_t n, s;

	(void)state;
	for (s = 0; s < 3; s++)
		for (n = 1; n <= 24; n++) {
			rows = table(n, -1, sizes[s]);
			check_even(rows, sizes[s], n, -1);
			free(rows);
		}
}

static void limits(void **state)
{
	struct saa_row *rows = table(128, -1, 256);

	(void)state;
	check_even(rows, 256, 128, -1);		/* one bucket each */
	free(rows);
	rows = table(3, -1, 65536);
	check_even(rows, 65536, 3, -1);
	free(rows);
}

static void adding_a_pair(void **state)
{
	static const uint32_t sizes[] = { 256, 4096 };
	struct saa_row *before, *after;
	size_t n, s;

	(void)state;
	for (s = 0; s < 2; s++)
		for (n = 1; n <= 24; n++) {
			before = table(n, -1, sizes[s]);
			after = table(n + 1, -1, sizes[s]);
			assert_int_equal(saa_table_moved(before, after, sizes[s]),
					 lower_bound_add(sizes[s], 2 * n + 2));
			free(before);
			free(after);
		}
}

/* Any pair, not only the last: exactly its buckets move, no other. */
static void removing_any_pair(void **state)
{
	static const uint32_t sizes[] = { 256, 4096 };
	struct saa_row *before, *after;
	uint32_t i;
	size_t n, s;
	int gone;

	(void)state;
	for (s = 0; s < 2; s++)
		for (n = 2; n <= 16; n++) {
			before = table(n, -1, sizes[s]);
			for (gone = 0; gone < (int)n; gone++) {
				after = table(n, gone, sizes[s]);
				check_even(after, sizes[s], n, gone);
				for (i = 0; i < sizes[s]; i++)
					if (before[i].primary != after[i].primary)
						assert_int_equal((before[i].primary - 1) / 2,
								 gone);
				assert_int_equal(saa_table_moved(before, after, sizes[s]),
						 count(before, sizes[s], 2 * gone + 1) +
						 count(before, sizes[s], 2 * gone + 2));
				free(after);
			}
			free(before);
		}
}

/* A second gap: no promise of the bound, but of a fraction of the table. */
static void removing_two_pairs(void **state)
{
	struct saa_table_pair pairs[PAIRS_MAX] = { 0 };
	struct saa_row *one, *two = calloc(4096, sizeof(*two));
	size_t i, n;
	uint32_t lower, moved;

	(void)state;
	one = table(8, 5, 4096);
	n = 0;
	for (i = 0; i < 8; i++)
		if (i != 5 && i != 2)
			pairs[n++] = pair(i);
	saa_table_compute(pairs, n, two, 4096);
	lower = count(one, 4096, 5) + count(one, 4096, 6);
	moved = saa_table_moved(one, two, 4096);
	assert_in_range(moved, lower, 2 * lower);
	free(one);
	free(two);
}

static void order_does_not_matter(void **state)
{
	struct saa_table_pair pairs[PAIRS_MAX] = { 0 };
	struct saa_row *rows, *other = calloc(4096, sizeof(*other));
	uint64_t seed;
	size_t n;

	(void)state;
	rows = table(12, -1, 4096);
	for (seed = 1; seed < 10; seed++) {
		n = make_pairs(pairs, 12, -1, seed);
		saa_table_compute(pairs, n, other, 4096);
		assert_memory_equal(rows, other, 4096 * sizeof(*rows));
	}
	free(rows);
	free(other);
}

/* It is the same in every version and on every machine. */
static void pinned(void **state)
{
	struct saa_row *rows = table(3, -1, 4096);
	uint64_t sum = 0;
	uint32_t i;

	(void)state;
	for (i = 0; i < 4096; i++)
		sum = sum * 31 + rows[i].primary * 7 + rows[i].backup;
	assert_int_equal(sum, 0xfc8b59ba10088640ULL);
	free(rows);
}

static void weights(void **state)
{
	struct saa_table_pair pairs[] = {
		{ { 1, 2 }, { 1, 1 } }, { { 3, 4 }, { 3, 1 } },
		{ { 5, 6 }, { 2, 7 } },
	};
	struct saa_row rows[1024];
	uint32_t i, share;

	(void)state;
	saa_table_compute(pairs, 3, rows, 1024);
	for (i = 0; i < 6; i++) {
		share = 1024 * pairs[i / 2].weight[i % 2];
		assert_in_range(count(rows, 1024, i + 1), share / 15,
				(share + 14) / 15);
	}
}

/* Ids that leave more gaps than there are edges: still even. */
static void sparse_ids(void **state)
{
	struct saa_table_pair pairs[] = {
		{ { 10, 20 }, { 1, 1 } }, { { 65534, 65535 }, { 1, 1 } },
		{ { 301, 302 }, { 1, 1 } },
	};
	struct saa_row rows[4096];
	uint32_t i;

	(void)state;
	saa_table_compute(pairs, 3, rows, 4096);
	for (i = 0; i < 6; i++)
		assert_in_range(count(rows, 4096, pairs[i / 2].id[i % 2]), 682,
				683);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(even),
		cmocka_unit_test(limits),
		cmocka_unit_test(adding_a_pair),
		cmocka_unit_test(removing_any_pair),
		cmocka_unit_test(removing_two_pairs),
		cmocka_unit_test(order_does_not_matter),
		cmocka_unit_test(pinned),
		cmocka_unit_test(weights),
		cmocka_unit_test(sparse_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
