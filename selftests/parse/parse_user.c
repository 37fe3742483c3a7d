// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The parser in userspace. Each frame is copied to the very end of its own
 * allocation, at all alignments in turn, so that the address sanitizer sees
 * the first byte read behind data_end.
 */
#include <stdlib.h>
#include <string.h>
#include <linux/saa_parse.h>

#include "parse_run.h"

struct result result_of(int verdict, const struct saa_flow *flow,
			unsigned int vlan, unsigned int l3_off)
{
	struct result r = { .vlan = vlan, .l3_off = l3_off };
	size_t len;

	switch (verdict) {
	case SAA_PARSE_PASS:
		return (struct result){ .verdict = V_PASS };
	case SAA_PARSE_SHORT:
		return (struct result){ .verdict = V_SHORT };
	}
	r.verdict = verdict == SAA_PARSE_FLOW ? V_FLOW : verdict;
	r.family = flow->family == SAA_AF_INET ? 4 :
		   flow->family == SAA_AF_INET6 ? 6 : flow->family;
	r.unattributed = flow->unattributed;
	if (flow->reserved[0] | flow->reserved[1])
		r.family = 255;
	len = r.family == 4 ? 4 : 16;
	memcpy(r.src, flow->src, len);
	memcpy(r.dst, flow->dst, len);
	memcpy(r.local, flow->local, len);
	return r;
}

static struct result parse(const uint8_t *frame, size_t len, unsigned int max)
{
	static unsigned int shift;
	uint8_t *copy = malloc(len + ++shift % 4), *data;
	struct saa_flow flow;
	struct result r;
	__u16 vlan, l3_off;
	int verdict;

	if (!copy)
		abort();
	data = copy + shift % 4;
	memcpy(data, frame, len);
	memset(&flow, 0xa5, sizeof(flow));
	verdict = saa_parse_eth(data, data + len, &flow, &vlan, &l3_off);
	if (max > SAA_IPV6_EXT_MAX && verdict == SAA_PARSE_FLOW &&
	    flow.family == SAA_AF_INET6)
		verdict = saa_parse_ipv6(data + l3_off, data + len, max, &flow);
	r = result_of(verdict, &flow, vlan, l3_off);
	free(copy);
	return r;
}

struct result parse_user(const uint8_t *frame, size_t len)
{
	return parse(frame, len, SAA_IPV6_EXT_MAX);
}

struct result parse_far(const uint8_t *frame, size_t len)
{
	return parse(frame, len, SAA_IPV6_EXT_FAR);
}
