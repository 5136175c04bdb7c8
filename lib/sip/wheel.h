/* A hierarchical timer wheel for libre's timers: starting and canceling cost
 * the same among ten timers and among a million.
 *
 * Time is passed in, in milliseconds of a clock that never runs backwards;
 * lib/sip/tmr.c puts libre's interface and the monotonic clock over it. One
 * wheel belongs to one thread.
 */
#ifndef USHER_SIP_WHEEL_H
#define USHER_SIP_WHEEL_H

#include <compat.h>

#define USHER__WHEEL_BITS   6
#define USHER__WHEEL_SLOTS  (1u << USHER__WHEEL_BITS)
#define USHER__WHEEL_LEVELS 4

struct usher__wheel {
	uint64_t now_ms; /* everything due until then has been taken out */
	uint64_t used[USHER__WHEEL_LEVELS]; /* a bit a slot; may be stale */
	struct list slot[USHER__WHEEL_LEVELS][USHER__WHEEL_SLOTS];
	struct list far; /* beyond the top level */
	struct list due; /* to run at the next poll */
	struct list running;
};

/* All bits zero is an empty wheel at time zero. */

/* Start or restart a timer; th NULL only cancels. Zero delay: at the next
 * poll, which is another one than the poll that is running. */
void usher__wheel_start(struct usher__wheel *wheel, uint64_t now_ms,
			struct tmr *tmr, uint64_t delay_ms, tmr_h *th,
			void *arg);

/* Takes effect at once, also for a timer that is due in the running poll. */
void usher__wheel_cancel(struct tmr *tmr);

/* Run what is due until now_ms, in the order of expiry; timers that expire
 * at the same time run in the order in which they were started. */
void usher__wheel_poll(struct usher__wheel *wheel, uint64_t now_ms);

/* Milliseconds until the wheel wants to be polled, at least 1; 0 when no
 * timer runs. It may want to earlier than a timer is due, to sort a coarse
 * slot into finer ones. */
uint64_t usher__wheel_next(struct usher__wheel *wheel, uint64_t now_ms);

/* Timers that run now. Walks all slots: for status output and tests. */
size_t usher__wheel_count(const struct usher__wheel *wheel);

#endif
