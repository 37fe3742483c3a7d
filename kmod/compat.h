/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between kernels. Kbuild looks at their headers, and defines
 * SAA_HAVE_*.
 */
#ifndef _SAA_COMPAT_H
#define _SAA_COMPAT_H

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

#endif /* _SAA_COMPAT_H */
