// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bursts of UDP over one flow, for counting what a packet costs on its way to
 * a device in another network namespace.
 *
 *   skb_burst open NETNS ADDRESS
 *	makes the flow established: requests to ADDRESS, which is local in NETNS,
 *	and replies to where they came from, for longer than the two seconds
 *	after which conntrack takes a UDP flow for a stream
 *   skb_burst send NETNS ADDRESS DEVICE BURSTS PACKETS
 *	sends on that flow; prints the nanoseconds per packet of each burst, until
 *	all of it was received by DEVICE in NETNS
 *
 * Packets in a veth are handled before the sender's system call returns, as
 * long as there is one CPU. Where the clock counts instructions, that is what
 * the nanoseconds are.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "bench.h"

#define CLIENT_PORT 5000
#define SERVER_PORT 53
#define PAYLOAD 64
#define BATCH 50

union address {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* @text NULL: any address of the family that @addr has. */
static void address(union address *addr, const char *text, int port)
{
	int family = addr->sa.sa_family;

	if (text)
		family = strchr(text, ':') ? AF_INET6 : AF_INET;
	memset(addr, 0, sizeof(*addr));
	addr->sa.sa_family = family;
	addr->v4.sin_port = htons(port);	/* at the same place in v6 */
	errno = EINVAL;
	if (text && inet_pton(family, text, family == AF_INET ?
			      (void *)&addr->v4.sin_addr :
			      (void *)&addr->v6.sin6_addr) != 1)
		err(1, "%s", text);
}

/* A socket in the current namespace; it gives up after a second. */
static int udp(const union address *addr)
{
	struct timeval second = { .tv_sec = 1 };
	int fd = socket(addr->sa.sa_family, SOCK_DGRAM, 0);

	if (fd < 0 || bind(fd, &addr->sa, sizeof(*addr)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second)))
		err(1, "port %d", ntohs(addr->v4.sin_port));
	return fd;
}

/* Whether a request arrived, and the reply to it. */
static bool answered(int client, int server)
{
	union address from;
	socklen_t len = sizeof(from);
	char buf[16];

	if (send(client, "?", 1, 0) != 1)
		err(1, "send");
	if (recvfrom(server, buf, sizeof(buf), 0, &from.sa, &len) != 1)
		return false;
	if (sendto(server, "!", 1, 0, &from.sa, len) != 1)
		err(1, "reply");
	return recv(client, buf, sizeof(buf), 0) == 1;
}

/* Links lose what is sent before the kernel has noticed their carrier. */
static void open_flow(int client, int server)
{
	int i, lost = 0;

	for (i = 0; i < 4; i++) {
		while (!answered(client, server))
			if (++lost == 10)
				err(1, "no answer");
		sleep(1);
	}
}

/* Packets that the device received, from an open /proc/net/dev. */
static unsigned long received(int fd, const char *device)
{
	static char buf[16384];
	unsigned long packets;
	char name[32];
	ssize_t len;
	char *p;

	len = pread(fd, buf, sizeof(buf) - 1, 0);
	if (len < 0)
		err(1, "/proc/net/dev");
	buf[len] = '\0';
	for (p = strchr(buf, '\n'); p; p = strchr(p + 1, '\n'))
		if (sscanf(p, " %31[^:]: %*u %lu", name, &packets) == 2 &&
		    !strcmp(name, device))
			return packets;
	errno = ENODEV;
	err(1, "%s", device);
	return 0;
}

/* Sends a burst; returns nanoseconds until its last packet was received. */
static unsigned long burst(int client, int counters, const char *device,
			   unsigned int packets)
{
	static char payload[PAYLOAD];
	static struct iovec iov = { payload, sizeof(payload) };
	struct mmsghdr msgs[BATCH] = { 0 };
	unsigned long start, end, deadline, target;
	unsigned int sent = 0, i;
	int n;

	for (i = 0; i < BATCH; i++) {
		msgs[i].msg_hdr.msg_iov = &iov;
		msgs[i].msg_hdr.msg_iovlen = 1;
	}
	target = received(counters, device) + packets;
	start = nanoseconds(CLOCK_MONOTONIC);
	deadline = start + 5000000000UL;
	while (sent < packets) {
		n = sendmmsg(client, msgs,
			     packets - sent < BATCH ? packets - sent : BATCH, 0);
		if (n <= 0)
			err(1, "sendmmsg");
		sent += n;
	}
	while (received(counters, device) < target) {
		errno = ETIMEDOUT;
		if (nanoseconds(CLOCK_MONOTONIC) > deadline)
			err(1, "%lu of %u packets did not arrive at %s",
			    target - received(counters, device), packets, device);
		sched_yield();
	}
	end = nanoseconds(CLOCK_MONOTONIC);
	return end - start;
}

int main(int argc, char **argv)
{
	union address local, server;
	unsigned int bursts, packets, i;
	int client, counters;

	if (argc < 4)
		goto usage;
	address(&server, argv[3], SERVER_PORT);
	local = server;
	address(&local, NULL, CLIENT_PORT);
	client = udp(&local);
	if (connect(client, &server.sa, sizeof(server)))
		err(1, "connect %s", argv[3]);
	enter(argv[2]);

	if (!strcmp(argv[1], "open") && argc == 4) {
		open_flow(client, udp(&server));
		return 0;
	}
	if (strcmp(argv[1], "send") || argc != 7)
		goto usage;
	bursts = strtoul(argv[5], NULL, 0);
	packets = strtoul(argv[6], NULL, 0);
	if (!packets)
		goto usage;
	counters = open("/proc/thread-self/net/dev", O_RDONLY);
	if (counters < 0)
		err(1, "/proc/net/dev");
	for (i = 0; i < bursts; i++)
		printf("%.1f\n", (double)burst(client, counters, argv[4],
					       packets) / packets);
	return 0;

usage:
	fprintf(stderr, "usage: skb_burst open NETNS ADDRESS\n"
		"       skb_burst send NETNS ADDRESS DEVICE BURSTS PACKETS\n");
	return 2;
}
