// SPDX-License-Identifier: GPL-2.0-or-later
/* Collects messages about a configuration file. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "diag.h"
#include "util.h"

static void note(struct saa_diag *d, unsigned int line, bool warning,
		 const char *fmt, va_list ap)
{
	struct saa_note *n = saa_grow(&d->notes, &d->n_notes, sizeof(*n));
	char *text;

	n->line = line;
	n->warning = warning;
	text = saa_vformat(fmt, ap);
	n->text = saa_printable(text);
	free(text);
	d->errors += !warning;
}

void saa_error(struct saa_diag *d, unsigned int line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	note(d, line, false, fmt, ap);
	va_end(ap);
}

void saa_warning(struct saa_diag *d, unsigned int line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	note(d, line, true, fmt, ap);
	va_end(ap);
}

void saa_diag_free(struct saa_diag *d)
{
	size_t i;

	for (i = 0; i < d->n_notes; i++)
		free(d->notes[i].text);
	free(d->notes);
	*d = (struct saa_diag){ 0 };
}
