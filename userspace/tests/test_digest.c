// SPDX-License-Identifier: GPL-2.0-or-later
/* What SRs must have alike: the same on two edges, and each difference named. */
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
	json_t *a = lines_of(f, 0, one), *b = lines_of(f, 1, two), *c;

	(void)state;
	/* dmz is eth2 on one, ens7 on the other */
	text = compared(a, b);
	assert_string_equal(text, "");
	free(text);
	text = json_dumps(a, 0);
	assert_non_null(strstr(text, "\"nft table inet filter chain forward: iifname \\\"group:backplane\\\" oifname { \\\"group:dmz\\\", \\\"group:internet\\\" } accept\""));
	assert_non_null(strstr(text, "\"group 2 name dmz side north\""));
	free(text);

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
		cmocka_unit_test(sysctls),
	};

	return cmocka_run_group_tests(tests, good_setup, good_teardown);
}
