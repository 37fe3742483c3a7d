// SPDX-License-Identifier: GPL-2.0-or-later
/* rtnetlink: the socket, requests, links, and looking up a route. */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "rtnl.h"
#include "util.h"

int saa_rtnl_open(struct saa_rtnl *rt)
{
	int one = 1;

	*rt = (struct saa_rtnl){ .sock = nl_socket_alloc() };
	if (!rt->sock || nl_connect(rt->sock, NETLINK_ROUTE)) {
		snprintf(rt->error, sizeof(rt->error),
			 "cannot open a netlink socket");
		saa_rtnl_close(rt);
		return -EIO;
	}
	nl_socket_enable_msg_peek(rt->sock);
	setsockopt(nl_socket_get_fd(rt->sock), SOL_NETLINK, NETLINK_EXT_ACK,
		   &one, sizeof(one));
	setsockopt(nl_socket_get_fd(rt->sock), SOL_NETLINK, NETLINK_CAP_ACK,
		   &one, sizeof(one));
	setsockopt(nl_socket_get_fd(rt->sock), SOL_NETLINK,
		   NETLINK_GET_STRICT_CHK, &one, sizeof(one));
	return 0;
}

void saa_rtnl_close(struct saa_rtnl *rt)
{
	nl_socket_free(rt->sock);
	rt->sock = NULL;
}

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

struct nl_msg *saa_rtnl_msg(int type, int flags, void *header, size_t len)
{
	struct nl_msg *msg = nlmsg_alloc_simple(type, flags);

	nlmsg_append(msg, header, len, NLMSG_ALIGNTO);
	return msg;
}

int saa_rtnl_send(struct saa_rtnl *rt, struct nl_msg *msg, int fine,
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

struct links {
	struct saa_link *at;
	size_t n;
};

static void get_info(struct saa_link *link, struct nlattr *info)
{
	static struct nla_policy vlan[IFLA_VLAN_MAX + 1] = {
		[IFLA_VLAN_ID] = { .type = NLA_U16 },
		[IFLA_VLAN_PROTOCOL] = { .type = NLA_U16 },
	};
	struct nlattr *tb[IFLA_INFO_MAX + 1], *data[IFLA_VLAN_MAX + 1];

	if (nla_parse_nested(tb, IFLA_INFO_MAX, info, NULL) ||
	    !tb[IFLA_INFO_KIND])
		return;
	nla_strlcpy(link->kind, tb[IFLA_INFO_KIND], sizeof(link->kind));
	if (strcmp(link->kind, "vlan") || !tb[IFLA_INFO_DATA] ||
	    nla_parse_nested(data, IFLA_VLAN_MAX, tb[IFLA_INFO_DATA], vlan))
		return;
	if (data[IFLA_VLAN_ID])
		link->vlan = nla_get_u16(data[IFLA_VLAN_ID]);
	if (data[IFLA_VLAN_PROTOCOL])
		link->vlan_proto = ntohs(nla_get_u16(data[IFLA_VLAN_PROTOCOL]));
}

static void get_xdp(struct saa_link *link, struct nlattr *xdp)
{
	static struct nla_policy policy[IFLA_XDP_MAX + 1] = {
		[IFLA_XDP_ATTACHED] = { .type = NLA_U8 },
		[IFLA_XDP_PROG_ID] = { .type = NLA_U32 },
	};
	struct nlattr *tb[IFLA_XDP_MAX + 1];

	if (nla_parse_nested(tb, IFLA_XDP_MAX, xdp, policy))
		return;
	if (tb[IFLA_XDP_ATTACHED])
		link->xdp_mode = nla_get_u8(tb[IFLA_XDP_ATTACHED]);
	if (tb[IFLA_XDP_PROG_ID])
		link->xdp_id = nla_get_u32(tb[IFLA_XDP_PROG_ID]);
}

static int on_link(struct nl_msg *msg, void *arg)
{
	static struct nla_policy policy[IFLA_MAX + 1] = {
		[IFLA_LINK] = { .type = NLA_U32 },
		[IFLA_LINK_NETNSID] = { .type = NLA_U32 },
		[IFLA_MTU] = { .type = NLA_U32 },
		[IFLA_GROUP] = { .type = NLA_U32 },
		[IFLA_MASTER] = { .type = NLA_U32 },
	};
	struct ifinfomsg *info = nlmsg_data(nlmsg_hdr(msg));
	struct nlattr *tb[IFLA_MAX + 1];
	struct links *links = arg;
	struct saa_link *link;

	if (nlmsg_parse(nlmsg_hdr(msg), sizeof(*info), tb, IFLA_MAX, policy))
		return NL_OK;
	link = saa_grow(&links->at, &links->n, sizeof(*link));
	link->ifindex = info->ifi_index;
	link->up = info->ifi_flags & IFF_UP;
	link->lower_netns = -1;
	if (tb[IFLA_IFNAME])
		nla_strlcpy(link->name, tb[IFLA_IFNAME], sizeof(link->name));
	if (tb[IFLA_IFALIAS])
		nla_strlcpy(link->alias, tb[IFLA_IFALIAS],
			    sizeof(link->alias));
	if (tb[IFLA_LINK])
		link->lower = nla_get_u32(tb[IFLA_LINK]);
	if (tb[IFLA_LINK_NETNSID])
		link->lower_netns = (int32_t)nla_get_u32(tb[IFLA_LINK_NETNSID]);
	if (tb[IFLA_MTU])
		link->mtu = nla_get_u32(tb[IFLA_MTU]);
	if (tb[IFLA_GROUP])
		link->group = nla_get_u32(tb[IFLA_GROUP]);
	if (tb[IFLA_MASTER])
		link->master = nla_get_u32(tb[IFLA_MASTER]);
	if (tb[IFLA_LINKINFO])
		get_info(link, tb[IFLA_LINKINFO]);
	if (tb[IFLA_XDP])
		get_xdp(link, tb[IFLA_XDP]);
	return NL_OK;
}

int saa_rtnl_links(struct saa_rtnl *rt, struct saa_link **links, size_t *n)
{
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC };
	struct links found = { 0 };
	struct nl_msg *msg;
	int err, tries = 10;

	do {
		free(found.at);
		found = (struct links){ 0 };
		msg = nlmsg_alloc_simple(RTM_GETLINK, NLM_F_DUMP);
		nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO);
		err = saa_nl_request(rt->sock, msg, on_link, &found, &rt->ext);
		nlmsg_free(msg);
	} while (err == -EINTR && --tries);
	*links = found.at;
	*n = found.n;
	if (err)
		snprintf(rt->error, sizeof(rt->error),
			 "cannot read the interfaces: %s", strerror(-err));
	return err;
}

const struct saa_link *saa_link_by_name(const struct saa_link *links, size_t n,
					const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!strcmp(links[i].name, name))
			return &links[i];
	return NULL;
}

const struct saa_link *saa_link_by_index(const struct saa_link *links, size_t n,
					 uint32_t ifindex)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (links[i].ifindex == ifindex)
			return &links[i];
	return NULL;
}

int saa_rtnl_set_group(struct saa_rtnl *rt, uint32_t ifindex, uint32_t group)
{
	struct ifinfomsg info = { .ifi_index = ifindex };
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_NEWLINK, 0);
	int err;

	nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO);
	nla_put_u32(msg, IFLA_GROUP, group);
	err = saa_nl_request(rt->sock, msg, NULL, NULL, &rt->ext);
	nlmsg_free(msg);
	if (err)
		snprintf(rt->error, sizeof(rt->error),
			 "cannot set the device group: %s", strerror(-err));
	return err;
}

static int on_route(struct nl_msg *msg, void *arg)
{
	static struct nla_policy policy[RTA_MAX + 1] = {
		[RTA_OIF] = { .type = NLA_U32 },
	};
	struct nlattr *tb[RTA_MAX + 1];

	if (!nlmsg_parse(nlmsg_hdr(msg), sizeof(struct rtmsg), tb, RTA_MAX,
			 policy) && tb[RTA_OIF])
		*(uint32_t *)arg = nla_get_u32(tb[RTA_OIF]);
	return NL_OK;
}

int saa_rtnl_route(struct saa_rtnl *rt, const struct saa_addr *dst,
		   uint32_t *ifindex)
{
	struct rtmsg rtm = {
		.rtm_family = dst->family, .rtm_dst_len = saa_addr_len(dst) * 8,
	};
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETROUTE, 0);
	int err;

	*ifindex = 0;
	nlmsg_append(msg, &rtm, sizeof(rtm), NLMSG_ALIGNTO);
	nla_put(msg, RTA_DST, saa_addr_len(dst), dst->bytes);
	err = saa_nl_request(rt->sock, msg, on_route, ifindex, &rt->ext);
	nlmsg_free(msg);
	return err;
}
