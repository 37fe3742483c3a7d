// SPDX-License-Identifier: GPL-2.0-or-later
/* What connects the SRs of a tier-1 and of its tier-0 on one edge. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netns.h"
#include "rtnl_link.h"
#include "tool.h"
#include "wire.h"

/* An alias is this, the gateway's id, its name, its namespace. */
#define MARK "saa-tier-1"

bool wire_parse(const struct saa_link *link, unsigned int *id,
		char name[SAA_NAME_SIZE], char netns[SAA_NETNS_NAME_MAX + 1])
{
	/* shadow ports have the alias, too: the link stands for all */
	return !strncmp(link->name, "t1-", 3) &&
	       sscanf(link->alias, MARK " %u %31s %255[^\n]", id, name,
		      netns) == 3;
}

static const char *const shadow_names[2] = { "t1n-%u", "t1s-%u" };

static const char *port_name(const struct saa_file *f, int side)
{
	return side == SAA_SIDE_NORTH ? f->root->cluster.punt.north :
					f->root->cluster.punt.south;
}

struct ends {
	struct saa_link *at;
	size_t n;
};

static int read_links(struct saa_rtnl *rt, struct ends *e)
{
	free(e->at);
	*e = (struct ends){ 0 };
	if (!saa_rtnl_links(rt, &e->at, &e->n))
		return EXIT_OK;
	free(e->at);
	*e = (struct ends){ 0 };
	return refuse("%s", rt->error);
}

static const struct saa_link *find(const struct ends *e, const char *name)
{
	return saa_link_by_name(e->at, e->n, name);
}

/* In the namespace of the thread. */
static void no_ipv6(const char *ifname)
{
	char *path = saa_format("/proc/sys/net/ipv6/conf/%s/disable_ipv6",
				ifname);
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd >= 0) {
		if (write(fd, "1", 1) != 1)
			warn("%s: %s", path, strerror(errno));
		close(fd);
	}
	free(path);
}

static void no_ipv6_there(int netns, const char *ifname)
{
	int own = saa_netns_open("");

	if (own >= 0 && !setns(netns, CLONE_NEWNET)) {
		no_ipv6(ifname);
		if (setns(own, CLONE_NEWNET))
			abort();
	}
	if (own >= 0)
		close(own);
}

/* A pair of interfaces, if the tier-1 has none of this name. */
static int make_pair(struct wire *w, const char *name, const char *peer,
		     uint32_t mtu, enum wire_pair which)
{
	struct ends here = { 0 }, there = { 0 };
	char *alias;
	int ret;

	ret = read_links(w->rt1, &there);
	if (!ret && find(&there, peer)) {
		free(there.at);
		return EXIT_OK;
	}
	if (!ret && saa_rtnl_add_veth(w->rt0, name, peer, w->netns, mtu))
		ret = refuse("%s", w->rt0->error);
	if (ret)
		goto out;
	w->made |= 1u << which;
	if (which != WIRE_LINK) {
		no_ipv6(name);
		no_ipv6_there(w->netns, peer);
	}
	alias = saa_format(MARK " %u %s %s", w->tier1->gateway_id,
			   w->tier1->name, w->tier1->namespaces[w->edge]);
	ret = read_links(w->rt0, &here);
	if (!ret)
		ret = read_links(w->rt1, &there);
	if (!ret && (!find(&here, name) || !find(&there, peer)))
		ret = refuse("interfaces %s and %s are gone again", name, peer);
	if (!ret && (saa_rtnl_set_alias(w->rt0, find(&here, name)->ifindex, alias) ||
		     saa_rtnl_set_up(w->rt0, find(&here, name)->ifindex)))
		ret = refuse("%s: %s", name, w->rt0->error);
	if (!ret && saa_rtnl_set_up(w->rt1, find(&there, peer)->ifindex))
		ret = refuse("%s: %s", peer, w->rt1->error);
	free(alias);
out:
	free(here.at);
	free(there.at);
	return ret;
}

static int make_shadow(struct wire *w, int side)
{
	const struct saa_file_edge *edge = &w->file->root->cluster.edges[w->edge];
	const char *port = port_name(w->file, side);
	char name[IF_NAMESIZE];
	uint32_t handle = w->tier1->gateway_id;
	struct ends here = { 0 };
	const struct saa_link *lower, *end;
	uint8_t mac[6];
	int ret;

	snprintf(name, sizeof(name), shadow_names[side], w->tier1->gateway_id);
	ret = read_links(w->rt0, &here);
	lower = find(&here, port);
	if (!ret && !lower)
		ret = refuse("shadow port %s of gateway \"%s\" is not there; gateway \"%s\" uses it",
			     port, w->tier1->above->name, w->tier1->name);
	/* a filter may be left that leads to an interface that has gone */
	if (!ret && !find(&here, name))
		saa_rtnl_del_redirect(w->rt0, lower->ifindex, handle);
	if (!ret)
		ret = make_pair(w, name, port, lower->mtu,
				WIRE_SHADOW + side);
	if (!ret)
		ret = read_links(w->rt0, &here);
	lower = find(&here, port);
	end = find(&here, name);
	if (ret || !lower || !end)	/* one that the administrator made */
		goto out;
	saa_punt_mac(mac, side == SAA_SIDE_SOUTH ? SAA_MAC_SOUTH : 0,
		     w->tier1->gateway_id, edge->id);
	if (saa_rtnl_set_mac_filter(w->rt0, lower->ifindex, mac, true) ||
	    saa_rtnl_add_redirect(w->rt0, lower->ifindex, mac, end->ifindex,
				  handle) ||
	    saa_rtnl_add_redirect(w->rt0, end->ifindex, NULL, lower->ifindex,
				  handle))
		ret = refuse("%s: %s", port, w->rt0->error);
out:
	free(here.at);
	return ret;
}

static int make_link(struct wire *w)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	const struct saa_link *lower, *down, *up;
	struct ends here = { 0 }, there = { 0 };
	char name[IF_NAMESIZE];
	struct saa_addr addr;
	size_t i;
	int ret;

	saa_file_link_ifname(w->tier1, name);
	ret = read_links(w->rt0, &here);
	lower = find(&here, port_name(w->file, SAA_SIDE_SOUTH));
	if (!ret)
		ret = make_pair(w, name, SAA_LINK_UP, lower ? lower->mtu : 1500,
				WIRE_LINK);
	if (!ret)
		ret = read_links(w->rt0, &here);
	if (!ret)
		ret = read_links(w->rt1, &there);
	down = find(&here, name);
	up = find(&there, SAA_LINK_UP);
	if (ret || !down || !up || strncmp(down->alias, MARK, strlen(MARK)))
		goto out;
	for (i = 0; i < ARRAY_SIZE(families) && !ret; i++) {
		unsigned int len = families[i] == AF_INET ? 31 : 127;

		saa_file_link_addr(w->tier1, families[i], false, &addr);
		if (saa_rtnl_add_addr(w->rt0, down->ifindex, &addr, len))
			ret = refuse("%s: %s", name, w->rt0->error);
		saa_file_link_addr(w->tier1, families[i], true, &addr);
		if (!ret && saa_rtnl_add_addr(w->rt1, up->ifindex, &addr, len))
			ret = refuse(SAA_LINK_UP ": %s", w->rt1->error);
	}
out:
	free(here.at);
	free(there.at);
	return ret;
}

int wire_make(struct wire *w)
{
	int ret = make_shadow(w, SAA_SIDE_NORTH);

	if (!ret)
		ret = make_shadow(w, SAA_SIDE_SOUTH);
	return ret ? ret : make_link(w);
}

int wire_routes(struct wire *w)
{
	const struct saa_file_gateway *t1 = w->tier1;
	struct saa_route *down_routes, up_routes[2] = { 0 };
	const struct saa_link *down, *up;
	struct ends here = { 0 }, there = { 0 };
	char name[IF_NAMESIZE];
	uint32_t i;
	int ret;

	saa_file_link_ifname(t1, name);
	ret = read_links(w->rt0, &here);
	if (!ret)
		ret = read_links(w->rt1, &there);
	down = find(&here, name);
	up = find(&there, SAA_LINK_UP);
	down_routes = saa_zalloc((t1->n_advertise + 1) * sizeof(*down_routes));
	if (ret || !down || !up || strncmp(down->alias, MARK, strlen(MARK)))
		goto out;
	for (i = 0; i < t1->n_advertise; i++) {
		down_routes[i].dst = t1->prefixes[i].addr;
		down_routes[i].len = t1->prefixes[i].len;
		saa_file_link_addr(t1, down_routes[i].dst.family, true,
				   &down_routes[i].via);
	}
	for (i = 0; i < 2; i++) {
		up_routes[i].dst.family = i ? AF_INET6 : AF_INET;
		saa_file_link_addr(t1, up_routes[i].dst.family, false,
				   &up_routes[i].via);
	}
	if (saa_rtnl_set_routes(w->rt0, down->ifindex, down_routes,
				t1->n_advertise))
		ret = refuse("gateway \"%s\": %s", t1->above->name,
			     w->rt0->error);
	else if (saa_rtnl_set_routes(w->rt1, up->ifindex, up_routes, 2))
		ret = refuse("gateway \"%s\": %s", t1->name, w->rt1->error);
out:
	free(down_routes);
	free(here.at);
	free(there.at);
	return ret;
}

/*
 * Pairs that were made for a gateway, by the bits of @made or by their aliases:
 * their other ends go with them.
 */
static void cut(struct saa_rtnl *rt0, const char *const ports[2], unsigned int id,
		uint16_t sr, unsigned int made)
{
	const char *names[] = { "t1-%u", shadow_names[0], shadow_names[1] };
	const struct saa_link *link;
	struct ends here = { 0 };
	char name[IF_NAMESIZE];
	uint8_t mac[6];
	size_t i;

	if (read_links(rt0, &here))
		return;
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		const struct saa_link *port;

		snprintf(name, sizeof(name), names[i], id);
		link = find(&here, name);
		if (!link || (made ? !(made & 1u << i) :
			      !!strncmp(link->alias, MARK, strlen(MARK))))
			continue;
		port = i ? find(&here, ports[i - 1]) : NULL;
		saa_punt_mac(mac, i == 2 ? SAA_MAC_SOUTH : 0, id, sr);
		if (port && saa_rtnl_del_redirect(rt0, port->ifindex, id))
			warn("%s: %s", port->name, rt0->error);
		if (port && saa_rtnl_set_mac_filter(rt0, port->ifindex, mac,
						    false))
			warn("%s: %s", port->name, rt0->error);
		if (saa_rtnl_del_link(rt0, link->ifindex))
			warn("%s: %s", name, rt0->error);
	}
	free(here.at);
}

void wire_undo(struct wire *w)
{
	const char *const ports[] = { port_name(w->file, SAA_SIDE_NORTH),
				      port_name(w->file, SAA_SIDE_SOUTH) };

	if (w->made)
		cut(w->rt0, ports, w->tier1->gateway_id,
		    w->file->root->cluster.edges[w->edge].id, w->made);
	w->made = 0;
}

/* The gateway in a namespace, if it is this one. Returns its SR, or 0. */
static uint16_t remove_gateway(const char *netns, unsigned int id)
{
	struct saa_conf none = { 0 }, conf = { 0 };
	int own = saa_netns_open(""), there = saa_netns_open(netns);
	struct saa_rtnl rt = { 0 };
	struct saa_nl nl = { 0 };
	uint16_t sr = 0;

	if (own < 0 || there < 0 || setns(there, CLONE_NEWNET))
		goto out;
	if (!saa_nl_open(&nl) && !saa_nl_get(&nl, 0, &conf) &&
	    conf.gateway.has && conf.gateway.id == id) {
		struct saa_conf all = { .gateway = {
			.has = 1u << SAA_A_GATEWAY_ID, .id = id } };

		sr = conf.gateway.sr;
		if (saa_nl_write(&nl, SAA_CMD_DEL, &all, false))
			warn("namespace %s: %s", netns, nl.error);
		else if (saa_rtnl_open(&rt) || saa_rtnl_sync_routes(&rt, &none))
			warn("namespace %s: %s", netns, rt.error);
	}
	if (setns(own, CLONE_NEWNET))
		abort();
	saa_rtnl_close(&rt);
	saa_nl_close(&nl);
	saa_conf_free(&conf);
out:
	if (own >= 0)
		close(own);
	if (there >= 0)
		close(there);
	return sr;
}

static bool is_wanted(const struct saa_file *f,
		      const struct saa_file_gateway *tier0, unsigned int id)
{
	uint32_t g;

	for (g = 0; f && g < f->root->n_gateways; g++) {
		const struct saa_file_gateway *gw = &f->root->gateways[g];

		if (gw->gateway_id == id && saa_file_has_link(gw) &&
		    gw->above == tier0)
			return true;
	}
	return false;
}

/* A file of "saactl save" has the tier-0's end of a link, and no tier-1. */
static bool is_member(const struct saa_conf *conf, const char *ifname)
{
	size_t i;

	for (i = 0; i < conf->n_groups; i++)
		if (!strcmp(conf->groups[i].ifname, ifname))
			return true;
	return false;
}

/* Without @f and @tier0 none is wanted. */
static json_t *remove_unwanted(struct saa_rtnl *rt0, const struct saa_file *f,
			       const struct saa_file_gateway *tier0,
			       const struct saa_conf *conf,
			       const char *const ports[2], bool dry_run)
{
	char name[SAA_NAME_SIZE], netns[SAA_NETNS_NAME_MAX + 1];
	json_t *list = json_array();
	struct ends here = { 0 };
	unsigned int id;
	uint16_t sr;
	size_t i;

	if (read_links(rt0, &here))
		return list;
	for (i = 0; i < here.n; i++) {
		if (!wire_parse(&here.at[i], &id, name, netns) ||
		    is_wanted(f, tier0, id) ||
		    is_member(conf, here.at[i].name))
			continue;
		json_array_append_new(list, json_pack("{s:s, s:{s:s, s:i, s:s}}",
			"op", "remove", "tier-1", "name", name, "id", (int)id,
			"netns", netns));
		if (dry_run)
			continue;
		sr = remove_gateway(netns, id);
		cut(rt0, ports, id, sr, 0);
	}
	free(here.at);
	return list;
}

json_t *wire_remove_stale(struct saa_rtnl *rt0, const struct saa_file *f,
			  const struct saa_file_gateway *tier0,
			  const struct saa_conf *conf, bool dry_run)
{
	const char *const ports[] = { port_name(f, SAA_SIDE_NORTH),
				      port_name(f, SAA_SIDE_SOUTH) };

	return remove_unwanted(rt0, f, tier0, conf, ports, dry_run);
}

void wire_remove_all(struct saa_rtnl *rt0, const struct saa_conf *former)
{
	const struct saa_port *north = saa_conf_port(former, SAA_SIDE_NORTH);
	const struct saa_port *south = saa_conf_port(former, SAA_SIDE_SOUTH);
	const char *const ports[] = { north ? north->ifname : "",
				      south ? south->ifname : "" };
	const struct saa_conf none = { 0 };

	json_decref(remove_unwanted(rt0, NULL, NULL, &none, ports, false));
}
