// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rules of the configuration file that a schema cannot express. Each
 * refusal names the value and says what would be right.
 */
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "pairs.h"
#include "util.h"

#define LATER "is not supported yet by this version"

struct check {
	struct saa_file *f;
	struct saa_file_cluster *cluster;
	struct saa_diag *d;
	bool need_key;
};

#define LINE(c, ...) saa_ydoc_line(&(c)->f->doc, __VA_ARGS__)

static void check_name(struct check *c, const char *what, const char *name,
		       unsigned int line)
{
	const char *wrong = saa_name_wrong(name);

	if (wrong)
		saa_error(c->d, line, "%s \"%s\" %s", what, name, wrong);
}

static void check_later(struct check *c)
{
	static const char *const keys[] = {
		"cluster.punt.geneve", "cluster.punt.north-vni",
		"cluster.punt.south-vni", "cluster.punt.port",
	};
	unsigned int line;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		line = saa_ydoc_has(&c->f->doc, "%s", keys[i]);
		if (line)
			saa_error(c->d, line, "%s " LATER "; remove it",
				  strchr(keys[i], '.') + 1);
	}
}

static void check_hash(struct check *c)
{
	struct saa_file_hash *h = &c->cluster->hash;
	const struct saa_file_key key = {
		.path = "cluster.hash", .word = "key", .file_word = "key-file",
		.text = h->key, .file = h->key_file, .make = "saactl genkey",
	};
	int64_t buckets = h->buckets ? *h->buckets : 4096;

	c->f->buckets = buckets;
	if (buckets < SAA_BUCKETS_MIN || buckets > SAA_BUCKETS_MAX ||
	    buckets & (buckets - 1))
		saa_error(c->d, LINE(c, "cluster.hash.buckets"),
			  "buckets %lld is not a power of two from %u to %u",
			  (long long)buckets, SAA_BUCKETS_MIN, SAA_BUCKETS_MAX);
	saa_file_check_key(c->f, &key, c->f->key, sizeof(c->f->key),
			   c->need_key, c->d);
}

static void check_edge(struct check *c, uint32_t i)
{
	struct saa_file_edge *e = &c->cluster->edges[i], *o;
	unsigned int line = LINE(c, "cluster.edges[%u].id", i);
	uint32_t j;

	check_name(c, "edge name", e->name,
		   LINE(c, "cluster.edges[%u].name", i));
	if (e->id < 1 || e->id > UINT16_MAX)
		saa_error(c->d, line, "edge id %lld is not from 1 to 65535",
			  (long long)e->id);
	if (e->weight && (*e->weight < 1 || *e->weight > 1000))
		saa_error(c->d, LINE(c, "cluster.edges[%u].weight", i),
			  "weight %lld is not from 1 to 1000",
			  (long long)*e->weight);
	e->addr = (struct saa_addr){ 0 };
	if (e->address && !saa_addr_parse(e->address, &e->addr))
		saa_error(c->d, LINE(c, "cluster.edges[%u].address", i),
			  "address \"%s\" is not an IPv4 or IPv6 address",
			  e->address);
	for (j = 0; j < i; j++) {
		o = &c->cluster->edges[j];
		if (o->id == e->id)
			saa_error(c->d, line,
				  "edge id %lld of \"%s\" is that of \"%s\" too (line %u); ids are unique",
				  (long long)e->id, e->name, o->name,
				  LINE(c, "cluster.edges[%u].id", j));
		if (!strcmp(o->name, e->name))
			saa_error(c->d, LINE(c, "cluster.edges[%u].name", i),
				  "edge name \"%s\" is used twice (line %u); names are unique",
				  e->name, LINE(c, "cluster.edges[%u].name", j));
		if (e->addr.family && !saa_addr_cmp(&e->addr, &o->addr))
			saa_error(c->d, LINE(c, "cluster.edges[%u].address", i),
				  "address %s of \"%s\" is that of \"%s\" too",
				  e->address, e->name, o->name);
	}
}

/*
 * The edge whose partner "partner" names: that of the edge itself or of the
 * other one; the edge itself if neither does.
 */
static uint32_t named_partner(struct check *c, uint32_t i)
{
	struct saa_file_edge *edges = c->cluster->edges;
	uint32_t j;

	for (j = 0; j < c->cluster->n_edges; j++)
		if (j != i &&
		    ((edges[i].partner &&
		      !strcmp(edges[i].partner, edges[j].name)) ||
		     (edges[j].partner &&
		      !strcmp(edges[j].partner, edges[i].name))))
			return j;
	return i;
}

/* Is whom an edge names another edge, which names no third one? */
static void check_partner(struct check *c, uint32_t i)
{
	struct saa_file_edge *edges = c->cluster->edges, *e = &edges[i];
	unsigned int line = LINE(c, "cluster.edges[%u].partner", i);
	int other;
	uint32_t j;

	if (!e->partner)
		return;
	other = saa_file_edge_index(c->f, e->partner);
	if (other < 0 || other == (int)i) {
		saa_error(c->d, line,
			  "partner \"%s\" of edge \"%s\" is not another edge of the cluster",
			  e->partner, e->name);
		return;
	}
	for (j = 0; j < c->cluster->n_edges; j++) {
		const char *theirs = edges[j].partner;

		if (!theirs || j == i)
			continue;
		if ((int)j == other ? strcmp(theirs, e->name) :
		    !strcmp(theirs, e->partner) || !strcmp(theirs, e->name))
			saa_error(c->d, line,
				  "partner of edge \"%s\" is \"%s\", but that of \"%s\" is \"%s\"; edges back each other up in twos (R21)",
				  e->name, e->partner, edges[j].name, theirs);
	}
}

/* The sub-clusters: those that the file names, then the rest by the rule. */
static void find_partners(struct check *c)
{
	uint32_t i, p, n = c->cluster->n_edges, n_rest = 0;
	struct saa_file_edge *e = c->cluster->edges;
	struct saa_pair_edge *rest;
	uint32_t *index;

	rest = saa_zalloc((n + 1) * sizeof(*rest));
	index = saa_zalloc((n + 1) * sizeof(*index));
	c->f->partner = saa_zalloc(n * sizeof(*c->f->partner));
	for (i = 0; i < n; i++) {
		c->f->partner[i] = named_partner(c, i);
		if (c->f->partner[i] != i)
			continue;
		index[n_rest] = i;
		rest[n_rest].id = e[i].id;
		rest[n_rest++].domain = e[i].failure_domain;
	}
	saa_pair_up(rest, n_rest);
	for (i = 0; i < n_rest; i++)
		c->f->partner[index[i]] = index[rest[i].partner];
	for (i = 0; i < n; i++) {
		p = c->f->partner[i];
		if (i < p && e[i].failure_domain && e[p].failure_domain &&
		    !strcmp(e[i].failure_domain, e[p].failure_domain))
			saa_warning(c->d, LINE(c, "cluster.edges[%u]", i),
				    "edges \"%s\" and \"%s\" back each other up but are both in failure domain \"%s\"; %s",
				    e[i].name, e[p].name, e[i].failure_domain,
				    e[i].partner || e[p].partner ?
				    "the file says so" :
				    "no other pairing avoids it");
	}
	free(index);
	free(rest);
}

static void check_edges(struct check *c)
{
	unsigned int line = LINE(c, "cluster.edges");
	uint32_t i, n = c->cluster->n_edges;

	for (i = 0; i < n; i++)
		check_edge(c, i);
	for (i = 0; i < n; i++)
		check_partner(c, i);
	if (n % 2 || !n)
		saa_error(c->d, line,
			  "%u edges: the number of edges must be even and not 0, they back each other up in twos (R21); add or remove one",
			  n);
	if (n > c->f->buckets)
		saa_error(c->d, line,
			  "%u edges share %u buckets, so some would own none; raise hash.buckets",
			  n, c->f->buckets);
	if (n > SAA_SRS_MAX)
		saa_error(c->d, line, "%u edges: the limit is %u", n,
			  SAA_SRS_MAX);
	if (!c->d->errors)
		find_partners(c);
}

static void check_port(struct check *c, const char *side, const char *ifname)
{
	unsigned int line = LINE(c, "cluster.punt.%s", side);
	const char *wrong;

	if (!ifname) {
		saa_error(c->d, line,
			  "punt has no %s; add %s: INTERFACE, the shadow port on the %s punt switch",
			  side, side, side);
		return;
	}
	wrong = saa_ifname_wrong(ifname);
	if (wrong)
		saa_error(c->d, line, "%s \"%s\" %s", side, ifname, wrong);
}

static void check_punt(struct check *c)
{
	struct saa_file_punt *p = &c->cluster->punt;

	if (p->transport && strcmp(p->transport, "l2")) {
		saa_error(c->d, LINE(c, "cluster.punt.transport"),
			  strcmp(p->transport, "geneve") ?
			  "transport \"%s\" is unknown; use l2" :
			  "transport \"%s\" " LATER "; use l2", p->transport);
		return;
	}
	check_port(c, "north", p->north);
	check_port(c, "south", p->south);
	if (p->north && p->south && !strcmp(p->north, p->south))
		saa_error(c->d, LINE(c, "cluster.punt.south"),
			  "north and south are both \"%s\"; each punt switch needs a shadow port of its own",
			  p->south);
}

/* Who is on the list of members: by "interfaces", else by "interface" (R15). */
static void find_members(struct check *c, uint32_t g, uint32_t i)
{
	struct saa_file_group *group = &c->f->root->gateways[g].groups[i];
	char *path = saa_format("gateways[%u].groups[%u].interfaces", g, i);
	uint32_t e, n = c->cluster->n_edges;
	const char *key, *value, *wrong;
	unsigned int line;
	size_t at;
	int edge;

	group->members = saa_zalloc(n * sizeof(*group->members));
	for (e = 0; e < n; e++)
		group->members[e] = group->interface;
	if (saa_ydoc_has(&c->f->doc, "%s", path) &&
	    !saa_ydoc_is_mapping(&c->f->doc, path))
		saa_error(c->d, LINE(c, "%s", path),
			  "interfaces of group \"%s\" is not a mapping; write {EDGE: INTERFACE, ...}",
			  group->name);
	for (at = 0; saa_ydoc_entry(&c->f->doc, path, at, &key, &value, &line);
	     at++) {
		edge = key ? saa_file_edge_index(c->f, key) : -1;
		if (edge < 0)
			saa_error(c->d, line,
				  "interfaces of group \"%s\" names \"%s\", which is not an edge of the cluster",
				  group->name, key ? key : "(no name)");
		else if (!value)
			saa_error(c->d, line,
				  "interface of edge \"%s\" is not a name", key);
		else
			group->members[edge] = (char *)value;
	}
	for (e = 0; e < n; e++) {
		if (!group->members[e]) {
			saa_error(c->d, LINE(c, "gateways[%u].groups[%u]", g, i),
				  "group \"%s\" has no member on edge \"%s\" (R15); name its interface there, every group has one on every edge",
				  group->name, c->cluster->edges[e].name);
			continue;
		}
		wrong = saa_ifname_wrong(group->members[e]);
		if (wrong) {
			saa_error(c->d, LINE(c, "gateways[%u].groups[%u]", g, i),
				  "interface \"%s\" of group \"%s\" %s",
				  group->members[e], group->name, wrong);
			if (group->members[e] == group->interface)
				break;
		}
	}
	free(path);
}

/* Two groups, or a group and a shadow port, on one interface. */
static void check_members(struct check *c, uint32_t g, uint32_t i)
{
	struct saa_file_gateway *gw = &c->f->root->gateways[g];
	struct saa_file_group *group = &gw->groups[i];
	struct saa_file_punt *p = &c->cluster->punt;
	unsigned int line = LINE(c, "gateways[%u].groups[%u]", g, i);
	const char *member;
	uint32_t e, j;

	for (e = 0; e < c->cluster->n_edges; e++) {
		member = group->members[e];
		if (!member)
			continue;
		if ((p->north && !strcmp(member, p->north)) ||
		    (p->south && !strcmp(member, p->south))) {
			saa_error(c->d, line,
				  "interface \"%s\" of group \"%s\" is a shadow port; it cannot be a member",
				  member, group->name);
			return;
		}
		for (j = 0; j < i; j++) {
			if (!gw->groups[j].members[e] ||
			    strcmp(member, gw->groups[j].members[e]))
				continue;
			saa_error(c->d, line,
				  "interface \"%s\" on edge \"%s\" is in group \"%s\" and in group \"%s\"; an interface is in one group",
				  member, c->cluster->edges[e].name,
				  gw->groups[j].name, group->name);
			return;
		}
	}
}

static void check_group(struct check *c, uint32_t g, uint32_t i)
{
	struct saa_file_gateway *gw = &c->f->root->gateways[g];
	struct saa_file_group *group = &gw->groups[i];
	unsigned int line = LINE(c, "gateways[%u].groups[%u].id", g, i);
	uint32_t j;

	check_name(c, "group name", group->name,
		   LINE(c, "gateways[%u].groups[%u].name", g, i));
	if (group->id < 1 || group->id > SAA_GROUP_ID_MAX)
		saa_error(c->d, line,
			  "group id %lld is not from 1 to %u, it is a VLAN id on the punt switch",
			  (long long)group->id, SAA_GROUP_ID_MAX);
	for (j = 0; j < i; j++) {
		if (gw->groups[j].id == group->id)
			saa_error(c->d, line,
				  "group id %lld of \"%s\" is that of \"%s\" too (line %u); ids are unique",
				  (long long)group->id, group->name,
				  gw->groups[j].name,
				  LINE(c, "gateways[%u].groups[%u].id", g, j));
		if (!strcmp(gw->groups[j].name, group->name))
			saa_error(c->d,
				  LINE(c, "gateways[%u].groups[%u].name", g, i),
				  "group name \"%s\" is used twice (line %u); names are unique",
				  group->name,
				  LINE(c, "gateways[%u].groups[%u].name", g, j));
	}
	find_members(c, g, i);
	check_members(c, g, i);
}

static void check_mode(struct check *c, uint32_t g)
{
	static const char *const later[] = {
		"distributed", "active-standby", "stateless-active-active",
	};
	struct saa_file_gateway *gw = &c->f->root->gateways[g];
	unsigned int line;

	if (gw->tier == 1)
		saa_error(c->d, LINE(c, "gateways[%u].tier", g),
			  "tier 1 of gateway \"%s\" " LATER "; use tier 0",
			  gw->name);
	else if (gw->tier)
		saa_error(c->d, LINE(c, "gateways[%u].tier", g),
			  "tier %lld of gateway \"%s\" is not 0 or 1",
			  (long long)gw->tier, gw->name);
	if (gw->mode && strcmp(gw->mode, "stateful-active-active"))
		saa_error(c->d, LINE(c, "gateways[%u].mode", g),
			  saa_name_index(later, ARRAY_SIZE(later), gw->mode) < 0 ?
			  "mode \"%s\" is unknown; use stateful-active-active" :
			  "mode \"%s\" " LATER "; use stateful-active-active",
			  gw->mode);
	if (gw->uplink)
		saa_error(c->d, LINE(c, "gateways[%u].uplink", g),
			  "uplink \"%s\" belongs to a tier-1 gateway, which " LATER "; remove it",
			  gw->uplink);
	line = saa_ydoc_has(&c->f->doc, "gateways[%u].advertise", g);
	if (line)
		saa_error(c->d, line,
			  "advertise belongs to a tier-1 gateway, which " LATER "; remove it");
}

static void check_gateway_id(struct check *c, uint32_t g)
{
	struct saa_file_gateway *gw = &c->f->root->gateways[g], *o;
	unsigned int line = LINE(c, "gateways[%u].id", g);
	uint32_t j;

	gw->gateway_id = gw->id ? *gw->id : saa_gateway_default_id(gw->name);
	if (gw->id && (*gw->id < 1 || *gw->id > UINT16_MAX)) {
		saa_error(c->d, line, "gateway id %lld is not from 1 to 65535",
			  (long long)*gw->id);
		return;
	}
	for (j = 0; j < g; j++) {
		o = &c->f->root->gateways[j];
		if (!strcmp(o->name, gw->name))
			saa_error(c->d, LINE(c, "gateways[%u].name", g),
				  "gateway name \"%s\" is used twice (line %u); names are unique",
				  gw->name, LINE(c, "gateways[%u].name", j));
		else if (o->gateway_id == gw->gateway_id)
			saa_error(c->d, line,
				  "gateways \"%s\" and \"%s\" both have id %u%s; give one of them another id:",
				  o->name, gw->name, gw->gateway_id,
				  gw->id && o->id ? "" : " (derived from the name)");
	}
}

static void check_gateway(struct check *c, uint32_t g)
{
	struct saa_file_gateway *gw = &c->f->root->gateways[g];
	uint32_t i;

	check_name(c, "gateway name", gw->name, LINE(c, "gateways[%u].name", g));
	check_mode(c, g);
	check_gateway_id(c, g);
	if (gw->n_groups > SAA_GROUPS_MAX)
		saa_error(c->d, LINE(c, "gateways[%u].groups", g),
			  "%u groups: the limit is %u", gw->n_groups,
			  SAA_GROUPS_MAX);
	for (i = 0; i < gw->n_groups; i++)
		check_group(c, g, i);
	saa_file_check_snat(c->f, g, c->d);
	saa_file_check_table(c->f, g, c->d);
}

void saa_file_check(struct saa_file *f, bool need_key, struct saa_diag *d)
{
	struct check c = {
		.f = f, .cluster = &f->root->cluster, .d = d,
		.need_key = need_key,
	};
	uint32_t g;

	check_name(&c, "cluster name", c.cluster->name,
		   LINE(&c, "cluster.name"));
	check_later(&c);
	check_hash(&c);
	check_edges(&c);
	check_punt(&c);
	saa_file_check_sync(f, need_key, d);
	for (g = 0; g < f->root->n_gateways; g++)
		check_gateway(&c, g);
	saa_file_check_pools(f, d);
}
