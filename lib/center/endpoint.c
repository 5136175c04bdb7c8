/* Endpoints of an agent, one after the other, and who answers at them.
 *
 *   ringing ──answers──▶ accepted                    (a phone of ours)
 *   ringing ──answers──▶ ASKED ──1──▶ accepted       (with "accept")
 *      │                   └──another digit, hangs up, time──▶ the next
 *      └──busy, no answer, unreachable──▶ the next
 *
 * "accept" keeps a mobile's voicemail from taking the customer: nobody there
 * presses 1. After the last one: voicemail if that stands there, else what a
 * call that nobody answers comes to.
 */
#include <stdio.h>
#include <string.h>

#include "center/center.h"
#include "center/output.h"
#include "center/party.h"
#include "center/record.h"
#include "center/session.h"
#include "sip/loop.h"

const struct usher_agent_conf *
usher__endpoint_owner(struct usher_center *center, uint64_t agent)
{
	struct usher_agent_info info = {.size = sizeof(info)};

	if (!agent || usher_acd_agent_info(center->acd, agent, &info))
		return NULL;
	return usher__config_find_agent(center->config, info.name);
}

bool usher__endpoint_next(struct usher_center *center, struct party *party)
{
	const struct usher_agent_conf *conf =
		usher__endpoint_owner(center, party->agent);
	struct session *session = party->session;
	uint32_t index = party->endpoint + 1;
	struct usher__endpoint endpoint;
	struct party *next;

	if (!conf || !session || session->state == SESSION_OVER ||
	    !usher__endpoint_at(conf, &index, &endpoint) ||
	    usher__target_dial_at(center, session, party->channel, conf, index,
				  &next))
		return false;
	next->role = party->role;
	next->part = party->part;
	next->mode = party->mode;
	next->segment = party->segment;
	if (session->agent == party)
		session->agent = next;
	if (session->customer == party)
		session->customer = next;
	return true;
}

bool usher__endpoint_voicemail(struct usher_center *center,
			       struct session *session, uint64_t agent)
{
	const struct usher_agent_conf *conf =
		usher__endpoint_owner(center, agent);
	struct usher_ivr_action action = {0};
	uint32_t i;

	for (i = 0; conf && i < conf->endpoint_count; i++)
		if (!strcmp(conf->endpoints[i], "voicemail"))
			break;
	if (!conf || i == conf->endpoint_count || session->ivr)
		return false;
	action.target = conf->name;
	usher__party_quiet(center, session->customer);
	/* A caller who was not answered yet is, to hear the tone. */
	if (!session->customer->up) {
		session->customer->up = true;
		if (!usher__output_job(center, VERB_ACCEPT, session->customer,
				       JOB_ACCEPT, 0))
			return false;
	}
	return !usher__voicemail_begin(center, session, &action);
}
