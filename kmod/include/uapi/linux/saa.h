/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/saa.yaml */
/* YNL-GEN uapi header */

#ifndef _UAPI_LINUX_SAA_H
#define _UAPI_LINUX_SAA_H

#define SAA_FAMILY_NAME		"saa"
#define SAA_FAMILY_VERSION	1

#define SAA_NAME_MAX		31
#define SAA_KEY_LEN		16
#define SAA_BUCKETS_MIN		256
#define SAA_BUCKETS_MAX		65536
#define SAA_SRS_MAX		256
#define SAA_GROUPS_MAX		256
#define SAA_SNAT_MAX		1024
#define SAA_ROWS_MAX		16000
#define SAA_GROUP_ID_MAX	4094
#define SAA_SYNC_KEY_LEN	32
#define SAA_GENEVE_PORT		6081
#define SAA_SYNC_PORT		7220

/**
 * enum saa_side - The side of the gateway that an interface or punt switch is
 *   on.
 */
enum saa_side {
	SAA_SIDE_NORTH,
	SAA_SIDE_SOUTH,
};

/**
 * enum saa_sr_state - down and syncing - the backup owns the SR's buckets; up
 *   - the SR owns them itself.
 */
enum saa_sr_state {
	SAA_SR_STATE_DOWN,
	SAA_SR_STATE_SYNCING,
	SAA_SR_STATE_UP,
};

/**
 * enum saa_transport - How punt frames travel between the shadow ports. l2 -
 *   over an Ethernet segment; geneve - over IP, through a geneve device in
 *   external mode.
 */
enum saa_transport {
	SAA_TRANSPORT_L2,
	SAA_TRANSPORT_GENEVE,
};

/**
 * enum saa_snat_flags - no-snat - leave matching flows alone, look no further;
 *   persistent - one inside address always gets the same pool address;
 *   fully-random - choose the port at random.
 */
enum saa_snat_flags {
	SAA_SNAT_FLAGS_NO_SNAT = 1,
	SAA_SNAT_FLAGS_PERSISTENT = 2,
	SAA_SNAT_FLAGS_FULLY_RANDOM = 4,
};

/**
 * enum saa_kinds - The kinds of object that a dump is limited to.
 */
enum saa_kinds {
	SAA_KINDS_GATEWAY = 1,
	SAA_KINDS_SR = 2,
	SAA_KINDS_GROUP = 4,
	SAA_KINDS_PORT = 8,
	SAA_KINDS_ROWS = 16,
	SAA_KINDS_SNAT = 32,
	SAA_KINDS_SYNC = 64,
};

/**
 * enum saa_verdict - What steering does with a packet. owned - processed here,
 *   this SR owns the bucket; local - processed here, the destination is an
 *   address of this SR; punt - switched to the owner; not-steered - the
 *   addresses are of a kind that is never steered; no-table - there is no
 *   table, nothing is steered; no-owner - neither the primary nor the backup
 *   is up, dropped.
 */
enum saa_verdict {
	SAA_VERDICT_OWNED,
	SAA_VERDICT_LOCAL,
	SAA_VERDICT_PUNT,
	SAA_VERDICT_NOT_STEERED,
	SAA_VERDICT_NO_TABLE,
	SAA_VERDICT_NO_OWNER,
};

/**
 * enum saa_counter_kind - info - a counter of what went on as it should; drop
 *   - a counter of packets dropped, or of records refused; gauge - a level,
 *   which also falls.
 */
enum saa_counter_kind {
	SAA_COUNTER_KIND_INFO,
	SAA_COUNTER_KIND_DROP,
	SAA_COUNTER_KIND_GAUGE,
};

/**
 * enum saa_sync_mode - async - packets never wait for the partner; strict -
 *   the packet that completes a connection for one of its ends waits until the
 *   partner has the state.
 */
enum saa_sync_mode {
	SAA_SYNC_MODE_ASYNC,
	SAA_SYNC_MODE_STRICT,
};

/**
 * enum saa_sync_status - sending - connected to the partner, our flows go
 *   there; receiving - the partner is connected, its flows come; sent - the
 *   partner has confirmed all of our flows, and every change since then is on
 *   its way; held - all of the partner's flows are here, and every change
 *   comes.
 */
enum saa_sync_status {
	SAA_SYNC_STATUS_SENDING = 1,
	SAA_SYNC_STATUS_RECEIVING = 2,
	SAA_SYNC_STATUS_SENT = 4,
	SAA_SYNC_STATUS_HELD = 8,
};

enum {
	SAA_A_GATEWAY_NAME = 1,
	SAA_A_GATEWAY_ID,
	SAA_A_GATEWAY_SR,
	SAA_A_GATEWAY_KEY,
	SAA_A_GATEWAY_BUCKETS,
	SAA_A_GATEWAY_GENERATION,

	__SAA_A_GATEWAY_MAX,
	SAA_A_GATEWAY_MAX = (__SAA_A_GATEWAY_MAX - 1)
};

enum {
	SAA_A_SR_ID = 1,
	SAA_A_SR_NAME,
	SAA_A_SR_STATE,
	SAA_A_SR_TX_PACKETS,
	SAA_A_SR_RX_PACKETS,
	SAA_A_SR_ADDRESS,

	__SAA_A_SR_MAX,
	SAA_A_SR_MAX = (__SAA_A_SR_MAX - 1)
};

enum {
	SAA_A_GROUP_ID = 1,
	SAA_A_GROUP_NAME,
	SAA_A_GROUP_SIDE,
	SAA_A_GROUP_IFNAME,
	SAA_A_GROUP_IFINDEX,

	__SAA_A_GROUP_MAX,
	SAA_A_GROUP_MAX = (__SAA_A_GROUP_MAX - 1)
};

enum {
	SAA_A_PORT_SIDE = 1,
	SAA_A_PORT_IFNAME,
	SAA_A_PORT_TRANSPORT,
	SAA_A_PORT_IFINDEX,
	SAA_A_PORT_MAC,
	SAA_A_PORT_VNI,
	SAA_A_PORT_UDP_PORT,

	__SAA_A_PORT_MAX,
	SAA_A_PORT_MAX = (__SAA_A_PORT_MAX - 1)
};

enum {
	SAA_A_ROWS_START = 1,
	SAA_A_ROWS_ROWS,

	__SAA_A_ROWS_MAX,
	SAA_A_ROWS_MAX = (__SAA_A_ROWS_MAX - 1)
};

enum {
	SAA_A_SNAT_PRIORITY = 1,
	SAA_A_SNAT_FAMILY,
	SAA_A_SNAT_GROUP,
	SAA_A_SNAT_SOURCE,
	SAA_A_SNAT_SOURCE_LEN,
	SAA_A_SNAT_DESTINATION,
	SAA_A_SNAT_DESTINATION_LEN,
	SAA_A_SNAT_TO_FIRST,
	SAA_A_SNAT_TO_LAST,
	SAA_A_SNAT_PORT_FIRST,
	SAA_A_SNAT_PORT_LAST,
	SAA_A_SNAT_FLAGS,
	SAA_A_SNAT_FLOWS,

	__SAA_A_SNAT_MAX,
	SAA_A_SNAT_MAX = (__SAA_A_SNAT_MAX - 1)
};

enum {
	SAA_A_SYNC_PARTNER = 1,
	SAA_A_SYNC_LOCAL,
	SAA_A_SYNC_REMOTE,
	SAA_A_SYNC_PORT,
	SAA_A_SYNC_MODE,
	SAA_A_SYNC_KEY,
	SAA_A_SYNC_OLD_KEY,
	SAA_A_SYNC_TIMEOUT,
	SAA_A_SYNC_STRICT_TIMEOUT,
	SAA_A_SYNC_RESYNC,
	SAA_A_SYNC_STATUS,
	SAA_A_SYNC_ERROR,
	SAA_A_SYNC_COUNTER,
	SAA_A_SYNC_NETNS_FD,
	SAA_A_SYNC_NETNS,

	__SAA_A_SYNC_MAX,
	SAA_A_SYNC_MAX = (__SAA_A_SYNC_MAX - 1)
};

enum {
	SAA_A_COUNTER_NAME = 1,
	SAA_A_COUNTER_KIND,
	SAA_A_COUNTER_PACKETS,
	SAA_A_COUNTER_DOC,

	__SAA_A_COUNTER_MAX,
	SAA_A_COUNTER_MAX = (__SAA_A_COUNTER_MAX - 1)
};

enum {
	SAA_A_LOOKUP_SOURCE = 1,
	SAA_A_LOOKUP_DESTINATION,
	SAA_A_LOOKUP_GROUP,
	SAA_A_LOOKUP_OUT_GROUP,
	SAA_A_LOOKUP_VERDICT,
	SAA_A_LOOKUP_HASH,
	SAA_A_LOOKUP_BUCKET,
	SAA_A_LOOKUP_PRIMARY,
	SAA_A_LOOKUP_BACKUP,
	SAA_A_LOOKUP_OWNER,
	SAA_A_LOOKUP_SNAT_PRIORITY,

	__SAA_A_LOOKUP_MAX,
	SAA_A_LOOKUP_MAX = (__SAA_A_LOOKUP_MAX - 1)
};

enum {
	SAA_A_GATEWAY = 1,
	SAA_A_SR,
	SAA_A_GROUP,
	SAA_A_PORT,
	SAA_A_ROWS,
	SAA_A_SNAT,
	SAA_A_COUNTER,
	SAA_A_LOOKUP,
	SAA_A_KINDS,
	SAA_A_DRY_RUN,
	SAA_A_SYNC,

	__SAA_A_MAX,
	SAA_A_MAX = (__SAA_A_MAX - 1)
};

enum {
	SAA_CMD_GET = 1,
	SAA_CMD_SET,
	SAA_CMD_NEW,
	SAA_CMD_CHANGE,
	SAA_CMD_DEL,
	SAA_CMD_EXPLAIN,
	SAA_CMD_STATS,
	SAA_CMD_NEW_NTF,
	SAA_CMD_DEL_NTF,

	__SAA_CMD_MAX,
	SAA_CMD_MAX = (__SAA_CMD_MAX - 1)
};

#define SAA_MCGRP_CONFIG	"config"

#endif /* _UAPI_LINUX_SAA_H */
