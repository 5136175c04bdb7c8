/* A conversation: its customer, its agent, and whoever else takes part.
 *
 * session.c knows who a contact is with; here is what two people can do about
 * a third: ask him (consult.c), let him in (room.c), be listened to by him
 * (supervise.c). talk.c turns that into sound, lost.c knows what follows when
 * somebody is lost.
 */
#ifndef USHER_LIB_CENTER_TALK_H
#define USHER_LIB_CENTER_TALK_H

#include <stdbool.h>
#include <stdint.h>

/* Who may talk in one conversation, the customer and those that ring too. */
#define USHER__TALK_MAX 8u
/* Who may listen to one conversation. */
#define USHER__SUPERVISORS_MAX 4u
/* Digits sent at once. */
#define USHER__DIGITS_MAX 64u

struct party;
struct request;
struct session;
struct usher__endpoint;
struct usher__timer;
struct usher_center;
struct usher_config;
struct usher_channel;
struct usher_agent_conf;
struct usher_error;
struct usher_entry_conf;
struct usher_queue_conf;

/* What a party is in a conversation beside its customer and its agent:
 *
 *   CONSULTED ──conference──▶ MEMBER ◀──answers── INVITED
 *       └──complete──▶ the agent ◀──succeeds── MEMBER
 *   SUPERVISOR ──takes over──▶ the agent
 */
enum part {
	PART_NONE = 0,
	PART_CONSULTED, /* rung for, or in, a consult */
	PART_INVITED,   /* rung; the others talk meanwhile */
	PART_MEMBER,    /* of a conference */
	PART_SUPERVISOR
};

/* Where the driver was told to let a leg be heard. */
enum place {
	PLACE_NONE = 0, /* nowhere */
	PLACE_HELD,
	PLACE_PAIR, /* joined with place_with */
	PLACE_ROOM  /* as role_now; a whisper to place_with */
};

/* Of one who has to press 1: see accept.c. */
enum party_asked { ASKED_NOT = 0, ASKED, ASKED_YES };

/* What makes an agent free who has dialed for it: it takes effect when the
 * phone is, too. */
enum feature_wants { WANTS_NOTHING = 0, WANTS_READY, WANTS_WRAP_UP_END };

/* What a supervisor does. */
enum mode {
	MODE_LISTEN = 0,
	MODE_WHISPER,
	MODE_BARGE,
	MODE_TAKE_OVER /* once answered */
};

/* See the diagram in consulting.c. */
enum consult {
	CONSULT_NONE = 0,
	CONSULT_RINGING,
	CONSULT_TALKING,
	CONSULT_STATES
};

struct talk {
	enum consult consult;
	uint64_t consult_queue; /* asked by way of a queue, or 0 */
	int64_t consult_us;     /* since when */
	bool held;              /* the agent put the customer on hold */
	uint32_t ring_ms;       /* an agent is rung so long; 0: as usual */
	bool originated;        /* see originate.c */
	/* Parked: its slot, or 0, kept while somebody is rung for it. */
	uint32_t slot;
	int64_t parked_us; /* when it began to wait there */
	bool late;         /* rung since its time was over */
	uint64_t parked_by;
	struct usher__timer *timer; /* of the slot */
	bool record_asked;          /* see record.c, as the next five */
	bool record_unasked;
	bool record_paused;
	bool announced;
	bool announcing;
	uint32_t announced_short; /* cut off so often */
};

/* ---- target.c: whom a name or a number means ---- */

enum target_kind {
	TARGET_NOBODY = 0,
	TARGET_QUEUE,
	TARGET_AGENT,
	TARGET_ENTRY,
	TARGET_NUMBER
};

struct target {
	enum target_kind kind;
	const struct usher_queue_conf *queue;
	const struct usher_agent_conf *agent;
	const struct usher_entry_conf *entry;
	const char *name; /* of what it is; "": a number is personal */
	const char *number;
	bool nobodys; /* number: the call is no agent's */
	uint64_t by;  /* number: whose it is; 0: the session's agent's */
};

/* method: "queue", "agent", "number"; NULL: whatever fits first. */
void usher__target_find(struct usher_center *center,
			const struct session *session, const char *method,
			const char *text, struct target *ret);
/* The agent of that name, and no extension that reads the same. */
void usher__target_agent(struct usher_center *center, const char *name,
			 struct target *ret);
/* Whether a trunk calls numbers that begin like this one. */
bool usher__target_trunk(const struct usher_config *config,
			 const char *number);
/* "queue", "agent", "entry", "number" */
const char *usher__target_kind(const struct target *target);
/* Ring an agent, who is then on the contact, or a number: a new party. On
 * error nothing has happened. 0, USHER_ESTATE (not ready, no room),
 * USHER_ENOENT (no endpoint, no trunk), USHER_EEXIST (on it already),
 * USHER_EINVAL, USHER_ENOTSUP, USHER_EFULL, USHER_ENOMEM. */
int usher__target_ring(struct usher_center *center, struct session *session,
		       const struct target *target, uint32_t timeout_ms,
		       struct party **ret);
/* The same without putting the agent on the contact. */
int usher__target_dial(struct usher_center *center, struct session *session,
		       const struct target *target, uint32_t timeout_ms,
		       struct party **ret);
int usher__target_dial_on(struct usher_center *center, struct session *session,
			  struct usher_channel *ringer,
			  const struct target *target, uint32_t timeout_ms,
			  struct party **ret);
/* Endpoint number index of an agent. */
int usher__target_dial_at(struct usher_center *center, struct session *session,
			  struct usher_channel *ringer,
			  const struct usher_agent_conf *agent, uint32_t index,
			  struct party **ret);
/* The next one at or after *index that can be rung. */
bool usher__endpoint_at(const struct usher_agent_conf *conf, uint32_t *index,
			struct usher__endpoint *ret);

/* ---- accept.c ---- */

/* Somebody answered: has he to press 1 first? Then it has been seen to. */
bool usher__endpoint_asks(struct usher_center *center, struct party *party);
/* False: he is not being asked. */
bool usher__endpoint_digit(struct usher_center *center, struct party *party,
			   char digit);

/* ---- endpoint.c ---- */

/* Whose it is; NULL: nobody's. */
const struct usher_agent_conf *
usher__endpoint_owner(struct usher_center *center, uint64_t agent);
/* Ring the agent's next endpoint, for what this one was rung for, outside of
 * offers; the caller frees this one. False: it was the last. */
bool usher__endpoint_next(struct usher_center *center, struct party *party);
/* The customer leaves a message, if that is what the agent's list ends with.
 */
bool usher__endpoint_voicemail(struct usher_center *center,
			       struct session *session, uint64_t agent);

/* Put an agent on a contact, who wraps it up as others of its queue do; a
 * wrap-up of theirs on it ends by that. */
int usher__agent_direct(struct usher_center *center,
			const struct session *session, uint64_t agent,
			bool dialing, bool force, uint64_t *ret_segment);

/* ---- talk.c ---- */

/* Tell the driver who is to hear whom, as far as it has changed. */
void usher__talk_settle(struct usher_center *center, struct session *session);
/* Who has the customer, or has them back, may hold already: where it is so in
 * the core, too, it says no. */
void usher__talk_count_hold(struct usher_center *center,
			    const struct session *session);
/* Nobody but an agent whose phone holds is with the customer. */
bool usher__talk_alone(const struct session *session);
/* The customer is with nobody any more. True: was on hold. */
bool usher__talk_clear(struct usher_center *center, struct session *session);
/* Somebody beside the two is on it, or rung for it. */
bool usher__talk_busy(const struct session *session);
/* The first with this part who has not been told to end, or NULL. */
struct party *usher__talk_part(const struct session *session, enum part part);
unsigned usher__talk_count(const struct session *session);
/* Whose leg this agent has in the conversation, or NULL. */
struct party *usher__talk_agent(const struct session *session, uint64_t agent);
/* Is it this agent's to steer? Where somebody called them by their number, and
 * nothing goes on between the two, it becomes theirs: who called is then the
 * one it is about. */
bool usher__talk_turn(struct session *session, uint64_t agent);
/* Take a party out of the session that it is in, into another (or NULL). */
void usher__party_move(struct party *party, struct session *session);
/* Let the agent's leg go, told of its transfer first. */
void usher__agent_release(struct usher_center *center, struct party *party);

/* ---- lost.c ---- */

/* The reason where an agent's phone vanished while they talked. */
#define USHER__AGENT_LOST "agent_lost"

/* A party of a conversation is gone, or no use any more: what follows. The
 * caller ends or frees the leg. */
void usher__talk_lost(struct usher_center *center, struct session *session,
		      struct party *party, const char *reason);
/* A rung party without an offer answered. False: not one of ours. */
bool usher__talk_answered(struct usher_center *center, struct party *party);
void usher__talk_done(struct usher_center *center, struct session *session,
		      struct party *party, int result);

/* ---- consulting.c: its states ---- */

void usher__consult_move(struct session *session, enum consult next);
/* An event of it; party, name and reason where there are any. */
void usher__consult_note(struct usher_center *center,
			 const struct session *session, uint32_t type,
			 const struct party *party, const char *name,
			 const char *reason);
void usher__consult_begin(struct usher_center *center, struct session *session,
			  const char *name, const char *kind);
/* Whoever is asked or called is let go. */
void usher__consult_drop(struct usher_center *center, struct session *session,
			 const char *reason);
/* The same if there is a consult. */
void usher__consult_over(struct usher_center *center, struct session *session,
			 const char *reason);

/* ---- attended.c ---- */

/* The agent's phone asks that those on two of its legs talk. */
void usher__transfer_leg(struct usher_center *center, struct party *party,
			 uint64_t other);

/* ---- consult.c ---- */

/* An entry is refused with what to do instead, in error. */
int usher__consult_start(struct usher_center *center, struct session *session,
			 const char *target, struct usher_error *error);
int usher__consult_complete(struct usher_center *center,
			    struct session *session);
int usher__consult_cancel(struct usher_center *center,
			  struct session *session);
int usher__consult_confer(struct usher_center *center,
			  struct session *session);
void usher__consult_answered(struct usher_center *center,
			     struct session *session, struct party *party);
/* An agent of a queue took it. */
void usher__consult_joined(struct usher_center *center,
			   struct session *session, struct party *party,
			   uint64_t agent, uint64_t segment);
/* Who is asked is gone, or the queue gave up. */
void usher__consult_failed(struct usher_center *center,
			   struct session *session, const char *reason);
void usher__consult_agent_lost(struct usher_center *center,
			       struct session *session, const char *reason);
/* tone.c: while somebody is rung the customer hears music, or that it rings.
 */
void usher__session_rings(struct usher_center *center,
			  struct session *session);
/* The agent's phone hands the customer on to who is still rung. */
void usher__consult_handed(struct usher_center *center,
			   struct session *session, struct party *party);
/* The customer is with who was asked; the agent wraps up. */
void usher__consult_given(struct usher_center *center, struct session *session,
			  const char *reason);

/* ---- room.c ---- */

int usher__room_add(struct usher_center *center, struct session *session,
		    const char *target);
void usher__room_joined(struct usher_center *center, struct session *session,
			struct party *party);
void usher__room_left(struct usher_center *center, struct session *session,
		      struct party *party, const char *reason);
/* The agent goes, a member follows. False: there is none. */
bool usher__room_succeed(struct usher_center *center, struct session *session,
			 const char *reason);
int usher__room_leave(struct usher_center *center, struct session *session,
		      uint64_t agent, const char *reason);
int usher__room_remove(struct usher_center *center, struct session *session,
		       uint64_t leg, const char *name);

/* ---- supervise.c ---- */

/* mode: "listen", "whisper", "barge", "take_over". By the agent, else by leg
 * for one who is there, else the number is rung. */
int usher__supervise(struct usher_center *center, struct session *session,
		     uint64_t agent, uint64_t leg, const char *number,
		     const char *mode);
int usher__supervise_end(struct usher_center *center, struct session *session,
			 uint64_t agent, uint64_t leg);
void usher__supervise_answered(struct usher_center *center,
			       struct session *session, struct party *party);
void usher__supervise_left(struct usher_center *center,
			   struct session *session, struct party *party,
			   const char *reason);

/* ---- slot.c ---- */

void usher__park_note(struct usher_center *center,
		      const struct session *session, uint32_t type,
		      const char *reason);
void usher__park_over(struct usher_center *center, struct session *session,
		      const char *reason);

/* ---- park.c ---- */

/* slot: NULL: any that is free. USHER_EEXIST, USHER_EFULL: none is. */
int usher__park(struct usher_center *center, struct session *session,
		const char *slot);
struct session *usher__park_find(struct usher_center *center,
				 const char *slot);
int usher__park_pick_up(struct usher_center *center, struct session *session,
			uint64_t agent);
/* An agent dialed a slot's number. False: nothing is parked there. */
bool usher__park_dialed(struct usher_center *center, struct party *party,
			const char *number);
void usher__park_expired(struct usher_center *center, struct session *session);
/* Who was rung for it does not answer. False: it is not to be parked. */
bool usher__park_again(struct usher_center *center, struct session *session);

/* ---- originate.c ---- */

int usher__originate(struct usher_center *center, uint64_t agent,
		     const char *number, bool customer_first,
		     uint64_t *ret_contact, struct usher_error *err);
bool usher__originate_answered(struct usher_center *center,
			       struct party *party);

#endif
