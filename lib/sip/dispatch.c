/* What comes in from the wire: checked, counted, and given to whom it is for.
 *
 * libre's transaction layer has seen it before: retransmissions, CANCEL of a
 * known INVITE and ACK of a refusal do not come this far. Handlers always say
 * that they have taken the message, because libre prints what nobody takes.
 */
#include <string.h>

#include <sip/impl.h>

static bool is(const struct sip_msg *msg, const char *method)
{
	return !pl_strcmp(&msg->met, method);
}

static void refuse_method(struct usher__ua *ua, const struct sip_msg *msg)
{
	static const char *const known[] = {
		"SUBSCRIBE", "PUBLISH", "MESSAGE", "PRACK",
		"UPDATE",    "NOTIFY",  "INFO",    "REFER",
	};
	size_t i;

	ua->n.unsupported++;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!is(msg, known[i]))
			continue;
		(void)sip_treplyf(NULL, NULL, ua->sip, msg, false, 405,
				  "Method Not Allowed",
				  USHER__SIP_ALLOW
				  "Content-Length: 0\r\n\r\n");
		return;
	}
	usher__ua_reply(ua, msg, 501, NULL);
}

static void answer_options(struct usher__ua *ua, const struct sip_msg *msg)
{
	(void)sip_treplyf(NULL, NULL, ua->sip, msg, false, 200, "OK",
			  USHER__SIP_ALLOW "Accept: application/sdp\r\n"
					   "Content-Length: 0\r\n\r\n");
}

static void outside_dialog(struct usher__ua *ua, const struct sip_msg *msg)
{
	if (is(msg, "ACK"))
		return;
	if (is(msg, "CANCEL")) {
		(void)sip_reply(ua->sip, msg, 481, usher__sip_reason(481));
		return;
	}
	if (is(msg, "BYE")) {
		usher__ua_reply(ua, msg, 481, NULL);
		return;
	}
	if (is(msg, "OPTIONS")) {
		answer_options(ua, msg);
		return;
	}
	if (ua->stopping) {
		usher__ua_reply(ua, msg, 503, NULL);
		return;
	}
	if (is(msg, "INVITE"))
		usher__leg_invited(ua, msg);
	else if (is(msg, "REGISTER") && !ua->open)
		usher__registrar_handle(ua, msg);
	else
		refuse_method(ua, msg);
}

static void handle_bye(struct usher__leg *leg, const struct sip_msg *msg)
{
	struct usher__ua *ua = leg->ua;

	usher__ua_reply(ua, msg, 200, NULL);
	if (!usher__leg_take(leg, USHER__IN_BYE) ||
	    leg->state == USHER__LEG_CLOSING)
		return;
	tmr_cancel(&leg->again_tmr);
	/* A BYE in an early dialog leaves the INVITE to be answered. */
	if (leg->st)
		(void)sip_treply(&leg->st, ua->sip, leg->invite, 487,
				 usher__sip_reason(487));
	usher__leg_over(leg, USHER__CAUSE_REMOTE, 200, NULL);
	usher__leg_dispose(leg);
}

static void inside_dialog(struct usher__leg *leg, const struct sip_msg *msg)
{
	struct usher__ua *ua = leg->ua;

	if (is(msg, "ACK")) {
		usher__leg_acked(leg, msg);
		return;
	}
	if (!sip_dialog_rseq_valid(leg->dlg, msg)) {
		usher__ua_reply(ua, msg, 500, NULL);
		return;
	}
	if (is(msg, "BYE"))
		handle_bye(leg, msg);
	else if (is(msg, "INVITE"))
		usher__leg_reinvited(leg, msg);
	else if (is(msg, "REFER"))
		usher__leg_referred(leg, msg);
	else if (is(msg, "NOTIFY"))
		usher__leg_notified(leg, msg);
	else if (is(msg, "INFO"))
		usher__leg_informed(leg, msg);
	else if (is(msg, "OPTIONS"))
		answer_options(ua, msg);
	else
		refuse_method(ua, msg);
}

static void refuse_malformed(struct usher__ua *ua, const struct sip_msg *msg,
			     uint16_t status, const char *unsupported)
{
	if (status == 420)
		ua->n.unsupported++;
	else
		ua->n.malformed++;
	usher__ua_log(ua, USHER__LOG_WARNING, "refused %u: a bad request",
		      status);
	/* Without these a reply cannot be addressed, or would be an answer
	 * to what nobody answers. */
	if (is(msg, "ACK") || !pl_isset(&msg->via.sentby) ||
	    !pl_isset(&msg->via.branch) || !msg->callid.l)
		return;
	if (status == 420)
		(void)sip_treplyf(NULL, NULL, ua->sip, msg, false, 420,
				  "Bad Extension",
				  "Unsupported: %s\r\n"
				  "Content-Length: 0\r\n\r\n",
				  unsupported);
	else
		usher__ua_reply(ua, msg, status, NULL);
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
		usher__ua_reply(ua, msg, 481, NULL);
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
