/* Opening hours in zones. The moments of DST changes and what clocks show are
 * from the tz database by way of zdump(8) and date(1). */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include <center/calendar.h>
#include <center/zone.h>

#define S INT64_C(1000000)

static struct usher__calendar *calendar;

static void make(const char *zone)
{
	struct usher_error err = {0};

	ck_assert_msg(!usher__calendar_new(&calendar, zone, &err), "%s",
		      err.message);
}

static void add(uint32_t kind, const char *day, const char *times)
{
	struct usher_error err = {0};

	ck_assert_msg(!usher__calendar_add(calendar, kind, day, times, &err),
		      "%s", err.message);
}

static int64_t utc(int64_t year, unsigned month, unsigned day, unsigned hour,
		   unsigned minute)
{
	return usher__days_from(year, month, day) * 86400 + hour * 3600 +
	       minute * 60;
}

/* From one change to the next, as UTC. */
static void changes(int64_t at, const int64_t *expected, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		bool was = usher__calendar_open(calendar, at * S);
		int64_t next = usher__calendar_next(calendar, at * S);

		ck_assert_int_eq(next, expected[i] * S);
		ck_assert(usher__calendar_open(calendar, next) != was);
		ck_assert(usher__calendar_open(calendar, next - S) == was);
		at = expected[i];
	}
	usher__calendar_free(calendar);
}

START_TEST(days__go_there_and_back)
{
	int64_t year;
	unsigned month, day;

	ck_assert_int_eq(usher__days_from(1970, 1, 1), 0);
	ck_assert_int_eq(usher__days_from(2000, 2, 29), 11016);
	for (int64_t d = -800000; d < 800000; d += 97) {
		usher__days_to(d, &year, &month, &day);
		ck_assert_int_eq(usher__days_from(year, month, day), d);
		ck_assert_uint_le(day, usher__month_days(year, month));
	}
}
END_TEST

START_TEST(zone__knows_offsets_of_years_far_apart)
{
	struct usher__zone *zone;

	ck_assert(!usher__zone_new(&zone, "Europe/Budapest", NULL));
	ck_assert_int_eq(usher__zone_offset(zone, utc(2026, 1, 15, 12, 0)),
			 3600);
	ck_assert_int_eq(usher__zone_offset(zone, utc(2026, 7, 15, 12, 0)),
			 7200);
	/* last Sunday of March and of October, 01:00 UTC */
	ck_assert_int_eq(usher__zone_offset(zone, utc(2026, 3, 29, 1, 0) - 1),
			 3600);
	ck_assert_int_eq(usher__zone_offset(zone, utc(2026, 3, 29, 1, 0)),
			 7200);
	ck_assert_int_eq(usher__zone_offset(zone, utc(2099, 10, 25, 1, 0) - 1),
			 7200);
	ck_assert_int_eq(usher__zone_offset(zone, utc(2099, 10, 25, 1, 0)),
			 3600);
	usher__zone_free(zone);
	ck_assert(!usher__zone_new(&zone, "America/New_York", NULL));
	/* second Sunday of March 07:00 UTC, first of November 06:00 UTC */
	ck_assert_int_eq(usher__zone_offset(zone, utc(2026, 3, 8, 7, 0) - 1),
			 -5 * 3600);
	ck_assert_int_eq(usher__zone_offset(zone, utc(2026, 3, 8, 7, 0)),
			 -4 * 3600);
	ck_assert_int_eq(usher__zone_offset(zone, utc(2060, 11, 7, 6, 0) - 1),
			 -4 * 3600);
	ck_assert_int_eq(usher__zone_offset(zone, utc(2060, 11, 7, 6, 0)),
			 -5 * 3600);
	usher__zone_free(zone);
	/* summer lies over the turn of the year; half an hour of it */
	ck_assert(!usher__zone_new(&zone, "Australia/Lord_Howe", NULL));
	ck_assert_int_eq(usher__zone_offset(zone, utc(2050, 1, 1, 0, 0)),
			 11 * 3600);
	ck_assert_int_eq(usher__zone_offset(zone, utc(2050, 7, 1, 0, 0)),
			 10 * 3600 + 1800);
	usher__zone_free(zone);
	ck_assert(!usher__zone_new(&zone, "Asia/Kathmandu", NULL));
	ck_assert_int_eq(usher__zone_offset(zone, utc(2026, 1, 1, 0, 0)),
			 5 * 3600 + 2700);
	usher__zone_free(zone);
}
END_TEST

START_TEST(zone__refuses_what_is_none)
{
	static const char *const names[] = {
		"",       "/etc/passwd", "../zoneinfo/UTC", "Europe//Budapest",
		"Europe", "Europe/Buda", "tzdata.zi",       "a b"};
	struct usher__zone *zone;
	struct usher_error err;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		ck_assert_msg(usher__zone_new(&zone, names[i], &err) < 0, "%s",
			      names[i]);
	ck_assert_int_eq(usher__zone_new(&zone, NULL, NULL), USHER_EINVAL);
}
END_TEST

/* Every prefix and every changed byte of a small file: no crash, and offsets
 * that can be asked for. */
START_TEST(zone__survives_damage)
{
	static const unsigned char head[] = {
		'T', 'Z', 'i', 'f', '2', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0,   0,   0,   0,   0,   0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0,   0,   0,   0,   0,   0, 0, 0, 0, 1, 0, 0, 0, 4};
	static const unsigned char body[] = {0, 0,   14,  16,  0,
					     0, 'C', 'E', 'T', 0};
	static const char rule[] = "\nCET-1CEST,M3.5.0,M10.5.0/3\n";
	unsigned char bytes[200];
	struct usher__zone *zone;
	size_t len = 0;

	for (int i = 0; i < 2; i++) {
		memcpy(bytes + len, head, sizeof(head));
		len += sizeof(head);
		memcpy(bytes + len, body, sizeof(body));
		len += sizeof(body);
	}
	memcpy(bytes + len, rule, sizeof(rule) - 1);
	len += sizeof(rule) - 1;
	ck_assert(!usher__zone_parse(&zone, bytes, len));
	ck_assert_int_eq(usher__zone_offset(zone, utc(2026, 7, 1, 0, 0)),
			 7200);
	usher__zone_free(zone);
	for (size_t n = 0; n < len; n++)
		ck_assert_int_lt(usher__zone_parse(&zone, bytes, n), 0);
	for (size_t i = 0; i < len * 4; i++) {
		unsigned char was = bytes[i / 4];

		bytes[i / 4] = (unsigned char)(was ^ 1u << (i % 4 * 2));
		if (!usher__zone_parse(&zone, bytes, len)) {
			usher__zone_moment(zone, utc(2026, 3, 29, 2, 30), 1);
			usher__zone_offset(zone, INT64_C(1) << 40);
			usher__zone_free(zone);
		}
		bytes[i / 4] = was;
	}
}
END_TEST

static size_t put_header(unsigned char *at, unsigned char leap)
{
	memset(at, 0, 44);
	memcpy(at, "TZif2", 5);
	at[31] = leap;
	at[39] = 1; /* type */
	at[43] = 1; /* char */
	return 44;
}

/* As below "right/" in the tz database. */
START_TEST(zone__that_counts_leap_seconds_is_refused)
{
	unsigned char bytes[160] = {0};
	struct usher__zone *zone;

	for (unsigned char leap = 0; leap < 2; leap++) {
		size_t len = put_header(bytes, 0) + 7;

		len += put_header(bytes + len, leap);
		memset(bytes + len, 0, 7 + leap * 12u);
		len += 7 + leap * 12u;
		memcpy(bytes + len, "\nUTC0\n", 6);
		len += 6;
		ck_assert_int_eq(usher__zone_parse(&zone, bytes, len),
				 leap ? USHER_ENOTSUP : 0);
		if (!leap)
			usher__zone_free(zone);
	}
}
END_TEST

START_TEST(hours__open_and_close_by_local_time)
{
	/* Friday: in Budapest winter, UTC+1; the weekend is closed */
	const int64_t expected[] = {
		utc(2026, 1, 9, 7, 0), utc(2026, 1, 9, 11, 0),
		utc(2026, 1, 9, 12, 0), utc(2026, 1, 9, 17, 0),
		utc(2026, 1, 12, 7, 0)};

	make("Europe/Budapest");
	add(USHER_HOURS_WEEKDAYS, "mon-fri", "08:00-12:00 13:00-18:00");
	changes(utc(2026, 1, 9, 0, 0), expected, 5);
}
END_TEST

START_TEST(hours__over_midnight_know_a_night_of_change)
{
	/* 22 to 6: 7 hours in the night of 28 March 2026, 9 in that of 24
	 * October, in Budapest */
	const int64_t spring[] = {utc(2026, 3, 28, 21, 0),
				  utc(2026, 3, 29, 4, 0),
				  utc(2026, 3, 29, 20, 0)};
	const int64_t autumn[] = {utc(2026, 10, 24, 20, 0),
				  utc(2026, 10, 25, 5, 0),
				  utc(2026, 10, 25, 21, 0)};

	make("Europe/Budapest");
	add(USHER_HOURS_WEEKDAYS, "mon-sun", "22:00-06:00");
	changes(utc(2026, 3, 28, 12, 0), spring, 3);
	make("Europe/Budapest");
	add(USHER_HOURS_WEEKDAYS, "mon-sun", "22:00-06:00");
	changes(utc(2026, 10, 24, 12, 0), autumn, 3);
}
END_TEST

START_TEST(hours__that_clocks_skip_or_show_twice)
{
	/* New York, 8 March 2026: 02:30 does not come; opens at the change,
	 * 07:00 UTC. 1 November: 01:15 comes at 05:15 and 06:15 UTC, opens
	 * at the first; 01:45 comes at 05:45 and 06:45, closes at the last. */
	const int64_t skipped[] = {utc(2026, 3, 8, 7, 0),
				   utc(2026, 3, 8, 8, 0)};
	const int64_t twice[] = {utc(2026, 11, 1, 5, 15),
				 utc(2026, 11, 1, 6, 45)};
	/* wholly skipped: not opened on that day */
	const int64_t none[] = {utc(2026, 3, 9, 6, 15),
				utc(2026, 3, 9, 6, 45)};

	make("America/New_York");
	add(USHER_HOURS_WEEKDAYS, "sun", "02:30-04:00");
	changes(utc(2026, 3, 8, 0, 0), skipped, 2);
	make("America/New_York");
	add(USHER_HOURS_WEEKDAYS, "sun", "01:15-01:45");
	changes(utc(2026, 11, 1, 0, 0), twice, 2);
	make("America/New_York");
	add(USHER_HOURS_WEEKDAYS, "sun-mon", "02:15-02:45");
	changes(utc(2026, 3, 8, 0, 0) + 12 * 3600, none, 2);
}
END_TEST

START_TEST(hours__have_holidays_and_exceptions)
{
	/* 24 December 2026, a Thursday, short by exception; 25 and 26 are
	 * holidays, of every year and of that year; Monday 28 is open */
	const int64_t expected[] = {
		utc(2026, 12, 24, 8, 0), utc(2026, 12, 24, 12, 0),
		utc(2026, 12, 28, 8, 0), utc(2026, 12, 28, 17, 0)};

	make(NULL);
	add(USHER_HOURS_WEEKDAYS, "mon-sat", "08:00-17:00");
	add(USHER_HOURS_HOLIDAY, "12-24", NULL);
	add(USHER_HOURS_HOLIDAY, "12-25", NULL);
	add(USHER_HOURS_HOLIDAY, "2026-12-26", NULL);
	add(USHER_HOURS_EXCEPTION, "2026-12-24", "08:00-12:00");
	changes(utc(2026, 12, 24, 0, 0), expected, 4);
}
END_TEST

START_TEST(hours__are_what_was_said_last_of_a_date)
{
	const int64_t expected[] = {
		utc(2026, 12, 24, 9, 0), utc(2026, 12, 24, 10, 0),
		utc(2026, 12, 25, 8, 0), utc(2026, 12, 25, 17, 0)};

	make(NULL);
	add(USHER_HOURS_WEEKDAYS, "mon-sun", "08:00-17:00");
	add(USHER_HOURS_EXCEPTION, "12-24", "06:00-07:00");
	add(USHER_HOURS_EXCEPTION, "2026-12-24", "closed");
	/* so that one date may be said over and over */
	for (int i = 0; i < 2000; i++)
		add(USHER_HOURS_EXCEPTION, "2026-12-24", "09:00-10:00");
	changes(utc(2026, 12, 24, 0, 0), expected, 4);
}
END_TEST

/* A night belongs to the day on which it begins, also that of the year's
 * end. */
START_TEST(hours__over_midnight_at_the_end_of_a_year)
{
	const int64_t expected[] = {
		utc(2026, 12, 31, 0, 0), utc(2026, 12, 31, 4, 0),
		utc(2027, 1, 1, 1, 0),   utc(2027, 1, 1, 2, 0),
		utc(2027, 1, 2, 22, 0),  utc(2027, 1, 3, 4, 0)};

	make(NULL);
	add(USHER_HOURS_WEEKDAYS, "mon-sun", "22:00-04:00");
	add(USHER_HOURS_HOLIDAY, "12-30", NULL);
	add(USHER_HOURS_EXCEPTION, "12-31", "00:00-04:00");
	add(USHER_HOURS_EXCEPTION, "2027-01-01", "01:00-02:00");
	add(USHER_HOURS_HOLIDAY, "01-01", NULL);
	changes(utc(2026, 12, 30, 12, 0), expected, 6);
}
END_TEST

START_TEST(hours__of_a_leap_day_come_in_leap_years)
{
	const int64_t expected[] = {utc(2028, 2, 29, 0, 0),
				    utc(2028, 3, 1, 0, 0)};

	make("UTC");
	add(USHER_HOURS_EXCEPTION, "02-29", "00:00-24:00");
	ck_assert_int_eq(
		usher__calendar_next(calendar, utc(2026, 1, 1, 0, 0) * S),
		INT64_MAX);
	changes(utc(2028, 1, 31, 0, 0), expected, 2);
}
END_TEST

START_TEST(hours__that_never_change)
{
	make("Europe/Budapest");
	ck_assert(!usher__calendar_open(calendar, 0));
	ck_assert_int_eq(usher__calendar_next(calendar, 0), INT64_MAX);
	add(USHER_HOURS_WEEKDAYS, "mon-sun", "closed");
	ck_assert_int_eq(usher__calendar_next(calendar, 0), INT64_MAX);
	add(USHER_HOURS_WEEKDAYS, "mon-sun", "00:00-24:00");
	ck_assert(usher__calendar_open(calendar, utc(2026, 3, 29, 1, 0) * S));
	ck_assert_int_eq(
		usher__calendar_next(calendar, utc(2026, 3, 1, 0, 0) * S),
		INT64_MAX);
	usher__calendar_free(calendar);
}
END_TEST

START_TEST(hours__refuse_what_they_cannot_read)
{
	static const struct {
		uint32_t kind;
		const char *day, *times;
	} wrong[] = {
		{USHER_HOURS_WEEKDAYS, "monday", "08:00-12:00"},
		{USHER_HOURS_WEEKDAYS, "mon-", "08:00-12:00"},
		{USHER_HOURS_WEEKDAYS, "mon", "8:00-12:00"},
		{USHER_HOURS_WEEKDAYS, "mon", "08:00-24:30"},
		{USHER_HOURS_WEEKDAYS, "mon", "24:00-08:00"},
		{USHER_HOURS_WEEKDAYS, "mon", "08:00"},
		{USHER_HOURS_WEEKDAYS, "mon", ""},
		{USHER_HOURS_WEEKDAYS, "mon", "08:60-09:00"},
		{USHER_HOURS_EXCEPTION, "2026-02-29", "08:00-12:00"},
		{USHER_HOURS_EXCEPTION, "2026-13-01", "08:00-12:00"},
		{USHER_HOURS_HOLIDAY, "12-32", NULL},
		{USHER_HOURS_HOLIDAY, "2026-1-1", NULL},
		{USHER_HOURS_HOLIDAY, "", NULL},
	};

	make("UTC");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		ck_assert_int_eq(usher__calendar_add(calendar, wrong[i].kind,
						     wrong[i].day,
						     wrong[i].times, NULL),
				 USHER_EINVAL);
	usher__calendar_free(calendar);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("calendar");
	TCase *tc = tcase_create("calendar");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, days__go_there_and_back);
	tcase_add_test(tc, zone__knows_offsets_of_years_far_apart);
	tcase_add_test(tc, zone__refuses_what_is_none);
	tcase_add_test(tc, zone__survives_damage);
	tcase_add_test(tc, hours__open_and_close_by_local_time);
	tcase_add_test(tc, hours__over_midnight_know_a_night_of_change);
	tcase_add_test(tc, hours__that_clocks_skip_or_show_twice);
	tcase_add_test(tc, zone__that_counts_leap_seconds_is_refused);
	tcase_add_test(tc, hours__have_holidays_and_exceptions);
	tcase_add_test(tc, hours__are_what_was_said_last_of_a_date);
	tcase_add_test(tc, hours__over_midnight_at_the_end_of_a_year);
	tcase_add_test(tc, hours__of_a_leap_day_come_in_leap_years);
	tcase_add_test(tc, hours__that_never_change);
	tcase_add_test(tc, hours__refuse_what_they_cannot_read);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
