/* Where a conversation, or a flow, may send a contact: a queue, an agent, an
 * entry, a number outside.
 *
 * Blind: who transfers is free at once. When the target does not answer, the
 * agent is rung again, if they have room; else the contact goes back to the
 * queue that it came from, or ends where there is none.
 *
 *   TALKING ──▶ DIALING ──answers──▶ TALKING
 *                  │
 *                  └──fails──▶ DIALING (who transferred) ──fails──▶ queue
 */
#include <string.h>

#include "center/callback.h"
#include "center/center.h"
#include "center/flow.h"
#include "center/output.h"
#include "center/party.h"
#include "center/record.h"
#include "center/session.h"

/* The old agent lets go. */
static void release_agent(struct usher_center *center, struct session *session)
{
	struct party *agent = session->agent;
	uint64_t segment = session->agent_segment;

	if (session->state != SESSION_TALKING)
		return;
	usher__record_end(center, session);
	session->agent = NULL;
	session->agent_id = 0;
	session->agent_segment = 0;
	usher__talk_end(center, session, "transfer");
	usher__session_move(session, SESSION_FLOW);
	if (usher__talk_clear(center, session))
		usher__session_music(center, session);
	if (agent)
		usher__agent_release(center, agent);
	usher__segment_leave(center, segment, "transfer");
}

static void note(struct usher_center *center, struct session *session,
		 const char *name, const char *kind)
{
	const struct usher_field_value values[] = {
		{.field = USHER_F_AGENT, .number = session->agent_id},
		{.field = USHER_F_QUEUE, .number = session->queue},
		{.field = USHER_F_NAME, .data = name},
		{.field = USHER_F_REASON, .data = kind},
	};

	usher_acd_note(center->acd, center->now_us, USHER_EV_TRANSFERRED,
		       session->contact, session->agent_segment, values, 4);
}

static int to_queue(struct usher_center *center, struct session *session,
		    const struct usher_queue_conf *queue, bool fresh)
{
	int err;

	note(center, session, queue->name, "queue");
	/* The flow that the contact came with is over; a new queue is a
	 * place without one, unless a flow itself sent it there. */
	if (!session->ivr_wait)
		usher__flow_stop(center, session, "transfer");
	err = usher__flow_enqueue_since(center, session, queue->name,
					fresh ? center->now_us : 0);
	if (!err)
		release_agent(center, session);
	return err;
}

static int to_entry(struct usher_center *center, struct session *session,
		    const struct usher_entry_conf *entry, bool fresh)
{
	if (entry->queue)
		return to_queue(
			center, session,
			usher__config_find_queue(center->config, entry->queue),
			fresh);
	note(center, session, entry->address, "entry");
	usher__flow_stop(center, session, "transfer");
	release_agent(center, session);
	session->entry_conf = entry;
	/* The agent is gone: without its flow nobody would be left. */
	if (usher__flow_start(center, session, entry->flow))
		usher__session_end(center, session, "failed");
	return 0;
}

static void dialing(struct usher_center *center, struct session *session)
{
	session->returns_to = session->agent_id;
	release_agent(center, session);
	usher__session_move(session, SESSION_DIALING);
	/* A flow goes on when its prompt is over; its music goes on. */
	if (session->ivr_wait && !*session->tune && session->customer)
		session->customer->playing = false;
	usher__session_rings(center, session);
}

/* Answer who rang so far. */
static void answer(struct usher_center *center, struct party *party)
{
	if (party->up)
		return;
	party->up = true;
	if (!usher__output_job(center, VERB_ACCEPT, party, JOB_ACCEPT, 0))
		usher__party_end(center, party, USHER_LEG_FAILED);
}

/* Words are answered at an application, where nothing rings: whoever has room
 * for them has them at once. */
static int to_app(struct usher_center *center, struct session *session,
		  const struct usher_agent_conf *agent)
{
	uint64_t id, segment;
	int err;

	if (!usher__config_has_app(agent))
		return USHER_ENOTSUP;
	id = usher_acd_agent_find(center->acd, agent->name);
	err = usher__agent_direct(center, session, id, false, false, &segment);
	if (err)
		return err;
	note(center, session, agent->name, "agent");
	release_agent(center, session);
	answer(center, session->customer);
	usher__talk_begin(center, session, id, segment);
	return 0;
}

static int to_somebody(struct usher_center *center, struct session *session,
		       const struct target *target, uint32_t timeout_ms)
{
	struct party *party;
	int err;

	if (target->kind == TARGET_AGENT &&
	    !usher__party_audio(session->customer))
		return to_app(center, session, target->agent);
	if (session->forwards >= USHER__FORWARDS_MAX)
		return USHER_EFULL;
	err = usher__target_ring(center, session, target, timeout_ms, &party);
	if (err)
		return err;
	session->forwards++;
	note(center, session, target->name, usher__target_kind(target));
	dialing(center, session);
	return 0;
}

int usher__transfer_to(struct usher_center *center, struct session *session,
		       const struct target *target, uint32_t timeout_ms,
		       bool fresh)
{
	if (!session->customer || usher__talk_busy(session) ||
	    (session->state != SESSION_TALKING &&
	     session->state != SESSION_FLOW))
		return USHER_ESTATE;
	session->returns_to = 0;
	switch (target->kind) {
	case TARGET_QUEUE:
		return to_queue(center, session, target->queue, fresh);
	case TARGET_ENTRY:
		return to_entry(center, session, target->entry, fresh);
	case TARGET_AGENT:
	case TARGET_NUMBER:
		return to_somebody(center, session, target, timeout_ms);
	default:
		return USHER_ENOENT;
	}
}

int usher__transfer(struct usher_center *center, struct session *session,
		    const char *method, const char *text, uint32_t timeout_ms)
{
	struct target target;

	usher__target_find(center, session, method, text, &target);
	return usher__transfer_to(center, session, &target, timeout_ms, false);
}

static void answered(struct usher_center *center, uint64_t segment)
{
	if (segment)
		usher__took(center,
			    usher_acd_answered(center->acd, center->now_us,
					       segment));
}

void usher__transfer_answered(struct usher_center *center, struct party *party)
{
	struct session *session = party->session;

	if (usher__back_answered(center, party) ||
	    usher__talk_answered(center, party) ||
	    usher__originate_answered(center, party))
		return;
	if (session->state != SESSION_DIALING || !session->customer) {
		usher__party_end(center, party, USHER_LEG_ELSEWHERE);
		return;
	}
	if (session->customer == party) {
		if (!session->agent)
			return; /* called us: only we answer */
		/* Dialed by an agent, who is waiting on the line. */
		answer(center, session->agent);
		if (usher__session_join(center, session, session->agent, 0)) {
			usher__session_end(center, session, "failed");
			return;
		}
		answered(center, session->agent_segment);
		answered(center, party->segment);
		usher__talk_begin(center, session, session->agent_id,
				  session->agent_segment);
		return;
	}
	answer(center, session->customer);
	if (usher__session_join(center, session, party, 0)) {
		usher__party_end(center, party, USHER_LEG_FAILED);
		usher__transfer_failed(center, session, "failed");
		return;
	}
	session->agent = party;
	answered(center, party->segment);
	usher__talk_begin(center, session, party->agent, party->segment);
}

/* The dialing segment of a target that did not answer. */
static uint64_t close_dialing(struct usher_center *center,
			      struct session *session, const char *reason)
{
	struct usher_segment_info info = {.size = sizeof(info)};
	uint64_t id = 0;

	while ((id = usher_acd_segment_next(center->acd, session->contact,
					    id)))
		if (!usher_acd_segment_info(center->acd, id, &info) &&
		    info.state == USHER_SEGMENT_DIALING) {
			usher__segment_leave(center, id, reason);
			return info.agent;
		}
	return 0;
}

/* Ring who transferred it. */
static int go_back(struct usher_center *center, struct session *session)
{
	struct usher_agent_info info = {.size = sizeof(info)};
	struct target target = {.kind = TARGET_AGENT};
	uint64_t agent = session->returns_to;
	struct party *party;

	session->returns_to = 0;
	if (!agent || usher_acd_agent_info(center->acd, agent, &info))
		return USHER_ENOENT;
	target.agent = usher__config_find_agent(center->config, info.name);
	if (!target.agent)
		return USHER_ENOENT;
	return usher__target_ring(center, session, &target, 0, &party);
}

static void note_failed(struct usher_center *center,
			const struct session *session, const char *reason)
{
	const struct usher_field_value values[] = {
		{.field = USHER_F_AGENT, .number = session->returns_to},
		{.field = USHER_F_REASON, .data = reason},
	};

	usher_acd_note(center->acd, center->now_us, USHER_EV_TRANSFER_FAILED,
		       session->contact, 0, values, 2);
}

void usher__transfer_failed(struct usher_center *center,
			    struct session *session, const char *reason)
{
	uint32_t request = session->ivr_wait;
	/* Who was called by number is what it was about, until they answered
	 * and handed it on. */
	bool direct = session->direct && !session->returns_to;
	uint64_t agent;

	if (session->state != SESSION_DIALING)
		return;
	agent = close_dialing(center, session, reason);
	note_failed(center, session, reason);
	if (session->customer && session->customer->rings)
		usher__party_quiet(center, session->customer);
	if (usher__park_again(center, session))
		return;
	if (!request && !direct && !go_back(center, session)) {
		usher__session_rings(center, session);
		return;
	}
	usher__session_move(session, SESSION_FLOW);
	if (!request && !session->ivr && agent && session->customer &&
	    usher__endpoint_voicemail(center, session, agent))
		return;
	if (session->ivr && request) {
		session->ivr_wait = 0;
		/* Flows know fewer words. */
		usher__flow_feed(center, session, USHER_IVR_FAILED, request,
				 strcmp(reason, "unreachable") &&
						 strcmp(reason, "canceled")
					 ? reason
					 : "failed");
	} else if (direct || usher__flow_enqueue_again(center, session)) {
		usher__session_end(center, session, reason);
	}
}

void usher__transfer_asked(struct usher_center *center, struct party *party,
			   const char *target)
{
	struct session *session = party->session;
	struct output *output;
	int err = USHER_ESTATE;

	party->refer = true;
	/* Not from outside: what it dials would be at our cost. */
	if (session && party->agent &&
	    (session->agent == party ||
	     (session->customer == party &&
	      usher__talk_turn(session, party->agent))))
		err = usher__transfer(center, session, NULL, target, 0);
	if (!party->refer)
		return;
	party->refer = false;
	output = usher__output(center, VERB_TRANSFER_RESULT, party);
	if (output)
		output->code = err;
}
