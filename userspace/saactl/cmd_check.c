// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * saactl check: a file, without a kernel; on an edge, its interfaces; and whether
 * SRs have drifted apart.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cluster.h"
#include "digest.h"
#include "netns.h"
#include "tool.h"

static const char usage[] =
"Usage: saactl check FILE [ --edge NAME ] [ with DIGEST ... ]\n"
"The MTUs of the edge with this name, or that of this host, are looked at, too.\n"
"A DIGEST is a file of what \"saactl -j digest\" wrote on other edges, or - for\n"
"standard input: what this SR has and they have not, or the other way round, is\n"
"named. So, on edge1:\n"
"    for edge in edge2 edge3; do ssh $edge saactl -j digest; done |\n"
"        saactl check FILE with -\n";

static bool has_text(json_t *list, const char *text)
{
	json_t *s;
	size_t i;

	json_array_foreach(list, i, s)
		if (!strcmp(json_string_value(s), text))
			return true;
	return false;
}

/* SRs of which nothing was said may be as they like. */
static void check_all_compared(const struct saa_file *file, json_t *here,
			       json_t *edges, struct saa_diag *d)
{
	const struct saa_file_edge *e = file->root->cluster.edges;
	const char *name = json_string_value(json_object_get(here, "gateway"));
	int g = saa_file_gateway_index(file, name);
	uint32_t i;

	json_array_append(edges, json_object_get(here, "edge"));
	if (g < 0)
		saa_warning(d, 0, "gateway \"%s\", which this namespace runs, is not in the file",
			    name);
	for (i = 0; g >= 0 && i < file->root->cluster.n_edges; i++)
		if (file->root->gateways[g].runs_on[i] &&
		    !has_text(edges, e[i].name))
			saa_warning(d, 0, "gateway \"%s\" is not compared with that on edge \"%s\": no digest of it is given",
				    name, e[i].name);
}

/* R15: every SR provides every service. */
static int check_drift(const struct saa_file *file, int argc, char **argv,
		       json_t *drift, struct saa_diag *d)
{
	json_t *here = digest_here(), *edges = json_array();
	int ret = here ? EXIT_OK : EXIT_REFUSED;

	for (; argc && !ret; argc--, argv++)
		ret = digest_check_file(here, argv[0], drift, edges);
	if (!ret)
		check_all_compared(file, here, edges, d);
	json_decref(edges);
	json_decref(here);
	return !ret && json_array_size(drift) ? EXIT_REFUSED : ret;
}

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

static void check_links(const struct saa_file *file, size_t g, size_t edge,
			struct saa_diag *d)
{
	struct saa_link *links = NULL;
	struct saa_conf conf;
	struct saa_rtnl rt;
	size_t n;

	if (saa_rtnl_open(&rt))
		return;
	if (!saa_rtnl_links(&rt, &links, &n)) {
		saa_file_conf(file, g, edge, &conf);
		warn_mtu(&rt, &conf, links, n, d);
		saa_conf_free(&conf);
	}
	free(links);
	saa_rtnl_close(&rt);
}

/* Each gateway where it runs; the namespace of a tier-1 may not be here. */
static void check_edge(const struct saa_file *file, size_t edge,
		       struct saa_diag *d)
{
	const struct saa_file_gateway *gw = file->root->gateways;
	int netns, own;
	size_t g;

	for (g = 0; g < file->root->n_gateways; g++) {
		if (!gw[g].runs_on[edge])
			continue;
		if (!saa_file_has_link(&gw[g])) {
			check_links(file, g, edge, d);
			continue;
		}
		netns = saa_netns_open(gw[g].namespaces[edge]);
		own = netns < 0 ? -1 : saa_netns_enter(netns);
		if (own >= 0) {
			check_links(file, g, edge, d);
			saa_netns_leave(own);
		}
		if (netns >= 0)
			close(netns);
	}
}

int cmd_check(int argc, char **argv)
{
	struct saa_diag d = { 0 };
	const char *edge = NULL;
	struct saa_file *file;
	int ret, edge_at;
	json_t *notes, *drift;
	const char *path;
	char *name;
	size_t i;

	if (is_help(argc, argv))
		return help(usage);
	if (!argc)
		return misuse("no FILE given");
	path = argv[0];
	argc--;
	argv++;
	if (argc > 1 && !strcmp(argv[0], "--edge")) {
		edge = argv[1];
		argc -= 2;
		argv += 2;
	}
	if (argc && strcmp(argv[0], "with"))
		return no_more(argc, argv);
	if (argc == 1)
		return misuse("\"with\" needs a DIGEST");
	file = saa_file_load(path, false, &d);
	edge_at = file ? edge_of(file, edge) : -1;
	if (edge_at >= 0)
		check_edge(file, edge_at, &d);
	else if (file && edge)
		saa_error(&d, 0, "edge \"%s\" is not in the file", edge);
	ret = d.errors ? EXIT_REFUSED : EXIT_OK;
	drift = json_array();
	if (!ret && argc)
		ret = check_drift(file, argc - 1, argv + 1, drift, &d);
	if (opt.json) {
		notes = json_array();
		for (i = 0; i < d.n_notes; i++)
			json_array_append_new(notes,
				json_pack("{s:i, s:b, s:s}", "line",
					  (int)d.notes[i].line, "error",
					  !d.notes[i].warning, "text",
					  d.notes[i].text));
		out(NULL, json_pack("{s:o, s:b, s:o, s:o, s:O}", "file",
				    json_text(path), "good", !ret, "messages", notes,
				    "sub-cluster", file ? json_sub_clusters(file) :
							  json_array(),
				    "drift", drift));
	} else if (!print_diag(path, &d)) {
		name = saa_printable(path);
		printf("%s: good: %u edges, %u gateways\n", name,
		       file->root->cluster.n_edges, file->root->n_gateways);
		free(name);
		out("sub-cluster", json_sub_clusters(file));
		out("drift", json_incref(drift));
	}
	json_decref(drift);
	saa_file_free(file);
	saa_diag_free(&d);
	return ret;
}
