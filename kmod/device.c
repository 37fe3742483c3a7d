// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bindings between names in a configuration and network devices.
 *
 * A group's member and a port name an interface; the binding follows the name.
 * When a configuration is published each name must have its device, unless it
 * was without one already. Afterwards the notifier below unbinds what is
 * unregistered, renamed, moved away or enslaved (a VRF excepted), and binds what
 * appears under a name.
 *
 * A port's device is attached while it is bound in the configuration in force:
 * the module's rx_handler is registered, and what the transport needs is done.
 *
 * Lifetime: a binding holds a reference on its device. On unregistration the
 * notifier drops it at once, which is safe since the core waits for a grace
 * period before it frees the device; otherwise it goes with its configuration.
 * Everything here runs under RTNL and sn->lock, but for the look-ups at the
 * end, which run under rcu_read_lock().
 */

#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
#include "saa.h"

static struct net_device *saa_bound(const struct saa_binding *b)
{
	return rtnl_dereference(b->dev);
}

static bool saa_named(const struct saa_binding *b, const struct net_device *dev)
{
	return !strcmp(b->ifname, dev->name);
}

static void saa_binding_set(struct saa_binding *b, struct net_device *dev)
{
	netdev_hold(dev, &b->tracker, GFP_KERNEL);
	saa_created("device", b);
	rcu_assign_pointer(b->dev, dev);
}

static void saa_binding_clear(struct saa_binding *b)
{
	struct net_device *dev = rcu_dereference_protected(b->dev, true);

	if (!dev)
		return;
	RCU_INIT_POINTER(b->dev, NULL);
	netdev_put(dev, &b->tracker);
	saa_destroyed("device", b);
}

static void saa_member_set(struct saa_config *cfg, struct saa_group *g,
			   struct net_device *dev)
{
	g->ifindex = dev->ifindex;
	saa_binding_set(&g->member, dev);
	hlist_add_head_rcu(&g->by_dev,
			   &cfg->groups_by_dev[hash_32(dev->ifindex,
						       SAA_HASH_BITS)]);
}

static void saa_member_clear(struct saa_group *g)
{
	if (!saa_bound(&g->member))
		return;
	hlist_del_init_rcu(&g->by_dev);
	saa_binding_clear(&g->member);
}

static bool saa_is_ethernet(const struct net_device *dev)
{
	return dev->type == ARPHRD_ETHER && !(dev->flags & IFF_LOOPBACK);
}

/* Packets of such a device are never seen as received on it. */
static bool saa_enslaved(struct net_device *dev)
{
	struct net_device *master = netdev_master_upper_dev_get(dev);

	return master && !netif_is_l3_master(master);
}

/* Can @b be bound to @dev? */
static bool saa_fits(const struct saa_binding *b, struct net_device *dev)
{
	return saa_named(b, dev) && saa_is_ethernet(dev) && !saa_enslaved(dev);
}

static int saa_port_check(struct saa_port *port, struct net_device *dev,
			  struct netlink_ext_ack *extack)
{
	return port->ops->check ? port->ops->check(port, dev, extack) : 0;
}

static bool saa_port_fits(struct saa_port *port, struct net_device *dev)
{
	return saa_fits(&port->link, dev) && !saa_port_check(port, dev, NULL);
}

/*
 * The device for a name in a new configuration. A name that is @known, since it
 * is in the configuration in force, may be without one.
 */
static int saa_resolve(struct saa_net *sn, const struct saa_binding *b,
		       bool known, struct net_device **pdev,
		       struct netlink_ext_ack *extack)
{
	struct net_device *dev = __dev_get_by_name(sn->net, b->ifname);

	*pdev = NULL;
	if (dev && saa_fits(b, dev)) {
		*pdev = dev;
		return 0;
	}
	if (known)
		return 0;

	if (!dev) {
		NL_SET_ERR_MSG_FMT_MOD(extack, "no interface %s", b->ifname);
		return -ENODEV;
	}
	if (!saa_named(b, dev))
		NL_SET_ERR_MSG_FMT_MOD(extack,
				       "%s is an alternative name of %s",
				       b->ifname, dev->name);
	else if (!saa_is_ethernet(dev))
		NL_SET_ERR_MSG_FMT_MOD(extack,
				       "interface %s is not an Ethernet interface",
				       b->ifname);
	else
		NL_SET_ERR_MSG_FMT_MOD(extack,
				       "%s belongs to a bridge, bond or the like",
				       b->ifname);
	return -EINVAL;
}

/**
 * saa_bind() - bind a configuration's names to devices
 * @sn: the namespace's state
 * @cfg: the configuration, not published
 * @old: the one in force, or NULL; what it names may be without a device
 * @extack: for what went wrong
 *
 * Return: 0, -ENODEV or -EINVAL; on error some names may be bound, which
 * saa_config_free() undoes.
 */
int saa_bind(struct saa_net *sn, struct saa_config *cfg,
	     const struct saa_config *old, struct netlink_ext_ack *extack)
{
	struct net_device *dev;
	unsigned int i;
	int err;

	for (i = 0; i < cfg->n_groups; i++) {
		struct saa_group *g = &cfg->groups[i], *was;

		was = old ? saa_group_find(old, g->id) : NULL;
		err = saa_resolve(sn, &g->member,
				  was && !strcmp(was->member.ifname,
						 g->member.ifname),
				  &dev, extack);
		if (err)
			return err;
		if (dev)
			saa_member_set(cfg, g, dev);
	}
	for (i = 0; i < SAA_SIDES; i++) {
		struct saa_port *port = &cfg->ports[i];

		if (!port->set)
			continue;
		err = saa_resolve(sn, &port->link,
				  old && old->ports[i].set &&
				  !strcmp(old->ports[i].link.ifname,
					  port->link.ifname),
				  &dev, extack);
		if (err)
			return err;
		if (!dev)
			continue;
		err = saa_port_check(port, dev, extack);
		if (err)
			return err;
		saa_binding_set(&port->link, dev);
	}
	return 0;
}

/* Drops the references of a configuration that is not in force; any context. */
void saa_unbind(struct saa_config *cfg)
{
	unsigned int i;

	for (i = 0; i < cfg->n_groups; i++)
		saa_binding_clear(&cfg->groups[i].member);
	for (i = 0; i < SAA_SIDES; i++)
		saa_binding_clear(&cfg->ports[i].link);
}

/* Is @dev a port's device in @cfg? */
static bool saa_is_port(const struct saa_config *cfg,
			const struct net_device *dev)
{
	unsigned int i;

	for (i = 0; cfg && i < SAA_SIDES; i++)
		if (saa_bound(&cfg->ports[i].link) == dev)
			return true;
	return false;
}

/* Has the north port the same device? It is attached first, detached last. */
static bool saa_port_shares(const struct saa_config *cfg, int side)
{
	return side == SAA_SIDE_SOUTH &&
	       saa_bound(&cfg->ports[SAA_SIDE_NORTH].link) ==
	       saa_bound(&cfg->ports[side].link);
}

/*
 * Attaches a port's device. Another configuration may have attached it too, or
 * the other port: there is only one handler.
 */
static int saa_port_attach(const struct saa_config *cfg, int side,
			   bool has_handler, struct netlink_ext_ack *extack)
{
	const struct saa_port *port = &cfg->ports[side];
	struct net_device *dev = saa_bound(&port->link);
	int err;

	if (port->ops->attach) {
		err = port->ops->attach(cfg, side, dev, extack);
		if (err)
			return err;
	}
	if (has_handler || saa_port_shares(cfg, side))
		return 0;
	err = netdev_rx_handler_register(dev, saa_receive, NULL);
	if (err) {
		NL_SET_ERR_MSG_FMT_MOD(extack,
				       "%s belongs to a bridge, bond or the like",
				       dev->name);
		if (port->ops->detach)
			port->ops->detach(cfg, side, dev);
	}
	return err;
}

static void saa_port_detach(const struct saa_config *cfg, int side,
			    bool keep_handler)
{
	const struct saa_port *port = &cfg->ports[side];
	struct net_device *dev = saa_bound(&port->link);

	if (!keep_handler && !saa_port_shares(cfg, side))
		netdev_rx_handler_unregister(dev);
	if (port->ops->detach)
		port->ops->detach(cfg, side, dev);
}

/**
 * saa_ports_attach() - attach the ports of a configuration
 * @cfg: a bound configuration
 * @old: the one in force, whose ports are attached, or NULL
 * @extack: for what went wrong
 *
 * Return: 0, or a negative error with @cfg's ports as they were.
 */
int saa_ports_attach(const struct saa_config *cfg, const struct saa_config *old,
		     struct netlink_ext_ack *extack)
{
	struct net_device *dev;
	unsigned int i;
	int err;

	for (i = 0; i < SAA_SIDES; i++) {
		dev = saa_bound(&cfg->ports[i].link);
		if (!dev)
			continue;
		err = saa_port_attach(cfg, i, saa_is_port(old, dev), extack);
		if (err)
			goto err_detach;
	}
	return 0;

err_detach:
	while (i--) {
		dev = saa_bound(&cfg->ports[i].link);
		if (dev)
			saa_port_detach(cfg, i, saa_is_port(old, dev));
	}
	return err;
}

/**
 * saa_ports_detach() - detach the ports of a configuration
 * @cfg: the configuration
 * @keep: another one whose ports are attached and stay so, or NULL
 */
void saa_ports_detach(const struct saa_config *cfg,
		      const struct saa_config *keep)
{
	struct net_device *dev;
	unsigned int i = SAA_SIDES;

	while (i--) {
		dev = saa_bound(&cfg->ports[i].link);
		if (dev)
			saa_port_detach(cfg, i, saa_is_port(keep, dev));
	}
}

static void saa_device_appeared(struct saa_net *sn, struct saa_config *cfg,
				struct net_device *dev)
{
	unsigned int i;

	for (i = 0; i < cfg->n_groups; i++) {
		struct saa_group *g = &cfg->groups[i];

		if (!saa_fits(&g->member, dev) || saa_bound(&g->member))
			continue;
		saa_member_set(cfg, g, dev);
		saa_notify(sn, cfg, SAA_KINDS_GROUP, i, false);
	}
	for (i = 0; i < SAA_SIDES; i++) {
		struct saa_port *port = &cfg->ports[i];

		if (!port->set || saa_bound(&port->link) ||
		    !saa_port_fits(port, dev))
			continue;
		saa_binding_set(&port->link, dev);
		if (saa_port_attach(cfg, i, false, NULL)) {
			saa_binding_clear(&port->link);
			netdev_warn_once(dev, "cannot be a shadow port\n");
			continue;
		}
		saa_notify(sn, cfg, SAA_KINDS_PORT, i, false);
		saa_announce_soon(sn);
	}
}

/* Unbinds what does not fit any more; everything if @dev is @gone. */
static void saa_device_vanished(struct saa_net *sn, struct saa_config *cfg,
				struct net_device *dev, bool gone)
{
	unsigned int i;

	for (i = 0; i < cfg->n_groups; i++) {
		struct saa_group *g = &cfg->groups[i];

		if (saa_bound(&g->member) != dev ||
		    (!gone && saa_fits(&g->member, dev)))
			continue;
		saa_member_clear(g);
		saa_notify(sn, cfg, SAA_KINDS_GROUP, i, false);
	}
	for (i = SAA_SIDES; i--;) {
		struct saa_port *port = &cfg->ports[i];

		if (saa_bound(&port->link) != dev ||
		    (!gone && saa_port_fits(port, dev)))
			continue;
		saa_port_detach(cfg, i, false);
		saa_binding_clear(&port->link);
		saa_notify(sn, cfg, SAA_KINDS_PORT, i, false);
	}
}

static int saa_device_event(struct notifier_block *nb, unsigned long event,
			    void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct saa_net *sn = saa_pernet(dev_net(dev));
	struct saa_config *cfg;

	mutex_lock(&sn->lock);
	cfg = saa_config_locked(sn);
	if (!cfg)
		goto out;
	switch (event) {
	case NETDEV_REGISTER:
		saa_device_appeared(sn, cfg, dev);
		break;
	case NETDEV_CHANGENAME:
	case NETDEV_CHANGEUPPER:
		saa_device_vanished(sn, cfg, dev, false);
		saa_device_appeared(sn, cfg, dev);
		break;
	case NETDEV_UNREGISTER:
		saa_device_vanished(sn, cfg, dev, true);
		break;
	case NETDEV_UP:
		saa_locals_changed(sn);
		/* A device that left a bridge still had its rx_handler then. */
		saa_device_appeared(sn, cfg, dev);
		if (saa_is_port(cfg, dev))
			saa_announce_soon(sn);
		break;
	case NETDEV_CHANGE:
	case NETDEV_NOTIFY_PEERS:
	case NETDEV_BONDING_FAILOVER:
		/* What was sent without a carrier is lost; by another port of a
		 * bond, it led switches there.
		 */
		if (netif_carrier_ok(dev) && saa_is_port(cfg, dev))
			saa_announce_soon(sn);
		break;
	case NETDEV_DOWN:
		saa_locals_changed(sn);
		break;
	}
out:
	mutex_unlock(&sn->lock);
	return NOTIFY_DONE;
}

struct notifier_block saa_device_notifier = {
	.notifier_call = saa_device_event,
};

/* The group with @id, or NULL. Under rcu_read_lock(). */
struct saa_group *saa_group_by_id(const struct saa_config *cfg, u16 id)
{
	struct saa_group *g;

	hlist_for_each_entry_rcu(g, &cfg->groups_by_id[hash_32(id,
							       SAA_HASH_BITS)],
				 by_id)
		if (g->id == id)
			return g;
	return NULL;
}
