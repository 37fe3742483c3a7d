// SPDX-License-Identifier: GPL-2.0-only
/*
 * State sync, strict mode: packets that wait until the partner has the state of
 * their flow.
 *
 * It is the first answer that waits: only when that has arrived does the end
 * that began the flow believe in it, and the other end only after that. So no
 * connection that either end believes in is lost with this SR. That the partner
 * was told of the flow before, of its second packet or in a bulk, is not enough:
 * it may not have it yet.
 *
 * The packet is confirmed here, by what would have been the last hook after this
 * one, since that is what makes the flow's state final; then it is kept, and goes
 * on where the hooks would have sent it.
 *
 * A packet is first on the list "fresh"; on "sending" while the sending thread
 * puts everything that changed before into frames; then on "waiting" until the
 * last of those frames is confirmed. It goes without when time runs out, when
 * there are too many, or when the partner is not there.
 *
 * What does not wait, for want of room or of a partner, passes earlier packets
 * of its flow that do: these can only be let go where one may sleep, see
 * saa_sync.go_lock. To the ends that is an order that a path may make as well.
 * What passes the answer to a SYN is dropped by the end that waits for that, and
 * sent again.
 */

#include <linux/netfilter_bridge.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_helper.h>
#include <net/netfilter/nf_conntrack_l4proto.h>
#include <net/sock.h>
#include "sync.h"

#define SAA_HELD_MAX	4096

/**
 * struct saa_held - a packet that waits
 * @list: in saa_sync.fresh, saa_sync.sending or saa_sync.waiting
 * @skb: the packet
 * @state: where it goes on; with references on its devices and socket
 * @frame: to be confirmed
 * @deadline: in jiffies, when it goes in any case
 */
struct saa_held {
	struct list_head list;
	struct sk_buff *skb;
	struct nf_hook_state state;
	u64 frame;
	unsigned long deadline;
};

/* A packet of the flow waits no more. */
static void saa_held_free(struct saa_held *held, struct nf_conn *ct)
{
	unsigned long status = READ_ONCE(ct->status);

	while (!try_cmpxchg(&ct->status, &status, status - SAA_CT_WAIT))
		;
	kfree(held);
}

/* What comes after it may pass when it has gone, and no other one waits: packets
 * of a flow go in their order. Context: BHs off.
 */
static void saa_held_go(struct saa_held *held)
{
	struct nf_hook_state *state = &held->state;
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct = nf_ct_get(held->skb, &ctinfo);

	nf_conntrack_get(&ct->ct_general);
	rcu_read_lock();
	state->okfn(state->net, state->sk, held->skb);
	rcu_read_unlock();
	dev_put(state->in);
	dev_put(state->out);
	if (state->sk)
		sock_put(state->sk);
	saa_held_free(held, ct);
	nf_ct_put(ct);
}

/* In their order: from before they were taken off their lists until they have gone,
 * the caller must hold sync->go_lock.
 */
static void saa_held_go_all(struct saa_sync *sync, struct list_head *list)
{
	struct saa_held *held, *next;

	lockdep_assert_held(&sync->go_lock);
	local_bh_disable();
	list_for_each_entry_safe(held, next, list, list)
		saa_held_go(held);
	local_bh_enable();
}

/* Does the packet only come by here, or go somewhere before it comes back? */
static bool saa_hold_can(const struct sk_buff *skb, const struct nf_conn *ct)
{
	const struct nf_conntrack_helper *helper = NULL;
	const struct nf_conn_help *help = nfct_help(ct);

	if (help)
		helper = rcu_dereference(help->helper);
#if IS_ENABLED(CONFIG_BRIDGE_NETFILTER)
	if (skb_ext_exist(skb, SKB_EXT_BRIDGE_NF))
		return false;
#endif
	return !helper || !(helper->flags & NF_CT_HELPER_F_USERSPACE);
}

/* From here on a packet of the flow waits; unless too many do. */
static struct saa_held *saa_held_alloc(struct saa_sync *sync, struct nf_conn *ct)
{
	unsigned long status = READ_ONCE(ct->status);
	struct saa_held *held;

	if (!(READ_ONCE(sync->status) & SAA_SYNC_STATUS_SENDING) ||
	    READ_ONCE(sync->n_held) >= SAA_HELD_MAX)
		return NULL;
	held = kmalloc(sizeof(*held), GFP_ATOMIC);
	if (!held)
		return NULL;
	do {
		if ((status & SAA_CT_WAITS) == SAA_CT_WAITS) {
			kfree(held);
			return NULL;
		}
	} while (!try_cmpxchg(&ct->status, &status, status + SAA_CT_WAIT));
	return held;
}

/**
 * saa_hold() - keep a packet until the partner has the state of its flow
 * @sync: whose partner
 * @skb: the packet, in the last but one hook
 * @state: of the hook
 *
 * Context: Under rcu_read_lock(), in softirq context as a rule.
 * Return: the hook's verdict.
 */
unsigned int saa_hold(struct saa_sync *sync, struct sk_buff *skb,
		      const struct nf_hook_state *state)
{
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct = nf_ct_get(skb, &ctinfo);
	unsigned long timeout;
	struct saa_held *held;
	unsigned int verdict;
	bool stays;

	/* A VRF's packets come by twice; the second time is the one. */
	if (netif_is_l3_master(state->out))
		return NF_ACCEPT;
	held = saa_hold_can(skb, ct) ? saa_held_alloc(sync, ct) : NULL;
	if (!held) {
		set_bit(SAA_CT_ANSWERED_BIT, &ct->status);
		saa_sync_inc(sync, SAA_SYNC_C_LATE);
		return NF_ACCEPT;
	}
	if (!skb_dst_force(skb)) {	/* its route goes, and was taken away */
		saa_held_free(held, ct);
		saa_sync_inc(sync, SAA_SYNC_C_NO_ROUTE);
		return NF_DROP;
	}
	/* Tells of the change as a rule, and so puts the flow into a ring. */
	verdict = nf_confirm(NULL, skb, state);
	if (verdict != NF_ACCEPT) {
		saa_held_free(held, ct);
		return verdict;
	}

	timeout = msecs_to_jiffies(READ_ONCE(sync->spec.strict_timeout));
	held->skb = skb;
	held->state = *state;
	held->deadline = jiffies + timeout;
	dev_hold(held->state.in);
	dev_hold(held->state.out);
	if (held->state.sk)
		sock_hold(held->state.sk);
	saa_sync_inc(sync, SAA_SYNC_C_WAITED);

	/* Not before it waits: the next answer does so, too. */
	saa_flow_change(sync, ct, SAA_CT_SENT | SAA_CT_ANSWERED, 0);
	stays = saa_track_queue(sync, ct);
	spin_lock_bh(&sync->lock);
	stays &= !!(sync->status & SAA_SYNC_STATUS_SENDING);
	if (stays) {
		list_add_tail(&held->list, &sync->fresh);
		sync->n_held++;
		/* Does nothing while it is to run for an earlier packet. */
		queue_delayed_work(system_highpri_wq, &sync->expire, timeout);
	}
	spin_unlock_bh(&sync->lock);
	if (!stays) {
		saa_sync_inc(sync, SAA_SYNC_C_LATE);
		local_bh_disable();
		saa_held_go(held);
		local_bh_enable();
		return NF_STOLEN;
	}
	if (wq_has_sleeper(&sync->wait))
		wake_up(&sync->wait);
	return NF_STOLEN;
}

/* Before the changes so far are put into frames. */
void saa_hold_begin(struct saa_sync *sync)
{
	spin_lock_bh(&sync->lock);
	list_splice_tail_init(&sync->fresh, &sync->sending);
	spin_unlock_bh(&sync->lock);
}

/* Those changes are in frames; @frame is the number of the last one. */
void saa_hold_sent(struct saa_sync *sync, u64 frame)
{
	struct saa_held *held;

	spin_lock_bh(&sync->lock);
	list_for_each_entry(held, &sync->sending, list)
		held->frame = frame;
	list_splice_tail_init(&sync->sending, &sync->waiting);
	spin_unlock_bh(&sync->lock);
}

/**
 * saa_hold_release() - the partner has confirmed
 * @sync: whose partner
 * @frame: everything up to this frame; U64_MAX lets all packets go
 * @late: it refused, or there is no partner any more
 */
void saa_hold_release(struct saa_sync *sync, u64 frame, bool late)
{
	struct saa_held *held, *next;
	unsigned int n;
	LIST_HEAD(go);

	if (!READ_ONCE(sync->n_held))
		return;
	mutex_lock(&sync->go_lock);
	spin_lock_bh(&sync->lock);
	n = sync->n_held;
	if (frame == U64_MAX) {
		list_splice_tail_init(&sync->waiting, &go);
		list_splice_tail_init(&sync->sending, &go);
		list_splice_tail_init(&sync->fresh, &go);
		sync->n_held = 0;
	} else {
		list_for_each_entry_safe(held, next, &sync->waiting, list) {
			if (held->frame > frame)
				break;
			list_move_tail(&held->list, &go);
			sync->n_held--;
		}
	}
	n -= sync->n_held;
	spin_unlock_bh(&sync->lock);
	if (late)
		saa_sync_add(sync, SAA_SYNC_C_LATE, n);
	saa_held_go_all(sync, &go);
	mutex_unlock(&sync->go_lock);
}

static void saa_hold_overdue(struct saa_sync *sync, struct list_head *from,
			     struct list_head *go)
{
	struct saa_held *held, *next;

	list_for_each_entry_safe(held, next, from, list) {
		if (time_before(jiffies, held->deadline))
			break;
		list_move_tail(&held->list, go);
		sync->n_held--;
		saa_sync_inc(sync, SAA_SYNC_C_LATE);
	}
}

/* Lets packets go whose time has run out; comes back while there are others. */
void saa_hold_expire(struct work_struct *work)
{
	struct saa_sync *sync = container_of(to_delayed_work(work),
					     struct saa_sync, expire);
	LIST_HEAD(go);

	mutex_lock(&sync->go_lock);
	spin_lock_bh(&sync->lock);
	saa_hold_overdue(sync, &sync->waiting, &go);
	saa_hold_overdue(sync, &sync->sending, &go);
	saa_hold_overdue(sync, &sync->fresh, &go);
	if (sync->n_held)
		queue_delayed_work(system_highpri_wq, &sync->expire, 1);
	spin_unlock_bh(&sync->lock);
	saa_held_go_all(sync, &go);
	mutex_unlock(&sync->go_lock);
}
