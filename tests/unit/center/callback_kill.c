/* Callbacks of a center that is killed and opened again: each goes on from
 * where it was. */
#include "back.h"
#include "cases.h"
#include "center/center.h"
#include "center/party.h"

static void live_in_turn(void)
{
	agrees(NUMBER);
	ck_assert_uint_eq(
		stage_u64(stage_event(&s, USHER_EV_CALLBACK_DUE, contact),
			  USHER_F_TURN),
		1);
}

START_TEST(callback__waits_for_its_turn_after_a_kill)
{
	size_t at = 0;

	step.method = "customer";
	kill_and_open(live_in_turn);
	ck_assert(!fake_told(&s.phone, "ring", 0));
	sign_in(s.ann);
	answers(rings(&at, "tel:" NUMBER));
	ann_leg = rings(&at, "phone");
}
END_TEST

static void live_rung(void)
{
	size_t at = 0;

	agrees(NUMBER);
	sign_in(s.ann);
	rings(&at, "phone");
	sign_in(s.carl);
}

/* The offer that was out is withdrawn; somebody is rung for it again. */
START_TEST(callback__of_which_an_agent_was_rung_is_offered_after_a_kill)
{
	uint64_t back;
	size_t at = 0;

	kill_and_open(live_rung);
	ann_leg = rings(&at, "phone");
	answers(ann_leg);
	back = rings(&at, "tel:" NUMBER);
	answers(back);
	joined_with(ann_leg, back, 0);
}
END_TEST

static void live_waits_on_the_line(void)
{
	size_t at = 0;
	uint64_t back;

	agrees(NUMBER);
	sign_in(s.ann);
	back = rings(&at, "tel:" NUMBER);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_OUT, s.ann, 0, NULL), 0);
	answers(back);
	stage_event(&s, USHER_EV_CALLBACK_OVER, contact);
}

/* Who was reached is on no line any more, and has the place for a while. */
START_TEST(callback__that_was_reached_keeps_its_place_after_a_kill)
{
	uint64_t leg;
	size_t at = 0;

	step.method = "customer";
	kill_and_open(live_waits_on_the_line);
	leg = stage_arrive(&s.phone, "1000", NUMBER);
	ck_assert(fake_wait(&s.phone, "accept", leg, NULL, NULL));
	sign_in(s.carl);
	ann_leg = rings(&at, "phone");
	answers(ann_leg);
	joined_with(ann_leg, leg, 0);
}
END_TEST

static void live_planned(void)
{
	agrees(NUMBER);
}

START_TEST(callback__is_there_after_a_kill)
{
	uint64_t back;
	size_t at = 0;

	kill_and_open(live_planned);
	back = ann_accepts(&at);
	answers(back);
	joined_with(ann_leg, back, 0);
	stage_event(&s, USHER_EV_AGENT_JOINED, 0);
}
END_TEST

static void live_dialing(void)
{
	size_t at = 0;

	agrees(NUMBER);
	ann_accepts(&at);
	stage_event(&s, USHER_EV_CALLBACK_DIALED, contact);
	/* She is not offered it again at once. */
	sign_in(s.carl);
}

START_TEST(callback__being_dialed_is_dialed_again_after_a_kill)
{
	uint64_t back;
	size_t at = 0;

	step.timeout_ms = 50;
	kill_and_open(live_dialing);
	ann_leg = rings(&at, "phone");
	answers(ann_leg);
	back = rings(&at, "tel:" NUMBER);
	answers(back);
	joined_with(ann_leg, back, 0);
	stage_event(&s, USHER_EV_AGENT_JOINED, 0);
}
END_TEST

static void live_customer_first(void)
{
	size_t at = 0;

	agrees(NUMBER);
	sign_in(s.ann);
	rings(&at, "tel:" NUMBER);
	stage_event(&s, USHER_EV_CALLBACK_DIALED, contact);
}

START_TEST(callback__of_a_customer_being_dialed_comes_again_after_a_kill)
{
	size_t at = 0;

	step.method = "customer";
	step.timeout_ms = 50;
	kill_and_open(live_customer_first);
	answers(rings(&at, "tel:" NUMBER));
	ck_assert(fake_wait(&s.phone, "music", 0, &at, NULL));
}
END_TEST

/* As if the process had died between two events of one turn. */
static void due_undialed(struct usher_center *center, void *arg)
{
	struct usher_callback_opts opts;
	char address[32];

	(void)arg;
	usher__origin_reference(center, NUMBER, address, sizeof(address));
	usher_callback_opts_init(&opts, sizeof(opts));
	opts.address = address;
	opts.first = USHER_CALLBACK_CUSTOMER;
	opts.from_us = center->now_us;
	/* Until the trunk is there again. */
	opts.again_us = 50000;
	opts.attempts = USHER_CALLBACK_ATTEMPTS_MAX;
	ck_assert_int_eq(usher_acd_callback(center->acd,
					    usher__center_clock(center),
					    contact, &opts),
			 0);
}

static void live_due(void)
{
	waits(NUMBER);
	stage_inside(&s, due_undialed, NULL);
	sign_in(s.bob);
	ck_assert(!fake_told(&s.phone, "ring", 0));
}

START_TEST(callback__that_was_due_is_dialed_after_a_kill)
{
	size_t at = 0;

	kill_and_open(live_due);
	answers(rings(&at, "tel:" NUMBER));
	ck_assert(fake_wait(&s.phone, "music", 0, &at, NULL));
}
END_TEST

START_TEST(callback__keeps_its_window_after_a_kill)
{
	struct usher_request request = {.type = USHER_REQ_CALLBACK,
					.text = NUMBER};

	from = "2h";
	kill_and_open(live_planned);
	request.queue = usher_center_queue_id(s.center, "sales");
	ck_assert_int_eq(ask_this(request), USHER_EEXIST);
	sign_in(s.ann);
	ck_assert(!fake_told(&s.phone, "ring", 0));
	/* So does a stop. */
	stage_close(&s);
	stage_open(&s, true);
	back_configure();
	ck_assert_int_eq(ask_this(request), USHER_EEXIST);
}
END_TEST

void callback_kill_tests(TCase *tc)
{
	tcase_add_test(tc, callback__waits_for_its_turn_after_a_kill);
	tcase_add_test(
		tc,
		callback__of_which_an_agent_was_rung_is_offered_after_a_kill);
	tcase_add_test(
		tc, callback__that_was_reached_keeps_its_place_after_a_kill);
	tcase_add_test(tc, callback__is_there_after_a_kill);
	tcase_add_test(tc,
		       callback__being_dialed_is_dialed_again_after_a_kill);
	tcase_add_test(
		tc,
		callback__of_a_customer_being_dialed_comes_again_after_a_kill);
	tcase_add_test(tc, callback__that_was_due_is_dialed_after_a_kill);
	tcase_add_test(tc, callback__keeps_its_window_after_a_kill);
}
