/* Models whose answers are published, judged by confidence intervals: skills,
 * and a whole day. */
#include <check.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "house.h"

#define RUNS 16

static double wait_s(const struct usher_queue_figures *f)
{
	return (double)(f->answered_wait_us + f->abandoned_wait_us) / 1e6 /
	       (double)(f->answered + f->abandoned);
}

/*
 * Skills. Adan and Weiss: A skill based parallel service system under
 * FCFS-ALIS - steady state, overloads, and abandonments (Stochastic Systems
 * 4, 2014), theorem on the stationary distribution. Customers of class c
 * arrive at rate l(c); server m works at rate v(m); each free server takes the
 * longest-waiting customer whom it can serve, each customer the longest-idle
 * server. A state is an order of all servers: the i busy ones by the arrival
 * of whom they serve, with n(j) waiting between the j-th and the next, and
 * then the idle ones, the longest idle last. With
 *
 *   U(j)  classes that none but the first j servers serves
 *   C(j)  classes that some of the servers from the j-th on serves
 *
 * its probability is proportional to
 *
 *   prod (j <= i) l(U(j))^n(j) / v(j)^(n(j)+1)  *  prod (j > i) 1 / l(C(j)).
 *
 * with v(j) the rate of the first j together. Summed over n(j), a busy place
 * gives 1 / (v(j) - l(U(j))), and the mean number of class c waiting there is
 * l(c) / (v(j) - l(U(j))) if U(j) has c.
 */
#define SERVERS 3

struct skills {
	int servers, classes;
	double rate[SERVERS];    /* of a class */
	unsigned serve[SERVERS]; /* bits of servers that serve a class */
	double speed[SERVERS];   /* of a server */
	double queue[SERVERS];   /* found: mean number waiting */
	double busy[SERVERS];    /* found: part of a server's time */
	double sum;
};

/* Rate of the classes that only these servers serve, or that they serve. */
static double rate_of(const struct skills *s, unsigned servers, bool only)
{
	double rate = 0;

	for (int c = 0; c < s->classes; c++)
		if (only ? !(s->serve[c] & ~servers) : s->serve[c] & servers)
			rate += s->rate[c];
	return rate;
}

static void state_add(struct skills *s, const int *order, int busy)
{
	double weight = 1, waiting[SERVERS] = {0}, together = 0;
	unsigned set = 0;

	for (int j = 0; j < busy; j++) {
		double less;

		set |= 1u << order[j];
		together += s->speed[order[j]];
		less = together - rate_of(s, set, true);
		weight /= less;
		for (int c = 0; c < s->classes; c++)
			if (!(s->serve[c] & ~set))
				waiting[c] += s->rate[c] / less;
	}
	set = 0;
	for (int j = s->servers; j-- > busy;) {
		set |= 1u << order[j];
		weight /= rate_of(s, set, false);
	}
	s->sum += weight;
	for (int c = 0; c < s->classes; c++)
		s->queue[c] += weight * waiting[c];
	for (int j = 0; j < busy; j++)
		s->busy[order[j]] += weight;
}

static void product_form(struct skills *s)
{
	static const int orders[][SERVERS] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
					      {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

	for (int i = 0; i < 6; i++) {
		/* of two servers: those two orders that leave the third last
		 */
		if (s->servers < SERVERS && orders[i][s->servers] != 2)
			continue;
		for (int busy = 0; busy <= s->servers; busy++)
			state_add(s, orders[i], busy);
	}
	for (int i = 0; i < SERVERS; i++) {
		s->queue[i] /= s->sum;
		s->busy[i] /= s->sum;
	}
}

static double occupied(const struct usher_sim *sim, uint32_t group, double of)
{
	struct usher_agent_figures a = {.size = sizeof(a)};

	ck_assert_int_eq(usher_metrics_agent(usher_sim_metrics(sim),
					     usher_sim_agent_id(sim, group, 0),
					     USHER_SPAN_DAY,
					     usher_sim_now(sim), &a),
			 0);
	return (double)a.occupied_us / 1e6 / of;
}

static void skills_build(struct house *h, const struct skills *s,
			 uint32_t lists[SERVERS][SERVERS])
{
	house_init(h, (uint32_t)s->classes, (uint32_t)s->servers);
	for (int c = 0; c < s->classes; c++) {
		h->queues[c].arrivals_per_s = s->rate[c] / 100;
		h->queues[c].members_only = 1;
	}
	for (int m = 0; m < s->servers; m++) {
		h->groups[m].queues = lists[m];
		h->groups[m].speed = s->speed[m];
		for (int c = 0; c < s->classes; c++)
			if (s->serve[c] & 1u << m)
				lists[m][h->groups[m].queue_count++] =
					(uint32_t)c;
	}
}

/* N: the first class has one server, the second both. W: three classes, the
 * middle one has both. And three servers in a chain. */
START_TEST(skills__are_in_product_form)
{
	static const struct skills models[] = {
		{2, 2, {0.5, 0.8}, {1, 3}, {1, 1}, {0}, {0}, 0},
		{2, 3, {0.3, 0.6, 0.5}, {1, 3, 2}, {1, 1}, {0}, {0}, 0},
		{3, 3, {0.9, 0.5, 0.8}, {3, 6, 5}, {1, 1, 1}, {0}, {0}, 0},
		{3, 2, {0.6, 1.4}, {1, 7}, {1, 1, 1}, {0}, {0}, 0},
		{2, 2, {0.5, 0.8}, {1, 3}, {0.8, 1.4}, {0}, {0}, 0},
		{3, 2, {1.1, 0.9}, {3, 6}, {1.5, 0.5, 1}, {0}, {0}, 0},
	};
	/* a mean that is not known cannot be controlled by */
	const double duration = (_i < 4 ? 40 : 70) * HOUSE_HOUR;
	double waits[SERVERS][RUNS], busy[SERVERS][RUNS];
	double came[RUNS] = {0}, talk[RUNS] = {0}, calls = 0;
	bool alike = true; /* then all talk 100 s on average */
	uint32_t lists[SERVERS][SERVERS];
	struct skills s = models[_i];
	struct house h;
	char what[16];

	product_form(&s);
	skills_build(&h, &s, lists);
	for (int i = 0; i < RUNS; i++) {
		struct usher_sim *sim;
		double handled = 0;

		h.opts.seed = usher_sim_seed(7, (uint64_t)i);
		sim = house_run(&h, 3 * HOUSE_HOUR, duration);
		for (int c = 0; c < s.classes; c++) {
			struct usher_queue_figures f =
				house_queue(sim, (uint32_t)c);

			waits[c][i] = wait_s(&f);
			came[i] += (double)f.entered;
			talk[i] += (double)f.talk_us / 1e6;
			handled += (double)f.handled;
		}
		talk[i] /= handled;
		for (int m = 0; m < s.servers; m++)
			busy[m][i] = occupied(sim, (uint32_t)m, duration);
		usher_sim_free(sim);
	}
	for (int c = 0; c < s.classes; c++)
		calls += s.rate[c] / 100 * duration;
	for (int m = 0; m < s.servers; m++)
		alike = alike && s.speed[m] == 1;
	for (int c = 0; c < s.classes; c++) {
		snprintf(what, sizeof(what), "wait of %d", c + 1);
		if (alike) {
			house_control(waits[c], came, calls, RUNS);
			house_control(waits[c], talk, 100, RUNS);
		}
		house_agrees_less(waits[c], RUNS, alike ? 2 : 0, what,
				  100 * s.queue[c] / s.rate[c], 0.25);
	}
	for (int m = 0; m < s.servers; m++) {
		snprintf(what, sizeof(what), "busy %d", m + 1);
		if (alike) {
			house_control(busy[m], came, calls, RUNS);
			house_control(busy[m], talk, 100, RUNS);
		}
		house_agrees_less(busy[m], RUNS, alike ? 2 : 0, what,
				  s.busy[m], 0.05);
	}
}
END_TEST

/*
 * Wallace and Whitt: A staffing algorithm for call centers with skill-based
 * routing (Manufacturing & Service Operations Management 7, 2005): six types
 * of call, 90 agents, 84 erlangs, 30 places to wait. With one skill an agent
 * much is lost, with two nearly all is gained that six would give.
 */
#define TYPES     6
#define DAYS      6
#define BY_SKILLS 3

static double typed_wait(uint32_t skills, uint64_t run, double *blocked)
{
	double wait = 0, answered = 0, lost = 0, arrived = 0;
	uint32_t lists[TYPES][TYPES];
	struct usher_sim *sim;
	struct house h;

	house_init(&h, TYPES, TYPES);
	h.opts.seed = usher_sim_seed(8, run);
	h.opts.places = 30;
	for (uint32_t i = 0; i < TYPES; i++) {
		h.queues[i].arrivals_per_s = 14 / 600.0;
		h.queues[i].handle_s = 600;
		h.queues[i].members_only = 1;
		h.groups[i].agents = 15;
		h.groups[i].queues = lists[i];
		h.groups[i].queue_count = skills;
		for (uint32_t k = 0; k < skills; k++)
			lists[i][k] = (i + k) % TYPES;
	}
	sim = house_run(&h, 3 * HOUSE_HOUR, 10 * HOUSE_HOUR);
	for (uint32_t i = 0; i < TYPES; i++) {
		struct usher_queue_figures f = house_queue(sim, i);
		struct usher_sim_counts c = house_counts(sim, i);

		wait += (double)f.answered_wait_us / 1e6;
		answered += (double)f.answered;
		lost += (double)c.blocked;
		arrived += (double)c.arrived;
	}
	usher_sim_free(sim);
	*blocked = lost / arrived;
	return wait / answered;
}

START_TEST(two_skills__are_nearly_all)
{
	static const uint32_t skills[BY_SKILLS] = {1, 2, 6};
	double wait[BY_SKILLS][DAYS], lost[BY_SKILLS][DAYS];
	struct usher_sim_interval gain = {.size = sizeof(gain)}, rest = gain,
				  spared = gain;

	for (int k = 0; k < BY_SKILLS; k++)
		for (int i = 0; i < DAYS; i++)
			wait[k][i] = typed_wait(skills[k], (uint64_t)i,
						&lost[k][i]);
	usher_sim_paired(wait[0], wait[1], DAYS, 0.99, &gain);
	usher_sim_paired(wait[1], wait[2], DAYS, 0.99, &rest);
	usher_sim_paired(lost[0], lost[1], DAYS, 0.99, &spared);
	ck_assert_msg(gain.mean - gain.half > 4 * (rest.mean + rest.half),
		      "%g +- %g by the second, %g +- %g by the others",
		      gain.mean, gain.half, rest.mean, rest.half);
	ck_assert_double_gt(spared.mean - spared.half, 0);
}
END_TEST

/*
 * The call center's day of SSJ (L'Ecuyer and others, Université de Montréal):
 * CallCenter.java with its results over 10,000 days, CallCenter.res. 13 hours
 * from 8 o'clock, each with its agents and rate; a random factor of the day,
 * gamma; handle times of 100 s; a tenth has no patience at all, the others
 * 1000 s of it; all waiting is divided by the expected number of calls, 1660.
 * How much the days vary is printed there only as the variance of the number
 * of arrivals, 8764.756 = m + (m cv)^2.
 */
#define SSJ_HOURS  13
#define SSJ_AGENTS 8
#define SSJ_DAYS   60
#define SSJ_CALLS  1660.0

static void ssj_agents(struct house *h,
		       struct usher_sim_span spans[SSJ_AGENTS][SSJ_HOURS])
{
	static const int agents[SSJ_HOURS] = {4, 6, 8, 8, 8, 7, 8,
					      8, 6, 6, 4, 4, 4};

	for (int k = 0; k < SSJ_AGENTS; k++) {
		struct usher_sim_group *g = &h->groups[k];

		g->spans = spans[k];
		for (int i = 0; i < SSJ_HOURS; i++) {
			double from = (8 + i) * HOUSE_HOUR;
			/* the last ones stay until all are served */
			double to = from +
				    (i + 1 < SSJ_HOURS ? 1 : 6) * HOUSE_HOUR;
			struct usher_sim_span *last =
				&spans[k][g->span_count - !!g->span_count];

			if (agents[i] <= k)
				continue;
			if (g->span_count && last->to_s == from)
				last->to_s = to;
			else
				spans[k][g->span_count++] =
					(struct usher_sim_span){
						from, to, USHER_READY, 0};
		}
	}
}

static void ssj_build(struct house *h, struct usher_sim_rate *rates,
		      struct usher_sim_span spans[SSJ_AGENTS][SSJ_HOURS])
{
	static const double calls[SSJ_HOURS] = {
		100, 150, 150, 180, 200, 150, 150, 150, 120, 100, 80, 70, 60};
	static const double patience[] = {0.1, 1e-7, 1000};

	house_init(h, 1, SSJ_AGENTS);
	for (int i = 0; i <= SSJ_HOURS; i++) {
		rates[i].from_s = (8 + i) * HOUSE_HOUR;
		rates[i].per_s = i < SSJ_HOURS ? calls[i] / HOUSE_HOUR : 0;
	}
	ssj_agents(h, spans);
	h->queues[0].rates = rates;
	h->queues[0].rate_count = SSJ_HOURS + 1;
	h->queues[0].patience_law = USHER_LAW_HYPER;
	h->queues[0].patience_values = patience;
	h->queues[0].patience_value_count = 3;
	h->queues[0].day_cv = sqrt(8764.756 - SSJ_CALLS) / SSJ_CALLS;
}

/* Our interval and the printed one (of 90 %) meet. */
static void ssj_agrees(const double *values, const char *what, double want,
		       double half)
{
	struct usher_sim_interval i = {.size = sizeof(i)};

	usher_sim_interval(values, SSJ_DAYS, 0.999, &i);
	ck_assert_msg(fabs(i.mean - want) < i.half + half,
		      "%s: %g +- %g, not %g +- %g", what, i.mean, i.half, want,
		      half);
	ck_assert_msg(i.half < 0.25 * want, "%s: +- %g", what, i.half);
}

START_TEST(day_of_ssj__gives_what_it_printed)
{
	static struct usher_sim_span spans[SSJ_AGENTS][SSJ_HOURS];
	static double arrivals[SSJ_DAYS], wait[SSJ_DAYS], within[SSJ_DAYS],
		lost[SSJ_DAYS];
	struct usher_sim_rate rates[SSJ_HOURS + 1];
	struct usher_sim *sim;
	struct house h;

	ssj_build(&h, rates, spans);
	sim = house_open(&h);
	for (int day = 0; day < SSJ_DAYS; day++) {
		struct usher_queue_figures f;

		ck_assert_int_eq(usher_sim_warm(sim), 0);
		ck_assert_int_eq(usher_sim_run(sim, 24 * HOUSE_HOUR), 0);
		f = house_queue(sim, 0);
		arrivals[day] = (double)f.entered;
		wait[day] =
			(double)(f.answered_wait_us + f.abandoned_wait_us) /
			1e6 / SSJ_CALLS;
		within[day] =
			(double)(f.answered_within + f.abandoned_within) /
			SSJ_CALLS;
		lost[day] = (double)f.abandoned / SSJ_CALLS;
	}
	usher_sim_free(sim);
	ssj_agrees(arrivals, "arrivals", 1660.366, 1.54);
	ssj_agrees(wait, "wait", 4.713, 0.033);
	ssj_agrees(within, "within 20 s", 0.925, 0.001);
	ssj_agrees(lost, "lost", 0.020, 0.0005);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sim-skills");
	TCase *tc = tcase_create("skills");
	SRunner *sr = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_set_timeout(tc, 100);
	tcase_add_loop_test(tc, skills__are_in_product_form, 0, 6);
	tcase_add_test(tc, two_skills__are_nearly_all);
	tcase_add_test(tc, day_of_ssj__gives_what_it_printed);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
