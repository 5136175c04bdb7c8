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

#include <usher/center.h>

#include "center/config.h"
#include "center/hash.h"
#include "center/reaction.h"
#include "center/security.h"
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

struct back;
struct backlog;
struct party;
struct phones;
struct session;
struct usher__bell;
struct usher__evlog;
struct usher__outbound;
struct usher__timer;
struct usher__voice;
struct usher_acd;
struct usher_metrics;
struct usher_store;

/* An agent's account that is reachable. */
struct contact_at {
	UT_hash_handle hh;
	char account[128];
};

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
	struct contact_at *registered; /* accounts with a phone */
	struct phones *phones;         /* phones.c; NULL: they are not kept */
	struct usher__outbound *outbound; /* calls outside; NULL: none yet */
	struct crowded *crowded; /* offers that wait; NULL: none has yet */
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
	int64_t unknown_us; /* when a number that nothing takes is told again
			     */
	unsigned long long unknown; /* such calls, not told */
	int64_t refusals_us; /* the same of phones that refuse to be rung */
	unsigned long long refusals;
	bool refused_more;
	int64_t now_us; /* of this turn */
};

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

/* settle.c */
/* Drain the core's events and react until nothing is left. */
void usher__center_settle(struct usher_center *center);

/* turn.c */
void usher__center_turn(struct usher_center *center);

/* report.c: what drivers say. USHER_ENOMEM: to be run again. */
int usher__report_run(struct usher_center *center,
		      const struct usher__report *report);
/* Has the account a phone? */
bool usher__center_registered(struct usher_center *center,
			      const char *account);

/* took.c */
/* Gives err; when the core had no room, sees to it that the center mends what
 * the input would have done. */
int usher__took(struct usher_center *center, int err);
/* Their part in the contact is over. */
void usher__segment_leave(struct usher_center *center, uint64_t segment,
			  const char *reason);

/* mend.c */
void usher__center_mend(struct usher_center *center);

/* arrive.c */
void usher__center_arrived(struct usher_center *center,
			   const struct usher__report *report);

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

#endif
