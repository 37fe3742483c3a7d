// SPDX-License-Identifier: GPL-2.0-or-later
/* From the cluster's file to the configuration of one SR. */
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "table.h"
#include "util.h"

#define HAS(attr) (1u << (attr))

static void copy_name(char *to, size_t size, const char *from)
{
	strncpy(to, from, size - 1);
}

static void gateway_conf(const struct saa_file *f,
			 const struct saa_file_gateway *gw, uint16_t sr,
			 struct saa_gateway *out, unsigned int line)
{
	out->has = HAS(SAA_A_GATEWAY_NAME) | HAS(SAA_A_GATEWAY_ID) |
		   HAS(SAA_A_GATEWAY_SR) | HAS(SAA_A_GATEWAY_KEY) |
		   HAS(SAA_A_GATEWAY_BUCKETS);
	out->line = line;
	copy_name(out->name, sizeof(out->name), gw->name);
	out->id = gw->gateway_id;
	out->sr = sr;
	memcpy(out->key, f->key, sizeof(out->key));
	out->buckets = f->buckets;
}

static struct saa_group *add_group(struct saa_conf *conf, uint16_t id,
				   uint8_t side, const char *name,
				   unsigned int line)
{
	struct saa_group *group;

	group = saa_grow(&conf->groups, &conf->n_groups, sizeof(*group));
	group->has = HAS(SAA_A_GROUP_ID) | HAS(SAA_A_GROUP_NAME) |
		     HAS(SAA_A_GROUP_SIDE) | HAS(SAA_A_GROUP_IFNAME);
	group->line = line;
	group->id = id;
	group->side = side;
	copy_name(group->name, sizeof(group->name), name);
	return group;
}

/* The same for all edges, and it takes a while. */
static void compute_rows(const struct saa_file *f, struct saa_file_gateway *gw)
{
	const struct saa_file_edge *e = f->root->cluster.edges;
	uint32_t i, n = f->root->cluster.n_edges;
	struct saa_table_pair *pairs;
	size_t n_pairs = 0, p;

	pairs = saa_zalloc(n / 2 * sizeof(*pairs));
	for (i = 0; i < n; i++) {
		p = gw->partner[i];
		if (p != SAA_NO_EDGE && i < p)
			pairs[n_pairs++] = (struct saa_table_pair){
				.id = { e[i].id, e[p].id },
				.weight = { e[i].weight ? *e[i].weight : 1,
					    e[p].weight ? *e[p].weight : 1 },
			};
	}
	gw->computed = saa_zalloc(f->buckets * sizeof(*gw->computed));
	saa_table_compute(pairs, n_pairs, gw->computed, f->buckets);
	free(pairs);
}

static void rows_conf(const struct saa_file *f,
		      const struct saa_file_gateway *gw, struct saa_conf *conf)
{
	const struct saa_file_edge *e = f->root->cluster.edges;
	struct saa_row one;
	uint32_t i;

	conf->n_rows = f->buckets;
	conf->rows = saa_zalloc(f->buckets * sizeof(*conf->rows));
	/* a tier-1 goes by the table of its tier-0, so that both agree */
	if (gw->mode == SAA_MODE_STATEFUL && gw->above)
		gw = gw->above;
	if (gw->rows) {
		memcpy(conf->rows, gw->rows, f->buckets * sizeof(*conf->rows));
		return;
	}
	if (gw->mode == SAA_MODE_STANDBY) {
		one = (struct saa_row){
			.primary = e[saa_file_edge_index(f, gw->active)].id,
			.backup = e[saa_file_edge_index(f, gw->standby)].id,
		};
		for (i = 0; i < f->buckets; i++)
			conf->rows[i] = one;
		return;
	}
	if (!gw->computed)
		compute_rows(f, (struct saa_file_gateway *)gw);
	memcpy(conf->rows, gw->computed, f->buckets * sizeof(*conf->rows));
}

static void sync_conf(const struct saa_file *f,
		      const struct saa_file_gateway *gw, size_t edge,
		      struct saa_conf *conf)
{
	const struct saa_file_edge *edges = f->root->cluster.edges;
	const struct saa_file_edge *other = &edges[gw->partner[edge]];

	/* without addresses "apply" refuses, see saa_file_sync_wrong() */
	if (!f->sync.has || !edges[edge].addr.family)
		return;
	conf->sync = f->sync;
	conf->sync.has |= HAS(SAA_A_SYNC_PARTNER) | HAS(SAA_A_SYNC_LOCAL) |
			  HAS(SAA_A_SYNC_REMOTE);
	conf->sync.partner = other->id;
	conf->sync.port = saa_file_sync_port(f, gw);
	conf->sync.local = edges[edge].addr;
	conf->sync.remote = other->addr;
}

void saa_file_conf(const struct saa_file *f, size_t gateway, size_t edge,
		   struct saa_conf *conf)
{
	const struct saa_file_cluster *cluster = &f->root->cluster;
	const struct saa_file_gateway *gw = &f->root->gateways[gateway];
	/* looking up lines does not change the document */
	struct saa_ydoc *doc = (struct saa_ydoc *)&f->doc;
	const struct saa_file_gateway *t1;
	struct saa_group *group;
	struct saa_sr *sr;
	uint32_t i;

	*conf = (struct saa_conf){ 0 };
	if (!gw->partner)
		return;
	gateway_conf(f, gw, cluster->edges[edge].id, &conf->gateway,
		     saa_ydoc_line(doc, "gateways[%zu]", gateway));
	for (i = 0; i < cluster->n_edges; i++) {
		if (!gw->runs_on[i])
			continue;
		sr = saa_grow(&conf->srs, &conf->n_srs, sizeof(*sr));
		sr->has = HAS(SAA_A_SR_ID) | HAS(SAA_A_SR_NAME);
		sr->line = saa_ydoc_line(doc, "cluster.edges[%u]", i);
		sr->id = cluster->edges[i].id;
		copy_name(sr->name, sizeof(sr->name), cluster->edges[i].name);
	}
	for (i = 0; i < gw->n_groups; i++) {
		group = add_group(conf, gw->groups[i].id, gw->groups[i].side,
				  gw->groups[i].name,
				  saa_ydoc_line(doc, "gateways[%zu].groups[%u]",
						gateway, i));
		copy_name(group->ifname, sizeof(group->ifname),
			  gw->groups[i].members[edge]);
	}
	if (saa_file_has_link(gw)) {
		group = add_group(conf, saa_file_link_id(gw), SAA_SIDE_NORTH,
				  SAA_LINK_UP, conf->gateway.line);
		copy_name(group->ifname, sizeof(group->ifname), SAA_LINK_UP);
	}
	for (t1 = f->root->gateways; t1 < f->root->gateways +
	     f->root->n_gateways; t1++) {
		if (t1->above != gw || !saa_file_has_link(t1))
			continue;
		group = add_group(conf, saa_file_link_id(t1), SAA_SIDE_SOUTH,
				  t1->name, saa_ydoc_line(doc, "gateways[%zu]",
							  (size_t)(t1 - f->root->gateways)));
		saa_file_link_ifname(t1, group->ifname);
	}
	saa_file_punt_conf(f, gw, conf);
	for (i = 0; i < gw->n_snat; i++)
		*(struct saa_snat *)saa_grow(&conf->snat, &conf->n_snat,
					     sizeof(*conf->snat)) =
			gw->snat[i].rule;
	conf->rows_line = saa_ydoc_line(doc, gw->n_table ?
					"gateways[%zu].table" :
					"gateways[%zu]", gateway);
	rows_conf(f, gw, conf);
	sync_conf(f, gw, edge, conf);
}
