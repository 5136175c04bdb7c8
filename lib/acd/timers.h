/* What is due when: of each timer its time. Inside lib/acd only. */
#ifndef USHER_ACD_TIMERS_H
#define USHER_ACD_TIMERS_H

#include <acd/state.h>

void usher__timer_set(struct usher_acd *acd, struct timer **timer, int64_t at,
		      enum timer_kind kind, uint64_t id, void *ptr);
void usher__timer_clear(struct usher_acd *acd, struct timer **timer);
void usher__segment_timer(struct usher_acd *acd, struct segment *seg);
void usher__segment_timer_clear(struct usher_acd *acd, struct segment *seg);
/* Its steps were just looked at, and none was taken. */
void usher__segment_rest(struct usher_acd *acd, struct segment *seg);
/* What is due in this moment after the last that ran, still comes. */
static inline bool usher__timer_ahead(const struct usher_acd *acd,
				      uint32_t kind, uint64_t id)
{
	return acd->ran_kind < kind ||
	       (acd->ran_kind == kind && acd->ran_id < id);
}

/* Its contacts are collected; in the moment that ends it, until its timer. */
static inline bool usher__collects(const struct usher_acd *acd,
				   const struct queue *queue)
{
	return queue->collect > acd->now ||
	       (queue->collect == acd->now &&
		usher__timer_ahead(acd, TIMER_COLLECT, queue->id));
}

/* Some agent has accepted it. */
bool usher__is_connecting(const struct contact *contact);
/* Its policy has said "not before", and that time has not come; in its moment
 * it comes with the timer. */
static inline bool usher__deferred(const struct usher_acd *acd,
				   const struct segment *seg)
{
	return seg->q.until > acd->now ||
	       (seg->q.until == acd->now &&
		usher__timer_ahead(acd, TIMER_DEFER, seg->id));
}

/* The agent is not offered the contact again yet. */
static inline bool usher__retry_holds(const struct usher_acd *acd,
				      const struct contact *contact,
				      const struct retry *retry)
{
	return retry->until > acd->now ||
	       (retry->until == acd->now &&
		usher__timer_ahead(acd, TIMER_RETRY, contact->id));
}

/* Its steps are looked at at their next time, which may be now. */
void usher__segment_look(struct usher_acd *acd, struct segment *seg);
/* Some deadline is at or before a time. */
static inline bool usher__timer_due(const struct usher_acd *acd, int64_t until)
{
	return acd->timers.first && acd->timers.low <= until;
}

/* The first of all; NULL: none. */
static inline struct timer *usher__timer_first(const struct usher_acd *acd)
{
	return (struct timer *)acd->timers.first;
}

_Static_assert(offsetof(struct timer, due) == 0, "what is due is a timer");

#endif
