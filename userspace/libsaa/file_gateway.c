// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The gateways of the configuration file: tier, mode, where they run, and what
 * of the rest goes with that.
 */
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "util.h"

#define LINE(f, ...) saa_ydoc_line(&(f)->doc, __VA_ARGS__)

static void check_id(struct saa_file *f, uint32_t g, struct saa_diag *d)
{
	struct saa_file_gateway *gw = &f->root->gateways[g], *o;
	unsigned int line = LINE(f, "gateways[%u].id", g);
	uint32_t j;

	gw->gateway_id = gw->id ? *gw->id : saa_gateway_default_id(gw->name);
	if (gw->id && (*gw->id < 1 || *gw->id > UINT16_MAX)) {
		saa_error(d, line, "gateway id %lld is not from 1 to 65535",
			  (long long)*gw->id);
		return;
	}
	for (j = 0; j < g; j++) {
		o = &f->root->gateways[j];
		if (!strcmp(o->name, gw->name))
			saa_error(d, LINE(f, "gateways[%u].name", g),
				  "gateway name \"%s\" is used twice (line %u); names are unique",
				  gw->name, LINE(f, "gateways[%u].name", j));
		else if (o->gateway_id == gw->gateway_id)
			saa_error(d, line,
				  "gateways \"%s\" and \"%s\" both have id %u%s; give one of them another id:",
				  o->name, gw->name, gw->gateway_id,
				  gw->id && o->id ? "" : " (derived from the name)");
	}
}

static void check_mode(struct saa_file *f, uint32_t g, struct saa_diag *d)
{
	struct saa_file_gateway *gw = &f->root->gateways[g];
	int mode = SAA_MODE_STATEFUL;

	if (gw->tier && gw->tier != 1)
		saa_error(d, LINE(f, "gateways[%u].tier", g),
			  "tier %lld of gateway \"%s\" is not 0 or 1",
			  (long long)gw->tier, gw->name);
	if (gw->mode_text)
		mode = saa_name_index(saa_mode_names, SAA_MODES, gw->mode_text);
	if (mode < 0) {
		saa_error(d, LINE(f, "gateways[%u].mode", g),
			  "mode \"%s\" is unknown; use stateful-active-active, stateless-active-active, active-standby or, of tier 1, distributed",
			  gw->mode_text);
		mode = SAA_MODE_STATEFUL;
	} else if (mode == SAA_MODE_DISTRIBUTED && !gw->tier) {
		saa_error(d, LINE(f, "gateways[%u].mode", g),
			  "mode distributed is for tier 1; a tier-0 gateway has SRs");
		mode = SAA_MODE_STATELESS;
	}
	gw->mode = mode;
}

/* What a gateway of this tier or mode does not have. */
static void check_foreign(struct saa_file *f, uint32_t g, struct saa_diag *d)
{
	static const struct {
		const char *key;
		unsigned int modes;	/* that have it */
		const char *why;
	} keys[] = {
		{ "groups", ~(1u << SAA_MODE_DISTRIBUTED), "has no SR" },
		{ "snat", 1u << SAA_MODE_STATEFUL | 1u << SAA_MODE_STANDBY,
		  "keeps no state" },
		{ "table", 1u << SAA_MODE_STATEFUL, "has no table of owners" },
	};
	static const char *const of_tier1[] = { "uplink", "advertise" };
	struct saa_file_gateway *gw = &f->root->gateways[g];
	unsigned int line;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		line = saa_ydoc_has(&f->doc, "gateways[%u].%s", g, keys[i].key);
		if (line && !(keys[i].modes & 1u << gw->mode))
			saa_error(d, line,
				  "%s: gateway \"%s\" is %s and %s; remove %s, or choose another mode",
				  keys[i].key, gw->name,
				  saa_mode_names[gw->mode], keys[i].why,
				  keys[i].key);
	}
	for (i = 0; i < ARRAY_SIZE(of_tier1) && gw->tier != 1; i++) {
		line = saa_ydoc_has(&f->doc, "gateways[%u].%s", g, of_tier1[i]);
		if (line)
			saa_error(d, line,
				  "%s belongs to a tier-1 gateway; remove it, or add tier: 1",
				  of_tier1[i]);
	}
	line = saa_ydoc_has(&f->doc, "gateways[%u].table", g);
	if (line && gw->tier)
		saa_error(d, line,
			  "table: tier-1 gateway \"%s\" has that of its tier-0, so that both have one owner; remove table",
			  gw->name);
	if (!gw->groups && (gw->mode == SAA_MODE_STATEFUL ||
			    gw->mode == SAA_MODE_STANDBY) &&
	    !saa_ydoc_has(&f->doc, "gateways[%u].groups", g))
		saa_error(d, LINE(f, "gateways[%u]", g),
			  "gateway \"%s\" has no groups; add groups: with its interfaces",
			  gw->name);
}

static void check_uplink(struct saa_file *f, uint32_t g, struct saa_diag *d)
{
	struct saa_file_gateway *gw = &f->root->gateways[g], *t0;
	unsigned int line = LINE(f, "gateways[%u].uplink", g);
	int at;

	if (gw->tier != 1)
		return;
	if (!gw->uplink) {
		saa_error(d, line,
			  "tier-1 gateway \"%s\" has no uplink; add uplink: GATEWAY, its tier-0",
			  gw->name);
		return;
	}
	at = saa_file_gateway_index(f, gw->uplink);
	t0 = at < 0 ? NULL : &f->root->gateways[at];
	if (!t0)
		saa_error(d, line,
			  "uplink \"%s\" of \"%s\" is not a gateway of the file",
			  gw->uplink, gw->name);
	else if (t0->tier)
		saa_error(d, line,
			  "uplink \"%s\" of \"%s\" is of tier %lld; name a tier-0 gateway",
			  gw->uplink, gw->name, (long long)t0->tier);
	else
		gw->above = t0;
}

static bool overlap(const struct saa_file_prefix *a,
		    const struct saa_file_prefix *b)
{
	return saa_prefix_has(&a->addr, a->len, &b->addr) ||
	       saa_prefix_has(&b->addr, b->len, &a->addr);
}

/* Prefixes of which two tier-1s of a tier-0 advertise the same addresses. */
static void check_prefix(struct saa_file *f, uint32_t g, uint32_t i,
			 struct saa_diag *d)
{
	struct saa_file_gateway *gw = &f->root->gateways[g], *o;
	struct saa_file_prefix *p = &gw->prefixes[i];
	unsigned int line = LINE(f, "gateways[%u].advertise[%u]", g, i);
	struct saa_addr first, last;
	const char *wrong, *never;
	uint32_t h, j;

	wrong = saa_prefix_parse(gw->advertise[i], &p->addr, &p->len);
	if (wrong) {
		*p = (struct saa_file_prefix){ 0 };
		saa_error(d, line, "advertise \"%s\" %s", gw->advertise[i],
			  wrong);
		return;
	}
	saa_range_parse(gw->advertise[i], &first, &last);
	never = saa_range_never(&first, &last);
	if (never)
		saa_error(d, line,
			  "advertise %s has addresses of %s, which are never steered%s",
			  gw->advertise[i], never, p->len ? "; take others" :
			  ", and the default routes of a tier-1 lead to its tier-0; name what is behind it");
	for (h = 0; h <= g; h++) {
		o = &f->root->gateways[h];
		if (o->above != gw->above || !o->prefixes)
			continue;
		for (j = 0; j < (h == g ? i : o->n_advertise); j++)
			if (o->prefixes[j].addr.family == p->addr.family &&
			    overlap(&o->prefixes[j], p))
				saa_error(d, line,
					  "advertise %s overlaps %s of gateway \"%s\" (line %u); an address is behind one tier-1",
					  gw->advertise[i], o->advertise[j],
					  o->name,
					  LINE(f, "gateways[%u].advertise[%u]",
					       h, j));
	}
}

/* R19. */
static void check_placement(struct saa_file *f, uint32_t g, struct saa_diag *d)
{
	struct saa_file_gateway *gw = &f->root->gateways[g];
	const struct saa_refusal *no;
	const char *key = gw->mode == SAA_MODE_STANDBY ? "active" : "edges";
	enum saa_place place;
	unsigned int line;

	if (!gw->above)
		return;
	place = saa_place(gw->above->runs_on, gw->runs_on,
			  f->root->cluster.n_edges);
	no = saa_placement(gw->above->mode, gw->mode, place);
	if (!no)
		return;
	line = saa_ydoc_has(&f->doc, "gateways[%u].%s", g, key);
	saa_error(d, line ? line : LINE(f, "gateways[%u].mode", g),
		  "tier-1 gateway \"%s\" (%s) under \"%s\" (%s), edges: %s: %s; %s",
		  gw->name, saa_mode_names[gw->mode], gw->above->name,
		  saa_mode_names[gw->above->mode], saa_place_names[place],
		  no->reason, no->remedy);
}

static void check_rest(struct saa_file *f, uint32_t g, struct saa_diag *d)
{
	struct saa_file_gateway *gw = &f->root->gateways[g];
	uint32_t i, links = saa_file_links(f, gw);

	saa_file_check_partners(f, g, d);
	if (gw->n_groups + links > SAA_GROUPS_MAX)
		saa_error(d, LINE(f, "gateways[%u].groups", g),
			  "%u groups%s: the limit is %u", gw->n_groups + links,
			  links ? ", those of links between tiers included" : "",
			  SAA_GROUPS_MAX);
	for (i = 0; i < gw->n_groups; i++)
		saa_file_check_group(f, g, i, d);
	saa_file_check_snat(f, g, d);
	saa_file_check_table(f, g, d);
	gw->prefixes = saa_zalloc(gw->n_advertise * sizeof(*gw->prefixes));
	for (i = 0; i < gw->n_advertise && gw->above; i++)
		check_prefix(f, g, i, d);
}

void saa_file_check_gateways(struct saa_file *f, struct saa_diag *d)
{
	struct saa_file_gateway *gws = f->root->gateways;
	uint32_t g, n = f->root->n_gateways;
	int tier;

	for (g = 0; g < n; g++) {
		saa_file_check_name(d, "gateway name", gws[g].name,
				    LINE(f, "gateways[%u].name", g));
		check_mode(f, g, d);
		check_id(f, g, d);
		check_foreign(f, g, d);
	}
	for (g = 0; g < n; g++)
		check_uplink(f, g, d);
	for (tier = 0; tier <= 1; tier++)
		for (g = 0; g < n; g++)
			if (!gws[g].tier == !tier)
				saa_file_find_edges(f, g, d);
	for (g = 0; g < n; g++) {
		check_placement(f, g, d);
		check_rest(f, g, d);
	}
	for (g = 0; g < n; g++)
		saa_file_check_links(f, g, d);
}

uint32_t saa_file_attached(const struct saa_file *f,
			   const struct saa_file_gateway *gw)
{
	uint32_t g, n = 0;

	for (g = 0; g < f->root->n_gateways; g++)
		n += f->root->gateways[g].above == gw;
	return n;
}
