/* The time of the media threads. */
#ifndef USHER_MEDIA_CLOCK_H
#define USHER_MEDIA_CLOCK_H

#include <stdint.h>

/* Monotonic time in microseconds. */
int64_t usher__media_now_us(void);
uint64_t usher__media_ntp(void);
/* Has a timerfd ring each period; 0: never. */
void usher__media_timer(int fd, uint32_t period_ms);

#endif
