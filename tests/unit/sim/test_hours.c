/* When queues of a simulation are open, and for how many they have room. */
#include <check.h>
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

/* ---- Hours and limits ---- */

START_TEST(hours__turn_newcomers_away)
{
	static const struct usher_sim_hours hours[] = {{600, 1200},
						       {2400, 3000}};
	struct usher_sim_counts counts;
	struct usher_sim *sim;
	struct house h;

	house_init(&h, 1, 0);
	house_customers(&h, 60 * SECOND);
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

START_TEST(hours__hold_for_who_is_dialed)
{
	static const struct usher_sim_hours hours[] = {{600, 1200}};
	struct usher_sim_counts counts;
	struct usher_sim *sim;
	struct house h;

	house_init(&h, 1, 1);
	h.queues[0].outbound_every_s = 10;
	h.queues[0].handle_law = USHER_LAW_FIXED;
	h.queues[0].handle_s = 20;
	h.queues[0].hours = hours;
	h.queues[0].hour_count = 1;
	sim = house_run(&h, 0, 3600);
	counts = house_counts(sim, 0);
	ck_assert_uint_eq(counts.arrived, 30);
	ck_assert_uint_eq(counts.reached, 30);
	ck_assert_uint_eq(counts.closed, 0);
	usher_sim_free(sim);
}
END_TEST

/* Who waits is served; and steps lead to what is open alone. */
START_TEST(hours__hold_for_who_is_led_there)
{
	static const struct usher_sim_hours hours[] = {{6000, 86400}};
	static const uint64_t second = 1;
	struct usher_queue_step_opts opts =
		house_step(USHER_QUEUE_STEP_OVERFLOW, 10);
	struct usher_queue_figures first;
	struct usher_sim *sim;
	struct house h;

	house_two(&h);
	house_customers(&h, 25 * SECOND);
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

/* Others whom steps led there have all places of the first; who comes is led
 * on at once, and is not one too many where he is not. */
START_TEST(places__are_those_of_the_queue_where_one_waits)
{
	static const struct usher_sim_call other[] = {
		{2 * SECOND, SECOND, 0, USHER_NEVER},
		{2 * SECOND, SECOND, 0, USHER_NEVER},
		{2 * SECOND, SECOND, 0, USHER_NEVER}};
	static const uint64_t first = 0, third = 2;
	struct usher_queue_step_opts on =
		house_step(USHER_QUEUE_STEP_OVERFLOW, 0);
	struct usher_queue_step_opts in = on;
	struct usher_sim *sim;
	struct house h;

	house_init(&h, 3, 0);
	house_customers(&h, USHER_NEVER);
	on.queues = &third;
	in.queues = &first;
	on.queue_count = in.queue_count = 1;
	on.condition = "waiting > 2";
	steps(&h, &on, 1);
	h.queues[0].places = 1;
	h.queues[1].calls = other;
	h.queues[1].call_count = 3;
	h.queues[1].steps = &in;
	h.queues[1].step_count = 1;
	sim = house_run(&h, 0, RUN_S);
	ck_assert_uint_eq(house_counts(sim, 0).blocked, 0);
	ck_assert_uint_ge(house_queue(sim, 2).waiting, CALLS - 1);
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
	struct usher_queue_step_opts opts =
		house_step(USHER_QUEUE_STEP_OVERFLOW, 0);
	struct usher_sim *sim;
	struct house h;

	house_two(&h);
	h.opts.group_count = 0;
	house_customers(&h, USHER_NEVER);
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

/* ---- What else is known of who comes ---- */

/* The last one to enter was in a flow for longer than the first, and goes
 * first; and asks for more than the queue does. */
START_TEST(came__knows_what_was_before_the_queue)
{
	static const struct usher_sim_call two[2] = {
		{SECOND, SECOND, 0, USHER_NEVER},
		{2 * SECOND, SECOND, 0, USHER_NEVER}};
	static const struct usher_attr level = {.name = "level", .number = 1};
	static const struct usher_sim_span late[] = {
		{10, 1000, USHER_READY, 0}};

	for (int way = 0; way < 3; way++) {
		struct usher_sim_came came[2] = {{0}};
		struct usher_queue_figures f;
		struct usher_sim *sim;
		struct house h;

		house_init(&h, 1, 1);
		h.queues[0].calls = two;
		h.queues[0].call_count = 2;
		h.queues[0].came = came;
		h.queues[0].came_size = sizeof(*came);
		h.queues[0].target_s = 8.5;
		h.groups[0].attrs = &level;
		h.groups[0].attr_count = 1;
		h.groups[0].spans = late;
		h.groups[0].span_count = 1;
		if (way == 1)
			came[1].age_us = 5 * SECOND;
		if (way == 2)
			came[1].requirement = "level == 2";
		sim = house_run(&h, 0, 100);
		f = house_queue(sim, 0);
		/* the second one waits 8 s if they go first, else 9 */
		ck_assert_uint_eq(f.answered, way == 2 ? 1 : 2);
		ck_assert_uint_eq(f.answered_within, way == 1 ? 1 : 0);
		ck_assert_uint_eq(f.waiting, way == 2 ? 1 : 0);
		usher_sim_free(sim);
	}
}
END_TEST

/* Lists of callers who know the first version alone, and of none. */
START_TEST(came__is_of_the_size_that_is_said)
{
	static const struct usher_sim_call two[2] = {
		{SECOND, SECOND, 0, USHER_NEVER},
		{2 * SECOND, SECOND, 0, USHER_NEVER}};
	static const size_t bad[] = {
		1, offsetof(struct usher_sim_came, age_us) - 1,
		sizeof(struct usher_sim_came) + 1};
	const size_t first = offsetof(struct usher_sim_came, age_us);
	const struct usher_sim_came late = {.max_wait_us = 5 * SECOND};
	char came[2 * offsetof(struct usher_sim_came, age_us)] = {0};
	struct usher_error err;
	struct house h;

	memcpy(came + first, &late, first);
	house_init(&h, 1, 0);
	h.queues[0].calls = two;
	h.queues[0].call_count = 2;
	h.queues[0].came = (const void *)came;
	for (int said = 0; said < 2; said++) {
		struct usher_sim *sim;

		h.queues[0].came_size = said ? first : 0;
		sim = house_run(&h, 0, 100);
		ck_assert_uint_eq(house_queue(sim, 0).waiting, 1);
		ck_assert_uint_eq(house_queue(sim, 0).flowed_out, 1);
		usher_sim_free(sim);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct usher_sim *sim = NULL;

		h.queues[0].came_size = bad[i];
		ck_assert_int_eq(usher_sim_new(&sim, &h.opts, &err),
				 USHER_EINVAL);
		ck_assert_ptr_null(sim);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("hours");
	TCase *tc = tcase_create("hours");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, hours__turn_newcomers_away);
	tcase_add_test(tc, hours__hold_for_who_is_dialed);
	tcase_add_test(tc, hours__hold_for_who_is_led_there);
	tcase_add_test(tc, places__are_those_of_the_queue_where_one_waits);
	tcase_add_test(tc, max_waiting__blocks_as_places_do);
	tcase_add_test(tc, max_waiting__keeps_steps_out);
	tcase_add_test(tc, came__knows_what_was_before_the_queue);
	tcase_add_test(tc, came__is_of_the_size_that_is_said);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
