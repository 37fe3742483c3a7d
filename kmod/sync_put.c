// SPDX-License-Identifier: GPL-2.0-only
/*
 * State sync: a flow of conntrack into a record.
 *
 * A record holds all that the partner needs to go on with the flow: both
 * directions and so its NAT, status, protocol state, mark, labels, helper,
 * sequence adjustment, the time that is left. TCP's window is not in it, since
 * it would be old at once. Process context.
 */

#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_ecache.h>
#include <net/netfilter/nf_conntrack_helper.h>
#include <net/netfilter/nf_conntrack_labels.h>
#include <net/netfilter/nf_conntrack_seqadj.h>
#include <net/netfilter/nf_conntrack_zones.h>
#include "sync.h"

static_assert(SAA_SYNC_STATUS ==
	      (IPS_EXPECTED | IPS_SEEN_REPLY | IPS_ASSURED | IPS_NAT_MASK |
	       IPS_SEQ_ADJUST | IPS_NAT_DONE_MASK | IPS_FIXED_TIMEOUT));
static_assert(__IPS_MAX_BIT <= SAA_CT_BIT);

/**
 * saa_flow_can() - can the partner go on with flows like this?
 * @ct: the flow
 *
 * Not with PPTP's GRE, whose keys are known to the helper of its master alone.
 */
bool saa_flow_can(const struct nf_conn *ct)
{
	return nf_ct_protonum(ct) != IPPROTO_DCCP &&
	       (nf_ct_protonum(ct) != IPPROTO_GRE || !ct->master);
}

/**
 * saa_flow_wanted() - has the partner use for a flow?
 * @ct: the flow
 *
 * For a TCP connection once it was answered. For others when there was a reply;
 * sync_track.c sees to second packets without one.
 */
bool saa_flow_wanted(const struct nf_conn *ct)
{
	if (!nf_ct_is_confirmed(ct) || nf_ct_is_template(ct) ||
	    (ct->status & IPS_NAT_CLASH) || !saa_flow_can(ct))
		return false;
	return ct->status & (IPS_SEEN_REPLY | SAA_CT_SENT);
}

void saa_tuple_put(struct saa_sync_tuple *to,
		   const struct nf_conntrack_tuple *from)
{
	unsigned int len = from->src.l3num == AF_INET ? 4 : 16;

	memset(to, 0, sizeof(*to));
	memcpy(to->src, &from->src.u3, len);
	memcpy(to->dst, &from->dst.u3, len);
	to->src_id = from->src.u.all;
	to->dst_id = from->dst.u.all;
}

void saa_record_put(struct saa_sync_record *r, u8 kind, unsigned int len,
		    const struct nf_conn *ct)
{
	const struct nf_conntrack_zone *zone = nf_ct_zone(ct);

	r->len = htons(len);
	r->kind = kind;
	r->family = nf_ct_l3num(ct);
	r->protocol = nf_ct_protonum(ct);
	r->zone_dir = zone->dir;
	r->zone = htons(zone->id);
	saa_tuple_put(&r->orig, nf_ct_tuple(ct, IP_CT_DIR_ORIGINAL));
}

static void *saa_extra_put(void *at, u8 type, unsigned int len)
{
	struct saa_sync_extra *e = at;

	e->type = type;
	e->pad = 0;
	e->len = htons(len);
	return e + 1;
}

static void *saa_labels_put(void *at, const struct nf_conn *ct)
{
	const struct nf_conn_labels *labels = nf_ct_labels_find(ct);

	BUILD_BUG_ON(sizeof(*labels) != SAA_SYNC_LABELS_LEN);
	if (!labels || !memchr_inv(labels, 0, sizeof(*labels)))
		return at;
	at = saa_extra_put(at, SAA_SYNC_LABELS, sizeof(*labels));
	memcpy(at, labels, sizeof(*labels));
	return at + sizeof(*labels);
}

/* Under rcu_read_lock(). */
static void *saa_helper_put(void *at, const struct nf_conn *ct)
{
	const struct nf_conntrack_helper *helper;
	const struct nf_conn_help *help = nfct_help(ct);

	helper = help ? rcu_dereference(help->helper) : NULL;
	if (!helper)
		return at;
	at = saa_extra_put(at, SAA_SYNC_HELPER, SAA_SYNC_HELPER_LEN);
	strscpy_pad(at, helper->name, SAA_SYNC_HELPER_LEN);
	return at + SAA_SYNC_HELPER_LEN;
}

static void *saa_seqadj_put(void *at, const struct nf_conn *ct)
{
	const struct nf_conn_seqadj *seqadj = nfct_seqadj(ct);
	struct saa_sync_seqadj *to;
	unsigned int i;

	if (!seqadj || !(ct->status & IPS_SEQ_ADJUST))
		return at;
	to = saa_extra_put(at, SAA_SYNC_SEQADJ, sizeof(*to));
	for (i = 0; i < IP_CT_DIR_MAX; i++) {
		const struct nf_ct_seqadj *seq = &seqadj->seq[i];

		to->dir[i].correction_pos = htonl(seq->correction_pos);
		to->dir[i].offset_before = htonl(seq->offset_before);
		to->dir[i].offset_after = htonl(seq->offset_after);
	}
	return to + 1;
}

static void *saa_master_put(void *at, const struct nf_conn *ct)
{
	if (!ct->master || nf_ct_l3num(ct->master) != nf_ct_l3num(ct) ||
	    nf_ct_protonum(ct->master) != IPPROTO_TCP)
		return at;
	at = saa_extra_put(at, SAA_SYNC_MASTER, sizeof(struct saa_sync_tuple));
	saa_tuple_put(at, nf_ct_tuple(ct->master, IP_CT_DIR_ORIGINAL));
	return at + sizeof(struct saa_sync_tuple);
}

static void saa_proto_put(struct saa_sync_flow *f, struct nf_conn *ct)
{
	unsigned int i;

	switch (nf_ct_protonum(ct)) {
	case IPPROTO_TCP:
		f->state = ct->proto.tcp.state;
		for (i = 0; i < IP_CT_DIR_MAX; i++) {
			f->flags[i] = ct->proto.tcp.seen[i].flags &
				      SAA_SYNC_TCP_FLAGS;
			f->scale[i] = ct->proto.tcp.seen[i].td_scale;
		}
		break;
	case IPPROTO_SCTP:
		f->state = ct->proto.sctp.state;
		for (i = 0; i < IP_CT_DIR_MAX; i++)
			f->vtag[i] = ct->proto.sctp.vtag[i];
		break;
	}
}

/*
 * Is there, in the place of a flow that goes, another one that the partner has use
 * for? Rings are not read in the order of events across CPUs. The one that goes is
 * in conntrack's table until all are told of its end.
 */
static struct nf_conn *saa_flow_successor(const struct nf_conn *ct)
{
	struct nf_conntrack_tuple_hash *h;
	struct nf_conn *successor;

	h = nf_conntrack_find_get(nf_ct_net(ct), nf_ct_zone(ct),
				  nf_ct_tuple(ct, IP_CT_DIR_ORIGINAL));
	if (!h)
		return NULL;
	successor = nf_ct_tuplehash_to_ctrack(h);
	if (NF_CT_DIRECTION(h) == IP_CT_DIR_ORIGINAL &&
	    !nf_ct_is_dying(successor) && saa_flow_wanted(successor))
		return successor;
	nf_ct_put(successor);
	return NULL;
}

static u8 saa_flow_how(const struct nf_conn *ct)
{
	const struct nf_conntrack_ecache *e = nf_ct_ecache_find(ct);
	u8 how = 0;

	if (READ_ONCE(ct->status) & SAA_CT_SOUTHBOUND)
		how |= SAA_SYNC_HOW_REMOTE_SRC;
	if (READ_ONCE(ct->status) & SAA_CT_NORTHBOUND)
		how |= SAA_SYNC_HOW_REMOTE_DST;
	/* Older than state sync, or the events that it has were chosen. */
	if (!e || !(e->ctmask & BIT(IPCT_DESTROY)))
		how |= SAA_SYNC_HOW_UNTOLD;
	return how;
}

static unsigned int saa_flow_put_live(struct nf_conn *ct,
				      struct saa_sync_flow *f)
{
	void *at = f + 1;

	memset(f, 0, sizeof(*f));
	spin_lock_bh(&ct->lock);
	saa_tuple_put(&f->reply, nf_ct_tuple(ct, IP_CT_DIR_REPLY));
	f->status = htonl((u32)READ_ONCE(ct->status) & SAA_SYNC_STATUS);
	f->timeout = htonl(nf_ct_expires(ct) / HZ);
	f->how = saa_flow_how(ct);
#ifdef CONFIG_NF_CONNTRACK_MARK
	f->mark = htonl(READ_ONCE(ct->mark));
#endif
	saa_proto_put(f, ct);
	at = saa_labels_put(at, ct);
	at = saa_helper_put(at, ct);
	at = saa_seqadj_put(at, ct);
	at = saa_master_put(at, ct);
	spin_unlock_bh(&ct->lock);
	saa_record_put(&f->record, SAA_SYNC_FLOW, at - (void *)f, ct);
	return at - (void *)f;
}

/* Is an address of this SR at one of a flow's ends? Under rcu_read_lock(). */
bool saa_flow_is_local(const struct saa_sync *sync, const struct nf_conn *ct)
{
	u8 family = nf_ct_l3num(ct);
	int dir;

	for (dir = 0; dir < IP_CT_DIR_MAX; dir++)
		if (saa_is_local(sync->sn, NULL, family,
				 &nf_ct_tuple(ct, dir)->src.u3))
			return true;
	return false;
}

/**
 * saa_flow_put() - make the record of a flow as it is now
 * @sync: whose
 * @ct: the flow, dying if it is gone
 * @buf: where to, SAA_SYNC_RECORD_MAX bytes
 *
 * Return: the record's length, 0 if there is nothing to tell.
 */
unsigned int saa_flow_put(struct saa_sync *sync, struct nf_conn *ct, void *buf)
{
	struct nf_conn *successor = NULL;
	unsigned int len = 0;

	if (nf_ct_l3num(ct) != AF_INET && nf_ct_l3num(ct) != AF_INET6)
		return 0;
	rcu_read_lock();
	if (nf_ct_is_dying(ct)) {
		successor = saa_flow_successor(ct);
		if (!successor && !(READ_ONCE(ct->status) & SAA_CT_BACKUP)) {
			len = sizeof(struct saa_sync_record);
			saa_record_put(buf, SAA_SYNC_GONE, len, ct);
		}
		if (!successor)
			goto out;
		ct = successor;
		set_bit(SAA_CT_SENT_BIT, &ct->status);
	}
	if (!(READ_ONCE(ct->status) & SAA_CT_BACKUP) &&
	    !saa_flow_is_local(sync, ct))
		len = saa_flow_put_live(ct, buf);
out:
	rcu_read_unlock();
	nf_ct_put(successor);
	return len;
}

