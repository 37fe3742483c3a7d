// SPDX-License-Identifier: GPL-2.0-or-later
/* rtnetlink: veth pairs, addresses, routes. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/ipv6_route.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <netlink/attr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rtnl_link.h"
#include "util.h"

#define CREATE (NLM_F_CREATE | NLM_F_EXCL)

int saa_rtnl_add_veth(struct saa_rtnl *rt, const char *name, const char *peer,
		      int netns, uint32_t mtu, uint32_t group)
{
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC };
	char *what = saa_format("make the interfaces %s and %s", name, peer);
	struct nlattr *link, *data, *other;
	struct nl_msg *msg;
	int err;

	msg = saa_rtnl_msg(RTM_NEWLINK, CREATE, &info, sizeof(info));
	nla_put_string(msg, IFLA_IFNAME, name);
	nla_put_u32(msg, IFLA_MTU, mtu);
	nla_put_u32(msg, IFLA_GROUP, group);
	link = nla_nest_start(msg, IFLA_LINKINFO);
	nla_put_string(msg, IFLA_INFO_KIND, "veth");
	data = nla_nest_start(msg, IFLA_INFO_DATA);
	other = nla_nest_start(msg, VETH_INFO_PEER);
	nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO);
	nla_put_string(msg, IFLA_IFNAME, peer);
	nla_put_u32(msg, IFLA_MTU, mtu);
	nla_put_u32(msg, IFLA_NET_NS_FD, netns);
	nla_nest_end(msg, other);
	nla_nest_end(msg, data);
	nla_nest_end(msg, link);
	err = saa_rtnl_send(rt, msg, 0, what);
	free(what);
	return err;
}

int saa_rtnl_del_link(struct saa_rtnl *rt, uint32_t ifindex)
{
	struct ifinfomsg info = { .ifi_index = ifindex };

	return saa_rtnl_send(rt, saa_rtnl_msg(RTM_DELLINK, 0, &info, sizeof(info)),
			     ENODEV, "remove an interface");
}

int saa_rtnl_set_up(struct saa_rtnl *rt, uint32_t ifindex)
{
	struct ifinfomsg info = {
		.ifi_index = ifindex, .ifi_flags = IFF_UP, .ifi_change = IFF_UP,
	};

	return saa_rtnl_send(rt, saa_rtnl_msg(RTM_NEWLINK, 0, &info, sizeof(info)),
			     0, "set an interface up");
}

int saa_rtnl_set_alias(struct saa_rtnl *rt, uint32_t ifindex, const char *alias)
{
	struct ifinfomsg info = { .ifi_index = ifindex };
	struct nl_msg *msg = saa_rtnl_msg(RTM_NEWLINK, 0, &info, sizeof(info));

	nla_put(msg, IFLA_IFALIAS, strlen(alias), alias);
	return saa_rtnl_send(rt, msg, 0, "set an interface's alias");
}

int saa_rtnl_move(struct saa_rtnl *rt, uint32_t ifindex, int netns)
{
	struct ifinfomsg info = { .ifi_index = ifindex };
	struct nl_msg *msg = saa_rtnl_msg(RTM_NEWLINK, 0, &info, sizeof(info));

	nla_put_u32(msg, IFLA_NET_NS_FD, netns);
	return saa_rtnl_send(rt, msg, 0, "move an interface to another namespace");
}

struct assigned {
	uint32_t ifindex;
	bool has;
};

static int on_addr(struct nl_msg *msg, void *arg)
{
	struct ifaddrmsg *ifa = nlmsg_data(nlmsg_hdr(msg));
	struct assigned *a = arg;

	a->has |= ifa->ifa_index == a->ifindex &&
		  ifa->ifa_scope < RT_SCOPE_LINK;
	return NL_OK;
}

int saa_rtnl_has_addr(struct saa_rtnl *rt, uint32_t ifindex, bool *has)
{
	struct ifaddrmsg ifa = { .ifa_family = AF_UNSPEC };
	struct assigned a = { .ifindex = ifindex };
	int err, tries = 10;
	struct nl_msg *msg;

	do {	/* again if they changed meanwhile */
		msg = saa_rtnl_msg(RTM_GETADDR, NLM_F_DUMP, &ifa, sizeof(ifa));
		err = saa_nl_request(rt->sock, msg, on_addr, &a, &rt->ext);
		nlmsg_free(msg);
	} while (err == -EINTR && --tries);
	if (err)
		snprintf(rt->error, sizeof(rt->error),
			 "cannot read the addresses: %s", strerror(-err));
	*has = a.has;
	return err;
}

int saa_rtnl_add_addr(struct saa_rtnl *rt, uint32_t ifindex,
		      const struct saa_addr *addr, unsigned int len)
{
	struct ifaddrmsg ifa = {
		.ifa_family = addr->family, .ifa_prefixlen = len,
		.ifa_flags = IFA_F_NODAD, .ifa_index = ifindex,
	};
	struct nl_msg *msg = saa_rtnl_msg(RTM_NEWADDR, CREATE, &ifa, sizeof(ifa));

	nla_put(msg, IFA_LOCAL, saa_addr_len(addr), addr->bytes);
	nla_put(msg, IFA_ADDRESS, saa_addr_len(addr), addr->bytes);
	return saa_rtnl_send(rt, msg, EEXIST, "add an address");
}

static int change_route(struct saa_rtnl *rt, int type, const struct saa_route *r)
{
	struct rtmsg rtm = {
		.rtm_family = r->dst.family, .rtm_dst_len = r->len,
		.rtm_table = RT_TABLE_MAIN, .rtm_protocol = SAA_RTPROT,
		.rtm_scope = RT_SCOPE_UNIVERSE, .rtm_type = RTN_UNICAST,
	};
	struct nl_msg *msg = saa_rtnl_msg(type, type == RTM_NEWROUTE ? CREATE : 0,
					  &rtm, sizeof(rtm));
	char buf[SAA_ADDR_STRLEN], *what;
	int err;

	if (r->len)
		nla_put(msg, RTA_DST, saa_addr_len(&r->dst), r->dst.bytes);
	if (r->via.family)
		nla_put(msg, RTA_GATEWAY, saa_addr_len(&r->via), r->via.bytes);
	nla_put_u32(msg, RTA_OIF, r->ifindex);
	what = saa_format("%s the route to %s",
			  type == RTM_NEWROUTE ? "add" : "remove",
			  saa_prefix_format(&r->dst, r->len, buf));
	err = saa_rtnl_send(rt, msg, type == RTM_NEWROUTE ? 0 : ESRCH, what);
	free(what);
	return err;
}

static int on_route(struct nl_msg *msg, void *arg)
{
	static struct nla_policy policy[RTA_MAX + 1] = {
		[RTA_OIF] = { .type = NLA_U32 },
	};
	struct rtmsg *rtm = nlmsg_data(nlmsg_hdr(msg));
	struct nlattr *tb[RTA_MAX + 1];
	struct saa_routes *routes = arg;
	struct saa_route *r;

	if (nlmsg_parse(nlmsg_hdr(msg), sizeof(*rtm), tb, RTA_MAX, policy) ||
	    rtm->rtm_protocol != SAA_RTPROT || rtm->rtm_type != RTN_UNICAST ||
	    rtm->rtm_table != RT_TABLE_MAIN || rtm->rtm_flags & RTM_F_CLONED ||
	    !tb[RTA_OIF])
		return NL_OK;
	r = saa_grow(&routes->at, &routes->n, sizeof(*r));
	r->dst.family = rtm->rtm_family;
	r->len = rtm->rtm_dst_len;
	r->ifindex = nla_get_u32(tb[RTA_OIF]);
	if (tb[RTA_DST])
		nla_memcpy(r->dst.bytes, tb[RTA_DST], sizeof(r->dst.bytes));
	if (tb[RTA_GATEWAY]) {
		r->via.family = rtm->rtm_family;
		nla_memcpy(r->via.bytes, tb[RTA_GATEWAY], sizeof(r->via.bytes));
	}
	return NL_OK;
}

struct ways {
	const struct saa_routes *want;
	bool *ours, *taken;	/* of each: there is one */
};

/* With the same prefix and metric the kernel takes two for the same route. */
static int on_any_route(struct nl_msg *msg, void *arg)
{
	static struct nla_policy policy[RTA_MAX + 1] = {
		[RTA_PRIORITY] = { .type = NLA_U32 },
	};
	struct rtmsg *rtm = nlmsg_data(nlmsg_hdr(msg));
	struct nlattr *tb[RTA_MAX + 1];
	struct ways *w = arg;
	struct saa_addr dst = { 0 };
	size_t i;

	if (nlmsg_parse(nlmsg_hdr(msg), sizeof(*rtm), tb, RTA_MAX, policy) ||
	    rtm->rtm_tos || rtm->rtm_table != RT_TABLE_MAIN ||
	    rtm->rtm_flags & RTM_F_CLONED ||
	    (tb[RTA_PRIORITY] ? nla_get_u32(tb[RTA_PRIORITY]) : 0) !=
	    (rtm->rtm_family == AF_INET6 ? IP6_RT_PRIO_USER : 0))
		return NL_OK;
	dst.family = rtm->rtm_family;
	if (tb[RTA_DST])
		nla_memcpy(dst.bytes, tb[RTA_DST], sizeof(dst.bytes));
	for (i = 0; i < w->want->n; i++) {
		if (w->want->at[i].len != rtm->rtm_dst_len ||
		    saa_addr_cmp(&w->want->at[i].dst, &dst))
			continue;
		if (rtm->rtm_protocol == SAA_RTPROT)
			w->ours[i] = true;
		else
			w->taken[i] = true;
	}
	return NL_OK;
}

/* Of the main table, of a protocol, or 0: of all. */
static int dump_routes(struct saa_rtnl *rt, uint8_t family, uint8_t protocol,
		       nl_recvmsg_msg_cb_t on_one, void *arg)
{
	struct rtmsg rtm = { .rtm_family = family, .rtm_protocol = protocol,
			     .rtm_table = RT_TABLE_MAIN };
	struct nl_msg *msg = saa_rtnl_msg(RTM_GETROUTE, NLM_F_DUMP, &rtm,
					  sizeof(rtm));
	int err = saa_nl_request(rt->sock, msg, on_one, arg, &rt->ext);

	nlmsg_free(msg);
	/* no such family or table: no such route */
	return err == -ENOENT || err == -EAFNOSUPPORT || err == -EOPNOTSUPP ?
		       0 : err;
}

int saa_rtnl_get_routes(struct saa_rtnl *rt, uint32_t ifindex,
			struct saa_routes *routes)
{
	int err, tries = 10;
	size_t i, n = 0;

	do {	/* again if they changed meanwhile */
		free(routes->at);
		*routes = (struct saa_routes){ 0 };
		err = dump_routes(rt, AF_INET, SAA_RTPROT, on_route,
				  routes);
		if (!err)
			err = dump_routes(rt, AF_INET6, SAA_RTPROT,
					  on_route, routes);
	} while (err == -EINTR && --tries);
	if (err)
		snprintf(rt->error, sizeof(rt->error),
			 "cannot read the routes: %s", strerror(-err));
	for (i = 0; i < routes->n; i++)
		if (!ifindex || routes->at[i].ifindex == ifindex)
			routes->at[n++] = routes->at[i];
	routes->n = n;
	return err;
}

int saa_rtnl_in_way(struct saa_rtnl *rt, const struct saa_routes *want,
		    const struct saa_route **in_way)
{
	struct ways w = {
		.want = want, .ours = saa_zalloc(want->n + 1),
		.taken = saa_zalloc(want->n + 1),
	};
	int err, tries = 10;
	size_t i;

	*in_way = NULL;
	do {	/* again if they changed meanwhile */
		err = dump_routes(rt, AF_INET, 0, on_any_route, &w);
		if (!err)
			err = dump_routes(rt, AF_INET6, 0, on_any_route, &w);
	} while (err == -EINTR && --tries);
	if (err)
		snprintf(rt->error, sizeof(rt->error),
			 "cannot read the routes: %s", strerror(-err));
	for (i = 0; i < want->n; i++)
		if (w.taken[i] && !w.ours[i])
			*in_way = &want->at[i];
	free(w.ours);
	free(w.taken);
	return err;
}

bool saa_routes_have(const struct saa_routes *routes, const struct saa_route *r)
{
	size_t i;

	for (i = 0; i < routes->n; i++)
		if (routes->at[i].len == r->len &&
		    routes->at[i].ifindex == r->ifindex &&
		    !saa_addr_cmp(&routes->at[i].dst, &r->dst) &&
		    !saa_addr_cmp(&routes->at[i].via, &r->via))
			return true;
	return false;
}

int saa_rtnl_set_routes(struct saa_rtnl *rt, const struct saa_routes *have,
			const struct saa_routes *want)
{
	size_t i;
	int err = 0;

	for (i = 0; i < have->n && !err; i++)
		if (!saa_routes_have(want, &have->at[i]))
			err = change_route(rt, RTM_DELROUTE, &have->at[i]);
	for (i = 0; i < want->n && !err; i++)
		if (!saa_routes_have(have, &want->at[i]))
			err = change_route(rt, RTM_NEWROUTE, &want->at[i]);
	return err;
}

int saa_rtnl_set_mac_filter(struct saa_rtnl *rt, uint32_t ifindex,
			    const uint8_t mac[6], bool on)
{
	struct ndmsg nd = {
		.ndm_family = AF_BRIDGE, .ndm_ifindex = ifindex,
		.ndm_state = NUD_PERMANENT, .ndm_flags = NTF_SELF,
	};
	struct nl_msg *msg = saa_rtnl_msg(on ? RTM_NEWNEIGH : RTM_DELNEIGH,
					  on ? CREATE : 0, &nd, sizeof(nd));

	nla_put(msg, NDA_LLADDR, 6, mac);
	return saa_rtnl_send(rt, msg, on ? EEXIST : ENOENT,
			     "set a MAC address to receive for");
}
