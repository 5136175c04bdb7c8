/** @file
 * A contact center: routing, flows, channels and storage, composed.
 *
 * A host owns what a process has once: the loop thread, the SIP listener, the
 * media ports. A center is one tenant in it, with its own agents, queues,
 * entries and journal. Several hosts may live in one process.
 *
 *     configure   usher_config_*        plain data, checked as it is built
 *     compose     usher_host_new, usher_center_new, usher_host_start
 *     act         usher_center_*        posted; the outcome is an event
 *     listen      usher_reader_*        events in order, from any sequence
 *     look        usher_center_snapshot an immutable view of now
 *
 * Threads: unless a function says otherwise it may be called from any thread.
 * Calls that act copy what they are given, return a request id at once, and
 * are answered by one event of type request_done whose cause is that id. In a
 * child after fork they return USHER_EFORK.
 */
#ifndef USHER_CENTER_H
#define USHER_CENTER_H

#include <stddef.h>
#include <stdint.h>
#include <usher/acd.h>
#include <usher/channel.h>
#include <usher/config.h>
#include <usher/error.h>
#include <usher/event.h>
#include <usher/host.h>
#include <usher/ivr.h>
#include <usher/metrics.h>
#include <usher/reader.h>

#ifdef __cplusplus
extern "C" {
#endif

struct usher_center;
struct usher_store;

/** Options of a center. Zero means default. */
struct usher_center_opts {
	size_t size;            /**< set by usher_center_opts_init() */
	const char *name;       /**< of the tenant; default "center" */
	const char *domain;     /**< SIP domain; NULL: takes every domain */
	const char *state_dir;  /**< journal, history, phones; NULL: in
				     memory */
	const char *record_dir; /**< recordings and voicemail; NULL: below
				     state_dir, or none */
	uint64_t seed;          /**< of the random streams */
	/** Waiting customers whose leg was lost in a restart keep their place
	 *  so long: default 120,000. */
	uint32_t resume_ms;
	uint32_t node; /**< upper 16 bits of ids; default 0 */
	/** Policy that finds the contact for a free agent, over all queues:
	 *  default "priority_age", see docs/policies.md. */
	const char *contact_order;
	/** Agents in each list of an offer's explanation, up to
	 *  USHER_EXPLAIN_MAX; 0: offers say nothing. */
	uint32_t explain;
	uint32_t reserved; /**< zero */
};

/** Fill in defaults. @param size sizeof the caller's struct. Since 0.1. */
USHER_API void usher_center_opts_init(struct usher_center_opts *opts,
				      size_t size);

/**
 * Add a center to a host that has not been started. The host owns it.
 *
 * @param config  Taken over on success
 *
 * @return 0, USHER_EINVAL, USHER_EEXIST (name or domain), USHER_ESTATE,
 *         USHER_ENOMEM. Since 0.1.
 */
USHER_API int usher_center_new(struct usher_center **ret,
			       struct usher_host *host,
			       const struct usher_center_opts *opts,
			       struct usher_config *config,
			       struct usher_error *err);

/** The center's name. */
USHER_API const char *usher_center_name(const struct usher_center *center);

/**
 * Add a driver, before start. The struct is copied, with what the driver was
 * compiled for: of an older header it may be smaller, and what it lacks is
 * NULL. Its texts are borrowed for the center's life.
 *
 * @return 0, USHER_EEXIST, USHER_ESTATE, USHER_EINVAL, USHER_ENOMEM.
 */
USHER_API int
usher_center_driver_add(struct usher_center *center,
			const struct usher_channel_driver *driver, void *arg,
			struct usher_error *err);

/**
 * Add a routing policy of one's own, before start; queues name it. The table
 * is copied, what it points to must outlive the center, and it must be added
 * again after a restart.
 *
 * @return 0, USHER_EINVAL, USHER_ESTATE, USHER_EFULL. Since 0.1.
 */
USHER_API int
usher_center_agent_policy_add(struct usher_center *center,
			      const struct usher_agent_policy *policy,
			      struct usher_error *err);
/** The same for the center's contact_order. Since 0.1. */
USHER_API int
usher_center_contact_policy_add(struct usher_center *center,
				const struct usher_contact_policy *policy,
				struct usher_error *err);

/**
 * Where the core's snapshot stands in one of a center's store: for
 * usher_journal_restore().
 *
 * @return 0, USHER_ECORRUPT, USHER_ENOTSUP (of a newer version). Thread: any.
 *         Since 0.1.
 */
USHER_API int usher_center_core_of(const void *bytes, size_t len,
				   const void **ret, size_t *ret_len);

/** Receives an explanation, on the loop's thread while the caller waits. What
 *  it is given is valid for the call. */
struct usher_center_explain_cb {
	size_t size; /**< set by the caller to its sizeof */
	/** Each agent, candidates first; may be NULL. */
	void (*agent)(void *arg, const struct usher_explained *one);
	/** Each line of the text for people; may be NULL. */
	void (*line)(void *arg, const char *text);
	/** Each queue where it waits, after its agents and lines. */
	void (*queue)(void *arg, const char *name,
		      const struct usher_explanation *queue);
	void *arg; /**< handed to all of them */
};

/**
 * Explain who may be offered a contact now and who may not, for each queue in
 * which it waits: see usher_acd_explain(). Thread: any but the loop's.
 *
 * @return 0 (also when it waits nowhere), USHER_ENOENT, USHER_EINVAL,
 *         USHER_ECLOSED, USHER_EFORK. Since 0.1.
 */
USHER_API int usher_center_explain(struct usher_center *center,
				   uint64_t contact,
				   const struct usher_center_explain_cb *cb);

/** Sequence number that is on disk, also after usher_host_stop(); the newest
 *  one for a center in memory. Thread: any. Since 0.1. */
USHER_API uint64_t usher_center_committed(const struct usher_center *center);

/**
 * History, for usher/store.h's queries. Thread: any; usher_host_stop() closes
 * it, so whoever uses it must be done before that begins.
 *
 * @return The store, or NULL: a center in memory, or not started, or stopped.
 *         Since 0.1.
 */
USHER_API struct usher_store *usher_center_store(struct usher_center *center);

/** What a request asks for. */
enum usher_request_type {
	USHER_REQ_SIGN_IN = 1,      /**< agent */
	USHER_REQ_SIGN_OUT = 2,     /**< agent */
	USHER_REQ_READY = 3,        /**< agent */
	USHER_REQ_PAUSE = 4,        /**< agent, text: reason */
	USHER_REQ_WRAP_UP_END = 5,  /**< agent; contact or 0 for all */
	USHER_REQ_ACCEPT = 6,       /**< agent, offer; for "app" endpoints */
	USHER_REQ_REJECT = 7,       /**< agent, offer */
	USHER_REQ_HANG_UP = 8,      /**< contact; agent or 0: whole contact */
	USHER_REQ_HOLD = 9,         /**< agent, contact */
	USHER_REQ_RESUME = 10,      /**< agent, contact */
	USHER_REQ_TRANSFER = 11,    /**< agent, contact, text: target */
	USHER_REQ_SEND = 12,        /**< agent, contact, text: message */
	USHER_REQ_DISPOSITION = 13, /**< agent, contact, text */
	USHER_REQ_ASSIGN = 14,      /**< contact, agent: external decision */
	USHER_REQ_CONFIGURE = 15,   /**< by usher_center_configure() only */
	USHER_REQ_QUEUE_OPEN = 16,  /**< queue: takes newcomers again */
	USHER_REQ_QUEUE_CLOSE = 17, /**< queue: newcomers take the exit
				     *   "closed", who waits is served */
	/** agent, contact, text: agent, queue or number to ask while the
	 *  customer waits with music, unrecorded */
	USHER_REQ_CONSULT = 18,
	USHER_REQ_CONSULT_COMPLETE = 19, /**< agent, contact: the customer is
					  *   with who was asked */
	USHER_REQ_CONSULT_CANCEL = 20,   /**< agent, contact: back to the
					  *   customer */
	USHER_REQ_CONFERENCE = 21,       /**< agent, contact: all three talk */
	USHER_REQ_ADD = 22,    /**< agent, contact, text: agent or number
				*   to let in, rung meanwhile */
	USHER_REQ_REMOVE = 23, /**< agent (or 0), contact, leg or text: name
				*   of the agent to put out */
	USHER_REQ_LEAVE = 24,  /**< agent, contact: the others go on */
	/** contact, text: "listen", "whisper", "barge" or "take_over"; agent:
	 *  the supervisor, or to: a number that is rung; again, or leg: one
	 *  who is there takes another part */
	USHER_REQ_SUPERVISE = 25,
	USHER_REQ_SUPERVISE_END = 26, /**< contact; agent or leg */
	USHER_REQ_PARK = 27,    /**< agent, contact, text: slot or NULL */
	USHER_REQ_PICK_UP = 28, /**< agent, text: slot */
	USHER_REQ_MUTE = 29,    /**< contact; agent: their own leg; or leg */
	USHER_REQ_UNMUTE = 30,  /**< as MUTE */
	/** contact, text: digits to send to the customer, or to leg */
	USHER_REQ_DIGITS = 31,
	USHER_REQ_HANG_UP_LEG = 32, /**< contact, leg */
	/** agent, text: number to call, or a colleague's extension; the
	 *  contact's id is in the outcome */
	USHER_REQ_ORIGINATE = 33,
	USHER_REQ_RECORD = 34,        /**< agent, contact: on demand */
	USHER_REQ_RECORD_STOP = 35,   /**< agent, contact */
	USHER_REQ_RECORD_PAUSE = 36,  /**< agent, contact: for card numbers */
	USHER_REQ_RECORD_RESUME = 37, /**< agent, contact */
	/** contact, text: "given", "refused" or "withdrawn": whether the
	 *  customer may be recorded */
	USHER_REQ_CONSENT = 38,
	/** contact: in a flow or waiting, is called back and leaves its queues
	 *  for it; or 0: a new one, whose id is in the outcome. text: number,
	 *  NULL: the caller's; queue, or 0: where it waits. from_us, until_us,
	 *  again_ms, attempts, and who is first by a flag; what is 0 is as
	 *  docs/queues.md says. USHER_EEXIST: there is one for the number */
	USHER_REQ_CALLBACK = 39,
	USHER_REQ_CALLBACK_CANCEL = 40 /**< contact: ends, not called back */
};

/** Bits of a request's flags. */
enum usher_request_flag {
	/** TRANSFER to a queue: its age there begins now, not with the
	 *  contact */
	USHER_REQUEST_FRESH = 1u << 0,
	/** ORIGINATE, CALLBACK: ring the customer, then the agent */
	USHER_REQUEST_CUSTOMER_FIRST = 1u << 1,
	/** CALLBACK: ring the agent, then the customer */
	USHER_REQUEST_AGENT_FIRST = 1u << 2
};

/** A request. Fields that its type does not name are 0 or NULL. */
struct usher_request {
	size_t size;       /**< set by the caller to its sizeof */
	uint32_t type;     /**< enum usher_request_type */
	uint32_t actor;    /**< enum usher_actor; who asks, for the record */
	uint64_t actor_id; /**< which one, as enum usher_actor says */
	uint64_t agent;    /**< id, see usher_center_agent_id() */
	uint64_t contact;  /**< id */
	uint64_t offer;    /**< id */
	const char *text;  /**< UTF-8, copied; see the types */
	uint64_t queue;    /**< id, see usher_center_queue_id() */
	/* Since 0.1; a caller of before has a smaller size. */
	uint64_t leg;      /**< id, as in events */
	uint32_t flags;    /**< enum usher_request_flag */
	uint32_t reserved; /**< zero */
	const char *to;    /**< UTF-8, copied; see the types */
	int64_t from_us;   /**< CALLBACK: not before; Unix time, as the next */
	int64_t until_us;  /**< CALLBACK: given up then */
	uint32_t again_ms; /**< CALLBACK: between two attempts */
	uint32_t attempts; /**< CALLBACK: at most */
};

/**
 * Ask for something. The outcome is an event request_done with this id as its
 * cause and USHER_OK or USHER_E… as its result.
 *
 * @return 0, USHER_EINVAL, USHER_EAGAIN (too many outstanding),
 *         USHER_ECLOSED (not started, or stopped), USHER_EFORK,
 *         USHER_ENOMEM. Since 0.1.
 */
USHER_API int usher_center_request(struct usher_center *center,
				   const struct usher_request *request,
				   uint64_t *ret_request,
				   struct usher_error *err);

/**
 * Replace the configuration of a running center: the differences are applied
 * as inputs, all or nothing. Takes the config over on success.
 */
USHER_API int usher_center_configure(struct usher_center *center,
				     struct usher_config *config,
				     uint64_t *ret_request,
				     struct usher_error *err);
/**
 * What usher_center_configure() would come to now, tried on a copy of the
 * center's state: nothing changes and the configuration stays the caller's.
 * Waits for the center's loop; policies of the application may be asked.
 * Thread: any but in a callback.
 *
 * @return 0, or what the request's result would be, with detail;
 *         USHER_ECLOSED (not started, or stopped), USHER_EFORK. Since 0.1.
 */
USHER_API int usher_center_configure_try(struct usher_center *center,
					 const struct usher_config *config,
					 struct usher_error *err);

/** Id of an agent or queue by name; 0 if there is none (yet). */
USHER_API uint64_t usher_center_agent_id(struct usher_center *center,
					 const char *name);
/** The same of a queue. Since 0.1. */
USHER_API uint64_t usher_center_queue_id(struct usher_center *center,
					 const char *name);

/** A trunk as it is now, for monitoring. */
struct usher_trunk_state {
	size_t size;           /**< sizeof, as it was compiled */
	const char *name;      /**< valid during the call */
	uint32_t up;           /**< nonzero: calls are tried over it */
	uint32_t registered;   /**< nonzero: at its provider */
	uint32_t addresses;    /**< known of it */
	uint32_t addresses_up; /**< of these, not silent to OPTIONS */
	uint32_t resting;      /**< of these, after a failed call */
	uint32_t calls_in;     /**< now */
	uint32_t calls_out;    /**< now */
	uint32_t reserved;     /**< zero */
	uint64_t placed;       /**< attempts to call over it */
	uint64_t failed;       /**< of these, without reaching anybody */
};

/** Receives one trunk; on the caller's thread. */
typedef void usher_trunk_fn(void *arg, const struct usher_trunk_state *trunk);

/**
 * Call fn for each trunk of a running center, in the order of its
 * configuration. Blocks for one turn of the host's loop; not from a driver's
 * callback.
 *
 * @return 0, USHER_ECLOSED, USHER_ENOMEM, USHER_EFORK. Since 0.1.
 */
USHER_API int usher_center_trunks(struct usher_center *center,
				  usher_trunk_fn *fn, void *arg);

#ifdef __cplusplus
}
#endif
#endif
