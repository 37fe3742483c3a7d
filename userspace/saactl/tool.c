// SPDX-License-Identifier: GPL-2.0-or-later
/* What the commands share: messages, choosing a command, reading the state. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "tool.h"

struct options opt;

static unsigned int lines;

static void say(const char *prefix, const char *fmt, va_list ap)
{
	char *text = saa_vformat(fmt, ap), *clean = saa_printable(text);

	fflush(stdout);
	fprintf(stderr, "saactl: %s%s\n", prefix, clean);
	lines++;
	free(clean);
	free(text);
}

unsigned int lines_said(void)
{
	return lines;
}

int refuse(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("", fmt, ap);
	va_end(ap);
	return EXIT_REFUSED;
}

int misuse(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("", fmt, ap);
	va_end(ap);
	return EXIT_USAGE;
}

void warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("warning: ", fmt, ap);
	va_end(ap);
}

int print_diag(const char *path, const struct saa_diag *d)
{
	char *name = saa_printable(path);
	size_t i;

	fflush(stdout);
	for (i = 0; i < d->n_notes; i++) {
		const struct saa_note *n = &d->notes[i];

		fprintf(stderr, "%s:", name);
		if (n->line)
			fprintf(stderr, "%u:", n->line);
		fprintf(stderr, " %s%s\n", n->warning ? "warning: " : "",
			n->text);
	}
	free(name);
	return d->errors ? EXIT_REFUSED : EXIT_OK;
}

int help(const char *text)
{
	fputs(text, stdout);
	return EXIT_OK;
}

bool is_help(int argc, char **argv)
{
	return argc > 0 && !strcmp(argv[0], "help");
}

int no_more(int argc, char **argv)
{
	return argc > 0 ? misuse("unexpected argument \"%s\"", argv[0]) :
			  EXIT_OK;
}

int run_command(const struct command *commands, int argc, char **argv,
		const char *what, int (*none)(int argc, char **argv))
{
	const struct command *c;

	if (!argc && none)
		return none(0, argv);
	for (c = commands; argc && c->name; c++)
		if (!strcmp(c->name, argv[0]))
			return c->run(argc - 1, argv + 1);
	if (!argc)
		return misuse("no %s given; try \"help\"", what);
	return misuse("%s \"%s\" is unknown; try \"help\"", what, argv[0]);
}

int edge_of(const struct saa_file *file, const char *name)
{
	char host[256] = "";
	int at;

	if (name)
		return saa_file_edge_index(file, name);
	gethostname(host, sizeof(host) - 1);
	at = saa_file_edge_index(file, host);
	if (at < 0)	/* without the domain */
		host[strcspn(host, ".")] = '\0';
	return at < 0 ? saa_file_edge_index(file, host) : at;
}

void set_sysctl(const char *path, bool on)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, on ? "1" : "0", 1) != 1)
		warn("%s: %s", path, strerror(errno));
	close(fd);
}

int del_gateway(struct saa_nl *nl, uint16_t id)
{
	struct saa_conf all = { .gateway = { .has = 1u << SAA_A_GATEWAY_ID,
					     .id = id } };

	return saa_nl_write(nl, SAA_CMD_DEL, &all, false);
}

int get_conf(struct saa_nl *nl, struct saa_conf *conf)
{
	if (saa_nl_open(nl))
		return refuse("%s", nl->error);
	if (!saa_nl_get(nl, 0, conf))
		return EXIT_OK;
	saa_nl_close(nl);
	return refuse("%s", nl->error);
}

int get_gateway(struct saa_nl *nl, struct saa_conf *conf)
{
	int ret = get_conf(nl, conf);

	if (ret || conf->gateway.has)
		return ret;
	saa_conf_free(conf);
	saa_nl_close(nl);
	return refuse("no gateway is configured in this network namespace; see \"saactl apply\"");
}
