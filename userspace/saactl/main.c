// SPDX-License-Identifier: GPL-2.0-or-later
/* saactl: options, and which object or command it is about. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

struct options opt;

static const char usage[] =
"Usage: saactl [ OPTIONS ] OBJECT { COMMAND | help }\n"
"       saactl [ OPTIONS ] [ show ]\n"
"where  OBJECT := { gateway | sr | group | punt | table | snat | xdp }\n"
"       or one of\n"
"         apply FILE [ --edge NAME ] [ --gateway NAME ] [ --dry-run ]\n"
"         check FILE\n"
"         show | save | stats | monitor | genkey\n"
"         explain SRC DST [ in GROUP ]\n"
"       OPTIONS := { -j[son] | -p[retty] | -s[tatistics] | -n[etns] NAME |\n"
"                    -c[olor] | -V[ersion] | -h[elp] }\n"
"Exit status: 0 done, 1 refused, 2 wrong usage. See saactl(8), saa.yaml(5).\n";

static void say(const char *prefix, const char *fmt, va_list ap)
{
	fflush(stdout);
	fprintf(stderr, "saactl: %s", prefix);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
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
	size_t i;

	fflush(stdout);
	for (i = 0; i < d->n_notes; i++) {
		const struct saa_note *n = &d->notes[i];

		fprintf(stderr, "%s:", path);
		if (n->line)
			fprintf(stderr, "%u:", n->line);
		fprintf(stderr, " %s%s\n", n->warning ? "warning: " : "",
			n->text);
	}
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
	saa_nl_close(nl);
	return refuse("no gateway is configured in this network namespace; see \"saactl apply\"");
}

static int enter_netns(const char *name)
{
	char *path;
	int fd, err;

	if (!*name || strchr(name, '/'))
		return misuse("network namespace \"%s\": not a name of /run/netns",
			      name);
	path = saa_format("/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	free(path);
	if (fd < 0)
		return refuse("network namespace \"%s\": %s", name,
			      errno == ENOENT ?
			      "no such namespace; see \"ip netns\"" :
			      strerror(errno));
	err = setns(fd, CLONE_NEWNET) ? errno : 0;
	close(fd);
	return err ? refuse("network namespace \"%s\": %s", name,
			    strerror(err)) : EXIT_OK;
}

static const struct command commands[] = {
	{ "apply", cmd_apply },
	{ "check", cmd_check },
	{ "explain", cmd_explain },
	{ "gateway", cmd_gateway },
	{ "genkey", cmd_genkey },
	{ "group", cmd_group },
	{ "monitor", cmd_monitor },
	{ "punt", cmd_punt },
	{ "save", cmd_save },
	{ "show", cmd_show },
	{ "snat", cmd_snat },
	{ "sr", cmd_sr },
	{ "stats", cmd_stats },
	{ "table", cmd_table },
	{ "xdp", cmd_xdp },
	{ 0 }
};

static bool is(const char *arg, const char *brief, const char *full)
{
	return !strcmp(arg, brief) || !strcmp(arg, full) ||
	       (arg[0] == '-' && arg[1] == '-' && !strcmp(arg + 1, full));
}

int main(int argc, char **argv)
{
	const char *netns = NULL;
	int ret;

	opt.color = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
	for (argc--, argv++; argc && argv[0][0] == '-'; argc--, argv++) {
		if (is(argv[0], "-j", "-json")) {
			opt.json = true;
		} else if (is(argv[0], "-p", "-pretty")) {
			opt.pretty = true;
		} else if (is(argv[0], "-s", "-statistics")) {
			opt.stats = true;
		} else if (is(argv[0], "-c", "-color")) {
			opt.color = true;
		} else if (is(argv[0], "-n", "-netns")) {
			if (argc < 2)
				return misuse("option \"%s\" needs a NAME",
					      argv[0]);
			netns = argv[1];
			argc--;
			argv++;
		} else if (is(argv[0], "-V", "-Version")) {
			puts("saactl, saa " SAA_VERSION);
			return EXIT_OK;
		} else if (is(argv[0], "-h", "-help")) {
			return help(usage);
		} else {
			return misuse("option \"%s\" is unknown; try \"saactl help\"",
				      argv[0]);
		}
	}
	if (is_help(argc, argv))
		return help(usage);
	ret = netns ? enter_netns(netns) : EXIT_OK;
	if (!ret)
		ret = run_command(commands, argc, argv, "object", cmd_show);
	if (fflush(stdout) && !ret)
		ret = refuse("cannot write the output: %s", strerror(errno));
	return ret;
}
