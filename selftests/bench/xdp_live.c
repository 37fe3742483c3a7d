// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Frames for measuring, without a sender's stack: BPF_PROG_TEST_RUN with live
 * frames runs the program "generate" of bench.bpf.c, which redirects UDP over
 * IPv4 to a device.
 *
 *   xdp_live attach DEV drop|pass|redirect [TO]
 *	attaches a program of bench.bpf.c, native; redirect needs a device
 *   xdp_live send DEV [OPTION...]
 *	-n FRAMES	in each burst (20000)
 *	-b BURSTS	(1); the time of each is printed
 *	-d MAC -s MAC	destination and source (02:00:00:00:00:01, ...:09)
 *	-v VID		with an 802.1Q tag
 *	-S ADDR -D ADDR	source, and the first of 65536 that the destinations
 *			are among (10.1.0.9, 203.0.0.0)
 *	-h HOSTS	number of destinations (64)
 *
 * Prints nanoseconds per frame, measured by the kernel without the setting-up
 * of the test run, one line for each burst. In a virtual machine that counts
 * instructions as time these are instructions.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>

#include "bench.skel.h"

#define FRAME_LEN 64

static void die(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "xdp_live: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

static unsigned int device(const char *name)
{
	unsigned int ifindex = if_nametoindex(name);

	if (!ifindex)
		die("no device %s", name);
	return ifindex;
}

/* The skeleton with one program; constants are set before load(). */
static struct bpf_program *open_program(struct bench **skel, const char *name)
{
	struct bpf_program *prog;

	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	*skel = bench__open();
	if (!*skel)
		die("bench.bpf.o: %s", strerror(errno));
	bpf_object__for_each_program(prog, (*skel)->obj)
		bpf_program__set_autoload(prog, false);
	prog = bpf_object__find_program_by_name((*skel)->obj, name);
	if (!prog)
		die("no program %s", name);
	bpf_program__set_autoload(prog, true);
	return prog;
}

static void load(struct bench *skel)
{
	if (bench__load(skel))
		die("load: %s", strerror(errno));
}

static int attach(int argc, char **argv)
{
	struct bpf_program *prog;
	struct bench *skel;
	int err;

	if (argc < 3)
		return 2;
	prog = open_program(&skel, argv[2]);
	if (argc > 3)
		skel->rodata->to = device(argv[3]);
	load(skel);
	err = bpf_xdp_attach(device(argv[1]), bpf_program__fd(prog),
			     XDP_FLAGS_DRV_MODE, NULL);
	if (err)
		die("attach to %s: %s", argv[1], strerror(-err));
	return 0;
}

static void mac(uint8_t *to, const char *text)
{
	if (sscanf(text, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &to[0], &to[1],
		   &to[2], &to[3], &to[4], &to[5]) != 6)
		die("no MAC address: %s", text);
}

static void address(uint8_t *to, const char *text)
{
	if (inet_pton(AF_INET, text, to) != 1)
		die("no IPv4 address: %s", text);
}

static void put16(uint8_t *p, unsigned int v)
{
	p[0] = v >> 8;
	p[1] = v;
}

static int send_frames(int argc, char **argv)
{
	uint8_t frame[FRAME_LEN] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 9 };
	uint8_t src[4] = { 10, 1, 0, 9 }, dst[4] = { 203, 0, 0, 0 }, *ip;
	unsigned long frames = 20000, bursts = 1, hosts = 64, vid = 0;
	unsigned int sum = 0, i, l3_off = 14;
	struct bpf_program *prog;
	struct bench *skel;
	int opt;

	while ((opt = getopt(argc, argv, "n:b:d:s:v:S:D:h:")) != -1) {
		switch (opt) {
		case 'n':
			frames = strtoul(optarg, NULL, 0);
			break;
		case 'b':
			bursts = strtoul(optarg, NULL, 0);
			break;
		case 'd':
			mac(frame, optarg);
			break;
		case 's':
			mac(frame + 6, optarg);
			break;
		case 'v':
			vid = strtoul(optarg, NULL, 0);
			break;
		case 'S':
			address(src, optarg);
			break;
		case 'D':
			address(dst, optarg);
			break;
		case 'h':
			hosts = strtoul(optarg, NULL, 0);
			break;
		default:
			return 2;
		}
	}
	if (optind + 1 != argc || !frames || !hosts || hosts > 65536 ||
	    vid > 4094)
		return 2;

	if (vid) {
		put16(frame + 12, 0x8100);
		put16(frame + 14, vid);
		l3_off += 4;
	}
	put16(frame + l3_off - 2, 0x0800);
	ip = frame + l3_off;
	ip[0] = 0x45;
	put16(ip + 2, FRAME_LEN - l3_off);
	ip[8] = 64;
	ip[9] = IPPROTO_UDP;
	memcpy(ip + 12, src, 4);
	memcpy(ip + 16, dst, 2);
	for (i = 0; i < 20; i += 2)
		sum += ip[i] << 8 | ip[i + 1];
	put16(ip + 20, 5000);
	put16(ip + 22, 53);
	put16(ip + 24, FRAME_LEN - l3_off - 20);

	prog = open_program(&skel, "generate");
	skel->rodata->to = device(argv[optind]);
	memcpy((void *)skel->rodata->head, frame, sizeof(skel->rodata->head));
	skel->rodata->l3_off = l3_off;
	skel->rodata->hosts = hosts;
	skel->rodata->ip_sum = sum;
	load(skel);
	for (i = 0; i < bursts; i++) {
		LIBBPF_OPTS(bpf_test_run_opts, opts,
			.data_in = frame,
			.data_size_in = sizeof(frame),
			.flags = BPF_F_TEST_XDP_LIVE_FRAMES,
			.repeat = frames,
			.batch_size = 64,
		);

		if (bpf_prog_test_run_opts(bpf_program__fd(prog), &opts))
			die("BPF_PROG_TEST_RUN: %s", strerror(errno));
		printf("%u\n", opts.duration);
	}
	return 0;
}

int main(int argc, char **argv)
{
	int ret = 2;

	if (argc > 1 && !strcmp(argv[1], "attach"))
		ret = attach(argc - 1, argv + 1);
	else if (argc > 1 && !strcmp(argv[1], "send"))
		ret = send_frames(argc - 1, argv + 1);
	if (ret == 2)
		fprintf(stderr, "usage: xdp_live attach DEV drop|pass|redirect [TO]\n"
			"       xdp_live send DEV [-n FRAMES] [-b BURSTS] [-d MAC] [-s MAC] [-v VID]\n"
			"                [-S ADDRESS] [-D ADDRESS] [-h HOSTS]\n");
	return ret;
}
