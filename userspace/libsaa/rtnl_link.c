// SPDX-License-Identifier: GPL-2.0-or-later
/* rtnetlink: veth pairs, addresses, routes, redirection of frames. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_ether.h>
#include <linux/neighbour.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_mirred.h>
#include <linux/veth.h>
#include <netlink/attr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rtnl_link.h"
#include "util.h"

#define CREATE (NLM_F_CREATE | NLM_F_EXCL)

/* What to do about an error, where the kernel's own words do not say it. */
static const char *remedy(int type, int err)
{
	static const struct {
		int type, err;
		const char *text;
	} all[] = {
		{ RTM_NEWLINK, EEXIST,
		  "an interface of this name is there, rename or remove it" },
		{ RTM_NEWADDR, EACCES,
		  "IPv6 is switched off, set the sysctl disable_ipv6 to 0" },
		{ RTM_NEWADDR, EOPNOTSUPP, "the kernel has no IPv6" },
		{ RTM_NEWROUTE, EEXIST,
		  "another route to it is in the way, remove that" },
		{ RTM_NEWQDISC, ENOENT, "the kernel needs sch_ingress" },
		{ RTM_NEWTFILTER, ENOENT,
		  "the kernel needs cls_flower and act_mirred" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(all); i++)
		if (all[i].type == type && all[i].err == -err)
			return all[i].text;
	return NULL;
}

/* Send and free; @fine is an error that is none. */
static int request(struct saa_rtnl *rt, struct nl_msg *msg, int fine,
		   const char *what)
{
	int err = saa_nl_request(rt->sock, msg, NULL, NULL, &rt->ext);
	const char *text = remedy(nlmsg_hdr(msg)->nlmsg_type, err);

	nlmsg_free(msg);
	if (!err || err == -fine)
		return 0;
	snprintf(rt->error, sizeof(rt->error), "cannot %s: %s%s%s%s%s", what,
		 strerror(-err), rt->ext.msg[0] ? ": " : "", rt->ext.msg,
		 text ? "; " : "", text ? text : "");
	return err;
}

static struct nl_msg *message(int type, int flags, void *header, size_t len)
{
	struct nl_msg *msg = nlmsg_alloc_simple(type, flags);

	nlmsg_append(msg, header, len, NLMSG_ALIGNTO);
	return msg;
}

int saa_rtnl_add_veth(struct saa_rtnl *rt, const char *name, const char *peer,
		      int netns, uint32_t mtu)
{
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC };
	struct nl_msg *msg = message(RTM_NEWLINK, CREATE, &info, sizeof(info));
	struct nlattr *link, *data, *other;
	char *what = saa_format("make the interfaces %s and %s", name, peer);
	int err;

	nla_put_string(msg, IFLA_IFNAME, name);
	nla_put_u32(msg, IFLA_MTU, mtu);
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
	err = request(rt, msg, 0, what);
	free(what);
	return err;
}

int saa_rtnl_del_link(struct saa_rtnl *rt, uint32_t ifindex)
{
	struct ifinfomsg info = { .ifi_index = ifindex };

	return request(rt, message(RTM_DELLINK, 0, &info, sizeof(info)), ENODEV,
		       "remove an interface");
}

int saa_rtnl_set_up(struct saa_rtnl *rt, uint32_t ifindex)
{
	struct ifinfomsg info = {
		.ifi_index = ifindex, .ifi_flags = IFF_UP, .ifi_change = IFF_UP,
	};

	return request(rt, message(RTM_NEWLINK, 0, &info, sizeof(info)), 0,
		       "set an interface up");
}

int saa_rtnl_set_alias(struct saa_rtnl *rt, uint32_t ifindex, const char *alias)
{
	struct ifinfomsg info = { .ifi_index = ifindex };
	struct nl_msg *msg = message(RTM_NEWLINK, 0, &info, sizeof(info));

	nla_put(msg, IFLA_IFALIAS, strlen(alias), alias);
	return request(rt, msg, 0, "set an interface's alias");
}

int saa_rtnl_move(struct saa_rtnl *rt, uint32_t ifindex, int netns)
{
	struct ifinfomsg info = { .ifi_index = ifindex };
	struct nl_msg *msg = message(RTM_NEWLINK, 0, &info, sizeof(info));

	nla_put_u32(msg, IFLA_NET_NS_FD, netns);
	return request(rt, msg, 0, "move an interface to another namespace");
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
		msg = message(RTM_GETADDR, NLM_F_DUMP, &ifa, sizeof(ifa));
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
	struct nl_msg *msg = message(RTM_NEWADDR, CREATE, &ifa, sizeof(ifa));

	nla_put(msg, IFA_LOCAL, saa_addr_len(addr), addr->bytes);
	nla_put(msg, IFA_ADDRESS, saa_addr_len(addr), addr->bytes);
	return request(rt, msg, EEXIST, "add an address");
}

static int change_route(struct saa_rtnl *rt, int type, const struct saa_route *r)
{
	struct rtmsg rtm = {
		.rtm_family = r->dst.family, .rtm_dst_len = r->len,
		.rtm_table = RT_TABLE_MAIN, .rtm_protocol = SAA_RTPROT,
		.rtm_scope = RT_SCOPE_UNIVERSE, .rtm_type = RTN_UNICAST,
	};
	struct nl_msg *msg = message(type, type == RTM_NEWROUTE ? CREATE : 0,
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
	err = request(rt, msg, type == RTM_NEWROUTE ? 0 : ESRCH, what);
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

static int dump_routes(struct saa_rtnl *rt, uint8_t family,
		       struct saa_routes *routes)
{
	struct rtmsg rtm = { .rtm_family = family, .rtm_protocol = SAA_RTPROT,
			     .rtm_table = RT_TABLE_MAIN };
	struct nl_msg *msg = message(RTM_GETROUTE, NLM_F_DUMP, &rtm, sizeof(rtm));
	int err = saa_nl_request(rt->sock, msg, on_route, routes, &rt->ext);

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
		err = dump_routes(rt, AF_INET, routes);
		if (!err)
			err = dump_routes(rt, AF_INET6, routes);
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

static int add_clsact(struct saa_rtnl *rt, uint32_t ifindex)
{
	struct tcmsg tc = {
		.tcm_family = AF_UNSPEC, .tcm_ifindex = ifindex,
		.tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0),
		.tcm_parent = TC_H_CLSACT,
	};
	struct nl_msg *msg = message(RTM_NEWQDISC, CREATE, &tc, sizeof(tc));

	nla_put_string(msg, TCA_KIND, "clsact");
	return request(rt, msg, EEXIST, "add a clsact qdisc");
}

/* No filter of an administrator has this priority by chance. */
#define PRIORITY 0xa5aau

static struct tcmsg filter(uint32_t ifindex, uint32_t handle)
{
	return (struct tcmsg){
		.tcm_family = AF_UNSPEC, .tcm_ifindex = ifindex,
		.tcm_parent = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS),
		.tcm_handle = handle,
		.tcm_info = TC_H_MAKE(PRIORITY << 16, htons(ETH_P_ALL)),
	};
}

static void put_redirect(struct nl_msg *msg, uint32_t to)
{
	struct tc_mirred mirred = {
		.action = TC_ACT_STOLEN, .eaction = TCA_EGRESS_REDIR,
		.ifindex = to,
	};
	struct nlattr *actions, *action, *options;

	actions = nla_nest_start(msg, TCA_FLOWER_ACT);
	action = nla_nest_start(msg, 1);
	nla_put_string(msg, TCA_ACT_KIND, "mirred");
	options = nla_nest_start(msg, TCA_ACT_OPTIONS);
	nla_put(msg, TCA_MIRRED_PARMS, sizeof(mirred), &mirred);
	nla_nest_end(msg, options);
	nla_nest_end(msg, action);
	nla_nest_end(msg, actions);
}

int saa_rtnl_add_redirect(struct saa_rtnl *rt, uint32_t from, const uint8_t *mac,
			  uint32_t to, uint32_t handle)
{
	static const uint8_t all[6] = { 255, 255, 255, 255, 255, 255 };
	struct tcmsg tc = filter(from, handle);
	struct nlattr *options;
	struct nl_msg *msg;
	int err = add_clsact(rt, from);

	if (err)
		return err;
	/* not only if there is none: that one may lead to what has gone */
	msg = message(RTM_NEWTFILTER, NLM_F_CREATE, &tc, sizeof(tc));
	nla_put_string(msg, TCA_KIND, "flower");
	options = nla_nest_start(msg, TCA_OPTIONS);
	if (mac) {
		nla_put(msg, TCA_FLOWER_KEY_ETH_DST, sizeof(all), mac);
		nla_put(msg, TCA_FLOWER_KEY_ETH_DST_MASK, sizeof(all), all);
	}
	put_redirect(msg, to);
	nla_nest_end(msg, options);
	return request(rt, msg, 0, "redirect frames between interfaces");
}

int saa_rtnl_del_redirect(struct saa_rtnl *rt, uint32_t from, uint32_t handle)
{
	struct tcmsg tc = filter(from, handle);
	int err = request(rt, message(RTM_DELTFILTER, 0, &tc, sizeof(tc)),
			  ENOENT, "end a redirection");

	/* the kernel's words for: nothing was ever redirected here */
	return err == -EINVAL ? 0 : err;
}

int saa_rtnl_set_mac_filter(struct saa_rtnl *rt, uint32_t ifindex,
			    const uint8_t mac[6], bool on)
{
	struct ndmsg nd = {
		.ndm_family = AF_BRIDGE, .ndm_ifindex = ifindex,
		.ndm_state = NUD_PERMANENT, .ndm_flags = NTF_SELF,
	};
	struct nl_msg *msg = message(on ? RTM_NEWNEIGH : RTM_DELNEIGH,
				     on ? CREATE : 0, &nd, sizeof(nd));

	nla_put(msg, NDA_LLADDR, 6, mac);
	return request(rt, msg, on ? EEXIST : ENOENT,
		       "set a MAC address to receive for");
}
