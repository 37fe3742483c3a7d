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
	/* the member on each edge, in the order of the edges; by file_check.c */
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

struct saa_file_gateway {
	char *name;
	int64_t *id;
	int64_t tier;
	char *mode;
	char *uplink;
	enum saa_bool set_device_group;
	struct saa_file_group *groups;
	uint32_t n_groups;
	struct saa_file_snat *snat;
	uint32_t n_snat;
	char **table;
	uint32_t n_table;
	/* by file_check.c */
	uint16_t gateway_id;
	struct saa_row *rows;	/* of "table", or NULL */
};

struct saa_file_hash {
	char *key_file, *key;
	int64_t *buckets;
};

struct saa_file_punt {
	char *transport;
	char *north, *south;
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
	size_t *partner;	/* of each edge */
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

/* The configuration of @gateway's SR on @edge. */
void saa_file_conf(const struct saa_file *f, size_t gateway, size_t edge,
		   struct saa_conf *conf);

/* file_schema.c */
struct saa_file_root *saa_file_schema_load(struct saa_ydoc *doc,
					   const char *text, size_t len,
					   struct saa_diag *d);
void saa_file_schema_free(struct saa_file_root *root);

/* file_check.c, file_snat.c */
void saa_file_check(struct saa_file *f, bool need_key, struct saa_diag *d);
void saa_file_check_snat(struct saa_file *f, size_t gateway,
			 struct saa_diag *d);
void saa_file_check_pools(struct saa_file *f, struct saa_diag *d);

/* file_sync.c */
void saa_file_check_sync(struct saa_file *f, bool need_key, struct saa_diag *d);
/* The line of what keeps state sync from running on @edge, or 0. */
unsigned int saa_file_sync_wrong(const struct saa_file *f, size_t edge);

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
