/** @file
 * Routing policies: which agent for a contact, which contact for an agent.
 *
 * A policy is a table of functions with a name and a version. The core keeps
 * agents and contacts in order and asks the policy as little as possible; how
 * little depends on the order that it declares:
 *
 * - USHER_ORDER_STATIC: a key that changes only when the thing itself does.
 *   Smallest first. The core keeps a tree; a decision costs O(classes + log
 * n).
 * - USHER_ORDER_HEAD: within a class (contacts) or profile (agents) the static
 *   key still orders; the heads are compared by a score at now. Same cost.
 * - USHER_ORDER_SCAN: the policy sees every candidate. O(n), and it says so.
 * - USHER_ORDER_BATCH: the core collects for a moment, then finds the best
 *   assignment of contacts to agents by the policy's costs.
 *
 * Options: a policy may take options of the queue that names it. configure()
 * compiles them into a block of bytes that is shown with every question.
 *
 * What a policy remembers is a block of bytes that the core owns, records and
 * snapshots: no pointers in it, every byte set. In a callback everything is
 * read only: inputs of the core return USHER_EBUSY. The same question with
 * the same state must get the same answer: no clock, no addresses, no libm;
 * randomness only from usher_pick_random().
 */
#ifndef USHER_POLICY_H
#define USHER_POLICY_H

#include <stddef.h>
#include <stdint.h>
#include <usher/error.h>
#include <usher/event.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Agents in one group of offers. */
#define USHER_GROUP_MAX 64
/** Largest block of state of a policy, in bytes. */
#define USHER_POLICY_STATE_MAX 256
/** Most candidates that a scanning policy sees; the first by static key. */
#define USHER_POLICY_SCAN_MAX 16384

/** Largest block of compiled options, in bytes. */
#define USHER_POLICY_CONF_MAX 512
/** Most contacts that are assigned together. */
#define USHER_BATCH_CONTACTS_MAX 64
/** Most agents that they are assigned to. */
#define USHER_BATCH_AGENTS_MAX 128
/** Longest time that is collected for, in microseconds: a minute. */
#define USHER_BATCH_WINDOW_MAX INT64_C(60000000)
/** Pairs that cost this or more are never assigned together. */
#define USHER_COST_NEVER (INT64_C(1) << 46)
/** Score, in explanations, of who comes after all that are compared. */
#define USHER_SCORE_LAST (-(INT64_C(1) << 52))

/** How a policy orders. */
enum usher_order {
	USHER_ORDER_STATIC = 1,
	USHER_ORDER_HEAD = 2,
	USHER_ORDER_SCAN = 3,
	USHER_ORDER_BATCH = 4 /**< agent policies only */
};

/** A decision. Anything else counts as USHER_PICK_NOBODY. */
enum usher_verdict {
	USHER_PICK_THIS = 0,   /**< the one named */
	USHER_PICK_NOBODY = 1, /**< nobody now; asked again when something
				*   changes: an agent comes free, a contact
				*   comes; not because time passes, nor after a
				*   restore. The event `nobody` says so. While
				* an agent is served the next contact is asked
				*   about then, of each queue 64 at most; a
				*   batch says it for all of its queue */
	USHER_PICK_LATER = 2   /**< nobody before a time, but for the agent
				*   that the choice may name; asked again
				*   then. Agent policies only */
};

/** What the core tells of an agent. Valid during the callback. */
struct usher_agent_view {
	uint64_t agent;         /**< its id */
	int64_t idle_since_us;  /**< ended the last work (others may go on, see
				 *   load), or signed in */
	int64_t ready_since_us; /**< 0: not ready */
	uint64_t contacts;      /**< answered since the day began */
	uint64_t last_offer;    /**< sequence of the last offer; 0: none */
	uint32_t order;         /**< as in usher_agent_opts */
	uint32_t load; /**< contacts, offers and wrap-ups at the moment */
	const void *reserved;  /**< for usher_view_agent_attr() */
	int64_t talk_us;       /**< talk and hold since the day began, of what
				*   is over */
	int64_t signed_in_us;  /**< signed in at */
	int64_t busy_us;       /**< with contacts since then, wrap-up included,
				*   until the last time without any */
	int64_t busy_since_us; /**< with contacts since; 0: without */
	int64_t paused_us;     /**< paused since the sign-in */
	/** handle times in the queue that asks, added up; the older ones count
	 *  less. Of policies that measure paces, not in key() */
	int64_t handle_us;
	uint64_t handled; /**< of so many contacts */
};

/** What the core tells of a waiting contact, by its queue segment. */
struct usher_contact_view {
	uint64_t contact;     /**< its id */
	uint64_t segment;     /**< that waits */
	uint64_t queue;       /**< that it waits in */
	int64_t since_us;     /**< its age counts from here */
	int64_t entered_us;   /**< into this queue */
	int64_t priority;     /**< contact's, queue's and enqueue's together */
	int64_t target_us;    /**< of its queue */
	uint32_t boost;       /**< of its queue, percent */
	uint32_t reserved32;  /**< zero */
	const void *reserved; /**< for usher_view_contact_attr() */
	/** the queue's options for the center's policy, as configure() made
	 *  it of them */
	const void *conf;
	int64_t handle_us;  /**< smoothed handle time of its queue; 0: none */
	uint32_t waiting;   /**< in its queue, not offered */
	uint32_t reserved2; /**< zero */
};

/** The question that a callback answers. */
struct usher_pick {
	int64_t now_us; /**< the core's time */
	uint64_t queue; /**< of the contact; 0 on the contact side */
	/** the contact to place; NULL on the contact side */
	const struct usher_contact_view *contact;
	/** the agent to serve; NULL on the agent side */
	const struct usher_agent_view *agent;
	uint32_t candidates;  /**< free and eligible agents */
	uint32_t ringing;     /**< agents whom it is offered to already: more
			       *   are wanted beside them */
	const void *reserved; /**< for usher_pick_random() */
	const void *conf;     /**< the queue's options, as configure() made it
			       *   of them; NULL on the contact side */
	uint64_t number;      /**< of the last event: another one each time
			       *   that something has changed */
	int64_t handle_us;    /**< smoothed handle time of the queue; 0: none.
			       *   Agent side */
	uint32_t waiting;     /**< in all queues, not offered. Contact side,
			       *   of policies that read totals */
	uint32_t left_out;    /**< refused or missed it lately. Agent side */
};

/** Where a static agent policy lets the core begin. */
enum usher_seek {
	USHER_SEEK_FIRST = 0, /**< the smallest key */
	USHER_SEEK_AFTER = 1, /**< the first after (key, order, agent), around
			       *   the end */
	USHER_SEEK_RANK = 2,  /**< number rank of the candidates in the order
			       *   of their keys, from 0 */
	USHER_SEEK_AGENT = 3  /**< this agent; nobody when it is no candidate
			       */
};

/** Answer of a policy's seek or pick. Zeroed before the call. */
struct usher_choice {
	uint32_t seek;  /**< enum usher_seek; of seek() */
	uint32_t rank;  /**< for USHER_SEEK_RANK; taken modulo candidates */
	int64_t key;    /**< for USHER_SEEK_AFTER */
	uint32_t order; /**< for USHER_SEEK_AFTER */
	uint32_t index; /**< of pick(): index of the chosen candidate */
	uint64_t agent; /**< for USHER_SEEK_AFTER and USHER_SEEK_AGENT. For
			 *   USHER_PICK_LATER: who may have it before, once
			 *   free; who is free now is nobody */
	int64_t at_us;  /**< for USHER_PICK_LATER; at most a year ahead */
	/** when nobody has accepted after this time, seek() is asked for more,
	 *  who ring beside the others; at least a second, less counts as
	 *  one; 0: never */
	int64_t widen_us;
	uint32_t group;  /**< instead of the policy's; 0: that */
	uint32_t scored; /**< 1: pick() has written scores */
	/** of pick() of an agent policy: NULL, or room for a number for each
	 *  candidate. What the choice goes by, the larger the better, for
	 *  explanations; in whatever unit the policy says */
	int64_t *scores;
};

/**
 * Which agent for this contact. A queue names one. Ties: smaller order, then
 * smaller agent id.
 */
struct usher_agent_policy {
	size_t size;      /**< set by usher_agent_policy_init() */
	const char *name; /**< of a queue's `policy` */
	void *arg;        /**< handed to every function */
	uint32_t version; /**< recorded with each offer */
	uint32_t order;   /**< enum usher_order */
	/** agents offered at once; 0: 1; at most USHER_GROUP_MAX. The next
	 *  ones after the chosen one in the order of keys; not with SCAN */
	uint32_t group;
	uint32_t state_size; /**< at most USHER_POLICY_STATE_MAX */
	/** STATIC and HEAD: place of an agent; may use everything in the view
	 *  but `load` changes only with the agent's own state. NULL: all equal
	 */
	int64_t (*key)(void *arg, const struct usher_agent_view *agent);
	/** STATIC: where to begin, or a verdict. state may be changed only
	 *  when the answer is USHER_PICK_THIS or USHER_PICK_LATER. NULL:
	 *  USHER_SEEK_FIRST */
	int (*seek)(void *arg, void *state, const struct usher_pick *pick,
		    struct usher_choice *choice);
	/** HEAD: how good at now; the largest wins, the smaller key on ties */
	int64_t (*score)(void *arg, const void *state,
			 const struct usher_pick *pick,
			 const struct usher_agent_view *agent);
	/** SCAN: choose among all, ordered by key */
	int (*pick)(void *arg, void *state, const struct usher_pick *pick,
		    const struct usher_agent_view *agents, size_t count,
		    struct usher_choice *choice);
	/** after a choice; may change state. NULL: nothing to remember */
	void (*chosen)(void *arg, void *state, const struct usher_pick *pick,
		       const struct usher_agent_view *agent);
	/**
	 * Compile options into the block conf, which begins as zeros; their
	 * texts live as long as it. On failure what was made is used when the
	 * options come from a record. NULL: the policy takes no options.
	 *
	 * @return 0, or USHER_EINVAL with a message; its column is then the
	 *         number of the wrong option from 1, or 0
	 */
	int (*configure)(void *arg, const struct usher_attr *options,
			 size_t count, void *conf, struct usher_error *err);
	/** BATCH: what it costs that this agent takes this contact; the sum
	 *  becomes least among the assignments of the most contacts. Between
	 *  -USHER_COST_NEVER and USHER_COST_NEVER, which is never done */
	int64_t (*cost)(void *arg, const struct usher_pick *pick,
			const struct usher_agent_view *agent);
	/** BATCH: how long is collected, to USHER_BATCH_WINDOW_MAX */
	int64_t (*window)(void *arg, const void *conf);
	uint32_t conf_size; /**< at most USHER_POLICY_CONF_MAX */
	uint32_t paces;     /**< 1: handle times are measured for each agent */
};

/**
 * Which contact for this free agent. The center names one, on one scale over
 * all queues. Ties: older, then smaller segment id.
 */
struct usher_contact_policy {
	size_t size;      /**< set by usher_contact_policy_init() */
	const char *name; /**< of the center's `contact_order` */
	void *arg;        /**< handed to every function */
	uint32_t version; /**< the policy's own; the core ignores it */
	uint32_t order;   /**< enum usher_order */
	/** STATIC and HEAD: place of a waiting contact; asked when it enters
	 *  and when its priority changes. NULL: all equal, so oldest first */
	int64_t (*key)(void *arg, const struct usher_contact_view *contact);
	/** HEAD: how good at now; the largest wins. Contacts of one class have
	 *  one queue and one priority */
	int64_t (*score)(void *arg, const struct usher_pick *pick,
			 const struct usher_contact_view *contact);
	/** SCAN: choose among all, ordered by key. THIS or NOBODY. choice has
	 *  an index alone */
	int (*pick)(void *arg, const struct usher_pick *pick,
		    const struct usher_contact_view *contacts, size_t count,
		    struct usher_choice *choice);
	/** as of an agent policy; names that it does not know it leaves, since
	 *  a queue may say what other orders want */
	int (*configure)(void *arg, const struct usher_attr *options,
			 size_t count, void *conf, struct usher_error *err);
	uint32_t conf_size; /**< at most USHER_POLICY_CONF_MAX */
	uint32_t totals;    /**< 1: reads pick->waiting */
};

/** Zero the table and note its size. Since 0.1. */
USHER_API void usher_agent_policy_init(struct usher_agent_policy *pol,
				       size_t size);
/** Zero the table and note its size. Since 0.1. */
USHER_API void usher_contact_policy_init(struct usher_contact_policy *pol,
					 size_t size);

/**
 * A random number below n from the stream of (the center's seed, the queue,
 * purpose). The position in the stream is *counter, which belongs into the
 * policy's state; it is counted up.
 *
 * @return 0 to n − 1; 0 for n = 0. Since 0.1.
 */
USHER_API uint64_t usher_pick_random(const struct usher_pick *pick,
				     uint32_t purpose, uint64_t *counter,
				     uint64_t n);

/**
 * Whether the agent of this name could take the contact that is asked about.
 *
 * @param ret  Its id; untouched unless 0 or USHER_EAGAIN is returned
 *
 * @return 0: is a candidate; USHER_EAGAIN: signed in and may take it, but is
 *         not free now; USHER_ENOENT: nobody of that name who might, also who
 *         refused it lately. Since 0.1.
 */
USHER_API int usher_pick_agent(const struct usher_pick *pick, const char *name,
			       uint64_t *ret);

/** Is shown an idle agent; the view is valid during the call. */
typedef void(usher_pick_idle_h)(void *arg,
				const struct usher_agent_view *agent);

/**
 * Show every idle agent of the center: all who are free for the kind of
 * channel that is asked about, also those who may not take this contact. So a
 * policy may go by how many of a whole team are idle. In no order that means
 * something; O(idle agents). On the contact side nobody is shown. Since 0.1.
 */
USHER_API void usher_pick_idle(const struct usher_pick *pick,
			       usher_pick_idle_h *visit, void *arg);

/**
 * Check options before there is a core.
 *
 * @param name     Of a policy of the library
 * @param options  What a queue says to it
 * @param err      Message; its column is the number of the wrong option from
 *                 1, or 0 when it is none of them. May be NULL
 *
 * @return 0, USHER_ENOENT (no such policy), USHER_EINVAL. Since 0.1.
 */
USHER_API int usher_agent_policy_check(const char *name,
				       const struct usher_attr *options,
				       size_t count, struct usher_error *err);
/** The same for what is told to a center's contact_order. Since 0.1. */
USHER_API int usher_contact_policy_check(const char *name,
					 const struct usher_attr *options,
					 size_t count,
					 struct usher_error *err);

/** Attribute of the agent or contact of a view, for SCAN and HEAD policies.
 *  0 or USHER_ENOENT. Borrowed during the callback. Since 0.1. */
USHER_API int usher_view_agent_attr(const struct usher_agent_view *view,
				    const char *name, struct usher_attr *ret);
/** The same for a contact. Since 0.1. */
USHER_API int usher_view_contact_attr(const struct usher_contact_view *view,
				      const char *name,
				      struct usher_attr *ret);

#ifdef __cplusplus
}
#endif
#endif
