// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages without a kernel: objects to attributes and back, extended
 * acknowledgements, and from an offset back to the object.
 */
#include <errno.h>
#include <limits.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <stdlib.h>
#include <string.h>

#include "nl.h"
#include "test.h"
#include "util.h"

#define HAS(attr) (1u << (attr))

static struct nl_msg *new_message(size_t size)
{
	struct nl_msg *msg = nlmsg_alloc_size(size);

	assert_non_null(genlmsg_put(msg, 1, 1, 42, 0, NLM_F_REQUEST,
				    SAA_CMD_SET, 1));
	return msg;
}

static void make_conf(struct saa_conf *c, uint32_t rows)
{
	uint32_t i;

	*c = (struct saa_conf){ 0 };
	c->gateway = (struct saa_gateway){
		.has = HAS(SAA_A_GATEWAY_NAME) | HAS(SAA_A_GATEWAY_ID) |
		       HAS(SAA_A_GATEWAY_SR) | HAS(SAA_A_GATEWAY_KEY) |
		       HAS(SAA_A_GATEWAY_BUCKETS),
		.name = "t0", .id = 7, .sr = 1, .key = "0123456789abcde",
		.buckets = rows,
	};
	for (i = 1; i <= 2; i++)
		*(struct saa_sr *)saa_grow(&c->srs, &c->n_srs,
					   sizeof(*c->srs)) = (struct saa_sr){
			.has = HAS(SAA_A_SR_ID) | HAS(SAA_A_SR_NAME) |
			       HAS(SAA_A_SR_STATE),
			.id = i, .name = "edge", .state = SAA_SR_STATE_UP,
		};
	*(struct saa_group *)saa_grow(&c->groups, &c->n_groups,
				      sizeof(*c->groups)) = (struct saa_group){
		.has = HAS(SAA_A_GROUP_ID) | HAS(SAA_A_GROUP_NAME) |
		       HAS(SAA_A_GROUP_SIDE) | HAS(SAA_A_GROUP_IFNAME),
		.id = 100, .name = "backplane", .side = SAA_SIDE_SOUTH,
		.ifname = "bp0",
	};
	*(struct saa_port *)saa_grow(&c->ports, &c->n_ports,
				     sizeof(*c->ports)) = (struct saa_port){
		.has = HAS(SAA_A_PORT_SIDE) | HAS(SAA_A_PORT_IFNAME),
		.side = SAA_SIDE_NORTH, .ifname = "punt-n",
	};
	*(struct saa_snat *)saa_grow(&c->snat, &c->n_snat,
				     sizeof(*c->snat)) = (struct saa_snat){
		.has = HAS(SAA_A_SNAT_PRIORITY) | HAS(SAA_A_SNAT_FAMILY) |
		       HAS(SAA_A_SNAT_TO_FIRST) | HAS(SAA_A_SNAT_TO_LAST),
		.priority = 10, .family = AF_INET6,
		.to_first = { AF_INET6, { 0x20, 1 } },
		.to_last = { AF_INET6, { 0x20, 1, 1 } },
	};
	c->n_rows = rows;
	c->rows = saa_zalloc(rows * sizeof(*c->rows));
	for (i = 0; i < rows; i++)
		c->rows[i] = (struct saa_row){ i & 1 ? 1 : 2, i & 1 ? 2 : 1 };
}

/* The largest table too, whose rows take several attributes. */
static void there_and_back(void **state)
{
	static const uint32_t sizes[] = { 256, 65536 };
	struct saa_conf a, b;
	struct nl_msg *msg;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		make_conf(&a, sizes[i]);
		b = (struct saa_conf){ 0 };
		msg = new_message(saa_conf_msg_size(&a));
		assert_int_equal(saa_put_conf(msg, &a), 0);
		saa_get_conf(nlmsg_hdr(msg), &b);
		assert_memory_equal(&a.gateway, &b.gateway, sizeof(a.gateway));
		assert_int_equal(b.n_srs, 2);
		assert_memory_equal(a.srs, b.srs, 2 * sizeof(*a.srs));
		assert_int_equal(b.n_groups, 1);
		assert_memory_equal(a.groups, b.groups, sizeof(*a.groups));
		assert_int_equal(b.n_ports, 1);
		assert_memory_equal(a.ports, b.ports, sizeof(*a.ports));
		assert_int_equal(b.n_snat, 1);
		assert_memory_equal(a.snat, b.snat, sizeof(*a.snat));
		assert_int_equal(b.n_rows, sizes[i]);
		assert_memory_equal(a.rows, b.rows,
				    sizes[i] * sizeof(*a.rows));
		saa_conf_free(&a);
		saa_conf_free(&b);
		nlmsg_free(msg);
	}
}

/* What only the kernel says is not sent back to it. */
static void replies_are_not_sent(void **state)
{
	struct saa_sr sr = { .has = HAS(SAA_A_SR_ID) | HAS(SAA_A_SR_TX_PACKETS),
			     .id = 5, .tx_packets = 99 };
	struct saa_conf back = { 0 };
	struct nl_msg *msg = new_message(4096);

	(void)state;
	assert_int_equal(saa_put_object(msg, SAA_A_SR, &sr), 0);
	saa_get_conf(nlmsg_hdr(msg), &back);
	assert_int_equal(back.srs[0].has, HAS(SAA_A_SR_ID));
	saa_conf_free(&back);
	nlmsg_free(msg);
}

/* Numbers come in the size that they need, up to 64 bits. */
static void numbers_of_any_size(void **state)
{
	struct saa_conf back = { 0 };
	struct nl_msg *msg = new_message(4096);
	struct nlattr *nest = nla_nest_start(msg, SAA_A_SR);

	(void)state;
	nla_put_u32(msg, SAA_A_SR_ID, 5);
	nla_put_u8(msg, SAA_A_SR_STATE, SAA_SR_STATE_SYNCING);
	nla_put_u32(msg, SAA_A_SR_TX_PACKETS, 4000000000u);
	nla_put_u64(msg, SAA_A_SR_RX_PACKETS, 1ULL << 40);
	nla_nest_end(msg, nest);
	saa_get_conf(nlmsg_hdr(msg), &back);
	assert_int_equal(back.n_srs, 1);
	assert_int_equal(back.srs[0].id, 5);
	assert_int_equal(back.srs[0].state, SAA_SR_STATE_SYNCING);
	assert_int_equal(back.srs[0].tx_packets, 4000000000u);
	assert_int_equal(back.srs[0].rx_packets, 1ULL << 40);
	saa_conf_free(&back);
	nlmsg_free(msg);
}

static void put_rows_at(struct nl_msg *msg, uint32_t start, uint32_t n)
{
	struct nlattr *nest = nla_nest_start(msg, SAA_A_ROWS);
	struct saa_row rows[4] = { { 1, 2 }, { 2, 1 }, { 1, 2 }, { 2, 1 } };

	nla_put_u32(msg, SAA_A_ROWS_START, start);
	nla_put(msg, SAA_A_ROWS_ROWS, n * sizeof(*rows), rows);
	nla_nest_end(msg, nest);
}

/* What a kernel does not send leaves no trace. */
static void malformed_answers(void **state)
{
	static const uint8_t five[5] = { 192, 0, 2, 1, 9 };
	struct saa_conf back = { 0 };
	struct nl_msg *msg = new_message(8192);
	struct nlattr *nest;

	(void)state;
	put_rows_at(msg, 2, 2);
	put_rows_at(msg, SAA_BUCKETS_MAX, 1);	/* beyond the last bucket */
	put_rows_at(msg, UINT32_MAX, 1);
	nest = nla_nest_start(msg, SAA_A_ROWS);	/* from nowhere */
	nla_put(msg, SAA_A_ROWS_ROWS, 8, "12345678");
	nla_nest_end(msg, nest);
	nest = nla_nest_start(msg, SAA_A_ROWS);	/* a start of one byte */
	nla_put_u8(msg, SAA_A_ROWS_START, 0);
	nla_nest_end(msg, nest);
	nest = nla_nest_start(msg, SAA_A_SNAT);
	nla_put(msg, SAA_A_SNAT_SOURCE, 5, five);
	nla_put(msg, SAA_A_SNAT_DESTINATION, 0, NULL);
	nla_put_u32(msg, SAA_A_SNAT_PRIORITY, 10);
	nla_put_u32(msg, 60, 1);		/* of a later version */
	nla_nest_end(msg, nest);
	nest = nla_nest_start(msg, SAA_A_GROUP);
	/* longer than there is room, and without the final NUL */
	nla_put(msg, SAA_A_GROUP_IFNAME, 40,
		"an-interface-name-of-forty-characters...");
	nla_nest_end(msg, nest);
	nla_put_u32(msg, 50, 1);
	saa_get_conf(nlmsg_hdr(msg), &back);
	assert_int_equal(back.n_rows, 4);
	assert_int_equal(back.rows[1].primary, 0);
	assert_int_equal(back.rows[2].primary, 1);
	assert_int_equal(back.n_snat, 1);
	assert_int_equal(back.snat[0].has, HAS(SAA_A_SNAT_PRIORITY));
	assert_int_equal(back.snat[0].source.family, 0);
	assert_string_equal(back.groups[0].ifname, "an-interface-na");
	saa_conf_free(&back);
	nlmsg_free(msg);
}

/* No room in the message: said, not cut off. */
static void does_not_fit(void **state)
{
	struct saa_conf c;
	struct nl_msg *msg;
	size_t size;
	int ok = 0;

	(void)state;
	make_conf(&c, 256);
	for (size = 24; size < saa_conf_msg_size(&c); size += 4) {
		msg = new_message(size);
		if (saa_put_conf(msg, &c))
			assert_int_equal(ok, 0);
		else
			ok++;
		nlmsg_free(msg);
	}
	assert_in_range(ok, 1, size / 4 - 10);
	saa_conf_free(&c);
}

static void same_objects(void **state)
{
	struct saa_sr a = { .has = HAS(SAA_A_SR_ID) | HAS(SAA_A_SR_NAME) |
				   HAS(SAA_A_SR_TX_PACKETS),
			    .id = 5, .name = "edge5", .tx_packets = 7 }, b = a;
	struct saa_snat s = { .has = HAS(SAA_A_SNAT_PRIORITY), .priority = 3 },
			t = s;

	(void)state;
	b.tx_packets = 8;		/* no configuration */
	strcpy(b.name + 6, "rest");	/* behind the end of the string */
	assert_true(saa_same_object(SAA_A_SR, &a, &b));
	strcpy(b.name, "edge6");
	assert_false(saa_same_object(SAA_A_SR, &a, &b));
	b.has &= ~HAS(SAA_A_SR_NAME);	/* not given: as it is */
	assert_true(saa_same_object(SAA_A_SR, &a, &b));
	b.id = 6;
	assert_false(saa_same_object(SAA_A_SR, &a, &b));
	assert_true(saa_same_object(SAA_A_SNAT, &s, &t));
	t.has |= HAS(SAA_A_SNAT_PORT_FIRST);	/* a rule is all that it says */
	assert_false(saa_same_object(SAA_A_SNAT, &s, &t));
}

static void names(void **state)
{
	(void)state;
	assert_string_equal(saa_kind_name(SAA_A_SNAT), "snat");
	assert_string_equal(saa_kind_name(0), "unknown");
	assert_string_equal(saa_kind_name(1000), "unknown");
	assert_string_equal(saa_attr_name(SAA_A_ROWS, SAA_A_ROWS_START),
			    "start");
	assert_null(saa_attr_name(SAA_A_SR, 30));
	assert_null(saa_attr_name(SAA_A_DRY_RUN, 1));
	assert_null(saa_attr_name(-1, 1));
}

/* An error message as the kernel sends it. */
static struct nlmsghdr *error(int err, const char *text, int offset,
			      int missing, const struct nlmsghdr *request,
			      char *buf, size_t size)
{
	struct nl_msg *msg = nlmsg_alloc_size(size);
	struct nlmsghdr *nlh = nlmsg_put(msg, 1, 1, NLMSG_ERROR, 0,
					 NLM_F_ACK_TLVS |
					 (request ? 0 : NLM_F_CAPPED));
	struct nlmsgerr e = { .error = err };

	e.msg.nlmsg_len = request ? request->nlmsg_len : NLMSG_HDRLEN;
	nlmsg_append(msg, &e, sizeof(e), NLMSG_ALIGNTO);
	if (request)
		nlmsg_append(msg, nlmsg_data(request), nlmsg_datalen(request),
			     NLMSG_ALIGNTO);
	if (text)
		nla_put_string(msg, NLMSGERR_ATTR_MSG, text);
	if (offset)
		nla_put_u32(msg, missing < 0 ? NLMSGERR_ATTR_OFFS : 6, offset);
	if (missing >= 0)
		nla_put_u32(msg, 5, missing);
	memcpy(buf, nlh, nlh->nlmsg_len);
	nlmsg_free(msg);
	return (struct nlmsghdr *)buf;
}

static void extack(void **state)
{
	struct nlmsghdr *nlh, *request;
	struct saa_extack ext;
	struct saa_conf c;
	struct nl_msg *msg;
	char buf[8192] __attribute__((aligned(4)));

	(void)state;
	nlh = error(-EINVAL, "saa: wrong", 36, -1, NULL, buf, sizeof(buf));
	saa_extack_parse(nlh, &ext);
	assert_int_equal(ext.err, -EINVAL);
	assert_string_equal(ext.msg, "saa: wrong");
	assert_int_equal(ext.offset, 36);
	assert_int_equal(ext.missing, -1);

	/* with the request in it, as without NETLINK_CAP_ACK */
	make_conf(&c, 256);
	msg = new_message(saa_conf_msg_size(&c));
	saa_put_conf(msg, &c);
	request = nlmsg_hdr(msg);
	nlh = error(-EBUSY, "in use", 0, -1, request, buf, sizeof(buf));
	saa_extack_parse(nlh, &ext);
	assert_int_equal(ext.err, -EBUSY);
	assert_string_equal(ext.msg, "in use");
	assert_int_equal(ext.offset, 0);

	/* a request longer than the whole message: no text behind it */
	((struct nlmsgerr *)nlmsg_data(nlh))->msg.nlmsg_len = 0x80000000;
	saa_extack_parse(nlh, &ext);
	assert_int_equal(ext.err, -EBUSY);
	assert_string_equal(ext.msg, "");
	((struct nlmsgerr *)nlmsg_data(nlh))->msg.nlmsg_len = 3;
	saa_extack_parse(nlh, &ext);
	assert_string_equal(ext.msg, "");
	((struct nlmsgerr *)nlmsg_data(nlh))->msg.nlmsg_len =
		nlmsg_datalen(nlh);
	saa_extack_parse(nlh, &ext);
	assert_string_equal(ext.msg, "");

	/* a missing attribute, and in what */
	nlh = error(-EINVAL, NULL, 20, SAA_A_SR_NAME, NULL, buf, sizeof(buf));
	saa_extack_parse(nlh, &ext);
	assert_int_equal(ext.missing, SAA_A_SR_NAME);
	assert_int_equal(ext.offset, 20);

	/* no error codes */
	nlh = error(INT_MIN, "bad", 0, -1, NULL, buf, sizeof(buf));
	saa_extack_parse(nlh, &ext);
	assert_int_equal(ext.err, -EIO);
	nlh = error(EINVAL, "bad", 0, -1, NULL, buf, sizeof(buf));
	saa_extack_parse(nlh, &ext);
	assert_int_equal(ext.err, -EIO);
	nlh = error(0, "a warning", 0, -1, NULL, buf, sizeof(buf));
	saa_extack_parse(nlh, &ext);
	assert_int_equal(ext.err, 0);
	assert_string_equal(ext.msg, "a warning");
	nlh->nlmsg_flags = 0;		/* no text at all */
	saa_extack_parse(nlh, &ext);
	assert_string_equal(ext.msg, "");

	/* without a message, and cut off */
	nlh = error(-EPERM, NULL, 0, -1, NULL, buf, sizeof(buf));
	saa_extack_parse(nlh, &ext);
	assert_int_equal(ext.err, -EPERM);
	assert_string_equal(ext.msg, "");
	nlh->nlmsg_len = NLMSG_HDRLEN + 2;
	saa_extack_parse(nlh, &ext);
	assert_int_equal(ext.err, 0);
	nlmsg_free(msg);
	saa_conf_free(&c);
}

static void culprit(void **state)
{
	struct nlattr *attr, *inner;
	struct saa_extack ext = { .missing = -1 };
	struct saa_culprit who;
	struct nlmsghdr *nlh;
	struct nl_msg *msg;
	struct saa_conf c;
	unsigned int srs = 0;
	int rem, rem_inner;

	(void)state;
	make_conf(&c, 256);
	msg = new_message(saa_conf_msg_size(&c));
	saa_put_conf(msg, &c);
	nlh = nlmsg_hdr(msg);
	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rem) {
		/* the object as a whole */
		ext.offset = (char *)attr - (char *)nlh;
		ext.missing = -1;
		saa_extack_culprit(nlh, &ext, &who);
		assert_int_equal(who.kind, nla_type(attr));
		assert_null(who.attr);
		if (nla_type(attr) != SAA_A_SR)
			continue;
		assert_int_equal(who.index, srs);
		/* an attribute of it */
		nla_for_each_nested(inner, attr, rem_inner) {
			ext.offset = (char *)inner - (char *)nlh;
			saa_extack_culprit(nlh, &ext, &who);
			assert_int_equal(who.kind, SAA_A_SR);
			assert_int_equal(who.index, srs);
			assert_string_equal(who.attr,
					    saa_attr_name(SAA_A_SR,
							  nla_type(inner)));
		}
		/* one that is missing in it */
		ext.offset = (char *)attr - (char *)nlh;
		ext.missing = SAA_A_SR_NAME;
		saa_extack_culprit(nlh, &ext, &who);
		assert_string_equal(who.attr, "name");
		srs++;
	}
	assert_int_equal(srs, 2);
	ext.offset = nlh->nlmsg_len + 100;
	saa_extack_culprit(nlh, &ext, &who);
	assert_int_equal(who.kind, 0);
	ext.offset = 0;
	saa_extack_culprit(nlh, &ext, &who);
	assert_int_equal(who.kind, 0);
	nlmsg_free(msg);
	saa_conf_free(&c);

	/* an attribute that is no object, and one that nobody knows */
	msg = new_message(4096);
	nlh = nlmsg_hdr(msg);
	ext.offset = nlh->nlmsg_len;
	ext.missing = -1;
	nla_put_flag(msg, SAA_A_DRY_RUN);
	saa_extack_culprit(nlh, &ext, &who);
	assert_int_equal(who.kind, SAA_A_DRY_RUN);
	assert_null(who.attr);
	ext.offset = nlh->nlmsg_len;
	nla_put_flag(msg, SAA_A_MAX + 1);
	saa_extack_culprit(nlh, &ext, &who);
	assert_int_equal(who.kind, 0);
	nlmsg_free(msg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(replies_are_not_sent),
		cmocka_unit_test(numbers_of_any_size),
		cmocka_unit_test(malformed_answers),
		cmocka_unit_test(does_not_fit),
		cmocka_unit_test(same_objects),
		cmocka_unit_test(names),
		cmocka_unit_test(extack),
		cmocka_unit_test(culprit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
