// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rules of the configuration file that a schema cannot express. Each
 * refusal names the value and says what would be right.
 */
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "util.h"

#define LATER "is not supported yet by this version"

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

static void check_later(struct check *c)
{
	static const char *const keys[] = {
		"cluster.punt.geneve", "cluster.punt.north-vni",
		"cluster.punt.south-vni", "cluster.punt.port",
	};
	unsigned int line;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		line = saa_ydoc_has(&c->f->doc, "%s", keys[i]);
		if (line)
			saa_error(c->d, line, "%s " LATER "; remove it",
				  strchr(keys[i], '.') + 1);
	}
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

static void check_port(struct check *c, const char *side, const char *ifname)
{
	unsigned int line = LINE(c, "cluster.punt.%s", side);
	const char *wrong;

	if (!ifname) {
		saa_error(c->d, line,
			  "punt has no %s; add %s: INTERFACE, the shadow port on the %s punt switch",
			  side, side, side);
		return;
	}
	wrong = saa_ifname_wrong(ifname);
	if (wrong)
		saa_error(c->d, line, "%s \"%s\" %s", side, ifname, wrong);
}

static void check_punt(struct check *c)
{
	struct saa_file_punt *p = &c->cluster->punt;

	if (p->transport && strcmp(p->transport, "l2")) {
		saa_error(c->d, LINE(c, "cluster.punt.transport"),
			  strcmp(p->transport, "geneve") ?
			  "transport \"%s\" is unknown; use l2" :
			  "transport \"%s\" " LATER "; use l2", p->transport);
		return;
	}
	check_port(c, "north", p->north);
	check_port(c, "south", p->south);
	if (p->north && p->south && !strcmp(p->north, p->south))
		saa_error(c->d, LINE(c, "cluster.punt.south"),
			  "north and south are both \"%s\"; each punt switch needs a shadow port of its own",
			  p->south);
}

void saa_file_check(struct saa_file *f, bool need_key, struct saa_diag *d)
{
	struct check c = {
		.f = f, .cluster = &f->root->cluster, .d = d,
		.need_key = need_key,
	};

	saa_file_check_name(d, "cluster name", c.cluster->name,
			    LINE(&c, "cluster.name"));
	check_later(&c);
	check_hash(&c);
	saa_file_check_edges(f, d);
	check_punt(&c);
	saa_file_check_gateways(f, d);
	saa_file_check_sync(f, need_key, d);
	saa_file_check_pools(f, d);
}
