// SPDX-License-Identifier: GPL-2.0-or-later
/* One request over a netlink socket of any family, and its answer. */
#include <errno.h>
#include <netlink/netlink.h>
#include <stdlib.h>

#include "nl.h"

struct pending {
	struct saa_extack *ext;
	bool done;
};

/* libnl's own error codes are not the kernel's: keep the kernel's. */
static int on_error(struct sockaddr_nl *who, struct nlmsgerr *err, void *arg)
{
	struct pending *p = arg;

	(void)who;
	saa_extack_parse((struct nlmsghdr *)((char *)err - NLMSG_HDRLEN),
			 p->ext);
	p->done = true;
	return NL_STOP;
}

static int on_end(struct nl_msg *msg, void *arg)
{
	struct pending *p = arg;

	(void)msg;
	p->done = true;
	return NL_STOP;
}

int saa_nl_request(struct nl_sock *sock, struct nl_msg *msg,
		   nl_recvmsg_msg_cb_t valid, void *arg,
		   struct saa_extack *ext)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	struct pending p = { .ext = ext };
	bool changed = false;
	int err;

	if (!cb)
		abort();
	*ext = (struct saa_extack){ .missing = -1 };
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, &p);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_end, &p);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_end, &p);
	if (valid)
		nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, valid, arg);
	err = nl_send_auto(sock, msg);
	while (err >= 0 && !p.done) {
		err = nl_recvmsgs(sock, cb);
		if (err == -NLE_DUMP_INTR) {
			changed = true;
			err = 0;
		} else if (err == -NLE_INTR) {
			err = 0;
		}
	}
	nl_cb_put(cb);
	if (ext->err)
		return ext->err;
	if (err < 0)
		return err == -NLE_PERM ? -EPERM :
		       err == -NLE_MSGSIZE ? -EMSGSIZE : -EIO;
	return changed ? -EINTR : 0;
}
