/* Within a call: blind transfer by REFER (RFC 3515), in both directions, and
 * digits by INFO. */
#include <string.h>

#include <sip/impl.h>

enum { NOTIFY_MAX = 64, DIGIT_MS_DEFAULT = 160, DIGIT_MS_MAX = 10000 };

/* ---- NOTIFY out: how the transfer that the peer asked for goes ---- */

static void send_notify(struct usher__leg *leg);

static void notify_response(int err, const struct sip_msg *msg, void *arg)
{
	struct usher__leg *leg = arg;

	if (!err && msg->scode < 200)
		return;
	/* 481: the transferor is no longer interested. */
	if (err || msg->scode >= 300)
		leg->refer_sub = false;
	if (leg->notify && leg->refer_sub)
		send_notify(leg);
}

static void send_notify(struct usher__leg *leg)
{
	char *text = leg->notify;
	bool final = leg->notify_final;

	leg->notify = NULL;
	(void)sip_drequestf(
		&leg->side, leg->ua->sip, true, "NOTIFY", leg->dlg, 0,
		leg->auth, usher__leg_contact_handler, notify_response, leg,
		"Event: refer\r\nSubscription-State: %s\r\n"
		"Content-Type: message/sipfrag;version=2.0\r\n"
		"Content-Length: %zu\r\n\r\n%s",
		final ? "terminated;reason=noresource" : "active;expires=60",
		str_len(text), text);
	if (final)
		leg->refer_sub = false;
	mem_deref(text);
}

/* The transferor hears how its transfer went before its call ends: what waits
 * for the answer to another request does so no longer. */
void usher__leg_notify_last(struct usher__leg *leg)
{
	if (!leg->notify || !leg->refer_sub)
		return;
	leg->side = mem_deref(leg->side);
	send_notify(leg);
}

int usher__leg_refer_notify(struct usher__ua *ua, uint64_t id, uint16_t status)
{
	struct usher__leg *leg = usher__leg_find(ua, id);
	char text[NOTIFY_MAX];

	if (!leg)
		return USHER_ENOENT;
	if (status < 100 || status > 699)
		return USHER_EINVAL;
	if (!leg->refer_sub || leg->state != USHER__LEG_UP)
		return USHER_ESTATE;
	(void)re_snprintf(text, sizeof(text), "SIP/2.0 %u %s\r\n", status,
			  usher__sip_reason(status));
	if (usher__str_set(&leg->notify, text))
		return USHER_ENOMEM;
	leg->notify_final = status >= 200;
	if (!leg->side)
		send_notify(leg);
	return 0;
}

/* ---- REFER in ---- */

int usher__leg_refer_accept(struct usher__ua *ua, uint64_t id, uint16_t status)
{
	struct usher__leg *leg = usher__leg_find(ua, id);

	if (!leg)
		return USHER_ENOENT;
	if (!leg->referred)
		return USHER_ESTATE;
	if (status != 202 && (status < 400 || status > 699))
		return USHER_EINVAL;
	leg->referred = false;
	usher__ua_reply(ua, leg->refer, status, NULL);
	if (status == 202) {
		leg->refer_sub = true;
		(void)usher__leg_refer_notify(ua, id, 100);
	}
	return 0;
}

void usher__leg_referred(struct usher__leg *leg, const struct sip_msg *msg)
{
	const struct sip_hdr *hdr = sip_msg_hdr(msg, SIP_HDR_REFER_TO);
	struct usher__leg_event event = {.type = USHER__LEG_REFER};
	char target[USHER__UA_MAX_URI], user[USHER__UA_MAX_NAME];
	char host[USHER__UA_MAX_NAME];
	struct usher__ua *ua = leg->ua;
	struct sip_addr addr;

	if (!hdr || sip_msg_hdr_count(msg, SIP_HDR_REFER_TO) != 1 ||
	    sip_addr_decode(&addr, &hdr->val) ||
	    !usher__pl_copy(target, sizeof(target), &addr.auri) ||
	    !usher__pl_user(user, sizeof(user), &addr.uri.user) ||
	    !usher__pl_copy(host, sizeof(host), &addr.uri.host)) {
		usher__ua_reply(ua, msg, 400, NULL);
		return;
	}
	if (leg->state != USHER__LEG_UP || leg->refer_sub || leg->referred ||
	    leg->ended) {
		usher__ua_reply(ua, msg, 491, NULL);
		return;
	}
	/* With Replaces it is an attended transfer, which nobody here does. */
	if (pl_isset(&addr.uri.headers)) {
		usher__ua_reply(ua, msg, 501, NULL);
		return;
	}
	event.target = target;
	event.target_user = user;
	event.target_host = host;
	mem_ref(leg);
	leg->referred = true;
	leg->refer = mem_ref((void *)msg);
	usher__leg_tell(leg, &event);
	if (leg->referred)
		usher__ua_reply(ua, msg, 603, NULL);
	leg->referred = false;
	leg->refer = mem_deref(leg->refer);
	mem_deref(leg);
}

/* ---- REFER out, and what the peer notifies us of ---- */

static void tell_refer(struct usher__leg *leg, uint16_t status)
{
	struct usher__leg_event event = {.type = USHER__LEG_REFER_STATUS};

	event.status = status;
	usher__leg_tell(leg, &event);
}

static void refer_response(int err, const struct sip_msg *msg, void *arg)
{
	struct usher__leg *leg = arg;

	if (!err && msg->scode < 200)
		return;
	if (!err && msg->scode < 300)
		leg->auth_tries = 0;
	else
		leg->refer_out = false;
	tell_refer(leg, err ? 408 : msg->scode);
}

int usher__leg_refer(struct usher__ua *ua, uint64_t id, const char *target)
{
	struct usher__leg *leg = usher__leg_find(ua, id);

	if (!leg)
		return USHER_ENOENT;
	if (!target || !*target || !usher__text_ok(target) ||
	    str_len(target) >= USHER__UA_MAX_URI || strchr(target, '>'))
		return USHER_EINVAL;
	if (leg->state != USHER__LEG_UP)
		return USHER_ESTATE;
	if (leg->side || leg->refer_out)
		return USHER_EBUSY;
	if (sip_drequestf(&leg->side, ua->sip, true, "REFER", leg->dlg, 0,
			  leg->auth, usher__leg_contact_handler,
			  refer_response, leg,
			  "Refer-To: <%s>\r\nReferred-By: <sip:%s@%s>\r\n"
			  "Content-Length: 0\r\n\r\n",
			  target, leg->contact ? leg->contact : "usher",
			  ua->local_ip))
		return USHER_EIO;
	leg->refer_out = true;
	return 0;
}

void usher__leg_notified(struct usher__leg *leg, const struct sip_msg *msg)
{
	struct pl body = usher__msg_body(msg), code;

	if (!leg->refer_out) {
		usher__ua_reply(leg->ua, msg, 481, NULL);
		return;
	}
	if (re_regex(body.p, body.l, "SIP/2.0 [0-9]3", &code)) {
		usher__ua_reply(leg->ua, msg, 400, NULL);
		return;
	}
	usher__ua_reply(leg->ua, msg, 200, NULL);
	if (pl_u32(&code) >= 200)
		leg->refer_out = false;
	if (pl_u32(&code) > 100)
		tell_refer(leg, (uint16_t)pl_u32(&code));
}

/* ---- INFO ---- */

static void info_response(int err, const struct sip_msg *msg, void *arg)
{
	(void)err;
	(void)msg;
	(void)arg;
}

int usher__leg_info(struct usher__ua *ua, uint64_t id, char digit,
		    uint32_t duration_ms)
{
	struct usher__leg *leg = usher__leg_find(ua, id);
	char body[NOTIFY_MAX];

	if (!leg)
		return USHER_ENOENT;
	if (!digit || !strchr("0123456789*#ABCD", digit))
		return USHER_EINVAL;
	if (leg->state != USHER__LEG_UP)
		return USHER_ESTATE;
	if (leg->side)
		return USHER_EBUSY;
	(void)re_snprintf(body, sizeof(body), "Signal=%c\r\nDuration=%u\r\n",
			  digit, duration_ms ? duration_ms : DIGIT_MS_DEFAULT);
	return sip_drequestf(&leg->side, ua->sip, true, "INFO", leg->dlg, 0,
			     leg->auth, usher__leg_contact_handler,
			     info_response, leg,
			     "Content-Type: application/dtmf-relay\r\n"
			     "Content-Length: %zu\r\n\r\n%s",
			     str_len(body), body)
		       ? USHER_EIO
		       : 0;
}

static char info_digit(const struct sip_msg *msg, uint32_t *duration_ms)
{
	struct pl body = usher__msg_body(msg), sig, dur;
	char c;

	*duration_ms = DIGIT_MS_DEFAULT;
	if (msg_ctype_cmp(&msg->ctyp, "application", "dtmf-relay")) {
		if (re_regex(body.p, body.l, "Signal[ ]*=[ ]*[0-9*#A-Da-d]1",
			     NULL, NULL, &sig))
			return '\0';
		if (!re_regex(body.p, body.l, "Duration[ ]*=[ ]*[0-9]+", NULL,
			      NULL, &dur) &&
		    pl_u32(&dur) <= DIGIT_MS_MAX)
			*duration_ms = pl_u32(&dur);
	} else if (msg_ctype_cmp(&msg->ctyp, "application", "dtmf")) {
		if (re_regex(body.p, body.l, "[0-9*#A-Da-d]1", &sig))
			return '\0';
	} else {
		return '\0';
	}
	c = *sig.p;
	return c >= 'a' ? (char)(c - 'a' + 'A') : c;
}

void usher__leg_informed(struct usher__leg *leg, const struct sip_msg *msg)
{
	struct usher__leg_event event = {.type = USHER__LEG_DIGIT};

	event.digit = info_digit(msg, &event.duration_ms);
	if (!event.digit) {
		leg->ua->n.unsupported++;
		usher__ua_reply(leg->ua, msg,
				usher__msg_body(msg).l ? 415 : 200, NULL);
		return;
	}
	usher__ua_reply(leg->ua, msg, 200, NULL);
	usher__leg_tell(leg, &event);
}
