/*
 * Legs of a user agent (ua.h): calls placed, and what is done with any leg, by
 * its id. All on the loop of the agent.
 */
#ifndef USHER_LIB_SIP_LEG_H
#define USHER_LIB_SIP_LEG_H

#include <stdbool.h>
#include <stdint.h>

#include <usher/error.h>

#include <sip/ua.h>

struct usher__call_opts {
	/* Where to: a URI; or an account (domain and user): this contact of
	 * its bindings, or its newest; or a number (user) over a trunk. */
	const char *uri;
	const char *domain;
	const char *user;
	const char *contact; /* NULL: the newest */
	uint32_t trunk;

	const char *from_user; /* NULL: the trunk's user, or "usher" */
	const char *from_name; /* NULL: none */
	const char
		*from_domain;  /* NULL: the trunk's, domain, or our address */
	const char *auth_user; /* when the peer challenges; NULL: trunk's */
	const char *auth_password;
	const char *headers; /* whole lines, each with CR LF; NULL: none */
	const char *route;   /* send it there first: a URI; NULL: none */
	uint32_t ring_timeout_ms; /* 0: USHER__UA_RING_TIMEOUT_MS */
	uint32_t silent_ms; /* without any response: it is not there; 0: until
			     * that or libre gives up (RFC 3261, timer B) */
	void *arg;          /* leg_arg of its callbacks */
	const char *hop;    /* over a trunk: which of its addresses, of a way;
			     * NULL: the best */
	/* Whose call it is, told (P-Asserted-Identity, RFC 3325) if the trunk
	 * is trusted; NULL: nobody's. */
	const char *asserted;
	bool anonymous;    /* From says nothing of the caller (RFC 3323) */
	bool text;         /* real-time text is offered beside sound */
	bool video;        /* and video of any kind that we know, or … */
	uint64_t video_of; /* … as this leg's peer has it, if any; or 0 */
	bool no_text, no_video; /* as by usher__leg_without() */
	uint64_t caller; /* leg that it is for: Max-Forwards go on; or 0 */
};

/* USHER_ENOENT (no such trunk or no contact), USHER_EINVAL, USHER_EFULL,
 * USHER_ECLOSED, USHER_EIO. */
int usher__ua_call(struct usher__ua *ua, const struct usher__call_opts *opts,
		   uint64_t *ret_leg, struct usher_error *err);

int usher__leg_set_arg(struct usher__ua *ua, uint64_t leg, void *arg);
void *usher__leg_arg(struct usher__ua *ua, uint64_t leg); /* NULL if stale */

/* All of these: 0, USHER_ENOENT (stale), USHER_ESTATE (not in this state). */
int usher__leg_state(struct usher__ua *ua, uint64_t leg,
		     enum usher__leg_state *ret);
int usher__leg_ring(struct usher__ua *ua, uint64_t leg);
int usher__leg_early(struct usher__ua *ua, uint64_t leg);
int usher__leg_answer(struct usher__ua *ua, uint64_t leg);
int usher__leg_reject(struct usher__ua *ua, uint64_t leg, uint16_t status,
		      const char *reason); /* reason may be NULL */
int usher__leg_hangup(struct usher__ua *ua, uint64_t leg);
/* If it is hung up before it was answered, it is told that somebody else has
 * answered (RFC 3326). Not with the shared libre. */
int usher__leg_elsewhere(struct usher__ua *ua, uint64_t leg);

/* Hold or resume by re-INVITE; before the answer by UPDATE, if media is agreed
 * on reliably and the peer allows it. USHER_EBUSY: another is under way. */
int usher__leg_hold(struct usher__ua *ua, uint64_t leg, bool hold);

/* A digit by INFO (application/dtmf-relay). */
int usher__leg_info(struct usher__ua *ua, uint64_t leg, char digit,
		    uint32_t duration_ms);

/* Ask the peer to call target itself (blind transfer by us). */
int usher__leg_refer(struct usher__ua *ua, uint64_t leg, const char *target);

/* Ask the peer to take the place of other's peer: attended transfer by us, of
 * an open agent's legs that are up. */
int usher__leg_refer_to(struct usher__ua *ua, uint64_t leg, uint64_t other);

/* Answer a LEG_REFER: 202, or a refusal from 400 to 699. Unanswered, it is
 * refused with 603 when the callback returns. */
int usher__leg_refer_accept(struct usher__ua *ua, uint64_t leg,
			    uint16_t status);
/* Tell the transferor: 100–199 goes on, anything else is final. */
int usher__leg_refer_notify(struct usher__ua *ua, uint64_t leg,
			    uint16_t status);

/* The leg's id in the media engine (usher__mleg_…); 0: none, as before
 * usher__leg_early or usher__leg_answer, and after the end. */
uint64_t usher__leg_port(struct usher__ua *ua, uint64_t leg);

/* The same of its real-time text; 0: it is not agreed upon. */
uint64_t usher__leg_text_port(struct usher__ua *ua, uint64_t leg);
/* Is there text, or will there be when it is answered? */
bool usher__leg_has_text(struct usher__ua *ua, uint64_t leg);

/* It neither takes nor offers these from its next description on. */
int usher__leg_without(struct usher__ua *ua, uint64_t leg, bool text,
		       bool video);
/* The same of its video. */
uint64_t usher__leg_video_port(struct usher__ua *ua, uint64_t leg);
/* Two legs are relayed: if they have not agreed on the same video, leg is
 * offered what other has. */
void usher__leg_video_match(struct usher__ua *ua, uint64_t leg,
			    uint64_t other);

/* The leg that has this media port, or 0. */
uint64_t usher__ua_port_leg(struct usher__ua *ua, uint64_t port);

/* Sound keeps coming to a leg from where its peer has not named, which the log
 * is told: nobody hears it. event: USHER__MEV_STRANGER. */
struct usher__mevent;
void usher__ua_stranger(struct usher__ua *ua,
			const struct usher__mevent *event);

#endif
