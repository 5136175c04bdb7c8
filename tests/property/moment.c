/*
 * How far deadlines of one moment have come. They run one after the other, and
 * whose time to be offered again ends with this moment waits for its own: that
 * comes after those of offers and wrap-ups, by the contacts' ids.
 */
#include "day.h"

#define ALL UINT64_MAX

/* What begins with a timer that comes before all retries. */
static bool is_before(const struct day *d, const struct usher_event *ev)
{
	switch (ev->type) {
	case USHER_EV_OFFER_MISSED:
	case USHER_EV_AGENT_LEFT:
		return true;
	case USHER_EV_OFFER_FAILED:
		/* or it was no offer's time that came, but a callback's */
		return !model_contact(d->model, ev->contact)->callback;
	}
	return false;
}

void moment_follow(struct day *d, const struct usher_event *ev)
{
	if (ev->time_us != d->moment) {
		d->moment = ev->time_us;
		d->retried = 0;
	}
	if (ev->cause_kind == USHER_CAUSE_EVENT)
		return;
	if (ev->cause_kind == USHER_CAUSE_RETRY)
		d->retried = ev->cause;
	else if (ev->actor == USHER_BY_POLICY  ? ev->cause_kind != 0
		 : ev->actor == USHER_BY_TIMER ? !is_before(d, ev)
					       : true)
		d->retried = ALL;
}

void moment_over(struct day *d)
{
	d->moment = d->model->now;
	d->retried = ALL;
}

bool moment_holds(const struct day *d, int64_t until, uint64_t contact)
{
	const bool retried =
		d->moment == d->model->now && contact <= d->retried;

	return until > d->model->now || (until == d->model->now && !retried);
}
