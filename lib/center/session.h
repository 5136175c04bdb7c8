/* A contact as the center has it: its states, who is at it, what its flow
 * does. */
#ifndef USHER_LIB_CENTER_SESSION_H
#define USHER_LIB_CENTER_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include <usher/acd.h>

#include "center/hash.h"
#include "center/names.h"
#include "center/steps.h"
#include "center/talk.h"
#include "channel/channel.h"

/* Transfers of one contact in a row without an answer. */
#define USHER__FORWARDS_MAX 4u

struct back;
struct party;
struct reaction;
struct usher__timer;
struct usher_center;
struct usher_entry_conf;
struct usher_flow_set;
struct usher_ivr;
struct usher_queue_conf;

/* One contact, as the center sees it. The core's state is the truth; here is
 * what the core does not know: legs, flow, sound.
 *
 *   FLOW ──queue──▶ FLOW (waiting) ──connected──▶ TALKING
 *    ▲ │                                            │ agent leaves
 *    │ └──transfer──▶ DIALING ──answered──▶ TALKING │
 *    └──────────── flow goes on, or "after" ◀───────┘
 *   TALKING ⇄ PARKED, PARKED ⇄ DIALING: see park.c
 *   FLOW ──agrees──▶ CALLBACK ──agent and customer──▶ TALKING
 *                       └──customer alone──▶ FLOW: see callback.c
 *   any ──customer leaves──▶ OVER (until the core closes the contact)
 *   LOST: recovered after a restart, its leg gone, its place kept
 */
enum session_state {
	SESSION_FLOW = 0,
	SESSION_DIALING,
	SESSION_TALKING,
	SESSION_PARKED,
	SESSION_OVER,
	SESSION_LOST,
	SESSION_CALLBACK,
	SESSION_STATES
};

/* Something to tell a flow after its actions; text is a literal. */
struct late {
	uint32_t kind, request;
	const char *text;
};
#define LATE_MAX 16

struct lates {
	struct late all[LATE_MAX];
	unsigned count;
};

struct session {
	UT_hash_handle hh;
	uint64_t contact;
	enum session_state state;
	uint32_t forwards;
	struct usher_center *center;
	struct party *parties;
	struct party *customer; /* NULL once it has gone */
	struct party *agent;    /* talking, or NULL (an "app" agent) */
	uint64_t agent_id;      /* who talks, or 0 */
	uint64_t agent_segment;
	uint64_t queue; /* last one entered */
	/* All that it was in when it was answered last; none: that one. */
	uint64_t waited[USHER_CONTACT_QUEUES_MAX];
	uint32_t waited_count;
	uint32_t ivr_wait; /* QUEUE or TRANSFER action under way */
	char *require;     /* what the flow asked of agents there, or NULL */
	int64_t urgency;   /* … and the priority that it gave */
	struct usher_ivr *ivr;
	struct usher_flow_set *flows; /* referenced, with ivr */
	uint64_t ivr_segment;         /* flow segment in the core */
	struct lates *lates; /* while its actions are being carried out */
	struct usher__timer *timer; /* of the flow */
	bool ivr_queue;             /* ivr_wait is a QUEUE */
	bool ivr_stop;              /* free it when lates are done */
	bool music;                 /* the center plays a queue's music */
	bool direct;                /* the agent dialed, or was dialed */
	bool offered;               /* a callback, by a step of a queue */
	struct back *back;          /* in SESSION_CALLBACK */
	struct talk talk;
	struct wait_told told;
	uint64_t recording;  /* req of the recording, or 0 */
	uint64_t voicemail;  /* req of the voicemail, or 0 */
	uint64_t returns_to; /* who transferred it blindly, or 0 */
	uint64_t lost_agent; /* whose phone vanished last, or 0 … */
	int64_t lost_us;     /* … and when */
	char language[36];
	/* By usher__session_text(). What was called, who calls. */
	const char *entry, *origin, *origin_name;
	char privacy[USHER__REPORT_PRIVACY_MAX + 1]; /* as the caller asked */
	char *diverted_first, *diverted_by, *diverted_reason; /* or NULL */
	char *user_to_user; /* as the caller's side handed it on, or NULL */
	char exit[USHER_NAME_MAX + 1]; /* by a step of a queue; "": none */
	struct step_voice voice;
	char tune[USHER_NAME_MAX + 1]; /* of its flow, played now; "": none */
	const char *where;             /* last flow step noted; as entry */
	const struct usher_entry_conf *entry_conf; /* of center->config */
};

/* session.c */
/* Longer ones are cut. */
#define SESSION_TEXT_MAX 127u

struct session *usher__session_new(struct usher_center *center,
				   uint64_t contact, const char *entry,
				   const char *origin);
struct session *usher__session_find(struct usher_center *center,
				    uint64_t contact);
void usher__session_free(struct usher_center *center, struct session *session);
void usher__session_move(struct session *session, enum session_state next);
/* at: a text of the session's, which is never NULL, and "" without memory. */
void usher__session_text(const char **at, const char *text);
/* Does it stand in a queue? */
bool usher__session_waits(struct usher_center *center,
			  const struct session *session);
/* The queue that it was in last, or NULL. */
const struct usher_queue_conf *
usher__session_queue(struct usher_center *center,
		     const struct session *session);
/* The music of that queue, if any. */
void usher__session_music(struct usher_center *center,
			  struct session *session);
/* Let the customer and other, or an agent at an application (NULL), talk. A
 * failed one is told to the core where there is an offer; else the caller
 * sees to it. */
int usher__session_join(struct usher_center *center, struct session *session,
			struct party *other, uint64_t offer);

void usher__back_free(struct session *session);

/* ending.c */
void usher__session_customer_gone(struct usher_center *center,
				  struct session *session, const char *reason);
/* The agent's side of a conversation is over, the customer is there. */
void usher__session_agent_gone(struct usher_center *center,
			       struct session *session, const char *reason);
/* Who waits on the line for somebody who does not come is ended, and told why
 * if there is something to tell; else nothing is done. */
void usher__session_refuse(struct usher_center *center,
			   struct session *session, const char *reason);
void usher__session_end(struct usher_center *center, struct session *session,
			const char *reason);
/* The conversation ends, whoever is left: what is to be told of it. */
void usher__talk_end(struct usher_center *center, struct session *session,
		     const char *reason);

/* offer.c */
void usher__offer_react(struct usher_center *center,
			const struct reaction *reaction);
void usher__offer_answered(struct usher_center *center, struct party *party);
void usher__offer_unanswered(struct usher_center *center, struct party *party,
			     int reason);
void usher__talk_begin(struct usher_center *center, struct session *session,
		       uint64_t agent, uint64_t segment);

/* transfer.c */
/* fresh: in a queue its age begins anew. */
int usher__transfer_to(struct usher_center *center, struct session *session,
		       const struct target *target, uint32_t timeout_ms,
		       bool fresh);
/* 0: under way; USHER_ENOENT: nobody is called that. */
int usher__transfer(struct usher_center *center, struct session *session,
		    const char *method, const char *target,
		    uint32_t timeout_ms);
/* An agent's phone asks; it is told the outcome. */
void usher__transfer_asked(struct usher_center *center, struct party *party,
			   const char *target);
void usher__transfer_answered(struct usher_center *center,
			      struct party *party);
void usher__transfer_failed(struct usher_center *center,
			    struct session *session, const char *reason);

/* message.c; agent: who wrote it, 0: whoever has the contact. */
void usher__message_note(struct usher_center *center, struct session *session,
			 uint32_t direction, uint64_t agent, const char *text);

/* recover.c */
/* Keep the place of a contact without a leg for a while: 0, or what the core
 * said, which mend.c has heard of. */
int usher__session_detach(struct usher_center *center,
			  const struct session *session);

#endif
