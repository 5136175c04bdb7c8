/*
 * What becomes of a contact after the talk: a second agent may be asked for,
 * and it may go on to another queue. The core's own inputs do it, as a center
 * in service does (Transfers in usher/acd.h).
 *
 *   talks ──→ seeks a second agent ──→ talks with both ──┐
 *     │          │ none is had                           │
 *     ├──────────┴───────────────────────────────────────┘
 *     ▼
 *   waits in the next queue, or is gone; the agent wraps up
 *
 * seek(), join() and go_on() are the only moves. A stay in a queue is a leg;
 * every leg has numbers of its own, so that the way of a customer is the same
 * in every run.
 */
#include <string.h>

#include "sim/sim.h"

#define PARTS_SPARE 1e-9
struct sim_leg usher__sim_leg_of(const struct sim_contact *c, uint64_t segment)
{
	if (segment == c->second.segment)
		return c->second.leg;
	return segment == c->before.segment ? c->before.leg : c->now.leg;
}

/* ---- Making ---- */

static int onward_check(const struct usher_sim *sim,
			const struct usher_sim_onward *list, uint32_t count)
{
	double sum = 0;

	if (count > USHER_SIM_QUEUES_MAX || (count && !list))
		return USHER_EINVAL;
	for (uint32_t i = 0; i < count; i++) {
		if (!(list[i].part >= 0) ||
		    list[i].queue >= sim->opts.queue_count)
			return USHER_EINVAL;
		sum += list[i].part;
	}
	return sum <= 1 + PARTS_SPARE ? 0 : USHER_EINVAL;
}

static int onward_copy(const struct usher_sim *sim,
		       const struct usher_sim_onward *list, uint32_t count,
		       struct usher_sim_onward **ret)
{
	const struct usher_alloc *alloc = sim->opts.alloc;
	int rc = onward_check(sim, list, count);

	if (rc || !count)
		return rc;
	*ret = alloc->realloc(alloc->arg, NULL, count * sizeof(**ret));
	if (!*ret)
		return USHER_ENOMEM;
	memcpy(*ret, list, count * sizeof(**ret));
	return 0;
}

int usher__sim_onward_make(struct usher_sim *sim, struct sim_queue *queue,
			   const struct usher_sim_queue *q,
			   struct usher_error *err)
{
	int rc;

	queue->opts.consults = queue->opts.transfers = NULL;
	rc = onward_copy(sim, q->consults, q->consult_count, &queue->consults);
	if (!rc)
		rc = onward_copy(sim, q->transfers, q->transfer_count,
				 &queue->transfers);
	return rc == USHER_EINVAL
		       ? usher_error_set(err, rc,
					 "%s: consults or transfers out of "
					 "range",
					 q->name)
		       : rc;
}

/* ---- Moves ---- */

/* UINT32_MAX: none of the list. */
static uint32_t chosen(const struct usher_sim *sim,
		       const struct sim_contact *c, enum sim_purpose purpose,
		       const struct usher_sim_onward *list, uint32_t count)
{
	const struct sim_stream coin = {
		sim->opts.seed, usher__sim_stream(&c->who, &c->leg), purpose};
	double drawn;

	if (!count || (c->dialed && !c->reached))
		return UINT32_MAX;
	drawn = usher__sim_uniform(&coin, usher__sim_position(&c->who, true));
	for (uint32_t i = 0; i < count; i++) {
		if (drawn < list[i].part)
			return list[i].queue;
		drawn -= list[i].part;
	}
	return UINT32_MAX;
}

static int enqueue(struct usher_sim *sim, struct sim_contact *c,
		   uint32_t queue)
{
	struct usher_enqueue_opts opts;
	int rc;

	usher_enqueue_opts_init(&opts, sizeof(opts));
	opts.queues = &sim->queues[queue].id;
	opts.queue_count = 1;
	rc = usher_acd_enqueue(sim->acd, sim->now_us, c->identity.id, &opts,
			       &c->segment);
	if (rc == USHER_EFULL)
		sim->queues[queue].counts.blocked++;
	if (rc == USHER_ECLOSED)
		sim->queues[queue].counts.closed++;
	return rc;
}

static bool refused(int rc)
{
	return rc == USHER_EFULL || rc == USHER_ECLOSED;
}

/* The contact goes to the next queue before the agent leaves it; what that
 * queue does at once finds it alone. */
static int pass_on(struct usher_sim *sim, struct sim_contact *c, uint32_t next)
{
	const uint64_t id = c->identity.id;
	int rc;

	c->before = c->now;
	c->leg.queue = next;
	c->leg.number++;
	rc = enqueue(sim, c, next);
	if (!rc)
		rc = usher_acd_leave(sim->acd, sim->now_us, c->before.segment,
				     "transfer");
	if (!rc)
		rc = usher__sim_drain(sim);
	if (!rc)
		rc = usher__sim_settle(sim);
	if (rc)
		return rc;
	c = usher__idmap_get(&sim->contacts, id);
	return c && c->waiting && !c->agreed ? usher__sim_stay(sim, c) : 0;
}

static int go_on(struct usher_sim *sim, struct sim_contact *c)
{
	const struct sim_queue *queue = &sim->queues[c->leg.queue];
	const uint32_t next = chosen(sim, c, SIM_TRANSFERS, queue->transfers,
				     queue->opts.transfer_count);
	const uint64_t id = c->identity.id;
	int rc = 0;

	c->stage = SIM_WITH_ONE;
	if (next == UINT32_MAX)
		return usher_acd_contact_end(sim->acd, sim->now_us, id,
					     "done");
	rc = pass_on(sim, c, next);
	if (!refused(rc))
		return rc;
	c->leg = c->before.leg;
	rc = rc == USHER_EFULL ? usher__sim_unserved(sim, &c->who) : 0;
	return rc ? rc
		  : usher_acd_contact_end(sim->acd, sim->now_us, id,
					  "refused");
}

/* Nobody is had, also where steps led the search. */
static int alone(struct usher_sim *sim, struct sim_contact *c, uint32_t leave)
{
	const int rc = usher__sim_leave_all(sim, c->identity.id, leave);

	return rc ? rc : go_on(sim, c);
}

/* A second agent, for as long as the contact's own agent likes to wait. */
static int seek(struct usher_sim *sim, struct sim_contact *c, uint32_t index)
{
	const uint64_t id = c->identity.id;
	int rc;

	c->stage = SIM_SEEKS;
	c->second.segment = 0;
	c->second.leg.queue = index;
	c->second.leg.number = c->leg.number | SIM_LEG_SECOND;
	rc = enqueue(sim, c, index);
	if (refused(rc))
		return go_on(sim, c);
	if (!rc)
		rc = usher__sim_drain(sim);
	if (!rc)
		rc = usher__sim_settle(sim);
	if (rc)
		return rc;
	c = usher__idmap_get(&sim->contacts, id);
	if (!c || c->stage != SIM_SEEKS)
		return 0;
	if (usher__sim_beyond(sim, c, index)) {
		sim->queues[index].counts.blocked++;
		return alone(sim, c, USHER_LEAVE_FULL);
	}
	return usher__sim_be_patient(sim, c, &c->second.leg);
}

int usher__sim_talked(struct usher_sim *sim, uint64_t id)
{
	struct sim_contact *c = usher__idmap_get(&sim->contacts, id);
	const struct sim_queue *queue;
	uint32_t index;
	int rc;

	if (!c)
		return 0;
	queue = &sim->queues[c->leg.queue];
	if (c->stage == SIM_WITH_BOTH) {
		rc = usher_acd_leave(sim->acd, sim->now_us, c->second.segment,
				     "consulted");
		if (!rc)
			rc = usher__sim_drain(sim);
		return rc ? rc : go_on(sim, c);
	}
	index = chosen(sim, c, SIM_CONSULTS, queue->consults,
		       queue->opts.consult_count);
	return index == UINT32_MAX ? go_on(sim, c) : seek(sim, c, index);
}

int usher__sim_not_had(struct usher_sim *sim, struct sim_contact *c)
{
	return alone(sim, c, USHER_LEAVE_ABANDONED);
}

int usher__sim_led_away(struct usher_sim *sim, struct sim_contact *c)
{
	return go_on(sim, c);
}

int usher__sim_joined(struct usher_sim *sim, struct sim_contact *c,
		      uint64_t segment, uint64_t agent)
{
	struct sim_stay *stay = &c->now;
	int64_t us;

	if (c->stage == SIM_SEEKS) {
		stay = &c->second;
		c->stage = SIM_WITH_BOTH;
	} else {
		stay->leg = c->leg;
		c->agreed = false;
	}
	stay->segment = segment;
	us = usher__sim_handle(sim, c, &stay->leg, agent);
	return sim->desks ? usher__sim_desk_begin(sim, c, segment, agent, us)
			  : usher__sim_plan_in(sim, us, SIM_HANGS_UP,
					       c->identity.id);
}

/* ---- As numbers ---- */

static void stay_out(const struct sim_stay *stay, uint64_t *to)
{
	to[0] = stay->segment;
	to[1] = stay->leg.queue;
	to[2] = stay->leg.number;
}

static bool stay_back(const struct usher_sim *sim, struct sim_stay *stay,
		      const uint64_t *from)
{
	stay->segment = from[0];
	stay->leg.queue = (uint32_t)from[1];
	stay->leg.number = (uint32_t)from[2];
	return from[1] < sim->opts.queue_count && from[2] <= UINT32_MAX;
}

void usher__sim_way(const struct sim_contact *c, uint64_t way[SIM_WAY])
{
	stay_out(&c->now, way);
	stay_out(&c->before, way + 3);
	stay_out(&c->second, way + 6);
	way[9] = c->leg.queue;
	way[10] = c->leg.number;
	way[11] = (uint64_t)c->patient_until_us;
	way[12] = c->stage;
	way[13] = c->dialed_leg;
}

bool usher__sim_way_back(const struct usher_sim *sim, struct sim_contact *c,
			 const uint64_t way[SIM_WAY])
{
	c->leg.queue = (uint32_t)way[9];
	c->leg.number = (uint32_t)way[10];
	c->patient_until_us = (int64_t)way[11];
	c->stage = (enum sim_stage)way[12];
	c->dialed_leg = (uint32_t)way[13];
	return stay_back(sim, &c->now, way) &&
	       stay_back(sim, &c->before, way + 3) &&
	       stay_back(sim, &c->second, way + 6) &&
	       way[9] < sim->opts.queue_count && way[10] <= UINT32_MAX &&
	       way[12] <= SIM_WITH_BOTH && way[13] <= UINT32_MAX;
}
