// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Coverage-guided fuzzer of the parser: the input is a frame, on which the
 * userspace build of saa_parse.h and the reference must agree. See parse_test.c
 * for random frames and the BPF build; what is found here belongs into seeds/.
 */
#include <stdio.h>
#include <stdlib.h>

#include "parse_run.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct result got, want;
	enum class why;

	if (size > PACKET_MAX)
		return 0;
	want = reference(data, size, EXT_MAX, &why);
	got = parse_user(data, size);
	if (agree("userspace", &got, &want, data, size)) {
		if (!want.unattributed)
			return 0;
		want = reference(data, size, EXT_FAR, &why);
		got = parse_far(data, size);
		if (agree("the module", &got, &want, data, size))
			return 0;
	}
	fflush(stdout);
	abort();
}
