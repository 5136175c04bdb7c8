/* Several phones that registered for one account ring at once, and the center
 * sees one leg.
 *
 *   RINGING --200--> that one is the leg's; the others are rung off
 *   RINGING --6xx--> the person said no: the others are rung off
 *   RINGING --over--> the others go on; of the last one's end the best
 *                     reason of all is told
 *
 * One of them is the leg's from the start, so that there is always one that
 * verbs are about: the first that rings, so that early media are heard. */
#include <string.h>

#include "drivers/voice/hub.h"

enum { OTHERS_MAX = USHER__UA_MAX_ACCOUNT_BINDINGS - 1 };

struct voice_fork {
	uint64_t others[OTHERS_MAX]; /* that ring beside the leg's */
	unsigned count;
	bool rings; /* the center knows */
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

int usher__voice_fork_call(struct voice_leg *leg,
			   const struct usher__call_opts *opts)
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
		leg->fork = calloc(1, sizeof(*leg->fork));
	for (i = 0; i < places.count && (leg->fork || !leg->sip); i++) {
		one.contact = places.contacts[i];
		err = usher__ua_call(ua, &one, &sip, NULL);
		if (err)
			continue;
		usher__leg_set_arg(ua, sip, leg);
		if (leg->sip)
			leg->fork->others[leg->fork->count++] = sip;
		else
			leg->sip = sip;
	}
	for (i = 0; i < places.count; i++)
		free(places.contacts[i]);
	if (leg->fork && !leg->fork->count)
		usher__voice_fork_free(leg);
	return leg->sip ? 0 : err;
}

void usher__voice_fork_free(struct voice_leg *leg)
{
	struct usher__ua *ua = leg->voice->hub->ua;
	struct voice_fork *fork = leg->fork;
	unsigned i;

	leg->fork = NULL;
	/* Their ends are nobody's any more. */
	for (i = 0; fork && ua && i < fork->count; i++) {
		usher__leg_set_arg(ua, fork->others[i], NULL);
		usher__leg_hangup(ua, fork->others[i]);
	}
	free(fork);
}

/* From now on sip is the leg's; the one before is among the others. */
static void make_first(struct voice_leg *leg, uint64_t sip)
{
	struct voice_fork *fork = leg->fork;
	unsigned i;

	for (i = 0; i < fork->count; i++)
		if (fork->others[i] == sip) {
			fork->others[i] = leg->sip;
			leg->sip = sip;
		}
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
		make_first(leg, fork->others[0]);
	fork->count--;
	/* sip is among them now. */
	for (i = 0; i < fork->count; i++)
		if (fork->others[i] == sip)
			fork->others[i] = fork->others[fork->count];
	return true;
}

bool usher__voice_fork_event(struct voice_leg *leg, uint64_t sip,
			     struct usher__leg_event *event)
{
	struct voice_fork *fork = leg->fork;

	switch (event->type) {
	case USHER__LEG_PROGRESS:
		if (event->status == 100 || fork->rings)
			return true;
		fork->rings = true;
		make_first(leg, sip);
		return false;
	case USHER__LEG_ANSWERED:
		make_first(leg, sip);
		usher__voice_fork_free(leg);
		return false;
	case USHER__LEG_ENDED:
		if (one_less(leg, sip, event))
			return true;
		if (fork->best.rank > rank_of(event)) {
			event->cause = fork->best.cause;
			event->status = fork->best.status;
		}
		make_first(leg, sip);
		usher__voice_fork_free(leg);
		return false;
	default:
		return sip != leg->sip;
	}
}
