/* One contact: its state, and who is there. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "center/callback.h"
#include "center/center.h"
#include "center/output.h"
#include "center/party.h"
#include "center/session.h"
#include "sip/loop.h"

/* The moves of the diagram in center.h; a bit for each next state. */
static const unsigned moves[SESSION_STATES] = {
	[SESSION_FLOW] = 1u << SESSION_FLOW | 1u << SESSION_DIALING |
			 1u << SESSION_TALKING | 1u << SESSION_OVER |
			 1u << SESSION_LOST | 1u << SESSION_CALLBACK,
	[SESSION_DIALING] = 1u << SESSION_FLOW | 1u << SESSION_TALKING |
			    1u << SESSION_PARKED | 1u << SESSION_OVER,
	[SESSION_TALKING] = 1u << SESSION_FLOW | 1u << SESSION_DIALING |
			    1u << SESSION_PARKED | 1u << SESSION_OVER,
	[SESSION_PARKED] = 1u << SESSION_FLOW | 1u << SESSION_DIALING |
			   1u << SESSION_TALKING | 1u << SESSION_OVER,
	[SESSION_LOST] = 1u << SESSION_FLOW | 1u << SESSION_OVER,
	[SESSION_CALLBACK] = 1u << SESSION_FLOW | 1u << SESSION_TALKING |
			     1u << SESSION_OVER,
	[SESSION_OVER] = 0,
};

/* The only place where a session's state changes. */
void usher__session_move(struct session *session, enum session_state next)
{
	(void)moves; /* without assertions nobody reads them */
	assert(moves[session->state] & 1u << next);
	session->center->lost_count += (next == SESSION_LOST);
	session->center->lost_count -= (session->state == SESSION_LOST);
	if (session->state == SESSION_CALLBACK)
		usher__back_free(session);
	session->state = next;
	if (next != SESSION_FLOW)
		session->voice = (struct step_voice){0};
}

static const char nothing[] = "";

void usher__session_text(const char **at, const char *text)
{
	char *mine = *text ? strndup(text, SESSION_TEXT_MAX) : NULL;

	if (*at != nothing)
		free((char *)*at);
	*at = mine ? mine : nothing;
}

static void texts_free(struct session *session)
{
	usher__session_text(&session->entry, "");
	usher__session_text(&session->origin, "");
	usher__session_text(&session->origin_name, "");
	usher__session_text(&session->where, "");
}

struct session *usher__session_new(struct usher_center *center,
				   uint64_t contact, const char *entry,
				   const char *origin)
{
	struct session *session = calloc(1, sizeof(*session));
	unsigned before = HASH_COUNT(center->sessions);

	if (!session)
		return NULL;
	session->contact = contact;
	session->center = center;
	session->entry = session->origin = nothing;
	session->origin_name = session->where = nothing;
	usher__session_text(&session->entry, entry);
	usher__session_text(&session->origin, origin);
	if (!*session->entry != !*entry || !*session->origin != !*origin)
		goto fail;
	HASH_ADD(hh, center->sessions, contact, sizeof(session->contact),
		 session);
	if (HASH_COUNT(center->sessions) == before)
		goto fail;
	return session;
fail:
	texts_free(session);
	free(session);
	return NULL;
}

struct session *usher__session_find(struct usher_center *center,
				    uint64_t contact)
{
	struct session *session;

	HASH_FIND(hh, center->sessions, &contact, sizeof(contact), session);
	return session;
}

void usher__session_free(struct usher_center *center, struct session *session)
{
	struct party *party;

	/* Legs that are still being ended outlive their contact. */
	while ((party = session->parties)) {
		session->parties = party->next;
		party->next = NULL;
		party->contact = session->contact;
		party->session = NULL;
		usher__party_end(center, party, USHER_LEG_NORMAL);
	}
	if (center->due == session)
		center->due = NULL;
	if (session->state == SESSION_LOST)
		center->lost_count--;
	usher__timer_free(session->timer);
	free(session->diverted_first);
	free(session->diverted_by);
	free(session->diverted_reason);
	free(session->user_to_user);
	free(session->require);
	texts_free(session);
	usher__timer_free(session->talk.timer);
	usher_ivr_free(session->ivr);
	usher_flow_set_unref(session->flows);
	usher__back_free(session);
	HASH_DEL(center->sessions, session);
	free(session);
}

bool usher__session_waits(struct usher_center *center,
			  const struct session *session)
{
	struct usher_segment_info info = {.size = sizeof(info)};
	uint64_t id = 0;

	while ((id = usher_acd_segment_next(center->acd, session->contact,
					    id)))
		if (!usher_acd_segment_info(center->acd, id, &info) &&
		    info.kind == USHER_SEGMENT_QUEUE)
			return true;
	return false;
}

const struct usher_queue_conf *
usher__session_queue(struct usher_center *center,
		     const struct session *session)
{
	struct usher_queue_info info = {.size = sizeof(info)};

	return usher_acd_queue_info(center->acd, session->queue, &info)
		       ? NULL
		       : usher__config_find_queue(center->config, info.name);
}

void usher__session_music(struct usher_center *center, struct session *session)
{
	const struct usher_queue_conf *conf =
		usher__session_queue(center, session);

	if (conf && session->customer)
		usher__party_play(center, session->customer, conf->music,
				  session->language, true);
}

static int join(struct usher_center *center, struct session *session,
		struct party *other, uint64_t offer)
{
	struct party *customer = session->customer;
	struct output *output;
	uint64_t segment;

	/* Whoever a queue finds for a consult talks with the agent. */
	if (session->talk.consult == CONSULT_RINGING)
		customer = other ? session->agent : NULL;
	if (!customer || (other && other->channel != customer->channel))
		return USHER_ENOTSUP;
	customer->playing = false;
	if (!other)
		/* An agent at an application: nothing to bridge. */
		return offer ? usher_acd_connected(center->acd, center->now_us,
						   offer, &segment)
			     : 0;
	other->playing = false;
	output = usher__output_job(center, VERB_JOIN, customer, JOB_JOIN,
				   offer);
	if (!output)
		return USHER_ENOMEM;
	output->other = other->id;
	customer->place = other->place = PLACE_PAIR;
	customer->place_with = other->id;
	other->place_with = customer->id;
	return 0;
}

int usher__session_join(struct usher_center *center, struct session *session,
			struct party *other, uint64_t offer)
{
	int err = join(center, session, other, offer);

	if (err && offer)
		usher_acd_connect_failed(center->acd, center->now_us, offer,
					 err == USHER_ENOTSUP ? "unjoinable"
							      : "failed");
	return err;
}

void usher__back_free(struct session *session)
{
	struct back *back = session->back;

	if (!back)
		return;
	session->back = NULL;
	if (back->hh.tbl)
		HASH_DEL(session->center->backs, back);
	free(back);
}
