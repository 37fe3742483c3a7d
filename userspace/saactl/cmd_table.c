// SPDX-License-Identifier: GPL-2.0-or-later
/* saactl table: which SR owns which bucket. */
#include <stdlib.h>
#include <string.h>

#include "tool.h"

static const char usage[] =
"Usage: saactl table show [ rows ]\n"
"       saactl table set BUCKET[-BUCKET] primary SR backup { SR | none }\n"
"where  SR := an id or a name\n";

static bool is_up(const struct saa_conf *conf, uint16_t id)
{
	const struct saa_sr *sr = saa_conf_sr(conf, id);

	return sr && sr->state == SAA_SR_STATE_UP;
}

static json_t *json_rows(const struct saa_conf *conf)
{
	json_t *list = json_array(), *o;
	uint16_t owner;
	uint32_t i;

	for (i = 0; i < conf->n_rows; i++) {
		const struct saa_row *row = &conf->rows[i];

		owner = is_up(conf, row->primary) ? row->primary :
			is_up(conf, row->backup) ? row->backup : 0;
		o = json_object();
		json_object_set_new(o, "number", json_integer(i));
		json_object_set_new(o, "primary", json_integer(row->primary));
		if (row->backup)
			json_object_set_new(o, "backup",
					    json_integer(row->backup));
		if (owner)
			json_object_set_new(o, "owner", json_integer(owner));
		json_array_append_new(list, o);
	}
	return list;
}

static int show(int argc, char **argv)
{
	bool rows = argc && !strcmp(argv[0], "rows");
	struct saa_conf conf;
	struct saa_nl nl;
	json_t *o;
	int ret;

	ret = no_more(argc - rows, argv + rows);
	if (!ret)
		ret = get_gateway(&nl, &conf);
	if (ret)
		return ret;
	if (rows) {
		out("bucket", json_rows(&conf));
	} else {
		o = json_object();
		json_object_set_new(o, "table", json_pack("{s:I, s:I}",
				    "buckets", (json_int_t)conf.n_rows,
				    "generation",
				    (json_int_t)conf.gateway.generation));
		json_object_set_new(o, "sr", json_srs(&conf));
		out(NULL, o);
	}
	saa_conf_free(&conf);
	saa_nl_close(&nl);
	return EXIT_OK;
}

static int parse_sr(const struct saa_conf *conf, const char *text, uint16_t *id)
{
	unsigned long n;
	size_t i;

	if (saa_parse_uint(text, UINT16_MAX, &n)) {
		*id = n;
		return EXIT_OK;
	}
	for (i = 0; i < conf->n_srs; i++)
		if (!strcmp(conf->srs[i].name, text)) {
			*id = conf->srs[i].id;
			return EXIT_OK;
		}
	return refuse("SR \"%s\" is not an SR of the gateway", text);
}

static int parse_buckets(char *text, unsigned long *first, unsigned long *last)
{
	char *dash = strchr(text, '-');
	bool ok;

	if (dash)
		*dash = '\0';
	ok = saa_parse_uint(text, SAA_BUCKETS_MAX - 1, first) &&
	     saa_parse_uint(dash ? dash + 1 : text, SAA_BUCKETS_MAX - 1, last) &&
	     *first <= *last;
	if (dash)
		*dash = '-';
	return ok ? EXIT_OK : misuse("\"%s\" is not a range of buckets", text);
}

static bool has_one_owner(const struct saa_conf *conf)
{
	uint32_t i;

	for (i = 1; i < conf->n_rows; i++)
		if (conf->rows[i].primary != conf->rows[0].primary)
			return false;
	return true;
}

/*
 * The kernel knows no modes, so a gateway is taken for active-standby by its table.
 * One that is does not become stateful active/active, nor the other way round.
 */
static int check_standby(struct saa_conf *conf, const struct saa_conf *change)
{
	bool was = saa_conf_is_standby(conf);
	uint32_t i;

	for (i = 0; i < change->n_rows && change->first_row + i < conf->n_rows; i++)
		conf->rows[change->first_row + i] = change->rows[i];
	if (was && !has_one_owner(conf))
		return refuse("two SRs would own buckets, as in stateful-active-active, which no active-standby gateway becomes; give all to one in one command");
	if (was || !saa_conf_is_standby(conf))
		return EXIT_OK;
	return refuse("one SR would own every bucket and the other one back it up, as in active-standby; leave one bucket out, or \"saactl sr set %s state down\"",
		      saa_conf_sr_name(conf, conf->rows[0].backup));
}

static int set(int argc, char **argv)
{
	struct saa_conf conf, change = { 0 };
	unsigned long first, last;
	struct saa_row row = { 0 };
	struct saa_nl nl;
	uint32_t i;
	int ret;

	if (argc != 5 || strcmp(argv[1], "primary") || strcmp(argv[3], "backup"))
		return misuse("wrong arguments; try \"saactl table help\"");
	ret = parse_buckets(argv[0], &first, &last);
	if (!ret)
		ret = get_gateway(&nl, &conf);
	if (ret)
		return ret;
	ret = parse_sr(&conf, argv[2], &row.primary);
	if (!ret && strcmp(argv[4], "none"))
		ret = parse_sr(&conf, argv[4], &row.backup);
	if (!ret) {
		change.first_row = first;
		change.n_rows = last - first + 1;
		change.rows = saa_zalloc(change.n_rows * sizeof(row));
		for (i = 0; i < change.n_rows; i++)
			change.rows[i] = row;
		ret = check_standby(&conf, &change);
		if (!ret && saa_nl_write(&nl, SAA_CMD_CHANGE, &change, false))
			ret = refuse("%s", nl.error);
	}
	saa_conf_free(&change);
	saa_conf_free(&conf);
	saa_nl_close(&nl);
	return ret;
}

static int do_help(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return help(usage);
}

int cmd_table(int argc, char **argv)
{
	static const struct command commands[] = {
		{ "show", show }, { "set", set }, { "help", do_help }, { 0 }
	};

	return run_command(commands, argc, argv, "command of \"table\"", show);
}
