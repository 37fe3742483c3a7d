// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading the configuration file, and finding one's way in it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "util.h"

#define FILE_MAX (4 << 20)

struct saa_file *saa_file_parse(const char *path, const char *text, size_t len,
				bool need_key, struct saa_diag *d)
{
	struct saa_file *f = saa_zalloc(sizeof(*f));

	if (!saa_ydoc_open(&f->doc, text, len, d)) {
		free(f);
		return NULL;
	}
	f->path = saa_strdup(path);
	f->root = saa_file_schema_load(&f->doc, text, len, d);
	if (f->root)
		saa_file_check(f, need_key, d);
	if (!d->errors)
		return f;
	saa_file_free(f);
	return NULL;
}

struct saa_file *saa_file_load(const char *path, bool need_key,
			       struct saa_diag *d)
{
	struct saa_file *f;
	size_t len;
	char *text;

	text = saa_read_file(path, FILE_MAX, &len);
	if (!text) {
		saa_error(d, 0, "cannot be read: %s", strerror(errno));
		return NULL;
	}
	f = saa_file_parse(path, text, len, need_key, d);
	free(text);
	return f;
}

void saa_file_free(struct saa_file *f)
{
	struct saa_file_gateway *gw;
	uint32_t i, j;

	if (!f)
		return;
	for (i = 0; f->root && i < f->root->n_gateways; i++) {
		gw = &f->root->gateways[i];
		for (j = 0; j < gw->n_groups; j++)
			free(gw->groups[j].members);
		free(gw->rows);
		free(gw->computed);
		free(gw->runs_on);
		free(gw->partner);
		free(gw->prefixes);
		free(gw->namespaces);
	}
	if (f->root)
		saa_file_schema_free(f->root);
	saa_ydoc_close(&f->doc);
	free(f->path);
	free(f);
}

int saa_file_edge_index(const struct saa_file *f, const char *name)
{
	uint32_t i;

	for (i = 0; i < f->root->cluster.n_edges; i++)
		if (!strcmp(f->root->cluster.edges[i].name, name))
			return i;
	return -1;
}

int saa_file_gateway_index(const struct saa_file *f, const char *name)
{
	uint32_t i;

	for (i = 0; i < f->root->n_gateways; i++)
		if (!strcmp(f->root->gateways[i].name, name))
			return i;
	return -1;
}
