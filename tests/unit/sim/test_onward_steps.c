/* What queues do over time for who is passed on to them, or sought in them,
 * by an agent. */
#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "house.h"

#define RUN_S     1000
#define PATIENT_S 20
#define LED_S     5
#define DIAL_S    7
#define LATE_S    300
#define HARDLY    1e-9

static const struct usher_sim_onward to_second = {1, 1, 0};
static const struct usher_sim_onward to_third = {1, 2, 0};

/* One customer of queue 1, after a second, who talks 100 s; the agents of
 * queues 2 and 3 have a wrap-up of 20 and 30 s. */
static void by_hand(struct house *h)
{
	static const struct usher_sim_call one = {1000000, -1, -1, -1};
	static const uint32_t index[] = {0, 1, 2};

	house_init(h, 3, 3);
	for (uint32_t i = 0; i < 3; i++) {
		h->queues[i].handle_law = USHER_LAW_FIXED;
		h->queues[i].handle_s = 100 + 50 * i;
		h->queues[i].wrapup_law = USHER_LAW_FIXED;
		h->queues[i].wrapup_s = 10 + 10 * i;
		h->queues[i].members_only = 1;
		h->groups[i].queues = &index[i];
		h->groups[i].queue_count = 1;
	}
	h->queues[0].calls = &one;
	h->queues[0].call_count = 1;
}

static double busy_s(const struct usher_sim *sim, uint32_t group)
{
	struct usher_agent_figures f = {.size = sizeof(f)};

	ck_assert_int_eq(usher_metrics_agent(usher_sim_metrics(sim),
					     usher_sim_agent_id(sim, group, 0),
					     USHER_SPAN_DAY,
					     usher_sim_now(sim), &f),
			 0);
	return (double)f.occupied_us / 1e6;
}

/* ---- Consults ---- */

/* Queue 2 leads on to queue 3, or there as well. */
static void led_on(struct house *h, struct usher_queue_step_opts *step,
		   uint32_t action)
{
	static const uint64_t third = 2;

	by_hand(h);
	*step = house_step(action, LED_S);
	step->queues = &third;
	step->queue_count = 1;
	h->queues[0].consults = &to_second;
	h->queues[0].consult_count = 1;
	h->queues[1].patience_law = USHER_LAW_FIXED;
	h->queues[1].patience_s = PATIENT_S;
	h->queues[1].steps = step;
	h->queues[1].step_count = 1;
	h->groups[1].agents = h->groups[2].agents = 0;
}

static const uint32_t actions[] = {USHER_QUEUE_STEP_OVERFLOW,
				   USHER_QUEUE_STEP_ADD};

START_TEST(consult__ends_wherever_steps_led_it)
{
	struct usher_queue_step_opts step;
	struct usher_sim *sim;
	struct house h;

	led_on(&h, &step, actions[_i]);
	sim = house_run(&h, 0, RUN_S);
	ck_assert_double_eq_tol(busy_s(sim, 0), 100 + PATIENT_S + 10, 1e-3);
	ck_assert_uint_eq(house_queue(sim, 1).waiting, 0);
	ck_assert_uint_eq(house_queue(sim, 2).waiting, 0);
	ck_assert_uint_eq(house_queue(sim, 2).abandoned, 1);
	usher_sim_free(sim);
}
END_TEST

/* Nobody is had, and the contact goes on to the queue that was added. */
START_TEST(transfer__after_a_consult_waits_anew)
{
	struct usher_queue_step_opts step;
	struct usher_sim *sim;
	struct house h;

	led_on(&h, &step, actions[_i]);
	h.queues[0].transfers = &to_third;
	h.queues[0].transfer_count = 1;
	sim = house_run(&h, 0, RUN_S);
	ck_assert_double_eq_tol(busy_s(sim, 0), 100 + PATIENT_S + 10, 1e-3);
	ck_assert_uint_eq(house_queue(sim, 1).waiting, 0);
	ck_assert_uint_eq(house_queue(sim, 2).waiting, 1);
	usher_sim_free(sim);
}
END_TEST

START_TEST(consult__is_answered_where_steps_led_it)
{
	struct usher_queue_step_opts step;
	struct usher_sim *sim;
	struct house h;

	led_on(&h, &step, actions[_i]);
	h.groups[2].agents = 1;
	sim = house_run(&h, 0, RUN_S);
	ck_assert_double_eq_tol(busy_s(sim, 0), 100 + LED_S + 150 + 10, 1e-3);
	ck_assert_uint_eq(house_queue(sim, 1).waiting, 0);
	ck_assert_uint_eq(house_queue(sim, 2).answered, 1);
	usher_sim_free(sim);
}
END_TEST

/* ---- Callbacks ---- */

/* Who is passed on to queue 2 is asked there, and agrees; its agent comes
 * later. */
static void asked_there(struct house *h, struct usher_queue_step_opts *step,
			int after_s)
{
	static const struct usher_sim_span late = {LATE_S, RUN_S, USHER_READY,
						   0};

	by_hand(h);
	*step = house_step(USHER_QUEUE_STEP_CALLBACK, after_s);
	h->queues[0].transfers = &to_second;
	h->queues[0].transfer_count = 1;
	h->queues[1].steps = step;
	h->queues[1].step_count = 1;
	h->queues[1].callback_part = 1;
	h->queues[1].dial_s = DIAL_S;
	h->queues[1].patience_law = USHER_LAW_FIXED;
	h->queues[1].patience_s = 2 * PATIENT_S;
	h->groups[1].spans = &late;
	h->groups[1].span_count = 1;
}

static void called(const struct usher_sim *sim, bool reached)
{
	ck_assert_uint_eq(house_counts(sim, 0).callbacks, 1);
	ck_assert_uint_eq(house_counts(sim, 0).dialed, 1);
	ck_assert_uint_eq(house_counts(sim, 0).reached, reached);
	/* what is wrapped up of the first talk is no other for that */
	ck_assert_double_eq_tol(busy_s(sim, 0), 100 + 10, 1e-3);
	ck_assert_double_eq_tol(busy_s(sim, 1),
				reached ? DIAL_S + 150 + 20 : DIAL_S, 1e-3);
}

START_TEST(callback__of_who_was_passed_on_takes_dialing)
{
	struct usher_queue_step_opts step;
	struct usher_sim *sim;
	struct house h;

	for (int way = 0; way < 4; way++) {
		const bool reached = way < 2;

		/* at once, or after a time */
		asked_there(&h, &step, way % 2 ? LED_S : 0);
		h.queues[1].reach_part = reached ? 0 : HARDLY;
		sim = house_run(&h, 0, RUN_S);
		called(sim, reached);
		usher_sim_free(sim);
	}
}
END_TEST

START_TEST(callback__of_who_was_passed_on_is_in_a_snapshot)
{
	struct usher_sim *sim, *other = NULL;
	struct usher_queue_step_opts step;
	size_t len, end_len, other_len;
	void *bytes, *end, *other_end;
	struct house h;

	asked_there(&h, &step, LED_S);
	sim = house_open(&h);
	ck_assert_int_eq(usher_sim_run(sim, LATE_S - 10), 0);
	ck_assert_uint_eq(house_counts(sim, 0).callbacks, 1);
	ck_assert_uint_eq(house_counts(sim, 0).dialed, 0);
	ck_assert_int_eq(usher_sim_snapshot(sim, &bytes, &len), 0);
	ck_assert_int_eq(usher_sim_restore(&other, &h.opts, bytes, len, NULL),
			 0);
	usher_sim_snapshot_free(sim, bytes);
	ck_assert_int_eq(usher_sim_run(sim, RUN_S - LATE_S), 0);
	ck_assert_int_eq(usher_sim_run(other, RUN_S - LATE_S), 0);
	called(other, true);
	ck_assert_int_eq(usher_sim_snapshot(sim, &end, &end_len), 0);
	ck_assert_int_eq(usher_sim_snapshot(other, &other_end, &other_len), 0);
	ck_assert_uint_eq(end_len, other_len);
	ck_assert_int_eq(memcmp(end, other_end, end_len), 0);
	usher_sim_snapshot_free(sim, end);
	usher_sim_snapshot_free(other, other_end);
	usher_sim_free(sim);
	usher_sim_free(other);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sim-onward-steps");
	TCase *tc = tcase_create("onward-steps");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, consult__ends_wherever_steps_led_it, 0, 2);
	tcase_add_loop_test(tc, transfer__after_a_consult_waits_anew, 0, 2);
	tcase_add_loop_test(tc, consult__is_answered_where_steps_led_it, 0, 2);
	tcase_add_test(tc, callback__of_who_was_passed_on_takes_dialing);
	tcase_add_test(tc, callback__of_who_was_passed_on_is_in_a_snapshot);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
