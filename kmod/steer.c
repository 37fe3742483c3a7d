// SPDX-License-Identifier: GPL-2.0-only
/*
 * Steering: whose packet is it, and what follows from that.
 *
 * saa_decide() is the one place where an owner is picked, for the hook below,
 * for XDP (xdp.c) and for "explain" (explain.c). The hook is the first in
 * PREROUTING, before defragmentation, raw and conntrack, so an SR that is not
 * the owner makes no state. It sees what was received on a member and,
 * brought there by receive.c, what was punted here.
 *
 * Everything runs under rcu_read_lock() in softirq context.
 */

#include <linux/netfilter_bridge.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/addrconf.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_zones.h>
#include <net/route.h>
#include <uapi/linux/saa_parse.h>
#include "saa.h"

/* Enough linear data for every header that the parser looks at. */
#define SAA_PARSE_BYTES	256

static bool saa_is_local(const struct net_device *dev,
			 const struct saa_flow *flow)
{
	struct net *net = dev_net(dev);

	if (flow->family == AF_INET6) {
#if IS_ENABLED(CONFIG_IPV6)
		return ipv6_chk_addr(net, (const struct in6_addr *)flow->local,
				     dev, 0);
#else
		return false;
#endif
	}
	return inet_addr_type_dev_table(net, dev,
					*(const __be32 *)flow->local) !=
	       RTN_UNICAST;
}

static struct saa_sr *saa_slot(const struct saa_config *cfg, u16 slot)
{
	return slot == SAA_NO_SLOT ? NULL : cfg->srs[slot];
}

static bool saa_sr_up(const struct saa_sr *sr)
{
	return sr && READ_ONCE(sr->state) == SAA_SR_STATE_UP;
}

/**
 * saa_decide() - find the owner of a packet
 * @dev: the device that it was received on
 * @cfg: the configuration
 * @side: enum saa_side of that device
 * @flow: its addresses
 * @d: filled in, unless there is no table
 *
 * The remote address is the destination of what comes from the south, and the
 * source of what comes from the north. Cheapest first: only what would leave
 * this SR is looked up among the local addresses.
 *
 * Context: Under rcu_read_lock().
 * Return: SAA_VERDICT_NO_TABLE, _OWNED, _LOCAL, _PUNT or _NO_OWNER.
 */
enum saa_verdict saa_decide(const struct net_device *dev,
			    const struct saa_config *cfg, u8 side,
			    const struct saa_flow *flow,
			    struct saa_decision *d)
{
	const u8 *remote = side == SAA_SIDE_SOUTH ? flow->dst : flow->src;
	const struct saa_slots *slots;

	if (unlikely(!cfg->buckets))
		return SAA_VERDICT_NO_TABLE;

	if (flow->family == AF_INET)
		d->hash = saa_hash(remote, 4, &cfg->key);
	else
		d->hash = saa_hash(remote, 16, &cfg->key);
	d->bucket = d->hash & (cfg->buckets - 1);
	slots = &cfg->slots[d->bucket];
	d->primary = saa_slot(cfg, slots->primary);
	d->backup = saa_slot(cfg, slots->backup);
	d->owner = saa_sr_up(d->primary) ? d->primary :
		   saa_sr_up(d->backup) ? d->backup : NULL;

	if (d->owner == cfg->self)
		return SAA_VERDICT_OWNED;
	if (saa_is_local(dev, flow))
		return SAA_VERDICT_LOCAL;
	return d->owner ? SAA_VERDICT_PUNT : SAA_VERDICT_NO_OWNER;
}

/* The addresses in @skb, whose data starts at the IP header. */
static int saa_parse_skb(const struct sk_buff *skb, u8 pf,
			 struct saa_flow *flow)
{
	u16 proto = pf == NFPROTO_IPV4 ? ETH_P_IP : ETH_P_IPV6;
	u8 buf[SAA_PARSE_BYTES];
	unsigned int len;
	int ret;

	ret = saa_parse_ip(skb->data, skb->data + skb_headlen(skb), proto,
			   flow);
	if (likely(ret != SAA_PARSE_SHORT) || !skb_is_nonlinear(skb))
		return ret;
	len = min_t(unsigned int, skb->len, sizeof(buf));
	if (skb_copy_bits(skb, 0, buf, len))
		return ret;
	return saa_parse_ip(buf, buf + len, proto, flow);
}

/*
 * Is there a conntrack entry for @skb? In the default zone; a fragment, which
 * has no ports to look up, has none.
 */
static bool saa_flow_is_here(struct net *net, const struct sk_buff *skb, u8 pf)
{
	struct nf_conntrack_tuple_hash *h;
	struct nf_conntrack_tuple tuple;

	if (!nf_ct_get_tuplepr(skb, skb_network_offset(skb), pf, net, &tuple))
		return false;
	h = nf_conntrack_find_get(net, &nf_ct_zone_dflt, &tuple);
	if (!h)
		return false;
	nf_ct_put(nf_ct_tuplehash_to_ctrack(h));
	return true;
}

/* For a packet that another SR owns, or that has no owner. */
static unsigned int saa_steer_away(struct saa_net *sn,
				   const struct saa_config *cfg,
				   struct sk_buff *skb, u8 pf,
				   const struct saa_group *group,
				   enum saa_origin origin,
				   struct saa_sr *owner)
{
	if (origin == SAA_FROM_SECOND) {
		/* The sender's table differs from ours, and so did another's.
		 * Never punt a third time.
		 */
		if (saa_flow_is_here(sn->net, skb, pf)) {
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

static unsigned int saa_steer(void *priv, struct sk_buff *skb,
			      const struct nf_hook_state *state)
{
	struct saa_net *sn = saa_pernet(state->net);
	enum saa_origin origin = SAA_FROM_WIRE;
	const struct saa_config *cfg;
	const struct saa_group *group;
	struct saa_decision d;
	struct saa_flow flow;

	if (unlikely(skb_nfct(skb)))
		origin = saa_origin_take(sn, skb);

	cfg = rcu_dereference(sn->config);
	if (!cfg || skb->pkt_type != PACKET_HOST || nf_bridge_in_prerouting(skb))
		return NF_ACCEPT;
	group = saa_group_by_dev(cfg, state->in->ifindex);
	if (!group)
		return NF_ACCEPT;
	if (saa_parse_skb(skb, state->pf, &flow) != SAA_PARSE_FLOW) {
		saa_count(sn, SAA_C_NOT_STEERED);
		return NF_ACCEPT;
	}

	switch (saa_decide(state->in, cfg, group->side, &flow, &d)) {
	case SAA_VERDICT_OWNED:
		saa_count(sn, SAA_C_OWNED);
		return NF_ACCEPT;
	case SAA_VERDICT_LOCAL:
		saa_count(sn, SAA_C_LOCAL);
		return NF_ACCEPT;
	case SAA_VERDICT_PUNT:
	case SAA_VERDICT_NO_OWNER:
		return saa_steer_away(sn, cfg, skb, state->pf, group, origin,
				      d.owner);
	default:
		return NF_ACCEPT;
	}
}

static const struct nf_hook_ops saa_steer_ops[] = {
	{
		.hook		= saa_steer,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_PRE_ROUTING,
		.priority	= NF_IP_PRI_FIRST,
	},
	{
		.hook		= saa_steer,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_PRE_ROUTING,
		.priority	= NF_IP6_PRI_FIRST,
	},
};

int saa_steer_register(struct saa_net *sn)
{
	return nf_register_net_hooks(sn->net, saa_steer_ops,
				     ARRAY_SIZE(saa_steer_ops));
}

void saa_steer_unregister(struct saa_net *sn)
{
	nf_unregister_net_hooks(sn->net, saa_steer_ops,
				ARRAY_SIZE(saa_steer_ops));
}
