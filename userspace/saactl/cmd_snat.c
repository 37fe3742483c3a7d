// SPDX-License-Identifier: GPL-2.0-or-later
/* saactl snat: SNAT rules one by one. */
#include <stdlib.h>
#include <string.h>

#include "object.h"

#define HAS(attr) (1u << (attr))

static int set_family(struct saa_snat *s, const char *word, const char *value,
		      uint8_t family)
{
	if (s->family && s->family != family)
		return misuse("%s \"%s\" is %s, but the rule is %s so far; a rule is of one family",
			      word, value, family == AF_INET ? "IPv4" : "IPv6",
			      s->family == AF_INET ? "IPv4" : "IPv6");
	s->family = family;
	s->has |= HAS(SAA_A_SNAT_FAMILY);
	return EXIT_OK;
}

static int word_family(const struct word *w, const struct saa_conf *conf,
		       const char *value, void *object)
{
	(void)conf;
	if (!strcmp(value, "ipv4"))
		return set_family(object, w->name, value, AF_INET);
	if (!strcmp(value, "ipv6"))
		return set_family(object, w->name, value, AF_INET6);
	return misuse("family \"%s\" is not one of ipv4, ipv6", value);
}

static int word_group(const struct word *w, const struct saa_conf *conf,
		      const char *value, void *object)
{
	struct saa_snat *s = object;
	unsigned long id;
	size_t i;

	(void)w;
	s->has |= HAS(SAA_A_SNAT_GROUP);
	if (saa_parse_uint(value, SAA_GROUP_ID_MAX, &id) && id) {
		s->group = id;
		return EXIT_OK;
	}
	for (i = 0; i < conf->n_groups; i++)
		if (!strcmp(conf->groups[i].name, value)) {
			s->group = conf->groups[i].id;
			return EXIT_OK;
		}
	return refuse("group \"%s\" is not a group of the gateway", value);
}

static int prefix(const char *word, const char *value, struct saa_snat *s,
		  struct saa_addr *addr, uint8_t *len, uint32_t has)
{
	const char *wrong = saa_prefix_parse(value, addr, len);

	if (wrong)
		return misuse("%s \"%s\" %s", word, value, wrong);
	s->has |= has;
	return set_family(s, word, value, addr->family);
}

static int word_source(const struct word *w, const struct saa_conf *conf,
		       const char *value, void *object)
{
	struct saa_snat *s = object;

	(void)conf;
	return prefix(w->name, value, s, &s->source, &s->source_len,
		      HAS(SAA_A_SNAT_SOURCE) | HAS(SAA_A_SNAT_SOURCE_LEN));
}

static int word_destination(const struct word *w, const struct saa_conf *conf,
			    const char *value, void *object)
{
	struct saa_snat *s = object;

	(void)conf;
	return prefix(w->name, value, s, &s->destination, &s->destination_len,
		      HAS(SAA_A_SNAT_DESTINATION) |
		      HAS(SAA_A_SNAT_DESTINATION_LEN));
}

static int word_to(const struct word *w, const struct saa_conf *conf,
		   const char *value, void *object)
{
	struct saa_snat *s = object;
	const char *wrong = saa_range_parse(value, &s->to_first, &s->to_last);
	const char *never;

	(void)conf;
	if (wrong)
		return misuse("to \"%s\" %s", value, wrong);
	never = saa_range_never(&s->to_first, &s->to_last);
	if (never)
		return misuse("to \"%s\" has addresses of %s, which are never steered; take others",
			      value, never);
	s->has |= HAS(SAA_A_SNAT_TO_FIRST) | HAS(SAA_A_SNAT_TO_LAST);
	return set_family(s, w->name, value, s->to_first.family);
}

static int word_ports(const struct word *w, const struct saa_conf *conf,
		      const char *value, void *object)
{
	const char *dash = strchr(value, '-');
	struct saa_snat *s = object;
	unsigned long first, last;
	char *head;
	bool ok;

	(void)w;
	(void)conf;
	head = dash ? saa_strndup(value, dash - value) : saa_strdup(value);
	ok = saa_parse_uint(head, UINT16_MAX, &first) && first &&
	     saa_parse_uint(dash ? dash + 1 : value, UINT16_MAX, &last) &&
	     first <= last;
	free(head);
	if (!ok)
		return misuse("ports \"%s\" is not a range FIRST-LAST within 1-65535",
			      value);
	s->port_first = first;
	s->port_last = last;
	s->has |= HAS(SAA_A_SNAT_PORT_FIRST) | HAS(SAA_A_SNAT_PORT_LAST);
	return EXIT_OK;
}

static int word_flag(const struct word *w, const struct saa_conf *conf,
		     const char *value, void *object)
{
	struct saa_snat *s = object;

	(void)conf;
	(void)value;
	s->flags |= w->max;
	s->has |= HAS(SAA_A_SNAT_FLAGS);
	return EXIT_OK;
}

static const struct word words[] = {
	{ "family", .set = word_family },
	{ "group", .set = word_group },
	{ "source", .set = word_source },
	{ "destination", .set = word_destination },
	{ "to", .set = word_to },
	{ "ports", .set = word_ports },
	{ "no-snat", .flag = true, .set = word_flag,
	  .max = SAA_SNAT_FLAGS_NO_SNAT },
	{ "persistent", .flag = true, .set = word_flag,
	  .max = SAA_SNAT_FLAGS_PERSISTENT },
	{ "fully-random", .flag = true, .set = word_flag,
	  .max = SAA_SNAT_FLAGS_FULLY_RANDOM },
	{ 0 }
};

static int parse_key(const struct saa_conf *conf, const char *text, bool adding,
		     void *object)
{
	struct saa_snat *s = object;
	const struct saa_snat *was;
	unsigned long priority;

	if (!saa_parse_uint(text, UINT32_MAX, &priority))
		return misuse("priority \"%s\" is not a number from 0 to 4294967295",
			      text);
	s->priority = priority;
	s->has |= HAS(SAA_A_SNAT_PRIORITY);
	was = saa_conf_snat(conf, priority);
	if (!adding && was)	/* a change cannot mix families */
		s->family = was->family;
	return EXIT_OK;
}

static int finish(const struct saa_conf *conf, bool adding, void *object)
{
	struct saa_snat *s = object;

	(void)conf;
	if (adding && !(s->has & HAS(SAA_A_SNAT_GROUP)))
		return misuse("\"snat add\" needs a group");
	if (adding && !s->family)
		return misuse("\"snat add\" needs a source, a destination, to or a family");
	if (adding && !(s->has & HAS(SAA_A_SNAT_TO_FIRST)) &&
	    !(s->flags & SAA_SNAT_FLAGS_NO_SNAT))
		return misuse("\"snat add\" needs to RANGE or no-snat");
	return EXIT_OK;
}

static void *append(struct saa_conf *change)
{
	return saa_grow(&change->snat, &change->n_snat, sizeof(*change->snat));
}

int cmd_snat(int argc, char **argv)
{
	static const struct object object = {
		.name = "snat",
		.usage =
"Usage: saactl snat [ show ]\n"
"       saactl snat { add | set } PRIORITY group { ID | NAME } [ MATCH ] TARGET\n"
"       saactl snat del PRIORITY\n"
"where  MATCH  := [ family { ipv4 | ipv6 } ] [ source PREFIX ]\n"
"                 [ destination PREFIX ]\n"
"       TARGET := { to ADDRESS[-ADDRESS] [ ports FIRST-LAST ] [ persistent ]\n"
"                   [ fully-random ] | no-snat }\n",
		.words = words,
		.key = "a PRIORITY",
		.parse_key = parse_key,
		.finish = finish,
		.append = append,
		.list = json_snats,
		.routes = true,
	};

	return run_object(&object, argc, argv);
}
