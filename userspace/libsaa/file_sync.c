// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * State sync in the configuration file. Each edge syncs with the other one of
 * its sub-cluster, from its address to the other's.
 */
#include <string.h>

#include "file.h"
#include "netns.h"
#include "util.h"

#define HAS(attr) (1u << (attr))

struct check {
	struct saa_file *f;
	struct saa_file_sync *sync;
	struct saa_diag *d;
};

#define LINE(c, ...) saa_ydoc_line(&(c)->f->doc, __VA_ARGS__)

static uint32_t number(struct check *c, const char *word, const int64_t *given,
		       uint32_t by_default, uint32_t min, uint32_t max,
		       const char *unit)
{
	int64_t value = given ? *given : by_default;

	if (value < min || value > max)
		saa_error(c->d, LINE(c, "cluster.sync.%s", word),
			  "%s %lld of sync is not from %u to %u%s", word,
			  (long long)value, min, max, unit);
	return value;
}

static uint8_t mode(struct check *c)
{
	const char *text = c->sync->mode ? c->sync->mode :
			   saa_sync_mode_names[SAA_SYNC_MODE_ASYNC];
	int at = saa_name_index(saa_sync_mode_names,
				ARRAY_SIZE(saa_sync_mode_names), text);

	if (at < 0)
		saa_error(c->d, LINE(c, "cluster.sync.mode"),
			  "mode \"%s\" of sync is unknown; use async or strict",
			  text);
	return at;
}

static void check_netns(struct check *c)
{
	const char *name = c->sync->netns;
	struct saa_sync *s = &c->f->sync;

	if (!name)
		return;
	if (!saa_netns_name_ok(name)) {
		saa_error(c->d, LINE(c, "cluster.sync.netns"),
			  "netns \"%s\" of sync is not a name of /run/netns",
			  name);
		return;
	}
	strcpy(s->netns_name, name);
	s->has |= HAS(SAA_A_SYNC_NETNS_FD);
}

static void check_keys(struct check *c, bool need_key)
{
	const struct saa_file_key key = {
		.path = "cluster.sync", .word = "key", .file_word = "key-file",
		.text = c->sync->key, .file = c->sync->key_file,
		.make = "saactl genkey sync",
	}, old_key = {
		.path = "cluster.sync", .word = "old-key",
		.file_word = "old-key-file", .text = c->sync->old_key,
		.file = c->sync->old_key_file, .make = "saactl genkey sync",
		.optional = true,
	};
	struct saa_sync *s = &c->f->sync;

	saa_file_check_key(c->f, &key, s->key, sizeof(s->key), need_key, c->d);
	saa_file_check_key(c->f, &old_key, s->old_key, sizeof(s->old_key),
			   need_key, c->d);
	if (old_key.text || old_key.file)
		s->has |= HAS(SAA_A_SYNC_OLD_KEY);
}

/*
 * One with an address has a partner with one. Where neither has, sync does not
 * run, which "apply" refuses there; "save" cannot know other pairs' addresses.
 */
static void check_pair(struct check *c, uint32_t i, size_t partner, bool any)
{
	struct saa_file_edge *edges = c->f->root->cluster.edges;
	struct saa_file_edge *a = &edges[i], *b = &edges[partner];
	unsigned int line = LINE(c, "cluster.edges[%u]", i);

	if (!a->addr.family && (b->addr.family || !any))
		saa_error(c->d, line,
			  "edge \"%s\" has no address, which sync with \"%s\" needs; add address: ADDRESS, or remove sync",
			  a->name, b->name);
	else if (!a->addr.family)
		saa_warning(c->d, line,
			    "edge \"%s\" has no address, so it cannot sync with \"%s\"; add address: ADDRESS",
			    a->name, b->name);
	else if (b->addr.family && a->addr.family != b->addr.family &&
		 a->id < b->id)
		saa_error(c->d, LINE(c, "cluster.edges[%u].address", i),
			  "address %s of \"%s\" and address %s of its partner \"%s\" are of different families; sync needs two of one",
			  a->address, a->name, b->address, b->name);
}

uint32_t saa_file_sync_port(const struct saa_file *f,
			    const struct saa_file_gateway *gw)
{
	return f->sync.port + (gw->tier ? saa_file_link_id(gw) : 0);
}

static void check_tier1_port(struct check *c)
{
	uint32_t g;

	for (g = 0; g < c->f->root->n_gateways; g++) {
		const struct saa_file_gateway *gw = &c->f->root->gateways[g];

		if (gw->partner && saa_file_sync_port(c->f, gw) > UINT16_MAX)
			saa_error(c->d, LINE(c, "cluster.sync.port"),
				  "port %u of sync: the SRs of \"%s\" use this + %u, which is above 65535; take a lower one",
				  c->f->sync.port, gw->name,
				  saa_file_link_id(gw));
	}
}

/* Whether both have an SR on an edge. */
static bool meet(const struct check *c, const struct saa_file_gateway *a,
		 const struct saa_file_gateway *b)
{
	uint32_t i;

	for (i = 0; i < c->f->root->cluster.n_edges; i++)
		if (a->runs_on[i] && b->runs_on[i])
			return true;
	return false;
}

/* In one namespace, an address and a port are one SR's. */
static void check_shared_port(struct check *c)
{
	const struct saa_file_gateway *gws = c->f->root->gateways;
	uint32_t g, h;

	for (g = 0; c->sync->netns && g < c->f->root->n_gateways; g++)
		for (h = 0; h < g; h++)
			if (gws[g].partner && gws[h].partner &&
			    saa_file_sync_port(c->f, &gws[g]) ==
			    saa_file_sync_port(c->f, &gws[h]) &&
			    meet(c, &gws[g], &gws[h]))
				saa_error(c->d, LINE(c, "gateways[%u]", g),
					  "gateways \"%s\" and \"%s\" both sync by port %u in network namespace \"%s\"; remove netns of sync, then each does in its own, or let them run on different edges",
					  gws[h].name, gws[g].name,
					  saa_file_sync_port(c->f, &gws[g]),
					  c->sync->netns);
}

static void check_pairs(struct check *c, const struct saa_file_gateway *gw,
			bool any)
{
	uint32_t i;

	for (i = 0; gw->partner && i < c->f->root->cluster.n_edges; i++)
		if (gw->partner[i] != SAA_NO_EDGE)
			check_pair(c, i, gw->partner[i], any);
}

void saa_file_check_sync(struct saa_file *f, bool need_key, struct saa_diag *d)
{
	struct saa_file_cluster *cluster = &f->root->cluster;
	struct check c = { .f = f, .sync = cluster->sync, .d = d };
	struct saa_sync *s = &f->sync;
	bool any = false;
	uint32_t i, g;

	if (!c.sync)
		return;
	s->has = SAA_SYNC_HERE | HAS(SAA_A_SYNC_PORT) | HAS(SAA_A_SYNC_MODE) |
		 HAS(SAA_A_SYNC_KEY) | HAS(SAA_A_SYNC_TIMEOUT) |
		 HAS(SAA_A_SYNC_STRICT_TIMEOUT);
	s->line = LINE(&c, "cluster.sync");
	s->mode = mode(&c);
	s->port = number(&c, "port", c.sync->port, SAA_SYNC_PORT, 1, UINT16_MAX,
			 "");
	s->timeout = number(&c, "timeout", c.sync->timeout, 3000, 500, 60000,
			    " milliseconds");
	s->strict_timeout = number(&c, "strict-timeout", c.sync->strict_timeout,
				   10, 1, 1000, " milliseconds");
	check_tier1_port(&c);
	check_netns(&c);
	check_shared_port(&c);
	check_keys(&c, need_key);
	for (i = 0; i < cluster->n_edges; i++)
		any |= cluster->edges[i].addr.family;
	for (g = 0; g < f->root->n_gateways; g++)
		if (!saa_file_same_edges(f, g))
			check_pairs(&c, &f->root->gateways[g], any);
}

unsigned int saa_file_sync_wrong(const struct saa_file *f, size_t gateway,
				 size_t edge)
{
	const struct saa_file_gateway *gw = &f->root->gateways[gateway];
	/* looking up lines does not change the document */
	struct saa_ydoc *doc = (struct saa_ydoc *)&f->doc;

	if (!f->sync.has || !gw->partner || f->root->cluster.edges[edge].addr.family)
		return 0;
	return saa_ydoc_line(doc, "cluster.edges[%zu]", edge);
}
