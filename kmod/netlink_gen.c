// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/saa.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink_gen.h"

#include <uapi/linux/saa.h>

/* Integer value ranges */
static const struct netlink_range_validation saa_a_gateway_buckets_range = {
	.min	= 256ULL,
	.max	= 65536ULL,
};

static const struct netlink_range_validation saa_a_port_vni_range = {
	.min	= 1ULL,
	.max	= 16777215ULL,
};

static const struct netlink_range_validation saa_a_sync_timeout_range = {
	.min	= 500ULL,
	.max	= 60000ULL,
};

/* Common nested types */
const struct nla_policy saa_counter_nl_policy[SAA_A_COUNTER_DOC + 1] = {
	[SAA_A_COUNTER_NAME] = { .type = NLA_NUL_STRING, },
	[SAA_A_COUNTER_KIND] = NLA_POLICY_MAX(NLA_U8, 2),
	[SAA_A_COUNTER_PACKETS] = { .type = NLA_UINT, },
	[SAA_A_COUNTER_DOC] = { .type = NLA_NUL_STRING, },
};

const struct nla_policy saa_gateway_nl_policy[SAA_A_GATEWAY_GENERATION + 1] = {
	[SAA_A_GATEWAY_NAME] = { .type = NLA_NUL_STRING, .len = SAA_NAME_MAX, },
	[SAA_A_GATEWAY_ID] = NLA_POLICY_MIN(NLA_U16, 1),
	[SAA_A_GATEWAY_SR] = NLA_POLICY_MIN(NLA_U16, 1),
	[SAA_A_GATEWAY_KEY] = NLA_POLICY_EXACT_LEN(SAA_KEY_LEN),
	[SAA_A_GATEWAY_BUCKETS] = NLA_POLICY_FULL_RANGE(NLA_U32, &saa_a_gateway_buckets_range),
	[SAA_A_GATEWAY_GENERATION] = { .type = NLA_U32, },
};

const struct nla_policy saa_group_nl_policy[SAA_A_GROUP_IFINDEX + 1] = {
	[SAA_A_GROUP_ID] = NLA_POLICY_RANGE(NLA_U16, 1, 4094),
	[SAA_A_GROUP_NAME] = { .type = NLA_NUL_STRING, .len = SAA_NAME_MAX, },
	[SAA_A_GROUP_SIDE] = NLA_POLICY_MAX(NLA_U8, 1),
	[SAA_A_GROUP_IFNAME] = { .type = NLA_NUL_STRING, .len = 15, },
	[SAA_A_GROUP_IFINDEX] = { .type = NLA_U32, },
};

const struct nla_policy saa_lookup_nl_policy[SAA_A_LOOKUP_SNAT_PRIORITY + 1] = {
	[SAA_A_LOOKUP_SOURCE] = { .type = NLA_BINARY, },
	[SAA_A_LOOKUP_DESTINATION] = { .type = NLA_BINARY, },
	[SAA_A_LOOKUP_GROUP] = NLA_POLICY_RANGE(NLA_U16, 1, 4094),
	[SAA_A_LOOKUP_OUT_GROUP] = NLA_POLICY_RANGE(NLA_U16, 1, 4094),
	[SAA_A_LOOKUP_VERDICT] = NLA_POLICY_MAX(NLA_U8, 5),
	[SAA_A_LOOKUP_HASH] = { .type = NLA_U32, },
	[SAA_A_LOOKUP_BUCKET] = { .type = NLA_U32, },
	[SAA_A_LOOKUP_PRIMARY] = { .type = NLA_U16, },
	[SAA_A_LOOKUP_BACKUP] = { .type = NLA_U16, },
	[SAA_A_LOOKUP_OWNER] = { .type = NLA_U16, },
	[SAA_A_LOOKUP_SNAT_PRIORITY] = { .type = NLA_U32, },
};

const struct nla_policy saa_port_nl_policy[SAA_A_PORT_UDP_PORT + 1] = {
	[SAA_A_PORT_SIDE] = NLA_POLICY_MAX(NLA_U8, 1),
	[SAA_A_PORT_IFNAME] = { .type = NLA_NUL_STRING, .len = 15, },
	[SAA_A_PORT_TRANSPORT] = NLA_POLICY_MAX(NLA_U8, 1),
	[SAA_A_PORT_IFINDEX] = { .type = NLA_U32, },
	[SAA_A_PORT_MAC] = NLA_POLICY_EXACT_LEN(6),
	[SAA_A_PORT_VNI] = NLA_POLICY_FULL_RANGE(NLA_U32, &saa_a_port_vni_range),
	[SAA_A_PORT_UDP_PORT] = NLA_POLICY_MIN(NLA_U16, 1),
};

const struct nla_policy saa_rows_nl_policy[SAA_A_ROWS_ROWS + 1] = {
	[SAA_A_ROWS_START] = { .type = NLA_U32, },
	[SAA_A_ROWS_ROWS] = { .type = NLA_BINARY, },
};

const struct nla_policy saa_snat_nl_policy[SAA_A_SNAT_FLOWS + 1] = {
	[SAA_A_SNAT_PRIORITY] = { .type = NLA_U32, },
	[SAA_A_SNAT_FAMILY] = { .type = NLA_U8, },
	[SAA_A_SNAT_GROUP] = NLA_POLICY_RANGE(NLA_U16, 1, 4094),
	[SAA_A_SNAT_SOURCE] = { .type = NLA_BINARY, },
	[SAA_A_SNAT_SOURCE_LEN] = NLA_POLICY_MAX(NLA_U8, 128),
	[SAA_A_SNAT_DESTINATION] = { .type = NLA_BINARY, },
	[SAA_A_SNAT_DESTINATION_LEN] = NLA_POLICY_MAX(NLA_U8, 128),
	[SAA_A_SNAT_TO_FIRST] = { .type = NLA_BINARY, },
	[SAA_A_SNAT_TO_LAST] = { .type = NLA_BINARY, },
	[SAA_A_SNAT_PORT_FIRST] = NLA_POLICY_MIN(NLA_U16, 1),
	[SAA_A_SNAT_PORT_LAST] = NLA_POLICY_MIN(NLA_U16, 1),
	[SAA_A_SNAT_FLAGS] = NLA_POLICY_MASK(NLA_U32, 0x7),
	[SAA_A_SNAT_FLOWS] = { .type = NLA_UINT, },
};

const struct nla_policy saa_sr_nl_policy[SAA_A_SR_ADDRESS + 1] = {
	[SAA_A_SR_ID] = NLA_POLICY_MIN(NLA_U16, 1),
	[SAA_A_SR_NAME] = { .type = NLA_NUL_STRING, .len = SAA_NAME_MAX, },
	[SAA_A_SR_STATE] = NLA_POLICY_MAX(NLA_U8, 2),
	[SAA_A_SR_TX_PACKETS] = { .type = NLA_UINT, },
	[SAA_A_SR_RX_PACKETS] = { .type = NLA_UINT, },
	[SAA_A_SR_ADDRESS] = { .type = NLA_BINARY, },
};

const struct nla_policy saa_sync_nl_policy[SAA_A_SYNC_NETNS + 1] = {
	[SAA_A_SYNC_PARTNER] = NLA_POLICY_MIN(NLA_U16, 1),
	[SAA_A_SYNC_LOCAL] = { .type = NLA_BINARY, },
	[SAA_A_SYNC_REMOTE] = { .type = NLA_BINARY, },
	[SAA_A_SYNC_PORT] = NLA_POLICY_MIN(NLA_U16, 1),
	[SAA_A_SYNC_MODE] = NLA_POLICY_MAX(NLA_U8, 1),
	[SAA_A_SYNC_KEY] = NLA_POLICY_EXACT_LEN(SAA_SYNC_KEY_LEN),
	[SAA_A_SYNC_OLD_KEY] = NLA_POLICY_EXACT_LEN(SAA_SYNC_KEY_LEN),
	[SAA_A_SYNC_TIMEOUT] = NLA_POLICY_FULL_RANGE(NLA_U32, &saa_a_sync_timeout_range),
	[SAA_A_SYNC_STRICT_TIMEOUT] = NLA_POLICY_RANGE(NLA_U32, 1, 1000),
	[SAA_A_SYNC_RESYNC] = { .type = NLA_FLAG, },
	[SAA_A_SYNC_STATUS] = NLA_POLICY_MASK(NLA_U32, 0xf),
	[SAA_A_SYNC_ERROR] = { .type = NLA_NUL_STRING, },
	[SAA_A_SYNC_COUNTER] = NLA_POLICY_NESTED(saa_counter_nl_policy),
	[SAA_A_SYNC_NETNS_FD] = { .type = NLA_U32, },
	[SAA_A_SYNC_NETNS] = { .type = NLA_U32, },
};

/* SAA_CMD_GET - dump */
static const struct nla_policy saa_get_nl_policy[SAA_A_KINDS + 1] = {
	[SAA_A_KINDS] = NLA_POLICY_MASK(NLA_U32, 0x7f),
};

/* SAA_CMD_SET - do */
static const struct nla_policy saa_set_nl_policy[SAA_A_SYNC + 1] = {
	[SAA_A_GATEWAY] = NLA_POLICY_NESTED(saa_gateway_nl_policy),
	[SAA_A_SR] = NLA_POLICY_NESTED(saa_sr_nl_policy),
	[SAA_A_GROUP] = NLA_POLICY_NESTED(saa_group_nl_policy),
	[SAA_A_PORT] = NLA_POLICY_NESTED(saa_port_nl_policy),
	[SAA_A_ROWS] = NLA_POLICY_NESTED(saa_rows_nl_policy),
	[SAA_A_SNAT] = NLA_POLICY_NESTED(saa_snat_nl_policy),
	[SAA_A_SYNC] = NLA_POLICY_NESTED(saa_sync_nl_policy),
	[SAA_A_DRY_RUN] = { .type = NLA_FLAG, },
};

/* SAA_CMD_NEW - do */
static const struct nla_policy saa_new_nl_policy[SAA_A_SYNC + 1] = {
	[SAA_A_GATEWAY] = NLA_POLICY_NESTED(saa_gateway_nl_policy),
	[SAA_A_SR] = NLA_POLICY_NESTED(saa_sr_nl_policy),
	[SAA_A_GROUP] = NLA_POLICY_NESTED(saa_group_nl_policy),
	[SAA_A_PORT] = NLA_POLICY_NESTED(saa_port_nl_policy),
	[SAA_A_ROWS] = NLA_POLICY_NESTED(saa_rows_nl_policy),
	[SAA_A_SNAT] = NLA_POLICY_NESTED(saa_snat_nl_policy),
	[SAA_A_SYNC] = NLA_POLICY_NESTED(saa_sync_nl_policy),
	[SAA_A_DRY_RUN] = { .type = NLA_FLAG, },
};

/* SAA_CMD_CHANGE - do */
static const struct nla_policy saa_change_nl_policy[SAA_A_SYNC + 1] = {
	[SAA_A_GATEWAY] = NLA_POLICY_NESTED(saa_gateway_nl_policy),
	[SAA_A_SR] = NLA_POLICY_NESTED(saa_sr_nl_policy),
	[SAA_A_GROUP] = NLA_POLICY_NESTED(saa_group_nl_policy),
	[SAA_A_PORT] = NLA_POLICY_NESTED(saa_port_nl_policy),
	[SAA_A_ROWS] = NLA_POLICY_NESTED(saa_rows_nl_policy),
	[SAA_A_SNAT] = NLA_POLICY_NESTED(saa_snat_nl_policy),
	[SAA_A_SYNC] = NLA_POLICY_NESTED(saa_sync_nl_policy),
	[SAA_A_DRY_RUN] = { .type = NLA_FLAG, },
};

/* SAA_CMD_DEL - do */
static const struct nla_policy saa_del_nl_policy[SAA_A_SYNC + 1] = {
	[SAA_A_GATEWAY] = NLA_POLICY_NESTED(saa_gateway_nl_policy),
	[SAA_A_SR] = NLA_POLICY_NESTED(saa_sr_nl_policy),
	[SAA_A_GROUP] = NLA_POLICY_NESTED(saa_group_nl_policy),
	[SAA_A_PORT] = NLA_POLICY_NESTED(saa_port_nl_policy),
	[SAA_A_ROWS] = NLA_POLICY_NESTED(saa_rows_nl_policy),
	[SAA_A_SNAT] = NLA_POLICY_NESTED(saa_snat_nl_policy),
	[SAA_A_SYNC] = NLA_POLICY_NESTED(saa_sync_nl_policy),
	[SAA_A_DRY_RUN] = { .type = NLA_FLAG, },
};

/* SAA_CMD_EXPLAIN - do */
static const struct nla_policy saa_explain_nl_policy[SAA_A_LOOKUP + 1] = {
	[SAA_A_LOOKUP] = NLA_POLICY_NESTED(saa_lookup_nl_policy),
};

/* Ops table for saa */
static const struct genl_split_ops saa_nl_ops[] = {
	{
		.cmd		= SAA_CMD_GET,
		.dumpit		= saa_nl_get_dumpit,
		.policy		= saa_get_nl_policy,
		.maxattr	= SAA_A_KINDS,
		.flags		= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= SAA_CMD_SET,
		.pre_doit	= saa_nl_pre_admin,
		.doit		= saa_nl_set_doit,
		.policy		= saa_set_nl_policy,
		.maxattr	= SAA_A_SYNC,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SAA_CMD_NEW,
		.pre_doit	= saa_nl_pre_admin,
		.doit		= saa_nl_new_doit,
		.policy		= saa_new_nl_policy,
		.maxattr	= SAA_A_SYNC,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SAA_CMD_CHANGE,
		.pre_doit	= saa_nl_pre_admin,
		.doit		= saa_nl_change_doit,
		.policy		= saa_change_nl_policy,
		.maxattr	= SAA_A_SYNC,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SAA_CMD_DEL,
		.pre_doit	= saa_nl_pre_admin,
		.doit		= saa_nl_del_doit,
		.policy		= saa_del_nl_policy,
		.maxattr	= SAA_A_SYNC,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SAA_CMD_EXPLAIN,
		.pre_doit	= saa_nl_pre_admin,
		.doit		= saa_nl_explain_doit,
		.policy		= saa_explain_nl_policy,
		.maxattr	= SAA_A_LOOKUP,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd	= SAA_CMD_STATS,
		.dumpit	= saa_nl_stats_dumpit,
		.flags	= GENL_CMD_CAP_DUMP,
	},
};

static const struct genl_multicast_group saa_nl_mcgrps[] = {
	[SAA_NLGRP_CONFIG] = { "config", },
};

struct genl_family saa_nl_family __ro_after_init = {
	.name		= SAA_FAMILY_NAME,
	.version	= SAA_FAMILY_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.split_ops	= saa_nl_ops,
	.n_split_ops	= ARRAY_SIZE(saa_nl_ops),
	.mcgrps		= saa_nl_mcgrps,
	.n_mcgrps	= ARRAY_SIZE(saa_nl_mcgrps),
};
