/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What connects a stateful active/active tier-1's SR with the tier-0's on the
 * same edge (R17, R18), made in both of their network namespaces:
 *
 *   tier-0's namespace             tier-1's namespace
 *     t1-ID   100.64.x.x/31 ------ uplink   100.64.x.x/31
 *     t1n-ID -------------------- shadow port north ("punt-n")
 *     t1s-ID -------------------- shadow port south ("punt-s")
 *
 * Frames that the tier-0's shadow port receives for the tier-1's MAC address
 * are redirected to the second of these, and what comes from there leaves by
 * the shadow port. So both use the same punt switches. Over Geneve tc puts them
 * into the tunnel and takes them out of it.
 *
 * An interface that is there already is taken as it is. Those made here have an
 * alias that says so, on the tier-0's end; only these are removed again.
 */
#ifndef SAA_TOOL_WIRE_H
#define SAA_TOOL_WIRE_H

#include <jansson.h>

#include "file.h"
#include "rtnl_filter.h"
#include "rtnl_link.h"

/* Bits of struct wire's made. */
enum wire_pair {
	WIRE_LINK,
	WIRE_SHADOW,		/* + enum saa_side */
	WIRE_PAIRS = WIRE_SHADOW + 2,
};

struct wire {
	const struct saa_file *file;
	const struct saa_file_gateway *tier1;
	size_t edge;
	int netns;		/* of the tier-1, or -1: it is not there yet */
	struct saa_rtnl *rt0, *rt1;
	/* what is to run in both, and what ran */
	const struct saa_conf *conf0, *conf1, *old0, *old1;
	unsigned int made;	/* pairs that were not there before */
	bool led;		/* with other filters, perhaps */
};

/* EXIT_*; after a refusal what was made is removed again by wire_undo(). */
int wire_make(struct wire *w);
/* Frames are led by it as both are to run, once all have agreed. */
int wire_join(struct wire *w);
void wire_undo(struct wire *w);

/* The tier-0's end of a pair. */
void wire_ifname(unsigned int pair, uint16_t id, char ifname[IF_NAMESIZE]);
/* Was it made here, as the tier-0's end of a pair? By an apply that was killed then? */
bool wire_is_made(const struct saa_link *link);
bool wire_is_begun(const struct saa_link *link);
/* If so, of which tier-1, and where is that? Only of the link, or of any pair. */
bool wire_parse(const struct saa_link *link, unsigned int *id,
		char name[SAA_NAME_SIZE], char netns[SAA_NETNS_NAME_MAX + 1]);
bool wire_parse_any(const struct saa_link *link, unsigned int *id,
		    char name[SAA_NAME_SIZE],
		    char netns[SAA_NETNS_NAME_MAX + 1]);

/*
 * Remove the @pairs of the gateway @id in the tier-0's namespace, without @all
 * only those with an alias that says that they were made here, and what redirects
 * frames to them; @ports are the shadow ports, @sr is the SR. The other ends go
 * with them. EXIT_*.
 */
int wire_cut(struct saa_rtnl *rt0, const char *const ports[2], uint16_t id,
	     uint16_t sr, unsigned int pairs, bool all);

/*
 * wire_filters.c: lead frames between the tier-0's shadow port @port and @end, as
 * the configurations of both ask, of which one may be none; in place of the one
 * of the tier-1 before it, @former; and no longer. EXIT_*.
 */
int wire_lead(struct saa_rtnl *rt0, const struct saa_conf *conf0,
	      const struct saa_conf *conf1, const struct saa_conf *former,
	      uint8_t side, const struct saa_link *port,
	      const struct saa_link *end);
int wire_lead_none(struct saa_rtnl *rt0, const struct saa_link *link,
		   uint16_t id, uint8_t side);

/* wire_old.c: wires that are there, and what the file says now */

/* May they become what the file says? EXIT_*. */
int wire_check_old(const struct wire *wires, size_t n, struct saa_rtnl *rt0,
		   const struct saa_conf *running, const char *path);

/* Is it one of a tier-1 that is no group's in @conf, so that it may go? */
bool wire_is_old(const struct saa_link *link, const struct saa_conf *conf,
		 unsigned int *id);
/*
 * Those that are not in @wires: the gateway in the other namespace goes, and the
 * wire. What is removed is added to @list; it is not if @dry_run. EXIT_*.
 */
int wire_remove_old(const struct wire *wires, size_t n, struct saa_rtnl *rt0,
		    const struct saa_file *file, const struct saa_conf *conf,
		    const struct saa_conf *running, bool dry_run, json_t *list);

/* All that were made for a tier-0 that is gone: @former was its configuration. */
int wire_remove_all(struct saa_rtnl *rt0, const struct saa_conf *former);

/*
 * wire_routes.c: routes of one namespace by such links, "proto saa", before and
 * afterwards. What changes of links that were there is added to @changes. EXIT_*.
 * wire_routes_undo() without @back only removes what is new, so that other routes
 * can come back first.
 */
struct wire_routes {
	struct saa_rtnl *rt;
	struct saa_routes was, want;
	bool set;
};

/* Before anything is changed: are there others in the way? EXIT_*. */
int wire_routes_check(const struct wire *wires, size_t n, struct saa_rtnl *rt0);
/* Of the tier-0: those that go where it gets a pool, in whose way they would be. */
int wire_routes_clear(struct wire_routes *r, const struct wire *wires, size_t n,
		      struct saa_rtnl *rt0, const struct saa_conf *conf);
/* Of the tier-0, to what its tier-1s advertise. */
int wire_routes_down(struct wire_routes *r, const struct wire *wires, size_t n,
		     struct saa_rtnl *rt0, const struct saa_conf *conf,
		     bool dry_run, json_t *changes);
/* Of a tier-1: default routes. */
int wire_routes_up(struct wire_routes *r, const struct wire *w, bool dry_run,
		   json_t *changes);
void wire_routes_undo(struct wire_routes *r, bool back);
void wire_routes_free(struct wire_routes *r);

/* The interfaces of a namespace. */
struct wire_ends {
	struct saa_link *at;
	size_t n;
};

/* Anew; EXIT_*. */
int wire_read_ends(struct saa_rtnl *rt, struct wire_ends *e);
const struct saa_link *wire_end(const struct wire_ends *e, const char *name);

#endif
