// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The steps of a plan, in the order in which an operator runs them.
 *
 * An edge must take what another one may punt to it before that one begins. So
 * a gateway that begins to steer, a new one too, does so in two rounds over its
 * edges: in the first each SR owns every bucket, which makes it receive and punt nothing; in
 * the second it gets its table. One that ends goes the same way back.
 */
#include <stdlib.h>
#include <string.h>

#include "plan.h"
#include "tool.h"

static void step(struct plan *plan, const char *edge, const char *why, char *run)
{
	struct plan_step *s;

	s = saa_grow(&plan->steps, &plan->n_steps, sizeof(*s));
	*s = (struct plan_step){ edge, run, why };
}

static bool runs(const struct saa_file *f, int gw, const char *edge)
{
	int at = saa_file_edge_index(f, edge);

	return gw >= 0 && at >= 0 && f->root->gateways[gw].runs_on[at];
}

/* The tier-0 that a tier-1 with a link is applied with, before or afterwards. */
static const char *applied_with(const struct plan *plan,
				const struct plan_gateway *p)
{
	const struct saa_file_gateway *a = gateway_at(plan->from, p->old);
	const struct saa_file_gateway *b = gateway_at(plan->to, p->new);

	if (b && saa_file_has_link(b))
		return b->above->name;
	return a && saa_file_has_link(a) ? a->above->name : NULL;
}

/* "saactl apply" on each edge where it is to run, or on those new to it, or not. */
enum pick { ALL, NEW_EDGES, OTHER_EDGES };

static void apply_on(struct plan *plan, const struct plan_gateway *p,
		     enum pick pick, const char *options, const char *why)
{
	const struct saa_file_edge *e = plan->to->root->cluster.edges;
	const char *tier0 = applied_with(plan, p);
	uint32_t i;

	for (i = 0; i < plan->to->root->cluster.n_edges; i++) {
		if (!runs(plan->to, p->new, e[i].name) ||
		    (pick != ALL && (pick == NEW_EDGES) ==
		     runs(plan->from, p->old, e[i].name)))
			continue;
		step(plan, e[i].name, why,
		     saa_format("saactl apply %s --edge %s --gateway %s%s",
				plan->to->path, e[i].name,
				tier0 ? tier0 : p->name, options));
	}
}

/*
 * Wherever it was: what runs there, but as if there was no other edge. Where
 * another gateway runs "apply" knows no such one, so it refuses.
 */
static void leave(struct plan *plan, const struct plan_gateway *p)
{
	const struct saa_file_edge *e = plan->from->root->cluster.edges;
	uint32_t i;

	for (i = 0; i < plan->from->root->cluster.n_edges; i++)
		if (runs(plan->from, p->old, e[i].name))
			step(plan, e[i].name,
			     "it owns every bucket: it punts nothing any more, and still takes what others punt",
			     saa_format("saactl save | saactl apply - --edge %s --gateway %s --alone",
					e[i].name, p->name));
}

/* On the edges that have it before, and not afterwards. */
static void remove_from(struct plan *plan, const struct plan_gateway *p)
{
	const struct saa_file_edge *e = plan->from->root->cluster.edges;
	uint32_t i;

	for (i = 0; i < plan->from->root->cluster.n_edges; i++)
		if (runs(plan->from, p->old, e[i].name) &&
		    !runs(plan->to, p->new, e[i].name))
			step(plan, e[i].name, "no other edge sends to it any more",
			     saa_format("saactl gateway del %s", p->name));
}

static bool steers(const struct saa_file *f, int at)
{
	return at >= 0 && f->root->gateways[at].partner;
}

static void dry_run(struct plan *plan, const struct plan_gateway *p)
{
	apply_on(plan, p, ALL, " --dry-run",
		 "the kernel may refuse what a file cannot tell; nothing changes");
}

/* "apply" refuses it in the namespace of one that is still to go. */
static bool takes_place(const struct plan *plan, const struct plan_gateway *p)
{
	size_t i;

	for (i = 0; i < plan->n_gateways; i++)
		if (plan->gateways[i].change == PLAN_REMOVE)
			return p->change == PLAN_ADD;
	return false;
}

static void gateway_steps(struct plan *plan, const struct plan_gateway *p)
{
	bool before = steers(plan->from, p->old), after = steers(plan->to, p->new);

	if (takes_place(plan, p))
		dry_run(plan, p);
	if (after && !before) {
		apply_on(plan, p, ALL, " --alone",
			 "it owns every bucket: it takes what others punt, and punts nothing yet");
		apply_on(plan, p, ALL, "",
			 "all edges take what is punted, so it begins to");
	} else if (before && !after) {
		leave(plan, p);
		if (p->change == PLAN_REMOVE) {
			remove_from(plan, p);
			return;
		}
		apply_on(plan, p, ALL, "",
			 "no edge punts any more");
		remove_from(plan, p);
	} else if (after) {
		apply_on(plan, p, NEW_EDGES, "",
			 "an edge that is new to the gateway is ready before others send to it");
		apply_on(plan, p, OTHER_EDGES, "",
			 "while edges differ, a packet may be punted twice");
		remove_from(plan, p);
	}
}

static bool is_planned(const struct plan *plan, const char *name)
{
	const struct plan_gateway *p = plan->gateways;

	while (p < plan->gateways + plan->n_gateways && strcmp(p->name, name))
		p++;
	return p < plan->gateways + plan->n_gateways;
}

/* Is there something to apply for it, or for one that is applied with it? */
static bool has_steps(const struct plan *plan, const struct plan_gateway *p)
{
	const struct plan_gateway *below = plan->gateways;
	const char *tier0 = applied_with(plan, p);

	/* seen from its own namespace its tier-0 is not in the plan */
	if (tier0 && is_planned(plan, tier0))
		return false;
	for (; below < plan->gateways + plan->n_gateways; below++) {
		tier0 = applied_with(plan, below);
		if (tier0 && below->change != PLAN_NONE &&
		    !strcmp(tier0, p->name))
			return true;
	}
	return p->change != PLAN_NONE;
}

static bool of_tier(const struct plan *plan, const struct plan_gateway *p,
		    int64_t tier)
{
	const struct saa_file *f = p->new < 0 ? plan->from : plan->to;

	return f->root->gateways[p->new < 0 ? p->old : p->new].tier == tier;
}

void plan_steps(struct plan *plan)
{
	const struct plan_gateway *p;
	bool any = false;
	int i;

	for (p = plan->gateways; p < plan->gateways + plan->n_gateways; p++)
		any |= has_steps(plan, p);
	if (!any)
		return;
	step(plan, NULL, "the whole file, before it is copied to every edge",
	     saa_format("saactl check %s", plan->to->path));
	for (p = plan->gateways; p < plan->gateways + plan->n_gateways; p++)
		if (has_steps(plan, p) && p->change != PLAN_REMOVE &&
		    !takes_place(plan, p))
			dry_run(plan, p);
	/* what hangs below goes first, and comes last */
	for (i = 0; i < 4; i++)
		for (p = plan->gateways; p < plan->gateways + plan->n_gateways; p++)
			if (has_steps(plan, p) &&
			    of_tier(plan, p, i < 1 || i > 2) &&
			    (p->change == PLAN_REMOVE) == (i < 2))
				gateway_steps(plan, p);
}
