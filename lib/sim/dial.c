/*
 * Customers who are dialed: those who left the queue to be called back, and
 * those of a list without end, one for each agent who is free.
 *
 * The core has no virtual contacts of its own yet. What it offers is enough:
 * the caller leaves as USHER_LEAVE_CALLBACK, and a new contact with the same
 * `since` takes the place that this age gives.
 */
#include <string.h>

#include "sim/sim.h"

static bool coin(const struct usher_sim *sim, const struct sim_who *who,
		 enum sim_purpose purpose, double part)
{
	const struct sim_stream stream = {sim->opts.seed, who->queue, purpose};

	return usher__sim_uniform(&stream, usher__sim_position(who, true)) <
	       part;
}

bool usher__sim_reached(const struct usher_sim *sim, const struct sim_who *who)
{
	double part = sim->queues[who->queue].opts.reach_part;

	return part == 0 || coin(sim, who, SIM_REACHED, part);
}

int usher__sim_callback(struct usher_sim *sim, uint64_t id)
{
	const struct sim_contact *c = usher__idmap_get(&sim->contacts, id);
	struct sim_contact like;
	struct usher_contact_info info = {.size = sizeof(info)};
	struct sim_queue *queue;
	int rc;

	if (!c || !c->waiting || c->dialed)
		return 0;
	queue = &sim->queues[c->who.queue];
	if (!coin(sim, &c->who, SIM_AGREES, queue->opts.callback_part))
		return 0;
	like = *c;
	like.waiting = false;
	like.dialed = true;
	like.reached = usher__sim_reached(sim, &like.who);
	rc = usher_acd_contact_info(sim->acd, id, &info);
	if (!rc)
		rc = usher_acd_dequeue(sim->acd, sim->now_us, c->segment,
				       USHER_LEAVE_CALLBACK);
	if (!rc)
		rc = usher_acd_contact_end(sim->acd, sim->now_us, id,
					   "callback");
	if (!rc)
		rc = usher__sim_drain(sim);
	if (rc)
		return rc;
	queue->counts.callbacks++;
	return usher__sim_enter(sim, &like, info.since_us);
}

static int dial_one(struct usher_sim *sim, uint32_t index)
{
	struct sim_queue *queue = &sim->queues[index];
	struct sim_contact like = {
		.who = {.number = queue->arrivals++, .queue = index},
		.dialed = true};

	like.reached = usher__sim_reached(sim, &like.who);
	queue->counts.arrived++;
	return usher__sim_enter(sim, &like, 0);
}

int usher__sim_dial(struct usher_sim *sim, uint32_t index)
{
	const struct sim_queue *queue = &sim->queues[index];
	struct usher_queue_info info = {.size = sizeof(info)};
	int rc;

	rc = usher_acd_queue_info(sim->acd, queue->id, &info);
	for (uint32_t i = queue->opts.outbound_keep; !rc && i < info.free; i++)
		rc = dial_one(sim, index);
	if (rc)
		return rc;
	return usher__sim_plan_in(sim,
				  usher__sim_us(queue->opts.outbound_every_s),
				  SIM_DIALS, index);
}
