/* What each kind of step does when control comes to it. */
#include <string.h>

#include "ivr/instance.h"

static void set_attribute(struct usher_ivr *ivr, const struct pair *pair,
			  struct usher_value value)
{
	struct usher_ivr_action *action = usher__ivr_act(ivr, USHER_IVR_SET);
	struct shadow *shadow = usher__ivr_get(ivr, sizeof(*shadow));

	if (!action || !shadow)
		return;
	action->target = pair->name + strlen("contact.");
	action->value = value;
	shadow->name = pair->attribute;
	shadow->value = value;
	shadow->next = ivr->shadows;
	ivr->shadows = shadow;
}

static void set_language(struct usher_ivr *ivr, struct usher_value value)
{
	struct usher_ivr_action *action;
	struct text copy = {0};

	if (value.type != USHER_VALUE_STRING || !value.len)
		return;
	usher__text_put(ivr, &copy, value.string, (size_t)value.len);
	usher__ivr_set(ivr, VAR_LANGUAGE, value);
	action = usher__ivr_act(ivr, USHER_IVR_LANGUAGE);
	if (action)
		action->language = copy.data;
}

static void assign(struct usher_ivr *ivr, const struct pair *pair,
		   struct usher_value value)
{
	if (pair->attribute >= 0)
		set_attribute(ivr, pair, value);
	else if (pair->var == VAR_LANGUAGE)
		set_language(ivr, value);
	else
		usher__ivr_set(ivr, pair->var, value);
}

static void do_prompt(struct usher_ivr *ivr, const struct step *step)
{
	bool barge = !(step->flags & USHER_STEP_NO_BARGE) &&
		     usher__queue_frame(ivr) < 0;

	usher__ivr_play(ivr, USHER_IVR_PLAY, step->prompts[PROMPT_FIRST],
			barge ? USHER_IVR_BARGE : 0);
	ivr->d.deadline = usher__ivr_after(ivr, USHER_IVR_PLAY_MAX_MS);
	usher__ivr_move(ivr, IVR_PROMPT);
}

static void do_set(struct usher_ivr *ivr, const struct step *step)
{
	for (uint32_t i = 0; i < step->n_pairs && !ivr->failed; i++)
		assign(ivr, &step->pairs[i],
		       usher__ivr_value(ivr, step->pairs[i].value));
	usher__ivr_go(ivr, step->next);
}

static void do_if(struct usher_ivr *ivr, const struct step *step)
{
	for (uint32_t i = 0; i < step->n_exits; i++) {
		const struct flow_exit *way = &step->exits[i];

		if (way->cond && usher__ivr_test(ivr, way->cond)) {
			usher__ivr_go(ivr, way->target);
			return;
		}
	}
	usher__ivr_go(ivr, usher__step_way(step, "else"));
}

static const char *fetch_body(struct usher_ivr *ivr, const struct step *step)
{
	struct text body = {0};
	const char *comma = "{";

	for (uint32_t i = 0; i < step->n_pairs; i++) {
		const struct pair *pair = &step->pairs[i];
		struct usher_value value;

		if (pair->kind != USHER_PAIR_FIELD)
			continue;
		usher__text_put(ivr, &body, comma, 1);
		comma = ",";
		value = usher_value_string(pair->name);
		usher__text_json(ivr, &body, &value);
		usher__text_put(ivr, &body, ":", 1);
		value = usher__ivr_value(ivr, pair->value);
		usher__text_json(ivr, &body, &value);
	}
	if (body.len)
		usher__text_put(ivr, &body, "}", 1);
	return body.data;
}

static void fetch_pairs(struct usher_ivr *ivr, const struct step *step,
			struct usher_ivr_action *action)
{
	struct usher_ivr_pair *pairs =
		usher__ivr_get(ivr, (step->n_pairs + 1) * sizeof(*pairs));
	const char **paths =
		usher__ivr_get(ivr, (step->n_pairs + 1) * sizeof(*paths));

	if (!pairs || !paths)
		return;
	for (uint32_t i = 0; i < step->n_pairs; i++) {
		const struct pair *pair = &step->pairs[i];

		if (pair->kind == USHER_PAIR_RESULT) {
			paths[action->n_paths++] = pair->path;
		} else if (pair->kind == USHER_PAIR_HEADER) {
			pairs[action->n_pairs].name = pair->name;
			pairs[action->n_pairs++].value = usher__ivr_render(
				ivr, pair->value, RENDER_HEADER);
		}
	}
	action->pairs = pairs;
	action->paths = paths;
}

static void do_fetch(struct usher_ivr *ivr, const struct step *step)
{
	struct usher_ivr_action *action = usher__ivr_act(ivr, USHER_IVR_FETCH);

	if (!action)
		return;
	ivr->d.awaited = action->request = usher__ivr_request(ivr);
	action->method = step->method;
	action->timeout_ms = step->timeout_ms;
	action->target = usher__ivr_render(ivr, step->target, RENDER_URL);
	action->body = fetch_body(ivr, step);
	fetch_pairs(ivr, step, action);
	if (usher__ivr_reads_secret(ivr, step, false))
		action->flags |= USHER_IVR_IS_SECRET;
	ivr->d.deadline = usher__ivr_after(ivr, step->timeout_ms);
	usher__ivr_move(ivr, IVR_FETCH);
}

void usher__ivr_fetched(struct usher_ivr *ivr,
			const struct usher_ivr_event *event)
{
	const struct step *step = usher__ivr_step(ivr);
	size_t n = 0;

	usher__ivr_forget_read(ivr, step);
	for (uint32_t i = 0; i < step->n_pairs && !ivr->failed; i++) {
		struct usher_value value = usher_value_undefined();

		if (step->pairs[i].kind != USHER_PAIR_RESULT)
			continue;
		if (n < event->n_values)
			value = event->values[n++];
		if (value.type == USHER_VALUE_STRING &&
		    value.len > USHER_IVR_VALUE_MAX)
			value.len = USHER_IVR_VALUE_MAX;
		assign(ivr, &step->pairs[i], value);
	}
	usher__ivr_go(ivr, step->next);
}

void usher__ivr_fetch_failed(struct usher_ivr *ivr, const char *reason)
{
	const struct step *step = usher__ivr_step(ivr);

	usher__ivr_forget_read(ivr, step);
	usher__ivr_go(ivr, usher__step_way(step, reason));
}

static void do_transfer(struct usher_ivr *ivr, const struct step *step)
{
	struct usher_ivr_action *action;

	if (usher__queue_frame(ivr) >= 0) {
		usher__ivr_error(ivr, "misplaced");
		return;
	}
	action = usher__ivr_act(ivr, USHER_IVR_TRANSFER);
	usher__ivr_forget_secrets(ivr);
	if (!action)
		return;
	ivr->d.awaited = action->request = usher__ivr_request(ivr);
	action->method = step->method;
	action->target = usher__ivr_render(ivr, step->target, RENDER_PLAIN);
	action->timeout_ms = step->timeout_ms;
	usher__ivr_move(ivr, IVR_TRANSFER);
}

static void do_voicemail(struct usher_ivr *ivr, const struct step *step)
{
	if (usher__queue_frame(ivr) >= 0) {
		usher__ivr_error(ivr, "misplaced");
		return;
	}
	usher__ivr_forget_secrets(ivr);
	if (step->prompts[PROMPT_FIRST] >= 0)
		usher__ivr_play(ivr, USHER_IVR_PLAY,
				step->prompts[PROMPT_FIRST], USHER_IVR_BARGE);
	ivr->d.deadline = usher__ivr_after(ivr, USHER_IVR_PLAY_MAX_MS);
	usher__ivr_move(ivr, IVR_GREETING);
	if (step->prompts[PROMPT_FIRST] < 0)
		usher__ivr_record(ivr);
}

void usher__ivr_record(struct usher_ivr *ivr)
{
	const struct step *step = usher__ivr_step(ivr);
	struct usher_ivr_action *action =
		usher__ivr_act(ivr, USHER_IVR_RECORD);

	if (!action)
		return;
	ivr->d.awaited = action->request = usher__ivr_request(ivr);
	action->target = usher__ivr_render(ivr, step->target, RENDER_PLAIN);
	action->timeout_ms = step->timeout_ms;
	action->terminator = (unsigned char)step->terminator;
	ivr->d.deadline = usher__ivr_after(ivr, step->timeout_ms);
	usher__ivr_move(ivr, IVR_RECORDING);
}

/* Enough: its host is to keep what there is, and to say so. */
void usher__ivr_record_end(struct usher_ivr *ivr)
{
	usher__ivr_stop(ivr, ivr->d.awaited);
	ivr->d.stopping = 1;
	ivr->d.deadline = usher__ivr_after(ivr, IVR_RECORD_GRACE_MS);
}

static void do_subflow(struct usher_ivr *ivr, const struct step *step)
{
	struct frame *frame = &ivr->d.frames[ivr->d.depth];

	if (ivr->d.depth == USHER_IVR_DEPTH_MAX) {
		usher__ivr_error(ivr, "depth");
		return;
	}
	frame->kind = FRAME_SUBFLOW;
	frame->step = ivr->d.step;
	ivr->d.depth++;
	ivr->d.step = step->sub;
}

static void do_wait(struct usher_ivr *ivr, const struct step *step)
{
	if (step->prompts[PROMPT_FIRST] >= 0)
		usher__ivr_play(ivr, USHER_IVR_MUSIC,
				step->prompts[PROMPT_FIRST], 0);
	if (step->timeout_ms)
		ivr->d.deadline = usher__ivr_after(ivr, step->timeout_ms);
	usher__ivr_move(ivr, IVR_WAIT);
}

static void do_end(struct usher_ivr *ivr, const struct step *step)
{
	usher__ivr_end(ivr, step->target ? usher__ivr_render(ivr, step->target,
							     RENDER_PLAIN)
					 : "end");
}

static void do_leave(struct usher_ivr *ivr, const struct step *step)
{
	if (usher__queue_frame(ivr) < 0)
		usher__ivr_error(ivr, "misplaced");
	else
		usher__queue_leave(ivr, step->flow_name);
}

void usher__ivr_execute(struct usher_ivr *ivr, const struct step *step)
{
	switch ((enum usher_step_kind)step->kind) {
	case USHER_STEP_PROMPT:
		do_prompt(ivr, step);
		break;
	case USHER_STEP_MENU:
	case USHER_STEP_COLLECT:
		usher__ask_begin(ivr, PROMPT_FIRST);
		break;
	case USHER_STEP_SET:
		do_set(ivr, step);
		break;
	case USHER_STEP_IF:
		do_if(ivr, step);
		break;
	case USHER_STEP_QUEUE:
		usher__queue_begin(ivr, step);
		break;
	case USHER_STEP_FETCH:
		do_fetch(ivr, step);
		break;
	case USHER_STEP_TRANSFER:
		do_transfer(ivr, step);
		break;
	case USHER_STEP_VOICEMAIL:
		do_voicemail(ivr, step);
		break;
	case USHER_STEP_SUBFLOW:
		do_subflow(ivr, step);
		break;
	case USHER_STEP_END:
		do_end(ivr, step);
		break;
	case USHER_STEP_WAIT:
		do_wait(ivr, step);
		break;
	case USHER_STEP_LEAVE:
		do_leave(ivr, step);
		break;
	case USHER_STEP_CALLBACK:
		usher__ivr_call_back(ivr, step);
		break;
	}
}
