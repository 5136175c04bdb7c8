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
#include <usher/error.h>
#include <usher/event.h>
#include <usher/ivr.h>
#include <usher/metrics.h>

#ifdef __cplusplus
extern "C" {
#endif

struct usher_host;
struct usher_center;
struct usher_config;
struct usher_reader;
struct usher_snapshot;
struct usher_store;

/** Log levels, most important first. */
enum usher_log_level {
	USHER_LOG_ERROR = 1,
	USHER_LOG_WARN = 2,
	USHER_LOG_INFO = 3,
	USHER_LOG_DEBUG = 4
};

/** Receives log lines; called from any of our threads; must not call back. */
typedef void usher_log_fn(void *arg, int level, const char *line);

/* ---- host ------------------------------------------------------------ */

/** Is sound encrypted (SRTP, keys in SDP: RFC 4568)? Who reads the signaling
 * reads the keys. */
enum usher_srtp {
	USHER_SRTP_ANSWER = 0, /**< where the phone offers it */
	USHER_SRTP_NEVER = 1,
	USHER_SRTP_OFFER = 2,  /**< we offer it too, and take plain sound from
				    who does not know it */
	USHER_SRTP_REQUIRE = 3 /**< no call without it */
};

/** With which algorithm phones have to prove their password. */
enum usher_digest {
	/** They choose: SHA-256 is offered before MD5 (RFC 8760). */
	USHER_DIGEST_BOTH = 0,
	USHER_DIGEST_MD5 = 1,   /**< MD5 alone, for programs that give up */
	USHER_DIGEST_SHA256 = 2 /**< SHA-256 alone */
};

/** Whose certificate is looked at on connections over TLS. */
enum usher_tls_verify {
	/** Those of servers that we connect to: for the name that was called,
	 * of an issuer in tls_ca, in its time. */
	USHER_TLS_SERVERS = 0,
	/** Clients that connect to us have to show one, too. */
	USHER_TLS_BOTH = 1,
	/** Nobody's: for laboratories. */
	USHER_TLS_NOBODY = 2
};

/** Options of a host. Zero means default. */
struct usher_host_opts {
	size_t size; /**< set by usher_host_opts_init() */
	/** "127.0.0.1:5060", "[::1]:5060"; NULL: no SIP. UDP and TCP. */
	const char *sip_listen;
	/** Address to write in SDP towards the outside; NULL: the local. */
	const char *public_address;
	uint16_t rtp_port_min;  /**< even; default 10000 */
	uint16_t rtp_port_max;  /**< default 19999 */
	uint32_t media_threads; /**< default 1 */
	/** If the SIP port is taken, try up to this many following ones. */
	uint32_t port_tries;
	/** A call from which no sound came for so long is asked whether its
	 * phone is still there (OPTIONS); without an answer it has ended.
	 * Milliseconds, at least 1,000; 0: 30,000; USHER_ZERO: never. */
	int32_t silence_ms;
	usher_log_fn *log; /**< NULL: silence */
	void *log_arg;     /**< handed to log */
	/** Nonzero: believe sound from whoever sends it first. 0: only from
	 * the hosts that a call's signaling comes from or names. */
	uint32_t any_source;
	uint32_t srtp;   /**< enum usher_srtp */
	uint32_t digest; /**< one of enum usher_digest */
	/** "127.0.0.1:5061", where SIP over TLS is taken; the address has to
	 * be that of sip_listen. NULL: no TLS. */
	const char *tls_listen;
	/** PEM file with the certificate, and those up to its issuer. */
	const char *tls_certificate;
	const char *tls_key; /**< PEM file of its key; NULL: certificate's */
	/** PEM file with the certificates of those whose word is taken for who
	 * a peer is. NULL: the system's. */
	const char *tls_ca;
	uint32_t tls_verify; /**< one of enum usher_tls_verify */
	/** How often phones behind NAT, on UDP, hear something from us, lest
	 * the NAT forget them; registrars, too. Milliseconds; 0: 25,000;
	 * USHER_ZERO: never. */
	int32_t keep_alive_ms;
	/** An address of the other family, where SIP listens on the same
	 * ports: "::1" beside "127.0.0.1". NULL: none. */
	const char *second_address;
	/** Addresses and prefixes, separated by blanks, whose SIP is never
	 * limited or banned: "127.0.0.0/8 10.1.2.3". NULL: loopback; "": none.
	 * Sources of trunks are never banned. Copied. */
	const char *allow;
	/* What one source may send each second. 0: the default named here;
	 * USHER_ZERO: any number. Calls are INVITEs and REGISTERs. See
	 * docs/security.md. */
	int32_t stranger_requests; /**< 100 */
	int32_t stranger_calls;    /**< 50 */
	int32_t phone_requests;    /**< of who has shown a password; 1,000 */
	int32_t phone_calls;       /**< 200 */
	int32_t trunk_requests;    /**< 10,000 */
	int32_t trunk_calls;       /**< 2,000 */
	/** Wrong passwords, malformed messages and the like from a stranger
	 * within half a minute each, until it is banned; 0: 10; USHER_ZERO:
	 * nobody is banned. */
	int32_t failures;
	int32_t ban_s; /**< the first ban, in seconds; each next one twice as
			    long; 0: 60; USHER_ZERO: nobody is banned */
	int32_t ban_max_s; /**< the longest; 0: 3,600 */
	/** New calls are refused (503) while SIP messages wait so long for us,
	 * in milliseconds; 0: 100; USHER_ZERO: never. */
	int32_t overload_ms;
	/** DNS servers, "192.0.2.53 127.0.0.1:5353"; NULL: the system's. */
	const char *dns_servers;
	/** Codecs of sound, "opus pcma pcmu", offered in that order and taken
	 * in the caller's; NULL: "pcmu pcma". Where one side of a call has
	 * Opus and the other has not, sound is transcoded at 8 kHz. */
	const char *codecs;
};

/** Fill in defaults. @param size sizeof the caller's struct. Since 0.1. */
USHER_API void usher_host_opts_init(struct usher_host_opts *opts, size_t size);

/**
 * Make a host; it owns no thread and no socket before usher_host_start().
 *
 * @return 0, USHER_EINVAL, USHER_ENOMEM. Since 0.1.
 */
USHER_API int usher_host_new(struct usher_host **ret,
			     const struct usher_host_opts *opts,
			     struct usher_error *err);

/**
 * Start the threads, bind the listeners, recover and start every center.
 * All or nothing.
 *
 * @return 0, USHER_EIO (a port is taken, …), USHER_ECORRUPT (a journal),
 *         USHER_ESTATE (already started). Since 0.1.
 */
USHER_API int usher_host_start(struct usher_host *host,
			       struct usher_error *err);

/**
 * The SIP address in use, "127.0.0.1:5062". Valid after start.
 *
 * @return 0, USHER_ENOENT (no SIP), USHER_EFULL (cap too small). Since 0.1.
 */
USHER_API int usher_host_sip_address(const struct usher_host *host, char *buf,
				     size_t cap);

/**
 * Read the files of tls_certificate, tls_key and tls_ca again, which somebody
 * may have renewed. Connections to come use them, those that are up go on.
 * Without TLS nothing is done.
 *
 * @return 0, USHER_EINVAL (a file cannot be used: the message names it and
 *         says why, and nothing has changed), USHER_ECLOSED (not started),
 *         USHER_EFORK. Thread: any, not from a callback. Since 0.1.
 */
USHER_API int usher_host_tls_reload(struct usher_host *host,
				    struct usher_error *err);

/**
 * Stop: refuse new requests, complete the outstanding ones with
 * USHER_ECANCELED, end every leg (BYE), close the journals, join the threads.
 * Idempotent; blocks until done, at most a few seconds. Not from a callback.
 */
USHER_API void usher_host_stop(struct usher_host *host);

/** Stop and free, with all of its centers; NULL is fine. Since 0.1. */
USHER_API void usher_host_free(struct usher_host *host);

/* ---- configuration --------------------------------------------------- */

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
	 *  let out; 0: no limit. */
	uint64_t spend;
	uint64_t agent_spend; /**< the same of one agent */
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
	size_t size;       /**< set by the caller to its sizeof */
	uint32_t part;     /**< enum usher_config_part */
	uint32_t reserved; /**< zero */
	const char *name;  /**< of that part, borrowed from the configuration;
				NULL for the whole */
};

/**
 * Check all that can be known without a center: what one part says of another
 * (entries' flows, agents' queues), addresses of trunks, and whether an empty
 * core would take it. Policies that the library does not have are let pass,
 * since an application may bring them. Nothing is opened. Thread: any, while
 * nobody changes the configuration.
 *
 * @return 0, or USHER_EINVAL, USHER_ENOENT, USHER_EFULL, USHER_ENOMEM with
 *         detail. Since 0.1.
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

/* ---- center ---------------------------------------------------------- */

/** Options of a center. Zero means default. */
struct usher_center_opts {
	size_t size;            /**< set by usher_center_opts_init() */
	const char *name;       /**< of the tenant; default "center" */
	const char *domain;     /**< SIP domain; NULL: takes every domain */
	const char *state_dir;  /**< journal and history; NULL: in memory */
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
 * Add a driver, before start. The struct is borrowed for the center's life.
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

/* ---- requests -------------------------------------------------------- */

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
	/** agent, text: number to call; the contact's id is in the outcome */
	USHER_REQ_ORIGINATE = 33,
	USHER_REQ_RECORD = 34,        /**< agent, contact: on demand */
	USHER_REQ_RECORD_STOP = 35,   /**< agent, contact */
	USHER_REQ_RECORD_PAUSE = 36,  /**< agent, contact: for card numbers */
	USHER_REQ_RECORD_RESUME = 37, /**< agent, contact */
	/** contact, text: "given", "refused" or "withdrawn": whether the
	 *  customer may be recorded */
	USHER_REQ_CONSENT = 38
};

/** Bits of a request's flags. */
enum usher_request_flag {
	/** TRANSFER to a queue: its age there begins now, not with the
	 *  contact */
	USHER_REQUEST_FRESH = 1u << 0,
	/** ORIGINATE: ring the customer, then the agent */
	USHER_REQUEST_CUSTOMER_FIRST = 1u << 1
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

/* ---- readers --------------------------------------------------------- */

/** What a reader wants. */
struct usher_reader_opts {
	size_t size;           /**< set by the caller to its sizeof */
	uint64_t from_seq;     /**< first sequence wanted; 0: from now on */
	const uint16_t *types; /**< types wanted; NULL: all */
	uint32_t type_count;   /**< entries of types */
	uint32_t reserved;     /**< zero */
};

/**
 * Follow a center's events with a cursor and descriptor of its own.
 *
 * A reader is used by one thread at a time. One that falls behind what the
 * center keeps is told so by usher_reader_lagged() and holds nobody up.
 *
 * @return 0, USHER_EINVAL, USHER_ENOMEM, USHER_EIO. Since 0.1.
 */
USHER_API int usher_reader_new(struct usher_reader **ret,
			       struct usher_center *center,
			       const struct usher_reader_opts *opts,
			       struct usher_error *err);

/** Readable while events wait; close-on-exec; owned by the reader. */
USHER_API int usher_reader_fd(const struct usher_reader *reader);

/** Next event or NULL; valid until the next call on this reader. */
USHER_API const struct usher_event *
usher_reader_next(struct usher_reader *reader);

/**
 * Whether events were missed; asking clears it.
 *
 * @param ret_resume  The oldest sequence that can still be had
 *
 * @return 1 if events were missed, else 0. Since 0.1.
 */
USHER_API int usher_reader_lagged(struct usher_reader *reader,
				  uint64_t *ret_resume);

/**
 * Read a batch, each entry as a little-endian 32-bit length and the bytes of
 * usher_event_encode().
 *
 * @return 0 (with *ret_count 0 when nothing waits), USHER_EFULL when not even
 *         one event fits. Since 0.1.
 */
USHER_API int usher_reader_read(struct usher_reader *reader, void *buf,
				size_t cap, size_t *ret_len,
				uint32_t *ret_count);

/** Before its center is freed, please; NULL is fine. Since 0.1. */
USHER_API void usher_reader_free(struct usher_reader *reader);

/* ---- snapshots ------------------------------------------------------- */

/** A queue in a snapshot. Strings live as long as the snapshot. */
struct usher_snapshot_queue {
	uint64_t id;               /**< as in events */
	const char *name;          /**< unique */
	const char *display;       /**< for people */
	const char *policy;        /**< its name */
	uint32_t waiting;          /**< in the queue, offered or not */
	uint32_t agents_serving;   /**< signed in, whatever they do */
	uint32_t agents_available; /**< free for it now */
	uint32_t talking;          /**< with agents, wrap-up too */
	int64_t longest_wait_us;   /**< 0 when nobody waits */
	int64_t expected_wait_us;  /**< −1: unknown */
	uint32_t service_level_ms; /**< threshold */
	uint32_t closed;           /**< nonzero: takes no newcomers */
};

/** An agent in a snapshot. */
struct usher_snapshot_agent {
	uint64_t id;          /**< as in events */
	const char *name;     /**< unique */
	const char *display;  /**< for people */
	const char *presence; /**< "signed_out", "ready", "paused" */
	const char *reason;   /**< of a pause, or "" */
	const char *activity; /**< "idle", "ringing", "talking", "hold",
				   "wrap_up", "" when signed out */
	int64_t since_us;     /**< of presence and activity together */
	uint64_t contact;     /**< the newest one, or 0 */
	uint32_t load;        /**< slots in use */
	uint32_t registered;  /**< endpoint known */
};

/** A contact in a snapshot. */
struct usher_snapshot_contact {
	uint64_t id;         /**< as in events */
	const char *channel; /**< kind: "voice" */
	const char *origin;  /**< the caller's number or address */
	const char *entry;   /**< what was dialed */
	const char *state;   /**< "flow", "waiting", "ringing", "talking",
				  "hold", "after", "detached", "wrap_up" */
	uint64_t queue;      /**< or 0 */
	uint64_t agent;      /**< or 0 */
	uint32_t position;   /**< from 1 while waiting, else 0 */
	int32_t priority;    /**< its own, without the queue's */
	int64_t created_us;  /**< when it began */
	int64_t since_us;    /**< in this state; waiting: in this queue */
};

/**
 * An immutable view of a running center as it is at one sequence number.
 * Blocks for one turn of the host's loop; not from a driver's callback.
 *
 * @return 0, USHER_ECLOSED, USHER_ENOMEM, USHER_EFORK. Since 0.1.
 */
USHER_API int usher_center_snapshot(struct usher_center *center,
				    struct usher_snapshot **ret);
/** Take a reference; gives snapshot. Thread: any. Since 0.1. */
USHER_API struct usher_snapshot *
usher_snapshot_ref(struct usher_snapshot *snapshot);
/** Give a reference back; the last one frees. NULL is fine.
 *  Since 0.1. */
USHER_API void usher_snapshot_unref(struct usher_snapshot *snapshot);
/** Sequence number of the last event that it shows. Since 0.1. */
USHER_API uint64_t usher_snapshot_seq(const struct usher_snapshot *snapshot);
/** When it was taken: Unix time. Since 0.1. */
USHER_API int64_t
usher_snapshot_time_us(const struct usher_snapshot *snapshot);
/** Its queues; how many. They live as long as the snapshot.
 *  Since 0.1. */
USHER_API size_t
usher_snapshot_queues(const struct usher_snapshot *snapshot,
		      const struct usher_snapshot_queue **ret);
/** Its agents; how many. Since 0.1. */
USHER_API size_t
usher_snapshot_agents(const struct usher_snapshot *snapshot,
		      const struct usher_snapshot_agent **ret);
/** Its open contacts; how many. Since 0.1. */
USHER_API size_t
usher_snapshot_contacts(const struct usher_snapshot *snapshot,
			const struct usher_snapshot_contact **ret);
/** Figures since the day's start, as usher_metrics_* gave them. */
USHER_API const struct usher_metrics *
usher_snapshot_metrics(const struct usher_snapshot *snapshot);

/** Counters of a host, for monitoring. */
struct usher_host_stats {
	size_t size;              /**< set by the caller to its sizeof */
	uint64_t legs_in;         /**< calls taken */
	uint64_t legs_out;        /**< calls placed */
	uint64_t legs_refused;    /**< from strangers, or over a limit */
	uint64_t sip_malformed;   /**< messages dropped or answered by 400 */
	uint64_t rtp_received;    /**< valid packets */
	uint64_t rtp_sent;        /**< packets */
	uint64_t rtp_dropped;     /**< from elsewhere, malformed, or late */
	uint32_t legs_now;        /**< calls at the moment */
	uint32_t media_ports_now; /**< RTP ports that calls have */
	uint64_t sip_unsupported; /**< requests refused for what they ask: no
				       such method, codec, body, extension */
	uint64_t sip_unexpected;  /**< requests of no call, or out of order */
	uint64_t sip_connections_closed; /**< by us: too many connections on
					      TCP, or one that said nothing */
	uint32_t sip_connections_now;    /**< on TCP, opened by others */
	uint64_t sip_limited;    /**< requests beyond their source's rate */
	uint64_t sip_banned;     /**< packets and connections dropped since
				      their source is banned */
	uint64_t sip_bans;       /**< begun */
	uint64_t sip_guesses;    /**< passwords not looked at: too many wrong
				      ones for that account */
	uint64_t sip_overloaded; /**< calls refused by overload */
	int64_t sip_lag_us;      /**< how long SIP messages wait for us */
	uint32_t sip_bans_now;   /**< sources banned at the moment */
	uint32_t reserved;       /**< zero */
};

/** Fill in as many fields as size covers. Since 0.1. */
USHER_API int usher_host_stats(struct usher_host *host,
			       struct usher_host_stats *stats);

/** A source of SIP messages that is not listened to for a while. */
struct usher_ban {
	char source[64];  /**< "192.0.2.1"; of IPv6 64 bits: "2001:db8::/64" */
	char reason[32];  /**< "flood", "malformed", "refused", "unknown",
			       "scanner" */
	uint32_t left_s;  /**< seconds until it ends by itself */
	uint32_t count;   /**< bans of this source in a row, with this one */
	uint64_t dropped; /**< packets and connections in spite of it */
};

/**
 * Those who are banned now, oldest first.
 *
 * @param ret        Room for cap of them; may be NULL when cap is 0
 * @param size       sizeof(struct usher_ban) of the caller
 * @param ret_count  How many there are, which may be more than cap
 *
 * @return 0, USHER_EINVAL, USHER_ECLOSED (not started, or stopped),
 *         USHER_EFORK. Since 0.1.
 */
USHER_API int usher_host_bans(struct usher_host *host, struct usher_ban *ret,
			      size_t size, size_t cap, size_t *ret_count);

/**
 * Lift a ban, now.
 *
 * @param source  As usher_host_bans() has it, or any address of it
 *
 * @return 0, USHER_EINVAL (no address), USHER_ENOENT (not banned),
 *         USHER_ECLOSED, USHER_EFORK. Since 0.1.
 */
USHER_API int usher_host_unban(struct usher_host *host, const char *source);
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
