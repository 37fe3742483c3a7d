// SPDX-License-Identifier: GPL-2.0-only
/*
 * XDP programs for measuring: a generator for live frames, and what the real
 * program is compared with. xdp_bench loads one of them and sets its constants.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
#include <linux/saa_parse.h>
#include "../../bpf/punt_frame.h"

char _license[] SEC("license") = "GPL";

/* generate, redirect: the device that frames go to */
const volatile __u32 to;

/*
 * generate: what each frame begins with. Live frames come back as the last
 * receiver left them, so all that may have changed on the way is written anew.
 */
const volatile __u32 head[16];

SEC("xdp")
int generate(struct xdp_md *ctx)
{
	__u8 *end = (__u8 *)(long)ctx->data_end;
	__u8 *p = (__u8 *)(long)ctx->data;
	__u32 i;

	if (p + sizeof(head) > end)
		return XDP_ABORTED;
	for (i = 0; i < sizeof(head) / sizeof(head[0]); i++)
		((__u32 *)p)[i] = head[i];
	return bpf_redirect(to, 0);
}

SEC("xdp")
int empty(struct xdp_md *ctx)
{
	return XDP_PASS;
}

SEC("xdp")
int drop(struct xdp_md *ctx)
{
	return XDP_DROP;
}

/* Of the real program only the parser. */
SEC("xdp")
int parse(struct xdp_md *ctx)
{
	struct saa_xdp_steer arg;
	__u16 vlan, l3_off;

	if (saa_parse_eth((void *)(long)ctx->data, (void *)(long)ctx->data_end,
			  &arg.flow, &vlan, &l3_off) != SAA_PARSE_FLOW)
		return XDP_DROP;
	/* Somebody might want to know what was found. */
	asm volatile("" : : "r"(&arg), "r"(vlan), "r"(l3_off) : "memory");
	return XDP_PASS;
}

/* The real program without the kfunc: no look-up, always the same owner. */
SEC("xdp")
int redirect(struct xdp_md *ctx)
{
	struct saa_xdp_steer arg = {};
	__u16 vlan, l3_off;

	if (saa_parse_eth((void *)(long)ctx->data, (void *)(long)ctx->data_end,
			  &arg.flow, &vlan, &l3_off) != SAA_PARSE_FLOW)
		return XDP_PASS;
	arg.dmac[0] = 2;
	arg.smac[0] = 2;
	arg.vid = 100;
	if (punt_frame(ctx, &arg, l3_off))
		return XDP_PASS;
	return bpf_redirect(to, 0);
}

/* Routing by XDP, as xdp-forward of xdp-tools does it for IPv4. */
SEC("xdp")
int route(struct xdp_md *ctx)
{
	__u8 *end = (__u8 *)(long)ctx->data_end;
	__u8 *p = (__u8 *)(long)ctx->data;
	struct bpf_fib_lookup fib = {};
	__u8 *ip = p + SAA_ETH_HLEN;
	__u32 sum;

	if (ip + SAA_IP_HLEN > end || p[12] != 0x08 || p[13] || ip[0] != 0x45 ||
	    ip[8] <= 1)
		return XDP_PASS;
	fib.family = SAA_AF_INET;
	fib.tos = ip[1];
	fib.l4_protocol = ip[9];
	fib.tot_len = bpf_ntohs(*(__u16 *)(ip + 2));
	fib.ipv4_src = *(__u32 *)(ip + 12);
	fib.ipv4_dst = *(__u32 *)(ip + 16);
	fib.ifindex = ctx->ingress_ifindex;
	if (bpf_fib_lookup(ctx, &fib, sizeof(fib), 0) !=
	    BPF_FIB_LKUP_RET_SUCCESS)
		return XDP_PASS;
	/* One less in the TTL is one more in the checksum (RFC 1141). */
	sum = *(__u16 *)(ip + 10) + bpf_htons(0x0100);
	*(__u16 *)(ip + 10) = sum + (sum >= 0xffff);
	ip[8]--;
	__builtin_memcpy(p, fib.dmac, 6);
	__builtin_memcpy(p + 6, fib.smac, 6);
	return bpf_redirect(fib.ifindex, 0);
}
