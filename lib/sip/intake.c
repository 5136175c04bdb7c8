/* Datagrams before libre: what belongs to a call goes first.
 *
 * A socket is one queue, and in it an ACK waits behind every INVITE that came
 * before. So it is emptied into ours: what belongs to something that there is
 * goes on to libre as it is read, and whoever is new waits in order, those
 * whom we know apart from strangers. Before each newcomer the socket is looked
 * at again.
 *
 *   socket --response, ACK, Call-ID of a call--> libre
 *          --newcomer--> known     --one--> the socket again, then libre
 *                        strangers --one, if nobody known waits, and
 *                                    in every eighth turn--> the same
 *
 * A turn of the loop does so much of that and no more, however often it comes
 * here: timers and other sockets have theirs. Where the socket alone has more
 * than that, one newcomer a turn is served all the same.
 *
 * Requests of a sender stay in order, but for those that a call has: a CANCEL
 * waits as long as its INVITE does, since before that there is no call, and
 * also when its sender has been a stranger until now. What has waited so long
 * that its sender has given up is dropped.
 * How long newcomers waited is told to overload.c.
 *
 * libre is handed a datagram by its own handler of the socket, whose
 * recvfrom() gives what we have read: where libre is not ours (wrap.c) there
 * is no intake. */
#include <string.h>
#include <sys/socket.h>

#include <sip/legimpl.h>
#include <sip/limit.h>

enum {
	READ_MAX = 64,   /* datagrams in a turn of the loop … */
	SERVE_MAX = 4,   /* … and newcomers */
	STRANGER_AT = 8, /* of so many turns a stranger has one */
	AGE_MAX_S = 32,  /* 64 times T1: whoever sent it has given up */
	KEEPALIVE_MAX = 4,
	STUN_BELOW = 4, /* the first byte of a STUN message */
};

#define RESPONSE "SIP/2.0 "
#define ACK      "ACK "
#define CANCEL   "CANCEL "

struct newcomer {
	struct le le;
	struct sa src;
	int64_t came_us;
	size_t len;
	uint8_t data[];
};

struct newcomers {
	struct list list;
	size_t bytes;
};

enum who { KNOWN = 0, STRANGERS, WHO_COUNT };

struct usher__intake {
	struct usher__ua *ua;
	unsigned socket; /* of the agent's, as overload.c counts them */
	unsigned turns;  /* of newcomers */
	uint64_t turn;   /* of the loop, and … */
	unsigned to_read, to_serve; /* … what is left of it */
	struct usher__bell *bell;   /* newcomers are left */
	struct newcomers waiting[WHO_COUNT];
	int fd;
	fd_h *fh; /* libre's own */
	void *arg;
	uint8_t read[USHER__UA_MAX_MESSAGE + 1];
};

/* Of this thread: what libre reads next, and who takes its sockets over. */
static _Thread_local struct {
	const uint8_t *data; /* NULL: nothing */
	size_t len;
	const struct sa *src;
	int fd;
} given;
static _Thread_local struct usher__intake *taking;

bool usher__intake_given(int fd, void *buf, size_t size, struct sockaddr *src,
			 socklen_t *src_len, ssize_t *ret)
{
	if (!given.data || given.fd != fd)
		return false;
	if (size > given.len)
		size = given.len;
	memcpy(buf, given.data, size);
	if (*src_len > given.src->len)
		*src_len = given.src->len;
	memcpy(src, &given.src->u.sa, *src_len);
	given.data = NULL;
	*ret = (ssize_t)size;
	return true;
}

static void hand_on(struct usher__intake *intake, const uint8_t *data,
		    size_t len, const struct sa *src)
{
	given.fd = intake->fd;
	given.data = data;
	given.len = len;
	given.src = src;
	intake->fh(FD_READ, intake->arg);
	given.data = NULL;
}

static bool has_call_id(struct le *le, void *arg)
{
	const struct usher__leg *leg = le->data;

	return !pl_strcmp(arg, sip_dialog_callid(leg->dlg));
}

static bool is_cancel(const struct usher__intake *intake, size_t len)
{
	return len > strlen(CANCEL) &&
	       !memcmp(intake->read, CANCEL, strlen(CANCEL));
}

/* Does it belong to something that there is? What only looks like it costs no
 * more than to see that it is not so. */
static bool belongs(const struct usher__intake *intake, size_t len)
{
	const char *text = (const char *)intake->read;
	struct pl call_id;
	bool within;

	if (len <= KEEPALIVE_MAX || intake->read[0] < STUN_BELOW)
		return true;
	if (len > strlen(RESPONSE) &&
	    (!memcmp(text, RESPONSE, strlen(RESPONSE)) ||
	     !memcmp(text, ACK, strlen(ACK))))
		return true;
	/* a new request may have the Call-ID of a call as well */
	return usher__guard_call_id(text, len, &call_id, &within) &&
	       (within || is_cancel(intake, len)) &&
	       hash_lookup(intake->ua->dialogs, hash_joaat_pl(&call_id),
			   has_call_id, &call_id);
}

static bool is_of(struct le *le, void *arg)
{
	const struct newcomer *one = le->data;

	return sa_cmp(&one->src, arg, SA_ALL);
}

static struct newcomers *place_of(struct usher__intake *intake, size_t len,
				  const struct sa *src)
{
	struct newcomers *strangers = &intake->waiting[STRANGERS];

	if (!usher__limit_known(intake->ua, src))
		return strangers;
	if (is_cancel(intake, len) &&
	    list_apply(&strangers->list, true, is_of, (void *)src))
		return strangers;
	return &intake->waiting[KNOWN];
}

static void keep(struct usher__intake *intake, size_t len,
		 const struct sa *src, int64_t waited_us)
{
	struct usher__ua *ua = intake->ua;
	struct newcomers *waiting = place_of(intake, len, src);
	size_t size = sizeof(struct newcomer) + len;
	struct newcomer *one;

	one = waiting->bytes + size <= USHER__SIP_NEWCOMERS
		      ? mem_alloc(size, NULL)
		      : NULL;
	if (!one) {
		ua->n.limited++;
		usher__ua_note(ua, USHER__NOTE_LIMIT, USHER__LOG_WARNING,
			       "dropped: too many new requests wait");
		return;
	}
	memset(&one->le, 0, sizeof(one->le));
	one->src = *src;
	one->came_us = usher__loop_mono_us() - waited_us;
	one->len = len;
	memcpy(one->data, intake->read, len);
	waiting->bytes += size;
	list_append(&waiting->list, &one->le, one);
}

/* False: there is nothing. */
static bool read_one(struct usher__intake *intake)
{
	struct usher__overload *overload = intake->ua->limit->overload;
	int64_t waited_us;
	struct sa src;
	ssize_t n;

	sa_init(&src, AF_UNSPEC);
	n = recvfrom(intake->fd, intake->read, sizeof(intake->read),
		     MSG_DONTWAIT, &src.u.sa, &src.len);
	if (n < 0)
		return false;
	if (usher__limit_banned(intake->ua, &src))
		return true;
	waited_us = usher__overload_stamp(intake->fd);
	if (!belongs(intake, (size_t)n)) {
		keep(intake, (size_t)n, &src, waited_us);
		return true;
	}
	if (overload)
		usher__overload_lag(overload, waited_us);
	hand_on(intake, intake->read, (size_t)n, &src);
	return true;
}

static bool anybody(const struct usher__intake *intake)
{
	return intake->waiting[KNOWN].list.head ||
	       intake->waiting[STRANGERS].list.head;
}

static bool is_turn_of_known(struct usher__intake *intake)
{
	if (!intake->waiting[STRANGERS].list.head)
		return true;
	return intake->waiting[KNOWN].list.head &&
	       ++intake->turns % STRANGER_AT;
}

static void serve_one(struct usher__intake *intake)
{
	struct usher__overload *overload = intake->ua->limit->overload;
	bool known = is_turn_of_known(intake);
	struct newcomers *waiting =
		&intake->waiting[known ? KNOWN : STRANGERS];
	struct newcomer *one = list_ledata(waiting->list.head);
	int64_t waited_us = usher__loop_mono_us() - one->came_us;

	list_unlink(&one->le);
	waiting->bytes -= sizeof(*one) + one->len;
	if (overload)
		usher__overload_newcomer(overload, intake->socket, known,
					 waited_us, !waiting->list.head);
	if (waited_us < (int64_t)AGE_MAX_S * 1000000)
		hand_on(intake, one->data, one->len, &one->src);
	else
		intake->ua->n.limited++;
	mem_deref(one);
}

static void serve(void *arg)
{
	struct usher__intake *intake = arg;

	if (intake->turn != usher__loop_turn()) {
		intake->turn = usher__loop_turn();
		intake->to_read = READ_MAX;
		intake->to_serve = SERVE_MAX;
	}
	while (intake->to_serve) {
		while (intake->to_read && read_one(intake))
			intake->to_read--;
		if (!anybody(intake))
			return;
		intake->to_serve = intake->to_read ? intake->to_serve - 1 : 0;
		serve_one(intake);
	}
	if (anybody(intake))
		usher__bell_ring(intake->bell);
}

static void readable(int flags, void *arg)
{
	(void)flags;
	serve(arg);
}

void usher__intake_listen(int fd, fd_h **fh, void **arg)
{
	if (!taking || fd != taking->fd)
		return;
	taking->fh = *fh;
	taking->arg = *arg;
	*fh = readable;
	*arg = taking;
}

static void intake_destructor(void *arg)
{
	struct usher__intake *intake = arg;

	if (intake->fh)
		(void)fd_listen(intake->fd, FD_READ, intake->fh, intake->arg);
	usher__bell_free(intake->bell);
	list_flush(&intake->waiting[KNOWN].list);
	list_flush(&intake->waiting[STRANGERS].list);
}

int usher__intake_new(struct usher__intake **ret, struct usher__ua *ua,
		      struct udp_sock *sock, int fd)
{
	struct usher__intake *intake;
	int err;

	intake = mem_zalloc(sizeof(*intake), intake_destructor);
	if (!intake)
		return USHER_ENOMEM;
	intake->ua = ua;
	intake->socket = ua->guard_count - 1;
	intake->fd = fd;
	err = usher__bell_new(&intake->bell, ua->loop, serve, intake);
	if (err)
		goto out;
	/* libre tells again with what it listens. */
	taking = intake;
	err = udp_thread_attach(sock);
	taking = NULL;
	if (err)
		err = USHER_EIO;
	else if (!intake->fh)
		err = USHER_ENOTSUP;

out:
	if (err)
		mem_deref(intake);
	else
		*ret = intake;
	return err;
}
