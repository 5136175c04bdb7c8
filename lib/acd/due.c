/*
 * What happens when a deadline comes. It runs at its own time, as a step of
 * its own.
 */
#include <acd/callbacks.h>

static void retry_over(struct usher_acd *acd, struct contact *contact,
		       int64_t at)
{
	for (struct retry *r = contact->retries; r; r = r->next) {
		if (r->timer && r->until <= at)
			usher__timer_clear(acd, &r->timer);
	}
	usher__mark_contact(acd, contact);
}

/* Who is being connected is not thrown out; when that fails the timer is set
 * again and comes at once. */
static void max_wait(struct usher_acd *acd, struct segment *seg)
{
	for (const struct offer *offer = seg->contact->offers; offer;
	     offer = offer->next) {
		if (offer->state == USHER_OFFER_ACCEPTED) {
			usher__segment_timer_steps(acd, seg);
			return;
		}
	}
	usher__leave_queue(acd, seg, USHER_LEAVE_TIMEOUT, 0);
}

static void decide_late(struct usher_acd *acd, struct segment *seg)
{
	struct usher__ev_decide_late late = {0};

	late.queue = seg->q.queue->id;
	late.fallback = seg->q.queue->conf->fallback;
	usher__acd_emit(acd, USHER_EV_DECIDE_LATE, seg->contact->id, seg->id,
			&late);
}

/* The time of a queue's policy has come: who waits is matched. */
static void collected(struct usher_acd *acd, struct queue *queue)
{
	usher__timer_clear(acd, &queue->timer);
	usher__mark_one(acd, queue);
}

/* Memory for what this one may cause. */
static int room_for(struct usher_acd *acd, const struct timer *timer)
{
	size_t room = 0;

	switch (timer->due.kind) {
	case TIMER_OFFER: {
		const struct offer *offer = timer->ptr;

		room = usher__agent_room(offer->agent);
		if (offer->contact->callback)
			room += usher__callback_room(acd, offer->contact);
		break;
	}
	case TIMER_MAX_WAIT: {
		const struct segment *seg = timer->ptr;

		room = usher__contact_room(seg->contact);
		break;
	}
	case TIMER_STEP: {
		const struct segment *seg = timer->ptr;

		room = usher__steps_room(acd, seg);
		break;
	}
	case TIMER_WIDEN:
		room = USHER_GROUP_MAX * OFFER_ROOM;
		break;
	case TIMER_CALLBACK:
		room = usher__callback_room(acd, timer->ptr);
		break;
	case TIMER_DETACH:
		room = usher__contact_room(timer->ptr);
		break;
	case TIMER_WRAPUP: {
		const struct segment *seg = timer->ptr;

		room = usher__agent_room(seg->a.agent);
		break;
	}
	}
	return usher__acd_room(acd, room);
}

static void fire(struct usher_acd *acd, const struct timer *timer)
{
	static const struct usher__bytes lost = {"lost", 4, 0};
	static const struct usher__bytes timeout = {"timeout", 7, 0};
	struct offer *offer = timer->ptr;
	struct segment *seg = timer->ptr;

	switch (timer->due.kind) {
	case TIMER_WRAPUP:
		usher__wrapup_over(acd, seg);
		break;
	case TIMER_OFFER:
		if (offer->state == USHER_OFFER_RINGING)
			usher__offer_missed(acd, offer, &timeout);
		else
			usher__offer_failed(acd, offer, &timeout);
		break;
	case TIMER_RETRY:
		retry_over(acd, timer->ptr, timer->due.at);
		break;
	case TIMER_DEFER:
		usher__segment_timer(acd, seg);
		usher__segment_index(acd, seg);
		usher__mark_segment(acd, seg);
		break;
	case TIMER_DECIDE:
		decide_late(acd, seg);
		break;
	case TIMER_MAX_WAIT:
		max_wait(acd, seg);
		break;
	case TIMER_STEP:
		usher__steps_run(acd, seg);
		break;
	case TIMER_WIDEN:
		usher__widen(acd, seg);
		break;
	case TIMER_COLLECT:
		collected(acd, timer->ptr);
		break;
	case TIMER_CALLBACK:
		usher__callback_timer(acd, timer->ptr);
		break;
	case TIMER_DETACH:
		usher__contact_over(acd, timer->ptr, USHER_LEAVE_LOST, &lost);
		break;
	}
}

int usher__timer_run(struct usher_acd *acd, int64_t until, bool *ran)
{
	struct timer *timer;
	int err;

	*ran = false;
	if (!usher__timer_due(acd, until))
		return 0;
	timer = usher__timer_first(acd);
	err = usher__acd_reserve(acd);
	if (!err)
		err = room_for(acd, timer);
	if (err)
		return err;
	if (timer->due.at > acd->now)
		acd->now = timer->due.at;
	acd->ran_kind = timer->due.kind;
	acd->ran_id = timer->due.id;
	memset(&acd->step, 0, sizeof(acd->step));
	acd->step.actor = USHER_BY_TIMER;
	fire(acd, timer);
	*ran = true;
	return 0;
}
