// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rtnetlink: tc filters for punt frames. All have one priority. Whose one is says
 * the MAC address that it is for; one without has the gateway's id as its handle.
 * Two of an interface differ in MAC addresses or group.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_mirred.h>
#include <linux/tc_act/tc_tunnel_key.h>
#include <linux/tc_act/tc_vlan.h>
#include <netlink/attr.h>
#include <stdlib.h>
#include <string.h>

#include "netns.h"
#include "rtnl_filter.h"
#include "util.h"

/* No filter of an administrator has this priority by chance. */
#define PRIORITY 0xa5aau

#define TTL 64		/* of what is sent as Geneve */
#define LOOPBACK 1	/* its ifindex, in every namespace */

static const uint8_t any_mac[6];

static int add_clsact(struct saa_rtnl *rt, uint32_t ifindex)
{
	struct tcmsg tc = {
		.tcm_family = AF_UNSPEC, .tcm_ifindex = ifindex,
		.tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0),
		.tcm_parent = TC_H_CLSACT,
	};
	struct nl_msg *msg;

	msg = saa_rtnl_msg(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, &tc,
			   sizeof(tc));
	nla_put_string(msg, TCA_KIND, "clsact");
	return saa_rtnl_send(rt, msg, EEXIST, "add a clsact qdisc");
}

static struct tcmsg header(uint32_t ifindex, uint32_t handle)
{
	return (struct tcmsg){
		.tcm_family = AF_UNSPEC, .tcm_ifindex = ifindex,
		.tcm_parent = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS),
		.tcm_handle = handle,
		.tcm_info = TC_H_MAKE(PRIORITY << 16, htons(ETH_P_ALL)),
	};
}

/* Our option, in a list of @attr. */
static void put_opt(struct nl_msg *msg, int attr, const struct saa_geneve_opt *opt)
{
	struct nlattr *list = nla_nest_start(msg, attr), *one;

	/* flower and tunnel_key number them alike */
	one = nla_nest_start(msg, TCA_FLOWER_KEY_ENC_OPTS_GENEVE);
	nla_put(msg, TCA_FLOWER_KEY_ENC_OPT_GENEVE_CLASS, sizeof(opt->class),
		opt->class);
	nla_put_u8(msg, TCA_FLOWER_KEY_ENC_OPT_GENEVE_TYPE, opt->type);
	nla_put(msg, TCA_FLOWER_KEY_ENC_OPT_GENEVE_DATA, 4 * SAA_GENEVE_WORDS,
		&opt->version);
	nla_nest_end(msg, one);
	nla_nest_end(msg, list);
}

static void put_masked(struct nl_msg *msg, int attr, int mask, size_t len,
		       const void *value)
{
	static const uint8_t all[16] = {
		255, 255, 255, 255, 255, 255, 255, 255,
		255, 255, 255, 255, 255, 255, 255, 255,
	};

	nla_put(msg, attr, len, value);
	nla_put(msg, mask, len, all);
}

static void put_outer(struct nl_msg *msg, const struct saa_filter *f)
{
	static const struct saa_geneve_opt all = {
		{ 255, 255 }, 255, 255, 255, 255, { 255, 255 }, { 255, 255 },
		{ 255, 255 },
	};
	size_t len = saa_addr_len(&f->local);

	nla_put_u32(msg, TCA_FLOWER_KEY_ENC_KEY_ID, htonl(f->vni));
	if (f->local.family == AF_INET) {
		put_masked(msg, TCA_FLOWER_KEY_ENC_IPV4_SRC,
			   TCA_FLOWER_KEY_ENC_IPV4_SRC_MASK, len,
			   f->remote.bytes);
		put_masked(msg, TCA_FLOWER_KEY_ENC_IPV4_DST,
			   TCA_FLOWER_KEY_ENC_IPV4_DST_MASK, len,
			   f->local.bytes);
	} else {
		put_masked(msg, TCA_FLOWER_KEY_ENC_IPV6_SRC,
			   TCA_FLOWER_KEY_ENC_IPV6_SRC_MASK, len,
			   f->remote.bytes);
		put_masked(msg, TCA_FLOWER_KEY_ENC_IPV6_DST,
			   TCA_FLOWER_KEY_ENC_IPV6_DST_MASK, len,
			   f->local.bytes);
	}
	put_opt(msg, TCA_FLOWER_KEY_ENC_OPTS, &f->opt);
	put_opt(msg, TCA_FLOWER_KEY_ENC_OPTS_MASK, &all);
}

static void put_keys(struct nl_msg *msg, const struct saa_filter *f)
{
	if (memcmp(f->src, any_mac, sizeof(f->src)))
		put_masked(msg, TCA_FLOWER_KEY_ETH_SRC,
			   TCA_FLOWER_KEY_ETH_SRC_MASK, sizeof(f->src), f->src);
	if (memcmp(f->dst, any_mac, sizeof(f->dst)))
		put_masked(msg, TCA_FLOWER_KEY_ETH_DST,
			   TCA_FLOWER_KEY_ETH_DST_MASK, sizeof(f->dst), f->dst);
	if (f->kind == SAA_FILTER_ENCAP) {
		nla_put_u16(msg, TCA_FLOWER_KEY_ETH_TYPE, htons(ETH_P_8021Q));
		nla_put_u16(msg, TCA_FLOWER_KEY_VLAN_ID, f->group);
	} else if (f->kind == SAA_FILTER_DECAP) {
		put_outer(msg, f);
	}
}

/* The begin of one action, for put_end(): they come in order. */
struct action {
	struct nlattr *action, *options;
};

static struct action put_begin(struct nl_msg *msg, int at, const char *kind)
{
	struct action a = { .action = nla_nest_start(msg, at) };

	nla_put_string(msg, TCA_ACT_KIND, kind);
	a.options = nla_nest_start(msg, TCA_ACT_OPTIONS);
	return a;
}

static void put_end(struct nl_msg *msg, struct action *a)
{
	nla_nest_end(msg, a->options);
	nla_nest_end(msg, a->action);
}

static void put_vlan(struct nl_msg *msg, int at, const struct saa_filter *f)
{
	struct action a = put_begin(msg, at, "vlan");
	bool push = f->kind == SAA_FILTER_DECAP;
	struct tc_vlan vlan = {
		.action = TC_ACT_PIPE,
		.v_action = push ? TCA_VLAN_ACT_PUSH : TCA_VLAN_ACT_POP,
	};

	nla_put(msg, TCA_VLAN_PARMS, sizeof(vlan), &vlan);
	if (push) {
		nla_put_u16(msg, TCA_VLAN_PUSH_VLAN_ID, f->group);
		nla_put_u16(msg, TCA_VLAN_PUSH_VLAN_PROTOCOL,
			    htons(ETH_P_8021Q));
	}
	put_end(msg, &a);
}

/* As the module sends: no checksum over IPv4, one over IPv6. */
static void put_tunnel(struct nl_msg *msg, int at, const struct saa_filter *f)
{
	struct action a = put_begin(msg, at, "tunnel_key");
	bool four = f->local.family == AF_INET;
	struct tc_tunnel_key key = {
		.action = TC_ACT_PIPE, .t_action = TCA_TUNNEL_KEY_ACT_SET,
	};
	size_t len = saa_addr_len(&f->local);

	nla_put(msg, TCA_TUNNEL_KEY_PARMS, sizeof(key), &key);
	nla_put_u32(msg, TCA_TUNNEL_KEY_ENC_KEY_ID, htonl(f->vni));
	nla_put(msg, four ? TCA_TUNNEL_KEY_ENC_IPV4_SRC :
			    TCA_TUNNEL_KEY_ENC_IPV6_SRC, len, f->local.bytes);
	nla_put(msg, four ? TCA_TUNNEL_KEY_ENC_IPV4_DST :
			    TCA_TUNNEL_KEY_ENC_IPV6_DST, len, f->remote.bytes);
	nla_put_u8(msg, TCA_TUNNEL_KEY_NO_CSUM, four);
	nla_put_u8(msg, TCA_TUNNEL_KEY_ENC_TTL, TTL);
	put_opt(msg, TCA_TUNNEL_KEY_ENC_OPTS, &f->opt);
	put_end(msg, &a);
}

static void put_redirect(struct nl_msg *msg, int at, const struct saa_filter *f)
{
	struct action a = put_begin(msg, at, "mirred");
	struct tc_mirred mirred = {
		.action = TC_ACT_STOLEN, .eaction = TCA_EGRESS_REDIR,
		.ifindex = f->to,
	};

	nla_put(msg, TCA_MIRRED_PARMS, sizeof(mirred), &mirred);
	put_end(msg, &a);
}

static void put_actions(struct nl_msg *msg, const struct saa_filter *f)
{
	struct nlattr *actions = nla_nest_start(msg, TCA_FLOWER_ACT);
	int at = 1;

	if (f->kind != SAA_FILTER_PLAIN)
		put_vlan(msg, at++, f);
	if (f->kind == SAA_FILTER_ENCAP)
		put_tunnel(msg, at++, f);
	put_redirect(msg, at, f);
	nla_nest_end(msg, actions);
}

/* Or replace the one with this handle; 0: a new one, the kernel picks its handle. */
static int add_filter(struct saa_rtnl *rt, uint32_t ifindex, uint32_t handle,
		      const struct saa_filter *f)
{
	struct tcmsg tc = header(ifindex, handle);
	struct nl_msg *msg;
	struct nlattr *options;

	msg = saa_rtnl_msg(RTM_NEWTFILTER, NLM_F_CREATE, &tc, sizeof(tc));
	nla_put_string(msg, TCA_KIND, "flower");
	options = nla_nest_start(msg, TCA_OPTIONS);
	put_keys(msg, f);
	put_actions(msg, f);
	nla_nest_end(msg, options);
	return saa_rtnl_send(rt, msg, 0, "redirect frames between interfaces");
}

static int del_filter(struct saa_rtnl *rt, uint32_t ifindex, uint32_t handle)
{
	struct tcmsg tc = header(ifindex, handle);

	return saa_rtnl_send(rt, saa_rtnl_msg(RTM_DELTFILTER, 0, &tc, sizeof(tc)),
			     ENOENT, "end a redirection");
}

/*
 * One that is there: what tells it from others, and the family of end points that
 * it looks at. What a filter looks at cannot be changed, so that is another one.
 */
struct present {
	uint32_t handle;
	uint8_t src[6], dst[6];
	uint16_t group;
	uint8_t family;
	bool wanted;
};

struct dump {
	uint16_t id;
	uint8_t side;
	uint32_t ifindex;
	struct present *at;
	size_t n;
};

/* The group that the option of a filter says, or 0. */
static uint16_t get_group(struct nlattr *opts)
{
	struct nlattr *list[TCA_FLOWER_KEY_ENC_OPTS_MAX + 1];
	struct nlattr *tb[TCA_FLOWER_KEY_ENC_OPT_GENEVE_MAX + 1], *data;
	struct saa_geneve_opt opt;

	if (nla_parse_nested(list, TCA_FLOWER_KEY_ENC_OPTS_MAX, opts, NULL) ||
	    !list[TCA_FLOWER_KEY_ENC_OPTS_GENEVE] ||
	    nla_parse_nested(tb, TCA_FLOWER_KEY_ENC_OPT_GENEVE_MAX,
			     list[TCA_FLOWER_KEY_ENC_OPTS_GENEVE], NULL))
		return 0;
	data = tb[TCA_FLOWER_KEY_ENC_OPT_GENEVE_DATA];
	if (!data || nla_len(data) != 4 * SAA_GENEVE_WORDS)
		return 0;
	memcpy(&opt.version, nla_data(data), 4 * SAA_GENEVE_WORDS);
	return opt.group[0] << 8 | opt.group[1];
}

static bool is_own(const struct dump *d, const struct present *p)
{
	uint8_t flags;
	uint16_t id, sr;

	if (!memcmp(p->dst, any_mac, sizeof(p->dst)))
		return p->handle == d->id;
	return saa_punt_mac_parse(p->dst, &flags, &id, &sr) && id == d->id &&
	       !(flags & SAA_MAC_SOUTH) == (d->side == SAA_SIDE_NORTH);
}

static int on_filter(struct nl_msg *msg, void *arg)
{
	struct tcmsg *tc = nlmsg_data(nlmsg_hdr(msg));
	struct nlattr *tb[TCA_MAX + 1], *keys[TCA_FLOWER_MAX + 1];
	struct present p = { 0 };
	struct dump *d = arg;

	/* one message of each priority has no filter, but its handle 0 */
	if (tc->tcm_ifindex != (int)d->ifindex || !tc->tcm_handle ||
	    TC_H_MAJ(tc->tcm_info) != PRIORITY << 16 ||
	    nlmsg_parse(nlmsg_hdr(msg), sizeof(*tc), tb, TCA_MAX, NULL) ||
	    !tb[TCA_KIND] || nla_strcmp(tb[TCA_KIND], "flower") ||
	    !tb[TCA_OPTIONS] ||
	    nla_parse_nested(keys, TCA_FLOWER_MAX, tb[TCA_OPTIONS], NULL))
		return NL_OK;
	p.handle = tc->tcm_handle;
	if (keys[TCA_FLOWER_KEY_ETH_SRC])
		nla_memcpy(p.src, keys[TCA_FLOWER_KEY_ETH_SRC], sizeof(p.src));
	if (keys[TCA_FLOWER_KEY_ETH_DST])
		nla_memcpy(p.dst, keys[TCA_FLOWER_KEY_ETH_DST], sizeof(p.dst));
	if (keys[TCA_FLOWER_KEY_VLAN_ID])
		p.group = nla_get_u16(keys[TCA_FLOWER_KEY_VLAN_ID]);
	else if (keys[TCA_FLOWER_KEY_ENC_OPTS])
		p.group = get_group(keys[TCA_FLOWER_KEY_ENC_OPTS]);
	if (keys[TCA_FLOWER_KEY_ENC_IPV4_SRC])
		p.family = AF_INET;
	else if (keys[TCA_FLOWER_KEY_ENC_IPV6_SRC])
		p.family = AF_INET6;
	if (is_own(d, &p))
		*(struct present *)saa_grow(&d->at, &d->n, sizeof(p)) = p;
	return NL_OK;
}

static int read_filters(struct saa_rtnl *rt, struct dump *d)
{
	struct tcmsg tc = header(d->ifindex, 0);
	int err, tries = 10;
	struct nl_msg *msg;

	do {	/* again if they changed meanwhile */
		free(d->at);
		d->at = NULL;
		d->n = 0;
		msg = saa_rtnl_msg(RTM_GETTFILTER, NLM_F_DUMP, &tc, sizeof(tc));
		err = saa_nl_request(rt->sock, msg, on_filter, d, &rt->ext);
		nlmsg_free(msg);
	} while (err == -EINTR && --tries);
	if (err)
		snprintf(rt->error, sizeof(rt->error),
			 "cannot read the filters: %s", strerror(-err));
	return err;
}

/*
 * The handle of the one that @f replaces, or what a new one has. Over L2 there is one for a gateway, with the gateway's
 * id, which is replaced also when the SR's id, and so its address, has changed.
 */
static uint32_t handle_of(struct dump *d, const struct saa_filter *f)
{
	uint32_t fresh = f->kind == SAA_FILTER_PLAIN ? d->id : 0;
	uint8_t family = f->kind == SAA_FILTER_DECAP ? f->local.family : 0;
	size_t i;

	for (i = 0; i < d->n; i++) {
		struct present *p = &d->at[i];

		if (p->group != f->group || p->family != family ||
		    memcmp(p->src, f->src, sizeof(f->src)) ||
		    memcmp(p->dst, f->dst, sizeof(f->dst)))
			continue;
		p->wanted = true;
		return p->handle;
	}
	for (i = 0; i < d->n && fresh; i++)
		if (d->at[i].handle == fresh)
			d->at[i].wanted = true;
	return fresh;
}

int saa_rtnl_set_filters(struct saa_rtnl *rt, uint32_t ifindex, uint16_t id,
			 uint8_t side, const struct saa_filters *want)
{
	struct dump d = { .id = id, .side = side, .ifindex = ifindex };
	int err = want->n ? add_clsact(rt, ifindex) : 0;
	size_t i;

	if (!err)
		err = read_filters(rt, &d);
	/* also those that are there: they may lead to what has gone */
	for (i = 0; i < want->n && !err; i++)
		err = add_filter(rt, ifindex, handle_of(&d, &want->at[i]),
				 &want->at[i]);
	for (i = 0; i < d.n && !err; i++)
		if (!d.at[i].wanted)
			err = del_filter(rt, ifindex, d.at[i].handle);
	free(d.at);
	return err;
}

int saa_rtnl_has_filters(struct saa_rtnl *rt, uint32_t ifindex, uint16_t id,
			 uint8_t side, bool *has)
{
	struct dump d = { .id = id, .side = side, .ifindex = ifindex };
	int err = read_filters(rt, &d);

	*has = !err && d.n;
	free(d.at);
	return err;
}

/* In a new namespace. */
static int try_each(struct saa_rtnl *rt)
{
	static const struct {
		const char *module;
		void (*put)(struct nl_msg *msg, int at,
			    const struct saa_filter *f);
	} all[] = {
		{ "cls_flower", NULL },
		{ "act_mirred", put_redirect },
		{ "act_vlan", put_vlan },
		{ "act_tunnel_key", put_tunnel },
	};
	const struct saa_filter f = {
		.kind = SAA_FILTER_DECAP, .to = LOOPBACK, .group = 1, .vni = 1,
		.local.family = AF_INET, .remote.family = AF_INET,
		.opt = { .class = { 255, 255 } },
	};
	struct tcmsg tc = header(LOOPBACK, 0);
	struct nlattr *options, *actions;
	struct nl_msg *msg;
	int err = add_clsact(rt, LOOPBACK);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(all) && !err; i++) {
		tc.tcm_info = TC_H_MAKE((i + 1) << 16, htons(ETH_P_ALL));
		msg = saa_rtnl_msg(RTM_NEWTFILTER, NLM_F_CREATE, &tc, sizeof(tc));
		nla_put_string(msg, TCA_KIND, "flower");
		options = nla_nest_start(msg, TCA_OPTIONS);
		put_outer(msg, &f);
		if (all[i].put) {
			actions = nla_nest_start(msg, TCA_FLOWER_ACT);
			all[i].put(msg, 1, &f);
			nla_nest_end(msg, actions);
		}
		nla_nest_end(msg, options);
		err = saa_rtnl_send(rt, msg, 0, "try a filter");
		if (err == -ENOENT)
			snprintf(rt->error, sizeof(rt->error),
				 "the kernel needs %s for tier-1 gateways over Geneve",
				 all[i].module);
	}
	return err;
}

int saa_rtnl_try_filters(struct saa_rtnl *rt)
{
	int own = saa_netns_enter_new(), err;
	struct saa_rtnl there;

	if (own < 0) {
		snprintf(rt->error, sizeof(rt->error),
			 "cannot make a network namespace: %s", strerror(errno));
		return -EIO;
	}
	err = saa_rtnl_open(&there);
	if (!err)
		err = try_each(&there);
	if (err)
		memcpy(rt->error, there.error, sizeof(rt->error));
	if (there.sock)
		saa_rtnl_close(&there);
	saa_netns_leave(own);
	return err;
}
