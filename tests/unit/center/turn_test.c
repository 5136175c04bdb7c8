/* What happens in one turn, in the order that is hardest to get right. */
#include <check.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "center/center.h"
#include "stage.h"

static struct stage s;

/* What all agree on, and more queues. */
static struct usher_config *config_make(uint32_t extra, const char *prefix)
{
	struct usher_queue_conf more = {.size = sizeof(more)};
	struct usher_config *config = stage_config(&s);
	char name[32];
	uint32_t i;

	for (i = 0; i < extra; i++) {
		snprintf(name, sizeof(name), "%s%u", prefix, i);
		more.name = name;
		ck_assert_int_eq(usher_config_queue(config, &more, NULL), 0);
	}
	return config;
}

static void setup(void)
{
	/* What is read after it was freed reads wrong. */
	mallopt(M_PERTURB, 0x5a);
	stage_setup(&s);
	s.max_wait_ms = 1500;
	stage_open(&s, false);
}

static void teardown(void)
{
	stage_teardown(&s);
}

static void sign_in(void)
{
	stage_post(&s, USHER_REQ_SIGN_IN, s.ann, 0, 0, NULL);
}

/* The loop's thread stands still in a verb until turn_go(): what is reported
 * meanwhile makes one turn. */
static void turn_stop(void)
{
	uint64_t leg;
	size_t before;

	pthread_mutex_lock(&s.phone.lock);
	before = s.phone.count;
	s.phone.stop = true;
	pthread_mutex_unlock(&s.phone.lock);
	leg = stage_arrive(&s.phone, "777", "nobody");
	ck_assert(fake_wait(&s.phone, "refuse", leg, &before, NULL));
}

static void turn_go(void)
{
	pthread_mutex_lock(&s.phone.lock);
	s.phone.stop = false;
	pthread_cond_broadcast(&s.phone.changed);
	pthread_mutex_unlock(&s.phone.lock);
}

START_TEST(turn__rings_for_a_caller_who_is_gone_by_its_end)
{
	struct fake_verb verb;
	uint64_t legs[10];
	size_t i;

	sign_in();
	turn_stop();
	/* The first is offered, and the last to go: the others fill the
	 * places in which malloc keeps small pieces as they were. */
	for (i = 0; i < 10; i++)
		legs[i] = stage_arrive(&s.phone, "1001", "5550123456789");
	while (i--)
		usher_channel_ended(s.phone.channel, legs[i],
				    USHER_LEG_CANCELED);
	turn_go();
	ck_assert(fake_wait(&s.phone, "ring", 0, NULL, &verb));
	ck_assert_str_eq(verb.caller, "5550123456789");
	ck_assert(fake_wait(&s.phone, "end", verb.leg, NULL, NULL));
}
END_TEST

START_TEST(turn__rings_by_a_configuration_that_is_replaced_by_its_end)
{
	struct usher_config *config = config_make(0, "");
	struct fake_verb verb;

	sign_in();
	turn_stop();
	stage_arrive(&s.phone, "1001", "555");
	ck_assert_int_eq(usher_center_configure(s.center, config, NULL, NULL),
			 0);
	turn_go();
	ck_assert(fake_wait(&s.phone, "ring", 0, NULL, &verb));
	ck_assert_str_eq(verb.text, "phone");
}
END_TEST

/* A message that the driver takes and says nothing of. */
static uint64_t send_unanswered(uint64_t *leg)
{
	uint64_t contact, id;

	fake_set(&s.phone, &s.phone.mute, "send");
	stage_talk(&s, leg, &contact);
	id = stage_post(&s, USHER_REQ_SEND, s.ann, contact, 0, "hello");
	ck_assert(fake_wait(&s.phone, "send", *leg, NULL, NULL));
	return id;
}

START_TEST(turn__fails_a_message_whose_leg_has_ended)
{
	uint64_t leg, request = send_unanswered(&leg);

	usher_channel_ended(s.phone.channel, leg, USHER_LEG_NORMAL);
	ck_assert_int_eq(stage_outcome(&s, request), USHER_ECANCELED);
}
END_TEST

START_TEST(turn__cancels_a_message_when_the_center_stops)
{
	uint64_t leg, request = send_unanswered(&leg);

	s.phone.mute_end = true;
	usher_host_stop(s.host);
	ck_assert_int_eq(stage_outcome(&s, request), USHER_ECANCELED);
}
END_TEST

START_TEST(turn__keeps_the_old_configuration_when_the_new_is_too_much)
{
	struct usher_config *config = config_make(3000, "r");
	struct usher_error err = {0};
	uint64_t request;

	ck_assert_int_eq(usher_center_configure_try(s.center, config, NULL),
			 0);
	ck_assert_int_eq(usher_center_configure(s.center,
						config_make(3000, "q"),
						&request, NULL),
			 0);
	ck_assert_int_eq(stage_outcome(&s, request), 0);
	/* By itself it is fine; with what is there it is too much. */
	ck_assert_int_eq(usher_config_check(config, NULL), 0);
	ck_assert_int_eq(usher_center_configure_try(s.center, config, &err),
			 USHER_EFULL);
	ck_assert_str_ne(err.message, "");
	usher_config_free(config);
	ck_assert_uint_eq(usher_center_queue_id(s.center, "r0"), 0);
	ck_assert_int_eq(usher_center_configure(s.center,
						config_make(3000, "r"),
						&request, NULL),
			 0);
	ck_assert_int_eq(stage_outcome(&s, request), USHER_EFULL);
	ck_assert_uint_ne(usher_center_queue_id(s.center, "q0"), 0);
	ck_assert_uint_eq(usher_center_queue_id(s.center, "r0"), 0);
	sign_in();
	stage_arrive(&s.phone, "1001", "555");
	ck_assert(fake_wait(&s.phone, "ring", 0, NULL, NULL));
}
END_TEST

/* ann hands a caller over to bob, whose phone rings: its leg. */
static uint64_t transfer(uint64_t contact)
{
	struct fake_verb verb;
	size_t from = 0;

	ck_assert(fake_wait(&s.phone, "ring", 0, &from, &verb));
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.bob, 0, NULL), 0);
	ck_assert_int_eq(
		stage_ask(&s, USHER_REQ_TRANSFER, s.ann, contact, "202"), 0);
	ck_assert(fake_wait(&s.phone, "ring", 0, &from, &verb));
	return verb.leg;
}

START_TEST(turn__lets_nobody_wait_for_ever_after_a_failed_transfer)
{
	struct fake_verb verb;
	uint64_t leg, contact;
	unsigned rung = 0;
	size_t from;

	sign_in();
	leg = stage_arrive(&s.phone, "1000", "555");
	ck_assert(fake_wait(&s.phone, "prompt", leg, NULL, NULL));
	usher_channel_digit(s.phone.channel, leg, '1', 100);
	ck_assert(fake_wait(&s.phone, "ring", 0, NULL, &verb));
	usher_channel_answered(s.phone.channel, verb.leg);
	contact = stage_event(&s, USHER_EV_AGENT_JOINED, 0)->contact;
	usher_channel_ended(s.phone.channel, transfer(contact),
			    USHER_LEG_NO_ANSWER);
	/* ann is rung again, and does not answer. */
	for (from = 0; fake_wait(&s.phone, "ring", 0, &from, &verb);)
		if (++rung == 3)
			break;
	usher_channel_ended(s.phone.channel, verb.leg, USHER_LEG_NO_ANSWER);
	ck_assert(fake_wait(&s.phone, "end", leg, NULL, NULL));
}
END_TEST

START_TEST(turn__ends_a_transfer_whose_legs_cannot_be_joined)
{
	uint64_t leg, contact, phone;

	stage_talk(&s, &leg, &contact);
	phone = transfer(contact);
	fake_set(&s.phone, &s.phone.fail, "join");
	usher_channel_answered(s.phone.channel, phone);
	ck_assert(fake_wait(&s.phone, "end", phone, NULL, NULL));
	ck_assert(fake_wait(&s.phone, "end", leg, NULL, NULL));
}
END_TEST

START_TEST(turn__ignores_the_answer_of_a_leg_that_called_us)
{
	uint64_t leg;

	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.bob, 0, NULL), 0);
	leg = stage_arrive(&s.phone, "202", "555");
	ck_assert(fake_wait(&s.phone, "ring", 0, NULL, NULL));
	usher_channel_answered(s.phone.channel, leg);
	usher_channel_ended(s.phone.channel, leg, USHER_LEG_CANCELED);
	stage_event(&s, USHER_EV_CONTACT_CLOSED, 0);
}
END_TEST

static void busy(const char *whom, uint64_t count)
{
	const struct usher_event *ev = stage_event(&s, USHER_EV_SECURITY, 0);
	const char *text;

	ck_assert_int_eq(usher_event_str(ev, USHER_F_TEXT, &text, NULL), 0);
	ck_assert_str_eq(text, "busy");
	ck_assert_int_eq(usher_event_str(ev, USHER_F_REASON, &text, NULL), 0);
	ck_assert_str_eq(text, whom);
	ck_assert_uint_eq(stage_u64(ev, USHER_F_COUNT), count);
}

START_TEST(turn__that_has_much_to_do_lets_nobody_in)
{
	const struct usher_channel_arrival arrival = {
		.size = sizeof(arrival), .entry = "1001", .from = "556"};
	struct usher_host_stats stats = {.size = sizeof(stats)};
	uint64_t customer, contact, leg;
	uint32_t i;

	customer = 0;
	stage_talk(&s, &customer, &contact);
	turn_stop();
	/* Digits and requests alike, until there are too many. */
	for (i = 0; i < USHER__INBOX_BUSY / 2; i++)
		usher_channel_digit(s.phone.channel, customer, '1', 100);
	ck_assert_int_eq(
		usher_channel_arrived(s.phone.channel, &arrival, &leg), 0);
	for (i = 0; i < USHER__INBOX_BUSY / 2; i++)
		stage_post(&s, USHER_REQ_DISPOSITION, s.ann, contact, 0, "x");
	for (i = 0; i < 300; i++)
		ck_assert_int_eq(
			usher_channel_arrived(s.phone.channel, &arrival, &leg),
			USHER_EFULL);
	/* Who is here is heard all the same, and newcomers are again. */
	usher_channel_held(s.phone.channel, leg, 1);
	turn_go();
	stage_event(&s, USHER_EV_QUEUE_ENTERED, 0);
	busy("newcomers", 300);
	ck_assert_int_eq(usher_host_stats(s.host, &stats), 0);
	ck_assert_uint_eq(stats.contacts_refused, 300);
	ck_assert_uint_eq(stats.requests_refused, 0);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_HOLD, s.ann, contact, NULL),
			 0);
	stage_arrive(&s.phone, "1001", "557");
	stage_event(&s, USHER_EV_QUEUE_ENTERED, 0);
}
END_TEST

START_TEST(turn__that_has_much_to_do_takes_no_more_requests)
{
	struct usher_request request = {.size = sizeof(request),
					.type = USHER_REQ_SIGN_IN};
	struct usher_host_stats stats = {.size = sizeof(stats)};
	uint32_t i;

	request.agent = s.bob;
	turn_stop();
	for (i = 0; i < USHER__REQUESTS_MAX; i++)
		ck_assert_int_eq(
			usher_center_request(s.center, &request, NULL, NULL),
			0);
	for (i = 0; i < 20; i++)
		ck_assert_int_eq(
			usher_center_request(s.center, &request, NULL, NULL),
			USHER_EAGAIN);
	turn_go();
	busy("requests", 20);
	ck_assert_int_eq(usher_host_stats(s.host, &stats), 0);
	ck_assert_uint_eq(stats.requests_refused, 20);
	ck_assert_uint_eq(stats.contacts_refused, 0);
}
END_TEST

static void refuse_more(struct usher_center *center, void *arg)
{
	const int64_t before = center->now_us;

	(void)arg;
	center->refused[BUSY_NEWCOMERS] += 7;
	usher__security_busy(center);
	ck_assert_int_eq(usher__security_deadline(center), INT64_MAX);
	/* Not more than one a second … */
	center->refused[BUSY_NEWCOMERS] += 8;
	usher__security_busy(center);
	ck_assert_int_gt(usher__security_deadline(center), before);
	/* … and nobody is forgotten. */
	center->now_us = usher__security_deadline(center);
	usher__security_busy(center);
	ck_assert_int_eq(usher__security_deadline(center), INT64_MAX);
	usher__security_busy(center);
	center->now_us = before;
}

START_TEST(turn__tells_of_who_was_turned_away_once_a_second)
{
	stage_inside(&s, refuse_more, NULL);
	sign_in();
	busy("newcomers", 7);
	busy("newcomers", 8);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("turn");
	TCase *tc = tcase_create("turn");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, turn__rings_for_a_caller_who_is_gone_by_its_end);
	tcase_add_test(
		tc,
		turn__rings_by_a_configuration_that_is_replaced_by_its_end);
	tcase_add_test(tc, turn__fails_a_message_whose_leg_has_ended);
	tcase_add_test(tc, turn__cancels_a_message_when_the_center_stops);
	tcase_add_test(
		tc,
		turn__keeps_the_old_configuration_when_the_new_is_too_much);
	tcase_add_test(
		tc, turn__lets_nobody_wait_for_ever_after_a_failed_transfer);
	tcase_add_test(tc, turn__ends_a_transfer_whose_legs_cannot_be_joined);
	tcase_add_test(tc, turn__ignores_the_answer_of_a_leg_that_called_us);
	tcase_add_test(tc, turn__that_has_much_to_do_lets_nobody_in);
	tcase_add_test(tc, turn__that_has_much_to_do_takes_no_more_requests);
	tcase_add_test(tc, turn__tells_of_who_was_turned_away_once_a_second);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
