/* People at legs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <usher/store.h>

#include "center/center.h"
#include "center/outbound.h"
#include "center/output.h"
#include "center/party.h"
#include "center/session.h"
#include "sip/loop.h"

struct party *usher__party_new(struct usher_center *center, uint64_t id,
			       struct usher_channel *channel,
			       enum party_role role, struct session *session)
{
	struct party *party = calloc(1, sizeof(*party));
	unsigned before = HASH_COUNT(center->parties);

	if (!party)
		return NULL;
	party->last = calloc(1, sizeof(*party->last));
	if (!party->last) {
		free(party);
		return NULL;
	}
	party->id = id;
	party->center = center;
	party->channel = channel;
	party->role = role;
	party->session = session;
	party->since_us = center->now_us;
	HASH_ADD(hh, center->parties, id, sizeof(party->id), party);
	if (HASH_COUNT(center->parties) == before) {
		free(party->last);
		free(party);
		return NULL;
	}
	if (session) {
		party->next = session->parties;
		session->parties = party;
	}
	atomic_fetch_add(&center->party_count, 1);
	return party;
}

const char *usher__endpoint_kind(const char *address)
{
	if (!strncmp(address, "sip:", 4) || !strncmp(address, "sips:", 5))
		return "sip";
	return !strncmp(address, "tel:", 4) ? "tel" : "phone";
}

struct party *usher__party_find(struct usher_center *center, uint64_t id)
{
	struct party *party;

	HASH_FIND(hh, center->parties, &id, sizeof(id), party);
	return party;
}

void usher__party_free(struct usher_center *center, struct party *party)
{
	struct session *session = party->session;
	struct party **p, *other;

	if (session) {
		for (other = session->parties; other; other = other->next)
			if (other->place == PLACE_PAIR &&
			    other->place_with == party->id)
				other->place = PLACE_NONE;
		for (p = &session->parties; *p != party;)
			p = &(*p)->next;
		*p = party->next;
		if (session->customer == party)
			session->customer = NULL;
		if (session->agent == party)
			session->agent = NULL;
	}
	/* What is outstanding on a leg that ended has failed. */
	if (party->sends)
		usher__sends_cancel(center, party->id);
	usher__timer_free(party->timer);
	usher__outbound_over(center, party->outgoing);
	HASH_DEL(center->parties, party);
	atomic_fetch_sub(&center->party_count, 1);
	free(party->last);
	free(party->why);
	free(party);
}

void usher__party_end(struct usher_center *center, struct party *party,
		      int reason)
{
	struct output *output;

	if (party->ending)
		return;
	party->ending = true;
	output = usher__output(center, VERB_END, party);
	if (output)
		output->code = reason;
}

static const char *reason_name(int reason)
{
	static const char *const names[] = {
		"normal",  "busy",   "no_answer", "unreachable", "canceled",
		"refused", "failed", "overload",  "elsewhere",   "lost",
	};

	return reason >= 0 && reason <= USHER_LEG_LOST ? names[reason] : "";
}

uint64_t usher__party_contact(const struct party *party)
{
	return party->session ? party->session->contact : party->contact;
}

uint32_t usher__party_side(const struct party *party)
{
	return party->role == PARTY_CUSTOMER  ? USHER_SIDE_CUSTOMER
	       : party->role == PARTY_OUTSIDE ? USHER_SIDE_OTHER
					      : USHER_SIDE_AGENT;
}

void usher__party_note(struct usher_center *center, uint32_t type,
		       const struct party *party, int reason)
{
	struct usher_field_value values[9] = {
		{.field = USHER_F_LEG, .number = party->id},
		{.field = USHER_F_SIDE, .number = usher__party_side(party)},
		{.field = USHER_F_AGENT, .number = party->agent},
		{.field = USHER_F_OFFER, .number = party->offer},
		{.field = USHER_F_ENDPOINT,
		 .data = party->kind ? party->kind : ""},
	};
	size_t count = 5;

	if (type == USHER_EV_LEG_MUTED || type == USHER_EV_LEG_UNMUTED)
		count = 3; /* their events have no more */
	if (type == USHER_EV_LEG_STARTED)
		values[count++] = (struct usher_field_value){
			.field = USHER_F_DIRECTION,
			.number = party->came ? USHER_IN : USHER_OUT};
	if (type == USHER_EV_LEG_ENDED) {
		values[count++] = (struct usher_field_value){
			.field = USHER_F_REASON, .data = reason_name(reason)};
		values[count++] = (struct usher_field_value){
			.field = USHER_F_DURATION,
			.number =
				(uint64_t)(center->now_us - party->since_us)};
		values[count++] = (struct usher_field_value){
			.field = USHER_F_TEXT,
			.data = party->why ? party->why : ""};
	}
	usher_acd_note(center->acd, center->now_us, type,
		       usher__party_contact(party), party->segment, values,
		       count);
}

bool usher__party_audio(const struct party *party)
{
	return party->channel->driver->capabilities & USHER_CAP_AUDIO;
}

void usher__party_play(struct usher_center *center, struct party *party,
		       const char *name, const char *language, bool loop)
{
	struct usher_flow_prompt prompt = {.size = sizeof(prompt)};
	struct output *output;

	if (!name || !center->config->flows ||
	    usher_flow_set_prompt(center->config->flows, name, language,
				  &prompt))
		return;
	/* Text that repeats would be a nuisance, and needs no end. */
	if (loop && !usher__party_audio(party))
		return;
	output = usher__output(center, VERB_PROMPT, party);
	if (!output)
		return;
	usher__output_prompt(output, name, prompt.text, prompt.sounds,
			     prompt.sound_count, loop);
	party->playing = true;
	party->rings = false;
}

void usher__party_quiet(struct usher_center *center, struct party *party)
{
	if (!party->playing)
		return;
	party->playing = false;
	usher__output(center, VERB_QUIET, party);
}

struct usher_channel *usher__center_ringer(const struct party *party)
{
	return party && party->channel->driver->capabilities & USHER_CAP_RING
		       ? party->channel
		       : NULL;
}

uint64_t usher__center_leg(void *arg)
{
	struct usher_center *center = arg;

	if (atomic_load(&center->party_count) >= USHER__PARTIES_MAX)
		return 0;
	return (uint64_t)center->opts.node << 48 |
	       (atomic_fetch_add(&center->last_leg, 1) + 1);
}

/* The caller's number goes where it can be erased; events refer to it. */
void usher__origin_reference(struct usher_center *center, const char *from,
			     char *ret, size_t cap)
{
	struct usher_person_opts person;
	uint64_t id;

	ret[0] = 0;
	if (!center->store || !*from)
		return;
	usher_person_opts_init(&person, sizeof(person));
	person.kind = USHER_PERSON_ADDRESS;
	person.time_us = center->now_us;
	person.bytes = from;
	person.len = strlen(from);
	if (!usher_store_person_put(center->store, &person, &id))
		snprintf(ret, cap, "p:%llu", (unsigned long long)id);
}
