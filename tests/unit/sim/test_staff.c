/* Staff by simulation: what the formula says where it holds, and what must
 * hold where it does not. */
#include <check.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <usher/erlang.h>

#include "cases.h"
#include "search.h"

#define GROUPS 3
#define SEEN   400

struct seen {
	uint32_t agents[SEEN][GROUPS];
	double cost[SEEN];
	bool good[SEEN];
	uint32_t count, groups;
	int each;
};

static void tried(void *arg, const struct usher_sim_staffing *s)
{
	struct seen *seen = arg;

	ck_assert_uint_eq(s->size, sizeof(*s));
	ck_assert_uint_eq(s->tried, seen->count);
	ck_assert_uint_lt(seen->count, SEEN);
	memcpy(seen->agents[seen->count], s->agents,
	       seen->groups * sizeof(*s->agents));
	seen->cost[seen->count] = s->cost;
	seen->good[seen->count++] = s->good;
}

/* From the last one to the first. */
static void backwards(void *arg, uint32_t count,
		      void (*one)(void *ctx, uint32_t i), void *ctx)
{
	struct seen *seen = arg;

	seen->each++;
	while (count)
		one(ctx, --count);
}

static const struct {
	int32_t figure, formula;
} figures[SEARCH_FIGURES] = {
	{USHER_SIM_LEVEL_STRICT, USHER_ERLANG_LEVEL_STRICT},
	{USHER_SIM_ASA, USHER_ERLANG_ASA},
	{USHER_SIM_LEVEL_ANSWERED, USHER_ERLANG_LEVEL_ANSWERED},
	{USHER_SIM_LEVEL_CREDIT, USHER_ERLANG_LEVEL_CREDIT},
	{USHER_SIM_LEVEL_EXCLUDE, USHER_ERLANG_LEVEL_EXCLUDE},
	{USHER_SIM_LEVEL_SHORT_CREDIT, USHER_ERLANG_LEVEL_SHORT_CREDIT},
	{USHER_SIM_WAIT, USHER_ERLANG_WAIT},
	{USHER_SIM_ABANDONED, USHER_ERLANG_ABANDONED}};

static void agrees_with_formula(const struct usher_erlang_opts *load,
				const struct search_best *best)
{
	struct usher_erlang_figures f = {.size = sizeof(f)};
	double want[SEARCH_FIGURES];

	ck_assert_int_eq(usher_erlang_figures(load, &f, NULL), 0);
	want[0] = f.level_strict;
	want[1] = f.asa_s;
	want[2] = f.level_answered;
	want[3] = f.level_credit;
	want[4] = f.level_exclude;
	want[5] = f.level_short_credit;
	want[6] = f.wait_s;
	want[7] = f.abandoned;
	for (int i = 0; i < SEARCH_FIGURES; i++)
		ck_assert_msg(
			fabs(best->values[i] / want[i] - 1) <
				(want[i] > 0.3 && want[i] < 1 ? 0.03 : 0.15),
			"%d: %g, not %g", i, best->values[i], want[i]);
}

/* Erlang A. The limit is half way between what two numbers of agents give, so
 * that chance does not decide; the other figures always hold, and are as the
 * formula says. */
START_TEST(one_group__is_as_the_formula_says)
{
	static const double limits[] = {0.735, 9.3};
	struct usher_erlang_target target;
	struct usher_erlang_opts load;
	struct usher_sim_range range = {8, 15, 0};
	struct usher_sim_target wanted[SEARCH_FIGURES] = {{0}};
	struct search_best best = {.targets = SEARCH_FIGURES};
	struct usher_sim_staff_opts o;
	uint32_t agents = 0, formula = 0;
	struct house h;

	usher_erlang_opts_init(&load, sizeof(load));
	usher_erlang_target_init(&target, sizeof(target));
	load.model = USHER_ERLANG_A;
	load.arrivals_per_s = 0.1;
	load.handle_s = 100;
	load.patience_s = 60;
	target.figure = figures[_i].formula;
	target.limit = limits[_i];
	ck_assert_int_eq(usher_erlang_staff(&load, &target, &formula, NULL),
			 0);
	house_init(&h, 1, 1);
	h.queues[0].arrivals_per_s = load.arrivals_per_s;
	h.queues[0].patience_law = USHER_LAW_EXPONENTIAL;
	h.queues[0].patience_s = load.patience_s;
	for (int i = 0; i < SEARCH_FIGURES; i++) {
		wanted[i].figure = figures[i].figure;
		wanted[i].queue = i % 2 ? USHER_SIM_ALL : 0;
		wanted[i].limit = i == _i            ? limits[_i]
				  : i == 1 || i == 6 ? 1000
				  : figures[i].figure == USHER_SIM_ABANDONED
					  ? 1
					  : 0;
	}
	search_opts(&o, &h, &range, wanted, SEARCH_FIGURES);
	o.tried = search_keep_best;
	o.arg = &best;
	ck_assert_int_eq(usher_sim_staff(&o, &agents, NULL), 0);
	ck_assert_uint_eq(agents, formula);
	ck_assert_uint_eq(best.agents, agents);
	load.agents = agents;
	agrees_with_formula(&load, &best);
}
END_TEST

/* Two queues, a group for each and a dearer one for both. */
static void three_groups(struct house *h, struct usher_sim_range *ranges,
			 struct usher_sim_target *targets)
{
	static const uint32_t lists[GROUPS][2] = {{0, 0}, {1, 0}, {0, 1}};
	static const double costs[GROUPS] = {10, 10, 13};

	house_init(h, 2, GROUPS);
	for (uint32_t g = 0; g < GROUPS; g++) {
		h->groups[g].queues = lists[g];
		h->groups[g].queue_count = g < 2 ? 1 : 2;
		ranges[g] = (struct usher_sim_range){0, 8, costs[g]};
	}
	for (uint32_t q = 0; q < 2; q++) {
		h->queues[q].arrivals_per_s = 0.03;
		h->queues[q].members_only = 1;
		h->queues[q].patience_law = USHER_LAW_EXPONENTIAL;
		h->queues[q].patience_s = 200;
		targets[q] = (struct usher_sim_target){
			0.8, q, USHER_SIM_LEVEL_STRICT, 0, 0};
	}
}

/* What was found is good, was the cheapest good one, and taking an agent away
 * was tried and was not good. */
START_TEST(many_groups__cannot_do_with_less)
{
	static struct seen seen, again;
	struct usher_sim_range ranges[GROUPS];
	struct usher_sim_target targets[2];
	uint32_t agents[GROUPS], same[GROUPS];
	struct usher_sim_staff_opts o;
	int found = 0, less = 0;
	double cost = 0;
	struct house h;

	three_groups(&h, ranges, targets);
	search_opts(&o, &h, ranges, targets, 2);
	o.replications = 2;
	o.duration_s = 3 * HOUSE_HOUR;
	memset(&seen, 0, sizeof(seen));
	seen.groups = again.groups = GROUPS;
	o.tried = tried;
	o.arg = &seen;
	ck_assert_int_eq(usher_sim_staff(&o, agents, NULL), 0);
	for (uint32_t g = 0; g < GROUPS; g++)
		cost += agents[g] * ranges[g].cost;
	for (uint32_t i = 0; i < seen.count; i++) {
		uint32_t gone = 0, more = 0;

		for (uint32_t g = 0; g < GROUPS; g++) {
			gone += agents[g] - seen.agents[i][g] == 1;
			more += agents[g] != seen.agents[i][g];
		}
		found += !more && seen.good[i];
		less += gone == 1 && more == 1 && !seen.good[i];
		ck_assert(!seen.good[i] || seen.cost[i] >= cost);
	}
	ck_assert_int_eq(found, 1);
	ck_assert_int_eq(less,
			 (agents[0] > 0) + (agents[1] > 0) + (agents[2] > 0));
	/* pooling is worth more than it costs here */
	ck_assert_uint_gt(agents[2], 0);
	/* in another order, on other threads: the same */
	o.each = backwards;
	o.arg = &again;
	ck_assert_int_eq(usher_sim_staff(&o, same, NULL), 0);
	ck_assert_mem_eq(agents, same, sizeof(agents));
	ck_assert_uint_eq(seen.count, again.count);
	ck_assert_int_eq(again.each, (int)again.count);
}
END_TEST

/* They begin where the search ended, so nothing is lost, and the same is
 * found again; when there are no tries left what was found stays. */
START_TEST(restarts__never_cost_more)
{
	struct usher_sim_range ranges[GROUPS];
	struct usher_sim_target targets[2];
	uint32_t agents[GROUPS], more[GROUPS], same[GROUPS];
	struct usher_sim_staff_opts o;
	double cost = 0, less = 0;
	struct house h;

	three_groups(&h, ranges, targets);
	search_opts(&o, &h, ranges, targets, 2);
	o.replications = 1;
	o.duration_s = HOUSE_HOUR;
	ck_assert_int_eq(usher_sim_staff(&o, agents, NULL), 0);
	o.restarts = 5;
	ck_assert_int_eq(usher_sim_staff(&o, more, NULL), 0);
	o.restarts = 1000;
	o.tries_max = 200;
	ck_assert_int_eq(usher_sim_staff(&o, same, NULL), 0);
	for (uint32_t g = 0; g < GROUPS; g++) {
		cost += agents[g] * ranges[g].cost;
		less += more[g] * ranges[g].cost;
	}
	ck_assert(less <= cost);
	o.restarts = 5;
	o.tries_max = 0;
	ck_assert_int_eq(usher_sim_staff(&o, same, NULL), 0);
	ck_assert_mem_eq(same, more, sizeof(same));
}
END_TEST

START_TEST(ranges__are_kept)
{
	struct usher_sim_range ranges[GROUPS];
	struct usher_sim_target targets[2];
	struct usher_sim_staff_opts o;
	uint32_t agents[GROUPS] = {99, 99, 99};
	struct usher_error err;
	struct house h;

	three_groups(&h, ranges, targets);
	search_opts(&o, &h, ranges, targets, 2);
	o.replications = 2;
	o.duration_s = HOUSE_HOUR;
	ranges[0].least = 2;
	ranges[2].most = 1;
	ck_assert_int_eq(usher_sim_staff(&o, agents, NULL), 0);
	ck_assert_uint_ge(agents[0], 2);
	ck_assert_uint_le(agents[2], 1);
	/* not with so few */
	ranges[0].most = ranges[1].most = 2;
	agents[0] = 99;
	ck_assert_int_eq(usher_sim_staff(&o, agents, &err), USHER_ENOENT);
	ck_assert_uint_eq(agents[0], 99);
	ck_assert_ptr_nonnull(strstr(err.message, "most agents"));
	/* as many as it takes */
	ranges[0].most = ranges[1].most = 0;
	ck_assert_int_eq(usher_sim_staff(&o, agents, NULL), 0);
	ck_assert_uint_gt(agents[0], 2);
	o.tries_max = 2;
	ck_assert_int_eq(usher_sim_staff(&o, agents, NULL), USHER_EFULL);
}
END_TEST

START_TEST(bad_options__are_refused)
{
	struct usher_sim_range ranges[GROUPS];
	struct usher_sim_target targets[2];
	struct usher_sim_staff_opts o;
	uint32_t agents[GROUPS];
	struct usher_error err;
	struct house h;

#define REFUSED(change, want)                                                 \
	do {                                                                  \
		three_groups(&h, ranges, targets);                            \
		search_opts(&o, &h, ranges, targets, 2);                      \
		change;                                                       \
		ck_assert_int_eq(usher_sim_staff(&o, agents, &err), want);    \
	} while (0)
	REFUSED(o.size = 3, USHER_EINVAL);
	REFUSED(o.sim = NULL, USHER_EINVAL);
	REFUSED(o.range_size = 0, USHER_EINVAL);
	REFUSED(o.range_size++, USHER_EINVAL);
	REFUSED(o.target_size = 0, USHER_EINVAL);
	REFUSED(o.target_size++, USHER_EINVAL);
	REFUSED(o.target_count = 0, USHER_EINVAL);
	REFUSED(o.range_count = 2, USHER_EINVAL);
	REFUSED(o.duration_s = -1, USHER_EINVAL);
	REFUSED(o.warmup_s = NAN, USHER_EINVAL);
	REFUSED(ranges[1].least = 30, USHER_EINVAL);
	REFUSED(ranges[1].cost = -1, USHER_EINVAL);
	REFUSED(targets[1].queue = 2, USHER_EINVAL);
	REFUSED(targets[1].limit = 1.5, USHER_EINVAL);
	REFUSED(targets[1].limit = NAN, USHER_EINVAL);
	REFUSED(targets[1].figure = 0, USHER_EINVAL);
	REFUSED(targets[1].figure = 10, USHER_EINVAL);
	REFUSED(h.queues[0].handle_s = -1, USHER_EINVAL);
	REFUSED(h.queues[0].policy = "best", USHER_ENOENT);
	ck_assert_int_eq(usher_sim_staff(&o, NULL, &err), USHER_EINVAL);
	ck_assert_int_eq(usher_sim_staff(NULL, agents, &err), USHER_EINVAL);
	ck_assert_int_eq(usher_sim_staff_opts_init(&o, 3), USHER_EINVAL);
}
END_TEST

/* Each allocation fails in turn. */
struct failing {
	long left;
};

static void *failing_realloc(void *arg, void *ptr, size_t size)
{
	struct failing *f = arg;

	if (size && f->left-- <= 0)
		return NULL;
	return usher_alloc_default()->realloc(NULL, ptr, size);
}

START_TEST(memory__may_end_anywhere)
{
	struct search_best best = {.targets = 1};
	struct failing f = {0};
	const struct usher_alloc alloc = {failing_realloc, &f};
	struct usher_sim_range range = {0, 4, 0};
	struct usher_sim_target target = {0.5, USHER_SIM_ALL,
					  USHER_SIM_LEVEL_STRICT, 0, 0};
	struct usher_sim_staff_opts o;
	uint32_t agents = 99;
	int rc = USHER_ENOMEM;
	struct house h;

	house_init(&h, 1, 1);
	h.queues[0].arrivals_per_s = 0.01;
	h.opts.alloc = &alloc;
	search_opts(&o, &h, &range, &target, 1);
	o.replications = 1;
	o.warmup_s = 0;
	o.duration_s = 600;
	o.tried = search_keep_best;
	o.arg = &best;
	for (long n = 0; rc; n += 1 + n / 15) {
		f.left = n;
		rc = usher_sim_staff(&o, &agents, NULL);
		ck_assert(rc ? rc == USHER_ENOMEM && agents == 99
			     : agents <= 4);
	}
}
END_TEST

/* A program that was compiled when ranges had no cost. */
START_TEST(search__reads_ranges_of_the_callers_size)
{
	static const uint32_t small[2][2] = {{2, 2}, {1, 1}};
	const struct usher_sim_target target = {1, USHER_SIM_ALL,
						USHER_SIM_ABANDONED, 0, 0};
	struct usher_sim_staff_opts o;
	uint32_t agents[2] = {0};
	struct house h;

	house_init(&h, 1, 2);
	h.queues[0].arrivals_per_s = 0.01;
	search_opts(&o, &h, (struct usher_sim_range *)small, &target, 1);
	o.range_size = sizeof(small[0]);
	o.replications = 2;
	ck_assert_int_eq(usher_sim_staff(&o, agents, NULL), 0);
	ck_assert_uint_eq(agents[0], 2);
	ck_assert_uint_eq(agents[1], 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sim-staff");
	TCase *tc = tcase_create("staff");
	SRunner *sr = srunner_create(suite);
	int failed;

	tcase_add_test(tc, search__reads_ranges_of_the_callers_size);
	suite_add_tcase(suite, tc);
	suite_add_tcase(suite, staff_parts_case());
	tcase_set_timeout(tc, 100);
	tcase_add_loop_test(tc, one_group__is_as_the_formula_says, 0, 2);
	tcase_add_test(tc, many_groups__cannot_do_with_less);
	tcase_add_test(tc, restarts__never_cost_more);
	tcase_add_test(tc, ranges__are_kept);
	tcase_add_test(tc, bad_options__are_refused);
	tcase_add_test(tc, memory__may_end_anywhere);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
