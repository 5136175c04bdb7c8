/*
 * What a fold keeps.
 *
 * Invariants, between two events:
 *   1. queue.waiting is the length of the list of its stays, which is in the
 *      order of entering, so that its head has waited longest.
 *   2. contact.stays counts its stays; m->waiting the contacts with any.
 *   3. every agent is settled up to agent.settled_us, and settled_us is
 *      never before the running interval or the day.
 *   4. stays, work and contacts point only to entries of the tables.
 * Every table is iterated in the order of insertion, which a snapshot keeps:
 * neither addresses nor hash values reach a figure or a byte.
 */
#ifndef METRICS_INTERNAL_H
#define METRICS_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include <usher/metrics.h>

/* The table takes its memory from the fold that is in scope as m. */
#define HASH_NONFATAL_OOM  1
#define uthash_malloc(sz)  usher__metrics_alloc(m, NULL, sz)
#define uthash_free(p, sz) ((void)usher__metrics_alloc(m, p, 0))
#include <uthash.h>

#define SPANS 2
/* A part of something, in whole numbers. */
#define METRICS_MILLION 1000000

#define QUEUE_COUNTS(X)                                                       \
	X(carried)                                                            \
	X(entered)                                                            \
	X(answered)                                                           \
	X(abandoned)                                                          \
	X(flowed_out)                                                         \
	X(elsewhere)                                                          \
	X(requeues)                                                           \
	X(answered_within)                                                    \
	X(abandoned_within)                                                   \
	X(short_abandons)                                                     \
	X(handled)                                                            \
	X(answered_wait_us)                                                   \
	X(abandoned_wait_us)                                                  \
	X(talk_us)                                                            \
	X(hold_us)                                                            \
	X(wrapup_us)

#define AGENT_COUNTS(X)                                                       \
	X(offers)                                                             \
	X(rejected)                                                           \
	X(missed)                                                             \
	X(withdrawn)                                                          \
	X(failed)                                                             \
	X(connected)                                                          \
	X(handled)                                                            \
	X(talk_us)                                                            \
	X(hold_us)                                                            \
	X(wrapup_us)                                                          \
	X(occupied_us)                                                        \
	X(ringing_us)                                                         \
	X(available_us)                                                       \
	X(paused_us)

#define COUNT_MEMBER(name) int64_t name;

struct queue_counts {
	QUEUE_COUNTS(COUNT_MEMBER)
	int64_t flowed[USHER_METRICS_REASONS];
};

struct agent_counts {
	AGENT_COUNTS(COUNT_MEMBER)
};

/* Nobody waits, or did not have to; somebody does since another was answered;
 * since it came to an empty queue. */
enum metrics_open { OPEN_NOT, OPEN_NEXT, OPEN_FIRST };

struct metrics_queue {
	uint64_t id;
	int64_t target_us;
	int64_t short_us;
	int64_t waiting;
	int64_t gap_us;   /* mean time between answers in a backlog */
	int64_t gaps;     /* how many such times were seen, to ANSWERS_MAX */
	int64_t busy;     /* agents that served it then, in thousandths */
	int64_t busy_off; /* mean distance of their number from it */
	int64_t turns;    /* answers of all queues by one of it, the same */
	int64_t answers;  /* of all queues up to the last one of it */
	int64_t open;     /* enum metrics_open: somebody waits */
	int64_t open_answers; /* of all queues until then */
	int64_t open_others;  /* who waited elsewhere then */
	int64_t passed;       /* answers by one of it while somebody waits */
	int64_t passes;       /* how many tell that, to ANSWERS_MAX */
	int64_t firsts;       /* how many tell of the first to wait: */
	int64_t first_others; /* who waited elsewhere, in thousandths, */
	int64_t first_passed; /* answers of others before its own, */
	int64_t off_others;   /* how far these are from telling it, */
	int64_t off_passed;   /* and how far the mean is */
	int64_t answer_us;    /* the last answer */
	int64_t backlog;      /* somebody has waited ever since it */
	int64_t patience_us; /* mean time waited, by all, between two losses */
	int64_t losses;      /* how many such times were seen, to LOSSES_MAX */
	int64_t crowd_us;    /* waited since the last loss … */
	int64_t crowd_at_us; /* … and until then */
	int64_t serving;     /* agent segments that came from it … */
	int64_t leaving;     /* … of agents who take no more */
	int64_t shared;      /* millionth parts who had another's before */
	int64_t served;      /* how many tell that, to SHARED_MAX */
	int64_t handle_us;   /* mean time of the last segments */
	int64_t handles;     /* how many, to HANDLES_MAX */
	int64_t spread_ms2;  /* mean square of their distance from it */
	int64_t late_us;     /* mean time of the last few of them */
	int64_t removed;     /* stays until the day ends */
	struct queue_counts spans[SPANS];
	struct metrics_stay *first, *last;
	UT_hash_handle hh;
};

struct metrics_stay {
	uint64_t segment;
	uint64_t contact;
	int64_t since_us;
	struct metrics_queue *queue;
	struct metrics_stay *prev, *next;
	UT_hash_handle hh;
};

/* A contact that has been in a queue. */
struct metrics_contact {
	uint64_t id;
	int64_t entered;  /* counted in total; first_us means something */
	int64_t first_us; /* entered its first queue */
	int64_t left_us;  /* left a queue for the last time */
	int64_t stays;    /* queues that it waits in */
	int64_t offers;   /* live offers */
	int64_t answered;
	int64_t leave; /* how it left last; with the limits then */
	int64_t target_us;
	int64_t short_us;
	UT_hash_handle hh;
};

struct metrics_agent {
	uint64_t id;
	int64_t presence; /* enum usher_presence */
	int64_t offers;   /* live */
	int64_t work;     /* open segments */
	int64_t leaving;  /* takes no more: paused, or will be after these */
	uint64_t queue;   /* that the last one came from; 0: none */
	int64_t settled_us;
	int64_t removed;
	struct agent_counts spans[SPANS];
	struct metrics_work *works;
	UT_hash_handle hh;
};

/* An open segment of a contact with an agent. */
struct metrics_work {
	uint64_t segment;
	uint64_t agent;
	uint64_t queue; /* that it came from; 0: none */
	int64_t answered;
	struct metrics_work *prev, *next; /* of its agent */
	UT_hash_handle hh;
};

struct usher_metrics {
	struct usher_metrics_opts opts;
	int64_t started; /* now_us and seq mean something */
	uint64_t seq;
	int64_t now_us;
	int64_t since_us[SPANS];
	int64_t waiting; /* contacts that wait anywhere */
	int64_t answers; /* of all queues */
	int64_t serving, leaving, handle_us, handles; /* as of a queue */
	struct queue_counts total[SPANS];
	struct metrics_queue *queues;
	struct metrics_stay *stays;
	struct metrics_contact *contacts;
	struct metrics_agent *agents;
	struct metrics_work *work;
};

/* As the allocator's realloc. */
void *usher__metrics_alloc(const struct usher_metrics *m, void *ptr,
			   size_t size);

/* Entries by id; NULL if there is none. */
struct metrics_queue *usher__metrics_find_queue(const struct usher_metrics *m,
						uint64_t id);
struct metrics_agent *usher__metrics_find_agent(const struct usher_metrics *m,
						uint64_t id);

/* New entries, all zero but the id; NULL: no memory. */
struct metrics_queue *usher__metrics_add_queue(struct usher_metrics *m,
					       uint64_t id);
struct metrics_agent *usher__metrics_add_agent(struct usher_metrics *m,
					       uint64_t id);
struct metrics_contact *usher__metrics_add_contact(struct usher_metrics *m,
						   uint64_t id);
struct metrics_work *usher__metrics_add_work(struct usher_metrics *m,
					     uint64_t segment);

struct metrics_stay *usher__metrics_add_stay(struct usher_metrics *m,
					     uint64_t segment);

/* Put a stay at the end of a queue's list and count it in queue.waiting;
 * until then it is in no list, and only then may it be deleted. */
void usher__metrics_link_stay(struct metrics_stay *stay,
			      struct metrics_queue *queue);
void usher__metrics_del_stay(struct usher_metrics *m,
			     struct metrics_stay *stay);
void usher__metrics_del_contact(struct usher_metrics *m,
				struct metrics_contact *contact);
/* Give the segment to an agent, once; it is in no list before. */
void usher__metrics_link_work(struct metrics_work *work,
			      struct metrics_agent *agent);
void usher__metrics_del_work(struct usher_metrics *m,
			     struct metrics_work *work);

/* Forget queues and agents that are gone. */
void usher__metrics_sweep(struct usher_metrics *m);

/* Count an agent's time up to t. */
void usher__metrics_settle(struct metrics_agent *agent, int64_t t);

/* expect.c: time passes for those who wait, before their number changes; one
 * of them is lost; one is answered, and counted out. */
void usher__metrics_crowd(struct metrics_queue *queue, int64_t t);
void usher__metrics_lost(struct metrics_queue *queue);
/* One waits where nobody did. */
void usher__metrics_first(const struct usher_metrics *m,
			  struct metrics_queue *queue);
void usher__metrics_moved(struct usher_metrics *m, struct metrics_queue *queue,
			  int64_t t);
/* An agent has one of the queue; the queue may be NULL. */
void usher__metrics_served(struct usher_metrics *m,
			   struct metrics_queue *queue,
			   struct metrics_agent *agent,
			   struct metrics_work *work);
/* It is over. */
void usher__metrics_unserved(struct usher_metrics *m,
			     const struct metrics_work *work,
			     struct metrics_queue *queue);
/* An agent takes more, or no more. */
void usher__metrics_leaving(struct usher_metrics *m,
			    struct metrics_agent *agent, bool leaving);
/* Square of a time, in milliseconds. */
int64_t usher__metrics_square(int64_t us);
/* An agent is done with one, wrap-up too. */
void usher__metrics_handled(struct usher_metrics *m,
			    struct metrics_queue *queue, int64_t took_us);

/* Begin the intervals up to the one that t is in. */
void usher__metrics_roll(struct usher_metrics *m, int64_t t);

/* Begin a day at t, which the intervals have reached. */
void usher__metrics_new_day(struct usher_metrics *m, int64_t t);

#endif
