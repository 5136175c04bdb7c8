/* People at legs: who they are in a contact, what their driver was told, what
 * they dial and press. */
#ifndef USHER_LIB_CENTER_PARTY_H
#define USHER_LIB_CENTER_PARTY_H

#include <stdbool.h>
#include <stdint.h>

#include "center/hash.h"
#include "center/talk.h"

struct output;
struct session;
struct usher__outgoing;
struct usher__timer;
struct usher_center;
struct usher_channel;

enum party_role {
	PARTY_CUSTOMER = 1, /* who the contact is about */
	PARTY_AGENT,        /* rung for an offer, or talking */
	PARTY_OUTSIDE,      /* an outside number that was called */
	PARTY_SUPERVISOR,   /* who listens to the two */
	PARTY_FEATURE       /* an agent who dialed a feature code */
};

struct party {
	UT_hash_handle hh;
	uint64_t id; /* of the leg */
	struct usher_channel *channel;
	struct session *session; /* NULL: feature code */
	uint64_t contact;        /* of one that is gone, or 0 */
	struct party *next;      /* of the session */
	enum party_role role;
	bool came;      /* by itself; else it was rung */
	bool up;        /* answered */
	bool ending;    /* told to end */
	bool playing;   /* something that the center started */
	bool rings;     /* while playing: that somebody is rung */
	bool refer;     /* its phone asked for a transfer */
	bool on_hold;   /* put us on hold */
	bool no_room;   /* was not even rung: of ours something has run out */
	bool rung;      /* an endpoint of its offer was, before or beside it */
	enum part part; /* see talk.h, as the next four */
	enum place place;
	enum party_asked asked;
	uint32_t role_now;   /* in the room: enum usher_mix_role */
	uint64_t place_with; /* joined with, or whispers to */
	enum mode mode;      /* PARTY_SUPERVISOR */
	uint64_t agent;      /* core id, or 0 */
	uint64_t caller;     /* agent who called in as customers do, or 0 */
	uint64_t offer;      /* rung for it, or 0 */
	uint64_t segment;    /* agent segment that it serves, or 0 */
	uint32_t endpoint;   /* index in the agent's list */
	const char *kind;    /* "phone", "sip", "tel", or NULL */
	int64_t since_us;
	/* PARTY_FEATURE: what was dialed so far; of others keys.c */
	char digits[24];
	int64_t pressed_us; /* the last of them, of others */
	unsigned tries;     /* of a PIN */
	unsigned sends;     /* messages without an outcome */
	bool known;         /* gave the PIN */
	uint32_t wants;     /* PARTY_FEATURE: enum feature_wants, at its end */
	struct usher__timer *timer; /* PARTY_FEATURE */
	struct output *last;        /* kept for the verb that ends it */
	char *why;                  /* it ended, as its peer says; or NULL */
	struct usher__outgoing *outgoing; /* a number outside; or NULL */
	struct usher_center *center;
};

/* ended.c */
/* Whoever answered is who was meant. */
void usher__party_accepted(struct usher_center *center, struct party *party);
void usher__party_ended(struct usher_center *center, struct party *party,
			int reason);

/* party.c */
struct party *usher__party_new(struct usher_center *center, uint64_t id,
			       struct usher_channel *channel,
			       enum party_role role, struct session *session);
/* What an endpoint is reached by; no number, which is personal. */
const char *usher__endpoint_kind(const char *address);
struct party *usher__party_find(struct usher_center *center, uint64_t id);
void usher__party_free(struct usher_center *center, struct party *party);
void usher__party_end(struct usher_center *center, struct party *party,
		      int reason);
/* The contact that it is or was part of, or 0. */
uint64_t usher__party_contact(const struct party *party);
uint32_t usher__party_side(const struct party *party); /* USHER_SIDE_… */
void usher__party_note(struct usher_center *center, uint32_t type,
		       const struct party *party, int reason);
bool usher__party_audio(const struct party *party);
/* A prompt of the configuration by its name, on a leg. */
void usher__party_play(struct usher_center *center, struct party *party,
		       const char *prompt, const char *language, bool loop);
void usher__party_quiet(struct usher_center *center, struct party *party);
/* Hears that somebody is rung, until quiet or something else. */
void usher__party_ring(struct usher_center *center, struct party *party);
/* Hears for some seconds that somebody is busy or cannot be reached; not why
 * else they did not come. */
void usher__party_refused(struct usher_center *center, struct party *party,
			  const char *reason);
/* enum usher_leg_reason of who is ended since somebody else did not come. */
int usher__party_code(const char *reason);
/* The id of a leg to come; 0: there are too many. Any thread. */
uint64_t usher__center_leg(void *center);
/* The channel that rings phones which can be joined with this leg, or NULL. */
struct usher_channel *usher__center_ringer(const struct party *party);

/* A number goes where it can be erased; what events have instead, or "". */
void usher__origin_reference(struct usher_center *center, const char *from,
			     char *ret, size_t cap);

/* dial.c: agents who dial */
/* An agent's phone that is on the line hears it ring; nothing is left where it
 * fails. USHER_ESTATE: not ready, or no room. */
int usher__dial_colleague(struct usher_center *center, struct session *session,
			  const struct usher_agent_conf *callee);
void usher__agent_dials(struct usher_center *center, struct party *party,
			const char *number);
/* What who dials callee, or a number (NULL), is told when this is why not:
 * enum usher_leg_reason. */
int usher__dial_refusal(struct usher_center *center,
			const struct usher_agent_conf *callee, int err);

/* feature.c */
bool usher__feature_dialed(struct usher_center *center, struct party *party,
			   const char *number);
/* Its call is over: what makes the agent free does so now. */
void usher__feature_ended(struct usher_center *center,
			  const struct party *party);
void usher__feature_digit(struct usher_center *center, struct party *party,
			  char digit);

/* keys.c: of an agent, who may be talking. */
void usher__keys_pressed(struct usher_center *center, struct party *party,
			 char digit);

#endif
