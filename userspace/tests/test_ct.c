// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Flows without a kernel: from ctnetlink's messages, as JSON and back, a
 * partner's dump, and how two flows differ.
 */
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netlink/attr.h>
#include <stdlib.h>
#include <string.h>

#include "sync.h"
#include "test.h"

static void make_flow(struct saa_ct *f)
{
	*f = (struct saa_ct){
		.protocol = IPPROTO_TCP, .state = 3, .zone = 7, .mark = 5,
		.status = IPS_SEEN_REPLY | IPS_ASSURED | IPS_SRC_NAT,
		.labels = { [0] = 1, [15] = 0xfe }, .helper = "ftp",
		.orig = { { AF_INET, { 10, 1, 2, 3 } },
			  { AF_INET, { 203, 0, 113, 5 } }, 1234, 21 },
		.reply = { { AF_INET, { 203, 0, 113, 5 } },
			   { AF_INET, { 198, 51, 100, 1 } }, 21, 1234 },
	};
}

static void put_tuple(struct nl_msg *msg, int kind, const struct saa_tuple *t)
{
	struct nlattr *nest = nla_nest_start(msg, kind), *in;
	bool v4 = t->src.family == AF_INET;

	in = nla_nest_start(msg, CTA_TUPLE_IP);
	nla_put(msg, v4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC, v4 ? 4 : 16, t->src.bytes);
	nla_put(msg, v4 ? CTA_IP_V4_DST : CTA_IP_V6_DST, v4 ? 4 : 16, t->dst.bytes);
	nla_nest_end(msg, in);
	in = nla_nest_start(msg, CTA_TUPLE_PROTO);
	nla_put_u8(msg, CTA_PROTO_NUM, v4 ? IPPROTO_TCP : IPPROTO_ICMPV6);
	if (v4) {
		nla_put_u16(msg, CTA_PROTO_SRC_PORT, htons(t->src_id));
		nla_put_u16(msg, CTA_PROTO_DST_PORT, htons(t->dst_id));
	} else {
		nla_put_u16(msg, CTA_PROTO_ICMPV6_ID, htons(t->src_id));
		nla_put_u8(msg, CTA_PROTO_ICMPV6_TYPE, t->dst_id >> 8);
		nla_put_u8(msg, CTA_PROTO_ICMPV6_CODE, t->dst_id & 255);
	}
	nla_nest_end(msg, in);
	nla_nest_end(msg, nest);
}

static struct nl_msg *message(const struct saa_ct *f)
{
	struct nl_msg *msg = nlmsg_alloc_simple(0, 0);
	struct nfgenmsg nfg = { 0 };
	struct nlattr *nest, *tcp;

	nlmsg_append(msg, &nfg, sizeof(nfg), NLMSG_ALIGNTO);
	put_tuple(msg, CTA_TUPLE_ORIG, &f->orig);
	put_tuple(msg, CTA_TUPLE_REPLY, &f->reply);
	nla_put_u32(msg, CTA_STATUS, htonl(f->status | IPS_CONFIRMED));
	nla_put_u32(msg, CTA_MARK, htonl(f->mark));
	nla_put_u16(msg, CTA_ZONE, htons(f->zone));
	nla_put(msg, CTA_LABELS, sizeof(f->labels), f->labels);
	if (f->protocol != IPPROTO_TCP)
		return msg;
	nest = nla_nest_start(msg, CTA_HELP);
	nla_put_string(msg, CTA_HELP_NAME, f->helper);
	nla_nest_end(msg, nest);
	nest = nla_nest_start(msg, CTA_PROTOINFO);
	tcp = nla_nest_start(msg, CTA_PROTOINFO_TCP);
	nla_put_u8(msg, CTA_PROTOINFO_TCP_STATE, f->state);
	nla_nest_end(msg, tcp);
	nla_nest_end(msg, nest);
	return msg;
}

static void from_ctnetlink(void **state)
{
	struct nl_msg *msg;
	struct saa_ct f, got;

	(void)state;
	make_flow(&f);
	msg = message(&f);
	assert_true(saa_ct_get(nlmsg_hdr(msg), &got));
	assert_memory_equal(&f, &got, sizeof(f));
	/* cut short anywhere: no flow, or less of it, but nothing else */
	while (nlmsg_hdr(msg)->nlmsg_len > NLMSG_HDRLEN + 4) {
		nlmsg_hdr(msg)->nlmsg_len -= 4;
		saa_ct_get(nlmsg_hdr(msg), &got);
	}
	assert_false(saa_ct_get(nlmsg_hdr(msg), &got));
	nlmsg_free(msg);

	f.protocol = IPPROTO_ICMPV6;
	f.orig.src.family = f.orig.dst.family = AF_INET6;
	f.reply.src.family = f.reply.dst.family = AF_INET6;
	f.orig.src_id = 77;
	f.orig.dst_id = 128 << 8 | 3;
	f.state = 0;
	memset(f.helper, 0, sizeof(f.helper));
	msg = message(&f);
	assert_true(saa_ct_get(nlmsg_hdr(msg), &got));
	assert_memory_equal(&f, &got, sizeof(f));
	nlmsg_free(msg);
}

static void as_json(void **state)
{
	struct saa_ct f, back;
	char *text;
	json_t *o;

	(void)state;
	make_flow(&f);
	o = json_ct(&f);
	assert_true(json_ct_parse(o, &back));
	assert_memory_equal(&f, &back, sizeof(f));
	text = out_text("flow", o);
	assert_string_equal(text, "flow protocol tcp source 10.1.2.3 source-port 1234 "
		"destination 203.0.113.5 destination-port 21 zone 7 "
		"reply-source 203.0.113.5 reply-source-port 21 "
		"reply-destination 198.51.100.1 reply-destination-port 1234 "
		"state established status seen-reply,assured,src-nat mark 5 "
		"labels 010000000000000000000000000000fe helper ftp\n");
	free(text);
	json_decref(o);

	f = (struct saa_ct){ .protocol = 99, .orig = f.orig, .reply = f.reply };
	o = json_ct(&f);
	assert_true(json_ct_parse(o, &back));
	assert_memory_equal(&f, &back, sizeof(f));
	json_decref(o);
}

#define WHOSE "{\"sr\": 2, \"gateway\": 9}\n"
#define TUPLES "\"source\": \"10.0.0.1\", \"destination\": \"10.0.0.2\", " \
	"\"reply-source\": \"10.0.0.2\", \"reply-destination\": \"10.0.0.1\""

static void dumps(void **state)
{
	static const char *const bad[] = {
		"", "\n", "[]", "1", "{}", "{\"sr\": 3, \"gateway\": 9}\n",
		"{\"sr\": 2, \"gateway\": 8}\n", "{\"sr\": \"2\", \"gateway\": 9}\n",
		WHOSE "\n", WHOSE "{}\n", WHOSE "x", WHOSE WHOSE,
		WHOSE "{\"protocol\": \"tcp\"}",
		WHOSE "{\"protocol\": \"none\", " TUPLES "}",
		WHOSE "{\"protocol\": 256, " TUPLES "}", WHOSE "{" TUPLES "}",
		WHOSE "{\"protocol\": \"udp\", \"zone\": -1, " TUPLES "}",
		WHOSE "{\"protocol\": \"udp\", \"zone\": \"1\", " TUPLES "}",
		WHOSE "{\"protocol\": \"udp\", \"mark\": 4294967296, " TUPLES "}",
		WHOSE "{\"protocol\": \"udp\", \"source-port\": 65536, " TUPLES "}",
		WHOSE "{\"protocol\": \"udp\", \"state\": \"established\", " TUPLES "}",
		WHOSE "{\"protocol\": \"tcp\", \"state\": \"open\", " TUPLES "}",
		WHOSE "{\"protocol\": \"tcp\", \"status\": [\"seen\"], " TUPLES "}",
		WHOSE "{\"protocol\": \"tcp\", \"status\": \"assured\", " TUPLES "}",
		WHOSE "{\"protocol\": \"tcp\", \"labels\": \"01\", " TUPLES "}",
		WHOSE "{\"protocol\": \"tcp\", \"labels\": \"0000000000000000000000000000000g\", " TUPLES "}",
		WHOSE "{\"protocol\": \"tcp\", \"helper\": \"0123456789abcdef\", " TUPLES "}",
		WHOSE "{\"protocol\": \"tcp\", \"helper\": 1, " TUPLES "}",
		WHOSE "{\"protocol\": \"tcp\", \"source\": \"::1\", \"destination\": \"10.0.0.2\"}",
	};
	struct saa_conf conf = { .sync = { .partner = 2 }, .gateway = { .id = 9 } };
	struct saa_cts flows = { 0 };
	size_t i;

	(void)state;
	assert_int_equal(sync_dump_parse("f", WHOSE, &conf, &flows), EXIT_OK);
	assert_int_equal(flows.n, 0);
	/* in order, and one only once */
	assert_int_equal(sync_dump_parse("f", WHOSE
		"{\"protocol\": \"udp\", " TUPLES "}\n"
		"{\"protocol\": \"tcp\", \"zone\": 1, " TUPLES "}\n"
		"{\"protocol\": \"tcp\", " TUPLES "}\n"
		"{\"protocol\": \"udp\", " TUPLES "}", &conf, &flows), EXIT_OK);
	assert_int_equal(flows.n, 3);
	assert_int_equal(flows.at[0].zone, 0);
	assert_int_equal(flows.at[1].zone, 1);
	assert_int_equal(flows.at[2].protocol, IPPROTO_UDP);
	saa_cts_free(&flows);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		if (sync_dump_parse("f", bad[i], &conf, &flows) != EXIT_REFUSED)
			fail_msg("taken: %s", bad[i]);
		saa_cts_free(&flows);
	}
}

static void check_diff(const struct saa_ct *a, const struct saa_ct *b,
		       const char *want)
{
	json_t *o = !b ? json_ct_only("not-at-partner", "here", a) :
		    !a ? json_ct_only("not-here", "partner", b) :
			 json_ct_diff(a, b);
	char *text;

	if (!want) {
		assert_null(o);
		return;
	}
	assert_non_null(o);
	text = out_text("flow", o);
	assert_non_null(strstr(text, want));
	free(text);
	json_decref(o);
}

static void differences(void **state)
{
	struct saa_ct a, b;

	(void)state;
	make_flow(&a);
	b = a;
	check_diff(&a, &b, NULL);
	check_diff(&a, NULL, "flow difference not-at-partner protocol tcp source 10.1.2.3");
	check_diff(NULL, &b, "flow difference not-here protocol tcp");
	/* one packet that nobody has answered */
	b.status = 0;
	check_diff(NULL, &b, NULL);
	check_diff(&a, &b, "difference differs protocol tcp");
	b = a;
	b.mark = 0;
	check_diff(&a, &b, "zone 7\n    here mark 5\n");
	b.mark = 6;
	b.state = 7;
	check_diff(&a, &b, "    here state established mark 5\n    partner state time-wait mark 6\n");
	b = a;
	b.reply.dst_id = 9;
	check_diff(&a, &b, "    partner reply-destination-port 9\n");
	b = a;
	b.labels[3] = 1;
	check_diff(&a, &b, "    partner labels 010000010000000000000000000000fe\n");
	b = a;
	b.helper[0] = '\0';
	check_diff(&a, &b, "    here helper ftp\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(from_ctnetlink),
		cmocka_unit_test(as_json),
		cmocka_unit_test(dumps),
		cmocka_unit_test(differences),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
