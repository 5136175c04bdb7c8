/*
 * Deadlines: one heap by (time, kind, id).
 *
 * A segment that rests (rest.c) has its timer where time alone may make one of
 * its steps due; the looks that an event makes worth while come from there. So
 * a core that is behind its time looks at a condition once for each thing that
 * happened, and not once for each `check` that it missed. What is left out
 * would have found nothing.
 */
#include <acd/internal.h>
#include <acd/timers.h>

/* Of these kinds one is mostly set for later than the one before. */
static uint32_t lane_of(uint32_t kind)
{
	switch (kind) {
	case TIMER_WRAPUP:
		return 0;
	case TIMER_OFFER:
		return 1;
	case TIMER_MAX_WAIT:
		return 2;
	}
	return USHER__HEAP_NO_LANE;
}

void usher__timer_set(struct usher_acd *acd, struct timer **at_timer,
		      int64_t at, enum timer_kind kind, uint64_t id, void *ptr)
{
	struct timer *timer = *at_timer;

	if (timer) {
		/* it stays where it is, which usher__timers_renew() needs */
		if (timer->due.at == at && timer->due.kind == kind &&
		    timer->due.id == id && timer->ptr == ptr)
			return;
		usher__heap_del(&acd->timers, &timer->due);
	} else {
		*at_timer = timer = usher__pool_get(&acd->timer_pool);
	}
	timer->ptr = ptr;
	timer->due.at = at;
	timer->due.id = id;
	timer->due.kind = kind;
	usher__heap_add(&acd->timers, &timer->due, lane_of(kind));
}

void usher__timer_clear(struct usher_acd *acd, struct timer **timer)
{
	if (!*timer)
		return;
	usher__heap_del(&acd->timers, &(*timer)->due);
	usher__pool_put(&acd->timer_pool, *timer);
	*timer = NULL;
}

/* The earliest of: longest wait, answer of the external policy, end of a
 * deferral, a step of the queue. One that is overdue comes now. */
static void set_first(struct usher_acd *acd, struct segment *seg, int64_t step)
{
	int64_t at = seg->q.deadline ? seg->q.deadline : USHER_NEVER;
	uint32_t kind = TIMER_MAX_WAIT;

	if (seg->state == USHER_SEGMENT_DECIDING && seg->q.until < at) {
		at = seg->q.until;
		kind = TIMER_DECIDE;
	} else if (seg->state == USHER_SEGMENT_WAITING &&
		   seg->q.until > acd->now && seg->q.until < at) {
		at = seg->q.until;
		kind = TIMER_DEFER;
	}
	if (step < at) {
		at = step;
		kind = TIMER_STEP;
	}
	if (at != USHER_NEVER)
		usher__timer_set(acd, &seg->timer, at, kind, seg->id, seg);
	else
		usher__timer_clear(acd, &seg->timer);
}

/* What is due in this moment after the last that ran, still comes. */
bool usher__segment_ahead(const struct usher_acd *acd,
			  const struct segment *seg)
{
	return acd->ran_kind < TIMER_STEP ||
	       (acd->ran_kind == TIMER_STEP && acd->ran_id < seg->id);
}

/* Where a look of this moment still counts. */
static int64_t looks_from(const struct usher_acd *acd,
			  const struct segment *seg)
{
	return acd->now -
	       (seg->began < acd->now && usher__segment_ahead(acd, seg));
}

static int64_t step_after(const struct usher_acd *acd,
			  const struct segment *seg, int64_t from)
{
	return seg->q.queue->step_count ? usher__steps_at(acd, seg, from)
					: USHER_NEVER;
}

/* A look of this moment that has not come yet is not lost by what happens
 * before it. */
void usher__segment_timer(struct usher_acd *acd, struct segment *seg)
{
	const int64_t from = looks_from(acd, seg);

	usher__unrest(acd, seg);
	set_first(acd, seg, step_after(acd, seg, from));
}

void usher__segment_timer_steps(struct usher_acd *acd, struct segment *seg)
{
	const int64_t from = looks_from(acd, seg);
	int64_t at;

	usher__unrest(acd, seg);
	at = step_after(acd, seg, from);
	if (at != USHER_NEVER)
		usher__timer_set(acd, &seg->timer, at, TIMER_STEP, seg->id,
				 seg);
	else
		usher__timer_clear(acd, &seg->timer);
}

void usher__segment_timer_clear(struct usher_acd *acd, struct segment *seg)
{
	if (seg->kind == USHER_SEGMENT_QUEUE)
		usher__unrest(acd, seg);
	usher__timer_clear(acd, &seg->timer);
}

void usher__segment_rest(struct usher_acd *acd, struct segment *seg)
{
	int64_t at;

	/* the others, of what was before; this one knows it */
	usher__wake(acd);
	if (!usher__steps_rest(acd, seg, &at))
		usher__unrest(acd, seg);
	else if (!usher__rest(acd, seg))
		at = usher__steps_at(acd, seg, acd->now);
	set_first(acd, seg, at);
}

void usher__segment_look(struct usher_acd *acd, struct segment *seg)
{
	int64_t from = acd->now - usher__segment_ahead(acd, seg);

	usher__unrest(acd, seg);
	set_first(acd, seg, usher__steps_at(acd, seg, from));
}
