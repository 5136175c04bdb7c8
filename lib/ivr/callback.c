/*
 * The step that has the caller called back. Its host answers: the caller has
 * gone (HUNG_UP), or stays, and why (FAILED). In a queue they wait meanwhile.
 */
#include "ivr/instance.h"

static void fill_queues(struct usher_ivr *ivr, const struct step *step,
			struct usher_ivr_action *action)
{
	const char **queues =
		usher__ivr_get(ivr, (step->n_pairs + 1) * sizeof(*queues));
	struct usher_ivr_pair *window =
		usher__ivr_get(ivr, (step->n_pairs + 1) * sizeof(*window));

	if (!queues || !window)
		return;
	for (uint32_t i = 0; i < step->n_pairs; i++) {
		const struct pair *pair = &step->pairs[i];
		const char *text =
			usher__ivr_render(ivr, pair->value, RENDER_PLAIN);

		if (pair->kind == USHER_PAIR_QUEUE) {
			queues[action->n_queues++] = text;
		} else {
			window[action->n_pairs].name = pair->name;
			window[action->n_pairs++].value = text;
		}
	}
	action->queues = queues;
	action->pairs = window;
}

void usher__ivr_call_back(struct usher_ivr *ivr, const struct step *step)
{
	struct usher_ivr_action *action =
		usher__ivr_act(ivr, USHER_IVR_CALLBACK);

	usher__ivr_forget_secrets(ivr);
	if (!action)
		return;
	ivr->d.awaited = action->request = usher__ivr_request(ivr);
	if (step->target)
		action->target =
			usher__ivr_render(ivr, step->target, RENDER_PLAIN);
	action->method = step->method;
	action->timeout_ms = step->timeout_ms;
	action->attempts = step->max;
	fill_queues(ivr, step, action);
	if (step->prompts[PROMPT_FIRST] >= 0)
		usher__ivr_fill_prompt(ivr, action,
				       step->prompts[PROMPT_FIRST]);
	usher__ivr_move(ivr, IVR_CALLBACK);
}
