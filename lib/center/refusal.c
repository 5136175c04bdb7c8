/* Why a request was refused with USHER_ESTATE: in which state is what it is
 * about. A refused input has changed nothing, so it can be asked afterwards.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "center/answer.h"
#include "center/center.h"
#include "center/session.h"

struct text {
	char *at, *end;
};

static void add(struct text *text, const char *fmt, ...) USHER_PRINTF(2, 3);
static void add(struct text *text, const char *fmt, ...)
{
	size_t room = (size_t)(text->end - text->at);
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text->at, room, fmt, ap);
	va_end(ap);
	text->at += n < 0 ? 0 : (size_t)n < room ? (size_t)n : room - 1;
}

static const char *verb_of(uint32_t type)
{
	static const char *const verbs[] = {
		[USHER_REQ_SIGN_IN] = "sign-in",
		[USHER_REQ_SIGN_OUT] = "sign-out",
		[USHER_REQ_READY] = "ready",
		[USHER_REQ_PAUSE] = "pause",
		[USHER_REQ_WRAP_UP_END] = "wrap-up-end",
		[USHER_REQ_ACCEPT] = "accept",
		[USHER_REQ_REJECT] = "reject",
		[USHER_REQ_HANG_UP] = "hang-up",
		[USHER_REQ_HOLD] = "hold",
		[USHER_REQ_RESUME] = "resume",
		[USHER_REQ_TRANSFER] = "transfer",
		[USHER_REQ_SEND] = "send",
		[USHER_REQ_DISPOSITION] = "disposition",
		[USHER_REQ_ASSIGN] = "assign",
		[USHER_REQ_CONSULT] = "consult",
		[USHER_REQ_CONSULT_COMPLETE] = "complete",
		[USHER_REQ_CONSULT_CANCEL] = "cancel",
		[USHER_REQ_CONFERENCE] = "conference",
		[USHER_REQ_ADD] = "add",
		[USHER_REQ_REMOVE] = "remove",
		[USHER_REQ_LEAVE] = "leave",
		[USHER_REQ_SUPERVISE] = "supervise",
		[USHER_REQ_SUPERVISE_END] = "supervise-end",
		[USHER_REQ_PARK] = "park",
		[USHER_REQ_PICK_UP] = "pick-up",
		[USHER_REQ_MUTE] = "mute",
		[USHER_REQ_UNMUTE] = "unmute",
		[USHER_REQ_DIGITS] = "digits",
		[USHER_REQ_HANG_UP_LEG] = "hang-up-leg",
		[USHER_REQ_ORIGINATE] = "call",
		[USHER_REQ_RECORD] = "record",
		[USHER_REQ_RECORD_STOP] = "record-stop",
		[USHER_REQ_RECORD_PAUSE] = "record-pause",
		[USHER_REQ_RECORD_RESUME] = "record-resume",
		[USHER_REQ_CONSENT] = "consent",
		[USHER_REQ_CALLBACK] = "callback",
		[USHER_REQ_CALLBACK_CANCEL] = "callback-cancel",
	};

	return type < sizeof(verbs) / sizeof(*verbs) && verbs[type]
		       ? verbs[type]
		       : "refused";
}

/* The last that holds: an agent's part comes after the queue's. */
static const char *contact_state(struct usher_center *center, uint64_t contact)
{
	static const char *const words[] = {
		[USHER_SEGMENT_RUNNING] = "in a flow",
		[USHER_SEGMENT_WAITING] = "waiting",
		[USHER_SEGMENT_DECIDING] = "waiting",
		[USHER_SEGMENT_OFFERED] = "offered",
		[USHER_SEGMENT_DIALING] = "being dialed",
		[USHER_SEGMENT_TALKING] = "talking",
		[USHER_SEGMENT_HELD] = "on hold",
	};
	struct usher_contact_info info = {.size = sizeof(info)};
	struct usher_segment_info segment = {.size = sizeof(segment)};
	uint32_t state = 0;
	uint64_t id = 0;

	if (usher_acd_contact_info(center->acd, contact, &info))
		return "not there";
	while ((id = usher_acd_segment_next(center->acd, contact, id)))
		if (!usher_acd_segment_info(center->acd, id, &segment) &&
		    segment.state != USHER_SEGMENT_WRAPUP &&
		    segment.state > state)
			state = segment.state;
	if (info.ended)
		return "over";
	return state && state < sizeof(words) / sizeof(*words) ? words[state]
							       : "on its way";
}

static void add_contact(struct usher_center *center, struct text *text,
			uint64_t contact, uint64_t agent)
{
	struct usher_agent_info other = {.size = sizeof(other)};
	const struct session *session = usher__session_find(center, contact);

	add(text, "contact %llu is %s", (unsigned long long)contact,
	    contact_state(center, contact));
	if (session && session->state == SESSION_TALKING &&
	    session->agent_id && session->agent_id != agent &&
	    !usher_acd_agent_info(center->acd, session->agent_id, &other))
		add(text, " with agent '%s'", other.name);
}

static void add_agent(struct usher_center *center, struct text *text,
		      uint64_t agent)
{
	static const char *const words[] = {
		[USHER_SIGNED_OUT] = "signed out",
		[USHER_READY] = "ready",
		[USHER_PAUSED] = "paused",
	};
	struct usher_agent_info info = {.size = sizeof(info)};

	if (usher_acd_agent_info(center->acd, agent, &info))
		return;
	add(text, "agent '%s' is %s", info.name,
	    info.removed ? "being removed"
	    : info.presence < sizeof(words) / sizeof(*words)
		    ? words[info.presence]
		    : "");
	add(text, "%s%s%s", info.offers ? ", rung" : "",
	    info.talking ? ", talking" : "",
	    info.wrapup ? ", in wrap-up" : "");
}

/* Of three that a request is about, most often who was asked for is the one.
 */
static void add_target(struct usher_center *center, struct text *text,
		       const struct usher_request *what)
{
	struct target target;

	if (what->type != USHER_REQ_TRANSFER &&
	    what->type != USHER_REQ_CONSULT && what->type != USHER_REQ_ADD)
		return;
	usher__target_find(center, usher__session_find(center, what->contact),
			   NULL, what->text, &target);
	if (target.kind != TARGET_AGENT)
		return;
	add(text, "; ");
	add_agent(center, text,
		  usher_acd_agent_find(center->acd, target.name));
}

void usher__refusal(struct usher_center *center,
		    const struct usher_request *what, char *ret, size_t size)
{
	struct usher_offer_info offer = {.size = sizeof(offer)};
	struct text text = {ret, ret + size};
	uint64_t contact = what->contact;

	add(&text, "%s: ", verb_of(what->type));
	if (what->offer &&
	    !usher_acd_offer_info(center->acd, what->offer, &offer)) {
		add(&text, "offer %llu %s; ", (unsigned long long)what->offer,
		    offer.state == USHER_OFFER_RINGING
			    ? "rings at a phone"
			    : "is accepted already");
		contact = offer.contact;
	}
	if (contact)
		add_contact(center, &text, contact, what->agent);
	if (contact && what->agent)
		add(&text, "; ");
	if (what->agent)
		add_agent(center, &text, what->agent);
	add_target(center, &text, what);
}
