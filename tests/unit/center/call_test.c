/* Conversations that began otherwise than by a queue, or are handed on while
 * something that was said of them before still holds. */
#include <stdlib.h>
#include <string.h>

#include "scene.h"

static size_t from;
static uint32_t park_ms;

static void configure(void)
{
	static const char *const mobile[] = {"tel:0611 accept"};
	static const char *const named_at[] = {"sip:named@home"};
	const struct usher_trunk_conf trunk = {.size = sizeof(trunk),
					       .name = "out",
					       .address = "127.44.9.9:5060"};
	const struct usher_park_conf park = {.size = sizeof(park),
					     .first = 801,
					     .count = 2,
					     .timeout_ms = park_ms};
	const struct usher_queue_conf rec = {.size = sizeof(rec),
					     .name = "rec",
					     .number = "301",
					     .recording = "always"};
	const struct usher_entry_conf entry = {
		.size = sizeof(entry), .address = "1003", .queue = "rec"};
	const struct usher_agent_conf erin = {.size = sizeof(erin),
					      .name = "erin",
					      .extension = "205",
					      .endpoints = mobile,
					      .endpoint_count = 1};
	/* Named as carl's extension. */
	const struct usher_agent_conf named = {.size = sizeof(named),
					       .name = "203",
					       .extension = "206",
					       .endpoints = named_at,
					       .endpoint_count = 1};
	struct usher_config *config = stage_config(&s);

	ck_assert_int_eq(usher_config_trunk(config, &trunk, NULL), 0);
	ck_assert_int_eq(usher_config_park(config, &park, NULL), 0);
	ck_assert_int_eq(usher_config_queue(config, &rec, NULL), 0);
	ck_assert_int_eq(usher_config_entry(config, &entry, NULL), 0);
	ck_assert_int_eq(usher_config_agent(config, &erin, NULL), 0);
	ck_assert_int_eq(usher_config_agent(config, &named, NULL), 0);
	stage_configure(&s, config);
}

static void setup(void)
{
	stage_setup(&s);
	stage_open(&s, true);
	from = 0;
	park_ms = 60000;
	configure();
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.ann, 0, NULL), 0);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.bob, 0, NULL), 0);
}

static void teardown(void)
{
	stage_teardown(&s);
}

static int64_t hang_up(uint64_t leg)
{
	return stage_outcome(
		&s, post((struct usher_request){.type = USHER_REQ_HANG_UP_LEG,
						.contact = contact,
						.leg = leg}));
}

static void answers(uint64_t leg)
{
	usher_channel_answered(s.phone.channel, leg);
	stage_event(&s, USHER_EV_AGENT_ANSWERED, contact);
}

/* ann talks to somebody who came by the queue "sales". */
static void queued(void)
{
	customer = stage_arrive(&s.phone, "1001", "555");
	contact = stage_event(&s, USHER_EV_OFFER_MADE, 0)->contact;
	ann_leg = rung(&from);
	usher_channel_answered(s.phone.channel, ann_leg);
	stage_event(&s, USHER_EV_AGENT_JOINED, contact);
}

/* ---- calls by a click ---- */

/* ann talks to who was called for her. */
static void click(void)
{
	post((struct usher_request){.type = USHER_REQ_ORIGINATE,
				    .agent = s.ann,
				    .text = "0612345678"});
	contact = stage_event(&s, USHER_EV_CONTACT_STARTED, 0)->contact;
	ann_leg = rung(&from);
	usher_channel_answered(s.phone.channel, ann_leg);
	customer = rung(&from);
	answers(customer);
}

START_TEST(click__is_transferred)
{
	click();
	ck_assert_int_eq(ask(USHER_REQ_TRANSFER, s.ann, "202"), 0);
	answers(rung(&from));
	ck_assert_int_eq(ask(USHER_REQ_HOLD, s.bob, NULL), 0);
	ck_assert(!fake_told(&s.phone, "end", customer));
}
END_TEST

START_TEST(click__is_parked)
{
	click();
	ck_assert_int_eq(ask(USHER_REQ_PARK, s.ann, NULL), 0);
	ck_assert_int_eq(ask(USHER_REQ_PICK_UP, s.bob, "801"), 0);
	answers(rung(&from));
	ck_assert_int_eq(ask(USHER_REQ_HOLD, s.bob, NULL), 0);
	ck_assert(!fake_told(&s.phone, "end", customer));
}
END_TEST

START_TEST(extension__is_rung_again_when_its_transfer_fails)
{
	customer = stage_arrive(&s.phone, "201", "555");
	contact = stage_event(&s, USHER_EV_CONTACT_STARTED, 0)->contact;
	answers(rung(&from));
	ck_assert_int_eq(ask(USHER_REQ_TRANSFER, s.ann, "202"), 0);
	usher_channel_ended(s.phone.channel, rung(&from), USHER_LEG_BUSY);
	answers(rung(&from));
	ck_assert_str_eq(activity(s.ann), "talking");
	ck_assert(!fake_told(&s.phone, "end", customer));
}
END_TEST

/* Who cannot take it is busy, to those outside, too; who is signed out is not
 * there. */
START_TEST(extension__of_who_cannot_take_it_is_busy)
{
	struct fake_verb verb;

	ck_assert_int_eq(ask(_i ? USHER_REQ_SIGN_OUT : USHER_REQ_PAUSE, s.ann,
			     _i ? NULL : "lunch"),
			 0);
	customer = stage_arrive(&s.phone, "201", "555");
	ck_assert(fake_wait(&s.phone, "end", customer, NULL, &verb));
	ck_assert(verb.code == (_i ? USHER_LEG_NORMAL : USHER_LEG_BUSY));
	ck_assert(!fake_told(&s.phone, "ring", 0));
}
END_TEST

START_TEST(extension__that_does_not_answer_again_ends_it)
{
	customer = stage_arrive(&s.phone, "201", "555");
	contact = stage_event(&s, USHER_EV_CONTACT_STARTED, 0)->contact;
	answers(rung(&from));
	ck_assert_int_eq(ask(USHER_REQ_TRANSFER, s.ann, "202"), 0);
	usher_channel_ended(s.phone.channel, rung(&from), USHER_LEG_BUSY);
	usher_channel_ended(s.phone.channel, rung(&from), USHER_LEG_NO_ANSWER);
	stage_event(&s, USHER_EV_CONTACT_ENDED, contact);
	ck_assert(fake_wait(&s.phone, "end", customer, NULL, NULL));
}
END_TEST

START_TEST(transfer__by_who_was_called_outside_is_refused)
{
	struct fake_verb verb;
	uint64_t leg;

	queued();
	ck_assert_int_eq(ask(USHER_REQ_TRANSFER, s.ann, "0612345678"), 0);
	leg = rung(&from);
	usher_channel_answered(s.phone.channel, leg);
	ck_assert(fake_wait(&s.phone, "join", customer, &from, NULL));
	usher_channel_transfer(s.phone.channel, leg, "0699999999");
	ck_assert(fake_wait(&s.phone, "transferred", leg, NULL, &verb));
	ck_assert_int_eq(verb.code, USHER_ESTATE);
	ck_assert(!fake_told(&s.phone, "end", leg));
	ck_assert(!fake_told_since(&s.phone, "ring", from));
}
END_TEST

/* ---- legs that ring ---- */

START_TEST(leg__of_a_transfer_is_hung_up_while_it_rings)
{
	uint64_t bob;

	queued();
	ck_assert_int_eq(ask(USHER_REQ_TRANSFER, s.ann, "202"), 0);
	bob = rung(&from);
	ck_assert_int_eq(hang_up(bob), 0);
	/* ann is rung again. */
	answers(rung(&from));
	ck_assert_str_eq(activity(s.bob), "idle");
	ck_assert_str_eq(activity(s.ann), "talking");
	ck_assert(!fake_told(&s.phone, "end", customer));
}
END_TEST

START_TEST(leg__of_a_pick_up_is_hung_up_while_it_rings)
{
	queued();
	ck_assert_int_eq(ask(USHER_REQ_PARK, s.ann, NULL), 0);
	ck_assert_int_eq(ask(USHER_REQ_PICK_UP, s.bob, "801"), 0);
	ck_assert_int_eq(hang_up(rung(&from)), 0);
	ck_assert_str_eq(activity(s.bob), "idle");
	/* It is parked as before. */
	ck_assert_int_eq(ask(USHER_REQ_PICK_UP, s.bob, "801"), 0);
	answers(rung(&from));
	ck_assert_str_eq(activity(s.bob), "talking");
}
END_TEST

START_TEST(leg__of_an_offer_is_hung_up_while_it_rings)
{
	customer = stage_arrive(&s.phone, "1001", "555");
	contact = stage_event(&s, USHER_EV_OFFER_MADE, 0)->contact;
	ck_assert_int_eq(hang_up(rung(&from)), 0);
	ck_assert_str_eq(activity(s.ann), "idle");
	ck_assert(!fake_told(&s.phone, "end", customer));
}
END_TEST

START_TEST(leg__of_an_offer_is_hung_up_while_it_is_joined)
{
	uint64_t leg;

	fake_set(&s.phone, &s.phone.mute, "join");
	customer = stage_arrive(&s.phone, "1001", "555");
	contact = stage_event(&s, USHER_EV_OFFER_MADE, 0)->contact;
	leg = rung(&from);
	usher_channel_answered(s.phone.channel, leg);
	ck_assert(fake_wait(&s.phone, "join", customer, NULL, NULL));
	ck_assert_int_eq(hang_up(leg), 0);
	ck_assert_str_eq(activity(s.ann), "idle");
	ck_assert(!fake_told(&s.phone, "end", customer));
}
END_TEST

/* ---- who listens ---- */

static uint64_t supervise(uint64_t agent, const char *mode)
{
	return post((struct usher_request){.type = USHER_REQ_SUPERVISE,
					   .agent = agent,
					   .contact = contact,
					   .text = mode});
}

START_TEST(supervisor__takes_nothing_over_before_the_digit)
{
	uint64_t erin = usher_center_agent_id(s.center, "erin"), leg;

	queued();
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, erin, 0, NULL), 0);
	ck_assert_int_eq(stage_outcome(&s, supervise(erin, "listen")), 0);
	leg = rung(&from);
	usher_channel_answered(s.phone.channel, leg);
	ck_assert(fake_wait(&s.phone, "prompt", leg, NULL, NULL));
	ck_assert_int_eq(stage_outcome(&s, supervise(erin, "take_over")), 0);
	ck_assert_str_eq(activity(s.ann), "talking");
	ck_assert(!fake_told(&s.phone, "mix", leg));
	ck_assert(!fake_told(&s.phone, "join", leg));
	usher_channel_digit(s.phone.channel, leg, '1', 0);
	stage_event(&s, USHER_EV_SUPERVISION_ENDED, contact);
	ck_assert_str_eq(activity(s.ann), "wrap_up");
	ck_assert_str_eq(activity(erin), "talking");
}
END_TEST

/* Neither consents for the customer nor sends digits to them. */
static void is_silent(uint64_t agent)
{
	ck_assert_int_eq(ask(USHER_REQ_CONSENT, agent, "given"), USHER_EPERM);
	ck_assert_int_eq(ask(USHER_REQ_DIGITS, agent, "1"), USHER_EPERM);
	ck_assert(!fake_told(&s.phone, "send", customer));
}

START_TEST(supervisor__does_not_speak_for_the_customer)
{
	uint64_t leg;

	queued();
	ck_assert_int_eq(stage_outcome(&s, supervise(s.bob, "listen")), 0);
	leg = rung(&from);
	is_silent(s.bob);
	usher_channel_answered(s.phone.channel, leg);
	stage_event(&s, USHER_EV_SUPERVISION_STARTED, contact);
	is_silent(s.bob);
	ck_assert_int_eq(ask(USHER_REQ_DIGITS, s.ann, "1"), 0);
	ck_assert_int_eq(ask(USHER_REQ_CONSENT, s.ann, "given"), 0);
}
END_TEST

START_TEST(member__speaks_for_the_customer_once_there)
{
	uint64_t leg;

	queued();
	ck_assert_int_eq(ask(USHER_REQ_ADD, s.ann, "202"), 0);
	leg = rung(&from);
	is_silent(s.bob);
	usher_channel_answered(s.phone.channel, leg);
	stage_event(&s, USHER_EV_PARTY_JOINED, contact);
	ck_assert_int_eq(ask(USHER_REQ_DIGITS, s.bob, "1"), 0);
	ck_assert_int_eq(ask(USHER_REQ_CONSENT, s.bob, "given"), 0);
}
END_TEST

/* ---- recordings ---- */

/* ann talks in a queue that is recorded, and has ended it so; bob is rung by
 * what she asks next. */
static void unrecorded(uint32_t how, uint32_t next)
{
	fake_set(&s.phone, &s.phone.mute, "record");
	customer = stage_arrive(&s.phone, "1003", "555");
	contact = stage_event(&s, USHER_EV_OFFER_MADE, 0)->contact;
	ann_leg = rung(&from);
	usher_channel_answered(s.phone.channel, ann_leg);
	ck_assert(fake_wait(&s.phone, "record", customer, &from, NULL));
	ck_assert_int_eq(ask(how, s.ann, NULL), 0);
	if (next)
		ck_assert_int_eq(ask(next, s.ann, "202"), 0);
}

static const uint32_t stops[] = {USHER_REQ_RECORD_STOP,
				 USHER_REQ_RECORD_PAUSE};

START_TEST(recording__begins_anew_after_a_transfer)
{
	unrecorded(stops[_i], USHER_REQ_TRANSFER);
	answers(rung(&from));
	ck_assert(fake_wait(&s.phone, "record", customer, &from, NULL));
}
END_TEST

START_TEST(recording__begins_anew_after_a_consult)
{
	unrecorded(stops[_i], USHER_REQ_CONSULT);
	usher_channel_answered(s.phone.channel, rung(&from));
	stage_event(&s, USHER_EV_CONSULT_ANSWERED, contact);
	ck_assert_int_eq(ask(USHER_REQ_CONSULT_COMPLETE, s.ann, NULL), 0);
	ck_assert(fake_wait(&s.phone, "record", customer, &from, NULL));
}
END_TEST

START_TEST(recording__begins_anew_for_who_takes_over)
{
	unrecorded(stops[_i], 0);
	supervise(s.bob, "take_over");
	usher_channel_answered(s.phone.channel, rung(&from));
	ck_assert(fake_wait(&s.phone, "record", customer, &from, NULL));
}
END_TEST

START_TEST(recording__begins_anew_for_a_member_who_follows)
{
	unrecorded(stops[_i], USHER_REQ_ADD);
	usher_channel_answered(s.phone.channel, rung(&from));
	stage_event(&s, USHER_EV_PARTY_JOINED, contact);
	usher_channel_ended(s.phone.channel, ann_leg, USHER_LEG_NORMAL);
	ck_assert(fake_wait(&s.phone, "record", customer, &from, NULL));
}
END_TEST

/* ---- names that read as extensions ---- */

static uint64_t named(void)
{
	uint64_t agent = usher_center_agent_id(s.center, "203");

	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, agent, 0, NULL), 0);
	return agent;
}

static void rings_named(void)
{
	struct fake_verb verb;

	ck_assert(fake_wait(&s.phone, "ring", 0, &from, &verb));
	ck_assert_str_eq(verb.text, "sip:named@home");
}

START_TEST(name__of_a_supervisor_is_no_extension)
{
	queued();
	ck_assert_int_eq(stage_outcome(&s, supervise(named(), "listen")), 0);
	rings_named();
}
END_TEST

START_TEST(name__of_who_picks_up_is_no_extension)
{
	queued();
	ck_assert_int_eq(ask(USHER_REQ_PARK, s.ann, NULL), 0);
	ck_assert_int_eq(ask(USHER_REQ_PICK_UP, named(), "801"), 0);
	rings_named();
}
END_TEST

START_TEST(name__of_who_parked_is_no_extension)
{
	uint64_t agent = named();

	park_ms = 200;
	configure();
	queued();
	ck_assert_int_eq(ask(USHER_REQ_TRANSFER, s.ann, "206"), 0);
	answers(rung(&from));
	ck_assert_int_eq(ask(USHER_REQ_PARK, agent, NULL), 0);
	rings_named();
}
END_TEST

static TCase *tests(void)
{
	TCase *tc = tcase_create("call");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, click__is_transferred);
	tcase_add_test(tc, click__is_parked);
	tcase_add_test(tc, leg__of_a_transfer_is_hung_up_while_it_rings);
	tcase_add_test(tc, leg__of_a_pick_up_is_hung_up_while_it_rings);
	tcase_add_test(tc, leg__of_an_offer_is_hung_up_while_it_rings);
	tcase_add_test(tc, leg__of_an_offer_is_hung_up_while_it_is_joined);
	tcase_add_test(tc, extension__is_rung_again_when_its_transfer_fails);
	tcase_add_loop_test(tc, extension__of_who_cannot_take_it_is_busy, 0,
			    2);
	tcase_add_test(tc, extension__that_does_not_answer_again_ends_it);
	tcase_add_test(tc, supervisor__takes_nothing_over_before_the_digit);
	tcase_add_loop_test(tc, recording__begins_anew_after_a_transfer, 0, 2);
	tcase_add_loop_test(tc, recording__begins_anew_after_a_consult, 0, 2);
	tcase_add_loop_test(tc, recording__begins_anew_for_who_takes_over, 0,
			    2);
	tcase_add_loop_test(
		tc, recording__begins_anew_for_a_member_who_follows, 0, 2);
	tcase_add_test(tc, supervisor__does_not_speak_for_the_customer);
	tcase_add_test(tc, member__speaks_for_the_customer_once_there);
	tcase_add_test(tc, transfer__by_who_was_called_outside_is_refused);
	tcase_add_test(tc, name__of_a_supervisor_is_no_extension);
	tcase_add_test(tc, name__of_who_picks_up_is_no_extension);
	tcase_add_test(tc, name__of_who_parked_is_no_extension);
	return tc;
}

int main(void)
{
	return scene_main("call", tests());
}
