/* Events change the state: what that takes, and doing it. Inside lib/acd only.
 */
#ifndef USHER_ACD_APPLY_H
#define USHER_ACD_APPLY_H

#include <acd/state.h>

/* All memory that applying this event takes, beyond the reserves. */
int usher__acd_prepare(struct usher_acd *acd, uint32_t type, uint64_t contact,
		       const void *payload);
void usher__acd_put_back(struct usher_acd *acd);
/* What of it no event has kept. */
static inline void usher__acd_unprepare(struct usher_acd *acd)
{
	if (acd->spare || acd->spare_expr)
		usher__acd_put_back(acd);
}
/* The only function that changes state. */
void usher__acd_apply(struct usher_acd *acd, const struct usher_event *ev,
		      const void *payload);

#endif
