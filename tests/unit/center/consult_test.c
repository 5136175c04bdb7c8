/* Asking another, and conferences: who hears whom, and who is on what. */
#include <stdlib.h>
#include <string.h>

#include "center/center.h"
#include "scene.h"

static void by_number(void)
{
	const struct usher_trunk_conf trunk = {.size = sizeof(trunk),
					       .name = "out",
					       .address = "127.44.9.9:5060"};
	/* Neither how many nor what they cost is what is tested. */
	const struct usher_outbound_conf outbound = {.size = sizeof(outbound)};
	struct usher_config *config = stage_config(&s);
	uint64_t request;

	ck_assert_int_eq(usher_config_trunk(config, &trunk, NULL), 0);
	ck_assert_int_eq(usher_config_outbound(config, &outbound, NULL), 0);
	ck_assert_int_eq(
		usher_center_configure(s.center, config, &request, NULL), 0);
	ck_assert_int_eq(stage_outcome(&s, request), 0);
}

static void setup(void)
{
	stage_setup(&s);
	stage_open(&s, false);
	by_number();
	ann_leg = stage_talk(&s, &customer, &contact);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.bob, 0, NULL), 0);
}

static void teardown(void)
{
	stage_teardown(&s);
}

/* ann has asked target; the leg that rings. */
static uint64_t consult(const char *target)
{
	size_t from = now();

	ck_assert_int_eq(ask(USHER_REQ_CONSULT, s.ann, target), 0);
	return rung(&from);
}

static uint64_t consult_talking(const char *target)
{
	uint64_t leg = consult(target);

	usher_channel_answered(s.phone.channel, leg);
	stage_event(&s, USHER_EV_CONSULT_ANSWERED, contact);
	return leg;
}

static void ended_as(const char *reason)
{
	const struct usher_event *ev =
		stage_event(&s, USHER_EV_CONSULT_ENDED, contact);
	const char *text;

	ck_assert_int_eq(usher_event_str(ev, USHER_F_REASON, &text, NULL), 0);
	ck_assert_str_eq(text, reason);
}

START_TEST(consult__rings_while_the_customer_hears_music)
{
	size_t from = now();
	uint64_t bob = consult("202");

	ck_assert(fake_wait(&s.phone, "hold", customer, &from, NULL));
	ck_assert(fake_wait(&s.phone, "music", customer, &from, NULL));
	ck_assert_str_eq(activity(s.bob), "ringing");
	ck_assert_str_eq(activity(s.ann), "hold");
	usher_channel_answered(s.phone.channel, bob);
	stage_event(&s, USHER_EV_CONSULT_ANSWERED, contact);
	joined_with(bob, ann_leg, from);
	ck_assert_str_eq(activity(s.bob), "talking");
}
END_TEST

START_TEST(consult__lets_the_agent_hear_that_it_rings)
{
	struct fake_verb verb;
	size_t from = now();
	uint64_t bob = consult("202");

	ck_assert(fake_wait(&s.phone, "music", ann_leg, &from, &verb));
	ck_assert_str_eq(verb.text, USHER_CHANNEL_RINGBACK);
	usher_channel_answered(s.phone.channel, bob);
	ck_assert(fake_wait(&s.phone, "quiet", ann_leg, &from, NULL));
	joined_with(bob, ann_leg, from);
	ck_assert_int_eq(ask(USHER_REQ_CONSULT_CANCEL, s.ann, NULL), 0);
	/* Neither when nobody does. */
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.dora, 0, NULL), 0);
	from = now();
	bob = consult("204");
	ck_assert(fake_wait(&s.phone, "music", ann_leg, &from, NULL));
	usher_channel_ended(s.phone.channel, bob, USHER_LEG_BUSY);
	ck_assert(fake_wait(&s.phone, "quiet", ann_leg, &from, NULL));
	joined_with(customer, ann_leg, from);
}
END_TEST

START_TEST(consult__of_an_entry_says_what_to_ask_instead)
{
	uint64_t request =
		stage_post(&s, USHER_REQ_CONSULT, s.ann, contact, 0, "1000");
	const struct usher_event *ev = stage_done(&s, request);
	const char *reason;
	int64_t result;

	ck_assert_int_eq(usher_event_i64(ev, USHER_F_RESULT, &result), 0);
	ck_assert_int_eq(result, USHER_ENOTSUP);
	ck_assert_int_eq(usher_event_str(ev, USHER_F_REASON, &reason, NULL),
			 0);
	ck_assert_ptr_nonnull(strstr(reason, "entry '1000' starts a flow"));
	ck_assert_str_eq(activity(s.ann), "talking");
}
END_TEST

START_TEST(consult__completes_and_wrap_up_starts_at_once)
{
	size_t from;
	uint64_t bob = consult_talking("202");

	from = now();
	ck_assert_int_eq(ask(USHER_REQ_CONSULT_COMPLETE, s.ann, NULL), 0);
	joined_with(customer, bob, from);
	ck_assert(fake_wait(&s.phone, "end", ann_leg, &from, NULL));
	ck_assert_str_eq(activity(s.ann), "wrap_up");
	ck_assert_str_eq(activity(s.bob), "talking");
	/* Now it is bob's. */
	ck_assert_int_eq(ask(USHER_REQ_HOLD, s.bob, NULL), 0);
	ck_assert_int_eq(ask(USHER_REQ_CONSULT_COMPLETE, s.bob, NULL),
			 USHER_ESTATE);
}
END_TEST

START_TEST(consult__that_is_canceled_leaves_all_as_it_was)
{
	size_t from;
	uint64_t bob = consult_talking("202");

	from = now();
	ck_assert_int_eq(ask(USHER_REQ_CONSULT_CANCEL, s.ann, NULL), 0);
	ck_assert(fake_wait(&s.phone, "end", bob, &from, NULL));
	joined_with(customer, ann_leg, from - 1);
	ck_assert(fake_told(&s.phone, "resume", customer));
	ck_assert_str_eq(activity(s.ann), "talking");
	ck_assert_str_eq(activity(s.bob), "wrap_up");
	ck_assert_int_eq(ask(USHER_REQ_CONSULT_CANCEL, s.ann, NULL),
			 USHER_ESTATE);
}
END_TEST

START_TEST(consult__fails_back_to_the_agent)
{
	static const struct {
		int reason;
		const char *word;
	} ways[] = {{USHER_LEG_BUSY, "busy"},
		    {USHER_LEG_NO_ANSWER, "noanswer"},
		    {USHER_LEG_UNREACHABLE, "unreachable"},
		    {USHER_LEG_FAILED, "failed"}};
	struct fake_verb verb;
	size_t from, i;
	uint64_t bob;

	for (i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		from = now();
		bob = consult("202");
		usher_channel_ended(s.phone.channel, bob, ways[i].reason);
		ended_as(ways[i].word);
		ck_assert_str_eq(activity(s.bob), "idle");
		/* And hears why, before the customer. */
		joined_with(customer, ann_leg, from);
		ck_assert(
			fake_wait(&s.phone, "prompt", ann_leg, &from, &verb));
		ck_assert_str_eq(verb.text,
				 ways[i].reason == USHER_LEG_BUSY
					 ? USHER_CHANNEL_BUSY
					 : USHER_CHANNEL_CONGESTION);
	}
	bob = consult_talking("202");
	from = now();
	usher_channel_ended(s.phone.channel, bob, USHER_LEG_NORMAL);
	ended_as("gone");
	joined_with(customer, ann_leg, from);
	ck_assert_str_eq(activity(s.ann), "talking");
	ck_assert(!fake_told_since(&s.phone, "prompt", from));
}
END_TEST

START_TEST(consult__completes_when_the_agent_hangs_up)
{
	uint64_t bob = consult_talking("202");
	size_t from = now();

	usher_channel_ended(s.phone.channel, ann_leg, USHER_LEG_NORMAL);
	ended_as("hangup");
	joined_with(customer, bob, from);
	ck_assert_str_eq(activity(s.ann), "wrap_up");
	ck_assert(!fake_told(&s.phone, "end", customer));
}
END_TEST

START_TEST(consult__loses_the_agent_and_not_the_customer)
{
	uint64_t bob = consult("202");
	const struct usher_event *ev;

	usher_channel_ended(s.phone.channel, ann_leg, USHER_LEG_LOST);
	ended_as("agent_lost");
	ev = stage_event(&s, USHER_EV_QUEUE_ENTERED, contact);
	ck_assert_uint_eq(stage_u64(ev, USHER_F_QUEUE),
			  usher_center_queue_id(s.center, "sales"));
	ck_assert(fake_wait(&s.phone, "end", bob, NULL, NULL));
	ck_assert_str_eq(activity(s.ann), "wrap_up");
	ck_assert_str_eq(activity(s.bob), "idle");
	ck_assert(!fake_told(&s.phone, "end", customer));
}
END_TEST

START_TEST(consult__ends_with_the_customer)
{
	uint64_t bob = consult_talking("202");

	usher_channel_ended(s.phone.channel, customer, USHER_LEG_NORMAL);
	ended_as("customer");
	ck_assert(fake_wait(&s.phone, "end", bob, NULL, NULL));
	ck_assert(fake_wait(&s.phone, "end", ann_leg, NULL, NULL));
	stage_event(&s, USHER_EV_CONTACT_ENDED, contact);
	ck_assert_str_eq(activity(s.bob), "wrap_up");
}
END_TEST

START_TEST(consult__respects_capacity_and_presence)
{
	/* carl is signed out; bob has room for one; ann is ann. */
	ck_assert_int_eq(ask(USHER_REQ_CONSULT, s.ann, "203"), USHER_ESTATE);
	ck_assert_int_eq(ask(USHER_REQ_CONSULT, s.ann, "201"), USHER_EEXIST);
	ck_assert_int_eq(ask(USHER_REQ_CONSULT, s.ann, "nobody"),
			 USHER_ENOENT);
	ck_assert_int_eq(ask(USHER_REQ_CONSULT, s.ann, "1002"), USHER_ENOTSUP);
	ck_assert_int_eq(ask(USHER_REQ_CONSULT, s.bob, "202"), USHER_ESTATE);
	consult("202");
	ck_assert_int_eq(ask(USHER_REQ_CONSULT, s.ann, "0612"), USHER_ESTATE);
	ck_assert_int_eq(ask(USHER_REQ_TRANSFER, s.ann, "0612"), USHER_ESTATE);
	ck_assert_int_eq(ask(USHER_REQ_HOLD, s.ann, NULL), USHER_ESTATE);
	ck_assert_int_eq(ask(USHER_REQ_CONSULT_COMPLETE, s.ann, NULL),
			 USHER_ESTATE);
}
END_TEST

START_TEST(consult__asks_a_number)
{
	uint64_t out = consult_talking("0612345678");
	size_t from = now();

	ck_assert_int_eq(ask(USHER_REQ_CONSULT_COMPLETE, s.ann, NULL), 0);
	joined_with(customer, out, from);
	ck_assert_str_eq(activity(s.ann), "wrap_up");
	usher_channel_ended(s.phone.channel, out, USHER_LEG_NORMAL);
	stage_event(&s, USHER_EV_CONTACT_ENDED, contact);
}
END_TEST

START_TEST(consult__asks_a_queue)
{
	size_t from = now();
	uint64_t bob;

	ck_assert_int_eq(ask(USHER_REQ_CONSULT, s.ann, "help"), 0);
	bob = rung(&from);
	ck_assert_str_eq(activity(s.bob), "ringing");
	usher_channel_answered(s.phone.channel, bob);
	stage_event(&s, USHER_EV_CONSULT_ANSWERED, contact);
	joined_with(bob, ann_leg, 0);
	ck_assert(fake_told(&s.phone, "hold", customer));
	from = now();
	ck_assert_int_eq(ask(USHER_REQ_CONSULT_COMPLETE, s.ann, NULL), 0);
	joined_with(customer, bob, from);
	ck_assert_str_eq(activity(s.bob), "talking");
	ck_assert_str_eq(activity(s.ann), "wrap_up");
}
END_TEST

START_TEST(consult__of_a_queue_is_canceled_while_it_rings)
{
	size_t from = now();
	uint64_t bob;

	ck_assert_int_eq(ask(USHER_REQ_CONSULT, s.ann, "help"), 0);
	bob = rung(&from);
	ck_assert_int_eq(ask(USHER_REQ_CONSULT_CANCEL, s.ann, NULL), 0);
	ck_assert(fake_wait(&s.phone, "end", bob, &from, NULL));
	joined_with(customer, ann_leg, 0);
	ck_assert_str_eq(activity(s.bob), "idle");
	ck_assert_str_eq(activity(s.ann), "talking");
}
END_TEST

START_TEST(consult__ends_when_who_is_asked_hangs_up_by_request)
{
	uint64_t bob = consult_talking("202");

	stage_post(&s, USHER_REQ_HANG_UP, s.bob, contact, 0, NULL);
	ended_as("gone");
	ck_assert(fake_wait(&s.phone, "end", bob, NULL, NULL));
	ck_assert_str_eq(activity(s.bob), "wrap_up");
	ck_assert_str_eq(activity(s.ann), "talking");
}
END_TEST

START_TEST(consult__whose_join_fails_drops_who_was_asked)
{
	uint64_t bob = consult("202");

	fake_set(&s.phone, &s.phone.fail, "join");
	usher_channel_answered(s.phone.channel, bob);
	stage_event(&s, USHER_EV_CONSULT_ANSWERED, contact);
	ended_as("failed");
	ck_assert(fake_wait(&s.phone, "end", bob, NULL, NULL));
	ck_assert_str_eq(activity(s.bob), "wrap_up");
	/* Nor can the customer hear the agent; nobody is stuck. */
	stage_event(&s, USHER_EV_CONTACT_ENDED, contact);
}
END_TEST

START_TEST(consult__by_the_phone_completes)
{
	const struct usher_channel_arrival call = {
		.size = sizeof(call), .entry = "202", .account = "ann"};
	struct fake_verb verb;
	uint64_t second, bob;
	size_t from = now();

	usher_channel_held(s.phone.channel, ann_leg, 1);
	stage_event(&s, USHER_EV_HOLD_STARTED, contact);
	ck_assert_int_eq(
		usher_channel_arrived(s.phone.channel, &call, &second), 0);
	bob = rung(&from);
	usher_channel_answered(s.phone.channel, bob);
	ck_assert(fake_wait(&s.phone, "join", 0, &from, NULL));
	from = now();
	usher_channel_transfer_leg(s.phone.channel, ann_leg, second);
	ended_as("completed");
	joined_with(customer, bob, from);
	ck_assert(fake_wait(&s.phone, "transferred", ann_leg, NULL, &verb));
	ck_assert_int_eq(verb.code, 0);
	ck_assert(fake_wait(&s.phone, "end", ann_leg, NULL, NULL));
	ck_assert(fake_wait(&s.phone, "end", second, NULL, NULL));
	ck_assert_str_eq(activity(s.ann), "wrap_up");
	ck_assert_str_eq(activity(s.bob), "talking");
	usher_channel_ended(s.phone.channel, customer, USHER_LEG_NORMAL);
	stage_event(&s, USHER_EV_CONTACT_ENDED, contact);
	ck_assert_str_eq(activity(s.bob), "wrap_up");
}
END_TEST

START_TEST(consult__by_the_phone_may_still_ring)
{
	const struct usher_channel_arrival call = {
		.size = sizeof(call), .entry = "202", .account = "ann"};
	uint64_t second, bob;
	size_t from = now();

	ck_assert_int_eq(
		usher_channel_arrived(s.phone.channel, &call, &second), 0);
	bob = rung(&from);
	/* On whichever leg the phone asks. */
	usher_channel_transfer_leg(s.phone.channel, second, ann_leg);
	ended_as("completed");
	ck_assert_str_eq(activity(s.ann), "wrap_up");
	usher_channel_answered(s.phone.channel, bob);
	joined_with(customer, bob, from);
	ck_assert_str_eq(activity(s.bob), "talking");
	ck_assert(!fake_told(&s.phone, "end", customer));
}
END_TEST

START_TEST(consult__by_the_phone_of_strangers_is_refused)
{
	struct fake_verb verb;

	usher_channel_transfer_leg(s.phone.channel, ann_leg, 12345);
	ck_assert(fake_wait(&s.phone, "transferred", ann_leg, NULL, &verb));
	ck_assert_int_ne(verb.code, 0);
	usher_channel_transfer_leg(s.phone.channel, ann_leg, customer);
	ck_assert_int_eq(ask(USHER_REQ_HOLD, s.ann, NULL), 0);
}
END_TEST

/* ---- conferences ---- */

static uint64_t conference(void)
{
	uint64_t bob = consult_talking("202");

	ck_assert_int_eq(ask(USHER_REQ_CONFERENCE, s.ann, NULL), 0);
	return bob;
}

static void in_room(uint64_t leg, const char *as, size_t from)
{
	struct fake_verb verb;

	ck_assert(fake_wait(&s.phone, "mix", leg, &from, &verb));
	ck_assert_str_eq(verb.text, as);
}

START_TEST(consult__by_the_phone_of_who_was_called_outside_is_refused)
{
	struct fake_verb verb;
	uint64_t outside, other, bob, second;
	size_t from = now();

	/* Their first call: ann's customer was handed on to them. */
	ck_assert_int_eq(ask(USHER_REQ_TRANSFER, s.ann, "0612345678"), 0);
	outside = rung(&from);
	usher_channel_answered(s.phone.channel, outside);
	joined_with(customer, outside, from);
	/* Their second one is with bob. */
	second = stage_arrive(&s.phone, "1002", "0612345678");
	bob = rung(&from);
	usher_channel_answered(s.phone.channel, bob);
	other = stage_event(&s, USHER_EV_CONTACT_STARTED, 0)->contact;
	stage_event(&s, USHER_EV_AGENT_JOINED, other);
	usher_channel_transfer_leg(s.phone.channel, outside, second);
	ck_assert(fake_wait(&s.phone, "transferred", outside, NULL, &verb));
	ck_assert_int_eq(verb.code, USHER_ESTATE);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_HOLD, s.bob, other, NULL), 0);
	ck_assert(!fake_told(&s.phone, "end", second));
}
END_TEST

START_TEST(conference__lets_all_three_talk)
{
	size_t from = now();
	uint64_t bob = conference();

	in_room(customer, "talk", from);
	in_room(ann_leg, "talk", from);
	in_room(bob, "talk", from);
	ck_assert_str_eq(activity(s.ann), "talking");
	ck_assert_str_eq(activity(s.bob), "talking");
	/* bob leaves: two are joined as before. */
	from = now();
	ck_assert_int_eq(ask(USHER_REQ_LEAVE, s.bob, NULL), 0);
	joined_with(customer, ann_leg, from);
	ck_assert(fake_wait(&s.phone, "end", bob, NULL, NULL));
	ck_assert_str_eq(activity(s.bob), "wrap_up");
	ck_assert_int_eq(ask(USHER_REQ_LEAVE, s.ann, NULL), USHER_ESTATE);
}
END_TEST

START_TEST(conference__is_heard_by_the_customer_while_the_agent_holds)
{
	uint64_t bob = consult_talking("202");
	size_t from;

	ck_assert_int_eq(ask(USHER_REQ_CONFERENCE, s.ann, NULL), 0);
	from = now();
	usher_channel_held(s.phone.channel, ann_leg, 1);
	stage_event(&s, USHER_EV_HOLD_STARTED, contact);
	ck_assert_int_eq(ask(USHER_REQ_DISPOSITION, s.ann, "x"), 0);
	ck_assert(!fake_told_since(&s.phone, "music", from));
	/* When the other one goes there is nobody. */
	usher_channel_ended(s.phone.channel, bob, USHER_LEG_NORMAL);
	ck_assert(fake_wait(&s.phone, "music", customer, &from, NULL));
	ck_assert_int_eq(ask(USHER_REQ_ADD, s.ann, "204"), USHER_ESTATE);
	usher_channel_held(s.phone.channel, ann_leg, 0);
	ck_assert(fake_wait(&s.phone, "quiet", customer, &from, NULL));
	/* Alone with an agent who holds, until somebody comes. */
	usher_channel_held(s.phone.channel, ann_leg, 1);
	ck_assert(fake_wait(&s.phone, "music", customer, &from, NULL));
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.dora, 0, NULL), 0);
	ck_assert_int_eq(ask(USHER_REQ_ADD, s.ann, "204"), 0);
	usher_channel_answered(s.phone.channel, rung(&from));
	ck_assert(fake_wait(&s.phone, "quiet", customer, &from, NULL));
	ck_assert_int_eq(ask(USHER_REQ_DISPOSITION, s.ann, "y"), 0);
	ck_assert(!fake_told_since(&s.phone, "music", from));
}
END_TEST

START_TEST(conference__goes_on_without_the_agent)
{
	uint64_t bob = conference();
	size_t from = now();

	ck_assert_int_eq(ask(USHER_REQ_LEAVE, s.ann, NULL), 0);
	joined_with(customer, bob, from);
	ck_assert_str_eq(activity(s.ann), "wrap_up");
	stage_post(&s, USHER_REQ_HANG_UP, s.bob, contact, 0, NULL);
	stage_event(&s, USHER_EV_CONTACT_ENDED, contact);
	ck_assert_str_eq(activity(s.bob), "wrap_up");
}
END_TEST

START_TEST(conference__adds_and_removes)
{
	size_t from = now();
	uint64_t out, bob;

	ck_assert_int_eq(ask(USHER_REQ_ADD, s.ann, "0612345678"), 0);
	out = rung(&from);
	/* The two talk on meanwhile. */
	ck_assert(!fake_told(&s.phone, "hold", customer));
	usher_channel_answered(s.phone.channel, out);
	stage_event(&s, USHER_EV_PARTY_JOINED, contact);
	in_room(out, "talk", from);
	ck_assert_int_eq(ask(USHER_REQ_ADD, s.ann, "202"), 0);
	bob = rung(&from);
	usher_channel_answered(s.phone.channel, bob);
	ck_assert_uint_eq(
		stage_u64(stage_event(&s, USHER_EV_PARTY_JOINED, contact),
			  USHER_F_COUNT),
		4);
	ck_assert_int_eq(ask(USHER_REQ_CONSULT, s.ann, "203"), USHER_ESTATE);
	ck_assert_int_eq(ask(USHER_REQ_REMOVE, s.bob, "bob"), USHER_EPERM);
	ck_assert_int_eq(ask(USHER_REQ_REMOVE, s.ann, "carl"), USHER_ENOENT);
	ck_assert_int_eq(ask(USHER_REQ_REMOVE, s.ann, "bob"), 0);
	ck_assert(fake_wait(&s.phone, "end", bob, NULL, NULL));
	ck_assert_str_eq(activity(s.bob), "wrap_up");
	usher_channel_ended(s.phone.channel, out, USHER_LEG_NORMAL);
	stage_event(&s, USHER_EV_PARTY_LEFT, contact);
	joined_with(customer, ann_leg, from);
}
END_TEST

/* In another order they would hear that somebody comes. */
START_TEST(conference__takes_in_those_who_talk_before_others)
{
	uint64_t others[] = {0, 0};
	struct fake_verb verb;
	size_t from = now();

	ck_assert_int_eq(ask(USHER_REQ_ADD, s.ann, _i ? "202" : "0612345678"),
			 0);
	others[0] = rung(&from);
	from = now();
	usher_channel_answered(s.phone.channel, others[0]);
	for (int i = 0; i < 3; i++) {
		ck_assert(fake_wait(&s.phone, "mix", 0, &from, &verb));
		if (i == 2)
			ck_assert_uint_eq(verb.leg, others[0]);
		else
			ck_assert(verb.leg == customer || verb.leg == ann_leg);
		ck_assert_uint_ne(verb.leg, others[1]);
		others[1] = verb.leg;
	}
}
END_TEST

START_TEST(conference__has_a_limit)
{
	unsigned i;

	for (i = 0; i < USHER__TALK_MAX - 2; i++)
		ck_assert_int_eq(ask(USHER_REQ_ADD, s.ann, "0612345678"), 0);
	ck_assert_int_eq(ask(USHER_REQ_ADD, s.ann, "0612345678"), USHER_EFULL);
	stage_post(&s, USHER_REQ_HANG_UP, s.ann, contact, 0, NULL);
	stage_event(&s, USHER_EV_CONTACT_ENDED, contact);
}
END_TEST

START_TEST(conference__ends_with_the_customer)
{
	uint64_t bob = conference();

	usher_channel_ended(s.phone.channel, customer, USHER_LEG_NORMAL);
	stage_event(&s, USHER_EV_CONTACT_ENDED, contact);
	ck_assert(fake_wait(&s.phone, "end", bob, NULL, NULL));
	ck_assert_str_eq(activity(s.bob), "wrap_up");
	ck_assert_str_eq(activity(s.ann), "wrap_up");
}
END_TEST

START_TEST(conference__drops_who_cannot_be_mixed)
{
	uint64_t bob = consult_talking("202");

	fake_set(&s.phone, &s.phone.fail, "mix");
	ck_assert_int_eq(ask(USHER_REQ_CONFERENCE, s.ann, NULL), 0);
	stage_event(&s, USHER_EV_CONTACT_ENDED, contact);
	ck_assert(fake_wait(&s.phone, "end", bob, NULL, NULL));
	ck_assert_str_eq(activity(s.bob), "wrap_up");
}
END_TEST

static TCase *tests(void)
{
	TCase *tc = tcase_create("consult");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, consult__rings_while_the_customer_hears_music);
	tcase_add_test(tc, consult__lets_the_agent_hear_that_it_rings);
	tcase_add_test(tc, consult__of_an_entry_says_what_to_ask_instead);
	tcase_add_test(tc, consult__completes_and_wrap_up_starts_at_once);
	tcase_add_test(tc, consult__that_is_canceled_leaves_all_as_it_was);
	tcase_add_test(tc, consult__fails_back_to_the_agent);
	tcase_add_test(tc, consult__completes_when_the_agent_hangs_up);
	tcase_add_test(tc, consult__loses_the_agent_and_not_the_customer);
	tcase_add_test(tc, consult__ends_with_the_customer);
	tcase_add_test(tc, consult__respects_capacity_and_presence);
	tcase_add_test(tc, consult__asks_a_number);
	tcase_add_test(tc, consult__asks_a_queue);
	tcase_add_test(tc, consult__of_a_queue_is_canceled_while_it_rings);
	tcase_add_test(tc,
		       consult__ends_when_who_is_asked_hangs_up_by_request);
	tcase_add_test(tc, consult__whose_join_fails_drops_who_was_asked);
	tcase_add_test(tc, consult__by_the_phone_completes);
	tcase_add_test(tc, consult__by_the_phone_may_still_ring);
	tcase_add_test(tc, consult__by_the_phone_of_strangers_is_refused);
	tcase_add_test(
		tc,
		consult__by_the_phone_of_who_was_called_outside_is_refused);
	tcase_add_test(tc, conference__lets_all_three_talk);
	tcase_add_test(
		tc,
		conference__is_heard_by_the_customer_while_the_agent_holds);
	tcase_add_test(tc, conference__goes_on_without_the_agent);
	tcase_add_test(tc, conference__adds_and_removes);
	tcase_add_loop_test(
		tc, conference__takes_in_those_who_talk_before_others, 0, 2);
	tcase_add_test(tc, conference__has_a_limit);
	tcase_add_test(tc, conference__ends_with_the_customer);
	tcase_add_test(tc, conference__drops_who_cannot_be_mixed);
	return tc;
}

int main(void)
{
	return scene_main("consult", tests());
}
