// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers, printable text, growing arrays, files, running out of memory. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"
#include "util.h"

/* The sanitizer would end the process itself; calloc() returns NULL instead. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static void numbers(void **state)
{
	static const char *const bad[] = {
		"", " 1", "+1", "-1", "1 ", "0x10", "1e2", "65536",
		"18446744073709551616", "99999999999999999999999", "one",
	};
	unsigned long n;
	size_t i;

	(void)state;
	assert_true(saa_parse_uint("0", 65535, &n));
	assert_int_equal(n, 0);
	assert_true(saa_parse_uint("65535", 65535, &n));
	assert_int_equal(n, 65535);
	assert_true(saa_parse_uint("010", 65535, &n));	/* not octal */
	assert_int_equal(n, 10);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		if (saa_parse_uint(bad[i], 65535, &n))
			fail_msg("\"%s\" was taken for %lu", bad[i], n);
	assert_false(saa_parse_uint("18446744073709551616", ULONG_MAX, &n));
}

static void printable(void **state)
{
	static const char *const pairs[][2] = {
		{ "", "" },
		{ "eth0 \"up\" \\", "eth0 \"up\" \\" },
		{ "a\nb\tc\033[2J\177", "a\\x0ab\\x09c\\x1b[2J\\x7f" },
		{ "\303\251t\303\251 \342\202\254 \360\237\230\200",
		  "\303\251t\303\251 \342\202\254 \360\237\230\200" },
		{ "\302\233", "\\xc2\\x9b" },			/* C1 control */
		{ "\377\376", "\\xff\\xfe" },
		{ "\303", "\\xc3" },				/* cut off */
		{ "\303x", "\\xc3x" },
		{ "\300\257", "\\xc0\\xaf" },			/* overlong / */
		{ "\340\200\257", "\\xe0\\x80\\xaf" },
		{ "\355\240\200", "\\xed\\xa0\\x80" },		/* surrogate */
		{ "\364\220\200\200", "\\xf4\\x90\\x80\\x80" },	/* too high */
	};
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		text = saa_printable(pairs[i][0]);
		assert_string_equal(text, pairs[i][1]);
		free(text);
	}
}

/* Elements stay, and a new one is zero, at every size. */
static void growing(void **state)
{
	uint32_t *array = NULL, *element;
	size_t n = 0, i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		element = saa_grow(&array, &n, sizeof(*array));
		assert_ptr_equal(element, &array[i]);
		assert_int_equal(*element, 0);
		*element = i + 1;
	}
	assert_int_equal(n, 1000);
	for (i = 0; i < 1000; i++)
		assert_int_equal(array[i], i + 1);
	free(array);
}

static void files(void **state)
{
	char path[] = "/tmp/saa-test-XXXXXX";
	int fd = mkstemp(path), in;
	size_t len;
	char *text;

	(void)state;
	assert_int_equal(write(fd, "0123456789", 10), 10);
	text = saa_read_file(path, 10, &len);
	assert_non_null(text);
	assert_int_equal(len, 10);
	assert_string_equal(text, "0123456789");
	free(text);
	assert_null(saa_read_file(path, 9, &len));
	assert_int_equal(errno, EFBIG);
	assert_null(saa_read_file("/", 9, &len));
	assert_int_equal(errno, EISDIR);
	assert_null(saa_read_file("/nonexistent", 9, &len));
	assert_int_equal(errno, ENOENT);

	/* "-" */
	in = dup(0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	dup2(fd, 0);
	text = saa_read_file("-", 100, &len);
	dup2(in, 0);
	assert_non_null(text);
	assert_string_equal(text, "0123456789");
	free(text);
	close(in);
	close(fd);
	unlink(path);
}

static void on_abort(int signal)
{
	(void)signal;
	exit(42);
}

/* It says so and aborts. */
static void out_of_memory(void **state)
{
	char said[8192] = "";
	size_t len = 0;
	int fd[2], status;
	ssize_t got;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(fd), 0);
	pid = fork();
	if (!pid) {
		dup2(fd[1], STDERR_FILENO);
		signal(SIGABRT, on_abort);
		saa_zalloc(SIZE_MAX / 2);
		exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 42);
	close(fd[1]);
	/* the sanitizer has a word, too */
	while ((got = read(fd[0], said + len, sizeof(said) - 1 - len)) > 0)
		len += got;
	close(fd[0]);
	assert_non_null(strstr(said, "saactl: out of memory\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(printable),
		cmocka_unit_test(growing),
		cmocka_unit_test(files),
		cmocka_unit_test(out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
