// SPDX-License-Identifier: GPL-2.0-or-later
/* saactl show, save: the gateway at a glance, a whole cluster, and as a file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "below.h"
#include "cluster.h"
#include "tool.h"
#include "wire.h"

static const char usage[] =
"Usage: saactl [ show ]\n"
"       saactl show FILE\n"
"       saactl save\n"
"With FILE, what it describes: edges, pairs, gateways, and their SRs; and of the\n"
"gateway that runs here and those below it, how this SR sees the others now.\n";

static json_t *by_text(json_t *list, const char *key, const char *text)
{
	json_t *o;
	size_t i;

	json_array_foreach(list, i, o)
		if (!strcmp(json_string_value(json_object_get(o, key)), text))
			return o;
	return NULL;
}

/* Does the file say what runs here? */
static bool is_as_in_file(const struct saa_file *f, size_t g, const char *edge,
			  const struct saa_conf *conf)
{
	int at = saa_file_edge_index(f, edge);
	struct saa_conf want;
	json_t *changes;
	bool same;

	if (at < 0 || !f->root->gateways[g].runs_on[at])
		return false;
	saa_file_conf(f, g, at, &want);
	/* "apply" chooses the namespace where it is not given */
	if (!(want.sync.has & 1u << SAA_A_SYNC_NETNS_FD))
		memcpy(want.sync.netns_name, conf->sync.netns_name,
		       sizeof(want.sync.netns_name));
	changes = diff_conf(conf, &want);
	same = !json_array_size(changes);
	json_decref(changes);
	saa_conf_free(&want);
	return same;
}

/* What the kernel knows and the file does not: states, and who owns what now. */
static void add_running(const struct saa_file *f, json_t *all,
			const struct saa_conf *conf)
{
	int g = saa_file_gateway_index(f, conf->gateway.name);
	const char *edge = saa_conf_sr_name(conf, conf->gateway.sr);
	json_t *gateway, *running, *sr, *to;
	size_t i;

	if (!conf->gateway.has || g < 0)
		return;
	gateway = json_array_get(json_object_get(all, "gateway"), g);
	json_object_set_new(gateway, "seen-by", json_text(edge));
	if (!is_as_in_file(f, g, edge, conf))
		json_object_set_new(gateway, "differs", json_true());
	running = json_srs(conf);
	json_array_foreach(running, i, sr) {
		to = by_text(json_object_get(gateway, "sr"), "edge",
			     json_string_value(json_object_get(sr, "name")));
		if (!to)
			continue;
		json_object_set(to, "state", json_object_get(sr, "state"));
		json_object_set(to, "owned", json_object_get(sr, "owned"));
	}
	json_decref(running);
}

/* Nothing where there is no kernel module, as on the desk of the operator. */
static void add_all_running(const struct saa_file *f, json_t *all)
{
	struct saa_conf conf = { 0 };
	struct below *below;
	struct saa_nl nl;
	size_t n, i;

	if (saa_nl_open(&nl))
		return;
	if (!saa_nl_get(&nl, 0, &conf) && conf.gateway.has &&
	    !below_get(&below, &n)) {
		add_running(f, all, &conf);
		for (i = 0; i < n; i++)
			add_running(f, all, &below[i].conf);
		below_free(below, n);
	}
	saa_conf_free(&conf);
	saa_nl_close(&nl);
}

static int show_file(const char *path)
{
	struct saa_diag d = { 0 };
	struct saa_file *f = saa_file_load(path, false, &d);
	char *text;
	json_t *all;
	int ret = print_diag(path, &d);

	saa_diag_free(&d);
	if (ret)
		return ret;
	all = json_cluster(f);
	add_all_running(f, all);
	if (opt.json) {
		out(NULL, all);
	} else {
		text = cluster_text(all);
		fputs(text, stdout);
		free(text);
		json_decref(all);
	}
	saa_file_free(f);
	return EXIT_OK;
}

/* What "apply" linked with it, by the links: anyone may see those. */
static json_t *json_tier1s(void)
{
	char name[SAA_NAME_SIZE], netns[SAA_NETNS_NAME_MAX + 1];
	struct saa_link *links = NULL;
	json_t *list = json_array();
	struct saa_rtnl rt;
	unsigned int id;
	size_t n = 0, i;

	if (saa_rtnl_open(&rt) || saa_rtnl_links(&rt, &links, &n))
		warn("%s", rt.error);
	for (i = 0; i < n; i++)
		if (wire_parse(&links[i], &id, name, netns))
			json_array_append_new(list, json_pack("{s:o, s:i, s:o, s:o}",
				"name", json_text(name), "id", (int)id,
				"netns", json_text(netns),
				"dev", json_text(links[i].name)));
	free(links);
	saa_rtnl_close(&rt);
	return list;
}

int cmd_show(int argc, char **argv)
{
	json_t *all, *tier1s;
	struct saa_conf conf;
	struct saa_nl nl;
	int ret;

	if (is_help(argc, argv))
		return help(usage);
	ret = argc ? no_more(argc - 1, argv + 1) : EXIT_OK;
	if (!ret && argc)
		return show_file(argv[0]);
	if (!ret)
		ret = get_gateway(&nl, &conf);
	if (ret)
		return ret;
	all = json_object();
	json_object_set_new(all, "gateway", json_gateway(&conf.gateway));
	json_object_set_new(all, "sr", json_srs(&conf));
	json_object_set_new(all, "sub-cluster", json_pairs(&conf));
	json_object_set_new(all, "group", json_groups(&conf));
	json_object_set_new(all, "punt", json_ports(&conf));
	json_object_set_new(all, "snat", json_snats(&conf));
	if (conf.sync.has)
		json_object_set_new(all, "sync", json_sync(&conf));
	tier1s = json_tier1s();
	if (json_array_size(tier1s))
		json_object_set(all, "tier-1", tier1s);
	json_decref(tier1s);
	out(NULL, all);
	saa_conf_free(&conf);
	saa_nl_close(&nl);
	return EXIT_OK;
}

int cmd_save(int argc, char **argv)
{
	struct below *below;
	struct saa_conf conf;
	struct saa_nl nl;
	char *text;
	size_t n;
	int ret;

	if (is_help(argc, argv))
		return help(usage);
	ret = no_more(argc, argv);
	if (!ret)
		ret = get_gateway(&nl, &conf);
	if (ret)
		return ret;
	ret = below_get(&below, &n);
	if (ret)
		goto out;
	text = save_text(&conf, below, n);
	if (opt.json)
		out(NULL, json_pack("{s:s}", "file", text));
	else
		fputs(text, stdout);
	free(text);
	below_free(below, n);
out:
	saa_conf_free(&conf);
	saa_nl_close(&nl);
	return ret;
}
