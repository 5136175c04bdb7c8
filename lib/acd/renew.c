/*
 * Deadlines of who was restored, or folds events: which of those that are due
 * have run already is told by the events.
 *
 * What is due at one time runs in the order of the kinds, then by id. An event
 * that a deadline began tells which one by its type; where no event is its
 * own, and it only let somebody be matched, by its cause. An input tells that
 * all have run. So the last event says how far its moment was (`told`), and
 *
 *   before it      has run, whatever came of it: nothing, where nothing is on
 *                  record. It is set anew, or taken away
 *   after it       comes still. One that had run, too, and left no event,
 *                  finds what it found then: nothing has happened since
 *
 * What ends with a deadline therefore ends when that has run, not when its
 * time has come: usher__retry_holds(), usher__deferred(), usher__collects().
 */
#include <acd/internal.h>
#include <acd/renew.h>

/* Further than before, if it is the same moment. */
static void told(struct usher_acd *acd, const struct usher_event *ev,
		 uint32_t kind, uint64_t id)
{
	if (ev->time_us == acd->time &&
	    (kind < acd->told_kind ||
	     (kind == acd->told_kind && id < acd->told_id)))
		return;
	acd->told_kind = kind;
	acd->told_id = id;
}

/* An offer is given up at its own deadline or at that of a call back. */
static void told_by_offer(struct usher_acd *acd, const struct usher_event *ev)
{
	/* the first field of all of them */
	uint64_t id = *(const uint64_t *)usher__payload(ev);
	const struct offer *offer = usher__offer_get(acd, id);

	if (offer && offer->deadline > ev->time_us)
		told(acd, ev, TIMER_CALLBACK, ev->contact);
	else
		told(acd, ev, TIMER_OFFER, id);
}

/* Which timer an event tells of that began what happened. */
static void told_by_timer(struct usher_acd *acd, const struct usher_event *ev)
{
	switch (ev->type) {
	case USHER_EV_OFFER_MISSED:
	case USHER_EV_OFFER_FAILED:
		told_by_offer(acd, ev);
		return;
	case USHER_EV_DECIDE_LATE:
		told(acd, ev, TIMER_DECIDE, ev->segment);
		return;
	case USHER_EV_OFFER_WITHDRAWN:
	case USHER_EV_QUEUE_LEFT:
		told(acd, ev, TIMER_MAX_WAIT, ev->segment);
		return;
	case USHER_EV_CONTACT_ENDED:
		told(acd, ev, TIMER_DETACH, ev->contact);
		return;
	case USHER_EV_STEP_TAKEN:
		told(acd, ev, TIMER_STEP, ev->segment);
		return;
	}
	if (ev->type / 10 == USHER_EV_CALLBACK_ASKED / 10)
		told(acd, ev, TIMER_CALLBACK, ev->contact);
	else
		told(acd, ev, TIMER_WRAPUP, ev->segment);
}

/* Which one it was whose time let the policy choose. */
static void told_by_policy(struct usher_acd *acd, const struct usher_event *ev)
{
	switch (ev->cause_kind) {
	case USHER_CAUSE_RETRY:
		told(acd, ev, TIMER_RETRY, ev->cause);
		return;
	case USHER_CAUSE_DEFERRAL:
		told(acd, ev, TIMER_DEFER, ev->cause);
		return;
	case USHER_CAUSE_WIDENING:
		told(acd, ev, TIMER_WIDEN, ev->cause);
		return;
	case USHER_CAUSE_COLLECTED:
		told(acd, ev, TIMER_COLLECT, ev->cause);
		return;
	}
	told(acd, ev, TIMER_WRAPUP, 0);
}

void usher__timers_told(struct usher_acd *acd, const struct usher_event *ev)
{
	if (ev->actor == USHER_BY_TIMER)
		told_by_timer(acd, ev);
	else if (ev->actor == USHER_BY_POLICY)
		told_by_policy(acd, ev);
	else
		/* before an input all runs that is due */
		told(acd, ev, UINT32_MAX, 0);
}

static void renew(struct usher_acd *acd, const struct timer *timer)
{
	struct segment *seg;

	switch (timer->due.kind) {
	case TIMER_RETRY:
		usher__retries_settle(acd, timer->ptr);
		break;
	case TIMER_DEFER:
	case TIMER_STEP:
		usher__segment_look(acd, timer->ptr);
		break;
	case TIMER_MAX_WAIT:
		seg = timer->ptr;
		if (usher__is_connecting(seg->contact))
			usher__segment_timer(acd, seg);
		break;
	case TIMER_WIDEN:
		usher__widen_renew(acd, timer->ptr);
		break;
	case TIMER_COLLECT:
		usher__timer_clear(acd, &((struct queue *)timer->ptr)->timer);
		break;
	}
}

/* It stands where nothing is left of it: in the past, or before the last that
 * ran of the same moment. */
static bool is_behind(const struct usher_acd *acd, const struct timer *timer)
{
	return timer->due.at < acd->now ||
	       (timer->due.at == acd->now &&
		!usher__timer_ahead(acd, timer->due.kind, timer->due.id));
}

/* None of those that have a lane is renewed. Each set anew stands later, or
 * where it stood. What moves lets others move in the heap, so it is gone
 * through until nothing does. */
static bool renew_some(struct usher_acd *acd)
{
	struct usher__heap *heap = &acd->timers;
	bool moved = false;

	for (uint32_t i = 0; i < heap->count; i++) {
		struct usher__heap_item item = heap->items[i];

		if (item.at > acd->now ||
		    !is_behind(acd, (struct timer *)item.due))
			continue;
		renew(acd, (struct timer *)item.due);
		moved = moved || i >= heap->count ||
			heap->items[i].due != item.due ||
			heap->items[i].at != item.at;
	}
	return moved;
}

/* What put them off was over, which no event tells. */
static void index_deferred(struct usher_acd *acd)
{
	for (uint32_t i = 0; i < acd->queues.count; i++) {
		const struct queue *queue = acd->queues.items[i];
		struct segment *seg = queue->first;

		for (; seg; seg = seg->q.q_next) {
			if (seg->parked && seg->q.until)
				usher__segment_index(acd, seg);
		}
	}
}

void usher__timers_renew(struct usher_acd *acd)
{
	/* looks at who rests are told by no event, and begin anew */
	usher__wake(acd);
	while (usher__timer_due(acd, acd->now) && renew_some(acd))
		;
	index_deferred(acd);
}
