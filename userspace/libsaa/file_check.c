// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rules of the configuration file that a schema cannot express. Each
 * refusal names the value and says what would be right.
 */
#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "file.h"
#include "key.h"
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
		"cluster.sync", "cluster.punt.geneve", "cluster.punt.north-vni",
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

static char *key_path(struct check *c)
{
	const char *file = c->cluster->hash.key_file;
	char *copy, *path;

	if (*file == '/')
		return saa_strdup(file);
	copy = saa_strdup(c->f->path);
	path = saa_format("%s/%s", dirname(copy), file);
	free(copy);
	return path;
}

static void check_key_file(struct check *c)
{
	unsigned int line = LINE(c, "cluster.hash.key-file");
	char *path = key_path(c), *text;
	struct stat st;
	size_t len;

	text = saa_read_file(path, 4096, &len);
	if (!text && c->need_key)
		saa_error(c->d, line,
			  "key-file %s cannot be read: %s; make one with \"saactl genkey\" and copy it to every edge",
			  path, strerror(errno));
	else if (!text)
		saa_warning(c->d, line, "key-file %s cannot be read: %s", path,
			    strerror(errno));
	else if (!saa_key_parse(text, c->f->key))
		saa_error(c->d, line,
			  "key-file %s does not hold 16 bytes in base64; make one with \"saactl genkey\"",
			  path);
	if (text && !stat(path, &st) && st.st_mode & S_IRWXO)
		saa_warning(c->d, line,
			    "key-file %s can be accessed by everyone; chmod o= %s",
			    path, path);
	free(text);
	free(path);
}

static void check_hash(struct check *c)
{
	struct saa_file_hash *h = &c->cluster->hash;
	int64_t buckets = h->buckets ? *h->buckets : 4096;

	c->f->buckets = buckets;
	if (buckets < SAA_BUCKETS_MIN || buckets > SAA_BUCKETS_MAX ||
	    buckets & (buckets - 1))
		saa_error(c->d, LINE(c, "cluster.hash.buckets"),
			  "buckets %lld is not a power of two from %u to %u",
			  (long long)buckets, SAA_BUCKETS_MIN, SAA_BUCKETS_MAX);
	if (h->key && h->key_file)
		saa_error(c->d, LINE(c, "cluster.hash.key"),
			  "hash has both key and key-file; remove one");
	else if (h->key_file)
		check_key_file(c);
	else if (!h->key)
		saa_error(c->d, LINE(c, "cluster.hash"),
			  "hash has no key; add key-file: PATH, made with \"saactl genkey\"");
	else if (!saa_key_parse(h->key, c->f->key))
		saa_error(c->d, LINE(c, "cluster.hash.key"),
			  "key is not 16 bytes in base64; make one with \"saactl genkey\"");
}

static void check_edge(struct check *c, uint32_t i)
{
	struct saa_file_edge *e = &c->cluster->edges[i], *o;
	unsigned int line = LINE(c, "cluster.edges[%u].id", i);
	struct saa_addr addr;
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
	if (e->address && !saa_addr_parse(e->address, &addr))
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
		if (e->address && o->address && !strcmp(o->address, e->address))
			saa_error(c->d, LINE(c, "cluster.edges[%u].address", i),
				  "address %s of \"%s\" is that of \"%s\" too",
				  e->address, e->name, o->name);
	}
}

static void check_edges(struct check *c)
{
	unsigned int line = LINE(c, "cluster.edges");
	uint32_t i, n = c->cluster->n_edges;
	struct saa_pair_edge *edges;

	for (i = 0; i < n; i++)
		check_edge(c, i);
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
	if (c->d->errors)
		return;
	edges = saa_zalloc(n * sizeof(*edges));
	for (i = 0; i < n; i++) {
		edges[i].id = c->cluster->edges[i].id;
		edges[i].domain = c->cluster->edges[i].failure_domain;
	}
	saa_pair_up(edges, n);
	c->f->partner = saa_zalloc(n * sizeof(*c->f->partner));
	for (i = 0; i < n; i++) {
		c->f->partner[i] = edges[i].partner;
		if (i < edges[i].partner &&
		    !saa_pair_spread(&edges[i], &edges[edges[i].partner]))
			saa_warning(c->d, LINE(c, "cluster.edges[%u]", i),
				    "edges \"%s\" and \"%s\" back each other up but are both in failure domain \"%s\"; no other pairing avoids it",
				    c->cluster->edges[i].name,
				    c->cluster->edges[edges[i].partner].name,
				    edges[i].domain);
	}
	free(edges);
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
	for (g = 0; g < f->root->n_gateways; g++)
		check_gateway(&c, g);
	saa_file_check_pools(f, d);
}
