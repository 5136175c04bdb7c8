/*
 * Deadlines: one tree by (time, kind, id). What comes of them is in due.c.
 */
#include <acd/internal.h>

void usher__timer_set(struct usher_acd *acd, struct timer **timer, int64_t at,
		      enum timer_kind kind, uint64_t id, void *ptr)
{
	if (*timer)
		usher__timer_clear(acd, timer);
	*timer = usher__pool_get(&acd->timer_pool);
	(*timer)->ptr = ptr;
	(*timer)->node.k0 = at;
	(*timer)->node.k1 = kind;
	(*timer)->node.k2 = id;
	usher__tree_add(&acd->timers, &(*timer)->node);
}

void usher__timer_clear(struct usher_acd *acd, struct timer **timer)
{
	if (!*timer)
		return;
	usher__tree_del(&acd->timers, &(*timer)->node);
	usher__pool_put(&acd->timer_pool, *timer);
	*timer = NULL;
}

/* The earliest of: longest wait, answer of the external policy, end of a
 * deferral, a step of the queue. One that is overdue comes now. */
void usher__segment_timer(struct usher_acd *acd, struct segment *seg)
{
	int64_t at = seg->q.deadline ? seg->q.deadline : USHER_NEVER, step;
	enum timer_kind kind = TIMER_MAX_WAIT;

	if (seg->state == USHER_SEGMENT_DECIDING && seg->q.until < at) {
		at = seg->q.until;
		kind = TIMER_DECIDE;
	} else if (seg->state == USHER_SEGMENT_WAITING &&
		   seg->q.until > acd->now && seg->q.until < at) {
		at = seg->q.until;
		kind = TIMER_DEFER;
	}
	step = seg->q.queue->step_count ? usher__steps_at(acd, seg)
					: USHER_NEVER;
	if (step < at) {
		at = step;
		kind = TIMER_STEP;
	}
	usher__timer_clear(acd, &seg->timer);
	if (at != USHER_NEVER)
		usher__timer_set(acd, &seg->timer, at, kind, seg->id, seg);
}
