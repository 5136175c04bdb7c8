/* Asking another while the customer waits.
 *
 *   NONE ──start──▶ RINGING ──answers──▶ TALKING ──▶ NONE
 *     ▲                │
 *     └────────────────┘
 *
 * The customer is on hold with music from start to end and is not recorded:
 * what the two say enters no recording. How it ends:
 *
 *   completed    the customer is with who was asked; the agent wraps up
 *   hangup       the same, since the agent hung up; lost: vanished
 *   conference   all of them talk
 *   canceled     by the agent, who is back with the customer; so for the
 *                next
 *   busy, no_answer, unreachable, failed, gone (hung up, or lost), timeout,
 *   full, …
 *   agent_lost   before anybody answered: the contact is in its queue again;
 *                one that came from no queue goes on ringing who was asked
 *   customer     the customer hung up; the other two are hung up
 *
 * An agent who is asked is on the contact with a segment, from the ring on.
 */
#include <assert.h>
#include <string.h>

#include "center/center.h"
#include "center/party.h"
#include "center/record.h"
#include "center/session.h"

static const unsigned moves[CONSULT_STATES] = {
	[CONSULT_NONE] = 1u << CONSULT_RINGING,
	[CONSULT_RINGING] = 1u << CONSULT_TALKING | 1u << CONSULT_NONE,
	[CONSULT_TALKING] = 1u << CONSULT_NONE,
};

/* The only place where a consult's state changes. */
void usher__consult_move(struct session *session, enum consult next)
{
	(void)moves; /* without assertions nobody reads them */
	assert(moves[session->talk.consult] & 1u << next);
	session->talk.consult = next;
}

void usher__consult_note(struct usher_center *center,
			 const struct session *session, uint32_t type,
			 const struct party *party, const char *name,
			 const char *reason)
{
	struct usher_field_value values[5] = {
		{.field = USHER_F_AGENT, .number = session->agent_id},
	};
	size_t count = 1;

	if (type == USHER_EV_CONSULT_STARTED)
		values[count++] = (struct usher_field_value){
			.field = USHER_F_NAME, .data = name};
	if (party && type != USHER_EV_CONSULT_STARTED) {
		values[count++] = (struct usher_field_value){
			.field = USHER_F_LEG, .number = party->id};
		values[count++] = (struct usher_field_value){
			.field = USHER_F_SIDE,
			.number = party->agent ? USHER_SIDE_AGENT
					       : USHER_SIDE_OTHER};
	}
	if (reason)
		values[count++] = (struct usher_field_value){
			.field = USHER_F_REASON, .data = reason};
	if (type == USHER_EV_CONSULT_ENDED)
		values[count++] = (struct usher_field_value){
			.field = USHER_F_DURATION,
			.number = (uint64_t)(center->now_us -
					     session->talk.consult_us)};
	usher_acd_note(center->acd, center->now_us, type, session->contact,
		       session->agent_segment, values, count);
}

/* Leave the queue that somebody was asked for in. */
static void unqueue(struct usher_center *center, struct session *session,
		    uint64_t queue)
{
	struct usher_segment_info info = {.size = sizeof(info)};
	uint64_t id = 0;

	while ((id = usher_acd_segment_next(center->acd, session->contact,
					    id)))
		if (!usher_acd_segment_info(center->acd, id, &info) &&
		    info.kind == USHER_SEGMENT_QUEUE && info.queue == queue) {
			usher__took(center,
				    usher_acd_dequeue(center->acd,
						      center->now_us, id,
						      USHER_LEAVE_REMOVED));
			return;
		}
}

/* It is over; whoever was asked goes. */
void usher__consult_drop(struct usher_center *center, struct session *session,
			 const char *reason)
{
	struct party *party = usher__talk_part(session, PART_CONSULTED);
	uint64_t queue = session->talk.consult_queue;
	uint64_t segment = 0;

	usher__consult_note(center, session, USHER_EV_CONSULT_ENDED, party,
			    NULL, reason);
	usher__consult_move(session, CONSULT_NONE);
	session->talk.consult_queue = 0;
	for (party = session->parties; party; party = party->next) {
		if (party->part != PART_CONSULTED)
			continue;
		party->part = PART_NONE;
		segment = party->segment;
		party->segment = 0;
		usher__party_end(center, party,
				 party->up ? USHER_LEG_NORMAL
					   : USHER_LEG_CANCELED);
	}
	usher__segment_leave(center, segment, reason);
	if (queue)
		unqueue(center, session, queue);
}

void usher__consult_over(struct usher_center *center, struct session *session,
			 const char *reason)
{
	if (session->talk.consult != CONSULT_NONE)
		usher__consult_drop(center, session, reason);
}

void usher__consult_begin(struct usher_center *center, struct session *session,
			  const char *name, const char *kind)
{
	usher__record_end(center, session);
	usher__took(center, usher_acd_hold(center->acd, center->now_us,
					   session->agent_segment));
	session->talk.held = false;
	session->talk.consult_us = center->now_us;
	usher__consult_move(session, CONSULT_RINGING);
	usher__consult_note(center, session, USHER_EV_CONSULT_STARTED, NULL,
			    name, kind);
}
