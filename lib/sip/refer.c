/* Transfer by REFER within a call (RFC 3515), in both directions; attended
 * where Refer-To has a Replaces (RFC 5589). */
#include <string.h>

#include <sip/legimpl.h>

enum { NOTIFY_MAX = 64 };

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
	usher__leg_notify_due(leg);
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
	if (status != 202) {
		usher__ua_deny(ua, leg->refer, status, USHER__NOTE_UNSUPPORTED,
			       "a transfer", NULL);
		return 0;
	}
	usher__ua_reply(ua, leg->refer, 202, NULL);
	leg->refer_sub = true;
	(void)usher__leg_refer_notify(ua, id, 100);
	return 0;
}

/* Of the headers in the URI only Replaces is for us, and only once. */
static int read_replaces(struct pl headers, char *ret, size_t size)
{
	struct usher__replaces replaces;
	struct pl one, value;
	const char *and, *eq;

	if (headers.l && *headers.p == '?')
		pl_advance(&headers, 1);
	*ret = '\0';
	while (headers.l) {
		one = headers;
		and = pl_strchr(&headers, '&');
		if (and)
			one.l = (size_t)(and-one.p);
		pl_advance(&headers, (ssize_t)(and? one.l + 1 : one.l));
		eq = pl_strchr(&one, '=');
		if (!eq)
			continue;
		value.p = eq + 1;
		value.l = (size_t)(one.p + one.l - value.p);
		one.l = (size_t)(eq - one.p);
		if (pl_strcasecmp(&one, "Replaces"))
			continue;
		if (*ret || !usher__pl_user(ret, size, &value))
			return USHER_EPROTO;
		pl_set_str(&one, ret);
		if (usher__replaces_read(&one, &replaces))
			return USHER_EPROTO;
	}
	return *ret ? 0 : USHER_ENOTSUP;
}

/* RFC 3515, 2.1: one, and no list of them. */
static bool is_single(const struct pl *value)
{
	struct pl rest = *value, one;

	return usher__list_next(&rest, &one) && one.l == value->l;
}

/* A URI may ask for another request than INVITE (RFC 3261, 19.1.1). */
static bool wants_other(const struct uri *uri)
{
	struct pl method;

	return !msg_param_decode(&uri->params, "method", &method) &&
	       pl_strcasecmp(&method, "INVITE");
}

/* Whom to call, as text that fits and has nothing to hide. */
int usher__refer_target(const struct pl *value, struct usher__target *ret)
{
	struct sip_addr addr;
	const char *query;

	if (!is_single(value) || sip_addr_decode(&addr, value) ||
	    !usher__uri_ok(&addr.auri))
		return USHER_EPROTO;
	if (wants_other(&addr.uri))
		return USHER_ENOTSUP;
	query = pl_strchr(&addr.auri, '?');
	if (query)
		addr.auri.l = (size_t)(query - addr.auri.p);
	if (!usher__pl_copy(ret->uri, sizeof(ret->uri), &addr.auri) ||
	    !usher__uri_user(ret->user, sizeof(ret->user), &addr.uri) ||
	    !usher__pl_copy(ret->host, sizeof(ret->host), &addr.uri.host))
		return USHER_EPROTO;
	if (usher__uri_tel(&addr.uri))
		ret->host[0] = '\0';
	ret->replaces[0] = '\0';
	return pl_isset(&addr.uri.headers)
		       ? read_replaces(addr.uri.headers, ret->replaces,
				       sizeof(ret->replaces))
		       : 0;
}

/* Attended: the leg of ours that it names, or 0. */
static uint64_t other_leg(struct usher__ua *ua, const char *text,
			  const struct usher__leg *leg)
{
	struct usher__replaces replaces;
	struct usher__leg *other;
	struct pl pl;

	pl_set_str(&pl, text);
	if (!*text || usher__replaces_read(&pl, &replaces))
		return 0;
	other = usher__replaces_find(ua, &replaces);
	return other && other != leg && !other->ended ? other->id : 0;
}

void usher__leg_referred(struct usher__leg *leg, const struct sip_msg *msg)
{
	const struct sip_hdr *hdr = sip_msg_hdr(msg, SIP_HDR_REFER_TO);
	struct usher__leg_event event = {.type = USHER__LEG_REFER};
	struct usher__ua *ua = leg->ua;
	struct usher__target target;
	int err = USHER_EPROTO;

	if (hdr && sip_msg_hdr_count(msg, SIP_HDR_REFER_TO) == 1)
		err = usher__refer_target(&hdr->val, &target);
	if (err == USHER_EPROTO) {
		usher__ua_deny(ua, msg, 400, USHER__NOTE_MALFORMED,
			       "no one address to refer to", NULL);
		return;
	}
	if (leg->state != USHER__LEG_UP || leg->refer_sub || leg->referred ||
	    leg->ended) {
		usher__ua_deny(ua, msg, 491, USHER__NOTE_GLARE,
			       "a transfer while another is open", NULL);
		return;
	}
	if (err) {
		usher__ua_deny(ua, msg, 501, USHER__NOTE_UNSUPPORTED,
			       "a transfer with headers", NULL);
		return;
	}
	event.target = target.uri;
	event.target_user = target.user;
	event.target_host = target.host;
	event.other = other_leg(ua, target.replaces, leg);
	if (target.replaces[0] && !event.other)
		event.replaces = target.replaces;
	mem_ref(leg);
	leg->referred = true;
	leg->refer = mem_ref((void *)msg);
	usher__leg_tell(leg, &event);
	if (leg->referred)
		usher__ua_deny(ua, msg, 603, USHER__NOTE_UNSUPPORTED,
			       "a transfer", NULL);
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

static void refer_done(struct usher__leg *leg, uint16_t status)
{
	if (status >= 300)
		leg->refer_out = false;
	tell_refer(leg, status);
}

int usher__leg_refer(struct usher__ua *ua, uint64_t id, const char *target)
{
	struct usher__leg *leg = usher__leg_find(ua, id);
	struct pl user, host;
	int err;

	if (!leg)
		return USHER_ENOENT;
	if (!target || !*target || !usher__text_ok(target) ||
	    str_len(target) >= USHER__UA_MAX_URI || strchr(target, '>'))
		return USHER_EINVAL;
	if (leg->state != USHER__LEG_UP)
		return USHER_ESTATE;
	if (leg->side || leg->refer_out)
		return USHER_EBUSY;
	pl_set_str(&user, leg->contact ? leg->contact : "usher");
	pl_set_str(&host, ua->local_ip);
	err = usher__leg_side(leg, "REFER", refer_done,
			      "Refer-To: <%s>\r\nReferred-By: <sip:%H@%H>\r\n"
			      "Content-Length: 0\r\n\r\n",
			      target, uri_user_escape, &user,
			      usher__host_print, &host);
	leg->refer_out = !err;
	return err;
}

void usher__leg_notified(struct usher__leg *leg, const struct sip_msg *msg)
{
	struct pl body = usher__msg_body(msg), code;

	if (!leg->refer_out) {
		usher__ua_deny(leg->ua, msg, 481, USHER__NOTE_UNEXPECTED,
			       "nothing was asked for", NULL);
		return;
	}
	if (re_regex(body.p, body.l, "SIP/2.0 [0-9]3", &code)) {
		usher__ua_deny(leg->ua, msg, 400, USHER__NOTE_MALFORMED,
			       "no status", NULL);
		return;
	}
	usher__ua_reply(leg->ua, msg, 200, NULL);
	if (pl_u32(&code) >= 200)
		leg->refer_out = false;
	if (pl_u32(&code) > 100)
		tell_refer(leg, (uint16_t)pl_u32(&code));
}

int usher__leg_refer_to(struct usher__ua *ua, uint64_t id, uint64_t other_id)
{
	struct usher__leg *other = usher__leg_find(ua, other_id);

	if (!other || !usher__leg_find(ua, id))
		return USHER_ENOENT;
	if (id == other_id)
		return USHER_EINVAL;
	if (!other->name || other->state != USHER__LEG_UP)
		return USHER_ESTATE;
	return usher__leg_refer(ua, id, other->name);
}
