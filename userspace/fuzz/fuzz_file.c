// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzzer of the configuration file: YAML, schema, checks, pairs, table. What is
 * refused is refused with a message; what is taken becomes a configuration that
 * fits one netlink message and comes out of it as it went in, and leads to a
 * saved file that means the same; and a plan from it to itself has no steps.
 */
#include <assert.h>
#include <netlink/genl/genl.h>
#include <stdlib.h>
#include <string.h>

#include "cluster.h"
#include "fake_kernel.h"
#include "file.h"
#include "nl.h"
#include "plan.h"
#include "tool.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_notes(const struct saa_diag *d, bool taken)
{
	unsigned int errors = 0;
	const char *p;
	size_t i;

	for (i = 0; i < d->n_notes; i++) {
		errors += !d->notes[i].warning;
		assert(*d->notes[i].text);
		for (p = d->notes[i].text; *p; p++)
			assert((unsigned char)*p >= ' ' && *p != 0x7f);
	}
	assert(errors == d->errors && taken == !errors);
}

static void check_rows(const struct saa_conf *c)
{
	uint32_t i;

	for (i = 0; i < c->n_rows; i++) {
		assert(saa_conf_sr(c, c->rows[i].primary));
		assert(!c->rows[i].backup || saa_conf_sr(c, c->rows[i].backup));
		assert(c->rows[i].backup != c->rows[i].primary);
	}
}

static void assert_same(const struct saa_conf *a, const struct saa_conf *b)
{
	json_t *changes = diff_conf(a, b);

	assert(!json_array_size(changes));
	json_decref(changes);
}

static void check_message(const struct saa_conf *c)
{
	struct nl_msg *msg = nlmsg_alloc_size(saa_conf_msg_size(c));
	struct saa_conf back = { 0 };

	genlmsg_put(msg, 1, 1, 42, 0, NLM_F_REQUEST, SAA_CMD_SET, 1);
	assert(!saa_put_conf(msg, c));
	saa_get_conf(nlmsg_hdr(msg), &back);
	assert(back.n_srs == c->n_srs && back.n_snat == c->n_snat);
	assert_same(c, &back);
	saa_conf_free(&back);
	nlmsg_free(msg);
}

static void check_saved(const struct saa_conf *c)
{
	struct saa_diag d = { 0 };
	struct saa_conf back;
	struct saa_file *f;
	char *text = save_text(c, NULL, 0);
	int edge;

	f = saa_file_parse("saved", text, strlen(text), false, &d);
	assert(f);
	edge = saa_file_edge_index(f, saa_conf_sr_name(c, c->gateway.sr));
	assert(edge >= 0);
	saa_file_conf(f, 0, edge, &back);
	assert_same(c, &back);
	saa_conf_free(&back);
	saa_file_free(f);
	saa_diag_free(&d);
	free(text);
}

/* Nothing leads from a file to itself; and it can be drawn. */
static void check_plan(const struct saa_file *f)
{
	json_t *all = json_cluster(f);
	char *text = cluster_text(all);
	struct plan plan;

	assert(*text);
	free(text);
	json_decref(all);
	plan_make(&plan, f, f, NULL);
	assert(!plan.n_refusals && !plan.n_steps && !plan.n_pairs);
	all = plan_json(&plan);
	assert(all);
	json_decref(all);
	plan_free(&plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char key[] = "AAECAwQFBgcICQoLDA0ODw==\n";
	static const char sync_key[] =
		"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";
	struct saa_diag d = { 0 };
	struct saa_conf c;
	struct saa_file *f;
	uint32_t g, e;

	fake_file(NULL, NULL, 0);
	fake_file("fuzz.yaml", (const char *)data, size);
	fake_file("./hash.key", key, sizeof(key) - 1);
	fake_file("./sync.key", sync_key, sizeof(sync_key) - 1);
	f = saa_file_load("fuzz.yaml", true, &d);
	check_notes(&d, f);
	for (g = 0; f && g < f->root->n_gateways && g < 2; g++)
		for (e = 0; e < f->root->cluster.n_edges && e < 2; e++) {
			if (!f->root->gateways[g].runs_on[e])
				continue;
			saa_file_conf(f, g, e, &c);
			if (c.gateway.has) {
				check_rows(&c);
				check_message(&c);
				check_saved(&c);
			}
			saa_conf_free(&c);
		}
	if (f)
		check_plan(f);
	saa_file_free(f);
	saa_diag_free(&d);
	return 0;
}
