/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The netlink family "saa", as Documentation/netlink/specs/saa.yaml specifies
 * it: one socket, requests that block, objects as in model.h. libnl does the
 * framing; extended acknowledgements are decoded here, libnl 3.7 does not.
 *
 * Functions return 0 or -errno; saa_nl.error then says what happened.
 */
#ifndef SAA_NL_H
#define SAA_NL_H

#include <netlink/netlink.h>
#include <netlink/msg.h>

#include "model.h"

/* What an error message from the kernel says. */
struct saa_extack {
	int err;		/* -errno */
	char msg[256];
	uint32_t offset;	/* of the bad attribute in the request, or 0 */
	int missing;		/* type of a missing attribute, or -1 */
};

/* Whom it is about: found by walking the request. */
struct saa_culprit {
	int kind;		/* SAA_A_SR ..., 0: unknown */
	unsigned int index;	/* which of this kind in the request */
	const char *attr;	/* name of the attribute in it, or NULL */
};

struct saa_lookup {
	uint32_t has;
	unsigned int line;	/* unused */
	struct saa_addr source, destination;
	uint16_t group, out_group;
	uint8_t verdict;
	uint32_t hash, bucket;
	uint16_t primary, backup, owner;
	uint32_t snat_priority;
};

struct saa_nl {
	struct nl_sock *sock;
	int family;
	struct saa_extack ext;
	struct saa_culprit culprit;
	char error[512];	/* one line, without the name of the tool */
};

int saa_nl_open(struct saa_nl *nl);
void saa_nl_close(struct saa_nl *nl);

/* @kinds: bits of enum saa_kinds, 0 for all. @conf is freed by the caller. */
int saa_nl_get(struct saa_nl *nl, uint32_t kinds, struct saa_conf *conf);

/* @cmd: SAA_CMD_SET, _NEW, _CHANGE, _DEL */
int saa_nl_write(struct saa_nl *nl, uint8_t cmd, const struct saa_conf *conf,
		 bool dry_run);

int saa_nl_explain(struct saa_nl *nl, struct saa_lookup *lookup);
int saa_nl_stats(struct saa_nl *nl, struct saa_counter **counters, size_t *n);

/* One notification; not 0 ends saa_nl_monitor(). */
typedef int (*saa_event_fn)(bool gone, const struct saa_conf *object,
			    void *arg);

/* Join the notifications; each is handed to @fn until it returns non-zero. */
int saa_nl_monitor(struct saa_nl *nl, saa_event_fn fn, void *arg);

/*
 * The same in steps: join, then wait for at most @ms milliseconds (-1: for
 * ever) and hand what has come to @fn. 1: @fn has ended it; 0: it has not;
 * -ETIMEDOUT: nothing came. @lost is set when notifications were lost. The
 * socket is for nothing else from then on.
 */
int saa_nl_join(struct saa_nl *nl);
int saa_nl_wait(struct saa_nl *nl, int ms, saa_event_fn fn, void *arg,
		bool *lost);

/* nl_msg.c: from objects to attributes and back */
struct saa_field;
const struct saa_field *saa_fields(int kind);
const char *saa_kind_name(int kind);
const char *saa_attr_name(int kind, int attr);
int saa_put_object(struct nl_msg *msg, int kind, const void *object);
void saa_get_object(struct nlattr *nest, int kind, void *object);
int saa_put_conf(struct nl_msg *msg, const struct saa_conf *conf);
void saa_get_conf(struct nlmsghdr *nlh, struct saa_conf *conf);
size_t saa_conf_msg_size(const struct saa_conf *conf);

/*
 * Whether two objects of a kind say the same, of what is configuration and
 * both of them give.
 */
bool saa_same_object(int kind, const void *a, const void *b);

/*
 * nl_request.c: send @msg, hand each message of the answer to @valid, wait for
 * the end. -EINTR: a dump during which the data changed.
 */
int saa_nl_request(struct nl_sock *sock, struct nl_msg *msg,
		   nl_recvmsg_msg_cb_t valid, void *arg,
		   struct saa_extack *ext);

/* nl_extack.c */
void saa_extack_parse(const struct nlmsghdr *nlh, struct saa_extack *ext);
void saa_extack_culprit(const struct nlmsghdr *request,
			const struct saa_extack *ext, struct saa_culprit *c);

#endif
