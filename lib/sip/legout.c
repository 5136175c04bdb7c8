/* Outbound legs: INVITE, what comes back, ACK, CANCEL by libre's request. */
#include <sip/legimpl.h>

/* ---- ACK ---- */

static void forget_again(void *arg)
{
	struct usher__leg *leg = arg;

	leg->again = mem_deref(leg->again);
	leg->half = mem_deref(leg->half);
	usher__branches_flush(leg);
}

static int keep_ack(enum sip_transp tp, const struct sa *src,
		    const struct sa *dst, struct mbuf *mb, void *arg)
{
	struct usher__leg *leg = arg;

	(void)src;
	mem_deref(leg->again);
	leg->again = mem_ref(mb);
	leg->again_tp = tp;
	leg->again_dst = *dst;
	tmr_start(&leg->again_tmr, 64 * SIP_T1, forget_again, leg);
	return 0;
}

void usher__leg_ack(struct usher__leg *leg, const struct sip_msg *msg)
{
	struct usher__request how;

	leg->again_cseq = msg->cseq.num;
	usher__leg_request(&how, leg, leg->dlg, "ACK");
	how.cseq = msg->cseq.num;
	how.stateless = true;
	how.sendh = keep_ack;
	(void)usher__request(&leg->ack_req, &how, "Content-Length: 0\r\n\r\n");
}

/* A 200 that came again: our ACK was lost. */
void usher__leg_ack_again(struct usher__leg *leg, const struct sip_msg *msg)
{
	if (!leg->again || leg->again_cseq != msg->cseq.num)
		return;
	leg->ua->n.retransmitted++;
	leg->again->pos = 0;
	(void)sip_send(leg->ua->sip, NULL, leg->again_tp, &leg->again_dst,
		       leg->again);
}

/* ---- INVITE ---- */

static void failed(struct usher__leg *leg, enum usher__leg_cause cause,
		   uint16_t status, const struct pl *reason)
{
	if (!usher__leg_take(leg, USHER__IN_FAILURE))
		return;
	usher__leg_over(leg, cause, status, reason);
	usher__leg_dispose(leg);
}

/* An early answer; where it is none, all is as before. */
static bool hear(struct usher__leg *leg, const struct sip_msg *msg)
{
	struct usher__leg_media before = {.savp = false};
	bool heard;

	usher__leg_media_keep(leg, &before);
	heard = !usher__branch_enter(leg, msg) &&
		!usher__leg_peer_sdp(leg, msg) && !usher__leg_apply(leg, true);
	if (!heard)
		usher__leg_media_take(leg, &before);
	usher__leg_media_clear(&before);
	return heard;
}

static void progress(struct usher__leg *leg, const struct sip_msg *msg)
{
	struct usher__leg_event event = {.type = USHER__LEG_PROGRESS};

	if (!usher__leg_take(leg, USHER__IN_PROVISIONAL) || leg->ended)
		return;
	if (msg->scode == 100 || !usher__branch_confirm(leg, msg))
		return;
	if (usher__msg_has_sdp(msg) && hear(leg, msg)) {
		leg->early = true;
		usher__branch_keep(leg, msg);
	}
	event.status = msg->scode;
	event.early = leg->early;
	usher__leg_tell(leg, &event);
}

static void declined(int err, const struct sip_msg *msg, void *arg)
{
	struct usher__leg *leg = arg;

	if (!err && msg->scode < 200)
		return;
	if (usher__leg_take(leg, USHER__IN_CLOSED))
		usher__leg_dispose(leg);
}

/* Its 200 does not say where it is: it has a call, and is told that it has
 * none, where that 200 came from. */
static void decline(struct usher__leg *leg, const struct sip_msg *msg)
{
	(void)usher__leg_take(leg, USHER__IN_HANGUP);
	usher__leg_over(leg, USHER__CAUSE_UNREACHABLE, 0, NULL);
	leg->half = mem_ref(leg->dlg); /* the 200 may come again */
	leg->req = mem_deref(leg->req);
	if (usher__dialog_decline(&leg->req, leg->ua, msg, declined, leg) &&
	    usher__leg_take(leg, USHER__IN_CLOSED))
		usher__leg_dispose(leg);
}

static void answered(struct usher__leg *leg, const struct sip_msg *msg)
{
	struct usher__leg_event event = {.type = USHER__LEG_ANSWERED};

	if (!usher__leg_take(leg, USHER__IN_SUCCESS))
		return;
	tmr_cancel(&leg->deadline);
	leg->headers = mem_deref(leg->headers);
	leg->asserted = mem_deref(leg->asserted);
	leg->target = mem_deref(leg->target);
	leg->redirect = mem_deref(leg->redirect);
	leg->auth_tries = 0;
	if (usher__branch_establish(leg, msg)) {
		decline(leg, msg);
		return;
	}
	usher__leg_ack(leg, msg);
	if (leg->state == USHER__LEG_CLOSING) { /* it crossed our CANCEL */
		usher__leg_bye(leg);
		return;
	}
	if (usher__branch_settle(leg, msg)) {
		(void)usher__leg_take(leg, USHER__IN_HANGUP);
		usher__leg_over(leg, USHER__CAUSE_MEDIA, 488, NULL);
		usher__leg_bye(leg);
		return;
	}
	event.status = msg->scode;
	usher__leg_completed(leg);
	usher__leg_learn(leg, msg);
	usher__leg_name_dialog(leg, msg);
	usher__session_answered(leg, msg);
	usher__leg_watch(leg);
	usher__leg_tell(leg, &event);
	if (!leg->ended)
		usher__leg_tell_changes(leg);
}

/* 0: the call goes on, elsewhere. A person's no is for everywhere. */
static int redirected(struct usher__leg *leg, const struct sip_msg *msg)
{
	if (msg && msg->scode >= 600)
		return USHER_EPERM;
	if (msg)
		(void)usher__redirect_take(leg, msg);
	while (!usher__redirect_next(leg))
		if (!usher__leg_invite(leg))
			return 0;
	return USHER_ENOENT;
}

/* The same place, with what it wants to have. */
static bool may_ask_again(struct usher__leg *leg, const struct sip_msg *msg)
{
	switch (msg->scode) {
	case 401:
	case 407:
		return !usher__leg_retry_auth(leg, msg, &leg->auth_tries);
	case 422:
		return !usher__session_more(leg, msg);
	case 488:
	case 606:
		return !usher__leg_insist(leg);
	default:
		return false;
	}
}

static void invite_response(int err, const struct sip_msg *msg, void *arg)
{
	struct usher__leg *leg = arg;

	if (err) {
		if (leg->ended || redirected(leg, NULL))
			failed(leg, USHER__CAUSE_UNREACHABLE,
			       err == ETIMEDOUT ? 408 : 503, NULL);
		else
			usher__leg_ring_again(leg);
		return;
	}
	usher__leg_ring_heard(leg);
	if (msg->scode < 200) {
		progress(leg, msg);
		return;
	}
	if (msg->scode < 300) {
		answered(leg, msg);
		return;
	}
	if (!leg->ended && may_ask_again(leg, msg) &&
	    !usher__leg_invite(leg)) {
		usher__leg_ring_again(leg);
		return;
	}
	if (!leg->ended && !redirected(leg, msg)) {
		usher__leg_ring_again(leg);
		return;
	}
	usher__trunk_refused(leg, msg);
	failed(leg, USHER__CAUSE_REFUSED, msg->scode, &msg->reason);
}

int usher__leg_invite(struct usher__leg *leg)
{
	char sdp[USHER__SDP_TEXT_MAX];
	size_t len = usher__leg_offer(leg, sdp, USHER__SENDRECV);
	struct usher__request how;
	int err;

	usher__branches_flush(leg); /* of the one before */
	usher__leg_request(&how, leg, leg->dlg, "INVITE");
	how.sendh = usher__leg_contact_handler;
	how.resph = invite_response;
	how.forwards = leg->forwards;
	err = usher__request(&leg->req, &how,
			     "%s%s" USHER__SIP_ALLOW USHER__SIP_SUPPORTED
			     "%HContent-Type: application/sdp\r\n"
			     "Content-Length: %zu\r\n\r\n%b",
			     leg->headers ? leg->headers : "",
			     leg->asserted ? leg->asserted : "",
			     usher__session_ask, leg, len, sdp, len);
	return err ? USHER_EIO : 0;
}
