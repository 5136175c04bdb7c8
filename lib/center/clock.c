/*
 * The two times of a center. That of the core and of all that is recorded
 * never goes back, whatever the clock does: monotonic time from what the clock
 * said at the start, or from where an earlier run has been. What people know
 * by the clock on the wall (opening hours, midnight, `time.` in flows) is
 * asked of that clock each time: it may be set, and it alone goes on while the
 * machine is suspended.
 */
#include <time.h>

#include "center/center.h"
#include "sip/loop.h"

void usher__center_clock_start(struct usher_center *center)
{
	center->clock_offset_us =
		usher__center_wall_us() - usher__loop_mono_us();
	usher__center_clock_after(center, 0);
	center->last_job = 0;
}

void usher__center_clock_after(struct usher_center *center, int64_t last_us)
{
	int64_t now = usher__center_clock(center);

	/* It must not stand still either, until the clock is there. */
	if (now <= last_us)
		center->clock_offset_us += last_us + 1 - now;
	center->now_us = usher__center_clock(center);
	/* Ids of legs and requests go on where no earlier run has been. */
	atomic_store(&center->last_leg, (uint64_t)center->now_us / 1000);
	pthread_mutex_lock(&center->lock);
	center->last_request = (uint64_t)center->now_us;
	pthread_mutex_unlock(&center->lock);
}

int64_t usher__center_clock(struct usher_center *center)
{
	int64_t now = usher__loop_mono_us() + center->clock_offset_us;

	if (now < center->last_us)
		now = center->last_us;
	center->last_us = now;
	return now;
}

int64_t usher__center_wall_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}
