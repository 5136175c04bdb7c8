/*
 * Queues, and the time with an agent. Waiting pushes a frame, above which the
 * `while` flow runs; what the queue says unwinds to that frame. Leaving has
 * to be asked for, and an agent may be quicker: then the answer wins.
 */
#include <string.h>

#include "ivr/instance.h"

static void set_priority(struct usher_ivr *ivr, const struct step *step,
			 struct usher_ivr_action *action)
{
	const double most = 1e9;
	struct usher_value value;

	if (!step->priority)
		return;
	value = usher__ivr_eval(ivr, step->priority);
	if (value.type != USHER_VALUE_NUMBER)
		return;
	if (value.number > most)
		value.number = most;
	if (value.number < -most)
		value.number = -most;
	action->priority = (int64_t)value.number;
	action->has_priority = 1;
}

static void act_queue(struct usher_ivr *ivr, const struct step *step)
{
	struct usher_ivr_action *action = usher__ivr_act(ivr, USHER_IVR_QUEUE);
	const char **queues =
		usher__ivr_get(ivr, step->n_pairs * sizeof(*queues));

	if (!action || !queues)
		return;
	for (uint32_t i = 0; i < step->n_pairs; i++)
		queues[i] = usher__ivr_render(ivr, step->pairs[i].value,
					      RENDER_PLAIN);
	action->queues = queues;
	action->n_queues = step->n_pairs;
	action->timeout_ms = step->timeout_ms;
	if (usher__step_exit(step, "nobody") != TARGET_NONE)
		action->flags |= USHER_IVR_EXITS_NOBODY;
	if (step->require)
		action->require = usher_expr_text(step->require->expr);
	set_priority(ivr, step, action);
	ivr->d.queue_request = action->request = usher__ivr_request(ivr);
}

/* From now on in the queue: run its flow, or wait in silence. */
static void enter(struct usher_ivr *ivr, const struct step *step)
{
	struct frame *frame = &ivr->d.frames[ivr->d.depth++];

	frame->kind = FRAME_QUEUE;
	frame->step = ivr->d.step;
	if (step->sub >= 0)
		ivr->d.step = step->sub;
	else
		usher__ivr_move(ivr, IVR_QUEUED);
}

void usher__queue_begin(struct usher_ivr *ivr, const struct step *step)
{
	if (usher__queue_frame(ivr) >= 0) {
		usher__ivr_error(ivr, "misplaced");
		return;
	}
	if (ivr->d.depth == USHER_IVR_DEPTH_MAX) {
		usher__ivr_error(ivr, "depth");
		return;
	}
	usher__ivr_forget_secrets(ivr);
	act_queue(ivr, step);
	ivr->d.queue_deadline =
		step->timeout_ms ? usher__ivr_after(ivr, step->timeout_ms)
				 : IVR_NEVER;
	ivr->d.leave_target = TARGET_NONE;
	enter(ivr, step);
}

/* Back to the queue step, whatever its `while` flow was doing; keeps the
 * frame when asked to. */
static void unwind(struct usher_ivr *ivr, bool keep)
{
	int i = usher__queue_frame(ivr);

	usher__ivr_stop_current(ivr);
	ivr->d.deadline = IVR_NEVER;
	ivr->d.tries = 0;
	ivr->d.n_input = 0;
	usher__wipe(ivr->d.input, sizeof(ivr->d.input));
	ivr->d.depth = (uint8_t)(i + keep);
	ivr->d.step = ivr->d.frames[i].step;
	if (ivr->d.state != IVR_RUNNING)
		usher__ivr_move(ivr, IVR_RUNNING);
}

static void ask_to_leave(struct usher_ivr *ivr, const char *reason)
{
	struct usher_ivr_action *action = usher__ivr_act(ivr, USHER_IVR_LEAVE);

	if (!action)
		return;
	action->request = ivr->d.queue_request;
	action->reason = reason;
}

void usher__queue_leave(struct usher_ivr *ivr, const char *on)
{
	unwind(ivr, true);
	ivr->d.leave_target = usher__step_way(usher__ivr_step(ivr), on);
	ask_to_leave(ivr, on);
	usher__ivr_move(ivr, IVR_LEAVING);
}

void usher__queue_resumed(struct usher_ivr *ivr)
{
	ask_to_leave(ivr, "");
}

void usher__queue_key(struct usher_ivr *ivr, char digit)
{
	int i = usher__queue_frame(ivr);
	const struct step *step = ivr->set->steps[ivr->d.frames[i].step];
	const char on[] = {digit, '\0'};

	for (uint32_t k = 0; k < step->n_exits; k++) {
		const struct flow_exit *way = &step->exits[k];

		if (strcmp(way->on, on) != 0)
			continue;
		if (usher__flow_meanwhile(ivr->set, way)) {
			unwind(ivr, true);
			ivr->d.step = way->target;
		} else {
			usher__queue_leave(ivr, way->on);
		}
		return;
	}
}

void usher__queue_answered(struct usher_ivr *ivr)
{
	if (usher__queue_frame(ivr) >= 0) {
		unwind(ivr, false);
		usher__ivr_forget_secrets(ivr);
		usher__ivr_move(ivr, IVR_TALKING);
	} else if (ivr->d.state == IVR_TRANSFER) {
		ivr->d.awaited = 0;
		usher__ivr_move(ivr, IVR_TALKING);
	}
}

void usher__queue_exited(struct usher_ivr *ivr, const char *reason)
{
	int32_t target;

	if (usher__queue_frame(ivr) < 0)
		return;
	target = ivr->d.state == IVR_LEAVING ? ivr->d.leave_target
					     : TARGET_NONE;
	unwind(ivr, false);
	if (target == TARGET_NONE)
		target =
			usher__step_way(usher__ivr_step(ivr),
					reason && *reason ? reason : "failed");
	usher__ivr_go(ivr, target);
}

void usher__queue_returned(struct usher_ivr *ivr)
{
	const struct step *step = usher__ivr_step(ivr);

	if (ivr->d.state != IVR_TALKING || step->kind != USHER_STEP_QUEUE)
		return;
	usher__ivr_move(ivr, IVR_RUNNING);
	enter(ivr, step);
}

void usher__agent_left(struct usher_ivr *ivr)
{
	int32_t target;

	if (ivr->d.state != IVR_TALKING)
		return;
	target = usher__step_exit(usher__ivr_step(ivr), "answered");
	if (target == TARGET_NONE)
		usher__ivr_end(ivr, "answered");
	else
		usher__ivr_go(ivr, target);
}
