// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Objects as trees. The members' names and order are what a reader types:
 * "saactl group add" takes the words that "saactl group show" prints.
 */
#include <stdlib.h>

#include "tool.h"

static void set(json_t *o, const char *key, json_t *value)
{
	json_object_set_new(o, key, value);
}

json_t *json_text(const char *s)
{
	json_t *value = json_string(s);
	char *clean;

	if (value)
		return value;
	clean = saa_printable(s);	/* not UTF-8 */
	value = json_string(clean);
	free(clean);
	return value;
}

static void set_text(json_t *o, const char *key, const char *value)
{
	set(o, key, json_text(value));
}

static void set_number(json_t *o, const char *key, uint64_t value)
{
	set(o, key, json_integer(value));
}

json_t *json_gateway(const struct saa_gateway *gw)
{
	json_t *o = json_object();

	set_text(o, "name", gw->name);
	set_number(o, "id", gw->id);
	set_number(o, "sr", gw->sr);
	if (gw->has & 1u << SAA_A_GATEWAY_BUCKETS)
		set_number(o, "buckets", gw->buckets);
	if (gw->has & 1u << SAA_A_GATEWAY_GENERATION)
		set_number(o, "generation", gw->generation);
	return o;
}

json_t *json_sr(const struct saa_sr *sr)
{
	json_t *o = json_object();
	char buf[SAA_ADDR_STRLEN];

	set_number(o, "id", sr->id);
	if (sr->has & 1u << SAA_A_SR_NAME)
		set_text(o, "name", sr->name);
	if (sr->has & 1u << SAA_A_SR_STATE && sr->state < 3)
		set_text(o, "state", saa_state_names[sr->state]);
	if (sr->has & 1u << SAA_A_SR_ADDRESS)
		set_text(o, "address", saa_addr_format(&sr->address, buf));
	if (opt.stats && sr->has & 1u << SAA_A_SR_TX_PACKETS)
		set_number(o, "tx-packets", sr->tx_packets);
	if (opt.stats && sr->has & 1u << SAA_A_SR_RX_PACKETS)
		set_number(o, "rx-packets", sr->rx_packets);
	return o;
}

json_t *json_group(const struct saa_group *group)
{
	json_t *o = json_object();

	set_number(o, "id", group->id);
	if (group->has & 1u << SAA_A_GROUP_NAME)
		set_text(o, "name", group->name);
	if (group->has & 1u << SAA_A_GROUP_SIDE)
		set_text(o, "side", saa_side_names[group->side & 1]);
	if (group->has & 1u << SAA_A_GROUP_IFNAME)
		set_text(o, "dev", group->ifname);
	return o;
}

json_t *json_port(const struct saa_port *port)
{
	const uint8_t *m = port->mac;
	json_t *o = json_object();

	set_text(o, "side", saa_side_names[port->side & 1]);
	if (port->has & 1u << SAA_A_PORT_IFNAME)
		set_text(o, "dev", port->ifname);
	if (port->has & 1u << SAA_A_PORT_TRANSPORT)
		set_text(o, "transport",
			 saa_transport_names[port->transport & 1]);
	if (port->has & 1u << SAA_A_PORT_VNI)
		set_number(o, "vni", port->vni);
	if (port->has & 1u << SAA_A_PORT_UDP_PORT)
		set_number(o, "port", port->udp_port);
	if (port->has & 1u << SAA_A_PORT_MAC)
		set(o, "mac", json_sprintf("%02x:%02x:%02x:%02x:%02x:%02x", m[0],
					   m[1], m[2], m[3], m[4], m[5]));
	return o;
}

json_t *json_snat(const struct saa_snat *s, const struct saa_conf *conf)
{
	json_t *o = json_object();
	char buf[SAA_ADDR_STRLEN];

	set_number(o, "priority", s->priority);
	if (s->has & 1u << SAA_A_SNAT_FAMILY)
		set_text(o, "family", s->family == AF_INET6 ? "ipv6" : "ipv4");
	if (s->has & 1u << SAA_A_SNAT_GROUP)
		set_text(o, "group", saa_conf_group_name(conf, s->group));
	if (s->has & 1u << SAA_A_SNAT_SOURCE)
		set_text(o, "source", saa_prefix_format(&s->source,
							s->source_len, buf));
	if (s->has & 1u << SAA_A_SNAT_DESTINATION)
		set_text(o, "destination",
			 saa_prefix_format(&s->destination,
					   s->destination_len, buf));
	if (s->has & 1u << SAA_A_SNAT_TO_FIRST)
		set_text(o, "to", saa_range_format(&s->to_first, &s->to_last,
						   buf));
	if (s->has & 1u << SAA_A_SNAT_PORT_FIRST)
		set(o, "ports", json_sprintf("%u-%u", s->port_first,
					     s->port_last));
	if (s->flags & SAA_SNAT_FLAGS_NO_SNAT)
		set(o, "no-snat", json_true());
	if (s->flags & SAA_SNAT_FLAGS_PERSISTENT)
		set(o, "persistent", json_true());
	if (s->flags & SAA_SNAT_FLAGS_FULLY_RANDOM)
		set(o, "fully-random", json_true());
	if (opt.stats && s->has & 1u << SAA_A_SNAT_FLOWS)
		set_number(o, "flows", s->flows);
	return o;
}

static bool owns(const struct saa_conf *conf, uint16_t sr)
{
	const struct saa_sr *s = saa_conf_sr(conf, sr);

	return s && s->state == SAA_SR_STATE_UP;
}

json_t *json_srs(const struct saa_conf *conf)
{
	json_t *list = json_array(), *o;
	uint32_t primary, backup, owned, b;
	const struct saa_row *row;
	size_t i;

	for (i = 0; i < conf->n_srs; i++) {
		const struct saa_sr *sr = &conf->srs[i];

		primary = backup = owned = 0;
		for (b = 0; b < conf->n_rows; b++) {
			row = &conf->rows[b];
			primary += row->primary == sr->id;
			backup += row->backup == sr->id;
			if (sr->state != SAA_SR_STATE_UP)
				continue;
			owned += row->primary == sr->id ||
				 (row->backup == sr->id &&
				  !owns(conf, row->primary));
		}
		o = json_sr(sr);
		if (sr->id == conf->gateway.sr)
			set(o, "self", json_true());
		set_number(o, "primary", primary);
		set_number(o, "backup", backup);
		set_number(o, "owned", owned);
		json_array_append_new(list, o);
	}
	return list;
}

/* The backup of all buckets of an SR, or 0. */
static uint16_t backup_of(const struct saa_conf *conf, uint16_t sr)
{
	uint16_t backup = 0;
	uint32_t i;

	for (i = 0; i < conf->n_rows; i++) {
		if (conf->rows[i].primary != sr)
			continue;
		if (backup && conf->rows[i].backup != backup)
			return 0;
		backup = conf->rows[i].backup;
	}
	return backup;
}

json_t *json_pairs(const struct saa_conf *conf)
{
	json_t *list = json_array();
	uint16_t a, b, back;
	size_t i;

	for (i = 0; i < conf->n_srs; i++) {
		a = conf->srs[i].id;
		b = backup_of(conf, a);
		back = b ? backup_of(conf, b) : 0;
		/* one of active-standby backs up nobody */
		if (b && (!back || (back == a && a < b)))
			json_array_append_new(list, json_pack("{s:[o, o]}", "edges",
				json_text(saa_conf_sr_name(conf, a)),
				json_text(saa_conf_sr_name(conf, b))));
	}
	return list;
}

json_t *json_groups(const struct saa_conf *conf)
{
	json_t *list = json_array(), *o;
	size_t i;

	for (i = 0; i < conf->n_groups; i++) {
		o = json_group(&conf->groups[i]);
		if (!(conf->groups[i].has & 1u << SAA_A_GROUP_IFINDEX))
			set(o, "absent", json_true());
		json_array_append_new(list, o);
	}
	return list;
}

json_t *json_ports(const struct saa_conf *conf)
{
	json_t *list = json_array(), *o;
	size_t i;

	for (i = 0; i < conf->n_ports; i++) {
		o = json_port(&conf->ports[i]);
		if (!(conf->ports[i].has & 1u << SAA_A_PORT_IFINDEX))
			set(o, "absent", json_true());
		json_array_append_new(list, o);
	}
	return list;
}

json_t *json_snats(const struct saa_conf *conf)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < conf->n_snat; i++)
		json_array_append_new(list, json_snat(&conf->snat[i], conf));
	return list;
}
