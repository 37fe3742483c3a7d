// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * saactl explain: what happens to a packet. The kernel decides, by the code
 * that steers; the groups that it comes in and leaves by are found by routes
 * where they are not given. Where these lead to a tier-1 that is linked with this
 * gateway, the tier-1 is asked in its namespace, too, one gateway after the
 * other: each sees the packet as the one before leaves it, and on the edge
 * where that one's owner is.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netns.h"
#include "tool.h"
#include "wire.h"

#define HAS(attr) (1u << (attr))

static const char usage[] =
"Usage: saactl explain SRC DST [ in { ID | NAME } ]\n"
"The group that the packet comes in by is the one that the route to SRC leaves\n"
"by, unless given; then the packet is as this gateway gets it, whatever tier-1 is\n"
"before it.\n";

struct explain {
	uint16_t at;			/* the edge where it is, 0: this one */
	struct saa_conf conf;
	struct saa_nl nl;
	struct saa_rtnl rt;
	struct saa_lookup look;
	const struct saa_group *in, *out;
	bool derived;
	struct saa_link *links;
	size_t n_links;
};

static const struct saa_group *group_by_route(struct explain *x,
					      const struct saa_addr *addr)
{
	uint32_t ifindex;
	size_t i;

	if (saa_rtnl_route(&x->rt, addr, &ifindex) || !ifindex)
		return NULL;
	for (i = 0; i < x->conf.n_groups; i++)
		if (x->conf.groups[i].ifindex == ifindex)
			return &x->conf.groups[i];
	return NULL;
}

static const struct saa_group *group_by_text(struct explain *x, const char *text)
{
	unsigned long id;
	size_t i;

	if (saa_parse_uint(text, SAA_GROUP_ID_MAX, &id))
		return saa_conf_group(&x->conf, id);
	for (i = 0; i < x->conf.n_groups; i++)
		if (!strcmp(x->conf.groups[i].name, text))
			return &x->conf.groups[i];
	return NULL;
}

static int parse(struct explain *x, int argc, char **argv, const char **in)
{
	if (argc < 2)
		return misuse("\"explain\" needs SRC and DST");
	if (!saa_addr_parse(argv[0], &x->look.source))
		return misuse("SRC \"%s\" is not an IPv4 or IPv6 address",
			      argv[0]);
	if (!saa_addr_parse(argv[1], &x->look.destination))
		return misuse("DST \"%s\" is not an IPv4 or IPv6 address",
			      argv[1]);
	if (x->look.source.family != x->look.destination.family)
		return misuse("SRC %s and DST %s are not of one family", argv[0],
			      argv[1]);
	argc -= 2;
	argv += 2;
	if (argc && (!strcmp(argv[0], "in") || !strcmp(argv[0], "--in"))) {
		if (argc < 2)
			return misuse("\"in\" needs a GROUP");
		*in = argv[1];
		argc -= 2;
		argv += 2;
	}
	return no_more(argc, argv);
}

static int find_groups(struct explain *x, const char *in)
{
	char buf[SAA_ADDR_STRLEN], to[SAA_ADDR_STRLEN];

	if (in) {
		x->in = group_by_text(x, in);
		if (!x->in)
			return refuse("group \"%s\" is not a group of the gateway",
				      in);
	} else {
		x->in = group_by_route(x, &x->look.source);
		x->derived = true;
		if (!x->in)
			return refuse("gateway \"%s\": the route to %s does not leave by a group; say by which group the packet comes in: in GROUP",
				      x->conf.gateway.name,
				      saa_addr_format(&x->look.source, buf));
	}
	x->out = group_by_route(x, &x->look.destination);
	/* as when only a tier-1 has a route to its inside, and this a default one */
	if (x->derived && x->in == x->out)
		return refuse("gateway \"%s\": the routes to %s and %s both leave by group \"%s\"; say by which group the packet comes in: in GROUP",
			      x->conf.gateway.name,
			      saa_addr_format(&x->look.source, buf),
			      saa_addr_format(&x->look.destination, to),
			      x->in->name);
	x->look.has = HAS(SAA_A_LOOKUP_SOURCE) | HAS(SAA_A_LOOKUP_DESTINATION) |
		      HAS(SAA_A_LOOKUP_GROUP);
	x->look.group = x->in->id;
	if (x->out) {
		x->look.out_group = x->out->id;
		x->look.has |= HAS(SAA_A_LOOKUP_OUT_GROUP);
	}
	return EXIT_OK;
}

static json_t *sr_text(struct explain *x, uint16_t id)
{
	return json_text(saa_conf_sr_name(&x->conf, id));
}

static void add_hop(json_t *list, const char *sr, const char *by)
{
	char *text = saa_format("%s:%s", sr, by);

	json_array_append_new(list, json_text(text));
	free(text);
}

/*
 * What this SR decides is what each decides that has the same table and sees the
 * same SRs up; but on another edge the packet may be where its owner is.
 */
static uint8_t verdict(const struct explain *x)
{
	const struct saa_lookup *l = &x->look;

	if (!x->at || (l->verdict != SAA_VERDICT_OWNED &&
		       l->verdict != SAA_VERDICT_PUNT))
		return l->verdict;
	return l->owner == x->at ? SAA_VERDICT_OWNED : SAA_VERDICT_PUNT;
}

/* Where the packet goes, as far as this SR can tell. */
static json_t *path(struct explain *x)
{
	json_t *list = json_array();

	if (x->at)
		add_hop(list, saa_conf_sr_name(&x->conf, x->at), x->in->name);
	else
		add_hop(list, saa_conf_sr_name(&x->conf, x->conf.gateway.sr),
			x->in->ifname);
	switch (verdict(x)) {
	case SAA_VERDICT_PUNT:
		json_array_append_new(list, json_sprintf("%s-punt-switch",
					saa_side_names[x->in->side & 1]));
		add_hop(list, saa_conf_sr_name(&x->conf, x->look.owner),
			x->in->name);
		break;
	case SAA_VERDICT_NO_OWNER:
		json_array_append_new(list, json_string("dropped"));
		return list;
	case SAA_VERDICT_LOCAL:
		json_array_append_new(list, json_string("local"));
		return list;
	}
	if (x->out)
		json_array_append_new(list, json_text(x->out->name));
	return list;
}

static json_t *why(struct explain *x)
{
	const char *remote = x->in->side == SAA_SIDE_NORTH ? "source" :
							     "destination";
	const struct saa_lookup *l = &x->look;

	switch (verdict(x)) {
	case SAA_VERDICT_OWNED:
		return json_sprintf("the %s hashes to a bucket that %s SR owns%s",
				    remote, x->at ? "that" : "this", l->owner == l->primary ? "" :
				    " as the backup, the primary is not up");
	case SAA_VERDICT_LOCAL:
		return json_string("the destination is an address of this SR");
	case SAA_VERDICT_PUNT:
		return json_sprintf("the %s hashes to a bucket of another SR%s",
				    remote, l->owner == l->primary ? "" :
				    ", the backup, the primary is not up");
	case SAA_VERDICT_NOT_STEERED:
		return json_string("addresses of this kind are never steered");
	case SAA_VERDICT_NO_TABLE:
		return json_string("there is no table");
	case SAA_VERDICT_NO_OWNER:
		return json_string("neither the primary nor the backup is up");
	}
	return json_string("unknown to this version of saactl");
}

static json_t *snat(struct explain *x)
{
	const struct saa_snat *s;

	s = saa_conf_snat(&x->conf, x->look.snat_priority);
	return s ? json_snat(s, &x->conf) :
		   json_pack("{s:I}", "priority",
			     (json_int_t)x->look.snat_priority);
}

static json_t *answer(struct explain *x)
{
	const struct saa_lookup *l = &x->look;
	json_t *o = json_object();
	char buf[SAA_ADDR_STRLEN];

	json_object_set_new(o, "verdict", json_string(verdict(x) < 6 ?
			    saa_verdict_names[verdict(x)] : "unknown"));
	json_object_set_new(o, "source",
			    json_string(saa_addr_format(&l->source, buf)));
	json_object_set_new(o, "destination",
			    json_string(saa_addr_format(&l->destination, buf)));
	json_object_set_new(o, "gateway", json_text(x->conf.gateway.name));
	if (x->at)
		json_object_set_new(o, "on", sr_text(x, x->at));
	json_object_set_new(o, "in", json_text(x->in->name));
	if (x->derived)
		json_object_set_new(o, "in-by-route", json_true());
	if (x->out)
		json_object_set_new(o, "out", json_text(x->out->name));
	if (l->has & HAS(SAA_A_LOOKUP_HASH))
		json_object_set_new(o, "hash", json_sprintf("0x%08x", l->hash));
	if (l->has & HAS(SAA_A_LOOKUP_BUCKET))
		json_object_set_new(o, "bucket", json_integer(l->bucket));
	if (l->has & HAS(SAA_A_LOOKUP_PRIMARY))
		json_object_set_new(o, "primary", sr_text(x, l->primary));
	if (l->has & HAS(SAA_A_LOOKUP_BACKUP))
		json_object_set_new(o, "backup", sr_text(x, l->backup));
	if (l->has & HAS(SAA_A_LOOKUP_OWNER))
		json_object_set_new(o, "owner", sr_text(x, l->owner));
	json_object_set_new(o, "path", path(x));
	json_object_set_new(o, "why", why(x));
	if (l->has & HAS(SAA_A_LOOKUP_SNAT_PRIORITY))
		json_object_set_new(o, "snat", snat(x));
	return o;
}

/* What is known here, and the groups of the packet. */
static int begin(struct explain *x, const char *in)
{
	int ret = get_gateway(&x->nl, &x->conf);

	if (ret)
		return ret;
	if (saa_rtnl_open(&x->rt) ||
	    saa_rtnl_links(&x->rt, &x->links, &x->n_links))
		return refuse("%s", x->rt.error);
	return find_groups(x, in);
}

static void end(struct explain *x)
{
	if (x->rt.sock)
		saa_rtnl_close(&x->rt);
	if (x->nl.sock)
		saa_nl_close(&x->nl);
	saa_conf_free(&x->conf);
	free(x->links);
}

/* The kernel's answer is added to @packets. */
static int ask(struct explain *x, json_t *packets)
{
	if (saa_nl_explain(&x->nl, &x->look))
		return refuse("%s", x->nl.error);
	json_array_append_new(packets, answer(x));
	return EXIT_OK;
}

/*
 * The packet as it leaves the gateway, if it does: @next gets it. Of a range of
 * addresses any may be chosen; the first is as good as the others.
 */
static bool leaves(const struct explain *x, struct explain *next)
{
	const struct saa_snat *rule = NULL;

	switch (verdict(x)) {
	case SAA_VERDICT_LOCAL:
	case SAA_VERDICT_NO_OWNER:
		return false;
	case SAA_VERDICT_PUNT:
		next->at = x->look.owner;
		break;
	default:
		next->at = x->at;
	}
	/* an owner that is this edge: the packet came back */
	if (next->at == x->conf.gateway.sr)
		next->at = 0;
	next->look.source = x->look.source;
	next->look.destination = x->look.destination;
	if (x->look.has & HAS(SAA_A_LOOKUP_SNAT_PRIORITY))
		rule = saa_conf_snat(&x->conf, x->look.snat_priority);
	if (rule && rule->has & HAS(SAA_A_SNAT_TO_FIRST))
		next->look.source = rule->to_first;
	return true;
}

/* Behind this group of @x there is a tier-1: the namespace that it runs in. */
static bool find_tier1(const struct explain *x, const struct saa_group *group,
		       char name[SAA_NAME_SIZE],
		       char netns[SAA_NETNS_NAME_MAX + 1])
{
	const struct saa_link *link = !group ? NULL :
		saa_link_by_name(x->links, x->n_links, group->ifname);
	unsigned int id;

	return link && wire_parse(link, &id, name, netns);
}

/*
 * The same in the namespace of the tier-1 behind a group of @x, if there is one:
 * then it is @asked.
 */
static int explain_tier1(const struct explain *x, const struct saa_group *group,
			 struct explain *t1, const char *in, json_t *packets,
			 bool *asked)
{
	char name[SAA_NAME_SIZE], netns[SAA_NETNS_NAME_MAX + 1];
	int own, there, ret;

	*asked = find_tier1(x, group, name, netns);
	if (!*asked)
		return EXIT_OK;
	there = saa_netns_open(netns);
	own = there < 0 ? -1 : saa_netns_enter(there);
	if (own < 0) {
		ret = refuse("network namespace \"%s\" of gateway \"%s\" cannot be entered: %s",
			     netns, name, strerror(errno));
	} else {
		ret = begin(t1, in);
		if (!ret)
			ret = ask(t1, packets);
		saa_netns_leave(own);
	}
	if (there >= 0)
		close(there);
	return ret;
}

/* Through all tiers, as far as each of them says. */
static int explain(struct explain *x, const char *in, json_t *packets)
{
	struct explain before = { .look = x->look }, after = { 0 };
	bool asked = false, here = true;
	int ret = begin(x, in);

	if (!ret && !in)
		ret = explain_tier1(x, x->in, &before, NULL, packets, &asked);
	if (!ret && asked)
		here = leaves(&before, x);
	if (!ret && here)
		ret = ask(x, packets);
	if (!ret && here && leaves(x, &after))
		ret = explain_tier1(x, x->out, &after, SAA_LINK_UP, packets,
				    &asked);
	end(&before);
	end(&after);
	return ret;
}

int cmd_explain(int argc, char **argv)
{
	json_t *packets = json_array();
	struct explain x = { 0 };
	const char *in = NULL;
	int ret;

	if (is_help(argc, argv)) {
		ret = help(usage);
		goto out;
	}
	ret = parse(&x, argc, argv, &in);
	if (!ret)
		ret = explain(&x, in, packets);
	if (!ret || json_array_size(packets))
		out("packet", json_incref(packets));
	end(&x);
out:
	json_decref(packets);
	return ret;
}
