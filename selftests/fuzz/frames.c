// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Frame fuzzer: random frames (frame_make.c) into the members and shadow ports of an SR, and a look at what comes out
 * of the shadow ports.
 *
 * usage: frames [-n FRAMES] [-t SECONDS] [-s SEED] [-k SKIP] [-v] [-p] [-r CASE] -g GATEWAY -m SR -o OTHER-SR TARGET...
 *	-n	how many (10000), to the targets in turn
 *	-t	ends then, whatever was sent
 *	-v	with virtio headers: checksum offload and GSO, of right and odd sizes
 *	-k	do not send the first SKIP frames of the seed, to find the one that matters
 *	-p	print each frame as a line of a CASE: "INTERFACE VIRTIO-HEADER FRAME" in hexadecimal
 *	-r	send the frames of a file
 *	TARGET	member:NETNS:INTERFACE:SIDE:MAC or port:NETNS:INTERFACE:SIDE:GROUPS; the interface is the far end of the
 *		SR's, SIDE is north or south, MAC without colons, GROUPS the ids of that side's groups, separated by
 *		commas
 *
 * Prints what was sent, and what must be counted for it where that is known for certain:
 *	member sent N valid N
 *	port sent N handled N not-for-us N announced N valid N
 *	out first N second N
 * "valid" is steered, or received; "handled" gets as far as the module; "out" is what came out of the shadow ports.
 * Exit status 1 if that was anything but punt frames and announcements of this SR.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "frames.h"

#define TARGETS 8
#define BATCH 32
#define ANNOUNCEMENT 0x88b5

static struct target targets[TARGETS];
static unsigned int n_targets;
static struct gateway gateway;
static bool with_virtio, print;
static uint64_t seed = 1;
static time_t end = INT64_MAX;

static struct { uint64_t sent, valid; } members;
static struct { uint64_t sent, handled, not_for_us, announced, valid; } ports;
static uint64_t out_first, out_second;

__attribute__((format(printf, 1, 2), noreturn)) static void die(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	printf("not ok frames, seed %llu: ", (unsigned long long)seed);
	vprintf(format, ap);
	va_end(ap);
	printf("\n");
	exit(1);
}

static void set_option(int sock, int level, int option, int value)
{
	if (setsockopt(sock, level, option, &value, sizeof(value)))
		die("setsockopt %d: %s", option, strerror(errno));
}

static int packet_socket(const char *ifname, int protocol)
{
	struct sockaddr_ll sll = { .sll_family = AF_PACKET, .sll_protocol = htons(protocol),
				   .sll_ifindex = if_nametoindex(ifname) };
	int sock = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (sock < 0 || bind(sock, (void *)&sll, sizeof(sll)))
		die("%s: %s", ifname, strerror(errno));
	return sock;
}

static unsigned int hex(const char *text, uint8_t *to, unsigned int room)
{
	unsigned int n;

	for (n = 0; n < room && text[2 * n] > ' ' && sscanf(text + 2 * n, "%2hhx", &to[n]) == 1; n++)
		;
	return n;
}

static void add_target(char *text)
{
	struct target *t = &targets[n_targets++];
	char *part[5], path[128], *vid;
	unsigned int i;
	int fd;

	for (i = 0; i < 5; i++) {
		part[i] = strsep(&text, ":");
		if (!part[i] || n_targets == TARGETS)
			die("TARGET is KIND:NETNS:INTERFACE:SIDE:MAC or GROUPS");
	}
	snprintf(path, sizeof(path), "/run/netns/%s", part[1]);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		die("%s: %s", path, strerror(errno));
	close(fd);
	t->port = !strcmp(part[0], "port");
	t->ifname = part[2];
	t->south = !strcmp(part[3], "south");
	t->sock = packet_socket(t->ifname, 0);
	t->virtio_sock = packet_socket(t->ifname, 0);
	set_option(t->virtio_sock, SOL_PACKET, PACKET_VNET_HDR, 1);
	if (t->port) {
		t->watch = packet_socket(t->ifname, ETH_P_ALL);
		set_option(t->watch, SOL_PACKET, PACKET_AUXDATA, 1);
		set_option(t->watch, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1);
		set_option(t->watch, SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20);
		while ((vid = strsep(&part[4], ",")) && t->n_groups < GROUPS)
			t->groups[t->n_groups++] = atoi(vid);
	} else {
		hex(part[4], t->mac, sizeof(t->mac));
	}
}

static void print_frame(const struct frame *frame)
{
	const uint8_t *p = (const uint8_t *)&frame->virtio;
	unsigned int i;

	printf("%s ", frame->to->ifname);
	for (i = 0; i < sizeof(frame->virtio); i++)
		printf("%02x", p[i]);
	printf(" ");
	for (i = 0; i < frame->len; i++)
		printf("%02x", frame->data[i]);
	printf("\n");
}

/* What becomes of a frame that was sent, as far as its Ethernet header tells. */
static void account(const struct frame *frame)
{
	const struct target *t = frame->to;
	const uint8_t *p = frame->data;
	unsigned int type = p[12] << 8 | p[13];
	uint8_t me[6];

	if (!t->port) {
		members.sent++;
		members.valid += frame->valid;
		return;
	}
	ports.sent++;
	ports.valid += frame->valid;
	if (type == ETH_P_8021Q || type == ETH_P_8021AD) {
		/* The stack takes the tag off first, and drops what is too short for one. */
		if (frame->len < 20)
			return;
		type = p[16] << 8 | p[17];
	}
	punt_mac(me, &gateway, t->south, false, gateway.me);
	if (p[0] & 1) {
		ports.announced += type == ANNOUNCEMENT;
		return;
	}
	ports.handled++;
	ports.not_for_us += memcmp(p, me, 6) != 0;
}

/* A frame that came out of a shadow port. */
static void check_out(const struct target *t, const uint8_t *p, int vid)
{
	uint8_t first[6], second[6], other[6];
	unsigned int type = p[12] << 8 | p[13], i;

	punt_mac(first, &gateway, t->south, false, gateway.me);
	punt_mac(second, &gateway, t->south, true, gateway.me);
	punt_mac(other, &gateway, t->south, false, gateway.other);
	for (i = 0; i < t->n_groups && t->groups[i] != vid; i++)
		;
	if (i == t->n_groups)
		die("a frame came out of a shadow port at %s with VID %d", t->ifname, vid);
	if (type == ANNOUNCEMENT && !memcmp(p + 6, first, 6) && !memcmp(p, "\xff\xff\xff\xff\xff\xff", 6))
		return;
	if (memcmp(p, other, 6) || (type != ETH_P_IP && type != ETH_P_IPV6))
		die("no punt frame came out of a shadow port at %s: type %04x", t->ifname, type);
	if (!memcmp(p + 6, first, 6))
		out_first++;
	else if (!memcmp(p + 6, second, 6))
		out_second++;
	else
		die("a punt frame with a wrong source came out at %s", t->ifname);
}

/* Takes in what came out; false if there was nothing. */
static bool look_at(const struct target *t)
{
	static uint8_t data[FRAME_MAX];
	char control[256];
	struct iovec iov = { data, sizeof(data) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control };
	bool some = false;

	for (;;) {
		struct cmsghdr *cmsg;
		int vid = -1;

		msg.msg_controllen = sizeof(control);
		if (recvmsg(t->watch, &msg, MSG_DONTWAIT) < 14)
			return some;
		some = true;
		for (cmsg = CMSG_FIRSTHDR(&msg); cmsg; cmsg = CMSG_NXTHDR(&msg, cmsg)) {
			struct tpacket_auxdata *aux = (void *)CMSG_DATA(cmsg);

			if (cmsg->cmsg_type == PACKET_AUXDATA && aux->tp_status & TP_STATUS_VLAN_VALID)
				vid = aux->tp_vlan_tci;
		}
		check_out(t, data, vid);
	}
}

static bool look(void)
{
	bool some = false;
	unsigned int i;

	for (i = 0; i < n_targets; i++)
		if (targets[i].port)
			some |= look_at(&targets[i]);
	return some;
}

/*
 * What the kernel does not take (too long for the interface, an impossible header) counts as not sent. A full queue at
 * the far end says ENOBUFS, but so does what will never be taken.
 */
static void send_frame(const struct frame *frame)
{
	struct iovec iov[2] = {
		{ (void *)&frame->virtio, sizeof(frame->virtio) },
		{ (void *)frame->data, frame->len },
	};
	struct msghdr msg = { .msg_iov = with_virtio ? iov : iov + 1, .msg_iovlen = with_virtio ? 2 : 1 };
	unsigned int tries = with_virtio ? 1 : 1000;

	if (print)
		print_frame(frame);
	while (sendmsg(with_virtio ? frame->to->virtio_sock : frame->to->sock, &msg, 0) < 0) {
		if (errno != ENOBUFS || !--tries)
			return;
		look();
		sched_yield();
	}
	account(frame);
}

static void fuzz(uint64_t frames, uint64_t skip)
{
	static struct frame frame;
	struct rng rng = { .state = seed };
	uint64_t i;

	for (i = 0; i < frames && (i % BATCH || time(NULL) < end); i++) {
		frame_make(&rng, &gateway, &targets[i % n_targets], with_virtio, &frame);
		if (i >= skip)
			send_frame(&frame);
		if (i % BATCH == 0)
			look();
	}
}

static void replay(const char *path)
{
	static struct frame frame;
	static char line[2 * FRAME_MAX + 100], ifname[32], virtio[32];
	FILE *file = fopen(path, "r");
	unsigned int i;
	int at;

	if (!file)
		die("%s: %s", path, strerror(errno));
	with_virtio = true;
	while (fgets(line, sizeof(line), file)) {
		if (*line == '#' || sscanf(line, "%31s %31s %n", ifname, virtio, &at) != 2)
			continue;
		for (i = 0; i < n_targets; i++)
			if (!strcmp(targets[i].ifname, ifname))
				frame.to = &targets[i];
		hex(virtio, (void *)&frame.virtio, sizeof(frame.virtio));
		frame.len = hex(line + at, frame.data, FRAME_MAX);
		send_frame(&frame);
	}
	fclose(file);
}

int main(int argc, char **argv)
{
	uint64_t frames = 10000, skip = 0;
	const char *file = NULL;
	int c;

	while ((c = getopt(argc, argv, "n:t:s:k:vpr:g:m:o:")) != -1) {
		switch (c) {
		case 'n': frames = strtoull(optarg, NULL, 0); break;
		case 't': end = time(NULL) + atoi(optarg); break;
		case 's': seed = strtoull(optarg, NULL, 0); break;
		case 'k': skip = strtoull(optarg, NULL, 0); break;
		case 'v': with_virtio = true; break;
		case 'p': print = true; break;
		case 'r': file = optarg; break;
		case 'g': gateway.id = atoi(optarg); break;
		case 'm': gateway.me = atoi(optarg); break;
		case 'o': gateway.other = atoi(optarg); break;
		default: return 2;
		}
	}
	for (; optind < argc; optind++)
		add_target(argv[optind]);
	if (!n_targets || !gateway.id)
		return 2;
	if (file)
		replay(file);
	else
		fuzz(frames, skip);
	while (look() || (usleep(300000), look()))
		;
	printf("member sent %llu valid %llu\n", (unsigned long long)members.sent, (unsigned long long)members.valid);
	printf("port sent %llu handled %llu not-for-us %llu announced %llu valid %llu\n", (unsigned long long)ports.sent,
	       (unsigned long long)ports.handled, (unsigned long long)ports.not_for_us,
	       (unsigned long long)ports.announced, (unsigned long long)ports.valid);
	printf("out first %llu second %llu\n", (unsigned long long)out_first, (unsigned long long)out_second);
	return 0;
}
