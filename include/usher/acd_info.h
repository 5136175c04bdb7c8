/** @file
 * What the core knows: queues, agents, contacts, segments and offers as they
 * are now, and why an agent is offered a contact or is not.
 *
 * Nothing here changes anything. What is borrowed lives until the next call
 * that changes the core. Thread: the core's, see usher/acd.h.
 */
#ifndef USHER_ACD_INFO_H
#define USHER_ACD_INFO_H

#include <stddef.h>
#include <stdint.h>
#include <usher/error.h>
#include <usher/event.h>

#ifdef __cplusplus
extern "C" {
#endif

struct usher_acd;

/** Agents in each list of an explanation: candidates, and who is none. */
#define USHER_EXPLAIN_MAX 64
/** Agents that an explanation looks at; those of higher ids are counted as
 *  truncated. */
#define USHER_EXPLAIN_LOOK_MAX 16384
/** Longest text of a reason, with the NUL. */
#define USHER_EXPLAIN_TEXT_MAX 160

/** A queue. */
struct usher_queue_info {
	size_t size;        /**< set by the caller to its sizeof */
	uint64_t queue;     /**< its id */
	const char *name;   /**< as in usher_queue_opts, the next ones too */
	const char *policy; /**< its name */
	const char *requirement;  /**< "": everyone */
	int64_t target_us;        /**< service level */
	int64_t short_us;         /**< short abandon */
	int64_t offer_timeout_us; /**< how long an offer stands */
	int64_t wrapup_us;        /**< most wrap-up; 0: none */
	int64_t max_wait_us;      /**< longest stay; 0: any */
	int64_t retry_us;         /**< same agent, same contact again */
	int64_t priority;         /**< added to the contacts' */
	int64_t oldest_us;        /**< since when the longest waiting one is in
				   *   this queue; 0: nobody waits */
	int64_t expected_wait_us; /**< of one who came now; −1: unknown;
				   *   USHER_NEVER: longer than any time */
	uint64_t entered;   /**< since the day began, as the next three */
	uint64_t answered;  /**< joined with an agent */
	uint64_t abandoned; /**< gave up, or were lost */
	uint64_t flowed;    /**< left otherwise */
	uint32_t waiting;   /**< in the queue, offered or not */
	uint32_t offered;   /**< of these: offered now */
	uint32_t detached;  /**< of these: detached now */
	uint32_t talking;   /**< with agents, from this queue, wrap-up too */
	uint32_t staffed;   /**< signed-in agents that may take some contact of
			     *   it: as its requirement says when it
			     *   knows no attribute of a contact */
	uint32_t ready;     /**< of these: ready */
	uint32_t free;      /**< of these: with room for a voice contact */
	uint32_t max_waiting;  /**< 0: any number */
	uint32_t missed_limit; /**< 0: never paused */
	uint32_t open;         /**< 0: closed */
	uint32_t draining;     /**< 1: removed */
	uint32_t reserved;     /**< zero */
};

/** An agent. */
struct usher_agent_info {
	size_t size;                /**< set by the caller to its sizeof */
	uint64_t agent;             /**< its id */
	const char *name;           /**< as in usher_agent_opts */
	const char *reason;         /**< of the pause; "" */
	const char *pending_reason; /**< of a pending pause; "" */
	int64_t since_us;           /**< in this presence */
	int64_t idle_since_us;      /**< without contact, offer or wrap-up; 0:
				     *   not idle */
	int64_t signed_in_us;       /**< 0: signed out */
	uint64_t contacts; /**< answered since the day began: not dialed
			    *   ones that nobody answered */
	uint32_t presence; /**< enum usher_presence */
	uint32_t pending;  /**< 1: pending_presence waits */
	/** enum usher_presence; 0 without pending */
	uint32_t pending_presence;
	uint32_t offers;         /**< ringing or being connected */
	uint32_t talking;        /**< segments in talk, hold, dialing */
	uint32_t wrapup;         /**< segments in wrap-up */
	uint32_t missed;         /**< in a row */
	uint32_t max_total;      /**< contacts at once, over all kinds */
	uint32_t order;          /**< as in usher_agent_opts */
	uint32_t endpoint_count; /**< see usher_acd_agent_endpoint() */
	uint32_t attr_count;     /**< see usher_acd_agent_attr_at() */
	uint32_t removed;        /**< 1: goes when the work is done */
};

/** A contact. */
struct usher_contact_info {
	size_t size;                  /**< set by the caller to its sizeof */
	uint64_t contact;             /**< its id */
	const char *channel;          /**< kind */
	const char *origin;           /**< "": not told, as the next two */
	const char *entry;            /**< what was dialed */
	const char *customer;         /**< reference of the customer */
	int64_t since_us;             /**< its age counts from here */
	int64_t started_us;           /**< when it began */
	int64_t priority;             /**< its own, without the queue's */
	int64_t detached_until_us;    /**< 0: attached */
	uint64_t offer;               /**< a live one of its group, or 0 */
	uint32_t direction;           /**< enum usher_direction */
	uint32_t ended;               /**< 1: only wrap-up is left */
	uint32_t segments;            /**< open ones */
	uint32_t attr_count;          /**< see usher_acd_contact_attr_at() */
	uint32_t callback;            /**< enum usher_callback_state */
	uint32_t callback_first;      /**< enum usher_callback_first */
	uint32_t callback_attempts;   /**< that were made */
	uint32_t reserved;            /**< 0 */
	const char *callback_address; /**< NULL: it has none */
	/** planned: due then; turn: then at the latest, 0: that is not known;
	 *  dialing: until then */
	int64_t callback_at_us;
	uint64_t callback_queue;   /**< the first where it waits, or 0 */
	int64_t callback_until_us; /**< given up then; 0: it has none */
};

/** How the core works inside: for figures about the engine itself. */
struct usher_acd_stats {
	size_t size;        /**< set by the caller to its sizeof */
	uint64_t contacts;  /**< open ones */
	uint64_t segments;  /**< open ones */
	uint64_t offers;    /**< live ones */
	uint64_t undrained; /**< events that wait for usher_acd_next() */
	uint32_t agents;    /**< all, also signed out */
	uint32_t queues;    /**< all, also closed */
	uint32_t classes;   /**< cached classes of contacts */
	uint32_t profiles;  /**< cached profiles of agents */
	/** contacts and agents beyond classes_max and profiles_max, which are
	 *  compared one by one: raise the limit when this is not 0. Contacts
	 *  too whose requirement reads an attribute beyond the first 256 that
	 *  all requirements at work name */
	uint32_t scanned_contacts;
	uint32_t scanned_agents; /**< see scanned_contacts */
	/** looks at steps with a condition since this core was made: once for
	 *  what has happened since the last one, however many times of looking
	 *  have gone by */
	uint64_t step_looks;
	/** times that the core asked what a free agent can take, since it was
	 *  made */
	uint64_t agents_asked;
	/** looks at an agent or at who is dialed, to tell whose turn it is
	 *  (callbacks that call the customer first), since it was made */
	uint64_t turn_looks;
};

/** Set stats->size first. Since 0.1. */
USHER_API void usher_acd_stats(const struct usher_acd *acd,
			       struct usher_acd_stats *stats);

/** What a segment is. */
enum usher_segment_kind {
	USHER_SEGMENT_FLOW = 1,
	USHER_SEGMENT_QUEUE = 2,
	USHER_SEGMENT_AGENT = 3
};

/** State of a segment. */
enum usher_segment_state {
	USHER_SEGMENT_RUNNING = 1,  /**< flow */
	USHER_SEGMENT_WAITING = 2,  /**< queue */
	USHER_SEGMENT_DECIDING = 3, /**< queue: an external policy is asked */
	USHER_SEGMENT_OFFERED = 4,  /**< queue: the contact is offered */
	USHER_SEGMENT_DIALING = 5,  /**< agent */
	USHER_SEGMENT_TALKING = 6,  /**< agent */
	USHER_SEGMENT_HELD = 7,     /**< agent */
	USHER_SEGMENT_WRAPUP = 8    /**< agent */
};

/** A segment. */
struct usher_segment_info {
	size_t size;      /**< set by the caller to its sizeof */
	uint64_t segment; /**< its id */
	uint64_t contact; /**< whose it is */
	uint64_t queue;   /**< of a queue segment; of an agent segment the one
			   *   it came from, or 0 */
	uint64_t agent;   /**< of an agent segment */
	const char *flow; /**< of a flow segment, else "" */
	int64_t began_us; /**< when it began */
	int64_t state_since_us; /**< when it came into its state */
	int64_t deadline_us; /**< longest wait, end of wrap-up; USHER_NEVER */
	int64_t talk_us;     /**< up to state_since_us, as the next */
	int64_t hold_us;     /**< on hold */
	int64_t priority;    /**< with the queue's and the contact's */
	uint32_t kind;       /**< enum usher_segment_kind */
	uint32_t state;      /**< enum usher_segment_state */
	/** Of a queue segment: what is asked of agents, as it was entered
	 * with; else "". */
	const char *requirement;
	int64_t own_priority; /**< that it was entered with */
};

/** State of an offer. */
enum usher_offer_state { USHER_OFFER_RINGING = 1, USHER_OFFER_ACCEPTED = 2 };

/** An offer. */
struct usher_offer_info {
	size_t size;         /**< set by the caller to its sizeof */
	uint64_t offer;      /**< its id */
	uint64_t group;      /**< the same for offers made together */
	uint64_t contact;    /**< who is offered */
	uint64_t segment;    /**< the queue segment */
	uint64_t queue;      /**< of that segment */
	uint64_t agent;      /**< to whom */
	int64_t made_us;     /**< when it was made */
	int64_t deadline_us; /**< when it ends by itself */
	uint32_t state;      /**< enum usher_offer_state */
	uint32_t reserved;   /**< zero */
};

/**
 * @name Infos
 * Set info->size to sizeof(*info) first. 0 or USHER_ENOENT. Since 0.1.
 * @{
 */
/** A queue. */
USHER_API int usher_acd_queue_info(const struct usher_acd *acd, uint64_t queue,
				   struct usher_queue_info *info);
/** An agent. */
USHER_API int usher_acd_agent_info(const struct usher_acd *acd, uint64_t agent,
				   struct usher_agent_info *info);
/** A contact. */
USHER_API int usher_acd_contact_info(const struct usher_acd *acd,
				     uint64_t contact,
				     struct usher_contact_info *info);
/** A segment. */
USHER_API int usher_acd_segment_info(const struct usher_acd *acd,
				     uint64_t segment,
				     struct usher_segment_info *info);
/** An offer. */
USHER_API int usher_acd_offer_info(const struct usher_acd *acd, uint64_t offer,
				   struct usher_offer_info *info);
/** @} */

/**
 * @name Iteration
 * The smallest id greater than after, or 0. From 0: the first. O(log n).
 * Since 0.1.
 * @{
 */
/** Queues. */
USHER_API uint64_t usher_acd_queue_next(const struct usher_acd *acd,
					uint64_t after);
/** Agents. */
USHER_API uint64_t usher_acd_agent_next(const struct usher_acd *acd,
					uint64_t after);
/** Contacts; quick while the one before is still there. */
USHER_API uint64_t usher_acd_contact_next(const struct usher_acd *acd,
					  uint64_t after);
/** Of one contact; in the order of their beginning. */
USHER_API uint64_t usher_acd_segment_next(const struct usher_acd *acd,
					  uint64_t contact, uint64_t after);
/** Offers of one contact that live. */
USHER_API uint64_t usher_acd_offer_next(const struct usher_acd *acd,
					uint64_t contact, uint64_t after);
/** Offers to one agent that live. */
USHER_API uint64_t usher_acd_agent_offer_next(const struct usher_acd *acd,
					      uint64_t agent, uint64_t after);
/** Segments of one agent: talk, hold, dialing, wrap-up. */
USHER_API uint64_t usher_acd_agent_segment_next(const struct usher_acd *acd,
						uint64_t agent,
						uint64_t after);
/** The waiting segments of a queue in the order in which they would be served
 *  by priority and age: from 0 the first. O(classes + log n). */
USHER_API uint64_t usher_acd_waiting_next(const struct usher_acd *acd,
					  uint64_t queue, uint64_t after);
/** @} */

/** The queue of this name, or 0. Since 0.1. */
USHER_API uint64_t usher_acd_queue_find(const struct usher_acd *acd,
					const char *name);
/** The agent of this name, or 0. Since 0.1. */
USHER_API uint64_t usher_acd_agent_find(const struct usher_acd *acd,
					const char *name);

/* ---- Why ---- */

/** Why an agent is not offered a contact: the first that holds. */
enum usher_excluded {
	USHER_EXCLUDED_NO = 0,          /**< a candidate */
	USHER_EXCLUDED_SIGNED_OUT = 1,  /**< not signed in */
	USHER_EXCLUDED_NOT_STAFFED = 2, /**< does not serve this queue */
	USHER_EXCLUDED_PAUSED = 3,      /**< is paused */
	USHER_EXCLUDED_LEAVING = 4,     /**< a pause or sign-out is pending */
	USHER_EXCLUDED_HERE = 5,        /**< is on this contact already */
	USHER_EXCLUDED_OFFERED = 6,     /**< is being offered it */
	USHER_EXCLUDED_FULL = 7,        /**< no room for this kind */
	USHER_EXCLUDED_REQUIREMENT = 8, /**< does not meet the queue's */
	USHER_EXCLUDED_SKILL = 9, /**< nor what is asked for this contact */
	USHER_EXCLUDED_RETRY = 10 /**< refused or missed it lately */
};

/** Name of a reason: "paused". NULL for none. Thread: any. Since 0.1. */
USHER_API const char *usher_excluded_name(uint32_t reason);

/** One agent of an explanation. */
struct usher_explained {
	size_t size;       /**< of the struct as the library has it */
	uint64_t agent;    /**< its id */
	const char *name;  /**< of the agent */
	int64_t key;       /**< of a candidate: its place among them, smallest
			    *   first */
	int64_t until_us;  /**< of USHER_EXCLUDED_RETRY: until then */
	uint32_t reason;   /**< enum usher_excluded */
	uint32_t reserved; /**< zero */
	/** for people: what the reason is about, the part of a requirement
	 *  that is false; of a candidate what policies look at */
	char text[USHER_EXPLAIN_TEXT_MAX];
	/** of a candidate, where the explanation is `scored`: what the policy
	 *  goes by, the larger the better */
	int64_t score;
};

/** What keeps a contact from its candidates, if there are any. */
enum usher_held {
	USHER_HELD_NOT = 0,       /**< nothing: the policy has the word */
	USHER_HELD_PUT_OFF = 1,   /**< the policy said: not before a time */
	USHER_HELD_ASKED = 2,     /**< an external policy is asked */
	USHER_HELD_COLLECTED = 3, /**< the queue's batch collects */
	USHER_HELD_OFFERED = 4,   /**< it is offered, here or in a queue */
	/** a callback that calls the customer first: no agent is free for it,
	 * or who is, is needed for others who are dialed */
	USHER_HELD_TURN = 5,
	/** a callback: its time has not come, or its customer is to be dialed
	 *  or being dialed */
	USHER_HELD_CALLBACK = 6,
	USHER_HELD_DETACHED = 7 /**< nobody is on the line, for now */
};

/** "put off"; NULL for none. Thread: any. Since 0.1. */
USHER_API const char *usher_held_name(uint32_t held);

/** What becomes of a waiting contact in one of its queues. */
struct usher_explanation {
	size_t size;         /**< set by the caller to its sizeof */
	uint64_t contact;    /**< who waits */
	uint64_t queue;      /**< in this queue */
	const char *policy;  /**< of the queue, or its fallback */
	uint32_t version;    /**< of the policy */
	uint32_t candidates; /**< may be offered it now */
	uint32_t excluded;   /**< may not */
	uint32_t truncated;  /**< agents that were not named */
	int64_t until_us;    /**< of `held`: put off, asked outside or
			      *   collected until then; 0: none of these */
	uint32_t scored; /**< 1: the policy has told scores of candidates */
	uint32_t held; /**< enum usher_held: why no candidate is offered it */
};

/**
 * Explain who may be offered a waiting contact now and who may not. Candidates
 * are named first, by the policy's scores or in the order of its keys, then
 * the others, those who come nearest first; at most USHER_EXPLAIN_MAX of each.
 * Changes nothing. O(agents).
 *
 * @param segment  Of a queue
 * @param agent    Called for each; what it is given is valid for the call.
 *                 May be NULL
 *
 * @return 0, USHER_ENOENT, USHER_EINVAL, USHER_ENOMEM. Since 0.1.
 */
USHER_API int
usher_acd_explain(const struct usher_acd *acd, uint64_t segment,
		  struct usher_explanation *ret,
		  void (*agent)(void *arg, const struct usher_explained *one),
		  void *arg);

/** The same as text for people, line by line. 0, USHER_ENOENT or
 *  USHER_ENOMEM. Since 0.1. */
USHER_API int usher_acd_explain_text(const struct usher_acd *acd,
				     uint64_t segment,
				     void (*line)(void *arg, const char *text),
				     void *arg);

/** Place of a waiting segment in its queue, from 1, by priority and age; 0:
 *  not waiting. O(classes · log n). Since 0.1. */
USHER_API uint32_t usher_acd_position(const struct usher_acd *acd,
				      uint64_t segment);

/** Attribute of a contact. 0 or USHER_ENOENT. Since 0.1. */
USHER_API int usher_acd_contact_attr(const struct usher_acd *acd,
				     uint64_t contact, const char *name,
				     struct usher_attr *ret);
/** Attribute number index of a contact, in order of names. Since 0.1. */
USHER_API int usher_acd_contact_attr_at(const struct usher_acd *acd,
					uint64_t contact, size_t index,
					struct usher_attr *ret);
/** Attribute of an agent. 0 or USHER_ENOENT. Since 0.1. */
USHER_API int usher_acd_agent_attr(const struct usher_acd *acd, uint64_t agent,
				   const char *name, struct usher_attr *ret);
/** Attribute number index of an agent, in order of names. Since 0.1. */
USHER_API int usher_acd_agent_attr_at(const struct usher_acd *acd,
				      uint64_t agent, size_t index,
				      struct usher_attr *ret);
/** Endpoint number index of an agent; NULL past the end. Since 0.1. */
USHER_API const char *usher_acd_agent_endpoint(const struct usher_acd *acd,
					       uint64_t agent, size_t index);
/** Queue number index that an agent names; 0 past the end. Since 0.1. */
USHER_API uint64_t usher_acd_agent_queue(const struct usher_acd *acd,
					 uint64_t agent, size_t index);

/** Whether the agent is ready and has room for a contact of this kind. 1, 0,
 *  or USHER_ENOENT. Since 0.1. */
USHER_API int usher_acd_agent_free(const struct usher_acd *acd, uint64_t agent,
				   const char *channel);
/** Whether the agent meets the requirement of a queue segment. 1, 0, or
 *  USHER_ENOENT. Since 0.1. */
USHER_API int usher_acd_eligible(const struct usher_acd *acd, uint64_t segment,
				 uint64_t agent);
/** Until when the agent is not offered this contact after a refusal or miss;
 *  0: may be. Since 0.1. */
USHER_API int64_t usher_acd_not_before(const struct usher_acd *acd,
				       uint64_t contact, uint64_t agent);

#ifdef __cplusplus
}
#endif
#endif
