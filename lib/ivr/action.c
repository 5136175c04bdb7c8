/* Actions: made in the turn's arena, in the order of doing. */
#include <string.h>

#include "ivr/instance.h"

struct usher_ivr_action *usher__ivr_act(struct usher_ivr *ivr, uint32_t kind)
{
	struct act *act = usher__ivr_get(ivr, sizeof(*act));

	if (!act)
		return NULL;
	act->action.kind = kind;
	*ivr->last = act;
	ivr->last = &act->next;
	return &act->action;
}

uint32_t usher__ivr_request(struct usher_ivr *ivr)
{
	if (!++ivr->d.requests)
		ivr->d.requests = 1;
	return ivr->d.requests;
}

int64_t usher__ivr_after(const struct usher_ivr *ivr, uint32_t ms)
{
	int64_t us = (int64_t)ms * 1000;

	if (ivr->d.last_us > IVR_NEVER - us)
		return IVR_NEVER;
	return ivr->d.last_us + us;
}

void usher__ivr_fill_prompt(struct usher_ivr *ivr,
			    struct usher_ivr_action *action, int32_t index)
{
	const struct prompt *prompt = ivr->set->prompts[index];
	const struct slot *slot = &ivr->vars[VAR_LANGUAGE];
	const struct variant *variant = usher__prompt_choose(
		ivr->set, prompt,
		slot->type == USHER_VALUE_STRING ? slot->text : "");
	const char **sounds = NULL;

	action->prompt = prompt->name;
	action->language = variant->language;
	if (variant->text)
		action->text =
			usher__ivr_render(ivr, variant->text, RENDER_PLAIN);
	if (variant->n_sounds)
		sounds = usher__ivr_get(ivr,
					variant->n_sounds * sizeof(*sounds));
	if (!sounds)
		return;
	for (uint32_t i = 0; i < variant->n_sounds; i++)
		sounds[i] = usher__ivr_render(ivr, variant->sounds[i],
					      RENDER_FILE);
	action->sounds = sounds;
	action->n_sounds = variant->n_sounds;
}

static void fill_choices(struct usher_ivr *ivr,
			 struct usher_ivr_action *action,
			 const struct step *step)
{
	struct usher_ivr_pair *pairs =
		usher__ivr_get(ivr, (step->n_exits + 1) * sizeof(*pairs));
	size_t count = 0;

	if (!pairs)
		return;
	for (uint32_t i = 0; i < step->n_exits; i++) {
		const char *on = step->exits[i].on;

		if (strcmp(on, "timeout") != 0 && strcmp(on, "invalid") != 0 &&
		    strcmp(on, "else") != 0)
			pairs[count++].name = on;
	}
	action->pairs = pairs;
	action->n_pairs = count;
}

void usher__ivr_play(struct usher_ivr *ivr, uint32_t kind, int32_t prompt,
		     uint32_t flags)
{
	struct usher_ivr_action *action = usher__ivr_act(ivr, kind);

	if (!action)
		return;
	ivr->d.awaited = action->request = usher__ivr_request(ivr);
	action->flags = flags;
	usher__ivr_fill_prompt(ivr, action, prompt);
	if (flags & USHER_IVR_IS_MENU)
		fill_choices(ivr, action, usher__ivr_step(ivr));
}

void usher__ivr_stop(struct usher_ivr *ivr, uint32_t request)
{
	struct usher_ivr_action *action =
		request ? usher__ivr_act(ivr, USHER_IVR_STOP) : NULL;

	if (action)
		action->request = request;
}

void usher__ivr_stop_current(struct usher_ivr *ivr)
{
	switch ((enum ivr_state)ivr->d.state) {
	case IVR_PROMPT:
	case IVR_ASKING:
	case IVR_INVALID:
	case IVR_GREETING:
	case IVR_RECORDING:
	case IVR_FETCH:
	case IVR_WAIT:
		usher__ivr_stop(ivr, ivr->d.awaited);
		break;
	default:
		break;
	}
	ivr->d.awaited = 0;
}
