/* Endpoints of an agent: one after the other, and who accepts there. */
#include <check.h>
#include <stdlib.h>

#include "center/center.h"
#include "center/config.h"
#include "stage.h"

static struct stage s;
static uint64_t customer, contact;
static size_t from;

static void configure(const char *const *ends, uint32_t count)
{
	const struct usher_agent_conf erin = {.size = sizeof(erin),
					      .name = "erin",
					      .account = "erin",
					      .extension = "205",
					      .endpoints = ends,
					      .endpoint_count = count};
	struct usher_config *config = stage_config(&s);
	uint64_t request;

	ck_assert_int_eq(usher_config_agent(config, &erin, NULL), 0);
	ck_assert_int_eq(
		usher_center_configure(s.center, config, &request, NULL), 0);
	ck_assert_int_eq(stage_outcome(&s, request), 0);
}

static const char *const chain[] = {"phone ring=7", "tel:0611 ring=5 accept",
				    "sip:erin@home"};

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

static uint64_t erin(void)
{
	return usher_center_agent_id(s.center, "erin");
}

/* Somebody at 1002, who is offered to erin: her first endpoint. */
static uint64_t offered(const char *const *ends, uint32_t count)
{
	struct fake_verb verb;

	configure(ends, count);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, erin(), 0, NULL), 0);
	customer = stage_arrive(&s.phone, "1002", "555");
	contact = stage_event(&s, USHER_EV_OFFER_MADE, 0)->contact;
	ck_assert(fake_wait(&s.phone, "ring", 0, &from, &verb));
	return verb.leg;
}

static uint64_t next_is(const char *address)
{
	struct fake_verb verb;

	ck_assert(fake_wait(&s.phone, "ring", 0, &from, &verb));
	ck_assert_str_eq(verb.text, address);
	return verb.leg;
}

static void says(const struct usher_event *ev, uint32_t field,
		 const char *expected)
{
	const char *text;

	ck_assert_int_eq(usher_event_str(ev, field, &text, NULL), 0);
	ck_assert_str_eq(text, expected);
}

START_TEST(endpoint__is_read)
{
	static const char *const bad[] = {"",
					  " x",
					  "phone ring=",
					  "phone ring=0",
					  "phone ring=x",
					  "phone soon",
					  "phone ring=9999",
					  "a ring=5x"};
	struct usher__endpoint e;
	size_t i;

	ck_assert_int_eq(usher__endpoint_read("tel:1 ring=20s  accept", &e),
			 0);
	ck_assert_str_eq(e.address, "tel:1");
	ck_assert_uint_eq(e.ring_ms, 20000);
	ck_assert(e.accept);
	ck_assert_int_eq(usher__endpoint_read("phone", &e), 0);
	ck_assert(!e.accept && !e.ring_ms);
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ck_assert_msg(usher__endpoint_read(bad[i], &e) == USHER_EINVAL,
			      "%s", bad[i]);
}
END_TEST

START_TEST(endpoint__follows_the_one_before)
{
	uint64_t leg = offered(chain, 3);

	usher_channel_ended(s.phone.channel, leg, USHER_LEG_BUSY);
	says(stage_event(&s, USHER_EV_LEG_ENDED, contact), USHER_F_REASON,
	     "busy");
	leg = next_is("tel:0611");
	usher_channel_ended(s.phone.channel, leg, USHER_LEG_UNREACHABLE);
	says(stage_event(&s, USHER_EV_LEG_ENDED, contact), USHER_F_REASON,
	     "unreachable");
	leg = next_is("sip:erin@home");
	usher_channel_ended(s.phone.channel, leg, USHER_LEG_NO_ANSWER);
	says(stage_event(&s, USHER_EV_OFFER_MISSED, contact), USHER_F_REASON,
	     "no_answer");
	/* And the customer has the old place. */
	ck_assert(!fake_told(&s.phone, "end", customer));
}
END_TEST

/* Nor is the agent to blame who was not rung for want of something of ours. */
START_TEST(endpoint__without_room_for_it_is_no_miss)
{
	struct fake_verb verb;
	const struct usher_event *ev;

	fake_set(&s.phone, &s.phone.mute, "ring");
	configure(chain, 1);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, erin(), 0, NULL), 0);
	customer = stage_arrive(&s.phone, "1002", "555");
	contact = stage_event(&s, USHER_EV_OFFER_MADE, 0)->contact;
	ck_assert(fake_wait(&s.phone, "ring", 0, &from, &verb));
	usher_channel_done(s.phone.channel, verb.req,
			   _i ? USHER_EINVAL : USHER_EFULL, 0);
	says(stage_event(&s, USHER_EV_LEG_ENDED, contact), USHER_F_REASON,
	     _i ? "unreachable" : "overload");
	ev = stage_event(&s,
			 _i ? USHER_EV_OFFER_MISSED : USHER_EV_OFFER_WITHDRAWN,
			 contact);
	says(ev, USHER_F_REASON, _i ? "unreachable" : "no_room");
	ck_assert(!fake_told(&s.phone, "end", customer));
}
END_TEST

/* But who did not answer at another one has. */
START_TEST(endpoint__without_room_after_one_that_rang)
{
	struct fake_verb verb;

	fake_set(&s.phone, &s.phone.mute, "ring");
	configure(chain, 2);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, erin(), 0, NULL), 0);
	customer = stage_arrive(&s.phone, "1002", "555");
	contact = stage_event(&s, USHER_EV_OFFER_MADE, 0)->contact;
	ck_assert(fake_wait(&s.phone, "ring", 0, &from, &verb));
	usher_channel_done(s.phone.channel, verb.req, 0, 0);
	usher_channel_ended(s.phone.channel, verb.leg, USHER_LEG_NO_ANSWER);
	ck_assert(fake_wait(&s.phone, "ring", 0, &from, &verb));
	usher_channel_done(s.phone.channel, verb.req, USHER_EFULL, 0);
	says(stage_event(&s, USHER_EV_OFFER_MISSED, contact), USHER_F_REASON,
	     "unreachable");
}
END_TEST

/* Nor who could not even be called. */
START_TEST(endpoint__without_a_leg_is_no_miss)
{
	configure(chain, 1);
	customer = stage_arrive(&s.phone, "1002", "555");
	contact = stage_event(&s, USHER_EV_QUEUE_ENTERED, 0)->contact;
	atomic_fetch_add(&s.center->party_count, USHER__PARTIES_MAX);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, erin(), 0, NULL), 0);
	says(stage_event(&s, USHER_EV_OFFER_WITHDRAWN, contact),
	     USHER_F_REASON, "no_room");
	atomic_fetch_sub(&s.center->party_count, USHER__PARTIES_MAX);
}
END_TEST

/* Who is asked at an application meanwhile may still take it. */
START_TEST(endpoint__without_room_leaves_it_to_others)
{
	static const char *const queues[] = {"all"}, *const app[] = {"app"};
	const struct usher_queue_conf all = {
		.size = sizeof(all), .name = "all", .policy = "ring_all"};
	const struct usher_entry_conf entry = {
		.size = sizeof(entry), .address = "1009", .queue = "all"};
	struct usher_agent_conf agent = {.size = sizeof(agent),
					 .name = "erin",
					 .account = "erin",
					 .endpoints = chain,
					 .endpoint_count = 1,
					 .queues = queues,
					 .queue_count = 1};
	struct usher_config *config = stage_config(&s);
	const struct usher_event *ev;
	uint64_t request, fred, offer;
	struct fake_verb verb;

	ck_assert_int_eq(usher_config_queue(config, &all, NULL), 0);
	ck_assert_int_eq(usher_config_entry(config, &entry, NULL), 0);
	ck_assert_int_eq(usher_config_agent(config, &agent, NULL), 0);
	agent.name = "fred";
	agent.account = NULL;
	agent.endpoints = app;
	ck_assert_int_eq(usher_config_agent(config, &agent, NULL), 0);
	ck_assert_int_eq(
		usher_center_configure(s.center, config, &request, NULL), 0);
	ck_assert_int_eq(stage_outcome(&s, request), 0);
	fred = usher_center_agent_id(s.center, "fred");
	fake_set(&s.phone, &s.phone.mute, "ring");
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, erin(), 0, NULL), 0);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, fred, 0, NULL), 0);
	customer = stage_arrive(&s.phone, "1009", "555");
	do
		ev = stage_event(&s, USHER_EV_OFFER_MADE, 0);
	while (stage_u64(ev, USHER_F_AGENT) != fred);
	offer = stage_u64(ev, USHER_F_OFFER);
	contact = ev->contact;
	ck_assert(fake_wait(&s.phone, "ring", 0, &from, &verb));
	usher_channel_done(s.phone.channel, verb.req, USHER_EFULL, 0);
	says(stage_event(&s, USHER_EV_OFFER_REJECTED, contact), USHER_F_REASON,
	     "no_room");
	ck_assert_int_eq(stage_outcome(&s, stage_post(&s, USHER_REQ_ACCEPT,
						      fred, 0, offer, NULL)),
			 0);
}
END_TEST

/* The number outside has answered. */
static uint64_t asked(void)
{
	uint64_t leg = offered(chain, 3);

	usher_channel_ended(s.phone.channel, leg, USHER_LEG_NO_ANSWER);
	leg = next_is("tel:0611");
	usher_channel_answered(s.phone.channel, leg);
	ck_assert(fake_wait(&s.phone, "prompt", leg, NULL, NULL));
	ck_assert(!fake_told(&s.phone, "join", 0));
	return leg;
}

START_TEST(endpoint__outside_accepts_by_a_digit)
{
	uint64_t leg = asked();

	usher_channel_digit(s.phone.channel, leg, '1', 100);
	stage_event(&s, USHER_EV_AGENT_JOINED, contact);
	ck_assert(fake_wait(&s.phone, "join", customer, NULL, NULL));
}
END_TEST

/* Who calls 1005 is offered to erin, with these endpoints, for so long. */
static void offered_for(int64_t ms, const char *const *ends, uint32_t count,
			bool together)
{
	const struct usher_queue_conf own = {.size = sizeof(own),
					     .name = "own",
					     .offer_timeout_ms = (uint32_t)ms};
	const struct usher_entry_conf entry = {
		.size = sizeof(entry), .address = "1005", .queue = "own"};
	const struct usher_agent_conf conf = {.size = sizeof(conf),
					      .name = "erin",
					      .account = "erin",
					      .endpoints = ends,
					      .endpoint_count = count,
					      .ring_together = together};
	struct usher_config *config = stage_config(&s);

	ck_assert_int_eq(usher_config_queue(config, &own, NULL), 0);
	ck_assert_int_eq(usher_config_entry(config, &entry, NULL), 0);
	ck_assert_int_eq(usher_config_agent(config, &conf, NULL), 0);
	stage_configure(&s, config);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, erin(), 0, NULL), 0);
	stage_arrive(&s.phone, "1005", "555");
}

/* Its own time to ring is longer, and nobody is to answer what is missed. */
START_TEST(endpoint__stops_ringing_when_its_offer_is_over)
{
	static const char *const ends[] = {"phone ring=600"};
	struct fake_verb verb;
	uint64_t leg;

	offered_for(300, ends, 1, false);
	leg = next_is("phone");
	says(stage_event(&s, USHER_EV_OFFER_MISSED, 0), USHER_F_REASON,
	     "timeout");
	ck_assert(fake_wait(&s.phone, "end", leg, NULL, &verb));
	ck_assert_int_eq(verb.code, USHER_LEG_CANCELED);
}
END_TEST

/* Its own time, or an equal share of what is left of the offer's. */
START_TEST(endpoint__rings_for_its_time)
{
	static const struct {
		const char *const ends[3];
		bool together;
		uint32_t s[3];
	} cases[] = {
		{{"phone", "tel:0611", "sip:erin@home"},
		 false,
		 {200, 300, 600}},
		{{"phone ring=7", "tel:0611 ring=5", "sip:erin@home"},
		 false,
		 {7, 5, 600}},
		{{"phone ring=7", "tel:0611", "sip:erin@home"},
		 false,
		 {7, 300, 600}},
		{{"phone", "tel:0611 ring=9", "sip:erin@home ring=600"},
		 true,
		 {600, 9, 600}},
	};
	struct fake_verb verb;
	int i;

	offered_for(600000, cases[_i].ends, 3, cases[_i].together);
	for (i = 0; i < 3; i++) {
		ck_assert(fake_wait(&s.phone, "ring", 0, &from, &verb));
		ck_assert_uint_le(verb.timeout_ms, cases[_i].s[i] * 1000);
		/* Of what is left a little is gone. */
		ck_assert_uint_ge(verb.timeout_ms,
				  cases[_i].s[i] * 1000 -
					  (cases[_i].s[i] < 10 ? 0 : 60000));
		if (!cases[_i].together)
			usher_channel_ended(s.phone.channel, verb.leg,
					    USHER_LEG_NO_ANSWER);
	}
}
END_TEST

START_TEST(endpoint__outside_that_does_not_accept_is_passed_over)
{
	uint64_t leg = asked();

	usher_channel_digit(s.phone.channel, leg, '2', 100);
	ck_assert(fake_wait(&s.phone, "end", leg, NULL, NULL));
	leg = next_is("sip:erin@home");
	usher_channel_answered(s.phone.channel, leg);
	stage_event(&s, USHER_EV_AGENT_JOINED, contact);
}
END_TEST

START_TEST(endpoint__whose_voicemail_hangs_up_has_not_answered)
{
	uint64_t leg = asked();

	usher_channel_ended(s.phone.channel, leg, USHER_LEG_NORMAL);
	next_is("sip:erin@home");
}
END_TEST

START_TEST(endpoint__that_is_asked_when_the_customer_leaves_goes_too)
{
	uint64_t leg = asked();

	usher_channel_ended(s.phone.channel, customer, USHER_LEG_NORMAL);
	ck_assert(fake_wait(&s.phone, "end", leg, NULL, NULL));
	stage_event(&s, USHER_EV_CONTACT_CLOSED, contact);
}
END_TEST

START_TEST(endpoint__list_ends_with_voicemail)
{
	static const char *const ends[] = {"phone", "voicemail"};
	const struct usher_event *ev;
	struct fake_verb verb;
	uint64_t leg;

	fake_set(&s.phone, &s.phone.mute, "record");
	leg = offered(ends, 2);
	usher_channel_ended(s.phone.channel, leg, USHER_LEG_NO_ANSWER);
	ev = stage_event(&s, USHER_EV_QUEUE_LEFT, contact);
	ck_assert_uint_eq(stage_u64(ev, USHER_F_LEAVE), USHER_LEAVE_VOICEMAIL);
	ck_assert(fake_wait(&s.phone, "record", customer, NULL, &verb));
	usher_channel_done(s.phone.channel, verb.req, 0, 4000);
	says(stage_event(&s, USHER_EV_VOICEMAIL_LEFT, contact), USHER_F_NAME,
	     "erin");
	stage_event(&s, USHER_EV_CONTACT_CLOSED, contact);
}
END_TEST

START_TEST(endpoint__list_of_an_extension_ends_with_voicemail)
{
	static const char *const ends[] = {"phone", "tel:0611", "voicemail"};
	struct fake_verb verb;

	fake_set(&s.phone, &s.phone.mute, "record");
	configure(ends, 3);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, erin(), 0, NULL), 0);
	customer = stage_arrive(&s.phone, "205", "555");
	usher_channel_ended(s.phone.channel, next_is("phone"),
			    USHER_LEG_NO_ANSWER);
	usher_channel_ended(s.phone.channel, next_is("tel:0611"),
			    USHER_LEG_NO_ANSWER);
	ck_assert(fake_wait(&s.phone, "accept", customer, NULL, NULL));
	ck_assert(fake_wait(&s.phone, "record", customer, NULL, &verb));
	usher_channel_done(s.phone.channel, verb.req, 0, 4000);
	stage_event(&s, USHER_EV_VOICEMAIL_LEFT, 0);
	stage_event(&s, USHER_EV_CONTACT_CLOSED, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("endpoint");
	TCase *tc = tcase_create("endpoint");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, endpoint__is_read);
	tcase_add_test(tc, endpoint__follows_the_one_before);
	tcase_add_loop_test(tc, endpoint__without_room_for_it_is_no_miss, 0,
			    2);
	tcase_add_test(tc, endpoint__without_room_after_one_that_rang);
	tcase_add_test(tc, endpoint__without_room_leaves_it_to_others);
	tcase_add_test(tc, endpoint__without_a_leg_is_no_miss);
	tcase_add_test(tc, endpoint__outside_accepts_by_a_digit);
	tcase_add_test(tc, endpoint__stops_ringing_when_its_offer_is_over);
	tcase_add_loop_test(tc, endpoint__rings_for_its_time, 0, 4);
	tcase_add_test(tc,
		       endpoint__outside_that_does_not_accept_is_passed_over);
	tcase_add_test(tc,
		       endpoint__whose_voicemail_hangs_up_has_not_answered);
	tcase_add_test(
		tc, endpoint__that_is_asked_when_the_customer_leaves_goes_too);
	tcase_add_test(tc, endpoint__list_ends_with_voicemail);
	tcase_add_test(tc, endpoint__list_of_an_extension_ends_with_voicemail);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
