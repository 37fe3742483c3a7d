// SPDX-License-Identifier: GPL-2.0-or-later
/* saactl stats, monitor, genkey */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "key.h"
#include "tool.h"

static const char usage_stats[] =
"Usage: saactl stats\n"
"Counters of the data path. With -s also those that are 0, and what they\n"
"count.\n";

static const char usage_monitor[] =
"Usage: saactl monitor\n"
"Prints what is added, changed or removed, with the time. With -j one JSON\n"
"object a line.\n";

static const char usage_genkey[] =
"Usage: saactl genkey [ hash | sync ]\n"
"Prints a new key, for the hash unless told otherwise, or for state sync:\n"
"umask 077; saactl genkey > /etc/saa/hash.key\n"
"umask 077; saactl genkey sync > /etc/saa/sync.key\n";

int cmd_stats(int argc, char **argv)
{
	struct saa_counter *counters = NULL;
	json_t *list, *o;
	struct saa_nl nl;
	size_t i, n;
	int ret;

	if (is_help(argc, argv))
		return help(usage_stats);
	ret = no_more(argc, argv);
	if (ret)
		return ret;
	if (saa_nl_open(&nl))
		return refuse("%s", nl.error);
	if (saa_nl_stats(&nl, &counters, &n)) {
		saa_nl_close(&nl);
		return refuse("%s", nl.error);
	}
	list = json_array();
	for (i = 0; i < n; i++) {
		const struct saa_counter *c = &counters[i];

		if (!c->packets && !opt.stats && !opt.json)
			continue;
		o = json_object();
		json_object_set_new(o, "name", json_text(c->name));
		json_object_set_new(o, "packets", json_integer(c->packets));
		if (c->kind == SAA_COUNTER_KIND_DROP)
			json_object_set_new(o, "drop", json_true());
		if (opt.stats)
			json_object_set_new(o, "counts", json_text(c->doc));
		json_array_append_new(list, o);
	}
	out("counter", list);
	free(counters);
	saa_nl_close(&nl);
	return EXIT_OK;
}

/* The objects of one notification; names are of the object itself only. */
static int on_event(bool gone, const struct saa_conf *object, void *arg)
{
	json_t *o = json_object();
	struct timespec now;
	struct tm tm;
	char stamp[32];

	(void)arg;
	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &tm);
	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &tm);
	json_object_set_new(o, "time", json_sprintf("%s.%06ld", stamp,
						    now.tv_nsec / 1000));
	json_object_set_new(o, "event", json_string(gone ? "removed" : "set"));
	if (object->gateway.has)
		json_object_set_new(o, "gateway",
				    json_gateway(&object->gateway));
	if (object->n_srs)
		json_object_set_new(o, "sr", json_sr(&object->srs[0]));
	if (object->n_groups)
		json_object_set_new(o, "group", json_group(&object->groups[0]));
	if (object->n_ports)
		json_object_set_new(o, "punt", json_port(&object->ports[0]));
	if (object->n_snat)
		json_object_set_new(o, "snat",
				    json_snat(&object->snat[0], object));
	if (object->sync.has)
		json_object_set_new(o, "sync", json_sync(object));
	if (json_object_size(o) == 2)
		json_object_set_new(o, "table", json_object());
	if (opt.json) {
		out_line(NULL, o);
	} else {
		/* one line: TIME EVENT OBJECT */
		const char *kind;
		json_t *value;
		char *text;

		printf("%s %s ", json_string_value(json_object_get(o, "time")),
		       json_string_value(json_object_get(o, "event")));
		json_object_del(o, "time");
		json_object_del(o, "event");
		kind = json_object_iter_key(json_object_iter(o));
		value = json_object_iter_value(json_object_iter(o));
		text = out_text(kind, value);
		fputs(text, stdout);
		fflush(stdout);
		free(text);
		json_decref(o);
	}
	return ferror(stdout);
}

int cmd_monitor(int argc, char **argv)
{
	struct saa_nl nl;
	int ret;

	if (is_help(argc, argv))
		return help(usage_monitor);
	ret = no_more(argc, argv);
	if (ret)
		return ret;
	if (saa_nl_open(&nl))
		return refuse("%s", nl.error);
	ret = saa_nl_monitor(&nl, on_event, NULL);
	saa_nl_close(&nl);
	return ret ? refuse("%s", nl.error) : EXIT_OK;
}

int cmd_genkey(int argc, char **argv)
{
	size_t len = SAA_KEY_LEN;
	uint8_t key[SAA_SYNC_KEY_LEN];
	char text[SAA_SYNC_KEY_STRLEN];
	int ret;

	if (is_help(argc, argv))
		return help(usage_genkey);
	if (argc && !strcmp(argv[0], "sync"))
		len = SAA_SYNC_KEY_LEN;
	if (argc && (!strcmp(argv[0], "sync") || !strcmp(argv[0], "hash"))) {
		argc--;
		argv++;
	}
	ret = no_more(argc, argv);
	if (ret)
		return ret;
	ret = saa_key_generate(key, len);
	if (ret)
		return refuse("no random numbers: %s", strerror(-ret));
	saa_base64_format(key, len, text);
	if (opt.json)
		out(NULL, json_pack("{s:s}", "key", text));
	else
		puts(text);
	return EXIT_OK;
}
