/* Before libre: what it cannot decode it prints on stderr and drops. We look
 * first, so that the sender gets a 400, a counter counts, and nothing is
 * printed.
 *
 * Where libre is ours it does not decode again what we have decoded.
 *
 * libre hides its sockets, but each message names the one it came in on: at
 * the start we send ourselves a request with a random Call-ID, and take the
 * socket from it. */
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <sip/limit.h>

enum {
	KEEPALIVE_MAX = 4,
	DRAIN_MAX = 256, /* datagrams in one turn */
};

/* What the guard has decoded, from start on, for libre, which is next. */
static _Thread_local struct {
	struct sip_msg *msg;
	size_t start, end, after;
} decoded;

static void decoded_drop(void)
{
	decoded.msg = mem_deref(decoded.msg);
}

/* Takes the reference. */
static void decoded_keep(struct sip_msg *msg, size_t start)
{
	decoded_drop();
#ifdef USHER_LIBRE_PRIVATE
	decoded.msg = msg;
	decoded.start = start;
	decoded.end = msg->mb->end;
	decoded.after = msg->mb->pos;
#else
	(void)start;
	mem_deref(msg);
#endif
}

struct sip_msg *usher__guard_decoded(struct mbuf *mb)
{
	struct sip_msg *msg = decoded.msg;

	if (!msg || msg->mb != mb || mb->pos != decoded.start ||
	    mb->end != decoded.end)
		return NULL;
	mb->pos = decoded.after;
	decoded.msg = NULL;
	return msg;
}

struct mbuf *usher__guard_refuse(struct usher__ua *ua, const struct mbuf *in)
{
	struct mbuf *mb = mbuf_alloc(mbuf_get_left(in) + 128);

	ua->n.malformed++;
	usher__ua_note(ua, USHER__NOTE_MALFORMED, USHER__LOG_WARNING,
		       "dropped: not a SIP message");
	if (!mb)
		return NULL;
	mb->end = usher__guard_refusal((char *)mb->buf, mb->size,
				       (const char *)mbuf_buf(in),
				       mbuf_get_left(in));
	return mb->end ? mb : mem_deref(mb);
}

/* ---- before libre ---- */

struct guard {
	struct usher__ua *ua;
	struct udp_sock *sock;
	struct usher__intake *intake; /* NULL: libre reads itself */
};

static void guard_destructor(void *arg)
{
	struct guard *guard = arg;

	mem_deref(guard->intake);
}

/* What else waits of the banned: read past, without a turn of the loop and a
 * buffer for each, so that others need not wait behind a flood. */
static void drain(struct usher__ua *ua, int fd)
{
	struct sa src;
	uint8_t byte;
	unsigned i;

	for (i = 0; i < DRAIN_MAX; i++) {
		sa_init(&src, AF_UNSPEC);
		if (recvfrom(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT, &src.u.sa,
			     &src.len) < 0 ||
		    !usher__limit_banned(ua, &src))
			return;
		(void)recv(fd, &byte, 1, MSG_DONTWAIT);
	}
}

static bool guard_handler(struct sa *src, struct mbuf *mb, void *arg)
{
	struct guard *guard = arg;
	struct sip_msg *msg;
	struct mbuf *refusal;
	size_t pos = mb->pos;
	int fd = udp_sock_fd(guard->sock, sa_af(src));
	int err;

	decoded_drop();
	if (usher__limit_banned(guard->ua, src)) {
		drain(guard->ua, fd);
		return true;
	}
	if (!guard->intake && guard->ua->limit && guard->ua->limit->overload)
		usher__overload_datagram(guard->ua->limit->overload, fd);
	/* Keep-alives of RFC 5626; and STUN, whose types are below 0x400. */
	if (mbuf_get_left(mb) <= KEEPALIVE_MAX || mb->buf[pos] < 0x04)
		return false;
	err = mbuf_get_left(mb) > USHER__UA_MAX_MESSAGE ? EMSGSIZE : 0;
	if (!err)
		err = sip_msg_decode(&msg, mb);
	if (!err) {
		/* RFC 3261, 18.3: a response that was cut is none. */
		if (!usher__response_ok(msg) ||
		    (!msg->req && pl_isset(&msg->clen) &&
		     pl_u32(&msg->clen) > mbuf_get_left(mb)))
			err = EMSGSIZE;
		/* In the bytes that msg points into, too. */
		if (msg->req)
			usher__guard_maddr(msg);
#ifndef USHER_LIBRE_PRIVATE
		usher__reason_keep(msg); /* else wrap.c has */
#endif
		if (err)
			mem_deref(msg);
		else
			decoded_keep(msg, pos);
	}
	mb->pos = pos;
	if (!err || (err != EMSGSIZE && usher__guard_mend(mb)))
		return false;
	usher__limit_offend(guard->ua, src, USHER__OFFENCE_MALFORMED,
			    USHER__OFFENCE_POINTS);
	refusal = usher__guard_refuse(guard->ua, mb);
	if (refusal)
		(void)udp_send(guard->sock, src, refusal);
	mem_deref(refusal);
	return true;
}

static bool send_handler(int *err, struct sa *dst, struct mbuf *mb, void *arg)
{
	(void)err;
	(void)dst;
	(void)mb;
	(void)arg;
	return false;
}

static int probe(struct usher__ua *ua, const struct sa *local)
{
	struct sa to = *local;
	char text[512];
	int fd, n;

	if (sa_is_any(local))
		(void)sa_set_str(&to,
				 sa_af(&to) == AF_INET6 ? "::1" : "127.0.0.1",
				 sa_port(local));
	n = re_snprintf(text, sizeof(text),
			"OPTIONS sip:%J SIP/2.0\r\n"
			"Via: SIP/2.0/UDP %J;branch=z9hG4bK%s\r\n"
			"From: <sip:%J>;tag=%s\r\nTo: <sip:%J>\r\n"
			"Call-ID: %s\r\nCSeq: 1 OPTIONS\r\n"
			"Content-Length: 0\r\n\r\n",
			&to, &to, ua->probe, &to, ua->probe, &to, ua->probe);
	fd = socket(sa_af(&to), SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || n < 0)
		return USHER_EIO;
	n = (int)sendto(fd, text, (size_t)n, 0, &to.u.sa, to.len);
	close(fd);
	return n < 0 ? USHER_EIO : 0;
}

int usher__guard_probe(struct usher__ua *ua)
{
	int err;

	if (!ua->udp)
		return 0;
	(void)re_snprintf(ua->probe, sizeof(ua->probe), "%016llx", rand_u64());
	err = probe(ua, &ua->local);
	if (!err && sa_isset(&ua->second, SA_ADDR))
		err = probe(ua, &ua->second);
	return err;
}

void usher__guard_free(struct usher__ua *ua)
{
	while (ua->guard_count--) {
		mem_deref(ua->guards[ua->guard_count]);
		mem_deref(ua->guard_args[ua->guard_count]);
	}
	ua->guard_count = 0;
	decoded_drop();
}

bool usher__guard_found(struct usher__ua *ua, const struct sip_msg *msg)
{
	struct guard *guard;

	if (!ua->probe[0] || pl_strcmp(&msg->callid, ua->probe) ||
	    msg->tp != SIP_TRANSP_UDP)
		return false;
	if (ua->guard_count ||
	    !sa_isset(&ua->second, SA_ADDR)) /* the last one */
		ua->probe[0] = '\0';
	if (ua->guard_count >= USHER__SIP_SOCKETS)
		return true;
	guard = mem_zalloc(sizeof(*guard), guard_destructor);
	if (!guard)
		return true;
	guard->ua = ua;
	guard->sock = msg->sock;
	(void)udp_sockbuf_set(msg->sock, USHER__SIP_RCVBUF);
	udp_rxsz_set(msg->sock, USHER__UA_MAX_MESSAGE + 1);
	if (udp_register_helper(&ua->guards[ua->guard_count], msg->sock, 0,
				send_handler, guard_handler, guard)) {
		mem_deref(guard);
		return true;
	}
	ua->guard_args[ua->guard_count++] = guard;
	/* Who has no limits lets everybody in as they come. */
	if (ua->limit)
		(void)usher__intake_new(
			&guard->intake, ua, msg->sock,
			udp_sock_fd(msg->sock, sa_af(&msg->src)));
	return true;
}
