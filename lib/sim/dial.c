/*
 * Customers who are dialed: those of a list without end, one for each agent
 * who is free. Those who left a queue to be called back are in stay.c.
 */
#include <string.h>

#include "sim/sim.h"

static int dial_one(struct usher_sim *sim, uint32_t index)
{
	struct sim_queue *queue = &sim->queues[index];
	struct sim_contact like = {
		.who = {.number = queue->arrivals++, .queue = index},
		.asked = index,
		.dialed = true};

	like.reached = usher__sim_reached(sim, &like.who, index);
	queue->counts.arrived++;
	return usher__sim_enter(sim, &like);
}

int usher__sim_dial(struct usher_sim *sim, uint32_t index)
{
	const struct sim_queue *queue = &sim->queues[index];
	struct usher_queue_info info = {.size = sizeof(info)};
	int rc;

	rc = usher_acd_queue_info(sim->acd, queue->id, &info);
	if (!rc && !info.open)
		info.free = 0;
	for (uint32_t i = queue->opts.outbound_keep; !rc && i < info.free; i++)
		rc = dial_one(sim, index);
	if (rc)
		return rc;
	return usher__sim_plan_in(sim,
				  usher__sim_us(queue->opts.outbound_every_s),
				  SIM_DIALS, index);
}
