/* Rooms, priorities and square-root staffing against published figures,
 * against each other, and with what they must refuse. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "load.h"

/*
 * Gross and Harris, "Fundamentals of Queueing Theory", the inspection station
 * of the section on M/M/c/K: three stalls, room for four cars to wait, a car
 * a minute, six minutes each: 3.09 cars wait, for 12.3 minutes with the
 * inspection, and 30.4 an hour are turned away; from an empty probability
 * rounded to 0.00088, so that half a percent is all that it gives.
 */
START_TEST(room__agrees_with_gross_and_harris)
{
	struct usher_erlang_opts o = load(USHER_ERLANG_C_ROOM, 6, 3);
	struct usher_erlang_figures f;

	o.arrivals_per_s = 1.0 / 60;
	o.handle_s = 360;
	o.room = 4;
	f = figures(&o);
	near(f.queue_length, 3.09, 0.005);
	near((f.wait_s + 360) / 60, 12.3, 0.005);
	near(f.blocked * 60, 30.4, 0.005);
	near(f.queue_length + f.occupancy * o.agents, 6.06, 0.005);
}
END_TEST

/* No place to wait is B; many places are C and A. */
START_TEST(room__reaches_from_loss_to_delay)
{
	struct usher_erlang_opts o = load(USHER_ERLANG_C_ROOM, 18, 20);
	struct usher_erlang_figures f, want;

	o.room = 0;
	f = figures(&o);
	o.model = USHER_ERLANG_B;
	near(f.blocked, figures(&o).blocked, 1e-13);
	ck_assert_double_eq(f.waits, 0);
	o.model = USHER_ERLANG_C_ROOM;
	o.room = 100000;
	f = figures(&o);
	o.model = USHER_ERLANG_C;
	want = figures(&o);
	near(f.waits, want.waits, 1e-12);
	near(f.asa_s, want.asa_s, 1e-12);
	near(f.within, want.within, 1e-12);
	o.model = USHER_ERLANG_A_ROOM;
	o.room = 1000;
	f = figures(&o);
	o.model = USHER_ERLANG_A;
	want = figures(&o);
	near(f.waits, want.waits, 1e-12);
	near(f.abandoned, want.abandoned, 1e-12);
	near(f.level_short_credit, want.level_short_credit, 1e-12);
	ck_assert_double_eq(want.blocked, 0);
}
END_TEST

/* One agent, one place, r = 1/2: 4/7, 2/7, 1/7 by hand. */
START_TEST(room__one_agent_by_hand)
{
	struct usher_erlang_opts o = load(USHER_ERLANG_C_ROOM, 0.5, 1);
	struct usher_erlang_figures f;

	o.room = 1;
	f = figures(&o);
	near(f.blocked, 1.0 / 7, 1e-13);
	near(f.waits, 2.0 / 7, 1e-13);
	near(f.queue_length, 1.0 / 7, 1e-13);
	near(f.wait_s, 100.0 / 3, 1e-13);
	near(f.answered, 6.0 / 7, 1e-13);
}
END_TEST

/*
 * Hillier and Lieberman, "Introduction to Operations Research", the county
 * hospital of the chapter on priorities without interruption: critical 0.2,
 * serious 0.6, stable 1.2 an hour, 3 an hour treated by each doctor.
 */
START_TEST(priority__agrees_with_hillier_and_lieberman)
{
	static const double rates[] = {0.2, 0.6, 1.2};
	static const double two[] = {0.029, 0.033, 0.048};
	static const double one[] = {0.238, 0.325};
	struct usher_erlang_priority_opts o;
	struct usher_erlang_class c[3];

	ck_assert_int_eq(usher_erlang_priority_opts_init(&o, sizeof(o)), 0);
	memset(c, 0, sizeof(c));
	for (int i = 0; i < 3; i++)
		c[i].arrivals_per_s = rates[i] / 3600;
	o.handle_s = 1200;
	o.agents = 2;
	o.class_count = 3;
	ck_assert_int_eq(usher_erlang_priority(&o, c, NULL, NULL), 0);
	for (int i = 0; i < 3; i++)
		ck_assert_double_eq_tol(c[i].wait_s / 3600, two[i], 0.0005);
	o.agents = 1;
	ck_assert_int_eq(usher_erlang_priority(&o, c, NULL, NULL), 0);
	for (int i = 0; i < 2; i++)
		ck_assert_double_eq_tol(c[i].wait_s / 3600, one[i], 0.0005);
}
END_TEST

/* Who goes first moves the waits between the classes, not their sum
 * (Kleinrock's conservation law); one class is Erlang C. */
START_TEST(priority__keeps_the_mean_of_erlang_c)
{
	struct usher_erlang_opts o = load(USHER_ERLANG_C, 95, 100);
	struct usher_erlang_priority_opts p;
	struct usher_erlang_class c[4];
	double waits, sum = 0;

	usher_erlang_priority_opts_init(&p, sizeof(p));
	memset(c, 0, sizeof(c));
	p.handle_s = 100;
	p.agents = 100;
	p.class_count = 4;
	for (int i = 0; i < 4; i++)
		c[i].arrivals_per_s = o.arrivals_per_s * (i + 1) / 10;
	ck_assert_int_eq(usher_erlang_priority(&p, c, &waits, NULL), 0);
	near(waits, figures(&o).waits, 1e-13);
	for (int i = 0; i < 4; i++)
		sum += c[i].queue_length;
	near(sum, figures(&o).queue_length, 1e-13);
	for (int i = 1; i < 4; i++)
		ck_assert_double_gt(c[i].wait_s, c[i - 1].wait_s);
}
END_TEST

/* The last of three classes is too much; the others wait as if it were
 * not there, all agents being always taken. */
START_TEST(priority__is_stable_class_by_class)
{
	struct usher_erlang_priority_opts p;
	struct usher_erlang_class c[3];
	double waits;

	usher_erlang_priority_opts_init(&p, sizeof(p));
	memset(c, 0, sizeof(c));
	p.handle_s = 100;
	p.agents = 10;
	p.class_count = 3;
	c[0].arrivals_per_s = 0.04;
	c[1].arrivals_per_s = 0.05;
	c[2].arrivals_per_s = 0.02;
	ck_assert_int_eq(usher_erlang_priority(&p, c, &waits, NULL), 0);
	ck_assert_double_eq(waits, 1);
	near(c[0].wait_s, 100.0 / 6, 1e-13);
	near(c[1].wait_s, 1000.0 / 6, 1e-13);
	ck_assert_int_eq(c[1].stable, 1);
	ck_assert_int_eq(c[2].stable, 0);
	ck_assert(isinf(c[2].wait_s) && isinf(c[2].queue_length));
	/* Exactly full is too much. */
	c[1].arrivals_per_s = 0.06;
	ck_assert_int_eq(usher_erlang_priority(&p, c, &waits, NULL), 0);
	ck_assert_int_eq(c[1].stable, 0);
}
END_TEST

START_TEST(priority__refuses_what_has_no_meaning)
{
	static const double bad[] = {0, -1, NAN, INFINITY};
	struct usher_erlang_priority_opts p, q;
	struct usher_erlang_class c = {.arrivals_per_s = 0.01, .wait_s = 77};
	struct usher_error err;

	usher_erlang_priority_opts_init(&p, sizeof(p));
	p.handle_s = 100;
	p.class_count = 1;
	p.agents = 2;
	ck_assert_int_eq(usher_erlang_priority(&p, &c, NULL, &err), 0);
	c.wait_s = 77;
	for (int i = 0; i < 4; i++) {
		q = p;
		q.handle_s = bad[i];
		ck_assert_int_eq(usher_erlang_priority(&q, &c, NULL, &err),
				 USHER_EINVAL);
		c.arrivals_per_s = bad[i];
		ck_assert_int_eq(usher_erlang_priority(&p, &c, NULL, &err),
				 USHER_EINVAL);
		c.arrivals_per_s = 0.01;
	}
	q = p;
	q.agents = 0;
	ck_assert_int_eq(usher_erlang_priority(&q, &c, NULL, NULL),
			 USHER_EINVAL);
	q = p;
	q.class_count = 0;
	ck_assert_int_eq(usher_erlang_priority(&q, &c, NULL, NULL),
			 USHER_EINVAL);
	q.class_count = USHER_ERLANG_CLASSES_MAX + 1;
	ck_assert_int_eq(usher_erlang_priority(&q, &c, NULL, NULL),
			 USHER_EINVAL);
	q = p;
	q.class_size = 8;
	ck_assert_int_eq(usher_erlang_priority(&q, &c, NULL, NULL),
			 USHER_EINVAL);
	ck_assert_int_eq(usher_erlang_priority(&p, NULL, NULL, NULL),
			 USHER_EINVAL);
	ck_assert_int_eq(usher_erlang_priority(NULL, &c, NULL, NULL),
			 USHER_EINVAL);
	ck_assert_int_eq(usher_erlang_priority_opts_init(NULL, 8),
			 USHER_EINVAL);
	ck_assert_double_eq(c.wait_s, 77);
}
END_TEST

/* Half of all wait at a margin of 0.506 (Halfin and Whitt, 1981). */
START_TEST(root__agrees_with_halfin_and_whitt)
{
	double beta = 0, waits = 0;

	ck_assert_int_eq(usher_erlang_root_beta(0.5, INFINITY, &beta), 0);
	ck_assert_double_eq_tol(beta, 0.506, 0.0005);
	ck_assert_int_eq(usher_erlang_root_waits(beta, INFINITY, &waits), 0);
	near(waits, 0.5, 1e-13);
	/* Patience as long as handling: the normal law itself, so that half
	 * of all wait when agents and load are equal (Garnett et al.). */
	ck_assert_int_eq(usher_erlang_root_waits(0, 1, &waits), 0);
	near(waits, 0.5, 1e-13);
	ck_assert_int_eq(usher_erlang_root_waits(1, 1, &waits), 0);
	near(waits, erfc(M_SQRT1_2) / 2, 1e-13);
}
END_TEST

/* The limit is reached as one over the root of the agents. */
START_TEST(root__is_the_limit_of_many_agents)
{
	static const double betas[] = {-1.5, -0.2, 0.3, 1, 2};
	static const double patience[] = {0.1, 1, 20, INFINITY};

	for (int i = 0; i < 5 * 4; i++) {
		const double beta = betas[i % 5], p = patience[i / 5];
		const double n = 9e6, root = sqrt(n);
		struct usher_erlang_opts o =
			load(USHER_ERLANG_A, n - beta * root, (uint32_t)n);
		double waits, gone, back;

		if (isinf(p)) {
			o.model = USHER_ERLANG_C;
			if (beta <= 0) {
				ck_assert_int_eq(usher_erlang_root_waits(
							 beta, p, &waits),
						 USHER_EINVAL);
				continue;
			}
		}
		o.patience_s = 100 * p;
		ck_assert_int_eq(usher_erlang_root_waits(beta, p, &waits), 0);
		near(figures(&o).waits, waits, 3 / root);
		ck_assert_int_eq(usher_erlang_root_abandoned(beta, p, &gone),
				 0);
		near(figures(&o).abandoned * root, gone, 5 / root);
		ck_assert_int_eq(usher_erlang_root_beta(waits, p, &back), 0);
		/* Near 1 the part itself holds no more. */
		near(back, beta, waits < 0.99 ? 1e-11 : 1e-6);
	}
}
END_TEST

START_TEST(root__refuses_what_has_no_meaning)
{
	double ret = 77;
	uint32_t n = 77;

	ck_assert_int_eq(usher_erlang_root_waits(NAN, 1, &ret), USHER_EINVAL);
	ck_assert_int_eq(usher_erlang_root_waits(1, 0, &ret), USHER_EINVAL);
	ck_assert_int_eq(usher_erlang_root_waits(1, NAN, &ret), USHER_EINVAL);
	ck_assert_int_eq(usher_erlang_root_waits(1, 1, NULL), USHER_EINVAL);
	ck_assert_int_eq(usher_erlang_root_abandoned(100, 1, &ret),
			 USHER_EINVAL);
	ck_assert_int_eq(usher_erlang_root_beta(0, 1, &ret), USHER_EINVAL);
	ck_assert_int_eq(usher_erlang_root_beta(1, 1, &ret), USHER_EINVAL);
	ck_assert_int_eq(usher_erlang_root_beta(NAN, 1, &ret), USHER_EINVAL);
	ck_assert_int_eq(usher_erlang_root_agents(0, 1, &n), USHER_EINVAL);
	ck_assert_int_eq(usher_erlang_root_agents(5, INFINITY, &n),
			 USHER_EINVAL);
	ck_assert_int_eq(usher_erlang_root_agents(1e300, 1, &n), USHER_EINVAL);
	ck_assert_double_eq(ret, 77);
	ck_assert_uint_eq(n, 77);
	ck_assert_int_eq(usher_erlang_root_agents(100, 0.5, &n), 0);
	ck_assert_uint_eq(n, 105);
	ck_assert_int_eq(usher_erlang_root_agents(0.01, -5, &n), 0);
	ck_assert_uint_eq(n, 1);
}
END_TEST

/* The logarithm goes on where the double ends. */
START_TEST(logs__reach_below_the_smallest_double)
{
	struct usher_erlang_opts o = load(USHER_ERLANG_C, 50, 1000);
	struct usher_erlang_figures f, l = {.size = sizeof(l)};

	f = figures(&o);
	ck_assert_int_eq(usher_erlang_logs(&o, &l, NULL), 0);
	ck_assert_double_eq(f.waits, 0);
	ck_assert_double_lt(l.waits, -1000);
	ck_assert_double_gt(l.waits, -10000);
	ck_assert_double_eq_tol(l.beyond, l.waits - 950 * 0.2, 1e-9);
	ck_assert(isinf(l.abandoned) && l.abandoned < 0);
	ck_assert(isnan(l.abandoned_wait_s) && isnan(f.abandoned_wait_s));
	l.size = 4;
	ck_assert_int_eq(usher_erlang_logs(&o, &l, NULL), USHER_EINVAL);
}
END_TEST

/* A caller of an older header gets what it knows. */
START_TEST(figures__of_an_older_size_are_cut)
{
	struct usher_erlang_opts o = load(USHER_ERLANG_A, 9, 10);
	struct usher_erlang_figures f, all = figures(&o);
	const size_t old = offsetof(struct usher_erlang_figures, answered);

	memset(&f, 0x5a, sizeof(f));
	f.size = old;
	o.size = offsetof(struct usher_erlang_opts, short_s);
	ck_assert_int_eq(usher_erlang_figures(&o, &f, NULL), 0);
	ck_assert_double_eq(f.waits, all.waits);
	for (size_t i = old; i < sizeof(f); i++)
		ck_assert_uint_eq(((unsigned char *)&f)[i], 0x5a);
}
END_TEST

/* A threshold so short that hardly anybody gives up by it. */
START_TEST(room__holds_at_a_threshold_next_to_zero)
{
	struct usher_erlang_opts o = load(USHER_ERLANG_A_ROOM, 61, 60);
	struct usher_erlang_figures f;

	for (o.room = 1; o.room < 200; o.room *= 3) {
		o.threshold_s = 1e-250;
		f = figures(&o);
		near(f.beyond, f.waits, 1e-13);
		near(f.within, 1 - f.blocked - f.waits, 1e-12);
		near(f.abandoned_within, f.waits * (1e-250 / 60), 1e-12);
		o.threshold_s = 1e200;
		f = figures(&o);
		ck_assert_double_eq(f.beyond, 0);
		near(f.within, f.answered, 1e-13);
		near(f.abandoned_within, f.abandoned, 1e-13);
	}
}
END_TEST

START_TEST(room__refuses_too_much)
{
	struct usher_erlang_opts o = load(USHER_ERLANG_C_ROOM, 5, 5);
	struct usher_erlang_figures f = {.size = sizeof(f)};

	o.room = USHER_ERLANG_ROOM_MAX + 1;
	ck_assert_int_eq(usher_erlang_figures(&o, &f, NULL), USHER_EINVAL);
	/* Where it plays no part it is not looked at. */
	o.model = USHER_ERLANG_A;
	ck_assert_int_eq(usher_erlang_figures(&o, &f, NULL), 0);
	o.model = USHER_ERLANG_C_ROOM;
	o.room = 3;
	o.agents = 0;
	f = figures(&o);
	ck_assert_double_eq(f.blocked, 1);
	ck_assert_double_eq(f.waits, 0);
	near(f.queue_length, 3, 1e-13);
	ck_assert(isnan(f.level_strict));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("tables");
	TCase *tc = tcase_create("tables");
	SRunner *sr = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	suite_add_tcase(s, inverses_case());
	tcase_add_test(tc, room__agrees_with_gross_and_harris);
	tcase_add_test(tc, room__reaches_from_loss_to_delay);
	tcase_add_test(tc, room__one_agent_by_hand);
	tcase_add_test(tc, priority__agrees_with_hillier_and_lieberman);
	tcase_add_test(tc, priority__keeps_the_mean_of_erlang_c);
	tcase_add_test(tc, priority__is_stable_class_by_class);
	tcase_add_test(tc, priority__refuses_what_has_no_meaning);
	tcase_add_test(tc, root__agrees_with_halfin_and_whitt);
	tcase_add_test(tc, root__is_the_limit_of_many_agents);
	tcase_add_test(tc, root__refuses_what_has_no_meaning);
	tcase_add_test(tc, logs__reach_below_the_smallest_double);
	tcase_add_test(tc, figures__of_an_older_size_are_cut);
	tcase_add_test(tc, room__holds_at_a_threshold_next_to_zero);
	tcase_add_test(tc, room__refuses_too_much);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
