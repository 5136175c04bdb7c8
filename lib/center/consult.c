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
 *   hangup       the same, since the agent hung up
 *   conference   all of them talk
 *   canceled     by the agent, who is back with the customer; so for the
 *                next
 *   busy, no_answer, unreachable, failed, gone (hung up), timeout, full, …
 *   agent_lost   before anybody answered: the contact is in its queue again;
 *                one that came from no queue goes on ringing who was asked
 *   customer     the customer hung up; the other two are hung up
 *
 * An agent who is asked is on the contact with a segment, from the ring on.
 */
#include <assert.h>
#include <string.h>

#include "center/center.h"

static const unsigned moves[CONSULT_STATES] = {
	[CONSULT_NONE] = 1u << CONSULT_RINGING,
	[CONSULT_RINGING] = 1u << CONSULT_TALKING | 1u << CONSULT_NONE,
	[CONSULT_TALKING] = 1u << CONSULT_NONE,
};

/* The only place where a consult's state changes. */
static void move(struct session *session, enum consult next)
{
	assert(moves[session->talk.consult] & 1u << next);
	session->talk.consult = next;
}

static void note(struct usher_center *center, const struct session *session,
		 uint32_t type, const struct party *party, const char *name,
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

static void begin(struct usher_center *center, struct session *session,
		  const char *name, const char *kind)
{
	usher__record_end(center, session);
	usher_acd_hold(center->acd, center->now_us, session->agent_segment);
	session->talk.held = false;
	session->talk.consult_us = center->now_us;
	move(session, CONSULT_RINGING);
	note(center, session, USHER_EV_CONSULT_STARTED, NULL, name, kind);
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
static void drop(struct usher_center *center, struct session *session,
		 const char *reason)
{
	struct party *party = usher__talk_part(session, PART_CONSULTED);
	uint64_t queue = session->talk.consult_queue;
	uint64_t segment = 0;

	note(center, session, USHER_EV_CONSULT_ENDED, party, NULL, reason);
	move(session, CONSULT_NONE);
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
	begin(center, session, target.name, usher__target_kind(&target));
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
	move(session, CONSULT_TALKING);
	note(center, session, USHER_EV_CONSULT_ANSWERED, party, NULL, NULL);
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
	move(session, CONSULT_TALKING);
	note(center, session, USHER_EV_CONSULT_ANSWERED, party, NULL, NULL);
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
static void complete(struct usher_center *center, struct session *session,
		     const char *reason)
{
	struct party *party = usher__talk_part(session, PART_CONSULTED);
	struct party *agent = session->agent;
	uint64_t segment = session->agent_segment;

	transferred(center, session, party);
	note(center, session, USHER_EV_CONSULT_ENDED, party, NULL, reason);
	move(session, CONSULT_NONE);
	party->part = PART_NONE;
	if (session->talk.consult_queue)
		session->queue = session->talk.consult_queue;
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
	complete(center, session, "completed");
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
	note(center, session, USHER_EV_CONSULT_ENDED, party, NULL,
	     "conference");
	move(session, CONSULT_NONE);
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
	drop(center, session,
	     !rang && !strcmp(reason, "hangup") ? "gone" : reason);
	back(center, session);
	if (rang && session->agent)
		usher__party_refused(center, session->agent, reason);
}

/* Nobody has answered yet, and nobody is with the customer. */
static void orphaned(struct usher_center *center, struct session *session)
{
	struct usher_queue_info info = {.size = sizeof(info)};
	struct party *party = usher__talk_part(session, PART_CONSULTED);
	struct party *agent = session->agent;
	uint64_t segment = session->agent_segment;
	bool rings = party && !session->queue;

	if (rings) {
		/* As if it had been a blind transfer. */
		transferred(center, session, party);
		note(center, session, USHER_EV_CONSULT_ENDED, party, NULL,
		     "agent_lost");
		move(session, CONSULT_NONE);
		party->part = PART_NONE;
	} else {
		drop(center, session, "agent_lost");
	}
	session->agent = NULL;
	session->agent_id = 0;
	session->agent_segment = 0;
	usher__talk_end(center, session, "agent_lost");
	usher__session_move(session, rings ? SESSION_DIALING : SESSION_FLOW);
	usher__talk_clear(center, session);
	usher__agent_release(center, agent);
	usher__segment_leave(center, segment, "transfer");
	if (!rings &&
	    (usher_acd_queue_info(center->acd, session->queue, &info) ||
	     usher__flow_enqueue(center, session, info.name)))
		usher__session_end(center, session, "agent_lost");
}

void usher__consult_agent_lost(struct usher_center *center,
			       struct session *session, const char *reason)
{
	if (session->talk.consult == CONSULT_TALKING &&
	    usher__talk_part(session, PART_CONSULTED))
		complete(center, session, reason);
	else
		orphaned(center, session);
}

void usher__consult_over(struct usher_center *center, struct session *session,
			 const char *reason)
{
	if (session->talk.consult != CONSULT_NONE)
		drop(center, session, reason);
}

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
	begin(center, session, "", party->agent ? "agent" : "number");
	if (!up)
		return;
	move(session, CONSULT_TALKING);
	note(center, session, USHER_EV_CONSULT_ANSWERED, party, NULL, NULL);
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
		complete(center, session, "completed");
	else
		usher__consult_agent_lost(center, session, "completed");
}
