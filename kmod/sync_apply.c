// SPDX-License-Identifier: GPL-2.0-only
/*
 * State sync: a record of the partner into a flow of conntrack.
 *
 * Nothing from the wire is trusted: saa_sync.h has the checks of a record by
 * itself; here is what takes the conntrack table. Where the partner and this SR
 * both have a flow, or two flows that exclude each other, the one that counts is
 * that of the SR which owns the flow's remote address, as this SR sees it. When
 * the two see it differently, because a change is under way, what was refused
 * comes again with the bulk that the change brings.
 *
 * TCP's windows are not known here, and the first segment that comes may be an
 * old one: they are not checked, as for a connection that conntrack picks up in
 * the middle. Process context.
 */

#include <linux/netfilter/nf_conntrack_tcp.h>
#include <net/netfilter/nf_conntrack_acct.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_ecache.h>
#include <net/netfilter/nf_conntrack_helper.h>
#include <net/netfilter/nf_conntrack_l4proto.h>
#include <net/netfilter/nf_conntrack_labels.h>
#include <net/netfilter/nf_conntrack_seqadj.h>
#include <net/netfilter/nf_conntrack_timestamp.h>
#include <net/netfilter/nf_conntrack_zones.h>
#include <net/netfilter/nf_nat.h>
#include "compat.h"
#include "sync.h"

static void saa_tuple_get(struct nf_conntrack_tuple *to,
			  const struct saa_sync_tuple *from, u8 family,
			  u8 protocol, u8 dir)
{
	unsigned int len = family == AF_INET ? 4 : 16;

	memset(to, 0, sizeof(*to));
	to->src.l3num = family;
	to->dst.protonum = protocol;
	to->dst.dir = dir;
	memcpy(&to->src.u3, from->src, len);
	memcpy(&to->dst.u3, from->dst, len);
	to->src.u.all = from->src_id;
	to->dst.u.all = from->dst_id;
}

static void saa_range(struct nf_nat_range2 *range,
		      const union nf_inet_addr *addr, __be16 id)
{
	memset(range, 0, sizeof(*range));
	range->flags = NF_NAT_RANGE_MAP_IPS | NF_NAT_RANGE_PROTO_SPECIFIED;
	range->min_addr = *addr;
	range->max_addr = *addr;
	range->min_proto.all = id;
	range->max_proto.all = id;
}

/* Gives a new flow the mappings that make its replies come as @reply says. */
static bool saa_flow_nat(struct nf_conn *ct, u32 status,
			 const struct nf_conntrack_tuple *reply)
{
	bool icmp = nf_ct_protonum(ct) == IPPROTO_ICMP ||
		    nf_ct_protonum(ct) == IPPROTO_ICMPV6;
	struct nf_nat_range2 range;

	if (status & IPS_DST_NAT_DONE) {
		saa_range(&range, &reply->src.u3, reply->src.u.all);
		if (icmp)	/* its id is the other mapping's */
			range.flags &= ~NF_NAT_RANGE_PROTO_SPECIFIED;
		if (nf_nat_setup_info(ct, &range, NF_NAT_MANIP_DST) != NF_ACCEPT)
			return false;
	}
	if (status & IPS_SRC_NAT_DONE) {
		/* An ICMP id is at the source in both directions. */
		saa_range(&range, &reply->dst.u3,
			  icmp ? reply->src.u.all : reply->dst.u.all);
		if (nf_nat_setup_info(ct, &range, NF_NAT_MANIP_SRC) != NF_ACCEPT)
			return false;
	}
	/* Taken by another flow, or nothing that NAT would make. */
	return nf_ct_tuple_equal(nf_ct_tuple(ct, IP_CT_DIR_REPLY), reply) &&
	       (ct->status & IPS_NAT_MASK) == (status & IPS_NAT_MASK);
}

static void saa_proto_get(struct nf_conn *ct, const struct saa_sync_flow *f)
{
	unsigned int i;

	switch (f->record.protocol) {
	case IPPROTO_TCP:
		for (i = 0; i < IP_CT_DIR_MAX; i++) {
			struct ip_ct_tcp_state *seen = &ct->proto.tcp.seen[i];

			memset(seen, 0, sizeof(*seen));
			seen->flags = (f->flags[i] & SAA_SYNC_TCP_FLAGS) |
				      IP_CT_TCP_FLAG_BE_LIBERAL;
			seen->td_scale = f->scale[i];
		}
		ct->proto.tcp.state = f->state;
		break;
	case IPPROTO_UDP:
		ct->proto.udp.stream_ts = jiffies;
		break;
	case IPPROTO_SCTP:
		ct->proto.sctp.state = f->state;
		for (i = 0; i < IP_CT_DIR_MAX; i++)
			ct->proto.sctp.vtag[i] = f->vtag[i];
		break;
#ifdef CONFIG_NF_CT_PROTO_GRE
	case IPPROTO_GRE: {
		const unsigned int *timeouts =
			nf_ct_net(ct)->ct.nf_ct_proto.gre.timeouts;

		ct->proto.gre.timeout = timeouts[GRE_CT_UNREPLIED];
		ct->proto.gre.stream_timeout = timeouts[GRE_CT_REPLIED];
		break;
	}
#endif
	}
}

static void saa_seqadj_get(struct nf_conn *ct,
			   const struct saa_sync_seqadj *from)
{
	struct nf_conn_seqadj *seqadj = nfct_seqadj(ct);
	unsigned int i;

	if (!seqadj)
		return;
	for (i = 0; i < IP_CT_DIR_MAX; i++) {
		struct nf_ct_seqadj *seq = &seqadj->seq[i];

		seq->correction_pos = ntohl(from->dir[i].correction_pos);
		seq->offset_before = ntohl(from->dir[i].offset_before);
		seq->offset_after = ntohl(from->dir[i].offset_after);
	}
	set_bit(IPS_SEQ_ADJUST_BIT, &ct->status);
}

/* What may change in the life of a flow; of a new one, after its extensions. */
static void saa_flow_set(struct saa_sync *sync, struct nf_conn *ct,
			 const struct saa_sync_flow *f,
			 const struct saa_sync_extras *x, unsigned long bulk)
{
	unsigned long on = ntohl(f->status) &
			   (IPS_SEEN_REPLY | IPS_ASSURED | IPS_FIXED_TIMEOUT);
	const unsigned long off = SAA_CT_BULK | SAA_CT_SENT | SAA_CT_UNTOLD |
				  SAA_CT_SOUTHBOUND | SAA_CT_NORTHBOUND;
	static const u32 none[SAA_SYNC_LABELS_LEN / sizeof(u32)];
	const struct nf_tcp_net *tn = nf_tcp_pernet(nf_ct_net(ct));
	u32 timeout = max_t(u32, ntohl(f->timeout), SAA_HOLD_SECONDS) * HZ;

	if (on & IPS_SEEN_REPLY)
		on |= SAA_CT_ANSWERED;
	if (f->how & SAA_SYNC_HOW_REMOTE_SRC)
		on |= SAA_CT_SOUTHBOUND;
	if (f->how & SAA_SYNC_HOW_REMOTE_DST)
		on |= SAA_CT_NORTHBOUND;
	if (f->how & SAA_SYNC_HOW_UNTOLD)
		on |= SAA_CT_UNTOLD;

	spin_lock_bh(&ct->lock);
	saa_proto_get(ct, f);
	if (x->seqadj)
		saa_seqadj_get(ct, x->seqadj);
#ifdef CONFIG_NF_CONNTRACK_MARK
	WRITE_ONCE(ct->mark, ntohl(f->mark));
#endif
	saa_flow_change(sync, ct, on | bulk | SAA_CT_BACKUP, off);
	/* There is no event when data is acknowledged, after which it is more. */
	if (f->record.protocol == IPPROTO_TCP &&
	    f->state == TCP_CONNTRACK_ESTABLISHED && !(on & IPS_FIXED_TIMEOUT))
		timeout = max(timeout, tn->timeouts[TCP_CONNTRACK_ESTABLISHED]);
	__nf_ct_set_timeout(ct, timeout);
	spin_unlock_bh(&ct->lock);
	/* Labels that are all zero are not sent. */
	if (nf_ct_labels_find(ct))
		nf_connlabels_replace(ct, x->labels ? (const u32 *)x->labels :
						      none, NULL,
				      ARRAY_SIZE(none));
}

/* Under rcu_read_lock(). A helper that is not loaded here is left out. */
static void saa_helper_get(struct nf_conn *ct, const char *name)
{
	struct nf_conntrack_helper *helper;
	struct nf_conn_help *help;

	helper = __nf_conntrack_helper_find(name, nf_ct_l3num(ct),
					    nf_ct_protonum(ct));
	help = helper ? nf_ct_helper_ext_add(ct, GFP_ATOMIC) : NULL;
	if (!help || !saa_helper_hold(helper))
		return;
	/* Kernel helpers look at nothing in it; ftp picks up the stream anew. */
	if (helper->from_nlattr && !(helper->flags & NF_CT_HELPER_F_USERSPACE))
		helper->from_nlattr(NULL, ct);
	ct->status |= IPS_HELPER;
	RCU_INIT_POINTER(help->helper, helper);
}

/*
 * The master of an expected flow, if it is here. GRE has none: its end would look
 * for PPTP's data in the master.
 */
static void saa_master_get(struct saa_sync *sync, struct nf_conn *ct,
			   const struct saa_sync_tuple *master)
{
	struct nf_conntrack_tuple_hash *h;
	struct nf_conntrack_tuple tuple;

	saa_tuple_get(&tuple, master, nf_ct_l3num(ct), IPPROTO_TCP,
		      IP_CT_DIR_ORIGINAL);
	h = nf_conntrack_find_get(sync->sn->net, nf_ct_zone(ct), &tuple);
	if (!h)
		return;
	if (NF_CT_DIRECTION(h) != IP_CT_DIR_ORIGINAL) {
		nf_ct_put(nf_ct_tuplehash_to_ctrack(h));
		return;
	}
	ct->master = nf_ct_tuplehash_to_ctrack(h);
	ct->status |= IPS_EXPECTED;
}

static void saa_flow_extend(struct nf_conn *ct, const struct saa_sync_extras *x)
{
	struct nf_conn_tstamp *tstamp;
	struct nf_conntrack_ecache *e;

	nf_ct_acct_ext_add(ct, GFP_ATOMIC);
	tstamp = nf_ct_tstamp_ext_add(ct, GFP_ATOMIC);
	if (tstamp)
		tstamp->start = ktime_get_real_ns();
	nf_ct_labels_ext_add(ct);
	if (x->seqadj && !nfct_seqadj(ct))
		nfct_seqadj_ext_add(ct);
	e = nf_ct_ext_add(ct, NF_CT_EXT_ECACHE, GFP_ATOMIC);
	if (e) {
		e->ctmask = ~0;
		e->expmask = ~0;
	}
}

/**
 * saa_flow_insert() - a flow that is not here yet
 * @sync: whose
 * @f: the flow, checked
 * @x: its extras
 * @zone: its zone
 * @orig: its tuple
 * @reply: the tuple of its replies
 * @bulk: number of the bulk, as SAA_CT_BULK has it
 *
 * Return: SAA_SYNC_C_RECEIVED, or why it was refused.
 */
static enum saa_sync_counter
saa_flow_insert(struct saa_sync *sync, const struct saa_sync_flow *f,
		const struct saa_sync_extras *x,
		const struct nf_conntrack_zone *zone,
		const struct nf_conntrack_tuple *orig,
		const struct nf_conntrack_tuple *reply, unsigned long bulk)
{
	enum saa_sync_counter outcome = SAA_SYNC_C_REFUSED_CONFLICT;
	struct nf_conntrack_tuple inverse;
	struct nf_conn *ct;

	if (!nf_ct_invert_tuple(&inverse, orig))
		return SAA_SYNC_C_REFUSED_MALFORMED;
	ct = nf_conntrack_alloc(sync->sn->net, zone, orig, &inverse,
				GFP_KERNEL);
	if (IS_ERR(ct))
		return SAA_SYNC_C_REFUSED_FULL;

	rcu_read_lock();
	if (x->helper)
		saa_helper_get(ct, x->helper);
	if (!saa_flow_nat(ct, ntohl(f->status), reply))
		goto err;
	saa_flow_extend(ct, x);
	ct->status |= IPS_CONFIRMED;
	saa_flow_set(sync, ct, f, x, bulk);
	if (x->master && nf_ct_protonum(ct) != IPPROTO_GRE)
		saa_master_get(sync, ct, x->master);
	switch (nf_conntrack_hash_check_insert(ct)) {
	case 0:
		break;
	case -ENOSPC:
		outcome = SAA_SYNC_C_REFUSED_FULL;
		goto err;
	default:	/* a flow that came just now, or a helper that went */
		outcome = SAA_SYNC_C_REFUSED_BUSY;
		goto err;
	}
	rcu_read_unlock();
	nf_conntrack_eventmask_report(BIT(IPCT_NEW) | BIT(IPCT_REPLY) |
				      BIT(IPCT_ASSURED) | BIT(IPCT_PROTOINFO) |
				      BIT(IPCT_MARK), ct, 0, 0);
	nf_ct_put(ct);
	return SAA_SYNC_C_RECEIVED;

err:
	saa_flow_change(sync, ct, 0, SAA_CT_BACKUP);
	nf_ct_put(ct->master);
	ct->master = NULL;
	nf_conntrack_free(ct);
	rcu_read_unlock();
	return outcome;
}

/*
 * Does this SR own the remote address of a flow? The address as packets had it
 * when their owner was looked up: before any NAT. Not without a table, nor when
 * the flow was never steered: then the SR is right that processed it last. Under
 * rcu_read_lock().
 */
static bool saa_flow_is_mine(const struct saa_sync *sync,
			     const struct nf_conn *ct)
{
	const struct nf_conntrack_tuple *orig = nf_ct_tuple(ct,
							    IP_CT_DIR_ORIGINAL);
	const struct saa_config *cfg = rcu_dereference(sync->sn->config);
	unsigned long status = READ_ONCE(ct->status);

	if (!cfg || !cfg->buckets ||
	    !(status & (SAA_CT_SOUTHBOUND | SAA_CT_NORTHBOUND)))
		return false;
	return saa_is_owned(cfg, nf_ct_l3num(ct),
			    status & SAA_CT_SOUTHBOUND ? &orig->src.u3 :
							 &orig->dst.u3);
}

/*
 * Does a flow that is here count more than what the partner says? One that ends
 * at this SR does: the partner knows nothing of those.
 */
bool saa_flow_keep(const struct saa_sync *sync, const struct nf_conn *ct)
{
	bool keep = false;

	if (!(READ_ONCE(ct->status) & SAA_CT_BACKUP)) {
		rcu_read_lock();
		keep = saa_flow_is_mine(sync, ct) || saa_flow_is_local(sync, ct);
		rcu_read_unlock();
	}
	return keep;
}

/*
 * A flow that ends is still there until all were told, which is waited for: what
 * comes after it has its place. All records of a frame together wait for no longer
 * than a second; what does not get a place then is refused.
 */
static struct nf_conn *saa_flow_find(struct saa_sync *sync,
				     const struct nf_conntrack_zone *zone,
				     const struct nf_conntrack_tuple *tuple)
{
	struct nf_conntrack_tuple_hash *h;
	struct nf_conn *ct;

	while ((h = nf_conntrack_find_get(sync->sn->net, zone, tuple))) {
		ct = nf_ct_tuplehash_to_ctrack(h);
		if (!nf_ct_is_dying(ct) ||
		    time_after(jiffies, sync->dying_until))
			return ct;
		nf_ct_put(ct);
		schedule_timeout_uninterruptible(1);
	}
	return NULL;
}

/* Removes a flow, and does not tell the partner. One that is from before state
 * sync is not told of at its end.
 */
static void saa_flow_remove(struct saa_sync *sync, struct nf_conn *ct)
{
	saa_flow_change(sync, ct, SAA_CT_DROPPED | SAA_CT_BACKUP | SAA_CT_ENDED,
			0);
	nf_ct_delete(ct, 0, 0);
}

/*
 * Makes place for a flow of the partner. Returns SAA_SYNC_C_RECEIVED, or why that
 * is not to be: for one that was never steered, nothing goes that this SR processes
 * itself.
 */
static enum saa_sync_counter
saa_flow_clear(struct saa_sync *sync, bool steered,
	       const struct nf_conntrack_zone *zone,
	       const struct nf_conntrack_tuple *tuple)
{
	enum saa_sync_counter outcome = SAA_SYNC_C_RECEIVED;
	struct nf_conn *ct = saa_flow_find(sync, zone, tuple);

	if (!ct)
		return outcome;
	if (nf_ct_is_dying(ct))
		outcome = SAA_SYNC_C_REFUSED_BUSY;
	else if (saa_flow_keep(sync, ct) ||
		 (!steered && saa_sync_own(sync) &&
		  !(READ_ONCE(ct->status) & SAA_CT_BACKUP)))
		outcome = SAA_SYNC_C_REFUSED_CONFLICT;
	else
		saa_flow_remove(sync, ct);
	nf_ct_put(ct);
	return outcome;
}

/* For a flow that is here already, with the same tuples. */
static enum saa_sync_counter
saa_flow_update(struct saa_sync *sync, struct nf_conn *ct,
		const struct saa_sync_flow *f, const struct saa_sync_extras *x,
		unsigned long bulk)
{
	if (saa_flow_keep(sync, ct))
		return SAA_SYNC_C_REFUSED_STALE;
	saa_flow_set(sync, ct, f, x, bulk);
	return SAA_SYNC_C_RECEIVED;
}

static bool saa_flow_is(const struct nf_conn *ct,
			const struct nf_conntrack_tuple *orig,
			const struct nf_conntrack_tuple *reply)
{
	return nf_ct_tuple_equal(nf_ct_tuple(ct, IP_CT_DIR_ORIGINAL), orig) &&
	       nf_ct_tuple_equal(nf_ct_tuple(ct, IP_CT_DIR_REPLY), reply);
}

static enum saa_sync_counter
saa_flow_apply_live(struct saa_sync *sync, const struct saa_sync_flow *f,
		    const struct nf_conntrack_zone *zone,
		    const struct nf_conntrack_tuple *orig, unsigned long bulk)
{
	bool steered = f->how & (SAA_SYNC_HOW_REMOTE_SRC |
				 SAA_SYNC_HOW_REMOTE_DST);
	enum saa_sync_counter outcome;
	struct nf_conntrack_tuple reply;
	struct saa_sync_extras x;
	struct nf_conn *ct;
	bool dying;

	if (!saa_sync_flow_ok(f, &x))
		return SAA_SYNC_C_REFUSED_MALFORMED;
	saa_tuple_get(&reply, &f->reply, f->record.family, f->record.protocol,
		      IP_CT_DIR_REPLY);
	ct = saa_flow_find(sync, zone, orig);
	if (ct && saa_flow_is(ct, orig, &reply)) {
		outcome = saa_flow_update(sync, ct, f, &x, bulk);
		dying = nf_ct_is_dying(ct);
		nf_ct_put(ct);
		if (!dying)
			return outcome;
		ct = NULL;	/* it went meanwhile, and is made anew */
	}
	nf_ct_put(ct);
	outcome = saa_flow_clear(sync, steered, zone, orig);
	if (outcome == SAA_SYNC_C_RECEIVED)
		outcome = saa_flow_clear(sync, steered, zone, &reply);
	if (outcome != SAA_SYNC_C_RECEIVED)
		return outcome;
	return saa_flow_insert(sync, f, &x, zone, orig, &reply, bulk);
}

static enum saa_sync_counter
saa_flow_apply_gone(struct saa_sync *sync, const struct nf_conntrack_zone *zone,
		    const struct nf_conntrack_tuple *orig)
{
	struct nf_conn *ct = saa_flow_find(sync, zone, orig);
	enum saa_sync_counter outcome = SAA_SYNC_C_RECEIVED;

	if (ct && nf_ct_tuple_equal(nf_ct_tuple(ct, IP_CT_DIR_ORIGINAL), orig)) {
		if (saa_flow_keep(sync, ct))
			outcome = SAA_SYNC_C_REFUSED_STALE;
		else
			saa_flow_remove(sync, ct);
	}
	nf_ct_put(ct);
	return outcome;
}

static enum saa_sync_counter
saa_flow_apply_expects(struct saa_sync *sync, const struct saa_sync_record *r,
		       const struct nf_conntrack_zone *zone,
		       const struct nf_conntrack_tuple *orig)
{
	struct nf_conn *ct = saa_flow_find(sync, zone, orig);
	enum saa_sync_counter outcome;
	bool master;

	master = ct && nf_ct_tuple_equal(nf_ct_tuple(ct, IP_CT_DIR_ORIGINAL),
					 orig);
	outcome = saa_expects_apply(sync, r, master ? ct : NULL);
	nf_ct_put(ct);
	return outcome;
}

/**
 * saa_flow_apply() - do what a record says
 * @sync: whose
 * @r: the record, as long as it says
 * @bulk: number of the bulk that runs or was last, as SAA_CT_BULK has it
 *
 * Context: Process context; may sleep.
 * Return: SAA_SYNC_C_RECEIVED, or why it was refused.
 */
enum saa_sync_counter saa_flow_apply(struct saa_sync *sync,
				     const struct saa_sync_record *r,
				     unsigned long bulk)
{
	struct nf_conntrack_tuple orig;
	struct nf_conntrack_zone zone;

	if (!saa_sync_record_ok(r))
		return SAA_SYNC_C_REFUSED_MALFORMED;
	nf_ct_zone_init(&zone, ntohs(r->zone), r->zone_dir, 0);
	saa_tuple_get(&orig, &r->orig, r->family, r->protocol,
		      IP_CT_DIR_ORIGINAL);
	if (r->kind == SAA_SYNC_GONE)
		return saa_flow_apply_gone(sync, &zone, &orig);
	if (r->kind == SAA_SYNC_EXPECTS)
		return saa_flow_apply_expects(sync, r, &zone, &orig);
	return saa_flow_apply_live(sync, (const struct saa_sync_flow *)r, &zone,
				   &orig, bulk);
}
