/* A leg was taken, or is over: what that means for whom it rang or talked. */
#include <stdio.h>

#include "center/callback.h"
#include "center/center.h"
#include "center/hostcall.h"
#include "center/party.h"
#include "center/session.h"

/* One line in so long. */
#define REFUSALS_US INT64_C(2000000)

void usher__party_accepted(struct usher_center *center, struct party *party)
{
	if (party->offer)
		usher__offer_answered(center, party);
	else if (party->session)
		usher__transfer_answered(center, party);
}

/* Of one who was rung, as flows name it. */
static const char *reason_of(int reason)
{
	switch (reason) {
	case USHER_LEG_BUSY:
		return "busy";
	case USHER_LEG_NO_ANSWER:
		return "noanswer";
	case USHER_LEG_UNREACHABLE:
		return "unreachable";
	default:
		return "failed";
	}
}

/* Of one who was there: a phone that vanished did not hang up. */
static const char *gone(const struct party *party, int reason)
{
	if (reason != USHER_LEG_LOST)
		return "hangup";
	return party->agent ? USHER__AGENT_LOST : "lost";
}

/* A status that no person gives by a key, or by not coming: something of the
 * phone or its account is not as it should be. */
static bool is_odd(unsigned status)
{
	return status >= 400 && status != 480 && status != 486 &&
	       status != 487 && status != 603;
}

static void tell_refusal(struct usher_center *center,
			 const struct party *party)
{
	struct usher_agent_info info = {.size = sizeof(info)};
	unsigned status;

	if (party->up || party->came || party->ending || !party->agent ||
	    !party->why || sscanf(party->why, "SIP;cause=%3u", &status) != 1 ||
	    !is_odd(status) ||
	    usher_acd_agent_info(center->acd, party->agent, &info))
		return;
	center->refusals++;
	if (center->now_us < center->refusals_us)
		return;
	usher__host_log(center->host, USHER_LOG_WARN,
			"center '%s': agent '%s' cannot be rung at '%s': "
			"it answers %u (%llu such calls)",
			center->name, info.name,
			party->kind ? party->kind : "phone", status,
			center->refusals);
	center->refusals_us = center->now_us + REFUSALS_US;
	center->refusals = 0;
}

void usher__party_ended(struct usher_center *center, struct party *party,
			int reason)
{
	struct session *session = party->session;
	enum party_role role = party->role;
	const char *why;
	uint64_t offer;

	usher__party_note(center, USHER_EV_LEG_ENDED, party, reason);
	tell_refusal(center, party);
	/* Who hung up instead of pressing 1 has not answered. */
	if (party->asked == ASKED && !party->ending) {
		party->asked = ASKED_NOT;
		party->up = false;
		reason = USHER_LEG_NO_ANSWER;
	}
	if (role == PARTY_FEATURE || !session || center->stopping) {
		if (role == PARTY_FEATURE && !center->stopping)
			usher__feature_ended(center, party);
		usher__party_free(center, party);
		return;
	}
	if (!party->up && !party->ending && !party->came && !party->offer &&
	    usher__endpoint_next(center, party)) {
		usher__party_free(center, party);
		return;
	}
	if (usher__back_ended(center, party,
			      party->up ? gone(party, reason)
					: reason_of(reason)))
		return;
	if (session->customer == party) {
		party->ending = true;
		why = reason == USHER_LEG_LOST ? "lost" : "hangup";
		if (!party->up && !party->came) {
			/* Who never answered has not hung up. */
			why = reason_of(reason);
			usher__session_refuse(center, session, why);
		}
		usher__session_customer_gone(center, session, why);
		usher__party_free(center, party);
	} else if (session->agent == party || party->part != PART_NONE) {
		party->ending = true;
		usher__talk_lost(center, session, party,
				 party->up ? gone(party, reason)
					   : reason_of(reason));
		usher__party_free(center, party);
	} else if (party->up && party->offer && !party->ending) {
		/* Answered, and gone before the two were joined. */
		offer = party->offer;
		why = gone(party, reason);
		usher__party_free(center, party);
		usher_acd_connect_failed(center->acd, center->now_us, offer,
					 why);
	} else if (party->ending || party->up) {
		usher__party_free(center, party);
	} else if (party->offer) {
		usher__offer_unanswered(center, party, reason);
	} else {
		usher__party_free(center, party);
		usher__transfer_failed(center, session, reason_of(reason));
	}
}
