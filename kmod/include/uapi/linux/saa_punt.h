/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The wire format between shadow ports, and the contract between the module
 * and the XDP program.
 *
 * A punt frame is an Ethernet frame with one 802.1Q tag (TPID 0x8100):
 *
 *   destination MAC  shadow port of the owner      \  both derived, see
 *   source MAC       shadow port of the sender     /  saa_punt_mac()
 *   VID              id of the interface group that the packet came in by
 *   PCP, DEI         0 when sent, ignored when received: for switches
 *   EtherType        0x0800 or 0x86dd
 *   payload          the IP packet, untouched
 *
 * An announcement, so that switches learn where an SR is, is a broadcast frame
 * with the same tag, EtherType SAA_ETH_P_ANNOUNCE and struct saa_announce.
 *
 * Over Geneve (RFC 8926) the same frame without the tag is the inner frame, and
 * the group is in the one option: struct saa_geneve_opt.
 *
 * A table row travels over netlink as struct saa_row.
 */
#ifndef _UAPI_LINUX_SAA_PUNT_H
#define _UAPI_LINUX_SAA_PUNT_H

#include <linux/types.h>

/* One row of the table; SR ids in host byte order, backup 0 is none. */
struct saa_row {
	__u16 primary;
	__u16 backup;
};

#define SAA_PUNT_VERSION	1

/* IEEE 802 Local Experimental EtherType 1 */
#define SAA_ETH_P_ANNOUNCE	0x88b5

struct saa_announce {
	__u8 magic[3];		/* "saa" */
	__u8 version;		/* SAA_PUNT_VERSION */
	__u8 pad[42];		/* zero, up to the shortest Ethernet payload */
};

/*
 * Derived MAC addresses, locally administered:
 *
 *   byte  0     1                  2  3                 4  5
 *         0x02  0xa0 | flags       gateway id, BE       SR id, BE
 */
#define SAA_MAC_0		0x02
#define SAA_MAC_1		0xa0
#define SAA_MAC_SOUTH		0x01	/* on the south punt switch */
#define SAA_MAC_SECOND		0x02	/* source only: second chance */
#define SAA_MAC_FLAGS		0x03

/**
 * saa_punt_mac() - MAC address of a shadow port
 * @mac: filled in
 * @flags: SAA_MAC_* bits
 * @gateway: gateway id, host byte order
 * @sr: SR id, host byte order
 */
static inline void saa_punt_mac(__u8 mac[6], __u8 flags, __u16 gateway,
				__u16 sr)
{
	mac[0] = SAA_MAC_0;
	mac[1] = SAA_MAC_1 | flags;
	mac[2] = gateway >> 8;
	mac[3] = gateway & 0xff;
	mac[4] = sr >> 8;
	mac[5] = sr & 0xff;
}

/**
 * saa_punt_mac_parse() - take a shadow port's MAC address apart
 * @mac: the address
 * @flags: filled with its SAA_MAC_* bits
 * @gateway: filled with the gateway id
 * @sr: filled with the SR id
 *
 * Return: 1 if @mac is of this form, else 0 with nothing filled in.
 */
static inline int saa_punt_mac_parse(const __u8 mac[6], __u8 *flags,
				     __u16 *gateway, __u16 *sr)
{
	if (mac[0] != SAA_MAC_0 || (mac[1] & ~SAA_MAC_FLAGS) != SAA_MAC_1)
		return 0;
	*flags = mac[1] & SAA_MAC_FLAGS;
	*gateway = (__u16)(mac[2] << 8 | mac[3]);
	*sr = (__u16)(mac[4] << 8 | mac[5]);
	return 1;
}

/*
 * The option of a Geneve packet between SRs, the only one in it. Its class is
 * of the range for experiments, its type is critical: who does not know it must
 * not take the packet for one of its own. Numbers in network byte order.
 */
#define SAA_GENEVE_CLASS	0xffa0
#define SAA_GENEVE_TYPE		0x81
#define SAA_GENEVE_WORDS	2	/* of 4 bytes, behind the first 4 */
#define SAA_GENEVE_SECOND	0x01	/* second chance */
#define SAA_GENEVE_FLAGS	0x01

struct saa_geneve_opt {
	__u8 class[2];		/* SAA_GENEVE_CLASS */
	__u8 type;		/* SAA_GENEVE_TYPE */
	__u8 words;		/* SAA_GENEVE_WORDS; the upper 3 bits are 0 */
	__u8 version;		/* SAA_PUNT_VERSION */
	__u8 flags;
	__u8 gateway[2];	/* gateway id */
	__u8 sr[2];		/* SR id of the sender */
	__u8 group[2];		/* id of the interface group */
};

/**
 * saa_geneve_opt() - the option of a packet
 * @opt: filled in
 * @flags: SAA_GENEVE_* bits
 * @gateway: gateway id, host byte order, as the others
 * @sr: SR id of the sender
 * @group: id of the interface group
 */
static inline void saa_geneve_opt(struct saa_geneve_opt *opt, __u8 flags,
				  __u16 gateway, __u16 sr, __u16 group)
{
	opt->class[0] = SAA_GENEVE_CLASS >> 8;
	opt->class[1] = SAA_GENEVE_CLASS & 0xff;
	opt->type = SAA_GENEVE_TYPE;
	opt->words = SAA_GENEVE_WORDS;
	opt->version = SAA_PUNT_VERSION;
	opt->flags = flags;
	opt->gateway[0] = gateway >> 8;
	opt->gateway[1] = gateway & 0xff;
	opt->sr[0] = sr >> 8;
	opt->sr[1] = sr & 0xff;
	opt->group[0] = group >> 8;
	opt->group[1] = group & 0xff;
}

/* Bytes before the IP packet: IP, UDP and Geneve header, option, Ethernet. */
#define SAA_GENEVE_OVERHEAD4	(20 + 8 + 8 + 12 + 14)
#define SAA_GENEVE_OVERHEAD6	(40 + 8 + 8 + 12 + 14)

/*
 * The addresses that a packet is steered by, as saa_parse.h finds them; in
 * network byte order, IPv4 in the first 4 bytes, the rest undefined.
 *
 * @src, @dst: of the packet; of an ICMP error the addresses of the quoted
 *	packet exchanged, so that they look like a packet of the same flow that
 *	goes the error's way
 * @local: the packet's own destination, to tell what is for this SR
 * @family: AF_INET or AF_INET6
 * @unattributed: 1 if these are the packet's own addresses only because no quote
 *	was found where there should be one, or because more headers precede
 *	what would tell
 */
struct saa_flow {
	__u8 src[16];
	__u8 dst[16];
	__u8 local[16];
	__u8 family;
	__u8 unattributed;
	__u8 reserved[2];	/* 0 */
} __attribute__((aligned(4)));

/*
 * Argument of the kfunc that the module offers to XDP programs:
 *
 *   int saa_xdp_steer(struct xdp_md *ctx, struct saa_xdp_steer *arg,
 *		       u32 arg__sz);
 *
 * The caller fills in what the packet says. The return value is an enum
 * saa_xdp_verdict; the outputs are set only with SAA_XDP_PUNT and
 * SAA_XDP_GENEVE, the last ones only with SAA_XDP_GENEVE.
 */
struct saa_xdp_steer {
	/* in */
	struct saa_flow flow;
	__u16 vlan;		/* VID of an 802.1Q tag in the frame, else 0 */
	__u16 l3_len;		/* bytes of the frame from the IP header on */
	/* out */
	__u32 ifindex;		/* device to redirect to */
	__u8 dmac[6];		/* MAC addresses of the punt frame */
	__u8 smac[6];
	__u16 vid;		/* VID of the punt frame */
	__u16 reserved;		/* neither set nor read */
	/* out, of the packet that the frame goes in */
	__u8 outer_dmac[6];
	__u8 outer_smac[6];
	__u8 src[16];		/* network byte order, IPv4 in the first 4 */
	__u8 dst[16];
	struct saa_geneve_opt opt;
	__u32 vni;
	__u16 udp_port;
	__u8 family;
	__u8 ttl;
};

enum saa_xdp_verdict {
	SAA_XDP_PASS,		/* not to be punted, or only the module can */
	SAA_XDP_PUNT,		/* rewrite as told and redirect */
	SAA_XDP_DROP,		/* no SR owns it; counted */
	SAA_XDP_GENEVE,		/* put it into Geneve as told and redirect */
};

#ifdef __cplusplus
#define SAA_ASSERT(cond) static_assert(cond, #cond)
#else
#define SAA_ASSERT(cond) _Static_assert(cond, #cond)
#endif
SAA_ASSERT(sizeof(struct saa_row) == 4);
SAA_ASSERT(sizeof(struct saa_announce) == 46);
SAA_ASSERT(sizeof(struct saa_geneve_opt) == 4 + 4 * SAA_GENEVE_WORDS);
SAA_ASSERT(__builtin_offsetof(struct saa_geneve_opt, group) == 10);
SAA_ASSERT(sizeof(struct saa_xdp_steer) == 140);
SAA_ASSERT(sizeof(struct saa_flow) == 52);
SAA_ASSERT(__builtin_offsetof(struct saa_xdp_steer, vlan) == 52);
SAA_ASSERT(__builtin_offsetof(struct saa_xdp_steer, ifindex) == 56);
SAA_ASSERT(__builtin_offsetof(struct saa_xdp_steer, vid) == 72);
SAA_ASSERT(__builtin_offsetof(struct saa_xdp_steer, src) == 88);
SAA_ASSERT(__builtin_offsetof(struct saa_xdp_steer, vni) == 132);

#endif /* _UAPI_LINUX_SAA_PUNT_H */
