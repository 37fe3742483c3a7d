/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Flows of conntrack, as ctnetlink tells them: what two SRs of a pair should
 * know alike. How old they are and how long they last is not in it.
 */
#ifndef SAA_CT_H
#define SAA_CT_H

#include <netlink/msg.h>

#include "addr.h"

#define SAA_CT_HELPER_LEN	16
#define SAA_CT_LABELS_LEN	16

/* Ports; of ICMP the id, and 256 times the type, and the code. */
struct saa_tuple {
	struct saa_addr src, dst;
	uint16_t src_id, dst_id;
};

struct saa_ct {
	uint8_t protocol;
	uint8_t state;		/* of TCP and SCTP */
	uint16_t zone;
	struct saa_tuple orig, reply;
	uint32_t status;	/* IPS_*: of SAA_SYNC_STATUS */
	uint32_t mark;
	uint8_t labels[SAA_CT_LABELS_LEN];
	char helper[SAA_CT_HELPER_LEN];
};

struct saa_cts {
	struct saa_ct *at;
	size_t n, room;
};

struct saa_ct *saa_cts_add(struct saa_cts *flows);
void saa_cts_free(struct saa_cts *flows);

/*
 * All flows of the network namespace that a partner may have to know: not those
 * that begin or end here. 0, or -errno with @error.
 */
int saa_cts_get(struct saa_cts *flows, char error[256]);

/* One message of ctnetlink; false if it is no flow, or none for a partner. */
bool saa_ct_get(struct nlmsghdr *nlh, struct saa_ct *flow);

/* By what says which flow it is. */
int saa_ct_cmp(const struct saa_ct *a, const struct saa_ct *b);
void saa_cts_sort(struct saa_cts *flows);

#endif
