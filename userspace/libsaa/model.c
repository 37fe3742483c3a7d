// SPDX-License-Identifier: GPL-2.0-or-later
/* The configuration of one SR. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/saa_hash.h>

#include "model.h"
#include "util.h"

const char *const saa_side_names[2] = { "north", "south" };
const char *const saa_state_names[3] = { "down", "syncing", "up" };
const char *const saa_transport_names[2] = { "l2", "geneve" };
const char *const saa_verdict_names[6] = {
	"owned", "local", "punt", "not-steered", "no-table", "no-owner"
};
const char *const saa_sync_mode_names[2] = { "async", "strict" };

void saa_conf_free(struct saa_conf *c)
{
	free(c->srs);
	free(c->groups);
	free(c->ports);
	free(c->snat);
	free(c->rows);
	free(c->sync_counters);
	*c = (struct saa_conf){ 0 };
}

const struct saa_sr *saa_conf_sr(const struct saa_conf *c, uint16_t id)
{
	size_t i;

	for (i = 0; i < c->n_srs; i++)
		if (c->srs[i].id == id)
			return &c->srs[i];
	return NULL;
}

bool saa_conf_is_standby(const struct saa_conf *c)
{
	uint32_t i;

	for (i = 0; i < c->n_rows; i++)
		if (c->rows[i].primary != c->rows[0].primary ||
		    c->rows[i].backup != c->rows[0].backup)
			return false;
	return c->n_rows && c->n_srs == 2 && c->rows[0].backup;
}

const struct saa_group *saa_conf_group(const struct saa_conf *c, uint16_t id)
{
	size_t i;

	for (i = 0; i < c->n_groups; i++)
		if (c->groups[i].id == id)
			return &c->groups[i];
	return NULL;
}

const struct saa_port *saa_conf_port(const struct saa_conf *c, uint8_t side)
{
	size_t i;

	for (i = 0; i < c->n_ports; i++)
		if (c->ports[i].side == side)
			return &c->ports[i];
	return NULL;
}

const struct saa_snat *saa_conf_snat(const struct saa_conf *c,
				     uint32_t priority)
{
	size_t i;

	for (i = 0; i < c->n_snat; i++)
		if (c->snat[i].priority == priority)
			return &c->snat[i];
	return NULL;
}

const char *saa_conf_sr_name(const struct saa_conf *c, uint16_t id)
{
	const struct saa_sr *sr = saa_conf_sr(c, id);
	static char number[8];

	if (sr && sr->name[0])
		return sr->name;
	snprintf(number, sizeof(number), "%u", id);
	return number;
}

const char *saa_conf_group_name(const struct saa_conf *c, uint16_t id)
{
	const struct saa_group *group = saa_conf_group(c, id);
	static char number[8];

	if (group && group->name[0])
		return group->name;
	snprintf(number, sizeof(number), "%u", id);
	return number;
}

int saa_name_index(const char *const *names, size_t n, const char *s)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!strcmp(names[i], s))
			return i;
	return -1;
}

const char *saa_name_wrong(const char *name)
{
	const char *p;

	if (!*name)
		return "is empty";
	if (strlen(name) > SAA_NAME_MAX)
		return "is longer than 31 characters";
	for (p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("-_.", *p))
			return "may have letters, digits, '-', '_' and '.' only";
	if (strspn(name, "0123456789") == strlen(name))
		return "is a number; ids are numbers, a name needs a letter";
	return NULL;
}

const char *saa_ifname_wrong(const char *name)
{
	const char *p;

	if (!*name)
		return "is empty";
	if (strlen(name) >= IF_NAMESIZE)
		return "is longer than 15 characters";
	if (!strcmp(name, ".") || !strcmp(name, ".."))
		return "is not an interface name";
	for (p = name; *p; p++)
		if ((unsigned char)*p <= ' ' || strchr("/:\x7f", *p))
			return "is not an interface name";
	return NULL;
}

uint16_t saa_gateway_default_id(const char *name)
{
	static const struct saa_key zero;
	uint16_t id = saa_siphash13(name, strlen(name), &zero);

	return id ? id : 1;
}
