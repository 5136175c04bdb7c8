/* A center inside.
 *
 * Everything here lives on the host's loop thread, but for what the comments
 * give to other threads. What comes from outside waits in the inbox: reports
 * of drivers, requests of the application, answers of fetches. A turn
 *
 *   1. takes the inbox and decides each entry into inputs of the core,
 *   2. drains the core's events: into figures, journal and readers' ring,
 *      and reacts to them, until nothing is left to react to,
 *   3. puts the turn's records into the kernel,
 *   4. only then tells drivers what to do, shows readers the events, and
 *      starts the timer for the next deadline.
 *
 * So nothing leaves the process before its record is safe from kill -9.
 */
#ifndef USHER_LIB_CENTER_CENTER_H
#define USHER_LIB_CENTER_CENTER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#define uthash_malloc(n)  malloc(n)
#define uthash_free(p, n) free(p)
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include <usher/center.h>

#include "center/config.h"
#include "center/reaction.h"
#include "center/fetch.h"
#include "center/outbound.h"
#include "center/output.h"
#include "center/reader.h"
#include "center/names.h"
#include "center/record.h"
#include "center/security.h"
#include "center/steps.h"
#include "center/talk.h"
#include "channel/channel.h"

/* Limits of one center. */
#define USHER__PARTIES_MAX  40000u /* legs at a time */
#define USHER__REQUESTS_MAX 4096u  /* accepted, not answered */
#define USHER__INBOX_MAX    65536u /* entries that wait for a turn */
/* Work for some tenths of a second: newcomers are turned away. */
#define USHER__INBOX_BUSY   4096u
#define USHER__DRIVERS_MAX  16u
#define USHER__PROFILES_OWN 1024u  /* of agents, whom requirements tell … */
#define USHER__PROFILES_MAX 65536u /* … apart: the core's own, and at most */
#define USHER__POLICIES_MAX 16u    /* of the application's own, of each side */
/* Events that wait for the center's reaction; as many more wait in the
 * core. */
#define USHER__REACTIONS_MAX 65536u
/* Transfers of one contact in a row without an answer. */
#define USHER__FORWARDS_MAX 4u

struct usher__loop;
struct usher__timer;
struct usher__voice;
struct usher__voice_hub;
struct back;
struct backlog;
struct usher__outbound;
struct party;
struct request;
struct session;

/* ---- the inbox ---- */

/* An entry that is no report. run is called on the loop's thread, in a turn;
 * drop instead of it when the center has stopped. Either frees it. */
struct mail {
	struct mail *next;
	void (*run)(struct usher_center *center, struct mail *mail);
	void (*drop)(struct usher_center *center, struct mail *mail);
};

/* ---- people at legs ---- */

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

/* An agent's account that is reachable. */
struct contact_at {
	UT_hash_handle hh;
	char account[128];
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
	char *require;   /* what the flow asked of agents there, or NULL */
	int64_t urgency; /* … and the priority that it gave */
	struct usher_ivr *ivr;
	struct usher_flow_set *flows; /* referenced, with ivr */
	uint32_t ivr_wait;            /* QUEUE or TRANSFER action under way */
	uint64_t ivr_segment;         /* flow segment in the core */
	bool ivr_queue;               /* ivr_wait is a QUEUE */
	struct lates *lates; /* while its actions are being carried out */
	bool ivr_stop;       /* free it when they are */
	struct usher__timer *timer; /* of the flow */
	bool music;                 /* the center plays a queue's music */
	bool direct;                /* the agent dialed, or was dialed */
	bool offered;               /* a callback, by a step of a queue */
	struct back *back;          /* in SESSION_CALLBACK */
	struct talk talk;
	struct wait_told told;
	uint64_t recording; /* req of the recording, or 0 */
	uint64_t voicemail; /* req of the voicemail, or 0 */
	uint32_t forwards;
	uint64_t returns_to; /* who transferred it blindly, or 0 */
	uint64_t lost_agent; /* whose phone vanished last, or 0 … */
	int64_t lost_us;     /* … and when */
	char language[36];
	char entry[128];
	char origin[128], origin_name[128];
	char privacy[USHER__REPORT_PRIVACY_MAX + 1]; /* as the caller asked */
	char *diverted_first, *diverted_by, *diverted_reason; /* or NULL */
	char *user_to_user; /* as the caller's side handed it on, or NULL */
	char exit[USHER_NAME_MAX + 1]; /* by a step of a queue; "": none */
	struct step_voice voice;
	char tune[USHER_NAME_MAX + 1]; /* of its flow, played now; "": none */
	char where[130];               /* last flow step noted */
	const struct usher_entry_conf *entry_conf; /* of center->config */
};

/* ---- the center ---- */

struct usher_center {
	struct usher_center *next;
	struct usher_host *host;
	char *name, *domain, *state_dir, *record_dir, *contact_order;
	struct usher_center_opts opts;
	struct usher_config *config;

	struct usher_channel channels[USHER__DRIVERS_MAX];
	size_t channel_count;
	/* hours.c: next look; how far the wall's clock was ahead at the last
	 */
	int64_t hours_us, hours_ahead_us;
	struct usher__voice *voice; /* NULL without SIP */

	struct usher_agent_policy agent_policies[USHER__POLICIES_MAX];
	struct usher_contact_policy contact_policies[USHER__POLICIES_MAX];
	size_t agent_policy_count, contact_policy_count;

	struct usher_acd *acd;
	struct usher_metrics *metrics;
	/* NULL: in memory, or not open. Changed under the lock, on the loop's
	 * thread, which alone may read it without. */
	struct usher_store *store;
	uint64_t committed; /* once the store is closed */
	struct usher__evlog *log;
	struct usher__timer *timer;
	int64_t clock_offset_us; /* the center's time − monotonic time */
	int64_t last_us;
	int64_t day_us; /* when the next UTC day begins, by the wall's clock */
	atomic_uint_fast64_t seq;

	/* Over the inbox, open, requests, refused, store. */
	pthread_mutex_t lock;
	struct usher__report *reports, **reports_tail;
	struct mail *mails, **mails_tail;
	size_t inbox_count;
	/* Phones that came when there was no memory to remember them, and
	 * those that came or went after them; the loop's alone. */
	struct usher__report *again;
	struct usher__bell *bell; /* for a turn; NULL: not started, closed */
	bool open;
	uint32_t requests; /* outstanding */
	uint64_t refused[BUSY_KINDS];
	uint64_t last_request;
	int health; /* of the store, as it said last; under the lock */
	char health_reason[USHER_ERROR_MESSAGE_MAX];
	atomic_uint_fast64_t last_leg;
	atomic_uint party_count;

	struct session *sessions;
	struct party *parties;
	struct back *backs; /* callbacks, by number */
	struct job *jobs;
	struct contact_at *registered;    /* accounts with a phone */
	struct usher__outbound *outbound; /* calls outside; NULL: none yet */
	uint64_t last_job;
	struct output *outputs, **outputs_tail;
	struct output *failed; /* not taken by a driver; for the next turn */
	struct mail *unanswered, **unanswered_tail; /* requests */
	/* A ring with room for all that the core may hold: when it is full,
	 * events wait in the core, so none is ever forgotten. */
	struct reaction *reactions;
	size_t reaction_first, reaction_count, reaction_cap;
	bool in_turn, stopping;
	/* usher__center_turn(), for timers of what it is made of. */
	void (*turn)(struct usher_center *center);
	/* usher__flow_act(), which may start another flow. */
	void (*act)(struct usher_center *center, struct session *session,
		    const struct usher_ivr_action *action);
	struct session *due; /* whose flow's deadline has come */
	unsigned lost_count; /* sessions in SESSION_LOST */
	bool mend; /* the core had no room for an input: see mend.c */
	atomic_bool degraded; /* by the disk: what can wait stays outside */
	bool journal_over;    /* given up */
	struct backlog *backlog, **backlog_tail;
	size_t backlog_bytes;
	uint64_t events_since_snapshot;
	/* What was told of refused, when more may be, and whether there is. */
	uint64_t refused_told[BUSY_KINDS];
	int64_t refused_us;
	bool refused_more;
	int64_t now_us; /* of this turn */
};

struct usher_host {
	pthread_mutex_t lock; /* over started, stopped */
	bool started, stopped;
	_Atomic(pid_t) pid;
	struct usher_host_opts opts;
	char *sip_listen, *public_address, *allow, *dns_servers;
	char *codecs;
	char *tls_listen, *tls_certificate, *tls_key, *tls_ca;
	char **tls_certificates; /* pairs */
	char *second_address;
	char sip_address[96];
	struct usher__loop *loop; /* stopped by stop, freed by free */
	/* The same while it runs, for calls from any thread; else NULL. */
	_Atomic(struct usher__loop *) running;
	struct usher__voice_hub *hub;
	struct usher__fetcher *fetcher;
	struct usher_center *centers;
	pthread_cond_t gone; /* the hub has hung up everything */
	bool hub_stopped;
};

/* hostcall.c */
void usher__host_log(struct usher_host *host, int level, const char *fmt, ...)
	USHER_PRINTF(3, 4);
int usher__host_alive(const struct usher_host *host); /* 0 or USHER_EFORK */
/* Run fn on the loop's thread and give what it returns; USHER_ECLOSED before
 * start and after stop, USHER_EFORK. Any thread. */
int usher__host_call(struct usher_host *host, int (*fn)(void *arg), void *arg);

/* life.c: a center's life, on the loop's thread */
int usher__center_start(struct usher_center *center, struct usher_error *err);
void usher__center_stop(struct usher_center *center);
void usher__center_close(struct usher_center *center);
void usher__center_free(struct usher_center *center);
const char *usher__center_password(void *arg, const char *account);

/* clock.c */
void usher__center_clock_start(struct usher_center *center);
/* Go on above the last time that was recorded, whatever the clock says. */
void usher__center_clock_after(struct usher_center *center, int64_t last_us);
int64_t usher__center_clock(struct usher_center *center);
/* What the clock on the wall says now, in Unix microseconds: for what goes by
 * the hour and the day. It may jump. */
int64_t usher__center_wall_us(void);

/* inbox.c */
int usher__center_post(struct usher_center *center, struct mail *mail);
int usher__center_report(void *center, struct usher__report *report);
int usher__center_open(void *center);
void usher__center_ring_bell(struct usher_center *center);

/* settle.c */
/* Drain the core's events and react until nothing is left. */
void usher__center_settle(struct usher_center *center);

/* turn.c */
void usher__center_turn(struct usher_center *center);

/* report.c: what drivers say. USHER_ENOMEM: to be run again. */
int usher__report_run(struct usher_center *center,
		      const struct usher__report *report);

/* ended.c */
/* Whoever answered is who was meant. */
void usher__party_accepted(struct usher_center *center, struct party *party);
void usher__party_ended(struct usher_center *center, struct party *party,
			int reason);

/* took.c */
/* Gives err; when the core had no room, sees to it that the center mends what
 * the input would have done. */
int usher__took(struct usher_center *center, int err);
/* Their part in the contact is over. */
void usher__segment_leave(struct usher_center *center, uint64_t segment,
			  const char *reason);

/* mend.c */
void usher__center_mend(struct usher_center *center);

/* output.c */
/* NULL: no memory. A leg can always be told END or REFUSE, once. */
struct output *usher__output(struct usher_center *center, enum verb verb,
			     struct party *party);
/* An output with a job for its outcome: both or neither. */
struct output *usher__output_job(struct usher_center *center, enum verb verb,
				 struct party *party, enum job_kind kind,
				 uint64_t ref);
/* Take it back with its job, before the turn ends. */
void usher__output_cancel(struct usher_center *center, struct output *output);
struct job *usher__job_find(struct usher_center *center, uint64_t req);
void usher__job_free(struct usher_center *center, struct job *job);
/* Copy strings into the output: what they come from, a session or the
 * configuration, may be gone when the turn ends. */
int usher__output_prompt(struct output *output, const char *name,
			 const char *text, const char *const *sounds,
			 size_t sound_count, bool loop);
int usher__output_text(struct output *output, const char *text);
int usher__output_ring(struct output *output,
		       const struct usher_channel_ring *ring);
/* Messages on a leg (0: on any) of which the driver has said nothing. */
void usher__sends_cancel(struct usher_center *center, uint64_t leg);
/* Is it the last that its leg hears? */
bool usher__output_ends(const struct output *output);
void usher__output_free(struct output *output);
void usher__outputs_free(struct usher_center *center);

/* send.c */
void usher__outputs_run(struct usher_center *center);

/* sent.c */
/* What drivers did not take has failed. */
void usher__outputs_failed(struct usher_center *center);
void usher__output_done(struct usher_center *center, uint64_t req, int result,
			int64_t value);

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
/* The channel that rings phones which can be joined with this leg, or NULL. */
/* The id of a leg to come; 0: there are too many. Any thread. */
uint64_t usher__center_leg(void *center);
struct usher_channel *usher__center_ringer(const struct party *party);

/* A number goes where it can be erased; what events have instead, or "". */
void usher__origin_reference(struct usher_center *center, const char *from,
			     char *ret, size_t cap);

/* session.c */
struct session *usher__session_new(struct usher_center *center,
				   uint64_t contact);
struct session *usher__session_find(struct usher_center *center,
				    uint64_t contact);
void usher__session_free(struct usher_center *center, struct session *session);
void usher__session_move(struct session *session, enum session_state next);
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

/* arrive.c */
void usher__center_arrived(struct usher_center *center,
			   const struct usher__report *report);

/* offer.c */
void usher__offer_react(struct usher_center *center,
			const struct reaction *reaction);
void usher__offer_answered(struct usher_center *center, struct party *party);
void usher__offer_unanswered(struct usher_center *center, struct party *party,
			     int reason);
void usher__talk_begin(struct usher_center *center, struct session *session,
		       uint64_t agent, uint64_t segment);

/* folder.c: a folder with those above it, for us alone. 0, or USHER_EIO with
 * errno set, or USHER_EINVAL: too long. */
int usher__folder_make(const char *path);

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

/* dial.c: agents who dial */
void usher__agent_dials(struct usher_center *center, struct party *party,
			const char *number);

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

/* message.c; agent: who wrote it, 0: whoever has the contact. */
void usher__message_note(struct usher_center *center, struct session *session,
			 uint32_t direction, uint64_t agent, const char *text);

/* report.c */
bool usher__center_registered(struct usher_center *center,
			      const char *account);

/* policy.c: the application's own policies */
int usher__center_policies(const struct usher_center *center,
			   struct usher_acd *acd);
int usher__center_restore(struct usher_center *center, struct usher_acd **ret,
			  const struct usher_acd_opts *opts, const void *bytes,
			  size_t len);

/* apply.c: configuration into the core */
int usher__center_configure(struct usher_center *center,
			    struct usher_config *config,
			    struct usher_error *err);

/* journal.c */
void usher__journal_append(struct usher_center *center,
			   const struct usher_event *ev);
void usher__journal_flush(struct usher_center *center);
/* Newcomers must wait outside. */
bool usher__journal_full(const struct usher_center *center);
void usher__journal_free(struct usher_center *center);

/* recover.c */
int usher__center_recover(struct usher_center *center,
			  struct usher_error *err);
void usher__center_keep(struct usher_center *center); /* snapshot */
/* Keep the place of a contact without a leg for a while: 0, or what the core
 * said, which mend.c has heard of. */
int usher__session_detach(struct usher_center *center,
			  const struct session *session);
/* Tell of the disk's health, when it has changed. */
void usher__center_health(struct usher_center *center);

/* snapshot.c */
int usher__snapshot_make(struct usher_center *center,
			 struct usher_snapshot **ret);

#include "center/flow.h"

#endif
