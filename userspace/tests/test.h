/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What cmocka wants before itself, and a small random generator. */
#ifndef SAA_TEST_H
#define SAA_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static inline uint32_t test_random(uint64_t *state)
{
	*state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
	return *state >> 32;
}

#endif
