// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * saactl sync dump, saactl sync verify: what this SR knows of flows, and how that
 * differs from what its partner does. A dump is a line with whose it is, then a
 * line for each flow; with -j each is an object.
 */
#include <errno.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <stdlib.h>
#include <string.h>

#include "sync.h"

#define DUMP_MAX ((size_t)1 << 32)	/* some 10 million flows */

static int get_synced(struct saa_conf *conf)
{
	struct saa_nl nl;
	int ret = get_gateway(&nl, conf);

	if (ret)
		return ret;
	saa_nl_close(&nl);
	if (conf->sync.has)
		return EXIT_OK;
	saa_conf_free(conf);
	return refuse("there is no state sync; see \"saactl sync help\"");
}

static int get_flows(struct saa_cts *flows)
{
	char error[256];

	if (!saa_cts_get(flows, error))
		return EXIT_OK;
	saa_cts_free(flows);
	return refuse("%s", error);
}

static json_t *whose(const struct saa_conf *conf)
{
	json_t *o = json_object();

	json_object_set_new(o, "sr", json_integer(conf->gateway.sr));
	json_object_set_new(o, "gateway", json_integer(conf->gateway.id));
	return o;
}

int sync_dump(int argc, char **argv)
{
	struct saa_cts flows = { 0 };
	struct saa_conf conf;
	int ret = no_more(argc, argv);
	size_t i;

	if (!ret)
		ret = get_synced(&conf);
	if (ret)
		return ret;
	ret = get_flows(&flows);
	if (!ret)
		out_line("dump", whose(&conf));
	for (i = 0; i < flows.n; i++)
		out_line("flow", json_ct(&flows.at[i]));
	saa_cts_free(&flows);
	saa_conf_free(&conf);
	return ret;
}

/* The first line of the partner's dump. */
static int check_whose(const char *path, json_t *o, const struct saa_conf *conf)
{
	json_int_t sr = json_integer_value(json_object_get(o, "sr"));

	if (!json_object_get(o, "sr"))
		return refuse("%s: this is no dump of \"saactl -j sync dump\"",
			      path);
	if (sr != conf->sync.partner ||
	    json_integer_value(json_object_get(o, "gateway")) != conf->gateway.id)
		return refuse("%s: this is a dump of SR %" JSON_INTEGER_FORMAT
			      " of gateway %" JSON_INTEGER_FORMAT
			      ", the partner is SR %u of gateway %u", path, sr,
			      json_integer_value(json_object_get(o, "gateway")),
			      conf->sync.partner, conf->gateway.id);
	return EXIT_OK;
}

int sync_dump_parse(const char *path, const char *text,
		    const struct saa_conf *conf, struct saa_cts *flows)
{
	struct saa_ct flow;
	unsigned int line;
	size_t len;
	json_t *o;
	int ret = EXIT_OK;

	for (line = 1; *text && !ret; line++, text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		o = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
		if (line == 1)
			ret = check_whose(path, o, conf);
		else if (json_ct_parse(o, &flow))
			*saa_cts_add(flows) = flow;
		else
			ret = refuse("%s:%u: this is no flow of \"saactl -j sync dump\"",
				     path, line);
		json_decref(o);
	}
	if (line == 1)
		ret = refuse("%s: this is no dump, but empty", path);
	saa_cts_sort(flows);
	return ret;
}

/* Is it the partner's business? One that nobody answered may be too new. */
static bool is_known(const struct saa_ct *f)
{
	return f->status & IPS_SEEN_REPLY;
}

/* Leaves in both what the other one has not, or has otherwise. */
static void remove_same(json_t *a, json_t *b)
{
	const char *key;
	json_t *value;
	void *next;

	json_object_foreach_safe(a, next, key, value) {
		if (!json_equal(value, json_object_get(b, key)))
			continue;
		json_object_del(b, key);
		json_object_del(a, key);
	}
}

static json_t *difference(const char *what, const struct saa_ct *f)
{
	json_t *o = json_object(), *id = json_ct_id(f);

	json_object_set_new(o, "difference", json_string(what));
	json_object_update(o, id);
	json_decref(id);
	return o;
}

json_t *json_ct_only(const char *what, const char *side, const struct saa_ct *f)
{
	json_t *o;

	if (!is_known(f))
		return NULL;
	o = difference(what, f);
	json_object_set_new(o, side, json_ct_rest(f));
	return o;
}

json_t *json_ct_diff(const struct saa_ct *here, const struct saa_ct *there)
{
	json_t *a = json_ct_rest(here), *b = json_ct_rest(there), *o = NULL;

	remove_same(a, b);
	if (json_object_size(a) || json_object_size(b)) {
		o = difference("differs", here);
		json_object_set(o, "here", a);
		json_object_set(o, "partner", b);
	}
	json_decref(a);
	json_decref(b);
	return o;
}

/* Both in order. Prints what differs; how many. */
static size_t compare(const struct saa_cts *here, const struct saa_cts *there)
{
	size_t i = 0, j = 0, n = 0;
	json_t *diff;
	int cmp;

	while (i < here->n || j < there->n) {
		if (i == here->n)
			cmp = 1;
		else if (j == there->n)
			cmp = -1;
		else
			cmp = saa_ct_cmp(&here->at[i], &there->at[j]);
		if (cmp < 0)
			diff = json_ct_only("not-at-partner", "here",
					    &here->at[i++]);
		else if (cmp > 0)
			diff = json_ct_only("not-here", "partner",
					    &there->at[j++]);
		else
			diff = json_ct_diff(&here->at[i++], &there->at[j++]);
		if (!diff)
			continue;
		out_line("flow", diff);
		n++;
	}
	return n;
}

static int verify(const char *path, const struct saa_conf *conf)
{
	struct saa_cts here = { 0 }, there = { 0 };
	size_t len, n;
	char *text = saa_read_file(path, DUMP_MAX, &len);
	int ret;

	if (!text)
		return refuse("%s: %s", path, strerror(errno));
	ret = sync_dump_parse(path, text, conf, &there);
	free(text);
	if (!ret)
		ret = get_flows(&here);
	if (!ret) {
		json_t *sum = json_object();

		n = compare(&here, &there);
		json_object_set_new(sum, "here", json_integer(here.n));
		json_object_set_new(sum, "partner", json_integer(there.n));
		json_object_set_new(sum, "differences", json_integer(n));
		out_line("flows", sum);
		if (n)
			ret = EXIT_REFUSED;
	}
	saa_cts_free(&here);
	saa_cts_free(&there);
	return ret;
}

int sync_verify(int argc, char **argv)
{
	struct saa_conf conf;
	int ret;

	if (!argc)
		return misuse("\"sync verify\" needs a FILE, made by \"saactl -j sync dump\" on the partner; - is standard input");
	ret = no_more(argc - 1, argv + 1);
	if (!ret)
		ret = get_synced(&conf);
	if (ret)
		return ret;
	ret = verify(argv[0], &conf);
	saa_conf_free(&conf);
	return ret;
}
