/* Kaplan and Meier against published examples. */
#include <check.h>
#include <math.h>
#include <string.h>

#include <usher/replay.h>

#define NEAR(a, b, by) ck_assert_double_eq_tol(a, b, by)
#define COUNT(a)       (sizeof(a) / sizeof((a)[0]))

/* Freireich et al., Blood 21 (1963) 699–716: weeks of remission under 6-MP,
 * as in Kleinbaum and Klein, Survival Analysis, table 1.1; 0: censored. */
static const struct usher_observed mp6[] = {
	{35, 0, 0}, {34, 0, 0}, {32, 0, 0}, {32, 0, 0}, {25, 0, 0}, {23, 1, 0},
	{22, 1, 0}, {20, 0, 0}, {19, 0, 0}, {17, 0, 0}, {16, 1, 0}, {13, 1, 0},
	{11, 0, 0}, {10, 1, 0}, {10, 0, 0}, {9, 0, 0},  {7, 1, 0},  {6, 0, 0},
	{6, 1, 0},  {6, 1, 0},  {6, 1, 0}};

START_TEST(survival__of_the_leukemia_patients_under_6_mp)
{
	/* estimate and deviation as in the textbook's table */
	static const struct {
		double at, part, deviation;
		uint64_t at_risk, ended;
	} want[] = {{6, 0.8571, 0.0764, 21, 3},  {7, 0.8067, 0.0869, 17, 1},
		    {10, 0.7529, 0.0963, 15, 1}, {13, 0.6902, 0.1068, 12, 1},
		    {16, 0.6275, 0.1141, 11, 1}, {22, 0.5378, 0.1282, 7, 1},
		    {23, 0.4482, 0.1346, 6, 1}};
	struct usher_survival_point points[21];
	struct usher_observed seen[21];
	size_t n;

	memcpy(seen, mp6, sizeof(mp6));
	ck_assert_int_eq(usher_survival(seen, 21, points, 21, &n), 0);
	ck_assert_uint_eq(n, COUNT(want));
	for (size_t i = 0; i < n; i++) {
		NEAR(points[i].at, want[i].at, 1e-12);
		NEAR(points[i].part, want[i].part, 5e-5);
		NEAR(points[i].deviation, want[i].deviation, 5e-5);
		ck_assert_uint_eq(points[i].at_risk, want[i].at_risk);
		ck_assert_uint_eq(points[i].ended, want[i].ended);
	}
	/* the median, and the tail behind it */
	NEAR(usher_survival_quantile(points, n, 0.5), 23, 1e-12);
	NEAR(usher_survival_quantile(points, n, 0.1), 6, 1e-12);
	NEAR(usher_survival_quantile(points, n, 0.9),
	     23 * log(0.1) / log(points[n - 1].part), 1e-9);
}
END_TEST

/* The placebo group of the same trial: all were seen to the end, so that the
 * estimate is the part of those who are left. Median 8. */
START_TEST(survival__without_censoring_is_the_part_left)
{
	static const double weeks[] = {1, 1, 2,  2,  3,  4,  4,  5,  5,  8, 8,
				       8, 8, 11, 11, 12, 12, 15, 17, 22, 23};
	struct usher_survival_point points[21];
	struct usher_observed seen[21] = {{0}};
	size_t n, at = 0;

	for (size_t i = 0; i < 21; i++) {
		seen[i].at = weeks[20 - i];
		seen[i].ended = 1;
	}
	ck_assert_int_eq(usher_survival(seen, 21, points, 21, &n), 0);
	ck_assert_uint_eq(n, 12);
	for (size_t i = 0; i < n; i++) {
		while (at < 21 && weeks[at] <= points[i].at)
			at++;
		NEAR(points[i].part, (21.0 - (double)at) / 21, 1e-12);
	}
	NEAR(points[n - 1].part, 0, 1e-12);
	NEAR(usher_survival_quantile(points, n, 0.5), 8, 1e-12);
	NEAR(usher_survival_quantile(points, n, 0.999), 23, 1e-12);
}
END_TEST

/* Bewick, Cheek and Ball, Statistics review 12: Survival analysis, Critical
 * Care 8 (2004) 389-394, table 2. */
START_TEST(survival__of_bewicks_second_treatment)
{
	static const struct {
		double at, part;
		uint64_t at_risk;
	} want[] = {{1, 0.75, 8},
		    {4, 0.625, 6},
		    {5, 0.5, 5},
		    {9, 1.0 / 3, 3},
		    {22, 0, 1}};
	struct usher_observed seen[] = {{9, 0, 0},  {6, 0, 0}, {9, 1, 0},
					{22, 1, 0}, {1, 1, 0}, {5, 1, 0},
					{1, 1, 0},  {4, 1, 0}};
	struct usher_survival_point points[8];
	size_t n;

	ck_assert_int_eq(usher_survival(seen, 8, points, 8, &n), 0);
	ck_assert_uint_eq(n, COUNT(want));
	for (size_t i = 0; i < n; i++) {
		NEAR(points[i].at, want[i].at, 1e-12);
		NEAR(points[i].part, want[i].part, 1e-12);
		ck_assert_uint_eq(points[i].at_risk, want[i].at_risk);
	}
}
END_TEST

/* Where just the part is gone: at that time, not at the next one. */
START_TEST(quantile__is_the_first_at_which_so_many_are_gone)
{
	struct usher_observed seen[4] = {{0}};
	struct usher_survival_point points[4];
	size_t n;

	for (int i = 0; i < 4; i++) {
		seen[i].at = i + 1;
		seen[i].ended = 1;
	}
	ck_assert_int_eq(usher_survival(seen, 4, points, 4, &n), 0);
	for (int i = 0; i < 3; i++) {
		double part = (i + 1) / 4.0;

		NEAR(usher_survival_quantile(points, n, part), i + 1, 1e-12);
		NEAR(usher_survival_quantile(points, n, part + 0.01), i + 2,
		     1e-12);
	}
}
END_TEST

START_TEST(survival__has_its_limits)
{
	struct usher_observed seen[] = {{1, 1, 0}, {2, 1, 0}, {3, 0, 0}};
	struct usher_observed none[] = {{5, 0, 0}, {7, 0, 0}};
	struct usher_survival_point points[3];
	size_t n = 99;

	ck_assert_int_eq(usher_survival(seen, 3, points, 1, &n), USHER_EFULL);
	ck_assert_uint_eq(n, 2);
	NEAR(points[0].part, 2.0 / 3, 1e-12);
	ck_assert_int_eq(usher_survival(none, 2, points, 3, &n), 0);
	ck_assert_uint_eq(n, 0);
	ck_assert_int_eq(usher_survival(NULL, 0, NULL, 0, &n), 0);
	ck_assert(isinf(usher_survival_quantile(points, 0, 0.5)));
	ck_assert(isinf(usher_survival_quantile(points, 1, 1.0)));
	seen[1].at = NAN;
	ck_assert_int_eq(usher_survival(seen, 3, points, 3, &n), USHER_EINVAL);
	seen[1].at = -1;
	ck_assert_int_eq(usher_survival(seen, 3, points, 3, &n), USHER_EINVAL);
	ck_assert_int_eq(usher_survival(none, 2, points, 3, NULL),
			 USHER_EINVAL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("survival");
	TCase *tc = tcase_create("survival");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, survival__of_the_leukemia_patients_under_6_mp);
	tcase_add_test(tc, survival__without_censoring_is_the_part_left);
	tcase_add_test(tc, survival__of_bewicks_second_treatment);
	tcase_add_test(tc, quantile__is_the_first_at_which_so_many_are_gone);
	tcase_add_test(tc, survival__has_its_limits);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
