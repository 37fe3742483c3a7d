/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the commands of "saactl sync" share. */
#ifndef SAA_SYNC_H
#define SAA_SYNC_H

#include "tool.h"

/* json_sync.c: bits of enum saa_sync_status in words */
const char *sync_status(uint32_t status);
const char *sync_to_partner(uint32_t status);
const char *sync_from_partner(uint32_t status);

/* What is configured, in the words of "saactl sync add". */
json_t *json_sync_spec(const struct saa_sync *s);

/*
 * sync_wait.c: what is missing in @status until all of the bits in @want are
 * there; NULL if nothing is. The caller frees it.
 */
char *sync_missing(uint32_t status, uint32_t want);
int sync_wait(int argc, char **argv);

#endif
