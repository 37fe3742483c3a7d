// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The running configuration as a file that "saactl apply" takes, with that of
 * the tier-1 gateways linked with it. The kernel knows one SR: the names of the interfaces on other edges, failure domains,
 * weights and addresses of edges are not in it. What that takes from the table
 * is made up for by writing the table itself, when it differs from what the
 * file would compute without.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "below.h"
#include "file.h"
#include "key.h"
#include "tool.h"

#define ROWS_PER_LINE 16

/* In double quotes; a control character becomes \xNN, which YAML takes. */
static void put_quoted(FILE *f, const char *s)
{
	char *escaped = saa_zalloc(2 * strlen(s) + 1), *to = escaped, *text;

	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			*to++ = '\\';
		*to++ = *s;
	}
	text = saa_printable(escaped);
	fprintf(f, "\"%s\"", text);
	free(text);
	free(escaped);
}

/* A file has no objects without a name; the kernel may. */
static char *name_of(const char *name, const char *kind, unsigned int id)
{
	return *name ? saa_strdup(name) : saa_format("%s-%u", kind, id);
}

static void put_name(FILE *f, const char *name, const char *kind,
		     unsigned int id)
{
	char *text = name_of(name, kind, id);

	put_quoted(f, text);
	free(text);
}

/* Of the SR with this id, which the kernel knows. */
static void put_sr_name(FILE *f, const struct saa_conf *conf, uint16_t id)
{
	const struct saa_sr *sr = saa_conf_sr(conf, id);

	put_name(f, sr ? sr->name : "", "sr", id);
}

/*
 * With state sync, who the partner is does not follow from what else is known.
 * The addresses of these two are known then, those of all with Geneve.
 */
static void put_edge(FILE *f, const struct saa_conf *conf,
		     const struct saa_sr *sr)
{
	const struct saa_sync *s = &conf->sync;
	const struct saa_addr *addr = sr->has & 1u << SAA_A_SR_ADDRESS ?
				      &sr->address : NULL;
	char buf[SAA_ADDR_STRLEN];
	uint16_t partner = 0;

	if (s->has && sr->id == conf->gateway.sr) {
		addr = &s->local;
		partner = s->partner;
	} else if (s->has && sr->id == s->partner) {
		addr = &s->remote;
		partner = conf->gateway.sr;
	}
	fputs("    - {name: ", f);
	put_name(f, sr->name, "sr", sr->id);
	fprintf(f, ", id: %u", sr->id);
	if (addr)
		fprintf(f, ", address: \"%s\"", saa_addr_format(addr, buf));
	if (partner) {
		fputs(", partner: ", f);
		put_sr_name(f, conf, partner);
	}
	fputs("}\n", f);
}

static void put_sync(FILE *f, const struct saa_sync *s)
{
	char key[SAA_SYNC_KEY_STRLEN];

	fprintf(f, "  sync:\n    mode: %s\n    port: %u\n    timeout: %u\n"
		   "    strict-timeout: %u\n",
		saa_sync_mode_names[s->mode & 1], s->port, s->timeout,
		s->strict_timeout);
	if (*s->netns_name) {
		fputs("    netns: ", f);
		put_quoted(f, s->netns_name);
		fputc('\n', f);
	} else if (s->has & 1u << SAA_A_SYNC_NETNS) {
		fputs("    # netns: gone, or without a name\n", f);
	}
	if (s->has & 1u << SAA_A_SYNC_KEY) {
		saa_base64_format(s->key, sizeof(s->key), key);
		fprintf(f, "    key: \"%s\"\n", key);
	} else {
		fprintf(f, "    # the key can be read with CAP_NET_ADMIN only\n"
			   "    key-file: /etc/saa/sync.key\n");
	}
	if (s->has & 1u << SAA_A_SYNC_OLD_KEY) {
		saa_base64_format(s->old_key, sizeof(s->old_key), key);
		fprintf(f, "    old-key: \"%s\"\n", key);
	}
}

static void put_port(FILE *f, const struct saa_port *port)
{
	const char *side = port ? saa_side_names[port->side & 1] : NULL;

	if (!port)
		return;
	fprintf(f, "    %s: ", side);
	put_quoted(f, port->ifname);
	fputc('\n', f);
	if (port->vni)
		fprintf(f, "    %s-vni: %u\n", side, port->vni);
}

static void put_cluster(FILE *f, const struct saa_conf *conf)
{
	const struct saa_port *north = saa_conf_port(conf, SAA_SIDE_NORTH);
	const struct saa_port *south = saa_conf_port(conf, SAA_SIDE_SOUTH);
	char key[SAA_KEY_STRLEN];
	size_t i;

	fputs("cluster:\n  name: ", f);
	put_name(f, conf->gateway.name, "gateway", conf->gateway.id);
	fputs("\n  hash:\n", f);
	if (conf->gateway.has & 1u << SAA_A_GATEWAY_KEY) {
		saa_key_format(conf->gateway.key, key);
		fprintf(f, "    key: \"%s\"\n", key);
	} else {
		fprintf(f, "    # the key can be read with CAP_NET_ADMIN only\n"
			   "    key-file: /etc/saa/hash.key\n");
	}
	fprintf(f, "    buckets: %u\n  edges:\n", conf->gateway.buckets);
	for (i = 0; i < conf->n_srs; i++)
		put_edge(f, conf, &conf->srs[i]);
	/* a file has one transport */
	fprintf(f, "  punt:\n    transport: %s\n",
		saa_transport_names[north ? north->transport & 1 : 0]);
	put_port(f, north);
	put_port(f, south);
	if (north && north->vni)
		fprintf(f, "    port: %u\n", north->udp_port);
	if (conf->sync.has)
		put_sync(f, &conf->sync);
}

static void put_snat(FILE *f, const struct saa_snat *s,
		     const struct saa_conf *conf)
{
	const struct saa_group *group = saa_conf_group(conf, s->group);
	char buf[SAA_ADDR_STRLEN];

	fprintf(f, "      - {priority: %u, group: ", s->priority);
	put_name(f, group ? group->name : "", "group", s->group);
	fprintf(f, ", family: %s", s->family == AF_INET6 ? "ipv6" : "ipv4");
	if (s->has & 1u << SAA_A_SNAT_SOURCE)
		fprintf(f, ", source: \"%s\"",
			saa_prefix_format(&s->source, s->source_len, buf));
	if (s->has & 1u << SAA_A_SNAT_DESTINATION)
		fprintf(f, ", destination: \"%s\"",
			saa_prefix_format(&s->destination, s->destination_len,
					  buf));
	if (s->has & 1u << SAA_A_SNAT_TO_FIRST)
		fprintf(f, ", to: \"%s\"",
			saa_range_format(&s->to_first, &s->to_last, buf));
	if (s->has & 1u << SAA_A_SNAT_PORT_FIRST)
		fprintf(f, ", ports: %u-%u", s->port_first, s->port_last);
	if (s->flags & SAA_SNAT_FLAGS_NO_SNAT)
		fputs(", no-snat: true", f);
	if (s->flags & SAA_SNAT_FLAGS_PERSISTENT)
		fputs(", persistent: true", f);
	if (s->flags & SAA_SNAT_FLAGS_FULLY_RANDOM)
		fputs(", fully-random: true", f);
	fputs("}\n", f);
}

static void put_standby(FILE *f, const struct saa_conf *conf)
{
	fputs("    mode: active-standby\n    active: ", f);
	put_sr_name(f, conf, conf->rows[0].primary);
	fputs("\n    standby: ", f);
	put_sr_name(f, conf, conf->rows[0].backup);
	fputc('\n', f);
}

static void put_tier1(FILE *f, const struct saa_conf *tier0,
		      const struct below *t1)
{
	char buf[SAA_ADDR_STRLEN];
	size_t i;

	fputs("    tier: 1\n    uplink: ", f);
	put_name(f, tier0->gateway.name, "gateway", tier0->gateway.id);
	fputs("\n    netns: ", f);
	put_quoted(f, t1->netns);
	fputs("\n    mode: stateful-active-active\n    advertise: [", f);
	for (i = 0; i < t1->routes.n; i++)
		fprintf(f, "%s\"%s\"", i ? ", " : "",
			saa_prefix_format(&t1->routes.at[i].dst, t1->routes.at[i].len,
					  buf));
	fputs("]\n", f);
}

/* Groups that "apply" makes are in no file: the ends of the links. */
static bool is_link(const struct saa_group *group, const struct below *t1,
		    const struct below *below, size_t n)
{
	char ifname[IF_NAMESIZE];
	size_t i;

	if (t1)
		return !strcmp(group->ifname, SAA_LINK_UP);
	for (i = 0; i < n; i++) {
		snprintf(ifname, sizeof(ifname), "t1-%u",
			 below[i].conf.gateway.id);
		if (!strcmp(group->ifname, ifname))
			return true;
	}
	return false;
}

static void put_groups(FILE *f, const struct saa_conf *conf,
		       const struct below *t1, const struct below *below,
		       size_t n)
{
	size_t i, put = 0;

	fputs("    groups:", f);
	for (i = 0; i < conf->n_groups; i++) {
		const struct saa_group *group = &conf->groups[i];

		if (is_link(group, t1, below, n))
			continue;
		fprintf(f, "%s      - {name: ", put++ ? "" : "\n");
		put_name(f, group->name, "group", group->id);
		fprintf(f, ", id: %u, side: %s, interface: ", group->id,
			saa_side_names[group->side & 1]);
		put_quoted(f, group->ifname);
		fputs("}\n", f);
	}
	if (!put)
		fputs(" []\n", f);
}

static void put_table(FILE *f, const struct saa_conf *conf)
{
	uint32_t i, n;
	char *rows;

	fputs("    # Not what would be computed from the edges above; without it,\n"
	      "    # the table is computed.\n"
	      "    table:\n", f);
	for (i = 0; i < conf->n_rows; i += n) {
		n = conf->n_rows - i;
		if (n > ROWS_PER_LINE)
			n = ROWS_PER_LINE;
		rows = saa_rows_format(conf->rows + i, n);
		fprintf(f, "      - %s\n", rows);
		free(rows);
	}
}

/* @t1: its configuration is that of a tier-1 below @tier0. */
static void put_gateway(FILE *f, const struct saa_conf *tier0,
			const struct below *t1, const struct below *below,
			size_t n, bool table)
{
	const struct saa_conf *conf = t1 ? &t1->conf : tier0;
	size_t i;

	fputs("  - name: ", f);
	put_name(f, conf->gateway.name, "gateway", conf->gateway.id);
	fprintf(f, "\n    id: %u\n", conf->gateway.id);
	if (t1)
		put_tier1(f, tier0, t1);
	else
		fputs("    tier: 0\n", f);
	/* with a tier-1 below it, it is not, whatever its table looks like */
	if (!t1 && !n && saa_conf_is_standby(conf))
		put_standby(f, conf);
	else if (!t1)
		fputs("    mode: stateful-active-active\n", f);
	put_groups(f, conf, t1, below, n);
	if (conf->n_snat)
		fputs("    snat:\n", f);
	for (i = 0; i < conf->n_snat; i++)
		put_snat(f, &conf->snat[i], conf);
	if (table)
		put_table(f, conf);
}

/* Whether the file in @text leads to the table that is running. */
static bool same_table(const char *text, const struct saa_conf *conf)
{
	struct saa_diag d = { 0 };
	struct saa_conf from_file = { 0 };
	const struct saa_sr *self = saa_conf_sr(conf, conf->gateway.sr);
	char *name = name_of(self ? self->name : "", "sr", conf->gateway.sr);
	struct saa_file *file;
	bool same = false;
	int edge;

	file = saa_file_parse("saved", text, strlen(text), false, &d);
	edge = file ? saa_file_edge_index(file, name) : -1;
	if (edge >= 0) {
		saa_file_conf(file, 0, edge, &from_file);
		same = from_file.n_rows == conf->n_rows &&
		       !memcmp(from_file.rows, conf->rows,
			       conf->n_rows * sizeof(*conf->rows));
	}
	free(name);
	saa_conf_free(&from_file);
	saa_file_free(file);
	saa_diag_free(&d);
	return same;
}

static char *text_of(const struct saa_conf *conf, const struct below *below,
		     size_t n, bool table)
{
	char *text = NULL;
	size_t size, i;
	FILE *f = saa_open_text(&text, &size);

	fputs("# The gateway as this SR runs it: interfaces are those of this edge, ", f);
	put_quoted(f, saa_conf_sr_name(conf, conf->gateway.sr));
	fputs(".\n", f);
	put_cluster(f, conf);
	fputs("gateways:\n", f);
	put_gateway(f, conf, NULL, below, n, table);
	for (i = 0; i < n; i++)
		put_gateway(f, conf, &below[i], NULL, 0, false);
	fclose(f);
	return text;
}

char *save_text(const struct saa_conf *conf, const struct below *below, size_t n)
{
	char *text = text_of(conf, below, n, false);

	if (!conf->n_rows || same_table(text, conf))
		return text;
	free(text);
	return text_of(conf, below, n, true);
}
