// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which IPv4 addresses are this SR's own. Asked for each packet that is about
 * to be punted, where a look-up in the FIB's local table would cost more than
 * all the rest of steering together. (IPv6 keeps a hash of its own.)
 *
 * A namespace with a gateway has a set of the addresses of its interfaces, an
 * open hash table that is never changed but built anew when an address comes or
 * goes, or an interface goes up or down: under RTNL, which serialises those; the
 * old one goes after a grace period. Without memory for one there is none, and
 * the FIB is asked.
 */

#include <linux/inetdevice.h>
#include <linux/ipv6.h>
#include <linux/log2.h>
#include <linux/rtnetlink.h>
#include <net/addrconf.h>
#include <net/route.h>
#include "saa.h"

/**
 * struct saa_locals - a set of addresses
 * @rcu: frees it
 * @bits: binary logarithm of the size
 * @addrs: at the hash of the address or behind it; 0 is empty. At least half
 *	are, so that a search ends soon.
 */
struct saa_locals {
	struct rcu_head rcu;
	unsigned int bits;
	__be32 addrs[];
};

static unsigned int saa_locals_hash(const struct saa_locals *set, __be32 addr)
{
	return hash_32((__force u32)addr, set->bits);
}

/* Position of @addr in @set, or of the empty place where it belongs. */
static unsigned int saa_locals_find(const struct saa_locals *set, __be32 addr)
{
	unsigned int i = saa_locals_hash(set, addr);

	while (set->addrs[i] && set->addrs[i] != addr)
		i = (i + 1) & ((1U << set->bits) - 1);
	return i;
}

/**
 * saa_is_local() - is an address this SR's own?
 * @sn: the namespace's state
 * @dev: a device that the question is about
 * @family: AF_INET or AF_INET6
 * @addr: the address, network byte order
 *
 * Context: Under rcu_read_lock().
 */
bool saa_is_local(const struct saa_net *sn, const struct net_device *dev,
		  u8 family, const void *addr)
{
	const struct saa_locals *set;
	__be32 addr4;

	if (family == AF_INET6)	/* none with ipv6.disable=1 */
		return ipv6_mod_enabled() && ipv6_chk_addr(sn->net, addr, dev, 0);

	addr4 = *(const __be32 *)addr;
	set = rcu_dereference(sn->locals);
	if (likely(set))
		return set->addrs[saa_locals_find(set, addr4)] == addr4;
	return inet_addr_type_dev_table(sn->net, dev, addr4) != RTN_UNICAST;
}

/*
 * Visits the addresses of all interfaces that are up, but @not: counts them, or
 * adds them to @set.
 */
static unsigned int saa_locals_walk(struct net *net,
				    const struct in_ifaddr *not,
				    struct saa_locals *set)
{
	const struct in_ifaddr *ifa;
	struct in_device *in_dev;
	struct net_device *dev;
	unsigned int n = 0;

	for_each_netdev(net, dev) {
		in_dev = __in_dev_get_rtnl(dev);
		if (!in_dev || !(dev->flags & IFF_UP))
			continue;
		in_dev_for_each_ifa_rtnl(ifa, in_dev) {
			if (ifa == not)
				continue;
			n++;
			if (set)
				set->addrs[saa_locals_find(set,
							   ifa->ifa_local)] =
					ifa->ifa_local;
		}
	}
	return n;
}

static void saa_locals_replace(struct saa_net *sn, struct saa_locals *set)
{
	struct saa_locals *old;

	old = rcu_replace_pointer(sn->locals, set, lockdep_rtnl_is_held());
	if (old)
		kvfree_rcu(old, rcu);
}

static void saa_locals_build(struct saa_net *sn, const struct in_ifaddr *not)
{
	unsigned int n = saa_locals_walk(sn->net, not, NULL);
	unsigned int bits = order_base_2(2 * n + 2);
	struct saa_locals *set;

	set = kvzalloc(struct_size(set, addrs, 1UL << bits), GFP_KERNEL);
	if (set) {
		set->bits = bits;
		saa_locals_walk(sn->net, not, set);
	}
	saa_locals_replace(sn, set);
}

/* The namespace has a gateway now. Under RTNL. */
void saa_locals_start(struct saa_net *sn)
{
	sn->watch_locals = true;
	saa_locals_build(sn, NULL);
}

/* The namespace has no gateway any more. Under RTNL. */
void saa_locals_stop(struct saa_net *sn)
{
	sn->watch_locals = false;
	saa_locals_replace(sn, NULL);
}

/* An interface went up or down. Under RTNL. */
void saa_locals_changed(struct saa_net *sn)
{
	if (sn->watch_locals)
		saa_locals_build(sn, NULL);
}

static int saa_inetaddr_event(struct notifier_block *nb, unsigned long event,
			      void *ptr)
{
	const struct in_ifaddr *ifa = ptr;
	struct saa_net *sn = saa_pernet(dev_net(ifa->ifa_dev->dev));

	/* Told of a removal, it may still be in its interface's list. */
	if (sn->watch_locals)
		saa_locals_build(sn, event == NETDEV_DOWN ? ifa : NULL);
	return NOTIFY_DONE;
}

struct notifier_block saa_inetaddr_notifier = {
	.notifier_call = saa_inetaddr_event,
};
