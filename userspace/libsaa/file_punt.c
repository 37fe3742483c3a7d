// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * "punt" of the configuration file: how packets get to their owner. Over L2 each
 * punt switch has an interface of its own; over Geneve one interface can be
 * both, the VNIs tell them apart, and the edges' addresses are the tunnel's ends.
 * A tier-1 that is linked with its tier-0 has interfaces of its own in any case.
 */
#include <string.h>

#include "file.h"
#include "util.h"

#define HAS(attr) (1u << (attr))
#define LINE(f, ...) saa_ydoc_line(&(f)->doc, __VA_ARGS__)
#define VNI_MAX 0xffffff

static void check_ifname(struct saa_file *f, const char *side,
			 const char *ifname, struct saa_diag *d)
{
	unsigned int line = LINE(f, "cluster.punt.%s", side);
	const char *wrong;

	if (!ifname) {
		saa_error(d, line,
			  "punt has no %s; add %s: INTERFACE, the shadow port on the %s punt switch",
			  side, side, side);
		return;
	}
	wrong = saa_ifname_wrong(ifname);
	if (wrong)
		saa_error(d, line, "%s \"%s\" %s", side, ifname, wrong);
}

static void check_vni(struct saa_file *f, const char *side, const int64_t *vni,
		      struct saa_diag *d)
{
	if (!vni)
		saa_error(d, LINE(f, "cluster.punt"),
			  "punt has no %s-vni, which transport geneve needs; add %s-vni: NUMBER",
			  side, side);
	else if (*vni < 1 || *vni > VNI_MAX)
		saa_error(d, LINE(f, "cluster.punt.%s-vni", side),
			  "%s-vni %lld is not from 1 to %u", side,
			  (long long)*vni, VNI_MAX);
}

static void check_addresses(struct saa_file *f, struct saa_diag *d)
{
	struct saa_file_edge *edges = f->root->cluster.edges, *e;
	uint32_t i;

	for (i = 0; i < f->root->cluster.n_edges; i++) {
		e = &edges[i];
		if (!e->address)
			saa_error(d, LINE(f, "cluster.edges[%u]", i),
				  "edge \"%s\" has no address, which transport geneve needs; add address: ADDRESS",
				  e->name);
		else if (e->addr.family && edges[0].addr.family &&
			 e->addr.family != edges[0].addr.family)
			saa_error(d, LINE(f, "cluster.edges[%u].address", i),
				  "address %s of \"%s\" and address %s of \"%s\" are of different families; transport geneve needs one",
				  e->address, e->name, edges[0].address,
				  edges[0].name);
	}
}

static void check_geneve(struct saa_file *f, struct saa_diag *d)
{
	const struct saa_file_punt *p = &f->root->cluster.punt;

	check_vni(f, "north", p->north_vni, d);
	check_vni(f, "south", p->south_vni, d);
	if (p->north_vni && p->south_vni && *p->north_vni == *p->south_vni)
		saa_error(d, LINE(f, "cluster.punt.south-vni"),
			  "north-vni and south-vni are both %lld; each punt switch needs one of its own",
			  (long long)*p->south_vni);
	if (p->port && (*p->port < 1 || *p->port > UINT16_MAX))
		saa_error(d, LINE(f, "cluster.punt.port"),
			  "port %lld is not from 1 to 65535",
			  (long long)*p->port);
	check_addresses(f, d);
}

static void check_l2(struct saa_file *f, struct saa_diag *d)
{
	static const char *const keys[] = { "north-vni", "south-vni", "port" };
	const struct saa_file_punt *p = &f->root->cluster.punt;
	unsigned int line;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		line = saa_ydoc_has(&f->doc, "cluster.punt.%s", keys[i]);
		if (line)
			saa_error(d, line,
				  "%s belongs to transport geneve; remove it, or add transport: geneve",
				  keys[i]);
	}
	if (p->north && p->south && !strcmp(p->north, p->south))
		saa_error(d, LINE(f, "cluster.punt.south"),
			  "north and south are both \"%s\"; each punt switch needs a shadow port of its own",
			  p->south);
}

void saa_file_check_punt(struct saa_file *f, struct saa_diag *d)
{
	struct saa_file_punt *p = &f->root->cluster.punt;
	int kind = SAA_TRANSPORT_L2;

	if (p->transport)
		kind = saa_name_index(saa_transport_names,
				      ARRAY_SIZE(saa_transport_names),
				      p->transport);
	if (kind < 0) {
		saa_error(d, LINE(f, "cluster.punt.transport"),
			  "transport \"%s\" is unknown; use l2 or geneve",
			  p->transport);
		return;
	}
	p->kind = kind;
	check_ifname(f, "north", p->north, d);
	check_ifname(f, "south", p->south, d);
	if (kind == SAA_TRANSPORT_GENEVE)
		check_geneve(f, d);
	else
		check_l2(f, d);
}

const char *saa_file_port(const struct saa_file *f,
			  const struct saa_file_gateway *gw, uint8_t side)
{
	const struct saa_file_punt *punt = &f->root->cluster.punt;

	if (punt->kind == SAA_TRANSPORT_GENEVE && saa_file_has_link(gw))
		return side == SAA_SIDE_NORTH ? SAA_LINK_NORTH : SAA_LINK_SOUTH;
	return side == SAA_SIDE_NORTH ? punt->north : punt->south;
}

static void port_conf(const struct saa_file *f,
		      const struct saa_file_gateway *gw, struct saa_conf *conf,
		      uint8_t side, uint8_t transport, const int64_t *vni)
{
	struct saa_port *p = saa_grow(&conf->ports, &conf->n_ports, sizeof(*p));
	const struct saa_file_punt *punt = &f->root->cluster.punt;
	const char *ifname = saa_file_port(f, gw, side);

	p->has = HAS(SAA_A_PORT_SIDE) | HAS(SAA_A_PORT_IFNAME) |
		 HAS(SAA_A_PORT_TRANSPORT);
	/* looking up lines does not change the document */
	p->line = saa_ydoc_line((struct saa_ydoc *)&f->doc, "cluster.punt.%s",
				saa_side_names[side]);
	p->side = side;
	p->transport = transport;
	strncpy(p->ifname, ifname, sizeof(p->ifname) - 1);
	if (transport != SAA_TRANSPORT_GENEVE)
		return;
	p->has |= HAS(SAA_A_PORT_VNI) | HAS(SAA_A_PORT_UDP_PORT);
	p->vni = *vni;
	p->udp_port = punt->port ? *punt->port : SAA_GENEVE_PORT;
}

static const struct saa_addr *address_of(const struct saa_file *f, uint16_t sr)
{
	const struct saa_file_edge *e = f->root->cluster.edges;

	while (e->id != sr)
		e++;
	return &e->addr;
}

/* After the SRs, which are those of some edges. */
void saa_file_punt_conf(const struct saa_file *f,
			const struct saa_file_gateway *gw, struct saa_conf *conf)
{
	const struct saa_file_punt *punt = &f->root->cluster.punt;
	/* the tunnels of one with a link end at its tier-0 */
	uint8_t kind = saa_file_has_link(gw) ? SAA_TRANSPORT_L2 : punt->kind;
	size_t i;

	port_conf(f, gw, conf, SAA_SIDE_NORTH, kind, punt->north_vni);
	port_conf(f, gw, conf, SAA_SIDE_SOUTH, kind, punt->south_vni);
	for (i = 0; kind == SAA_TRANSPORT_GENEVE && i < conf->n_srs; i++) {
		conf->srs[i].address = *address_of(f, conf->srs[i].id);
		conf->srs[i].has |= HAS(SAA_A_SR_ADDRESS);
	}
}
