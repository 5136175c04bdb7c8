/* What happens to a phone's calls, told as events. On the loop's thread. */
#include <stdio.h>
#include <string.h>

#include <sip/phone.h>

static int invite_handler(void *arg, const struct usher__invite *inv)
{
	struct usher_phone *phone = arg;
	struct usher__phone_call *call;
	struct usher_phone_event event;
	uint64_t id;

	/* Who names a dialog of ours knows its tags: the call goes on, with
	 * another peer. */
	if (inv->replaces)
		return 0;
	id = atomic_fetch_add(&phone->last_call, 1) + 1;
	if (usher__phone_reserve(phone, 1))
		return 486;
	call = usher__phone_call_new(phone, id);
	if (!call) {
		usher__phone_release(phone, 1);
		return 503;
	}
	memset(&event, 0, sizeof(event));
	event.type = USHER_PHONE_INCOMING;
	event.call = id;
	(void)snprintf(event.from, sizeof(event.from), "%s@%s", inv->from_user,
		       inv->from_host);
	(void)snprintf(event.name, sizeof(event.name), "%s", inv->from_name);
	(void)snprintf(event.to, sizeof(event.to), "%s", inv->user);
	(void)snprintf(event.diverted_first, sizeof(event.diverted_first),
		       "%s", inv->called);
	(void)snprintf(event.diverted_by, sizeof(event.diverted_by), "%s",
		       inv->diverted);
	(void)snprintf(event.diverted_reason, sizeof(event.diverted_reason),
		       "%s", inv->diverted_reason);
	if (!usher__phone_tell(phone, &event)) {
		usher__phone_release(phone, 1);
		mem_deref(call);
		return 486;
	}
	call->leg = inv->leg;
	(void)usher__leg_set_arg(phone->ua, inv->leg, call);
	return 0;
}

static void finish(struct usher_phone *phone, uint64_t *request, uint64_t call,
		   int code, uint16_t status)
{
	uint64_t id = *request;

	*request = 0;
	if (id)
		usher__phone_done(phone, id, call, code, status);
}

/* How the call that serves a REFER goes, told to the transferor. */
static void notify(struct usher__phone_call *call, uint16_t status)
{
	struct usher__phone_call *from;

	if (!call->refer_for)
		return;
	from = usher__phone_call_find(call->phone, call->refer_for);
	if (from)
		(void)usher__leg_refer_notify(call->phone->ua, from->leg,
					      status);
	if (status >= 200)
		call->refer_for = 0;
}

static void ended(struct usher__phone_call *call,
		  const struct usher__leg_event *leg)
{
	struct usher_phone *phone = call->phone;
	struct usher_phone_event event;

	notify(call, leg->status >= 300 ? leg->status : 487);
	finish(phone, &call->hold_request, call->id, USHER_ECANCELED, 0);
	finish(phone, &call->transfer_request, call->id, USHER_ECANCELED, 0);
	finish(phone, &call->digits_request, call->id, USHER_ECANCELED, 0);
	if (call->rec)
		(void)usher__mrec_stop(phone->media, call->rec);
	usher__phone_typed(call, leg->text, leg->text_len);
	usher__phone_floor_leave(call);

	memset(&event, 0, sizeof(event));
	event.type = USHER_PHONE_ENDED;
	event.call = call->id;
	event.cause = leg->cause;
	event.status = leg->status;
	usher__phone_put(phone, &event);
	mem_deref(call);
}

static void answered(struct usher__phone_call *call)
{
	struct usher_phone_event event;

	call->up = true;
	notify(call, 200);
	usher__phone_floor_look(call);
	memset(&event, 0, sizeof(event));
	event.type = USHER_PHONE_ANSWERED;
	event.call = call->id;
	(void)usher__phone_tell(call->phone, &event);
}

/* Accept it towards the peer at once; the application's decision reaches it
 * as the fate of the new call. */
static void referred(struct usher__phone_call *call,
		     const struct usher__leg_event *leg)
{
	struct usher_phone *phone = call->phone;
	struct usher_phone_event event;

	memset(&event, 0, sizeof(event));
	event.type = USHER_PHONE_REFER;
	event.call = call->id;
	(void)snprintf(event.to, sizeof(event.to), "%s", leg->target);
	/* Two calls of ours with each other: that is usher_phone_bridge(). */
	if (leg->other) {
		(void)usher__leg_refer_accept(phone->ua, call->leg, 501);
		return;
	}
	if (call->refer_target || str_dup(&call->refer_target, leg->target) ||
	    (leg->replaces && str_dup(&call->refer_replaces, leg->replaces)) ||
	    !usher__phone_tell(phone, &event)) {
		(void)usher__leg_refer_accept(phone->ua, call->leg, 480);
		call->refer_target = mem_deref(call->refer_target);
		call->refer_replaces = mem_deref(call->refer_replaces);
		return;
	}
	(void)usher__leg_refer_accept(phone->ua, call->leg, 202);
}

static void refer_status(struct usher__phone_call *call, uint16_t status)
{
	struct usher_phone_event event;

	if (call->transfer_request) {
		finish(call->phone, &call->transfer_request, call->id,
		       status < 300 ? 0 : USHER_EPERM, status);
		return;
	}
	memset(&event, 0, sizeof(event));
	event.type = USHER_PHONE_TRANSFER;
	event.call = call->id;
	event.status = status;
	(void)usher__phone_tell(call->phone, &event);
}

static void progress(struct usher__phone_call *call,
		     const struct usher__leg_event *leg)
{
	struct usher_phone_event event;

	notify(call, leg->status);
	memset(&event, 0, sizeof(event));
	event.type = USHER_PHONE_PROGRESS;
	event.call = call->id;
	event.status = leg->status;
	event.early = leg->early;
	(void)usher__phone_tell(call->phone, &event);
}

static void told(struct usher__phone_call *call, uint32_t type,
		 const struct usher__leg_event *leg)
{
	struct usher_phone_event event;

	memset(&event, 0, sizeof(event));
	event.type = type;
	event.call = call->id;
	event.digit = leg->digit;
	event.duration_ms = leg->duration_ms;
	(void)usher__phone_tell(call->phone, &event);
}

static void leg_handler(void *arg, uint64_t leg, void *leg_arg,
			const struct usher__leg_event *event)
{
	struct usher__phone_call *call = leg_arg;

	(void)arg;
	(void)leg;
	if (!call)
		return;
	switch (event->type) {
	case USHER__LEG_PROGRESS:
		progress(call, event);
		break;
	case USHER__LEG_ANSWERED:
	case USHER__LEG_CONFIRMED:
		answered(call);
		break;
	case USHER__LEG_VIDEO:
		usher__phone_floor_look(call);
		break;
	case USHER__LEG_HELD:
		told(call, USHER_PHONE_HELD, event);
		break;
	case USHER__LEG_RESUMED:
		told(call, USHER_PHONE_RESUMED, event);
		break;
	case USHER__LEG_HOLD_DONE:
		finish(call->phone, &call->hold_request, call->id,
		       event->status == 200 ? 0 : USHER_EPROTO, event->status);
		break;
	case USHER__LEG_DIGIT:
		told(call, USHER_PHONE_DIGIT, event);
		break;
	case USHER__LEG_REFER:
		referred(call, event);
		break;
	case USHER__LEG_REFER_STATUS:
		refer_status(call, event->status);
		break;
	case USHER__LEG_ENDED:
		ended(call, event);
		break;
	}
}

static void registration_handler(void *arg, uint32_t id, uint16_t status,
				 uint32_t expires_s)
{
	struct usher__phone_account *account = NULL;
	struct usher_phone *phone = arg;
	struct usher_phone_event event;
	struct le *le;

	for (le = phone->accounts.head; le; le = le->next) {
		account = le->data;
		if (account->registration == id)
			break;
	}
	if (!le)
		return;
	memset(&event, 0, sizeof(event));
	event.type = USHER_PHONE_REGISTERED;
	event.account = account->id;
	event.status = status;
	event.expires_s = expires_s;
	(void)usher__phone_tell(phone, &event);
	finish(phone, &account->request, 0, status == 200 ? 0 : USHER_EPERM,
	       status);
}

static void log_handler(void *arg, enum usher__log_level level,
			const char *text)
{
	struct usher_phone *phone = arg;

	if (phone->log)
		phone->log(phone->log_arg, (int)level, text);
}

static void stopped_handler(void *arg)
{
	struct usher_phone *phone = arg;
	struct le *le;

	for (le = phone->accounts.head; le; le = le->next) {
		struct usher__phone_account *account = le->data;

		finish(phone, &account->request, 0, USHER_ECANCELED, 0);
	}
	/* All calls are over, so their recordings will be soon. */
	if (phone->recordings.head)
		phone->stop_waits = true;
	else
		usher__phone_put_stopped(phone);
}

const struct usher__ua_ops usher__phone_ops = {
	.invite = invite_handler,
	.leg = leg_handler,
	.registration = registration_handler,
	.log = log_handler,
	.stopped = stopped_handler,
};

static void media_event(struct usher_phone *phone,
			const struct usher__mevent *mev)
{
	struct usher__phone_call *call;
	struct usher_phone_event event;
	uint64_t leg = usher__ua_port_leg(phone->ua, mev->leg);

	call = leg ? usher__leg_arg(phone->ua, leg) : NULL;
	if (!call)
		return;
	memset(&event, 0, sizeof(event));
	event.call = call->id;
	switch (mev->type) {
	case USHER__MEV_DIGIT:
		event.type = USHER_PHONE_DIGIT;
		event.digit = mev->digit;
		event.duration_ms = mev->duration_ms;
		break;
	case USHER__MEV_PLAY_DONE:
		if (call->digits_request && mev->play == call->digits_play) {
			finish(phone, &call->digits_request, call->id,
			       mev->reason == USHER__MR_END ? 0
							    : USHER_ECANCELED,
			       0);
			return;
		}
		event.type = USHER_PHONE_PLAYED;
		event.duration_ms = mev->duration_ms;
		if (mev->reason == USHER__MR_ERROR)
			event.code = mev->error;
		else if (mev->reason != USHER__MR_END)
			event.code = USHER_ECANCELED;
		break;
	case USHER__MEV_TEXT:
		usher__phone_text(call);
		return;
	case USHER__MEV_STRANGER:
		usher__ua_stranger(phone->ua, mev);
		return;
	case USHER__MEV_TONE:
		event.type = USHER_PHONE_TONE;
		event.frequency_hz = mev->heard.freq_hz;
		event.level_mb = mev->heard.level_db10 * 10;
		break;
	default:
		return;
	}
	(void)usher__phone_tell(phone, &event);
}

void usher__phone_media(void *arg)
{
	struct usher_phone *phone = arg;
	struct usher__mevent mev;

	while (phone->media && usher__media_next(phone->media, &mev) > 0) {
		if (mev.type == USHER__MEV_REC_DONE)
			usher__phone_recorded(phone, &mev);
		else
			media_event(phone, &mev);
	}
}
