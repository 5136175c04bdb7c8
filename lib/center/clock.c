/* The time of a center: it never goes back, whatever the clock does. */
#include "center/center.h"
#include "sip/loop.h"

int64_t usher__center_clock(struct usher_center *center)
{
	int64_t now = usher__loop_mono_us() + center->clock_offset_us;

	if (now < center->last_us)
		now = center->last_us;
	center->last_us = now;
	return now;
}
