/*
 * Customers who are dialed: those who left the queue to be called back (the
 * core keeps their place, an agent is first), and those of a list without end,
 * one for each agent who is free.
 */
#include <stdio.h>
#include <string.h>

#include "sim/sim.h"

/* As long as the core takes: a year. */
#define PATIENT_US INT64_C(31622400000000)

static bool coin(const struct usher_sim *sim, const struct sim_who *who,
		 enum sim_purpose purpose, double part)
{
	const struct sim_stream stream = {sim->opts.seed, who->queue, purpose};

	return usher__sim_uniform(&stream, usher__sim_position(who, true)) <
	       part;
}

bool usher__sim_reached(const struct usher_sim *sim, const struct sim_who *who,
			uint32_t index)
{
	double part = sim->queues[index].opts.reach_part;

	return part == 0 || coin(sim, who, SIM_REACHED, part);
}

/* One who agreed, for as long as it takes. */
static int call_back(struct usher_sim *sim, uint64_t id)
{
	struct usher_callback_opts opts;
	char address[24];

	snprintf(address, sizeof(address), "%llu", (unsigned long long)id);
	usher_callback_opts_init(&opts, sizeof(opts));
	opts.address = address;
	opts.until_us = sim->now_us + PATIENT_US;
	return usher_acd_callback(sim->acd, sim->now_us, id, &opts);
}

int usher__sim_callback(struct usher_sim *sim, uint64_t id, uint32_t index)
{
	struct sim_contact *c = usher__idmap_get(&sim->contacts, id);
	struct sim_queue *queue;
	int rc;

	if (!c || !c->waiting || c->dialed)
		return 0;
	queue = &sim->queues[index];
	if (!coin(sim, &c->who, SIM_AGREES, queue->opts.callback_part))
		return 0;
	rc = call_back(sim, id);
	if (rc)
		return rc;
	c->dialed = c->agreed = true;
	c->asked = index;
	c->reached = usher__sim_reached(sim, &c->who, index);
	c->segment = usher_acd_segment_next(sim->acd, id, 0);
	sim->queues[c->who.queue].counts.callbacks++;
	return 0;
}

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
