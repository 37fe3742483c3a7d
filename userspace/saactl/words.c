// SPDX-License-Identifier: GPL-2.0-or-later
/* The words of a command line that describe an object. */
#include <stdio.h>
#include <string.h>

#include "words.h"

static void mark(const struct word *w, void *object)
{
	*(uint32_t *)object |= 1u << w->attr;
}

static void *place(const struct word *w, void *object)
{
	return (char *)object + w->offset;
}

int word_number(const struct word *w, const struct saa_conf *conf,
		const char *value, void *object)
{
	unsigned long n;
	uint16_t n16;
	uint32_t n32;

	(void)conf;
	if (!saa_parse_uint(value, w->max, &n) || n < w->min)
		return misuse("%s \"%s\" is not a number from %lu to %lu",
			      w->name, value, w->min, w->max);
	n16 = n;
	n32 = n;
	memcpy(place(w, object), w->size == 2 ? (void *)&n16 : (void *)&n32,
	       w->size);
	mark(w, object);
	return EXIT_OK;
}

static int text(const struct word *w, const char *value, void *object,
		const char *wrong)
{
	if (wrong)
		return misuse("%s \"%s\" %s", w->name, value, wrong);
	snprintf(place(w, object), w->size, "%s", value);
	mark(w, object);
	return EXIT_OK;
}

int word_name(const struct word *w, const struct saa_conf *conf,
	      const char *value, void *object)
{
	(void)conf;
	return text(w, value, object, saa_name_wrong(value));
}

int word_ifname(const struct word *w, const struct saa_conf *conf,
		const char *value, void *object)
{
	(void)conf;
	return text(w, value, object, saa_ifname_wrong(value));
}

int word_addr(const struct word *w, const struct saa_conf *conf,
	      const char *value, void *object)
{
	(void)conf;
	if (!saa_addr_parse(value, place(w, object)))
		return misuse("%s \"%s\" is not an IPv4 or IPv6 address",
			      w->name, value);
	mark(w, object);
	return EXIT_OK;
}

int word_enum(const struct word *w, const struct saa_conf *conf,
	      const char *value, void *object)
{
	int at = saa_name_index(w->names, w->n_names, value);
	char list[128] = "";
	size_t i;

	(void)conf;
	for (i = 0; at < 0 && i < w->n_names; i++)
		snprintf(list + strlen(list), sizeof(list) - strlen(list),
			 "%s%s", i ? ", " : "", w->names[i]);
	if (at < 0)
		return misuse("%s \"%s\" is not one of %s", w->name, value,
			      list);
	*(uint8_t *)place(w, object) = at;
	mark(w, object);
	return EXIT_OK;
}

int words_parse(const struct word *words, int argc, char **argv,
		const struct saa_conf *conf, void *object, const char *what)
{
	const struct word *w;
	int ret;

	while (argc) {
		for (w = words; w->name && strcmp(w->name, argv[0]); w++)
			;
		if (!w->name)
			return misuse("\"%s\" is unknown; try \"saactl %s help\"",
				      argv[0], what);
		if (!w->flag && argc < 2)
			return misuse("\"%s\" needs a value", argv[0]);
		ret = w->set(w, conf, w->flag ? NULL : argv[1], object);
		if (ret)
			return ret;
		argc -= 2 - w->flag;
		argv += 2 - w->flag;
	}
	return EXIT_OK;
}
