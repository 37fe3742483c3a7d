// SPDX-License-Identifier: GPL-2.0-only
/*
 * Punt frames over an Ethernet segment: the VLAN tag that is the group, and
 * announcements, from which the switches know where this SR is.
 *
 * The derived MAC address is among the device's unicast addresses, and the
 * groups' ids are among its VLANs, so that a NIC's filters let the frames pass.
 * The device's own address stays as it is.
 */

#include <linux/if_macvlan.h>
#include <linux/if_vlan.h>
#include <net/rtnetlink.h>
#include "saa.h"

/* A switch forgets an address after 300 s, as a rule. */
#define SAA_ANNOUNCE_INTERVAL	(60 * HZ)

static bool saa_l2_is_kind(const struct net_device *dev, const char *kind)
{
	return dev->rtnl_link_ops && !strcmp(dev->rtnl_link_ops->kind, kind);
}

/* These take one more unicast address, and do not give its frames to us. */
static bool saa_l2_deaf(const struct net_device *dev)
{
	if (netif_is_macvlan(dev))
		return ((const struct macvlan_dev *)netdev_priv(dev))->mode !=
		       MACVLAN_MODE_PASSTHRU;
	return netif_is_bridge_master(dev) || saa_l2_is_kind(dev, "ipvlan");
}

static int saa_l2_check(struct saa_port *port, struct net_device *dev,
			struct netlink_ext_ack *extack)
{
	if (!saa_l2_deaf(dev))
		return 0;
	NL_SET_ERR_MSG_FMT_MOD(extack,
			       "%s, a %s, hears only its own address; use what it is on",
			       dev->name, dev->rtnl_link_ops->kind);
	return -EINVAL;
}

static void saa_l2_vlans_del(const struct saa_config *cfg, int side,
			     struct net_device *dev, unsigned int n_groups)
{
	while (n_groups--)
		if (cfg->groups[n_groups].side == side)
			vlan_vid_del(dev, htons(ETH_P_8021Q),
				     cfg->groups[n_groups].id);
}

static int saa_l2_vlans_add(const struct saa_config *cfg, int side,
			    struct net_device *dev)
{
	unsigned int i;
	int err;

	for (i = 0; i < cfg->n_groups; i++) {
		if (cfg->groups[i].side != side)
			continue;
		err = vlan_vid_add(dev, htons(ETH_P_8021Q), cfg->groups[i].id);
		if (err) {
			saa_l2_vlans_del(cfg, side, dev, i);
			return err;
		}
	}
	return 0;
}

/* Another configuration may have done it too: the device counts both. */
static int saa_l2_attach(const struct saa_config *cfg, int side,
			 struct net_device *dev, struct netlink_ext_ack *extack)
{
	const struct saa_port *port = &cfg->ports[side];
	int err;

	err = dev_uc_add(dev, port->mac);
	if (err) {
		NL_SET_ERR_MSG_FMT_MOD(extack,
				       "%s does not take the address %pM",
				       dev->name, port->mac);
		return err;
	}
	err = saa_l2_vlans_add(cfg, side, dev);
	if (err) {
		NL_SET_ERR_MSG_FMT_MOD(extack, "%s does not take the VLANs",
				       dev->name);
		dev_uc_del(dev, port->mac);
	}
	return err;
}

static void saa_l2_detach(const struct saa_config *cfg, int side,
			  struct net_device *dev)
{
	saa_l2_vlans_del(cfg, side, dev, cfg->n_groups);
	dev_uc_del(dev, cfg->ports[side].mac);
}

enum saa_counter saa_l2_send(struct saa_net *sn, const struct saa_config *cfg,
			     struct sk_buff *skb, const struct saa_group *group,
			     struct saa_sr *owner, bool second)
{
	__vlan_hwaccel_put_tag(skb, htons(ETH_P_8021Q), group->id);
	return SAA_C_PUNTED;
}

static enum saa_counter saa_l2_side(const struct saa_config *cfg,
				    const struct sk_buff *skb, u8 *side)
{
	return SAA_C_RECEIVED;
}

static enum saa_counter saa_l2_group(const struct saa_config *cfg,
				     const struct sk_buff *skb,
				     const struct saa_sr *from, bool second,
				     u16 *group)
{
	if (!skb_vlan_tag_present(skb) ||
	    skb->vlan_proto != htons(ETH_P_8021Q))
		return SAA_C_BAD_FRAME;
	*group = skb_vlan_tag_get_id(skb);
	return SAA_C_RECEIVED;
}

const struct saa_punt_ops saa_l2 = {
	.check	= saa_l2_check,
	.attach	= saa_l2_attach,
	.detach	= saa_l2_detach,
	.send	= saa_l2_send,
	.side	= saa_l2_side,
	.group	= saa_l2_group,
};

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
		if (dev && dev->flags & IFF_UP && port->ops == &saa_l2)
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
