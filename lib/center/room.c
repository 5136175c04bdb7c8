/* Conferences: the customer, the agent, and members.
 *
 *   INVITED ──answers──▶ MEMBER ──leaves, is removed──▶ gone
 *      └──does not──▶ gone
 *
 * The others talk meanwhile. When the agent goes, the oldest member who is an
 * agent follows, else the oldest; when the customer goes, all do.
 */
#include <string.h>

#include "center/center.h"
#include "center/party.h"
#include "center/record.h"
#include "center/session.h"

static void note(struct usher_center *center, const struct session *session,
		 uint32_t type, const struct party *party, const char *reason)
{
	const struct usher_field_value values[] = {
		{.field = USHER_F_LEG, .number = party->id},
		{.field = USHER_F_SIDE,
		 .number = party->agent ? USHER_SIDE_AGENT : USHER_SIDE_OTHER},
		{.field = USHER_F_AGENT, .number = party->agent},
		{.field = USHER_F_COUNT, .number = usher__talk_count(session)},
		{.field = USHER_F_REASON, .data = reason},
	};

	usher_acd_note(center->acd, center->now_us, type, session->contact,
		       party->segment, values, reason ? 5 : 4);
}

int usher__room_add(struct usher_center *center, struct session *session,
		    const char *text)
{
	struct target target;
	struct party *party;
	int err;

	if (session->talk.consult != CONSULT_NONE || !session->customer->up)
		return USHER_ESTATE;
	if (!session->agent || !session->agent->channel->driver->mix)
		return USHER_ENOTSUP;
	if (usher__talk_count(session) >= USHER__TALK_MAX)
		return USHER_EFULL;
	usher__target_find(center, session, NULL, text, &target);
	if (target.kind == TARGET_QUEUE || target.kind == TARGET_ENTRY)
		return USHER_ENOTSUP;
	err = usher__target_ring(center, session, &target, 0, &party);
	if (!err)
		party->part = PART_INVITED;
	return err;
}

void usher__room_joined(struct usher_center *center, struct session *session,
			struct party *party)
{
	if (session->state != SESSION_TALKING) {
		usher__party_end(center, party, USHER_LEG_ELSEWHERE);
		return;
	}
	/* Who was consulted has answered before. */
	if (party->segment)
		usher_acd_answered(center->acd, center->now_us,
				   party->segment);
	party->part = PART_MEMBER;
	note(center, session, USHER_EV_PARTY_JOINED, party, NULL);
	usher__talk_settle(center, session);
}

void usher__room_left(struct usher_center *center, struct session *session,
		      struct party *party, const char *reason)
{
	uint64_t segment = party->segment;
	bool member = party->part == PART_MEMBER;

	party->part = PART_NONE;
	if (member)
		note(center, session, USHER_EV_PARTY_LEFT, party, reason);
	party->segment = 0;
	usher__segment_leave(center, segment, reason);
	if (session->state == SESSION_TALKING)
		usher__talk_settle(center, session);
}

static struct party *successor(const struct session *session)
{
	struct party *party, *found = NULL;

	/* New ones are put in front. */
	for (party = session->parties; party; party = party->next)
		if (party->part == PART_MEMBER && !party->ending &&
		    (party->agent || !found || !found->agent))
			found = party;
	return found;
}

bool usher__room_succeed(struct usher_center *center, struct session *session,
			 const char *reason)
{
	struct party *next = successor(session);
	struct party *agent = session->agent;
	uint64_t segment = session->agent_segment;

	if (!next || session->state != SESSION_TALKING)
		return false;
	note(center, session, USHER_EV_PARTY_LEFT, agent, reason);
	next->part = PART_NONE;
	session->agent = next;
	session->agent_id = next->agent;
	session->agent_segment = next->segment;
	session->talk.held = false;
	usher__record_forget(session);
	usher__talk_settle(center, session);
	usher__segment_leave(center, segment, reason);
	usher__record_end(center, session);
	usher__record_begin(center, session);
	return true;
}

int usher__room_leave(struct usher_center *center, struct session *session,
		      uint64_t agent, const char *reason)
{
	struct party *party = usher__talk_agent(session, agent);

	if (!party || party == session->customer ||
	    session->talk.consult != CONSULT_NONE)
		return USHER_ESTATE;
	if (party == session->agent) {
		if (!usher__room_succeed(center, session, reason))
			return USHER_ESTATE;
	} else if (party->part == PART_MEMBER || party->part == PART_INVITED) {
		usher__room_left(center, session, party, reason);
	} else {
		usher__supervise_left(center, session, party, reason);
	}
	usher__agent_release(center, party);
	return 0;
}

int usher__room_remove(struct usher_center *center, struct session *session,
		       uint64_t leg, const char *name)
{
	uint64_t agent =
		name && *name ? usher_acd_agent_find(center->acd, name) : 0;
	struct party *party;

	for (party = session->parties; party; party = party->next)
		if (!party->ending &&
		    (leg ? party->id == leg
			 : agent && party->agent == agent) &&
		    (party->part == PART_MEMBER ||
		     party->part == PART_INVITED))
			break;
	if (!party)
		return USHER_ENOENT;
	usher__room_left(center, session, party, "removed");
	usher__party_end(center, party,
			 party->up ? USHER_LEG_NORMAL : USHER_LEG_CANCELED);
	return 0;
}
