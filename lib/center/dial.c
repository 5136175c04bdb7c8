/* Agents who dial a number from their phone.
 *
 * Such a call is a contact like any other: it takes the agent's capacity, and
 * whoever is called is its customer.
 */
#include <stdio.h>
#include <string.h>

#include "center/center.h"
#include "center/outbound.h"
#include "center/output.h"
#include "center/party.h"
#include "center/session.h"

static struct session *begin(struct usher_center *center, struct party *party,
			     const char *number, const char *name,
			     uint64_t *segment)
{
	struct usher_contact_opts opts;
	struct usher_direct_opts direct;
	struct session *session;
	uint64_t contact;

	usher_contact_opts_init(&opts, sizeof(opts));
	opts.channel = party->channel->driver->kind;
	opts.direction = USHER_OUT;
	if (usher_acd_contact_new(center->acd, center->now_us, &opts,
				  &contact))
		return NULL;
	usher_direct_opts_init(&direct, sizeof(direct));
	direct.dialing = 1;
	direct.force = 1; /* the phone is off the hook: a fact */
	session = usher__session_new(center, contact, number, name);
	if (!session || usher_acd_direct(center->acd, center->now_us, contact,
					 party->agent, &direct, segment)) {
		usher__took(center,
			    usher_acd_contact_end(center->acd, center->now_us,
						  contact, "refused"));
		if (session)
			usher__session_free(center, session);
		return NULL;
	}
	session->direct = true;
	snprintf(session->language, sizeof(session->language), "en");
	session->agent = party;
	session->agent_id = party->agent;
	session->agent_segment = *segment;
	session->parties = party;
	party->session = session;
	party->segment = *segment;
	usher__session_move(session, SESSION_DIALING);
	usher__party_note(center, USHER_EV_LEG_STARTED, party, 0);
	return session;
}

static int call(struct usher_center *center, struct session *session,
		const char *address, const struct usher_agent_conf *callee)
{
	struct usher_channel *ringer = usher__center_ringer(session->agent);
	struct usher_channel_ring how = {0};
	struct usher_direct_opts direct;
	struct output *output;
	struct party *party;
	uint64_t leg;
	int err;

	leg = ringer ? usher__center_leg(center) : 0;
	if (!leg)
		return USHER_EFULL;
	party = usher__party_new(center, leg, ringer, PARTY_CUSTOMER, session);
	if (!party)
		return USHER_ENOMEM;
	session->customer = party;
	if (callee) {
		party->agent = usher_acd_agent_find(center->acd, callee->name);
		usher_direct_opts_init(&direct, sizeof(direct));
		direct.dialing = 1;
		err = usher_acd_direct(center->acd, center->now_us,
				       session->contact, party->agent, &direct,
				       &party->segment);
		if (err)
			return err;
	}
	if (callee) {
		err = usher__outbound_endpoint(center, party->agent, address,
					       &party->outgoing);
		if (err)
			return err;
	}
	output = usher__output_job(center, VERB_RING, party, JOB_RING, 0);
	if (!output)
		return USHER_ENOMEM;
	how.address = address;
	how.account = callee ? callee->account : NULL;
	how.caller = session->origin;
	if (session->agent)
		how.customer_leg = session->agent->id;
	/* Without memory it is not rung: reported as unreachable. */
	(void)usher__output_ring(output, &how);
	usher__party_note(center, USHER_EV_LEG_STARTED, party, 0);
	return 0;
}

/* A number that is nobody's here. */
static int call_outside(struct usher_center *center, struct session *session,
			const char *number)
{
	char address[USHER__REPORT_STRING_MAX + 8];
	struct usher__outgoing *outgoing;
	int err;

	err = usher__outbound_check(center, session->agent_id, number,
				    &outgoing);
	if (err)
		return err;
	snprintf(address, sizeof(address), "tel:%s", number);
	err = call(center, session, address, NULL);
	if (session->customer)
		session->customer->outgoing = outgoing;
	else
		usher__outbound_over(center, outgoing);
	return err;
}

/* Who is signed out is not busy. */
int usher__dial_refusal(struct usher_center *center,
			const struct usher_agent_conf *callee, int err)
{
	struct usher_agent_info info = {.size = sizeof(info)};

	if (err == USHER_EPERM)
		return USHER_LEG_REFUSED;
	if (err != USHER_ESTATE)
		return USHER_LEG_UNREACHABLE;
	if (callee &&
	    !usher_acd_agent_info(
		    center->acd,
		    usher_acd_agent_find(center->acd, callee->name), &info) &&
	    info.presence == USHER_SIGNED_OUT)
		return USHER_LEG_NO_ANSWER;
	return USHER_LEG_BUSY;
}

int usher__dial_colleague(struct usher_center *center, struct session *session,
			  const struct usher_agent_conf *callee)
{
	struct usher__endpoint endpoint;
	uint32_t i = 0;
	int err = USHER_ENOENT;

	if (usher__endpoint_at(callee, &i, &endpoint))
		err = call(center, session, endpoint.address, callee);
	if (!err)
		session->customer->endpoint = i;
	else if (session->customer)
		usher__party_free(center, session->customer);
	return err;
}

void usher__agent_dials(struct usher_center *center, struct party *party,
			const char *number)
{
	const struct usher_agent_conf *callee =
		usher__config_find_extension(center->config, number);
	struct usher_agent_info info = {.size = sizeof(info)};
	struct session *session = NULL;
	struct output *output;
	uint64_t segment;
	int err = USHER_ENOENT;

	if (!usher_acd_agent_info(center->acd, party->agent, &info))
		session = begin(center, party, number, info.name, &segment);
	if (!session) {
		output = usher__output(center, VERB_REFUSE, party);
		if (output)
			output->code = USHER_LEG_BUSY;
		party->ending = true;
		return;
	}
	if (callee) {
		err = usher__dial_colleague(center, session, callee);
	} else if (center->config->trunk_count) {
		err = call_outside(center, session, number);
	}
	if (!err)
		return;
	usher__party_end(center, party,
			 usher__dial_refusal(center, callee, err));
	if (session->customer)
		usher__party_free(center, session->customer);
	usher__session_customer_gone(center, session, usher_strerror(err));
}
