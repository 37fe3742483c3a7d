/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is wrong with a configuration file: a list of messages with the line
 * that each is about. Collected, not printed, so that the tool can show all of
 * them at once and the tests can look at them.
 */
#ifndef SAA_DIAG_H
#define SAA_DIAG_H

#include <stdbool.h>
#include <stddef.h>

struct saa_note {
	unsigned int line;	/* 0: about the file as a whole */
	bool warning;
	char *text;		/* without control characters */
};

struct saa_diag {
	struct saa_note *notes;
	size_t n_notes;
	unsigned int errors;
};

void saa_error(struct saa_diag *d, unsigned int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void saa_warning(struct saa_diag *d, unsigned int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void saa_diag_free(struct saa_diag *d);

#endif
