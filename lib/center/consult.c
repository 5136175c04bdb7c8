/* What an agent asks of a consult, and what the others on the line do; its
 * states are in consulting.c. */
#include <string.h>

#include "center/center.h"
#include "center/flow.h"
#include "center/party.h"
#include "center/record.h"
#include "center/session.h"

/* The agent is with the customer again. */
static void back(struct usher_center *center, struct session *session)
{
	usher__took(center, usher_acd_resume(center->acd, center->now_us,
					     session->agent_segment));
	usher__talk_settle(center, session);
	usher__record_begin(center, session);
}

static int enqueue(struct usher_center *center, struct session *session,
		   const struct usher_queue_conf *queue)
{
	struct usher_enqueue_opts opts;
	uint64_t id = usher_acd_queue_find(center->acd, queue->name);
	int err;

	usher_enqueue_opts_init(&opts, sizeof(opts));
	opts.queues = &id;
	opts.queue_count = 1;
	err = usher_acd_enqueue(center->acd, center->now_us, session->contact,
				&opts, NULL);
	if (!err)
		session->talk.consult_queue = id;
	return err;
}

int usher__consult_start(struct usher_center *center, struct session *session,
			 const char *text, struct usher_error *error)
{
	struct party *party = NULL;
	struct target target;
	int err;

	if (usher__talk_busy(session) || !session->customer->up)
		return USHER_ESTATE;
	if (!session->agent || !usher__party_audio(session->customer))
		return USHER_ENOTSUP;
	usher__target_find(center, session, NULL, text, &target);
	if (target.kind == TARGET_QUEUE)
		err = enqueue(center, session, target.queue);
	else if (target.kind == TARGET_ENTRY)
		/* docs/architecture.md says why. */
		err = usher_error_set(error, USHER_ENOTSUP,
				      "consult: entry '%s' starts a flow, "
				      "which runs for customers; its queue, "
				      "an agent or a number can be asked",
				      target.name);
	else
		err = usher__target_ring(center, session, &target, 0, &party);
	if (err)
		return err;
	if (party)
		party->part = PART_CONSULTED;
	usher__consult_begin(center, session, target.name,
			     usher__target_kind(&target));
	usher__talk_settle(center, session);
	return 0;
}

void usher__consult_answered(struct usher_center *center,
			     struct session *session, struct party *party)
{
	if (session->talk.consult != CONSULT_RINGING) {
		usher__party_end(center, party, USHER_LEG_ELSEWHERE);
		return;
	}
	if (party->segment)
		usher__took(center,
			    usher_acd_answered(center->acd, center->now_us,
					       party->segment));
	usher__consult_move(session, CONSULT_TALKING);
	usher__consult_note(center, session, USHER_EV_CONSULT_ANSWERED, party,
			    NULL, NULL);
	usher__talk_settle(center, session);
}

void usher__consult_joined(struct usher_center *center,
			   struct session *session, struct party *party,
			   uint64_t agent, uint64_t segment)
{
	if (!party || session->talk.consult != CONSULT_RINGING) {
		usher__segment_leave(center, segment, "gone");
		if (session->talk.consult == CONSULT_RINGING)
			usher__consult_failed(center, session, "gone");
		return;
	}
	party->part = PART_CONSULTED;
	party->agent = agent;
	party->segment = segment;
	usher__consult_move(session, CONSULT_TALKING);
	usher__consult_note(center, session, USHER_EV_CONSULT_ANSWERED, party,
			    NULL, NULL);
	usher__talk_settle(center, session);
}

static void transferred(struct usher_center *center, struct session *session,
			const struct party *party)
{
	struct usher_agent_info info = {.size = sizeof(info)};
	const char *name = "";
	struct usher_field_value values[4] = {
		{.field = USHER_F_AGENT, .number = session->agent_id},
		{.field = USHER_F_QUEUE, .number = session->queue},
		{.field = USHER_F_REASON,
		 .data = party->agent ? "agent" : "number"},
	};

	if (party->agent &&
	    !usher_acd_agent_info(center->acd, party->agent, &info))
		name = info.name;
	values[3] = (struct usher_field_value){.field = USHER_F_NAME,
					       .data = name};
	usher_acd_note(center->acd, center->now_us, USHER_EV_TRANSFERRED,
		       session->contact, session->agent_segment, values, 4);
}

/* The customer is with who was asked. */
void usher__consult_given(struct usher_center *center, struct session *session,
			  const char *reason)
{
	struct party *party = usher__talk_part(session, PART_CONSULTED);
	struct party *agent = session->agent;
	uint64_t segment = session->agent_segment;

	transferred(center, session, party);
	usher__consult_note(center, session, USHER_EV_CONSULT_ENDED, party,
			    NULL, reason);
	usher__consult_move(session, CONSULT_NONE);
	party->part = PART_NONE;
	if (session->talk.consult_queue)
		usher__queue_entered(session, session->talk.consult_queue,
				     NULL, 0);
	session->talk.consult_queue = 0;
	session->agent = party;
	session->agent_id = party->agent;
	session->agent_segment = party->segment;
	usher__record_forget(session);
	usher__talk_settle(center, session);
	usher__agent_release(center, agent);
	usher__segment_leave(center, segment, "transfer");
	usher__record_begin(center, session);
}

int usher__consult_complete(struct usher_center *center,
			    struct session *session)
{
	if (session->talk.consult != CONSULT_TALKING ||
	    !usher__talk_part(session, PART_CONSULTED))
		return USHER_ESTATE;
	usher__consult_given(center, session, "completed");
	return 0;
}

int usher__consult_cancel(struct usher_center *center, struct session *session)
{
	if (session->talk.consult == CONSULT_NONE)
		return USHER_ESTATE;
	usher__consult_failed(center, session, "canceled");
	return 0;
}

int usher__consult_confer(struct usher_center *center, struct session *session)
{
	struct party *party = usher__talk_part(session, PART_CONSULTED);

	if (session->talk.consult != CONSULT_TALKING || !party)
		return USHER_ESTATE;
	if (!party->channel->driver->mix)
		return USHER_ENOTSUP;
	usher__consult_note(center, session, USHER_EV_CONSULT_ENDED, party,
			    NULL, "conference");
	usher__consult_move(session, CONSULT_NONE);
	session->talk.consult_queue = 0;
	party->part = PART_INVITED;
	usher__took(center, usher_acd_resume(center->acd, center->now_us,
					     session->agent_segment));
	usher__room_joined(center, session, party);
	usher__record_begin(center, session);
	return 0;
}

void usher__consult_failed(struct usher_center *center,
			   struct session *session, const char *reason)
{
	bool rang;

	if (session->talk.consult == CONSULT_NONE)
		return;
	rang = session->talk.consult == CONSULT_RINGING;
	usher__consult_drop(
		center, session,
		!rang && (!strcmp(reason, "hangup") || !strcmp(reason, "lost"))
			? "gone"
			: reason);
	back(center, session);
	if (rang && session->agent)
		usher__party_refused(center, session->agent, reason);
}

/* Nobody is with the customer any more. */
static void let_go(struct usher_center *center, struct session *session,
		   enum session_state next, const char *why)
{
	struct party *agent = session->agent;
	uint64_t segment = session->agent_segment;

	session->agent = NULL;
	session->agent_id = 0;
	session->agent_segment = 0;
	usher__talk_end(center, session, why);
	usher__session_move(session, next);
	usher__talk_clear(center, session);
	usher__agent_release(center, agent);
	usher__segment_leave(center, segment, "transfer");
}

/* Who is rung has the customer: as if it had been a blind transfer. */
static void hand_on(struct usher_center *center, struct session *session,
		    struct party *party, const char *why)
{
	transferred(center, session, party);
	usher__consult_note(center, session, USHER_EV_CONSULT_ENDED, party,
			    NULL, why);
	usher__consult_move(session, CONSULT_NONE);
	party->part = PART_NONE;
	let_go(center, session, SESSION_DIALING, why);
	usher__session_rings(center, session);
}

void usher__consult_handed(struct usher_center *center,
			   struct session *session, struct party *party)
{
	session->returns_to = session->agent_id;
	hand_on(center, session, party, "completed");
}

/* Nobody has answered yet. */
static void orphaned(struct usher_center *center, struct session *session)
{
	struct party *party = usher__talk_part(session, PART_CONSULTED);

	if (party && !session->queue) {
		hand_on(center, session, party, USHER__AGENT_LOST);
		return;
	}
	usher__consult_drop(center, session, USHER__AGENT_LOST);
	let_go(center, session, SESSION_FLOW, USHER__AGENT_LOST);
	if (usher__flow_enqueue_again(center, session))
		usher__session_end(center, session, USHER__AGENT_LOST);
}

void usher__consult_agent_lost(struct usher_center *center,
			       struct session *session, const char *reason)
{
	if (session->talk.consult == CONSULT_TALKING &&
	    usher__talk_part(session, PART_CONSULTED))
		usher__consult_given(center, session, reason);
	else
		orphaned(center, session);
}
