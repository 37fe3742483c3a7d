// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The difference between two configurations: a list of
 *   {"op": "add" | "remove" | "change", KIND: {...}}
 * where a changed object has its key and, for each member that differs, a list
 * of the old and the new value. In text: "+", "-", "~".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"
#include "tool.h"

static void add(json_t *changes, const char *op, const char *kind,
		json_t *object)
{
	json_array_append_new(changes, json_pack("{s:s, s:o}", "op", op, kind,
						 object));
}

/* Both objects of one kind, keyed by their first member; takes both. */
static void compare(json_t *changes, const char *kind, json_t *old, json_t *new,
		    bool key_changed)
{
	json_t *change = json_object(), *a, *b;
	const char *key;
	void *tmp;

	json_object_foreach(new, key, b) {
		a = json_object_get(old, key);
		if (!json_object_size(change))
			json_object_set(change, key, b);
		if (!a)
			json_object_set_new(change, key,
					    json_pack("[s, O]", "none", b));
		else if (!json_equal(a, b))
			json_object_set_new(change, key,
					    json_pack("[O, O]", a, b));
	}
	json_object_foreach_safe(old, tmp, key, a)
		if (!json_object_get(new, key))
			json_object_set_new(change, key,
					    json_pack("[O, s]", a, "none"));
	if (key_changed)
		json_object_set_new(change, "key",
				    json_pack("[s, s]", "old", "new"));
	if (json_object_size(change) > 1 ||
	    json_is_array(json_object_iter_value(json_object_iter(change))))
		add(changes, "change", kind, change);
	else
		json_decref(change);
	json_decref(old);
	json_decref(new);
}

static void diff_gateway(json_t *changes, const struct saa_conf *old,
			 const struct saa_conf *new)
{
	struct saa_gateway a = old->gateway, b = new->gateway;
	uint32_t both = a.has & b.has;

	a.has &= ~(1u << SAA_A_GATEWAY_GENERATION);
	b.has &= ~(1u << SAA_A_GATEWAY_GENERATION);
	if (!old->gateway.has)
		add(changes, "add", "gateway", json_gateway(&b));
	else
		compare(changes, "gateway", json_gateway(&a), json_gateway(&b),
			both & 1u << SAA_A_GATEWAY_KEY &&
			memcmp(a.key, b.key, sizeof(a.key)));
}

/* What a file says of an SR: not its state. */
static json_t *plain_sr(const struct saa_sr *sr)
{
	struct saa_sr copy = *sr;

	copy.has &= 1u << SAA_A_SR_ID | 1u << SAA_A_SR_NAME;
	return json_sr(&copy);
}

static json_t *plain_port(const struct saa_port *port)
{
	struct saa_port copy = *port;

	copy.has &= ~(1u << SAA_A_PORT_MAC);
	return json_port(&copy);
}

static json_t *plain_snat(const struct saa_snat *s, const struct saa_conf *conf)
{
	struct saa_snat copy = *s;

	copy.has &= ~(1u << SAA_A_SNAT_FLOWS);
	return json_snat(&copy, conf);
}

json_t *diff_conf(const struct saa_conf *old, const struct saa_conf *new)
{
	json_t *changes = json_array();
	uint32_t moved;
	size_t i;

	diff_gateway(changes, old, new);

#define DIFF(array, n, kind, find, key, json_old, json_new)		\
	do {								\
		for (i = 0; i < new->n; i++) {				\
			if (!find(old, new->array[i].key))		\
				add(changes, "add", kind, json_new);	\
		}							\
		for (i = 0; i < old->n; i++) {				\
			if (!find(new, old->array[i].key))		\
				add(changes, "remove", kind, json_old);	\
		}							\
	} while (0)

	DIFF(srs, n_srs, "sr", saa_conf_sr, id, plain_sr(&old->srs[i]),
	     plain_sr(&new->srs[i]));
	DIFF(groups, n_groups, "group", saa_conf_group, id,
	     json_group(&old->groups[i]), json_group(&new->groups[i]));
	DIFF(ports, n_ports, "punt", saa_conf_port, side,
	     plain_port(&old->ports[i]), plain_port(&new->ports[i]));
	DIFF(snat, n_snat, "snat", saa_conf_snat, priority,
	     plain_snat(&old->snat[i], old), plain_snat(&new->snat[i], new));

	for (i = 0; i < new->n_srs; i++)
		if (saa_conf_sr(old, new->srs[i].id))
			compare(changes, "sr",
				plain_sr(saa_conf_sr(old, new->srs[i].id)),
				plain_sr(&new->srs[i]), false);
	for (i = 0; i < new->n_groups; i++)
		if (saa_conf_group(old, new->groups[i].id))
			compare(changes, "group",
				json_group(saa_conf_group(old,
							  new->groups[i].id)),
				json_group(&new->groups[i]), false);
	for (i = 0; i < new->n_ports; i++)
		if (saa_conf_port(old, new->ports[i].side))
			compare(changes, "punt",
				plain_port(saa_conf_port(old,
							 new->ports[i].side)),
				plain_port(&new->ports[i]), false);
	for (i = 0; i < new->n_snat; i++)
		if (saa_conf_snat(old, new->snat[i].priority))
			compare(changes, "snat",
				plain_snat(saa_conf_snat(old,
							 new->snat[i].priority),
					   old),
				plain_snat(&new->snat[i], new), false);

	if (!new->n_rows)
		return changes;
	if (new->n_rows != old->n_rows) {
		add(changes, "add", "table", json_pack("{s:i}", "buckets",
						       (int)new->n_rows));
	} else if (memcmp(old->rows, new->rows,
			  new->n_rows * sizeof(*new->rows))) {
		moved = saa_table_moved(old->rows, new->rows, new->n_rows);
		add(changes, "change", "table",
		    json_pack("{s:i, s:i}", "buckets", (int)new->n_rows,
			      "moved", (int)moved));
	}
	return changes;
}

static void put_change(FILE *f, const char *op, const char *kind, json_t *object)
{
	char *text;
	const char *key;
	json_t *value, *line = json_object();

	/* "dev eth1 -> eth2" */
	json_object_foreach(object, key, value) {
		char *a, *b;

		if (!json_is_array(value)) {
			json_object_set(line, key, value);
			continue;
		}
		a = json_dumps(json_array_get(value, 0), JSON_ENCODE_ANY);
		b = json_dumps(json_array_get(value, 1), JSON_ENCODE_ANY);
		json_object_set_new(line, key,
				    json_sprintf("%.*s -> %.*s",
						 (int)strlen(a) - 2 * (*a == '"'),
						 a + (*a == '"'),
						 (int)strlen(b) - 2 * (*b == '"'),
						 b + (*b == '"')));
		free(a);
		free(b);
	}
	text = out_text(kind, line);
	fprintf(f, "%c %s", *op == 'a' ? '+' : *op == 'r' ? '-' : '~', text);
	free(text);
	json_decref(line);
}

char *diff_text(json_t *changes)
{
	char *text = NULL;
	size_t size, i;
	FILE *f = open_memstream(&text, &size);
	json_t *change, *value;
	const char *key;

	json_array_foreach(changes, i, change)
		json_object_foreach(change, key, value)
			if (strcmp(key, "op"))
				put_change(f, json_string_value(
					   json_object_get(change, "op")),
					   key, value);
	fclose(f);
	return text;
}
