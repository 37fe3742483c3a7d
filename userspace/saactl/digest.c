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

/* Which edges there are; states differ while one fails or comes back. */
static void add_srs(json_t *lines, const struct saa_conf *conf)
{
	char buf[SAA_ADDR_STRLEN];
	size_t i;

	for (i = 0; i < conf->n_srs; i++) {
		const struct saa_sr *sr = &conf->srs[i];
		bool has = sr->has & 1u << SAA_A_SR_ADDRESS;

		add(lines, saa_format("sr %u name %s%s%s", sr->id, sr->name,
				      has ? " address " : "",
				      has ? saa_addr_format(&sr->address, buf) :
				      ""));
	}
}

static void add_ports(json_t *lines, const struct saa_conf *conf)
{
	size_t i;

	for (i = 0; i < conf->n_ports; i++) {
		const struct saa_port *p = &conf->ports[i];
		char *more = p->transport == SAA_TRANSPORT_GENEVE ?
			saa_format(" vni %u port %u", p->vni, p->udp_port) :
			saa_strdup("");

		add(lines, saa_format("punt %s transport %s%s%s",
				      saa_side_names[p->side & 1],
				      saa_transport_names[p->transport & 1],
				      more,
				      p->has & 1u << SAA_A_PORT_IFINDEX ? "" :
				      " absent"));
		free(more);
	}
}

/* Of what this SR owns. It may own nothing. */
static bool is_backup(const struct saa_conf *conf, uint16_t sr)
{
	uint32_t i;

	for (i = 0; i < conf->n_rows; i++)
		if (conf->rows[i].primary == conf->gateway.sr &&
		    conf->rows[i].backup != sr)
			return false;
	return true;
}

/* Partners differ, but each is the one that takes over. */
static void add_sync(json_t *lines, const struct saa_conf *conf)
{
	const struct saa_sync *s = &conf->sync;

	if (!s->has) {
		add(lines, saa_strdup("sync off"));
		return;
	}
	add(lines, saa_format("sync mode %s port %u timeout %u strict-timeout %u",
			      saa_sync_mode_names[s->mode & 1], s->port,
			      s->timeout, s->strict_timeout));
	add(lines, saa_format("sync key %016llx", (unsigned long long)
			      hash_of(s->key, sizeof(s->key),
				      conf->gateway.key)));
	if (!is_backup(conf, s->partner))
		add(lines, saa_format("sync partner %s is not the backup",
				      saa_conf_sr_name(conf, s->partner)));
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
		text = out_plain("snat", o);
		text[strcspn(text, "\n")] = '\0';
		add(lines, text);
		json_decref(o);
	}
}

/* The next of these characters that is not in quotes, or the end. */
static const char *find(const char *text, const char *chars)
{
	bool quoted = false;

	for (; *text && (quoted || !strchr(chars, *text)); text++)
		if (*text == '"')
			quoted = !quoted;
	return text;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "{ a, b }", which begins and ends there, with its elements in order. */
static void put_sorted(FILE *f, const char *open, const char *close)
{
	const char *at, *end = open;
	char **elements = NULL;
	size_t n = 0, i, len;

	do {
		at = end + 1 + strspn(end + 1, " ");
		end = find(at, ",}");
		for (len = end - at; len && at[len - 1] == ' '; len--)
			;
		*(char **)saa_grow(&elements, &n, sizeof(*elements)) =
			saa_strndup(at, len);
	} while (end < close);
	qsort(elements, n, sizeof(*elements), by_text);
	for (i = 0; i < n; i++) {
		fprintf(f, "%s%s", i ? ", " : "{ ", elements[i]);
		free(elements[i]);
	}
	fputs(" }", f);
	free(elements);
}

/* Anonymous sets and maps, which nft sorts by the interfaces' names here. */
static char *sort_sets(const char *text)
{
	const char *open, *close;
	char *copy = NULL;
	size_t size;
	FILE *f = saa_open_text(&copy, &size);

	for (;; text = close + 1) {
		open = find(text, "{");
		close = find(open, "}");
		fprintf(f, "%.*s", (int)(open - text), text);
		if (!*close)
			break;
		put_sorted(f, open, close);
	}
	fputs(open, f);
	fclose(f);
	return copy;
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
	if (strcmp(copy, text)) {
		next = sort_sets(copy);
		free(copy);
		copy = next;
	}
	return copy;
}

/* A block of a table, as "nft" lists it: "chain forward", "set ports", ... */
struct nft_block {
	const char *table, *name;	/* NULL: outside of one */
	uint64_t order;			/* hash of all its lines */
	bool dynamic;			/* elements come and go by themselves */
	unsigned int depth;		/* of chains without a name, in rules */
};

static void add_nft_line(json_t *lines, const struct nft_block *b,
			 const char *what, const char *text)
{
	add(lines, saa_format("nft %s %s: %s%s", b->table ? b->table : "",
			      b->name ? b->name : "", what, text));
}

/* Of a block; in a rule of a chain without a name, the next lines are in it. */
static bool ends_open(const char *line)
{
	size_t len = strlen(line);

	return len > 2 && !strcmp(line + len - 2, " {");
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
	if (b->name && ends_open(line))
		b->depth++;
	else if (b->name && !strcmp(line, "}"))
		b->depth--;
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
	const char *end;

	for (;; text = end + 1) {
		text += strspn(text, " \t");
		end = find(text, ",}");
		add_element(lines, conf, b, text, end - text);
		if (*end != ',')
			return *end == '}';
	}
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

	for (line = strtok_r(copy, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		line += strspn(line, " \t");
		if (in_elements) {
			in_elements = !add_elements(lines, conf, &b, line);
		} else if (!strncmp(line, elements, strlen(elements))) {
			in_elements = !add_elements(lines, conf, &b,
						    line + strlen(elements));
		} else if (!b.name && ends_open(line)) {
			line[strlen(line) - 2] = '\0';
			if (b.table)
				b = (struct nft_block){ .table = b.table,
							.name = line };
			else
				b.table = line;
		} else if (!strcmp(line, "}") && b.name && !b.depth) {
			add(lines, saa_format("nft %s %s: order %016llx", b.table,
					      b.name, (unsigned long long)b.order));
			b.name = NULL;
		} else if (!strcmp(line, "}") && !b.name) {
			b.table = NULL;
		} else if (*line) {
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
	add_srs(lines, conf);
	add_groups(lines, conf);
	add_ports(lines, conf);
	add_sync(lines, conf);
	add_snat(lines, conf);
	if (nft)
		add_nft(lines, conf, nft);
	else
		add(lines, saa_strdup("nft not listed"));
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
