/* What drivers report of their legs, and what it means for who is there. */
#include <stdlib.h>
#include <string.h>

#include "center/callback.h"
#include "center/center.h"
#include "center/flow.h"
#include "center/outbound.h"
#include "center/output.h"
#include "center/party.h"
#include "center/record.h"
#include "center/session.h"

static void on_answered(struct usher_center *center, struct party *party)
{
	if (party->up || party->ending)
		return;
	party->up = true;
	usher__outbound_answered(center, party->outgoing);
	usher__party_note(center, USHER_EV_LEG_ANSWERED, party, 0);
	if (!usher__endpoint_asks(center, party))
		usher__party_accepted(center, party);
}

/* Who waits on the line for this phone hears that it rings. */
static void on_ringing(struct usher_center *center, struct party *party)
{
	struct session *session = party->session;
	struct party *waits;

	usher__party_note(center, USHER_EV_LEG_RINGING, party, 0);
	if (!session || !session->direct)
		return;
	waits = party == session->customer ? session->agent
					   : session->customer;
	if (waits && waits != party && !waits->up)
		usher__output(center, VERB_PROGRESS, waits);
}

static void on_held(struct usher_center *center, struct party *party,
		    bool held)
{
	struct session *session = party->session;

	party->on_hold = held;
	if (!session || session->agent != party ||
	    session->state != SESSION_TALKING || session->talk.held ||
	    session->talk.consult != CONSULT_NONE)
		return;
	if (held)
		usher__took(center, usher_acd_hold(center->acd, center->now_us,
						   session->agent_segment));
	else
		usher__took(center,
			    usher_acd_resume(center->acd, center->now_us,
					     session->agent_segment));
	if (!session->customer)
		return;
	if (held) {
		/* In a conference the others are there. */
		if (usher__talk_alone(session))
			usher__session_music(center, session);
	} else {
		usher__party_quiet(center, session->customer);
		/* What could not be announced meanwhile. */
		usher__record_begin(center, session);
	}
}

static void on_quality(struct usher_center *center, struct party *party,
		       const struct usher_channel_quality *q)
{
	const struct usher_field_value values[] = {
		{.field = USHER_F_LEG, .number = party->id},
		{.field = USHER_F_SIDE, .number = usher__party_side(party)},
		{.field = USHER_F_AGENT, .number = party->agent},
		{.field = USHER_F_BYTES_LOST, .number = q->lost},
		{.field = USHER_F_JITTER, .number = q->jitter_us},
		{.field = USHER_F_ROUND_TRIP, .number = q->rtt_us},
		{.field = USHER_F_MOS, .number = q->mos},
		{.field = USHER_F_PEER_LOST, .number = q->peer_lost},
		{.field = USHER_F_PEER_JITTER, .number = q->peer_jitter_us},
		{.field = USHER_F_PEER_MOS, .number = q->peer_mos},
		{.field = USHER_F_COUNT, .number = q->packets},
		{.field = USHER_F_R_FACTOR, .number = q->r_factor},
		{.field = USHER_F_PEER_R_FACTOR, .number = q->peer_r_factor},
	};

	usher_acd_note(center->acd, center->now_us, USHER_EV_LEG_QUALITY,
		       usher__party_contact(party), party->segment, values,
		       sizeof(values) / sizeof(values[0]));
}

static void on_tried(struct usher_center *center, struct party *party,
		     const struct usher__report *report)
{
	const struct usher_field_value values[] = {
		{.field = USHER_F_LEG, .number = party->id},
		{.field = USHER_F_SIDE, .number = usher__party_side(party)},
		{.field = USHER_F_AGENT, .number = party->agent},
		{.field = USHER_F_TRUNK, .data = report->more->trunk},
		{.field = USHER_F_HOP, .data = report->from},
		{.field = USHER_F_PREFIX, .data = report->more->account},
		{.field = USHER_F_REASON, .data = report->text},
		{.field = USHER_F_STATUS, .number = report->code},
		{.field = USHER_F_FAILOVER, .number = report->value},
	};

	usher_acd_note(center->acd, center->now_us, USHER_EV_TRUNK_TRIED,
		       usher__party_contact(party), party->segment, values,
		       sizeof(values) / sizeof(values[0]));
}

/* Is the customer told what a party types? Neither on hold, nor what two say
 * about them, nor a whisper. */
static bool reached(const struct session *session, const struct party *party)
{
	const struct party *customer = session->customer;

	if (!customer || customer == party)
		return false;
	if (party->place == PLACE_PAIR ||
	    (party->place == PLACE_ROOM &&
	     party->role_now == USHER_MIX_WHISPER))
		return party->place_with == customer->id;
	return party->place == PLACE_ROOM && customer->place == PLACE_ROOM &&
	       party->role_now == USHER_MIX_TALK;
}

static void on_input(struct usher_center *center, struct party *party,
		     const struct usher__report *report)
{
	const char digit[2] = {(char)report->code, 0};
	struct session *session = party->session;

	if (party->role == PARTY_FEATURE) {
		if (report->type == USHER__DIGIT)
			usher__feature_digit(center, party, digit[0]);
		return;
	}
	if (report->type == USHER__DIGIT &&
	    usher__endpoint_digit(center, party, digit[0]))
		return;
	if (report->type == USHER__DIGIT)
		usher__keys_pressed(center, party, digit[0]);
	/* What an agent types at a phone is a message, too. */
	if (session && report->type == USHER__TEXT && reached(session, party))
		usher__message_note(center, session, USHER_OUT, party->agent,
				    report->text);
	if (!session || session->customer != party)
		return;
	if (report->type == USHER__DIGIT && session->offered && !session->ivr)
		usher__back_key(center, session, digit[0]);
	else if (report->type == USHER__DIGIT)
		usher__flow_feed(center, session, USHER_IVR_DIGIT, 0, digit);
	else {
		usher__message_note(
			center, session, USHER_IN, 0,
			session->ivr && usher_ivr_hides(session->ivr,
							USHER_IVR_TEXT)
				? "***"
				: report->text);
		usher__flow_feed(center, session, USHER_IVR_TEXT, 0,
				 report->text);
	}
}

/* 0, or USHER_ENOMEM: an agent whose phone is not known is not called. */
static int remember_registered(struct usher_center *center,
			       const char *account, bool here)
{
	struct contact_at *at;
	unsigned before = HASH_COUNT(center->registered);

	HASH_FIND_STR(center->registered, account, at);
	if (at && !here) {
		HASH_DEL(center->registered, at);
		free(at);
	} else if (!at && here && strlen(account) < sizeof(at->account)) {
		at = calloc(1, sizeof(*at));
		if (!at)
			return USHER_ENOMEM;
		strcpy(at->account, account);
		HASH_ADD_STR(center->registered, account, at);
		if (HASH_COUNT(center->registered) == before) {
			free(at);
			return USHER_ENOMEM;
		}
	}
	return 0;
}

static int on_registered(struct usher_center *center,
			 const struct usher__report *report)
{
	const struct usher_agent_conf *conf =
		usher__config_find_account(center->config, report->text);
	struct usher_field_value values[] = {
		{.field = USHER_F_AGENT},
		{.field = USHER_F_ENDPOINT, .data = report->text},
	};

	/* Of an account that was removed, only that it has gone matters. */
	if ((conf || !report->value) &&
	    remember_registered(center, report->text, report->value))
		return USHER_ENOMEM;
	if (!conf)
		return 0;
	values[0].number = usher_acd_agent_find(center->acd, conf->name);
	usher_acd_note(center->acd, center->now_us,
		       report->value ? USHER_EV_ENDPOINT_REGISTERED
				     : USHER_EV_ENDPOINT_UNREGISTERED,
		       0, 0, values, 2);
	return 0;
}

int usher__report_run(struct usher_center *center,
		      const struct usher__report *report)
{
	struct party *party;

	switch (report->type) {
	case USHER__ARRIVED:
		usher__center_arrived(center, report);
		return 0;
	case USHER__REGISTERED:
		return on_registered(center, report);
	case USHER__DONE:
		usher__output_done(center, report->req, report->code,
				   report->value);
		return 0;
	default:
		break;
	}
	party = usher__party_find(center, report->leg);
	if (!party || party->channel != report->channel)
		return 0;
	switch (report->type) {
	case USHER__RINGING:
		on_ringing(center, party);
		break;
	case USHER__ANSWERED:
		on_answered(center, party);
		break;
	case USHER__ENDED:
		usher__party_ended(center, party, report->code);
		break;
	case USHER__QUALITY:
		on_quality(center, party, report->quality);
		break;
	case USHER__WHY:
		free(party->why);
		party->why = strdup(report->text);
		break;
	case USHER__TRIED:
		on_tried(center, party, report);
		break;
	case USHER__HELD:
		on_held(center, party, report->code);
		break;
	case USHER__TRANSFER_LEG:
		usher__transfer_leg(center, party, (uint64_t)report->value);
		break;
	case USHER__TRANSFER:
		usher__transfer_asked(center, party, report->text);
		break;
	default:
		on_input(center, party, report);
		break;
	}
	return 0;
}
