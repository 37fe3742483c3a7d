// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See fake_kernel.h. Linked with --wrap for each __wrap_ function here, so that
 * everything above them is what the tool runs: libnl's loop over messages,
 * libsaa's decoding, the commands.
 */
#include <errno.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fake_kernel.h"
#include "netns.h"
#include "util.h"
#include "xdp.h"

static const uint8_t *answers;
static size_t left;

static struct {
	const char *path, *text;
	size_t len;
} files[4];
static size_t n_files;

void fake_kernel_answers(const uint8_t *bytes, size_t len)
{
	answers = bytes;
	left = len;
}

void fake_file(const char *path, const char *text, size_t len)
{
	if (!path) {
		n_files = 0;
		return;
	}
	files[n_files].path = path;
	files[n_files].text = text;
	files[n_files++].len = len;
}

/* One datagram: messages up to the end of a dump, an answer, or bad length. */
static size_t datagram(void)
{
	struct nlmsghdr nlh;
	size_t at = 0;

	while (left - at >= sizeof(nlh)) {
		memcpy(&nlh, answers + at, sizeof(nlh));
		if (nlh.nlmsg_len < sizeof(nlh) || nlh.nlmsg_len > left - at)
			return left;
		at += NLMSG_ALIGN(nlh.nlmsg_len);
		if (at >= left)
			return left;
		if (nlh.nlmsg_type == NLMSG_DONE ||
		    nlh.nlmsg_type == NLMSG_ERROR)
			return at;
	}
	return left;
}

static int receive(struct nl_sock *sock, struct sockaddr_nl *from,
		   unsigned char **buf, struct ucred **creds)
{
	size_t len = datagram();

	(void)sock;
	(void)creds;
	if (!len)
		return -NLE_BAD_SOCK;
	memset(from, 0, sizeof(*from));
	from->nl_family = AF_NETLINK;
	/* to the byte, so that the sanitizer sees what is read behind it */
	*buf = malloc(len);
	memcpy(*buf, answers, len);
	answers += len;
	left -= len;
	return len;
}

static int any(struct nl_msg *msg, void *arg)
{
	(void)msg;
	(void)arg;
	return NL_OK;
}

static void take_over(struct nl_cb *cb)
{
	nl_cb_overwrite_recv(cb, receive);
	nl_cb_set(cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, any, NULL);
}

struct nl_cb *__real_nl_cb_alloc(enum nl_cb_kind kind);
struct nl_cb *__wrap_nl_cb_alloc(enum nl_cb_kind kind);
struct nl_cb *__wrap_nl_cb_alloc(enum nl_cb_kind kind)
{
	struct nl_cb *cb = __real_nl_cb_alloc(kind);

	take_over(cb);
	return cb;
}

int __wrap_nl_recvmsgs_default(struct nl_sock *sock);
int __wrap_nl_recvmsgs_default(struct nl_sock *sock)
{
	struct nl_cb *cb = nl_socket_get_cb(sock);
	int err;

	take_over(cb);
	err = nl_recvmsgs(sock, cb);
	nl_cb_put(cb);
	return err;
}

/* There is always something: an answer, or that there are none left. */
int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout)
{
	(void)fds;
	(void)timeout;
	return n;
}

int __wrap_nl_send_auto(struct nl_sock *sock, struct nl_msg *msg);
int __wrap_nl_send_auto(struct nl_sock *sock, struct nl_msg *msg)
{
	(void)sock;
	return nlmsg_hdr(msg)->nlmsg_len;
}

int __wrap_nl_connect(struct nl_sock *sock, int protocol);
int __wrap_nl_connect(struct nl_sock *sock, int protocol)
{
	(void)sock;
	(void)protocol;
	return 0;
}

int __wrap_genl_connect(struct nl_sock *sock);
int __wrap_genl_connect(struct nl_sock *sock)
{
	(void)sock;
	return 0;
}

int __wrap_genl_ctrl_resolve(struct nl_sock *sock, const char *name);
int __wrap_genl_ctrl_resolve(struct nl_sock *sock, const char *name)
{
	(void)sock;
	(void)name;
	return 42;
}

int __wrap_genl_ctrl_resolve_grp(struct nl_sock *sock, const char *family,
				 const char *group);
int __wrap_genl_ctrl_resolve_grp(struct nl_sock *sock, const char *family,
				 const char *group)
{
	(void)sock;
	(void)family;
	(void)group;
	return 5;
}

int __wrap_nl_socket_add_membership(struct nl_sock *sock, int group);
int __wrap_nl_socket_add_membership(struct nl_sock *sock, int group)
{
	(void)sock;
	(void)group;
	return 0;
}

char *__wrap_saa_read_file(const char *path, size_t max, size_t *len);
char *__wrap_saa_read_file(const char *path, size_t max, size_t *len)
{
	size_t i;

	for (i = 0; i < n_files; i++) {
		if (strcmp(files[i].path, path) || files[i].len > max)
			continue;
		*len = files[i].len;
		/* as the real one: NUL-terminated, to the byte */
		return memcpy(saa_zalloc(*len + 1), files[i].text, *len);
	}
	errno = ENOENT;
	return NULL;
}

FILE *__wrap_saa_open_file(const char *path);
FILE *__wrap_saa_open_file(const char *path)
{
	size_t i;

	for (i = 0; i < n_files; i++)
		if (!strcmp(files[i].path, path))
			return fmemopen((void *)files[i].text, files[i].len, "r");
	errno = ENOENT;
	return NULL;
}

int __wrap_lock_namespace(void);
int __wrap_lock_namespace(void)
{
	return 0;
}

void __wrap_unlock_namespace(int fd);
void __wrap_unlock_namespace(int fd)
{
	(void)fd;
}

/* In place of xdp_load.c */
int xdp_load(void)
{
	return 0;
}

void xdp_unload(void)
{
}

int xdp_attach(const struct xdp_state *x, const struct saa_link *link, int fd)
{
	(void)x;
	(void)fd;
	return link->mtu > 3000 ? refuse("no XDP on %s", link->name) : EXIT_OK;
}

int xdp_detach(const struct saa_link *link)
{
	(void)link;
	return EXIT_OK;
}

const char *xdp_name(uint32_t id)
{
	return id & 1 ? XDP_PROGRAM : "other";
}

char *__wrap_nft_ruleset(void);
char *__wrap_nft_ruleset(void)
{
	return saa_strdup("table inet filter {\n\tchain forward {\n"
			  "\t\tiifname \"eth1\" accept\n\t}\n}\n");
}

int __wrap_xdp_check_module(void);
int __wrap_xdp_check_module(void)
{
	return EXIT_OK;
}

/* What would be done to this host. */
int __wrap_saa_netns_add(const char *name, int (*setup)(void *arg), void *arg);
int __wrap_saa_netns_add(const char *name, int (*setup)(void *arg), void *arg)
{
	(void)name;
	(void)setup;
	(void)arg;
	return -EPERM;
}

int __wrap_saa_netns_enter_new(void);
int __wrap_saa_netns_enter_new(void)
{
	int own = saa_netns_open(""), former = -1;

	if (own >= 0) {
		former = saa_netns_enter(own);
		close(own);
	}
	return former;
}

int __wrap_saa_netns_del(const char *name);
int __wrap_saa_netns_del(const char *name)
{
	(void)name;
	return -EPERM;
}
