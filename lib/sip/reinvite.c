/* Offers and answers within a call: hold and resume from either side.
 *
 * Of our own re-INVITE:
 *   NONE --hold()--> SENT --2xx, failure--> NONE
 *                    SENT --491--> WAIT --a while--> SENT
 * While SENT or WAIT, hold() is USHER_EBUSY; while SENT, the peer's
 * re-INVITE gets 491 (RFC 3261, 14.2).
 */
#include <string.h>

#include <sip/impl.h>

static int send_reinvite(struct usher__leg *leg);

static void done(struct usher__leg *leg, uint16_t status)
{
	struct usher__leg_event event = {.type = USHER__LEG_HOLD_DONE};

	leg->offer_state = USHER__OFFER_NONE;
	event.status = status;
	event.held = leg->offer_hold;
	usher__leg_tell(leg, &event);
}

static void again_handler(void *arg)
{
	struct usher__leg *leg = arg;

	if (leg->state != USHER__LEG_UP || send_reinvite(leg))
		done(leg, 500);
}

/* RFC 3261, 14.1: the owner of the Call-ID waits longer, so that the two
 * sides do not collide for ever. */
static void glare(struct usher__leg *leg)
{
	uint32_t wait_ms = (rand_u32() % 200) * 10;

	if (leg->outbound)
		wait_ms = 2100 + (rand_u32() % 190) * 10;
	leg->ua->n.glares++;
	leg->offer_state = USHER__OFFER_WAIT;
	tmr_start(&leg->deadline, wait_ms, again_handler, leg);
}

/* What the peer said of its media, to go back to. */
struct before {
	struct usher__sdp peer;
	char peer_ip[USHER__SDP_IP_MAX];
};

static void remember(struct before *before, const struct usher__leg *leg)
{
	before->peer = leg->peer;
	memcpy(before->peer_ip, leg->peer_ip, sizeof(before->peer_ip));
}

static void go_back(struct usher__leg *leg, const struct before *before)
{
	leg->peer = before->peer;
	memcpy(leg->peer_ip, before->peer_ip, sizeof(leg->peer_ip));
}

static void accepted(struct usher__leg *leg, const struct sip_msg *msg)
{
	struct before before;
	bool held = leg->we_hold;

	remember(&before, leg);
	usher__dialog_update(leg->dlg, msg, leg->near);
	usher__leg_ack(leg, msg);
	leg->auth_tries = 0;
	leg->we_hold = leg->offer_hold;
	if (!usher__msg_has_sdp(msg) || usher__leg_peer_sdp(leg, msg) ||
	    usher__leg_apply(leg, true)) {
		/* Media goes on as before. */
		leg->we_hold = held;
		go_back(leg, &before);
		(void)usher__leg_apply(leg, true);
		done(leg, 488);
		return;
	}
	done(leg, 200);
	if (!leg->ended)
		usher__leg_tell_hold(leg);
}

static void response_handler(int err, const struct sip_msg *msg, void *arg)
{
	struct usher__leg *leg = arg;

	if (!err && msg->scode < 200)
		return;
	if (leg->state != USHER__LEG_UP) {
		/* BYE overtook it; a 200 still wants its ACK. */
		if (!err && msg->scode < 300)
			usher__leg_ack(leg, msg);
		return;
	}
	if (!err && msg->scode < 300) {
		accepted(leg, msg);
		return;
	}
	if (!err && (msg->scode == 401 || msg->scode == 407) &&
	    !usher__leg_retry_auth(leg, msg, &leg->auth_tries) &&
	    !send_reinvite(leg))
		return;
	if (!err && msg->scode == 491) {
		glare(leg);
		return;
	}
	/* The dialog is gone over there (RFC 3261, 12.2.1.2). */
	if (err || msg->scode == 481 || msg->scode == 408) {
		usher__leg_lost(leg, err ? 408 : msg->scode);
		return;
	}
	done(leg, msg->scode);
}

static int send_reinvite(struct usher__leg *leg)
{
	uint8_t dir = leg->offer_hold ? USHER__SENDONLY : USHER__SENDRECV;
	char sdp[USHER__SDP_TEXT_MAX];
	size_t len;

	/* Held by the peer, we may not ask to send. */
	if (leg->peer_holds)
		dir &= leg->offer_hold ? USHER__INACTIVE : USHER__RECVONLY;
	len = usher__leg_offer(leg, sdp, dir);
	if (sip_drequestf(&leg->offer, leg->ua->sip, true, "INVITE", leg->dlg,
			  0, leg->auth, usher__leg_contact_handler,
			  response_handler, leg,
			  USHER__SIP_ALLOW "Content-Type: application/sdp\r\n"
					   "Content-Length: %zu\r\n\r\n%b",
			  len, sdp, len))
		return USHER_EIO;
	leg->offer_state = USHER__OFFER_SENT;
	return 0;
}

int usher__leg_hold(struct usher__ua *ua, uint64_t id, bool hold)
{
	struct usher__leg *leg = usher__leg_find(ua, id);

	if (!leg)
		return USHER_ENOENT;
	if (leg->state != USHER__LEG_UP)
		return USHER_ESTATE;
	if (leg->offer_state != USHER__OFFER_NONE || leg->invite)
		return USHER_EBUSY;
	leg->offer_hold = hold;
	return send_reinvite(leg);
}

/* Take the peer's offer and print our answer: 0, or it is refused and nothing
 * has changed. */
static int answer(struct usher__leg *leg, const struct sip_msg *msg, char *sdp,
		  size_t *len)
{
	struct before before;
	uint8_t dir = leg->dir;
	enum usher__note note;
	const char *why;
	uint16_t status;

	remember(&before, leg);
	status = usher__leg_take_sdp(leg, msg, &note, &why);
	if (!status && usher__leg_apply(leg, false)) {
		note = USHER__NOTE_UNSUPPORTED;
		why = "an address that media cannot use";
		status = 488;
	}
	if (status) {
		go_back(leg, &before);
		leg->dir = dir;
		usher__ua_deny(leg->ua, msg, status, note, why, NULL);
		return USHER_ENOTSUP;
	}
	*len = usher__leg_sdp_answer(leg, sdp);
	return 0;
}

/* The peer's re-INVITE. */
void usher__leg_reinvited(struct usher__leg *leg, const struct sip_msg *msg)
{
	struct usher__ua *ua = leg->ua;
	char sdp[USHER__SDP_TEXT_MAX];
	size_t len;

	if (leg->state != USHER__LEG_UP ||
	    leg->offer_state == USHER__OFFER_SENT || leg->invite) {
		usher__ua_deny(ua, msg, 491, USHER__NOTE_GLARE,
			       "an offer while another is open", NULL);
		return;
	}
	if (usher__msg_body(msg).l) {
		if (answer(leg, msg, sdp, &len))
			return;
	} else {
		len = usher__leg_offer(leg, sdp,
				       leg->we_hold ? USHER__SENDONLY
						    : USHER__SENDRECV);
		leg->ack_answer = true;
	}
	usher__dialog_update(leg->dlg, msg, leg->near);
	if (usher__leg_send_200(leg, msg, sdp, len))
		return;
	if (!leg->ack_answer)
		usher__leg_tell_hold(leg);
}
