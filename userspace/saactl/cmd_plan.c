// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * saactl plan: what leads from one file to another, or from what this namespace
 * runs to a file. In the latter case the flows that conntrack has are counted.
 */
#include <stdlib.h>
#include <string.h>

#include "below.h"
#include "ct.h"
#include "plan.h"
#include "tool.h"

static const char usage[] =
"Usage: saactl plan [ OLD ] NEW [ rows ]\n"
"OLD and NEW are files; without OLD, it is what this network namespace runs.\n"
"With \"rows\" each bucket that moves is told, too.\n"
"Exit status 1: it is not allowed.\n";

static json_t *text_or_none(const char *s)
{
	return s ? json_text(s) : NULL;
}

/* Members without a value are left out. */
static json_t *object(const char *key, json_t *value)
{
	json_t *o = json_object();

	json_object_set_new(o, key, value);
	return o;
}

static void set(json_t *o, const char *key, json_t *value)
{
	if (value)
		json_object_set_new(o, key, value);
}

static const char *mode_of(const struct saa_file *f, int at)
{
	return at < 0 ? NULL : saa_mode_names[f->root->gateways[at].mode];
}

static json_t *gateways(const struct plan *plan)
{
	const struct plan_gateway *p = plan->gateways;
	json_t *list = json_array(), *o;
	const char *was, *is;

	for (; p < plan->gateways + plan->n_gateways; p++) {
		was = mode_of(plan->from, p->old);
		is = mode_of(plan->to, p->new);
		o = object("name", json_text(p->name));
		set(o, "change", json_string(plan_change_names[p->change]));
		set(o, "mode", json_string(is ? is : was));
		if (p->change == PLAN_CONVERT)
			set(o, "from", json_string(was));
		if (p->tables) {
			set(o, "buckets", json_integer(p->after.n_rows));
			set(o, "moved", json_integer(p->moved));
			set(o, "moved-to-backup", json_integer(p->kept));
		}
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *name_of_sr(const struct saa_file *f, uint16_t id)
{
	const struct saa_file_cluster *c = &f->root->cluster;
	uint32_t i;

	for (i = 0; i < c->n_edges; i++)
		if (c->edges[i].id == id)
			return json_text(c->edges[i].name);
	return NULL;
}

/* From whom to whom buckets move, and how many. */
static json_t *moves(const struct plan *plan)
{
	const struct plan_gateway *p = plan->gateways;
	json_t *list = json_array(), *o;
	size_t i;

	for (; p < plan->gateways + plan->n_gateways; p++)
		for (i = 0; i < p->n_moves; i++) {
			const struct plan_move *m = &p->moves[i];

			o = object("gateway", json_text(p->name));
			set(o, "from", name_of_sr(plan->from, m->from));
			set(o, "to", name_of_sr(plan->to, m->to));
			set(o, "buckets", json_integer(m->buckets));
			json_array_append_new(list, o);
		}
	return list;
}

json_t *plan_rows(const struct plan *plan)
{
	const struct plan_gateway *p = plan->gateways;
	json_t *list = json_array(), *o;
	uint32_t i;

	for (; p < plan->gateways + plan->n_gateways; p++)
		for (i = 0; p->n_moves && i < p->after.n_rows; i++) {
			if (p->before.rows[i].primary == p->after.rows[i].primary)
				continue;
			o = object("number", json_integer(i));
			set(o, "gateway", json_text(p->name));
			set(o, "from", name_of_sr(plan->from,
					       p->before.rows[i].primary));
			set(o, "to", name_of_sr(plan->to, p->after.rows[i].primary));
			json_array_append_new(list, o);
		}
	return list;
}

static json_t *refusals(const struct plan *plan)
{
	json_t *list = json_array(), *o;
	size_t i;

	for (i = 0; i < plan->n_refusals; i++) {
		const struct plan_refusal *r = &plan->refusals[i];

		o = object("gateway", json_text(r->gateway));
		set(o, "rule", json_string(r->rule));
		set(o, "why", json_text(r->reason));
		set(o, "instead", json_string(r->instead));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *pairs(const struct plan *plan)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < plan->n_pairs; i++)
		json_array_append_new(list, json_pack("{s:s, s:[s, s]}",
			"change", plan->pairs[i].gone ? "remove" : "add",
			"edges", plan->pairs[i].a, plan->pairs[i].b));
	return list;
}

static json_t *notes(const struct plan *plan)
{
	json_t *list = json_array(), *o;
	size_t i;

	for (i = 0; i < plan->n_notes; i++) {
		o = object("gateway", json_text(plan->notes[i].gateway));
		set(o, "why", json_text(plan->notes[i].text));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *steps(const struct plan *plan)
{
	json_t *list = json_array(), *o;
	size_t i;

	for (i = 0; i < plan->n_steps; i++) {
		o = object("number", json_integer(i + 1));
		set(o, "edge", text_or_none(plan->steps[i].edge));
		set(o, "run", json_text(plan->steps[i].run));
		set(o, "why", json_string(plan->steps[i].why));
		json_array_append_new(list, o);
	}
	return list;
}

json_t *plan_json(const struct plan *plan)
{
	json_t *all = json_object();

	set(all, "plan", json_pack("{s:s, s:o, s:o}", "verdict",
				   plan->n_refusals ? "refused" :
				   plan->n_steps ? "allowed" : "nothing-to-do",
				   "from", json_text(plan->from->path),
				   "to", json_text(plan->to->path)));
	set(all, "refusal", refusals(plan));
	set(all, "gateway", gateways(plan));
	set(all, "move", moves(plan));
	set(all, "sub-cluster", pairs(plan));
	set(all, "interruption", notes(plan));
	set(all, "step", steps(plan));
	return all;
}

/* What this namespace runs. */
struct running {
	struct saa_nl nl;
	struct saa_rtnl rt;
	struct saa_conf conf;
	char *text;
};

static bool leaves_north(struct running *r, const struct saa_addr *addr)
{
	uint32_t ifindex;
	size_t i;

	if (saa_rtnl_route(&r->rt, addr, &ifindex) || !ifindex)
		return false;
	for (i = 0; i < r->conf.n_groups; i++)
		if (r->conf.groups[i].ifindex == ifindex)
			return r->conf.groups[i].side == SAA_SIDE_NORTH;
	return false;
}

/* The remote address is where a flow goes, or else where it comes from. */
static int count_flows(struct running *r, const struct plan *plan, json_t *all)
{
	const struct plan_gateway *p = plan->gateways;
	struct saa_cts flows = { 0 };
	json_int_t touched = 0;
	char error[256];
	size_t i;

	while (p < plan->gateways + plan->n_gateways &&
	       strcmp(p->name, r->conf.gateway.name))
		p++;
	if (p == plan->gateways + plan->n_gateways)
		return EXIT_OK;
	if (saa_cts_get(&flows, error))
		return refuse("%s", error);
	for (i = 0; i < flows.n; i++) {
		const struct saa_tuple *t = &flows.at[i].orig;

		touched += plan_touches(plan, p, leaves_north(r, &t->dst) ?
						 &t->dst : &t->src);
	}
	set(all, "flows", json_pack("{s:s, s:I, s:I}", "gateway", p->name,
				    "here", (json_int_t)flows.n,
				    "lose-their-owner", touched));
	saa_cts_free(&flows);
	return EXIT_OK;
}

static struct saa_file *running_file(struct running *r)
{
	struct saa_diag d = { 0 };
	struct saa_file *f = NULL;
	struct below *below;
	size_t n;

	if (get_gateway(&r->nl, &r->conf))
		return NULL;
	if (!(r->conf.gateway.has & 1u << SAA_A_GATEWAY_KEY)) {
		refuse("reading what runs here, with its key, takes CAP_NET_ADMIN");
		return NULL;
	}
	if (below_get(&below, &n))
		return NULL;
	r->text = save_text(&r->conf, below, n);
	below_free(below, n);
	f = saa_file_parse("(running)", r->text, strlen(r->text), false, &d);
	if (!f)
		print_diag("(running)", &d);
	saa_diag_free(&d);
	return f;
}

static const char *running_edge(struct running *r, const struct saa_file *f)
{
	const struct saa_file_edge *e = f->root->cluster.edges;

	while (e->id != r->conf.gateway.sr)
		e++;
	return e->name;
}

static struct saa_file *load(const char *path)
{
	struct saa_diag d = { 0 };
	struct saa_file *f = saa_file_load(path, false, &d);

	print_diag(path, &d);
	saa_diag_free(&d);
	return f;
}

int cmd_plan(int argc, char **argv)
{
	struct saa_file *from = NULL, *to;
	struct running r = { 0 };
	bool rows, live;
	struct plan plan;
	json_t *all;
	int ret;

	if (is_help(argc, argv))
		return help(usage);
	if (!argc)
		return misuse("no FILE given");
	rows = argc > 1 && !strcmp(argv[argc - 1], "rows");
	argc -= rows;
	live = argc == 1;
	ret = no_more(argc - 2, argv + 2);
	if (ret)
		return ret;
	ret = EXIT_REFUSED;
	to = load(argv[argc - 1]);
	if (to)
		from = live ? running_file(&r) : load(argv[0]);
	if (!from)
		goto out;
	plan_make(&plan, from, to, live ? running_edge(&r, from) : NULL);
	ret = plan.n_refusals ? EXIT_REFUSED : EXIT_OK;
	all = plan_json(&plan);
	if (rows)
		set(all, "bucket", plan_rows(&plan));
	if (live && saa_rtnl_open(&r.rt))
		ret = refuse("%s", r.rt.error);
	else if (live && count_flows(&r, &plan, all))
		ret = EXIT_REFUSED;
	out(NULL, all);
	plan_free(&plan);
out:
	if (live && r.nl.sock) {
		saa_rtnl_close(&r.rt);
		saa_nl_close(&r.nl);
	}
	saa_conf_free(&r.conf);
	saa_file_free(from);
	saa_file_free(to);
	free(r.text);
	return ret;
}
