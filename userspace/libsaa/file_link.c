// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The links between tier-1 and tier-0 gateways that the system makes: ids and
 * names, which must not be taken by something else in the configuration file.
 */
#include <stdio.h>
#include <string.h>

#include "file.h"
#include "util.h"

#define LINE(f, ...) saa_ydoc_line(&(f)->doc, __VA_ARGS__)

/* The ids of interface groups that links take: the last of them. */
#define LINK_IDS 1023

bool saa_file_has_link(const struct saa_file_gateway *tier1)
{
	return tier1->above && tier1->mode == SAA_MODE_STATEFUL;
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

/* A group or shadow port of @g that has an interface or id of the link. */
static void check_end(struct saa_file *f, const struct saa_file_gateway *t1,
		      const struct saa_file_gateway *gw, const char *name,
		      const char *ifname, struct saa_diag *d)
{
	const struct saa_file_punt *punt = &f->root->cluster.punt;
	size_t g = gw - f->root->gateways;
	unsigned int line;
	uint32_t i, e;

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
		for (e = 0; e < f->root->cluster.n_edges; e++)
			if (group->members[e] &&
			    !strcmp(group->members[e], ifname))
				break;
		if (e < f->root->cluster.n_edges)
			saa_error(d, line,
				  "interface \"%s\" of group \"%s\" is that of the link between \"%s\" and \"%s\"; rename it",
				  ifname, group->name, t1->name,
				  t1->above->name);
	}
	if ((punt->north && !strcmp(punt->north, ifname)) ||
	    (punt->south && !strcmp(punt->south, ifname)))
		saa_error(d, LINE(f, "cluster.punt"),
			  "shadow port \"%s\" has the name of the link between \"%s\" and \"%s\"; rename it",
			  ifname, t1->name, t1->above->name);
}

void saa_file_check_links(struct saa_file *f, size_t g, struct saa_diag *d)
{
	const struct saa_file_gateway *t1 = &f->root->gateways[g], *o;
	char ifname[IF_NAMESIZE];
	size_t h;

	if (!saa_file_has_link(t1))
		return;
	saa_file_link_ifname(t1, ifname);
	check_end(f, t1, t1, SAA_LINK_UP, SAA_LINK_UP, d);
	check_end(f, t1, t1->above, t1->name, ifname, d);
	for (h = 0; h < g; h++) {
		o = &f->root->gateways[h];
		if (saa_file_has_link(o) && o->above == t1->above &&
		    saa_file_link_id(o) == saa_file_link_id(t1))
			saa_error(d, LINE(f, "gateways[%zu].id", g),
				  "the links of \"%s\" and \"%s\" come to the same group id %u; give one of them another id:",
				  o->name, t1->name, saa_file_link_id(t1));
	}
}
