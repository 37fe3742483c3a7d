// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parser in BPF, for BPF_PROG_TEST_RUN: what it finds is left in a global.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <linux/saa_parse.h>

char _license[] SEC("license") = "GPL";

struct {
	struct saa_flow flow;
	__u16 vlan;
	__u16 l3_off;
	__u32 verdict;
} out;

SEC("xdp")
int parse_test(struct xdp_md *ctx)
{
	struct saa_flow flow = {};
	__u16 vlan = 0, l3_off = 0;

	out.verdict = saa_parse_eth((void *)(long)ctx->data,
				    (void *)(long)ctx->data_end,
				    &flow, &vlan, &l3_off);
	out.flow = flow;
	out.vlan = vlan;
	out.l3_off = l3_off;
	return XDP_PASS;
}
