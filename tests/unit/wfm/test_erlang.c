/* Erlang B, C and A against published figures and against each other. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <usher/erlang.h>

static struct usher_erlang_opts load(int32_t model, double offered,
				     uint32_t agents)
{
	struct usher_erlang_opts o;

	ck_assert_int_eq(usher_erlang_opts_init(&o, sizeof(o)), 0);
	o.model = model;
	o.arrivals_per_s = offered / 100;
	o.handle_s = 100;
	o.agents = agents;
	return o;
}

static struct usher_erlang_figures figures(const struct usher_erlang_opts *o)
{
	struct usher_erlang_figures f = {.size = sizeof(f)};
	struct usher_error err;

	ck_assert_msg(usher_erlang_figures(o, &f, &err) == 0, "%s",
		      err.message);
	return f;
}

static void near(double got, double want, double tolerance)
{
	ck_assert_msg(fabs(got - want) <= tolerance * fabs(want),
		      "got %.17g, expected %.17g", got, want);
}

/*
 * Offered load that meets a blocking of 1 %, 2 % and 5 %, as every printed
 * Erlang B table has it (for instance ITU-T E.500 series handbook
 * "Teletraffic Engineering", table of A for given E and n): at the printed
 * load the blocking agrees to the printed digits.
 */
START_TEST(b__agrees_with_printed_table)
{
	static const struct {
		uint32_t n;
		double blocking, offered;
	} rows[] = {
		{1, 0.01, 0.0101}, {2, 0.01, 0.153},  {5, 0.01, 1.36},
		{10, 0.01, 4.46},  {20, 0.01, 12.0},  {50, 0.01, 37.9},
		{100, 0.01, 84.1}, {5, 0.02, 1.66},   {10, 0.02, 5.08},
		{20, 0.02, 13.2},  {50, 0.02, 40.3},  {100, 0.02, 88.0},
		{5, 0.05, 2.22},   {10, 0.05, 6.22},  {20, 0.05, 15.2},
		{50, 0.05, 44.5},  {100, 0.05, 95.2},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		double half = pow(10, floor(log10(rows[i].offered)) - 2) / 2;
		struct usher_erlang_opts low = load(
			USHER_ERLANG_B, rows[i].offered - half, rows[i].n);
		struct usher_erlang_opts high = load(
			USHER_ERLANG_B, rows[i].offered + half, rows[i].n);

		ck_assert_double_le(figures(&low).blocked, rows[i].blocking);
		ck_assert_double_ge(figures(&high).blocked, rows[i].blocking);
	}
}
END_TEST

/*
 * Garnett, Mandelbaum and Reiman, "Designing a call center with impatient
 * customers", M&SOM 4(3), 2002, section 1: 48 calls a minute, 50 agents, one
 * minute each, without patience and with a mean patience of two minutes.
 */
START_TEST(a__agrees_with_garnett_mandelbaum_reiman)
{
	struct usher_erlang_opts o = load(USHER_ERLANG_C, 48, 50);
	struct usher_erlang_figures f;

	o.arrivals_per_s = 0.8;
	o.handle_s = 60;
	o.patience_s = 120;
	o.threshold_s = 58.1;
	f = figures(&o);
	ck_assert_double_eq_tol(f.wait_s, 20.8, 0.05);
	ck_assert_double_eq_tol(f.queue_length, 17, 0.5);
	ck_assert_double_eq_tol(f.occupancy, 0.96, 0.005);
	ck_assert_double_eq_tol(f.beyond, 0.1, 0.0005);
	o.model = USHER_ERLANG_A;
	o.threshold_s = 12.5;
	f = figures(&o);
	ck_assert_double_eq_tol(f.abandoned, 0.031, 0.0005);
	ck_assert_double_eq_tol(f.wait_s, 3.7, 0.05);
	ck_assert_double_eq_tol(f.queue_length, 3, 0.5);
	ck_assert_double_eq_tol(f.occupancy, 0.93, 0.005);
	ck_assert_double_eq_tol(f.beyond, 0.1, 0.001);
}
END_TEST

/* One agent: C has closed forms that a pencil gives. */
START_TEST(c__one_agent_is_m_m_1)
{
	struct usher_erlang_opts o = load(USHER_ERLANG_C, 0.75, 1);
	struct usher_erlang_figures f = figures(&o);

	near(f.waits, 0.75, 1e-13);
	near(f.wait_s, 300, 1e-13);
	near(f.queue_length, 2.25, 1e-13);
	near(f.beyond, 0.75 * exp(-0.05), 1e-13);
	near(f.within, 1 - 0.75 * exp(-0.05), 1e-13);
	ck_assert_int_eq(f.stable, 1);
}
END_TEST

/* 2 erlangs on 3 agents: B = 4/19, C = 4/9. */
START_TEST(c__three_agents_by_hand)
{
	struct usher_erlang_opts o = load(USHER_ERLANG_B, 2, 3);

	near(figures(&o).blocked, 4.0 / 19, 1e-13);
	o.model = USHER_ERLANG_C;
	near(figures(&o).waits, 4.0 / 9, 1e-13);
	near(figures(&o).asa_s, 400.0 / 9, 1e-13);
}
END_TEST

START_TEST(c__overload_has_no_steady_state)
{
	struct usher_erlang_opts o = load(USHER_ERLANG_C, 3, 3);
	struct usher_erlang_figures f = figures(&o);

	ck_assert_int_eq(f.stable, 0);
	ck_assert(isinf(f.wait_s) && isinf(f.queue_length));
	ck_assert_double_eq(f.waits, 1);
	ck_assert_double_eq(f.within, 0);
	ck_assert_double_eq(f.occupancy, 1);
}
END_TEST

START_TEST(all__no_agents_serve_nobody)
{
	struct usher_erlang_opts o = load(USHER_ERLANG_B, 3, 0);

	ck_assert_double_eq(figures(&o).blocked, 1);
	o.model = USHER_ERLANG_C;
	ck_assert_int_eq(figures(&o).stable, 0);
	o.model = USHER_ERLANG_A;
	o.patience_s = 60;
	ck_assert_double_eq(figures(&o).abandoned, 1);
	ck_assert_double_eq(figures(&o).within, 0);
	near(figures(&o).beyond, exp(-20.0 / 60), 1e-13);
}
END_TEST

/* Patience as long as handling makes A the Poisson distribution: with equal
 * rates the number present is that of infinitely many servers. */
START_TEST(a__equal_rates_are_poisson)
{
	struct usher_erlang_opts o = load(USHER_ERLANG_A, 6, 4);
	double p = exp(-6), present = p, waiting = 0, found = p;

	o.patience_s = o.handle_s;
	for (int k = 1; k < 200; k++) {
		p *= 6.0 / k;
		if (k < 4)
			found += p;
		if (k > 4)
			waiting += (k - 4) * p;
		present += p;
	}
	near(present, 1, 1e-13);
	near(figures(&o).waits, 1 - found, 1e-13);
	near(figures(&o).queue_length, waiting, 1e-13);
	near(figures(&o).abandoned, waiting / 6, 1e-13);
}
END_TEST

/* A lies between loss and delay, and reaches both. */
START_TEST(a__goes_to_c_and_to_b)
{
	static const uint32_t sizes[] = {1, 10, 1000, 100000};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		uint32_t n = sizes[i];
		struct usher_erlang_opts o =
			load(USHER_ERLANG_A, n - 0.8 * sqrt(n), n);
		struct usher_erlang_figures a, c, b;

		o.patience_s = 1e11 / n;
		a = figures(&o);
		o.model = USHER_ERLANG_C;
		c = figures(&o);
		near(a.waits, c.waits, 1e-3);
		near(a.asa_s, c.asa_s, 1e-3);
		near(a.within, c.within, 1e-3);
		o.model = USHER_ERLANG_A;
		o.patience_s = 1e-9;
		a = figures(&o);
		o.model = USHER_ERLANG_B;
		b = figures(&o);
		near(a.abandoned, b.blocked, 1e-5);
	}
}
END_TEST

/* 100 calls of three minutes in half an hour, 20 s: what the pages of
 * pyworkforce 0.1.0 (pypi.org) and of ErlangC 0.1.0 (for R,
 * rdocumentation.org) print for 14 agents, the latter for 11, too. */
START_TEST(c__agrees_with_what_others_print)
{
	struct usher_erlang_opts o;
	struct usher_erlang_figures f = {.size = sizeof(f)};

	usher_erlang_opts_init(&o, sizeof(o));
	o.arrivals_per_s = 100 / 1800.0;
	o.handle_s = 180;
	o.threshold_s = 20;
	o.agents = 14;
	ck_assert_int_eq(usher_erlang_figures(&o, &f, NULL), 0);
	ck_assert_double_eq_tol(f.level_strict, 0.8883500191794669, 1e-15);
	ck_assert_double_eq_tol(f.waits, 0.1741319335950498, 1e-15);
	ck_assert_double_eq_tol(f.occupancy, 0.7142857142857143, 1e-15);
	ck_assert_double_eq_tol(f.asa_s, 7.83593701177724, 1e-14);
	o.agents = 11;
	ck_assert_int_eq(usher_erlang_figures(&o, &f, NULL), 0);
	ck_assert_double_eq_tol(f.waits, 0.6821182, 5e-8);
}
END_TEST

/* In overload the fluid model holds: a part 1 - n/a gives up, and nearly
 * everybody waits ln(a/n) mean patiences. */
START_TEST(a__overload_follows_fluid_model)
{
	struct usher_erlang_opts o = load(USHER_ERLANG_A, 150000, 100000);
	struct usher_erlang_figures f;

	o.patience_s = 60;
	f = figures(&o);
	near(f.abandoned, 1.0 / 3, 1e-9);
	near(f.asa_s, 60 * log(1.5), 1e-4);
	near(f.occupancy, 1, 1e-9);
	o.threshold_s = 60 * log(1.5);
	near(figures(&o).beyond, 0.5 * 2 / 3, 0.02);
}
END_TEST

/* At a threshold of zero the late are all who wait; and the parts of the
 * arrivals never leave [0, 1] nor add up to more than 1. */
START_TEST(a__parts_add_up)
{
	static const double loads[] = {0.01, 0.5, 0.9, 0.999, 1, 1.001, 3};
	static const double patience[] = {1e-3, 1, 100, 1e4, 1e6};

	for (uint32_t n = 1; n <= 10000; n *= 10) {
		for (int i = 0; i < 7 * 5; i++) {
			struct usher_erlang_opts o =
				load(USHER_ERLANG_A, n * loads[i % 7], n);
			struct usher_erlang_figures f;

			o.patience_s = patience[i / 7];
			o.threshold_s = 0;
			f = figures(&o);
			ck_assert_double_eq_tol(f.beyond, f.waits, 1e-12);
			ck_assert_double_eq_tol(f.within, 1 - f.waits, 1e-9);
			o.threshold_s = 30;
			f = figures(&o);
			ck_assert_double_le(f.waits, 1);
			ck_assert_double_ge(f.within, 0);
			ck_assert_double_le(f.within + f.beyond, 1 + 1e-12);
			ck_assert_double_le(f.beyond, f.waits + 1e-12);
			ck_assert_double_ge(f.asa_s, 0);
			/* Who waits either way waits no longer than the
			 * mean of everybody and the answered allow. */
			ck_assert_double_le(f.asa_s * (1 - f.abandoned),
					    f.wait_s * (1 + 1e-9));
		}
	}
}
END_TEST

/* Where nearly all agents are busy, or nearly all are in time, the last digit
 * of a sum said more than all. */
START_TEST(all__parts_are_no_more_than_all)
{
	struct usher_erlang_opts load;

	usher_erlang_opts_init(&load, sizeof(load));
	load.handle_s = 180;
	for (int i = 0; i < 4000; i++) {
		struct usher_erlang_figures f = {.size = sizeof(f)};

		load.model = USHER_ERLANG_B + i % 5;
		load.agents = (uint32_t)(1 + i * 37 % 1900);
		load.arrivals_per_s =
			load.agents * (0.5 + i % 23 / 10.0) / load.handle_s;
		load.patience_s = load.handle_s * pow(10, i % 8 - 3);
		load.threshold_s = i % 3 ? 20 : 1e6;
		load.room = (uint32_t)i % 100;
		ck_assert_int_eq(usher_erlang_figures(&load, &f, NULL), 0);
		ck_assert(!(f.occupancy > 1) && !(f.answered > 1) &&
			  !(f.within > 1) && !(f.waits > 1) &&
			  !(f.level_credit > 1) &&
			  !(f.level_short_credit > 1) &&
			  !(f.level_strict > 1));
	}
}
END_TEST

START_TEST(staff__is_the_smallest)
{
	static const double offered[] = {0.1, 1, 7.5, 100, 2500};

	for (int i = 0; i < 5 * 3; i++) {
		struct usher_erlang_opts o =
			load(USHER_ERLANG_B + i % 3, offered[i / 3], 0);
		struct usher_erlang_target t;
		uint32_t n = 0;

		o.patience_s = 120;
		usher_erlang_target_init(&t, sizeof(t));
		t.within_min = 0.8;
		ck_assert_int_eq(usher_erlang_staff(&o, &t, &n, NULL), 0);
		o.agents = n;
		ck_assert_double_ge(figures(&o).within, 0.8);
		o.agents = n - 1;
		ck_assert_double_lt(figures(&o).within, 0.8);
	}
}
END_TEST

/* 80 % in 20 s for 100 calls of 180 s in half an hour: 14 agents (10 erlangs:
 * the example that nearly every text on call centers works through). */
START_TEST(staff__textbook_example)
{
	struct usher_erlang_opts o = load(USHER_ERLANG_C, 10, 0);
	struct usher_erlang_target t;
	uint32_t n = 0;

	o.arrivals_per_s = 100.0 / 1800;
	o.handle_s = 180;
	usher_erlang_target_init(&t, sizeof(t));
	t.within_min = 0.8;
	ck_assert_int_eq(usher_erlang_staff(&o, &t, &n, NULL), 0);
	ck_assert_uint_eq(n, 14);
	o.agents = n;
	ck_assert_double_eq_tol(figures(&o).within, 0.888, 0.0005);
	ck_assert_double_eq_tol(figures(&o).asa_s, 7.8, 0.05);
}
END_TEST

START_TEST(staff__every_limit_counts)
{
	struct usher_erlang_opts o = load(USHER_ERLANG_A, 50, 0);
	struct usher_erlang_target t;
	uint32_t n = 0, m = 0;

	o.patience_s = 60;
	usher_erlang_target_init(&t, sizeof(t));
	t.abandoned_max = 0.03;
	ck_assert_int_eq(usher_erlang_staff(&o, &t, &n, NULL), 0);
	t.occupancy_max = 0.75;
	ck_assert_int_eq(usher_erlang_staff(&o, &t, &m, NULL), 0);
	ck_assert_uint_gt(m, n);
	o.agents = m;
	ck_assert_double_le(figures(&o).occupancy, 0.75);
}
END_TEST

START_TEST(staff__refuses_targets_without_meaning)
{
	struct usher_erlang_opts o = load(USHER_ERLANG_C, 5, 0);
	struct usher_erlang_target t;
	struct usher_error err;
	uint32_t n = 77;

	usher_erlang_target_init(&t, sizeof(t));
	ck_assert_int_eq(usher_erlang_staff(&o, &t, &n, &err), USHER_EINVAL);
	ck_assert_str_ne(err.message, "");
	t.within_min = 1;
	ck_assert_int_eq(usher_erlang_staff(&o, &t, &n, &err), USHER_EINVAL);
	t.within_min = NAN;
	ck_assert_int_eq(usher_erlang_staff(&o, &t, &n, &err), USHER_EINVAL);
	t.within_min = 0.8;
	t.blocked_max = 0.1;
	ck_assert_int_eq(usher_erlang_staff(&o, &t, &n, &err), USHER_EINVAL);
	t.blocked_max = 0;
	t.abandoned_max = 0.1;
	ck_assert_int_eq(usher_erlang_staff(&o, &t, &n, &err), USHER_EINVAL);
	t.abandoned_max = 0;
	o.arrivals_per_s = (double)USHER_ERLANG_AGENTS_MAX / 100;
	ck_assert_int_eq(usher_erlang_staff(&o, &t, &n, &err), USHER_EFULL);
	ck_assert_uint_eq(n, 77);
}
END_TEST

START_TEST(figures__refuses_loads_without_meaning)
{
	static const double bad[] = {0, -1, NAN, INFINITY};
	struct usher_erlang_figures f;
	struct usher_erlang_opts o;

	memset(&f, 0x5a, sizeof(f));
	f.size = sizeof(f);
	for (int i = 0; i < 4; i++) {
		o = load(USHER_ERLANG_A, 5, 5);
		o.patience_s = bad[i];
		ck_assert_int_eq(usher_erlang_figures(&o, &f, NULL),
				 USHER_EINVAL);
		o.patience_s = 60;
		o.handle_s = bad[i];
		ck_assert_int_eq(usher_erlang_figures(&o, &f, NULL),
				 USHER_EINVAL);
		o.handle_s = 60;
		o.arrivals_per_s = bad[i];
		ck_assert_int_eq(usher_erlang_figures(&o, &f, NULL),
				 USHER_EINVAL);
	}
	o = load(6, 5, 5);
	ck_assert_int_eq(usher_erlang_figures(&o, &f, NULL), USHER_EINVAL);
	o = load(USHER_ERLANG_C, 5, USHER_ERLANG_AGENTS_MAX + 1u);
	ck_assert_int_eq(usher_erlang_figures(&o, &f, NULL), USHER_EINVAL);
	o = load(USHER_ERLANG_A, 5, 5);
	o.patience_s = 1e300;
	ck_assert_int_eq(usher_erlang_figures(&o, &f, NULL), USHER_EINVAL);
	o.patience_s = 1e-12;
	ck_assert_int_eq(usher_erlang_figures(&o, &f, NULL), USHER_EINVAL);
	o.patience_s = 60;
	o.handle_s = 1e-300;
	o.arrivals_per_s = 1e-300;
	ck_assert_int_eq(usher_erlang_figures(&o, &f, NULL), USHER_EINVAL);
	o = load(USHER_ERLANG_C, 5, 5);
	o.threshold_s = -1;
	ck_assert_int_eq(usher_erlang_figures(&o, &f, NULL), USHER_EINVAL);
	o.size = sizeof(o) + 8;
	ck_assert_int_eq(usher_erlang_figures(&o, &f, NULL), USHER_EINVAL);
	ck_assert_int_eq(usher_erlang_figures(NULL, &f, NULL), USHER_EINVAL);
	for (size_t i = sizeof(f.size); i < sizeof(f); i++)
		ck_assert_uint_eq(((unsigned char *)&f)[i], 0x5a);
	f.size = sizeof(f) + 1;
	o = load(USHER_ERLANG_C, 5, 5);
	ck_assert_int_eq(usher_erlang_figures(&o, &f, NULL), USHER_EINVAL);
	ck_assert_int_eq(usher_erlang_opts_init(&o, 2), USHER_EINVAL);
	ck_assert_int_eq(usher_erlang_opts_init(NULL, sizeof(o)),
			 USHER_EINVAL);
	ck_assert_int_eq(usher_erlang_target_init(NULL, 8), USHER_EINVAL);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("erlang");
	TCase *tc = tcase_create("erlang");
	SRunner *sr = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	tcase_add_test(tc, b__agrees_with_printed_table);
	tcase_add_test(tc, a__agrees_with_garnett_mandelbaum_reiman);
	tcase_add_test(tc, c__one_agent_is_m_m_1);
	tcase_add_test(tc, c__three_agents_by_hand);
	tcase_add_test(tc, c__overload_has_no_steady_state);
	tcase_add_test(tc, all__no_agents_serve_nobody);
	tcase_add_test(tc, a__equal_rates_are_poisson);
	tcase_add_test(tc, a__goes_to_c_and_to_b);
	tcase_add_test(tc, c__agrees_with_what_others_print);
	tcase_add_test(tc, a__overload_follows_fluid_model);
	tcase_add_test(tc, a__parts_add_up);
	tcase_add_test(tc, all__parts_are_no_more_than_all);
	tcase_add_test(tc, staff__is_the_smallest);
	tcase_add_test(tc, staff__textbook_example);
	tcase_add_test(tc, staff__every_limit_counts);
	tcase_add_test(tc, staff__refuses_targets_without_meaning);
	tcase_add_test(tc, figures__refuses_loads_without_meaning);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
