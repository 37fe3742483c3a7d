/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of a command line that describe an object: "name internet side
 * north dev eth1". Each kind of object has a table of them; the same words are
 * printed by "show".
 */
#ifndef SAA_WORDS_H
#define SAA_WORDS_H

#include "tool.h"

struct word {
	const char *name;
	bool flag;		/* stands alone, has no value */
	/* puts @value into @object; EXIT_*; @conf is what runs */
	int (*set)(const struct word *w, const struct saa_conf *conf,
		   const char *value, void *object);
	int attr;		/* bit of "has" */
	size_t offset, size;
	const char *const *names;	/* of an enumeration */
	size_t n_names;
	unsigned long min, max;		/* of a number */
};

int words_parse(const struct word *words, int argc, char **argv,
		const struct saa_conf *conf, void *object, const char *what);

int word_number(const struct word *w, const struct saa_conf *conf,
		const char *value, void *object);
int word_name(const struct word *w, const struct saa_conf *conf,
	      const char *value, void *object);
int word_ifname(const struct word *w, const struct saa_conf *conf,
		const char *value, void *object);
int word_addr(const struct word *w, const struct saa_conf *conf,
	      const char *value, void *object);
int word_enum(const struct word *w, const struct saa_conf *conf,
	      const char *value, void *object);

#endif
