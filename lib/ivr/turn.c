/*
 * The turns of an instance. A turn is one input: the deadlines that are due
 * come first, each at its own time, then the event; after each of them steps
 * are carried out until one has to wait.
 */
#include <string.h>

#include "ivr/instance.h"

/* Whether this step may run, or the flow runs in circles. */
static bool step_allowed(struct usher_ivr *ivr)
{
	if (ivr->d.mark_us == INT64_MIN ||
	    (uint64_t)ivr->d.last_us - (uint64_t)ivr->d.mark_us >= 1000000) {
		ivr->d.mark_us = ivr->d.last_us;
		ivr->d.steps = 0;
	}
	return ++ivr->d.steps <= USHER_IVR_STEPS_MAX;
}

static bool wants_ahead(const struct usher_ivr *ivr)
{
	return ivr->d.n_ahead &&
	       (ivr->d.state == IVR_ASKING || ivr->d.state == IVR_INPUT) &&
	       !(usher__ivr_step(ivr)->flags & USHER_STEP_NO_BARGE);
}

static char take_ahead(struct usher_ivr *ivr)
{
	char digit = ivr->d.ahead[0];

	memmove(ivr->d.ahead, ivr->d.ahead + 1, sizeof(ivr->d.ahead) - 1);
	ivr->d.ahead[sizeof(ivr->d.ahead) - 1] = '\0';
	ivr->d.n_ahead--;
	return digit;
}

/* Carry out steps until one waits; digits typed ahead answer its question. */
static void run(struct usher_ivr *ivr)
{
	while (!ivr->failed) {
		if (wants_ahead(ivr))
			usher__ask_digit(ivr, take_ahead(ivr));
		else if (ivr->d.state != IVR_RUNNING)
			break;
		else if (!step_allowed(ivr))
			usher__ivr_error(ivr, "loop");
		else
			usher__ivr_execute(ivr, usher__ivr_step(ivr));
	}
}

static bool queue_timer_on(const struct usher_ivr *ivr)
{
	return ivr->d.queue_deadline != IVR_NEVER &&
	       ivr->d.state != IVR_LEAVING && usher__queue_frame(ivr) >= 0;
}

int64_t usher_ivr_deadline(const struct usher_ivr *ivr)
{
	if (queue_timer_on(ivr) && ivr->d.queue_deadline < ivr->d.deadline)
		return ivr->d.queue_deadline;
	return ivr->d.deadline;
}

static void run_deadlines(struct usher_ivr *ivr, int64_t now_us)
{
	for (int n = 0; !ivr->failed; n++) {
		int64_t at = usher_ivr_deadline(ivr);

		if (at > now_us)
			break;
		if (n >= IVR_CATCH_UP_MAX)
			at = now_us;
		if (at > ivr->d.last_us)
			ivr->d.last_us = at;
		if (queue_timer_on(ivr) &&
		    ivr->d.queue_deadline <= ivr->d.deadline)
			usher__queue_leave(ivr, "timeout");
		else
			usher__ivr_timed_out(ivr);
		run(ivr);
	}
	ivr->d.last_us = now_us;
}

static int turn(struct usher_ivr *ivr, int64_t now_us,
		const struct usher_ivr_event *event, size_t len)
{
	if (ivr->unread)
		return USHER_EAGAIN;
	if (now_us < ivr->d.last_us || now_us == INT64_MAX)
		return USHER_EINVAL;
	usher__ivr_begin(ivr);
	if (ivr->d.state != IVR_DONE)
		run_deadlines(ivr, now_us);
	if (event && ivr->d.state != IVR_DONE && !ivr->failed) {
		usher__ivr_handle(ivr, event, event->text, len);
		run(ivr);
	}
	return usher__ivr_commit(ivr);
}

int usher_ivr_feed(struct usher_ivr *ivr, int64_t now_us,
		   const struct usher_ivr_event *event)
{
	size_t len = 0;
	int code;

	if (!event)
		return USHER_EINVAL;
	code = usher__ivr_check_event(event, &len);
	return code ? code : turn(ivr, now_us, event, len);
}

int usher_ivr_advance(struct usher_ivr *ivr, int64_t now_us)
{
	return turn(ivr, now_us, NULL, 0);
}
