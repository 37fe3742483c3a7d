// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The parser test: frames go through the reference, the userspace build and,
 * with -b, the BPF build of saa_parse.h; all must agree.
 *
 *   parse_test [-bp] [-n FRAMES] [-s SEED]	random frames; -p: tells of
 *						every ten million
 *   parse_test [-b] FILE...			frames with an expected result,
 *						and all their beginnings
 *
 * Exit: 0 agreed, 1 not, 2 usage, 4 no BPF here.
 */
#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "parse_run.h"

static const char *const class_text[] = {
#define X(name, text) text,
	CLASSES(X)
#undef X
};

static unsigned long class_count[C_MAX];
static bool with_bpf;

static bool check(const uint8_t *frame, size_t len, struct result *want)
{
	struct result got, far;
	enum class why;

	*want = reference(frame, len, EXT_MAX, &why);
	class_count[why]++;
	got = parse_user(frame, len);
	if (!agree("userspace", &got, want, frame, len))
		return false;
	if (want->unattributed) {
		far = reference(frame, len, EXT_FAR, &why);
		got = parse_far(frame, len);
		if (!agree("the module", &got, &far, frame, len))
			return false;
	}
	if (!with_bpf || len < BPF_FRAME_MIN)
		return true;
	got = parse_bpf(frame, len);
	return agree("BPF", &got, want, frame, len);
}

static int run_random(unsigned long count, uint64_t seed, bool progress)
{
	struct rng rng = { .state = seed };
	uint8_t frame[PACKET_MAX];
	struct result want;
	unsigned long i;
	int ret = 0;
	size_t len;

	printf("seed %llu\n", (unsigned long long)seed);
	for (i = 0; i < count; i++) {
		if (progress && i && i % 10000000 == 0) {
			printf("%lu million of %lu\n", i / 1000000,
			       count / 1000000);
			fflush(stdout);
		}
		len = random_packet(&rng, frame);
		if (!check(frame, len, &want)) {
			printf("frame %lu of seed %llu\n", i,
			       (unsigned long long)seed);
			return 1;
		}
	}
	for (i = 0; i < C_MAX; i++) {
		printf("%9lu  %s\n", class_count[i], class_text[i]);
		if (count >= 100000 && class_count[i] < count / 2000) {
			printf("too few of those\n");
			ret = 1;
		}
	}
	return ret;
}

/* A file: lines "# why", one line "expect RESULT", lines of hex bytes. */
static int run_file(const char *name)
{
	char line[256], expect[200] = "", text[200];
	uint8_t frame[PACKET_MAX] = { 0 };
	struct result want;
	size_t len = 0, i;
	FILE *f;

	f = fopen(name, "r");
	if (!f) {
		perror(name);
		return 1;
	}
	while (fgets(line, sizeof(line), f)) {
		if (line[0] == '#' || sscanf(line, "expect %199[^\n]", expect))
			continue;
		for (char *p = line; *p; ) {
			if (isspace((unsigned char)*p)) {
				p++;
				continue;
			}
			if (len == sizeof(frame) ||
			    sscanf(p, "%2hhx", &frame[len++]) != 1 || !p[1]) {
				printf("%s: not hex bytes: %s", name, line);
				fclose(f);
				return 1;
			}
			p += 2;
		}
	}
	fclose(f);
	for (i = 0; i <= len; i++)
		if (!check(frame, i, &want)) {
			printf("%s: first %zu bytes\n", name, i);
			return 1;
		}
	result_print(text, sizeof(text), &want);
	if (!strcmp(text, expect))
		return 0;
	printf("%s: expected %s, got %s\n", name, expect, text);
	return 1;
}

int main(int argc, char **argv)
{
	unsigned long count = 1000000;
	unsigned int fresh;
	bool progress = false;
	uint64_t seed;
	int opt, ret = 0;

	if (getrandom(&fresh, sizeof(fresh), 0) != sizeof(fresh))
		return 1;
	seed = fresh;
	while ((opt = getopt(argc, argv, "bn:ps:")) != -1) {
		switch (opt) {
		case 'b':
			with_bpf = true;
			break;
		case 'n':
			count = strtoul(optarg, NULL, 0);
			break;
		case 'p':
			progress = true;
			break;
		case 's':
			seed = strtoull(optarg, NULL, 0);
			break;
		default:
			fprintf(stderr, "usage: parse_test [-bp] [-n FRAMES] [-s SEED] [FILE...]\n");
			return 2;
		}
	}
	if (with_bpf && !bpf_init())
		return 4;
	if (optind == argc)
		return run_random(count, seed, progress);
	for (; optind < argc; optind++)
		ret |= run_file(argv[optind]);
	return ret;
}
