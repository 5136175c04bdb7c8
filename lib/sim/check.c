/* Whether what is asked for can be simulated. */
#include <math.h>
#include <string.h>

#include "sim/sim.h"

#define LIMIT_MAX_S  1e9
#define LIMIT_MAX_US (INT64_C(1000000000) * SIM_SECOND_US)
/* Looking more often would be a busy wait. */
#define OUTBOUND_MIN_S 0.1

static int bad(struct usher_error *err, const char *name, const char *what)
{
	return usher_error_set(err, USHER_EINVAL, "%s: %s", name, what);
}

/* Ascending from 0 to below the period. */
static bool rates_good(const struct usher_sim_queue *q, double period_s)
{
	bool any = false;

	if (!q->rates || q->rate_count > USHER_SIM_RATES_MAX)
		return false;
	for (uint32_t i = 0; i < q->rate_count; i++) {
		const struct usher_sim_rate *r = &q->rates[i];

		if (!(r->from_s >= 0 && r->from_s < period_s) ||
		    (i && r->from_s <= q->rates[i - 1].from_s) ||
		    !(r->per_s >= 0 && r->per_s <= USHER_SIM_RATE_MAX))
			return false;
		any = any || r->per_s > 0;
	}
	return any;
}

static bool calls_good(const struct usher_sim_queue *q)
{
	if (!q->calls)
		return false;
	for (size_t i = 0; i < q->call_count; i++)
		if (q->calls[i].at_us < (i ? q->calls[i - 1].at_us : 0) ||
		    q->calls[i].at_us > LIMIT_MAX_US ||
		    q->calls[i].handle_us > LIMIT_MAX_US ||
		    q->calls[i].wrapup_us > LIMIT_MAX_US)
			return false;
	return true;
}

static int arrivals_check(const struct usher_sim_queue *q, double period_s,
			  struct usher_error *err)
{
	if (!(q->arrivals_per_s >= 0 &&
	      q->arrivals_per_s <= USHER_SIM_RATE_MAX))
		return bad(err, q->name, "arrivals out of range");
	if ((q->arrivals_per_s > 0) + (q->rate_count > 0) +
		    (q->call_count > 0) + (q->outbound_every_s > 0) >
	    1)
		return bad(err, q->name, "arrivals of two kinds");
	if (q->rate_count && !rates_good(q, period_s))
		return bad(err, q->name,
			   "rates are not in order, out of range, or zero");
	if (q->call_count && !calls_good(q))
		return bad(err, q->name, "calls are not in order");
	if (q->came_size && (q->came_size < SIM_CAME_FIRST ||
			     q->came_size > sizeof(struct usher_sim_came)))
		return bad(err, q->name, "came_size is not known");
	return 0;
}

static bool part_good(double part)
{
	return part >= 0 && part <= 1;
}

static bool dialing_good(const struct usher_sim_queue *q)
{
	return part_good(q->callback_part) && part_good(q->balk_part) &&
	       part_good(q->reach_part) && q->callback_after_s >= 0 &&
	       q->callback_after_s < LIMIT_MAX_S && q->dial_s >= 0 &&
	       q->dial_s < LIMIT_MAX_S &&
	       (q->outbound_every_s == 0 ||
		(q->outbound_every_s >= OUTBOUND_MIN_S &&
		 q->outbound_every_s < LIMIT_MAX_S));
}

static bool ahead_good(const struct usher_sim_queue *q)
{
	return q->outbound_ratio >= 0 &&
	       q->outbound_ratio <= USHER_SIM_RATIO_MAX &&
	       (q->outbound_ratio == 0 || q->outbound_every_s > 0) &&
	       q->outbound_watch <= USHER_SIM_QUEUES_MAX;
}

static bool law_good(int32_t law, double mean, double cv, const double *values,
		     uint32_t count)
{
	const struct sim_law_opts opts = {values, mean, cv, count, law};
	struct sim_law made;

	return usher__sim_law(&made, &opts) == 0;
}

/* In order and apart, the last one from the first one of the next period.
 * first: where the first one begins; free_from: where the one before ends. */
static bool span_good(double from_s, double to_s, double free_from,
		      double first, double period_s)
{
	return from_s >= free_from && from_s < period_s &&
	       to_s >= from_s + 1e-6 && to_s <= first + period_s;
}

static bool hours_good(const struct usher_sim_queue *q, double period_s)
{
	double free_from = 0;

	if (q->hour_count &&
	    (!q->hours || q->hour_count > USHER_SIM_RATES_MAX))
		return false;
	for (uint32_t i = 0; i < q->hour_count; i++) {
		if (!span_good(q->hours[i].from_s, q->hours[i].to_s, free_from,
			       q->hours[0].from_s, period_s))
			return false;
		free_from = q->hours[i].to_s;
	}
	return true;
}

int usher__sim_check_queue(const struct usher_sim_queue *q, double period_s,
			   struct usher_error *err)
{
	int rc;

	if (!q->name || !*q->name)
		return bad(err, "a queue", "without a name");
	rc = arrivals_check(q, period_s, err);
	if (rc)
		return rc;
	if (q->handle_law == USHER_LAW_NONE ||
	    !law_good(q->handle_law, q->handle_s, q->handle_cv,
		      q->handle_values, q->handle_value_count) ||
	    !law_good(q->wrapup_law, q->wrapup_s, q->wrapup_cv,
		      q->wrapup_values, q->wrapup_value_count) ||
	    !law_good(q->patience_law, q->patience_s, q->patience_cv,
		      q->patience_values, q->patience_value_count) ||
	    !law_good(q->retry_law, q->retry_s, q->retry_cv, q->retry_values,
		      q->retry_value_count))
		return bad(err, q->name,
			   "a time is not above zero, or not of its law");
	if (!dialing_good(q) || !ahead_good(q) ||
	    !law_good(q->dial_law, q->dial_s, q->dial_cv, NULL, 0))
		return bad(err, q->name,
			   "balking, callbacks or dialing out of range");
	if (!part_good(q->retry_part) || q->retry_max > USHER_SIM_RETRIES_MAX)
		return bad(err, q->name, "retries are out of range");
	if (q->day_cv != 0 &&
	    !law_good(USHER_LAW_GAMMA, 1, q->day_cv, NULL, 0))
		return bad(err, q->name, "variation of days out of range");
	if (!(q->target_s >= 0 && q->target_s < LIMIT_MAX_S) ||
	    !(q->short_s >= 0 && q->short_s < LIMIT_MAX_S) ||
	    !(q->max_wait_s >= 0 && q->max_wait_s < LIMIT_MAX_S) ||
	    q->places < USHER_ZERO)
		return bad(err, q->name, "a limit is out of range");
	if (!hours_good(q, period_s))
		return bad(err, q->name, "hours are not in order and apart");
	if (q->step_count > USHER_QUEUE_STEPS_MAX ||
	    (q->step_count && !q->steps))
		return bad(err, q->name, "too many steps");
	return 0;
}

static bool spans_good(const struct usher_sim_group *g, double period_s)
{
	double free_from = 0;

	if (g->span_count &&
	    (!g->spans || g->span_count > USHER_SIM_RATES_MAX))
		return false;
	for (uint32_t i = 0; i < g->span_count; i++) {
		const struct usher_sim_span *s = &g->spans[i];

		if (!span_good(s->from_s, s->to_s, free_from,
			       g->spans[0].from_s, period_s) ||
		    (s->presence != USHER_READY &&
		     s->presence != USHER_PAUSED))
			return false;
		free_from = s->to_s;
	}
	return true;
}

static bool speed_good(double speed)
{
	return speed == 0 || (speed >= 1 / USHER_SIM_SPEED_MAX &&
			      speed <= USHER_SIM_SPEED_MAX);
}

static bool slowdowns_good(const struct usher_sim_group *g)
{
	if (!(g->slowdown >= 0 && g->slowdown <= USHER_SIM_SLOWDOWN_MAX) ||
	    g->slowdown_count > USHER_CAPACITY_MAX ||
	    (g->slowdown_count && !g->slowdowns))
		return false;
	for (uint32_t i = 0; i < g->slowdown_count; i++)
		if (g->slowdowns[i] == 0 || !speed_good(g->slowdowns[i]))
			return false;
	return true;
}

int usher__sim_check_group(const struct usher_sim_group *g, double period_s,
			   struct usher_error *err)
{
	if (!g->name || !*g->name || strlen(g->name) > USHER_NAME_MAX ||
	    g->queue_count > USHER_AGENT_QUEUES_MAX)
		return bad(err, "a group",
			   "without a name, or with too many queues");
	if (!speed_good(g->speed) || g->speed_count > USHER_SIM_QUEUES_MAX ||
	    (g->speed_count && !g->speeds))
		return bad(err, g->name, "speed is out of range");
	if (!slowdowns_good(g))
		return bad(err, g->name, "slow-down is out of range");
	for (uint32_t i = 0; i < g->speed_count; i++)
		if (!speed_good(g->speeds[i]))
			return bad(err, g->name, "speed is out of range");
	if (!spans_good(g, period_s))
		return bad(err, g->name, "spans are not in order and apart");
	return 0;
}

void usher__sim_element(const void *array, size_t size, uint32_t index,
			void *to, size_t known)
{
	memset(to, 0, known);
	memcpy(to, (const char *)array + size * index, size);
}
