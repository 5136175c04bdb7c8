/* A supervisor on a conversation: rung by himself, heard by whom he chooses.
 *
 *   ringing ──answers──▶ LISTEN ⇄ WHISPER ⇄ BARGE ──▶ takes over
 *                          └──────────┴────────┴────▶ gone
 *
 * A mode may be changed at any time, in any order, while it rings too. He
 * stays while the contact is handed on by a consult or a conference; he goes
 * with the conversation. He has no segment: it is not handling. Taking over
 * makes him the agent, and the former agent wraps up.
 */
#include <string.h>

#include "center/center.h"
#include "center/party.h"
#include "center/record.h"
#include "center/session.h"

static const char *const mode_names[] = {"listen", "whisper", "barge",
					 "take_over"};

static void note(struct usher_center *center, const struct session *session,
		 uint32_t type, const struct party *party, const char *reason)
{
	const struct usher_field_value values[] = {
		{.field = USHER_F_AGENT, .number = party->agent},
		{.field = USHER_F_LEG, .number = party->id},
		{.field = USHER_F_MODE, .data = mode_names[party->mode]},
		{.field = USHER_F_REASON, .data = reason},
	};

	usher_acd_note(center->acd, center->now_us, type, session->contact,
		       session->agent_segment, values, reason ? 4 : 3);
}

/* Answered, and has not to press 1 any more. */
static bool there(const struct party *party)
{
	return party->up && party->asked != ASKED;
}

/* The only place where a supervisor's mode changes. */
static void move(struct usher_center *center, struct session *session,
		 struct party *party, enum mode mode)
{
	bool changed = party->mode != mode;

	party->mode = mode;
	if (!there(party) || !changed)
		return;
	note(center, session, USHER_EV_SUPERVISION_CHANGED, party, NULL);
	usher__talk_settle(center, session);
}

static int mode_of(const char *text, enum mode *ret)
{
	size_t i;

	for (i = 0; i < sizeof(mode_names) / sizeof(*mode_names); i++)
		if (!strcmp(text, mode_names[i])) {
			*ret = (enum mode)i;
			return 0;
		}
	return USHER_EINVAL;
}

static int take_over(struct usher_center *center, struct session *session,
		     struct party *party)
{
	struct party *agent = session->agent;
	uint64_t former = session->agent_segment, segment = 0;
	int err = 0;

	if (session->talk.consult != CONSULT_NONE || !agent)
		return USHER_ESTATE;
	if (party->agent)
		err = usher__agent_direct(center, session, party->agent, false,
					  true, &segment);
	if (err)
		return err;
	note(center, session, USHER_EV_SUPERVISION_ENDED, party, "take_over");
	usher__record_end(center, session);
	party->part = PART_NONE;
	party->role = party->agent ? PARTY_AGENT : PARTY_OUTSIDE;
	party->segment = segment;
	session->agent = party;
	session->agent_id = party->agent;
	session->agent_segment = segment;
	session->talk.held = false;
	usher__record_forget(session);
	usher__talk_settle(center, session);
	usher__agent_release(center, agent);
	usher__segment_leave(center, former, "take_over");
	usher__record_begin(center, session);
	return 0;
}

static struct party *supervisor(const struct session *session, uint64_t agent,
				uint64_t leg)
{
	struct party *party;

	for (party = session->parties; party; party = party->next)
		if (party->part == PART_SUPERVISOR && !party->ending &&
		    (leg ? party->id == leg : agent && party->agent == agent))
			return party;
	return NULL;
}

static unsigned count(const struct session *session)
{
	const struct party *party;
	unsigned n = 0;

	for (party = session->parties; party; party = party->next)
		n += party->part == PART_SUPERVISOR && !party->ending;
	return n;
}

static int ring(struct usher_center *center, struct session *session,
		uint64_t agent, const char *number, enum mode mode)
{
	struct usher_agent_info info = {.size = sizeof(info)};
	struct target target = {0};
	struct party *party;
	int err;

	if (agent) {
		if (usher_acd_agent_info(center->acd, agent, &info))
			return USHER_ENOENT;
		usher__target_agent(center, info.name, &target);
	} else {
		usher__target_find(center, session, "number", number, &target);
		target.nobodys = true;
	}
	err = usher__target_dial(center, session, &target, 0, &party);
	if (err)
		return err;
	party->role = PARTY_SUPERVISOR;
	party->part = PART_SUPERVISOR;
	party->mode = mode;
	return 0;
}

int usher__supervise(struct usher_center *center, struct session *session,
		     uint64_t agent, uint64_t leg, const char *number,
		     const char *text)
{
	struct party *party = supervisor(session, agent, leg);
	enum mode mode;

	if (mode_of(text, &mode))
		return USHER_EINVAL;
	if (party && there(party) && mode == MODE_TAKE_OVER)
		return take_over(center, session, party);
	if (party) {
		move(center, session, party, mode);
		return 0;
	}
	if (leg)
		return USHER_ENOENT;
	if (!session->agent || !session->customer->up ||
	    !session->agent->channel->driver->mix)
		return USHER_ENOTSUP;
	if (agent && usher__talk_agent(session, agent))
		return USHER_EEXIST;
	if (count(session) >= USHER__SUPERVISORS_MAX)
		return USHER_EFULL;
	return ring(center, session, agent, number, mode);
}

int usher__supervise_end(struct usher_center *center, struct session *session,
			 uint64_t agent, uint64_t leg)
{
	struct party *party = supervisor(session, agent, leg);

	if (!party)
		return USHER_ENOENT;
	usher__supervise_left(center, session, party, "left");
	usher__party_end(center, party,
			 party->up ? USHER_LEG_NORMAL : USHER_LEG_CANCELED);
	return 0;
}

void usher__supervise_answered(struct usher_center *center,
			       struct session *session, struct party *party)
{
	bool take = party->mode == MODE_TAKE_OVER;

	if (session->state != SESSION_TALKING) {
		usher__party_end(center, party, USHER_LEG_ELSEWHERE);
		return;
	}
	if (take)
		party->mode = MODE_LISTEN;
	note(center, session, USHER_EV_SUPERVISION_STARTED, party, NULL);
	usher__talk_settle(center, session);
	if (take)
		take_over(center, session, party);
}

void usher__supervise_left(struct usher_center *center,
			   struct session *session, struct party *party,
			   const char *reason)
{
	party->part = PART_NONE;
	if (there(party))
		note(center, session, USHER_EV_SUPERVISION_ENDED, party,
		     reason);
	usher__talk_settle(center, session);
}
