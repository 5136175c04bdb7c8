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
/* Some agent has accepted it. */
bool usher__is_connecting(const struct contact *contact);
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
