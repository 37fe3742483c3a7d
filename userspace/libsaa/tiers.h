/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What goes with what: where a tier-1 gateway may run under a tier-0 gateway
 * (R19), and which gateway may be made one of another mode (R20). The tables are
 * here, the rest of the code asks them, and those of Documentation/tiers.rst are
 * checked against them.
 */
#ifndef SAA_TIERS_H
#define SAA_TIERS_H

#include <stdbool.h>
#include <stddef.h>

enum saa_mode {
	SAA_MODE_STATEFUL,
	SAA_MODE_STATELESS,
	SAA_MODE_STANDBY,	/* active-standby */
	SAA_MODE_DISTRIBUTED,	/* no SR; tier-1 only */
	SAA_MODES,
};

#define SAA_TIER0_MODES SAA_MODE_DISTRIBUTED

extern const char *const saa_mode_names[SAA_MODES];

/* The edges of a tier-1, compared with those of its tier-0. */
enum saa_place {
	SAA_PLACE_NONE,		/* it has none */
	SAA_PLACE_SAME,		/* exactly these */
	SAA_PLACE_PART,		/* some of them */
	SAA_PLACE_OVERLAP,	/* some of them, and others */
	SAA_PLACE_SEPARATE,	/* others */
	SAA_PLACES,
};

extern const char *const saa_place_names[SAA_PLACES];

/* Of two sets of @n edges. */
enum saa_place saa_place(const bool *tier0, const bool *tier1, size_t n);

/* Why not, and what to do instead; NULL if it is supported. */
struct saa_refusal {
	const char *name, *reason, *remedy;
};

const struct saa_refusal *saa_placement(enum saa_mode tier0, enum saa_mode tier1,
					enum saa_place place);

/*
 * A gateway of @tier that was of the mode @from becomes one of @to. @attached:
 * it is a tier-0 with tier-1 gateways, before or after.
 */
const struct saa_refusal *saa_conversion(unsigned int tier, enum saa_mode from,
					 enum saa_mode to, bool attached);

/* Both as tables of reStructuredText. */
char *saa_tiers_rst(void);

#endif
