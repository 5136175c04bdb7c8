/** @file
 * What a center is made of, as plain data: agents, queues, entries, trunks,
 * flows. It is checked as it is built; nothing is opened and nothing runs.
 *
 * A struct usher_config is built by one thread at a time; a center that takes
 * it over reads it only. Strings are copied. usher/server.h makes one of YAML.
 * A struct of an older header may be smaller: what it lacks is its default.
 */
#ifndef USHER_CONFIG_H
#define USHER_CONFIG_H

#include <stddef.h>
#include <stdint.h>
#include <usher/error.h>

#ifdef __cplusplus
extern "C" {
#endif

struct usher_config;
struct usher_flow_set;

/** An agent. Strings are copied. */
struct usher_agent_conf {
	size_t size;           /**< set by the caller to its sizeof */
	const char *name;      /**< unique; also the SIP account by default */
	const char *display;   /**< for people; NULL: name */
	const char *account;   /**< SIP user name; NULL: name */
	const char *password;  /**< SIP password; NULL: cannot register */
	const char *pin;       /**< digits to sign in by phone; NULL: cannot */
	const char *extension; /**< number that reaches the agent directly */
	/** Addresses rung for an offer, in order: "phone" (the registered
	 *  account), "tel:+36…", "sip:…", "app" (accepts by request). Behind
	 *  an address "ring=SECONDS" and "accept" (who answers has to press
	 *  1): "tel:+36… ring=20 accept". At the end "voicemail". */
	const char *const *endpoints;
	uint32_t endpoint_count;  /**< 0: "phone" if there is a password,
				       else "app" */
	uint32_t attribute_count; /**< entries of attributes */
	/** "billing=3", "language=hu", "languages=[hu, pl]" (a list of texts),
	 *  "address.city=Pécs": skills and properties. */
	const char *const *attributes;
	/** Queues served, in order of preference. */
	const char *const *queues;
	uint32_t queue_count;    /**< entries of queues */
	uint32_t capacity_count; /**< entries of capacity */
	/** "voice=1", "chat=3", "total=3". Default: one contact at a time. */
	const char *const *capacity;
	uint32_t ring_together;   /**< nonzero: all endpoints at once */
	uint32_t interrupt_count; /**< entries of interrupts */
	/** "voice=chat email": kinds that do not stand in the way of one, for
	 *  which there is room however many of them the agent has */
	const char *const *interrupts;
};

/** A queue. */
struct usher_queue_conf {
	size_t size;             /**< set by the caller to its sizeof */
	const char *name;        /**< unique */
	const char *display;     /**< for people; NULL: name */
	const char *policy;      /**< default "longest_idle" */
	const char *fallback;    /**< for "external"; default longest_idle */
	const char *requirement; /**< usher/expr.h; NULL: every member */
	const char *music;       /**< prompt played while waiting, or NULL */
	/** "never" (default), "always", "demand" (an agent asks for it), or
	 *  a share of the calls: "20%" */
	const char *recording;
	const char *number;        /**< number that reaches it, or NULL */
	uint32_t service_level_ms; /**< threshold; default 20,000 */
	uint32_t short_abandon_ms; /**< default 5,000 */
	uint32_t
		offer_timeout_ms; /**< ring an agent so long; default 20,000 */
	uint32_t wrap_up_ms;      /**< longest wrap-up; 0: none */
	uint32_t max_waiting;     /**< 0: no limit */
	uint32_t max_wait_ms;     /**< then exit "timeout"; 0: no limit */
	uint32_t missed_max; /**< pause an agent after so many; 0: never */
	uint32_t retry_ms;   /**< same agent again after; default 5,000 */
	uint32_t decide_ms;  /**< external policy's deadline; def. 1,000 */
	/** nonzero: recorded only once the contact's consent is "given";
	 *  one that is refused or withdrawn counts everywhere */
	uint32_t consent;
	const char *announcement; /**< prompt before a recording, or NULL */
	/** of the policy, docs/policies.md: "patience=30", "north=60" */
	const char *const *policy_options;
	/** what the center's contact_order is told of it: "cost=3" */
	const char *const *order_options;
	uint32_t policy_option_count; /**< entries of policy_options */
	uint32_t order_option_count;  /**< entries of order_options */
	/** Callbacks of those who wait here; zero and NULL: as in struct
	 *  usher_callback_opts of usher/acd.h. */
	uint32_t callback_first;       /**< enum usher_callback_first */
	uint32_t callback_attempts;    /**< at most */
	uint32_t callback_again_ms;    /**< between two attempts */
	uint32_t callback_within_ms;   /**< given up so long after it is due */
	const char *callback_prompt;   /**< said to who agrees, or NULL */
	const char *callback_greeting; /**< said to who is reached first, or
					    NULL */
	/** digit by which those who wait without a flow agree, once a step has
	 *  offered it; NULL: they cannot */
	const char *callback_key;
};

/** What a queue does for who waits longer: usher/acd.h, struct
 *  usher_queue_step_opts, says it in full. */
struct usher_queue_step_conf {
	size_t size;               /**< set by the caller to its sizeof */
	const char *queue;         /**< whose step; it is there already */
	const char *condition;     /**< NULL: always */
	const char *requirement;   /**< of a ring; NULL: everyone */
	const char *const *queues; /**< names: to add, to overflow to */
	/** prompt of an announcement, or of a callback that is offered; the
	 *  exit of a flow's queue step that USHER_QUEUE_STEP_EXIT takes */
	const char *text;
	uint32_t queue_count; /**< entries of queues */
	uint32_t after_ms;    /**< in the queue */
	uint32_t check_ms;    /**< how often to look; default 5,000 */
	int32_t priority;     /**< added to what the contact has */
	uint32_t action;      /**< enum usher_queue_step_action */
	uint32_t anyone;      /**< 1: also who does not name the queue */
	uint32_t unstaffed;   /**< 1: at once when nobody is signed in */
	uint32_t reserved;    /**< zero */
};

/** What is said of a queue's opening hours. */
enum usher_hours {
	USHER_HOURS_WEEKDAYS = 0, /**< "mon", "mon-fri": when it is open */
	USHER_HOURS_HOLIDAY = 1,  /**< "2026-12-25", "12-25": closed all day */
	USHER_HOURS_EXCEPTION = 2 /**< a date with times of its own */
};

/** A number, widget or mailbox that starts a flow. */
struct usher_entry_conf {
	size_t size;          /**< set by the caller to its sizeof */
	const char *address;  /**< "1000"; "*": whatever nothing else takes */
	const char *channel;  /**< driver's name; NULL: any */
	const char *flow;     /**< flow to start, or NULL */
	const char *queue;    /**< without a flow: straight to this queue */
	const char *after;    /**< flow after the agent has left, or NULL */
	const char *language; /**< default "en" */
	int32_t priority;     /**< higher is served first */
	uint32_t reserved;    /**< zero */
	/** Nonzero: who comes in here has no real-time text beside sound, no
	 * video. See no_text of struct usher_host_opts. */
	uint32_t no_text;
	uint32_t no_video; /**< see no_text */
};

/** By what calls go out over a trunk. */
enum usher_transport {
	USHER_TRANSPORT_DNS = 0, /**< as DNS says (RFC 3263), else UDP */
	USHER_TRANSPORT_UDP = 1,
	USHER_TRANSPORT_TCP = 2,
	USHER_TRANSPORT_TLS = 3
};

/** A SIP trunk. */
struct usher_trunk_conf {
	size_t size;           /**< set by the caller to its sizeof */
	const char *name;      /**< unique */
	const char *address;   /**< "192.0.2.1:5060", "sip.example.com": where
				    calls go to; NULL: inbound only */
	const char *user;      /**< account towards the provider, or NULL */
	const char *password;  /**< of that account, or NULL */
	const char *caller_id; /**< number to present, or NULL */
	const char *prefix;    /**< numbers that go here; "" or NULL: all */
	/** Where calls are taken from: addresses and prefixes separated by
	 *  blanks, "192.0.2.1 10.0.0.0/8"; NULL: address alone. */
	const char *sources;
	/** The name that has to stand in its certificate over TLS, which is
	 * sent to it, too; NULL: address has to stand there, whatever names
	 * DNS gives for it. */
	const char *tls_name;
	uint32_t transport; /**< one of enum usher_transport */
	uint32_t priority;  /**< lower ones are tried first */
	uint32_t weight;    /**< share among those of one priority; 0: 1 */
	uint32_t calls;     /**< at once, in and out; 0: no limit */
	uint32_t calls_in;  /**< of these, in; 0: no limit */
	uint32_t calls_out; /**< of these, out; 0: no limit */
	/** Between OPTIONS, by which it is known to be there. Milliseconds, at
	 *  least 1,000; 0: 30,000; USHER_ZERO: never. */
	int32_t check_ms;
	uint32_t registers;  /**< nonzero: register user at address */
	uint32_t expires_ms; /**< wanted there; 0: 600,000 */
	/** Nonzero: callers' identities are told to it and believed from it
	 *  (P-Asserted-Identity, RFC 3325). */
	uint32_t trusted;
	/** One of enum usher_srtp for its calls, both ways; USHER_SRTP_ANSWER:
	 *  as the host has it. */
	uint32_t srtp;
	/** Codecs of calls over it, as usher_host_opts.codecs; NULL: those. */
	const char *codecs;
	/** Host of From and P-Asserted-Identity of what goes over it, and of
	 * From and To of its registration, a name or an address; NULL: the
	 * center's domain, else our address, and there the host of address. */
	const char *from_domain;
};

/** Where calls are parked. Slots are numbers that agents dial. */
struct usher_park_conf {
	size_t size;         /**< set by the caller to its sizeof */
	uint32_t first;      /**< default 701 */
	uint32_t count;      /**< slots; default 10; at most 1,000 */
	uint32_t timeout_ms; /**< then back to who parked; default 60,000 */
	uint32_t reserved;   /**< zero */
};

/** Feature codes that agents dial. NULL takes the default named here. */
struct usher_feature_conf {
	size_t size;             /**< set by the caller to its sizeof */
	const char *sign_in;     /**< "*11", then the PIN */
	const char *sign_out;    /**< "*12" */
	const char *pause;       /**< "*13", then a digit for the reason */
	const char *ready;       /**< "*14" */
	const char *wrap_up_end; /**< "*15" */
	/** Reasons by digit: "1=lunch". */
	const char *const *reasons;
	uint32_t reason_count; /**< entries of reasons */
	uint32_t reserved;     /**< zero */
	/** Keys that an agent presses while talking, 8 at most: "*1" begins a
	 * recording, or ends it. NULL: none. */
	const char *record;
	/** Leaves out of it what is said, and goes on. NULL: none. */
	const char *record_pause;
};

/** Calls to numbers outside that agents dial, or that they or flows transfer
 * to: docs/security.md. Prefixes are of the number as it is dialed. */
struct usher_outbound_conf {
	size_t size; /**< set by the caller to its sizeof */
	/** Prefixes that may be called, the longest that fits decides; "" is
	 *  every number. None: all but deny. */
	const char *const *allow;
	/** Prefixes that may not. Neither allow nor deny: international
	 *  numbers ("+", "00", "011") and premium rate ("09…", "900",
	 *  "1900"). */
	const char *const *deny;
	/** "+36=50000": millionths of a unit of money a minute, by prefix;
	 * what has none costs nothing. */
	const char *const *prices;
	uint32_t allow_count; /**< entries of allow, 1,024 at most */
	uint32_t deny_count;  /**< entries of deny, the same */
	uint32_t price_count; /**< entries of prices, the same */
	uint32_t calls;       /**< at once in the center; 0: no limit */
	uint32_t trunk_calls; /**< at once over one trunk; 0: no limit */
	uint32_t agent_calls; /**< at once of one agent; 0: no limit */
	/** Millionths a day (UTC) in the center, after which no new call is
	 *  let out; a minute more of each that rings or runs counts, too. 0:
	 *  no limit. */
	uint64_t spend;
	uint64_t agent_spend; /**< the same of one agent */
};

/** What a number is that begins with no prefix. */
enum usher_plain {
	USHER_PLAIN_AS_WRITTEN = 0,   /**< equal only to one written so */
	USHER_PLAIN_NATIONAL = 1,     /**< of the country */
	USHER_PLAIN_INTERNATIONAL = 2 /**< begins with a country's code */
};

/** How numbers are written, so that two of one subscriber's are found equal:
 *  "06301234567" and "+36301234567". */
struct usher_numbers_conf {
	size_t size;               /**< set by the caller to its sizeof */
	const char *country;       /**< its code (ITU-T E.164): "36" */
	const char *national;      /**< before national numbers: "06", or NULL
					where there is none */
	const char *international; /**< before others: "00", or NULL */
	uint32_t plain;            /**< enum usher_plain; of 7 digits or more:
					fewer are always as written */
	uint32_t reserved;         /**< zero */
};

/** Start an empty configuration. Since 0.1. */
USHER_API int usher_config_new(struct usher_config **ret);
/** Add; USHER_EEXIST for a name twice, USHER_EINVAL with detail. */
USHER_API int usher_config_agent(struct usher_config *config,
				 const struct usher_agent_conf *agent,
				 struct usher_error *err);
/** Add a queue; as usher_config_agent(). Since 0.1. */
USHER_API int usher_config_queue(struct usher_config *config,
				 const struct usher_queue_conf *queue,
				 struct usher_error *err);
/** Add a step to a queue that was added before, behind its other steps.
 *  @return 0, USHER_EINVAL, USHER_ENOENT, USHER_EFULL (USHER_QUEUE_STEPS_MAX),
 *          USHER_ENOMEM. Since 0.1. */
USHER_API int usher_config_queue_step(struct usher_config *config,
				      const struct usher_queue_step_conf *step,
				      struct usher_error *err);
/**
 * Give a queue that was added before opening hours; without any day it is
 * closed. Reads the zone from the system's files.
 *
 * @param zone  "Europe/Budapest"; NULL: UTC
 * @return 0, USHER_EINVAL, USHER_ENOENT (no such queue or zone),
 *         USHER_EEXIST, USHER_ENOMEM. Since 0.1.
 */
USHER_API int usher_config_hours(struct usher_config *config,
				 const char *queue, const char *zone,
				 struct usher_error *err);
/**
 * Say when it is open. What is said last of a weekday holds; exceptions go
 * before holidays, and a date before one of every year.
 *
 * @param kind   enum usher_hours
 * @param day    "mon", "sat-mon", "2026-12-24", "12-24"
 * @param times  "08:00-12:00 13:00-18:00", "22:00-06:00" (over midnight),
 *               "00:00-24:00", "closed"; NULL for holidays
 * @return 0, USHER_EINVAL, USHER_EFULL, USHER_ENOMEM. Since 0.1.
 */
USHER_API int usher_config_hours_add(struct usher_config *config,
				     const char *queue, uint32_t kind,
				     const char *day, const char *times,
				     struct usher_error *err);
/**
 * Whether a text is a time as callbacks have it: "90m" from now, "14:30" or
 * "1430" (the next time that clocks show it), "2026-03-01 09:00".
 *
 * @return 0, USHER_EINVAL. Thread: any. Since 0.1.
 */
USHER_API int usher_config_moment_check(const char *text,
					struct usher_error *err);
/** Add an entry; as usher_config_agent(). Since 0.1. */
USHER_API int usher_config_entry(struct usher_config *config,
				 const struct usher_entry_conf *entry,
				 struct usher_error *err);
/** Add a trunk; as usher_config_agent(). Since 0.1. */
USHER_API int usher_config_trunk(struct usher_config *config,
				 const struct usher_trunk_conf *trunk,
				 struct usher_error *err);
/** Set the feature codes. USHER_EINVAL, USHER_EFULL, USHER_ENOMEM.
 *  Since 0.1. */
USHER_API int usher_config_features(struct usher_config *config,
				    const struct usher_feature_conf *features,
				    struct usher_error *err);
/** Set where calls are parked. USHER_EINVAL. Since 0.1. */
USHER_API int usher_config_park(struct usher_config *config,
				const struct usher_park_conf *park,
				struct usher_error *err);
/**
 * Set whose tones callers hear: that it rings, is busy, cannot be reached.
 *
 * @param country  By ISO 3166, "hu"; NULL: of no country, 425 Hz as ITU-T
 *                 E.180 recommends. docs/config.md names those that are known
 *
 * @return 0, USHER_EINVAL (none of that name is known), USHER_ENOMEM.
 *         Since 0.1.
 */
USHER_API int usher_config_tones(struct usher_config *config,
				 const char *country, struct usher_error *err);
/**
 * Set where calls outside may go, how many there may be and what they may
 * cost. Without it the defaults of its struct hold, with 100 calls at once,
 * and 3 of one agent.
 *
 * @return 0, USHER_EINVAL (a prefix or price is malformed), USHER_EFULL,
 *         USHER_ENOMEM. Since 0.1.
 */
USHER_API int usher_config_outbound(struct usher_config *config,
				    const struct usher_outbound_conf *outbound,
				    struct usher_error *err);
/**
 * Say how numbers are written. Numbers are compared so, not dialed. Without
 * it they are compared as they are written.
 *
 * @return 0, USHER_EINVAL (no country, a prefix is malformed), USHER_ENOMEM.
 *         Since 0.1.
 */
USHER_API int usher_config_numbers(struct usher_config *config,
				   const struct usher_numbers_conf *numbers,
				   struct usher_error *err);
/** Flows and prompts; the set is shared, counted, and may be freed after. */
USHER_API int usher_config_flows(struct usher_config *config,
				 struct usher_flow_set *flows);
/** What a check refused. */
enum usher_config_part {
	USHER_CONFIG_WHOLE = 0, /**< no single part */
	USHER_CONFIG_AGENT = 1,
	USHER_CONFIG_QUEUE = 2,
	USHER_CONFIG_ENTRY = 3,
	USHER_CONFIG_TRUNK = 4
};

/** Where a check found a mistake. */
struct usher_config_place {
	size_t size;      /**< set by the caller to its sizeof */
	uint32_t part;    /**< enum usher_config_part */
	uint32_t step;    /**< of a queue's steps, from 1; 0: none of them */
	const char *name; /**< of that part, borrowed from the configuration;
			       NULL for the whole */
};

/**
 * Check all that can be known without a center: what one part says of another
 * (entries' flows, agents' queues; steps that would pass contacts round in a
 * circle without any wait; numbers that two of them have), addresses of
 * trunks, and whether an empty core would take it. Policies that the library
 * does not have are let pass, since an application may bring them. Nothing is
 * opened. Thread: any, while nobody changes the configuration.
 *
 * @return 0, or USHER_EINVAL, USHER_ENOENT, USHER_EEXIST, USHER_EFULL,
 *         USHER_ENOMEM with detail. Since 0.1.
 */
USHER_API int usher_config_check(const struct usher_config *config,
				 struct usher_error *err);
/**
 * The same, and where the mistake is.
 *
 * @param ret  Filled in on an error only; may be NULL
 *
 * @return as usher_config_check(). Since 0.1.
 */
USHER_API int usher_config_check_at(const struct usher_config *config,
				    struct usher_config_place *ret,
				    struct usher_error *err);
/**
 * Take a reference; gives config. A center that takes a configuration over
 * takes one reference; whoever keeps another may give it back to the center
 * later, but adds nothing to it any more. NULL gives NULL. Thread: any.
 * Since 0.1.
 */
USHER_API struct usher_config *usher_config_ref(struct usher_config *config);
/** Give a reference back; the last one frees. NULL is fine. Thread: any.
 *  Since 0.1. */
USHER_API void usher_config_free(struct usher_config *config);

#ifdef __cplusplus
}
#endif
#endif
