/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tc filters that lead the punt frames of one gateway from where an interface
 * receives them to another interface: as they are, into Geneve, or out of it.
 */
#ifndef SAA_RTNL_FILTER_H
#define SAA_RTNL_FILTER_H

#include "rtnl.h"

/*
 * The tag of a frame is its group, which over Geneve the option says. All that
 * the option and the outer header say has to be as here.
 */
enum saa_filter_kind {
	SAA_FILTER_PLAIN,	/* redirect */
	SAA_FILTER_ENCAP,	/* the tag goes, @to is the geneve device */
	SAA_FILTER_DECAP,	/* from the geneve device; the tag comes */
};

struct saa_filter {
	enum saa_filter_kind kind;
	uint32_t to;			/* ifindex */
	uint8_t src[6], dst[6];		/* MAC addresses, 0: any */
	uint16_t group;			/* but of SAA_FILTER_PLAIN, as the next */
	uint32_t vni;
	struct saa_addr local, remote;	/* end points of the tunnel */
	struct saa_geneve_opt opt;
};

struct saa_filters {
	struct saa_filter *at;
	size_t n;
};

/*
 * The filters of the gateway @id's @side, an enum saa_side, become @want; nobody
 * else's is touched. One that stays is replaced in one step. -errno with
 * rt->error.
 */
int saa_rtnl_set_filters(struct saa_rtnl *rt, uint32_t ifindex, uint16_t id,
			 uint8_t side, const struct saa_filters *want);

/* Are there any of these? */
int saa_rtnl_has_filters(struct saa_rtnl *rt, uint32_t ifindex, uint16_t id,
			 uint8_t side, bool *has);

/*
 * Can this kernel translate to and from Geneve? Asked in a namespace of its own,
 * so nothing is changed. -errno with rt->error, which names the module.
 */
int saa_rtnl_try_filters(struct saa_rtnl *rt);

#endif
