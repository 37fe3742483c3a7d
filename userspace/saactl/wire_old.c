// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Wires to tier-1 gateways that are there, as their aliases say, and what the
 * file says now: one that is in it no longer goes, one that is somewhere else
 * in it is refused, since it would have to go first.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netns.h"
#include "space.h"
#include "tool.h"
#include "wire.h"

struct old {
	unsigned int id;
	char name[SAA_NAME_SIZE], netns[SAA_NETNS_NAME_MAX + 1];
};

/* The next one; each has up to three interfaces. */
static bool next(const struct wire_ends *here, size_t *at, struct old *old)
{
	struct old before;
	size_t i;

	while (*at < here->n) {
		bool again = false;

		if (!wire_parse_any(&here->at[(*at)++], &old->id, old->name,
				    old->netns))
			continue;
		for (i = 0; i < *at - 1; i++)
			again |= wire_parse_any(&here->at[i], &before.id,
						before.name, before.netns) &&
				 before.id == old->id;
		if (!again)
			return true;
	}
	return false;
}

static const char *shadow_port(const struct saa_file *f,
			       const struct saa_conf *running, unsigned int side)
{
	const struct saa_port *port = saa_conf_port(running, side);

	if (port || !f)
		return port ? port->ifname : "";
	return side == SAA_SIDE_NORTH ? f->root->cluster.punt.north :
					f->root->cluster.punt.south;
}

static int check_moved(const struct wire *w, const struct old *old,
		       const struct saa_conf *running, const char *path)
{
	static const char remedy[] =
		"; first apply the file without it, which ends its flows";
	const struct saa_file_punt *punt = &w->file->root->cluster.punt;
	const char *name = w->tier1->name, *netns = w->tier1->namespaces[w->edge];

	if (old->id != w->tier1->gateway_id)
		return refuse("%s: gateway \"%s\" has id %u, but runs with id %u%s",
			      path, name, w->tier1->gateway_id, old->id, remedy);
	if (strcmp(old->netns, netns))
		return refuse("%s: gateway \"%s\" has network namespace \"%s\", but runs in \"%s\"%s",
			      path, name, netns, old->netns, remedy);
	if (strcmp(shadow_port(w->file, running, SAA_SIDE_NORTH), punt->north) ||
	    strcmp(shadow_port(w->file, running, SAA_SIDE_SOUTH), punt->south) ||
	    (running->n_ports && running->ports[0].transport != punt->kind))
		return refuse("%s: the shadow ports become others, but gateway \"%s\" runs on these%s",
			      path, name, remedy);
	return EXIT_OK;
}

/* The namespace of one that goes, where another one comes. */
static int check_taken(const struct wire *w, const struct old *old,
		       const char *path)
{
	int netns = saa_netns_open(old->netns), ret = EXIT_OK;

	if (netns >= 0 && w->netns >= 0 && saa_netns_same(netns, w->netns))
		ret = refuse("%s: network namespace \"%s\" of gateway \"%s\" is that of gateway \"%s\", which runs and is no longer in the file; first apply the file without \"%s\"",
			     path, old->netns, w->tier1->name, old->name,
			     w->tier1->name);
	if (netns >= 0)
		close(netns);
	return ret;
}

int wire_check_old(const struct wire *wires, size_t n, struct saa_rtnl *rt0,
		   const struct saa_conf *running, const char *path)
{
	struct wire_ends here = { 0 };
	struct old old;
	size_t i, at = 0;
	int ret;

	ret = wire_read_ends(rt0, &here);
	while (!ret && next(&here, &at, &old)) {
		const struct wire *same = NULL;

		for (i = 0; i < n; i++)
			if (wires[i].tier1->gateway_id == old.id ||
			    (!same && !strcmp(wires[i].tier1->name, old.name)))
				same = &wires[i];
		if (same)
			ret = check_moved(same, &old, running, path);
		for (i = 0; i < n && !ret && !same; i++)
			ret = check_taken(&wires[i], &old, path);
	}
	free(here.at);
	return ret;
}

/*
 * In the namespace of the gateway, if it runs there. What apply moved there goes
 * back to that of the tier-0, first: where one cannot, the gateway stays, since it
 * says which they are.
 */
static int remove_here(const struct old *old, int tier0)
{
	struct saa_conf none = { 0 }, conf = { 0 };
	struct saa_rtnl rt = { 0 };
	struct saa_nl nl = { 0 };
	int ret = EXIT_OK, lock = lock_namespace();

	if (lock < 0)
		return refuse("gateway \"%s\" stays as it is: \"saactl -n %s gateway del %s\"",
			      old->name, old->netns, old->name);
	if (saa_nl_open(&nl) || saa_nl_get(&nl, 0, &conf)) {
		ret = refuse("network namespace \"%s\": %s", old->netns, nl.error);
	} else if (conf.gateway.has && conf.gateway.id == old->id) {
		if (saa_rtnl_open(&rt))
			ret = refuse("network namespace \"%s\": %s", old->netns,
				     rt.error);
		else if (space_is_made(&rt))
			ret = space_empty(&rt, &conf, tier0);
		if (ret)
			goto out;
		if (del_gateway(&nl, old->id))
			ret = refuse("network namespace \"%s\": %s", old->netns,
				     nl.error);
		else if (saa_rtnl_sync_routes(&rt, &none))
			ret = refuse("network namespace \"%s\": %s", old->netns,
				     rt.error);
	}
out:
	if (rt.sock)
		saa_rtnl_close(&rt);
	if (nl.sock)
		saa_nl_close(&nl);
	saa_conf_free(&conf);
	unlock_namespace(lock);
	return ret;
}

static int remove_gateway(const struct old *old)
{
	int netns = saa_netns_open(old->netns), own, ret;

	/* nobody can do anything in one without a name any more */
	if (netns < 0 && errno == ENOENT)
		return EXIT_OK;
	own = netns < 0 ? -1 : saa_netns_enter(netns);
	if (own < 0) {
		ret = refuse("network namespace \"%s\" of gateway \"%s\": %s; it stays as it is",
			     old->netns, old->name, strerror(errno));
	} else {
		ret = remove_here(old, own);
		saa_netns_leave(own);
	}
	if (netns >= 0)
		close(netns);
	return ret;
}

/* Without wires it is empty, if apply made it, or nearly. */
static int remove_space(const struct old *old, bool dry_run, json_t *list)
{
	int netns = saa_netns_open(old->netns);
	int own = netns < 0 ? -1 : saa_netns_enter(netns), ret = EXIT_OK;
	bool gone = false, made = false;
	struct saa_rtnl rt = { 0 };

	if (own >= 0) {
		made = !saa_rtnl_open(&rt) && space_is_made(&rt);
		saa_netns_leave(own);
	}
	if (made && !dry_run)
		ret = space_remove(&rt, old->netns, &gone);
	if (gone || (made && dry_run))
		json_array_append_new(list, json_pack("{s:s, s:{s:s}}", "op",
			"remove", "namespace", "name", old->netns));
	if (rt.sock)
		saa_rtnl_close(&rt);
	if (netns >= 0)
		close(netns);
	return ret;
}

/* A file of "saactl save" has the tier-0's end of a link, and no tier-1. */
bool wire_is_old(const struct saa_link *link, const struct saa_conf *conf,
		 unsigned int *id)
{
	char ifname[IF_NAMESIZE];
	struct old old;
	size_t i;

	if (!wire_parse_any(link, id, old.name, old.netns))
		return false;
	wire_ifname(WIRE_LINK, *id, ifname);
	for (i = 0; i < conf->n_groups; i++)
		if (!strcmp(conf->groups[i].ifname, ifname))
			return false;
	return true;
}

/*
 * Of an apply that was killed; it went on with those of tier-1s that are in the
 * file.
 */
static int remove_begun(struct saa_rtnl *rt0)
{
	struct wire_ends here = { 0 };
	int ret = wire_read_ends(rt0, &here);
	size_t i;

	for (i = 0; i < here.n; i++)
		if (wire_is_begun(&here.at[i]) &&
		    saa_rtnl_del_link(rt0, here.at[i].ifindex))
			ret = refuse("%s: %s", here.at[i].name, rt0->error);
	free(here.at);
	return ret;
}

int wire_remove_old(const struct wire *wires, size_t n, struct saa_rtnl *rt0,
		    const struct saa_file *f, const struct saa_conf *conf,
		    const struct saa_conf *running, bool dry_run, json_t *list)
{
	const char *const ports[2] = {
		shadow_port(f, running, SAA_SIDE_NORTH),
		shadow_port(f, running, SAA_SIDE_SOUTH),
	};
	uint16_t sr = running->gateway.has ? running->gateway.sr :
					     conf->gateway.sr;
	struct wire_ends here = { 0 };
	int ret, one, wrong = EXIT_OK;
	size_t i, at = 0;
	struct old old;

	ret = wire_read_ends(rt0, &here);
	while (!ret && next(&here, &at, &old)) {
		for (i = 0; i < n && wires[i].tier1->gateway_id != old.id; i++)
			;
		if (i < n || !wire_is_old(&here.at[at - 1], conf, &old.id))
			continue;
		one = dry_run ? EXIT_OK : remove_gateway(&old);
		if (!one && !dry_run)
			one = wire_cut(rt0, ports, old.id, sr,
				       (1u << WIRE_PAIRS) - 1, false);
		wrong |= one;
		if (!one)
			json_array_append_new(list, json_pack(
				"{s:s, s:{s:s, s:i, s:s}}", "op", "remove",
				"tier-1", "name", old.name, "id", (int)old.id,
				"netns", old.netns));
		if (!one)
			wrong |= remove_space(&old, dry_run, list);
	}
	free(here.at);
	if (!ret && !dry_run)
		ret = remove_begun(rt0);
	return ret | wrong;
}

int wire_remove_all(struct saa_rtnl *rt0, const struct saa_conf *former)
{
	const struct saa_conf none = { 0 };
	json_t *list = json_array();
	int ret;

	ret = wire_remove_old(NULL, 0, rt0, NULL, &none, former, false, list);
	json_decref(list);
	return ret;
}
