/*
 * Examples of ContactCenters (Buist and L'Ecuyer, Université de Montréal) with
 * the results that they print over 1,000 days: github.com/umontreal-simul/
 * contactcenters, doc/examples, NAME.java for the model and NAME.res for what
 * is printed. Ours are judged by intervals that meet those.
 *
 * Most of what differs from day to day is how many call. Their mean is known,
 * so that each figure is corrected by what it owes to that (control variates).
 */
#include <check.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "house.h"

#define MINUTE   60.0
#define DAYS     16
#define DAYS_MSK 16
#define DAYS_MAX 20

struct printed {
	const char *what;
	double mean, half; /* of the interval of 95 % that is printed */
	double width;      /* of ours, as a part of the mean */
};

/* What is known of the days that were drawn: how many called, and something
 * else: how long the answered talked, or the square of how many more called
 * than usual. */
struct known {
	double came[DAYS_MAX], came_mean;
	double more[DAYS_MAX], more_mean;
};

static void control(double *values, const struct known *k, int count)
{
	house_control(values, k->came, k->came_mean, (size_t)count);
	house_control(values, k->more, k->more_mean, (size_t)count);
}

static void meets(const double *values, int count, const struct printed *p)
{
	struct usher_sim_interval i = {.size = sizeof(i)};

	usher_sim_interval(values, (size_t)count, 0.999, &i);
	i.half *= house_widened((size_t)count, 2);
	ck_assert_msg(fabs(i.mean - p->mean) < i.half + p->half,
		      "%s: %g +- %g, not %g +- %g", p->what, i.mean, i.half,
		      p->mean, p->half);
	ck_assert_msg(i.half < p->width * p->mean,
		      "%s: %g within %g says nothing", p->what, i.mean,
		      i.half);
}

/* Part of means: over[i] - part * under[i] has the mean zero. */
static void part_meets(const double *over, const double *under,
		       const struct known *k, int count,
		       const struct printed *p)
{
	struct usher_sim_interval found = {.size = sizeof(found)};
	const double whole = house_mean(under, (size_t)count);
	double off[DAYS_MAX];

	for (int i = 0; i < count; i++)
		off[i] = (over[i] - p->mean * under[i]) / whole;
	control(off, k, count);
	usher_sim_interval(off, (size_t)count, 0.999, &found);
	found.half *= house_widened((size_t)count, 2);
	ck_assert_msg(fabs(found.mean) < found.half + p->half,
		      "%s: %g +- %g off from %g +- %g", p->what, found.mean,
		      found.half, p->mean, p->half);
	ck_assert_msg(found.half < p->width * p->mean,
		      "%s: within %g says nothing", p->what, found.half);
}

/* MMC, MMCAb, MMCBlocked: a day of eight hours that begins with nobody: 4.2
 * arrivals a minute, 12 agents, two minutes each; patience of a minute; 5
 * places. */
START_TEST(day_of_one_queue__is_as_printed)
{
	static const struct {
		double patience_s;
		int32_t places;
		struct printed lost, good, level, asa;
	} rows[] = {{0,
		     0,
		     {"", 0, 0, 0},
		     {"in target", 1816.158, 3.54, 0.06},
		     {"level", 0.902, 0.002, 0.06},
		     {"asa", 0.099, 0.0025, 0.8}},
		    {MINUTE,
		     0,
		     {"abandoned", 58.609, 0.949, 0.36},
		     {"in target", 1906.008, 2.223, 0.04},
		     {"level", 0.968, 0.0005, 0.04},
		     {"asa", 0.024, 0.0005, 0.3}},
		    {0,
		     5,
		     {"blocked", 18.655, 0.61, 0.9},
		     {"in target", 1854.284, 2.617, 0.04},
		     {"level", 0.920, 0.0015, 0.04},
		     {"asa", 0.060, 0.001, 0.3}}};
	static const struct usher_sim_rate rates[] = {{0, 4.2 / MINUTE},
						      {8 * HOUSE_HOUR, 0}};
	static struct known k;
	double lost[DAYS], good[DAYS], whole[DAYS], wait[DAYS], served[DAYS];
	struct usher_sim *sim;
	struct house h;

	k.came_mean = 4.2 * 8 * 60;
	k.more_mean = 2 * MINUTE * 1e6;
	house_init(&h, 1, 1);
	h.opts.period_s = 10 * HOUSE_HOUR;
	h.queues[0].rates = rates;
	h.queues[0].rate_count = 2;
	h.queues[0].handle_s = 2 * MINUTE;
	h.queues[0].places = rows[_i].places;
	h.groups[0].agents = 12;
	if (rows[_i].patience_s > 0) {
		h.queues[0].patience_law = USHER_LAW_EXPONENTIAL;
		h.queues[0].patience_s = rows[_i].patience_s;
	}
	sim = house_open(&h);
	for (int day = 0; day < DAYS; day++) {
		struct usher_queue_figures f;
		struct usher_sim_counts c;

		ck_assert_int_eq(usher_sim_warm(sim), 0);
		ck_assert_int_eq(usher_sim_run(sim, h.opts.period_s), 0);
		f = house_queue(sim, 0);
		c = house_counts(sim, 0);
		k.came[day] = (double)c.arrived;
		k.more[day] = (double)f.talk_us / (double)f.handled;
		lost[day] = (double)(f.abandoned + c.blocked);
		good[day] = (double)f.answered_within;
		/* who gives up within the target is left out */
		whole[day] = (double)(c.arrived - f.abandoned_within);
		wait[day] = (double)f.answered_wait_us / 1e6 / MINUTE;
		served[day] = (double)f.answered;
	}
	usher_sim_free(sim);
	part_meets(good, whole, &k, DAYS, &rows[_i].level);
	part_meets(wait, served, &k, DAYS, &rows[_i].asa);
	control(good, &k, DAYS);
	meets(good, DAYS, &rows[_i].good);
	control(lost, &k, DAYS);
	if (rows[_i].lost.mean > 0)
		meets(lost, DAYS, &rows[_i].lost);
}
END_TEST

/*
 * SimpleMSK: three types of contact and two groups in three periods of two
 * hours. The first group serves the types 0 and 1, the second one 1 and 2; the
 * longest waiting contact goes first, and type 1 tries the first group before
 * the second one. Fewer agents in the last period: there nobody begins a
 * contact before enough have ended, here only those who leave begin none, so
 * that a few more are served soon. Handle times and patience are those of the
 * period in which a contact arrives: here a queue for each type and period.
 * Each agent is a group of one, so that the list decides who is tried first.
 */
#define TYPES   3
#define PERIODS 3
#define FIRST   18
#define AGENTS  38

struct msk {
	struct usher_sim_queue queues[TYPES * PERIODS];
	struct usher_sim_rate rates[TYPES * PERIODS][3];
	struct usher_sim_group groups[AGENTS];
	struct usher_sim_span spans[AGENTS][PERIODS];
	struct usher_sim_opts opts;
};

static void msk_queues(struct msk *m)
{
	static const char *const names[TYPES * PERIODS] = {
		"00", "01", "02", "10", "11", "12", "20", "21", "22"};
	static const double calls[TYPES][PERIODS] = {
		{4.2, 5.3, 3.2}, {5.1, 4.3, 4.8}, {6.3, 5.2, 4.8}};
	static const double served[PERIODS] = {0.5, 0.6, 0.4};
	static const double gone[PERIODS] = {0.3, 0.4, 0.2};

	for (int i = 0; i < TYPES * PERIODS; i++) {
		const int type = i / PERIODS, period = i % PERIODS;
		struct usher_sim_rate *rates = m->rates[i];
		struct usher_sim_queue *q = &m->queues[i];
		uint32_t n = 0;

		q->name = names[i];
		q->policy = "top_down";
		q->members_only = 1;
		q->handle_law = USHER_LAW_EXPONENTIAL;
		q->handle_s = MINUTE / served[period];
		q->patience_law = USHER_LAW_EXPONENTIAL;
		q->patience_s = MINUTE / gone[period];
		if (period)
			rates[n++] = (struct usher_sim_rate){0, 0};
		rates[n++] = (struct usher_sim_rate){
			2 * period * HOUSE_HOUR, calls[type][period] / MINUTE};
		rates[n++] = (struct usher_sim_rate){
			2 * (period + 1) * HOUSE_HOUR, 0};
		q->rates = rates;
		q->rate_count = n;
	}
}

static void msk_groups(struct msk *m)
{
	static const uint32_t lists[2][6] = {{0, 1, 2, 3, 4, 5},
					     {3, 4, 5, 6, 7, 8}};
	static const int agents[2][PERIODS] = {{12, 18, 9}, {15, 20, 11}};
	static char names[AGENTS][8];

	for (int k = 0; k < AGENTS; k++) {
		const int group = k >= FIRST, number = k - FIRST * group;
		struct usher_sim_group *g = &m->groups[k];

		snprintf(names[k], sizeof(names[k]), "a%u",
			 (unsigned)k % AGENTS);
		g->name = names[k];
		g->agents = 1;
		g->queues = lists[group];
		g->queue_count = 6;
		g->spans = m->spans[k];
		for (int p = 0; p < PERIODS; p++) {
			const double from = 2 * p * HOUSE_HOUR;
			/* the last ones stay until all are served */
			const double to =
				from + (p < PERIODS - 1 ? 2 : 5) * HOUSE_HOUR;

			if (number >= agents[group][p])
				continue;
			if (g->span_count &&
			    m->spans[k][g->span_count - 1].to_s == from)
				m->spans[k][g->span_count - 1].to_s = to;
			else
				m->spans[k][g->span_count++] =
					(struct usher_sim_span){
						from, to, USHER_READY, 0};
		}
	}
}

/* Who waits for twelve seconds may be taken by the second group, too. */
static const struct usher_queue_step_opts reroute = {
	.size = sizeof(reroute),
	.action = USHER_QUEUE_STEP_WIDEN,
	.after_us = 12000000,
	.anyone = 1};

/*
 * SimpleMSKWithRerouting: type 1 is for the first group alone until it has
 * waited for twelve seconds. There whoever gets free looks at his types one
 * after the other and takes the last that has somebody, not who waits longest:
 * a lower type has priority.
 */
static void msk_reroute(struct msk *m)
{
	for (int i = 0; i < TYPES * PERIODS; i++) {
		m->queues[i].priority = -(i / PERIODS);
		if (i / PERIODS != 1)
			continue;
		m->queues[i].steps = &reroute;
		m->queues[i].step_count = 1;
	}
	for (int k = FIRST; k < AGENTS; k++) {
		m->groups[k].queues += PERIODS;
		m->groups[k].queue_count -= PERIODS;
	}
}

static struct usher_sim *msk_open(bool rerouting)
{
	static struct msk m;
	struct usher_sim *sim = NULL;
	struct usher_error err;

	memset(&m, 0, sizeof(m));
	msk_queues(&m);
	msk_groups(&m);
	if (rerouting)
		msk_reroute(&m);
	usher_sim_opts_init(&m.opts, sizeof(m.opts));
	m.opts.queues = m.queues;
	m.opts.queue_count = TYPES * PERIODS;
	m.opts.groups = m.groups;
	m.opts.group_count = AGENTS;
	m.opts.period_s = 12 * HOUSE_HOUR;
	m.opts.day_cv = 1 / sqrt(28.7);
	m.opts.seed = 3;
	ck_assert_msg(usher_sim_new(&sim, &m.opts, &err) == 0, "%s",
		      err.message);
	return sim;
}

struct msk_printed {
	struct printed served, gone, level, good[TYPES * PERIODS];
};

START_TEST(day_of_three_types__is_as_printed)
{
	static const struct msk_printed rows[] = {
		{{"served", 4297.305, 27.2, 0.02},
		 {"abandoned", 910.335, 34.2, 0.08},
		 {"level", 0.501, 0.0075, 0.06},
		 {{"type 0, period 0", 170.154, 5.8, 0.25},
		  {"type 0, period 1", 599.334, 5.2, 0.06},
		  {"type 0, period 2", 15.490, 1.8, 1},
		  {"type 1, period 0", 262.936, 8.4, 0.25},
		  {"type 1, period 1", 511.648, 5.4, 0.06},
		  {"type 1, period 2", 34.697, 3.5, 1},
		  {"type 2, period 0", 259.806, 9.7, 0.25},
		  {"type 2, period 1", 613.732, 6.2, 0.06},
		  {"type 2, period 2", 24.888, 2.8, 1}}},
		{{"served", 4274.426, 26.9, 0.02},
		 {"abandoned", 933.214, 34.4, 0.08},
		 {"level", 0.579, 0.0075, 0.06},
		 {{"type 0, period 0", 298.745, 1.9, 0.15},
		  {"type 0, period 1", 595.270, 5.2, 0.06},
		  {"type 0, period 2", 106.823, 1.9, 0.3},
		  {"type 1, period 0", 383.203, 3.2, 0.1},
		  {"type 1, period 1", 504.090, 5.2, 0.06},
		  {"type 1, period 2", 121.441, 3.9, 0.3},
		  {"type 2, period 0", 239.008, 9.9, 0.25},
		  {"type 2, period 1", 611.550, 6.1, 0.06},
		  {"type 2, period 2", 22.298, 2.7, 1}}}};
	const struct msk_printed *want = &rows[_i];
	static const double calls = 120 * (15.6 + 14.8 + 12.8);
	static struct known k;
	static double within[TYPES * PERIODS][DAYS_MSK];
	static double answered[DAYS_MSK], lost[DAYS_MSK], in[DAYS_MSK],
		whole[DAYS_MSK];
	struct usher_sim *sim = msk_open(_i);

	k.came_mean = calls;
	k.more_mean = calls + calls * calls / 28.7;
	for (int day = 0; day < DAYS_MSK; day++) {
		ck_assert_int_eq(usher_sim_warm(sim), 0);
		ck_assert_int_eq(usher_sim_run(sim, 12 * HOUSE_HOUR), 0);
		for (uint32_t i = 0; i < TYPES * PERIODS; i++) {
			struct usher_queue_figures f = house_queue(sim, i);

			k.came[day] += (double)f.entered;
			answered[day] += (double)f.answered;
			lost[day] += (double)f.abandoned;
			within[i][day] = (double)f.answered_within;
			in[day] += (double)f.answered_within;
			whole[day] += (double)(f.entered - f.abandoned_within);
		}
		k.more[day] = (k.came[day] - calls) * (k.came[day] - calls);
	}
	usher_sim_free(sim);
	part_meets(in, whole, &k, DAYS_MSK, &want->level);
	control(answered, &k, DAYS_MSK);
	meets(answered, DAYS_MSK, &want->served);
	control(lost, &k, DAYS_MSK);
	meets(lost, DAYS_MSK, &want->gone);
	for (int i = 0; i < TYPES * PERIODS; i++) {
		control(within[i], &k, DAYS_MSK);
		meets(within[i], DAYS_MSK, &want->good[i]);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sim-published");
	TCase *tc = tcase_create("published");
	SRunner *sr = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_set_timeout(tc, 100);
	tcase_add_loop_test(tc, day_of_one_queue__is_as_printed, 0, 3);
	tcase_add_loop_test(tc, day_of_three_types__is_as_printed, 0, 2);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
