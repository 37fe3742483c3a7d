// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The edges of the configuration file: each of them, which of them a gateway
 * runs on, and the sub-clusters that these form.
 */
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "pairs.h"
#include "util.h"

#define LINE(f, ...) saa_ydoc_line(&(f)->doc, __VA_ARGS__)

static void check_edge(struct saa_file *f, uint32_t i, struct saa_diag *d)
{
	struct saa_file_edge *e = &f->root->cluster.edges[i], *o;
	unsigned int line = LINE(f, "cluster.edges[%u].id", i);
	uint32_t j;

	saa_file_check_name(d, "edge name", e->name,
			    LINE(f, "cluster.edges[%u].name", i));
	if (e->id < 1 || e->id > UINT16_MAX)
		saa_error(d, line, "edge id %lld is not from 1 to 65535",
			  (long long)e->id);
	if (e->weight && (*e->weight < 1 || *e->weight > 1000))
		saa_error(d, LINE(f, "cluster.edges[%u].weight", i),
			  "weight %lld is not from 1 to 1000",
			  (long long)*e->weight);
	e->addr = (struct saa_addr){ 0 };
	if (e->address && !saa_addr_parse(e->address, &e->addr))
		saa_error(d, LINE(f, "cluster.edges[%u].address", i),
			  "address \"%s\" is not an IPv4 or IPv6 address",
			  e->address);
	for (j = 0; j < i; j++) {
		o = &f->root->cluster.edges[j];
		if (o->id == e->id)
			saa_error(d, line,
				  "edge id %lld of \"%s\" is that of \"%s\" too (line %u); ids are unique",
				  (long long)e->id, e->name, o->name,
				  LINE(f, "cluster.edges[%u].id", j));
		if (!strcmp(o->name, e->name))
			saa_error(d, LINE(f, "cluster.edges[%u].name", i),
				  "edge name \"%s\" is used twice (line %u); names are unique",
				  e->name, LINE(f, "cluster.edges[%u].name", j));
		if (e->addr.family && !saa_addr_cmp(&e->addr, &o->addr))
			saa_error(d, LINE(f, "cluster.edges[%u].address", i),
				  "address %s of \"%s\" is that of \"%s\" too",
				  e->address, e->name, o->name);
	}
}

/* Is whom an edge names another edge, which names no third one? */
static void check_partner(struct saa_file *f, uint32_t i, struct saa_diag *d)
{
	struct saa_file_edge *edges = f->root->cluster.edges, *e = &edges[i];
	unsigned int line = LINE(f, "cluster.edges[%u].partner", i);
	int other;
	uint32_t j;

	if (!e->partner)
		return;
	other = saa_file_edge_index(f, e->partner);
	if (other < 0 || other == (int)i) {
		saa_error(d, line,
			  "partner \"%s\" of edge \"%s\" is not another edge of the cluster",
			  e->partner, e->name);
		return;
	}
	for (j = 0; j < f->root->cluster.n_edges; j++) {
		const char *theirs = edges[j].partner;

		if (!theirs || j == i)
			continue;
		if ((int)j == other ? strcmp(theirs, e->name) :
		    !strcmp(theirs, e->partner) || !strcmp(theirs, e->name))
			saa_error(d, line,
				  "partner of edge \"%s\" is \"%s\", but that of \"%s\" is \"%s\"; edges back each other up in twos (R21)",
				  e->name, e->partner, edges[j].name, theirs);
	}
}

void saa_file_check_edges(struct saa_file *f, struct saa_diag *d)
{
	unsigned int line = LINE(f, "cluster.edges");
	uint32_t i, n = f->root->cluster.n_edges;

	for (i = 0; i < n; i++)
		check_edge(f, i, d);
	for (i = 0; i < n; i++)
		check_partner(f, i, d);
	if (!n)
		saa_error(d, line, "0 edges: the number of edges must be even and not 0");
	if (n > f->buckets)
		saa_error(d, line,
			  "%u edges share %u buckets, so some would own none; raise hash.buckets",
			  n, f->buckets);
	if (n > SAA_SRS_MAX)
		saa_error(d, line, "%u edges: the limit is %u", n, SAA_SRS_MAX);
}

/* One edge that the file names as one of the gateway's. */
static void add_edge(struct saa_file *f, struct saa_file_gateway *gw,
		     const char *key, const char *name, unsigned int line,
		     struct saa_diag *d)
{
	int at = saa_file_edge_index(f, name);

	if (at < 0)
		saa_error(d, line,
			  "%s \"%s\" of gateway \"%s\" is not an edge of the cluster",
			  key, name, gw->name);
	else if (gw->runs_on[at])
		saa_error(d, line,
			  "gateway \"%s\" names edge \"%s\" twice; name two different edges",
			  gw->name, name);
	else
		gw->runs_on[at] = true;
}

static void find_standby(struct saa_file *f, size_t g, struct saa_diag *d)
{
	struct saa_file_gateway *gw = &f->root->gateways[g];
	unsigned int line;

	if (gw->active)
		add_edge(f, gw, "active", gw->active,
			 LINE(f, "gateways[%zu].active", g), d);
	if (gw->standby)
		add_edge(f, gw, "standby", gw->standby,
			 LINE(f, "gateways[%zu].standby", g), d);
	/* a tier-1 with neither is refused for its placement */
	if (!gw->active != !gw->standby ||
	    (!gw->active && !gw->tier))
		saa_error(d, LINE(f, "gateways[%zu]", g),
			  "gateway \"%s\" is active-standby without %s; add active: EDGE and standby: EDGE",
			  gw->name, gw->active ? "a standby edge" :
			  "an active edge");
	line = saa_ydoc_has(&f->doc, "gateways[%zu].edges", g);
	if (line)
		saa_error(d, line,
			  "edges are those that active and standby name; remove edges of gateway \"%s\"",
			  gw->name);
}

void saa_file_find_edges(struct saa_file *f, size_t g, struct saa_diag *d)
{
	struct saa_file_gateway *gw = &f->root->gateways[g];
	uint32_t i, n = f->root->cluster.n_edges;
	static const char *const keys[] = { "active", "standby" };
	unsigned int line;

	gw->runs_on = saa_zalloc(n * sizeof(*gw->runs_on));
	if (gw->mode == SAA_MODE_STANDBY) {
		find_standby(f, g, d);
		return;
	}
	for (i = 0; i < gw->n_edge_names; i++)
		add_edge(f, gw, "edge", gw->edge_names[i],
			 LINE(f, "gateways[%zu].edges[%u]", g, i), d);
	if (!saa_ydoc_has(&f->doc, "gateways[%zu].edges", g) &&
	    gw->mode != SAA_MODE_DISTRIBUTED)
		for (i = 0; i < n; i++)
			gw->runs_on[i] = !gw->above || gw->above->runs_on[i];
	if (gw->mode == SAA_MODE_STATELESS && !gw->tier && !gw->n_edge_names &&
	    saa_ydoc_has(&f->doc, "gateways[%zu].edges", g))
		saa_error(d, LINE(f, "gateways[%zu].edges", g),
			  "gateway \"%s\" runs on no edge; name one, or remove edges",
			  gw->name);
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		line = saa_ydoc_has(&f->doc, "gateways[%zu].%s", g, keys[i]);
		if (line)
			saa_error(d, line,
				  "%s belongs to a gateway of mode active-standby; remove it",
				  keys[i]);
	}
}

bool saa_file_same_edges(const struct saa_file *f, size_t gateway)
{
	const struct saa_file_gateway *gw = f->root->gateways;
	size_t g, n = f->root->cluster.n_edges;

	for (g = 0; g < gateway; g++)
		if (gw[g].partner && gw[gateway].partner &&
		    !memcmp(gw[g].partner, gw[gateway].partner,
			    n * sizeof(*gw->partner)))
			return true;
	return false;
}

/*
 * The edge whose partner "partner" names: that of the edge itself or of the
 * other one; none if neither does.
 */
static size_t named_partner(const struct saa_file *f, size_t i)
{
	const struct saa_file_edge *edges = f->root->cluster.edges;
	uint32_t j;

	for (j = 0; j < f->root->cluster.n_edges; j++)
		if (j != i &&
		    ((edges[i].partner &&
		      !strcmp(edges[i].partner, edges[j].name)) ||
		     (edges[j].partner &&
		      !strcmp(edges[j].partner, edges[i].name))))
			return j;
	return SAA_NO_EDGE;
}

/* The sub-clusters: those that the file names, then the rest by the rule. */
static void find_partners(struct saa_file *f, struct saa_file_gateway *gw,
			  size_t g, struct saa_diag *d)
{
	uint32_t i, n = f->root->cluster.n_edges, n_rest = 0;
	struct saa_file_edge *e = f->root->cluster.edges;
	struct saa_pair_edge *rest;
	uint32_t *index;
	size_t p;

	rest = saa_zalloc((n + 1) * sizeof(*rest));
	index = saa_zalloc((n + 1) * sizeof(*index));
	for (i = 0; i < n; i++) {
		p = named_partner(f, i);
		if (!gw->runs_on[i])
			continue;
		if (p != SAA_NO_EDGE && !gw->runs_on[p])
			saa_error(d, LINE(f, "gateways[%zu].edges", g),
				  "gateway \"%s\" runs on edge \"%s\", but not on its partner \"%s\"; edges back each other up in twos (R21)",
				  gw->name, e[i].name, e[p].name);
		gw->partner[i] = p;
		if (p != SAA_NO_EDGE)
			continue;
		index[n_rest] = i;
		rest[n_rest].id = e[i].id;
		rest[n_rest++].domain = e[i].failure_domain;
	}
	/* of an even number two each were named, or there was an error */
	saa_pair_up(rest, n_rest & ~1u);
	for (i = 0; i < (n_rest & ~1u); i++)
		gw->partner[index[i]] = index[rest[i].partner];
	free(index);
	free(rest);
}

static void warn_domains(struct saa_file *f, struct saa_file_gateway *gw,
			 struct saa_diag *d)
{
	struct saa_file_edge *e = f->root->cluster.edges;
	size_t i, p;

	for (i = 0; i < f->root->cluster.n_edges; i++) {
		p = gw->partner[i];
		if (p == SAA_NO_EDGE || i > p || !e[i].failure_domain ||
		    !e[p].failure_domain ||
		    strcmp(e[i].failure_domain, e[p].failure_domain))
			continue;
		saa_warning(d, LINE(f, "cluster.edges[%zu]", i),
			    "edges \"%s\" and \"%s\" back each other up but are both in failure domain \"%s\"; %s",
			    e[i].name, e[p].name, e[i].failure_domain,
			    e[i].partner || e[p].partner ||
			    gw->mode == SAA_MODE_STANDBY ? "the file says so" :
			    "no other pairing avoids it");
	}
}

static void check_even(struct saa_file *f, struct saa_file_gateway *gw,
		       size_t g, struct saa_diag *d)
{
	unsigned int line = saa_ydoc_has(&f->doc, "gateways[%zu].edges", g);
	uint32_t i, n = 0;

	for (i = 0; i < f->root->cluster.n_edges; i++)
		n += gw->runs_on[i];
	if (n && n % 2 == 0)
		return;
	if (line)
		saa_error(d, line,
			  "gateway \"%s\" runs on %u edges: their number must be even and not 0, they back each other up in twos (R21); add or remove one",
			  gw->name, n);
	else if (!gw->above)
		saa_error(d, LINE(f, "cluster.edges"),
			  "%u edges: the number of edges must be even and not 0, they back each other up in twos (R21); add or remove one, or name those that gateway \"%s\" runs on",
			  n, gw->name);
}

void saa_file_check_partners(struct saa_file *f, size_t g, struct saa_diag *d)
{
	struct saa_file_gateway *gw = &f->root->gateways[g];
	size_t i, n = f->root->cluster.n_edges;

	if (gw->mode == SAA_MODE_STATEFUL)
		check_even(f, gw, g, d);
	if (d->errors || (gw->mode != SAA_MODE_STATEFUL &&
			  gw->mode != SAA_MODE_STANDBY))
		return;
	gw->partner = saa_zalloc(n * sizeof(*gw->partner));
	for (i = 0; i < n; i++)
		gw->partner[i] = SAA_NO_EDGE;
	if (gw->mode == SAA_MODE_STANDBY) {
		size_t active = saa_file_edge_index(f, gw->active);
		size_t standby = saa_file_edge_index(f, gw->standby);

		gw->partner[active] = standby;
		gw->partner[standby] = active;
	} else {
		find_partners(f, gw, g, d);
	}
	if (!saa_file_same_edges(f, g))
		warn_domains(f, gw, d);
}
