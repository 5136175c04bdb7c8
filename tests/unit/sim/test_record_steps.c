/* What queues do over time, taken out of the record of a core that a test
 * drives by hand. */
#include <check.h>
#include <stdbool.h>

#include "cases.h"
#include "day.h"

#define SECOND DAY_SECOND

/* ---- Steps ---- */

START_TEST(model__has_the_steps_that_were_set_last)
{
	struct usher_queue_step_opts widen =
		day_step_opts(USHER_QUEUE_STEP_WIDEN, 20);
	struct usher_queue_step_opts over =
		day_step_opts(USHER_QUEUE_STEP_OVERFLOW, 1);
	struct usher_queue_step_opts exit =
		day_step_opts(USHER_QUEUE_STEP_EXIT, 90);
	struct usher_queue_step_opts raise =
		day_step_opts(USHER_QUEUE_STEP_PRIORITY, 5);
	const struct usher_queue_step_opts *is;
	const struct usher_sim_queue *q;
	struct usher_record_model *model;
	uint64_t first, second;
	struct day d;

	day_begin(&d);
	first = day_queue(&d, "first");
	second = day_queue(&d, "second");
	widen.requirement = "level >= 2";
	widen.unstaffed = widen.anyone = 1;
	over.queues = &second;
	over.queue_count = 1;
	over.condition = "waiting > 3";
	over.check_us = 30 * SECOND;
	exit.text = "late";
	raise.priority = 7;
	day_step(&d, first, 1, &raise);
	day_step(&d, first, 1, &widen);
	day_step(&d, first, 2, &over);
	day_step(&d, first, 3, &exit);
	day_step(&d, first, 4, &raise);
	ck_assert_int_eq(usher_acd_steps_cut(d.acd, d.now_us, first, 3), 0);
	day_feed(&d);
	ck_assert_uint_eq(day_lack(&d, USHER_LACKS_SETTINGS), 0);
	day_gone(&d, day_customer(&d, first));
	day_pass(&d, SECOND);
	day_step(&d, second, 1, &raise);
	ck_assert_uint_eq(day_lack(&d, USHER_LACKS_SETTINGS), 1);
	day_record(&d);
	model = day_model(&d);
	q = usher_record_model_opts(model)->queues;
	is = q[0].steps;
	ck_assert_uint_eq(q[0].step_count, 3);
	ck_assert_uint_eq(is[0].action, USHER_QUEUE_STEP_WIDEN);
	ck_assert_str_eq(is[0].requirement, "level >= 2");
	ck_assert_int_eq(is[0].after_us, 20 * SECOND);
	ck_assert_uint_eq(is[0].unstaffed, 1);
	ck_assert_uint_eq(is[0].anyone, 1);
	ck_assert_uint_eq(is[1].queue_count, 1);
	ck_assert_uint_eq(is[1].queues[0], 1);
	ck_assert_str_eq(is[1].condition, "waiting > 3");
	ck_assert_int_eq(is[1].check_us, 30 * SECOND);
	ck_assert_str_eq(is[2].text, "late");
	ck_assert_uint_eq(q[1].step_count, 1);
	ck_assert_int_eq(q[1].steps->priority, 7);
	usher_record_model_free(model);
	day_end(&d);
}
END_TEST

/* A queue that is made again begins without. */
START_TEST(steps__go_with_their_queue)
{
	struct usher_queue_step_opts exit =
		day_step_opts(USHER_QUEUE_STEP_EXIT, 90);
	struct usher_record_model *model;
	struct day d;
	uint64_t id;

	day_begin(&d);
	id = day_queue(&d, "q");
	exit.text = "late";
	day_step(&d, id, 1, &exit);
	day_pass(&d, 100 * SECOND);
	ck_assert_int_eq(usher_acd_queue_remove(d.acd, d.now_us, id), 0);
	day_feed(&d);
	day_pass(&d, 100 * SECOND);
	day_queue(&d, "q");
	day_pass(&d, 100 * SECOND);
	day_record(&d);
	model = day_model(&d);
	ck_assert_uint_eq(usher_record_model_opts(model)->queues->step_count,
			  0);
	ck_assert_uint_eq(usher_record_model_opts(model)->queues->hour_count,
			  2);
	usher_record_model_free(model);
	day_end(&d);
}
END_TEST

/* Ten seconds here, ten there: twenty of patience, once, where they came, and
 * handle time there, too. */
START_TEST(customer__whom_steps_lead_belongs_to_the_first_queue)
{
	struct usher_queue_step_opts over =
		day_step_opts(USHER_QUEUE_STEP_OVERFLOW, 10);
	const struct usher_sim_queue *q;
	struct usher_record_model *model;
	uint64_t first, second, contact;
	struct day d;

	for (int add = 0; add < 2; add++) {
		day_begin(&d);
		first = day_queue(&d, "first");
		second = day_queue(&d, "second");
		if (add)
			over.action = USHER_QUEUE_STEP_ADD;
		over.queues = &second;
		over.queue_count = 1;
		day_step(&d, first, 1, &over);
		for (int i = 0; i < 30; i++) {
			contact = day_customer(&d, first);
			day_pass(&d, 20 * SECOND);
			day_gone(&d, contact);
		}
		contact = day_customer(&d, first);
		day_pass(&d, 11 * SECOND);
		day_agent(&d, "x");
		day_pass(&d, 0);
		day_take(&d);
		day_pass(&d, 33 * SECOND);
		day_gone(&d, contact);
		day_record(&d);
		ck_assert_uint_eq(day_lack(&d, USHER_LACKS_QUEUES), 0);
		ck_assert_double_eq_tol(day_info(&d, 0).handle_s, 33, 0.01);
		model = day_model(&d);
		q = usher_record_model_opts(model)->queues;
		ck_assert_uint_eq(q[0].call_count, 31);
		ck_assert_uint_eq(q[1].call_count, 0);
		ck_assert_double_eq(q[0].patience_values[0], 20);
		ck_assert_uint_eq(q[1].patience_value_count, 0);
		usher_record_model_free(model);
		day_end(&d);
	}
}
END_TEST

/* The model's exit is one, too: who comes back is another customer. */
START_TEST(customer__behind_an_exit_comes_again)
{
	struct usher_queue_step_opts exit =
		day_step_opts(USHER_QUEUE_STEP_EXIT, 10);
	uint64_t first, second, contact;
	struct day d;

	day_begin(&d);
	first = day_queue(&d, "first");
	second = day_queue(&d, "second");
	exit.text = "late";
	day_step(&d, first, 1, &exit);
	contact = day_customer(&d, first);
	day_pass(&d, 20 * SECOND);
	day_wait(&d, contact, second);
	day_pass(&d, 20 * SECOND);
	day_gone(&d, contact);
	day_record(&d);
	ck_assert_uint_eq(day_info(&d, 0).arrivals, 1);
	ck_assert_uint_eq(day_info(&d, 1).arrivals, 1);
	day_end(&d);
}
END_TEST

/* ---- Hours and limits ---- */

START_TEST(model__opens_and_closes_as_recorded)
{
	const struct usher_sim_queue *q;
	struct usher_record_model *model;
	struct usher_queue_opts opts;
	uint64_t day, night, late;
	struct day d;

	day_begin(&d);
	day_queue(&d, "always");
	day = day_queue(&d, "day");
	night = day_queue(&d, "night");
	day_open(&d, night, 0);
	day_pass(&d, 100 * SECOND);
	day_open(&d, day, 0);
	day_open(&d, night, 1);
	day_pass(&d, 100 * SECOND);
	day_open(&d, day, 1);
	usher_queue_opts_init(&opts, sizeof(opts));
	opts.name = "late";
	opts.max_waiting = 3;
	opts.max_wait_us = 50 * SECOND;
	ck_assert_int_eq(
		usher_acd_queue_set(d.acd, d.now_us, &opts, &late, NULL), 0);
	/* in the moment in which it closes */
	day_gone(&d, day_customer(&d, night));
	day_open(&d, night, 0);
	for (int i = 0; i < 4; i++)
		day_customer(&d, day);
	for (int i = 0; i < 3; i++)
		day_customer(&d, late);
	day_pass(&d, 100 * SECOND);
	day_record(&d);
	ck_assert_uint_eq(day_lack(&d, USHER_LACKS_FULL), 1);
	model = day_model(&d);
	q = usher_record_model_opts(model)->queues;
	ck_assert_uint_eq(q[0].hour_count, 0);
	ck_assert_uint_eq(q[1].hour_count, 2);
	ck_assert_double_eq_tol(q[1].hours[0].from_s, 0, 0.01);
	ck_assert_double_eq_tol(q[1].hours[0].to_s, 100, 0.01);
	ck_assert_double_eq_tol(q[1].hours[1].from_s, 200, 0.01);
	ck_assert_double_gt(q[1].hours[1].to_s, 300);
	ck_assert_uint_eq(q[2].hour_count, 2);
	ck_assert_double_eq_tol(q[2].hours[1].from_s, 100, 0.01);
	ck_assert_double_gt(q[2].hours[1].to_s, 200);
	/* before it was made nobody could be led there */
	ck_assert_uint_eq(q[3].hour_count, 1);
	ck_assert_double_eq_tol(q[3].hours[0].from_s, 200, 0.01);
	ck_assert_uint_eq(q[3].max_waiting, 3);
	ck_assert_double_eq(q[3].max_wait_s, 50);
	usher_record_model_free(model);
	day_end(&d);
}
END_TEST

/* The model turns nobody away who came. */
START_TEST(model__takes_who_comes_in_the_moment_of_a_change)
{
	struct usher_sim_counts counts = {.size = sizeof(counts)};
	struct usher_record_model *model = NULL;
	struct usher_sim *sim = NULL;
	struct day d;
	uint64_t id;

	day_begin(&d);
	id = day_queue(&d, "q");
	for (int i = 0; i < 50; i++) {
		day_gone(&d, day_customer(&d, id));
		day_open(&d, id, 0);
		day_pass(&d, 3000001 + i);
		day_open(&d, id, 1);
		day_gone(&d, day_customer(&d, id));
		day_pass(&d, 1000003 + i);
	}
	day_open(&d, id, 0);
	day_record(&d);
	ck_assert_int_eq(usher_record_model_new(&model, d.record, NULL, NULL),
			 0);
	ck_assert_int_eq(
		usher_sim_new(&sim, usher_record_model_opts(model), NULL), 0);
	ck_assert_int_eq(usher_sim_run(sim, usher_record_duration(d.record)),
			 0);
	ck_assert_int_eq(usher_sim_counts(sim, 0, &counts), 0);
	ck_assert_uint_eq(counts.arrived, 100);
	ck_assert_uint_eq(counts.closed, 0);
	usher_sim_free(sim);
	usher_record_model_free(model);
	day_end(&d);
}
END_TEST

/* One that never opens does not do so in the model. */
START_TEST(model__keeps_closed_what_never_opens)
{
	const struct usher_sim_queue *q;
	struct usher_record_model *model;
	struct day d;

	day_begin(&d);
	day_queue(&d, "always");
	day_pass(&d, SECOND);
	day_open(&d, day_queue(&d, "never"), 0);
	day_pass(&d, 100 * SECOND);
	day_record(&d);
	model = day_model(&d);
	q = usher_record_model_opts(model)->queues;
	ck_assert_uint_eq(q[1].hour_count, 1);
	ck_assert_double_lt(q[1].hours->to_s - q[1].hours->from_s, 0.01);
	usher_record_model_free(model);
	day_end(&d);
}
END_TEST

/* ---- Flows ---- */

/* Who was in a flow for long is older than who came to the queue before; what
 * the flow asks for is asked. */
START_TEST(model__has_what_a_flow_did_before_the_queue)
{
	const struct usher_sim_came *came;
	struct usher_record_model *model;
	struct usher_contact_opts opts;
	struct usher_enqueue_opts wait;
	uint64_t queue, slow, flow = 0, segment;
	struct day d;

	day_begin(&d);
	queue = day_queue(&d, "q");
	usher_contact_opts_init(&opts, sizeof(opts));
	opts.priority = 2;
	ck_assert_int_eq(usher_acd_contact_new(d.acd, d.now_us, &opts, &slow),
			 0);
	ck_assert_int_eq(
		usher_acd_flow_begin(d.acd, d.now_us, slow, "menu", &flow), 0);
	day_pass(&d, 30 * SECOND);
	day_customer(&d, queue);
	day_pass(&d, 10 * SECOND);
	ck_assert_int_eq(usher_acd_flow_end(d.acd, d.now_us, flow, "queue"),
			 0);
	usher_enqueue_opts_init(&wait, sizeof(wait));
	wait.queues = &queue;
	wait.queue_count = 1;
	wait.requirement = "skill == 3";
	wait.priority = 5;
	ck_assert_int_eq(
		usher_acd_enqueue(d.acd, d.now_us, slow, &wait, &segment), 0);
	day_feed(&d);
	/* and one who leaves in it */
	ck_assert_int_eq(usher_acd_contact_new(d.acd, d.now_us, &opts, &slow),
			 0);
	ck_assert_int_eq(
		usher_acd_flow_begin(d.acd, d.now_us, slow, "menu", &flow), 0);
	day_pass(&d, SECOND);
	day_gone(&d, slow);
	day_pass(&d, 10 * SECOND);
	day_record(&d);
	ck_assert_uint_eq(day_lack(&d, USHER_LACKS_BEFORE), 1);
	model = day_model(&d);
	ck_assert_uint_eq(usher_record_model_opts(model)->queues->call_count,
			  2);
	came = usher_record_model_opts(model)->queues->came;
	ck_assert_int_eq(came[0].age_us, 0);
	ck_assert_int_eq(came[1].age_us, 40 * SECOND);
	ck_assert_int_eq(came[1].priority, 7);
	ck_assert_ptr_null(came[0].requirement);
	ck_assert_str_eq(came[1].requirement, "skill == 3");
	usher_record_model_free(model);
	day_end(&d);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("record-steps");
	TCase *tc = tcase_create("record-steps");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, model__has_the_steps_that_were_set_last);
	tcase_add_test(tc, steps__go_with_their_queue);
	tcase_add_test(tc,
		       customer__whom_steps_lead_belongs_to_the_first_queue);
	tcase_add_test(tc, customer__behind_an_exit_comes_again);
	tcase_add_test(tc, model__opens_and_closes_as_recorded);
	tcase_add_test(tc, model__takes_who_comes_in_the_moment_of_a_change);
	tcase_add_test(tc, model__keeps_closed_what_never_opens);
	tcase_add_test(tc, model__has_what_a_flow_did_before_the_queue);
	suite_add_tcase(suite, tc);
	suite_add_tcase(suite, record_callback_case());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
