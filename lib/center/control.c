/* What agents and applications ask of a conversation. */
#include <string.h>

#include "center/answer.h"
#include "center/center.h"
#include "center/flow.h"
#include "center/party.h"
#include "center/record.h"
#include "center/session.h"

static int consult(struct usher_center *center, struct session *session,
		   const struct usher_request *what, struct usher_error *err)
{
	const struct usher_by by = {.actor = what->actor,
				    .actor_id = what->actor_id};

	switch (what->type) {
	case USHER_REQ_CONSULT:
		return what->text ? usher__consult_start(center, session,
							 what->text, err)
				  : USHER_EINVAL;
	case USHER_REQ_CONSULT_COMPLETE:
		return usher__consult_complete(center, session);
	case USHER_REQ_CONSULT_CANCEL:
		return usher__consult_cancel(center, session);
	case USHER_REQ_CONFERENCE:
		return usher__consult_confer(center, session);
	case USHER_REQ_ADD:
		return what->text
			       ? usher__room_add(center, session, what->text)
			       : USHER_EINVAL;
	case USHER_REQ_PARK:
		return usher__park(center, session, what->text);
	case USHER_REQ_RECORD:
		return usher__record_ask(center, session, true, &by);
	case USHER_REQ_RECORD_STOP:
		return usher__record_ask(center, session, false, &by);
	case USHER_REQ_RECORD_PAUSE:
		return usher__record_pause(center, session, true);
	default:
		return usher__record_pause(center, session, false);
	}
}

/* The leg that is named, the agent's own, or the customer's. */
static struct party *leg_of(const struct session *session,
			    const struct usher_request *what, bool own)
{
	struct party *party;

	if (!what->leg)
		return own ? usher__talk_agent(session, what->agent)
			   : session->customer;
	for (party = session->parties; party; party = party->next)
		if (party->id == what->leg && !party->ending)
			return party;
	return NULL;
}

/* Who is on it may ask; who names no agent may, too: an application. */
static bool may(const struct session *session,
		const struct usher_request *what)
{
	return !what->agent || session->agent_id == what->agent ||
	       usher__talk_agent(session, what->agent);
}

/* Who talks with the customer may speak for them: not who is but rung, asked,
 * or listens. */
static bool may_speak(const struct session *session, uint64_t agent)
{
	const struct party *party;

	if (!agent || session->agent_id == agent)
		return true;
	for (party = session->parties; party; party = party->next)
		if (party->agent == agent && party->part == PART_MEMBER &&
		    party->up && !party->ending)
			return true;
	return false;
}

static int mute(struct usher_center *center, const struct session *session,
		struct request *request)
{
	const struct usher_request *what = &request->what;
	struct party *party = leg_of(session, what, true);
	struct output *output;

	if (!party || !party->up)
		return USHER_ENOENT;
	/* An agent mutes nobody else. */
	if (what->agent && party->agent != what->agent)
		return USHER_EPERM;
	if (!party->channel->driver->mute)
		return USHER_ENOTSUP;
	output = usher__request_output(center, request, VERB_MUTE, party,
				       JOB_ASKED);
	if (!output)
		return USHER_ENOMEM;
	output->code = what->type == USHER_REQ_MUTE;
	return 0;
}

static int digits(struct usher_center *center, const struct session *session,
		  struct request *request)
{
	const struct usher_request *what = &request->what;
	struct party *party = leg_of(session, what, false);

	if (!what->text || !*what->text ||
	    strlen(what->text) > USHER__DIGITS_MAX ||
	    strspn(what->text, "0123456789*#ABCD,") != strlen(what->text))
		return USHER_EINVAL;
	if (!party || !party->up)
		return USHER_ENOENT;
	if (!usher__party_audio(party))
		return USHER_ENOTSUP;
	return usher__request_output(center, request, VERB_DIGITS, party,
				     JOB_ASKED)
		       ? 0
		       : USHER_ENOMEM;
}

void usher__control_done(struct usher_center *center, struct request *request,
			 const struct party *party, int result)
{
	const struct usher_request *what = &request->what;
	const struct usher_field_value values[] = {
		{.field = USHER_F_LEG, .number = party->id},
		{.field = USHER_F_AGENT, .number = what->agent},
		{.field = USHER_F_COUNT,
		 .number = what->text ? strlen(what->text) : 0},
	};
	const struct usher_by by = {
		.actor = what->actor,
		.actor_id = what->actor_id,
		.cause = request->id,
	};

	if (result)
		return;
	usher_acd_by(center->acd, &by);
	if (what->type == USHER_REQ_DIGITS)
		usher_acd_note(center->acd, center->now_us,
			       USHER_EV_DIGITS_SENT, what->contact,
			       party->session ? party->session->agent_segment
					      : 0,
			       values, 3);
	else
		usher__party_note(center,
				  what->type == USHER_REQ_MUTE
					  ? USHER_EV_LEG_MUTED
					  : USHER_EV_LEG_UNMUTED,
				  party, 0);
}

/* Whoever is rung, or has not been joined yet, does not come: what was to
 * follow had nobody answered, follows. */
static void not_coming(struct usher_center *center, struct session *session,
		       uint64_t offer, bool accepted)
{
	const struct party *party;

	if (!offer) {
		usher__transfer_failed(center, session, "canceled");
		return;
	}
	for (party = session->parties; party; party = party->next)
		if (party->offer == offer && !party->ending)
			return; /* another of the agent's phones rings */
	if (accepted)
		usher_acd_connect_failed(center->acd, center->now_us, offer,
					 "canceled");
	else
		usher_acd_reject(center->acd, center->now_us, offer,
				 "canceled");
}

static int hang_up_leg(struct usher_center *center, struct session *session,
		       const struct usher_request *what)
{
	struct party *party = what->leg ? leg_of(session, what, false) : NULL;

	if (!party)
		return USHER_ENOENT;
	if (what->agent && session->agent_id != what->agent &&
	    party->agent != what->agent)
		return USHER_EPERM;
	/* What it was to the others follows from its end, if it was anything
	 * to them yet. */
	usher__party_end(center, party,
			 party->up ? USHER_LEG_NORMAL : USHER_LEG_CANCELED);
	if (session->state == SESSION_CALLBACK &&
	    party->role == PARTY_CUSTOMER)
		usher__took(center, usher_acd_callback_missed(
					    center->acd, center->now_us,
					    session->contact, "canceled"));
	else if (party->part == PART_NONE && party != session->customer &&
		 party != session->agent)
		not_coming(center, session, party->offer,
			   party->up && party->asked != ASKED);
	return 0;
}

/* Of those who need not be the agent of the contact. */
static int others(struct usher_center *center, struct session *session,
		  struct request *request)
{
	const struct usher_request *what = &request->what;

	switch (what->type) {
	case USHER_REQ_REMOVE:
		if (what->agent && session->agent_id != what->agent)
			return USHER_EPERM;
		return what->leg || what->text
			       ? usher__room_remove(center, session, what->leg,
						    what->text)
			       : USHER_EINVAL;
	case USHER_REQ_LEAVE:
		return usher__room_leave(center, session, what->agent, "left");
	case USHER_REQ_SUPERVISE:
		return what->text && (what->agent || what->leg || what->to)
			       ? usher__supervise(center, session, what->agent,
						  what->leg, what->to,
						  what->text)
			       : USHER_EINVAL;
	case USHER_REQ_SUPERVISE_END:
		return usher__supervise_end(center, session, what->agent,
					    what->leg);
	case USHER_REQ_MUTE:
	case USHER_REQ_UNMUTE:
		return mute(center, session, request);
	default:
		return digits(center, session, request);
	}
}

static int consent(struct usher_center *center, struct session *session,
		   const char *said)
{
	const struct usher_attr attr = {
		.name = "consent", .text = said, .type = USHER_ATTR_TEXT};

	if (!said || (strcmp(said, "given") && strcmp(said, "refused") &&
		      strcmp(said, "withdrawn")))
		return USHER_EINVAL;
	return usher__contact_attr(center, session, &attr);
}

static int on_contact(struct usher_center *center, struct request *request)
{
	const struct usher_request *what = &request->what;
	struct session *session = usher__session_find(center, what->contact);
	bool talk = what->type != USHER_REQ_CONSENT &&
		    what->type != USHER_REQ_HANG_UP_LEG;

	if (!session || session->state == SESSION_OVER)
		return USHER_ENOENT;
	if (talk && (session->state != SESSION_TALKING || !session->customer))
		return USHER_ESTATE;
	if (what->type != USHER_REQ_SUPERVISE && !may(session, what))
		return USHER_ESTATE;
	if (what->type == USHER_REQ_DIGITS)
		usher__talk_turn(session, what->agent);
	if ((what->type == USHER_REQ_CONSENT ||
	     what->type == USHER_REQ_DIGITS) &&
	    !may_speak(session, what->agent))
		return USHER_EPERM;
	if (what->type == USHER_REQ_CONSENT)
		return consent(center, session, what->text);
	if (what->type == USHER_REQ_HANG_UP_LEG)
		return hang_up_leg(center, session, what);
	return others(center, session, request);
}

static int pick_up(struct usher_center *center,
		   const struct usher_request *what)
{
	struct session *session =
		what->text ? usher__park_find(center, what->text) : NULL;

	return session ? usher__park_pick_up(center, session, what->agent)
		       : USHER_ENOENT;
}

int usher__control(struct usher_center *center, struct request *request,
		   struct usher_error *err)
{
	struct usher_request *what = &request->what;
	struct session *session;

	switch (what->type) {
	case USHER_REQ_ORIGINATE:
		return what->text
			       ? usher__originate(
					 center, what->agent, what->text,
					 what->flags &
						 USHER_REQUEST_CUSTOMER_FIRST,
					 &what->contact, err)
			       : USHER_EINVAL;
	case USHER_REQ_PICK_UP:
		return pick_up(center, what);
	case USHER_REQ_REMOVE:
	case USHER_REQ_LEAVE:
	case USHER_REQ_SUPERVISE:
	case USHER_REQ_SUPERVISE_END:
	case USHER_REQ_MUTE:
	case USHER_REQ_UNMUTE:
	case USHER_REQ_DIGITS:
	case USHER_REQ_HANG_UP_LEG:
	case USHER_REQ_CONSENT:
		return on_contact(center, request);
	default:
		session = usher__request_talk(center, what);
		if (!session || !session->customer)
			return usher__request_no_talk(center, what);
		return consult(center, session, what, err);
	}
}
