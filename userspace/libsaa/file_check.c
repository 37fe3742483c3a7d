// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rules of the configuration file that a schema cannot express. Each
 * refusal names the value and says what would be right.
 */
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "util.h"

struct check {
	struct saa_file *f;
	struct saa_file_cluster *cluster;
	struct saa_diag *d;
	bool need_key;
};

#define LINE(c, ...) saa_ydoc_line(&(c)->f->doc, __VA_ARGS__)

void saa_file_check_name(struct saa_diag *d, const char *what, const char *name,
			 unsigned int line)
{
	const char *wrong = saa_name_wrong(name);

	if (wrong)
		saa_error(d, line, "%s \"%s\" %s", what, name, wrong);
}

static void check_hash(struct check *c)
{
	struct saa_file_hash *h = &c->cluster->hash;
	const struct saa_file_key key = {
		.path = "cluster.hash", .word = "key", .file_word = "key-file",
		.text = h->key, .file = h->key_file, .make = "saactl genkey",
	};
	int64_t buckets = h->buckets ? *h->buckets : 4096;

	c->f->buckets = buckets;
	if (buckets < SAA_BUCKETS_MIN || buckets > SAA_BUCKETS_MAX ||
	    buckets & (buckets - 1))
		saa_error(c->d, LINE(c, "cluster.hash.buckets"),
			  "buckets %lld is not a power of two from %u to %u",
			  (long long)buckets, SAA_BUCKETS_MIN, SAA_BUCKETS_MAX);
	saa_file_check_key(c->f, &key, c->f->key, sizeof(c->f->key),
			   c->need_key, c->d);
}

void saa_file_check(struct saa_file *f, bool need_key, struct saa_diag *d)
{
	struct check c = {
		.f = f, .cluster = &f->root->cluster, .d = d,
		.need_key = need_key,
	};

	saa_file_check_name(d, "cluster name", c.cluster->name,
			    LINE(&c, "cluster.name"));
	check_hash(&c);
	saa_file_check_edges(f, d);
	saa_file_check_punt(f, d);
	saa_file_check_gateways(f, d);
	saa_file_check_sync(f, need_key, d);
	saa_file_check_pools(f, d);
}
