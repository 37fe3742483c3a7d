// SPDX-License-Identifier: GPL-2.0-only
/*
 * "explain": what steering would do with a packet, found by the code that does
 * it, and the SNAT rule that a new flow would take.
 */

#include <uapi/linux/saa_parse.h>
#include "netlink_gen.h"
#include "owner.h"

struct saa_question {
	struct saa_flow flow;
	const struct saa_group *in;
	const struct saa_group *out;
};

static int saa_question_group(const struct saa_config *cfg,
			      const struct nlattr *attr,
			      const struct saa_group **group,
			      struct netlink_ext_ack *extack)
{
	*group = saa_group_by_id(cfg, nla_get_u16(attr));
	if (*group)
		return 0;
	NL_SET_ERR_MSG_FMT_MOD(extack, "no group %u", nla_get_u16(attr));
	NL_SET_BAD_ATTR(extack, attr);
	return -ENOENT;
}

static int saa_question_parse(const struct saa_config *cfg,
			      struct nlattr *tb[], struct saa_question *q,
			      struct netlink_ext_ack *extack)
{
	union nf_inet_addr src, dst;
	int err;

	q->flow.family = nla_len(tb[SAA_A_LOOKUP_SOURCE]) == 4 ? AF_INET :
								 AF_INET6;
	err = saa_parse_addr(tb[SAA_A_LOOKUP_SOURCE], q->flow.family, &src,
			     extack) ?:
	      saa_parse_addr(tb[SAA_A_LOOKUP_DESTINATION], q->flow.family,
			     &dst, extack) ?:
	      saa_question_group(cfg, tb[SAA_A_LOOKUP_GROUP], &q->in, extack);
	if (err)
		return err;
	memcpy(q->flow.src, &src, sizeof(q->flow.src));
	memcpy(q->flow.dst, &dst, sizeof(q->flow.dst));
	memcpy(q->flow.local, &dst, sizeof(q->flow.local));
	if (!tb[SAA_A_LOOKUP_OUT_GROUP])
		return 0;
	return saa_question_group(cfg, tb[SAA_A_LOOKUP_OUT_GROUP], &q->out,
				  extack);
}

static bool saa_never_steered(const struct saa_flow *flow)
{
	if (flow->family == AF_INET)
		return saa_never4(flow->src) || saa_never4(flow->dst);
	return saa_never6(flow->src) || saa_never6(flow->dst);
}

static int saa_answer(struct sk_buff *skb, const struct saa_net *sn,
		      const struct saa_config *cfg,
		      const struct saa_question *q)
{
	const struct net_device *dev = rcu_dereference(q->in->member.dev);
	const struct saa_snat_rule *rule = NULL;
	struct saa_decision d = {};
	struct saa_sr *owner = NULL;
	enum saa_verdict verdict;
	struct nlattr *nest;

	if (saa_never_steered(&q->flow)) {
		verdict = SAA_VERDICT_NOT_STEERED;
	} else {
		verdict = saa_decide(sn, dev ?: sn->net->loopback_dev, cfg,
				     q->in->side, &q->flow, &owner);
		saa_decide_why(cfg, q->in->side, &q->flow, &d);
	}
	if (q->out)
		rule = saa_snat_match(cfg, q->flow.family, q->out->id,
				      q->flow.src, q->flow.dst);

	nest = nla_nest_start(skb, SAA_A_LOOKUP);
	if (!nest || nla_put_u8(skb, SAA_A_LOOKUP_VERDICT, verdict))
		return -EMSGSIZE;
	if (d.primary &&
	    (nla_put_u32(skb, SAA_A_LOOKUP_HASH, d.hash) ||
	     nla_put_u32(skb, SAA_A_LOOKUP_BUCKET, d.bucket) ||
	     nla_put_u16(skb, SAA_A_LOOKUP_PRIMARY, d.primary->id)))
		return -EMSGSIZE;
	if (d.backup && nla_put_u16(skb, SAA_A_LOOKUP_BACKUP, d.backup->id))
		return -EMSGSIZE;
	if (owner && nla_put_u16(skb, SAA_A_LOOKUP_OWNER, owner->id))
		return -EMSGSIZE;
	if (rule && nla_put_u32(skb, SAA_A_LOOKUP_SNAT_PRIORITY,
				rule->spec.priority))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

int saa_nl_explain_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct saa_net *sn = saa_pernet(genl_info_net(info));
	struct nlattr *tb[SAA_A_LOOKUP_MAX + 1];
	const struct saa_config *cfg;
	struct saa_question q = {};
	struct sk_buff *reply;
	void *hdr;
	int err;

	if (GENL_REQ_ATTR_CHECK(info, SAA_A_LOOKUP))
		return -EINVAL;
	err = nla_parse_nested(tb, SAA_A_LOOKUP_MAX, info->attrs[SAA_A_LOOKUP],
			       saa_lookup_nl_policy, info->extack);
	if (err)
		return err;
	if (!tb[SAA_A_LOOKUP_SOURCE] || !tb[SAA_A_LOOKUP_DESTINATION] ||
	    !tb[SAA_A_LOOKUP_GROUP]) {
		NL_SET_ERR_MSG_MOD(info->extack,
				   "source, destination and group are needed");
		return -EINVAL;
	}

	reply = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!reply)
		return -ENOMEM;
	hdr = genlmsg_put_reply(reply, info, &saa_nl_family, 0,
				SAA_CMD_EXPLAIN);

	rcu_read_lock();
	cfg = rcu_dereference(sn->config);
	if (cfg) {
		err = saa_question_parse(cfg, tb, &q, info->extack);
		if (!err)
			err = saa_answer(reply, sn, cfg, &q);
	} else {
		NL_SET_ERR_MSG_MOD(info->extack, "no gateway");
		err = -ENOENT;
	}
	rcu_read_unlock();

	if (err) {
		nlmsg_free(reply);
		return err;
	}
	genlmsg_end(reply, hdr);
	return genlmsg_reply(reply, info);
}
