/* Before libre: what it cannot decode it prints on stderr and drops. We look
 * first, so that the sender gets a 400, a counter counts, and nothing is
 * printed.
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
	HEADERS = 5,
	DRAIN_MAX = 256, /* datagrams in one turn */
};

/* A line of a header that a response must repeat. */
struct line {
	const char *p;
	size_t len;
};

static const struct {
	const char *name, *compact;
} wanted[HEADERS] = {
	{"Via", "v"},     {"From", "f"}, {"To", "t"},
	{"Call-ID", "i"}, {"CSeq", "-"},
};

static bool named(const struct line *line, const char *name)
{
	size_t n = strlen(name);

	if (line->len <= n || strncasecmp(line->p, name, n))
		return false;
	while (n < line->len && (line->p[n] == ' ' || line->p[n] == '\t'))
		n++;
	return n < line->len && line->p[n] == ':';
}

/* The next line, without its end; folded lines count as their own. */
static bool next_line(const char **p, const char *end, struct line *ret)
{
	const char *nl;

	if (*p >= end)
		return false;
	nl = memchr(*p, '\n', (size_t)(end - *p));
	if (!nl)
		nl = end;
	ret->p = *p;
	ret->len = (size_t)(nl - *p);
	if (ret->len && ret->p[ret->len - 1] == '\r')
		ret->len--;
	*p = nl + 1;
	return ret->len > 0;
}

static bool put(char *ret, size_t size, size_t *len, const char *p, size_t n)
{
	if (n > size - *len)
		return false;
	memcpy(ret + *len, p, n);
	*len += n;
	return true;
}

/* "METHOD something SIP/x"; ACK is never answered. */
static const char *status_of(const struct line *first)
{
	if (!strncasecmp(first->p, "SIP/", 4) ||
	    !strncasecmp(first->p, "ACK ", 4) ||
	    !memchr(first->p, ' ', first->len))
		return NULL;
	if (first->len > 8 &&
	    !strncmp(first->p + first->len - 8, " SIP/", 5) &&
	    strncmp(first->p + first->len - 7, "SIP/2.0", 7))
		return "SIP/2.0 505 Version Not Supported\r\n";
	return "SIP/2.0 400 Bad Request\r\n";
}

size_t usher__guard_refusal(char *ret, size_t size, const char *text,
			    size_t len)
{
	const char *p = text, *end = text + len, *status;
	unsigned found[HEADERS] = {0}, i, lines = 0;
	struct line line;
	size_t n = 0;

	if (!next_line(&p, end, &line) || memchr(line.p, '\0', line.len))
		return 0;
	status = line.len >= 4 ? status_of(&line) : NULL;
	if (!status || !put(ret, size, &n, status, strlen(status)))
		return 0;
	while (next_line(&p, end, &line) && lines++ < USHER__UA_MAX_HEADERS) {
		for (i = 0; i < HEADERS; i++)
			if (named(&line, wanted[i].name) ||
			    named(&line, wanted[i].compact))
				break;
		if (i == HEADERS)
			continue;
		/* Only Via may come twice; a control character is no text. */
		if ((found[i]++ && i) || memchr(line.p, '\0', line.len))
			return 0;
		if (!put(ret, size, &n, line.p, line.len) ||
		    !put(ret, size, &n, "\r\n", 2))
			return 0;
	}
	/* By Via it finds its way; what else is missing cannot be repeated
	 * (RFC 4475, 3.3.1). */
	if (!found[0])
		return 0;
	status = "Content-Length: 0\r\n\r\n";
	return put(ret, size, &n, status, strlen(status)) ? n : 0;
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

/* ---- requests without a branch ---- */

static uint64_t mix(uint64_t h, const char *p, size_t len)
{
	while (len--)
		h = (h ^ (unsigned char)*p++) * UINT64_C(0x100000001b3);
	return h;
}

/* Where the first value of a Via ends; 0: it has a branch, or something that
 * is empty, and is no Via. */
static size_t via_end(const struct line *line)
{
	size_t n, i, end = 0;
	char before = ':';

	for (n = 0; n < line->len && !end; n++) {
		if (line->len - n >= 7 &&
		    !strncasecmp(line->p + n, "branch=", 7))
			return 0;
		if (line->p[n] == ',')
			end = n;
	}
	end = end ? end : n;
	for (i = 0; i < line->len; i++) {
		if (line->p[i] == ' ' || line->p[i] == '\t')
			continue;
		if (strchr(";,", line->p[i]) && strchr(";,:", before))
			return 0;
		before = line->p[i];
	}
	return strchr(";,:", before) ? 0 : end;
}

/* Where the first Via's first value ends, or NULL: there is none, or it has a
 * branch. *hash: of what is the same in a request, its CANCEL and its ACK. */
static const char *branch_place(const char *text, size_t len, uint64_t *hash)
{
	const char *p = text, *end = text + len, *place = NULL;
	struct line line;
	unsigned i, lines = 0;
	size_t n;

	*hash = UINT64_C(0xcbf29ce484222325);
	if (!next_line(&p, end, &line))
		return NULL;
	while (next_line(&p, end, &line) && lines++ < USHER__UA_MAX_HEADERS) {
		for (i = 0; i < HEADERS; i++)
			if (named(&line, wanted[i].name) ||
			    named(&line, wanted[i].compact))
				break;
		if (i == 0 && !place) {
			n = via_end(&line);
			if (!n)
				return NULL;
			place = line.p + n;
			*hash = mix(*hash, line.p, n);
		} else if (i == 1 || i == 3) { /* From, Call-ID */
			*hash = mix(*hash, line.p, line.len);
		} else if (i == 4) { /* CSeq without its method */
			for (n = line.len; n && line.p[n - 1] != ' '; n--)
				;
			*hash = mix(*hash, line.p, n);
		}
	}
	return place;
}

struct mbuf *usher__guard_branch(const struct mbuf *in)
{
	const char *text = (const char *)mbuf_buf(in), *place;
	size_t len = mbuf_get_left(in), before;
	struct mbuf *mb;
	uint64_t hash;

	place = branch_place(text, len, &hash);
	mb = place ? mbuf_alloc(len + 64) : NULL;
	if (!mb)
		return NULL;
	before = (size_t)(place - text);
	if (mbuf_write_mem(mb, (const uint8_t *)text, before) ||
	    mbuf_printf(mb, ";branch=z9hG4bK-2543-%016llx", hash) ||
	    mbuf_write_mem(mb, (const uint8_t *)place, len - before))
		return mem_deref(mb);
	mb->pos = 0;
	return mb;
}

/* A Via of before RFC 3261, which still has to be understood (17.2.3): what
 * libre cannot do without is made up, the same for each retransmission. */
bool usher__guard_mend(struct mbuf *mb)
{
	struct mbuf *mended = usher__guard_branch(mb);
	size_t pos = mb->pos;
	struct sip_msg *msg;
	bool good = false;

	if (mended && !sip_msg_decode(&msg, mended)) {
		mem_deref(msg);
		mended->pos = 0;
		mb->end = pos;
		good = !mbuf_write_mem(mb, mended->buf, mended->end);
		mb->pos = pos;
	}
	mem_deref(mended);
	return good;
}

/* ---- before libre ---- */

struct guard {
	struct usher__ua *ua;
	struct udp_sock *sock;
};

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

	if (usher__limit_banned(guard->ua, src)) {
		drain(guard->ua, fd);
		return true;
	}
	if (guard->ua->limit && guard->ua->limit->overload)
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
		mem_deref(msg);
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
	if (ua->guard_count >= 2)
		return true;
	guard = mem_zalloc(sizeof(*guard), NULL);
	if (!guard)
		return true;
	guard->ua = ua;
	guard->sock = msg->sock;
	(void)udp_sockbuf_set(msg->sock, USHER__SIP_RCVBUF);
	udp_rxsz_set(msg->sock, USHER__UA_MAX_MESSAGE + 1);
	if (udp_register_helper(&ua->guards[ua->guard_count], msg->sock, 0,
				send_handler, guard_handler, guard))
		mem_deref(guard);
	else
		ua->guard_args[ua->guard_count++] = guard;
	return true;
}
