// SPDX-License-Identifier: GPL-2.0-only
/*
 * State sync: noticing that flows change.
 *
 * Conntrack tells one notifier per namespace of every event, and that is
 * ctnetlink's. Ours is put before it and hands everything on, so conntrack -E
 * and conntrackd see what they saw before. Conntrack has no events for a flow
 * without its event cache, which it leaves out while nobody listens; so a hook
 * adds one to every new flow, just before conntrack confirms it. The same hook
 * sees the first packet of a flow that was here for the partner, and takes that
 * flow over.
 *
 * What a helper expects is told of by the same notifier, and is a change of the
 * flow that it belongs to.
 *
 * A flow that changed is put into a ring of the CPU, with a reference, for the
 * sending thread. What is sent is the flow as it is when the thread gets to it,
 * so several changes may become one record. Nothing here waits: when a ring is
 * full, changes are lost, and the thread sends all flows once more.
 */

#include <linux/hash.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_ecache.h>
#include "sync.h"

/* Has @ring the flow, not yet taken by the thread? */
static bool saa_ring_has(const struct saa_ring *ring, u32 at, u32 tail,
			 const struct nf_conn *ct)
{
	return at - tail < ring->head - tail &&
	       ring->ct[at & (SAA_RING_SIZE - 1)] == ct;
}

/**
 * saa_track_queue() - have the state of a flow sent
 * @sync: who sends it
 * @ct: the flow, changed already; dying, if it is its end that is to be told
 *
 * Context: Any but hardirq.
 * Return: true if it will be sent, false if not, or only with all flows.
 */
bool saa_track_queue(struct saa_sync *sync, struct nf_conn *ct)
{
	struct saa_ring *ring;
	u32 *recent, tail;
	bool queued = true, lost = false;

	/* All is sent when the partner is there. */
	if (!(READ_ONCE(sync->status) & SAA_SYNC_STATUS_SENDING))
		return false;
	local_bh_disable();
	ring = sync->rings[smp_processor_id()];
	spin_lock(&ring->lock);
	recent = &ring->recent[hash_ptr(ct, SAA_RING_RECENT_BITS)];
	/* The change comes before the look at what the thread has taken. The
	 * thread takes first and looks at the flow then: saa_track_take().
	 */
	smp_mb();
	tail = READ_ONCE(ring->tail);
	if (saa_ring_has(ring, *recent, tail, ct))
		goto out;
	if (unlikely(ring->head - tail == SAA_RING_SIZE)) {
		queued = false;
		lost = true;
		goto out;
	}
	/* The end of a flow ends what it expects, when nobody has it any more. */
	if (!refcount_inc_not_zero(&ct->ct_general.use)) {
		queued = false;
		goto out;
	}
	ring->ct[ring->head & (SAA_RING_SIZE - 1)] = ct;
	*recent = ring->head;
	/* Pairs with saa_track_take(). */
	smp_store_release(&ring->head, ring->head + 1);
out:
	spin_unlock(&ring->lock);
	if (unlikely(lost) && !READ_ONCE(sync->bulk_wanted)) {
		saa_sync_again(sync);
		saa_sync_inc(sync, SAA_SYNC_C_GAPS);
	}
	local_bh_enable();
	if (wq_has_sleeper(&sync->wait))
		wake_up(&sync->wait);
	return queued;
}

static bool saa_ring_pending(const struct saa_ring *ring)
{
	return READ_ONCE(ring->head) != READ_ONCE(ring->tail);
}

bool saa_track_pending(const struct saa_sync *sync)
{
	int cpu;

	for_each_possible_cpu(cpu)
		if (saa_ring_pending(sync->rings[cpu]))
			return true;
	return false;
}

/**
 * saa_track_take() - the next flow that changed
 * @sync: whose
 * @cpu: on which CPU
 *
 * Context: The sending thread, or nobody else uses @sync any more.
 * Return: the flow, with a reference; NULL if there is none.
 */
struct nf_conn *saa_track_take(struct saa_sync *sync, int cpu)
{
	struct saa_ring *ring = sync->rings[cpu];
	struct nf_conn *ct;

	/* Pairs with saa_track_queue(): what is before the head can be read. */
	if (smp_load_acquire(&ring->head) == ring->tail)
		return NULL;
	ct = ring->ct[ring->tail & (SAA_RING_SIZE - 1)];
	/* It was read; the place can be used again. */
	smp_store_release(&ring->tail, ring->tail + 1);
	/* Pairs with saa_track_queue(): taken first, looked at then. */
	smp_mb();
	return ct;
}

/* Forgets all changes. */
void saa_track_drain(struct saa_sync *sync)
{
	struct nf_conn *ct;
	int cpu;

	for_each_possible_cpu(cpu)
		while ((ct = saa_track_take(sync, cpu)))
			nf_ct_put(ct);
}

/* The state sync of a namespace, or NULL. Under rcu_read_lock(). */
static struct saa_sync *saa_sync_of(const struct saa_net *sn)
{
	const struct saa_config *cfg = rcu_dereference(sn->config);

	return cfg ? cfg->sync : NULL;
}

static void saa_track_end(struct saa_sync *sync, struct nf_conn *ct)
{
	unsigned long status = saa_flow_change(sync, ct, SAA_CT_ENDED, 0);

	/* Told again, when ctnetlink could not tell its listeners. */
	if (status & SAA_CT_ENDED)
		return;
	if (status & SAA_CT_BACKUP) {
		if ((status & SAA_CT_DROPPED) || nf_ct_is_expired(ct))
			return;
		/* Closed, and ended neither by us nor by its age: by a packet
		 * that makes another connection of it, and so takes it over.
		 * Any other was removed to make room, or by hand.
		 */
		if (nf_ct_protonum(ct) != IPPROTO_TCP ||
		    ct->proto.tcp.state < TCP_CONNTRACK_TIME_WAIT)
			saa_sync_inc(sync, SAA_SYNC_C_HELD_LOST);
		else if (test_and_clear_bit(SAA_CT_BACKUP_BIT, &ct->status))
			saa_track_queue(sync, ct);
	} else if (status & SAA_CT_SENT) {
		saa_track_queue(sync, ct);
	}
}

static void saa_track_event(struct saa_sync *sync, unsigned int events,
			    struct nf_conn *ct)
{
	if (events & BIT(IPCT_DESTROY)) {
		saa_track_end(sync, ct);
	} else if (!(READ_ONCE(ct->status) & SAA_CT_BACKUP) &&
		   saa_flow_wanted(ct)) {
		set_bit(SAA_CT_SENT_BIT, &ct->status);
		saa_track_queue(sync, ct);
	}
}

static int saa_ct_event(unsigned int events, const struct nf_ct_event *item)
{
	struct saa_net *sn = saa_pernet(nf_ct_net(item->ct));
	struct saa_sync *sync = saa_sync_of(sn);

	if (sync)
		saa_track_event(sync, events, item->ct);
	return READ_ONCE(sn->ct_next)->ct_event(events, item);
}

static int saa_exp_event(unsigned int events, const struct nf_exp_event *item)
{
	struct saa_net *sn = saa_pernet(nf_ct_exp_net(item->exp));
	struct saa_sync *sync = saa_sync_of(sn);

	/* What a flow expects is part of it. */
	if (sync && !nf_ct_is_dying(item->exp->master))
		saa_track_event(sync, 0, item->exp->master);
	return READ_ONCE(sn->ct_next)->exp_event(events, item);
}

static const struct nf_ct_event_notifier saa_ct_notifier = {
	.ct_event	= saa_ct_event,
	.exp_event	= saa_exp_event,
};

/* Conntrack's slot for the notifier: it has no way to ask for a second one. */
static const struct nf_ct_event_notifier **saa_ct_slot(struct net *net)
{
	return (const struct nf_ct_event_notifier **)
	       (__force void *)&net->ct.nf_conntrack_event_cb;
}

/**
 * saa_track_chain() - put our notifier before the one that is there
 * @sn: the namespace's state
 *
 * To be called now and then: another one may have taken the slot, when
 * nf_conntrack_netlink was unloaded and loaded. Who calls it has ended before
 * saa_track_unregister().
 *
 * Return: 1 if that was done, 0 if it was there, -ENOENT if there is none to
 * put ours before.
 */
int saa_track_chain(struct saa_net *sn)
{
	const struct nf_ct_event_notifier **slot = saa_ct_slot(sn->net);
	const struct nf_ct_event_notifier *there = READ_ONCE(*slot);

	if (there == &saa_ct_notifier)
		return 0;
	if (!there)
		return -ENOENT;
	WRITE_ONCE(sn->ct_next, there);
	/* Full ordering: who finds ours finds what comes after it. */
	return cmpxchg(slot, there, &saa_ct_notifier) == there ? 1 : -ENOENT;
}

static void saa_track_unchain(struct saa_net *sn)
{
	cmpxchg(saa_ct_slot(sn->net), &saa_ct_notifier, sn->ct_next);
}

/* Conntrack would add the event cache only if somebody listened. */
static void saa_track_add_ecache(struct nf_conn *ct)
{
	struct nf_conntrack_ecache *e;

	if (nf_ct_ecache_exist(ct))
		return;
	e = nf_ct_ext_add(ct, NF_CT_EXT_ECACHE, GFP_ATOMIC);
	if (e) {
		e->ctmask = ~0;
		e->expmask = ~0;
	}
}

/* On which end of a new flow the remote address is; 0 if it was not steered. */
static unsigned long saa_track_side(const struct saa_config *cfg,
				    const struct sk_buff *skb,
				    const struct nf_hook_state *state)
{
	const struct saa_group *group;

	group = saa_group_by_dev(cfg, skb->skb_iif);
	if (group)
		return group->side == SAA_SIDE_NORTH ? SAA_CT_SOUTHBOUND :
						       SAA_CT_NORTHBOUND;
	group = saa_group_by_dev(cfg, state->out->ifindex);
	if (group)
		return group->side == SAA_SIDE_SOUTH ? SAA_CT_SOUTHBOUND :
						       SAA_CT_NORTHBOUND;
	return 0;
}

/* Is a flow ours, with what its packets in this direction bring about @done? */
static bool saa_track_settled(unsigned long status, unsigned long done)
{
	return (status & (IPS_CONFIRMED | SAA_CT_BACKUP | SAA_CT_WAITS | done)) ==
	       (IPS_CONFIRMED | done);
}

/* For what is not a further packet of a flow that is ours already. */
static noinline unsigned int
saa_track_slow(struct saa_net *sn, struct sk_buff *skb,
	       const struct nf_hook_state *state, struct nf_conn *ct,
	       enum ip_conntrack_info ctinfo)
{
	const struct saa_config *cfg = rcu_dereference(sn->config);
	struct saa_sync *sync = cfg ? cfg->sync : NULL;

	if (!sync || nf_ct_is_template(ct))
		return NF_ACCEPT;
	if (!nf_ct_is_confirmed(ct)) {
		saa_track_add_ecache(ct);
		ct->status |= saa_track_side(cfg, skb, state);
		if (!saa_flow_can(ct))
			saa_sync_inc(sync, SAA_SYNC_C_NOT_SENT);
		return NF_ACCEPT;
	}
	if (!saa_flow_can(ct))
		return NF_ACCEPT;
	if (READ_ONCE(ct->status) & SAA_CT_BACKUP) {	/* is taken over */
		saa_flow_change(sync, ct, SAA_CT_SENT, SAA_CT_BACKUP);
		saa_track_queue(sync, ct);
	}
	if (ctinfo == IP_CT_ESTABLISHED_REPLY) {
		if (saa_track_settled(READ_ONCE(ct->status), SAA_CT_ANSWERED))
			return NF_ACCEPT;
		/* The first answer, after which an end knows of the flow; and
		 * what comes after it while it waits.
		 */
		if (skb->skb_iif &&
		    READ_ONCE(sync->spec.mode) == SAA_SYNC_MODE_STRICT)
			return saa_hold(sync, skb, state);
		set_bit(SAA_CT_ANSWERED_BIT, &ct->status);
	} else if ((ctinfo == IP_CT_NEW || ctinfo == IP_CT_RELATED) &&
		   !(ct->status & SAA_CT_SENT) &&
		   nf_ct_protonum(ct) != IPPROTO_TCP) {
		/* Its second packet, and no reply: there will be no event. An
		 * expected flow is related until it has one.
		 */
		set_bit(SAA_CT_SENT_BIT, &ct->status);
		saa_track_queue(sync, ct);
	}
	return NF_ACCEPT;
}

/* The last but one in POSTROUTING: then conntrack confirms. */
static unsigned int saa_track(void *priv, struct sk_buff *skb,
			      const struct nf_hook_state *state)
{
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct = nf_ct_get(skb, &ctinfo);

	if (!ct)
		return NF_ACCEPT;
	if (likely(saa_track_settled(READ_ONCE(ct->status),
				     ctinfo == IP_CT_ESTABLISHED_REPLY ?
				     SAA_CT_ANSWERED : SAA_CT_SENT)))
		return NF_ACCEPT;
	return saa_track_slow(priv, skb, state, ct, ctinfo);
}

static const struct nf_hook_ops saa_track_ops[] = {
	{
		.hook		= saa_track,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_POST_ROUTING,
		.priority	= NF_IP_PRI_CONNTRACK_CONFIRM - 1,
	},
	{
		.hook		= saa_track,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_POST_ROUTING,
		.priority	= NF_IP6_PRI_LAST - 1,
	},
};

/**
 * saa_track_register() - begin to notice changes in a namespace
 * @sn: the namespace's state
 *
 * Context: Process context, under sn->lock.
 * Return: 0; -ENOENT without ctnetlink; another negative error.
 */
int saa_track_register(struct saa_net *sn)
{
	unsigned int i;
	int err;

	err = nf_ct_netns_get(sn->net, NFPROTO_INET);
	if (err)
		return err;
	err = saa_track_chain(sn);
	if (err < 0)
		goto err_ct;
	memcpy(sn->track_ops, saa_track_ops, sizeof(sn->track_ops));
	for (i = 0; i < ARRAY_SIZE(sn->track_ops); i++)
		sn->track_ops[i].priv = sn;
	err = nf_register_net_hooks(sn->net, sn->track_ops,
				    ARRAY_SIZE(sn->track_ops));
	if (err)
		goto err_chain;
	return 0;

err_chain:
	saa_track_unchain(sn);
err_ct:
	nf_ct_netns_put(sn->net, NFPROTO_INET);
	return err;
}

void saa_track_unregister(struct saa_net *sn)
{
	nf_unregister_net_hooks(sn->net, sn->track_ops,
				ARRAY_SIZE(sn->track_ops));
	saa_track_unchain(sn);
	nf_ct_netns_put(sn->net, NFPROTO_INET);
}
