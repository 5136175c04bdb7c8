/* Whom a name or a number means, and ringing them. */
#include <stdio.h>
#include <string.h>

#include "center/center.h"
#include "center/outbound.h"
#include "center/output.h"
#include "center/party.h"
#include "center/session.h"

#define RING_MS 30000u

static bool is_number(const char *s)
{
	if (*s == '+')
		s++;
	return *s && strspn(s, "0123456789") == strlen(s);
}

static const struct usher_entry_conf *find_entry(struct usher_center *center,
						 const struct session *session,
						 const char *text)
{
	const struct usher_entry_conf *entry = NULL;

	if (session && session->customer)
		entry = usher__config_find_entry(
			center->config,
			session->customer->channel->driver->name, text);
	return entry && strcmp(entry->address, "*") ? entry : NULL;
}

static void find(struct usher_center *center, const struct session *session,
		 const char *method, const char *text, struct target *ret)
{
	bool any = !method;

	if (any || !strcmp(method, "queue")) {
		ret->queue = usher__config_find_queue(center->config, text);
		if (!ret->queue)
			ret->queue = usher__config_find_number(center->config,
							       text);
	}
	if (!ret->queue && (any || !strcmp(method, "agent"))) {
		ret->agent =
			usher__config_find_extension(center->config, text);
		if (!ret->agent)
			ret->agent =
				usher__config_find_agent(center->config, text);
	}
	if (!ret->queue && !ret->agent &&
	    (any || !strcmp(method, "entry") || !strcmp(method, "flow")))
		ret->entry = find_entry(center, session, text);
	if (!ret->queue && !ret->agent && !ret->entry &&
	    (any || !strcmp(method, "number")) && is_number(text))
		ret->number = text;
}

void usher__target_find(struct usher_center *center,
			const struct session *session, const char *method,
			const char *text, struct target *ret)
{
	*ret = (struct target){.name = ""};
	if (text)
		find(center, session, method, text, ret);
	if (ret->queue) {
		ret->kind = TARGET_QUEUE;
		ret->name = ret->queue->name;
	} else if (ret->agent) {
		ret->kind = TARGET_AGENT;
		ret->name = ret->agent->name;
	} else if (ret->entry) {
		ret->kind = TARGET_ENTRY;
		ret->name = ret->entry->address;
	} else if (ret->number) {
		ret->kind = TARGET_NUMBER;
	}
}

void usher__target_agent(struct usher_center *center, const char *name,
			 struct target *ret)
{
	*ret = (struct target){.name = ""};
	ret->agent = usher__config_find_agent(center->config, name);
	if (!ret->agent)
		return;
	ret->kind = TARGET_AGENT;
	ret->name = ret->agent->name;
}

const char *usher__target_kind(const struct target *target)
{
	static const char *const kinds[] = {"", "queue", "agent", "entry",
					    "number"};

	return kinds[target->kind];
}

/* Ring somebody who will talk to the customer. agent is NULL outside. */
static int dial(struct usher_center *center, struct session *session,
		struct usher_channel *ringer, const char *address,
		const struct usher_agent_conf *agent, uint32_t timeout_ms,
		struct party **ret)
{
	uint64_t id =
		agent ? usher_acd_agent_find(center->acd, agent->name) : 0;
	struct usher__outgoing *outgoing = NULL;
	struct usher_channel_ring how = {0};
	struct output *output;
	struct party *party;
	uint64_t leg;
	int err;

	if (!ringer)
		return USHER_ENOTSUP;
	leg = usher__center_leg(center);
	if (!leg)
		return USHER_EFULL;
	err = agent ? usher__outbound_endpoint(center, id, address, &outgoing)
		    : 0;
	if (err)
		return err;
	party = usher__party_new(center, leg, ringer,
				 agent           ? PARTY_AGENT
				 : session->back ? PARTY_CUSTOMER
						 : PARTY_OUTSIDE,
				 session);
	if (!party) {
		usher__outbound_over(center, outgoing);
		return USHER_ENOMEM;
	}
	party->outgoing = outgoing;
	output = usher__output_job(center, VERB_RING, party, JOB_RING, 0);
	if (!output) {
		usher__party_free(center, party);
		return USHER_ENOMEM;
	}
	if (agent) {
		party->agent = id;
		party->kind = usher__endpoint_kind(address);
	}
	how.address = address;
	how.account = agent ? agent->account : NULL;
	/* Who is called back sees the number that they called. */
	how.caller = session->back ? session->entry : session->origin;
	if (!session->back && *session->origin_name)
		how.caller_name = session->origin_name;
	if (session->customer)
		how.customer_leg = session->customer->id;
	if (!session->back && *session->privacy)
		how.privacy = session->privacy;
	if (!session->back)
		how.user_to_user = session->user_to_user;
	how.timeout_ms = timeout_ms ? timeout_ms : RING_MS;
	how.without = usher__entry_without(session->entry_conf);
	/* Without memory it is not rung: reported as unreachable. */
	(void)usher__output_ring(output, &how);
	usher__party_note(center, USHER_EV_LEG_STARTED, party, 0);
	*ret = party;
	return 0;
}

int usher__agent_direct(struct usher_center *center,
			const struct session *session, uint64_t agent,
			bool dialing, bool force, uint64_t *ret_segment)
{
	const struct usher_queue_conf *queue =
		usher__session_queue(center, session);
	struct usher_direct_opts opts;

	usher_direct_opts_init(&opts, sizeof(opts));
	/* As for who was found by the queue that it came from. */
	opts.wrapup_us = queue ? queue->wrap_up_ms * 1000LL : 0;
	opts.dialing = dialing;
	opts.force = force;
	return usher_acd_direct(center->acd, center->now_us, session->contact,
				agent, &opts, ret_segment);
}

int usher__target_dial_at(struct usher_center *center, struct session *session,
			  struct usher_channel *ringer,
			  const struct usher_agent_conf *agent, uint32_t index,
			  struct party **ret)
{
	struct usher__endpoint endpoint;
	int err;

	err = usher__endpoint_read(agent->endpoints[index], &endpoint);
	if (!err)
		err = dial(center, session, ringer, endpoint.address, agent,
			   endpoint.ring_ms ? endpoint.ring_ms
					    : session->talk.ring_ms,
			   ret);
	if (!err)
		(*ret)->endpoint = index;
	return err;
}

static int dial_agent(struct usher_center *center, struct session *session,
		      struct usher_channel *ringer,
		      const struct usher_agent_conf *agent, struct party **ret)
{
	struct usher__endpoint endpoint;
	uint32_t index = 0;

	return usher__endpoint_at(agent, &index, &endpoint)
		       ? usher__target_dial_at(center, session, ringer, agent,
					       index, ret)
		       : USHER_ENOENT;
}

static int ring_agent(struct usher_center *center, struct session *session,
		      const struct usher_agent_conf *agent, struct party **ret)
{
	struct usher_channel *ringer = usher__center_ringer(session->customer);
	uint64_t id = usher_acd_agent_find(center->acd, agent->name);
	struct party *party;
	uint64_t segment;
	int err;

	err = usher__agent_direct(center, session, id, true, false, &segment);
	if (err)
		return err;
	err = dial_agent(center, session, ringer, agent, &party);
	if (err) {
		usher__segment_leave(center, segment, "unreachable");
		return err;
	}
	party->segment = segment;
	*ret = party;
	return 0;
}

bool usher__target_trunk(const struct usher_config *config, const char *number)
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

static int ring_number(struct usher_center *center, struct session *session,
		       struct usher_channel *ringer,
		       const struct target *target, uint32_t timeout_ms,
		       struct party **ret)
{
	uint64_t agent = target->nobodys ? 0
			 : target->by    ? target->by
					 : session->agent_id;
	const char *number = target->number;
	char address[USHER__REPORT_STRING_MAX + 8];
	struct usher__outgoing *outgoing;
	int err;

	if (!usher__target_trunk(center->config, number))
		return USHER_ENOENT;
	/* What is cut off would ring somebody else. */
	if (snprintf(address, sizeof(address), "tel:%s", number) >=
	    (int)sizeof(address))
		return USHER_EINVAL;
	err = usher__outbound_check(center, agent, number, &outgoing);
	if (err)
		return err;
	err = dial(center, session, ringer, address, NULL, timeout_ms, ret);
	if (err)
		usher__outbound_over(center, outgoing);
	else
		(*ret)->outgoing = outgoing;
	return err;
}

int usher__target_dial_on(struct usher_center *center, struct session *session,
			  struct usher_channel *ringer,
			  const struct target *target, uint32_t timeout_ms,
			  struct party **ret)
{
	switch (target->kind) {
	case TARGET_AGENT:
		return dial_agent(center, session, ringer, target->agent, ret);
	case TARGET_NUMBER:
		return ring_number(center, session, ringer, target, timeout_ms,
				   ret);
	default:
		return USHER_ENOENT;
	}
}

int usher__target_dial(struct usher_center *center, struct session *session,
		       const struct target *target, uint32_t timeout_ms,
		       struct party **ret)
{
	return usher__target_dial_on(center, session,
				     usher__center_ringer(session->customer),
				     target, timeout_ms, ret);
}

int usher__target_ring(struct usher_center *center, struct session *session,
		       const struct target *target, uint32_t timeout_ms,
		       struct party **ret)
{
	session->talk.ring_ms = timeout_ms;
	if (target->kind == TARGET_AGENT)
		return ring_agent(center, session, target->agent, ret);
	return usher__target_dial(center, session, target, timeout_ms, ret);
}

bool usher__center_registered(struct usher_center *center, const char *account)
{
	struct contact_at *at = NULL;

	if (account)
		HASH_FIND_STR(center->registered, account, at);
	return at;
}

bool usher__endpoint_at(const struct usher_agent_conf *conf, uint32_t *index,
			struct usher__endpoint *ret)
{
	for (; *index < conf->endpoint_count; ++*index)
		if (!usher__endpoint_read(conf->endpoints[*index], ret) &&
		    strcmp(ret->address, "app") &&
		    strcmp(ret->address, "voicemail"))
			return true;
	return false;
}
