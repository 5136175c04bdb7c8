/* What a simulation holds. */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include <stddef.h>

#include <core/idmap.h>
#include <core/pool.h>

#include "sim/draw.h"
#include "sim/heap.h"

#define SIM_SECOND_US 1000000
#define SIM_DAY_US    (INT64_C(86400) * SIM_SECOND_US)
/* Longest time that is drawn: beyond it nothing differs in a run. */
#define SIM_TIME_MAX_S 1e9

struct sim_rate {
	int64_t from_us; /* since the period began */
	double per_s;
};

struct sim_span {
	int64_t from_us, to_us; /* since the period began */
	uint32_t presence;
};

struct sim_queue {
	struct usher_sim_queue opts; /* texts and lists are not kept, calls
				      * but for */
	uint64_t id;
	uint64_t arrivals; /* so far; the number of the next contact */
	struct sim_law handle, wrapup, patience, retry, day, dial;
	struct sim_rate *rates; /* at least one, unless nobody calls */
	struct sim_span *hours; /* open then; none: always */
	struct usher_sim_onward *consults, *transfers;
	uint32_t rate_count;
	uint32_t hour_count;
	uint32_t waiting;
	uint32_t kind;    /* of its contacts */
	uint32_t ringing; /* dialed ahead, has not answered yet */
	struct usher_sim_counts counts;
};

/* Time of a kind's contacts with agents; desk.c. */
struct sim_load {
	uint64_t contacts;
	int64_t work_us, busy_us, still_us;
};

struct sim_group {
	uint32_t first; /* in sim->agents */
	uint32_t agents;
	struct sim_span *spans;
	uint32_t span_count;
	double speed;
	double *speeds; /* by queue, or NULL */
	/* of agents who have several contacts at once */
	double slowdown;
	double *slowdowns; /* or NULL */
	uint32_t slowdown_count;
	uint32_t stops[USHER_CHANNELS_MAX]; /* by kind: those that have it
					     * stand still, one bit each */
	struct sim_load loads[USHER_CHANNELS_MAX + 1]; /* the last: of all */
};

/* What an agent does for a contact. */
struct sim_task {
	uint64_t contact, segment;
	double left_us; /* if nothing else were to be done */
	int64_t due_us; /* as it goes now; USHER_NEVER: not at all */
	uint32_t kind;
	bool wraps; /* has talked */
	bool done;  /* waits for a second agent */
	bool still;
};

/* An agent's; desk.c. */
struct sim_desk {
	struct sim_task *tasks; /* as they came */
	uint32_t count, room;
	uint32_t group;     /* index */
	int64_t at_us;      /* when what is left was so */
	int64_t counted_us; /* up to here the loads know of it */
	int64_t due_us;     /* planned; USHER_NEVER: not at all */
};

/* Someone who calls, known by these in every run. */
struct sim_who {
	uint64_t number; /* of its queue's customers */
	uint32_t queue;  /* index */
	uint32_t attempt;
};

/* The number-th queue of a customer: 0 is the one that he called. */
struct sim_leg {
	uint32_t queue; /* index */
	uint32_t number;
};

/* With an agent. */
struct sim_stay {
	uint64_t segment;
	struct sim_leg leg;
};

/* How far a contact is; the diagram is in onward.c. */
enum sim_stage {
	SIM_WITH_ONE, /* or waits */
	SIM_SEEKS,    /* his agent seeks a second one */
	SIM_WITH_BOTH
};

struct sim_contact {
	struct usher__identity identity; /* first, for the table */
	struct sim_who who;
	struct sim_leg leg; /* where it waits or talks, or did so last */
	struct sim_stay now, before, second;
	int64_t patient_until_us; /* where it waits now */
	enum sim_stage stage;
	uint64_t segment;    /* where it began to wait */
	uint32_t waiting;    /* in so many queues */
	uint32_t asked;      /* index of the queue that calls back or dials */
	uint32_t dialed_leg; /* number of the leg that is dialed for */
	bool dialed;         /* by the agent */
	bool reached;        /* if dialed: answers */
	bool agreed;         /* to be called back: is not on the line */
	bool ahead;          /* dialed before there was an agent */
};

struct usher_sim {
	struct usher_sim_opts opts; /* without its pointers to others' data */
	struct usher_acd *acd;
	struct usher_metrics *metrics;
	/* usher__sim_answer(), which stands above what drains */
	int (*answer)(struct usher_sim *sim, const struct usher_event *ev);
	struct sim_queue *queues;
	struct sim_group *groups;
	uint64_t *agents;       /* their ids, ascending */
	struct sim_desk *desks; /* of the same; NULL: nobody has several
				 * contacts at once */
	uint32_t agent_count;
	uint32_t kind_count;
	char kinds[USHER_CHANNELS_MAX][USHER_NAME_MAX + 1];
	struct sim_heap heap;
	struct usher__idmap contacts; /* of struct sim_contact */
	struct usher__pool pool;      /* of the same */
	struct sim_law day;
	int64_t now_us;
	int64_t period_us;
	uint32_t waiting; /* in all queues */
	int64_t freed_us; /* SIM_FREED is planned; or was, before now_us */
	bool speeds;      /* of groups differ */
	bool ahead;       /* some queue dials ahead */
};

/* Of the first version of struct usher_sim_came. */
#define SIM_CAME_FIRST offsetof(struct usher_sim_came, age_us)

/* Of a leg's number: a second agent's. */
#define SIM_LEG_SECOND (UINT32_C(1) << 31)

/* ---- traits.c ---- */
/* Seconds, at most SIM_TIME_MAX_S, in microseconds. */
int64_t usher__sim_us(double seconds);
/* A customer in the id of a plan. */
struct sim_who usher__sim_who(uint64_t packed);
uint64_t usher__sim_pack(const struct sim_who *who);
/* What of a customer is drawn anew for each attempt, and what is not. */
uint64_t usher__sim_position(const struct sim_who *who, bool attempt);
/* Key of a leg's streams. */
uint64_t usher__sim_stream(const struct sim_who *who,
			   const struct sim_leg *leg);
/* Plan something; beyond SIM_TIME_MAX_S it never happens. */
int usher__sim_plan_in(struct usher_sim *sim, int64_t in_us,
		       enum sim_what what, uint64_t id);
/* Whether this leg of a contact is dialed. */
bool usher__sim_is_dialed(const struct sim_contact *c,
			  const struct sim_leg *leg);
/* How long a contact takes with an agent, drawn or listed. */
int64_t usher__sim_handle(const struct usher_sim *sim,
			  const struct sim_contact *contact,
			  const struct sim_leg *leg, uint64_t agent);
int64_t usher__sim_wrapup(const struct usher_sim *sim,
			  const struct sim_contact *contact,
			  const struct sim_leg *leg);
/* How long it rings where one is dialed ahead. */
int64_t usher__sim_rings(const struct usher_sim *sim,
			 const struct sim_who *who);
/* How long he waits at most; USHER_NEVER: for ever. */
int64_t usher__sim_patience(const struct usher_sim *sim,
			    const struct sim_who *who,
			    const struct sim_leg *leg);
/* What a list says of him; false: nothing. */
bool usher__sim_came(const struct usher_sim *sim, const struct sim_who *who,
		     struct usher_sim_came *ret);
/* Who got nowhere may come again. */
int usher__sim_unserved(struct usher_sim *sim, const struct sim_who *who);

/* ---- stay.c ---- */
/* Whoever waits now is one too many, or waits as long as he likes. */
int usher__sim_stay(struct usher_sim *sim, struct sim_contact *contact);
/* Whether his is one too many in a queue, or in all. */
bool usher__sim_beyond(const struct usher_sim *sim,
		       const struct sim_contact *contact, uint32_t index);
/* Out of all queues, for such a reason (enum usher_leave). */
int usher__sim_leave_all(struct usher_sim *sim, uint64_t contact,
			 uint32_t leave);
/* Plan when the patience of who begins to wait ends. */
int usher__sim_be_patient(struct usher_sim *sim, struct sim_contact *contact,
			  const struct sim_leg *leg);
/* Who still waits is asked by a queue whether to be called back. */
int usher__sim_callback(struct usher_sim *sim, uint64_t contact,
			uint32_t index);
/* Whether someone answers whom a queue dials. */
bool usher__sim_reached(const struct usher_sim *sim, const struct sim_who *who,
			uint32_t index);

/* ---- drain.c ---- */
/* Count the core's events and answer them. */
int usher__sim_drain(struct usher_sim *sim);
/* What the core put off to this moment. */
int usher__sim_settle(struct usher_sim *sim);
/* What the customer or agent of a plan finds gone is no error. */
int usher__sim_gone(int rc);

/* answer.c: what customers and agents do at an event; 0 or an error. */
int usher__sim_answer(struct usher_sim *sim, const struct usher_event *ev);

/* check.c: whether it can be simulated. 0 or an error with its detail. */
int usher__sim_check_queue(const struct usher_sim_queue *q, double period_s,
			   struct usher_error *err);
int usher__sim_check_group(const struct usher_sim_group *g, double period_s,
			   struct usher_error *err);

/* check.c: an element of an array whose elements have the size that the caller
 * knows. */
void usher__sim_element(const void *array, size_t size, uint32_t index,
			void *to, size_t known);
/* make_group.c: 0 or an error with its detail. */
int usher__sim_group_make(struct usher_sim *sim,
			  const struct usher_sim_opts *opts, uint32_t index,
			  struct usher_error *err);

/* arrive.c: plan when the next customer of a queue arrives. 0 or
 * USHER_ENOMEM. */
int usher__sim_plan_arrival(struct usher_sim *sim, uint32_t index);

/* shift.c: give a group's agents the presence of now, and plan the next
 * change. 0 or an error of the core's. */
int usher__sim_shift(struct usher_sim *sim, uint32_t index);
/* Open or close a queue as it is now, and plan the next change. As
 * usher__sim_shift(). */
int usher__sim_hours(struct usher_sim *sim, uint32_t index);
/* The presence of spans at a time of the period, and when it changes next;
 * USHER_NEVER: not at all. */
uint32_t usher__sim_presence_at(const struct sim_span *spans, uint32_t count,
				int64_t at_us, int64_t period_us,
				int64_t *next_us);

/* steps.c: give the core the steps of a queue, once all queues are made. 0,
 * USHER_EINVAL or an error of the core's. */
int usher__sim_steps(struct usher_sim *sim, uint32_t index,
		     const struct usher_sim_queue *q, struct usher_error *err);
/* Keep when a queue is open. 0 or USHER_ENOMEM. */
int usher__sim_hours_make(struct usher_sim *sim, struct sim_queue *queue,
			  const struct usher_sim_queue *q);

/* customer.c: someone calls, for the first time or again. */
int usher__sim_call(struct usher_sim *sim, const struct sim_who *who);
/* The same, made: waits, or is dialed as soon as an agent has it. */
int usher__sim_enter(struct usher_sim *sim, const struct sim_contact *like);
/* Patience has ended. */
int usher__sim_give_up(struct usher_sim *sim, uint64_t contact);

/* onward.c: keep what becomes of a queue's contacts. */
int usher__sim_onward_make(struct usher_sim *sim, struct sim_queue *queue,
			   const struct usher_sim_queue *q,
			   struct usher_error *err);
/* The leg of an agent's segment. */
struct sim_leg usher__sim_leg_of(const struct sim_contact *c,
				 uint64_t segment);
/* What this file keeps of a contact as numbers, and back; false: they are none
 * of this simulation's. */
#define SIM_WAY 14
void usher__sim_way(const struct sim_contact *c, uint64_t way[SIM_WAY]);
bool usher__sim_way_back(const struct usher_sim *sim, struct sim_contact *c,
			 const uint64_t way[SIM_WAY]);
/* An agent has the contact; the end of the talk is planned. */
int usher__sim_joined(struct usher_sim *sim, struct sim_contact *c,
		      uint64_t segment, uint64_t agent);
/* The talk is over. */
int usher__sim_talked(struct usher_sim *sim, uint64_t contact);
/* The second agent who is sought took too long, or the core led the contact
 * out of his queue. */
int usher__sim_not_had(struct usher_sim *sim, struct sim_contact *c);
int usher__sim_led_away(struct usher_sim *sim, struct sim_contact *c);

/* ---- kinds.c ---- */
/* Note the kinds of a queue's contacts. 0 or USHER_EINVAL. */
int usher__sim_kinds(struct usher_sim *sim, struct sim_queue *queue,
		     const struct usher_sim_queue *q);
/* The number of a kind (NULL: voice); USHER_CHANNELS_MAX: there is none. */
uint32_t usher__sim_kind_find(const struct usher_sim *sim, const char *name);
/* The kind of a customer's contact. */
uint32_t usher__sim_kind_of(const struct usher_sim *sim,
			    const struct sim_who *who);
/* Keep a group's capacity. 0, USHER_EINVAL, USHER_ENOMEM. */
int usher__sim_capacity(struct usher_sim *sim, struct sim_group *group,
			const struct usher_sim_group *g,
			struct usher_error *err);
/* Whether the words of a list, separated by blanks, contain the name. */
bool usher__sim_has_word(const char *words, const char *name);
/* Whether its agents may have several contacts at once. */
bool usher__sim_several(const struct usher_sim_group *g);
/* A desk for each agent. 0 or USHER_ENOMEM. */
int usher__sim_desks_make(struct usher_sim *sim);
void usher__sim_desks_free(struct usher_sim *sim);

/* ---- desk.c, where there are desks ---- */
/* An agent has something more to do that takes so long. */
int usher__sim_desk_begin(struct usher_sim *sim, const struct sim_contact *c,
			  uint64_t segment, uint64_t agent, int64_t us);
/* What is left of it is the wrap-up. */
int usher__sim_desk_wrap(struct usher_sim *sim, uint64_t segment,
			 uint64_t agent, int64_t us);
/* An agent is done with it. */
int usher__sim_desk_end(struct usher_sim *sim, uint64_t segment,
			uint64_t agent);
/* Something of an agent's that is done now; false: nothing is. */
bool usher__sim_desk_done(struct usher_sim *sim, uint32_t index,
			  struct sim_task *ret);
/* Plan what is done next, after that. */
int usher__sim_desk_plan(struct usher_sim *sim, uint32_t index);
/* Who stands still of an agent's tasks; gives how many do not. stops: as of
 * struct sim_group. Needs no desks. */
uint32_t usher__sim_stand(const uint32_t *stops, struct sim_task *tasks,
			  uint32_t count);
/* Forget the loads up to now. */
void usher__sim_desks_warm(struct usher_sim *sim);

/* ---- dial.c ---- */
/* Free agents get contacts to dial, or some are dialed ahead for them, and the
 * next time is planned. */
int usher__sim_dial(struct usher_sim *sim, uint32_t index);
/* Dial ahead for who is free now: of one queue, or of all. */
int usher__sim_dial_ahead(struct usher_sim *sim, uint32_t index);
int usher__sim_dial_all(struct usher_sim *sim);
/* Whoever was dialed answers, or does not. */
int usher__sim_answers(struct usher_sim *sim, const struct sim_who *who);

#endif
