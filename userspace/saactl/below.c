// SPDX-License-Identifier: GPL-2.0-or-later
/* The tier-1 gateways below the tier-0 of this network namespace. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "below.h"
#include "netns.h"
#include "tool.h"
#include "wire.h"

static bool read_there(struct below *b, unsigned int id)
{
	struct saa_nl nl = { 0 };
	bool there;

	there = !saa_nl_open(&nl) && !saa_nl_get(&nl, 0, &b->conf) &&
		b->conf.gateway.has && b->conf.gateway.id == id;
	saa_nl_close(&nl);
	return there;
}

/* Is it the gateway with this id that runs where its link leads? */
static bool is_read(struct below *b, unsigned int id)
{
	int netns = saa_netns_open(b->netns), own;
	bool read = false;

	own = netns < 0 ? -1 : saa_netns_enter(netns);
	if (own >= 0) {
		read = read_there(b, id);
		saa_netns_leave(own);
	}
	if (netns >= 0)
		close(netns);
	if (!read)
		warn("gateway \"%s\" cannot be read in network namespace \"%s\"",
		     b->name, b->netns);
	return read;
}

int below_get(struct below **below, size_t *n)
{
	struct saa_link *links = NULL;
	struct saa_rtnl rt;
	struct below b, *at;
	size_t n_links = 0, i;
	unsigned int id;
	int ret = EXIT_OK;

	*below = NULL;
	*n = 0;
	if (saa_rtnl_open(&rt) || saa_rtnl_links(&rt, &links, &n_links))
		ret = refuse("%s", rt.error);
	for (i = 0; !ret && i < n_links; i++) {
		b = (struct below){ 0 };
		if (!wire_parse(&links[i], &id, b.name, b.netns))
			continue;
		if (!is_read(&b, id)) {
			saa_conf_free(&b.conf);
			continue;
		}
		if (saa_rtnl_get_routes(&rt, links[i].ifindex, &b.routes))
			ret = refuse("%s", rt.error);
		at = saa_grow(below, n, sizeof(*at));
		*at = b;
	}
	free(links);
	saa_rtnl_close(&rt);
	if (!ret)
		return ret;
	below_free(*below, *n);
	*below = NULL;
	*n = 0;
	return ret;
}

void below_free(struct below *below, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		saa_conf_free(&below[i].conf);
		free(below[i].routes.at);
	}
	free(below);
}
