/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory and strings. Running out of memory ends the process: a tool that
 * lives for one command has nothing better to do.
 */
#ifndef SAA_UTIL_H
#define SAA_UTIL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

void *saa_zalloc(size_t size);

/*
 * Append one zeroed element of @size bytes to the array *@array (a pointer to
 * a pointer) of *@n elements; returns the new element.
 */
void *saa_grow(void *array, size_t *n, size_t size);

char *saa_strdup(const char *s);
char *saa_strndup(const char *s, size_t max);
char *saa_format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
char *saa_vformat(const char *fmt, va_list ap);

/* A stream whose text is in *@text after fclose(), freed by the caller. */
FILE *saa_open_text(char **text, size_t *len);

/*
 * A copy that is safe to show on a terminal: UTF-8 as it is, but control
 * characters and what is no UTF-8 as \xNN.
 */
char *saa_printable(const char *s);

/* strtoul() that takes all of @s or fails; decimal digits only. */
bool saa_parse_uint(const char *s, unsigned long max, unsigned long *value);

/* To read; NULL with errno set. "-" is standard input, which is not to be closed. */
FILE *saa_open_file(const char *path);

/* The whole file, NUL-terminated; NULL with errno set. "-" is standard input. */
char *saa_read_file(const char *path, size_t max, size_t *len);

#endif
