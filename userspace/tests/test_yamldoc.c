// SPDX-License-Identifier: GPL-2.0-or-later
/* YAML as a tree: lines of paths, and what is refused before the schema. */
#include <stdlib.h>
#include <string.h>

#include "test.h"
#include "util.h"
#include "yamldoc.h"

static const char text[] =
	"top:\n"			/* 1 */
	"  list:\n"			/* 2 */
	"    - {a: 1, b: two}\n"	/* 3 */
	"    - plain\n"			/* 4 */
	"  map:\n"			/* 5 */
	"    x: 1\n"			/* 6 */
	"    y: [1]\n"			/* 7 */
	"other: {b: 3}\n";		/* 8 */

static struct saa_ydoc doc;

static int setup(void **state)
{
	struct saa_diag d = { 0 };

	(void)state;
	return saa_ydoc_open(&doc, text, strlen(text), &d) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	saa_ydoc_close(&doc);
	return 0;
}

/* Of what exists of a path, the last part. */
static void lines(void **state)
{
	static const struct {
		const char *path;
		unsigned int line;
		bool exists;
	} paths[] = {
		{ "top", 1, true }, { "top.list", 2, true },
		{ "top.list[0]", 3, true }, { "top.list[0].b", 3, true },
		{ "top.list[1]", 4, true }, { "top.map.y[0]", 7, true },
		{ "other.b", 8, true }, { "", 1, true },
		{ "top.list[2]", 2, false }, { "top.list[0].c", 3, false },
		{ "top.list.a", 2, false }, { "top.map[0]", 5, false },
		{ "top.map.x.y", 6, false }, { "top.map.x[0]", 6, false },
		{ "none", 1, false }, { "to", 1, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		if (saa_ydoc_line(&doc, "%s", paths[i].path) != paths[i].line)
			fail_msg("%s: line %u", paths[i].path,
				 saa_ydoc_line(&doc, "%s", paths[i].path));
		assert_int_equal(saa_ydoc_has(&doc, "%s", paths[i].path),
				 paths[i].exists ? paths[i].line : 0);
	}
}

static void scalars(void **state)
{
	(void)state;
	assert_string_equal(saa_ydoc_text(&doc, "top.list[%d].b", 0), "two");
	assert_null(saa_ydoc_text(&doc, "top.list"));
	assert_null(saa_ydoc_text(&doc, "top.none"));
	assert_true(saa_ydoc_is_mapping(&doc, "top.map"));
	assert_false(saa_ydoc_is_mapping(&doc, "top.list"));
	assert_false(saa_ydoc_is_mapping(&doc, "none"));
}

/* The next mapping with a key; the line itself if there is none. */
static void key_lines(void **state)
{
	(void)state;
	assert_int_equal(saa_ydoc_key_line(&doc, "b", 1), 3);
	assert_int_equal(saa_ydoc_key_line(&doc, "b", 4), 8);
	assert_int_equal(saa_ydoc_key_line(&doc, "b", 9), 9);
	assert_int_equal(saa_ydoc_key_line(&doc, "none", 2), 2);
}

static void entries(void **state)
{
	const char *key, *value;
	unsigned int line;

	(void)state;
	assert_true(saa_ydoc_entry(&doc, "top.map", 0, &key, &value, &line));
	assert_string_equal(key, "x");
	assert_string_equal(value, "1");
	assert_int_equal(line, 6);
	assert_true(saa_ydoc_entry(&doc, "top.map", 1, &key, &value, &line));
	assert_string_equal(key, "y");
	assert_null(value);
	assert_false(saa_ydoc_entry(&doc, "top.map", 2, &key, &value, &line));
	assert_false(saa_ydoc_entry(&doc, "top.list", 0, &key, &value, &line));
	assert_false(saa_ydoc_entry(&doc, "none", 0, &key, &value, &line));
}

static void check_refused(const char *bytes, size_t len, unsigned int line,
			  const char *says)
{
	struct saa_diag d = { 0 };
	struct saa_ydoc y;

	assert_false(saa_ydoc_open(&y, bytes, len, &d));
	assert_int_equal(d.n_notes, 1);
	if (d.notes[0].line != line || !strstr(d.notes[0].text, says))
		fail_msg("%u: %s", d.notes[0].line, d.notes[0].text);
	saa_diag_free(&d);
}

#define REFUSED(text, line, says) \
	check_refused(text, sizeof(text) - 1, line, says)

static void refused(void **state)
{
	(void)state;
	REFUSED("", 0, "the file is empty");
	REFUSED("# nothing\n---\n...\n# more\n--- [\n", 6, "not YAML");
	REFUSED("a: [1\nb: 2\n", 2, "not YAML");
	REFUSED("a: \377\n", 1, "not YAML");
	REFUSED("a: *b\n", 1, "not YAML: found undefined alias");
	REFUSED("a: 1\nb: 2\na: 3\n", 3,
		"key \"a\" appears twice (first in line 1); remove one");
	REFUSED("x: {a: 1, a: 2}\n", 1, "key \"a\" appears twice");
	REFUSED("a: 1\n[b]: 2\n", 2,
		"a list or mapping is the key of a mapping; a key is one word");
	REFUSED("a: 1\n---\nb: 2\n", 3,
		"a second document begins here; a file has one");
	REFUSED("a: 1\n...\n---\n- [\n", 5, "not YAML");
	REFUSED("a: 1\nb: \"x\\0y\"\n", 2,
		"\"x\" goes on with a NUL character; remove it");
	REFUSED("\"a\\0\": 1\n", 1, "\"a\" goes on with a NUL character");
	/* as it is shown */
	REFUSED("\"\\e[2J\": 1\n\"\\e[2J\": 1\n", 2,
		"key \"\\x1b[2J\" appears twice");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
		cmocka_unit_test(scalars),
		cmocka_unit_test(key_lines),
		cmocka_unit_test(entries),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
