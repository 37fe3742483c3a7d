// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * saactl digest: what this SR has in common with the others of its gateway, and
 * reading that of others.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "tool.h"

#define DIGEST_MAX (16 << 20)

static const char usage[] =
"Usage: saactl digest\n"
"With -j as \"saactl check FILE with DIGEST ...\" of another edge takes it.\n";

json_t *digest_here(void)
{
	struct saa_conf conf;
	struct saa_nl nl;
	json_t *digest, *lines;
	char *nft;

	if (get_gateway(&nl, &conf))
		return NULL;
	nft = nft_ruleset();
	if (!nft)
		warn("nft cannot list its rules: they are not compared");
	lines = digest_lines(&conf, nft ? nft : "");
	digest_add_sysctls(lines);
	digest = json_object();
	json_object_set_new(digest, "gateway", json_text(conf.gateway.name));
	json_object_set_new(digest, "edge",
			    json_text(saa_conf_sr_name(&conf, conf.gateway.sr)));
	json_object_set_new(digest, "lines", lines);
	free(nft);
	saa_conf_free(&conf);
	saa_nl_close(&nl);
	return digest;
}

static const char *text_of(json_t *digest, const char *key)
{
	return json_string_value(json_object_get(digest, key));
}

/* Is it the digest of another SR of the gateway? */
static int check_origin(json_t *here, json_t *there, const char *path)
{
	const char *edge = text_of(there, "edge");
	const char *gateway = text_of(there, "gateway");

	if (!edge || !gateway || !json_is_array(json_object_get(there, "lines")))
		return refuse("%s: not a digest, as \"saactl -j digest\" writes it",
			      path);
	if (strcmp(gateway, text_of(here, "gateway")))
		return refuse("%s: of gateway \"%s\", but this namespace runs \"%s\"",
			      path, gateway, text_of(here, "gateway"));
	if (!strcmp(edge, text_of(here, "edge")))
		return refuse("%s: of edge \"%s\", which is this one; get it from another edge",
			      path, edge);
	return EXIT_OK;
}

/* The end of what was read may be white space. */
static bool is_end(const char *text, size_t len)
{
	return strspn(text, " \t\r\n") >= len;
}

int digest_check_file(json_t *here, const char *path, json_t *drift,
		      json_t *edges)
{
	json_t *there, *list;
	json_error_t error;
	size_t len, at = 0;
	int ret = EXIT_OK;
	char *text;

	text = saa_read_file(path, DIGEST_MAX, &len);
	if (!text)
		return refuse("%s: %s", path, strerror(errno));
	do {
		there = json_loadb(text + at, len - at, JSON_DISABLE_EOF_CHECK,
				   &error);
		ret = check_origin(here, there, path);
		if (!ret) {
			list = digest_compare(json_object_get(here, "lines"),
					      json_object_get(there, "lines"),
					      text_of(there, "edge"));
			json_array_extend(drift, list);
			json_decref(list);
			json_array_append(edges, json_object_get(there, "edge"));
			at += error.position;
		}
		json_decref(there);
	} while (!ret && !is_end(text + at, len - at));
	free(text);
	return ret;
}

int cmd_digest(int argc, char **argv)
{
	json_t *digest, *line;
	size_t i;
	int ret;

	if (is_help(argc, argv))
		return help(usage);
	ret = no_more(argc, argv);
	if (ret)
		return ret;
	digest = digest_here();
	if (!digest)
		return EXIT_REFUSED;
	if (opt.json) {
		out(NULL, digest);
		return EXIT_OK;
	}
	json_array_foreach(json_object_get(digest, "lines"), i, line) {
		char *text = saa_printable(json_string_value(line));

		puts(text);
		free(text);
	}
	json_decref(digest);
	return EXIT_OK;
}
