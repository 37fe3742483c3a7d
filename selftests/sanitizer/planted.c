// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bugs for the sanitizer kernel to find: loading this module with bug=NAME
 * commits one. check.sh, beside this, loads it with each and looks who noticed.
 */

#include <linux/etherdevice.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/rculist.h>
#include <linux/slab.h>

static char *bug = "";
module_param(bug, charp, 0);
MODULE_PARM_DESC(bug, "which bug");

static LIST_HEAD(planted_list);
static DEFINE_SPINLOCK(planted_lock_a);
static DEFINE_SPINLOCK(planted_lock_b);
static u8 *planted_memory;

struct planted {
	struct rcu_head rcu;
	u8 data[64];
};

/* Keeps the compiler from knowing. */
static u8 *planted_alloc(void)
{
	u8 *p = kmalloc(64, GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(p);
	return p;
}

static void planted_use_after_free(void)
{
	u8 *p = planted_alloc();

	kfree(p);
	WRITE_ONCE(p[1], 1);
}

static void planted_out_of_bounds(void)
{
	u8 *p = planted_alloc();
	int i = 64;

	OPTIMIZER_HIDE_VAR(i);
	WRITE_ONCE(p[i], 1);
	kfree(p);
}

static void planted_double_free(void)
{
	u8 *p = planted_alloc();

	kfree(p);
	OPTIMIZER_HIDE_VAR(p);
	kfree(p);
}

static void planted_sleep_in_atomic(void)
{
	spin_lock(&planted_lock_a);
	kfree(kmalloc(64, GFP_KERNEL));
	spin_unlock(&planted_lock_a);
}

static void planted_lock_order(void)
{
	spin_lock(&planted_lock_a);
	spin_lock(&planted_lock_b);
	spin_unlock(&planted_lock_b);
	spin_unlock(&planted_lock_a);

	spin_lock(&planted_lock_b);
	spin_lock(&planted_lock_a);
	spin_unlock(&planted_lock_a);
	spin_unlock(&planted_lock_b);
}

static void planted_rcu_pointer(void)
{
	static int __rcu *pointer;

	pr_info("planted: %p\n", rcu_dereference(pointer));
}

static void planted_rcu_twice(void)
{
	struct planted *p = kzalloc(sizeof(*p), GFP_KERNEL);

	if (!p)
		return;
	rcu_read_lock();
	call_rcu(&p->rcu, (rcu_callback_t)kfree);
	call_rcu(&p->rcu, (rcu_callback_t)kfree);
	rcu_read_unlock();
}

static void planted_no_work(struct work_struct *work)
{
}

static void planted_free_active_work(void)
{
	struct delayed_work *work = kzalloc(sizeof(*work), GFP_KERNEL);

	if (!work)
		return;
	INIT_DELAYED_WORK(work, planted_no_work);
	schedule_delayed_work(work, 1000 * HZ);
	kfree(work);
}

/* More than one: any word may be a pointer to kmemleak, and so hide one. */
static void planted_leak(void)
{
	int i;

	for (i = 0; i < 16; i++)
		planted_memory = planted_alloc();
	planted_memory = NULL;
}

static struct net_device *planted_dev;
static netdevice_tracker planted_tracker;

static void planted_release(struct work_struct *work)
{
	netdev_put(planted_dev, &planted_tracker);
}
static DECLARE_DELAYED_WORK(planted_release_work, planted_release);

static const struct net_device_ops planted_ops;

static void planted_setup(struct net_device *dev)
{
	ether_setup(dev);
	eth_hw_addr_random(dev);
	dev->netdev_ops = &planted_ops;
	dev->needs_free_netdev = true;
}

/* The kernel complains after 10 seconds, and repeats that until it is released. */
static void planted_device_reference(void)
{
	planted_dev = alloc_netdev(0, "planted", NET_NAME_USER, planted_setup);
	if (!planted_dev || register_netdev(planted_dev))
		return;
	netdev_hold(planted_dev, &planted_tracker, GFP_KERNEL);
	schedule_delayed_work(&planted_release_work, 12 * HZ);
	unregister_netdev(planted_dev);
	flush_delayed_work(&planted_release_work);
}

static const struct {
	const char *name;
	void (*commit)(void);
} planted_bugs[] = {
	{ "use-after-free", planted_use_after_free },
	{ "out-of-bounds", planted_out_of_bounds },
	{ "double-free", planted_double_free },
	{ "sleep-in-atomic", planted_sleep_in_atomic },
	{ "lock-order", planted_lock_order },
	{ "rcu-pointer", planted_rcu_pointer },
	{ "rcu-twice", planted_rcu_twice },
	{ "free-active-work", planted_free_active_work },
	{ "leak", planted_leak },
	{ "device-reference", planted_device_reference },
};

static int __init planted_init(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(planted_bugs); i++) {
		if (strcmp(bug, planted_bugs[i].name))
			continue;
		planted_bugs[i].commit();
		return 0;
	}
	return -EINVAL;
}

static void __exit planted_exit(void)
{
	rcu_barrier();
}

module_init(planted_init);
module_exit(planted_exit);

MODULE_DESCRIPTION("Planted bugs");
MODULE_LICENSE("GPL");
