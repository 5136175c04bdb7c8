/* Calls of libre's that the linker sends here instead (--wrap), where libre
 * is linked in privately.
 *
 * It opens its descriptors without close-on-exec, and most of them it hides:
 * this way none of ours survives fork and exec, even when another thread of
 * the host does that at this very moment. And it takes every connection that
 * comes: tcp.c decides first. Whom it meets over TLS it does not look at:
 * tls.c does. What guard.c has decoded is not decoded again. Datagrams are
 * read by intake.c, and handed to it in another order than they came. Its
 * CANCELs say why where elsewhere.c knows that. What it sends over connections
 * sent.c keeps an eye on.
 *
 * Each of a call's messages takes random numbers, and OpenSSL's generator has
 * as much to do for one as for many: a thread takes many at a time, and
 * forgets each as it hands it out. */
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <sip/limit.h>

int __wrap_socket(int domain, int type, int protocol);
int __wrap_listen(int fd, int backlog);
int __wrap_accept(int fd, struct sockaddr *addr, socklen_t *len);
int __wrap_epoll_create(int size);
int __wrap_tcp_accept(struct tcp_conn **ret, struct tcp_sock *sock,
		      tcp_estab_h *estab, tcp_recv_h *recv, tcp_close_h *close,
		      void *arg);
int __wrap_tcp_connect(struct tcp_conn **ret, const struct sa *peer,
		       tcp_estab_h *estab, tcp_recv_h *recv,
		       tcp_close_h *close, void *arg);
int __wrap_tls_start_tcp(struct tls_conn **ret, struct tls *tls,
			 struct tcp_conn *tc, int layer);
int __wrap_fd_listen(int fd, int flags, fd_h *fh, void *arg);
ssize_t __wrap_recvfrom(int fd, void *buf, size_t size, int flags,
			struct sockaddr *src, socklen_t *len);
void __wrap_fd_close(int fd);
int __wrap_sip_msg_decode(struct sip_msg **ret, struct mbuf *mb);
int __wrap_udp_send(struct udp_sock *sock, const struct sa *dst,
		    struct mbuf *mb);
int __wrap_tcp_send(struct tcp_conn *conn, struct mbuf *mb);
int __wrap_sip_transp_send(struct sip_connqent **qentp, struct sip *sip,
			   void *sock, enum sip_transp tp,
			   const struct sa *dst, struct mbuf *mb,
			   void (*transph)(int err, void *arg), void *arg);
uint32_t __wrap_rand_u32(void);
uint64_t __wrap_rand_u64(void);

int __real_socket(int domain, int type, int protocol);
int __real_listen(int fd, int backlog);
int __real_tcp_accept(struct tcp_conn **ret, struct tcp_sock *sock,
		      tcp_estab_h *estab, tcp_recv_h *recv, tcp_close_h *close,
		      void *arg);
int __real_tcp_connect(struct tcp_conn **ret, const struct sa *peer,
		       tcp_estab_h *estab, tcp_recv_h *recv,
		       tcp_close_h *close, void *arg);
int __real_tls_start_tcp(struct tls_conn **ret, struct tls *tls,
			 struct tcp_conn *tc, int layer);
int __real_fd_listen(int fd, int flags, fd_h *fh, void *arg);
ssize_t __real_recvfrom(int fd, void *buf, size_t size, int flags,
			struct sockaddr *src, socklen_t *len);
void __real_fd_close(int fd);
int __real_sip_msg_decode(struct sip_msg **ret, struct mbuf *mb);
int __real_udp_send(struct udp_sock *sock, const struct sa *dst,
		    struct mbuf *mb);
int __real_tcp_send(struct tcp_conn *conn, struct mbuf *mb);
int __real_sip_transp_send(struct sip_connqent **qentp, struct sip *sip,
			   void *sock, enum sip_transp tp,
			   const struct sa *dst, struct mbuf *mb,
			   void (*transph)(int err, void *arg), void *arg);

/* An address of one family is of that one alone, lest IPv4 peers show up with
 * addresses that no trunk's source and no SDP fits. */
int __wrap_socket(int domain, int type, int protocol)
{
	int fd = __real_socket(domain, type | SOCK_CLOEXEC, protocol);
	int on = 1;

	if (fd >= 0 && domain == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on,
				 sizeof(on));
	return fd;
}

/* libre asks for five places: all phones of a house may be back at once. */
int __wrap_listen(int fd, int backlog)
{
	(void)backlog;
	return __real_listen(fd, USHER__SIP_BACKLOG);
}

int __wrap_accept(int fd, struct sockaddr *addr, socklen_t *len)
{
	return usher__tcp_accept(fd, addr, len);
}

int __wrap_epoll_create(int size)
{
	(void)size;
	return epoll_create1(EPOLL_CLOEXEC);
}

int __wrap_tcp_accept(struct tcp_conn **ret, struct tcp_sock *sock,
		      tcp_estab_h *estab, tcp_recv_h *recv, tcp_close_h *close,
		      void *arg)
{
	int err = __real_tcp_accept(ret, sock, estab, recv, close, arg);

	if (!err)
		usher__tcp_accepted(*ret, sock);
	return err;
}

/* Where this thread is connecting to: libre starts TLS in the same breath,
 * and as long as it is not connected nothing else says where. */
static _Thread_local struct {
	const struct tcp_conn *tc;
	struct sa peer;
} connecting;

int __wrap_tcp_connect(struct tcp_conn **ret, const struct sa *peer,
		       tcp_estab_h *estab, tcp_recv_h *recv,
		       tcp_close_h *close, void *arg)
{
	int err = __real_tcp_connect(ret, peer, estab, recv, close, arg);

	if (!err) {
		connecting.tc = *ret;
		connecting.peer = *peer;
	}
	return err;
}

int __wrap_tls_start_tcp(struct tls_conn **ret, struct tls *tls,
			 struct tcp_conn *tc, int layer)
{
	bool outbound = connecting.tc == tc;
	struct sa peer = connecting.peer;
	int err;

	connecting.tc = NULL;
	if (!outbound) {
		err = tcp_conn_peer_get(tc, &peer);
		if (err)
			return err;
	}
	err = __real_tls_start_tcp(ret, tls, tc, layer);
	if (err)
		return err;
	err = usher__tls_begin(tls, *ret, tcp_conn_fd(tc), &peer, outbound);
	if (err)
		*ret = mem_deref(*ret);
	return err;
}

int __wrap_fd_listen(int fd, int flags, fd_h *fh, void *arg)
{
	usher__intake_listen(fd, &fh, &arg);
	usher__listener_seen(fd, flags, fh, arg);
	return __real_fd_listen(fd, flags, fh, arg);
}

ssize_t __wrap_recvfrom(int fd, void *buf, size_t size, int flags,
			struct sockaddr *src, socklen_t *len)
{
	ssize_t n;

	return usher__intake_given(fd, buf, size, src, len, &n)
		       ? n
		       : __real_recvfrom(fd, buf, size, flags, src, len);
}

void __wrap_fd_close(int fd)
{
	__real_fd_close(fd);
	usher__tcp_closed(fd);
	usher__tls_closed(fd);
	usher__listener_closed(fd);
	usher__sent_closed(fd);
}

int __wrap_sip_msg_decode(struct sip_msg **ret, struct mbuf *mb)
{
	struct sip_msg *msg = usher__guard_decoded(mb);

	int err;

	if (msg) {
		*ret = msg;
		return 0;
	}
	err = __real_sip_msg_decode(ret, mb);
	if (!err) {
		usher__reason_keep(*ret);
		usher__sent_heard(*ret);
	}
	return err;
}

int __wrap_udp_send(struct udp_sock *sock, const struct sa *dst,
		    struct mbuf *mb)
{
	struct mbuf *explained = usher__cancel_explained(mb);
	int err = __real_udp_send(sock, dst, explained ? explained : mb);

	mem_deref(explained);
	return err;
}

int __wrap_tcp_send(struct tcp_conn *conn, struct mbuf *mb)
{
	struct mbuf *explained = usher__cancel_explained(mb);
	int err;

	usher__sent_leaves(conn, mb);
	err = __real_tcp_send(conn, explained ? explained : mb);
	mem_deref(explained);
	return err;
}

/* Later ones write a request as its connection is made: an end is found out by
 * their timer there. */
#if USHER_LIBRE_VERSION < 0x020000
static int transp_send(struct sip_connqent **qentp,
		       const struct usher__sending *how,
		       void (*transph)(int err, void *arg), void *arg)
{
	return __real_sip_transp_send(qentp, how->sip, NULL, how->tp,
				      &how->dst, how->mb, transph, arg);
}

int __wrap_sip_transp_send(struct sip_connqent **qentp, struct sip *sip,
			   void *sock, enum sip_transp tp,
			   const struct sa *dst, struct mbuf *mb,
			   void (*transph)(int err, void *arg), void *arg)
{
	struct usher__sending how = {.send = transp_send,
				     .sip = sip,
				     .tp = tp,
				     .mb = mb,
				     .transph = transph,
				     .arg = arg};

	if (!qentp || sock || !transph ||
	    (tp != SIP_TRANSP_TCP && tp != SIP_TRANSP_TLS))
		return __real_sip_transp_send(qentp, sip, sock, tp, dst, mb,
					      transph, arg);
	how.dst = *dst;
	return usher__sent_begin(qentp, &how);
}
#endif

#define POOL 512 /* bytes */

static _Thread_local struct {
	uint8_t bytes[POOL];
	size_t left;
} pool;

static void take_random(void *ret, size_t n)
{
	if (pool.left < n) {
		rand_bytes(pool.bytes, sizeof(pool.bytes));
		pool.left = sizeof(pool.bytes);
	}
	pool.left -= n;
	memcpy(ret, pool.bytes + pool.left, n);
	memset(pool.bytes + pool.left, 0, n);
}

uint32_t __wrap_rand_u32(void)
{
	uint32_t number;

	take_random(&number, sizeof(number));
	return number;
}

uint64_t __wrap_rand_u64(void)
{
	uint64_t number;

	take_random(&number, sizeof(number));
	return number;
}
