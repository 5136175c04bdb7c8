/*
 * The loop: the next thing that happens is a plan of the customers and agents
 * or a deadline of the core, whichever comes first; then the core's events
 * are drained, counted, and answered by new plans.
 */
#include <math.h>
#include <string.h>

#include "sim/sim.h"

#define RUN_MAX_S 1e9

int64_t usher__sim_us(double seconds)
{
	return (int64_t)(fmin(seconds, SIM_TIME_MAX_S) * SIM_SECOND_US);
}

/* What the customer or agent of a plan finds gone is no error. */
static int gone_is_fine(int rc)
{
	return rc == USHER_ENOENT || rc == USHER_ESTATE ? 0 : rc;
}

static int arrives(struct usher_sim *sim, uint32_t index)
{
	const struct sim_who who = {.number = sim->queues[index].arrivals++,
				    .queue = index};
	int rc;

	rc = usher__sim_call(sim, &who);
	return rc ? rc : usher__sim_plan_arrival(sim, index);
}

/* After so long his own queue asks. */
static int asked(struct usher_sim *sim, uint64_t id)
{
	const struct sim_contact *c = usher__idmap_get(&sim->contacts, id);

	return c && !c->leg.number ? usher__sim_callback(sim, id, c->who.queue)
				   : 0;
}

static int happen(struct usher_sim *sim, const struct sim_plan *p)
{
	struct sim_who who;

	switch (p->what) {
	case SIM_ARRIVES:
		return arrives(sim, (uint32_t)p->id);
	case SIM_CALLS_AGAIN:
		who = usher__sim_who(p->id);
		return usher__sim_call(sim, &who);
	case SIM_GIVES_UP:
		return gone_is_fine(usher__sim_give_up(sim, p->id));
	case SIM_HANGS_UP:
		return gone_is_fine(usher__sim_talked(sim, p->id));
	case SIM_WRAPPED_UP:
		return gone_is_fine(
			usher_acd_wrapup_end(sim->acd, sim->now_us, p->id));
	case SIM_SHIFT:
		return usher__sim_shift(sim, (uint32_t)p->id);
	case SIM_CALLBACK:
		return gone_is_fine(asked(sim, p->id));
	case SIM_OPENS:
		return usher__sim_hours(sim, (uint32_t)p->id);
	case SIM_DIALS:
		return usher__sim_dial(sim, (uint32_t)p->id);
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

uint32_t usher__sim_queue_index(const struct usher_sim *sim, uint64_t id)
{
	uint32_t from = 0, to = sim->opts.queue_count;

	/* ids ascend as the queues do */
	while (from < to) {
		uint32_t middle = from + (to - from) / 2;

		if (sim->queues[middle].id < id)
			from = middle + 1;
		else
			to = middle;
	}
	return from < sim->opts.queue_count && sim->queues[from].id == id
		       ? from
		       : UINT32_MAX;
}

/* In one queue more or less. */
static void waits(struct usher_sim *sim, struct sim_contact *contact,
		  uint64_t queue, bool yes)
{
	uint32_t index = contact->who.queue;
	const uint32_t was = contact->waiting;

	if (sim->queues[index].id != queue)
		index = usher__sim_queue_index(sim, queue);
	if (index == UINT32_MAX || (!yes && !was))
		return;
	contact->waiting += yes ? 1 : UINT32_MAX;
	sim->queues[index].waiting += yes ? 1 : UINT32_MAX;
	if (!was || !contact->waiting)
		sim->waiting += yes ? 1 : UINT32_MAX;
}

/* Who was led out of the last queue is somebody else's. */
static int led_elsewhere(struct usher_sim *sim, struct sim_contact *contact,
			 const struct usher_event *ev)
{
	uint64_t leave = USHER_LEAVE_ANSWERED;

	usher_event_u64(ev, USHER_F_LEAVE, &leave);
	if ((leave != USHER_LEAVE_TIMEOUT && leave != USHER_LEAVE_OVERFLOW) ||
	    contact->waiting)
		return 0;
	if (contact->stage == SIM_SEEKS)
		return gone_is_fine(usher__sim_led_away(sim, contact));
	return gone_is_fine(usher_acd_contact_end(
		sim->acd, sim->now_us, ev->contact,
		leave == USHER_LEAVE_TIMEOUT ? "timeout" : "exit"));
}

static int moved(struct usher_sim *sim, struct sim_contact *contact,
		 const struct usher_event *ev)
{
	uint64_t queue = 0;

	usher_event_u64(ev, USHER_F_QUEUE, &queue);
	waits(sim, contact, queue, ev->type == USHER_EV_QUEUE_ENTERED);
	return ev->type == USHER_EV_QUEUE_LEFT
		       ? led_elsewhere(sim, contact, ev)
		       : 0;
}

/* What a step asks of others. */
static int step_taken(struct usher_sim *sim, const struct usher_event *ev)
{
	uint64_t action = USHER_QUEUE_STEP_ANNOUNCE, queue = 0;
	uint32_t index;

	usher_event_u64(ev, USHER_F_ACTION, &action);
	usher_event_u64(ev, USHER_F_QUEUE, &queue);
	index = usher__sim_queue_index(sim, queue);
	if (action != USHER_QUEUE_STEP_CALLBACK || index == UINT32_MAX)
		return 0;
	return gone_is_fine(usher__sim_callback(sim, ev->contact, index));
}

static int answer(struct usher_sim *sim, const struct usher_event *ev)
{
	struct usher_sim_counts *counts;
	struct sim_contact *contact;
	struct sim_leg leg;
	uint64_t agent = 0;

	if (ev->type == USHER_EV_OFFER_MADE)
		return offered(sim, ev);
	if (ev->type != USHER_EV_QUEUE_ENTERED &&
	    ev->type != USHER_EV_QUEUE_LEFT &&
	    ev->type != USHER_EV_STEP_TAKEN &&
	    ev->type != USHER_EV_AGENT_JOINED &&
	    ev->type != USHER_EV_WRAPUP_STARTED &&
	    ev->type != USHER_EV_CONTACT_CLOSED)
		return 0;
	contact = usher__idmap_get(&sim->contacts, ev->contact);
	if (!contact)
		return 0;
	switch (ev->type) {
	case USHER_EV_QUEUE_ENTERED:
	case USHER_EV_QUEUE_LEFT:
		return moved(sim, contact, ev);
	case USHER_EV_STEP_TAKEN:
		return step_taken(sim, ev);
	case USHER_EV_AGENT_JOINED:
		usher_event_u64(ev, USHER_F_AGENT, &agent);
		if (contact->dialed && !contact->leg.number &&
		    contact->stage == SIM_WITH_ONE) {
			counts = &sim->queues[contact->who.queue].counts;
			counts->dialed++;
			counts->reached += contact->reached;
		}
		return usher__sim_joined(sim, contact, ev->segment, agent);
	case USHER_EV_WRAPUP_STARTED:
		leg = usher__sim_leg_of(contact, ev->segment);
		return usher__sim_plan_in(
			sim, usher__sim_wrapup(sim, contact, &leg),
			SIM_WRAPPED_UP, ev->segment);
	default:
		usher__idmap_del(&sim->contacts, contact->identity.id);
		usher__pool_put(&sim->pool, contact);
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
	until_us = sim->now_us + usher__sim_us(duration_s);
	while (!rc && more)
		rc = step(sim, until_us, &more);
	if (rc)
		return rc;
	sim->now_us = until_us;
	return usher_metrics_advance(sim->metrics, until_us);
}

int usher_sim_warm(struct usher_sim *sim)
{
	for (uint32_t i = 0; i < sim->opts.queue_count; i++)
		memset(&sim->queues[i].counts, 0,
		       sizeof(sim->queues[i].counts));
	return usher_metrics_day_start(sim->metrics, sim->now_us);
}

int usher_sim_counts(const struct usher_sim *sim, uint32_t index,
		     struct usher_sim_counts *ret)
{
	struct usher_sim_counts all;

	if (!ret || ret->size < sizeof(ret->size) || ret->size > sizeof(all))
		return USHER_EINVAL;
	if (index >= sim->opts.queue_count)
		return USHER_ENOENT;
	all = sim->queues[index].counts;
	all.size = ret->size;
	memcpy(ret, &all, all.size);
	return 0;
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
