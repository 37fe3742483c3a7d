/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * What two SRs of a sub-cluster say to each other: state sync, version 2.
 *
 * Each SR listens, and connects to its partner. On the connection that an SR
 * opened it sends its flows; back come acknowledgments. So there are two TCP
 * connections, one for each direction.
 *
 * Handshake, in the clear: the one that connects sends a saa_sync_hello, the
 * other one answers with its own. From the cluster's key and both hellos each
 * side derives two session keys, one for each direction:
 *
 *	HMAC-SHA256(key, label || hello of the connector || hello of the other)
 *
 * (RFC 2104) with the labels "saa sync 1 forth" and "saa sync 1 back", without
 * a final NUL. The nonces in the hellos are fresh, so a recording of an old
 * connection proves nothing; roles and ids are in the hellos, so neither does
 * a reflection of this one. A key_id is the first 4 bytes of
 * HMAC-SHA256(key, "saa sync 1 id"); in an answer, zeros say that the key is
 * not known. The answer to another version is a hello with one's own. The 1 in the
 * labels is that of the handshake, which is as it was in version 1; version 2 has
 * added SAA_SYNC_EXPECTS.
 *
 * Everything after that is in frames: a saa_sync_frame, then as many bytes as it
 * says, which are sealed with ChaCha20-Poly1305 (RFC 8439, section 2.8). The
 * nonce is the number of the frame, 64 bits in little endian after 32 zero bits,
 * counted from 0 in each direction; the saa_sync_frame is the associated data.
 * Sealed is a saa_sync_head and what its type says. The first frame each way is
 * SAA_SYNC_AUTH, which proves that the key is known. Nothing is taken from, and
 * no flow is sent to, who has not proved it.
 *
 * All integers are in network byte order. Bytes without a meaning are zero.
 */
#ifndef _UAPI_LINUX_SAA_SYNC_H
#define _UAPI_LINUX_SAA_SYNC_H

#include <linux/types.h>

#define SAA_SYNC_MAGIC		0x73616173	/* "saas" */
#define SAA_SYNC_VERSION	2
#define SAA_SYNC_NONCE_LEN	32
#define SAA_SYNC_KEY_ID_LEN	4
#define SAA_SYNC_TAG_LEN	16
#define SAA_SYNC_SEALED_MAX	32768	/* head, records and tag */

enum saa_sync_role {
	SAA_SYNC_CONNECTOR = 1,
	SAA_SYNC_LISTENER = 2,
};

/**
 * struct saa_sync_hello - first words of a connection, both ways
 * @magic: SAA_SYNC_MAGIC
 * @version: SAA_SYNC_VERSION
 * @role: enum saa_sync_role
 * @gateway: id of the gateway
 * @from: SR id of the sender
 * @to: SR id of the one it takes the other for
 * @epoch: random, another one each time that the sender began with nothing
 * @key_id: of the key that is used
 * @nonce: random
 */
struct saa_sync_hello {
	__be32 magic;
	__u8 version;
	__u8 role;
	__be16 gateway;
	__be16 from;
	__be16 to;
	__be32 epoch;
	__u8 key_id[SAA_SYNC_KEY_ID_LEN];
	__u8 nonce[SAA_SYNC_NONCE_LEN];
};

/**
 * struct saa_sync_frame - what comes before each sealed part
 * @len: of the sealed part with its tag, in bytes: at most SAA_SYNC_SEALED_MAX
 */
struct saa_sync_frame {
	__be32 len;
};

enum saa_sync_type {
	SAA_SYNC_AUTH = 1,	/* first frame each way */
	SAA_SYNC_RECORDS,	/* @count records, in the order of the events */
	SAA_SYNC_BULK,		/* all flows follow, since resync @arg was asked for */
	SAA_SYNC_BARRIER,	/* that was the bulk; @arg has SAA_SYNC_ALL_* */
	SAA_SYNC_PING,		/* still here */
	SAA_SYNC_ACK,		/* a saa_sync_ack, from the listener */
};

/**
 * struct saa_sync_head - first of what is sealed
 * @type: enum saa_sync_type
 * @pad: 0
 * @count: records that follow
 * @arg: depends on @type
 */
struct saa_sync_head {
	__u8 type;
	__u8 pad;
	__be16 count;
	__be32 arg;
};

#define SAA_SYNC_ALL_MINE	1	/* those were all that the sender owns */
#define SAA_SYNC_ALL_YOURS	2	/* and all that the receiver would own, but does not */
#define SAA_SYNC_ALL_LOST	4	/* but changes were lost meanwhile: another bulk follows */

/* The listener acknowledges after so many frames, and when nothing more has come. So
 * who waits for an acknowledgment does not wait for ever.
 */
#define SAA_SYNC_ACK_FRAMES	16

/* Not all could be taken, and will be when it comes again, later. */
#define SAA_SYNC_ACK_FULL	1	/* the conntrack table is full here */
#define SAA_SYNC_ACK_BUSY	2	/* or flows that end were in the place of others; with
					 * FULL, for those who do not know it
					 */

/**
 * struct saa_sync_ack - what the listener has done
 * @frames: frames of the connector that took effect, AUTH not counted
 * @refused: records that were refused on this connection
 * @barriers: barriers reached on this connection
 * @resync: another number than that of the last bulk asks for a new one
 * @flags: SAA_SYNC_ACK_*
 * @pad: 0
 *
 * Who confirms more frames or barriers than were sent, or less of the first three
 * than before, is not the partner that it should be: the connection ends.
 */
struct saa_sync_ack {
	__be64 frames;
	__be64 refused;
	__be32 barriers;
	__be32 resync;
	__be32 flags;
	__be32 pad;
};

/**
 * struct saa_sync_tuple - one direction of a flow
 * @src: source address; an IPv4 address in the first 4 bytes
 * @dst: destination address
 * @src_id: source port, ICMP id or GRE key
 * @dst_id: destination port, ICMP type and code, or GRE key
 */
struct saa_sync_tuple {
	__u8 src[16];
	__u8 dst[16];
	__be16 src_id;
	__be16 dst_id;
};

enum saa_sync_kind {
	SAA_SYNC_FLOW = 1,	/* a saa_sync_flow: new or changed */
	SAA_SYNC_GONE,		/* a saa_sync_record: no longer there */
	SAA_SYNC_EXPECTS,	/* and saa_sync_expect: all that a flow expects */
};

/**
 * struct saa_sync_record - what every record begins with
 * @len: of the whole record, a multiple of 4
 * @kind: enum saa_sync_kind
 * @family: 2 is IPv4, 10 is IPv6, as Linux has them
 * @protocol: IP protocol number
 * @zone_dir: directions that @zone applies to, IP_CT_DIR_* as bits
 * @zone: conntrack zone
 * @orig: the flow as its first packet came
 */
struct saa_sync_record {
	__be16 len;
	__u8 kind;
	__u8 family;
	__u8 protocol;
	__u8 zone_dir;
	__be16 zone;
	struct saa_sync_tuple orig;
};

#define SAA_SYNC_HOW_REMOTE_SRC	1	/* the remote address is orig's source */
#define SAA_SYNC_HOW_REMOTE_DST	2	/* it is orig's destination */
#define SAA_SYNC_HOW_UNTOLD	4	/* its end will not be told */

/**
 * struct saa_sync_flow - a flow
 * @record: what every record begins with
 * @reply: the flow as replies come, which tells its NAT
 * @status: IPS_* of conntrack's uapi; only SAA_SYNC_STATUS
 * @timeout: seconds that it has left
 * @mark: connection mark
 * @state: TCP_CONNTRACK_* or SCTP_CONNTRACK_*, else 0
 * @how: SAA_SYNC_HOW_*
 * @pad: 0
 * @flags: of TCP, IP_CT_TCP_FLAG_* by direction
 * @scale: of TCP, window scales by direction, 0..14
 * @vtag: of SCTP, verification tags by direction
 *
 * Extras follow, each a saa_sync_extra.
 */
struct saa_sync_flow {
	struct saa_sync_record record;
	struct saa_sync_tuple reply;
	__be32 status;
	__be32 timeout;
	__be32 mark;
	__u8 state;
	__u8 how;
	__u8 pad[2];
	__u8 flags[2];
	__u8 scale[2];
	__be32 vtag[2];
};

enum saa_sync_extra_type {
	SAA_SYNC_LABELS = 1,	/* 16 bytes, connection labels */
	SAA_SYNC_HELPER,	/* 16 bytes, name of the helper, NUL at the end */
	SAA_SYNC_SEQADJ,	/* struct saa_sync_seqadj */
	SAA_SYNC_MASTER,	/* struct saa_sync_tuple: orig of the master */
};

/**
 * struct saa_sync_extra - what only some flows have
 * @type: enum saa_sync_extra_type; each at most once
 * @pad: 0
 * @len: of what follows, a multiple of 4
 */
struct saa_sync_extra {
	__u8 type;
	__u8 pad;
	__be16 len;
};

/* Sequence number adjustment, by direction, as conntrack has it. */
struct saa_sync_seqadj {
	struct {
		__be32 correction_pos;
		__be32 offset_before;
		__be32 offset_after;
	} dir[2];
};

#define SAA_SYNC_EXPECT_PERMANENT	0x1	/* NF_CT_EXPECT_PERMANENT */
#define SAA_SYNC_EXPECT_INACTIVE	0x2	/* NF_CT_EXPECT_INACTIVE */
#define SAA_SYNC_EXPECT_FLAGS		0x3

#define SAA_SYNC_EXPECT_ANY_SRC		1	/* from any address */
#define SAA_SYNC_EXPECT_ANY_SRC_ID	2	/* from any port */

#define SAA_SYNC_EXPECT_NAT_LEN		24

/**
 * struct saa_sync_expect - a connection that a flow's helper expects
 * @tuple: its first packet
 * @saved: destination address before NAT, as conntrack's saved_addr
 * @saved_id: destination port before NAT
 * @protocol: TCP or UDP
 * @class: of the helper's policies
 * @flags: SAA_SYNC_EXPECT_FLAGS
 * @any: SAA_SYNC_EXPECT_ANY_*
 * @dir: direction of the master that it goes in, 0 or 1
 * @pad: 0
 * @nat: name of the function that gives it its NAT, with a NUL at the end; all
 *	zeros for none, and then so are @saved, @saved_id and @dir
 *
 * Those of a flow come after its saa_sync_record, and are all that it has: what
 * it had before and is not among them is gone. They follow each saa_sync_flow of
 * a flow with a helper.
 */
struct saa_sync_expect {
	struct saa_sync_tuple tuple;
	__u8 saved[16];
	__be16 saved_id;
	__u8 protocol;
	__u8 class;
	__u8 flags;
	__u8 any;
	__u8 dir;
	__u8 pad;
	char nat[SAA_SYNC_EXPECT_NAT_LEN];
};

#define SAA_SYNC_EXPECTS_MAX	32	/* of one flow */

#define SAA_SYNC_LABELS_LEN	16
#define SAA_SYNC_HELPER_LEN	16
#define SAA_SYNC_RECORD_MAX	(sizeof(struct saa_sync_flow) +		\
				 4 * sizeof(struct saa_sync_extra) +	\
				 SAA_SYNC_LABELS_LEN + SAA_SYNC_HELPER_LEN + \
				 sizeof(struct saa_sync_seqadj) +	\
				 sizeof(struct saa_sync_tuple))

/* With what its helper expects. */
#define SAA_SYNC_RECORDS_MAX	(SAA_SYNC_RECORD_MAX +			\
				 sizeof(struct saa_sync_record) +	\
				 SAA_SYNC_EXPECTS_MAX *			\
				 sizeof(struct saa_sync_expect))

/* IPS_EXPECTED, SEEN_REPLY, ASSURED, NAT, SEQ_ADJUST, NAT_DONE, FIXED_TIMEOUT */
#define SAA_SYNC_STATUS		0x5f7

/* What the checks below find of a flow's extras; NULL where there is none. */
struct saa_sync_extras {
	const __u8 *labels;
	const char *helper;
	const struct saa_sync_seqadj *seqadj;
	const struct saa_sync_tuple *master;
};

_Static_assert(sizeof(struct saa_sync_hello) == 52, "saa_sync_hello");
_Static_assert(sizeof(struct saa_sync_frame) == 4, "saa_sync_frame");
_Static_assert(sizeof(struct saa_sync_head) == 8, "saa_sync_head");
_Static_assert(sizeof(struct saa_sync_ack) == 32, "saa_sync_ack");
_Static_assert(sizeof(struct saa_sync_tuple) == 36, "saa_sync_tuple");
_Static_assert(sizeof(struct saa_sync_record) == 44, "saa_sync_record");
_Static_assert(sizeof(struct saa_sync_flow) == 108, "saa_sync_flow");
_Static_assert(sizeof(struct saa_sync_extra) == 4, "saa_sync_extra");
_Static_assert(sizeof(struct saa_sync_seqadj) == 24, "saa_sync_seqadj");
_Static_assert(sizeof(struct saa_sync_expect) == 84, "saa_sync_expect");

static inline unsigned int saa_sync_be16(__be16 value)
{
	const __u8 *p = (const __u8 *)&value;

	return p[0] << 8 | p[1];
}

static inline __u32 saa_sync_be32(__be32 value)
{
	const __u8 *p = (const __u8 *)&value;

	return (__u32)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

/* Are the last 12 bytes of an IPv4 address unused? */
static inline int saa_sync_addr_ok(const __u8 *addr, __u8 family)
{
	unsigned int i;

	for (i = 4; i < 16 && family == 2; i++)
		if (addr[i])
			return 0;
	return 1;
}

static inline int saa_sync_tuple_ok(const struct saa_sync_tuple *t, __u8 family)
{
	return saa_sync_addr_ok(t->src, family) &&
	       saa_sync_addr_ok(t->dst, family);
}

/**
 * saa_sync_record_len() - the length of the record at the start of a buffer
 * @data: the record
 * @left: bytes in the buffer
 *
 * Return: the length, so that the next record is found; 0 if there is no whole
 * record.
 */
static inline unsigned int saa_sync_record_len(const void *data,
					       unsigned int left)
{
	const struct saa_sync_record *r = (const struct saa_sync_record *)data;
	unsigned int len;

	if (left < sizeof(*r))
		return 0;
	len = saa_sync_be16(r->len);
	return len >= sizeof(*r) && len <= left && !(len & 3) ? len : 0;
}

static inline int saa_sync_extra_find(struct saa_sync_extras *x, __u8 type,
				      const __u8 *data, unsigned int len,
				      __u8 family)
{
	switch (type) {
	case SAA_SYNC_LABELS:
		if (x->labels || len != SAA_SYNC_LABELS_LEN)
			return 0;
		x->labels = data;
		return 1;
	case SAA_SYNC_HELPER:
		if (x->helper || len != SAA_SYNC_HELPER_LEN ||
		    data[len - 1] || !data[0])
			return 0;
		x->helper = (const char *)data;
		return 1;
	case SAA_SYNC_SEQADJ:
		if (x->seqadj || len != sizeof(*x->seqadj))
			return 0;
		x->seqadj = (const struct saa_sync_seqadj *)data;
		return 1;
	case SAA_SYNC_MASTER:
		if (x->master || len != sizeof(*x->master))
			return 0;
		x->master = (const struct saa_sync_tuple *)data;
		return saa_sync_tuple_ok(x->master, family);
	default:
		return 0;
	}
}

/* TCP and UDP alone: the end of a GRE flow takes its master for one of PPTP. */
static inline int saa_sync_expect_ok(const struct saa_sync_expect *e,
				     __u8 family)
{
	return saa_sync_tuple_ok(&e->tuple, family) &&
	       saa_sync_addr_ok(e->saved, family) &&
	       (e->protocol == 6 || e->protocol == 17) &&
	       !(e->flags & ~SAA_SYNC_EXPECT_FLAGS) && e->any <= 3 &&
	       e->dir <= 1 && !e->nat[SAA_SYNC_EXPECT_NAT_LEN - 1];
}

/**
 * saa_sync_expects_count() - check what a flow expects
 * @r: the record, with its length checked
 *
 * Return: how many saa_sync_expect follow the record, -1 if it is malformed.
 */
static inline int saa_sync_expects_count(const struct saa_sync_record *r)
{
	const struct saa_sync_expect *e = (const struct saa_sync_expect *)(r + 1);
	unsigned int len = saa_sync_be16(r->len) - sizeof(*r);
	unsigned int i, n = len / sizeof(*e);

	if (len % sizeof(*e) || n > SAA_SYNC_EXPECTS_MAX)
		return -1;
	for (i = 0; i < n; i++)
		if (!saa_sync_expect_ok(&e[i], r->family))
			return -1;
	return n;
}

/**
 * saa_sync_record_ok() - check everything in a record that can be checked alone
 * @r: the record, saa_sync_record_len() bytes
 *
 * Return: 1 if it is well formed, else 0.
 */
static inline int saa_sync_record_ok(const struct saa_sync_record *r)
{
	if ((r->family != 2 && r->family != 10) ||
	    !saa_sync_tuple_ok(&r->orig, r->family) ||
	    !r->zone_dir || r->zone_dir > 3)
		return 0;
	switch (r->kind) {
	case SAA_SYNC_FLOW:
		return saa_sync_be16(r->len) >= sizeof(struct saa_sync_flow);
	case SAA_SYNC_GONE:
		return saa_sync_be16(r->len) == sizeof(*r);
	case SAA_SYNC_EXPECTS:
		return saa_sync_expects_count(r) >= 0;
	default:
		return 0;
	}
}

/**
 * saa_sync_flow_ok() - check a flow, and find its extras
 * @f: the flow, whose record is well formed
 * @x: filled with its extras
 *
 * Return: 1 if it is well formed, else 0.
 */
static inline int saa_sync_flow_ok(const struct saa_sync_flow *f,
				   struct saa_sync_extras *x)
{
	const __u8 *at = (const __u8 *)(f + 1);
	unsigned int left = saa_sync_be16(f->record.len) - sizeof(*f);

	x->labels = (void *)0;
	x->helper = (void *)0;
	x->seqadj = (void *)0;
	x->master = (void *)0;
	if (!saa_sync_tuple_ok(&f->reply, f->record.family) ||
	    saa_sync_be32(f->status) & ~(__u32)SAA_SYNC_STATUS ||
	    saa_sync_be32(f->timeout) > 0x7fffffff / 1000 || f->how > 7 ||
	    f->scale[0] > 14 || f->scale[1] > 14)
		return 0;
	/* TCP_CONNTRACK_SYN_SENT2 and SCTP_CONNTRACK_HEARTBEAT_SENT are last. */
	if (f->record.protocol == 6 ? !f->state || f->state > 9 :
	    f->record.protocol == 132 ? !f->state || f->state > 8 : f->state)
		return 0;

	while (left) {
		const struct saa_sync_extra *e;
		unsigned int len;

		e = (const struct saa_sync_extra *)at;
		if (left < sizeof(*e))
			return 0;
		len = saa_sync_be16(e->len);
		if (len > left - sizeof(*e) || len & 3 ||
		    !saa_sync_extra_find(x, e->type, at + sizeof(*e), len,
					 f->record.family))
			return 0;
		at += sizeof(*e) + len;
		left -= sizeof(*e) + len;
	}
	return 1;
}

#endif /* _UAPI_LINUX_SAA_SYNC_H */
