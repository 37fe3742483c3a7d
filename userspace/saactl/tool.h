/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the commands of saactl share: options, messages, output.
 *
 * Exit codes: 0 done, 1 refused (by the kernel, or by the rules for a file),
 * 2 the command line makes no sense.
 */
#ifndef SAA_TOOL_H
#define SAA_TOOL_H

#include <jansson.h>
#include <stdbool.h>

#include "diag.h"
#include "nl.h"
#include "rtnl.h"
#include "util.h"

enum { EXIT_OK, EXIT_REFUSED, EXIT_USAGE };

struct options {
	bool json, pretty, stats, color;
};

extern struct options opt;

/* An object or a command of one: "sr", "show". */
struct command {
	const char *name;
	int (*run)(int argc, char **argv);
};

/* Run the command that argv[0] names; @none without one, if not NULL. */
int run_command(const struct command *commands, int argc, char **argv,
		const char *what, int (*none)(int argc, char **argv));

/* Print "saactl: ..." to stderr; return EXIT_REFUSED or EXIT_USAGE. */
int refuse(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int misuse(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* How many of these there were. */
unsigned int lines_said(void);

/* The messages about @path; EXIT_REFUSED if there are errors. */
int print_diag(const char *path, const struct saa_diag *d);

int help(const char *text);	/* to stdout, EXIT_OK */
bool is_help(int argc, char **argv);

/* No arguments are left, or EXIT_USAGE naming the first one. */
int no_more(int argc, char **argv);

/*
 * out.c: print a value as JSON or as text, both from the same tree; takes the
 * reference. @kind begins each line of an array of objects in text.
 */
void out(const char *kind, json_t *value);
/* In text: "KIND VALUE", then a line for each member. */
void out_block(const char *kind, json_t *object);
char *out_block_text(const char *kind, json_t *object);	/* borrows */
void out_line(const char *kind, json_t *object);	/* with -j: one line */
char *out_text(const char *kind, json_t *value);	/* borrows */
char *out_plain(const char *kind, json_t *value);	/* the same, never coloured */

/* json.c: objects as trees */
json_t *json_text(const char *s);	/* a string, whatever bytes are in it */
json_t *json_gateway(const struct saa_gateway *gw);
json_t *json_sr(const struct saa_sr *sr);
json_t *json_group(const struct saa_group *group);
json_t *json_port(const struct saa_port *port);
json_t *json_snat(const struct saa_snat *s, const struct saa_conf *conf);
json_t *json_sync(const struct saa_conf *conf);		/* in a line */
json_t *json_sync_block(const struct saa_conf *conf);	/* all there is to say */
json_t *json_srs(const struct saa_conf *conf);		/* with their shares */
json_t *json_groups(const struct saa_conf *conf);
json_t *json_ports(const struct saa_conf *conf);
/* SRs all buckets of each of which have the other one as backup */
json_t *json_pairs(const struct saa_conf *conf);
json_t *json_snats(const struct saa_conf *conf);

/* diff.c: what leads from one configuration to another, [] if nothing */
json_t *diff_conf(const struct saa_conf *old, const struct saa_conf *new);
char *diff_text(json_t *changes);

/* save.c; @below: of a tier-0, or NULL */
struct below;
char *save_text(const struct saa_conf *conf, const struct below *below,
		size_t n);

/*
 * mtu.c: what is too long for the ports, or for what is under them; that also by
 * @below: of the members of gateways below it the one with the largest MTU, or {0}
 */
struct longest {
	uint32_t mtu;
	char ifname[IF_NAMESIZE], gateway[SAA_NAME_SIZE];
};

void note_longest(struct longest *longest, const struct saa_conf *conf,
		  const struct saa_link *links, size_t n_links);
void warn_mtu(struct saa_rtnl *rt, const struct saa_conf *conf,
	      const struct saa_link *links, size_t n_links,
	      const struct longest *below, struct saa_diag *d);

/* lock.c: one writer of routes per network namespace; fd or -1, also for a signal */
int lock_namespace(void);
void unlock_namespace(int fd);

/*
 * signals.c: after hold_signals() nothing ends the process until release_signals(),
 * which it does then; signal_waits() tells whether it will.
 */
void hold_signals(void);
void release_signals(void);
bool signal_waits(void);

struct saa_file;
/* The edge of this name, without one that of this host's name, or -1. */
int edge_of(const struct saa_file *file, const char *name);

/* In the namespace of the thread; a kernel without IPv6 has no such files. */
void set_sysctl(const char *path, bool on);

/* The whole configuration, if it is that of the gateway @id. 0 or -errno. */
int del_gateway(struct saa_nl *nl, uint16_t id);

/* Open, get everything, or say why not; EXIT_*. */
int get_conf(struct saa_nl *nl, struct saa_conf *conf);
/* The same, and refuse if no gateway is configured. */
int get_gateway(struct saa_nl *nl, struct saa_conf *conf);

/* Routes as the kernel's SNAT rules want them; EXIT_*. */
int sync_routes(struct saa_nl *nl);

int cmd_apply(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_digest(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_gateway(int argc, char **argv);
int cmd_genkey(int argc, char **argv);
int cmd_group(int argc, char **argv);
int cmd_monitor(int argc, char **argv);
int cmd_plan(int argc, char **argv);
int cmd_punt(int argc, char **argv);
int cmd_save(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_snat(int argc, char **argv);
int cmd_sr(int argc, char **argv);
int cmd_stats(int argc, char **argv);
int cmd_sync(int argc, char **argv);
int cmd_table(int argc, char **argv);
int cmd_xdp(int argc, char **argv);

#endif
