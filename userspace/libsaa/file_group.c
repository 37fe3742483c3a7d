// SPDX-License-Identifier: GPL-2.0-or-later
/* The interface groups of the configuration file. */
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "util.h"

#define LINE(f, ...) saa_ydoc_line(&(f)->doc, __VA_ARGS__)

/* Who is on the list of members: by "interfaces", else by "interface" (R15). */
static void find_members(struct saa_file *f, uint32_t g, uint32_t i,
			 struct saa_diag *d)
{
	struct saa_file_gateway *gw = &f->root->gateways[g];
	struct saa_file_group *group = &gw->groups[i];
	char *path = saa_format("gateways[%u].groups[%u].interfaces", g, i);
	uint32_t e, n = f->root->cluster.n_edges;
	const char *key, *value, *wrong;
	unsigned int line;
	size_t at;
	int edge;

	group->members = saa_zalloc(n * sizeof(*group->members));
	for (e = 0; e < n; e++)
		group->members[e] = gw->runs_on[e] ? group->interface : NULL;
	if (saa_ydoc_has(&f->doc, "%s", path) &&
	    !saa_ydoc_is_mapping(&f->doc, path))
		saa_error(d, LINE(f, "%s", path),
			  "interfaces of group \"%s\" is not a mapping; write {EDGE: INTERFACE, ...}",
			  group->name);
	for (at = 0; saa_ydoc_entry(&f->doc, path, at, &key, &value, &line);
	     at++) {
		edge = key ? saa_file_edge_index(f, key) : -1;
		if (edge < 0)
			saa_error(d, line,
				  "interfaces of group \"%s\" names \"%s\", which is not an edge of the cluster",
				  group->name, key ? key : "(no name)");
		else if (!gw->runs_on[edge])
			saa_error(d, line,
				  "interfaces of group \"%s\" names edge \"%s\", which gateway \"%s\" does not run on",
				  group->name, key, gw->name);
		else if (!value)
			saa_error(d, line,
				  "interface of edge \"%s\" is not a name", key);
		else
			group->members[edge] = (char *)value;
	}
	for (e = 0; e < n; e++) {
		if (!gw->runs_on[e])
			continue;
		if (!group->members[e]) {
			saa_error(d, LINE(f, "gateways[%u].groups[%u]", g, i),
				  "group \"%s\" has no member on edge \"%s\" (R15); name its interface there, every group has one on every edge",
				  group->name, f->root->cluster.edges[e].name);
			continue;
		}
		wrong = saa_ifname_wrong(group->members[e]);
		if (wrong) {
			saa_error(d, LINE(f, "gateways[%u].groups[%u]", g, i),
				  "interface \"%s\" of group \"%s\" %s",
				  group->members[e], group->name, wrong);
			if (group->members[e] == group->interface)
				break;
		}
	}
	free(path);
}

/* Two groups, or a group and a shadow port, on one interface. */
static void check_members(struct saa_file *f, uint32_t g, uint32_t i,
			  struct saa_diag *d)
{
	struct saa_file_gateway *gw = &f->root->gateways[g];
	struct saa_file_group *group = &gw->groups[i];
	struct saa_file_punt *p = &f->root->cluster.punt;
	unsigned int line = LINE(f, "gateways[%u].groups[%u]", g, i);
	const char *member;
	uint32_t e, j;

	for (e = 0; e < f->root->cluster.n_edges; e++) {
		member = group->members[e];
		if (!member)
			continue;
		if ((p->north && !strcmp(member, p->north)) ||
		    (p->south && !strcmp(member, p->south))) {
			saa_error(d, line,
				  "interface \"%s\" of group \"%s\" is a shadow port; it cannot be a member",
				  member, group->name);
			return;
		}
		for (j = 0; j < i; j++) {
			if (!gw->groups[j].members[e] ||
			    strcmp(member, gw->groups[j].members[e]))
				continue;
			saa_error(d, line,
				  "interface \"%s\" on edge \"%s\" is in group \"%s\" and in group \"%s\"; an interface is in one group",
				  member, f->root->cluster.edges[e].name,
				  gw->groups[j].name, group->name);
			return;
		}
	}
}

void saa_file_check_group(struct saa_file *f, size_t g, uint32_t i,
			  struct saa_diag *d)
{
	struct saa_file_gateway *gw = &f->root->gateways[g];
	struct saa_file_group *group = &gw->groups[i];
	unsigned int line = LINE(f, "gateways[%zu].groups[%u].id", g, i);
	uint32_t j;

	saa_file_check_name(d, "group name", group->name,
			    LINE(f, "gateways[%zu].groups[%u].name", g, i));
	if (group->id < 1 || group->id > SAA_GROUP_ID_MAX)
		saa_error(d, line,
			  "group id %lld is not from 1 to %u, it is a VLAN id on the punt switch",
			  (long long)group->id, SAA_GROUP_ID_MAX);
	for (j = 0; j < i; j++) {
		if (gw->groups[j].id == group->id)
			saa_error(d, line,
				  "group id %lld of \"%s\" is that of \"%s\" too (line %u); ids are unique",
				  (long long)group->id, group->name,
				  gw->groups[j].name,
				  LINE(f, "gateways[%zu].groups[%u].id", g, j));
		if (!strcmp(gw->groups[j].name, group->name))
			saa_error(d,
				  LINE(f, "gateways[%zu].groups[%u].name", g, i),
				  "group name \"%s\" is used twice (line %u); names are unique",
				  group->name,
				  LINE(f, "gateways[%zu].groups[%u].name", g, j));
	}
	find_members(f, g, i, d);
	check_members(f, g, i, d);
}
