/* An agent hands the customer on to a flow that their phone has called. */
#include <stdlib.h>
#include <string.h>

#include "scene.h"

static void setup(void)
{
	stage_setup(&s);
	stage_open(&s, false);
	ann_leg = stage_talk(&s, &customer, &contact);
}

static void teardown(void)
{
	stage_teardown(&s);
}

/* An agent's phone calls the flow, and hears its menu. */
static uint64_t calls_flow(const char *agent)
{
	uint64_t leg = stage_dial(&s, agent, "1000");
	struct fake_verb verb;

	ck_assert(fake_wait(&s.phone, "prompt", leg, NULL, &verb));
	ck_assert_str_eq(verb.text, "welcome");
	return leg;
}

/* The phone asks on either of its legs; both end. */
static void hands_on(uint64_t flow_leg, bool by_the_other)
{
	uint64_t asked = by_the_other ? flow_leg : ann_leg;
	struct fake_verb verb;

	usher_channel_transfer_leg(s.phone.channel, asked,
				   by_the_other ? ann_leg : flow_leg);
	ck_assert(fake_wait(&s.phone, "transferred", asked, NULL, &verb));
	ck_assert_int_eq(verb.code, 0);
	ck_assert(fake_wait(&s.phone, "end", ann_leg, NULL, NULL));
	ck_assert(fake_wait(&s.phone, "end", flow_leg, NULL, NULL));
}

static void transferred_to(const char *kind, const char *name)
{
	const struct usher_event *ev =
		stage_event(&s, USHER_EV_TRANSFERRED, contact);

	ck_assert_uint_eq(stage_u64(ev, USHER_F_AGENT), s.ann);
	says(ev, USHER_F_REASON, kind);
	says(ev, USHER_F_NAME, name);
}

START_TEST(flow__begins_with_the_customer)
{
	struct fake_verb verb;
	uint64_t leg;

	leg = calls_flow("ann");
	hands_on(leg, _i);
	transferred_to("entry", "1000");
	ck_assert(fake_wait(&s.phone, "prompt", customer, NULL, &verb));
	ck_assert_str_eq(verb.text, "welcome");
	ck_assert_str_eq(activity(s.ann), "wrap_up");
	ck_assert(!fake_told(&s.phone, "end", customer));
	/* It hears the customer's keys. */
	usher_channel_digit(s.phone.channel, customer, '1', 100);
	stage_event(&s, USHER_EV_QUEUE_ENTERED, contact);
}
END_TEST

START_TEST(flow__that_has_led_to_a_queue_is_that_queue)
{
	uint64_t leg = calls_flow("ann");

	usher_channel_digit(s.phone.channel, leg, '1', 100);
	stage_event(&s, USHER_EV_QUEUE_ENTERED, 0);
	hands_on(leg, _i);
	transferred_to("queue", "sales");
	ck_assert_str_eq(activity(s.ann), "wrap_up");
	ck_assert(!fake_told(&s.phone, "end", customer));
}
END_TEST

START_TEST(flow__that_has_found_an_agent_is_that_agent)
{
	uint64_t leg = calls_flow("ann"), carl;
	size_t from = now();

	usher_channel_digit(s.phone.channel, leg, '1', 100);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.carl, 0, NULL), 0);
	carl = rung(&from);
	usher_channel_answered(s.phone.channel, carl);
	ck_assert(fake_wait(&s.phone, "join", leg, &from, NULL));
	stage_event(&s, USHER_EV_AGENT_JOINED, 0);
	from = now();
	hands_on(leg, _i);
	joined_with(customer, carl, from);
	ck_assert_str_eq(activity(s.ann), "wrap_up");
	ck_assert_str_eq(activity(s.carl), "talking");
}
END_TEST

START_TEST(flow__that_another_has_called_is_not_ones_own)
{
	uint64_t leg = calls_flow("bob");
	struct fake_verb verb;

	usher_channel_transfer_leg(s.phone.channel, ann_leg, leg);
	ck_assert(fake_wait(&s.phone, "transferred", ann_leg, NULL, &verb));
	ck_assert_int_eq(verb.code, USHER_ESTATE);
	ck_assert_str_eq(activity(s.ann), "talking");
	ck_assert(!fake_told(&s.phone, "end", ann_leg));
	ck_assert(!fake_told(&s.phone, "end", leg));
}
END_TEST

/* ann's phone calls bob, who is rung, and hands the customer on. */
static uint64_t hands_on_to_ringing(size_t *from)
{
	uint64_t second, bob;

	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.bob, 0, NULL), 0);
	*from = now();
	second = stage_dial(&s, "ann", "202");
	bob = rung(from);
	usher_channel_ringing(s.phone.channel, bob, 0);
	hands_on(second, false);
	transferred_to("agent", "bob");
	says(stage_event(&s, USHER_EV_CONSULT_ENDED, contact), USHER_F_REASON,
	     "completed");
	ck_assert_str_eq(activity(s.ann), "wrap_up");
	ck_assert(!fake_told(&s.phone, "end", bob));
	ck_assert(!fake_told(&s.phone, "end", customer));
	return bob;
}

START_TEST(agent__who_is_rung_still_has_the_customer_next)
{
	size_t from;
	uint64_t bob = hands_on_to_ringing(&from);

	usher_channel_answered(s.phone.channel, bob);
	joined_with(customer, bob, from);
	ck_assert_str_eq(activity(s.bob), "talking");
}
END_TEST

/* As after any transfer that fails: who transferred is rung. */
START_TEST(agent__who_is_rung_in_vain_gives_the_customer_back)
{
	size_t from;
	uint64_t bob = hands_on_to_ringing(&from), again;

	ck_assert_int_eq(stage_ask(&s, USHER_REQ_WRAP_UP_END, s.ann, 0, NULL),
			 0);
	from = now();
	usher_channel_ended(s.phone.channel, bob, USHER_LEG_BUSY);
	says(stage_event(&s, USHER_EV_TRANSFER_FAILED, contact),
	     USHER_F_REASON, "busy");
	again = rung(&from);
	usher_channel_answered(s.phone.channel, again);
	joined_with(customer, again, from);
	ck_assert_str_eq(activity(s.ann), "talking");
}
END_TEST

static TCase *tests(void)
{
	TCase *tc = tcase_create("attended");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, flow__begins_with_the_customer, 0, 2);
	tcase_add_loop_test(tc, flow__that_has_led_to_a_queue_is_that_queue, 0,
			    2);
	tcase_add_loop_test(tc, flow__that_has_found_an_agent_is_that_agent, 0,
			    2);
	tcase_add_test(tc, flow__that_another_has_called_is_not_ones_own);
	tcase_add_test(tc, agent__who_is_rung_still_has_the_customer_next);
	tcase_add_test(tc, agent__who_is_rung_in_vain_gives_the_customer_back);
	return tc;
}

int main(void)
{
	return scene_main("attended", tests());
}
