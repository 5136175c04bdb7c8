/* The table of sources, with a time of the test's own. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <sip/source.h>

enum { STRANGER_RATE = 10, PHONE_RATE = 20, TRUNK_RATE = 40, FAILURES = 5 };

#define SECOND INT64_C(1000000)
#define START  (1000 * SECOND)

static struct usher__sources *sources;

static void setup(void)
{
	static const struct usher__sources_opts opts = {
		.stranger = {STRANGER_RATE, STRANGER_RATE / 2},
		.phone = {PHONE_RATE, PHONE_RATE},
		.trunk = {TRUNK_RATE, 0},
		.failures = FAILURES,
		.ban_s = 60,
		.ban_max_s = 200,
		.seed = 42,
	};

	ck_assert_int_eq(usher__sources_new(&sources, &opts), 0);
}

static void teardown(void)
{
	usher__sources_free(sources);
}

static const struct usher__address *at(uint32_t n)
{
	static struct usher__address address;

	memset(&address, 0, sizeof(address));
	address.af = 4;
	memcpy(address.bytes, &n, sizeof(n));
	return &address;
}

/* How many of so many are good, all at once. */
static unsigned good(uint32_t n, bool trunk, bool call, int64_t now_us,
		     unsigned count)
{
	unsigned good = 0;

	while (count--)
		good += usher__source_take(sources, at(n), trunk, call,
					   now_us) == USHER__SOURCE_GOOD;
	return good;
}

static bool offend(uint32_t n, int64_t now_us, struct usher__ban *ban)
{
	return usher__source_offend(sources, at(n), USHER__OFFENCE_MALFORMED,
				    USHER__OFFENCE_POINTS, now_us, ban);
}

/* Wrong things until it is banned; how many that took. */
static unsigned ban(uint32_t n, int64_t now_us, struct usher__ban *ban)
{
	unsigned i;

	for (i = 1; i < 100; i++)
		if (offend(n, now_us, ban))
			return i;
	return 0;
}

START_TEST(rate__is_held_and_saved_up)
{
	int64_t now = START;

	ck_assert_uint_eq(good(1, false, false, now, 50),
			  STRANGER_RATE * USHER__SOURCE_BURST_S);
	/* What was refused was paid for, too. */
	now += 5 * SECOND;
	ck_assert_uint_eq(good(1, false, false, now, 50),
			  STRANGER_RATE * USHER__SOURCE_BURST_S);
	/* Calls have a bucket of their own. */
	ck_assert_uint_eq(good(2, false, true, now, 50),
			  STRANGER_RATE / 2 * USHER__SOURCE_BURST_S);
	ck_assert_uint_eq(good(3, true, true, now, 500),
			  TRUNK_RATE * USHER__SOURCE_BURST_S);
}
END_TEST

START_TEST(rate__of_the_proven_is_theirs)
{
	good(1, false, false, START, 50);
	usher__source_prove(sources, at(1), START);
	ck_assert(usher__source_proven(sources, at(1), START));
	ck_assert_uint_eq(good(1, false, false, START, 500),
			  PHONE_RATE * USHER__SOURCE_BURST_S);
}
END_TEST

START_TEST(flood__is_told_of_strangers_alone)
{
	unsigned i, flood = 0;

	for (i = 0; i < 1000; i++) {
		enum usher__source_verdict verdict = usher__source_take(
			sources, at(1), false, false, START);

		flood += verdict == USHER__SOURCE_FLOOD;
	}
	ck_assert_uint_ge(flood, 800);
	usher__source_prove(sources, at(2), START);
	for (i = 0; i < 1000; i++) {
		ck_assert_int_ne(usher__source_take(sources, at(2), false,
						    false, START),
				 USHER__SOURCE_FLOOD);
		ck_assert_int_ne(
			usher__source_take(sources, at(3), true, false, START),
			USHER__SOURCE_FLOOD);
	}
}
END_TEST

START_TEST(ban__begins_and_ends)
{
	struct usher__ban one;

	ck_assert(!usher__source_banned(sources, at(1), START));
	ck_assert_uint_eq(ban(1, START, &one), FAILURES);
	ck_assert_int_eq(one.offence, USHER__OFFENCE_MALFORMED);
	ck_assert_int_eq(one.until_us, START + 60 * SECOND);
	ck_assert(usher__source_banned(sources, at(1), START));
	ck_assert(!usher__source_banned(sources, at(2), START));
	ck_assert(usher__source_banned(sources, at(1), START + 59 * SECOND));
	ck_assert(!usher__source_banned(sources, at(1), START + 60 * SECOND));
	ck_assert_uint_eq(usher__sources_bans(sources, START, NULL, NULL), 1);
	ck_assert_int_eq(usher__sources_sweep(sources, START, NULL, NULL),
			 START + 60 * SECOND);
	ck_assert_int_eq(
		usher__sources_sweep(sources, START + 60 * SECOND, NULL, NULL),
		0);
	ck_assert_uint_eq(usher__sources_bans(sources, START, NULL, NULL), 0);
}
END_TEST

START_TEST(ban__doubles_to_a_maximum_and_is_forgotten)
{
	static const int64_t lasts_s[] = {60, 120, 200, 200};
	struct usher__ban one;
	int64_t now = START;
	size_t i;

	for (i = 0; i < sizeof(lasts_s) / sizeof(lasts_s[0]); i++) {
		ck_assert_uint_ne(ban(1, now, &one), 0);
		ck_assert_int_eq(one.until_us - now, lasts_s[i] * SECOND);
		ck_assert_uint_eq(one.count, i + 1);
		now = one.until_us;
		usher__sources_sweep(sources, now, NULL, NULL);
	}
	now += (USHER__BAN_FORGET_S + 1) * SECOND;
	ck_assert_uint_ne(ban(1, now, &one), 0);
	ck_assert_int_eq(one.until_us - now, 60 * SECOND);
	/* Somebody lifts it: nor is it remembered. */
	ck_assert(usher__source_lift(sources, at(1), &one));
	ck_assert(!usher__source_lift(sources, at(1), &one));
	ck_assert(!usher__source_banned(sources, at(1), now));
	ck_assert_uint_ne(ban(1, now, &one), 0);
	ck_assert_int_eq(one.until_us - now, 60 * SECOND);
}
END_TEST

/* Twice the stranger's rate for ten minutes without a pause. */
START_TEST(ban__is_renewed_while_the_flood_goes_on)
{
	const int64_t step = SECOND / (2 * STRANGER_RATE);
	int64_t began = 0, now;
	struct usher__ban one = {.until_us = START};
	unsigned bans = 0, ended = 0;

	for (now = START; now < START + 600 * SECOND; now += step) {
		if (usher__source_banned(sources, at(1), now)) {
			ck_assert_int_lt(now, one.until_us);
			continue;
		}
		/* No sooner than it is over, which has to be told first. */
		ck_assert_int_ge(now, one.until_us);
		if (began == 0)
			began = now;
		if (bans > ended) {
			usher__sources_sweep(sources, now, NULL, NULL);
			ended++;
		}
		if (usher__source_take(sources, at(1), false, false, now) !=
			    USHER__SOURCE_FLOOD ||
		    !usher__source_offend(sources, at(1), USHER__OFFENCE_FLOOD,
					  FAILURES * USHER__OFFENCE_POINTS,
					  now, &one))
			continue;
		ck_assert_uint_eq(one.count, ++bans);
		ck_assert_int_eq(one.until_us - now, (bans == 1   ? 60
						      : bans == 2 ? 120
								  : 200) *
							     SECOND);
		/* Two seconds saved up and ten of debt, at twice its rate. */
		ck_assert_int_ge(now - began, 11 * SECOND);
		ck_assert_int_le(now - began, 13 * SECOND);
		began = 0;
	}
	ck_assert_uint_eq(bans, 4);
	ck_assert_uint_eq(ended, 3);
}
END_TEST

START_TEST(wrong_things__are_forgotten)
{
	struct usher__ban one;
	int64_t now = START;
	unsigned i;

	for (i = 0; i < 100; i++) {
		ck_assert(!offend(1, now, &one));
		now += USHER__OFFENCE_FORGET_S * SECOND;
	}
}
END_TEST

START_TEST(proven__is_not_banned)
{
	struct usher__ban one;
	int64_t late = START + USHER__SOURCE_PROVEN_S * SECOND;

	usher__source_prove(sources, at(1), START);
	ck_assert_uint_eq(ban(1, START, &one), 0);
	ck_assert(!usher__source_proven(sources, at(1), late));
	ck_assert_uint_ne(ban(1, late, &one), 0);
	/* From a ban a digest cannot come, but one that was under way. */
	usher__source_prove(sources, at(1), late);
	ck_assert(!usher__source_banned(sources, at(1), late));
}
END_TEST

START_TEST(flood_of_addresses__pushes_out_strangers_alone)
{
	struct usher__ban one;
	uint32_t n;

	usher__source_prove(sources, at(1), START);
	ban(2, START, &one);
	for (n = 100; n < 100 + 4 * USHER__SOURCES_STRANGERS; n++) {
		good(n, false, false, START, 1);
		/* Who sends most is never the oldest. */
		if (n % 100 == 0)
			good(3, false, false, START, 1);
	}
	ck_assert(usher__source_proven(sources, at(1), START));
	ck_assert(usher__source_banned(sources, at(2), START));
	ck_assert_uint_eq(good(3, false, false, START, 50), 0);
	/* The first of them is new again, the last is not. */
	ck_assert_uint_eq(good(100, false, false, START, 50),
			  STRANGER_RATE * USHER__SOURCE_BURST_S);
	ck_assert_uint_eq(good(n - 1, false, false, START, 50),
			  STRANGER_RATE * USHER__SOURCE_BURST_S - 1);
}
END_TEST

START_TEST(bans_and_proven__have_a_limit)
{
	struct usher__ban one;
	uint32_t n;

	for (n = 1; n <= USHER__SOURCES_BANNED + 10; n++)
		ban(n, START, &one);
	ck_assert_uint_eq(usher__sources_bans(sources, START, NULL, NULL),
			  USHER__SOURCES_BANNED);
	ck_assert(!usher__source_banned(sources, at(1), START));
	ck_assert(usher__source_banned(sources, at(n - 1), START));
	for (n = 100000; n <= 100000 + USHER__SOURCES_PROVEN; n++)
		usher__source_prove(sources, at(n), START);
	ck_assert(!usher__source_proven(sources, at(100000), START));
	ck_assert(usher__source_proven(sources, at(100001), START));
}
END_TEST

START_TEST(random_days__keep_the_table_whole)
{
	struct usher__ban one;
	int64_t now = START;
	unsigned i, bans = 0;

	srand(7);
	for (i = 0; i < 300000; i++) {
		uint32_t n = (uint32_t)rand() % 30000;

		now += rand() % 2000;
		switch (rand() % 6) {
		case 0:
			bans += ban(n, now, &one) != 0;
			break;
		case 1:
			usher__source_prove(sources, at(n), now);
			ck_assert(usher__source_proven(sources, at(n), now));
			break;
		case 2:
			usher__source_lift(sources, at(n), &one);
			ck_assert(!usher__source_banned(sources, at(n), now));
			break;
		case 3:
			if (i % 100 == 0)
				usher__sources_sweep(sources, now, NULL, NULL);
			break;
		default:
			good(n, n % 7 == 0, n % 2, now, 1);
		}
	}
	ck_assert_uint_gt(bans, 1000);
	ck_assert_uint_le(usher__sources_bans(sources, now, NULL, NULL),
			  USHER__SOURCES_BANNED);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sip_source");
	TCase *tc = tcase_create("source");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, rate__is_held_and_saved_up);
	tcase_add_test(tc, rate__of_the_proven_is_theirs);
	tcase_add_test(tc, flood__is_told_of_strangers_alone);
	tcase_add_test(tc, ban__begins_and_ends);
	tcase_add_test(tc, ban__doubles_to_a_maximum_and_is_forgotten);
	tcase_add_test(tc, ban__is_renewed_while_the_flood_goes_on);
	tcase_add_test(tc, wrong_things__are_forgotten);
	tcase_add_test(tc, proven__is_not_banned);
	tcase_add_test(tc, flood_of_addresses__pushes_out_strangers_alone);
	tcase_add_test(tc, bans_and_proven__have_a_limit);
	tcase_add_test(tc, random_days__keep_the_table_whole);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
