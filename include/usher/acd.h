/** @file
 * The core: contacts, agents, queues and offers, and the matching of them.
 *
 * A struct usher_acd holds one center's live state. It does no I/O, has no
 * clock and no threads: the owner says what happened and when, drains the
 * events with usher_acd_next(), asks for usher_acd_deadline() and calls
 * usher_acd_advance() when it has come. All functions on one object are called
 * by one thread at a time.
 *
 * **Time.** now_us is Unix microseconds, from 0 to USHER_TIME_MAX; outside
 * of that USHER_EINVAL. A time before the last one counts as the last one.
 * Each input first runs every deadline up to now, each at its own time. Work
 * that is left over is a deadline at now.
 *
 * **Errors of every input.** 0; USHER_EBUSY from inside a policy's callback;
 * USHER_EAGAIN when events_max undrained events are reached: drain, then
 * repeat (deadlines may have run, nothing of the input has happened);
 * USHER_ENOMEM with nothing of the input done; USHER_ENOENT for an id that is
 * no more; USHER_ESTATE when the thing is not in a state for it; USHER_EINVAL
 * for malformed options: also those whose size nobody has set, and spans that
 * are negative or longer than a year. Only what goes beyond this list is said
 * below.
 *
 * **Reasons** and names of flows and dispositions are cut to USHER_NAME_MAX
 * bytes.
 *
 * **Ids** are never reused; their top 16 bits are the node.
 *
 * **Way of a contact:** contact_new → flow_begin … flow_end → enqueue →
 * (offer_made) → accept → connected → leave → wrapup_end → contact_end. An
 * agent segment whose contact ends goes to wrap-up by itself; the contact is
 * closed, and its id stale, when it has ended and its last segment closed.
 *
 * **Transfers** are composed: blind, to a queue: enqueue(contact) then
 * leave(agent segment); the contact keeps its age, since a place in a queue
 * counts from the contact's `since`. To an agent: direct(contact, agent) then
 * leave(old segment). Attended: direct or enqueue first, leave when the second
 * party has answered; until then both agents are on the contact.
 */
#ifndef USHER_ACD_H
#define USHER_ACD_H

#include <usher/acd_config.h>
#include <usher/acd_info.h>
#include <usher/acd_record.h>
#include <usher/event.h>
#include <usher/policy.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Last moment of the year 9999: the latest time. */
#define USHER_TIME_MAX INT64_C(253402300799999999)
/** No deadline. */
#define USHER_NEVER INT64_MAX

/** Queues that one contact may wait in at once. */
#define USHER_CONTACT_QUEUES_MAX 8
/** Open segments of one contact. */
#define USHER_CONTACT_SEGMENTS_MAX 16
/** Kinds of channels in one center. */
#define USHER_CHANNELS_MAX 16
/** Attributes of one contact or agent. */
#define USHER_ATTRS_MAX 64
/** Candidates named in a decide event. */
#define USHER_DECIDE_MAX 64
/** Agents that one contact remembers not to be offered to yet. */
#define USHER_RETRY_MAX 64

struct usher_acd;

/** Options of a core. */
struct usher_acd_opts {
	size_t size;                     /**< set by usher_acd_opts_init() */
	const struct usher_alloc *alloc; /**< NULL: the heap */
	uint64_t node;          /**< top 16 bits of ids; below 65,536 */
	uint64_t seed;          /**< of the random streams */
	uint32_t record_inputs; /**< 1: inputs appear in usher_acd_next() */
	uint32_t events_max;    /**< undrained events; 0: 65,536 */
	uint32_t contacts_max;  /**< open contacts; 0: 1,000,000 */
	uint32_t agents_max;    /**< 0: 100,000 */
	uint32_t queues_max;    /**< 0: 4,096 */
	uint32_t classes_max;   /**< cached classes of contacts; 0: 1,024 */
	/** cached profiles of agents; 0: 1,024. Where a requirement reads
	 *  `agent.name`, or what is of one agent alone, each agent has one:
	 *  beyond the limit they are looked at one by one for each contact */
	uint32_t profiles_max;
	uint32_t reserved; /**< zero */
};

/** Zero the options and note their size. Since 0.1. */
USHER_API void usher_acd_opts_init(struct usher_acd_opts *opts, size_t size);

/**
 * Make an empty core. It knows the policies of the library; others are added
 * with usher_acd_agent_policy_add() and usher_acd_contact_policy_add() before
 * the first input, the same ones after a restart.
 *
 * @param opts  May be NULL
 * @param err   May be NULL
 * @return 0, USHER_EINVAL, USHER_ENOMEM. Since 0.1.
 */
USHER_API int usher_acd_new(struct usher_acd **ret,
			    const struct usher_acd_opts *opts,
			    struct usher_error *err);
/** Free a core and all that it holds; NULL is fine. Since 0.1. */
USHER_API void usher_acd_free(struct usher_acd *acd);

/**
 * Make a policy known by its name. Tables are copied, their names too; the
 * functions and arg must outlive the core.
 *
 * @return 0, USHER_EEXIST, USHER_EINVAL, USHER_ENOMEM. Since 0.1.
 */
USHER_API int usher_acd_agent_policy_add(struct usher_acd *acd,
					 const struct usher_agent_policy *pol);
/** The same for the contact side. Since 0.1. */
USHER_API int
usher_acd_contact_policy_add(struct usher_acd *acd,
			     const struct usher_contact_policy *pol);

/** Who gives the next input, and which request it belongs to. */
struct usher_by {
	uint32_t actor;    /**< enum usher_actor, but for USHER_BY_TIMER
			    *   and USHER_BY_POLICY, who give no inputs */
	uint32_t reserved; /**< zero */
	uint64_t actor_id; /**< as enum usher_actor says, or 0 */
	uint64_t cause;    /**< request id, or 0 */
};

/**
 * Say who gives the next input. Holds for that one input, whether it succeeds
 * or not; without it the actor is USHER_BY_HOST. Since 0.1.
 */
USHER_API void usher_acd_by(struct usher_acd *acd, const struct usher_by *by);

/**
 * The same for each input that usher_acd_by() says nothing of, until NULL is
 * given: a request may take several. Copied. Since 0.1.
 */
USHER_API void usher_acd_by_all(struct usher_acd *acd,
				const struct usher_by *by);

/* ---- Time and events ---- */

/**
 * When usher_acd_advance() has something to do: USHER_NEVER when only inputs
 * change anything. At or before the current time: work is left over, call
 * advance again (after draining). Since 0.1.
 */
USHER_API int64_t usher_acd_deadline(const struct usher_acd *acd);

/**
 * Run the deadlines up to now, in order, each at its own time. Stops early
 * with USHER_EAGAIN when undrained events reach the limit; what ran, stands.
 * Since 0.1.
 */
USHER_API int usher_acd_advance(struct usher_acd *acd, int64_t now_us);

/** The core's time: that of the last input or deadline. Since 0.1. */
USHER_API int64_t usher_acd_now(const struct usher_acd *acd);

/** The next undrained event, valid until the next call on acd; NULL: none.
 *  Since 0.1. */
USHER_API const struct usher_event *usher_acd_next(struct usher_acd *acd);

/** Sequence number of the last event; 0: none yet. Since 0.1. */
USHER_API uint64_t usher_acd_seq(const struct usher_acd *acd);

/* ---- Contacts ---- */

/** A new contact. */
struct usher_contact_opts {
	size_t size;          /**< set by usher_contact_opts_init() */
	const char *channel;  /**< kind; NULL: "voice" */
	const char *origin;   /**< may be NULL, as the following */
	const char *entry;    /**< what was dialed, the widget, the mailbox */
	const char *customer; /**< reference of the customer */
	const struct usher_attr *attrs; /**< copied; read by requirements */
	size_t attr_size;   /**< sizeof(struct usher_attr); 0: the library's */
	int64_t priority;   /**< higher first; −10^6 to 10^6 */
	int64_t since_us;   /**< its age counts from here; 0: now */
	uint32_t direction; /**< enum usher_direction */
	uint32_t attr_count; /**< entries of attrs */
};

/** Zero the options and note their size. Since 0.1. */
USHER_API void usher_contact_opts_init(struct usher_contact_opts *opts,
				       size_t size);

/** A contact begins. @return 0, USHER_EFULL. Since 0.1. */
USHER_API int usher_acd_contact_new(struct usher_acd *acd, int64_t now_us,
				    const struct usher_contact_opts *opts,
				    uint64_t *ret_contact);

/** Change priority, customer, attributes: all are set as given; only
 *  those three are read from opts. Segments that wait move to their new
 *  place. Since 0.1. */
USHER_API int usher_acd_contact_set(struct usher_acd *acd, int64_t now_us,
				    uint64_t contact,
				    const struct usher_contact_opts *opts);

/**
 * The customer's side is over. Offers are withdrawn ("gone"), queues are left
 * ("abandoned"), flows closed, agents go to wrap-up. USHER_ESTATE: it has
 * ended already. Since 0.1.
 */
USHER_API int usher_acd_contact_end(struct usher_acd *acd, int64_t now_us,
				    uint64_t contact, const char *reason);

/**
 * The leg is gone but the contact keeps its places: it is not offered and
 * keeps its age. Offers are withdrawn ("detached"). At until_us it ends with
 * the reason "lost" and leaves its queues as "lost". Detached again: a new
 * deadline. USHER_EINVAL: until_us is more than a year ahead. Since 0.1.
 */
USHER_API int usher_acd_detach(struct usher_acd *acd, int64_t now_us,
			       uint64_t contact, int64_t until_us,
			       const char *reason);
/** A leg is there again: of a detached contact, or of one that is to be called
 *  back. USHER_ESTATE: neither. Since 0.1. */
USHER_API int usher_acd_attach(struct usher_acd *acd, int64_t now_us,
			       uint64_t contact);

/** Most attempts of one callback. */
#define USHER_CALLBACK_ATTEMPTS_MAX 100
/** Longest address of a callback, in bytes. */
#define USHER_ADDRESS_MAX 255

/** How far a callback is; the diagram is in lib/acd/callback.c. */
enum usher_callback_state {
	USHER_CALLBACK_NONE = 0,
	USHER_CALLBACK_PLANNED =
		1,              /**< its window, or next attempt, is ahead */
	USHER_CALLBACK_DUE = 2, /**< waits for an agent, or to be dialed */
	USHER_CALLBACK_DIALING = 3, /**< the customer's phone rings */
	/** the customer is called first: waits until somebody could take it */
	USHER_CALLBACK_TURN = 4
};

/** What to call back, and when. */
struct usher_callback_opts {
	size_t size;         /**< set by usher_callback_opts_init() */
	const char *address; /**< whom to dial, as the host refers to it */
	/** where it waits; NULL: where it waits now. Copied */
	const uint64_t *queues;
	/** not before this time; 0: agent first: at once, customer first: when
	 *  somebody is free for it */
	int64_t from_us;
	int64_t until_us;     /**< given up then; 0: a day after it is due */
	int64_t again_us;     /**< between two attempts; 0: five minutes */
	uint32_t attempts;    /**< at most; 0: three */
	uint32_t first;       /**< enum usher_callback_first */
	uint32_t queue_count; /**< entries of queues */
	uint32_t reserved;    /**< 0 */
};

/** Zero the options and note their size. Since 0.1. */
USHER_API void usher_callback_opts_init(struct usher_callback_opts *opts,
					size_t size);

/**
 * The caller leaves and is called back: the same contact, with its age and
 * priority, and no leg. Its queues are left ("callback") and entered again
 * when callback_due says that the time has come.
 *
 * Agent first: it is offered as any other; who has accepted waits while the
 * host dials and says usher_acd_callback_dial(). Customer first: the host
 * dials at callback_due, or where that has `turn`, at callback_turn: in the
 * place that it has, an agent is free who may take it and whom none of the
 * customers who are dialed first needs, whatever their queues. These are all
 * who are to be dialed, from that event on, also before the host does: one who
 * cannot dial now says usher_acd_callback_dial() and, at once, _missed(). With
 * more than 64 of these in the center more agents have to be free for it than
 * there are of them. The queue's policy is not
 * asked: any free agent who may take it counts. Whoever answers is connected,
 * or attached; whoever does not is missed (usher_acd_callback_missed(),
 * usher_acd_connect_failed(), or two minutes), and dialed again later. When
 * the attempts are used up, or the window has passed, the contact ends
 * ("unreachable", "expired").
 *
 * @return 0, USHER_EEXIST: there is one for this address or this customer
 *         (usher_acd_callback_find()), USHER_ESTATE: it waits nowhere and no
 *         queue is named, is detached or with an agent, USHER_ENOENT,
 *         USHER_ECLOSED (a queue is being removed), USHER_EINVAL. Since 0.1.
 */
USHER_API int usher_acd_callback(struct usher_acd *acd, int64_t now_us,
				 uint64_t contact,
				 const struct usher_callback_opts *opts);
/** The customer is being dialed. USHER_ESTATE: the callback is not due, or
 *  calls an agent first and none has accepted. Since 0.1. */
USHER_API int usher_acd_callback_dial(struct usher_acd *acd, int64_t now_us,
				      uint64_t contact);
/** The customer was not reached. An agent who has accepted is free again.
 *  USHER_ESTATE: nobody is being dialed. Since 0.1. */
USHER_API int usher_acd_callback_missed(struct usher_acd *acd, int64_t now_us,
					uint64_t contact, const char *reason);
/** The contact that has a callback for this address, or else this customer; 0:
 *  none. Either may be NULL. Since 0.1. */
USHER_API uint64_t usher_acd_callback_find(const struct usher_acd *acd,
					   const char *address,
					   const char *customer);

/** The contact enters a flow. It may wait or talk at the same time.
 *  @return 0, USHER_EFULL (segments). Since 0.1. */
USHER_API int usher_acd_flow_begin(struct usher_acd *acd, int64_t now_us,
				   uint64_t contact, const char *flow,
				   uint64_t *ret_segment);
/** The contact leaves a flow. Since 0.1. */
USHER_API int usher_acd_flow_end(struct usher_acd *acd, int64_t now_us,
				 uint64_t segment, const char *reason);

/** Where to wait. */
struct usher_enqueue_opts {
	size_t size; /**< set by usher_enqueue_opts_init() */
	const uint64_t
		*queues; /**< at once in all of them; first answer wins */
	const char *requirement; /**< beside the queue's own; NULL: none */
	int64_t priority;        /**< added to the contact's and queue's */
	int64_t max_wait_us;     /**< instead of the queue's; 0: the queue's;
				  *   USHER_NEVER: any */
	uint32_t queue_count;    /**< entries of queues */
	uint32_t reserved;       /**< zero */
	int64_t since_us; /**< its age counts from here; 0: as the contact's */
};

/** Zero the options and note their size. Since 0.1. */
USHER_API void usher_enqueue_opts_init(struct usher_enqueue_opts *opts,
				       size_t size);

/**
 * Put a contact in one or more queues, all or none. Its place is that of its
 * priority, then its age. With several queues the segments' ids follow each
 * other in the order of the queues.
 *
 * @param ret_segment  The first one's id; may be NULL
 * @return 0, USHER_EEXIST (it waits there already), USHER_EFULL (the queue's
 *         limit, or segments), USHER_ECLOSED, USHER_ESTATE (ended). Since 0.1.
 */
USHER_API int usher_acd_enqueue(struct usher_acd *acd, int64_t now_us,
				uint64_t contact,
				const struct usher_enqueue_opts *opts,
				uint64_t *ret_segment);
/** Leave a queue without an answer: leave is any enum usher_leave but
 *  answered. Its offers are withdrawn ("left"). Since 0.1. */
USHER_API int usher_acd_dequeue(struct usher_acd *acd, int64_t now_us,
				uint64_t segment, uint32_t leave);

/* ---- Offers ---- */

/**
 * The agent takes the offer. The rest of its group is withdrawn ("answered
 * elsewhere"). The center now joins the parties and says connected or
 * connect_failed; when it says neither within the queue's offer timeout, it
 * has failed.
 *
 * @param endpoint  Which one answered; may be NULL. Since 0.1.
 */
USHER_API int usher_acd_accept(struct usher_acd *acd, int64_t now_us,
			       uint64_t offer, const char *endpoint);
/** The agent refuses: not again before the queue's retry time. Since 0.1. */
USHER_API int usher_acd_reject(struct usher_acd *acd, int64_t now_us,
			       uint64_t offer, const char *reason);
/** No endpoint answers or can be reached: counts as missed. Since 0.1. */
USHER_API int usher_acd_miss(struct usher_acd *acd, int64_t now_us,
			     uint64_t offer, const char *reason);
/** Take the offer and its group back; the contact waits in its old place, and
 *  these agents are not offered it before the retry time. Since 0.1. */
USHER_API int usher_acd_withdraw(struct usher_acd *acd, int64_t now_us,
				 uint64_t offer, const char *reason);
/** An accepted offer is done: queue segments close, the agent's begins.
 *  @param ret_segment  The agent segment; may be NULL. Since 0.1. */
USHER_API int usher_acd_connected(struct usher_acd *acd, int64_t now_us,
				  uint64_t offer, uint64_t *ret_segment);
/** An accepted offer could not be completed: the contact waits in its old
 *  place. Since 0.1. */
USHER_API int usher_acd_connect_failed(struct usher_acd *acd, int64_t now_us,
				       uint64_t offer, const char *reason);

/**
 * Offer a waiting contact to this agent: the answer to a decide event, or
 * manual pick-up. The agent is ready and has room for it; the requirement and
 * an earlier refusal do not matter with force.
 *
 * @return 0, USHER_ESTATE (not waiting, offered already, agent not free),
 *         USHER_EPERM (requirement, or not again yet). Since 0.1.
 */
USHER_API int usher_acd_assign(struct usher_acd *acd, int64_t now_us,
			       uint64_t contact, uint64_t agent, int force);

/* ---- With an agent ---- */

/** A contact with an agent outside any queue. */
struct usher_direct_opts {
	size_t size;       /**< set by usher_direct_opts_init() */
	int64_t wrapup_us; /**< most wrap-up; 0: none */
	uint32_t dialing; /**< 1: not answered yet, see usher_acd_answered() */
	uint32_t force;   /**< 1: also over capacity or when not ready: the
			   *   call is a fact, as one they dialed */
};

/** Zero the options and note their size. Since 0.1. */
USHER_API void usher_direct_opts_init(struct usher_direct_opts *opts,
				      size_t size);

/**
 * The contact is with this agent, as one dialed by or to them, or transferred.
 * Takes capacity. Segments waiting in queues stay open. Of an agent who still
 * wraps this contact up, the wrap-up ends: its place is for this.
 *
 * @return 0, USHER_ESTATE (signed out, not ready, no room), USHER_EEXIST (is
 *         with this agent already, or offered to them), USHER_EFULL (segments,
 * or USHER_AGENT_LOAD_MAX). Since 0.1.
 */
USHER_API int usher_acd_direct(struct usher_acd *acd, int64_t now_us,
			       uint64_t contact, uint64_t agent,
			       const struct usher_direct_opts *opts,
			       uint64_t *ret_segment);
/** A dialed contact answers. Since 0.1. */
USHER_API int usher_acd_answered(struct usher_acd *acd, int64_t now_us,
				 uint64_t segment);
/** On hold. Since 0.1. */
USHER_API int usher_acd_hold(struct usher_acd *acd, int64_t now_us,
			     uint64_t segment);
/** Off hold. Since 0.1. */
USHER_API int usher_acd_resume(struct usher_acd *acd, int64_t now_us,
			       uint64_t segment);
/** The conversation of this agent is over: wrap-up, or closed where there is
 *  none. The contact goes on. Since 0.1. */
USHER_API int usher_acd_leave(struct usher_acd *acd, int64_t now_us,
			      uint64_t segment, const char *reason);
/** The agent is done; otherwise the wrap-up ends at its deadline.
 *  Since 0.1. */
USHER_API int usher_acd_wrapup_end(struct usher_acd *acd, int64_t now_us,
				   uint64_t segment);
/** What it was about; any time before the segment closes. Since 0.1. */
USHER_API int usher_acd_disposition(struct usher_acd *acd, int64_t now_us,
				    uint64_t segment, const char *disposition);

/* ---- Generic ---- */

/**
 * Put the host's own event, of a type of kind USHER_KIND_NOTE, into the
 * sequence. Contact and segment may be 0 and are not checked: the note may
 * tell of something that is over.
 */
USHER_API int usher_acd_note(struct usher_acd *acd, int64_t now_us,
			     uint32_t type, uint64_t contact, uint64_t segment,
			     const struct usher_field_value *values,
			     size_t count);

/**
 * Give any input by its type and fields, as scenario files and bindings do.
 * Fields that are left out are 0 or "".
 *
 * @param ret_id  The id that the input's own function would return (contact,
 *                segment, queue, agent), else 0; may be NULL
 */
USHER_API int usher_acd_input(struct usher_acd *acd, int64_t now_us,
			      uint32_t type,
			      const struct usher_field_value *values,
			      size_t count, uint64_t *ret_id,
			      struct usher_error *err);

#ifdef __cplusplus
}
#endif
#endif
