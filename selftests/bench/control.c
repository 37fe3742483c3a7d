// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the control plane costs, by libsaa, as saactl uses it, in the current
 * namespace, which has no gateway yet:
 *
 *   control FILE EDGE
 *
 * Prints lines of "control ROW VALUE", one for each repetition:
 *
 *   load, apply, apply_again, dump	nanoseconds elapsed and of the CPU: to read
 *	and check the file; to give the kernel all of it; once more; to get all of
 *	it back
 *   state	likewise: to set the state of one SR
 *   notify	nanoseconds from the request that sets an SR's state until
 *	a listener has the notification
 *   memory	bytes that one such gateway takes: a share of what several, each in
 *	a namespace, take
 *
 * Where the clock counts instructions, elapsed is more than these only if
 * something had to wait.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "bench.h"
#include "file.h"
#include "nl.h"

#define TIMES 7
#define NAMESPACES 16

static struct saa_conf conf;

struct stopwatch {
	uint64_t elapsed, cpu;
};

static struct stopwatch start(void)
{
	return (struct stopwatch){ nanoseconds(CLOCK_MONOTONIC),
				   nanoseconds(CLOCK_PROCESS_CPUTIME_ID) };
}

static void stop(const struct stopwatch *since, const char *row)
{
	uint64_t cpu = nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - since->cpu;

	printf("control %s %llu\ncontrol %s_cpu %llu\n", row,
	       (unsigned long long)(nanoseconds(CLOCK_MONOTONIC) - since->elapsed),
	       row, (unsigned long long)cpu);
}

static void load(const char *path, const char *edge)
{
	struct saa_diag d = { 0 };
	struct saa_file *file;
	int at;

	file = saa_file_load(path, true, &d);
	at = file ? saa_file_edge_index(file, edge) : -1;
	if (at < 0)
		errx(1, "%s: not a file with this edge", path);
	saa_conf_free(&conf);
	memset(&conf, 0, sizeof(conf));
	saa_file_conf(file, 0, at, &conf);
	saa_file_free(file);
}

static void write_conf(struct saa_nl *nl, uint8_t cmd, const struct saa_conf *c)
{
	if (saa_nl_write(nl, cmd, c, false))
		errx(1, "write: %s", nl->error);
}

static void dump(struct saa_nl *nl)
{
	struct saa_conf got = { 0 };

	if (saa_nl_get(nl, 0, &got))
		errx(1, "get: %s", nl->error);
	if (got.n_rows != conf.n_rows || got.n_srs != conf.n_srs)
		errx(1, "get: not what was given");
	saa_conf_free(&got);
}

/* Another SR of the gateway goes down, and up again. */
static void set_state(struct saa_nl *nl, int i)
{
	struct saa_sr sr = conf.srs[conf.srs[0].id == conf.gateway.sr];
	struct saa_conf change = { .srs = &sr, .n_srs = 1 };

	sr.has = 1U << SAA_A_SR_ID | 1U << SAA_A_SR_STATE;
	sr.state = i % 2 ? SAA_SR_STATE_UP : SAA_SR_STATE_DOWN;
	write_conf(nl, SAA_CMD_CHANGE, &change);
}

static void nl_open(struct saa_nl *nl)
{
	if (saa_nl_open(nl))
		errx(1, "open: %s", nl->error);
}

/* In the listener: tells the other end of a pipe when it was told. */
static int hear(bool gone, const struct saa_conf *object, void *arg)
{
	uint64_t at = nanoseconds(CLOCK_MONOTONIC);
	int *fd = arg;

	(void)gone;
	if (object->n_srs && write(*fd, &at, sizeof(at)) != sizeof(at))
		err(1, "pipe");
	return 0;
}

static void notifications(struct saa_nl *nl)
{
	struct saa_nl listener;
	struct pollfd heard = { .events = POLLIN };
	uint64_t began, at;
	int fds[2], i;
	pid_t pid;

	if (pipe(fds))
		err(1, "pipe");
	fflush(stdout);
	pid = fork();
	if (!pid) {
		nl_open(&listener);
		saa_nl_monitor(&listener, hear, &fds[1]);
		errx(1, "monitor: %s", listener.error);
	}
	sleep(1);	/* it listens then, or the deadline below passes */
	heard.fd = fds[0];
	for (i = 0; i < TIMES; i++) {
		began = nanoseconds(CLOCK_MONOTONIC);
		set_state(nl, i);
		if (poll(&heard, 1, 5000) != 1 ||
		    read(fds[0], &at, sizeof(at)) != sizeof(at))
			errx(1, "monitor: no notification");
		printf("control notify %llu\n", (unsigned long long)(at - began));
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static unsigned long long mem_free(void)
{
	unsigned long long kb = 0;
	char line[128];
	FILE *f;

	f = fopen("/proc/meminfo", "r");
	if (!f)
		err(1, "/proc/meminfo");
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "MemFree: %llu", &kb) == 1)
			break;
	fclose(f);
	return kb * 1024;
}

static void memory(void)
{
	static const char devices[] =
		"for i in bp0 eth1 punt-n punt-s; do ip link add $i type dummy; done";
	struct saa_nl nl[NAMESPACES];
	unsigned long long before;
	int i;

	for (i = 0; i < NAMESPACES; i++) {
		if (unshare(CLONE_NEWNET) || system(devices))
			err(1, "namespace");
		nl_open(&nl[i]);	/* keeps the namespace */
	}
	before = mem_free();
	for (i = 0; i < NAMESPACES; i++)
		write_conf(&nl[i], SAA_CMD_SET, &conf);
	printf("control memory %llu\n", (before - mem_free()) / NAMESPACES);
}

int main(int argc, char **argv)
{
	struct stopwatch since;
	struct saa_nl nl;
	int i;

	if (argc != 3) {
		fprintf(stderr, "usage: control FILE EDGE\n");
		return 2;
	}
	nl_open(&nl);
	since = start();
	load(argv[1], argv[2]);
	stop(&since, "load");
	for (i = 0; i < TIMES; i++) {
		struct saa_conf none = { .gateway.has = 1 };

		since = start();
		write_conf(&nl, SAA_CMD_SET, &conf);
		stop(&since, "apply");
		since = start();
		write_conf(&nl, SAA_CMD_SET, &conf);
		stop(&since, "apply_again");
		since = start();
		dump(&nl);
		stop(&since, "dump");
		if (i < TIMES - 1)
			write_conf(&nl, SAA_CMD_DEL, &none);
	}
	for (i = 0; i < 2 * TIMES; i++) {
		since = start();
		set_state(&nl, i);
		stop(&since, "state");
	}
	notifications(&nl);
	printf("control rows %u\ncontrol srs %zu\n", conf.n_rows, conf.n_srs);
	memory();
	return 0;
}
