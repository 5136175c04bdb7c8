/* Offers while there is nothing to ring with. */
#include "scene.h"

static size_t from;

static void setup(void)
{
	stage_setup(&s);
	stage_open(&s, true);
	from = 0;
}

static void teardown(void)
{
	stage_teardown(&s);
}

/* Three agents, and a customer whom the first of them is offered. */
static void three_free(void)
{
	static const char *const phone[] = {"phone"};
	static const char *const names[] = {"erin", "fred", "gwen"};
	struct usher_agent_conf agent = {.size = sizeof(agent),
					 .endpoints = phone,
					 .endpoint_count = 1};
	struct usher_config *config = stage_config(&s);
	uint64_t request;
	size_t i;

	for (i = 0; i < 3; i++) {
		agent.name = agent.account = names[i];
		ck_assert_int_eq(usher_config_agent(config, &agent, NULL), 0);
	}
	ck_assert_int_eq(
		usher_center_configure(s.center, config, &request, NULL), 0);
	ck_assert_int_eq(stage_outcome(&s, request), 0);
	for (i = 0; i < 3; i++)
		ck_assert_int_eq(
			stage_ask(&s, USHER_REQ_SIGN_IN,
				  usher_center_agent_id(s.center, names[i]), 0,
				  NULL),
			0);
	fake_set(&s.phone, &s.phone.mute, "ring");
	customer = stage_arrive(&s.phone, "1002", "555");
	contact = stage_event(&s, USHER_EV_OFFER_MADE, 0)->contact;
}

/* There is no room to ring for it, and the next offer stands. */
static void no_room(void)
{
	struct fake_verb verb;

	ck_assert(fake_wait(&s.phone, "ring", 0, &from, &verb));
	usher_channel_done(s.phone.channel, verb.req, USHER_EFULL, 0);
	says(stage_event(&s, USHER_EV_OFFER_WITHDRAWN, contact),
	     USHER_F_REASON, "no_room");
	stage_event(&s, USHER_EV_OFFER_MADE, contact);
}

/* Where there is no room for one there is none for the next: nobody is offered
 * round, and who waits is rung as soon as there is. */
START_TEST(offers__stand_while_there_is_no_room)
{
	const struct usher_event *ev;
	struct fake_verb verb;
	size_t i;

	three_free();
	for (i = 0; i < 2; i++) {
		no_room();
		/* The next one is not rung for a while. */
		ck_assert(!fake_told_since(&s.phone, "ring", from));
		/* Nor does somebody come who would take what it needs. */
		ck_assert(fake_wait(&s.phone, "refuse",
				    stage_arrive(&s.phone, "1002", "557"),
				    NULL, NULL));
	}
	ck_assert(fake_wait(&s.phone, "ring", 0, &from, &verb));
	usher_channel_done(s.phone.channel, verb.req, 0, 0);
	usher_channel_answered(s.phone.channel, verb.leg);
	stage_event(&s, USHER_EV_OFFER_ACCEPTED, contact);
	/* And the next contact's agent at once. */
	stage_arrive(&s.phone, "1002", "556");
	ev = stage_event(&s, USHER_EV_OFFER_MADE, 0);
	ck_assert_uint_ne(ev->contact, contact);
	ck_assert(fake_told_since(&s.phone, "ring", from));
}
END_TEST

/* Nor is anybody refused for whom nobody waits any more. */
START_TEST(offer__that_stood_for_who_left_refuses_nobody)
{
	three_free();
	no_room();
	usher_channel_ended(s.phone.channel, customer, USHER_LEG_NORMAL);
	stage_event(&s, USHER_EV_CONTACT_CLOSED, contact);
	stage_arrive(&s.phone, "1002", "556");
	ck_assert_uint_ne(stage_event(&s, USHER_EV_OFFER_MADE, 0)->contact,
			  contact);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("crowded");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, offers__stand_while_there_is_no_room);
	tcase_add_test(tc, offer__that_stood_for_who_left_refuses_nobody);
	return scene_main("crowded", tc);
}
