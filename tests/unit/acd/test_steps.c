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

static void wait_mail(struct usher_acd *acd, uint64_t queue)
{
	struct usher_contact_opts opts;
	struct usher_enqueue_opts enqueue;
	uint64_t contact;

	usher_contact_opts_init(&opts, sizeof(opts));
	opts.channel = "email";
	ck_assert_int_eq(
		usher_acd_contact_new(acd, DAY_START, &opts, &contact), 0);
	usher_enqueue_opts_init(&enqueue, sizeof(enqueue));
	enqueue.queues = &queue;
	enqueue.queue_count = queue != 0;
	if (queue)
		ck_assert_int_eq(usher_acd_enqueue(acd, DAY_START, contact,
						   &enqueue, NULL),
				 0);
	else
		ck_assert_int_eq(
			usher_acd_contact_end(acd, DAY_START, contact, ""), 0);
}

/* Whatever order the kinds of channel came in, of which a snapshot knows
 * nothing: who is free is free for the contact. */
START_TEST(condition__counts_the_free_for_the_contacts_channel)
{
	const struct usher_capacity capacity[] = {
		{.channel = "chat", .max = 1}, {.channel = "email", .max = 1}};
	struct usher_acd *acd = acd_made(), *restored;
	uint64_t queue = add_queue(acd, "q", "longest_idle");
	struct usher_queue_info info = {.size = sizeof(info)};
	struct usher_queue_step_opts step;
	struct usher_agent_opts agent;
	void *snapshot;
	size_t size;

	wait_mail(acd, 0);
	usher_agent_opts_init(&agent, sizeof(agent));
	agent.name = "anna";
	agent.capacity = capacity;
	agent.capacity_count = 2;
	agent.max_total = 2;
	add_ready(acd, &agent);
	step_opts(&step, USHER_QUEUE_STEP_PRIORITY);
	step.condition = "free > 0";
	step.after_us = 10 * SECOND;
	set_step(acd, queue, 1, &step);
	step.condition = "free == 0";
	set_step(acd, queue, 2, &step);
	wait_mail(acd, queue);
	wait_mail(acd, queue);
	drained(acd);
	ck_assert_int_eq(usher_acd_snapshot(acd, &snapshot, &size), 0);
	ck_assert_int_eq(usher_acd_restore(&restored, NULL, NULL, 0, NULL, 0,
					   snapshot, size, NULL),
			 0);
	usher_acd_snapshot_free(acd, snapshot);
	for (int i = 0; i < 2; i++) {
		struct usher_acd *at = i ? restored : acd;
		const struct usher_event *ev;
		uint64_t number;

		/* she has no room for a call */
		ck_assert_int_eq(usher_acd_queue_info(at, queue, &info), 0);
		ck_assert_uint_eq(info.free, 0);
		usher_acd_advance(at, DAY_START + 10 * SECOND);
		while ((ev = usher_acd_next(at))) {
			if (ev->type != USHER_EV_STEP_TAKEN)
				continue;
			usher_event_u64(ev, USHER_F_STEP, &number);
			ck_assert_uint_eq(number, 2);
		}
		usher_acd_free(at);
	}
}
END_TEST

START_TEST(free__is_who_would_take_a_call_before_there_was_one)
{
	struct usher_acd *acd = acd_made();
	uint64_t queue = add_queue(acd, "q", "longest_idle");
	struct usher_queue_info info = {.size = sizeof(info)};

	add_agent(acd, "anna", 0);
	wait_mail(acd, 0);
	ck_assert_int_eq(usher_acd_queue_info(acd, queue, &info), 0);
	ck_assert_uint_eq(info.free, 1);
	ck_assert_int_eq(info.expected_wait_us, 0);
	usher_acd_free(acd);
}
END_TEST

START_TEST(step__names_queues_that_there_are)
{
	struct usher_acd *acd = acd_made();
	uint64_t queue = add_queue(acd, "q", "longest_idle");
	uint64_t queues[] = {add_queue(acd, "r", "longest_idle"), 77};
	struct usher_queue_step_opts opts;
	struct usher_error err = {0};

	drained(acd);
	step_opts(&opts, USHER_QUEUE_STEP_OVERFLOW);
	opts.queues = queues;
	opts.queue_count = 2;
	ck_assert_int_eq(
		usher_acd_step_set(acd, DAY_START, queue, 1, &opts, &err),
		USHER_ENOENT);
	ck_assert(strstr(err.message, "step 1 names a queue"));
	ck_assert_ptr_null(usher_acd_next(acd));
	opts.queue_count = 1;
	set_step(acd, queue, 1, &opts);
	/* what is removed later takes nothing with it */
	ck_assert_int_eq(usher_acd_queue_remove(acd, DAY_START, queues[0]), 0);
	wait_in(acd, DAY_START, queue, 0);
	ck_assert_uint_eq(taken_drained(acd), 0);
	usher_acd_free(acd);
}
END_TEST

/* ---- Times of looking that went by ---- */

#define HOUR  (3600 * SECOND)
#define CROWD 200

static uint64_t step_looks(const struct usher_acd *acd)
{
	struct usher_acd_stats stats = {.size = sizeof(stats)};

	usher_acd_stats(acd, &stats);
	return stats.step_looks;
}

struct missed {
	const char *condition;
	uint32_t unstaffed;
	/* looks at one contact in an hour without an event; 720 times of
	 * looking go by */
	uint64_t most;
};

static const struct missed missed[] = {
	{"position > 5000", 0, 2},
	{"waiting > 5000 or staffed > 3 or expected_wait_ms > 5", 0, 2},
	{"contact.level >= 2 and wait_ms > 60000", 0, 4},
	{"wait_ms > 1800000 and free > 0", 0, 4},
	{"300000 <= age_ms and 600000 > wait_ms and ready > 9", 0, 6},
	{"wait_ms == 1234567 or not wait_ms != 7654.5", 0, 6},
	{"wait_ms >= contact.level or wait_ms < expected_wait_ms", 0, 4},
	/* nothing can be known of these */
	{"wait_ms / 1000 > 5000", 0, 722},
	{"wait_ms > age_ms", 0, 722},
	{NULL, 1, 2},
};
#define MISSED (sizeof(missed) / sizeof(missed[0]))

static void set_missed(struct usher_acd *acd, uint64_t queue,
		       const struct missed *row)
{
	struct usher_queue_step_opts opts;

	step_opts(&opts, USHER_QUEUE_STEP_PRIORITY);
	opts.condition = row->condition;
	opts.unstaffed = row->unstaffed;
	opts.after_us = row->unstaffed ? 2 * HOUR : 0;
	set_step(acd, queue, 1, &opts);
}

START_TEST(looks__that_were_missed_are_one)
{
	struct usher_acd *acd = acd_made();
	uint64_t queue = add_queue(acd, "q", "longest_idle"), looks;

	set_missed(acd, queue, &missed[_i]);
	add_agent(acd, "anna", 0);
	for (uint32_t i = 0; i <= CROWD; i++)
		wait_in(acd, DAY_START, queue, 0);
	ck_assert_int_eq(usher_acd_connected(acd, DAY_START, 1, NULL),
			 USHER_ESTATE);
	ck_assert_int_eq(usher_acd_accept(acd, DAY_START, 1, NULL), 0);
	ck_assert_int_eq(usher_acd_connected(acd, DAY_START, 1, NULL), 0);
	drained(acd);
	looks = step_looks(acd);
	ck_assert_int_eq(usher_acd_advance(acd, DAY_START + HOUR), 0);
	ck_assert_uint_eq(taken_drained(acd), 0);
	ck_assert_uint_le(step_looks(acd) - looks, CROWD * missed[_i].most);
	ck_assert_uint_ge(step_looks(acd) - looks, CROWD);
	usher_acd_free(acd);
}
END_TEST

/* What each tells, with an agent who comes and goes in between, when a core
 * is woken at every second and when it sleeps until something is given. */
START_TEST(looks__that_are_left_out_would_have_found_nothing)
{
	const struct missed *row = &missed[_i % MISSED];
	struct bytes bytes[2];

	for (int lazy = 0; lazy < 2; lazy++) {
		struct usher_acd *acd = acd_made();
		uint64_t queue = add_queue(acd, "q", "longest_idle"), anna;
		struct usher_queue_step_opts opts;

		anna = add_agent(acd, "anna", 0);
		usher_acd_presence(acd, DAY_START, anna, USHER_PAUSED, NULL);
		set_missed(acd, queue, row);
		step_opts(&opts, USHER_QUEUE_STEP_PRIORITY);
		opts.after_us = 17 * SECOND;
		opts.condition = "staffed == 0 or wait_ms >= 31500";
		opts.check_us = 7 * SECOND;
		set_step(acd, queue, 2, &opts);
		for (int64_t t = 1; t < 80; t++) {
			int64_t now = DAY_START + t * SECOND +
				      (t % 3 ? 0 : SECOND / 3);

			if (t < 9)
				wait_in(acd, now, queue, t % 2);
			else if (t % 20 == 0)
				usher_acd_presence(acd, now, anna,
						   t % 40 ? USHER_SIGNED_OUT
							  : USHER_PAUSED,
						   NULL);
			else if (!lazy)
				usher_acd_advance(acd, now);
		}
		usher_acd_advance(acd, DAY_START + 100 * SECOND);
		bytes_drain(&bytes[lazy], acd);
		usher_acd_free(acd);
	}
	ck_assert(bytes_equal(&bytes[0], &bytes[1]));
	bytes_free(&bytes[0]);
	bytes_free(&bytes[1]);
}
END_TEST

static int64_t first_taken(struct usher_acd *acd)
{
	const struct usher_event *ev;
	int64_t at = 0;

	while ((ev = usher_acd_next(acd))) {
		if (ev->type == USHER_EV_STEP_TAKEN && !at)
			at = ev->time_us;
	}
	return (at - DAY_START) / SECOND;
}

/* Seconds after the contact came: a time of looking, the first at which the
 * condition holds. */
static const struct {
	const char *condition;
	int64_t at;
} turns[] = {
	{"wait_ms >= 60000", 60},
	{"wait_ms > 60000", 65},
	{"wait_ms > 59999.5", 60},
	{"wait_ms == 62000", 0},
	{"61000 < age_ms", 65},
	{"not wait_ms < 3600000", 3600},
	{"wait_ms / 2 >= 5001", 15},
	{"staffed == 0", 105},
	{"wait_ms in (45000, 1)", 45},
	{"age_ms >= 30000 and waiting == 2", 75},
};
#define TURNS (sizeof(turns) / sizeof(turns[0]))

START_TEST(look__comes_at_its_time_though_nobody_asks)
{
	struct usher_acd *acd = acd_made();
	uint64_t queue = add_queue(acd, "q", "longest_idle");
	uint64_t anna = add_agent(acd, "anna", 0);
	struct usher_queue_step_opts opts;

	usher_acd_presence(acd, DAY_START, anna, USHER_PAUSED, NULL);
	step_opts(&opts, USHER_QUEUE_STEP_PRIORITY);
	opts.condition = turns[_i].condition;
	set_step(acd, queue, 1, &opts);
	wait_in(acd, DAY_START, queue, 0);
	/* just after a time of looking */
	wait_in(acd, DAY_START + 70 * SECOND, queue, 0);
	usher_acd_presence(acd, DAY_START + 101 * SECOND, anna,
			   USHER_SIGNED_OUT, NULL);
	usher_acd_advance(acd, DAY_START + 2 * HOUR);
	if (turns[_i].at)
		ck_assert_int_eq(first_taken(acd), turns[_i].at);
	else
		ck_assert_uint_eq(taken_drained(acd), 0);
	usher_acd_free(acd);
}
END_TEST

START_TEST(deadline__is_none_while_only_events_can_help)
{
	struct usher_acd *acd = acd_made();
	uint64_t queue = add_queue(acd, "q", "longest_idle");

	set_missed(acd, queue, &missed[0]);
	wait_in(acd, DAY_START, queue, 0);
	ck_assert_int_eq(usher_acd_deadline(acd), USHER_NEVER);
	/* anything may make it hold: looked at at its next time */
	usher_acd_note(acd, DAY_START + 7 * SECOND, USHER_EV_RECOVERED, 0, 0,
		       NULL, 0);
	ck_assert_int_eq(usher_acd_deadline(acd), DAY_START + 10 * SECOND);
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
	tcase_add_test(tcase,
		       condition__counts_the_free_for_the_contacts_channel);
	tcase_add_test(tcase,
		       free__is_who_would_take_a_call_before_there_was_one);
	tcase_add_test(tcase, step__names_queues_that_there_are);
	tcase_add_loop_test(tcase, looks__that_were_missed_are_one, 0,
			    (int)MISSED);
	tcase_add_loop_test(tcase,
			    looks__that_are_left_out_would_have_found_nothing,
			    0, (int)MISSED);
	tcase_add_loop_test(tcase, look__comes_at_its_time_though_nobody_asks,
			    0, (int)TURNS);
	tcase_add_test(tcase, deadline__is_none_while_only_events_can_help);
	tcase_set_timeout(tcase, 60);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
