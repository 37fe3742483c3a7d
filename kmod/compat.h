/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between kernels. Kbuild looks at their headers, and defines
 * SAA_HAVE_*.
 */
#ifndef _SAA_COMPAT_H
#define _SAA_COMPAT_H

#include <net/netfilter/nf_conntrack_expect.h>
#include <net/netfilter/nf_conntrack_helper.h>

/*
 * A helper for a flow, which gives it back when it ends. Under rcu_read_lock().
 * Returns false if the helper is going.
 */
static inline bool saa_helper_hold(struct nf_conntrack_helper *helper)
{
#ifdef SAA_HAVE_HELPER_REFS
	return refcount_inc_not_zero(&helper->ct_refcnt);
#else
	return true;	/* who removes it takes it away from the flows */
#endif
}

/* Is it over, and only not removed yet? */
static inline bool saa_expect_expired(const struct nf_conntrack_expect *exp)
{
#ifdef SAA_HAVE_EXPECT_EXPIRED
	return nf_ct_exp_is_expired(exp);
#else
	return false;	/* a timer removes it */
#endif
}

/* Does what it expects get another helper? Under rcu_read_lock(). */
static inline bool saa_expect_assigns(const struct nf_conntrack_expect *exp)
{
#ifdef SAA_HAVE_EXPECT_ASSIGN
	return rcu_access_pointer(exp->assign_helper);
#else
	/* Some kernels have the helper that expects it there, too. */
	return exp->helper &&
	       rcu_access_pointer(exp->helper) !=
	       rcu_access_pointer(nfct_help(exp->master)->helper);
#endif
}

#endif /* _SAA_COMPAT_H */
