/* Callbacks, taken out of the record of a core that a test drives by hand: who
 * agrees, who is reached, how long agents dial in vain. */
#include <check.h>
#include <stdbool.h>

#include "cases.h"
#include "day.h"

#define SECOND DAY_SECOND

START_TEST(model__knows_how_many_agree_to_a_callback)
{
	struct usher_queue_step_opts ask =
		day_step_opts(USHER_QUEUE_STEP_CALLBACK, 10);
	struct usher_callback_opts opts;
	struct usher_record_model *model;
	uint64_t queue, contact[4];
	struct day d;
	char address[2] = "0";

	day_begin(&d);
	queue = day_queue(&d, "q");
	day_step(&d, queue, 1, &ask);
	for (int i = 0; i < 4; i++)
		contact[i] = day_customer(&d, queue);
	day_pass(&d, 20 * SECOND);
	usher_callback_opts_init(&opts, sizeof(opts));
	opts.address = address;
	ck_assert_int_eq(
		usher_acd_callback(d.acd, d.now_us, contact[1], &opts), 0);
	day_feed(&d);
	day_pass(&d, 20 * SECOND);
	ck_assert_uint_eq(day_lack(&d, USHER_LACKS_CALLBACKS), 0);
	/* nobody asked this one */
	contact[0] = day_customer(&d, queue);
	address[0] = '1';
	ck_assert_int_eq(
		usher_acd_callback(d.acd, d.now_us, contact[0], &opts), 0);
	day_feed(&d);
	ck_assert_uint_eq(day_lack(&d, USHER_LACKS_CALLBACKS), 1);
	ck_assert_uint_eq(day_lack(&d, USHER_LACKS_QUEUES), 0);
	day_record(&d);
	ck_assert_uint_eq(day_info(&d, 0).arrivals, 5);
	model = day_model(&d);
	ck_assert_double_eq(
		usher_record_model_opts(model)->queues->callback_part, 0.25);
	usher_record_model_free(model);
	day_end(&d);
}
END_TEST

/* The last offer is taken, and for three seconds its customer is dialed; how
 * that ends. */
static void dial(struct day *d, uint64_t contact, bool reached)
{
	ck_assert_int_eq(usher_acd_accept(d->acd, d->now_us, d->offer, NULL),
			 0);
	ck_assert_int_eq(usher_acd_callback_dial(d->acd, d->now_us, contact),
			 0);
	day_pass(d, 3 * SECOND);
	if (reached)
		ck_assert_int_eq(
			usher_acd_connected(d->acd, d->now_us, d->offer, NULL),
			0);
	else
		ck_assert_int_eq(usher_acd_connect_failed(d->acd, d->now_us,
							  d->offer, "busy"),
				 0);
	day_feed(d);
	day_pass(d, 12 * SECOND);
	if (reached)
		day_gone(d, contact);
	day_pass(d, 0);
}

/* Four wait, are asked after ten seconds, and agree after twenty: for so many
 * attempts each; the last one until ten seconds later. */
static void four_agree(struct day *d, uint64_t contact[4], uint32_t attempts)
{
	struct usher_queue_step_opts ask =
		day_step_opts(USHER_QUEUE_STEP_CALLBACK, 10);
	struct usher_callback_opts opts;
	char address[2] = "0";
	uint64_t queue;

	day_begin(d);
	queue = day_queue(d, "q");
	day_step(d, queue, 1, &ask);
	for (int i = 0; i < 4; i++)
		contact[i] = day_customer(d, queue);
	day_pass(d, 20 * SECOND);
	usher_callback_opts_init(&opts, sizeof(opts));
	opts.address = address;
	opts.attempts = attempts;
	opts.again_us = 10 * SECOND;
	for (int i = 0; i < 4; i++) {
		address[0] = (char)('0' + i);
		opts.until_us = d->now_us + (i == 3 ? 10 : 3600) * SECOND;
		ck_assert_int_eq(usher_acd_callback(d->acd, d->now_us,
						    contact[i], &opts),
				 0);
		day_feed(d);
	}
	day_pass(d, 20 * SECOND);
}

/* One is reached, one is not; one is canceled, and of one the time passes. */
START_TEST(model__knows_how_many_are_reached)
{
	struct usher_record_model *model;
	uint64_t contact[4];
	struct day d;

	four_agree(&d, contact, 1);
	ck_assert_int_eq(
		usher_acd_contact_end(d.acd, d.now_us, contact[2], "canceled"),
		0);
	day_feed(&d);
	day_agent(&d, "x");
	day_pass(&d, 0);
	dial(&d, contact[0], true);
	dial(&d, contact[1], false);
	day_record(&d);
	ck_assert_uint_eq(day_lack(&d, USHER_LACKS_LEFT), 0);
	ck_assert_uint_eq(day_lack(&d, USHER_LACKS_CALLBACKS), 0);
	model = day_model(&d);
	ck_assert_double_eq(usher_record_model_opts(model)->queues->reach_part,
			    0.5);
	usher_record_model_free(model);
	day_end(&d);
}
END_TEST

/* The third attempt reaches somebody; two in vain took three seconds each, and
 * two seconds until the agent accepted the second one. */
START_TEST(model__knows_how_long_agents_dial_in_vain)
{
	struct usher_record_model *model;
	uint64_t contact[4];
	struct day d;

	four_agree(&d, contact, 3);
	for (int i = 1; i < 4; i++)
		usher_acd_contact_end(d.acd, d.now_us, contact[i], "canceled");
	day_feed(&d);
	day_agent(&d, "x");
	day_pass(&d, 0);
	for (int i = 0; i < 2; i++)
		dial(&d, contact[0], false);
	ck_assert_uint_eq(day_lack(&d, USHER_LACKS_OFFERS), 0);
	dial(&d, contact[0], true);
	day_record(&d);
	ck_assert_uint_eq(day_lack(&d, USHER_LACKS_OFFERS), 0);
	model = day_model(&d);
	ck_assert_double_eq(usher_record_model_opts(model)->queues->reach_part,
			    1);
	ck_assert_double_eq_tol(usher_record_model_opts(model)->queues->dial_s,
				3 + 2 + 3, 1e-9);
	usher_record_model_free(model);
	day_end(&d);
}
END_TEST

/* One is dialed in vain and canceled before the next attempt, one is reached
 * at once: the first one's time is not the second one's. */
START_TEST(model__knows_no_attempts_of_callbacks_that_were_canceled)
{
	struct usher_record_model *model;
	uint64_t contact[4];
	struct day d;

	four_agree(&d, contact, 3);
	for (int i = 2; i < 4; i++)
		usher_acd_contact_end(d.acd, d.now_us, contact[i], "canceled");
	day_feed(&d);
	day_agent(&d, "x");
	day_pass(&d, 0);
	dial(&d, contact[0], false);
	usher_acd_contact_end(d.acd, d.now_us, contact[0], "canceled");
	day_pass(&d, 0);
	dial(&d, contact[1], true);
	day_record(&d);
	model = day_model(&d);
	ck_assert_double_eq(usher_record_model_opts(model)->queues->reach_part,
			    1);
	ck_assert_double_eq(usher_record_model_opts(model)->queues->dial_s, 0);
	usher_record_model_free(model);
	day_end(&d);
}
END_TEST

TCase *record_callback_case(void)
{
	TCase *tc = tcase_create("callbacks");

	tcase_add_test(tc, model__knows_how_many_agree_to_a_callback);
	tcase_add_test(tc, model__knows_how_many_are_reached);
	tcase_add_test(tc, model__knows_how_long_agents_dial_in_vain);
	tcase_add_test(
		tc, model__knows_no_attempts_of_callbacks_that_were_canceled);
	return tc;
}
