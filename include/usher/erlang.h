/** @file
 * Staffing formulas: Erlang B (loss), C (delay) and A (delay with impatient
 * callers, also known as M/M/n+M).
 *
 * All three suppose Poisson arrivals and exponential handle times; A supposes
 * exponential patience as well. Everything here is a function of its
 * arguments: nothing is allocated and nothing is kept. Any thread may call.
 */
#ifndef USHER_ERLANG_H
#define USHER_ERLANG_H

#include <stddef.h>
#include <stdint.h>
#include <usher/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Most agents that the formulas are asked about. */
#define USHER_ERLANG_AGENTS_MAX 10000000

/** Most that arrivals per mean patience may be: bounds the work done. */
#define USHER_ERLANG_PATIENCE_MAX 1e12

/** Which formula. The numbers are part of the ABI. */
enum usher_erlang_model {
	USHER_ERLANG_B = 1, /**< whoever finds all agents taken is lost */
	USHER_ERLANG_C = 2, /**< everybody waits, for as long as it takes */
	USHER_ERLANG_A = 3  /**< everybody waits, but not for ever */
};

/** The load. */
struct usher_erlang_opts {
	size_t size;           /**< sizeof, set by usher_erlang_opts_init */
	int32_t model;         /**< enum usher_erlang_model; default C */
	uint32_t agents;       /**< how many; ignored by usher_erlang_staff */
	double arrivals_per_s; /**< mean rate of arrivals; above 0 */
	double handle_s;       /**< mean handle time; above 0 */
	double patience_s;     /**< mean patience; above 0 for A only */
	double threshold_s;    /**< of the service level; default 20 */
};

/**
 * What the formula says of a steady state. A figure that the model does not
 * define (a wait in B, abandons in C) is zero.
 *
 * With C and at least as much load as agents there is no steady state: wait
 * and queue grow without limit. Then stable is 0, waits, asa_s, wait_s and
 * queue_length are INFINITY or 1, within is 0, and occupancy is 1.
 */
struct usher_erlang_figures {
	size_t size;         /**< sizeof, set by the caller */
	double offered;      /**< erlangs: arrivals_per_s times handle_s */
	double occupancy;    /**< part of the agents' time on contacts */
	double blocked;      /**< part of the arrivals lost at once (B) */
	double waits;        /**< part of the arrivals that has to wait */
	double abandoned;    /**< part of the arrivals that gives up (A) */
	double within;       /**< part of the arrivals answered within the
				  threshold: variant `strict` */
	double beyond;       /**< part still waiting at the threshold */
	double asa_s;        /**< mean wait of those who are answered */
	double wait_s;       /**< mean wait of everybody */
	double queue_length; /**< mean number waiting */
	int32_t stable;      /**< 0: there is no steady state */
	int32_t reserved;    /**< zero */
};

/** What is wanted: every limit that is set must hold. Zero: not set. */
struct usher_erlang_target {
	size_t size;          /**< sizeof, set by usher_erlang_target_init */
	double within_min;    /**< at least this part within the threshold */
	double asa_max_s;     /**< mean wait of the answered at most this */
	double abandoned_max; /**< at most this part gives up */
	double blocked_max;   /**< at most this part is lost at once */
	double waits_max;     /**< at most this part has to wait */
	double occupancy_max; /**< agents at most this busy */
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
 * The figures of a load with so many agents. Work: in proportion to the
 * agents; for A also to the root of arrivals_per_s times patience_s.
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

#ifdef __cplusplus
}
#endif
#endif
