/** @file
 * Figures folded from events: by queue, by agent and over all, since the
 * day's start and in the interval that is running.
 *
 * A usher_metrics is fed with the events of a core (or with recorded ones)
 * in their order and knows nothing else: whoever folds the same events gets
 * the same figures. It takes its limits (threshold of the service level,
 * short abandons) from the events that describe a queue.
 *
 * Definitions. A contact *entered* a queue when its stay began, and left it
 * as answered, abandoned or flowed out (with a reason), or elsewhere: taken
 * out because another queue or an agent's own call answered it, which counts
 * there. A requeue enters once: a contact that goes back to its place after
 * an offer came to nothing has never left. Counts belong to the moment of the
 * event; talk, hold and wrap-up to the moment when the segment with the agent
 * closed, so that a mean over an interval is one of whole segments; an agent's
 * times by the clock are cut at the borders. So in every span
 *
 *     carried + entered =
 *         answered + abandoned + flowed_out + elsewhere + waiting
 *
 * Everything kept is an integer; a ratio is computed when asked for, and a
 * ratio whose denominator is zero is undefined: USHER_ENOENT, never zero.
 *
 * Thread: none of its own; calls on one object must not overlap.
 */
#ifndef USHER_METRICS_H
#define USHER_METRICS_H

#include <stddef.h>
#include <stdint.h>
#include <usher/alloc.h>
#include <usher/error.h>
#include <usher/event.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Length of an interval; intervals begin at multiples of it, in UTC. */
#define USHER_METRICS_INTERVAL_US (INT64_C(900) * 1000000)

/** Places for reasons of flowing out; a reason beyond counts as the last. */
#define USHER_METRICS_REASONS 16

/** What a figure is of. The numbers are part of the ABI. */
enum usher_span {
	USHER_SPAN_DAY = 1,     /**< since usher_metrics_day_start */
	USHER_SPAN_INTERVAL = 2 /**< since the last multiple of 15 minutes */
};

/**
 * Ways to put a service level, with A answered, B abandoned, A_T and B_T
 * the same within the threshold, S short abandons. The numbers are part of
 * the ABI, the names are what people use.
 */
enum usher_service_level {
	USHER_LEVEL_ANSWERED = 1,    /**< `answered`: A_T / A */
	USHER_LEVEL_CREDIT = 2,      /**< `credit`: (A_T + B_T) / (A + B) */
	USHER_LEVEL_STRICT = 3,      /**< `strict`: A_T / (A + B) */
	USHER_LEVEL_EXCLUDE = 4,     /**< `exclude`: A_T / (A + B - B_T) */
	USHER_LEVEL_SHORT_CREDIT = 5 /**< `short_credit`:
					  (A_T + S) / (A + B) */
};

/** The fold. Opaque. */
struct usher_metrics;

/** How to make one. */
struct usher_metrics_opts {
	size_t size; /**< sizeof, set by usher_metrics_opts_init */
	/** Where memory comes from; NULL: the C library. Outlives it. */
	const struct usher_alloc *alloc;
	/**
	 * Called at the end of each interval, before anything later is
	 * counted: figures asked for in it (USHER_SPAN_INTERVAL, at end_us)
	 * are those of the interval that ends. It must not change m. After
	 * a gap it is called once for each interval in it. May be NULL.
	 */
	void (*interval_end)(void *arg, const struct usher_metrics *m,
			     int64_t start_us, int64_t end_us);
	void *arg; /**< for interval_end */
};

/** Figures of a queue, or of all of them. */
struct usher_queue_figures {
	size_t size;               /**< sizeof, set by the caller */
	int64_t since_us;          /**< when the span began */
	uint64_t carried;          /**< waiting when the span began */
	uint64_t entered;          /**< stays that began */
	uint64_t answered;         /**< A */
	uint64_t abandoned;        /**< B: left by themselves while waiting */
	uint64_t flowed_out;       /**< F: led elsewhere */
	uint64_t elsewhere;        /**< answered through another queue */
	uint64_t requeues;         /**< back to their place after an offer */
	uint64_t answered_within;  /**< A_T: within the threshold */
	uint64_t abandoned_within; /**< B_T: within the threshold */
	uint64_t short_abandons;   /**< S: sooner than the short limit */
	/** F by reason: index is enum usher_leave_reason. */
	uint64_t flowed[USHER_METRICS_REASONS];
	uint64_t handled;          /**< segments with agents that closed */
	int64_t answered_wait_us;  /**< sum over A */
	int64_t abandoned_wait_us; /**< sum over B */
	int64_t talk_us;           /**< sum over handled */
	int64_t hold_us;           /**< sum over handled */
	int64_t wrapup_us;         /**< sum over handled */
	uint64_t waiting;          /**< now */
	int64_t longest_wait_us;   /**< of those waiting now; 0 with nobody */
};

/** Figures of an agent. */
struct usher_agent_figures {
	size_t size;        /**< sizeof, set by the caller */
	int64_t since_us;   /**< when the span began */
	uint64_t offers;    /**< offers made */
	uint64_t rejected;  /**< offers that the agent rejected */
	uint64_t missed;    /**< offers that ran out */
	uint64_t withdrawn; /**< offers taken back */
	uint64_t failed;    /**< accepted, but could not be connected */
	uint64_t connected; /**< segments that began */
	uint64_t handled;   /**< segments that closed */
	int64_t talk_us;    /**< sum over handled */
	int64_t hold_us;    /**< sum over handled */
	int64_t wrapup_us;  /**< sum over handled */
	/* By the clock, cut at the borders of the span; each moment is in
	 * one of these, or in none while signed out. */
	int64_t occupied_us;  /**< with one contact or more, or wrapping up */
	int64_t ringing_us;   /**< else: with an offer */
	int64_t available_us; /**< else: ready */
	int64_t paused_us;    /**< else: paused */
};

/** Mean handle time with its parts, in microseconds. */
struct usher_handle_time {
	int64_t talk_us;   /**< mean in conversation, without hold */
	int64_t hold_us;   /**< mean on hold */
	int64_t wrapup_us; /**< mean of wrap-up */
	int64_t total_us;  /**< of the sums, so it may differ by rounding */
};

/**
 * Fill in defaults.
 *
 * @param opts  What to fill in
 * @param size  sizeof(*opts) as the caller was compiled
 *
 * @return 0, or USHER_EINVAL. Thread: any. Since 0.1.
 */
USHER_API int usher_metrics_opts_init(struct usher_metrics_opts *opts,
				      size_t size);

/**
 * Make a fold that has seen nothing.
 *
 * @param ret   Where it goes; untouched on error
 * @param opts  NULL: all defaults
 * @param err   Detail, or NULL
 *
 * @return 0, USHER_EINVAL or USHER_ENOMEM. Since 0.1.
 */
USHER_API int usher_metrics_new(struct usher_metrics **ret,
				const struct usher_metrics_opts *opts,
				struct usher_error *err);

/** Free it; NULL is fine. Since 0.1. */
USHER_API void usher_metrics_free(struct usher_metrics *m);

/**
 * Fold one event. Types that figures do not need are passed over.
 *
 * @param m   The fold
 * @param ev  An event; its time is not before the last one's
 *
 * @return 0, USHER_EINVAL (time or sequence runs backwards) or USHER_ENOMEM;
 *         on error nothing has changed. Since 0.1.
 */
USHER_API int usher_metrics_feed(struct usher_metrics *m,
				 const struct usher_event *ev);

/**
 * Let time pass without an event, so that intervals end on time. Figures do
 * not need it: they take `now` with the question.
 *
 * @param m       The fold
 * @param now_us  Not before the last event
 *
 * @return 0 or USHER_EINVAL. Since 0.1.
 */
USHER_API int usher_metrics_advance(struct usher_metrics *m, int64_t now_us);

/**
 * Begin a new day now. An event of that type does the same; this is for
 * those who keep days of their own. Who waits or talks goes on doing so.
 *
 * @param m       The fold
 * @param now_us  Not before the last event
 *
 * @return 0 or USHER_EINVAL. Since 0.1.
 */
USHER_API int usher_metrics_day_start(struct usher_metrics *m, int64_t now_us);

/**
 * Figures of one queue. A removed queue keeps its figures until the day ends.
 *
 * @param m       The fold
 * @param queue   Its id
 * @param span    enum usher_span
 * @param now_us  For what waits now; not before the last event
 * @param ret     Its size set; untouched on error
 *
 * @return 0, USHER_ENOENT (no such queue any more) or USHER_EINVAL.
 *         Since 0.1.
 */
USHER_API int usher_metrics_queue(const struct usher_metrics *m,
				  uint64_t queue, int32_t span, int64_t now_us,
				  struct usher_queue_figures *ret);

/**
 * Figures over all queues, by contact and not by stay: a contact that went
 * through three queues, or waited in two at once, entered once, was answered
 * once, and waited from its first entry to its first answer. It counts as
 * abandoned or flowed out (with the reason of its last stay) when it ends
 * without an answer; until then it may be between two queues, and is missing
 * from waiting. Limits are those of the queue that it left last. Parameters
 * and result as usher_metrics_queue. Since 0.1.
 */
USHER_API int usher_metrics_total(const struct usher_metrics *m, int32_t span,
				  int64_t now_us,
				  struct usher_queue_figures *ret);

/** Figures of one agent; as usher_metrics_queue. Since 0.1. */
USHER_API int usher_metrics_agent(const struct usher_metrics *m,
				  uint64_t agent, int32_t span, int64_t now_us,
				  struct usher_agent_figures *ret);

/**
 * How long a contact that enters the queue now may expect to wait.
 *
 * The sum, over each place that has to pass, of the mean time until somebody
 * ahead is gone: answered, as often as the agents who serve the queue now take
 * another, as was seen of late while others waited on, and as often as all
 * agents take one by its part of them and by who waits elsewhere, each as far
 * as it can be relied on; or gone without an answer, as often as of late for
 * each who stood there (the last 64). Ibrahim and Whitt, Management Science 55
 * (2009). It knows nothing of agents about to sign in, errs upwards when
 * agents are free, and is undefined until an answer was seen with somebody
 * waiting on or eight contacts were handled, of this queue or, where others
 * have agents too, of all. docs/figures.md compares it with
 * others.
 *
 * @param m       The fold
 * @param queue   Its id
 * @param ahead   How many will be served before; UINT64_MAX: all who wait
 * @param ret_us  Where the time goes; untouched on error
 *
 * @return 0 or USHER_ENOENT (no such queue, or undefined). Since 0.1.
 */
USHER_API int usher_metrics_expected_wait(const struct usher_metrics *m,
					  uint64_t queue, uint64_t ahead,
					  int64_t *ret_us);

/**
 * A service level, 0 to 1, of figures that were asked for before.
 *
 * @param f        Figures
 * @param variant  enum usher_service_level
 * @param ret      Where it goes; untouched on error
 *
 * @return 0, USHER_ENOENT (undefined: no contact to speak of) or
 *         USHER_EINVAL (no such variant). Thread: any. Since 0.1.
 */
USHER_API int usher_figures_service_level(const struct usher_queue_figures *f,
					  int32_t variant, double *ret);

/** Name of a variant: "strict"; NULL if there is none. Since 0.1. */
USHER_API const char *usher_service_level_name(int32_t variant);

/** Variant of a name; USHER_ENOENT if there is none. Since 0.1. */
USHER_API int usher_service_level_parse(const char *name);

/** Mean wait of the answered; USHER_ENOENT: undefined. Since 0.1. */
USHER_API int usher_figures_asa(const struct usher_queue_figures *f,
				int64_t *ret_us);

/** Mean handle time of a queue; USHER_ENOENT: undefined. Since 0.1. */
USHER_API int usher_figures_aht(const struct usher_queue_figures *f,
				struct usher_handle_time *ret);

/** Mean handle time of an agent; USHER_ENOENT: undefined. Since 0.1. */
USHER_API int usher_figures_agent_aht(const struct usher_agent_figures *f,
				      struct usher_handle_time *ret);

/**
 * Part of the time on contacts in that and the time available. Two contacts
 * at once count once; ringing and pauses do not count. USHER_ENOENT:
 * undefined. Thread: any. Since 0.1.
 */
USHER_API int usher_figures_occupancy(const struct usher_agent_figures *f,
				      double *ret);

/**
 * Write all of it as bytes. The same events give the same bytes.
 *
 * @param m         The fold
 * @param buf       Where they go, or NULL to ask for the length
 * @param capacity  Room in buf
 * @param ret_len   Bytes written, or needed
 *
 * @return 0, or USHER_EFULL (capacity; *ret_len says what is needed).
 *         Since 0.1.
 */
USHER_API int usher_metrics_snapshot(const struct usher_metrics *m,
				     uint8_t *buf, size_t capacity,
				     size_t *ret_len);

/**
 * Make a fold from bytes; then feed the events that came after.
 *
 * @param ret   Where it goes; untouched on error
 * @param opts  NULL: all defaults
 * @param buf   Bytes that usher_metrics_snapshot wrote
 * @param len   How many
 * @param err   Detail, or NULL
 *
 * @return 0, USHER_ECORRUPT, USHER_EINVAL or USHER_ENOMEM. Since 0.1.
 */
USHER_API int usher_metrics_restore(struct usher_metrics **ret,
				    const struct usher_metrics_opts *opts,
				    const uint8_t *buf, size_t len,
				    struct usher_error *err);

#ifdef __cplusplus
}
#endif
#endif
