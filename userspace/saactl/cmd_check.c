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
"Usage: saactl check FILE [ --edge NAME ] [ --partial ] [ with DIGEST ... ]\n"
"The MTUs of the edge with this name, or that of this host, are looked at, too.\n"
"A DIGEST is a file of what \"saactl -j digest\" wrote on other edges, or - for\n"
"standard input: what this SR has and they have not, or the other way round, is\n"
"named. A digest of each other edge is needed, unless --partial. So, on edge1:\n"
"    for edge in edge2 edge3; do ssh $edge saactl -j digest; done |\n"
"        saactl check FILE with -\n";

/* What "saactl check" was told, and what it found. */
struct check {
	const char *path, *edge;
	bool partial;
	char **digests;		/* NULL without "with" */
	int n_digests;
	struct saa_file *file;
	struct saa_diag d;
	json_t *drift;
};

static bool has_text(json_t *list, const char *text)
{
	json_t *s;
	size_t i;

	json_array_foreach(list, i, s)
		if (!strcmp(json_string_value(s), text))
			return true;
	return false;
}

/*
 * SRs of which nothing was said may be as they like: an edge that a pipe left out
 * is no agreement.
 */
static void check_all_compared(struct check *c, json_t *here, json_t *edges)
{
	const struct saa_file_root *root = c->file->root;
	const char *name = json_string_value(json_object_get(here, "gateway"));
	int g = saa_file_gateway_index(c->file, name);
	uint32_t i;

	json_array_append(edges, json_object_get(here, "edge"));
	if (g < 0)
		saa_error(&c->d, 0, "gateway \"%s\", which this namespace runs, is not in the file; check the file that was applied",
			  name);
	for (i = 0; g >= 0 && i < root->cluster.n_edges; i++)
		if (!c->partial && root->gateways[g].runs_on[i] &&
		    !has_text(edges, root->cluster.edges[i].name))
			saa_error(&c->d, 0, "gateway \"%s\" is not compared with that on edge \"%s\": no digest of it is given; add it, or do without by --partial",
				  name, root->cluster.edges[i].name);
}

/* R15: every SR provides every service. */
static int check_drift(struct check *c)
{
	json_t *here = digest_here(), *edges = json_array();
	int i, ret = here ? EXIT_OK : EXIT_REFUSED;

	for (i = 0; i < c->n_digests && !ret; i++)
		ret = digest_check_file(here, c->digests[i], c->drift, edges);
	if (!ret)
		check_all_compared(c, here, edges);
	json_decref(edges);
	json_decref(here);
	return c->d.errors || json_array_size(c->drift) ? EXIT_REFUSED : ret;
}

/* Are all of its interfaces in this namespace? */
static bool is_here(const struct saa_file_gateway *gw, size_t edge,
		    const struct saa_link *links, size_t n)
{
	uint32_t i;

	for (i = 0; i < gw->n_groups; i++)
		if (!saa_link_by_name(links, n, gw->groups[i].members[edge]))
			return false;
	return true;
}

/* What a look at one gateway after the other finds. */
struct look {
	const struct saa_file *file;
	size_t edge;
	bool only_here;			/* leave out one that is not here */
	struct longest *below;		/* of each gateway */
	struct saa_diag *d;
};

static void check_links(struct look *l, size_t g)
{
	const struct saa_file_gateway *gw = &l->file->root->gateways[g];
	struct saa_link *links = NULL;
	struct saa_conf conf;
	struct saa_rtnl rt;
	size_t n;

	if (saa_rtnl_open(&rt))
		return;
	if (!saa_rtnl_links(&rt, &links, &n) &&
	    (!l->only_here || is_here(gw, l->edge, links, n))) {
		saa_file_conf(l->file, g, l->edge, &conf);
		warn_mtu(&rt, &conf, links, n, &l->below[g], l->d);
		if (saa_file_has_link(gw))
			note_longest(&l->below[gw->above - l->file->root->gateways],
				     &conf, links, n);
		saa_conf_free(&conf);
	}
	free(links);
	saa_rtnl_close(&rt);
}

/* The namespace of a tier-1 may not be here. */
static void check_links_there(struct look *l, size_t g)
{
	const struct saa_file_gateway *gw = &l->file->root->gateways[g];
	int netns = saa_netns_open(gw->namespaces[l->edge]);
	int own = netns < 0 ? -1 : saa_netns_enter(netns);

	if (own >= 0) {
		check_links(l, g);
		saa_netns_leave(own);
	}
	if (netns >= 0)
		close(netns);
}

/*
 * Each gateway where it runs. Those without a link are applied in namespaces that
 * the file does not name; of several, others may have interfaces of the same names.
 */
static void check_edge(const struct saa_file *file, size_t edge,
		       struct saa_diag *d)
{
	const struct saa_file_gateway *gw = file->root->gateways;
	size_t g, n = file->root->n_gateways, alone = 0;
	struct look l = {
		.file = file, .edge = edge, .d = d,
		.below = saa_zalloc((n + 1) * sizeof(*l.below)),
	};

	for (g = 0; g < n; g++) {
		if (gw[g].runs_on[edge] && saa_file_has_link(&gw[g]))
			check_links_there(&l, g);
		else
			alone += gw[g].runs_on[edge];
	}
	l.only_here = alone > 1;
	for (g = 0; g < n; g++)
		if (gw[g].runs_on[edge] && !saa_file_has_link(&gw[g]))
			check_links(&l, g);
	free(l.below);
}

static int parse(int argc, char **argv, struct check *c)
{
	for (; argc; argc--, argv++) {
		if (!strcmp(argv[0], "--partial")) {
			c->partial = true;
		} else if (!strcmp(argv[0], "--edge")) {
			if (argc < 2)
				return misuse("option \"--edge\" needs a NAME");
			c->edge = argv[1];
			argc--;
			argv++;
		} else if (argv[0][0] == '-' && argv[0][1]) {
			return misuse("option \"%s\" is unknown; try \"saactl check help\"",
				      argv[0]);
		} else if (c->digests) {
			c->digests[c->n_digests++] = argv[0];
		} else if (!c->path) {
			c->path = argv[0];
		} else if (!strcmp(argv[0], "with")) {
			c->digests = argv;
		} else {
			return no_more(argc, argv);
		}
	}
	if (c->digests && !c->n_digests)
		return misuse("\"with\" needs a DIGEST");
	return c->path ? EXIT_OK : misuse("no FILE given");
}

static int run(struct check *c)
{
	int edge;

	c->file = saa_file_load(c->path, false, &c->d);
	edge = c->file ? edge_of(c->file, c->edge) : -1;
	if (edge >= 0)
		check_edge(c->file, edge, &c->d);
	else if (c->file && c->edge)
		saa_error(&c->d, 0, "edge \"%s\" is not in the file", c->edge);
	if (c->d.errors)
		return EXIT_REFUSED;
	return c->n_digests ? check_drift(c) : EXIT_OK;
}

static void report_json(const struct check *c, bool good)
{
	json_t *notes = json_array();
	size_t i;

	for (i = 0; i < c->d.n_notes; i++)
		json_array_append_new(notes,
			json_pack("{s:i, s:b, s:s}", "line",
				  (int)c->d.notes[i].line, "error",
				  !c->d.notes[i].warning, "text",
				  c->d.notes[i].text));
	out(NULL, json_pack("{s:o, s:b, s:o, s:o, s:O}", "file",
			    json_text(c->path), "good", good, "messages", notes,
			    "sub-cluster", c->file ? json_sub_clusters(c->file) :
						     json_array(),
			    "drift", c->drift));
}

static void report_text(const struct check *c, bool good)
{
	char *name = saa_printable(c->path);

	print_diag(c->path, &c->d);
	if (good) {
		printf("%s: good: %u edges, %u gateways\n", name,
		       c->file->root->cluster.n_edges,
		       c->file->root->n_gateways);
		out("sub-cluster", json_sub_clusters(c->file));
	}
	out("drift", json_incref(c->drift));
	free(name);
}

int cmd_check(int argc, char **argv)
{
	struct check c = { 0 };
	int ret;

	if (is_help(argc, argv))
		return help(usage);
	ret = parse(argc, argv, &c);
	if (ret)
		return ret;
	c.drift = json_array();
	ret = run(&c);
	if (opt.json)
		report_json(&c, !ret);
	else
		report_text(&c, !ret);
	json_decref(c.drift);
	saa_file_free(c.file);
	saa_diag_free(&c.d);
	return ret;
}
