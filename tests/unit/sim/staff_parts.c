/* Staff by simulation for parts of the day: each holds, those in which nobody
 * is served or nobody comes, too. */
#include <math.h>
#include <stdbool.h>

#include <usher/erlang.h>

#include "cases.h"
#include "search.h"

/* Twice the callers in the second shift, nobody in the third part. */
static void two_shifts(struct house *h, struct usher_sim_range *ranges)
{
	static const struct usher_sim_rate rates[] = {
		{0, 0.05}, {7200, 0.1}, {14400, 0}};
	static const struct usher_sim_span spans[] = {
		{0, 7200, USHER_READY, 0}, {7200, 14400, USHER_READY, 0}};

	house_init(h, 1, 2);
	h->opts.period_s = 5 * HOUSE_HOUR;
	h->queues[0].arrivals_per_s = 0;
	h->queues[0].rates = rates;
	h->queues[0].rate_count = 3;
	h->queues[0].patience_law = USHER_LAW_EXPONENTIAL;
	h->queues[0].patience_s = 200;
	for (uint32_t g = 0; g < 2; g++) {
		h->groups[g].spans = &spans[g];
		h->groups[g].span_count = 1;
		ranges[g] = (struct usher_sim_range){0, 30, 0};
	}
}

/* Each shift has what the formula says of its own callers, and of the part
 * of the day with nobody nothing is wanted. */
START_TEST(parts_of_the_day__hold_each)
{
	static const double limit = 0.8;
	struct usher_sim_target targets[3];
	struct usher_sim_range ranges[2];
	struct usher_erlang_target target;
	struct usher_erlang_opts load;
	struct usher_sim_staff_opts o;
	uint32_t agents[2], formula;
	struct search_best best = {.targets = 3};
	struct house h;

	two_shifts(&h, ranges);
	/* who waits at the end gives up soon after */
	for (int i = 0; i < 3; i++)
		targets[i] = (struct usher_sim_target){
			limit, 0, USHER_SIM_LEVEL_STRICT,
			i < 2 ? i * 7200 : 16000,
			i < 2 ? (i + 1) * 7200 : 18000};
	search_opts(&o, &h, ranges, targets, 3);
	o.warmup_s = 0;
	o.duration_s = 5 * h.opts.period_s;
	o.tried = search_keep_best;
	o.arg = &best;
	ck_assert_int_eq(usher_sim_staff(&o, agents, NULL), 0);
	usher_erlang_opts_init(&load, sizeof(load));
	usher_erlang_target_init(&target, sizeof(target));
	load.model = USHER_ERLANG_A;
	load.handle_s = 100;
	load.patience_s = 200;
	target.figure = USHER_ERLANG_LEVEL_STRICT;
	target.limit = limit;
	for (int g = 0; g < 2; g++) {
		load.arrivals_per_s = 0.05 * (g + 1);
		ck_assert_int_eq(
			usher_erlang_staff(&load, &target, &formula, NULL), 0);
		ck_assert_msg(agents[g] + 1 >= formula &&
				      agents[g] <= formula + 1,
			      "shift %d: %u, not %u", g, agents[g], formula);
	}
	ck_assert(isnan(best.values[2]));
	targets[2].to_s = 18001;
	ck_assert_int_eq(usher_sim_staff(&o, agents, NULL), USHER_EINVAL);
	targets[2].to_s = targets[2].from_s;
	ck_assert_int_eq(usher_sim_staff(&o, agents, NULL), USHER_EINVAL);
}
END_TEST

/* Callers without patience: in the first hour of two, or in both. */
static void patient(struct house *h, struct usher_sim_range *range, bool both)
{
	static const struct usher_sim_rate rates[] = {{0, 0.002}, {3600, 0}};

	house_init(h, 1, 1);
	h->opts.period_s = 2 * HOUSE_HOUR;
	h->queues[0].arrivals_per_s = both ? 0.002 : 0;
	h->queues[0].rates = both ? NULL : rates;
	h->queues[0].rate_count = both ? 0 : 2;
	h->queues[0].handle_s = 10;
	h->groups[0].agents = 1;
	*range = (struct usher_sim_range){0, 4, 0};
}

/* Whoever comes in a part or waits when it begins, and is not served, is not
 * nobody. */
START_TEST(part__of_which_nobody_is_served_is_missed)
{
	static const struct {
		double limit;
		int32_t figure;
		uint32_t least;
	} wanted[] = {{0.6, USHER_SIM_LEVEL_STRICT, 1},
		      {60, USHER_SIM_ASA, 1},
		      {60, USHER_SIM_WAIT, 1},
		      {0.1, USHER_SIM_ABANDONED, 0},
		      {0.1, USHER_SIM_BLOCKED, 0}};
	struct usher_sim_target target = {wanted[_i].limit, 0,
					  wanted[_i].figure, HOUSE_HOUR,
					  2 * HOUSE_HOUR};
	struct usher_sim_range range;
	struct usher_sim_staff_opts o;
	uint32_t agents = 99;
	struct house h;

	for (int both = 0; both < 2; both++) {
		patient(&h, &range, both);
		target.queue = both ? USHER_SIM_ALL : 0;
		search_opts(&o, &h, &range, &target, 1);
		o.warmup_s = 0;
		ck_assert_int_eq(usher_sim_staff(&o, &agents, NULL), 0);
		ck_assert_uint_eq(agents, wanted[_i].least);
	}
	/* the part begins where the warm-up ends */
	patient(&h, &range, false);
	search_opts(&o, &h, &range, &target, 1);
	o.warmup_s = o.duration_s = HOUSE_HOUR;
	ck_assert_int_eq(usher_sim_staff(&o, &agents, NULL), 0);
	ck_assert_uint_eq(agents, wanted[_i].least);
}
END_TEST

/* Whoever waits when a part begins, and is served in it, was neither blocked
 * in it nor left. */
START_TEST(part__that_only_serves_others_abandons_nobody)
{
	static const struct usher_sim_span second = {3600, 7200, USHER_READY,
						     0};
	struct usher_sim_target targets[2] = {
		{0.1, 0, USHER_SIM_ABANDONED, HOUSE_HOUR, 2 * HOUSE_HOUR},
		{0.1, 0, USHER_SIM_BLOCKED, HOUSE_HOUR, 2 * HOUSE_HOUR}};
	struct usher_sim_range range;
	struct usher_sim_staff_opts o;
	uint32_t agents = 99;
	struct house h;

	patient(&h, &range, false);
	h.groups[0].spans = &second;
	h.groups[0].span_count = 1;
	search_opts(&o, &h, &range, targets, 2);
	o.warmup_s = 0;
	range.least = 1;
	ck_assert_int_eq(usher_sim_staff(&o, &agents, NULL), 0);
	ck_assert_uint_eq(agents, 1);
}
END_TEST

/* Nothing can be said of what is not simulated. */
START_TEST(part__that_is_never_simulated_is_refused)
{
	static const struct {
		double warmup_s, duration_s, from_s, to_s;
		int want;
	} parts[] = {{0, 3600, 0, 60, 0},
		     {0, 3600, 3600, 7200, USHER_EINVAL},
		     {0, 3601, 3600, 7200, 0},
		     {60, 3600, 0, 60, USHER_EINVAL},
		     {59, 3600, 0, 60, 0},
		     {60, 7140, 0, 60, USHER_EINVAL},
		     {60, 7141, 0, 60, 0},
		     {7200 + 3600, 60, 3600, 3601, 0},
		     {7200 + 3600, 60, 0, 3600, USHER_EINVAL},
		     {60, 7200, 30, 31, 0},
		     {0, 3600, 30, 30.0000001, USHER_EINVAL},
		     {0, 1e300, 0, 60, USHER_EINVAL},
		     {1e300, 3600, 0, 60, USHER_EINVAL}};
	struct usher_sim_target target = {1, 0, USHER_SIM_ABANDONED,
					  parts[_i].from_s, parts[_i].to_s};
	struct usher_sim_range range;
	struct usher_sim_staff_opts o;
	struct usher_error err;
	uint32_t agents = 99;
	struct house h;

	patient(&h, &range, true);
	search_opts(&o, &h, &range, &target, 1);
	o.replications = 1;
	o.warmup_s = parts[_i].warmup_s;
	o.duration_s = parts[_i].duration_s;
	ck_assert_int_eq(usher_sim_staff(&o, &agents, &err), parts[_i].want);
	ck_assert_uint_eq(agents, parts[_i].want ? 99 : 0);
}
END_TEST

TCase *staff_parts_case(void)
{
	TCase *tc = tcase_create("parts");

	tcase_set_timeout(tc, 100);
	tcase_add_test(tc, parts_of_the_day__hold_each);
	tcase_add_loop_test(tc, part__of_which_nobody_is_served_is_missed, 0,
			    5);
	tcase_add_test(tc, part__that_only_serves_others_abandons_nobody);
	tcase_add_loop_test(tc, part__that_is_never_simulated_is_refused, 0,
			    13);
	return tc;
}
