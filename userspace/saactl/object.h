/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * show, add, set and del of one kind of object, in the same way for all kinds:
 * "saactl OBJECT { add | set } KEY WORD VALUE ..." and "saactl OBJECT del KEY".
 */
#ifndef SAA_OBJECT_H
#define SAA_OBJECT_H

#include "words.h"

struct object {
	const char *name;		/* on the command line */
	const char *usage;
	const struct word *words;
	const char *key;		/* what to call the key: "ID" */
	/* take the key; @adding: it need not exist. EXIT_* */
	int (*parse_key)(const struct saa_conf *conf, const char *text,
			 bool adding, void *object);
	/* last look at an object to be added or set; may be NULL */
	int (*finish)(const struct saa_conf *conf, bool adding, void *object);
	/* put the object into a configuration to be sent; returns its place */
	void *(*append)(struct saa_conf *change);
	json_t *(*list)(const struct saa_conf *conf);
	/* remove what is below it, first, with the lock; may be NULL. EXIT_* */
	int (*below)(const struct saa_conf *former);
	bool routes;			/* blackhole routes may change */
	bool no_gateway;		/* exists before there is a gateway */
};

int run_object(const struct object *o, int argc, char **argv);

#endif
