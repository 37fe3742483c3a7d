// SPDX-License-Identifier: GPL-2.0-or-later
/* saactl check: a file, without a kernel. */
#include <stdio.h>
#include <stdlib.h>

#include "cluster.h"
#include "tool.h"

static const char usage[] = "Usage: saactl check FILE\n";

int cmd_check(int argc, char **argv)
{
	struct saa_diag d = { 0 };
	struct saa_file *file;
	json_t *notes;
	char *name;
	size_t i;
	int ret;

	if (is_help(argc, argv))
		return help(usage);
	if (!argc)
		return misuse("no FILE given");
	ret = no_more(argc - 1, argv + 1);
	if (ret)
		return ret;
	file = saa_file_load(argv[0], false, &d);
	ret = d.errors ? EXIT_REFUSED : EXIT_OK;
	if (opt.json) {
		notes = json_array();
		for (i = 0; i < d.n_notes; i++)
			json_array_append_new(notes,
				json_pack("{s:i, s:b, s:s}", "line",
					  (int)d.notes[i].line, "error",
					  !d.notes[i].warning, "text",
					  d.notes[i].text));
		out(NULL, json_pack("{s:o, s:b, s:o, s:o}", "file",
				    json_text(argv[0]), "good", !ret, "messages", notes,
				    "sub-cluster", file ? json_sub_clusters(file) :
							  json_array()));
	} else if (!print_diag(argv[0], &d)) {
		name = saa_printable(argv[0]);
		printf("%s: good: %u edges, %u gateways\n", name,
		       file->root->cluster.n_edges, file->root->n_gateways);
		free(name);
		out("sub-cluster", json_sub_clusters(file));
	}
	saa_file_free(file);
	saa_diag_free(&d);
	return ret;
}
