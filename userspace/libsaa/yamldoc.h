/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A YAML text as a tree with line numbers, next to libcyaml, which checks the
 * schema but forgets where it found what. Paths are written like
 * "gateways[0].groups[2].id".
 */
#ifndef SAA_YAMLDOC_H
#define SAA_YAMLDOC_H

#include <stdbool.h>
#include <stddef.h>
#include <yaml.h>

#include "diag.h"

struct saa_ydoc {
	yaml_document_t doc;
};

/*
 * Says what is wrong in @d: bad syntax, a second document, keys that are no
 * words or appear twice, NUL characters.
 */
bool saa_ydoc_open(struct saa_ydoc *y, const char *text, size_t len,
		   struct saa_diag *d);
void saa_ydoc_close(struct saa_ydoc *y);

/* The line of the path, or of as much of it as exists. */
unsigned int saa_ydoc_line(struct saa_ydoc *y, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* The line of the path if it exists, else 0. */
unsigned int saa_ydoc_has(struct saa_ydoc *y, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* The text of the path if it is a scalar, else NULL. */
const char *saa_ydoc_text(struct saa_ydoc *y, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* The first line from @line on where a mapping has the key, or @line. */
unsigned int saa_ydoc_key_line(struct saa_ydoc *y, const char *key,
			       unsigned int line);

/*
 * Entry @i of the mapping at the path (names that a schema cannot know):
 * false past the end. A value that is not a scalar comes back as NULL.
 */
bool saa_ydoc_entry(struct saa_ydoc *y, const char *path, size_t i,
		    const char **key, const char **value, unsigned int *line);
bool saa_ydoc_is_mapping(struct saa_ydoc *y, const char *path);

#endif
