// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * State sync without a kernel: in the configuration file, in messages, as text
 * and JSON, as a difference, saved and read back; keys; what "wait" says.
 */
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "good.h"
#include "key.h"
#include "sync.h"

#define HAS(attr) (1u << (attr))
#define KEY "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define KEY2 "HwECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define SYNC "  sync: {key: \"" KEY "\"}\n"

/* As replace(), and frees @text. */
static char *change(char *text, const char *from, const char *to)
{
	char *new = replace(text, from, to);

	free(text);
	return new;
}

/* The good file with @sync as line 12. */
static char *with_sync(const char *sync)
{
	char *text = saa_format("%sgateways:", sync);
	char *all = change(saa_strdup(good), "gateways:", text);

	free(text);
	return all;
}

static struct saa_file *parse(const char *text, size_t warnings)
{
	struct saa_diag d = { 0 };
	struct saa_file *f;

	f = saa_file_parse("test.yaml", text, strlen(text), true, &d);
	if (!f || d.n_notes != warnings)
		fail_msg("%zu notes, %u: %s", d.n_notes,
			 d.n_notes ? d.notes[0].line : 0,
			 d.n_notes ? d.notes[0].text : "");
	saa_diag_free(&d);
	return f;
}

/* Refused with @says at @line; frees @text. */
static void check_bad(char *text, unsigned int line, const char *says)
{
	struct saa_diag d = { 0 };
	struct saa_file *f;
	bool found = false;
	size_t i;

	f = saa_file_parse("test.yaml", text, strlen(text), true, &d);
	for (i = 0; i < d.n_notes; i++)
		found |= !d.notes[i].warning && d.notes[i].line == line &&
			 strstr(d.notes[i].text, says);
	if (f || !found)
		fail_msg("wanted %u: \"%s\", got %u: \"%s\"", line, says,
			 d.n_notes ? d.notes[0].line : 0,
			 d.n_notes ? d.notes[0].text : "nothing");
	saa_diag_free(&d);
	free(text);
}

static void in_the_file(void **state)
{
	char *text = with_sync(SYNC);
	struct saa_file *f = parse(text, 0);
	char addr[SAA_ADDR_STRLEN];
	struct saa_conf c;

	(void)state;
	saa_file_conf(f, 0, 0, &c);
	assert_int_equal(c.sync.line, 12);
	assert_int_equal(c.sync.partner, 3);	/* of another rack */
	assert_string_equal(saa_addr_format(&c.sync.local, addr), "192.0.2.11");
	assert_string_equal(saa_addr_format(&c.sync.remote, addr), "192.0.2.13");
	assert_int_equal(c.sync.port, 7220);
	assert_int_equal(c.sync.mode, SAA_SYNC_MODE_ASYNC);
	assert_int_equal(c.sync.timeout, 3000);
	assert_int_equal(c.sync.strict_timeout, 10);
	assert_int_equal(c.sync.key[31], 31);
	assert_false(c.sync.has & HAS(SAA_A_SYNC_OLD_KEY));
	saa_conf_free(&c);
	saa_file_conf(f, 0, 3, &c);
	assert_int_equal(c.sync.partner, 2);
	assert_string_equal(saa_addr_format(&c.sync.local, addr), "192.0.2.14");
	saa_conf_free(&c);
	saa_file_free(f);
	free(text);

	text = with_sync("  sync:\n    mode: strict\n    port: 7000\n"
			 "    timeout: 500\n    strict-timeout: 1000\n"
			 "    netns: blue\n    key: \"" KEY "\"\n    old-key: \"" KEY2 "\"\n");
	f = parse(text, 0);
	saa_file_conf(f, 0, 0, &c);
	assert_int_equal(c.sync.port, 7000);
	assert_int_equal(c.sync.mode, SAA_SYNC_MODE_STRICT);
	assert_int_equal(c.sync.timeout, 500);
	assert_int_equal(c.sync.strict_timeout, 1000);
	assert_true(c.sync.has & HAS(SAA_A_SYNC_NETNS_FD));
	assert_string_equal(c.sync.netns_name, "blue");
	assert_true(c.sync.has & HAS(SAA_A_SYNC_OLD_KEY));
	assert_int_equal(c.sync.old_key[0], 31);
	saa_conf_free(&c);
	saa_file_free(f);
	free(text);

	f = parse(good, 0);	/* without */
	saa_file_conf(f, 0, 0, &c);
	assert_int_equal(c.sync.has, 0);
	saa_conf_free(&c);
	saa_file_free(f);
}

static void bad_files(void **state)
{
	static const struct {
		const char *sync, *says;
	} bad[] = {
		{ "  sync: {}\n", "sync has no key; add key-file: PATH, made with \"saactl genkey sync\"" },
		{ "  sync: {mode: async}\n", "sync has no key" },
		{ "  sync: {key: x}\n", "key is not 32 bytes in base64; make one with \"saactl genkey sync\"" },
		{ "  sync: {key: \"AAECAwQFBgcICQoLDA0ODw==\"}\n", "key is not 32 bytes" },
		{ "  sync: {key: \"" KEY "\", key-file: x}\n", "sync has both key and key-file; remove one" },
		{ "  sync: {key: \"" KEY "\", old-key: x}\n", "old-key is not 32 bytes in base64" },
		{ "  sync: {key: \"" KEY "\", old-key-file: /nonexistent}\n",
		  "old-key-file /nonexistent cannot be read: No such file or directory; make one with \"saactl genkey sync\"" },
		{ "  sync: {key-file: nonexistent}\n", "key-file ./nonexistent cannot be read" },
		{ "  sync: {key: \"" KEY "\", mode: fast}\n", "mode \"fast\" of sync is unknown; use async or strict" },
		{ "  sync: {key: \"" KEY "\", port: 0}\n", "port 0 of sync is not from 1 to 65535" },
		{ "  sync: {key: \"" KEY "\", timeout: 499}\n", "timeout 499 of sync is not from 500 to 60000 milliseconds" },
		{ "  sync: {key: \"" KEY "\", timeout: 60001}\n", "timeout 60001 of sync" },
		{ "  sync: {key: \"" KEY "\", strict-timeout: 0}\n", "strict-timeout 0 of sync is not from 1 to 1000 milliseconds" },
		{ "  sync: {key: \"" KEY "\", window: 700}\n",
		  "unknown key \"window\"; known here: mode, port, key-file, key, old-key-file, old-key, timeout, strict-timeout, netns" },
		{ "  sync: {key: \"" KEY "\", netns: a/b}\n", "netns \"a/b\" of sync is not a name of /run/netns" },
		{ "  sync: {key: \"" KEY "\", port: x}\n", "port \"x\" is not a whole number" },
		{ "  sync: {key: \"" KEY "\", port: 7e2}\n", "port \"7e2\" is not a whole number" },
		{ "  sync: {key: \"" KEY "\", timeout: 01000}\n", "timeout \"01000\" is not a whole number" },
		{ "  sync: {key: \"" KEY "\", strict-timeout: 010}\n", "strict-timeout \"010\" is not a whole number" },
		{ "  sync: yes\n", "sync: a mapping is expected here" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		check_bad(with_sync(bad[i].sync), 12, bad[i].says);
}

static void bad_addresses(void **state)
{
	struct saa_diag d = { 0 };
	struct saa_file *f;
	char *text;

	(void)state;
	/* of one of two */
	check_bad(change(with_sync(SYNC), ", address: 192.0.2.13", ""), 9,
		  "edge \"edge3\" has no address, which sync with \"edge1\" needs; add address: ADDRESS, or remove sync");
	/* of all */
	text = change(with_sync(SYNC), ", address: 192.0.2.11", "");
	text = change(text, ", address: 192.0.2.12", "");
	text = change(text, ", address: 192.0.2.13", "");
	check_bad(change(text, ", address: 192.0.2.14", ""), 7,
		  "edge \"edge1\" has no address");
	check_bad(change(with_sync(SYNC), "192.0.2.13", "\"2001:db8::13\""), 7,
		  "address 192.0.2.11 of \"edge1\" and address 2001:db8::13 of its partner \"edge3\" are of different families");
	check_bad(change(with_sync(""), "192.0.2.13", "\"2001:db8::0:13\", "
			  "weight: 1}\n    - {name: e5, id: 5, address: \"2001:db8::13\""),
		  10, "address 2001:db8::13 of \"e5\" is that of \"edge3\" too");

	/* of a pair: a warning for who checks, an error for who applies there */
	text = change(with_sync(SYNC), ", address: 192.0.2.11", "");
	text = change(text, ", address: 192.0.2.13", "");
	f = saa_file_parse("test.yaml", text, strlen(text), true, &d);
	assert_non_null(f);
	assert_int_equal(d.n_notes, 2);
	assert_non_null(strstr(d.notes[0].text, "edge \"edge1\" has no address, so it cannot sync with \"edge3\""));
	assert_int_equal(saa_file_sync_wrong(f, 0, 0), 7);
	assert_int_equal(saa_file_sync_wrong(f, 0, 1), 0);
	saa_diag_free(&d);
	saa_file_free(f);
	free(text);
	/* two families are fine in two pairs */
	text = change(with_sync(SYNC), "192.0.2.11", "\"2001:db8::11\"");
	text = change(text, "192.0.2.13", "\"2001:db8::13\"");
	saa_file_free(parse(text, 0));
	free(text);
	f = parse(good, 0);
	assert_int_equal(saa_file_sync_wrong(f, 0, 0), 0);
	saa_file_free(f);
}

static void named_partners(void **state)
{
	struct saa_file *f;
	char *text;

	(void)state;
	/* 1-4 by name, so 2-3 by the rule */
	text = change(saa_strdup(good), "id: 4,", "id: 4, partner: edge1,");
	f = parse(text, 0);
	assert_int_equal(f->root->gateways[0].partner[0], 3);
	assert_int_equal(f->root->gateways[0].partner[3], 0);
	assert_int_equal(f->root->gateways[0].partner[1], 2);
	assert_int_equal(f->root->gateways[0].partner[2], 1);
	saa_file_free(f);
	/* said twice; in one rack: a warning for both pairs */
	text = change(text, "id: 4, partner: edge1,",
		       "id: 4, partner: edge3,");
	text = change(text, "id: 3,", "id: 3, partner: edge4,");
	f = parse(text, 2);
	assert_int_equal(f->root->gateways[0].partner[2], 3);
	assert_int_equal(f->root->gateways[0].partner[0], 1);
	saa_file_free(f);

	check_bad(change(saa_strdup(text), "id: 1,", "id: 1, partner: edge9,"),
		  7, "partner \"edge9\" of edge \"edge1\" is not another edge of the cluster");
	check_bad(change(saa_strdup(text), "id: 1,", "id: 1, partner: edge1,"),
		  7, "partner \"edge1\" of edge \"edge1\" is not another edge");
	check_bad(change(saa_strdup(text), "id: 1,", "id: 1, partner: edge3,"),
		  7, "partner of edge \"edge1\" is \"edge3\", but that of \"edge3\" is \"edge4\"");
	check_bad(change(text, "id: 1,", "id: 1, partner: edge4,"),
		  9, "partner of edge \"edge3\" is \"edge4\", but that of \"edge1\" is \"edge4\"");
}

static void key_files(void **state)
{
	char dir[] = "/tmp/key-test-XXXXXX", *path, *text, *whole;
	struct saa_diag d = { 0 };
	struct saa_file *f;
	FILE *out;

	(void)state;
	assert_non_null(mkdtemp(dir));
	path = saa_format("%s/sync.key", dir);
	out = fopen(path, "w");
	fputs(KEY "\n", out);
	fclose(out);
	text = saa_format("  sync: {key-file: %s}\n", path);
	chmod(path, 0600);
	whole = with_sync(text);
	f = parse(whole, 0);
	assert_int_equal(f->sync.key[31], 31);
	saa_file_free(f);
	chmod(path, 0644);
	f = saa_file_parse("test.yaml", whole, strlen(whole), true, &d);
	assert_non_null(f);
	assert_int_equal(d.n_notes, 1);
	assert_true(d.notes[0].warning);
	assert_non_null(strstr(d.notes[0].text,
			       "can be accessed by everyone; chmod o= "));
	saa_diag_free(&d);
	saa_file_free(f);
	out = fopen(path, "w");
	fputs("AAECAwQFBgcICQoLDA0ODw==\n", out);	/* of the hash */
	fclose(out);
	chmod(path, 0600);
	check_bad(saa_strdup(whole), 12, "does not hold 32 bytes in base64; make one with \"saactl genkey sync\"");
	/* for "check" on another machine */
	unlink(path);
	f = saa_file_parse("test.yaml", whole, strlen(whole), false, &d);
	assert_non_null(f);
	assert_int_equal(d.n_notes, 1);
	assert_true(d.notes[0].warning);
	saa_diag_free(&d);
	saa_file_free(f);
	free(whole);
	rmdir(dir);
	free(text);
	free(path);
}

static void base64(void **state)
{
	/* RFC 4648, section 10 */
	static const char *const vectors[] = {
		"", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy",
	};
	uint8_t key[SAA_SYNC_KEY_LEN], back[SAA_SYNC_KEY_LEN];
	char text[SAA_SYNC_KEY_STRLEN];
	size_t len;

	(void)state;
	for (len = 0; len < ARRAY_SIZE(vectors); len++) {
		saa_base64_format((const uint8_t *)"foobar", len, text);
		assert_string_equal(text, vectors[len]);
		assert_int_equal(strlen(text) + 1, SAA_BASE64_STRLEN(len));
		assert_true(saa_base64_parse(text, back, len));
		assert_memory_equal(back, "foobar", len);
		assert_false(saa_base64_parse(text, back, len + 1));
		if (len)
			assert_false(saa_base64_parse(text, back, len - 1));
	}
	assert_false(saa_base64_parse("Zh==", back, 1));	/* spare bits */
	assert_false(saa_base64_parse("Zm9=", back, 2));
	assert_false(saa_base64_parse("Zg=x", back, 1));
	assert_false(saa_base64_parse("Z===", back, 1));
	assert_false(saa_base64_parse("Zm9v Zm9v", back, 6));
	assert_true(saa_base64_parse("Zm9v \n", back, 3));
	assert_int_equal(saa_key_generate(key, sizeof(key)), 0);
	saa_base64_format(key, sizeof(key), text);
	assert_int_equal(strlen(text), 44);
	assert_true(saa_base64_parse(text, back, sizeof(back)));
	assert_memory_equal(key, back, sizeof(key));
	/* a bad one leaves what was there */
	text[43] = 'A';
	memset(back, 7, sizeof(back));
	assert_false(saa_base64_parse(text, back, sizeof(back)));
	assert_int_equal(back[0], 7);
}

static struct nl_msg *new_message(void)
{
	struct nl_msg *msg = nlmsg_alloc_size(8192);

	assert_non_null(genlmsg_put(msg, 1, 1, 42, 0, NLM_F_REQUEST,
				    SAA_CMD_SET, 1));
	return msg;
}

static void make_sync(struct saa_sync *s)
{
	*s = (struct saa_sync){
		.has = SAA_SYNC_HERE | HAS(SAA_A_SYNC_PARTNER) |
		       HAS(SAA_A_SYNC_LOCAL) | HAS(SAA_A_SYNC_REMOTE) |
		       HAS(SAA_A_SYNC_PORT) | HAS(SAA_A_SYNC_MODE) |
		       HAS(SAA_A_SYNC_KEY) | HAS(SAA_A_SYNC_OLD_KEY) |
		       HAS(SAA_A_SYNC_TIMEOUT) |
		       HAS(SAA_A_SYNC_STRICT_TIMEOUT),
		.partner = 3, .port = 7220, .mode = SAA_SYNC_MODE_STRICT,
		.timeout = 3000, .strict_timeout = 10,
		.local = { AF_INET6, { 0x20, 1 } },
		.remote = { AF_INET6, { 0x20, 2 } },
	};
	memset(s->key, 5, sizeof(s->key));
	memset(s->old_key, 6, sizeof(s->old_key));
}

static void messages(void **state)
{
	struct saa_conf a = { 0 }, b = { 0 };
	struct nl_msg *msg = new_message();

	(void)state;
	make_sync(&a.sync);
	a.sync.resync = true;
	a.sync.has |= HAS(SAA_A_SYNC_RESYNC);
	assert_int_equal(saa_put_conf(msg, &a), 0);
	saa_get_conf(nlmsg_hdr(msg), &b);
	assert_memory_equal(&a.sync, &b.sync, sizeof(a.sync));
	assert_int_equal(b.n_srs, 0);
	assert_string_equal(saa_attr_name(SAA_A_SYNC, SAA_A_SYNC_OLD_KEY),
			    "old-key");
	assert_string_equal(saa_kind_name(SAA_A_SYNC), "sync");
	saa_conf_free(&b);
	nlmsg_free(msg);

	/* an empty one is there, since it is what removes it */
	msg = new_message();
	a.sync = (struct saa_sync){ .has = SAA_SYNC_HERE };
	assert_int_equal(saa_put_conf(msg, &a), 0);
	assert_non_null(nlmsg_find_attr(nlmsg_hdr(msg), GENL_HDRLEN,
					SAA_A_SYNC));
	saa_get_conf(nlmsg_hdr(msg), &b);
	assert_int_equal(b.sync.has, SAA_SYNC_HERE);
	saa_conf_free(&b);
	nlmsg_free(msg);

	/* none is none; what only the kernel says is not sent to it */
	msg = new_message();
	a.sync.has = 0;
	assert_int_equal(saa_put_conf(msg, &a), 0);
	assert_null(nlmsg_find_attr(nlmsg_hdr(msg), GENL_HDRLEN, SAA_A_SYNC));
	a.sync = (struct saa_sync){ .has = HAS(SAA_A_SYNC_STATUS) |
					   HAS(SAA_A_SYNC_ERROR),
				    .status = 15, .error = "no" };
	assert_int_equal(saa_put_conf(msg, &a), 0);
	saa_get_conf(nlmsg_hdr(msg), &b);
	assert_int_equal(b.sync.has, SAA_SYNC_HERE);
	saa_conf_free(&b);
	nlmsg_free(msg);
}

static void put_counter(struct nl_msg *msg, const char *name, uint8_t kind,
			uint64_t value)
{
	struct nlattr *nest = nla_nest_start(msg, SAA_A_SYNC_COUNTER);

	nla_put_string(msg, SAA_A_COUNTER_NAME, name);
	nla_put_u8(msg, SAA_A_COUNTER_KIND, kind);
	/* NLA_UINT: as long as it takes */
	if (value > UINT32_MAX)
		nla_put_u64(msg, SAA_A_COUNTER_PACKETS, value);
	else
		nla_put_u32(msg, SAA_A_COUNTER_PACKETS, value);
	nla_put_string(msg, SAA_A_COUNTER_DOC, "what it counts");
	nla_nest_end(msg, nest);
}

/* As the kernel answers. */
static void answer(struct saa_conf *conf, uint32_t status, const char *error)
{
	struct nl_msg *msg = new_message();
	struct nlattr *nest = nla_nest_start(msg, SAA_A_SYNC);
	static const uint8_t local[4] = { 192, 0, 2, 1 };
	static const uint8_t remote[4] = { 192, 0, 2, 2 };

	nla_put_u16(msg, SAA_A_SYNC_PARTNER, 3);
	nla_put(msg, SAA_A_SYNC_LOCAL, 4, local);
	nla_put(msg, SAA_A_SYNC_REMOTE, 4, remote);
	nla_put_u16(msg, SAA_A_SYNC_PORT, 7220);
	nla_put_u8(msg, SAA_A_SYNC_MODE, 0);
	nla_put_u32(msg, SAA_A_SYNC_TIMEOUT, 3000);
	nla_put_u32(msg, SAA_A_SYNC_STRICT_TIMEOUT, 10);
	nla_put_u32(msg, SAA_A_SYNC_STATUS, status);
	if (error)
		nla_put_string(msg, SAA_A_SYNC_ERROR, error);
	put_counter(msg, "flows-held", SAA_COUNTER_KIND_GAUGE, 0);
	put_counter(msg, "lag-us", SAA_COUNTER_KIND_GAUGE, 400);
	put_counter(msg, "sent", SAA_COUNTER_KIND_INFO, 1ULL << 40);
	put_counter(msg, "gaps", SAA_COUNTER_KIND_INFO, 0);
	nla_nest_end(msg, nest);
	*conf = (struct saa_conf){ 0 };
	saa_get_conf(nlmsg_hdr(msg), conf);
	nlmsg_free(msg);
}

static const uint32_t all = SAA_SYNC_STATUS_SENDING |
			    SAA_SYNC_STATUS_RECEIVING | SAA_SYNC_STATUS_SENT |
			    SAA_SYNC_STATUS_HELD;

static void shown(void **state)
{
	struct saa_conf c;
	json_t *tree;
	char *text;

	(void)state;
	answer(&c, all, NULL);
	assert_int_equal(c.n_sync_counters, 4);
	assert_true(c.sync_counters[2].packets == 1ULL << 40);
	tree = json_sync_block(&c);
	text = out_block_text("sync", tree);
	assert_string_equal(text,
		"sync: 3\n  status: in-sync\n  to-partner: all-sent\n"
		"  from-partner: all-held\n  partner-id: 3\n"
		"  local: 192.0.2.1\n  remote: 192.0.2.2\n  port: 7220\n"
		"  mode: async\n  timeout: 3000 ms\n  strict-timeout: 10 ms\n"
		"  flows-held: 0\n  lag-us: 400\n  sent: 1099511627776\n");
	free(text);
	json_decref(tree);

	opt.stats = true;
	tree = json_sync_block(&c);
	text = out_block_text("sync", tree);
	assert_non_null(strstr(text, "  gaps: 0  (what it counts)\n"));
	free(text);
	json_decref(tree);
	opt.stats = false;

	opt.json = true;
	tree = json_sync_block(&c);
	assert_int_equal(json_integer_value(json_object_get(
		json_object_get(tree, "counters"), "gaps")), 0);
	assert_int_equal(json_object_size(json_object_get(tree, "counters")), 4);
	assert_null(json_object_get(tree, "counts"));
	json_decref(tree);
	opt.json = false;

	tree = json_sync(&c);
	text = out_text("sync", tree);
	assert_string_equal(text,
		"sync partner 3 status in-sync to-partner all-sent from-partner all-held mode async flows-held 0 lag-us 400\n");
	free(text);
	json_decref(tree);
	saa_conf_free(&c);

	answer(&c, 0, "the partner's key is another one");
	tree = json_sync(&c);
	text = out_text("sync", tree);
	assert_non_null(strstr(text, "status disconnected to-partner disconnected from-partner disconnected "));
	assert_non_null(strstr(text, " error the partner's key is another one\n"));
	free(text);
	json_decref(tree);
	saa_conf_free(&c);
}

/* All sixteen, also those that make no sense. */
static void status_words(void **state)
{
	uint32_t s;

	(void)state;
	for (s = 0; s <= all; s++) {
		const char *word = sync_status(s);

		assert_true(!strcmp(word, "in-sync") == (s == all));
		assert_true(!strcmp(word, "disconnected") == !(s & 3));
		assert_true(!strcmp(word, "one-way") ==
			    ((s & 3) == 1 || (s & 3) == 2));
		assert_true(!strcmp(sync_to_partner(s), "disconnected") ==
			    !(s & 1));
		assert_true(!strcmp(sync_to_partner(s), "all-sent") ==
			    ((s & 5) == 5));
		assert_true(!strcmp(sync_from_partner(s), "all-held") ==
			    ((s & 10) == 10));
	}
}

static void check_missing(uint32_t status, uint32_t want, const char *says)
{
	char *missing = sync_missing(status, want);

	if (says)
		assert_string_equal(missing, says);
	else
		assert_null(missing);
	free(missing);
}

static void waiting(void **state)
{
	const uint32_t sent = SAA_SYNC_STATUS_SENT, held = SAA_SYNC_STATUS_HELD;

	(void)state;
	check_missing(all, sent | held, NULL);
	check_missing(sent, sent, NULL);
	check_missing(0, held, "the partner is not connected to this SR");
	check_missing(0, sent, "this SR is not connected to the partner");
	check_missing(SAA_SYNC_STATUS_RECEIVING, held,
		      "not all of the partner's flows are held here yet");
	check_missing(all & ~sent, sent | held,
		      "the partner has not confirmed all flows of this SR yet");
	check_missing(SAA_SYNC_STATUS_RECEIVING, sent | held,
		      "not all of the partner's flows are held here yet, and this SR is not connected to the partner");
}

static void check_diff(const struct saa_conf *a, const struct saa_conf *b,
		       const char *says)
{
	json_t *changes = diff_conf(a, b);
	char *text = diff_text(changes);

	assert_string_equal(text, says);
	free(text);
	json_decref(changes);
}

static void difference(void **state)
{
	struct saa_conf a = { .gateway = { .has = HAS(SAA_A_GATEWAY_ID) } };
	struct saa_conf b = a;

	(void)state;
	make_sync(&b.sync);
	check_diff(&a, &b, "+ sync partner 3 local 2001:: remote 2002:: port 7220 mode strict timeout 3000 strict-timeout 10\n");
	check_diff(&b, &a, "- sync partner 3 local 2001:: remote 2002:: port 7220 mode strict timeout 3000 strict-timeout 10\n");
	a.sync = b.sync;
	check_diff(&a, &b, "");
	/* what the kernel says of it is no difference */
	a.sync.has |= HAS(SAA_A_SYNC_STATUS) | HAS(SAA_A_SYNC_ERROR);
	a.sync.status = 3;
	check_diff(&a, &b, "");
	b.sync.mode = SAA_SYNC_MODE_ASYNC;
	b.sync.timeout = 4000;
	check_diff(&a, &b, "~ sync partner 3 mode strict -> async timeout 3000 -> 4000\n");
	b.sync = a.sync;
	b.sync.partner = 4;
	check_diff(&a, &b, "~ sync partner 3 -> 4\n");
	b.sync = a.sync;
	b.sync.key[0]++;
	check_diff(&a, &b, "~ sync partner 3 key old -> new\n");
	b.sync.old_key[0]++;
	check_diff(&a, &b, "~ sync partner 3 old-key old -> new key old -> new\n");
	b.sync = a.sync;
	b.sync.has &= ~HAS(SAA_A_SYNC_OLD_KEY);
	check_diff(&a, &b, "~ sync partner 3 old-key old -> none\n");
	check_diff(&b, &a, "~ sync partner 3 old-key none -> new\n");
	/* zeros are none; who may not see keys sees no difference in them */
	a.sync = b.sync;
	b.sync.has |= HAS(SAA_A_SYNC_OLD_KEY);
	memset(b.sync.old_key, 0, sizeof(b.sync.old_key));
	check_diff(&a, &b, "");
	make_sync(&b.sync);
	a.sync.has &= ~HAS(SAA_A_SYNC_KEY);
	check_diff(&a, &b, "");
}

/* Each edge's SR, saved, is the same when it is read back. */
static void save_and_back(void **state)
{
	char *from = with_sync("  sync: {mode: strict, port: 7000, key: \"" KEY
			       "\", old-key: \"" KEY2 "\"}\n");
	struct saa_file *f = parse(from, 0), *saved;
	struct saa_diag d = { 0 };
	struct saa_conf a, b;
	char *text;
	int edge;

	(void)state;
	for (edge = 0; edge < 4; edge++) {
		saa_file_conf(f, 0, edge, &a);
		text = save_text(&a, NULL, 0);
		saved = saa_file_parse("saved", text, strlen(text), true, &d);
		if (!saved)
			fail_msg("%u: %s\n%s", d.notes[0].line, d.notes[0].text,
				 text);
		saa_file_conf(saved, 0, edge, &b);
		check_diff(&a, &b, "");
		assert_int_equal(b.sync.partner, a.sync.partner);
		assert_true(saa_same_object(SAA_A_SYNC, &a.sync, &b.sync));
		/* pairs are as they were: no table is needed */
		assert_null(strstr(text, "table:"));
		free(text);
		saa_file_free(saved);
		saa_diag_free(&d);
		saa_conf_free(&a);
		saa_conf_free(&b);
	}
	saa_file_free(f);
	free(from);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_the_file),
		cmocka_unit_test(bad_files),
		cmocka_unit_test(bad_addresses),
		cmocka_unit_test(named_partners),
		cmocka_unit_test(key_files),
		cmocka_unit_test(base64),
		cmocka_unit_test(messages),
		cmocka_unit_test(shown),
		cmocka_unit_test(status_words),
		cmocka_unit_test(waiting),
		cmocka_unit_test(difference),
		cmocka_unit_test(save_and_back),
	};

	return cmocka_run_group_tests(tests, good_setup, good_teardown);
}
