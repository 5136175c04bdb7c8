/* Steps of queues: memory, conditions, times, and what is refused. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "day.h"
#include "fixture.h"

/* More than have timers in reserve. */
#define MANY 1000

static void step_opts(struct usher_queue_step_opts *opts, uint32_t action)
{
	usher_queue_step_opts_init(opts, sizeof(*opts));
	opts->action = action;
	opts->priority = action == USHER_QUEUE_STEP_PRIORITY ? 5 : 0;
}

static void set_step(struct usher_acd *acd, uint64_t queue, uint32_t number,
		     const struct usher_queue_step_opts *opts)
{
	ck_assert_int_eq(usher_acd_step_set(acd, usher_acd_now(acd), queue,
					    number, opts, NULL),
			 0);
}

/* How many steps were taken since the last look. */
static uint32_t taken_drained(struct usher_acd *acd)
{
	const struct usher_event *ev;
	uint32_t n = 0;

	while ((ev = usher_acd_next(acd)))
		n += ev->type == USHER_EV_STEP_TAKEN;
	return n;
}

static void fold_all(struct usher_acd *from, struct usher_acd *to)
{
	const struct usher_event *ev;

	while ((ev = usher_acd_next(from)))
		ck_assert_int_eq(usher_acd_fold(to, ev), 0);
}

static void snapshots_equal(const struct usher_acd *a,
			    const struct usher_acd *b)
{
	struct bytes one, two;

	bytes_snapshot(&one, a);
	bytes_snapshot(&two, b);
	ck_assert(bytes_equal(&one, &two));
	bytes_free(&one);
	bytes_free(&two);
}

START_TEST(steps__change_under_a_thousand_who_wait)
{
	struct usher_acd *acd = acd_made(), *other = acd_made();
	uint64_t queue = add_queue(acd, "q", "longest_idle");
	struct usher_queue_step_opts opts;

	for (uint32_t i = 0; i < MANY; i++) {
		wait_in(acd, DAY_START, queue, 0);
		fold_all(acd, other);
	}
	step_opts(&opts, USHER_QUEUE_STEP_PRIORITY);
	opts.after_us = 60 * SECOND;
	set_step(acd, queue, 1, &opts);
	set_step(acd, queue, 2, &opts);
	ck_assert_int_eq(usher_acd_steps_cut(acd, DAY_START, queue, 1), 0);
	fold_all(acd, other);
	snapshots_equal(acd, other);
	ck_assert_int_eq(usher_acd_advance(acd, DAY_START + 60 * SECOND), 0);
	ck_assert_uint_eq(taken_drained(acd), MANY);
	ck_assert_int_eq(usher_acd_advance(other, DAY_START + 60 * SECOND), 0);
	ck_assert_uint_eq(taken_drained(other), MANY);
	usher_acd_free(acd);
	usher_acd_free(other);
}
END_TEST

START_TEST(steps__change_wholly_or_not_without_memory)
{
	struct heap heap = {.left = -1};
	struct usher_alloc alloc = {heap_realloc, &heap};
	struct usher_queue_step_opts step;
	struct usher_acd_opts opts;
	struct usher_acd *acd;
	uint64_t queue;
	long n = 0;
	int rc;

	usher_acd_opts_init(&opts, sizeof(opts));
	opts.alloc = &alloc;
	acd = day_core(&opts);
	queue = add_queue(acd, "q", "longest_idle");
	for (uint32_t i = 0; i < MANY; i++) {
		wait_in(acd, DAY_START, queue, 0);
		drained(acd);
	}
	step_opts(&step, USHER_QUEUE_STEP_PRIORITY);
	step.condition = "waiting > 5000";
	do {
		heap.left = n++;
		rc = usher_acd_step_set(acd, DAY_START, queue, 1, &step, NULL);
		heap.left = -1;
		ck_assert(!rc || (rc == USHER_ENOMEM && !usher_acd_next(acd)));
	} while (rc);
	ck_assert_int_gt(n, 1);
	ck_assert_int_eq(usher_acd_advance(acd, DAY_START + SECOND), 0);
	usher_acd_free(acd);
	ck_assert_int_eq(heap.alive, 0);
}
END_TEST

#define LONG_LIST 70

START_TEST(condition__may_read_a_long_list_twice)
{
	struct usher_acd *acd = acd_made();
	uint64_t queue = add_queue(acd, "q", "longest_idle"), contact;
	struct usher_contact_opts opts;
	struct usher_enqueue_opts enqueue;
	struct usher_queue_step_opts step;
	struct usher_attr list = {
		.name = "l", .type = USHER_ATTR_LIST, .count = LONG_LIST};
	char texts[LONG_LIST * 4], *at = texts;

	for (uint32_t i = 0; i < LONG_LIST; i++)
		at += snprintf(at, 4, "i%u", i) + 1;
	list.text = texts;
	step_opts(&step, USHER_QUEUE_STEP_PRIORITY);
	step.condition = "'zz' in contact.l or 'i0' in contact.l";
	set_step(acd, queue, 1, &step);
	usher_contact_opts_init(&opts, sizeof(opts));
	opts.attrs = &list;
	opts.attr_count = 1;
	ck_assert_int_eq(
		usher_acd_contact_new(acd, DAY_START, &opts, &contact), 0);
	usher_enqueue_opts_init(&enqueue, sizeof(enqueue));
	enqueue.queues = &queue;
	enqueue.queue_count = 1;
	ck_assert_int_eq(
		usher_acd_enqueue(acd, DAY_START, contact, &enqueue, NULL), 0);
	ck_assert_uint_eq(taken_drained(acd), 1);
	usher_acd_free(acd);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("acd steps");
	TCase *tcase = tcase_create("steps");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, steps__change_under_a_thousand_who_wait);
	tcase_add_test(tcase, steps__change_wholly_or_not_without_memory);
	tcase_add_test(tcase, condition__may_read_a_long_list_twice);
	tcase_set_timeout(tcase, 60);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
