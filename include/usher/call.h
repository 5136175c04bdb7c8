/** @file
 * A SIP user agent: register, place, answer, hold, transfer, play, record and
 * bridge calls, without queues or agents.
 *
 * A phone (struct usher_phone) is one address and port with its own signaling
 * thread and media. Functions may be called from any thread of the process
 * that made the phone; they post a request and return at once with its id.
 * What became of it is an event with that id (USHER_PHONE_DONE); everything
 * else that happens is an event too. Events are taken with usher_phone_next();
 * usher_phone_fd() is readable as long as there are some, so that an
 * application's own loop can watch it.
 *
 * A place for the outcome is reserved when a request is accepted (otherwise
 * USHER_EAGAIN: drain first), so none is lost; the same holds for the end of
 * each call. Digits, tones, text and progress may be dropped when nobody
 * drains; the next event says how many.
 *
 * A call may go on with another peer, when somebody who knows its dialog asks
 * for that (INVITE with Replaces); no event tells of it. Redirects (3xx) are
 * followed.
 *
 * Calls are ids, never reused; the id of a call that has ended gives
 * USHER_ENOENT in the outcome.
 */
#ifndef USHER_CALL_H
#define USHER_CALL_H

#include <stddef.h>
#include <stdint.h>
#include <usher/error.h>

#ifdef __cplusplus
extern "C" {
#endif

struct usher_phone;

/** Longest text in an event, with the NUL. */
#define USHER_PHONE_TEXT_MAX 256
/** Longest number in an event, with the NUL. */
#define USHER_PHONE_NUMBER_MAX 128

/** What an event tells. */
enum usher_phone_event_type {
	/** A request is done: request, code, status. */
	USHER_PHONE_DONE = 1,
	/** A registration changed: account, status, expires_s (0: gone). */
	USHER_PHONE_REGISTERED = 2,
	/** Somebody calls: call, from, name, to. Answer or reject it. */
	USHER_PHONE_INCOMING = 3,
	/** A call that we placed makes progress: call, status, early. */
	USHER_PHONE_PROGRESS = 4,
	/** A call is up: call. */
	USHER_PHONE_ANSWERED = 5,
	/** The peer put us on hold: call. */
	USHER_PHONE_HELD = 6,
	/** The peer took us off hold: call. */
	USHER_PHONE_RESUMED = 7,
	/** The peer pressed a key: call, digit, duration_ms. */
	USHER_PHONE_DIGIT = 8,
	/** A file or tone was played to its end, or failed: call, code. */
	USHER_PHONE_PLAYED = 9,
	/** A tone was heard or has ended: call, frequency_hz (0: silence or
	 * speech), level_mb (hundredths of dB below full scale). */
	USHER_PHONE_TONE = 10,
	/** The peer asks us to call somebody else: call, to. */
	USHER_PHONE_REFER = 11,
	/** How a transfer that we asked for goes: call, status. */
	USHER_PHONE_TRANSFER = 12,
	/** A call is over, its id is void: call, cause, status. */
	USHER_PHONE_ENDED = 13,
	/** The phone has stopped; the last event. */
	USHER_PHONE_STOPPED = 14,
	/** A recording is over, its file complete, or it failed: call, code,
	 * duration_ms (in the file). One for each that was accepted, maybe
	 * after the end of its call. */
	USHER_PHONE_RECORDED = 15,
	/** The peer typed: call, text. Real-time text (T.140): as it comes, a
	 * few characters at a time, with "\n" for a new line, "\b" where the
	 * last character was erased, "\a" for an alert, and U+FFFD where
	 * something was lost. */
	USHER_PHONE_TYPED = 16
};

/** Why a call ended. */
enum usher_phone_cause {
	USHER_PHONE_CAUSE_LOCAL = 1,       /**< we hung up or rejected it */
	USHER_PHONE_CAUSE_REMOTE = 2,      /**< the peer hung up */
	USHER_PHONE_CAUSE_CANCELED = 3,    /**< the caller gave up */
	USHER_PHONE_CAUSE_REFUSED = 4,     /**< see status: 486, 603, … */
	USHER_PHONE_CAUSE_NO_ANSWER = 5,   /**< it rang too long */
	USHER_PHONE_CAUSE_UNREACHABLE = 6, /**< no response at all */
	USHER_PHONE_CAUSE_NO_ACK = 7,      /**< our answer got no ACK */
	USHER_PHONE_CAUSE_MEDIA = 8,       /**< no common codec, no port */
	USHER_PHONE_CAUSE_STOPPED = 9,     /**< the phone was stopped */
	USHER_PHONE_CAUSE_LOST = 10        /**< the peer vanished: no sound,
					    * and no answer when asked */
};

/**
 * An event. A copy: it borrows nothing and needs no cleanup. Fields that its
 * type does not name are zero.
 */
struct usher_phone_event {
	uint32_t type;         /**< one of enum usher_phone_event_type */
	int32_t code;          /**< 0 or one of enum usher_errcode */
	uint64_t request;      /**< DONE: the request's id */
	uint64_t call;         /**< id of the call it is about */
	int64_t time_us;       /**< monotonic clock */
	uint32_t account;      /**< REGISTERED: its id */
	uint32_t cause;        /**< one of enum usher_phone_cause */
	uint32_t expires_s;    /**< REGISTERED: seconds; 0: gone */
	uint32_t duration_ms;  /**< of a digit or a recording */
	uint32_t frequency_hz; /**< TONE: 0: silence or speech */
	int32_t level_mb;      /**< TONE: see its type */
	uint32_t dropped;      /**< events lost just before this one */
	uint16_t status;       /**< SIP status, 0 where there is none */
	uint8_t early;         /**< PROGRESS: 1 when the peer sends sound */
	char digit;            /**< 0–9, *, #, A–D */
	char from[USHER_PHONE_TEXT_MAX]; /**< user\@host of the caller */
	char name[USHER_PHONE_TEXT_MAX]; /**< name the caller shows */
	char to[USHER_PHONE_TEXT_MAX];   /**< what was dialed, or a URI */
	/** INCOMING: whom a call that was sent on was first for; or "" */
	char diverted_first[USHER_PHONE_NUMBER_MAX];
	/** INCOMING: who sent it on last; or "" */
	char diverted_by[USHER_PHONE_NUMBER_MAX];
	/** INCOMING: why, "no-answer", "302"; or "" */
	char diverted_reason[USHER_PHONE_NUMBER_MAX];
	char text[USHER_PHONE_TEXT_MAX]; /**< TYPED: UTF-8, whole characters */
};

/** How to make a phone. Set up by usher_phone_opts_init(). */
struct usher_phone_opts {
	size_t size;                /**< set by usher_phone_opts_init() */
	const char *address;        /**< numeric; NULL: "127.0.0.1" */
	const char *public_address; /**< told to peers outside local
				     * networks; NULL: address */
	const char *software;       /**< User-Agent; NULL: "Usher" */
	/** Lines about what happens, never with a secret. On the phone's
	 * thread. level: 0 error, 1 warning, 2 info, 3 debug. May be NULL. */
	void (*log)(void *arg, int level, const char *text);
	void *log_arg;         /**< handed to log */
	uint32_t max_calls;    /**< at once; 0: 1,000; more get 486 */
	uint32_t max_events;   /**< waiting; 0: 4,096 */
	uint16_t port;         /**< 0: any free one; see usher_phone_port() */
	uint16_t rtp_port_min; /**< 0: 16384 */
	uint16_t rtp_port_max; /**< 0: 32767 */
	uint8_t no_udp;        /**< 1: do not listen on UDP */
	uint8_t no_tcp;        /**< 1: do not listen on TCP */
	/** A call from which no sound came for so long is asked whether its
	 * peer is still there (OPTIONS); without an answer it has ended.
	 * Milliseconds, at least 1,000; 0: 30,000; UINT32_MAX: never. */
	uint32_t silence_ms;
	/** Nonzero: believe sound from whoever sends it first. 0: only from
	 * the hosts that a call's signaling comes from or names. */
	uint32_t any_source;
	/** Whose certificates are looked at on connections over TLS: 0: of
	 * servers that we connect to; 1: and of clients, who need one; 2:
	 * nobody's. As enum usher_tls_verify of usher/center.h. */
	uint32_t tls_verify;
	/** PEM file with our certificate and those up to its issuer; NULL: no
	 * SIP over TLS. */
	const char *tls_certificate;
	const char *tls_key; /**< PEM file with its key; NULL: the same */
	/** PEM file with the certificates of issuers that are believed; NULL:
	 * the system's. */
	const char *tls_ca;
	/** An address of the other family where the phone listens, too:
	 * "::1" beside "127.0.0.1". NULL: none. */
	const char *second_address;
	/** How often a registrar hears something from us, so that a NAT
	 * between us stays open and a lost connection is found. Milliseconds;
	 * 0: 25,000; UINT32_MAX: never. Over TCP and TLS it is not more often
	 * than every 20 s. */
	uint32_t keep_alive_ms;
	uint16_t tls_port; /**< 0: any free one; see usher_phone_tls_port() */
	uint16_t reserved; /**< zero */
	/** Codecs of sound, "opus pcma pcmu", offered in that order and taken
	 * in the caller's; NULL: "pcmu pcma". */
	const char *codecs;
	/** Nonzero: real-time text (T.140, RFC 4103) beside sound is taken
	 * where a caller offers it, and offered by calls that are placed; see
	 * usher_phone_type(). 0: it is refused. */
	uint32_t text;
	/** Nonzero: video (H.264, VP8) beside sound is taken where a caller
	 * offers it, and offered by calls that are placed. It is relayed
	 * between two calls that are bridged, or the only ones who talk in a
	 * conference, and goes nowhere else; a peer that has agreed on
	 * another kind than the other is offered the other's. 0: it is
	 * refused. */
	uint32_t video;
};

/** Set the defaults. size is sizeof *opts. Thread: any. Since 0.1. */
USHER_API void usher_phone_opts_init(struct usher_phone_opts *opts,
				     size_t size);

/**
 * Make a phone: its thread is started and its port is open when this
 * returns. Signal dispositions stay as they were.
 *
 * @param ret   Where it goes; free with usher_phone_free()
 * @param opts  Copied
 * @param err   May be NULL
 *
 * @return 0, USHER_EINVAL, USHER_EIO (the port is busy: the message says so),
 *         USHER_ENOMEM. Thread: any. Since 0.1.
 */
USHER_API int usher_phone_new(struct usher_phone **ret,
			      const struct usher_phone_opts *opts,
			      struct usher_error *err);

/**
 * Hang up all calls, unregister, and refuse what is new. Outstanding requests
 * get USHER_ECANCELED; the last event is USHER_PHONE_STOPPED. Idempotent.
 *
 * @param phone    The phone
 * @param wait_ms  How long peers may take to answer the goodbyes
 *
 * @return 0 or USHER_EFORK. Returns at once. Thread: any. Since 0.1.
 */
USHER_API int usher_phone_stop(struct usher_phone *phone, uint32_t wait_ms);

/** Stop at once if that was not done, and free. NULL is fine. Thread: any,
 * but nobody may use the phone at the same time or later. Since 0.1. */
USHER_API void usher_phone_free(struct usher_phone *phone);

/** The port in use. Thread: any. Since 0.1. */
USHER_API uint16_t usher_phone_port(const struct usher_phone *phone);

/** The port of SIP over TLS, 0: there is none. Thread: any. Since 0.1. */
USHER_API uint16_t usher_phone_tls_port(const struct usher_phone *phone);

/** A descriptor that is readable while events wait. It stays the phone's:
 * poll it, do not read or close it. Thread: any. Since 0.1. */
USHER_API int usher_phone_fd(const struct usher_phone *phone);

/**
 * Take the next event.
 *
 * @param phone  The phone
 * @param ret    Where it goes
 * @param size   sizeof *ret
 *
 * @return 1: one was taken, 0: none waits, USHER_EINVAL, USHER_EFORK.
 *         Thread: any. Since 0.1.
 */
USHER_API int usher_phone_next(struct usher_phone *phone,
			       struct usher_phone_event *ret, size_t size);

/** Where to register. Set up by usher_phone_account_opts_init(). */
struct usher_phone_account_opts {
	size_t size;           /**< set by usher_phone_account_opts_init() */
	const char *registrar; /**< "sip:192.0.2.1:5060;transport=tcp" or
				* "sips:registrar.example.com" */
	const char *domain;    /**< NULL: the registrar's host */
	const char *user;      /**< account's name at the registrar */
	const char *password;  /**< of that account */
	uint32_t expires_s;    /**< 0: 600 */
	uint32_t reserved;     /**< zero */
};

/** Set the defaults. Thread: any. Since 0.1. */
USHER_API void
usher_phone_account_opts_init(struct usher_phone_account_opts *opts,
			      size_t size);

/**
 * Register, and stay registered until usher_phone_unregister(). Each change
 * is an event USHER_PHONE_REGISTERED; the first outcome is also a
 * USHER_PHONE_DONE. Calls placed with the account use its credentials.
 *
 * @param phone        The phone
 * @param opts         Copied
 * @param ret_account  Id of the account, for calls and events
 * @param ret_request  Id of the request; may be NULL
 *
 * @return 0, USHER_EINVAL, USHER_EAGAIN, USHER_ECLOSED, USHER_EFORK,
 *         USHER_ENOMEM. Thread: any. Since 0.1.
 */
USHER_API int usher_phone_register(struct usher_phone *phone,
				   const struct usher_phone_account_opts *opts,
				   uint32_t *ret_account,
				   uint64_t *ret_request);

/** Unregister and forget an account. Since 0.1. */
USHER_API int usher_phone_unregister(struct usher_phone *phone,
				     uint32_t account, uint64_t *ret_request);

/** Whom to call. Set up by usher_phone_call_opts_init(). */
struct usher_phone_call_opts {
	size_t size;             /**< set by usher_phone_call_opts_init() */
	const char *uri;         /**< "sip:100@192.0.2.1" */
	const char *from_user;   /**< NULL: the account's, or "usher" */
	const char *from_name;   /**< NULL: none */
	const char *from_domain; /**< NULL: the account's, or address */
	const char *headers; /**< whole lines, each ended by CR LF; or NULL */
	uint32_t account;    /**< 0: none */
	uint32_t ring_timeout_ms; /**< 0: 180,000 */
	/** A call that this one will be bridged with: of video it is offered
	 * what that one's peer has, and none if it has none. 0: none, all
	 * that we know is offered. See video of usher_phone_opts. */
	uint64_t beside;
};

/** Set the defaults. Thread: any. Since 0.1. */
USHER_API void usher_phone_call_opts_init(struct usher_phone_call_opts *opts,
					  size_t size);

/**
 * Place a call. Progress, answer and end are events with the call's id; the
 * request is done when the INVITE is out.
 *
 * @param phone        The phone
 * @param opts         Copied
 * @param ret_call     Id of the call, valid from now on
 * @param ret_request  Id of the request; may be NULL
 *
 * @return 0, USHER_EINVAL, USHER_EAGAIN, USHER_ECLOSED, USHER_EFORK,
 *         USHER_ENOMEM. Thread: any. Since 0.1.
 */
USHER_API int usher_phone_place(struct usher_phone *phone,
				const struct usher_phone_call_opts *opts,
				uint64_t *ret_call, uint64_t *ret_request);

/** Tell an incoming call that it rings: 180; with early media, 183 and its
 * sound can be played and heard. Outcome USHER_ESTATE when it was answered.
 * Thread: any. Since 0.1. */
USHER_API int usher_phone_ring(struct usher_phone *phone, uint64_t call,
			       int early, uint64_t *ret_request);

/** Answer an incoming call. Thread: any. Since 0.1. */
USHER_API int usher_phone_answer(struct usher_phone *phone, uint64_t call,
				 uint64_t *ret_request);

/** Refuse an incoming call with a SIP status from 300 to 699; 0: 603.
 * Thread: any. Since 0.1. */
USHER_API int usher_phone_reject(struct usher_phone *phone, uint64_t call,
				 uint16_t status, uint64_t *ret_request);

/** End a call in whatever state it is. Thread: any. Since 0.1. */
USHER_API int usher_phone_hangup(struct usher_phone *phone, uint64_t call,
				 uint64_t *ret_request);

/** Put the peer on hold (hold 1) or resume (0), by re-INVITE; done when the
 * peer has answered. A call that is not up yet can be held by UPDATE when both
 * sides have agreed on media reliably, else USHER_ESTATE. Thread: any. Since
 * 0.1. */
USHER_API int usher_phone_hold(struct usher_phone *phone, uint64_t call,
			       int hold, uint64_t *ret_request);

/** Blind transfer: ask the peer to call target instead. Done when the peer
 * has accepted; then USHER_PHONE_TRANSFER events. Thread: any. Since 0.1. */
USHER_API int usher_phone_transfer(struct usher_phone *phone, uint64_t call,
				   const char *target, uint64_t *ret_request);

/** Attended transfer: ask the peer of call to talk with the peer of other, by
 * REFER with Replaces (RFC 5589). Both calls have to be up; other usually ends
 * when the transfer has succeeded. Done when the peer has accepted; then
 * USHER_PHONE_TRANSFER events of call. Outcome USHER_EINVAL when both are the
 * same, USHER_ESTATE when one is not up. Thread: any. Since 0.1. */
USHER_API int usher_phone_transfer_to(struct usher_phone *phone, uint64_t call,
				      uint64_t other, uint64_t *ret_request);

/** Decide a USHER_PHONE_REFER: accept 1 places the new call (its id comes in
 * ret_call) and reports its fate to the transferor; 0 declines. The
 * transferor hangs up itself. ret_call may be NULL when declining.
 * Thread: any. Since 0.1. */
USHER_API int usher_phone_refer_reply(struct usher_phone *phone, uint64_t call,
				      int accept, uint64_t *ret_call,
				      uint64_t *ret_request);

/** Send digits: 0–9, *, #, A–D, comma for a pause of half a second, at most
 * 64; by RFC 4733 where negotiated, else as tones. Done when they are out.
 * What is being played ends. Thread: any. Since 0.1. */
USHER_API int usher_phone_digits(struct usher_phone *phone, uint64_t call,
				 const char *digits, uint64_t *ret_request);

/** Play a sound file (anything that libsndfile reads) to the peer, instead of
 * what is played now; loop 1: until stopped. Ends with USHER_PHONE_PLAYED.
 * Thread: any. Since 0.1. */
USHER_API int usher_phone_play(struct usher_phone *phone, uint64_t call,
			       const char *path, int loop,
			       uint64_t *ret_request);

/** Play a tone for duration_ms (0: until stopped). Thread: any. Since 0.1. */
USHER_API int usher_phone_tone(struct usher_phone *phone, uint64_t call,
			       uint32_t frequency_hz, uint32_t duration_ms,
			       uint64_t *ret_request);

/** Type to the peer, if both have agreed on text (text of usher_phone_opts):
 * UTF-8 of at most 4,096 bytes, in which a new line, "\b" and "\a" are what
 * they are in USHER_PHONE_TYPED. It leaves within a third of a second, no
 * faster than the peer wants to read. Outcome USHER_ESTATE (there is no text
 * in this call), USHER_EFULL (too much waits). Thread: any. Since 0.1. */
USHER_API int usher_phone_type(struct usher_phone *phone, uint64_t call,
			       const char *text, uint64_t *ret_request);

/** Stop playing. Thread: any. Since 0.1. */
USHER_API int usher_phone_silence(struct usher_phone *phone, uint64_t call,
				  uint64_t *ret_request);

/** Record to a new WAV file of two channels (left: what this call's peer
 * says, right: what it hears from calls that it is bridged or in a conference
 * with; neither whispers nor what is played) until the call ends or path is
 * NULL. Ends with USHER_PHONE_RECORDED, which also tells
 * that the file could not be made. Thread: any. Since 0.1. */
USHER_API int usher_phone_record(struct usher_phone *phone, uint64_t call,
				 const char *path, uint64_t *ret_request);

/** Report tones that the peer sends as USHER_PHONE_TONE events (on 1) or no
 * longer (0). Thread: any. Since 0.1. */
USHER_API int usher_phone_listen(struct usher_phone *phone, uint64_t call,
				 int on, uint64_t *ret_request);

/** Connect two calls that are up with each other, out of the bridge or
 * conference that they were in; other 0: take call out of its bridge. What
 * their peers type goes to the other, too, and is told as USHER_PHONE_TYPED as
 * before. Thread: any. Since 0.1. */
USHER_API int usher_phone_bridge(struct usher_phone *phone, uint64_t call,
				 uint64_t other, uint64_t *ret_request);

/** A call's part in a conference. */
enum usher_phone_role {
	USHER_PHONE_TALK = 1,   /**< hears and is heard by all who talk */
	USHER_PHONE_LISTEN = 2, /**< hears all who talk, is not heard */
	USHER_PHONE_WHISPER = 3 /**< hears all who talk, one call hears it */
};

/** A place in a conference. Set up by usher_phone_conference_opts_init(). */
struct usher_phone_conference_opts {
	size_t size;         /**< set by usher_phone_conference_opts_init() */
	uint64_t room;       /**< a number of your choice; 0: leave */
	uint64_t whisper_to; /**< WHISPER: the call that hears it */
	uint32_t role;       /**< enum usher_phone_role; default: TALK */
	uint32_t reserved;   /**< zero */
};

/** Set the defaults. Thread: any. Since 0.1. */
USHER_API void
usher_phone_conference_opts_init(struct usher_phone_conference_opts *opts,
				 size_t size);

/**
 * Put a call into a conference, change its part there, or take it out.
 *
 * It leaves the bridge or conference that it had. A conference begins with
 * its first call and ends with its last; each call hears the others and not
 * itself, and two who talk and nobody else are the same as bridged. While
 * something is played to a call it hears that instead. When a call leaves that
 * another one whispers to, that one listens. Who hears a call reads what it
 * types, too.
 *
 * @param phone        The phone
 * @param call         The call
 * @param opts         Copied
 * @param ret_request  Id of the request; may be NULL
 *
 * @return 0, USHER_EINVAL, USHER_EAGAIN, USHER_ECLOSED, USHER_EFORK,
 *         USHER_ENOMEM. Outcome USHER_ENOENT (no such call, or whisper_to is
 *         not in the conference), USHER_EFULL (32 calls). Thread: any.
 *         Since 0.1.
 */
USHER_API int
usher_phone_conference(struct usher_phone *phone, uint64_t call,
		       const struct usher_phone_conference_opts *opts,
		       uint64_t *ret_request);

/** Have what a call's peer says neither heard by other calls nor recorded
 * (mute 1), until it is told otherwise (0). Thread: any. Since 0.1. */
USHER_API int usher_phone_mute(struct usher_phone *phone, uint64_t call,
			       int mute, uint64_t *ret_request);

#ifdef __cplusplus
}
#endif
#endif
