// SPDX-License-Identifier: GPL-2.0-only
/*
 * State sync: the receiving thread. It waits for the partner to connect, does
 * what its records say and acknowledges them. One connection at a time: while
 * one is there, another one waits until the first has been silent for too long.
 */

#include <linux/kthread.h>
#include <net/sock.h>
#include "sync.h"

#define SAA_TEND_TIME	(10 * HZ)

/**
 * struct saa_receiver - a connection's state
 * @sync: whose
 * @conn: the connection
 * @frames: frames that took effect
 * @acked: of these, acknowledged
 * @refused: records that were refused
 * @barriers: barriers reached
 * @resync: of the bulk that runs or was last
 * @asked: for a resync in the last acknowledgment
 * @later: SAA_SYNC_ACK_*, why not all was taken since the last acknowledgment
 * @missing: not all was since the bulk began that runs or was last
 * @spoke: in jiffies, when something was acknowledged last
 */
struct saa_receiver {
	struct saa_sync *sync;
	struct saa_conn *conn;
	u64 frames;
	u64 acked;
	u64 refused;
	u32 barriers;
	u32 resync;
	u32 asked;
	u32 later;
	bool missing;
	unsigned long spoke;
};

/* Number of the partner's bulk, as flows have it. */
static unsigned long saa_recv_bulk(const struct saa_receiver *r)
{
	return (unsigned long)r->sync->sn->partner_bulk << SAA_CT_BULK_SHIFT;
}

/* The partner sends all once more, later. Until then not everything is held. */
static void saa_recv_later(struct saa_receiver *r, u32 why)
{
	r->later |= why;
	if (!r->missing)
		saa_sync_status(r->sync, 0, SAA_SYNC_STATUS_HELD);
	r->missing = true;
}

static void saa_recv_records(struct saa_receiver *r, const void *at,
			     unsigned int left, unsigned int count)
{
	unsigned long bulk = saa_recv_bulk(r);
	struct saa_sync *sync = r->sync;

	sync->dying_until = jiffies + HZ;
	while (count--) {
		unsigned int len = saa_sync_record_len(at, left);
		enum saa_sync_counter outcome;

		outcome = len ? saa_flow_apply(sync, at, bulk) :
				SAA_SYNC_C_REFUSED_MALFORMED;
		saa_sync_inc(sync, outcome);
		if (outcome != SAA_SYNC_C_RECEIVED)
			r->refused++;
		if (outcome == SAA_SYNC_C_REFUSED_FULL)
			saa_recv_later(r, SAA_SYNC_ACK_FULL);
		else if (outcome == SAA_SYNC_C_REFUSED_BUSY)
			saa_recv_later(r, SAA_SYNC_ACK_BUSY |
					  SAA_SYNC_ACK_FULL);
		if (!len)
			return;
		at += len;
		left -= len;
		cond_resched();
	}
}

/* @all: what the bulk had, SAA_SYNC_ALL_* */
static void saa_recv_barrier(struct saa_receiver *r, u32 all)
{
	bool missing = r->missing || all & SAA_SYNC_ALL_LOST;
	struct saa_sync *sync = r->sync;

	all &= ~SAA_SYNC_ALL_LOST;
	r->barriers++;
	saa_sync_inc(sync, SAA_SYNC_C_BULKS_RECEIVED);
	/* Not one that was under way when this SR or the partner changed: some
	 * of it was taken as before, some as after that.
	 */
	if (!saa_sync_asked(sync, r->resync))
		return;
	/* Who owns nothing has nothing to say about what is here. */
	if ((all & SAA_SYNC_ALL_MINE) &&
	    (saa_sync_partner_owns(sync) || !saa_sync_own(sync)))
		saa_table_sweep(sync, saa_recv_bulk(r), all);
	/* An SR that is to own again holds what it needs only when the partner
	 * knows that, and has given back what it held.
	 */
	if (!missing && (saa_sync_own(sync) || all != SAA_SYNC_ALL_MINE)) {
		saa_sync_held(sync, r->resync);
		saa_conn_settled(sync, r->conn);
	}
}

static void saa_recv_frame(struct saa_receiver *r,
			   const struct saa_sync_head *head, unsigned int len)
{
	saa_sync_add(r->sync, SAA_SYNC_C_BYTES_RECEIVED,
		     len + sizeof(*head) + SAA_SYNC_TAG_LEN +
		     sizeof(struct saa_sync_frame));
	switch (head->type) {
	case SAA_SYNC_RECORDS:
		saa_recv_records(r, head + 1, len, ntohs(head->count));
		break;
	case SAA_SYNC_BULK:
		if (!++r->sync->sn->partner_bulk)	/* 0 is no bulk's */
			r->sync->sn->partner_bulk = 1;
		r->resync = ntohl(head->arg);
		r->missing = false;
		saa_sync_status(r->sync, 0, SAA_SYNC_STATUS_HELD);
		break;
	case SAA_SYNC_BARRIER:
		saa_recv_barrier(r, ntohl(head->arg));
		break;
	}
	r->frames++;
}

static int saa_recv_ack(struct saa_receiver *r)
{
	struct saa_sync_ack *ack = saa_conn_payload(r->conn);
	int len;

	r->asked = READ_ONCE(r->sync->resync);
	memset(ack, 0, sizeof(*ack));
	ack->frames = cpu_to_be64(r->frames);
	ack->refused = cpu_to_be64(r->refused);
	ack->barriers = htonl(r->barriers);
	ack->resync = htonl(r->asked);
	ack->flags = htonl(r->later);
	r->acked = r->frames;
	r->later = 0;
	r->spoke = jiffies;
	len = saa_conn_send(r->conn, SAA_SYNC_ACK, 0, 0, sizeof(*ack));
	return min(len, 0);
}

/* Is it time to acknowledge? At the latest when nothing more has come. While a
 * frame takes long, the partner is told that it comes.
 */
static bool saa_recv_ack_due(const struct saa_receiver *r)
{
	u32 timeout = READ_ONCE(r->sync->spec.timeout);
	bool late = time_after(jiffies,
			       r->spoke + msecs_to_jiffies(timeout / 4));

	if (r->asked != READ_ONCE(r->sync->resync))
		return true;
	if (r->frames == r->acked)
		return late && time_after(r->conn->heard, r->spoke);
	return late || r->frames - r->acked >= SAA_SYNC_ACK_FRAMES ||
	       skb_queue_empty_lockless(&r->conn->sock->sk->sk_receive_queue);
}

static int saa_recv_once(struct saa_receiver *r)
{
	const struct saa_sync_head *head;
	int len, err = 0;

	len = saa_conn_recv(r->conn, &head, 0);
	if (len >= 0) {
		saa_recv_frame(r, head, len);
		r->conn->heard = jiffies;	/* however long that took */
	} else if (len == -EAGAIN) {
		err = saa_conn_check(r->sync, r->conn);
	} else {
		if (len == -EBADMSG)
			saa_sync_inc(r->sync, SAA_SYNC_C_REFUSED_MALFORMED);
		err = len;
	}
	return err ?: saa_recv_ack_due(r) ? saa_recv_ack(r) : 0;
}

static int saa_recv_listen(struct saa_sync *sync)
{
	int err = saa_conn_listen(sync);

	if (err)
		saa_sync_error(sync, &sync->listener,
			       "cannot listen at the local address: %pe",
			       ERR_PTR(err));
	else
		saa_sync_error(sync, &sync->listener, "%s", "");
	return err;
}

/*
 * What is done now and then, with a connection or without: the partner can connect
 * anew; flows are kept while it is there, and taken over for good when it owns
 * nothing.
 */
static void saa_recv_tend(struct saa_sync *sync)
{
	u32 elapsed = jiffies - sync->tended;

	if (elapsed < SAA_TEND_TIME)
		return;
	sync->tended = jiffies;
	saa_recv_listen(sync);
	if (saa_sync_own(sync) && !saa_sync_partner_owns(sync))
		saa_table_adopt(sync);
	else if (READ_ONCE(sync->status) & SAA_SYNC_STATUS_RECEIVING)
		saa_table_hold(sync, elapsed);
}

static void saa_recv_session(struct saa_sync *sync)
{
	struct saa_receiver r = {
		.sync = sync,
		.conn = &sync->in,
		.asked = READ_ONCE(sync->resync),
	};
	unsigned long began;
	int err;

	r.resync = ~r.asked;
	saa_sync_status(sync, SAA_SYNC_STATUS_RECEIVING, SAA_SYNC_STATUS_HELD);
	err = saa_recv_ack(&r);
	while (!err && !kthread_should_stop()) {
		err = saa_recv_once(&r);
		/* The time that this takes is no silence of the partner. */
		began = jiffies;
		saa_recv_tend(sync);
		r.conn->heard += jiffies - began;
	}
	saa_conn_broke(sync, r.conn, err);
	saa_sync_status(sync, 0,
			SAA_SYNC_STATUS_RECEIVING | SAA_SYNC_STATUS_HELD);
}

/**
 * saa_sync_receiver() - the receiving thread
 * @data: struct saa_sync
 */
int saa_sync_receiver(void *data)
{
	struct saa_sync *sync = data;
	int err;

	sync->tended = jiffies;
	while (!kthread_should_stop()) {
		err = saa_recv_listen(sync) ?: saa_conn_accept(sync);
		if (!err) {
			saa_recv_session(sync);
			saa_conn_close(&sync->in);
		} else if (err != -EAGAIN) {
			/* Nor are there more guesses than two in a second. */
			wait_event_idle_timeout(sync->wait,
						kthread_should_stop(), HZ / 2);
		}
		saa_recv_tend(sync);
	}
	saa_conn_listen_end(sync);
	return 0;
}
