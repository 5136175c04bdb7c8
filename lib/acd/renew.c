/*
 * Deadlines of who was restored, or folds events: which of those that are due
 * have run already is told by the events.
 */
#include <acd/internal.h>
#include <acd/renew.h>

/* Which timer an event tells of that began what happened; of those that leave
 * nothing to be set anew it is enough that they are before those that do. */
static void told_by_timer(struct usher_acd *acd, const struct usher_event *ev)
{
	acd->told_kind = TIMER_WRAPUP;
	acd->told_id = 0;
	if (ev->type == USHER_EV_STEP_TAKEN) {
		acd->told_kind = TIMER_STEP;
		acd->told_id = ev->segment;
	} else if (ev->type / 10 == USHER_EV_CALLBACK_ASKED / 10) {
		acd->told_kind = TIMER_CALLBACK;
	}
}

/* More ring beside those who do: nothing else joins a group that is there. */
static bool widens(const struct usher_event *ev)
{
	const struct usher__ev_offer_made *made = usher__payload(ev);

	return ev->type == USHER_EV_OFFER_MADE && made->group != made->offer;
}

/* Of whom a timer without an event of its own had matched. */
static void told_by_policy(struct usher_acd *acd, const struct usher_event *ev)
{
	if (widens(ev)) {
		acd->told_kind = TIMER_WIDEN;
		acd->told_id = ev->segment;
	} else if (ev->time_us > acd->time) {
		acd->told_kind = TIMER_WRAPUP;
		acd->told_id = 0;
	}
}

void usher__timers_told(struct usher_acd *acd, const struct usher_event *ev)
{
	if (ev->actor == USHER_BY_TIMER) {
		told_by_timer(acd, ev);
	} else if (ev->actor == USHER_BY_POLICY) {
		told_by_policy(acd, ev);
	} else {
		/* before an input all runs that is due */
		acd->told_kind = UINT32_MAX;
		acd->told_id = 0;
	}
}

static void renew(struct usher_acd *acd, const struct timer *timer)
{
	switch (timer->due.kind) {
	case TIMER_RETRY:
		usher__retries_settle(acd, timer->ptr);
		break;
	case TIMER_DEFER:
	case TIMER_STEP:
		usher__segment_look(acd, timer->ptr);
		usher__segment_index(acd, timer->ptr);
		break;
	case TIMER_WIDEN:
		usher__widen_renew(acd, timer->ptr);
		break;
	case TIMER_COLLECT:
		usher__timer_clear(acd, &((struct queue *)timer->ptr)->timer);
		break;
	}
}

/* It stands where nothing is left of it: in the past; or at a look or a
 * widening that was before the last event, in the same moment. */
static bool is_behind(const struct usher_acd *acd, const struct timer *timer)
{
	bool again = timer->due.kind == TIMER_STEP ||
		     timer->due.kind == TIMER_WIDEN;

	return timer->due.at < acd->now ||
	       (timer->due.at == acd->now && again &&
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

void usher__timers_renew(struct usher_acd *acd)
{
	/* looks at who rests are told by no event, and begin anew */
	usher__wake(acd);
	while (usher__timer_due(acd, acd->now) && renew_some(acd))
		;
}
