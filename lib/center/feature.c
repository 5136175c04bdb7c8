/* What agents dial to sign in and out, pause, be ready, end wrap-up.
 *
 *   *11 1234      sign in with the PIN; *11 alone asks for it by a beep,
 *                 then the PIN and # (or its full length)
 *   *12           sign out
 *   *13 1         pause, reason number 1; *13 alone: without a reason
 *   *14           ready
 *   *15           end wrap-up
 *
 * One beep and the end of the call: done. Busy: refused.
 *
 * What makes an agent free (*11, *14, *15) takes effect when this call is
 * over: before, a phone with one line would be busy for whoever is offered.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "center/center.h"
#include "center/hostcall.h"
#include "center/output.h"
#include "center/party.h"
#include "sip/loop.h"

/* Wrong PINs in one call. */
#define PIN_TRIES 3
/* Longest call of this kind. */
#define CALL_MS 30000

static void by_agent(struct usher_center *center, const struct party *party)
{
	const struct usher_by by = {
		.actor = USHER_BY_AGENT,
		.actor_id = party->agent,
	};

	usher_acd_by(center->acd, &by);
}

/* Signing in takes the PIN, whatever else is dialed. */
static bool may(struct usher_center *center, const struct party *party)
{
	struct usher_agent_info info = {.size = sizeof(info)};

	return party->known ||
	       (!usher_acd_agent_info(center->acd, party->agent, &info) &&
		info.presence != USHER_SIGNED_OUT);
}

static int presence(struct usher_center *center, const struct party *party,
		    uint32_t state, const char *reason)
{
	if (!may(center, party))
		return USHER_EPERM;
	by_agent(center, party);
	return usher_acd_presence(center->acd, center->now_us, party->agent,
				  state, reason);
}

/* The next segment of the agent that is in wrap-up, or 0. */
static uint64_t wrap_up_next(struct usher_center *center,
			     const struct party *party, uint64_t id)
{
	struct usher_segment_info info = {.size = sizeof(info)};

	while ((id = usher_acd_agent_segment_next(center->acd, party->agent,
						  id)))
		if (!usher_acd_segment_info(center->acd, id, &info) &&
		    info.state == USHER_SEGMENT_WRAPUP)
			return id;
	return 0;
}

static int ready(struct usher_center *center, struct party *party)
{
	if (!may(center, party))
		return USHER_EPERM;
	party->wants = WANTS_READY;
	return 0;
}

static int wrap_up_end(struct usher_center *center, struct party *party)
{
	if (!wrap_up_next(center, party, 0))
		return USHER_ESTATE;
	party->wants = WANTS_WRAP_UP_END;
	return 0;
}

void usher__feature_ended(struct usher_center *center,
			  const struct party *party)
{
	uint64_t id = 0;

	if (party->wants == WANTS_READY)
		presence(center, party, USHER_READY, NULL);
	if (party->wants != WANTS_WRAP_UP_END)
		return;
	while ((id = wrap_up_next(center, party, id))) {
		by_agent(center, party);
		usher_acd_wrapup_end(center->acd, center->now_us, id);
	}
}

static void too_long(void *arg)
{
	struct party *party = arg;

	usher__party_end(party->center, party, USHER_LEG_NORMAL);
	party->center->turn(party->center);
}

static void answer(struct usher_center *center, struct party *party)
{
	party->up = true;
	if (!usher__output_job(center, VERB_ACCEPT, party, JOB_ACCEPT, 0))
		usher__party_end(center, party, USHER_LEG_FAILED);
	if (!party->timer &&
	    !usher__timer_new(&party->timer, center->host->loop, too_long,
			      party))
		usher__timer_start(party->timer, CALL_MS);
}

static void beep(struct usher_center *center, struct party *party, bool last)
{
	struct output *output =
		last ? usher__output_job(center, VERB_PROMPT, party,
					 JOB_FAREWELL, 0)
		     : usher__output(center, VERB_PROMPT, party);

	if (output)
		usher__output_prompt(output, "beep", NULL, NULL, 0, false);
	else if (last)
		usher__party_end(center, party, USHER_LEG_NORMAL);
}

static void finish(struct usher_center *center, struct party *party, int err)
{
	struct output *output;

	if (err && !party->up) {
		output = usher__output(center, VERB_REFUSE, party);
		if (output)
			output->code = USHER_LEG_BUSY;
		party->ending = true;
		return;
	}
	if (err) {
		usher__party_end(center, party, USHER_LEG_NORMAL);
		return;
	}
	if (!party->up)
		answer(center, party);
	beep(center, party, true);
}

static const struct usher_agent_conf *conf_of(struct usher_center *center,
					      const struct party *party)
{
	struct usher_agent_info info = {.size = sizeof(info)};

	if (usher_acd_agent_info(center->acd, party->agent, &info))
		return NULL;
	return usher__config_find_agent(center->config, info.name);
}

/* Compares in a time that does not tell how much of it is right. */
static bool pin_right(const struct usher_agent_conf *conf, const char *digits)
{
	size_t len = strlen(conf->pin), i;
	unsigned wrong = len != strlen(digits);

	for (i = 0; i < len && digits[i]; i++)
		wrong |= (unsigned)(conf->pin[i] ^ digits[i]);
	return !wrong;
}

static int sign_in(struct usher_center *center, struct party *party,
		   const char *digits)
{
	const struct usher_agent_conf *conf = conf_of(center, party);

	if (!conf || !conf->pin || !pin_right(conf, digits))
		return USHER_EPERM;
	party->known = true;
	return ready(center, party);
}

/* The digits behind code, maybe none; NULL when number is something else. */
static const char *behind(const char *number, const char *code)
{
	size_t len = strlen(code);

	if (strncmp(number, code, len))
		return NULL;
	number += len;
	if (*number == '*')
		number++;
	return number[strspn(number, "0123456789")] ? NULL : number;
}

bool usher__feature_dialed(struct usher_center *center, struct party *party,
			   const char *number)
{
	const struct usher_feature_conf *codes = &center->config->features;
	const char *rest;

	if ((rest = behind(number, codes->sign_in))) {
		if (*rest) {
			finish(center, party, sign_in(center, party, rest));
		} else {
			answer(center, party);
			beep(center, party, false);
		}
	} else if ((rest = behind(number, codes->sign_out)) && !*rest) {
		finish(center, party,
		       presence(center, party, USHER_SIGNED_OUT, NULL));
	} else if ((rest = behind(number, codes->pause)) &&
		   strlen(rest) <= 1) {
		finish(center, party,
		       presence(center, party, USHER_PAUSED,
				*rest ? usher__config_reason(center->config,
							     *rest)
				      : NULL));
	} else if ((rest = behind(number, codes->ready)) && !*rest) {
		finish(center, party, ready(center, party));
	} else if ((rest = behind(number, codes->wrap_up_end)) && !*rest) {
		finish(center, party, wrap_up_end(center, party));
	} else {
		return false;
	}
	return true;
}

void usher__feature_digit(struct usher_center *center, struct party *party,
			  char digit)
{
	const struct usher_agent_conf *conf = conf_of(center, party);
	size_t len = strlen(party->digits);
	int err;

	if (!conf || !conf->pin || party->ending)
		return;
	if (isdigit((unsigned char)digit) && len + 1 < sizeof(party->digits)) {
		party->digits[len++] = digit;
		party->digits[len] = 0;
	}
	if (digit != '#' && len < strlen(conf->pin))
		return;
	err = sign_in(center, party, party->digits);
	explicit_bzero(party->digits, sizeof(party->digits));
	if (err && ++party->tries < PIN_TRIES)
		beep(center, party, false);
	else
		finish(center, party, err);
}
