// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * saactl apply: one gateway of a file becomes the configuration of a namespace,
 * in one message to the kernel. Routes for SNAT pools and device groups follow;
 * if one of them fails, the former configuration comes back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply.h"

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

/* One whose device group becomes that of @group, or NULL. */
static const struct saa_link *regrouped(struct apply *a,
					const struct saa_group *group)
{
	const struct saa_link *link = link_of(a, group->ifname);

	return a->file->root->gateways[a->gw].set_device_group && link &&
	       link->group != group->id ? link : NULL;
}

/* As the file says, or @back to what was when the links were read. */
static int set_groups(struct apply *a, bool back)
{
	const struct saa_group *group;
	const struct saa_link *link;
	size_t i;
	int err;

	for (i = 0; i < a->new.n_groups; i++) {
		group = &a->new.groups[i];
		link = regrouped(a, group);
		err = link ? saa_rtnl_set_group(&a->rt, link->ifindex, back ?
						link->group : group->id) : 0;
		if (err)
			return err;
	}
	return 0;
}

static void note_groups(struct apply *a)
{
	const struct saa_group *group;
	const struct saa_link *link;
	size_t i;

	for (i = 0; i < a->new.n_groups; i++) {
		group = &a->new.groups[i];
		link = regrouped(a, group);
		if (link)
			json_array_append_new(a->changes, json_pack(
				"{s:s, s:{s:s, s:[I, I]}}", "op", "change",
				"device-group", "dev", link->name, "id",
				(json_int_t)link->group, (json_int_t)group->id));
	}
}

void apply_warn_mtu(struct apply *a, const struct longest *below)
{
	struct saa_diag d = { 0 };

	warn_mtu(&a->rt, &a->new, a->links, a->n_links, below, &d);
	print_diag(a->path, &d);
	saa_diag_free(&d);
}

/* The whole of @conf; nothing is left if it is one that steers nothing. */
static int write_conf(struct apply *a, const struct saa_conf *conf,
		      const struct saa_conf *former, bool dry_run)
{
	if (conf->gateway.has)
		return saa_nl_write(&a->nl, SAA_CMD_SET, conf, dry_run);
	if (!former->gateway.has || dry_run)
		return 0;
	return del_gateway(&a->nl, former->gateway.id);
}

/*
 * A state that "saactl sr set" gave meanwhile is newer than the one that was read,
 * and the kernel keeps one that is not given.
 */
static void keep_states(struct apply *a)
{
	const struct saa_sr *new;
	size_t i;

	for (i = 0; i < a->old.n_srs && a->new.gateway.has; i++) {
		new = saa_conf_sr(&a->new, a->old.srs[i].id);
		if (new && !(new->has & 1u << SAA_A_SR_STATE))
			a->old.srs[i].has &= ~(1u << SAA_A_SR_STATE);
	}
}

/*
 * Back to what was, and what cannot go back is told. Where the kernel refuses it,
 * one of its interfaces has gone perhaps, routes and device groups stay those of
 * what runs.
 */
static int go_back(struct apply *a)
{
	const char *name = a->file->root->gateways[a->gw].name;
	int ret = EXIT_OK;

	keep_states(a);
	if (write_conf(a, &a->old, &a->new, false))
		return refuse("gateway \"%s\": the former configuration cannot be restored: %s; the new one runs, mend what was refused and apply again",
			      name, a->nl.error);
	if (saa_rtnl_sync_routes(&a->rt, &a->old))
		ret = refuse("gateway \"%s\": the former routes cannot be restored: %s",
			     name, a->rt.error);
	if (set_groups(a, true))
		ret = refuse("gateway \"%s\": the former device groups cannot be restored: %s",
			     name, a->rt.error);
	return ret;
}

/* Routes or device groups failed. The tier-0 of a tier-1 goes back later. */
static int restore(struct apply *a)
{
	char *why = saa_strdup(a->rt.error);
	bool back = !go_back(a);

	refuse("%s: %s%s", a->path, why,
	       back && !a->tier1 ? "; nothing was changed" : "");
	free(why);
	return EXIT_REFUSED;
}

/* Is it a tier-1 that is linked with its tier-0? The name alone may be another's. */
static bool has_link(const struct saa_conf *conf)
{
	const struct saa_file_gateway gw = { .gateway_id = conf->gateway.id };
	size_t i;

	for (i = 0; i < conf->n_groups; i++)
		if (conf->groups[i].id == saa_file_link_id(&gw) &&
		    !strcmp(conf->groups[i].ifname, SAA_LINK_UP))
			return true;
	return false;
}

/*
 * R20: the rules for files hold for what runs, too. The kernel knows no modes: a
 * table with one owner is active-standby's, unless the new one has it as well,
 * or there are links, which only stateful active/active has. A gateway that is
 * replaced in place is the same one, by whatever name.
 */
static int check_conversion(struct apply *a, bool attached, bool linked)
{
	const struct saa_file_gateway *gw = &a->file->root->gateways[a->gw];
	const struct saa_refusal *no = NULL;
	enum saa_mode from = SAA_MODE_STATEFUL, to = gw->mode;

	if (!a->old.gateway.has)
		return EXIT_OK;
	if (saa_conf_is_standby(&a->old) && !linked && !has_link(&a->old))
		from = SAA_MODE_STANDBY;
	if (saa_conf_is_standby(&a->new) && !saa_file_links(a->file, gw))
		to = SAA_MODE_STANDBY;
	if (from != to)
		no = saa_conversion(gw->tier, from, to, attached);
	if (!no)
		return EXIT_OK;
	return refuse("%s: gateway \"%s\" is %s in the file%s and runs as %s: %s; %s",
		      a->path, gw->name, saa_mode_names[to],
		      to == gw->mode ? "" : ", where one SR owns every bucket,",
		      saa_mode_names[from], no->reason, no->remedy);
}

/*
 * Another one is not replaced, it is the one of a forgotten -n rather. A gateway
 * that steers nothing takes away its own configuration only, which its id tells.
 */
static int check_other(struct apply *a)
{
	const struct saa_file_gateway *gw = &a->file->root->gateways[a->gw];
	const char *other = a->old.gateway.name, *netns;

	if (!a->old.gateway.has || a->old.gateway.id == gw->gateway_id)
		return EXIT_OK;
	if (!a->new.gateway.has)
		return refuse("%s: gateway \"%s\" is %s, so nothing is steered for it, but this namespace runs gateway \"%s\"; choose another namespace with -n, or remove that first",
			      a->path, gw->name, saa_mode_names[gw->mode],
			      other);
	if (!strcmp(other, gw->name))
		return EXIT_OK;
	if (!a->tier1)
		return refuse("%s: gateway \"%s\" is to be applied, but this namespace runs gateway \"%s\"; choose another namespace with -n, or first \"saactl gateway del %s\"",
			      a->path, gw->name, other, other);
	netns = gw->namespaces[a->edge_at];
	return refuse("%s: network namespace \"%s\" of gateway \"%s\" runs gateway \"%s\"; give it another one, or first \"saactl -n %s gateway del %s\"",
		      a->path, netns, gw->name, other, netns, other);
}

int apply_check(struct apply *a, bool attached, bool linked)
{
	int ret = check_other(a);

	if (!ret)
		ret = check_conversion(a, attached, linked);
	/* one whose namespace is not there has no socket in it */
	if (!ret && a->rt.sock)
		ret = check_pools(a);
	return ret;
}

/* The link of a tier-1 is made when it is really applied. */
bool apply_is_linked(struct apply *a)
{
	return link_of(a, SAA_LINK_UP);
}

/* Is it a group of the tier-0 whose link has still to be made? */
static bool is_to_make(struct apply *a, const struct saa_group *group)
{
	const struct saa_file_gateway *t1 = a->file->root->gateways;
	char ifname[IF_NAMESIZE];
	uint32_t g;

	for (g = 0; g < a->file->root->n_gateways; g++) {
		if (!saa_file_has_link(&t1[g]))
			continue;
		saa_file_link_ifname(&t1[g], ifname);
		if (!strcmp(group->ifname, ifname))
			return !link_of(a, ifname);
	}
	return false;
}

/* What is refused is told with its line. A dry run makes no links to ask for. */
static int send_conf(struct apply *a, bool dry_run)
{
	struct saa_conf conf = a->new;
	unsigned int line;
	int ret = EXIT_OK;
	size_t i;

	conf.groups = saa_zalloc((a->new.n_groups + 1) * sizeof(*conf.groups));
	conf.n_groups = 0;
	for (i = 0; i < a->new.n_groups; i++)
		if (!a->dry_run || !is_to_make(a, &a->new.groups[i]))
			conf.groups[conf.n_groups++] = a->new.groups[i];
	if (write_conf(a, &conf, &a->old, dry_run)) {
		line = line_of(&conf, &a->nl.culprit);
		if (!line)
			line = line_of_named(&conf, a->nl.error);
		ret = complain(a, line, a->nl.error);
	}
	free(conf.groups);
	return ret;
}

int apply_ask(struct apply *a)
{
	if (a->dry_run ? a->tier1 && !apply_is_linked(a) :
			 !json_array_size(a->changes))
		return EXIT_OK;
	return send_conf(a, true);
}

/* What the kernel would find, which a dry run cannot ask without the link. */
int apply_check_members(struct apply *a)
{
	int ret = EXIT_OK;
	size_t i;

	for (i = 0; i < a->new.n_groups; i++) {
		const struct saa_group *group = &a->new.groups[i];
		char *text = saa_format("no interface %s", group->ifname);

		if (strcmp(group->ifname, SAA_LINK_UP) &&
		    !link_of(a, group->ifname))
			ret = complain(a, group->line, text);
		free(text);
	}
	return ret;
}

/* To the kernel, and what follows; back to what was if one fails. */
int apply_write(struct apply *a)
{
	int ret = EXIT_OK;

	if (!a->dry_run && json_array_size(a->changes))
		ret = send_conf(a, false);
	if (!ret && !a->dry_run &&
	    (saa_rtnl_sync_routes(&a->rt, &a->new) || set_groups(a, false)))
		ret = restore(a);
	a->written = !ret && !a->dry_run;
	note_groups(a);
	return ret;
}

/* Another gateway of the edge could not be written. */
void apply_take_back(struct apply *a)
{
	if (a->written)
		go_back(a);
}
