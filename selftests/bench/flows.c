// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * TCP connections without ends, through a service router of net.sh, and what
 * they cost. Run in the namespace "inside"; OUTSIDE is that of the other end,
 * and FILE keeps which addresses the routers map the connections to.
 *
 *   flows open OUTSIDE FILE COUNT RATE COMMAND REMOTE...
 *	opens COUNT of them through sr1, three packets each, RATE in a second or
 *	as fast as it goes, at a higher priority than anything else: packets do
 *	not wait for who tells the partner. Then runs the shell's COMMAND until
 *	it prints a number of COUNT or more. Prints the nanoseconds until then,
 *	those that all tasks of the machine ran in that time (but COMMAND), those
 *	of this one up to the last packet, and by how much that was late.
 *   flows takeover OUTSIDE FILE COUNT COMMAND
 *	starts the shell's COMMAND, and sends packets of some of the connections
 *	by sr2 until they arrive as they did by sr1. Prints the nanoseconds until
 *	the first did, and until all.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "bench.h"

#define CLIENT "10.1.0.1"
#define CLIENT_PORT 1024	/* the first */
#define PORTS 60000		/* connections to each remote address */
#define SERVER_PORT 443
#define SAMPLES 32
#define PATIENCE 10000000000ULL	/* nanoseconds */

struct frame {
	struct ethhdr eth;
	struct iphdr ip;
	struct tcphdr tcp;
} __attribute__((packed));

/* How a connection is seen outside. */
struct mapping {
	uint32_t remote, addr;
	uint16_t port;
};

/* An end of the path: a socket on the link to a router. */
struct end {
	int fd;
	uint8_t us[ETH_ALEN], router[ETH_ALEN];
};

static struct end in, out;
static struct mapping *mappings;

static struct end open_end(const char *device, int link, int sr)
{
	struct end e = {
		.us = { 2, 0, 0, 0, link + 1, sr },
		.router = { 2, 0, 0, 0, link, sr },
	};
	struct sockaddr_ll ll = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),	/* before the sink */
		.sll_ifindex = if_nametoindex(device),
	};
	int one = 1;

	e.fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0);
	if (e.fd < 0 || bind(e.fd, (void *)&ll, sizeof(ll)) ||
	    setsockopt(e.fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one)))
		err(1, "%s", device);
	return e;
}

static void open_ends(const char *outside, int sr)
{
	char device[8];

	snprintf(device, sizeof(device), "in%d", sr);
	in = open_end(device, 1, sr);
	enter(outside);
	snprintf(device, sizeof(device), "out%d", sr);
	out = open_end(device, 3, sr);
}

static void open_file(const char *path, unsigned long count)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	size_t size = count * sizeof(*mappings);

	if (fd < 0 || ftruncate(fd, size))
		err(1, "%s", path);
	mappings = mmap(NULL, size, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_POPULATE, fd, 0);
	if (mappings == MAP_FAILED)
		err(1, "%s", path);
}

static uint32_t sum(const void *data, size_t len, uint32_t start)
{
	const uint16_t *p = data;

	for (; len; len -= 2)
		start += *p++;
	return start;
}

static uint16_t fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return ~(sum + (sum >> 16));
}

static void send_frame(const struct end *e, struct frame *f)
{
	memcpy(f->eth.h_dest, e->router, ETH_ALEN);
	memcpy(f->eth.h_source, e->us, ETH_ALEN);
	f->eth.h_proto = htons(ETH_P_IP);
	f->ip.version = 4;
	f->ip.ihl = 5;
	f->ip.ttl = 64;
	f->ip.protocol = IPPROTO_TCP;
	f->ip.tot_len = htons(sizeof(f->ip) + sizeof(f->tcp));
	f->ip.check = 0;
	f->ip.check = fold(sum(&f->ip, sizeof(f->ip), 0));
	f->tcp.doff = sizeof(f->tcp) / 4;
	f->tcp.window = htons(60000);
	f->tcp.check = 0;
	f->tcp.check = fold(sum(&f->tcp, sizeof(f->tcp),
				sum(&f->ip.saddr, 8, htons(IPPROTO_TCP + sizeof(f->tcp)))));
	if (send(e->fd, f, sizeof(*f), 0) != sizeof(*f))
		err(1, "send");
}

/* A frame that arrived; false if none does in the time. */
static bool receive(const struct end *e, struct frame *f, int ms)
{
	struct pollfd p = { .fd = e->fd, .events = POLLIN };
	ssize_t len;

	/* As a rule it is there when the call that sent it has returned. */
	len = recv(e->fd, f, sizeof(*f), 0);
	if (len < 0 && errno == EAGAIN && ms && poll(&p, 1, ms) == 1)
		len = recv(e->fd, f, sizeof(*f), 0);
	if (len < 0 && errno != EAGAIN)
		err(1, "recv");
	return len == sizeof(*f);
}

/* What arrives of connection @i, which has sent @seq. */
static void expect(const struct end *e, unsigned long i, struct frame *f,
		   uint32_t seq)
{
	if (!receive(e, f, 5000))
		errx(1, "connection %lu: a packet is lost", i);
	if (f->tcp.seq != seq)
		errx(1, "connection %lu: another packet arrived", i);
}

static void from_client(unsigned long i, bool syn, struct frame *f)
{
	*f = (struct frame){
		.ip.saddr = inet_addr(CLIENT),
		.ip.daddr = mappings[i].remote,
		.tcp.source = htons(CLIENT_PORT + i % PORTS),
		.tcp.dest = htons(SERVER_PORT),
		.tcp.seq = htonl(i + !syn),
		.tcp.ack_seq = syn ? 0 : htonl(i + 1),
		.tcp.syn = syn,
		.tcp.ack = !syn,
	};
}

static void answer(unsigned long i, struct frame *f)
{
	*f = (struct frame){
		.ip.saddr = mappings[i].remote,
		.ip.daddr = mappings[i].addr,
		.tcp.source = htons(SERVER_PORT),
		.tcp.dest = mappings[i].port,
		.tcp.seq = htonl(i),
		.tcp.ack_seq = htonl(i + 1),
		.tcp.syn = 1,
		.tcp.ack = 1,
	};
}

static void open_one(unsigned long i)
{
	struct frame f;

	from_client(i, true, &f);
	send_frame(&in, &f);
	expect(&out, i, &f, htonl(i));
	mappings[i].addr = f.ip.saddr;
	mappings[i].port = f.tcp.source;
	answer(i, &f);
	send_frame(&out, &f);
	expect(&in, i, &f, htonl(i));
	from_client(i, false, &f);
	send_frame(&in, &f);
	expect(&out, i, &f, htonl(i + 1));
}

static uint64_t now(void)
{
	return nanoseconds(CLOCK_MONOTONIC);
}

static void sleep_until(uint64_t when)
{
	struct timespec ts = { when / 1000000000, when % 1000000000 };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

/* What all tasks have run on the one CPU, up to when they were last switched. */
static uint64_t all_ran(void)
{
	unsigned long long ran = 0;
	char line[256];
	FILE *f;

	sleep_until(now() + 1000000);
	f = fopen("/proc/schedstat", "re");
	while (f && fgets(line, sizeof(line), f) &&
	       sscanf(line, "cpu0 %*u %*u %*u %*u %*u %*u %llu", &ran) != 1)
		;
	if (!ran)
		err(1, "/proc/schedstat");
	fclose(f);
	return ran;
}

/* What the commands ran that only ask. */
static uint64_t asking_ran(void)
{
	struct rusage u;

	getrusage(RUSAGE_CHILDREN, &u);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000000ULL +
	       (u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1000ULL;
}

static unsigned long ask(const char *command)
{
	unsigned long n = 0;
	FILE *f = popen(command, "re");

	if (!f || fscanf(f, "%lu", &n) != 1 || pclose(f))
		errx(1, "no number: %s", command);
	return n;
}

static void priority(int policy, int value)
{
	struct sched_param param = { .sched_priority = value };

	if (sched_setscheduler(0, policy, &param))
		err(1, "sched_setscheduler");
}

static void open_all(unsigned long count, unsigned long rate,
		     const char *command)
{
	uint64_t began, ran, due = 0, late, own, sent, ended;
	unsigned long i;

	priority(SCHED_FIFO, 99);
	ran = all_ran();
	own = nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
	began = now();
	for (i = 0; i < count; i++) {
		due = rate ? began + i * 1000000000ULL / rate : 0;
		if (due > now())
			sleep_until(due);
		open_one(i);
	}
	late = now() - due;
	own = nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - own;
	priority(SCHED_OTHER, 0);
	sent = now();
	do {
		ended = now();
		if (ended - sent > PATIENCE / 4)
			errx(1, "the partner does not have all");
	} while (ask(command) < count && !usleep(20000));
	ran = all_ran() - ran - asking_ran();
	printf("%llu %llu %llu %llu\n", (unsigned long long)(ended - began),
	       (unsigned long long)ran, (unsigned long long)own,
	       (unsigned long long)(rate ? late : 0));
}

/* Sends a packet of connection @i; whether it is forwarded as before. */
static bool passes(unsigned long i)
{
	struct frame f;

	from_client(i, false, &f);
	send_frame(&in, &f);
	if (!receive(&out, &f, 0))
		return false;
	if (f.tcp.seq != htonl(i + 1) || f.ip.saddr != mappings[i].addr ||
	    f.tcp.source != mappings[i].port)
		errx(1, "connection %lu arrived with another mapping", i);
	return true;
}

static void take_over(unsigned long count, char *command)
{
	uint64_t began, first = 0, all = 0;
	int i, status;
	pid_t pid;

	began = now();
	pid = fork();
	if (!pid) {
		execl("/bin/sh", "sh", "-c", command, NULL);
		err(1, "sh");
	}
	for (i = 0; i < SAMPLES; i++) {
		while (!passes(count / SAMPLES * i)) {
			sleep_until(now() + 500000);
			if (now() - began > PATIENCE)
				errx(1, "connection %lu is lost", count / SAMPLES * i);
		}
		all = now() - began;
		first = first ? first : all;
	}
	if (waitpid(pid, &status, 0) != pid || status)
		errx(1, "failed: %s", command);
	printf("%llu %llu\n", (unsigned long long)first, (unsigned long long)all);
}

int main(int argc, char **argv)
{
	unsigned long count, i;

	if (argc < 6)
		goto usage;
	count = strtoul(argv[4], NULL, 0);
	if (count < SAMPLES)
		goto usage;
	open_file(argv[3], count);
	if (!strcmp(argv[1], "open") &&
	    argc >= 7 + (int)((count + PORTS - 1) / PORTS)) {
		for (i = 0; i < count; i++)
			mappings[i].remote = inet_addr(argv[7 + i / PORTS]);
		open_ends(argv[2], 1);
		open_all(count, strtoul(argv[5], NULL, 0), argv[6]);
	} else if (!strcmp(argv[1], "takeover") && argc == 6) {
		open_ends(argv[2], 2);
		take_over(count, argv[5]);
	} else {
		goto usage;
	}
	return 0;

usage:
	fprintf(stderr, "usage: flows open OUTSIDE FILE COUNT RATE COMMAND REMOTE...\n"
		"       flows takeover OUTSIDE FILE COUNT COMMAND\n");
	return 2;
}
