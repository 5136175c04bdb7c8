/* Where a conversation, or a flow, may send a contact: a queue, an agent, an
 * entry, a number outside.
 *
 * Blind: who transfers is free at once. When the target does not answer, the
 * contact goes back to the queue that it came from, or ends there.
 */
#include <stdio.h>
#include <string.h>

#include "center/center.h"

#define RING_MS 30000u

/* The old agent lets go; their leg is ended by whoever asked for it. */
static void release_agent(struct usher_center *center, struct session *session)
{
	struct party *agent = session->agent;
	uint64_t segment = session->agent_segment;
	struct output *output;

	if (session->state != SESSION_TALKING)
		return;
	usher__record_end(center, session);
	session->agent = NULL;
	session->agent_id = 0;
	session->agent_segment = 0;
	usher__session_move(session, SESSION_FLOW);
	if (agent && session->customer) {
		output = usher__output(center, VERB_PART, session->customer);
		if (output)
			output->other = agent->id;
		/* The phone hears that it went well before it is hung up. */
		if (agent->refer)
			usher__output(center, VERB_TRANSFER_RESULT, agent);
		agent->refer = false;
		usher__party_end(center, agent, USHER_LEG_NORMAL);
	}
	if (segment)
		usher__took(center,
			    usher_acd_leave(center->acd, center->now_us,
					    segment, "transfer"));
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
		    const struct usher_queue_conf *queue)
{
	int err;

	note(center, session, queue->name, "queue");
	/* The flow that the contact came with is over; a new queue is a
	 * place without one, unless a flow itself sent it there. */
	if (!session->ivr_wait)
		usher__flow_stop(center, session, "transfer");
	err = usher__flow_enqueue(center, session, queue->name);
	if (!err)
		release_agent(center, session);
	return err;
}

static int to_entry(struct usher_center *center, struct session *session,
		    const struct usher_entry_conf *entry)
{
	if (entry->queue)
		return to_queue(center, session,
				usher__config_find_queue(center->config,
							 entry->queue));
	note(center, session, entry->address, "entry");
	usher__flow_stop(center, session, "transfer");
	release_agent(center, session);
	session->entry_conf = entry;
	/* The agent is gone: without its flow nobody would be left. */
	if (usher__flow_start(center, session, entry->flow))
		usher__session_end(center, session, "failed");
	return 0;
}

/* Ring somebody who will talk to the customer. agent is NULL outside. */
static int dial(struct usher_center *center, struct session *session,
		const char *address, const struct usher_agent_conf *agent,
		uint32_t timeout_ms, struct party **ret)
{
	struct usher_channel *ringer = usher__center_ringer(session->customer);
	struct usher_channel_ring how = {0};
	struct output *output;
	struct party *party;
	uint64_t leg;

	if (!ringer)
		return USHER_ENOTSUP;
	leg = usher__center_leg(center);
	if (!leg || session->forwards >= USHER__FORWARDS_MAX)
		return USHER_EFULL;
	party = usher__party_new(center, leg, ringer,
				 agent ? PARTY_AGENT : PARTY_OUTSIDE, session);
	if (!party)
		return USHER_ENOMEM;
	output = usher__output_job(center, VERB_RING, party, JOB_RING, 0);
	if (!output) {
		usher__party_free(center, party);
		return USHER_ENOMEM;
	}
	session->forwards++;
	if (agent) {
		party->agent = usher_acd_agent_find(center->acd, agent->name);
		party->kind = usher__endpoint_kind(address);
	}
	how.address = address;
	how.account = agent ? agent->account : NULL;
	how.caller = session->origin;
	if (*session->origin_name)
		how.caller_name = session->origin_name;
	if (session->customer)
		how.customer_leg = session->customer->id;
	how.timeout_ms = timeout_ms ? timeout_ms : RING_MS;
	/* Without memory it is not rung: reported as unreachable. */
	(void)usher__output_ring(output, &how);
	usher__party_note(center, USHER_EV_LEG_STARTED, party, 0);
	*ret = party;
	return 0;
}

static void dialing(struct usher_center *center, struct session *session)
{
	release_agent(center, session);
	usher__session_move(session, SESSION_DIALING);
	if (session->customer && session->customer->up &&
	    !session->customer->playing)
		usher__session_music(center, session);
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
	struct usher_direct_opts opts;
	uint64_t id, segment;
	int err;

	if (!usher__config_has_app(agent))
		return USHER_ENOTSUP;
	id = usher_acd_agent_find(center->acd, agent->name);
	usher_direct_opts_init(&opts, sizeof(opts));
	err = usher_acd_direct(center->acd, center->now_us, session->contact,
			       id, &opts, &segment);
	if (err)
		return err;
	note(center, session, agent->name, "agent");
	release_agent(center, session);
	answer(center, session->customer);
	usher__talk_begin(center, session, id, segment);
	return 0;
}

static int to_agent(struct usher_center *center, struct session *session,
		    const struct usher_agent_conf *agent, uint32_t timeout_ms)
{
	struct usher_direct_opts opts;
	struct party *party;
	uint64_t id, segment;
	uint32_t index;
	int err;

	if (!usher__party_audio(session->customer))
		return to_app(center, session, agent);
	id = usher_acd_agent_find(center->acd, agent->name);
	usher_direct_opts_init(&opts, sizeof(opts));
	opts.dialing = 1;
	err = usher_acd_direct(center->acd, center->now_us, session->contact,
			       id, &opts, &segment);
	if (err)
		return err;
	for (index = 0; index < agent->endpoint_count; index++)
		if (strcmp(agent->endpoints[index], "app"))
			break;
	err = index < agent->endpoint_count
		      ? dial(center, session, agent->endpoints[index], agent,
			     timeout_ms, &party)
		      : USHER_ENOENT;
	if (err) {
		usher__took(center,
			    usher_acd_leave(center->acd, center->now_us,
					    segment, "unreachable"));
		return err;
	}
	party->agent = id;
	party->segment = segment;
	note(center, session, agent->name, "agent");
	dialing(center, session);
	return 0;
}

/* Whether a trunk calls numbers that begin like this one. */
static bool has_trunk(const struct usher_config *config, const char *number)
{
	const struct usher_trunk_conf *trunk;
	const char *prefix;
	size_t i;

	for (i = 0; i < config->trunk_count; i++) {
		trunk = &config->trunks[i];
		prefix = trunk->prefix ? trunk->prefix : "";
		if (trunk->address && *trunk->address &&
		    !strncmp(number, prefix, strlen(prefix)))
			return true;
	}
	return false;
}

static int to_number(struct usher_center *center, struct session *session,
		     const char *number, uint32_t timeout_ms)
{
	char address[USHER__REPORT_STRING_MAX + 8];
	struct usher__outgoing *outgoing;
	struct party *party;
	int err;

	if (!has_trunk(center->config, number))
		return USHER_ENOENT;
	/* What is cut off would ring somebody else. */
	if (snprintf(address, sizeof(address), "tel:%s", number) >=
	    (int)sizeof(address))
		return USHER_EINVAL;
	err = usher__outbound_check(center, session->agent_id, number,
				    &outgoing);
	if (err)
		return err;
	err = dial(center, session, address, NULL, timeout_ms, &party);
	if (err) {
		usher__outbound_over(center, outgoing);
		return err;
	}
	party->outgoing = outgoing;
	note(center, session, "", "number");
	dialing(center, session);
	return 0;
}

static bool is_number(const char *s)
{
	if (*s == '+')
		s++;
	return *s && strspn(s, "0123456789") == strlen(s);
}

int usher__transfer(struct usher_center *center, struct session *session,
		    const char *method, const char *target,
		    uint32_t timeout_ms)
{
	const struct usher_queue_conf *queue = NULL;
	const struct usher_agent_conf *agent = NULL;
	const struct usher_entry_conf *entry = NULL;
	bool any = !method;

	if (!session->customer || !target ||
	    (session->state != SESSION_TALKING &&
	     session->state != SESSION_FLOW))
		return USHER_ESTATE;
	if (any || !strcmp(method, "queue")) {
		queue = usher__config_find_queue(center->config, target);
		if (!queue)
			queue = usher__config_find_number(center->config,
							  target);
	}
	if (!queue && (any || !strcmp(method, "agent"))) {
		agent = usher__config_find_extension(center->config, target);
		if (!agent)
			agent = usher__config_find_agent(center->config,
							 target);
	}
	if (queue)
		return to_queue(center, session, queue);
	if (agent)
		return to_agent(center, session, agent, timeout_ms);
	if (any)
		entry = usher__config_find_entry(
			center->config,
			session->customer->channel->driver->name, target);
	if (entry && strcmp(entry->address, "*"))
		return to_entry(center, session, entry);
	if ((any || !strcmp(method, "number")) && is_number(target))
		return to_number(center, session, target, timeout_ms);
	return USHER_ENOENT;
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
static void close_dialing(struct usher_center *center, struct session *session,
			  const char *reason)
{
	struct usher_segment_info info = {.size = sizeof(info)};
	uint64_t id = 0;

	while ((id = usher_acd_segment_next(center->acd, session->contact,
					    id)))
		if (!usher_acd_segment_info(center->acd, id, &info) &&
		    info.state == USHER_SEGMENT_DIALING) {
			usher__took(center, usher_acd_leave(center->acd,
							    center->now_us, id,
							    reason));
			return;
		}
}

void usher__transfer_failed(struct usher_center *center,
			    struct session *session, const char *reason)
{
	struct usher_queue_info info = {.size = sizeof(info)};
	uint32_t request = session->ivr_wait;

	if (session->state != SESSION_DIALING)
		return;
	close_dialing(center, session, reason);
	usher__session_move(session, SESSION_FLOW);
	if (session->ivr && request) {
		session->ivr_wait = 0;
		usher__flow_feed(center, session, USHER_IVR_FAILED, request,
				 reason);
	} else if (session->direct || !session->queue ||
		   usher_acd_queue_info(center->acd, session->queue, &info) ||
		   usher__flow_enqueue(center, session, info.name)) {
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
	if (session && session->agent == party)
		err = usher__transfer(center, session, NULL, target, 0);
	if (!party->refer)
		return;
	party->refer = false;
	output = usher__output(center, VERB_TRANSFER_RESULT, party);
	if (output)
		output->code = err;
}
