// SPDX-License-Identifier: GPL-2.0-only
/*
 * Punting: switch a packet to the SR that owns it.
 *
 * The IP packet goes as it is: no TTL, no checksum, no segment size changes.
 * GRO packets stay whole until the port's device segments them. What is around
 * the packet but for its Ethernet addresses is the transport's: punt_l2.c,
 * punt_geneve.c.
 */

#include <linux/indirect_call_wrapper.h>
#include <linux/tcp.h>
#include <net/gso.h>
#include <net/ipv6.h>
#include "saa.h"

/* Does the IP packet @skb, or each segment of it, fit in @mtu? */
bool saa_punt_fits(const struct sk_buff *skb, unsigned int mtu)
{
	if (skb_is_gso(skb))
		return skb_gso_validate_network_len(skb, mtu);
	return skb->len <= mtu;
}

/*
 * What tells the length of a segment, and what sends it, takes the transport
 * header to be behind all headers of IPv6, and TCP's to be linear. On receive
 * the stack has set it behind the fixed one, or the options for each hop; and a
 * guest that makes large pieces may put its headers where it likes.
 */
static void saa_find_transport(struct sk_buff *skb)
{
	u8 next = ipv6_hdr(skb)->nexthdr;
	__be16 frag_off;
	int offset;

	offset = ipv6_skip_exthdr(skb, sizeof(struct ipv6hdr), &next,
				  &frag_off);
	if (offset > 0 && pskb_may_pull(skb, offset + sizeof(struct tcphdr)))
		skb_set_transport_header(skb, offset);
}

/**
 * saa_punt() - send a packet to its owner
 * @sn: the namespace's state
 * @cfg: the configuration
 * @skb: the packet, data at the IP header
 * @group: the group that it was received on
 * @owner: the owner
 * @second: it was punted here by another SR
 *
 * Context: Under rcu_read_lock(), in softirq context, from a netfilter hook.
 * Return: NF_STOLEN when the packet is on its way, NF_DROP (and counted) when
 * it cannot go.
 */
unsigned int saa_punt(struct saa_net *sn, const struct saa_config *cfg,
		      struct sk_buff *skb, const struct saa_group *group,
		      struct saa_sr *owner, bool second)
{
	const struct saa_port *port = &cfg->ports[group->side];
	struct net_device *dev = rcu_dereference(port->link.dev);
	enum saa_counter reason;
	struct ethhdr *eth;
	int err;

	if (unlikely(!dev || !(dev->flags & IFF_UP))) {
		reason = SAA_C_PORT_ABSENT;
		goto drop;
	}
	if (skb_is_gso(skb) && skb->protocol == htons(ETH_P_IPV6))
		saa_find_transport(skb);
	if (unlikely(!saa_punt_fits(skb, READ_ONCE(dev->mtu)))) {
		reason = SAA_C_PUNT_TOO_BIG;
		goto drop;
	}
	if (unlikely(skb_cow_head(skb, LL_RESERVED_SPACE(dev)))) {
		reason = SAA_C_PUNT_FAILED;
		goto drop;
	}

	skb_orphan(skb);
	skb_scrub_packet(skb, false);
	skb_clear_tstamp(skb);
	skb_forward_csum(skb);
	reason = INDIRECT_CALL_2(port->ops->send, saa_l2_send, saa_geneve_send,
				 sn, cfg, skb, group, owner, second);
	if (unlikely(reason != SAA_C_PUNTED))
		goto drop;
	eth = skb_push(skb, sizeof(*eth));
	skb_reset_mac_header(skb);
	skb_reset_mac_len(skb);
	saa_punt_mac(eth->h_dest, group->side == SAA_SIDE_SOUTH ?
		     SAA_MAC_SOUTH : 0, cfg->id, owner->id);
	ether_addr_copy(eth->h_source, second ? port->mac_second : port->mac);
	eth->h_proto = skb->protocol;
	skb->dev = dev;

	saa_count(sn, second ? SAA_C_SECOND_CHANCE : SAA_C_PUNTED);
	saa_sr_count_tx(owner);
	err = dev_queue_xmit(skb);
	if (unlikely(net_xmit_eval(err)))
		saa_drop(sn, dev, NULL, SAA_C_PUNT_FAILED);
	return NF_STOLEN;

drop:
	saa_drop(sn, skb->dev, skb, reason);
	return NF_DROP;
}
