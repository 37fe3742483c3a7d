// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * State sync as a tree: in a line, as "saactl show" has it, or at length. Status
 * is told in words: for each direction and as a whole.
 */
#include <stdlib.h>
#include <string.h>

#include "sync.h"

static void set(json_t *o, const char *key, json_t *value)
{
	json_object_set_new(o, key, value);
}

static void set_addr(json_t *o, const char *key, const struct saa_addr *a)
{
	char buf[SAA_ADDR_STRLEN];

	set(o, key, json_string(saa_addr_format(a, buf)));
}

const char *sync_to_partner(uint32_t status)
{
	return !(status & SAA_SYNC_STATUS_SENDING) ? "disconnected" :
	       status & SAA_SYNC_STATUS_SENT ? "all-sent" : "sending-all";
}

const char *sync_from_partner(uint32_t status)
{
	return !(status & SAA_SYNC_STATUS_RECEIVING) ? "disconnected" :
	       status & SAA_SYNC_STATUS_HELD ? "all-held" : "receiving-all";
}

const char *sync_status(uint32_t status)
{
	const uint32_t both = SAA_SYNC_STATUS_SENDING |
			      SAA_SYNC_STATUS_RECEIVING;
	const uint32_t all = SAA_SYNC_STATUS_SENT | SAA_SYNC_STATUS_HELD;

	return !(status & both) ? "disconnected" :
	       (status & both) != both ? "one-way" :
	       (status & all) == all ? "in-sync" : "syncing";
}

static const struct saa_counter *counter(const struct saa_conf *conf,
					 const char *name)
{
	size_t i;

	for (i = 0; i < conf->n_sync_counters; i++)
		if (!strcmp(conf->sync_counters[i].name, name))
			return &conf->sync_counters[i];
	return NULL;
}

json_t *json_sync_spec(const struct saa_sync *s)
{
	json_t *o = json_object();

	set(o, "partner", json_integer(s->partner));
	if (s->has & 1u << SAA_A_SYNC_LOCAL)
		set_addr(o, "local", &s->local);
	if (s->has & 1u << SAA_A_SYNC_REMOTE)
		set_addr(o, "remote", &s->remote);
	if (s->has & 1u << SAA_A_SYNC_PORT)
		set(o, "port", json_integer(s->port));
	if (s->has & 1u << SAA_A_SYNC_MODE && s->mode < 2)
		set(o, "mode", json_string(saa_sync_mode_names[s->mode]));
	if (s->has & 1u << SAA_A_SYNC_TIMEOUT)
		set(o, "timeout", json_integer(s->timeout));
	if (s->has & 1u << SAA_A_SYNC_STRICT_TIMEOUT)
		set(o, "strict-timeout", json_integer(s->strict_timeout));
	if (*s->netns_name)
		set(o, "netns", json_text(s->netns_name));
	else if (s->has & 1u << SAA_A_SYNC_NETNS)
		set(o, "netns", s->netns ?
		    json_sprintf("inode %u", s->netns) : json_string("gone"));
	return o;
}

/* Partner and status; what a line begins with, and a block. */
static json_t *head(const struct saa_conf *conf)
{
	const struct saa_sync *s = &conf->sync;
	json_t *o = json_object();

	set(o, "partner", json_text(saa_conf_sr_name(conf, s->partner)));
	set(o, "status", json_string(sync_status(s->status)));
	set(o, "to-partner", json_string(sync_to_partner(s->status)));
	set(o, "from-partner", json_string(sync_from_partner(s->status)));
	return o;
}

static void set_error(json_t *o, const struct saa_sync *s)
{
	if (s->has & 1u << SAA_A_SYNC_ERROR)
		set(o, "error", json_text(s->error));
}

json_t *json_sync(const struct saa_conf *conf)
{
	static const char *const names[] = { "flows-held", "flows-at-risk",
					     "lag-us" };
	const struct saa_sync *s = &conf->sync;
	const struct saa_counter *c;
	json_t *o = head(conf);
	size_t i;

	if (s->has & 1u << SAA_A_SYNC_MODE && s->mode < 2)
		set(o, "mode", json_string(saa_sync_mode_names[s->mode]));
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		c = counter(conf, names[i]);
		if (c)
			set(o, c->name, json_integer(c->packets));
	}
	set_error(o, s);
	return o;
}

json_t *json_sync_block(const struct saa_conf *conf)
{
	json_t *o = head(conf), *spec = json_sync_spec(&conf->sync);
	json_t *counters = json_object(), *counts = json_object();
	size_t i;

	set_error(o, &conf->sync);
	/* by name above */
	set(o, "partner-id", json_integer(conf->sync.partner));
	json_object_del(spec, "partner");
	json_object_update(o, spec);
	json_decref(spec);
	for (i = 0; i < conf->n_sync_counters; i++) {
		const struct saa_counter *c = &conf->sync_counters[i];
		char *name;

		if (!c->packets && c->kind != SAA_COUNTER_KIND_GAUGE &&
		    !opt.stats && !opt.json)
			continue;
		name = saa_printable(c->name);
		set(counters, name, json_integer(c->packets));
		if (opt.stats)
			set(counts, name, json_text(c->doc));
		free(name);
	}
	set(o, "counters", counters);
	if (opt.stats)
		set(o, "counts", counts);
	else
		json_decref(counts);
	return o;
}
