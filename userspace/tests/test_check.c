// SPDX-License-Identifier: GPL-2.0-or-later
/* saactl check: its options in any order; text and JSON that agree on what is good. */
#include <stdio.h>
#include <unistd.h>

#include "gateways.h"
#include "tool.h"

static char path[] = "/tmp/saa-test-XXXXXX";

static int setup(void **state)
{
	char *text = saa_format("%s%s", cluster, T0);
	int fd = mkstemp(path);
	bool done;

	(void)state;
	done = write(fd, text, strlen(text)) == (ssize_t)strlen(text) && !close(fd);
	free(text);
	return done ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	return unlink(path);
}

/* Exit status, and what it said to both. */
static int check(char *said, size_t size, const char *a, const char *b,
		 const char *c, const char *d)
{
	char *argv[] = { (char *)a, (char *)b, (char *)c, (char *)d, NULL };
	int fd[2] = { dup(STDOUT_FILENO), dup(STDERR_FILENO) }, argc = 0, i, ret;
	FILE *f = tmpfile();

	fflush(stdout);
	for (i = 0; i < 2; i++)
		dup2(fileno(f), i ? STDERR_FILENO : STDOUT_FILENO);
	while (argv[argc])
		argc++;
	ret = cmd_check(argc, argv);
	fflush(stdout);
	for (i = 0; i < 2; i++) {
		dup2(fd[i], i ? STDERR_FILENO : STDOUT_FILENO);
		close(fd[i]);
	}
	rewind(f);
	said[fread(said, 1, size - 1, f)] = '\0';
	fclose(f);
	return ret;
}

static void options(void **state)
{
	static const struct {
		const char *args[4];
		int ret;
		const char *said;
	} tests[] = {
		{ { path }, EXIT_OK, ": good: 6 edges, 1 gateways\n" },
		{ { path, "--edge", "e2" }, EXIT_OK, ": good: " },
		{ { "--edge", "e2", path }, EXIT_OK, ": good: " },
		{ { "--partial", "--edge", "e2", path }, EXIT_OK, ": good: " },
		{ { path, "--partial", "--edge", "e2" }, EXIT_OK, ": good: " },
		{ { "--edge", "e9", path }, EXIT_REFUSED, "edge \"e9\" is not in the file" },
		{ { path, "--edge" }, EXIT_USAGE, "option \"--edge\" needs a NAME" },
		{ { path, "--egde", "e2" }, EXIT_USAGE, "option \"--egde\" is unknown" },
		{ { path, "e2" }, EXIT_USAGE, "unexpected argument \"e2\"" },
		{ { path, "with" }, EXIT_USAGE, "\"with\" needs a DIGEST" },
		{ { path, "with", "--partial" }, EXIT_USAGE, "\"with\" needs a DIGEST" },
		{ { "--partial" }, EXIT_USAGE, "no FILE given" },
		{ { NULL }, EXIT_USAGE, "no FILE given" },
	};
	char said[4096];
	size_t i;
	int ret;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		const char *const *a = tests[i].args;

		ret = check(said, sizeof(said), a[0], a[1], a[2], a[3]);
		if (ret != tests[i].ret || !strstr(said, tests[i].said))
			fail_msg("%zu: %d: %s", i, ret, said);
	}
}

/* Without a gateway here there is nothing to compare: that is not good. */
static void not_compared(void **state)
{
	char said[4096];

	(void)state;
	assert_int_equal(check(said, sizeof(said), path, "with", "/dev/null", NULL),
			 EXIT_REFUSED);
	if (strstr(said, "good"))
		fail_msg("good: %s", said);
	opt.json = true;
	assert_int_equal(check(said, sizeof(said), path, "with", "/dev/null", NULL),
			 EXIT_REFUSED);
	opt.json = false;
	assert_non_null(strstr(said, "\"good\": false"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options),
		cmocka_unit_test(not_compared),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
