// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The links between tier-1 and tier-0 gateways that the system makes: ids and
 * names, which must not be taken by something else in the configuration file.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "netns.h"
#include "util.h"

#define LINE(f, ...) saa_ydoc_line(&(f)->doc, __VA_ARGS__)

/* The ids of interface groups that links take: the last of them. */
#define LINK_IDS 1023

bool saa_file_has_link(const struct saa_file_gateway *tier1)
{
	return tier1->above && tier1->mode == SAA_MODE_STATEFUL;
}

uint32_t saa_file_links(const struct saa_file *f,
			const struct saa_file_gateway *gw)
{
	uint32_t g, n = saa_file_has_link(gw);

	for (g = 0; g < f->root->n_gateways; g++)
		n += f->root->gateways[g].above == gw &&
		     saa_file_has_link(&f->root->gateways[g]);
	return n;
}

uint16_t saa_file_link_id(const struct saa_file_gateway *tier1)
{
	return SAA_GROUP_ID_MAX - tier1->gateway_id % LINK_IDS;
}

void saa_file_link_ifname(const struct saa_file_gateway *tier1,
			  char ifname[IF_NAMESIZE])
{
	snprintf(ifname, IF_NAMESIZE, "t1-%u", tier1->gateway_id);
}

void saa_file_link_shadow(uint16_t id, unsigned int side,
			  char ifname[IF_NAMESIZE])
{
	snprintf(ifname, IF_NAMESIZE, "t1%c-%u", "ns"[side & 1], id);
}

/* Two addresses of 100.64.0.0/10 for each id, and of an IPv6 prefix. */
void saa_file_link_addr(const struct saa_file_gateway *tier1, uint8_t family,
			bool of_tier1, struct saa_addr *addr)
{
	static const uint8_t first[] = { 0xfd, 0x5a, 0xa5, 0xaa, 0x64 };
	uint32_t host = htonl((family == AF_INET ? 100u << 24 | 64 << 16 : 0) +
			      2 * tier1->gateway_id + of_tier1);

	*addr = (struct saa_addr){ .family = family };
	if (family == AF_INET6)
		memcpy(addr->bytes, first, sizeof(first));
	memcpy(addr->bytes + saa_addr_len(addr) - sizeof(host), &host,
	       sizeof(host));
}

/* Where a tier-1 runs on each edge: a namespace, which has its name if none. */
static void find_namespaces(struct saa_file *f, size_t g, struct saa_diag *d)
{
	struct saa_file_gateway *t1 = &f->root->gateways[g];
	char *path = saa_format("gateways[%zu].namespaces", g);
	const char *key, *value;
	unsigned int line = LINE(f, "%s", path);
	uint32_t e, n = f->root->cluster.n_edges;
	size_t at;
	int edge;

	t1->namespaces = saa_zalloc(n * sizeof(*t1->namespaces));
	for (e = 0; e < n; e++)
		t1->namespaces[e] = t1->netns ? t1->netns : t1->name;
	if (saa_ydoc_has(&f->doc, "%s", path) &&
	    !saa_ydoc_is_mapping(&f->doc, path))
		saa_error(d, line,
			  "namespaces of gateway \"%s\" is not a mapping; write {EDGE: NETNS, ...}",
			  t1->name);
	for (at = 0; saa_ydoc_entry(&f->doc, path, at, &key, &value, &line);
	     at++) {
		edge = key ? saa_file_edge_index(f, key) : -1;
		if (edge < 0)
			saa_error(d, line,
				  "namespaces of gateway \"%s\" names \"%s\", which is not an edge of the cluster",
				  t1->name, key ? key : "(no name)");
		else
			t1->namespaces[edge] = value ? value : "";
	}
	for (e = 0; e < n; e++)
		if (!saa_netns_name_ok(t1->namespaces[e])) {
			saa_error(d, LINE(f, "gateways[%zu]", g),
				  "netns \"%s\" of gateway \"%s\" is not a name of /run/netns",
				  t1->namespaces[e], t1->name);
			break;
		}
	free(path);
}

/* A tier-0 has the namespace that apply is run in. */
static void check_no_namespace(struct saa_file *f, size_t g, struct saa_diag *d)
{
	static const char *const keys[] = { "netns", "namespaces" };
	unsigned int line;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		line = saa_ydoc_has(&f->doc, "gateways[%zu].%s", g, keys[i]);
		if (line)
			saa_error(d, line,
				  "%s belongs to a stateful-active-active tier-1 gateway; others are applied with -n NETNS, remove it",
				  keys[i]);
	}
}

/* A group of @gw that is an interface which is made for @t1. */
static void check_member(struct saa_file *f, const struct saa_file_gateway *t1,
			 const struct saa_file_gateway *gw,
			 const char *ifname, struct saa_diag *d)
{
	size_t g = gw - f->root->gateways;
	uint32_t i, e;

	for (i = 0; i < gw->n_groups; i++) {
		const struct saa_file_group *group = &gw->groups[i];

		for (e = 0; e < f->root->cluster.n_edges; e++)
			if (group->members[e] &&
			    !strcmp(group->members[e], ifname))
				break;
		if (e < f->root->cluster.n_edges)
			saa_error(d, LINE(f, "gateways[%zu].groups[%u]", g, i),
				  "interface \"%s\" of group \"%s\" is that of the link between \"%s\" and \"%s\"; rename it",
				  ifname, group->name, t1->name,
				  t1->above->name);
	}
}

/* The same, or a shadow port. */
static void check_interface(struct saa_file *f, const struct saa_file_gateway *t1,
			    const struct saa_file_gateway *gw,
			    const char *ifname, struct saa_diag *d)
{
	const struct saa_file_punt *punt = &f->root->cluster.punt;

	check_member(f, t1, gw, ifname, d);
	if ((punt->north && !strcmp(punt->north, ifname)) ||
	    (punt->south && !strcmp(punt->south, ifname)))
		saa_error(d, LINE(f, "cluster.punt"),
			  "shadow port \"%s\" has the name of the link between \"%s\" and \"%s\"; rename it",
			  ifname, t1->name, t1->above->name);
}

/* A group of @gw that has the name or id of the link. */
static void check_end(struct saa_file *f, const struct saa_file_gateway *t1,
		      const struct saa_file_gateway *gw, const char *name,
		      struct saa_diag *d)
{
	size_t g = gw - f->root->gateways;
	unsigned int line;
	uint32_t i;

	for (i = 0; i < gw->n_groups; i++) {
		const struct saa_file_group *group = &gw->groups[i];

		line = LINE(f, "gateways[%zu].groups[%u]", g, i);
		if (group->id == saa_file_link_id(t1))
			saa_error(d, line,
				  "group id %lld of \"%s\" is that of the link between \"%s\" and \"%s\"; take another, below %u none is a link's",
				  (long long)group->id, group->name, t1->name,
				  t1->above->name, SAA_GROUP_ID_MAX - LINK_IDS + 1);
		if (!strcmp(group->name, name))
			saa_error(d, line,
				  "group name \"%s\" is that of the link between \"%s\" and \"%s\"; take another",
				  name, t1->name, t1->above->name);
	}
}

/* One gateway runs in a namespace. */
static void check_namespaces(struct saa_file *f, const struct saa_file_gateway *t1,
			     const struct saa_file_gateway *o, struct saa_diag *d)
{
	uint32_t e;

	for (e = 0; o->namespaces && e < f->root->cluster.n_edges; e++) {
		if (!t1->runs_on[e] || !o->runs_on[e] ||
		    strcmp(t1->namespaces[e], o->namespaces[e]))
			continue;
		saa_error(d, LINE(f, "gateways[%zu]", (size_t)(t1 - f->root->gateways)),
			  "network namespace \"%s\" of gateway \"%s\" is that of gateway \"%s\" on edge \"%s\"; give each its own",
			  t1->namespaces[e], t1->name, o->name,
			  f->root->cluster.edges[e].name);
		return;
	}
}

void saa_file_check_links(struct saa_file *f, size_t g, struct saa_diag *d)
{
	const struct saa_file_gateway *t1 = &f->root->gateways[g], *o;
	char ifname[IF_NAMESIZE];
	size_t h, side;

	if (!saa_file_has_link(t1)) {
		check_no_namespace(f, g, d);
		return;
	}
	find_namespaces(f, g, d);
	check_end(f, t1, t1, SAA_LINK_UP, d);
	check_end(f, t1, t1->above, t1->name, d);
	check_interface(f, t1, t1, SAA_LINK_UP, d);
	if (f->root->cluster.punt.kind == SAA_TRANSPORT_GENEVE) {
		check_member(f, t1, t1, SAA_LINK_NORTH, d);
		check_member(f, t1, t1, SAA_LINK_SOUTH, d);
	}
	saa_file_link_ifname(t1, ifname);
	check_interface(f, t1, t1->above, ifname, d);
	for (side = 0; side < 2; side++) {
		saa_file_link_shadow(t1->gateway_id, side, ifname);
		check_interface(f, t1, t1->above, ifname, d);
	}
	for (h = 0; h < g; h++) {
		o = &f->root->gateways[h];
		check_namespaces(f, t1, o, d);
		if (saa_file_has_link(o) && o->above == t1->above &&
		    saa_file_link_id(o) == saa_file_link_id(t1))
			saa_error(d, LINE(f, "gateways[%zu].id", g),
				  "the links of \"%s\" and \"%s\" come to the same group id %u; give one of them another id:",
				  o->name, t1->name, saa_file_link_id(t1));
	}
}
