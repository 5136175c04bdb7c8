/*
 * The one way in: every input passes usher__acd_run(). It runs the deadlines
 * that are due, takes the memory that a step may need, lets the input's
 * handler emit its events, and matches what they marked.
 */
#include <acd/handlers.h>
#include <acd/internal.h>

/* Placements after one input; the rest is a deadline at now. */
#define PUMP_MAX 256
/* Largest input with its texts. */
#define INPUT_MAX 60000

static usher__handler *const handlers[] = {
	[USHER_EV_IN_CONFIGURE] = usher__do_configure,
	[USHER_EV_IN_DAY] = usher__do_day,
	[USHER_EV_IN_QUEUE_SET] = usher__do_queue_set,
	[USHER_EV_IN_QUEUE_REMOVE] = usher__do_queue_remove,
	[USHER_EV_IN_QUEUE_OPEN] = usher__do_queue_open,
	[USHER_EV_IN_AGENT_SET] = usher__do_agent_set,
	[USHER_EV_IN_AGENT_REMOVE] = usher__do_agent_remove,
	[USHER_EV_IN_PRESENCE] = usher__do_presence,
	[USHER_EV_IN_CONTACT_NEW] = usher__do_contact_new,
	[USHER_EV_IN_CONTACT_SET] = usher__do_contact_set,
	[USHER_EV_IN_CONTACT_END] = usher__do_contact_end,
	[USHER_EV_IN_DETACH] = usher__do_detach,
	[USHER_EV_IN_ATTACH] = usher__do_attach,
	[USHER_EV_IN_FLOW_BEGIN] = usher__do_flow_begin,
	[USHER_EV_IN_FLOW_END] = usher__do_flow_end,
	[USHER_EV_IN_ENQUEUE] = usher__do_enqueue,
	[USHER_EV_IN_DEQUEUE] = usher__do_dequeue,
	[USHER_EV_IN_ACCEPT] = usher__do_accept,
	[USHER_EV_IN_REJECT] = usher__do_reject,
	[USHER_EV_IN_MISS] = usher__do_miss,
	[USHER_EV_IN_CONNECTED] = usher__do_connected,
	[USHER_EV_IN_CONNECT_FAILED] = usher__do_connect_failed,
	[USHER_EV_IN_WITHDRAW] = usher__do_withdraw,
	[USHER_EV_IN_ASSIGN] = usher__do_assign,
	[USHER_EV_IN_DIRECT] = usher__do_direct,
	[USHER_EV_IN_ANSWERED] = usher__do_answered,
	[USHER_EV_IN_HOLD] = usher__do_hold,
	[USHER_EV_IN_RESUME] = usher__do_resume,
	[USHER_EV_IN_LEAVE] = usher__do_leave,
	[USHER_EV_IN_WRAPUP_END] = usher__do_wrapup_end,
	[USHER_EV_IN_DISPOSITION] = usher__do_disposition,
	[USHER_EV_IN_NOTE] = usher__do_note,
	[USHER_EV_IN_STEP_SET] = usher__do_step_set,
	[USHER_EV_IN_STEPS_CUT] = usher__do_steps_cut,
	[USHER_EV_IN_CALLBACK] = usher__do_callback,
	[USHER_EV_IN_CALLBACK_DIAL] = usher__do_callback_dial,
	[USHER_EV_IN_CALLBACK_MISSED] = usher__do_callback_missed,
};

static bool full(const struct usher_acd *acd)
{
	return acd->tape.count >= acd->events_max;
}

/* Match what was left over, for the cause that it had, then the deadlines up
 * to now, one by one. */
static int catch_up(struct usher_acd *acd, int64_t now)
{
	bool ran = true;
	int err;

	/* what is due by the last time runs, whatever the clock says */
	if (now < acd->now)
		now = acd->now;
	if (acd->folded)
		usher__timers_renew(acd);
	acd->folded = false;
	while (ran) {
		while (usher__acd_pending(acd)) {
			if (full(acd))
				return USHER_EAGAIN;
			if (!usher__acd_pump(acd, PUMP_MAX))
				return USHER_ENOMEM;
		}
		if (full(acd))
			return USHER_EAGAIN;
		usher__wake(acd);
		if (!usher__timer_due(acd, now))
			break;
		err = usher__timer_run(acd, now, &ran);
		if (err)
			return err;
		if (ran)
			usher__acd_pump(acd, PUMP_MAX);
	}
	acd->now = now;
	/* all that is due by now ran */
	acd->ran_kind = UINT32_MAX;
	return 0;
}

static bool said(const struct usher_by *by)
{
	return by->actor || by->actor_id || by->cause;
}

/* All that has to be done before it, and memory for it. */
static int prepare(struct usher_acd *acd, int64_t now, size_t size)
{
	int code = catch_up(acd, now);

	if (!code && size > INPUT_MAX)
		code = USHER_EINVAL;
	if (!code)
		code = usher__acd_room(acd, size);
	return code ? code : usher__acd_reserve(acd);
}

int usher__acd_run(struct usher_acd *acd, int64_t now, uint32_t type,
		   const void *in, uint64_t *ret, struct usher_error *err)
{
	const struct usher_by by = said(&acd->by) ? acd->by : acd->by_all;
	uint64_t id = 0;
	size_t size;
	int code;

	if (acd->busy)
		return usher_error_set(err, USHER_EBUSY,
				       "inside a policy's callback");
	acd->by = (struct usher_by){0};
	if (!usher__good_time(now))
		return usher_error_set(err, USHER_EINVAL,
				       "a time beyond USHER_TIME_MAX");
	if (by.actor == USHER_BY_TIMER || by.actor == USHER_BY_POLICY)
		return usher_error_set(err, USHER_EINVAL,
				       "an actor that gives no inputs");
	if (type >= sizeof(handlers) / sizeof(handlers[0]) || !handlers[type])
		return usher_error_set(err, USHER_EINVAL, "not an input");
	if (usher__payload_measure(&usher__types[type], in, &size))
		return usher_error_set(err, USHER_EINVAL,
				       "a text or list is malformed");
	code = prepare(acd, now, size);
	if (code)
		return usher_error_set(err, code, "%s", usher_strerror(code));
	acd->step = (struct step){.actor = by.actor,
				  .actor_id = by.actor_id,
				  .request = by.cause};
	if (acd->record_inputs) {
		acd->step.input = in;
		acd->step.input_type = type;
		acd->step.input_size = size;
	}
	code = handlers[type](acd, in, &id, err);
	acd->step.input = NULL;
	usher__acd_unprepare(acd);
	if (code) {
		if (err && err->code != code)
			usher_error_set(err, code, "%s", usher_strerror(code));
		return code;
	}
	if (ret)
		*ret = id;
	acd->step.request = 0;
	acd->step.actor_id = 0;
	usher__acd_pump(acd, PUMP_MAX);
	usher__wake(acd);
	return 0;
}

int usher_acd_advance(struct usher_acd *acd, int64_t now_us)
{
	if (acd->busy)
		return USHER_EBUSY;
	if (!usher__good_time(now_us))
		return USHER_EINVAL;
	return catch_up(acd, now_us);
}

int64_t usher_acd_deadline(const struct usher_acd *acd)
{
	const struct timer *timer;

	if (usher__acd_pending(acd))
		return acd->now;
	timer = usher__timer_first(acd);
	return timer ? timer->due.at : USHER_NEVER;
}

int64_t usher_acd_now(const struct usher_acd *acd)
{
	return acd->now;
}

const struct usher_event *usher_acd_next(struct usher_acd *acd)
{
	return usher__tape_next(&acd->tape);
}

uint64_t usher_acd_seq(const struct usher_acd *acd)
{
	return acd->seq;
}

void usher_acd_by(struct usher_acd *acd, const struct usher_by *by)
{
	acd->by = *by;
}

void usher_acd_by_all(struct usher_acd *acd, const struct usher_by *by)
{
	acd->by_all = by ? *by : (struct usher_by){0};
}
