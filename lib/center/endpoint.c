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
#include "sip/loop.h"

/* How long somebody is asked to press 1. */
#define ACCEPT_MS 10000u

static const struct usher_agent_conf *conf_of(struct usher_center *center,
					      uint64_t agent)
{
	struct usher_agent_info info = {.size = sizeof(info)};

	if (!agent || usher_acd_agent_info(center->acd, agent, &info))
		return NULL;
	return usher__config_find_agent(center->config, info.name);
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

static bool to_accept(struct usher_center *center, const struct party *party)
{
	const struct usher_agent_conf *conf = conf_of(center, party->agent);
	struct usher__endpoint endpoint;

	return conf && !party->came &&
	       party->endpoint < conf->endpoint_count &&
	       !usher__endpoint_read(conf->endpoints[party->endpoint],
				     &endpoint) &&
	       endpoint.accept;
}

/* As if it had not been answered. */
static void refuse(struct usher_center *center, struct party *party,
		   int reason)
{
	struct output *output;

	party->asked = ASKED_NOT;
	party->up = false;
	output = usher__output(center, VERB_END, party);
	if (output)
		output->code = USHER_LEG_NORMAL;
	usher__party_ended(center, party, reason);
}

static void too_late(void *arg)
{
	struct party *party = arg;
	struct usher_center *center = party->center;

	if (party->asked != ASKED)
		return;
	center->now_us = usher__center_clock(center);
	refuse(center, party, USHER_LEG_NO_ANSWER);
	usher__center_turn(center);
}

bool usher__endpoint_asks(struct usher_center *center, struct party *party)
{
	struct usher_flow_prompt prompt = {.size = sizeof(prompt)};
	const char *language =
		party->session ? party->session->language : "en";
	struct output *output;

	if (party->asked != ASKED_NOT || !to_accept(center, party))
		return false;
	party->asked = ASKED;
	if (usher__timer_new(&party->timer, center->host->loop, too_late,
			     party)) {
		refuse(center, party, USHER_LEG_FAILED);
		return true;
	}
	usher__timer_start(party->timer, ACCEPT_MS);
	if (center->config->flows &&
	    usher_flow_set_prompt(center->config->flows, "accept", language,
				  &prompt))
		prompt.sound_count = 0; /* a beep */
	output = usher__output(center, VERB_PROMPT, party);
	if (output)
		usher__output_prompt(output, "accept", prompt.text,
				     prompt.sounds, prompt.sound_count, false);
	return true;
}

bool usher__endpoint_digit(struct usher_center *center, struct party *party,
			   char digit)
{
	if (party->asked != ASKED || party->ending)
		return false;
	if (digit != '1') {
		refuse(center, party, USHER_LEG_BUSY);
		return true;
	}
	party->asked = ASKED_YES;
	usher__timer_cancel(party->timer);
	usher__party_accepted(center, party);
	return true;
}

bool usher__endpoint_next(struct usher_center *center, struct party *party)
{
	const struct usher_agent_conf *conf = conf_of(center, party->agent);
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
	const struct usher_agent_conf *conf = conf_of(center, agent);
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
