/* Time: what a media thread goes by, what reports tell, and what wakes it. */
#include <sys/timerfd.h>
#include <time.h>
#include "media/clock.h"
#include "media/mworker.h"

#define NTP_UNIX 2208988800u

int64_t usher__media_now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

uint64_t usher__media_ntp(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ((uint64_t)ts.tv_sec + NTP_UNIX) << 32 |
	       ((uint64_t)ts.tv_nsec << 32) / 1000000000;
}

void usher__media_timer(int fd, uint32_t period_ms)
{
	struct itimerspec spec = {0};

	spec.it_interval.tv_sec = period_ms / 1000;
	spec.it_interval.tv_nsec = (long)(period_ms % 1000) * 1000000;
	spec.it_value = spec.it_interval;
	timerfd_settime(fd, 0, &spec, NULL);
}

void usher__mworker_clock(struct usher__mworker *w)
{
	bool needed = !LIST_EMPTY(&w->players) || !LIST_EMPTY(&w->rooms) ||
		      !LIST_EMPTY(&w->typing);

	if (w->ticking == needed)
		return;
	w->ticking = needed;
	usher__media_timer(w->tick.fd, needed ? USHER__MPART_MS : 0);
}
