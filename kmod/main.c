// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module: what is registered once, and what begins and ends with a network
 * namespace.
 *
 * A namespace ends in two steps. Before the grace period that the core waits
 * for, the configuration is unpublished, the hooks are unregistered and the
 * ports detached, so no new packet gets to us. After it nobody is left inside,
 * and the counters go. Unloading the module does this to every namespace.
 */

#define CREATE_TRACE_POINTS
#include "trace.h"

#include <linux/inetdevice.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/rtnetlink.h>
#include <net/genetlink.h>
#include "netlink_gen.h"
#include "saa.h"

unsigned int saa_net_id __read_mostly;

static int __net_init saa_net_init(struct net *net)
{
	struct saa_net *sn = saa_pernet(net);

	sn->net = net;
	mutex_init(&sn->lock);
	spin_lock_init(&sn->guests_lock);
	INIT_LIST_HEAD(&sn->guests);
	INIT_DELAYED_WORK(&sn->announce, saa_announce_work);
	INIT_DELAYED_WORK(&sn->sync_news, saa_sync_news);
	sn->sync_epoch = get_random_u32();
	sn->partner_bulk = get_random_u16();
	sn->stats = netdev_alloc_pcpu_stats(struct saa_stats);
	if (!sn->stats)
		return -ENOMEM;
	saa_created("netns", sn);
	return 0;
}

static void __net_exit saa_net_pre_exit(struct net *net)
{
	struct saa_net *sn = saa_pernet(net);

	/* Nobody configures a namespace that is going. */
	if (rcu_access_pointer(sn->config)) {
		rtnl_lock();
		mutex_lock(&sn->lock);
		saa_config_remove(sn);
		mutex_unlock(&sn->lock);
		rtnl_unlock();
	}
	saa_sync_evict(sn);
	cancel_delayed_work_sync(&sn->announce);
	cancel_delayed_work_sync(&sn->sync_news);
}

static void __net_exit saa_net_exit(struct net *net)
{
	struct saa_net *sn = saa_pernet(net);

	free_percpu(sn->stats);
	saa_destroyed("netns", sn);
}

static struct pernet_operations saa_net_ops = {
	.init		= saa_net_init,
	.pre_exit	= saa_net_pre_exit,
	.exit		= saa_net_exit,
	.id		= &saa_net_id,
	.size		= sizeof(struct saa_net),
};

static int __init saa_init(void)
{
	int err;

	err = register_pernet_subsys(&saa_net_ops);
	if (err)
		return err;
	err = register_netdevice_notifier(&saa_device_notifier);
	if (err)
		goto err_pernet;
	err = register_inetaddr_notifier(&saa_inetaddr_notifier);
	if (err)
		goto err_netdevice;
	err = saa_xdp_register();
	if (err)
		goto err_inetaddr;
	err = genl_register_family(&saa_nl_family);
	if (err)
		goto err_inetaddr;
	return 0;

err_inetaddr:
	unregister_inetaddr_notifier(&saa_inetaddr_notifier);
err_netdevice:
	unregister_netdevice_notifier(&saa_device_notifier);
err_pernet:
	unregister_pernet_subsys(&saa_net_ops);
	rcu_barrier();
	return err;
}

static void __exit saa_exit(void)
{
	/* No events any more, which unbinds every device; then no writers;
	 * no configurations; then wait for those that RCU still has to free.
	 */
	unregister_netdevice_notifier(&saa_device_notifier);
	unregister_inetaddr_notifier(&saa_inetaddr_notifier);
	genl_unregister_family(&saa_nl_family);
	unregister_pernet_subsys(&saa_net_ops);
	rcu_barrier();
}

module_init(saa_init);
module_exit(saa_exit);

MODULE_DESCRIPTION("Stateful active/active gateway");
MODULE_LICENSE("GPL");
MODULE_SOFTDEP("pre: nf_conntrack_netlink");
MODULE_ALIAS_GENL_FAMILY(SAA_FAMILY_NAME);
