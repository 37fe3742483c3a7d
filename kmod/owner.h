/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who owns a flow: saa_owner() is the one place where an owner is picked, for
 * the hook in steer.c and, through saa_decide(), for XDP (xdp.c) and "explain"
 * (explain.c). In line, since each packet crosses it.
 */
#ifndef _SAA_OWNER_H
#define _SAA_OWNER_H

#include "saa.h"

static inline bool saa_sr_up(const struct saa_sr *sr)
{
	return READ_ONCE(sr->state) == SAA_SR_STATE_UP;
}

/* Inlined, as is what calls it, for the two lengths of an address. */
static __always_inline u32 saa_addr_hash(const struct saa_config *cfg,
					 u8 family, const void *addr)
{
	if (family == AF_INET)
		return saa_hash(addr, 4, &cfg->key);
	return saa_hash(addr, 16, &cfg->key);
}

/* The owner: the primary of the row if it is up, else the backup, or none. */
static __always_inline struct saa_sr *saa_owner(const struct saa_config *cfg,
						u8 family, const void *remote)
{
	u32 bucket = saa_addr_hash(cfg, family, remote) & (cfg->buckets - 1);
	const struct saa_slots *slots = &cfg->slots[bucket];
	struct saa_sr *sr = cfg->srs[slots->primary];

	if (likely(saa_sr_up(sr)))
		return sr;
	if (slots->backup == SAA_NO_SLOT)
		return NULL;
	sr = cfg->srs[slots->backup];
	return saa_sr_up(sr) ? sr : NULL;
}

/* The destination of what comes from the south, the source from the north. */
static __always_inline const void *saa_remote(const struct saa_flow *flow,
					      u8 side)
{
	return side == SAA_SIDE_SOUTH ? flow->dst : flow->src;
}

/**
 * saa_decide() - find the owner of a packet
 * @sn: the namespace's state
 * @dev: the device that it was received on
 * @cfg: the configuration
 * @side: enum saa_side of that device
 * @flow: its addresses
 * @owner: filled with its owner, NULL if none is up; not with
 *	SAA_VERDICT_NO_TABLE
 *
 * Cheapest first: only what would leave this SR is looked up among the local
 * addresses.
 *
 * Context: Under rcu_read_lock().
 * Return: SAA_VERDICT_NO_TABLE, _OWNED, _LOCAL, _PUNT or _NO_OWNER.
 */
static __always_inline enum saa_verdict
saa_decide(const struct saa_net *sn, const struct net_device *dev,
	   const struct saa_config *cfg, u8 side, const struct saa_flow *flow,
	   struct saa_sr **owner)
{
	struct saa_sr *sr;

	if (unlikely(!cfg->buckets))
		return SAA_VERDICT_NO_TABLE;
	sr = saa_owner(cfg, flow->family, saa_remote(flow, side));
	*owner = sr;
	if (sr == cfg->self)
		return SAA_VERDICT_OWNED;
	if (saa_is_local(sn, dev, flow->family, flow->local))
		return SAA_VERDICT_LOCAL;
	return sr ? SAA_VERDICT_PUNT : SAA_VERDICT_NO_OWNER;
}

#endif /* _SAA_OWNER_H */
