/* Who rests until something happens. Inside lib/acd only. */
#ifndef USHER_ACD_REST_H
#define USHER_ACD_REST_H

#include <acd/state.h>

void usher__rests_init(struct usher_acd *acd);
/* Its steps were looked at, and something has to happen before one is due, but
 * for what its own timer stands for. False: no memory now, it does not rest.
 */
bool usher__rest(struct usher_acd *acd, struct segment *seg);
void usher__unrest(struct usher_acd *acd, struct segment *seg);
/* Something may have happened: who rests is looked at again, in time. */
void usher__wake_all(struct usher_acd *acd);

static inline void usher__wake(struct usher_acd *acd)
{
	if (acd->woken != acd->seq)
		usher__wake_all(acd);
}

#endif
