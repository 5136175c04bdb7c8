/* What is drawn, against the laws; and the figures of replications. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <sim/draw.h>
#include <sim/math.h>

#define MEAN 40.0
#define MANY 100000

static struct sim_law law_of(int32_t law, double cv)
{
	const struct sim_law_opts opts = {NULL, MEAN, cv, 0, law};
	struct sim_law ret;

	ck_assert_int_eq(usher__sim_law(&ret, &opts), 0);
	return ret;
}

static double near(double a, double b)
{
	return fabs(a - b) / fmax(fabs(b), 1e-300);
}

/* libm is the reference here: to its own last bits. */
START_TEST(math__agrees_with_libm)
{
	for (int i = -1070; i < 1020; i++) {
		double x = ldexp(1 + fmod(i * 0.6180339887, 1) / 2 + 0.5, i);

		ck_assert_double_lt(near(usher__sim_log(x), log(x)), 1e-15);
	}
	for (double x = 0.5; x < 2; x += 1e-3)
		ck_assert_double_lt(fabs(usher__sim_log(x) - log(x)),
				    3e-16 * fmax(fabs(log(x)), 1e-3));
	for (double x = -708; x < 709; x += 0.37)
		ck_assert_double_lt(near(usher__sim_exp(x), exp(x)), 1e-15);
	for (double part = 0; part <= 1; part += 1e-3)
		ck_assert_double_lt(fabs(usher__sim_cos_turn(part) -
					 cos(2 * acos(-1) * part)),
				    1e-15);
	for (double x = 0.01; x < 1e6; x *= 1.07)
		ck_assert_double_lt(fabs(usher__sim_log_gamma(x) - lgamma(x)),
				    1e-14 * fmax(1, fabs(lgamma(x))));
	ck_assert_double_eq(usher__sim_log(1), 0);
	ck_assert_double_eq(usher__sim_exp(0), 1);
	ck_assert_double_eq(usher__sim_exp(-1e9), 0);
	ck_assert(isinf(usher__sim_exp(1e9)));
	ck_assert(isnan(usher__sim_exp(NAN)));
}
END_TEST

static double cdf_exponential(double x, double cv)
{
	(void)cv;
	return -expm1(-x / MEAN);
}

static double cdf_lognormal(double x, double cv)
{
	double variance = log1p(cv * cv);

	return erfc(-(log(x / MEAN) + variance / 2) / sqrt(2 * variance)) / 2;
}

/* Of a whole shape, or a half. */
static double cdf_gamma(double x, double cv)
{
	double shape = round(2 / (cv * cv)) / 2, u = x * shape / MEAN;
	double term = exp(-u), sum = 0;

	if (shape == 0.5)
		return erf(sqrt(u));
	for (int k = 0; k < (int)shape; k++) {
		sum += term;
		term *= u / (k + 1);
	}
	return 1 - sum;
}

/* Of shape 2 (Rayleigh) and of shape 1/2. */
static double cdf_weibull(double x, double cv)
{
	if (cv > 1)
		return -expm1(-sqrt(2 * x / MEAN));
	return -expm1(-acos(-1) / 4 * x * x / (MEAN * MEAN));
}

/* Branches that both make half of the mean. */
static double cdf_hyper(double x, double cv)
{
	double p = (1 + sqrt((cv * cv - 1) / (cv * cv + 1))) / 2;

	return 1 - p * exp(-x * 2 * p / MEAN) -
	       (1 - p) * exp(-x * 2 * (1 - p) / MEAN);
}

static const struct {
	int32_t law;
	double cv;
	double (*cdf)(double x, double cv);
} laws[] = {
	{USHER_LAW_EXPONENTIAL, 1, cdf_exponential},
	{USHER_LAW_LOGNORMAL, 0.5, cdf_lognormal},
	{USHER_LAW_LOGNORMAL, 1.2, cdf_lognormal},
	{USHER_LAW_GAMMA, 0.5, cdf_gamma},
	{USHER_LAW_GAMMA, 1, cdf_gamma},
	{USHER_LAW_GAMMA, 1.4142135623730951, cdf_gamma},
	{USHER_LAW_WEIBULL, 0.5227232008770633, cdf_weibull},
	{USHER_LAW_WEIBULL, 2.23606797749979, cdf_weibull},
	{USHER_LAW_HYPER, 1, cdf_hyper},
	{USHER_LAW_HYPER, 2, cdf_hyper},
};

enum { LAWS = sizeof(laws) / sizeof(*laws) };

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Kolmogorov and Smirnov: beyond 1.95 / sqrt(n) once in a thousand. */
START_TEST(law__has_its_distribution)
{
	const struct sim_stream stream = {7, 1, SIM_HANDLE};
	struct sim_law law = law_of(laws[_i].law, laws[_i].cv);
	double *x = malloc(MANY * sizeof(*x)), most = 0;

	for (int i = 0; i < MANY; i++)
		x[i] = usher__sim_draw(&stream, (uint64_t)i, &law);
	qsort(x, MANY, sizeof(*x), by_value);
	ck_assert_double_ge(x[0], 0);
	for (int i = 0; i < MANY; i++) {
		double want = laws[_i].cdf(x[i], laws[_i].cv);

		most = fmax(most, fabs(want - i / (double)MANY));
		most = fmax(most, fabs(want - (i + 1) / (double)MANY));
	}
	ck_assert_double_lt(most, 1.95 / sqrt(MANY));
	free(x);
}
END_TEST

/* Mean within four of its errors; the variation more roughly. */
START_TEST(law__has_its_moments)
{
	const struct sim_stream stream = {8, 3, SIM_PATIENCE};
	struct sim_law law = law_of(laws[_i].law, laws[_i].cv);
	double sum = 0, squares = 0, mean, cv = laws[_i].cv;

	for (int i = 0; i < MANY; i++) {
		double x = usher__sim_draw(&stream, (uint64_t)i, &law);

		sum += x;
		squares += x * x;
	}
	mean = sum / MANY;
	ck_assert_double_lt(fabs(mean - MEAN), 4 * MEAN * cv / sqrt(MANY));
	ck_assert_double_lt(
		near(sqrt(squares / MANY - mean * mean), mean * cv), 0.05);
}
END_TEST

START_TEST(law__takes_values)
{
	static const double values[] = {3, 5, 9}, steps[] = {0, 10, 20, 60},
			    branches[] = {0.25, 8, 80};
	const struct sim_stream stream = {1, 0, SIM_HANDLE};
	struct sim_law_opts opts = {values, 0, 0, 3, USHER_LAW_VALUES};
	int counts[10] = {0}, bins[3] = {0};
	double sum = 0, chi = 0;
	struct sim_law law;

	ck_assert_int_eq(usher__sim_law(&law, &opts), 0);
	for (uint64_t i = 0; i < MANY; i++)
		counts[(int)usher__sim_draw(&stream, i, &law)]++;
	for (int i = 0; i < 3; i++)
		chi += pow(counts[(int)values[i]] - MANY / 3.0, 2) /
		       (MANY / 3.0);
	ck_assert_int_eq(counts[3] + counts[5] + counts[9], MANY);
	ck_assert_double_lt(chi, 13.8); /* 2 degrees of freedom, 0.001 */

	opts.values = steps;
	opts.count = 4;
	opts.law = USHER_LAW_QUANTILES;
	ck_assert_int_eq(usher__sim_law(&law, &opts), 0);
	for (uint64_t i = 0; i < MANY; i++) {
		double x = usher__sim_draw(&stream, i, &law);

		ck_assert(x > 0 && x < 60);
		bins[x < 10 ? 0 : x < 20 ? 1 : 2]++;
		sum += x;
	}
	for (int i = 0; i < 3; i++)
		ck_assert_int_lt(abs(bins[i] - MANY / 3), 600);
	ck_assert_double_eq_tol(sum / MANY, 60.0 / 3, 0.2);

	opts.values = branches;
	opts.count = 3;
	opts.law = USHER_LAW_HYPER;
	ck_assert_int_eq(usher__sim_law(&law, &opts), 0);
	sum = 0;
	for (uint64_t i = 0; i < MANY; i++)
		sum += usher__sim_draw(&stream, i, &law);
	ck_assert_double_eq_tol(sum / MANY, 0.25 * 8 + 0.75 * 80, 1);
}
END_TEST

START_TEST(law__refuses_nonsense)
{
	static const double down[] = {2, 1}, below[] = {-1, 1},
			    sure[] = {1.5, 1, 2}, odd[] = {NAN, 1, 2};
	static const struct sim_law_opts rows[] = {
		{NULL, 1, 1, 0, -1},
		{NULL, 1, 1, 0, USHER_LAW_QUANTILES + 1},
		{NULL, 0, 1, 0, USHER_LAW_EXPONENTIAL},
		{NULL, INFINITY, 1, 0, USHER_LAW_FIXED},
		{NULL, 1, -1, 0, USHER_LAW_LOGNORMAL},
		{NULL, 1, 0, 0, USHER_LAW_GAMMA},
		{NULL, 1, 101, 0, USHER_LAW_GAMMA},
		{NULL, 1, 1e-4, 0, USHER_LAW_WEIBULL},
		{NULL, 1, NAN, 0, USHER_LAW_WEIBULL},
		{NULL, 1, 0.9, 0, USHER_LAW_HYPER},
		{sure, 1, 2, 3, USHER_LAW_HYPER},
		{odd, 1, 2, 3, USHER_LAW_HYPER},
		{down, 1, 2, 2, USHER_LAW_HYPER},
		{down, 1, 2, 2, USHER_LAW_QUANTILES},
		{down, 1, 2, 1, USHER_LAW_QUANTILES},
		{below, 1, 2, 2, USHER_LAW_VALUES},
		{NULL, 1, 2, 2, USHER_LAW_VALUES},
		{down, 1, 2, 0, USHER_LAW_VALUES},
		{down, 1, 1, 2, USHER_LAW_EXPONENTIAL},
	};
	struct sim_law law = {.a = 17};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		ck_assert_msg(usher__sim_law(&law, &rows[i]) == USHER_EINVAL,
			      "row %zu", i);
	ck_assert_double_eq(law.a, 17);
}
END_TEST

static uint64_t hash(uint64_t h, double x)
{
	uint64_t bits;

	memcpy(&bits, &x, sizeof(bits));
	return (h ^ bits) * UINT64_C(0x9e3779b97f4a7c15);
}

/* The bits themselves: the same with every compiler, at every level of
 * optimization, and on every machine. */
START_TEST(draw__has_these_bits)
{
	const struct sim_stream stream = {2026, 5, SIM_WRAPUP};
	uint64_t h = 0;

	for (int k = 0; k < LAWS; k++) {
		struct sim_law law = law_of(laws[k].law, laws[k].cv);

		for (uint64_t i = 0; i < 2000; i++)
			h = hash(h, usher__sim_draw(&stream, i, &law));
	}
	ck_assert_msg(h == UINT64_C(0xf59574912cb43801), "%#llx",
		      (unsigned long long)h);
}
END_TEST

/* Student's law as printed: Abramowitz and Stegun, table 26.10, and two
 * closed forms: tan for 1 degree of freedom, algebraic for 2. */
START_TEST(student__agrees_with_tables)
{
	static const struct {
		double part, freedom, want, tolerance;
	} rows[] = {{0.975, 1, 12.706, 5e-4},  {0.975, 4, 2.776, 5e-4},
		    {0.975, 10, 2.228, 5e-4},  {0.975, 30, 2.042, 5e-4},
		    {0.975, 120, 1.980, 5e-4}, {0.995, 5, 4.032, 5e-4},
		    {0.95, 20, 1.725, 5e-4},   {0.9995, 10, 4.587, 5e-4},
		    {0.75, 9, 0.703, 5e-4}};
	double t;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		ck_assert_int_eq(
			usher_sim_student(rows[i].part, rows[i].freedom, &t),
			0);
		ck_assert_double_eq_tol(t, rows[i].want, rows[i].tolerance);
	}
	for (double p = 0.01; p < 1; p += 0.01) {
		double a = 2 * p - 1;

		usher_sim_student(p, 1, &t);
		ck_assert_double_lt(fabs(t - tan(acos(-1) * (p - 0.5))),
				    1e-12 * fmax(1, fabs(t)));
		usher_sim_student(p, 2, &t);
		ck_assert_double_lt(fabs(t - a * sqrt(2 / (1 - a * a))),
				    1e-12 * fmax(1, fabs(t)));
	}
	/* near the normal law */
	ck_assert_int_eq(usher_sim_student(0.975, 1e8, &t), 0);
	ck_assert_double_eq_tol(t, 1.959963984540054, 1e-6);
	t = 3;
	ck_assert_int_eq(usher_sim_student(0, 3, &t), USHER_EINVAL);
	ck_assert_int_eq(usher_sim_student(1, 3, &t), USHER_EINVAL);
	ck_assert_int_eq(usher_sim_student(NAN, 3, &t), USHER_EINVAL);
	ck_assert_int_eq(usher_sim_student(0.9, 0.5, &t), USHER_EINVAL);
	ck_assert_int_eq(usher_sim_student(0.9, 3, NULL), USHER_EINVAL);
	ck_assert_double_eq(t, 3);
}
END_TEST

START_TEST(interval__is_students)
{
	static const double a[] = {4, 6, 5, 9, 6}, b[] = {1, 2, 2, 5, 5};
	struct usher_sim_interval i = {.size = sizeof(i)};

	ck_assert_int_eq(usher_sim_interval(a, 5, 0.95, &i), 0);
	ck_assert_double_eq_tol(i.mean, 6, 1e-12);
	ck_assert_double_eq_tol(i.deviation, sqrt(14.0 / 4), 1e-12);
	ck_assert_double_eq_tol(i.half, 2.7764451 * sqrt(14.0 / 4 / 5), 1e-6);
	ck_assert_int_eq(usher_sim_paired(a, b, 5, 0.95, &i), 0);
	ck_assert_double_eq_tol(i.mean, 3, 1e-12);
	ck_assert_double_eq_tol(i.deviation, sqrt(6.0 / 4), 1e-12);
	ck_assert_int_eq(usher_sim_interval(a, 1, 0.95, &i), USHER_EINVAL);
	ck_assert_int_eq(usher_sim_interval(a, 5, 1, &i), USHER_EINVAL);
	ck_assert_int_eq(usher_sim_interval(NULL, 5, 0.9, &i), USHER_EINVAL);
	ck_assert_int_eq(usher_sim_interval(a, 5, 0.9, NULL), USHER_EINVAL);
	ck_assert_int_eq(usher_sim_paired(a, NULL, 5, 0.9, &i), USHER_EINVAL);
	ck_assert_double_eq_tol(i.mean, 3, 1e-12);
}
END_TEST

/* An interval of 90 % holds the mean 90 times of 100. */
START_TEST(interval__holds_the_mean_as_often_as_it_says)
{
	const struct sim_stream stream = {5, 0, SIM_HANDLE};
	struct usher_sim_interval i = {.size = sizeof(i)};
	struct sim_law law = law_of(USHER_LAW_GAMMA, 0.1);
	uint64_t number = 0;
	int held = 0;

	for (int k = 0; k < 4000; k++) {
		double x[5];

		for (int j = 0; j < 5; j++)
			x[j] = usher__sim_draw(&stream, number++, &law);
		ck_assert_int_eq(usher_sim_interval(x, 5, 0.9, &i), 0);
		held += fabs(i.mean - MEAN) <= i.half;
	}
	ck_assert_int_gt(held, 3600 - 80);
	ck_assert_int_lt(held, 3600 + 80);
}
END_TEST

START_TEST(seed__is_new_for_each_replication)
{
	uint64_t seeds[200];
	int same = 0;

	for (uint64_t i = 0; i < 200; i++)
		seeds[i] = usher_sim_seed(i / 100, i % 100);
	for (int i = 0; i < 200; i++)
		for (int k = 0; k < i; k++)
			same += seeds[i] == seeds[k];
	ck_assert_int_eq(same, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sim-draw");
	TCase *tc = tcase_create("draw");
	SRunner *sr = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_set_timeout(tc, 100);
	tcase_add_test(tc, math__agrees_with_libm);
	tcase_add_loop_test(tc, law__has_its_distribution, 0, LAWS);
	tcase_add_loop_test(tc, law__has_its_moments, 0, LAWS);
	tcase_add_test(tc, law__takes_values);
	tcase_add_test(tc, law__refuses_nonsense);
	tcase_add_test(tc, draw__has_these_bits);
	tcase_add_test(tc, student__agrees_with_tables);
	tcase_add_test(tc, interval__is_students);
	tcase_add_test(tc, interval__holds_the_mean_as_often_as_it_says);
	tcase_add_test(tc, seed__is_new_for_each_replication);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
