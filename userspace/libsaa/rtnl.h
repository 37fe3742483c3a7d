/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The little of rtnetlink that a gateway needs: routes for SNAT pools,
 * addresses, links.
 */
#ifndef SAA_RTNL_H
#define SAA_RTNL_H

#include "nl.h"

#define SAA_RTPROT 83		/* "proto saa" of the routes made here */

struct saa_rtnl {
	struct nl_sock *sock;
	struct saa_extack ext;
	char error[640];
};

struct saa_link {
	uint32_t ifindex;
	char name[IF_NAMESIZE];
	char kind[16];		/* "veth", "vlan", "bond", ... or empty */
	uint32_t lower;		/* IFLA_LINK: peer of a veth, lower of a VLAN */
	int lower_netns;	/* IFLA_LINK_NETNSID, or -1: this namespace */
	uint16_t vlan;		/* VLAN id, or 0 */
	uint16_t vlan_proto;	/* its EtherType, or 0 */
	uint32_t group, mtu;
	uint32_t master;	/* the bridge, bond, ... that it is in, or 0 */
	uint32_t xdp_id;	/* of the attached program, or 0 */
	uint8_t xdp_mode;	/* XDP_ATTACHED_* */
	bool up;
	char alias[256];
};

int saa_rtnl_open(struct saa_rtnl *rt);
void saa_rtnl_close(struct saa_rtnl *rt);

/*
 * A message with its header; send and free it: -errno with rt->error, "cannot
 * @what: ..."; @fine is an error that is none.
 */
struct nl_msg *saa_rtnl_msg(int type, int flags, void *header, size_t len);
int saa_rtnl_send(struct saa_rtnl *rt, struct nl_msg *msg, int fine,
		  const char *what);

int saa_rtnl_links(struct saa_rtnl *rt, struct saa_link **links, size_t *n);
const struct saa_link *saa_link_by_name(const struct saa_link *links, size_t n,
					const char *name);
const struct saa_link *saa_link_by_index(const struct saa_link *links, size_t n,
					 uint32_t ifindex);
int saa_rtnl_set_group(struct saa_rtnl *rt, uint32_t ifindex, uint32_t group);

/* The interface that a packet to @dst leaves by; 0 if there is no route. */
int saa_rtnl_route(struct saa_rtnl *rt, const struct saa_addr *dst,
		   uint32_t *ifindex);

/*
 * The first pool address of @conf's SNAT rules that an interface has:
 * -EADDRINUSE, with rt->error and the rule's priority in @priority.
 */
int saa_rtnl_check_pools(struct saa_rtnl *rt, const struct saa_conf *conf,
			 uint32_t *priority);

/*
 * Make the blackhole routes "proto saa" those of @conf's pools, no more, no
 * fewer: a prefix each, as few as cover the pools.
 */
int saa_rtnl_sync_routes(struct saa_rtnl *rt, const struct saa_conf *conf);

#endif
