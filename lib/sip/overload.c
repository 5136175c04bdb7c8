/* Do newcomers wait for us? Then new calls are refused, before those that are
 * in progress suffer.
 *
 * Measured is not how much there is to do but how long it waits. The kernel
 * stamps each datagram when it comes, and tells the stamp after it was read;
 * for connections a timer tells how late the loop is. A burst is no overload,
 * nor is a while without the processor: only when for HOLD_MS nobody came
 * through sooner than max_ms, and always somebody else waited behind.
 *
 *   calm --all of HOLD_MS waited max_ms or more, none the last--> refusing
 *   refusing --none of HOLD_MS waited max_ms, or nobody came--> calm
 *
 * Each socket has its own; those of datagrams do not refuse what comes by
 * connections. Of datagrams those are refused, while refusing, that waited
 * max_ms: so what waits stays that short, and who is served has not waited
 * longer.
 *
 * Strangers are refused first. intake.c lets those whom we know go before
 * them, so each sort has a wait of its own; where it does not, and for
 * connections, it has to be KNOWN_TIMES as long for trunks, phones that have
 * proven themselves and those in limits->allow.
 *
 * Apart for datagrams and connections, since a queue of the one does not show
 * in the other; and a timer is late for more reasons than that, so there it
 * has to be STREAM_TIMES as long. The stamps are of the wall clock: a wait
 * that cannot be is one that somebody has set, and tells nothing. */
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include <sip/limit.h>

enum {
	HOLD_MS = 100,
	STREAM_TIMES = 10,
	KNOWN_TIMES = 5,
	LATE_MS = 20,     /* how often the loop is looked at */
	WAIT_MAX_S = 60,  /* of a datagram, else the clock was set */
	SMOOTH = 16,      /* messages, of what is told */
	LEGS_LEAST = 100, /* with fewer places leg.c's own limit will do */
	LEGS_MAX = 98,    /* percent of the places for calls: refusing … */
	LEGS_CALM = 95,   /* … until no more than so many are taken */
};

enum who { STRANGERS = 0, KNOWN, WHO_COUNT };

struct waits {
	/* Refusing: when the last one waited long; else since when all did, or
	 * 0. */
	int64_t since_us[WHO_COUNT];
	bool refusing[WHO_COUNT];
};

struct usher__overload {
	struct usher__ua *ua;
	int64_t max_us;
	int64_t waited_us; /* the last datagram … */
	unsigned socket;   /* … and where it came */
	bool ordered;      /* by intake.c */
	struct waits datagrams[USHER__SIP_SOCKETS], streams;
	bool full; /* of calls */
	bool told; /* that it has begun */
	uint64_t refused;
	struct tmr tmr;
	int64_t due_us; /* when it should run */
};

static void overload_destructor(void *arg)
{
	struct usher__overload *o = arg;

	tmr_cancel(&o->tmr);
}

int usher__overload_new(struct usher__overload **ret, struct usher__ua *ua,
			uint32_t max_ms)
{
	struct usher__overload *o;

	o = mem_zalloc(sizeof(*o), overload_destructor);
	if (!o)
		return USHER_ENOMEM;
	tmr_init(&o->tmr);
	o->ua = ua;
	o->max_us = (int64_t)max_ms * 1000;
	*ret = o;
	return 0;
}

/* How long one of those may wait. */
static int64_t max_of(const struct usher__overload *o, enum who who)
{
	return o->max_us * (who == KNOWN && !o->ordered ? KNOWN_TIMES : 1);
}

/* The only place where any of them turns. last: nobody else waits. */
static void turn(struct waits *waits, enum who who, int64_t max_us, int64_t us,
		 bool last)
{
	int64_t now_us = usher__loop_mono_us();
	int64_t *since_us = &waits->since_us[who];
	bool is_long = us >= max_us;

	if (!waits->refusing[who] && (!is_long || last)) {
		*since_us = 0;
	} else if (!waits->refusing[who]) {
		if (!*since_us)
			*since_us = now_us;
		if (now_us - *since_us < HOLD_MS * 1000)
			return;
		waits->refusing[who] = true;
		*since_us = now_us;
	} else if (is_long) {
		*since_us = now_us;
	} else if (now_us - *since_us >= HOLD_MS * 1000) {
		waits->refusing[who] = false;
		*since_us = 0;
	}
}

void usher__overload_lag(struct usher__overload *o, int64_t us)
{
	uint64_t *lag_us = &o->ua->n.lag_us;

	*lag_us = (*lag_us * (SMOOTH - 1) + (uint64_t)us) / SMOOTH;
	o->waited_us = 0;
}

static bool refusing(const struct usher__overload *o, enum who who)
{
	bool any = o->streams.refusing[who] || o->full;
	unsigned i;

	for (i = 0; i < USHER__SIP_SOCKETS; i++)
		any = any || o->datagrams[i].refusing[who];
	return any;
}

static void tell(struct usher__overload *o)
{
	struct usher__ua *ua = o->ua;
	bool on = refusing(o, STRANGERS) || refusing(o, KNOWN);
	struct usher__security what = {.source = "", .reason = ""};

	if (on == o->told)
		return;
	o->told = on;
	what.kind =
		on ? USHER__SECURITY_OVERLOAD : USHER__SECURITY_OVERLOAD_END;
	what.count = on ? 0 : o->refused;
	usher__ua_note(ua, USHER__NOTE_SECURITY, USHER__LOG_WARNING,
		       on ? "overload: new calls are refused; messages wait "
			    "%llu ms, %llu of %u legs"
			  : "overload is over: messages wait %llu ms, %llu "
			    "of %u legs",
		       (unsigned long long)ua->n.lag_us / 1000,
		       (unsigned long long)ua->n.legs_now, ua->max_legs);
	usher__security_tell(ua, &what);
	o->refused = 0;
}

int64_t usher__overload_stamp(int fd)
{
	struct timespec came, now;
	int64_t us;

	/* The first time it only begins to be stamped. */
	if (ioctl(fd, SIOCGSTAMPNS, &came))
		return 0;
	clock_gettime(CLOCK_REALTIME, &now);
	us = (int64_t)(now.tv_sec - came.tv_sec) * 1000000 +
	     (now.tv_nsec - came.tv_nsec) / 1000;
	return us > 0 && us <= (int64_t)WAIT_MAX_S * 1000000 ? us : 0;
}

static void datagram(struct usher__overload *o, enum who who, int64_t us,
		     bool last)
{
	turn(&o->datagrams[o->socket], who, max_of(o, who), us, last);
	/* which ends it also when nobody comes any more */
	if (o->datagrams[o->socket].refusing[who])
		usher__overload_stream(o);
}

void usher__overload_datagram(struct usher__overload *o, int fd)
{
	int64_t us = usher__overload_stamp(fd);
	int left = 0;
	bool last = !ioctl(fd, FIONREAD, &left) && !left;

	usher__overload_lag(o, us);
	o->waited_us = us;
	datagram(o, STRANGERS, us, last);
	datagram(o, KNOWN, us, last);
	tell(o);
}

void usher__overload_newcomer(struct usher__overload *o, unsigned socket,
			      bool known, int64_t us, bool last)
{
	usher__overload_lag(o, us);
	o->waited_us = us;
	o->socket = socket;
	o->ordered = true;
	datagram(o, known ? KNOWN : STRANGERS, us, last);
	tell(o);
}

/* Nobody has waited long for as long as it takes: since the last one came,
 * perhaps nobody has come at all. True: some are refused still. */
static bool look_at_datagrams(struct usher__overload *o)
{
	int64_t now_us = usher__loop_mono_us();
	bool any = false;
	unsigned i, who;

	for (i = 0; i < USHER__SIP_SOCKETS; i++) {
		struct waits *waits = &o->datagrams[i];

		for (who = 0; who < WHO_COUNT; who++) {
			if (!waits->refusing[who])
				continue;
			if (now_us - waits->since_us[who] >= HOLD_MS * 1000)
				turn(waits, (enum who)who, max_of(o, who), 0,
				     true);
			any = any || waits->refusing[who];
		}
	}
	return any;
}

static void look(void *arg)
{
	struct usher__overload *o = arg;
	int64_t late_us = usher__loop_mono_us() - o->due_us;
	int64_t max_us = o->max_us * STREAM_TIMES;
	bool again;

	if (late_us < 0)
		late_us = 0;
	usher__overload_lag(o, late_us);
	turn(&o->streams, STRANGERS, max_us, late_us, false);
	turn(&o->streams, KNOWN, max_us * KNOWN_TIMES, late_us, false);
	again = look_at_datagrams(o);
	tell(o);
	/* Else the first one after a while would be refused for what was. */
	if (again || o->streams.since_us[STRANGERS] ||
	    o->streams.refusing[STRANGERS])
		usher__overload_stream(o);
}

void usher__overload_stream(struct usher__overload *o)
{
	if (tmr_isrunning(&o->tmr))
		return;
	o->due_us = usher__loop_mono_us() + LATE_MS * 1000;
	tmr_start(&o->tmr, LATE_MS, look, o);
}

bool usher__overload_on(struct usher__overload *o, bool known, bool datagram)
{
	const struct usher__ua *ua = o->ua;
	uint64_t part = ua->n.legs_now * 100 / ua->max_legs;
	enum who who = known ? KNOWN : STRANGERS;

	if (part >= LEGS_MAX && ua->max_legs >= LEGS_LEAST)
		o->full = true;
	else if (part <= LEGS_CALM)
		o->full = false;
	tell(o);
	if (o->full || o->streams.refusing[who])
		return true;
	if (!datagram)
		/* where all wait in one queue, for them, too */
		return !o->ordered && refusing(o, who);
	return o->datagrams[o->socket].refusing[who] &&
	       o->waited_us >= max_of(o, who);
}

void usher__overload_refused(struct usher__overload *o)
{
	o->refused++;
	o->ua->n.overloaded++;
}
