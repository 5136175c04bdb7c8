/* BYE, for either direction. */
#include <sip/legimpl.h>

static void bye_response(int err, const struct sip_msg *msg, void *arg)
{
	struct usher__leg *leg = arg;

	if (!err && msg->scode < 200)
		return;
	if (!err && (msg->scode == 401 || msg->scode == 407) &&
	    !usher__leg_retry_auth(leg, msg, &leg->auth_tries)) {
		usher__leg_bye(leg);
		return;
	}
	if (usher__leg_take(leg, USHER__IN_CLOSED))
		usher__leg_dispose(leg);
}

void usher__leg_bye(struct usher__leg *leg)
{
	struct usher__request how;
	int err;

	tmr_cancel(&leg->deadline);
	leg->req = mem_deref(leg->req);
	usher__leg_request(&how, leg, leg->dlg, "BYE");
	how.resph = bye_response;
	err = usher__request(&leg->req, &how, "%sContent-Length: 0\r\n\r\n",
			     usher__leg_why(leg));
	if (err && usher__leg_take(leg, USHER__IN_CLOSED))
		usher__leg_dispose(leg);
}
