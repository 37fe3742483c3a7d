// SPDX-License-Identifier: GPL-2.0-or-later
/* What connects the SRs of a tier-1 and of its tier-0 on one edge. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netns.h"
#include "tool.h"
#include "wire.h"

/* An alias is this, the gateway's id, its name, its namespace. */
#define MARK "saa-tier-1"

bool wire_is_made(const struct saa_link *link)
{
	return !strncmp(link->name, "t1", 2) &&
	       !strncmp(link->alias, MARK " ", sizeof(MARK));
}

bool wire_parse_any(const struct saa_link *link, unsigned int *id,
		    char name[SAA_NAME_SIZE],
		    char netns[SAA_NETNS_NAME_MAX + 1])
{
	return wire_is_made(link) &&
	       sscanf(link->alias, MARK " %u %31s %255[^\n]", id, name,
		      netns) == 3 && *id <= UINT16_MAX && saa_netns_name_ok(netns);
}

bool wire_parse(const struct saa_link *link, unsigned int *id,
		char name[SAA_NAME_SIZE], char netns[SAA_NETNS_NAME_MAX + 1])
{
	return !strncmp(link->name, "t1-", 3) &&
	       wire_parse_any(link, id, name, netns);
}

void wire_ifname(unsigned int pair, uint16_t id, char ifname[IF_NAMESIZE])
{
	if (pair == WIRE_LINK)
		snprintf(ifname, IF_NAMESIZE, "t1-%u", id);
	else
		saa_file_link_shadow(id, pair - WIRE_SHADOW, ifname);
}

static const char *port_name(const struct saa_file *f, unsigned int side)
{
	return side == SAA_SIDE_NORTH ? f->root->cluster.punt.north :
					f->root->cluster.punt.south;
}

int wire_read_ends(struct saa_rtnl *rt, struct wire_ends *e)
{
	free(e->at);
	*e = (struct wire_ends){ 0 };
	if (!saa_rtnl_links(rt, &e->at, &e->n))
		return EXIT_OK;
	free(e->at);
	*e = (struct wire_ends){ 0 };
	return refuse("%s", rt->error);
}

const struct saa_link *wire_end(const struct wire_ends *e, const char *name)
{
	return saa_link_by_name(e->at, e->n, name);
}

/*
 * In the namespace of the thread: a shadow port has no IPv6 addresses, a link
 * has, whatever new interfaces begin with there.
 */
static void set_ipv6(const char *ifname, bool on)
{
	char *path = saa_format("/proc/sys/net/ipv6/conf/%s/disable_ipv6",
				ifname);
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd >= 0) {
		if (write(fd, on ? "0" : "1", 1) != 1)
			warn("%s: %s", path, strerror(errno));
		close(fd);
	}
	free(path);
}

static void set_ipv6_there(int netns, const char *ifname, bool on)
{
	int own = saa_netns_enter(netns);

	if (own < 0)
		return;
	set_ipv6(ifname, on);
	saa_netns_leave(own);
}

static int set_up(struct saa_rtnl *rt, const struct saa_link *link)
{
	if (link->up || !saa_rtnl_set_up(rt, link->ifindex))
		return EXIT_OK;
	return refuse("%s: %s", link->name, rt->error);
}

/* A pair that was made here works, and says whose it is. */
static int finish_pair(struct wire *w, const struct saa_link *here,
		       const struct saa_link *there)
{
	char *alias = saa_format(MARK " %u %s %s", w->tier1->gateway_id,
				 w->tier1->name, w->tier1->namespaces[w->edge]);
	int ret = EXIT_OK;

	if (strcmp(here->alias, alias) &&
	    saa_rtnl_set_alias(w->rt0, here->ifindex, alias))
		ret = refuse("%s: %s", here->name, w->rt0->error);
	free(alias);
	if (!ret)
		ret = set_up(w->rt0, here);
	return ret ? ret : set_up(w->rt1, there);
}

/* What is left of a pair whose other end has gone from the tier-1 goes, too. */
static int remove_rest(struct wire *w, const struct saa_link *here,
		       const char *peer)
{
	if (!wire_is_made(here))
		return refuse("interface %s is there, but its other end %s is not in network namespace \"%s\" of gateway \"%s\"; rename or remove it",
			      here->name, peer, w->tier1->namespaces[w->edge],
			      w->tier1->name);
	if (saa_rtnl_del_link(w->rt0, here->ifindex))
		return refuse("%s: %s", here->name, w->rt0->error);
	return EXIT_OK;
}

static int add_pair(struct wire *w, const char *name, const char *peer,
		    uint32_t mtu, unsigned int pair)
{
	struct wire_ends here = { 0 }, there = { 0 };
	int ret;

	if (saa_rtnl_add_veth(w->rt0, name, peer, w->netns, mtu))
		return refuse("%s", w->rt0->error);
	w->made |= 1u << pair;
	set_ipv6(name, pair == WIRE_LINK);
	set_ipv6_there(w->netns, peer, pair == WIRE_LINK);
	ret = wire_read_ends(w->rt0, &here);
	if (!ret)
		ret = wire_read_ends(w->rt1, &there);
	if (!ret && (!wire_end(&here, name) || !wire_end(&there, peer)))
		ret = refuse("interfaces %s and %s are gone again", name, peer);
	if (!ret)
		ret = finish_pair(w, wire_end(&here, name),
				  wire_end(&there, peer));
	free(here.at);
	free(there.at);
	return ret;
}

/* A pair of interfaces, if the tier-1 has none of this name. */
static int make_pair(struct wire *w, const char *peer, uint32_t mtu,
		     unsigned int pair)
{
	struct wire_ends here = { 0 }, there = { 0 };
	const struct saa_link *mine, *other;
	char name[IF_NAMESIZE];
	int ret;

	wire_ifname(pair, w->tier1->gateway_id, name);
	ret = wire_read_ends(w->rt0, &here);
	if (!ret)
		ret = wire_read_ends(w->rt1, &there);
	mine = wire_end(&here, name);
	other = wire_end(&there, peer);
	if (!ret && other) {
		if (mine && wire_is_made(mine) && mine->lower == other->ifindex)
			ret = finish_pair(w, mine, other);
	} else if (!ret) {
		if (mine)
			ret = remove_rest(w, mine, peer);
		if (!ret)
			ret = add_pair(w, name, peer, mtu, pair);
	}
	free(here.at);
	free(there.at);
	return ret;
}

static int make_shadow(struct wire *w, unsigned int side)
{
	const struct saa_file_edge *edge = &w->file->root->cluster.edges[w->edge];
	const char *port = port_name(w->file, side);
	uint32_t handle = w->tier1->gateway_id;
	const struct saa_link *lower, *end;
	struct wire_ends here = { 0 };
	char name[IF_NAMESIZE];
	uint8_t mac[6];
	int ret;

	saa_file_link_shadow(handle, side, name);
	ret = wire_read_ends(w->rt0, &here);
	lower = wire_end(&here, port);
	if (!ret && !lower)
		ret = refuse("shadow port %s of gateway \"%s\" is not there; gateway \"%s\" uses it",
			     port, w->tier1->above->name, w->tier1->name);
	/* a filter may be left that leads to an interface that has gone */
	if (!ret && !wire_end(&here, name))
		saa_rtnl_del_redirect(w->rt0, lower->ifindex, handle);
	if (!ret)
		ret = make_pair(w, port, lower->mtu, WIRE_SHADOW + side);
	if (!ret)
		ret = wire_read_ends(w->rt0, &here);
	lower = wire_end(&here, port);
	end = wire_end(&here, name);
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
	struct wire_ends here = { 0 }, there = { 0 };
	const struct saa_link *lower, *down, *up;
	char name[IF_NAMESIZE];
	struct saa_addr addr;
	size_t i;
	int ret;

	saa_file_link_ifname(w->tier1, name);
	ret = wire_read_ends(w->rt0, &here);
	lower = wire_end(&here, port_name(w->file, SAA_SIDE_SOUTH));
	if (!ret)
		ret = make_pair(w, SAA_LINK_UP, lower ? lower->mtu : 1500,
				WIRE_LINK);
	if (!ret)
		ret = wire_read_ends(w->rt0, &here);
	if (!ret)
		ret = wire_read_ends(w->rt1, &there);
	down = wire_end(&here, name);
	up = wire_end(&there, SAA_LINK_UP);
	if (ret || !down || !up || !wire_is_made(down))
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

/* What a shadow port does for a tier-1. */
static int cut_port(struct saa_rtnl *rt0, const struct saa_link *port,
		    unsigned int side, uint16_t id, uint16_t sr)
{
	uint8_t mac[6];

	saa_punt_mac(mac, side == SAA_SIDE_SOUTH ? SAA_MAC_SOUTH : 0, id, sr);
	if (!port)
		return EXIT_OK;
	if (saa_rtnl_del_redirect(rt0, port->ifindex, id) ||
	    saa_rtnl_set_mac_filter(rt0, port->ifindex, mac, false))
		return refuse("%s: %s", port->name, rt0->error);
	return EXIT_OK;
}

int wire_cut(struct saa_rtnl *rt0, const char *const ports[2], uint16_t id,
	     uint16_t sr, unsigned int pairs, bool all)
{
	const struct saa_link *link;
	struct wire_ends here = { 0 };
	char name[IF_NAMESIZE];
	int ret, wrong = EXIT_OK;
	unsigned int i;

	ret = wire_read_ends(rt0, &here);
	for (i = 0; i < WIRE_PAIRS && !ret; i++) {
		if (!(pairs & 1u << i))
			continue;
		if (i >= WIRE_SHADOW)
			wrong |= cut_port(rt0, wire_end(&here, ports[i - WIRE_SHADOW]),
					  i - WIRE_SHADOW, id, sr);
		wire_ifname(i, id, name);
		link = wire_end(&here, name);
		if (link && (all || wire_is_made(link)) &&
		    saa_rtnl_del_link(rt0, link->ifindex))
			wrong |= refuse("%s: %s", name, rt0->error);
	}
	free(here.at);
	return ret | wrong;
}

void wire_undo(struct wire *w)
{
	const char *const ports[2] = {
		port_name(w->file, SAA_SIDE_NORTH),
		port_name(w->file, SAA_SIDE_SOUTH),
	};

	if (w->made)
		wire_cut(w->rt0, ports, w->tier1->gateway_id,
			 w->file->root->cluster.edges[w->edge].id, w->made,
			 true);
	w->made = 0;
}
