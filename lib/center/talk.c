/* Who hears whom in a conversation.
 *
 * What is wanted follows from the session alone: settle compares it with what
 * the driver was told and says the difference, so that any order of events
 * ends in the same sound.
 *
 *   the customer      held while a consult goes on or the agent says so,
 *                     else among those who talk
 *   two who talk      joined
 *   more, or one who  in a room with the contact's number
 *   is listened to
 *
 * What follows when one is lost is in lost.c.
 */
#include "center/center.h"
#include "center/output.h"
#include "center/party.h"
#include "center/session.h"
#include "center/talk.h"

/* Those of one session who are to be heard. */
struct floor {
	struct party *talk[USHER__TALK_MAX + USHER__SUPERVISORS_MAX];
	struct party *listen[USHER__SUPERVISORS_MAX];
	unsigned talks, listens;
	bool room;
};

static bool present(const struct party *party)
{
	return party->up && !party->ending && !party->offer &&
	       party->asked != ASKED;
}

static bool customer_in(const struct session *session)
{
	return !session->talk.held && session->state != SESSION_PARKED &&
	       session->talk.consult == CONSULT_NONE;
}

static bool talks(const struct session *session, const struct party *party)
{
	if (!present(party))
		return false;
	if (party == session->customer)
		return customer_in(session);
	if (party == session->agent)
		return true;
	switch (party->part) {
	case PART_CONSULTED:
		return session->talk.consult == CONSULT_TALKING;
	case PART_MEMBER:
		return true;
	case PART_SUPERVISOR:
		return party->mode == MODE_BARGE;
	default:
		return false;
	}
}

static void floor_make(const struct session *session, struct floor *ret)
{
	const unsigned talk_max = sizeof(ret->talk) / sizeof(*ret->talk);
	struct party *party;

	*ret = (struct floor){0};
	for (party = session->parties; party; party = party->next) {
		if (talks(session, party) && ret->talks < talk_max)
			ret->talk[ret->talks++] = party;
		else if (party->part == PART_SUPERVISOR && present(party) &&
			 ret->listens < USHER__SUPERVISORS_MAX)
			ret->listen[ret->listens++] = party;
	}
	/* Somebody alone hears nothing; with a listener he may be heard. */
	ret->room = ret->talks > 2 || (ret->talks && ret->listens);
}

static bool on_floor(const struct floor *floor, const struct party *party)
{
	unsigned i;

	for (i = 0; i < floor->talks; i++)
		if (floor->talk[i] == party)
			return floor->room || floor->talks == 2;
	for (i = 0; i < floor->listens; i++)
		if (floor->listen[i] == party)
			return floor->room;
	return false;
}

static struct party *partner(const struct session *session,
			     const struct party *party)
{
	struct party *other;

	for (other = session->parties; other; other = other->next)
		if (other->id == party->place_with &&
		    other->place == PLACE_PAIR)
			return other;
	return NULL;
}

static void unpair(const struct session *session, struct party *party)
{
	struct party *other = partner(session, party);

	if (party->place == PLACE_PAIR && other)
		other->place = PLACE_NONE;
	party->place = PLACE_NONE;
}

static struct output *mix(struct usher_center *center, struct party *party,
			  uint64_t room)
{
	struct output *output =
		room ? usher__output_job(center, VERB_MIX, party, JOB_TALK, 0)
		     : usher__output(center, VERB_MIX, party);

	if (output) {
		output->mix.size = sizeof(output->mix);
		output->mix.room = room;
	}
	return output;
}

/* Out of where it is; both live on. */
static void part(struct usher_center *center, const struct session *session,
		 struct party *party)
{
	struct party *other = partner(session, party);
	struct output *output;

	if (party->place == PLACE_ROOM) {
		mix(center, party, 0);
	} else if (party->place == PLACE_PAIR && other && !other->ending) {
		output = usher__output(center, VERB_PART, party);
		if (output)
			output->other = other->id;
	} else if (party->place == PLACE_HELD) {
		usher__output(center, VERB_RESUME, party);
		party->playing = false;
	}
	unpair(session, party);
}

static void hold(struct usher_center *center, struct session *session)
{
	struct party *customer = session->customer;

	if (customer->place == PLACE_HELD)
		return;
	if (customer->place == PLACE_ROOM)
		mix(center, customer, 0);
	usher__output(center, VERB_HOLD, customer);
	unpair(session, customer);
	customer->place = PLACE_HELD;
	usher__session_music(center, session);
}

/* The leg of an output for two is whom to blame when it fails; the customer
 * stands for the agent. */
static int pair(struct usher_center *center, struct session *session,
		struct party *a, struct party *b)
{
	struct output *output;
	struct party *swap;

	if (b == session->customer || a == session->agent) {
		swap = a;
		a = b;
		b = swap;
	}
	if (a->place == PLACE_PAIR && a->place_with == b->id)
		return 0;
	if (a->place == PLACE_HELD)
		part(center, session, a);
	output = usher__output_job(center, VERB_JOIN, a, JOB_TALK, 0);
	if (!output)
		return USHER_ENOMEM;
	output->other = b->id;
	unpair(session, a);
	unpair(session, b);
	a->place = b->place = PLACE_PAIR;
	a->place_with = b->id;
	b->place_with = a->id;
	a->playing = b->playing = false;
	return 0;
}

static int enter(struct usher_center *center, struct session *session,
		 struct party *party, uint32_t role, uint64_t whisper_to)
{
	struct output *output;

	if (party->place == PLACE_ROOM && party->role_now == role &&
	    party->place_with == whisper_to)
		return 0;
	if (party->place == PLACE_HELD)
		part(center, session, party);
	usher__party_quiet(center, party);
	output = mix(center, party, session->contact);
	if (!output)
		return USHER_ENOMEM;
	output->mix.role = role;
	output->mix.whisper_to = whisper_to;
	unpair(session, party);
	party->place = PLACE_ROOM;
	party->role_now = role;
	party->place_with = whisper_to;
	return 0;
}

/* Those who talk already go in before others: together they are relayed on,
 * and whoever comes then makes it a mix behind what was heard last. */
static void pair_first(struct floor *floor)
{
	struct party *party;
	unsigned i, pairs = 0;

	for (i = 0; i < floor->talks; i++) {
		party = floor->talk[i];
		if (party->place != PLACE_PAIR)
			continue;
		memmove(floor->talk + pairs + 1, floor->talk + pairs,
			(i - pairs) * sizeof(*floor->talk));
		floor->talk[pairs++] = party;
	}
}

static int fill_room(struct usher_center *center, struct session *session,
		     struct floor *floor)
{
	const struct party *agent = session->agent;
	struct party *party;
	unsigned i;
	int err = 0;

	pair_first(floor);
	for (i = 0; i < floor->talks && !err; i++)
		err = enter(center, session, floor->talk[i], USHER_MIX_TALK,
			    0);
	for (i = 0; i < floor->listens && !err; i++) {
		party = floor->listen[i];
		if (party->mode == MODE_WHISPER && agent && present(agent))
			err = enter(center, session, party, USHER_MIX_WHISPER,
				    agent->id);
		else
			err = enter(center, session, party, USHER_MIX_LISTEN,
				    0);
	}
	return err;
}

bool usher__talk_alone(const struct session *session)
{
	const struct party *party;

	if (!session->customer || !customer_in(session) || !session->agent ||
	    !session->agent->on_hold)
		return false;
	for (party = session->parties; party; party = party->next)
		if (party != session->customer && party != session->agent &&
		    talks(session, party))
			return false;
	return true;
}

void usher__talk_count_hold(struct usher_center *center,
			    const struct session *session)
{
	if (session->state == SESSION_TALKING && session->agent &&
	    session->agent->on_hold && customer_in(session))
		usher__took(center, usher_acd_hold(center->acd, center->now_us,
						   session->agent_segment));
}

void usher__talk_settle(struct usher_center *center, struct session *session)
{
	const bool rings = session->talk.consult == CONSULT_RINGING;
	struct floor floor;
	struct party *party;
	int err = 0;

	if ((session->state != SESSION_TALKING &&
	     session->state != SESSION_PARKED) ||
	    !session->customer)
		return;
	floor_make(session, &floor);
	if (session->agent && !rings)
		usher__party_quiet(center, session->agent);
	if (!customer_in(session) && !session->customer->ending)
		hold(center, session);
	for (party = session->parties; party; party = party->next)
		if (present(party) && !on_floor(&floor, party) &&
		    (party != session->customer || customer_in(session)))
			part(center, session, party);
	if (floor.room)
		err = fill_room(center, session, &floor);
	else if (floor.talks == 2)
		err = pair(center, session, floor.talk[0], floor.talk[1]);
	/* Whoever comes or goes: an agent whose phone holds is not there. */
	if (!err && rings && session->agent && present(session->agent))
		usher__party_ring(center, session->agent);
	if (!err && usher__talk_alone(session) && !session->customer->playing)
		usher__session_music(center, session);
	usher__talk_count_hold(center, session);
	/* Two people who cannot hear each other are no conversation: what
	 * follows, follows from the agent's end. */
	if (err && session->agent)
		usher__party_end(center, session->agent, USHER_LEG_FAILED);
}

bool usher__talk_clear(struct usher_center *center, struct session *session)
{
	struct party *customer = session->customer;
	bool held = customer && customer->place == PLACE_HELD;

	session->talk.held = false;
	if (customer && !customer->ending)
		part(center, session, customer);
	return held;
}

struct party *usher__talk_part(const struct session *session, enum part which)
{
	struct party *party;

	for (party = session->parties; party; party = party->next)
		if (party->part == which && !party->ending)
			return party;
	return NULL;
}

bool usher__talk_busy(const struct session *session)
{
	return session->talk.consult != CONSULT_NONE ||
	       usher__talk_part(session, PART_INVITED) ||
	       usher__talk_part(session, PART_MEMBER);
}

unsigned usher__talk_count(const struct session *session)
{
	const struct party *party;
	unsigned count = 0;

	for (party = session->parties; party; party = party->next)
		count += !party->ending && (party == session->customer ||
					    party == session->agent ||
					    party->part == PART_CONSULTED ||
					    party->part == PART_INVITED ||
					    party->part == PART_MEMBER);
	return count;
}

struct party *usher__talk_agent(const struct session *session, uint64_t agent)
{
	struct party *party;

	for (party = session->parties; party; party = party->next)
		if (!party->ending && party->agent == agent &&
		    (party == session->agent || party == session->customer ||
		     party->part != PART_NONE))
			return party;
	return NULL;
}

bool usher__talk_turn(struct session *session, uint64_t agent)
{
	struct party *called = session->customer, *other = session->agent;

	if (session->state != SESSION_TALKING || !agent)
		return false;
	if (session->agent_id == agent)
		return true;
	if (!called || called->agent != agent || !called->segment || !other ||
	    other->on_hold || session->talk.held || usher__talk_busy(session))
		return false;
	session->customer = other;
	session->agent = called;
	session->agent_id = agent;
	session->agent_segment = called->segment;
	other->role = PARTY_CUSTOMER;
	called->role = PARTY_AGENT;
	return true;
}

void usher__party_move(struct party *party, struct session *session)
{
	struct session *old = party->session;
	struct party **p;

	if (old) {
		unpair(old, party);
		for (p = &old->parties; *p != party;)
			p = &(*p)->next;
		*p = party->next;
		if (old->customer == party)
			old->customer = NULL;
		if (old->agent == party)
			old->agent = NULL;
	}
	party->next = NULL;
	party->session = session;
	party->part = PART_NONE;
	if (session) {
		party->next = session->parties;
		session->parties = party;
	}
}

void usher__agent_release(struct usher_center *center, struct party *party)
{
	/* The phone hears that it went well before it is hung up. */
	if (party->refer && !party->ending)
		usher__output(center, VERB_TRANSFER_RESULT, party);
	party->refer = false;
	usher__party_end(center, party, USHER_LEG_NORMAL);
}
