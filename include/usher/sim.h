/** @file
 * Simulation: the same core that routes live contacts, with customers and
 * agents made of random numbers and a clock that jumps.
 *
 * Contacts arrive at each queue as a Poisson process, wait as long as their
 * patience lasts, are offered by the queue's policy to agents who accept at
 * once, are handled and wrapped up. Every number is drawn from a stream keyed
 * by (seed, queue, what it is for, number of the contact): the tenth caller
 * of a queue talks as long and is as patient under any policy and any
 * staffing, so that two runs differ by what was changed alone.
 *
 * No I/O, no clock, no threads; one thread at a time may use one simulation.
 */
#ifndef USHER_SIM_H
#define USHER_SIM_H

#include <usher/acd.h>
#include <usher/metrics.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Most queues of a simulation. */
#define USHER_SIM_QUEUES_MAX 256
/** Most groups of agents. */
#define USHER_SIM_GROUPS_MAX 4096
/** Most agents. */
#define USHER_SIM_AGENTS_MAX 20000

/** Where time begins unless said otherwise: 2026-01-05, a Monday, 00:00. */
#define USHER_SIM_START_US INT64_C(1767571200000000)

/** How a time is distributed. The numbers are part of the ABI. */
enum usher_law {
	USHER_LAW_NONE = 0,        /**< no time at all; patience: for ever */
	USHER_LAW_FIXED = 1,       /**< always the mean */
	USHER_LAW_EXPONENTIAL = 2, /**< of this mean */
	USHER_LAW_LOGNORMAL = 3    /**< of this mean and variation */
};

/** A queue and those who call it. */
struct usher_sim_queue {
	const char *name;        /**< unique */
	const char *policy;      /**< NULL: "longest_idle" */
	const char *requirement; /**< on agents' attributes; may be NULL */
	double arrivals_per_s;   /**< mean rate; 0: nobody calls */
	double handle_s;         /**< mean time in conversation */
	double handle_cv;        /**< deviation / mean, for lognormal */
	double wrapup_s;         /**< mean wrap-up */
	double wrapup_cv;        /**< as handle_cv */
	double patience_s;       /**< mean patience */
	double patience_cv;      /**< as handle_cv */
	double target_s;         /**< service level; 0: 20 s */
	double short_s;          /**< short abandons; 0: 5 s */
	int64_t priority;        /**< as in usher/acd.h */
	int32_t handle_law;      /**< enum usher_law; not NONE */
	int32_t wrapup_law;      /**< enum usher_law */
	int32_t patience_law;    /**< enum usher_law */
	uint32_t members_only;   /**< 1: only groups that name it */
};

/** Agents who are alike. They are ready from the beginning to the end. */
struct usher_sim_group {
	const char *name;               /**< agents are name-1, name-2, … */
	const struct usher_attr *attrs; /**< for requirements */
	const uint32_t *queues;         /**< for members_only: indices */
	uint32_t attr_count;            /**< entries of attrs */
	uint32_t queue_count;           /**< entries of queues */
	uint32_t agents;                /**< how many */
	uint32_t reserved;              /**< zero */
};

/** What to simulate. */
struct usher_sim_opts {
	size_t size; /**< sizeof, set by usher_sim_opts_init */
	const struct usher_alloc *alloc;      /**< NULL: the heap */
	const struct usher_sim_queue *queues; /**< copied */
	const struct usher_sim_group *groups; /**< copied */
	const char *contact_order;            /**< NULL: the core's default */
	/** Sees each event, also during the warm-up. May be NULL. */
	void (*event)(void *arg, const struct usher_event *ev);
	void *arg;            /**< handed to event */
	uint64_t seed;        /**< of the random streams */
	int64_t start_us;     /**< 0: USHER_SIM_START_US */
	size_t queue_size;    /**< sizeof(struct usher_sim_queue) */
	size_t group_size;    /**< sizeof(struct usher_sim_group) */
	uint32_t queue_count; /**< entries of queues */
	uint32_t group_count; /**< entries of groups */
};

/** A simulation. Opaque. */
struct usher_sim;

/**
 * Fill in defaults.
 *
 * @param opts  What to fill in
 * @param size  sizeof(*opts) as the caller was compiled
 *
 * @return 0, or USHER_EINVAL. Thread: any. Since 0.1.
 */
USHER_API int usher_sim_opts_init(struct usher_sim_opts *opts, size_t size);

/**
 * Make a simulation that stands at its start.
 *
 * @param ret   Where it goes; untouched on error
 * @param opts  What to simulate
 * @param err   Detail, or NULL
 *
 * @return 0, USHER_EINVAL (a mean that is not above zero, a limit, a
 *         requirement that does not parse), USHER_ENOENT (policy),
 *         USHER_ENOMEM. Since 0.1.
 */
USHER_API int usher_sim_new(struct usher_sim **ret,
			    const struct usher_sim_opts *opts,
			    struct usher_error *err);

/** Free it and what it holds; NULL is fine. Since 0.1. */
USHER_API void usher_sim_free(struct usher_sim *sim);

/**
 * Run on for a time.
 *
 * @param sim         The simulation
 * @param duration_s  Simulated seconds; not negative, up to 10^9
 *
 * @return 0, USHER_EINVAL or USHER_ENOMEM; after USHER_ENOMEM it can only be
 *         freed. Since 0.1.
 */
USHER_API int usher_sim_run(struct usher_sim *sim, double duration_s);

/**
 * Forget the figures up to now, but not who waits and talks: the end of the
 * warm-up. @return 0. Since 0.1.
 */
USHER_API int usher_sim_warm(struct usher_sim *sim);

/** The figures: ask them with USHER_SPAN_DAY at usher_sim_now(). They live as
 *  long as the simulation. Since 0.1. */
USHER_API const struct usher_metrics *
usher_sim_metrics(const struct usher_sim *sim);

/** Simulated time. Since 0.1. */
USHER_API int64_t usher_sim_now(const struct usher_sim *sim);

/** Id of queue number index as given in the options; 0: none. Since 0.1. */
USHER_API uint64_t usher_sim_queue_id(const struct usher_sim *sim,
				      uint32_t index);

/** Id of agent number index of a group, both from 0; 0: none. Since 0.1. */
USHER_API uint64_t usher_sim_agent_id(const struct usher_sim *sim,
				      uint32_t group, uint32_t index);

#ifdef __cplusplus
}
#endif
#endif
