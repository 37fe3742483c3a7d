/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A configuration file that is right, for tests that make others from it. */
#ifndef SAA_TEST_GOOD_H
#define SAA_TEST_GOOD_H

#include <stdlib.h>
#include <string.h>

#include "test.h"
#include "util.h"

static char *good;	/* between setup and teardown of the group */

static inline int good_setup(void **state)
{
	const char *dir = getenv("TEST_DATA");
	char *path = saa_format("%s/good.yaml", dir ? dir : "tests/data");
	size_t len;

	(void)state;
	good = saa_read_file(path, 1 << 20, &len);
	free(path);
	return good ? 0 : -1;
}

static inline int good_teardown(void **state)
{
	(void)state;
	free(good);
	return 0;
}

/* @text with the first @from replaced by @to. */
static inline char *replace(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);

	if (!at)
		fail_msg("no \"%s\" in\n%s", from, text);
	return saa_format("%.*s%s%s", (int)(at - text), text, to,
			  at + strlen(from));
}

#endif
