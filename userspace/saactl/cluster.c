// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The cluster that a file describes: as a tree, and drawn from that tree. For
 * each gateway there is a table with a line for each of its SRs: its edge and
 * failure domain, its partner, its share of the buckets, its interface in each
 * group; and if that was added to the tree, its state and what it owns now.
 */
#include <stdlib.h>
#include <string.h>

#include "cluster.h"
#include "tool.h"

static void set(json_t *o, const char *key, json_t *value)
{
	if (value)
		json_object_set_new(o, key, value);
}

static json_t *text_or_none(const char *s)
{
	return s ? json_text(s) : NULL;
}

static json_t *json_edge(const struct saa_file_edge *e)
{
	json_t *o = json_object();

	set(o, "name", json_text(e->name));
	set(o, "id", json_integer(e->id));
	set(o, "failure-domain", text_or_none(e->failure_domain));
	set(o, "address", text_or_none(e->address));
	if (e->weight)
		set(o, "weight", json_integer(*e->weight));
	return o;
}

static json_t *json_members(const struct saa_conf *conf)
{
	json_t *members = json_object();
	size_t i;

	for (i = 0; i < conf->n_groups; i++)
		set(members, conf->groups[i].name,
		    json_text(conf->groups[i].ifname));
	return members;
}

/* Of one that steers nothing: what the file says. */
static json_t *json_file_members(const struct saa_file_gateway *gw, size_t edge)
{
	json_t *members = json_object();
	uint32_t i;

	for (i = 0; i < gw->n_groups; i++)
		set(members, gw->groups[i].name,
		    json_text(gw->groups[i].members[edge]));
	return members;
}

static void add_group(json_t *groups, const char *name, int id, unsigned int side)
{
	json_array_append_new(groups, json_pack("{s:s, s:i, s:s}", "name", name,
						"id", id, "side",
						saa_side_names[side & 1]));
}

static json_t *json_cluster_groups(const struct saa_file_gateway *gw,
				   const struct saa_conf *conf)
{
	json_t *groups = json_array();
	size_t i;

	for (i = 0; i < conf->n_groups; i++)
		add_group(groups, conf->groups[i].name, conf->groups[i].id,
			  conf->groups[i].side);
	for (i = 0; !conf->gateway.has && i < gw->n_groups; i++)
		add_group(groups, gw->groups[i].name, gw->groups[i].id,
			  gw->groups[i].side);
	return groups;
}

/* The SR of a gateway on an edge: @conf is its configuration. */
static json_t *json_cluster_sr(const struct saa_file *f,
			       const struct saa_file_gateway *gw, size_t edge,
			       const struct saa_conf *conf)
{
	const struct saa_file_edge *e = f->root->cluster.edges;
	json_t *o = json_object();
	uint32_t i, owned = 0;

	set(o, "edge", json_text(e[edge].name));
	set(o, "failure-domain", text_or_none(e[edge].failure_domain));
	if (!conf->gateway.has) {
		set(o, "members", json_file_members(gw, edge));
		return o;
	}
	for (i = 0; i < conf->n_rows; i++)
		owned += conf->rows[i].primary == e[edge].id;
	set(o, "partner", json_text(e[gw->partner[edge]].name));
	set(o, "primary", json_integer(owned));
	set(o, "share", json_sprintf("%.1f%%", 100.0 * owned / conf->n_rows));
	set(o, "members", json_members(conf));
	return o;
}

static json_t *json_cluster_gateway(const struct saa_file *f, size_t g)
{
	const struct saa_file_gateway *gw = &f->root->gateways[g];
	json_t *o = json_object(), *groups = NULL, *srs = json_array();
	uint32_t i, e;

	set(o, "name", json_text(gw->name));
	set(o, "id", json_integer(gw->gateway_id));
	set(o, "tier", json_integer(gw->tier));
	set(o, "mode", json_string(saa_mode_names[gw->mode]));
	set(o, "uplink", text_or_none(gw->uplink));
	if (gw->n_advertise) {
		json_t *list = json_array();

		for (i = 0; i < gw->n_advertise; i++)
			json_array_append_new(list, json_text(gw->advertise[i]));
		set(o, "advertise", list);
	}
	for (e = 0; e < f->root->cluster.n_edges; e++) {
		struct saa_conf conf;

		if (!gw->runs_on[e])
			continue;
		saa_file_conf(f, g, e, &conf);
		json_array_append_new(srs, json_cluster_sr(f, gw, e, &conf));
		if (!groups)
			groups = json_cluster_groups(gw, &conf);
		saa_conf_free(&conf);
	}
	set(o, "group", groups ? groups : json_array());
	set(o, "sr", srs);
	return o;
}

json_t *json_sub_clusters(const struct saa_file *file)
{
	const struct saa_file_edge *edges = file->root->cluster.edges;
	const struct saa_file_gateway *gw;
	json_t *list = json_array();
	uint32_t g, i;
	size_t p;

	for (g = 0; g < file->root->n_gateways; g++) {
		gw = &file->root->gateways[g];
		if (!gw->partner || saa_file_same_edges(file, g))
			continue;
		for (i = 0; i < file->root->cluster.n_edges; i++) {
			p = gw->partner[i];
			if (p != SAA_NO_EDGE && i < p)
				json_array_append_new(list,
					json_pack("{s:[s, s]}", "edges",
						  edges[i].name, edges[p].name));
		}
	}
	return list;
}

json_t *json_cluster(const struct saa_file *f)
{
	const struct saa_file_cluster *c = &f->root->cluster;
	json_t *o = json_object(), *edges = json_array();
	json_t *gateways = json_array();
	uint32_t i;

	for (i = 0; i < c->n_edges; i++)
		json_array_append_new(edges, json_edge(&c->edges[i]));
	for (i = 0; i < f->root->n_gateways; i++)
		json_array_append_new(gateways, json_cluster_gateway(f, i));
	set(o, "cluster", json_pack("{s:o, s:i}", "name", json_text(c->name),
				    "buckets", (int)f->buckets));
	set(o, "edge", edges);
	set(o, "sub-cluster", json_sub_clusters(f));
	set(o, "gateway", gateways);
	return o;
}

/* A table of texts: columns as wide as what is in them. */
struct table {
	char **cells;
	size_t n, columns;
};

static void cell(struct table *t, const char *text)
{
	char **at = saa_grow(&t->cells, &t->n, sizeof(*at));

	*at = saa_printable(text ? text : "-");
}

/* Characters, of which a terminal shows one for each. */
static int width(const char *s)
{
	int n = 0;

	for (; *s; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}

static void put_table(FILE *f, struct table *t)
{
	size_t i, j;
	int widest;

	for (i = 0; i < t->n; i++) {
		for (j = i % t->columns, widest = 0; j < t->n; j += t->columns)
			if (width(t->cells[j]) > widest)
				widest = width(t->cells[j]);
		if (i % t->columns == 0)
			fputs("    ", f);
		fputs(t->cells[i], f);
		if (i % t->columns == t->columns - 1)
			fputc('\n', f);
		else
			fprintf(f, "%*s", widest - width(t->cells[i]) + 2, "");
	}
	for (i = 0; i < t->n; i++)
		free(t->cells[i]);
	free(t->cells);
}

static void put_srs(FILE *f, json_t *groups, json_t *srs)
{
	static const char *const keys[] = {
		"edge", "failure-domain", "partner", "primary", "share",
		"state", "owned",	/* of one that runs here */
	};
	bool running = json_object_get(json_array_get(srs, 0), "state");
	size_t n_keys = ARRAY_SIZE(keys) - (running ? 0 : 2);
	struct table t = { .columns = n_keys + json_array_size(groups) };
	json_t *sr, *group, *value;
	char number[16];
	size_t i, j;

	if (!json_array_size(srs))
		return;
	for (i = 0; i < n_keys; i++)
		cell(&t, keys[i]);
	json_array_foreach(groups, i, group) {
		char *head = saa_format("%s:%s",
			json_string_value(json_object_get(group, "side")),
			json_string_value(json_object_get(group, "name")));

		cell(&t, head);
		free(head);
	}
	json_array_foreach(srs, i, sr) {
		for (j = 0; j < n_keys; j++) {
			value = json_object_get(sr, keys[j]);
			snprintf(number, sizeof(number), "%d",
				 (int)json_integer_value(value));
			cell(&t, json_is_integer(value) ? number :
							  json_string_value(value));
		}
		json_array_foreach(groups, j, group)
			cell(&t, json_string_value(json_object_get(
				json_object_get(sr, "members"),
				json_string_value(json_object_get(group, "name")))));
	}
	put_table(f, &t);
}

static void put_plain(FILE *f, const char *kind, json_t *value)
{
	char *text = out_text(kind, value);

	fputs(text, f);
	free(text);
}

char *cluster_text(json_t *all)
{
	json_t *gateway, *plain, *groups, *srs;
	char *text = NULL;
	size_t size, i;
	FILE *f = saa_open_text(&text, &size);

	put_plain(f, "cluster", json_object_get(all, "cluster"));
	put_plain(f, "edge", json_object_get(all, "edge"));
	put_plain(f, "sub-cluster", json_object_get(all, "sub-cluster"));
	json_array_foreach(json_object_get(all, "gateway"), i, gateway) {
		groups = json_object_get(gateway, "group");
		srs = json_object_get(gateway, "sr");
		plain = json_copy(gateway);
		json_object_del(plain, "group");
		json_object_del(plain, "sr");
		put_plain(f, "gateway", plain);
		json_decref(plain);
		put_srs(f, groups, srs);
	}
	fclose(f);
	return text;
}
