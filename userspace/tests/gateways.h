/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A cluster of six edges, for tests of the gateways on it. */
#ifndef SAA_TEST_GATEWAYS_H
#define SAA_TEST_GATEWAYS_H

#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "test.h"
#include "util.h"

static const char cluster[] =
"cluster:\n"
"  name: c\n"
"  hash: {key: \"AAECAwQFBgcICQoLDA0ODw==\", buckets: 256}\n"
"  punt: {north: n, south: s}\n"
"  edges:\n"
"    - {name: e1, id: 1, failure-domain: a}\n"
"    - {name: e2, id: 2, failure-domain: b}\n"
"    - {name: e3, id: 3, failure-domain: a}\n"
"    - {name: e4, id: 4, failure-domain: b}\n"
"    - {name: e5, id: 5, failure-domain: a}\n"
"    - {name: e6, id: 6, failure-domain: b}\n"
"gateways:\n";

#define T0_GROUPS \
"    groups:\n" \
"      - {name: north, id: 1, side: north, interface: eth1}\n" \
"      - {name: south, id: 2, side: south, interface: eth2}\n"
#define T1_GROUPS \
"    groups: [{name: inside, id: 3, side: south, interface: eth3}]\n"

static inline struct saa_file *load(const char *text, struct saa_diag *d)
{
	*d = (struct saa_diag){ 0 };
	return saa_file_parse("test.yaml", text, strlen(text), true, d);
}

static inline struct saa_file *good_file(const char *gateways)
{
	char *text = saa_format("%s%s", cluster, gateways);
	struct saa_diag d;
	struct saa_file *f = load(text, &d);

	if (!f)
		fail_msg("%u: %s in\n%s", d.notes[0].line, d.notes[0].text, text);
	saa_diag_free(&d);
	free(text);
	return f;
}

#define T0 "  - name: t0\n" T0_GROUPS		/* 4 lines, 5 with edges */
#define T1 "  - name: t1\n    tier: 1\n    uplink: t0\n" T1_GROUPS	/* 4 */

#endif
