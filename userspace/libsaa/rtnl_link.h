/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Making what connects two network namespaces: veth pairs, their addresses and
 * routes. Each returns 0, or -errno with rt->error; what is there already is no
 * error.
 */
#ifndef SAA_RTNL_LINK_H
#define SAA_RTNL_LINK_H

#include "rtnl.h"

/*
 * @peer is in the namespace of the open file @netns. Both are down; @name is in the
 * device group @group from the first moment on.
 */
int saa_rtnl_add_veth(struct saa_rtnl *rt, const char *name, const char *peer,
		      int netns, uint32_t mtu, uint32_t group);
int saa_rtnl_del_link(struct saa_rtnl *rt, uint32_t ifindex);
int saa_rtnl_set_up(struct saa_rtnl *rt, uint32_t ifindex);
int saa_rtnl_set_alias(struct saa_rtnl *rt, uint32_t ifindex, const char *alias);

/* To the namespace of the open file @netns; it loses its addresses, and is down. */
int saa_rtnl_move(struct saa_rtnl *rt, uint32_t ifindex, int netns);

/* Has it an address other than that of the link itself? */
int saa_rtnl_has_addr(struct saa_rtnl *rt, uint32_t ifindex, bool *has);
int saa_rtnl_add_addr(struct saa_rtnl *rt, uint32_t ifindex,
		      const struct saa_addr *addr, unsigned int len);

/* A unicast route "proto saa". */
struct saa_route {
	struct saa_addr dst, via;
	uint8_t len;
	uint32_t ifindex;
};

struct saa_routes {
	struct saa_route *at;
	size_t n;
};

/* Those of the main table by one interface, 0: by any; freed by the caller. */
int saa_rtnl_get_routes(struct saa_rtnl *rt, uint32_t ifindex,
			struct saa_routes *routes);
/* One of @want that a route of somebody else is in the way of, or NULL. */
int saa_rtnl_in_way(struct saa_rtnl *rt, const struct saa_routes *want,
		    const struct saa_route **in_way);
bool saa_routes_have(const struct saa_routes *routes, const struct saa_route *r);
/* @have are there, and become @want: first some go, so that others can come. */
int saa_rtnl_set_routes(struct saa_rtnl *rt, const struct saa_routes *have,
			const struct saa_routes *want);

/* Have the interface receive frames for this address, too; or no longer. */
int saa_rtnl_set_mac_filter(struct saa_rtnl *rt, uint32_t ifindex,
			    const uint8_t mac[6], bool on);

#endif
