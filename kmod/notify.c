// SPDX-License-Identifier: GPL-2.0-only
/*
 * Notifications: each object that is added, changed or removed is told to the
 * multicast group "config" of its namespace. What changed is found by comparing
 * the configurations before and after, in one place for every command. The
 * caller holds sn->lock, so notifications come in the order of the changes.
 */

#include "netlink_gen.h"
#include "saa.h"

/**
 * saa_notify() - tell of one object
 * @sn: the namespace's state
 * @cfg: the configuration that it belongs, or belonged, to
 * @kind: one of SAA_KINDS_*
 * @i: its position, as for saa_fill()
 * @gone: it was removed
 *
 * Context: Process context. Caller must hold sn->lock.
 */
void saa_notify(struct saa_net *sn, const struct saa_config *cfg, u32 kind,
		u32 i, bool gone)
{
	struct sk_buff *skb;
	void *hdr;

	lockdep_assert_held(&sn->lock);
	if (!genl_has_listeners(&saa_nl_family, sn->net, SAA_NLGRP_CONFIG))
		return;
	skb = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!skb)
		goto lost;
	hdr = genlmsg_put(skb, 0, 0, &saa_nl_family, 0,
			  gone ? SAA_CMD_DEL_NTF : SAA_CMD_NEW_NTF);
	if (WARN_ON_ONCE(saa_fill(skb, cfg, kind, i, SAA_FILL_BRIEF))) {
		nlmsg_free(skb);
		goto lost;
	}
	genlmsg_end(skb, hdr);
	genlmsg_multicast_netns(&saa_nl_family, sn->net, skb, 0,
				SAA_NLGRP_CONFIG, GFP_KERNEL);
	return;

lost:
	/* Listeners see ENOBUFS and know that they have missed something. */
	genl_set_err(&saa_nl_family, sn->net, 0, SAA_NLGRP_CONFIG, -ENOBUFS);
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

static bool saa_same_port(const struct saa_port *a, const struct saa_port *b)
{
	return b->set && a->transport == b->transport && a->vni == b->vni &&
	       a->udp_port == b->udp_port &&
	       !strcmp(a->link.ifname, b->link.ifname);
}

static bool saa_same_sync(const struct saa_config *a,
			  const struct saa_config *b)
{
	return !memcmp(&a->sync_spec, &b->sync_spec, sizeof(a->sync_spec));
}

bool saa_same_table(const struct saa_config *a, const struct saa_config *b)
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

	if (old->sync && !(new && new->sync))
		saa_notify(sn, old, SAA_KINDS_SYNC, 0, true);
	for (i = 0; i < old->n_snat; i++)
		if (!new || !saa_snat_find(new, old->snat[i]->spec.priority))
			saa_notify(sn, old, SAA_KINDS_SNAT, i, true);
	if (old->buckets && !(new && new->buckets))
		saa_notify(sn, old, SAA_KINDS_ROWS, 0, true);
	for (i = 0; i < SAA_SIDES; i++)
		if (old->ports[i].set && !(new && new->ports[i].set))
			saa_notify(sn, old, SAA_KINDS_PORT, i, true);
	for (i = 0; i < old->n_groups; i++)
		if (!new || !saa_group_find(new, old->groups[i].id))
			saa_notify(sn, old, SAA_KINDS_GROUP, i, true);
	for (i = 0; i < old->n_srs; i++)
		if (!new || !saa_sr_find(new, old->srs[i]->id))
			saa_notify(sn, old, SAA_KINDS_SR, i, true);
	if (!new)
		saa_notify(sn, old, SAA_KINDS_GATEWAY, 0, true);
}

/* What @new has and @old has not, or has otherwise. */
static void saa_notify_new(struct saa_net *sn, const struct saa_config *old,
			   const struct saa_config *new)
{
	unsigned int i;

	if (!old || !saa_same_gateway(new, old))
		saa_notify(sn, new, SAA_KINDS_GATEWAY, 0, false);
	for (i = 0; i < new->n_srs; i++)
		if (!old || saa_sr_find(old, new->srs[i]->id) != new->srs[i])
			saa_notify(sn, new, SAA_KINDS_SR, i, false);
	for (i = 0; i < new->n_groups; i++) {
		const struct saa_group *g = &new->groups[i];

		if (!old || !saa_same_group(g, saa_group_find(old, g->id)))
			saa_notify(sn, new, SAA_KINDS_GROUP, i, false);
	}
	for (i = 0; i < SAA_SIDES; i++) {
		if (!new->ports[i].set)
			continue;
		if (!old || !saa_same_port(&new->ports[i], &old->ports[i]))
			saa_notify(sn, new, SAA_KINDS_PORT, i, false);
	}
	if (new->buckets && !(old && saa_same_table(new, old)))
		saa_notify(sn, new, SAA_KINDS_ROWS, 0, false);
	for (i = 0; i < new->n_snat; i++)
		if (!old || saa_snat_find(old, new->snat[i]->spec.priority) !=
			    new->snat[i])
			saa_notify(sn, new, SAA_KINDS_SNAT, i, false);
	if (new->sync && !(old && saa_same_sync(new, old)))
		saa_notify(sn, new, SAA_KINDS_SYNC, 0, false);
}

/**
 * saa_notify_change() - tell the difference between two configurations
 * @sn: the namespace's state
 * @old: the one before, or NULL
 * @new: the one now, or NULL
 *
 * Context: Process context. Caller must hold sn->lock.
 */
void saa_notify_change(struct saa_net *sn, const struct saa_config *old,
		       const struct saa_config *new)
{
	if (old)
		saa_notify_gone(sn, old, new);
	if (new)
		saa_notify_new(sn, old, new);
}
