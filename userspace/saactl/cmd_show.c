// SPDX-License-Identifier: GPL-2.0-or-later
/* saactl show, save: the gateway at a glance, and as a file. */
#include <stdio.h>
#include <stdlib.h>

#include "tool.h"

static const char usage[] =
"Usage: saactl [ show ]\n"
"       saactl save\n";

int cmd_show(int argc, char **argv)
{
	struct saa_conf conf;
	struct saa_nl nl;
	json_t *all;
	int ret;

	if (is_help(argc, argv))
		return help(usage);
	ret = no_more(argc, argv);
	if (!ret)
		ret = get_gateway(&nl, &conf);
	if (ret)
		return ret;
	all = json_object();
	json_object_set_new(all, "gateway", json_gateway(&conf.gateway));
	json_object_set_new(all, "sr", json_srs(&conf));
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
