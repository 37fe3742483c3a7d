// SPDX-License-Identifier: GPL-2.0-or-later
/* saactl check: a file, without a kernel; and, on an edge, its interfaces. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cluster.h"
#include "tool.h"

static const char usage[] =
"Usage: saactl check FILE [ --edge NAME ]\n"
"The MTUs of the edge with this name, or that of this host, are looked at, too.\n";

/* The edge that this is, if it is one. */
static int edge_of(const struct saa_file *file, const char *name)
{
	char host[256] = "";
	int at;

	if (name)
		return saa_file_edge_index(file, name);
	gethostname(host, sizeof(host) - 1);
	at = saa_file_edge_index(file, host);
	if (at < 0)	/* without the domain */
		host[strcspn(host, ".")] = '\0';
	return at < 0 ? saa_file_edge_index(file, host) : at;
}

static void check_links(const struct saa_file *file, size_t edge,
			struct saa_diag *d)
{
	struct saa_link *links = NULL;
	struct saa_conf conf;
	struct saa_rtnl rt;
	size_t g, n;

	if (saa_rtnl_open(&rt))
		return;
	if (!saa_rtnl_links(&rt, &links, &n))
		for (g = 0; g < file->root->n_gateways; g++) {
			if (!file->root->gateways[g].runs_on[edge])
				continue;
			saa_file_conf(file, g, edge, &conf);
			warn_mtu(&rt, &conf, links, n, d);
			saa_conf_free(&conf);
		}
	free(links);
	saa_rtnl_close(&rt);
}

int cmd_check(int argc, char **argv)
{
	struct saa_diag d = { 0 };
	const char *edge = NULL;
	struct saa_file *file;
	int ret, edge_at;
	json_t *notes;
	char *name;
	size_t i;

	if (is_help(argc, argv))
		return help(usage);
	if (!argc)
		return misuse("no FILE given");
	if (argc > 2 && !strcmp(argv[1], "--edge"))
		edge = argv[2];
	ret = no_more(argc - (edge ? 3 : 1), argv + (edge ? 3 : 1));
	if (ret)
		return ret;
	file = saa_file_load(argv[0], false, &d);
	edge_at = file ? edge_of(file, edge) : -1;
	if (edge_at >= 0)
		check_links(file, edge_at, &d);
	else if (file && edge)
		saa_error(&d, 0, "edge \"%s\" is not in the file", edge);
	ret = d.errors ? EXIT_REFUSED : EXIT_OK;
	if (opt.json) {
		notes = json_array();
		for (i = 0; i < d.n_notes; i++)
			json_array_append_new(notes,
				json_pack("{s:i, s:b, s:s}", "line",
					  (int)d.notes[i].line, "error",
					  !d.notes[i].warning, "text",
					  d.notes[i].text));
		out(NULL, json_pack("{s:o, s:b, s:o, s:o}", "file",
				    json_text(argv[0]), "good", !ret, "messages", notes,
				    "sub-cluster", file ? json_sub_clusters(file) :
							  json_array()));
	} else if (!print_diag(argv[0], &d)) {
		name = saa_printable(argv[0]);
		printf("%s: good: %u edges, %u gateways\n", name,
		       file->root->cluster.n_edges, file->root->n_gateways);
		free(name);
		out("sub-cluster", json_sub_clusters(file));
	}
	saa_file_free(file);
	saa_diag_free(&d);
	return ret;
}
