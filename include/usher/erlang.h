/** @file
 * Staffing formulas: Erlang B (loss), C (delay), A (delay with impatient
 * callers, also known as M/M/n+M), C and A with a finite waiting room
 * (M/M/n/K, M/M/n/K+M), priorities (Cobham) and square-root staffing.
 *
 * All suppose Poisson arrivals and exponential handle times; A supposes
 * exponential patience as well. Everything here is a function of its
 * arguments: nothing is allocated and nothing is kept. Any thread may call.
 *
 * Up to 100,000 agents and places, and a load of up to twice the agents, every
 * figure agrees with exact arithmetic to a relative error of 1e-10. What is
 * too small for a double is had as a logarithm: usher_erlang_logs(),
 * usher_erlang_b(). The work depends on neither the number of agents nor the
 * patience. docs/staffing.md says which formula to use when.
 */
#ifndef USHER_ERLANG_H
#define USHER_ERLANG_H

#include <stddef.h>
#include <stdint.h>
#include <usher/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Most agents that the formulas are asked about, and most erlangs. */
#define USHER_ERLANG_AGENTS_MAX 10000000

/** Least erlangs. */
#define USHER_ERLANG_LOAD_MIN 1e-100

/** Most places in a waiting room. */
#define USHER_ERLANG_ROOM_MAX 10000000

/** Most that arrivals per mean patience may be; beyond it the model is C. */
#define USHER_ERLANG_PATIENCE_MAX 1e12

/** Most that a handle time may be in mean patiences; beyond it the model is
 * B. */
#define USHER_ERLANG_HASTE_MAX 1e12

/** Most classes of priority. */
#define USHER_ERLANG_CLASSES_MAX 64

/** Which formula. The numbers are part of the ABI. */
enum usher_erlang_model {
	USHER_ERLANG_B = 1, /**< whoever finds all agents taken is lost */
	USHER_ERLANG_C = 2, /**< everybody waits, for as long as it takes */
	USHER_ERLANG_A = 3, /**< everybody waits, but not for ever */
	/** C with `room` places to wait: M/M/n/K, K = agents + room */
	USHER_ERLANG_C_ROOM = 4,
	/** A with `room` places to wait: M/M/n/K+M, K = agents + room */
	USHER_ERLANG_A_ROOM = 5
};

/** The load. */
struct usher_erlang_opts {
	size_t size;           /**< sizeof, set by usher_erlang_opts_init */
	int32_t model;         /**< enum usher_erlang_model; default C */
	uint32_t agents;       /**< how many; ignored where they are sought */
	double arrivals_per_s; /**< mean rate of arrivals; above 0 */
	double handle_s;       /**< mean handle time; above 0 */
	double patience_s;     /**< mean patience; above 0 for A only */
	double threshold_s;    /**< of the service level; default 20 */
	double short_s;        /**< who gives up by then is a short abandon;
				    default 5 */
	uint32_t room;         /**< places to wait, for the models with ROOM */
	uint32_t reserved;     /**< zero */
};

/**
 * What the formula says of a steady state. Parts are parts of all arrivals
 * unless said otherwise; those that are blocked are neither answered nor
 * abandoned, do not wait, and do not count in a service level.
 *
 * A ratio whose denominator is zero is undefined, and NAN: the mean wait of
 * those who give up where nobody does, of the answered where nobody is.
 *
 * With C and at least as much load as agents there is no steady state: wait
 * and queue grow without limit. Then stable is 0, waits, beyond and occupancy
 * are 1, the means and the queue are INFINITY, within and the levels are 0,
 * and answered is what the agents can do.
 */
struct usher_erlang_figures {
	size_t size;         /**< sizeof, set by the caller */
	double offered;      /**< erlangs: arrivals_per_s times handle_s */
	double occupancy;    /**< part of the agents' time on contacts */
	double blocked;      /**< part lost at once: no agent, no place */
	double waits;        /**< part that has to wait (and gets a place) */
	double abandoned;    /**< part that gives up: B */
	double within;       /**< part answered within the threshold: A_T */
	double beyond;       /**< part still waiting at the threshold */
	double asa_s;        /**< mean wait of those who are answered */
	double wait_s;       /**< mean wait of all who are not blocked */
	double queue_length; /**< mean number waiting */
	int32_t stable;      /**< 0: there is no steady state */
	int32_t reserved;    /**< zero */
	double answered;     /**< part answered: A */
	double abandoned_within;   /**< part given up within the threshold: B_T
				    */
	double short_abandoned;    /**< part given up within short_s: S */
	double abandoned_wait_s;   /**< mean wait of those who give up */
	double level_answered;     /**< service level `answered`: A_T / A */
	double level_credit;       /**< `credit`: (A_T + B_T) / (A + B) */
	double level_strict;       /**< `strict`: A_T / (A + B) */
	double level_exclude;      /**< `exclude`: A_T / (A + B - B_T) */
	double level_short_credit; /**< `short_credit`: (A_T + S) / (A + B) */
};

/** Figures that a limit may be set on. The numbers are part of the ABI. */
enum usher_erlang_figure {
	USHER_ERLANG_OCCUPANCY = 1,
	USHER_ERLANG_BLOCKED = 2,
	USHER_ERLANG_WAITS = 3,     /**< part of those not blocked */
	USHER_ERLANG_ABANDONED = 4, /**< part of those not blocked */
	USHER_ERLANG_WITHIN = 5,
	USHER_ERLANG_BEYOND = 6, /**< part of those not blocked */
	USHER_ERLANG_ASA = 7,
	USHER_ERLANG_WAIT = 8,
	USHER_ERLANG_QUEUE_LENGTH = 9,
	USHER_ERLANG_ANSWERED = 10,
	USHER_ERLANG_SHORT_ABANDONED = 11, /**< part of those not blocked */
	USHER_ERLANG_ABANDONED_WAIT = 12,
	USHER_ERLANG_LEVEL_ANSWERED = 13,
	USHER_ERLANG_LEVEL_CREDIT = 14,
	USHER_ERLANG_LEVEL_STRICT = 15,
	USHER_ERLANG_LEVEL_EXCLUDE = 16,
	USHER_ERLANG_LEVEL_SHORT_CREDIT = 17
};

/** Whose wait. The numbers are part of the ABI. */
enum usher_erlang_whose {
	USHER_ERLANG_ALL = 1,         /**< of all who are not blocked */
	USHER_ERLANG_OF_ANSWERED = 2, /**< of those who are answered */
	USHER_ERLANG_OF_ABANDONED = 3 /**< of those who give up */
};

/**
 * What is wanted: every limit that is set must hold. Zero: not set.
 *
 * `figure` with `limit` is one limit on any figure: at least for those that
 * grow with the number of agents (within, answered, the levels), at most for
 * the others. `percentile` with `percentile_s`: so large a part waits at most
 * so long.
 */
struct usher_erlang_target {
	size_t size;          /**< sizeof, set by usher_erlang_target_init */
	double within_min;    /**< at least this part within the threshold */
	double asa_max_s;     /**< mean wait of the answered at most this */
	double abandoned_max; /**< at most this part gives up */
	double blocked_max;   /**< at most this part is lost at once */
	double waits_max;     /**< at most this part has to wait */
	double occupancy_max; /**< agents at most this busy */
	int32_t figure;       /**< enum usher_erlang_figure */
	int32_t whose;        /**< enum usher_erlang_whose; 0: of all */
	double limit;         /**< of that figure */
	double percentile;    /**< above 0, below 1 */
	double percentile_s;  /**< the wait that it may reach; may be 0 */
};

/**
 * Fill in defaults.
 *
 * @param opts  What to fill in
 * @param size  sizeof(*opts) as the caller was compiled
 *
 * @return 0, or USHER_EINVAL. Thread: any. Since 0.1.
 */
USHER_API int usher_erlang_opts_init(struct usher_erlang_opts *opts,
				     size_t size);

/** As usher_erlang_opts_init, for a target. Since 0.1. */
USHER_API int usher_erlang_target_init(struct usher_erlang_target *target,
				       size_t size);

/**
 * The figures of a load with so many agents.
 *
 * @param opts  The load and the number of agents; agents may be 0
 * @param ret   Where the figures go; untouched on error
 * @param err   Detail, or NULL
 *
 * @return 0, or USHER_EINVAL (a rate or time that is not above zero or not
 *         finite, or beyond the limits above). Thread: any. Since 0.1.
 */
USHER_API int usher_erlang_figures(const struct usher_erlang_opts *opts,
				   struct usher_erlang_figures *ret,
				   struct usher_error *err);

/**
 * The natural logarithms of the figures: of those, too, that are below the
 * smallest double. Of zero that is -INFINITY. As usher_erlang_figures
 * otherwise. Since 0.1.
 */
USHER_API int usher_erlang_logs(const struct usher_erlang_opts *opts,
				struct usher_erlang_figures *ret,
				struct usher_error *err);

/**
 * A percentile of the wait.
 *
 * @param opts   The load and the number of agents
 * @param whose  enum usher_erlang_whose
 * @param part   Above 0 and below 1: 0.9 for the 90th percentile
 * @param ret_s  The shortest time that so large a part waits at most: 0 when
 *               so many do not wait; NAN when there are none of them;
 *               INFINITY when there is no steady state. Untouched on error
 * @param err    Detail, or NULL
 *
 * @return 0, or USHER_EINVAL. Thread: any. Since 0.1.
 */
USHER_API int usher_erlang_percentile(const struct usher_erlang_opts *opts,
				      int32_t whose, double part,
				      double *ret_s, struct usher_error *err);

/**
 * The fewest agents with which the target holds.
 *
 * @param opts        The load; agents is ignored
 * @param target      At least one limit set, each one that the model defines
 * @param ret_agents  Where the number goes; untouched on error
 * @param err         Detail, or NULL
 *
 * @return 0, USHER_EINVAL (bad load or target, or a limit outside its
 *         range), or USHER_EFULL (not with USHER_ERLANG_AGENTS_MAX agents).
 *         Thread: any. Since 0.1.
 */
USHER_API int usher_erlang_staff(const struct usher_erlang_opts *opts,
				 const struct usher_erlang_target *target,
				 uint32_t *ret_agents,
				 struct usher_error *err);

/**
 * The most arrivals with which so many agents meet the target.
 *
 * @param opts          The load; arrivals_per_s is ignored
 * @param target        As for usher_erlang_staff
 * @param ret_per_s     Where the rate goes; untouched on error
 * @param err           Detail, or NULL
 *
 * @return 0, USHER_EINVAL, or USHER_ENOENT (not with any load, or with every
 *         load within the limits above). Thread: any. Since 0.1.
 */
USHER_API int usher_erlang_arrivals(const struct usher_erlang_opts *opts,
				    const struct usher_erlang_target *target,
				    double *ret_per_s,
				    struct usher_error *err);

/**
 * Erlang B for any number of agents, also between whole ones.
 *
 * @param erlangs      Offered load, at least USHER_ERLANG_LOAD_MIN
 * @param agents       0 or more
 * @param ret_blocked  Part that is lost; or NULL
 * @param ret_log      Its natural logarithm; or NULL
 *
 * @return 0, or USHER_EINVAL; nothing is written then. Thread: any.
 *         Since 0.1.
 */
USHER_API int usher_erlang_b(double erlangs, double agents,
			     double *ret_blocked, double *ret_log);

/** The load that so many agents carry with so much blocking, above 0 and
 * below 1. As usher_erlang_b; USHER_EFULL: beyond the limits. Since 0.1. */
USHER_API int usher_erlang_b_load(double agents, double blocked,
				  double *ret_erlangs);

/** The agents, also between whole ones, with which a load loses so much,
 * above 0 and at most 1. As usher_erlang_b_load. Since 0.1. */
USHER_API int usher_erlang_b_agents(double erlangs, double blocked,
				    double *ret_agents);

/** A class of priority: a load, and what becomes of it. */
struct usher_erlang_class {
	double arrivals_per_s; /**< in: above 0 */
	double wait_s;         /**< out: mean wait; INFINITY when unstable */
	double queue_length;   /**< out: mean number waiting, likewise */
	int32_t stable;        /**< out: 0: it waits without limit */
	int32_t reserved;      /**< zero */
};

/** Classes that share agents; the first goes before all others. */
struct usher_erlang_priority_opts {
	size_t size;     /**< sizeof, set by usher_erlang_priority_opts_init */
	double handle_s; /**< mean handle time, the same for all; above 0 */
	uint32_t agents; /**< at least 1 */
	uint32_t class_count; /**< at least 1 */
	size_t class_size;    /**< sizeof(struct usher_erlang_class) */
};

/** As usher_erlang_opts_init, for classes of priority. Since 0.1. */
USHER_API int
usher_erlang_priority_opts_init(struct usher_erlang_priority_opts *opts,
				size_t size);

/**
 * Wait by class where a contact of a higher class goes first and nobody is
 * interrupted, M/M/n (Cobham, "Priority assignment in waiting line problems",
 * Operations Research 2, 1954). Class by class: a class is stable when the
 * agents suffice for it and all before it.
 *
 * @param opts       Agents and handle time
 * @param classes    Of class_count classes the loads, and what is found;
 *                   only written on success
 * @param ret_waits  Part of all that has to wait; or NULL
 * @param err        Detail, or NULL
 *
 * @return 0, or USHER_EINVAL. Thread: any. Since 0.1.
 */
USHER_API int
usher_erlang_priority(const struct usher_erlang_priority_opts *opts,
		      struct usher_erlang_class *classes, double *ret_waits,
		      struct usher_error *err);

/**
 * Square-root staffing: part that waits when n agents face a load of
 * n - beta sqrt(n), in the limit of many.
 *
 * Without patience that is the function of Halfin and Whitt (1981), for beta
 * above 0; with patience the function of Garnett, Mandelbaum and Reiman
 * (2002), for any beta.
 *
 * @param beta           Margin in roots of the load
 * @param patience       Mean patience in handle times; INFINITY: they wait
 * @param ret_waits      Part that waits
 *
 * @return 0, or USHER_EINVAL. Thread: any. Since 0.1.
 */
USHER_API int usher_erlang_root_waits(double beta, double patience,
				      double *ret_waits);

/** Part that gives up, times the root of the number of agents, in the same
 * limit; 0 without an end to patience. Since 0.1. */
USHER_API int usher_erlang_root_abandoned(double beta, double patience,
					  double *ret_abandoned);

/** The margin beta for a part that waits, above 0 and below 1. Since 0.1. */
USHER_API int usher_erlang_root_beta(double waits, double patience,
				     double *ret_beta);

/** Agents for a load by the rule: load + beta sqrt(load), rounded up, and at
 * least 1. Since 0.1. */
USHER_API int usher_erlang_root_agents(double erlangs, double beta,
				       uint32_t *ret_agents);

#ifdef __cplusplus
}
#endif
#endif
