/* "Press 1 to accept", at endpoints with "accept": it keeps a mobile's
 * voicemail from taking the customer, since nobody there presses 1. Its
 * diagram is in endpoint.c. */
#include "center/center.h"
#include "center/hostcall.h"
#include "center/output.h"
#include "center/party.h"
#include "center/session.h"
#include "sip/loop.h"

/* How long somebody is asked to press 1. */
#define ACCEPT_MS 10000u

static bool to_accept(struct usher_center *center, const struct party *party)
{
	const struct usher_agent_conf *conf =
		usher__endpoint_owner(center, party->agent);
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
	center->turn(center);
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
