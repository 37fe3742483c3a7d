// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzzer of the small parsers: the key, addresses, prefixes, ranges, numbers,
 * names. Each sees every input; what it takes must print as text that means
 * the same.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <linux/saa_parse.h>

#include "addr.h"
#include "key.h"
#include "model.h"
#include "util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_key(const char *text)
{
	uint8_t key[SAA_KEY_LEN], back[SAA_KEY_LEN];
	char buf[SAA_KEY_STRLEN];

	if (!saa_key_parse(text, key))
		return;
	saa_key_format(key, buf);
	assert(!strncmp(buf, text, strlen(buf)));
	assert(saa_key_parse(buf, back) && !memcmp(key, back, sizeof(key)));
}

static void fuzz_addr(const char *text)
{
	char buf[SAA_ADDR_STRLEN];
	struct saa_addr a, b;

	if (!saa_addr_parse(text, &a))
		return;
	assert(saa_addr_parse(saa_addr_format(&a, buf), &b));
	assert(!saa_addr_cmp(&a, &b));
	/* the tool and the parser of packets agree on what is never steered */
	assert(!saa_range_never(&a, &a) == !(a.family == AF_INET ?
					     saa_never4(a.bytes) :
					     saa_never6(a.bytes)));
}

static void fuzz_prefix(const char *text)
{
	char buf[SAA_ADDR_STRLEN];
	struct saa_addr a, b;
	uint8_t len, again;

	if (saa_prefix_parse(text, &a, &len))
		return;
	assert(len <= saa_addr_len(&a) * 8);
	assert(saa_prefix_has(&a, len, &a));
	assert(!saa_prefix_parse(saa_prefix_format(&a, len, buf), &b, &again));
	assert(!saa_addr_cmp(&a, &b) && len == again);
}

static void fuzz_range(const char *text)
{
	struct saa_addr first, last, a, b, end;
	char buf[SAA_ADDR_STRLEN];
	unsigned int n = 0, len, i;
	bool done = false;

	if (saa_range_parse(text, &first, &last))
		return;
	assert(saa_addr_cmp(&first, &last) <= 0);
	assert(!saa_range_parse(saa_range_format(&first, &last, buf), &a, &b));
	assert(!saa_addr_cmp(&first, &a) && !saa_addr_cmp(&last, &b));
	/* as prefixes: one behind the other, from the first to the last */
	while (!done) {
		b = a;
		len = saa_range_next_prefix(&a, &last, &done);
		n++;
		assert(len <= saa_addr_len(&first) * 8 && n <= 256);
		end = b;
		for (i = len; i < saa_addr_len(&b) * 8; i++) {
			assert(!(b.bytes[i / 8] >> (7 - i % 8) & 1));
			end.bytes[i / 8] |= 1 << (7 - i % 8);
		}
		assert(done == !saa_addr_cmp(&end, &last));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = memcpy(saa_zalloc(size + 1), data, size);
	unsigned long value, again;

	fuzz_key(text);
	fuzz_addr(text);
	fuzz_prefix(text);
	fuzz_range(text);
	if (saa_parse_uint(text, 65535, &value)) {
		again = strtoul(text, NULL, 10);
		assert(value <= 65535 && value == again);
	}
	if (!saa_name_wrong(text))
		assert(strlen(text) <= SAA_NAME_MAX && saa_gateway_default_id(text));
	if (!saa_ifname_wrong(text))
		assert(strlen(text) < IF_NAMESIZE);
	free(text);
	return 0;
}
