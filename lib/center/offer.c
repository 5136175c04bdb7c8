/* Offers: phones ring, and what the core says of it. */
#include <string.h>

#include "center/callback.h"
#include "center/center.h"
#include "center/crowded.h"
#include "center/flow.h"
#include "center/outbound.h"
#include "center/output.h"
#include "center/party.h"
#include "center/record.h"
#include "center/session.h"
#include "center/steps.h"

static const struct usher_agent_conf *conf_of(struct usher_center *center,
					      uint64_t agent)
{
	struct usher_agent_info info = {.size = sizeof(info)};

	if (usher_acd_agent_info(center->acd, agent, &info))
		return NULL;
	return usher__config_find_agent(center->config, info.name);
}

static uint32_t ring_ms(struct usher_center *center,
			const struct usher_agent_conf *conf, uint32_t index,
			uint32_t own_ms, int64_t deadline_us)
{
	int64_t left = (deadline_us - center->now_us) / 1000;
	uint32_t rest = conf->endpoint_count - index;

	if (left < 1000)
		left = 1000;
	if (own_ms)
		return left < own_ms ? (uint32_t)left : own_ms;
	/* One after the other: an equal share of the time for each. */
	if (!conf->ring_together && rest > 1)
		left /= rest;
	return (uint32_t)left;
}

static int ring(struct usher_center *center, struct session *session,
		const struct usher_agent_conf *conf, uint32_t index,
		const struct usher_offer_info *offer)
{
	struct usher_channel *ringer =
		session->back ? usher__back_ringer(center)
			      : usher__center_ringer(session->customer);
	struct usher_queue_info queue = {.size = sizeof(queue)};
	struct usher__outgoing *outgoing = NULL;
	struct usher_channel_ring how = {0};
	struct usher__endpoint endpoint;
	struct output *output;
	struct party *party;
	uint64_t leg;
	int err;

	if (usher__endpoint_read(conf->endpoints[index], &endpoint))
		return USHER_EINVAL;
	if (!ringer)
		return USHER_ENOTSUP;
	leg = usher__center_leg(center);
	if (!leg) {
		usher__crowded_lack(center);
		return USHER_EFULL;
	}
	err = usher__outbound_endpoint(center, offer->agent, endpoint.address,
				       &outgoing);
	if (err)
		return err;
	party = usher__party_new(center, leg, ringer, PARTY_AGENT, session);
	if (!party) {
		usher__outbound_over(center, outgoing);
		return USHER_ENOMEM;
	}
	party->outgoing = outgoing;
	party->agent = offer->agent;
	party->offer = offer->offer;
	party->endpoint = index;
	party->kind = usher__endpoint_kind(endpoint.address);
	output = usher__output_job(center, VERB_RING, party, JOB_RING,
				   offer->offer);
	if (!output) {
		usher__party_free(center, party);
		return USHER_ENOMEM;
	}
	how.address = endpoint.address;
	how.account = conf->account;
	how.caller = session->back ? session->back->number : session->origin;
	if (*session->origin_name)
		how.caller_name = session->origin_name;
	if (session->customer)
		how.customer_leg = session->customer->id;
	if (*session->privacy)
		how.privacy = session->privacy;
	how.user_to_user = session->user_to_user;
	how.without = usher__entry_without(session->entry_conf);
	/* of who is not on a line, it is only said */
	if (!session->customer)
		how.without |= USHER_RING_NO_IDENTITY;
	how.timeout_ms = ring_ms(center, conf, index, endpoint.ring_ms,
				 offer->deadline_us);
	if (!usher_acd_queue_info(center->acd, offer->queue, &queue))
		how.info = queue.name;
	/* Without memory it is not rung: reported as unreachable. */
	(void)usher__output_ring(output, &how);
	usher__party_note(center, USHER_EV_LEG_STARTED, party, 0);
	return 0;
}

/* Their phone has vanished from this very contact: while they would not be
 * offered again what they have missed, it is for others. */
static bool vanished(struct usher_center *center,
		     const struct session *session,
		     const struct usher_offer_info *offer)
{
	struct usher_queue_info queue = {.size = sizeof(queue)};

	return session->lost_agent == offer->agent &&
	       !usher_acd_queue_info(center->acd, offer->queue, &queue) &&
	       center->now_us - session->lost_us < queue.retry_us;
}

/* For want of something of ours nobody has heard of it: no miss, for which
 * an agent may be paused. Others who are offered the contact, at phones or at
 * applications, go on being asked. */
static void not_made(struct usher_center *center,
		     const struct session *session, uint64_t id)
{
	uint64_t other =
		usher_acd_offer_next(center->acd, session->contact, 0);

	if (other == id)
		other = usher_acd_offer_next(center->acd, session->contact,
					     id);
	if (other)
		usher_acd_reject(center->acd, center->now_us, id, "no_room");
	else
		usher_acd_withdraw(center->acd, center->now_us, id, "no_room");
}

/* True when at least one of the agent's phones rings now. */
static bool ring_phones(struct usher_center *center, struct session *session,
			const struct usher_agent_conf *conf,
			const struct usher_offer_info *offer)
{
	struct usher__endpoint endpoint;
	bool no_room = false;
	uint32_t index = 0;
	int rung = 0, err;

	while (usher__endpoint_at(conf, &index, &endpoint)) {
		err = ring(center, session, conf, index++, offer);
		no_room = err == USHER_EFULL || err == USHER_ENOMEM;
		rung += !err;
		if (rung && !conf->ring_together)
			break;
	}
	if (rung || usher__config_has_app(conf))
		return rung;
	if (no_room)
		not_made(center, session, offer->offer);
	else
		usher_acd_miss(center->acd, center->now_us, offer->offer,
			       "unreachable");
	return false;
}

static bool ring_at_last(struct usher_center *center, uint64_t id, bool late)
{
	struct usher_offer_info offer = {.size = sizeof(offer)};
	const struct usher_agent_conf *conf;
	struct session *session;

	/* Who waited may have left meanwhile. */
	if (usher_acd_offer_info(center->acd, id, &offer) ||
	    offer.state != USHER_OFFER_RINGING)
		return false;
	session = usher__session_find(center, offer.contact);
	conf = conf_of(center, offer.agent);
	if (!session || (!session->customer && !session->back) || !conf ||
	    center->stopping)
		return false;
	if (!late)
		return ring_phones(center, session, conf, &offer);
	if (!usher__config_has_app(conf))
		not_made(center, session, id);
	return false;
}

static void offer_made(struct usher_center *center, struct session *session,
		       uint64_t id)
{
	struct usher_offer_info offer = {.size = sizeof(offer)};
	const struct usher_agent_conf *conf;
	struct usher__endpoint endpoint;
	uint32_t index = 0;

	if (usher_acd_offer_info(center->acd, id, &offer))
		return;
	conf = conf_of(center, offer.agent);
	if (!conf || vanished(center, session, &offer)) {
		usher_acd_miss(center->acd, center->now_us, id,
			       conf ? "unreachable" : "removed");
		return;
	}
	/* Words are answered at an application, sound at a phone. */
	if (!session->back && !usher__party_audio(session->customer))
		return;
	if (usher__endpoint_at(conf, &index, &endpoint) &&
	    usher__crowded_wait(center, id, offer.deadline_us, ring_at_last))
		return;
	(void)ring_phones(center, session, conf, &offer);
}

/* The agent's list ends with voicemail: the contact leaves its queue for it.
 */
static bool voicemail(struct usher_center *center, struct session *session,
		      const struct usher_offer_info *offer)
{
	struct usher_segment_info info = {.size = sizeof(info)};
	uint64_t id = 0, next;

	if (session->state != SESSION_FLOW || !session->customer ||
	    !usher__endpoint_voicemail(center, session, offer->agent))
		return false;
	for (; (next = usher_acd_segment_next(center->acd, session->contact,
					      id));
	     id = next)
		if (!usher_acd_segment_info(center->acd, next, &info) &&
		    info.kind == USHER_SEGMENT_QUEUE)
			usher__took(center,
				    usher_acd_dequeue(center->acd,
						      center->now_us, next,
						      USHER_LEAVE_VOICEMAIL));
	return true;
}

/* Whoever rings for it now knows that somebody was rung; false: nobody does.
 */
static bool tell_rung(const struct session *session, uint64_t offer, bool rung)
{
	struct party *party;
	bool any = false;

	for (party = session->parties; party; party = party->next) {
		if (party->offer != offer)
			continue;
		party->rung = party->rung || rung;
		any = true;
	}
	return any;
}

void usher__offer_unanswered(struct usher_center *center, struct party *party,
			     int reason)
{
	struct usher_offer_info offer = {.size = sizeof(offer)};
	struct session *session = party->session;
	const struct usher_agent_conf *conf;
	uint32_t index = party->endpoint + 1;
	struct usher__endpoint endpoint;
	bool rung = party->rung || !party->no_room;
	uint64_t id = party->offer;

	usher__party_free(center, party);
	if (usher_acd_offer_info(center->acd, id, &offer))
		return;
	if (tell_rung(session, id, rung))
		return;
	conf = conf_of(center, offer.agent);
	if (conf && !conf->ring_together &&
	    usher__endpoint_at(conf, &index, &endpoint) &&
	    !ring(center, session, conf, index, &offer)) {
		(void)tell_rung(session, id, rung);
		return;
	}
	if (conf && usher__config_has_app(conf) && reason != USHER_LEG_BUSY)
		return;
	if (voicemail(center, session, &offer))
		return;
	if (!rung)
		not_made(center, session, id);
	else if (reason == USHER_LEG_BUSY)
		usher_acd_reject(center->acd, center->now_us, id, "busy");
	else
		usher_acd_miss(center->acd, center->now_us, id,
			       reason == USHER_LEG_NO_ANSWER ? "no_answer"
							     : "unreachable");
}

/* End the legs that ring for an offer, but one. */
static void stop_ringing(struct usher_center *center, struct session *session,
			 uint64_t offer, const struct party *keep, int reason)
{
	struct party *party;

	for (party = session->parties; party; party = party->next)
		if (party->offer == offer && party != keep)
			usher__party_end(center, party, reason);
}

void usher__offer_answered(struct usher_center *center, struct party *party)
{
	const struct usher_agent_conf *conf = conf_of(center, party->agent);
	struct session *session = party->session;
	const char *endpoint;
	int err;

	if (!session)
		return;
	endpoint = conf && party->endpoint < conf->endpoint_count
			   ? conf->endpoints[party->endpoint]
			   : NULL;
	usher_acd_by(center->acd,
		     &(struct usher_by){.actor = USHER_BY_AGENT,
					.actor_id = party->agent});
	err = usher_acd_accept(center->acd, center->now_us, party->offer,
			       endpoint);
	if (err) {
		/* The caller left, or another was faster. */
		usher__party_end(center, party, USHER_LEG_ELSEWHERE);
		return;
	}
	stop_ringing(center, session, party->offer, party,
		     USHER_LEG_ELSEWHERE);
	if (session->back)
		usher__back_accepted(center, session, party, party->offer);
	else
		usher__session_join(center, session, party, party->offer);
}

void usher__talk_begin(struct usher_center *center, struct session *session,
		       uint64_t agent, uint64_t segment)
{
	uint32_t request = session->ivr_wait;

	session->agent_id = agent;
	session->agent_segment = segment;
	session->forwards = 0;
	session->talk.originated = false;
	usher__record_forget(session);
	session->returns_to = 0;
	usher__park_over(center, session, "picked_up");
	session->ivr_wait = 0;
	session->ivr_queue = false;
	if (session->agent)
		session->agent->segment = segment;
	usher__session_move(session, SESSION_TALKING);
	if (session->ivr && request)
		usher__flow_feed(center, session, USHER_IVR_ANSWERED, request,
				 NULL);
	usher__record_begin(center, session);
}

static void agent_joined(struct usher_center *center, struct session *session,
			 const struct reaction *reaction)
{
	struct party *party, *found = NULL;

	if (!reaction->offer || session->state == SESSION_OVER)
		return;
	for (party = session->parties; party; party = party->next) {
		if (party->offer == reaction->offer && party->up &&
		    !party->ending) {
			found = party;
			party->offer = 0;
		}
	}
	if (session->state == SESSION_TALKING) {
		usher__consult_joined(center, session, found, reaction->agent,
				      reaction->segment);
		return;
	}
	session->agent = found;
	if (reaction->queue)
		session->queue = reaction->queue;
	usher__talk_begin(center, session, reaction->agent, reaction->segment);
}

static void queue_left(struct usher_center *center, struct session *session,
		       const struct reaction *reaction)
{
	uint32_t request = session->ivr_wait;
	const char *reason = NULL;

	switch (reaction->code) {
	case USHER_LEAVE_ANSWERED:
	case USHER_LEAVE_ELSEWHERE:
		/* In a conversation it is a consult that was answered. */
		if (session->state != SESSION_TALKING)
			usher__queue_waited(session, reaction->queue);
		return;
	case USHER_LEAVE_ABANDONED:
		return;
	case USHER_LEAVE_TIMEOUT:
		reason = "timeout";
		break;
	case USHER_LEAVE_FULL:
		reason = "full";
		break;
	case USHER_LEAVE_CLOSED:
		reason = "closed";
		break;
	case USHER_LEAVE_NOBODY:
		reason = "nobody";
		break;
	case USHER_LEAVE_REMOVED:
		reason = "failed";
		break;
	case USHER_LEAVE_OVERFLOW:
		if (*session->exit)
			reason = session->exit;
		break;
	default:
		break;
	}
	if (session->state == SESSION_TALKING && reason &&
	    session->talk.consult_queue == reaction->queue)
		usher__consult_failed(center, session, reason);
	if (session->state != SESSION_FLOW ||
	    usher__session_waits(center, session))
		return;
	if (session->ivr && request) {
		uint32_t kind = session->ivr_queue ? USHER_IVR_EXITED
						   : USHER_IVR_FAILED;

		session->ivr_wait = 0;
		session->ivr_queue = false;
		usher__flow_feed(center, session, kind, request, reason);
	} else if (!session->ivr) {
		if (session->voicemail)
			return; /* then it ends */
		usher__session_end(center, session, reason ? reason : "left");
	} else if (reason) {
		/* Back here since a transfer failed: to the flow the agent
		 * has left, and that is all that it waits for. */
		usher__flow_feed(center, session, USHER_IVR_AGENT_LEFT, 0,
				 NULL);
	}
}

void usher__offer_react(struct usher_center *center,
			const struct reaction *reaction)
{
	struct session *session;

	if (!reaction->contact)
		return;
	session = usher__session_find(center, reaction->contact);
	if (!session)
		return;
	switch (reaction->type) {
	case USHER_EV_OFFER_MADE:
		/* Phones are silent while the center stops. */
		if ((session->customer || session->back) && !center->stopping)
			offer_made(center, session, reaction->offer);
		break;
	case USHER_EV_OFFER_WITHDRAWN:
		stop_ringing(center, session, reaction->offer, NULL,
			     reaction->code == USHER_WITHDRAW_ELSEWHERE
				     ? USHER_LEG_ELSEWHERE
				     : USHER_LEG_CANCELED);
		break;
	case USHER_EV_OFFER_MISSED:
	case USHER_EV_OFFER_REJECTED:
	case USHER_EV_OFFER_FAILED:
		stop_ringing(center, session, reaction->offer, NULL,
			     USHER_LEG_CANCELED);
		break;
	case USHER_EV_AGENT_JOINED:
		agent_joined(center, session, reaction);
		break;
	case USHER_EV_CALLBACK_DUE:
	case USHER_EV_CALLBACK_TURN:
		usher__back_due(center, session);
		break;
	case USHER_EV_CALLBACK_MISSED:
		usher__back_missed(center, session);
		break;
	case USHER_EV_STEP_TAKEN:
		usher__step_react(center, session, reaction);
		break;
	case USHER_EV_QUEUE_LEFT:
		queue_left(center, session, reaction);
		break;
	case USHER_EV_CONTACT_ENDED:
		/* The core ended it: a place that was kept for too long. */
		if (session->state != SESSION_OVER)
			usher__session_end(center, session, "lost");
		break;
	case USHER_EV_CONTACT_CLOSED:
		usher__session_free(center, session);
		break;
	default:
		break;
	}
}
