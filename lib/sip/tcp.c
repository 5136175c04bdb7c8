/* Connections on TCP, with TLS or without, that others have opened to us.
 *
 *   accepted --whole message--> heard --digest, trunk, open agent--> known
 *      | nothing whole in tcp_silent_ms                                 |
 *      +--> closing <-- cannot be decoded, pushed out by a newer one    |
 *              |                                                        |
 *              +--> gone <------- closed by the peer or by libre -------+
 *
 * Whoever has shown that it may be here stays; all others are strangers. There
 * are few places for strangers, when these become scarce fewer for those of
 * one source (a house full of phones is back at once), and a new one takes the
 * place of the oldest, of one that said nothing first, lest phones that answer
 * a challenge lose to those who only connect. So many silent connections push
 * out each other and neither a phone that is registered nor the descriptors of
 * media.
 *
 * libre's stream of bytes is cut here first, so that it sees whole messages:
 * what it would drop with the connection gets a 400, a counter and a line. We
 * close by shutdown(), and libre ends the connection as if the peer had. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <sip/cut.h>
#include <sip/limit.h>

enum {
	HASH = 1024,
	TOTAL_PART = 2,     /* of the process's descriptors, for all */
	STRANGERS_PART = 8, /* and for strangers */
	SCARCE_PART = 2,    /* of the strangers' places: scarce when taken */
	ABOVE_TLS = 1,      /* libre's TLS is at layer 0 */
};

struct usher__tcp {
	struct le le; /* in the thread's list */
	struct usher__ua *ua;
	struct hash *by_fd, *by_source;
	struct list strangers, known; /* oldest first */
	unsigned max, max_strangers;
	int reserve; /* given up to take and close a connection, or -1 */
	bool seen;   /* connections are told of: libre is our own */
};

struct stream {
	struct le le, he_fd, he_source;
	struct usher__tcp *all;
	struct tcp_conn *tc; /* libre's; it tells us before it goes */
	struct sa peer;
	struct usher__address source; /* whose the limits say that it is */
	struct tmr tmr;
	struct mbuf *begun;    /* a message that is not whole yet … */
	struct usher__cut cut; /* … and what is known of it */
	struct mbuf *refusal;  /* to be sent before it is closed */
	int64_t heard_us;      /* its first whole message, or 0 */
	int fd;
	bool known, closing;
};

/* Those of the agents on this loop. */
static _Thread_local struct list here;

static void stream_destructor(void *arg)
{
	struct stream *stream = arg;

	tmr_cancel(&stream->tmr);
	list_unlink(&stream->le);
	hash_unlink(&stream->he_fd);
	hash_unlink(&stream->he_source);
	mem_deref(stream->begun);
	mem_deref(stream->refusal);
	if (stream->all)
		stream->all->ua->n.streams_now--;
}

static void streams_destructor(void *arg)
{
	struct usher__tcp *all = arg;

	list_unlink(&all->le);
	list_flush(&all->strangers);
	list_flush(&all->known);
	mem_deref(all->by_fd);
	mem_deref(all->by_source);
	if (all->reserve >= 0)
		close(all->reserve);
}

static int open_reserve(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

int usher__tcp_new(struct usher__tcp **ret, struct usher__ua *ua)
{
	struct usher__tcp *all;
	struct rlimit files;

	all = mem_zalloc(sizeof(*all), streams_destructor);
	if (!all)
		return USHER_ENOMEM;
	all->ua = ua;
	all->reserve = open_reserve();
	all->max = USHER__UA_MAX_TCP;
	all->max_strangers = USHER__UA_MAX_TCP_STRANGERS;
	if (!getrlimit(RLIMIT_NOFILE, &files)) {
		if (files.rlim_cur / TOTAL_PART < all->max)
			all->max = (unsigned)(files.rlim_cur / TOTAL_PART);
		if (files.rlim_cur / STRANGERS_PART < all->max_strangers)
			all->max_strangers =
				(unsigned)(files.rlim_cur / STRANGERS_PART);
	}
	list_append(&here, &all->le, all);
	if (hash_alloc(&all->by_fd, HASH) ||
	    hash_alloc(&all->by_source, HASH)) {
		mem_deref(all);
		return USHER_ENOMEM;
	}
	*ret = all;
	return 0;
}

static struct usher__tcp *listening_on(const struct sa *local)
{
	struct le *le;

	for (le = here.head; le; le = le->next) {
		struct usher__tcp *all = le->data;

		if (usher__ua_listens(all->ua, local))
			return all;
	}
	return NULL;
}

/* ---- closing ---- */

static void closing_handler(void *arg)
{
	struct stream *stream = arg;

	if (stream->refusal)
		(void)tcp_send(stream->tc, stream->refusal);
	(void)shutdown(stream->fd, SHUT_RDWR);
}

/* On the next turn: libre may be in the middle of this connection. */
static void begin_closing(struct stream *stream)
{
	if (stream->closing)
		return;
	stream->closing = true;
	list_unlink(&stream->le);
	list_append(&stream->all->known, &stream->le, stream);
	tmr_start(&stream->tmr, 0, closing_handler, stream);
}

static void silent_handler(void *arg)
{
	struct stream *stream = arg;

	stream->all->ua->n.streams_closed++;
	begin_closing(stream);
}

/* ---- accepting ---- */

/* Who is to go: the oldest of those who say nothing, or the oldest. */
struct choice {
	struct stream *oldest, *silent;
};

static uint32_t source_hash(const struct usher__address *address)
{
	return hash_joaat(address->bytes, sizeof(address->bytes));
}

struct source {
	struct usher__address address;
	struct choice choice;
	unsigned count;
};

/* Has it said something, and is there time left to prove who it is? */
static bool proves(const struct stream *stream)
{
	return stream->heard_us &&
	       usher__loop_mono_us() - stream->heard_us <
		       (int64_t)stream->all->ua->tcp_silent_ms * 1000;
}

static void consider(struct choice *choice, struct stream *stream)
{
	if (!choice->oldest)
		choice->oldest = stream;
	if (!choice->silent && !proves(stream))
		choice->silent = stream;
}

static struct stream *chosen(const struct choice *choice)
{
	return choice->silent ? choice->silent : choice->oldest;
}

static bool same_source(struct le *le, void *arg)
{
	struct stream *stream = le->data;
	struct source *source = arg;

	if (stream->known || stream->closing ||
	    memcmp(&stream->source, &source->address, sizeof(source->address)))
		return false;
	source->count++;
	consider(&source->choice, stream);
	return false;
}

/* Make room for one more; false: there is none to be made. */
static bool make_room(struct usher__tcp *all, const struct sa *peer)
{
	struct source source = {.count = 0};
	struct choice any = {NULL, NULL};
	struct stream *victim;
	unsigned strangers = list_count(&all->strangers);
	struct le *le;

	usher__limit_source(peer, &source.address);
	if (strangers >= all->max_strangers / SCARCE_PART)
		(void)hash_lookup(all->by_source, source_hash(&source.address),
				  same_source, &source);
	if (source.count >= USHER__UA_MAX_TCP_SOURCE) {
		victim = chosen(&source.choice);
	} else if (strangers >= all->max_strangers ||
		   all->ua->n.streams_now >= all->max) {
		for (le = all->strangers.head; le && !any.silent;
		     le = le->next)
			consider(&any, le->data);
		victim = chosen(&any);
	} else {
		return true;
	}
	all->ua->n.streams_closed++;
	usher__ua_note(all->ua, USHER__NOTE_STREAM, USHER__LOG_WARNING,
		       "too many connections: %s",
		       victim ? "closed the oldest of a stranger"
			      : "refused one");
	if (victim)
		begin_closing(victim);
	return victim != NULL;
}

/* No descriptor is left: left alone, the loop would be woken for this
 * connection for ever. */
static void take_and_close(struct usher__tcp *all, int fd)
{
	int conn;

	if (all->reserve >= 0)
		close(all->reserve);
	conn = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
	if (conn >= 0) {
		close(conn);
		all->ua->n.streams_closed++;
	}
	all->reserve = open_reserve();
	/* Another thread was faster. */
	if (all->reserve < 0)
		usher__listener_rest(fd);
	usher__ua_note(all->ua, USHER__NOTE_STREAM, USHER__LOG_ERROR,
		       "no descriptor is left: %s",
		       conn >= 0 ? "refused a connection"
				 : "connections wait");
}

int usher__tcp_accept(int fd, struct sockaddr *addr, socklen_t *len)
{
	struct usher__tcp *all = NULL;
	struct sa local, peer;
	int conn, err;

	sa_init(&local, AF_UNSPEC);
	if (here.head && !getsockname(fd, &local.u.sa, &local.len))
		all = listening_on(&local);
	if (all && all->reserve < 0)
		all->reserve = open_reserve();
	conn = accept4(fd, addr, len, SOCK_CLOEXEC);
	if (!all)
		return conn;
	if (conn < 0) {
		err = errno;
		if (err == EMFILE || err == ENFILE)
			take_and_close(all, fd);
		errno = err;
		return -1;
	}
	sa_init(&peer, AF_UNSPEC);
	if (!sa_set_sa(&peer, addr) && usher__limit_connect(all->ua, &peer) &&
	    make_room(all, &peer))
		return conn;
	close(conn);
	errno = ECONNABORTED;
	return -1;
}

/* ---- cutting ---- */

static void refuse_rest(struct stream *stream, const struct mbuf *mb)
{
	struct usher__ua *ua = stream->all->ua;

	usher__limit_offend(ua, &stream->peer, USHER__OFFENCE_MALFORMED,
			    USHER__OFFENCE_POINTS);
	stream->refusal = usher__guard_refuse(ua, mb);
	begin_closing(stream);
}

/* Keep what follows the whole of it, and leave that in mb for libre. */
static int split(struct stream *stream, struct mbuf *all, struct mbuf *mb,
		 size_t whole)
{
	struct mbuf *rest = NULL;
	int err = 0;

	all->pos = 0;
	if (!whole && all == stream->begun)
		return 0;
	if (whole < all->end) {
		rest = mbuf_alloc(all->end - whole);
		if (!rest)
			return ENOMEM;
		err = mbuf_write_mem(rest, all->buf + whole, all->end - whole);
		rest->pos = 0;
	}
	if (!err && all != mb) {
		mb->pos = mb->end = 0;
		err = mbuf_write_mem(mb, all->buf, whole);
	}
	mb->pos = 0;
	mb->end = whole;
	mem_deref(stream->begun);
	stream->begun = rest;
	return err;
}

static void know(struct stream *stream)
{
	if (stream->known || stream->closing)
		return;
	stream->known = true;
	list_unlink(&stream->le);
	list_append(&stream->all->known, &stream->le, stream);
}

/* It has said something. */
static void listen_to(struct stream *stream)
{
	tmr_cancel(&stream->tmr);
	if (!stream->heard_us)
		stream->heard_us = usher__loop_mono_us();
	if (usher__trunk_by_source(stream->all->ua, &stream->peer, NULL))
		know(stream);
}

static bool recv_handler(int *err, struct mbuf *mb, bool *estab, void *arg)
{
	struct stream *stream = arg;
	struct mbuf *all = mb;
	bool heard = false;
	size_t whole = 0;
	int bad;

	(void)estab;
	if (usher__limit_banned(stream->all->ua, &stream->peer))
		begin_closing(stream);
	if (stream->closing)
		return true;
	if (stream->begun) {
		all = stream->begun;
		all->pos = all->end;
		*err = mbuf_write_mem(all, mbuf_buf(mb), mbuf_get_left(mb));
		if (*err)
			return true;
		all->pos = 0;
	}
	bad = usher__cut_messages(&stream->cut, all, &whole, &heard);
	if (heard)
		listen_to(stream);
	if (bad)
		refuse_rest(stream, all);
	*err = split(stream, all, mb, whole);
	return *err || !whole;
}

void usher__tcp_accepted(struct tcp_conn *tc, struct tcp_sock *sock)
{
	struct usher__tcp *all;
	struct stream *stream;
	struct sa local;

	if (tcp_sock_local_get(sock, &local) || !(all = listening_on(&local)))
		return;
	stream = mem_zalloc(sizeof(*stream), stream_destructor);
	if (!stream)
		return;
	tmr_init(&stream->tmr);
	if (tcp_conn_peer_get(tc, &stream->peer) ||
	    tcp_register_helper(NULL, tc, ABOVE_TLS, NULL, NULL, recv_handler,
				stream)) {
		mem_deref(stream);
		return;
	}
	all->ua->n.streams_now++;
	stream->all = all;
	stream->tc = tc;
	stream->fd = tcp_conn_fd(tc);
	all->seen = true;
	/* Of those who ask and do not read the answers. */
	tcp_conn_txqsz_set(tc, USHER__SIP_SEND_QUEUE);
	hash_append(all->by_fd, (uint32_t)stream->fd, &stream->he_fd, stream);
	usher__limit_source(&stream->peer, &stream->source);
	hash_append(all->by_source, source_hash(&stream->source),
		    &stream->he_source, stream);
	list_append(&all->strangers, &stream->le, stream);
	tmr_start(&stream->tmr, all->ua->tcp_silent_ms, silent_handler,
		  stream);
}

static bool fd_is(struct le *le, void *arg)
{
	const struct stream *stream = le->data;

	return stream->fd == *(const int *)arg;
}

void usher__tcp_closed(int fd)
{
	struct le *le;

	for (le = here.head; le; le = le->next) {
		struct usher__tcp *all = le->data;

		mem_deref(list_ledata(
			hash_lookup(all->by_fd, (uint32_t)fd, fd_is, &fd)));
	}
}

static bool peer_is(struct le *le, void *arg)
{
	const struct stream *stream = le->data;

	return sa_cmp(&stream->peer, arg, SA_ALL);
}

static struct stream *find(struct usher__ua *ua, const struct sa *peer)
{
	struct usher__address source;

	usher__limit_source(peer, &source);
	return list_ledata(hash_lookup(ua->streams->by_source,
				       source_hash(&source), peer_is,
				       (void *)peer));
}

void usher__tcp_known(struct usher__ua *ua, const struct sip_msg *msg)
{
	struct stream *stream;

	if (!ua->streams || msg->tp == SIP_TRANSP_UDP)
		return;
	stream = find(ua, &msg->src);
	if (stream)
		know(stream);
}

bool usher__tcp_open(struct usher__ua *ua, const struct sa *peer)
{
	struct stream *stream;

	if (!ua->streams || !ua->streams->seen)
		return true;
	stream = find(ua, peer);
	return stream && !stream->closing;
}
