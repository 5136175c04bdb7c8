/* What the core has no room for, while somebody talks: whoever is not
 * concerned hears nothing of it, and it is done when there is room. */
#include "scene.h"

/* What the core says to these, as often, or 0: as it does. */
static _Atomic int direct_refusal;
static _Atomic int holds_refused;

int __real_usher_acd_direct(struct usher_acd *acd, int64_t now_us,
			    uint64_t who, uint64_t agent,
			    const struct usher_direct_opts *opts,
			    uint64_t *ret_segment);
int __wrap_usher_acd_direct(struct usher_acd *acd, int64_t now_us,
			    uint64_t who, uint64_t agent,
			    const struct usher_direct_opts *opts,
			    uint64_t *ret_segment);
int __real_usher_acd_hold(struct usher_acd *acd, int64_t now_us,
			  uint64_t segment);
int __wrap_usher_acd_hold(struct usher_acd *acd, int64_t now_us,
			  uint64_t segment);

int __wrap_usher_acd_direct(struct usher_acd *acd, int64_t now_us,
			    uint64_t who, uint64_t agent,
			    const struct usher_direct_opts *opts,
			    uint64_t *ret_segment)
{
	return direct_refusal
		       ? direct_refusal
		       : __real_usher_acd_direct(acd, now_us, who, agent, opts,
						 ret_segment);
}

int __wrap_usher_acd_hold(struct usher_acd *acd, int64_t now_us,
			  uint64_t segment)
{
	if (!holds_refused)
		return __real_usher_acd_hold(acd, now_us, segment);
	holds_refused--;
	return USHER_EAGAIN;
}

static void setup(void)
{
	const struct usher_park_conf park = {.size = sizeof(park),
					     .first = 801,
					     .count = 2,
					     .timeout_ms = 200};
	struct usher_config *config;

	stage_setup(&s);
	stage_open(&s, true);
	config = stage_config(&s);
	ck_assert_int_eq(usher_config_park(config, &park, NULL), 0);
	stage_configure(&s, config);
	ann_leg = stage_talk(&s, &customer, &contact);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.bob, 0, NULL), 0);
}

static void teardown(void)
{
	stage_teardown(&s);
}

static uint64_t dials_the_slot(const char *account)
{
	const struct usher_channel_arrival call = {
		.size = sizeof(call), .entry = "801", .account = account};
	uint64_t leg;

	ck_assert_int_eq(usher_channel_arrived(s.phone.channel, &call, &leg),
			 0);
	return leg;
}

/* ann, whose time is over; her leg. */
static uint64_t is_rung_back(size_t *from)
{
	*from = now();
	ck_assert_int_eq(ask(USHER_REQ_PARK, s.ann, NULL), 0);
	return rung(from);
}

START_TEST(park__rings_on_when_who_dials_it_cannot_have_it)
{
	size_t from;
	uint64_t back = is_rung_back(&from), leg;

	direct_refusal = USHER_EFULL;
	leg = dials_the_slot("bob");
	ck_assert(fake_wait(&s.phone, "refuse", leg, NULL, NULL));
	direct_refusal = 0;
	ck_assert(!fake_told(&s.phone, "end", back));
	usher_channel_answered(s.phone.channel, back);
	joined_with(back, customer, from);
	ck_assert_str_eq(activity(s.ann), "talking");
}
END_TEST

/* From another phone of hers. */
START_TEST(park__is_dialed_by_who_is_rung_for_it)
{
	size_t from;
	uint64_t back = is_rung_back(&from), leg = dials_the_slot("ann");

	ck_assert(fake_wait(&s.phone, "end", back, NULL, NULL));
	joined_with(leg, customer, from);
	usher_channel_ended(s.phone.channel, back, USHER_LEG_CANCELED);
	ck_assert_str_eq(activity(s.ann), "talking");
}
END_TEST

START_TEST(hold__that_the_core_has_no_room_for_is_counted_soon_after)
{
	size_t from = now();
	uint64_t leg;

	ck_assert_int_eq(ask(USHER_REQ_CONSULT, s.ann, "202"), 0);
	leg = rung(&from);
	usher_channel_answered(s.phone.channel, leg);
	stage_event(&s, USHER_EV_CONSULT_ANSWERED, contact);
	usher_channel_held(s.phone.channel, leg, 1);
	holds_refused = 2;
	ck_assert_int_eq(ask(USHER_REQ_CONSULT_COMPLETE, s.ann, NULL), 0);
	stage_event(&s, USHER_EV_HOLD_STARTED, contact);
	ck_assert_int_eq(holds_refused, 0);
	ck_assert_str_eq(activity(s.bob), "hold");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("took");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, park__rings_on_when_who_dials_it_cannot_have_it);
	tcase_add_test(tc, park__is_dialed_by_who_is_rung_for_it);
	tcase_add_test(
		tc, hold__that_the_core_has_no_room_for_is_counted_soon_after);
	return scene_main("took", tc);
}
