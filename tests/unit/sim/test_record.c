/* What is taken out of the record of a core that a test drives by hand. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "cases.h"
#include "day.h"

#define SECOND    DAY_SECOND
#define CUSTOMERS 20

/* ---- Arrivals ---- */

static void leads_on(enum usher_queue_step_action action)
{
	struct usher_queue_step_opts opts;
	uint64_t first, second;
	struct day d;

	day_begin(&d);
	first = day_queue(&d, "first");
	second = day_queue(&d, "second");
	usher_queue_step_opts_init(&opts, sizeof(opts));
	opts.action = action;
	opts.queues = &second;
	opts.queue_count = 1;
	opts.after_us = 10 * SECOND;
	ck_assert_int_eq(
		usher_acd_step_set(d.acd, d.now_us, first, 1, &opts, NULL), 0);
	day_feed(&d);
	for (int i = 0; i < CUSTOMERS; i++) {
		uint64_t contact = day_customer(&d, first);

		day_pass(&d, 25 * SECOND);
		day_gone(&d, contact);
		day_pass(&d, 5 * SECOND);
	}
	day_record(&d);
	ck_assert_uint_eq(day_info(&d, 0).arrivals, CUSTOMERS);
	ck_assert_uint_eq(day_info(&d, 1).arrivals, 0);
	/* whoever gave up did so there */
	ck_assert_uint_eq(day_info(&d, 1).abandoned, CUSTOMERS);
	day_end(&d);
}

START_TEST(customer__whom_a_step_leads_on_comes_once)
{
	leads_on(USHER_QUEUE_STEP_OVERFLOW);
	leads_on(USHER_QUEUE_STEP_ADD);
}
END_TEST

/* An agent was busy with them twice. */
START_TEST(customer__of_an_agent_who_waits_again_comes_again)
{
	uint64_t first, second, contact, joined = 0;
	struct day d;

	day_begin(&d);
	first = day_queue(&d, "first");
	second = day_queue(&d, "second");
	day_agent(&d, "x");
	contact = day_customer(&d, first);
	day_pass(&d, SECOND);
	ck_assert_uint_ne(d.offer, 0);
	ck_assert_int_eq(usher_acd_accept(d.acd, d.now_us, d.offer, NULL), 0);
	ck_assert_int_eq(
		usher_acd_connected(d.acd, d.now_us, d.offer, &joined), 0);
	day_feed(&d);
	day_pass(&d, 10 * SECOND);
	day_wait(&d, contact, second);
	/* and a flow that leads back does not count */
	day_wait(&d, contact, first);
	day_gone(&d, contact);
	day_record(&d);
	ck_assert_uint_eq(day_info(&d, 0).arrivals, 1);
	ck_assert_uint_eq(day_info(&d, 1).arrivals, 1);
	day_end(&d);
}
END_TEST

/* ---- Options ---- */

static const struct usher_attr teams[] = {{.name = "blue", .number = 60},
					  {.name = "red", .number = 40}};
static const struct usher_attr color = {
	.name = "color", .text = "green", .type = USHER_ATTR_TEXT};

static int simulated(const struct day *d, const struct usher_record_opts *opts,
		     struct usher_error *err)
{
	struct usher_record_model *model = NULL;
	struct usher_sim *sim = NULL;
	int rc;

	rc = usher_record_model_new(&model, d->record, opts, err);
	if (!rc)
		rc = usher_sim_new(&sim, usher_record_model_opts(model), err);
	usher_sim_free(sim);
	usher_record_model_free(model);
	return rc;
}

/* Two queues: one of percentage with both kinds of options, and a plain
 * one. */
static void teams_day(struct day *d)
{
	struct usher_queue_opts opts;
	uint64_t id = 0;

	day_begin(d);
	usher_queue_opts_init(&opts, sizeof(opts));
	opts.name = "shared";
	opts.policy = "percentage";
	opts.policy_options = teams;
	opts.policy_option_count = 2;
	opts.order_options = &color;
	opts.order_option_count = 1;
	ck_assert_int_eq(
		usher_acd_queue_set(d->acd, d->now_us, &opts, &id, NULL), 0);
	day_queue(d, "plain");
	day_agent(d, "x");
	day_gone(d, day_customer(d, id));
	day_pass(d, 60 * SECOND);
	day_record(d);
}

START_TEST(model__has_the_options_of_the_queues)
{
	const struct usher_sim_queue *q;
	struct usher_record_model *model;
	struct usher_error err = {0};
	struct day d;

	teams_day(&d);
	ck_assert_int_eq(usher_record_model_new(&model, d.record, NULL, &err),
			 0);
	q = usher_record_model_opts(model)->queues;
	ck_assert_uint_eq(q->policy_option_count, 2);
	ck_assert_str_eq(q->policy_options[0].name, "blue");
	ck_assert_double_eq(q->policy_options[0].number, 60);
	ck_assert_double_eq(q->policy_options[1].number, 40);
	ck_assert_uint_eq(q->order_option_count, 1);
	ck_assert_str_eq(q->order_options[0].text, "green");
	ck_assert_uint_eq(q[1].policy_option_count, 0);
	ck_assert_uint_eq(q[1].order_option_count, 0);
	usher_record_model_free(model);
	ck_assert_msg(!simulated(&d, NULL, &err), "%s", err.message);
	day_end(&d);
}
END_TEST

/* They are for the program that decides; a fallback has none. */
START_TEST(model__leaves_out_the_options_of_external)
{
	struct usher_queue_opts opts;
	struct usher_error err = {0};
	uint64_t id = 0;
	struct day d;

	day_begin(&d);
	usher_queue_opts_init(&opts, sizeof(opts));
	opts.name = "theirs";
	opts.policy = "external";
	opts.fallback = "longest_idle";
	opts.policy_options = teams;
	opts.policy_option_count = 2;
	ck_assert_int_eq(
		usher_acd_queue_set(d.acd, d.now_us, &opts, &id, NULL), 0);
	day_feed(&d);
	day_agent(&d, "x");
	day_pass(&d, 60 * SECOND);
	day_record(&d);
	ck_assert_str_eq(day_info(&d, 0).policy, "longest_idle");
	ck_assert_msg(!simulated(&d, NULL, &err), "%s", err.message);
	day_end(&d);
}
END_TEST

START_TEST(model__tries_a_policy_with_its_options)
{
	struct usher_record_opts opts;
	struct usher_error err = {0};
	struct day d;

	teams_day(&d);
	usher_record_opts_init(&opts, sizeof(opts));
	/* the teams of another policy are not handed on */
	opts.policy = "longest_idle";
	ck_assert_msg(!simulated(&d, &opts, &err), "%s", err.message);
	opts.policy = "idleness_ratio";
	ck_assert_int_eq(simulated(&d, &opts, &err), USHER_EINVAL);
	opts.policy_options = teams;
	opts.policy_option_count = 2;
	ck_assert_msg(!simulated(&d, &opts, &err), "%s", err.message);
	day_end(&d);
}
END_TEST

/* ---- What contacts come with ---- */

START_TEST(model__has_what_contacts_came_with)
{
	const struct usher_sim_came *came;
	struct usher_record_model *model;
	uint64_t plain, limited, second;
	struct usher_queue_opts opts;
	struct usher_error err = {0};
	struct day d;

	day_begin(&d);
	plain = day_queue(&d, "plain");
	usher_queue_opts_init(&opts, sizeof(opts));
	opts.name = "limited";
	opts.requirement = "language == contact.language";
	opts.max_wait_us = 20 * SECOND;
	ck_assert_int_eq(
		usher_acd_queue_set(d.acd, d.now_us, &opts, &limited, NULL),
		0);
	day_feed(&d);
	day_agent(&d, "x");
	day_pass(&d, SECOND);
	day_gone(&d, day_customer(&d, plain));
	second = day_customer_of(&d, limited, "de", 0, 0);
	day_customer_of(&d, limited, "en", 7, 5 * SECOND);
	day_customer_of(&d, limited, NULL, 0, USHER_NEVER);
	day_customer_of(&d, limited, "de", 0, 0);
	day_pass(&d, 60 * SECOND);
	/* led on after the longest wait: a customer of another queue, too */
	day_wait(&d, second, plain);
	day_record(&d);
	ck_assert_uint_eq(day_info(&d, 0).arrivals, 2);
	ck_assert_uint_eq(day_info(&d, 1).arrivals, 4);
	ck_assert_uint_eq(day_info(&d, 1).contact_requirement, 1);
	ck_assert_int_eq(usher_record_model_new(&model, d.record, NULL, &err),
			 0);
	ck_assert_ptr_nonnull(usher_record_model_opts(model)->queues[0].came);
	came = usher_record_model_opts(model)->queues[1].came;
	ck_assert_str_eq(usher_record_model_opts(model)->queues[1].requirement,
			 "language == contact.language");
	ck_assert_str_eq(came[0].attrs->text, "de");
	ck_assert_int_eq(came[0].max_wait_us, 20 * SECOND);
	ck_assert_str_eq(came[1].attrs->text, "en");
	ck_assert_int_eq(came[1].priority, 7);
	ck_assert_int_eq(came[1].max_wait_us, 5 * SECOND);
	ck_assert_uint_eq(came[2].attr_count, 0);
	ck_assert_int_eq(came[2].max_wait_us, USHER_NEVER);
	/* one copy of what is alike */
	ck_assert_ptr_eq(came[0].attrs, came[3].attrs);
	usher_record_model_free(model);
	ck_assert_msg(!simulated(&d, NULL, &err), "%s", err.message);
	day_end(&d);
}
END_TEST

/* ---- Queues made again ---- */

START_TEST(queue__that_is_made_again_is_the_same)
{
	struct usher_record_queue ret = {.size = sizeof(ret)};
	struct usher_error err = {0};
	struct day d;

	day_begin(&d);
	day_agent(&d, "x");
	for (int i = 0; i < 3; i++) {
		uint64_t id = day_queue(&d, "q");

		day_gone(&d, day_customer(&d, id));
		day_pass(&d, 60 * SECOND);
		ck_assert_int_eq(usher_acd_queue_remove(d.acd, d.now_us, id),
				 0);
		day_feed(&d);
	}
	day_queue(&d, "other");
	day_record(&d);
	ck_assert_uint_eq(day_info(&d, 0).arrivals, 3);
	ck_assert_str_eq(day_info(&d, 1).name, "other");
	ck_assert_int_eq(usher_record_queue_at(d.record, 2, &ret),
			 USHER_ENOENT);
	ck_assert_msg(!simulated(&d, NULL, &err), "%s", err.message);
	day_end(&d);
}
END_TEST

/* ---- What a simulation has room for ---- */

static void many_agents(uint32_t count, int64_t apart_us)
{
	struct usher_record_model *model;
	const struct usher_sim_opts *opts;
	struct usher_error err = {0};
	uint32_t agents = 0;
	struct day d;

	day_begin(&d);
	day_queue(&d, "q");
	for (uint32_t i = 0; i < count; i++) {
		char name[16];

		snprintf(name, sizeof(name), "a%u", i);
		day_agent(&d, name);
		d.now_us += apart_us;
	}
	d.now_us += SECOND;
	day_record(&d);
	ck_assert_int_eq(usher_record_model_new(&model, d.record, NULL, &err),
			 0);
	opts = usher_record_model_opts(model);
	ck_assert_uint_le(opts->group_count, USHER_SIM_GROUPS_MAX);
	for (uint32_t i = 0; i < opts->group_count; i++)
		agents += opts->groups[i].agents;
	ck_assert_uint_eq(agents, count);
	usher_record_model_free(model);
	day_end(&d);
}

START_TEST(model__has_room_for_agents_who_come_one_by_one)
{
	/* alike to the minute, and not even that */
	many_agents(USHER_SIM_GROUPS_MAX + 4, 1);
	many_agents(USHER_SIM_GROUPS_MAX + 4, 60 * SECOND);
}
END_TEST

START_TEST(model__of_more_than_a_year_is_refused)
{
	struct usher_record_model *model = NULL;
	struct usher_error err = {0};
	struct day d;

	day_begin(&d);
	day_queue(&d, "q");
	d.now_us += 367 * 86400 * SECOND;
	day_record(&d);
	ck_assert_int_eq(usher_record_model_new(&model, d.record, NULL, &err),
			 USHER_EINVAL);
	ck_assert_ptr_nonnull(strstr(err.message, "367 days"));
	ck_assert_ptr_null(model);
	day_end(&d);
}
END_TEST

/* ---- The end ---- */

/* Somebody is with an agent for so long; wrapped up for so long, if at all. */
static void talks(struct day *d, uint64_t queue, int talk_s, int wrap_s)
{
	const uint64_t contact = day_customer(d, queue);
	uint64_t segment;

	day_pass(d, 0);
	segment = day_take(d);
	day_pass(d, talk_s * SECOND);
	day_gone(d, contact);
	day_pass(d, wrap_s * SECOND);
	if (wrap_s)
		ck_assert_int_eq(
			usher_acd_wrapup_end(d->acd, d->now_us, segment), 0);
	day_feed(d);
}

/* Two talked for 10 s and 30 s and were wrapped up for 4 s and 8 s. As the
 * record ends one has talked for 12 s and is wrapped up for 5 s, and another
 * talks for 17 s: longer than that are 30 s, and 8 s. */
START_TEST(model__lets_who_is_cut_off_go_on)
{
	static const double talked[] = {10, 30, 12, 30};
	static const double wrapped[] = {4, 8, 8, 8};
	struct usher_record_model *model = NULL;
	const struct usher_sim_queue *q;
	struct usher_queue_opts opts;
	uint64_t queue = 0, contact;
	struct day d;

	day_begin(&d);
	usher_queue_opts_init(&opts, sizeof(opts));
	opts.name = "q";
	opts.wrapup_us = 60 * SECOND;
	ck_assert_int_eq(
		usher_acd_queue_set(d.acd, d.now_us, &opts, &queue, NULL), 0);
	day_feed(&d);
	day_agent(&d, "x-1");
	talks(&d, queue, 10, 4);
	talks(&d, queue, 30, 8);
	contact = day_customer(&d, queue);
	day_pass(&d, 0);
	day_take(&d);
	day_agent(&d, "x-2");
	day_customer(&d, queue);
	day_pass(&d, 0);
	day_take(&d);
	day_pass(&d, 12 * SECOND);
	day_gone(&d, contact);
	day_pass(&d, 5 * SECOND);
	day_record(&d);
	ck_assert_double_eq_tol(day_info(&d, 0).handle_s, 52 / 3.0, 1e-9);
	ck_assert_int_eq(usher_record_model_new(&model, d.record, NULL, NULL),
			 0);
	q = usher_record_model_opts(model)->queues;
	ck_assert_uint_eq(q->handle_value_count, 4);
	ck_assert_uint_eq(q->wrapup_value_count, 4);
	for (int i = 0; i < 4; i++) {
		ck_assert_double_eq_tol(q->handle_values[i], talked[i], 1e-9);
		ck_assert_double_eq_tol(q->wrapup_values[i], wrapped[i], 1e-9);
	}
	usher_record_model_free(model);
	day_end(&d);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("record");
	TCase *tc = tcase_create("record");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, customer__whom_a_step_leads_on_comes_once);
	tcase_add_test(tc, customer__of_an_agent_who_waits_again_comes_again);
	tcase_add_test(tc, model__has_the_options_of_the_queues);
	tcase_add_test(tc, model__leaves_out_the_options_of_external);
	tcase_add_test(tc, model__has_what_contacts_came_with);
	tcase_add_test(tc, model__tries_a_policy_with_its_options);
	tcase_add_test(tc, queue__that_is_made_again_is_the_same);
	tcase_add_test(tc, model__has_room_for_agents_who_come_one_by_one);
	tcase_add_test(tc, model__lets_who_is_cut_off_go_on);
	tcase_add_test(tc, model__of_more_than_a_year_is_refused);
	tcase_set_timeout(tc, 60);
	suite_add_tcase(suite, tc);
	suite_add_tcase(suite, record_patience_case());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
