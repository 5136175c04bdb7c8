/* What goes back from a figure: percentiles, the fewest agents for a limit,
 * and the load or the agents for a blocking; and what they must refuse. */
#include <math.h>

#include "cases.h"
#include "load.h"

/* Erlang C has a closed form; no wait at all is zero. */
START_TEST(percentile__of_erlang_c_is_a_logarithm)
{
	struct usher_erlang_opts o = load(USHER_ERLANG_C, 9, 10);
	const double waits = figures(&o).waits;

	near(percentile(&o, USHER_ERLANG_ALL, 0.9), 100 * log(waits / 0.1),
	     1e-12);
	near(percentile(&o, USHER_ERLANG_OF_ANSWERED, 0.999),
	     100 * log(waits / 0.001), 1e-12);
	ck_assert_double_eq(percentile(&o, USHER_ERLANG_ALL, 0.3), 0);
	ck_assert(isnan(percentile(&o, USHER_ERLANG_OF_ABANDONED, 0.5)));
	o.agents = 9;
	ck_assert(isinf(percentile(&o, USHER_ERLANG_ALL, 0.1)));
	o.model = USHER_ERLANG_B;
	ck_assert_double_eq(percentile(&o, USHER_ERLANG_ALL, 0.999), 0);
	/* With nobody to answer a wait is as long as patience. */
	o.model = USHER_ERLANG_A;
	o.agents = 0;
	near(percentile(&o, USHER_ERLANG_ALL, 0.5), 60 * log(2), 1e-13);
	ck_assert(isnan(percentile(&o, USHER_ERLANG_OF_ANSWERED, 0.5)));
}
END_TEST

/* The first who give up do so as fast as they come: the time is as the part,
 * however small. */
START_TEST(percentile__next_to_zero_is_as_the_part)
{
	static const int32_t models[] = {USHER_ERLANG_A, USHER_ERLANG_A_ROOM};
	static const double loads[] = {5, 10, 80};

	for (int i = 0; i < 2 * 3; i++) {
		struct usher_erlang_opts o =
			load(models[i % 2], loads[i / 2], 10);

		near(percentile(&o, USHER_ERLANG_OF_ABANDONED, 1e-300),
		     percentile(&o, USHER_ERLANG_OF_ABANDONED, 1e-150) *
			     1e-150,
		     1e-12);
	}
}
END_TEST

START_TEST(percentile__refuses_what_has_no_meaning)
{
	struct usher_erlang_opts o = load(USHER_ERLANG_A, 9, 10);
	static const double bad[] = {0, 1, -1, NAN, INFINITY};
	double s = 77;

	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(usher_erlang_percentile(&o, USHER_ERLANG_ALL,
							 bad[i], &s, NULL),
				 USHER_EINVAL);
	ck_assert_int_eq(usher_erlang_percentile(&o, 0, 0.5, &s, NULL),
			 USHER_EINVAL);
	ck_assert_int_eq(usher_erlang_percentile(&o, 4, 0.5, &s, NULL),
			 USHER_EINVAL);
	ck_assert_int_eq(usher_erlang_percentile(&o, 1, 0.5, NULL, NULL),
			 USHER_EINVAL);
	o.short_s = NAN;
	ck_assert_int_eq(usher_erlang_percentile(&o, 1, 0.5, &s, NULL),
			 USHER_EINVAL);
	ck_assert_double_eq(s, 77);
}
END_TEST

/* A limit on each figure: with so many it holds, with one less it fails. */
START_TEST(staff__of_any_figure_is_the_smallest)
{
	static const struct {
		int32_t figure;
		double limit;
	} limits[] = {
		{USHER_ERLANG_OCCUPANCY, 0.8},
		{USHER_ERLANG_BLOCKED, 0.01},
		{USHER_ERLANG_WAITS, 0.2},
		{USHER_ERLANG_ABANDONED, 0.02},
		{USHER_ERLANG_WITHIN, 0.9},
		{USHER_ERLANG_BEYOND, 0.05},
		{USHER_ERLANG_ASA, 3},
		{USHER_ERLANG_WAIT, 3},
		{USHER_ERLANG_QUEUE_LENGTH, 1},
		{USHER_ERLANG_ANSWERED, 0.97},
		{USHER_ERLANG_SHORT_ABANDONED, 0.01},
		{USHER_ERLANG_ABANDONED_WAIT, 8},
		{USHER_ERLANG_LEVEL_ANSWERED, 0.9},
		{USHER_ERLANG_LEVEL_CREDIT, 0.9},
		{USHER_ERLANG_LEVEL_STRICT, 0.9},
		{USHER_ERLANG_LEVEL_EXCLUDE, 0.9},
		{USHER_ERLANG_LEVEL_SHORT_CREDIT, 0.9},
	};
	struct usher_erlang_opts o = load(USHER_ERLANG_A_ROOM, 50, 0);
	struct usher_erlang_target t, tight;
	double rate;
	uint32_t n, least;

	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
		usher_erlang_target_init(&t, sizeof(t));
		t.figure = limits[i].figure;
		t.limit = limits[i].limit;
		o.arrivals_per_s = 0.5;
		ck_assert_int_eq(usher_erlang_staff(&o, &t, &n, NULL), 0);
		ck_assert_uint_gt(n, 30);
		ck_assert_uint_lt(n, 90);
		/* So many can take this load and more, one less cannot. */
		o.agents = n;
		ck_assert_int_eq(usher_erlang_arrivals(&o, &t, &rate, NULL),
				 0);
		ck_assert_double_ge(rate, 0.5);
		o.agents = n - 1;
		ck_assert_int_eq(usher_erlang_arrivals(&o, &t, &rate, NULL),
				 0);
		ck_assert_double_lt(rate, 0.5);
		/* A limit beside it never takes fewer. */
		tight = t;
		tight.percentile = 0.9;
		tight.percentile_s = 0;
		ck_assert_int_eq(usher_erlang_staff(&o, &tight, &least, NULL),
				 0);
		ck_assert_uint_ge(least, n);
	}
}
END_TEST

START_TEST(staff__for_a_percentile_meets_it)
{
	struct usher_erlang_opts o = load(USHER_ERLANG_A, 80, 0);
	struct usher_erlang_target t;
	uint32_t n;

	for (int32_t whose = 1; whose <= 3; whose++) {
		usher_erlang_target_init(&t, sizeof(t));
		t.percentile = 0.95;
		t.percentile_s = 12;
		t.whose = whose;
		ck_assert_int_eq(usher_erlang_staff(&o, &t, &n, NULL), 0);
		o.agents = n;
		ck_assert_double_le(percentile(&o, whose, 0.95), 12);
		o.agents = n - 1;
		ck_assert_double_gt(percentile(&o, whose, 0.95), 12);
	}
}
END_TEST

START_TEST(staff__refuses_limits_without_meaning)
{
	struct usher_erlang_opts o = load(USHER_ERLANG_C, 5, 8);
	struct usher_erlang_target t;
	double rate = 77;
	uint32_t n = 77;

	usher_erlang_target_init(&t, sizeof(t));
	t.figure = 18;
	t.limit = 0.5;
	ck_assert_int_eq(usher_erlang_staff(&o, &t, &n, NULL), USHER_EINVAL);
	t.figure = -1;
	ck_assert_int_eq(usher_erlang_staff(&o, &t, &n, NULL), USHER_EINVAL);
	t.figure = USHER_ERLANG_ABANDONED;
	ck_assert_int_eq(usher_erlang_staff(&o, &t, &n, NULL), USHER_EINVAL);
	t.figure = USHER_ERLANG_LEVEL_STRICT;
	t.limit = 1;
	ck_assert_int_eq(usher_erlang_staff(&o, &t, &n, NULL), USHER_EINVAL);
	t.limit = INFINITY;
	ck_assert_int_eq(usher_erlang_staff(&o, &t, &n, NULL), USHER_EINVAL);
	t.limit = 0;
	t.percentile = 1;
	ck_assert_int_eq(usher_erlang_staff(&o, &t, &n, NULL), USHER_EINVAL);
	t.percentile = 0.5;
	t.percentile_s = -1;
	ck_assert_int_eq(usher_erlang_staff(&o, &t, &n, NULL), USHER_EINVAL);
	t.percentile_s = 1;
	t.whose = USHER_ERLANG_OF_ABANDONED;
	ck_assert_int_eq(usher_erlang_staff(&o, &t, &n, NULL), USHER_EINVAL);
	t.whose = 0;
	ck_assert_int_eq(usher_erlang_arrivals(&o, &t, NULL, NULL),
			 USHER_EINVAL);
	ck_assert_int_eq(usher_erlang_arrivals(NULL, &t, &rate, NULL),
			 USHER_EINVAL);
	o.agents = 0;
	ck_assert_int_eq(usher_erlang_arrivals(&o, &t, &rate, NULL),
			 USHER_ENOENT);
	ck_assert_uint_eq(n, 77);
	ck_assert_double_eq(rate, 77);
}
END_TEST

/* 5 erlangs on 10 lines lose 0.018385, 15 on 20 lose 0.04559 (as printed in
 * any table of the loss formula), and back. */
START_TEST(loss__goes_back_and_forth)
{
	double b, log_b, a, n;

	ck_assert_int_eq(usher_erlang_b(5, 10, &b, NULL), 0);
	ck_assert_double_eq_tol(b, 0.018385, 5e-7);
	ck_assert_int_eq(usher_erlang_b_load(10, b, &a), 0);
	near(a, 5, 1e-13);
	ck_assert_int_eq(usher_erlang_b_agents(5, b, &n), 0);
	near(n, 10, 1e-13);
	ck_assert_int_eq(usher_erlang_b(15, 20, &b, NULL), 0);
	ck_assert_double_eq_tol(b, 0.04559, 5e-6);
	/* B(n + 1) = a B(n) / (n + 1 + a B(n)) between whole numbers, too. */
	ck_assert_int_eq(usher_erlang_b(7.3, 4.6, &b, NULL), 0);
	ck_assert_int_eq(usher_erlang_b(7.3, 5.6, &a, NULL), 0);
	near(a, 7.3 * b / (5.6 + 7.3 * b), 1e-13);
	ck_assert_int_eq(usher_erlang_b(3, 0, &b, &log_b), 0);
	ck_assert_double_eq(b, 1);
	ck_assert_double_eq(log_b, 0);
	ck_assert_int_eq(usher_erlang_b_agents(3, 1, &n), 0);
	ck_assert_double_eq(n, 0);
	/* Far below what a double holds. */
	ck_assert_int_eq(usher_erlang_b(0.1, 100000, &b, &log_b), 0);
	ck_assert_double_eq(b, 0);
	near(log_b, 100000 * log(0.1) - lgamma(100001) - 0.1, 1e-13);
}
END_TEST

START_TEST(loss__refuses_what_has_no_meaning)
{
	static const double bad[] = {-1, NAN, INFINITY, 1e9};
	double ret = 77;

	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(usher_erlang_b(bad[i], 5, &ret, &ret),
				 USHER_EINVAL);
		ck_assert_int_eq(usher_erlang_b(5, bad[i], &ret, &ret),
				 USHER_EINVAL);
		ck_assert_int_eq(usher_erlang_b_load(5, bad[i], &ret),
				 USHER_EINVAL);
		ck_assert_int_eq(usher_erlang_b_agents(5, bad[i], &ret),
				 USHER_EINVAL);
	}
	ck_assert_int_eq(usher_erlang_b(1e-101, 5, &ret, &ret), USHER_EINVAL);
	ck_assert_int_eq(usher_erlang_b_load(0, 0.5, &ret), USHER_EINVAL);
	ck_assert_int_eq(usher_erlang_b_load(5, 0, &ret), USHER_EINVAL);
	ck_assert_int_eq(usher_erlang_b_load(5, 1, &ret), USHER_EINVAL);
	ck_assert_int_eq(usher_erlang_b_load(5, 0.5, NULL), USHER_EINVAL);
	ck_assert_int_eq(usher_erlang_b_load(5, 1 - 1e-9, &ret), USHER_EFULL);
	ck_assert_int_eq(usher_erlang_b_agents(1e7, 1e-300, &ret),
			 USHER_EFULL);
	ck_assert_double_eq(ret, 77);
}
END_TEST

TCase *inverses_case(void)
{
	TCase *tc = tcase_create("inverses");

	tcase_add_test(tc, percentile__of_erlang_c_is_a_logarithm);
	tcase_add_test(tc, percentile__next_to_zero_is_as_the_part);
	tcase_add_test(tc, percentile__refuses_what_has_no_meaning);
	tcase_add_test(tc, staff__of_any_figure_is_the_smallest);
	tcase_add_test(tc, staff__for_a_percentile_meets_it);
	tcase_add_test(tc, staff__refuses_limits_without_meaning);
	tcase_add_test(tc, loss__goes_back_and_forth);
	tcase_add_test(tc, loss__refuses_what_has_no_meaning);
	return tc;
}
