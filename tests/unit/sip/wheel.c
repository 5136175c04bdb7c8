/* The timer wheel in virtual time. */
#include <stdlib.h>

#include <check.h>

#include <sip/wheel.h>

#define FIRED_MAX 4096

static struct usher__wheel wheel;
static uint64_t now_ms;

static struct {
	uintptr_t what[FIRED_MAX];
	size_t count;
} fired;

static void setup(void)
{
	memset(&wheel, 0, sizeof(wheel));
	now_ms = 1000000;
	fired.count = 0;
}

static void note(void *arg)
{
	ck_assert_uint_lt(fired.count, FIRED_MAX);
	fired.what[fired.count++] = (uintptr_t)arg;
}

static void start(struct tmr *tmr, uint64_t delay_ms, uintptr_t what)
{
	usher__wheel_start(&wheel, now_ms, tmr, delay_ms, note, (void *)what);
}

static void pass(uint64_t ms)
{
	now_ms += ms;
	usher__wheel_poll(&wheel, now_ms);
}

START_TEST(wheel__fires_at_its_time_and_once)
{
	struct tmr tmr = {0};

	start(&tmr, 100, 1);
	ck_assert(tmr_isrunning(&tmr));
	pass(99);
	ck_assert_uint_eq(fired.count, 0);
	pass(1);
	ck_assert_uint_eq(fired.count, 1);
	ck_assert(!tmr_isrunning(&tmr));
	pass(1000000);
	ck_assert_uint_eq(fired.count, 1);
}
END_TEST

START_TEST(wheel__fires_in_order_of_expiry_then_of_start)
{
	static const uint64_t delay_ms[] = {500, 70, 70, 0, 5000, 500, 1, 70};
	static const uintptr_t order[] = {3, 6, 1, 2, 7, 0, 5, 4};
	struct tmr tmr[ARRAY_SIZE(delay_ms)] = {0};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(delay_ms); i++)
		start(&tmr[i], delay_ms[i], i);
	pass(10000);
	ck_assert_uint_eq(fired.count, ARRAY_SIZE(order));
	for (i = 0; i < ARRAY_SIZE(order); i++)
		ck_assert_uint_eq(fired.what[i], order[i]);
}
END_TEST

START_TEST(wheel__keeps_the_order_of_start_across_levels)
{
	struct tmr early = {0}, late = {0};

	/* The first waits in a coarse slot, the second, started shortly
	 * before, in a fine one; they expire together. */
	start(&early, 5000, 1);
	pass(4990);
	start(&late, 10, 2);
	pass(10);
	ck_assert_uint_eq(fired.count, 2);
	ck_assert_uint_eq(fired.what[0], 1);
	ck_assert_uint_eq(fired.what[1], 2);
}
END_TEST

START_TEST(wheel__fires_each_delay_to_the_millisecond)
{
	struct tmr tmr = {0};
	uint64_t delay_ms, i;

	for (i = 0; i < 40; i++) {
		/* Around each power of two, past the top level. */
		for (delay_ms = (1ull << i) > 2 ? (1ull << i) - 2 : 1;
		     delay_ms <= (1ull << i) + 2; delay_ms++) {
			fired.count = 0;
			start(&tmr, delay_ms, 1);
			pass(delay_ms - 1);
			ck_assert_uint_eq(fired.count, 0);
			pass(1);
			ck_assert_uint_eq(fired.count, 1);
		}
	}
}
END_TEST

START_TEST(wheel__next_leads_to_each_expiry_in_few_polls)
{
	static const uint64_t delay_ms[] = {1,     63,      64,        4095,
					    32000, 3600000, 1ull << 26};
	struct tmr tmr = {0};
	uint64_t start_ms, wait_ms;
	unsigned polls;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(delay_ms); i++) {
		fired.count = 0;
		start(&tmr, delay_ms[i], 1);
		start_ms = now_ms;
		for (polls = 0; !fired.count; polls++) {
			wait_ms = usher__wheel_next(&wheel, now_ms);
			ck_assert_uint_gt(wait_ms, 0);
			pass(wait_ms);
		}
		ck_assert_uint_eq(now_ms - start_ms, delay_ms[i]);
		ck_assert_uint_le(polls, 9);
	}
	ck_assert_uint_eq(usher__wheel_next(&wheel, now_ms), 0);
}
END_TEST

START_TEST(wheel__zero_delay_fires_at_the_next_poll)
{
	struct tmr tmr = {0};

	start(&tmr, 0, 1);
	ck_assert_uint_eq(usher__wheel_next(&wheel, now_ms), 1);
	pass(0);
	ck_assert_uint_eq(fired.count, 1);
}
END_TEST

START_TEST(wheel__restart_moves_the_timer)
{
	struct tmr tmr = {0};

	start(&tmr, 10, 1);
	start(&tmr, 5000, 2);
	ck_assert_uint_eq(usher__wheel_count(&wheel), 1);
	pass(4999);
	ck_assert_uint_eq(fired.count, 0);
	pass(1);
	ck_assert_uint_eq(fired.count, 1);
	ck_assert_uint_eq(fired.what[0], 2);
}
END_TEST

START_TEST(wheel__cancel_stops_it_and_may_repeat)
{
	struct tmr tmr = {0}, never = {0};

	start(&tmr, 10, 1);
	usher__wheel_cancel(&tmr);
	usher__wheel_cancel(&tmr);
	usher__wheel_cancel(&never);
	ck_assert(!tmr_isrunning(&tmr));
	ck_assert_uint_eq(usher__wheel_next(&wheel, now_ms), 0);
	pass(100);
	ck_assert_uint_eq(fired.count, 0);
	start(&tmr, 10, 1);
	usher__wheel_start(&wheel, now_ms, &tmr, 10, NULL, NULL);
	pass(100);
	ck_assert_uint_eq(fired.count, 0);
}
END_TEST

static struct tmr other;

static void cancel_other(void *arg)
{
	note(arg);
	usher__wheel_cancel(&other);
}

START_TEST(wheel__handler_cancels_one_that_is_due_too)
{
	struct tmr tmr = {0};

	memset(&other, 0, sizeof(other));
	usher__wheel_start(&wheel, now_ms, &tmr, 10, cancel_other, (void *)1);
	start(&other, 10, 2);
	pass(10);
	ck_assert_uint_eq(fired.count, 1);
	pass(100);
	ck_assert_uint_eq(fired.count, 1);
}
END_TEST

static struct tmr again;
static uint64_t again_ms;

static void restart(void *arg)
{
	note(arg);
	usher__wheel_start(&wheel, now_ms, &again, again_ms, restart, arg);
}

START_TEST(wheel__handler_restarts_itself_without_delay)
{
	memset(&again, 0, sizeof(again));
	again_ms = 0;
	usher__wheel_start(&wheel, now_ms, &again, 10, restart, (void *)1);
	pass(10);
	ck_assert_uint_eq(fired.count, 1);
	pass(0);
	ck_assert_uint_eq(fired.count, 2);
	usher__wheel_cancel(&again);
}
END_TEST

START_TEST(wheel__handler_restarts_itself_from_the_real_time)
{
	memset(&again, 0, sizeof(again));
	again_ms = 20;
	usher__wheel_start(&wheel, now_ms, &again, 20, restart, (void *)1);
	/* Polled late, it runs once and not five times. */
	pass(100);
	ck_assert_uint_eq(fired.count, 1);
	pass(20);
	ck_assert_uint_eq(fired.count, 2);
	usher__wheel_cancel(&again);
}
END_TEST

static void free_self(void *arg)
{
	fired.count++;
	free(arg);
}

START_TEST(wheel__handler_may_free_its_timer)
{
	struct tmr *tmr = calloc(1, sizeof(*tmr));

	ck_assert_ptr_nonnull(tmr);
	usher__wheel_start(&wheel, now_ms, tmr, 10, free_self, tmr);
	pass(10);
	ck_assert_uint_eq(fired.count, 1);
	ck_assert_uint_eq(usher__wheel_count(&wheel), 0);
}
END_TEST

START_TEST(wheel__longest_delay_does_not_wrap)
{
	struct tmr tmr = {0};

	start(&tmr, UINT64_MAX, 1);
	ck_assert_uint_eq(tmr.jfs, UINT64_MAX);
	pass(1ull << 30);
	ck_assert_uint_eq(fired.count, 0);
	ck_assert_uint_gt(usher__wheel_next(&wheel, now_ms), 0);
	usher__wheel_cancel(&tmr);
}
END_TEST

START_TEST(wheel__time_that_stands_or_jumps_loses_nothing)
{
	struct tmr tmr[64] = {0};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(tmr); i++)
		start(&tmr[i], 1ull << (i / 2), i);
	usher__wheel_poll(&wheel, now_ms);
	usher__wheel_poll(&wheel, now_ms - 5000);
	ck_assert_uint_eq(fired.count, 0);
	pass(1ull << 32);
	ck_assert_uint_eq(fired.count, ARRAY_SIZE(tmr));
	for (i = 0; i < ARRAY_SIZE(tmr); i++)
		ck_assert_uint_eq(fired.what[i], i);
}
END_TEST

#define MODEL_TIMERS 300

static struct {
	struct tmr tmr;
	uint64_t at_ms;   /* 0: not running */
	uint64_t started; /* order among equals */
} model[MODEL_TIMERS];
static uint64_t model_last_ms, model_last_started;

static void model_fire(void *arg)
{
	uintptr_t i = (uintptr_t)arg;

	if (!model[i].at_ms || model[i].at_ms > now_ms)
		ck_abort_msg("timer %zu fired too early", (size_t)i);
	if (model[i].at_ms < model_last_ms ||
	    (model[i].at_ms == model_last_ms &&
	     model[i].started <= model_last_started))
		ck_abort_msg("timer %zu fired out of order", (size_t)i);
	model_last_ms = model[i].at_ms;
	model_last_started = model[i].started;
	model[i].at_ms = 0;
}

/* A generator of our own: the same numbers on every machine. */
static uint32_t draw(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

START_TEST(wheel__agrees_with_a_naive_list)
{
	uint32_t random = (uint32_t)_i;
	uint64_t delay_ms, started = 0;
	size_t step, i;

	memset(model, 0, sizeof(model));
	for (step = 0; step < 20000; step++) {
		i = draw(&random) % MODEL_TIMERS;
		switch (draw(&random) % 4) {
		case 0:
			usher__wheel_cancel(&model[i].tmr);
			model[i].at_ms = 0;
			break;
		case 1:
			now_ms += 1 +
				  (draw(&random) % 2000 >> draw(&random) % 11);
			model_last_ms = 0;
			usher__wheel_poll(&wheel, now_ms);
			for (i = 0; i < MODEL_TIMERS; i++) {
				if (model[i].at_ms && model[i].at_ms <= now_ms)
					ck_abort_msg("timer %zu missed", i);
			}
			break;
		default:
			delay_ms = 1 + (draw(&random) >> draw(&random) % 24);
			usher__wheel_start(&wheel, now_ms, &model[i].tmr,
					   delay_ms, model_fire, (void *)i);
			model[i].at_ms = now_ms + delay_ms;
			model[i].started = ++started;
		}
	}
}
END_TEST

START_TEST(wheel__carries_many_timers)
{
	size_t i, count = 200000;
	struct tmr *tmr = calloc(count, sizeof(*tmr));

	ck_assert_ptr_nonnull(tmr);
	for (i = 0; i < count; i++)
		start(&tmr[i], 32000 + i % 1000, i);
	ck_assert_uint_eq(usher__wheel_count(&wheel), count);
	for (i = 4000; i < count; i++)
		usher__wheel_cancel(&tmr[i]);
	ck_assert_uint_eq(usher__wheel_count(&wheel), 4000);
	pass(33000);
	ck_assert_uint_eq(fired.count, 4000);
	free(tmr);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("wheel");
	TCase *tcase = tcase_create("wheel");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, wheel__fires_at_its_time_and_once);
	tcase_add_test(tcase, wheel__fires_in_order_of_expiry_then_of_start);
	tcase_add_test(tcase, wheel__keeps_the_order_of_start_across_levels);
	tcase_add_test(tcase, wheel__fires_each_delay_to_the_millisecond);
	tcase_add_test(tcase, wheel__next_leads_to_each_expiry_in_few_polls);
	tcase_add_test(tcase, wheel__zero_delay_fires_at_the_next_poll);
	tcase_add_test(tcase, wheel__restart_moves_the_timer);
	tcase_add_test(tcase, wheel__cancel_stops_it_and_may_repeat);
	tcase_add_test(tcase, wheel__handler_cancels_one_that_is_due_too);
	tcase_add_test(tcase, wheel__handler_restarts_itself_without_delay);
	tcase_add_test(tcase,
		       wheel__handler_restarts_itself_from_the_real_time);
	tcase_add_test(tcase, wheel__handler_may_free_its_timer);
	tcase_add_test(tcase, wheel__longest_delay_does_not_wrap);
	tcase_add_test(tcase, wheel__time_that_stands_or_jumps_loses_nothing);
	tcase_add_loop_test(tcase, wheel__agrees_with_a_naive_list, 1, 9);
	tcase_add_test(tcase, wheel__carries_many_timers);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
