// SPDX-License-Identifier: GPL-2.0-only
/*
 * Notifications: each object that is added, changed or removed is told to the
 * multicast group "config" of its namespace. What changed is found by comparing
 * the configurations before and after, in one place for every command. The
 * caller holds sn->lock, so notifications come in the order of the changes.
 */

#include "netlink_gen.h"
#include "saa.h"

/* A message of @cmd to be filled with one object; NULL if nobody listens. */
static struct sk_buff *saa_notify_begin(struct saa_net *sn, u8 cmd, void **hdr)
{
	struct sk_buff *skb;

	if (!genl_has_listeners(&saa_nl_family, sn->net, SAA_NLGRP_CONFIG))
		return NULL;
	skb = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!skb)
		return NULL;
	*hdr = genlmsg_put(skb, 0, 0, &saa_nl_family, 0, cmd);
	return skb;
}

static void saa_notify_end(struct saa_net *sn, struct sk_buff *skb, void *hdr,
			   int err)
{
	if (WARN_ON_ONCE(err)) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, hdr);
	genlmsg_multicast_netns(&saa_nl_family, sn->net, skb, 0,
				SAA_NLGRP_CONFIG, GFP_KERNEL);
}

static u8 saa_notify_cmd(bool gone)
{
	return gone ? SAA_CMD_DEL_NTF : SAA_CMD_NEW_NTF;
}

static void saa_notify_gateway(struct saa_net *sn,
			       const struct saa_config *cfg, bool gone)
{
	struct sk_buff *skb;
	void *hdr;

	skb = saa_notify_begin(sn, saa_notify_cmd(gone), &hdr);
	if (skb)
		saa_notify_end(sn, skb, hdr,
			       saa_fill_gateway(skb, cfg, false));
}

static void __saa_notify_sr(struct saa_net *sn, const struct saa_sr *sr,
			    bool gone)
{
	struct sk_buff *skb;
	void *hdr;

	skb = saa_notify_begin(sn, saa_notify_cmd(gone), &hdr);
	if (skb)
		saa_notify_end(sn, skb, hdr, saa_fill_sr(skb, sr));
}

static void __saa_notify_group(struct saa_net *sn,
			       const struct saa_group *group, bool gone)
{
	struct sk_buff *skb;
	void *hdr;

	skb = saa_notify_begin(sn, saa_notify_cmd(gone), &hdr);
	if (skb)
		saa_notify_end(sn, skb, hdr, saa_fill_group(skb, group));
}

static void __saa_notify_port(struct saa_net *sn, const struct saa_config *cfg,
			      int side, bool gone)
{
	struct sk_buff *skb;
	void *hdr;

	skb = saa_notify_begin(sn, saa_notify_cmd(gone), &hdr);
	if (skb)
		saa_notify_end(sn, skb, hdr, saa_fill_port(skb, cfg, side));
}

static void saa_notify_snat(struct saa_net *sn,
			    const struct saa_snat_rule *rule, bool gone)
{
	struct sk_buff *skb;
	void *hdr;

	skb = saa_notify_begin(sn, saa_notify_cmd(gone), &hdr);
	if (skb)
		saa_notify_end(sn, skb, hdr, saa_fill_snat(skb, rule));
}

static void saa_notify_table(struct saa_net *sn, const struct saa_config *cfg,
			     bool gone)
{
	struct sk_buff *skb;
	void *hdr;

	skb = saa_notify_begin(sn, saa_notify_cmd(gone), &hdr);
	if (skb)
		saa_notify_end(sn, skb, hdr, saa_fill_rows(skb, cfg, 0, 0));
}

void saa_notify_sr(struct saa_net *sn, const struct saa_sr *sr)
{
	__saa_notify_sr(sn, sr, false);
}

void saa_notify_group(struct saa_net *sn, const struct saa_group *group)
{
	__saa_notify_group(sn, group, false);
}

void saa_notify_port(struct saa_net *sn, const struct saa_config *cfg, int side)
{
	__saa_notify_port(sn, cfg, side, false);
}

static bool saa_same_gateway(const struct saa_config *a,
			     const struct saa_config *b)
{
	return a->id == b->id && a->self_id == b->self_id &&
	       a->has_key == b->has_key && a->buckets == b->buckets &&
	       !strcmp(a->name, b->name) &&
	       !memcmp(a->key_bytes, b->key_bytes, sizeof(a->key_bytes));
}

static bool saa_same_group(const struct saa_group *a, const struct saa_group *b)
{
	return b && a->side == b->side && !strcmp(a->name, b->name) &&
	       !strcmp(a->member.ifname, b->member.ifname);
}

static bool saa_same_table(const struct saa_config *a,
			   const struct saa_config *b)
{
	return a->buckets == b->buckets &&
	       (!a->buckets ||
		!memcmp(a->rows, b->rows, a->buckets * sizeof(*a->rows)));
}

/* What @old has and @new has not. */
static void saa_notify_gone(struct saa_net *sn, const struct saa_config *old,
			    const struct saa_config *new)
{
	unsigned int i;

	for (i = 0; i < old->n_snat; i++)
		if (!new || !saa_snat_find(new, old->snat[i]->spec.priority))
			saa_notify_snat(sn, old->snat[i], true);
	if (old->buckets && !(new && new->buckets))
		saa_notify_table(sn, old, true);
	for (i = 0; i < SAA_SIDES; i++)
		if (old->ports[i].set && !(new && new->ports[i].set))
			__saa_notify_port(sn, old, i, true);
	for (i = 0; i < old->n_groups; i++)
		if (!new || !saa_group_find(new, old->groups[i].id))
			__saa_notify_group(sn, &old->groups[i], true);
	for (i = 0; i < old->n_srs; i++)
		if (!new || !saa_sr_find(new, old->srs[i]->id))
			__saa_notify_sr(sn, old->srs[i], true);
	if (!new)
		saa_notify_gateway(sn, old, true);
}

/* What @new has and @old has not, or has otherwise. */
static void saa_notify_new(struct saa_net *sn, const struct saa_config *old,
			   const struct saa_config *new)
{
	unsigned int i;

	if (!old || !saa_same_gateway(new, old))
		saa_notify_gateway(sn, new, false);
	for (i = 0; i < new->n_srs; i++)
		if (!old || saa_sr_find(old, new->srs[i]->id) != new->srs[i])
			__saa_notify_sr(sn, new->srs[i], false);
	for (i = 0; i < new->n_groups; i++) {
		const struct saa_group *g = &new->groups[i];

		if (!old || !saa_same_group(g, saa_group_find(old, g->id)))
			__saa_notify_group(sn, g, false);
	}
	for (i = 0; i < SAA_SIDES; i++) {
		if (!new->ports[i].set)
			continue;
		if (!old || !old->ports[i].set ||
		    strcmp(new->ports[i].link.ifname,
			   old->ports[i].link.ifname))
			__saa_notify_port(sn, new, i, false);
	}
	if (new->buckets && !(old && saa_same_table(new, old)))
		saa_notify_table(sn, new, false);
	for (i = 0; i < new->n_snat; i++)
		if (!old || saa_snat_find(old, new->snat[i]->spec.priority) !=
			    new->snat[i])
			saa_notify_snat(sn, new->snat[i], false);
}

/**
 * saa_notify() - tell the difference between two configurations
 * @sn: the namespace's state
 * @old: the one before, or NULL
 * @new: the one now, or NULL
 */
void saa_notify(struct saa_net *sn, const struct saa_config *old,
		const struct saa_config *new)
{
	lockdep_assert_held(&sn->lock);
	if (old)
		saa_notify_gone(sn, old, new);
	if (new)
		saa_notify_new(sn, old, new);
}
