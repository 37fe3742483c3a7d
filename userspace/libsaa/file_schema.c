// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The schema of the configuration file, for libcyaml: which keys there are and
 * of which type. Ranges and everything that spans two values are checked
 * later, in words that say what would be right.
 */
#include <cyaml/cyaml.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "util.h"

#define REQ CYAML_FLAG_DEFAULT
#define OPT CYAML_FLAG_OPTIONAL
#define TEXT_MAX 4096

#define STR(key, flags, type, member) \
	CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | (flags), type, \
			       member, 1, TEXT_MAX)
#define STRS(key, type, member) \
	CYAML_FIELD_SEQUENCE_COUNT(key, CYAML_FLAG_POINTER | OPT, type, \
				   member, n_##member, &text_value, 0, \
				   CYAML_UNLIMITED)
#define BOOL(key, type, member) \
	CYAML_FIELD_ENUM(key, OPT | CYAML_FLAG_STRICT, type, member, bools, \
			 CYAML_ARRAY_LEN(bools))

static const cyaml_strval_t bools[] = {
	{ "false", SAA_FALSE }, { "true", SAA_TRUE },
};

static const cyaml_strval_t sides[] = {
	{ "north", SAA_SIDE_NORTH }, { "south", SAA_SIDE_SOUTH },
};

static const cyaml_schema_value_t text_value = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 1, CYAML_UNLIMITED),
};

static const cyaml_schema_field_t edge_fields[] = {
	STR("name", REQ, struct saa_file_edge, name),
	CYAML_FIELD_INT("id", REQ, struct saa_file_edge, id),
	STR("failure-domain", OPT, struct saa_file_edge, failure_domain),
	STR("address", OPT, struct saa_file_edge, address),
	STR("partner", OPT, struct saa_file_edge, partner),
	CYAML_FIELD_INT_PTR("weight", CYAML_FLAG_POINTER | OPT,
			    struct saa_file_edge, weight),
	CYAML_FIELD_END
};

static const cyaml_schema_value_t edge_value = {
	CYAML_VALUE_MAPPING(REQ, struct saa_file_edge, edge_fields),
};

static const cyaml_schema_field_t hash_fields[] = {
	STR("key-file", OPT, struct saa_file_hash, key_file),
	STR("key", OPT, struct saa_file_hash, key),
	CYAML_FIELD_INT_PTR("buckets", CYAML_FLAG_POINTER | OPT,
			    struct saa_file_hash, buckets),
	CYAML_FIELD_END
};

static const cyaml_schema_field_t punt_fields[] = {
	STR("transport", OPT, struct saa_file_punt, transport),
	STR("north", OPT, struct saa_file_punt, north),
	STR("south", OPT, struct saa_file_punt, south),
	CYAML_FIELD_INT_PTR("north-vni", CYAML_FLAG_POINTER | OPT,
			    struct saa_file_punt, north_vni),
	CYAML_FIELD_INT_PTR("south-vni", CYAML_FLAG_POINTER | OPT,
			    struct saa_file_punt, south_vni),
	CYAML_FIELD_INT_PTR("port", CYAML_FLAG_POINTER | OPT,
			    struct saa_file_punt, port),
	CYAML_FIELD_END
};

static const cyaml_schema_field_t sync_fields[] = {
	STR("mode", OPT, struct saa_file_sync, mode),
	CYAML_FIELD_INT_PTR("port", CYAML_FLAG_POINTER | OPT,
			    struct saa_file_sync, port),
	STR("key-file", OPT, struct saa_file_sync, key_file),
	STR("key", OPT, struct saa_file_sync, key),
	STR("old-key-file", OPT, struct saa_file_sync, old_key_file),
	STR("old-key", OPT, struct saa_file_sync, old_key),
	CYAML_FIELD_INT_PTR("timeout", CYAML_FLAG_POINTER | OPT,
			    struct saa_file_sync, timeout),
	CYAML_FIELD_INT_PTR("strict-timeout", CYAML_FLAG_POINTER | OPT,
			    struct saa_file_sync, strict_timeout),
	STR("netns", OPT, struct saa_file_sync, netns),
	CYAML_FIELD_END
};

static const cyaml_schema_field_t cluster_fields[] = {
	STR("name", REQ, struct saa_file_cluster, name),
	CYAML_FIELD_MAPPING("hash", REQ, struct saa_file_cluster, hash,
			    hash_fields),
	CYAML_FIELD_SEQUENCE_COUNT("edges", CYAML_FLAG_POINTER,
				   struct saa_file_cluster, edges, n_edges,
				   &edge_value, 0, CYAML_UNLIMITED),
	CYAML_FIELD_MAPPING("punt", REQ, struct saa_file_cluster, punt,
			    punt_fields),
	CYAML_FIELD_MAPPING_PTR("sync", CYAML_FLAG_POINTER | OPT,
				struct saa_file_cluster, sync, sync_fields),
	CYAML_FIELD_END
};

static const cyaml_schema_field_t group_fields[] = {
	STR("name", REQ, struct saa_file_group, name),
	CYAML_FIELD_INT("id", REQ, struct saa_file_group, id),
	CYAML_FIELD_ENUM("side", CYAML_FLAG_STRICT, struct saa_file_group, side,
			 sides, CYAML_ARRAY_LEN(sides)),
	STR("interface", OPT, struct saa_file_group, interface),
	CYAML_FIELD_IGNORE("interfaces", OPT),	/* keys are names of edges */
	CYAML_FIELD_END
};

static const cyaml_schema_value_t group_value = {
	CYAML_VALUE_MAPPING(REQ, struct saa_file_group, group_fields),
};

static const cyaml_schema_field_t snat_fields[] = {
	STR("group", REQ, struct saa_file_snat, group),
	CYAML_FIELD_INT_PTR("priority", CYAML_FLAG_POINTER | OPT,
			    struct saa_file_snat, priority),
	STR("family", OPT, struct saa_file_snat, family),
	STR("source", OPT, struct saa_file_snat, source),
	STR("destination", OPT, struct saa_file_snat, destination),
	STR("to", OPT, struct saa_file_snat, to),
	STR("ports", OPT, struct saa_file_snat, ports),
	BOOL("no-snat", struct saa_file_snat, no_snat),
	BOOL("persistent", struct saa_file_snat, persistent),
	BOOL("fully-random", struct saa_file_snat, fully_random),
	CYAML_FIELD_END
};

static const cyaml_schema_value_t snat_value = {
	CYAML_VALUE_MAPPING(REQ, struct saa_file_snat, snat_fields),
};

static const cyaml_schema_field_t gateway_fields[] = {
	STR("name", REQ, struct saa_file_gateway, name),
	CYAML_FIELD_INT_PTR("id", CYAML_FLAG_POINTER | OPT,
			    struct saa_file_gateway, id),
	CYAML_FIELD_INT("tier", OPT, struct saa_file_gateway, tier),
	STR("mode", OPT, struct saa_file_gateway, mode_text),
	STR("uplink", OPT, struct saa_file_gateway, uplink),
	STRS("edges", struct saa_file_gateway, edge_names),
	STR("active", OPT, struct saa_file_gateway, active),
	STR("standby", OPT, struct saa_file_gateway, standby),
	STRS("advertise", struct saa_file_gateway, advertise),
	STR("netns", OPT, struct saa_file_gateway, netns),
	CYAML_FIELD_IGNORE("namespaces", OPT),	/* keys are names of edges */
	BOOL("set-device-group", struct saa_file_gateway, set_device_group),
	CYAML_FIELD_SEQUENCE_COUNT("groups", CYAML_FLAG_POINTER | OPT,
				   struct saa_file_gateway, groups, n_groups,
				   &group_value, 0, CYAML_UNLIMITED),
	CYAML_FIELD_SEQUENCE_COUNT("snat", CYAML_FLAG_POINTER | OPT,
				   struct saa_file_gateway, snat, n_snat,
				   &snat_value, 0, CYAML_UNLIMITED),
	STRS("table", struct saa_file_gateway, table),
	CYAML_FIELD_END
};

static const cyaml_schema_value_t gateway_value = {
	CYAML_VALUE_MAPPING(REQ, struct saa_file_gateway, gateway_fields),
};

static const cyaml_schema_field_t root_fields[] = {
	CYAML_FIELD_MAPPING("cluster", REQ, struct saa_file_root, cluster,
			    cluster_fields),
	CYAML_FIELD_SEQUENCE_COUNT("gateways", CYAML_FLAG_POINTER,
				   struct saa_file_root, gateways, n_gateways,
				   &gateway_value, 1, CYAML_UNLIMITED),
	CYAML_FIELD_END
};

static const cyaml_schema_value_t root_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct saa_file_root,
			    root_fields),
};

/* What libcyaml logs about an error: a message, then where it was. */
struct complaint {
	char *text;
	unsigned int line;
	char field[64];		/* innermost field, if in one */
	char parent[64];	/* field that its mapping is under */
};

static void quoted(char *buf, size_t size, const char *from)
{
	snprintf(buf, size, "%.*s", (int)strcspn(from, "'"), from);
}

static void hear(cyaml_log_t level, void *ctx, const char *fmt, va_list ap)
{
	struct complaint *c = ctx;
	char *text = saa_vformat(fmt, ap);
	const char *line = strstr(text, "(line: ");
	const char *field = strstr(text, "field '");

	(void)level;
	text[strcspn(text, "\n")] = '\0';
	if (!c->text && !strncmp(text, "Load: ", 6)) {
		c->text = saa_strdup(text + 6);
	} else if (line && !c->line) {
		c->line = strtoul(line + 7, NULL, 10);
		if (field)
			quoted(c->field, sizeof(c->field), field + 7);
	} else if (field && !c->parent[0]) {
		quoted(c->parent, sizeof(c->parent), field + 7);
	}
	free(text);
}

static char *key_list(const cyaml_schema_field_t *fields)
{
	char *list = saa_strdup(""), *longer;

	for (; fields->key; fields++) {
		longer = saa_format("%s%s%s", list, *list ? ", " : "",
				    fields->key);
		free(list);
		list = longer;
	}
	return list;
}

/* What a stray key in the mapping under @parent may have been meant to be. */
static const cyaml_schema_field_t *mapping_of(const char *parent)
{
	static const struct {
		const char *name;
		const cyaml_schema_field_t *fields;
	} all[] = {
		{ "cluster", cluster_fields }, { "hash", hash_fields },
		{ "edges", edge_fields }, { "punt", punt_fields },
		{ "sync", sync_fields },
		{ "gateways", gateway_fields }, { "groups", group_fields },
		{ "snat", snat_fields },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(all); i++)
		if (!strcmp(all[i].name, parent))
			return all[i].fields;
	return root_fields;
}

#define NO_NUMBER "is not a whole number (of 64 bits, in decimal digits)"

/* What libcyaml says of a key: "Unexpected key: NAME". */
static const char *key_in(const char *text)
{
	const char *colon = strstr(text, ": ");

	return colon ? colon + 2 : text;
}

static void explain(struct saa_ydoc *doc, const struct complaint *c,
		    cyaml_err_t err, struct saa_diag *d)
{
	const char *text = c->text ? c->text : cyaml_strerror(err);
	const char *value = strchr(text, '\'');
	const char *key;
	char *keys;

	switch (err) {
	case CYAML_ERR_INVALID_KEY:
		/* the line is that of the last known key */
		key = key_in(text);
		keys = key_list(mapping_of(c->parent));
		saa_error(d, saa_ydoc_key_line(doc, key, c->line),
			  "unknown key \"%s\"; known here: %s", key, keys);
		free(keys);
		break;
	case CYAML_ERR_MAPPING_FIELD_MISSING:
		saa_error(d, c->line, "key \"%s\" is missing; add it",
			  key_in(text));
		break;
	case CYAML_ERR_STRING_LENGTH_MIN:
		saa_error(d, c->line, "%s is empty", c->field);
		break;
	case CYAML_ERR_STRING_LENGTH_MAX:
		saa_error(d, c->line, "%s is longer than %u characters",
			  c->field, TEXT_MAX);
		break;
	case CYAML_ERR_SEQUENCE_ENTRIES_MIN:
		saa_error(d, c->line,
			  "the list is empty; it has one entry at least");
		break;
	case CYAML_ERR_ALIAS:
		saa_error(d, c->line,
			  "YAML aliases are not supported; write the value out");
		break;
	case CYAML_ERR_INVALID_VALUE:
		if (value && strstr(text, "INT value"))
			saa_error(d, c->line, "%s \"%.*s\" " NO_NUMBER,
				  c->field, (int)strcspn(value + 1, "'"),
				  value + 1);
		else if (!strcmp(c->field, "side"))
			saa_error(d, c->line, "side: %s; it is north or south",
				  text);
		else if (strstr(text, "enum") || strstr(text, "ENUM"))
			saa_error(d, c->line, "%s: %s; it is true or false",
				  c->field, text);
		else if (!strncmp(text, "Expecting ", 10))
			saa_error(d, c->line, "%s: %s is expected here",
				  c->field[0] ? c->field : "the file",
				  !strncmp(text + 10, "SEQ", 3) ? "a list" :
				  !strncmp(text + 10, "MAP", 3) ? "a mapping" :
				  "a plain value");
		else
			saa_error(d, c->line, "%s: %s", c->field, text);
		break;
	default:
		saa_error(d, c->line, "%s%s%s", c->field,
			  c->field[0] ? ": " : "", text);
	}
}

static cyaml_config_t config(struct complaint *c)
{
	return (cyaml_config_t){
		.log_fn = hear,
		.log_ctx = c,
		.mem_fn = cyaml_mem,
		.log_level = CYAML_LOG_ERROR,
		.flags = CYAML_CFG_NO_ALIAS,
	};
}

/* libcyaml takes "010" for 8, and before its version 1.4 "1e2" for 1. */
static void check_number(struct saa_ydoc *doc, struct saa_diag *d, char *path)
{
	const char *text = saa_ydoc_text(doc, "%s", path);
	const char *digits = text ? text + (*text == '-') : NULL;

	if (text && (!*digits || digits[strspn(digits, "0123456789")] ||
		     (*digits == '0' && digits[1])))
		saa_error(d, saa_ydoc_line(doc, "%s", path),
			  "%s \"%s\" " NO_NUMBER,
			  strrchr(path, '.') + 1, text);
	free(path);
}

#define CHECK_NUMBER(...) check_number(doc, d, saa_format(__VA_ARGS__))

static void check_numbers(struct saa_ydoc *doc, const struct saa_file_root *root,
			  struct saa_diag *d)
{
	uint32_t g, i;

	CHECK_NUMBER("cluster.hash.buckets");
	for (i = 0; i < root->cluster.n_edges; i++) {
		CHECK_NUMBER("cluster.edges[%u].id", i);
		CHECK_NUMBER("cluster.edges[%u].weight", i);
	}
	CHECK_NUMBER("cluster.sync.port");
	CHECK_NUMBER("cluster.sync.timeout");
	CHECK_NUMBER("cluster.sync.strict-timeout");
	for (g = 0; g < root->n_gateways; g++) {
		CHECK_NUMBER("gateways[%u].id", g);
		CHECK_NUMBER("gateways[%u].tier", g);
		for (i = 0; i < root->gateways[g].n_groups; i++)
			CHECK_NUMBER("gateways[%u].groups[%u].id", g, i);
		for (i = 0; i < root->gateways[g].n_snat; i++)
			CHECK_NUMBER("gateways[%u].snat[%u].priority", g, i);
	}
}

struct saa_file_root *saa_file_schema_load(struct saa_ydoc *doc,
					   const char *text, size_t len,
					   struct saa_diag *d)
{
	struct complaint c = { 0 };
	cyaml_config_t cfg = config(&c);
	struct saa_file_root *root = NULL;
	cyaml_err_t err;

	err = cyaml_load_data((const uint8_t *)text, len, &cfg, &root_value,
			      (cyaml_data_t **)&root, NULL);
	if (err)
		explain(doc, &c, err, d);
	else
		check_numbers(doc, root, d);
	free(c.text);
	return err ? NULL : root;
}

void saa_file_schema_free(struct saa_file_root *root)
{
	struct complaint c = { 0 };
	cyaml_config_t cfg = config(&c);

	cyaml_free(&cfg, &root_value, root, 0);
	free(c.text);
}
