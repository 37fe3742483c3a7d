// SPDX-License-Identifier: GPL-2.0-only
/*
 * State sync: the sending thread. It connects to the partner, sends all flows
 * (a bulk), and then every flow that changes, until the connection ends; then it
 * begins anew. Acknowledgments come back on the same connection.
 *
 * Changes are sent whatever the SR's state. A bulk is empty unless the SR is up:
 * what one that owns nothing has from before is of no use to anybody.
 *
 * Changes do not wait for a bulk: it is sent in steps, of which only some are on
 * their way, with changes in between.
 *
 * Nobody waits for this thread but packets in strict mode, and those not for
 * long; when it cannot keep up, or the partner, rings overflow and all flows are
 * sent once more.
 */

#include <linux/delay.h>
#include <linux/kthread.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/sock.h>
#include "sync.h"

#define SAA_AGAIN_TIME	(10UL * HZ)
#define SAA_AGAIN_MAX	(320UL * HZ)
#define SAA_BULK_STEP	192	/* flows at a time; or twice as many as in a bucket */
/* Steps on their way: the partner has some more while it acknowledges the others. */
#define SAA_BULK_AHEAD	(2 * SAA_SYNC_ACK_FRAMES)

/**
 * struct saa_sender - a connection's state
 * @sync: whose
 * @conn: the connection
 * @len: bytes of records in the frame that is being filled
 * @count: records in it
 * @frames: frames sent, the handshake's not counted
 * @acked: frames that the partner confirmed
 * @records: records sent
 * @probe: the frame whose confirmation is timed
 * @probe_records: records that were sent by then
 * @probe_time: when that was
 * @done_records: records that the partner confirmed
 * @bulk: a bulk runs
 * @bulk_all: what it has, enum SAA_SYNC_ALL_* as it was when it began
 * @bucket: where it is
 * @table: conntrack's table when it began
 * @steps: steps made on this connection that had something to send
 * @step_frame: the last frame of each of the last steps, by its number
 * @greeted: the partner has said what it wants
 * @resync: number that the partner gave to the bulk it asked for
 * @barriers: barriers sent
 * @barriers_done: barriers that the partner reached
 * @refused: records that the partner refused
 * @again: in jiffies, when to send all flows again since it could not take all; or 0
 * @wait: in jiffies, that was waited for @again the last time
 * @tended: in jiffies, when saa_send_tend() was here
 * @spoke: in jiffies, when something was sent last
 * @data_ready: the socket's, while it has ours
 * @cts: flows of a bulk
 * @max: room in @cts
 */
struct saa_sender {
	struct saa_sync *sync;
	struct saa_conn *conn;
	unsigned int len;
	unsigned int count;
	u64 frames;
	u64 acked;
	u64 records;
	u64 probe;
	u64 probe_records;
	ktime_t probe_time;
	u64 done_records;
	bool bulk;
	u32 bulk_all;
	unsigned int bucket;
	const void *table;
	unsigned int steps;
	u64 step_frame[SAA_BULK_AHEAD];
	bool greeted;
	u32 resync;
	u32 barriers;
	u32 barriers_done;
	u64 refused;
	unsigned long again;
	unsigned long wait;
	unsigned long tended;
	unsigned long spoke;
	void (*data_ready)(struct sock *sk);
	struct nf_conn **cts;
	unsigned int max;
};

/* Is it the partner's turn to say something? */
static bool saa_send_owed(const struct saa_sender *s)
{
	return !s->greeted || s->acked != s->frames;
}

static int saa_send_frame(struct saa_sender *s, u8 type, u32 arg)
{
	ktime_t now = ktime_get();	/* sending may take long */
	int len;

	if (!saa_send_owed(s))	/* so it was not silent until now */
		s->conn->heard = jiffies;
	len = saa_conn_send(s->conn, type, s->count, arg, s->len);
	if (len < 0)
		return len;
	saa_sync_add(s->sync, SAA_SYNC_C_BYTES_SENT, len);
	saa_sync_add(s->sync, SAA_SYNC_C_SENT, s->count);
	s->records += s->count;
	s->frames++;
	if (s->probe <= s->acked) {
		s->probe = s->frames;
		s->probe_records = s->records;
		s->probe_time = now;
	}
	s->len = 0;
	s->count = 0;
	s->spoke = jiffies;
	return 0;
}

/* Sends the records that are waiting to be sent. */
static int saa_send_flush(struct saa_sender *s)
{
	return s->count ? saa_send_frame(s, SAA_SYNC_RECORDS, 0) : 0;
}

/* A frame without records, after those that are waiting. */
static int saa_send_control(struct saa_sender *s, u8 type, u32 arg)
{
	return saa_send_flush(s) ?: saa_send_frame(s, type, arg);
}

static int saa_send_flow(struct saa_sender *s, struct nf_conn *ct)
{
	const unsigned int room = SAA_CONN_ROOM - sizeof(struct saa_sync_head);
	unsigned int len;

	len = saa_flow_put(s->sync, ct, saa_conn_payload(s->conn) + s->len);
	if (!len)
		return 0;
	s->len += len;
	s->count++;
	len = saa_expects_put(ct, saa_conn_payload(s->conn) + s->len);
	if (len) {
		s->len += len;
		s->count++;
	}
	if (room - s->len < SAA_SYNC_RECORDS_MAX)
		return saa_send_flush(s);
	return 0;
}

/* Everything that has changed so far. */
static int saa_send_changes(struct saa_sender *s)
{
	struct nf_conn *ct;
	int cpu, n, err = 0;

	saa_hold_begin(s->sync);
	for_each_possible_cpu(cpu) {
		for (n = 0; n < SAA_RING_SIZE && !err; n++) {
			ct = saa_track_take(s->sync, cpu);
			if (!ct)
				break;
			err = saa_send_flow(s, ct);
			nf_ct_put(ct);
		}
	}
	err = err ?: saa_send_flush(s);
	saa_hold_sent(s->sync, s->frames);
	saa_hold_release(s->sync, s->acked, false);
	return err;
}

/* For all flows, like saa_flow_wanted() for one that changed. */
static int saa_bulk_flow(struct saa_sender *s, struct nf_conn *ct)
{
	if ((READ_ONCE(ct->status) & SAA_CT_BACKUP) || !saa_flow_wanted(ct))
		return 0;
	set_bit(SAA_CT_SENT_BIT, &ct->status);
	return saa_send_flow(s, ct);
}

/* What a bulk would have now, as SAA_SYNC_ALL_*. */
static u32 saa_bulk_all(const struct saa_sync *sync)
{
	if (!saa_sync_own(sync))
		return 0;
	return saa_sync_partner_owns(sync) ? SAA_SYNC_ALL_MINE :
	       SAA_SYNC_ALL_MINE | SAA_SYNC_ALL_YOURS;
}

static int saa_bulk_begin(struct saa_sender *s)
{
	/* Before the look at the flows: pairs with saa_track_queue(). */
	xchg(&s->sync->bulk_wanted, false);
	s->bulk_all = saa_bulk_all(s->sync);
	/* What is held for a partner that owns nothing is to be given back. */
	if (s->bulk_all & SAA_SYNC_ALL_YOURS)
		saa_table_adopt(s->sync);
	s->bulk = true;
	s->bucket = 0;
	s->table = nf_conntrack_hash;
	saa_sync_status(s->sync, 0, SAA_SYNC_STATUS_SENT);
	return saa_send_control(s, SAA_SYNC_BULK, s->resync);
}

static int saa_bulk_room(struct saa_sender *s, unsigned int max)
{
	kvfree(s->cts);
	s->max = max;
	s->cts = kvmalloc_array(max, sizeof(*s->cts), GFP_KERNEL);
	return s->cts ? 0 : -ENOMEM;
}

static int saa_bulk_step(struct saa_sender *s)
{
	unsigned int i, n;
	int err = 0;

	if (saa_bulk_all(s->sync) != s->bulk_all) {	/* so it is not all */
		s->bulk = false;
		WRITE_ONCE(s->sync->bulk_wanted, true);
		return 0;
	}
	n = s->bulk_all ?
	    saa_table_next(s->sync, &s->bucket, s->cts, s->max) : 0;
	if (n > s->max)	/* the table was larger when these came into it */
		return saa_bulk_room(s, 2 * n);
	for (i = 0; i < n; i++) {
		err = err ?: saa_bulk_flow(s, s->cts[i]);
		nf_ct_put(s->cts[i]);
	}
	if (err)
		return err;
	if (s->table != nf_conntrack_hash) {	/* resized: begin anew */
		s->table = nf_conntrack_hash;
		s->bucket = 0;
		return 0;
	}
	if (s->bulk_all && s->bucket != UINT_MAX)
		return 0;
	s->bulk = false;
	s->barriers++;
	return saa_send_control(s, SAA_SYNC_BARRIER, s->bulk_all |
				(READ_ONCE(s->sync->bulk_wanted) ?
				 SAA_SYNC_ALL_LOST : 0));
}

/* Is there a bulk, of which not too much is on its way? */
static bool saa_bulk_may(const struct saa_sender *s)
{
	return s->bulk && s->step_frame[s->steps % SAA_BULK_AHEAD] <= s->acked;
}

static int saa_bulk_go_on(struct saa_sender *s)
{
	u64 frames = s->frames;
	int err;

	err = saa_bulk_step(s) ?: saa_send_flush(s);
	if (s->frames != frames)
		s->step_frame[s->steps++ % SAA_BULK_AHEAD] = s->frames;
	return err;
}

/* Does it confirm no more than was said to the partner, and no less than before? */
static bool saa_ack_ok(const struct saa_sender *s, const struct saa_sync_ack *ack)
{
	u64 frames = be64_to_cpu(ack->frames);
	u64 refused = be64_to_cpu(ack->refused);
	u32 barriers = ntohl(ack->barriers);

	return frames >= s->acked && frames <= s->frames &&
	       barriers >= s->barriers_done && barriers <= s->barriers &&
	       refused >= s->refused;
}

/* The partner could not take all: it gets all once more, later. @why: SAA_SYNC_ACK_* */
static void saa_send_later(struct saa_sender *s, u32 why)
{
	saa_sync_error(s->sync, s->conn, "%s", why & SAA_SYNC_ACK_BUSY ?
		       "flows that end at the partner are in the place of others" :
		       "the partner's conntrack table is full");
	saa_sync_status(s->sync, 0, SAA_SYNC_STATUS_SENT);
	/* Once for each bulk, however many of its records it hits. */
	if (s->again)
		return;
	s->wait = min(2 * s->wait, SAA_AGAIN_MAX) ?: SAA_AGAIN_TIME;
	s->again = jiffies + s->wait;
}

static void saa_acked(struct saa_sender *s, const struct saa_sync_ack *ack)
{
	struct saa_sync *sync = s->sync;
	u32 barriers = ntohl(ack->barriers);
	u64 refused = be64_to_cpu(ack->refused);
	u64 frames = be64_to_cpu(ack->frames);
	bool probed = s->probe > s->acked && s->probe <= frames;

	s->acked = frames;
	if (probed) {
		s->done_records = s->probe_records;
		atomic64_set(&sync->counters[SAA_SYNC_C_LAG],
			     ktime_us_delta(ktime_get(), s->probe_time));
	}
	if (s->acked == s->frames)
		s->done_records = s->records;
	atomic64_set(&sync->counters[SAA_SYNC_C_PARTNER_REFUSED], refused);
	if (ack->flags)
		saa_send_later(s, ntohl(ack->flags));
	/* Before the barriers: the partner has not all while it asks for all. */
	if (!s->greeted || ntohl(ack->resync) != s->resync) {
		s->greeted = true;
		s->resync = ntohl(ack->resync);
		saa_sync_again(sync);
	}
	if (barriers != s->barriers_done) {
		s->barriers_done = barriers;
		saa_sync_inc(sync, SAA_SYNC_C_BULKS_SENT);
		if (barriers == s->barriers && !s->bulk && !s->again) {
			s->wait = 0;
			saa_conn_settled(sync, s->conn);
			saa_sync_sent(sync);
		}
	}
	saa_hold_release(sync, s->acked, refused != s->refused);
	s->refused = refused;
}

/* Takes what the partner has said. */
static int saa_send_listen(struct saa_sender *s)
{
	const struct saa_sync_head *head;
	const struct saa_sync_ack *ack;
	int len;

	for (;;) {
		len = saa_conn_recv(s->conn, &head, MSG_DONTWAIT);
		if (len == -EAGAIN)
			return 0;
		if (len < 0)
			return len;
		if (head->type != SAA_SYNC_ACK)
			continue;
		ack = (const struct saa_sync_ack *)(head + 1);
		if (len < (int)sizeof(*ack) || !saa_ack_ok(s, ack))
			return -EBADMSG;
		saa_acked(s, ack);
	}
}

static void saa_send_gauge(struct saa_sender *s)
{
	u64 risk = s->records - s->done_records;
	int cpu;

	for_each_possible_cpu(cpu)
		risk += READ_ONCE(s->sync->rings[cpu]->head) -
			s->sync->rings[cpu]->tail;
	atomic64_set(&s->sync->counters[SAA_SYNC_C_AT_RISK], risk);
}

static bool saa_send_todo(const struct saa_sender *s)
{
	return kthread_should_stop() ||
	       (!s->bulk && READ_ONCE(s->sync->bulk_wanted)) ||
	       saa_track_pending(s->sync) ||
	       !skb_queue_empty_lockless(&s->conn->sock->sk->sk_receive_queue);
}

/* Until there is something to do, or it is time to be heard. */
static void saa_send_wait(struct saa_sender *s)
{
	/* Changes within a millisecond share a frame. */
	if (READ_ONCE(s->sync->spec.mode) == SAA_SYNC_MODE_ASYNC &&
	    saa_track_pending(s->sync))
		usleep_range(500, 1000);
	wait_event_idle_timeout(s->sync->wait, saa_send_todo(s), HZ / 4);
}

/* What is done now and then. */
static int saa_send_tend(struct saa_sender *s)
{
	unsigned long timeout;
	int chained, err;

	if (time_before(jiffies, s->tended + HZ / 4))
		return 0;
	s->tended = jiffies;
	err = saa_send_owed(s) ? saa_conn_check(s->sync, s->conn) : 0;
	if (err)
		return err;
	chained = saa_track_chain(s->sync->sn);
	if (chained < 0) {
		saa_sync_error(s->sync, s->conn,
			       "nf_conntrack_netlink was unloaded; load it");
		return chained;
	}
	if (chained)
		WRITE_ONCE(s->sync->bulk_wanted, true);
	if (s->again && time_after(jiffies, s->again)) {
		s->again = 0;
		WRITE_ONCE(s->sync->bulk_wanted, true);
	}
	timeout = msecs_to_jiffies(READ_ONCE(s->sync->spec.timeout));
	if (time_after(jiffies, s->spoke + timeout / 4))
		return saa_send_control(s, SAA_SYNC_PING, 0);
	return 0;
}

static int saa_send_once(struct saa_sender *s)
{
	int err;

	err = saa_send_listen(s) ?: saa_send_tend(s);
	if (err)
		return err;
	if (!s->bulk && READ_ONCE(s->sync->bulk_wanted)) {
		err = saa_bulk_begin(s);
		if (err)
			return err;
	}
	err = saa_send_changes(s);
	if (!err && saa_bulk_may(s))
		err = saa_bulk_go_on(s);
	saa_send_gauge(s);
	return err;
}

/* The partner's acknowledgments wake the thread, like changes do. */
static void saa_send_data_ready(struct sock *sk)
{
	struct saa_sync *sync;

	read_lock_bh(&sk->sk_callback_lock);
	sync = sk->sk_user_data;
	if (sync)
		wake_up(&sync->wait);
	read_unlock_bh(&sk->sk_callback_lock);
}

static void saa_send_watch(struct saa_sender *s)
{
	struct sock *sk = s->conn->sock->sk;

	write_lock_bh(&sk->sk_callback_lock);
	s->data_ready = sk->sk_data_ready;
	sk->sk_user_data = s->sync;
	sk->sk_data_ready = saa_send_data_ready;
	write_unlock_bh(&sk->sk_callback_lock);
}

static void saa_send_unwatch(struct saa_sender *s)
{
	struct sock *sk = s->conn->sock->sk;

	write_lock_bh(&sk->sk_callback_lock);
	sk->sk_data_ready = s->data_ready;
	sk->sk_user_data = NULL;
	write_unlock_bh(&sk->sk_callback_lock);
}

static void saa_send_session(struct saa_sync *sync)
{
	struct saa_sender *s;
	int err = 0;

	s = kzalloc(sizeof(*s), GFP_KERNEL);
	if (!s || saa_bulk_room(s, SAA_BULK_STEP)) {
		kfree(s);
		return;
	}
	s->sync = sync;
	s->conn = &sync->out;
	s->spoke = jiffies;
	s->tended = jiffies;
	saa_send_watch(s);
	/* From here on changes are noted. All is sent when the partner has
	 * greeted, and so nothing is missed.
	 */
	WRITE_ONCE(sync->bulk_wanted, false);
	saa_sync_status(sync, SAA_SYNC_STATUS_SENDING, SAA_SYNC_STATUS_SENT);
	while (!kthread_should_stop()) {
		err = saa_send_once(s);
		if (err)
			break;
		if (!saa_bulk_may(s))
			saa_send_wait(s);
	}
	if (err == -EBADMSG)
		saa_sync_inc(sync, SAA_SYNC_C_REFUSED_MALFORMED);
	saa_conn_broke(sync, s->conn, err);
	saa_sync_status(sync, 0,
			SAA_SYNC_STATUS_SENDING | SAA_SYNC_STATUS_SENT);
	saa_hold_release(sync, U64_MAX, true);
	/* These are levels of this connection. */
	atomic64_set(&sync->counters[SAA_SYNC_C_AT_RISK], 0);
	atomic64_set(&sync->counters[SAA_SYNC_C_LAG], 0);
	atomic64_set(&sync->counters[SAA_SYNC_C_PARTNER_REFUSED], 0);
	saa_send_unwatch(s);
	kvfree(s->cts);
	kfree(s);
}

/**
 * saa_sync_sender() - the sending thread
 * @data: struct saa_sync
 */
int saa_sync_sender(void *data)
{
	struct saa_sync *sync = data;

	while (!kthread_should_stop()) {
		if (!saa_conn_connect(sync)) {
			saa_send_session(sync);
			saa_conn_close(&sync->out);
		}
		saa_track_drain(sync);
		wait_event_idle_timeout(sync->wait, kthread_should_stop(),
					HZ / 2);
	}
	return 0;
}
