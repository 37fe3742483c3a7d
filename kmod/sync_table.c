// SPDX-License-Identifier: GPL-2.0-only
/*
 * State sync: what is done to all flows of the namespace. Process context.
 */

#include <net/netfilter/nf_conntrack_core.h>
#include "sync.h"

#define SAA_TABLE_SKIP	1024	/* empty buckets at a time */
#define SAA_TABLE_STEP	1024	/* others at a time */

/* For the iterators below. */
struct saa_table {
	struct saa_sync *sync;
	unsigned long bulk;
	u32 all;
	u32 elapsed;
	s64 held;
};

static void saa_table_walk(struct net *net, struct saa_table *table,
			   int (*visit)(struct nf_conn *ct, void *data))
{
	const struct nf_ct_iter_data data = { .net = net, .data = table };

	nf_ct_iterate_cleanup_net(visit, &data);
}

static int saa_visit_forget(struct nf_conn *ct, void *data)
{
	/* Where the remote address is, is told by the first packet alone. */
	const unsigned long keep = GENMASK(SAA_CT_BIT - 1, 0) | SAA_CT_SOUTHBOUND |
				   SAA_CT_NORTHBOUND | SAA_CT_WAITS;
	unsigned long old = READ_ONCE(ct->status);

	while (!try_cmpxchg(&ct->status, &old, old & keep))
		;
	return 0;
}

/**
 * saa_table_forget() - state sync is no more, and all flows are ours
 * @sn: the namespace's state
 */
void saa_table_forget(struct saa_net *sn)
{
	saa_table_walk(sn->net, NULL, saa_visit_forget);
	sn->partner = 0;
}

static int saa_visit_adopt(struct nf_conn *ct, void *data)
{
	struct saa_table *table = data;

	if (!(READ_ONCE(ct->status) & SAA_CT_BACKUP))
		return 0;
	saa_flow_change(table->sync, ct, SAA_CT_SENT, SAA_CT_BACKUP);
	return 0;
}

/**
 * saa_table_adopt() - the flows held for the partner are ours from now on
 * @sync: whose
 *
 * The partner is down, or has lost them. Those with traffic are ours anyway; the
 * others would be nobody's, who lets them grow old or gives them back.
 */
void saa_table_adopt(struct saa_sync *sync)
{
	struct saa_table table = { .sync = sync };

	saa_table_walk(sync->sn->net, &table, saa_visit_adopt);
}

/**
 * saa_table_meet() - the partner has proved itself
 * @sync: whose partner
 * @epoch: its epoch
 *
 * With another epoch than before it has begun anew, with nothing: it gets back
 * what we hold. So does another partner, which has taken the place of the former;
 * but a former one that is up still has it all, see saa_sync_start().
 */
void saa_table_meet(struct saa_sync *sync, u32 epoch)
{
	struct saa_net *sn = sync->sn;
	bool lost;

	mutex_lock(&sync->meet_lock);
	if (sn->partner == sync->spec.partner)
		lost = sn->partner_epoch != epoch;
	else
		lost = sn->partner && !saa_sync_is_up(sync, sn->partner);
	if (lost)
		saa_table_adopt(sync);
	sn->partner = sync->spec.partner;
	sn->partner_epoch = epoch;
	mutex_unlock(&sync->meet_lock);
}

static int saa_visit_hold(struct nf_conn *ct, void *data)
{
	u32 old = READ_ONCE(ct->timeout), now = nfct_time_stamp, left;
	struct saa_table *table = data;

	if ((READ_ONCE(ct->status) & (SAA_CT_BACKUP | SAA_CT_ENDED)) !=
	    SAA_CT_BACKUP)
		return 0;
	table->held++;
	if ((READ_ONCE(ct->status) & SAA_CT_UNTOLD) || (s32)(old - now) <= 0)
		return 0;
	left = min_t(u64, (u64)(old - now) + table->elapsed, INT_MAX);
	/* A packet may refresh it at the same time, and knows better. */
	cmpxchg(&ct->timeout, old, now + max_t(u32, left, SAA_HOLD_SECONDS * HZ));
	return 0;
}

/**
 * saa_table_hold() - keep the flows held for the partner from growing old
 * @sync: whose
 * @elapsed: jiffies since this was done last
 *
 * Its SR, which sees their packets, tells when they end. The time that they have
 * left stands still.
 */
void saa_table_hold(struct saa_sync *sync, u32 elapsed)
{
	atomic64_t *held = &sync->counters[SAA_SYNC_C_HELD];
	struct saa_table table = { .sync = sync, .elapsed = elapsed };
	s64 was = atomic64_read(held);

	saa_table_walk(sync->sn->net, &table, saa_visit_hold);
	/* Counted anew, since an end may not be told of. Only this thread makes it
	 * more: when it is the same still, nothing has changed meanwhile.
	 */
	atomic64_cmpxchg(held, was, table.held);
}

static int saa_visit_sweep(struct nf_conn *ct, void *data)
{
	unsigned long status = READ_ONCE(ct->status);
	struct saa_table *table = data;
	bool local;

	if ((status & SAA_CT_BULK) == table->bulk)
		return 0;
	if (!(status & SAA_CT_BACKUP)) {
		/* Asked now: it may have begun to own since the walk began. */
		if (!(table->all & SAA_SYNC_ALL_YOURS) ||
		    saa_sync_own(table->sync))
			return 0;
		rcu_read_lock();
		local = saa_flow_is_local(table->sync, ct);
		rcu_read_unlock();
		if (local)
			return 0;
	}
	saa_flow_change(table->sync, ct,
			SAA_CT_DROPPED | SAA_CT_BACKUP | SAA_CT_ENDED, 0);
	return 1;
}

/**
 * saa_table_sweep() - all that the partner owns was received
 * @sync: whose partner
 * @bulk: number of the bulk, as SAA_CT_BULK has it
 * @all: what it had, SAA_SYNC_ALL_*
 *
 * What is held here and was not in it is gone there. And when the partner has
 * taken over what this SR owned, what is left of that here is from before.
 */
void saa_table_sweep(struct saa_sync *sync, unsigned long bulk, u32 all)
{
	struct saa_table table = { .sync = sync, .bulk = bulk, .all = all };

	saa_table_walk(sync->sn->net, &table, saa_visit_sweep);
}

/**
 * saa_table_drop() - forget the flows held for the partner
 * @sync: whose
 *
 * For a former partner, which is up and so has them all.
 */
void saa_table_drop(struct saa_sync *sync)
{
	saa_table_sweep(sync, ULONG_MAX, 0);	/* no bulk has this number */
}

/* nf_conntrack_lock() does not tell sparse that it takes the lock. */
static void saa_table_lock(spinlock_t *lock) __acquires(lock)
{
	local_bh_disable();
	nf_conntrack_lock(lock);
	__acquire(lock);
}

/*
 * The flows of one bucket of conntrack's table, with references. Goes on to the next
 * one that is not empty, which needs no lock of its own: the table is not resized
 * while one is held. Returns how many; if that is more than @max, only so many are
 * in @cts, and it does not go on.
 */
static unsigned int saa_table_bucket(struct saa_sync *sync, unsigned int *bucket,
				     struct nf_conn **cts, unsigned int max)
{
	spinlock_t *lock = &nf_conntrack_locks[*bucket % CONNTRACK_LOCKS];
	struct nf_conntrack_tuple_hash *h;
	struct hlist_nulls_node *node;
	unsigned int end, n = 0;

	saa_table_lock(lock);
	if (*bucket >= nf_conntrack_htable_size)
		goto out;
	hlist_nulls_for_each_entry(h, node, &nf_conntrack_hash[*bucket], hnnode) {
		struct nf_conn *ct = nf_ct_tuplehash_to_ctrack(h);

		if (NF_CT_DIRECTION(h) != IP_CT_DIR_REPLY ||
		    !net_eq(nf_ct_net(ct), sync->sn->net) ||
		    nf_ct_is_dying(ct) || nf_ct_is_expired(ct))
			continue;
		if (n++ >= max)
			continue;
		nf_conntrack_get(&ct->ct_general);
		cts[n - 1] = ct;
	}
	if (n > max)
		goto out;
	end = min(*bucket + SAA_TABLE_SKIP, nf_conntrack_htable_size);
	do {
		*bucket += 1;
	} while (*bucket < end && hlist_nulls_empty(&nf_conntrack_hash[*bucket]));
out:
	spin_unlock_bh(lock);
	return n;
}

/**
 * saa_table_next() - some more flows of the namespace
 * @sync: whose
 * @bucket: where to go on; UINT_MAX when it was all
 * @cts: filled with flows, with references
 * @max: room in @cts
 *
 * Return: how many; perhaps none, so that the caller can do something else. If it is
 * more than @max, so many are in one bucket, and none are in @cts.
 */
unsigned int saa_table_next(struct saa_sync *sync, unsigned int *bucket,
			    struct nf_conn **cts, unsigned int max)
{
	unsigned int i, got, n = 0;

	for (i = 0; i < SAA_TABLE_STEP && n < max / 2; i++) {
		if (*bucket >= READ_ONCE(nf_conntrack_htable_size)) {
			*bucket = UINT_MAX;
			break;
		}
		got = saa_table_bucket(sync, bucket, cts + n, max - n);
		cond_resched();
		if (got > max - n) {
			while (max > n)
				nf_ct_put(cts[--max]);
			return n ?: got;
		}
		n += got;
	}
	return n;
}
