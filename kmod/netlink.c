// SPDX-License-Identifier: GPL-2.0-only
/*
 * The netlink commands. A write builds a changed configuration from the one in
 * force and the message, and publishes it; so it happens whole or not at all.
 * Documentation/netlink/specs/saa.yaml is the protocol.
 *
 * Locking: writes take RTNL, since names are bound to devices, and sn->lock.
 * A change of SRs' states alone, which is a failover, needs only sn->lock.
 */

#include <linux/rtnetlink.h>
#include <net/sock.h>
#include "netlink_gen.h"
#include "saa.h"

int saa_nl_pre_admin(const struct genl_split_ops *ops, struct sk_buff *skb,
		     struct genl_info *info)
{
	if (netlink_ns_capable(skb, genl_info_net(info)->user_ns,
			       CAP_NET_ADMIN))
		return 0;
	NL_SET_ERR_MSG_MOD(info->extack,
			   "CAP_NET_ADMIN in the namespace is needed");
	return -EPERM;
}

static int saa_nl_publish(struct saa_net *sn, struct saa_config *cfg,
			  const struct genl_info *info)
{
	return saa_config_publish(sn, cfg, info->attrs[SAA_A_DRY_RUN],
				  info->extack);
}

int saa_nl_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct saa_net *sn = saa_pernet(genl_info_net(info));
	struct saa_config *cfg;
	int err;

	cfg = saa_config_alloc();
	if (!cfg)
		return -ENOMEM;
	rtnl_lock();
	mutex_lock(&sn->lock);
	err = saa_parse_objects(cfg, saa_config_locked(sn), skb, info, true);
	if (err)
		saa_config_free(cfg);
	else
		err = saa_nl_publish(sn, cfg, info);
	mutex_unlock(&sn->lock);
	rtnl_unlock();
	return err;
}

/* Has @sr a state and an ID, each once, and nothing else? */
static bool saa_nl_is_state(const struct nlattr *sr, const struct nlattr **id,
			    const struct nlattr **state)
{
	const struct nlattr *attr;
	int rem;

	*id = NULL;
	*state = NULL;
	nla_for_each_nested(attr, sr, rem) {
		const struct nlattr **to;

		switch (nla_type(attr)) {
		case SAA_A_SR_ID:
			to = id;
			break;
		case SAA_A_SR_STATE:
			to = state;
			break;
		default:
			return false;
		}
		if (*to)
			return false;
		*to = attr;
	}
	return *id && *state;
}

/*
 * A message that does nothing but set states of SRs that exist.
 * Return: 1 if it was one and is done, else 0.
 */
static int saa_nl_set_states(struct saa_net *sn, const struct genl_info *info)
{
	const struct nlattr *attr, *id, *state;
	const struct saa_config *cfg;
	int rem, pass, done = 0;

	mutex_lock(&sn->lock);
	cfg = saa_config_locked(sn);
	if (!cfg)
		goto out;
	/* First look whether all are such, then set them. */
	for (pass = 0; pass < 2; pass++) {
		nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
			int i;

			if (nla_type(attr) != SAA_A_SR ||
			    !saa_nl_is_state(attr, &id, &state))
				goto out;
			i = saa_sr_index(cfg, nla_get_u16(id));
			if (i < 0)
				goto out;
			if (!pass)
				continue;
			saa_sr_set_state(sn, cfg, i, nla_get_u8(state));
			done = 1;
		}
	}
out:
	mutex_unlock(&sn->lock);
	return done;
}

/* Publishes a copy of the configuration in force, changed by a message. */
static int saa_nl_edit(struct saa_net *sn, const struct sk_buff *skb,
		       const struct genl_info *info)
{
	const struct saa_config *old = saa_config_locked(sn);
	struct saa_config *cfg;
	int err;

	cfg = old ? saa_config_clone(old) : saa_config_alloc();
	if (!cfg)
		return -ENOMEM;
	if (info->genlhdr->cmd == SAA_CMD_DEL)
		err = saa_parse_keys(cfg, info);
	else
		err = saa_parse_objects(cfg, old, skb, info,
					info->genlhdr->cmd == SAA_CMD_NEW);
	if (err) {
		saa_config_free(cfg);
		return err;
	}
	return saa_nl_publish(sn, cfg, info);
}

static int saa_nl_write(const struct sk_buff *skb,
			const struct genl_info *info)
{
	struct saa_net *sn = saa_pernet(genl_info_net(info));
	int err;

	rtnl_lock();
	mutex_lock(&sn->lock);
	err = saa_nl_edit(sn, skb, info);
	mutex_unlock(&sn->lock);
	rtnl_unlock();
	return err;
}

int saa_nl_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	return saa_nl_write(skb, info);
}

int saa_nl_change_doit(struct sk_buff *skb, struct genl_info *info)
{
	if (saa_nl_set_states(saa_pernet(genl_info_net(info)), info))
		return 0;
	return saa_nl_write(skb, info);
}

int saa_nl_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct saa_net *sn = saa_pernet(genl_info_net(info));
	const struct saa_config *old;
	int err = 0;

	rtnl_lock();
	mutex_lock(&sn->lock);
	old = saa_config_locked(sn);
	if (!old) {
		NL_SET_ERR_MSG_MOD(info->extack, "no gateway");
		err = -ENOENT;
	} else if (!info->attrs[SAA_A_GATEWAY]) {
		err = saa_nl_edit(sn, skb, info);
	} else if (!info->attrs[SAA_A_DRY_RUN]) {
		saa_notify_change(sn, old, NULL);
		saa_config_remove(sn);
	}
	mutex_unlock(&sn->lock);
	rtnl_unlock();
	return err;
}

/* Where a dump stands: a kind of object, and how many of it are done. */
struct saa_dump {
	u32 kinds;
	u32 kind;
	u32 done;
};

static int saa_dump_one(struct sk_buff *skb, struct netlink_callback *cb,
			const struct saa_config *cfg, u32 kind, u32 i,
			unsigned int flags)
{
	void *hdr;
	int err;

	if (kind == SAA_KINDS_PORT && !cfg->ports[i].set)
		return 0;
	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  &saa_nl_family, NLM_F_MULTI, SAA_CMD_GET);
	if (!hdr)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, hdr);
	err = saa_fill(skb, cfg, kind, i, flags);
	if (err) {
		genlmsg_cancel(skb, hdr);
		return err;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

int saa_nl_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct genl_info *info = genl_info_dump(cb);
	struct saa_dump *at = (struct saa_dump *)cb->ctx;
	struct net *net = sock_net(skb->sk);
	struct saa_net *sn = saa_pernet(net);
	const struct saa_config *cfg;
	unsigned int flags = 0;
	int err = 0;

	BUILD_BUG_ON(sizeof(*at) > sizeof(cb->ctx));
	if (netlink_ns_capable(cb->skb, net->user_ns, CAP_NET_ADMIN))
		flags = SAA_FILL_KEY;
	if (!at->kind) {
		at->kind = SAA_KINDS_GATEWAY;
		at->kinds = info->attrs[SAA_A_KINDS] ?
			    nla_get_u32(info->attrs[SAA_A_KINDS]) : ~0;
	}

	mutex_lock(&sn->lock);
	cfg = saa_config_locked(sn);
	cb->seq = sn->generation + 1;	/* 0 is "not set" */
	for (; cfg && at->kind <= SAA_KINDS_SYNC;
	     at->kind <<= 1, at->done = 0) {
		if (!(at->kinds & at->kind))
			continue;
		for (; at->done < saa_fill_count(cfg, at->kind); at->done++) {
			err = saa_dump_one(skb, cb, cfg, at->kind, at->done,
					   flags);
			if (err)
				goto out;
		}
	}
out:
	mutex_unlock(&sn->lock);
	return skb->len ? skb->len : err;
}

int saa_nl_stats_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct saa_dump *at = (struct saa_dump *)cb->ctx;
	struct saa_net *sn = saa_pernet(sock_net(skb->sk));
	struct nlattr *nest;
	void *hdr;

	for (; at->done < SAA_C_MAX; at->done++) {
		const struct saa_counter_info *c = &saa_counter_info[at->done];

		hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				  cb->nlh->nlmsg_seq, &saa_nl_family,
				  NLM_F_MULTI, SAA_CMD_STATS);
		if (!hdr)
			break;
		nest = nla_nest_start(skb, SAA_A_COUNTER);
		if (!nest ||
		    nla_put_string(skb, SAA_A_COUNTER_NAME, c->name) ||
		    nla_put_u8(skb, SAA_A_COUNTER_KIND, c->kind) ||
		    nla_put_uint(skb, SAA_A_COUNTER_PACKETS,
				 saa_stats_read(sn, at->done)) ||
		    nla_put_string(skb, SAA_A_COUNTER_DOC, c->doc)) {
			genlmsg_cancel(skb, hdr);
			break;
		}
		nla_nest_end(skb, nest);
		genlmsg_end(skb, hdr);
	}
	return skb->len;
}
