// SPDX-License-Identifier: GPL-2.0-only
/*
 * XDP programs for measuring: a generator for live frames, and what the real
 * program is compared with. xdp_live loads one of them and sets its constants.
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
 * generate: what each frame begins with; its destination's last 16 bits, which
 * are 0 here, count up to @hosts. @ip_sum: sum of the IP header's words.
 */
const volatile __u32 head[12];
const volatile __u32 l3_off;
const volatile __u32 hosts;
const volatile __u32 ip_sum;

__u32 sequence;

/*
 * Live frames come back as the last receiver left them, so everything that may
 * have changed on the way is written anew.
 */
SEC("xdp")
int generate(struct xdp_md *ctx)
{
	__u8 *end = (__u8 *)(long)ctx->data_end;
	__u8 *p = (__u8 *)(long)ctx->data;
	__u32 host = sequence++ % hosts;
	__u32 sum, i;

	if (p + SAA_ETH_HLEN + SAA_VLAN_HLEN + SAA_IP_HLEN > end ||
	    p + sizeof(head) > end)
		return XDP_ABORTED;
	for (i = 0; i < 12; i++)
		((__u32 *)p)[i] = head[i];
	p += l3_off == SAA_ETH_HLEN ? SAA_ETH_HLEN :
				      SAA_ETH_HLEN + SAA_VLAN_HLEN;
	sum = ip_sum + host;
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	*(__u16 *)(p + 10) = bpf_htons(~sum);
	*(__u16 *)(p + 18) = bpf_htons(host);
	return bpf_redirect(to, 0);
}

SEC("xdp")
int drop(struct xdp_md *ctx)
{
	return XDP_DROP;
}

SEC("xdp")
int pass(struct xdp_md *ctx)
{
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
