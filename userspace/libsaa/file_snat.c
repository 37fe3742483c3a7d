// SPDX-License-Identifier: GPL-2.0-or-later
/* The SNAT rules of the configuration file: from text to rules. */
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "util.h"

#define HAS(attr) (1u << (attr))

struct rule_check {
	struct saa_file *f;
	struct saa_diag *d;
	struct saa_file_gateway *gw;
	uint32_t g, i;
	struct saa_file_snat *in;
	struct saa_snat *out;
};

static unsigned int line_of(struct rule_check *c, const char *key)
{
	return saa_ydoc_line(&c->f->doc, "gateways[%u].snat[%u].%s", c->g, c->i,
			     key);
}

static void check_group(struct rule_check *c)
{
	uint32_t i;

	if (saa_file_has_link(c->gw) && !strcmp(c->in->group, SAA_LINK_UP)) {
		c->out->group = saa_file_link_id(c->gw);
		c->out->has |= HAS(SAA_A_SNAT_GROUP);
		return;
	}
	for (i = 0; i < c->gw->n_groups; i++)
		if (!strcmp(c->gw->groups[i].name, c->in->group))
			break;
	if (i == c->gw->n_groups) {
		saa_error(c->d, line_of(c, "group"),
			  "group \"%s\" of the SNAT rule is not a group of gateway \"%s\"",
			  c->in->group, c->gw->name);
		return;
	}
	if (c->gw->groups[i].side == SAA_SIDE_SOUTH)
		saa_error(c->d, line_of(c, "group"),
			  "group \"%s\" of the SNAT rule is on the south side; SNAT is for what leaves north",
			  c->in->group);
	c->out->group = c->gw->groups[i].id;
	c->out->has |= HAS(SAA_A_SNAT_GROUP);
}

/* All addresses of a rule are of one family; the first one decides. */
static void check_family(struct rule_check *c, const char *key,
			 const char *value, uint8_t family)
{
	if (!c->out->family)
		c->out->family = family;
	else if (family && c->out->family != family)
		saa_error(c->d, line_of(c, key),
			  "%s %s is %s, but the rule is %s so far; a rule is of one family, make two rules",
			  key, value, family == AF_INET ? "IPv4" : "IPv6",
			  c->out->family == AF_INET ? "IPv4" : "IPv6");
}

static void check_prefix(struct rule_check *c, const char *key,
			 const char *value, struct saa_addr *addr, uint8_t *len,
			 uint32_t has)
{
	const char *wrong;

	if (!value)
		return;
	wrong = saa_prefix_parse(value, addr, len);
	if (wrong) {
		saa_error(c->d, line_of(c, key), "%s \"%s\" %s", key, value,
			  wrong);
		return;
	}
	check_family(c, key, value, addr->family);
	if (*len)		/* a length of 0 matches any, like no prefix */
		c->out->has |= has;
	else
		*addr = (struct saa_addr){ 0 };
}

static void check_to(struct rule_check *c)
{
	const char *to = c->in->to, *wrong, *never;

	if (c->in->no_snat) {
		if (to || c->in->ports || c->in->persistent ||
		    c->in->fully_random)
			saa_error(c->d, line_of(c, "no-snat"),
				  "a rule with no-snat takes no to, ports, persistent or fully-random; remove them");
		c->out->flags |= SAA_SNAT_FLAGS_NO_SNAT;
		return;
	}
	if (!to) {
		saa_error(c->d, line_of(c, "to"),
			  "the SNAT rule has no to; add to: ADDRESS[-ADDRESS], or no-snat: true");
		return;
	}
	wrong = saa_range_parse(to, &c->out->to_first, &c->out->to_last);
	if (wrong) {
		saa_error(c->d, line_of(c, "to"), "to \"%s\" %s", to, wrong);
		return;
	}
	never = saa_range_never(&c->out->to_first, &c->out->to_last);
	if (never)
		saa_error(c->d, line_of(c, "to"),
			  "to \"%s\" has addresses of %s, which are never steered; take others",
			  to, never);
	check_family(c, "to", to, c->out->to_first.family);
	c->out->has |= HAS(SAA_A_SNAT_TO_FIRST) | HAS(SAA_A_SNAT_TO_LAST);
}

static void check_ports(struct rule_check *c)
{
	char *copy, *dash;
	unsigned long first, last;
	bool ok;

	if (!c->in->ports)
		return;
	copy = saa_strdup(c->in->ports);
	dash = strchr(copy, '-');
	if (dash)
		*dash++ = '\0';
	ok = saa_parse_uint(copy, UINT16_MAX, &first) && first &&
	     saa_parse_uint(dash ? dash : copy, UINT16_MAX, &last) &&
	     first <= last;
	free(copy);
	if (!ok) {
		saa_error(c->d, line_of(c, "ports"),
			  "ports \"%s\" is not a range FIRST-LAST within 1-65535",
			  c->in->ports);
		return;
	}
	c->out->port_first = first;
	c->out->port_last = last;
	c->out->has |= HAS(SAA_A_SNAT_PORT_FIRST) | HAS(SAA_A_SNAT_PORT_LAST);
}

static void check_flags(struct rule_check *c)
{
	if (c->in->persistent)
		c->out->flags |= SAA_SNAT_FLAGS_PERSISTENT;
	if (c->in->fully_random)
		c->out->flags |= SAA_SNAT_FLAGS_FULLY_RANDOM;
	c->out->has |= HAS(SAA_A_SNAT_FLAGS);
}

static void check_priority(struct rule_check *c)
{
	struct saa_file_snat *rules = c->gw->snat;
	uint32_t j;

	if (c->in->priority) {
		if (*c->in->priority < 0 || *c->in->priority > UINT32_MAX)
			saa_error(c->d, line_of(c, "priority"),
				  "priority %lld is not from 0 to 4294967295",
				  (long long)*c->in->priority);
		c->out->priority = *c->in->priority;
	} else {
		c->out->priority = c->i ? rules[c->i - 1].rule.priority + 10 : 10;
	}
	c->out->has |= HAS(SAA_A_SNAT_PRIORITY);
	for (j = 0; j < c->i; j++)
		if (rules[j].rule.priority == c->out->priority)
			saa_error(c->d, line_of(c, "priority"),
				  "priority %u is that of the rule in line %u too%s; priorities are unique",
				  c->out->priority, rules[j].rule.line,
				  c->in->priority ? "" :
				  " (without one, a rule gets that of the rule before + 10)");
}

static void check_family_key(struct rule_check *c)
{
	const char *family = c->in->family;

	if (family && strcmp(family, "ipv4") && strcmp(family, "ipv6"))
		saa_error(c->d, line_of(c, "family"),
			  "family \"%s\" is not ipv4 or ipv6", family);
	else if (family)
		check_family(c, "family", family,
			     strcmp(family, "ipv4") ? AF_INET6 : AF_INET);
	else if (!c->out->family && c->in->no_snat)
		saa_error(c->d, line_of(c, "no-snat"),
			  "a no-snat rule without source and destination needs family: ipv4 or ipv6");
	c->out->has |= HAS(SAA_A_SNAT_FAMILY);
}

static bool same_match(const struct saa_snat *a, const struct saa_snat *b)
{
	return a->family == b->family && a->group == b->group &&
	       a->source_len == b->source_len &&
	       a->destination_len == b->destination_len &&
	       !saa_addr_cmp(&a->source, &b->source) &&
	       !saa_addr_cmp(&a->destination, &b->destination);
}

static bool overlap(const struct saa_snat *a, const struct saa_snat *b)
{
	return a->to_first.family && a->to_first.family == b->to_first.family &&
	       saa_addr_cmp(&a->to_first, &b->to_last) <= 0 &&
	       saa_addr_cmp(&b->to_first, &a->to_last) <= 0;
}

static bool within(const struct saa_snat *a, const struct saa_snat *b)
{
	return saa_addr_cmp(&a->to_first, &b->to_first) >= 0 &&
	       saa_addr_cmp(&a->to_last, &b->to_last) <= 0;
}

/* Rules of one gateway may share a pool or part of one, but not half of it. */
static void check_others(struct rule_check *c)
{
	const struct saa_snat *o;
	uint32_t j;

	for (j = 0; j < c->i; j++) {
		o = &c->gw->snat[j].rule;
		if (same_match(o, c->out))
			saa_error(c->d, c->out->line,
				  "the SNAT rule matches the same flows as that of line %u, so one is never used; remove one",
				  o->line);
		if (overlap(o, c->out) && !within(o, c->out) &&
		    !within(c->out, o))
			saa_error(c->d, line_of(c, "to"),
				  "to %s overlaps %s of the rule in line %u; use the same range, a part of it, or one apart from it",
				  c->in->to, c->gw->snat[j].to, o->line);
	}
}

void saa_file_check_snat(struct saa_file *f, size_t gateway,
			 struct saa_diag *d)
{
	struct rule_check c = {
		.f = f, .d = d, .gw = &f->root->gateways[gateway], .g = gateway,
	};

	if (c.gw->n_snat > SAA_SNAT_MAX) {
		saa_error(d, saa_ydoc_line(&f->doc, "gateways[%u].snat", c.g),
			  "%u SNAT rules: the limit is %u", c.gw->n_snat,
			  SAA_SNAT_MAX);
		return;
	}
	for (c.i = 0; c.i < c.gw->n_snat; c.i++) {
		c.in = &c.gw->snat[c.i];
		c.out = &c.in->rule;
		*c.out = (struct saa_snat){
			.line = saa_ydoc_line(&f->doc, "gateways[%u].snat[%u]",
					      c.g, c.i),
		};
		check_priority(&c);
		check_group(&c);
		check_prefix(&c, "source", c.in->source, &c.out->source,
			     &c.out->source_len, HAS(SAA_A_SNAT_SOURCE) |
			     HAS(SAA_A_SNAT_SOURCE_LEN));
		check_prefix(&c, "destination", c.in->destination,
			     &c.out->destination, &c.out->destination_len,
			     HAS(SAA_A_SNAT_DESTINATION) |
			     HAS(SAA_A_SNAT_DESTINATION_LEN));
		check_to(&c);
		check_family_key(&c);
		check_ports(&c);
		check_flags(&c);
		check_others(&c);
	}
}

/* Does the tier-0 see these addresses? A tier-1 may have other ways out. */
static bool seen_above(const struct saa_file_gateway *t1,
		       const struct saa_snat *rule)
{
	uint32_t i;

	if (saa_file_has_link(t1))
		return rule->group == saa_file_link_id(t1);
	for (i = 0; i < t1->n_groups; i++)
		if (t1->groups[i].side == SAA_SIDE_NORTH &&
		    t1->groups[i].id != rule->group)
			return false;
	return true;
}

/*
 * A tier-0 has the routes to its pools, and to what its tier-1s advertise: by
 * these, returns to the pool of one tier-1 would go to another.
 */
static void check_advertised(struct saa_file *f, uint32_t g, uint32_t p,
			     const struct saa_file_gateway *o,
			     struct saa_diag *d)
{
	const struct saa_file_gateway *t1 = &f->root->gateways[g];
	const struct saa_file_prefix *prefix = &t1->prefixes[p];
	const struct saa_file_snat *s;
	uint32_t i;

	for (i = 0; i < o->n_snat; i++) {
		s = &o->snat[i];
		if ((o == t1->above || seen_above(o, &s->rule)) &&
		    saa_range_meets(&s->rule.to_first, &s->rule.to_last,
				    &prefix->addr, prefix->len))
			saa_error(d, saa_ydoc_line(&f->doc,
				  "gateways[%u].advertise[%u]", g, p),
				  "advertise %s of gateway \"%s\" overlaps the SNAT pool %s of %s \"%s\" (line %u); an address belongs to one gateway, remove it from one of them",
				  t1->advertise[p], t1->name, s->to,
				  o == t1->above ? "its tier-0" : "gateway",
				  o->name, s->rule.line);
	}
}

/* An interface of the tier-0 and one of @t1 get these when they are made. */
static void check_link(struct saa_file *f, const struct saa_file_gateway *t1,
		       uint32_t g, struct saa_diag *d)
{
	const struct saa_file_gateway *gw = &f->root->gateways[g];
	const struct saa_snat *rule;
	char buf[SAA_ADDR_STRLEN];
	struct saa_addr addr;
	uint32_t i, end;

	for (i = 0; i < gw->n_snat; i++)
		for (end = 0; end < 2; end++) {
			rule = &gw->snat[i].rule;
			if (!rule->to_first.family)	/* no-snat, or wrong */
				continue;
			saa_file_link_addr(t1, rule->to_first.family, end, &addr);
			if (saa_range_meets(&rule->to_first, &rule->to_last,
					    &addr, saa_addr_len(&addr) * 8))
				saa_error(d, saa_ydoc_line(&f->doc,
					  "gateways[%u].snat[%u].to", g, i),
					  "to %s has %s, an address of the link between \"%s\" and \"%s\"; take others, or give \"%s\" another id:",
					  gw->snat[i].to,
					  saa_addr_format(&addr, buf),
					  t1->name, t1->above->name, t1->name);
		}
}

/* A tier-1, against the pools of its tier-0 and of all that are below that. */
static void check_tier1(struct saa_file *f, uint32_t g, struct saa_diag *d)
{
	const struct saa_file_gateway *t1 = &f->root->gateways[g], *o;
	uint32_t h, i;

	for (h = 0; h < f->root->n_gateways; h++) {
		o = &f->root->gateways[h];
		if (o != t1->above && o->above != t1->above)
			continue;
		if (saa_file_has_link(t1))
			check_link(f, t1, h, d);
		for (i = 0; i < t1->n_advertise && o != t1; i++)
			check_advertised(f, g, i, o, d);
	}
}

/* Two gateways with the same pool address: returns would be ambiguous. */
void saa_file_check_pools(struct saa_file *f, struct saa_diag *d)
{
	struct saa_file_gateway *a, *b;
	uint32_t g, h, i, j;

	for (g = 0; g < f->root->n_gateways; g++) {
		a = &f->root->gateways[g];
		if (a->above)
			check_tier1(f, g, d);
		for (h = 0; h < g; h++) {
			b = &f->root->gateways[h];
			for (i = 0; i < a->n_snat; i++)
				for (j = 0; j < b->n_snat; j++)
					if (overlap(&a->snat[i].rule,
						    &b->snat[j].rule))
						saa_error(d, saa_ydoc_line(&f->doc,
							  "gateways[%u].snat[%u].to", g, i),
							  "to %s overlaps %s of gateway \"%s\" (line %u); a pool address belongs to one gateway",
							  a->snat[i].to,
							  b->snat[j].to, b->name,
							  b->snat[j].rule.line);
		}
	}
}
