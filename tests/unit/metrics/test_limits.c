/* Thresholds at the very moment, whoever goes without an answer, and long
 * lines. */
#include <stdlib.h>

#include "fixture.h"

/* Within is to the end of the target; short is before its limit. */
START_TEST(thresholds__hold_at_the_very_moment)
{
	struct fixture f = fixture(NULL);
	struct usher_queue_figures q;

	for (uint64_t c = 1; c <= 6; c++)
		enter(&f, 0, c, 1);
	abandon(&f, 4.999999, 1, 1);
	abandon(&f, 5, 2, 1);
	answer(&f, 20, 3, 1);
	abandon(&f, 20, 4, 1);
	answer(&f, 20.000001, 5, 1);
	abandon(&f, 20.000001, 6, 1);
	q = of_queue(&f, 30, 1, USHER_SPAN_DAY);
	ck_assert_uint_eq(q.answered, 2);
	ck_assert_uint_eq(q.answered_within, 1);
	ck_assert_uint_eq(q.abandoned, 4);
	ck_assert_uint_eq(q.abandoned_within, 3);
	ck_assert_uint_eq(q.short_abandons, 1);
	usher_metrics_free(f.m);
}
END_TEST

static const uint32_t ways[] = {USHER_LEAVE_ABANDONED, USHER_LEAVE_KEY,
				USHER_LEAVE_OVERFLOW, USHER_LEAVE_TIMEOUT,
				USHER_LEAVE_ELSEWHERE};

/* An answer every 10 s, and in between somebody goes in this way. */
static struct fixture moving(uint32_t way)
{
	struct fixture f = fixture(NULL);

	for (uint64_t c = 1; c <= 50; c++)
		enter(&f, 0, c, 1);
	for (uint64_t c = 1; c <= 40; c += 2) {
		answer(&f, 5 * (double)c, c, 1);
		leave(&f, 5 * (double)c + 3, c + 1, 1, way);
		closed(&f, 5 * (double)c + 3, c + 1);
	}
	return f;
}

static double expected_s(const struct fixture *f, uint64_t ahead)
{
	int64_t us = -1;

	ck_assert_int_eq(usher_metrics_expected_wait(f->m, 1, ahead, &us), 0);
	return (double)us / SECOND;
}

/* Whoever is gone stands in nobody's way any more. */
START_TEST(expected_wait__counts_who_goes_in_any_way)
{
	struct fixture one = moving(ways[0]), other = moving(ways[_i]);

	ck_assert_double_lt(expected_s(&one, 9), 10 * expected_s(&one, 0));
	ck_assert_double_eq(expected_s(&one, 9), expected_s(&other, 9));
	usher_metrics_free(one.m);
	usher_metrics_free(other.m);
}
END_TEST

/* The sum of 1 / (answers + k losses), as the page says, to the last place of
 * a long line; there by blocks that count as their middle, which is too little
 * by one part in 25 at most: 2/3 for the logarithm of 2. */
START_TEST(expected_wait__is_the_sum_for_long_lines)
{
	static const uint64_t lines[] = {10, 63, 64, 65, 1000, 30000};
	struct fixture f = moving(USHER_LEAVE_ABANDONED);
	const double answers = 1 / expected_s(&f, 0);
	const double second = expected_s(&f, 1) - expected_s(&f, 0);
	const double losses = 1 / second - answers;

	ck_assert_double_gt(losses, answers / 1000);
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		double sum = 0, told = expected_s(&f, lines[i]);

		for (uint64_t k = 0; k <= lines[i]; k++)
			sum += 1 / (answers + (double)k * losses);
		ck_assert_msg(told > 0.96 * sum && told < 1.0001 * sum,
			      "%g s, not %g, with %d ahead", told, sum,
			      (int)lines[i]);
	}
	usher_metrics_free(f.m);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("metrics-limits");
	TCase *tc = tcase_create("limits");
	SRunner *sr = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, thresholds__hold_at_the_very_moment);
	tcase_add_loop_test(tc, expected_wait__counts_who_goes_in_any_way, 1,
			    sizeof(ways) / sizeof(*ways));
	tcase_add_test(tc, expected_wait__is_the_sum_for_long_lines);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
