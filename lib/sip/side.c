/* Requests of ours within a call that are no offer and no BYE: REFER, NOTIFY
 * and INFO. One at a time; whoever asks who we are is answered with the same
 * request again (RFC 3261, 22.2). */
#include <string.h>

#include <sip/impl.h>

static int send_side(struct usher__leg *leg);

static void response_handler(int err, const struct sip_msg *msg, void *arg)
{
	struct usher__leg *leg = arg;
	usher__side_fn *done = leg->side_done;

	if (!err && msg->scode < 200)
		return;
	if (!err && (msg->scode == 401 || msg->scode == 407) &&
	    (leg->state == USHER__LEG_UP ||
	     leg->state == USHER__LEG_PARTING) &&
	    !usher__leg_retry_auth(leg, msg, &leg->side_tries) &&
	    !send_side(leg))
		return;
	leg->side_text = mem_deref(leg->side_text);
	mem_ref(leg);
	if (done)
		done(leg, err ? 408 : msg->scode);
	usher__leg_notify_due(leg);
	mem_deref(leg);
}

static int send_side(struct usher__leg *leg)
{
	struct usher__request how;

	usher__leg_request(&how, leg, leg->dlg, leg->side_method);
	how.sendh = usher__leg_contact_handler;
	how.resph = response_handler;
	return usher__request(&leg->side, &how, "%s", leg->side_text)
		       ? USHER_EIO
		       : 0;
}

int usher__leg_side(struct usher__leg *leg, const char *method,
		    usher__side_fn *done, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	int err;

	if (leg->side)
		return USHER_EBUSY;
	va_start(ap, fmt);
	err = re_vsdprintf(&text, fmt, ap);
	va_end(ap);
	if (err)
		return USHER_ENOMEM;
	mem_deref(leg->side_text);
	leg->side_text = text;
	leg->side_method = method;
	leg->side_done = done;
	leg->side_tries = 0;
	return send_side(leg);
}
