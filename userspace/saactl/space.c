// SPDX-License-Identifier: GPL-2.0-or-later
/* The network namespace that "saactl apply" makes for a tier-1. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "netns.h"
#include "rtnl_link.h"
#include "space.h"
#include "tool.h"

#define MARK "made by saactl apply"
#define LOOPBACK 1		/* its ifindex, in every namespace */

/* "ip netns exec" has mounts of its own: what is made there is gone with it. */
static bool has_own_mounts(void)
{
	struct stat own, first;

	return !stat("/proc/self/ns/mnt", &own) &&
	       !stat("/proc/1/ns/mnt", &first) && own.st_ino != first.st_ino;
}

/* Two gateways may each have an interface of one name, in their own namespaces. */
static int check_unused(const struct saa_conf *tier0, const struct saa_link *link,
			const char *name)
{
	static const char remedy[] =
		"make the namespace, with an interface of its own in it, or name another one";
	size_t i;

	for (i = 0; i < tier0->n_groups; i++)
		if (!strcmp(tier0->groups[i].ifname, link->name))
			return refuse("interface %s is in group \"%s\" of gateway \"%s\", and network namespace \"%s\" is to be made with it; %s",
				      link->name, tier0->groups[i].name,
				      tier0->gateway.name, name, remedy);
	for (i = 0; i < tier0->n_ports; i++)
		if (!strcmp(tier0->ports[i].ifname, link->name))
			return refuse("interface %s is a shadow port of gateway \"%s\", and network namespace \"%s\" is to be made with it; %s",
				      link->name, tier0->gateway.name, name,
				      remedy);
	return EXIT_OK;
}

/* A VLAN or the like on @link, which would lose it; the peer of a veth is none. */
static const struct saa_link *upper(const struct saa_link *links, size_t n,
				    const struct saa_link *link)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (&links[i] != link && links[i].lower == link->ifindex &&
		    links[i].lower_netns < 0 && strcmp(links[i].kind, "veth"))
			return &links[i];
	return NULL;
}

static int check_member(struct saa_rtnl *rt0, const struct saa_link *links,
			size_t n, const struct saa_link *link, const char *name)
{
	const struct saa_link *on = upper(links, n, link);
	bool has;

	if (on)
		return refuse("interface %s is on interface %s, which would leave it for network namespace \"%s\", which is to be made; take an interface without others on it, or make the namespace and put the interface there",
			      on->name, link->name, name);
	if (link->master)
		return refuse("interface %s is in a bridge, bond or the like, which it would leave for network namespace \"%s\", which is to be made; take it out, or make the namespace and put the interface there",
			      link->name, name);
	if (saa_rtnl_has_addr(rt0, link->ifindex, &has))
		return refuse("%s", rt0->error);
	if (has)
		return refuse("interface %s has addresses, which it would lose in network namespace \"%s\", which is to be made; remove them, or make the namespace and put the interface there",
			      link->name, name);
	return EXIT_OK;
}

int space_check(struct saa_rtnl *rt0, struct saa_rtnl *rt1,
		const struct saa_file_gateway *tier1, size_t edge,
		const struct saa_conf *running, const struct saa_conf *new)
{
	const char *name = tier1->namespaces[edge];
	struct saa_link *links, *there = NULL;
	const struct saa_link *link;
	size_t n, n_there = 0;
	int ret = EXIT_OK;
	uint32_t i;

	if (!rt1 && has_own_mounts())
		return refuse("network namespace \"%s\" is not there, and what this process makes is seen by nobody else; run saactl with -n in place of \"ip netns exec\", or \"ip netns add %s\"",
			      name, name);
	if (saa_rtnl_links(rt0, &links, &n))
		return refuse("%s", rt0->error);
	if (rt1 && saa_rtnl_links(rt1, &there, &n_there))
		ret = refuse("%s", rt1->error);
	for (i = 0; i < tier1->n_groups && !ret; i++) {
		if (saa_link_by_name(there, n_there,
				     tier1->groups[i].members[edge]))
			continue;
		link = saa_link_by_name(links, n, tier1->groups[i].members[edge]);
		if (!link)
			ret = refuse("network namespace \"%s\" of gateway \"%s\" is not there, nor is interface %s here to make it with; correct the name, or make it with that in it",
				     name, tier1->name,
				     tier1->groups[i].members[edge]);
		if (!ret)
			ret = check_unused(running, link, name);
		if (!ret)
			ret = check_unused(new, link, name);
		if (!ret)
			ret = check_member(rt0, links, n, link, name);
	}
	free(links);
	free(there);
	return ret;
}

/* In it: a router, that says who made it. */
static int set_up_space(void *arg)
{
	struct saa_rtnl rt;
	int err;

	(void)arg;
	set_sysctl("/proc/sys/net/ipv4/ip_forward", true);
	set_sysctl("/proc/sys/net/ipv6/conf/all/forwarding", true);
	err = saa_rtnl_open(&rt);
	if (err)
		return err;
	err = saa_rtnl_set_up(&rt, LOOPBACK);
	if (!err)
		err = saa_rtnl_set_alias(&rt, LOOPBACK, MARK);
	saa_rtnl_close(&rt);
	return err;
}

int space_make(struct space *s, const char *name)
{
	int err = saa_netns_add(name, set_up_space, NULL);

	if (err)
		return refuse("network namespace \"%s\" cannot be made: %s", name,
			      strerror(-err));
	s->name = name;
	return EXIT_OK;
}

static int move(struct space *s, struct saa_rtnl *rt0, int netns,
		const struct saa_link *link)
{
	struct space_member *m;

	m = saa_grow(&s->moved, &s->n_moved, sizeof(*m));
	snprintf(m->name, sizeof(m->name), "%s", link->name);
	m->up = link->up;
	if (saa_rtnl_move(rt0, link->ifindex, netns))
		return refuse("%s: %s", link->name, rt0->error);
	return EXIT_OK;
}

/* It was up, or not; it has the same index only if that is free. */
static int set_up(struct saa_rtnl *rt, const char *name)
{
	const struct saa_link *link;
	struct saa_link *links;
	int ret = EXIT_OK;
	size_t n;

	if (saa_rtnl_links(rt, &links, &n))
		return refuse("%s", rt->error);
	link = saa_link_by_name(links, n, name);
	if (link && saa_rtnl_set_up(rt, link->ifindex))
		ret = refuse("%s: %s", name, rt->error);
	free(links);
	return ret;
}

int space_fill(struct space *s, struct saa_rtnl *rt0, struct saa_rtnl *rt1,
	       int netns, const struct saa_file_gateway *tier1, size_t edge)
{
	struct saa_link *links = NULL, *there = NULL;
	size_t n = 0, n_there = 0;
	int ret = EXIT_OK;
	uint32_t i;

	if (saa_rtnl_links(rt0, &links, &n))
		ret = refuse("%s", rt0->error);
	else if (saa_rtnl_links(rt1, &there, &n_there))
		ret = refuse("%s", rt1->error);
	for (i = 0; i < tier1->n_groups && !ret; i++) {
		const char *name = tier1->groups[i].members[edge];
		const struct saa_link *link = saa_link_by_name(links, n, name);

		if (link && !saa_link_by_name(there, n_there, name))
			ret = move(s, rt0, netns, link);
		if (!ret)
			ret = set_up(rt1, name);
	}
	free(links);
	free(there);
	return ret;
}

/* One interface, where there is one of this name. */
static int move_back(struct saa_rtnl *rt1, const char *name, int netns)
{
	const struct saa_link *link;
	struct saa_link *links;
	int ret = EXIT_OK;
	size_t n;

	if (saa_rtnl_links(rt1, &links, &n))
		return refuse("%s", rt1->error);
	link = saa_link_by_name(links, n, name);
	if (link && saa_rtnl_move(rt1, link->ifindex, netns))
		ret = refuse("%s: %s", name, rt1->error);
	free(links);
	return ret;
}

void space_undo(struct space *s, struct saa_rtnl *rt0, struct saa_rtnl *rt1)
{
	int own = saa_netns_open(""), err, stays = EXIT_OK;
	size_t i;

	for (i = 0; i < s->n_moved; i++) {
		stays |= move_back(rt1, s->moved[i].name, own);
		if (s->moved[i].up)
			set_up(rt0, s->moved[i].name);
	}
	err = s->name && !stays ? saa_netns_del(s->name) : 0;
	if (err)
		warn("network namespace \"%s\": %s", s->name, strerror(-err));
	if (own >= 0)
		close(own);
	free(s->moved);
	*s = (struct space){ 0 };
}

bool space_is_made(struct saa_rtnl *rt1)
{
	const struct saa_link *lo;
	struct saa_link *links;
	bool made = false;
	size_t n;

	if (!saa_rtnl_links(rt1, &links, &n)) {
		lo = saa_link_by_index(links, n, LOOPBACK);
		made = lo && !strcmp(lo->alias, MARK);
	}
	free(links);
	return made;
}

int space_empty(struct saa_rtnl *rt1, const struct saa_conf *conf, int netns)
{
	int ret = EXIT_OK;
	size_t i;

	for (i = 0; i < conf->n_groups; i++)
		if (strcmp(conf->groups[i].ifname, SAA_LINK_UP))
			ret |= move_back(rt1, conf->groups[i].ifname, netns);
	return ret;
}

/* Tunnel modules put these in every namespace, and they cannot be removed. */
static bool is_of_kernel(const struct saa_link *link)
{
	static const char *const names[] = {
		"lo", "tunl0", "gre0", "gretap0", "erspan0", "ip_vti0",
		"ip6_vti0", "sit0", "ip6tnl0", "ip6gre0",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(link->name, names[i]))
			return true;
	return false;
}

int space_remove(struct saa_rtnl *rt1, const char *name, bool *gone)
{
	const struct saa_link *other = NULL;
	struct saa_link *links;
	int ret = EXIT_OK, err;
	size_t i, n;

	if (saa_rtnl_links(rt1, &links, &n))
		return refuse("%s", rt1->error);
	for (i = 0; i < n && !other; i++)
		if (!is_of_kernel(&links[i]))
			other = &links[i];
	if (other) {
		warn("network namespace \"%s\" stays, interface %s is in it; move that, then \"ip netns del %s\"",
		     name, other->name, name);
	} else {
		err = saa_netns_del(name);
		if (err)
			ret = refuse("network namespace \"%s\": %s", name,
				     strerror(-err));
		*gone = !err;
	}
	free(links);
	return ret;
}
