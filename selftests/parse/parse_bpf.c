// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The parser as the verifier took it and the JIT compiled it, one
 * BPF_PROG_TEST_RUN for each frame.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/saa_punt.h>

#include "parse_run.h"
#include "parse_test.skel.h"

static struct parse_test *skel;

bool bpf_init(void)
{
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	skel = parse_test__open();
	if (!skel) {
		fprintf(stderr, "parse_test: open: %s\n", strerror(errno));
		return false;
	}
	if (!parse_test__load(skel))
		return true;
	if (errno != EPERM && errno != ENOSYS) {
		fprintf(stderr, "parse_test: load: %s\n", strerror(errno));
		exit(1);
	}
	printf("no BPF here: %s\n", strerror(errno));
	return false;
}

struct result parse_bpf(const uint8_t *frame, size_t len)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts,
		.data_in = frame,
		.data_size_in = len,
	);

	/* what an earlier frame left must not pass for a result */
	memset(&skel->bss->out, 0xa5, sizeof(skel->bss->out));
	if (bpf_prog_test_run_opts(bpf_program__fd(skel->progs.parse_test),
				   &opts)) {
		fprintf(stderr, "BPF_PROG_TEST_RUN: %s\n", strerror(errno));
		exit(1);
	}
	return result_of(skel->bss->out.verdict,
			 (struct saa_flow *)&skel->bss->out.flow,
			 skel->bss->out.vlan, skel->bss->out.l3_off);
}
