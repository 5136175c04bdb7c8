/* Queues over time in a simulation: steps are the core's, so what is looked at
 * here is that they are given to it, and what customers make of what they are
 * told. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "house.h"

#define SECOND INT64_C(1000000)
#define CALLS  HOUSE_CALLS
#define RUN_S  HOUSE_CALLS_S

static void steps(struct house *h, const struct usher_queue_step_opts *opts,
		  uint32_t count)
{
	h->queues[0].steps = opts;
	h->queues[0].step_count = count;
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
		house_step(USHER_QUEUE_STEP_OVERFLOW, 10);
	struct usher_queue_figures first, other;
	struct usher_sim *sim;
	struct house h;

	house_two(&h);
	house_customers(&h, 60 * SECOND);
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
		house_step(USHER_QUEUE_STEP_OVERFLOW, 10);
	struct usher_queue_figures other;
	struct usher_sim *sim;
	struct house h;

	house_two(&h);
	h.opts.group_count = 0;
	house_customers(&h, 25 * SECOND);
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
	struct usher_queue_step_opts opts =
		house_step(USHER_QUEUE_STEP_WIDEN, 20);
	struct usher_queue_figures f;
	struct usher_sim *sim;
	struct house h;

	for (int unstaffed = 0; unstaffed < 2; unstaffed++) {
		house_init(&h, 1, 1);
		house_customers(&h, 60 * SECOND);
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
		house_step(USHER_QUEUE_STEP_ADD, 10),
		house_step(USHER_QUEUE_STEP_EXIT, 40)};
	struct usher_queue_figures other;
	struct usher_sim *sim;
	struct house h;

	house_two(&h);
	house_customers(&h, 60 * SECOND);
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
	h.opts.places = 2;
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

static void count_closed(void *arg, const struct usher_event *ev)
{
	*(int *)arg += ev->type == USHER_EV_CONTACT_CLOSED;
}

START_TEST(exit__is_for_good)
{
	int closed = 0;

	struct usher_queue_step_opts opts =
		house_step(USHER_QUEUE_STEP_EXIT, 10);
	struct usher_queue_figures f;
	struct usher_sim *sim;
	struct house h;

	house_init(&h, 1, 0);
	house_customers(&h, 20 * SECOND);
	h.queues[0].retry_part = 1;
	h.queues[0].retry_law = USHER_LAW_FIXED;
	h.queues[0].retry_s = 10;
	opts.text = "late";
	steps(&h, &opts, 1);
	h.opts.event = count_closed;
	h.opts.arg = &closed;
	sim = house_run(&h, 0, RUN_S);
	f = house_queue(sim, 0);
	ck_assert_int_eq(closed, CALLS);
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
	struct usher_queue_step_opts opts =
		house_step(USHER_QUEUE_STEP_OVERFLOW, 5);
	struct usher_queue_step_opts ask =
		house_step(USHER_QUEUE_STEP_CALLBACK, 5);
	struct usher_sim_counts counts;
	struct usher_sim *sim;
	struct house h;

	house_two(&h);
	h.opts.group_count = 0;
	house_customers(&h, 20 * SECOND);
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

/* They are not on the line, so that they take no place there. */
START_TEST(callback__at_once_blocks_nobody)
{
	struct usher_queue_step_opts ask =
		house_step(USHER_QUEUE_STEP_CALLBACK, 0);
	struct usher_sim *sim;
	struct house h;

	house_init(&h, 1, 0);
	house_customers(&h, SECOND);
	h.queues[0].callback_part = 1;
	h.queues[0].places = h.opts.places = USHER_ZERO;
	steps(&h, &ask, 1);
	sim = house_run(&h, 0, RUN_S);
	ck_assert_uint_eq(house_counts(sim, 0).callbacks, CALLS);
	ck_assert_uint_eq(house_counts(sim, 0).blocked, 0);
	usher_sim_free(sim);
}
END_TEST

/* The last who come overtake those who wait already. */
START_TEST(priority__is_raised)
{
	struct usher_queue_step_opts opts =
		house_step(USHER_QUEUE_STEP_PRIORITY, 0);
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
			h.queues[q].came_size = sizeof(*plain);
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
	struct usher_queue_step_opts opts =
		house_step(USHER_QUEUE_STEP_ANNOUNCE, 1);
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

/* ---- Half way, and what is refused ---- */

START_TEST(snapshot__keeps_where_they_wait_and_when_it_opens)
{
	static const struct usher_sim_hours hours[] = {{0, 3000},
						       {3200, 5000}};
	static const uint64_t second = 1;
	struct usher_queue_step_opts add =
		house_step(USHER_QUEUE_STEP_ADD, 10);
	struct usher_queue_step_opts ask =
		house_step(USHER_QUEUE_STEP_CALLBACK, 5);
	void *bytes = NULL, *lived = NULL, *again = NULL;
	size_t len = 0, lived_len = 0, again_len = 0;
	struct usher_sim *sim, *other = NULL;
	struct house h;

	house_two(&h);
	house_customers(&h, 40 * SECOND);
	for (int i = 0; i < CALLS; i++)
		((struct usher_sim_call *)h.queues[0].calls)[i].handle_us =
			60 * SECOND;
	h.queues[1].callback_part = 0.5;
	h.queues[1].dial_s = 20;
	h.queues[1].steps = &ask;
	h.queues[1].step_count = 1;
	h.queues[1].hours = hours;
	h.queues[1].hour_count = 2;
	add.queues = &second;
	add.queue_count = 1;
	steps(&h, &add, 1);
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
	struct usher_queue_step_opts opts =
		house_step(USHER_QUEUE_STEP_OVERFLOW, 1);
	struct house h;

	house_two(&h);
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
	opts = house_step(USHER_QUEUE_STEP_PRIORITY, 1);
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
	struct usher_queue_step_opts opts =
		house_step(USHER_QUEUE_STEP_OVERFLOW, 1);
	int rc = USHER_ENOMEM;
	struct house h;

	house_two(&h);
	house_customers(&h, SECOND);
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
	tcase_add_test(tc, callback__at_once_blocks_nobody);
	tcase_add_test(tc, priority__is_raised);
	tcase_add_test(tc, announce__changes_nothing);
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
