/* Who rests: what an event costs many of them, and when each is looked at. */
#include <check.h>
#include <string.h>

#include <acd/internal.h>

#include "day.h"
#include "fixture.h"

#define CROWD 10000
/* Of the random runs. */
#define CONTACTS 60
#define STEPS    3
#define EVENTS   200

static const int64_t checks[STEPS] = {3 * SECOND, 5 * SECOND, 5 * SECOND};
static const int64_t afters[STEPS] = {0, 0, 7 * SECOND};

static void add_step(struct usher_acd *acd, uint64_t queue, uint32_t number,
		     int64_t after, int64_t check)
{
	struct usher_queue_step_opts opts;

	usher_queue_step_opts_init(&opts, sizeof(opts));
	opts.action = USHER_QUEUE_STEP_PRIORITY;
	opts.priority = 1;
	opts.condition = "waiting > 50000";
	opts.after_us = after;
	opts.check_us = check;
	ck_assert_int_eq(usher_acd_step_set(acd, usher_acd_now(acd), queue,
					    number, &opts, NULL),
			 0);
}

/* Changes nothing but the sequence. */
static void event(struct usher_acd *acd, int64_t now)
{
	ck_assert_int_eq(usher_acd_day(acd, now, "day"), 0);
	drained(acd);
}

static void pass(struct usher_acd *acd, int64_t now)
{
	ck_assert_int_eq(usher_acd_advance(acd, now), 0);
	drained(acd);
}

START_TEST(event__sets_one_timer_for_ten_thousand)
{
	struct usher_acd *acd = acd_made();
	uint64_t queue = add_queue(acd, "q", "longest_idle"), looks;

	add_step(acd, queue, 1, 0, 5 * SECOND);
	for (uint32_t i = 0; i < CROWD; i++)
		wait_in(acd, DAY_START + i * INT64_C(100), queue, 0);
	drained(acd);
	pass(acd, DAY_START + 20 * SECOND);
	ck_assert_uint_eq(acd->timers.count, 0);
	ck_assert_int_eq(usher_acd_deadline(acd), USHER_NEVER);
	looks = acd->looks;
	event(acd, DAY_START + 21 * SECOND);
	ck_assert_uint_eq(acd->timers.count, 1);
	ck_assert_int_eq(usher_acd_deadline(acd), DAY_START + 25 * SECOND);
	ck_assert_uint_eq(acd->looks, looks);
	/* half of them, then an event: the others, and those once more */
	pass(acd, DAY_START + 25 * SECOND + 499900);
	ck_assert_uint_eq(acd->looks, looks + CROWD / 2);
	event(acd, DAY_START + 25 * SECOND + 499950);
	ck_assert_uint_eq(acd->timers.count, 1);
	pass(acd, DAY_START + 29 * SECOND);
	ck_assert_uint_eq(acd->looks, looks + CROWD);
	pass(acd, DAY_START + 100 * SECOND);
	ck_assert_uint_eq(acd->looks, looks + CROWD + CROWD / 2);
	ck_assert_uint_eq(acd->timers.count, 0);
	usher_acd_free(acd);
}
END_TEST

/* ---- Each with a timer of its own ---- */

struct model {
	int64_t began[CONTACTS];
	uint64_t
		looked[CONTACTS]; /* events that there were by the last look */
	uint32_t count;
	uint64_t looks;
};

/* The first look of a contact after a time. */
static int64_t look_after(int64_t began, int64_t from)
{
	int64_t first = INT64_MAX;

	for (uint32_t i = 0; i < STEPS; i++) {
		int64_t at = began + afters[i];

		if (at <= from)
			at += ((from - at) / checks[i] + 1) * checks[i];
		if (at < first)
			first = at;
	}
	return first;
}

/* A step is looked at as often as its contact is; one that has to wait for its
 * first time makes that come though nothing happens. */
static void model_pass(struct model *m, uint64_t events, int64_t from,
		       int64_t to)
{
	for (uint32_t i = 0; i < m->count; i++) {
		int64_t due = m->began[i] + afters[STEPS - 1];
		int64_t at = from;

		for (;;) {
			if (m->looked[i] != events)
				at = look_after(m->began[i], at);
			else if (due > at)
				at = due;
			else
				break;
			if (at > to)
				break;
			m->looked[i] = events;
			m->looks += STEPS;
		}
	}
}

START_TEST(looks__are_those_of_timers_of_their_own)
{
	struct usher_acd *acd = acd_made();
	struct day day = {.seed = (uint64_t)_i + 1, .now = DAY_START};
	uint64_t queue = add_queue(acd, "q", "longest_idle");
	static struct model m;
	uint64_t events = 0;

	memset(&m, 0, sizeof(m));
	for (uint32_t i = 0; i < STEPS; i++)
		add_step(acd, queue, i + 1, afters[i], checks[i]);
	drained(acd);
	for (uint32_t i = 0; i < EVENTS; i++) {
		/* often in one moment, or at a time of looking */
		int64_t to =
			day.now + (int64_t)day_draw(&day, 20) * SECOND / 2;

		if (day_draw(&day, 4) == 0)
			to += (int64_t)day_draw(&day, 1000000);
		pass(acd, to);
		model_pass(&m, events, day.now, to);
		day.now = to;
		ck_assert_uint_eq(acd->looks, m.looks);
		events++;
		if (m.count < CONTACTS && day_draw(&day, 2)) {
			wait_in(acd, to, queue, 0);
			drained(acd);
			m.began[m.count] = to;
			m.looked[m.count++] = events;
			m.looks += STEPS;
		} else {
			event(acd, to);
		}
		ck_assert_uint_eq(acd->looks, m.looks);
	}
	ck_assert_uint_gt(m.looks, 0);
	usher_acd_free(acd);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("acd rest");
	TCase *tcase = tcase_create("rest");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, event__sets_one_timer_for_ten_thousand);
	tcase_add_loop_test(tcase, looks__are_those_of_timers_of_their_own, 0,
			    10);
	tcase_set_timeout(tcase, 60);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
