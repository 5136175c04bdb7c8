/*
 * Callbacks under way. A session whose state is CALLBACK has no customer's
 * leg; the core keeps its place and says when its time has come.
 *
 *   agent first      offered ──accepts──▶ the customer is dialed ──answers──▶
 *                    joined, TALKING
 *   customer first   due ──▶ the customer is dialed ──answers──▶ waits on the
 *                    line, FLOW
 *   either           the customer calls in: joined with who has accepted,
 *                    else waits on the line
 *
 * Whoever is not reached is missed: every leg of the attempt ends, and the
 * core says whether there is another. What a core without memory did not take
 * is undone by its own deadlines, the attempt's and the offer's; a customer
 * who was to be dialed first and was not is looked at again by mend.c.
 */
#include "center/callback.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <usher/store.h>

#include "center/center.h"
#include "center/output.h"
#include "center/party.h"
#include "center/session.h"
#include "center/steps.h"

#define RING_MS 30000u

/* ---- whom they call ---- */

/* One more, also of a number that there is. */
static int add(struct usher_center *center, struct session *session,
	       const char *number)
{
	struct back *back = calloc(1, sizeof(*back));
	unsigned before;

	if (!back)
		return USHER_ENOMEM;
	snprintf(back->number, sizeof(back->number), "%s", number);
	usher__config_number(center->config, number, back->key,
			     sizeof(back->key));
	back->session = session;
	before = HASH_COUNT(center->backs);
	HASH_ADD_STR(center->backs, key, back);
	if (HASH_COUNT(center->backs) == before) {
		free(back);
		return USHER_ENOMEM;
	}
	session->back = back;
	return 0;
}

int usher__back_new(struct usher_center *center, struct session *session,
		    const char *number)
{
	if (usher__back_find(center, number))
		return USHER_EEXIST;
	if (HASH_COUNT(center->backs) >= USHER__BACKS_MAX)
		return USHER_EFULL;
	return add(center, session, number);
}

struct session *usher__back_find(struct usher_center *center,
				 const char *number)
{
	char key[USHER__BACK_NUMBER_MAX];
	struct back *back;

	usher__config_number(center->config, number, key, sizeof(key));
	HASH_FIND_STR(center->backs, key, back);
	return back ? back->session : NULL;
}

/* Two that are one now stay both: whichever is found is one of them. Without
 * memory one is not found, and calls all the same. */
void usher__back_rekey(struct usher_center *center)
{
	struct session *session, *tmp;

	HASH_ITER (hh, center->sessions, session, tmp) {
		struct back *back = session->back;

		if (!back)
			continue;
		if (back->hh.tbl)
			HASH_DEL(center->backs, back);
		usher__config_number(center->config, back->number, back->key,
				     sizeof(back->key));
		HASH_ADD_STR(center->backs, key, back);
	}
}

struct usher_channel *usher__back_ringer(struct usher_center *center)
{
	size_t i;

	for (i = 0; i < center->channel_count; i++)
		if (center->channels[i].driver->capabilities & USHER_CAP_RING)
			return &center->channels[i];
	return NULL;
}

/* ---- an attempt ---- */

static void missed(struct usher_center *center, const struct session *session,
		   const char *reason)
{
	usher__took(center,
		    usher_acd_callback_missed(center->acd, center->now_us,
					      session->contact, reason));
}

static const char *reason_of(int err)
{
	return err == USHER_EPERM    ? "refused"
	       : err == USHER_ENOENT ? "unreachable"
				     : "failed";
}

/* Ring the customer, over a trunk. agent: at whose cost, or 0. */
static void dial(struct usher_center *center, struct session *session,
		 uint64_t agent)
{
	struct target target = {.kind = TARGET_NUMBER,
				.name = "",
				.number = session->back->number,
				.by = agent,
				.nobodys = !agent};
	struct usher_channel *ringer = usher__back_ringer(center);
	struct party *party;
	int err;

	err = usher__took(center,
			  usher_acd_callback_dial(center->acd, center->now_us,
						  session->contact));
	if (err) {
		if (session->back->offer)
			usher_acd_connect_failed(center->acd, center->now_us,
						 session->back->offer,
						 "failed");
		/* Nobody is dialed for it: no attempt is missed. */
		session->back->offer = 0;
		return;
	}
	err = usher__target_dial_on(center, session, ringer, &target, RING_MS,
				    &party);
	if (err)
		missed(center, session, reason_of(err));
}

void usher__back_due(struct usher_center *center, struct session *session)
{
	struct usher_contact_info info = {.size = sizeof(info)};

	if (session->state != SESSION_CALLBACK || center->stopping ||
	    usher_acd_contact_info(center->acd, session->contact, &info) ||
	    info.callback != USHER_CALLBACK_DUE)
		return;
	if (info.callback_first == USHER_CALLBACK_CUSTOMER)
		dial(center, session, 0);
}

/* All legs of the customer's. */
static void stop_dialing(struct usher_center *center, struct session *session,
			 const struct party *keep, int reason)
{
	struct party *party;

	for (party = session->parties; party; party = party->next)
		if (party->role == PARTY_CUSTOMER && party != keep)
			usher__party_end(center, party,
					 party->up ? USHER_LEG_NORMAL
						   : reason);
}

void usher__back_missed(struct usher_center *center, struct session *session)
{
	if (session->state != SESSION_CALLBACK)
		return;
	session->back->offer = 0;
	stop_dialing(center, session, NULL, USHER_LEG_CANCELED);
	session->customer = NULL;
}

void usher__back_accepted(struct usher_center *center, struct session *session,
			  struct party *agent, uint64_t offer)
{
	struct usher_offer_info info = {.size = sizeof(info)};
	struct output *output;

	if (usher_acd_offer_info(center->acd, offer, &info))
		return;
	session->back->offer = offer;
	dial(center, session, info.agent);
	/* Who waits for it hears that it rings. */
	output = agent ? usher__output(center, VERB_PROMPT, agent) : NULL;
	if (output)
		agent->playing = !usher__output_prompt(
			output, USHER_CHANNEL_RINGBACK, NULL, NULL, 0, true);
}

/* ---- who is on the line ---- */

static void join(struct usher_center *center, struct session *session,
		 struct party *party)
{
	uint64_t offer = session->back->offer;
	struct party *agent;

	session->customer = party;
	for (agent = session->parties; agent; agent = agent->next)
		if (agent->offer == offer && agent->up && !agent->ending)
			break;
	/* A failure is the attempt's: usher__back_missed(). */
	(void)usher__session_join(center, session, agent, offer);
}

static const char *greeting(struct usher_center *center,
			    const struct session *session)
{
	const struct usher_queue_conf *conf =
		usher__session_queue(center, session);

	return conf ? conf->callback_greeting : NULL;
}

/* Wait in the old place, from now on with a leg. 0, or what the core said. */
static int wait(struct usher_center *center, struct session *session,
		struct party *party)
{
	int err = usher__took(center,
			      usher_acd_attach(center->acd, center->now_us,
					       session->contact));

	if (err)
		return err;
	session->customer = party;
	usher__session_move(session, SESSION_FLOW);
	if (!usher__session_waits(center, session))
		usher__session_end(center, session, "no_queue");
	return 0;
}

/* Said to who was called; then the music. */
static void welcome(struct usher_center *center, struct session *session)
{
	if (session->state == SESSION_FLOW && session->customer &&
	    !usher__step_announce(center, session, greeting(center, session)))
		usher__session_music(center, session);
}

bool usher__back_answered(struct usher_center *center, struct party *party)
{
	struct usher_contact_info info = {.size = sizeof(info)};
	struct session *session = party->session;

	if (!session || session->state != SESSION_CALLBACK ||
	    party->role != PARTY_CUSTOMER)
		return false;
	if (usher_acd_contact_info(center->acd, session->contact, &info) ||
	    info.callback != USHER_CALLBACK_DIALING) {
		usher__party_end(center, party, USHER_LEG_NORMAL);
	} else if (session->back->offer) {
		join(center, session, party);
	} else if (wait(center, session, party)) {
		missed(center, session, "failed");
		usher__party_end(center, party, USHER_LEG_FAILED);
	} else {
		welcome(center, session);
	}
	return true;
}

bool usher__back_ended(struct usher_center *center, struct party *party,
		       const char *reason)
{
	struct session *session = party->session;
	bool told = party->ending;

	if (!session || session->state != SESSION_CALLBACK ||
	    party->role != PARTY_CUSTOMER)
		return false;
	usher__party_free(center, party);
	if (!told)
		missed(center, session, reason);
	return true;
}

/* Who is let wait in a queue that is closed would wait in vain. */
static bool is_open(struct usher_center *center, uint64_t queue)
{
	struct usher_queue_info info = {.size = sizeof(info)};

	return !usher_acd_queue_info(center->acd, queue, &info) && info.open;
}

struct session *usher__back_came(struct usher_center *center, const char *from,
				 const char *entry)
{
	struct session *session = usher__back_find(center, from);

	return session && !strcmp(session->entry, entry) &&
			       !session->customer &&
			       (session->back->offer ||
				is_open(center, session->queue))
		       ? session
		       : NULL;
}

void usher__back_take(struct usher_center *center, struct session *session,
		      struct party *party)
{
	usher__party_move(party, session);
	if (session->back->offer) {
		stop_dialing(center, session, party, USHER_LEG_CANCELED);
		join(center, session, party);
		return;
	}
	if (wait(center, session, party)) {
		usher__party_move(party, NULL);
		usher__party_end(center, party, USHER_LEG_FAILED);
		return;
	}
	stop_dialing(center, session, party, USHER_LEG_CANCELED);
	if (session->state == SESSION_FLOW)
		usher__session_music(center, session);
}

/* ---- after a restart ---- */

static bool person_read(struct usher_center *center, uint64_t id, char *ret,
			size_t cap)
{
	struct usher_person person = {.size = sizeof(person)};

	memset(ret, 0, cap);
	return center->store &&
	       !usher_store_person_get(center->store, id, &person, ret,
				       cap - 1) &&
	       person.len && person.len < cap;
}

static bool number_read(struct usher_center *center, const char *reference,
			char *ret, size_t cap)
{
	unsigned long long id;

	*ret = 0;
	return sscanf(reference, "p:%llu", &id) == 1 &&
	       person_read(center, id, ret, cap);
}

static void handed_on_read(struct usher_center *center,
			   struct session *session, const char *reference)
{
	const char *at = strstr(reference, USHER__BACK_UUI);
	char text[USHER__REPORT_UUI_MAX + 1];
	unsigned long long id;

	if (at && sscanf(at + strlen(USHER__BACK_UUI), "%llu", &id) == 1 &&
	    person_read(center, id, text, sizeof(text)))
		session->user_to_user = strdup(text);
}

/* Those who were rung for it have not heard of it since. */
static void offers_end(struct usher_center *center, uint64_t offer)
{
	struct usher_offer_info info = {.size = sizeof(info)};

	if (usher_acd_offer_info(center->acd, offer, &info))
		return;
	usher__took(center,
		    info.state == USHER_OFFER_ACCEPTED
			    ? usher_acd_connect_failed(center->acd,
						       center->now_us, offer,
						       "restart")
			    : usher_acd_withdraw(center->acd, center->now_us,
						 offer, "restart"));
}

bool usher__back_keep(struct usher_center *center,
		      const struct usher_contact_info *info)
{
	char number[USHER__BACK_NUMBER_MAX];
	char origin[SESSION_TEXT_MAX + 1];
	struct session *session;
	bool customer = info->callback_first == USHER_CALLBACK_CUSTOMER;

	if (!number_read(center, info->callback_address, number,
			 sizeof(number)))
		return false;
	(void)number_read(center, info->origin, origin, sizeof(origin));
	session =
		usher__session_new(center, info->contact, info->entry, origin);
	if (!session)
		return false;
	/* What was agreed on holds, though it may be one of two by what the
	 * configuration says of numbers since: as usher__back_rekey(). */
	if (add(center, session, number)) {
		usher__session_free(center, session);
		return false;
	}
	session->queue = info->callback_queue;
	if (strstr(info->callback_address, USHER__BACK_PRIVATE))
		snprintf(session->privacy, sizeof(session->privacy), "id");
	handed_on_read(center, session, info->callback_address);
	session->entry_conf = usher__config_find_entry(
		center->config, info->channel, info->entry);
	snprintf(session->language, sizeof(session->language), "%s",
		 session->entry_conf ? session->entry_conf->language : "");
	usher__session_move(session, SESSION_CALLBACK);
	if (info->callback == USHER_CALLBACK_DIALING)
		missed(center, session, "restart");
	else if (info->callback == USHER_CALLBACK_DUE && customer)
		center->mend = true; /* dialed once there are trunks */
	else if (info->callback == USHER_CALLBACK_DUE && info->offer)
		offers_end(center, info->offer);
	return true;
}

void usher__back_mend(struct usher_center *center, struct session *session,
		      const struct usher_contact_info *info)
{
	if (!info->callback && !session->customer)
		usher__session_end(center, session, "memory");
	else
		usher__back_due(center, session);
}
