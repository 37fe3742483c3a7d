// SPDX-License-Identifier: GPL-2.0-or-later
/* What a dump says, without what may be otherwise in the next one though nobody changed anything. */
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/saa.h>
#include <string.h>

#include "fuzz.h"

void forget_generation(uint8_t *dumped, unsigned int len)
{
	struct nlattr *gateway = (void *)dumped, *nla;
	unsigned int at;

	if (len < NLA_HDRLEN || (gateway->nla_type & NLA_TYPE_MASK) != SAA_A_GATEWAY)
		return;
	for (at = NLA_HDRLEN; at + NLA_HDRLEN <= gateway->nla_len; at += NLA_ALIGN(nla->nla_len)) {
		nla = (void *)(dumped + at);
		if (nla->nla_type == SAA_A_GATEWAY_GENERATION)
			memset(nla + 1, 0, 4);
	}
}

unsigned int forget_attempts(uint8_t *dumped, unsigned int len, bool *found)
{
	struct nlattr *sync = NULL, *nla;
	unsigned int at, to, end, step;

	*found = false;
	for (at = 0; at + NLA_HDRLEN <= len; at += NLA_ALIGN(sync->nla_len)) {
		sync = (void *)(dumped + at);
		if ((sync->nla_type & NLA_TYPE_MASK) == SAA_A_SYNC)
			break;
	}
	if (at + NLA_HDRLEN > len)
		return len;
	*found = true;
	end = at + NLA_ALIGN(sync->nla_len);
	to = at + NLA_HDRLEN;
	for (at = to; at + NLA_HDRLEN <= end; at += step) {
		nla = (void *)(dumped + at);
		step = NLA_ALIGN(nla->nla_len);
		switch (nla->nla_type & NLA_TYPE_MASK) {
		case SAA_A_SYNC_STATUS:
		case SAA_A_SYNC_ERROR:
		case SAA_A_SYNC_COUNTER:
			continue;
		}
		memmove(dumped + to, nla, step);
		to += step;
	}
	sync->nla_len = to - ((uint8_t *)sync - dumped);
	memmove(dumped + to, dumped + end, len - end);
	return to + len - end;
}
