/* A loop's timers: libre's, behind a type of our own. */
#include <compat.h>

#include <stdlib.h>

#include <sip/loop.h>

struct usher__timer {
	struct tmr tmr;
	usher__loop_fn *fn;
	void *arg;
};

static void timer_handler(void *arg)
{
	struct usher__timer *timer = arg;

	timer->fn(timer->arg);
}

int usher__timer_new(struct usher__timer **ret, struct usher__loop *loop,
		     usher__loop_fn *fn, void *arg)
{
	struct usher__timer *timer = calloc(1, sizeof(*timer));

	(void)loop;
	if (!timer)
		return USHER_ENOMEM;
	tmr_init(&timer->tmr);
	timer->fn = fn;
	timer->arg = arg;
	*ret = timer;
	return 0;
}

void usher__timer_start(struct usher__timer *timer, uint64_t delay_ms)
{
	tmr_start(&timer->tmr, delay_ms, timer_handler, timer);
}

void usher__timer_cancel(struct usher__timer *timer)
{
	tmr_cancel(&timer->tmr);
}

bool usher__timer_running(const struct usher__timer *timer)
{
	return tmr_isrunning(&timer->tmr);
}

void usher__timer_free(struct usher__timer *timer)
{
	if (!timer)
		return;
	tmr_cancel(&timer->tmr);
	free(timer);
}
