// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * saactl apply, check: a file becomes the configuration of this namespace, in
 * one message to the kernel, or nothing changes. Routes for SNAT pools and
 * device groups follow; if one of them fails, the former configuration comes
 * back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cluster.h"
#include "file.h"
#include "tool.h"

static const char usage_apply[] =
"Usage: saactl apply FILE [ --edge NAME ] [ --gateway NAME ] [ --dry-run ]\n"
"              [ --state { up | syncing | down } ] [ --alone ]\n"
"The edge is the one with the name of this host unless given, the gateway\n"
"the only one on that edge. FILE - is standard input. The state is that of this\n"
"edge's SR from then on; without it, what it was, or up. Alone it owns every\n"
"bucket and has no SNAT rules; see \"saactl plan\".\n";

static const char usage_check[] = "Usage: saactl check FILE\n";

struct apply {
	const char *path, *edge, *gateway, *state;
	bool dry_run, alone;
	struct saa_file *file;
	size_t gw, edge_at;
	struct saa_conf old, new;
	struct saa_nl nl;
	struct saa_rtnl rt;
	struct saa_link *links;
	size_t n_links;
};

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
	char host[256] = "";
	int at;

	if (!a->edge && !gethostname(host, sizeof(host) - 1)) {
		at = saa_file_edge_index(a->file, host);
		if (at < 0)	/* without the domain */
			host[strcspn(host, ".")] = '\0';
	}
	at = saa_file_edge_index(a->file, a->edge ? a->edge : host);
	if (at < 0 && a->edge)
		return refuse("%s: edge \"%s\" is not in the file", a->path,
			      a->edge);
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

	for (i = 0; i < a->file->root->n_gateways && !a->gateway; i++)
		if (gw[i].runs_on[a->edge_at]) {
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
 * and punts nothing.
 */
static void set_alone(struct apply *a)
{
	uint32_t i;

	if (!a->alone)
		return;
	for (i = 0; i < a->new.n_rows; i++)
		a->new.rows[i] = (struct saa_row){
			.primary = a->new.gateway.sr };
	a->new.n_snat = 0;
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
	saa_file_conf(a->file, a->gw, a->edge_at, &a->new);
	set_state(a);
	set_alone(a);
	return EXIT_OK;
}

/* The line of the object that the kernel refused. */
static unsigned int line_of(const struct saa_conf *conf,
			    const struct saa_culprit *c)
{
	switch (c->kind) {
	case SAA_A_GATEWAY:
		return conf->gateway.line;
	case SAA_A_SR:
		return c->index < conf->n_srs ? conf->srs[c->index].line : 0;
	case SAA_A_GROUP:
		return c->index < conf->n_groups ?
			conf->groups[c->index].line : 0;
	case SAA_A_PORT:
		return c->index < conf->n_ports ?
			conf->ports[c->index].line : 0;
	case SAA_A_ROWS:
		return conf->rows_line;
	case SAA_A_SNAT:
		return c->index < conf->n_snat ? conf->snat[c->index].line : 0;
	case SAA_A_SYNC:
		return conf->sync.line;
	}
	return 0;
}

static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);
	const char *at;

	for (at = strstr(text, word); at; at = strstr(at + 1, word))
		if ((at == text || at[-1] == ' ') && strchr(" :,;", at[len]))
			return true;
	return false;
}

/* Of the object whose interface a message names. */
static unsigned int line_of_named(const struct saa_conf *conf, const char *text)
{
	size_t i;

	for (i = 0; i < conf->n_groups; i++)
		if (has_word(text, conf->groups[i].ifname))
			return conf->groups[i].line;
	for (i = 0; i < conf->n_ports; i++)
		if (has_word(text, conf->ports[i].ifname))
			return conf->ports[i].line;
	return 0;
}

static int complain(struct apply *a, unsigned int line, const char *text)
{
	struct saa_diag d = { 0 };
	int ret;

	if (!line)
		return refuse("%s: %s", a->path, text);
	saa_error(&d, line, "%s", text);
	ret = print_diag(a->path, &d);
	saa_diag_free(&d);
	return ret;
}

static int check_pools(struct apply *a)
{
	const struct saa_snat *rule;
	uint32_t priority = 0;

	if (!saa_rtnl_check_pools(&a->rt, &a->new, &priority))
		return EXIT_OK;
	rule = saa_conf_snat(&a->new, priority);
	return complain(a, rule ? rule->line : 0, a->rt.error);
}

static const struct saa_link *link_of(struct apply *a, const char *ifname)
{
	return saa_link_by_name(a->links, a->n_links, ifname);
}

static int set_groups(struct apply *a)
{
	const struct saa_link *link;
	size_t i;
	int err;

	if (!a->file->root->gateways[a->gw].set_device_group)
		return 0;
	for (i = 0; i < a->new.n_groups; i++) {
		link = link_of(a, a->new.groups[i].ifname);
		if (!link || link->group == a->new.groups[i].id)
			continue;
		err = saa_rtnl_set_group(&a->rt, link->ifindex,
					 a->new.groups[i].id);
		if (err)
			return err;
	}
	return 0;
}

/* What a member receives must fit the shadow port of its side. */
static void warn_mtu(struct apply *a)
{
	const struct saa_link *member, *shadow;
	const struct saa_port *port;
	struct saa_diag d = { 0 };
	size_t i;

	for (i = 0; i < a->new.n_groups; i++) {
		port = saa_conf_port(&a->new, a->new.groups[i].side);
		shadow = port ? link_of(a, port->ifname) : NULL;
		member = link_of(a, a->new.groups[i].ifname);
		if (shadow && member && shadow->mtu < member->mtu)
			saa_warning(&d, port->line,
				    "shadow port %s has MTU %u, member %s has %u; what is larger cannot be punted: \"ip link set %s mtu %u\"",
				    shadow->name, shadow->mtu, member->name,
				    member->mtu, shadow->name, member->mtu);
	}
	print_diag(a->path, &d);
	saa_diag_free(&d);
}

/* The whole of @conf; nothing is left if it is one that steers nothing. */
static int write_conf(struct apply *a, const struct saa_conf *conf,
		      const struct saa_conf *former, bool dry_run)
{
	struct saa_conf all = { .gateway = { .has = 1u << SAA_A_GATEWAY_ID,
					     .id = former->gateway.id } };

	if (conf->gateway.has)
		return saa_nl_write(&a->nl, SAA_CMD_SET, conf, dry_run);
	if (!former->gateway.has || dry_run)
		return 0;
	return saa_nl_write(&a->nl, SAA_CMD_DEL, &all, false);
}

/* Routes or device groups failed: back to what was. */
static int restore(struct apply *a)
{
	char *why = saa_strdup(a->rt.error);
	int err;

	err = write_conf(a, &a->old, &a->new, false);
	saa_rtnl_sync_routes(&a->rt, &a->old);
	if (err)
		refuse("%s: %s; and the former configuration could not be restored: %s",
		       a->path, why, a->nl.error);
	else
		refuse("%s: %s; nothing was changed", a->path, why);
	free(why);
	return EXIT_REFUSED;
}

static void report(struct apply *a, json_t *changes)
{
	const struct saa_file_root *root = a->file->root;
	bool changed = json_array_size(changes);
	json_t *result;
	char *text;

	if (opt.json) {
		result = json_object();
		json_object_set_new(result, "gateway",
				    json_string(root->gateways[a->gw].name));
		json_object_set_new(result, "edge",
				    json_string(root->cluster.edges[a->edge_at].name));
		json_object_set_new(result, "dry-run",
				    json_boolean(a->dry_run));
		json_object_set_new(result, "changed", json_boolean(changed));
		json_object_set(result, "changes", changes);
		out(NULL, result);
		return;
	}
	text = diff_text(changes);
	fputs(text, stdout);
	free(text);
	if (!changed)
		puts("nothing to change");
	else if (a->dry_run)
		puts("dry run: nothing was changed");
}

/* A gateway that steers nothing takes away its own configuration only. */
static int check_other(struct apply *a)
{
	const struct saa_file_gateway *gw = &a->file->root->gateways[a->gw];

	if (a->new.gateway.has || !a->old.gateway.has ||
	    a->old.gateway.id == gw->gateway_id)
		return EXIT_OK;
	return refuse("%s: gateway \"%s\" is %s, so nothing is steered for it, but this namespace runs gateway \"%s\"; choose another namespace with -n, or remove that first",
		      a->path, gw->name, saa_mode_names[gw->mode],
		      a->old.gateway.name);
}

static int run(struct apply *a)
{
	json_t *changes = diff_conf(&a->old, &a->new);
	int ret = check_other(a), err;
	unsigned int line;

	if (!ret)
		ret = check_pools(a);

	/* also a dry run asks the kernel: it may refuse */
	if (!ret && (json_array_size(changes) || a->dry_run)) {
		err = write_conf(a, &a->new, &a->old, a->dry_run);
		line = line_of(&a->new, &a->nl.culprit);
		if (!line)
			line = line_of_named(&a->new, a->nl.error);
		if (err)
			ret = complain(a, line, a->nl.error);
	}
	if (!ret && !a->dry_run &&
	    (saa_rtnl_sync_routes(&a->rt, &a->new) || set_groups(a)))
		ret = restore(a);
	if (!ret) {
		warn_mtu(a);
		report(a, changes);
	}
	json_decref(changes);
	return ret;
}

int cmd_apply(int argc, char **argv)
{
	struct apply a = { 0 };
	int ret, lock = -1;

	if (is_help(argc, argv))
		return help(usage_apply);
	ret = parse(argc, argv, &a);
	if (!ret)
		ret = load(&a);
	if (ret)
		goto out;
	ret = EXIT_REFUSED;
	if (saa_nl_open(&a.nl)) {
		refuse("%s", a.nl.error);
		goto out;
	}
	if (saa_rtnl_open(&a.rt)) {
		refuse("%s", a.rt.error);
		goto out_nl;
	}
	if (!a.dry_run) {
		lock = lock_namespace();
		if (lock < 0)
			goto out_rt;
	}
	if (saa_nl_get(&a.nl, 0, &a.old))
		refuse("%s", a.nl.error);
	else if (saa_rtnl_links(&a.rt, &a.links, &a.n_links))
		refuse("%s", a.rt.error);
	else
		ret = run(&a);
	unlock_namespace(lock);
out_rt:
	saa_rtnl_close(&a.rt);
out_nl:
	saa_nl_close(&a.nl);
out:
	saa_conf_free(&a.old);
	saa_conf_free(&a.new);
	saa_file_free(a.file);
	free(a.links);
	return ret;
}

int cmd_check(int argc, char **argv)
{
	struct saa_diag d = { 0 };
	struct saa_file *file;
	json_t *notes;
	char *name;
	size_t i;
	int ret;

	if (is_help(argc, argv))
		return help(usage_check);
	if (!argc)
		return misuse("no FILE given");
	ret = no_more(argc - 1, argv + 1);
	if (ret)
		return ret;
	file = saa_file_load(argv[0], false, &d);
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
