// SPDX-License-Identifier: GPL-2.0-or-later
/* What SRs must have alike: the same on two edges, and each difference named. */
#include <unistd.h>

#include "digest.h"
#include "file.h"
#include "good.h"
#include "tool.h"

static const char ruleset[] =
"table inet filter {\n"
"\tset ports {\n"
"\t\ttype inet_service\n"
"\t}\n"
"\tchain forward {\n"
"\t\ttype filter hook forward priority filter; policy drop;\n"
"\t\tct state invalid drop\n"
"\t\tiifname \"%s\" oifname { \"%s\", \"eth1\" } accept\n"
"\t\ttcp dport { 22, 80 } accept\n"
"\t}\n"
"}\n";

static json_t *lines_of(struct saa_file *f, int edge, const char *nft)
{
	struct saa_conf conf;
	json_t *lines;
	size_t i;

	saa_file_conf(f, 0, edge, &conf);
	for (i = 0; i < conf.n_groups; i++)
		conf.groups[i].has |= 1u << SAA_A_GROUP_IFINDEX;
	for (i = 0; i < conf.n_ports; i++)
		conf.ports[i].has |= 1u << SAA_A_PORT_IFINDEX;
	lines = digest_lines(&conf, nft);
	saa_conf_free(&conf);
	return lines;
}

static char *compared(json_t *a, json_t *b)
{
	json_t *list = digest_compare(a, b, "edge2");
	char *text = out_text("drift", list);

	json_decref(list);
	return text;
}

static void digests(void **state)
{
	struct saa_diag d = { 0 };
	struct saa_file *f = saa_file_parse("good", good, strlen(good), true, &d), *g;
	char *one = saa_format(ruleset, "bp0", "eth2");
	char *two = saa_format(ruleset, "bp0", "ens7"), *other, *text, *file;
	struct saa_conf conf;
	json_t *a = lines_of(f, 0, one), *b = lines_of(f, 1, two), *c;

	(void)state;
	/* dmz is eth2 on one, ens7 on the other */
	text = compared(a, b);
	assert_string_equal(text, "");
	free(text);
	text = json_dumps(a, 0);
	assert_non_null(strstr(text, "\"nft table inet filter chain forward: iifname \\\"group:backplane\\\" oifname { \\\"group:dmz\\\", \\\"group:internet\\\" } accept\""));
	assert_non_null(strstr(text, "\"group 2 name dmz side north\""));
	assert_non_null(strstr(text, "\"punt north transport l2\""));
	free(text);

	/* typed at a terminal, with what another one wrote to a file */
	opt.color = true;
	c = lines_of(f, 1, two);
	opt.color = false;
	text = compared(a, c);
	assert_string_equal(text, "");
	free(text);
	json_decref(c);

	/* a rule more, and one that is another one */
	other = replace(two, "{ 22, 80 }", "{ 22, 443 }");
	c = lines_of(f, 1, other);
	text = compared(a, c);
	assert_non_null(strstr(text, "drift edge edge2 only here line nft table inet filter chain forward: tcp dport { 22, 80 } accept\n"));
	assert_non_null(strstr(text, "drift edge edge2 only there line nft table inet filter chain forward: tcp dport { 22, 443 } accept\n"));
	assert_null(strstr(text, "invalid"));
	free(text);
	json_decref(c);
	free(other);

	/* the same rules in another order: the hashes of the chain */
	other = replace(two, "\t\tct state invalid drop\n", "");
	text = replace(other, "\t\ttcp dport", "\t\tct state invalid drop\n\t\ttcp dport");
	c = lines_of(f, 1, text);
	free(text);
	text = compared(a, c);
	assert_non_null(strstr(text, "only here line nft table inet filter chain forward: order "));
	assert_null(strstr(text, "invalid"));
	free(text);
	json_decref(c);
	free(other);

	/* another key; another rule of SNAT; a group without interface */
	file = replace(good, "AAEC", "AAED");
	other = replace(file, "198.51.100.1-198.51.100.4", "198.51.100.1-198.51.100.5");
	g = saa_file_parse("good", other, strlen(other), true, &d);
	c = lines_of(g, 1, two);
	text = compared(a, c);
	assert_non_null(strstr(text, "only here line key "));
	assert_non_null(strstr(text, "only there line snat 20 family ipv4 group internet source 10.0.0.0/8 to 198.51.100.1-198.51.100.5 ports 1024-65535\n"));
	assert_null(strstr(text, "line table"));
	free(text);
	json_decref(c);
	saa_file_free(g);
	free(other);
	free(file);

	/* state sync: how strict it is, its key, and a partner that takes nothing over */
	saa_file_conf(f, 0, 1, &conf);
	conf.sync.has = 1u << SAA_A_SYNC_MODE;
	conf.sync.mode = SAA_SYNC_MODE_ASYNC;
	conf.sync.partner = 1;
	b = (json_decref(b), digest_lines(&conf, ""));
	conf.sync.mode = SAA_SYNC_MODE_STRICT;
	conf.sync.key[0] = 1;
	conf.sync.partner = 2;
	c = digest_lines(&conf, "");
	text = compared(b, c);
	assert_non_null(strstr(text, "only here line sync mode async "));
	assert_non_null(strstr(text, "only there line sync mode strict "));
	assert_non_null(strstr(text, "only there line sync key "));
	assert_non_null(strstr(text, "only there line sync partner edge2 is not the backup\n"));
	free(text);
	json_decref(c);
	conf.sync.has = 0;
	c = digest_lines(&conf, "");
	text = compared(b, c);
	assert_non_null(strstr(text, "only there line sync off\n"));
	free(text);
	json_decref(c);

	/* one that went, and rules that nobody may list */
	conf.ports[0].has |= 1u << SAA_A_PORT_IFINDEX;
	b = (json_decref(b), digest_lines(&conf, ""));
	conf.ports[0].has &= ~(1u << SAA_A_PORT_IFINDEX);
	c = digest_lines(&conf, NULL);
	text = compared(b, c);
	assert_non_null(strstr(text, "only there line nft not listed\n"));
	assert_non_null(strstr(text, "only here line punt north transport l2\n"));
	assert_non_null(strstr(text, "only there line punt north transport l2 absent\n"));
	free(text);
	json_decref(c);
	saa_conf_free(&conf);
	/* odd files */
	c = json_pack("[s, s, i, n]", "x", "x", 1);
	b = (json_decref(b), json_pack("[s]", "x"));
	text = compared(c, b);
	assert_string_equal(text, "drift edge edge2 only here line x\n");
	free(text);
	json_decref(a);
	json_decref(b);
	json_decref(c);
	saa_file_free(f);
	saa_diag_free(&d);
	free(one);
	free(two);
}

/* Elements of sets, but not those that rules add and time takes away. */
static void elements(void **state)
{
	static const char sets[] =
"table inet t {\n"
"\tset a {\n"
"\t\ttype ipv4_addr\n"
"\t\telements = { 10.0.0.1,\n"
"\t\t\t     10.0.0.2 comment \"x, y}\",\n"
"\t\t\t     10.0.0.3 }\n"
"\t}\n"
"\n"
"\tmap m {\n"
"\t\ttype ifname . inet_service : verdict\n"
"\t\telements = { \"eth1\" . 22 : accept, \"bp0\" . 33 : drop }\n"
"\t}\n"
"\n"
"\tset d {\n"
"\t\ttype ipv4_addr\n"
"\t\tflags dynamic\n"
"\t\telements = { 10.0.0.9,\n"
"\t\t\t     10.0.0.10 }\n"
"\t}\n"
"\n"
"\tset e {\n"
"\t\ttype ipv4_addr\n"
"\t\ttimeout 1m\n"
"\t\telements = { 10.0.0.11 timeout 2m expires 3s }\n"
"\t}\n"
"\n"
"\tchain c {\n"
"\t\tip saddr @a drop\n"
"\t}\n"
"}\n";
	struct saa_diag d = { 0 };
	struct saa_file *f = saa_file_parse("good", good, strlen(good), true, &d);
	json_t *a = lines_of(f, 0, sets), *b;
	char *text = json_dumps(a, 0), *other;

	(void)state;
	assert_non_null(strstr(text, "\"nft table inet t set a: element 10.0.0.1\""));
	assert_non_null(strstr(text, "set a: element 10.0.0.2 comment \\\"x, y}\\\"\""));
	assert_non_null(strstr(text, "set a: element 10.0.0.3\""));
	assert_non_null(strstr(text, "map m: element \\\"group:internet\\\" . 22 : accept\""));
	assert_non_null(strstr(text, "map m: element \\\"group:backplane\\\" . 33 : drop\""));
	assert_non_null(strstr(text, "set d: flags dynamic\""));
	assert_null(strstr(text, "10.0.0.9"));
	assert_null(strstr(text, "10.0.0.10"));
	assert_null(strstr(text, "10.0.0.11"));
	assert_non_null(strstr(text, "\"nft table inet t chain c: ip saddr @a drop\""));
	free(text);

	/* in another order they are the same */
	other = replace(sets, "10.0.0.1,", "10.0.0.3,");
	text = replace(other, "10.0.0.3 }", "10.0.0.1 }");
	b = lines_of(f, 0, text);
	free(text);
	text = compared(a, b);
	assert_string_equal(text, "");
	free(text);
	json_decref(b);
	free(other);
	other = replace(sets, "10.0.0.3 }", "10.0.0.4 }");
	b = lines_of(f, 0, other);
	text = compared(a, b);
	assert_string_equal(text,
		"drift edge edge2 only here line nft table inet t set a: element 10.0.0.3\n"
		"drift edge edge2 only there line nft table inet t set a: element 10.0.0.4\n");
	free(text);
	json_decref(b);
	free(other);
	json_decref(a);
	saa_file_free(f);
	saa_diag_free(&d);
}

/*
 * Edges may have the interfaces of two groups the other way round: nft lists the
 * same sets and maps in another order then.
 */
static void other_names(void **state)
{
	static const char rules[] =
"table inet t {\n"
"\tchain c {\n"
"\t\tiifname { \"bp0\", \"%s\", \"%s\" } oifname { \"%s\", \"%s\" } accept comment \"{ z, \"\n"
"\t\tiifname vmap { \"%s\" : %s, \"%s\" : %s }\n"
"\t\tiifname { \"%s\" drop comment \"not of nft\"\n"
"\t\tiifname { \"%s\", } drop comment \"neither\"\n"
"\t\tiifname { } oifname \"%s\" drop\n"
"\t}\n"
"}\n";
	struct saa_diag d = { 0 };
	struct saa_file *f = saa_file_parse("good", good, strlen(good), true, &d);
	char *one = saa_format(rules, "eth1", "eth2", "eth1", "eth2", "eth1",
			       "accept", "eth2", "drop", "eth1", "eth1", "eth1");
	char *two = saa_format(rules, "ens7", "eth1", "ens7", "eth1", "ens7",
			       "drop", "eth1", "accept", "eth1", "eth1", "eth1");
	json_t *a = lines_of(f, 0, one), *b = lines_of(f, 1, two);
	char *text = compared(a, b);

	(void)state;
	assert_string_equal(text, "");
	free(text);
	text = json_dumps(a, 0);
	assert_non_null(strstr(text, "iifname { \\\"group:backplane\\\", \\\"group:dmz\\\", \\\"group:internet\\\" } oifname { \\\"group:dmz\\\", \\\"group:internet\\\" } accept comment \\\"{ z, \\\"\""));
	assert_non_null(strstr(text, "iifname vmap { \\\"group:dmz\\\" : drop, \\\"group:internet\\\" : accept }\""));
	free(text);
	json_decref(a);
	json_decref(b);
	free(one);
	free(two);
	saa_file_free(f);
	saa_diag_free(&d);
}

/* The rules of a chain without a name, and what follows it, are of the one around. */
static void inner_chains(void **state)
{
	static const char rules[] =
"table inet t {\n"
"\tchain c {\n"
"\t\tiifname \"eth1\" jump {\n"
"\t\t\ttcp dport 22 accept\n"
"\t\t}\n"
"\t\ttcp dport 80 accept\n"
"\t\ttcp dport 443 accept\n"
"\t}\n"
"\n"
"\tchain d {\n"
"\t\ttcp dport 9 drop\n"
"\t}\n"
"}\n";
	struct saa_diag d = { 0 };
	struct saa_file *f = saa_file_parse("good", good, strlen(good), true, &d);
	json_t *a = lines_of(f, 0, rules), *b;
	char *text = json_dumps(a, 0), *other, *swapped;

	(void)state;
	assert_non_null(strstr(text, "chain c: iifname \\\"group:internet\\\" jump {\""));
	assert_non_null(strstr(text, "chain c: tcp dport 22 accept\""));
	assert_non_null(strstr(text, "chain c: tcp dport 80 accept\""));
	assert_non_null(strstr(text, "\"nft table inet t chain d: tcp dport 9 drop\""));
	free(text);
	other = replace(rules, "dport 80", "dport 443");
	swapped = replace(other, "\t\ttcp dport 443 accept\n\t}", "\t\ttcp dport 80 accept\n\t}");
	b = lines_of(f, 0, swapped);
	text = compared(a, b);
	assert_non_null(strstr(text, "only here line nft table inet t chain c: order "));
	assert_null(strstr(text, "dport"));
	free(text);
	free(swapped);
	free(other);
	json_decref(a);
	json_decref(b);
	saa_file_free(f);
	saa_diag_free(&d);
}

/* Who may not see the keys has no digest: hashes of nothing would agree. */
static void rights(void **state)
{
	struct saa_diag d = { 0 };
	struct saa_file *f = saa_file_parse("good", good, strlen(good), true, &d);
	struct saa_conf conf;
	json_t *digest;

	(void)state;
	saa_file_conf(f, 0, 1, &conf);
	digest = digest_make(&conf, NULL);
	assert_non_null(digest);
	assert_string_equal(json_string_value(json_object_get(digest, "edge")), "edge2");
	json_decref(digest);
	conf.gateway.has &= ~(1u << SAA_A_GATEWAY_KEY);
	assert_null(digest_make(&conf, ""));
	saa_conf_free(&conf);
	saa_file_free(f);
	saa_diag_free(&d);
}

#define DIGEST(edge, line) "{\"gateway\": \"t0\", \"edge\": \"" edge "\", \"lines\": [\"" line "\"]}"

/* What a file of digests leads to, and whether the message says so. */
static void check_file(const char *text, int want, const char *message,
		       const char *drifted)
{
	char path[] = "/tmp/saa-test-XXXXXX", said[4096] = "";
	json_t *here = json_loads(DIGEST("edge1", "x"), 0, NULL);
	json_t *drift = json_array(), *edges = json_array();
	int fd = mkstemp(path), err = dup(STDERR_FILENO), got;
	FILE *f = tmpfile();

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	dup2(fileno(f), STDERR_FILENO);
	got = digest_check_file(here, path, drift, edges);
	dup2(err, STDERR_FILENO);
	rewind(f);
	assert_true(fread(said, 1, sizeof(said) - 1, f) > 0 || !*message);
	fclose(f);
	if (got != want || !strstr(said, message))
		fail_msg("%d, not %d: %s, not %s", got, want, said, message);
	text = out_text("drift", drift);
	assert_string_equal(text, drifted);
	free((char *)text);
	json_decref(here);
	json_decref(drift);
	json_decref(edges);
	close(err);
	close(fd);
	unlink(path);
}

static void digest_files(void **state)
{
	static const char two[] = DIGEST("edge2", "x") " \n\t" DIGEST("edge3", "y") "\n";
	char *space = saa_format("%*s", 10 << 20, ""), *many, *long_one;

	(void)state;
	check_file(two, EXIT_OK, "", "drift edge edge3 only here line x\n"
		   "drift edge edge3 only there line y\n");
	check_file("", EXIT_REFUSED, "not a digest", "");
	check_file("[]", EXIT_REFUSED, "not a digest", "");
	check_file(DIGEST("edge1", "x"), EXIT_REFUSED, "which is this one", "");
	check_file(DIGEST("edge2", "x") "{\"gateway\": \"t0\"", EXIT_REFUSED,
		   "'}' expected near end of file", "");
	check_file(DIGEST("edge2", "x") " }", EXIT_REFUSED, "'[' or '{' expected near '}'", "");

	/* as long as each may be, but not one that is longer */
	many = saa_format("{%s%s{%s%s{%s%s", space, &DIGEST("edge2", "x")[1], space,
			  &DIGEST("edge3", "x")[1], space, &DIGEST("edge4", "x")[1]);
	check_file(many, EXIT_OK, "", "");
	long_one = saa_format("%s{%s%s%s", DIGEST("edge2", "x"), space, space,
			      &DIGEST("edge3", "x")[1]);
	check_file(long_one, EXIT_REFUSED, "a digest of more than 16 MiB", "");
	free(long_one);
	free(many);
	free(space);
}

static void sysctls(void **state)
{
	json_t *lines = json_array();
	char *text;

	(void)state;
	digest_add_sysctls(lines);
	text = json_dumps(lines, 0);
	assert_non_null(strstr(text, "\"sysctl net/ipv4/ip_forward "));
	free(text);
	json_decref(lines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digests),
		cmocka_unit_test(elements),
		cmocka_unit_test(other_names),
		cmocka_unit_test(inner_chains),
		cmocka_unit_test(rights),
		cmocka_unit_test(digest_files),
		cmocka_unit_test(sysctls),
	};

	return cmocka_run_group_tests(tests, good_setup, good_teardown);
}
