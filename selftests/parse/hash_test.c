// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The hash: golden vectors of SipHash-1-3, and that buckets are even.
 *
 * The vectors are those of the algorithm's usual test (key 00 01 .. 0f, message
 * 00 01 .. of each length), low 32 bits, as the kernel's hsiphash has them on
 * 64-bit machines.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <linux/saa_hash.h>

#include "parse_test.h"

#define BUCKETS 4096

static const __u8 key_bytes[16] = {
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
};

static const struct {
	unsigned int len;
	__u32 hash;
} golden[] = {
	{ 0, 0x050fc4dc }, { 1, 0x7d57ca93 }, { 2, 0x4dc7d44d },
	{ 3, 0xe7ddf7fb }, { 4, 0x88d38328 }, { 5, 0x49533b67 },
	{ 6, 0xc59f22a7 }, { 7, 0x9bb11140 }, { 8, 0x8d299a8e },
	{ 9, 0x6c063de4 }, { 10, 0x92ff097f }, { 11, 0xf94dc352 },
	{ 12, 0x57b4d9a2 }, { 13, 0x1229ffa7 }, { 14, 0xc0f95d34 },
	{ 15, 0x2a519956 }, { 16, 0x7d908b66 },
};

static int vectors(void)
{
	struct saa_key key;
	__u8 message[16];
	unsigned int i;
	int ret = 0;

	saa_key_init(&key, key_bytes);
	for (i = 0; i < sizeof(message); i++)
		message[i] = i;
	for (i = 0; i < sizeof(golden) / sizeof(golden[0]); i++) {
		__u32 got = saa_hash(message, golden[i].len, &key);

		if (got == golden[i].hash)
			continue;
		printf("%u bytes: %08x, expected %08x\n", golden[i].len, got,
		       golden[i].hash);
		ret = 1;
	}
	return ret;
}

/* How an address of @len bytes follows from a number. */
enum pattern { SEQUENTIAL, STRIDE_256, STRIDE_65536, RANDOM, PATTERNS };

static void address(enum pattern pattern, unsigned int len, __u32 n,
		    struct rng *rng, __u8 *a)
{
	unsigned int i;

	for (i = 0; i < len; i++)
		a[i] = pattern == RANDOM ? random_u32(rng) : i == 0 ? 0x20 : 0;
	if (pattern == RANDOM)
		return;
	if (pattern == STRIDE_256)
		n = n << 8 | n >> 24;
	if (pattern == STRIDE_65536)
		n = n << 16 | n >> 16;
	for (i = 0; i < 4; i++)
		a[len - 1 - i] ^= n >> (8 * i);
}

/*
 * Chi-square over the buckets, as a deviate of the normal distribution that it
 * approaches. 7 either way is by chance in one run of ten billion.
 */
static int uniform(uint64_t seed)
{
	static const char *const name[] = {
		"sequential", "stride 256", "stride 65536", "random"
	};
	struct rng rng = { .state = seed };
	unsigned int i, len, count = BUCKETS * 100;
	struct saa_key key;
	__u8 bytes[16];
	int ret = 0;

	printf("seed %llu\n", (unsigned long long)seed);
	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = random_u32(&rng);
	saa_key_init(&key, bytes);
	for (len = 4; len <= 16; len += 12) {
		for (enum pattern p = 0; p < PATTERNS; p++) {
			static unsigned int bucket[BUCKETS];
			double chi = 0, dev;

			for (i = 0; i < BUCKETS; i++)
				bucket[i] = 0;
			for (i = 0; i < count; i++) {
				__u8 a[16];

				address(p, len, i, &rng, a);
				bucket[saa_hash(a, len, &key) % BUCKETS]++;
			}
			for (i = 0; i < BUCKETS; i++) {
				dev = bucket[i] - (double)count / BUCKETS;
				chi += dev * dev / ((double)count / BUCKETS);
			}
			dev = (chi - (BUCKETS - 1)) / sqrt(2.0 * (BUCKETS - 1));
			printf("IPv%d %-12s chi-square %.0f (%+.2f sigma)\n",
			       len == 4 ? 4 : 6, name[p], chi, dev);
			if (fabs(dev) > 7)
				ret = 1;
		}
	}
	return ret;
}

int main(int argc, char **argv)
{
	if (argc == 2)
		return uniform(strtoull(argv[1], NULL, 0));
	return vectors();
}
