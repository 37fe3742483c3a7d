// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The running configuration as a file that "saactl apply" takes. The kernel
 * knows one SR: the names of the interfaces on other edges, failure domains,
 * weights and addresses of edges are not in it. What that takes from the table
 * is made up for by writing the table itself, when it differs from what the
 * file would compute without.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "key.h"
#include "tool.h"

#define ROWS_PER_LINE 16

static void put_cluster(FILE *f, const struct saa_conf *conf)
{
	const struct saa_port *north = saa_conf_port(conf, SAA_SIDE_NORTH);
	const struct saa_port *south = saa_conf_port(conf, SAA_SIDE_SOUTH);
	char key[SAA_KEY_STRLEN];
	size_t i;

	fprintf(f, "cluster:\n  name: %s\n  hash:\n", conf->gateway.name);
	if (conf->gateway.has & 1u << SAA_A_GATEWAY_KEY) {
		saa_key_format(conf->gateway.key, key);
		fprintf(f, "    key: \"%s\"\n", key);
	} else {
		fprintf(f, "    # the key can be read with CAP_NET_ADMIN only\n"
			   "    key-file: /etc/saa/hash.key\n");
	}
	fprintf(f, "    buckets: %u\n  edges:\n", conf->gateway.buckets);
	for (i = 0; i < conf->n_srs; i++)
		fprintf(f, "    - {name: %s, id: %u}\n", conf->srs[i].name,
			conf->srs[i].id);
	fprintf(f, "  punt:\n    transport: l2\n");
	if (north)
		fprintf(f, "    north: \"%s\"\n", north->ifname);
	if (south)
		fprintf(f, "    south: \"%s\"\n", south->ifname);
}

static void put_snat(FILE *f, const struct saa_snat *s,
		     const struct saa_conf *conf)
{
	char buf[SAA_ADDR_STRLEN];

	fprintf(f, "      - {priority: %u, group: %s, family: %s", s->priority,
		saa_conf_group_name(conf, s->group),
		s->family == AF_INET6 ? "ipv6" : "ipv4");
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

static void put_gateway(FILE *f, const struct saa_conf *conf)
{
	size_t i;

	fprintf(f, "gateways:\n  - name: %s\n    id: %u\n    tier: 0\n"
		   "    mode: stateful-active-active\n    groups:%s\n",
		conf->gateway.name, conf->gateway.id,
		conf->n_groups ? "" : " []");
	for (i = 0; i < conf->n_groups; i++)
		fprintf(f, "      - {name: %s, id: %u, side: %s, interface: \"%s\"}\n",
			conf->groups[i].name, conf->groups[i].id,
			saa_side_names[conf->groups[i].side & 1],
			conf->groups[i].ifname);
	if (conf->n_snat)
		fputs("    snat:\n", f);
	for (i = 0; i < conf->n_snat; i++)
		put_snat(f, &conf->snat[i], conf);
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

/* Whether the file in @text leads to the table that is running. */
static bool same_table(const char *text, const struct saa_conf *conf)
{
	struct saa_diag d = { 0 };
	struct saa_conf from_file = { 0 };
	struct saa_file *file;
	bool same = false;
	int edge;

	file = saa_file_parse("saved", text, strlen(text), false, &d);
	edge = file ? saa_file_edge_index(file,
			saa_conf_sr_name(conf, conf->gateway.sr)) : -1;
	if (edge >= 0) {
		saa_file_conf(file, 0, edge, &from_file);
		same = from_file.n_rows == conf->n_rows &&
		       !memcmp(from_file.rows, conf->rows,
			       conf->n_rows * sizeof(*conf->rows));
	}
	saa_conf_free(&from_file);
	saa_file_free(file);
	saa_diag_free(&d);
	return same;
}

char *save_text(const struct saa_conf *conf)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	fprintf(f, "# The gateway as SR \"%s\" runs it: interfaces are those of this edge.\n",
		saa_conf_sr_name(conf, conf->gateway.sr));
	put_cluster(f, conf);
	put_gateway(f, conf);
	fflush(f);
	if (conf->n_rows && !same_table(text, conf))
		put_table(f, conf);
	fclose(f);
	return text;
}
