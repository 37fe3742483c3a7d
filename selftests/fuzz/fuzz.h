/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of the netlink fuzzer share: the tables that spec.py makes of the specification, random numbers,
 * messages as trees of attributes, and the check of what the kernel sends.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum kind { K_STRING, K_BINARY, K_FLAG, K_NEST, K_UINT, K_U8, K_U16, K_U32, K_U64 };

struct set;

struct attr {
	const char *name, *set;
	enum kind kind;
	unsigned int type;
	uint64_t min, max, mask;
	unsigned int min_len, max_len, exact_len;
	bool has_max, multi, reply_only, secret;
	const struct set *nest;
};

struct set {
	const char *name;
	const struct attr *attrs;
	unsigned int n;
};

/* The requests and replies are bits of attribute types. */
struct op {
	const char *name;
	uint8_t cmd;
	bool do_, dump, event, admin;
	uint32_t do_request, do_reply, dump_request, dump_reply, event_reply;
};

extern const struct op ops[];
extern const unsigned int n_ops;
extern const struct set *const top_set;
extern const char *const family_name, *const group_name;

/* Random numbers (splitmix64): the same for a seed everywhere. */
struct rng {
	uint64_t state;
};

static inline uint64_t random_u64(struct rng *rng)
{
	uint64_t z = rng->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

static inline unsigned int below(struct rng *rng, unsigned int limit)
{
	return (random_u64(rng) >> 32) % limit;
}

static inline bool percent(struct rng *rng, unsigned int p)
{
	return below(rng, 100) < p;
}

#define PICK(rng, array) ((array)[below((rng), sizeof(array) / sizeof((array)[0]))])

/* Bytes of the attributes of a message, at most. */
#define BODY_MAX (512 * 1024)

/* @len bytes at @body: generic netlink header and attributes. */
struct message {
	uint16_t flags;
	const struct op *op;	/* NULL if there is no such command */
	unsigned int len;
	uint8_t *body;
};

/* What messages refer to, so that many of them are accepted: SRs have the ids 1 to @n_srs, and so on. */
struct hints {
	unsigned int n_srs, n_groups, buckets;
};

/* message.c: grows a random message; @body has room for BODY_MAX. */
void message_grow(struct rng *rng, struct hints *hints, struct message *msg);
const struct op *op_find(unsigned int cmd);

/*
 * reply.c: is a message from the kernel what the specification says? NULL, or what is wrong. @allowed: bits of types
 * of its attributes; @secrets: it may have secret ones.
 */
const char *reply_check(const void *attrs, size_t len, uint32_t allowed, bool secrets);

/*
 * dumped.c: makes the number of the configuration in a dump 0; and leaves out what state sync tells of its attempts, if
 * it was @found, which returns how much is left.
 */
void forget_generation(uint8_t *dumped, unsigned int len);
unsigned int forget_attempts(uint8_t *dumped, unsigned int len, bool *found);

#endif
