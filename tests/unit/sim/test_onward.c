/* Contacts that need a second agent, or go on to another queue: by hand, by
 * Jackson's product form, and as ContactCenters prints it. */
#include <check.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <usher/erlang.h>

#include "house.h"

#define MINUTE   60.0
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- By hand ---- */

/* One customer of queue 1, after a second, who talks 100 s, and agents of
 * queues 1 and 2: with a wrap-up of 10 and 20 s. */
static void by_hand(struct house *h)
{
	static const struct usher_sim_call one = {1000000, -1, -1, -1};
	static const uint32_t index[] = {0, 1};

	house_init(h, 2, 2);
	for (uint32_t i = 0; i < 2; i++) {
		h->queues[i].handle_law = USHER_LAW_FIXED;
		h->queues[i].handle_s = 100 + 50 * i;
		h->queues[i].wrapup_law = USHER_LAW_FIXED;
		h->queues[i].wrapup_s = 10 + 10 * i;
		h->queues[i].members_only = 1;
		h->groups[i].queues = &index[i];
		h->groups[i].queue_count = 1;
	}
	h->queues[0].calls = &one;
	h->queues[0].call_count = 1;
}

static struct usher_agent_figures agent(const struct usher_sim *sim,
					uint32_t group)
{
	struct usher_agent_figures f = {.size = sizeof(f)};

	ck_assert_int_eq(usher_metrics_agent(usher_sim_metrics(sim),
					     usher_sim_agent_id(sim, group, 0),
					     USHER_SPAN_DAY,
					     usher_sim_now(sim), &f),
			 0);
	return f;
}

static void busy_s(const struct usher_sim *sim, double first, double second)
{
	ck_assert_double_eq_tol((double)agent(sim, 0).occupied_us / 1e6, first,
				1e-3);
	ck_assert_double_eq_tol((double)agent(sim, 1).occupied_us / 1e6,
				second, 1e-3);
}

static const struct usher_sim_onward to_second = {1, 1, 0};

START_TEST(transfer__goes_on_as_one_of_that_queue)
{
	struct usher_sim *sim;
	struct house h;

	by_hand(&h);
	h.queues[0].transfers = &to_second;
	h.queues[0].transfer_count = 1;
	sim = house_run(&h, 0, 1000);
	busy_s(sim, 100 + 10, 150 + 20);
	ck_assert_uint_eq(house_queue(sim, 0).answered, 1);
	ck_assert_uint_eq(house_queue(sim, 1).answered, 1);
	ck_assert_uint_eq(house_counts(sim, 0).arrived, 1);
	ck_assert_uint_eq(house_counts(sim, 1).arrived, 0);
	usher_sim_free(sim);
}
END_TEST

START_TEST(consult__has_two_agents_for_the_second_ones_time)
{
	struct usher_sim *sim;
	struct house h;

	by_hand(&h);
	h.queues[0].consults = &to_second;
	h.queues[0].consult_count = 1;
	sim = house_run(&h, 0, 1000);
	busy_s(sim, 100 + 150 + 10, 150 + 20);
	usher_sim_free(sim);
	/* and then goes on to the same queue */
	h.queues[0].transfers = &to_second;
	h.queues[0].transfer_count = 1;
	h.groups[1].agents = 2;
	sim = house_run(&h, 0, 1000);
	ck_assert_uint_eq(house_queue(sim, 1).answered, 2);
	ck_assert_double_eq_tol((double)agent(sim, 0).occupied_us / 1e6, 260,
				1e-3);
	usher_sim_free(sim);
}
END_TEST

/* Nobody of queue 2 is there: the agent waits as long as its patience, its
 * longest wait, or not at all. */
START_TEST(consult__goes_on_without)
{
	struct usher_sim *sim;
	struct house h;

	for (int i = 0; i < 4; i++) {
		by_hand(&h);
		h.queues[0].consults = &to_second;
		h.queues[0].consult_count = 1;
		h.groups[1].agents = 0;
		if (i == 0)
			h.queues[1].places = USHER_ZERO;
		if (i == 1) {
			h.queues[1].patience_law = USHER_LAW_FIXED;
			h.queues[1].patience_s = 30;
		}
		if (i == 2)
			h.queues[1].max_wait_s = 30;
		sim = house_run(&h, 0, 1000);
		ck_assert_double_eq_tol((double)agent(sim, 0).occupied_us /
						1e6,
					i == 0   ? 110
					: i == 3 ? 999
						 : 140,
					1e-3);
		ck_assert_uint_eq(house_counts(sim, 1).blocked, i == 0);
		ck_assert_uint_eq(house_queue(sim, 1).abandoned, i == 1);
		ck_assert_uint_eq(house_queue(sim, 1).flowed_out,
				  i == 0 || i == 2);
		ck_assert_uint_eq(house_queue(sim, 0).answered, 1);
		usher_sim_free(sim);
	}
}
END_TEST

/* Whom the next queue does not take is gone, or comes again. */
START_TEST(transfer__may_find_no_place)
{
	struct usher_sim *sim;
	struct house h;

	by_hand(&h);
	h.queues[0].transfers = &to_second;
	h.queues[0].transfer_count = 1;
	h.queues[1].places = USHER_ZERO;
	h.groups[1].agents = 0;
	sim = house_run(&h, 0, 1000);
	ck_assert_uint_eq(house_counts(sim, 1).blocked, 1);
	ck_assert_double_eq_tol((double)agent(sim, 0).occupied_us / 1e6, 110,
				1e-3);
	usher_sim_free(sim);
	h.queues[1].places = 0;
	h.queues[1].patience_law = USHER_LAW_FIXED;
	h.queues[1].patience_s = 40;
	h.queues[0].retry_part = 1;
	h.queues[0].retry_law = USHER_LAW_FIXED;
	h.queues[0].retry_s = 60;
	sim = house_run(&h, 0, 1000);
	ck_assert_uint_eq(house_queue(sim, 1).abandoned, 2);
	ck_assert_uint_eq(house_counts(sim, 0).retried, 1);
	ck_assert_uint_eq(house_queue(sim, 0).answered, 2);
	usher_sim_free(sim);
}
END_TEST

/* Who waited in the first queue, and would have given up there at a time when
 * he waits in the second, has another patience then. */
START_TEST(patience__is_of_each_wait)
{
	static const struct usher_sim_call two[] = {{1000000, -1, -1, -1},
						    {2000000, -1, -1, -1}};
	struct usher_sim *sim;
	struct house h;

	by_hand(&h);
	h.queues[0].calls = two;
	h.queues[0].call_count = COUNT(two);
	h.queues[0].patience_law = USHER_LAW_FIXED;
	h.queues[0].patience_s = 300;
	h.queues[0].transfers = &to_second;
	h.queues[0].transfer_count = 1;
	h.groups[1].agents = 0;
	sim = house_run(&h, 0, 1000);
	ck_assert_uint_eq(house_queue(sim, 0).answered, 2);
	ck_assert_uint_eq(house_queue(sim, 1).abandoned, 0);
	ck_assert_uint_eq(house_queue(sim, 1).waiting, 2);
	usher_sim_free(sim);
}
END_TEST

START_TEST(onward__refuses_what_has_no_meaning)
{
	static const struct usher_sim_onward bad[][2] = {
		{{-0.1, 1, 0}, {0, 1, 0}},
		{{0.6, 1, 0}, {0.6, 0, 0}},
		{{NAN, 1, 0}, {0, 1, 0}},
		{{0.5, 2, 0}, {0, 1, 0}},
		{{0, 1, 0}, {1.5, 1, 0}}};
	struct usher_error err;
	struct house h;

	for (size_t i = 0; i < 2 * COUNT(bad); i++) {
		struct usher_sim *sim = NULL;

		by_hand(&h);
		if (i % 2) {
			h.queues[0].consults = bad[i / 2];
			h.queues[0].consult_count = 2;
		} else {
			h.queues[0].transfers = bad[i / 2];
			h.queues[0].transfer_count = 2;
		}
		h.opts.queues = h.queues;
		h.opts.groups = h.groups;
		ck_assert_int_eq(usher_sim_new(&sim, &h.opts, &err),
				 USHER_EINVAL);
		ck_assert_ptr_null(sim);
	}
	by_hand(&h);
	h.queues[0].transfer_count = 1;
	h.opts.queues = h.queues;
	h.opts.groups = h.groups;
	ck_assert_int_eq(
		usher_sim_new(&(struct usher_sim *){NULL}, &h.opts, &err),
		USHER_EINVAL);
}
END_TEST

/* ---- Jackson ---- */

#define RUNS 16

/*
 * Jackson: Networks of waiting lines (Operations Research 5, 1957): each queue
 * is as if alone with Poisson arrivals at the rate that the balance of the
 * ways gives it. Here a third goes from the first to the second and a fifth
 * back to the first, and a quarter of the second back to it.
 */
START_TEST(network__is_in_product_form)
{
	static const struct usher_sim_onward first[] = {{1 / 3.0, 1, 0},
							{0.2, 0, 0}};
	static const struct usher_sim_onward second[] = {{0.25, 0, 0}};
	static const uint32_t agents[] = {6, 4}, index[] = {0, 1};
	static double length[2][RUNS], came[RUNS];
	const double hours = 20, rate[] = {0.03, 0.012};
	double total[2];
	struct house h;

	house_init(&h, 2, 2);
	for (uint32_t i = 0; i < 2; i++) {
		h.queues[i].arrivals_per_s = rate[i];
		h.queues[i].members_only = 1;
		h.groups[i].agents = agents[i];
		h.groups[i].queues = &index[i];
		h.groups[i].queue_count = 1;
	}
	h.queues[0].transfers = first;
	h.queues[0].transfer_count = 2;
	h.queues[1].transfers = second;
	h.queues[1].transfer_count = 1;
	/* x = r0 + x / 5 + y / 4, y = r1 + x / 3 */
	total[0] = (rate[0] + rate[1] / 4) / (1 - 0.2 - 1 / 12.0);
	total[1] = rate[1] + total[0] / 3;
	for (int run = 0; run < RUNS; run++) {
		struct usher_sim *sim;

		h.opts.seed = usher_sim_seed(5, (uint64_t)run);
		sim = house_run(&h, 2 * HOUSE_HOUR, hours * HOUSE_HOUR);
		for (uint32_t i = 0; i < 2; i++)
			length[i][run] =
				(double)house_queue(sim, i).answered_wait_us /
				1e6 / (hours * HOUSE_HOUR);
		came[run] = (double)(house_counts(sim, 0).arrived +
				     house_counts(sim, 1).arrived);
		usher_sim_free(sim);
	}
	for (int i = 0; i < 2; i++) {
		struct usher_erlang_figures f = {.size = sizeof(f)};
		struct usher_erlang_opts o;

		usher_erlang_opts_init(&o, sizeof(o));
		o.agents = agents[i];
		o.arrivals_per_s = total[i];
		o.handle_s = 100;
		ck_assert_int_eq(usher_erlang_figures(&o, &f, NULL), 0);
		house_control(length[i], came,
			      (rate[0] + rate[1]) * hours * HOUSE_HOUR, RUNS);
		house_agrees_less(length[i], RUNS, 1, "waiting",
				  f.queue_length, 0.3);
	}
}
END_TEST

/* ---- Teamwork ---- */

/*
 * Teamwork.java of ContactCenters (Buist and L'Ecuyer, Université de Montréal,
 * github.com/umontreal-simul/contactcenters, doc/examples) with what it prints
 * over 1,000 weeks of seven days (Teamwork.res). Reception, where a fifth
 * needs accounting as well; a twentieth goes on to the manager, the others to
 * technical support, if somebody is free there, where a fifth needs a
 * developer as well. What is said of the factors of times there is of another
 * version: the manager's is 5, the developer's is 3.
 *
 * There who waits is put out when the agents go home; here they all give up.
 */
#define WEEKS 40
#define DAYS  7
#define SHIFT 9.0
#define SEEN  4096

enum { RECEPTION, ACCOUNTING, SUPPORT, DEVELOPER, MANAGER, ROOMS };
enum { SERVED, PUT_OUT, GAVE_UP, IN_TARGET, ASA, TALK, BUSY, FIGURES = 11 };

struct teamwork {
	struct usher_sim *sim;
	double waited_s[SEEN]; /* by contact */
	double served, in_target, wait_s, talk_s;
	double found[FIGURES][WEEKS], came[WEEKS];
};

static void on_event(void *arg, const struct usher_event *ev)
{
	struct teamwork *t = arg;
	double *waited = &t->waited_s[ev->contact % SEEN];
	uint64_t queue = 0, leave = 1;
	int64_t us = 0;

	usher_event_u64(ev, USHER_F_QUEUE, &queue);
	if (ev->type == USHER_EV_CONTACT_STARTED)
		*waited = 0;
	if (ev->type == USHER_EV_QUEUE_LEFT) {
		usher_event_u64(ev, USHER_F_LEAVE, &leave);
		usher_event_i64(ev, USHER_F_WAIT, &us);
		if (leave == USHER_LEAVE_ANSWERED)
			*waited += (double)us / 1e6;
	}
	if (!t->sim || ev->type != USHER_EV_WRAPUP_STARTED ||
	    queue == usher_sim_queue_id(t->sim, RECEPTION))
		return;
	usher_event_i64(ev, USHER_F_TALK, &us);
	t->served++;
	t->in_target += *waited < 2 * MINUTE;
	t->wait_s += *waited;
	t->talk_s += (double)us / 1e6;
}

/* Quantiles of the triangle over 0.5, 1 and 5 minutes, times something. */
#define QUANTILES 2001
static void triangle(double *values, double times)
{
	for (int i = 0; i < QUANTILES; i++) {
		const double p = i / (QUANTILES - 1.0);

		values[i] = times * MINUTE *
			    (p < 1 / 9.0 ? 0.5 + sqrt(p * 4.5 * 0.5)
					 : 5 - sqrt((1 - p) * 4.5 * 4));
	}
}

static void teamwork_times(struct house *h)
{
	static const double factor[ROOMS] = {1, 2, 10, 3, 5};
	static double talk[ROOMS][QUANTILES];

	for (uint32_t i = 0; i < ROOMS; i++) {
		struct usher_sim_queue *q = &h->queues[i];
		const bool asked = i == ACCOUNTING || i == DEVELOPER;

		q->handle_law = USHER_LAW_QUANTILES;
		q->handle_values = talk[i];
		q->handle_value_count = asked ? 2 : QUANTILES;
		triangle(talk[i], factor[i]);
		if (asked) {
			talk[i][0] = 0;
			talk[i][1] = factor[i] * MINUTE;
		} else {
			q->wrapup_law = USHER_LAW_EXPONENTIAL;
			q->wrapup_s = MINUTE;
		}
		if (i == RECEPTION || i == MANAGER) {
			q->patience_law = USHER_LAW_EXPONENTIAL;
			q->patience_s = 2 * MINUTE;
		} else {
			q->places = USHER_ZERO;
		}
	}
}

static void teamwork_init(struct house *h)
{
	static const uint32_t agents[ROOMS] = {2, 1, 5, 1, 1};
	static const uint32_t index[ROOMS] = {0, 1, 2, 3, 4};
	static const struct usher_sim_span shift = {0, SHIFT * HOUSE_HOUR,
						    USHER_READY, 0};
	static const struct usher_sim_rate rates[] = {
		{0, 200 / HOUSE_HOUR},
		{HOUSE_HOUR, 100 / HOUSE_HOUR},
		{SHIFT * HOUSE_HOUR, 0}};
	static const struct usher_sim_onward asks[] = {{0.2, ACCOUNTING, 0},
						       {0.2, DEVELOPER, 0}};
	static const struct usher_sim_onward next[] = {{0.05, MANAGER, 0},
						       {0.95, SUPPORT, 0}};

	house_init(h, ROOMS, ROOMS);
	teamwork_times(h);
	h->opts.period_s = 12 * HOUSE_HOUR;
	h->queues[RECEPTION].rates = rates;
	h->queues[RECEPTION].rate_count = COUNT(rates);
	h->queues[RECEPTION].consults = &asks[0];
	h->queues[RECEPTION].consult_count = 1;
	h->queues[RECEPTION].transfers = next;
	h->queues[RECEPTION].transfer_count = COUNT(next);
	h->queues[SUPPORT].consults = &asks[1];
	h->queues[SUPPORT].consult_count = 1;
	for (uint32_t i = 0; i < ROOMS; i++) {
		h->queues[i].members_only = 1;
		h->groups[i].agents = agents[i];
		h->groups[i].queues = &index[i];
		h->groups[i].queue_count = 1;
		h->groups[i].spans = &shift;
		h->groups[i].span_count = 1;
	}
}

/* In percent of the shifts. */
static double occupancy(const struct teamwork *t, uint32_t group,
			uint32_t agents)
{
	double busy_us = 0;

	for (uint32_t i = 0; i < agents; i++) {
		struct usher_agent_figures f = {.size = sizeof(f)};

		ck_assert_int_eq(usher_metrics_agent(
					 usher_sim_metrics(t->sim),
					 usher_sim_agent_id(t->sim, group, i),
					 USHER_SPAN_DAY, usher_sim_now(t->sim),
					 &f),
				 0);
		busy_us += (double)f.occupied_us;
	}
	return 100 * busy_us / 1e6 / (agents * DAYS * SHIFT * HOUSE_HOUR);
}

static void teamwork_week(struct teamwork *t, const struct house *h, int week)
{
	double put_out = 0, gave_up = 0;

	ck_assert_int_eq(usher_sim_warm(t->sim), 0);
	t->served = t->in_target = t->wait_s = t->talk_s = 0;
	for (int day = 0; day < DAYS; day++) {
		usher_sim_run(t->sim, SHIFT * HOUSE_HOUR);
		put_out += (double)(house_queue(t->sim, RECEPTION).waiting +
				    house_queue(t->sim, MANAGER).waiting);
		usher_sim_run(t->sim, (12 - SHIFT) * HOUSE_HOUR);
	}
	gave_up = (double)(house_queue(t->sim, RECEPTION).abandoned +
			   house_queue(t->sim, MANAGER).abandoned);
	t->came[week] = (double)house_counts(t->sim, RECEPTION).arrived;
	t->found[SERVED][week] = t->served;
	t->found[GAVE_UP][week] = gave_up - put_out;
	t->found[PUT_OUT][week] =
		put_out + (double)house_counts(t->sim, SUPPORT).blocked;
	t->found[IN_TARGET][week] = t->in_target;
	t->found[ASA][week] = t->wait_s / MINUTE / t->served;
	t->found[TALK][week] = t->talk_s / MINUTE / t->served;
	for (uint32_t i = 0; i < ROOMS; i++)
		t->found[BUSY + i][week] =
			occupancy(t, i, h->groups[i].agents);
}

START_TEST(teamwork__is_as_printed)
{
	static const struct {
		const char *what;
		double mean, half; /* of the 95 % interval that is printed */
		double width;      /* of ours, as a part of the mean */
	} rows[FIGURES] = {{"served", 866.968, 0.82, 0.02},
			   {"put out", 1339.118, 1.472, 0.02},
			   {"gave up", 4797.542, 5.478, 0.01},
			   {"in target", 522.891, 1.131, 0.05},
			   {"speed of answer", 1.774, 0.0035, 0.03},
			   {"talk", 20.828, 0.02, 0.02},
			   {"reception", 98.258, 0.015, 0.005},
			   {"accounting", 10.995, 0.032, 0.05},
			   {"support", 94.657, 0.026, 0.005},
			   {"developer", 5.663, 0.031, 0.1},
			   {"manager", 27.244, 0.153, 0.1}};
	static struct teamwork t;
	struct house h;

	teamwork_init(&h);
	h.opts.event = on_event;
	h.opts.arg = &t;
	t.sim = house_open(&h);
	for (int week = 0; week < WEEKS; week++)
		teamwork_week(&t, &h, week);
	usher_sim_free(t.sim);
	for (int i = 0; i < FIGURES; i++) {
		struct usher_sim_interval found = {.size = sizeof(found)};

		house_control(t.found[i], t.came,
			      DAYS * (200 + (SHIFT - 1) * 100), WEEKS);
		usher_sim_interval(t.found[i], WEEKS, 0.999, &found);
		found.half *= house_widened(WEEKS, 1);
		ck_assert_msg(fabs(found.mean - rows[i].mean) <
				      found.half + rows[i].half,
			      "%s: %g +- %g, not %g +- %g", rows[i].what,
			      found.mean, found.half, rows[i].mean,
			      rows[i].half);
		ck_assert_msg(found.half < rows[i].width * rows[i].mean,
			      "%s: %g within %g says nothing", rows[i].what,
			      found.mean, found.half);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sim-onward");
	TCase *tc = tcase_create("onward");
	SRunner *sr = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_set_timeout(tc, 100);
	tcase_add_test(tc, transfer__goes_on_as_one_of_that_queue);
	tcase_add_test(tc, consult__has_two_agents_for_the_second_ones_time);
	tcase_add_test(tc, consult__goes_on_without);
	tcase_add_test(tc, transfer__may_find_no_place);
	tcase_add_test(tc, patience__is_of_each_wait);
	tcase_add_test(tc, onward__refuses_what_has_no_meaning);
	tcase_add_test(tc, network__is_in_product_form);
	tcase_add_test(tc, teamwork__is_as_printed);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
