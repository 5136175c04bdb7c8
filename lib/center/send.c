/* Outputs on their way: given to drivers at the end of a turn, and what
 * becomes of them. */
#include "center/answer.h"
#include "center/center.h"
#include "center/steps.h"

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
	case VERB_TRANSFER_RESULT:
		return CALL(transfer_result, o->leg, o->code);
	}
	return USHER_ENOTSUP;
}

#undef CALL

static bool ends_leg(const struct output *output)
{
	return output->verb == VERB_END || output->verb == VERB_REFUSE;
}

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
		if (!err || (!ends_leg(output) &&
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

void usher__outputs_failed(struct usher_center *center)
{
	struct output *list = center->failed, *output;
	struct party *party;

	center->failed = NULL;
	while ((output = list)) {
		list = output->next;
		party = ends_leg(output)
				? usher__party_find(center, output->leg)
				: NULL;
		if (party && output->err == USHER_ENOMEM) {
			/* The leg is there: say it again. */
			output->next = NULL;
			*center->outputs_tail = output;
			center->outputs_tail = &output->next;
			continue;
		}
		if (party)
			usher__party_ended(center, party, USHER_LEG_FAILED);
		else
			usher__output_done(center, output->req, output->err,
					   0);
		usher__output_free(output);
		usher__center_settle(center);
	}
}

static void join_done(struct usher_center *center, struct session *session,
		      const struct job *job, int result)
{
	struct party *party;
	uint64_t segment;

	if (!job->ref) {
		/* A transfer, or a call that an agent dialed: two people who
		 * cannot hear each other are no conversation. */
		if (result && session && session->agent) {
			party = session->agent;
			usher__talk_lost(center, session, party, "failed");
			usher__party_end(center, party, USHER_LEG_FAILED);
		}
		return;
	}
	if (result) {
		usher_acd_connect_failed(center->acd, center->now_us, job->ref,
					 usher_strerror(result));
		return;
	}
	if (session && session->state != SESSION_OVER)
		usher_acd_connected(center->acd, center->now_us, job->ref,
				    &segment);
}

static void ring_done(struct usher_center *center, const struct job *job,
		      int result)
{
	struct party *party = usher__party_find(center, job->leg);

	/* Never rang: as if it had ended. */
	if (result && party)
		usher__party_ended(center, party, USHER_LEG_UNREACHABLE);
}

void usher__output_done(struct usher_center *center, uint64_t req, int result,
			int64_t value)
{
	struct job *job = usher__job_find(center, req);
	struct session *session;
	struct party *party;

	if (!job)
		return;
	session = usher__session_find(center, job->contact);
	party = usher__party_find(center, job->leg);
	switch (job->kind) {
	case JOB_PLAY:
		if (session && !usher__step_speaks(center, session, job->req,
						   (uint32_t)job->ref))
			usher__flow_feed(center, session, USHER_IVR_PLAYED,
					 (uint32_t)job->ref, NULL);
		break;
	case JOB_VOICEMAIL:
	case JOB_RECORDING:
		usher__record_done(center, job, result, value);
		break;
	case JOB_JOIN:
		join_done(center, session, job, result);
		break;
	case JOB_TALK:
		usher__talk_done(center, session, party, result);
		break;
	case JOB_RING:
		ring_done(center, job, result);
		break;
	case JOB_ACCEPT:
		if (result && party)
			usher__party_end(center, party, USHER_LEG_FAILED);
		break;
	case JOB_STEP:
		if (session)
			usher__step_said(center, session, job->req);
		break;
	case JOB_ANNOUNCE:
		if (session)
			usher__record_announced(center, session, result);
		break;
	case JOB_FAREWELL:
		if (party)
			usher__party_end(center, party, USHER_LEG_NORMAL);
		break;
	case JOB_ASKED:
		if (party)
			usher__control_done(center, job->request, party,
					    result);
		/* fall through */
	case JOB_SEND:
		if (party)
			party->sends--;
		usher__answer(center, job->request, result, NULL);
		break;
	}
	usher__job_free(center, job);
}
