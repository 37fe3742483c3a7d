// SPDX-License-Identifier: GPL-2.0-only
/*
 * Receiving punt frames: the rx_handler of shadow ports.
 *
 * A frame is checked, stripped (what is around it, by its transport), and given
 * to the local member of its group as if that had received it: the stack goes
 * another round with skb->dev changed, so taps, tc, nftables and routing see the
 * member. The source MAC address stays that of the sender's shadow port, from
 * which the steering hook knows how the packet came. Nothing less permanent would
 * do: a mark or a conntrack template can be changed by tc on the member, and then
 * packets would loop. (A host that forges such an address only makes others punt
 * its packets once less.) skb->redirected keeps generic XDP on the member from
 * steering the packet once more; the core clears it after that.
 *
 * Nothing in a frame is trusted: each field is checked, each refusal counted.
 */

#include <linux/if_vlan.h>
#include "saa.h"

static const struct saa_port *saa_port_by_dev(const struct saa_config *cfg,
					      const struct net_device *dev,
					      u8 *side)
{
	u8 i;

	for (i = 0; i < SAA_SIDES; i++) {
		if (rcu_access_pointer(cfg->ports[i].link.dev) != dev)
			continue;
		*side = i;
		return &cfg->ports[i];
	}
	return NULL;
}

static struct saa_sr *saa_sender(const struct saa_config *cfg, u16 id)
{
	struct saa_sr *sr = saa_sr_find(cfg, id);

	return sr == cfg->self ? NULL : sr;
}

/**
 * saa_receive_check() - check a unicast frame
 * @cfg: the configuration
 * @port: the first port with the device that it was received on
 * @side: that port's side
 * @skb: the frame
 * @from: filled with its sender
 * @member: filled with the device to deliver on
 *
 * Return: SAA_C_RECEIVED, or the reason to drop it.
 */
static enum saa_counter
saa_receive_check(const struct saa_config *cfg, const struct saa_port *port,
		  u8 side, const struct sk_buff *skb, struct saa_sr **from,
		  struct net_device **member)
{
	const struct saa_punt_ops *ops = port->ops;
	const struct ethhdr *eth = eth_hdr(skb);
	const struct saa_group *group;
	enum saa_counter outcome;
	u16 gateway, id;
	u8 flags;

	outcome = ops->side(cfg, skb, &side);
	if (outcome != SAA_C_RECEIVED)
		return outcome;
	if (!ether_addr_equal(eth->h_dest, cfg->ports[side].mac))
		return SAA_C_NOT_FOR_US;
	if (!saa_punt_mac_parse(eth->h_source, &flags, &gateway, &id) ||
	    gateway != cfg->id)
		return SAA_C_BAD_SENDER;
	*from = saa_sender(cfg, id);
	if (!*from)
		return SAA_C_BAD_SENDER;
	if (side != (flags & SAA_MAC_SOUTH ? SAA_SIDE_SOUTH : SAA_SIDE_NORTH))
		return SAA_C_WRONG_SWITCH;
	outcome = ops->group(cfg, skb, *from, flags & SAA_MAC_SECOND, &id);
	if (outcome != SAA_C_RECEIVED)
		return outcome;
	if (skb->protocol != htons(ETH_P_IP) &&
	    skb->protocol != htons(ETH_P_IPV6))
		return SAA_C_BAD_FRAME;
	group = saa_group_by_id(cfg, id);
	if (!group)
		return SAA_C_BAD_GROUP;
	if (group->side != side)
		return SAA_C_WRONG_SWITCH;
	*member = rcu_dereference(group->member.dev);
	if (!*member || !((*member)->flags & IFF_UP))
		return SAA_C_MEMBER_ABSENT;
	return SAA_C_RECEIVED;
}

/**
 * saa_origin() - how a packet came to a member
 * @cfg: the configuration
 * @skb: the packet, with its Ethernet header
 *
 * Return: the origin, SAA_FROM_WIRE if another SR of the gateway did not send it.
 */
enum saa_origin saa_origin(const struct saa_config *cfg,
			   const struct sk_buff *skb)
{
	u16 gateway, id;
	u8 flags;

	if (!skb_mac_header_was_set(skb) ||
	    !saa_punt_mac_parse(eth_hdr(skb)->h_source, &flags, &gateway,
				&id) ||
	    gateway != cfg->id || !saa_sender(cfg, id))
		return SAA_FROM_WIRE;
	return flags & SAA_MAC_SECOND ? SAA_FROM_SECOND : SAA_FROM_PUNT;
}

/* Frames to a group address: our announcements; others are the stack's, also of
 * somebody else who uses that EtherType.
 */
static rx_handler_result_t saa_receive_multicast(struct saa_net *sn,
						 struct sk_buff *skb)
{
	const u8 *magic;
	u8 buf[3];

	if (skb->protocol != htons(SAA_ETH_P_ANNOUNCE))
		return RX_HANDLER_PASS;
	magic = skb_header_pointer(skb, offsetof(struct saa_announce, magic),
				   sizeof(buf), buf);
	if (!magic || memcmp(magic, "saa", sizeof(buf)))
		return RX_HANDLER_PASS;
	saa_count(sn, SAA_C_ANNOUNCED);
	consume_skb(skb);
	return RX_HANDLER_CONSUMED;
}

/**
 * saa_receive() - rx_handler of a shadow port
 * @pskb: the frame, data at the IP header
 *
 * Context: Under rcu_read_lock(), in softirq context.
 * Return: RX_HANDLER_ANOTHER with the packet on the member; _CONSUMED when it
 * was dropped or was an announcement; _PASS for other group addresses.
 */
rx_handler_result_t saa_receive(struct sk_buff **pskb)
{
	struct net_device *member = NULL, *dev;
	struct sk_buff *skb = *pskb;
	const struct saa_config *cfg;
	const struct saa_port *port;
	struct saa_sr *from = NULL;
	enum saa_counter outcome;
	struct saa_net *sn;
	u8 side = 0;

	dev = skb->dev;
	sn = saa_pernet_rcu(dev_net(dev));
	if (unlikely(skb->pkt_type == PACKET_LOOPBACK))
		return RX_HANDLER_PASS;
	cfg = rcu_dereference(sn->config);
	port = cfg ? saa_port_by_dev(cfg, dev, &side) : NULL;
	if (!port)
		return RX_HANDLER_PASS;
	if (is_multicast_ether_addr(eth_hdr(skb)->h_dest) &&
	    port->ops == &saa_l2)
		return saa_receive_multicast(sn, skb);

	outcome = saa_receive_check(cfg, port, side, skb, &from, &member);
	if (outcome != SAA_C_RECEIVED)
		goto drop;

	skb = skb_share_check(skb, GFP_ATOMIC);
	if (unlikely(!skb)) {
		saa_drop(sn, dev, NULL, SAA_C_RECEIVE_FAILED);
		return RX_HANDLER_CONSUMED;
	}
	*pskb = skb;
	/*
	 * What a tunnel has put together from its own fragments is a list of
	 * buffers. A veth with an XDP program, on the way from here to a
	 * tier-1 say, would drop it: XDP does not know such lists. Without
	 * memory it goes on as it is.
	 */
	if (unlikely(skb_has_frag_list(skb) && !skb_is_gso(skb)) &&
	    skb_linearize(skb))
		net_dbg_ratelimited("saa: no memory to put a packet together\n");
	if (unlikely(skb_cow_head(skb, 0))) {
		outcome = SAA_C_RECEIVE_FAILED;
		goto drop;
	}

	__vlan_hwaccel_clear_tag(skb);
	skb_dst_drop(skb);	/* a tunnel's metadata */
	ether_addr_copy(eth_hdr(skb)->h_dest, member->dev_addr);
	skb->dev = member;
	skb->pkt_type = PACKET_HOST;
	skb_set_redirected(skb, false);
	saa_count(sn, SAA_C_RECEIVED);
	saa_sr_count_rx(from);
	return RX_HANDLER_ANOTHER;

drop:
	saa_drop(sn, dev, skb, outcome);
	kfree_skb(skb);
	return RX_HANDLER_CONSUMED;
}
