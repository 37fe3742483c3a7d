// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Output: a tree is printed as JSON, or as text in the manner of ip(8). The
 * text is made from the tree alone, so the two cannot disagree:
 *
 *   an object      a line "KIND VALUE KEY VALUE ...": without the key of the
 *                  member that says which one it is, if that is the first;
 *                  true as the key alone; a list joined by commas
 *   a list of objects   a line for each
 *   an object of such   one after the other, the key being the kind
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

#define RED	"31"
#define GREEN	"32"
#define CYAN	"36"
#define BLUE	"34"

static const char *color_of(const char *key, const char *value)
{
	if (!strcmp(key, "dev"))
		return CYAN;
	if (!strcmp(key, "source") || !strcmp(key, "destination") ||
	    !strcmp(key, "to"))
		return BLUE;
	if (!strcmp(value, "up") || !strcmp(value, "owned") ||
	    !strcmp(value, "in-sync"))
		return GREEN;
	if (!strcmp(value, "down") || !strcmp(value, "no-owner") ||
	    !strcmp(value, "disconnected"))
		return RED;
	return NULL;
}

static void put_value(FILE *f, const char *key, json_t *value)
{
	const char *s = json_string_value(value), *color;
	json_t *item;
	char *text;
	size_t i;

	if (s) {
		text = saa_printable(s);
		color = opt.color && !opt.json ? color_of(key, s) : NULL;
		if (color)
			fprintf(f, "\033[%sm%s\033[0m", color, text);
		else
			fputs(text, f);
		free(text);
	} else if (json_is_integer(value)) {
		fprintf(f, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	} else if (json_is_real(value)) {
		fprintf(f, "%g", json_real_value(value));
	} else if (json_is_array(value)) {
		json_array_foreach(value, i, item) {
			if (i)
				fputc(',', f);
			put_value(f, key, item);
		}
	} else if (json_is_false(value)) {
		fputs("no", f);
	}
}

static bool is_list(json_t *value)
{
	return json_is_array(value) &&
	       (!json_array_size(value) ||
		json_is_object(json_array_get(value, 0)));
}

static bool is_one_of(const char *key, const char *const *keys)
{
	for (; *keys; keys++)
		if (!strcmp(key, *keys))
			return true;
	return false;
}

static void put_line(FILE *f, const char *kind, json_t *object)
{
	static const char *const which[] = { "id", "name", "priority", "side",
					     "number", "verdict", NULL };
	/* what is explained at length goes on with a new line */
	static const char *const breaks[] = { "hash", "path", "why", NULL };
	const char *key;
	bool first = true;
	json_t *value;

	fputs(kind, f);
	json_object_foreach(object, key, value) {
		if (is_list(value) || json_is_object(value))
			continue;
		if (is_one_of(key, breaks))
			fputs("\n   ", f);
		if (!first || !is_one_of(key, which))
			fprintf(f, " %s", key);
		first = false;
		if (json_is_true(value))
			continue;
		fputc(' ', f);
		put_value(f, key, value);
	}
	fputc('\n', f);
	json_object_foreach(object, key, value) {
		json_t *item;
		size_t i;

		if (json_is_object(value)) {
			fputs("    ", f);
			put_line(f, key, value);
		} else if (is_list(value)) {
			json_array_foreach(value, i, item) {
				fputs("    ", f);
				put_line(f, key, item);
			}
		}
	}
}

static void put(FILE *f, const char *kind, json_t *value)
{
	const char *key;
	json_t *item;
	size_t i;

	if (json_is_array(value)) {
		json_array_foreach(value, i, item)
			put_line(f, kind, item);
	} else if (kind) {
		put_line(f, kind, value);
	} else {
		json_object_foreach(value, key, item)
			put(f, key, item);
	}
}

char *out_text(const char *kind, json_t *value)
{
	char *text = NULL;
	size_t size;
	FILE *f = saa_open_text(&text, &size);

	put(f, kind, value);
	fclose(f);
	return text;
}

char *out_plain(const char *kind, json_t *value)
{
	bool color = opt.color;
	char *text;

	opt.color = false;
	text = out_text(kind, value);
	opt.color = color;
	return text;
}

static void print(const char *kind, json_t *value, size_t flags)
{
	char *text;

	if (opt.json)
		text = json_dumps(value, flags | JSON_ENCODE_ANY);
	else
		text = out_text(kind, value);
	fputs(text, stdout);
	if (opt.json)
		putchar('\n');
	free(text);
	json_decref(value);
}

/* Of numbers whose names do not tell. */
static const char *unit_of(const char *key)
{
	return !strcmp(key, "timeout") || !strcmp(key, "strict-timeout") ?
		" ms" : "";
}

static void put_block_line(FILE *f, const char *key, json_t *value,
			   json_t *counts)
{
	const char *text = json_string_value(json_object_get(counts, key));

	fprintf(f, "  %s: ", key);
	put_value(f, key, value);
	fputs(unit_of(key), f);
	if (text)
		fprintf(f, "  (%s)", text);
	fputc('\n', f);
}

char *out_block_text(const char *kind, json_t *object)
{
	json_t *counts = json_object_get(object, "counts"), *value, *item;
	bool first = true;
	char *text = NULL;
	const char *key, *k;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	json_object_foreach(object, key, value) {
		if (first) {
			fprintf(f, "%s: ", kind);
			put_value(f, key, value);
			fputc('\n', f);
			first = false;
		} else if (value == counts) {
			continue;
		} else if (json_is_object(value)) {
			json_object_foreach(value, k, item)
				put_block_line(f, k, item, counts);
		} else {
			put_block_line(f, key, value, NULL);
		}
	}
	fclose(f);
	return text;
}

void out_block(const char *kind, json_t *object)
{
	char *text;

	if (opt.json) {
		out(kind, object);
		return;
	}
	text = out_block_text(kind, object);
	fputs(text, stdout);
	free(text);
	json_decref(object);
}

void out(const char *kind, json_t *value)
{
	print(kind, value, opt.pretty ? JSON_INDENT(4) : 0);
}

void out_line(const char *kind, json_t *object)
{
	print(kind, object, 0);
	fflush(stdout);
}
