/*
 * A second, naive account of a center, folded from its events alone: flat
 * arrays that are searched from end to end, no index, no cache. What the core
 * says of itself, whom it picks and what the figures count is compared with
 * it. Nothing here is taken from the core but its public headers.
 */
#ifndef PROPERTY_MODEL_H
#define PROPERTY_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include <usher/acd.h>

#define KINDS       2 /* kinds of channels in a day: voice and chat */
#define AGENTS_MAX  64
#define QUEUES_MAX  64
#define ITEMS_MAX   4096 /* contacts, segments, offers of one day */
#define RETRIES_MAX 8192
#define LOG_MAX     65536

extern const char *const kind_names[KINDS];

/* Options of a policy, or other attributes. */
#define OPTIONS_MAX 8

struct m_option {
	char name[24];
	bool is_text;
	double number;
	char text[24];
};

struct m_options {
	size_t count;
	struct m_option list[OPTIONS_MAX];
};

struct m_pace {
	uint64_t queue;
	int64_t handle;
	uint64_t count;
};

struct m_agent {
	uint64_t id;
	bool gone;
	uint32_t load[KINDS]; /* after the step before */
	bool may_be_over;     /* a forced call or a smaller capacity did it */
	char name[32];
	uint32_t presence;
	bool pending;
	bool removing;
	int64_t idle_since; /* of the last moment without work, or sign-in */
	int64_t ready_since;
	uint64_t contacts; /* handled since the day began */
	uint64_t last_offer;
	uint32_t order;
	uint32_t max_total;
	uint32_t max[KINDS];
	bool interrupts[KINDS][KINDS]; /* [kind][the kind that it ignores] */
	double billing;                /* below 0: none */
	char language[8];              /* "": none */
	uint64_t queues[8];
	size_t queue_count;
	struct m_options attrs;
	int64_t since;     /* in this presence */
	int64_t signed_in; /* since */
	int64_t talk;      /* since the day began */
	int64_t busy, busy_since, paused;
	struct m_pace paces[QUEUES_MAX];
	size_t pace_count;
};

struct m_step {
	uint32_t action;
	int64_t after, check;
	bool anyone, unstaffed;
	char requirement[96];
	char condition[96];
};

struct m_queue {
	uint64_t id;
	bool gone, open, draining;
	char name[32];
	char policy[32];
	char fallback[32];
	char requirement[96];
	int64_t target_us, short_us;
	int64_t priority;
	uint32_t boost;
	bool members_only;
	uint64_t entered, answered, abandoned, flowed;
	/* What its policy remembers, as its own page describes it. */
	uint64_t last_agent;
	uint32_t last_order;
	uint64_t draws;
	struct m_step steps[USHER_QUEUE_STEPS_MAX];
	uint32_t step_count;
	struct m_options options, order;
	uint64_t given[OPTIONS_MAX]; /* by team */
	int64_t handle;              /* smoothed */
	int64_t collect;             /* until then it collects */
	int64_t assigned;            /* when it last assigned */
};

struct m_contact {
	uint64_t id;
	bool gone, ended;
	int kind;
	int64_t priority;
	int64_t since;
	int64_t detached_until; /* 0: attached */
	uint32_t callback;      /* enum usher_callback_state */
	uint32_t first;         /* enum usher_callback_first */
	uint32_t attempts, attempts_max;
	bool turn; /* no time was chosen, the customer is first */
	int64_t callback_at, callback_until;
	char address[8];
	int64_t place_since;
	double level; /* below 0: none */
	struct m_options attrs;
};

struct m_segment {
	uint64_t id;
	uint64_t contact;
	uint64_t queue;
	uint64_t agent;
	uint32_t kind; /* enum usher_segment_kind */
	bool gone, wrapup, held, dialing, deciding;
	bool late;      /* the external policy did not answer */
	uint32_t taken; /* steps, one bit each */
	int64_t entered;
	int64_t priority; /* of contact, queue and enqueue together */
	int64_t deadline;
	int64_t not_before; /* a policy deferred it */
	uint64_t awaits;    /* but for this agent */
	int64_t widen, widen_since;
	char requirement[96];
};

struct m_offer {
	uint64_t id;
	uint64_t group;
	uint64_t contact;
	uint64_t segment;
	uint64_t queue;
	uint64_t agent;
	int64_t deadline;
	bool gone, accepted;
};

struct m_retry {
	uint64_t contact;
	uint64_t agent;
	int64_t until;
};

/* One event as the recount of figures needs it. */
struct m_log {
	uint32_t type;
	int64_t time;
	uint64_t contact, segment, queue, agent;
	uint32_t value; /* leave, presence, withdraw, dialing */
	int64_t talk, hold, wrapup;
	int64_t target, short_wait;
};

struct model {
	int64_t now;
	int64_t last; /* time of the last event */
	uint64_t seq;
	uint64_t seed;
	char contact_order[32];
	struct m_agent agents[AGENTS_MAX];
	struct m_queue queues[QUEUES_MAX];
	struct m_contact contacts[ITEMS_MAX];
	struct m_segment segments[ITEMS_MAX];
	struct m_offer offers[ITEMS_MAX];
	struct m_retry retries[RETRIES_MAX];
	struct m_log log[LOG_MAX];
	size_t agent_count, queue_count, contact_count, segment_count;
	size_t offer_count, retry_count, log_count;
	/* From here on everything is over; searches begin here. */
	size_t contact_first, segment_first, offer_first;
};

/* Fold one event; false and a text when it makes no sense. */
bool model_fold(struct model *m, const struct usher_event *ev,
		const char **why);

/* NULL: no such, or gone. */
struct m_agent *model_agent(struct model *m, uint64_t id);
struct m_queue *model_queue(struct model *m, uint64_t id);
struct m_contact *model_contact(struct model *m, uint64_t id);
struct m_segment *model_segment(struct model *m, uint64_t id);
struct m_offer *model_offer(struct model *m, uint64_t id);

/* steps.c: what queues do over time. */
bool model_is_step(uint32_t type);
/* callbacks.c */
bool model_fold_callback(struct model *m, const struct usher_event *ev);
/* Has no leg, and is not to be offered. */
bool model_away(const struct m_contact *c);
bool model_fold_step(struct model *m, const struct usher_event *ev);
bool model_lets_in(struct model *m, const struct m_segment *s,
		   const struct m_agent *a, const struct m_contact *c);

/* Whether a requirement of requirements[] holds, evaluated by hand. */
bool model_requirement(const char *text, const struct m_agent *agent,
		       const struct m_contact *contact);
/* NULL: there is none of this name. */
const struct m_option *option_find(const struct m_options *o,
				   const char *name);
double option_number(const struct m_options *o, const char *name,
		     double standard);
/* The next draw of a queue's stream for choosing agents, below n. */
uint64_t model_random(struct model *m, struct m_queue *queue, uint64_t n);

extern const char *const requirements[];
extern const unsigned requirement_count;

#endif
