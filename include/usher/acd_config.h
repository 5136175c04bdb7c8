/** @file
 * Whom the core knows: queues with their steps, agents with their presence,
 * and the center's own order.
 *
 * What is set again as it is makes no event. Time, errors and ids are those of
 * every input, see usher/acd.h. Thread: the core's.
 */
#ifndef USHER_ACD_CONFIG_H
#define USHER_ACD_CONFIG_H

#include <stddef.h>
#include <stdint.h>
#include <usher/error.h>
#include <usher/event.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Steps of one queue. */
#define USHER_QUEUE_STEPS_MAX 32
/** Endpoints of one agent. */
#define USHER_ENDPOINTS_MAX 16
/** Queues that one agent names. */
#define USHER_AGENT_QUEUES_MAX 64
/** Most contacts of one kind at once that an agent can be given. */
#define USHER_CAPACITY_MAX 64
/** Contacts, offers and wrap-ups of one agent at once, forced ones too. */
#define USHER_AGENT_LOAD_MAX 4096
/** Largest boost of a queue, in percent. */
#define USHER_BOOST_MAX 10000

struct usher_acd;

/** Name the center's policy for a free agent's next contact (default
 *  "priority_age"). USHER_ENOENT: unknown; USHER_EINVAL: it refuses what a
 *  queue says to it. Since 0.1. */
USHER_API int usher_acd_configure(struct usher_acd *acd, int64_t now_us,
				  const char *contact_order);

/**
 * Have each offer's event say why: what decided, the candidates with the
 * policy's key, and who was none with the first reason (fields why,
 * considered, excluded, truncated). It costs a look at every agent for each
 * offer; without it nothing.
 *
 * @param agents  Most agents in each of the two lists, up to
 *                USHER_EXPLAIN_MAX; 0: offers are not explained
 *
 * @return 0, USHER_EINVAL. Since 0.1.
 */
USHER_API int usher_acd_explain_offers(struct usher_acd *acd, int64_t now_us,
				       uint32_t agents);

/** A new day: daily counts of queues and agents start from zero. name is for
 *  people: "2026-03-01". Since 0.1. */
USHER_API int usher_acd_day(struct usher_acd *acd, int64_t now_us,
			    const char *name);

/** Options of a queue: always all of them, not a difference. */
struct usher_queue_opts {
	size_t size;              /**< set by usher_queue_opts_init() */
	const char *name;         /**< binds to an id for ever */
	const char *policy;       /**< NULL: "longest_idle" */
	const char *fallback;     /**< of policy "external"; NULL:
				   *   "longest_idle" */
	const char *requirement;  /**< usher/expr.h; NULL or "": everyone.
				   *   `contact.x` is the contact's attribute,
				   *   `agent.name` the agent's name, other
				   *   names are attributes of the agent */
	int64_t target_us;        /**< service level; 0: 20 s */
	int64_t short_us;         /**< short abandon; 0: 5 s */
	int64_t offer_timeout_us; /**< 0: 20 s */
	int64_t wrapup_us;        /**< most wrap-up; 0: none */
	int64_t max_wait_us;      /**< 0, USHER_NEVER: any; then left with
				   *   "timeout" */
	int64_t retry_us; /**< same agent, same contact, after a reject,
			   *   miss or failure; 0: 5 s; USHER_ZERO */
	int64_t decide_timeout_us; /**< 0: 2 s */
	int64_t priority;      /**< added to the contact's; −10^6 to 10^6 */
	uint32_t max_waiting;  /**< 0: any number; then USHER_EFULL */
	int32_t missed_limit;  /**< 0: 3; USHER_ZERO: never paused */
	uint32_t boost;        /**< 0: 100 (percent), for age_with_boost */
	uint32_t members_only; /**< 1: only agents who name this queue */
	/** of the policy, docs/policies.md: numbers and texts; copied */
	const struct usher_attr *policy_options;
	/** what the center's contact_order is told of this queue */
	const struct usher_attr *order_options;
	size_t attr_size; /**< sizeof(struct usher_attr); 0: the library's */
	uint32_t policy_option_count; /**< entries of policy_options */
	uint32_t order_option_count;  /**< entries of order_options */
};

/** Zero the options and note their size. Since 0.1. */
USHER_API void usher_queue_opts_init(struct usher_queue_opts *opts,
				     size_t size);

/**
 * Make a queue, or change the one of this name. New queues are open. Contacts
 * that wait are matched by the new options from now on.
 *
 * @param ret_queue  May be NULL
 * @param err        Where a requirement does not parse; may be NULL
 * @return 0, USHER_EINVAL (also for options that a policy refuses),
 *         USHER_ENOENT (policy), USHER_EFULL. Since 0.1.
 */
USHER_API int usher_acd_queue_set(struct usher_acd *acd, int64_t now_us,
				  const struct usher_queue_opts *opts,
				  uint64_t *ret_queue,
				  struct usher_error *err);

/** Remove a queue: it takes nobody any more, who waits there is served, then
 *  it is gone. queue_set of its name before that revives it. Since 0.1. */
USHER_API int usher_acd_queue_remove(struct usher_acd *acd, int64_t now_us,
				     uint64_t queue);

/** Open or close a queue; closed: enqueue returns USHER_ECLOSED, who waits
 *  is served. No event when it is so already. Since 0.1. */
USHER_API int usher_acd_queue_open(struct usher_acd *acd, int64_t now_us,
				   uint64_t queue, int open);

/**
 * A step of a queue: what is done for a contact that waits. Each is taken
 * once for each stay in the queue, when the contact has waited for after_us
 * and the condition holds.
 *
 * A step without a condition is taken at its time. One with a condition, and
 * one of USHER_QUEUE_STEP_OVERFLOW, is looked at when the contact enters (if
 * after_us is 0) or at after_us, and then every check_us: so it is taken at
 * most check_us later than it might. What takes the contact away or speaks to
 * the customer waits while the contact is offered; announcements, callbacks
 * and exits wait, too, while it is detached.
 */
struct usher_queue_step_opts {
	size_t size; /**< set by usher_queue_step_opts_init() */
	/** usher/expr.h over wait_ms, age_ms, position, priority (the
	 *  contact's), waiting, staffed, ready, free, open, expected_wait_ms
	 *  (the queue's, as in usher_queue_info) and contact.NAME; NULL or "":
	 *  always */
	const char *condition;
	/** WIDEN: agents who meet this take the contact, too, beside those of
	 *  the queue's own requirement and of earlier rings; NULL or "":
	 *  everyone, then anyone has to be 1 */
	const char *requirement;
	const uint64_t *queues; /**< ADD, OVERFLOW: those that are open and
				 *   have room; OVERFLOW waits for one */
	const char *text;       /**< ANNOUNCE: what; EXIT: why; CALLBACK: may
				 *   be NULL. To USHER_NAME_MAX bytes */
	int64_t after_us;       /**< from the beginning of the stay */
	int64_t check_us;       /**< 0: 5 s; at least 1 s */
	int64_t priority;       /**< PRIORITY: added to what it has */
	uint32_t action;        /**< enum usher_queue_step_action */
	uint32_t queue_count;   /**< entries of queues */
	uint32_t anyone;    /**< WIDEN: 1: also who does not name the queue */
	uint32_t unstaffed; /**< 1: at once, without waiting for after_us and
			     *   the condition, when nobody is signed in who
			     *   may take the contact so far; looked at on
			     *   entering and every check_us */
};

/** Zero the options and note their size. Since 0.1. */
USHER_API void usher_queue_step_opts_init(struct usher_queue_step_opts *opts,
					  size_t size);

/**
 * Make a step of a queue, or change it. Steps are looked at in their order.
 * A step that a waiting contact has taken stays taken.
 *
 * @param step  From 1 to one more than there are
 * @param err   Where a condition or requirement does not parse; may be NULL
 * @return 0, USHER_EINVAL, USHER_ENOENT (no such queue, here or among those
 *         that the step names). Since 0.1.
 */
USHER_API int usher_acd_step_set(struct usher_acd *acd, int64_t now_us,
				 uint64_t queue, uint32_t step,
				 const struct usher_queue_step_opts *opts,
				 struct usher_error *err);
/** Keep the first count steps of a queue. No event when it has no more.
 *  Since 0.1. */
USHER_API int usher_acd_steps_cut(struct usher_acd *acd, int64_t now_us,
				  uint64_t queue, uint32_t count);
/**
 * Whether a text is a condition that a step can have.
 *
 * @param err  Line and column within the text; may be NULL
 * @return 0, USHER_EINVAL, USHER_EFULL, USHER_ENOMEM. Thread: any. Since 0.1.
 */
USHER_API int usher_acd_condition_check(const char *text,
					struct usher_error *err);

/** How many contacts of one kind of channel an agent takes at once. */
struct usher_capacity {
	const char *channel; /**< the kind: "voice" */
	/** kinds, separated by blanks, that do not stand in the way of this
	 *  one: they do not count towards max_total for it; "" or NULL: none
	 */
	const char *interrupts;
	uint32_t max;      /**< at once; 0 to USHER_CAPACITY_MAX */
	uint32_t reserved; /**< zero */
};

/** Options of an agent: always all of them. */
struct usher_agent_opts {
	size_t size;                    /**< set by usher_agent_opts_init() */
	const char *name;               /**< binds to an id for ever */
	const struct usher_attr *attrs; /**< copied, as all here */
	const struct usher_capacity *capacity; /**< none: 1 of each kind */
	const char *const *endpoints; /**< opaque, in the order to try */
	const uint64_t *queues;       /**< for queues with members_only */
	/** sizeof(struct usher_capacity), sizeof(struct usher_attr); 0: those
	 *  of the library */
	size_t capacity_size;
	size_t attr_size;        /**< see capacity_size */
	uint32_t attr_count;     /**< entries of attrs */
	uint32_t capacity_count; /**< entries of capacity */
	uint32_t endpoint_count; /**< entries of endpoints */
	uint32_t queue_count;    /**< entries of queues */
	uint32_t order;          /**< for top_down, round_robin and ties */
	uint32_t max_total;      /**< over all kinds; 0: 1 */
};

/** Zero the options and note their size. Since 0.1. */
USHER_API void usher_agent_opts_init(struct usher_agent_opts *opts,
				     size_t size);

/**
 * Make an agent, signed out, or change the one of this name.
 *
 * @param ret_agent  May be NULL
 * @return 0, USHER_EINVAL, USHER_EFULL. Since 0.1.
 */
USHER_API int usher_acd_agent_set(struct usher_acd *acd, int64_t now_us,
				  const struct usher_agent_opts *opts,
				  uint64_t *ret_agent,
				  struct usher_error *err);

/** Remove an agent: signed out at the end of the work at hand, then gone.
 *  Since 0.1. */
USHER_API int usher_acd_agent_remove(struct usher_acd *acd, int64_t now_us,
				     uint64_t agent);

/**
 * Sign in (USHER_READY or USHER_PAUSED from signed out), be ready, pause, sign
 * out. Takes effect at once when the agent has no contact; while they have
 * one, a pause or sign-out is pending until the last of them is done,
 * wrap-up included (USHER_READY cancels it). Offers that ring are withdrawn
 * ("agent") at once. No event when nothing changes.
 *
 * @param reason  For USHER_PAUSED: "lunch"; may be NULL
 */
USHER_API int usher_acd_presence(struct usher_acd *acd, int64_t now_us,
				 uint64_t agent, uint32_t presence,
				 const char *reason);

#ifdef __cplusplus
}
#endif
#endif
