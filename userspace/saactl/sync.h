/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the commands of "saactl sync" share. */
#ifndef SAA_SYNC_H
#define SAA_SYNC_H

#include "ct.h"
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

/* json_ct.c: what says which flow it is, the rest of it, both; and back. */
json_t *json_ct_id(const struct saa_ct *f);
json_t *json_ct_rest(const struct saa_ct *f);
json_t *json_ct(const struct saa_ct *f);
bool json_ct_parse(json_t *o, struct saa_ct *f);

/*
 * sync_verify.c: the partner's dump in @text, which is from @path; EXIT_*. How a
 * flow differs, and one that only one @side has; NULL if there is nothing to say.
 */
int sync_dump_parse(const char *path, const char *text,
		    const struct saa_conf *conf, struct saa_cts *flows);
json_t *json_ct_diff(const struct saa_ct *here, const struct saa_ct *there);
json_t *json_ct_only(const char *what, const char *side, const struct saa_ct *f);
int sync_dump(int argc, char **argv);
int sync_verify(int argc, char **argv);

#endif
