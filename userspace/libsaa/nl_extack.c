// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Extended acknowledgements: the message and the bad attribute's offset out of
 * the kernel's error message, and from the offset back to the object in the
 * request.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <string.h>

#include "nl.h"

#ifndef NLMSGERR_ATTR_MISS_TYPE		/* Linux 6.1 */
#define NLMSGERR_ATTR_MISS_TYPE	5
#define NLMSGERR_ATTR_MISS_NEST	6
#endif

void saa_extack_parse(const struct nlmsghdr *nlh, struct saa_extack *ext)
{
	const struct nlmsgerr *err = nlmsg_data(nlh);
	int len = nlmsg_datalen(nlh), hlen = sizeof(*err), rem;
	struct nlattr *attr;

	*ext = (struct saa_extack){ .missing = -1 };
	if (len < hlen)
		return;
	/* what is no error code would not be one when negated */
	ext->err = err->error <= 0 && err->error >= -4095 ? err->error : -EIO;
	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	/* an error carries the request's payload unless it is capped */
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED)) {
		if (err->msg.nlmsg_len < NLMSG_HDRLEN ||
		    err->msg.nlmsg_len > (uint32_t)len)
			return;
		hlen += NLMSG_ALIGN(err->msg.nlmsg_len) - NLMSG_HDRLEN;
	}
	if (hlen >= len)
		return;
	nla_for_each_attr(attr, (struct nlattr *)((char *)err + hlen),
			  len - hlen, rem) {
		switch (nla_type(attr)) {
		case NLMSGERR_ATTR_MSG:
			nla_strlcpy(ext->msg, attr, sizeof(ext->msg));
			break;
		case NLMSGERR_ATTR_OFFS:
		case NLMSGERR_ATTR_MISS_NEST:
			if (nla_len(attr) >= 4)
				ext->offset = nla_get_u32(attr);
			break;
		case NLMSGERR_ATTR_MISS_TYPE:
			if (nla_len(attr) >= 4)
				ext->missing = nla_get_u32(attr);
			break;
		}
	}
}

void saa_extack_culprit(const struct nlmsghdr *request,
			const struct saa_extack *ext, struct saa_culprit *c)
{
	unsigned int count[SAA_A_MAX + 1] = { 0 };
	struct nlattr *attr, *inner;
	int rem, rem_inner, kind;
	size_t from, to;

	*c = (struct saa_culprit){ 0 };
	if (!ext->offset)
		return;
	nlmsg_for_each_attr(attr, (struct nlmsghdr *)request, GENL_HDRLEN, rem) {
		kind = nla_type(attr);
		if (kind > SAA_A_MAX)
			return;
		from = (char *)attr - (char *)request;
		to = from + nla_total_size(nla_len(attr));
		if (ext->offset < from || ext->offset >= to) {
			count[kind]++;
			continue;
		}
		c->kind = kind;
		c->index = count[kind];
		if (ext->missing >= 0)
			c->attr = saa_attr_name(kind, ext->missing);
		if (!saa_fields(kind))
			return;
		nla_for_each_nested(inner, attr, rem_inner)
			if ((char *)inner - (char *)request == ext->offset)
				c->attr = saa_attr_name(kind, nla_type(inner));
		return;
	}
}
