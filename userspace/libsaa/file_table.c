// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An explicit table in the configuration file, in place of the computed one:
 * a list of strings of rows "PRIMARY/BACKUP" or "PRIMARY/BACKUP*COUNT" with SR
 * ids, from bucket 0 on. "saactl save" writes one if the running table is not
 * what the file would compute.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "util.h"

static bool known_sr(const struct saa_file *f,
		     const struct saa_file_gateway *gw, unsigned int id)
{
	uint32_t i;

	for (i = 0; i < f->root->cluster.n_edges; i++)
		if (gw->runs_on[i] && f->root->cluster.edges[i].id == id)
			return true;
	return false;
}

static bool parse_row(const char *word, unsigned int *primary,
		      unsigned int *backup, unsigned int *count)
{
	int end = 0;

	*count = 1;
	if (sscanf(word, "%5u/%5u%n", primary, backup, &end) != 2)
		return false;
	if (word[end] == '*') {
		word += end;
		end = 0;
		if (sscanf(word, "*%5u%n", count, &end) != 1)
			return false;
	}
	return !word[end] && *count && *primary <= UINT16_MAX &&
	       *backup <= UINT16_MAX;
}

/* One string of rows; returns the bucket after it, or past the end if bad. */
static uint32_t parse_line(struct saa_file *f, struct saa_file_gateway *gw,
			   uint32_t at, const char *text, unsigned int line,
			   struct saa_diag *d)
{
	unsigned int primary, backup, count;
	char *copy = saa_strdup(text), *word, *save;

	for (word = strtok_r(copy, " ", &save); word;
	     word = strtok_r(NULL, " ", &save)) {
		if (!parse_row(word, &primary, &backup, &count)) {
			saa_error(d, line,
				  "row \"%s\" is not PRIMARY/BACKUP or PRIMARY/BACKUP*COUNT",
				  word);
			break;
		}
		if (!known_sr(f, gw, primary) || primary == backup ||
		    (backup && !known_sr(f, gw, backup))) {
			saa_error(d, line,
				  "row \"%s\" does not name two different edges of the cluster by id",
				  word);
			break;
		}
		while (count-- && at <= f->buckets) {
			if (at < f->buckets) {
				gw->rows[at].primary = primary;
				gw->rows[at].backup = backup;
			}
			at++;
		}
	}
	free(copy);
	return word ? UINT32_MAX : at;
}

/*
 * What runs would be taken for active-standby, see saa_conf_is_standby(); with
 * links it would not.
 */
static bool is_standby(const struct saa_file *f,
		       const struct saa_file_gateway *gw)
{
	struct saa_conf conf = {
		.rows = gw->rows, .n_rows = f->buckets,
	};
	uint32_t i;

	for (i = 0; i < f->root->cluster.n_edges; i++)
		conf.n_srs += gw->runs_on[i];
	return gw->mode == SAA_MODE_STATEFUL && !saa_file_links(f, gw) &&
	       saa_conf_is_standby(&conf);
}

bool saa_file_check_table(struct saa_file *f, size_t gateway,
			  struct saa_diag *d)
{
	struct saa_file_gateway *gw = &f->root->gateways[gateway];
	uint32_t i, at = 0;

	if (!gw->n_table || f->buckets < SAA_BUCKETS_MIN ||
	    f->buckets > SAA_BUCKETS_MAX)
		return true;
	gw->rows = saa_zalloc(f->buckets * sizeof(*gw->rows));
	for (i = 0; i < gw->n_table && at != UINT32_MAX; i++)
		at = parse_line(f, gw, at, gw->table[i],
				saa_ydoc_line(&f->doc, "gateways[%zu].table[%u]",
					      gateway, i), d);
	if (at != UINT32_MAX && at != f->buckets)
		saa_error(d, saa_ydoc_line(&f->doc, "gateways[%zu].table",
					   gateway),
			  "the table has %s%u rows, but there are %u buckets",
			  at > f->buckets ? "more than " : "",
			  at > f->buckets ? f->buckets : at, f->buckets);
	else if (at == f->buckets && is_standby(f, gw))
		saa_error(d, saa_ydoc_line(&f->doc, "gateways[%zu].table",
					   gateway),
			  "the table of \"%s\" has one owner and its backup, as in active-standby; give another edge a row, or take that mode",
			  gw->name);
	return at == f->buckets;
}

char *saa_rows_format(const struct saa_row *rows, uint32_t n)
{
	char *out = NULL;
	size_t size;
	FILE *f = saa_open_text(&out, &size);
	uint32_t i, j;

	for (i = 0; i < n; i = j) {
		for (j = i + 1; j < n && rows[j].primary == rows[i].primary &&
		     rows[j].backup == rows[i].backup; j++)
			;
		fprintf(f, "%s%u/%u", i ? " " : "", rows[i].primary,
			rows[i].backup);
		if (j - i > 1)
			fprintf(f, "*%u", j - i);
	}
	fclose(f);
	return out;
}
