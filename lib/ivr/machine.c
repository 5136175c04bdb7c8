/*
 * The machine of an instance: its states, its turns, and which event does
 * what. A turn is one input; within it the state RUNNING means that steps are
 * carried out until one has to wait.
 *
 *   FRESH --started--> RUNNING ---------------------------------> DONE
 *                       |  ^                                       ^
 *     the step waits    |  | what it waited for has come           |
 *                       v  |                        hung up (any)--'
 *   PROMPT ------------ played, timeout, digit ----> RUNNING
 *   ASKING ------------- played, digit, text ------> INPUT
 *   INPUT -------------- digit, text, timeout -----> INVALID, ASKING, RUNNING
 *   INVALID ------------ played -------------------> ASKING
 *                        digit, text --------------> INPUT
 *   FETCH -------------- fetched, failed, timeout -> RUNNING
 *   WAIT --------------- timeout ------------------> RUNNING
 *   GREETING ----------- played, digit ------------> RECORDING
 *   RECORDING ---------- recorded, failed, timeout > RUNNING
 *   TRANSFER ----------- failed -------------------> RUNNING
 *                        answered -----------------> TALKING
 *   QUEUED ------------- exited -------------------> RUNNING
 *                        answered -> RUNNING ------> TALKING
 *                        key, timeout -> RUNNING --> LEAVING
 *   LEAVING ------------ exited -> RUNNING;  answered -> TALKING
 *   TALKING ------------ agent left -> RUNNING; returned -> QUEUED or steps
 *                        of the flow that runs while waiting
 *
 * While waiting in a queue a frame of that kind is on the stack, and the
 * state is QUEUED or that of a step of the `while` flow; queue events then
 * unwind to the frame, through RUNNING.
 */
#include <assert.h>
#include <string.h>

#include "ivr/instance.h"

#define TO(state) (1u << IVR_##state)
/* Where every state that waits can go. */
#define BACK (TO(RUNNING) | TO(DONE))

static const uint32_t moves[IVR_STATES] = {
	[IVR_FRESH] = BACK,
	[IVR_RUNNING] = ~TO(FRESH),
	[IVR_PROMPT] = BACK,
	[IVR_ASKING] = BACK | TO(INPUT),
	[IVR_INPUT] = BACK | TO(INVALID) | TO(ASKING),
	[IVR_INVALID] = BACK | TO(ASKING) | TO(INPUT),
	[IVR_FETCH] = BACK,
	[IVR_WAIT] = BACK,
	[IVR_GREETING] = BACK | TO(RECORDING),
	[IVR_RECORDING] = BACK,
	[IVR_TRANSFER] = BACK | TO(TALKING),
	[IVR_QUEUED] = BACK,
	[IVR_LEAVING] = BACK,
	[IVR_TALKING] = BACK,
	[IVR_DONE] = 0,
};

/* The only place where an instance's state changes. */
void usher__ivr_move(struct usher_ivr *ivr, enum ivr_state next)
{
	assert(moves[ivr->d.state] & (1u << next));
	(void)moves;
	ivr->d.state = (uint8_t)next;
}

const struct step *usher__ivr_step(const struct usher_ivr *ivr)
{
	return ivr->set->steps[ivr->d.step];
}

/* Leave what this step waited for. */
static void wake(struct usher_ivr *ivr)
{
	if (ivr->d.state != IVR_RUNNING)
		usher__ivr_move(ivr, IVR_RUNNING);
	ivr->d.deadline = IVR_NEVER;
	ivr->d.awaited = 0;
	ivr->d.stopping = 0;
	ivr->d.tries = 0;
	usher__wipe(ivr->d.input, sizeof(ivr->d.input));
	ivr->d.n_input = 0;
}

void usher__ivr_go(struct usher_ivr *ivr, int32_t target)
{
	wake(ivr);
	while (target == TARGET_RETURN && ivr->d.depth) {
		const struct frame *frame = &ivr->d.frames[ivr->d.depth - 1];

		ivr->d.step = frame->step;
		if (frame->kind == FRAME_QUEUE) {
			usher__ivr_move(ivr, IVR_QUEUED);
			return;
		}
		ivr->d.depth--;
		target = usher__ivr_step(ivr)->next;
	}
	if (target < 0)
		usher__ivr_end(ivr, "end");
	else
		ivr->d.step = target;
}

void usher__ivr_end(struct usher_ivr *ivr, const char *reason)
{
	struct usher_ivr_action *action;

	usher__ivr_stop_current(ivr);
	wake(ivr);
	if (usher__queue_frame(ivr) >= 0) {
		action = usher__ivr_act(ivr, USHER_IVR_LEAVE);
		if (action) {
			action->request = ivr->d.queue_request;
			action->reason = "end";
		}
	}
	action = usher__ivr_act(ivr, USHER_IVR_END);
	if (action)
		action->reason = reason;
	usher__ivr_forget_secrets(ivr);
	usher__ivr_move(ivr, IVR_DONE);
}

void usher__ivr_error(struct usher_ivr *ivr, const char *reason)
{
	struct usher_ivr_action *action = usher__ivr_act(ivr, USHER_IVR_ERROR);
	char where[sizeof(ivr->where)];
	struct text text = {0};

	if (action) {
		usher__step_where(ivr->set, usher__ivr_step(ivr), where,
				  sizeof(where));
		usher__text_put(ivr, &text, where, strlen(where));
		action->reason = reason;
		action->target = text.data;
	}
	usher__ivr_end(ivr, "error");
}

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
