/*
 * The machine of an instance: its states, and which event does what. Within a
 * turn (turn.c) the state RUNNING means that steps are carried out until one
 * has to wait.
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
 *   CALLBACK ----------- failed -------------------> RUNNING
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
	[IVR_CALLBACK] = BACK,
};

/* The only place where an instance's state changes. */
void usher__ivr_move(struct usher_ivr *ivr, enum ivr_state next)
{
	assert(moves[ivr->d.state] & (1u << next));
	(void)moves;
	ivr->d.state = (uint8_t)next;
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
