// SPDX-License-Identifier: GPL-2.0-or-later
/* saactl: options, and which object or command it is about. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netns.h"
#include "tool.h"

static const char usage[] =
"Usage: saactl [ OPTIONS ] OBJECT { COMMAND | help }\n"
"       saactl [ OPTIONS ] [ show ]\n"
"where  OBJECT := { gateway | sr | group | punt | table | snat | sync |\n"
"                   xdp }\n"
"       or one of\n"
"         apply FILE [ --edge NAME ] [ --gateway NAME ] [ --dry-run ]\n"
"         check FILE [ with DIGEST ... ] | plan [ OLD ] NEW\n"
"         show [ FILE ] | save | digest | stats | monitor | genkey\n"
"         explain SRC DST [ in GROUP ]\n"
"       OPTIONS := { -j[son] | -p[retty] | -s[tatistics] | -n[etns] NAME |\n"
"                    -c[olor] | -V[ersion] | -h[elp] }\n"
"Exit status: 0 done, 1 refused, 2 wrong usage. See saactl(8), saa.yaml(5).\n";

static int enter_netns(const char *name)
{
	int fd, err;

	if (!saa_netns_name_ok(name))
		return misuse("network namespace \"%s\": not a name of /run/netns",
			      name);
	fd = saa_netns_open(name);
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
	{ "digest", cmd_digest },
	{ "explain", cmd_explain },
	{ "gateway", cmd_gateway },
	{ "genkey", cmd_genkey },
	{ "group", cmd_group },
	{ "monitor", cmd_monitor },
	{ "plan", cmd_plan },
	{ "punt", cmd_punt },
	{ "save", cmd_save },
	{ "show", cmd_show },
	{ "snat", cmd_snat },
	{ "sr", cmd_sr },
	{ "stats", cmd_stats },
	{ "sync", cmd_sync },
	{ "table", cmd_table },
	{ "xdp", cmd_xdp },
	{ 0 }
};

static bool is(const char *arg, const char *brief, const char *full)
{
	return !strcmp(arg, brief) || !strcmp(arg, full) ||
	       (arg[0] == '-' && arg[1] == '-' && !strcmp(arg + 1, full));
}

static int run(int argc, char **argv)
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
	return ret ? ret : run_command(commands, argc, argv, "object", cmd_show);
}

int main(int argc, char **argv)
{
	int ret = run(argc, argv);

	errno = 0;
	/* what a command flushed itself, and failed, is lost: no reason any more */
	if ((fflush(stdout) || ferror(stdout)) && !ret)
		ret = refuse("cannot write the output%s%s", errno ? ": " : "",
			     errno ? strerror(errno) : "");
	return ret;
}
