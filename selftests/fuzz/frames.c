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
 *	-p	print each frame as a line of a CASE: "KIND-SIDE VIRTIO-HEADER FRAME", of a target, in hexadecimal
 *	-r	send the frames of a file, those to targets that are given
 *	TARGET	member:SIDE:NETNS:INTERFACE:MAC or port:SIDE:NETNS:INTERFACE:GROUPS, where ports are Geneve's
 *		tunnel4:SIDE:NETNS:INTERFACE:GROUPS:MAC or tunnel6...; the interface is the far end of the SR's, SIDE is
 *		north or south, MAC without colons, GROUPS the ids of that side's groups, separated by commas
 *
 * Prints what was sent, and what must be counted for it where that is known for certain:
 *	member sent N valid N
 *	port sent N handled N perhaps N not-for-us N announced N valid N
 *	out first N second N
 * "valid" is steered, or received; "handled" gets as far as the module, and so may "perhaps", what is wrong inside of a
 * tunnel or around it; "out" is what came out of the shadow ports.
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
static struct { uint64_t sent, handled, perhaps, not_for_us, announced, valid; } ports;
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
	char *part[6], path[128], *vid;
	unsigned int i;
	int fd;

	for (i = 0; i < 6; i++) {
		part[i] = strsep(&text, ":");
		if ((!part[i] && i < 5) || n_targets > TARGETS)
			die("TARGET is KIND:SIDE:NETNS:INTERFACE:MAC or GROUPS");
	}
	snprintf(t->name, sizeof(t->name), "%s-%s", part[0], part[1]);
	snprintf(path, sizeof(path), "/run/netns/%s", part[2]);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		die("%s: %s", path, strerror(errno));
	close(fd);
	t->tunnel = !strncmp(part[0], "tunnel", 6);
	t->v6 = !strcmp(part[0], "tunnel6");
	t->port = t->tunnel || !strcmp(part[0], "port");
	t->south = !strcmp(part[1], "south");
	t->ifname = part[3];
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
	}
	if (!t->port || t->tunnel)
		hex(part[t->tunnel ? 5 : 4], t->mac, sizeof(t->mac));
}

static void print_frame(const struct frame *frame)
{
	const uint8_t *p = (const uint8_t *)&frame->virtio;
	unsigned int i;

	printf("%s ", frame->to->name);
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
	if (t->tunnel) {
		ports.handled += frame->handled;
		ports.perhaps += !frame->handled;
		return;
	}
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

/* A packet that came out of the underlay: if it is Geneve, its frame is looked at by the target of its VNI. */
static void check_tunnel_out(const struct target *t, const uint8_t *p, unsigned int len)
{
	bool v6 = (p[12] << 8 | p[13]) == ETH_P_IPV6;
	const uint8_t *ip = p + 14, *udp = ip + (v6 ? 40 : 20), *geneve = udp + 8;
	unsigned int size = v6 ? 16 : 4, vni, group;
	uint8_t address[16], option[12];

	if (len < 14 + 40 + 16 + 12 + 14 || (!v6 && (p[12] << 8 | p[13]) != ETH_P_IP) ||
	    ip[v6 ? 6 : 9] != IPPROTO_UDP || (udp[2] << 8 | udp[3]) != GENEVE_PORT)
		return;
	vni = geneve[4] << 16 | geneve[5] << 8 | geneve[6];
	if (vni != punt_vni(t->south)) {
		if (vni != punt_vni(!t->south))
			die("a packet with VNI %u came out", vni);
		return;
	}
	edge_address(address, gateway.other, v6);
	if (v6 != t->v6 || memcmp(udp - size, address, size))
		die("a packet for another edge came out, VNI %u", vni);
	edge_address(address, gateway.me, v6);
	if (memcmp(udp - 2 * size, address, size))
		die("a packet of another edge came out, VNI %u", vni);
	group = geneve[8 + 10] << 8 | geneve[8 + 11];
	punt_option(option, &gateway, gateway.me, group, geneve[8 + 12 + 7] & 2);
	if (geneve[0] != sizeof(option) / 4 || memcmp(geneve + 8, option, sizeof(option)))
		die("a packet with a wrong option came out, VNI %u", vni);
	check_out(t, geneve + 8 + 12, group);
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
		int vid = -1, len;

		msg.msg_controllen = sizeof(control);
		len = recvmsg(t->watch, &msg, MSG_DONTWAIT);
		if (len < 14)
			return some;
		some = true;
		if (t->tunnel) {
			check_tunnel_out(t, data, len);
			continue;
		}
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
	static char line[2 * FRAME_MAX + 100], name[32], virtio[32];
	FILE *file = fopen(path, "r");
	unsigned int i;
	int at;

	if (!file)
		die("%s: %s", path, strerror(errno));
	with_virtio = true;
	while (fgets(line, sizeof(line), file)) {
		if (*line == '#' || sscanf(line, "%31s %31s %n", name, virtio, &at) != 2)
			continue;
		for (i = 0; i < n_targets && strcmp(targets[i].name, name); i++)
			;
		if (i == n_targets)
			continue;
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
	printf("port sent %llu handled %llu perhaps %llu not-for-us %llu announced %llu valid %llu\n",
	       (unsigned long long)ports.sent, (unsigned long long)ports.handled, (unsigned long long)ports.perhaps,
	       (unsigned long long)ports.not_for_us, (unsigned long long)ports.announced,
	       (unsigned long long)ports.valid);
	printf("out first %llu second %llu\n", (unsigned long long)out_first, (unsigned long long)out_second);
	return 0;
}
