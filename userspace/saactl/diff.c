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

#include "sync.h"
#include "table.h"

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
	if (!old->gateway.has && !new->gateway.has)
		return;
	if (!old->gateway.has)
		add(changes, "add", "gateway", json_gateway(&b));
	else if (!new->gateway.has)
		add(changes, "remove", "gateway", json_gateway(&a));
	else
		compare(changes, "gateway", json_gateway(&a), json_gateway(&b),
			both & 1u << SAA_A_GATEWAY_KEY &&
			memcmp(a.key, b.key, sizeof(a.key)));
}

/* What a file says of an SR: its state only if @new gives one. */
static json_t *plain_sr(const struct saa_sr *sr, const struct saa_conf *new)
{
	const struct saa_sr *then = saa_conf_sr(new, sr->id);
	struct saa_sr copy = *sr;

	copy.has &= 1u << SAA_A_SR_ID | 1u << SAA_A_SR_NAME |
		    1u << SAA_A_SR_ADDRESS |
		    (then ? then->has & 1u << SAA_A_SR_STATE : 0);
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

/* What identifies an object: its first member, as text. */
static char *key_of(json_t *object)
{
	return json_dumps(json_object_iter_value(json_object_iter(object)),
			  JSON_ENCODE_ANY);
}

/* Two lists of one kind; takes both. */
static void compare_lists(json_t *changes, const char *kind, json_t *old,
			  json_t *new)
{
	json_t *before = json_object(), *object;
	const char *key;
	char *text;
	size_t i;

	json_array_foreach(old, i, object) {
		text = key_of(object);
		json_object_set(before, text, object);
		free(text);
	}
	json_array_foreach(new, i, object) {
		json_t *was;

		text = key_of(object);
		was = json_incref(json_object_get(before, text));
		json_object_del(before, text);
		free(text);
		if (was)
			compare(changes, kind, was, json_incref(object), false);
		else
			add(changes, "add", kind, json_incref(object));
	}
	json_object_foreach(before, key, object)
		add(changes, "remove", kind, json_incref(object));
	json_decref(before);
	json_decref(old);
	json_decref(new);
}

static json_t *plain_srs(const struct saa_conf *conf,
			 const struct saa_conf *new)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < conf->n_srs; i++)
		json_array_append_new(list, plain_sr(&conf->srs[i], new));
	return list;
}

static json_t *plain_groups(const struct saa_conf *conf)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < conf->n_groups; i++)
		json_array_append_new(list, json_group(&conf->groups[i]));
	return list;
}

static json_t *plain_ports(const struct saa_conf *conf)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < conf->n_ports; i++)
		json_array_append_new(list, plain_port(&conf->ports[i]));
	return list;
}

static json_t *plain_snats(const struct saa_conf *conf)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < conf->n_snat; i++)
		json_array_append_new(list, plain_snat(&conf->snat[i], conf));
	return list;
}

static void compare_tables(json_t *changes, const struct saa_conf *old,
			   const struct saa_conf *new)
{
	json_int_t n = new->n_rows;

	if (new->n_rows && new->n_rows != old->n_rows)
		add(changes, "add", "table", json_pack("{s:I}", "buckets", n));
	else if (new->n_rows && memcmp(old->rows, new->rows,
				       new->n_rows * sizeof(*new->rows)))
		add(changes, "change", "table",
		    json_pack("{s:I, s:I}", "buckets", n, "moved",
			      (json_int_t)saa_table_moved(old->rows, new->rows,
							  new->n_rows)));
}

static bool has_old_key(const struct saa_sync *s)
{
	static const uint8_t none[SAA_SYNC_KEY_LEN];

	return s->has & 1u << SAA_A_SYNC_OLD_KEY &&
	       memcmp(s->old_key, none, sizeof(none));
}

/* Keys are compared where both can be seen, and not told. */
static void diff_sync(json_t *changes, const struct saa_conf *old,
		      const struct saa_conf *new)
{
	const struct saa_sync *a = &old->sync, *b = &new->sync;
	bool keys = a->has & b->has & 1u << SAA_A_SYNC_KEY;
	json_t *was, *is;

	if (!a->has && !b->has)
		return;
	if (!a->has || !b->has) {
		add(changes, a->has ? "remove" : "add", "sync",
		    json_sync_spec(a->has ? a : b));
		return;
	}
	was = json_sync_spec(a);
	is = json_sync_spec(b);
	if (keys && has_old_key(a))
		json_object_set_new(was, "old-key", json_string("old"));
	if (keys && has_old_key(b))
		json_object_set_new(is, "old-key", json_string(
				    has_old_key(a) && !memcmp(a->old_key,
				    b->old_key, sizeof(a->old_key)) ?
				    "old" : "new"));
	compare(changes, "sync", was, is,
		keys && memcmp(a->key, b->key, sizeof(a->key)));
}

json_t *diff_conf(const struct saa_conf *old, const struct saa_conf *new)
{
	json_t *changes = json_array();

	diff_gateway(changes, old, new);
	compare_lists(changes, "sr", plain_srs(old, new),
		      plain_srs(new, new));
	compare_lists(changes, "group", plain_groups(old), plain_groups(new));
	compare_lists(changes, "punt", plain_ports(old), plain_ports(new));
	compare_lists(changes, "snat", plain_snats(old), plain_snats(new));
	compare_tables(changes, old, new);
	diff_sync(changes, old, new);
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
	FILE *f = saa_open_text(&text, &size);
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
