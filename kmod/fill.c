// SPDX-License-Identifier: GPL-2.0-only
/*
 * Objects into netlink messages, for dumps and notifications alike: each adds
 * one object as a nested attribute, or nothing and returns -EMSGSIZE. The
 * caller holds sn->lock.
 */

#include <net/netlink.h>
#include "saa.h"

static int saa_end(struct sk_buff *skb, struct nlattr *nest, int err)
{
	if (err) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static int saa_fill_gateway(struct sk_buff *skb, const struct saa_config *cfg,
			    bool with_key)
{
	struct nlattr *nest = nla_nest_start(skb, SAA_A_GATEWAY);
	int err;

	if (!nest)
		return -EMSGSIZE;
	err = nla_put_string(skb, SAA_A_GATEWAY_NAME, cfg->name) ||
	      nla_put_u16(skb, SAA_A_GATEWAY_ID, cfg->id) ||
	      nla_put_u16(skb, SAA_A_GATEWAY_SR, cfg->self_id) ||
	      (with_key && cfg->has_key &&
	       nla_put(skb, SAA_A_GATEWAY_KEY, sizeof(cfg->key_bytes),
		       cfg->key_bytes)) ||
	      (cfg->buckets &&
	       nla_put_u32(skb, SAA_A_GATEWAY_BUCKETS, cfg->buckets)) ||
	      nla_put_u32(skb, SAA_A_GATEWAY_GENERATION, cfg->generation);
	return saa_end(skb, nest, err);
}

static int saa_fill_sr(struct sk_buff *skb, const struct saa_sr *sr)
{
	struct nlattr *nest = nla_nest_start(skb, SAA_A_SR);
	u64 tx, rx;
	int err;

	if (!nest)
		return -EMSGSIZE;
	saa_sr_stats_read(sr, &tx, &rx);
	err = nla_put_u16(skb, SAA_A_SR_ID, sr->id) ||
	      nla_put_string(skb, SAA_A_SR_NAME, sr->name) ||
	      nla_put_u8(skb, SAA_A_SR_STATE, sr->state) ||
	      (sr->tep.family &&
	       nla_put(skb, SAA_A_SR_ADDRESS,
		       sr->tep.family == AF_INET ? 4 : 16, &sr->tep.addr)) ||
	      nla_put_uint(skb, SAA_A_SR_TX_PACKETS, tx) ||
	      nla_put_uint(skb, SAA_A_SR_RX_PACKETS, rx);
	return saa_end(skb, nest, err);
}

static int saa_fill_ifindex(struct sk_buff *skb, int type,
			    const struct saa_binding *b)
{
	const struct net_device *dev;
	int err = 0;

	rcu_read_lock();
	dev = rcu_dereference(b->dev);
	if (dev)
		err = nla_put_u32(skb, type, dev->ifindex);
	rcu_read_unlock();
	return err;
}

static int saa_fill_group(struct sk_buff *skb, const struct saa_group *group)
{
	struct nlattr *nest = nla_nest_start(skb, SAA_A_GROUP);
	int err;

	if (!nest)
		return -EMSGSIZE;
	err = nla_put_u16(skb, SAA_A_GROUP_ID, group->id) ||
	      nla_put_string(skb, SAA_A_GROUP_NAME, group->name) ||
	      nla_put_u8(skb, SAA_A_GROUP_SIDE, group->side) ||
	      nla_put_string(skb, SAA_A_GROUP_IFNAME, group->member.ifname) ||
	      saa_fill_ifindex(skb, SAA_A_GROUP_IFINDEX, &group->member);
	return saa_end(skb, nest, err);
}

static int saa_fill_port(struct sk_buff *skb, const struct saa_config *cfg,
			 int side)
{
	const struct saa_port *port = &cfg->ports[side];
	struct nlattr *nest = nla_nest_start(skb, SAA_A_PORT);
	int err;

	if (!nest)
		return -EMSGSIZE;
	err = nla_put_u8(skb, SAA_A_PORT_SIDE, side) ||
	      nla_put_string(skb, SAA_A_PORT_IFNAME, port->link.ifname) ||
	      nla_put_u8(skb, SAA_A_PORT_TRANSPORT, port->transport) ||
	      (port->vni &&
	       (nla_put_u32(skb, SAA_A_PORT_VNI, port->vni) ||
		nla_put_u16(skb, SAA_A_PORT_UDP_PORT, port->udp_port))) ||
	      saa_fill_ifindex(skb, SAA_A_PORT_IFINDEX, &port->link) ||
	      nla_put(skb, SAA_A_PORT_MAC, ETH_ALEN, port->mac);
	return saa_end(skb, nest, err);
}

static int saa_fill_rows(struct sk_buff *skb, const struct saa_config *cfg,
			 u32 start, bool brief)
{
	u32 n = brief ? 0 : min_t(u32, SAA_FILL_ROWS, cfg->buckets - start);
	struct nlattr *nest = nla_nest_start(skb, SAA_A_ROWS);
	int err;

	if (!nest)
		return -EMSGSIZE;
	err = nla_put_u32(skb, SAA_A_ROWS_START, start) ||
	      (n && nla_put(skb, SAA_A_ROWS_ROWS, n * sizeof(*cfg->rows),
			    &cfg->rows[start]));
	return saa_end(skb, nest, err);
}

static int saa_fill_prefix(struct sk_buff *skb, int type, int type_len,
			   u8 family, const struct saa_prefix *prefix)
{
	if (!prefix->len)
		return 0;
	return nla_put(skb, type, family == AF_INET ? 4 : 16, &prefix->addr) ||
	       nla_put_u8(skb, type_len, prefix->len);
}

static int saa_fill_snat(struct sk_buff *skb, const struct saa_snat_rule *rule)
{
	const struct saa_snat_spec *spec = &rule->spec;
	unsigned int alen = spec->family == AF_INET ? 4 : 16;
	struct nlattr *nest = nla_nest_start(skb, SAA_A_SNAT);
	int err;

	if (!nest)
		return -EMSGSIZE;
	err = nla_put_u32(skb, SAA_A_SNAT_PRIORITY, spec->priority) ||
	      nla_put_u8(skb, SAA_A_SNAT_FAMILY, spec->family) ||
	      nla_put_u16(skb, SAA_A_SNAT_GROUP, spec->group) ||
	      saa_fill_prefix(skb, SAA_A_SNAT_SOURCE, SAA_A_SNAT_SOURCE_LEN,
			      spec->family, &spec->src) ||
	      saa_fill_prefix(skb, SAA_A_SNAT_DESTINATION,
			      SAA_A_SNAT_DESTINATION_LEN, spec->family,
			      &spec->dst) ||
	      (!(spec->flags & SAA_SNAT_FLAGS_NO_SNAT) &&
	       (nla_put(skb, SAA_A_SNAT_TO_FIRST, alen, &spec->to_first) ||
		nla_put(skb, SAA_A_SNAT_TO_LAST, alen, &spec->to_last))) ||
	      (spec->port_first &&
	       (nla_put_u16(skb, SAA_A_SNAT_PORT_FIRST, spec->port_first) ||
		nla_put_u16(skb, SAA_A_SNAT_PORT_LAST, spec->port_last))) ||
	      nla_put_u32(skb, SAA_A_SNAT_FLAGS, spec->flags) ||
	      nla_put_uint(skb, SAA_A_SNAT_FLOWS,
			   atomic64_read(&rule->flows));
	return saa_end(skb, nest, err);
}

static int saa_fill_sync(struct sk_buff *skb, const struct saa_config *cfg,
			 unsigned int flags)
{
	struct nlattr *nest = nla_nest_start(skb, SAA_A_SYNC);

	if (!nest)
		return -EMSGSIZE;
	return saa_end(skb, nest, saa_sync_fill(skb, cfg, flags));
}

/**
 * saa_fill_count() - how many objects of a kind there are
 * @cfg: the configuration
 * @kind: one of SAA_KINDS_*
 *
 * Return: the number of different @i for saa_fill().
 */
u32 saa_fill_count(const struct saa_config *cfg, u32 kind)
{
	switch (kind) {
	case SAA_KINDS_GATEWAY:
		return 1;
	case SAA_KINDS_SR:
		return cfg->n_srs;
	case SAA_KINDS_GROUP:
		return cfg->n_groups;
	case SAA_KINDS_PORT:
		return SAA_SIDES;
	case SAA_KINDS_ROWS:
		return DIV_ROUND_UP(cfg->buckets, SAA_FILL_ROWS);
	case SAA_KINDS_SNAT:
		return cfg->n_snat;
	case SAA_KINDS_SYNC:
		return cfg->sync ? 1 : 0;
	default:
		return 0;
	}
}

/**
 * saa_fill() - add an object to a message
 * @skb: the message
 * @cfg: the configuration that it belongs to
 * @kind: one of SAA_KINDS_*
 * @i: its position; that of a shadow port is its side, that of rows counts
 *	runs of SAA_FILL_ROWS
 * @flags: SAA_FILL_*
 *
 * Return: 0, or -EMSGSIZE with @skb as it was.
 */
int saa_fill(struct sk_buff *skb, const struct saa_config *cfg, u32 kind,
	     u32 i, unsigned int flags)
{
	switch (kind) {
	case SAA_KINDS_GATEWAY:
		return saa_fill_gateway(skb, cfg, flags & SAA_FILL_KEY);
	case SAA_KINDS_SR:
		return saa_fill_sr(skb, cfg->srs[i]);
	case SAA_KINDS_GROUP:
		return saa_fill_group(skb, &cfg->groups[i]);
	case SAA_KINDS_PORT:
		return cfg->ports[i].set ? saa_fill_port(skb, cfg, i) : 0;
	case SAA_KINDS_ROWS:
		return saa_fill_rows(skb, cfg, i * SAA_FILL_ROWS,
				     flags & SAA_FILL_BRIEF);
	case SAA_KINDS_SNAT:
		return saa_fill_snat(skb, cfg->snat[i]);
	default:
		return saa_fill_sync(skb, cfg, flags);
	}
}
