// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The hash: golden vectors of SipHash-1-3, and whether remote addresses spread
 * evenly over the buckets.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include <linux/saa_hash.h>

#include "test.h"

/*
 * Message 00 01 02 .. (n - 1), key 00 .. 0f: the vectors that the algorithm's
 * reference implementation yields with 1 and 3 rounds.
 */
static const uint64_t vectors[] = {
	0xabac0158050fc4dcULL, 0xc9f49bf37d57ca93ULL, 0x82cb9b024dc7d44dULL,
	0x8bf80ab8e7ddf7fbULL, 0xcf75576088d38328ULL, 0xdef9d52f49533b67ULL,
	0xc50d2b50c59f22a7ULL, 0xd3927d989bb11140ULL, 0x369095118d299a8eULL,
	0x25a48eb36c063de4ULL, 0x79de85ee92ff097fULL, 0x70c118c1f94dc352ULL,
	0x78a384b157b4d9a2ULL, 0x306f760c1229ffa7ULL, 0x605aa111c0f95d34ULL,
	0xd320d86d2a519956ULL, 0xcc4fdd1a7d908b66ULL, 0x9cf2689063dbd80cULL,
	0x8ffc389cb473e63eULL, 0xf21f9de58d297d1cULL, 0xc0dc2f46a6cce040ULL,
	0xb992abfe2b45f844ULL, 0x7ffe7b9ba320872eULL, 0x525a0e7fdae6c123ULL,
	0xf464aeb267349c8cULL, 0x45cd5928705b0979ULL, 0x3a3e35e3ca9913a5ULL,
	0xa91dc74e4ade3b35ULL, 0xfb0bed02ef6cd00dULL, 0x88d93cb44ab1e1f4ULL,
	0x540f11d643c5e663ULL, 0x2370dd1f8c21d1bcULL, 0x81157b6c16a7b60dULL,
	0x4d54b9e57a8ff9bfULL, 0x759f12781f2a753eULL, 0xcea1a3bebf186b91ULL,
	0x2cf508d3ada26206ULL, 0xb6101c2da3c33057ULL, 0xb3f47496ae3a36a1ULL,
	0x626b57547b108392ULL, 0xc1d2363299e41531ULL, 0x667cc1923f1ad944ULL,
	0x65704ffec8138825ULL, 0x24f280d1c28949a6ULL, 0xc2ca1cedfaf8876bULL,
	0xc2164bfc9f042196ULL, 0xa16e9c9368b1d623ULL, 0x49fb169c8b5114fdULL,
	0x9f3143f8df074c46ULL, 0xc6fdaf2412cc86b3ULL, 0x7eaf49d10a52098fULL,
	0x1cf313559d292f9aULL, 0xc44a30dda2f41f12ULL, 0x36fae98943a71ed0ULL,
	0x318fb34c73f0bce6ULL, 0xa27abf3670a7e980ULL, 0xb4bcc0db243c6d75ULL,
	0x23f8d852fdb71513ULL, 0x8f035f4da67d8a08ULL, 0xd89cd0e5b7e8f148ULL,
	0xf6f4e6bcf7a644eeULL, 0xaec59ad80f1837f2ULL, 0xc3b2f6154b6694e0ULL,
	0x9d199062b7bbb3a8ULL,
};

static void golden_vectors(void **state)
{
	uint8_t bytes[64];
	struct saa_key key;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = i;
	saa_key_init(&key, bytes);
	for (i = 0; i < sizeof(vectors) / sizeof(*vectors); i++)
		assert_int_equal(saa_siphash13(bytes, i, &key), vectors[i]);
}

static void unaligned(void **state)
{
	uint8_t bytes[64], moved[65];
	struct saa_key key;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = i;
	memcpy(moved + 1, bytes, sizeof(bytes));
	saa_key_init(&key, moved + 1);
	for (i = 0; i < sizeof(vectors) / sizeof(*vectors); i++)
		assert_int_equal(saa_siphash13(moved + 1, i, &key), vectors[i]);
}

#define BUCKETS 1024
#define SAMPLES (64 * BUCKETS)

/*
 * Chi-square of the bucket counts: mean 1023, standard deviation 45.2 when
 * uniform. Both ends count: too even is not random either. The keys are fixed,
 * so the test is too; +-5 deviations.
 */
static void check_uniform(const char *what, unsigned int len,
			  void (*address)(uint32_t i, uint8_t *addr))
{
	static const char *const keys[] = {
		"0123456789abcdef", "saa saa saa saa ", "\1\2\3\4\5\6\7\10\1\2\3\4\5\6\7\0",
	};
	uint32_t count[BUCKETS], i, k;
	uint8_t addr[16];
	struct saa_key key;
	double chi;

	for (k = 0; k < 3; k++) {
		memset(count, 0, sizeof(count));
		saa_key_init(&key, (const uint8_t *)keys[k]);
		for (i = 0; i < SAMPLES; i++) {
			memset(addr, 0, sizeof(addr));
			address(i, addr);
			count[saa_hash(addr, len, &key) & (BUCKETS - 1)]++;
		}
		chi = 0;
		for (i = 0; i < BUCKETS; i++)
			chi += ((double)count[i] - SAMPLES / BUCKETS) *
			       ((double)count[i] - SAMPLES / BUCKETS) /
			       (SAMPLES / BUCKETS);
		if (chi < 1023 - 226 || chi > 1023 + 226)
			fail_msg("%s, key %u: chi-square %.1f", what, k, chi);
	}
}

static void put32(uint8_t *addr, uint32_t v)
{
	v = htonl(v);
	memcpy(addr, &v, 4);
}

static void sequential4(uint32_t i, uint8_t *addr)
{
	put32(addr, 0x0a000000 + i);
}

static void strided4(uint32_t i, uint8_t *addr)
{
	put32(addr, i * BUCKETS);
}

static void high4(uint32_t i, uint8_t *addr)
{
	put32(addr, i << 16 | 1);
}

static void random4(uint32_t i, uint8_t *addr)
{
	uint64_t s = i;

	test_random(&s);
	put32(addr, test_random(&s));
}

static void sequential6(uint32_t i, uint8_t *addr)
{
	put32(addr, 0x20010db8);
	put32(addr + 12, i);
}

static void subnets6(uint32_t i, uint8_t *addr)
{
	put32(addr, 0x20010db8);
	put32(addr + 4, i);
	addr[15] = 1;
}

static void random6(uint32_t i, uint8_t *addr)
{
	uint64_t s = i;
	int j;

	test_random(&s);
	for (j = 0; j < 16; j += 4)
		put32(addr + j, test_random(&s));
}

static void uniform(void **state)
{
	(void)state;
	check_uniform("IPv4 sequential", 4, sequential4);
	check_uniform("IPv4 strided", 4, strided4);
	check_uniform("IPv4 high half", 4, high4);
	check_uniform("IPv4 random", 4, random4);
	check_uniform("IPv6 sequential", 16, sequential6);
	check_uniform("IPv6 subnets", 16, subnets6);
	check_uniform("IPv6 random", 16, random6);
}

/* The key matters: under another one most addresses change their bucket. */
static void keyed(void **state)
{
	struct saa_key a = { 1, 2 }, b = { 1, 3 };
	uint32_t i, same = 0;
	uint8_t addr[4];

	(void)state;
	for (i = 0; i < SAMPLES; i++) {
		sequential4(i, addr);
		same += (saa_hash(addr, 4, &a) & (BUCKETS - 1)) ==
			(saa_hash(addr, 4, &b) & (BUCKETS - 1));
	}
	assert_in_range(same, 24, 104);		/* 64 +- 5 * 8 */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden_vectors),
		cmocka_unit_test(unaligned),
		cmocka_unit_test(uniform),
		cmocka_unit_test(keyed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
