// SPDX-License-Identifier: GPL-2.0-or-later
/* What a member receives must fit what punts it: interfaces of this edge. */
#include <string.h>

#include "tool.h"

static void warn_shadow(const struct saa_port *port,
			const struct saa_link *shadow,
			const struct saa_link *member, struct saa_diag *d)
{
	if (shadow && shadow->mtu < member->mtu)
		saa_warning(d, port->line,
			    "shadow port %s has MTU %u, member %s has %u; what is larger cannot be punted: \"ip link set %s mtu %u\"",
			    shadow->name, shadow->mtu, member->name,
			    member->mtu, shadow->name, member->mtu);
}

/* The first SR that is reached through too small an interface is enough. */
static void warn_underlay(struct saa_rtnl *rt, const struct saa_conf *conf,
			  const struct saa_link *links, size_t n_links,
			  const struct longest *member, struct saa_diag *d)
{
	bool other = strcmp(member->gateway, conf->gateway.name);
	const struct saa_link *under;
	const struct saa_sr *sr;
	uint32_t needed, ifindex;
	size_t i;

	for (i = 0; i < conf->n_srs; i++) {
		sr = &conf->srs[i];
		if (sr->id == conf->gateway.sr ||
		    saa_rtnl_route(rt, &sr->address, &ifindex))
			continue;
		under = saa_link_by_index(links, n_links, ifindex);
		needed = member->mtu + (sr->address.family == AF_INET ?
					SAA_GENEVE_OVERHEAD4 :
					SAA_GENEVE_OVERHEAD6);
		if (!under || under->mtu >= needed)
			continue;
		saa_warning(d, sr->line,
			    "%s, by which SR %s is reached, has MTU %u; Geneve with packets of member %s%s%s needs %u, else they go in fragments: \"ip link set %s mtu %u\", and on the way",
			    under->name, sr->name, under->mtu, member->ifname,
			    other ? " of gateway " : "",
			    other ? member->gateway : "", needed, under->name,
			    needed);
		return;
	}
}

void note_longest(struct longest *longest, const struct saa_conf *conf,
		  const struct saa_link *links, size_t n_links)
{
	const struct saa_link *member;
	size_t i;

	for (i = 0; i < conf->n_groups; i++) {
		member = saa_link_by_name(links, n_links,
					  conf->groups[i].ifname);
		if (!member || member->mtu <= longest->mtu)
			continue;
		longest->mtu = member->mtu;
		memcpy(longest->ifname, member->name, sizeof(member->name));
		memcpy(longest->gateway, conf->gateway.name,
		       sizeof(longest->gateway));
	}
}

void warn_mtu(struct saa_rtnl *rt, const struct saa_conf *conf,
	      const struct saa_link *links, size_t n_links,
	      const struct longest *below, struct saa_diag *d)
{
	struct longest longest = { 0 };
	const struct saa_link *member;
	const struct saa_port *port;
	bool geneve = false;
	size_t i;

	for (i = 0; i < conf->n_groups; i++) {
		port = saa_conf_port(conf, conf->groups[i].side);
		member = saa_link_by_name(links, n_links,
					  conf->groups[i].ifname);
		if (!port || !member)
			continue;
		warn_shadow(port, saa_link_by_name(links, n_links, port->ifname),
			    member, d);
		geneve |= port->transport == SAA_TRANSPORT_GENEVE;
	}
	if (!geneve)
		return;
	note_longest(&longest, conf, links, n_links);
	if (below->mtu > longest.mtu)
		longest = *below;
	warn_underlay(rt, conf, links, n_links, &longest, d);
}
