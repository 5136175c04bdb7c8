/* What is due when: of each timer its time, and who rests until something
 * happens. Inside lib/acd only. */
#ifndef USHER_ACD_TIMERS_H
#define USHER_ACD_TIMERS_H

#include <acd/state.h>

void usher__timer_set(struct usher_acd *acd, struct timer **timer, int64_t at,
		      enum timer_kind kind, uint64_t id, void *ptr);
void usher__timer_clear(struct usher_acd *acd, struct timer **timer);
void usher__segment_timer(struct usher_acd *acd, struct segment *seg);
/* Its steps were just looked at, and none was taken. */
void usher__segment_rest(struct usher_acd *acd, struct segment *seg);
/* What is due in this moment after the last that ran, still comes. */
bool usher__segment_ahead(const struct usher_acd *acd,
			  const struct segment *seg);
/* Its steps are looked at at their next time, which may be now. */
void usher__segment_look(struct usher_acd *acd, struct segment *seg);
/* Something may have happened: who rests is looked at again. */
void usher__wake_all(struct usher_acd *acd);

static inline void usher__wake(struct usher_acd *acd)
{
	if (acd->woken != acd->seq)
		usher__wake_all(acd);
}

/* Some deadline is at or before a time. */
static inline bool usher__timer_due(const struct usher_acd *acd, int64_t until)
{
	return (acd->timers.first && acd->timers.low <= until) ||
	       (acd->resting.first && acd->resting.low <= until);
}

#endif
