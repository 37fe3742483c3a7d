// SPDX-License-Identifier: GPL-2.0-or-later
/* What leads from one configuration file to another: rules, buckets, pairs. */
#include <stdlib.h>
#include <string.h>

#include <linux/saa_hash.h>

#include "plan.h"
#include "tool.h"

const char *const plan_change_names[PLANS] = {
	[PLAN_NONE] = "none",
	[PLAN_ADD] = "add",
	[PLAN_REMOVE] = "remove",
	[PLAN_CONVERT] = "convert",
	[PLAN_EDIT] = "edit",
};

const struct saa_file_gateway *gateway_at(const struct saa_file *f, int at)
{
	return at < 0 ? NULL : &f->root->gateways[at];
}

static void forbid(struct plan *plan, const char *name, const char *rule,
		   const char *reason, const char *instead)
{
	struct plan_refusal *r;

	r = saa_grow(&plan->refusals, &plan->n_refusals, sizeof(*r));
	*r = (struct plan_refusal){ name, rule, saa_strdup(reason), instead };
}

static void note(struct plan *plan, const char *name, const char *text)
{
	struct plan_note *n;

	n = saa_grow(&plan->notes, &plan->n_notes, sizeof(*n));
	*n = (struct plan_note){ name, saa_strdup(text) };
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

/* Of a tier-1 with a link: the same namespaces on the edges of both files. */
static bool same_namespaces(const struct saa_file *f,
			    const struct saa_file_gateway *a,
			    const struct saa_file *g,
			    const struct saa_file_gateway *b, const char *only)
{
	uint32_t i;
	int j;

	for (i = 0; i < g->root->cluster.n_edges; i++) {
		const char *name = g->root->cluster.edges[i].name;

		j = saa_file_edge_index(f, name);
		if (j >= 0 && b->runs_on[i] && (!only || !strcmp(only, name)) &&
		    strcmp(a->namespaces[j], b->namespaces[i]))
			return false;
	}
	return true;
}

/* What "apply" makes for a tier-1 is known by its id, and is where it is. */
static bool same_place(const struct plan *plan, const struct saa_file_gateway *a,
		       const struct saa_file_gateway *b)
{
	const struct saa_file_punt *p = &plan->from->root->cluster.punt;
	const struct saa_file_punt *q = &plan->to->root->cluster.punt;

	return a->gateway_id == b->gateway_id &&
	       same_namespaces(plan->from, a, plan->to, b, plan->edge) &&
	       p->kind == q->kind && same_text(p->north, q->north) &&
	       same_text(p->south, q->south);
}

/* R20, and what a gateway of one name cannot become otherwise. */
static void check_rules(struct plan *plan, struct plan_gateway *p)
{
	const struct saa_file_gateway *a = gateway_at(plan->from, p->old);
	const struct saa_file_gateway *b = gateway_at(plan->to, p->new);
	const struct saa_refusal *no;
	bool attached;

	if (!a || !b)
		return;
	/* a saved file does not know the tiers */
	if (!plan->edge && !a->tier != !b->tier) {
		forbid(plan, p->name, "tier",
		       "a gateway does not change its tier",
		       "remove it, and add one of another name");
		return;
	}
	if (!plan->edge && !same_text(a->uplink, b->uplink))
		forbid(plan, p->name, "uplink",
		       "a tier-1 gateway does not move to another tier-0",
		       "remove it, apply, then add it there");
	attached = saa_file_attached(plan->from, a) ||
		   saa_file_attached(plan->to, b);
	no = a->mode == b->mode ? NULL :
	     saa_conversion(b->tier, a->mode, b->mode, attached);
	if (no)
		forbid(plan, p->name, no->name, no->reason, no->remedy);
	if (saa_file_has_link(a) && saa_file_has_link(b) &&
	    !same_place(plan, a, b))
		forbid(plan, p->name, "in-use",
		       "a tier-1 that is linked with its tier-0 gets no other id, network namespace, shadow ports or transport of these while it runs",
		       "apply the file without it first");
}

/* The edges of a gateway, by name, are those of the other one. */
static bool same_edges(const struct saa_file *f, const struct saa_file_gateway *a,
		       const struct saa_file *g, const struct saa_file_gateway *b)
{
	uint32_t i, n = 0;
	int j;

	for (i = 0; i < f->root->cluster.n_edges; i++) {
		j = saa_file_edge_index(g, f->root->cluster.edges[i].name);
		if (a->runs_on[i] != (j >= 0 && b->runs_on[j]))
			return false;
		n += a->runs_on[i];
	}
	for (i = 0; i < g->root->cluster.n_edges; i++)
		n -= b->runs_on[i];
	return !n;
}

/* Of the edge that the plan is about, or of the first one where it runs. */
static void get_conf_of(const struct plan *plan, const struct saa_file *f, int at,
			struct saa_conf *conf)
{
	const struct saa_file_gateway *gw = gateway_at(f, at);
	int edge = plan->edge ? saa_file_edge_index(f, plan->edge) : -1;

	if (!gw || !gw->partner)
		return;
	if (edge < 0 || !gw->runs_on[edge])
		for (edge = 0; !gw->runs_on[edge]; edge++)
			;
	saa_file_conf(f, at, edge, conf);
}

static bool other_hash(const struct plan *plan)
{
	return plan->from->buckets != plan->to->buckets ||
	       memcmp(plan->from->key, plan->to->key, sizeof(plan->to->key));
}

/* Does the new primary of a bucket have the state of what the old one had? */
static bool is_kept(const struct plan_gateway *p, const struct saa_row *old,
		    const struct saa_row *new)
{
	return old->primary == new->primary ||
	       (p->before.sync.has && p->after.sync.has &&
		old->backup == new->primary);
}

static void add_move(struct plan_gateway *p, uint16_t from, uint16_t to)
{
	struct plan_move *m;
	size_t i = 0;

	while (i < p->n_moves &&
	       (p->moves[i].from != from || p->moves[i].to != to))
		i++;
	if (i == p->n_moves) {
		m = saa_grow(&p->moves, &p->n_moves, sizeof(*m));
		m->from = from;
		m->to = to;
	}
	p->moves[i].buckets++;
}

static void count_buckets(struct plan *plan, struct plan_gateway *p)
{
	const struct saa_row *a, *b;
	uint32_t i;

	get_conf_of(plan, plan->from, p->old, &p->before);
	get_conf_of(plan, plan->to, p->new, &p->after);
	p->tables = p->before.n_rows && p->after.n_rows;
	if (!p->tables)
		return;
	if (other_hash(plan)) {
		p->moved = p->after.n_rows;
		return;
	}
	for (i = 0; i < p->after.n_rows; i++) {
		a = &p->before.rows[i];
		b = &p->after.rows[i];
		if (a->primary == b->primary)
			continue;
		p->moved++;
		p->kept += is_kept(p, a, b);
		add_move(p, a->primary, b->primary);
	}
}

static bool same_advertised(const struct saa_file_gateway *a,
			    const struct saa_file_gateway *b)
{
	uint32_t i, j;

	if (a->n_advertise != b->n_advertise)
		return false;
	for (i = 0; i < b->n_advertise; i++) {
		for (j = 0; j < a->n_advertise; j++)
			if (a->prefixes[j].len == b->prefixes[i].len &&
			    !saa_addr_cmp(&a->prefixes[j].addr,
					  &b->prefixes[i].addr))
				break;
		if (j == a->n_advertise)
			return false;
	}
	return true;
}

/* Beside the configuration of its SRs. */
static bool same_around(const struct plan *plan, const struct saa_file_gateway *a,
			const struct saa_file_gateway *b)
{
	/* saved in its own namespace it is no tier-1, and the kernel has no
	 * such setting
	 */
	return (!saa_file_has_link(a) || !saa_file_has_link(b) ||
		(same_advertised(a, b) &&
		 same_namespaces(plan->from, a, plan->to, b, plan->edge))) &&
	       (plan->edge || a->set_device_group == b->set_device_group);
}

/* Anything at all, as far as a file says it: what applying it would change. */
static bool edited(const struct plan *plan, const struct plan_gateway *p)
{
	const struct saa_file_gateway *a = gateway_at(plan->from, p->old);
	const struct saa_file_gateway *b = gateway_at(plan->to, p->new);
	size_t i;

	if (!same_edges(plan->from, a, plan->to, b) || !same_around(plan, a, b))
		return true;
	for (i = 0; i < plan->to->root->cluster.n_edges; i++) {
		const char *name = plan->to->root->cluster.edges[i].name;
		struct saa_conf ca, cb;
		json_t *changes;
		bool same;

		if (!b->runs_on[i] || (plan->edge && strcmp(plan->edge, name)))
			continue;
		saa_file_conf(plan->from, p->old,
			      saa_file_edge_index(plan->from, name), &ca);
		saa_file_conf(plan->to, p->new, i, &cb);
		changes = diff_conf(&ca, &cb);
		same = !json_array_size(changes);
		json_decref(changes);
		saa_conf_free(&ca);
		saa_conf_free(&cb);
		if (!same)
			return true;
	}
	return false;
}

static void add_gateway(struct plan *plan, const char *name, int old, int new)
{
	const struct saa_file_gateway *a = gateway_at(plan->from, old);
	const struct saa_file_gateway *b = gateway_at(plan->to, new);
	struct plan_gateway *p;

	p = saa_grow(&plan->gateways, &plan->n_gateways, sizeof(*p));
	p->name = name;
	p->old = old;
	p->new = new;
	if (!a)
		p->change = PLAN_ADD;
	else if (!b)
		p->change = PLAN_REMOVE;
	else if (a->mode != b->mode)
		p->change = PLAN_CONVERT;
	else if (edited(plan, p))
		p->change = PLAN_EDIT;
	check_rules(plan, p);
	count_buckets(plan, p);
}

static void add_pair(struct plan *plan, bool gone, const char *a,
		     const char *b)
{
	struct plan_pair *pair;
	size_t i;

	for (i = 0; i < plan->n_pairs; i++)
		if (plan->pairs[i].gone == gone && !strcmp(plan->pairs[i].a, a) &&
		    !strcmp(plan->pairs[i].b, b))
			return;
	pair = saa_grow(&plan->pairs, &plan->n_pairs, sizeof(*pair));
	*pair = (struct plan_pair){ gone, a, b };
}

/* A pair of some gateway. */
static bool is_pair(const struct saa_file *f, const char *a, const char *b)
{
	int i = saa_file_edge_index(f, a), j = saa_file_edge_index(f, b);
	uint32_t g;

	for (g = 0; g < f->root->n_gateways && i >= 0 && j >= 0; g++)
		if (f->root->gateways[g].partner &&
		    f->root->gateways[g].partner[i] == (size_t)j)
			return true;
	return false;
}

/* Pairs of the gateway in @f that no gateway has in @g. */
static void compare_pairs(struct plan *plan, const struct saa_file *f, int at,
			  const struct saa_file *g, bool gone)
{
	const struct saa_file_gateway *gw = gateway_at(f, at);
	const struct saa_file_edge *e = f->root->cluster.edges;
	size_t i, p;

	if (!gw || !gw->partner)
		return;
	for (i = 0; i < f->root->cluster.n_edges; i++) {
		p = gw->partner[i];
		if (p != SAA_NO_EDGE && i < p &&
		    !is_pair(g, e[i].name, e[p].name))
			add_pair(plan, gone, e[i].name, e[p].name);
	}
}

static bool has_group(const struct saa_conf *conf, const struct saa_group *group)
{
	const struct saa_group *other = saa_conf_group(conf, group->id);

	return other && other->side == group->side;
}

static void add_groups(char **names, const struct saa_conf *a,
		       const struct saa_conf *b)
{
	char *longer;
	size_t i;

	for (i = 0; i < a->n_groups; i++) {
		if (has_group(b, &a->groups[i]))
			continue;
		longer = saa_format("%s%s%s", *names ? *names : "",
				    *names ? ", " : "", a->groups[i].name);
		free(*names);
		*names = longer;
	}
}

/* An SR drops what others punt for a group that it does not know. */
static void note_groups(struct plan *plan, const struct plan_gateway *p)
{
	char *names = NULL, *text;

	if (!p->tables)
		return;
	add_groups(&names, &p->after, &p->before);
	add_groups(&names, &p->before, &p->after);
	if (!names)
		return;
	text = saa_format("what comes by interface groups that come or go (%s) and is punted is lost until the last edge has applied",
			  names);
	note(plan, p->name, text);
	free(text);
	free(names);
}

static void note_ports(struct plan *plan, const struct plan_gateway *p)
{
	const struct saa_port *a, *b;
	uint8_t side;

	for (side = 0; side < 2 && p->tables; side++) {
		a = saa_conf_port(&p->before, side);
		b = saa_conf_port(&p->after, side);
		if (!a || !b || saa_same_object(SAA_A_PORT, a, b))
			continue;
		note(plan, p->name, "with other shadow ports, or another transport, what is punted between the first edge that applies and the last is lost");
		return;
	}
}

/* Are the addresses of the rule in the pools of @conf? */
static bool has_pool(const struct saa_conf *conf, const struct saa_snat *rule)
{
	size_t i;

	for (i = 0; i < conf->n_snat; i++)
		if (conf->snat[i].family == rule->family &&
		    conf->snat[i].has & 1u << SAA_A_SNAT_TO_FIRST &&
		    saa_addr_cmp(&conf->snat[i].to_first, &rule->to_first) <= 0 &&
		    saa_addr_cmp(&conf->snat[i].to_last, &rule->to_last) >= 0)
			return true;
	return false;
}

static void note_pools(struct plan *plan, const struct plan_gateway *p)
{
	const struct saa_snat *rule = p->before.snat;
	size_t i;

	for (i = 0; i < p->before.n_snat && p->tables; i++, rule++) {
		if (!(rule->has & 1u << SAA_A_SNAT_TO_FIRST) ||
		    has_pool(&p->after, rule))
			continue;
		note(plan, p->name, "addresses go from its SNAT pools, and with them their routes: flows that have them break where routers follow these");
		return;
	}
}

/* Adding a qdisc, which its filters need, stops a port for a moment. */
static void note_first_link(struct plan *plan, const struct plan_gateway *p)
{
	const struct saa_file_gateway *gw = plan->from->root->gateways;
	size_t i;

	for (i = 0; i < plan->from->root->n_gateways; i++)
		if (saa_file_has_link(&gw[i]))
			return;
	note(plan, p->name, "the first tier-1 on an edge makes each shadow port lose what it sends in that moment; to avoid it, give them a clsact qdisc before they are in use");
}

/* What a tier-1 with a link advertises is routed to it by each edge's apply. */
static void note_advertised(struct plan *plan, const struct plan_gateway *p)
{
	const struct saa_file_gateway *a = gateway_at(plan->from, p->old);
	const struct saa_file_gateway *b = gateway_at(plan->to, p->new);

	if (!b || !saa_file_has_link(b) || (plan->edge && a && !a->above))
		return;
	if (!a || !saa_file_has_link(a)) {
		note_first_link(plan, p);
		if (b->n_advertise)
			note(plan, p->name, "what it advertises goes through it on one edge after the other: flows of these addresses may be lost meanwhile, and break where it keeps state; to avoid the former, apply the file without advertise first");
	} else if (!same_advertised(a, b)) {
		note(plan, p->name, "flows of addresses that it begins or ceases to advertise take another way, and break where it keeps state");
	}
}

static void interruptions(struct plan *plan, const struct plan_gateway *p)
{
	const struct saa_file_gateway *a = gateway_at(plan->from, p->old);
	const struct saa_file_gateway *b = gateway_at(plan->to, p->new);

	if (p->change == PLAN_REMOVE) {
		note(plan, p->name, "all flows through it end");
		return;
	}
	note_advertised(plan, p);
	if (!a)
		return;
	if (p->change == PLAN_CONVERT && b->mode == SAA_MODE_STATEFUL) {
		note(plan, p->name, "flows that need state on the way, as those with NAT of another kind or a firewall, go on only where their owner has it; others go on");
		if (b->n_snat)
			note(plan, p->name, "SNAT begins on one edge after the other: flows that begin meanwhile may fail; to avoid it, apply the file without snat first");
	} else if (p->change == PLAN_CONVERT) {
		note(plan, p->name, "flows that need state on the way break: they are on other edges afterwards");
	}
	if (p->tables && other_hash(plan))
		note(plan, p->name, "the hash is another one: nearly every flow changes its owner, and is dropped where it needs state");
	else if (p->moved > p->kept)
		note(plan, p->name, "flows in buckets that move to an SR without their state break where they need it");
	if (p->tables && a->gateway_id != b->gateway_id)
		note(plan, p->name, "with another id the MAC addresses of all shadow ports change: what is punted between the first edge that applies and the last is lost");
	note_groups(plan, p);
	note_ports(plan, p);
	note_pools(plan, p);
}

/* A file that an SR saved tells of that gateway, and of those below it. */
static bool is_told_of(const struct saa_file *f, const struct saa_file_gateway *gw)
{
	return saa_file_gateway_index(f, gw->name) >= 0 ||
	       (saa_file_has_link(gw) &&
		saa_file_gateway_index(f, gw->above->name) >= 0);
}

void plan_make(struct plan *plan, const struct saa_file *from,
	       const struct saa_file *to, const char *edge)
{
	const struct saa_file_gateway *gw;
	size_t i;

	*plan = (struct plan){ .from = from, .to = to, .edge = edge };
	for (i = 0; i < to->root->n_gateways; i++) {
		gw = &to->root->gateways[i];
		if (!edge || is_told_of(from, gw))
			add_gateway(plan, gw->name,
				    saa_file_gateway_index(from, gw->name), i);
	}
	for (i = 0; i < from->root->n_gateways; i++) {
		gw = &from->root->gateways[i];
		if (saa_file_gateway_index(to, gw->name) < 0)
			add_gateway(plan, gw->name, i, -1);
	}
	for (i = 0; i < plan->n_gateways; i++) {
		struct plan_gateway *p = &plan->gateways[i];

		if (!edge) {
			compare_pairs(plan, from, p->old, to, true);
			compare_pairs(plan, to, p->new, from, false);
		}
		interruptions(plan, p);
	}
	if (!plan->n_refusals)
		plan_steps(plan);
}

static uint32_t bucket(const struct saa_file *f, const struct saa_addr *a)
{
	struct saa_key key;

	saa_key_init(&key, f->key);
	return saa_hash(a->bytes, saa_addr_len(a), &key) & (f->buckets - 1);
}

void plan_free(struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->n_refusals; i++)
		free(plan->refusals[i].reason);
	for (i = 0; i < plan->n_notes; i++)
		free(plan->notes[i].text);
	for (i = 0; i < plan->n_steps; i++)
		free(plan->steps[i].run);
	for (i = 0; i < plan->n_gateways; i++) {
		saa_conf_free(&plan->gateways[i].before);
		saa_conf_free(&plan->gateways[i].after);
		free(plan->gateways[i].moves);
	}
	free(plan->gateways);
	free(plan->refusals);
	free(plan->pairs);
	free(plan->notes);
	free(plan->steps);
}

bool plan_touches(const struct plan *plan, const struct plan_gateway *gw,
		  const struct saa_addr *remote)
{
	const struct saa_row *old, *new;

	/* one that ends, or keeps no state, leaves all of its flows without */
	if (!gw->tables)
		return gw->before.n_rows;
	old = &gw->before.rows[bucket(plan->from, remote)];
	new = &gw->after.rows[bucket(plan->to, remote)];
	return !is_kept(gw, old, new);
}
