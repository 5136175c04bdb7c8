#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"

enum { STEP_MS = 10 };

int __real_clock_gettime(clockid_t id, struct timespec *ts);
int __wrap_clock_gettime(clockid_t id, struct timespec *ts);

static _Atomic int64_t ahead_us;

/* What the loop's thread and its timers take for the time. */
int __wrap_clock_gettime(clockid_t id, struct timespec *ts)
{
	int err = __real_clock_gettime(id, ts);
	int64_t us;

	if (err || id != CLOCK_MONOTONIC)
		return err;
	us = ts->tv_nsec / 1000 + atomic_load(&ahead_us);
	ts->tv_sec += us / 1000000;
	ts->tv_nsec = us % 1000000 * 1000;
	return 0;
}

void clock_jump(int64_t ms)
{
	atomic_fetch_add(&ahead_us, ms * 1000);
}

#ifdef USHER_LIBRE_PRIVATE
static struct subject *clocked;

/* Its first turn ends with the timers that are due, its second one begins
 * after them. */
static void settle(void)
{
	subject_sync(clocked);
	subject_sync(clocked);
}

static void skip(int64_t left_ms)
{
	settle();
	atomic_fetch_add(&ahead_us,
			 (left_ms < STEP_MS ? left_ms : STEP_MS) * 1000);
	settle();
}

void clock_begin(struct subject *subject)
{
	clocked = subject;
	peer_skip = skip;
}
#else
void clock_begin(struct subject *subject)
{
	(void)subject;
}
#endif

void clock_pass(void)
{
	if (peer_skip)
		peer_skip(STEP_MS);
	else
		usleep(1000);
}
