/*
 * A random day: a core that is given commands, legal and not, while the naive
 * account and everything derived from events goes along and is compared after
 * every step.
 */
#ifndef PROPERTY_DAY_H
#define PROPERTY_DAY_H

#include <usher/metrics.h>

#include "model.h"

/* Longest entry that is printed. */
#define JSON_MAX 1000

struct rng {
	uint64_t state;
};

uint64_t rng_next(struct rng *r);
unsigned rng_below(struct rng *r, unsigned n);
bool rng_percent(struct rng *r, unsigned percent);

/* What makes days differ; drawn from the seed, or set by the caller. */
struct day_plan {
	uint64_t seed;
	unsigned steps;
	bool every_step; /* restore from each step and fold the rest */
	bool whole;      /* seconds only: much happens at the same time */
	bool scarce;     /* memory runs out now and then */
	bool verbose;    /* print every entry */
};

/* The cores' allocator. */
struct memory {
	long left; /* allocations that succeed yet; negative: all */
	long live; /* blocks */
};

struct bytes {
	void *data;
	size_t len;
};

struct day {
	struct day_plan plan;
	struct rng rng;
	unsigned step;
	int64_t now; /* of the next command */
	struct memory memory;
	struct usher_alloc alloc;
	struct usher_acd_opts opts;
	struct usher_acd *acd;
	struct usher_acd *folded; /* has only seen the events */
	struct usher_metrics *metrics;
	struct model *model;
	uint64_t events;  /* how many */
	uint64_t digest;  /* of all their bytes */
	uint64_t inputs;  /* accepted */
	uint64_t refused; /* commands that returned an error */
	uint64_t picks;   /* compared with the matcher */
	uint64_t reasons; /* explanations compared with the model */
	uint64_t starved; /* inputs that found no memory */
	const char *command;
	uint64_t chosen_agent; /* by an assign that is being given, or 0 */
	uint64_t chosen_contact;
	uint64_t better; /* segment whose turn it was instead */
	uint64_t group;  /* of the offers that are being announced */
	uint64_t group_agents[USHER_GROUP_MAX];
	size_t group_count, group_next;
	uint64_t together; /* queue whose batch is being announced */
	size_t together_left;
	double together_cost;
	int64_t moment;   /* of the last event */
	uint64_t retried; /* contacts whose retries of it have come, to here */
	/* every entry, encoded, for replay and refolding */
	uint8_t *tape;
	size_t tape_len, tape_room;
	char failure[2400];
};

/* Run a day. 0, or 1 with day->failure. */
int day_run(struct day *d, const struct day_plan *plan);
/* false: blocks are left over, with day->failure. */
bool day_free(struct day *d);

/* Say what is wrong, once; returns false so that checks can end with it. */
bool fail(struct day *d, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* moment.c: before an event is looked at; when all of a time has run; and
 * whether a contact is still kept from whom it may be offered from then on. */
void moment_follow(struct day *d, const struct usher_event *ev);
void moment_over(struct day *d);
bool moment_holds(const struct day *d, int64_t until, uint64_t contact);

/* commands.c: one random command at d->now; what the core returned. */
int command_random(struct day *d);
void commands_setup(struct day *d);
/* A queue, maybe one that is no more, or 0. */
uint64_t command_queue(struct day *d);

/* settings.c: the same, of what a center has. */
int command_queue_set(struct day *d);
int command_agent_set(struct day *d);
int command_configure(struct day *d);

/* steps.c: steps of queues, and what they promise. */
int command_step_set(struct day *d);
int command_steps_cut(struct day *d);
bool check_step(struct day *d, const struct usher_event *ev);
bool check_steps(struct day *d);
/* No time of looking went by since the last event, up to a time. */
bool check_looks(struct day *d, int64_t until);

/* callbacks.c: contacts that are called back. */
int command_callback(struct day *d);
int command_callback_dial(struct day *d);
int command_callback_missed(struct day *d);
bool check_callback(struct day *d, const struct m_contact *c);

/* policies.c: routing policies of the test itself. */
int policies_add(struct usher_acd *acd);
extern const struct usher_agent_policy *const test_agent_policies[];
extern const size_t test_agent_policy_count;
extern const struct usher_contact_policy *const test_contact_policies[];
extern const size_t test_contact_policy_count;

/* matcher.c: whom a naive reading of the documents would offer. */
bool matcher_eligible(const struct day *d, const struct m_segment *s,
		      const struct m_agent *a);
bool matcher_free(const struct day *d, const struct m_agent *a, int kind);
bool matcher_waits(const struct day *d, const struct m_segment *s);
/* More could take it than its queue has customers dialed. */
bool matcher_has_turn(struct day *d, const struct m_segment *s);
bool matcher_would_offer(struct day *d, const struct m_segment *s);
/* The agents that the first offer of a group should go to, in order. */
size_t matcher_group(struct day *d, const struct m_segment *s,
		     uint64_t agents[USHER_GROUP_MAX]);
/* The same for those who are to ring beside others. */
size_t matcher_more(struct day *d, const struct m_segment *s,
		    uint64_t agents[USHER_GROUP_MAX]);

/* measures.c: what a policy goes by, as its page says it. */
int64_t available_since(const struct m_agent *a);
/* The smallest goes first. */
double measure_of(struct day *d, const struct m_segment *s, const char *policy,
		  const struct m_agent *a);
/* Ties go to who has been available longest. */
bool measure_by_idle(const char *policy);
bool measure_by_team(const char *policy);
/* Which one of a list that is sorted by the measure. */
size_t measure_team(struct day *d, const struct m_segment *s,
		    const struct m_agent *const *list, size_t n);
size_t measure_weighted(struct day *d, struct m_queue *q,
			const struct m_agent *const *list, size_t n);

/* orders.c: whether contact x goes before contact y for an agent who is
 * free. */
bool order_goes_before(struct day *d, const struct m_segment *x,
		       const struct m_segment *y);

/* together.c: what is assigned together, against all assignments. */
bool check_together(struct day *d, const struct m_segment *s, uint64_t agent);

/* options.c: random options, and some that no policy takes. */
size_t options_random(struct day *d, const char *policy,
		      struct usher_attr list[OPTIONS_MAX]);
size_t options_order(struct day *d, struct usher_attr list[OPTIONS_MAX]);

/* Whether it is this contact's turn. */
bool matcher_contact_ok(struct day *d, const struct m_segment *s);

/* check.c: invariants, and the core's own words against the model. */
bool check_state(struct day *d);
bool check_offer(struct day *d, const struct usher_event *ev);
/* Whose turn it is goes before all others for somebody who is free. */
bool check_turn(struct day *d, const struct usher_event *ev);

/* reasons.c: why somebody is offered a contact, and why the others are not. */
bool check_reasons(struct day *d);
bool check_offer_reasons(struct day *d, const struct usher_event *ev,
			 const struct m_segment *s);

/* recount.c: figures counted again from the log. */
bool check_figures(struct day *d, int64_t now);

/* again.c: replay, refold, same bytes. */
bool check_again(struct day *d);
struct bytes snapshot(const struct usher_acd *acd);
bool same_bytes(const struct bytes *a, const struct bytes *b);

#endif
