// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Plans from one file to another: what is refused and by which rule, the order
 * of the steps, the buckets and pairs that change, the flows that it touches.
 */
#include <stdio.h>

#include "apply.h"
#include "below.h"
#include "gateways.h"
#include "plan.h"
#include "table.h"
#include "tool.h"

struct made {
	struct saa_file *from, *to;
	struct plan plan;
};

static void make(struct made *m, const char *from, const char *to)
{
	m->from = good_file(from);
	m->to = good_file(to);
	free(m->from->path);
	m->from->path = saa_strdup("old.yaml");
	plan_make(&m->plan, m->from, m->to, NULL);
}

static void done(struct made *m)
{
	plan_free(&m->plan);
	saa_file_free(m->from);
	saa_file_free(m->to);
}

/* Each step as "EDGE COMMAND", without what is the same everywhere. */
static void check_steps(const char *from, const char *to, const char *want)
{
	struct made m;
	char *text = NULL;
	size_t size, i;
	FILE *f = open_memstream(&text, &size);

	make(&m, from, to);
	for (i = 0; i < m.plan.n_steps; i++)
		if (!strstr(m.plan.steps[i].run, "--dry-run"))
			fprintf(f, "%s%s%s\n", m.plan.steps[i].edge ?: "",
				m.plan.steps[i].edge ? " " : "",
				m.plan.steps[i].run);
	fclose(f);
	assert_string_equal(text, want);
	free(text);
	done(&m);
}

static void check_refused(const char *from, const char *to, const char *name,
			  const char *rule)
{
	struct made m;
	json_t *all;
	char *text;

	make(&m, from, to);
	assert_int_equal(m.plan.n_steps, 0);
	all = plan_json(&m.plan);
	text = json_dumps(all, 0);
	if (m.plan.n_refusals != 1 || strcmp(m.plan.refusals[0].gateway, name) ||
	    strcmp(m.plan.refusals[0].rule, rule))
		fail_msg("wanted %s of %s: %s", rule, name, text);
	assert_non_null(strstr(text, "\"verdict\": \"refused\""));
	assert_non_null(strstr(text, "\"instead\""));
	free(text);
	json_decref(all);
	done(&m);
}

#define ON(edges) T0 "    edges: [" edges "]\n"
#define STATELESS(edges) ON(edges) "    mode: stateless-active-active\n"
#define STANDBY T0 "    mode: active-standby\n    active: e1\n    standby: e2\n"

#define STANDBY1 "  - {name: t1, tier: 1, uplink: t0, mode: active-standby, active: e3, standby: e4, groups: []}\n"

/* R20. */
static void conversions(void **state)
{
	(void)state;
	check_refused(STANDBY, ON("e1, e2"), "t0", "one-owner");
	check_refused(ON("e1, e2"), STANDBY, "t0", "to-one");
	check_refused(STATELESS("e1, e2")
		      "  - {name: t1, tier: 1, uplink: t0, mode: distributed}\n",
		      ON("e1, e2")
		      "  - {name: t1, tier: 1, uplink: t0, mode: distributed}\n",
		      "t0", "detach");
	/* with a tier-1 from then on */
	check_refused(STATELESS("e1, e2"), ON("e1, e2") T1, "t0", "detach");
	check_refused(ON("e1, e2") STANDBY1, ON("e1, e2") T1, "t1", "one-owner");
	/* as apply does */
	check_refused(ON("e1, e2") T1, ON("e1, e2") T1 "    id: 9\n", "t1", "in-use");
	check_refused(ON("e1, e2") T1, ON("e1, e2") T1 "    namespaces: {e2: blue}\n",
		      "t1", "in-use");
	check_refused(ON("e1, e2") "  - {name: t1, groups: []}\n",
		      ON("e1, e2") T1, "t1", "tier");
	check_refused(ON("e1, e2") "  - {name: t9, groups: []}\n" T1,
		      ON("e1, e2") "  - {name: t9, groups: []}\n"
		      "  - {name: t1, tier: 1, uplink: t9, groups: "
		      "[{name: inside, id: 3, side: south, interface: eth3}]}\n",
		      "t1", "uplink");
}

static char *gateway_of(unsigned int tier, enum saa_mode mode)
{
	static const char *const edges[2][SAA_MODES] = {
		{ "edges: [e1, e2]", "edges: [e1, e2]",
		  "active: e1\n    standby: e2", "edges: []" },
		{ "groups: []", "groups: []",
		  "groups: []\n    active: e3\n    standby: e4", "" },
	};

	return saa_format("  - name: t%u\n%s    mode: %s\n    %s\n", tier,
			  tier ? "    tier: 1\n    uplink: t0\n" : T0_GROUPS,
			  saa_mode_names[mode], edges[tier][mode]);
}

/* The tables of the documentation, cell by cell; with NULL there is no such file. */
static void every_conversion(void **state)
{
	static const char *const rules[SAA_MODES][SAA_MODES][3] = {
		{ { 0 }, { "", "detach", "by-way" }, { "to-one", "to-one", "to-one" },
		  { NULL, NULL, "" } },
		{ { "", "detach", "by-way" }, { 0 }, { "", "", "" },
		  { NULL, NULL, "" } },
		{ { "one-owner", "one-owner", "one-owner" },
		  { "two-steps", "two-steps", "two-steps" }, { 0 },
		  { NULL, NULL, "two-steps" } },
		{ { NULL, NULL, "" }, { NULL, NULL, "" }, { NULL, NULL, "" }, { 0 } },
	};
	unsigned int cell, cells = 0;

	(void)state;
	for (cell = 0; cell < SAA_MODES * SAA_MODES * 3; cell++) {
		enum saa_mode mode[2] = { cell / 3 / SAA_MODES, cell / 3 % SAA_MODES };
		const char *want = rules[mode[0]][mode[1]][cell % 3], *got = "";
		bool tier1 = cell % 3 == 2;
		char *text[2];
		struct made m;
		size_t i;

		if (mode[0] == mode[1])
			continue;
		cells++;
		for (i = 0; i < 2; i++) {
			/* a tier-0 that this tier-1 may have */
			char *t1 = gateway_of(1, tier1 ? mode[i] : SAA_MODE_DISTRIBUTED);
			char *t0 = gateway_of(0, !tier1 ? mode[i] :
				mode[i] == SAA_MODE_STATELESS ||
				(mode[!i] == SAA_MODE_STATELESS &&
				 mode[i] != SAA_MODE_STATEFUL) ?
				SAA_MODE_STATELESS : SAA_MODE_STATEFUL);

			text[i] = saa_format("%s%s", t0, cell % 3 ? t1 : "");
			free(t0);
			free(t1);
		}
		if (want) {
			make(&m, text[0], text[1]);
			for (i = 0; i < m.plan.n_refusals; i++)
				if (!strcmp(m.plan.refusals[i].gateway,
					    tier1 ? "t1" : "t0"))
					got = m.plan.refusals[i].rule;
			if (strcmp(got, want) || (!*want && m.plan.n_refusals))
				fail_msg("wanted \"%s\", got \"%s\" for\n%s\nand\n%s",
					 want, got, text[0], text[1]);
			done(&m);
		} else {
			char *whole = saa_format("%s%s", cluster,
				text[mode[1] == SAA_MODE_DISTRIBUTED]);
			struct saa_diag d;

			assert_null(load(whole, &d));
			saa_diag_free(&d);
			free(whole);
		}
		free(text[0]);
		free(text[1]);
	}
	assert_int_equal(cells, 36);
}

/* What apply says of a namespace that runs the first gateway of @from. */
static int apply_over(const char *from, const char *to)
{
	struct apply a = { .path = "test.yaml", .netns = -1, .lock = -1 };
	struct saa_file *f = good_file(from);
	int ret;

	a.file = good_file(to);
	saa_file_conf(f, 0, 0, &a.old);
	saa_file_conf(a.file, 0, 0, &a.new);
	ret = apply_check(&a, false, false);
	saa_conf_free(&a.old);
	saa_conf_free(&a.new);
	saa_file_free(a.file);
	saa_file_free(f);
	return ret;
}

#define NAMED(name) "  - name: " name "\n    id: 7\n" T0_GROUPS

/* The same id is the same gateway: a new name is no way round the rules. */
static void apply_by_another_name(void **state)
{
	static const char one[] = NAMED("t0") "    mode: active-standby\n    active: e1\n    standby: e2\n";
	static const char renamed[] = NAMED("t9") "    mode: active-standby\n    active: e1\n    standby: e2\n";

	(void)state;
	assert_int_equal(apply_over(one, one), EXIT_OK);
	assert_int_equal(apply_over(one, renamed), EXIT_OK);
	assert_int_equal(apply_over(one, NAMED("t0") "    edges: [e1, e2]\n"), EXIT_REFUSED);
	assert_int_equal(apply_over(one, NAMED("t9") "    edges: [e1, e2]\n"), EXIT_REFUSED);
	assert_int_equal(apply_over(one, NAMED("t9") "    mode: stateless-active-active\n"), EXIT_REFUSED);
	assert_int_equal(apply_over(NAMED("t0") "    edges: [e1, e2]\n", renamed), EXIT_REFUSED);
	assert_int_equal(apply_over(NAMED("t0") "    edges: [e1, e2]\n", NAMED("t9") "    edges: [e1, e2]\n"), EXIT_OK);
}

/* Every edge takes what is punted before one begins, and until none does. */
static void two_rounds(void **state)
{
	struct made m;

	(void)state;
	check_steps(STATELESS("e1, e2"), ON("e1, e2"),
		"saactl check test.yaml\n"
		"e1 saactl apply test.yaml --edge e1 --gateway t0 --alone\n"
		"e2 saactl apply test.yaml --edge e2 --gateway t0 --alone\n"
		"e1 saactl apply test.yaml --edge e1 --gateway t0\n"
		"e2 saactl apply test.yaml --edge e2 --gateway t0\n");
	check_steps(ON("e1, e2"), STATELESS("e1, e2"),
		"saactl check test.yaml\n"
		"e1 saactl save | saactl apply - --edge e1 --gateway t0 --alone\n"
		"e2 saactl save | saactl apply - --edge e2 --gateway t0 --alone\n"
		"e1 saactl apply test.yaml --edge e1 --gateway t0\n"
		"e2 saactl apply test.yaml --edge e2 --gateway t0\n");
	make(&m, STATELESS("e1, e2"), ON("e1, e2")
	     "    snat: [{group: north, to: 198.51.100.1}]\n");
	assert_int_equal(m.plan.n_notes, 2);
	assert_non_null(strstr(m.plan.notes[1].text, "apply the file without snat first"));
	done(&m);
}

/* One that takes the place of another one: refused before that has gone. */
static void dry_run_last(void **state)
{
	struct made m;
	size_t i, del = 0, dry = 0;

	(void)state;
	make(&m, ON("e1, e2"), "  - {name: t9, edges: [e1, e2], groups: []}\n");
	for (i = 0; i < m.plan.n_steps; i++) {
		if (strstr(m.plan.steps[i].run, "gateway del"))
			del = i;
		if (!dry && strstr(m.plan.steps[i].run, "--dry-run"))
			dry = i;
	}
	assert_true(del && dry > del);
	done(&m);
}

/* New edges first, those that leave last. */
static void edges_come_and_go(void **state)
{
	struct made m;

	(void)state;
	check_steps(ON("e1, e2"), ON("e1, e2, e3, e4"),
		"saactl check test.yaml\n"
		"e3 saactl apply test.yaml --edge e3 --gateway t0\n"
		"e4 saactl apply test.yaml --edge e4 --gateway t0\n"
		"e1 saactl apply test.yaml --edge e1 --gateway t0\n"
		"e2 saactl apply test.yaml --edge e2 --gateway t0\n");
	check_steps(ON("e1, e2, e3, e4"), ON("e3, e4"),
		"saactl check test.yaml\n"
		"e3 saactl apply test.yaml --edge e3 --gateway t0\n"
		"e4 saactl apply test.yaml --edge e4 --gateway t0\n"
		"e1 saactl gateway del t0\n"
		"e2 saactl gateway del t0\n");
	make(&m, ON("e1, e2"), ON("e1, e2, e3, e4"));
	assert_int_equal(m.plan.gateways[0].change, PLAN_EDIT);
	assert_int_equal(m.plan.gateways[0].moved, 128);
	assert_int_equal(m.plan.gateways[0].kept, 0);
	assert_int_equal(m.plan.n_pairs, 1);
	assert_false(m.plan.pairs[0].gone);
	assert_string_equal(m.plan.pairs[0].a, "e3");
	assert_string_equal(m.plan.pairs[0].b, "e4");
	assert_int_equal(m.plan.n_notes, 1);
	done(&m);
}

/* Each bucket that moves is told, and from whom to whom. */
static void buckets_move(void **state)
{
	json_t *all, *rows, *o;
	struct made m;
	char *text;
	size_t i;

	(void)state;
	make(&m, ON("e1, e2") "    table: ['1/2*254 2/1*2']\n",
	     ON("e1, e2, e3, e4") "    table: ['3/4*2 1/2*252 4/3*2']\n");
	all = plan_json(&m.plan);
	text = out_text(NULL, all);
	assert_non_null(strstr(text, " buckets 256 moved 4 moved-to-backup 0\n"
			       "move gateway t0 from e1 to e3 buckets 2\n"
			       "move gateway t0 from e2 to e4 buckets 2\n"));
	free(text);
	json_decref(all);
	rows = plan_rows(&m.plan);
	assert_int_equal(json_array_size(rows), 4);
	json_array_foreach(rows, i, o) {
		assert_int_equal(json_integer_value(json_object_get(o, "number")),
				 i + (i < 2 ? 0 : 252));
		assert_string_equal(json_string_value(json_object_get(o, "to")),
				    i < 2 ? "e3" : "e4");
	}
	json_decref(rows);
	done(&m);
}

/* Is there a note about the gateway that says so? */
static bool noted(const struct plan *plan, const char *name, const char *text)
{
	size_t i;

	for (i = 0; i < plan->n_notes; i++)
		if (!strcmp(plan->notes[i].gateway, name) &&
		    strstr(plan->notes[i].text, text))
			return true;
	return false;
}

/* A tier-1 with a link comes and goes with its tier-0's apply, others on their own. */
static void tiers(void **state)
{
	static const char both[] =
		"saactl check test.yaml\n"
		"e1 saactl apply test.yaml --edge e1 --gateway t0\n"
		"e2 saactl apply test.yaml --edge e2 --gateway t0\n";
	struct made m;

	(void)state;
	check_steps(ON("e1, e2"), ON("e1, e2") T1, both);
	check_steps(ON("e1, e2") T1, ON("e1, e2"), both);
	/* its own rules only */
	check_steps(ON("e1, e2") T1, ON("e1, e2") T1
		    "    snat: [{group: uplink, source: 10.0.0.0/8, to: 198.51.100.1}]\n",
		    both);
	check_steps(ON("e1, e2"), ON("e1, e2") STANDBY1,
		"saactl check test.yaml\n"
		"e3 saactl apply test.yaml --edge e3 --gateway t1 --alone\n"
		"e4 saactl apply test.yaml --edge e4 --gateway t1 --alone\n"
		"e3 saactl apply test.yaml --edge e3 --gateway t1\n"
		"e4 saactl apply test.yaml --edge e4 --gateway t1\n");
	/* all of it goes: tier-1 first */
	check_steps(ON("e1, e2") STANDBY1, "  - {name: t9, groups: []}\n",
		"saactl check test.yaml\n"
		"e3 saactl save | saactl apply - --edge e3 --gateway t1 --alone\n"
		"e4 saactl save | saactl apply - --edge e4 --gateway t1 --alone\n"
		"e3 saactl gateway del t1\n"
		"e4 saactl gateway del t1\n"
		"e1 saactl save | saactl apply - --edge e1 --gateway t0 --alone\n"
		"e2 saactl save | saactl apply - --edge e2 --gateway t0 --alone\n"
		"e1 saactl gateway del t0\n"
		"e2 saactl gateway del t0\n"
		"e1 saactl apply test.yaml --edge e1 --gateway t9 --alone\n"
		"e2 saactl apply test.yaml --edge e2 --gateway t9 --alone\n"
		"e3 saactl apply test.yaml --edge e3 --gateway t9 --alone\n"
		"e4 saactl apply test.yaml --edge e4 --gateway t9 --alone\n"
		"e5 saactl apply test.yaml --edge e5 --gateway t9 --alone\n"
		"e6 saactl apply test.yaml --edge e6 --gateway t9 --alone\n"
		"e1 saactl apply test.yaml --edge e1 --gateway t9\n"
		"e2 saactl apply test.yaml --edge e2 --gateway t9\n"
		"e3 saactl apply test.yaml --edge e3 --gateway t9\n"
		"e4 saactl apply test.yaml --edge e4 --gateway t9\n"
		"e5 saactl apply test.yaml --edge e5 --gateway t9\n"
		"e6 saactl apply test.yaml --edge e6 --gateway t9\n");
	make(&m, ON("e1, e2") T1, ON("e1, e2"));
	assert_true(noted(&m.plan, "t1", "all flows through it end"));
	done(&m);
}

/* What the configuration of no SR has, and is applied nevertheless. */
static void around(void **state)
{
	static const char both[] =
		"saactl check test.yaml\n"
		"e1 saactl apply test.yaml --edge e1 --gateway t0\n"
		"e2 saactl apply test.yaml --edge e2 --gateway t0\n";
	struct made m;

	(void)state;
	check_steps(ON("e1, e2") T1, ON("e1, e2") T1 "    advertise: [10.1.0.0/16]\n",
		    both);
	check_steps(ON("e1, e2") T1 "    advertise: [10.1.0.0/16, 10.2.0.0/16]\n",
		    ON("e1, e2") T1 "    advertise: [10.1.0.0/16, 10.2.0.0/17]\n",
		    both);
	check_steps(ON("e1, e2") T1 "    advertise: [10.1.0.0/16, 10.2.0.0/16]\n",
		    ON("e1, e2") T1 "    advertise: [10.2.0.0/16, 10.1.0.0/16]\n", "");
	check_steps(ON("e1, e2") T1, ON("e1, e2") T1 "    netns: t1\n", "");
	check_steps(ON("e1, e2"), ON("e1, e2") "    set-device-group: true\n", both);
	/* both go from two edges, and altogether: "gateway del" takes both */
	check_steps(ON("e1, e2, e3, e4") T1, ON("e3, e4") T1,
		"saactl check test.yaml\n"
		"e3 saactl apply test.yaml --edge e3 --gateway t0\n"
		"e4 saactl apply test.yaml --edge e4 --gateway t0\n"
		"e1 saactl gateway del t0\n"
		"e2 saactl gateway del t0\n");
	check_steps(ON("e1, e2") T1, "  - {name: t9, edges: [e1, e2], groups: []}\n",
		"saactl check test.yaml\n"
		"e1 saactl save | saactl apply - --edge e1 --gateway t0 --alone\n"
		"e2 saactl save | saactl apply - --edge e2 --gateway t0 --alone\n"
		"e1 saactl gateway del t0\n"
		"e2 saactl gateway del t0\n"
		"e1 saactl apply test.yaml --edge e1 --gateway t9 --alone\n"
		"e2 saactl apply test.yaml --edge e2 --gateway t9 --alone\n"
		"e1 saactl apply test.yaml --edge e1 --gateway t9\n"
		"e2 saactl apply test.yaml --edge e2 --gateway t9\n");
	make(&m, ON("e1, e2") T1, ON("e1, e2") T1 "    advertise: [10.1.0.0/16]\n");
	assert_true(noted(&m.plan, "t1", "begins or ceases to advertise"));
	assert_int_equal(m.plan.n_notes, 1);
	done(&m);
}

#define POOL(range) "    snat: [{group: north, to: " range "}]\n"

/* What is lost while edges differ. */
static void losses(void **state)
{
	struct made m;

	(void)state;
	make(&m, ON("e1, e2"), ON("e1, e2") T1 "    advertise: [10.1.0.0/16]\n");
	assert_true(noted(&m.plan, "t0", "groups that come or go (t1)"));
	assert_true(noted(&m.plan, "t1", "apply the file without advertise first"));
	assert_true(noted(&m.plan, "t1", "clsact"));
	assert_int_equal(m.plan.n_notes, 3);
	assert_int_equal(m.plan.n_pairs, 0);	/* the tier-0 has it already */
	done(&m);
	make(&m, ON("e1, e2"), T0
	     "      - {name: dmz, id: 7, side: north, interface: eth3}\n"
	     "      - {name: lab, id: 8, side: north, interface: eth4}\n"
	     "    edges: [e1, e2]\n");
	assert_true(noted(&m.plan, "t0", "groups that come or go (dmz, lab)"));
	assert_int_equal(m.plan.n_notes, 1);
	done(&m);
	make(&m, ON("e1, e2"), ON("e1, e2") T1);
	assert_true(noted(&m.plan, "t0", "groups that come or go (t1)"));
	done(&m);
	make(&m, ON("e1, e2") POOL("198.51.100.1-198.51.100.4"),
	     ON("e1, e2") POOL("198.51.100.2-198.51.100.5"));
	assert_true(noted(&m.plan, "t0", "go from its SNAT pools"));
	done(&m);
	make(&m, ON("e1, e2") POOL("198.51.100.1-198.51.100.4"),
	     ON("e1, e2") POOL("198.51.100.0-198.51.100.5"));
	assert_int_equal(m.plan.n_notes, 0);
	done(&m);
}

static void other_ports(void **state)
{
	struct saa_file *f = good_file(ON("e1, e2")), *g = good_file(ON("e1, e2"));
	struct plan plan;

	(void)state;
	free(g->root->cluster.punt.north);
	g->root->cluster.punt.north = saa_strdup("other");
	plan_make(&plan, f, g, NULL);
	assert_int_equal(plan.n_notes, 1);
	assert_true(noted(&plan, "t0", "with other shadow ports"));
	plan_free(&plan);
	saa_file_free(f);
	saa_file_free(g);
}

/* A linked tier-1 does not get another transport, as apply refuses it. */
static void other_transport(void **state)
{
	struct saa_file *f = good_file(ON("e1, e2") T1), *g = good_file(ON("e1, e2") T1);
	struct saa_file_punt *punt;
	struct plan plan;

	(void)state;
	punt = &g->root->cluster.punt;
	punt->kind = SAA_TRANSPORT_GENEVE;
	punt->north_vni = saa_zalloc(sizeof(*punt->north_vni));
	punt->south_vni = saa_zalloc(sizeof(*punt->south_vni));
	plan_make(&plan, f, g, NULL);
	assert_int_equal(plan.n_refusals, 1);
	assert_string_equal(plan.refusals[0].rule, "in-use");
	plan_free(&plan);
	saa_file_free(f);
	saa_file_free(g);
}

static void nothing_to_do(void **state)
{
	struct made m;
	json_t *all;
	char *text;

	(void)state;
	make(&m, ON("e1, e2") T1, ON("e2, e1") T1);
	assert_int_equal(m.plan.n_steps, 0);
	all = plan_json(&m.plan);
	text = out_text(NULL, all);
	assert_string_equal(text,
		"plan nothing-to-do from old.yaml to test.yaml\n"
		"gateway t0 change none mode stateful-active-active buckets 256 moved 0 moved-to-backup 0\n"
		"gateway t1 change none mode stateful-active-active buckets 256 moved 0 moved-to-backup 0\n");
	free(text);
	json_decref(all);
	done(&m);
}

/* The text that an operator sees, once in full. */
static void as_text(void **state)
{
	struct made m;
	json_t *all;
	char *text;

	(void)state;
	make(&m, STATELESS("e1, e2"), ON("e1, e2"));
	all = plan_json(&m.plan);
	text = out_text(NULL, all);
	assert_non_null(strstr(text, "plan allowed from old.yaml to test.yaml\n"
		"gateway t0 change convert mode stateful-active-active from stateless-active-active\n"
		"sub-cluster change add edges e1,e2\n"
		"interruption gateway t0\n    why flows that need state"));
	assert_non_null(strstr(text, "step 1 run saactl check test.yaml\n    why the whole file"));
	assert_non_null(strstr(text, "step 2 edge e1 run saactl apply test.yaml --edge e1 --gateway t0 --dry-run\n"));
	free(text);
	json_decref(all);
	done(&m);
}

/* Another key, another id. */
static void other_identity(void **state)
{
	struct saa_file *f = good_file(ON("e1, e2")), *g;
	struct plan plan;

	(void)state;
	g = good_file(ON("e1, e2") "    id: 9\n");
	plan_make(&plan, f, g, NULL);
	assert_int_equal(plan.n_notes, 1);
	assert_non_null(strstr(plan.notes[0].text, "MAC addresses"));
	plan_free(&plan);
	saa_file_free(g);
	g = good_file(ON("e1, e2"));
	g->key[0] ^= 1;
	plan_make(&plan, f, g, NULL);
	assert_int_equal(plan.gateways[0].moved, 256);
	assert_non_null(strstr(plan.notes[0].text, "the hash is another one"));
	plan_free(&plan);
	saa_file_free(g);
	saa_file_free(f);
}

/* As many flows as buckets, in proportion; none where the backup takes over. */
static void flows(void **state)
{
	struct saa_addr a = { .family = AF_INET, .bytes = { 192, 0, 2, 0 } };
	unsigned int i, n = 0;
	struct made m;

	(void)state;
	make(&m, ON("e1, e2"), ON("e1, e2, e3, e4"));
	for (i = 0; i < 20000; i++) {
		a.bytes[2] = i >> 8;
		a.bytes[3] = i;
		n += plan_touches(&m.plan, &m.plan.gateways[0], &a);
	}
	assert_in_range(n, 9000, 11000);
	done(&m);
	make(&m, STATELESS("e1, e2"), ON("e1, e2"));
	assert_false(plan_touches(&m.plan, &m.plan.gateways[0], &a));
	done(&m);
	/* nobody has them any more */
	make(&m, ON("e1, e2"), STATELESS("e1, e2"));
	assert_true(plan_touches(&m.plan, &m.plan.gateways[0], &a));
	done(&m);
	make(&m, ON("e1, e2"), "  - {name: t9, edges: [e1, e2], groups: []}\n");
	assert_string_equal(m.plan.gateways[1].name, "t0");
	assert_true(plan_touches(&m.plan, &m.plan.gateways[1], &a));
	assert_false(plan_touches(&m.plan, &m.plan.gateways[0], &a));
	done(&m);
	/* each to its backup: lost without sync, kept with it */
	make(&m, ON("e1, e2") "    table: ['2/1*255 1/2']\n", T0 "    edges: [e1, e2]\n    table: ['1/2*255 2/1']\n");
	assert_int_equal(m.plan.gateways[0].moved, 256);
	assert_true(plan_touches(&m.plan, &m.plan.gateways[0], &a));
	m.plan.gateways[0].before.sync.has = 1;
	m.plan.gateways[0].after.sync.has = 1;
	assert_false(plan_touches(&m.plan, &m.plan.gateways[0], &a));
	done(&m);
}

/* What one SR saved says nothing of tiers, and of other edges. */
static void from_running(void **state)
{
	struct saa_file *saved, *to = good_file(ON("e1, e2") T1);
	struct saa_diag d = { 0 };
	struct saa_conf conf;
	struct plan plan;
	char *text;

	(void)state;
	saa_file_conf(to, 1, 1, &conf);
	text = save_text(&conf, NULL, 0);
	saved = saa_file_parse("(running)", text, strlen(text), true, &d);
	assert_non_null(saved);
	plan_make(&plan, saved, to, "e2");
	assert_int_equal(plan.n_refusals, 0);
	assert_int_equal(plan.n_gateways, 1);
	assert_int_equal(plan.gateways[0].change, PLAN_NONE);
	assert_int_equal(plan.gateways[0].moved, 0);
	assert_int_equal(plan.n_pairs, 0);
	plan_free(&plan);
	free(text);
	saa_conf_free(&conf);
	saa_file_free(saved);
	saa_file_free(to);
	saa_diag_free(&d);
}

/* What is saved where the tier-0 runs has the tier-1s that are linked with it. */
static void from_running_tiers(void **state)
{
	struct saa_file *saved, *to = good_file(ON("e1, e2") T1
		"    advertise: [10.1.0.0/16, 'fd00::/64']\n    netns: blue\n"
		"    snat: [{group: uplink, to: 198.51.100.1}]\n"), *other;
	struct saa_diag d = { 0 };
	struct below t1 = { .name = "t1", .netns = "blue" };
	struct saa_route routes[2] = {
		{ .dst = to->root->gateways[1].prefixes[1].addr, .len = 64 },
		{ .dst = to->root->gateways[1].prefixes[0].addr, .len = 16 },
	};
	struct saa_conf t0;
	struct plan plan;
	char *text;
	int i;

	(void)state;
	t1.routes = (struct saa_routes){ routes, 2 };
	saa_file_conf(to, 0, 1, &t0);
	saa_file_conf(to, 1, 1, &t1.conf);
	for (i = 0; i < 2; i++) {
		if (i)
			t0.rows[3] = (struct saa_row){ t0.rows[3].backup,
						       t0.rows[3].primary };
		text = save_text(&t0, &t1, 1);
		saved = saa_file_parse("(running)", text, strlen(text), true, &d);
		if (!saved)
			fail_msg("%u: %s\n%s", d.notes[0].line, d.notes[0].text, text);
		plan_make(&plan, saved, to, "e2");
		assert_int_equal(plan.n_gateways, 2);
		assert_int_equal(plan.gateways[0].change, i ? PLAN_EDIT : PLAN_NONE);
		assert_int_equal(plan.gateways[1].change, i ? PLAN_EDIT : PLAN_NONE);
		plan_free(&plan);
		free(text);
		if (!i)
			saa_file_free(saved);
	}
	saa_file_free(saved);

	/* seen from the tier-1: applied with the tier-0, which is not told of */
	other = good_file(ON("e1, e2") T1 "    netns: blue\n");
	text = save_text(&t1.conf, NULL, 0);
	saved = saa_file_parse("(running)", text, strlen(text), true, &d);
	assert_non_null(saved);
	plan_make(&plan, saved, other, "e2");
	assert_int_equal(plan.n_gateways, 1);
	assert_int_equal(plan.n_refusals, 0);
	assert_int_equal(plan.gateways[0].change, PLAN_EDIT);
	assert_int_equal(plan.n_steps, 5);
	assert_string_equal(plan.steps[4].run,
			    "saactl apply test.yaml --edge e2 --gateway t0");
	plan_free(&plan);
	free(text);
	saa_file_free(saved);

	/* one that is not there yet, and one that is not wanted any more */
	text = save_text(&t0, NULL, 0);
	saved = saa_file_parse("(running)", text, strlen(text), true, &d);
	assert_non_null(saved);
	plan_make(&plan, saved, to, "e2");
	assert_int_equal(plan.n_gateways, 2);
	assert_int_equal(plan.gateways[1].change, PLAN_ADD);
	plan_free(&plan);
	free(text);
	saa_file_free(saved);
	saa_conf_free(&t0);
	saa_conf_free(&t1.conf);
	saa_file_free(other);
	saa_file_free(to);
	saa_diag_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conversions),
		cmocka_unit_test(every_conversion),
		cmocka_unit_test(apply_by_another_name),
		cmocka_unit_test(two_rounds),
		cmocka_unit_test(edges_come_and_go),
		cmocka_unit_test(buckets_move),
		cmocka_unit_test(dry_run_last),
		cmocka_unit_test(tiers),
		cmocka_unit_test(nothing_to_do),
		cmocka_unit_test(as_text),
		cmocka_unit_test(other_identity),
		cmocka_unit_test(flows),
		cmocka_unit_test(around),
		cmocka_unit_test(losses),
		cmocka_unit_test(other_ports),
		cmocka_unit_test(other_transport),
		cmocka_unit_test(from_running),
		cmocka_unit_test(from_running_tiers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
