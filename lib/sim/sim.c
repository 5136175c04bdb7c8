/*
 * The loop: the next thing that happens is a plan of the customers and agents
 * or a deadline of the core, whichever comes first; then the core's events
 * are drained, counted, and answered by new plans.
 */
#include <string.h>

#include "sim/sim.h"

#define RUN_MAX_S 1e9

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

static int desk_due(struct usher_sim *sim, uint32_t index)
{
	struct sim_task task;
	int rc = 0;

	/* planned before something else came or went */
	if (sim->desks[index].due_us != sim->now_us)
		return 0;
	sim->desks[index].due_us = USHER_NEVER;
	while (!rc && usher__sim_desk_done(sim, index, &task)) {
		rc = task.wraps ? usher_acd_wrapup_end(sim->acd, sim->now_us,
						       task.segment)
				: usher__sim_talked(sim, task.contact);
		rc = usher__sim_gone(rc);
		if (!rc)
			rc = usher__sim_drain(sim);
	}
	return rc ? rc : usher__sim_desk_plan(sim, index);
}

/* Or closes. */
static int opens(struct usher_sim *sim, uint32_t index)
{
	const int rc = usher__sim_hours(sim, index);

	return rc || sim->queues[index].opts.outbound_ratio <= 0
		       ? rc
		       : usher__sim_dial_ahead(sim, index);
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
		return usher__sim_gone(usher__sim_give_up(sim, p->id));
	case SIM_HANGS_UP:
		return usher__sim_gone(usher__sim_talked(sim, p->id));
	case SIM_WRAPPED_UP:
		return usher__sim_gone(
			usher_acd_wrapup_end(sim->acd, sim->now_us, p->id));
	case SIM_SHIFT:
		return usher__sim_shift(sim, (uint32_t)p->id);
	case SIM_CALLBACK:
		return usher__sim_gone(asked(sim, p->id));
	case SIM_OPENS:
		return opens(sim, (uint32_t)p->id);
	case SIM_DIALS:
		return usher__sim_dial(sim, (uint32_t)p->id);
	case SIM_FREED:
		return usher__sim_dial_all(sim);
	case SIM_ANSWERS:
		who = usher__sim_who(p->id);
		return usher__sim_answers(sim, &who);
	case SIM_DESK:
		return desk_due(sim, (uint32_t)p->id);
	}
	return 0;
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
	usher__sim_desks_warm(sim);
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
