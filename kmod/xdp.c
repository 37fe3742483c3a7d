// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kfunc through which an XDP program steers by the module's own tables, so
 * that there is nothing in BPF maps to keep in step and no key outside the
 * kernel.
 *
 * It punts only what the module would punt in the same way. What needs more (a
 * port that is away or takes no redirected frames, a packet that is too long)
 * it passes, and the module deals with it and counts it.
 */

#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/if_vlan.h>
#include <net/xdp.h>
#include "owner.h"

/*
 * The device that a frame was received on, which may be of its VLAN. One that
 * is in another namespace than @dev is the module's: its ifindex means nothing
 * here, nor could the program redirect to a port there.
 */
static struct net_device *saa_xdp_dev(struct net_device *dev, u16 vlan)
{
	struct net_device *upper;

	if (!vlan)
		return dev;
	upper = __vlan_find_dev_deep_rcu(dev, htons(ETH_P_8021Q), vlan);
	return upper && net_eq(dev_net(upper), dev_net(dev)) ? upper : NULL;
}

/* Can @dev send a packet of @len bytes for XDP? */
bool saa_xdp_can_send(const struct net_device *dev, unsigned int len)
{
	return dev && dev->flags & IFF_UP &&
	       READ_ONCE(dev->xdp_features) & NETDEV_XDP_ACT_NDO_XMIT &&
	       len <= READ_ONCE(dev->mtu);
}

/* Of punt_l2.c; in line, since it is next to nothing. */
static __always_inline enum saa_xdp_verdict
saa_xdp_l2(const struct saa_port *port, const struct saa_group *group,
	   struct saa_xdp_steer *arg)
{
	const struct net_device *dev = rcu_dereference(port->link.dev);

	if (!saa_xdp_can_send(dev, arg->l3_len))
		return SAA_XDP_PASS;
	arg->ifindex = dev->ifindex;
	arg->vid = group->id;
	return SAA_XDP_PUNT;
}

static enum saa_xdp_verdict saa_xdp_decide(const struct xdp_buff *xdp,
					   struct saa_xdp_steer *arg)
{
	struct net_device *dev = saa_xdp_dev(xdp->rxq->dev, arg->vlan);
	struct saa_net *sn = saa_pernet_rcu(dev_net(xdp->rxq->dev));
	const struct saa_config *cfg;
	const struct saa_group *group;
	const struct saa_port *port;
	enum saa_xdp_verdict verdict;
	struct saa_sr *owner;

	cfg = rcu_dereference(sn->config);
	/* The module looks further for what a packet is about, and counts. */
	if (!cfg || !dev || arg->flow.unattributed)
		return SAA_XDP_PASS;
	group = saa_group_by_dev(cfg, dev->ifindex);
	/* A frame for another host that a switch has flooded is not ours. */
	if (!group || !ether_addr_equal_unaligned(xdp->data, dev->dev_addr))
		return SAA_XDP_PASS;

	switch (saa_decide(sn, dev, cfg, group->side, &arg->flow, &owner)) {
	case SAA_VERDICT_PUNT:
		break;
	case SAA_VERDICT_NO_OWNER:
		saa_drop(sn, dev, NULL, SAA_C_NO_OWNER);
		return SAA_XDP_DROP;
	default:
		return SAA_XDP_PASS;
	}

	port = &cfg->ports[group->side];
	if (likely(port->ops == &saa_l2))
		verdict = saa_xdp_l2(port, group, arg);
	else
		verdict = saa_geneve_xdp(sn, cfg, group, owner, arg);
	if (verdict == SAA_XDP_PASS)
		return verdict;
	saa_punt_mac(arg->dmac, group->side == SAA_SIDE_SOUTH ?
		     SAA_MAC_SOUTH : 0, cfg->id, owner->id);
	ether_addr_copy(arg->smac, port->mac);
	saa_count(sn, SAA_C_PUNTED_XDP);
	saa_sr_count_tx(owner);
	return verdict;
}

__bpf_kfunc_start_defs();

/**
 * saa_xdp_steer() - what is to be done with a frame
 * @xdp_ctx: the frame
 * @arg: what the caller found in it; filled with where to punt it
 * @arg__sz: size of @arg
 *
 * Context: From an XDP program, with BH disabled.
 * Return: enum saa_xdp_verdict; SAA_XDP_PASS too for a bad @arg__sz.
 */
__bpf_kfunc int saa_xdp_steer(struct xdp_md *xdp_ctx,
			      struct saa_xdp_steer *arg, u32 arg__sz)
{
	const struct xdp_buff *xdp = (const struct xdp_buff *)xdp_ctx;
	enum saa_xdp_verdict verdict;

	if (arg__sz != sizeof(*arg))
		return SAA_XDP_PASS;
	rcu_read_lock();
	verdict = saa_xdp_decide(xdp, arg);
	rcu_read_unlock();
	return verdict;
}

__bpf_kfunc_end_defs();

BTF_KFUNCS_START(saa_xdp_kfuncs)
BTF_ID_FLAGS(func, saa_xdp_steer)
BTF_KFUNCS_END(saa_xdp_kfuncs)

static const struct btf_kfunc_id_set saa_xdp_kfunc_set = {
	.owner	= THIS_MODULE,
	.set	= &saa_xdp_kfuncs,
};

/* Without the module's BTF the core warns, and steering works without XDP. */
int saa_xdp_register(void)
{
	return register_btf_kfunc_id_set(BPF_PROG_TYPE_XDP,
					 &saa_xdp_kfunc_set);
}
