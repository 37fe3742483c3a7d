// SPDX-License-Identifier: GPL-2.0-or-later
/* A YAML text as a tree with line numbers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"
#include "yamldoc.h"

static const char *scalar(const yaml_node_t *n)
{
	return n && n->type == YAML_SCALAR_NODE ?
		(const char *)n->data.scalar.value : NULL;
}

static yaml_node_t *node(struct saa_ydoc *y, int index)
{
	return yaml_document_get_node(&y->doc, index);
}

/* Keys are words. With the same one twice, one would win silently. */
static void check_keys(struct saa_ydoc *y, const yaml_node_t *map,
		       struct saa_diag *d)
{
	const yaml_node_pair_t *a, *b;
	const char *ka, *kb;

	for (a = map->data.mapping.pairs.start; a < map->data.mapping.pairs.top;
	     a++) {
		ka = scalar(node(y, a->key));
		if (!ka)
			saa_error(d, node(y, a->key)->start_mark.line + 1,
				  "a list or mapping is the key of a mapping; a key is one word");
		for (b = a + 1; ka && b < map->data.mapping.pairs.top; b++) {
			kb = scalar(node(y, b->key));
			if (kb && !strcmp(ka, kb))
				saa_error(d, node(y, b->key)->start_mark.line + 1,
					  "key \"%s\" appears twice (first in line %zu); remove one",
					  ka, node(y, a->key)->start_mark.line + 1);
		}
	}
}

/* What a C string cannot hold would be cut off silently. */
static void check_scalar(const yaml_node_t *n, struct saa_diag *d)
{
	const char *text = scalar(n);

	if (strlen(text) != n->data.scalar.length)
		saa_error(d, n->start_mark.line + 1,
			  "\"%s\" goes on with a NUL character; remove it",
			  text);
}

/* Reads one document; false with an error if it is not YAML. */
static bool load(yaml_parser_t *parser, yaml_document_t *doc,
		 struct saa_diag *d)
{
	if (yaml_parser_load(parser, doc))
		return true;
	saa_error(d, parser->problem_mark.line + 1, "not YAML: %s",
		  parser->problem ? parser->problem : "out of memory");
	return false;
}

static void check_end(yaml_parser_t *parser, struct saa_diag *d)
{
	yaml_document_t more;
	const yaml_node_t *n;

	if (!load(parser, &more, d))
		return;
	n = yaml_document_get_root_node(&more);
	if (n)
		saa_error(d, n->start_mark.line + 1,
			  "a second document begins here; a file has one");
	yaml_document_delete(&more);
}

bool saa_ydoc_open(struct saa_ydoc *y, const char *text, size_t len,
		   struct saa_diag *d)
{
	unsigned int before = d->errors;
	yaml_parser_t parser;
	const yaml_node_t *n;

	if (!yaml_parser_initialize(&parser))
		abort();
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	if (!load(&parser, &y->doc, d)) {
		yaml_parser_delete(&parser);
		return false;
	}
	if (yaml_document_get_root_node(&y->doc))
		check_end(&parser, d);
	else
		saa_error(d, 0, "the file is empty");
	yaml_parser_delete(&parser);
	for (n = y->doc.nodes.start; n < y->doc.nodes.top; n++) {
		if (n->type == YAML_MAPPING_NODE)
			check_keys(y, n, d);
		else if (n->type == YAML_SCALAR_NODE)
			check_scalar(n, d);
	}
	if (d->errors == before)
		return true;
	saa_ydoc_close(y);
	return false;
}

void saa_ydoc_close(struct saa_ydoc *y)
{
	yaml_document_delete(&y->doc);
}

/* The entry of @map for the first @len characters of @key. */
static const yaml_node_pair_t *find(struct saa_ydoc *y, const yaml_node_t *map,
				    const char *key, size_t len)
{
	const yaml_node_pair_t *p;
	const char *k;

	for (p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top;
	     p++) {
		k = scalar(node(y, p->key));
		if (k && strlen(k) == len && !memcmp(k, key, len))
			return p;
	}
	return NULL;
}

/* Walk @path; *@line is set on the way. NULL if it does not exist. */
static yaml_node_t *walk(struct saa_ydoc *y, const char *path,
			 unsigned int *line)
{
	yaml_node_t *n = yaml_document_get_root_node(&y->doc);
	const yaml_node_pair_t *pair;
	unsigned long i;
	size_t len;
	char *end;

	*line = n->start_mark.line + 1;
	while (*path) {
		if (*path == '[') {
			i = strtoul(path + 1, &end, 10);
			if (n->type != YAML_SEQUENCE_NODE ||
			    n->data.sequence.items.start + i >=
			    n->data.sequence.items.top)
				return NULL;
			n = node(y, n->data.sequence.items.start[i]);
			*line = n->start_mark.line + 1;
			path = end + 1;
		} else {
			path += *path == '.';
			len = strcspn(path, ".[");
			if (n->type != YAML_MAPPING_NODE)
				return NULL;
			pair = find(y, n, path, len);
			if (!pair)
				return NULL;
			*line = node(y, pair->key)->start_mark.line + 1;
			n = node(y, pair->value);
			path += len;
		}
	}
	return n;
}

unsigned int saa_ydoc_line(struct saa_ydoc *y, const char *fmt, ...)
{
	unsigned int line;
	va_list ap;
	char *path;

	va_start(ap, fmt);
	path = saa_vformat(fmt, ap);
	va_end(ap);
	walk(y, path, &line);
	free(path);
	return line;
}

unsigned int saa_ydoc_has(struct saa_ydoc *y, const char *fmt, ...)
{
	unsigned int line;
	va_list ap;
	char *path;
	bool found;

	va_start(ap, fmt);
	path = saa_vformat(fmt, ap);
	va_end(ap);
	found = walk(y, path, &line);
	free(path);
	return found ? line : 0;
}

const char *saa_ydoc_text(struct saa_ydoc *y, const char *fmt, ...)
{
	const char *text;
	unsigned int line;
	va_list ap;
	char *path;

	va_start(ap, fmt);
	path = saa_vformat(fmt, ap);
	va_end(ap);
	text = scalar(walk(y, path, &line));
	free(path);
	return text;
}

unsigned int saa_ydoc_key_line(struct saa_ydoc *y, const char *key,
			       unsigned int line)
{
	unsigned int best = 0, at;
	const yaml_node_pair_t *p;
	const yaml_node_t *n;

	for (n = y->doc.nodes.start; n < y->doc.nodes.top; n++) {
		if (n->type != YAML_MAPPING_NODE)
			continue;
		p = find(y, n, key, strlen(key));
		at = p ? node(y, p->key)->start_mark.line + 1 : 0;
		if (at >= line && (!best || at < best))
			best = at;
	}
	return best ? best : line;
}

bool saa_ydoc_is_mapping(struct saa_ydoc *y, const char *path)
{
	unsigned int line;
	const yaml_node_t *n = walk(y, path, &line);

	return n && n->type == YAML_MAPPING_NODE;
}

bool saa_ydoc_entry(struct saa_ydoc *y, const char *path, size_t i,
		    const char **key, const char **value, unsigned int *line)
{
	const yaml_node_t *n = walk(y, path, line);
	const yaml_node_pair_t *p;

	if (!n || n->type != YAML_MAPPING_NODE)
		return false;
	p = n->data.mapping.pairs.start + i;
	if (p >= n->data.mapping.pairs.top)
		return false;
	*key = scalar(node(y, p->key));
	*value = scalar(node(y, p->value));
	*line = node(y, p->key)->start_mark.line + 1;
	return true;
}
