/* How closely a search knows what its targets come to. */
#include <check.h>
#include <math.h>
#include <string.h>

#include <usher/erlang.h>

#include "house.h"

#define REPLICATIONS 12
#define TARGETS      3
#define SEARCHES     300

struct seen {
	double values[TARGETS];
	double spread[TARGETS][REPLICATIONS];
	int count;
};

static void keep(void *arg, const struct usher_sim_staffing *s)
{
	struct seen *seen = arg;

	memcpy(seen->values, s->values, sizeof(seen->values));
	memcpy(seen->spread, s->spread, sizeof(seen->spread));
	seen->count++;
}

/* Few callers: of the level in some minutes most replications have a handful,
 * and some nobody. */
static void five_agents(struct house *h, struct usher_sim_staff_opts *o,
			const struct usher_sim_range *range,
			const struct usher_sim_target *targets)
{
	house_init(h, 1, 1);
	h->queues[0].arrivals_per_s = 0.05;
	h->queues[0].patience_law = USHER_LAW_EXPONENTIAL;
	h->queues[0].patience_s = 60;
	h->opts.queues = h->queues;
	h->opts.groups = h->groups;
	h->opts.period_s = 2 * HOUSE_HOUR;
	usher_sim_staff_opts_init(o, sizeof(*o));
	o->sim = &h->opts;
	o->ranges = range;
	o->range_count = 1;
	o->targets = targets;
	o->target_count = TARGETS;
	o->warmup_s = HOUSE_HOUR;
	o->duration_s = HOUSE_HOUR;
	o->replications = REPLICATIONS;
	o->tries_max = 1;
}

static double level(const struct house *h, uint32_t agents)
{
	struct usher_erlang_figures f = {.size = sizeof(f)};
	struct usher_erlang_opts load;

	usher_erlang_opts_init(&load, sizeof(load));
	load.model = USHER_ERLANG_A;
	load.agents = agents;
	load.arrivals_per_s = h->queues[0].arrivals_per_s;
	load.handle_s = h->queues[0].handle_s;
	load.patience_s = h->queues[0].patience_s;
	ck_assert_int_eq(usher_erlang_figures(&load, &f, NULL), 0);
	return f.level_strict;
}

/* Nine of ten intervals of 90 % hold what the formula says, of the whole and
 * of a minute; the middle of each is the value. */
START_TEST(spread__is_an_interval_of_each_target)
{
	const struct usher_sim_range range = {5, 5, 0};
	const struct usher_sim_target targets[TARGETS] = {
		{0, 0, USHER_SIM_LEVEL_STRICT, 0, 0},
		{0, 0, USHER_SIM_LEVEL_STRICT, 5400, 5460},
		/* before anything is measured nobody is blocked */
		{1, 0, USHER_SIM_BLOCKED, 3600, 3600.001}};
	struct usher_sim_staff_opts o;
	int holds[2] = {0};
	struct house h;
	double want;

	five_agents(&h, &o, &range, targets);
	want = level(&h, 5);
	for (uint32_t i = 0; i < SEARCHES; i++) {
		struct usher_sim_interval in = {.size = sizeof(in)};
		struct seen seen = {.count = 0};
		uint32_t agents = 0;

		h.opts.seed = 1000 + i;
		o.tried = keep;
		o.arg = &seen;
		ck_assert_int_eq(usher_sim_staff(&o, &agents, NULL), 0);
		ck_assert_int_eq(seen.count, 1);
		for (int k = 0; k < 2; k++) {
			ck_assert_int_eq(usher_sim_interval(seen.spread[k],
							    REPLICATIONS, 0.9,
							    &in),
					 0);
			ck_assert_double_eq_tol(in.mean, seen.values[k],
						1e-12);
			holds[k] += fabs(in.mean - want) <= in.half;
		}
		ck_assert(isnan(seen.values[2]) || seen.values[2] == 0);
		if (isnan(seen.values[2]))
			ck_assert(isnan(seen.spread[2][0]));
	}
	for (int k = 0; k < 2; k++)
		ck_assert_msg(holds[k] > 0.84 * SEARCHES &&
				      holds[k] < 0.96 * SEARCHES,
			      "%d of %d hold target %d", holds[k], SEARCHES,
			      k);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("staff-spread");
	TCase *tc = tcase_create("staff-spread");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, spread__is_an_interval_of_each_target);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
