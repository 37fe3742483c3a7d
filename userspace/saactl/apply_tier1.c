// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * saactl apply of a tier-0: the stateful active/active tier-1 gateways below it
 * on this edge, each in its own network namespace.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apply.h"
#include "netns.h"

/*
 * The edge's address for state sync is in this namespace, unless the file says.
 * It needs no name: who sends the configuration is in it.
 */
static int sync_from_here(struct apply *t1)
{
	struct saa_sync *new = &t1->new.sync, *old = &t1->old.sync;
	struct stat st;

	if (stat("/proc/self/ns/net", &st))
		return refuse("/proc/self/ns/net: %s", strerror(errno));
	if (new->has && !(new->has & 1u << SAA_A_SYNC_NETNS_FD)) {
		new->has |= 1u << SAA_A_SYNC_NETNS_FD | 1u << SAA_A_SYNC_NETNS;
		new->netns = st.st_ino;
		saa_netns_find(st.st_ino, new->netns_name);
	}
	/* so that it can come back */
	if (old->has & 1u << SAA_A_SYNC_NETNS && old->netns == st.st_ino)
		old->has |= 1u << SAA_A_SYNC_NETNS_FD;
	return EXIT_OK;
}

/* It would wait for its own lock. */
static int check_namespace(const struct apply *a, const struct edge *edge,
			   const struct apply *t1)
{
	const struct saa_file_gateway *gw = a->file->root->gateways, *other = NULL;
	int own = saa_netns_open("");
	size_t i;

	if (own >= 0 && saa_netns_same(t1->netns, own))
		other = &gw[a->gw];
	for (i = 0; i < edge->n; i++)
		if (saa_netns_same(t1->netns, edge->tier1[i].netns))
			other = &gw[edge->tier1[i].gw];
	if (own >= 0)
		close(own);
	if (!other)
		return EXIT_OK;
	return refuse("%s: network namespace \"%s\" of gateway \"%s\" is that of gateway \"%s\" on this edge; give each its own",
		      a->path, gw[t1->gw].namespaces[a->edge_at],
		      gw[t1->gw].name, other->name);
}

static int open_there(struct apply *t1)
{
	int own = saa_netns_enter(t1->netns), ret;

	if (own < 0)
		return refuse("network namespace: %s", strerror(errno));
	ret = apply_open(t1);
	saa_netns_leave(own);
	return ret;
}

static int open_tier1(struct apply *a, struct edge *edge, struct apply *t1,
		      size_t g)
{
	const struct saa_file_gateway *gw = &a->file->root->gateways[g];
	const char *netns = gw->namespaces[a->edge_at];
	int ret;

	*t1 = (struct apply){
		.path = a->path, .state = a->state, .dry_run = a->dry_run,
		.alone = a->alone, .file = a->file, .gw = g, .lock = -1,
		.edge_at = a->edge_at, .tier1 = true,
	};
	apply_make_conf(t1);
	t1->netns = saa_netns_open(netns);
	if (t1->netns >= 0) {
		ret = check_namespace(a, edge, t1);
		if (!ret)
			ret = open_there(t1);
	} else if (errno == ENOENT) {
		ret = EXIT_OK;
		json_array_append_new(a->changes, json_pack("{s:s, s:{s:s}}",
			"op", "add", "namespace", "name", netns));
	} else {
		ret = refuse("%s: network namespace \"%s\" of gateway \"%s\": %s",
			     a->path, netns, gw->name, strerror(errno));
	}
	if (!ret)
		ret = sync_from_here(t1);
	if (!ret)
		t1->changes = diff_conf(&t1->old, &t1->new);
	return ret;
}

int edge_open(struct edge *edge, struct apply *a)
{
	const struct saa_file_gateway *gw = a->file->root->gateways;
	size_t g, n = a->file->root->n_gateways;
	int ret = EXIT_OK;

	edge->tier1 = saa_zalloc(n * sizeof(*edge->tier1));
	edge->wires = saa_zalloc(n * sizeof(*edge->wires));
	edge->up = saa_zalloc(n * sizeof(*edge->up));
	for (g = 0; g < n && !ret; g++) {
		struct apply *t1 = &edge->tier1[edge->n];

		if (!saa_file_has_link(&gw[g]) || gw[g].above != &gw[a->gw])
			continue;
		ret = open_tier1(a, edge, t1, g);
		edge->wires[edge->n++] = (struct wire){
			.file = a->file, .tier1 = &gw[g], .edge = a->edge_at,
			.netns = t1->netns, .rt0 = &a->rt, .rt1 = &t1->rt,
			.conf0 = &a->new, .conf1 = &t1->new,
			.old0 = &a->old, .old1 = &t1->old,
		};
	}
	return ret;
}

void edge_close(struct edge *edge)
{
	size_t i;

	for (i = 0; i < edge->n; i++) {
		wire_routes_free(&edge->up[i]);
		apply_close(&edge->tier1[i]);
	}
	wire_routes_free(&edge->down);
	free(edge->tier1);
	free(edge->wires);
	free(edge->up);
}

/* The wire is news if it is made, or would be. */
static void note_wire(struct apply *a, const struct wire *w, bool linked)
{
	if (w->made || (a->dry_run && !linked))
		json_array_append_new(a->changes, json_pack(
			"{s:s, s:{s:s, s:i, s:s}}", "op", "add", "tier-1",
			"name", w->tier1->name, "id", (int)w->tier1->gateway_id,
			"netns", w->tier1->namespaces[w->edge]));
}

/* Its namespace is not there, or not yet. */
static bool is_absent(const struct apply *t1)
{
	return !t1->nl.sock;
}

/* An apply made its namespace and was killed before it was done. */
static bool is_begun(struct apply *t1)
{
	return !is_absent(t1) && !t1->old.gateway.has && space_is_made(&t1->rt);
}

static int check_space(struct apply *a, struct apply *t1)
{
	return space_check(&a->rt, is_absent(t1) ? NULL : &t1->rt,
			   &a->file->root->gateways[t1->gw], a->edge_at,
			   &a->old, &a->new);
}

/* Only one of the namespaces that are to be made can have an interface. */
static int check_once(const struct edge *edge, const struct apply *a, size_t i,
		      size_t j)
{
	const struct saa_file_gateway *one = &a->file->root->gateways[edge->tier1[i].gw];
	const struct saa_file_gateway *two = &a->file->root->gateways[edge->tier1[j].gw];
	uint32_t m, n;

	for (m = 0; m < one->n_groups; m++)
		for (n = 0; n < two->n_groups; n++)
			if (!strcmp(one->groups[m].members[a->edge_at],
				    two->groups[n].members[a->edge_at]))
				return refuse("interface %s is in groups of gateways \"%s\" and \"%s\", and the network namespaces of both are to be made with it; make one, with an interface of its own in it",
					      one->groups[m].members[a->edge_at],
					      two->name, one->name);
	return EXIT_OK;
}

int edge_check(struct edge *edge, struct apply *a)
{
	int ret = EXIT_OK;
	size_t i, j;

	if (edge->n && a->new.ports[0].transport == SAA_TRANSPORT_GENEVE &&
	    saa_rtnl_try_filters(&a->rt))
		ret = refuse("%s", a->rt.error);
	for (i = 0; i < edge->n && !ret; i++) {
		for (j = 0; j < i && !ret && is_absent(&edge->tier1[i]); j++)
			if (is_absent(&edge->tier1[j]))
				ret = check_once(edge, a, i, j);
		if (ret)
			break;
		ret = apply_check(&edge->tier1[i], false, false);
		if (!ret && (is_absent(&edge->tier1[i]) ||
			     is_begun(&edge->tier1[i])))
			ret = check_space(a, &edge->tier1[i]);
	}
	return ret ? ret : wire_routes_check(edge->wires, edge->n, &a->rt);
}

static int make_space(struct wire *w, struct apply *t1)
{
	const char *name = w->tier1->namespaces[w->edge];
	int ret = space_make(&t1->space, name);

	if (ret)
		return ret;
	t1->netns = saa_netns_open(name);
	if (t1->netns < 0)
		return refuse("network namespace \"%s\": %s", name,
			      strerror(errno));
	w->netns = t1->netns;
	return open_there(t1);
}

int edge_spaces(struct edge *edge, struct apply *a)
{
	int ret = EXIT_OK;
	size_t i;

	for (i = 0; i < edge->n && !ret && !a->dry_run; i++) {
		struct wire *w = &edge->wires[i];
		struct apply *t1 = &edge->tier1[i];

		if (is_absent(t1))
			ret = make_space(w, t1);
		if (!ret && is_begun(t1))
			ret = space_fill(&t1->space, &a->rt, &t1->rt, t1->netns,
					 w->tier1, w->edge);
	}
	return ret;
}

int edge_make(struct edge *edge, struct apply *a)
{
	int ret = EXIT_OK;
	size_t i;

	for (i = 0; i < edge->n && !ret && !a->dry_run; i++)
		ret = wire_make(&edge->wires[i]);
	return ret;
}

int edge_ask(struct edge *edge)
{
	int ret = EXIT_OK;
	size_t i;

	for (i = 0; i < edge->n && !ret; i++) {
		struct apply *t1 = &edge->tier1[i];

		if (is_absent(t1))
			continue;
		ret = apply_read_links(t1);
		if (!ret && t1->dry_run && !apply_is_linked(t1) && !is_begun(t1))
			ret = apply_check_members(t1);
		else if (!ret)
			ret = apply_ask(t1);
	}
	return ret;
}

int edge_join(struct edge *edge, struct apply *a)
{
	int ret = EXIT_OK;
	size_t i;

	if (a->dry_run)
		return EXIT_OK;
	for (i = 0; i < edge->n && !ret; i++)
		ret = wire_join(&edge->wires[i]);
	if (!ret)
		ret = wire_routes_clear(&edge->down, edge->wires, edge->n,
					&a->rt, &a->new);
	return ret;
}

int edge_write(struct edge *edge, struct apply *a)
{
	int ret = EXIT_OK;
	size_t i;

	for (i = 0; i < edge->n && !ret; i++)
		if (!is_absent(&edge->tier1[i]))
			ret = apply_write(&edge->tier1[i]);
	for (i = 0; i < edge->n && !ret; i++)
		note_wire(a, &edge->wires[i], apply_is_linked(&edge->tier1[i]));
	/* last, since these are what leads packets there */
	for (i = 0; i < edge->n && !ret; i++)
		if (!is_absent(&edge->tier1[i]))
			ret = wire_routes_up(&edge->up[i], &edge->wires[i],
					     a->dry_run,
					     edge->tier1[i].changes);
	if (!ret)
		ret = wire_routes_down(&edge->down, edge->wires, edge->n, &a->rt,
				       &a->new, a->dry_run, a->changes);
	return ret;
}

void edge_undo(struct edge *edge, struct apply *a)
{
	size_t i;

	wire_routes_undo(&edge->down, false);
	for (i = 0; i < edge->n; i++)
		wire_routes_undo(&edge->up[i], true);
	for (i = 0; i < edge->n; i++)
		apply_take_back(&edge->tier1[i]);
	apply_take_back(a);
	wire_routes_undo(&edge->down, true);
	for (i = 0; i < edge->n; i++)
		wire_undo(&edge->wires[i]);
	for (i = 0; i < edge->n; i++)
		space_undo(&edge->tier1[i].space, &a->rt, &edge->tier1[i].rt);
}
