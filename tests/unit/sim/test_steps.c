/* Queues over time in a simulation: steps, hours and limits are the core's, so
 * what is looked at here is that they are given to it, and what customers make
 * of what they are told. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "house.h"

#define SECOND INT64_C(1000000)
#define CALLS  400
#define EVERY  (30 * SECOND)
#define RUN_S  (CALLS * 30.0 + 1000)

/* Somebody calls the first queue every 30 s and talks for ten. */
static struct usher_sim_call calls[CALLS];

static void customers(struct house *h, int64_t patience_us)
{
	for (int i = 0; i < CALLS; i++)
		calls[i] = (struct usher_sim_call){
			SECOND + i * EVERY, 10 * SECOND, 0, patience_us};
	h->queues[0].calls = calls;
	h->queues[0].call_count = CALLS;
}

static struct usher_queue_step_opts step(uint32_t action, int after_s)
{
	struct usher_queue_step_opts opts;

	usher_queue_step_opts_init(&opts, sizeof(opts));
	opts.action = action;
	opts.after_us = after_s * SECOND;
	return opts;
}

static void steps(struct house *h, const struct usher_queue_step_opts *opts,
		  uint32_t count)
{
	h->queues[0].steps = opts;
	h->queues[0].step_count = count;
}

/* Two queues and an agent, who belongs to the second. */
static void two_queues(struct house *h)
{
	static const uint32_t second = 1;

	house_init(h, 2, 1);
	h->queues[0].members_only = h->queues[1].members_only = 1;
	h->groups[0].queues = &second;
	h->groups[0].queue_count = 1;
}

static double seconds(int64_t us)
{
	return (double)us / SECOND;
}

/* ---- Steps ---- */

START_TEST(overflow__leads_to_the_agents_of_another_queue)
{
	static const uint64_t second = 1;
	struct usher_queue_step_opts opts =
		step(USHER_QUEUE_STEP_OVERFLOW, 10);
	struct usher_queue_figures first, other;
	struct usher_sim *sim;
	struct house h;

	two_queues(&h);
	customers(&h, 60 * SECOND);
	opts.queues = &second;
	opts.queue_count = 1;
	steps(&h, &opts, 1);
	sim = house_run(&h, 0, RUN_S);
	first = house_queue(sim, 0);
	other = house_queue(sim, 1);
	ck_assert_uint_eq(first.entered, CALLS);
	ck_assert_uint_eq(first.flowed_out, CALLS);
	ck_assert_uint_eq(first.abandoned, 0);
	ck_assert_uint_eq(other.answered, CALLS);
	ck_assert_uint_eq(house_counts(sim, 1).arrived, 0);
	usher_sim_free(sim);
}
END_TEST

/* And does not forget on the way how long they wait already. */
START_TEST(overflow__leaves_customers_their_patience)
{
	static const uint64_t second = 1;
	struct usher_queue_step_opts opts =
		step(USHER_QUEUE_STEP_OVERFLOW, 10);
	struct usher_queue_figures other;
	struct usher_sim *sim;
	struct house h;

	two_queues(&h);
	h.opts.group_count = 0;
	customers(&h, 25 * SECOND);
	h.queues[0].retry_part = 1;
	h.queues[0].retry_law = USHER_LAW_FIXED;
	h.queues[0].retry_s = 1;
	opts.queues = &second;
	opts.queue_count = 1;
	steps(&h, &opts, 1);
	sim = house_run(&h, 0, RUN_S);
	other = house_queue(sim, 1);
	/* who comes again has the list's patience once more */
	ck_assert_uint_eq(house_counts(sim, 0).retried, CALLS);
	ck_assert_uint_eq(other.abandoned, 2 * CALLS);
	ck_assert_double_eq_tol(seconds(other.abandoned_wait_us) / (2 * CALLS),
				15, 1e-6);
	usher_sim_free(sim);
}
END_TEST

START_TEST(widen__takes_in_another_ring)
{
	static const struct usher_attr level = {.name = "level", .number = 1};
	struct usher_queue_step_opts opts = step(USHER_QUEUE_STEP_WIDEN, 20);
	struct usher_queue_figures f;
	struct usher_sim *sim;
	struct house h;

	for (int unstaffed = 0; unstaffed < 2; unstaffed++) {
		house_init(&h, 1, 1);
		customers(&h, 60 * SECOND);
		h.queues[0].requirement = "level == 2";
		h.groups[0].attrs = &level;
		h.groups[0].attr_count = 1;
		opts.requirement = "level == 1";
		opts.unstaffed = (uint32_t)unstaffed;
		steps(&h, &opts, 1);
		sim = house_run(&h, 0, RUN_S);
		f = house_queue(sim, 0);
		ck_assert_uint_eq(f.answered, CALLS);
		/* a level is tried at once when nobody is before it */
		ck_assert_double_eq_tol(seconds(f.answered_wait_us) / CALLS,
					unstaffed ? 0 : 20, 1e-6);
		usher_sim_free(sim);
	}
}
END_TEST

START_TEST(add__lets_them_wait_in_both)
{
	static const uint64_t second = 1;
	struct usher_queue_step_opts opts[2] = {
		step(USHER_QUEUE_STEP_ADD, 10),
		step(USHER_QUEUE_STEP_EXIT, 20)};
	struct usher_queue_figures other;
	struct usher_sim *sim;
	struct house h;

	two_queues(&h);
	customers(&h, 60 * SECOND);
	opts[0].queues = &second;
	opts[0].queue_count = 1;
	opts[1].text = "late";
	steps(&h, opts, 2);
	/* nobody is ever taken for two, or forgotten */
	h.opts.places = 1;
	sim = house_run(&h, 0, RUN_S);
	ck_assert_uint_eq(house_counts(sim, 0).blocked, 0);
	ck_assert_uint_eq(house_queue(sim, 1).answered, CALLS);
	usher_sim_free(sim);
	/* an exit of the first leaves them in the second */
	h.opts.group_count = 0;
	h.opts.places = 3;
	sim = house_run(&h, 0, RUN_S);
	other = house_queue(sim, 1);
	ck_assert_uint_eq(house_counts(sim, 0).blocked, 0);
	ck_assert_uint_eq(house_queue(sim, 0).flowed_out, CALLS);
	ck_assert_uint_eq(other.abandoned, CALLS);
	ck_assert_double_eq_tol(seconds(other.abandoned_wait_us) / CALLS, 50,
				1e-6);
	usher_sim_free(sim);
}
END_TEST

START_TEST(exit__is_for_good)
{
	struct usher_queue_step_opts opts = step(USHER_QUEUE_STEP_EXIT, 10);
	struct usher_queue_figures f;
	struct usher_sim *sim;
	struct house h;

	house_init(&h, 1, 0);
	customers(&h, 20 * SECOND);
	h.queues[0].retry_part = 1;
	h.queues[0].retry_law = USHER_LAW_FIXED;
	h.queues[0].retry_s = 10;
	opts.text = "late";
	steps(&h, &opts, 1);
	sim = house_run(&h, 0, RUN_S);
	f = house_queue(sim, 0);
	ck_assert_uint_eq(f.flowed_out, CALLS);
	ck_assert_uint_eq(f.abandoned, 0);
	ck_assert_uint_eq(f.waiting, 0);
	ck_assert_uint_eq(house_counts(sim, 0).retried, 0);
	usher_sim_free(sim);
}
END_TEST

/* The share of the queue that asks. */
START_TEST(callback__is_offered_to_a_part)
{
	static const uint64_t second = 1;
	struct usher_queue_step_opts opts = step(USHER_QUEUE_STEP_OVERFLOW, 5);
	struct usher_queue_step_opts ask = step(USHER_QUEUE_STEP_CALLBACK, 5);
	struct usher_sim_counts counts;
	struct usher_sim *sim;
	struct house h;

	two_queues(&h);
	h.opts.group_count = 0;
	customers(&h, 20 * SECOND);
	h.queues[1].callback_part = 0.4;
	opts.queues = &second;
	opts.queue_count = 1;
	steps(&h, &opts, 1);
	h.queues[1].steps = &ask;
	h.queues[1].step_count = 1;
	sim = house_run(&h, 0, RUN_S);
	counts = house_counts(sim, 0);
	ck_assert_double_eq_tol((double)counts.callbacks / CALLS, 0.4, 0.08);
	/* who agreed keeps waiting, others give up */
	ck_assert_uint_eq(house_queue(sim, 1).waiting, counts.callbacks);
	ck_assert_uint_eq(house_queue(sim, 1).abandoned,
			  CALLS - counts.callbacks);
	usher_sim_free(sim);
	/* without a share nobody agrees */
	h.queues[1].callback_part = 0;
	sim = house_run(&h, 0, RUN_S);
	ck_assert_uint_eq(house_counts(sim, 0).callbacks, 0);
	usher_sim_free(sim);
}
END_TEST

/* The last who come overtake those who wait already. */
START_TEST(priority__is_raised)
{
	struct usher_queue_step_opts opts = step(USHER_QUEUE_STEP_PRIORITY, 0);
	static const struct usher_sim_came plain[2];
	static const struct usher_sim_call two[2] = {{0, SECOND, 0, -1},
						     {SECOND, SECOND, 0, -1}};
	static const struct usher_sim_span late[] = {
		{10, 1000, USHER_READY, 0}};

	for (int raised = 0; raised < 2; raised++) {
		struct usher_sim *sim;
		struct house h;

		house_init(&h, 2, 1);
		for (int q = 0; q < 2; q++) {
			h.queues[q].calls = &two[q];
			h.queues[q].call_count = 1;
			h.queues[q].came = plain;
		}
		h.groups[0].spans = late;
		h.groups[0].span_count = 1;
		opts.priority = 5;
		opts.condition = "waiting == 1";
		h.queues[1].steps = &opts;
		h.queues[1].step_count = (uint32_t)raised;
		sim = house_run(&h, 0, 100);
		ck_assert_double_eq_tol(
			seconds(house_queue(sim, 0).answered_wait_us),
			raised ? 11 : 10, 1e-6);
		usher_sim_free(sim);
	}
}
END_TEST

START_TEST(announce__changes_nothing)
{
	struct usher_queue_step_opts opts = step(USHER_QUEUE_STEP_ANNOUNCE, 1);
	struct usher_queue_figures with, without;
	struct usher_sim *sim;
	struct house h;

	house_init(&h, 1, 1);
	h.queues[0].arrivals_per_s = 0.012;
	h.queues[0].patience_law = USHER_LAW_EXPONENTIAL;
	h.queues[0].patience_s = 60;
	sim = house_run(&h, 0, 100 * HOUSE_HOUR);
	without = house_queue(sim, 0);
	usher_sim_free(sim);
	opts.text = "busy";
	steps(&h, &opts, 1);
	sim = house_run(&h, 0, 100 * HOUSE_HOUR);
	with = house_queue(sim, 0);
	usher_sim_free(sim);
	ck_assert_uint_gt(with.abandoned, 100);
	ck_assert_mem_eq(&with, &without, sizeof(with));
}
END_TEST

/* ---- Hours and limits ---- */

START_TEST(hours__turn_newcomers_away)
{
	static const struct usher_sim_hours hours[] = {{600, 1200},
						       {2400, 3000}};
	struct usher_sim_counts counts;
	struct usher_sim *sim;
	struct house h;

	house_init(&h, 1, 0);
	customers(&h, 60 * SECOND);
	h.opts.period_s = 3600;
	h.queues[0].hours = hours;
	h.queues[0].hour_count = 2;
	h.queues[0].retry_part = 1;
	h.queues[0].retry_law = USHER_LAW_FIXED;
	h.queues[0].retry_s = 1;
	sim = house_run(&h, 0, 3600);
	counts = house_counts(sim, 0);
	/* every 30 s, of an hour 20 minutes are open; who gave up at the end
	 * of them comes again when it is closed */
	ck_assert_uint_eq(counts.arrived, 120);
	ck_assert_uint_eq(counts.blocked, 0);
	ck_assert_uint_eq(house_queue(sim, 0).entered + counts.closed,
			  counts.arrived + counts.retried);
	ck_assert_uint_eq(house_queue(sim, 0).abandoned,
			  2 * counts.retried - 2 * 2);
	ck_assert_uint_eq(counts.closed, 80 + 2 * 2);
	usher_sim_free(sim);
	/* the next period is like it */
	h.queues[0].retry_part = 0;
	sim = house_run(&h, 0, 7200);
	ck_assert_uint_eq(house_counts(sim, 0).closed, 160);
	usher_sim_free(sim);
}
END_TEST

/* Who waits is served; and steps lead to what is open alone. */
START_TEST(hours__hold_for_who_is_led_there)
{
	static const struct usher_sim_hours hours[] = {{6000, 86400}};
	static const uint64_t second = 1;
	struct usher_queue_step_opts opts =
		step(USHER_QUEUE_STEP_OVERFLOW, 10);
	struct usher_queue_figures first;
	struct usher_sim *sim;
	struct house h;

	two_queues(&h);
	customers(&h, 25 * SECOND);
	opts.queues = &second;
	opts.queue_count = 1;
	steps(&h, &opts, 1);
	h.queues[1].hours = hours;
	h.queues[1].hour_count = 1;
	sim = house_run(&h, 0, RUN_S);
	first = house_queue(sim, 0);
	ck_assert_uint_eq(first.abandoned, 6000 / 30);
	ck_assert_uint_eq(first.flowed_out, CALLS - 6000 / 30);
	ck_assert_uint_eq(house_counts(sim, 0).closed, 0);
	ck_assert_uint_eq(house_counts(sim, 1).closed, 0);
	usher_sim_free(sim);
}
END_TEST

/* With one agent and one place it is as with places: who finds both taken is
 * blocked, the same ones. */
START_TEST(max_waiting__blocks_as_places_do)
{
	struct usher_sim_counts limit, places;
	struct usher_sim *sim;
	struct house h;

	house_init(&h, 1, 1);
	h.queues[0].arrivals_per_s = 0.01;
	h.queues[0].retry_part = 0.5;
	h.queues[0].retry_law = USHER_LAW_EXPONENTIAL;
	h.queues[0].retry_s = 60;
	h.queues[0].max_waiting = 1;
	sim = house_run(&h, 0, 100 * HOUSE_HOUR);
	limit = house_counts(sim, 0);
	usher_sim_free(sim);
	h.queues[0].max_waiting = 0;
	h.queues[0].places = 1;
	sim = house_run(&h, 0, 100 * HOUSE_HOUR);
	places = house_counts(sim, 0);
	usher_sim_free(sim);
	ck_assert_uint_gt(limit.blocked, 100);
	ck_assert_mem_eq(&limit, &places, sizeof(limit));
}
END_TEST

START_TEST(max_waiting__keeps_steps_out)
{
	static const uint64_t second = 1;
	struct usher_queue_step_opts opts = step(USHER_QUEUE_STEP_OVERFLOW, 0);
	struct usher_sim *sim;
	struct house h;

	two_queues(&h);
	h.opts.group_count = 0;
	customers(&h, USHER_NEVER);
	opts.queues = &second;
	opts.queue_count = 1;
	steps(&h, &opts, 1);
	h.queues[1].max_waiting = 3;
	sim = house_run(&h, 0, RUN_S);
	ck_assert_uint_eq(house_queue(sim, 1).waiting, 3);
	ck_assert_uint_eq(house_queue(sim, 0).waiting, CALLS - 3);
	usher_sim_free(sim);
}
END_TEST

/* ---- Half way, and what is refused ---- */

START_TEST(snapshot__keeps_where_they_wait_and_when_it_opens)
{
	static const struct usher_sim_hours hours[] = {{0, 3000},
						       {3200, 5000}};
	static const uint64_t second = 1;
	struct usher_queue_step_opts opts[2] = {
		step(USHER_QUEUE_STEP_ADD, 10),
		step(USHER_QUEUE_STEP_CALLBACK, 15)};
	void *bytes = NULL, *lived = NULL, *again = NULL;
	size_t len = 0, lived_len = 0, again_len = 0;
	struct usher_sim *sim, *other = NULL;
	struct house h;

	two_queues(&h);
	customers(&h, 40 * SECOND);
	for (int i = 0; i < CALLS; i++)
		calls[i].handle_us = 60 * SECOND;
	h.queues[0].callback_part = h.queues[1].callback_part = 0.5;
	h.queues[1].hours = hours;
	h.queues[1].hour_count = 2;
	opts[0].queues = &second;
	opts[0].queue_count = 1;
	steps(&h, opts, 2);
	sim = house_run(&h, 0, 2990);
	ck_assert_int_eq(usher_sim_snapshot(sim, &bytes, &len), 0);
	ck_assert_int_eq(usher_sim_restore(&other, &h.opts, bytes, len, NULL),
			 0);
	ck_assert_int_eq(usher_sim_run(sim, 6000), 0);
	ck_assert_int_eq(usher_sim_run(other, 6000), 0);
	ck_assert_uint_gt(house_counts(sim, 0).callbacks, 10);
	ck_assert_int_eq(usher_sim_snapshot(sim, &lived, &lived_len), 0);
	ck_assert_int_eq(usher_sim_snapshot(other, &again, &again_len), 0);
	ck_assert_uint_eq(lived_len, again_len);
	ck_assert_mem_eq(lived, again, lived_len);
	usher_sim_snapshot_free(sim, bytes);
	usher_sim_snapshot_free(sim, lived);
	usher_sim_snapshot_free(sim, again);
	usher_sim_free(sim);
	usher_sim_free(other);
}
END_TEST

static void refuses(struct house *h, int code, const char *told)
{
	struct usher_error err = {0};
	struct usher_sim *sim = NULL;

	h->opts.queues = h->queues;
	h->opts.groups = h->groups;
	ck_assert_int_eq(usher_sim_new(&sim, &h->opts, &err), code);
	ck_assert_msg(strstr(err.message, told) != NULL, "%s", err.message);
	ck_assert_ptr_null(sim);
}

START_TEST(options__that_make_no_sense_are_refused)
{
	static const struct usher_sim_hours hours[][2] = {
		{{0, 10}, {5, 20}},
		{{10, 5}, {20, 30}},
		{{-1, 5}, {20, 30}},
		{{0, 5}, {90000, 90001}},
		{{5, 10}, {20, 86406}}};
	static const uint64_t nowhere = 2;
	struct usher_queue_step_opts opts = step(USHER_QUEUE_STEP_OVERFLOW, 1);
	struct house h;

	two_queues(&h);
	for (size_t i = 0; i < sizeof(hours) / sizeof(*hours); i++) {
		h.queues[0].hours = hours[i];
		h.queues[0].hour_count = 2;
		refuses(&h, USHER_EINVAL, "q1: hours");
	}
	h.queues[0].hours = NULL;
	refuses(&h, USHER_EINVAL, "q1: hours");
	h.queues[0].hour_count = 0;
	opts.queues = &nowhere;
	opts.queue_count = 1;
	steps(&h, &opts, 1);
	refuses(&h, USHER_ENOENT, "queue q1: step 1: no such queue");
	opts.queues = NULL;
	refuses(&h, USHER_EINVAL, "step 1");
	opts.queue_count = USHER_CONTACT_QUEUES_MAX + 1;
	opts.queues = &nowhere;
	refuses(&h, USHER_EINVAL, "step 1");
	opts = step(USHER_QUEUE_STEP_PRIORITY, 1);
	opts.condition = "waiting >";
	refuses(&h, USHER_EINVAL, "");
	opts.condition = NULL;
	opts.size = 0;
	refuses(&h, USHER_EINVAL, "step 1");
	opts.size = sizeof(opts) + 1;
	refuses(&h, USHER_EINVAL, "step 1");
	h.queues[0].step_count = USHER_QUEUE_STEPS_MAX + 1;
	refuses(&h, USHER_EINVAL, "too many steps");
	steps(&h, NULL, 1);
	refuses(&h, USHER_EINVAL, "too many steps");
}
END_TEST

/* Fails at the nth allocation. */
static long allocations_left;

static void *heap_realloc(void *arg, void *ptr, size_t size)
{
	(void)arg;
	if (!size) {
		free(ptr);
		return NULL;
	}
	return allocations_left-- ? realloc(ptr, size) : NULL;
}

START_TEST(new__survives_each_failing_allocation)
{
	static const struct usher_sim_hours hours[] = {{0, 3000}};
	static const struct usher_alloc alloc = {heap_realloc, NULL};
	static const uint64_t second = 1;
	struct usher_queue_step_opts opts = step(USHER_QUEUE_STEP_OVERFLOW, 1);
	int rc = USHER_ENOMEM;
	struct house h;

	two_queues(&h);
	customers(&h, SECOND);
	h.queues[0].hours = hours;
	h.queues[0].hour_count = 1;
	opts.queues = &second;
	opts.queue_count = 1;
	opts.condition = "waiting > 1";
	steps(&h, &opts, 1);
	h.opts.queues = h.queues;
	h.opts.groups = h.groups;
	h.opts.alloc = &alloc;
	for (long n = 0; rc; n++) {
		struct usher_sim *sim = NULL;

		allocations_left = n;
		rc = usher_sim_new(&sim, &h.opts, NULL);
		ck_assert(!rc || rc == USHER_ENOMEM);
		ck_assert_int_lt(n, 2000);
		allocations_left = -1;
		usher_sim_free(sim);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("steps");
	TCase *tc = tcase_create("steps");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, overflow__leads_to_the_agents_of_another_queue);
	tcase_add_test(tc, overflow__leaves_customers_their_patience);
	tcase_add_test(tc, widen__takes_in_another_ring);
	tcase_add_test(tc, add__lets_them_wait_in_both);
	tcase_add_test(tc, exit__is_for_good);
	tcase_add_test(tc, callback__is_offered_to_a_part);
	tcase_add_test(tc, priority__is_raised);
	tcase_add_test(tc, announce__changes_nothing);
	tcase_add_test(tc, hours__turn_newcomers_away);
	tcase_add_test(tc, hours__hold_for_who_is_led_there);
	tcase_add_test(tc, max_waiting__blocks_as_places_do);
	tcase_add_test(tc, max_waiting__keeps_steps_out);
	tcase_add_test(tc, snapshot__keeps_where_they_wait_and_when_it_opens);
	tcase_add_test(tc, options__that_make_no_sense_are_refused);
	tcase_add_test(tc, new__survives_each_failing_allocation);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
