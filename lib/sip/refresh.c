/* Session timers (RFC 4028) at work: ours refreshes, theirs is waited for.
 * What they agree on is in session.c. */
#include <sip/legimpl.h>

static void refresh(struct usher__leg *leg);

static int64_t left_ms(const struct usher__session *s)
{
	return (s->ends_us - usher__loop_mono_us()) / 1000;
}

void usher__session_due(void *arg)
{
	struct usher__leg *leg = arg;
	struct usher__session *s = &leg->session;
	int64_t left = left_ms(s);

	if (leg->ended)
		return;
	if (left <= 0 && leg->state == USHER__LEG_UP) {
		usher__leg_lost(leg, 408);
		return;
	}
	if (left <= 0 || left > USHER__SESSION_AGAIN)
		left = MAX(left / 2, USHER__SESSION_AGAIN);
	tmr_start(&s->tmr, (uint64_t)left + 1, usher__session_due, leg);
	if (leg->state == USHER__LEG_UP && s->ours)
		refresh(leg);
}

static void response_handler(int err, const struct sip_msg *msg, void *arg)
{
	struct usher__leg *leg = arg;

	if ((!err && msg->scode < 200) || leg->ended)
		return;
	/* Networks fail for a while; a peer that does not answer is gone. */
	if (err == ETIMEDOUT ||
	    (!err && (msg->scode == 481 || msg->scode == 408))) {
		usher__leg_lost(leg, err ? 408 : msg->scode);
		return;
	}
	if (err)
		return;
	if (msg->scode < 300) {
		leg->auth_tries = 0;
		usher__dialog_update(leg->dlg, msg, leg->near);
		usher__session_answered(leg, msg);
	} else if (msg->scode == 405 || msg->scode == 501) {
		leg->peer_update = false;
		refresh(leg);
	} else if (((msg->scode == 401 || msg->scode == 407) &&
		    !usher__leg_retry_auth(leg, msg, &leg->auth_tries)) ||
		   (msg->scode == 422 && !usher__session_more(leg, msg))) {
		refresh(leg);
	}
}

static void refresh(struct usher__leg *leg)
{
	struct usher__session *s = &leg->session;
	struct usher__request how;

	if (s->req || leg->invite || leg->offer_state != USHER__OFFER_NONE)
		return;
	if (!leg->peer_update) {
		(void)usher__leg_refresh(leg);
		return;
	}
	usher__leg_request(&how, leg, leg->dlg, "UPDATE");
	how.sendh = usher__leg_contact_handler;
	how.resph = response_handler;
	(void)usher__request(&s->req, &how,
			     USHER__SIP_ALLOW USHER__SIP_SUPPORTED
			     "%HContent-Length: 0\r\n\r\n",
			     usher__session_ask, leg);
}
