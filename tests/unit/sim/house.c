#include <check.h>
#include <math.h>
#include <string.h>

#include "house.h"

#define CONFIDENCE 0.999
#define SECOND     INT64_C(1000000)

void house_init(struct house *h, uint32_t queues, uint32_t groups)
{
	static const char *const queue_names[HOUSE_MANY] = {
		"q1", "q2", "q3", "q4", "q5", "q6", "q7", "q8"};
	static const char *const group_names[HOUSE_MANY] = {
		"g1", "g2", "g3", "g4", "g5", "g6", "g7", "g8"};

	memset(h, 0, sizeof(*h));
	ck_assert_int_eq(usher_sim_opts_init(&h->opts, sizeof(h->opts)), 0);
	for (uint32_t i = 0; i < HOUSE_MANY; i++) {
		h->queues[i].name = queue_names[i];
		h->queues[i].handle_s = 100;
		h->queues[i].handle_law = USHER_LAW_EXPONENTIAL;
		h->groups[i].name = group_names[i];
		h->groups[i].agents = 1;
	}
	h->opts.queue_count = queues;
	h->opts.group_count = groups;
	h->opts.seed = 1;
}

struct usher_sim *house_open(struct house *h)
{
	struct usher_sim *sim = NULL;
	struct usher_error err;

	h->opts.queues = h->queues;
	h->opts.groups = h->groups;
	ck_assert_msg(usher_sim_new(&sim, &h->opts, &err) == 0, "%s",
		      err.message);
	return sim;
}

struct usher_queue_figures house_queue(const struct usher_sim *sim,
				       uint32_t index)
{
	struct usher_queue_figures f = {.size = sizeof(f)};

	ck_assert_int_eq(usher_metrics_queue(usher_sim_metrics(sim),
					     usher_sim_queue_id(sim, index),
					     USHER_SPAN_DAY,
					     usher_sim_now(sim), &f),
			 0);
	return f;
}

struct usher_sim_counts house_counts(const struct usher_sim *sim,
				     uint32_t index)
{
	struct usher_sim_counts c = {.size = sizeof(c)};

	ck_assert_int_eq(usher_sim_counts(sim, index, &c), 0);
	return c;
}

struct usher_sim *house_run(struct house *h, double warmup_s,
			    double duration_s)
{
	struct usher_sim *sim = house_open(h);

	ck_assert_int_eq(usher_sim_run(sim, warmup_s), 0);
	ck_assert_int_eq(usher_sim_warm(sim), 0);
	ck_assert_int_eq(usher_sim_run(sim, duration_s), 0);
	return sim;
}

void house_customers(struct house *h, int64_t patience_us)
{
	static struct usher_sim_call calls[HOUSE_CALLS];

	for (int i = 0; i < HOUSE_CALLS; i++)
		calls[i] = (struct usher_sim_call){
			SECOND + i * 30 * SECOND, 10 * SECOND, 0, patience_us};
	h->queues[0].calls = calls;
	h->queues[0].call_count = HOUSE_CALLS;
}

void house_two(struct house *h)
{
	static const uint32_t second = 1;

	house_init(h, 2, 1);
	h->queues[0].members_only = h->queues[1].members_only = 1;
	h->groups[0].queues = &second;
	h->groups[0].queue_count = 1;
}

struct usher_queue_step_opts house_step(uint32_t action, int after_s)
{
	struct usher_queue_step_opts opts;

	usher_queue_step_opts_init(&opts, sizeof(opts));
	opts.action = action;
	opts.after_us = after_s * SECOND;
	return opts;
}

double house_mean(const double *values, size_t count)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += values[i];
	return sum / (double)count;
}

void house_control(double *values, const double *by, double by_mean,
		   size_t count)
{
	const double mean = house_mean(values, count),
		     middle = house_mean(by, count);
	double both = 0, square = 0;

	for (size_t i = 0; i < count; i++) {
		both += (values[i] - mean) * (by[i] - middle);
		square += (by[i] - middle) * (by[i] - middle);
	}
	/* a control that never varies says nothing */
	for (size_t i = 0; square > 0 && i < count; i++)
		values[i] -= both / square * (by[i] - by_mean);
}

double house_widened(size_t count, unsigned controls)
{
	const double n = (double)count, q = controls;
	double t = 1, less = 1;

	usher_sim_student((1 + CONFIDENCE) / 2, n - 1, &t);
	usher_sim_student((1 + CONFIDENCE) / 2, n - 1 - q, &less);
	return less / t * sqrt((n - 1) / (n - 1 - q)) *
	       sqrt(1 + q / (n - q - 2));
}

void house_agrees_less(const double *values, size_t count, unsigned controls,
		       const char *what, double want, double width)
{
	struct usher_sim_interval i = {.size = sizeof(i)};
	double half;

	ck_assert_int_eq(usher_sim_interval(values, count, CONFIDENCE, &i), 0);
	half = i.half * house_widened(count, controls);
	ck_assert_msg(half < width * want, "%s: %g within %g says nothing",
		      what, i.mean, half);
	ck_assert_msg(fabs(i.mean - want) < half, "%s: %g +- %g, not %g", what,
		      i.mean, half, want);
}

void house_agrees(const double *values, size_t count, const char *what,
		  double want, double width)
{
	house_agrees_less(values, count, 0, what, want, width);
}

void house_see(void *arg, const struct usher_event *ev)
{
	struct house_seen *s = arg;
	int64_t at = ev->time_us - USHER_SIM_START_US;

	if (ev->type == USHER_EV_QUEUE_ENTERED)
		s->entered[at / 1000000 / 3600 % 24]++;
	if (ev->type == s->type && s->count < 64)
		s->at[s->count++] = at;
}

void house_takes(struct usher_sim_group *g, const struct usher_capacity *c,
		 uint32_t count, uint32_t total)
{
	g->capacity = c;
	g->capacity_count = count;
	g->max_total = total;
}

struct usher_sim_load house_load(const struct usher_sim *sim,
				 const char *channel)
{
	struct usher_sim_load l = {.size = sizeof(l)};

	ck_assert_int_eq(usher_sim_load(sim, 0, channel, &l), 0);
	return l;
}
