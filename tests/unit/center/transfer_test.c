/* Who is handed on: words to an application, sound to a phone. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "center/config.h"
#include "stage.h"

static struct stage s;

static void setup(void)
{
	stage_setup(&s);
	s.records = true;
	stage_open(&s, false);
}

static void teardown(void)
{
	stage_teardown(&s);
}

START_TEST(transfer__gives_words_to_an_application_at_once)
{
	const struct usher_snapshot_contact *contacts;
	struct usher_snapshot *snapshot;
	uint64_t leg, contact;

	leg = stage_chat(&s, &contact);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.bob, 0, NULL), 0);
	ck_assert_int_eq(
		stage_ask(&s, USHER_REQ_TRANSFER, s.ann, contact, "202"), 0);
	/* bob writes, and no phone has rung. */
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SEND, s.bob, contact, "hi"),
			 0);
	ck_assert(fake_wait(&s.chat, "send", leg, NULL, NULL));
	ck_assert(!fake_told(&s.phone, "ring", 0));
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SEND, s.ann, contact, "me"),
			 USHER_ESTATE);
	ck_assert_int_eq(usher_center_snapshot(s.center, &snapshot), 0);
	ck_assert_uint_eq(usher_snapshot_contacts(snapshot, &contacts), 1);
	ck_assert_str_eq(contacts[0].state, "talking");
	ck_assert_uint_eq(contacts[0].agent, s.bob);
	usher_snapshot_unref(snapshot);
}
END_TEST

START_TEST(transfer__keeps_words_where_they_are_when_the_target_is_not_in)
{
	uint64_t leg, contact;

	leg = stage_chat(&s, &contact);
	ck_assert_int_eq(
		stage_ask(&s, USHER_REQ_TRANSFER, s.ann, contact, "202"),
		USHER_ESTATE);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SEND, s.ann, contact, "hi"),
			 0);
	ck_assert(fake_wait(&s.chat, "send", leg, NULL, NULL));
}
END_TEST

static void configure_trunk(void)
{
	const struct usher_trunk_conf trunk = {.size = sizeof(trunk),
					       .name = "out",
					       .address = "127.44.9.9:5060"};
	struct usher_config *config = stage_config(&s);

	ck_assert_int_eq(usher_config_trunk(config, &trunk, NULL), 0);
	stage_configure(&s, config);
}

START_TEST(transfer__refuses_words_for_who_has_but_a_phone)
{
	uint64_t leg, contact;

	configure_trunk();
	leg = stage_chat(&s, &contact);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.dora, 0, NULL), 0);
	ck_assert_int_eq(
		stage_ask(&s, USHER_REQ_TRANSFER, s.ann, contact, "204"),
		USHER_ENOTSUP);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_TRANSFER, s.ann, contact,
				   "0612345678"),
			 USHER_ENOTSUP);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SEND, s.ann, contact, "hi"),
			 0);
	ck_assert(fake_wait(&s.chat, "send", leg, NULL, NULL));
	ck_assert(!fake_told(&s.phone, "ring", 0));
}
END_TEST

START_TEST(transfer__rings_a_phone_for_sound)
{
	uint64_t customer, contact;
	struct fake_verb verb;
	size_t from = 0;

	stage_talk(&s, &customer, &contact);
	ck_assert(fake_wait(&s.phone, "ring", 0, &from, NULL));
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.bob, 0, NULL), 0);
	ck_assert_int_eq(
		stage_ask(&s, USHER_REQ_TRANSFER, s.ann, contact, "202"), 0);
	ck_assert(fake_wait(&s.phone, "ring", 0, &from, &verb));
	ck_assert_uint_eq(verb.other, customer);
}
END_TEST

static void configure_without_music(void)
{
	struct usher_config *config = stage_config(&s);

	config->queues[0].music = NULL;
	stage_configure(&s, config);
}

/* Queues without music: who is given away hears that it rings, as long as it
 * does. */
START_TEST(transfer__lets_the_customer_hear_that_it_rings)
{
	uint64_t customer, contact;
	struct fake_verb verb, ring;
	size_t from = 0;

	configure_without_music();
	stage_talk(&s, &customer, &contact);
	ck_assert(!fake_told(&s.phone, "music", 0));
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.bob, 0, NULL), 0);
	ck_assert(fake_wait(&s.phone, "ring", 0, &from, NULL));
	ck_assert_int_eq(
		stage_ask(&s, USHER_REQ_TRANSFER, s.ann, contact, "202"), 0);
	ck_assert(fake_wait(&s.phone, "ring", 0, &from, &ring));
	ck_assert(fake_wait(&s.phone, "music", customer, &from, &verb));
	ck_assert_str_eq(verb.text, USHER_CHANNEL_RINGBACK);
	/* It is busy, and the one who gave it away is rung. */
	usher_channel_ended(s.phone.channel, ring.leg, USHER_LEG_BUSY);
	ck_assert(fake_wait(&s.phone, "quiet", customer, &from, NULL));
	ck_assert(fake_wait(&s.phone, "ring", 0, &from, &ring));
	ck_assert(fake_wait(&s.phone, "music", customer, &from, &verb));
	ck_assert_str_eq(verb.text, USHER_CHANNEL_RINGBACK);
	/* Nobody: in the queue nothing rings. */
	usher_channel_ended(s.phone.channel, ring.leg, USHER_LEG_BUSY);
	ck_assert(fake_wait(&s.phone, "quiet", customer, &from, NULL));
	stage_event(&s, USHER_EV_QUEUE_ENTERED, contact);
	ck_assert(!fake_told_since(&s.phone, "music", from));
}
END_TEST

/* Who dialed is told what became of it, before an answer by SIP. */
START_TEST(dialed__is_what_it_is_for_who_dialed)
{
	static const int ends[][2] = {
		{USHER_LEG_BUSY, USHER_LEG_BUSY},
		{USHER_LEG_NO_ANSWER, USHER_LEG_NO_ANSWER},
		{USHER_LEG_UNREACHABLE, USHER_LEG_UNREACHABLE},
		{USHER_LEG_REFUSED, USHER_LEG_FAILED},
		{USHER_LEG_FAILED, USHER_LEG_FAILED},
		{USHER_LEG_OVERLOAD, USHER_LEG_FAILED}};
	struct fake_verb verb, ring;
	size_t from = 0;

	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.ann, 0, NULL), 0);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.dora, 0, NULL), 0);
	for (int i = 0; i < 6; i++) {
		uint64_t leg = stage_dial(&s, "ann", "204");

		ck_assert(fake_wait(&s.phone, "ring", 0, &from, &ring));
		usher_channel_ended(s.phone.channel, ring.leg, ends[i][0]);
		ck_assert(fake_wait(&s.phone, "end", leg, &from, &verb));
		ck_assert_int_eq(verb.code, ends[i][1]);
	}
}
END_TEST

START_TEST(dialed__who_is_signed_out_is_not_busy)
{
	struct fake_verb verb;
	uint64_t leg;

	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.ann, 0, NULL), 0);
	leg = stage_dial(&s, "ann", "203");
	ck_assert(fake_wait(&s.phone, "end", leg, NULL, &verb));
	ck_assert_int_eq(verb.code, USHER_LEG_NO_ANSWER);
	ck_assert(!fake_told(&s.phone, "ring", 0));
}
END_TEST

START_TEST(hang_up__has_no_tone)
{
	uint64_t customer, contact;
	struct fake_verb verb;
	size_t from = 0;

	stage_talk(&s, &customer, &contact);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_HANG_UP, 0, contact, NULL),
			 0);
	ck_assert(fake_wait(&s.phone, "end", customer, &from, &verb));
	ck_assert_int_eq(verb.code, USHER_LEG_NORMAL);
}
END_TEST

START_TEST(transfer__leaves_the_customer_the_music)
{
	uint64_t customer, contact;
	struct fake_verb verb;
	size_t from = 0;

	stage_talk(&s, &customer, &contact);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.bob, 0, NULL), 0);
	ck_assert(fake_wait(&s.phone, "join", 0, &from, NULL));
	ck_assert_int_eq(
		stage_ask(&s, USHER_REQ_TRANSFER, s.ann, contact, "202"), 0);
	ck_assert(fake_wait(&s.phone, "music", customer, &from, &verb));
	ck_assert_str_eq(verb.text, "music");
	ck_assert(!fake_told_since(&s.phone, "music", from + 1));
}
END_TEST

START_TEST(transfer__refuses_a_number_that_it_would_have_to_cut)
{
	char number[400];
	uint64_t customer, contact;
	struct fake_verb verb;
	size_t from = 0;

	configure_trunk();
	stage_talk(&s, &customer, &contact);
	ck_assert(fake_wait(&s.phone, "ring", 0, &from, NULL));
	memset(number, '1', sizeof(number));
	number[sizeof(number) - 1] = 0;
	ck_assert_int_eq(
		stage_ask(&s, USHER_REQ_TRANSFER, s.ann, contact, number),
		USHER_EINVAL);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_TRANSFER, s.ann, contact,
				   "0612345678"),
			 0);
	ck_assert(fake_wait(&s.phone, "ring", 0, &from, &verb));
	ck_assert_str_eq(verb.text, "tel:0612345678");
}
END_TEST

START_TEST(transfer__refuses_a_number_that_no_trunk_takes)
{
	const struct usher_trunk_conf out = {.size = sizeof(out),
					     .name = "out",
					     .address = "127.44.9.9:5060",
					     .prefix = "06"};
	const struct usher_trunk_conf in = {
		.size = sizeof(in), .name = "in", .sources = "127.44.9.8"};
	struct usher_config *config = stage_config(&s);
	uint64_t customer, contact;
	struct fake_verb verb;
	size_t from = 0;

	ck_assert_int_eq(usher_config_trunk(config, &out, NULL), 0);
	ck_assert_int_eq(usher_config_trunk(config, &in, NULL), 0);
	stage_configure(&s, config);
	stage_talk(&s, &customer, &contact);
	ck_assert(fake_wait(&s.phone, "ring", 0, &from, NULL));
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_TRANSFER, s.ann, contact,
				   "0712345678"),
			 USHER_ENOENT);
	/* The two still talk, and may try another one. */
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_TRANSFER, s.ann, contact,
				   "0612345678"),
			 0);
	ck_assert(fake_wait(&s.phone, "ring", 0, &from, &verb));
	ck_assert_str_eq(verb.text, "tel:0612345678");
}
END_TEST

START_TEST(center__transfers_to_a_queue_by_phone)
{
	uint64_t customer, contact,
		phone = stage_talk(&s, &customer, &contact);
	struct fake_verb verb;

	usher_channel_transfer(s.phone.channel, phone, "help");
	ck_assert(fake_wait(&s.phone, "transferred", phone, NULL, &verb));
	ck_assert_int_eq(verb.code, 0);
	stage_event(&s, USHER_EV_WRAPUP_STARTED, contact);
	ck_assert(fake_wait(&s.phone, "part", customer, NULL, NULL));
	ck_assert(!fake_told(&s.phone, "end", customer));
	stage_post(&s, USHER_REQ_SIGN_IN, s.bob, 0, 0, NULL);
	ck_assert_uint_eq(
		stage_u64(stage_event(&s, USHER_EV_OFFER_MADE, contact),
			  USHER_F_AGENT),
		s.bob);
}
END_TEST

START_TEST(center__transfers_to_a_flow)
{
	uint64_t customer, contact,
		phone = stage_talk(&s, &customer, &contact);
	struct fake_verb verb;
	size_t from = 0;

	if (_i) {
		usher_channel_transfer(s.phone.channel, phone, "1000");
		ck_assert(fake_wait(&s.phone, "transferred", phone, NULL,
				    &verb));
		ck_assert_int_eq(verb.code, 0);
	} else {
		ck_assert_int_eq(stage_ask(&s, USHER_REQ_TRANSFER, s.ann,
					   contact, "1000"),
				 0);
		ck_assert(fake_wait(&s.phone, "end", phone, NULL, NULL));
	}
	/* Free at once; the flow speaks with the customer, and hears them. */
	ck_assert(fake_wait(&s.phone, "prompt", customer, &from, &verb));
	ck_assert_str_eq(verb.text, "welcome");
	usher_channel_digit(s.phone.channel, customer, '1', 100);
	stage_event(&s, USHER_EV_QUEUE_ENTERED, contact);
	ck_assert(!fake_told(&s.phone, "end", customer));
}
END_TEST

START_TEST(center__transfers_to_an_agent_by_request)
{
	uint64_t customer, contact,
		phone = stage_talk(&s, &customer, &contact);
	struct fake_verb verb;
	size_t from = 0;

	ck_assert(fake_wait(&s.phone, "ring", phone, &from, NULL));
	ck_assert_int_eq(
		stage_ask(&s, USHER_REQ_TRANSFER, s.ann, contact, "202"),
		USHER_ESTATE);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.bob, 0, NULL), 0);
	ck_assert_int_eq(
		stage_ask(&s, USHER_REQ_TRANSFER, s.ann, contact, "202"), 0);
	ck_assert(fake_wait(&s.phone, "end", phone, NULL, NULL));
	ck_assert(fake_wait(&s.phone, "ring", 0, &from, &verb));
	usher_channel_answered(s.phone.channel, verb.leg);
	stage_event(&s, USHER_EV_AGENT_ANSWERED, contact);
	ck_assert_int_eq(
		stage_ask(&s, USHER_REQ_TRANSFER, s.bob, contact, "nowhere"),
		USHER_ENOENT);
	/* Both are there, but it is bob's now. */
	ck_assert_int_eq(
		stage_ask(&s, USHER_REQ_TRANSFER, s.ann, contact, "202"),
		USHER_ESTATE);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_HOLD, s.ann, contact, NULL),
			 USHER_ESTATE);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SEND, s.ann, contact, "hi"),
			 USHER_ESTATE);
	ck_assert_int_eq(
		stage_ask(&s, USHER_REQ_HANG_UP, s.ann, contact, NULL),
		USHER_ESTATE);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_HANG_UP, 0, contact, NULL),
			 0);
	ck_assert(fake_wait(&s.phone, "end", verb.leg, NULL, NULL));
	ck_assert(fake_wait(&s.phone, "end", customer, NULL, NULL));
}
END_TEST

START_TEST(center__brings_back_whose_transfer_nobody_answers)
{
	uint64_t customer, contact;
	struct fake_verb verb;
	size_t from = 0;

	stage_talk(&s, &customer, &contact);
	fake_wait(&s.phone, "ring", 0, &from, NULL);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.bob, 0, NULL), 0);
	ck_assert_int_eq(
		stage_ask(&s, USHER_REQ_TRANSFER, s.ann, contact, "bob"), 0);
	ck_assert(fake_wait(&s.phone, "ring", 0, &from, &verb));
	usher_channel_ended(s.phone.channel, verb.leg, USHER_LEG_NO_ANSWER);
	/* First ann is rung again, who does not answer either. */
	ck_assert(fake_wait(&s.phone, "ring", 0, &from, &verb));
	usher_channel_ended(s.phone.channel, verb.leg, USHER_LEG_NO_ANSWER);
	stage_event(&s, USHER_EV_QUEUE_ENTERED, contact);
	ck_assert(!fake_told(&s.phone, "end", customer));
}
END_TEST

/* bob has been given the contact, and does not answer. */
static void fail_transfer(uint64_t contact, size_t *from)
{
	struct fake_verb verb;

	ck_assert(fake_wait(&s.phone, "ring", 0, from, NULL));
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.bob, 0, NULL), 0);
	ck_assert_int_eq(
		stage_ask(&s, USHER_REQ_TRANSFER, s.ann, contact, "202"), 0);
	ck_assert(fake_wait(&s.phone, "ring", 0, from, &verb));
	usher_channel_ended(s.phone.channel, verb.leg, USHER_LEG_BUSY);
	stage_event(&s, USHER_EV_TRANSFER_FAILED, contact);
}

START_TEST(transfer__that_fails_returns_to_the_agent)
{
	uint64_t customer, contact;
	struct fake_verb verb;
	size_t from = 0;

	stage_talk(&s, &customer, &contact);
	fail_transfer(contact, &from);
	ck_assert(fake_wait(&s.phone, "ring", 0, &from, &verb));
	usher_channel_answered(s.phone.channel, verb.leg);
	stage_event(&s, USHER_EV_AGENT_ANSWERED, contact);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_HOLD, s.ann, contact, NULL),
			 0);
}
END_TEST

START_TEST(transfer__that_fails_returns_before_who_waits_in_the_queue)
{
	uint64_t customer, contact, other;
	const struct usher_event *ev;
	struct fake_verb verb;
	size_t from = 0;

	stage_talk(&s, &customer, &contact);
	stage_arrive(&s.phone, "1001", "556");
	other = stage_event(&s, USHER_EV_QUEUE_ENTERED, 0)->contact;
	fail_transfer(contact, &from);
	ck_assert(fake_wait(&s.phone, "ring", 0, &from, &verb));
	ck_assert_uint_eq(verb.other, customer);
	usher_channel_answered(s.phone.channel, verb.leg);
	stage_event(&s, USHER_EV_AGENT_ANSWERED, contact);
	ck_assert(!fake_told_since(&s.phone, "ring", from));
	/* Who waits comes next. */
	ck_assert_int_eq(
		stage_ask(&s, USHER_REQ_HANG_UP, s.ann, contact, NULL), 0);
	stage_post(&s, USHER_REQ_WRAP_UP_END, s.ann, 0, 0, NULL);
	ev = stage_event(&s, USHER_EV_OFFER_MADE, 0);
	ck_assert_uint_eq(ev->contact, other);
}
END_TEST

START_TEST(transfer__that_fails_goes_to_the_queue_without_the_agent)
{
	const struct usher_event *ev;
	uint64_t customer, contact;
	size_t from = 0;

	stage_talk(&s, &customer, &contact);
	/* A pause that takes effect when she has let go. */
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_PAUSE, s.ann, 0, NULL), 0);
	fail_transfer(contact, &from);
	ev = stage_event(&s, USHER_EV_QUEUE_ENTERED, contact);
	ck_assert_uint_eq(stage_u64(ev, USHER_F_QUEUE),
			  usher_center_queue_id(s.center, "sales"));
	ck_assert(!fake_told(&s.phone, "end", customer));
}
END_TEST

static uint64_t age_in_help(uint32_t flags)
{
	struct usher_request request = {.size = sizeof(request),
					.type = USHER_REQ_TRANSFER,
					.agent = s.ann,
					.text = "help",
					.flags = flags};
	uint64_t customer;

	stage_talk(&s, &customer, &request.contact);
	ck_assert_int_eq(usher_center_request(s.center, &request, NULL, NULL),
			 0);
	return stage_u64(
		stage_event(&s, USHER_EV_QUEUE_ENTERED, request.contact),
		USHER_F_SINCE);
}

static int64_t started(void)
{
	const struct usher_snapshot_contact *contacts;
	struct usher_snapshot *snapshot;
	int64_t at;

	ck_assert_int_eq(usher_center_snapshot(s.center, &snapshot), 0);
	ck_assert_uint_eq(usher_snapshot_contacts(snapshot, &contacts), 1);
	at = contacts[0].created_us;
	usher_snapshot_unref(snapshot);
	return at;
}

START_TEST(transfer__to_a_queue_keeps_the_age)
{
	int64_t since = (int64_t)age_in_help(0);

	ck_assert_int_eq(since, started());
}
END_TEST

START_TEST(transfer__to_a_queue_begins_anew_when_told_so)
{
	int64_t since = (int64_t)age_in_help(USHER_REQUEST_FRESH);

	ck_assert_int_gt(since, started());
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("transfer");
	TCase *tc = tcase_create("transfer");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, transfer__gives_words_to_an_application_at_once);
	tcase_add_test(
		tc,
		transfer__keeps_words_where_they_are_when_the_target_is_not_in);
	tcase_add_test(tc, transfer__refuses_words_for_who_has_but_a_phone);
	tcase_add_test(tc, transfer__rings_a_phone_for_sound);
	tcase_add_test(tc,
		       transfer__refuses_a_number_that_it_would_have_to_cut);
	tcase_add_test(tc, transfer__lets_the_customer_hear_that_it_rings);
	tcase_add_test(tc, transfer__leaves_the_customer_the_music);
	tcase_add_test(tc, dialed__is_what_it_is_for_who_dialed);
	tcase_add_test(tc, dialed__who_is_signed_out_is_not_busy);
	tcase_add_test(tc, hang_up__has_no_tone);
	tcase_add_test(tc, transfer__refuses_a_number_that_no_trunk_takes);
	tcase_add_test(tc, center__transfers_to_a_queue_by_phone);
	tcase_add_loop_test(tc, center__transfers_to_a_flow, 0, 2);
	tcase_add_test(tc, center__transfers_to_an_agent_by_request);
	tcase_add_test(tc, center__brings_back_whose_transfer_nobody_answers);
	tcase_add_test(tc, transfer__that_fails_returns_to_the_agent);
	tcase_add_test(
		tc,
		transfer__that_fails_returns_before_who_waits_in_the_queue);
	tcase_add_test(
		tc, transfer__that_fails_goes_to_the_queue_without_the_agent);
	tcase_add_test(tc, transfer__to_a_queue_keeps_the_age);
	tcase_add_test(tc, transfer__to_a_queue_begins_anew_when_told_so);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
