/** @file
 * Replay: what a core did is recorded as inputs and the events that each of
 * them caused (`record_inputs` of usher/acd.h; the journal of usher/store.h
 * keeps both). Here a record is used again.
 *
 * **Verification** feeds the inputs to a core and compares what comes out with
 * the record: the first difference is named, with the input before it.
 *
 * **What if** takes out of the record what does not depend on the center:
 * when customers came, how long they were willing to wait, how long they
 * talked. Old commands are never fed again, since another center would not
 * have given them. Patience is known of those who gave up alone; of those who
 * were answered it is known to be more than they waited (*censored*). It is
 * estimated by the product limit of Kaplan and Meier (1958).
 *
 * No I/O, no clock, no threads; an object is used by one thread at a time.
 * docs/replay.md shows both at work.
 */
#ifndef USHER_REPLAY_H
#define USHER_REPLAY_H

#include <usher/acd.h>
#include <usher/sim.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Verification ---- */

/** Compares a record with what a core does. Opaque. */
struct usher_verify;

/** How an entry differs from the record. */
enum usher_differs {
	USHER_DIFFERS_NOT = 0,
	USHER_DIFFERS_CHANGED = 1, /**< another event, or other fields */
	USHER_DIFFERS_MISSING = 2, /**< nothing came out */
	USHER_DIFFERS_EXTRA = 3,   /**< something did after the record's end */
	USHER_DIFFERS_REFUSED = 4  /**< the core refuses the input */
};

/** The first difference. Texts are JSON; they live as long as the object. */
struct usher_difference {
	size_t size;          /**< set by the caller to its sizeof */
	uint64_t seq;         /**< sequence number in the record */
	const char *input;    /**< the last input that was fed; "": none */
	const char *expected; /**< what the record has; "": nothing */
	const char *got;      /**< what came out; "": nothing */
	uint32_t what;        /**< enum usher_differs */
	int32_t code;         /**< of a refusal: why */
	/** where a policy decided in both, by another version: its name, else
	 *  "" */
	const char *policy;
	uint32_t policy_recorded; /**< version in the record; 0: no policy */
	uint32_t policy_now;      /**< version that was asked now */
};

/**
 * Begin a verification.
 *
 * @param acd    Made with record_inputs, in the state before the first entry
 *               that is fed, and drained. Borrowed; changes
 * @param alloc  NULL: the heap
 *
 * @return 0, USHER_EINVAL, USHER_ENOMEM. Since 0.1.
 */
USHER_API int usher_verify_new(struct usher_verify **ret,
			       struct usher_acd *acd,
			       const struct usher_alloc *alloc);
/** Free it; NULL is fine. Since 0.1. */
USHER_API void usher_verify_free(struct usher_verify *verify);

/**
 * The next entry of the record, input or event.
 *
 * @param ret  Filled in when it differs; may be NULL
 *
 * @return 0: as recorded. 1: it differs; what follows means nothing. Or
 *         USHER_ENOMEM. Since 0.1.
 */
USHER_API int usher_verify_feed(struct usher_verify *verify,
				const struct usher_event *entry,
				struct usher_difference *ret);

/** The record ends here: nothing more may come. As usher_verify_feed().
 *  Since 0.1. */
USHER_API int usher_verify_end(struct usher_verify *verify,
			       struct usher_difference *ret);

/**
 * Events so far that are as recorded but for their cause: where only time let
 * a policy choose, it names the deadline (USHER_CAUSE_RETRY, _DEFERRAL,
 * _WIDENING, _COLLECTED), and records of former libraries name none. They are
 * no difference. Since 0.1.
 */
USHER_API uint64_t usher_verify_uncaused(const struct usher_verify *verify);

/** Name of what differs: "changed". NULL for none. Thread: any. Since 0.1. */
USHER_API const char *usher_differs_name(uint32_t what);

/* ---- How long until something ends, where not all is seen to the end ---- */

/** One observation. */
struct usher_observed {
	double at;         /**< so long it was watched; not negative */
	uint32_t ended;    /**< 1: then it ended; 0: censored, it did not */
	uint32_t reserved; /**< zero */
};

/** The estimate from one end to the next. */
struct usher_survival_point {
	double at;        /**< something ended after this time */
	double part;      /**< so many go on beyond it */
	double deviation; /**< of part, by Greenwood (1926) */
	uint64_t at_risk; /**< were watched up to it */
	uint64_t ended;   /**< of these: ended then */
};

/**
 * The product limit of Kaplan and Meier (1958).
 *
 * @param seen       Is sorted
 * @param points     Where the estimate goes, by time; may be NULL with cap 0
 * @param cap        As many points as there are different times will do
 * @param ret_count  How many points there are
 *
 * @return 0, USHER_EFULL (cap points were written), USHER_EINVAL. Thread:
 *         any. Since 0.1.
 */
USHER_API int usher_survival(struct usher_observed *seen, size_t count,
			     struct usher_survival_point *points, size_t cap,
			     size_t *ret_count);

/**
 * The least time by which a part has ended. Behind the last end an exponential
 * tail goes on through the last point (Brown, Hollander and Korwar 1974).
 *
 * @param points  As usher_survival() gave them
 * @param part    Above 0 and below 1
 *
 * @return The time; HUGE_VAL: none, since nothing ended. Thread: any.
 *         Since 0.1.
 */
USHER_API double
usher_survival_quantile(const struct usher_survival_point *points,
			size_t count, double part);

/* ---- What if ---- */

/** What was taken out of a record. Opaque. */
struct usher_record;

/** Make one that has seen nothing. alloc may be NULL: the heap, and must
 *  outlive it. @return 0, USHER_EINVAL, USHER_ENOMEM. Since 0.1. */
USHER_API int usher_record_new(struct usher_record **ret,
			       const struct usher_alloc *alloc);
/** Free it; NULL is fine. Since 0.1. */
USHER_API void usher_record_free(struct usher_record *record);

/**
 * The next event of the record; inputs are passed over. A record may begin
 * anywhere, but queues and agents are known from their set events alone.
 *
 * @return 0, USHER_ESTATE (time runs back, or it has ended), USHER_EFULL (more
 *         queues or agents than a simulation has), USHER_ENOMEM. Since 0.1.
 */
USHER_API int usher_record_feed(struct usher_record *record,
				const struct usher_event *ev);

/** The record ends, at the last event or later. @return 0, USHER_ESTATE
 * (twice, or nothing was fed), USHER_ENOMEM: it can only be freed then. Since
 * 0.1. */
USHER_API int usher_record_end(struct usher_record *record, int64_t until_us);

/** Seconds from the first event to the end. Since 0.1. */
USHER_API double usher_record_duration(const struct usher_record *record);

/** Agents who are alike: the same attributes, queues and capacity. */
struct usher_record_group {
	size_t size;       /**< set by the caller to its sizeof */
	const char *name;  /**< what their names begin with, or the first's */
	uint64_t handled;  /**< contacts */
	double speed;      /**< so much quicker than others with contacts of
			    *   the same queues */
	uint32_t agents;   /**< who were there at some time */
	uint32_t reserved; /**< zero */
};

/** A queue of the record. */
struct usher_record_queue {
	size_t size;        /**< set by the caller to its sizeof */
	const char *name;   /**< of the queue */
	const char *policy; /**< of the queue, or its fallback */
	uint64_t arrivals;  /**< customers */
	uint64_t answered;  /**< stays that ended so */
	uint64_t abandoned; /**< as answered */
	double handle_s;    /**< mean time of an agent for one of them, from
			     *   the answer to the end of the talk */
	/** 1: the requirement reads the contact's attributes; a simulation has
	 *  those that each contact came to the queue with */
	uint32_t contact_requirement;
	uint32_t reserved; /**< zero */
};

/** Group number index, once it has ended. 0, USHER_ENOENT, USHER_EINVAL.
 *  Since 0.1. */
USHER_API int usher_record_group_at(const struct usher_record *record,
				    uint32_t index,
				    struct usher_record_group *ret);
/** Queue number index. As usher_record_group_at(). Since 0.1. */
USHER_API int usher_record_queue_at(const struct usher_record *record,
				    uint32_t index,
				    struct usher_record_queue *ret);

/** What a record may have that a simulation made of it has otherwise. The
 *  numbers are part of the ABI. */
enum usher_record_lack_kind {
	USHER_LACKS_BEFORE = 1,   /**< contacts that ended before a queue */
	USHER_LACKS_QUEUES = 2,   /**< stays in several queues of a flow */
	USHER_LACKS_LEFT = 3,     /**< stays that flows or requests ended */
	USHER_LACKS_AGAIN = 4,    /**< customers of an agent who wait again */
	USHER_LACKS_DIRECT = 5,   /**< conversations outside queues */
	USHER_LACKS_OFFERS = 6,   /**< offers that came to nothing */
	USHER_LACKS_CHANGED = 7,  /**< contacts that changed as they waited */
	USHER_LACKS_SETTINGS = 8, /**< queues and agents that were changed */
	USHER_LACKS_CAPACITY = 9, /**< agents with several contacts at once,
				   * too seldom to tell their slow-down */
	USHER_LACKS_CALLBACKS = 10, /**< callbacks that no step offered */
	USHER_LACKS_DETACHED = 11,  /**< contacts whose leg was lost */
	USHER_LACKS_FULL = 12,      /**< times a queue became full */
	USHER_LACKS_EXTERNAL = 13   /**< queues that others decided for */
};

/** What a simulation made of the record does not carry over. */
struct usher_record_lack {
	size_t size;       /**< set by the caller to its sizeof */
	const char *text;  /**< what is counted, and what is done instead */
	uint64_t count;    /**< above zero */
	uint32_t kind;     /**< enum usher_record_lack_kind */
	uint32_t reserved; /**< zero */
};

/** Number index of those that the record has, in the order of the kinds. 0,
 *  USHER_ENOENT, USHER_EINVAL. Since 0.1. */
USHER_API int usher_record_lack_at(const struct usher_record *record,
				   uint32_t index,
				   struct usher_record_lack *ret);

/** What of a group is different. */
struct usher_record_change {
	const char *group;              /**< its name */
	const struct usher_attr *attrs; /**< all of them; NULL: as they were */
	uint32_t attr_count;            /**< entries of attrs */
	int32_t agents; /**< so many, who come and go as those of the record
			 *   do in turn; negative: as many */
};

/** What is different from the record. */
struct usher_record_opts {
	size_t size;               /**< set by usher_record_opts_init() */
	const char *policy;        /**< of all queues; NULL: their own */
	const char *contact_order; /**< NULL: as it was */
	const struct usher_record_change *changes; /**< of groups */
	uint32_t change_count;                     /**< entries of changes */
	uint32_t policy_option_count; /**< entries of policy_options */
	/** Of policy, as in usher_queue_opts. Without a policy unread: the
	 *  queues' own policies keep their options */
	const struct usher_attr *policy_options;
	size_t change_size; /**< sizeof(struct usher_record_change) */
};

/** Zero the options and note their size. Since 0.1. */
USHER_API void usher_record_opts_init(struct usher_record_opts *opts,
				      size_t size);

/** A simulation's options made of a record. Opaque. */
struct usher_record_model;

/**
 * Make the options of a simulation: customers come when they came; how long
 * they are patient is drawn from the estimate of Kaplan and Meier, one for
 * each queue; how long agents are busy is drawn from what was seen in the
 * queue, over the group's speed and slow-down; agents have several contacts at
 * once as they might; queues widen, overflow, open and close as
 * they did. The record, and texts, attributes and options of opts, must
 * outlive it.
 *
 * @param opts  What is different; NULL: nothing
 *
 * Agents who come and go alike are a group of the simulation; where there are
 * more such groups than USHER_SIM_GROUPS_MAX, alike is to the minute, and
 * beyond that some come and go as others of their group do.
 *
 * @return 0, USHER_ENOENT (group), USHER_EINVAL (options, or the record is
 *         longer than 366 days), USHER_EFULL (more groups of the record than
 *         a simulation may have), USHER_ESTATE (the record has not ended),
 *         USHER_ENOMEM. Since 0.1.
 */
USHER_API int usher_record_model_new(struct usher_record_model **ret,
				     const struct usher_record *record,
				     const struct usher_record_opts *opts,
				     struct usher_error *err);
/** Free it; NULL is fine. Since 0.1. */
USHER_API void usher_record_model_free(struct usher_record_model *model);

/** The options: copy them and set the seed; run usher_record_duration()
 *  seconds. They live as long as the model. Since 0.1. */
USHER_API const struct usher_sim_opts *
usher_record_model_opts(const struct usher_record_model *model);

/** Figures over all queues and agents. */
struct usher_replay_figures {
	size_t size;          /**< set by the caller to its sizeof */
	uint64_t entered;     /**< customers */
	uint64_t answered;    /**< of these */
	uint64_t abandoned;   /**< of these */
	double service_level; /**< `strict` of usher/metrics.h */
	double asa_s;         /**< mean wait of the answered */
	double abandonment;   /**< abandoned / (answered + abandoned) */
	double occupancy;     /**< of all agents together */
};

/** Those of the record itself. 0, USHER_ESTATE, USHER_EINVAL. Since 0.1. */
USHER_API int usher_record_figures(const struct usher_record *record,
				   struct usher_replay_figures *ret);
/** Those of a simulation at its time. 0, USHER_EINVAL. Since 0.1. */
USHER_API int usher_replay_figures(const struct usher_sim *sim,
				   struct usher_replay_figures *ret);

#ifdef __cplusplus
}
#endif
#endif
