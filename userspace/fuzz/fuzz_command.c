// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzzer of the command line and of what the kernel answers. An input is a line
 * of words, and after it the kernel's messages. Options -j, -p, -s, -c may come
 * first. Whatever comes, the command ends with one of its exit codes, says why
 * if it is not 0, and what it prints is JSON with -j, and can be shown on a
 * terminal without.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake_kernel.h"
#include "tool.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct command commands[] = {
	{ "apply", cmd_apply }, { "check", cmd_check },
	{ "digest", cmd_digest }, { "explain", cmd_explain }, { "gateway", cmd_gateway },
	{ "genkey", cmd_genkey }, { "group", cmd_group },
	{ "monitor", cmd_monitor }, { "plan", cmd_plan }, { "punt", cmd_punt },
	{ "save", cmd_save }, { "show", cmd_show }, { "snat", cmd_snat },
	{ "sr", cmd_sr }, { "stats", cmd_stats }, { "table", cmd_table },
	{ "sync", cmd_sync }, { "xdp", cmd_xdp }, { 0 }
};

static char *good;
static size_t good_len;

/* The file that "apply good" takes: GOOD names it. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *path = getenv("GOOD");
	FILE *f = fopen(path ? path : "tests/data/good.yaml", "re");

	(void)argc;
	(void)argv;
	if (!f) {
		fprintf(stderr, "GOOD: no such file\n");
		exit(1);
	}
	good = saa_zalloc(1 << 16);
	good_len = fread(good, 1, (1 << 16) - 1, f);
	fclose(f);
	return 0;
}

static bool for_terminal(const char *text)
{
	for (; *text; text++)
		if (((unsigned char)*text < ' ' || *text == 0x7f) && *text != '\n')
			return false;
	return true;
}

static int run(int argc, char **argv)
{
	opt = (struct options){ 0 };
	for (; argc && argv[0][0] == '-'; argc--, argv++) {
		opt.json |= !strcmp(argv[0], "-j");
		opt.pretty |= !strcmp(argv[0], "-p");
		opt.stats |= !strcmp(argv[0], "-s");
	}
	return run_command(commands, argc, argv, "object", cmd_show);
}

/* Lines of JSON ("monitor"), or one value. */
static void check_json(const char *text)
{
	json_t *value;

	while (*text) {
		value = json_loads(text, JSON_DISABLE_EOF_CHECK | JSON_DECODE_ANY, NULL);
		assert(value);
		json_decref(value);
		if (opt.pretty)
			return;
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = memchr(data, '\n', size);
	size_t len = end ? (size_t)(end - data) : size, out_len, err_len;
	char *line = memcpy(saa_zalloc(len + 1), data, len), *words[32];
	char *out = NULL, *err = NULL, *save, *word;
	FILE *real_out = stdout, *real_err = stderr;
	bool is_help, help_text;
	int n = 0, ret;

	for (word = strtok_r(line, " ", &save); word && n < 32;
	     word = strtok_r(NULL, " ", &save))
		words[n++] = word;
	help_text = false;
	for (ret = 0; ret < n; ret++)
		help_text |= !strcmp(words[ret], "help");
	is_help = help_text || (n && !strcmp(words[0], "genkey"));
	fake_kernel_answers(end ? end + 1 : data, end ? size - len - 1 : 0);
	fake_file(NULL, NULL, 0);
	fake_file("good", good, good_len);

	stdout = open_memstream(&out, &out_len);
	stderr = open_memstream(&err, &err_len);
	ret = run(n, words);
	fclose(stdout);
	fclose(stderr);
	stdout = real_out;
	stderr = real_err;

	assert(ret == EXIT_OK || ret == EXIT_REFUSED || ret == EXIT_USAGE);
	assert(ret == EXIT_OK || err_len > 0 || (opt.json && out_len > 0));
	assert(for_terminal(err));
	if (!opt.json)
		assert(for_terminal(out));
	else if (!is_help)
		check_json(out);
	free(out);
	free(err);
	free(line);
	return 0;
}
