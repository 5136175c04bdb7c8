/** @file
 * Channel drivers: how a contact's customer, and an agent's phone, reach a
 * center.
 *
 * A driver moves words and sound; it knows neither queues nor flows. It tells
 * the center what happened on its legs (usher_channel_*), and the center tells
 * it what to do with them (struct usher_channel_driver). A leg is one
 * connection to one person: the customer's socket or call, or an agent's
 * phone that rings. Each verb carries a request id; its outcome is reported
 * later by usher_channel_done() with that id, exactly once, unless the leg
 * ends first: then everything outstanding on it counts as failed.
 *
 * Threads: the center calls a driver on its host's loop thread only, never
 * from inside a usher_channel_* call. A driver may call usher_channel_* from
 * any thread; each call copies what it is given, takes effect in the order of
 * the calls, and returns at once.
 *
 * A call that returns USHER_ENOMEM was not heard, and the center goes on
 * waiting for it: make it again until it is heard, above all
 * usher_channel_ended(), _answered() and _done().
 */
#ifndef USHER_CHANNEL_H
#define USHER_CHANNEL_H

#include <stddef.h>
#include <stdint.h>
#include <usher/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A driver's place in a center; made by usher_center_driver_add(). */
struct usher_channel;

/** What a driver can do. */
enum usher_channel_cap {
	USHER_CAP_LIVE = 1u << 0,    /**< a person waits at the other end */
	USHER_CAP_AUDIO = 1u << 1,   /**< prompts are played */
	USHER_CAP_TEXT = 1u << 2,    /**< prompts are sent as text */
	USHER_CAP_DIGITS = 1u << 3,  /**< input comes as single digits */
	USHER_CAP_IN = 1u << 4,      /**< customers reach us */
	USHER_CAP_OUT = 1u << 5,     /**< we can reach customers */
	USHER_CAP_RING = 1u << 6,    /**< rings agents' endpoints by itself */
	USHER_CAP_RECORD = 1u << 7,  /**< records sound */
	USHER_CAP_ENDPOINT = 1u << 8 /**< agents register at it */
};

/** Why a leg was refused, or ended. */
enum usher_leg_reason {
	USHER_LEG_NORMAL = 0, /**< hung up, closed */
	USHER_LEG_BUSY = 1,   /**< busy, or declined by a person */
	USHER_LEG_NO_ANSWER = 2,
	USHER_LEG_UNREACHABLE =
		3,              /**< no such address, or it does not respond */
	USHER_LEG_CANCELED = 4, /**< the caller gave up before an answer */
	USHER_LEG_REFUSED = 5,  /**< not allowed */
	USHER_LEG_FAILED = 6,   /**< protocol or media failure */
	USHER_LEG_OVERLOAD = 7, /**< a limit is reached: try later */
	USHER_LEG_ELSEWHERE = 8, /**< answered elsewhere */
	USHER_LEG_LOST = 9       /**< vanished without a word */
};

/** A prompt for one leg: the driver plays the sound or sends the text. */
struct usher_channel_prompt {
	size_t size;               /**< set by the center to its sizeof */
	const char *name;          /**< the prompt's name, for logs */
	const char *text;          /**< UTF-8; NULL when there is only sound */
	const char *const *sounds; /**< files, played one after the other */
	uint32_t sound_count;      /**< entries of sounds */
	uint32_t loop;             /**< nonzero: until stopped (music) */
};

/** How to ring an agent's endpoint, or call an outside number. */
struct usher_channel_ring {
	size_t size;         /**< set by the center to its sizeof */
	const char *address; /**< endpoint: "phone", "sip:…", "tel:…" */
	const char *account; /**< agent's account at this driver, or NULL */
	const char *caller;  /**< number or address to present */
	const char *caller_name; /**< display name to present, or NULL */
	const char *info;        /**< queue or reason, shown where possible */
	uint64_t
		customer_leg; /**< the leg that it will be joined with, or 0 */
	uint32_t timeout_ms;  /**< give up with USHER_LEG_NO_ANSWER after it */
	uint32_t reserved;    /**< zero */
	/** What the caller said about its privacy, where customer_leg says
	 *  nothing of it; or NULL. "id": caller and caller_name are not to be
	 *  told. */
	const char *privacy;
	/** The same of what the caller's side handed on; or NULL. */
	const char *user_to_user;
	/** What is neither taken nor offered beside the sound: a sum of
	 *  USHER_RING_NO_TEXT, USHER_RING_NO_VIDEO and
	 *  USHER_RING_NO_IDENTITY. */
	uint32_t without;
	uint32_t reserved2; /**< zero */
};

#define USHER_RING_NO_TEXT  1u /**< no real-time text */
#define USHER_RING_NO_VIDEO 2u /**< no video */
/** no identity that we vouch for: the caller's is only said to be theirs */
#define USHER_RING_NO_IDENTITY 4u

/** What and where to record. */
struct usher_channel_record {
	size_t size;      /**< set by the center to its sizeof */
	const char *path; /**< file to make */
	/** 0: this leg alone; else a second channel, of what those say whom
	 *  the leg talks with: at first this one, later whoever joins or
	 *  follows; no whispers, no prompts */
	uint64_t other_leg;
	uint32_t max_ms;     /**< stop after it; 0: the driver's limit */
	uint32_t silence_ms; /**< stop after that much silence; 0: never */
	uint32_t beep;       /**< nonzero: a tone first */
	uint32_t reserved;   /**< zero */
};

/** What a leg does in a room where more than two may talk. */
enum usher_mix_role {
	USHER_MIX_TALK = 1,   /**< hears and is heard by everybody */
	USHER_MIX_LISTEN = 2, /**< hears everybody, is heard by nobody */
	USHER_MIX_WHISPER = 3 /**< hears everybody, is heard by one leg */
};

/** A leg's place in a room. Rooms are numbers of the center's choice; one
 * begins with its first leg and ends with its last. */
struct usher_channel_mix {
	size_t size;         /**< set by the center to its sizeof */
	uint64_t room;       /**< 0: leave the room it is in */
	uint64_t whisper_to; /**< WHISPER: the leg that hears it */
	uint32_t role;       /**< enum usher_mix_role */
	uint32_t reserved;   /**< zero */
};

/**
 * A driver's functions. Those that a driver lacks are NULL; the center then
 * treats the verb as failed with USHER_ENOTSUP. Each returns 0 when the verb
 * was taken (its outcome follows) or USHER_E… when it was not (no outcome
 * follows). Text and structs are borrowed for the call.
 */
struct usher_channel_driver {
	size_t size;           /**< sizeof, as the driver was compiled */
	const char *name;      /**< "voice"; unique in a center; static */
	const char *kind;      /**< kind of channel for capacity: "voice" */
	uint32_t capabilities; /**< enum usher_channel_cap */
	uint32_t reserved;     /**< zero */

	/** The center starts; from now on usher_channel_* work. */
	int (*start)(void *arg, struct usher_channel *channel);
	/** The center stops: end every leg, call nothing afterwards. */
	void (*stop)(void *arg);

	/** Tell a customer's leg that it rings elsewhere; early: with sound.
	 */
	int (*progress)(void *arg, uint64_t req, uint64_t leg, int early);
	/** Answer a customer's leg. */
	int (*accept)(void *arg, uint64_t req, uint64_t leg);
	/** Turn a customer's leg away; the leg is gone with it. */
	int (*refuse)(void *arg, uint64_t req, uint64_t leg, int reason);
	/** Play or send; done when it was heard, sent or stopped. */
	int (*prompt)(void *arg, uint64_t req, uint64_t leg,
		      const struct usher_channel_prompt *prompt);
	/** Stop what plays on a leg; that prompt is then done. */
	int (*quiet)(void *arg, uint64_t req, uint64_t leg);
	/** Send a message of an agent; without digits below also digits. */
	int (*send)(void *arg, uint64_t req, uint64_t leg, const char *text);
	/** Let two legs hear each other. */
	int (*join)(void *arg, uint64_t req, uint64_t leg, uint64_t other);
	/** Undo join; both legs live on. */
	int (*part)(void *arg, uint64_t req, uint64_t leg, uint64_t other);
	/** Hold: the leg hears the prompt (may be NULL) and is not heard. */
	int (*hold)(void *arg, uint64_t req, uint64_t leg,
		    const struct usher_channel_prompt *music);
	/** Undo hold. */
	int (*resume)(void *arg, uint64_t req, uint64_t leg);
	/** Hang up; the leg's end is reported by usher_channel_ended(). */
	int (*end)(void *arg, uint64_t req, uint64_t leg, int reason);
	/**
	 * Ring an agent's endpoint, or an outside address. The leg's id is
	 * the center's; progress, answer and end are reported with it.
	 */
	int (*ring)(void *arg, uint64_t req, uint64_t leg,
		    const struct usher_channel_ring *ring);
	/** Record; done, with the length in ms, when it has ended. */
	int (*record)(void *arg, uint64_t req, uint64_t leg,
		      const struct usher_channel_record *record);
	/** End a recording: its req. */
	int (*record_stop)(void *arg, uint64_t record_req, uint64_t leg);
	/** Tell the phone how its transfer went (REFER). */
	int (*transfer_result)(void *arg, uint64_t leg, int result);
	/**
	 * Put a leg into a room, change its part there, or take it out. It
	 * leaves the room or the partner (join) that it had. Two legs that
	 * talk and nobody else are the same as joined. A whisper's leg must
	 * be in the room; when that leg leaves, the whisperer is a listener.
	 * hold and join take a leg out of its room; resume does not put it
	 * back.
	 */
	int (*mix)(void *arg, uint64_t req, uint64_t leg,
		   const struct usher_channel_mix *mix);
	/** A leg is not heard by those it is joined or in a room with, until
	 * it is told otherwise; nor is it recorded meanwhile. */
	int (*mute)(void *arg, uint64_t req, uint64_t leg, int mute);
	/** Leave out (paused 1), or go on with, what a recording would keep:
	 * for card numbers. record_req: of the recording. */
	int (*record_pause)(void *arg, uint64_t record_req, uint64_t leg,
			    int paused);
	/** Send digits to a machine: 0-9 * # A-D, and a comma for a pause.
	 */
	int (*digits)(void *arg, uint64_t req, uint64_t leg, const char *text);
	/** Of a customer's leg, before accept and progress: take and offer
	 * neither, where it is 1, of what may be beside its sound. No outcome
	 * follows. */
	int (*without)(void *arg, uint64_t leg, int text, int video);
};

/** Name of the prompt that who waits for somebody's answer hears, where no
 *  sound is given: a driver with USHER_CAP_AUDIO plays a ringing tone. */
#define USHER_CHANNEL_RINGBACK "ringback"
/** The same for who asked for somebody that is busy, or cannot be reached: a
 *  tone of some seconds, or as long as it is looped. Since 0.1. */
#define USHER_CHANNEL_BUSY       "busy"
#define USHER_CHANNEL_CONGESTION "congestion" /**< see above */

/** A customer, or an agent who dials, at the door. */
struct usher_channel_arrival {
	size_t size;       /**< set by the driver to its sizeof */
	const char *entry; /**< what was dialed, the widget, the mailbox */
	const char *from;  /**< caller's number or address, "" if unknown */
	const char
		*from_name; /**< as the caller gave it; untrusted; or NULL */
	const char
		*account; /**< the agent's account, where one dials; or NULL */
	const char *trunk;    /**< where it came from, for logs; or NULL */
	const char *language; /**< BCP 47; NULL: the entry's */
	/** Whom a call that was sent on was first for, as it says; or NULL. */
	const char *diverted_first;
	/** Who sent it on last; or NULL. */
	const char *diverted_by;
	/** Why: "no-answer", "302"; or NULL. */
	const char *diverted_reason;
	/** What the caller says about its privacy, as in RFC 3323: "id", of
	 *  63 bytes at most; or NULL. */
	const char *privacy;
	/** What the caller's side hands on to whom it reaches (User-to-User,
	 *  RFC 7433), of 511 bytes at most; or NULL. */
	const char *user_to_user;
};

/**
 * Somebody arrived. The center answers with accept, refuse or ring.
 *
 * @param ret_leg  Id of the new leg, valid when the call returns
 *
 * @return 0, USHER_EINVAL, USHER_EFULL (a limit: refuse it yourself; to a
 *         driver without USHER_CAP_LIVE also while the disk is degraded: keep
 *         it and try later), USHER_ECLOSED (stopping), USHER_ENOMEM.
 *         Thread: any. Since 0.1.
 */
USHER_API int
usher_channel_arrived(struct usher_channel *channel,
		      const struct usher_channel_arrival *arrival,
		      uint64_t *ret_leg);

/** A rung leg makes progress: it rings (early: with sound). Thread: any. */
USHER_API int usher_channel_ringing(struct usher_channel *channel,
				    uint64_t leg, int early);

/** A rung leg was answered. Thread: any. Since 0.1. */
USHER_API int usher_channel_answered(struct usher_channel *channel,
				     uint64_t leg);

/**
 * A leg has ended, for whatever reason; nothing follows on it. Thread: any.
 *
 * @param reason  enum usher_leg_reason
 */
USHER_API int usher_channel_ended(struct usher_channel *channel, uint64_t leg,
				  int reason);

/** How good a leg sounded. A driver that does not know a figure says 0. */
struct usher_channel_quality {
	size_t size;             /**< set by the driver to its sizeof */
	uint64_t packets;        /**< that came from the leg */
	uint64_t lost;           /**< packets from the leg that did not come */
	uint64_t peer_lost;      /**< packets to the leg, as it reports */
	uint32_t jitter_us;      /**< of what came */
	uint32_t peer_jitter_us; /**< of what went, as the leg reports */
	uint32_t rtt_us;         /**< to the leg and back */
	uint16_t mos;            /**< of what came: opinion score, times 100 */
	uint16_t peer_mos;       /**< of what went */
	uint16_t r_factor;       /**< of what came: rating of the E-model,
				  * times 10 */
	uint16_t peer_r_factor;  /**< of what went */
	uint32_t reserved;       /**< zero */
};

/**
 * How good a leg was; once, before usher_channel_ended(). Thread: any.
 *
 * @return 0, USHER_EINVAL, USHER_ECLOSED, USHER_EFULL, USHER_ENOMEM. Since
 *         0.1.
 */
USHER_API int
usher_channel_quality(struct usher_channel *channel, uint64_t leg,
		      const struct usher_channel_quality *quality);

/** One digit was pressed: 0-9 * # A-D. Thread: any. Since 0.1. */
USHER_API int usher_channel_digit(struct usher_channel *channel, uint64_t leg,
				  char digit, uint32_t duration_ms);

/** Longest text that a message may have, in bytes. */
#define USHER_CHANNEL_TEXT_MAX 4096

/** A customer or agent wrote. At most USHER_CHANNEL_TEXT_MAX bytes. */
USHER_API int usher_channel_text(struct usher_channel *channel, uint64_t leg,
				 const char *text, size_t len);

/** The person at the leg put us on hold, or took us off it. Thread: any. */
USHER_API int usher_channel_held(struct usher_channel *channel, uint64_t leg,
				 int held);

/**
 * The person at the leg asks for a transfer of who they talk to. Answered by
 * transfer_result.
 *
 * @param target  number or address
 */
USHER_API int usher_channel_transfer(struct usher_channel *channel,
				     uint64_t leg, const char *target);

/**
 * The person at the leg asks that those they talk with on it and on another
 * leg of theirs talk with each other (attended transfer: REFER with Replaces).
 * Answered by transfer_result on leg.
 *
 * @param other  The second leg of that person, which is to go away
 */
USHER_API int usher_channel_transfer_leg(struct usher_channel *channel,
					 uint64_t leg, uint64_t other);

/** An agent's account registered (expires_ms > 0) or went away (0). */
USHER_API int usher_channel_registered(struct usher_channel *channel,
				       const char *account,
				       const char *contact,
				       uint32_t expires_ms);

/**
 * Outcome of a verb.
 *
 * @param req     The id that came with the verb
 * @param result  0 or USHER_E…
 * @param value   What the verb says; 0 otherwise
 */
USHER_API int usher_channel_done(struct usher_channel *channel, uint64_t req,
				 int result, int64_t value);

/** The argument that was given with the driver. Thread: any. Since 0.1. */
USHER_API void *usher_channel_arg(const struct usher_channel *channel);

#ifdef __cplusplus
}
#endif
#endif
