/* A SIP user agent: transports on one address and port, a registrar, trunks,
 * and call legs. The voice driver and usher/call.h stand on it.
 *
 * Thread: every function and every callback, on the loop's thread. Callbacks
 * are synchronous and come from the loop, never from inside one of these
 * functions, so a caller is not re-entered; inside a callback every function
 * may be called (hang up in a progress event, free the agent's leg when the
 * caller's ended, …). Pointers in a callback's structs are valid until it
 * returns. Ids are never reused; a stale one is USHER_ENOENT.
 *
 * How a call comes in
 *   ops->invite(inv)              the sender was allowed, 100 is on its way
 *     return 0                    taken: the leg is yours; or a SIP status
 *   usher__leg_ring(leg)          180
 *   usher__leg_early(leg)         183 with SDP; its media port is open now
 *   usher__leg_answer(leg)        200 with SDP; the port is open now
 *   LEG_CONFIRMED                 the ACK came
 *   LEG_ENDED                     CANCEL, BYE, no ACK: always the last event
 *
 * How a call goes out
 *   usher__ua_call(&opts, &leg)   the port is open now, INVITE with an offer
 *   LEG_PROGRESS                  180, 183, …; early: its media flows
 *   LEG_ANSWERED                  200, we sent the ACK; media flows
 *   LEG_ENDED                     status 486, 603, 408, …, or BYE
 *
 * Either way usher__leg_hangup() ends it in every state (a final response,
 * CANCEL, BYE; it looks after the races), and LEG_ENDED follows on a later
 * turn of the loop, without waiting for the peer. With LEG_ENDED the media
 * port is gone: take it out of bridges before hanging up, or when told.
 *
 * Media: usher__leg_port() gives the leg's id in lib/media/media.h; play,
 * record, digits and bridges are that header's. The leg makes and frees it
 * and sets address, codec and direction after each offer and answer. The
 * engine is its owner's, who drains its events; usher__ua_port_leg() says
 * whose they are. To bridge two legs, bridge their two ports there; nothing
 * is to be said here.
 *
 * Hold: the peer's hold and resume (re-INVITE with sendonly, inactive, …) are
 * answered by the leg and told as LEG_HELD and LEG_RESUMED. Ours is
 * usher__leg_hold(), its outcome LEG_HOLD_DONE. Glare (491) is retried.
 *
 * Without a word here: session timers (session.c), reliable provisional
 * responses (rel.c, branch.c; an answer may wait for one to be confirmed),
 * UPDATE (update.c), redirects (redirect.c). docs/sip.md says how.
 *
 * Vanished peers: a leg that hears no RTP is asked by OPTIONS now and then; no
 * answer ends it with USHER__CAUSE_LOST.
 *
 * Blind transfer by the phone: LEG_REFER gives the target; say 202 or refuse
 * with usher__leg_refer_accept(), then report the new leg's fate with
 * usher__leg_refer_notify() (NOTIFY sipfrag). Accepting sends the first, 100.
 * The transferor hangs up itself, or usher__leg_hangup() does after the last:
 * the BYE then waits for its answer, the application for neither.
 *
 * Attended transfer: the same with other, the leg of ours that the phone wants
 * replaced, or with replaces, which names somebody else's dialog. An INVITE
 * with Replaces comes as ops->invite with replaces set.
 *
 * Who may send an INVITE or another new request, in this order:
 *   1. the host of the Request-URI names no tenant: 404
 *   2. From is an account of that tenant: 401 until the digest is right, for
 *      this very request, and not used before (then with stale=true); a wrong
 *      password and an unknown user are both 403 in the end
 *   3. the Request-URI has the line that we registered at a trunk, or the
 *      source address belongs to one: allowed, as that trunk
 *   4. else 403
 * With ops->account and no trunks (or opts->open) see usher__ua_opts.open.
 */
#ifndef USHER_LIB_SIP_UA_H
#define USHER_LIB_SIP_UA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <usher/error.h>

#include <sip/route.h>

#include <sip/tls.h>

struct usher__loop;
struct usher__media; /* lib/media/media.h */
struct usher__ua;

/* Limits, all with a name. A request beyond one is refused with 503, or 486
 * where a person called; each refusal is counted, and told by a line as long
 * as there are not too many of its kind. A contact beyond its account's limit
 * takes the place of another. */
enum {
	USHER__UA_MAX_LEGS = 10000,         /* default of opts->max_legs */
	USHER__UA_MAX_BINDINGS = 20000,     /* default of opts->max_bindings */
	USHER__UA_MAX_ACCOUNT_BINDINGS = 8, /* contacts of one account */
	USHER__UA_BOUND_ASK_MS = 5, /* between questions to those that we have
				     * again: they are asked one by one */
	USHER__UA_MAX_TRUNKS = 256,
	USHER__UA_MAX_REGISTRATIONS = 4096, /* ours, at others' registrars */
	USHER__UA_MAX_URI = 512,            /* bytes of a URI that we keep */
	USHER__UA_MAX_NAME = 128,      /* bytes of a user, domain or name */
	USHER__UA_MAX_HEADERS = 128,   /* headers in a message */
	USHER__UA_MAX_MESSAGE = 16384, /* bytes of a message */
	USHER__UA_MAX_SDP = 8192,      /* bytes of a session description */
	/* Connections on TCP that others opened; half of the process's
	 * descriptors, or an eighth for strangers, where that is less. */
	USHER__UA_MAX_TCP = 20000,
	USHER__UA_MAX_TCP_STRANGERS = 512, /* who have proven nothing */
	USHER__UA_MAX_TCP_SOURCE = 64,     /* of one address, when the half of
					    * that is taken */
	USHER__UA_TCP_SILENT_MS = 10000,   /* a connection with no message */
	/* Answers kept for who asks again; beyond, each request is new. */
	USHER__UA_MAX_TRANSACTIONS = 65536,
	USHER__UA_MIN_EXPIRES_S = 30,
	USHER__UA_MAX_EXPIRES_S = 7200,
	USHER__UA_GRANT_EXPIRES_S = 300,
	USHER__UA_RING_TIMEOUT_MS = 180000, /* default for outbound legs */
	USHER__UA_TRY_TIMEOUT_MS = 300000,  /* an inbound leg not answered */
	USHER__UA_KEEP_ALIVE_MS = 25000,    /* RFC 5626, 4.4.2; a default */
	USHER__UA_MIN_SILENCE_MS = 1000,    /* least of opts->silence_ms */
	USHER__UA_ASK_TIMEOUT_MS = 5000,    /* for the answer to OPTIONS */
	USHER__UA_ASKS = 3,       /* without one, until a peer is lost */
	USHER__UA_PART_MS = 5000, /* our BYE waits so long at most for the
				   * answer to a transfer's last NOTIFY */
	/* Defaults of struct usher__limits. Many phones may stand behind one
	 * address: the first that registers makes it a phone's. */
	USHER__UA_STRANGER_REQUESTS = 100,
	USHER__UA_STRANGER_CALLS = 50,
	USHER__UA_PHONE_REQUESTS = 1000,
	USHER__UA_PHONE_CALLS = 200,
	USHER__UA_TRUNK_REQUESTS = 10000,
	USHER__UA_TRUNK_CALLS = 2000,
	USHER__UA_FAILURES = 10,
	USHER__UA_BAN_S = 60,
	USHER__UA_BAN_MAX_S = 3600,
	USHER__UA_OVERLOAD_MS = 100,
	USHER__UA_OVERLOAD_OWN_MS = 10,
	USHER__UA_ALLOW_MAX = 64,    /* entries of limits->allow */
	USHER__SECURITY_EVENTS = 20, /* told in … */
	USHER__SECURITY_MS = 10000,  /* … so long; the rest is counted */
};

enum usher__log_level {
	USHER__LOG_ERROR = 0,
	USHER__LOG_WARNING = 1,
	USHER__LOG_INFO = 2,
	USHER__LOG_DEBUG = 3,
};

/* Why a leg ended, besides its SIP status. */
enum usher__leg_cause {
	USHER__CAUSE_LOCAL = 1,   /* usher__leg_hangup or _reject */
	USHER__CAUSE_REMOTE,      /* the peer's BYE */
	USHER__CAUSE_CANCELED,    /* inbound: the peer's CANCEL */
	USHER__CAUSE_REFUSED,     /* outbound: a final 3xx–6xx; see status */
	USHER__CAUSE_NO_ANSWER,   /* ring timeout, either direction */
	USHER__CAUSE_UNREACHABLE, /* no response, no route, transport error */
	USHER__CAUSE_NO_ACK,      /* our 200 was never confirmed */
	USHER__CAUSE_MEDIA,       /* no common codec, port failure */
	USHER__CAUSE_STOPPED,     /* the user agent is being freed */
	USHER__CAUSE_LOST,        /* the peer vanished without a BYE */
};

enum usher__leg_state {
	USHER__LEG_INCOMING = 0, /* inbound: INVITE in, nothing but 100 out */
	USHER__LEG_ALERTING,     /* inbound: 180 or 183 out */
	USHER__LEG_ACCEPTED,     /* inbound: 200 out, ACK not in */
	USHER__LEG_LEAVING,      /* inbound: 200 out, hung up, ACK not in */
	USHER__LEG_CALLING,      /* outbound: INVITE out, nothing in */
	USHER__LEG_PROCEEDING,   /* outbound: a provisional in */
	USHER__LEG_CANCELING,    /* outbound: given up, no final in */
	USHER__LEG_UP,           /* dialog confirmed */
	USHER__LEG_PARTING,      /* hung up, last NOTIFY not answered */
	USHER__LEG_CLOSING,      /* BYE out, no answer in */
	USHER__LEG_ENDED_STATE,  /* over */
	USHER__LEG_STATES
};

enum usher__leg_event_type {
	USHER__LEG_PROGRESS = 1, /* outbound: status; early: media flows */
	USHER__LEG_ANSWERED,     /* outbound: 200 in, ACK out */
	USHER__LEG_CONFIRMED,    /* inbound: ACK in */
	USHER__LEG_HELD,         /* the peer put us on hold */
	USHER__LEG_RESUMED,      /* the peer took us off hold */
	USHER__LEG_VIDEO,        /* the peer has new video: bridge it */
	USHER__LEG_HOLD_DONE,    /* our hold or resume: status 200 or error */
	USHER__LEG_DIGIT,        /* by INFO: digit, duration_ms */
	USHER__LEG_REFER,        /* the peer asks us: target */
	USHER__LEG_REFER_STATUS, /* our REFER: status of the new call */
	USHER__LEG_ENDED,        /* cause, status, reason; the last event */
};

/* How a leg's media was; see lib/media/media.h. */
struct usher__leg_quality {
	uint64_t packets; /* that came; 0: nothing was heard */
	uint64_t lost, peer_lost;
	uint32_t jitter_us, peer_jitter_us, rtt_us;
	uint16_t mos, peer_mos;           /* times 100; 0: not known */
	uint16_t r_factor, peer_r_factor; /* times 10; the same */
};

struct usher__leg_event {
	uint32_t type;
	uint16_t status; /* SIP status, 0 where there is none */
	bool early;      /* PROGRESS: with SDP, its media can be heard */
	bool held;       /* HOLD_DONE: what was asked for */
	uint32_t cause;  /* ENDED: enum usher__leg_cause */
	char digit;      /* 0–9 * # A–D */
	uint32_t duration_ms;
	const char *target;      /* REFER: a SIP URI, or NULL */
	const char *target_user; /* REFER: its user part, unescaped */
	const char *target_host; /* REFER: its host part */
	uint64_t other;       /* REFER: the leg that is to be replaced, or 0 */
	const char *replaces; /* REFER: the dialog that is, where it is none of
			       * ours; or NULL */
	const char *reason;   /* ENDED: the peer's words, or NULL */
	const struct usher__leg_quality *quality; /* ENDED; or NULL */
	const char *text; /* ENDED: real-time text that nobody has read … */
	size_t text_len;  /* … bytes; 0: none */
};

/* An INVITE whose sender is allowed. Strings are never NULL, maybe "". */
struct usher__invite {
	uint64_t leg;
	const char *domain;    /* the tenant's, as ops->domain named it */
	const char *user;      /* dialed: user part of the Request-URI */
	const char *to_user;   /* user part of To, where it differs */
	const char *from_user; /* the caller */
	const char *from_host;
	const char *from_name;
	const char *asserted; /* P-Asserted-Identity's user; of trusted trunks
			       * only */
	const char *account;  /* authenticated user, or "" */
	uint32_t trunk;       /* id, or 0 */
	bool by_account;      /* user is the trunk's own: to_user says who is
			       * called */
	const char *call_id;
	const char *source; /* "192.0.2.1:5060" */
	bool tcp;
	/* Whose place it is to take: leg is the same id, and goes on with this
	 * peer if the answer is 0. Or 0. */
	uint64_t replaces;
	const char *called;          /* user whom the call was first for … */
	const char *diverted;        /* … and who sent it on to us */
	const char *diverted_reason; /* "no-answer", "302" */
	const char *user_to_user;    /* value of the header, as it came */
	const char *privacy;         /* "id;user" */
};

/* One contact that an account has registered. */
struct usher__binding {
	const char *domain;
	const char *user;
	const char *contact; /* the URI to call */
	const char *source;  /* where the REGISTER came from */
	const char *agent;   /* User-Agent, "" if none */
	uint32_t expires_s;
	bool moved; /* REFRESHED: more than its time has changed */
};

/* The same, with all that it takes to have it again after a restart. */
struct usher__bound {
	const char *user;
	const char *uri; /* as the phone wrote it */
	/* "+sip.instance" and "reg-id", User-Agent; "" if none */
	const char *instance, *agent;
	const char *call_id;
	const char *source; /* "192.0.2.1:5060" */
	uint32_t cseq;
	uint64_t left_ms; /* until it expires */
};

enum usher__binding_change {
	USHER__BINDING_NEW = 1,
	USHER__BINDING_REFRESHED,
	USHER__BINDING_REMOVED, /* by the phone, or replaced */
	USHER__BINDING_EXPIRED,
};

/* What ops->account fills in. */
struct usher__account {
	char password[USHER__UA_MAX_NAME]; /* cleared after use */
	uint32_t trunk; /* not 0: the account is that trunk, not a phone */
};

/* Something that those who watch over a center should hear of. Strings are
 * valid until the callback returns. */
enum usher__security_kind {
	USHER__SECURITY_BAN = 1,
	USHER__SECURITY_BAN_END,  /* its time has passed, or it was lifted */
	USHER__SECURITY_GUESS,    /* wrong passwords for one account */
	USHER__SECURITY_OVERLOAD, /* new calls are refused from now on */
	USHER__SECURITY_OVERLOAD_END,
	USHER__SECURITY_MORE, /* count of such that were not told */
};

struct usher__security {
	enum usher__security_kind kind;
	const char *source; /* "192.0.2.1", "2001:db8::/64", or "" */
	const char *reason; /* BAN…: "flood", …; else "" */
	const char *domain; /* the tenant that it is about, or NULL: all */
	uint64_t count;     /* BAN: so many in a row; _END: packets dropped;
			     * GUESS: failures; OVERLOAD_END: calls refused */
	uint32_t seconds;   /* BAN: how long */
};

struct usher__ua_ops {
	/* Which tenant does this host name? Write its domain, which is then
	 * used in everything that follows and as the realm of digests. The
	 * host may be an address or a name, in the sender's spelling. 0 or
	 * USHER_ENOENT. NULL: every host is a tenant of that name. */
	int (*domain)(void *arg, const char *host, char *ret, size_t size);

	/* Is this user of this domain an account? 0 or USHER_ENOENT. Asked
	 * for each request; be quick. NULL: there are no accounts. */
	int (*account)(void *arg, const char *domain, const char *user,
		       struct usher__account *ret);

	/* An INVITE from an allowed sender. 0: taken (100 has been sent), or
	 * a SIP status from 300 to 699 that refuses it. */
	int (*invite)(void *arg, const struct usher__invite *inv);

	/* Something happened to a leg. leg_arg: of usher__leg_set_arg() or
	 * of the call's options. */
	void (*leg)(void *arg, uint64_t leg, void *leg_arg,
		    const struct usher__leg_event *event);

	/* A phone registered, refreshed, left or expired. */
	void (*binding)(void *arg, enum usher__binding_change change,
			const struct usher__binding *binding);

	/* Our registration at another registrar: status 200 with the expiry
	 * that it granted (0 after unregistering), or a failure. */
	void (*registration)(void *arg, uint32_t id, uint16_t status,
			     uint32_t expires_s);

	/* One line without secrets and without a newline. */
	void (*log)(void *arg, enum usher__log_level level, const char *text);

	/* Every transport is closed; the last callback of a stopped agent. */
	void (*stopped)(void *arg);

	/* At most USHER__SECURITY_EVENTS in a while. May be NULL. */
	void (*security)(void *arg, const struct usher__security *what);
};

/* What is let in (rate.c, limit.c). Of each number 0 is the default and a
 * negative one means that there is no limit, no ban, no refusal. */
struct usher__limits {
	/* Addresses and prefixes, separated by blanks, that are never limited,
	 * slowed or banned; NULL: loopback, "" none. Trunks' sources are never
	 * banned either. */
	const char *allow;
	/* Requests, and INVITEs and REGISTERs, that one source may send each
	 * second: a stranger, a phone that has proven itself, a trunk. */
	int32_t stranger_requests, stranger_calls;
	int32_t phone_requests, phone_calls;
	int32_t trunk_requests, trunk_calls;
	int32_t failures; /* wrong things from a stranger, then a ban */
	int32_t ban_s, ban_max_s; /* the first; twice as long each, to this */
	/* New calls are refused that wait so long; 0: as long as one of
	 * USHER__UA_OVERLOAD_…, by whose work it is. */
	int32_t overload_ms;
};

struct usher__ua_opts {
	struct usher__loop *loop;
	struct usher__media *media; /* NULL: signaling only, no port is opened
				     * and SDP names the discard port */
	const char *address;        /* numeric; "0.0.0.0" listens everywhere */
	/* One of the other family, where the same ports listen, too; NULL:
	 * none. */
	const char *second_address;
	uint16_t port; /* 0: any free one */
	bool no_udp;
	bool no_tcp;
	bool open;       /* a phone: everybody may call, nothing is registered
			  * here, ops->account is not asked */
	const char *dns; /* servers: "192.0.2.53 127.0.0.1:5353"; NULL: the
			  * system's */
	const char *public_address; /* numeric; in Contact and SDP towards
				     * peers outside local networks */
	const char *software;       /* User-Agent and Server; NULL: Usher */
	uint32_t max_legs;          /* 0: the default */
	uint32_t max_bindings;      /* 0: the default */
	/* Longest registration granted; 0: USHER__UA_GRANT_EXPIRES_S, short
	 * so that phones that nobody gives back (usher__ua_bind()) are there
	 * soon after a restart. */
	uint32_t max_expires_s;
	/* A connection on TCP that says nothing whole is closed after this;
	 * 0: USHER__UA_TCP_SILENT_MS. */
	uint32_t tcp_silent_ms;
	/* A leg that is up and from which no RTP came for so long is asked
	 * whether its peer is still there; 0: never; see alive.c. */
	uint32_t silence_ms;
	bool any_source; /* RTP is believed from whoever sends first, not only
			  * from the hosts that signaling names */
	bool text;       /* real-time text that is offered is taken, and … */
	bool video;      /* … video */
	/* Session timers: what is asked for, and the least that is granted;
	 * 0: USHER__SESSION_S and USHER__SESSION_MIN_S. */
	uint32_t session_s, session_min_s;
	uint8_t srtp;       /* enum usher__srtp_policy, of sip/sdp.h */
	const char *codecs; /* of sip/codecs.h; NULL: the default */
	/* How often those behind NAT, and registrars over what we opened, get
	 * a sign of life; 0: never. */
	uint32_t keep_alive_ms;
	uint8_t digests; /* challenges: bits of enum usher__hash; 0: all */
	struct usher__tls_opts tls;
	const struct usher__limits *limits; /* NULL: the defaults; copied */
	bool *ret_taken; /* NULL, or on failure: somebody has the port */
	const struct usher__ua_ops *ops; /* must outlive the agent */
	void *arg;
};

/* Everything counted since the start. */
struct usher__ua_counters {
	uint64_t requests_in;
	uint64_t responses_in;
	uint64_t malformed;   /* answered 400 or dropped */
	uint64_t refused;     /* 401 finally wrong, 403, 404 */
	uint64_t challenged;  /* 401 sent */
	uint64_t over_limit;  /* 503 and 486 for a limit's sake */
	uint64_t unsupported; /* 405, 415, 416, 420, 488, 501; and transfers
			       * that were declined */
	uint64_t legs_in;
	uint64_t legs_out;
	uint64_t legs_now;
	uint64_t bindings_now;
	uint64_t registers;
	uint64_t glares;         /* 491 sent or received */
	uint64_t retransmitted;  /* 2xx sent again */
	uint64_t unexpected;     /* 481, 500: of no call, or out of order */
	uint64_t streams_now;    /* connections on TCP that others opened */
	uint64_t streams_closed; /* by us: too many, or nothing was said */
	uint64_t asked;          /* OPTIONS to peers that were silent */
	uint64_t limited;        /* requests beyond a source's rate */
	uint64_t banned;         /* packets and connections of the banned */
	uint64_t bans;           /* begun */
	uint64_t bans_now;
	uint64_t slowed;     /* passwords not looked at: too many were wrong */
	uint64_t overloaded; /* calls refused by overload */
	uint64_t lag_us;     /* how long messages wait for us now */
};

/* Open the transports. USHER_EIO with the reason if the port is busy: the
 * next one is the caller's decision. */
int usher__ua_new(struct usher__ua **ret, const struct usher__ua_opts *opts,
		  struct usher_error *err);

/* The port in use (the same for UDP and TCP), and that of TLS or 0. */
uint16_t usher__ua_port(const struct usher__ua *ua);
uint16_t usher__ua_tls_port(const struct usher__ua *ua);

/* Read certificate, key and issuers again, for connections to come. An error
 * names the file, and nothing has changed. Without TLS nothing is done. */
int usher__ua_tls_reload(struct usher__ua *ua, struct usher_error *err);
/* What beginning with these would say of their files; any thread. */
int usher__tls_check(const struct usher__tls_opts *opts,
		     struct usher_error *err);

/* Hang up every leg (LEG_ENDED, cause STOPPED), unregister, refuse what is
 * new with 503, and call ops->stopped when the peers have answered or after
 * wait_ms. */
void usher__ua_stop(struct usher__ua *ua, uint32_t wait_ms);

/* Free at once; legs that are left end without a further callback. NULL is
 * fine. Not from inside a callback of this agent. */
void usher__ua_free(struct usher__ua *ua);

void usher__ua_count(const struct usher__ua *ua,
		     struct usher__ua_counters *ret);

/* ---- bans ---- */

struct usher__ua_ban {
	const char *source; /* "192.0.2.1", "2001:db8::/64" */
	const char *reason; /* "flood", "malformed", "refused", "unknown",
			     * "scanner" */
	uint32_t left_s;
	uint32_t count;   /* bans of this source in a row */
	uint64_t dropped; /* what came in spite of it */
};
typedef void(usher__ua_ban_fn)(void *arg, const struct usher__ua_ban *ban);

/* Those that last, oldest first; fn may be NULL. Gives how many. */
size_t usher__ua_bans(struct usher__ua *ua, usher__ua_ban_fn *fn, void *arg);
/* Lift one: its source as it is told, or any address in it. USHER_EINVAL (no
 * address), USHER_ENOENT (not banned). */
int usher__ua_unban(struct usher__ua *ua, const char *source);
/* What usher__ua_new() would say of limits->allow; any thread. */
int usher__allow_check(const char *allow, struct usher_error *err);

/* ---- the registrar ---- */

typedef void(usher__binding_fn)(void *arg,
				const struct usher__binding *binding);

/* Call fn for each contact of an account, newest first; returns how many. */
int usher__ua_bindings(struct usher__ua *ua, const char *domain,
		       const char *user, usher__binding_fn *fn, void *arg);

typedef void(usher__bound_fn)(void *arg, const struct usher__bound *bound);

/* Call fn for each contact of a domain's accounts that outlives us: on UDP,
 * since a connection does not. Of an account the newest is first. */
void usher__ua_bound(struct usher__ua *ua, const char *domain,
		     usher__bound_fn *fn, void *arg);
/* Have one again, as if it had registered, for no longer than is granted;
 * behind those that its account has. Whoever is there is asked, and what does
 * not answer is forgotten (bound.c). Of what it says nothing is believed:
 * USHER_EINVAL (it could not have registered so), USHER_ENOENT (no such
 * account), USHER_EEXIST, USHER_EFULL, USHER_ENOMEM. */
int usher__ua_bind(struct usher__ua *ua, const char *domain,
		   const struct usher__bound *bound);

/* Forget all contacts of an account (it was removed from the
 * configuration). */
void usher__ua_unbind(struct usher__ua *ua, const char *domain,
		      const char *user);

/* ---- our registrations at other registrars ---- */

struct usher__register_opts {
	const char *registrar; /* "sip:192.0.2.1:5060;transport=tcp" */
	const char *domain;    /* of the address of record; NULL: registrar's
				* host */
	const char *user;
	const char *password;
	uint32_t expires_s; /* 0: 600 */
	uint32_t trunk;     /* sent to its addresses, one after another */
};

int usher__ua_register(struct usher__ua *ua,
		       const struct usher__register_opts *opts,
		       uint32_t *ret_id, struct usher_error *err);
int usher__ua_unregister(struct usher__ua *ua, uint32_t id);
/* Another trunk has it now. */
void usher__ua_registration_move(struct usher__ua *ua, uint32_t id,
				 uint32_t trunk);
bool usher__ua_registered(struct usher__ua *ua, uint32_t id);

#endif
