/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration of one SR: the objects that netlink carries. An object's
 * "has" holds a bit for each attribute that is given (1 << SAA_A_SR_STATE), so
 * the same structures serve a whole configuration, a change to one object, an
 * answer and a notification.
 */
#ifndef SAA_MODEL_H
#define SAA_MODEL_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/saa.h>
#include <linux/saa_punt.h>

#include "addr.h"

#define SAA_NAME_SIZE (SAA_NAME_MAX + 1)

/* "line" of an object: of the configuration file it comes from, or 0. */

struct saa_gateway {
	uint32_t has;
	unsigned int line;
	char name[SAA_NAME_SIZE];
	uint16_t id, sr;
	uint8_t key[SAA_KEY_LEN];
	uint32_t buckets, generation;
};

struct saa_sr {
	uint32_t has;
	unsigned int line;
	uint16_t id;
	char name[SAA_NAME_SIZE];
	uint8_t state;
	struct saa_addr address;
	uint64_t tx_packets, rx_packets;
};

struct saa_group {
	uint32_t has;
	unsigned int line;
	uint16_t id;
	char name[SAA_NAME_SIZE];
	uint8_t side;
	char ifname[IF_NAMESIZE];
	uint32_t ifindex;
};

struct saa_port {
	uint32_t has;
	unsigned int line;
	uint8_t side, transport;
	char ifname[IF_NAMESIZE];
	uint32_t ifindex;
	uint8_t mac[6];
	uint32_t vni;		/* with transport geneve, as the next */
	uint16_t udp_port;
};

struct saa_snat {
	uint32_t has;
	unsigned int line;
	uint32_t priority;
	uint8_t family;
	uint16_t group;
	struct saa_addr source, destination, to_first, to_last;
	uint8_t source_len, destination_len;
	uint16_t port_first, port_last;
	uint32_t flags;
	uint64_t flows;
};

struct saa_counter {
	uint32_t has;
	unsigned int line;	/* unused */
	char name[32];
	uint8_t kind;
	uint64_t packets;
	char doc[128];
};

#define SAA_NETNS_NAME_MAX 255

/* There is at most one, without a key; this bit of "has" says that there is. */
#define SAA_SYNC_HERE 1u

struct saa_sync {
	uint32_t has;
	unsigned int line;
	uint16_t partner;
	struct saa_addr local, remote;
	uint16_t port;
	uint8_t mode;
	uint8_t key[SAA_SYNC_KEY_LEN], old_key[SAA_SYNC_KEY_LEN];
	uint32_t timeout, strict_timeout;	/* ms */
	bool resync;
	uint32_t status;
	char error[256];
	/* a name of /run/netns, "" for the SR's own; the file, while a message
	 * is sent; the inode, 0 when it is gone
	 */
	char netns_name[SAA_NETNS_NAME_MAX + 1];
	uint32_t netns_fd, netns;
};

struct saa_conf {
	struct saa_gateway gateway;	/* has == 0: none */
	struct saa_sr *srs;
	size_t n_srs;
	struct saa_group *groups;
	size_t n_groups;
	struct saa_port *ports;
	size_t n_ports;
	struct saa_snat *snat;
	size_t n_snat;
	struct saa_row *rows;		/* for buckets first_row .. */
	uint32_t first_row, n_rows;
	unsigned int rows_line;
	struct saa_sync sync;		/* has == 0: none */
	struct saa_counter *sync_counters;
	size_t n_sync_counters;
};

void saa_conf_free(struct saa_conf *c);

const struct saa_sr *saa_conf_sr(const struct saa_conf *c, uint16_t id);
const struct saa_group *saa_conf_group(const struct saa_conf *c, uint16_t id);
const struct saa_port *saa_conf_port(const struct saa_conf *c, uint8_t side);
const struct saa_snat *saa_conf_snat(const struct saa_conf *c,
				     uint32_t priority);

/* One SR owns every bucket, and another one backs it up. */
bool saa_conf_is_standby(const struct saa_conf *c);

/* The name of an SR or group, or its number if it has none; static buffer. */
const char *saa_conf_sr_name(const struct saa_conf *c, uint16_t id);
const char *saa_conf_group_name(const struct saa_conf *c, uint16_t id);

extern const char *const saa_side_names[2];
extern const char *const saa_state_names[3];
extern const char *const saa_transport_names[2];
extern const char *const saa_verdict_names[6];
extern const char *const saa_sync_mode_names[2];

/* Index of @s in @names, or -1. */
int saa_name_index(const char *const *names, size_t n, const char *s);

/* NULL, or what is wrong with it: a constant string that follows the value. */
const char *saa_name_wrong(const char *name);
const char *saa_ifname_wrong(const char *name);

/* The id of a gateway to which none is given, derived from its name. */
uint16_t saa_gateway_default_id(const char *name);

#endif
