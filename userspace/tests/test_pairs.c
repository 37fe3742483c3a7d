// SPDX-License-Identifier: GPL-2.0-or-later
/* Sub-clusters: the pairs that edges are split into. */
#include <string.h>

#include "pairs.h"
#include "test.h"

#define EDGES_MAX 16

/* "aabb": edges 1.. with these domains, '-' for none. Result: partners' ids. */
static size_t pair_up(const char *domains, uint16_t *partner)
{
	static const char names[][2] = { "a", "b", "c", "d" };
	struct saa_pair_edge edges[EDGES_MAX] = { 0 };
	size_t i, n = strlen(domains), same;

	for (i = 0; i < n; i++) {
		edges[i].id = i + 1;
		edges[i].domain = domains[i] == '-' ? NULL :
						      names[domains[i] - 'a'];
	}
	same = saa_pair_up(edges, n);
	for (i = 0; i < n; i++) {
		partner[i] = edges[edges[i].partner].id;
		assert_int_equal(edges[edges[i].partner].partner, i);
		assert_int_not_equal(edges[i].partner, i);
	}
	return same;
}

static void without_domains(void **state)
{
	uint16_t p[EDGES_MAX];

	(void)state;
	assert_int_equal(pair_up("----", p), 0);
	assert_int_equal(p[0], 2);
	assert_int_equal(p[2], 4);
}

static void across_domains(void **state)
{
	uint16_t p[EDGES_MAX];

	(void)state;
	assert_int_equal(pair_up("aabb", p), 0);
	assert_int_equal(p[0], 3);
	assert_int_equal(p[1], 4);
	assert_int_equal(pair_up("abcc", p), 0);
	assert_int_equal(p[0], 3);
	assert_int_equal(p[1], 4);
	assert_int_equal(pair_up("aabbccaabbcc", p), 0);
}

static void says_when_it_cannot(void **state)
{
	uint16_t p[EDGES_MAX];

	(void)state;
	assert_int_equal(pair_up("aa", p), 1);
	assert_int_equal(pair_up("aaaaab", p), 2);
	assert_int_equal(pair_up("aaab", p), 1);
}

/* Two edges more with the highest ids: the others stay as they are. */
static void stays(void **state)
{
	uint16_t before[EDGES_MAX], after[EDGES_MAX];

	(void)state;
	pair_up("abab", before);
	pair_up("ababcd", after);
	assert_memory_equal(before, after, 4 * sizeof(*before));
	pair_up("abababba", after);
	assert_memory_equal(before, after, 4 * sizeof(*before));
	/* also a pair within one domain, while that is no loss */
	pair_up("aaab", before);
	pair_up("aaabab", after);
	assert_memory_equal(before, after, 4 * sizeof(*before));
}

/* The greatest number of pairs of two domains, by trying all pairings. */
static size_t best(const char *domains, unsigned int left)
{
	size_t i, j, n = strlen(domains), found, max = 0;

	for (i = 0; i < n && !(left & 1u << i); i++)
		;
	for (j = i + 1; j < n; j++) {
		if (!(left & 1u << j))
			continue;
		found = best(domains, left & ~(1u << i | 1u << j)) +
			(domains[i] == '-' || domains[i] != domains[j]);
		if (found > max)
			max = found;
	}
	return max;
}

static void check_all(const char *domains)
{
	uint16_t now[EDGES_MAX], before[EDGES_MAX];
	size_t n = strlen(domains), i, spread, changed = 0;
	char fewer[EDGES_MAX] = "";

	spread = n / 2 - pair_up(domains, now);
	assert_int_equal(spread, best(domains, (1u << n) - 1));
	memcpy(fewer, domains, n - 2);
	pair_up(fewer, before);
	for (i = 0; i < n - 2; i++)
		changed += before[i] != now[i];
	/* one pair is given up at most, and only for one that spans two */
	assert_true(changed == 0 || changed == 2);
	if (changed)
		assert_true(best(fewer, (1u << (n - 2)) - 1) +
			    (domains[n - 2] != domains[n - 1] ||
			     domains[n - 1] == '-') < spread);
}

/* All clusters of up to 8 edges in up to 3 domains, or without one. */
static void against_brute_force(void **state)
{
	static const char names[] = "abc-";
	char domains[EDGES_MAX] = "";
	unsigned int n, i, at;

	(void)state;
	for (n = 4; n <= 8; n += 2)
		for (i = 0; i < 1u << 2 * n; i++) {
			for (at = 0; at < n; at++)
				domains[at] = names[i >> 2 * at & 3];
			check_all(domains);
		}
}

static void order_does_not_matter(void **state)
{
	struct saa_pair_edge a[] = { { 1, "a", 0 }, { 2, "a", 0 }, { 3, "b", 0 },
				     { 4, "b", 0 } };
	struct saa_pair_edge b[] = { { 4, "b", 0 }, { 2, "a", 0 }, { 1, "a", 0 },
				     { 3, "b", 0 } };
	size_t i, j;

	(void)state;
	saa_pair_up(a, 4);
	saa_pair_up(b, 4);
	for (i = 0; i < 4; i++)
		for (j = 0; j < 4; j++)
			if (a[i].id == b[j].id)
				assert_int_equal(a[a[i].partner].id,
						 b[b[j].partner].id);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_domains),
		cmocka_unit_test(across_domains),
		cmocka_unit_test(says_when_it_cannot),
		cmocka_unit_test(stays),
		cmocka_unit_test(against_brute_force),
		cmocka_unit_test(order_does_not_matter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
