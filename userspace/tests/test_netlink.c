// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages without a kernel: objects to attributes and back, extended
 * acknowledgements, and from an offset back to the object.
 */
#include <errno.h>
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
	nlmsg_free(msg);
	saa_conf_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(replies_are_not_sent),
		cmocka_unit_test(extack),
		cmocka_unit_test(culprit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
