// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * saactl sync wait: until the status says so. A notification comes with each
 * change of the status; after each one the state is read, so that it does not
 * matter if one is lost.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sync.h"

struct wait {
	struct saa_nl nl, events;
	uint32_t want;
	unsigned long seconds;
	uint32_t status;
	char error[sizeof(((struct saa_sync *)NULL)->error)];	/* the last */
};

static char *append(char *to, const char *text)
{
	char *both = to ? saa_format("%s, and %s", to, text) : saa_strdup(text);

	free(to);
	return both;
}

char *sync_missing(uint32_t status, uint32_t want)
{
	char *missing = NULL;

	if (want & ~status & SAA_SYNC_STATUS_HELD)
		missing = append(missing,
				 status & SAA_SYNC_STATUS_RECEIVING ?
				 "not all of the partner's flows are held here yet" :
				 "the partner is not connected to this SR");
	if (want & ~status & SAA_SYNC_STATUS_SENT)
		missing = append(missing,
				 status & SAA_SYNC_STATUS_SENDING ?
				 "the partner has not confirmed all flows of this SR yet" :
				 "this SR is not connected to the partner");
	return missing;
}

static long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

static void take(struct wait *w, const struct saa_sync *s)
{
	w->status = s->status;
	if (s->error[0])
		memcpy(w->error, s->error, sizeof(w->error));
}

/* A notification: the error in it may be gone when the state is read. */
static int on_event(bool gone, const struct saa_conf *object, void *arg)
{
	if (object->sync.has && !gone)
		take(arg, &object->sync);
	return 0;
}

static int look(struct wait *w)
{
	struct saa_conf conf;
	int ret = EXIT_OK;

	if (saa_nl_get(&w->nl, SAA_KINDS_SYNC, &conf))
		return refuse("%s", w->nl.error);
	if (conf.sync.has)
		take(w, &conf.sync);
	else
		ret = refuse("there is no state sync; see \"saactl sync help\"");
	saa_conf_free(&conf);
	return ret;
}

static int too_late(struct wait *w)
{
	char *missing = sync_missing(w->status, w->want);
	int ret;

	ret = refuse("not after %lu s: %s%s%s", w->seconds, missing,
		     w->error[0] ? "; last error: " : "", w->error);
	free(missing);
	return ret;
}

static int wait_for(struct wait *w)
{
	long long end = now_ms() + w->seconds * 1000LL, left;
	bool lost;
	int err, ret;

	for (;;) {
		ret = look(w);
		if (ret || !(w->want & ~w->status))
			return ret;
		left = end - now_ms();
		if (left <= 0)
			return too_late(w);
		err = saa_nl_wait(&w->events, left, on_event, w, &lost);
		if (err < 0 && err != -ETIMEDOUT)
			return refuse("%s", w->events.error);
	}
}

static int parse(int argc, char **argv, struct wait *w)
{
	const uint32_t both = SAA_SYNC_STATUS_SENT | SAA_SYNC_STATUS_HELD;

	w->seconds = 30;
	if (argc && !strcmp(argv[0], "held"))
		w->want = SAA_SYNC_STATUS_HELD;
	else if (argc && !strcmp(argv[0], "sent"))
		w->want = SAA_SYNC_STATUS_SENT;
	else if (argc && !strcmp(argv[0], "both"))
		w->want = both;
	if (w->want) {
		argc--;
		argv++;
	} else {
		w->want = both;
	}
	if (argc && !strcmp(argv[0], "timeout")) {
		if (argc < 2)
			return misuse("\"timeout\" needs a value");
		if (!saa_parse_uint(argv[1], 86400, &w->seconds))
			return misuse("timeout \"%s\" is not a number of seconds from 0 to 86400",
				      argv[1]);
		argc -= 2;
		argv += 2;
	}
	return no_more(argc, argv);
}

int sync_wait(int argc, char **argv)
{
	struct wait w = { 0 };
	int ret = parse(argc, argv, &w);

	if (ret)
		return ret;
	if (saa_nl_open(&w.nl))
		return refuse("%s", w.nl.error);
	/* joined before the first look, so that no change is missed */
	if (saa_nl_open(&w.events)) {
		ret = refuse("%s", w.events.error);
	} else {
		ret = saa_nl_join(&w.events) ? refuse("%s", w.events.error) :
					       wait_for(&w);
		saa_nl_close(&w.events);
	}
	saa_nl_close(&w.nl);
	return ret;
}
