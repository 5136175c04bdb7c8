/* Click to call: the agent is rung first, or the customer; before a colleague,
 * by extension, always the agent, and then it is as if they had dialed.
 *
 *   DIALING (the first) ──answers──▶ DIALING (the second) ──answers──▶ TALKING
 *      └──does not──▶ OVER              └──does not──▶ OVER
 *
 * The agent is on the contact, and has no room for others, from the start.
 */
#include <stdio.h>
#include <string.h>

#include "center/callback.h"
#include "center/center.h"
#include "center/outbound.h"
#include "center/party.h"
#include "center/session.h"

static struct session *begin(struct usher_center *center, uint64_t agent,
			     const char *name, const char *number,
			     const struct usher_channel *channel, int *ret)
{
	struct usher_contact_opts opts;
	struct session *session;
	uint64_t contact, segment;

	usher_contact_opts_init(&opts, sizeof(opts));
	opts.channel = channel->driver->kind;
	opts.direction = USHER_OUT;
	*ret = usher_acd_contact_new(center->acd, center->now_us, &opts,
				     &contact);
	if (*ret)
		return NULL;
	session = usher__session_new(center, contact, number, name);
	*ret = session ? usher__agent_direct(center, session, agent, true,
					     false, &segment)
		       : USHER_ENOMEM;
	if (*ret) {
		usher__took(center,
			    usher_acd_contact_end(center->acd, center->now_us,
						  contact, "refused"));
		if (session)
			usher__session_move(session, SESSION_OVER);
		return NULL;
	}
	session->direct = true;
	session->agent_id = agent;
	session->agent_segment = segment;
	snprintf(session->language, sizeof(session->language), "en");
	usher__session_move(session, SESSION_DIALING);
	return session;
}

static int ring_agent(struct usher_center *center, struct session *session,
		      struct usher_channel *channel)
{
	struct usher_agent_info info = {.size = sizeof(info)};
	struct target target = {.kind = TARGET_AGENT};
	struct party *party;
	int err = USHER_ENOENT;

	if (!usher_acd_agent_info(center->acd, session->agent_id, &info))
		target.agent =
			usher__config_find_agent(center->config, info.name);
	if (target.agent)
		err = usher__target_dial_on(center, session, channel, &target,
					    0, &party);
	if (err)
		return err;
	party->segment = session->agent_segment;
	session->agent = party;
	return 0;
}

static int ring_customer(struct usher_center *center, struct session *session,
			 struct usher_channel *channel)
{
	const struct usher_agent_conf *callee =
		usher__config_find_extension(center->config, session->entry);
	struct target target;
	struct party *party;
	int err;

	if (callee)
		return usher__dial_colleague(center, session, callee);
	usher__target_find(center, session, "number", session->entry, &target);
	err = usher__target_dial_on(center, session, channel, &target, 0,
				    &party);
	if (err)
		return err;
	party->role = PARTY_CUSTOMER;
	session->customer = party;
	return 0;
}

/* Whoever is first is not rung for a number that nobody may call; the call
 * counts once it is rung itself. */
static int may_call(struct usher_center *center, uint64_t agent,
		    const char *number, struct usher_error *err)
{
	struct usher__outgoing *outgoing;
	struct target target;
	int code;

	usher__target_find(center, NULL, "number", number, &target);
	if (target.kind != TARGET_NUMBER)
		return usher_error_set(err, USHER_EINVAL,
				       "call: neither a number nor a "
				       "colleague's extension");
	if (!usher__target_trunk(center->config, number))
		return usher_error_set(err, USHER_ENOENT,
				       "call: no trunk is for this number");
	code = usher__outbound_check(center, agent, number, &outgoing);
	if (!code)
		usher__outbound_over(center, outgoing);
	return code;
}

/* What can be rung: a phone of ours only where one has registered. */
static bool rings(struct usher_center *center,
		  const struct usher_agent_conf *callee)
{
	struct usher__endpoint endpoint;

	for (uint32_t i = 0; usher__endpoint_at(callee, &i, &endpoint); i++)
		if (strcmp(endpoint.address, "phone") != 0 ||
		    usher__center_registered(center, callee->account))
			return true;
	return false;
}

/* Nor for a colleague who is not there, has another call, or no phone; the
 * rest shows when it is theirs to ring. */
static int may_reach(struct usher_center *center, uint64_t agent,
		     const struct usher_agent_conf *callee,
		     const struct usher_channel *channel, bool customer_first,
		     struct usher_error *err)
{
	struct usher_agent_info info = {.size = sizeof(info)};
	uint64_t id = usher_acd_agent_find(center->acd, callee->name);

	if (id == agent || customer_first)
		return usher_error_set(err, USHER_EINVAL, "call: %s",
				       id == agent
					       ? "the agent's own extension"
					       : "a colleague is not rung "
						 "first");
	if (usher_acd_agent_info(center->acd, id, &info) ||
	    info.presence != USHER_READY)
		return usher_error_set(err, USHER_ESTATE,
				       "call: agent '%s' is not ready",
				       callee->name);
	if (usher_acd_agent_free(center->acd, id, channel->driver->kind) != 1)
		return usher_error_set(err, USHER_ESTATE,
				       "call: agent '%s' has no room",
				       callee->name);
	if (!rings(center, callee))
		return usher_error_set(err, USHER_ESTATE,
				       "call: agent '%s' has no phone",
				       callee->name);
	return 0;
}

int usher__originate(struct usher_center *center, uint64_t agent,
		     const char *number, bool customer_first,
		     uint64_t *ret_contact, struct usher_error *ret_err)
{
	const struct usher_agent_conf *callee =
		usher__config_find_extension(center->config, number);
	struct usher_agent_info info = {.size = sizeof(info)};
	struct usher_channel *channel = usher__back_ringer(center);
	struct session *session;
	int err;

	if (!channel)
		return USHER_ENOTSUP;
	if (usher_acd_agent_info(center->acd, agent, &info))
		return USHER_ENOENT;
	if (strlen(number) > SESSION_TEXT_MAX)
		return USHER_EINVAL;
	err = callee ? may_reach(center, agent, callee, channel,
				 customer_first, ret_err)
		     : may_call(center, agent, number, ret_err);
	if (err)
		return err;
	session = begin(center, agent, info.name, number, channel, &err);
	if (!session)
		return err;
	session->talk.originated = true;
	err = customer_first ? ring_customer(center, session, channel)
			     : ring_agent(center, session, channel);
	if (err)
		usher__session_end(center, session, usher_strerror(err));
	else
		*ret_contact = session->contact;
	return err;
}

bool usher__originate_answered(struct usher_center *center,
			       struct party *party)
{
	struct session *session = party->session;
	int err;

	if (!session->talk.originated || session->state != SESSION_DIALING)
		return false;
	if (session->agent && session->customer)
		return false; /* the second: as one whom an agent dialed */
	err = party == session->agent
		      ? ring_customer(center, session, party->channel)
		      : ring_agent(center, session, party->channel);
	if (err)
		usher__session_end(center, session, usher_strerror(err));
	return true;
}
