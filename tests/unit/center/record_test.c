/* Recordings of conversations: by queue or by request, paused, announced, and
 * with the customer's consent. */

#include "center/config.h"
#include "center/record.h"
#include "scene.h"

/* What who calls 1000 goes through; NULL: the menu of the stage. */
static struct usher_flow_set *flows;

static void configure(const char *recording, uint32_t consent,
		      const char *announcement)
{
	const struct usher_queue_conf rec = {.size = sizeof(rec),
					     .name = "rec",
					     .recording = recording,
					     .consent = consent,
					     .announcement = announcement};
	const struct usher_entry_conf entry = {
		.size = sizeof(entry), .address = "1003", .queue = "rec"};
	struct usher_config *config = stage_config(&s);
	uint64_t request;

	ck_assert_int_eq(usher_config_queue(config, &rec, NULL), 0);
	ck_assert_int_eq(usher_config_entry(config, &entry, NULL), 0);
	if (flows)
		ck_assert_int_eq(usher_config_flows(config, flows), 0);
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

static void talk_in(const char *recording, uint32_t consent,
		    const char *announcement)
{
	struct fake_verb verb;

	configure(recording, consent, announcement);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.ann, 0, NULL), 0);
	customer = stage_arrive(&s.phone, "1003", "555");
	contact = stage_event(&s, USHER_EV_OFFER_MADE, 0)->contact;
	ck_assert(fake_wait(&s.phone, "ring", 0, NULL, &verb));
	ann_leg = verb.leg;
	usher_channel_answered(s.phone.channel, ann_leg);
	stage_event(&s, USHER_EV_AGENT_JOINED, contact);
}

START_TEST(recording__is_asked_for_and_paused)
{
	struct fake_verb verb;

	fake_set(&s.phone, &s.phone.mute, "record");
	talk_in("demand", 0, NULL);
	ck_assert_int_eq(ask(USHER_REQ_HOLD, s.ann, NULL), 0);
	ck_assert_int_eq(ask(USHER_REQ_RESUME, s.ann, NULL), 0);
	ck_assert(!fake_told(&s.phone, "record", 0));
	ck_assert_int_eq(ask(USHER_REQ_RECORD, s.ann, NULL), 0);
	ck_assert(fake_wait(&s.phone, "record", customer, NULL, NULL));
	ck_assert_int_eq(ask(USHER_REQ_RECORD_PAUSE, s.ann, NULL), 0);
	ck_assert_int_eq(ask(USHER_REQ_RECORD_PAUSE, s.ann, NULL),
			 USHER_ESTATE);
	ck_assert(fake_wait(&s.phone, "record_pause", customer, NULL, &verb));
	ck_assert_int_eq(verb.code, 1);
	ck_assert_int_eq(ask(USHER_REQ_RECORD_RESUME, s.ann, NULL), 0);
	ck_assert_int_eq(ask(USHER_REQ_RECORD_STOP, s.ann, NULL), 0);
	ck_assert(fake_wait(&s.phone, "record_stop", customer, NULL, NULL));
}
END_TEST

START_TEST(recording__leaves_a_consult_out)
{
	size_t from;
	uint64_t bob;

	fake_set(&s.phone, &s.phone.mute, "record");
	talk_in("always", 0, NULL);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.bob, 0, NULL), 0);
	ck_assert(fake_wait(&s.phone, "record", customer, NULL, NULL));
	from = now();
	ck_assert_int_eq(ask(USHER_REQ_CONSULT, s.ann, "202"), 0);
	ck_assert(fake_wait(&s.phone, "record_stop", customer, &from, NULL));
	from = now();
	ck_assert(fake_wait(&s.phone, "ring", 0, NULL, NULL));
	bob = 0;
	while (!bob) {
		struct fake_verb verb;
		size_t at = 0;

		while (fake_wait(&s.phone, "ring", 0, &at, &verb))
			if (verb.leg != ann_leg) {
				bob = verb.leg;
				break;
			}
	}
	usher_channel_answered(s.phone.channel, bob);
	stage_event(&s, USHER_EV_CONSULT_ANSWERED, contact);
	/* Not by any way in this state. */
	ck_assert_int_eq(ask(USHER_REQ_RECORD, s.ann, NULL), 0);
	ck_assert(!fake_told_since(&s.phone, "record", from));
	ck_assert_int_eq(ask(USHER_REQ_CONSULT_CANCEL, s.ann, NULL), 0);
	ck_assert(fake_wait(&s.phone, "record", customer, &from, NULL));
}
END_TEST

START_TEST(recording__waits_for_consent)
{
	fake_set(&s.phone, &s.phone.mute, "record");
	talk_in("always", 1, NULL);
	ck_assert_int_eq(ask(USHER_REQ_RECORD, s.ann, NULL), USHER_EPERM);
	ck_assert_int_eq(ask(USHER_REQ_CONSENT, s.ann, "maybe"), USHER_EINVAL);
	ck_assert(!fake_told(&s.phone, "record", 0));
	ck_assert_int_eq(ask(USHER_REQ_CONSENT, s.ann, "given"), 0);
	ck_assert(fake_wait(&s.phone, "record", customer, NULL, NULL));
	post((struct usher_request){.type = USHER_REQ_CONSENT,
				    .contact = contact,
				    .text = "withdrawn"});
	says(stage_event(&s, USHER_EV_CONSENT_SET, contact), USHER_F_REASON,
	     "withdrawn");
	ck_assert(fake_wait(&s.phone, "record_stop", customer, NULL, NULL));
	ck_assert_int_eq(ask(USHER_REQ_RECORD, s.ann, NULL), USHER_EPERM);
}
END_TEST

/* A flow has asked the customer, who then waits in the queue. */
static void asking(const char *consent)
{
	struct usher_flow_builder *b;
	struct usher_step_opts step;

	ck_assert_int_eq(usher_flow_builder_new(&b, NULL), 0);
	ck_assert_int_eq(
		usher_flow_builder_prompt(b, "music", "en", "La la.", NULL),
		0);
	ck_assert_int_eq(usher_flow_builder_flow(b, "hello", NULL), 0);
	usher_step_opts_init(&step, sizeof(step));
	step.kind = USHER_STEP_SET;
	ck_assert_int_eq(usher_flow_builder_step(b, &step, NULL), 0);
	ck_assert_int_eq(usher_flow_builder_pair(b, USHER_PAIR_SET,
						 "contact.consent", consent,
						 NULL),
			 0);
	usher_step_opts_init(&step, sizeof(step));
	step.kind = USHER_STEP_QUEUE;
	ck_assert_int_eq(usher_flow_builder_step(b, &step, NULL), 0);
	ck_assert_int_eq(usher_flow_builder_pair(b, USHER_PAIR_QUEUE, "rec",
						 NULL, NULL),
			 0);
	ck_assert_int_eq(usher_flow_builder_finish(b, &flows, NULL), 0);
	usher_flow_builder_free(b);
}

START_TEST(recording__has_the_consent_that_a_flow_got)
{
	static const char *const said[] = {"given", "refused"};
	size_t from = 0;

	fake_set(&s.phone, &s.phone.mute, "record");
	asking(said[_i]);
	configure("always", 1, NULL);
	usher_flow_set_unref(flows);
	flows = NULL;
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.ann, 0, NULL), 0);
	customer = stage_arrive(&s.phone, "1000", "555");
	says(stage_event(&s, USHER_EV_CONSENT_SET, 0), USHER_F_REASON,
	     said[_i]);
	contact = stage_event(&s, USHER_EV_OFFER_MADE, 0)->contact;
	usher_channel_answered(s.phone.channel, rung(&from));
	stage_event(&s, USHER_EV_AGENT_JOINED, contact);
	if (!_i) {
		ck_assert(fake_wait(&s.phone, "record", customer, NULL, NULL));
		return;
	}
	ck_assert_int_eq(ask(USHER_REQ_RECORD, s.ann, NULL), USHER_EPERM);
	ck_assert(!fake_told(&s.phone, "record", 0));
}
END_TEST

START_TEST(recording__is_announced)
{
	struct fake_verb verb;

	fake_set(&s.phone, &s.phone.mute, "prompt");
	talk_in("100%", 0, "welcome");
	ck_assert(fake_wait(&s.phone, "prompt", customer, NULL, &verb));
	ck_assert_str_eq(verb.text, "welcome");
	ck_assert(!fake_told(&s.phone, "record", 0));
	usher_channel_done(s.phone.channel, verb.req, 0, 0);
	ck_assert(fake_wait(&s.phone, "record", customer, NULL, NULL));
}
END_TEST

START_TEST(recording__of_a_share_is_of_that_share)
{
	ck_assert_uint_eq(usher__config_share("never"), 0);
	ck_assert_uint_eq(usher__config_share("demand"), 0);
	ck_assert_uint_eq(usher__config_share("always"), 100);
	ck_assert_uint_eq(usher__config_share("20%"), 20);
	ck_assert_uint_gt(usher__config_share("101%"), 100);
	ck_assert_uint_gt(usher__config_share("20"), 100);
	ck_assert_uint_gt(usher__config_share("-1%"), 100);
	ck_assert_uint_gt(usher__config_share("% "), 100);
	talk_in("0%", 0, NULL);
	ck_assert_int_eq(ask(USHER_REQ_HOLD, s.ann, NULL), 0);
	ck_assert(!fake_told(&s.phone, "record", 0));
}
END_TEST

/* Of contacts one after the other, whatever the seed, and of some in a row no
 * more than there would be by chance. */
START_TEST(recording__draws_are_spread)
{
	static const uint64_t seeds[] = {0, 1, 2, 77, UINT64_MAX - 5000};

	for (size_t k = 0; k < sizeof(seeds) / sizeof(*seeds); k++) {
		unsigned count[100] = {0}, below = 0, row = 0, longest = 0;

		for (uint64_t id = 1; id <= 10000; id++) {
			unsigned drawn = usher__record_draw(seeds[k], id);

			ck_assert_uint_lt(drawn, 100);
			count[drawn]++;
			below += drawn < 30;
			row = drawn < 30 ? row + 1 : 0;
			longest = row > longest ? row : longest;
		}
		/* Five standard deviations. */
		ck_assert_uint_ge(below, 3000 - 230);
		ck_assert_uint_le(below, 3000 + 230);
		ck_assert_uint_le(longest, 14);
		for (size_t i = 0; i < 100; i++) {
			ck_assert_uint_ge(count[i], 50);
			ck_assert_uint_le(count[i], 150);
		}
	}
	ck_assert_uint_ne(
		usher__record_draw(1, 1) + 100 * usher__record_draw(1, 2),
		usher__record_draw(2, 1) + 100 * usher__record_draw(2, 2));
}
END_TEST

/* Each who calls is recorded or not as it was drawn, also after a hold. */
START_TEST(recording__is_of_those_who_were_drawn)
{
	struct usher_center_opts opts;
	unsigned recorded = 0, calls = 14;

	usher_center_opts_init(&opts, sizeof(opts));
	talk_in("50%", 0, NULL);
	for (unsigned i = 0; i < calls; i++) {
		bool drawn = usher__record_draw(opts.seed, contact) < 50;
		struct fake_verb verb;
		size_t from;

		recorded += drawn;
		ck_assert_int_eq(ask(USHER_REQ_HOLD, s.ann, NULL), 0);
		ck_assert_int_eq(ask(USHER_REQ_RESUME, s.ann, NULL), 0);
		ck_assert_int_eq(ask(USHER_REQ_DISPOSITION, s.ann, "x"), 0);
		ck_assert_int_eq(fake_told(&s.phone, "record", customer),
				 drawn);
		from = now();
		usher_channel_ended(s.phone.channel, customer,
				    USHER_LEG_NORMAL);
		stage_event(&s, USHER_EV_CONTACT_ENDED, contact);
		stage_post(&s, USHER_REQ_WRAP_UP_END, s.ann, 0, 0, NULL);
		customer = stage_arrive(&s.phone, "1003", "555");
		contact = stage_event(&s, USHER_EV_OFFER_MADE, 0)->contact;
		ck_assert(fake_wait(&s.phone, "ring", 0, &from, &verb));
		usher_channel_answered(s.phone.channel, verb.leg);
		stage_event(&s, USHER_EV_AGENT_JOINED, contact);
	}
	ck_assert_uint_gt(recorded, 0);
	ck_assert_uint_lt(recorded, calls);
}
END_TEST

START_TEST(recording__is_announced_again_when_that_was_cut_off)
{
	struct fake_verb verb;
	size_t from = 0;

	fake_set(&s.phone, &s.phone.mute, "prompt");
	talk_in("always", 0, "welcome");
	ck_assert(fake_wait(&s.phone, "prompt", customer, &from, &verb));
	usher_channel_done(s.phone.channel, verb.req, USHER_ECANCELED, 0);
	ck_assert(fake_wait(&s.phone, "prompt", customer, &from, &verb));
	ck_assert(!fake_told(&s.phone, "record", 0));
	/* On hold there is nobody to be recorded with. */
	ck_assert_int_eq(ask(USHER_REQ_HOLD, s.ann, NULL), 0);
	usher_channel_done(s.phone.channel, verb.req, USHER_ECANCELED, 0);
	ck_assert_int_eq(ask(USHER_REQ_DISPOSITION, s.ann, "x"), 0);
	ck_assert(!fake_told_since(&s.phone, "prompt", from));
	ck_assert_int_eq(ask(USHER_REQ_RESUME, s.ann, NULL), 0);
	ck_assert(fake_wait(&s.phone, "prompt", customer, &from, &verb));
	ck_assert(!fake_told(&s.phone, "record", 0));
	usher_channel_done(s.phone.channel, verb.req, 0, 0);
	ck_assert(fake_wait(&s.phone, "record", customer, NULL, NULL));
}
END_TEST

START_TEST(recording__waits_with_its_announcement_for_a_phone_that_holds)
{
	struct fake_verb verb;
	size_t from = 0;

	fake_set(&s.phone, &s.phone.mute, "prompt");
	talk_in("always", 0, "welcome");
	ck_assert(fake_wait(&s.phone, "prompt", customer, &from, &verb));
	usher_channel_held(s.phone.channel, ann_leg, 1);
	usher_channel_done(s.phone.channel, verb.req, USHER_ECANCELED, 0);
	ck_assert_int_eq(ask(USHER_REQ_DISPOSITION, s.ann, "x"), 0);
	ck_assert(!fake_told_since(&s.phone, "prompt", from));
	usher_channel_held(s.phone.channel, ann_leg, 0);
	ck_assert(fake_wait(&s.phone, "prompt", customer, &from, &verb));
	usher_channel_done(s.phone.channel, verb.req, 0, 0);
	ck_assert(fake_wait(&s.phone, "record", customer, NULL, NULL));
}
END_TEST

START_TEST(recording__is_left_out_when_it_cannot_be_announced)
{
	struct fake_verb verb;
	size_t from = 0;
	int i;

	fake_set(&s.phone, &s.phone.mute, "prompt");
	talk_in("always", 0, "welcome");
	for (i = 0; i < 5; i++) {
		ck_assert(
			fake_wait(&s.phone, "prompt", customer, &from, &verb));
		usher_channel_done(s.phone.channel, verb.req, USHER_ECANCELED,
				   0);
	}
	ck_assert_int_eq(ask(USHER_REQ_DISPOSITION, s.ann, "x"), 0);
	ck_assert(!fake_told_since(&s.phone, "prompt", from));
	/* Neither when it is asked for, before it was heard. */
	ck_assert_int_eq(ask(USHER_REQ_RECORD, s.ann, NULL), 0);
	ck_assert(fake_wait(&s.phone, "prompt", customer, &from, &verb));
	usher_channel_done(s.phone.channel, verb.req, USHER_EIO, 0);
	ck_assert_int_eq(ask(USHER_REQ_DISPOSITION, s.ann, "x"), 0);
	ck_assert(!fake_told(&s.phone, "record", 0));
}
END_TEST

static TCase *tests(void)
{
	TCase *tc = tcase_create("record");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, recording__is_asked_for_and_paused);
	tcase_add_test(tc, recording__leaves_a_consult_out);
	tcase_add_test(tc, recording__waits_for_consent);
	tcase_add_loop_test(tc, recording__has_the_consent_that_a_flow_got, 0,
			    2);
	tcase_add_test(tc, recording__is_announced);
	tcase_add_test(tc, recording__of_a_share_is_of_that_share);
	tcase_add_test(tc, recording__draws_are_spread);
	tcase_add_test(tc, recording__is_of_those_who_were_drawn);
	tcase_add_test(tc,
		       recording__is_announced_again_when_that_was_cut_off);
	tcase_add_test(
		tc,
		recording__waits_with_its_announcement_for_a_phone_that_holds);
	tcase_add_test(tc, recording__is_left_out_when_it_cannot_be_announced);
	return tc;
}

int main(void)
{
	return scene_main("record", tests());
}
