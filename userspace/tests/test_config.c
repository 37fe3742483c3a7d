// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The configuration file: what a good one becomes, and for each rule a bad one
 * with its message and line. Bad files are the good one with one text replaced.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "good.h"
#include "table.h"

static unsigned int line_at(const char *text, const char *at)
{
	unsigned int line = 1;

	for (; text < at; text++)
		line += *text == '\n';
	return line;
}

/* One message contains @says, at @line (0: of the file as a whole). */
static bool is_bad(const char *text, unsigned int line, const char *says)
{
	struct saa_diag d = { 0 };
	struct saa_file *f;
	char all[4096] = "";
	bool found = false;
	size_t i;

	f = saa_file_parse("test.yaml", text, strlen(text), true, &d);
	for (i = 0; i < d.n_notes; i++) {
		found |= !d.notes[i].warning && d.notes[i].line == line &&
			 strstr(d.notes[i].text, says);
		snprintf(all + strlen(all), sizeof(all) - strlen(all),
			 "\n  %u: %s", d.notes[i].line, d.notes[i].text);
	}
	if (f || !found)
		print_error("wanted %u: \"%s\", %s%s\n", line, says,
			    f ? "the file was accepted" : "got:", all);
	found &= !f;
	saa_file_free(f);
	saa_diag_free(&d);
	return found;
}

static void check_bad(const char *text, unsigned int line, const char *says)
{
	assert_true(is_bad(text, line, says));
}

static const struct bad {
	const char *from, *to, *says;
	int line;	/* lines after that of "from" */
} bad[] = {
	/* syntax and schema */
	{ "tier: 0", "tier: [0", "not YAML", 1 },
	{ "tier: 0", "teir: 0", "unknown key \"teir\"; known here: name, id, tier", 0 },
	{ "  name: edge-cluster-1", "  label: edge-cluster-1", "unknown key \"label\"", 0 },
	{ "{name: edge1, id: 1,", "{name: edge1,", "key \"id\" is missing", 0 },
	{ "id: 1, failure", "id: one, failure", "id \"one\" is not a whole number", 0 },
	{ "side: north", "side: east", "it is north or south", 0 },
	{ "no-snat: true", "no-snat: maybe", "it is true or false", 0 },
	{ "tier: 0", "tier: 0\n    tier: 0", "key \"tier\" appears twice", 1 },
	{ "interface: eth2", "interface: *x", "not YAML", 0 },
	{ "cluster:\n", "clustre:\n", "unknown key \"clustre\"; known here: cluster, gateways", 0 },
	{ "failure-domain: rack-a, address: 192.0.2.11", "failure-domain: &x rack-a, address: *x", "YAML aliases are not supported; write the value out", 0 },
	{ "tier: 0", "tier:", "tier \"\" is not a whole number", 0 },
	{ "tier: 0", "tier: 99999999999999999999", "tier \"99999999999999999999\" is not a whole number (of 64 bits, in decimal digits)", 0 },
	{ "tier: 0", "tier: 0x0", "tier \"0x0\" is not a whole number", 0 },
	{ "tier: 0", "tier: 00", "tier \"00\" is not a whole number", 0 },
	{ "tier: 0", "tier: 0 # none\n    priority: 1", "unknown key \"priority\"", 1 },
	{ "{name: edge2, id: 2", "{name: edge2, id: 2e1", "id \"2e1\" is not a whole number", 0 },
	{ "id: 2, failure", "id: 2, weight: 1.5, failure", "weight \"1.5\" is not a whole number", 0 },
	{ "id: 7", "id: 07", "id \"07\" is not a whole number", 0 },
	{ "id: 100,", "id: 100x,", "id \"100x\" is not a whole number", 0 },
	{ "priority: 100", "priority: 1_000", "priority \"1_000\" is not a whole number", 0 },
	{ "buckets: 1024", "buckets: 1024k", "buckets \"1024k\" is not a whole number", 0 },
	{ "name: t0", "name: \"\"", "name is empty", 0 },
	{ "name: t0", "name: \"t0\\0x\"", "\"t0\" goes on with a NUL character", 0 },
	{ "no-snat: true", "no-snat: [true]", "no-snat: Expecting ENUM, got event: SEQUENCE_START; it is true or false", 0 },
	{ "groups:\n", "groups: none\n    xgroups:\n", "groups: a list is expected here", 0 },
	{ "name: edge-cluster-1", "name: [a, b]", "name: a plain value is expected here", 0 },

	/* cluster */
	{ "edge-cluster-1", "edge cluster", "cluster name \"edge cluster\" may have letters", 0 },
	{ "buckets: 1024", "buckets: 1000", "buckets 1000 is not a power of two from 256 to 65536", 0 },
	{ "buckets: 1024", "buckets: 128", "buckets 128 is not", 0 },
	{ "buckets: 1024", "buckets: -1024", "buckets -1024 is not a power of two", 0 },
	{ "buckets: 1024", "buckets: 131072", "buckets 131072 is not", 0 },
	{ "key: \"AAEC", "key: \"AA", "key is not 16 bytes in base64; make one with \"saactl genkey\"", 0 },
	{ "key: \"AAECAwQFBgcICQoLDA0ODw==\", ", "", "hash has no key", 0 },
	{ "key: \"AAECAwQFBgcICQoLDA0ODw==\", ", "key-file: /nonexistent/key, ",
	  "key-file /nonexistent/key cannot be read: No such file", 0 },
	{ "key: \"AAEC", "key-file: x, key: \"AAEC", "hash has both key and key-file", 0 },
	{ "{name: edge1, id: 1", "{name: edge1, id: 0", "edge id 0 is not from 1 to 65535", 0 },
	{ "{name: edge1, id: 1", "{name: edge1, id: 70000", "edge id 70000 is not from 1 to 65535", 0 },
	{ "{name: edge2, id: 2", "{name: edge2, id: 1", "edge id 1 of \"edge2\" is that of \"edge1\" too (line 7)", 0 },
	{ "{name: edge2", "{name: edge1", "edge name \"edge1\" is used twice", 0 },
	{ "192.0.2.12", "192.0.2.11", "address 192.0.2.11 of \"edge2\" is that of \"edge1\" too", 0 },
	{ "192.0.2.12", "192.0.2.300", "address \"192.0.2.300\" is not an IPv4 or IPv6 address", 0 },
	{ "id: 2, failure", "id: 2, weight: 0, failure", "weight 0 is not from 1 to 1000", 0 },
	{ "    - {name: edge4, id: 4, failure-domain: rack-b, address: 192.0.2.14}\n",
	  "", "3 edges: the number of edges must be even", -4 },
	{ "punt: {transport: l2", "punt: {transport: geneve", "punt has no north-vni, which transport geneve needs", 0 },
	{ "transport: l2", "transport: geneve, north-vni: 7, south-vni: 16777216",
	  "south-vni 16777216 is not from 1 to 16777215", 0 },
	{ "transport: l2", "transport: geneve, north-vni: 7, south-vni: 7",
	  "north-vni and south-vni are both 7", 0 },
	{ "transport: l2", "transport: geneve, north-vni: 7, south-vni: 8, port: 0",
	  "port 0 is not from 1 to 65535", 0 },
	{ "punt: {transport: l2", "punt: {transport: mpls", "transport \"mpls\" is unknown; use l2 or geneve", 0 },
	{ "punt: {transport: l2", "punt: {north-vni: 7, transport: l2", "north-vni belongs to transport geneve", 0 },
	{ "north: punt-n, ", "", "punt has no north", 0 },
	{ "north: punt-n", "north: an-interface-name", "longer than 15 characters", 0 },
	{ "south: punt-s", "south: punt-n", "north and south are both \"punt-n\"", 0 },

	/* gateway */
	{ "id: 7", "id: 65536", "gateway id 65536 is not from 1 to 65535", 0 },
	{ "name: t0", "name: 'a/b'", "gateway name \"a/b\" may have", 0 },
	{ "name: t0", "name: '42'", "is a number", 0 },
	{ "tier: 0", "tier: 1", "tier-1 gateway \"t0\" has no uplink; add uplink: GATEWAY, its tier-0", -2 },
	{ "tier: 0", "tier: 2", "tier 2 of gateway \"t0\" is not 0 or 1", 0 },
	{ "mode: stateful-active-active", "mode: active-standby", "gateway \"t0\" is active-standby without an active edge; add active: EDGE and standby: EDGE", -3 },
	{ "mode: stateful-active-active", "mode: distributed", "mode distributed is for tier 1; a tier-0 gateway has SRs", 0 },
	{ "mode: stateful-active-active", "mode: fast", "mode \"fast\" is unknown", 0 },
	{ "tier: 0", "uplink: x", "uplink belongs to a tier-1 gateway; remove it, or add tier: 1", 0 },
	{ "tier: 0", "advertise: [10.0.0.0/8]", "advertise belongs to a tier-1 gateway", 0 },

	/* groups */
	{ "id: 2\n", "id: 1\n", "group id 1 of \"dmz\" is that of \"internet\" too", 0 },
	{ "id: 100", "id: 4095", "group id 4095 is not from 1 to 4094", 0 },
	{ "name: dmz", "name: internet", "group name \"internet\" is used twice", 0 },
	{ "        interface: eth2\n", "", "group \"dmz\" has no member on edge \"edge1\" (R15)", -3 },
	{ "{edge2: ens7}", "{edge9: ens7}", "names \"edge9\", which is not an edge of the cluster", 0 },
	{ "{edge2: ens7}", "[ens7]", "is not a mapping", 0 },
	{ "{edge2: ens7}", "{edge2: [ens7]}", "interface of edge \"edge2\" is not a name", 0 },
	{ "{edge2: ens7}", "{edge2: eth1}", "interface \"eth1\" on edge \"edge2\" is in group \"internet\" and in group \"dmz\"", -4 },
	{ "interface: bp0", "interface: eth1", "is in group \"internet\" and in group \"backplane\"", 0 },
	{ "interface: bp0", "interface: punt-s", "interface \"punt-s\" of group \"backplane\" is a shadow port", 0 },
	{ "interface: bp0", "interface: a/b", "is not an interface name", 0 },
	{ "interface: bp0", "interface: \"b\\e[2J\"", "interface \"b\\x1b[2J\" of group \"backplane\" is not an interface name", 0 },
	{ "{edge2: ens7}", "{edge2: .}", "interface \".\" of group \"dmz\" is not an interface name", -4 },

	/* SNAT */
	{ "{group: internet, destination", "{group: outside, destination", "group \"outside\" of the SNAT rule is not a group of gateway \"t0\"", 0 },
	{ "{group: internet, destination", "{group: backplane, destination", "is on the south side", 0 },
	{ "203.0.113.0/24", "203.0.113.1/24", "destination \"203.0.113.1/24\" has bits set beyond its prefix length", 0 },
	{ "203.0.113.0/24", "203.0.113.0/40", "prefix length that is not 0 to 32", 0 },
	{ "203.0.113.0/24", "203.0.113/24", "is not an IPv4 or IPv6 prefix", 0 },
	{ "destination: 203.0.113.0/24", "destination: 'fd00::/8'", "destination fd00::/8 is IPv6, but the rule is IPv4 so far", 0 },
	{ "no-snat: true", "no-snat: true, to: 198.51.100.7", "a rule with no-snat takes no to", 0 },
	{ ", no-snat: true", "", "the SNAT rule has no to", 0 },
	{ "destination: 203.0.113.0/24, source: 10.0.0.0/8, no-snat", "no-snat", "needs family: ipv4 or ipv6", 0 },
	{ "to: 198.51.100.1-198.51.100.4", "to: 198.51.100.4-198.51.100.1", "has its first address above the last", 0 },
	{ "to: 198.51.100.1-198.51.100.4", "to: 198.51.100.1-x", "to \"198.51.100.1-x\" is not an address, a range", 0 },
	{ "to: 198.51.100.1-198.51.100.4", "to: '2001:db8::1'", "is IPv6, but the rule is IPv4 so far", 0 },
	{ "to: 198.51.100.1-198.51.100.4", "to: 127.0.0.1", "to \"127.0.0.1\" has addresses of 127.0.0.0/8, which are never steered; take others", 0 },
	{ "ports: 1024-65535", "ports: 1024-99999", "ports \"1024-99999\" is not a range", 0 },
	{ "ports: 1024-65535", "ports: 2000-1000", "ports \"2000-1000\" is not a range", 0 },
	{ "priority: 100", "priority: 20", "priority 20 is that of the rule in line 27 too", 0 },
	{ "priority: 100", "priority: -1", "priority -1 is not from 0", 0 },
	{ "priority: 100, source: \"fd00::/8\", to: \"2001:db8::10\"",
	  "source: 10.9.0.0/16, to: 198.51.100.4-198.51.100.9",
	  "to 198.51.100.4-198.51.100.9 overlaps 198.51.100.1-198.51.100.4 of the rule in line 27", 0 },
	{ "destination: 203.0.113.0/24, source", "source", "matches the same flows as that of line 26", 1 },
	{ "no-snat: true", "family: ipv6, no-snat: true", "family ipv6 is IPv6, but the rule is IPv4", 0 },
	{ "no-snat: true", "family: ip, no-snat: true", "family \"ip\" is not ipv4 or ipv6", 0 },
	{ "destination: 203.0.113.0/24, source: 10.0.0.0/8, no-snat", "destination: 0.0.0.0/0, no-snat: true, source: \"fd00::/8\", no-snat2",
	  "unknown key \"no-snat2\"", 0 },

	/* an explicit table */
	{ "    tier: 0", "    tier: 0\n    table: [1/2]", "the table has 1 rows, but there are 1024 buckets", 1 },
	{ "    tier: 0", "    tier: 0\n    table: ['1/2*2000']", "more than 1024 rows", 1 },
	{ "    tier: 0", "    tier: 0\n    table: ['1/9*1024']", "row \"1/9*1024\" does not name two different edges", 1 },
	{ "    tier: 0", "    tier: 0\n    table: ['1-2']", "row \"1-2\" is not PRIMARY/BACKUP", 1 },
	{ "    tier: 0", "    tier: 0\n    table: ['1/2*']", "row \"1/2*\" is not PRIMARY/BACKUP", 1 },
	{ "    tier: 0", "    tier: 0\n    table: ['1/2*0']", "row \"1/2*0\" is not PRIMARY/BACKUP", 1 },
	{ "    tier: 0", "    tier: 0\n    table: ['1/2*8x']", "row \"1/2*8x\" is not PRIMARY/BACKUP", 1 },
	{ "    tier: 0", "    tier: 0\n    table: ['1/2', '65537/2']", "row \"65537/2\" is not PRIMARY/BACKUP", 1 },
	{ "    tier: 0", "    tier: 0\n    table: ['1/1*1024']", "row \"1/1*1024\" does not name two different edges", 1 },
	{ "    tier: 0", "    tier: 0\n    table: ['1/2*1024', '1/9']", "row \"1/9\" does not name two different edges", 1 },
};

static void bad_files(void **state)
{
	unsigned int wrong = 0;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		char *text;
		int line;

		text = replace(good, bad[i].from, bad[i].to);
		line = line_at(good, strstr(good, bad[i].from)) + bad[i].line;
		wrong += !is_bad(text, line, bad[i].says);
		free(text);
	}
	assert_int_equal(wrong, 0);
}

static void no_file(void **state)
{
	struct saa_diag d = { 0 };

	(void)state;
	assert_null(saa_file_load("/nonexistent", true, &d));
	assert_int_equal(d.errors, 1);
	assert_non_null(strstr(d.notes[0].text, "No such file"));
	saa_diag_free(&d);
	check_bad("", 0, "the file is empty");
	check_bad("# only a comment\n", 0, "the file is empty");
}

/* Whatever bytes come: no crash, and an error if anything is missing. */
static void cut_off(void **state)
{
	size_t len = strlen(good), at;
	struct saa_diag d = { 0 };
	struct saa_file *f;

	(void)state;
	for (at = 0; at < len; at += 7) {
		f = saa_file_parse("test.yaml", good, at, true, &d);
		saa_file_free(f);
		saa_diag_free(&d);
	}
}

static struct saa_file *parse_good(const char *text, size_t warnings)
{
	struct saa_diag d = { 0 };
	struct saa_file *f;

	f = saa_file_parse("test.yaml", text, strlen(text), true, &d);
	if (!f)
		fail_msg("%u: %s", d.notes[0].line, d.notes[0].text);
	assert_int_equal(d.n_notes, warnings);
	saa_diag_free(&d);
	return f;
}

static void good_file(void **state)
{
	struct saa_file *f = parse_good(good, 0);
	struct saa_conf c;

	(void)state;
	assert_int_equal(saa_file_edge_index(f, "edge2"), 1);
	assert_int_equal(saa_file_edge_index(f, "edge9"), -1);
	assert_int_equal(saa_file_gateway_index(f, "t0"), 0);
	assert_int_equal(saa_file_gateway_index(f, "t1"), -1);
	saa_file_conf(f, 0, 1, &c);
	assert_string_equal(c.gateway.name, "t0");
	assert_int_equal(c.gateway.id, 7);
	assert_int_equal(c.gateway.sr, 2);
	assert_int_equal(c.gateway.buckets, 1024);
	assert_int_equal(c.gateway.key[15], 15);
	assert_int_equal(c.n_srs, 4);
	assert_int_equal(c.n_groups, 3);
	assert_string_equal(c.groups[0].ifname, "eth1");
	assert_string_equal(c.groups[1].ifname, "ens7");
	assert_int_equal(c.groups[1].line, 19);
	assert_int_equal(c.n_ports, 2);
	assert_int_equal(c.n_snat, 3);
	assert_int_equal(c.snat[0].priority, 10);
	assert_int_equal(c.snat[0].flags, SAA_SNAT_FLAGS_NO_SNAT);
	assert_int_equal(c.snat[1].priority, 20);
	assert_int_equal(c.snat[1].port_last, 65535);
	assert_int_equal(c.snat[2].priority, 100);
	assert_int_equal(c.snat[2].family, AF_INET6);
	assert_int_equal(c.n_rows, 1024);
	saa_conf_free(&c);
	saa_file_free(f);
}

/* The table is a matter of the file, not of the edge that reads it. */
static void same_table_everywhere(void **state)
{
	struct saa_file *f = parse_good(good, 0);
	struct saa_conf a, b;
	int i;

	(void)state;
	saa_file_conf(f, 0, 0, &a);
	for (i = 1; i < 4; i++) {
		saa_file_conf(f, 0, i, &b);
		assert_memory_equal(a.rows, b.rows, 1024 * sizeof(*a.rows));
		saa_conf_free(&b);
	}
	/* pairs are across racks: 1 with 3, 2 with 4 */
	for (i = 0; i < 1024; i++)
		assert_int_equal((a.rows[i].primary + 2 - 1) % 4 + 1,
				 a.rows[i].backup);
	saa_conf_free(&a);
	saa_file_free(f);
}

static void explicit_table(void **state)
{
	char *text = replace(good, "    tier: 0",
			     "    table: ['1/2*1000 2/1 3/4', '4/3*22']");
	struct saa_file *f = parse_good(text, 0);
	struct saa_conf c;
	char *rows;

	(void)state;
	saa_file_conf(f, 0, 0, &c);
	rows = saa_rows_format(c.rows, c.n_rows);
	assert_string_equal(rows, "1/2*1000 2/1 3/4 4/3*22");
	free(rows);
	saa_conf_free(&c);
	saa_file_free(f);
	free(text);
}

static void warnings(void **state)
{
	struct saa_diag d = { 0 };
	struct saa_file *f;
	char *text, *other;

	(void)state;
	text = replace(good, "id: 3, failure-domain: rack-b",
		       "id: 3, failure-domain: rack-a");
	other = replace(text, "rack-b", "rack-a");
	f = saa_file_parse("test.yaml", other, strlen(other), true, &d);
	assert_non_null(f);
	assert_int_equal(d.n_notes, 2);
	assert_true(d.notes[0].warning);
	assert_non_null(strstr(d.notes[0].text,
			       "edges \"edge1\" and \"edge2\" back each other up but are both in failure domain \"rack-a\""));
	saa_diag_free(&d);
	saa_file_free(f);
	free(text);
	free(other);
	/* for "check" on another machine */
	text = replace(good, "key: \"AAECAwQFBgcICQoLDA0ODw==\"",
		       "key-file: /nonexistent/key");
	f = saa_file_parse("test.yaml", text, strlen(text), false, &d);
	assert_non_null(f);
	assert_int_equal(d.n_notes, 1);
	saa_diag_free(&d);
	saa_file_free(f);
	free(text);
}

/* Edges beyond the buckets, and beyond the limit. */
static void many_edges(void **state)
{
	char *text = NULL;
	size_t size;
	FILE *f;
	int i, n, buckets;

	(void)state;
	for (buckets = 256; buckets <= 1024; buckets *= 4) {
		n = 258;
		f = open_memstream(&text, &size);
		fprintf(f, "cluster:\n  name: c\n"
			"  hash: {key: \"AAECAwQFBgcICQoLDA0ODw==\", buckets: %d}\n"
			"  punt: {north: n, south: s}\n  edges:\n", buckets);
		for (i = 1; i <= n; i++)
			fprintf(f, "    - {name: e%d, id: %d}\n", i, i);
		fprintf(f, "gateways: [{name: t0, groups: []}]\n");
		fclose(f);
		if (buckets == 256)
			check_bad(text, 5, "258 edges share 256 buckets, so some would own none; raise hash.buckets");
		check_bad(text, 5, "258 edges: the limit is 256");
		free(text);
	}
}

static void two_gateways(void **state)
{
	static const char second[] =
		"  - name: t9\n    id: 7\n    groups:\n"
		"      - {name: wan, id: 1, side: north, interface: eth9}\n"
		"    snat:\n"
		"      - {group: wan, source: 10.0.0.0/8, to: 198.51.100.4}\n";
	unsigned int lines = line_at(good, good + strlen(good)) - 1;
	char *text = saa_format("%s%s", good, second), *other;
	struct saa_file *f;

	(void)state;
	check_bad(text, lines + 2, "gateways \"t0\" and \"t9\" both have id 7; give one of them another id:");
	check_bad(text, lines + 6, "to 198.51.100.4 overlaps 198.51.100.1-198.51.100.4 of gateway \"t0\" (line 27)");
	other = replace(text, "name: t9", "name: t0");
	check_bad(other, lines + 1, "gateway name \"t0\" is used twice");
	free(other);
	other = replace(text, "id: 7\n    groups:\n      - {name: wan",
			"id: 8\n    groups:\n      - {name: wan");
	free(text);
	text = replace(other, "to: 198.51.100.4}", "to: 198.51.100.5}");
	f = parse_good(text, 0);
	assert_int_equal(f->root->n_gateways, 2);
	saa_file_free(f);
	free(text);
	free(other);
}

/* A prefix of length 0 is no match at all, but says the family. */
static void any_address(void **state)
{
	char *text = replace(good, "source: \"fd00::/8\"", "source: \"::/0\"");
	struct saa_file *f = parse_good(text, 0);
	struct saa_snat *rule = &f->root->gateways[0].snat[2].rule;

	(void)state;
	assert_int_equal(rule->family, AF_INET6);
	assert_false(rule->has & 1u << SAA_A_SNAT_SOURCE);
	assert_int_equal(rule->source.family, 0);
	saa_file_free(f);
	free(text);
	text = replace(good, "source: \"fd00::/8\"", "source: 0.0.0.0/0");
	check_bad(text, 28, "to 2001:db8::10 is IPv6, but the rule is IPv4 so far; a rule is of one family, make two rules");
	free(text);
}

static void limits(void **state)
{
	char *text = NULL;
	unsigned int i;
	size_t size;
	FILE *f;

	(void)state;
	f = open_memstream(&text, &size);
	fprintf(f, "cluster:\n  name: c\n  hash: {key: \"AAECAwQFBgcICQoLDA0ODw==\"}\n"
		   "  punt: {north: n, south: s}\n  edges: [{name: a, id: 1}, {name: b, id: 2}]\n"
		   "gateways:\n  - name: t0\n    groups:\n");
	for (i = 1; i <= SAA_GROUPS_MAX + 1; i++)
		fprintf(f, "      - {name: g%u, id: %u, side: north, interface: e%u}\n",
			i, i, i);
	fprintf(f, "    snat:\n");
	for (i = 0; i <= SAA_SNAT_MAX; i++)
		fprintf(f, "      - {group: g1, source: 10.%u.%u.0/24, to: 198.51.100.1}\n",
			i / 256, i % 256);
	fclose(f);
	check_bad(text, 8, "257 groups: the limit is 256");
	check_bad(text, 8 + SAA_GROUPS_MAX + 2, "1025 SNAT rules: the limit is 1024");
	free(text);
}

static void write_file(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	chmod(path, mode);
}

/* Beside the file, not where the tool was started. */
static void key_files(void **state)
{
	char dir[] = "/tmp/saa-test-XXXXXX", *path, *key, *text;
	struct saa_diag d = { 0 };
	struct saa_file *f;

	(void)state;
	assert_non_null(mkdtemp(dir));
	path = saa_format("%s/saa.yaml", dir);
	key = saa_format("%s/hash.key", dir);
	text = replace(good, "key: \"AAECAwQFBgcICQoLDA0ODw==\"",
		       "key-file: hash.key");
	write_file(path, text, 0600);
	write_file(key, "AAECAwQFBgcICQoLDA0ODw==\n", 0600);
	f = saa_file_load(path, true, &d);
	assert_non_null(f);
	assert_int_equal(d.n_notes, 0);
	assert_int_equal(f->key[15], 15);
	saa_file_free(f);

	chmod(key, 0644);
	f = saa_file_load(path, true, &d);
	assert_non_null(f);
	assert_int_equal(d.n_notes, 1);
	assert_true(d.notes[0].warning);
	assert_non_null(strstr(d.notes[0].text, "hash.key can be accessed by everyone; chmod o= /tmp/"));
	saa_file_free(f);
	saa_diag_free(&d);

	write_file(key, "not a key\n", 0600);
	f = saa_file_load(path, false, &d);
	assert_null(f);
	assert_int_equal(d.errors, 1);
	assert_non_null(strstr(d.notes[0].text, "hash.key does not hold 16 bytes in base64; make one with \"saactl genkey\""));
	saa_diag_free(&d);
	unlink(key);
	unlink(path);
	rmdir(dir);
	free(text);
	free(path);
	free(key);
}

/* Errors that are about no line in particular, and long values. */
static void long_values(void **state)
{
	char *text, *name = saa_zalloc(5001);

	(void)state;
	memset(name, 'a', 5000);
	text = replace(good, "edge-cluster-1", name);
	check_bad(text, 4, "name is longer than 4096 characters");
	free(text);
	free(name);
	check_bad("a\n", 0, "the file: a mapping is expected here");
	check_bad("- a\n", 0, "the file: a mapping is expected here");
	check_bad("cluster: {name: c, hash: {}, edges: [], punt: {}}\ngateways: []\n",
		  2, "the list is empty; it has one entry at least");
	check_bad("cluster: {name: c, hash: {}, edges: [], punt: {}}\ngateways: [{name: t, groups: []}]\n",
		  1, "0 edges: the number of edges must be even and not 0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_file),
		cmocka_unit_test(same_table_everywhere),
		cmocka_unit_test(explicit_table),
		cmocka_unit_test(warnings),
		cmocka_unit_test(bad_files),
		cmocka_unit_test(many_edges),
		cmocka_unit_test(two_gateways),
		cmocka_unit_test(no_file),
		cmocka_unit_test(cut_off),
		cmocka_unit_test(any_address),
		cmocka_unit_test(limits),
		cmocka_unit_test(key_files),
		cmocka_unit_test(long_values),
	};

	return cmocka_run_group_tests(tests, good_setup, good_teardown);
}
