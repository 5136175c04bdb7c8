/*
 * Customers who are dialed: those of a list without end. Either for each agent
 * who is free, who then has the contact; or ahead, more than there are agents,
 * since not all answer:
 *
 *   is dialed ──→ rings ──→ answers ──→ waits, talks as any customer
 *                   │
 *                   └─→ does not answer
 *
 * Those who left a queue to be called back are in stay.c.
 */
#include <math.h>
#include <string.h>

#include "sim/sim.h"

/* More than rings for all agents at once at the largest ratio. */
#define AHEAD_MAX (USHER_SIM_AGENTS_MAX * USHER_SIM_RATIO_MAX)

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

static int ring_one(struct usher_sim *sim, uint32_t index)
{
	struct sim_queue *queue = &sim->queues[index];
	const struct sim_who who = {.number = queue->arrivals++,
				    .queue = index};
	const int64_t us = usher__sim_rings(sim, &who);

	queue->ringing++;
	queue->counts.dialed++;
	return us > 0 ? usher__sim_plan_in(sim, us, SIM_ANSWERS,
					   usher__sim_pack(&who))
		      : usher__sim_answers(sim, &who);
}

int usher__sim_answers(struct usher_sim *sim, const struct sim_who *who)
{
	struct sim_queue *queue = &sim->queues[who->queue];
	const struct sim_contact like = {
		.who = *who, .asked = who->queue, .ahead = true};

	queue->ringing--;
	if (!usher__sim_reached(sim, who, who->queue))
		return 0;
	queue->counts.reached++;
	queue->counts.arrived++;
	return usher__sim_enter(sim, &like);
}

int usher__sim_dial_ahead(struct usher_sim *sim, uint32_t index)
{
	const struct sim_queue *queue = &sim->queues[index];
	const struct usher_sim_queue *o = &queue->opts;
	struct usher_queue_info own = {.size = sizeof(own)}, info = own;
	uint32_t least = o->outbound_least ? o->outbound_least : 1, most;
	int rc;

	rc = usher_acd_queue_info(sim->acd, queue->id, &own);
	info = own;
	if (!rc && o->outbound_watch)
		rc = usher_acd_queue_info(
			sim->acd, sim->queues[o->outbound_watch - 1].id,
			&info);
	if (rc || !own.open || info.free < least)
		return rc;
	most = (uint32_t)fmin(floor(o->outbound_ratio * own.free + 0.5),
			      AHEAD_MAX);
	/* at once: nobody who answers meanwhile is counted */
	most = most > queue->ringing ? most - queue->ringing : 0;
	while (!rc && most--)
		rc = ring_one(sim, index);
	return rc;
}

int usher__sim_dial_all(struct usher_sim *sim)
{
	int rc = 0;

	for (uint32_t i = 0; !rc && i < sim->opts.queue_count; i++)
		if (sim->queues[i].opts.outbound_ratio > 0)
			rc = usher__sim_dial_ahead(sim, i);
	return rc;
}

static int dial_free(struct usher_sim *sim, uint32_t index)
{
	const struct sim_queue *queue = &sim->queues[index];
	struct usher_queue_info info = {.size = sizeof(info)};
	int rc;

	rc = usher_acd_queue_info(sim->acd, queue->id, &info);
	if (!rc && !info.open)
		info.free = 0;
	for (uint32_t i = queue->opts.outbound_keep; !rc && i < info.free; i++)
		rc = dial_one(sim, index);
	return rc;
}

int usher__sim_dial(struct usher_sim *sim, uint32_t index)
{
	const struct usher_sim_queue *o = &sim->queues[index].opts;
	const int rc = o->outbound_ratio > 0
			       ? usher__sim_dial_ahead(sim, index)
			       : dial_free(sim, index);

	return rc ? rc
		  : usher__sim_plan_in(sim, usher__sim_us(o->outbound_every_s),
				       SIM_DIALS, index);
}
