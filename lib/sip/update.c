/* The peer's UPDATE (RFC 3311), before and after the answer: another
 * description, another Contact, or only a sign that its session goes on. Ours
 * are sent by reinvite.c (hold before the answer) and refresh.c.
 *
 * One offer at a time: where ours is open the peer's gets 491, where the
 * peer's own is not answered yet it gets 500 and is to come later (5.2). */
#include <stdio.h>

#include <sip/legimpl.h>

void usher__leg_learn(struct usher__leg *leg, const struct sip_msg *msg)
{
	if (sip_msg_hdr(msg, SIP_HDR_ALLOW))
		leg->peer_update =
			sip_msg_hdr_has_value(msg, SIP_HDR_ALLOW, "UPDATE");
}

/* 0: the peer may offer; or the status that says why not. */
static uint16_t offer_status(const struct usher__leg *leg,
			     const struct sip_msg *msg)
{
	if (leg->offer_state == USHER__OFFER_SENT || leg->ack_answer)
		return 491;
	switch (leg->state) {
	case USHER__LEG_INCOMING:
	case USHER__LEG_ALERTING:
		if (leg->rel.answered)
			return 0;
		return leg->offered ? 491 : 500;
	case USHER__LEG_CALLING:
	case USHER__LEG_PROCEEDING:
		return usher__branch_answered(leg, msg) ? 0 : 491;
	default:
		return 0;
	}
}

int usher__leg_offer_now(struct usher__leg *leg, const struct sip_msg *msg,
			 char *sdp, size_t *len)
{
	uint16_t status = offer_status(leg, msg);
	char more[32] = "";

	if (!status)
		return usher__leg_take_offer(leg, msg, sdp, len);
	if (status == 500)
		(void)snprintf(more, sizeof(more), "Retry-After: %u\r\n",
			       rand_u32() % (USHER__RETRY_AFTER_MAX_S + 1));
	usher__ua_deny(leg->ua, msg, status, USHER__NOTE_GLARE,
		       "an offer while another is open", more);
	return USHER_EBUSY;
}

static bool over(const struct usher__leg *leg)
{
	return leg->ended || leg->state == USHER__LEG_LEAVING ||
	       leg->state == USHER__LEG_CANCELING ||
	       leg->state == USHER__LEG_CLOSING;
}

void usher__leg_updated(struct usher__leg *leg, const struct sip_msg *msg)
{
	struct sip_dialog *dlg = usher__branch_dialog(leg, msg);
	bool confirmed = leg->state == USHER__LEG_UP ||
			 leg->state == USHER__LEG_ACCEPTED;
	struct usher__session_terms terms = usher__session_terms(leg);
	char sdp[USHER__SDP_TEXT_MAX];
	size_t len = 0;

	if (over(leg)) {
		usher__ua_deny(leg->ua, msg, 481, USHER__NOTE_UNEXPECTED,
			       "the call is over", NULL);
		return;
	}
	/* A session begins with the 200 to the INVITE. */
	if (confirmed && usher__session_admit(leg, msg))
		return;
	if (usher__msg_has_body(msg)) {
		if (usher__leg_offer_now(leg, msg, sdp, &len)) {
			usher__session_restore(leg, &terms);
			return;
		}
		usher__branch_changed(leg, msg, true);
	}
	usher__leg_learn(leg, msg);
	usher__dialog_update(dlg, msg, leg->near);
	usher__leg_reply_200(leg, msg, sdp, len);
	if (confirmed)
		usher__session_start(leg);
	/* Before the answer it is told with that. */
	if (len && leg->state == USHER__LEG_UP)
		usher__leg_tell_changes(leg);
}

int usher__leg_take_offer(struct usher__leg *leg, const struct sip_msg *msg,
			  char *sdp, size_t *len)
{
	struct usher__leg_media before = {.savp = false};
	uint8_t dir = leg->dir;
	struct usher__refusal refusal = {0};
	uint16_t status;

	if (usher__branch_enter(leg, msg)) {
		usher__ua_deny(leg->ua, msg, 500, USHER__NOTE_LIMIT,
			       "no memory", NULL);
		return USHER_ENOMEM;
	}
	usher__leg_media_keep(leg, &before);
	status = usher__leg_take_sdp(leg, msg, &refusal);
	if (!status && usher__leg_apply(leg, false)) {
		refusal.note = USHER__NOTE_UNSUPPORTED;
		refusal.why = "an address that media cannot use";
		status = 488;
	}
	if (status)
		usher__leg_media_take(leg, &before);
	else if (usher__leg_video_other(leg, &before))
		leg->video_new = true;
	usher__leg_media_clear(&before);
	if (status) {
		leg->dir = dir;
		usher__ua_deny(leg->ua, msg, status, refusal.note, refusal.why,
			       refusal.more);
		return USHER_ENOTSUP;
	}
	*len = usher__leg_sdp_answer(leg, sdp);
	return 0;
}

int usher__session_admit(struct usher__leg *leg, const struct sip_msg *msg)
{
	uint16_t status = usher__session_take(leg, msg);
	char more[USHER__SESSION_LINE];

	if (!status)
		return 0;
	usher__session_min(leg->ua, more, sizeof(more));
	usher__ua_deny(leg->ua, msg, status,
		       status == 400 ? USHER__NOTE_MALFORMED
				     : USHER__NOTE_UNSUPPORTED,
		       "a session interval", status == 422 ? more : NULL);
	return USHER_EPROTO;
}
