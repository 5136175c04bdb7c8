/* What queues do over time for who is passed on to them, or sought in them,
 * by an agent. */
#include <check.h>
#include <stdlib.h>

#include "house.h"

#define RUN_S     1000
#define PATIENT_S 20
#define LED_S     5

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

int main(void)
{
	Suite *suite = suite_create("sim-onward-steps");
	TCase *tc = tcase_create("onward-steps");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, consult__ends_wherever_steps_led_it, 0, 2);
	tcase_add_loop_test(tc, transfer__after_a_consult_waits_anew, 0, 2);
	tcase_add_loop_test(tc, consult__is_answered_where_steps_led_it, 0, 2);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
