/* Conferences: who hears whom, and who goes on without whom. */
#include "cases.h"
#include "center/talk.h"
#include "consult.h"
#include "scene.h"

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

void conference_tests(TCase *tc)
{
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
}
