// SPDX-License-Identifier: GPL-2.0-or-later
/* Flows of conntrack: read from ctnetlink, and put in order. */
#include <errno.h>
#include <ifaddrs.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netlink/attr.h>
#include <netlink/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/saa_sync.h>

#include "ct.h"
#include "nl.h"
#include "util.h"

struct saa_ct *saa_cts_add(struct saa_cts *flows)
{
	if (flows->n == flows->room) {
		flows->room = flows->room ? 2 * flows->room : 64;
		flows->at = realloc(flows->at, flows->room * sizeof(*flows->at));
		if (!flows->at)
			abort();
	}
	memset(&flows->at[flows->n], 0, sizeof(*flows->at));
	return &flows->at[flows->n++];
}

void saa_cts_free(struct saa_cts *flows)
{
	free(flows->at);
	*flows = (struct saa_cts){ 0 };
}

static int tuple_cmp(const struct saa_tuple *a, const struct saa_tuple *b)
{
	return saa_addr_cmp(&a->src, &b->src) ?: saa_addr_cmp(&a->dst, &b->dst) ?:
	       a->src_id - b->src_id ?: a->dst_id - b->dst_id;
}

int saa_ct_cmp(const struct saa_ct *a, const struct saa_ct *b)
{
	return a->protocol - b->protocol ?: a->zone - b->zone ?:
	       tuple_cmp(&a->orig, &b->orig);
}

static int by_flow(const void *a, const void *b)
{
	return saa_ct_cmp(a, b);
}

/* A table that changes while it is read may give a flow twice. */
void saa_cts_sort(struct saa_cts *flows)
{
	size_t i, n = 0;

	if (!flows->n)
		return;
	qsort(flows->at, flows->n, sizeof(*flows->at), by_flow);
	for (i = 1; i < flows->n; i++)
		if (saa_ct_cmp(&flows->at[n], &flows->at[i]))
			flows->at[++n] = flows->at[i];
	flows->n = n + 1;
}

static bool get_addr(struct saa_addr *a, struct nlattr *v4, struct nlattr *v6)
{
	struct nlattr *attr = v4 ? v4 : v6;

	if (!attr || nla_len(attr) < (v4 ? 4 : 16))
		return false;
	a->family = v4 ? AF_INET : AF_INET6;
	memcpy(a->bytes, nla_data(attr), saa_addr_len(a));
	return true;
}

static uint16_t get_be16(struct nlattr *attr)
{
	return attr ? ntohs(nla_get_u16(attr)) : 0;
}

static uint32_t get_be32(struct nlattr *attr)
{
	return attr ? ntohl(nla_get_u32(attr)) : 0;
}

static uint8_t get_u8(struct nlattr *attr)
{
	return attr ? nla_get_u8(attr) : 0;
}

static void get_ids(struct saa_tuple *t, struct nlattr **tb)
{
	struct nlattr *id = tb[CTA_PROTO_ICMP_ID] ?: tb[CTA_PROTO_ICMPV6_ID];

	if (id) {
		t->src_id = get_be16(id);
		t->dst_id = (get_u8(tb[CTA_PROTO_ICMP_TYPE]) |
			     get_u8(tb[CTA_PROTO_ICMPV6_TYPE])) << 8 |
			    get_u8(tb[CTA_PROTO_ICMP_CODE]) |
			    get_u8(tb[CTA_PROTO_ICMPV6_CODE]);
	} else {
		t->src_id = get_be16(tb[CTA_PROTO_SRC_PORT]);
		t->dst_id = get_be16(tb[CTA_PROTO_DST_PORT]);
	}
}

static bool get_tuple(struct saa_ct *flow, struct saa_tuple *t,
		      struct nlattr *nest)
{
	static struct nla_policy policy[CTA_PROTO_MAX + 1] = {
		[CTA_PROTO_NUM] = { .type = NLA_U8 },
		[CTA_PROTO_SRC_PORT] = { .type = NLA_U16 },
		[CTA_PROTO_DST_PORT] = { .type = NLA_U16 },
		[CTA_PROTO_ICMP_ID] = { .type = NLA_U16 },
		[CTA_PROTO_ICMP_TYPE] = { .type = NLA_U8 },
		[CTA_PROTO_ICMP_CODE] = { .type = NLA_U8 },
		[CTA_PROTO_ICMPV6_ID] = { .type = NLA_U16 },
		[CTA_PROTO_ICMPV6_TYPE] = { .type = NLA_U8 },
		[CTA_PROTO_ICMPV6_CODE] = { .type = NLA_U8 },
	};
	static struct nla_policy zone[CTA_TUPLE_MAX + 1] = {
		[CTA_TUPLE_ZONE] = { .type = NLA_U16 },
	};
	struct nlattr *tb[CTA_TUPLE_MAX + 1], *ip[CTA_IP_MAX + 1];
	struct nlattr *proto[CTA_PROTO_MAX + 1];

	if (!nest || nla_parse_nested(tb, CTA_TUPLE_MAX, nest, zone) ||
	    !tb[CTA_TUPLE_IP] || !tb[CTA_TUPLE_PROTO] ||
	    nla_parse_nested(ip, CTA_IP_MAX, tb[CTA_TUPLE_IP], NULL) ||
	    nla_parse_nested(proto, CTA_PROTO_MAX, tb[CTA_TUPLE_PROTO], policy))
		return false;
	flow->protocol = get_u8(proto[CTA_PROTO_NUM]);
	flow->zone |= get_be16(tb[CTA_TUPLE_ZONE]);
	get_ids(t, proto);
	return get_addr(&t->src, ip[CTA_IP_V4_SRC], ip[CTA_IP_V6_SRC]) &&
	       get_addr(&t->dst, ip[CTA_IP_V4_DST], ip[CTA_IP_V6_DST]);
}

/* The state of TCP and SCTP is the first attribute of each. */
static void get_state(struct saa_ct *flow, struct nlattr *nest)
{
	static struct nla_policy policy[2] = { [1] = { .type = NLA_U8 } };
	struct nlattr *tb[CTA_PROTOINFO_MAX + 1], *state[2];
	int kind = flow->protocol == IPPROTO_TCP ? CTA_PROTOINFO_TCP :
						   CTA_PROTOINFO_SCTP;

	_Static_assert((int)CTA_PROTOINFO_TCP_STATE == 1 &&
		       (int)CTA_PROTOINFO_SCTP_STATE == 1, "state");
	if ((flow->protocol == IPPROTO_TCP || flow->protocol == IPPROTO_SCTP) &&
	    nest && !nla_parse_nested(tb, CTA_PROTOINFO_MAX, nest, NULL) &&
	    tb[kind] && !nla_parse_nested(state, 1, tb[kind], policy))
		flow->state = get_u8(state[1]);
}

static void get_helper(struct saa_ct *flow, struct nlattr *nest)
{
	struct nlattr *tb[CTA_HELP_MAX + 1];

	if (nest && !nla_parse_nested(tb, CTA_HELP_MAX, nest, NULL) &&
	    tb[CTA_HELP_NAME])
		nla_strlcpy(flow->helper, tb[CTA_HELP_NAME],
			    sizeof(flow->helper));
}

bool saa_ct_get(struct nlmsghdr *nlh, struct saa_ct *flow)
{
	static struct nla_policy policy[CTA_MAX + 1] = {
		[CTA_STATUS] = { .type = NLA_U32 },
		[CTA_MARK] = { .type = NLA_U32 },
		[CTA_ZONE] = { .type = NLA_U16 },
	};
	struct nlattr *tb[CTA_MAX + 1], *labels;

	*flow = (struct saa_ct){ 0 };
	if (nlmsg_parse(nlh, sizeof(struct nfgenmsg), tb, CTA_MAX, policy) ||
	    !get_tuple(flow, &flow->reply, tb[CTA_TUPLE_REPLY]) ||
	    !get_tuple(flow, &flow->orig, tb[CTA_TUPLE_ORIG]) ||
	    flow->orig.src.family != flow->reply.src.family ||
	    flow->protocol == IPPROTO_DCCP)
		return false;
	flow->zone |= get_be16(tb[CTA_ZONE]);
	flow->status = get_be32(tb[CTA_STATUS]) & SAA_SYNC_STATUS;
	flow->mark = get_be32(tb[CTA_MARK]);
	get_state(flow, tb[CTA_PROTOINFO]);
	get_helper(flow, tb[CTA_HELP]);
	labels = tb[CTA_LABELS];
	if (labels && nla_len(labels) <= SAA_CT_LABELS_LEN)
		memcpy(flow->labels, nla_data(labels), nla_len(labels));
	return true;
}

struct dump {
	struct saa_cts *flows;
	struct ifaddrs *own;
};

static bool is_own(const struct saa_addr *a, const struct ifaddrs *own)
{
	const void *bytes;

	for (; own; own = own->ifa_next) {
		if (!own->ifa_addr || own->ifa_addr->sa_family != a->family)
			continue;
		if (a->family == AF_INET)
			bytes = &((struct sockaddr_in *)own->ifa_addr)->sin_addr;
		else
			bytes = &((struct sockaddr_in6 *)own->ifa_addr)->sin6_addr;
		if (!memcmp(a->bytes, bytes, saa_addr_len(a)))
			return true;
	}
	return false;
}

static int on_flow(struct nl_msg *msg, void *arg)
{
	struct dump *dump = arg;
	struct saa_ct flow;

	if (saa_ct_get(nlmsg_hdr(msg), &flow) &&
	    !is_own(&flow.orig.src, dump->own) &&
	    !is_own(&flow.reply.src, dump->own))
		*saa_cts_add(dump->flows) = flow;
	return NL_OK;
}

int saa_cts_get(struct saa_cts *flows, char error[256])
{
	struct nfgenmsg all = { .nfgen_family = AF_UNSPEC };
	struct nl_sock *sock = nl_socket_alloc();
	struct dump dump = { .flows = flows };
	struct saa_extack ext;
	struct nl_msg *msg;
	int err;

	if (!sock)
		abort();
	if (nl_connect(sock, NETLINK_NETFILTER) || getifaddrs(&dump.own)) {
		snprintf(error, 256, "cannot open a netlink socket");
		nl_socket_free(sock);
		return -EIO;
	}
	nl_socket_enable_msg_peek(sock);
	msg = nlmsg_alloc_simple(NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET,
				 NLM_F_DUMP);
	nlmsg_append(msg, &all, sizeof(all), NLMSG_ALIGNTO);
	err = saa_nl_request(sock, msg, on_flow, &dump, &ext);
	if (err)
		snprintf(error, 256, "cannot read the flows: %s%s",
			 strerror(-err), err == -EPERM ?
			 "; CAP_NET_ADMIN in the namespace is needed" :
			 err == -EINVAL ? "; modprobe nf_conntrack_netlink" : "");
	nlmsg_free(msg);
	freeifaddrs(dump.own);
	nl_socket_free(sock);
	saa_cts_sort(flows);
	return err;
}
