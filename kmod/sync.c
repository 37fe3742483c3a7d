// SPDX-License-Identifier: GPL-2.0-only
/*
 * State sync: how it begins and ends with the configurations, and what it says
 * of itself. sync.h tells who locks what.
 *
 * A change of addresses, namespace, partner or ids makes a new struct saa_sync.
 * Everything else is changed in the one that runs; other keys make it connect
 * anew. What is known of the partner's flows is as old as conntrack's table, not
 * as these: it is in the flows and in struct saa_net.
 *
 * The connections may be in another namespace than the SR. It is not kept from
 * ending: before it does, the threads and their sockets end, and state sync stays
 * without a connection until it is configured with another one.
 */

#include <linux/kthread.h>
#include "netlink_gen.h"
#include "sync.h"
#include "trace.h"

const struct saa_counter_info saa_sync_counter_info[SAA_SYNC_C_MAX] = {
#define SAA_SYNC_COUNTER_INFO(id, text, sort, what)			\
	[SAA_SYNC_C_##id] = {						\
		.name = text,						\
		.doc = what,						\
		.kind = SAA_COUNTER_KIND_##sort,			\
	},
	SAA_SYNC_COUNTERS(SAA_SYNC_COUNTER_INFO)
#undef SAA_SYNC_COUNTER_INFO
};

static void saa_rings_free(struct saa_ring **rings)
{
	int cpu;

	if (!rings)
		return;
	for_each_possible_cpu(cpu)
		kvfree(rings[cpu]);
	kfree(rings);
}

static struct saa_ring **saa_rings_alloc(void)
{
	struct saa_ring **rings;
	int cpu;

	rings = kcalloc(nr_cpu_ids, sizeof(*rings), GFP_KERNEL_ACCOUNT);
	if (!rings)
		return NULL;
	for_each_possible_cpu(cpu) {
		rings[cpu] = kvzalloc(sizeof(**rings), GFP_KERNEL_ACCOUNT);
		if (!rings[cpu]) {
			saa_rings_free(rings);
			return NULL;
		}
		spin_lock_init(&rings[cpu]->lock);
	}
	return rings;
}

static void saa_sync_free(struct saa_sync *sync)
{
	if (sync->rings)
		saa_track_drain(sync);
	saa_rings_free(sync->rings);
	saa_conn_exit(&sync->out);
	saa_conn_exit(&sync->in);
	memzero_explicit(&sync->spec, sizeof(sync->spec));
	saa_destroyed("sync", sync);
	kfree(sync);
}

/* The threads have been stopped, or have never run; any context. */
void saa_sync_put(struct saa_sync *sync)
{
	if (sync && refcount_dec_and_test(&sync->refs))
		saa_sync_free(sync);
}

/* Threads that wait to be started, since to start them is not to fail. */
static int saa_sync_threads(struct saa_sync *sync)
{
	struct task_struct *task;

	task = kthread_create(saa_sync_sender, sync, "saa-send/%u",
			      sync->spec.partner);
	if (IS_ERR(task))
		return PTR_ERR(task);
	sync->sender = get_task_struct(task);
	task = kthread_create(saa_sync_receiver, sync, "saa-recv/%u",
			      sync->spec.partner);
	if (IS_ERR(task)) {
		kthread_stop_put(sync->sender);
		sync->sender = NULL;
		return PTR_ERR(task);
	}
	sync->receiver = get_task_struct(task);
	return 0;
}

static struct saa_sync *saa_sync_alloc(struct saa_net *sn, struct net *net,
				       const struct saa_config *cfg)
{
	struct saa_sync *sync;

	sync = kzalloc(sizeof(*sync), GFP_KERNEL_ACCOUNT);
	if (!sync)
		return NULL;
	saa_created("sync", sync);
	refcount_set(&sync->refs, 1);
	sync->sn = sn;
	sync->net = net;
	sync->netns = net->ns.inum;
	INIT_LIST_HEAD(&sync->guest);
	sync->spec = cfg->sync_spec;
	sync->gateway = cfg->id;
	sync->self_id = cfg->self_id;
	init_waitqueue_head(&sync->wait);
	mutex_init(&sync->meet_lock);
	mutex_init(&sync->listener.lock);
	mutex_init(&sync->go_lock);
	spin_lock_init(&sync->lock);
	INIT_LIST_HEAD(&sync->fresh);
	INIT_LIST_HEAD(&sync->sending);
	INIT_LIST_HEAD(&sync->waiting);
	INIT_DELAYED_WORK(&sync->expire, saa_hold_expire);
	sync->rings = saa_rings_alloc();
	if (saa_conn_init(&sync->out) || saa_conn_init(&sync->in) ||
	    !sync->rings || saa_sync_threads(sync)) {
		saa_sync_free(sync);
		return NULL;
	}
	return sync;
}

/* Can the one that runs go on with what @cfg says? */
static bool saa_sync_same(const struct saa_sync *sync,
			  const struct saa_config *cfg)
{
	const struct saa_sync_spec *a = &sync->spec, *b = &cfg->sync_spec;

	return sync->gateway == cfg->id && sync->self_id == cfg->self_id &&
	       a->partner == b->partner && a->family == b->family &&
	       a->port == b->port && a->netns == b->netns &&
	       !memcmp(&a->local, &b->local, sizeof(a->local)) &&
	       !memcmp(&a->remote, &b->remote, sizeof(a->remote));
}

/**
 * saa_sync_check() - check what is configured
 * @cfg: configuration under construction
 * @extack: for what is wrong
 *
 * Return: 0 or a negative error.
 */
int saa_sync_check(const struct saa_config *cfg, struct netlink_ext_ack *extack)
{
	const struct saa_sync_spec *spec = &cfg->sync_spec;

	if (!spec->partner)
		return 0;
	if (spec->partner == cfg->self_id) {
		NL_SET_ERR_MSG_FMT_MOD(extack,
				       "SR %u is its own partner in state sync",
				       spec->partner);
		return -EINVAL;
	}
	if (!saa_sr_find(cfg, spec->partner)) {
		NL_SET_ERR_MSG_FMT_MOD(extack, "no SR %u to sync with",
				       spec->partner);
		return -ENOENT;
	}
	return 0;
}

/* The namespace of the connections, with a reference; NULL if it is gone. */
static struct net *saa_sync_net(struct saa_net *sn, const struct saa_config *cfg,
				const struct saa_config *old)
{
	if (cfg->sync_net)
		return get_net(cfg->sync_net);
	if (!cfg->sync_spec.netns)
		return maybe_get_net(sn->net);
	/* As it was; while there are threads, so is their namespace. */
	return old && old->sync && old->sync->sender ?
	       maybe_get_net(old->sync->net) : NULL;
}

static void saa_sync_enter(struct saa_sync *sync)
{
	struct saa_net *host = saa_pernet(sync->net);

	spin_lock(&host->guests_lock);
	list_add(&sync->guest, &host->guests);
	spin_unlock(&host->guests_lock);
}

static void saa_sync_leave(struct saa_sync *sync)
{
	struct saa_net *host = saa_pernet(sync->net);

	spin_lock(&host->guests_lock);
	list_del_init(&sync->guest);
	spin_unlock(&host->guests_lock);
	sync->net = NULL;
}

static int saa_sync_make(struct saa_net *sn, struct saa_config *cfg,
			 const struct saa_config *old,
			 struct netlink_ext_ack *extack)
{
	struct net *net;

	if (old && old->sync && saa_sync_same(old->sync, cfg)) {
		refcount_inc(&old->sync->refs);
		cfg->sync = old->sync;
		return 0;
	}
	net = saa_sync_net(sn, cfg, old);
	if (!net) {
		NL_SET_ERR_MSG_MOD(extack,
				   "the network namespace of state sync is gone; give another one");
		return -ENODEV;
	}
	cfg->sync = saa_sync_alloc(sn, net, cfg);
	if (cfg->sync)
		saa_sync_enter(cfg->sync);
	put_net(net);
	if (!cfg->sync) {
		NL_SET_ERR_MSG_MOD(extack, "no memory for state sync");
		return -ENOMEM;
	}
	return 0;
}

/**
 * saa_sync_prepare() - everything of state sync that may fail
 * @sn: the namespace's state
 * @cfg: configuration under construction
 * @old: the one in force, or NULL
 * @extack: for what went wrong
 *
 * Undone by saa_sync_stop(), and then by freeing @cfg.
 *
 * Context: Process context. Caller must hold sn->lock.
 * Return: 0 or a negative error.
 */
int saa_sync_prepare(struct saa_net *sn, struct saa_config *cfg,
		     const struct saa_config *old,
		     struct netlink_ext_ack *extack)
{
	int err = 0;

	if (cfg->sync_spec.partner)
		err = saa_sync_make(sn, cfg, old, extack);
	/* Who is in force keeps no namespace from ending. */
	if (cfg->sync_net)
		put_net(cfg->sync_net);
	cfg->sync_net = NULL;
	return err;
}

static void saa_sync_tell(struct saa_sync *sync)
{
	queue_delayed_work(system_power_efficient_wq, &sync->sn->sync_news, 0);
}

/* Sets and clears bits of the status, leaves the lock, and tells of it. */
static void saa_sync_status_unlock(struct saa_sync *sync, u32 set, u32 clear)
	__releases(&sync->lock)
{
	u32 was = sync->status, now = (was & ~clear) | set;

	WRITE_ONCE(sync->status, now);
	spin_unlock_bh(&sync->lock);
	if (now == was)
		return;
	trace_saa_sync(sync->gateway, sync->spec.partner, was, now);
	saa_sync_tell(sync);
}

void saa_sync_status(struct saa_sync *sync, u32 set, u32 clear)
{
	spin_lock_bh(&sync->lock);
	saa_sync_status_unlock(sync, set, clear);
}

/* The partner is to send all its flows once more. */
static void saa_sync_ask(struct saa_sync *sync)
{
	spin_lock_bh(&sync->lock);
	WRITE_ONCE(sync->resync, sync->resync + 1);
	saa_sync_status_unlock(sync, 0, SAA_SYNC_STATUS_HELD);
}

/* All our flows are to be sent once more. */
void saa_sync_again(struct saa_sync *sync)
{
	spin_lock_bh(&sync->lock);
	WRITE_ONCE(sync->bulk_wanted, true);
	saa_sync_status_unlock(sync, 0, SAA_SYNC_STATUS_SENT);
}

/**
 * saa_sync_start() - the configuration is in force
 * @sn: the namespace's state
 * @cfg: the configuration
 * @old: the one before, whose state sync has been stopped if @cfg does not go
 *	on with it; or NULL
 *
 * Context: Process context. Caller must hold sn->lock.
 */
void saa_sync_start(struct saa_net *sn, struct saa_config *cfg,
		    const struct saa_config *old)
{
	struct saa_sync *sync = cfg->sync;
	bool rekey;

	if (!sync) {
		if (old && old->sync)
			saa_table_forget(sn);
		return;
	}
	if (!old || old->sync != sync) {
		/* The flows are still held; counted anew only now and then. */
		if (old && old->sync)
			atomic64_add(atomic64_read(&old->sync->counters[SAA_SYNC_C_HELD]),
				     &sync->counters[SAA_SYNC_C_HELD]);
		/* Who was the partner still has what was held for it. */
		if (old && old->sync &&
		    old->sync->spec.partner != sync->spec.partner &&
		    saa_sync_is_up(sync, old->sync->spec.partner))
			saa_table_drop(sync);
		wake_up_process(sync->sender);
		wake_up_process(sync->receiver);
		return;
	}
	spin_lock_bh(&sync->lock);
	rekey = memcmp(sync->spec.key, cfg->sync_spec.key, SAA_SYNC_KEY_LEN) ||
		memcmp(sync->spec.old_key, cfg->sync_spec.old_key,
		       SAA_SYNC_KEY_LEN);
	sync->spec = cfg->sync_spec;
	spin_unlock_bh(&sync->lock);
	if (rekey) {	/* what a key has opened ends with it */
		saa_conn_shutdown(&sync->out, false);
		saa_conn_shutdown(&sync->in, false);
	}
	if (cfg->sync_again || !saa_same_table(old, cfg)) {
		saa_sync_ask(sync);
		saa_sync_again(sync);
	}
	wake_up(&sync->wait);
}

/**
 * saa_sync_stop() - end the threads and the connections
 * @sync: what ends, or NULL
 *
 * Changes may still be noticed, and are ignored: the status says that nothing is
 * sent.
 *
 * Context: Process context.
 */
void saa_sync_stop(struct saa_sync *sync)
{
	if (!sync || !sync->sender)
		return;
	saa_conn_shutdown(&sync->out, true);
	saa_conn_shutdown(&sync->in, true);
	saa_conn_shutdown(&sync->listener, true);
	kthread_stop_put(sync->sender);
	kthread_stop_put(sync->receiver);
	sync->sender = NULL;
	sync->receiver = NULL;
	saa_sync_leave(sync);
	saa_hold_release(sync, U64_MAX, true);
	cancel_delayed_work_sync(&sync->expire);
}

static struct saa_sync *saa_sync_guest(struct saa_net *host)
{
	struct saa_sync *sync;

	spin_lock(&host->guests_lock);
	sync = list_first_entry_or_null(&host->guests, struct saa_sync, guest);
	if (sync)
		refcount_inc(&sync->refs);
	spin_unlock(&host->guests_lock);
	return sync;
}

/**
 * saa_sync_evict() - a namespace ends, and with it the connections in it
 * @host: the namespace's state
 *
 * Context: Process context, before the grace period of the namespace's end. Other
 * namespaces do not end meanwhile.
 */
void saa_sync_evict(struct saa_net *host)
{
	struct saa_sync *sync;

	while ((sync = saa_sync_guest(host))) {
		mutex_lock(&sync->sn->lock);
		saa_sync_stop(sync);
		WRITE_ONCE(sync->netns, 0);
		saa_sync_error(sync, &sync->out, "its network namespace is gone");
		saa_sync_error(sync, &sync->in, "%s", "");
		saa_sync_error(sync, &sync->listener, "%s", "");
		mutex_unlock(&sync->sn->lock);
		saa_sync_put(sync);
	}
}

/* Is there such an SR, and does it own flows, as this SR sees it? */
bool saa_sync_is_up(const struct saa_sync *sync, u16 id)
{
	u8 state = SAA_SR_STATE_DOWN;
	const struct saa_config *cfg;
	const struct saa_sr *sr;

	rcu_read_lock();
	cfg = rcu_dereference(sync->sn->config);
	sr = cfg ? saa_sr_find(cfg, id) : NULL;
	if (sr)
		state = READ_ONCE(sr->state);
	rcu_read_unlock();
	return state == SAA_SR_STATE_UP;
}

/* Does this SR own flows? */
bool saa_sync_own(const struct saa_sync *sync)
{
	return saa_sync_is_up(sync, sync->self_id);
}

/* Does the partner? */
bool saa_sync_partner_owns(const struct saa_sync *sync)
{
	return saa_sync_is_up(sync, sync->spec.partner);
}

/**
 * saa_sync_sr_changed() - an SR has another state now
 * @cfg: the configuration
 * @sr: the SR
 * @state: its state
 *
 * When this SR is to get its flows back, or the partner begins to own some, what
 * was received so far does not count: everything is asked for again. When this
 * SR begins to own, or has to give back what it holds, it sends everything.
 */
void saa_sync_sr_changed(const struct saa_config *cfg, const struct saa_sr *sr,
			 u8 state)
{
	struct saa_sync *sync = cfg->sync;

	if (!sync)
		return;
	if ((sr->id == sync->self_id && state == SAA_SR_STATE_SYNCING) ||
	    (sr->id == sync->spec.partner && state == SAA_SR_STATE_UP))
		saa_sync_ask(sync);
	if ((sr->id == sync->self_id && state == SAA_SR_STATE_UP) ||
	    (sr->id == sync->spec.partner && state != SAA_SR_STATE_UP))
		saa_sync_again(sync);
	wake_up(&sync->wait);
}

/* Is @resync what the partner was asked for last? */
bool saa_sync_asked(struct saa_sync *sync, u32 resync)
{
	return resync == READ_ONCE(sync->resync);
}

/* All of the partner's flows are here, as they were asked for by @resync. */
void saa_sync_held(struct saa_sync *sync, u32 resync)
{
	spin_lock_bh(&sync->lock);
	saa_sync_status_unlock(sync, saa_sync_asked(sync, resync) ?
				     SAA_SYNC_STATUS_HELD : 0, 0);
}

/* The partner has all of our flows, unless they are wanted anew. */
void saa_sync_sent(struct saa_sync *sync)
{
	spin_lock_bh(&sync->lock);
	saa_sync_status_unlock(sync, sync->bulk_wanted ?
				     0 : SAA_SYNC_STATUS_SENT, 0);
}

/* What went wrong with a connection, "" when all is well. Tells only of news. */
void saa_sync_error(struct saa_sync *sync, struct saa_conn *conn,
		    const char *fmt, ...)
{
	char error[sizeof(conn->error)];
	va_list args;
	bool news;

	va_start(args, fmt);
	vsnprintf(error, sizeof(error), fmt, args);
	va_end(args);
	spin_lock_bh(&sync->lock);
	news = strcmp(error, conn->error);
	strscpy(conn->error, error, sizeof(conn->error));
	spin_unlock_bh(&sync->lock);
	if (news)
		saa_sync_tell(sync);
}

/* Tells of state sync; here, since the threads must not wait for sn->lock. */
void saa_sync_news(struct work_struct *work)
{
	struct saa_net *sn = container_of(to_delayed_work(work), struct saa_net,
					  sync_news);
	const struct saa_config *cfg;

	mutex_lock(&sn->lock);
	cfg = saa_config_locked(sn);
	if (cfg && cfg->sync)
		saa_notify(sn, cfg, SAA_KINDS_SYNC, 0, false);
	mutex_unlock(&sn->lock);
}

u64 saa_sync_counter_read(const struct saa_sync *sync, enum saa_sync_counter c)
{
	return max_t(s64, atomic64_read(&sync->counters[c]), 0);
}

static int saa_sync_fill_counters(struct sk_buff *skb,
				  const struct saa_sync *sync)
{
	unsigned int i;

	for (i = 0; i < SAA_SYNC_C_MAX; i++) {
		const struct saa_counter_info *c = &saa_sync_counter_info[i];
		struct nlattr *nest = nla_nest_start(skb, SAA_A_SYNC_COUNTER);

		if (!nest ||
		    nla_put_string(skb, SAA_A_COUNTER_NAME, c->name) ||
		    nla_put_u8(skb, SAA_A_COUNTER_KIND, c->kind) ||
		    nla_put_uint(skb, SAA_A_COUNTER_PACKETS,
				 saa_sync_counter_read(sync, i)) ||
		    nla_put_string(skb, SAA_A_COUNTER_DOC, c->doc))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return 0;
}

/* All that is wrong now, "" when nothing is. */
static void saa_sync_errors(struct saa_sync *sync, char *buf, size_t size)
{
	const char *const errors[] = { sync->out.error, sync->in.error,
				       sync->listener.error };
	size_t n = 0;
	int i;

	buf[0] = '\0';
	spin_lock_bh(&sync->lock);
	for (i = 0; i < ARRAY_SIZE(errors); i++)
		if (errors[i][0])
			n += scnprintf(buf + n, size - n, "%s%s",
				       n ? "; " : "", errors[i]);
	spin_unlock_bh(&sync->lock);
}

/**
 * saa_sync_fill() - state sync into a message
 * @skb: the message
 * @cfg: the configuration
 * @flags: SAA_FILL_*
 *
 * Return: 0 or -EMSGSIZE.
 */
int saa_sync_fill(struct sk_buff *skb, const struct saa_config *cfg,
		  unsigned int flags)
{
	const struct saa_sync_spec *spec = &cfg->sync_spec;
	unsigned int alen = spec->family == AF_INET ? 4 : 16;
	struct saa_sync *sync = cfg->sync;
	char error[3 * (sizeof(sync->out.error) + 2)];

	saa_sync_errors(sync, error, sizeof(error));
	if (nla_put_u16(skb, SAA_A_SYNC_PARTNER, spec->partner) ||
	    nla_put(skb, SAA_A_SYNC_LOCAL, alen, &spec->local) ||
	    nla_put(skb, SAA_A_SYNC_REMOTE, alen, &spec->remote) ||
	    nla_put_u16(skb, SAA_A_SYNC_PORT, spec->port) ||
	    nla_put_u8(skb, SAA_A_SYNC_MODE, spec->mode) ||
	    nla_put_u32(skb, SAA_A_SYNC_TIMEOUT, spec->timeout) ||
	    nla_put_u32(skb, SAA_A_SYNC_STRICT_TIMEOUT, spec->strict_timeout) ||
	    nla_put_u32(skb, SAA_A_SYNC_STATUS, READ_ONCE(sync->status)) ||
	    (spec->netns && nla_put_u32(skb, SAA_A_SYNC_NETNS,
					READ_ONCE(sync->netns))) ||
	    (error[0] && nla_put_string(skb, SAA_A_SYNC_ERROR, error)))
		return -EMSGSIZE;
	if ((flags & SAA_FILL_KEY) &&
	    (nla_put(skb, SAA_A_SYNC_KEY, sizeof(spec->key), spec->key) ||
	     (memchr_inv(spec->old_key, 0, sizeof(spec->old_key)) &&
	      nla_put(skb, SAA_A_SYNC_OLD_KEY, sizeof(spec->old_key),
		      spec->old_key))))
		return -EMSGSIZE;
	return flags & SAA_FILL_BRIEF ? 0 : saa_sync_fill_counters(skb, sync);
}
