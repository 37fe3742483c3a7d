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

#define DIGEST_MAX (16 << 20)	/* of one edge */

static const char usage[] =
"Usage: saactl digest\n"
"With -j as \"saactl check FILE with DIGEST ...\" of another edge takes it.\n";

json_t *digest_make(const struct saa_conf *conf, const char *nft)
{
	json_t *digest, *lines;

	if (!(conf->gateway.has & 1u << SAA_A_GATEWAY_KEY)) {
		refuse("reading what SRs have alike, with their keys, takes CAP_NET_ADMIN");
		return NULL;
	}
	if (!nft)
		warn("nft cannot list its rules: they are not compared");
	lines = digest_lines(conf, nft);
	digest_add_sysctls(lines);
	digest = json_object();
	json_object_set_new(digest, "gateway", json_text(conf->gateway.name));
	json_object_set_new(digest, "edge",
			    json_text(saa_conf_sr_name(conf, conf->gateway.sr)));
	json_object_set_new(digest, "lines", lines);
	return digest;
}

json_t *digest_here(void)
{
	struct saa_conf conf;
	struct saa_nl nl;
	json_t *digest;
	char *nft;

	if (get_gateway(&nl, &conf))
		return NULL;
	nft = nft_ruleset();
	digest = digest_make(&conf, nft);
	free(nft);
	saa_conf_free(&conf);
	saa_nl_close(&nl);
	return digest;
}

static const char *text_of(json_t *digest, const char *key)
{
	return json_string_value(json_object_get(digest, key));
}

/* Digests in a file, one after the other, as jansson reads one of them. */
struct source {
	const char *path;
	FILE *f;
	size_t left;		/* bytes that this one may still have */
};

/* One byte at a time, so that what follows is left for the next one. */
static size_t next_byte(void *buffer, size_t len, void *source)
{
	struct source *s = source;
	int c = s->left ? getc(s->f) : EOF;

	(void)len;
	if (c == EOF)
		return 0;
	s->left--;
	*(char *)buffer = c;
	return 1;
}

static json_t *next_digest(struct source *s)
{
	json_error_t error;
	json_t *digest;

	s->left = DIGEST_MAX;
	digest = json_load_callback(next_byte, s, JSON_DISABLE_EOF_CHECK, &error);
	if (digest)
		return digest;
	if (ferror(s->f))
		refuse("%s: %s", s->path, strerror(errno));
	else if (!s->left)
		refuse("%s: a digest of more than %d MiB, which is the limit of one",
		       s->path, DIGEST_MAX >> 20);
	else
		refuse("%s: not a digest, as \"saactl -j digest\" writes it: %s",
		       s->path, error.text);
	return NULL;
}

/* Nothing but white space follows. */
static bool is_end(struct source *s)
{
	int c;

	do
		c = getc(s->f);
	while (c == ' ' || c == '\t' || c == '\r' || c == '\n');
	return ungetc(c, s->f) == EOF;
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

int digest_check_file(json_t *here, const char *path, json_t *drift,
		      json_t *edges)
{
	struct source s = { path, saa_open_file(path), 0 };
	json_t *there, *list;
	int ret;

	if (!s.f)
		return refuse("%s: %s", path, strerror(errno));
	do {
		there = next_digest(&s);
		ret = there ? check_origin(here, there, path) : EXIT_REFUSED;
		if (!ret) {
			list = digest_compare(json_object_get(here, "lines"),
					      json_object_get(there, "lines"),
					      text_of(there, "edge"));
			json_array_extend(drift, list);
			json_decref(list);
			json_array_append(edges, json_object_get(there, "edge"));
		}
		json_decref(there);
	} while (!ret && !is_end(&s));
	if (s.f != stdin)
		fclose(s.f);
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
