/* Who is lost or found in a conversation, told to whose part it was:
 *
 *   the customer      everybody goes
 *   the agent         a consult completes, or the contact goes back to its
 *                     queue; a member follows; else ending.c decides: back to
 *                     the queue where the agent's phone has vanished
 *   who is consulted  the agent is back with the customer
 *   a member          the others go on
 *   a supervisor      nobody hears it
 */
#include <string.h>

#include "center/center.h"
#include "center/party.h"
#include "center/session.h"

static void agent_lost(struct usher_center *center, struct session *session,
		       const char *reason)
{
	const bool lost = !strcmp(reason, USHER__AGENT_LOST);

	if (lost) {
		session->lost_agent = session->agent_id;
		session->lost_us = center->now_us;
	}
	if (session->talk.consult != CONSULT_NONE) {
		usher__consult_agent_lost(center, session,
					  lost ? "lost" : reason);
		return;
	}
	if (usher__room_succeed(center, session, reason))
		return;
	session->agent = NULL;
	usher__session_agent_gone(center, session, reason);
}

void usher__talk_lost(struct usher_center *center, struct session *session,
		      struct party *party, const char *reason)
{
	if (party == session->agent) {
		agent_lost(center, session, reason);
		return;
	}
	if (party == session->customer) {
		usher__session_customer_gone(center, session, reason);
		return;
	}
	if (!strcmp(reason, USHER__AGENT_LOST))
		reason = "lost";
	switch (party->part) {
	case PART_CONSULTED:
		usher__consult_failed(center, session, reason);
		break;
	case PART_INVITED:
	case PART_MEMBER:
		usher__room_left(center, session, party, reason);
		break;
	case PART_SUPERVISOR:
		usher__supervise_left(center, session, party, reason);
		break;
	default:
		break;
	}
}

bool usher__talk_answered(struct usher_center *center, struct party *party)
{
	struct session *session = party->session;

	switch (party->part) {
	case PART_CONSULTED:
		usher__consult_answered(center, session, party);
		return true;
	case PART_INVITED:
		usher__room_joined(center, session, party);
		return true;
	case PART_SUPERVISOR:
		usher__supervise_answered(center, session, party);
		return true;
	default:
		return false;
	}
}

void usher__talk_done(struct usher_center *center, struct session *session,
		      struct party *party, int result)
{
	if (session && party == session->customer)
		party = session->agent;
	if (!result || !session || !party || party->ending ||
	    session->state != SESSION_TALKING)
		return;
	usher__talk_lost(center, session, party, "failed");
	usher__party_end(center, party, USHER_LEG_FAILED);
}
