/** @file
 * Flows: what a contact hears and is asked, as a state machine without I/O.
 *
 * A **flow set** (usher/flow_set.h) is the model of flows and prompts. An
 * **instance** runs one contact through it: it is fed with what happened
 * (a digit, a text, a finished prompt, an answer from outside, time) and
 * answers with actions that its host carries out (play, ask, queue, fetch,
 * transfer, …). It knows no SIP, no socket, no clock; the same flow serves
 * voice and text.
 *
 *	usher_ivr_new(&ivr, set, &opts, NULL, &err);
 *	usher_ivr_feed(ivr, now_us, &started);
 *	while ((action = usher_ivr_next(ivr)))
 *		carry_out(action);
 *	… call usher_ivr_advance() at usher_ivr_deadline() …
 *
 * **Names.** Without a dot a name is a variable of the instance. `language`
 * always exists. Names with a dot belong to the host, by the prefixes
 * contact, caller, queue, wait, time, agent and center; setting
 * `contact.x` is an action. docs/flows.md lists those that a center knows.
 *
 * **Secrets.** A variable that is collected with USHER_STEP_SECRET may be read
 * only by conditions and by the fields and headers of a fetch. It is left out
 * of usher_ivr_save(), the action that carries it is marked, and its memory is
 * wiped when that fetch has ended, at the latest when the contact meets a
 * queue, an agent or its end.
 */
#ifndef USHER_IVR_H
#define USHER_IVR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <usher/alloc.h>
#include <usher/error.h>
#include <usher/expr.h>
#include <usher/flow_set.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Deepest nesting of flows in an instance (subflows and `while`). */
#define USHER_IVR_DEPTH_MAX 8
/** Most steps within one input, or within one second; beyond it: "loop". */
#define USHER_IVR_STEPS_MAX 1000
/** Most digits that one step collects. */
#define USHER_IVR_DIGITS_MAX 64
/** Longest value of a variable, in bytes; longer ones are cut. */
#define USHER_IVR_VALUE_MAX 1024
/** A prompt that never finishes counts as finished after so long. */
#define USHER_IVR_PLAY_MAX_MS 600000

/** Settings of an instance. */
struct usher_ivr_opts {
	size_t size;          /**< set by usher_ivr_opts_init() */
	const char *flow;     /**< where it starts; not for restore */
	const char *language; /**< of the contact; NULL: the set's default */
	/** Gives the value of a name, by its index in usher_flow_set_name();
	 * NULL: all undefined. What it returns must live until the call that
	 * asked returns. */
	usher_expr_lookup_h *lookup;
	void *arg; /**< handed to lookup */
};

/** Fill in defaults. Since 0.1. */
USHER_API void usher_ivr_opts_init(struct usher_ivr_opts *opts, size_t size);

/** What happened. The numbers are part of the ABI. */
enum usher_ivr_event_kind {
	USHER_IVR_STARTED = 1,  /**< the contact is there; once, first */
	USHER_IVR_DIGIT = 2,    /**< text: one of 0-9 * # A-D */
	USHER_IVR_TEXT = 3,     /**< text: a message, UTF-8 */
	USHER_IVR_PLAYED = 4,   /**< request: a prompt came to its end */
	USHER_IVR_FETCHED = 5,  /**< request; values of the action's paths */
	USHER_IVR_FAILED = 6,   /**< request of a fetch, transfer, recording or
				     callback; text: the reason, `timeout`,
				     `busy`, … */
	USHER_IVR_RECORDED = 7, /**< request: the message is kept */
	USHER_IVR_ANSWERED = 8, /**< an agent or the number talks to them */
	/** Not in the queue any more. text: `timeout`, `full`, `closed`,
	 * `nobody`, `failed`; NULL: as USHER_IVR_LEAVE asked. */
	USHER_IVR_EXITED = 9,
	USHER_IVR_RETURNED = 10,   /**< answered was in vain: waiting again */
	USHER_IVR_AGENT_LEFT = 11, /**< the customer is alone again */
	USHER_IVR_HUNG_UP = 12,    /**< the customer has gone */
	/** After usher_ivr_restore(): repeats the actions that it waits for
	 * (except queue and transfer, which live on in the core). */
	USHER_IVR_RESUMED = 13
};

/** Something that happened. Borrowed for the call. */
struct usher_ivr_event {
	size_t size;      /**< sizeof this struct */
	uint32_t kind;    /**< enum usher_ivr_event_kind */
	uint32_t request; /**< of the action that it answers, or 0 */
	const char *text; /**< see the kinds */
	size_t text_len;  /**< bytes, or 0 when the text ends in NUL */
	const struct usher_value *values; /**< of USHER_IVR_FETCHED */
	size_t n_values;                  /**< how many */
};

/** What the host is to do. The numbers are part of the ABI. */
enum usher_ivr_action_kind {
	/** Say the prompt; replaces what plays. Answer: PLAYED. */
	USHER_IVR_PLAY = 1,
	/** As PLAY, and input is expected: digits or a text may come. */
	USHER_IVR_ASK = 2,
	/** Play the prompt's sound over and over, until STOP. No answer. */
	USHER_IVR_MUSIC = 3,
	/** Stop what plays, records or is fetched under `request`; only a
	 * recording answers, with RECORDED. */
	USHER_IVR_STOP = 4,
	/** Queue the contact in `queues`. Answer: ANSWERED or EXITED. */
	USHER_IVR_QUEUE = 5,
	/** Take it out again. Answer: EXITED, or ANSWERED if that was first.
	 */
	USHER_IVR_LEAVE = 6,
	/** An HTTP request. Answer: FETCHED or FAILED. */
	USHER_IVR_FETCH = 7,
	/** Transfer to `target`. Answer: ANSWERED or FAILED. */
	USHER_IVR_TRANSFER = 8,
	/** Record a message into `target`. Answer: RECORDED or FAILED. */
	USHER_IVR_RECORD = 9,
	/** Set attribute `target` of the contact. */
	USHER_IVR_SET = 10,
	/** The contact's language is now `language`. */
	USHER_IVR_LANGUAGE = 11,
	/** Over: end the contact, `reason` says why. The last action. */
	USHER_IVR_END = 12,
	/** The flow is broken: `reason` is "loop", "depth" or "misplaced",
	 * `target` the flow and step. END follows. */
	USHER_IVR_ERROR = 13,
	/** The caller is to be called back at `target` (NULL: their own
	 * number), from `queues` (none: where they wait, or waited last), as
	 * `method`, `timeout_ms`, `attempts` and the window in `pairs` say;
	 * `text` and `sounds` are said before they go. Answer: HUNG_UP, or
	 * FAILED. */
	USHER_IVR_CALLBACK = 14
};

/** Flags of an action. */
enum usher_ivr_flag {
	/** Carries a secret, or asks for one: into no log, event or trace,
	 * nor the input that answers it. */
	USHER_IVR_IS_SECRET = 1 << 0,
	USHER_IVR_BARGE = 1 << 1,      /**< input interrupts the prompt */
	USHER_IVR_WANTS_TEXT = 1 << 2, /**< ASK: any text will do */
	USHER_IVR_IS_MENU = 1 << 3,    /**< ASK: one of the names in `pairs` */
	/** QUEUE: the flow has a way for `nobody`; without this flag the
	 * customer waits when no agent is signed in. */
	USHER_IVR_EXITS_NOBODY = 1 << 4
};

/** A name and a value in an action. */
struct usher_ivr_pair {
	const char *name;  /**< never NULL */
	const char *value; /**< may be NULL */
};

/** Something to do. Everything in it is borrowed until the next input. */
struct usher_ivr_action {
	uint32_t kind;       /**< enum usher_ivr_action_kind */
	uint32_t request;    /**< to be named in the answer; of STOP, LEAVE: of
				  the action that is to end */
	uint32_t flags;      /**< enum usher_ivr_flag */
	uint32_t timeout_ms; /**< QUEUE, FETCH, TRANSFER, RECORD, CALLBACK; 0:
				  none. A QUEUE's is watched here, the host
				  need not */
	const char
		*prompt; /**< PLAY, ASK, MUSIC, RECORD, CALLBACK: its name */
	const char *language; /**< of text and sounds; LANGUAGE: the new one */
	const char *text;     /**< with its fields filled in; NULL: none */
	const char *const *sounds; /**< file names, fields filled in */
	size_t n_sounds;           /**< how many */
	const char *const *queues; /**< QUEUE, CALLBACK */
	size_t n_queues;           /**< how many */
	const char *require;       /**< QUEUE: canonical expression, or NULL */
	int64_t priority;          /**< QUEUE, if has_priority */
	uint32_t has_priority;     /**< 1: priority was given */
	uint32_t terminator;       /**< RECORD: digit that will end it, or 0 */
	/** FETCH; TRANSFER: agent, queue, number; CALLBACK: agent, customer
	 * or NULL */
	const char *method;
	const char *target; /**< URL, agent, number, mailbox, attribute */
	/** FETCH: a JSON object, or NULL for no body */
	const char *body;
	/** FETCH: headers. ASK of a menu: the choices. CALLBACK: `from` and
	 * `until`, as they stand in the flow. */
	const struct usher_ivr_pair *pairs;
	size_t n_pairs; /**< how many */
	/** FETCH: paths of the fields wanted, `a.b.0` */
	const char *const *paths;
	size_t n_paths;           /**< how many */
	struct usher_value value; /**< SET */
	const char *reason;       /**< END, ERROR, LEAVE; never NULL there */
	uint32_t attempts;        /**< CALLBACK: at most; 0: the host's */
	uint32_t reserved;        /**< zero */
};

/** One contact on its way through a flow set. Owned by one thread. */
struct usher_ivr;

/**
 * Make an instance; it references the set. Feed USHER_IVR_STARTED next.
 *
 * @param ret    Where it goes
 * @param set    What it runs through, to its end
 * @param opts   Where it starts
 * @param alloc  Its memory; NULL for the heap
 *
 * @return 0, USHER_ENOENT (no such flow), USHER_EINVAL, USHER_ENOMEM.
 *         Since 0.1.
 */
USHER_API int usher_ivr_new(struct usher_ivr **ret, struct usher_flow_set *set,
			    const struct usher_ivr_opts *opts,
			    const struct usher_alloc *alloc,
			    struct usher_error *err);

/** Wipe and free; NULL is fine. Since 0.1. */
USHER_API void usher_ivr_free(struct usher_ivr *ivr);

/**
 * Tell it what happened. Deadlines up to now_us run first, each at its own
 * time. What does not fit its state (a late answer, a digit nobody wants) is
 * ignored.
 *
 * @param now_us  Never before that of the last call
 *
 * @return 0, USHER_EAGAIN (take the actions out first), USHER_EINVAL,
 *         USHER_ENOMEM: then nothing has changed. Since 0.1.
 */
USHER_API int usher_ivr_feed(struct usher_ivr *ivr, int64_t now_us,
			     const struct usher_ivr_event *event);

/** Let time pass. @return as usher_ivr_feed(). Since 0.1. */
USHER_API int usher_ivr_advance(struct usher_ivr *ivr, int64_t now_us);

/** When to advance next, in microseconds; INT64_MAX for never. Since 0.1. */
USHER_API int64_t usher_ivr_deadline(const struct usher_ivr *ivr);

/**
 * The next action, or NULL. It and all it names live until the next feed,
 * advance or free. Since 0.1.
 */
USHER_API const struct usher_ivr_action *usher_ivr_next(struct usher_ivr *ivr);

/** Whether it is over: ended or hung up, all actions taken. Since 0.1. */
USHER_API bool usher_ivr_done(const struct usher_ivr *ivr);

/**
 * Whether a digit or a text that comes now may be a secret: its host then
 * writes it down nowhere. Since 0.1.
 *
 * @param kind  USHER_IVR_DIGIT or USHER_IVR_TEXT
 */
USHER_API bool usher_ivr_hides(const struct usher_ivr *ivr, uint32_t kind);

/** Flow and step in which it is, as "flow/step", for people. Since 0.1. */
USHER_API const char *usher_ivr_where(struct usher_ivr *ivr);

/**
 * Value of a variable, for the agent's desk and for tests. Secrets are
 * undefined here. Borrowed until the next input. Since 0.1.
 */
USHER_API struct usher_value usher_ivr_variable(const struct usher_ivr *ivr,
						const char *name);

/**
 * Write it down as bytes that are the same on every machine. Secrets are left
 * out. All actions must have been taken out (else USHER_EAGAIN).
 *
 * @param buf  Where to, or NULL to ask for the length
 * @param cap  Its size
 * @param len  Length needed, also on USHER_EFULL
 *
 * @return 0, USHER_EFULL (cap is too small), USHER_EAGAIN. Since 0.1.
 */
USHER_API int usher_ivr_save(const struct usher_ivr *ivr, void *buf,
			     size_t cap, size_t *len);

/**
 * Version of the flow set that saved bytes belong to. Since 0.1.
 *
 * @return 0 or USHER_ECORRUPT
 */
USHER_API int usher_ivr_saved_version(const void *buf, size_t len,
				      uint64_t *version);

/**
 * Make an instance from saved bytes. Feed USHER_IVR_RESUMED next. A step that
 * held a secret asks for it again or fails.
 *
 * @param set   With the version that the bytes name
 * @param opts  lookup and arg
 *
 * @return 0, USHER_ESTATE (another version of flows), USHER_ECORRUPT,
 *         USHER_ENOMEM. Since 0.1.
 */
USHER_API int usher_ivr_restore(struct usher_ivr **ret,
				struct usher_flow_set *set,
				const struct usher_ivr_opts *opts,
				const struct usher_alloc *alloc,
				const void *buf, size_t len,
				struct usher_error *err);

#ifdef __cplusplus
}
#endif
#endif
