/* Why a call ends, by Reason (RFC 3326): ours to phones that another one was
 * faster than, and what peers say in CANCEL and BYE. The BYE is for a 200 that
 * crossed our CANCEL, or came of who was given up as silent.
 *
 * libre makes CANCELs itself, maybe long after it was asked to (RFC 3261, 9.1:
 * not before a response), and tells nothing of those that come. So ours get
 * their line on the way out (wrap.c), and of what comes the line is kept as it
 * is decoded, right before libre handles it. */
#include <string.h>

#include <sip/legimpl.h>

#define ELSEWHERE "Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n"

/* Legs of this thread's that have no final response yet: those that were
 * answered elsewhere, and those that may still be, as nothing has come of them
 * when they were given up. */
static _Thread_local struct list canceled;

int usher__leg_elsewhere(struct usher__ua *ua, uint64_t id)
{
	struct usher__leg *leg = usher__leg_find(ua, id);

	if (!leg)
		return USHER_ENOENT;
	if (leg->state != USHER__LEG_CALLING &&
	    leg->state != USHER__LEG_PROCEEDING)
		return USHER_ESTATE;
	leg->elsewhere = true;
	if (!leg->le_elsewhere.list)
		list_append(&canceled, &leg->le_elsewhere, leg);
	return 0;
}

void usher__leg_unheard(struct usher__leg *leg)
{
	if (leg->state == USHER__LEG_CALLING && leg->caller &&
	    !leg->le_elsewhere.list)
		list_append(&canceled, &leg->le_elsewhere, leg);
}

void usher__leg_completed(const struct usher__leg *leg)
{
	const struct le *le;

	for (le = leg->caller ? canceled.head : NULL; le; le = le->next) {
		struct usher__leg *other = le->data;

		other->elsewhere =
			other->elsewhere ||
			(other->ua == leg->ua && other->caller == leg->caller);
	}
}

const char *usher__leg_why(const struct usher__leg *leg)
{
	return leg->elsewhere ? ELSEWHERE : "";
}

static bool was_answered(const struct pl *call_id)
{
	const struct le *le;

	for (le = canceled.head; le; le = le->next) {
		const struct usher__leg *leg = le->data;

		if (leg->elsewhere &&
		    !pl_strcmp(call_id, sip_dialog_callid(leg->dlg)))
			return true;
	}
	return false;
}

struct mbuf *usher__cancel_explained(const struct mbuf *mb)
{
	static const char method[] = "CANCEL ";
	const char *text = (const char *)mbuf_buf(mb), *end;
	size_t len = mbuf_get_left(mb);
	struct mbuf *ret;
	struct pl call_id;
	bool within;

	if (!canceled.head || len < sizeof(method) ||
	    memcmp(text, method, sizeof(method) - 1) ||
	    !usher__guard_call_id(text, len, &call_id, &within) ||
	    !was_answered(&call_id))
		return NULL;
	end = memmem(text, len, "\r\n\r\n", 4);
	ret = end ? mbuf_alloc(len + sizeof(ELSEWHERE)) : NULL;
	if (!ret)
		return NULL;
	end += 2;
	(void)mbuf_write_mem(ret, (const uint8_t *)text, (size_t)(end - text));
	(void)mbuf_write_str(ret, ELSEWHERE);
	(void)mbuf_write_mem(ret, (const uint8_t *)end,
			     len - (size_t)(end - text));
	ret->pos = 0;
	return ret;
}

/* ---- what comes ---- */

static _Thread_local char kept[USHER__REASON_MAX];

bool usher__reason_of(const struct sip_msg *msg, char *ret, size_t size)
{
	static const char *const protocols[] = {"SIP", "Q.850", "Preemption"};
	const struct sip_hdr *hdr = sip_msg_hdr(msg, SIP_HDR_REASON);
	struct pl protocol, params, cause;
	size_t i;

	*ret = '\0';
	if (!hdr ||
	    re_regex(hdr->val.p, hdr->val.l, "[^; \t\r\n]+[ \t\r\n]*[^]*",
		     &protocol, NULL, &params) ||
	    msg_param_decode(&params, "cause", &cause) ||
	    !usher__pl_decimal(&cause, 999))
		return false;
	for (i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (!pl_strcasecmp(&protocol, protocols[i]))
			return re_snprintf(ret, size, "%s;cause=%u",
					   protocols[i], pl_u32(&cause)) > 0;
	return false;
}

void usher__reason_keep(const struct sip_msg *msg)
{
	kept[0] = '\0';
	if (msg->req && !pl_strcmp(&msg->met, "CANCEL"))
		(void)usher__reason_of(msg, kept, sizeof(kept));
}

void usher__reason_kept(struct pl *ret)
{
	pl_set_str(ret, kept);
}
