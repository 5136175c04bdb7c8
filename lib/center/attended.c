/* Attended transfer by an agent's phone: of two calls that it has it asks that
 * those at their ends talk. */
#include <string.h>

#include "center/output.h"
#include "center/party.h"
#include "center/record.h"
#include "center/session.h"

/* Whoever this leg of an agent's is with in another session, up or rung. */
static struct party *peer_of(const struct session *session,
			     const struct party *leg)
{
	struct party *peer = session->agent == leg      ? session->customer
			     : session->customer == leg ? session->agent
							: NULL;

	return peer && !peer->ending && !peer->offer && peer->asked != ASKED &&
			       (peer->up || !peer->came) &&
			       !usher__talk_busy(session)
		       ? peer
		       : NULL;
}

/* Into the session of the customer, as if the agent had asked there. */
static void bring(struct usher_center *center, struct session *session,
		  struct party *party)
{
	struct session *other = party->session;
	bool up = party->up;
	uint64_t segment = 0;

	usher__record_end(center, other);
	usher__party_move(party, session);
	party->role = party->agent ? PARTY_AGENT : PARTY_OUTSIDE;
	party->segment = 0;
	/* Its contact ends first, so that its agents have room. */
	usher__session_end(center, other, "transfer");
	if (party->agent && !usher__agent_direct(center, session, party->agent,
						 !up, true, &segment))
		party->segment = segment;
	party->part = PART_CONSULTED;
	usher__consult_begin(center, session, "",
			     party->agent ? "agent" : "number");
	if (!up)
		return;
	usher__consult_move(session, CONSULT_TALKING);
	usher__consult_note(center, session, USHER_EV_CONSULT_ANSWERED, party,
			    NULL, NULL);
}

/* Which of two sessions has the customer, and which the other one: the call
 * that an agent dialed is the consult. */
static struct party *consult_of(struct party *a, struct party *b,
				struct session **ret)
{
	struct party *swap;

	if (a->session->direct && !b->session->direct) {
		swap = a;
		a = b;
		b = swap;
	}
	*ret = a->session;
	if (a->session->agent != a || a->session->state != SESSION_TALKING ||
	    usher__talk_busy(a->session) || !a->session->customer)
		return NULL;
	return peer_of(b->session, b);
}

/* The agent has called a flow and heard what it says; now the customer goes
 * there, to its beginning, or to the queue that it has led to. */
static int to_flow(struct usher_center *center, struct session *session,
		   struct session *flow)
{
	struct target target = {.kind = TARGET_ENTRY,
				.entry = flow->entry_conf};
	int err;

	if (flow->state != SESSION_FLOW || session->agent_id == 0)
		return USHER_ESTATE;
	if (usher__session_waits(center, flow)) {
		target.kind = TARGET_QUEUE;
		target.queue = usher__session_queue(center, flow);
	}
	if (!target.entry && !target.queue)
		return USHER_ESTATE;
	err = usher__transfer_to(center, session, &target, 0, false);
	if (!err)
		usher__session_end(center, flow, "transfer");
	return err;
}

static uint64_t whose(const struct party *party)
{
	return party->agent ? party->agent : party->caller;
}

/* Both are calls of one agent: nobody outside hands others on. */
static bool of_one(const struct party *party, const struct party *other)
{
	return other && whose(party) && whose(other) == whose(party) &&
	       party->session && other->session &&
	       other->session != party->session &&
	       other->channel == party->channel;
}

void usher__transfer_leg(struct usher_center *center, struct party *party,
			 uint64_t leg)
{
	struct party *other = usher__party_find(center, leg);
	struct session *session = NULL;
	struct party *peer = NULL, *own = party;
	struct output *output;
	int err = USHER_ESTATE;

	/* Told before anybody is hung up. */
	output = usher__output(center, VERB_TRANSFER_RESULT, party);
	if (party->caller && other) {
		/* The customer is on the other one. */
		own = other;
		other = party;
	}
	if (of_one(own, other))
		peer = consult_of(own, other, &session);
	if (peer)
		err = 0;
	else if (session && session->agent == own && other->caller)
		err = to_flow(center, session, other->session);
	if (output)
		output->code = err;
	if (!peer)
		return;
	bring(center, session, peer);
	if (peer->up)
		usher__consult_given(center, session, "completed");
	else
		usher__consult_handed(center, session, peer);
}
