/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cluster that a file describes, as a tree, and that tree drawn. */
#ifndef SAA_TOOL_CLUSTER_H
#define SAA_TOOL_CLUSTER_H

#include <jansson.h>

#include "file.h"

json_t *json_cluster(const struct saa_file *f);
char *cluster_text(json_t *all);	/* borrows */

/* The pairs of all gateways, each once. */
json_t *json_sub_clusters(const struct saa_file *file);

#endif
