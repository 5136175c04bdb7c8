/* What is asked of a conversation: supervision, parking, and single legs. */
#include <stdlib.h>
#include <string.h>

#include "center/talk.h"
#include "scene.h"

static void configure(void)
{
	const struct usher_trunk_conf trunk = {.size = sizeof(trunk),
					       .name = "out",
					       .address = "127.44.9.9:5060"};
	const struct usher_park_conf park = {.size = sizeof(park),
					     .first = 801,
					     .count = 2,
					     .timeout_ms = 200};
	struct usher_config *config = stage_config(&s);
	uint64_t request;

	ck_assert_int_eq(usher_config_trunk(config, &trunk, NULL), 0);
	ck_assert_int_eq(usher_config_park(config, &park, NULL), 0);
	ck_assert_int_eq(
		usher_center_configure(s.center, config, &request, NULL), 0);
	ck_assert_int_eq(stage_outcome(&s, request), 0);
}

static void setup(void)
{
	stage_setup(&s);
	stage_open(&s, true);
}

static void teardown(void)
{
	stage_teardown(&s);
}

static void talk(void)
{
	configure();
	ann_leg = stage_talk(&s, &customer, &contact);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.bob, 0, NULL), 0);
}

static void in_room(uint64_t leg, const char *as, uint64_t to, size_t from)
{
	struct fake_verb verb;

	ck_assert(fake_wait(&s.phone, "mix", leg, &from, &verb));
	ck_assert_str_eq(verb.text, as);
	ck_assert_uint_eq(verb.other, to);
}

/* bob listens; his leg. */
static uint64_t supervise(const char *mode)
{
	size_t from = now();
	uint64_t leg;

	ck_assert_int_eq(
		ask_this((struct usher_request){.type = USHER_REQ_SUPERVISE,
						.actor = USHER_BY_SUPERVISOR,
						.actor_id = s.bob,
						.agent = s.bob,
						.contact = contact,
						.text = mode}),
		0);
	leg = rung(&from);
	usher_channel_answered(s.phone.channel, leg);
	says(stage_event(&s, USHER_EV_SUPERVISION_STARTED, contact),
	     USHER_F_MODE, mode);
	return leg;
}

static uint64_t change_mode(const char *mode)
{
	return post((struct usher_request){.type = USHER_REQ_SUPERVISE,
					   .actor = USHER_BY_SUPERVISOR,
					   .actor_id = s.bob,
					   .agent = s.bob,
					   .contact = contact,
					   .text = mode});
}

START_TEST(supervision__changes_in_place_and_leaves_unnoticed)
{
	const struct usher_event *ev;
	size_t from;
	uint64_t bob, request;

	talk();
	from = now();
	bob = supervise("listen");
	in_room(bob, "listen", 0, from);
	in_room(customer, "talk", 0, from);
	/* It is not handling: he could be offered something. */
	ck_assert_str_eq(activity(s.bob), "idle");
	from = now();
	request = change_mode("whisper");
	ev = stage_event(&s, USHER_EV_SUPERVISION_CHANGED, contact);
	says(ev, USHER_F_MODE, "whisper");
	ck_assert_uint_eq(ev->actor, USHER_BY_SUPERVISOR);
	ck_assert_uint_eq(ev->cause, request);
	in_room(bob, "whisper", ann_leg, from);
	from = now();
	change_mode("barge");
	says(stage_event(&s, USHER_EV_SUPERVISION_CHANGED, contact),
	     USHER_F_MODE, "barge");
	in_room(bob, "talk", 0, from);
	from = now();
	usher_channel_ended(s.phone.channel, bob, USHER_LEG_NORMAL);
	says(stage_event(&s, USHER_EV_SUPERVISION_ENDED, contact),
	     USHER_F_REASON, "hangup");
	ck_assert(fake_wait(&s.phone, "join", customer, &from, NULL));
	ck_assert_str_eq(activity(s.ann), "talking");
}
END_TEST

START_TEST(supervision__comes_after_those_who_talk)
{
	static const char *const modes[] = {"listen", "whisper", "barge"};
	struct fake_verb verb;
	uint64_t bob, first = 0;
	size_t from;

	talk();
	from = now();
	bob = supervise(modes[_i]);
	for (int i = 0; i < 3; i++) {
		ck_assert(fake_wait(&s.phone, "mix", 0, &from, &verb));
		if (i == 2)
			ck_assert_uint_eq(verb.leg, bob);
		else
			ck_assert(verb.leg == customer || verb.leg == ann_leg);
		ck_assert_uint_ne(verb.leg, first);
		first = verb.leg;
	}
}
END_TEST

START_TEST(supervision__takes_over)
{
	size_t from;
	uint64_t bob;

	talk();
	bob = supervise("listen");
	from = now();
	change_mode("take_over");
	says(stage_event(&s, USHER_EV_SUPERVISION_ENDED, contact),
	     USHER_F_REASON, "take_over");
	ck_assert(fake_wait(&s.phone, "end", ann_leg, &from, NULL));
	ck_assert_str_eq(activity(s.ann), "wrap_up");
	ck_assert_str_eq(activity(s.bob), "talking");
	ck_assert_int_eq(ask(USHER_REQ_HOLD, s.bob, NULL), 0);
	usher_channel_ended(s.phone.channel, bob, USHER_LEG_NORMAL);
	stage_event(&s, USHER_EV_CONTACT_ENDED, contact);
	ck_assert_str_eq(activity(s.bob), "wrap_up");
}
END_TEST

START_TEST(supervision__takes_over_as_soon_as_it_answers)
{
	size_t from;

	talk();
	from = now();
	ck_assert_int_eq(
		ask_this((struct usher_request){.type = USHER_REQ_SUPERVISE,
						.to = "0612345678",
						.contact = contact,
						.text = "take_over"}),
		0);
	usher_channel_answered(s.phone.channel, rung(&from));
	stage_event(&s, USHER_EV_SUPERVISION_ENDED, contact);
	ck_assert_str_eq(activity(s.ann), "wrap_up");
}
END_TEST

START_TEST(supervision__goes_with_the_conversation)
{
	uint64_t bob;

	talk();
	bob = supervise("whisper");
	usher_channel_ended(s.phone.channel, customer, USHER_LEG_NORMAL);
	stage_event(&s, USHER_EV_SUPERVISION_ENDED, contact);
	ck_assert(fake_wait(&s.phone, "end", bob, NULL, NULL));
}
END_TEST

START_TEST(supervision__is_refused)
{
	struct usher_request request = {.type = USHER_REQ_SUPERVISE,
					.agent = s.ann,
					.contact = 77,
					.text = "listen"};
	unsigned i;

	ck_assert_int_eq(ask_this(request), USHER_ENOENT);
	talk();
	request.contact = contact;
	ck_assert_int_eq(ask_this(request), USHER_EEXIST);
	request.agent = s.bob;
	request.text = "shout";
	ck_assert_int_eq(ask_this(request), USHER_EINVAL);
	request.text = "listen";
	request.agent = 0;
	ck_assert_int_eq(ask_this(request), USHER_EINVAL);
	request.to = "0612345678";
	for (i = 0; i < USHER__SUPERVISORS_MAX; i++)
		ck_assert_int_eq(ask_this(request), 0);
	ck_assert_int_eq(ask_this(request), USHER_EFULL);
}
END_TEST

/* ---- park ---- */

/* What a snapshot has of the contact. */
static void shown(const char *state, uint32_t slot)
{
	const struct usher_snapshot_contact *c;
	struct usher_snapshot *snapshot;
	size_t i, n;

	ck_assert_int_eq(usher_center_snapshot(s.center, &snapshot), 0);
	n = usher_snapshot_contacts(snapshot, &c);
	for (i = 0; i < n && c[i].id != contact; i++)
		;
	ck_assert(i < n);
	ck_assert_str_eq(c[i].state, state);
	ck_assert_uint_eq(c[i].slot, slot);
	ck_assert_int_gt(c[i].since_us, c[i].created_us);
	usher_snapshot_unref(snapshot);
}

START_TEST(park__lets_another_pick_up)
{
	size_t from;
	uint64_t bob;

	talk();
	from = now();
	ck_assert_int_eq(ask(USHER_REQ_PARK, s.ann, NULL), 0);
	ck_assert(fake_wait(&s.phone, "hold", customer, &from, NULL));
	ck_assert(fake_wait(&s.phone, "end", ann_leg, &from, NULL));
	ck_assert_str_eq(activity(s.ann), "wrap_up");
	shown("parked", 801);
	ck_assert_int_eq(ask(USHER_REQ_PICK_UP, s.bob, "802"), USHER_ENOENT);
	from = now();
	ck_assert_int_eq(ask(USHER_REQ_PICK_UP, s.bob, "801"), 0);
	bob = rung(&from);
	shown("ringing", 801);
	usher_channel_answered(s.phone.channel, bob);
	says(stage_event(&s, USHER_EV_UNPARKED, contact), USHER_F_REASON,
	     "picked_up");
	ck_assert(fake_wait(&s.phone, "join", customer, &from, NULL));
	ck_assert_str_eq(activity(s.bob), "talking");
	shown("talking", 0);
}
END_TEST

START_TEST(park__is_picked_up_by_dialing)
{
	const struct usher_channel_arrival call = {
		.size = sizeof(call), .entry = "802", .account = "bob"};
	size_t from;
	uint64_t leg;

	talk();
	ck_assert_int_eq(ask(USHER_REQ_PARK, s.ann, "803"), USHER_ENOENT);
	ck_assert_int_eq(ask(USHER_REQ_PARK, s.ann, "802"), 0);
	from = now();
	ck_assert_int_eq(usher_channel_arrived(s.phone.channel, &call, &leg),
			 0);
	ck_assert(fake_wait(&s.phone, "accept", leg, &from, NULL));
	ck_assert(fake_wait(&s.phone, "join", 0, &from, NULL));
	ck_assert_str_eq(activity(s.bob), "talking");
	usher_channel_ended(s.phone.channel, leg, USHER_LEG_NORMAL);
	stage_event(&s, USHER_EV_CONTACT_ENDED, contact);
	ck_assert_str_eq(activity(s.bob), "wrap_up");
}
END_TEST

START_TEST(park__returns_to_who_parked_and_then_to_the_queue)
{
	const struct usher_event *ev;
	size_t from;

	talk();
	from = now();
	ck_assert_int_eq(ask(USHER_REQ_PARK, s.ann, NULL), 0);
	/* The time is over: ann is rung, and does not answer. */
	usher_channel_ended(s.phone.channel, rung(&from), USHER_LEG_NO_ANSWER);
	says(stage_event(&s, USHER_EV_UNPARKED, contact), USHER_F_REASON,
	     "timeout");
	ev = stage_event(&s, USHER_EV_QUEUE_ENTERED, contact);
	ck_assert_uint_eq(stage_u64(ev, USHER_F_QUEUE),
			  usher_center_queue_id(s.center, "sales"));
}
END_TEST

START_TEST(park__lets_another_dial_it_while_one_is_rung)
{
	const struct usher_channel_arrival call = {
		.size = sizeof(call), .entry = "801", .account = "bob"};
	size_t from;
	uint64_t leg, back;

	talk();
	from = now();
	ck_assert_int_eq(ask(USHER_REQ_PARK, s.ann, NULL), 0);
	back = rung(&from); /* the time is over */
	ck_assert_int_eq(usher_channel_arrived(s.phone.channel, &call, &leg),
			 0);
	ck_assert(fake_wait(&s.phone, "end", back, &from, NULL));
	ck_assert(fake_wait(&s.phone, "join", 0, &from, NULL));
	usher_channel_ended(s.phone.channel, back, USHER_LEG_CANCELED);
	ck_assert_str_eq(activity(s.bob), "talking");
	ck_assert_str_eq(activity(s.ann), "idle");
	says(stage_event(&s, USHER_EV_UNPARKED, contact), USHER_F_REASON,
	     "picked_up");
}
END_TEST

START_TEST(park__lets_another_pick_up_while_one_is_rung)
{
	uint64_t back, bob;
	size_t from;

	talk();
	from = now();
	ck_assert_int_eq(ask(USHER_REQ_PARK, s.ann, NULL), 0);
	back = rung(&from);
	ck_assert_int_eq(ask(USHER_REQ_PICK_UP, s.bob, "801"), 0);
	bob = rung(&from);
	usher_channel_ended(s.phone.channel, back, USHER_LEG_CANCELED);
	ck_assert_str_eq(activity(s.ann), "idle");
	/* Nor has the one before a say when bob does not come. */
	usher_channel_ended(s.phone.channel, bob, USHER_LEG_NO_ANSWER);
	ck_assert_int_eq(ask(USHER_REQ_PICK_UP, s.ann, "801"), 0);
	usher_channel_answered(s.phone.channel, rung(&from));
	ck_assert(fake_wait(&s.phone, "join", customer, &from, NULL));
	ck_assert_str_eq(activity(s.ann), "talking");
}
END_TEST

START_TEST(park__frees_the_slot_when_the_customer_goes)
{
	talk();
	ck_assert_int_eq(ask(USHER_REQ_PARK, s.ann, NULL), 0);
	usher_channel_ended(s.phone.channel, customer, USHER_LEG_NORMAL);
	says(stage_event(&s, USHER_EV_UNPARKED, contact), USHER_F_REASON,
	     "customer");
	stage_event(&s, USHER_EV_CONTACT_ENDED, contact);
	ck_assert_int_eq(ask(USHER_REQ_PICK_UP, s.bob, "801"), USHER_ENOENT);
}
END_TEST

/* ---- single legs ---- */

START_TEST(leg__is_muted_and_sent_digits_and_hung_up)
{
	const struct usher_event *ev;
	struct fake_verb verb;

	talk();
	ck_assert_int_eq(ask(USHER_REQ_MUTE, s.ann, NULL), 0);
	ck_assert(fake_wait(&s.phone, "mute", ann_leg, NULL, NULL));
	ck_assert_int_eq(ask(USHER_REQ_UNMUTE, s.ann, NULL), 0);
	ck_assert(fake_wait(&s.phone, "unmute", ann_leg, NULL, NULL));
	ck_assert_int_eq(
		ask_this((struct usher_request){.type = USHER_REQ_MUTE,
						.agent = s.ann,
						.contact = contact,
						.leg = customer}),
		USHER_EPERM);
	ck_assert_int_eq(ask(USHER_REQ_MUTE, s.bob, NULL), USHER_ESTATE);
	post((struct usher_request){.type = USHER_REQ_DIGITS,
				    .agent = s.ann,
				    .contact = contact,
				    .text = "12#"});
	ev = stage_event(&s, USHER_EV_DIGITS_SENT, contact);
	ck_assert_uint_eq(stage_u64(ev, USHER_F_COUNT), 3);
	ck_assert(fake_wait(&s.phone, "send", customer, NULL, &verb));
	ck_assert_str_eq(verb.text, "12#");
	ck_assert_int_eq(ask(USHER_REQ_DIGITS, s.ann, "12x"), USHER_EINVAL);
	post((struct usher_request){.type = USHER_REQ_HANG_UP_LEG,
				    .contact = contact,
				    .leg = ann_leg});
	stage_event(&s, USHER_EV_CONTACT_ENDED, contact);
	ck_assert_str_eq(activity(s.ann), "wrap_up");
}
END_TEST

START_TEST(leg__is_muted_and_sent_digits_when_its_driver_says_so)
{
	static const struct {
		uint32_t type;
		const char *verb, *text;
	} asked[] = {{USHER_REQ_MUTE, "mute", NULL},
		     {USHER_REQ_UNMUTE, "unmute", NULL},
		     {USHER_REQ_DIGITS, "send", "12"}};
	const uint32_t told[] = {USHER_EV_LEG_MUTED, USHER_EV_LEG_UNMUTED,
				 USHER_EV_DIGITS_SENT};
	const struct usher_event *ev;
	struct fake_verb verb;
	uint64_t request;
	size_t from, i;

	talk();
	for (i = 0; i < 3; i++) {
		fake_set(&s.phone, &s.phone.mute, asked[i].verb);
		from = now();
		request = stage_post(&s, asked[i].type, s.ann, contact, 0,
				     asked[i].text);
		ck_assert(fake_wait(&s.phone, asked[i].verb, 0, &from, &verb));
		/* Others are not held up by it, and nothing is told yet. */
		ck_assert_int_eq(ask(USHER_REQ_DISPOSITION, s.ann, "x"), 0);
		usher_channel_done(s.phone.channel, verb.req, 0, 0);
		ev = stage_event(&s, told[i], contact);
		caused(ev, request, s.ann);
		ck_assert_int_eq(stage_outcome(&s, request), 0);
		/* What it could not do is an error, and no event. */
		request = stage_post(&s, asked[i].type, s.ann, contact, 0,
				     asked[i].text);
		ck_assert(fake_wait(&s.phone, asked[i].verb, 0, &from, &verb));
		usher_channel_done(s.phone.channel, verb.req, USHER_ECANCELED,
				   0);
		ck_assert_int_eq(stage_outcome(&s, request), USHER_ECANCELED);
		/* Neither is what it does not take at all. */
		fake_set(&s.phone, &s.phone.fail, asked[i].verb);
		ck_assert_int_eq(ask(asked[i].type, s.ann, asked[i].text),
				 USHER_EIO);
		fake_set(&s.phone, &s.phone.fail, NULL);
	}
	/* A leg that ends before: the outcome comes all the same. */
	from = now();
	request = stage_post(&s, USHER_REQ_DIGITS, s.ann, contact, 0, "1");
	ck_assert(fake_wait(&s.phone, "send", 0, &from, NULL));
	usher_channel_ended(s.phone.channel, customer, USHER_LEG_NORMAL);
	ck_assert_int_eq(stage_outcome(&s, request), USHER_ECANCELED);
}
END_TEST

static TCase *tests(void)
{
	TCase *tc = tcase_create("control");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, supervision__changes_in_place_and_leaves_unnoticed);
	tcase_add_loop_test(tc, supervision__comes_after_those_who_talk, 0, 3);
	tcase_add_test(tc, supervision__takes_over);
	tcase_add_test(tc, supervision__takes_over_as_soon_as_it_answers);
	tcase_add_test(tc, supervision__goes_with_the_conversation);
	tcase_add_test(tc, supervision__is_refused);
	tcase_add_test(tc, park__lets_another_pick_up);
	tcase_add_test(tc, park__is_picked_up_by_dialing);
	tcase_add_test(tc, park__returns_to_who_parked_and_then_to_the_queue);
	tcase_add_test(tc, park__lets_another_dial_it_while_one_is_rung);
	tcase_add_test(tc, park__lets_another_pick_up_while_one_is_rung);
	tcase_add_test(tc, park__frees_the_slot_when_the_customer_goes);
	tcase_add_test(tc, leg__is_muted_and_sent_digits_and_hung_up);
	tcase_add_test(tc,
		       leg__is_muted_and_sent_digits_when_its_driver_says_so);
	return tc;
}

int main(void)
{
	return scene_main("control", tests());
}
