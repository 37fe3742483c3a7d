// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * saactl apply: a file becomes the configuration of this namespace, and of those
 * of the tier-1 gateways that are linked with it, as a whole or not at all.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apply.h"

static const char usage_apply[] =
"Usage: saactl apply FILE [ --edge NAME ] [ --gateway NAME ] [ --dry-run ]\n"
"              [ --state { up | syncing | down } ] [ --alone ]\n"
"The edge is the one with the name of this host unless given, the gateway\n"
"the only one on that edge. FILE - is standard input. The state is that of this\n"
"edge's SR from then on; without it, what it was, or up. Alone it owns every\n"
"bucket and has no SNAT rules; see \"saactl plan\".\n";

static int parse(int argc, char **argv, struct apply *a)
{
	for (; argc; argc--, argv++) {
		const char **value = NULL;

		if (!strcmp(argv[0], "--dry-run"))
			a->dry_run = true;
		else if (!strcmp(argv[0], "--alone"))
			a->alone = true;
		else if (!strcmp(argv[0], "--edge"))
			value = &a->edge;
		else if (!strcmp(argv[0], "--gateway"))
			value = &a->gateway;
		else if (!strcmp(argv[0], "--state"))
			value = &a->state;
		else if (argv[0][0] == '-' && argv[0][1])
			return misuse("option \"%s\" is unknown; try \"saactl apply help\"",
				      argv[0]);
		else if (!a->path)
			a->path = argv[0];
		else
			return no_more(argc, argv);
		if (!value)
			continue;
		if (argc < 2)
			return misuse("option \"%s\" needs a %s", argv[0],
				      value == &a->state ? "STATE" : "NAME");
		*value = argv[1];
		argc--;
		argv++;
	}
	if (a->state && saa_name_index(saa_state_names, 3, a->state) < 0)
		return misuse("state \"%s\" is not one of down, syncing, up",
			      a->state);
	return a->path ? EXIT_OK : misuse("no FILE given");
}

static int find_edge(struct apply *a)
{
	int at = edge_of(a->file, a->edge);
	char host[256] = "";

	if (at < 0 && a->edge)
		return refuse("%s: edge \"%s\" is not in the file", a->path,
			      a->edge);
	gethostname(host, sizeof(host) - 1);
	if (at < 0)
		return refuse("%s: this host's name \"%s\" is not an edge in the file; say which with --edge",
			      a->path, host);
	a->edge_at = at;
	return EXIT_OK;
}

/* The one with an SR on this edge, if it is the only one. */
static int find_gateway(struct apply *a)
{
	const char *edge = a->file->root->cluster.edges[a->edge_at].name;
	const struct saa_file_gateway *gw = a->file->root->gateways;
	size_t i, n = 0;
	int at;

	/* one with a link is applied with its tier-0 */
	for (i = 0; i < a->file->root->n_gateways && !a->gateway; i++)
		if (gw[i].runs_on[a->edge_at] && !saa_file_has_link(&gw[i])) {
			a->gw = i;
			n++;
		}
	if (a->gateway) {
		at = saa_file_gateway_index(a->file, a->gateway);
		if (at < 0)
			return refuse("%s: gateway \"%s\" is not in the file",
				      a->path, a->gateway);
		a->gw = at;
		n = gw[at].runs_on[a->edge_at];
	}
	if (n && saa_file_has_link(&gw[a->gw]))
		return refuse("%s: gateway \"%s\" is applied with its tier-0: \"--gateway %s\", in the network namespace of that",
			      a->path, a->gateway, gw[a->gw].uplink);
	if (!n && a->gateway && gw[a->gw].mode == SAA_MODE_DISTRIBUTED)
		return refuse("%s: gateway \"%s\" is distributed: it has no SR, and what it advertises needs routes only",
			      a->path, a->gateway);
	if (!n && a->gateway)
		return refuse("%s: gateway \"%s\" does not run on edge \"%s\"",
			      a->path, a->gateway, edge);
	if (!n)
		return refuse("%s: no gateway runs on edge \"%s\"", a->path,
			      edge);
	if (n > 1)
		return refuse("%s: there are %zu gateways on edge \"%s\" in the file; say which with --gateway",
			      a->path, n, edge);
	return EXIT_OK;
}

/* A file with sync may lack what other edges need for it. */
static int check_sync(struct apply *a)
{
	const char *name = a->file->root->cluster.edges[a->edge_at].name;
	unsigned int line = saa_file_sync_wrong(a->file, a->gw,
						a->edge_at);

	if (!line)
		return EXIT_OK;
	fprintf(stderr,
		"%s:%u: edge \"%s\" has no address, so it cannot sync; add address: ADDRESS\n",
		a->path, line, name);
	return EXIT_REFUSED;
}

static void set_state(struct apply *a)
{
	size_t i;

	for (i = 0; a->state && i < a->new.n_srs; i++) {
		struct saa_sr *sr = &a->new.srs[i];

		if (sr->id != a->new.gateway.sr)
			continue;
		sr->state = saa_name_index(saa_state_names, 3, a->state);
		sr->has |= 1u << SAA_A_SR_STATE;
	}
}

/*
 * The step before and after steering with others: this SR takes what they punt,
 * and punts nothing. With one owner and its backup it stays active-standby, which
 * is known by that.
 */
static void set_alone(struct apply *a)
{
	struct saa_row all = { .primary = a->new.gateway.sr };
	uint32_t i;

	if (!a->alone)
		return;
	if (saa_conf_is_standby(&a->new))
		all.backup = a->new.rows[0].primary == all.primary ?
			a->new.rows[0].backup : a->new.rows[0].primary;
	for (i = 0; i < a->new.n_rows; i++)
		a->new.rows[i] = all;
	a->new.n_snat = 0;
}

void apply_make_conf(struct apply *a)
{
	saa_file_conf(a->file, a->gw, a->edge_at, &a->new);
	set_state(a);
	set_alone(a);
}

static int load(struct apply *a)
{
	struct saa_diag d = { 0 };
	int ret;

	a->file = saa_file_load(a->path, true, &d);
	ret = print_diag(a->path, &d);
	saa_diag_free(&d);
	if (!ret)
		ret = find_edge(a);
	if (!ret)
		ret = find_gateway(a);
	if (!ret)
		ret = check_sync(a);
	if (ret)
		return ret;
	apply_make_conf(a);
	return EXIT_OK;
}

static json_t *json_report(struct apply *a)
{
	const struct saa_file_root *root = a->file->root;
	json_t *result = json_object();

	json_object_set_new(result, "gateway",
			    json_string(root->gateways[a->gw].name));
	json_object_set_new(result, "edge",
			    json_string(root->cluster.edges[a->edge_at].name));
	json_object_set_new(result, "dry-run", json_boolean(a->dry_run));
	json_object_set_new(result, "changed",
			    json_boolean(json_array_size(a->changes)));
	json_object_set(result, "changes", a->changes);
	return result;
}

/* @several: not all of them are of one gateway, so it is named. */
static bool put_changes(struct apply *a, bool several)
{
	char *text = diff_text(a->changes);

	if (several && *text)
		printf("gateway %s:\n",
		       a->file->root->gateways[a->gw].name);
	fputs(text, stdout);
	free(text);
	return json_array_size(a->changes);
}

static void report(struct apply *a, struct edge *edge)
{
	json_t *result, *list;
	bool changed;
	size_t i;

	if (opt.json) {
		result = json_report(a);
		list = json_array();
		for (i = 0; i < edge->n; i++)
			json_array_append_new(list, json_report(&edge->tier1[i]));
		if (edge->n)
			json_object_set(result, "tier-1", list);
		json_decref(list);
		out(NULL, result);
		return;
	}
	changed = put_changes(a, edge->n);
	for (i = 0; i < edge->n; i++)
		changed |= put_changes(&edge->tier1[i], true);
	if (!changed)
		puts("nothing to change");
	else if (a->dry_run)
		puts("dry run: nothing was changed");
}

int apply_open(struct apply *a)
{
	if (saa_nl_open(&a->nl))
		return refuse("%s", a->nl.error);
	if (saa_rtnl_open(&a->rt))
		return refuse("%s", a->rt.error);
	if (!a->dry_run) {
		a->lock = lock_namespace();
		if (a->lock < 0)
			return EXIT_REFUSED;
	}
	if (saa_nl_get(&a->nl, 0, &a->old))
		return refuse("%s", a->nl.error);
	return EXIT_OK;
}

int apply_read_links(struct apply *a)
{
	free(a->links);
	a->links = NULL;
	if (saa_rtnl_links(&a->rt, &a->links, &a->n_links))
		return refuse("%s", a->rt.error);
	return EXIT_OK;
}

void apply_close(struct apply *a)
{
	unlock_namespace(a->lock);
	if (a->rt.sock)
		saa_rtnl_close(&a->rt);
	if (a->nl.sock)
		saa_nl_close(&a->nl);
	json_decref(a->changes);
	saa_conf_free(&a->old);
	saa_conf_free(&a->new);
	free(a->links);
	free(a->space.moved);
	if (a->netns >= 0)
		close(a->netns);
}

/* Before anything is changed. */
static int check(struct apply *a, struct edge *edge)
{
	const struct saa_file_gateway *gw = &a->file->root->gateways[a->gw];
	int ret = apply_read_links(a);
	bool linked = false;
	size_t i;

	for (i = 0; i < a->n_links; i++)
		linked |= wire_is_made(&a->links[i]);
	if (!ret)
		ret = apply_check(a, linked || saa_file_attached(a->file, gw),
				  linked);
	if (!ret)
		ret = wire_check_old(edge->wires, edge->n, &a->rt, &a->old,
				     a->path);
	return ret ? ret : edge_check(edge, a);
}

/* A signal between two steps is a refusal, which undo() tells of. */
static int go_on(void)
{
	return signal_waits() ? EXIT_REFUSED : EXIT_OK;
}

static int run(struct apply *a, struct edge *edge)
{
	int ret = check(a, edge);

	if (!ret)
		ret = edge_spaces(edge, a);
	if (!ret)
		ret = go_on();
	if (!ret)
		ret = edge_make(edge, a);
	if (!ret)
		ret = apply_read_links(a);
	if (!ret)
		ret = go_on();
	if (!ret)
		ret = apply_ask(a);
	if (!ret)
		ret = edge_ask(edge);
	/* traffic sees it only if all have agreed */
	if (!ret)
		ret = edge_join(edge, a);
	if (!ret)
		ret = apply_write(a);
	if (!ret)
		ret = edge_write(edge, a);
	return ret ? ret : go_on();
}

static void undo(struct apply *a, struct edge *edge)
{
	unsigned int said = lines_said();

	edge_undo(edge, a);
	if (signal_waits())
		refuse("interrupted; %s", lines_said() == said ?
		       "nothing was changed" :
		       "not all could be undone, as said above");
}

/* What is no longer in the file; there is no way back from that. */
static int remove_old(struct apply *a, struct edge *edge)
{
	if (a->file->root->gateways[a->gw].above)
		return EXIT_OK;
	return wire_remove_old(edge->wires, edge->n, &a->rt, a->file, &a->new,
			       &a->old, a->dry_run, a->changes);
}

static void warn_mtus(struct apply *a, struct edge *edge)
{
	const struct longest none = { 0 };
	struct longest below = { 0 };
	struct apply *t1;
	size_t i;

	for (i = 0; i < edge->n; i++) {
		t1 = &edge->tier1[i];
		note_longest(&below, &t1->new, t1->links, t1->n_links);
	}
	apply_warn_mtu(a, &below);
	for (i = 0; i < edge->n; i++)
		apply_warn_mtu(&edge->tier1[i], &none);
}

int cmd_apply(int argc, char **argv)
{
	struct apply a = { .lock = -1, .netns = -1 };
	struct edge edge = { 0 };
	int ret;

	if (is_help(argc, argv))
		return help(usage_apply);
	ret = parse(argc, argv, &a);
	if (!ret)
		ret = load(&a);
	if (!ret)
		ret = apply_open(&a);
	if (!ret)
		a.changes = diff_conf(&a.old, &a.new);
	if (!ret)
		ret = edge_open(&edge, &a);
	hold_signals();
	if (!ret)
		ret = run(&a, &edge);
	if (ret) {
		undo(&a, &edge);
	} else {
		ret = remove_old(&a, &edge);
		warn_mtus(&a, &edge);
		report(&a, &edge);
	}
	edge_close(&edge);
	apply_close(&a);
	saa_file_free(a.file);
	fflush(stdout);
	release_signals();
	return ret;
}
