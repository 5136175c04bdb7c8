/* Calls outside: where to, how many, for how much. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <center/center.h>
#include <center/outbound.h>

#include "stage.h"

#define MINUTE INT64_C(60000000)

static struct stage s;

static void setup(void)
{
	stage_setup(&s);
	stage_open(&s, false);
}

static void teardown(void)
{
	stage_teardown(&s);
}

static void configure(const struct usher_outbound_conf *outbound)
{
	const struct usher_trunk_conf trunks[] = {
		{.size = sizeof(trunks[0]),
		 .name = "out",
		 .address = "127.44.9.9:5060"},
		{.size = sizeof(trunks[0]),
		 .name = "other",
		 .address = "127.44.9.8:5060",
		 .prefix = "07"},
	};
	struct usher_config *config = stage_config(&s);

	ck_assert_int_eq(usher_config_trunk(config, &trunks[0], NULL), 0);
	ck_assert_int_eq(usher_config_trunk(config, &trunks[1], NULL), 0);
	if (outbound)
		ck_assert_int_eq(usher_config_outbound(config, outbound, NULL),
				 0);
	stage_configure(&s, config);
}

static const char *const home[] = {"+36", "06", ""};
static const char *const dear[] = {"+3690", "0690", "00"};
static const char *const none[] = {"1"};
static const char *const codes[] = {"06", "*31", "*21"};
static const char *const dear_code[] = {"*21*00"};

static const struct {
	const char *number;
	bool by_default, at_home, nowhere_else, but_dear;
} numbers[] = {
	/* default: no list; at home: two prefixes; "1" alone; all but dear */
	{"0612345678", true, true, false, true},
	{"+3612345678", false, true, false, true},
	{"+3690123456", false, true, false, false},
	{"+441234567", false, false, false, true},
	{"00441234567", false, false, false, false},
	{"01144123456", false, false, false, true},
	{"0900123456", false, false, false, true},
	{"19001234567", false, false, true, true},
	{"112", true, false, true, true},
	{"0612345678#", true, true, false, true},
	/* A code in front: hide my number and call, send my calls on to. */
	{"*3100441234567", false, false, false, false},
	{"#31#0690123456", false, false, false, false},
	{"*67011441234567", false, false, false, false},
	{"*21*00441234567#", false, false, false, false},
	/* What hides how it begins is no number. */
	{"(00)441234567", false, false, false, false},
	{" 00441234567", false, false, false, false},
	{"0612345678;x=y", false, false, false, false},
	{"06+12345678", false, false, false, false},
	{"+", false, false, false, false},
	{"", false, false, false, false},
};

static bool goes(struct usher_outbound_conf conf, const char *number)
{
	struct usher_config config = {.outbound = conf};

	return !usher__outbound_destination(&config, number);
}

START_TEST(destination__longest_prefix_decides)
{
	const char *number = numbers[_i].number;

	ck_assert_int_eq(goes((struct usher_outbound_conf){0}, number),
			 numbers[_i].by_default);
	ck_assert_int_eq(goes((struct usher_outbound_conf){.allow = home,
							   .allow_count = 2},
			      number),
			 numbers[_i].at_home);
	ck_assert_int_eq(goes((struct usher_outbound_conf){.allow = none,
							   .allow_count = 1},
			      number),
			 numbers[_i].nowhere_else);
	ck_assert_int_eq(goes((struct usher_outbound_conf){.allow = home,
							   .allow_count = 3,
							   .deny = dear,
							   .deny_count = 3},
			      number),
			 numbers[_i].but_dear);
	/* The same without allow. */
	ck_assert_int_eq(goes((struct usher_outbound_conf){.deny = dear,
							   .deny_count = 3},
			      number),
			 numbers[_i].but_dear);
	/* Of the same length deny wins. */
	ck_assert(!goes((struct usher_outbound_conf){.allow = dear,
						     .allow_count = 3,
						     .deny = dear,
						     .deny_count = 3},
			number));
}
END_TEST

START_TEST(destination__with_a_code_in_front_has_to_be_named)
{
	struct usher_outbound_conf conf = {.allow = codes,
					   .allow_count = 3,
					   .deny = dear_code,
					   .deny_count = 1};

	ck_assert(goes(conf, "*3100441234567"));
	ck_assert(goes(conf, "*21*0612345#"));
	ck_assert(!goes(conf, "*21*00441234567#"));
	ck_assert(!goes(conf, "*6706123456"));
	ck_assert(!goes(conf, "#31#06123456"));
	ck_assert(goes(conf, "06123456"));
}
END_TEST

static const struct usher_event *refused(const char *reason, uint64_t agent)
{
	const struct usher_event *ev = stage_event(&s, USHER_EV_SECURITY, 0);
	const char *text;
	size_t len;

	ck_assert_int_eq(usher_event_str(ev, USHER_F_TEXT, &text, &len), 0);
	ck_assert_str_eq(text, "outbound_refused");
	ck_assert_int_eq(usher_event_str(ev, USHER_F_REASON, &text, &len), 0);
	ck_assert_str_eq(text, reason);
	ck_assert_uint_eq(stage_u64(ev, USHER_F_AGENT), agent);
	return ev;
}

START_TEST(agent__who_dials_abroad_is_refused)
{
	struct fake_verb verb;
	uint64_t leg;

	configure(NULL);
	leg = stage_dial(&s, "ann", "+441234567");
	ck_assert(fake_wait(&s.phone, "end", leg, NULL, &verb));
	ck_assert_int_eq(verb.code, USHER_LEG_REFUSED);
	refused("destination", s.ann);
	ck_assert(!fake_told(&s.phone, "ring", 0));
	stage_dial(&s, "ann", "0612345678");
	ck_assert(fake_wait(&s.phone, "ring", 0, NULL, &verb));
	ck_assert_str_eq(verb.text, "tel:0612345678");
}
END_TEST

START_TEST(transfer__abroad_is_refused)
{
	uint64_t customer, contact;

	configure(NULL);
	stage_talk(&s, &customer, &contact);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_TRANSFER, s.ann, contact,
				   "+441234567"),
			 USHER_EPERM);
	/* They still talk. */
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_TRANSFER, s.ann, contact,
				   "0612345678"),
			 0);
}
END_TEST

START_TEST(calls__of_an_agent_have_a_limit)
{
	const struct usher_outbound_conf conf = {.size = sizeof(conf),
						 .agent_calls = 1};
	struct fake_verb verb;
	size_t from = 0;
	uint64_t leg;

	configure(&conf);
	leg = stage_dial(&s, "ann", "0612345678");
	ck_assert(fake_wait(&s.phone, "ring", 0, &from, &verb));
	stage_dial(&s, "ann", "0612345679");
	refused("agent_calls", s.ann);
	/* Somebody else may. */
	stage_dial(&s, "bob", "0612345678");
	ck_assert(fake_wait(&s.phone, "ring", 0, &from, NULL));
	/* And she when hers is over, whoever ends it. */
	usher_channel_ended(s.phone.channel, leg, USHER_LEG_NORMAL);
	while (stage_u64(stage_event(&s, USHER_EV_LEG_ENDED, 0),
			 USHER_F_LEG) != verb.leg)
		;
	stage_dial(&s, "ann", "0612345678");
	ck_assert(fake_wait(&s.phone, "ring", 0, &from, NULL));
}
END_TEST

START_TEST(calls__over_the_trunk_that_is_tried_first_count_there)
{
	struct usher_trunk_conf trunks[] = {
		{.name = "late", .address = "a", .prefix = "", .priority = 2},
		{.name = "first", .address = "b", .prefix = "", .priority = 1},
		{.name = "own", .address = "c", .prefix = "07", .priority = 3},
	};
	struct usher_config config = {.trunks = trunks, .trunk_count = 3};

	ck_assert_str_eq(usher__outbound_trunk(&config, "0612"), "first");
	ck_assert_str_eq(usher__outbound_trunk(&config, "0712"), "own");
	trunks[1].priority = 2; /* the first of equals */
	ck_assert_str_eq(usher__outbound_trunk(&config, "0612"), "late");
	trunks[0].address = NULL; /* calls us, and is not called */
	ck_assert_str_eq(usher__outbound_trunk(&config, "0612"), "first");
	trunks[1].address = NULL;
	ck_assert_str_eq(usher__outbound_trunk(&config, "0612"), "");
}
END_TEST

/* erin has a phone abroad, and another number. */
static void mobile(uint32_t agent_calls)
{
	static const char *const ends[] = {"tel:+44611", "tel:0612"};
	static const char *const room[] = {"voice=2", "total=2"};
	const struct usher_outbound_conf conf = {.size = sizeof(conf),
						 .agent_calls = agent_calls};
	const struct usher_trunk_conf trunk = {.size = sizeof(trunk),
					       .name = "out",
					       .address = "127.44.9.9:5060"};
	const struct usher_agent_conf erin = {.size = sizeof(erin),
					      .name = "erin",
					      .extension = "205",
					      .endpoints = ends,
					      .endpoint_count = 2,
					      .capacity = room,
					      .capacity_count = 2};
	struct usher_config *config = stage_config(&s);

	ck_assert_int_eq(usher_config_trunk(config, &trunk, NULL), 0);
	ck_assert_int_eq(usher_config_outbound(config, &conf, NULL), 0);
	ck_assert_int_eq(usher_config_agent(config, &erin, NULL), 0);
	stage_configure(&s, config);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN,
				   usher_center_agent_id(s.center, "erin"), 0,
				   NULL),
			 0);
}

START_TEST(calls__to_the_mobile_phone_of_an_agent_count)
{
	const char *const dialed[] = {"1002", "205"};
	struct fake_verb verb;
	size_t from = 0;
	uint64_t erin;

	mobile(1);
	erin = usher_center_agent_id(s.center, "erin");
	/* By a queue, or by number: anywhere, but one at a time. */
	stage_arrive(&s.phone, dialed[_i], "555");
	ck_assert(fake_wait(&s.phone, "ring", 0, &from, &verb));
	ck_assert_str_eq(verb.text, "tel:+44611");
	usher_channel_answered(s.phone.channel, verb.leg);
	stage_event(&s, USHER_EV_LEG_ANSWERED, 0);
	stage_dial(&s, "ann", "205");
	refused("agent_calls", erin);
}
END_TEST

START_TEST(calls__over_a_trunk_and_of_the_center_have_a_limit)
{
	const struct usher_outbound_conf conf = {
		.size = sizeof(conf), .trunk_calls = 1, .calls = 2};

	configure(&conf);
	stage_dial(&s, "ann", "0612345678");
	stage_dial(&s, "bob", "0612345678");
	refused("trunk_calls", s.bob);
	stage_dial(&s, "carl", "0712345678");
	stage_dial(&s, "dora", "0712345678");
	refused("trunk_calls", s.dora);
	ck_assert(fake_wait(&s.phone, "ring", 0, NULL, NULL));
}
END_TEST

START_TEST(calls__of_the_center_have_a_limit)
{
	const struct usher_outbound_conf conf = {.size = sizeof(conf),
						 .calls = 1};

	configure(&conf);
	stage_dial(&s, "ann", "0612345678");
	stage_dial(&s, "bob", "0712345678");
	refused("center_calls", s.bob);
}
END_TEST

/* What was noted between two turns is told in the next. */
static void turn(void)
{
	stage_post(&s, USHER_REQ_SIGN_IN, s.bob, 0, 0, NULL);
}

/* Who dials and dials makes one event a second, with the count. */
static void insist(struct usher_center *center, void *arg)
{
	const int64_t before = center->now_us;
	int i;

	(void)arg;
	for (i = 0; i < 1000; i++)
		ck_assert_int_eq(usher__outbound_check(center, 7, "+1", NULL),
				 USHER_EPERM);
	center->now_us += MINUTE;
	ck_assert_int_eq(usher__outbound_check(center, 7, "+1", NULL),
			 USHER_EPERM);
	center->now_us = before;
}

START_TEST(events__of_who_insists_are_few)
{
	configure(NULL);
	stage_inside(&s, insist, NULL);
	turn();
	ck_assert_uint_eq(stage_u64(refused("destination", 7), USHER_F_COUNT),
			  1);
	ck_assert_uint_eq(stage_u64(refused("destination", 7), USHER_F_COUNT),
			  1000);
}
END_TEST

static void insist_once(struct usher_center *center, void *arg)
{
	int i;

	(void)arg;
	for (i = 0; i < 100; i++) {
		ck_assert_int_eq(usher__outbound_check(center, 7, "+1", NULL),
				 USHER_EPERM);
		ck_assert_int_eq(usher__outbound_check(center, 0, "+1", NULL),
				 USHER_EPERM);
	}
}

/* Nor are those of one second forgotten, after whom nobody comes. */
START_TEST(events__of_who_insisted_are_told_by_themselves)
{
	configure(NULL);
	stage_inside(&s, insist_once, NULL);
	turn();
	ck_assert_uint_eq(stage_u64(refused("destination", 7), USHER_F_COUNT),
			  1);
	ck_assert_uint_eq(stage_u64(refused("destination", 0), USHER_F_COUNT),
			  1);
	ck_assert_uint_eq(stage_u64(refused("destination", 0), USHER_F_COUNT),
			  99);
	ck_assert_uint_eq(stage_u64(refused("destination", 7), USHER_F_COUNT),
			  99);
}
END_TEST

static void no_prefixes(const char *text, bool price)
{
	const char *const list[] = {text};
	struct usher_outbound_conf conf = {.size = sizeof(conf)};
	struct usher_config *config;

	conf.allow = price ? NULL : list;
	conf.allow_count = !price;
	conf.prices = price ? list : NULL;
	conf.price_count = price;
	ck_assert_int_eq(usher_config_new(&config), 0);
	ck_assert_int_eq(usher_config_outbound(config, &conf, NULL),
			 USHER_EINVAL);
	usher_config_free(config);
}

START_TEST(config__refuses_what_is_no_prefix)
{
	static const char *const bad[] = {"x", "+36 1", "36+", "06=1", " "};
	static const char *const bad_prices[] = {
		"06", "06=", "06=x", "06=1.5", "=-1", "06=1234567890123456"};
	struct usher_outbound_conf conf = {.size = sizeof(conf)};
	const char *many[USHER__PREFIXES_MAX + 1];
	struct usher_config *config;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		no_prefixes(bad[i], false);
	for (i = 0; i < sizeof(bad_prices) / sizeof(bad_prices[0]); i++)
		no_prefixes(bad_prices[i], true);
	for (i = 0; i <= USHER__PREFIXES_MAX; i++)
		many[i] = "06";
	ck_assert_int_eq(usher_config_new(&config), 0);
	conf.deny = many;
	conf.deny_count = USHER__PREFIXES_MAX + 1;
	ck_assert_int_eq(usher_config_outbound(config, &conf, NULL),
			 USHER_EFULL);
	conf.deny_count = USHER__PREFIXES_MAX;
	ck_assert_int_eq(usher_config_outbound(config, &conf, NULL), 0);
	conf.size = 4;
	ck_assert_int_eq(usher_config_outbound(config, &conf, NULL),
			 USHER_EINVAL);
	usher_config_free(config);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("center-outbound");
	TCase *plain = tcase_create("plain"), *tc = tcase_create("outbound");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(plain, destination__longest_prefix_decides, 0,
			    sizeof(numbers) / sizeof(numbers[0]));
	tcase_add_test(plain,
		       destination__with_a_code_in_front_has_to_be_named);
	tcase_add_test(plain, config__refuses_what_is_no_prefix);
	tcase_add_test(plain,
		       calls__over_the_trunk_that_is_tried_first_count_there);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, calls__to_the_mobile_phone_of_an_agent_count,
			    0, 2);
	tcase_add_test(tc, agent__who_dials_abroad_is_refused);
	tcase_add_test(tc, transfer__abroad_is_refused);
	tcase_add_test(tc, calls__of_an_agent_have_a_limit);
	tcase_add_test(tc, calls__over_a_trunk_and_of_the_center_have_a_limit);
	tcase_add_test(tc, calls__of_the_center_have_a_limit);
	tcase_add_test(tc, events__of_who_insists_are_few);
	tcase_add_test(tc, events__of_who_insisted_are_told_by_themselves);
	suite_add_tcase(suite, plain);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
