// SPDX-License-Identifier: GPL-2.0-or-later
/* Memory and strings. */
#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

static void *or_die(void *p)
{
	if (p)
		return p;
	fputs("saactl: out of memory\n", stderr);
	abort();
}

void *saa_zalloc(size_t size)
{
	return or_die(calloc(1, size ? size : 1));
}

void *saa_grow(void *array, size_t *n, size_t size)
{
	char *p;

	memcpy(&p, array, sizeof(p));
	/* Double at powers of two, so that the capacity need not be kept. */
	if (!(*n & (*n - 1)))
		p = or_die(reallocarray(p, *n ? *n * 2 : 1, size));
	memcpy(array, &p, sizeof(p));
	p += (*n)++ * size;
	memset(p, 0, size);
	return p;
}

char *saa_strdup(const char *s)
{
	return or_die(strdup(s));
}

char *saa_strndup(const char *s, size_t max)
{
	return or_die(strndup(s, max));
}

FILE *saa_open_text(char **text, size_t *len)
{
	return or_die(open_memstream(text, len));
}

char *saa_vformat(const char *fmt, va_list ap)
{
	char *s;

	if (vasprintf(&s, fmt, ap) < 0)
		s = or_die(NULL);
	return s;
}

char *saa_format(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = saa_vformat(fmt, ap);
	va_end(ap);
	return s;
}

/* Bytes of the character at @s; 0 if it is no UTF-8 or a control character. */
static size_t character(const unsigned char *s)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t i, len = *s < 0x80 ? 1 : *s < 0xc0 ? 0 : *s < 0xe0 ? 2 :
			*s < 0xf0 ? 3 : *s < 0xf8 ? 4 : 0;
	uint32_t c = len > 1 ? *s & 0x7f >> len : *s;

	for (i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	return c < ' ' || (c >= 0x7f && c < 0xa0) || c < least[len] ||
	       (c >= 0xd800 && c < 0xe000) || c > 0x10ffff ? 0 : len;
}

char *saa_printable(const char *s)
{
	char *copy = saa_zalloc(4 * strlen(s) + 1), *to = copy;
	size_t len;

	for (; *s; s += len) {
		len = character((const unsigned char *)s);
		if (len) {
			to = mempcpy(to, s, len);
		} else {
			to += sprintf(to, "\\x%02x", (unsigned char)*s);
			len = 1;
		}
	}
	return copy;
}

bool saa_parse_uint(const char *s, unsigned long max, unsigned long *value)
{
	char *end;

	if (!isdigit((unsigned char)*s))
		return false;
	errno = 0;
	*value = strtoul(s, &end, 10);
	return !*end && !errno && *value <= max;
}

/* To the end, or one byte more than @max. */
static char *read_all(FILE *f, size_t max, size_t *len)
{
	size_t room = 0;
	char *text = NULL;

	*len = 0;
	do {
		room = room ? 2 * room : 1 << 16;
		if (room > max)
			room = max + 1;
		text = realloc(text, room + 1);
		if (!text)
			abort();
		*len += fread(text + *len, 1, room - *len, f);
	} while (*len == room && room <= max);
	text[*len] = '\0';
	return text;
}

FILE *saa_open_file(const char *path)
{
	return strcmp(path, "-") ? fopen(path, "re") : stdin;
}

char *saa_read_file(const char *path, size_t max, size_t *len)
{
	FILE *f = saa_open_file(path);
	char *text;
	int err;

	if (!f)
		return NULL;
	text = read_all(f, max, len);
	err = ferror(f) ? errno : *len > max ? EFBIG : 0;
	if (f != stdin)
		fclose(f);
	if (!err)
		return text;
	free(text);
	errno = err;
	return NULL;
}
