/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cluster's secrets: the hash key, 16 random bytes, and the key of state
 * sync, 32 of them. Both are written in base64.
 */
#ifndef SAA_KEY_H
#define SAA_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/saa.h>

#define SAA_BASE64_STRLEN(n) (((n) + 2) / 3 * 4 + 1)	/* with NUL */
#define SAA_KEY_STRLEN SAA_BASE64_STRLEN(SAA_KEY_LEN)
#define SAA_SYNC_KEY_STRLEN SAA_BASE64_STRLEN(SAA_SYNC_KEY_LEN)

/* @len bytes and nothing else, but for white space at the end. */
void saa_base64_format(const uint8_t *bytes, size_t len, char *buf);
bool saa_base64_parse(const char *text, uint8_t *bytes, size_t len);

void saa_key_format(const uint8_t key[SAA_KEY_LEN], char buf[SAA_KEY_STRLEN]);
bool saa_key_parse(const char *text, uint8_t key[SAA_KEY_LEN]);
int saa_key_generate(uint8_t *key, size_t len);		/* 0 or -errno */

#endif
