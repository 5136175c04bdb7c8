/** @file
 * Flow sets: flows and prompts as an immutable, counted model, made with a
 * builder (libusher-server builds it from YAML, see docs/flows.md) and run by
 * the instances of usher/ivr.h.
 *
 * A flow is a list of named steps. Control goes from a step to the one that
 * follows it unless `next` or an exit says otherwise. A **target** is the name
 * of a step of the same flow, else the name of a flow (which then replaces
 * this one), or `return` (leave this flow) or `end` (end the contact).
 *
 * **Templates.** Texts may hold fields in braces: `Hello {contact.name}`, each
 * an expression of usher/expr.h; `{{` and `}}` are braces. A template that is
 * one field and nothing else keeps the type of its value. An undefined field
 * is the empty text.
 */
#ifndef USHER_FLOW_SET_H
#define USHER_FLOW_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <usher/alloc.h>
#include <usher/error.h>
#include <usher/expr.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Most flows of a set. */
#define USHER_FLOW_FLOWS_MAX 1024
/** Most prompts of a set. */
#define USHER_FLOW_PROMPTS_MAX 4096
/** Most steps of a set. */
#define USHER_FLOW_STEPS_MAX 16384
/** Most variables of a set. */
#define USHER_FLOW_VARS_MAX 256
/** Most names with a dot that a set reads from its host. */
#define USHER_FLOW_NAMES_MAX 1024
/** Most exits, pairs, queues, fields or headers of one step. */
#define USHER_FLOW_ITEMS_MAX 64
/** Most sound pieces of a prompt in one language. */
#define USHER_FLOW_SOUNDS_MAX 8
/** Longest name of a flow, step, prompt, variable or language, in bytes. */
#define USHER_FLOW_NAME_MAX 63
/** Longest text or template in a flow, and longest text made from one. */
#define USHER_FLOW_TEXT_MAX 4096

/** Kinds of steps. The numbers are part of the ABI. */
enum usher_step_kind {
	USHER_STEP_PROMPT = 1,    /**< say something */
	USHER_STEP_MENU = 2,      /**< ask for one of several choices */
	USHER_STEP_COLLECT = 3,   /**< ask for digits or a text */
	USHER_STEP_SET = 4,       /**< set variables, attributes, language */
	USHER_STEP_IF = 5,        /**< the first exit whose condition holds */
	USHER_STEP_QUEUE = 6,     /**< wait for an agent */
	USHER_STEP_FETCH = 7,     /**< ask an application over HTTP */
	USHER_STEP_TRANSFER = 8,  /**< go to an agent, a queue or a number */
	USHER_STEP_VOICEMAIL = 9, /**< record a message */
	USHER_STEP_SUBFLOW = 10,  /**< run a flow and come back */
	USHER_STEP_END = 11,      /**< end the contact */
	USHER_STEP_WAIT = 12,     /**< let time pass, with music if wanted */
	USHER_STEP_LEAVE = 13,    /**< in a `while` flow: leave the queue */
	/** the caller hangs up and is called back, in the place that they had;
	 * also while they wait */
	USHER_STEP_CALLBACK = 14
};

/** Flags of a step. */
enum usher_step_flag {
	USHER_STEP_SECRET = 1 << 0, /**< collect: the value is a secret */
	USHER_STEP_TEXT = 1 << 1,   /**< collect: any text, not only digits */
	USHER_STEP_AS_NUMBER = 1 << 2, /**< collect: store a number */
	USHER_STEP_NO_BARGE = 1 << 3   /**< input leaves the prompt alone */
};

/**
 * A step. Zero and NULL mean default; each field names the kinds that read
 * it. Strings are copied.
 */
struct usher_step_opts {
	size_t size;      /**< set by usher_step_opts_init() */
	const char *name; /**< unique in its flow; NULL: nobody jumps here */
	uint32_t kind;    /**< enum usher_step_kind */
	uint32_t flags;   /**< enum usher_step_flag */
	/** Target when the step is done; NULL: the step that follows, after
	 * the last one `return`. Not for end and leave. */
	const char *next;
	/** prompt, menu, collect, voicemail: name of a prompt. wait: music.
	 * callback: said once it is agreed on, before the call ends */
	const char *prompt;
	/** menu, collect: prompt of later tries; NULL: prompt */
	const char *again;
	/** menu, collect: said after wrong input, before `again` */
	const char *invalid;
	/** collect: variable; menu: variable for the choice, may be NULL */
	const char *variable;
	/** subflow: flow. queue: flow that runs while waiting, may be NULL.
	 * leave: exit of the queue step. */
	const char *flow;
	/** transfer: template of the agent, queue or number. voicemail: of
	 * the mailbox. fetch: of the URL, its scheme and host constant. end:
	 * of the reason, may be NULL. callback: of the number; NULL: the
	 * caller's. */
	const char *target;
	/** transfer: "agent", "queue" or "number". fetch: "GET" (default),
	 * "POST", "PUT", "PATCH" or "DELETE". callback: who is called first,
	 * "agent" or "customer"; NULL: as the host has it. */
	const char *method;
	/** queue: requirement on agents, an expression, handed on. collect:
	 * condition that the value has to meet, itself among the names. */
	const char *require;
	/** queue: expression that gives the priority; NULL: the queue's */
	const char *priority;
	/** menu, collect: for the first input after the prompt (5 s). fetch:
	 * for the answer (5 s). queue: for the whole wait (none). wait: its
	 * length (forever, in a `while` flow only). voicemail: longest message
	 * (120 s). transfer: handed on, the host's default. callback: between
	 * two attempts, the host's default. */
	uint32_t timeout_ms;
	uint32_t digit_timeout_ms; /**< collect: between digits (3 s) */
	uint32_t min;              /**< collect: least characters (1) */
	/** collect: most characters (64; text 1024). callback: attempts, the
	 * host's default */
	uint32_t max;
	/** menu, collect: further tries after the first (2; USHER_NO_RETRY) */
	uint32_t retries;
	/** collect, voicemail: the digit that ends input; 0: '#', '-': none */
	uint32_t terminator;
};

/** For usher_step_opts.retries: ask once and no more. */
#define USHER_NO_RETRY UINT32_MAX

/** Fill in defaults. @param size sizeof the caller's struct. Since 0.1. */
USHER_API void usher_step_opts_init(struct usher_step_opts *opts, size_t size);

/**
 * Collects flows and prompts and checks them. One thread at a time. After a
 * call that failed it is good for nothing but usher_flow_builder_free().
 */
struct usher_flow_builder;

/** An immutable set of flows and prompts, counted, shareable. */
struct usher_flow_set;

/**
 * Start a flow set.
 *
 * @param ret    Where the builder goes
 * @param alloc  Memory of builder and set; NULL for the heap. When sets are
 *               referenced on several threads it must be safe on all of them
 *
 * @return 0 or USHER_ENOMEM. Since 0.1.
 */
USHER_API int usher_flow_builder_new(struct usher_flow_builder **ret,
				     const struct usher_alloc *alloc);

/** Free a builder; NULL is fine. Sets made by it live on. Since 0.1. */
USHER_API void usher_flow_builder_free(struct usher_flow_builder *builder);

/**
 * Say where the following calls come from, for errors found then or by
 * usher_flow_builder_finish(). Since 0.1.
 *
 * @param file  Copied, cut to USHER_ERROR_FILE_MAX; NULL for none
 */
USHER_API void usher_flow_builder_at(struct usher_flow_builder *builder,
				     const char *file, uint32_t line,
				     uint32_t column);

/**
 * The language of contacts that have none, and of prompts that lack the
 * contact's. "en" unless called. Since 0.1.
 *
 * @return 0, USHER_EINVAL, USHER_ENOMEM
 */
USHER_API int usher_flow_builder_language(struct usher_flow_builder *builder,
					  const char *language,
					  struct usher_error *err);

/**
 * A prompt in one language; call again for each language.
 *
 * @param name      Of the prompt
 * @param language  NULL: the default language at usher_flow_builder_finish()
 * @param text      Template of what is said or written; NULL for sound alone
 *
 * @return 0, USHER_EINVAL, USHER_EEXIST (this language twice), USHER_EFULL,
 *         USHER_ENOMEM. Since 0.1.
 */
USHER_API int usher_flow_builder_prompt(struct usher_flow_builder *builder,
					const char *name, const char *language,
					const char *text,
					struct usher_error *err);

/**
 * A sound piece of the prompt given last, in the order of playing: a template
 * of a file name. In its fields every character except letters, digits, '-'
 * and '_' becomes '_', so that no input leads to another folder. Since 0.1.
 *
 * @return 0, USHER_EINVAL, USHER_ESTATE (no prompt yet), USHER_EFULL,
 *         USHER_ENOMEM
 */
USHER_API int usher_flow_builder_sound(struct usher_flow_builder *builder,
				       const char *sound,
				       struct usher_error *err);

/**
 * Begin a flow; the steps that follow are its. Since 0.1.
 *
 * @return 0, USHER_EINVAL, USHER_EEXIST, USHER_EFULL, USHER_ENOMEM
 */
USHER_API int usher_flow_builder_flow(struct usher_flow_builder *builder,
				      const char *name,
				      struct usher_error *err);

/**
 * Say that contacts may start at a flow. Without any such call every flow is
 * an entry; with one, flows that no entry leads to are reported as
 * unreachable. Since 0.1.
 *
 * @return 0, USHER_EINVAL, USHER_EFULL, USHER_ENOMEM
 */
USHER_API int usher_flow_builder_entry(struct usher_flow_builder *builder,
				       const char *name,
				       struct usher_error *err);

/**
 * Add a step to the flow begun last. Since 0.1.
 *
 * @return 0, USHER_EINVAL, USHER_EEXIST (its name), USHER_ESTATE (no flow
 *         yet), USHER_EFULL, USHER_ENOMEM
 */
USHER_API int usher_flow_builder_step(struct usher_flow_builder *builder,
				      const struct usher_step_opts *opts,
				      struct usher_error *err);

/**
 * Give the step added last an exit.
 *
 * - menu: a digit (0-9 * #) or a word that a text may be; `timeout`,
 *   `invalid`, `else`
 * - collect: `timeout`, `invalid`, `else`
 * - if: a condition, the first that holds is taken; `else`
 * - queue: `answered` (the agent has left), `timeout`, `full`, `closed`,
 *   `nobody`, `failed`, a digit, a name that a leave step uses, `else`
 * - fetch: a reason given by the host, such as `timeout` or `404`; `else`,
 *   which it must have
 * - transfer: `answered` (the other side has left), a reason such as `busy`
 *   or `noanswer`; `else`, which it must have
 * - voicemail: `failed`, `else`
 * - callback: why there is none, such as `exists`, `number` or `window`;
 *   `else`, which it must have
 *
 * What has no exit of its own takes `else`, and without one `next`; but
 * `answered` without an exit ends the contact, and a digit without an exit
 * does nothing while waiting. A digit that leads to a callback step leaves the
 * contact in its queue, as if its `while` flow had come there. Since 0.1.
 *
 * @return 0, USHER_EINVAL, USHER_EEXIST, USHER_ESTATE (no step yet),
 *         USHER_EFULL, USHER_ENOMEM
 */
USHER_API int usher_flow_builder_exit(struct usher_flow_builder *builder,
				      const char *on, const char *target,
				      struct usher_error *err);

/** What a pair of usher_flow_builder_pair() means. */
enum usher_pair_kind {
	/** set: variable, `contact.x` or `language`, and a template */
	USHER_PAIR_SET = 1,
	/** fetch: variable, and the path of a field of the answer: `a.b.0` */
	USHER_PAIR_RESULT = 2,
	/** fetch: member of the JSON object that is sent, and a template */
	USHER_PAIR_FIELD = 3,
	/** fetch: header, and a template */
	USHER_PAIR_HEADER = 4,
	/** queue: template of a queue's name; the value is NULL. callback: the
	 * same; none: where the contact waits, or waited last */
	USHER_PAIR_QUEUE = 5,
	/** callback: "from" or "until", and a template of a time, which the
	 * host reads */
	USHER_PAIR_WINDOW = 6
};

/**
 * Give the step added last a pair. Since 0.1.
 *
 * @return 0, USHER_EINVAL, USHER_EEXIST, USHER_ESTATE, USHER_EFULL,
 *         USHER_ENOMEM
 */
USHER_API int usher_flow_builder_pair(struct usher_flow_builder *builder,
				      uint32_t kind, const char *name,
				      const char *value,
				      struct usher_error *err);

/**
 * Check everything and make the set. The message of a problem starts with its
 * name: `unknown-target`, `unknown-flow`, `missing-prompt`, `missing-text`,
 * `missing-variable`, `unknown-name`, `missing-else`, `unreachable`,
 * `endless-loop`, `misplaced`, `secret-leak`, `unsafe-url`, `recursion`,
 * `missing-part`, `duplicate-exit`; its place is that of the step or prompt.
 *
 * @param ret  Where the set goes, with one reference
 *
 * @return 0, USHER_EINVAL (a problem), USHER_EFULL, USHER_ENOMEM. The builder
 *         may only be freed afterwards. Since 0.1.
 */
USHER_API int usher_flow_builder_finish(struct usher_flow_builder *builder,
					struct usher_flow_set **ret,
					struct usher_error *err);

/** Take a reference. Thread: any. @return set. Since 0.1. */
USHER_API struct usher_flow_set *
usher_flow_set_ref(struct usher_flow_set *set);

/** Give a reference back; the last one frees. NULL is fine. Since 0.1. */
USHER_API void usher_flow_set_unref(struct usher_flow_set *set);

/**
 * Version: a hash of the whole content, the same on every machine. Two sets
 * with one version behave alike. Since 0.1.
 */
USHER_API uint64_t usher_flow_set_version(const struct usher_flow_set *set);

/** Whether it has a flow of this name. Since 0.1. */
USHER_API bool usher_flow_set_has(const struct usher_flow_set *set,
				  const char *flow);

/** Name of its i-th flow, in byte order; NULL beyond the last. Since 0.1. */
USHER_API const char *usher_flow_set_flow(const struct usher_flow_set *set,
					  uint32_t i);

/**
 * The i-th name with a dot that the set reads, in byte order; NULL beyond the
 * last. Its index is what the look-up of an instance receives, so a host binds
 * names once a set. Since 0.1.
 */
USHER_API const char *usher_flow_set_name(const struct usher_flow_set *set,
					  uint32_t i);

/** What a set wants of its host. */
enum usher_flow_use {
	USHER_FLOW_QUEUE = 1,   /**< a queue's name (queue, transfer) */
	USHER_FLOW_MAILBOX = 2, /**< a mailbox */
	USHER_FLOW_SOUND = 3,   /**< a sound file */
	USHER_FLOW_AGENT = 4    /**< an agent's name (transfer) */
};

/**
 * The i-th thing of a kind that the set names without a field, in byte order,
 * so that a configuration can be checked; NULL beyond the last. Since 0.1.
 *
 * @param place  Filled with file, line and column of the first use; may be
 *               NULL
 */
USHER_API const char *usher_flow_set_use(const struct usher_flow_set *set,
					 uint32_t use, uint32_t i,
					 struct usher_error *place);

/** A prompt of a set, in one language. */
struct usher_flow_prompt {
	size_t size;               /**< sizeof the caller's struct */
	const char *name;          /**< of the prompt */
	const char *language;      /**< that the text and sounds are in */
	const char *text;          /**< its fields left empty; may be NULL */
	const char *const *sounds; /**< those without fields */
	uint32_t sound_count;      /**< entries of sounds */
	uint32_t reserved;         /**< zero */
};

/**
 * Look a prompt up, for music and the like that no flow plays.
 *
 * @param language  Falls back to the default language; NULL: that one
 * @param ret       Its size set by the caller; what it borrows lives as long
 *                  as the set
 *
 * @return 0, USHER_ENOENT, USHER_EINVAL. Thread: any. Since 0.1.
 */
USHER_API int usher_flow_set_prompt(const struct usher_flow_set *set,
				    const char *name, const char *language,
				    struct usher_flow_prompt *ret);

/**
 * The i-th prompt, each language by itself, in the order given to the
 * builder: for a program that renders sounds.
 *
 * @return 0, USHER_ENOENT (beyond the last), USHER_EINVAL. Since 0.1.
 */
USHER_API int usher_flow_set_prompt_at(const struct usher_flow_set *set,
				       uint32_t i,
				       struct usher_flow_prompt *ret);

#ifdef __cplusplus
}
#endif
#endif
