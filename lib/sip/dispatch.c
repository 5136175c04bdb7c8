/* What comes in from the wire: checked, counted, and given to whom it is for.
 *
 * libre's transaction layer has seen it before: retransmissions, CANCEL of a
 * known INVITE and ACK of a refusal do not come this far. Handlers always say
 * that they have taken the message, because libre prints what nobody takes.
 */
#include <stdio.h>
#include <string.h>

#include <sip/legimpl.h>
#include <sip/limit.h>

static bool is(const struct sip_msg *msg, const char *method)
{
	return !pl_strcmp(&msg->met, method);
}

/* leg: within its call, or NULL. */
static void refuse_method(struct usher__ua *ua, const struct usher__leg *leg,
			  const struct sip_msg *msg)
{
	static const char *const known[] = {
		"SUBSCRIBE", "PUBLISH", "MESSAGE", "NOTIFY", "INFO", "REFER",
	};
	uint16_t status = 501;
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (is(msg, known[i]))
			status = 405;
	(leg ? usher__ua_deny
	     : usher__ua_refuse)(ua, msg, status, USHER__NOTE_UNSUPPORTED,
				 "a method that is not for here",
				 status == 405 ? USHER__SIP_ALLOW : NULL);
}

#define OPTIONS_HEADERS                                                       \
	USHER__SIP_ALLOW USHER__SIP_SUPPORTED USHER__BODY_ACCEPT

static void refuse_stray(struct usher__ua *ua, const struct sip_msg *msg)
{
	usher__ua_refuse(ua, msg, 481, USHER__NOTE_UNEXPECTED, "no such call",
			 NULL);
}

static void outside_dialog(struct usher__ua *ua, const struct sip_msg *msg)
{
	if (is(msg, "ACK"))
		return;
	if (is(msg, "CANCEL") || is(msg, "BYE") || is(msg, "PRACK") ||
	    is(msg, "UPDATE")) {
		refuse_stray(ua, msg);
		return;
	}
	if (is(msg, "OPTIONS")) {
		/* Anybody may ask, so nothing is kept. */
		(void)sip_replyf(ua->sip, msg, 200, "OK",
				 OPTIONS_HEADERS "Content-Length: 0\r\n\r\n");
		return;
	}
	if (ua->stopping) {
		usher__ua_refuse(ua, msg, 503, USHER__NOTE_LIMIT, "stopping",
				 NULL);
		return;
	}
	if (is(msg, "INVITE"))
		usher__leg_invited(ua, msg);
	else if (is(msg, "REGISTER") && !ua->open)
		usher__registrar_handle(ua, msg);
	else
		refuse_method(ua, NULL, msg);
}

static void handle_bye(struct usher__leg *leg, const struct sip_msg *msg)
{
	struct usher__ua *ua = leg->ua;
	char text[USHER__REASON_MAX];
	struct pl reason;

	usher__ua_reply(ua, msg, 200, NULL);
	if (!usher__leg_take(leg, USHER__IN_BYE) ||
	    leg->state == USHER__LEG_CLOSING)
		return;
	tmr_cancel(&leg->again_tmr);
	/* A BYE in an early dialog leaves the INVITE to be answered. */
	if (leg->st)
		(void)sip_treply(&leg->st, ua->sip, leg->invite, 487,
				 usher__sip_reason(487));
	(void)usher__reason_of(msg, text, sizeof(text));
	pl_set_str(&reason, text);
	usher__leg_over(leg, USHER__CAUSE_REMOTE, 200,
			reason.l ? &reason : NULL);
	usher__leg_dispose(leg);
}

static void inside_dialog(struct usher__leg *leg, const struct sip_msg *msg)
{
	struct usher__ua *ua = leg->ua;

	if (is(msg, "ACK")) {
		usher__leg_acked(leg, msg);
		return;
	}
	if (!sip_dialog_rseq_valid(usher__branch_dialog(leg, msg), msg)) {
		usher__ua_deny(ua, msg, 500, USHER__NOTE_UNEXPECTED,
			       "an old CSeq", NULL);
		return;
	}
	if (is(msg, "BYE"))
		handle_bye(leg, msg);
	else if (is(msg, "INVITE"))
		usher__leg_reinvited(leg, msg);
	else if (is(msg, "PRACK"))
		usher__leg_pracked(leg, msg);
	else if (is(msg, "UPDATE"))
		usher__leg_updated(leg, msg);
	else if (is(msg, "REFER"))
		usher__leg_referred(leg, msg);
	else if (is(msg, "NOTIFY"))
		usher__leg_notified(leg, msg);
	else if (is(msg, "INFO"))
		usher__leg_informed(leg, msg);
	else if (is(msg, "OPTIONS"))
		usher__ua_reply(ua, msg, 200, OPTIONS_HEADERS);
	else
		refuse_method(ua, leg, msg);
}

static void refuse_malformed(struct usher__ua *ua, const struct sip_msg *msg,
			     uint16_t status, const char *unsupported)
{
	char more[USHER__UA_MAX_NAME + 32];
	bool legible = status != 400;

	(void)snprintf(more, sizeof(more), "Unsupported: %s\r\n", unsupported);
	usher__ua_refuse(
		ua, msg, status,
		legible ? USHER__NOTE_UNSUPPORTED : USHER__NOTE_MALFORMED,
		legible ? "an extension, scheme or type" : "a bad request",
		status == 420 ? more : NULL);
}

static bool request_handler(const struct sip_msg *msg, void *arg)
{
	char unsupported[USHER__UA_MAX_NAME];
	struct usher__ua *ua = arg;
	struct usher__leg *leg;
	uint16_t status;

	if (usher__guard_found(ua, msg))
		return true;
	ua->n.requests_in++;
	if (usher__limit_request(ua, msg))
		return true;
	status = usher__msg_check(msg, unsupported, sizeof(unsupported));
	if (status) {
		refuse_malformed(ua, msg, status, unsupported);
		return true;
	}
	if (!pl_isset(&msg->to.tag)) {
		outside_dialog(ua, msg);
		return true;
	}
	leg = usher__leg_by_dialog(ua, msg);
	if (leg)
		inside_dialog(leg, msg);
	else if (!is(msg, "ACK"))
		refuse_stray(ua, msg);
	return true;
}

/* A response that no transaction waits for: a 200 that came again. */
static bool response_handler(const struct sip_msg *msg, void *arg)
{
	struct usher__ua *ua = arg;
	struct usher__leg *leg;

	ua->n.responses_in++;
	if (msg->scode < 200 || msg->scode >= 300 ||
	    pl_strcmp(&msg->cseq.met, "INVITE"))
		return true;
	leg = usher__leg_by_dialog(ua, msg);
	if (leg)
		usher__leg_ack_again(leg, msg);
	else
		usher__leg_forked(ua, msg);
	return true;
}

int usher__ua_listen(struct usher__ua *ua)
{
	int err;

	err = sip_listen(&ua->requests, ua->sip, true, request_handler, ua);
	if (!err)
		err = sip_listen(&ua->responses, ua->sip, false,
				 response_handler, ua);
	return err ? USHER_ENOMEM : 0;
}
