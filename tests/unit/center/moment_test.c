/* Times as flows and people write them. */
#include <check.h>
#include <stdlib.h>
#include <time.h>

#include "center/moment.h"
#include "usher/config.h"

#define HOUR 3600

static struct usher__zone *zone;

static void setup(void)
{
	ck_assert_int_eq(usher__zone_new(&zone, "Europe/Budapest", NULL), 0);
}

static void teardown(void)
{
	usher__zone_free(zone);
}

static int64_t at(int64_t year, unsigned month, unsigned day, int64_t second)
{
	return usher__days_from(year, month, day) * 86400 + second;
}

static void reads(const char *text, int64_t base, int64_t expected)
{
	int64_t us = 0;

	ck_assert_msg(!usher__moment_read(text, zone, base * 1000000, &us),
		      "%s", text);
	ck_assert_msg(us == expected * 1000000, "%s: %lld, not %lld", text,
		      (long long)(us / 1000000), (long long)expected);
}

START_TEST(moment__is_a_duration)
{
	reads("0s", 1000, 1000);
	reads("90m", 1000, 1000 + 90 * 60);
	reads("2h", 1000, 1000 + 2 * HOUR);
	reads("1d", 1000, 1000 + 24 * HOUR);
}
END_TEST

START_TEST(moment__is_the_next_time_that_clocks_show_it)
{
	/* In winter Budapest is an hour ahead: 12:00 there. */
	int64_t noon = at(2026, 1, 15, 11 * HOUR);

	reads("12:00", noon, noon);
	reads("14:30", noon, noon + 9000);
	reads("1430", noon, noon + 9000);
	reads("11:59", noon, noon + 24 * HOUR - 60);
	/* 02:30 is skipped on the 29th of March: the moment of the change. */
	reads("02:30", at(2026, 3, 29, 0), at(2026, 3, 29, HOUR));
	/* The night in which clocks change: an hour shorter. */
	reads("09:00", at(2026, 3, 28, 9 * HOUR), at(2026, 3, 29, 7 * HOUR));
	/* On the 25th of October they show 02:30 twice, and at 02:45 of the
	 * first of these hours once more; after the second tomorrow again. */
	reads("02:30", at(2026, 10, 25, 0), at(2026, 10, 25, HOUR / 2));
	reads("02:30", at(2026, 10, 25, HOUR * 3 / 4),
	      at(2026, 10, 25, HOUR * 3 / 2));
	reads("02:30", at(2026, 10, 25, HOUR * 7 / 4),
	      at(2026, 10, 26, HOUR * 3 / 2));
	/* over midnight */
	reads("02:00", at(2026, 10, 24, 20 * HOUR), at(2026, 10, 25, 0));
}
END_TEST

/* The same of the C library's zone: in Ireland the winter is what it calls
 * daylight saving. */
START_TEST(moment__is_shown_twice_by_the_clocks_of_the_process)
{
	static const struct {
		const char *zone, *time;
	} shown[] = {{"Europe/Dublin", "01:30"}, {"Europe/Budapest", "02:30"}};
	int64_t begin = at(2026, 10, 25, 0);

	teardown();
	zone = NULL;
	setenv("TZ", shown[_i].zone, 1);
	tzset();
	reads(shown[_i].time, begin, begin + HOUR / 2);
	reads(shown[_i].time, begin + HOUR * 3 / 4, begin + HOUR * 3 / 2);
	unsetenv("TZ");
	tzset();
}
END_TEST

START_TEST(moment__is_a_date_and_a_time)
{
	reads("2026-07-01 09:00", 0, at(2026, 7, 1, 7 * HOUR));
	reads("2026-01-01T0900", 0, at(2026, 1, 1, 8 * HOUR));
}
END_TEST

START_TEST(moment__is_nothing_else)
{
	static const char *const bad[] = {
		"",
		"soon",
		"5",
		"12345678s",
		"24:00",
		"12:60",
		"9:00",
		"09:00:00",
		"-5m",
		"5 m",
		"367d",
		"2026-02-29 09:00",
		"2026-13-01 09:00",
		"2026-01-01",
		"2026-01-01 9",
		"{x}",
		"090",
		"5w",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		int64_t us = 7;

		ck_assert_msg(usher__moment_read(bad[i], zone, 0, &us) ==
				      USHER_EINVAL,
			      "%s", bad[i]);
		ck_assert_int_eq(us, 7);
		ck_assert_int_eq(usher_config_moment_check(bad[i], NULL),
				 USHER_EINVAL);
	}
	ck_assert_int_eq(usher_config_moment_check(NULL, NULL), USHER_EINVAL);
	ck_assert_int_eq(usher_config_moment_check("2h", NULL), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("moment");
	TCase *tc = tcase_create("moment");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, moment__is_a_duration);
	tcase_add_test(tc, moment__is_the_next_time_that_clocks_show_it);
	tcase_add_loop_test(
		tc, moment__is_shown_twice_by_the_clocks_of_the_process, 0, 2);
	tcase_add_test(tc, moment__is_a_date_and_a_time);
	tcase_add_test(tc, moment__is_nothing_else);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
