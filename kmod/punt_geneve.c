// SPDX-License-Identifier: GPL-2.0-only
/*
 * Punt frames over Geneve (RFC 8926), through the kernel's geneve device in
 * external mode: who they are for goes with each packet as tunnel metadata, and
 * comes with each packet received. The VNI is the punt switch, so that one
 * device can be both ports; the group is in the option. The tunnels are in this
 * namespace: a device that was moved here does not tell where its own are.
 *
 * What the outer header takes from the inner one, and gives back, is what the
 * geneve driver makes of RFC 6040. A packet that does not fit the underlay goes
 * in fragments of the outer packet: over IPv6 the driver would drop it, hence the
 * hook below.
 *
 * Nothing received is trusted: metadata is only as good as the underlay, but
 * option and addresses must fit each other, and what is configured.
 */

#include <linux/if_arp.h>
#include <linux/if_vlan.h>
#include <linux/netfilter_ipv6.h>
#include <linux/udp.h>
#include <net/addrconf.h>
#include <net/dsfield.h>
#include <net/dst_metadata.h>
#include <net/geneve.h>
#include <net/inet_ecn.h>
#include <net/ip6_route.h>
#include <net/neighbour.h>
#include <net/route.h>
#include <uapi/linux/saa_parse.h>
#include "saa.h"

/* Only the device itself can say how it is configured, under RTNL. */
static int saa_geneve_check(struct saa_port *port, struct net_device *dev,
			    struct netlink_ext_ack *extack)
{
	struct nlattr *tb[IFLA_GENEVE_MAX + 1];
	struct sk_buff *skb;
	u16 udp_port;
	int err;

	if (!netif_is_geneve(dev)) {
		NL_SET_ERR_MSG_FMT_MOD(extack, "%s is not a geneve device",
				       dev->name);
		return -EINVAL;
	}
	skb = nlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	err = dev->rtnl_link_ops->fill_info(skb, dev) ?:
	      nla_parse_deprecated(tb, IFLA_GENEVE_MAX,
				   (struct nlattr *)skb->data, skb->len, NULL,
				   extack);
	if (err)
		goto out;
	err = -EINVAL;
	if (!tb[IFLA_GENEVE_COLLECT_METADATA] || !tb[IFLA_GENEVE_PORT]) {
		NL_SET_ERR_MSG_FMT_MOD(extack,
				       "%s is not external: ip link add ... type geneve external",
				       dev->name);
		goto out;
	}
	udp_port = be16_to_cpu(nla_get_be16(tb[IFLA_GENEVE_PORT]));
	if (udp_port != port->udp_port) {
		NL_SET_ERR_MSG_FMT_MOD(extack,
				       "%s has UDP port %u, not %u as configured",
				       dev->name, udp_port, port->udp_port);
		goto out;
	}
	WRITE_ONCE(port->zero_csum6,
		   tb[IFLA_GENEVE_UDP_ZERO_CSUM6_RX] &&
		   nla_get_u8(tb[IFLA_GENEVE_UDP_ZERO_CSUM6_RX]));
	err = 0;
out:
	kfree_skb(skb);
	return err;
}

static struct dst_entry *saa_geneve_route4(struct net *net, u16 udp_port,
					   const struct saa_tep *from,
					   struct saa_sr *to)
{
	struct flowi4 fl4 = {
		.daddr = to->tep.addr.ip,
		.saddr = from->addr.ip,
		.flowi4_proto = IPPROTO_UDP,
		.fl4_dport = htons(udp_port),
	};
	struct rtable *rt;
	__be32 saddr;

	rt = dst_cache_get_ip4(&to->route, &saddr);
	if (likely(rt)) {
		if (likely(saddr == from->addr.ip))
			return &rt->dst;
		ip_rt_put(rt);
	}
	rt = ip_route_output_key(net, &fl4);
	if (IS_ERR(rt))
		return NULL;
	dst_cache_set_ip4(&to->route, &rt->dst, from->addr.ip);
	return &rt->dst;
}

static struct dst_entry *saa_geneve_route6(struct net *net, u16 udp_port,
					   const struct saa_tep *from,
					   struct saa_sr *to)
{
	struct flowi6 fl6 = {
		.daddr = to->tep.addr.in6,
		.saddr = from->addr.in6,
		.flowi6_proto = IPPROTO_UDP,
		.fl6_dport = htons(udp_port),
	};
	struct dst_entry *dst;
	struct in6_addr saddr;

	dst = dst_cache_get_ip6(&to->route, &saddr);
	if (likely(dst)) {
		if (likely(ipv6_addr_equal(&saddr, &from->addr.in6)))
			return dst;
		dst_release(dst);
	}
	if (!ipv6_chk_addr(net, &from->addr.in6, NULL, 0))
		return NULL;	/* as IPv4 does by itself */
	dst = ip6_dst_lookup_flow(net, NULL, &fl6, NULL);
	if (IS_ERR(dst))
		return NULL;
	dst_cache_set_ip6(&to->route, dst, &from->addr.in6);
	return dst;
}

/* The route to an SR's end point, with a reference, or NULL. */
static struct dst_entry *saa_geneve_route(struct net *net, u16 udp_port,
					  const struct saa_tep *from,
					  struct saa_sr *to)
{
	if (to->tep.family == AF_INET)
		return saa_geneve_route4(net, udp_port, from, to);
	return saa_geneve_route6(net, udp_port, from, to);
}

static unsigned int saa_geneve_room(const struct dst_entry *dst, u8 family)
{
	unsigned int overhead = family == AF_INET ? SAA_GENEVE_OVERHEAD4 :
						    SAA_GENEVE_OVERHEAD6;

	return max(dst_mtu(dst), overhead) - overhead;
}

static u8 saa_geneve_ttl(struct dst_entry *dst, u8 family)
{
	return family == AF_INET ? ip4_dst_hoplimit(dst) :
				   ip6_dst_hoplimit(dst);
}

/* The driver adds ECN to the DSCP that it finds here. */
static u8 saa_geneve_tos(const struct sk_buff *skb)
{
	u8 dsfield = skb->protocol == htons(ETH_P_IP) ?
		     ipv4_get_dsfield(ip_hdr(skb)) :
		     ipv6_get_dsfield(ipv6_hdr(skb));

	return dsfield & ~INET_ECN_MASK;
}

/* What tells the geneve device where a packet is to go. */
static struct metadata_dst *
saa_geneve_metadata(u32 vni, const struct saa_tep *from,
		    const struct saa_tep *to, u8 tos, u8 ttl,
		    const struct saa_geneve_opt *opt)
{
	IP_TUNNEL_DECLARE_FLAGS(flags) = { };
	__be64 id = key32_to_tunnel_id(cpu_to_be32(vni));
	struct ip_tunnel_info *info;
	struct metadata_dst *md;

	__set_bit(IP_TUNNEL_KEY_BIT, flags);
	__set_bit(IP_TUNNEL_CRIT_OPT_BIT, flags);
	if (to->family == AF_INET) {
		md = __ip_tun_set_dst(from->addr.ip, to->addr.ip, tos, ttl, 0,
				      flags, id, sizeof(*opt));
	} else {
		__set_bit(IP_TUNNEL_CSUM_BIT, flags);
		md = __ipv6_tun_set_dst(&from->addr.in6, &to->addr.in6, tos,
					ttl, 0, 0, flags, id, sizeof(*opt));
	}
	if (!md)
		return NULL;
	info = &md->u.tun_info;
	OPTIMIZER_HIDE_VAR(info);	/* its type says no room for options */
	info->mode |= IP_TUNNEL_INFO_TX;
	ip_tunnel_flags_zero(flags);
	__set_bit(IP_TUNNEL_GENEVE_OPT_BIT, flags);
	ip_tunnel_info_opts_set(info, opt, sizeof(*opt), flags);
	return md;
}

enum saa_counter saa_geneve_send(struct saa_net *sn,
				 const struct saa_config *cfg,
				 struct sk_buff *skb,
				 const struct saa_group *group,
				 struct saa_sr *owner, bool second)
{
	const struct saa_port *port = &cfg->ports[group->side];
	const struct saa_tep *from = &cfg->self->tep;
	struct saa_geneve_opt opt;
	struct metadata_dst *md;
	struct dst_entry *dst;
	unsigned int room;
	u8 ttl;

	dst = saa_geneve_route(sn->net, port->udp_port, from, owner);
	if (unlikely(!dst))
		return SAA_C_PUNT_NO_ROUTE;
	room = saa_geneve_room(dst, from->family);
	ttl = saa_geneve_ttl(dst, from->family);
	dst_release(dst);

	if (unlikely(!saa_punt_fits(skb, room)))
		saa_count(sn, SAA_C_PUNT_FRAGMENTED);
	saa_geneve_opt(&opt, second ? SAA_GENEVE_SECOND : 0, cfg->id,
		       cfg->self_id, group->id);
	md = saa_geneve_metadata(port->vni, from, &owner->tep,
				 saa_geneve_tos(skb), ttl, &opt);
	if (unlikely(!md))
		return SAA_C_PUNT_FAILED;
	skb->mark = 0;	/* it goes by the route above */
	skb_dst_set(skb, &md->dst);
	return SAA_C_PUNTED;
}

/* The MAC address of the next hop, if it is known. */
static bool saa_geneve_neighbour(struct dst_entry *dst, const void *to, u8 *mac)
{
	struct neighbour *neigh = dst_neigh_lookup(dst, to);
	u8 state;

	if (!neigh)
		return false;
	state = READ_ONCE(neigh->nud_state);
	if (state & NUD_VALID) {
		neigh_ha_snapshot(mac, neigh, dst->dev);
		if (!(state & NUD_CONNECTED))
			neigh_event_send(neigh, NULL);
	}
	neigh_release(neigh);
	return state & NUD_VALID;
}

/*
 * Without a checksum, which nobody can compute in XDP: over IPv6 only if the
 * other SRs take that (RFC 6936), which they do if this one does.
 */
enum saa_xdp_verdict saa_geneve_xdp(struct saa_net *sn,
				    const struct saa_config *cfg,
				    const struct saa_group *group,
				    struct saa_sr *owner,
				    struct saa_xdp_steer *arg)
{
	const struct saa_port *port = &cfg->ports[group->side];
	const struct net_device *dev = rcu_dereference(port->link.dev);
	const struct saa_tep *from = &cfg->self->tep;
	enum saa_xdp_verdict verdict = SAA_XDP_PASS;
	struct dst_entry *dst;
	unsigned int room;

	if (!dev || !(dev->flags & IFF_UP) || arg->l3_len > READ_ONCE(dev->mtu) ||
	    (from->family == AF_INET6 && !READ_ONCE(port->zero_csum6)))
		return SAA_XDP_PASS;
	dst = saa_geneve_route(sn->net, port->udp_port, from, owner);
	if (!dst)
		return SAA_XDP_PASS;
	room = saa_geneve_room(dst, from->family);
	/* Only the stack can do IPsec and the like. */
	if (dst_xfrm(dst) || dst->lwtstate)
		goto out;
	if (arg->l3_len > room || dst->dev->type != ARPHRD_ETHER ||
	    !saa_xdp_can_send(dst->dev, 0) ||
	    !saa_geneve_neighbour(dst, &owner->tep.addr, arg->outer_dmac))
		goto out;

	arg->ifindex = dst->dev->ifindex;
	ether_addr_copy(arg->outer_smac, dst->dev->dev_addr);
	memcpy(arg->src, &from->addr, sizeof(arg->src));
	memcpy(arg->dst, &owner->tep.addr, sizeof(arg->dst));
	saa_geneve_opt(&arg->opt, 0, cfg->id, cfg->self_id, group->id);
	arg->vni = port->vni;
	arg->udp_port = port->udp_port;
	arg->family = from->family;
	arg->ttl = saa_geneve_ttl(dst, from->family);
	verdict = SAA_XDP_GENEVE;
out:
	dst_release(dst);
	return verdict;
}

/* By its VNI: one device may be both ports. */
static enum saa_counter saa_geneve_side(const struct saa_config *cfg,
					const struct sk_buff *skb, u8 *side)
{
	const struct ip_tunnel_info *info = skb_tunnel_info(skb);
	u32 vni;
	u8 i;

	if (!info)
		return SAA_C_BAD_VNI;
	vni = be32_to_cpu(tunnel_id_to_key32(info->key.tun_id));
	for (i = 0; i < SAA_SIDES; i++) {
		const struct saa_port *port = &cfg->ports[i];

		if (port->vni != vni ||
		    rcu_access_pointer(port->link.dev) != skb->dev)
			continue;
		*side = i;
		return SAA_C_RECEIVED;
	}
	return SAA_C_BAD_VNI;
}

/* Finds our option, which must be the only one. */
static enum saa_counter saa_geneve_find(struct ip_tunnel_info *info,
					const struct saa_geneve_opt **found)
{
	const u8 *options = ip_tunnel_info_opts(info);

	switch (saa_parse_options(options, options + info->options_len,
				  found)) {
	case SAA_OPTIONS_OURS:
		return SAA_C_RECEIVED;
	case SAA_OPTIONS_MISSING:
		return SAA_C_OPTION_MISSING;
	case SAA_OPTIONS_CRITICAL:
		return SAA_C_OPTION_CRITICAL;
	case SAA_OPTIONS_FOREIGN:
		return SAA_C_OPTION_FOREIGN;
	default:
		return SAA_C_OPTION_MALFORMED;
	}
}

/* Does a packet come from the sender's end point, and to ours? */
static bool saa_geneve_teps_fit(const struct ip_tunnel_info *info,
				const struct saa_tep *from,
				const struct saa_tep *to)
{
	const struct ip_tunnel_key *key = &info->key;

	if (ip_tunnel_info_af(info) != from->family ||
	    from->family != to->family)
		return false;
	if (from->family == AF_INET)
		return key->u.ipv4.src == from->addr.ip &&
		       key->u.ipv4.dst == to->addr.ip;
	return ipv6_addr_equal(&key->u.ipv6.src, &from->addr.in6) &&
	       ipv6_addr_equal(&key->u.ipv6.dst, &to->addr.in6);
}

static enum saa_counter saa_geneve_group(const struct saa_config *cfg,
					 const struct sk_buff *skb,
					 const struct saa_sr *from, bool second,
					 u16 *group)
{
	struct ip_tunnel_info *info = skb_tunnel_info((struct sk_buff *)skb);
	const struct saa_geneve_opt *opt;
	enum saa_counter outcome;

	if (skb_vlan_tag_present(skb))
		return SAA_C_BAD_FRAME;
	outcome = saa_geneve_find(info, &opt);
	if (outcome != SAA_C_RECEIVED)
		return outcome;
	if ((opt->gateway[0] << 8 | opt->gateway[1]) != cfg->id ||
	    (opt->sr[0] << 8 | opt->sr[1]) != from->id ||
	    !(opt->flags & SAA_GENEVE_SECOND) != !second)
		return SAA_C_BAD_SENDER;
	if (!cfg->self ||
	    !saa_geneve_teps_fit(info, &from->tep, &cfg->self->tep))
		return SAA_C_BAD_TEP;
	*group = opt->group[0] << 8 | opt->group[1];
	return SAA_C_RECEIVED;
}

const struct saa_punt_ops saa_geneve = {
	.check	= saa_geneve_check,
	.send	= saa_geneve_send,
	.side	= saa_geneve_side,
	.group	= saa_geneve_group,
};

/* Lets IPv6 fragment what this SR sends as Geneve. */
static unsigned int saa_geneve_out(void *priv, struct sk_buff *skb,
				   const struct nf_hook_state *state)
{
	const struct saa_net *sn = priv;
	const struct saa_config *cfg = rcu_dereference(sn->config);
	const struct ipv6hdr *ip6h = ipv6_hdr(skb);
	const struct udphdr *udp;
	struct udphdr buf;
	unsigned int i;

	if (skb->len <= IPV6_MIN_MTU || ip6h->nexthdr != IPPROTO_UDP || !cfg ||
	    !cfg->self || cfg->self->tep.family != AF_INET6 ||
	    !ipv6_addr_equal(&ip6h->saddr, &cfg->self->tep.addr.in6))
		return NF_ACCEPT;
	udp = skb_header_pointer(skb, sizeof(*ip6h), sizeof(buf), &buf);
	for (i = 0; udp && i < SAA_SIDES; i++)
		if (cfg->ports[i].vni &&
		    udp->dest == htons(cfg->ports[i].udp_port))
			skb->ignore_df = 1;
	return NF_ACCEPT;
}

static const struct nf_hook_ops saa_geneve_ops = {
	.hook		= saa_geneve_out,
	.pf		= NFPROTO_IPV6,
	.hooknum	= NF_INET_LOCAL_OUT,
	.priority	= NF_IP6_PRI_FIRST,
};

int saa_geneve_register(struct saa_net *sn)
{
	sn->fragment_ops = saa_geneve_ops;
	sn->fragment_ops.priv = sn;
	return nf_register_net_hook(sn->net, &sn->fragment_ops);
}

void saa_geneve_unregister(struct saa_net *sn)
{
	nf_unregister_net_hook(sn->net, &sn->fragment_ops);
}
