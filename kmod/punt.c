// SPDX-License-Identifier: GPL-2.0-only
/*
 * Punting: switch a packet to the SR that owns it, and keep the switches
 * knowing where this SR is.
 *
 * The IP packet goes as it is: no TTL, no checksum, no segment size changes.
 * GRO packets stay whole until the port's device segments them.
 */

#include <linux/if_vlan.h>
#include <net/gso.h>
#include "saa.h"

/* A switch forgets an address after 300 s, as a rule. */
#define SAA_ANNOUNCE_INTERVAL	(60 * HZ)

static bool saa_punt_fits(const struct sk_buff *skb, unsigned int mtu)
{
	if (skb_is_gso(skb))
		return skb_gso_validate_network_len(skb, mtu);
	return skb->len <= mtu;
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
	eth = skb_push(skb, sizeof(*eth));
	skb_reset_mac_header(skb);
	skb_reset_mac_len(skb);
	saa_punt_mac(eth->h_dest, group->side == SAA_SIDE_SOUTH ?
		     SAA_MAC_SOUTH : 0, cfg->id, owner->id);
	ether_addr_copy(eth->h_source, second ? port->mac_second : port->mac);
	eth->h_proto = skb->protocol;
	__vlan_hwaccel_put_tag(skb, htons(ETH_P_8021Q), group->id);
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

static void saa_announce(const struct saa_port *port, struct net_device *dev,
			 u16 vid)
{
	struct saa_announce *msg;
	struct ethhdr *eth;
	struct sk_buff *skb;

	skb = netdev_alloc_skb(dev, LL_RESERVED_SPACE(dev) + sizeof(*msg));
	if (!skb)
		return;
	skb_reserve(skb, LL_RESERVED_SPACE(dev));
	skb_reset_network_header(skb);
	msg = skb_put_zero(skb, sizeof(*msg));
	memcpy(msg->magic, "saa", sizeof(msg->magic));
	msg->version = SAA_PUNT_VERSION;
	eth = skb_push(skb, sizeof(*eth));
	skb_reset_mac_header(skb);
	eth_broadcast_addr(eth->h_dest);
	ether_addr_copy(eth->h_source, port->mac);
	eth->h_proto = htons(SAA_ETH_P_ANNOUNCE);
	skb->protocol = eth->h_proto;
	__vlan_hwaccel_put_tag(skb, htons(ETH_P_8021Q), vid);
	dev_queue_xmit(skb);
}

/* Announces this SR on each VLAN of both punt switches, then again and again. */
void saa_announce_work(struct work_struct *work)
{
	struct saa_net *sn = container_of(to_delayed_work(work),
					  struct saa_net, announce);
	const struct saa_config *cfg;
	struct net_device *dev;
	unsigned int i;

	rcu_read_lock();
	cfg = rcu_dereference(sn->config);
	if (!cfg)
		goto out;
	for (i = 0; i < cfg->n_groups; i++) {
		const struct saa_group *g = &cfg->groups[i];
		const struct saa_port *port = &cfg->ports[g->side];

		dev = rcu_dereference(port->link.dev);
		if (dev && dev->flags & IFF_UP)
			saa_announce(port, dev, g->id);
	}
	queue_delayed_work(system_power_efficient_wq, &sn->announce,
			   SAA_ANNOUNCE_INTERVAL);
out:
	rcu_read_unlock();
}

void saa_announce_soon(struct saa_net *sn)
{
	mod_delayed_work(system_power_efficient_wq, &sn->announce, 0);
}
