// SPDX-License-Identifier: GPL-2.0-or-later
/* Addresses, prefixes, ranges; keys. */
#include <stdio.h>
#include <string.h>

#include "addr.h"
#include "key.h"
#include "test.h"

/* The families apart, IPv4 first; "any" for none. */
static void addresses(void **state)
{
	struct saa_addr none = { 0 }, a, b, c;
	char buf[SAA_ADDR_STRLEN];

	(void)state;
	assert_string_equal(saa_addr_format(&none, buf), "any");
	assert_int_equal(saa_addr_len(&none), 0);
	assert_true(saa_addr_parse("255.0.0.1", &a));
	assert_int_equal(saa_addr_len(&a), 4);
	assert_true(saa_addr_parse("::1", &b));
	assert_int_equal(saa_addr_len(&b), 16);
	assert_true(saa_addr_parse("::ffff:192.0.2.1", &c));
	assert_int_equal(c.family, AF_INET6);
	assert_true(saa_addr_cmp(&a, &b) < 0);
	assert_true(saa_addr_cmp(&b, &a) > 0);
	assert_true(saa_addr_cmp(&b, &c) < 0);
	assert_int_equal(saa_addr_cmp(&b, &b), 0);
	assert_false(saa_addr_parse("192.0.2.300", &a));
	assert_int_equal(a.family, 0);
	assert_false(saa_addr_parse("192.0.2", &a));
	assert_false(saa_addr_parse("2001:db8::%eth0", &a));
	assert_false(saa_addr_parse("", &a));
}

static const char bad_v4_len[] = "has a prefix length that is not 0 to 32";
static const char bad_v6_len[] = "has a prefix length that is not 0 to 128";
static const char bad_bits[] =
	"has bits set beyond its prefix length; clear them";
static const char no_prefix[] = "is not an IPv4 or IPv6 prefix";
static const char no_range[] =
	"is not an address, a range A-B or a prefix";

static void prefixes(void **state)
{
	static const char *const wrong[][2] = {
		{ "10.0.0.1/8", bad_bits }, { "2001:db8::1/127", bad_bits },
		{ "10.0.0.0/33", bad_v4_len }, { "10.0.0.0/", bad_v4_len },
		{ "10.0.0.0/-1", bad_v4_len }, { "10.0.0.0/8 ", bad_v4_len },
		{ "10.0.0.0/8/8", bad_v4_len }, { "fd00::/129", bad_v6_len },
		{ "fd00::/x", bad_v6_len }, { "10.0.0/8", no_prefix },
		{ "/8", no_prefix }, { "", no_prefix }, { "any", no_prefix },
	};
	const char *why;
	size_t i;

	char buf[SAA_ADDR_STRLEN];
	struct saa_addr a, b;
	uint8_t len;

	(void)state;
	assert_null(saa_prefix_parse("10.0.0.0/8", &a, &len));
	assert_int_equal(len, 8);
	assert_string_equal(saa_prefix_format(&a, len, buf), "10.0.0.0/8");
	assert_true(saa_addr_parse("10.255.0.1", &b));
	assert_true(saa_prefix_has(&a, len, &b));
	assert_true(saa_addr_parse("11.0.0.1", &b));
	assert_false(saa_prefix_has(&a, len, &b));
	assert_null(saa_prefix_parse("2001:db8::1", &a, &len));
	assert_int_equal(len, 128);
	assert_string_equal(saa_prefix_format(&a, len, buf), "2001:db8::1");
	assert_true(saa_prefix_has(&a, len, &a));
	assert_false(saa_prefix_has(&a, 0, &b));	/* the other family */
	assert_null(saa_prefix_parse("0.0.0.0/0", &a, &len));
	assert_int_equal(len, 0);
	assert_true(saa_prefix_has(&a, len, &b));
	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		why = saa_prefix_parse(wrong[i][0], &a, &len);
		assert_non_null(why);
		assert_string_equal(why, wrong[i][1]);
	}
}

/* The prefixes that a range falls into, joined by blanks. */
static const char *split(const char *range)
{
	static char out[512];
	struct saa_addr first, last, at;
	char buf[SAA_ADDR_STRLEN];
	bool done = false;
	unsigned int len;

	out[0] = '\0';
	assert_null(saa_range_parse(range, &first, &last));
	while (!done) {
		at = first;
		len = saa_range_next_prefix(&first, &last, &done);
		sprintf(out + strlen(out), "%s%s", *out ? " " : "",
			saa_prefix_format(&at, len, buf));
	}
	return out;
}

static void ranges(void **state)
{
	static const char *const wrong[][2] = {
		{ "198.51.100.4-198.51.100.1",
		  "has its first address above the last; exchange them" },
		{ "198.51.100.4-2001:db8::", "mixes IPv4 and IPv6" },
		{ "-", no_range }, { "198.51.100.4-", no_range },
		{ "198.51.100.4-198.51.100.5-198.51.100.6", no_range },
		{ "198.51.100.4 - 198.51.100.5", no_range }, { "x", no_range },
		{ "198.51.100.0/30-198.51.100.9", no_range },
		{ "198.51.100.1/30", bad_bits }, { "198.51.100.0/40", bad_v4_len },
	};
	const char *why;
	size_t i;
	char buf[SAA_ADDR_STRLEN];
	struct saa_addr first, last;

	(void)state;
	assert_null(saa_range_parse("198.51.100.1-198.51.100.4", &first, &last));
	assert_string_equal(saa_range_format(&first, &last, buf),
			    "198.51.100.1-198.51.100.4");
	assert_null(saa_range_parse("198.51.100.0/30", &first, &last));
	assert_string_equal(saa_range_format(&first, &last, buf),
			    "198.51.100.0-198.51.100.3");
	assert_null(saa_range_parse("2001:db8::5", &first, &last));
	assert_string_equal(saa_range_format(&first, &last, buf),
			    "2001:db8::5");
	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		why = saa_range_parse(wrong[i][0], &first, &last);
		assert_non_null(why);
		assert_string_equal(why, wrong[i][1]);
	}
}

/* What no packet is steered for is no pool; at both ends, and around it. */
static void no_pools(void **state)
{
	static const char *const pools[][2] = {
		{ "0.0.0.1", "0.0.0.0/8" }, { "0.0.0.0/0", "0.0.0.0/8" },
		{ "0.255.255.255-1.0.0.0", "0.0.0.0/8" }, { "1.0.0.0", NULL },
		{ "126.255.255.255", NULL }, { "10.0.0.0/8", NULL },
		{ "126.255.255.255-127.0.0.0", "127.0.0.0/8" },
		{ "126.0.0.0-128.0.0.0", "127.0.0.0/8" },
		{ "127.255.255.255-128.0.0.0", "127.0.0.0/8" },
		{ "128.0.0.0-169.253.255.255", NULL },
		{ "169.254.7.7", "169.254.0.0/16" },
		{ "169.255.0.0-223.255.255.255", NULL },
		{ "224.0.0.0", "224.0.0.0/3" },
		{ "255.255.255.255", "224.0.0.0/3" },
		{ "::", "::/127" }, { "::1-::5", "::/127" }, { "::2", NULL },
		{ "2001:db8::/32", NULL }, { "fd00::/8", NULL },
		{ "fe7f::-fe80::", "fe80::/10" }, { "febf::1", "fe80::/10" },
		{ "fec0::1", NULL }, { "ff02::1", "ff00::/8" },
	};
	struct saa_addr first, last;
	const char *never;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(pools) / sizeof(*pools); i++) {
		assert_null(saa_range_parse(pools[i][0], &first, &last));
		never = saa_range_never(&first, &last);
		if (never != pools[i][1] &&
		    (!never || !pools[i][1] || strcmp(never, pools[i][1])))
			fail_msg("%s: %s", pools[i][0], never ? never : "good");
	}
}

static void ranges_as_prefixes(void **state)
{
	(void)state;
	assert_string_equal(split("198.51.100.1-198.51.100.4"),
			    "198.51.100.1 198.51.100.2/31 198.51.100.4");
	assert_string_equal(split("10.0.0.0/30"), "10.0.0.0/30");
	assert_string_equal(split("10.0.0.5"), "10.0.0.5");
	assert_string_equal(split("0.0.0.0-255.255.255.255"), "0.0.0.0/0");
	assert_string_equal(split("255.255.255.254-255.255.255.255"),
			    "255.255.255.254/31");
	assert_string_equal(split("2001:db8::ff-2001:db8::101"),
			    "2001:db8::ff 2001:db8::100/127");
}

static void keys(void **state)
{
	uint8_t key[SAA_KEY_LEN], back[SAA_KEY_LEN];
	char text[SAA_KEY_STRLEN];
	unsigned int i, round;
	uint64_t seed = 1;

	(void)state;
	for (i = 0; i < SAA_KEY_LEN; i++)
		key[i] = i;
	saa_key_format(key, text);
	assert_string_equal(text, "AAECAwQFBgcICQoLDA0ODw==");
	for (round = 0; round < 1000; round++) {
		for (i = 0; i < SAA_KEY_LEN; i++)
			key[i] = test_random(&seed);
		saa_key_format(key, text);
		assert_true(saa_key_parse(text, back));
		assert_memory_equal(key, back, SAA_KEY_LEN);
	}
	assert_true(saa_key_parse("AAECAwQFBgcICQoLDA0ODw==\n", back));
	assert_false(saa_key_parse("AAECAwQFBgcICQoLDA0ODw=", back));
	assert_false(saa_key_parse("AAECAwQFBgcICQoLDA0ODx==", back));
	assert_false(saa_key_parse("AAECAwQFBgcICQoLDA0ODw==x", back));
	assert_false(saa_key_parse("AAECAwQFBgcICQo*DA0ODw==", back));
	assert_false(saa_key_parse("", back));
	assert_int_equal(saa_key_generate(key, sizeof(key)), 0);
	assert_int_equal(saa_key_generate(back, sizeof(back)), 0);
	assert_memory_not_equal(key, back, SAA_KEY_LEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses),
		cmocka_unit_test(prefixes),
		cmocka_unit_test(ranges),
		cmocka_unit_test(no_pools),
		cmocka_unit_test(ranges_as_prefixes),
		cmocka_unit_test(keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
