// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Measures XDP programs with BPF_PROG_TEST_RUN. PROGRAM is one of bench.bpf.c,
 * or FILE:PROGRAM; FRAME is in hexadecimal, as frame.py prints it.
 *
 *   xdp_bench attach DEV PROGRAM [TO]
 *	attaches a program, native; "redirect" needs a device
 *   xdp_bench send DEV BURSTS FRAMES FRAME
 *	sends into a device, without a sender's stack, live frames of the program
 *	"generate"; prints the nanoseconds per frame of each burst, measured by
 *	the kernel without the setting-up of the test run
 *   xdp_bench run DEV PROGRAM VERDICT BURSTS RUNS FRAME [TO]
 *	runs a program on a frame as if DEV had received it, which must end with
 *	VERDICT (pass, drop, redirect); prints the nanoseconds of one run: for
 *	each burst the median of its runs. The kernel makes the frame anew for
 *	each of them.
 *
 * In a virtual machine that counts instructions as time these are instructions.
 */
#include <err.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>

#include "bench.skel.h"

#define FRAME_MAX 256

static unsigned int device(const char *name)
{
	unsigned int ifindex = if_nametoindex(name);

	if (!ifindex)
		errx(1, "no device %s", name);
	return ifindex;
}

static unsigned long number(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 0);

	if (!n || *end)
		errx(1, "no number: %s", text);
	return n;
}

static size_t hex(uint8_t *frame, const char *text)
{
	size_t n;

	for (n = 0; n < FRAME_MAX && text[2 * n]; n++)
		if (sscanf(text + 2 * n, "%2hhx", &frame[n]) != 1)
			errx(1, "no frame: %s", text);
	if (text[2 * n])
		errx(1, "frame of more than %d bytes", FRAME_MAX);
	return n;
}

/* Loads a program, of bench.bpf.c with these constants or of a file. */
static int load(const char *name, const char *to, const uint8_t *head)
{
	const char *colon = strchr(name, ':');
	struct bpf_program *prog, *p;
	struct bpf_object *obj;
	struct bench *skel;

	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	if (colon) {
		char *path = strndup(name, colon - name);

		obj = bpf_object__open(path);
		if (!obj)
			err(1, "%s", path);
		free(path);
		name = colon + 1;
	} else {
		skel = bench__open();
		if (!skel)
			err(1, "bench.bpf.o");
		if (to)
			skel->rodata->to = device(to);
		if (head)
			memcpy((void *)skel->rodata->head, head,
			       sizeof(skel->rodata->head));
		obj = skel->obj;
	}
	prog = bpf_object__find_program_by_name(obj, name);
	if (!prog)
		errx(1, "no program %s", name);
	bpf_object__for_each_program(p, obj)
		bpf_program__set_autoload(p, p == prog);
	if (bpf_object__load(obj))
		err(1, "load %s", name);
	return bpf_program__fd(prog);
}

static void attach(const char *dev, const char *name, const char *to)
{
	int err = bpf_xdp_attach(device(dev), load(name, to, NULL),
				 XDP_FLAGS_DRV_MODE, NULL);

	if (err)
		errx(1, "attach to %s: %s", dev, strerror(-err));
}

static unsigned int test_run(int prog, struct bpf_test_run_opts *opts)
{
	if (bpf_prog_test_run_opts(prog, opts))
		err(1, "BPF_PROG_TEST_RUN");
	return opts->duration;
}

static void send_frames(const char *dev, unsigned long bursts,
			unsigned long frames, const char *text)
{
	uint8_t frame[FRAME_MAX] = { 0 };
	size_t len = hex(frame, text);
	int prog = load("generate", dev, frame);

	while (bursts--) {
		LIBBPF_OPTS(bpf_test_run_opts, opts,
			.data_in = frame,
			.data_size_in = len,
			.flags = BPF_F_TEST_XDP_LIVE_FRAMES,
			.repeat = frames,
			.batch_size = 64,
		);

		printf("%u\n", test_run(prog, &opts));
	}
}

static int compare(const void *a, const void *b)
{
	unsigned int x = *(unsigned int *)a, y = *(unsigned int *)b;

	return (x > y) - (x < y);
}

static void run(const char *dev, int prog, unsigned int verdict,
		unsigned long bursts, unsigned long runs, const char *text)
{
	unsigned int *times = calloc(runs, sizeof(*times));
	uint8_t frame[FRAME_MAX] = { 0 }, out[2 * FRAME_MAX];
	size_t len = hex(frame, text), i;
	struct xdp_md ctx = {
		.data_end = len,
		.ingress_ifindex = device(dev),
	};

	while (bursts--) {
		for (i = 0; i < runs; i++) {
			LIBBPF_OPTS(bpf_test_run_opts, opts,
				.data_in = frame,
				.data_size_in = len,
				.data_out = out,
				.data_size_out = sizeof(out),
				.ctx_in = &ctx,
				.ctx_size_in = sizeof(ctx),
				.repeat = 1,
			);

			times[i] = test_run(prog, &opts);
			if (opts.retval != verdict)
				errx(1, "verdict %u instead of %u",
				     opts.retval, verdict);
		}
		qsort(times, runs, sizeof(*times), compare);
		printf("%u\n", times[runs / 2]);
	}
	free(times);
}

static unsigned int verdict(const char *name)
{
	if (!strcmp(name, "pass"))
		return XDP_PASS;
	if (!strcmp(name, "drop"))
		return XDP_DROP;
	if (!strcmp(name, "redirect"))
		return XDP_REDIRECT;
	errx(1, "no verdict %s", name);
	return 0;
}

int main(int argc, char **argv)
{
	const char *cmd = argc > 1 ? argv[1] : "";

	if (!strcmp(cmd, "attach") && (argc == 4 || argc == 5)) {
		attach(argv[2], argv[3], argv[4]);
	} else if (!strcmp(cmd, "send") && argc == 6) {
		send_frames(argv[2], number(argv[3]), number(argv[4]), argv[5]);
	} else if (!strcmp(cmd, "run") && (argc == 8 || argc == 9)) {
		run(argv[2], load(argv[3], argv[8], NULL), verdict(argv[4]),
		    number(argv[5]), number(argv[6]), argv[7]);
	} else {
		fprintf(stderr, "usage: xdp_bench attach DEV PROGRAM [TO]\n"
			"       xdp_bench send DEV BURSTS FRAMES FRAME\n"
			"       xdp_bench run DEV PROGRAM VERDICT BURSTS RUNS FRAME [TO]\n");
		return 2;
	}
	return 0;
}
