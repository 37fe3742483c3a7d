// SPDX-License-Identifier: GPL-2.0-only
/*
 * Configurations as a whole: copy, check, publish, free.
 *
 * Publishing goes in steps that can be undone until the pointer is stored:
 * check; bind names to devices; attach the ports; register hooks. Then the
 * pointer is stored, which is when everything takes effect; then what only the
 * old configuration needed goes, and the old one is freed after a grace
 * period. All under RTNL and sn->lock.
 */

#include <linux/ipv6.h>
#include <linux/rtnetlink.h>
#include "saa.h"
#include "trace.h"

struct saa_config *saa_config_alloc(void)
{
	struct saa_config *cfg;

	cfg = kvzalloc(sizeof(*cfg), GFP_KERNEL_ACCOUNT);
	if (!cfg)
		return NULL;
	saa_created("config", cfg);
	cfg->srs = kvcalloc(SAA_SRS_MAX, sizeof(*cfg->srs), GFP_KERNEL_ACCOUNT);
	cfg->groups = kvcalloc(SAA_GROUPS_MAX, sizeof(*cfg->groups),
			       GFP_KERNEL_ACCOUNT);
	cfg->snat = kvcalloc(SAA_SNAT_MAX, sizeof(*cfg->snat), GFP_KERNEL_ACCOUNT);
	if (!cfg->srs || !cfg->groups || !cfg->snat) {
		saa_config_free(cfg);
		return NULL;
	}
	return cfg;
}

/**
 * saa_config_clone() - a copy to change
 * @old: what to copy
 *
 * The copy shares SRs and SNAT rules with @old and is bound to no device.
 *
 * Return: the copy, for saa_config_publish() or saa_config_free(); NULL
 * without memory.
 */
struct saa_config *saa_config_clone(const struct saa_config *old)
{
	struct saa_config *cfg = saa_config_alloc();
	unsigned int i;

	if (!cfg)
		return NULL;

	strscpy(cfg->name, old->name, sizeof(cfg->name));
	cfg->id = old->id;
	cfg->self_id = old->self_id;
	cfg->key = old->key;
	cfg->has_key = old->has_key;
	memcpy(cfg->key_bytes, old->key_bytes, sizeof(cfg->key_bytes));
	for (i = 0; i < old->n_srs; i++) {
		refcount_inc(&old->srs[i]->refs);
		cfg->set_state[i] = SAA_KEEP_STATE;
		cfg->srs[cfg->n_srs++] = old->srs[i];
	}
	for (i = 0; i < old->n_snat; i++) {
		refcount_inc(&old->snat[i]->refs);
		cfg->snat[cfg->n_snat++] = old->snat[i];
	}
	for (i = 0; i < old->n_groups; i++)
		saa_group_add(cfg, &old->groups[i], NULL);
	for (i = 0; i < SAA_SIDES; i++) {
		cfg->ports[i].set = old->ports[i].set;
		cfg->ports[i].transport = old->ports[i].transport;
		cfg->ports[i].vni = old->ports[i].vni;
		cfg->ports[i].udp_port = old->ports[i].udp_port;
		strscpy(cfg->ports[i].link.ifname, old->ports[i].link.ifname,
			IFNAMSIZ);
	}
	cfg->sync_spec = old->sync_spec;
	if (saa_table_resize(cfg, old->buckets)) {
		saa_config_free(cfg);
		return NULL;
	}
	if (old->buckets)
		memcpy(cfg->rows, old->rows,
		       old->buckets * sizeof(*old->rows));
	return cfg;
}

/* Frees a configuration that nobody reads; any context. */
void saa_config_free(struct saa_config *cfg)
{
	unsigned int i;

	saa_unbind(cfg);
	for (i = 0; i < cfg->n_srs; i++)
		saa_sr_put(cfg->srs[i]);
	for (i = 0; i < cfg->n_snat; i++)
		saa_snat_put(cfg->snat[i]);
	saa_sync_put(cfg->sync);
	if (cfg->sync_net)
		put_net(cfg->sync_net);
	kvfree(cfg->rows);
	kvfree(cfg->slots);
	kvfree(cfg->srs);
	kvfree(cfg->groups);
	kvfree(cfg->snat);
	memzero_explicit(&cfg->key, sizeof(cfg->key));
	memzero_explicit(cfg->key_bytes, sizeof(cfg->key_bytes));
	memzero_explicit(&cfg->sync_spec, sizeof(cfg->sync_spec));
	saa_destroyed("config", cfg);
	kvfree(cfg);
}

static void saa_config_free_rcu(struct rcu_head *rcu)
{
	saa_config_free(container_of(rcu, struct saa_config, rcu));
}

static int saa_check_groups(const struct saa_config *cfg,
			    struct netlink_ext_ack *extack)
{
	unsigned int i, j;

	for (i = 0; i < cfg->n_groups; i++) {
		const struct saa_group *g = &cfg->groups[i];

		for (j = 0; j < i; j++) {
			if (strcmp(g->member.ifname,
				   cfg->groups[j].member.ifname))
				continue;
			NL_SET_ERR_MSG_FMT_MOD(extack,
					       "interface %s is a member of groups %u and %u",
					       g->member.ifname,
					       cfg->groups[j].id, g->id);
			return -EINVAL;
		}
		for (j = 0; j < SAA_SIDES; j++) {
			if (!cfg->ports[j].set ||
			    strcmp(g->member.ifname,
				   cfg->ports[j].link.ifname))
				continue;
			NL_SET_ERR_MSG_FMT_MOD(extack,
					       "interface %s is a shadow port and a member of group %u",
					       g->member.ifname, g->id);
			return -EINVAL;
		}
	}
	return 0;
}

/* Both ports may have one interface if their transport tells them apart. */
static int saa_check_ports(const struct saa_config *cfg,
			   struct netlink_ext_ack *extack)
{
	const struct saa_port *north = &cfg->ports[SAA_SIDE_NORTH];
	const struct saa_port *south = &cfg->ports[SAA_SIDE_SOUTH];

	if (!north->set || !south->set)
		return 0;
	if (north->vni && north->vni == south->vni) {
		NL_SET_ERR_MSG_FMT_MOD(extack,
				       "VNI %u is that of both punt switches",
				       north->vni);
		return -EINVAL;
	}
	if (!strcmp(north->link.ifname, south->link.ifname) &&
	    !(north->vni && south->vni)) {
		NL_SET_ERR_MSG_FMT_MOD(extack,
				       "interface %s is the shadow port of both sides",
				       north->link.ifname);
		return -EINVAL;
	}
	return 0;
}

/* Punting over Geneve takes an address of every SR, all of one family. */
static int saa_check_teps(const struct saa_config *cfg,
			  struct netlink_ext_ack *extack)
{
	unsigned int i;

	if (!saa_uses_geneve(cfg))
		return 0;
	for (i = 0; i < cfg->n_srs; i++) {
		const struct saa_sr *sr = cfg->srs[i];

		if (sr->tep.family &&
		    sr->tep.family == cfg->srs[0]->tep.family)
			continue;
		if (sr->tep.family)
			NL_SET_ERR_MSG_FMT_MOD(extack,
					       "addresses of SRs %u and %u: one is IPv4, one IPv6",
					       cfg->srs[0]->id, sr->id);
		else
			NL_SET_ERR_MSG_FMT_MOD(extack,
					       "SR %u has no address, which transport geneve needs",
					       sr->id);
		return -EINVAL;
	}
	if (cfg->n_srs && cfg->srs[0]->tep.family == AF_INET6 &&
	    !ipv6_mod_enabled()) {
		NL_SET_ERR_MSG_MOD(extack,
				   "the SRs have IPv6 addresses, but IPv6 is disabled here");
		return -EAFNOSUPPORT;
	}
	return 0;
}

static int saa_check_snat(const struct saa_config *cfg,
			  struct netlink_ext_ack *extack)
{
	unsigned int i;

	for (i = 0; i < cfg->n_snat; i++) {
		const struct saa_snat_spec *spec = &cfg->snat[i]->spec;
		const struct saa_group *g = saa_group_find(cfg, spec->group);

		if (!g) {
			NL_SET_ERR_MSG_FMT_MOD(extack,
					       "SNAT rule of priority %u: no group %u",
					       spec->priority, spec->group);
			return -ENOENT;
		}
		if (g->side != SAA_SIDE_NORTH) {
			NL_SET_ERR_MSG_FMT_MOD(extack,
					       "SNAT rule of priority %u: group %u is not on the north side",
					       spec->priority, spec->group);
			return -EINVAL;
		}
	}
	return 0;
}

/* Rows by SR id to slots by position; refuses ids of no SR. */
static int saa_compile_table(struct saa_config *cfg,
			     struct netlink_ext_ack *extack)
{
	unsigned int i, j;
	u16 *slot_of;
	int err = 0;
	u32 b;

	if (!cfg->buckets)
		return 0;

	slot_of = kvmalloc_array(U16_MAX + 1, sizeof(*slot_of), GFP_KERNEL_ACCOUNT);
	if (!slot_of)
		return -ENOMEM;
	for (i = 0; i <= U16_MAX; i++)
		slot_of[i] = SAA_NO_SLOT;
	for (j = 0; j < cfg->n_srs; j++)
		slot_of[cfg->srs[j]->id] = j;

	for (b = 0; b < cfg->buckets; b++) {
		const struct saa_row *row = &cfg->rows[b];
		struct saa_slots *slots = &cfg->slots[b];

		slots->primary = slot_of[row->primary];
		slots->backup = slot_of[row->backup];
		if (slots->primary == SAA_NO_SLOT ||
		    (row->backup && slots->backup == SAA_NO_SLOT)) {
			NL_SET_ERR_MSG_FMT_MOD(extack,
					       "bucket %u: no SR %u", b,
					       slots->primary == SAA_NO_SLOT ?
					       row->primary : row->backup);
			err = -ENOENT;
			break;
		}
		if (row->primary == row->backup) {
			NL_SET_ERR_MSG_FMT_MOD(extack,
					       "bucket %u: SR %u is primary and backup",
					       b, row->primary);
			err = -EINVAL;
			break;
		}
	}
	kvfree(slot_of);
	return err;
}

static void saa_derive(struct saa_config *cfg)
{
	unsigned int i;

	saa_key_init(&cfg->key, cfg->key_bytes);
	cfg->self = saa_sr_find(cfg, cfg->self_id);
	for (i = 0; i < SAA_SIDES; i++) {
		struct saa_port *port = &cfg->ports[i];
		u8 side = i == SAA_SIDE_SOUTH ? SAA_MAC_SOUTH : 0;

		port->ops = port->transport == SAA_TRANSPORT_GENEVE ?
			    &saa_geneve : &saa_l2;
		saa_punt_mac(port->mac, side, cfg->id, cfg->self_id);
		saa_punt_mac(port->mac_second, side | SAA_MAC_SECOND, cfg->id,
			     cfg->self_id);
	}
	for (i = 0; i < cfg->n_groups; i++) {
		struct saa_group *g = &cfg->groups[i];

		hlist_add_head(&g->by_id,
			       &cfg->groups_by_id[hash_32(g->id,
							  SAA_HASH_BITS)]);
	}
}

/* Is @cfg complete enough for its table to be used? */
static int saa_check_table(const struct saa_config *cfg,
			   struct netlink_ext_ack *extack)
{
	if (!cfg->buckets)
		return 0;
	if (!cfg->has_key) {
		NL_SET_ERR_MSG_MOD(extack, "a table needs a hash key");
		return -EINVAL;
	}
	if (!cfg->self) {
		NL_SET_ERR_MSG_FMT_MOD(extack,
				       "this SR, %u, is not among the gateway's SRs",
				       cfg->self_id);
		return -EINVAL;
	}
	if (cfg->n_srs > cfg->buckets) {
		NL_SET_ERR_MSG_FMT_MOD(extack, "%u SRs, but only %u buckets",
				       cfg->n_srs, cfg->buckets);
		return -EINVAL;
	}
	if (cfg->n_srs > 1 && (!cfg->ports[SAA_SIDE_NORTH].set ||
			       !cfg->ports[SAA_SIDE_SOUTH].set)) {
		NL_SET_ERR_MSG_FMT_MOD(extack,
				       "a table of %u SRs needs a north and a south shadow port",
				       cfg->n_srs);
		return -EINVAL;
	}
	return 0;
}

static int saa_config_check(struct saa_config *cfg,
			    struct netlink_ext_ack *extack)
{
	int err;

	if (!cfg->id || !cfg->self_id) {
		NL_SET_ERR_MSG_MOD(extack,
				   "no gateway: its id and this SR's id are needed");
		return -EINVAL;
	}
	err = saa_check_groups(cfg, extack);
	if (err)
		return err;
	err = saa_check_ports(cfg, extack);
	if (err)
		return err;
	err = saa_check_teps(cfg, extack);
	if (err)
		return err;
	err = saa_check_snat(cfg, extack);
	if (err)
		return err;
	err = saa_sync_check(cfg, extack);
	if (err)
		return err;
	err = saa_compile_table(cfg, extack);
	if (err)
		return err;
	saa_derive(cfg);
	return saa_check_table(cfg, extack);
}

/* Registers the hooks that @cfg needs and that are not there. */
static int saa_hooks_add(struct saa_net *sn, const struct saa_config *cfg,
			 struct netlink_ext_ack *extack)
{
	int err;

	if (!sn->steering) {
		err = saa_steer_register(sn);
		if (err) {
			NL_SET_ERR_MSG_MOD(extack,
					   "cannot register the steering hooks");
			return err;
		}
		saa_locals_start(sn);
		sn->steering = true;
	}
	if (saa_uses_geneve(cfg) && !sn->fragmenting) {
		err = saa_geneve_register(sn);
		if (err) {
			NL_SET_ERR_MSG_MOD(extack,
					   "cannot register the hook for Geneve");
			return err;
		}
		sn->fragmenting = true;
	}
	if (cfg->n_snat && !sn->snat) {
		err = saa_snat_register(sn);
		if (err) {
			NL_SET_ERR_MSG_MOD(extack,
					   "cannot register the SNAT hooks");
			return err;
		}
		sn->snat = true;
	}
	if (cfg->sync && !sn->tracking) {
		err = saa_track_register(sn);
		if (err) {
			NL_SET_ERR_MSG_MOD(extack,
					   "cannot notice changes of flows: is nf_conntrack_netlink loaded?");
			return err;
		}
		sn->tracking = true;
	}
	return 0;
}

/* Unregisters the hooks that @cfg, or NULL for none, does not need. */
static void saa_hooks_del(struct saa_net *sn, const struct saa_config *cfg)
{
	if (sn->tracking && !(cfg && cfg->sync)) {
		saa_track_unregister(sn);
		sn->tracking = false;
	}
	if (sn->snat && !(cfg && cfg->n_snat)) {
		saa_snat_unregister(sn);
		sn->snat = false;
	}
	if (sn->fragmenting && !(cfg && saa_uses_geneve(cfg))) {
		saa_geneve_unregister(sn);
		sn->fragmenting = false;
	}
	if (sn->steering && !cfg) {
		saa_steer_unregister(sn);
		saa_locals_stop(sn);
		sn->steering = false;
	}
}

/**
 * saa_sr_set_state() - change the state of an SR
 * @sn: the namespace's state
 * @cfg: a configuration that has the SR
 * @i: its position there
 * @state: enum saa_sr_state
 *
 * One store, which moves all buckets of the SR to its backup or back.
 *
 * Context: Process context. Caller must hold sn->lock.
 */
void saa_sr_set_state(struct saa_net *sn, const struct saa_config *cfg,
		      unsigned int i, u8 state)
{
	struct saa_sr *sr = cfg->srs[i];
	u8 was = sr->state;

	lockdep_assert_held(&sn->lock);
	if (was == state)
		return;
	WRITE_ONCE(sr->state, state);
	trace_saa_sr_state(cfg->id, sr->id, was, state);
	saa_sync_sr_changed(cfg, sr, state);
	saa_notify(sn, cfg, SAA_KINDS_SR, i, false);
}

/*
 * Sets the states that came with a configuration: of SRs that go @up, or of the
 * others.
 */
static void saa_set_states(struct saa_net *sn, const struct saa_config *cfg,
			   bool up)
{
	unsigned int i;

	for (i = 0; i < cfg->n_srs; i++) {
		u8 state = cfg->set_state[i];
		bool goes_up = state == SAA_SR_STATE_UP;

		if (state != SAA_KEEP_STATE && goes_up == up)
			saa_sr_set_state(sn, cfg, i, state);
	}
}

/**
 * saa_config_publish() - make a configuration the one in force
 * @sn: the namespace's state
 * @cfg: the configuration; consumed, whatever the outcome
 * @dry_run: do everything that can fail, then undo it
 * @extack: for what went wrong
 *
 * Context: Process context. Caller must hold RTNL and sn->lock.
 * Return: 0, or a negative error and nothing has changed.
 */
int saa_config_publish(struct saa_net *sn, struct saa_config *cfg, bool dry_run,
		       struct netlink_ext_ack *extack)
{
	struct saa_config *old;
	int err;

	ASSERT_RTNL();
	lockdep_assert_held(&sn->lock);

	old = saa_config_locked(sn);
	err = saa_config_check(cfg, extack);
	if (err)
		goto err_free;
	err = saa_bind(sn, cfg, old, extack);
	if (err)
		goto err_free;
	err = saa_ports_attach(cfg, old, extack);
	if (err)
		goto err_free;
	err = saa_sync_prepare(sn, cfg, old, extack);
	if (err)
		goto err_ports;
	err = saa_hooks_add(sn, cfg, extack);
	if (err || dry_run)
		goto err_hooks;

	/* No SR owns by the new table before its state says so. */
	saa_set_states(sn, cfg, false);
	cfg->generation = ++sn->generation;
	rcu_assign_pointer(sn->config, cfg);

	/* The threads first: they may hook up their notifier. */
	if (old && old->sync != cfg->sync)
		saa_sync_stop(old->sync);
	saa_hooks_del(sn, cfg);
	saa_sync_start(sn, cfg, old);
	saa_notify_change(sn, old, cfg);
	saa_set_states(sn, cfg, true);
	if (old) {
		saa_ports_detach(old, cfg);
		call_rcu(&old->rcu, saa_config_free_rcu);
	}
	saa_announce_soon(sn);
	return 0;

err_hooks:
	if (!old || old->sync != cfg->sync)
		saa_sync_stop(cfg->sync);
	saa_hooks_del(sn, old);
err_ports:
	saa_ports_detach(cfg, old);
err_free:
	saa_config_free(cfg);
	return err;
}

/**
 * saa_config_remove() - remove the configuration in force, if any
 * @sn: the namespace's state
 *
 * Notifies nobody, since the namespace or the module may be going.
 *
 * Context: Process context. Caller must hold RTNL and sn->lock.
 */
void saa_config_remove(struct saa_net *sn)
{
	struct saa_config *old = saa_config_locked(sn);

	ASSERT_RTNL();
	if (!old)
		return;
	RCU_INIT_POINTER(sn->config, NULL);
	sn->generation++;
	saa_sync_stop(old->sync);
	saa_hooks_del(sn, NULL);
	if (old->sync)
		saa_table_forget(sn);
	saa_ports_detach(old, NULL);
	call_rcu(&old->rcu, saa_config_free_rcu);
}
