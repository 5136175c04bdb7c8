/* Offers and answers within a call: hold and resume from either side.
 *
 * Of our own re-INVITE, or before the answer UPDATE (RFC 3311):
 *   NONE --hold(), refresh()--> SENT --2xx, failure--> NONE
 *                    SENT --491, 500 with Retry-After--> WAIT --a while-->
 * SENT While SENT or WAIT, hold() is USHER_EBUSY; while SENT, the peer's
 * re-INVITE gets 491 (RFC 3261, 14.2). After USHER__GLARES_MAX of them we
 * give it up.
 */
#include <string.h>

#include <sip/legimpl.h>

static int send_offer(struct usher__leg *leg);

static void done(struct usher__leg *leg, uint16_t status)
{
	struct usher__leg_event event = {
		.type = USHER__LEG_HOLD_DONE,
		.status = status,
		.held = leg->offer_hold,
	};
	bool refresh = leg->offer_refresh;

	leg->offer_state = USHER__OFFER_NONE;
	usher__leg_offer_due(leg);
	/* That a session was not refreshed is for its timer to see. */
	if (!refresh)
		usher__leg_tell(leg, &event);
}

/* Where an offer of ours can go before the answer, or NULL. */
static struct sip_dialog *early_dialog(const struct usher__leg *leg)
{
	if (leg->outbound)
		return usher__branch_heard(leg);
	return leg->state == USHER__LEG_ALERTING && leg->peer_update &&
			       leg->rel.answered && !leg->rel.open
		       ? leg->dlg
		       : NULL;
}

static void again_handler(void *arg)
{
	struct usher__leg *leg = arg;

	/* The peer's own has not had its ACK: one at a time, both ways. */
	if (leg->invite && leg->state == USHER__LEG_UP) {
		tmr_start(&leg->glare_tmr, SIP_T1, again_handler, leg);
		return;
	}
	if (send_offer(leg))
		done(leg, 500);
}

static void wait(struct usher__leg *leg, uint32_t wait_ms)
{
	leg->offer_state = USHER__OFFER_WAIT;
	tmr_start(&leg->glare_tmr, wait_ms, again_handler, leg);
}

/* RFC 3261, 14.1: the owner of the Call-ID waits longer, so that the two
 * sides do not collide for ever. */
static void glare(struct usher__leg *leg)
{
	uint32_t wait_ms = (rand_u32() % 200) * 10;

	if (leg->outbound)
		wait_ms = 2100 + (rand_u32() % 190) * 10;
	leg->ua->n.glares++;
	wait(leg, wait_ms);
}

/* Not now, says the peer: 0, or it means never. */
static int later(struct usher__leg *leg, const struct sip_msg *msg)
{
	const struct sip_hdr *hdr = sip_msg_hdr(msg, SIP_HDR_RETRY_AFTER);
	struct pl num;

	if (leg->offer_tries >= USHER__GLARES_MAX)
		return USHER_EPERM;
	if (msg->scode == 491) {
		leg->offer_tries++;
		glare(leg);
		return 0;
	}
	if (msg->scode != 500 || !hdr)
		return USHER_EPERM;
	num = hdr->val;
	for (num.l = 0; num.l < hdr->val.l; num.l++)
		if (num.p[num.l] < '0' || num.p[num.l] > '9')
			break;
	if (!usher__pl_decimal(&num, USHER__RETRY_AFTER_MAX_S))
		return USHER_EPERM;
	leg->offer_tries++;
	wait(leg, pl_u32(&num) * 1000);
	return 0;
}

static bool of_invite(const struct sip_msg *msg)
{
	return !pl_strcmp(&msg->cseq.met, "INVITE");
}

static void accepted(struct usher__leg *leg, const struct sip_msg *msg)
{
	struct usher__leg_media before = {.savp = false};
	bool held = leg->we_hold;

	/* The branch that our offer was for, whoever was heard since. */
	(void)usher__branch_enter(leg, msg);
	usher__leg_media_keep(leg, &before);
	usher__dialog_update(usher__branch_dialog(leg, msg), msg, leg->near);
	if (of_invite(msg))
		usher__leg_ack(leg, msg);
	leg->auth_tries = 0;
	if (leg->state == USHER__LEG_UP)
		usher__session_answered(leg, msg);
	leg->we_hold = leg->offer_hold;
	if (!usher__msg_has_sdp(msg) || usher__leg_peer_sdp(leg, msg) ||
	    usher__leg_apply(leg, true)) {
		/* Media goes on as before. */
		leg->we_hold = held;
		usher__leg_media_take(leg, &before);
		(void)usher__leg_apply(leg, true);
		usher__leg_media_clear(&before);
		done(leg, 488);
		return;
	}
	usher__leg_media_clear(&before);
	usher__branch_changed(leg, msg, false);
	done(leg, 200);
	if (!leg->ended && leg->state == USHER__LEG_UP)
		usher__leg_tell_changes(leg);
}

static void response_handler(int err, const struct sip_msg *msg, void *arg)
{
	struct usher__leg *leg = arg;

	if (!err && msg->scode < 200)
		return;
	if (leg->ended) {
		/* BYE overtook it; a 200 still wants its ACK. */
		if (!err && msg->scode < 300 && of_invite(msg))
			usher__leg_ack(leg, msg);
		return;
	}
	if (!err && msg->scode < 300) {
		accepted(leg, msg);
		return;
	}
	if (!err &&
	    (((msg->scode == 401 || msg->scode == 407) &&
	      !usher__leg_retry_auth(leg, msg, &leg->auth_tries)) ||
	     (msg->scode == 422 && !usher__session_more(leg, msg))) &&
	    !send_offer(leg))
		return;
	if (!err && !later(leg, msg))
		return;
	/* The dialog is gone over there (RFC 3261, 12.2.1.2). */
	if (leg->state == USHER__LEG_UP &&
	    (err || msg->scode == 481 || msg->scode == 408)) {
		usher__leg_lost(leg, err ? 408 : msg->scode);
		return;
	}
	done(leg, err ? 408 : msg->scode);
}

static int send_offer(struct usher__leg *leg)
{
	uint8_t dir = leg->offer_hold ? USHER__SENDONLY : USHER__SENDRECV;
	bool up = leg->state == USHER__LEG_UP;
	struct sip_dialog *dlg = up ? leg->dlg : early_dialog(leg);
	struct usher__request how;
	char sdp[USHER__SDP_TEXT_MAX];
	size_t len;

	if (!dlg)
		return USHER_ESTATE;
	if (!up)
		usher__branch_enter_heard(leg);
	/* Held by the peer, we may not ask to send. */
	if (leg->peer_holds)
		dir &= leg->offer_hold ? USHER__INACTIVE : USHER__RECVONLY;
	len = usher__leg_reoffer(leg, sdp, dir,
				 leg->offer_refresh && !leg->offer_changed);
	usher__leg_request(&how, leg, dlg, up ? "INVITE" : "UPDATE");
	how.sendh = usher__leg_contact_handler;
	how.resph = response_handler;
	if (usher__request(&leg->offer, &how,
			   USHER__SIP_ALLOW USHER__SIP_SUPPORTED
			   "%HContent-Type: application/sdp\r\n"
			   "Content-Length: %zu\r\n\r\n%b",
			   usher__session_ask, leg, len, sdp, len))
		return USHER_EIO;
	leg->offer_state = USHER__OFFER_SENT;
	if (!up)
		usher__branch_offered(leg, dlg);
	return 0;
}

static int offer_again(struct usher__leg *leg, bool changed)
{
	if (leg->offer_state != USHER__OFFER_NONE || leg->invite)
		return USHER_EBUSY;
	leg->offer_hold = leg->we_hold;
	leg->offer_refresh = true;
	leg->offer_changed = changed;
	leg->offer_tries = 0;
	return send_offer(leg);
}

int usher__leg_refresh(struct usher__leg *leg)
{
	return offer_again(leg, false);
}

void usher__leg_offer_due(struct usher__leg *leg)
{
	if (leg->offer_due && leg->state == USHER__LEG_UP && !leg->ended &&
	    offer_again(leg, true) != USHER_EBUSY)
		leg->offer_due = false;
}

int usher__leg_hold(struct usher__ua *ua, uint64_t id, bool hold)
{
	struct usher__leg *leg = usher__leg_find(ua, id);
	bool up;

	if (!leg)
		return USHER_ENOENT;
	up = leg->state == USHER__LEG_UP;
	if (!up && !early_dialog(leg))
		return USHER_ESTATE;
	if (leg->offer_state != USHER__OFFER_NONE || (up && leg->invite))
		return USHER_EBUSY;
	leg->offer_hold = hold;
	leg->offer_refresh = false;
	leg->offer_changed = false;
	leg->offer_tries = 0;
	return send_offer(leg);
}

/* The peer's re-INVITE. */
void usher__leg_reinvited(struct usher__leg *leg, const struct sip_msg *msg)
{
	struct usher__session_terms terms = usher__session_terms(leg);
	struct usher__ua *ua = leg->ua;
	char sdp[USHER__SDP_TEXT_MAX];
	size_t len;

	if (leg->state != USHER__LEG_UP ||
	    leg->offer_state == USHER__OFFER_SENT || leg->invite) {
		usher__ua_deny(ua, msg, 491, USHER__NOTE_GLARE,
			       "an offer while another is open", NULL);
		return;
	}
	if (usher__session_admit(leg, msg))
		return;
	if (usher__msg_has_body(msg)) {
		if (usher__leg_take_offer(leg, msg, sdp, &len)) {
			usher__session_restore(leg, &terms);
			return;
		}
	} else {
		len = usher__leg_offer(leg, sdp,
				       leg->we_hold ? USHER__SENDONLY
						    : USHER__SENDRECV);
		leg->ack_answer = true;
	}
	usher__leg_learn(leg, msg);
	usher__dialog_update(leg->dlg, msg, leg->near);
	if (usher__leg_send_200(leg, msg, sdp, len)) {
		/* No ACK comes that would end it. */
		leg->ack_answer = false;
		leg->invite = mem_deref(leg->invite);
		usher__ua_deny(ua, msg, 500, USHER__NOTE_LIMIT,
			       "an answer that cannot be sent", NULL);
		return;
	}
	if (!leg->ack_answer)
		usher__leg_tell_changes(leg);
}

/* An offer with that alone, by the number that the peer knows it by. */
static bool match(struct usher__leg *leg, const struct usher__sdp_video *has,
		  const struct usher__sdp_format *want)
{
	const struct usher__sdp_format *found =
		has ? usher__sdp_format_like(has, want) : NULL;
	struct usher__sdp_format format = *want;

	if (!found)
		return false;
	format.pt = found->pt;
	format.feedback = found->feedback;
	leg->formats = mem_deref(leg->formats);
	if (!usher__leg_have_formats(leg))
		return true;
	leg->formats->count = 1;
	leg->formats->format[0] = format;
	leg->offer_due = true;
	usher__leg_offer_due(leg);
	return true;
}

void usher__leg_video_match(struct usher__ua *ua, uint64_t id, uint64_t other)
{
	struct usher__leg *leg = usher__leg_find(ua, id);
	struct usher__leg *from = usher__leg_find(ua, other);
	const struct usher__sdp_format *want, *have;

	if (!leg || !from || !leg->video.up || !from->video.up ||
	    !leg->peer.more || !from->peer.more)
		return;
	want = &from->peer.more->video.format[0];
	have = &leg->peer.more->video.format[0];
	if (want->codec == have->codec && !strcmp(want->fmtp, have->fmtp))
		return;
	/* Who chose something else of what we offered may have this, too. */
	if (!match(leg, &leg->peer.more->video, want) &&
	    !match(from, &from->peer.more->video, have) &&
	    !match(from, from->formats, have))
		(void)match(leg, leg->formats, want);
}
