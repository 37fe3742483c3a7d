// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tier-1 gateways: every combination of modes and places in a file of its own,
 * against the table; what a file says of tiers; conversions; and that
 * Documentation/tiers.rst has the tables of the code.
 */
#include <stdlib.h>
#include <string.h>

#include "gateways.h"
#include "good.h"
#include "tiers.h"

/* @says in line @line of the gateways, which are lines 13 and on. */
static void bad_file(const char *gateways, unsigned int line, const char *says)
{
	char *text = saa_format("%s%s", cluster, gateways);
	struct saa_diag d;
	struct saa_file *f = load(text, &d);
	bool found = false;
	size_t i;

	for (i = 0; i < d.n_notes; i++)
		found |= !d.notes[i].warning && d.notes[i].line == 12 + line &&
			 strstr(d.notes[i].text, says);
	if (f || !found)
		fail_msg("wanted %u: \"%s\", got %u: %s, for\n%s", 12 + line,
			 says, d.n_notes ? d.notes[0].line : 0,
			 d.n_notes ? d.notes[0].text : "nothing", gateways);
	saa_diag_free(&d);
	free(text);
}

static char *tier0_of(enum saa_mode mode, bool two)
{
	return saa_format("  - name: t0\n    mode: %s\n    %s\n" T0_GROUPS,
			  saa_mode_names[mode], mode == SAA_MODE_STANDBY ?
			  "active: e1\n    standby: e2" :
			  two ? "edges: [e1, e2]" : "edges: [e1, e2, e3, e4]");
}

/* NULL: two edges of two are no part of them. */
static char *edges_of(enum saa_mode mode, enum saa_place place, bool two)
{
	static const char *const edges[SAA_PLACES] = {
		"", "e1, e2, e3, e4", "e2, e3", "e3, e4, e5, e6", "e5, e6",
	};
	static const char *const of_two[SAA_PLACES] = {
		"", "e1, e2", "e2", "e2, e3", "e3, e4",
	};
	static const char *const standby[SAA_PLACES] = {
		"", NULL, "active: e1\n    standby: e3", "active: e4\n    standby: e5",
		"active: e6\n    standby: e5",
	};
	static const char *const standby_of_two[SAA_PLACES] = {
		"", "active: e2\n    standby: e1", NULL,
		"active: e2\n    standby: e3", "active: e6\n    standby: e5",
	};
	const char *text;

	if (mode == SAA_MODE_STANDBY) {
		text = (two ? standby_of_two : standby)[place];
		return text ? saa_format("    %s\n", text) : NULL;
	}
	if (mode == SAA_MODE_DISTRIBUTED && place == SAA_PLACE_NONE)
		return saa_strdup("");
	return saa_format("    edges: [%s]\n", (two ? of_two : edges)[place]);
}

/* R19: the file is taken or refused as the table says, with its words. */
static void check_combination(enum saa_mode tier0, enum saa_mode tier1,
			      enum saa_place place)
{
	const struct saa_refusal *no = saa_placement(tier0, tier1, place);
	bool two = tier0 == SAA_MODE_STANDBY ||
		   (tier1 == SAA_MODE_STANDBY && place == SAA_PLACE_SAME);
	char *edges = edges_of(tier1, place, two), *above, *text, *says;
	struct saa_diag d;
	struct saa_file *f;
	bool found = false;
	size_t i;

	if (!edges)
		return;
	above = tier0_of(tier0, two);
	text = saa_format("%s%s  - name: t1\n    tier: 1\n    uplink: t0\n    mode: %s\n%s%s",
			  cluster, above, saa_mode_names[tier1], edges,
			  tier1 == SAA_MODE_DISTRIBUTED ? "" : T1_GROUPS);
	f = load(text, &d);
	if (!f != !!no)
		fail_msg("%s, but the table says %s:\n%s%s", f ? "accepted" : "refused",
			 no ? no->name : "yes", text,
			 d.n_notes ? d.notes[0].text : "");
	says = no ? saa_format("edges: %s: %s; %s", saa_place_names[place],
			       no->reason, no->remedy) : NULL;
	for (i = 0; no && i < d.n_notes; i++)
		found |= !!strstr(d.notes[i].text, says);
	if (no && !found)
		fail_msg("no \"%s\":\n%s%s", says, text, d.notes[0].text);
	free(says);
	saa_diag_free(&d);
	saa_file_free(f);
	free(text);
	free(above);
	free(edges);
}

static void every_combination(void **state)
{
	unsigned int tier0, tier1, place;

	(void)state;
	for (tier0 = 0; tier0 < SAA_TIER0_MODES; tier0++)
		for (tier1 = 0; tier1 < SAA_MODES; tier1++)
			for (place = 0; place < SAA_PLACES; place++)
				check_combination(tier0, tier1, place);
}

/* The requirements' own words, not the table's. */
static void requirements(void **state)
{
	enum saa_mode full = SAA_MODE_STATEFUL, one = SAA_MODE_STANDBY;
	enum saa_mode none = SAA_MODE_STATELESS, routes = SAA_MODE_DISTRIBUTED;
	unsigned int place, tier;

	(void)state;
	/* R19, under a stateful active/active tier-0 */
	for (place = 0; place < SAA_PLACES; place++) {
		assert_int_equal(!saa_placement(full, full, place), place == SAA_PLACE_SAME);
		assert_int_equal(!saa_placement(full, one, place), place == SAA_PLACE_SEPARATE);
		assert_int_equal(!saa_placement(full, routes, place), place == SAA_PLACE_NONE);
		assert_non_null(saa_placement(full, none, place));
		/* R17: it needs a tier-0 of its own kind */
		assert_non_null(saa_placement(one, full, place));
		assert_non_null(saa_placement(none, full, place));
	}
	/* R20 */
	for (tier = 0; tier <= 1; tier++)
		assert_non_null(saa_conversion(tier, one, full, false));
	assert_non_null(saa_conversion(0, one, full, true));
	assert_null(saa_conversion(0, none, full, false));
	assert_non_null(saa_conversion(0, none, full, true));
}

/* R20, one step after the other: what was active-standby stays so. */
static void no_way_round(void **state)
{
	bool reached[SAA_MODES];
	unsigned int from, to, round, kind;

	(void)state;
	for (kind = 0; kind < 3; kind++) {
		memset(reached, 0, sizeof(reached));
		reached[SAA_MODE_STANDBY] = true;
		for (round = 0; round < SAA_MODES; round++)
			for (from = 0; from < SAA_MODES; from++)
				for (to = 0; to < SAA_MODES; to++)
					if (reached[from] && from != to &&
					    !saa_conversion(kind / 2, from, to, kind % 2))
						reached[to] = true;
		assert_false(reached[SAA_MODE_STATEFUL]);
	}
}

/* What a refusal offers instead is not refused itself. */
static void ways_out(void **state)
{
	enum saa_mode full = SAA_MODE_STATEFUL, one = SAA_MODE_STANDBY;
	enum saa_mode none = SAA_MODE_STATELESS;
	const struct saa_refusal *no;

	(void)state;
	/* the tier-0 cannot be converted */
	assert_non_null(saa_conversion(0, one, full, false));
	no = saa_placement(one, full, SAA_PLACE_SAME);
	assert_null(strstr(no->remedy, "make the tier-0"));
	assert_null(saa_placement(one, one, SAA_PLACE_SAME));
	assert_null(saa_placement(full, full, SAA_PLACE_SAME));
	/* as long as the tier-1 is there, distributed or not, nor can this one */
	assert_non_null(saa_conversion(0, full, none, true));
	assert_non_null(saa_conversion(0, none, full, true));
	no = saa_conversion(1, full, none, true);
	assert_ptr_equal(no, saa_conversion(1, none, full, true));
	assert_non_null(strstr(no->remedy, "remove it"));
	assert_null(saa_conversion(0, full, none, false));
	assert_null(saa_conversion(0, none, full, false));
	assert_null(saa_placement(none, none, SAA_PLACE_SAME));
}

static void places(void **state)
{
	const bool a[] = { true, true, false, false };
	const bool part[] = { false, true, false, false };
	const bool half[] = { false, true, true, false };
	const bool more[] = { true, true, true, false };
	const bool other[] = { false, false, true, true };
	const bool none[4] = { false };

	(void)state;
	assert_int_equal(saa_place(a, a, 4), SAA_PLACE_SAME);
	assert_int_equal(saa_place(a, part, 4), SAA_PLACE_PART);
	assert_int_equal(saa_place(a, half, 4), SAA_PLACE_OVERLAP);
	assert_int_equal(saa_place(a, more, 4), SAA_PLACE_OVERLAP);
	assert_int_equal(saa_place(a, other, 4), SAA_PLACE_SEPARATE);
	assert_int_equal(saa_place(a, none, 4), SAA_PLACE_NONE);
}

static void bad_tiers(void **state)
{
	(void)state;
	bad_file(T0 "  - {name: t1, tier: 1, uplink: t9, groups: []}\n", 5,
		 "uplink \"t9\" of \"t1\" is not a gateway of the file");
	bad_file(T0 T1 "  - {name: t2, tier: 1, uplink: t1, groups: []}\n", 9,
		 "uplink \"t1\" of \"t2\" is of tier 1; name a tier-0 gateway");
	bad_file(T0 "  - {name: t1, tier: 1, groups: []}\n", 5,
		 "tier-1 gateway \"t1\" has no uplink");
	bad_file(T0 "    uplink: t0\n", 5, "uplink belongs to a tier-1 gateway");
	bad_file(T0 "    active: e1\n", 5,
		 "active belongs to a gateway of mode active-standby; remove it");
	bad_file("  - {name: t0}\n", 1, "gateway \"t0\" has no groups; add groups:");
	bad_file(T0 "    edges: [e1, e9]\n", 5,
		 "edge \"e9\" of gateway \"t0\" is not an edge of the cluster");
	bad_file(T0 "    edges: [e1, e1]\n", 5,
		 "gateway \"t0\" names edge \"e1\" twice");
	bad_file(T0 "    edges: [e1, e2, e3]\n", 5,
		 "gateway \"t0\" runs on 3 edges: their number must be even");
	bad_file(T0 "    mode: stateless-active-active\n    edges: []\n", 6,
		 "gateway \"t0\" runs on no edge");
	bad_file(T0 "    mode: stateless-active-active\n"
		 "    snat: [{group: north, to: 198.51.100.1}]\n", 6,
		 "snat: gateway \"t0\" is stateless-active-active and keeps no state; remove snat");
	bad_file(T0 "  - {name: t1, tier: 1, uplink: t0, mode: distributed, groups: []}\n",
		 5, "groups: gateway \"t1\" is distributed and has no SR; remove groups");
	bad_file(T0 T1 "    table: ['1/2*256']\n", 9,
		 "table: tier-1 gateway \"t1\" has that of its tier-0");
	bad_file("  - {name: t0, mode: active-standby, active: e1, groups: []}\n", 1,
		 "gateway \"t0\" is active-standby without a standby edge");
	bad_file("  - {name: t0, mode: active-standby, active: e1, standby: e1, groups: []}\n",
		 1, "gateway \"t0\" names edge \"e1\" twice; name two different edges");
	bad_file("  - {name: t0, mode: active-standby, active: e1, standby: e9, groups: []}\n",
		 1, "standby \"e9\" of gateway \"t0\" is not an edge");
	bad_file("  - {name: t0, mode: active-standby, active: e1, standby: e2, edges: [e1], groups: []}\n",
		 1, "edges are those that active and standby name");
	bad_file(T0 "    edges: [e1, e2]\n    table: ['1/2*256']\n", 6,
		 "the table of \"t0\" has one owner and its backup, as in active-standby");
	bad_file(T0 "    edges: [e1, e2]\n    table: ['1/3*256']\n", 6,
		 "row \"1/3*256\" does not name two different edges");
	bad_file("  - name: t0\n    edges: [e1, e2]\n    groups:\n"
		 "      - {name: a, id: 1, side: north, interface: x, interfaces: {e3: y}}\n",
		 4, "interfaces of group \"a\" names edge \"e3\", which gateway \"t0\" does not run on");
}

/* On e5 and e6, with the interface of a way up, and more. */
#define STANDBY1(more) \
	"  - name: t3\n    tier: 1\n    uplink: t0\n    mode: active-standby\n" \
	"    active: e5\n    standby: e6\n" \
	"    groups: [{name: up, id: 3, side: north, interface: eth3}" more "]\n"

static void bad_advertise(void **state)
{
	(void)state;
	bad_file(T0 T1 "    advertise: [10.1.0.1/16]\n", 9,
		 "advertise \"10.1.0.1/16\" has bits set beyond its prefix length");
	bad_file(T0 T1 "    advertise: [10.1.0.0/16, 'fd00::/8', 10.1.2.0/24]\n", 9,
		 "advertise 10.1.2.0/24 overlaps 10.1.0.0/16 of gateway \"t1\" (line 21)");
	bad_file(T0 T1 "    advertise: ['fd00:1::/32']\n"
		 "  - {name: t2, tier: 1, uplink: t0, mode: distributed, advertise: ['fd00::/8']}\n",
		 10, "advertise fd00::/8 overlaps fd00:1::/32 of gateway \"t1\" (line 21)");
	/* the tier-0 has a route to its pools, too */
	bad_file(T0 "    snat:\n      - {group: north, source: 10.0.0.0/8, no-snat: true}\n"
		 "      - {group: north, to: 198.51.100.16-198.51.100.17}\n"
		 T1 "    advertise: [10.1.0.0/16, 198.51.100.17/32]\n", 12,
		 "advertise 198.51.100.17/32 of gateway \"t1\" overlaps the SNAT pool 198.51.100.16-198.51.100.17 of its tier-0 \"t0\" (line 19)");
	bad_file(T0 "    snat: [{group: north, to: '2001:db8::1'}]\n"
		 "  - {name: t1, tier: 1, uplink: t0, mode: distributed, advertise: ['2001:db8::/64']}\n",
		 6, "advertise 2001:db8::/64 of gateway \"t1\" overlaps the SNAT pool 2001:db8::1 of its tier-0 \"t0\"");
	saa_file_free(good_file(T0 "    snat: [{group: north, to: 198.51.100.16-198.51.100.17}]\n"
		T1 "    advertise: [198.51.100.18/32, 198.51.100.0/28]\n"));
	/* so has another tier-1, in the tier-0: returns would go to that */
	bad_file(T0 T1 "    snat: [{group: uplink, to: 198.51.100.16-198.51.100.17}]\n"
		 "  - {name: t2, tier: 1, uplink: t0, mode: distributed, advertise: [10.2.0.0/16, 198.51.100.0/24]}\n",
		 10, "advertise 198.51.100.0/24 of gateway \"t2\" overlaps the SNAT pool 198.51.100.16-198.51.100.17 of gateway \"t1\" (line 21); an address belongs to one gateway");
	/* in a file that names that one last, and with interfaces of its own */
	bad_file(T0 "    edges: [e1, e2]\n"
		 "  - {name: t2, tier: 1, uplink: t0, mode: distributed, advertise: ['2001:db8::/64']}\n"
		 STANDBY1("") "    snat: [{group: up, to: '2001:db8::1'}]\n", 6,
		 "overlaps the SNAT pool 2001:db8::1 of gateway \"t3\"");
	/* its own pool; one of a way out that the tier-0 does not see; one under another tier-0 */
	saa_file_free(good_file(T0 T1 "    advertise: [198.51.100.16/32]\n"
		"    snat: [{group: uplink, to: 198.51.100.16}]\n"));
	saa_file_free(good_file(T0
		"  - {name: t2, tier: 1, uplink: t0, mode: distributed, advertise: [172.30.0.0/16]}\n"
		"  - name: t1\n    tier: 1\n    uplink: t0\n"
		"    groups: [{name: partner, id: 4, side: north, interface: eth4}]\n"
		"    snat: [{group: partner, to: 172.30.0.1}, {group: uplink, to: 198.51.100.1}]\n"));
	saa_file_free(good_file(T0 "    edges: [e1, e2]\n"
		"  - {name: t2, tier: 1, uplink: t0, mode: distributed, advertise: [172.30.0.0/16]}\n"
		STANDBY1(", {name: partner, id: 4, side: north, interface: eth4}")
		"    snat: [{group: partner, to: 172.30.0.1}]\n"));
	saa_file_free(good_file(T0 T1 "    snat: [{group: uplink, to: 198.51.100.1}]\n"
		"  - {name: t9, groups: []}\n"
		"  - {name: t2, tier: 1, uplink: t9, mode: distributed, advertise: [198.51.100.0/24]}\n"));
	/* the tier-0's default route, which would lead there and back */
	bad_file(T0 T1 "    advertise: [10.1.0.0/16, 0.0.0.0/0]\n", 9,
		 "advertise 0.0.0.0/0 has addresses of 0.0.0.0/8, which are never steered, and the default routes of a tier-1 lead to its tier-0");
	bad_file(T0 T1 "    advertise: ['::/0']\n", 9, "advertise ::/0 has addresses of");
	bad_file(T0 T1 "    advertise: ['fe80::/64']\n", 9,
		 "advertise fe80::/64 has addresses of fe80::/10, which are never steered; take others");
	bad_file(T0 T1 "    advertise: 10.0.0.0/8\n", 9, "advertise: a list is expected here");
}

static void bad_links(void **state)
{
	(void)state;
	/* gateway ids 1 and 1024 come to one group id, 4093 */
	bad_file(T0 T1 "    id: 1\n  - {name: t2, tier: 1, uplink: t0, id: 1024, groups: []}\n",
		 10, "the links of \"t1\" and \"t2\" come to the same group id 4093; give one of them another id:");
	bad_file(T0 "  - {name: t1, tier: 1, uplink: t0, id: 1, groups: "
		 "[{name: a, id: 4093, side: south, interface: x}]}\n",
		 5, "group id 4093 of \"a\" is that of the link between \"t1\" and \"t0\"; take another, below 3072 none is a link's");
	bad_file(T0 "      - {name: t1, id: 9, side: south, interface: x}\n" T1, 5,
		 "group name \"t1\" is that of the link between \"t1\" and \"t0\"");
	bad_file(T0 "      - {name: a, id: 9, side: south, interface: t1-77}\n" T1
		 "    id: 77\n", 5,
		 "interface \"t1-77\" of group \"a\" is that of the link between");
	bad_file(T0 "  - {name: t1, tier: 1, uplink: t0, groups: "
		 "[{name: a, id: 9, side: south, interface: uplink}]}\n", 5,
		 "interface \"uplink\" of group \"a\" is that of the link between");
	/* addresses of interfaces cannot be pools: of the tier-0, the tier-1, another one */
	bad_file(T0 "    snat: [{group: north, to: 100.64.0.0-100.64.0.2}]\n" T1
		 "    id: 1\n", 5,
		 "to 100.64.0.0-100.64.0.2 has 100.64.0.2, an address of the link between \"t1\" and \"t0\"; take others, or give \"t1\" another id:");
	bad_file(T0 T1 "    id: 1\n    snat: [{group: uplink, to: 'fd5a:a5aa:6400::/64'}]\n", 10,
		 "has fd5a:a5aa:6400::3, an address of the link between");
	bad_file(T0 T1 "    id: 1\n  - {name: t2, tier: 1, uplink: t0, id: 2, groups: [], snat: [{group: uplink, to: 100.64.0.3}]}\n",
		 10, "to 100.64.0.3 has 100.64.0.3, an address of the link between \"t1\" and \"t0\"");
	bad_file(T0 "    snat: [{group: north, to: x}]\n" T1, 5, "to \"x\" is not an address");
	saa_file_free(good_file(T0 "    snat: [{group: north, to: 100.64.0.4-100.64.0.9}]\n"
		T1 "    id: 1\n"));
	bad_file(T0 "      - {name: a, id: 9, side: south, interface: t1n-77}\n" T1
		 "    id: 77\n", 5,
		 "interface \"t1n-77\" of group \"a\" is that of the link between");
}

static const struct saa_group *group_of(const struct saa_conf *c,
					const char *name)
{
	size_t i;

	for (i = 0; i < c->n_groups; i++)
		if (!strcmp(c->groups[i].name, name))
			return &c->groups[i];
	fail_msg("no group %s", name);
	return NULL;
}

/* R17, R18: a link on both ends, one table, SNAT on the link. */
static void stateful_tier1(void **state)
{
	struct saa_file *f = good_file(T0 "    edges: [e1, e2, e3, e4]\n"
		T1 "    id: 1\n    advertise: [10.1.0.0/16, 'fd00:1::/32']\n"
		"    snat: [{group: uplink, source: 10.1.0.0/16, to: 198.51.100.1}]\n"
		"  - {name: t2, tier: 1, uplink: t0, mode: distributed, advertise: [10.2.0.0/16]}\n"
		"  - {name: t3, tier: 1, uplink: t0, mode: active-standby, active: e6, standby: e5, groups: []}\n");
	struct saa_conf c0, c1, c3;
	const struct saa_group *up, *down;
	size_t i;

	(void)state;
	assert_int_equal(saa_file_attached(f, &f->root->gateways[0]), 3);
	saa_file_conf(f, 0, 1, &c0);
	saa_file_conf(f, 1, 1, &c1);
	assert_int_equal(c1.n_srs, 4);
	assert_memory_equal(c0.rows, c1.rows, 256 * sizeof(*c0.rows));
	down = group_of(&c0, "t1");
	up = group_of(&c1, SAA_LINK_UP);
	assert_int_equal(down->id, 4093);
	assert_int_equal(up->id, 4093);
	assert_int_equal(down->side, SAA_SIDE_SOUTH);
	assert_int_equal(up->side, SAA_SIDE_NORTH);
	assert_string_equal(down->ifname, "t1-1");
	assert_string_equal(up->ifname, "uplink");
	assert_int_equal(c1.snat[0].group, 4093);
	assert_int_equal(f->root->gateways[1].prefixes[1].len, 32);
	assert_int_equal(c0.n_groups, 3);	/* no other tier-1 has a link */
	/* one owner for all, its partner the backup */
	saa_file_conf(f, 3, 4, &c3);
	assert_int_equal(c3.gateway.sr, 5);
	assert_int_equal(c3.n_srs, 2);
	for (i = 0; i < 256; i++) {
		assert_int_equal(c3.rows[i].primary, 6);
		assert_int_equal(c3.rows[i].backup, 5);
	}
	assert_true(saa_file_same_edges(f, 1));
	assert_false(saa_file_same_edges(f, 3));
	saa_conf_free(&c0);
	saa_conf_free(&c1);
	saa_conf_free(&c3);
	saa_file_free(f);
}

/* What is made for a link: names, addresses, namespaces. */
static void made_for_links(void **state)
{
	struct saa_file *f = good_file(T0 "    edges: [e1, e2]\n"
		T1 "    id: 65535\n    netns: left\n    namespaces: {e2: right}\n"
		"  - {name: t2, tier: 1, uplink: t0, id: 1, groups: []}\n");
	const struct saa_file_gateway *t1 = &f->root->gateways[1];
	char ifname[IF_NAMESIZE], buf[SAA_ADDR_STRLEN];
	struct saa_addr a;

	(void)state;
	assert_string_equal(t1->namespaces[0], "left");
	assert_string_equal(t1->namespaces[1], "right");
	assert_string_equal(f->root->gateways[2].namespaces[0], "t2");
	saa_file_link_ifname(t1, ifname);
	assert_string_equal(ifname, "t1-65535");
	saa_file_link_addr(t1, AF_INET, false, &a);
	assert_string_equal(saa_addr_format(&a, buf), "100.65.255.254");
	saa_file_link_addr(t1, AF_INET, true, &a);
	assert_string_equal(saa_addr_format(&a, buf), "100.65.255.255");
	saa_file_link_addr(t1, AF_INET6, true, &a);
	assert_string_equal(saa_addr_format(&a, buf), "fd5a:a5aa:6400::1:ffff");
	saa_file_link_addr(t1 + 1, AF_INET6, false, &a);
	assert_string_equal(saa_addr_format(&a, buf), "fd5a:a5aa:6400::2");
	saa_file_free(f);

	bad_file(T0 "    netns: x\n", 5,
		 "netns belongs to a stateful-active-active tier-1 gateway; others are applied with -n NETNS");
	bad_file(T0 T1 "    netns: a/b\n", 5,
		 "netns \"a/b\" of gateway \"t1\" is not a name of /run/netns");
	bad_file(T0 T1 "    namespaces: {e2: x}\n"
		 "  - {name: t2, tier: 1, uplink: t0, netns: x, groups: []}\n", 10,
		 "network namespace \"x\" of gateway \"t2\" is that of gateway \"t1\" on edge \"e2\"; give each its own");
	bad_file(T0 T1 "    namespaces: {e9: x}\n", 9,
		 "namespaces of gateway \"t1\" names \"e9\", which is not an edge");
	bad_file(T0 T1 "    namespaces: x\n", 9,
		 "namespaces of gateway \"t1\" is not a mapping");
	bad_file(T0 T1 "    namespaces: {e1: [x]}\n", 5,
		 "netns \"\" of gateway \"t1\" is not a name");
}

/* State sync beside that of the tier-0: the same addresses, another port. */
static void sync_of_tier1(void **state)
{
	static const char key[] = "sync: {key: \"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\", port: %u}\n  punt:";
	static const char gateways[] = T0 "    edges: [e1, e2]\n" T1 "    id: 1\n";
	char *plain = saa_format("%s%s", cluster, gateways), *one, *two, *text, *sync;
	struct saa_conf c;
	struct saa_diag d;
	struct saa_file *f;

	(void)state;
	one = replace(plain, "id: 1, failure", "id: 1, address: 192.0.2.1, failure");
	two = replace(one, "id: 2, failure", "id: 2, address: 192.0.2.2, failure");
	sync = saa_format(key, 1000);
	text = replace(two, "punt:", sync);
	f = load(text, &d);
	assert_non_null(f);
	saa_file_conf(f, 0, 0, &c);
	assert_int_equal(c.sync.port, 1000);
	saa_conf_free(&c);
	saa_file_conf(f, 1, 0, &c);
	assert_int_equal(c.sync.port, 1000 + 4093);
	assert_int_equal(c.sync.partner, 2);
	saa_conf_free(&c);
	saa_file_free(f);
	saa_diag_free(&d);
	free(text);
	free(sync);
	sync = saa_format(key, 65000);
	text = replace(two, "punt:", sync);
	assert_null(load(text, &d));
	assert_non_null(strstr(d.notes[0].text, "port 65000 of sync: the SRs of \"t1\" use this + 4093, which is above 65535"));
	saa_diag_free(&d);
	free(text);
	free(sync);
	free(two);
	free(one);
	free(plain);
}

/* A link is a group of both: 256 in all. */
static void many_groups(void **state)
{
	char *text = saa_format("%s%s", cluster, T0 "    edges: [e1, e2]\n"), *more;
	struct saa_diag d;
	struct saa_file *f;
	unsigned int i;

	(void)state;
	for (i = 1; i <= SAA_GROUPS_MAX - 1; i++) {
		more = saa_format("%s  - {name: a%u, tier: 1, uplink: t0, id: %u, groups: []}\n",
				  text, i, i);
		free(text);
		text = more;
		if (i < SAA_GROUPS_MAX - 2)
			continue;
		f = load(text, &d);
		assert_int_equal(!f, i == SAA_GROUPS_MAX - 1);
		if (!f)
			assert_non_null(strstr(d.notes[0].text,
				"257 groups, those of links between tiers included: the limit is 256"));
		saa_file_free(f);
		saa_diag_free(&d);
	}
	free(text);
}

/* Without netns each gateway syncs in its own namespace; with it, in one. */
static void shared_sync_port(void **state)
{
	static const char *const gateways[] = {
		T0 "    edges: [e1, e2]\n  - {name: t9, edges: [e1, e2], groups: []}\n",
		T0 "    edges: [e1, e2]\n" T1 "    id: 1\n",
		"  - {name: t0, mode: active-standby, active: e1, standby: e2, groups: []}\n"
		"  - {name: t1, tier: 1, uplink: t0, mode: active-standby, active: e2, standby: e1, groups: []}\n",
		T0 "    mode: stateless-active-active\n    edges: [e1, e2]\n  - {name: t9, edges: [e1, e2], groups: []}\n",
	};
	static const char sync[] = "sync: {key: \"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"%s}\n  punt:";
	char *plain, *one, *two, *text, *with;
	struct saa_diag d;
	struct saa_file *f;
	unsigned int i, netns;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(gateways); i++)
		for (netns = 0; netns < 2; netns++) {
			plain = saa_format("%s%s", cluster, gateways[i]);
			one = replace(plain, "id: 1, failure", "id: 1, address: 192.0.2.1, failure");
			two = replace(one, "id: 2, failure", "id: 2, address: 192.0.2.2, failure");
			text = saa_format(sync, netns ? ", netns: x" : "");
			with = replace(two, "punt:", text);
			f = load(with, &d);
			assert_int_equal(!f, netns && !i);
			if (!f)
				assert_non_null(strstr(d.notes[0].text,
					"gateways \"t0\" and \"t9\" both sync by port 7220 in network namespace \"x\"; remove netns"));
			saa_file_free(f);
			saa_diag_free(&d);
			free(with);
			free(text);
			free(two);
			free(one);
			free(plain);
		}
}

/* Each text of a list becomes the next one. */
static char *replace_all(const char *text, const char *const (*all)[2], size_t n)
{
	char *now = saa_strdup(text), *new;
	size_t i;

	for (i = 0; i < n; i++) {
		new = replace(now, all[i][0], all[i][1]);
		free(now);
		now = new;
	}
	return now;
}

/* The tunnels end at the tier-0; the tier-1 has ports of its own. */
static void geneve(void **state)
{
	static const char *const all[][2] = {
		{ "punt: {", "punt: {transport: geneve, north-vni: 1, south-vni: 2, " },
		{ "id: 1,", "id: 1, address: 192.0.2.1," },
		{ "id: 2,", "id: 2, address: 192.0.2.2," },
		{ "id: 3,", "id: 3, address: 192.0.2.3," },
		{ "id: 4,", "id: 4, address: 192.0.2.4," },
		{ "id: 5,", "id: 5, address: 192.0.2.5," },
		{ "id: 6,", "id: 6, address: 192.0.2.6," },
	};
	char *plain = saa_format("%s%s", cluster, T0 "    edges: [e1, e2]\n" T1);
	char *text = replace_all(plain, all, ARRAY_SIZE(all)), *bad;
	struct saa_conf c0, c1;
	struct saa_diag d;
	struct saa_file *f;

	(void)state;
	f = load(text, &d);
	assert_non_null(f);
	saa_file_conf(f, 0, 0, &c0);
	saa_file_conf(f, 1, 0, &c1);
	assert_int_equal(c0.ports[0].transport, SAA_TRANSPORT_GENEVE);
	assert_true(c0.srs[1].has & 1u << SAA_A_SR_ADDRESS);
	assert_int_equal(c1.n_ports, 2);
	assert_int_equal(c1.ports[0].transport, SAA_TRANSPORT_L2);
	assert_false(c1.ports[0].has & 1u << SAA_A_PORT_VNI);
	assert_string_equal(c1.ports[0].ifname, "punt-n");
	assert_string_equal(c1.ports[1].ifname, "punt-s");
	assert_false(c1.srs[1].has & 1u << SAA_A_SR_ADDRESS);
	saa_conf_free(&c0);
	saa_conf_free(&c1);
	saa_diag_free(&d);
	saa_file_free(f);

	bad = replace(text, "interface: eth3", "interface: punt-s");
	assert_null(load(bad, &d));
	assert_non_null(strstr(d.notes[0].text,
		"interface \"punt-s\" of group \"inside\" is that of the link between"));
	saa_diag_free(&d);
	free(bad);
	free(text);
	free(plain);
}

/* A tier-1 goes by the table that its tier-0 is given. */
static void one_table(void **state)
{
	struct saa_file *f = good_file(T0 "    edges: [e1, e2]\n"
				       "    table: ['2/1*200 1/2*56']\n" T1);
	struct saa_conf c;
	char *rows;

	(void)state;
	saa_file_conf(f, 1, 0, &c);
	rows = saa_rows_format(c.rows, c.n_rows);
	assert_string_equal(rows, "2/1*200 1/2*56");
	free(rows);
	saa_conf_free(&c);
	saa_file_free(f);
}

static void steers_nothing(void **state)
{
	struct saa_file *f = good_file(T0 "    mode: stateless-active-active\n"
				       "    edges: [e1, e2, e3]\n");
	struct saa_conf c;

	(void)state;
	saa_file_conf(f, 0, 0, &c);
	assert_int_equal(c.gateway.has, 0);
	assert_int_equal(c.n_groups, 0);
	saa_conf_free(&c);
	saa_file_free(f);
}

/* Named partners are split where only one of them runs a gateway. */
static void split_partners(void **state)
{
	char *text = saa_format("%s%s", cluster, T0 "    edges: [e1, e3]\n"), *other;
	struct saa_diag d;
	struct saa_file *f;

	(void)state;
	f = load(text, &d);
	assert_non_null(f);	/* both in domain "a" */
	assert_int_equal(d.n_notes, 1);
	assert_non_null(strstr(d.notes[0].text, "\"e1\" and \"e3\" back each other up but are both in failure domain \"a\"; no other pairing"));
	saa_diag_free(&d);
	saa_file_free(f);
	other = replace(text, "{name: e1,", "{name: e1, partner: e2,");
	assert_null(load(other, &d));
	assert_non_null(strstr(d.notes[0].text, "gateway \"t0\" runs on edge \"e1\", but not on its partner \"e2\""));
	saa_diag_free(&d);
	free(other);
	free(text);
}

/* Between the lines that say so, the document has what the code says. */
static void documented(void **state)
{
	const char *dir = getenv("TEST_DATA");
	char *path = saa_format("%s/../../../Documentation/tiers.rst",
				dir ? dir : "tests/data");
	char *want = saa_tiers_rst(), *doc, *begin, *end, *text;
	size_t len;

	(void)state;
	doc = saa_read_file(path, 1 << 20, &len);
	assert_non_null(doc);
	begin = strstr(doc, ".. tables begin");
	end = strstr(doc, ".. tables end");
	assert_non_null(begin);
	assert_non_null(end);
	begin = strstr(begin, "\n\n") + 2;
	text = saa_strndup(begin, end - begin);
	if (strcmp(text, want))
		fail_msg("%s: between the lines \".. tables\" put\n%s", path, want);
	free(text);
	free(want);
	free(doc);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_combination),
		cmocka_unit_test(requirements),
		cmocka_unit_test(no_way_round),
		cmocka_unit_test(ways_out),
		cmocka_unit_test(places),
		cmocka_unit_test(bad_tiers),
		cmocka_unit_test(bad_advertise),
		cmocka_unit_test(bad_links),
		cmocka_unit_test(stateful_tier1),
		cmocka_unit_test(made_for_links),
		cmocka_unit_test(sync_of_tier1),
		cmocka_unit_test(many_groups),
		cmocka_unit_test(shared_sync_port),
		cmocka_unit_test(geneve),
		cmocka_unit_test(one_table),
		cmocka_unit_test(steers_nothing),
		cmocka_unit_test(split_partners),
		cmocka_unit_test(documented),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
