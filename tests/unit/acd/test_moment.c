/* Several things at one time: who lives on from the events of some of them
 * does the others as the one that lived through it. */
#include <check.h>
#include <string.h>

#include "day.h"
#include "fixture.h"

#define TAPE_MAX 65536
#define CHECK    (5 * SECOND)

/* Encoded entries, one after the other. */
struct tape {
	uint8_t at[TAPE_MAX];
	size_t len;
};

static void put(struct tape *tape, const struct usher_event *ev)
{
	size_t len;

	ck_assert_int_eq(usher_event_encode(ev, tape->at + tape->len,
					    TAPE_MAX - tape->len, &len),
			 0);
	tape->len += len;
}

static void record(struct tape *tape, struct usher_acd *acd)
{
	const struct usher_event *ev;

	while ((ev = usher_acd_next(acd)))
		put(tape, ev);
}

/* A core that folded what is on a tape before a place. */
static struct usher_acd *folded(const struct tape *tape, size_t to)
{
	struct usher_acd *acd = acd_made();
	struct usher_decoder *dec = NULL;
	const struct usher_event *ev;
	size_t used;

	ck_assert_int_eq(usher_decoder_new(&dec, NULL), 0);
	for (size_t at = 0; at < to; at += used) {
		ck_assert_int_eq(usher_event_decode(dec, tape->at + at,
						    to - at, &used, &ev),
				 0);
		ck_assert_int_eq(usher_acd_fold(acd, ev), 0);
	}
	usher_decoder_free(dec);
	return acd;
}

static void add_step(struct usher_acd *acd, uint64_t queue, uint32_t number,
		     uint32_t action, const char *condition)
{
	struct usher_queue_step_opts opts;

	usher_queue_step_opts_init(&opts, sizeof(opts));
	opts.action = action;
	opts.priority = action == USHER_QUEUE_STEP_PRIORITY ? 5 : 0;
	opts.condition = condition;
	opts.check_us = CHECK;
	ck_assert_int_eq(
		usher_acd_step_set(acd, DAY_START, queue, number, &opts, NULL),
		0);
}

/* At 20 seconds an offer is missed, which leaves nobody ready, just when that
 * is looked at for those who wait elsewhere. */
static struct usher_acd *missed_at_a_look(void)
{
	struct usher_acd *acd = acd_made();
	struct usher_queue_opts opts;
	uint64_t rings, waits;

	usher_queue_opts_init(&opts, sizeof(opts));
	opts.name = "rings";
	opts.policy = "top_down";
	opts.offer_timeout_us = 4 * CHECK;
	opts.missed_limit = 1;
	ck_assert_int_eq(
		usher_acd_queue_set(acd, DAY_START, &opts, &rings, NULL), 0);
	waits = add_queue(acd, "waits", "top_down");
	add_step(acd, waits, 1, USHER_QUEUE_STEP_PRIORITY, "ready == 0");
	add_step(acd, waits, 2, USHER_QUEUE_STEP_PRIORITY,
		 "priority > 4 and position == 1");
	add_agent(acd, "anna", 0);
	wait_in(acd, DAY_START, rings, 0);
	for (int i = 0; i < 3; i++)
		wait_in(acd, DAY_START, waits, 0);
	return acd;
}

/* Whether it is the first of what came at once. */
static bool begins(const struct usher_event *ev)
{
	return ev->cause_kind != USHER_CAUSE_EVENT;
}

/* Another one out of its snapshot, which stands for it. */
static struct usher_acd *restored(struct usher_acd *acd)
{
	struct usher_acd *other = NULL;
	void *bytes, *again;
	size_t len, again_len;

	ck_assert_int_eq(usher_acd_snapshot(acd, &bytes, &len), 0);
	ck_assert_int_eq(usher_acd_restore(&other, NULL, NULL, 0, NULL, 0,
					   bytes, len, NULL),
			 0);
	ck_assert_int_eq(usher_acd_snapshot(other, &again, &again_len), 0);
	ck_assert_uint_eq(len, again_len);
	ck_assert_int_eq(memcmp(bytes, again, len), 0);
	usher_acd_snapshot_free(acd, bytes);
	usher_acd_snapshot_free(other, again);
	usher_acd_free(acd);
	return other;
}

/* What a core says from a place on, up to a time. */
static void says_the_rest(struct usher_acd *acd, const struct tape *tape,
			  size_t at, int64_t until)
{
	static struct tape said;

	said.len = 0;
	ck_assert_int_eq(usher_acd_advance(acd, until), 0);
	record(&said, acd);
	ck_assert_uint_eq(said.len, tape->len - at);
	ck_assert_int_eq(memcmp(said.at, tape->at + at, said.len), 0);
	usher_acd_free(acd);
}

static void goes_on(const struct tape *tape, size_t at, int64_t until)
{
	says_the_rest(folded(tape, at), tape, at, until);
	says_the_rest(restored(folded(tape, at)), tape, at, until);
}

/* Wherever what comes until then, from what is on the tape already on, ends:
 * the others do the rest. How many events of this type came at that time. */
static uint32_t goes_on_everywhere(struct usher_acd *acd, struct tape *tape,
				   int64_t until, uint32_t type, int64_t when)
{
	struct usher_decoder *dec = NULL;
	const struct usher_event *ev;
	uint32_t count = 0;
	size_t used, at;

	tape->len = 0;
	record(tape, acd);
	at = tape->len;
	ck_assert_int_eq(usher_acd_advance(acd, until), 0);
	record(tape, acd);
	ck_assert_int_eq(usher_decoder_new(&dec, NULL), 0);
	for (; at < tape->len; at += used) {
		ck_assert_int_eq(usher_event_decode(dec, tape->at + at,
						    tape->len - at, &used,
						    &ev),
				 0);
		count += ev->type == type && ev->time_us == when;
		if (begins(ev))
			goes_on(tape, at, until);
	}
	goes_on(tape, at, until);
	usher_decoder_free(dec);
	return count;
}

START_TEST(moment__goes_on_wherever_its_events_end)
{
	static struct tape tape;
	struct usher_acd *acd = missed_at_a_look();

	/* each one's steps */
	ck_assert_uint_ge(
		goes_on_everywhere(acd, &tape, DAY_START + 10 * CHECK,
				   USHER_EV_STEP_TAKEN, DAY_START + 4 * CHECK),
		3);
	usher_acd_free(acd);
}
END_TEST

/* What was looked at before an input came, is not looked at again. */
START_TEST(look__before_an_input_of_its_time_was)
{
	static struct tape tape;
	struct usher_acd *acd = acd_made();
	const int64_t until = DAY_START + 10 * CHECK;
	uint64_t queue = add_queue(acd, "waits", "top_down"), anna;
	size_t at;

	tape.len = 0;
	add_step(acd, queue, 1, USHER_QUEUE_STEP_PRIORITY, "staffed == 0");
	anna = add_agent(acd, "anna", 0);
	ck_assert_int_eq(
		usher_acd_presence(acd, DAY_START, anna, USHER_PAUSED, ""), 0);
	wait_in(acd, DAY_START, queue, 0);
	ck_assert_int_eq(usher_acd_presence(acd, DAY_START + CHECK, anna,
					    USHER_SIGNED_OUT, ""),
			 0);
	record(&tape, acd);
	at = tape.len;
	ck_assert_int_eq(usher_acd_advance(acd, until), 0);
	record(&tape, acd);
	ck_assert_uint_gt(tape.len, at);
	goes_on(&tape, at, until);
	usher_acd_free(acd);
}
END_TEST

/* A look is not put off by an offer that is missed, and another that is made,
 * in its very moment; who was restored between looks then, too. */
START_TEST(look__comes_after_what_happened_in_its_moment)
{
	static struct tape tape;
	struct usher_acd *acd = acd_made();
	const int64_t until = DAY_START + 10 * CHECK;
	struct usher_queue_step_opts step;
	struct usher_queue_opts opts;
	uint64_t queue;

	usher_queue_opts_init(&opts, sizeof(opts));
	opts.name = "rings";
	opts.policy = "top_down";
	opts.offer_timeout_us = CHECK;
	ck_assert_int_eq(
		usher_acd_queue_set(acd, DAY_START, &opts, &queue, NULL), 0);
	usher_queue_step_opts_init(&step, sizeof(step));
	step.action = USHER_QUEUE_STEP_PRIORITY;
	step.priority = 5;
	step.condition = "position == 1";
	step.after_us = 2 * CHECK;
	step.check_us = CHECK;
	ck_assert_int_eq(
		usher_acd_step_set(acd, DAY_START, queue, 1, &step, NULL), 0);
	add_agent(acd, "anna", 0);
	add_agent(acd, "bela", 1);
	add_agent(acd, "cili", 2);
	wait_in(acd, DAY_START, queue, 0);
	ck_assert_uint_eq(goes_on_everywhere(acd, &tape, until,
					     USHER_EV_STEP_TAKEN,
					     DAY_START + 2 * CHECK),
			  1);
	usher_acd_free(acd);
}
END_TEST

/* Two ring by turns: the first is missed when more are to ring, the second
 * time after a widening that found nobody. */
START_TEST(widening__comes_after_what_happened_in_its_moment)
{
	static struct tape tape;
	struct usher_acd *acd = acd_made();
	const int64_t until = DAY_START + 20 * SECOND;
	const struct usher_attr after = {
		.name = "after", .type = USHER_ATTR_NUMBER, .number = 2};
	struct usher_queue_opts opts;
	uint64_t queue;

	usher_queue_opts_init(&opts, sizeof(opts));
	opts.name = "rings";
	opts.policy = "ring_progressive";
	opts.policy_options = &after;
	opts.policy_option_count = 1;
	opts.offer_timeout_us = 6 * SECOND;
	opts.retry_us = USHER_ZERO;
	ck_assert_int_eq(
		usher_acd_queue_set(acd, DAY_START, &opts, &queue, NULL), 0);
	add_agent(acd, "anna", 0);
	add_agent(acd, "bela", 1);
	wait_in(acd, DAY_START, queue, 0);
	ck_assert_uint_eq(goes_on_everywhere(acd, &tape, until,
					     USHER_EV_OFFER_MADE,
					     DAY_START + 6 * SECOND),
			  1);
	usher_acd_free(acd);
}
END_TEST

static int later_seek(void *arg, void *state, const struct usher_pick *pick,
		      struct usher_choice *choice)
{
	(void)arg;
	(void)state;
	choice->at_us = DAY_START + 3 * SECOND;
	return pick->now_us < choice->at_us ? USHER_PICK_LATER
					    : USHER_PICK_THIS;
}

/* What put a contact off is over, which no event tells, when a step is taken
 * for it: who folded that offers it. */
START_TEST(deferral__that_was_over_before_a_step_is_over)
{
	const struct usher_agent_policy later = {
		.size = sizeof(later),
		.name = "later",
		.version = 1,
		.order = USHER_ORDER_STATIC,
		.seek = later_seek,
	};
	struct usher_acd *acd = acd_made(), *other = acd_made();
	struct usher_queue_step_opts step;
	const struct usher_event *ev;
	uint64_t queue, anna, last = 0;

	ck_assert_int_eq(usher_acd_agent_policy_add(acd, &later), 0);
	ck_assert_int_eq(usher_acd_agent_policy_add(other, &later), 0);
	queue = add_queue(acd, "q", "later");
	usher_queue_step_opts_init(&step, sizeof(step));
	step.action = USHER_QUEUE_STEP_ANNOUNCE;
	step.text = "patience";
	step.after_us = CHECK;
	ck_assert_int_eq(
		usher_acd_step_set(acd, DAY_START, queue, 1, &step, NULL), 0);
	anna = add_agent(acd, "anna", 0);
	wait_in(acd, DAY_START, queue, 0);
	ck_assert_int_eq(usher_acd_presence(acd, DAY_START + SECOND, anna,
					    USHER_PAUSED, ""),
			 0);
	ck_assert_int_eq(usher_acd_advance(acd, DAY_START + 2 * CHECK), 0);
	while ((ev = usher_acd_next(acd))) {
		last = ev->type;
		ck_assert_int_eq(usher_acd_fold(other, ev), 0);
	}
	ck_assert_uint_eq(last, USHER_EV_STEP_TAKEN);
	ck_assert_int_eq(usher_acd_presence(other, DAY_START + 2 * CHECK, anna,
					    USHER_READY, ""),
			 0);
	ck_assert_uint_eq(offered_to(other, NULL), anna);
	usher_acd_free(acd);
	usher_acd_free(other);
}
END_TEST

/* Being connected is longer than the longest wait: steps go on meanwhile. */
START_TEST(step__is_taken_for_who_is_connected_beyond_the_longest_wait)
{
	struct usher_acd *acd = acd_made();
	struct usher_queue_step_opts step;
	struct usher_queue_opts opts;
	const struct usher_event *ev;
	uint64_t queue, offer = 0;
	int64_t taken = 0;

	usher_queue_opts_init(&opts, sizeof(opts));
	opts.name = "q";
	opts.max_wait_us = 2 * CHECK;
	opts.offer_timeout_us = 8 * CHECK;
	ck_assert_int_eq(
		usher_acd_queue_set(acd, DAY_START, &opts, &queue, NULL), 0);
	usher_queue_step_opts_init(&step, sizeof(step));
	step.action = USHER_QUEUE_STEP_PRIORITY;
	step.priority = 5;
	step.after_us = 3 * CHECK;
	ck_assert_int_eq(
		usher_acd_step_set(acd, DAY_START, queue, 1, &step, NULL), 0);
	add_agent(acd, "anna", 0);
	wait_in(acd, DAY_START, queue, 0);
	while ((ev = usher_acd_next(acd)))
		usher_event_u64(ev, USHER_F_OFFER, &offer);
	ck_assert_int_eq(usher_acd_accept(acd, DAY_START + CHECK, offer, NULL),
			 0);
	ck_assert_int_eq(usher_acd_advance(acd, DAY_START + 6 * CHECK), 0);
	while ((ev = usher_acd_next(acd))) {
		ck_assert_uint_ne(ev->type, USHER_EV_QUEUE_LEFT);
		if (ev->type == USHER_EV_STEP_TAKEN)
			taken = ev->time_us;
	}
	ck_assert_int_eq(taken, DAY_START + 3 * CHECK);
	usher_acd_free(acd);
}
END_TEST

/* A clock that is behind is at the last time: what is due then comes before
 * the input that it brings. */
START_TEST(input__of_a_clock_that_is_behind_comes_after_what_was_due)
{
	static struct tape tape;
	struct usher_acd *acd = missed_at_a_look(), *other;
	const int64_t missed = DAY_START + 4 * CHECK;
	struct usher_contact_opts contact;
	struct usher_decoder *dec = NULL;
	const struct usher_event *ev;
	size_t used, at = 0;
	uint64_t id;

	usher_contact_opts_init(&contact, sizeof(contact));
	tape.len = 0;
	ck_assert_int_eq(usher_acd_advance(acd, missed), 0);
	record(&tape, acd);
	ck_assert_int_eq(usher_decoder_new(&dec, NULL), 0);
	do {
		ck_assert_int_eq(usher_event_decode(dec, tape.at + at,
						    tape.len - at, &used, &ev),
				 0);
		at += used;
	} while (ev->type != USHER_EV_AGENT_PRESENCE || ev->time_us != missed);
	other = folded(&tape, at);
	ck_assert_int_eq(
		usher_acd_contact_new(other, missed - 1, &contact, &id), 0);
	ev = usher_acd_next(other);
	ck_assert_ptr_nonnull(ev);
	ck_assert_uint_eq(ev->type, USHER_EV_STEP_TAKEN);
	ck_assert_int_eq(ev->time_us, missed);
	usher_decoder_free(dec);
	usher_acd_free(acd);
	usher_acd_free(other);
}
END_TEST

/* Who folds its event would take it for that of a deadline. */
START_TEST(input__is_given_by_no_deadline)
{
	const struct usher_by by = {.actor = _i ? USHER_BY_TIMER
						: USHER_BY_POLICY};
	struct usher_acd *acd = acd_made();
	struct usher_contact_opts contact;
	uint64_t id;

	usher_contact_opts_init(&contact, sizeof(contact));
	usher_acd_by(acd, &by);
	ck_assert_int_eq(usher_acd_contact_new(acd, DAY_START, &contact, &id),
			 USHER_EINVAL);
	ck_assert_int_eq(usher_acd_contact_new(acd, DAY_START, &contact, &id),
			 0);
	usher_acd_free(acd);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("acd moment");
	TCase *tcase = tcase_create("moment");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, moment__goes_on_wherever_its_events_end);
	tcase_add_test(tcase, look__before_an_input_of_its_time_was);
	tcase_add_test(tcase, look__comes_after_what_happened_in_its_moment);
	tcase_add_test(tcase,
		       widening__comes_after_what_happened_in_its_moment);
	tcase_add_test(
		tcase,
		input__of_a_clock_that_is_behind_comes_after_what_was_due);
	tcase_add_loop_test(tcase, input__is_given_by_no_deadline, 0, 2);
	tcase_add_test(tcase, deferral__that_was_over_before_a_step_is_over);
	tcase_add_test(
		tcase,
		step__is_taken_for_who_is_connected_beyond_the_longest_wait);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
