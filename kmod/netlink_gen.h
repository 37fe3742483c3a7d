/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/saa.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_SAA_GEN_H
#define _LINUX_SAA_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/saa.h>

/* Common nested types */
extern const struct nla_policy saa_counter_nl_policy[SAA_A_COUNTER_DOC + 1];
extern const struct nla_policy saa_gateway_nl_policy[SAA_A_GATEWAY_GENERATION + 1];
extern const struct nla_policy saa_group_nl_policy[SAA_A_GROUP_IFINDEX + 1];
extern const struct nla_policy saa_lookup_nl_policy[SAA_A_LOOKUP_SNAT_PRIORITY + 1];
extern const struct nla_policy saa_port_nl_policy[SAA_A_PORT_UDP_PORT + 1];
extern const struct nla_policy saa_rows_nl_policy[SAA_A_ROWS_ROWS + 1];
extern const struct nla_policy saa_snat_nl_policy[SAA_A_SNAT_FLOWS + 1];
extern const struct nla_policy saa_sr_nl_policy[SAA_A_SR_ADDRESS + 1];
extern const struct nla_policy saa_sync_nl_policy[SAA_A_SYNC_NETNS + 1];

int saa_nl_pre_admin(const struct genl_split_ops *ops, struct sk_buff *skb,
		     struct genl_info *info);

int saa_nl_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int saa_nl_set_doit(struct sk_buff *skb, struct genl_info *info);
int saa_nl_new_doit(struct sk_buff *skb, struct genl_info *info);
int saa_nl_change_doit(struct sk_buff *skb, struct genl_info *info);
int saa_nl_del_doit(struct sk_buff *skb, struct genl_info *info);
int saa_nl_explain_doit(struct sk_buff *skb, struct genl_info *info);
int saa_nl_stats_dumpit(struct sk_buff *skb, struct netlink_callback *cb);

enum {
	SAA_NLGRP_CONFIG,
};

extern struct genl_family saa_nl_family;

#endif /* _LINUX_SAA_GEN_H */
