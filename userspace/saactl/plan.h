/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What leads from one configuration file to another (R20): whether it is
 * allowed, what an operator runs and in which order, which buckets change
 * hands, and what is interrupted meanwhile. Both files are good ones.
 */
#ifndef SAA_TOOL_PLAN_H
#define SAA_TOOL_PLAN_H

#include <jansson.h>

#include "file.h"

enum plan_change {
	PLAN_NONE, PLAN_ADD, PLAN_REMOVE, PLAN_CONVERT,
	PLAN_EDIT,	/* same mode, another configuration */
	PLANS,
};

extern const char *const plan_change_names[PLANS];

/* Buckets that move from one SR to another, by the SRs' ids. */
struct plan_move {
	uint16_t from, to;
	uint32_t buckets;
};

struct plan_gateway {
	const char *name;
	enum plan_change change;
	int old, new;		/* index in its file, or -1 */
	struct saa_conf before, after;	/* of one of its SRs; maybe empty */
	/* buckets, where there is a table before and after */
	bool tables;
	uint32_t moved;		/* that get another primary */
	uint32_t kept;		/* of these: the new one has the state by sync */
	struct plan_move *moves;	/* none if the hash is another one */
	size_t n_moves;
};

struct plan_refusal {
	const char *gateway, *rule;
	char *reason;
	const char *instead;
};

struct plan_note {
	const char *gateway;
	char *text;
};

struct plan_step {
	const char *edge;	/* NULL: anywhere */
	char *run;
	const char *why;
};

struct plan_pair {
	bool gone;		/* or new */
	const char *a, *b;
};

struct plan {
	const struct saa_file *from, *to;
	const char *edge;	/* the one that @from tells of, or NULL: all */
	struct plan_gateway *gateways;
	size_t n_gateways;
	struct plan_refusal *refusals;
	size_t n_refusals;
	struct plan_pair *pairs;	/* sub-clusters that change */
	size_t n_pairs;
	struct plan_note *notes;	/* what is interrupted */
	size_t n_notes;
	struct plan_step *steps;	/* none if something is refused */
	size_t n_steps;
};

/*
 * @edge: the only one that @from tells of, as a file that was saved there does,
 * or NULL. The plan points into both files.
 */
void plan_make(struct plan *plan, const struct saa_file *from,
	       const struct saa_file *to, const char *edge);
void plan_free(struct plan *plan);

/*
 * Has a flow with this remote address another owner afterwards, which does not
 * have its state?
 */
bool plan_touches(const struct plan *plan, const struct plan_gateway *gw,
		  const struct saa_addr *remote);

/* One of a file, by its place in it, which may be -1: NULL. */
const struct saa_file_gateway *gateway_at(const struct saa_file *f, int at);

/* plan_steps.c */
void plan_steps(struct plan *plan);

/* cmd_plan.c */
json_t *plan_json(const struct plan *plan);
/* Each bucket that moves. */
json_t *plan_rows(const struct plan *plan);

#endif
