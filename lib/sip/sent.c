/* Requests of ours on connections, until something is heard of them. libre
 * tells a transaction when a connection could not be made, but not that the
 * one it was sent on is gone: it would wait for its timer.
 *
 *   QUEUED --connected--> SENT --any response--> HEARD
 *     |                    | the connection ends, or is found dead
 *     |                    +--> LOST --a kept one, the first time--> QUEUED
 *     |                          |
 *     +--cannot be made----------+--> FAILED, which the transaction is told
 *
 * A kept connection may have been closed by the peer a moment before, so the
 * request goes once more, over a new one: the same bytes, the same branch, so
 * that whoever did receive the first takes the second for a repetition of it
 * (RFC 3261, 17.2.3). A connection that was made for the request gets no
 * second try: who closes that says something. Once heard the answer may come
 * on a connection of the peer's own (18.2.2), and is waited for.
 *
 * The transaction holds us where it would hold libre's entry of a queue, so
 * we end with it. */
#include <assert.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include <sip/impl.h>

enum { HASH = 64 };

enum state { QUEUED, SENT, HEARD, LOST, FAILED };

struct usher__sent {
	struct le le_queued;
	struct le le;         /* while unheard, in its branch's list, … */
	struct le le_unheard; /* … and in the order of sending */
	struct usher__sending how;
	struct sip_connqent *qent; /* libre's, while it is queued there */
	struct pl method, branch;  /* in the message */
	struct usher__ua *ua;      /* over TLS: whose it is, … */
	char *host;                /* … and whom we called there, or NULL */
	struct tmr tmr;
	int64_t begun_us;
	int fd;
	enum state state;
	bool kept; /* the connection was there before */
	bool again;
};

/* Those of this thread. */
static _Thread_local struct {
	struct list queued, unheard, by_branch[HASH];
	struct usher__sent *now; /* what goes where a connection is kept */
} all;

static void leave(struct usher__sent *sent)
{
	list_unlink(&sent->le_queued);
	list_unlink(&sent->le_unheard);
	list_unlink(&sent->le);
}

static struct list *bucket(const struct pl *branch)
{
	return &all.by_branch[hash_joaat_pl(branch) % HASH];
}

/* The only place where the state changes. */
static void become(struct usher__sent *sent, enum state next)
{
	static const unsigned moves[] = {
		[QUEUED] = 1u << SENT | 1u << HEARD | 1u << FAILED,
		[SENT] = 1u << HEARD | 1u << LOST | 1u << FAILED,
		[HEARD] = 0,
		[LOST] = 1u << QUEUED | 1u << HEARD | 1u << FAILED,
		[FAILED] = 0,
	};

	(void)moves; /* without assertions nobody reads them */
	assert(moves[sent->state] & 1u << next);
	sent->state = next;
	if (next != SENT)
		sent->fd = -1;
	if (next != LOST)
		tmr_cancel(&sent->tmr);
	if (next == QUEUED)
		list_append(&all.queued, &sent->le_queued, sent);
	else
		list_unlink(&sent->le_queued);
	if (next == HEARD || next == FAILED)
		leave(sent);
}

static void sent_destructor(void *arg)
{
	struct usher__sent *sent = arg;

	tmr_cancel(&sent->tmr);
	leave(sent);
	mem_deref(sent->qent);
	mem_deref(sent->how.mb);
	mem_deref(sent->host);
}

/* It ends us: the transaction lets go. */
static void fail(struct usher__sent *sent, int err)
{
	become(sent, FAILED);
	sent->how.transph(err, sent->how.arg);
}

static void transport_handler(int err, void *arg)
{
	fail(arg, err);
}

/* Closed, by whomever; not one whose peer just does not read. */
static bool is_dead(int fd)
{
	struct pollfd pfd = {.fd = fd, .events = POLLRDHUP};

	return poll(&pfd, 1, 0) > 0 &&
	       pfd.revents & (POLLRDHUP | POLLHUP | POLLERR);
}

/* Found dead, it is closed by libre at the loop's next turn, not here: libre
 * may be in the middle of what came on it. */
static int send_it(struct usher__sent *sent)
{
	struct usher__sent *before = all.now;
	int err;

	all.now = sent;
	err = sent->how.send(&sent->qent, &sent->how, transport_handler, sent);
	all.now = before;
	if (!err || sent->again || sent->state != SENT || !is_dead(sent->fd))
		return err;
	(void)shutdown(sent->fd, SHUT_RDWR);
	return 0;
}

/* As libre writes it: our Via is the first header. */
static bool parse(struct usher__sent *sent)
{
	static const char via[] = "\r\nVia: ", branch[] = ";branch=";
	const char *text = (const char *)mbuf_buf(sent->how.mb), *p;
	const char *end = text + mbuf_get_left(sent->how.mb);

	p = memchr(text, ' ', (size_t)(end - text));
	if (!p)
		return false;
	sent->method = (struct pl){text, (size_t)(p - text)};
	p = memmem(p, (size_t)(end - p), via, sizeof(via) - 1);
	if (p)
		p = memmem(p, (size_t)(end - p), branch, sizeof(branch) - 1);
	if (!p)
		return false;
	p += sizeof(branch) - 1;
	sent->branch.p = p;
	while (p < end && !strchr("; \t\r\n", *p))
		p++;
	sent->branch.l = (size_t)(p - sent->branch.p);
	return sent->branch.l > 0;
}

int usher__sent_begin(struct sip_connqent **qentp,
		      const struct usher__sending *how)
{
	struct usher__sent *sent = mem_zalloc(sizeof(*sent), sent_destructor);
	int err;

	if (!sent)
		return ENOMEM;
	sent->how = *how;
	sent->how.mb = mem_ref(how->mb);
	sent->fd = -1;
	sent->begun_us = usher__loop_mono_us();
	tmr_init(&sent->tmr);
	if (!parse(sent)) {
		mem_deref(sent);
		return EBADMSG;
	}
	list_append(bucket(&sent->branch), &sent->le, sent);
	list_append(&all.unheard, &sent->le_unheard, sent);
	list_append(&all.queued, &sent->le_queued, sent);
	err = send_it(sent);
	if (err)
		mem_deref(sent);
	else
		*qentp = (struct sip_connqent *)sent;
	return err;
}

void usher__sent_leaves(const struct tcp_conn *tc, const struct mbuf *mb)
{
	struct le *le;

	for (le = all.queued.head; le; le = le->next) {
		struct usher__sent *sent = le->data;

		if (sent->how.mb != mb)
			continue;
		become(sent, SENT);
		sent->fd = tcp_conn_fd(tc);
		sent->kept = sent == all.now;
		if (sent->kept && !sent->again)
			sent->ua = usher__tls_called(sent->fd, &sent->host);
		return;
	}
}

void usher__sent_heard(const struct sip_msg *msg)
{
	struct le *le, *next;

	if (!all.unheard.head || msg->req)
		return;
	for (le = bucket(&msg->via.branch)->head; le; le = next) {
		struct usher__sent *sent = le->data;

		next = le->next;
		if (!pl_cmp(&sent->branch, &msg->via.branch) &&
		    !pl_cmp(&sent->method, &msg->cseq.met))
			become(sent, HEARD);
	}
}

/* What waited for long is wanted no more: whoever sent it has moved on. */
static bool may_again(const struct usher__sent *sent)
{
	return sent->kept && !sent->again &&
	       usher__loop_mono_us() - sent->begun_us <
		       (int64_t)USHER__SIP_AGAIN_MS * 1000;
}

/* Who is there this time has to be the same (tls.c). */
static int expect(const struct usher__sent *sent)
{
	struct pl host;
	struct sa addr;

	if (!sent->ua || !sent->host || !sa_set_str(&addr, sent->host, 0))
		return 0;
	pl_set_str(&host, sent->host);
	return usher__tls_expect(sent->ua, &sent->how.dst, &host);
}

/* Now libre has forgotten that connection. */
static void lost_handler(void *arg)
{
	struct usher__sent *sent = arg;
	int err = ECONNRESET;

	if (may_again(sent)) {
		sent->again = true;
		sent->how.mb->pos = 0;
		become(sent, QUEUED);
		err = expect(sent);
		if (!err)
			err = send_it(sent);
	}
	if (err)
		fail(sent, err);
}

void usher__sent_closed(int fd)
{
	struct le *le;

	for (le = all.unheard.head; le; le = le->next) {
		struct usher__sent *sent = le->data;

		if (sent->state != SENT || sent->fd != fd)
			continue;
		become(sent, LOST);
		tmr_start(&sent->tmr, 0, lost_handler, sent);
	}
}
