/* Do newcomers wait for us? Then new calls are refused, before those that are
 * in progress suffer.
 *
 * Measured is not how much there is to do but how long it waits. The kernel
 * stamps each datagram when it comes, and tells the stamp after it was read;
 * for connections a timer tells how late the loop is. A burst is no overload,
 * nor is a while without the processor: only when for HOLD_MS nobody came
 * through sooner than a limit, and always somebody else waited behind.
 *
 *   calm --all of HOLD_MS waited that long or more, none the last;
 *          OWN: and it was our own work--> refusing
 *   refusing --none of HOLD_MS waited so long, or nobody came;
 *              OWN: or SPAN_MS were not our own work--> calm
 *
 * There are two limits, unless somebody has set one. ANY is long, since who
 * waits may do so because something else has the processor, or the disk has
 * us. OWN is short, and for it this thread must have worked for OWN_PARTS of
 * the time since the first came who waited so long: then it is we who are too
 * slow. What that time before the first had its turn was spent on nobody has
 * looked at, so none of it counts as work: whatever was in the way, an equal
 * wait is to be made up for by three times as much work, and what has piled up
 * is mostly done by then. For the same reason one step, from one message
 * to the next, counts as no more work than the limit: a snapshot is no load.
 * The processor's clock is asked only while somebody waits for OWN.
 *
 * Each socket has its own; those of datagrams do not refuse what comes by
 * connections. Of datagrams those are refused, while refusing, that waited
 * for the limit: so what waits stays that short, and who is served has not
 * waited longer.
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
	SPAN_MS = 1000, /* what is longer ago counts half, and less */
	OWN_PARTS = 3,  /* our work, … */
	OF_PARTS = 4,   /* … of so many parts of the time */
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
enum limit { OWN = 0, ANY, LIMIT_COUNT };

struct hold {
	bool refusing;
	/* When the first of those who waited long had its turn, or 0; while
	 * refusing, when the last one had. */
	int64_t since_us;
	/* Of OWN: from when on our work is compared, and what it was then. */
	int64_t from_us, worked_us;
};

struct waits {
	struct hold holds[WHO_COUNT][LIMIT_COUNT];
};

struct usher__overload {
	struct usher__ua *ua;
	int64_t max_us[LIMIT_COUNT]; /* of OWN 0: it is not looked at */
	int64_t waited_us;           /* the last datagram … */
	unsigned socket;             /* … and where it came */
	bool ordered;                /* by intake.c */
	struct waits datagrams[USHER__SIP_SOCKETS], streams;
	/* The processor's clock when it was asked last, and how much of what
	 * it has shown was work. */
	int64_t cpu_us, worked_us;
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
			uint32_t max_ms, uint32_t own_ms)
{
	struct usher__overload *o;

	o = mem_zalloc(sizeof(*o), overload_destructor);
	if (!o)
		return USHER_ENOMEM;
	tmr_init(&o->tmr);
	o->ua = ua;
	o->max_us[ANY] = (int64_t)max_ms * 1000;
	o->max_us[OWN] = (int64_t)own_ms * 1000;
	*ret = o;
	return 0;
}

/* How many times as long one of those may wait for a datagram's turn. */
static int64_t times_of(const struct usher__overload *o, enum who who)
{
	return who == KNOWN && !o->ordered ? KNOWN_TIMES : 1;
}

/* Waits that long are looked at, or refused for. */
static bool waits_open(const struct waits *waits, enum limit limit)
{
	unsigned who;

	for (who = 0; who < WHO_COUNT; who++)
		if (waits->holds[who][limit].since_us)
			return true;
	return false;
}

/* Something has its turn, after so long: what have we done until now? */
static void look_at_work(struct usher__overload *o, int64_t us)
{
	bool open = waits_open(&o->streams, OWN);
	int64_t cpu_us, step_us;
	unsigned i;

	if (!o->max_us[OWN])
		return;
	for (i = 0; i < USHER__SIP_SOCKETS; i++)
		open = open || waits_open(&o->datagrams[i], OWN);
	if (!open && us < o->max_us[OWN])
		return;
	cpu_us = usher__loop_cpu_us();
	step_us = cpu_us - o->cpu_us;
	o->cpu_us = cpu_us;
	o->worked_us += step_us < o->max_us[OWN] ? step_us : o->max_us[OWN];
}

/* Compare our work from then on. */
static void compare_from(const struct usher__overload *o, struct hold *hold,
			 int64_t from_us)
{
	hold->from_us = from_us;
	hold->worked_us = o->worked_us;
}

/* What is known of it stays so, and counts for half of what is to come. */
static void forget_half(const struct usher__overload *o, struct hold *hold,
			int64_t now_us)
{
	hold->from_us += (now_us - hold->from_us) / 2;
	hold->worked_us += (o->worked_us - hold->worked_us) / 2;
}

static bool was_own(const struct usher__overload *o, const struct hold *hold,
		    int64_t now_us)
{
	return (o->worked_us - hold->worked_us) * OF_PARTS >=
	       (now_us - hold->from_us) * OWN_PARTS;
}

/* The only place where any of them turns. last: nobody else waits. */
static void turn(struct usher__overload *o, struct hold *hold,
		 enum limit limit, int64_t max_us, int64_t us, bool last)
{
	int64_t now_us = usher__loop_mono_us();
	bool is_long = us >= max_us;
	bool held = now_us - hold->since_us >= HOLD_MS * 1000;
	bool over = limit == OWN && now_us - hold->from_us >= SPAN_MS * 1000;
	bool own = limit == ANY || was_own(o, hold, now_us);

	if (!hold->refusing) {
		if (!is_long || last) {
			hold->since_us = 0;
		} else if (!hold->since_us) {
			hold->since_us = now_us;
			compare_from(o, hold, now_us - us);
		} else if (held && own) {
			hold->refusing = true;
			hold->since_us = now_us;
			compare_from(o, hold, now_us);
		} else if (over) {
			forget_half(o, hold, now_us);
		}
	} else if ((over && !own) || (held && !is_long)) {
		hold->refusing = false;
		hold->since_us = 0;
	} else {
		if (over)
			forget_half(o, hold, now_us);
		if (is_long)
			hold->since_us = now_us;
	}
}

/* times: so many times each limit they may wait. */
static void turn_both(struct usher__overload *o, struct waits *waits,
		      enum who who, int64_t times, int64_t us, bool last)
{
	unsigned limit;

	for (limit = 0; limit < LIMIT_COUNT; limit++)
		if (o->max_us[limit])
			turn(o, &waits->holds[who][limit], (enum limit)limit,
			     o->max_us[limit] * times, us, last);
}

static bool refuses(const struct waits *waits, enum who who)
{
	return waits->holds[who][OWN].refusing ||
	       waits->holds[who][ANY].refusing;
}

void usher__overload_lag(struct usher__overload *o, int64_t us)
{
	uint64_t *lag_us = &o->ua->n.lag_us;

	*lag_us = (*lag_us * (SMOOTH - 1) + (uint64_t)us) / SMOOTH;
	o->waited_us = 0;
	look_at_work(o, us);
}

static bool refusing(const struct usher__overload *o, enum who who)
{
	bool any = refuses(&o->streams, who) || o->full;
	unsigned i;

	for (i = 0; i < USHER__SIP_SOCKETS; i++)
		any = any || refuses(&o->datagrams[i], who);
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

static void watch_loop(struct usher__overload *o);

static void datagram(struct usher__overload *o, enum who who, int64_t us,
		     bool last)
{
	struct waits *waits = &o->datagrams[o->socket];

	turn_both(o, waits, who, times_of(o, who), us, last);
	/* which ends it also when nobody comes any more */
	if (refuses(waits, who))
		watch_loop(o);
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
	unsigned i, who, limit;

	for (i = 0; i < USHER__SIP_SOCKETS; i++) {
		struct waits *waits = &o->datagrams[i];

		for (who = 0; who < WHO_COUNT; who++) {
			for (limit = 0; limit < LIMIT_COUNT; limit++) {
				struct hold *hold = &waits->holds[who][limit];

				if (hold->refusing &&
				    now_us - hold->since_us >= HOLD_MS * 1000)
					turn(o, hold, (enum limit)limit,
					     INT64_MAX, 0, true);
			}
			any = any || refuses(waits, (enum who)who);
		}
	}
	return any;
}

static void look(void *arg)
{
	struct usher__overload *o = arg;
	int64_t late_us = usher__loop_mono_us() - o->due_us;
	bool again;

	if (late_us < 0)
		late_us = 0;
	usher__overload_lag(o, late_us);
	turn_both(o, &o->streams, STRANGERS, STREAM_TIMES, late_us, false);
	turn_both(o, &o->streams, KNOWN, STREAM_TIMES * KNOWN_TIMES, late_us,
		  false);
	again = look_at_datagrams(o);
	tell(o);
	/* Else the first one after a while would be refused for what was. Of
	 * what is our own work one sort's may be over before the other's. */
	if (again || waits_open(&o->streams, OWN) ||
	    waits_open(&o->streams, ANY))
		watch_loop(o);
}

static void watch_loop(struct usher__overload *o)
{
	if (tmr_isrunning(&o->tmr))
		return;
	o->due_us = usher__loop_mono_us() + LATE_MS * 1000;
	tmr_start(&o->tmr, LATE_MS, look, o);
}

void usher__overload_stream(struct usher__overload *o)
{
	look_at_work(o, 0);
	watch_loop(o);
}

bool usher__overload_on(struct usher__overload *o, bool known, bool datagram)
{
	const struct usher__ua *ua = o->ua;
	uint64_t part = ua->n.legs_now * 100 / ua->max_legs;
	enum who who = known ? KNOWN : STRANGERS;
	const struct hold *holds = o->datagrams[o->socket].holds[who];
	unsigned limit;

	if (part >= LEGS_MAX && ua->max_legs >= LEGS_LEAST)
		o->full = true;
	else if (part <= LEGS_CALM)
		o->full = false;
	tell(o);
	if (o->full || refuses(&o->streams, who))
		return true;
	if (!datagram)
		/* where all wait in one queue, for them, too */
		return !o->ordered && refusing(o, who);
	for (limit = 0; limit < LIMIT_COUNT; limit++)
		if (holds[limit].refusing &&
		    o->waited_us >= o->max_us[limit] * times_of(o, who))
			return true;
	return false;
}

void usher__overload_refused(struct usher__overload *o)
{
	o->refused++;
	o->ua->n.overloaded++;
}
