/* What became of outputs: each that somebody waits for is a job. */
#include <string.h>
#include <usher/store.h>

#include "center/answer.h"
#include "center/center.h"
#include "center/crowded.h"
#include "center/flow.h"
#include "center/party.h"
#include "center/record.h"
#include "center/session.h"
#include "center/steps.h"

void usher__outputs_failed(struct usher_center *center)
{
	struct output *list = center->failed, *output;
	struct party *party;

	center->failed = NULL;
	while ((output = list)) {
		list = output->next;
		party = usher__output_ends(output)
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

static void voicemail_done(struct usher_center *center, const struct job *job,
			   int result, int64_t ms)
{
	struct session *session = usher__session_find(center, job->contact);
	struct usher_field_value values[3];
	char ref[160];

	if (!result && ms > 0 && job->path) {
		usher__record_reference(center, USHER_PERSON_VOICEMAIL,
					job->contact, 0, job->path, ref,
					sizeof(ref));
		values[0] = (struct usher_field_value){.field = USHER_F_NAME,
						       .data = job->name};
		values[1] = (struct usher_field_value){
			.field = USHER_F_REFERENCE, .data = ref};
		values[2] = (struct usher_field_value){
			.field = USHER_F_DURATION,
			.number = (uint64_t)ms * 1000};
		usher_acd_note(center->acd, center->now_us,
			       USHER_EV_VOICEMAIL_LEFT, job->contact, 0,
			       values, 3);
	}
	if (!session)
		return;
	session->voicemail = 0;
	if (!session->ivr) {
		/* At the end of an agent's endpoints: that was all. */
		usher__session_end(center, session, "voicemail");
		return;
	}
	usher__flow_feed(center, session,
			 result ? USHER_IVR_FAILED : USHER_IVR_RECORDED,
			 (uint32_t)job->ref, result ? "failed" : NULL);
}

static void record_done(struct usher_center *center, struct job *job,
			int result, int64_t ms)
{
	struct usher_field_value values[3];
	struct session *session;

	if (job->kind == JOB_VOICEMAIL) {
		voicemail_done(center, job, result, ms);
		return;
	}
	session = usher__session_find(center, job->contact);
	if (session && session->recording == job->req)
		session->recording = 0;
	values[0] = (struct usher_field_value){.field = USHER_F_REFERENCE,
					       .data = job->name};
	values[1] = (struct usher_field_value){.field = USHER_F_DURATION,
					       .number = (uint64_t)ms * 1000};
	values[2] = (struct usher_field_value){
		.field = USHER_F_RESULT, .number = (uint64_t)(int64_t)result};
	if (job->by.actor)
		usher_acd_by(center->acd, &job->by);
	usher_acd_note(center->acd, center->now_us, USHER_EV_RECORDING_STOPPED,
		       job->contact, job->ref, values, 3);
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

	if (!result)
		usher__crowded_room(center);
	if (!result || !party)
		return;
	/* Never rang: as if it had ended. */
	party->no_room = party->offer &&
			 (result == USHER_EFULL || result == USHER_ENOMEM);
	/* Of a trunk the lines may have run out, and of it alone. */
	if (party->offer && result == USHER_EFULL &&
	    strcmp(party->kind, "tel") != 0)
		usher__crowded_lack(center);
	usher__party_ended(center, party,
			   party->no_room ? USHER_LEG_OVERLOAD
					  : USHER_LEG_UNREACHABLE);
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
		record_done(center, job, result, value);
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
