/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * State sync: what its files share.
 *
 * struct saa_sync is one SR's end of the two connections to its partner. Like
 * an SR it is a counted object, which successive configurations share while
 * what was configured stays the same. Two threads belong to it: one sends this
 * SR's flows (sync_send.c), one receives the partner's (sync_recv.c). They are
 * there while the configuration that has it is in force.
 *
 * Whose a flow is: SAA_CT_BACKUP in its status says that it is here for the
 * partner only, and that no packet of it was processed here since it came. Such
 * a flow is never sent, nor is it told when it goes. The first packet takes the
 * bit away: that is all there is to a takeover.
 *
 * Locking: the threads take neither RTNL nor sn->lock, so both may be held while
 * they are stopped. sync->lock protects what the two threads tell each other and
 * the netlink commands. Flows are protected as conntrack does it.
 */
#ifndef _SAA_SYNC_H
#define _SAA_SYNC_H

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/net.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <net/netfilter/nf_conntrack.h>
#include <uapi/linux/saa_sync.h>
#include "saa.h"

enum saa_sync_counter {
#define SAA_SYNC_COUNTER_ENUM(name, ...) SAA_SYNC_C_##name,
	SAA_SYNC_COUNTERS(SAA_SYNC_COUNTER_ENUM)
#undef SAA_SYNC_COUNTER_ENUM
	SAA_SYNC_C_MAX,
};

extern const struct saa_counter_info saa_sync_counter_info[SAA_SYNC_C_MAX];

#ifndef CONFIG_64BIT
#error "state sync needs a 64 bit kernel: it uses the upper half of a flow's status"
#endif

/* Bits of ours in a flow's status: above those of conntrack, none of which is
 * in the half that userspace is not shown.
 */
#define SAA_CT_BIT		32
#define SAA_CT_BACKUP_BIT	(SAA_CT_BIT + 0)	/* here for the partner */
#define SAA_CT_SENT_BIT		(SAA_CT_BIT + 1)	/* the partner may have it */
#define SAA_CT_SOUTHBOUND_BIT	(SAA_CT_BIT + 3)	/* remote is the original source */
#define SAA_CT_NORTHBOUND_BIT	(SAA_CT_BIT + 4)	/* it is the original destination */
#define SAA_CT_UNTOLD_BIT	(SAA_CT_BIT + 5)	/* the partner will not tell its end */
#define SAA_CT_DROPPED_BIT	(SAA_CT_BIT + 6)	/* removed by us */
#define SAA_CT_ANSWERED_BIT	(SAA_CT_BIT + 7)	/* an answer has gone on, or waits */
#define SAA_CT_ENDED_BIT	(SAA_CT_BIT + 8)	/* we know of its end */
#define SAA_CT_WAIT_SHIFT	(SAA_CT_BIT + 9)	/* packets of it that wait */
#define SAA_CT_BULK_SHIFT	48	/* number of the bulk that had it last */
#define SAA_CT_BACKUP		BIT(SAA_CT_BACKUP_BIT)
#define SAA_CT_SENT		BIT(SAA_CT_SENT_BIT)
#define SAA_CT_SOUTHBOUND	BIT(SAA_CT_SOUTHBOUND_BIT)
#define SAA_CT_NORTHBOUND	BIT(SAA_CT_NORTHBOUND_BIT)
#define SAA_CT_UNTOLD		BIT(SAA_CT_UNTOLD_BIT)
#define SAA_CT_DROPPED		BIT(SAA_CT_DROPPED_BIT)
#define SAA_CT_ANSWERED		BIT(SAA_CT_ANSWERED_BIT)
#define SAA_CT_ENDED		BIT(SAA_CT_ENDED_BIT)
#define SAA_CT_WAIT		BIT(SAA_CT_WAIT_SHIFT)	/* one packet */
#define SAA_CT_WAITS		GENMASK(SAA_CT_BULK_SHIFT - 1, SAA_CT_WAIT_SHIFT)
#define SAA_CT_BULK		GENMASK(63, SAA_CT_BULK_SHIFT)

/* A flow that is held has at least this left while the partner is there. */
#define SAA_HOLD_SECONDS	30

/* TCP's flags that tell of the ends, not of what was seen of them. */
#define SAA_SYNC_TCP_FLAGS	(IP_CT_TCP_FLAG_WINDOW_SCALE |		\
				 IP_CT_TCP_FLAG_SACK_PERM |		\
				 IP_CT_TCP_FLAG_CLOSE_INIT)

/* Flows that changed on one CPU since the sender looked; power of two. */
#define SAA_RING_SIZE		4096
#define SAA_RING_RECENT_BITS	10

/**
 * struct saa_ring - flows that changed on one CPU
 * @lock: for writers of @head; on PREEMPT_RT, BHs that are off are not enough
 * @head: next to be written; by the CPU
 * @tail: next to be read; by the sending thread
 * @recent: by a hash of the flow, where it was put last, so that a flow that
 *	waits is not put once more
 * @ct: the flows, with a reference
 */
struct saa_ring {
	spinlock_t lock;	/* writers */
	u32 head;
	u32 tail;
	u32 recent[1 << SAA_RING_RECENT_BITS];
	struct nf_conn *ct[SAA_RING_SIZE];
};

/**
 * struct saa_conn - a connection, as one thread uses it
 * @sock: the socket; set and cleared under @lock, so that it can be shut down
 * @lock: see @sock
 * @closed: no socket is to be opened any more
 * @key_out: session key of what we send
 * @key_in: session key of what we receive
 * @n_out: number of the next frame that we send
 * @n_in: number of the next frame that we receive
 * @proved: the other end has the key
 * @slow: how often in a row the other end was silent for too long
 * @heard: in jiffies, when it was heard last
 * @deadline: in jiffies, when the handshake, or the frame that comes, has to be
 *	there
 * @got: bytes of the incoming frame in @in
 * @in: incoming frame
 * @out: outgoing frame
 * @error: what went wrong last, "" while all is well; under saa_sync.lock
 */
struct saa_conn {
	struct socket *sock;
	struct mutex lock;	/* the socket's coming and going */
	bool closed;
	u8 key_out[SAA_SYNC_KEY_LEN];
	u8 key_in[SAA_SYNC_KEY_LEN];
	u64 n_out;
	u64 n_in;
	bool proved;
	unsigned int slow;
	unsigned long heard;
	unsigned long deadline;
	u32 got;
	u8 *in;
	u8 *out;
	char error[80];
};

/* Where a frame begins in a saa_conn's buffers, so that what is sealed begins at a
 * multiple of 8, and where that is.
 */
#define SAA_CONN_FRAME	4
#define SAA_CONN_HEAD	(SAA_CONN_FRAME + sizeof(struct saa_sync_frame))
#define SAA_CONN_BUF	(SAA_CONN_HEAD + SAA_SYNC_SEALED_MAX)
/* Bytes of head and records that fit into a frame. */
#define SAA_CONN_ROOM	(SAA_SYNC_SEALED_MAX - SAA_SYNC_TAG_LEN)

/**
 * struct saa_sync - one SR's end of state sync
 * @refs: one for each configuration that holds it
 * @sn: the namespace's state
 * @net: the namespace of the connections; while the threads are there, which
 *	end before it does
 * @guest: in the guests of @net
 * @netns: inode number of @net, 0 when it is gone
 * @spec: what was configured; written under @lock
 * @gateway: id of the gateway
 * @self_id: id of this SR
 * @rings: flows that changed, by CPU; an array of pointers
 * @wait: the sending thread waits here for changes
 * @sender: sends our flows
 * @receiver: receives the partner's
 * @out: the sender's connection
 * @in: the receiver's connection
 * @listener: listens; only its socket and its error are used
 * @next: from the partner's address, while another connection is used; or NULL;
 *	the receiver's
 * @meet_lock: one thread at a time learns which epoch the partner has
 * @tended: in jiffies, when the flows held were looked after; the receiver's
 * @dying_until: in jiffies, for how long what a frame says waits for flows that
 *	die; the receiver's
 * @expire: lets packets go that waited for too long
 * @go_lock: one thread at a time lets packets go, in their order
 * @lock: protects the fields from here on, which are read without
 * @fresh: packets that wait, as sync_hold.c tells
 * @sending: packets that wait
 * @waiting: packets that wait
 * @n_held: packets in the three
 * @status: enum saa_sync_status bits
 * @bulk_wanted: changes were lost, or ownership came: all is to be sent
 * @resync: number of the bulk that the partner is asked for
 * @counters: by enum saa_sync_counter
 */
struct saa_sync {
	refcount_t refs;
	struct saa_net *sn;
	struct net *net;
	struct list_head guest;
	unsigned int netns;
	struct saa_sync_spec spec;
	u16 gateway;
	u16 self_id;
	struct saa_ring **rings;
	wait_queue_head_t wait;
	struct task_struct *sender;
	struct task_struct *receiver;
	struct saa_conn out;
	struct saa_conn in;
	struct saa_conn listener;
	struct socket *next;
	struct mutex meet_lock;	/* the partner's epoch */
	unsigned long tended;
	unsigned long dying_until;
	struct delayed_work expire;
	struct mutex go_lock;	/* packets that go; outside of @lock */
	spinlock_t lock;	/* the fields below */
	struct list_head fresh;
	struct list_head sending;
	struct list_head waiting;
	unsigned int n_held;
	u32 status;
	bool bulk_wanted;
	u32 resync;
	atomic64_t counters[SAA_SYNC_C_MAX];
};

static inline void saa_sync_add(struct saa_sync *sync, enum saa_sync_counter c,
				s64 n)
{
	atomic64_add(n, &sync->counters[c]);
}

static inline void saa_sync_inc(struct saa_sync *sync, enum saa_sync_counter c)
{
	atomic64_inc(&sync->counters[c]);
}

/**
 * saa_flow_change() - change our bits in a flow's status
 * @sync: whose
 * @ct: the flow
 * @set: bits to set
 * @clear: bits to clear
 *
 * A flow counts as held while it has SAA_CT_BACKUP, up to its end.
 *
 * Return: the status before.
 */
static inline unsigned long saa_flow_change(struct saa_sync *sync,
					    struct nf_conn *ct,
					    unsigned long set,
					    unsigned long clear)
{
	const unsigned long mask = SAA_CT_BACKUP | SAA_CT_ENDED;
	unsigned long old = READ_ONCE(ct->status), new;

	do {
		new = (old & ~clear) | set;
	} while (!try_cmpxchg(&ct->status, &old, new));
	if ((old ^ new) & mask)
		saa_sync_add(sync, SAA_SYNC_C_HELD,
			     ((new & mask) == SAA_CT_BACKUP) -
			     ((old & mask) == SAA_CT_BACKUP));
	return old;
}

/* sync.c */
void saa_sync_status(struct saa_sync *sync, u32 set, u32 clear);
void saa_sync_held(struct saa_sync *sync, u32 resync);
void saa_sync_sent(struct saa_sync *sync);
void saa_sync_again(struct saa_sync *sync);
__printf(3, 4) void saa_sync_error(struct saa_sync *sync, struct saa_conn *conn,
				   const char *fmt, ...);
bool saa_sync_is_up(const struct saa_sync *sync, u16 id);
bool saa_sync_own(const struct saa_sync *sync);
bool saa_sync_partner_owns(const struct saa_sync *sync);
bool saa_sync_asked(struct saa_sync *sync, u32 resync);
u64 saa_sync_counter_read(const struct saa_sync *sync, enum saa_sync_counter c);

/* sync_conn.c */
int saa_conn_init(struct saa_conn *conn);
void saa_conn_exit(struct saa_conn *conn);
int saa_conn_set(struct saa_conn *conn, struct socket *sock);
void saa_conn_close(struct saa_conn *conn);
void saa_conn_shutdown(struct saa_conn *conn, bool for_good);
int saa_conn_listen(struct saa_sync *sync);
void saa_conn_listen_end(struct saa_sync *sync);
int saa_conn_accept(struct saa_sync *sync);
int saa_conn_connect(struct saa_sync *sync);
int saa_conn_send(struct saa_conn *conn, u8 type, u16 count, u32 arg,
		  unsigned int len);
int saa_conn_recv(struct saa_conn *conn, const struct saa_sync_head **head,
		  int flags);
int saa_conn_check(struct saa_sync *sync, struct saa_conn *conn);
void saa_conn_broke(struct saa_sync *sync, struct saa_conn *conn, int err);
void saa_conn_settled(struct saa_sync *sync, struct saa_conn *conn);

/* Where what follows the head of an outgoing frame is to be put. */
static inline void *saa_conn_payload(struct saa_conn *conn)
{
	return conn->out + SAA_CONN_HEAD + sizeof(struct saa_sync_head);
}

/* sync_auth.c */
int saa_auth_key_id(const u8 *key, u8 *id);
int saa_auth_derive(const u8 *key, const struct saa_sync_hello *connector,
		    const struct saa_sync_hello *listener, u8 *forth, u8 *back);

/* sync_track.c */
int saa_track_chain(struct saa_net *sn);
bool saa_track_queue(struct saa_sync *sync, struct nf_conn *ct);
struct nf_conn *saa_track_take(struct saa_sync *sync, int cpu);
bool saa_track_pending(const struct saa_sync *sync);
void saa_track_drain(struct saa_sync *sync);

/* sync_hold.c: packets that wait for the partner */
unsigned int saa_hold(struct saa_sync *sync, struct sk_buff *skb,
		      const struct nf_hook_state *state);
void saa_hold_begin(struct saa_sync *sync);
void saa_hold_sent(struct saa_sync *sync, u64 frame);
void saa_hold_release(struct saa_sync *sync, u64 frame, bool late);
void saa_hold_expire(struct work_struct *work);

/* sync_put.c: a flow into a record */
bool saa_flow_can(const struct nf_conn *ct);
bool saa_flow_wanted(const struct nf_conn *ct);
bool saa_flow_is_local(const struct saa_sync *sync, const struct nf_conn *ct);
unsigned int saa_flow_put(struct saa_sync *sync, struct nf_conn *ct, void *buf);
void saa_tuple_put(struct saa_sync_tuple *to,
		   const struct nf_conntrack_tuple *from);
void saa_record_put(struct saa_sync_record *r, u8 kind, unsigned int len,
		    const struct nf_conn *ct);

/* sync_apply.c: a record into a flow */
enum saa_sync_counter saa_flow_apply(struct saa_sync *sync,
				     const struct saa_sync_record *r,
				     unsigned long bulk);
bool saa_flow_keep(const struct saa_sync *sync, const struct nf_conn *ct);

/* sync_expect.c: what helpers expect */
unsigned int saa_expects_put(struct nf_conn *ct, void *buf);
enum saa_sync_counter saa_expects_apply(struct saa_sync *sync,
					const struct saa_sync_record *r,
					struct nf_conn *master);

/* sync_table.c: all flows of the namespace */
void saa_table_meet(struct saa_sync *sync, u32 epoch);
void saa_table_adopt(struct saa_sync *sync);
void saa_table_hold(struct saa_sync *sync, u32 elapsed);
void saa_table_sweep(struct saa_sync *sync, unsigned long bulk, u32 all);
void saa_table_drop(struct saa_sync *sync);
unsigned int saa_table_next(struct saa_sync *sync, unsigned int *bucket,
			    struct nf_conn **cts, unsigned int max);

/* sync_send.c, sync_recv.c */
int saa_sync_sender(void *data);
int saa_sync_receiver(void *data);

#endif /* _SAA_SYNC_H */
