// SPDX-License-Identifier: GPL-2.0-or-later
/* What every SR of a gateway must have alike: as lines, and compared. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/saa_hash.h>

#include "digest.h"
#include "tool.h"

static void add(json_t *lines, char *text)
{
	json_array_append_new(lines, json_text(text));
	free(text);
}

static uint64_t hash_of(const void *data, size_t len, const uint8_t *secret)
{
	static const uint8_t none[SAA_KEY_LEN];
	struct saa_key key;

	saa_key_init(&key, secret ? secret : none);
	return saa_siphash13(data, len, &key);
}

/* Text as "saactl group show" prints it, without what differs by edge. */
static void add_groups(json_t *lines, const struct saa_conf *conf)
{
	size_t i;

	for (i = 0; i < conf->n_groups; i++) {
		const struct saa_group *g = &conf->groups[i];

		add(lines, saa_format("group %u name %s side %s%s", g->id,
				      g->name, saa_side_names[g->side & 1],
				      g->has & 1u << SAA_A_GROUP_IFINDEX ? "" :
				      " absent"));
	}
}

static void add_snat(json_t *lines, const struct saa_conf *conf)
{
	size_t i;

	for (i = 0; i < conf->n_snat; i++) {
		struct saa_snat rule = conf->snat[i];
		json_t *o;
		char *text;

		rule.has &= ~(1u << SAA_A_SNAT_FLOWS);
		o = json_snat(&rule, conf);
		text = out_text("snat", o);
		text[strcspn(text, "\n")] = '\0';
		add(lines, text);
		json_decref(o);
	}
}

/* "eth1" as nft writes it becomes "group:internet". */
static char *by_group(const struct saa_conf *conf, const char *text)
{
	char *copy = saa_strdup(text), *quoted, *at, *next;
	size_t i;

	for (i = 0; i < conf->n_groups; i++) {
		quoted = saa_format("\"%s\"", conf->groups[i].ifname);
		for (at = strstr(copy, quoted); at; at = strstr(copy, quoted)) {
			next = saa_format("%.*s\"group:%s\"%s",
					  (int)(at - copy), copy,
					  conf->groups[i].name,
					  at + strlen(quoted));
			free(copy);
			copy = next;
		}
		free(quoted);
	}
	return copy;
}

/* A block of a table, as "nft" lists it: "chain forward", "set ports", ... */
struct nft_block {
	const char *table, *name;	/* NULL: outside of one */
	uint64_t order;			/* hash of all its lines */
	bool dynamic;			/* elements come and go by themselves */
};

static void add_nft_line(json_t *lines, const struct nft_block *b,
			 const char *what, const char *text)
{
	add(lines, saa_format("nft %s %s: %s%s", b->table ? b->table : "",
			      b->name ? b->name : "", what, text));
}

static void add_rule(json_t *lines, const struct saa_conf *conf,
		     struct nft_block *b, const char *line)
{
	char *text = by_group(conf, line);
	uint64_t both[2] = { b->order, hash_of(text, strlen(text), NULL) };

	b->order = hash_of(both, sizeof(both), NULL);
	add_nft_line(lines, b, "", text);
	free(text);
	if (!strncmp(line, "timeout ", 8) ||
	    (!strncmp(line, "flags ", 6) && (strstr(line, "dynamic") ||
					     strstr(line, "timeout"))))
		b->dynamic = true;
}

static void add_element(json_t *lines, const struct saa_conf *conf,
			const struct nft_block *b, const char *text, size_t len)
{
	char *element, *named;

	while (len && text[len - 1] == ' ')
		len--;
	if (!len || b->dynamic)
		return;
	element = saa_format("%.*s", (int)len, text);
	named = by_group(conf, element);
	add_nft_line(lines, b, "element ", named);
	free(named);
	free(element);
}

/*
 * Elements of a set or map, a line each since they have no order. True at the
 * closing brace; in quotes that and a comma are those of a comment.
 */
static bool add_elements(json_t *lines, const struct saa_conf *conf,
			 const struct nft_block *b, const char *text)
{
	bool quoted = false;
	const char *first;

	for (first = text += strspn(text, " \t"); *text; text++) {
		if (*text == '"')
			quoted = !quoted;
		if (quoted || (*text != ',' && *text != '}'))
			continue;
		add_element(lines, conf, b, first, text - first);
		if (*text == '}')
			return true;
		first = text + 1 + strspn(text + 1, " ");
	}
	add_element(lines, conf, b, first, text - first);
	return false;
}

/*
 * Rules by their chain; then, since a set of lines has no order, a line with a
 * hash of all of the chain.
 */
static void add_nft(json_t *lines, const struct saa_conf *conf, const char *nft)
{
	static const char elements[] = "elements = {";
	char *copy = saa_strdup(nft), *line, *save;
	struct nft_block b = { 0 };
	bool in_elements = false;
	size_t len;

	for (line = strtok_r(copy, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		line += strspn(line, " \t");
		len = strlen(line);
		if (in_elements) {
			in_elements = !add_elements(lines, conf, &b, line);
		} else if (!strncmp(line, elements, strlen(elements))) {
			in_elements = !add_elements(lines, conf, &b,
						    line + strlen(elements));
		} else if (len > 2 && !strcmp(line + len - 2, " {")) {
			line[len - 2] = '\0';
			if (b.table)
				b = (struct nft_block){ b.table, line, 0, false };
			else
				b.table = line;
		} else if (!strcmp(line, "}") && b.name) {
			add(lines, saa_format("nft %s %s: order %016llx", b.table,
					      b.name, (unsigned long long)b.order));
			b.name = NULL;
		} else if (!strcmp(line, "}")) {
			b.table = NULL;
		} else if (len) {
			add_rule(lines, conf, &b, line);
		}
	}
	free(copy);
}

json_t *digest_lines(const struct saa_conf *conf, const char *nft)
{
	static const char word[] = "the same key";
	json_t *lines = json_array();

	add(lines, saa_format("gateway %s id %u buckets %u", conf->gateway.name,
			      conf->gateway.id, conf->gateway.buckets));
	add(lines, saa_format("key %016llx", (unsigned long long)
			      hash_of(word, sizeof(word), conf->gateway.key)));
	add(lines, saa_format("table %016llx", (unsigned long long)
			      hash_of(conf->rows,
				      conf->n_rows * sizeof(*conf->rows), NULL)));
	add_groups(lines, conf);
	add_snat(lines, conf);
	add_nft(lines, conf, nft);
	return lines;
}

void digest_add_sysctls(json_t *lines)
{
	static const char *const names[] = {
		"net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding",
		"net/ipv4/conf/all/rp_filter",
		"net/ipv4/ip_local_port_range",
		"net/netfilter/nf_conntrack_max",
		"net/netfilter/nf_conntrack_tcp_loose",
		"net/netfilter/nf_conntrack_tcp_be_liberal",
		"net/netfilter/nf_conntrack_tcp_timeout_established",
		"net/netfilter/nf_conntrack_udp_timeout",
		"net/netfilter/nf_conntrack_udp_timeout_stream",
		"net/netfilter/nf_conntrack_icmp_timeout",
	};
	size_t i, len;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		char *path = saa_format("/proc/sys/%s", names[i]);
		char *value = saa_read_file(path, 4096, &len);

		if (value)
			value[strcspn(value, "\n")] = '\0';
		add(lines, saa_format("sysctl %s %s", names[i],
				      value ? value : "absent"));
		free(value);
		free(path);
	}
}

/* How often each line is there. */
static json_t *counted(json_t *lines)
{
	json_t *counts = json_object(), *line;
	size_t i;

	json_array_foreach(lines, i, line) {
		const char *s = json_string_value(line);

		if (s)
			json_object_set_new(counts, s, json_integer(1 +
				json_integer_value(json_object_get(counts, s))));
	}
	return counts;
}

static void only(json_t *list, json_t *a, json_t *b, const char *edge,
		 const char *where)
{
	const char *line;
	json_t *count;

	json_object_foreach(a, line, count)
		if (json_integer_value(count) >
		    json_integer_value(json_object_get(b, line)))
			json_array_append_new(list, json_pack("{s:s, s:s, s:s}",
				"edge", edge, "only", where, "line", line));
}

json_t *digest_compare(json_t *here, json_t *there, const char *edge)
{
	json_t *a = counted(here), *b = counted(there), *list = json_array();

	only(list, a, b, edge, "here");
	only(list, b, a, edge, "there");
	json_decref(a);
	json_decref(b);
	return list;
}
