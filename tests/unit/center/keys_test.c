/* Keys that an agent presses while talking: recordings begun, ended, paused.
 */
#include <string.h>

#include "scene.h"

static void configure(const char *record, const char *pause, uint32_t consent)
{
	const struct usher_queue_conf rec = {.size = sizeof(rec),
					     .name = "rec",
					     .recording = "demand",
					     .consent = consent};
	const struct usher_entry_conf entry = {
		.size = sizeof(entry), .address = "1003", .queue = "rec"};
	const struct usher_feature_conf features = {.size = sizeof(features),
						    .record = record,
						    .record_pause = pause};
	struct usher_config *config = stage_config(&s);

	ck_assert_int_eq(usher_config_queue(config, &rec, NULL), 0);
	ck_assert_int_eq(usher_config_entry(config, &entry, NULL), 0);
	ck_assert_int_eq(usher_config_features(config, &features, NULL), 0);
	stage_configure(&s, config);
}

static void setup(void)
{
	stage_setup(&s);
	stage_open(&s, true);
	fake_set(&s.phone, &s.phone.mute, "record");
}

static void teardown(void)
{
	stage_teardown(&s);
}

static void talk(void)
{
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.ann, 0, NULL), 0);
	customer = stage_arrive(&s.phone, "1003", "555");
	contact = stage_event(&s, USHER_EV_OFFER_MADE, 0)->contact;
	ann_leg = rung(NULL);
	usher_channel_answered(s.phone.channel, ann_leg);
	stage_event(&s, USHER_EV_AGENT_JOINED, contact);
}

static void press(uint64_t leg, const char *keys)
{
	while (*keys)
		usher_channel_digit(s.phone.channel, leg, *keys++, 100);
}

/* What was pressed so far has been looked at. */
static void seen(void)
{
	ck_assert_int_eq(ask(USHER_REQ_RESUME, s.bob, NULL), USHER_ESTATE);
}

static void by_ann(uint32_t type)
{
	const struct usher_event *ev = stage_event(&s, type, contact);

	ck_assert_uint_eq(ev->actor, USHER_BY_AGENT);
	ck_assert_uint_eq(ev->actor_id, s.ann);
}

START_TEST(keys__begin_a_recording_pause_it_and_end_it)
{
	struct fake_verb verb, record;
	size_t from;

	configure("*1", "*2", 0);
	talk();
	from = now();
	press(ann_leg, "*1");
	by_ann(USHER_EV_RECORDING_STARTED);
	ck_assert(fake_wait(&s.phone, "record", customer, &from, &record));
	ck_assert(fake_wait(&s.phone, "prompt", ann_leg, &from, NULL));
	press(ann_leg, "*2");
	by_ann(USHER_EV_RECORDING_PAUSED);
	ck_assert(fake_wait(&s.phone, "record_pause", customer, &from, &verb));
	ck_assert_int_eq(verb.code, 1);
	press(ann_leg, "*2");
	by_ann(USHER_EV_RECORDING_RESUMED);
	press(ann_leg, "*1");
	ck_assert(fake_wait(&s.phone, "record_stop", customer, &from, NULL));
	usher_channel_done(s.phone.channel, record.req, 0, 5000);
	by_ann(USHER_EV_RECORDING_STOPPED);
	/* And a new one. */
	press(ann_leg, "*1");
	ck_assert(fake_wait(&s.phone, "record", customer, &from, NULL));
}
END_TEST

/* One that was ended while it was paused leaves nothing behind. */
START_TEST(keys__begin_anew_after_a_pause)
{
	size_t from;

	configure("*1", "*2", 0);
	talk();
	press(ann_leg, "*1*2*1");
	ck_assert(fake_wait(&s.phone, "record_stop", customer, NULL, NULL));
	from = now();
	press(ann_leg, "*1");
	ck_assert(fake_wait(&s.phone, "record", customer, &from, NULL));
	by_ann(USHER_EV_RECORDING_PAUSED);
	press(ann_leg, "*2");
	by_ann(USHER_EV_RECORDING_PAUSED);
}
END_TEST

START_TEST(keys__that_are_none_do_nothing)
{
	size_t from;

	configure("*1", NULL, 0);
	talk();
	from = now();
	press(ann_leg, "1*2*#1*");
	press(customer, "*1");
	seen();
	ck_assert(!fake_told_since(&s.phone, "record", from));
	ck_assert(!fake_told_since(&s.phone, "prompt", from));
	/* The last one began a code, as the first of two does. */
	press(ann_leg, "*1");
	ck_assert(fake_wait(&s.phone, "record", customer, &from, NULL));
}
END_TEST

START_TEST(keys__are_none_unless_configured)
{
	configure(NULL, NULL, 0);
	talk();
	press(ann_leg, "*1*2");
	seen();
	ck_assert(!fake_told(&s.phone, "record", customer));
}
END_TEST

START_TEST(keys__need_consent_and_a_recording)
{
	size_t from;

	configure("*1", "*2", 1);
	talk();
	from = now();
	press(ann_leg, "*1*2");
	seen();
	ck_assert(!fake_told_since(&s.phone, "record", from));
	ck_assert(!fake_told_since(&s.phone, "prompt", from));
	ck_assert_int_eq(ask(USHER_REQ_CONSENT, s.ann, "given"), 0);
	press(ann_leg, "*1");
	by_ann(USHER_EV_RECORDING_STARTED);
}
END_TEST

/* A beep says that it was done. */
START_TEST(keys__are_silent_where_nothing_can_be_recorded)
{
	size_t from;

	stage_teardown(&s);
	stage_setup(&s);
	stage_open(&s, false);
	configure("*1", NULL, 0);
	talk();
	from = now();
	press(ann_leg, "*1");
	seen();
	ck_assert(!fake_told_since(&s.phone, "record", from));
	ck_assert(!fake_told_since(&s.phone, "prompt", from));
}
END_TEST

START_TEST(request__that_ends_a_recording_is_named_with_its_end)
{
	struct fake_verb record;

	configure(NULL, NULL, 0);
	talk();
	ck_assert_int_eq(ask(USHER_REQ_RECORD, s.ann, NULL), 0);
	ck_assert(fake_wait(&s.phone, "record", customer, NULL, &record));
	ck_assert_int_eq(ask(USHER_REQ_RECORD_STOP, s.ann, NULL), 0);
	ck_assert(fake_wait(&s.phone, "record_stop", customer, NULL, NULL));
	usher_channel_done(s.phone.channel, record.req, 0, 5000);
	by_ann(USHER_EV_RECORDING_STOPPED);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("keys");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, keys__begin_a_recording_pause_it_and_end_it);
	tcase_add_test(tc, keys__begin_anew_after_a_pause);
	tcase_add_test(tc, keys__that_are_none_do_nothing);
	tcase_add_test(tc, keys__are_none_unless_configured);
	tcase_add_test(tc, keys__need_consent_and_a_recording);
	tcase_add_test(tc, keys__are_silent_where_nothing_can_be_recorded);
	tcase_add_test(tc,
		       request__that_ends_a_recording_is_named_with_its_end);
	return scene_main("keys", tc);
}
