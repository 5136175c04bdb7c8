/* Do messages wait for us? Then new calls are refused, before those that are
 * in progress suffer.
 *
 * Measured is not how much there is to do but how long it waits. The kernel
 * stamps each datagram when it comes, and tells the stamp after it was read;
 * for connections a timer tells how late the loop is. A burst is no overload:
 * only when nothing came through sooner than max_ms for HOLD_MS is it one.
 *
 *   calm --all of HOLD_MS waited max_ms or more--> refusing
 *   refusing --something waited less than a part of it--> calm
 *
 * Strangers are refused first; trunks, phones that have proven themselves and
 * those in limits->allow only when it is KNOWN_TIMES as long.
 *
 * Apart for datagrams and connections, since a queue of the one does not show
 * in the other. The stamps are of the wall clock: a wait that cannot be is one
 * that somebody has set, and tells nothing. */
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include <sip/limit.h>

enum {
	HOLD_MS = 250,
	CALM_PART = 4,
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
	int64_t long_us[WHO_COUNT]; /* since when all waited long, or 0 */
	bool refusing[WHO_COUNT];
};

struct usher__overload {
	struct usher__ua *ua;
	int64_t max_us;
	struct waits datagrams, streams;
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

/* The only place where any of them turns. */
static void turn(struct waits *waits, enum who who, int64_t max_us, int64_t us,
		 int64_t now_us)
{
	if (us >= max_us) {
		if (!waits->long_us[who])
			waits->long_us[who] = now_us;
		if (now_us - waits->long_us[who] >= HOLD_MS * 1000)
			waits->refusing[who] = true;
		return;
	}
	waits->long_us[who] = 0;
	if (us < max_us / CALM_PART)
		waits->refusing[who] = false;
}

static void waited(struct usher__overload *o, struct waits *waits, int64_t us)
{
	int64_t now_us = usher__loop_mono_us();
	uint64_t *lag_us = &o->ua->n.lag_us;

	*lag_us = (*lag_us * (SMOOTH - 1) + (uint64_t)us) / SMOOTH;
	turn(waits, STRANGERS, o->max_us, us, now_us);
	turn(waits, KNOWN, o->max_us * KNOWN_TIMES, us, now_us);
}

static bool refusing(const struct usher__overload *o, enum who who)
{
	return o->datagrams.refusing[who] || o->streams.refusing[who] ||
	       o->full;
}

static void tell(struct usher__overload *o)
{
	struct usher__ua *ua = o->ua;
	bool on = refusing(o, STRANGERS);
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

void usher__overload_datagram(struct usher__overload *o, int fd)
{
	struct timespec came, now;
	int64_t us;

	/* The first time it only begins to be stamped. */
	if (ioctl(fd, SIOCGSTAMPNS, &came))
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	us = (int64_t)(now.tv_sec - came.tv_sec) * 1000000 +
	     (now.tv_nsec - came.tv_nsec) / 1000;
	if (us > (int64_t)WAIT_MAX_S * 1000000)
		return;
	waited(o, &o->datagrams, us > 0 ? us : 0);
	tell(o);
}

static void look(void *arg)
{
	struct usher__overload *o = arg;
	int64_t late_us = usher__loop_mono_us() - o->due_us;

	waited(o, &o->streams, late_us > 0 ? late_us : 0);
	tell(o);
	/* Else the first one after a while would be refused for what was. */
	if (o->streams.long_us[STRANGERS] || o->streams.refusing[STRANGERS])
		usher__overload_stream(o);
}

void usher__overload_stream(struct usher__overload *o)
{
	if (tmr_isrunning(&o->tmr))
		return;
	o->due_us = usher__loop_mono_us() + LATE_MS * 1000;
	tmr_start(&o->tmr, LATE_MS, look, o);
}

bool usher__overload_on(struct usher__overload *o, bool known)
{
	const struct usher__ua *ua = o->ua;
	uint64_t part = ua->n.legs_now * 100 / ua->max_legs;

	if (part >= LEGS_MAX && ua->max_legs >= LEGS_LEAST)
		o->full = true;
	else if (part <= LEGS_CALM)
		o->full = false;
	tell(o);
	return refusing(o, known ? KNOWN : STRANGERS);
}

void usher__overload_refused(struct usher__overload *o)
{
	o->refused++;
	o->ua->n.overloaded++;
}
