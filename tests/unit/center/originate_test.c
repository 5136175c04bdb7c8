/* Calls by a click, to a number outside and to a colleague. */
#include "scene.h"

/* A way out. */
static void configure(void)
{
	const struct usher_trunk_conf trunk = {.size = sizeof(trunk),
					       .name = "out",
					       .address = "127.44.9.9:5060"};
	struct usher_config *config = stage_config(&s);
	uint64_t request;

	ck_assert_int_eq(usher_config_trunk(config, &trunk, NULL), 0);
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

static uint64_t originate(uint32_t flags, size_t *from)
{
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.ann, 0, NULL), 0);
	*from = now();
	post((struct usher_request){.type = USHER_REQ_ORIGINATE,
				    .agent = s.ann,
				    .text = "0612345678",
				    .flags = flags});
	contact = stage_event(&s, USHER_EV_CONTACT_STARTED, 0)->contact;
	return rung(from);
}

START_TEST(originate__rings_the_agent_first)
{
	struct fake_verb verb;
	size_t from;
	uint64_t leg;

	configure();
	leg = originate(0, &from);
	ck_assert_str_eq(activity(s.ann), "ringing");
	usher_channel_answered(s.phone.channel, leg);
	ck_assert(fake_wait(&s.phone, "ring", 0, &from, &verb));
	ck_assert_str_eq(verb.text, "tel:0612345678");
	usher_channel_answered(s.phone.channel, verb.leg);
	ck_assert(fake_wait(&s.phone, "join", 0, &from, NULL));
	ck_assert_str_eq(activity(s.ann), "talking");
	usher_channel_ended(s.phone.channel, verb.leg, USHER_LEG_NORMAL);
	stage_event(&s, USHER_EV_CONTACT_CLOSED, contact);
	ck_assert_str_eq(activity(s.ann), "idle");
}
END_TEST

START_TEST(originate__rings_the_customer_first)
{
	struct fake_verb verb;
	size_t from;
	uint64_t leg;

	configure();
	leg = originate(USHER_REQUEST_CUSTOMER_FIRST, &from);
	usher_channel_answered(s.phone.channel, leg);
	ck_assert(fake_wait(&s.phone, "ring", 0, &from, &verb));
	ck_assert_str_eq(verb.text, "phone");
	usher_channel_answered(s.phone.channel, verb.leg);
	ck_assert(fake_wait(&s.phone, "join", leg, &from, NULL));
	ck_assert_str_eq(activity(s.ann), "talking");
}
END_TEST

START_TEST(originate__frees_everybody_when_one_does_not_answer)
{
	static const uint32_t ways[] = {0, USHER_REQUEST_CUSTOMER_FIRST};
	size_t from, i, second;
	uint64_t leg;

	configure();
	for (i = 0; i < 2; i++)
		for (second = 0; second < 2; second++) {
			leg = originate(ways[i], &from);
			if (second) {
				usher_channel_answered(s.phone.channel, leg);
				leg = rung(&from);
			}
			usher_channel_ended(s.phone.channel, leg,
					    USHER_LEG_BUSY);
			stage_event(&s, USHER_EV_CONTACT_CLOSED, contact);
			ck_assert_str_eq(activity(s.ann), "idle");
		}
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_ORIGINATE, s.ann, 0, "bob"),
			 USHER_EINVAL);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_ORIGINATE, s.bob, 0, "0612"),
			 USHER_ESTATE);
}
END_TEST

static int64_t click(const char *number, uint32_t flags)
{
	return ask_this((struct usher_request){.type = USHER_REQ_ORIGINATE,
					       .agent = s.ann,
					       .text = number,
					       .flags = flags});
}

static void bob_comes(void)
{
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.bob, 0, NULL), 0);
	ck_assert_int_eq(usher_channel_registered(s.phone.channel, "bob",
						  "sip:bob", 60000),
			 0);
	stage_event(&s, USHER_EV_ENDPOINT_REGISTERED, 0);
}

/* Before ann's own phone rings. */
START_TEST(originate__tells_that_a_colleague_cannot_be_reached)
{
	size_t from = now();

	configure();
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.ann, 0, NULL), 0);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.bob, 0, NULL), 0);
	ck_assert_int_eq(click("202", 0), USHER_ESTATE); /* no phone */
	ck_assert(!fake_told_since(&s.phone, "ring", from));
	bob_comes();
	post((struct usher_request){.type = USHER_REQ_ORIGINATE,
				    .agent = s.bob,
				    .text = "0612345678"});
	rung(&from);
	ck_assert_int_eq(click("202", 0), USHER_ESTATE); /* another call */
	ck_assert(!fake_told_since(&s.phone, "ring", from));
	ck_assert_str_eq(activity(s.ann), "idle");
}
END_TEST

/* As one who was dialed: bob's part is the same segment, by the same events.
 */
START_TEST(originate__reaches_a_colleague)
{
	size_t from = now();
	uint64_t bob;

	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.ann, 0, NULL), 0);
	ck_assert_int_eq(click("202", 0), USHER_ESTATE);
	bob_comes();
	ck_assert_int_eq(click("202", USHER_REQUEST_CUSTOMER_FIRST),
			 USHER_EINVAL);
	ck_assert_int_eq(click("201", 0), USHER_EINVAL);
	ck_assert(!fake_told_since(&s.phone, "ring", from));
	post((struct usher_request){
		.type = USHER_REQ_ORIGINATE, .agent = s.ann, .text = "202"});
	contact = stage_event(&s, USHER_EV_CONTACT_STARTED, 0)->contact;
	ann_leg = rung(&from);
	ck_assert_str_eq(activity(s.bob), "idle");
	usher_channel_answered(s.phone.channel, ann_leg);
	bob = rung(&from);
	ck_assert_str_eq(activity(s.bob), "ringing");
	usher_channel_answered(s.phone.channel, bob);
	stage_event(&s, USHER_EV_AGENT_ANSWERED, contact);
	joined_with(ann_leg, bob, from);
	ck_assert_str_eq(activity(s.ann), "talking");
	ck_assert_str_eq(activity(s.bob), "talking");
	ck_assert_int_eq(ask(USHER_REQ_HOLD, s.bob, NULL), 0);
	ck_assert(fake_wait(&s.phone, "hold", ann_leg, NULL, NULL));
	usher_channel_ended(s.phone.channel, bob, USHER_LEG_NORMAL);
	stage_event(&s, USHER_EV_CONTACT_CLOSED, contact);
	ck_assert_str_eq(activity(s.ann), "idle");
	ck_assert_str_eq(activity(s.bob), "idle");
}
END_TEST

/* Whose own phone has rung first, and to no purpose. */
START_TEST(originate__is_over_when_a_colleague_is_busy_or_does_not_answer)
{
	size_t from = now();

	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.ann, 0, NULL), 0);
	bob_comes();
	post((struct usher_request){
		.type = USHER_REQ_ORIGINATE, .agent = s.ann, .text = "202"});
	contact = stage_event(&s, USHER_EV_CONTACT_STARTED, 0)->contact;
	ann_leg = rung(&from);
	if (_i)
		ck_assert_int_eq(
			stage_ask(&s, USHER_REQ_PAUSE, s.bob, 0, NULL), 0);
	usher_channel_answered(s.phone.channel, ann_leg);
	if (!_i)
		usher_channel_ended(s.phone.channel, rung(&from),
				    USHER_LEG_BUSY);
	ck_assert(fake_wait(&s.phone, "end", ann_leg, &from, NULL));
	usher_channel_ended(s.phone.channel, ann_leg, USHER_LEG_NORMAL);
	stage_event(&s, USHER_EV_CONTACT_CLOSED, contact);
	ck_assert_str_eq(activity(s.ann), "idle");
	ck_assert_str_ne(activity(s.bob), "ringing");
}
END_TEST

START_TEST(originate__asks_about_the_number_before_anybody_is_rung)
{
	static const struct {
		const char *number;
		int64_t outcome;
	} cases[] = {{"0612345678", USHER_ENOENT}, /* no trunk yet */
		     {"+3612345678", USHER_EPERM}};
	static const uint32_t ways[] = {0, USHER_REQUEST_CUSTOMER_FIRST};
	size_t i, k, from = now();

	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.ann, 0, NULL), 0);
	for (i = 0; i < 2; i++) {
		for (k = 0; k < 2; k++)
			ck_assert_int_eq(ask_this((struct usher_request){
						 .type = USHER_REQ_ORIGINATE,
						 .agent = s.ann,
						 .text = cases[i].number,
						 .flags = ways[k]}),
					 cases[i].outcome);
		configure();
	}
	ck_assert(!fake_told_since(&s.phone, "ring", from));
	ck_assert_str_eq(activity(s.ann), "idle");
}
END_TEST

static TCase *tests(void)
{
	TCase *tc = tcase_create("originate");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, originate__rings_the_agent_first);
	tcase_add_test(tc, originate__rings_the_customer_first);
	tcase_add_test(tc, originate__reaches_a_colleague);
	tcase_add_test(tc,
		       originate__tells_that_a_colleague_cannot_be_reached);
	tcase_add_loop_test(
		tc,
		originate__is_over_when_a_colleague_is_busy_or_does_not_answer,
		0, 2);
	tcase_add_test(tc,
		       originate__frees_everybody_when_one_does_not_answer);
	tcase_add_test(
		tc, originate__asks_about_the_number_before_anybody_is_rung);
	return tc;
}

int main(void)
{
	return scene_main("originate", tests());
}
