/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cluster's hash key: 16 random bytes, written in base64.
 */
#ifndef SAA_KEY_H
#define SAA_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/saa.h>

#define SAA_KEY_STRLEN 25	/* 24 characters and NUL */

void saa_key_format(const uint8_t key[SAA_KEY_LEN], char buf[SAA_KEY_STRLEN]);
bool saa_key_parse(const char *text, uint8_t key[SAA_KEY_LEN]);
int saa_key_generate(uint8_t key[SAA_KEY_LEN]);	/* 0 or -errno */

#endif
