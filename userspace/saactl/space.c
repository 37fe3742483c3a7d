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

static void forward(const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	/* a kernel without IPv6 has no such file */
	if (fd < 0)
		return;
	if (write(fd, "1", 1) != 1)
		warn("%s: %s", path, strerror(errno));
	close(fd);
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

static int check_member(struct saa_rtnl *rt0, const struct saa_link *link,
			const char *name)
{
	bool has;

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

int space_check(struct saa_rtnl *rt0, const struct saa_file_gateway *tier1,
		size_t edge, const struct saa_conf *running,
		const struct saa_conf *new)
{
	const char *name = tier1->namespaces[edge];
	const struct saa_link *link;
	struct saa_link *links;
	int ret = EXIT_OK;
	size_t n;
	uint32_t i;

	if (has_own_mounts())
		return refuse("network namespace \"%s\" is not there, and what this process makes is seen by nobody else; run saactl with -n in place of \"ip netns exec\", or \"ip netns add %s\"",
			      name, name);
	if (saa_rtnl_links(rt0, &links, &n))
		return refuse("%s", rt0->error);
	for (i = 0; i < tier1->n_groups && !ret; i++) {
		link = saa_link_by_name(links, n, tier1->groups[i].members[edge]);
		if (link)
			ret = check_unused(running, link, name);
		if (link && !ret)
			ret = check_unused(new, link, name);
		if (link && !ret)
			ret = check_member(rt0, link, name);
	}
	free(links);
	return ret;
}

int space_make(struct space *s, const char *name)
{
	int netns, own, err = saa_netns_add(name);

	if (err)
		return refuse("network namespace \"%s\" cannot be made: %s", name,
			      strerror(-err));
	s->name = name;
	netns = saa_netns_open(name);
	own = netns < 0 ? -1 : saa_netns_enter(netns);
	if (own >= 0) {
		forward("/proc/sys/net/ipv4/ip_forward");
		forward("/proc/sys/net/ipv6/conf/all/forwarding");
		saa_netns_leave(own);
	}
	if (netns >= 0)
		close(netns);
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
	const struct saa_link *link;
	struct saa_link *links;
	int ret = EXIT_OK;
	size_t n;
	uint32_t i;

	if (saa_rtnl_set_alias(rt1, LOOPBACK, MARK) ||
	    saa_rtnl_set_up(rt1, LOOPBACK))
		return refuse("%s", rt1->error);
	if (saa_rtnl_links(rt0, &links, &n))
		return refuse("%s", rt0->error);
	for (i = 0; i < tier1->n_groups && !ret; i++) {
		link = saa_link_by_name(links, n, tier1->groups[i].members[edge]);
		if (link)
			ret = move(s, rt0, netns, link);
		if (link && !ret)
			ret = set_up(rt1, link->name);
	}
	free(links);
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
