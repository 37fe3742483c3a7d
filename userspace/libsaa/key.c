// SPDX-License-Identifier: GPL-2.0-or-later
/* The cluster's hash key. */
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "key.h"

static const char digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void saa_key_format(const uint8_t key[SAA_KEY_LEN], char buf[SAA_KEY_STRLEN])
{
	unsigned int i, bits;

	/* 5 groups of 3 bytes and one of 1 byte */
	for (i = 0; i < 6; i++) {
		bits = key[3 * i] << 16;
		if (i < 5)
			bits |= key[3 * i + 1] << 8 | key[3 * i + 2];
		buf[4 * i] = digits[bits >> 18];
		buf[4 * i + 1] = digits[bits >> 12 & 63];
		buf[4 * i + 2] = i < 5 ? digits[bits >> 6 & 63] : '=';
		buf[4 * i + 3] = i < 5 ? digits[bits & 63] : '=';
	}
	buf[24] = '\0';
}

bool saa_key_parse(const char *text, uint8_t key[SAA_KEY_LEN])
{
	size_t len = strcspn(text, " \t\r\n");
	uint8_t out[18];
	unsigned int i;
	const char *p;

	if (len != 24 || text[len + strspn(text + len, " \t\r\n")] ||
	    text[22] != '=' || text[23] != '=')
		return false;
	memset(out, 0, sizeof(out));
	for (i = 0; i < 22; i++) {
		p = memchr(digits, text[i], 64);
		if (!p)
			return false;
		/* digit i holds bits 6i .. 6i+5 of the key */
		out[6 * i / 8] |= (p - digits) << 2 >> 6 * i % 8;
		if (6 * i % 8 > 2)
			out[6 * i / 8 + 1] |= (p - digits) << (10 - 6 * i % 8);
	}
	if (out[16])		/* not a whole number of bytes */
		return false;
	memcpy(key, out, SAA_KEY_LEN);
	return true;
}

int saa_key_generate(uint8_t key[SAA_KEY_LEN])
{
	return getrandom(key, SAA_KEY_LEN, 0) == SAA_KEY_LEN ? 0 : -errno;
}
