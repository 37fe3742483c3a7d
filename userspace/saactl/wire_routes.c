// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Routes by the links between tiers. All of a namespace at once: a prefix may
 * move from one tier-1 to another.
 */
#include <stdlib.h>
#include <string.h>

#include "tool.h"
#include "wire.h"

static void note(json_t *changes, const char *op, const struct saa_route *r,
		 const char *dev)
{
	char buf[SAA_ADDR_STRLEN];

	json_array_append_new(changes, json_pack("{s:s, s:{s:s, s:s}}",
		"op", op, "route", "to",
		saa_prefix_format(&r->dst, r->len, buf), "dev", dev));
}

static struct saa_route *add(struct saa_routes *routes)
{
	return saa_grow(&routes->at, &routes->n, sizeof(*routes->at));
}

/* Those by one interface: what they were. */
static void read_was(struct wire_routes *r, const struct saa_routes *all,
		     const struct saa_link *link)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		if (all->at[i].ifindex == link->ifindex)
			*add(&r->was) = all->at[i];
}

/* One that is to be; without an interface yet it is none. */
static void want(struct wire_routes *r, const struct wire *w, uint8_t family,
		 bool to_tier1, const struct saa_file_prefix *prefix,
		 const struct saa_link *link, json_t *changes)
{
	struct saa_route *new;

	if (!link)
		return;
	new = add(&r->want);
	*new = (struct saa_route){ .ifindex = link->ifindex };
	new->dst.family = family;
	if (prefix) {
		new->dst = prefix->addr;
		new->len = prefix->len;
	}
	saa_file_link_addr(w->tier1, family, to_tier1, &new->via);
	/* with a link that is new they go without saying */
	if (!(w->made & 1u << WIRE_LINK) && !saa_routes_have(&r->was, new))
		note(changes, "add", new, link->name);
}

static void note_gone(const struct wire_routes *r, const struct wire_ends *here,
		      json_t *changes)
{
	size_t i;

	for (i = 0; i < r->was.n; i++)
		if (!saa_routes_have(&r->want, &r->was.at[i]))
			note(changes, "remove", &r->was.at[i],
			     saa_link_by_index(here->at, here->n,
					       r->was.at[i].ifindex)->name);
}

static int set(struct wire_routes *r, const char *gateway, bool dry_run)
{
	if (dry_run)
		return EXIT_OK;
	r->set = true;
	if (!saa_rtnl_set_routes(r->rt, &r->was, &r->want))
		return EXIT_OK;
	return refuse("gateway \"%s\": %s", gateway, r->rt->error);
}

static int begin(struct wire_routes *r, struct saa_rtnl *rt,
		 struct wire_ends *here, struct saa_routes *all)
{
	size_t i;

	r->rt = rt;
	if (wire_read_ends(rt, here))
		return EXIT_REFUSED;
	if (saa_rtnl_get_routes(rt, 0, all))
		return refuse("%s", rt->error);
	/* what was cleared was there, too */
	for (i = 0; i < r->was.n; i++)
		if (!saa_routes_have(all, &r->was.at[i]))
			*add(all) = r->was.at[i];
	r->was.n = 0;
	return EXIT_OK;
}

/* What goes with a tier-1 that is not in the file any more, unless it is kept. */
static void read_old(struct wire_routes *r, const struct saa_routes *all,
		     const struct wire_ends *here, const struct wire *wires,
		     size_t n, const struct saa_conf *conf)
{
	unsigned int id;
	size_t i, j;

	for (i = 0; i < here->n; i++) {
		bool is_new = false;

		if (!wire_is_old(&here->at[i], conf, &id))
			continue;
		for (j = 0; j < n; j++)
			is_new |= wires[j].tier1->gateway_id == id;
		if (!is_new)
			read_was(r, all, &here->at[i]);
	}
}

/* A link that the administrator made has routes of the administrator's. */
static const struct saa_link *made_link(const struct wire_ends *here,
					const struct wire *w)
{
	char ifname[IF_NAMESIZE];
	const struct saa_link *link;

	saa_file_link_ifname(w->tier1, ifname);
	link = wire_end(here, ifname);
	return link && wire_is_made(link) ? link : NULL;
}

/* Not one that the administrator made, which has routes of the administrator's. */
static int is_routed(const struct wire_ends *here, const struct wire *w)
{
	char ifname[IF_NAMESIZE];

	saa_file_link_ifname(w->tier1, ifname);
	return !wire_end(here, ifname) || made_link(here, w);
}

static int check_way(struct saa_rtnl *rt, const char *gateway,
		     const struct saa_routes *want)
{
	const struct saa_route *r;
	char buf[SAA_ADDR_STRLEN];

	if (saa_rtnl_in_way(rt, want, &r))
		return refuse("%s", rt->error);
	if (!r)
		return EXIT_OK;
	return refuse("gateway \"%s\": another route to %s is in the way, remove that",
		      gateway, saa_prefix_format(&r->dst, r->len, buf));
}

int wire_routes_check(const struct wire *wires, size_t n, struct saa_rtnl *rt0)
{
	struct saa_route any[] = { { .dst.family = AF_INET },
				   { .dst.family = AF_INET6 } };
	struct saa_routes up = { any, ARRAY_SIZE(any) }, down = { 0 };
	struct wire_ends here = { 0 };
	struct saa_route *r;
	int ret = wire_read_ends(rt0, &here);
	size_t i, p;

	for (i = 0; i < n && !ret; i++) {
		const struct saa_file_gateway *t1 = wires[i].tier1;

		if (!is_routed(&here, &wires[i]))
			continue;
		for (p = 0; p < t1->n_advertise; p++) {
			r = add(&down);
			r->dst = t1->prefixes[p].addr;
			r->len = t1->prefixes[p].len;
		}
		if (wires[i].rt1->sock)	/* else it has none */
			ret = check_way(wires[i].rt1, t1->name, &up);
	}
	if (!ret && down.n)
		ret = check_way(rt0, wires[0].tier1->above->name, &down);
	free(down.at);
	free(here.at);
	return ret;
}

static bool is_pool(const struct saa_conf *conf, const struct saa_route *r)
{
	size_t i;

	for (i = 0; i < conf->n_snat; i++)
		if (saa_range_meets(&conf->snat[i].to_first,
				    &conf->snat[i].to_last, &r->dst, r->len))
			return true;
	return false;
}

/* By all links that are there. */
static void read_all(struct wire_routes *r, const struct saa_routes *all,
		     const struct wire_ends *here, const struct wire *wires,
		     size_t n)
{
	const struct saa_link *link;
	size_t i;

	for (i = 0; i < n; i++) {
		link = made_link(here, &wires[i]);
		if (link)
			read_was(r, all, link);
	}
}

/* No file has a pool in what a tier-1 advertises, so all of these go. */
int wire_routes_clear(struct wire_routes *r, const struct wire *wires, size_t n,
		      struct saa_rtnl *rt0, const struct saa_conf *conf)
{
	struct saa_routes all = { 0 }, go = { 0 }, none = { 0 };
	struct wire_ends here = { 0 };
	size_t i;
	int ret;

	ret = begin(r, rt0, &here, &all);
	if (!ret) {
		read_all(r, &all, &here, wires, n);
		read_old(r, &all, &here, wires, n, conf);
	}
	for (i = 0; i < r->was.n; i++)
		if (is_pool(conf, &r->was.at[i]))
			*add(&go) = r->was.at[i];
	r->set = go.n;
	if (go.n && saa_rtnl_set_routes(rt0, &go, &none))
		ret = refuse("gateway \"%s\": %s", conf->gateway.name, rt0->error);
	free(here.at);
	free(all.at);
	free(go.at);
	return ret;
}

int wire_routes_down(struct wire_routes *r, const struct wire *wires, size_t n,
		     struct saa_rtnl *rt0, const struct saa_conf *conf,
		     bool dry_run, json_t *changes)
{
	struct wire_ends here = { 0 };
	struct saa_routes all = { 0 };
	size_t i, p;
	int ret;

	ret = begin(r, rt0, &here, &all);
	if (!ret)
		read_all(r, &all, &here, wires, n);
	for (i = 0; i < n && !ret; i++)
		for (p = 0; p < wires[i].tier1->n_advertise; p++) {
			const struct saa_file_prefix *prefix =
				&wires[i].tier1->prefixes[p];

			want(r, &wires[i], prefix->addr.family, true, prefix,
			     made_link(&here, &wires[i]), changes);
		}
	if (!ret) {
		note_gone(r, &here, changes);
		read_old(r, &all, &here, wires, n, conf);
		ret = set(r, n ? wires[0].tier1->above->name : "", dry_run);
	}
	free(here.at);
	free(all.at);
	return ret;
}

int wire_routes_up(struct wire_routes *r, const struct wire *w, bool dry_run,
		   json_t *changes)
{
	struct wire_ends here = { 0 }, there = { 0 };
	struct saa_routes all = { 0 };
	const struct saa_link *up;
	int ret;

	ret = begin(r, w->rt1, &there, &all);
	if (!ret)
		ret = wire_read_ends(w->rt0, &here);
	up = wire_end(&there, SAA_LINK_UP);
	if (!ret && up && made_link(&here, w)) {
		read_was(r, &all, up);
		want(r, w, AF_INET, false, NULL, up, changes);
		want(r, w, AF_INET6, false, NULL, up, changes);
		note_gone(r, &there, changes);
		ret = set(r, w->tier1->name, dry_run);
	}
	free(here.at);
	free(there.at);
	free(all.at);
	return ret;
}

/* What of it came to be is not known, so what is there is looked at. */
void wire_routes_undo(struct wire_routes *r, bool back)
{
	struct saa_routes all = { 0 }, now = { 0 }, stay = { 0 };
	size_t i, j;

	if (!r->set)
		return;
	if (saa_rtnl_get_routes(r->rt, 0, &all))
		warn("%s", r->rt->error);
	for (i = 0; i < all.n; i++) {
		bool ours = saa_routes_have(&r->want, &all.at[i]);

		for (j = 0; j < r->was.n && !ours; j++)
			ours = r->was.at[j].ifindex == all.at[i].ifindex;
		if (ours)
			*add(&now) = all.at[i];
		if (saa_routes_have(&r->was, &all.at[i]))
			*add(&stay) = all.at[i];
	}
	if (saa_rtnl_set_routes(r->rt, &now, back ? &r->was : &stay))
		warn("%s", r->rt->error);
	free(all.at);
	free(now.at);
	free(stay.at);
	r->set = !back;
}

void wire_routes_free(struct wire_routes *r)
{
	free(r->was.at);
	free(r->want.at);
}
