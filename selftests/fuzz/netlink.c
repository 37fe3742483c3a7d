// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Netlink fuzzer: random messages (message.c) from several processes to several network namespaces at once.
 *
 * usage: netlink [-n MESSAGES] [-t SECONDS] [-s SEED] [-w WORKERS] [-v] [NETNS...]
 *	  -t: ends then, whatever was sent
 *	  netlink -r CASE	sends the messages of a file, each with all checks
 *
 * Each worker has a namespace of its own, a new one every so often, the old one left to die with all that is
 * configured in it; there it makes sure that
 *	- what is refused, or tried with dry-run, changes nothing and tells nobody;
 *	- dry-run says the same as the real thing;
 *	- what a dump says can be set again, which changes nothing.
 * The namespaces of the command line are everybody's, and somebody else may play with their interfaces meanwhile.
 * Everywhere:
 *	- each request is answered;
 *	- each refusal of the family says why, or which attribute;
 *	- replies and notifications are what the specification says;
 *	- who is nobody (the last worker) changes nothing and sees no secret.
 *
 * On failure the last messages are printed as a case for -r: "FLAGS BODY" in hexadecimal.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/saa.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"
#include "spec.h"

#define WINDOW 8	/* messages in one send, at most */
#define TURN 2000	/* messages of a worker until it moves to new namespaces */
#define PATIENCE 120	/* seconds for an answer */
#define SPACES 8
#define KEPT 64		/* messages printed on failure */

/* A namespace, as one worker uses it. */
struct space {
	const char *name;	/* NULL: its own */
	int sock, events;
	struct hints hints;
	uint32_t seq;
};

struct answer {
	bool done, dump, told;	/* told: why it was refused */
	int error;
};

static struct counts {
	uint64_t sent, accepted, refused, events, replies, strict, dry_runs, again, syncs, errors[256];
} *counts, *total;

static uint16_t family;
static int config_group;
static bool nobody;
static unsigned int worker;
static uint64_t seed;
static time_t end = INT64_MAX;
static uint8_t out[WINDOW * (BODY_MAX + NLMSG_HDRLEN)], in[1 << 20];
static struct { uint16_t flags; unsigned int len; uint8_t *body; } kept[KEPT];
static unsigned int n_kept;

__attribute__((format(printf, 1, 2), noreturn)) static void fail(const char *format, ...)
{
	unsigned int i, j;
	va_list ap;

	printf("not ok netlink, seed %llu, worker %u: ", (unsigned long long)seed, worker);
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	printf("\n# the messages before, the last one last, for netlink -r:\n");
	for (i = n_kept < KEPT ? 0 : n_kept - KEPT; i < n_kept; i++) {
		printf("%04x ", kept[i % KEPT].flags);
		for (j = 0; j < kept[i % KEPT].len; j++)
			printf("%02x", kept[i % KEPT].body[j]);
		printf("\n");
	}
	fflush(stdout);
	_exit(1);
}

static void keep(const struct message *msg)
{
	unsigned int i = n_kept++ % KEPT;

	kept[i].flags = msg->flags;
	kept[i].len = msg->len;
	kept[i].body = realloc(kept[i].body, msg->len + 1);
	memcpy(kept[i].body, msg->body, msg->len);
}

static void set_option(int sock, int level, int option, int value)
{
	if (setsockopt(sock, level, option, &value, sizeof(value)))
		fail("setsockopt %d: %s", option, strerror(errno));
}

static int open_socket(void)
{
	struct sockaddr_nl any = { .nl_family = AF_NETLINK };
	int sock = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);

	/* Without a port of its own it would hear no notifications. */
	if (sock < 0 || bind(sock, (void *)&any, sizeof(any)))
		fail("socket: %s", strerror(errno));
	set_option(sock, SOL_NETLINK, NETLINK_EXT_ACK, 1);
	set_option(sock, SOL_NETLINK, NETLINK_CAP_ACK, 1);
	set_option(sock, SOL_SOCKET, SO_RCVBUFFORCE, 16 << 20);
	set_option(sock, SOL_SOCKET, SO_SNDBUFFORCE, 4 << 20);
	return sock;
}

/* The next datagram; 0 when there is none and @wait is false. */
static unsigned int receive(int sock, bool wait)
{
	struct pollfd p = { .fd = sock, .events = POLLIN };
	ssize_t len;

	for (;;) {
		len = recv(sock, in, sizeof(in), MSG_DONTWAIT);
		if (len > 0)
			return len;
		if (errno != EAGAIN)
			fail("recv: %s", strerror(errno));
		if (!wait)
			return 0;
		if (poll(&p, 1, PATIENCE * 1000) == 0)
			fail("no answer in %u s", PATIENCE);
	}
}

/* Is there a message or an offset in what follows an error? */
static bool tells_why(const struct nlmsghdr *nlh)
{
	const uint8_t *p = (const uint8_t *)nlh + NLMSG_LENGTH(sizeof(struct nlmsgerr));
	const uint8_t *end = (const uint8_t *)nlh + nlh->nlmsg_len;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return false;
	while (end - p >= NLA_HDRLEN) {
		const struct nlattr *nla = (const struct nlattr *)p;

		if (nla->nla_len < NLA_HDRLEN || nla->nla_len > end - p)
			fail("extended acknowledgement does not fit");
		switch (nla->nla_type & NLA_TYPE_MASK) {
		case NLMSGERR_ATTR_MSG:
			if (p[nla->nla_len - 1])
				fail("extended acknowledgement: not a string");
			return true;
		case NLMSGERR_ATTR_OFFS:
		case NLMSGERR_ATTR_MISS_TYPE:
			return true;
		}
		p += NLA_ALIGN(nla->nla_len);
	}
	return false;
}

static void check_reply(const struct nlmsghdr *nlh, const struct message *msg)
{
	const struct genlmsghdr *genl = NLMSG_DATA(nlh);
	const char *bad;

	counts->replies++;
	if (nlh->nlmsg_len < NLMSG_LENGTH(GENL_HDRLEN) || nlh->nlmsg_type != family)
		fail("reply of type %u, length %u", nlh->nlmsg_type, nlh->nlmsg_len);
	if (!msg->op || genl->cmd != msg->op->cmd)
		fail("reply of command %u to %u", genl->cmd, msg->body[0]);
	bad = reply_check((const uint8_t *)genl + GENL_HDRLEN, nlh->nlmsg_len - NLMSG_LENGTH(GENL_HDRLEN),
			  msg->op->do_reply | msg->op->dump_reply, !nobody);
	if (bad)
		fail("reply to %s: %s", msg->op->name, bad);
}

static void dispatch(const struct nlmsghdr *nlh, const struct message *msg, struct answer *a)
{
	if (nlh->nlmsg_type != NLMSG_ERROR && nlh->nlmsg_type != NLMSG_DONE) {
		if (a->done)
			fail("reply after the end");
		check_reply(nlh, msg);
		return;
	}
	if (a->done)
		fail("two answers");
	a->done = true;
	a->dump = nlh->nlmsg_type == NLMSG_DONE;
	a->error = -*(const int *)NLMSG_DATA(nlh);
	if (a->error < 0 || a->error > 255)
		fail("error %d", a->error);
	a->told = a->error && !a->dump && tells_why(nlh);
}

/* Calls back for each message that is there; true if some came. */
static void answers_to(struct space *s, const struct message *msgs, struct answer *answers, unsigned int n)
{
	const struct nlmsghdr *nlh;
	unsigned int left = n, len, i;

	while (left) {
		len = receive(s->sock, true);
		for (nlh = (void *)in; NLMSG_OK(nlh, len); nlh = NLMSG_NEXT(nlh, len)) {
			i = nlh->nlmsg_seq - (s->seq - n);
			if (i >= n)
				fail("answer to message %u, sent up to %u", nlh->nlmsg_seq, s->seq - 1);
			dispatch(nlh, &msgs[i], &answers[i]);
			left -= answers[i].done && nlh->nlmsg_type != family;
		}
	}
}

/* What the specification leaves to the core may be refused without words. */
static bool may_be_silent(const struct message *msg, int error)
{
	if (error == ENOMEM || msg->len < GENL_HDRLEN || !msg->op)
		return true;
	if (error == EOPNOTSUPP)	/* no such command, or not as a dump or not but as a dump */
		return true;
	return error == EBUSY && (msg->flags & NLM_F_DUMP) == NLM_F_DUMP;
}

static bool is_dump(const struct message *msg)
{
	return (msg->flags & NLM_F_DUMP) == NLM_F_DUMP;
}

static void check_answer(const struct message *msg, const struct answer *a)
{
	counts->sent++;
	counts->errors[a->error]++;
	if (!a->error)
		counts->accepted++;
	else
		counts->refused++;
	if (a->error && !a->dump && !a->told && !may_be_silent(msg, a->error))
		fail("%s refused without a reason: %s", msg->op->name, strerror(a->error));
	if (nobody && !a->error && msg->op && msg->op->admin && !is_dump(msg))
		fail("%s by nobody was accepted", msg->op->name);
}

static void transact(struct space *s, const struct message *msgs, struct answer *answers, unsigned int n)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	unsigned int i, len = 0;

	memset(answers, 0, n * sizeof(*answers));
	for (i = 0; i < n; i++) {
		struct nlmsghdr *nlh = (void *)(out + len);

		memset(nlh, 0, sizeof(*nlh));
		nlh->nlmsg_len = NLMSG_LENGTH(msgs[i].len);
		nlh->nlmsg_type = family;
		nlh->nlmsg_flags = msgs[i].flags;
		nlh->nlmsg_seq = s->seq++;
		memcpy(NLMSG_DATA(nlh), msgs[i].body, msgs[i].len);
		len += NLMSG_ALIGN(nlh->nlmsg_len);
		keep(&msgs[i]);
	}
	if (sendto(s->sock, out, len, 0, (void *)&kernel, sizeof(kernel)) != (ssize_t)len)
		fail("send of %u bytes: %s", len, strerror(errno));
	answers_to(s, msgs, answers, n);
	for (i = 0; i < n; i++)
		check_answer(&msgs[i], &answers[i]);
}

/* State sync tells by itself how its attempts go. */
static bool is_news(const struct genlmsghdr *genl)
{
	const struct nlattr *nla = (const struct nlattr *)(genl + 1);

	return genl->cmd == SAA_CMD_NEW_NTF && (nla->nla_type & NLA_TYPE_MASK) == SAA_A_SYNC;
}

/* Checks the notifications that came; how many of them tell of a change. */
static unsigned int check_events(struct space *s)
{
	const struct nlmsghdr *nlh;
	const struct op *op;
	const char *bad;
	unsigned int len, n = 0;

	while ((len = receive(s->events, false))) {
		for (nlh = (void *)in; NLMSG_OK(nlh, len); nlh = NLMSG_NEXT(nlh, len)) {
			const struct genlmsghdr *genl = NLMSG_DATA(nlh);

			op = op_find(genl->cmd);
			if (nlh->nlmsg_type != family || !op || !op->event)
				fail("notification of command %u", genl->cmd);
			bad = reply_check((const uint8_t *)genl + GENL_HDRLEN,
					  nlh->nlmsg_len - NLMSG_LENGTH(GENL_HDRLEN), op->event_reply, false);
			if (bad)
				fail("notification %s: %s", op->name, bad);
			counts->events++;
			n += !is_news(genl);
		}
	}
	return n;
}

/* A request by hand, with one attribute at most; also in the cases. */
static void request(struct message *msg, uint8_t *body, uint8_t cmd, uint16_t flags)
{
	memset(body, 0, GENL_HDRLEN);
	body[0] = cmd;
	body[1] = SAA_FAMILY_VERSION;
	*msg = (struct message){ .flags = NLM_F_REQUEST | NLM_F_ACK | flags, .op = op_find(cmd),
				 .len = GENL_HDRLEN, .body = body };
}

/* The attributes of the whole dump, one after another, as a message may have them; secrets and all. */
static unsigned int dump(struct space *s, uint8_t *to)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct { struct nlmsghdr nlh; struct genlmsghdr genl; } req = {
		.nlh = { sizeof(req), family, NLM_F_REQUEST | NLM_F_DUMP, s->seq, 0 },
		.genl = { .cmd = SAA_CMD_GET, .version = SAA_FAMILY_VERSION },
	};
	const struct nlmsghdr *nlh;
	unsigned int len, n = 0;

	if (sendto(s->sock, &req, sizeof(req), 0, (void *)&kernel, sizeof(kernel)) != sizeof(req))
		fail("send: %s", strerror(errno));
	s->seq++;
	for (;;) {
		len = receive(s->sock, true);
		for (nlh = (void *)in; NLMSG_OK(nlh, len); nlh = NLMSG_NEXT(nlh, len)) {
			unsigned int size = NLMSG_ALIGN(nlh->nlmsg_len) - NLMSG_LENGTH(GENL_HDRLEN);

			if (nlh->nlmsg_seq != s->seq - 1)
				fail("answer to another message than the dump");
			if (nlh->nlmsg_type == NLMSG_DONE)
				return n;
			if (nlh->nlmsg_type != family || n + size > BODY_MAX - GENL_HDRLEN)
				fail("dump: message of type %u", nlh->nlmsg_type);
			memcpy(to + n, (const uint8_t *)NLMSG_DATA(nlh) + GENL_HDRLEN, size);
			n += size;
		}
	}
}

/* A dump without what changes by itself; how long that is. */
static unsigned int settled(uint8_t *dumped, unsigned int len)
{
	bool sync;

	len = forget_attempts(dumped, len, &sync);
	counts->syncs += sync;
	return len;
}

/* Visits the attributes at the top; false if they do not fit. */
static bool has_attr(const struct message *msg, unsigned int type, bool *found)
{
	unsigned int at = GENL_HDRLEN;
	const struct nlattr *nla;

	*found = false;
	while (at < msg->len) {
		nla = (const struct nlattr *)(msg->body + at);
		if (msg->len - at < NLA_HDRLEN || nla->nla_len < NLA_HDRLEN || nla->nla_len > msg->len - at)
			return false;
		if ((nla->nla_type & NLA_TYPE_MASK) == type)
			*found = true;
		at += NLA_ALIGN(nla->nla_len);
	}
	return at == msg->len;
}

/* Did it change something? */
static bool changes(const struct message *msg, const struct answer *a)
{
	bool dry;

	has_attr(msg, SAA_A_DRY_RUN, &dry);
	return !a->error && !is_dump(msg) && !dry && msg->op && msg->body[0] != SAA_CMD_EXPLAIN;
}

static uint8_t before[BODY_MAX], after[BODY_MAX];

/* Sends one message; if it is refused, nothing is otherwise than before. Returns the error. */
static int one_strict(struct space *s, const struct message *msg)
{
	unsigned int len = dump(s, before);
	struct answer a;

	check_events(s);
	transact(s, msg, &a, 1);
	if (changes(msg, &a))
		return a.error;
	counts->strict++;
	if (check_events(s))
		fail("a notification, though nothing was changed");
	len = settled(before, len);
	if (settled(after, dump(s, after)) != len || memcmp(before, after, len))
		fail("a refused message or a dry run changed something");
	return a.error;
}

/* A dry run says what the message itself will say. */
static void one_dry(struct space *s, const struct message *msg)
{
	struct nlattr flag = { .nla_len = NLA_HDRLEN, .nla_type = SAA_A_DRY_RUN };
	struct message dry = *msg;
	struct answer again, then;
	bool found;
	int first;

	if (!msg->op || !(msg->op->do_request & 1u << SAA_A_DRY_RUN) || !has_attr(msg, SAA_A_DRY_RUN, &found) ||
	    found || msg->len + NLA_HDRLEN > BODY_MAX)
		return;
	memcpy(dry.body + dry.len, &flag, sizeof(flag));
	dry.len += NLA_HDRLEN;
	first = one_strict(s, &dry);
	transact(s, &dry, &again, 1);
	transact(s, msg, &then, 1);
	counts->dry_runs++;
	if (first != then.error || again.error != first)
		fail("%s: two dry runs said %d and %d, the message itself %d", msg->op->name, first, again.error,
		     then.error);
}

/* What a dump says can be set, and changes nothing. */
static void set_again(struct space *s)
{
	static uint8_t body[BODY_MAX];
	struct message msg;
	struct answer a;
	unsigned int len;

	request(&msg, body, SAA_CMD_SET, 0);
	len = dump(s, before);
	if (!len)
		return;
	memcpy(body + msg.len, before, len);
	msg.len += len;
	transact(s, &msg, &a, 1);
	counts->again++;
	if (a.error)
		fail("what was dumped is refused: %s", strerror(a.error));
	len = settled(before, len);
	forget_generation(before, len);
	if (settled(after, dump(s, after)) != len ||
	    (forget_generation(after, len), memcmp(before, after, len)))
		fail("setting what was dumped changes something");
}

/* Generic netlink: the family's number and that of its group. */
static void resolve(int sock)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct { struct nlmsghdr nlh; struct genlmsghdr genl; struct nlattr nla; char name[16]; } req = {
		.nlh = { sizeof(req), GENL_ID_CTRL, NLM_F_REQUEST, 0, 0 },
		.genl = { .cmd = CTRL_CMD_GETFAMILY, .version = 1 },
		.nla = { NLA_HDRLEN + sizeof(req.name), CTRL_ATTR_FAMILY_NAME },
	};
	const uint8_t *p, *end, *q;

	strncpy(req.name, family_name, sizeof(req.name) - 1);
	req.nla.nla_len = NLA_HDRLEN + strlen(req.name) + 1;
	sendto(sock, &req, sizeof(req), 0, (void *)&kernel, sizeof(kernel));
	end = in + receive(sock, true);
	for (p = in + NLMSG_LENGTH(GENL_HDRLEN); p < end; p += NLA_ALIGN(((struct nlattr *)p)->nla_len)) {
		const struct nlattr *nla = (const struct nlattr *)p;

		if (nla->nla_type == CTRL_ATTR_FAMILY_ID)
			family = *(const uint16_t *)(nla + 1);
		if ((nla->nla_type & NLA_TYPE_MASK) != CTRL_ATTR_MCAST_GROUPS)
			continue;
		for (q = p + 2 * NLA_HDRLEN; q < p + nla->nla_len; q += NLA_ALIGN(((struct nlattr *)q)->nla_len))
			if (((const struct nlattr *)q)->nla_type == CTRL_ATTR_MCAST_GRP_ID)
				config_group = *(const int *)(q + NLA_HDRLEN);
	}
	if (!family || !config_group)
		fail("no netlink family %s: is the module loaded?", family_name);
}

static void space_open(struct space *s)
{
	s->sock = open_socket();
	s->events = open_socket();
	if (!family)
		resolve(s->sock);
	set_option(s->events, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, config_group);
	s->seq = 1;
}

static void space_close(struct space *s)
{
	if (s->sock < 0)
		return;
	close(s->sock);
	close(s->events);
	s->sock = -1;
}

static void make_links(void)
{
	static const char links[] =
		"link add m1 up type veth peer name m2\nlink add m3 up type veth peer name m4\n"
		"link add m5 up type veth peer name m6\nlink add p0 up type veth peer name p1\n"
		"link set m2 up\nlink set m4 up\nlink set m6 up\nlink set p1 up\nlink set lo up\n"
		"link add link m1 name v7 type vlan id 7\naddress add 10.0.0.1/16 dev m1\n";
	int fds[2], status = 1;
	pid_t pid;

	if (pipe(fds) || write(fds[1], links, sizeof(links) - 1) < 0)
		fail("pipe: %s", strerror(errno));
	close(fds[1]);
	pid = fork();
	if (!pid) {
		dup2(fds[0], 0);
		execlp("ip", "ip", "-batch", "-", NULL);
		_exit(127);
	}
	close(fds[0]);
	if (waitpid(pid, &status, 0) != pid || status)
		fail("ip failed");
}

/* Opens the space with a name, if it exists just now. */
static void enter_shared(struct space *s)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", s->name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && !setns(fd, CLONE_NEWNET))
		space_open(s);
	if (fd >= 0)
		close(fd);
}

/* New sockets in all spaces; the first one is a new namespace. */
static void move_on(struct space *spaces, unsigned int n)
{
	unsigned int i;
	int home;

	for (i = 0; i < n; i++)
		space_close(&spaces[i]);
	if (unshare(CLONE_NEWNET))
		fail("unshare: %s", strerror(errno));
	make_links();
	space_open(&spaces[0]);
	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	for (i = 1; i < n; i++)
		enter_shared(&spaces[i]);
	if (setns(home, CLONE_NEWNET))
		fail("setns: %s", strerror(errno));
	close(home);
}

static void window(struct rng *rng, struct space *s)
{
	static uint8_t bodies[WINDOW][BODY_MAX];
	struct message msgs[WINDOW];
	struct answer answers[WINDOW];
	unsigned int i, n = 1 + below(rng, WINDOW), what = below(rng, 100);

	for (i = 0; i < WINDOW; i++)
		msgs[i].body = bodies[i];
	if (!s->name && !nobody && what < 12) {
		message_grow(rng, &s->hints, &msgs[0]);
		if (what < 8)
			one_strict(s, &msgs[0]);
		else
			one_dry(s, &msgs[0]);
		return;
	}
	if (!s->name && !nobody && what < 13) {
		set_again(s);
		return;
	}
	for (i = 0; i < n; i++)
		message_grow(rng, &s->hints, &msgs[i]);
	transact(s, msgs, answers, n);
}

/* Only who has no capabilities is nobody; sockets are made before. */
static void be_nobody(bool yes)
{
	if (seteuid(yes ? 65534 : 0))
		fail("seteuid: %s", strerror(errno));
}

static int work(uint64_t quota, const char *const *names, unsigned int n_names)
{
	struct rng rng = { .state = seed * 1000003 + worker };
	struct space spaces[SPACES] = { 0 };
	uint64_t until = 0;
	unsigned int i;

	for (i = 0; i < n_names; i++)
		spaces[i + 1].name = names[i];
	for (i = 0; i < SPACES; i++)
		spaces[i].sock = -1;
	while (counts->sent < quota && time(NULL) < end) {
		if (counts->sent >= until) {
			if (nobody)
				be_nobody(false);
			move_on(spaces, n_names + 1);
			if (nobody)
				be_nobody(true);
			until = counts->sent + TURN;
		}
		i = percent(&rng, 60) ? 0 : below(&rng, n_names + 1);
		if (spaces[i].sock < 0)
			i = 0;
		window(&rng, &spaces[i]);
		check_events(&spaces[i]);
	}
	return 0;
}

static int hex(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

static int replay(const char *path)
{
	static char line[2 * BODY_MAX + 64];
	static uint8_t body[BODY_MAX];
	struct space s = { .sock = -1 };
	struct message msg = { .body = body };
	FILE *file = fopen(path, "r");
	char *p;

	if (!file)
		fail("%s: %s", path, strerror(errno));
	move_on(&s, 1);
	while (fgets(line, sizeof(line), file)) {
		if (*line == '#' || *line == '\n')
			continue;
		msg.flags = strtoul(line, &p, 16);
		for (p++, msg.len = 0; *p > ' '; p += 2)
			body[msg.len++] = hex(p[0]) << 4 | hex(p[1]);
		msg.op = op_find(msg.len ? body[0] : 0);
		one_dry(&s, &msg);
		one_strict(&s, &msg);
		set_again(&s);
	}
	fclose(file);
	printf("ok netlink case %s: %llu messages\n", path, (unsigned long long)counts->sent);
	return 0;
}

static void sum(unsigned int workers)
{
	unsigned int i, j;

	memset(total, 0, sizeof(*total));
	for (i = 0; i < workers; i++)
		for (j = 0; j < sizeof(*counts) / sizeof(uint64_t); j++)
			((uint64_t *)total)[j] += ((uint64_t *)&counts[i])[j];
}

static void progress(uint64_t messages, time_t start)
{
	fprintf(stderr, "# netlink: %llu of %llu messages in %lld s\n", (unsigned long long)total->sent,
		(unsigned long long)messages, (long long)(time(NULL) - start));
}

/* Waits for the workers, ends all when one fails. */
static int supervise(pid_t *pids, unsigned int workers, uint64_t messages, bool verbose)
{
	unsigned int left = workers, i, ticks = 0;
	time_t start = time(NULL);
	int status, rc = 0;
	pid_t pid;

	while (left) {
		pid = waitpid(-1, &status, WNOHANG);
		if (pid == 0) {
			usleep(100000);
			if (verbose && ++ticks % 100 == 0) {
				sum(workers);
				progress(messages, start);
			}
			continue;
		}
		left--;
		for (i = 0; i < workers; i++)
			if (pids[i] == pid)
				pids[i] = 0;
		if (!status)
			continue;
		if (!rc && WIFSIGNALED(status))
			printf("not ok netlink: a worker ended by signal %d\n", WTERMSIG(status));
		rc = 1;
		for (i = 0; i < workers; i++)
			if (pids[i])
				kill(pids[i], SIGTERM);
	}
	return rc;
}

static int run(uint64_t messages, unsigned int workers, bool verbose, const char *const *names, unsigned int n_names)
{
	pid_t *pids = calloc(workers, sizeof(*pids));
	time_t start = time(NULL);
	unsigned int i;
	uint64_t sent;
	int rc;

	printf("# netlink: seed %llu, %llu messages\n", (unsigned long long)seed, (unsigned long long)messages);
	fflush(stdout);
	for (worker = 0; worker < workers; worker++) {
		pids[worker] = fork();
		if (pids[worker])
			continue;
		signal(SIGTERM, SIG_DFL);
		counts += worker;
		nobody = workers > 1 && worker == workers - 1;
		/* Nobody has less to say. */
		exit(work(nobody ? messages / 20 : (messages - messages / 20) / (workers - (workers > 1)) + 1,
			  names, n_names));
	}
	rc = supervise(pids, workers, messages, verbose);
	sum(workers);
	printf("# in %lld s: %llu accepted, %llu refused, %llu replies, %llu notifications\n",
	       (long long)(time(NULL) - start), (unsigned long long)total->accepted,
	       (unsigned long long)total->refused, (unsigned long long)total->replies,
	       (unsigned long long)total->events);
	printf("# %llu refusals compared, %llu dry runs, %llu dumps set again, %llu dumps with state sync;",
	       (unsigned long long)total->strict, (unsigned long long)total->dry_runs,
	       (unsigned long long)total->again, (unsigned long long)total->syncs);
	for (i = 1; i < 256; i++)
		if (total->errors[i])
			printf(" %s %llu", strerrorname_np(i), (unsigned long long)total->errors[i]);
	printf("\n");
	if (rc)
		return rc;
	/* Of a run that is worth the name, each has its share. What nobody sends is refused at once, so on a slow machine
	 * it has a larger one.
	 */
	sent = total->sent - total->errors[EPERM];
	if ((sent > 3000 && (total->accepted < sent / 40 || total->refused < sent / 20 || total->events < sent / 80)) ||
	    (sent > 15000 && !total->syncs)) {
		printf("not ok netlink, seed %llu: too little was accepted, refused or notified, or no state sync\n",
		       (unsigned long long)seed);
		return 1;
	}
	printf("ok netlink: %llu messages, seed %llu\n", (unsigned long long)total->sent, (unsigned long long)seed);
	return 0;
}

int main(int argc, char **argv)
{
	uint64_t messages = 100000;
	const char *file = NULL;
	unsigned int workers = 4;
	bool verbose = false;
	int c;

	seed = time(NULL);
	while ((c = getopt(argc, argv, "n:t:s:w:r:v")) != -1) {
		switch (c) {
		case 'n': messages = strtoull(optarg, NULL, 0); break;
		case 't': end = time(NULL) + atoi(optarg); break;
		case 's': seed = strtoull(optarg, NULL, 0); break;
		case 'w': workers = strtoul(optarg, NULL, 0); break;
		case 'r': file = optarg; break;
		case 'v': verbose = true; break;
		default: return 2;
		}
	}
	if (argc - optind > SPACES - 1 || !workers)
		return 2;
	counts = mmap(NULL, (workers + 1) * sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (counts == MAP_FAILED)
		return 1;
	total = &counts[workers];
	if (file)
		return replay(file);
	return run(messages, workers, verbose, (const char *const *)argv + optind, argc - optind);
}
