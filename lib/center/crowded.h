/* Offers that wait for something of ours to ring with. */
#ifndef USHER_CENTER_CROWDED_H
#define USHER_CENTER_CROWDED_H

#include <stdbool.h>
#include <stdint.h>

struct usher_center;

/* True when it rings now. late: it does not wait any more, nor is it rung. */
typedef bool usher__crowded_ring(struct usher_center *center, uint64_t offer,
				 bool late);

/* An agent was not rung for want of ports or legs. */
void usher__crowded_lack(struct usher_center *center);
/* One was: there may be room for the next. */
void usher__crowded_room(struct usher_center *center);
/* True: the offer waits, and ring is called once it is its turn. */
bool usher__crowded_wait(struct usher_center *center, uint64_t offer,
			 int64_t deadline_us, usher__crowded_ring *ring);
/* Does one wait? Then there is nothing for newcomers. */
bool usher__crowded(struct usher_center *center);
void usher__crowded_free(struct usher_center *center);

#endif
