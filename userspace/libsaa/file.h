/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cluster's configuration file: as it is written (filled by libcyaml from
 * the schema in file_schema.c), checked as a whole (file_check.c), and turned
 * into the configuration of one SR (file_conf.c).
 */
#ifndef SAA_FILE_H
#define SAA_FILE_H

#include "diag.h"
#include "model.h"
#include "tiers.h"
#include "yamldoc.h"

enum saa_bool { SAA_FALSE, SAA_TRUE };

struct saa_file_edge {
	char *name;
	int64_t id;
	char *failure_domain;
	char *address;
	char *partner;
	int64_t *weight;
	struct saa_addr addr;	/* by file_check.c; family 0: none */
};

struct saa_file_group {
	char *name;
	int64_t id;
	uint8_t side;
	char *interface;
	/* the member on each edge, in the order of the edges; by file_group.c */
	char **members;
};

struct saa_file_snat {
	char *group;
	int64_t *priority;
	char *family;
	char *source, *destination;
	char *to, *ports;
	enum saa_bool no_snat, persistent, fully_random;
	struct saa_snat rule;	/* by file_check.c */
};

struct saa_file_prefix {
	struct saa_addr addr;
	uint8_t len;
};

#define SAA_NO_EDGE SIZE_MAX

struct saa_file_gateway {
	char *name;
	int64_t *id;
	int64_t tier;
	char *mode_text;
	char *uplink;
	char **edge_names;
	uint32_t n_edge_names;
	char *active, *standby;
	char **advertise;
	uint32_t n_advertise;
	char *netns;
	enum saa_bool set_device_group;
	struct saa_file_group *groups;
	uint32_t n_groups;
	struct saa_file_snat *snat;
	uint32_t n_snat;
	char **table;
	uint32_t n_table;
	/* by file_gateway.c */
	uint16_t gateway_id;
	enum saa_mode mode;
	struct saa_file_gateway *above;	/* the tier-0, or NULL */
	struct saa_file_prefix *prefixes;	/* of "advertise" */
	/* of a tier-1 with a link, for each edge; by file_link.c */
	const char **namespaces;
	/* by file_edges.c, for each edge of the cluster */
	bool *runs_on;
	size_t *partner;	/* or SAA_NO_EDGE; NULL without sub-clusters */
	struct saa_row *rows;	/* of "table", or NULL; by file_table.c */
	struct saa_row *computed;	/* by file_conf.c, when asked for */
};

struct saa_file_hash {
	char *key_file, *key;
	int64_t *buckets;
};

struct saa_file_punt {
	char *transport;
	char *north, *south;
	int64_t *north_vni, *south_vni, *port;
	uint8_t kind;	/* enum saa_transport; by file_punt.c */
};

struct saa_file_sync {
	char *mode, *netns;
	char *key_file, *key, *old_key_file, *old_key;
	int64_t *port, *timeout, *strict_timeout;
};

struct saa_file_cluster {
	char *name;
	struct saa_file_hash hash;
	struct saa_file_edge *edges;
	uint32_t n_edges;
	struct saa_file_punt punt;
	struct saa_file_sync *sync;
};

struct saa_file_root {
	struct saa_file_cluster cluster;
	struct saa_file_gateway *gateways;
	uint32_t n_gateways;
};

struct saa_file {
	char *path;
	struct saa_ydoc doc;
	struct saa_file_root *root;
	/* by file_check.c */
	uint8_t key[SAA_KEY_LEN];
	uint32_t buckets;
	struct saa_sync sync;	/* but for partner and addresses */
};

/*
 * Read and check a file; NULL if there is an error in @d. Without @need_key a
 * key file that cannot be read is a warning.
 */
struct saa_file *saa_file_load(const char *path, bool need_key,
			       struct saa_diag *d);
struct saa_file *saa_file_parse(const char *path, const char *text, size_t len,
				bool need_key, struct saa_diag *d);
void saa_file_free(struct saa_file *f);

/* Index, or -1. */
int saa_file_edge_index(const struct saa_file *f, const char *name);
int saa_file_gateway_index(const struct saa_file *f, const char *name);

/* Does the gateway run on the same edges as another one before it? */
bool saa_file_same_edges(const struct saa_file *f, size_t gateway);

/* How many tier-1 gateways the tier-0 @gw has. */
uint32_t saa_file_attached(const struct saa_file *f,
			   const struct saa_file_gateway *gw);

/*
 * The link between a stateful active/active tier-1 and its tier-0, which the
 * system makes (R18): an interface group of the same id in both. It is on the
 * north side of the tier-1, with the name and interface SAA_LINK_UP, and on the
 * south side of the tier-0, with the name of the tier-1 and this interface.
 */
#define SAA_LINK_UP "uplink"

/* Over Geneve its shadow ports are these, which tc connects with the tunnels. */
#define SAA_LINK_NORTH "punt-n"
#define SAA_LINK_SOUTH "punt-s"

/* The interface that is the shadow port of a gateway on one side. */
const char *saa_file_port(const struct saa_file *f,
			  const struct saa_file_gateway *gw, uint8_t side);

bool saa_file_has_link(const struct saa_file_gateway *tier1);
/* How many links end at @gw. */
uint32_t saa_file_links(const struct saa_file *f,
			const struct saa_file_gateway *gw);
uint16_t saa_file_link_id(const struct saa_file_gateway *tier1);
void saa_file_link_ifname(const struct saa_file_gateway *tier1,
			  char ifname[IF_NAMESIZE]);
/* The tier-0's end of what is the shadow port of the tier-1 with this id. */
void saa_file_link_shadow(uint16_t id, unsigned int side,
			  char ifname[IF_NAMESIZE]);
/* The address of the tier-0, or of the tier-1: the first or second of two. */
void saa_file_link_addr(const struct saa_file_gateway *tier1, uint8_t family,
			bool of_tier1, struct saa_addr *addr);

/*
 * The configuration of @gateway's SR on @edge, where it runs. There is none,
 * gateway.has is 0, if the gateway's mode steers nothing.
 */
void saa_file_conf(const struct saa_file *f, size_t gateway, size_t edge,
		   struct saa_conf *conf);

/* file_schema.c */
struct saa_file_root *saa_file_schema_load(struct saa_ydoc *doc,
					   const char *text, size_t len,
					   struct saa_diag *d);
void saa_file_schema_free(struct saa_file_root *root);

/* file_punt.c */
void saa_file_check_punt(struct saa_file *f, struct saa_diag *d);
void saa_file_punt_conf(const struct saa_file *f,
			const struct saa_file_gateway *gw, struct saa_conf *conf);

/* file_check.c: all rules; one file for each kind of object */
void saa_file_check(struct saa_file *f, bool need_key, struct saa_diag *d);
void saa_file_check_name(struct saa_diag *d, const char *what, const char *name,
			 unsigned int line);
void saa_file_check_edges(struct saa_file *f, struct saa_diag *d);
/* Those that a gateway runs on: tier-0 gateways come before tier-1. */
void saa_file_find_edges(struct saa_file *f, size_t gateway,
			 struct saa_diag *d);
void saa_file_check_partners(struct saa_file *f, size_t gateway,
			     struct saa_diag *d);
void saa_file_check_gateways(struct saa_file *f, struct saa_diag *d);
void saa_file_check_links(struct saa_file *f, size_t gateway,
			  struct saa_diag *d);
void saa_file_check_group(struct saa_file *f, size_t gateway, uint32_t group,
			  struct saa_diag *d);
void saa_file_check_snat(struct saa_file *f, size_t gateway,
			 struct saa_diag *d);
void saa_file_check_pools(struct saa_file *f, struct saa_diag *d);

/* file_sync.c */
void saa_file_check_sync(struct saa_file *f, bool need_key, struct saa_diag *d);
/* A tier-1 syncs beside its tier-0, at the same addresses: it has another one. */
uint32_t saa_file_sync_port(const struct saa_file *f,
			    const struct saa_file_gateway *gw);
/* The line of what keeps the SR on @edge from syncing, or 0. */
unsigned int saa_file_sync_wrong(const struct saa_file *f, size_t gateway,
				 size_t edge);

/*
 * file_key.c: a key of @len bytes, either in a file or written out; which words
 * of the file say so, and what makes one.
 */
struct saa_file_key {
	const char *path;		/* of the mapping: "cluster.hash" */
	const char *word, *file_word;	/* "key", "key-file" */
	const char *text, *file;	/* what they say, or NULL */
	const char *make;		/* "saactl genkey" */
	bool optional;
};

/* Without @need_key a file that cannot be read is a warning. */
void saa_file_check_key(struct saa_file *f, const struct saa_file_key *k,
			uint8_t *key, size_t len, bool need_key,
			struct saa_diag *d);

/* "1/2 2/1*3": rows of a table; file_table.c */
bool saa_file_check_table(struct saa_file *f, size_t gateway,
			  struct saa_diag *d);
char *saa_rows_format(const struct saa_row *rows, uint32_t n);

#endif
