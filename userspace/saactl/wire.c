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
/*
 * A new interface cannot have an alias. Until it has, it is in this device group, so
 * that one is known that an apply had only begun when it was killed.
 */
#define BEGUN 0x5aa5aa00u

bool wire_is_begun(const struct saa_link *link)
{
	return !strncmp(link->name, "t1", 2) && link->group == BEGUN;
}

bool wire_is_made(const struct saa_link *link)
{
	return wire_is_begun(link) ||
	       (!strncmp(link->name, "t1", 2) &&
		!strncmp(link->alias, MARK " ", sizeof(MARK)));
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

	set_sysctl(path, !on);
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
		       const struct saa_link *there, unsigned int pair)
{
	char *alias = saa_format(MARK " %u %s %s", w->tier1->gateway_id,
				 w->tier1->name, w->tier1->namespaces[w->edge]);
	bool begun = wire_is_begun(here);
	int ret = EXIT_OK;

	if (begun) {
		w->made |= 1u << pair;
		set_ipv6(here->name, pair == WIRE_LINK);
		set_ipv6_there(w->netns, there->name, pair == WIRE_LINK);
	}
	if (strcmp(here->alias, alias) &&
	    saa_rtnl_set_alias(w->rt0, here->ifindex, alias))
		ret = refuse("%s: %s", here->name, w->rt0->error);
	free(alias);
	if (!ret && begun && saa_rtnl_set_group(w->rt0, here->ifindex, 0))
		ret = refuse("%s: %s", here->name, w->rt0->error);
	if (!ret)
		ret = set_up(w->rt0, here);
	return ret ? ret : set_up(w->rt1, there);
}

/* The other end of @here, in the tier-1, by another name than it should have. */
static const struct saa_link *renamed_end(const struct saa_link *here,
					  const struct wire_ends *there)
{
	size_t i;

	for (i = 0; i < there->n && here->lower_netns >= 0; i++)
		if (there->at[i].ifindex == here->lower &&
		    there->at[i].lower == here->ifindex &&
		    there->at[i].lower_netns >= 0)
			return &there->at[i];
	return NULL;
}

/* What is left of a pair whose other end has gone from the tier-1 goes, too. */
static int remove_rest(struct wire *w, const struct saa_link *here,
		       const struct wire_ends *there, const char *peer)
{
	const struct saa_link *renamed = renamed_end(here, there);

	if (renamed)
		return refuse("interface %s is there, but its other end is %s in network namespace \"%s\" of gateway \"%s\"; rename that to %s",
			      here->name, renamed->name,
			      w->tier1->namespaces[w->edge], w->tier1->name,
			      peer);
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

	if (saa_rtnl_add_veth(w->rt0, name, peer, w->netns, mtu, BEGUN))
		return refuse("%s", w->rt0->error);
	w->made |= 1u << pair;
	ret = wire_read_ends(w->rt0, &here);
	if (!ret)
		ret = wire_read_ends(w->rt1, &there);
	if (!ret && (!wire_end(&here, name) || !wire_end(&there, peer)))
		ret = refuse("interfaces %s and %s are gone again", name, peer);
	if (!ret)
		ret = finish_pair(w, wire_end(&here, name),
				  wire_end(&there, peer), pair);
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
			ret = finish_pair(w, mine, other, pair);
	} else if (!ret) {
		if (mine)
			ret = remove_rest(w, mine, &there, peer);
		if (!ret)
			ret = add_pair(w, name, peer, mtu, pair);
	}
	free(here.at);
	free(there.at);
	return ret;
}

static int make_shadow(struct wire *w, unsigned int side)
{
	const char *port = port_name(w->file, side);
	const struct saa_link *lower;
	struct wire_ends here = { 0 };
	int ret;

	ret = wire_read_ends(w->rt0, &here);
	lower = wire_end(&here, port);
	if (!ret && !lower)
		ret = refuse("shadow port %s of gateway \"%s\" is not there; gateway \"%s\" uses it",
			     port, w->tier1->above->name, w->tier1->name);
	if (!ret)
		ret = make_pair(w, saa_file_port(w->file, w->tier1, side),
				lower->mtu, WIRE_SHADOW + side);
	free(here.at);
	return ret;
}

/*
 * What the link takes: as much as what punts its packets, and over Geneve, where
 * that is as much as there can be, as the largest of the tier-0's own members.
 */
static uint32_t link_mtu(const struct wire *w, const struct wire_ends *here)
{
	const struct saa_link *port, *member;
	uint32_t mtu = 0;
	size_t i;

	port = wire_end(here, port_name(w->file, SAA_SIDE_SOUTH));
	for (i = 0; i < w->tier1->above->n_groups; i++) {
		member = wire_end(here, w->tier1->above->groups[i].members[w->edge]);
		if (member && member->mtu > mtu)
			mtu = member->mtu;
	}
	if (w->file->root->cluster.punt.kind == SAA_TRANSPORT_GENEVE && mtu &&
	    port && mtu < port->mtu)
		return mtu;
	return port ? port->mtu : 1500;
}

static int make_link(struct wire *w)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	struct wire_ends here = { 0 }, there = { 0 };
	const struct saa_link *down, *up;
	char name[IF_NAMESIZE];
	struct saa_addr addr;
	size_t i;
	int ret;

	saa_file_link_ifname(w->tier1, name);
	ret = wire_read_ends(w->rt0, &here);
	if (!ret)
		ret = make_pair(w, SAA_LINK_UP, link_mtu(w, &here), WIRE_LINK);
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
	int ret;

	ret = wire_lead_none(rt0, port, id, side);
	saa_punt_mac(mac, side == SAA_SIDE_SOUTH ? SAA_MAC_SOUTH : 0, id, sr);
	if (saa_rtnl_set_mac_filter(rt0, port->ifindex, mac, false))
		ret = refuse("%s: %s", port->name, rt0->error);
	return ret;
}

/* The port @name, and what was one before "saactl punt set". */
static int cut_ports(struct saa_rtnl *rt0, const struct wire_ends *here,
		     const char *name, unsigned int side, uint16_t id,
		     uint16_t sr)
{
	const struct saa_link *link;
	int ret = EXIT_OK;
	bool has;
	size_t i;

	for (i = 0; i < here->n; i++) {
		link = &here->at[i];
		has = !strcmp(link->name, name);
		if (!has && saa_rtnl_has_filters(rt0, link->ifindex, id, side,
						 &has))
			ret = refuse("%s: %s", link->name, rt0->error);
		if (has)
			ret |= cut_port(rt0, link, side, id, sr);
	}
	return ret;
}

/* The tier-0's end, which goes, unless somebody else made it. */
static int cut_end(struct saa_rtnl *rt0, const struct saa_link *end,
		   unsigned int pair, uint16_t id, bool all)
{
	if (!end)
		return EXIT_OK;
	if (!all && !wire_is_made(end))
		return pair < WIRE_SHADOW ? EXIT_OK :
			wire_lead_none(rt0, end, id, pair - WIRE_SHADOW);
	if (saa_rtnl_del_link(rt0, end->ifindex))
		return refuse("%s: %s", end->name, rt0->error);
	return EXIT_OK;
}

int wire_cut(struct saa_rtnl *rt0, const char *const ports[2], uint16_t id,
	     uint16_t sr, unsigned int pairs, bool all)
{
	struct wire_ends here = { 0 };
	char name[IF_NAMESIZE];
	int ret, wrong = EXIT_OK;
	unsigned int i;

	ret = wire_read_ends(rt0, &here);
	for (i = 0; i < WIRE_PAIRS && !ret; i++) {
		if (!(pairs & 1u << i))
			continue;
		if (i >= WIRE_SHADOW)
			wrong |= cut_ports(rt0, &here, ports[i - WIRE_SHADOW],
					   i - WIRE_SHADOW, id, sr);
		wire_ifname(i, id, name);
		wrong |= cut_end(rt0, wire_end(&here, name), i, id, all);
	}
	free(here.at);
	return ret | wrong;
}

/* As @conf0 and @conf1 ask, which come after @former; by the @pairs of shadow ports. */
static int lead(const struct wire *w, const struct saa_conf *conf0,
		const struct saa_conf *conf1, const struct saa_conf *former,
		unsigned int pairs)
{
	const struct saa_link *port, *end;
	struct wire_ends here = { 0 };
	char name[IF_NAMESIZE];
	unsigned int side;
	int ret;

	ret = wire_read_ends(w->rt0, &here);
	for (side = 0; side < 2 && !ret; side++) {
		saa_file_link_shadow(w->tier1->gateway_id, side, name);
		port = wire_end(&here, port_name(w->file, side));
		end = wire_end(&here, name);
		/* one that the administrator made may have no end here */
		if (pairs & 1u << (WIRE_SHADOW + side) && port && end)
			ret = wire_lead(w->rt0, conf0, conf1, former, side,
					port, end);
	}
	free(here.at);
	return ret;
}

int wire_join(struct wire *w)
{
	w->led = true;
	return lead(w, w->conf0, w->conf1, w->old1, ~0u);
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
	/* frames go as they did, by pairs that were there */
	if (w->led)
		lead(w, w->old0, w->old1, w->conf1, ~w->made);
	w->made = 0;
	w->led = false;
}
