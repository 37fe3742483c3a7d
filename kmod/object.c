// SPDX-License-Identifier: GPL-2.0-only
/*
 * The objects of a configuration that is being built: find, add, change and
 * remove one. The configuration is not published yet and belongs to the caller
 * alone; whether it is consistent as a whole is config.c's question.
 *
 * SRs and SNAT rules are counted and shared with other configurations. So a
 * change of one puts a new object in its place, unless nothing changes; only
 * an SR's state is changed in place, by saa_sr_set_state().
 */

#include "saa.h"

static struct saa_sr *saa_sr_alloc(u16 id, const struct saa_tep *tep)
{
	struct saa_sr *sr;

	sr = kzalloc(sizeof(*sr), GFP_KERNEL_ACCOUNT);
	if (!sr)
		return NULL;
	sr->stats = netdev_alloc_pcpu_stats(struct saa_sr_stats);
	if (!sr->stats ||
	    (tep->family && dst_cache_init(&sr->route, GFP_KERNEL_ACCOUNT))) {
		free_percpu(sr->stats);
		kfree(sr);
		return NULL;
	}
	sr->tep = *tep;
	refcount_set(&sr->refs, 1);
	saa_created("sr", sr);
	sr->id = id;
	sr->state = SAA_SR_STATE_UP;
	return sr;
}

void saa_sr_put(struct saa_sr *sr)
{
	if (!refcount_dec_and_test(&sr->refs))
		return;
	saa_destroyed("sr", sr);
	dst_cache_destroy(&sr->route);
	free_percpu(sr->stats);
	kfree(sr);
}

void saa_snat_put(struct saa_snat_rule *rule)
{
	if (!refcount_dec_and_test(&rule->refs))
		return;
	saa_destroyed("snat", rule);
	kfree(rule);
}

/* Position of the first SR whose id is not below @id. */
static unsigned int saa_sr_pos(const struct saa_config *cfg, u16 id)
{
	unsigned int lo = 0, hi = cfg->n_srs;

	while (lo < hi) {
		unsigned int mid = (lo + hi) / 2;

		if (cfg->srs[mid]->id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Position in @cfg->srs of the SR with @id, or -1. */
int saa_sr_index(const struct saa_config *cfg, u16 id)
{
	unsigned int pos = saa_sr_pos(cfg, id);

	return pos < cfg->n_srs && cfg->srs[pos]->id == id ? pos : -1;
}

struct saa_sr *saa_sr_find(const struct saa_config *cfg, u16 id)
{
	int i = saa_sr_index(cfg, id);

	return i < 0 ? NULL : cfg->srs[i];
}

/**
 * saa_sr_add() - add an SR, or change the one with its id
 * @cfg: configuration under construction
 * @old: configuration that the SR is taken over from, or NULL
 * @id: its id
 * @name: its name
 * @tep: its address
 * @state: its enum saa_sr_state; SAA_KEEP_STATE leaves it as it is, a new SR up
 * @extack: for what went wrong
 *
 * Return: 0, -ENOSPC or -ENOMEM.
 */
int saa_sr_add(struct saa_config *cfg, const struct saa_config *old, u16 id,
	       const char *name, const struct saa_tep *tep, u8 state,
	       struct netlink_ext_ack *extack)
{
	struct saa_sr *here = saa_sr_find(cfg, id), *was = here, *sr;
	unsigned int pos = saa_sr_pos(cfg, id);

	if (!here && cfg->n_srs == SAA_SRS_MAX) {
		NL_SET_ERR_MSG_FMT_MOD(extack, "more than %u SRs",
				       SAA_SRS_MAX);
		return -ENOSPC;
	}
	if (!was && old)
		was = saa_sr_find(old, id);

	if (was && !strcmp(was->name, name) &&
	    !memcmp(&was->tep, tep, sizeof(*tep))) {
		refcount_inc(&was->refs);
		sr = was;
	} else {
		sr = saa_sr_alloc(id, tep);
		if (!sr)
			return -ENOMEM;
		strscpy(sr->name, name, sizeof(sr->name));
		if (was)
			sr->state = was->state;
		else if (state != SAA_KEEP_STATE)
			sr->state = state;
	}

	if (here) {
		saa_sr_put(here);
	} else {
		memmove(&cfg->srs[pos + 1], &cfg->srs[pos],
			(cfg->n_srs - pos) * sizeof(*cfg->srs));
		memmove(&cfg->set_state[pos + 1], &cfg->set_state[pos],
			cfg->n_srs - pos);
		cfg->n_srs++;
	}
	cfg->srs[pos] = sr;
	cfg->set_state[pos] = state;
	return 0;
}

int saa_sr_del(struct saa_config *cfg, struct saa_sr *sr,
	       struct netlink_ext_ack *extack)
{
	unsigned int pos = saa_sr_pos(cfg, sr->id);
	u32 i;

	for (i = 0; i < cfg->buckets; i++) {
		if (cfg->rows[i].primary != sr->id &&
		    cfg->rows[i].backup != sr->id)
			continue;
		NL_SET_ERR_MSG_FMT_MOD(extack,
				       "SR %u is in the table (bucket %u); set the table first",
				       sr->id, i);
		return -EBUSY;
	}
	cfg->n_srs--;
	memmove(&cfg->srs[pos], &cfg->srs[pos + 1],
		(cfg->n_srs - pos) * sizeof(*cfg->srs));
	memmove(&cfg->set_state[pos], &cfg->set_state[pos + 1],
		cfg->n_srs - pos);
	saa_sr_put(sr);
	return 0;
}

struct saa_group *saa_group_find(const struct saa_config *cfg, u16 id)
{
	unsigned int i;

	for (i = 0; i < cfg->n_groups; i++)
		if (cfg->groups[i].id == id)
			return &cfg->groups[i];
	return NULL;
}

/**
 * saa_group_add() - add a group, or change the one with its id
 * @cfg: configuration under construction
 * @group: id, side, names; the rest is ignored
 * @extack: for what went wrong
 *
 * Return: 0 or -ENOSPC.
 */
int saa_group_add(struct saa_config *cfg, const struct saa_group *group,
		  struct netlink_ext_ack *extack)
{
	struct saa_group *at = saa_group_find(cfg, group->id);

	if (!at) {
		if (cfg->n_groups == SAA_GROUPS_MAX) {
			NL_SET_ERR_MSG_FMT_MOD(extack, "more than %u groups",
					       SAA_GROUPS_MAX);
			return -ENOSPC;
		}
		at = &cfg->groups[cfg->n_groups++];
		while (at > cfg->groups && at[-1].id > group->id) {
			at[0] = at[-1];
			at--;
		}
		memset(at, 0, sizeof(*at));
	}
	at->id = group->id;
	at->side = group->side;
	strscpy(at->name, group->name, sizeof(at->name));
	strscpy(at->member.ifname, group->member.ifname,
		sizeof(at->member.ifname));
	return 0;
}

int saa_group_del(struct saa_config *cfg, struct saa_group *group,
		  struct netlink_ext_ack *extack)
{
	unsigned int i;

	for (i = 0; i < cfg->n_snat; i++) {
		if (cfg->snat[i]->spec.group != group->id)
			continue;
		NL_SET_ERR_MSG_FMT_MOD(extack,
				       "group %u is in use by the SNAT rule of priority %u",
				       group->id, cfg->snat[i]->spec.priority);
		return -EBUSY;
	}
	cfg->n_groups--;
	memmove(group, group + 1,
		(&cfg->groups[cfg->n_groups] - group) * sizeof(*group));
	return 0;
}

static unsigned int saa_snat_pos(const struct saa_config *cfg, u32 priority)
{
	unsigned int pos = 0;

	while (pos < cfg->n_snat && cfg->snat[pos]->spec.priority < priority)
		pos++;
	return pos;
}

struct saa_snat_rule *saa_snat_find(const struct saa_config *cfg, u32 priority)
{
	unsigned int pos = saa_snat_pos(cfg, priority);

	return pos < cfg->n_snat && cfg->snat[pos]->spec.priority == priority ?
	       cfg->snat[pos] : NULL;
}

/**
 * saa_snat_add() - add a SNAT rule, or change the one with its priority
 * @cfg: configuration under construction
 * @old: configuration that an unchanged rule is taken over from, or NULL
 * @spec: the rule, zeroed where it says nothing
 * @extack: for what went wrong
 *
 * Return: 0, -ENOSPC or -ENOMEM.
 */
int saa_snat_add(struct saa_config *cfg, const struct saa_config *old,
		 const struct saa_snat_spec *spec,
		 struct netlink_ext_ack *extack)
{
	struct saa_snat_rule *was, *rule;
	unsigned int pos = saa_snat_pos(cfg, spec->priority);
	bool replace;

	replace = pos < cfg->n_snat &&
		  cfg->snat[pos]->spec.priority == spec->priority;
	if (!replace && cfg->n_snat == SAA_SNAT_MAX) {
		NL_SET_ERR_MSG_FMT_MOD(extack, "more than %u SNAT rules",
				       SAA_SNAT_MAX);
		return -ENOSPC;
	}

	was = old ? saa_snat_find(old, spec->priority) : NULL;
	if (was && !memcmp(&was->spec, spec, sizeof(*spec))) {
		refcount_inc(&was->refs);
		rule = was;
	} else {
		rule = kzalloc(sizeof(*rule), GFP_KERNEL_ACCOUNT);
		if (!rule)
			return -ENOMEM;
		refcount_set(&rule->refs, 1);
		saa_created("snat", rule);
		memcpy(&rule->spec, spec, sizeof(*spec));
	}

	if (replace) {
		saa_snat_put(cfg->snat[pos]);
	} else {
		memmove(&cfg->snat[pos + 1], &cfg->snat[pos],
			(cfg->n_snat - pos) * sizeof(*cfg->snat));
		cfg->n_snat++;
	}
	cfg->snat[pos] = rule;
	return 0;
}

void saa_snat_del(struct saa_config *cfg, struct saa_snat_rule *rule)
{
	unsigned int pos = saa_snat_pos(cfg, rule->spec.priority);

	cfg->n_snat--;
	memmove(&cfg->snat[pos], &cfg->snat[pos + 1],
		(cfg->n_snat - pos) * sizeof(*cfg->snat));
	saa_snat_put(rule);
}

/**
 * saa_table_resize() - give the table another size, all rows empty
 * @cfg: configuration under construction
 * @buckets: a power of two, or 0 for no table
 *
 * Return: 0 or -ENOMEM.
 */
int saa_table_resize(struct saa_config *cfg, u32 buckets)
{
	struct saa_slots *slots = NULL;
	struct saa_row *rows = NULL;

	if (buckets) {
		rows = kvcalloc(buckets, sizeof(*rows), GFP_KERNEL_ACCOUNT);
		slots = kvcalloc(buckets, sizeof(*slots), GFP_KERNEL_ACCOUNT);
		if (!rows || !slots) {
			kvfree(rows);
			kvfree(slots);
			return -ENOMEM;
		}
	}
	kvfree(cfg->rows);
	kvfree(cfg->slots);
	cfg->rows = rows;
	cfg->slots = slots;
	cfg->buckets = buckets;
	return 0;
}
