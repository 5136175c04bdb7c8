/* Several phones that registered for one account ring at once, and the center
 * sees one leg.
 *
 *   RINGING --200--> that one is the leg's; the others are rung off
 *   RINGING --6xx--> the person said no: the others are rung off
 *   RINGING --over--> the others go on; of the last one's end the best
 *                     reason of all is told
 *   RINGING --one is busy, and none rings--> WAITING
 *   WAITING --one rings--> RINGING
 *   WAITING --nothing in BUSY_WAIT_MS--> the same is told; all are rung off
 *
 * WAITING is there since a phone that was switched off stays registered for a
 * while: the person has said that it is busy, and nobody waits for what says
 * nothing at all.
 *
 * One of them is the leg's from the start, so that there is always one that
 * verbs are about: the first that rings, so that early media are heard. */
#include <string.h>

#include "drivers/voice/hub.h"
#include "sip/loop.h"

enum { OTHERS_MAX = USHER__UA_MAX_ACCOUNT_BINDINGS - 1 };

/* For a phone that is there to say that it rings. */
enum { BUSY_WAIT_MS = 2000 };

struct phone {
	uint64_t sip;
	bool rings;
};

struct voice_fork {
	struct phone others[OTHERS_MAX]; /* called beside the leg's */
	unsigned count;
	bool own_rings; /* the leg's */
	bool rings;     /* the center knows */
	bool busy;      /* one of them was */
	struct usher__timer *timer;
	struct {
		enum usher__leg_cause cause;
		uint16_t status;
		unsigned rank; /* 0: none yet */
	} best;
};

struct places {
	char *contacts[USHER__UA_MAX_ACCOUNT_BINDINGS];
	unsigned count;
};

static void add_place(void *arg, const struct usher__binding *binding)
{
	struct places *places = arg;

	if (places->count == USHER__UA_MAX_ACCOUNT_BINDINGS)
		return;
	places->contacts[places->count] = strdup(binding->contact);
	places->count += places->contacts[places->count] != NULL;
}

static struct voice_fork *fork_new(struct voice_leg *leg,
				   void (*silent)(void *leg))
{
	struct voice_fork *fork = calloc(1, sizeof(*fork));

	if (fork && usher__timer_new(&fork->timer, leg->voice->hub->loop,
				     silent, leg)) {
		free(fork);
		fork = NULL;
	}
	return fork;
}

int usher__voice_fork_call(struct voice_leg *leg,
			   const struct usher__call_opts *opts,
			   void (*silent)(void *leg))
{
	struct usher__ua *ua = leg->voice->hub->ua;
	struct usher__call_opts one = *opts;
	struct places places = {.count = 0};
	int err = USHER_ENOENT;
	uint64_t sip;
	unsigned i;

	usher__ua_bindings(ua, opts->domain, opts->user, add_place, &places);
	/* Without memory the newest is called alone. */
	if (places.count > 1)
		leg->fork = fork_new(leg, silent);
	for (i = 0; i < places.count && (leg->fork || !leg->sip); i++) {
		one.contact = places.contacts[i];
		err = usher__ua_call(ua, &one, &sip, NULL);
		if (err)
			continue;
		usher__leg_set_arg(ua, sip, leg);
		if (leg->sip)
			leg->fork->others[leg->fork->count++].sip = sip;
		else
			leg->sip = sip;
	}
	for (i = 0; i < places.count; i++)
		free(places.contacts[i]);
	if (leg->fork && !leg->fork->count)
		usher__voice_fork_free(leg, false);
	return leg->sip ? 0 : err;
}

/* Its end is nobody's any more. */
static void ring_off(struct usher__ua *ua, uint64_t sip, bool elsewhere)
{
	usher__leg_set_arg(ua, sip, NULL);
	if (elsewhere)
		usher__leg_elsewhere(ua, sip);
	usher__leg_hangup(ua, sip);
}

void usher__voice_fork_free(struct voice_leg *leg, bool elsewhere)
{
	struct usher__ua *ua = leg->voice->hub->ua;
	struct voice_fork *fork = leg->fork;
	unsigned i;

	if (!fork)
		return;
	leg->fork = NULL;
	for (i = 0; ua && i < fork->count; i++)
		ring_off(ua, fork->others[i].sip, elsewhere);
	usher__timer_free(fork->timer);
	free(fork);
}

/* From now on sip is the leg's; the one before is among the others. */
static void make_first(struct voice_leg *leg, uint64_t sip)
{
	struct voice_fork *fork = leg->fork;
	struct phone phone;
	unsigned i;

	for (i = 0; i < fork->count; i++) {
		if (fork->others[i].sip != sip)
			continue;
		phone = fork->others[i];
		fork->others[i].sip = leg->sip;
		fork->others[i].rings = fork->own_rings;
		leg->sip = phone.sip;
		fork->own_rings = phone.rings;
	}
}

static void mark_ringing(struct voice_leg *leg, uint64_t sip)
{
	struct voice_fork *fork = leg->fork;
	unsigned i;

	if (sip == leg->sip)
		fork->own_rings = true;
	for (i = 0; i < fork->count; i++)
		if (fork->others[i].sip == sip)
			fork->others[i].rings = true;
}

static bool any_rings(const struct voice_fork *fork)
{
	bool ret = fork->own_rings;
	unsigned i;

	for (i = 0; i < fork->count; i++)
		ret = ret || fork->others[i].rings;
	return ret;
}

/* The person said no, for everywhere (RFC 3261, 16.7). */
static bool is_no(const struct usher__leg_event *event)
{
	return event->cause == USHER__CAUSE_REFUSED && event->status >= 600;
}

/* What says most of the person: no, then that it rang out, then that it is
 * busy. */
static unsigned rank_of(const struct usher__leg_event *event)
{
	if (is_no(event))
		return 5;
	if (event->cause == USHER__CAUSE_NO_ANSWER)
		return 4;
	if (event->cause != USHER__CAUSE_REFUSED)
		return 1;
	switch (event->status) {
	case 408:
	case 480:
		return 4;
	case 486:
		return 3;
	default:
		return 2;
	}
}

static bool is_busy(const struct usher__leg_event *event)
{
	return event->cause == USHER__CAUSE_REFUSED && event->status == 486;
}

/* True: the others go on. */
static bool one_less(struct voice_leg *leg, uint64_t sip,
		     const struct usher__leg_event *event)
{
	struct voice_fork *fork = leg->fork;
	unsigned rank = rank_of(event);
	unsigned i;

	if (!fork->count || is_no(event))
		return false;
	if (rank > fork->best.rank) {
		fork->best.rank = rank;
		fork->best.cause = event->cause;
		fork->best.status = event->status;
	}
	if (sip == leg->sip)
		make_first(leg, fork->others[0].sip);
	fork->count--;
	/* sip is among them now. */
	for (i = 0; i < fork->count; i++)
		if (fork->others[i].sip == sip)
			fork->others[i] = fork->others[fork->count];
	fork->busy = fork->busy || is_busy(event);
	if (fork->busy && !any_rings(fork) &&
	    !usher__timer_running(fork->timer))
		usher__timer_start(fork->timer, BUSY_WAIT_MS);
	return true;
}

/* What says more of the person than event does. */
static void best_of(const struct voice_fork *fork,
		    struct usher__leg_event *event)
{
	if (fork->best.rank <= rank_of(event))
		return;
	event->cause = fork->best.cause;
	event->status = fork->best.status;
}

void usher__voice_fork_silent(struct voice_leg *leg,
			      struct usher__leg_event *event)
{
	struct usher__ua *ua = leg->voice->hub->ua;

	best_of(leg->fork, event);
	usher__voice_fork_free(leg, false);
	ring_off(ua, leg->sip, false);
}

bool usher__voice_fork_event(struct voice_leg *leg, uint64_t sip,
			     struct usher__leg_event *event)
{
	struct voice_fork *fork = leg->fork;

	switch (event->type) {
	case USHER__LEG_PROGRESS:
		if (event->status == 100)
			return true;
		usher__timer_cancel(fork->timer);
		mark_ringing(leg, sip);
		if (fork->rings)
			return true;
		fork->rings = true;
		make_first(leg, sip);
		return false;
	case USHER__LEG_ANSWERED:
		make_first(leg, sip);
		usher__voice_fork_free(leg, true);
		return false;
	case USHER__LEG_ENDED:
		if (one_less(leg, sip, event))
			return true;
		best_of(fork, event);
		make_first(leg, sip);
		usher__voice_fork_free(leg, false);
		return false;
	default:
		return sip != leg->sip;
	}
}
