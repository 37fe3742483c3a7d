// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The options of Geneve packets, at random: what the module makes of them
 * (saa_parse.h, with sanitizers, each block at the end of its own allocation)
 * is what a reference says, which is written from punt-format.rst.
 *
 *   options_test COUNT SEED
 *
 * Exit: 0 agreed, 1 not, 2 usage.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/saa_parse.h>

#include "parse_test.h"

#define OPTIONS_MAX 252

static const char *const names[] = { "ours", "missing", "malformed", "critical",
				     "foreign" };

static unsigned int below(struct rng *rng, unsigned int limit)
{
	return random_u32(rng) % limit;
}

/* An option: ours, nearly ours, another, noise. Returns its length. */
static size_t one(struct rng *rng, uint8_t *p)
{
	static const uint8_t ours[] = { 0xff, 0xa0, 0x81, 2, 1 };
	size_t len = 12, i;

	for (i = 0; i < OPTIONS_MAX; i++)
		p[i] = random_u32(rng);
	memcpy(p, ours, sizeof(ours));
	p[5] = below(rng, 2);
	switch (below(rng, 6)) {
	case 0:
	case 1:
		return len;
	case 2:
	case 3:
		p[below(rng, 6)] = random_u32(rng);
		return below(rng, 2) ? len : 4 + 4 * (size_t)(p[3] & 31);
	case 4:
		p[below(rng, 3)] ^= 1 << below(rng, 8);
		p[3] = random_u32(rng);
		return 4 + 4 * (p[3] & 31);
	default:
		p[0] = random_u32(rng);
		p[2] = random_u32(rng);
		return 4 * (1 + below(rng, 8));
	}
}

static size_t block(struct rng *rng, uint8_t *p)
{
	static const uint8_t how_many[] = { 0, 1, 1, 1, 1, 2, 2, 3 };
	unsigned int n = how_many[below(rng, sizeof(how_many))];
	uint8_t option[OPTIONS_MAX];
	size_t len = 0, size;

	while (n--) {
		size = one(rng, option);
		if (len + size > OPTIONS_MAX)
			break;
		memcpy(p + len, option, size);
		len += size;
	}
	return len && !below(rng, 8) ? len - 1 - below(rng, len) : len;
}

/* The index of ours is put into *@at. */
static enum saa_options expected(const uint8_t *p, size_t len, size_t *at)
{
	bool have = false;
	size_t i, size;

	for (i = 0; i < len; i += size) {
		if (len - i < 4)
			return SAA_OPTIONS_MALFORMED;
		size = 4 + (p[i + 3] % 32) * 4;
		if (size > len - i)
			return SAA_OPTIONS_MALFORMED;
		if (p[i] != 255 || p[i + 1] != 160 || p[i + 2] != 129)
			return p[i + 2] >= 128 ? SAA_OPTIONS_CRITICAL :
						 SAA_OPTIONS_FOREIGN;
		if (have || p[i + 3] != 2 || p[i + 4] != 1 || p[i + 5] > 1)
			return SAA_OPTIONS_MALFORMED;
		have = true;
		*at = i;
	}
	return have ? SAA_OPTIONS_OURS : SAA_OPTIONS_MISSING;
}

static bool check(const uint8_t *options, size_t len, unsigned long *count)
{
	const struct saa_geneve_opt *found = NULL;
	uint8_t *copy = malloc(len ? len : 1);
	enum saa_options want, got;
	size_t at = 0, i;
	bool good;

	if (!copy)
		abort();
	memcpy(copy, options, len);
	want = expected(options, len, &at);
	got = saa_parse_options(copy, copy + len, &found);
	good = got == want && (got != SAA_OPTIONS_OURS ||
			       (const uint8_t *)found == copy + at);
	free(copy);
	count[want]++;
	if (good)
		return true;
	printf("reference: %s\nsaa_parse.h: %s\n", names[want],
	       got < sizeof(names) / sizeof(*names) ? names[got] : "?");
	for (i = 0; i < len; i++)
		printf("%02x", options[i]);
	putchar('\n');
	return false;
}

int main(int argc, char **argv)
{
	unsigned long count[sizeof(names) / sizeof(*names)] = { 0 }, n, i;
	uint8_t options[OPTIONS_MAX];
	struct rng rng;
	int ret = 0;
	size_t len;

	if (argc != 3) {
		fprintf(stderr, "usage: options_test COUNT SEED\n");
		return 2;
	}
	n = strtoul(argv[1], NULL, 0);
	rng.state = strtoull(argv[2], NULL, 0);
	for (i = 0; i < n; i++) {
		len = block(&rng, options);
		if (!check(options, len, count)) {
			printf("number %lu of seed %s\n", i, argv[2]);
			return 1;
		}
	}
	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		printf("%9lu  %s\n", count[i], names[i]);
		if (n >= 100000 && count[i] < n / 100) {
			printf("too few of those\n");
			ret = 1;
		}
	}
	return ret;
}
