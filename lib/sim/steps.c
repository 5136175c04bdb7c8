/*
 * What queues do over time is the core's: their steps are given to it, with
 * ids where the options have indices. When they are open is kept here, and
 * told to it by shift.c.
 */
#include <string.h>

#include "sim/sim.h"

/* Elements have the size that the caller knows, which each of them says. */
static int step_at(const struct usher_sim_queue *q, uint32_t index,
		   struct usher_queue_step_opts *ret)
{
	const size_t size = q->steps->size;
	const char *at = (const char *)q->steps + size * index;

	if (size < sizeof(ret->size) || size > sizeof(*ret))
		return USHER_EINVAL;
	usher_queue_step_opts_init(ret, sizeof(*ret));
	memcpy(ret, at, size);
	if (ret->size != size)
		return USHER_EINVAL;
	ret->size = sizeof(*ret);
	return 0;
}

static int ids_of(const struct usher_sim *sim,
		  struct usher_queue_step_opts *step,
		  uint64_t ids[USHER_CONTACT_QUEUES_MAX])
{
	if (step->queue_count > USHER_CONTACT_QUEUES_MAX ||
	    (step->queue_count && !step->queues))
		return USHER_EINVAL;
	for (uint32_t i = 0; i < step->queue_count; i++) {
		if (step->queues[i] >= sim->opts.queue_count)
			return USHER_ENOENT;
		ids[i] = sim->queues[step->queues[i]].id;
	}
	step->queues = ids;
	return 0;
}

int usher__sim_steps(struct usher_sim *sim, uint32_t index,
		     const struct usher_sim_queue *q, struct usher_error *err)
{
	for (uint32_t i = 0; i < q->step_count; i++) {
		uint64_t ids[USHER_CONTACT_QUEUES_MAX];
		struct usher_queue_step_opts step;
		int rc = step_at(q, i, &step);

		if (!rc)
			rc = ids_of(sim, &step, ids);
		if (rc)
			return usher_error_set(
				err, rc, "queue %s: step %u: %s", q->name,
				i + 1,
				rc == USHER_ENOENT ? "no such queue"
						   : "malformed");
		rc = usher_acd_step_set(sim->acd, sim->now_us,
					sim->queues[index].id, i + 1, &step,
					err);
		if (!rc)
			rc = usher__sim_drain(sim);
		if (rc)
			return rc;
	}
	return 0;
}

int usher__sim_hours_make(struct usher_sim *sim, struct sim_queue *queue,
			  const struct usher_sim_queue *q)
{
	const struct usher_alloc *alloc = sim->opts.alloc;

	if (!q->hour_count)
		return 0;
	queue->hours = alloc->realloc(alloc->arg, NULL,
				      q->hour_count * sizeof(*queue->hours));
	if (!queue->hours)
		return USHER_ENOMEM;
	queue->hour_count = q->hour_count;
	for (uint32_t i = 0; i < q->hour_count; i++) {
		queue->hours[i].from_us = usher__sim_us(q->hours[i].from_s);
		queue->hours[i].to_us = usher__sim_us(q->hours[i].to_s);
		queue->hours[i].presence = USHER_READY;
	}
	return 0;
}
