/* The end of a contact, or of its conversation: what follows for those who are
 * left. */
#include <string.h>

#include "center/callback.h"
#include "center/center.h"
#include "center/flow.h"
#include "center/party.h"
#include "center/record.h"
#include "center/session.h"

/* End everybody but the customer. */
static void end_others(struct usher_center *center, struct session *session)
{
	struct party *party;

	for (party = session->parties; party; party = party->next)
		if (party != session->customer)
			usher__party_end(center, party,
					 party->up ? USHER_LEG_NORMAL
						   : USHER_LEG_CANCELED);
}

void usher__session_refuse(struct usher_center *center,
			   struct session *session, const char *reason)
{
	const int code = usher__party_code(reason);
	struct party *party;

	if (session->state == SESSION_OVER || code == USHER_LEG_NORMAL)
		return;
	for (party = session->parties; party; party = party->next)
		if (usher__party_audio(party) &&
		    (party->up ||
		     (party->came &&
		      (code == USHER_LEG_BUSY || party->role == PARTY_AGENT))))
			usher__party_end(center, party, code);
}

void usher__session_customer_gone(struct usher_center *center,
				  struct session *session, const char *reason)
{
	if (session->state == SESSION_OVER)
		return;
	usher__record_end(center, session);
	usher__voicemail_end(center, session);
	usher__talk_end(center, session, "customer");
	usher__park_over(center, session, "customer");
	usher__session_move(session, SESSION_OVER);
	end_others(center, session);
	usher__flow_stop(center, session, reason);
	usher__took(center, usher_acd_contact_end(center->acd, center->now_us,
						  session->contact, reason));
}

void usher__session_end(struct usher_center *center, struct session *session,
			const char *reason)
{
	usher__session_refuse(center, session, reason);
	if (session->customer)
		usher__party_end(center, session->customer, USHER_LEG_NORMAL);
	usher__session_customer_gone(center, session, reason);
}

/* The conversation is over; the customer is where the flow begins. */
static void leave_talk(struct usher_center *center, struct session *session,
		       const char *reason)
{
	uint64_t segment = session->agent_segment;

	usher__record_end(center, session);
	session->agent = NULL;
	session->agent_id = 0;
	session->agent_segment = 0;
	usher__talk_end(center, session, reason);
	usher__session_move(session, SESSION_FLOW);
	usher__talk_clear(center, session);
	usher__segment_leave(center, segment, reason);
}

/* Whose agent's phone has vanished waits again, with the age they had. */
static bool waits_again(struct usher_center *center, struct session *session,
			const char *reason)
{
	return !strcmp(reason, USHER__AGENT_LOST) &&
	       !usher__flow_enqueue_again(center, session);
}

void usher__session_agent_gone(struct usher_center *center,
			       struct session *session, const char *reason)
{
	const char *after;

	if (session->state == SESSION_TALKING)
		leave_talk(center, session, reason);
	else if (session->state != SESSION_DIALING || !session->direct)
		return;
	/* Who was called by number is what it was about. */
	if (session->direct || !session->customer) {
		usher__session_end(center, session, reason);
		return;
	}
	if (waits_again(center, session, reason))
		return;
	if (session->ivr) {
		usher__flow_feed(center, session, USHER_IVR_AGENT_LEFT, 0,
				 NULL);
		return;
	}
	after = session->entry_conf ? session->entry_conf->after : NULL;
	if (!after || usher__flow_start(center, session, after))
		usher__session_end(center, session, reason);
}

void usher__talk_end(struct usher_center *center, struct session *session,
		     const char *reason)
{
	struct party *party;

	usher__consult_over(center, session, reason);
	for (party = session->parties; party; party = party->next)
		if (party->part != PART_NONE) {
			if (party->part == PART_SUPERVISOR)
				usher__supervise_left(center, session, party,
						      reason);
			else
				usher__room_left(center, session, party,
						 reason);
			usher__party_end(center, party,
					 party->up ? USHER_LEG_NORMAL
						   : USHER_LEG_CANCELED);
		}
}
