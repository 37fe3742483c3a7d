// SPDX-License-Identifier: GPL-2.0-only
/*
 * State sync: connections. Opening one and proving the key to each other, and
 * frames on it. saa_sync.h is the protocol.
 *
 * A connection is used by one thread alone. Another one may only shut it down,
 * which makes the thread's calls return with an error.
 */

#include <crypto/chacha20poly1305.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/random.h>
#include <linux/tcp.h>
#include <net/sock.h>
#include <net/tcp.h>
#include "sync.h"

/* How long it may take to connect; and a handshake, and one call on a socket then:
 * twice as long after each that took longer, up to the second number.
 */
#define SAA_HANDSHAKE_TIME	(2 * HZ)
#define SAA_HANDSHAKE_MAX	(8 * HZ)

/* The same for silence, in milliseconds, until all is in sync. */
#define SAA_SILENCE_MAX		60000
#define SAA_SLOW_MAX		7

int saa_conn_init(struct saa_conn *conn)
{
	mutex_init(&conn->lock);
	conn->in = kvmalloc(SAA_CONN_BUF, GFP_KERNEL_ACCOUNT);
	conn->out = kvmalloc(SAA_CONN_BUF, GFP_KERNEL_ACCOUNT);
	return conn->in && conn->out ? 0 : -ENOMEM;
}

void saa_conn_exit(struct saa_conn *conn)
{
	kvfree(conn->in);
	kvfree(conn->out);
	memzero_explicit(conn->key_in, sizeof(conn->key_in));
	memzero_explicit(conn->key_out, sizeof(conn->key_out));
}

/**
 * saa_conn_set() - give a connection its socket
 * @conn: the connection
 * @sock: the socket; released when it is too late for one
 *
 * Return: 0, or -ESHUTDOWN.
 */
int saa_conn_set(struct saa_conn *conn, struct socket *sock)
{
	int err = 0;

	mutex_lock(&conn->lock);
	if (conn->closed)
		err = -ESHUTDOWN;
	else
		conn->sock = sock;
	mutex_unlock(&conn->lock);
	if (err) {
		sock_release(sock);
		return err;
	}
	saa_created("socket", sock);
	conn->n_in = 0;
	conn->n_out = 0;
	conn->got = 0;
	conn->proved = false;
	return 0;
}

/* Closes a connection; by its thread. */
void saa_conn_close(struct saa_conn *conn)
{
	struct socket *sock;

	mutex_lock(&conn->lock);
	sock = conn->sock;
	conn->sock = NULL;
	mutex_unlock(&conn->lock);
	if (!sock)
		return;
	saa_destroyed("socket", sock);
	sock_release(sock);
}

/* Ends what the thread does on the connection, and on any other; by anyone. */
void saa_conn_shutdown(struct saa_conn *conn, bool for_good)
{
	mutex_lock(&conn->lock);
	conn->closed |= for_good;
	if (conn->sock)
		kernel_sock_shutdown(conn->sock, SHUT_RDWR);
	mutex_unlock(&conn->lock);
}

static int saa_conn_addr(struct sockaddr_storage *ss, u8 family,
			 const union nf_inet_addr *addr, u16 port)
{
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)ss;
	struct sockaddr_in *sin = (struct sockaddr_in *)ss;

	memset(ss, 0, sizeof(*ss));
	if (family == AF_INET) {
		sin->sin_family = AF_INET;
		sin->sin_addr = addr->in;
		sin->sin_port = htons(port);
		return sizeof(*sin);
	}
	sin6->sin6_family = AF_INET6;
	sin6->sin6_addr = addr->in6;
	sin6->sin6_port = htons(port);
	return sizeof(*sin6);
}

static struct socket *saa_conn_socket(struct saa_sync *sync, u16 port)
{
	const struct saa_sync_spec *spec = &sync->spec;
	struct sockaddr_storage ss;
	struct socket *sock;
	int err, len;

	err = sock_create_kern(sync->net, spec->family, SOCK_STREAM,
			       IPPROTO_TCP, &sock);
	if (err)
		return ERR_PTR(err);
	sock_set_reuseaddr(sock->sk);
	/* The namespace does not wait for a FIN, so nothing must: close is RST. */
	sock_no_linger(sock->sk);
	len = saa_conn_addr(&ss, spec->family, &spec->local, port);
	err = kernel_bind(sock, (void *)&ss, len);
	if (err) {
		sock_release(sock);
		return ERR_PTR(err);
	}
	return sock;
}

/**
 * saa_conn_listen() - begin to listen, unless it has been done
 * @sync: whose listener
 *
 * Return: 0 or a negative error.
 */
int saa_conn_listen(struct saa_sync *sync)
{
	struct socket *sock;
	int err;

	if (sync->listener.sock) {
		if (inet_sk_state_load(sync->listener.sock->sk) == TCP_LISTEN)
			return 0;
		saa_conn_close(&sync->listener);	/* as ss -K has done */
	}
	sock = saa_conn_socket(sync, sync->spec.port);
	if (IS_ERR(sock))
		return PTR_ERR(sock);
	sock->sk->sk_rcvtimeo = HZ / 2;
	err = kernel_listen(sock, 4);
	if (err) {
		sock_release(sock);
		return err;
	}
	return saa_conn_set(&sync->listener, sock);
}

static void saa_conn_drop_next(struct saa_sync *sync)
{
	if (sync->next)
		sock_release(sync->next);
	sync->next = NULL;
}

/* The receiving thread ends. */
void saa_conn_listen_end(struct saa_sync *sync)
{
	saa_conn_close(&sync->listener);
	saa_conn_drop_next(sync);
}

/* Is the other end of a socket the partner's address? */
static bool saa_conn_from_partner(const struct saa_sync *sync,
				  struct socket *sock)
{
	struct sockaddr_storage ss = {};
	const void *addr;

	if (kernel_getpeername(sock, (struct sockaddr *)&ss) < 0)
		return false;
	if (sync->spec.family == AF_INET)
		addr = &((struct sockaddr_in *)&ss)->sin_addr;
	else
		addr = &((struct sockaddr_in6 *)&ss)->sin6_addr;
	return !memcmp(addr, &sync->spec.remote,
		       sync->spec.family == AF_INET ? 4 : 16);
}

/* Has somebody connected, while another connection is used? */
static bool saa_conn_has_next(const struct saa_sync *sync)
{
	const struct socket *sock = sync->listener.sock;

	return sync->next ||
	       (sock && !reqsk_queue_empty(&inet_csk(sock->sk)->icsk_accept_queue));
}

/*
 * The next connection from the partner's address, in sync->next. One of somebody
 * else is refused, so that it keeps nobody waiting.
 */
static int saa_conn_next(struct saa_sync *sync, int flags)
{
	int err = 0;

	if (!sync->next)
		err = kernel_accept(sync->listener.sock, &sync->next, flags);
	if (err)
		return err;
	if (READ_ONCE(sync->next->sk->sk_state) != TCP_CLOSE) {
		if (saa_conn_from_partner(sync, sync->next))
			return 0;
		saa_sync_inc(sync, SAA_SYNC_C_REFUSED_PEER);
	}
	saa_conn_drop_next(sync);	/* or it was given up */
	return -EAGAIN;
}

/* Sends, or receives, all of a buffer. Sending goes on while the other end takes
 * something, however little.
 */
static int saa_conn_all(struct saa_conn *conn, bool out, void *buf, size_t len)
{
	u32 taken = READ_ONCE(tcp_sk(conn->sock->sk)->snd_una);

	while (len) {
		struct msghdr msg = { .msg_flags = MSG_NOSIGNAL };
		struct kvec vec = { .iov_base = buf, .iov_len = len };
		int n;

		n = out ? kernel_sendmsg(conn->sock, &msg, &vec, 1, len) :
			  kernel_recvmsg(conn->sock, &msg, &vec, 1, len, 0);
		if (n == -EAGAIN && conn->proved &&
		    taken != READ_ONCE(tcp_sk(conn->sock->sk)->snd_una)) {
			taken = READ_ONCE(tcp_sk(conn->sock->sk)->snd_una);
			continue;
		}
		if (n <= 0)
			return n == -EAGAIN ? -ETIMEDOUT : n ?: -ECONNRESET;
		if (!conn->proved && time_after(jiffies, conn->deadline))
			return -ETIMEDOUT;
		buf += n;
		len -= n;
	}
	return 0;
}

static void saa_hello_init(const struct saa_sync *sync,
			   struct saa_sync_hello *hello, u8 role)
{
	memset(hello, 0, sizeof(*hello));
	hello->magic = htonl(SAA_SYNC_MAGIC);
	hello->version = SAA_SYNC_VERSION;
	hello->role = role;
	hello->gateway = htons(sync->gateway);
	hello->from = htons(sync->self_id);
	hello->to = htons(sync->spec.partner);
	hello->epoch = htonl(sync->sn->sync_epoch);
	get_random_bytes_wait(hello->nonce, sizeof(hello->nonce));
}

/* Is it the partner that speaks? Nothing is proved yet. */
static int saa_hello_check(struct saa_sync *sync, struct saa_conn *conn,
			   const struct saa_sync_hello *hello, u8 role)
{
	if (hello->magic != htonl(SAA_SYNC_MAGIC)) {
		saa_sync_error(sync, conn,
			       "the partner's port speaks something else");
		return -EPROTO;
	}
	if (hello->version != SAA_SYNC_VERSION) {
		saa_sync_error(sync, conn,
			       "the partner speaks version %u, this is %u",
			       hello->version, SAA_SYNC_VERSION);
		return -EPROTONOSUPPORT;
	}
	if (hello->role != role || hello->gateway != htons(sync->gateway) ||
	    hello->from != htons(sync->spec.partner) ||
	    hello->to != htons(sync->self_id)) {
		saa_sync_error(sync, conn,
			       "the other end is SR %u of gateway %u and wants SR %u",
			       ntohs(hello->from), ntohs(hello->gateway),
			       ntohs(hello->to));
		return -EPROTO;
	}
	return 0;
}

/* The keys as they are now: they may be changed any time. */
struct saa_keys {
	u8 key[SAA_SYNC_KEY_LEN];
	u8 old_key[SAA_SYNC_KEY_LEN];
};

static void saa_keys_get(struct saa_sync *sync, struct saa_keys *keys)
{
	spin_lock_bh(&sync->lock);
	memcpy(keys->key, sync->spec.key, sizeof(keys->key));
	memcpy(keys->old_key, sync->spec.old_key, sizeof(keys->old_key));
	spin_unlock_bh(&sync->lock);
}

static bool saa_key_is(const u8 *key, const u8 *id)
{
	u8 mine[SAA_SYNC_KEY_ID_LEN];

	return memchr_inv(key, 0, SAA_SYNC_KEY_LEN) &&
	       !saa_auth_key_id(key, mine) && !memcmp(id, mine, sizeof(mine));
}

/* The key with an id: the current one or the old one; NULL if it is neither. */
static const u8 *saa_key_by_id(const struct saa_keys *keys, const u8 *id)
{
	if (saa_key_is(keys->key, id))
		return keys->key;
	return saa_key_is(keys->old_key, id) ? keys->old_key : NULL;
}

/* Each side's first frame proves that it has the key. */
static int saa_conn_prove(struct saa_sync *sync, struct saa_conn *conn)
{
	const struct saa_sync_head *head;
	int len;

	len = saa_conn_send(conn, SAA_SYNC_AUTH, 0, 0, 0);
	if (len < 0)
		return len;
	len = saa_conn_recv(conn, &head, 0);
	if (len < 0) {
		if (len != -EBADMSG)
			return len == -EAGAIN ? -ETIMEDOUT : len;
		saa_sync_error(sync, conn, "the partner's key is another one");
		return -EKEYREJECTED;
	}
	if (head->type != SAA_SYNC_AUTH)
		return -EBADMSG;
	conn->proved = true;
	return 0;
}

static void saa_conn_timeouts(struct saa_conn *conn, long rcv, long snd)
{
	conn->sock->sk->sk_rcvtimeo = rcv;
	conn->sock->sk->sk_sndtimeo = snd;
}

static int saa_handshake_connector(struct saa_sync *sync,
				   const struct saa_keys *keys)
{
	struct saa_conn *conn = &sync->out;
	struct saa_sync_hello mine, theirs;
	const u8 *key;
	int err;

	saa_hello_init(sync, &mine, SAA_SYNC_CONNECTOR);
	err = saa_auth_key_id(keys->key, mine.key_id) ?:
	      saa_conn_all(conn, true, &mine, sizeof(mine)) ?:
	      saa_conn_all(conn, false, &theirs, sizeof(theirs)) ?:
	      saa_hello_check(sync, conn, &theirs, SAA_SYNC_LISTENER);
	if (err)
		return err;
	key = saa_key_by_id(keys, theirs.key_id);
	if (!key) {
		saa_sync_error(sync, conn, "the partner does not know our key");
		return -EKEYREJECTED;
	}
	err = saa_auth_derive(key, &mine, &theirs, conn->key_out,
			      conn->key_in) ?:
	      saa_conn_prove(sync, conn);
	if (!err)
		saa_table_meet(sync, ntohl(theirs.epoch));
	return err;
}

static int saa_handshake_listener(struct saa_sync *sync,
				  const struct saa_keys *keys)
{
	struct saa_conn *conn = &sync->in;
	struct saa_sync_hello mine, theirs;
	const u8 *key = NULL;
	int err, bad;

	err = saa_conn_all(conn, false, &theirs, sizeof(theirs));
	if (err)
		return err;
	/* An answer to whatever it was tells the other end what is wrong. */
	bad = saa_hello_check(sync, conn, &theirs, SAA_SYNC_CONNECTOR);
	if (bad == -EPROTO)
		return bad;
	saa_hello_init(sync, &mine, SAA_SYNC_LISTENER);
	if (!bad)
		key = saa_key_by_id(keys, theirs.key_id);
	if (key)
		memcpy(mine.key_id, theirs.key_id, sizeof(mine.key_id));
	err = saa_conn_all(conn, true, &mine, sizeof(mine));
	if (err || bad)
		return err ?: bad;
	if (!key) {
		saa_sync_error(sync, conn, "the partner's key is another one");
		return -EKEYREJECTED;
	}
	err = saa_auth_derive(key, &theirs, &mine, conn->key_in,
			      conn->key_out) ?:
	      saa_conn_prove(sync, conn);
	if (!err)
		saa_table_meet(sync, ntohl(theirs.epoch));
	return err;
}

/* How long the other end may be silent now, in milliseconds. Not longer than what
 * was configured when the partner, it seems, has given up this connection.
 */
static u32 saa_conn_patience(const struct saa_sync *sync,
			     const struct saa_conn *conn)
{
	u32 settled = conn == &sync->out ? SAA_SYNC_STATUS_SENT :
					   SAA_SYNC_STATUS_HELD;
	u32 timeout = READ_ONCE(sync->spec.timeout);

	if (READ_ONCE(sync->status) & settled)
		return timeout;
	if (conn == &sync->in && sync->next)
		return timeout;
	return min_t(u32, timeout << conn->slow, SAA_SILENCE_MAX);
}

static int saa_conn_silent(struct saa_sync *sync, struct saa_conn *conn, u32 ms)
{
	/* Who has not proved that it is the partner has a handshake's patience. */
	if (conn->slow < (conn->proved ? SAA_SLOW_MAX : 2))
		conn->slow++;
	saa_sync_error(sync, conn, "the partner was silent for %u ms", ms);
	return -ETIME;
}

/**
 * saa_conn_check() - has the other end been silent for too long?
 * @sync: whose
 * @conn: the connection
 *
 * Until all is in sync it may be silent for longer each time that this has ended
 * a connection: who is slow is not kept from ever getting there.
 *
 * Return: 0, or -ETIME, with the error told.
 */
int saa_conn_check(struct saa_sync *sync, struct saa_conn *conn)
{
	u32 ms;

	if (conn == &sync->in && saa_conn_has_next(sync))
		saa_conn_next(sync, O_NONBLOCK);
	ms = saa_conn_patience(sync, conn);
	conn->sock->sk->sk_sndtimeo = msecs_to_jiffies(ms);
	if (time_before_eq(jiffies, conn->heard + msecs_to_jiffies(ms)))
		return 0;
	return saa_conn_silent(sync, conn, ms);
}

/**
 * saa_conn_broke() - a connection that was in use has ended
 * @sync: whose
 * @conn: the connection, still with its socket
 * @err: why
 *
 * Tells of it, unless that was done. A partner that takes nothing for too long
 * is silent, too.
 */
void saa_conn_broke(struct saa_sync *sync, struct saa_conn *conn, int err)
{
	switch (err) {
	case 0:
	case -ETIME:
	case -ENOENT:
		break;
	case -ETIMEDOUT:
		saa_conn_silent(sync, conn, saa_conn_patience(sync, conn));
		break;
	case -EINPROGRESS:
		saa_sync_error(sync, conn,
			       "a frame of the partner took longer than %u ms",
			       SAA_SILENCE_MAX);
		break;
	default:
		saa_sync_error(sync, conn,
			       "the connection %s the partner broke: %pe",
			       conn == &sync->out ? "to" : "of", ERR_PTR(err));
	}
}

/* All is in sync that goes by this connection. */
void saa_conn_settled(struct saa_sync *sync, struct saa_conn *conn)
{
	if (conn->slow)
		conn->slow--;
	saa_sync_error(sync, conn, "%s", "");
}

static void saa_handshake_failed(struct saa_sync *sync, struct saa_conn *conn,
				 long patience, int err)
{
	saa_conn_close(conn);
	switch (err) {
	case -EPROTO:
	case -EPROTONOSUPPORT:
	case -EKEYREJECTED:
		break;		/* has been told */
	case -ETIMEDOUT:
		saa_conn_silent(sync, conn, jiffies_to_msecs(patience));
		break;
	default:
		saa_sync_error(sync, conn,
			       "the handshake with the partner failed: %pe",
			       ERR_PTR(err));
	}
}

/* The handshake of a connection that has its socket. */
static int saa_handshake(struct saa_sync *sync, struct saa_conn *conn)
{
	long patience = min(SAA_HANDSHAKE_TIME << conn->slow, SAA_HANDSHAKE_MAX);
	struct saa_keys keys;
	int err;

	conn->deadline = jiffies + patience;
	saa_conn_timeouts(conn, patience, patience);
	saa_keys_get(sync, &keys);
	if (conn == &sync->out)
		err = saa_handshake_connector(sync, &keys);
	else
		err = saa_handshake_listener(sync, &keys);
	memzero_explicit(&keys, sizeof(keys));
	if (err) {
		saa_handshake_failed(sync, conn, patience, err);
		return err;
	}
	conn->heard = jiffies;
	saa_conn_timeouts(conn, HZ / 4,
			  msecs_to_jiffies(saa_conn_patience(sync, conn)));
	if (!conn->slow)	/* what went wrong before is over */
		saa_sync_error(sync, conn, "%s", "");
	saa_sync_inc(sync, SAA_SYNC_C_CONNECTS);
	return 0;
}

/**
 * saa_conn_accept() - wait for the partner to connect
 * @sync: whose listener
 *
 * Return: 0 with a proved connection at sync->in; -EAGAIN when nobody came for
 * a while; another negative error.
 */
int saa_conn_accept(struct saa_sync *sync)
{
	struct socket *sock;
	int err;

	err = saa_conn_next(sync, 0);
	if (err)
		return err;
	sock = sync->next;
	sync->next = NULL;
	sock_no_linger(sock->sk);
	err = saa_conn_set(&sync->in, sock);
	if (err)
		return err;
	tcp_sock_set_nodelay(sock->sk);
	err = saa_handshake(sync, &sync->in);
	if (err)
		saa_sync_inc(sync, SAA_SYNC_C_REFUSED_PEER);
	return err;
}

/**
 * saa_conn_connect() - connect to the partner
 * @sync: who connects
 *
 * Return: 0 with a proved connection at sync->out, or a negative error.
 */
int saa_conn_connect(struct saa_sync *sync)
{
	const struct saa_sync_spec *spec = &sync->spec;
	struct sockaddr_storage ss;
	struct socket *sock;
	int err, len;

	sock = saa_conn_socket(sync, 0);
	if (IS_ERR(sock)) {
		saa_sync_error(sync, &sync->out,
			       "cannot use the local address: %pe", sock);
		return PTR_ERR(sock);
	}
	sock->sk->sk_sndtimeo = SAA_HANDSHAKE_TIME;
	err = saa_conn_set(&sync->out, sock);
	if (err)
		return err;
	tcp_sock_set_nodelay(sock->sk);
	len = saa_conn_addr(&ss, spec->family, &spec->remote, spec->port);
	err = kernel_connect(sock, (void *)&ss, len, 0);
	if (err) {
		saa_sync_error(sync, &sync->out,
			       "cannot connect to the partner: %pe",
			       ERR_PTR(err == -EINPROGRESS ? -ETIMEDOUT : err));
		saa_conn_close(&sync->out);
		return err;
	}
	return saa_handshake(sync, &sync->out);
}

/**
 * saa_conn_send() - seal and send a frame
 * @conn: the connection
 * @type: enum saa_sync_type
 * @count: records
 * @arg: depends on @type
 * @len: bytes at saa_conn_payload()
 *
 * Return: the frame's bytes, or a negative error after which the connection is
 * of no use.
 */
int saa_conn_send(struct saa_conn *conn, u8 type, u16 count, u32 arg,
		  unsigned int len)
{
	struct saa_sync_frame *frame = (void *)conn->out + SAA_CONN_FRAME;
	struct saa_sync_head *head = (void *)(frame + 1);
	unsigned int plain = sizeof(*head) + len;
	unsigned int sealed = plain + SAA_SYNC_TAG_LEN;
	int err;

	head->type = type;
	head->pad = 0;
	head->count = htons(count);
	head->arg = htonl(arg);
	frame->len = htonl(sealed);
	chacha20poly1305_encrypt((u8 *)head, (u8 *)head, plain, (u8 *)frame,
				 sizeof(*frame), conn->n_out++, conn->key_out);
	err = saa_conn_all(conn, true, frame, sizeof(*frame) + sealed);
	return err ?: sizeof(*frame) + sealed;
}

/* Receives until @want bytes of the frame are there. */
static int saa_conn_fill(struct saa_conn *conn, u32 want, int flags)
{
	if (conn->proved && !conn->got)
		conn->deadline = jiffies + msecs_to_jiffies(SAA_SILENCE_MAX);
	while (conn->got < want) {
		struct msghdr msg = {};
		struct kvec vec = {
			.iov_base = conn->in + SAA_CONN_FRAME + conn->got,
			.iov_len = want - conn->got,
		};
		int n;

		n = kernel_recvmsg(conn->sock, &msg, &vec, 1, vec.iov_len,
				   flags);
		if (n <= 0)
			return n ?: -ECONNRESET;
		conn->got += n;
		conn->heard = jiffies;
		if (conn->got == want)
			break;
		/* It may trickle in, but not for ever. */
		if (time_after(jiffies, conn->deadline))
			return conn->proved ? -EINPROGRESS : -ETIMEDOUT;
		if (conn->proved && !(flags & MSG_DONTWAIT))
			return -EAGAIN;	/* there is more to do meanwhile */
	}
	return 0;
}

/**
 * saa_conn_recv() - receive and open a frame
 * @conn: the connection
 * @head: filled with the frame's head, which what it says follows
 * @flags: 0 or MSG_DONTWAIT
 *
 * Return: bytes after the head; -EAGAIN while the frame is not all there;
 * -EBADMSG if the partner did not seal it; another negative error.
 */
int saa_conn_recv(struct saa_conn *conn, const struct saa_sync_head **head,
		  int flags)
{
	struct saa_sync_frame *frame = (void *)conn->in + SAA_CONN_FRAME;
	u32 max = conn->proved ? SAA_SYNC_SEALED_MAX :
				 sizeof(**head) + SAA_SYNC_TAG_LEN;
	u8 *sealed = conn->in + SAA_CONN_HEAD;
	u32 len;
	int err;

	err = saa_conn_fill(conn, sizeof(*frame), flags);
	if (err)
		return err;
	len = ntohl(frame->len);
	if (len < sizeof(**head) + SAA_SYNC_TAG_LEN || len > max)
		return -EBADMSG;
	err = saa_conn_fill(conn, sizeof(*frame) + len, flags);
	if (err)
		return err;
	conn->got = 0;
	if (!chacha20poly1305_decrypt(sealed, sealed, len, (u8 *)frame,
				      sizeof(*frame), conn->n_in++,
				      conn->key_in))
		return -EBADMSG;
	*head = (struct saa_sync_head *)sealed;
	return len - SAA_SYNC_TAG_LEN - sizeof(**head);
}
