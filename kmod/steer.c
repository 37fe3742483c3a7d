// SPDX-License-Identifier: GPL-2.0-only
/*
 * Steering: whose packet is it, and what follows from that.
 *
 * The owner is picked in owner.h, for the hook below as for XDP. The hook is
 * the first in PREROUTING, before defragmentation, raw and conntrack, so an SR
 * that is not the owner makes no state. It sees what was received on a member
 * and, brought there by receive.c, what was punted here.
 *
 * Everything runs under rcu_read_lock() in softirq context.
 */

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/netfilter_bridge.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/ipv6.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_zones.h>
#include <uapi/linux/saa_parse.h>
#include "owner.h"

/* Enough linear data for every header that the parser looks at. */
#define SAA_PARSE_BYTES	288

/* Is the flow with @remote this SR's to process? It is without a table. */
bool saa_is_owned(const struct saa_config *cfg, u8 family, const void *remote)
{
	return !cfg->buckets || saa_owner(cfg, family, remote) == cfg->self;
}

/**
 * saa_decide_why() - the row behind a decision, for explain
 * @cfg: the configuration
 * @side: enum saa_side of the device
 * @flow: the addresses
 * @d: filled in
 */
void saa_decide_why(const struct saa_config *cfg, u8 side,
		    const struct saa_flow *flow, struct saa_decision *d)
{
	const struct saa_slots *slots;

	memset(d, 0, sizeof(*d));
	if (!cfg->buckets)
		return;
	d->hash = saa_addr_hash(cfg, flow->family, saa_remote(flow, side));
	d->bucket = d->hash & (cfg->buckets - 1);
	slots = &cfg->slots[d->bucket];
	d->primary = cfg->srs[slots->primary];
	if (slots->backup != SAA_NO_SLOT)
		d->backup = cfg->srs[slots->backup];
}

/* For headers that are not in the linear part of @skb; not inlined for @buf. */
static noinline int saa_parse_nonlinear(struct sk_buff *skb, u16 proto,
					struct saa_flow *flow)
{
	u8 buf[SAA_PARSE_BYTES];
	unsigned int len = min_t(unsigned int, skb->len, sizeof(buf));
	int ret = SAA_PARSE_SHORT;

	if (!skb_copy_bits(skb, 0, buf, len))
		ret = saa_parse_ip(buf, buf + len, proto, flow);
	if (ret != SAA_PARSE_SHORT || skb_linearize(skb))
		return ret;
	return saa_parse_ip(skb->data, skb->data + skb->len, proto, flow);
}

/*
 * For a packet that shows no flow but its own: there may be an ICMPv6 error
 * behind more extension headers than XDP looks at. What is still unattributed
 * then is counted.
 */
static noinline int saa_parse_far(struct saa_net *sn, struct sk_buff *skb,
				  u8 pf, struct saa_flow *flow)
{
	unsigned int len = min_t(unsigned int, skb->len, SAA_PARSE_BYTES);
	struct saa_flow far;
	int ret;

	if (pf == NFPROTO_IPV6 && pskb_may_pull(skb, len)) {
		ret = saa_parse_ipv6(skb->data, skb->data + skb_headlen(skb),
				     SAA_IPV6_EXT_FAR, &far);
		if (ret == SAA_PARSE_SHORT && skb_is_nonlinear(skb) &&
		    !skb_linearize(skb))
			ret = saa_parse_ipv6(skb->data, skb->data + skb->len,
					     SAA_IPV6_EXT_FAR, &far);
		if (ret == SAA_PARSE_PASS)
			return ret;
		if (ret == SAA_PARSE_FLOW)
			*flow = far;
	}
	if (flow->unattributed)
		saa_count(sn, SAA_C_UNATTRIBUTED);
	return SAA_PARSE_FLOW;
}

/* The addresses in @skb, whose data starts at the IP header. */
static __always_inline int saa_parse_skb(struct saa_net *sn,
					 struct sk_buff *skb, u8 pf,
					 struct saa_flow *flow)
{
	u16 proto = pf == NFPROTO_IPV4 ? ETH_P_IP : ETH_P_IPV6;
	int ret;

	ret = saa_parse_ip(skb->data, skb->data + skb_headlen(skb), proto,
			   flow);
	if (unlikely(ret == SAA_PARSE_SHORT) && skb_is_nonlinear(skb))
		ret = saa_parse_nonlinear(skb, proto, flow);
	if (ret == SAA_PARSE_FLOW && unlikely(flow->unattributed))
		ret = saa_parse_far(sn, skb, pf, flow);
	return ret;
}

/* Where in an ICMP error the packet is that it quotes, 0 if @skb is no error. */
static unsigned int saa_quote_offset(const struct sk_buff *skb, u8 pf)
{
	unsigned int nhoff = skb_network_offset(skb);
	const struct icmphdr *icmph;
	struct icmphdr buf;
	__be16 frag_off;
	int off;
	u8 proto;

	if (pf == NFPROTO_IPV4) {
		proto = ip_hdr(skb)->protocol;
		frag_off = ip_hdr(skb)->frag_off & htons(IP_OFFSET);
		off = nhoff + ip_hdrlen(skb);
	} else {
		proto = ipv6_hdr(skb)->nexthdr;
		off = ipv6_skip_exthdr(skb, nhoff + sizeof(struct ipv6hdr),
				       &proto, &frag_off);
		frag_off &= htons(IP6_OFFSET);
	}
	if (off < 0 || frag_off)
		return 0;
	/* ICMPv6 begins in the same way. */
	icmph = skb_header_pointer(skb, off, sizeof(buf), &buf);
	if (!icmph ||
	    !(pf == NFPROTO_IPV4 ?
	      proto == IPPROTO_ICMP && icmp_is_err(icmph->type) :
	      proto == IPPROTO_ICMPV6 && icmpv6_is_err(icmph->type)))
		return 0;
	return off + sizeof(*icmph);
}

/*
 * Is there a conntrack entry for @skb, or for what it is an ICMP error about?
 * In the default zone; a fragment other than the first, which has no ports to
 * look up, has none.
 */
static bool saa_flow_is_here(struct net *net, const struct sk_buff *skb, u8 pf)
{
	unsigned int quote = saa_quote_offset(skb, pf);
	struct nf_conntrack_tuple tuple, quoted;
	struct nf_conntrack_tuple_hash *h;

	if (!quote) {
		if (!nf_ct_get_tuplepr(skb, skb_network_offset(skb), pf, net,
				       &tuple))
			return false;
	} else if (!nf_ct_get_tuplepr(skb, quote, pf, net, &quoted) ||
		   !nf_ct_invert_tuple(&tuple, &quoted)) {
		return false;
	}
	h = nf_conntrack_find_get(net, &nf_ct_zone_dflt, &tuple);
	if (!h)
		return false;
	nf_ct_put(nf_ct_tuplehash_to_ctrack(h));
	return true;
}

/* For a packet that another SR owns, or that has no owner. */
static noinline unsigned int saa_steer_away(struct saa_net *sn,
					    const struct saa_config *cfg,
					    struct sk_buff *skb,
					    const struct saa_group *group,
					    const struct saa_flow *flow,
					    struct saa_sr *owner)
{
	enum saa_origin origin;

	if (saa_is_local(sn, skb->dev, flow->family, flow->local)) {
		saa_count(sn, SAA_C_LOCAL);
		return NF_ACCEPT;
	}
	origin = saa_origin(cfg, skb);
	if (origin == SAA_FROM_SECOND) {
		/* The sender's table differs from ours, and so did another's.
		 * Never punt a third time.
		 */
		if (saa_flow_is_here(sn->net, skb, flow->family)) {
			saa_count(sn, SAA_C_KEPT);
			return NF_ACCEPT;
		}
		saa_drop(sn, skb->dev, skb, SAA_C_NOT_OWNER);
		return NF_DROP;
	}
	if (!owner) {
		saa_drop(sn, skb->dev, skb, SAA_C_NO_OWNER);
		return NF_DROP;
	}
	return saa_punt(sn, cfg, skb, group, owner, origin == SAA_FROM_PUNT);
}

/* saa_decide() for packets in the stack, in line for what is owned here. */
static __always_inline unsigned int
saa_steer(struct saa_net *sn, struct sk_buff *skb,
	  const struct nf_hook_state *state, u8 pf)
{
	struct saa_flow flow __uninitialized;
	const struct saa_config *cfg;
	const struct saa_group *group;
	struct saa_sr *owner;

	cfg = rcu_dereference(sn->config);
	if (!cfg || !cfg->buckets || skb->pkt_type != PACKET_HOST ||
	    nf_bridge_in_prerouting(skb))
		return NF_ACCEPT;
	group = saa_group_by_dev(cfg, state->in->ifindex);
	if (!group)
		return NF_ACCEPT;
	if (saa_parse_skb(sn, skb, pf, &flow) != SAA_PARSE_FLOW) {
		saa_count(sn, SAA_C_NOT_STEERED);
		return NF_ACCEPT;
	}

	owner = saa_owner(cfg, pf, saa_remote(&flow, group->side));
	if (likely(owner == cfg->self)) {
		saa_count(sn, SAA_C_OWNED);
		return NF_ACCEPT;
	}
	return saa_steer_away(sn, cfg, skb, group, &flow, owner);
}

static unsigned int saa_steer_ipv4(void *priv, struct sk_buff *skb,
				   const struct nf_hook_state *state)
{
	return saa_steer(priv, skb, state, NFPROTO_IPV4);
}

static unsigned int saa_steer_ipv6(void *priv, struct sk_buff *skb,
				   const struct nf_hook_state *state)
{
	return saa_steer(priv, skb, state, NFPROTO_IPV6);
}

/* Copied for each namespace, since the hook wants its state at hand. */
static const struct nf_hook_ops saa_steer_ops[] = {
	{
		.hook		= saa_steer_ipv4,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_PRE_ROUTING,
		.priority	= NF_IP_PRI_FIRST,
	},
	{
		.hook		= saa_steer_ipv6,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_PRE_ROUTING,
		.priority	= NF_IP6_PRI_FIRST,
	},
};

int saa_steer_register(struct saa_net *sn)
{
	unsigned int i;

	memcpy(sn->steer_ops, saa_steer_ops, sizeof(sn->steer_ops));
	for (i = 0; i < ARRAY_SIZE(sn->steer_ops); i++)
		sn->steer_ops[i].priv = sn;
	return nf_register_net_hooks(sn->net, sn->steer_ops,
				     ARRAY_SIZE(sn->steer_ops));
}

void saa_steer_unregister(struct saa_net *sn)
{
	nf_unregister_net_hooks(sn->net, sn->steer_ops,
				ARRAY_SIZE(sn->steer_ops));
}
