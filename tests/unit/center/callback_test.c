/* Callers who press a key while they wait, leave, and are called back in the
 * place that they had. */
#include "back.h"
#include "cases.h"

START_TEST(callback__keeps_the_place_and_calls_the_agent_first)
{
	const struct usher_event *ev;
	struct fake_verb verb;
	uint64_t leg, back;
	int64_t since = 0;
	size_t at = 0;

	back_begin();
	leg = waits(NUMBER);
	presses(leg);
	ck_assert(fake_wait(&s.phone, "prompt", leg, NULL, &verb));
	ck_assert_str_eq(verb.text, "bye");
	ev = stage_event(&s, USHER_EV_QUEUE_LEFT, contact);
	ck_assert_uint_eq(stage_u64(ev, USHER_F_LEAVE), USHER_LEAVE_CALLBACK);
	ev = stage_event(&s, USHER_EV_QUEUE_ENTERED, contact);
	ck_assert_int_eq(usher_event_i64(ev, USHER_F_SINCE, &since), 0);
	ck_assert_int_lt(since, ev->time_us);
	ck_assert(fake_wait(&s.phone, "end", leg, NULL, NULL));
	/* Who comes later is behind. */
	customer = contact;
	stage_arrive(&s.phone, "1000", "0699999");
	stage_event(&s, USHER_EV_QUEUE_ENTERED, 0);
	stage_post(&s, USHER_REQ_SIGN_IN, s.ann, 0, 0, NULL);
	ev = stage_event(&s, USHER_EV_OFFER_MADE, 0);
	ck_assert_uint_eq(ev->contact, customer);
	ann_leg = rings(&at, "phone");
	ck_assert_str_eq(s.phone.caller, NUMBER);
	answers(ann_leg);
	back = rings(&at, "tel:" NUMBER);
	ck_assert_str_eq(s.phone.caller, "1000");
	answers(back);
	joined_with(ann_leg, back, 0);
	ev = stage_event(&s, USHER_EV_CALLBACK_OVER, contact);
	says(ev, USHER_F_REASON, "reached");
	stage_event(&s, USHER_EV_AGENT_JOINED, contact);
	ck_assert_str_eq(activity(s.ann), "talking");
	usher_channel_ended(s.phone.channel, back, USHER_LEG_NORMAL);
	ck_assert(fake_wait(&s.phone, "end", ann_leg, NULL, NULL));
	stage_event(&s, USHER_EV_CONTACT_ENDED, contact);
}
END_TEST

START_TEST(callback__ends_with_the_agent)
{
	uint64_t back;
	size_t at = 0;

	back_begin();
	agrees(NUMBER);
	back = ann_accepts(&at);
	answers(back);
	stage_event(&s, USHER_EV_AGENT_JOINED, contact);
	usher_channel_ended(s.phone.channel, ann_leg, USHER_LEG_NORMAL);
	ck_assert(fake_wait(&s.phone, "end", back, NULL, NULL));
	stage_event(&s, USHER_EV_CONTACT_ENDED, contact);
}
END_TEST

START_TEST(callback__frees_the_agent_and_comes_again_when_nobody_answers)
{
	const struct usher_event *ev;
	uint64_t back;
	size_t at = 0;

	step.timeout_ms = 50;
	step.max = 2;
	back_begin();
	agrees(NUMBER);
	back = ann_accepts(&at);
	usher_channel_ended(s.phone.channel, back, USHER_LEG_BUSY);
	ev = stage_event(&s, USHER_EV_CALLBACK_MISSED, contact);
	says(ev, USHER_F_REASON, "busy");
	ck_assert_uint_eq(stage_u64(ev, USHER_F_ATTEMPT), 1);
	ck_assert(fake_wait(&s.phone, "end", ann_leg, NULL, NULL));
	sign_in(s.carl);
	stage_event(&s, USHER_EV_CALLBACK_DUE, contact);
	ann_leg = rings(&at, "phone");
	answers(ann_leg);
	back = rings(&at, "tel:" NUMBER);
	usher_channel_ended(s.phone.channel, back, USHER_LEG_NO_ANSWER);
	ev = stage_event(&s, USHER_EV_CALLBACK_OVER, contact);
	says(ev, USHER_F_REASON, "unreachable");
	stage_event(&s, USHER_EV_CONTACT_CLOSED, contact);
	ck_assert(fake_wait(&s.phone, "end", ann_leg, NULL, NULL));
}
END_TEST

START_TEST(callback__stops_dialing_when_the_agent_hangs_up)
{
	uint64_t back;
	size_t at = 0;

	back_begin();
	agrees(NUMBER);
	back = ann_accepts(&at);
	usher_channel_ended(s.phone.channel, ann_leg, USHER_LEG_NORMAL);
	stage_event(&s, USHER_EV_CALLBACK_MISSED, contact);
	ck_assert(fake_wait(&s.phone, "end", back, NULL, NULL));
}
END_TEST

START_TEST(callback__frees_the_agent_when_its_leg_is_hung_up)
{
	struct usher_request request = {.type = USHER_REQ_HANG_UP_LEG};
	const struct usher_event *ev;
	size_t at = 0;

	step.timeout_ms = 50;
	back_begin();
	agrees(NUMBER);
	request.leg = ann_accepts(&at);
	request.contact = contact;
	post(request);
	ev = stage_event(&s, USHER_EV_CALLBACK_MISSED, contact);
	says(ev, USHER_F_REASON, "canceled");
	ck_assert(fake_wait(&s.phone, "end", request.leg, NULL, NULL));
	ck_assert(fake_wait(&s.phone, "end", ann_leg, NULL, NULL));
	sign_in(s.carl);
	ann_leg = rings(&at, "phone");
	answers(ann_leg);
	/* Nor is it joined once it has answered. */
	fake_set(&s.phone, &s.phone.mute, "join");
	request.leg = rings(&at, "tel:" NUMBER);
	answers(request.leg);
	ck_assert(fake_wait(&s.phone, "join", 0, &at, NULL));
	post(request);
	ev = stage_event(&s, USHER_EV_CALLBACK_MISSED, contact);
	says(ev, USHER_F_REASON, "canceled");
	ck_assert(fake_wait(&s.phone, "end", ann_leg, NULL, NULL));
}
END_TEST

START_TEST(callback__is_missed_when_its_leg_is_hung_up)
{
	struct usher_request request = {.type = USHER_REQ_HANG_UP_LEG};
	size_t at = 0;

	step.method = "customer";
	step.timeout_ms = 50;
	back_begin();
	agrees(NUMBER);
	sign_in(s.ann);
	request.leg = rings(&at, "tel:" NUMBER);
	request.contact = contact;
	post(request);
	says(stage_event(&s, USHER_EV_CALLBACK_MISSED, contact),
	     USHER_F_REASON, "canceled");
	answers(rings(&at, "tel:" NUMBER));
	says(stage_event(&s, USHER_EV_CALLBACK_OVER, contact), USHER_F_REASON,
	     "reached");
}
END_TEST

START_TEST(callback__is_missed_when_the_two_cannot_be_joined)
{
	uint64_t back;
	size_t at = 0;

	back_begin();
	agrees(NUMBER);
	back = ann_accepts(&at);
	fake_set(&s.phone, &s.phone.fail, "join");
	answers(back);
	stage_event(&s, USHER_EV_CALLBACK_MISSED, contact);
	ck_assert(fake_wait(&s.phone, "end", back, NULL, NULL));
	ck_assert(fake_wait(&s.phone, "end", ann_leg, NULL, NULL));
}
END_TEST

START_TEST(callback__is_missed_where_it_may_not_be_dialed_any_more)
{
	const struct usher_event *ev;
	size_t at = 0;

	back_begin();
	agrees(NUMBER);
	deny = "06";
	back_configure();
	sign_in(s.ann);
	ann_leg = rings(&at, "phone");
	answers(ann_leg);
	ev = stage_event(&s, USHER_EV_CALLBACK_MISSED, contact);
	says(ev, USHER_F_REASON, "refused");
	ck_assert(fake_wait(&s.phone, "end", ann_leg, NULL, NULL));
	ck_assert(!fake_told_since(&s.phone, "ring", at));
}
END_TEST

START_TEST(callback__is_accepted_at_an_application)
{
	const struct usher_event *ev;
	uint64_t back, offer;
	size_t at = 0;

	back_begin();
	agrees(NUMBER);
	stage_post(&s, USHER_REQ_SIGN_IN, s.ann, 0, 0, NULL);
	ev = stage_event(&s, USHER_EV_OFFER_MADE, contact);
	offer = stage_u64(ev, USHER_F_OFFER);
	/* Her phone is not there. */
	usher_channel_ended(s.phone.channel, rings(&at, "phone"),
			    USHER_LEG_UNREACHABLE);
	stage_event(&s, USHER_EV_LEG_ENDED, contact);
	ck_assert_int_eq(stage_outcome(&s, stage_post(&s, USHER_REQ_ACCEPT,
						      s.ann, 0, offer, NULL)),
			 0);
	back = rings(&at, "tel:" NUMBER);
	answers(back);
	stage_event(&s, USHER_EV_AGENT_JOINED, contact);
}
END_TEST

START_TEST(callback__calls_the_customer_first)
{
	struct usher_request request = {.type = USHER_REQ_CALLBACK,
					.text = NUMBER};
	struct fake_verb verb;
	uint64_t back;
	size_t at = 0;

	step.method = "customer";
	back_begin();
	request.queue = usher_center_queue_id(s.center, "sales");
	agrees(NUMBER);
	ck_assert_uint_eq(
		stage_u64(stage_event(&s, USHER_EV_CALLBACK_DUE, contact),
			  USHER_F_TURN),
		1);
	/* In its turn: when somebody is free. */
	ck_assert_int_eq(ask_this(request), USHER_EEXIST);
	ck_assert(!fake_told(&s.phone, "ring", 0));
	sign_in(s.ann);
	back = rings(&at, "tel:" NUMBER);
	answers(back);
	stage_event(&s, USHER_EV_CALLBACK_OVER, contact);
	ck_assert(fake_wait(&s.phone, "music", back, NULL, &verb));
	ck_assert_str_eq(verb.text, "music");
	ann_leg = rings(&at, "phone");
	answers(ann_leg);
	joined_with(ann_leg, back, 0);
	stage_event(&s, USHER_EV_AGENT_JOINED, contact);
}
END_TEST

START_TEST(callback__of_a_customer_who_does_not_answer_comes_again)
{
	size_t at = 0;

	step.method = "customer";
	step.timeout_ms = 50;
	back_begin();
	agrees(NUMBER);
	sign_in(s.ann);
	usher_channel_ended(s.phone.channel, rings(&at, "tel:" NUMBER),
			    USHER_LEG_NO_ANSWER);
	says(stage_event(&s, USHER_EV_CALLBACK_MISSED, contact),
	     USHER_F_REASON, "noanswer");
	answers(rings(&at, "tel:" NUMBER));
	says(stage_event(&s, USHER_EV_CALLBACK_OVER, contact), USHER_F_REASON,
	     "reached");
}
END_TEST

START_TEST(callback__gives_its_place_to_who_calls_in_again)
{
	uint64_t leg;
	size_t at = 0;

	back_begin();
	agrees(NUMBER);
	leg = stage_arrive(&s.phone, "1000", NUMBER);
	says(stage_event(&s, USHER_EV_CALLBACK_OVER, contact), USHER_F_REASON,
	     "called_in");
	ck_assert(fake_wait(&s.phone, "accept", leg, NULL, NULL));
	ck_assert(fake_wait(&s.phone, "music", leg, NULL, NULL));
	sign_in(s.ann);
	ann_leg = rings(&at, "phone");
	answers(ann_leg);
	joined_with(ann_leg, leg, 0);
}
END_TEST

START_TEST(callback__joins_who_calls_in_while_being_dialed)
{
	uint64_t leg, back;
	size_t at = 0;

	back_begin();
	agrees(NUMBER);
	back = ann_accepts(&at);
	leg = stage_arrive(&s.phone, "1000", NUMBER);
	ck_assert(fake_wait(&s.phone, "end", back, NULL, NULL));
	ck_assert(fake_wait(&s.phone, "accept", leg, &at, NULL));
	joined_with(ann_leg, leg, at);
	stage_event(&s, USHER_EV_AGENT_JOINED, contact);
	ck_assert(!fake_told(&s.phone, "end", ann_leg));
}
END_TEST

/* The phone rings on, for the same customer on another leg. */
START_TEST(callback__joins_who_calls_in_while_the_agent_is_rung)
{
	uint64_t leg;
	size_t at = 0;

	back_begin();
	agrees(NUMBER);
	sign_in(s.ann);
	ann_leg = rings(&at, "phone");
	leg = stage_arrive(&s.phone, "1000", NUMBER);
	says(stage_event(&s, USHER_EV_CALLBACK_OVER, contact), USHER_F_REASON,
	     "called_in");
	ck_assert(fake_wait(&s.phone, "accept", leg, NULL, NULL));
	answers(ann_leg);
	joined_with(ann_leg, leg, 0);
	ck_assert(!fake_told_since(&s.phone, "ring", at));
}
END_TEST

START_TEST(callback__in_its_turn_is_taken_by_who_calls_in)
{
	uint64_t leg;
	size_t at = 0;

	step.method = "customer";
	back_begin();
	agrees(NUMBER);
	leg = stage_arrive(&s.phone, "1000", NUMBER);
	says(stage_event(&s, USHER_EV_CALLBACK_OVER, contact), USHER_F_REASON,
	     "called_in");
	sign_in(s.ann);
	ann_leg = rings(&at, "phone");
	answers(ann_leg);
	joined_with(ann_leg, leg, 0);
}
END_TEST

START_TEST(callback__goes_to_another_when_the_agent_signs_out)
{
	uint64_t back;
	size_t at = 0;

	back_begin();
	agrees(NUMBER);
	sign_in(s.ann);
	ann_leg = rings(&at, "phone");
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_OUT, s.ann, 0, NULL), 0);
	ck_assert(fake_wait(&s.phone, "end", ann_leg, NULL, NULL));
	sign_in(s.carl);
	ann_leg = rings(&at, "phone");
	answers(ann_leg);
	back = rings(&at, "tel:" NUMBER);
	/* Once accepted it is theirs: they go when it is over. */
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_OUT, s.carl, 0, NULL),
			 0);
	answers(back);
	joined_with(ann_leg, back, 0);
}
END_TEST

static TCase *tests(void)
{
	TCase *tc = tcase_create("callback");

	tcase_add_checked_fixture(tc, back_setup, back_teardown);
	tcase_add_test(tc,
		       callback__keeps_the_place_and_calls_the_agent_first);
	tcase_add_test(tc, callback__ends_with_the_agent);
	tcase_add_test(
		tc,
		callback__frees_the_agent_and_comes_again_when_nobody_answers);
	tcase_add_test(tc, callback__stops_dialing_when_the_agent_hangs_up);
	tcase_add_test(tc, callback__frees_the_agent_when_its_leg_is_hung_up);
	tcase_add_test(tc, callback__is_missed_when_its_leg_is_hung_up);
	tcase_add_test(tc, callback__is_missed_when_the_two_cannot_be_joined);
	tcase_add_test(
		tc, callback__is_missed_where_it_may_not_be_dialed_any_more);
	tcase_add_test(tc, callback__is_accepted_at_an_application);
	tcase_add_test(tc,
		       callback__joins_who_calls_in_while_the_agent_is_rung);
	tcase_add_test(tc, callback__in_its_turn_is_taken_by_who_calls_in);
	tcase_add_test(tc, callback__goes_to_another_when_the_agent_signs_out);
	tcase_add_test(tc, callback__calls_the_customer_first);
	tcase_add_test(
		tc, callback__of_a_customer_who_does_not_answer_comes_again);
	tcase_add_test(tc, callback__gives_its_place_to_who_calls_in_again);
	tcase_add_test(tc, callback__joins_who_calls_in_while_being_dialed);
	callback_kill_tests(tc);
	return tc;
}

int main(void)
{
	return scene_main("callback", tests());
}
