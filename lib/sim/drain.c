/*
 * The core's events are drained: each is counted, shown to who watches, and
 * answered. What answers is set from above, since answers are inputs of the
 * core, whose events are drained here again.
 */
#include "sim/sim.h"

int usher__sim_gone(int rc)
{
	return rc == USHER_ENOENT || rc == USHER_ESTATE ? 0 : rc;
}

int usher__sim_drain(struct usher_sim *sim)
{
	const struct usher_event *ev;
	int rc = 0;

	while (!rc && (ev = usher_acd_next(sim->acd))) {
		rc = usher_metrics_feed(sim->metrics, ev);
		if (sim->opts.event)
			sim->opts.event(sim->opts.arg, ev);
		if (!rc)
			rc = sim->answer(sim, ev);
	}
	return rc;
}

/* It may be that somebody takes him. */
int usher__sim_settle(struct usher_sim *sim)
{
	int rc = 0;

	while (!rc && usher_acd_deadline(sim->acd) <= sim->now_us) {
		rc = usher_acd_advance(sim->acd, sim->now_us);
		if (!rc || rc == USHER_EAGAIN)
			rc = usher__sim_drain(sim);
	}
	return rc;
}
