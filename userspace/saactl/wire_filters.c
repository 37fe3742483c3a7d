// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What tc does for the shadow ports of a tier-1. Over L2 the tier-0's port is a
 * port of the same switch, and frames go on as they are. Over Geneve the tunnels
 * end at the tier-0's port, since only one device of a namespace has the UDP port:
 * there is a filter into and one out of the tunnel for each group, other SR and
 * chance.
 */
#include <stdlib.h>
#include <string.h>

#include "tool.h"
#include "wire.h"

struct lead {
	const struct saa_conf *conf0, *conf1;
	uint8_t side;
	const struct saa_link *port, *end;
};

static struct saa_filter *add(struct saa_filters *list)
{
	return saa_grow(&list->at, &list->n, sizeof(*list->at));
}

static void own_mac(const struct lead *l, uint8_t mac[6])
{
	saa_punt_mac(mac, l->side == SAA_SIDE_SOUTH ? SAA_MAC_SOUTH : 0,
		     l->conf1->gateway.id, l->conf1->gateway.sr);
}

static void want_l2(const struct lead *l, struct saa_filters *in,
		    struct saa_filters *out)
{
	struct saa_filter *f = add(in);

	f->to = l->end->ifindex;
	own_mac(l, f->dst);
	add(out)->to = l->port->ifindex;
}

/* One direction: @from and @to are SRs. */
static void want_tunnel(const struct lead *l, struct saa_filters *list,
			const struct saa_group *group, uint16_t from,
			uint16_t to, bool second)
{
	uint16_t self = l->conf0->gateway.sr, other = from == self ? to : from;
	uint8_t flags = l->side == SAA_SIDE_SOUTH ? SAA_MAC_SOUTH : 0;
	const struct saa_sr *local = saa_conf_sr(l->conf0, self);
	const struct saa_sr *remote = saa_conf_sr(l->conf0, other);
	uint16_t id = l->conf1->gateway.id;
	struct saa_filter *f;

	if (!local || !remote)
		return;
	f = add(list);
	f->kind = from == self ? SAA_FILTER_ENCAP : SAA_FILTER_DECAP;
	f->to = from == self ? l->port->ifindex : l->end->ifindex;
	f->group = group->id;
	f->vni = saa_conf_port(l->conf0, l->side)->vni;
	f->local = local->address;
	f->remote = remote->address;
	saa_punt_mac(f->src, flags | (second ? SAA_MAC_SECOND : 0), id, from);
	saa_punt_mac(f->dst, flags, id, to);
	saa_geneve_opt(&f->opt, second ? SAA_GENEVE_SECOND : 0, id, from,
		       group->id);
}

static void want_geneve(const struct lead *l, struct saa_filters *in,
			struct saa_filters *out)
{
	uint16_t self = l->conf0->gateway.sr, other;
	const struct saa_group *group;
	size_t g, i;
	int second;

	for (g = 0; g < l->conf1->n_groups; g++) {
		group = &l->conf1->groups[g];
		if (group->side != l->side)
			continue;
		for (i = 0; i < l->conf1->n_srs; i++) {
			other = l->conf1->srs[i].id;
			for (second = 0; other != self && second < 2; second++) {
				want_tunnel(l, out, group, self, other, second);
				want_tunnel(l, in, group, other, self, second);
			}
		}
	}
}

/* The NIC behind a shadow port takes frames for the tier-1, too, and for no other. */
static int open_nic(struct saa_rtnl *rt0, const struct lead *l,
		    const struct saa_conf *former)
{
	const struct lead before = { .conf1 = former, .side = l->side };
	uint8_t mac[6] = { 0 }, old[6];
	int err = 0;

	own_mac(&before, old);
	if (l->conf1->gateway.has) {
		own_mac(l, mac);
		err = saa_rtnl_set_mac_filter(rt0, l->port->ifindex, mac, true);
	}
	if (!err && former->gateway.has && memcmp(mac, old, sizeof(mac)))
		err = saa_rtnl_set_mac_filter(rt0, l->port->ifindex, old, false);
	return err ? refuse("%s: %s", l->port->name, rt0->error) : EXIT_OK;
}

static int set_filters(struct saa_rtnl *rt0, const struct saa_link *link,
		       uint16_t id, uint8_t side, const struct saa_filters *want)
{
	if (!saa_rtnl_set_filters(rt0, link->ifindex, id, side, want))
		return EXIT_OK;
	return refuse("%s: %s", link->name, rt0->error);
}

int wire_lead(struct saa_rtnl *rt0, const struct saa_conf *conf0,
	      const struct saa_conf *conf1, const struct saa_conf *former,
	      uint8_t side, const struct saa_link *port,
	      const struct saa_link *end)
{
	const struct lead l = { conf0, conf1, side, port, end };
	const struct saa_port *p = saa_conf_port(conf0, side);
	const struct saa_conf *any = conf1->gateway.has ? conf1 : former;
	bool geneve = p && p->transport == SAA_TRANSPORT_GENEVE;
	struct saa_filters in = { 0 }, out = { 0 };
	int ret = EXIT_OK;

	if (p && conf1->gateway.has && geneve)
		want_geneve(&l, &in, &out);
	else if (p && conf1->gateway.has)
		want_l2(&l, &in, &out);
	if (!geneve)
		ret = open_nic(rt0, &l, former);
	if (!ret)
		ret = set_filters(rt0, port, any->gateway.id, side, &in);
	if (!ret)
		ret = set_filters(rt0, end, any->gateway.id, side, &out);
	free(in.at);
	free(out.at);
	return ret;
}

int wire_lead_none(struct saa_rtnl *rt0, const struct saa_link *link,
		   uint16_t id, uint8_t side)
{
	static const struct saa_filters none;

	return set_filters(rt0, link, id, side, &none);
}
