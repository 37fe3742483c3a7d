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
	X(NOT_FOR_US, "not-for-us", DROP,				\
	  "frame on a punt switch for another MAC address")		\
	X(BAD_SENDER, "bad-sender", DROP,				\
	  "frame on a punt switch from no SR of this gateway")		\
	X(BAD_FRAME, "bad-frame", DROP,					\
	  "frame on a punt switch without tag, or not IP")		\
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
	X(SNAT_NOT_OWNER, "snat-not-owner", DROP,			\
	  "would take a mapping here, but another SR owns the flow")	\
	X(SNAT_STRAY, "snat-stray", DROP,				\
	  "to a pool address, matches no flow")

#endif /* _UAPI_LINUX_SAA_COUNTERS_H */
