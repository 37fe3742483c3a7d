// SPDX-License-Identifier: GPL-2.0-only
/*
 * SNAT: rules on the NAT core, beside nftables.
 *
 * Several SRs share the pool addresses without a word to each other, since the
 * remote address of every tuple belongs to one of them. That rests on two
 * things: what comes back is steered to the owner, and nothing makes a mapping
 * for a flow whose beginning it did not see (a TCP segment in midstream may be
 * of a flow that is known elsewhere, under another port).
 *
 * So a flow that another SR owns gets none either: one that came in by an
 * interface in no group, say, or while its bucket moved.
 *
 * The NAT core calls saa_snat() once for a new flow, after nftables' srcnat
 * chains, whose word stands. What the SR sends itself is not mapped: its
 * answers come to an address of its own.
 *
 * Everything in the data path runs under rcu_read_lock(), as a rule in softirq
 * context; after nfqueue in process context.
 */

#include <linux/inetdevice.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/ipv6.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_nat.h>
#include "saa.h"

static bool saa_prefix_match(const struct saa_prefix *prefix, u8 family,
			     const void *addr)
{
	if (!prefix->len)
		return true;
	if (family == AF_INET)
		return !((*(const __be32 *)addr ^ prefix->addr.ip) &
			 inet_make_mask(prefix->len));
	return ipv6_prefix_equal(addr, &prefix->addr.in6, prefix->len);
}

/**
 * saa_snat_match() - the first rule for a flow
 * @cfg: the configuration
 * @family: AF_INET or AF_INET6
 * @group: id of the group that the flow leaves by
 * @src: its source address
 * @dst: its destination address
 *
 * Return: the rule, which may be a no-snat one, or NULL.
 */
struct saa_snat_rule *saa_snat_match(const struct saa_config *cfg, u8 family,
				     u16 group, const void *src,
				     const void *dst)
{
	unsigned int i;

	for (i = 0; i < cfg->n_snat; i++) {
		const struct saa_snat_spec *spec = &cfg->snat[i]->spec;

		if (spec->family == family && spec->group == group &&
		    saa_prefix_match(&spec->src, family, src) &&
		    saa_prefix_match(&spec->dst, family, dst))
			return cfg->snat[i];
	}
	return NULL;
}

static int saa_addr_cmp(u8 family, const union nf_inet_addr *a,
			const union nf_inet_addr *b)
{
	return memcmp(a, b, family == AF_INET ? 4 : 16);
}

/* Is @addr in the pool of a rule? */
static bool saa_snat_pool(const struct saa_config *cfg, u8 family,
			  const union nf_inet_addr *addr)
{
	unsigned int i;

	for (i = 0; i < cfg->n_snat; i++) {
		const struct saa_snat_spec *spec = &cfg->snat[i]->spec;

		if (spec->family == family &&
		    !(spec->flags & SAA_SNAT_FLAGS_NO_SNAT) &&
		    saa_addr_cmp(family, addr, &spec->to_first) >= 0 &&
		    saa_addr_cmp(family, addr, &spec->to_last) <= 0)
			return true;
	}
	return false;
}

/*
 * Did conntrack see the beginning of @ct, which is new and ours alone? A TCP
 * flow that it picks up in midstream never is in this state.
 */
static bool saa_snat_begins(const struct nf_conn *ct)
{
	return nf_ct_protonum(ct) != IPPROTO_TCP ||
	       ct->proto.tcp.state == TCP_CONNTRACK_SYN_SENT;
}

static void saa_snat_range(const struct saa_snat_spec *spec,
			   struct nf_nat_range2 *range)
{
	memset(range, 0, sizeof(*range));
	range->flags = NF_NAT_RANGE_MAP_IPS;
	range->min_addr = spec->to_first;
	range->max_addr = spec->to_last;
	if (spec->port_first) {
		range->flags |= NF_NAT_RANGE_PROTO_SPECIFIED;
		range->min_proto.all = htons(spec->port_first);
		range->max_proto.all = htons(spec->port_last);
	}
	if (spec->flags & SAA_SNAT_FLAGS_PERSISTENT)
		range->flags |= NF_NAT_RANGE_PERSISTENT;
	if (spec->flags & SAA_SNAT_FLAGS_FULLY_RANDOM)
		range->flags |= NF_NAT_RANGE_PROTO_RANDOM_FULLY;
}

/* In POSTROUTING, for a new flow that has no source mapping yet. */
static unsigned int saa_snat(void *priv, struct sk_buff *skb,
			     const struct nf_hook_state *state)
{
	struct saa_net *sn = saa_pernet(state->net);
	const union nf_inet_addr *src, *dst;
	enum ip_conntrack_info ctinfo;
	const struct saa_config *cfg;
	const struct saa_group *group;
	struct nf_nat_range2 range;
	struct saa_snat_rule *rule;
	unsigned int verdict;
	struct nf_conn *ct;

	ct = nf_ct_get(skb, &ctinfo);
	if (!ct)
		return NF_ACCEPT;
	cfg = rcu_dereference(sn->config);
	group = cfg ? saa_group_by_dev(cfg, state->out->ifindex) : NULL;
	if (!group)
		return NF_ACCEPT;
	/* The destination as it is now: DNAT has been. */
	src = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple.src.u3;
	dst = &ct->tuplehash[IP_CT_DIR_REPLY].tuple.src.u3;
	rule = saa_snat_match(cfg, state->pf, group->id, src, dst);
	if (!rule || saa_is_local(sn, state->out, state->pf, src))
		return NF_ACCEPT;
	if (rule->spec.flags & SAA_SNAT_FLAGS_NO_SNAT) {
		atomic64_inc(&rule->flows);
		return NF_ACCEPT;
	}
	if (!saa_is_owned(cfg, state->pf, dst)) {
		saa_drop(sn, state->out, skb, SAA_C_SNAT_NOT_OWNER);
		return NF_DROP;
	}
	if (!saa_snat_begins(ct)) {
		saa_drop(sn, state->out, skb, SAA_C_SNAT_MIDSTREAM);
		return NF_DROP;
	}

	saa_snat_range(&rule->spec, &range);
	verdict = nf_nat_setup_info(ct, &range, NF_NAT_MANIP_SRC);
	if (verdict != NF_ACCEPT) {
		saa_drop(sn, state->out, skb, SAA_C_SNAT_FAILED);
		return verdict;
	}
	/* The core accepts a tuple in use when it finds no free one, and the
	 * packet would fail to be confirmed, silently.
	 */
	if (nf_conntrack_tuple_taken(&ct->tuplehash[IP_CT_DIR_REPLY].tuple,
				     ct)) {
		saa_drop(sn, state->out, skb, SAA_C_SNAT_EXHAUSTED);
		return NF_DROP;
	}
	atomic64_inc(&rule->flows);
	return NF_ACCEPT;
}

/* For a packet that conntrack does not know, or that begins a flow. */
static noinline unsigned int saa_snat_check_stray(struct sk_buff *skb,
						  const struct nf_hook_state *state)
{
	struct saa_net *sn = saa_pernet(state->net);
	union nf_inet_addr dst = {};
	const struct saa_config *cfg;

	cfg = rcu_dereference(sn->config);
	if (!cfg || !saa_group_by_dev(cfg, state->in->ifindex))
		return NF_ACCEPT;
	if (state->pf == NFPROTO_IPV4)
		dst.ip = ip_hdr(skb)->daddr;
	else
		dst.in6 = ipv6_hdr(skb)->daddr;
	if (!saa_snat_pool(cfg, state->pf, &dst))
		return NF_ACCEPT;
	saa_drop(sn, state->in, skb, SAA_C_SNAT_STRAY);
	return NF_DROP;
}

/*
 * In PREROUTING after NAT: what is still for a pool address matches no flow.
 * Routing it would send it back to where it came from. The NAT core would ask
 * us only for new flows, but what conntrack calls invalid may loop as well.
 */
static unsigned int saa_snat_stray(void *priv, struct sk_buff *skb,
				   const struct nf_hook_state *state)
{
	enum ip_conntrack_info ctinfo;

	if (likely(nf_ct_get(skb, &ctinfo) && ctinfo != IP_CT_NEW))
		return NF_ACCEPT;
	return saa_snat_check_stray(skb, state);
}

/* For the NAT core's dispatcher. */
static const struct nf_hook_ops saa_snat_ops[] = {
	{
		.hook		= saa_snat,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_POST_ROUTING,
		.priority	= NF_IP_PRI_NAT_SRC + 1,
	},
	{
		.hook		= saa_snat,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_POST_ROUTING,
		.priority	= NF_IP6_PRI_NAT_SRC + 1,
	},
};

static const struct nf_hook_ops saa_stray_ops[] = {
	{
		.hook		= saa_snat_stray,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_PRE_ROUTING,
		.priority	= NF_IP_PRI_NAT_DST + 1,
	},
	{
		.hook		= saa_snat_stray,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_PRE_ROUTING,
		.priority	= NF_IP6_PRI_NAT_DST + 1,
	},
};

/**
 * saa_snat_register() - hook up SNAT in a namespace
 * @sn: the namespace's state
 *
 * Context: Process context, under sn->lock.
 * Return: 0 or a negative error.
 */
int saa_snat_register(struct saa_net *sn)
{
	int err;

	err = nf_ct_netns_get(sn->net, NFPROTO_INET);
	if (err)
		return err;
	err = nf_nat_ipv4_register_fn(sn->net, &saa_snat_ops[0]);
	if (err)
		goto err_ct;
	err = nf_nat_ipv6_register_fn(sn->net, &saa_snat_ops[1]);
	if (err)
		goto err_ipv4;
	err = nf_register_net_hooks(sn->net, saa_stray_ops,
				    ARRAY_SIZE(saa_stray_ops));
	if (err)
		goto err_ipv6;
	return 0;

err_ipv6:
	nf_nat_ipv6_unregister_fn(sn->net, &saa_snat_ops[1]);
err_ipv4:
	nf_nat_ipv4_unregister_fn(sn->net, &saa_snat_ops[0]);
err_ct:
	nf_ct_netns_put(sn->net, NFPROTO_INET);
	return err;
}

void saa_snat_unregister(struct saa_net *sn)
{
	nf_unregister_net_hooks(sn->net, saa_stray_ops,
				ARRAY_SIZE(saa_stray_ops));
	nf_nat_ipv6_unregister_fn(sn->net, &saa_snat_ops[1]);
	nf_nat_ipv4_unregister_fn(sn->net, &saa_snat_ops[0]);
	nf_ct_netns_put(sn->net, NFPROTO_INET);
}
