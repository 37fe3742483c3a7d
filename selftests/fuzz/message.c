// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random messages. One is grown as a tree of attributes from the specification: most often such that it may be
 * accepted, with values that belong together where this file knows them by name ("hints"), else with any value of the
 * attribute's type. Then many of them are made wrong here and there, still by the specification: attributes left out,
 * doubled, moved, cut, too long, out of range, with wrong flags, types and lengths.
 *
 * A new attribute needs nothing here; a hint makes it more likely that it gets past the first check.
 */
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/saa.h>
#include <stdlib.h>

#include "fuzz.h"

#define NODES 512
#define DATA_MAX (400 * 1024)

struct node {
	const struct attr *attr;
	unsigned int type;	/* with flags */
	const uint8_t *data;
	unsigned int len;	/* of data, when there are no children */
	int lie;		/* added to the length that is told */
	struct node *child, *next;
};

/* Under construction: one message at a time. */
static struct node nodes[NODES];
static unsigned int n_nodes;
static uint8_t data[DATA_MAX] __attribute__((aligned(4)));
static unsigned int data_len;

struct grow {
	struct rng *rng;
	struct hints *hints;
	const struct op *op;
	unsigned int family, nth;	/* of the object: IPv4 or IPv6, its number among its kind */
	unsigned int buckets, n_srs;	/* that the message says or will be used with */
	unsigned int give_up;		/* percent of attributes left out */
	bool wild, no_flag;		/* any values; without NLA_F_NESTED */
};

static struct node *node_new(const struct attr *attr, unsigned int type)
{
	struct node *node;

	if (n_nodes == NODES)
		return NULL;
	node = &nodes[n_nodes++];
	memset(node, 0, sizeof(*node));
	node->attr = attr;
	node->type = type;
	return node;
}

static uint8_t *data_room(unsigned int len)
{
	uint8_t *room;

	if (len > DATA_MAX || data_len + len > DATA_MAX)
		return NULL;
	room = data + data_len;
	data_len += (len + 3) & ~3u;
	return room;
}

static void put(struct node *node, const void *value, unsigned int len)
{
	uint8_t *room = data_room(len);

	node->data = room;
	node->len = room ? len : 0;
	if (room && len)
		memcpy(room, value, len);
}

static void put_random(struct rng *rng, struct node *node, unsigned int len)
{
	uint8_t *room = data_room(len);
	unsigned int i;

	node->data = room;
	node->len = room ? len : 0;
	for (i = 0; i < node->len; i++)
		room[i] = random_u64(rng) >> 24;
}

static unsigned int int_size(enum kind kind, uint64_t value)
{
	switch (kind) {
	case K_U8: return 1;
	case K_U16: return 2;
	case K_U32: return 4;
	case K_U64: return 8;
	case K_UINT: return value >> 32 ? 8 : 4;
	default: return 0;
	}
}

static void put_int(struct node *node, uint64_t value)
{
	put(node, &value, int_size(node->attr->kind, value));
}

static uint64_t int_max(const struct attr *attr)
{
	if (attr->mask)
		return attr->mask;
	if (attr->has_max)
		return attr->max;
	return attr->kind == K_U8 ? UINT8_MAX : attr->kind == K_U16 ? UINT16_MAX : UINT32_MAX;
}

/* Hints: the value of an attribute, by the name of its set and its own. */
static const char *const interfaces[] = { "m1", "m2", "m3", "m4", "m5", "m6", "p0", "p1" };
static const char *const odd_names[] = { "", "none", "lo", "p0", "m1", "v7", "br", "a-name-of-31-characters-no-more" };

static void hint_ifname(struct grow *g, struct node *node)
{
	const char *name = interfaces[g->nth % 6];

	if (!strcmp(node->attr->set, "port"))
		name = interfaces[6 + g->nth % 2];
	if (percent(g->rng, 7))
		name = PICK(g->rng, interfaces);
	if (percent(g->rng, 3))
		name = PICK(g->rng, odd_names);
	put(node, name, strnlen(name, 15) + 1);
}

static void hint_name(struct grow *g, struct node *node)
{
	const char *name = percent(g->rng, 90) ? PICK(g->rng, interfaces) : PICK(g->rng, odd_names);

	put(node, name, strlen(name) + 1);
}

static void hint_nth(struct grow *g, struct node *node)
{
	put_int(node, g->nth + 1);
}

static void hint_sr(struct grow *g, struct node *node)
{
	put_int(node, 1 + below(g->rng, g->n_srs));
}

/* Groups on the north side have odd numbers, see hint_side(). */
static void hint_group(struct grow *g, struct node *node)
{
	unsigned int id = 1 + below(g->rng, g->hints->n_groups);

	put_int(node, percent(g->rng, 90) ? id | 1 : id);
}

static void hint_side(struct grow *g, struct node *node)
{
	put_int(node, percent(g->rng, 90) ? g->nth % 2 : below(g->rng, 2));
}

static void hint_key(struct grow *g, struct node *node)
{
	uint8_t key[16];

	memset(key, 1 + below(g->rng, 2), sizeof(key));
	put(node, key, sizeof(key));
}

static void hint_gateway(struct grow *g, struct node *node)
{
	put_int(node, percent(g->rng, 90) ? 7 : 8);
}

static void hint_buckets(struct grow *g, struct node *node)
{
	put_int(node, g->buckets);
}

static void hint_start(struct grow *g, struct node *node)
{
	put_int(node, g->nth * 16000);
}

/* A run of rows that follows the one before; of a change any run. */
static void hint_rows(struct grow *g, struct node *node)
{
	unsigned int i, n, start = g->nth * 16000;
	struct { uint16_t primary, backup; } *row;

	n = start < g->buckets ? g->buckets - start : 1;
	if (n > 16000)
		n = 16000;
	if (g->op->cmd == SAA_CMD_CHANGE && percent(g->rng, 70))
		n = 1 + below(g->rng, n);
	node->data = data_room(n * sizeof(*row));
	if (!node->data)
		return;
	node->len = n * sizeof(*row);
	row = (void *)node->data;
	for (i = 0; i < n; i++) {
		row[i].primary = 1 + below(g->rng, g->n_srs);
		row[i].backup = g->n_srs > 1 ? 1 + row[i].primary % g->n_srs : 0;
	}
	if (percent(g->rng, 5))
		row[below(g->rng, n)].primary = below(g->rng, 9);
	if (percent(g->rng, 5))
		row[below(g->rng, n)].backup = below(g->rng, 9);
}

static void hint_family(struct grow *g, struct node *node)
{
	put_int(node, g->family);
}

/* 10.N.0.0 or fd00:N::, so that lengths of 16 and more are right. */
static void hint_address(struct grow *g, struct node *node)
{
	uint8_t a[16] = { 0 };

	if (g->family == 2) {
		a[0] = 10;
		a[1] = below(g->rng, 4);
		put(node, a, 4);
	} else {
		a[0] = 0xfd;
		a[3] = below(g->rng, 4);
		put(node, a, 16);
	}
}

static void hint_pool(struct grow *g, struct node *node)
{
	uint8_t a[16] = { 198, 51, 100 };
	unsigned int len = g->family == 2 ? 4 : 16;

	a[len - 1] = (strcmp(node->attr->name, "to-first") ? 8 : 1) + below(g->rng, 8);
	put(node, a, len);
}

static void hint_prefix_len(struct grow *g, struct node *node)
{
	static const uint8_t lens[] = { 16, 24, 32, 32, 16, 48, 64, 128, 8, 33, 0 };

	put_int(node, g->family == 2 ? lens[below(g->rng, 5)] : PICK(g->rng, lens));
}

static void hint_priority(struct grow *g, struct node *node)
{
	put_int(node, percent(g->rng, 80) ? 10 * (g->nth + 1) : below(g->rng, 30));
}

static void hint_port(struct grow *g, struct node *node)
{
	put_int(node, strcmp(node->attr->name, "port-first") ? 2000 : 1000 + below(g->rng, 1001));
}

static void hint_flags(struct grow *g, struct node *node)
{
	put_int(node, percent(g->rng, 60) ? 0 : below(g->rng, node->attr->mask + 1));
}

/* State sync between the address that m1 has and one that nobody answers for; or, with IPv6, nobody has. */
static void hint_end(struct grow *g, struct node *node)
{
	uint8_t a[16] = { 10 };
	unsigned int len = g->family == 2 ? 4 : 16;

	if (g->family != 2)
		a[0] = 0xfd;
	a[len - 1] = strcmp(node->attr->name, "local") ? 2 + below(g->rng, 3) : 1;
	put(node, a, len);
}

/* Without a geneve device whatever wants one is refused. */
static void hint_transport(struct grow *g, struct node *node)
{
	put_int(node, percent(g->rng, 10) ? SAA_TRANSPORT_GENEVE : SAA_TRANSPORT_L2);
}

#define KEY -1	/* hardly an object without it */

static const struct hint {
	const char *set, *name;
	void (*put)(struct grow *g, struct node *node);
	int give_up;		/* percent of objects without it, more than others */
} hint_table[] = {
	{ "gateway", "id", hint_gateway, 0 },
	{ "gateway", "sr", hint_sr, 0 },
	{ "gateway", "key", hint_key, 0 },
	{ "gateway", "buckets", hint_buckets, 0 },
	{ "sr", "id", hint_nth, KEY },
	{ "sr", "state", NULL, 40 },
	{ "sr", "address", hint_address, 40 },
	{ "port", "transport", hint_transport, 40 },
	{ "group", "id", hint_nth, KEY },
	{ "sync", "partner", hint_sr, KEY },
	{ "sync", "local", hint_end, KEY },
	{ "sync", "remote", hint_end, KEY },
	{ "sync", "port", NULL, 60 },
	{ "sync", "key", NULL, KEY },
	{ "sync", "old-key", NULL, 60 },
	{ "sync", "resync", NULL, 60 },
	{ "sync", "netns-fd", NULL, 95 },
	{ NULL, "side", hint_side, KEY },
	{ NULL, "ifname", hint_ifname, 0 },
	{ NULL, "name", hint_name, 0 },
	{ "rows", "start", hint_start, KEY },
	{ "rows", "rows", hint_rows, KEY },
	{ NULL, "priority", hint_priority, KEY },
	{ NULL, "family", hint_family, 0 },
	{ NULL, "group", hint_group, 0 },
	{ NULL, "out-group", hint_group, 30 },
	{ NULL, "source-len", hint_prefix_len, 20 },
	{ NULL, "destination-len", hint_prefix_len, 50 },
	{ NULL, "source", hint_address, 0 },
	{ "snat", "destination", hint_address, 50 },
	{ NULL, "destination", hint_address, 0 },
	{ NULL, "to-first", hint_pool, 0 },
	{ NULL, "to-last", hint_pool, 30 },
	{ NULL, "port-first", hint_port, 60 },
	{ NULL, "port-last", hint_port, 60 },
	{ NULL, "flags", hint_flags, 50 },
};

static const struct hint *hint_find(const struct attr *attr)
{
	size_t i;

	for (i = 0; i < sizeof(hint_table) / sizeof(hint_table[0]); i++)
		if (!strcmp(hint_table[i].name, attr->name) &&
		    (!hint_table[i].set || !strcmp(hint_table[i].set, attr->set)))
			return &hint_table[i];
	return NULL;
}

/* Values at and beyond the edges of what the specification allows, and of the type. */
static void put_edge(struct rng *rng, struct node *node)
{
	static const unsigned int lens[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 15, 16, 17, 20, 31, 32, 33, 255, 4096 };
	const struct attr *attr = node->attr;
	uint64_t max = int_max(attr);
	const uint64_t values[] = { 0, 1, attr->min, attr->min - 1, max, max + 1, max * 2 + 1, ~0ULL, 0x80000000,
				    0x8000, 0x7f, 0x80, random_u64(rng), 1ULL << below(rng, 64) };
	unsigned int len;

	switch (attr->kind) {
	case K_U8: case K_U16: case K_U32: case K_U64: case K_UINT:
		put_int(node, PICK(rng, values));
		break;
	case K_STRING:
		len = percent(rng, 50) ? PICK(rng, lens) : attr->max_len + below(rng, 4);
		put_random(rng, node, len);
		if (len && percent(rng, 60))
			((uint8_t *)node->data)[len - 1] = 0;
		break;
	default:
		put_random(rng, node, percent(rng, 50) || !attr->exact_len ? PICK(rng, lens) :
			   attr->exact_len + below(rng, 3) - 1);
	}
}

/* Any value of the attribute's type that the specification allows. */
static void put_any(struct rng *rng, struct node *node)
{
	const struct attr *attr = node->attr;
	static const unsigned int lens[] = { 4, 16, 8 };

	switch (attr->kind) {
	case K_U8: case K_U16: case K_U32: case K_U64: case K_UINT:
		if (attr->mask)
			put_int(node, random_u64(rng) & attr->mask);
		else
			put_int(node, attr->min + random_u64(rng) % (int_max(attr) - attr->min + 1));
		break;
	case K_STRING:
		put(node, "any", 4);
		break;
	case K_FLAG:
		break;
	default:
		put_random(rng, node, attr->exact_len ? attr->exact_len : PICK(rng, lens));
	}
}

static struct node *grow(struct grow *g, const struct attr *attr);

static void append(struct node **where, struct node *node)
{
	while (*where)
		where = &(*where)->next;
	*where = node;
}

static bool wanted(struct grow *g, const struct attr *attr)
{
	const struct hint *hint = hint_find(attr);

	if (g->wild)
		return percent(g->rng, 50);
	if (attr->reply_only)
		return percent(g->rng, 3);
	if (hint && hint->give_up == KEY)
		return !percent(g->rng, 2);
	return !percent(g->rng, g->give_up) && !(hint && percent(g->rng, hint->give_up));
}

static void grow_nest(struct grow *g, struct node *node)
{
	const struct set *set = node->attr->nest;
	unsigned int i;

	g->family = percent(g->rng, 60) ? 2 : 10;
	for (i = 0; i < set->n; i++)
		if (wanted(g, &set->attrs[i]))
			append(&node->child, grow(g, &set->attrs[i]));
}

static struct node *grow(struct grow *g, const struct attr *attr)
{
	struct node *node = node_new(attr, attr->type);
	const struct hint *hint = hint_find(attr);

	if (!node)
		return NULL;
	if (attr->kind == K_NEST)
		grow_nest(g, node);
	else if (g->wild && percent(g->rng, 30))
		put_edge(g->rng, node);
	else if (hint && hint->put && !(g->wild && percent(g->rng, 30)))
		hint->put(g, node);
	else
		put_any(g->rng, node);
	if (attr->kind == K_NEST && !g->no_flag)
		node->type |= NLA_F_NESTED;
	return node;
}

/* How many objects of a kind a message has, for it to be a whole configuration or some change. */
static unsigned int how_many(struct grow *g, const struct attr *attr)
{
	bool whole = g->op->cmd == SAA_CMD_SET;

	switch (attr->type) {
	case SAA_A_GATEWAY: return whole ? 1 : percent(g->rng, g->op->cmd == SAA_CMD_DEL ? 5 : 10);
	case SAA_A_SR: return whole ? g->n_srs : percent(g->rng, 40) * (1 + below(g->rng, 3));
	case SAA_A_GROUP: return whole ? g->hints->n_groups : percent(g->rng, 30) * (1 + below(g->rng, 2));
	case SAA_A_PORT: return whole ? 2 : percent(g->rng, 15) * (1 + below(g->rng, 2));
	case SAA_A_ROWS: return whole ? (g->buckets + 15999) / 16000 : percent(g->rng, 15);
	case SAA_A_SNAT: return whole ? below(g->rng, 5) : percent(g->rng, 40) * (1 + below(g->rng, 3));
	case SAA_A_SYNC: return percent(g->rng, whole ? 40 : 12);
	case SAA_A_KINDS: return percent(g->rng, 50);
	case SAA_A_DRY_RUN: return percent(g->rng, 10);
	case SAA_A_LOOKUP: return 1;
	default: return percent(g->rng, 30);
	}
}

static bool has(const struct node *nest, unsigned int type)
{
	const struct node *node;

	for (node = nest->child; node; node = node->next)
		if (node->type == type)
			return true;
	return false;
}

/* A rule has both ports or none, no length without a prefix, and with the flag no-snat neither pool nor ports. */
static void settle_snat(struct node *rule)
{
	struct node **at, *node;
	bool no_snat = false, drop;

	for (node = rule->child; node; node = node->next)
		if (node->type == SAA_A_SNAT_FLAGS && node->len == 4 && node->data[0] & SAA_SNAT_FLAGS_NO_SNAT)
			no_snat = true;
	for (at = &rule->child; *at;) {
		switch ((*at)->type) {
		case SAA_A_SNAT_SOURCE_LEN: drop = !has(rule, SAA_A_SNAT_SOURCE); break;
		case SAA_A_SNAT_DESTINATION_LEN: drop = !has(rule, SAA_A_SNAT_DESTINATION); break;
		case SAA_A_SNAT_PORT_FIRST: drop = no_snat || !has(rule, SAA_A_SNAT_PORT_LAST); break;
		case SAA_A_SNAT_PORT_LAST: drop = no_snat || !has(rule, SAA_A_SNAT_PORT_FIRST); break;
		case SAA_A_SNAT_TO_FIRST:
		case SAA_A_SNAT_TO_LAST: drop = no_snat; break;
		default: drop = false;
		}
		if (drop)
			*at = (*at)->next;
		else
			at = &(*at)->next;
	}
}

/* What belongs to a transport comes with it. */
static void settle_port(struct node *port)
{
	struct node **at = &port->child;
	bool geneve = false;

	while (*at) {
		geneve |= (*at)->type == SAA_A_PORT_TRANSPORT && (*at)->len &&
			  (*at)->data[0] == SAA_TRANSPORT_GENEVE;
		if (!geneve && ((*at)->type == SAA_A_PORT_VNI || (*at)->type == SAA_A_PORT_UDP_PORT))
			*at = (*at)->next;
		else
			at = &(*at)->next;
	}
}

static struct node *grow_message(struct grow *g)
{
	uint32_t request = g->op->do_request | g->op->dump_request;
	struct node *top = NULL, *node;
	unsigned int i, n, first;

	for (i = 0; i < top_set->n; i++) {
		const struct attr *attr = &top_set->attrs[i];

		if (g->wild ? !percent(g->rng, 25) : !(request & 1u << attr->type))
			continue;
		n = g->wild ? 1u + percent(g->rng, 20) : how_many(g, attr);
		first = g->op->cmd == SAA_CMD_SET ? 0 : below(g->rng, 4);
		while (n--) {
			g->nth = first++;
			if (g->op->cmd == SAA_CMD_CHANGE)
				g->give_up = 30;
			if (attr->type == SAA_A_ROWS && g->op->cmd != SAA_CMD_SET)
				g->nth = 0;
			node = grow(g, attr);
			if (node && attr->type == SAA_A_SNAT && percent(g->rng, 80))
				settle_snat(node);
			if (node && attr->type == SAA_A_PORT && percent(g->rng, 80))
				settle_port(node);
			append(&top, node);
		}
	}
	return top;
}

/* Mutations */

static struct node *any_node(struct rng *rng)
{
	return n_nodes ? &nodes[below(rng, n_nodes)] : NULL;
}

static void unlink_node(struct node **where, const struct node *node)
{
	for (; *where; where = &(*where)->next) {
		if (*where == node) {
			*where = node->next;
			return;
		}
		unlink_node(&(*where)->child, node);
	}
}

static bool has_node(const struct node *tree, const struct node *node)
{
	for (; tree; tree = tree->next)
		if (tree == node || has_node(tree->child, node))
			return true;
	return false;
}

/* A copy of a tree, as far as there is room. */
static struct node *copy_tree(const struct node *node)
{
	struct node *copy = node_new(node->attr, node->type);
	const struct node *child;

	if (!copy)
		return NULL;
	*copy = *node;
	copy->child = copy->next = NULL;
	for (child = node->child; child; child = child->next)
		append(&copy->child, copy_tree(child));
	return copy;
}

static void mutate(struct rng *rng, struct node **top)
{
	struct node *node = any_node(rng), *to, *copy;
	unsigned int len;

	if (!node || !has_node(*top, node))
		return;
	switch (below(rng, 12)) {
	case 0:	/* missing */
		unlink_node(top, node);
		break;
	case 1:	/* doubled, children and all */
		copy = copy_tree(node);
		if (!copy)
			break;
		copy->next = node->next;
		node->next = copy;
		break;
	case 2:	/* elsewhere: wrong nesting */
		to = any_node(rng);
		if (!to || to == node || has_node(node->child, to))
			break;
		unlink_node(top, node);
		node->next = NULL;
		if (percent(rng, 30))
			append(top, node);
		else if (to->attr->kind == K_NEST && has_node(*top, to))
			append(&to->child, node);
		break;
	case 3:	/* truncated */
		node->child = NULL;
		node->len = node->len ? below(rng, node->len) : 0;
		break;
	case 4:	/* too long */
		node->child = NULL;
		copy = node_new(node->attr, node->type);
		if (!copy)
			break;
		put_random(rng, copy, node->len + 1 + below(rng, 8));
		if (copy->len && node->len)
			memcpy((uint8_t *)copy->data, node->data, node->len);
		node->data = copy->data;
		node->len = copy->len;
		n_nodes--;
		break;
	case 5:	/* at or out of its range */
	case 6:
	case 7:
		node->child = NULL;
		put_edge(rng, node);
		break;
	case 8:	/* another type */
		node->type = below(rng, top_set->n + 6);
		break;
	case 9:	/* flags of the type */
		node->type ^= percent(rng, 60) ? NLA_F_NESTED : NLA_F_NET_BYTEORDER;
		break;
	case 10: /* tells another length than it has */
		len = node->len + 4;
		node->lie = percent(rng, 50) ? (int)below(rng, 12) - 6 : -(int)below(rng, len + 1);
		if (percent(rng, 10))
			node->lie = 0xffff;
		break;
	default: /* noise in place of the value */
		node->child = NULL;
		put_random(rng, node, below(rng, 40));
	}
}

/* Appends a list of attributes to the body; without room it is cut. */
static void serialise(struct message *msg, const struct node *node)
{
	for (; node; node = node->next) {
		unsigned int start = msg->len, len;
		struct nlattr *nla = (struct nlattr *)(msg->body + start);

		if (start + NLA_HDRLEN + node->len + 4 > BODY_MAX)
			return;
		msg->len += NLA_HDRLEN;
		if (node->child) {
			serialise(msg, node->child);
		} else if (node->len) {
			memcpy(msg->body + msg->len, node->data, node->len);
			msg->len += node->len;
		}
		len = msg->len - start;
		nla->nla_type = node->type;
		nla->nla_len = (int)len + node->lie < 0 ? 0 : len + node->lie;
		while (msg->len & 3)
			msg->body[msg->len++] = 0;
	}
}

/* After which the next messages refer to other things. */
static void new_hints(struct rng *rng, struct hints *hints)
{
	static const unsigned int sizes[] = { 256, 256, 256, 256, 256, 256, 256, 512, 1024, 4096 };

	hints->n_srs = 1 + below(rng, 6);
	hints->n_groups = 1 + below(rng, 6);
	hints->buckets = percent(rng, 99) ? PICK(rng, sizes) : 65536;
}

const struct op *op_find(unsigned int cmd)
{
	unsigned int i;

	for (i = 0; i < n_ops; i++)
		if (ops[i].cmd == cmd)
			return &ops[i];
	return NULL;
}

static const struct op *pick_op(struct rng *rng)
{
	/* Commands that this file knows come in proportion; each that is in the specification comes. */
	static const uint8_t usual[] = { SAA_CMD_SET, SAA_CMD_SET, SAA_CMD_NEW, SAA_CMD_NEW, SAA_CMD_CHANGE,
					 SAA_CMD_CHANGE, SAA_CMD_CHANGE, SAA_CMD_DEL, SAA_CMD_EXPLAIN };
	return percent(rng, 12) ? &ops[below(rng, n_ops)] : op_find(PICK(rng, usual));
}

static uint16_t pick_flags(struct rng *rng, const struct op *op)
{
	uint16_t flags = NLM_F_REQUEST | NLM_F_ACK;

	if (op->dump && (!op->do_ || percent(rng, 50)))
		flags |= NLM_F_DUMP;
	if (percent(rng, 3))
		flags ^= NLM_F_DUMP;
	if (percent(rng, 2))
		flags ^= 1 << (4 + below(rng, 12));
	return flags;
}

void message_grow(struct rng *rng, struct hints *hints, struct message *msg)
{
	struct genlmsghdr *genl = (struct genlmsghdr *)msg->body;
	struct grow g = { .rng = rng, .hints = hints };
	struct node *top;
	unsigned int n;

	if (!hints->n_srs || percent(rng, 3))
		new_hints(rng, hints);
	n_nodes = 0;
	data_len = 0;
	g.op = pick_op(rng);
	g.wild = percent(rng, 15);
	g.no_flag = percent(rng, 1);
	g.give_up = percent(rng, 80) ? 0 : 10;
	g.buckets = hints->buckets;
	g.n_srs = hints->n_srs;
	top = grow_message(&g);
	if (percent(rng, 50))
		for (n = 1 + below(rng, 3); n; n--)
			mutate(rng, &top);

	memset(genl, 0, sizeof(*genl));
	genl->cmd = g.op->cmd;
	genl->version = SAA_FAMILY_VERSION;
	msg->flags = pick_flags(rng, g.op);
	if (percent(rng, 2))
		genl->cmd = below(rng, 2 * n_ops);
	if (percent(rng, 1))
		genl->version = random_u64(rng);
	if (percent(rng, 1))
		genl->reserved = below(rng, 3);
	msg->len = GENL_HDRLEN;
	serialise(msg, top);
	if (percent(rng, 2))	/* bytes behind the last attribute, or cut */
		msg->len += 1 + below(rng, 3);
	else if (percent(rng, 2))
		msg->len = below(rng, msg->len + 1);
	if (percent(rng, 2))
		for (n = 1 + below(rng, 4); n && msg->len; n--)
			msg->body[below(rng, msg->len)] = random_u64(rng);
	msg->op = op_find(msg->len ? msg->body[0] : 0);
}
