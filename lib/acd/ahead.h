/* How far deadlines of this moment have come; renew.c says what that is for.
 * Inside lib/acd only. */
#ifndef USHER_ACD_AHEAD_H
#define USHER_ACD_AHEAD_H

#include <acd/state.h>

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

#endif
