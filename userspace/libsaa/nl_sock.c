// SPDX-License-Identifier: GPL-2.0-or-later
/* The socket of the netlink family "saa", and its requests. */
#include <errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>

#include "netns.h"
#include "nl.h"
#include "util.h"

static int fail(struct saa_nl *nl, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(nl->error, sizeof(nl->error), fmt, ap);
	va_end(ap);
	return err;
}

static void set_option(struct saa_nl *nl, int option)
{
	int one = 1;

	/* an old kernel without it still works, with worse messages */
	setsockopt(nl_socket_get_fd(nl->sock), SOL_NETLINK, option, &one,
		   sizeof(one));
}

int saa_nl_open(struct saa_nl *nl)
{
	int err;

	*nl = (struct saa_nl){ 0 };
	nl->sock = nl_socket_alloc();
	if (!nl->sock)
		abort();
	err = genl_connect(nl->sock);
	if (err) {
		fail(nl, 0, "cannot open a netlink socket: %s",
		     nl_geterror(err));
		saa_nl_close(nl);
		return -EIO;
	}
	nl_socket_enable_msg_peek(nl->sock);
	set_option(nl, NETLINK_EXT_ACK);
	set_option(nl, NETLINK_CAP_ACK);
	set_option(nl, NETLINK_GET_STRICT_CHK);
	nl->family = genl_ctrl_resolve(nl->sock, SAA_FAMILY_NAME);
	if (nl->family < 0) {
		saa_nl_close(nl);
		return fail(nl, -ENOENT,
			    "the saa module is not loaded: modprobe saa");
	}
	return 0;
}

void saa_nl_close(struct saa_nl *nl)
{
	nl_socket_free(nl->sock);
	nl->sock = NULL;
}

/* Names what the error is about, in front of what the kernel says. */
static int explain(struct saa_nl *nl, const struct nlmsghdr *request, int err)
{
	const struct saa_extack *ext = &nl->ext;
	const char *text = strncmp(ext->msg, "saa: ", 5) ? ext->msg :
							   ext->msg + 5;
	char about[96] = "";

	if (err == -EPERM && !*text)
		return fail(nl, err,
			    "not permitted: needs CAP_NET_ADMIN in the network namespace");
	saa_extack_culprit(request, ext, &nl->culprit);
	/* a text about a whole object names it */
	if (nl->culprit.attr || (nl->culprit.kind && !*text))
		snprintf(about, sizeof(about), "%s%s%s: ",
			 saa_kind_name(nl->culprit.kind),
			 nl->culprit.attr ? " " : "",
			 nl->culprit.attr ? nl->culprit.attr : "");
	if (*text)
		return fail(nl, err, "%s%s", about, text);
	if (ext->missing >= 0)
		return fail(nl, err, "%san attribute is missing", about);
	return fail(nl, err, "%s%s", about, strerror(-err));
}

/* Send and wait for the answer; @valid gets each message of it. */
static int request(struct saa_nl *nl, struct nl_msg *msg,
		   nl_recvmsg_msg_cb_t valid, void *arg)
{
	int err = saa_nl_request(nl->sock, msg, valid, arg, &nl->ext);

	nl->culprit = (struct saa_culprit){ 0 };
	nl->error[0] = '\0';
	if (nl->ext.err)
		return explain(nl, nlmsg_hdr(msg), nl->ext.err);
	/* only in a user namespace of its own, see set_sndbuf() */
	if (err == -EMSGSIZE)
		return fail(nl, err,
			    "a message of %u bytes does not fit the send buffer: raise net.core.wmem_max, or take fewer buckets",
			    nlmsg_hdr(msg)->nlmsg_len);
	if (err && err != -EINTR)
		return fail(nl, err, "the exchange with the kernel failed: %s",
			    strerror(-err));
	return err;
}

static struct nl_msg *message(struct saa_nl *nl, uint8_t cmd, int flags,
			      size_t size)
{
	struct nl_msg *msg = nlmsg_alloc_size(size);

	if (!msg || !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, nl->family, 0,
				 NLM_F_REQUEST | flags, cmd, SAA_FAMILY_VERSION))
		abort();
	return msg;
}

static int on_conf(struct nl_msg *msg, void *arg)
{
	saa_get_conf(nlmsg_hdr(msg), arg);
	return NL_OK;
}

int saa_nl_get(struct saa_nl *nl, uint32_t kinds, struct saa_conf *conf)
{
	struct nl_msg *msg;
	int err, tries = 10;

	do {
		*conf = (struct saa_conf){ 0 };
		msg = message(nl, SAA_CMD_GET, NLM_F_DUMP, 4096);
		if (kinds)
			nla_put_u32(msg, SAA_A_KINDS, kinds);
		err = request(nl, msg, on_conf, conf);
		nlmsg_free(msg);
		if (err)
			saa_conf_free(conf);
	} while (err == -EINTR && --tries);	/* changed meanwhile */
	if (err == -EINTR)
		fail(nl, err,
		     "the configuration keeps changing while it is read; try again");
	return err;
}

/* One message must fit the socket's buffer as a whole. */
static void set_sndbuf(struct saa_nl *nl, size_t size)
{
	int fd = nl_socket_get_fd(nl->sock), value = size + 4096;

	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &value, sizeof(value)))
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &value, sizeof(value));
}

static int write_conf(struct saa_nl *nl, uint8_t cmd,
		      const struct saa_conf *conf, bool dry_run)
{
	size_t size = saa_conf_msg_size(conf);
	struct nl_msg *msg = message(nl, cmd, NLM_F_ACK, size);
	int err;

	set_sndbuf(nl, size);
	err = saa_put_conf(msg, conf);
	if (!err && dry_run)
		err = nla_put_flag(msg, SAA_A_DRY_RUN);
	if (err)
		abort();	/* saa_conf_msg_size() is wrong */
	err = request(nl, msg, NULL, NULL);
	nlmsg_free(msg);
	return err;
}

int saa_nl_write(struct saa_nl *nl, uint8_t cmd, const struct saa_conf *conf,
		 bool dry_run)
{
	const struct saa_sync *s = &conf->sync;
	struct saa_conf with_fd = *conf;
	int fd, err;

	if (!(s->has & 1u << SAA_A_SYNC_NETNS_FD))
		return write_conf(nl, cmd, conf, dry_run);
	fd = saa_netns_open(s->netns_name);
	if (fd < 0)
		return fail(nl, -errno, "network namespace \"%s\" of sync: %s",
			    s->netns_name, strerror(errno));
	with_fd.sync.netns_fd = fd;
	err = write_conf(nl, cmd, &with_fd, dry_run);
	close(fd);
	return err;
}

static int on_lookup(struct nl_msg *msg, void *arg)
{
	struct nlattr *attr = nlmsg_find_attr(nlmsg_hdr(msg), GENL_HDRLEN,
					      SAA_A_LOOKUP);

	if (attr)
		saa_get_object(attr, SAA_A_LOOKUP, arg);
	return NL_OK;
}

int saa_nl_explain(struct saa_nl *nl, struct saa_lookup *lookup)
{
	struct nl_msg *msg = message(nl, SAA_CMD_EXPLAIN, NLM_F_ACK, 4096);
	int err;

	if (saa_put_object(msg, SAA_A_LOOKUP, lookup))
		abort();
	err = request(nl, msg, on_lookup, lookup);
	nlmsg_free(msg);
	return err;
}

struct counters {
	struct saa_counter *at;
	size_t n;
};

static int on_stats(struct nl_msg *msg, void *arg)
{
	struct counters *c = arg;
	struct nlattr *attr;
	int rem;

	nlmsg_for_each_attr(attr, nlmsg_hdr(msg), GENL_HDRLEN, rem)
		if (nla_type(attr) == SAA_A_COUNTER)
			saa_get_object(attr, SAA_A_COUNTER,
				       saa_grow(&c->at, &c->n, sizeof(*c->at)));
	return NL_OK;
}

int saa_nl_stats(struct saa_nl *nl, struct saa_counter **counters, size_t *n)
{
	struct counters c;
	struct nl_msg *msg;
	int err, tries = 10;

	do {
		c = (struct counters){ 0 };
		msg = message(nl, SAA_CMD_STATS, NLM_F_DUMP, 4096);
		err = request(nl, msg, on_stats, &c);
		nlmsg_free(msg);
		if (err)
			free(c.at);
	} while (err == -EINTR && --tries);	/* changed meanwhile */
	if (err == -EINTR)
		fail(nl, err,
		     "the counters keep changing while they are read; try again");
	if (err)
		return err;
	*counters = c.at;
	*n = c.n;
	return 0;
}

struct monitor {
	saa_event_fn fn;
	void *arg;
	int stop;
};

static int on_event(struct nl_msg *msg, void *arg)
{
	struct genlmsghdr *hdr = nlmsg_data(nlmsg_hdr(msg));
	struct saa_conf object = { 0 };
	struct monitor *m = arg;

	if (!genlmsg_valid_hdr(nlmsg_hdr(msg), 0) ||
	    (hdr->cmd != SAA_CMD_NEW_NTF && hdr->cmd != SAA_CMD_DEL_NTF))
		return NL_OK;
	saa_get_conf(nlmsg_hdr(msg), &object);
	m->stop = m->fn(hdr->cmd == SAA_CMD_DEL_NTF, &object, m->arg);
	saa_conf_free(&object);
	return m->stop ? NL_STOP : NL_OK;
}

static int no_seq_check(struct nl_msg *msg, void *arg)
{
	(void)msg;
	(void)arg;
	return NL_OK;
}

int saa_nl_join(struct saa_nl *nl)
{
	int group, err;

	group = genl_ctrl_resolve_grp(nl->sock, SAA_FAMILY_NAME,
				      SAA_MCGRP_CONFIG);
	if (group < 0)
		return fail(nl, -ENOENT, "no notifications: %s",
			    nl_geterror(group));
	err = nl_socket_add_membership(nl->sock, group);
	if (err)
		return fail(nl, -EIO, "cannot join the notifications: %s",
			    nl_geterror(err));
	nl_socket_set_buffer_size(nl->sock, 1 << 20, 0);
	nl_socket_modify_cb(nl->sock, NL_CB_SEQ_CHECK, NL_CB_CUSTOM,
			    no_seq_check, NULL);
	return 0;
}

int saa_nl_wait(struct saa_nl *nl, int ms, saa_event_fn fn, void *arg,
		bool *lost)
{
	struct pollfd fd = { .fd = nl_socket_get_fd(nl->sock),
			     .events = POLLIN };
	struct monitor m = { .fn = fn, .arg = arg };
	int err;

	*lost = false;
	err = ms < 0 ? 1 : poll(&fd, 1, ms);	/* to receive waits, too */
	if (!err)
		return -ETIMEDOUT;
	if (err < 0)
		return errno == EINTR ? 0 :
		       fail(nl, -EIO, "no more events: %s", strerror(errno));
	nl_socket_modify_cb(nl->sock, NL_CB_VALID, NL_CB_CUSTOM, on_event, &m);
	err = nl_recvmsgs_default(nl->sock);
	if (err == -NLE_NOMEM)
		*lost = true;
	else if (err < 0 && err != -NLE_INTR)
		return fail(nl, -EIO, "no more events: %s", nl_geterror(err));
	return m.stop ? 1 : 0;
}

int saa_nl_monitor(struct saa_nl *nl, saa_event_fn fn, void *arg)
{
	int err = saa_nl_join(nl);
	bool lost;

	while (!err) {
		err = saa_nl_wait(nl, -1, fn, arg, &lost);
		if (lost)
			fprintf(stderr,
				"saactl: events were lost, the kernel's buffer was full\n");
	}
	return err < 0 ? err : 0;
}
