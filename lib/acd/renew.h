/* Timers of a core that is folded from events. Inside lib/acd only. */
#ifndef USHER_ACD_RENEW_H
#define USHER_ACD_RENEW_H

#include <acd/state.h>

/* An event is about to be applied: how far in its moment timers are is told by
 * it, and kept, so that who goes on from here does as who folded it. */
void usher__timers_told(struct usher_acd *acd, const struct usher_event *ev);

static inline void usher__timers_follow(struct usher_acd *acd,
					const struct usher_event *ev)
{
	/* unless it is part of what another one began */
	if (ev->cause_kind != USHER_CAUSE_EVENT || ev->time_us != acd->time)
		usher__timers_told(acd, ev);
}

/* After events were folded: what came by itself meanwhile, and left none, has
 * come. */
void usher__timers_renew(struct usher_acd *acd);

#endif
