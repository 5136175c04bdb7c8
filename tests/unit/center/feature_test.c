/* What agents do by their phone alone, and what is said of its legs. */
#include <check.h>
#include <stdlib.h>
#include <unistd.h>

#include "stage.h"

static struct stage s;

static void setup(void)
{
	stage_setup(&s);
	stage_open(&s, false);
}

static void teardown(void)
{
	stage_teardown(&s);
}

/* A round through the center: what was under way before is done. */
static void round_trip(void)
{
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_HANG_UP, 0, 999999, NULL),
			 USHER_ENOENT);
}

START_TEST(center__signs_agents_in_and_out_by_feature_codes)
{
	const struct usher_event *ev;
	struct fake_verb verb;
	uint64_t leg;

	leg = stage_dial(&s, "ann", "*119999");
	ck_assert(fake_wait(&s.phone, "refuse", leg, NULL, NULL));
	leg = stage_dial(&s, "ann", "*14");
	ck_assert(fake_wait(&s.phone, "refuse", leg, NULL, NULL));
	leg = stage_dial(&s, "ann", "*111234");
	ev = stage_event(&s, USHER_EV_AGENT_PRESENCE, 0);
	ck_assert_uint_eq(stage_u64(ev, USHER_F_PRESENCE), USHER_READY);
	ck_assert_uint_eq(ev->actor, USHER_BY_AGENT);
	ck_assert(fake_wait(&s.phone, "prompt", leg, NULL, &verb));
	ck_assert(fake_wait(&s.phone, "end", leg, NULL, NULL));
	leg = stage_dial(&s, "ann", "*13");
	ev = stage_event(&s, USHER_EV_AGENT_PRESENCE, 0);
	ck_assert_uint_eq(stage_u64(ev, USHER_F_PRESENCE), USHER_PAUSED);
	leg = stage_dial(&s, "ann", "*14");
	ev = stage_event(&s, USHER_EV_AGENT_PRESENCE, 0);
	ck_assert_uint_eq(stage_u64(ev, USHER_F_PRESENCE), USHER_READY);
	leg = stage_dial(&s, "ann", "*15");
	ck_assert(fake_wait(&s.phone, "refuse", leg, NULL, NULL));
	leg = stage_dial(&s, "ann", "*12");
	ev = stage_event(&s, USHER_EV_AGENT_PRESENCE, 0);
	ck_assert_uint_eq(stage_u64(ev, USHER_F_PRESENCE), USHER_SIGNED_OUT);
}
END_TEST

START_TEST(center__offers_nothing_to_a_phone_that_still_dials_a_code)
{
	struct fake_verb verb;
	size_t from = 0;
	uint64_t leg;

	stage_arrive(&s.phone, "1001", "555");
	stage_event(&s, USHER_EV_QUEUE_ENTERED, 0);
	fake_set(&s.phone, &s.phone.mute, "prompt");
	leg = stage_dial(&s, "ann", "*111234");
	ck_assert(fake_wait(&s.phone, "prompt", leg, NULL, NULL));
	round_trip();
	ck_assert(!fake_told(&s.phone, "ring", 0));
	usher_channel_ended(s.phone.channel, leg, USHER_LEG_NORMAL);
	ck_assert(fake_wait(&s.phone, "ring", 0, &from, &verb));
	/* The same at the end of a wrap-up. */
	usher_channel_answered(s.phone.channel, verb.leg);
	stage_event(&s, USHER_EV_AGENT_JOINED, 0);
	usher_channel_ended(s.phone.channel, verb.leg, USHER_LEG_NORMAL);
	stage_event(&s, USHER_EV_WRAPUP_STARTED, 0);
	stage_arrive(&s.phone, "1001", "556");
	stage_event(&s, USHER_EV_QUEUE_ENTERED, 0);
	leg = stage_dial(&s, "ann", "*15");
	ck_assert(fake_wait(&s.phone, "prompt", leg, NULL, NULL));
	round_trip();
	ck_assert(!fake_told_since(&s.phone, "ring", from));
	usher_channel_ended(s.phone.channel, leg, USHER_LEG_NORMAL);
	ck_assert(fake_wait(&s.phone, "ring", 0, &from, &verb));
}
END_TEST

START_TEST(leg__says_who_began_it_by_what_and_how_long_it_lasted)
{
	const struct usher_event *ev;
	struct fake_verb verb;
	const char *text;

	stage_arrive(&s.phone, "1001", "555");
	ev = stage_event(&s, USHER_EV_LEG_STARTED, 0);
	ck_assert_uint_eq(stage_u64(ev, USHER_F_DIRECTION), USHER_IN);
	ck_assert_uint_eq(stage_u64(ev, USHER_F_SIDE), USHER_SIDE_CUSTOMER);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.ann, 0, NULL), 0);
	ck_assert(fake_wait(&s.phone, "ring", 0, NULL, &verb));
	ev = stage_event(&s, USHER_EV_LEG_STARTED, 0);
	ck_assert_uint_eq(stage_u64(ev, USHER_F_DIRECTION), USHER_OUT);
	ck_assert_uint_eq(stage_u64(ev, USHER_F_AGENT), s.ann);
	ck_assert_int_eq(usher_event_str(ev, USHER_F_ENDPOINT, &text, NULL),
			 0);
	ck_assert_str_eq(text, "phone");
	usleep(2000);
	usher_channel_ended(s.phone.channel, verb.leg, USHER_LEG_NO_ANSWER);
	ev = stage_event(&s, USHER_EV_LEG_ENDED, 0);
	ck_assert_uint_ge(stage_u64(ev, USHER_F_DURATION), 1000);
}
END_TEST

START_TEST(center__asks_for_the_pin_and_takes_digits)
{
	uint64_t leg = stage_dial(&s, "bob", "*11");
	const struct usher_event *ev;
	const char *p;

	ck_assert(fake_wait(&s.phone, "prompt", leg, NULL, NULL));
	for (p = "0000"; *p; p++)
		usher_channel_digit(s.phone.channel, leg, *p, 100);
	for (p = "1234"; *p; p++)
		usher_channel_digit(s.phone.channel, leg, *p, 100);
	ev = stage_event(&s, USHER_EV_AGENT_PRESENCE, 0);
	ck_assert_uint_eq(stage_u64(ev, USHER_F_AGENT), s.bob);
	ck_assert(fake_wait(&s.phone, "end", leg, NULL, NULL));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("feature");
	TCase *tc = tcase_create("feature");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, center__signs_agents_in_and_out_by_feature_codes);
	tcase_add_test(
		tc, center__offers_nothing_to_a_phone_that_still_dials_a_code);
	tcase_add_test(tc,
		       leg__says_who_began_it_by_what_and_how_long_it_lasted);
	tcase_add_test(tc, center__asks_for_the_pin_and_takes_digits);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
