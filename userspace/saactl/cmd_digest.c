// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * saactl digest: what this SR has in common with the others of its gateway, and
 * reading that of others.
 */
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

int digest_check_file(json_t *here, const char *path, json_t *drift)
{
	json_t *there, *list, *lines;
	const char *edge, *gateway;
	char *text;
	size_t len;

	text = saa_read_file(path, DIGEST_MAX, &len);
	there = text ? json_loadb(text, len, 0, NULL) : NULL;
	free(text);
	edge = json_string_value(json_object_get(there, "edge"));
	gateway = json_string_value(json_object_get(there, "gateway"));
	lines = json_object_get(there, "lines");
	if (!edge || !gateway || !json_is_array(lines)) {
		json_decref(there);
		return refuse("%s: not a digest, as \"saactl -j digest\" writes it",
			      path);
	}
	if (strcmp(gateway,
		   json_string_value(json_object_get(here, "gateway")))) {
		refuse("%s: of gateway \"%s\", but this namespace runs \"%s\"",
		       path, gateway,
		       json_string_value(json_object_get(here, "gateway")));
		json_decref(there);
		return EXIT_REFUSED;
	}
	list = digest_compare(json_object_get(here, "lines"), lines, edge);
	json_array_extend(drift, list);
	json_decref(list);
	json_decref(there);
	return EXIT_OK;
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
