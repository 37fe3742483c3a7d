// SPDX-License-Identifier: GPL-2.0-only
/*
 * Objects from netlink messages, into a configuration under construction. The
 * policies (netlink_gen.c) have checked each attribute by itself; here is what
 * takes two of them. Every refusal says why, and which object it was.
 */

#include <linux/inetdevice.h>
#include <linux/log2.h>
#include <net/ipv6.h>
#include "netlink_gen.h"
#include "saa.h"

/* Refuses to add an object that is there, or to change one that is not. */
static int saa_check_exists(bool exists, bool add, const char *what, u32 key,
			    struct netlink_ext_ack *extack)
{
	if (exists && add) {
		NL_SET_ERR_MSG_FMT_MOD(extack, "%s %u exists already", what,
				       key);
		return -EEXIST;
	}
	if (!exists && !add) {
		NL_SET_ERR_MSG_FMT_MOD(extack, "no %s %u", what, key);
		return -ENOENT;
	}
	return 0;
}

static int saa_need(struct nlattr *tb[], int type, struct nlattr *nest,
		    const char *what, struct netlink_ext_ack *extack)
{
	if (tb[type])
		return 0;
	NL_SET_ERR_MSG_FMT_MOD(extack, "%s missing", what);
	NL_SET_ERR_ATTR_MISS(extack, nest, type);
	return -EINVAL;
}

static int saa_parse_gateway(struct saa_config *cfg, struct nlattr *nest,
			     bool add, struct netlink_ext_ack *extack)
{
	struct nlattr *tb[SAA_A_GATEWAY_MAX + 1];
	int err;

	err = nla_parse_nested(tb, SAA_A_GATEWAY_MAX, nest,
			       saa_gateway_nl_policy, extack);
	if (err)
		return err;
	if (cfg->id && add) {
		NL_SET_ERR_MSG_FMT_MOD(extack,
				       "this namespace is an SR of gateway %s already",
				       cfg->name);
		return -EEXIST;
	}
	if (!cfg->id && !add) {
		NL_SET_ERR_MSG_MOD(extack, "no gateway");
		return -ENOENT;
	}
	if (tb[SAA_A_GATEWAY_NAME])
		nla_strscpy(cfg->name, tb[SAA_A_GATEWAY_NAME],
			    sizeof(cfg->name));
	if (tb[SAA_A_GATEWAY_ID])
		cfg->id = nla_get_u16(tb[SAA_A_GATEWAY_ID]);
	if (tb[SAA_A_GATEWAY_SR])
		cfg->self_id = nla_get_u16(tb[SAA_A_GATEWAY_SR]);
	if (tb[SAA_A_GATEWAY_KEY]) {
		nla_memcpy(cfg->key_bytes, tb[SAA_A_GATEWAY_KEY],
			   sizeof(cfg->key_bytes));
		cfg->has_key = true;
	}
	if (tb[SAA_A_GATEWAY_BUCKETS]) {
		u32 buckets = nla_get_u32(tb[SAA_A_GATEWAY_BUCKETS]);

		if (!is_power_of_2(buckets)) {
			NL_SET_ERR_MSG_FMT_MOD(extack,
					       "%u buckets: not a power of two",
					       buckets);
			NL_SET_BAD_ATTR(extack, tb[SAA_A_GATEWAY_BUCKETS]);
			return -EINVAL;
		}
		if (buckets != cfg->buckets)
			return saa_table_resize(cfg, buckets);
	}
	return 0;
}

static int saa_parse_sr(struct saa_config *cfg, const struct saa_config *old,
			struct nlattr *nest, bool add,
			struct netlink_ext_ack *extack)
{
	struct nlattr *tb[SAA_A_SR_MAX + 1];
	char name[SAA_NAME_MAX + 1] = "";
	u8 state = SAA_KEEP_STATE;
	struct saa_tep tep;
	struct saa_sr *sr;
	u16 id;
	int err;

	memset(&tep, 0, sizeof(tep));	/* padding too: it is compared */

	err = nla_parse_nested(tb, SAA_A_SR_MAX, nest, saa_sr_nl_policy,
			       extack);
	if (err)
		return err;
	err = saa_need(tb, SAA_A_SR_ID, nest, "id of the SR", extack);
	if (err)
		return err;
	id = nla_get_u16(tb[SAA_A_SR_ID]);
	sr = saa_sr_find(cfg, id);
	err = saa_check_exists(sr, add, "SR", id, extack);
	if (err)
		return err;
	if (tb[SAA_A_SR_NAME])
		nla_strscpy(name, tb[SAA_A_SR_NAME], sizeof(name));
	else if (sr)
		strscpy(name, sr->name, sizeof(name));
	if (tb[SAA_A_SR_STATE])
		state = nla_get_u8(tb[SAA_A_SR_STATE]);
	if (!tb[SAA_A_SR_ADDRESS]) {
		if (sr)
			memcpy(&tep, &sr->tep, sizeof(tep));
	} else if (nla_len(tb[SAA_A_SR_ADDRESS])) {
		tep.family = nla_len(tb[SAA_A_SR_ADDRESS]) == 4 ? AF_INET :
								  AF_INET6;
		err = saa_parse_addr(tb[SAA_A_SR_ADDRESS], tep.family,
				     &tep.addr, extack);
		if (err)
			return err;
	}
	return saa_sr_add(cfg, old, id, name, &tep, state, extack);
}

static int saa_parse_group(struct saa_config *cfg, struct nlattr *nest,
			   bool add, struct netlink_ext_ack *extack)
{
	struct nlattr *tb[SAA_A_GROUP_MAX + 1];
	struct saa_group group = {}, *was;
	int err;

	err = nla_parse_nested(tb, SAA_A_GROUP_MAX, nest, saa_group_nl_policy,
			       extack);
	if (err)
		return err;
	err = saa_need(tb, SAA_A_GROUP_ID, nest, "id of the group", extack);
	if (err)
		return err;
	group.id = nla_get_u16(tb[SAA_A_GROUP_ID]);
	was = saa_group_find(cfg, group.id);
	err = saa_check_exists(was, add, "group", group.id, extack);
	if (err)
		return err;
	if (was) {
		group.side = was->side;
		strscpy(group.name, was->name, sizeof(group.name));
		strscpy(group.member.ifname, was->member.ifname, IFNAMSIZ);
	} else {
		err = saa_need(tb, SAA_A_GROUP_SIDE, nest, "side of the group",
			       extack) ?:
		      saa_need(tb, SAA_A_GROUP_IFNAME, nest,
			       "member interface of the group", extack);
		if (err)
			return err;
	}
	if (tb[SAA_A_GROUP_SIDE])
		group.side = nla_get_u8(tb[SAA_A_GROUP_SIDE]);
	if (tb[SAA_A_GROUP_NAME])
		nla_strscpy(group.name, tb[SAA_A_GROUP_NAME],
			    sizeof(group.name));
	if (tb[SAA_A_GROUP_IFNAME])
		nla_strscpy(group.member.ifname, tb[SAA_A_GROUP_IFNAME],
			    IFNAMSIZ);
	return saa_group_add(cfg, &group, extack);
}

/* What a shadow port has with this transport only. */
static int saa_parse_geneve(struct saa_port *port, struct nlattr *tb[],
			    struct nlattr *nest, struct netlink_ext_ack *extack)
{
	if (tb[SAA_A_PORT_VNI])
		port->vni = nla_get_u32(tb[SAA_A_PORT_VNI]);
	if (tb[SAA_A_PORT_UDP_PORT])
		port->udp_port = nla_get_u16(tb[SAA_A_PORT_UDP_PORT]);
	if (!port->udp_port)
		port->udp_port = SAA_GENEVE_PORT;
	return port->vni ? 0 : saa_need(tb, SAA_A_PORT_VNI, nest,
					"VNI of the shadow port", extack);
}

static int saa_parse_port(struct saa_config *cfg, struct nlattr *nest,
			  bool add, struct netlink_ext_ack *extack)
{
	struct nlattr *tb[SAA_A_PORT_MAX + 1];
	struct saa_port *port;
	int err;
	u8 side;

	err = nla_parse_nested(tb, SAA_A_PORT_MAX, nest, saa_port_nl_policy,
			       extack);
	if (err)
		return err;
	err = saa_need(tb, SAA_A_PORT_SIDE, nest, "side of the shadow port",
		       extack);
	if (err)
		return err;
	side = nla_get_u8(tb[SAA_A_PORT_SIDE]);
	port = &cfg->ports[side];
	err = saa_check_exists(port->set, add, "shadow port", side, extack);
	if (err)
		return err;
	if (!port->set) {
		err = saa_need(tb, SAA_A_PORT_IFNAME, nest,
			       "interface of the shadow port", extack);
		if (err)
			return err;
	}
	if (tb[SAA_A_PORT_IFNAME])
		nla_strscpy(port->link.ifname, tb[SAA_A_PORT_IFNAME],
			    IFNAMSIZ);
	if (tb[SAA_A_PORT_TRANSPORT])
		port->transport = nla_get_u8(tb[SAA_A_PORT_TRANSPORT]);
	port->set = true;
	if (port->transport == SAA_TRANSPORT_GENEVE)
		return saa_parse_geneve(port, tb, nest, extack);
	if (tb[SAA_A_PORT_VNI] || tb[SAA_A_PORT_UDP_PORT]) {
		NL_SET_ERR_MSG_MOD(extack,
				   "a VNI or a UDP port is only for transport geneve");
		return -EINVAL;
	}
	port->vni = 0;
	port->udp_port = 0;
	return 0;
}

static int saa_parse_rows(struct saa_config *cfg, struct nlattr *nest,
			  struct netlink_ext_ack *extack)
{
	struct nlattr *tb[SAA_A_ROWS_MAX + 1];
	u32 start, n;
	int err;

	err = nla_parse_nested(tb, SAA_A_ROWS_MAX, nest, saa_rows_nl_policy,
			       extack);
	if (err)
		return err;
	err = saa_need(tb, SAA_A_ROWS_START, nest, "first bucket", extack) ?:
	      saa_need(tb, SAA_A_ROWS_ROWS, nest, "rows", extack);
	if (err)
		return err;
	start = nla_get_u32(tb[SAA_A_ROWS_START]);
	n = nla_len(tb[SAA_A_ROWS_ROWS]) / sizeof(*cfg->rows);
	if (!n || nla_len(tb[SAA_A_ROWS_ROWS]) % sizeof(*cfg->rows)) {
		NL_SET_ERR_MSG_FMT_MOD(extack,
				       "rows of %d bytes: not a multiple of %zu",
				       nla_len(tb[SAA_A_ROWS_ROWS]),
				       sizeof(*cfg->rows));
		return -EINVAL;
	}
	if (start >= cfg->buckets || n > cfg->buckets - start) {
		NL_SET_ERR_MSG_FMT_MOD(extack,
				       "rows %u to %u: the table has %u buckets",
				       start, start + n - 1, cfg->buckets);
		return -ERANGE;
	}
	memcpy(&cfg->rows[start], nla_data(tb[SAA_A_ROWS_ROWS]),
	       n * sizeof(*cfg->rows));
	return 0;
}

/**
 * saa_parse_addr() - an address of a known family
 * @attr: the attribute
 * @family: AF_INET or AF_INET6
 * @addr: filled in, unused bytes zero
 * @extack: for what went wrong
 *
 * Return: 0 or -EINVAL.
 */
int saa_parse_addr(const struct nlattr *attr, u8 family,
		   union nf_inet_addr *addr, struct netlink_ext_ack *extack)
{
	int len = family == AF_INET ? 4 : 16;

	if (nla_len(attr) != len) {
		NL_SET_ERR_MSG_FMT_MOD(extack,
				       "address of %d bytes: %s has %d",
				       nla_len(attr),
				       len == 4 ? "IPv4" : "IPv6", len);
		NL_SET_BAD_ATTR(extack, attr);
		return -EINVAL;
	}
	memset(addr, 0, sizeof(*addr));
	memcpy(addr, nla_data(attr), len);
	return 0;
}

static int saa_parse_prefix(struct nlattr *tb[], int type, int type_len,
			    u8 family, struct saa_prefix *prefix,
			    struct netlink_ext_ack *extack)
{
	union nf_inet_addr net = {};
	u8 bits;
	int err;

	if (!tb[type]) {
		if (!tb[type_len])
			return 0;
		NL_SET_ERR_MSG_MOD(extack, "prefix length without a prefix");
		NL_SET_BAD_ATTR(extack, tb[type_len]);
		return -EINVAL;
	}
	err = saa_parse_addr(tb[type], family, &prefix->addr, extack);
	if (err)
		return err;
	bits = nla_len(tb[type]) * 8;
	prefix->len = tb[type_len] ? nla_get_u8(tb[type_len]) : bits;
	if (prefix->len > bits) {
		NL_SET_ERR_MSG_FMT_MOD(extack, "prefix length %u: at most %u",
				       prefix->len, bits);
		NL_SET_BAD_ATTR(extack, tb[type_len]);
		return -EINVAL;
	}
	if (family == AF_INET)
		net.ip = prefix->addr.ip & inet_make_mask(prefix->len);
	else
		ipv6_addr_prefix(&net.in6, &prefix->addr.in6, prefix->len);
	if (memcmp(&net, &prefix->addr, sizeof(net))) {
		NL_SET_ERR_MSG_FMT_MOD(extack,
				       "prefix has bits set beyond its length of %u",
				       prefix->len);
		NL_SET_BAD_ATTR(extack, tb[type]);
		return -EINVAL;
	}
	return 0;
}

static int saa_parse_pool(struct nlattr *tb[], struct saa_snat_spec *spec,
			  struct netlink_ext_ack *extack)
{
	int err;

	if (tb[SAA_A_SNAT_TO_FIRST]) {
		err = saa_parse_addr(tb[SAA_A_SNAT_TO_FIRST], spec->family,
				     &spec->to_first, extack);
		if (err)
			return err;
		spec->to_last = spec->to_first;
	}
	if (tb[SAA_A_SNAT_TO_LAST]) {
		err = saa_parse_addr(tb[SAA_A_SNAT_TO_LAST], spec->family,
				     &spec->to_last, extack);
		if (err)
			return err;
	}
	if (memcmp(&spec->to_first, &spec->to_last,
		   sizeof(spec->to_first)) > 0) {
		NL_SET_ERR_MSG_MOD(extack, "the pool's last address is below its first");
		return -EINVAL;
	}
	if (tb[SAA_A_SNAT_PORT_FIRST]) {
		spec->port_first = nla_get_u16(tb[SAA_A_SNAT_PORT_FIRST]);
		spec->port_last = spec->port_first;
	}
	if (tb[SAA_A_SNAT_PORT_LAST])
		spec->port_last = nla_get_u16(tb[SAA_A_SNAT_PORT_LAST]);
	if (!spec->port_first != !spec->port_last ||
	    spec->port_first > spec->port_last) {
		NL_SET_ERR_MSG_FMT_MOD(extack, "ports %u to %u: not a range",
				       spec->port_first, spec->port_last);
		return -EINVAL;
	}
	return 0;
}

static int saa_check_spec(const struct saa_snat_spec *spec,
			  struct netlink_ext_ack *extack)
{
	union nf_inet_addr none = {};
	bool pool;

	pool = memcmp(&spec->to_first, &none, sizeof(none)) != 0;
	if (spec->flags & SAA_SNAT_FLAGS_NO_SNAT) {
		if (!pool && !spec->port_first)
			return 0;
		NL_SET_ERR_MSG_MOD(extack, "no-snat takes no pool and no ports");
		return -EINVAL;
	}
	if (!pool) {
		NL_SET_ERR_MSG_MOD(extack, "a rule needs a pool, or no-snat");
		return -EINVAL;
	}
	return 0;
}

static int saa_parse_snat(struct saa_config *cfg, const struct saa_config *old,
			  struct nlattr *nest, bool add,
			  struct netlink_ext_ack *extack)
{
	struct nlattr *tb[SAA_A_SNAT_MAX + 1];
	struct saa_snat_spec spec;
	struct saa_snat_rule *was;
	int err;

	err = nla_parse_nested(tb, SAA_A_SNAT_MAX, nest, saa_snat_nl_policy,
			       extack);
	if (err)
		return err;
	err = saa_need(tb, SAA_A_SNAT_PRIORITY, nest,
		       "priority of the SNAT rule", extack);
	if (err)
		return err;
	memset(&spec, 0, sizeof(spec));
	spec.priority = nla_get_u32(tb[SAA_A_SNAT_PRIORITY]);
	was = saa_snat_find(cfg, spec.priority);
	err = saa_check_exists(was, add, "SNAT rule of priority",
			       spec.priority, extack);
	if (err)
		return err;
	if (was) {
		/* Padding too: specs are compared as memory. */
		memcpy(&spec, &was->spec, sizeof(spec));
	} else {
		err = saa_need(tb, SAA_A_SNAT_FAMILY, nest,
			       "family of the SNAT rule", extack) ?:
		      saa_need(tb, SAA_A_SNAT_GROUP, nest,
			       "group of the SNAT rule", extack);
		if (err)
			return err;
	}
	if (tb[SAA_A_SNAT_FAMILY]) {
		u8 family = nla_get_u8(tb[SAA_A_SNAT_FAMILY]);

		if ((family != AF_INET && family != AF_INET6) ||
		    (was && family != was->spec.family)) {
			NL_SET_ERR_MSG_FMT_MOD(extack,
					       "family %u: not IPv4 or IPv6, or not that of the rule",
					       family);
			NL_SET_BAD_ATTR(extack, tb[SAA_A_SNAT_FAMILY]);
			return -EAFNOSUPPORT;
		}
		spec.family = family;
	}
	if (tb[SAA_A_SNAT_GROUP])
		spec.group = nla_get_u16(tb[SAA_A_SNAT_GROUP]);
	if (tb[SAA_A_SNAT_FLAGS])
		spec.flags = nla_get_u32(tb[SAA_A_SNAT_FLAGS]);
	err = saa_parse_prefix(tb, SAA_A_SNAT_SOURCE, SAA_A_SNAT_SOURCE_LEN,
			       spec.family, &spec.src, extack) ?:
	      saa_parse_prefix(tb, SAA_A_SNAT_DESTINATION,
			       SAA_A_SNAT_DESTINATION_LEN, spec.family,
			       &spec.dst, extack) ?:
	      saa_parse_pool(tb, &spec, extack) ?:
	      saa_check_spec(&spec, extack);
	if (err)
		return err;
	return saa_snat_add(cfg, old, &spec, extack);
}

static int saa_parse_sync_addr(const struct nlattr *attr, u8 *family,
			       union nf_inet_addr *addr,
			       struct netlink_ext_ack *extack)
{
	u8 is = nla_len(attr) == 4 ? AF_INET : AF_INET6;

	if (*family && *family != is) {
		NL_SET_ERR_MSG_MOD(extack,
				   "both addresses of state sync must be IPv4, or both IPv6");
		NL_SET_BAD_ATTR(extack, attr);
		return -EINVAL;
	}
	*family = is;
	return saa_parse_addr(attr, is, addr, extack);
}

/* What can only be given, not be left as it is. */
static int saa_parse_sync_new(struct nlattr *tb[], struct nlattr *nest,
			      struct saa_sync_spec *spec,
			      struct netlink_ext_ack *extack)
{
	memset(spec, 0, sizeof(*spec));
	spec->mode = SAA_SYNC_MODE_ASYNC;
	spec->port = SAA_SYNC_PORT;
	spec->timeout = 3000;
	spec->strict_timeout = 10;
	return saa_need(tb, SAA_A_SYNC_PARTNER, nest, "partner", extack) ?:
	       saa_need(tb, SAA_A_SYNC_LOCAL, nest, "local address", extack) ?:
	       saa_need(tb, SAA_A_SYNC_REMOTE, nest, "partner's address",
			extack) ?:
	       saa_need(tb, SAA_A_SYNC_KEY, nest, "key of state sync", extack);
}

/* The namespace of the connections, held as long as the configuration is built. */
static int saa_parse_sync_netns(struct saa_config *cfg,
				const struct nlattr *attr,
				const struct sk_buff *skb,
				struct netlink_ext_ack *extack)
{
	struct net *net = get_net_ns_by_fd(nla_get_u32(attr));

	if (IS_ERR(net)) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "that file descriptor is no network namespace");
		return PTR_ERR(net);
	}
	if (!netlink_ns_capable(skb, net->user_ns, CAP_NET_ADMIN)) {
		put_net(net);
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "no CAP_NET_ADMIN in the network namespace for state sync");
		return -EPERM;
	}
	if (cfg->sync_net)
		put_net(cfg->sync_net);
	cfg->sync_net = net;
	cfg->sync_spec.netns = net_eq(net, sock_net(skb->sk)) ? 0 :
						net->net_cookie;
	return 0;
}

static int saa_parse_sync(struct saa_config *cfg, struct nlattr *nest, bool add,
			  const struct sk_buff *skb,
			  struct netlink_ext_ack *extack)
{
	struct saa_sync_spec *spec = &cfg->sync_spec;
	struct nlattr *tb[SAA_A_SYNC_MAX + 1];
	u8 family = 0;
	int err;

	err = nla_parse_nested(tb, SAA_A_SYNC_MAX, nest, saa_sync_nl_policy,
			       extack);
	if (err)
		return err;
	if (spec->partner && add) {
		NL_SET_ERR_MSG_FMT_MOD(extack, "there is state sync with SR %u already",
				       spec->partner);
		return -EEXIST;
	}
	if (!spec->partner && !add) {
		NL_SET_ERR_MSG_MOD(extack, "no state sync");
		return -ENOENT;
	}
	if (add) {
		err = saa_parse_sync_new(tb, nest, spec, extack);
		if (err)
			return err;
	}
	if (tb[SAA_A_SYNC_LOCAL] || tb[SAA_A_SYNC_REMOTE]) {
		/* One of them alone stays with the other's family. */
		if (!tb[SAA_A_SYNC_LOCAL] || !tb[SAA_A_SYNC_REMOTE])
			family = spec->family;
		err = (tb[SAA_A_SYNC_LOCAL] ?
		       saa_parse_sync_addr(tb[SAA_A_SYNC_LOCAL], &family,
					   &spec->local, extack) : 0) ?:
		      (tb[SAA_A_SYNC_REMOTE] ?
		       saa_parse_sync_addr(tb[SAA_A_SYNC_REMOTE], &family,
					   &spec->remote, extack) : 0);
		if (err)
			return err;
		spec->family = family;
	}
	if (tb[SAA_A_SYNC_PARTNER])
		spec->partner = nla_get_u16(tb[SAA_A_SYNC_PARTNER]);
	if (tb[SAA_A_SYNC_PORT])
		spec->port = nla_get_u16(tb[SAA_A_SYNC_PORT]);
	if (tb[SAA_A_SYNC_MODE])
		spec->mode = nla_get_u8(tb[SAA_A_SYNC_MODE]);
	if (tb[SAA_A_SYNC_TIMEOUT])
		spec->timeout = nla_get_u32(tb[SAA_A_SYNC_TIMEOUT]);
	if (tb[SAA_A_SYNC_STRICT_TIMEOUT])
		spec->strict_timeout =
			nla_get_u32(tb[SAA_A_SYNC_STRICT_TIMEOUT]);
	if (tb[SAA_A_SYNC_KEY])
		nla_memcpy(spec->key, tb[SAA_A_SYNC_KEY], sizeof(spec->key));
	if (tb[SAA_A_SYNC_OLD_KEY])
		nla_memcpy(spec->old_key, tb[SAA_A_SYNC_OLD_KEY],
			   sizeof(spec->old_key));
	if (!memchr_inv(spec->key, 0, sizeof(spec->key))) {
		NL_SET_ERR_MSG_MOD(extack, "a key of zeros is no key");
		return -EINVAL;
	}
	if (tb[SAA_A_SYNC_NETNS_FD]) {
		err = saa_parse_sync_netns(cfg, tb[SAA_A_SYNC_NETNS_FD], skb,
					   extack);
		if (err)
			return err;
	}
	cfg->sync_again = tb[SAA_A_SYNC_RESYNC];
	return 0;
}

/**
 * saa_parse_objects() - take a message's objects into a configuration
 * @cfg: configuration under construction
 * @old: the one in force, which unchanged objects are shared with, or NULL
 * @skb: the message as it came, by which its sender's capabilities are known
 * @info: the message
 * @add: add objects, which must not be there; else change those that are
 *
 * The gateway first, since it gives the table its size; then in order.
 *
 * Return: 0 or a negative error, with the object in extack.
 */
int saa_parse_objects(struct saa_config *cfg, const struct saa_config *old,
		      const struct sk_buff *skb, const struct genl_info *info,
		      bool add)
{
	struct netlink_ext_ack *extack = info->extack;
	struct nlattr *attr = info->attrs[SAA_A_GATEWAY];
	int rem, err;

	if (attr) {
		err = saa_parse_gateway(cfg, attr, add, extack);
		if (err)
			goto bad;
	}
	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		switch (nla_type(attr)) {
		case SAA_A_GATEWAY:
			err = 0;
			if (attr != info->attrs[SAA_A_GATEWAY]) {
				NL_SET_ERR_MSG_MOD(extack, "two gateways");
				err = -EINVAL;
			}
			break;
		case SAA_A_SR:
			err = saa_parse_sr(cfg, old, attr, add, extack);
			break;
		case SAA_A_GROUP:
			err = saa_parse_group(cfg, attr, add, extack);
			break;
		case SAA_A_PORT:
			err = saa_parse_port(cfg, attr, add, extack);
			break;
		case SAA_A_ROWS:
			err = saa_parse_rows(cfg, attr, extack);
			break;
		case SAA_A_SNAT:
			err = saa_parse_snat(cfg, old, attr, add, extack);
			break;
		case SAA_A_SYNC:
			err = saa_parse_sync(cfg, attr, add, skb, extack);
			break;
		default:
			err = 0;
		}
		if (err)
			goto bad;
	}
	return 0;

bad:
	if (!extack->bad_attr)
		NL_SET_BAD_ATTR(extack, attr);
	return err;
}

/* The attribute that is an object's key. */
static const u8 saa_key_attr[SAA_A_MAX + 1] = {
	[SAA_A_SR] = SAA_A_SR_ID,
	[SAA_A_GROUP] = SAA_A_GROUP_ID,
	[SAA_A_PORT] = SAA_A_PORT_SIDE,
	[SAA_A_SNAT] = SAA_A_SNAT_PRIORITY,
};

static int saa_parse_key(const struct nlattr *nest, u32 *key,
			 struct netlink_ext_ack *extack)
{
	int type = saa_key_attr[nla_type(nest)];
	const struct nlattr *attr = nla_find_nested(nest, type);

	if (!attr) {
		NL_SET_ERR_MSG_MOD(extack, "key of the object missing");
		NL_SET_ERR_ATTR_MISS(extack, nest, type);
		return -EINVAL;
	}
	/* The policy has been applied, so the length is that of the type. */
	switch (nla_len(attr)) {
	case sizeof(u8):
		*key = nla_get_u8(attr);
		return 0;
	case sizeof(u16):
		*key = nla_get_u16(attr);
		return 0;
	default:
		*key = nla_get_u32(attr);
		return 0;
	}
}

static int saa_remove(struct saa_config *cfg, const struct nlattr *nest,
		      struct netlink_ext_ack *extack)
{
	struct saa_snat_rule *rule;
	struct saa_group *group;
	struct saa_sr *sr;
	u32 key;
	int err;

	if (nla_type(nest) == SAA_A_ROWS)
		return saa_table_resize(cfg, 0);
	if (nla_type(nest) == SAA_A_SYNC) {
		if (!cfg->sync_spec.partner) {
			NL_SET_ERR_MSG_MOD(extack, "no state sync");
			return -ENOENT;
		}
		memset(&cfg->sync_spec, 0, sizeof(cfg->sync_spec));
		return 0;
	}
	if (!saa_key_attr[nla_type(nest)])
		return 0;
	err = saa_parse_key(nest, &key, extack);
	if (err)
		return err;

	switch (nla_type(nest)) {
	case SAA_A_SR:
		sr = saa_sr_find(cfg, key);
		return saa_check_exists(sr, false, "SR", key, extack) ?:
		       saa_sr_del(cfg, sr, extack);
	case SAA_A_GROUP:
		group = saa_group_find(cfg, key);
		return saa_check_exists(group, false, "group", key, extack) ?:
		       saa_group_del(cfg, group, extack);
	case SAA_A_PORT:
		err = saa_check_exists(cfg->ports[key].set, false,
				       "shadow port", key, extack);
		memset(&cfg->ports[key], 0, sizeof(cfg->ports[key]));
		return err;
	default:
		rule = saa_snat_find(cfg, key);
		err = saa_check_exists(rule, false, "SNAT rule of priority",
				       key, extack);
		if (!err)
			saa_snat_del(cfg, rule);
		return err;
	}
}

/**
 * saa_parse_keys() - remove a message's objects from a configuration
 * @cfg: configuration under construction
 * @info: the message
 *
 * Return: 0 or a negative error, with the object in extack.
 */
int saa_parse_keys(struct saa_config *cfg, const struct genl_info *info)
{
	struct nlattr *attr;
	int rem, err;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		err = saa_remove(cfg, attr, info->extack);
		if (!err)
			continue;
		if (!info->extack->bad_attr)
			NL_SET_BAD_ATTR(info->extack, attr);
		return err;
	}
	return 0;
}
