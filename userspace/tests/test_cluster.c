// SPDX-License-Identifier: GPL-2.0-or-later
/* A whole cluster, drawn from the tree that is its JSON. */
#include "cluster.h"
#include "gateways.h"
#include "tool.h"

static void drawn(void **state)
{
	struct saa_file *f = good_file(T0 "    edges: [e1, e2, e3, e4]\n"
		"  - name: blue\n    tier: 1\n    uplink: t0\n    id: 1\n"
		"    advertise: [10.1.0.0/16, 10.2.0.0/16]\n"
		"    groups: [{name: inside, id: 3, side: south, "
		"interface: b0, interfaces: {e2: \"b\\u00e4r\"}}]\n"
		"  - {name: red, tier: 1, uplink: t0, id: 2, mode: distributed}\n"
		"  - {name: old, tier: 1, uplink: t0, id: 3, mode: active-standby, active: e6, standby: e5, groups: []}\n"
		"  - {name: plain, id: 4, mode: stateless-active-active, edges: [e1, e2], "
		"groups: [{name: out, id: 1, side: north, interfaces: {e1: eth1, e2: eth9}}]}\n");
	json_t *all = json_cluster(f);
	char *text = cluster_text(all), *names = json_dumps(all, 0);

	(void)state;
	assert_string_equal(text,
		"cluster c buckets 256\n"
		"edge e1 id 1 failure-domain a\n"
		"edge e2 id 2 failure-domain b\n"
		"edge e3 id 3 failure-domain a\n"
		"edge e4 id 4 failure-domain b\n"
		"edge e5 id 5 failure-domain a\n"
		"edge e6 id 6 failure-domain b\n"
		"sub-cluster edges e1,e2\n"
		"sub-cluster edges e3,e4\n"
		"sub-cluster edges e5,e6\n"
		"gateway t0 id 63039 tier 0 mode stateful-active-active\n"
		"    edge  failure-domain  partner  primary  share  north:north  south:south  south:blue\n"
		"    e1    a               e2       64       25.0%  eth1         eth2         t1-1\n"
		"    e2    b               e1       64       25.0%  eth1         eth2         t1-1\n"
		"    e3    a               e4       64       25.0%  eth1         eth2         t1-1\n"
		"    e4    b               e3       64       25.0%  eth1         eth2         t1-1\n"
		"gateway blue id 1 tier 1 mode stateful-active-active uplink t0 advertise 10.1.0.0/16,10.2.0.0/16\n"
		"    edge  failure-domain  partner  primary  share  south:inside  north:uplink\n"
		"    e1    a               e2       64       25.0%  b0            uplink\n"
		"    e2    b               e1       64       25.0%  b\303\244r           uplink\n"
		"    e3    a               e4       64       25.0%  b0            uplink\n"
		"    e4    b               e3       64       25.0%  b0            uplink\n"
		"gateway red id 2 tier 1 mode distributed uplink t0\n"
		"gateway old id 3 tier 1 mode active-standby uplink t0\n"
		"    edge  failure-domain  partner  primary  share\n"
		"    e5    a               e6       0        0.0%\n"
		"    e6    b               e5       256      100.0%\n"
		"gateway plain id 4 tier 0 mode stateless-active-active\n"
		"    edge  failure-domain  partner  primary  share  north:out\n"
		"    e1    a               -        -        -      eth1\n"
		"    e2    b               -        -        -      eth9\n");
	assert_non_null(strstr(names, "\"members\": {\"north\": \"eth1\", \"south\": \"eth2\", \"blue\": \"t1-1\"}"));
	free(text);
	free(names);
	json_decref(all);
	saa_file_free(f);
}

/* One that runs has two columns more. */
static void drawn_running(void **state)
{
	struct saa_file *f = good_file(T0 "    edges: [e1, e2]\n");
	json_t *all = json_cluster(f), *gateway, *sr;
	char *text;
	size_t i;

	(void)state;
	gateway = json_array_get(json_object_get(all, "gateway"), 0);
	json_object_set_new(gateway, "seen-by", json_string("e1"));
	json_array_foreach(json_object_get(gateway, "sr"), i, sr) {
		json_object_set_new(sr, "state", json_string(i ? "down" : "up"));
		json_object_set_new(sr, "owned", json_integer(i ? 0 : 256));
	}
	text = cluster_text(all);
	assert_non_null(strstr(text,
		"gateway t0 id 63039 tier 0 mode stateful-active-active seen-by e1\n"
		"    edge  failure-domain  partner  primary  share  state  owned  north:north  south:south\n"
		"    e1    a               e2       128      50.0%  up     256    eth1         eth2\n"
		"    e2    b               e1       128      50.0%  down   0      eth1         eth2\n"));
	free(text);
	json_decref(all);
	saa_file_free(f);
}

/* The same pairs from what one SR knows: its table. */
static void pairs_of_table(void **state)
{
	struct saa_file *f = good_file(T0 "    edges: [e1, e2, e3, e4]\n"
		"  - {name: old, tier: 1, uplink: t0, id: 3, mode: active-standby, active: e6, standby: e5, groups: []}\n");
	struct saa_conf conf;
	json_t *pairs;
	char *text;

	(void)state;
	saa_file_conf(f, 0, 0, &conf);
	text = out_text("sub-cluster", pairs = json_pairs(&conf));
	assert_string_equal(text, "sub-cluster edges e1,e2\nsub-cluster edges e3,e4\n");
	free(text);
	json_decref(pairs);
	conf.rows[0] = (struct saa_row){ 1, 3 };	/* by hand */
	conf.rows[1] = (struct saa_row){ 1, 2 };
	text = out_text("sub-cluster", pairs = json_pairs(&conf));
	assert_null(strstr(text, "e1,e3"));
	free(text);
	json_decref(pairs);
	saa_conf_free(&conf);
	saa_file_conf(f, 1, 4, &conf);
	text = out_text("sub-cluster", pairs = json_pairs(&conf));
	assert_string_equal(text, "sub-cluster edges e6,e5\n");
	free(text);
	json_decref(pairs);
	saa_conf_free(&conf);
	saa_file_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(drawn),
		cmocka_unit_test(drawn_running),
		cmocka_unit_test(pairs_of_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
