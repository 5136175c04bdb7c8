/* Agents come, take breaks and go; queues open and close. Who is with a
 * contact then finishes it: the core lets a pause or sign-out wait until the
 * work is done. */
#include "sim/sim.h"

/* Where a span begins and ends, once more a period later: the end may lie in
 * the next period. */
uint32_t usher__sim_presence_at(const struct sim_span *spans, uint32_t count,
				int64_t at_us, int64_t period_us,
				int64_t *next_us)
{
	uint32_t presence = USHER_SIGNED_OUT;

	*next_us = USHER_NEVER;
	for (uint32_t i = 0; i < count; i++) {
		const struct sim_span *span = &spans[i];

		for (int64_t turn = 0; turn <= period_us; turn += period_us) {
			int64_t from = span->from_us + turn - period_us;
			int64_t to = span->to_us + turn - period_us;

			if (from <= at_us && at_us < to)
				presence = span->presence;
			from += from <= at_us ? period_us : 0;
			to += to <= at_us ? period_us : 0;
			if (from > at_us && from < *next_us)
				*next_us = from;
			if (to > at_us && to < *next_us)
				*next_us = to;
		}
	}
	return presence;
}

static int turn_to(struct usher_sim *sim, uint64_t agent, uint32_t presence)
{
	int rc = usher_acd_presence(sim->acd, sim->now_us, agent, presence,
				    presence == USHER_PAUSED ? "break" : NULL);

	return rc ? rc : usher__sim_drain(sim);
}

int usher__sim_shift(struct usher_sim *sim, uint32_t index)
{
	const struct sim_group *group = &sim->groups[index];
	uint32_t presence = USHER_READY;
	int64_t at_us, next_us = USHER_NEVER;
	int rc = 0;

	if (group->span_count) {
		at_us = (sim->now_us - sim->opts.start_us) % sim->period_us;
		presence = usher__sim_presence_at(group->spans,
						  group->span_count, at_us,
						  sim->period_us, &next_us);
		rc = usher__sim_plan(&sim->heap, sim->opts.alloc,
				     sim->now_us + next_us - at_us, SIM_SHIFT,
				     index);
	}
	for (uint32_t i = 0; !rc && i < group->agents; i++)
		rc = turn_to(sim, sim->agents[group->first + i], presence);
	return rc;
}

int usher__sim_hours(struct usher_sim *sim, uint32_t index)
{
	const struct sim_queue *queue = &sim->queues[index];
	int64_t at_us, next_us;
	bool open;
	int rc;

	if (!queue->hour_count)
		return 0;
	at_us = (sim->now_us - sim->opts.start_us) % sim->period_us;
	open = usher__sim_presence_at(queue->hours, queue->hour_count, at_us,
				      sim->period_us, &next_us) == USHER_READY;
	rc = usher__sim_plan(&sim->heap, sim->opts.alloc,
			     sim->now_us + next_us - at_us, SIM_OPENS, index);
	if (!rc)
		rc = usher_acd_queue_open(sim->acd, sim->now_us, queue->id,
					  open);
	return rc ? rc : usher__sim_drain(sim);
}
