// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How good the table is, by the code that makes it (libsaa) and the hash that
 * uses it (saa_hash.h):
 *
 *   spread N MEDIAN WORST BEST
 *	peak over mean of the SRs' traffic, N SRs: remote addresses take shares of
 *	the traffic after Zipf's law. Over KEYS cluster keys the median and the
 *	worst; and the best that any table could do, since all of a remote
 *	address goes to one SR
 *   spread_flat N MEDIAN WORST BEST
 *	the same where all remote addresses have as much traffic
 *   failed N MEDIAN WORST BEST
 *	as spread, when the SR with the most traffic has failed
 *   moved add|remove|fail N RATIO
 *	buckets that change their owner over the fewest that must
 *	(a pair of SRs joins N, leaves N, an SR of N fails; the worst of all pairs
 *	and SRs)
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <linux/saa_hash.h>

#include "table.h"

#define BUCKETS 4096
#define KEYS 101
#define ADDRESSES 100000
#define SRS_MAX 32

static struct saa_row rows[BUCKETS], other[BUCKETS];

/* splitmix64: the same numbers in every run */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/* The table of SRs 1 to @n, but for the pair @without. */
static void table(struct saa_row *to, unsigned int n, int without)
{
	struct saa_table_pair pairs[SRS_MAX / 2];
	unsigned int i, count = 0;

	for (i = 0; i < n / 2; i++)
		if ((int)i != without)
			pairs[count++] = (struct saa_table_pair){
				{ 2 * i + 1, 2 * i + 2 }, { 1, 1 } };
	saa_table_compute(pairs, count, to, BUCKETS);
}

static int compare(const void *a, const void *b)
{
	double x = *(double *)a, y = *(double *)b;

	return (x > y) - (x < y);
}

/* The part of the traffic of the address at each rank; returns that of all. */
static double traffic(double *weight, bool flat)
{
	double sum = 0;
	int i;

	for (i = 0; i < ADDRESSES; i++) {
		weight[i] = flat ? 1 : 1.0 / (i + 1);
		sum += weight[i];
	}
	return sum;
}

static double peak(const double *load, unsigned int n, unsigned int *at)
{
	unsigned int i;

	*at = 1;
	for (i = 2; i <= n; i++)
		if (load[i] > load[*at])
			*at = i;
	return load[*at];
}

/* Peak over mean with one key: of all, and when the SR at the peak is gone. */
static void measure(const double *weight, double sum, unsigned int n,
		    uint64_t seed, double *all, double *failed)
{
	static double by_bucket[BUCKETS];
	double load[SRS_MAX + 1] = { 0 };
	struct saa_key key;
	unsigned int at, i;

	key.k0 = next_random(&seed);
	key.k1 = next_random(&seed);
	for (i = 0; i < BUCKETS; i++)
		by_bucket[i] = 0;
	for (i = 0; i < ADDRESSES; i++) {
		uint32_t addr = next_random(&seed);

		by_bucket[saa_hash(&addr, 4, &key) % BUCKETS] += weight[i];
	}
	for (i = 0; i < BUCKETS; i++)
		load[rows[i].primary] += by_bucket[i];
	*all = peak(load, n, &at) * n / sum;
	for (i = 0; i < BUCKETS; i++)
		if (rows[i].primary == at)
			load[rows[i].backup] += by_bucket[i];
	load[at] = 0;
	*failed = peak(load, n, &at) * (n - 1) / sum;
}

static void spread(const char *name, unsigned int n, bool flat)
{
	static double weight[ADDRESSES];
	double all[KEYS], failed[KEYS], sum, best, best_failed;
	int i;

	sum = traffic(weight, flat);
	table(rows, n, -1);
	for (i = 0; i < KEYS; i++)
		measure(weight, sum, n, i, &all[i], &failed[i]);
	qsort(all, KEYS, sizeof(*all), compare);
	qsort(failed, KEYS, sizeof(*failed), compare);
	best = weight[0] * n / sum;
	best_failed = weight[0] * (n - 1) / sum;
	printf("table %s %u %.4f %.4f %.4f\n", name, n, all[KEYS / 2],
	       all[KEYS - 1], best > 1 ? best : 1);
	if (!flat)
		printf("table failed %u %.4f %.4f %.4f\n", n, failed[KEYS / 2],
		       failed[KEYS - 1], best_failed > 1 ? best_failed : 1);
}

static unsigned int count(const struct saa_row *in, unsigned int sr)
{
	unsigned int i, n = 0;

	for (i = 0; i < BUCKETS; i++)
		n += in[i].primary == sr;
	return n;
}

/* What a pair that joins must get at least for shares within one bucket. */
static unsigned int fewest_to_add(unsigned int srs)
{
	unsigned int down = BUCKETS / srs, up = BUCKETS % srs;

	return 2 * down + (up > srs - 2 ? up - (srs - 2) : 0);
}

static void moved(unsigned int n)
{
	double worst_remove = 0, worst_fail = 0, ratio;
	unsigned int sr, i, changed;

	table(rows, n, -1);
	table(other, n + 2, -1);
	printf("table moved add %u %.4f\n", n,
	       (double)saa_table_moved(rows, other, BUCKETS) /
	       fewest_to_add(n + 2));

	for (i = 0; i < n / 2 && n > 2; i++) {
		table(other, n, i);
		ratio = (double)saa_table_moved(rows, other, BUCKETS) /
			(count(rows, 2 * i + 1) + count(rows, 2 * i + 2));
		worst_remove = ratio > worst_remove ? ratio : worst_remove;
	}
	if (n > 2)
		printf("table moved remove %u %.4f\n", n, worst_remove);

	/* The table stays; the rows of the SR are their backups' now. */
	for (sr = 1; sr <= n; sr++) {
		for (changed = 0, i = 0; i < BUCKETS; i++) {
			const struct saa_row *row = &rows[i];
			unsigned int owner = row->primary == sr ? row->backup :
						row->primary;

			changed += owner != row->primary;
		}
		ratio = (double)changed / count(rows, sr);
		worst_fail = ratio > worst_fail ? ratio : worst_fail;
	}
	printf("table moved fail %u %.4f\n", n, worst_fail);
}

int main(void)
{
	unsigned int n;

	for (n = 2; n <= 16; n *= 2) {
		spread("spread", n, false);
		spread("spread_flat", n, true);
		moved(n);
	}
	return 0;
}
