// SPDX-License-Identifier: GPL-2.0-or-later
/* The cluster's secrets, in base64. */
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "key.h"

static const char digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void saa_base64_format(const uint8_t *bytes, size_t len, char *buf)
{
	unsigned int bits;
	size_t i, left;

	for (i = 0; i < len; i += 3) {
		left = len - i;
		bits = bytes[i] << 16;
		if (left > 1)
			bits |= bytes[i + 1] << 8;
		if (left > 2)
			bits |= bytes[i + 2];
		*buf++ = digits[bits >> 18];
		*buf++ = digits[bits >> 12 & 63];
		*buf++ = left > 1 ? digits[bits >> 6 & 63] : '=';
		*buf++ = left > 2 ? digits[bits & 63] : '=';
	}
	*buf = '\0';
}

/* 4 digits into 3 bytes; false if one of them is none. @n: the bytes wanted. */
static bool parse_group(const char *text, size_t n, uint8_t out[3])
{
	unsigned int bits = 0, i;
	const char *p;

	for (i = 0; i < 4; i++) {
		p = i <= n ? memchr(digits, text[i], 64) :
		    text[i] == '=' ? digits : NULL;
		if (!p)
			return false;
		bits = bits << 6 | (p - digits);
	}
	out[0] = bits >> 16;
	out[1] = bits >> 8;
	out[2] = bits;
	/* what is not wanted must not be there */
	return (n > 1 || !out[1]) && (n > 2 || !out[2]);
}

bool saa_base64_parse(const char *text, uint8_t *bytes, size_t len)
{
	size_t n = strcspn(text, " \t\r\n"), i, left;
	uint8_t out[3];

	if (n != (len + 2) / 3 * 4 || text[n + strspn(text + n, " \t\r\n")])
		return false;
	/* all of it first, so that a bad key leaves nothing behind */
	for (i = 0; i < len; i += 3)
		if (!parse_group(text + i / 3 * 4, len - i < 3 ? len - i : 3,
				 out))
			return false;
	for (i = 0; i < len; i += 3) {
		left = len - i < 3 ? len - i : 3;
		parse_group(text + i / 3 * 4, left, out);
		memcpy(bytes + i, out, left);
	}
	return true;
}

void saa_key_format(const uint8_t key[SAA_KEY_LEN], char buf[SAA_KEY_STRLEN])
{
	saa_base64_format(key, SAA_KEY_LEN, buf);
}

bool saa_key_parse(const char *text, uint8_t key[SAA_KEY_LEN])
{
	return saa_base64_parse(text, key, SAA_KEY_LEN);
}

int saa_key_generate(uint8_t *key, size_t len)
{
	return getrandom(key, len, 0) == (ssize_t)len ? 0 : -errno;
}
