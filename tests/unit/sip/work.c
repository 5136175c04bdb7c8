/* Whose work makes newcomers wait: by a clock and a processor's clock that are
 * both set, so that what is looked at is to the microsecond. */
#include <time.h>

#include "limitpeer.h"

enum {
	MS = 1000,
	LOOK_US = 4 * MS, /* from one newcomer's turn to the next */
	OWN_US = USHER__UA_OVERLOAD_OWN_MS * MS,
	ANY_US = USHER__UA_OVERLOAD_MS * MS,
	HOLD_US = 100 * MS,
	SPAN_US = 1000 * MS,
	LATE_US = 20 * MS, /* how often the loop is looked at */
	EXPLICIT_MS = 40,
};

int __real_clock_gettime(clockid_t id, struct timespec *ts);
int __wrap_clock_gettime(clockid_t id, struct timespec *ts);

/* Ahead of the machine's; while a test is on the loop's thread, standing. */
static _Atomic int64_t ahead_us;
static _Thread_local bool standing;
static _Thread_local int64_t mono_us, cpu_us;
static _Thread_local unsigned asked; /* for the processor's clock */

int __wrap_clock_gettime(clockid_t id, struct timespec *ts)
{
	int err = __real_clock_gettime(id, ts);
	int64_t us;

	if (err || (id != CLOCK_MONOTONIC && id != CLOCK_THREAD_CPUTIME_ID))
		return err;
	us = (int64_t)ts->tv_sec * 1000000 + ts->tv_nsec / 1000;
	if (id == CLOCK_MONOTONIC) {
		us = standing ? mono_us : us + ahead_us;
	} else {
		asked++;
		us = cpu_us; /* what the machine says is no matter here */
	}
	ts->tv_sec = us / 1000000;
	ts->tv_nsec = us % 1000000 * 1000;
	return 0;
}

static struct usher__overload *overload(void)
{
	return subject.ua->limit->overload;
}

static void pass(int64_t us, int64_t work_us)
{
	mono_us += us;
	cpu_us += work_us;
}

static void comes_at(unsigned socket, bool known, int64_t waited_us)
{
	usher__overload_newcomer(overload(), socket, known, waited_us, false);
}

/* A stranger who waited so long, with another one behind: is it refused? */
static bool refuses(int64_t waited_us)
{
	comes_at(0, false, waited_us);
	return usher__overload_on(overload(), false, true);
}

/* Strangers, one after another, who all waited so long: after how long the
 * first is refused, or -1 if within this time none is. */
static int64_t refuses_after(int64_t waited_us, int64_t work_us,
			     int64_t within_us)
{
	int64_t us;

	for (us = 0; us <= within_us; us += LOOK_US) {
		if (refuses(waited_us))
			return us;
		pass(LOOK_US, work_us);
	}
	return -1;
}

static int stand(void *arg)
{
	struct timespec ts;
	int64_t begin_us;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	begin_us = (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
	mono_us = begin_us;
	standing = true;
	((void (*)(void))arg)();
	standing = false;
	ahead_us += mono_us - begin_us;
	return 0;
}

static void run_with(int32_t overload_ms, void (*fn)(void))
{
	const struct usher__limits limits = {
		.allow = "",
		.stranger_requests = -1,
		.stranger_calls = -1,
		.failures = -1,
		.overload_ms = overload_ms,
	};

	begin(&limits);
	(void)subject_call(&subject, stand, (void *)fn);
}

static void run(void (*fn)(void))
{
	run_with(0, fn);
}

static void three_parts_of_four(void)
{
	/* 110 ms since the first came: 82.5 of work. */
	ck_assert_int_eq(refuses_after(OWN_US, 3300, HOLD_US), HOLD_US);
	ck_assert(!refuses(OWN_US - 1));
	ck_assert(refuses(OWN_US));
}

static void less_than_that(void)
{
	ck_assert_int_eq(refuses_after(OWN_US, 3299, HOLD_US), -1);
}

static void shorter_waits(void)
{
	ck_assert_int_eq(refuses_after(OWN_US - 1, LOOK_US, 2 * SPAN_US), -1);
	/* and nobody has asked for what it would cost to know */
	ck_assert_uint_eq(asked, 0);
	(void)refuses(OWN_US);
	ck_assert_uint_eq(asked, 1);
	/* one more, since somebody waits; it is over with this one */
	(void)refuses(0);
	ck_assert_uint_eq(asked, 2);
	(void)refuses(0);
	ck_assert_uint_eq(asked, 2);
}

static void nobody_behind(void)
{
	unsigned i;

	for (i = 0; i < 2 * HOLD_US / LOOK_US; i++) {
		usher__overload_newcomer(overload(), 0, false, OWN_US,
					 i % 20 == 19);
		ck_assert(!usher__overload_on(overload(), false, true));
		pass(LOOK_US, LOOK_US);
	}
}

START_TEST(work__that_is_ours_refuses_soon)
{
	static void (*const fns[])(void) = {three_parts_of_four,
					    less_than_that, shorter_waits,
					    nobody_behind};

	run(fns[_i]);
	ck_assert_uint_eq(told(USHER__SECURITY_OVERLOAD), _i ? 0 : 1);
	teardown();
}
END_TEST

/* The processor is another one's, or the disk has us: for long, all wait up to
 * the other limit and are served. */
static void others_work(void)
{
	ck_assert_int_eq(refuses_after(ANY_US - 1, 2 * MS, 3 * SPAN_US), -1);
	ck_assert_int_eq(refuses_after(ANY_US, 0, HOLD_US), HOLD_US);
	ck_assert(!refuses(ANY_US - 1));
	ck_assert(refuses(ANY_US));
}

/* What piled up while we had no processor is done with all of it. */
static void pause_before(void)
{
	/* t >= 3/4 (60 ms + t) */
	ck_assert_int_eq(refuses_after(60 * MS, LOOK_US, SPAN_US), 180 * MS);
}

static void pause_within(void)
{
	ck_assert_int_eq(refuses_after(OWN_US, LOOK_US, 36 * MS), -1);
	pass(80 * MS - LOOK_US, 0);
	/* 40 + t >= 3/4 (10 + 116 + t) */
	ck_assert_int_eq(refuses_after(80 * MS, LOOK_US, SPAN_US), 220 * MS);
}

/* Something that takes long once, a snapshot, is work, and no load. */
static void one_long_step(void)
{
	ck_assert(!refuses(12 * MS));
	pass(120 * MS, 120 * MS);
	/* 10 + t >= 3/4 (12 + 120 + t) */
	ck_assert_int_eq(refuses_after(120 * MS - 30 * MS, LOOK_US, SPAN_US),
			 356 * MS);
}

/* What was more than the span ago counts half, and after half a span again. */
static void long_ago(void)
{
	int64_t last_us = SPAN_US - OWN_US - LOOK_US - LOOK_US / 2;

	ck_assert_int_eq(refuses_after(OWN_US, 0, last_us), -1);
	pass(LOOK_US / 2, 0);
	/* nothing of 500 ms, 500 of 1000, 250 of 500, 750 of 1000 */
	ck_assert_int_eq(refuses_after(OWN_US, LOOK_US, 2 * SPAN_US), SPAN_US);
}

START_TEST(work__of_others_refuses_late)
{
	static void (*const fns[])(void) = {others_work, pause_before,
					    pause_within, one_long_step,
					    long_ago};

	run(fns[_i]);
	teardown();
}
END_TEST

/* Whoever has set a limit has that one, whoever works. */
static void explicit_limit(void)
{
	ck_assert_int_eq(
		refuses_after(EXPLICIT_MS * MS - 1, LOOK_US, 2 * SPAN_US), -1);
	ck_assert_int_eq(refuses_after(EXPLICIT_MS * MS, 0, HOLD_US), HOLD_US);
	ck_assert(!refuses(EXPLICIT_MS * MS - 1));
	ck_assert_uint_eq(asked, 0);
}

START_TEST(work__does_not_matter_where_a_limit_is_set)
{
	run_with(EXPLICIT_MS, explicit_limit);
	teardown();
}
END_TEST

static void ends_when_nobody_waits(void)
{
	ck_assert_int_eq(refuses_after(OWN_US, LOOK_US, HOLD_US), HOLD_US);
	ck_assert_int_eq(refuses_after(0, LOOK_US, HOLD_US - LOOK_US), -1);
	ck_assert(refuses(OWN_US)); /* not yet */
	ck_assert_int_eq(refuses_after(0, LOOK_US, HOLD_US), -1);
	ck_assert(!refuses(OWN_US));
}

/* Somebody else takes the processor, and there is no end of waits. */
static void ends_when_work_is_others(void)
{
	int64_t us;

	ck_assert_int_eq(refuses_after(OWN_US, LOOK_US, HOLD_US), HOLD_US);
	for (us = LOOK_US; us < SPAN_US; us += LOOK_US) {
		pass(LOOK_US, 2 * MS);
		ck_assert(refuses(OWN_US));
	}
	pass(LOOK_US, 2 * MS);
	ck_assert(!refuses(OWN_US));
	ck_assert_int_eq(refuses_after(OWN_US, 2 * MS, 2 * SPAN_US), -1);
}

static void goes_on_while_work_is_ours(void)
{
	unsigned i;

	ck_assert_int_eq(refuses_after(OWN_US, LOOK_US, HOLD_US), HOLD_US);
	for (i = 0; i < 3 * SPAN_US / LOOK_US; i++) {
		pass(LOOK_US, 3 * MS);
		ck_assert(refuses(OWN_US));
	}
}

START_TEST(work__that_is_over_refuses_nobody)
{
	static void (*const fns[])(void) = {ends_when_nobody_waits,
					    ends_when_work_is_others,
					    goes_on_while_work_is_ours};

	run(fns[_i]);
	if (_i < 2)
		ck_assert_uint_eq(told(USHER__SECURITY_OVERLOAD_END), 1);
	teardown();
}
END_TEST

/* Strangers have a turn now and then, while those whom we know are served;
 * what they take is looked at, too. */
static void each_sort_for_itself(void)
{
	int64_t us;

	for (us = 0; us < 2 * HOLD_US; us += LOOK_US) {
		comes_at(0, us % (8 * LOOK_US) != 0,
			 us % (8 * LOOK_US) ? 0 : 50 * MS);
		pass(LOOK_US, LOOK_US);
	}
	ck_assert(refuses(OWN_US));
	comes_at(0, true, OWN_US);
	ck_assert(!usher__overload_on(overload(), true, true));
}

/* Nor does what comes at one address wait for the other one's. */
static void each_socket_for_itself(void)
{
	ck_assert_int_eq(refuses_after(OWN_US, LOOK_US, HOLD_US), HOLD_US);
	comes_at(1, false, OWN_US);
	ck_assert(!usher__overload_on(overload(), false, true));
	/* Nor do connections. */
	ck_assert(!usher__overload_on(overload(), false, false));
}

START_TEST(work__refuses_those_who_wait_for_it)
{
	run(_i ? each_socket_for_itself : each_sort_for_itself);
	teardown();
}
END_TEST

#ifdef USHER_LIBRE_PRIVATE /* else the clock of timers is not ours */
static int64_t work_of_step_us, late_us = 140 * MS;
static _Atomic bool strangers, known;

/* One turn of the loop, in which many connections have theirs, and whose
 * timer, that looks at how late it is, comes so much later. */
static void turn_of_connections(void)
{
	int64_t us;

	strangers = usher__overload_on(overload(), false, false);
	known = usher__overload_on(overload(), true, false);
	usher__overload_stream(overload());
	for (us = 0; us < LATE_US + late_us; us += LOOK_US) {
		pass(LOOK_US, work_of_step_us);
		usher__overload_stream(overload());
	}
}

static void turns(unsigned count, int64_t each_late_us, int64_t work_us)
{
	late_us = each_late_us;
	work_of_step_us = work_us;
	while (count--)
		(void)subject_call(&subject, stand,
				   (void *)turn_of_connections);
}

/* Nobody comes by a connection. */
static void quiet_while(void)
{
	strangers = usher__overload_on(overload(), false, true);
	known = usher__overload_on(overload(), true, true);
	pass(LATE_US, 0);
}

START_TEST(work__for_connections_counts_as_well)
{
	unsigned i;

	work_of_step_us = _i ? LOOK_US : 2 * MS;
	run(turn_of_connections);
	for (i = 0; i < 12; i++)
		(void)subject_call(&subject, stand,
				   (void *)turn_of_connections);
	ck_assert_int_eq(strangers, _i);
	ck_assert(!known);
	teardown();
}
END_TEST

/* Strangers are let in while those whom we know are refused, whose measure
 * began later; nor is that for ever, though only datagrams come then. */
START_TEST(work__for_connections_ends_for_all)
{
	unsigned i;

	run(quiet_while);
	turns(4, 300 * MS, LOOK_US);
	turns(3, 600 * MS, LOOK_US);
	turns(1, 600 * MS, 0);
	ck_assert(strangers && known);
	for (i = 0; i < 20; i++)
		(void)subject_call(&subject, stand, (void *)quiet_while);
	ck_assert(!strangers);
	ck_assert(!known);
	teardown();
}
END_TEST
#endif

int main(void)
{
	Suite *suite = suite_create("sip_work");
	TCase *tc = tcase_create("work");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, work__that_is_ours_refuses_soon, 0, 4);
	tcase_add_loop_test(tc, work__of_others_refuses_late, 0, 5);
	tcase_add_test(tc, work__does_not_matter_where_a_limit_is_set);
	tcase_add_loop_test(tc, work__that_is_over_refuses_nobody, 0, 3);
	tcase_add_loop_test(tc, work__refuses_those_who_wait_for_it, 0, 2);
#ifdef USHER_LIBRE_PRIVATE
	tcase_add_loop_test(tc, work__for_connections_counts_as_well, 0, 2);
	tcase_add_test(tc, work__for_connections_ends_for_all);
#endif
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
