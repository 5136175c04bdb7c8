/* Days: arrivals that vary, lists, shifts. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "cases.h"
#include "house.h"

#define DAY_S 86400.0
#define S_US  1000000

/* Nobody, then 60 an hour, then 240, then nobody: as many as Poisson says. */
START_TEST(rates__hold_by_the_hour)
{
	static const struct usher_sim_rate rates[] = {
		{8 * 3600.0, 60 / 3600.0},
		{12 * 3600.0, 240 / 3600.0},
		{18 * 3600.0, 0}};
	struct house_seen s = {.type = 0};
	struct house h;
	double chi = 0;

	house_init(&h, 1, 1);
	h.queues[0].rates = rates;
	h.queues[0].rate_count = 3;
	h.queues[0].handle_s = 1;
	h.opts.event = house_see;
	h.opts.arg = &s;
	usher_sim_free(house_run(&h, 0, 100 * DAY_S));
	for (int hour = 0; hour < 24; hour++) {
		double want = hour < 8 || hour >= 18 ? 0
			      : hour < 12            ? 6000
						     : 24000;

		if (want > 0)
			chi += pow((double)s.entered[hour] - want, 2) / want;
		else
			ck_assert_uint_eq(s.entered[hour], 0);
	}
	ck_assert_double_lt(chi, 29.6); /* 10 degrees of freedom, 0.001 */
}
END_TEST

/* Daily counts of a mixed Poisson law: mean m, variance m + (m cv)^2. */
START_TEST(days__vary_by_their_factor)
{
	enum { DAYS = 400 };
	const double cv = 0.3, m = 0.002 * DAY_S;
	double sum = 0, squares = 0, both = 0, before[2] = {0}, mean, variance;
	struct usher_sim *sim;
	struct house h;

	house_init(&h, 2, 1);
	h.queues[0].arrivals_per_s = h.queues[1].arrivals_per_s = 0.002;
	h.queues[0].handle_s = h.queues[1].handle_s = 1;
	h.opts.day_cv = cv;
	sim = house_open(&h);
	for (int day = 0; day < DAYS; day++) {
		double n[2];

		ck_assert_int_eq(usher_sim_run(sim, DAY_S), 0);
		for (uint32_t i = 0; i < 2; i++) {
			double all = (double)house_counts(sim, i).arrived;

			n[i] = all - before[i];
			before[i] = all;
		}
		sum += n[0];
		squares += n[0] * n[0];
		both += (n[0] - m) * (n[1] - m);
	}
	usher_sim_free(sim);
	mean = sum / DAYS;
	variance = squares / DAYS - mean * mean;
	ck_assert_double_eq_tol(mean, m, 4 * m * cv / sqrt(DAYS));
	ck_assert_double_eq_tol(variance / (m + m * m * cv * cv), 1, 0.3);
	/* the factor is common to both queues */
	ck_assert_double_eq_tol(both / DAYS / (m * m * cv * cv), 1, 0.35);
}
END_TEST

START_TEST(calls__come_from_a_list)
{
	static const struct usher_sim_call calls[] = {
		{5 * S_US, 10 * S_US, -1, USHER_NEVER},
		{6 * S_US, 20 * S_US, 0, USHER_NEVER},
		{6 * S_US, -1, -1, 3 * S_US},
	};
	struct house_seen s = {.type = USHER_EV_CONTACT_CLOSED};
	struct usher_sim *sim;
	struct house h;

	house_init(&h, 1, 1);
	h.queues[0].calls = calls;
	h.queues[0].call_count = 3;
	h.queues[0].wrapup_law = USHER_LAW_FIXED;
	h.queues[0].wrapup_s = 2;
	h.opts.event = house_see;
	h.opts.arg = &s;
	sim = house_run(&h, 0, 1000);
	ck_assert_int_eq(s.count, 3);
	ck_assert_int_eq(s.at[0], 9 * S_US);            /* gave up */
	ck_assert_int_eq(s.at[1], (5 + 10 + 2) * S_US); /* drawn wrap-up */
	ck_assert_int_eq(s.at[2], (17 + 20) * S_US);    /* none */
	ck_assert_uint_eq(house_queue(sim, 0).abandoned, 1);
	ck_assert_uint_eq(house_counts(sim, 0).arrived, 3);
	usher_sim_free(sim);
}
END_TEST

/* 9 to 12, a break, 13 to 17, and a shift past midnight. */
START_TEST(shifts__come_and_go)
{
	static const struct usher_sim_span day[] = {
		{9 * 3600.0, 12 * 3600.0, USHER_READY, 0},
		{12 * 3600.0, 13 * 3600.0, USHER_PAUSED, 0},
		{13 * 3600.0, 17 * 3600.0, USHER_READY, 0}};
	static const struct usher_sim_span night[] = {
		{22 * 3600.0, 30 * 3600.0, USHER_READY, 0}};
	static const char *const want[2] = {"         RRRPRRRR       ",
					    "RRRRRR                RR"};
	struct usher_agent_figures a = {.size = sizeof(a)}, was[2] = {0};
	struct usher_sim *sim;
	struct house h;

	house_init(&h, 1, 2);
	h.groups[0].spans = day;
	h.groups[0].span_count = 3;
	h.groups[1].spans = night;
	h.groups[1].span_count = 1;
	sim = house_open(&h);
	for (int hour = 0; hour < 72; hour++) {
		ck_assert_int_eq(usher_sim_run(sim, 3600), 0);
		for (uint32_t i = 0; i < 2; i++) {
			char is = want[i][hour % 24];

			ck_assert_int_eq(usher_metrics_agent(
						 usher_sim_metrics(sim),
						 usher_sim_agent_id(sim, i, 0),
						 USHER_SPAN_DAY,
						 usher_sim_now(sim), &a),
					 0);
			ck_assert_int_eq(a.available_us - was[i].available_us,
					 is == 'R' ? 3600LL * S_US : 0);
			ck_assert_int_eq(a.paused_us - was[i].paused_us,
					 is == 'P' ? 3600LL * S_US : 0);
			was[i] = a;
		}
	}
	usher_sim_free(sim);
}
END_TEST

/* The agent goes at 100 s, with a contact until 150 s: that one is finished,
 * the next one waits for the morning. */
START_TEST(shift__ends_after_the_contact)
{
	static const struct usher_sim_span shift[] = {
		{0, 100, USHER_READY, 0}};
	static const struct usher_sim_call calls[] = {
		{50 * S_US, 100 * S_US, -1, -1},
		{60 * S_US, 100 * S_US, -1, -1}};
	struct house_seen s = {.type = USHER_EV_CONTACT_CLOSED};
	struct house h;

	house_init(&h, 1, 1);
	h.queues[0].calls = calls;
	h.queues[0].call_count = 2;
	h.groups[0].spans = shift;
	h.groups[0].span_count = 1;
	h.opts.event = house_see;
	h.opts.arg = &s;
	usher_sim_free(house_run(&h, 0, 2 * DAY_S));
	ck_assert_int_eq(s.count, 2);
	ck_assert_int_eq(s.at[0], 150 * S_US);
	ck_assert_int_eq(s.at[1], (86400 + 100) * (int64_t)S_US);
}
END_TEST

/* A slow group and a fast one, round one that has nobody. */
START_TEST(speed__divides_handle_times)
{
	static const struct usher_sim_call calls[] = {
		{0, 60 * S_US, -1, -1}, {1 * S_US, 60 * S_US, -1, -1}};
	struct house_seen s = {.type = USHER_EV_CONTACT_CLOSED};
	struct house h;

	house_init(&h, 1, 4);
	h.queues[0].policy = "top_down";
	h.queues[0].calls = calls;
	h.queues[0].call_count = 2;
	h.groups[0].speed = 0.5;
	h.groups[1].agents = h.groups[3].agents = 0;
	h.groups[2].speed = 3;
	h.opts.event = house_see;
	h.opts.arg = &s;
	usher_sim_free(house_run(&h, 0, 1000));
	ck_assert_int_eq(s.count, 2);
	ck_assert_int_eq(s.at[0], 21 * S_US);
	ck_assert_int_eq(s.at[1], 120 * S_US);
}
END_TEST

/* Agents dial when they are free, but for two who wait for callers. */
START_TEST(outbound__fills_free_time)
{
	struct usher_queue_figures in, alone;
	struct usher_sim_counts out;
	struct usher_sim *sim;
	struct house h;
	double busy = 0;

	house_init(&h, 2, 1);
	h.queues[0].arrivals_per_s = 0.03;
	h.queues[0].priority = 10;
	h.groups[0].agents = 10;
	sim = house_run(&h, 0, DAY_S);
	alone = house_queue(sim, 0);
	usher_sim_free(sim);
	h.queues[1].outbound_every_s = 2;
	h.queues[1].outbound_keep = 2;
	h.queues[1].reach_part = 0.4;
	h.queues[1].dial_s = 20;
	sim = house_run(&h, 0, DAY_S);
	in = house_queue(sim, 0);
	out = house_counts(sim, 1);
	for (uint32_t i = 0; i < 10; i++) {
		struct usher_agent_figures a = {.size = sizeof(a)};

		usher_metrics_agent(usher_sim_metrics(sim),
				    usher_sim_agent_id(sim, 0, i),
				    USHER_SPAN_DAY, usher_sim_now(sim), &a);
		busy += (double)a.occupied_us / 1e6 / DAY_S / 10;
	}
	ck_assert_double_gt(busy, 0.75); /* 0.3 by callers alone */
	ck_assert_double_lt(busy, 0.9);
	ck_assert_uint_eq(out.blocked, 0);
	ck_assert_uint_eq(out.arrived, out.dialed);
	ck_assert_double_eq_tol((double)out.reached / (double)out.dialed, 0.4,
				0.03);
	/* the same callers, who hardly wait */
	ck_assert_uint_eq(in.entered, alone.entered);
	ck_assert_double_gt((double)in.answered_within / (double)in.answered,
			    0.95);
	usher_sim_free(sim);
}
END_TEST

static uint64_t fold(uint64_t h, uint64_t x)
{
	return (h ^ x) * UINT64_C(0x9e3779b97f4a7c15);
}

static void hash_event(void *arg, const struct usher_event *ev)
{
	uint64_t *h = arg;

	if (ev->type == USHER_EV_QUEUE_ENTERED ||
	    ev->type == USHER_EV_QUEUE_LEFT ||
	    ev->type == USHER_EV_AGENT_JOINED ||
	    ev->type == USHER_EV_CONTACT_CLOSED)
		*h = fold(fold(*h, (uint64_t)ev->time_us), ev->type);
}

/* A day with everything in it, by its bits: see draw__has_these_bits. */
START_TEST(day__has_these_bits)
{
	static const struct usher_sim_rate rates[] = {{0, 0.02}, {30000, 0.1}};
	static const struct usher_sim_span shift[] = {
		{20000, 50000, USHER_READY, 0},
		{50000, 80000, USHER_PAUSED, 0}};
	uint64_t bits = 0;
	struct house h;

	house_init(&h, 2, 2);
	h.queues[0].rates = rates;
	h.queues[0].rate_count = 2;
	h.queues[0].day_cv = 0.2;
	h.queues[0].handle_law = USHER_LAW_LOGNORMAL;
	h.queues[0].handle_cv = 1.1;
	h.queues[0].patience_law = USHER_LAW_WEIBULL;
	h.queues[0].patience_s = 200;
	h.queues[0].patience_cv = 1.4;
	h.queues[0].retry_law = USHER_LAW_GAMMA;
	h.queues[0].retry_s = 600;
	h.queues[0].retry_cv = 0.8;
	h.queues[0].retry_part = 0.5;
	h.queues[1].arrivals_per_s = 0.03;
	h.queues[1].places = 4;
	h.queues[1].wrapup_law = USHER_LAW_HYPER;
	h.queues[1].wrapup_s = 30;
	h.queues[1].wrapup_cv = 2;
	h.groups[0].agents = 5;
	h.groups[1].agents = 5;
	h.groups[1].spans = shift;
	h.groups[1].span_count = 2;
	h.opts.day_cv = 0.1;
	h.opts.event = hash_event;
	h.opts.arg = &bits;
	usher_sim_free(house_run(&h, 0, 2 * DAY_S));
	ck_assert_msg(bits == UINT64_C(0x95eebd2c66139815), "%#llx",
		      (unsigned long long)bits);
}
END_TEST

START_TEST(lists__are_in_order)
{
	static const struct usher_sim_rate twice[] = {{0, 1}, {0, 2}},
					   late[] = {{86400, 1}},
					   none[] = {{0, 0}},
					   below[] = {{0, -1}};
	static const struct usher_sim_call back[] = {{5, 1, 1, 1},
						     {4, 1, 1, 1}},
					   long_one[] = {{5, INT64_MAX, 1, 1}};
	static const struct usher_sim_span
		across[] = {{0, 100, USHER_READY, 0},
			    {50, 200, USHER_READY, 0}},
		wraps[] = {{50, 100, USHER_READY, 0},
			   {200, 86451, USHER_READY, 0}},
		out[] = {{0, 100, USHER_SIGNED_OUT, 0}},
		empty[] = {{100, 100, USHER_READY, 0}};
	struct usher_sim *sim = NULL;
	struct house h;

#define REFUSED(change)                                                       \
	do {                                                                  \
		house_init(&h, 1, 1);                                         \
		h.opts.queues = h.queues;                                     \
		h.opts.groups = h.groups;                                     \
		change;                                                       \
		ck_assert_int_eq(usher_sim_new(&sim, &h.opts, NULL),          \
				 USHER_EINVAL);                               \
	} while (0)
#define RATES(list, n)                                                        \
	REFUSED(h.queues[0].rates = (list); h.queues[0].rate_count = (n))
#define SPANS(list, n)                                                        \
	REFUSED(h.groups[0].spans = (list); h.groups[0].span_count = (n))
	RATES(twice, 2);
	RATES(late, 1);
	RATES(none, 1);
	RATES(below, 1);
	RATES(NULL, 1);
	SPANS(across, 2);
	SPANS(wraps, 2);
	SPANS(out, 1);
	SPANS(empty, 1);
	SPANS(NULL, 1);
	REFUSED(h.groups[0].speed = -1);
	REFUSED(h.groups[0].speed = 1e-4);
	REFUSED(h.groups[0].speed = NAN);
	REFUSED(h.queues[0].callback_after_s = -1);
	REFUSED(h.queues[0].callback_part = 2);
	REFUSED(h.queues[0].balk_part = 1.1);
	REFUSED(h.queues[0].balk_part = NAN);
	REFUSED(h.queues[0].reach_part = NAN);
	REFUSED(h.queues[0].dial_s = -1);
	REFUSED(h.queues[0].outbound_every_s = 0.01);
	REFUSED(h.queues[0].outbound_every_s = 1;
		h.queues[0].arrivals_per_s = 1);
	REFUSED(h.queues[0].calls = back; h.queues[0].call_count = 2);
	REFUSED(h.queues[0].call_count = 2);
	REFUSED(h.queues[0].calls = long_one; h.queues[0].call_count = 1);
	REFUSED(h.queues[0].calls = back; h.queues[0].call_count = 1;
		h.queues[0].arrivals_per_s = 1);
	ck_assert_ptr_null(sim);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sim-day");
	TCase *tc = tcase_create("day");
	SRunner *sr = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	suite_add_tcase(suite, customers_case());
	tcase_set_timeout(tc, 100);
	tcase_add_test(tc, rates__hold_by_the_hour);
	tcase_add_test(tc, days__vary_by_their_factor);
	tcase_add_test(tc, calls__come_from_a_list);
	tcase_add_test(tc, shifts__come_and_go);
	tcase_add_test(tc, shift__ends_after_the_contact);
	tcase_add_test(tc, speed__divides_handle_times);
	tcase_add_test(tc, outbound__fills_free_time);
	tcase_add_test(tc, day__has_these_bits);
	tcase_add_test(tc, lists__are_in_order);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
