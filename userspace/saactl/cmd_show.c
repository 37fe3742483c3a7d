// SPDX-License-Identifier: GPL-2.0-or-later
/* saactl show, save: the gateway at a glance, a whole cluster, and as a file. */
#include <stdio.h>
#include <stdlib.h>

#include "cluster.h"
#include "tool.h"

static const char usage[] =
"Usage: saactl [ show ]\n"
"       saactl show FILE\n"
"       saactl save\n"
"With FILE, what it describes: edges, pairs, gateways, and their SRs.\n";

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

int cmd_show(int argc, char **argv)
{
	struct saa_conf conf;
	struct saa_nl nl;
	json_t *all;
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
	out(NULL, all);
	saa_conf_free(&conf);
	saa_nl_close(&nl);
	return EXIT_OK;
}

int cmd_save(int argc, char **argv)
{
	struct saa_conf conf;
	struct saa_nl nl;
	char *text;
	int ret;

	if (is_help(argc, argv))
		return help(usage);
	ret = no_more(argc, argv);
	if (!ret)
		ret = get_gateway(&nl, &conf);
	if (ret)
		return ret;
	text = save_text(&conf);
	if (opt.json)
		out(NULL, json_pack("{s:s}", "file", text));
	else
		fputs(text, stdout);
	free(text);
	saa_conf_free(&conf);
	saa_nl_close(&nl);
	return EXIT_OK;
}
