// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Output: text says what the JSON says, differences are complete, and a saved
 * file leads back to what it was saved from.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "good.h"
#include "tool.h"

static struct saa_file *file;

static int setup(void **state)
{
	struct saa_diag d = { 0 };

	if (good_setup(state))
		return -1;
	file = saa_file_parse("good.yaml", good, strlen(good), true, &d);
	saa_diag_free(&d);
	opt.json = false;
	opt.color = false;
	return file ? 0 : -1;
}

static int teardown(void **state)
{
	saa_file_free(file);
	return good_teardown(state);
}

static void make_conf(struct saa_conf *c)
{
	size_t i;

	saa_file_conf(file, 0, 0, c);
	for (i = 0; i < c->n_srs; i++) {
		c->srs[i].has |= 1u << SAA_A_SR_STATE;
		c->srs[i].state = i % 3;
	}
}

static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);
	const char *at = text;

	while ((at = strstr(at, word))) {
		if ((at == text || strchr(" \n,", at[-1])) &&
		    strchr(" \n,", at[len]))
			return true;
		at++;
	}
	return false;
}

/* Every value of the tree is a word of the text, and true values' keys. */
static void check_leaves(const char *text, json_t *value, const char *key)
{
	const char *k;
	json_t *item;
	char *word;
	size_t i;

	json_object_foreach(value, k, item)
		check_leaves(text, item, k);
	json_array_foreach(value, i, item)
		check_leaves(text, item, key);
	if (json_is_object(value) || json_is_array(value))
		return;
	word = json_is_true(value) ? saa_strdup(key) :
	       json_is_string(value) ? saa_strdup(json_string_value(value)) :
	       saa_format("%lld", (long long)json_integer_value(value));
	if (!has_word(text, word))
		fail_msg("\"%s\" is in the JSON, but not in\n%s", word, text);
	free(word);
}

static void text_says_what_json_says(void **state)
{
	struct saa_conf c;
	json_t *all = json_object();
	char *text;

	(void)state;
	opt.stats = true;
	make_conf(&c);
	json_object_set_new(all, "gateway", json_gateway(&c.gateway));
	json_object_set_new(all, "sr", json_srs(&c));
	json_object_set_new(all, "group", json_groups(&c));
	json_object_set_new(all, "punt", json_ports(&c));
	json_object_set_new(all, "snat", json_snats(&c));
	text = out_text(NULL, all);
	check_leaves(text, all, "");
	assert_non_null(strstr(text, "sr 1 name edge1 state down self primary 256 backup 256 owned 0\n"));
	assert_non_null(strstr(text, "group 2 name dmz side north dev eth2 absent\n"));
	assert_non_null(strstr(text, "snat 20 family ipv4 group internet source 10.0.0.0/8 to 198.51.100.1-198.51.100.4 ports 1024-65535"));
	free(text);
	json_decref(all);
	saa_conf_free(&c);
	opt.stats = false;
}

static void owned_buckets(void **state)
{
	uint32_t owned = 0;
	struct saa_conf c;
	json_t *list;
	size_t i;

	(void)state;
	make_conf(&c);		/* 1 down, 2 syncing, 3 up, 4 down */
	list = json_srs(&c);
	for (i = 0; i < 4; i++)
		owned += json_integer_value(json_object_get(
				json_array_get(list, i), "owned"));
	assert_int_equal(owned, 512);	/* 3 owns its and those of 1 */
	json_decref(list);
	saa_conf_free(&c);
}

static char *diff(const struct saa_conf *a, const struct saa_conf *b)
{
	json_t *changes = diff_conf(a, b);
	char *text = diff_text(changes);

	json_decref(changes);
	return text;
}

static void difference(void **state)
{
	struct saa_conf a, b, none = { 0 };
	char *text;

	(void)state;
	make_conf(&a);
	saa_file_conf(file, 0, 0, &b);
	text = diff(&a, &b);		/* a file says nothing of states */
	assert_string_equal(text, "");
	free(text);

	text = diff(&none, &b);
	assert_non_null(strstr(text, "+ gateway t0 id 7 sr 1 buckets 1024\n"));
	assert_non_null(strstr(text, "+ punt south dev punt-s transport l2\n"));
	assert_non_null(strstr(text, "+ table buckets 1024\n"));
	free(text);

	/* unless it is told which, for this edge */
	b.srs[0].has |= 1u << SAA_A_SR_STATE;
	b.srs[0].state = SAA_SR_STATE_SYNCING;
	text = diff(&a, &b);
	assert_string_equal(text, "~ sr 1 state down -> syncing\n");
	free(text);
	a.srs[0].state = SAA_SR_STATE_SYNCING;
	text = diff(&a, &b);
	assert_string_equal(text, "");
	free(text);
	text = diff(&none, &b);
	assert_non_null(strstr(text, "+ sr 1 name edge1 state syncing\n+ sr 2 name edge2\n"));
	free(text);
	b.srs[0].has &= ~(1u << SAA_A_SR_STATE);

	strcpy(b.groups[0].ifname, "ens1");
	b.n_groups--;
	b.srs[3].id = 9;
	b.snat[1].priority = 21;
	b.gateway.key[3] ^= 1;
	b.rows[5].primary = b.rows[5].primary == 1 ? 2 : 1;
	b.snat[0].flags = SAA_SNAT_FLAGS_PERSISTENT;
	text = diff(&a, &b);
	assert_non_null(strstr(text, "~ group 1 dev eth1 -> ens1\n"));
	assert_non_null(strstr(text, "- group 100 name backplane side south dev bp0\n"));
	assert_non_null(strstr(text, "+ sr 9 name edge4\n"));
	assert_non_null(strstr(text, "- sr 4 name edge4\n"));
	assert_non_null(strstr(text, "- snat 20 "));
	assert_non_null(strstr(text, "+ snat 21 "));
	assert_non_null(strstr(text, "~ snat 10 persistent none -> true no-snat true -> none\n"));
	assert_non_null(strstr(text, "~ gateway t0 key old -> new\n"));
	assert_non_null(strstr(text, "~ table buckets 1024 moved 1\n"));
	free(text);
	saa_conf_free(&a);
	saa_conf_free(&b);
}

/* Saving and reading back changes nothing, with or without a table. */
static void save_and_back(void **state)
{
	struct saa_diag d = { 0 };
	struct saa_conf a, b;
	struct saa_file *saved;
	char *text, *changes;
	int round;

	(void)state;
	for (round = 0; round < 2; round++) {
		make_conf(&a);
		if (round)
			a.rows[5] = (struct saa_row){ 4, 1 };
		text = save_text(&a, NULL, 0);
		saved = saa_file_parse("saved", text, strlen(text), true, &d);
		if (!saved)
			fail_msg("%u: %s\n%s", d.notes[0].line, d.notes[0].text,
				 text);
		saa_file_conf(saved, 0, 0, &b);
		changes = diff(&a, &b);
		assert_string_equal(changes, "");
		free(changes);
		free(text);
		saa_file_free(saved);
		saa_diag_free(&d);
		saa_conf_free(&a);
		saa_conf_free(&b);
	}
}

/* One owner for all: the mode says so, not a table. Then none at all. */
static void active_standby(void **state)
{
	char *text = replace(good, "mode: stateful-active-active",
			     "mode: active-standby\n    active: edge3\n    standby: edge1"),
	     *fewer = replace(text, "        interfaces: {edge2: ens7}\n", ""),
	     *saved, *changes;
	struct saa_conf a, b, none = { 0 };
	struct saa_diag d = { 0 };
	struct saa_file *f;

	(void)state;
	f = saa_file_parse("test.yaml", fewer, strlen(fewer), true, &d);
	assert_non_null(f);
	saa_file_conf(f, 0, 0, &a);
	saa_file_free(f);
	saved = save_text(&a, NULL, 0);
	assert_non_null(strstr(saved, "active: \"edge3\"\n    standby: \"edge1\"\n"));
	assert_null(strstr(saved, "table:"));
	f = saa_file_parse("saved", saved, strlen(saved), true, &d);
	assert_non_null(f);
	saa_file_conf(f, 0, 0, &b);
	changes = diff(&a, &b);
	assert_string_equal(changes, "");
	free(changes);
	changes = diff(&a, &none);
	assert_non_null(strstr(changes, "- gateway t0 id 7 sr 1 buckets 1024\n- sr 1 name edge1\n"));
	free(changes);
	changes = diff(&none, &none);
	assert_string_equal(changes, "");
	free(changes);
	saa_conf_free(&a);
	saa_conf_free(&b);
	saa_file_free(f);
	saa_diag_free(&d);
	free(saved);
	free(fewer);
	free(text);
}

/* Names as only another tool can have given them to the kernel. */
static void odd_names(void **state)
{
	struct saa_diag d = { 0 };
	struct saa_file *saved;
	struct saa_conf a, b;
	char *text, *changes;
	json_t *list;

	(void)state;
	make_conf(&a);
	strcpy(a.groups[0].ifname, "e\033[2J\nx");
	strcpy(a.groups[1].ifname, "e\377");
	text = out_text("group", list = json_groups(&a));
	assert_non_null(strstr(text, "group 1 name internet side north dev e\\x1b[2J\\x0ax absent\n"));
	assert_non_null(strstr(text, " dev e\\xff absent\n"));
	assert_null(strchr(text, '\033'));
	free(text);
	text = json_dumps(list, 0);
	assert_non_null(strstr(text, "\"dev\": \"e\\u001B[2J\\nx\""));
	assert_non_null(strstr(text, "\"dev\": \"e\\\\xff\""));
	free(text);
	json_decref(list);

	/* saved: as it is if a file may have it, and never as another key */
	strcpy(a.groups[0].ifname, "a\"b\\c");
	strcpy(a.groups[1].ifname, "\303\251t\303\251");
	a.srs[2].name[0] = '\0';
	text = save_text(&a, NULL, 0);
	saved = saa_file_parse("saved", text, strlen(text), true, &d);
	if (!saved)
		fail_msg("%u: %s\n%s", d.notes[0].line, d.notes[0].text, text);
	saa_file_conf(saved, 0, 0, &b);
	changes = diff(&a, &b);
	assert_string_equal(changes, "~ sr 3 name  -> sr-3\n");
	free(changes);
	free(text);
	saa_file_free(saved);
	saa_diag_free(&d);
	saa_conf_free(&a);
	saa_conf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_says_what_json_says),
		cmocka_unit_test(owned_buckets),
		cmocka_unit_test(difference),
		cmocka_unit_test(save_and_back),
		cmocka_unit_test(active_standby),
		cmocka_unit_test(odd_names),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
