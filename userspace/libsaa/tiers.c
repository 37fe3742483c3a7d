// SPDX-License-Identifier: GPL-2.0-or-later
/* Where tier-1 gateways may run, and which modes may become which. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tiers.h"
#include "util.h"

const char *const saa_mode_names[SAA_MODES] = {
	[SAA_MODE_STATEFUL] = "stateful-active-active",
	[SAA_MODE_STATELESS] = "stateless-active-active",
	[SAA_MODE_STANDBY] = "active-standby",
	[SAA_MODE_DISTRIBUTED] = "distributed",
};

const char *const saa_place_names[SAA_PLACES] = {
	[SAA_PLACE_NONE] = "none",
	[SAA_PLACE_SAME] = "same",
	[SAA_PLACE_PART] = "part",
	[SAA_PLACE_OVERLAP] = "overlap",
	[SAA_PLACE_SEPARATE] = "separate",
};

/* Names, reasons and remedies: sentences of messages and of the documentation. */
enum refusal {
	OK,
	/* placement */
	NO_SR, NEEDS_SR, OTHER_EDGES, SHARED_EDGES, NO_STATELESS, NO_SWITCHES,
	/* conversion */
	ONE_OWNER, TWO_STEPS, DETACH, TO_ONE, BY_WAY, NEVER,
	REFUSALS,
};

static const struct saa_refusal refusals[REFUSALS] = {
	[NO_SR] = { "no-sr",
		"a distributed gateway has no SR, so it runs on no edge",
		"remove edges, active and standby, or choose another mode" },
	[NEEDS_SR] = { "needs-sr",
		"a gateway of this mode has SRs, so it needs edges to run on",
		"name its edges, or make it distributed" },
	[OTHER_EDGES] = { "other-edges",
		"a stateful-active-active tier-1 runs on exactly the edges of its tier-0, shares their fate and uses the same punt switches (R17)",
		"remove edges, then it runs where its tier-0 does" },
	[SHARED_EDGES] = { "shared-edges",
		"under a stateful-active-active tier-0 an active-standby tier-1 runs on a cluster of its own (R19): what its active edge takes in from a tier-0 SR beside it, another SR may own",
		"name as active and standby two edges that the tier-0 does not run on, or make it stateful-active-active" },
	[NO_STATELESS] = { "no-stateless",
		"under a stateful-active-active tier-0 a tier-1 that spreads packets without steering them has no place (R19)",
		"make it distributed, or stateful-active-active" },
	[NO_SWITCHES] = { "no-switches",
		"a stateful-active-active tier-1 uses the punt switches and the table of its tier-0 (R17), and a tier-0 of this mode has none for all its edges",
		"make it active-standby, or give it a tier-0 that is stateful-active-active" },
	[ONE_OWNER] = { "one-owner",
		"an active-standby gateway does not become stateful-active-active (R20): all its flows are on one edge, and most would have another owner at once",
		"add a stateful-active-active gateway of another name beside it, move the traffic, remove this one" },
	[TWO_STEPS] = { "two-steps",
		"an active-standby gateway stays what it is: a second step could make it stateful-active-active (R20)",
		"add a gateway of another name beside it, move the traffic, remove this one" },
	[DETACH] = { "detach",
		"a tier-0 that has tier-1 gateways does not change between stateless and stateful (R20): their placement would no longer be right",
		"remove its tier-1 gateways from the file and the edges, convert it, add them again" },
	[TO_ONE] = { "to-one",
		"a stateful-active-active gateway does not become active-standby: the flows of all owners but one would break at once",
		"add an active-standby gateway of another name, move the traffic, remove this one" },
	[BY_WAY] = { "by-way",
		"a tier-1 does not change between these two modes in one step: no tier-0 goes with both",
		"remove it from the file and the edges, convert its tier-0, add it again" },
	[NEVER] = { "never",
		"a tier-0 has SRs: it cannot be distributed",
		"choose another mode" },
};

/* R19. In the order of enum saa_place. */
static const unsigned char placements[SAA_TIER0_MODES][SAA_MODES][SAA_PLACES] = {
	[SAA_MODE_STATEFUL] = {
		[SAA_MODE_STATEFUL] = { NEEDS_SR, OK, OTHER_EDGES, OTHER_EDGES, OTHER_EDGES },
		[SAA_MODE_STATELESS] = { NEEDS_SR, NO_STATELESS, NO_STATELESS, NO_STATELESS, NO_STATELESS },
		[SAA_MODE_STANDBY] = { NEEDS_SR, SHARED_EDGES, SHARED_EDGES, SHARED_EDGES, OK },
		[SAA_MODE_DISTRIBUTED] = { OK, NO_SR, NO_SR, NO_SR, NO_SR },
	},
	[SAA_MODE_STATELESS] = {
		[SAA_MODE_STATEFUL] = { NEEDS_SR, NO_SWITCHES, NO_SWITCHES, NO_SWITCHES, NO_SWITCHES },
		[SAA_MODE_STATELESS] = { NEEDS_SR, OK, OK, OK, OK },
		[SAA_MODE_STANDBY] = { NEEDS_SR, OK, OK, OK, OK },
		[SAA_MODE_DISTRIBUTED] = { OK, NO_SR, NO_SR, NO_SR, NO_SR },
	},
	[SAA_MODE_STANDBY] = {
		[SAA_MODE_STATEFUL] = { NEEDS_SR, NO_SWITCHES, NO_SWITCHES, NO_SWITCHES, NO_SWITCHES },
		[SAA_MODE_STATELESS] = { NEEDS_SR, OK, OK, OK, OK },
		[SAA_MODE_STANDBY] = { NEEDS_SR, OK, OK, OK, OK },
		[SAA_MODE_DISTRIBUTED] = { OK, NO_SR, NO_SR, NO_SR, NO_SR },
	},
};

/* R20. From, to: of a tier-0 without tier-1s, of one with them, of a tier-1. */
static const unsigned char conversions[SAA_MODES][SAA_MODES][3] = {
	[SAA_MODE_STATEFUL] = {
		[SAA_MODE_STATELESS] = { OK, DETACH, BY_WAY },
		[SAA_MODE_STANDBY] = { TO_ONE, TO_ONE, TO_ONE },
		[SAA_MODE_DISTRIBUTED] = { NEVER, NEVER, OK },
	},
	[SAA_MODE_STATELESS] = {
		[SAA_MODE_STATEFUL] = { OK, DETACH, BY_WAY },
		[SAA_MODE_STANDBY] = { OK, OK, OK },
		[SAA_MODE_DISTRIBUTED] = { NEVER, NEVER, OK },
	},
	[SAA_MODE_STANDBY] = {
		[SAA_MODE_STATEFUL] = { ONE_OWNER, ONE_OWNER, ONE_OWNER },
		[SAA_MODE_STATELESS] = { TWO_STEPS, TWO_STEPS, TWO_STEPS },
		[SAA_MODE_DISTRIBUTED] = { NEVER, NEVER, TWO_STEPS },
	},
	[SAA_MODE_DISTRIBUTED] = {
		[SAA_MODE_STATEFUL] = { NEVER, NEVER, OK },
		[SAA_MODE_STATELESS] = { NEVER, NEVER, OK },
		[SAA_MODE_STANDBY] = { NEVER, NEVER, OK },
	},
};

enum saa_place saa_place(const bool *tier0, const bool *tier1, size_t n)
{
	bool shared = false, only0 = false, only1 = false;
	size_t i;

	for (i = 0; i < n; i++) {
		shared |= tier0[i] && tier1[i];
		only0 |= tier0[i] && !tier1[i];
		only1 |= !tier0[i] && tier1[i];
	}
	if (!shared)
		return only1 ? SAA_PLACE_SEPARATE : SAA_PLACE_NONE;
	if (only1)
		return SAA_PLACE_OVERLAP;
	return only0 ? SAA_PLACE_PART : SAA_PLACE_SAME;
}

static const struct saa_refusal *refusal(unsigned int at)
{
	return at == OK ? NULL : &refusals[at];
}

const struct saa_refusal *saa_placement(enum saa_mode tier0, enum saa_mode tier1,
					enum saa_place place)
{
	return refusal(placements[tier0][tier1][place]);
}

const struct saa_refusal *saa_conversion(unsigned int tier, enum saa_mode from,
					 enum saa_mode to, bool attached)
{
	return refusal(conversions[from][to][tier ? 2 : attached]);
}

static const char *cell(const struct saa_refusal *no)
{
	return no ? no->name : "yes";
}

#define MODE "%-23s "

static void put_placements(FILE *f)
{
	static const char line[] =
		"======================= ======================= "
		"============ ============ ============ ============ ============\n";
	unsigned int t0, t1, place;

	fprintf(f, "%s" MODE MODE, line, "tier-0", "tier-1");
	for (place = 0; place < SAA_PLACES; place++)
		fprintf(f, place < SAA_PLACES - 1 ? "%-12s " : "%s\n",
			saa_place_names[place]);
	fputs(line, f);
	for (t0 = 0; t0 < SAA_TIER0_MODES; t0++)
		for (t1 = 0; t1 < SAA_MODES; t1++) {
			fprintf(f, MODE MODE, saa_mode_names[t0],
				saa_mode_names[t1]);
			for (place = 0; place < SAA_PLACES; place++)
				fprintf(f, place < SAA_PLACES - 1 ? "%-12s " :
								    "%s\n",
					cell(saa_placement(t0, t1, place)));
		}
	fprintf(f, "%s\n", line);
}

static void put_conversions(FILE *f)
{
	static const char line[] =
		"======================= ======================= "
		"============= ================== ============\n";
	unsigned int from, to;

	fprintf(f, "%s" MODE MODE "%s\n%s", line, "from", "to",
		"tier-0, alone tier-0 with tier-1 tier-1", line);
	for (from = 0; from < SAA_MODES; from++)
		for (to = 0; to < SAA_MODES; to++)
			if (from != to)
				fprintf(f, MODE MODE "%-13s %-18s %s\n",
					saa_mode_names[from], saa_mode_names[to],
					cell(saa_conversion(0, from, to, false)),
					cell(saa_conversion(0, from, to, true)),
					cell(saa_conversion(1, from, to, false)));
	fprintf(f, "%s\n", line);
}

/* A paragraph, indented, no line of it longer than the project's lines are. */
static void put_filled(FILE *f, const char *text)
{
	size_t column = 0, len;

	for (; *text; text += len + (text[len] == ' ')) {
		len = strcspn(text, " ");
		if (column && column + 1 + len > 120) {
			fputc('\n', f);
			column = 0;
		}
		fprintf(f, "%s%.*s", column ? " " : "    ", (int)len, text);
		column += len + (column ? 1 : 4);
	}
	fputc('\n', f);
}

static void put_refusal(FILE *f, const struct saa_refusal *r)
{
	char *text = saa_format("%c%s. *Instead:* %s.",
				toupper((unsigned char)*r->reason),
				r->reason + 1, r->remedy);

	fprintf(f, "``%s``\n", r->name);
	put_filled(f, text);
	fputc('\n', f);
	free(text);
}

char *saa_tiers_rst(void)
{
	const struct saa_refusal *r;
	char *text = NULL;
	size_t size;
	FILE *f = saa_open_text(&text, &size);

	put_placements(f);
	put_conversions(f);
	for (r = refusals + 1; r < refusals + REFUSALS; r++)
		put_refusal(f, r);
	fclose(f);
	return text;
}
