// SPDX-License-Identifier: GPL-2.0-only
/*
 * State sync: what helpers expect, such as a data connection of FTP that was
 * announced and not opened yet.
 *
 * Expectations belong to the flow that announced them, the master. They are sent
 * after it, all of them, each time that it or one of them changes, and take the
 * place of those that the partner had. There they live as long as the policy of
 * the helper says, from then on: it is told when they are met, or end. How many
 * there may be, that policy says too. Process context.
 *
 * Those that only userspace makes, with other masks than all or nothing, and those
 * that give a helper to what they expect are not sent.
 */

#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_expect.h>
#include <net/netfilter/nf_conntrack_helper.h>
#include "compat.h"
#include "sync.h"

static_assert(SAA_SYNC_EXPECT_PERMANENT == NF_CT_EXPECT_PERMANENT);
static_assert(SAA_SYNC_EXPECT_INACTIVE == NF_CT_EXPECT_INACTIVE);

/* What a mask leaves open, in SAA_SYNC_EXPECT_ANY_*; negative if only a part. */
static int saa_expect_any(const struct nf_conntrack_expect *exp, u8 family)
{
	unsigned int len = family == AF_INET ? 4 : 16;
	const u8 *addr = (const u8 *)&exp->mask.src.u3;
	int any = 0;

	if (addr[0] != 0 && addr[0] != 0xff)
		return -EINVAL;
	if (memchr_inv(addr, addr[0], len))
		return -EINVAL;
	if (!addr[0])
		any |= SAA_SYNC_EXPECT_ANY_SRC;
	if (!exp->mask.src.u.all)
		any |= SAA_SYNC_EXPECT_ANY_SRC_ID;
	else if (exp->mask.src.u.all != htons(0xffff))
		return -EINVAL;
	return any;
}

/* Under nf_conntrack_expect_lock. Returns false if it is not sent. */
static bool saa_expect_put(const struct nf_conntrack_expect *exp, u8 family,
			   struct saa_sync_expect *e)
{
	unsigned int len = family == AF_INET ? 4 : 16;
	const struct nf_ct_helper_expectfn *fn = NULL;
	int any = saa_expect_any(exp, family);
	u8 protocol = exp->tuple.dst.protonum;

	if (any < 0 || exp->tuple.src.l3num != family ||
	    (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP) ||
	    (exp->flags & ~SAA_SYNC_EXPECT_FLAGS) ||
	    saa_expect_expired(exp) || saa_expect_assigns(exp))
		return false;
	if (exp->expectfn) {
		fn = nf_ct_helper_expectfn_find_by_symbol(exp->expectfn);
		if (!fn || strlen(fn->name) >= sizeof(e->nat))
			return false;
	}
	memset(e, 0, sizeof(*e));
	saa_tuple_put(&e->tuple, &exp->tuple);
	e->protocol = protocol;
	e->class = exp->class;
	e->flags = exp->flags;
	e->any = any;
	if (!fn)	/* what only NAT uses is not even initialised */
		return true;
	memcpy(e->saved, &exp->saved_addr, len);
	e->saved_id = exp->saved_proto.all;
	e->dir = exp->dir;
	strscpy(e->nat, fn->name, sizeof(e->nat));
	return true;
}

/**
 * saa_expects_put() - make the record of what a flow expects now
 * @ct: the flow, of which a record was made before
 * @buf: where to, all that is left of SAA_SYNC_RECORDS_MAX bytes
 *
 * Return: the record's length, 0 for a flow without a helper.
 */
unsigned int saa_expects_put(struct nf_conn *ct, void *buf)
{
	struct saa_sync_expect *e = buf + sizeof(struct saa_sync_record);
	const struct nf_conn_help *help = nfct_help(ct);
	const struct nf_conntrack_expect *exp;
	unsigned int n = 0, len;

	if (!help || nf_ct_is_dying(ct))
		return 0;
	rcu_read_lock();
	spin_lock_bh(&nf_conntrack_expect_lock);
	hlist_for_each_entry(exp, &help->expectations, lnode) {
		if (n == SAA_SYNC_EXPECTS_MAX)
			break;
		n += saa_expect_put(exp, nf_ct_l3num(ct), &e[n]);
	}
	spin_unlock_bh(&nf_conntrack_expect_lock);
	rcu_read_unlock();
	len = sizeof(struct saa_sync_record) + n * sizeof(*e);
	saa_record_put(buf, SAA_SYNC_EXPECTS, len, ct);
	return len;
}

/* Under rcu_read_lock(). Returns false if the helper is not one that does so. */
static bool saa_expect_get(struct nf_conn *master,
			   const struct saa_sync_expect *e)
{
	const union nf_inet_addr *src = (const union nf_inet_addr *)e->tuple.src;
	const union nf_inet_addr *dst = (const union nf_inet_addr *)e->tuple.dst;
	const struct nf_conntrack_helper *helper;
	const struct nf_ct_helper_expectfn *fn = NULL;
	struct nf_conntrack_expect *exp;
	bool done;

	helper = rcu_dereference(nfct_help(master)->helper);
	if (!helper || e->class > helper->expect_class_max)
		return false;
	if (e->nat[0]) {
		fn = nf_ct_helper_expectfn_find_by_name(e->nat);
		if (!fn)
			return false;
	}
	exp = nf_ct_expect_alloc(master);
	if (!exp)
		return false;
	nf_ct_expect_init(exp, e->class, nf_ct_l3num(master),
			  e->any & SAA_SYNC_EXPECT_ANY_SRC ? NULL : src, dst,
			  e->protocol,
			  e->any & SAA_SYNC_EXPECT_ANY_SRC_ID ? NULL :
			  &e->tuple.src_id, &e->tuple.dst_id);
	exp->flags = e->flags;
	memcpy(&exp->saved_addr, e->saved, sizeof(e->saved));
	exp->saved_proto.all = e->saved_id;
	exp->dir = e->dir;
	exp->expectfn = fn ? fn->expectfn : NULL;
	done = !nf_ct_expect_related(exp, 0);
	nf_ct_expect_put(exp);
	return done;
}

/**
 * saa_expects_apply() - give a flow of the partner what it expects
 * @sync: whose partner
 * @r: the record, checked
 * @master: the flow with its tuple, or NULL
 *
 * Return: SAA_SYNC_C_RECEIVED, or why it was refused.
 */
enum saa_sync_counter saa_expects_apply(struct saa_sync *sync,
					const struct saa_sync_record *r,
					struct nf_conn *master)
{
	const struct saa_sync_expect *e = (const void *)(r + 1);
	enum saa_sync_counter outcome = SAA_SYNC_C_RECEIVED;
	int i, n = saa_sync_expects_count(r);

	if (!master || !nfct_help(master))
		return n ? SAA_SYNC_C_REFUSED_EXPECT : SAA_SYNC_C_RECEIVED;
	if (saa_flow_keep(sync, master))
		return SAA_SYNC_C_REFUSED_STALE;
	nf_ct_remove_expectations(master);
	rcu_read_lock();
	for (i = 0; i < n; i++)
		if (!saa_expect_get(master, &e[i]))
			outcome = SAA_SYNC_C_REFUSED_EXPECT;
	rcu_read_unlock();
	return outcome;
}
