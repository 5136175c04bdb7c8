/* Requests of ours within a call that are no offer and no BYE: REFER, NOTIFY
 * and INFO. One at a time; whoever asks who we are is answered with the same
 * request again (RFC 3261, 22.2). */
#include <string.h>

#include <sip/legimpl.h>

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

/* ---- NOTIFY: how the transfer that the peer asked for goes ---- */

static void notify_done(struct usher__leg *leg, uint16_t status)
{
	/* 481: the transferor is no longer interested. */
	if (status >= 300)
		leg->refer_sub = false;
}

static void send_notify(struct usher__leg *leg)
{
	char *text = leg->notify;
	bool final = leg->notify_final;

	leg->notify = NULL;
	if (leg->refer_sub)
		(void)usher__leg_side(
			leg, "NOTIFY", notify_done,
			"Event: refer\r\nSubscription-State: %s\r\n"
			"Content-Type: message/sipfrag;version=2.0\r\n"
			"Content-Length: %zu\r\n\r\n%s",
			final ? "terminated;reason=noresource"
			      : "active;expires=60",
			str_len(text), text);
	if (final)
		leg->refer_sub = false;
	mem_deref(text);
}

/* Nothing else is under way: what waits for that is sent, or the BYE. */
void usher__leg_notify_due(struct usher__leg *leg)
{
	if (leg->side ||
	    (leg->state != USHER__LEG_UP && leg->state != USHER__LEG_PARTING))
		return;
	if (leg->notify)
		send_notify(leg);
	if (!leg->side)
		usher__leg_part(leg);
}

bool usher__leg_notify_open(const struct usher__leg *leg)
{
	if (leg->notify && leg->refer_sub)
		return true;
	return leg->side && leg->side_done == notify_done && leg->notify_final;
}

static void part_timeout(void *arg)
{
	usher__leg_part(arg);
}

/* The transferor hears how its transfer went before its call ends. Some phones
 * take no BYE before they have answered; and one that overtakes the NOTIFY
 * takes the call, and so the outcome, from all of them. */
void usher__leg_parting(struct usher__leg *leg)
{
	tmr_start(&leg->deadline, USHER__UA_PART_MS, part_timeout, leg);
}

void usher__leg_part(struct usher__leg *leg)
{
	if (!usher__leg_take(leg, USHER__IN_PARTED))
		return;
	leg->side = mem_deref(leg->side);
	if (leg->notify)
		send_notify(leg);
	usher__leg_bye(leg);
}
