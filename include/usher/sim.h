/** @file
 * Simulation: the same core that routes live contacts, with customers and
 * agents made of random numbers and a clock that jumps.
 *
 * Contacts arrive at each queue at random or from a list, wait as long as
 * their patience lasts, are offered by the queue's policy to agents who accept
 * at once, are handled and wrapped up; agents come and go by their shifts.
 * Every number is drawn from a stream keyed by (seed, queue, what it is for,
 * number of the contact): the tenth caller of a queue talks as long and is as
 * patient under any policy and any staffing, so that two runs differ by what
 * was changed alone. The same seed gives the same numbers to the last bit on
 * every machine. docs/simulation.md says how each is drawn.
 *
 * No I/O, no clock, no threads; one thread at a time may use one simulation,
 * and as many simulations run side by side as there are threads.
 */
#ifndef USHER_SIM_H
#define USHER_SIM_H

#include <usher/metrics.h>
#include <usher/sim_model.h>

#ifdef __cplusplus
extern "C" {
#endif

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

/**
 * Write the simulation as it stands, between two runs: who waits and talks,
 * what is planned, the core and the figures. Restored with the same options it
 * goes on to the same bytes, with any compiler.
 *
 * @param ret_bytes  Free with usher_sim_snapshot_free()
 *
 * @return 0, USHER_ENOMEM. Since 0.1.
 */
USHER_API int usher_sim_snapshot(const struct usher_sim *sim, void **ret_bytes,
				 size_t *ret_len);
/** Free what usher_sim_snapshot() gave; NULL is fine. Since 0.1. */
USHER_API void usher_sim_snapshot_free(const struct usher_sim *sim,
				       void *bytes);

/**
 * Make a simulation of a snapshot. The options are those that it was made
 * with; event() sees what happens from now on.
 *
 * @return 0, USHER_ECORRUPT, USHER_ENOTSUP (of another version), USHER_EINVAL
 *         (of other options), USHER_ENOENT, USHER_ENOMEM. Since 0.1.
 */
USHER_API int usher_sim_restore(struct usher_sim **ret,
				const struct usher_sim_opts *opts,
				const void *bytes, size_t len,
				struct usher_error *err);

/** What the core does not count, since the start or usher_sim_warm(). */
struct usher_sim_counts {
	size_t size;        /**< set by the caller to its sizeof */
	uint64_t arrived;   /**< customers, each once, not those passed on; of
			     *   those who are dialed ahead, who answers */
	uint64_t blocked;   /**< found no place, also at a later attempt */
	uint64_t retried;   /**< came again */
	uint64_t callbacks; /**< agreed to be called back */
	uint64_t dialed;    /**< called back or dialed, up to now */
	uint64_t reached;   /**< of these: answered */
	uint64_t closed; /**< came when the queue was closed; neither blocked
			  *   nor waiting */
	uint64_t mismatched; /**< was dialed ahead, answered, and found no
			      * agent free: waits, or gives up */
};

/** Counts of queue number index. @return 0, USHER_ENOENT, USHER_EINVAL.
 *  Since 0.1. */
USHER_API int usher_sim_counts(const struct usher_sim *sim, uint32_t index,
			       struct usher_sim_counts *ret);

/** What agents had to do, since the start or usher_sim_warm(). */
struct usher_sim_load {
	size_t size;       /**< set by the caller to its sizeof */
	uint64_t contacts; /**< that agents began */
	int64_t work_us;   /**< with an agent, wrap-up included: each contact
			    *   by itself. By busy_us: how many at once */
	int64_t busy_us;   /**< of agents who had at least one */
	int64_t still_us;  /**< of work_us: stood still, for an interruption */
};

/**
 * What the agents of a group had to do with one kind of channel. Known where
 * a group has capacity, max_total or a slow-down.
 *
 * @param channel  NULL: all kinds; busy_us is then that of agents who had
 *                 anything
 *
 * @return 0, USHER_ENOENT (no such group), USHER_ESTATE (no group has
 *         several contacts at once), USHER_EINVAL. Of a kind that nobody has:
 *         0, and zeros. Since 0.1.
 */
USHER_API int usher_sim_load(const struct usher_sim *sim, uint32_t group,
			     const char *channel, struct usher_sim_load *ret);

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

/* ---- Staffing where no formula holds ---- */

/** Most targets of a search. */
#define USHER_SIM_TARGETS_MAX 256
/** Stands for all queues together in a target. */
#define USHER_SIM_ALL UINT32_MAX

/** What a target limits. Service levels have the numbers of
 *  enum usher_service_level. The numbers are part of the ABI. */
enum usher_sim_figure {
	USHER_SIM_LEVEL_ANSWERED = 1,     /**< at least the limit */
	USHER_SIM_LEVEL_CREDIT = 2,       /**< at least */
	USHER_SIM_LEVEL_STRICT = 3,       /**< at least */
	USHER_SIM_LEVEL_EXCLUDE = 4,      /**< at least */
	USHER_SIM_LEVEL_SHORT_CREDIT = 5, /**< at least */
	USHER_SIM_ASA = 6,                /**< at most so many seconds */
	USHER_SIM_WAIT = 7,      /**< mean of all who waited; at most */
	USHER_SIM_ABANDONED = 8, /**< part of the entered; at most */
	USHER_SIM_BLOCKED = 9    /**< part of the attempts; at most */
};

/** One thing that has to hold, over all replications together. */
struct usher_sim_target {
	double limit;   /**< a part, or seconds */
	uint32_t queue; /**< index, or USHER_SIM_ALL */
	int32_t figure; /**< enum usher_sim_figure */
	/** of a part of the period alone, from here up to there: of those who
	 *  were answered, gave up or were blocked then. Where nobody came or
	 *  waited it holds; some of it has to be simulated. Both 0: of all
	 *  the time */
	double from_s;
	double to_s; /**< after from_s, up to the period's end */
};

/** What a search may do with a group. */
struct usher_sim_range {
	uint32_t least; /**< agents */
	uint32_t most;  /**< 0: as many as it takes */
	double cost;    /**< of one agent; 0: 1 */
};

/** A staffing that was tried. All of it lives as long as the call. */
struct usher_sim_staffing {
	size_t size;            /**< of what the library knows */
	const uint32_t *agents; /**< by group */
	const double *values;   /**< by target; NAN: undefined */
	double cost;            /**< of all agents */
	uint32_t tried;         /**< how many before this one */
	uint32_t good;          /**< 1: every target holds */
	/** by target, as many as there are replications: what each adds to a
	 *  value that is a ratio of sums over all of them, so that the mean is
	 *  that value and usher_sim_interval() of them its interval */
	const double *spread;
};

/** What to search for. */
struct usher_sim_staff_opts {
	size_t size; /**< sizeof, set by usher_sim_staff_opts_init */
	const struct usher_sim_opts *sim;       /**< its numbers of agents are
						 *   where it begins, of
						 *   groups without a most */
	const struct usher_sim_range *ranges;   /**< one a group */
	const struct usher_sim_target *targets; /**< at least one */
	/** Call one(ctx, i) for each i below count, in any order, on any
	 *  threads, and return when all are done; the allocator of sim has to
	 *  bear that. NULL: one after the other. */
	void (*each)(void *arg, uint32_t count,
		     void (*one)(void *ctx, uint32_t i), void *ctx);
	/** Sees each staffing that was tried. May be NULL. */
	void (*tried)(void *arg, const struct usher_sim_staffing *staffing);
	void *arg;             /**< handed to each and tried */
	double warmup_s;       /**< of each replication */
	double duration_s;     /**< after it; 0: a day */
	uint32_t replications; /**< of each staffing; 0: 20 */
	uint32_t range_count;  /**< as many as sim has groups */
	uint32_t target_count; /**< entries of targets */
	uint32_t tries_max;    /**< staffings; 0: 2000 */
	size_t range_size;     /**< sizeof(struct usher_sim_range) */
	size_t target_size;    /**< sizeof(struct usher_sim_target) */
	/** so often the search begins again, from a staffing near the best */
	uint32_t restarts;
	uint32_t reserved; /**< zero */
};

/** As usher_sim_opts_init, for a search. Since 0.1. */
USHER_API int usher_sim_staff_opts_init(struct usher_sim_staff_opts *opts,
					size_t size);

/**
 * Find few agents with which every target holds.
 *
 * Every staffing is simulated on the same days (common random numbers), and
 * judged by the figures over all of them. From a staffing that is enough the
 * search takes agents away, in steps that grow smaller, always from the group
 * that is missed least; then it exchanges one agent or two for another one
 * that costs less, until no such exchange is left. With one group that is the
 * least number (where more agents are never worse on these days); with several
 * it cannot be made cheaper by taking an agent away, nor by any such exchange,
 * which does not say that there is nothing cheaper elsewhere; restarts look
 * there, and stop when tries_max is reached. The result
 * depends on nothing but the options. Targets that just hold on these days
 * may just fail on others: simulate what was found with another seed.
 *
 * @param opts        What to search for
 * @param ret_agents  One a group; untouched on error
 * @param err         Detail, or NULL
 *
 * @return 0, USHER_EINVAL (options), USHER_ENOENT (not with the most agents,
 *         or no such policy), USHER_EFULL (tries_max; nothing good was left
 *         by then), USHER_ENOMEM. Thread: any. Since 0.1.
 */
USHER_API int usher_sim_staff(const struct usher_sim_staff_opts *opts,
			      uint32_t *ret_agents, struct usher_error *err);

/* ---- Replications ---- */

/**
 * A seed for a replication: those of different replications give independent
 * streams. Replications may run on any threads in any order; what they give,
 * kept by number, is the same. Since 0.1.
 */
USHER_API uint64_t usher_sim_seed(uint64_t seed, uint64_t replication);

/** A mean with its confidence interval: mean - half to mean + half. */
struct usher_sim_interval {
	size_t size;      /**< set by the caller to its sizeof */
	double mean;      /**< of the values */
	double deviation; /**< of one value */
	double half;      /**< half the width */
};

/**
 * The confidence interval of a mean over replications, by Student's law.
 *
 * @param values      One a replication
 * @param count       At least 2
 * @param confidence  Above 0 and below 1: 0.95
 * @param ret         Where it goes; untouched on error
 *
 * @return 0, or USHER_EINVAL. Thread: any. Since 0.1.
 */
USHER_API int usher_sim_interval(const double *values, size_t count,
				 double confidence,
				 struct usher_sim_interval *ret);

/** The interval of the mean of a[i] - b[i]: two systems that met the same
 *  days. As usher_sim_interval otherwise. Since 0.1. */
USHER_API int usher_sim_paired(const double *a, const double *b, size_t count,
			       double confidence,
			       struct usher_sim_interval *ret);

/**
 * Quantile of Student's law.
 *
 * @param part     Above 0 and below 1
 * @param freedom  Degrees of freedom, at least 1
 * @param ret      Where it goes; untouched on error
 *
 * @return 0, or USHER_EINVAL. Thread: any. Since 0.1.
 */
USHER_API int usher_sim_student(double part, double freedom, double *ret);

#ifdef __cplusplus
}
#endif
#endif
