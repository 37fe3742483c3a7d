/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parser's two builds under test.
 */
#ifndef PARSE_RUN_H
#define PARSE_RUN_H

#include <stdbool.h>

#include "parse_test.h"

struct saa_flow;

struct result result_of(int verdict, const struct saa_flow *flow,
			unsigned int vlan, unsigned int l3_off);

void result_print(char *buf, size_t size, const struct result *r);

/* Else says how @who and the reference differ, and on what frame. */
bool agree(const char *who, const struct result *got,
	   const struct result *want, const uint8_t *frame, size_t len);

struct result parse_user(const uint8_t *frame, size_t len);

/* As the module does with what parse_user() finds unattributed. */
struct result parse_far(const uint8_t *frame, size_t len);

/* BPF_PROG_TEST_RUN takes no shorter frame. */
#define BPF_FRAME_MIN 14

/* False, and says why, if this machine cannot run it. */
bool bpf_init(void);
struct result parse_bpf(const uint8_t *frame, size_t len);

#endif
