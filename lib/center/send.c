/* Outputs on their way: given to drivers at the end of a turn. */
#include "center/answer.h"
#include "center/center.h"

#define CALL(member, ...)                                                     \
	(driver->member ? driver->member(arg, __VA_ARGS__) : USHER_ENOTSUP)

static int verb_run(const struct output *o)
{
	const struct usher_channel_driver *driver = o->channel->driver;
	const struct usher_channel_prompt *prompt =
		o->has_prompt ? &o->prompt : NULL;
	void *arg = o->channel->arg;

	switch (o->verb) {
	case VERB_PROGRESS:
		return CALL(progress, o->req, o->leg, o->code);
	case VERB_ACCEPT:
		return CALL(accept, o->req, o->leg);
	case VERB_REFUSE:
		return CALL(refuse, o->req, o->leg, o->code);
	case VERB_PROMPT:
		return prompt ? CALL(prompt, o->req, o->leg, prompt)
			      : USHER_ENOMEM;
	case VERB_QUIET:
		return CALL(quiet, o->req, o->leg);
	case VERB_SEND:
		return o->text ? CALL(send, o->req, o->leg, o->text)
			       : USHER_ENOMEM;
	case VERB_DIGITS:
		if (!o->text)
			return USHER_ENOMEM;
		return driver->digits ? CALL(digits, o->req, o->leg, o->text)
				      : CALL(send, o->req, o->leg, o->text);
	case VERB_JOIN:
		return CALL(join, o->req, o->leg, o->other);
	case VERB_PART:
		return CALL(part, o->req, o->leg, o->other);
	case VERB_HOLD:
		return CALL(hold, o->req, o->leg, prompt);
	case VERB_RESUME:
		return CALL(resume, o->req, o->leg);
	case VERB_END:
		return CALL(end, o->req, o->leg, o->code);
	case VERB_RING:
		return o->text ? CALL(ring, o->req, o->leg, &o->ring)
			       : USHER_ENOMEM;
	case VERB_RECORD:
		return o->text ? CALL(record, o->req, o->leg, &o->record)
			       : USHER_ENOMEM;
	case VERB_RECORD_STOP:
		return CALL(record_stop, o->other, o->leg);
	case VERB_MIX:
		return CALL(mix, o->req, o->leg, &o->mix);
	case VERB_MUTE:
		return CALL(mute, o->req, o->leg, o->code);
	case VERB_RECORD_PAUSE:
		return CALL(record_pause, o->other, o->leg, o->code);
	case VERB_WITHOUT:
		return CALL(without, o->leg,
			    (o->code & USHER_RING_NO_TEXT) != 0,
			    (o->code & USHER_RING_NO_VIDEO) != 0);
	case VERB_TRANSFER_RESULT:
		return CALL(transfer_result, o->leg, o->code);
	}
	return USHER_ENOTSUP;
}

#undef CALL

void usher__outputs_run(struct usher_center *center)
{
	struct output *output, **failed = &center->failed;
	int err;

	while (*failed)
		failed = &(*failed)->next;
	while ((output = center->outputs)) {
		center->outputs = output->next;
		if (!center->outputs)
			center->outputs_tail = &center->outputs;
		err = verb_run(output);
		/* Not taken: what waits for it hears so in the next turn, as
		 * if the driver had reported it. */
		if (!err || (!usher__output_ends(output) &&
			     !usher__job_find(center, output->req))) {
			usher__output_free(output);
			continue;
		}
		output->err = err;
		output->next = NULL;
		*failed = output;
		failed = &output->next;
	}
}
