/* libre's timers over our wheel, for the libre that is linked in privately.
 *
 * Every global of libre's own tmr.o is defined here, so that the linker has
 * no reason to take that object from the archive. A loop belongs to a thread,
 * and so does the wheel: it lives in the thread's own storage, needs no
 * memory later and no lock. libre's list of timers stays empty.
 *
 * The clock is the monotonic one: libre's follows the wall clock, and a step
 * of that would fire or delay every timer.
 */
#include <string.h>
#include <time.h>

#include <sip/loop.h>
#include <sip/wheel.h>

static _Thread_local struct usher__wheel wheel;

static uint64_t clock_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

#if USHER_LIBRE_VERSION >= 0x020000
uint64_t tmr_jiffies_usec(void)
{
	return clock_us();
}
#endif

uint64_t tmr_jiffies(void)
{
	return clock_us() / 1000;
}

void tmr_init(struct tmr *tmr)
{
	if (tmr)
		memset(tmr, 0, sizeof(*tmr));
}

void tmr_start(struct tmr *tmr, uint64_t delay, tmr_h *th, void *arg)
{
	if (tmr)
		usher__wheel_start(&wheel, tmr_jiffies(), tmr, delay, th, arg);
}

void tmr_cancel(struct tmr *tmr)
{
	if (tmr)
		usher__wheel_cancel(tmr);
}

uint64_t tmr_get_expire(const struct tmr *tmr)
{
	uint64_t now_ms;

	if (!tmr || !tmr->th)
		return 0;
	now_ms = tmr_jiffies();
	return tmr->jfs > now_ms ? tmr->jfs - now_ms : 0;
}

void tmr_poll(struct list *tmrl)
{
	(void)tmrl;
	usher__wheel_poll(&wheel, tmr_jiffies());
	usher__loop_polled();
}

uint64_t tmr_next_timeout(struct list *tmrl)
{
	(void)tmrl;
	return usher__wheel_next(&wheel, tmr_jiffies());
}

int tmr_status(struct re_printf *pf, void *unused)
{
	(void)unused;
	return re_hprintf(pf, "Timers (%zu, wheel)\n",
			  usher__wheel_count(&wheel));
}

/* libre prints its timers here; a library prints nothing. */
void tmr_debug(void)
{
}
