// SPDX-License-Identifier: GPL-2.0-or-later
/* Results of parsing: comparing, and printing in the form of seeds/. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "parse_run.h"

void result_print(char *buf, size_t size, const struct result *r)
{
	char src[INET6_ADDRSTRLEN], dst[INET6_ADDRSTRLEN];
	char local[INET6_ADDRSTRLEN];
	int af = r->family == 4 ? AF_INET : AF_INET6;

	switch (r->verdict) {
	case V_FLOW:
		snprintf(buf, size, "flow %u %u %s %s %s%s", r->vlan, r->l3_off,
			 inet_ntop(af, r->src, src, sizeof(src)),
			 inet_ntop(af, r->dst, dst, sizeof(dst)),
			 inet_ntop(af, r->local, local, sizeof(local)),
			 r->unattributed ? " unattributed" : "");
		return;
	case V_PASS:
		snprintf(buf, size, "pass");
		return;
	case V_SHORT:
		snprintf(buf, size, "short");
		return;
	}
	snprintf(buf, size, "verdict %d", r->verdict);
}

static bool same(const struct result *a, const struct result *b)
{
	size_t len = a->family == 4 ? 4 : 16;

	if (a->verdict != b->verdict)
		return false;
	if (a->verdict != V_FLOW)
		return true;
	return a->vlan == b->vlan && a->l3_off == b->l3_off &&
	       a->family == b->family &&
	       a->unattributed == b->unattributed && !memcmp(a->src, b->src, len) &&
	       !memcmp(a->dst, b->dst, len) && !memcmp(a->local, b->local, len);
}

bool agree(const char *who, const struct result *got,
	   const struct result *want, const uint8_t *frame, size_t len)
{
	char text[200];

	if (same(got, want))
		return true;
	result_print(text, sizeof(text), want);
	printf("reference: %s\n", text);
	result_print(text, sizeof(text), got);
	printf("%s: %s\nframe, %zu bytes:\n", who, text, len);
	for (size_t i = 0; i < len; i++)
		printf("%02x%c", frame[i],
		       i % 16 == 15 || i + 1 == len ? '\n' : ' ');
	return false;
}
