/* What the files of this room share: the hub, its tenants and their legs. */
#ifndef USHER_LIB_DRIVERS_VOICE_HUB_H
#define USHER_LIB_DRIVERS_VOICE_HUB_H

#include <stdlib.h>

#define uthash_malloc(n)  malloc(n)
#define uthash_free(p, n) free(p)
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "channel/channel.h"
#include "drivers/voice/voice.h"
#include "media/media.h"
#include "sip/leg.h"
#include "sip/ua.h"

#define VOICE_DOMAIN_MAX  128
#define VOICE_TRUNKS_MAX  256
#define VOICE_COUNTRY_MAX 4u
/* An INVITE without any response, sent four times: it is given up. */
#define VOICE_TRY_MS     4000u
#define VOICE_TONE_ITEMS 6u

/* What a leg can say without memory: its answer and its end. */
#define VOICE_LEG_RESERVE 2u
#define VOICE_KEEP_ENDED  0u
#define VOICE_KEEP_ANSWER 1u /* for its end */
/* All else that the legs of a tenant say without memory; what goes beyond is
 * lost and logged. */
#define VOICE_OTHER_RESERVE 64u
#define VOICE_KEEP_HELD     0u
#define VOICE_KEEP_OTHER    16u /* digits leave so many for holds */
/* Phones of a tenant that come or go without memory. */
#define VOICE_BINDING_RESERVE 16u

/* A verb whose outcome media reports: a play or a recording. */
struct voice_job {
	UT_hash_handle hh; /* by id of the play or recording */
	uint64_t id;
	uint64_t req;
	struct usher__voice *voice;
	char name[64];                 /* of the prompt, for the log */
	struct usher__reserve outcome; /* one report */
};

/* Whom a leg hears and is heard by: as the last verb had it. */
struct voice_floor {
	uint64_t with;                 /* joined with this leg; 0: with none */
	uint64_t room;                 /* 0: in none */
	uint64_t whisper_to;           /* WHISPER: who alone hears it */
	uint32_t role;                 /* enum usher_mix_role */
	struct voice_leg *next, *prev; /* a ring of those in the room */
};

/* On their way to a leg from the other one's INFO. */
#define VOICE_KEYS_MAX 16u /* that wait; more are lost */
struct voice_keys {
	uint64_t play;    /* 0: none */
	uint64_t prompt;  /* what the leg hears instead; 0: nothing */
	bool prompt_ends; /* by itself */
	char text[VOICE_KEYS_MAX + 1];
};

struct voice_line; /* what somebody is typing: text.c */

struct voice_leg {
	UT_hash_handle hh; /* by id */
	uint64_t id;       /* the center's */
	uint64_t sip;      /* the user agent's */
	struct usher__voice *voice;
	bool listed; /* in the hub's table */
	bool refer;  /* a transfer of this leg's phone is under way */
	/* Of a caller, for the legs that it is joined with; or NULL. */
	char *user_to_user, *privacy;
	bool claimed; /* who that is nobody has vouched for */
	struct usher__reserve reserve;
	struct voice_route *route; /* while trunks are tried; or NULL */
	struct voice_fork *fork;   /* while several phones ring; or NULL */
	bool called;               /* by us */
	uint8_t called_off; /* so, before it answered: enum usher_leg_reason */
	uint64_t caller;    /* the leg that it was rung for; or 0 */
	/* What who was rung last for this one says, as it is passed on; 0:
	 * nobody was. */
	uint16_t said;
	struct voice_floor floor;
	struct voice_line *line; /* or NULL */
	uint64_t farewell;       /* play that ends before the leg does */
	bool muted;
	struct voice_keys keys;
};

struct voice_trunk {
	uint32_t id;  /* the user agent's */
	bool inbound; /* nothing is called over it */
	bool trusted;
	char *name, *caller_id, *prefix;
	char *user, *password; /* of a trunk that proves itself; or NULL */
};

struct usher__voice {
	struct usher__voice *next;
	struct usher__voice_hub *hub;
	struct usher_channel *channel; /* NULL before start, after stop */
	char domain[VOICE_DOMAIN_MAX];
	const char *(*password)(void *arg, const char *account);
	void (*phones)(void *arg, bool soon);
	void *arg;
	struct voice_trunk trunks[VOICE_TRUNKS_MAX];
	size_t trunk_count;
	struct usher__reserve bindings, others;
	char tones[VOICE_COUNTRY_MAX]; /* "": of no country */
};

struct usher__voice_hub {
	struct usher__loop *loop;
	struct usher__ua *ua;
	struct usher__media *media;
	struct usher__bell *media_bell; /* the engine has news */
	struct usher__bell *wake_bell;  /* its threads are to be woken */
	struct usher__voice *voices;
	struct voice_leg *legs;
	struct voice_job *plays;
	struct voice_job *records;
	uint32_t leg_count;
	void (*log)(void *arg, int level, const char *line);
	void *log_arg;
	void (*security)(void *arg, const struct usher__security *what);
	void *security_arg;
	void (*stopped)(void *arg);
	void *stopped_arg;
};

/* events.c */
extern const struct usher__ua_ops usher__voice_ua_ops;
void usher__voice_silent(void *leg); /* nothing was heard of who is called */

/* door.c: for usher__voice_ua_ops, arg is the hub */
int usher__voice_door_domain(void *arg, const char *host, char *ret,
			     size_t size);
int usher__voice_door_account(void *arg, const char *domain, const char *user,
			      struct usher__account *ret);
int usher__voice_door_invite(void *arg, const struct usher__invite *inv);
void usher__voice_door_binding(void *arg, enum usher__binding_change change,
			       const struct usher__binding *binding);

/* media.c */
void usher__voice_drain(void *hub); /* takes the media's events */

/* say.c: when there is no memory, out of a reserve of which `keep` are left
 * for what matters more. */
/* What must not be missed: the leg's own reserve. */
int usher__voice_say(struct voice_leg *leg, unsigned keep,
		     enum usher__report_type type, int32_t code);
/* All else: its tenant's. */
void usher__voice_say_other(struct voice_leg *leg, unsigned keep,
			    enum usher__report_type type, int32_t code,
			    int64_t value);
void usher__voice_say_digit(struct voice_leg *leg, char digit,
			    uint32_t duration_ms);

/* route.c: a number that is called over trunks. */
/* The first of the ways is being tried, over leg, which is the caller's; or
 * USHER_ENOENT, USHER_EBUSY, USHER_ECLOSED, USHER_EIO, USHER_EPERM (who is
 * there over TLS is not the trunk), USHER_ENOMEM. Then silent is called with
 * the leg when nothing was heard on that way for too long. */
int usher__voice_route_call(struct voice_leg *leg, const char *number,
			    const struct usher__call_opts *opts,
			    void (*silent)(void *leg));
/* That way is given up, or has more time; false: it was the last one. */
bool usher__voice_route_silent(struct voice_leg *leg);
/* Whether the event says nothing to the center: another way is tried. */
bool usher__voice_route_event(struct voice_leg *leg,
			      struct usher__leg_event *event);
void usher__voice_route_free(struct voice_route *route);
/* Nobody waits for it any more: no other way is tried. */
void usher__voice_route_cancel(struct voice_leg *leg);

/* fork.c: an account that several phones have registered for. */
/* All of them ring, over leg, which is the caller's; or none, and why. Then
 * silent is called with the leg when one was busy, and none of the others is
 * heard of. */
int usher__voice_fork_call(struct voice_leg *leg,
			   const struct usher__call_opts *opts,
			   void (*silent)(void *leg));
/* They are rung off; event is what the center is told, where the person has
 * said more than it does. */
void usher__voice_fork_silent(struct voice_leg *leg,
			      struct usher__leg_event *event);
/* Of one of them. Whether it says nothing to the center; else event is what
 * it says. */
bool usher__voice_fork_event(struct voice_leg *leg, uint64_t sip,
			     struct usher__leg_event *event);
/* All but the leg's own are rung off. elsewhere: it was answered by another
 * one, or another agent, which their lists of missed calls are not to have. */
void usher__voice_fork_free(struct voice_leg *leg, bool elsewhere);

/* tenant.c */
const struct voice_trunk *usher__voice_trunk_by_id(struct usher__voice *voice,
						   uint32_t id);

/* carry.c: what a caller's INVITE says for whom it reaches, and what they say
 * for the caller. */
void usher__voice_carry_keep(struct voice_leg *leg,
			     const struct usher__invite *inv);
/* Header lines of a leg that rings for that caller, to be freed; NULL: none.
 * privacy (or NULL) is for whose leg says nothing of it. */
char *usher__voice_carry_headers(const struct voice_leg *caller,
				 const char *privacy, const char *uui);
/* leg (or NULL, with err) rings for a caller, or for NULL; of a number. */
void usher__voice_carry_begin(struct voice_leg *leg, struct voice_leg *caller,
			      const char *number, int err);
/* leg is over, as event says: the caller will hear that, if it is refused. */
void usher__voice_carry_end(const struct voice_leg *leg,
			    const struct usher__leg_event *event);
/* The status for who is refused for this reason (enum usher_leg_reason). */
uint16_t usher__voice_carry_status(const struct voice_leg *leg, int reason);

/* floor.c */
void usher__voice_floor_pair(struct voice_leg *a, struct voice_leg *b);
void usher__voice_floor_enter(struct voice_leg *leg,
			      const struct usher_channel_mix *mix);
void usher__voice_floor_leave(struct voice_leg *leg); /* pair and room */
/* It has video now, maybe. */
void usher__voice_floor_look(const struct voice_leg *leg);
/* Those who hear a leg, one after another, from NULL to NULL. */
struct voice_leg *usher__voice_floor_next(const struct voice_leg *from,
					  const struct voice_leg *after);

/* tone.c */
/* The tone that a prompt without a sound stands for, of VOICE_TONE_ITEMS at
 * most; false: for none. */
bool usher__voice_tone(const struct usher__voice *voice,
		       const struct usher_channel_prompt *prompt,
		       struct usher__mitem *items,
		       struct usher__mplay_opts *ret);
/* Who is refused hears why, and the leg ends by usher__voice_tone_over();
 * false: it is not told, and ends now. */
bool usher__voice_tone_farewell(struct voice_leg *leg, int reason);
void usher__voice_tone_over(struct voice_leg *leg, uint64_t play);

/* The other one of two who talk, whoever listens; or NULL. */
struct voice_leg *usher__voice_floor_other(const struct voice_leg *leg);

/* keys.c */
/* A key by INFO, for the other side too. */
void usher__voice_keys_pass(const struct voice_leg *from, char digit);
/* A play that is none of keys has begun. */
void usher__voice_keys_wait(struct usher__voice_hub *hub, uint64_t port,
			    uint64_t play, bool ends);
void usher__voice_keys_over(struct voice_leg *leg,
			    const struct usher__mevent *event);

/* text.c: real-time text */
#define VOICE_LINE_MAX 1024u /* bytes of a line; a longer one is two */
#define VOICE_LINE_MS  4000u /* a pause that ends it */
/* Has it, or will it when it is answered? */
bool usher__voice_text_has(const struct voice_leg *leg);
/* There is some to be read. */
void usher__voice_text_read(struct voice_leg *leg);
/* It came; goes to who hears the leg, and in lines to the center. */
void usher__voice_text_take(struct voice_leg *leg, const char *text, size_t n);
/* The line is over, as the leg is. */
void usher__voice_text_end(struct voice_leg *leg);
void usher__voice_text_free(struct voice_leg *leg);
/* A line for who is at the leg. USHER_ENOTSUP: it has no text. */
int usher__voice_text_say(struct voice_leg *leg, const char *text);

/* leg.c */
/* With its reserve, not yet in the table; NULL: no memory. */
struct voice_leg *usher__voice_leg_new(struct usher__voice *voice,
				       uint64_t sip);
/* Into the table by the center's id. 0 or USHER_ENOMEM: it is still yours. */
int usher__voice_leg_add(struct voice_leg *leg, uint64_t id);
void usher__voice_leg_free(struct voice_leg *leg); /* in the table or not */

/* table.c */
struct voice_leg *usher__voice_leg_find(struct usher__voice_hub *hub,
					uint64_t id);

/* Before the verb is carried out, so that its outcome can be told. */
struct voice_job *usher__voice_job_new(struct usher__voice *voice,
				       uint64_t req, const char *name);
int usher__voice_job_add(struct voice_job **jobs, struct voice_job *job,
			 uint64_t id);
void usher__voice_job_free(struct voice_job *job); /* not in a table */
struct voice_job *usher__voice_job_by_req(struct voice_job *jobs,
					  uint64_t req);

#endif
