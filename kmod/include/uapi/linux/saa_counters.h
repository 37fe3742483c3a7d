/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * Every counter of the data path, once: the kernel's enum, the names that
 * netlink, the tool and the metrics show, the drop reasons of the tracepoint
 * and the documentation's table all come from this list.
 *
 * X(NAME, "name", KIND, "what is counted, in packets")
 */
#ifndef _UAPI_LINUX_SAA_COUNTERS_H
#define _UAPI_LINUX_SAA_COUNTERS_H

#define SAA_COUNTERS(X)							\
	X(OWNED, "owned", INFO,						\
	  "received on a member, owned here, processed here")		\
	X(LOCAL, "local", INFO,						\
	  "owned elsewhere, but for an address of this SR")		\
	X(NOT_STEERED, "not-steered", INFO,				\
	  "multicast, link-local and the like, left alone")		\
	X(UNATTRIBUTED, "unattributed", INFO,				\
	  "by its own addresses: an ICMP error without quote, too many headers") \
	X(PUNTED, "punted", INFO,					\
	  "switched to the owner by the module")			\
	X(PUNTED_XDP, "punted-xdp", INFO,				\
	  "switched to the owner by the XDP program")			\
	X(RECEIVED, "received", INFO,					\
	  "punted here by another SR and accepted")			\
	X(SECOND_CHANCE, "second-chance", INFO,				\
	  "punted here, owned elsewhere by this table, punted once more") \
	X(KEPT, "kept", INFO,						\
	  "owned elsewhere at the second chance, but its flow is here")	\
	X(PUNT_FRAGMENTED, "punt-fragmented", INFO,			\
	  "punted over Geneve in fragments: the underlay's MTU is too small") \
	X(ANNOUNCED, "announced", INFO,					\
	  "announcements received")					\
	X(NO_OWNER, "no-owner", DROP,					\
	  "neither primary nor backup is up")				\
	X(PORT_ABSENT, "port-absent", DROP,				\
	  "to be punted, but the shadow port has no interface or is down") \
	X(PUNT_TOO_BIG, "punt-too-big", DROP,				\
	  "to be punted, but larger than the shadow port's MTU")	\
	X(PUNT_FAILED, "punt-failed", DROP,				\
	  "to be punted, but out of memory or refused by the interface") \
	X(PUNT_NO_ROUTE, "punt-no-route", DROP,				\
	  "to be punted over Geneve, but no route to the owner's address") \
	X(NOT_FOR_US, "not-for-us", DROP,				\
	  "frame on a punt switch for another MAC address")		\
	X(BAD_SENDER, "bad-sender", DROP,				\
	  "frame on a punt switch from no SR of this gateway")		\
	X(BAD_FRAME, "bad-frame", DROP,					\
	  "frame on a punt switch without tag, or not IP")		\
	X(BAD_VNI, "bad-vni", DROP,					\
	  "Geneve packet with the VNI of no punt switch")		\
	X(BAD_TEP, "bad-tep", DROP,					\
	  "Geneve packet not from the sender's address, or not to ours") \
	X(OPTION_MISSING, "option-missing", DROP,			\
	  "Geneve packet without an option")				\
	X(OPTION_MALFORMED, "option-malformed", DROP,			\
	  "Geneve packet whose option is not as it should be")		\
	X(OPTION_CRITICAL, "option-critical", DROP,			\
	  "Geneve packet with an unknown critical option")		\
	X(OPTION_FOREIGN, "option-foreign", DROP,			\
	  "Geneve packet with another unknown option")			\
	X(BAD_GROUP, "bad-group", DROP,					\
	  "punt frame for a group that does not exist")			\
	X(WRONG_SWITCH, "wrong-switch", DROP,				\
	  "punt frame for a group or sender of the other side")		\
	X(MEMBER_ABSENT, "member-absent", DROP,				\
	  "punt frame for a group whose interface is absent or down")	\
	X(RECEIVE_FAILED, "receive-failed", DROP,			\
	  "punted here, but out of memory")				\
	X(NOT_OWNER, "not-owner", DROP,					\
	  "owned elsewhere at the second chance, no flow here")		\
	X(SNAT_MIDSTREAM, "snat-midstream", DROP,			\
	  "TCP segment without SYN that would have made a new mapping")	\
	X(SNAT_EXHAUSTED, "snat-exhausted", DROP,			\
	  "no address and port left toward this remote address")	\
	X(SNAT_FAILED, "snat-failed", DROP,				\
	  "would take a mapping here, but out of memory")		\
	X(SNAT_NOT_OWNER, "snat-not-owner", DROP,			\
	  "would take a mapping here, but another SR owns the flow")	\
	X(SNAT_STRAY, "snat-stray", DROP,				\
	  "to a pool address, matches no flow")

/* Of state sync; in records unless it says otherwise. */
#define SAA_SYNC_COUNTERS(X)						\
	X(HELD, "flows-held", GAUGE,					\
	  "flows held here for the partner")				\
	X(HELD_LOST, "held-lost", DROP,					\
	  "flows held for the partner that were removed here: for room, or by hand") \
	X(AT_RISK, "flows-at-risk", GAUGE,				\
	  "changes that the partner has not confirmed yet")		\
	X(LAG, "lag-us", GAUGE,						\
	  "microseconds from sending a change to its confirmation, last seen") \
	X(CONNECTS, "connects", INFO,					\
	  "connections, of either direction, on which the partner proved itself") \
	X(SENT, "sent", INFO,						\
	  "flows and deletions sent")					\
	X(NOT_SENT, "not-sent", INFO,					\
	  "new flows that the partner is not told of: DCCP, GRE of PPTP")	\
	X(RECEIVED, "received", INFO,					\
	  "flows and deletions received that took effect")		\
	X(BYTES_SENT, "bytes-sent", INFO,				\
	  "bytes sent, in frames")					\
	X(BYTES_RECEIVED, "bytes-received", INFO,			\
	  "bytes received, in frames")					\
	X(BULKS_SENT, "bulks-sent", INFO,				\
	  "times that all flows were sent and confirmed")		\
	X(BULKS_RECEIVED, "bulks-received", INFO,			\
	  "times that all of the partner's flows were received")	\
	X(GAPS, "gaps", INFO,						\
	  "times that changes came too fast to be queued; all flows were sent again") \
	X(WAITED, "strict-waited", INFO,				\
	  "packets that waited for the partner in strict mode")		\
	X(LATE, "strict-late", DROP,					\
	  "packets that went without the partner's confirmation in strict mode") \
	X(NO_ROUTE, "strict-no-route", DROP,				\
	  "packets dropped in strict mode: their route was being removed") \
	X(PARTNER_REFUSED, "partner-refused", GAUGE,			\
	  "records that the partner refused on this connection")	\
	X(REFUSED_PEER, "refused-peer", DROP,				\
	  "connections refused: not the partner, or it could not prove itself") \
	X(REFUSED_MALFORMED, "refused-malformed", DROP,			\
	  "refused: malformed")						\
	X(REFUSED_FULL, "refused-full", DROP,				\
	  "refused: the conntrack table is full, or no memory")		\
	X(REFUSED_BUSY, "refused-busy", DROP,				\
	  "refused: a flow that ends, or came just then, is in its place") \
	X(REFUSED_STALE, "refused-stale", DROP,				\
	  "refused: what is here is newer, or the partner does not own it") \
	X(REFUSED_CONFLICT, "refused-conflict", DROP,			\
	  "refused: its tuple or mapping is taken by another flow")	\
	X(REFUSED_EXPECT, "refused-expect", DROP,			\
	  "refused: expects what its helper here does not, or has none here")

#endif /* _UAPI_LINUX_SAA_COUNTERS_H */
