// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Objects to netlink attributes and back, by one table per kind of object:
 * attribute, type, place in the structure.
 */
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <stdlib.h>
#include <string.h>

#include "netns.h"
#include "nl.h"
#include "util.h"

enum type { U8, U16, U32, UINT, STRING, BYTES, ADDR, FLAG };

struct saa_field {
	const char *name;	/* as in the specification */
	int attr;
	enum type type;
	bool reply;		/* the kernel's answer only, not configuration */
	size_t offset, size;
};

/* Every object begins with the bits of what it has. */
static uint32_t *has(const void *object)
{
	return (uint32_t *)object;
}

#define FIELD(_attr, _type, _struct, _member, _name, _reply) \
	{ _name, _attr, _type, _reply, offsetof(struct _struct, _member), \
	  sizeof(((struct _struct *)NULL)->_member) }

#define GATEWAY(a, t, m, n, r) FIELD(SAA_A_GATEWAY_##a, t, saa_gateway, m, n, r)
static const struct saa_field gateway_fields[] = {
	GATEWAY(NAME, STRING, name, "name", false),
	GATEWAY(ID, U16, id, "id", false),
	GATEWAY(SR, U16, sr, "sr", false),
	GATEWAY(KEY, BYTES, key, "key", false),
	GATEWAY(BUCKETS, U32, buckets, "buckets", false),
	GATEWAY(GENERATION, U32, generation, "generation", true),
	{ 0 }
};

#define SR(a, t, m, n, r) FIELD(SAA_A_SR_##a, t, saa_sr, m, n, r)
static const struct saa_field sr_fields[] = {
	SR(ID, U16, id, "id", false),
	SR(NAME, STRING, name, "name", false),
	SR(STATE, U8, state, "state", false),
	SR(ADDRESS, ADDR, address, "address", false),
	SR(TX_PACKETS, UINT, tx_packets, "tx-packets", true),
	SR(RX_PACKETS, UINT, rx_packets, "rx-packets", true),
	{ 0 }
};

#define GROUP(a, t, m, n, r) FIELD(SAA_A_GROUP_##a, t, saa_group, m, n, r)
static const struct saa_field group_fields[] = {
	GROUP(ID, U16, id, "id", false),
	GROUP(NAME, STRING, name, "name", false),
	GROUP(SIDE, U8, side, "side", false),
	GROUP(IFNAME, STRING, ifname, "ifname", false),
	GROUP(IFINDEX, U32, ifindex, "ifindex", true),
	{ 0 }
};

#define PORT(a, t, m, n, r) FIELD(SAA_A_PORT_##a, t, saa_port, m, n, r)
static const struct saa_field port_fields[] = {
	PORT(SIDE, U8, side, "side", false),
	PORT(IFNAME, STRING, ifname, "ifname", false),
	PORT(TRANSPORT, U8, transport, "transport", false),
	PORT(IFINDEX, U32, ifindex, "ifindex", true),
	PORT(MAC, BYTES, mac, "mac", true),
	PORT(VNI, U32, vni, "vni", false),
	PORT(UDP_PORT, U16, udp_port, "udp-port", false),
	{ 0 }
};

#define SNAT(a, t, m, n, r) FIELD(SAA_A_SNAT_##a, t, saa_snat, m, n, r)
static const struct saa_field snat_fields[] = {
	SNAT(PRIORITY, U32, priority, "priority", false),
	SNAT(FAMILY, U8, family, "family", false),
	SNAT(GROUP, U16, group, "group", false),
	SNAT(SOURCE, ADDR, source, "source", false),
	SNAT(SOURCE_LEN, U8, source_len, "source-len", false),
	SNAT(DESTINATION, ADDR, destination, "destination", false),
	SNAT(DESTINATION_LEN, U8, destination_len, "destination-len", false),
	SNAT(TO_FIRST, ADDR, to_first, "to-first", false),
	SNAT(TO_LAST, ADDR, to_last, "to-last", false),
	SNAT(PORT_FIRST, U16, port_first, "port-first", false),
	SNAT(PORT_LAST, U16, port_last, "port-last", false),
	SNAT(FLAGS, U32, flags, "flags", false),
	SNAT(FLOWS, UINT, flows, "flows", true),
	{ 0 }
};

#define SYNC(a, t, m, n, r) FIELD(SAA_A_SYNC_##a, t, saa_sync, m, n, r)
static const struct saa_field sync_fields[] = {
	SYNC(PARTNER, U16, partner, "partner", false),
	SYNC(LOCAL, ADDR, local, "local", false),
	SYNC(REMOTE, ADDR, remote, "remote", false),
	SYNC(PORT, U16, port, "port", false),
	SYNC(MODE, U8, mode, "mode", false),
	SYNC(KEY, BYTES, key, "key", false),
	SYNC(OLD_KEY, BYTES, old_key, "old-key", false),
	SYNC(TIMEOUT, U32, timeout, "timeout", false),
	SYNC(STRICT_TIMEOUT, U32, strict_timeout, "strict-timeout", false),
	SYNC(RESYNC, FLAG, resync, "resync", false),
	SYNC(STATUS, U32, status, "status", true),
	SYNC(ERROR, STRING, error, "error", true),
	SYNC(NETNS_FD, U32, netns_fd, "netns-fd", false),
	SYNC(NETNS, U32, netns, "netns", true),
	{ 0 }
};

#define COUNTER(a, t, m, n) FIELD(SAA_A_COUNTER_##a, t, saa_counter, m, n, true)
static const struct saa_field counter_fields[] = {
	COUNTER(NAME, STRING, name, "name"),
	COUNTER(KIND, U8, kind, "kind"),
	COUNTER(PACKETS, UINT, packets, "packets"),
	COUNTER(DOC, STRING, doc, "doc"),
	{ 0 }
};

#define LOOKUP(a, t, m, n, r) FIELD(SAA_A_LOOKUP_##a, t, saa_lookup, m, n, r)
static const struct saa_field lookup_fields[] = {
	LOOKUP(SOURCE, ADDR, source, "source", false),
	LOOKUP(DESTINATION, ADDR, destination, "destination", false),
	LOOKUP(GROUP, U16, group, "group", false),
	LOOKUP(OUT_GROUP, U16, out_group, "out-group", false),
	LOOKUP(VERDICT, U8, verdict, "verdict", true),
	LOOKUP(HASH, U32, hash, "hash", true),
	LOOKUP(BUCKET, U32, bucket, "bucket", true),
	LOOKUP(PRIMARY, U16, primary, "primary", true),
	LOOKUP(BACKUP, U16, backup, "backup", true),
	LOOKUP(OWNER, U16, owner, "owner", true),
	LOOKUP(SNAT_PRIORITY, U32, snat_priority, "snat-priority", true),
	{ 0 }
};

/* Rows are put and got by hand, this is for their names only. */
static const struct saa_field rows_fields[] = {
	{ .name = "start", .attr = SAA_A_ROWS_START },
	{ .name = "rows", .attr = SAA_A_ROWS_ROWS },
	{ 0 }
};

static const struct {
	const char *name;
	const struct saa_field *fields;
} kinds[] = {
	[SAA_A_GATEWAY] = { "gateway", gateway_fields },
	[SAA_A_SR] = { "sr", sr_fields },
	[SAA_A_GROUP] = { "group", group_fields },
	[SAA_A_PORT] = { "port", port_fields },
	[SAA_A_ROWS] = { "rows", rows_fields },
	[SAA_A_SNAT] = { "snat", snat_fields },
	[SAA_A_COUNTER] = { "counter", counter_fields },
	[SAA_A_LOOKUP] = { "lookup", lookup_fields },
	[SAA_A_KINDS] = { "kinds", NULL },
	[SAA_A_DRY_RUN] = { "dry-run", NULL },
	[SAA_A_SYNC] = { "sync", sync_fields },
};

const struct saa_field *saa_fields(int kind)
{
	return kind > 0 && kind < (int)ARRAY_SIZE(kinds) ?
		kinds[kind].fields : NULL;
}

const char *saa_kind_name(int kind)
{
	return kind > 0 && kind < (int)ARRAY_SIZE(kinds) ?
		kinds[kind].name : "unknown";
}

const char *saa_attr_name(int kind, int attr)
{
	const struct saa_field *f = saa_fields(kind);

	for (; f && f->attr; f++)
		if (f->attr == attr)
			return f->name;
	return NULL;
}

int saa_put_object(struct nl_msg *msg, int kind, const void *object)
{
	struct nlattr *nest = nla_nest_start(msg, kind);
	const struct saa_field *f;
	int err = 0;

	if (!nest)
		return -NLE_MSGSIZE;
	for (f = saa_fields(kind); f->attr && err >= 0; f++) {
		const void *p = (const char *)object + f->offset;

		if (f->reply || !(*has(object) & 1u << f->attr))
			continue;
		if (f->type == STRING)
			err = nla_put_string(msg, f->attr, p);
		else if (f->type == ADDR)
			err = nla_put(msg, f->attr, saa_addr_len(p),
				      ((const struct saa_addr *)p)->bytes);
		else if (f->type == FLAG)
			err = nla_put_flag(msg, f->attr);
		else
			err = nla_put(msg, f->attr, f->size, p);
	}
	/* one without attributes too: it may say "remove it" */
	return err < 0 ? err : nla_nest_end_keep_empty(msg, nest);
}

static void get_uint(const struct nlattr *attr, void *p, size_t size)
{
	uint64_t v = nla_len(attr) >= 8 ? nla_get_u64(attr) :
		     nla_len(attr) >= 4 ? nla_get_u32(attr) :
		     nla_len(attr) >= 2 ? nla_get_u16(attr) :
		     nla_len(attr) >= 1 ? nla_get_u8(attr) : 0;

	switch (size) {
	case 1:
		*(uint8_t *)p = v;
		break;
	case 2:
		*(uint16_t *)p = v;
		break;
	case 4:
		*(uint32_t *)p = v;
		break;
	case 8:
		*(uint64_t *)p = v;
		break;
	}
}

/* False if it does not fit the type. */
static bool get_field(const struct nlattr *attr, const struct saa_field *f,
		      void *p)
{
	struct saa_addr *addr = p;

	switch (f->type) {
	case STRING:
		nla_strlcpy(p, attr, f->size);
		break;
	case BYTES:
		nla_memcpy(p, attr, f->size);
		break;
	case ADDR:
		if (nla_len(attr) != 4 && nla_len(attr) != 16)
			return false;
		nla_memcpy(addr->bytes, attr, sizeof(addr->bytes));
		addr->family = nla_len(attr) == 4 ? AF_INET : AF_INET6;
		break;
	case FLAG:
		*(bool *)p = true;
		break;
	default:
		get_uint(attr, p, f->size);
	}
	return true;
}

void saa_get_object(struct nlattr *nest, int kind, void *object)
{
	const struct saa_field *f;
	struct nlattr *attr;
	int rem;

	nla_for_each_nested(attr, nest, rem) {
		for (f = saa_fields(kind); f->attr; f++) {
			if (f->attr == nla_type(attr) &&
			    get_field(attr, f, (char *)object + f->offset))
				*has(object) |= 1u << f->attr;
		}
	}
}

bool saa_same_object(int kind, const void *a, const void *b)
{
	const struct saa_field *f;

	for (f = saa_fields(kind); f->attr; f++) {
		const char *p = (const char *)a + f->offset;
		const char *q = (const char *)b + f->offset;

		if (f->reply)
			continue;
		/* the kernel keeps what is not given, and hides the key */
		if (!(*has(a) & *has(b) & 1u << f->attr)) {
			if (kind == SAA_A_SNAT &&
			    (*has(a) ^ *has(b)) & 1u << f->attr)
				return false;
			continue;
		}
		if (f->type == STRING ? strcmp(p, q) : memcmp(p, q, f->size))
			return false;
	}
	return true;
}

static int put_rows(struct nl_msg *msg, const struct saa_conf *conf)
{
	uint32_t at, n;
	struct nlattr *nest;

	for (at = 0; at < conf->n_rows; at += n) {
		n = conf->n_rows - at;
		if (n > SAA_ROWS_MAX)
			n = SAA_ROWS_MAX;
		nest = nla_nest_start(msg, SAA_A_ROWS);
		if (!nest ||
		    nla_put_u32(msg, SAA_A_ROWS_START, conf->first_row + at) ||
		    nla_put(msg, SAA_A_ROWS_ROWS, n * sizeof(*conf->rows),
			    &conf->rows[at]) ||
		    nla_nest_end(msg, nest))
			return -NLE_MSGSIZE;
	}
	return 0;
}

int saa_put_conf(struct nl_msg *msg, const struct saa_conf *conf)
{
	size_t i;
	int err = 0;

	if (conf->gateway.has)
		err = saa_put_object(msg, SAA_A_GATEWAY, &conf->gateway);
	for (i = 0; i < conf->n_srs && !err; i++)
		err = saa_put_object(msg, SAA_A_SR, &conf->srs[i]);
	for (i = 0; i < conf->n_groups && !err; i++)
		err = saa_put_object(msg, SAA_A_GROUP, &conf->groups[i]);
	for (i = 0; i < conf->n_ports && !err; i++)
		err = saa_put_object(msg, SAA_A_PORT, &conf->ports[i]);
	if (!err)
		err = put_rows(msg, conf);
	for (i = 0; i < conf->n_snat && !err; i++)
		err = saa_put_object(msg, SAA_A_SNAT, &conf->snat[i]);
	if (!err && conf->sync.has)
		err = saa_put_object(msg, SAA_A_SYNC, &conf->sync);
	return err;
}

/* An upper bound: no object takes more than 256 bytes. */
size_t saa_conf_msg_size(const struct saa_conf *conf)
{
	return 4096 + conf->n_rows * sizeof(*conf->rows) +
	       256 * (conf->n_srs + conf->n_groups + conf->n_ports +
		      conf->n_snat);
}

static void get_rows(struct nlattr *nest, struct saa_conf *conf)
{
	static struct nla_policy policy[SAA_A_ROWS_MAX + 1] = {
		[SAA_A_ROWS_START] = { .type = NLA_U32 },
	};
	struct nlattr *tb[SAA_A_ROWS_MAX + 1];
	uint32_t start, n;

	if (nla_parse_nested(tb, SAA_A_ROWS_MAX, nest, policy) ||
	    !tb[SAA_A_ROWS_START])
		return;
	start = nla_get_u32(tb[SAA_A_ROWS_START]);
	n = tb[SAA_A_ROWS_ROWS] ?
		nla_len(tb[SAA_A_ROWS_ROWS]) / sizeof(*conf->rows) : 0;
	if (start > SAA_BUCKETS_MAX || n > SAA_BUCKETS_MAX - start)
		return;
	if (start + n > conf->n_rows) {
		conf->rows = reallocarray(conf->rows, start + n,
					  sizeof(*conf->rows));
		if (!conf->rows)
			abort();
		memset(conf->rows + conf->n_rows, 0,
		       (start + n - conf->n_rows) * sizeof(*conf->rows));
		conf->n_rows = start + n;
	}
	if (n)
		memcpy(conf->rows + start, nla_data(tb[SAA_A_ROWS_ROWS]),
		       n * sizeof(*conf->rows));
}

static void get_sync(struct nlattr *nest, struct saa_conf *conf)
{
	struct nlattr *attr;
	int rem;

	conf->sync.has |= SAA_SYNC_HERE;
	saa_get_object(nest, SAA_A_SYNC, &conf->sync);
	nla_for_each_nested(attr, nest, rem)
		if (nla_type(attr) == SAA_A_SYNC_COUNTER)
			saa_get_object(attr, SAA_A_COUNTER,
				       saa_grow(&conf->sync_counters,
						&conf->n_sync_counters,
						sizeof(*conf->sync_counters)));
	/* as it is to be said to get it again */
	if (conf->sync.has & 1u << SAA_A_SYNC_NETNS &&
	    saa_netns_find(conf->sync.netns, conf->sync.netns_name))
		conf->sync.has |= 1u << SAA_A_SYNC_NETNS_FD;
}

void saa_get_conf(struct nlmsghdr *nlh, struct saa_conf *conf)
{
	struct nlattr *attr;
	int rem;

	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rem) {
		switch (nla_type(attr)) {
		case SAA_A_GATEWAY:
			saa_get_object(attr, SAA_A_GATEWAY, &conf->gateway);
			break;
		case SAA_A_SR:
			saa_get_object(attr, SAA_A_SR,
				       saa_grow(&conf->srs, &conf->n_srs,
						sizeof(*conf->srs)));
			break;
		case SAA_A_GROUP:
			saa_get_object(attr, SAA_A_GROUP,
				       saa_grow(&conf->groups, &conf->n_groups,
						sizeof(*conf->groups)));
			break;
		case SAA_A_PORT:
			saa_get_object(attr, SAA_A_PORT,
				       saa_grow(&conf->ports, &conf->n_ports,
						sizeof(*conf->ports)));
			break;
		case SAA_A_ROWS:
			get_rows(attr, conf);
			break;
		case SAA_A_SNAT:
			saa_get_object(attr, SAA_A_SNAT,
				       saa_grow(&conf->snat, &conf->n_snat,
						sizeof(*conf->snat)));
			break;
		case SAA_A_SYNC:
			get_sync(attr, conf);
			break;
		}
	}
}
