/*
 * The loop: the next thing that happens is a plan of the customers and agents
 * or a deadline of the core, whichever comes first; then the core's events
 * are drained, counted, and answered by new plans.
 */
#include <math.h>
#include <string.h>

#include "sim/sim.h"

#define SECOND_US 1e6
/* Longest time that is drawn: beyond it nothing differs in a run. */
#define TIME_MAX_S 1e9
#define RUN_MAX_S  1e9

static int64_t in_us(double seconds)
{
	return (int64_t)(fmin(seconds, TIME_MAX_S) * SECOND_US);
}

static int64_t drawn(const struct usher_sim *sim,
		     const struct sim_contact *contact,
		     enum sim_purpose purpose, int32_t law, double mean,
		     double cv)
{
	const struct sim_stream stream = {sim->opts.seed, contact->queue,
					  purpose};

	return in_us(usher__sim_time(&stream, contact->number, law, mean, cv));
}

static int plan(struct usher_sim *sim, int64_t in, enum sim_what what,
		uint64_t id)
{
	return usher__sim_plan(&sim->heap, sim->opts.alloc, sim->now_us + in,
			       what, id);
}

int usher__sim_plan_arrival(struct usher_sim *sim, uint32_t index)
{
	const struct sim_queue *queue = &sim->queues[index];
	const struct sim_stream stream = {sim->opts.seed, index, SIM_ARRIVAL};
	double gap;

	if (!(queue->opts.arrivals_per_s > 0))
		return 0;
	gap = usher__sim_exponential(&stream, queue->arrivals,
				     1 / queue->opts.arrivals_per_s);
	return plan(sim, in_us(gap), SIM_ARRIVES, index);
}

/* What the customer or agent of a plan finds gone is no error. */
static int gone_is_fine(int rc)
{
	return rc == USHER_ENOENT || rc == USHER_ESTATE ? 0 : rc;
}

static struct sim_contact *contact_find(const struct usher_sim *sim,
					uint64_t id)
{
	return usher__idmap_get(&sim->contacts, id);
}

/* The id is known only afterwards, so its place is taken before. */
static int contact_begin(struct usher_sim *sim, uint32_t index,
			 struct sim_contact **ret)
{
	const struct usher_alloc *alloc = sim->opts.alloc;
	struct sim_contact *contact;
	struct usher_contact_opts opts;
	int rc;

	rc = usher__idmap_reserve(&sim->contacts, alloc, 1);
	if (rc)
		return rc;
	contact = alloc->realloc(alloc->arg, NULL, sizeof(*contact));
	if (!contact)
		return USHER_ENOMEM;
	usher_contact_opts_init(&opts, sizeof(opts));
	rc = usher_acd_contact_new(sim->acd, sim->now_us, &opts, &contact->id);
	if (rc) {
		alloc->realloc(alloc->arg, contact, 0);
		return rc;
	}
	contact->queue = index;
	contact->number = sim->queues[index].arrivals++;
	contact->waiting = true;
	usher__idmap_add(&sim->contacts, contact);
	*ret = contact;
	return 0;
}

static int arrives(struct usher_sim *sim, uint32_t index)
{
	const struct usher_sim_queue *o = &sim->queues[index].opts;
	struct usher_enqueue_opts opts;
	struct sim_contact *contact;
	int rc;

	rc = contact_begin(sim, index, &contact);
	if (rc)
		return rc;
	usher_enqueue_opts_init(&opts, sizeof(opts));
	opts.queues = &sim->queues[index].id;
	opts.queue_count = 1;
	rc = usher_acd_enqueue(sim->acd, sim->now_us, contact->id, &opts,
			       NULL);
	if (!rc && o->patience_law != USHER_LAW_NONE)
		rc = plan(sim,
			  drawn(sim, contact, SIM_PATIENCE, o->patience_law,
				o->patience_s, o->patience_cv),
			  SIM_GIVES_UP, contact->id);
	return rc ? rc : usher__sim_plan_arrival(sim, index);
}

static int happen(struct usher_sim *sim, const struct sim_plan *p)
{
	const struct sim_contact *contact;

	switch (p->what) {
	case SIM_ARRIVES:
		return arrives(sim, (uint32_t)p->id);
	case SIM_GIVES_UP:
		contact = contact_find(sim, p->id);
		if (!contact || !contact->waiting)
			return 0;
		return gone_is_fine(usher_acd_contact_end(
			sim->acd, sim->now_us, p->id, "gave up"));
	case SIM_HANGS_UP:
		return gone_is_fine(usher_acd_contact_end(
			sim->acd, sim->now_us, p->id, "done"));
	case SIM_WRAPPED_UP:
		return gone_is_fine(
			usher_acd_wrapup_end(sim->acd, sim->now_us, p->id));
	}
	return 0;
}

/* Agents answer at once. */
static int offered(struct usher_sim *sim, const struct usher_event *ev)
{
	uint64_t offer = 0;
	int rc;

	usher_event_u64(ev, USHER_F_OFFER, &offer);
	rc = usher_acd_accept(sim->acd, sim->now_us, offer, NULL);
	if (!rc)
		rc = usher_acd_connected(sim->acd, sim->now_us, offer, NULL);
	return gone_is_fine(rc);
}

static void closed(struct usher_sim *sim, struct sim_contact *contact)
{
	usher__idmap_del(&sim->contacts, contact->id);
	sim->opts.alloc->realloc(sim->opts.alloc->arg, contact, 0);
}

static int answer(struct usher_sim *sim, const struct usher_event *ev)
{
	struct sim_contact *contact = contact_find(sim, ev->contact);
	const struct usher_sim_queue *o;

	if (!contact)
		return 0;
	o = &sim->queues[contact->queue].opts;
	switch (ev->type) {
	case USHER_EV_OFFER_MADE:
		return offered(sim, ev);
	case USHER_EV_AGENT_JOINED:
		contact->waiting = false;
		return plan(sim,
			    drawn(sim, contact, SIM_HANDLE, o->handle_law,
				  o->handle_s, o->handle_cv),
			    SIM_HANGS_UP, ev->contact);
	case USHER_EV_WRAPUP_STARTED:
		return plan(sim,
			    drawn(sim, contact, SIM_WRAPUP, o->wrapup_law,
				  o->wrapup_s, o->wrapup_cv),
			    SIM_WRAPPED_UP, ev->segment);
	case USHER_EV_CONTACT_CLOSED:
		closed(sim, contact);
		return 0;
	default:
		return 0;
	}
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
			rc = answer(sim, ev);
	}
	return rc;
}

static int step(struct usher_sim *sim, int64_t until_us, bool *more)
{
	int64_t deadline = usher_acd_deadline(sim->acd);
	int64_t next = usher__sim_next(&sim->heap);
	struct sim_plan p;
	int rc = 0;

	*more = deadline <= until_us || next <= until_us;
	if (!*more)
		return 0;
	if (deadline <= next) {
		if (deadline > sim->now_us)
			sim->now_us = deadline;
		rc = usher_acd_advance(sim->acd, sim->now_us);
		if (rc == USHER_EAGAIN)
			rc = 0;
	} else if (usher__sim_due(&sim->heap, until_us, &p)) {
		sim->now_us = p.at_us;
		rc = happen(sim, &p);
	}
	return rc ? rc : usher__sim_drain(sim);
}

int usher_sim_run(struct usher_sim *sim, double duration_s)
{
	int64_t until_us;
	bool more = true;
	int rc = 0;

	if (!(duration_s >= 0) || duration_s > RUN_MAX_S)
		return USHER_EINVAL;
	until_us = sim->now_us + in_us(duration_s);
	while (!rc && more)
		rc = step(sim, until_us, &more);
	if (rc)
		return rc;
	sim->now_us = until_us;
	return usher_metrics_advance(sim->metrics, until_us);
}

int usher_sim_warm(struct usher_sim *sim)
{
	return usher_metrics_day_start(sim->metrics, sim->now_us);
}

const struct usher_metrics *usher_sim_metrics(const struct usher_sim *sim)
{
	return sim->metrics;
}

int64_t usher_sim_now(const struct usher_sim *sim)
{
	return sim->now_us;
}

uint64_t usher_sim_queue_id(const struct usher_sim *sim, uint32_t index)
{
	return index < sim->opts.queue_count ? sim->queues[index].id : 0;
}

uint64_t usher_sim_agent_id(const struct usher_sim *sim, uint32_t group,
			    uint32_t index)
{
	if (group >= sim->opts.group_count ||
	    index >= sim->groups[group].agents)
		return 0;
	return sim->agents[sim->groups[group].first + index];
}
