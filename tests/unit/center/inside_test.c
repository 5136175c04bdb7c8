/* Calls between agents, by extension: either may steer them. */
#include <string.h>

#include "scene.h"

static uint64_t bob_leg;
static size_t from;

static void setup(void)
{
	stage_setup(&s);
	stage_open(&s, false);
	from = 0;
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.ann, 0, NULL), 0);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.bob, 0, NULL), 0);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.dora, 0, NULL), 0);
	ann_leg = stage_dial(&s, "ann", "202");
	contact = stage_event(&s, USHER_EV_CONTACT_STARTED, 0)->contact;
	bob_leg = rung(&from);
}

static void teardown(void)
{
	stage_teardown(&s);
}

static void answered(void)
{
	usher_channel_answered(s.phone.channel, bob_leg);
	stage_event(&s, USHER_EV_AGENT_ANSWERED, contact);
	ck_assert(fake_wait(&s.phone, "join", 0, &from, NULL));
}

START_TEST(inside__who_was_called_holds_who_called)
{
	answered();
	ck_assert_int_eq(ask(USHER_REQ_HOLD, s.bob, NULL), 0);
	ck_assert(fake_wait(&s.phone, "hold", ann_leg, NULL, NULL));
	ck_assert_str_eq(activity(s.bob), "hold");
	/* Who is held cannot hold, or take it back. */
	ck_assert_int_eq(ask(USHER_REQ_HOLD, s.ann, NULL), USHER_ESTATE);
	ck_assert_int_eq(ask(USHER_REQ_RESUME, s.ann, NULL), USHER_ESTATE);
	ck_assert_int_eq(ask(USHER_REQ_RESUME, s.bob, NULL), 0);
	joined_with(ann_leg, bob_leg, from);
	ck_assert_int_eq(ask(USHER_REQ_HOLD, s.ann, NULL), 0);
	ck_assert(fake_wait(&s.phone, "hold", bob_leg, NULL, NULL));
	ck_assert_str_eq(activity(s.ann), "hold");
}
END_TEST

START_TEST(inside__who_was_called_hands_on_who_called)
{
	uint64_t dora;

	answered();
	ck_assert_int_eq(ask(USHER_REQ_TRANSFER, s.bob, "204"), 0);
	ck_assert(fake_wait(&s.phone, "end", bob_leg, &from, NULL));
	from = 0;
	ck_assert_uint_eq(rung(&from), bob_leg);
	dora = rung(&from);
	usher_channel_answered(s.phone.channel, dora);
	joined_with(ann_leg, dora, from);
	ck_assert_str_eq(activity(s.ann), "talking");
	ck_assert_str_eq(activity(s.dora), "talking");
	ck_assert_str_eq(activity(s.bob), "idle");
	/* And she, too, may do with it what she likes. */
	ck_assert_int_eq(ask(USHER_REQ_HOLD, s.ann, NULL), 0);
	ck_assert(fake_wait(&s.phone, "hold", dora, NULL, NULL));
	usher_channel_ended(s.phone.channel, ann_leg, USHER_LEG_NORMAL);
	stage_event(&s, USHER_EV_CONTACT_CLOSED, contact);
	ck_assert_str_eq(activity(s.ann), "idle");
	ck_assert_str_eq(activity(s.dora), "idle");
}
END_TEST

START_TEST(inside__phone_of_who_was_called_hands_on_who_called)
{
	struct fake_verb verb;

	answered();
	usher_channel_transfer(s.phone.channel, bob_leg, "204");
	ck_assert(fake_wait(&s.phone, "transferred", bob_leg, NULL, &verb));
	ck_assert_int_eq(verb.code, 0);
	rung(&from);
}
END_TEST

START_TEST(inside__who_was_called_consults)
{
	uint64_t dora;

	answered();
	ck_assert_int_eq(ask(USHER_REQ_CONSULT, s.bob, "204"), 0);
	dora = rung(&from);
	usher_channel_answered(s.phone.channel, dora);
	joined_with(bob_leg, dora, from);
	/* Who waits is no part of it. */
	ck_assert_int_eq(ask(USHER_REQ_CONSULT_COMPLETE, s.ann, NULL),
			 USHER_ESTATE);
	ck_assert_int_eq(ask(USHER_REQ_CONSULT_CANCEL, s.bob, NULL), 0);
	joined_with(bob_leg, ann_leg, from);
}
END_TEST

START_TEST(inside__either_hangs_up)
{
	const uint64_t who = _i ? s.bob : s.ann;

	answered();
	ck_assert_int_eq(ask(USHER_REQ_HANG_UP, who, NULL), 0);
	ck_assert(fake_wait(&s.phone, "end", ann_leg, NULL, NULL));
	ck_assert(fake_wait(&s.phone, "end", bob_leg, NULL, NULL));
	ck_assert_str_eq(activity(s.ann), "idle");
	ck_assert_str_eq(activity(s.bob), "idle");
}
END_TEST

START_TEST(inside__either_hangs_up_while_it_rings)
{
	const uint64_t who = _i ? s.bob : s.ann;

	ck_assert_int_eq(ask(USHER_REQ_HANG_UP, s.dora, NULL), USHER_ESTATE);
	ck_assert_int_eq(ask(USHER_REQ_HANG_UP, who, NULL), 0);
	ck_assert(fake_wait(&s.phone, "end", ann_leg, NULL, NULL));
	ck_assert(fake_wait(&s.phone, "end", bob_leg, NULL, NULL));
	ck_assert_str_eq(activity(s.ann), "idle");
	ck_assert_str_eq(activity(s.bob), "idle");
}
END_TEST

START_TEST(inside__legs_are_muted_by_whose_they_are)
{
	answered();
	ck_assert_int_eq(ask(USHER_REQ_MUTE, s.bob, NULL), 0);
	ck_assert(fake_wait(&s.phone, "mute", bob_leg, NULL, NULL));
	ck_assert_int_eq(ask(USHER_REQ_MUTE, s.ann, NULL), 0);
	ck_assert(fake_wait(&s.phone, "mute", ann_leg, NULL, NULL));
	ck_assert_int_eq(ask(USHER_REQ_DIGITS, s.bob, "1"), 0);
	ck_assert(fake_wait(&s.phone, "send", ann_leg, NULL, NULL));
	ck_assert_int_eq(ask(USHER_REQ_LEAVE, s.bob, NULL), USHER_ESTATE);
	ck_assert_int_eq(ask(USHER_REQ_LEAVE, s.ann, NULL), USHER_ESTATE);
	ck_assert_int_eq(ask(USHER_REQ_HOLD, s.dora, NULL), USHER_ESTATE);
}
END_TEST

/* Whose one place is taken is not rung, whoever called whom: while it rings
 * (0) and while they talk (1). Their phones are not asked. */
START_TEST(inside__who_talks_is_busy_for_the_next)
{
	const char *const dialed[] = {"201", "202"};
	struct fake_verb verb;
	size_t since, at, i;
	uint64_t leg;

	if (_i)
		answered();
	for (i = 0; i < 2; i++) {
		since = at = now();
		leg = stage_dial(&s, "dora", dialed[i]);
		ck_assert(fake_wait(&s.phone, "end", leg, &at, &verb));
		ck_assert_int_eq(verb.code, USHER_LEG_BUSY);
		ck_assert(!fake_told_since(&s.phone, "ring", since));
		usher_channel_ended(s.phone.channel, leg, USHER_LEG_NORMAL);
	}
}
END_TEST

static TCase *tests(void)
{
	TCase *tc = tcase_create("inside");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, inside__who_was_called_holds_who_called);
	tcase_add_test(tc, inside__who_was_called_hands_on_who_called);
	tcase_add_test(tc,
		       inside__phone_of_who_was_called_hands_on_who_called);
	tcase_add_test(tc, inside__who_was_called_consults);
	tcase_add_loop_test(tc, inside__either_hangs_up, 0, 2);
	tcase_add_loop_test(tc, inside__either_hangs_up_while_it_rings, 0, 2);
	tcase_add_test(tc, inside__legs_are_muted_by_whose_they_are);
	tcase_add_loop_test(tc, inside__who_talks_is_busy_for_the_next, 0, 2);
	return tc;
}

int main(void)
{
	return scene_main("inside", tests());
}
