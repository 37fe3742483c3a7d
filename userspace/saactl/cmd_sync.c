// SPDX-License-Identifier: GPL-2.0-or-later
/* saactl sync: state sync with the partner. There is at most one. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "key.h"
#include "netns.h"
#include "sync.h"
#include "words.h"

#define HAS(attr) (1u << (attr))
#define AT(member) \
	.offset = offsetof(struct saa_sync, member), \
	.size = sizeof(((struct saa_sync *)NULL)->member)

static const char usage[] =
"Usage: saactl sync [ show ]\n"
"       saactl sync add partner { ID | NAME } local ADDRESS remote ADDRESS\n"
"              KEY [ SETTING ]...\n"
"       saactl sync set [ partner { ID | NAME } ] [ local ADDRESS ]\n"
"              [ remote ADDRESS ] [ KEY ] [ SETTING ]...\n"
"       saactl sync { del | resync }\n"
"       saactl sync wait [ held | sent | both ] [ timeout SECONDS ]\n"
"       saactl sync { dump | verify FILE }\n"
"where  KEY     := { key-file FILE | key BASE64 }\n"
"       SETTING := { mode { async | strict } | port NUMBER |\n"
"                    timeout MS | strict-timeout MS | netns NAME | no-netns |\n"
"                    old-key-file FILE | old-key BASE64 | no-old-key }\n"
"\"resync\" has all flows sent again, both ways. \"wait\" waits for 30 seconds\n"
"unless told: until all of the partner's flows are here (held), the partner\n"
"has all of ours (sent), or both, the default. \"verify\" tells how the flows\n"
"here differ from those of the partner, where \"saactl -j sync dump\" wrote FILE.\n";

static int word_partner(const struct word *w, const struct saa_conf *conf,
			const char *value, void *object)
{
	struct saa_sync *s = object;
	unsigned long id;
	size_t i;

	(void)w;
	if (saa_parse_uint(value, UINT16_MAX, &id) && id) {
		s->partner = id;
	} else {
		for (i = 0; i < conf->n_srs; i++)
			if (!strcmp(conf->srs[i].name, value))
				break;
		if (i == conf->n_srs)
			return refuse("partner \"%s\" is not an SR of the gateway",
				      value);
		s->partner = conf->srs[i].id;
	}
	s->has |= HAS(SAA_A_SYNC_PARTNER);
	return EXIT_OK;
}

static int take_key(const struct word *w, const char *text, void *object)
{
	if (!saa_base64_parse(text, (uint8_t *)object + w->offset, w->size))
		return misuse("%s: that is not %zu bytes in base64; see \"saactl genkey sync\"",
			      w->name, w->size);
	*(uint32_t *)object |= HAS(w->attr);
	return EXIT_OK;
}

static int word_key(const struct word *w, const struct saa_conf *conf,
		    const char *value, void *object)
{
	(void)conf;
	return take_key(w, value, object);
}

static int word_key_file(const struct word *w, const struct saa_conf *conf,
			 const char *value, void *object)
{
	size_t len;
	char *text = saa_read_file(value, 4096, &len);
	int ret;

	(void)conf;
	if (!text)
		return refuse("%s %s: %s", w->name, value, strerror(errno));
	ret = take_key(w, text, object);
	free(text);
	return ret;
}

/* Zeros take it away. */
static int word_no_old_key(const struct word *w, const struct saa_conf *conf,
			   const char *value, void *object)
{
	struct saa_sync *s = object;

	(void)w;
	(void)conf;
	(void)value;
	memset(s->old_key, 0, sizeof(s->old_key));
	s->has |= HAS(SAA_A_SYNC_OLD_KEY);
	return EXIT_OK;
}

/* Where the connections are made: "" is the SR's own. */
static int word_netns(const struct word *w, const struct saa_conf *conf,
		      const char *value, void *object)
{
	struct saa_sync *s = object;

	(void)conf;
	if (value && !saa_netns_name_ok(value))
		return misuse("%s \"%s\" is not a name of /run/netns", w->name,
			      value);
	strcpy(s->netns_name, value ? value : "");
	s->has |= HAS(SAA_A_SYNC_NETNS_FD);
	return EXIT_OK;
}

static const struct word words[] = {
	{ "partner", .set = word_partner },
	{ "local", .set = word_addr, .attr = SAA_A_SYNC_LOCAL, AT(local) },
	{ "remote", .set = word_addr, .attr = SAA_A_SYNC_REMOTE, AT(remote) },
	{ "port", .set = word_number, .attr = SAA_A_SYNC_PORT, AT(port),
	  .min = 1, .max = UINT16_MAX },
	{ "mode", .set = word_enum, .attr = SAA_A_SYNC_MODE, AT(mode),
	  .names = saa_sync_mode_names,
	  .n_names = ARRAY_SIZE(saa_sync_mode_names) },
	{ "timeout", .set = word_number, .attr = SAA_A_SYNC_TIMEOUT,
	  AT(timeout), .min = 500, .max = 60000 },
	{ "strict-timeout", .set = word_number,
	  .attr = SAA_A_SYNC_STRICT_TIMEOUT, AT(strict_timeout), .min = 1,
	  .max = 1000 },
	{ "key-file", .set = word_key_file, .attr = SAA_A_SYNC_KEY, AT(key) },
	{ "key", .set = word_key, .attr = SAA_A_SYNC_KEY, AT(key) },
	{ "old-key-file", .set = word_key_file, .attr = SAA_A_SYNC_OLD_KEY,
	  AT(old_key) },
	{ "old-key", .set = word_key, .attr = SAA_A_SYNC_OLD_KEY,
	  AT(old_key) },
	{ "no-old-key", .flag = true, .set = word_no_old_key },
	{ "netns", .set = word_netns },
	{ "no-netns", .flag = true, .set = word_netns },
	{ 0 }
};

static int show(int argc, char **argv)
{
	struct saa_conf conf;
	struct saa_nl nl;
	int ret = no_more(argc, argv);

	if (!ret)
		ret = get_gateway(&nl, &conf);
	if (ret)
		return ret;
	if (conf.sync.has)
		out_block("sync", json_sync_block(&conf));
	else if (opt.json)
		out(NULL, json_object());
	saa_conf_free(&conf);
	saa_nl_close(&nl);
	return EXIT_OK;
}

static int send_change(uint8_t cmd, struct saa_nl *nl, struct saa_sync *s)
{
	struct saa_conf change = { .sync = *s };

	change.sync.has |= SAA_SYNC_HERE;
	return saa_nl_write(nl, cmd, &change, false) ?
		refuse("%s", nl->error) : EXIT_OK;
}

static int needs(const struct saa_sync *s, int attr, const char *what)
{
	return s->has & HAS(attr) ? EXIT_OK :
		misuse("\"sync add\" needs %s; try \"saactl sync help\"", what);
}

static int change(int argc, char **argv, uint8_t cmd)
{
	struct saa_sync s = { 0 };
	struct saa_conf conf;
	struct saa_nl nl;
	int ret = get_gateway(&nl, &conf);

	if (ret)
		return ret;
	ret = words_parse(words, argc, argv, &conf, &s, "sync");
	if (!ret && cmd == SAA_CMD_NEW)
		ret = needs(&s, SAA_A_SYNC_PARTNER, "partner ID") ?:
		      needs(&s, SAA_A_SYNC_LOCAL, "local ADDRESS") ?:
		      needs(&s, SAA_A_SYNC_REMOTE, "remote ADDRESS") ?:
		      needs(&s, SAA_A_SYNC_KEY, "key-file FILE");
	if (!ret)
		ret = send_change(cmd, &nl, &s);
	saa_conf_free(&conf);
	saa_nl_close(&nl);
	return ret;
}

static int add(int argc, char **argv)
{
	return change(argc, argv, SAA_CMD_NEW);
}

static int set(int argc, char **argv)
{
	if (!argc)
		return misuse("\"sync set\" needs something to set; try \"saactl sync help\"");
	return change(argc, argv, SAA_CMD_CHANGE);
}

/* A message without words of its own. */
static int simple(int argc, char **argv, uint8_t cmd, bool resync)
{
	struct saa_sync s = { .resync = resync };
	struct saa_nl nl;
	int ret = no_more(argc, argv);

	if (ret)
		return ret;
	if (resync)
		s.has = HAS(SAA_A_SYNC_RESYNC);
	if (saa_nl_open(&nl))
		return refuse("%s", nl.error);
	ret = send_change(cmd, &nl, &s);
	saa_nl_close(&nl);
	return ret;
}

static int del(int argc, char **argv)
{
	return simple(argc, argv, SAA_CMD_DEL, false);
}

static int resync(int argc, char **argv)
{
	return simple(argc, argv, SAA_CMD_CHANGE, true);
}

static const struct command commands[] = {
	{ "add", add },
	{ "del", del },
	{ "dump", sync_dump },
	{ "resync", resync },
	{ "set", set },
	{ "show", show },
	{ "verify", sync_verify },
	{ "wait", sync_wait },
	{ 0 }
};

int cmd_sync(int argc, char **argv)
{
	if (is_help(argc, argv))
		return help(usage);
	return run_command(commands, argc, argv, "command of sync", show);
}
