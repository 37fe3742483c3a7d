// SPDX-License-Identifier: GPL-2.0-only
/*
 * The XDP program: steering before the stack sees the packet.
 *
 * It owns no state. It finds the addresses (saa_parse.h), asks the module
 * (kfunc saa_xdp_steer: the same decision as the module's own hook), and
 * switches what another SR owns to the punt switch as a punt frame, or in a
 * Geneve packet to its owner (saa_punt.h). Everything that it cannot do it
 * passes, unchanged: the module then does it.
 *
 * Frames in one buffer only: at an MTU above about 3.5 KB drivers refuse to
 * attach it, and the module steers alone.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <linux/saa_parse.h>
#include "punt_frame.h"
#include "punt_geneve.h"

char _license[] SEC("license") = "GPL";

extern int saa_xdp_steer(struct xdp_md *ctx, struct saa_xdp_steer *arg,
			 __u32 arg__sz) __ksym;

SEC("xdp")
int saa_xdp(struct xdp_md *ctx)
{
	void *data_end = (void *)(long)ctx->data_end;
	void *data = (void *)(long)ctx->data;
	struct saa_xdp_steer arg;	/* not cleared: that takes time */
	__u16 vlan, l3_off;
	long len;

	if (saa_parse_eth(data, data_end, &arg.flow, &vlan, &l3_off) !=
	    SAA_PARSE_FLOW)
		return XDP_PASS;
	arg.vlan = vlan;
	len = data_end - data;
	asm volatile("" : "+r"(len));	/* no arithmetic of 32 bits with pointers */
	if (len > 65535)	/* generic XDP, BIG TCP: the module's */
		return XDP_PASS;
	arg.l3_len = len - l3_off;

	switch (saa_xdp_steer(ctx, &arg, sizeof(arg))) {
	case SAA_XDP_PUNT:
		if (punt_frame(ctx, &arg, l3_off))
			return XDP_PASS;
		return bpf_redirect(arg.ifindex, 0);
	case SAA_XDP_GENEVE:
		if (punt_geneve(ctx, &arg, l3_off))
			return XDP_PASS;
		return bpf_redirect(arg.ifindex, 0);
	case SAA_XDP_DROP:
		return XDP_DROP;
	default:
		return XDP_PASS;
	}
}
