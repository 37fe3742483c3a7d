// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SNAT pools and the kernel's addresses and routes. A pool address must not be
 * an interface's, or what comes back would be taken for the SR's own traffic.
 * A blackhole route for it tells BGP daemons to announce it, and keeps what
 * matches no flow from being sent back where it came from.
 */
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rtnl.h"
#include "util.h"

struct assigned {
	const struct saa_conf *conf;
	const struct saa_snat *rule;	/* out: whose pool has the address */
	struct saa_addr addr;
	uint32_t ifindex;
};

static int on_addr(struct nl_msg *msg, void *arg)
{
	struct ifaddrmsg *ifa = nlmsg_data(nlmsg_hdr(msg));
	struct nlattr *tb[IFA_MAX + 1], *attr;
	struct assigned *a = arg;
	struct saa_addr addr = { 0 };
	size_t i;

	if (a->rule || nlmsg_parse(nlmsg_hdr(msg), sizeof(*ifa), tb, IFA_MAX,
				   NULL))
		return NL_OK;
	addr.family = ifa->ifa_family;
	attr = tb[IFA_LOCAL] ? tb[IFA_LOCAL] : tb[IFA_ADDRESS];
	if (!attr || nla_len(attr) != (int)saa_addr_len(&addr))
		return NL_OK;
	memcpy(addr.bytes, nla_data(attr), saa_addr_len(&addr));
	for (i = 0; i < a->conf->n_snat; i++) {
		const struct saa_snat *s = &a->conf->snat[i];

		if (s->to_first.family != addr.family ||
		    saa_addr_cmp(&addr, &s->to_first) < 0 ||
		    saa_addr_cmp(&addr, s->to_last.family ? &s->to_last :
						&s->to_first) > 0)
			continue;
		a->rule = s;
		a->addr = addr;
		a->ifindex = ifa->ifa_index;
	}
	return NL_OK;
}

int saa_rtnl_check_pools(struct saa_rtnl *rt, const struct saa_conf *conf,
			 uint32_t *priority)
{
	struct ifaddrmsg ifa = { .ifa_family = AF_UNSPEC };
	const struct saa_link *link;
	struct saa_link *links = NULL;
	char buf[SAA_ADDR_STRLEN];
	struct assigned a = { .conf = conf };
	struct nl_msg *msg;
	int err, tries = 10;
	size_t n = 0;

	if (!conf->n_snat)
		return 0;
	do {	/* again if they changed meanwhile */
		msg = nlmsg_alloc_simple(RTM_GETADDR, NLM_F_DUMP);
		nlmsg_append(msg, &ifa, sizeof(ifa), NLMSG_ALIGNTO);
		err = saa_nl_request(rt->sock, msg, on_addr, &a, &rt->ext);
		nlmsg_free(msg);
	} while (err == -EINTR && !a.rule && --tries);
	if (err && !a.rule) {
		snprintf(rt->error, sizeof(rt->error),
			 "cannot read the addresses: %s", strerror(-err));
		return err;
	}
	if (!a.rule)
		return 0;
	/* of the socket's namespace, which may not be where we are */
	saa_rtnl_links(rt, &links, &n);
	link = saa_link_by_index(links, n, a.ifindex);
	snprintf(rt->error, sizeof(rt->error),
		 "SNAT pool address %s is assigned to interface %s; remove it there, a pool address needs none",
		 saa_addr_format(&a.addr, buf), link ? link->name : "?");
	*priority = a.rule->priority;
	free(links);
	return -EADDRINUSE;
}

struct route {
	struct saa_addr dst;
	uint8_t len;
	uint32_t metric;
	bool wanted;	/* of a present one */
};

struct routes {
	struct route *at;
	size_t n;
};

static int on_route(struct nl_msg *msg, void *arg)
{
	static struct nla_policy policy[RTA_MAX + 1] = {
		[RTA_PRIORITY] = { .type = NLA_U32 },
	};
	struct rtmsg *rtm = nlmsg_data(nlmsg_hdr(msg));
	struct nlattr *tb[RTA_MAX + 1];
	struct routes *routes = arg;
	struct route *r;

	if (nlmsg_parse(nlmsg_hdr(msg), sizeof(*rtm), tb, RTA_MAX, policy))
		return NL_OK;
	/* without strict checking the kernel sends all routes */
	if (rtm->rtm_protocol != SAA_RTPROT || rtm->rtm_type != RTN_BLACKHOLE ||
	    rtm->rtm_table != RT_TABLE_MAIN || rtm->rtm_flags & RTM_F_CLONED)
		return NL_OK;
	r = saa_grow(&routes->at, &routes->n, sizeof(*r));
	r->dst.family = rtm->rtm_family;
	r->len = rtm->rtm_dst_len;
	if (tb[RTA_DST])
		nla_memcpy(r->dst.bytes, tb[RTA_DST], sizeof(r->dst.bytes));
	if (tb[RTA_PRIORITY])
		r->metric = nla_get_u32(tb[RTA_PRIORITY]);
	return NL_OK;
}

static int get_routes(struct saa_rtnl *rt, uint8_t family, struct routes *routes)
{
	struct rtmsg rtm = { .rtm_family = family, .rtm_protocol = SAA_RTPROT,
			     .rtm_table = RT_TABLE_MAIN };
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETROUTE, NLM_F_DUMP);
	int err;

	nlmsg_append(msg, &rtm, sizeof(rtm), NLMSG_ALIGNTO);
	err = saa_nl_request(rt->sock, msg, on_route, routes, &rt->ext);
	nlmsg_free(msg);
	/* no such family or table: no such route */
	return err == -ENOENT || err == -EAFNOSUPPORT || err == -EOPNOTSUPP ?
		       0 : err;
}

static int change(struct saa_rtnl *rt, const struct route *r, bool add)
{
	struct nl_msg *msg = nlmsg_alloc_simple(add ? RTM_NEWROUTE : RTM_DELROUTE,
						add ? NLM_F_CREATE |
						      NLM_F_EXCL : 0);
	struct rtmsg rtm = {
		.rtm_family = r->dst.family, .rtm_dst_len = r->len,
		.rtm_table = RT_TABLE_MAIN, .rtm_protocol = SAA_RTPROT,
		.rtm_scope = r->dst.family == AF_INET ? RT_SCOPE_UNIVERSE : 0,
		.rtm_type = RTN_BLACKHOLE,
	};
	char buf[SAA_ADDR_STRLEN];
	int err;

	nlmsg_append(msg, &rtm, sizeof(rtm), NLMSG_ALIGNTO);
	nla_put(msg, RTA_DST, saa_addr_len(&r->dst), r->dst.bytes);
	if (!add && r->metric)
		nla_put_u32(msg, RTA_PRIORITY, r->metric);
	err = saa_nl_request(rt->sock, msg, NULL, NULL, &rt->ext);
	nlmsg_free(msg);
	if (!add && (err == -ESRCH || err == -ENOENT))
		return 0;
	if (err)
		snprintf(rt->error, sizeof(rt->error),
			 "cannot %s the route blackhole %s proto saa: %s%s%s",
			 add ? "add" : "remove",
			 saa_prefix_format(&r->dst, r->len, buf),
			 err == -EEXIST ? "another route to it is in the way, remove that" :
			 strerror(-err), rt->ext.msg[0] ? ": " : "", rt->ext.msg);
	return err;
}

static struct route *find(struct routes *routes, const struct route *r)
{
	size_t i;

	for (i = 0; i < routes->n; i++)
		if (routes->at[i].len == r->len &&
		    !saa_addr_cmp(&routes->at[i].dst, &r->dst))
			return &routes->at[i];
	return NULL;
}

static void add_pool(struct routes *want, const struct saa_snat *s)
{
	struct saa_addr first = s->to_first, last = s->to_last;
	struct route r = { 0 };
	bool done;

	if (!last.family)
		last = first;
	done = !first.family || first.family != last.family ||
	       saa_addr_cmp(&first, &last) > 0;
	while (!done) {
		r.dst = first;
		r.len = saa_range_next_prefix(&first, &last, &done);
		if (!find(want, &r))
			*(struct route *)saa_grow(&want->at, &want->n,
						  sizeof(r)) = r;
	}
}

int saa_rtnl_sync_routes(struct saa_rtnl *rt, const struct saa_conf *conf)
{
	struct routes want = { 0 }, have = { 0 };
	struct route *r;
	int err, tries = 10;
	size_t i;

	for (i = 0; i < conf->n_snat; i++)
		add_pool(&want, &conf->snat[i]);
	do {	/* again if they changed meanwhile */
		free(have.at);
		have = (struct routes){ 0 };
		err = get_routes(rt, AF_INET, &have);
		if (!err)
			err = get_routes(rt, AF_INET6, &have);
	} while (err == -EINTR && --tries);
	if (err)
		snprintf(rt->error, sizeof(rt->error),
			 "cannot read the routes: %s", strerror(-err));
	for (i = 0; i < want.n && !err; i++) {
		r = find(&have, &want.at[i]);
		if (r)
			r->wanted = true;
		else
			err = change(rt, &want.at[i], true);
	}
	for (i = 0; i < have.n && !err; i++)
		if (!have.at[i].wanted)
			err = change(rt, &have.at[i], false);
	free(want.at);
	free(have.at);
	return err;
}
