/** @file
 * What is simulated by usher/sim.h: laws, queues with their customers, groups
 * of agents. Options alone, which the library copies.
 */
#ifndef USHER_SIM_MODEL_H
#define USHER_SIM_MODEL_H

#include <usher/acd.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Most queues of a simulation. */
#define USHER_SIM_QUEUES_MAX 256
/** Most groups of agents. */
#define USHER_SIM_GROUPS_MAX 4096
/** Most agents. */
#define USHER_SIM_AGENTS_MAX 20000
/** Most arrivals a second of one queue. */
#define USHER_SIM_RATE_MAX 1e6
/** Most values of an empirical law. */
#define USHER_SIM_VALUES_MAX 1000000
/** Most rates of a queue, most spans of a group. */
#define USHER_SIM_RATES_MAX 10000
/** Least variation of a gamma or Weibull law; USHER_LAW_FIXED has none. */
#define USHER_SIM_CV_MIN 1e-3
/** Most variation of a gamma, Weibull or hyper-exponential law. */
#define USHER_SIM_CV_MAX 100.0
/** Most that agents may be faster or slower than others. */
#define USHER_SIM_SPEED_MAX 1000.0
/** Most that a contact more slows down the others, by its whole self. */
#define USHER_SIM_SLOWDOWN_MAX 100.0
/** Most that are dialed ahead for one agent. */
#define USHER_SIM_RATIO_MAX 100
/** Most attempts of one customer after the first. */
#define USHER_SIM_RETRIES_MAX 100

/** Where time begins unless said otherwise: 2026-01-05, a Monday, 00:00. */
#define USHER_SIM_START_US INT64_C(1767571200000000)

/** How a time is distributed. The numbers are part of the ABI. */
enum usher_law {
	USHER_LAW_NONE = 0,        /**< no time at all; patience: for ever */
	USHER_LAW_FIXED = 1,       /**< always the mean */
	USHER_LAW_EXPONENTIAL = 2, /**< of this mean */
	USHER_LAW_LOGNORMAL = 3,   /**< of this mean and variation */
	USHER_LAW_GAMMA = 4,       /**< of this mean and variation */
	USHER_LAW_WEIBULL = 5,     /**< of this mean and variation */
	/** one of two exponential ones: of this mean and variation (at least
	 *  1, each branch half of the mean), or of three values: part of the
	 *  first branch, mean of the first, mean of the second */
	USHER_LAW_HYPER = 6,
	USHER_LAW_VALUES = 7,   /**< one of the values, all equally likely */
	USHER_LAW_QUANTILES = 8 /**< the values are evenly spaced quantiles
				 *   from the least to the greatest: straight
				 *   lines between them */
};

/** From this moment on so many arrive, until the next one of a list. */
struct usher_sim_rate {
	double from_s; /**< since the period began */
	double per_s;  /**< mean rate */
};

/** An arrival of a list. Negative times are drawn by the queue's law. */
struct usher_sim_call {
	int64_t at_us;       /**< since the start; not before the one before */
	int64_t handle_us;   /**< talks so long */
	int64_t wrapup_us;   /**< is wrapped up so long, if the queue does */
	int64_t patience_us; /**< waits so long; USHER_NEVER: for ever */
};

/** What else is known of an arrival of a list; came_size says how much of
 *  it the caller knows. */
struct usher_sim_came {
	const struct usher_attr *attrs; /**< instead of contact_attrs */
	int64_t priority;               /**< as of a contact */
	int64_t max_wait_us; /**< is led elsewhere after so long; 0: as
			      *   the queue says; USHER_NEVER: for ever */
	uint32_t attr_count; /**< entries of attrs */
	uint32_t reserved;   /**< zero */
	int64_t age_us; /**< began so long before, in a flow: its place counts
			 *   from there. Not negative */
	const char *requirement; /**< beside the queue's; NULL: none */
	const char *channel;     /**< NULL: the queue's */
};

/** A part of a shift; outside of all spans agents are signed out. */
struct usher_sim_span {
	double from_s;     /**< since the period began */
	double to_s;       /**< after from_s, up to a period later */
	uint32_t presence; /**< USHER_READY, or USHER_PAUSED for a break */
	uint32_t reserved; /**< zero */
};

/** A queue takes newcomers from here to there. Never grows. */
struct usher_sim_hours {
	double from_s; /**< since the period began */
	double to_s;   /**< after from_s, up to a period later */
};

/** What becomes of a part of the contacts when an agent of a queue has talked
 *  with them. Never grows. */
struct usher_sim_onward {
	double part;    /**< of all; a list's parts are at most 1 together */
	uint32_t queue; /**< index of the queue where an agent is sought */
	uint32_t reserved; /**< zero */
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
	/** for laws of values, in seconds; copied, as the rates */
	const double *handle_values;
	const double *wrapup_values;        /**< as handle_values */
	const double *patience_values;      /**< as handle_values */
	const double *retry_values;         /**< as handle_values */
	const struct usher_sim_rate *rates; /**< instead of arrivals_per_s */
	/** instead of arrivals_per_s; not copied: must outlive the simulation
	 */
	const struct usher_sim_call *calls;
	size_t call_count;             /**< entries of calls */
	double day_cv;                 /**< of a random factor on each day's
					*   arrivals, gamma of mean 1 */
	double retry_part;             /**< who gave up or was blocked comes
					*   again with this probability */
	double retry_s;                /**< after this mean time */
	double retry_cv;               /**< as handle_cv */
	int32_t retry_law;             /**< enum usher_law */
	uint32_t retry_max;            /**< times after the first; 0: 1 */
	uint32_t handle_value_count;   /**< entries of handle_values */
	uint32_t wrapup_value_count;   /**< entries of wrapup_values */
	uint32_t patience_value_count; /**< entries of patience_values */
	uint32_t retry_value_count;    /**< entries of retry_values */
	uint32_t rate_count;           /**< entries of rates */
	int32_t places; /**< who would wait as one more is blocked; 0: any
			 *   number; USHER_ZERO: nobody waits */
	/** who still waits then is asked whether to be called back; a virtual
	 *  contact of the same age and priority takes the place of those who
	 *  agree, and does not give up. 0: nobody is asked */
	double callback_after_s;
	double callback_part; /**< so many agree */
	/** called back or dialed, so many answer; 0: all. Who does not costs
	 *  the agent dial_s */
	double reach_part;
	double dial_s; /**< the agent dials so long, before the handle time */
	/** so often the center looks for free agents and gives each a contact
	 *  to dial; such a queue has no other arrivals. 0: nobody is dialed */
	double outbound_every_s;
	uint32_t outbound_keep; /**< so many free agents are left alone */
	uint32_t reserved;      /**< zero */
	/** of the policy, as in usher_queue_opts */
	const struct usher_attr *policy_options;
	/** for the contact_order, as in usher_queue_opts */
	const struct usher_attr *order_options;
	/** of each contact; not copied: must outlive the simulation */
	const struct usher_attr *contact_attrs;
	uint32_t policy_option_count; /**< entries of policy_options */
	uint32_t order_option_count;  /**< entries of order_options */
	uint32_t contact_attr_count;  /**< entries of contact_attrs */
	uint32_t reserved2;           /**< zero */
	double balk_part;  /**< so many have no patience at all: who does
			    *   not find an agent free gives up at once */
	double max_wait_s; /**< who still waits then is led elsewhere, and does
			    *   not come again; 0: nobody */
	/** one for each of calls, each of came_size; not copied, like them.
	 *  May be NULL */
	const struct usher_sim_came *came;
	/** what it does over time for who waits, as in usher/acd.h, all of one
	 *  size; copied. Their queues are indices. ANNOUNCE does nothing; of
	 *  those whom CALLBACK asks, callback_part of this queue agree; whom
	 *  EXIT leads elsewhere is gone, as after max_wait_s, unless waiting
	 * in another queue as well */
	const struct usher_queue_step_opts *steps;
	/** when it is open, in order and apart; copied. None: always. Who
	 *  comes when it is closed is turned away, and does not come again;
	 *  nobody is dialed for it then */
	const struct usher_sim_hours *hours;
	uint32_t step_count; /**< entries of steps */
	uint32_t hour_count; /**< entries of hours */
	/** as in usher_queue_opts; who finds it full is blocked, and steps of
	 *  other queues bring nobody more. 0: any number */
	uint32_t max_waiting;
	uint32_t reserved3; /**< zero */
	/** for these the agent, having talked, seeks a second one in another
	 *  queue: waits for one as a customer there would (places, patience,
	 *  max_wait_s), both then talk with the contact for that queue's
	 *  handle time, and each wraps up as his own queue has it. Where
	 *  nobody is had, the contact goes on without. Copied */
	const struct usher_sim_onward *consults;
	/** then these go on to another queue, keep their age there, wait,
	 *  talk and give up as its customers do; the rest is done. Copied */
	const struct usher_sim_onward *transfers;
	uint32_t consult_count;  /**< entries of consults */
	uint32_t transfer_count; /**< entries of transfers */
	/** sizeof(struct usher_sim_came); 0: that of its first version, which
	 *  ended before age_us */
	size_t came_size;
	const char *channel; /**< kind of its contacts; NULL: "voice" */
	/** dials ahead, before an agent is known: so many for each agent who
	 *  is free for it, rounded, less those that ring; also as soon as an
	 *  agent gets free, and when it opens. Who answers (reach_part, after
	 *  the time until then) waits as a caller would, with the queue's
	 *  patience and places. 0: an agent is first */
	double outbound_ratio;
	double dial_cv;   /**< as handle_cv */
	int32_t dial_law; /**< enum usher_law, of dial_s and dial_cv: until
			   *   who is dialed ahead answers, or does not; NONE:
			   *   always dial_s */
	uint32_t outbound_least; /**< dials ahead only if so many agents are
				  *   free; 0: 1 */
	uint32_t outbound_watch; /**< for another queue: its index + 1; 0: for
				  *   this one */
	uint32_t reserved4;      /**< zero */
};

/** Agents who are alike. Without spans they are ready from the beginning to
 * the end. At the end of a span they finish whom they are with, wrap-up
 *  included. */
struct usher_sim_group {
	const char *name;               /**< agents are name-1, name-2, … */
	const struct usher_attr *attrs; /**< for requirements */
	const uint32_t *queues;         /**< for members_only: indices */
	uint32_t attr_count;            /**< entries of attrs */
	uint32_t queue_count;           /**< entries of queues */
	uint32_t agents;                /**< how many */
	uint32_t span_count;            /**< entries of spans */
	const struct usher_sim_span *spans; /**< copied; in order, apart */
	double speed; /**< handle times are divided by this; 0: 1 */
	/** and by this, by the index of the queue; copied. 0: 1 */
	const double *speeds;
	uint32_t speed_count;    /**< entries of speeds; queues behind it: 1 */
	uint32_t capacity_count; /**< entries of capacity */
	/** as in usher_agent_opts; none: one of each kind. While an agent has
	 *  one of a kind that interrupts another, those of the other stand
	 *  still, and go on afterwards from where they were; of two kinds
	 *  that interrupt each other, the one that came last goes on */
	const struct usher_capacity *capacity;
	size_t capacity_size; /**< sizeof(struct usher_capacity); 0: the
			       *   library's */
	/** with n contacts at once that do not stand still, wrap-up included,
	 *  each takes 1 + slowdown * (n - 1) times as long: at 0 as if it were
	 *  alone, at 1 the agent's time is shared by all of them. 0 to
	 *  USHER_SIM_SLOWDOWN_MAX */
	double slowdown;
	/** instead: slowdowns[n - 1] times, the last one for more. From
	 *  1 / USHER_SIM_SPEED_MAX to USHER_SIM_SPEED_MAX; copied */
	const double *slowdowns;
	uint32_t slowdown_count; /**< entries of slowdowns, up to
				  *   USHER_CAPACITY_MAX */
	uint32_t max_total;      /**< over all kinds; 0: 1 */
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
	double period_s;      /**< after which rates and spans repeat; 0: a day
			       */
	double day_cv;        /**< of a random factor on each day's arrivals of
			       *   all queues together, gamma of mean 1 */
	int32_t places;       /**< as of a queue, for all of them together */
	uint32_t record_inputs; /**< 1: event() sees inputs, too */
	/** policies of one's own, by which queues and contact_order may be
	 *  called; copied */
	const struct usher_agent_policy *const *agent_policies;
	/** as agent_policies */
	const struct usher_contact_policy *const *contact_policies;
	uint32_t agent_policy_count;   /**< entries of agent_policies */
	uint32_t contact_policy_count; /**< entries of contact_policies */
};

#ifdef __cplusplus
}
#endif
#endif
