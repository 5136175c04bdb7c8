/*
 * When customers arrive. A Poisson process of any rate is one of rate 1 in
 * another time: the n-th gap is the n-th exponential number of the stream, and
 * it is used up at the rate of the moment. So the n-th customer comes from the
 * same number whatever the rates are, and no arrival is drawn in vain.
 */
#include <math.h>

#include "sim/sim.h"

/* The random factor of a day, common to all queues and this one's own. */
static double day_factor(const struct usher_sim *sim, uint32_t index,
			 uint64_t day)
{
	const struct sim_stream common = {sim->opts.seed, SIM_ALL_QUEUES,
					  SIM_DAY};
	const struct sim_stream own = {sim->opts.seed, index, SIM_DAY};
	double factor = 1;

	if (sim->day.law != USHER_LAW_NONE)
		factor = usher__sim_draw(&common, day, &sim->day);
	if (sim->queues[index].day.law != USHER_LAW_NONE)
		factor *= usher__sim_draw(&own, day, &sim->queues[index].day);
	return factor;
}

/* The rate at a time of the period and how long it stays so. */
static double rate_at(const struct sim_queue *queue, int64_t at_us,
		      int64_t period_us, int64_t *stays_us)
{
	uint32_t i = 0, end = queue->rate_count;

	/* the first one that begins later */
	while (i < end) {
		uint32_t middle = i + (end - i) / 2;

		if (queue->rates[middle].from_us <= at_us)
			i = middle + 1;
		else
			end = middle;
	}
	*stays_us =
		(i < queue->rate_count ? queue->rates[i].from_us : period_us) -
		at_us;
	return i ? queue->rates[i - 1].per_s : 0;
}

/* Until so much of the rate has passed; SIM_TIME_MAX_S or more: never. */
static double gap_s(const struct usher_sim *sim, uint32_t index, double mass)
{
	const struct sim_queue *queue = &sim->queues[index];
	const bool days = sim->day.law != USHER_LAW_NONE ||
			  queue->day.law != USHER_LAW_NONE;
	int64_t at_us = sim->now_us - sim->opts.start_us, stays_us;
	const int64_t begin_us = at_us;
	double rate, passes;

	if (queue->rate_count == 1 && !queue->rates[0].from_us && !days)
		return mass / queue->rates[0].per_s;
	while (at_us - begin_us < usher__sim_us(SIM_TIME_MAX_S)) {
		rate = rate_at(queue, at_us % sim->period_us, sim->period_us,
			       &stays_us);
		if (days) {
			int64_t left_us = SIM_DAY_US - at_us % SIM_DAY_US;

			stays_us = left_us < stays_us ? left_us : stays_us;
			rate *= day_factor(sim, index,
					   (uint64_t)(at_us / SIM_DAY_US));
		}
		passes = rate * (double)stays_us / SIM_SECOND_US;
		if (passes > mass)
			return (double)(at_us - begin_us) / SIM_SECOND_US +
			       mass / rate;
		mass -= passes;
		at_us += stays_us;
	}
	return HUGE_VAL;
}

int usher__sim_plan_arrival(struct usher_sim *sim, uint32_t index)
{
	const struct sim_queue *queue = &sim->queues[index];
	const struct sim_stream stream = {sim->opts.seed, index, SIM_ARRIVAL};
	double gap;
	int64_t at_us;

	if (queue->opts.calls) {
		if (queue->arrivals == queue->opts.call_count)
			return 0;
		at_us = sim->opts.start_us +
			queue->opts.calls[queue->arrivals].at_us;
	} else if (queue->rate_count) {
		gap = gap_s(sim, index,
			    usher__sim_unit(&stream, queue->arrivals));
		if (gap >= SIM_TIME_MAX_S)
			return 0;
		at_us = sim->now_us + usher__sim_us(gap);
	} else {
		return 0;
	}
	return usher__sim_plan(&sim->heap, sim->opts.alloc, at_us, SIM_ARRIVES,
			       index);
}
