/* A phone that holds while its owner comes to have the customer, or has them
 * back: the time is hold, not talk, and the customer hears music. */
#include <stdlib.h>
#include <string.h>

#include "scene.h"

static uint64_t bob_leg;

static void setup(void)
{
	stage_setup(&s);
	stage_open(&s, true);
	ann_leg = stage_talk(&s, &customer, &contact);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.bob, 0, NULL), 0);
}

static void teardown(void)
{
	stage_teardown(&s);
}

static void holds(uint64_t leg, int on)
{
	usher_channel_held(s.phone.channel, leg, on);
}

static void asked(void)
{
	size_t from = now();

	ck_assert_int_eq(ask(USHER_REQ_CONSULT, s.ann, "202"), 0);
	bob_leg = rung(&from);
	usher_channel_answered(s.phone.channel, bob_leg);
	stage_event(&s, USHER_EV_CONSULT_ANSWERED, contact);
}

/* Music, until the phone takes them off hold. */
static void is_held(uint64_t agent, uint64_t leg, size_t from)
{
	ck_assert(fake_wait(&s.phone, "music", customer, &from, NULL));
	ck_assert_str_eq(activity(agent), "hold");
	holds(leg, 0);
	ck_assert(fake_wait(&s.phone, "quiet", customer, &from, NULL));
	ck_assert_str_eq(activity(agent), "talking");
}

START_TEST(hold__of_who_was_asked_is_the_customers)
{
	size_t from;

	asked();
	holds(bob_leg, 1);
	from = now();
	ck_assert_int_eq(ask(USHER_REQ_CONSULT_COMPLETE, s.ann, NULL), 0);
	is_held(s.bob, bob_leg, from);
}
END_TEST

START_TEST(hold__outlasts_a_consult)
{
	size_t from;

	holds(ann_leg, 1);
	asked();
	from = now();
	ck_assert_int_eq(ask(USHER_REQ_CONSULT_CANCEL, s.ann, NULL), 0);
	is_held(s.ann, ann_leg, from);
	/* One that ended meanwhile does not. */
	holds(ann_leg, 1);
	asked();
	holds(ann_leg, 0);
	ck_assert_int_eq(ask(USHER_REQ_CONSULT_CANCEL, s.ann, NULL), 0);
	ck_assert_str_eq(activity(s.ann), "talking");
}
END_TEST

START_TEST(hold__of_a_phone_is_not_ended_by_request)
{
	size_t from;

	ck_assert_int_eq(ask(USHER_REQ_HOLD, s.ann, NULL), 0);
	holds(ann_leg, 1);
	from = now();
	ck_assert_int_eq(ask(USHER_REQ_RESUME, s.ann, NULL), 0);
	is_held(s.ann, ann_leg, from);
}
END_TEST

START_TEST(hold__of_a_member_is_the_customers_when_they_follow)
{
	size_t from;

	asked();
	ck_assert_int_eq(ask(USHER_REQ_CONFERENCE, s.ann, NULL), 0);
	holds(bob_leg, 1);
	ck_assert_str_eq(activity(s.bob), "talking");
	from = now();
	ck_assert_int_eq(ask(USHER_REQ_LEAVE, s.ann, NULL), 0);
	is_held(s.bob, bob_leg, from);
}
END_TEST

START_TEST(hold__of_a_supervisor_is_the_customers_when_they_take_over)
{
	struct usher_request request = {.type = USHER_REQ_SUPERVISE,
					.actor = USHER_BY_SUPERVISOR,
					.actor_id = s.bob,
					.agent = s.bob,
					.contact = contact,
					.text = "whisper"};
	size_t from = now();

	ck_assert_int_eq(ask_this(request), 0);
	bob_leg = rung(&from);
	usher_channel_answered(s.phone.channel, bob_leg);
	stage_event(&s, USHER_EV_SUPERVISION_STARTED, contact);
	holds(bob_leg, 1);
	from = now();
	request.text = "take_over";
	ck_assert_int_eq(ask_this(request), 0);
	is_held(s.bob, bob_leg, from);
}
END_TEST

START_TEST(pause__of_a_recording_outlasts_hold_and_consult)
{
	size_t from;

	ck_assert_int_eq(ask(USHER_REQ_RECORD, s.ann, NULL), 0);
	ck_assert_int_eq(ask(USHER_REQ_RECORD_PAUSE, s.ann, NULL), 0);
	from = now();
	ck_assert_int_eq(ask(USHER_REQ_HOLD, s.ann, NULL), 0);
	ck_assert_int_eq(ask(USHER_REQ_RESUME, s.ann, NULL), 0);
	asked();
	ck_assert_int_eq(ask(USHER_REQ_CONSULT_CANCEL, s.ann, NULL), 0);
	ck_assert(!fake_told_since(&s.phone, "record", from));
	ck_assert_int_eq(ask(USHER_REQ_RECORD_RESUME, s.ann, NULL), 0);
	ck_assert(fake_wait(&s.phone, "record", customer, &from, NULL));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("hold");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, hold__of_who_was_asked_is_the_customers);
	tcase_add_test(tc, hold__outlasts_a_consult);
	tcase_add_test(tc, hold__of_a_phone_is_not_ended_by_request);
	tcase_add_test(tc,
		       hold__of_a_member_is_the_customers_when_they_follow);
	tcase_add_test(
		tc,
		hold__of_a_supervisor_is_the_customers_when_they_take_over);
	tcase_add_test(tc, pause__of_a_recording_outlasts_hold_and_consult);
	return scene_main("hold", tc);
}
