/*
 * Three more of the examples of ContactCenters (Buist and L'Ecuyer, Université
 * de Montréal): Blend, where some agents are dialed for when inbound calls
 * leave them free, MMCClrQ, where who waits in the evening is sent away, and
 * TelethonOcc, which counts what volunteers do in their hours alone. What they
 * print over 1,000 days or weeks: github.com/umontreal-simul/contactcenters,
 * doc/examples, NAME.java for the model and NAME.res for the figures. And what
 * a dialer that dials ahead does, by formulas and by hand.
 */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "house.h"

#define MINUTE   60.0
#define DAYS_MAX 700
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define SECOND   INT64_C(1000000)

struct printed {
	const char *what;
	double mean, half; /* of the interval of 95 % that is printed */
	double width;      /* of ours, as a part of the mean */
};

/* What differs from day to day is mostly how many called. */
static double came[DAYS_MAX], square[DAYS_MAX];
static double found[16][DAYS_MAX];

static void meets(double *values, int count, double came_mean,
		  double square_mean, const struct printed *p)
{
	struct usher_sim_interval i = {.size = sizeof(i)};
	const unsigned controls = square_mean > 0 ? 2 : 1;

	house_control(values, came, came_mean, (size_t)count);
	if (square_mean > 0)
		house_control(values, square, square_mean, (size_t)count);
	usher_sim_interval(values, (size_t)count, 0.999, &i);
	i.half *= house_widened((size_t)count, controls);
	ck_assert_msg(fabs(i.mean - p->mean) < i.half + p->half,
		      "%s: %g +- %g, not %g +- %g", p->what, i.mean, i.half,
		      p->mean, p->half);
	ck_assert_msg(i.half < p->width * p->mean,
		      "%s: %g within %g says nothing", p->what, i.mean,
		      i.half);
}

/* Of so many agents from the first of a group on, up to now. */
static double busy_s(const struct usher_sim *sim, uint32_t group,
		     uint32_t groups)
{
	double sum = 0;

	for (uint32_t g = group; g < group + groups; g++) {
		struct usher_agent_figures f = {.size = sizeof(f)};

		for (uint32_t i = 0; usher_sim_agent_id(sim, g, i); i++) {
			ck_assert_int_eq(usher_metrics_agent(
						 usher_sim_metrics(sim),
						 usher_sim_agent_id(sim, g, i),
						 USHER_SPAN_DAY,
						 usher_sim_now(sim), &f),
					 0);
			sum += (double)f.occupied_us / 1e6;
		}
	}
	return sum;
}

/* ---- Blend ---- */

#define INBOUND 23
#define BLEND   18
#define PERIODS 3

struct blend {
	struct usher_sim_queue queues[2];
	struct usher_sim_group groups[INBOUND + BLEND];
	struct usher_sim_span spans[INBOUND + BLEND][PERIODS];
	char names[INBOUND + BLEND][8];
	struct usher_sim_opts opts;
};

static const struct usher_sim_rate blend_rates[] = {
	{0, 68.45 / 30 / MINUTE},
	{2 * HOUSE_HOUR, 72.93 / 30 / MINUTE},
	{4 * HOUSE_HOUR, 71.92 / 30 / MINUTE},
	{6 * HOUSE_HOUR, 0}};
static const struct usher_sim_hours dialed = {3 * HOUSE_HOUR,
					      6 * HOUSE_HOUR - 5 * MINUTE};

/* Each agent is a group of one, so that the inbound agents are tried before
 * the others. The last ones stay until all are served. */
static void blend_groups(struct blend *b)
{
	static const uint32_t lists[2] = {0, 1};
	static const int agents[2][PERIODS] = {{23, 23, 21}, {16, 18, 16}};

	for (int k = 0; k < INBOUND + BLEND; k++) {
		const int blend = k >= INBOUND, number = k - INBOUND * blend;
		struct usher_sim_group *g = &b->groups[k];

		snprintf(b->names[k], sizeof(b->names[k]), "a%u",
			 (unsigned)k % (INBOUND + BLEND));
		g->name = b->names[k];
		g->agents = 1;
		g->queues = lists;
		g->queue_count = blend ? 2 : 1;
		g->spans = b->spans[k];
		for (int p = 0; p < PERIODS; p++) {
			const double from = 2 * p * HOUSE_HOUR;
			const double to =
				from + (p < PERIODS - 1 ? 2 : 5) * HOUSE_HOUR;
			uint32_t *n = &g->span_count;

			if (number >= agents[blend][p])
				continue;
			if (*n && b->spans[k][*n - 1].to_s == from)
				b->spans[k][*n - 1].to_s = to;
			else
				b->spans[k][(*n)++] = (struct usher_sim_span){
					from, to, USHER_READY, 0};
		}
	}
}

/*
 * Two calls are dialed for each blend agent who is free, when somebody gets
 * free and four agents are, three hours a day; 29 % answer at once, and hang
 * up after five seconds where nobody is free.
 */
static void blend_queues(struct blend *b)
{
	struct usher_sim_queue *in = &b->queues[0], *out = &b->queues[1];

	in->name = "in";
	out->name = "out";
	in->policy = out->policy = "top_down";
	in->members_only = out->members_only = 1;
	in->rates = blend_rates;
	in->rate_count = COUNT(blend_rates);
	in->handle_law = USHER_LAW_GAMMA;
	in->handle_s = 0.755 * 753.8;
	in->handle_cv = 1 / sqrt(0.755);
	in->patience_law = USHER_LAW_EXPONENTIAL;
	in->patience_s = 500;
	in->balk_part = 0.005;
	in->target_s = 20;
	out->handle_law = USHER_LAW_EXPONENTIAL;
	out->handle_s = 440.2;
	out->patience_law = USHER_LAW_FIXED;
	out->patience_s = 5;
	out->priority = 1;
	out->reach_part = 0.29;
	out->outbound_every_s = 24 * HOUSE_HOUR;
	out->outbound_ratio = 2;
	out->outbound_least = 4;
	out->outbound_watch = 1;
	out->hours = &dialed;
	out->hour_count = 1;
}

static void look_at_blend(struct usher_sim *sim, int day)
{
	static const double staffed_s[2] = {(23 + 23 + 21) * 2 * HOUSE_HOUR,
					    (16 + 18 + 16) * 2 * HOUSE_HOUR};
	struct usher_queue_figures f[2];
	struct usher_sim_counts c;

	for (int i = 0; i < 2; i++)
		found[i][day] =
			100 *
			busy_s(sim, i ? INBOUND : 0, i ? BLEND : INBOUND) /
			staffed_s[i];
	ck_assert_int_eq(usher_sim_run(sim, 6 * HOUSE_HOUR), 0);
	c = house_counts(sim, 1);
	for (uint32_t i = 0; i < 2; i++) {
		f[i] = house_queue(sim, i);
		found[2 + i][day] = (double)f[i].answered;
		found[4 + i][day] = (double)f[i].abandoned;
	}
	came[day] = (double)f[0].entered;
	found[6][day] = (double)(f[0].answered - f[0].answered_within +
				 f[0].abandoned - f[0].abandoned_within);
	found[7][day] = (double)c.dialed;
	found[8][day] = (double)c.reached;
	found[9][day] = (double)c.mismatched;
	ck_assert_uint_eq(c.arrived, c.reached);
	ck_assert_uint_eq(f[1].entered, c.reached);
}

START_TEST(blend__is_as_printed)
{
	static const struct printed rows[] = {
		{"occupancy, inbound", 81.596, 0.461, 0.03},
		{"occupancy, blend", 55.665, 0.428, 0.05},
		{"served, inbound", 843.477, 9.284, 0.03},
		{"served, outbound", 298.876, 4.239, 0.08},
		{"abandoned, inbound", 5.115, 0.62, 0.6},
		{"abandoned, outbound", 23.020, 0.472, 0.15},
		{"not in target", 39.427, 3.95, 0.6},
		{"dialed", 1109.040, 16.02, 0.08},
		{"reached", 321.896, 4.617, 0.08},
		{"waited, outbound", 27.445, 0.561, 0.15}};
	static struct blend b;
	const double calls = 4 * (68.45 + 72.93 + 71.92);
	struct usher_sim *sim = NULL;
	struct usher_error err;
	const int days = 160;

	memset(&b, 0, sizeof(b));
	usher_sim_opts_init(&b.opts, sizeof(b.opts));
	blend_queues(&b);
	blend_groups(&b);
	b.opts.queues = b.queues;
	b.opts.queue_count = 2;
	b.opts.groups = b.groups;
	b.opts.group_count = INBOUND + BLEND;
	b.opts.period_s = 24 * HOUSE_HOUR;
	b.opts.places = 80;
	b.opts.seed = 5;
	b.queues[0].day_cv = 1 / sqrt(29.7);
	ck_assert_msg(usher_sim_new(&sim, &b.opts, &err) == 0, "%s",
		      err.message);
	for (int day = 0; day < days; day++) {
		if (day)
			ck_assert_int_eq(usher_sim_run(sim, 12 * HOUSE_HOUR),
					 0);
		ck_assert_int_eq(usher_sim_warm(sim), 0);
		ck_assert_int_eq(usher_sim_run(sim, 6 * HOUSE_HOUR), 0);
		look_at_blend(sim, day);
		square[day] = (came[day] - calls) * (came[day] - calls);
	}
	usher_sim_free(sim);
	for (int i = 0; i < (int)COUNT(rows); i++)
		meets(found[i], days, calls, calls + calls * calls / 29.7,
		      &rows[i]);
}
END_TEST

/* ---- MMCClrQ ---- */

/* MMC, where who waits after eight hours is sent away: here within a second.
 */
START_TEST(evening__is_as_printed)
{
	static const struct printed rows[] = {
		{"in target", 1816.112, 3.54, 0.02},
		{"disconnected", 0.433, 0.105, 0.6}};
	static const struct usher_sim_rate rates[] = {{0, 4.2 / MINUTE},
						      {8 * HOUSE_HOUR, 0}};
	static const struct usher_sim_hours hours = {0, 8 * HOUSE_HOUR};
	static const struct usher_queue_step_opts away = {
		.size = sizeof(away),
		.action = USHER_QUEUE_STEP_EXIT,
		.condition = "not open",
		.text = "disconnected",
		.check_us = 1000000};
	const double calls = 4.2 * 8 * 60;
	const int days = 700;
	struct usher_sim *sim;
	struct house h;

	house_init(&h, 1, 1);
	h.opts.period_s = 9 * HOUSE_HOUR;
	h.queues[0].rates = rates;
	h.queues[0].rate_count = 2;
	h.queues[0].handle_s = 2 * MINUTE;
	h.queues[0].hours = &hours;
	h.queues[0].hour_count = 1;
	h.queues[0].steps = &away;
	h.queues[0].step_count = 1;
	h.groups[0].agents = 12;
	sim = house_open(&h);
	for (int day = 0; day < days; day++) {
		struct usher_queue_figures f;

		ck_assert_int_eq(usher_sim_warm(sim), 0);
		ck_assert_int_eq(usher_sim_run(sim, h.opts.period_s), 0);
		f = house_queue(sim, 0);
		came[day] = (double)f.entered;
		square[day] = (double)f.talk_us / (double)f.handled;
		found[0][day] = (double)f.answered_within;
		found[1][day] = (double)f.flowed[USHER_LEAVE_OVERFLOW];
	}
	usher_sim_free(sim);
	for (int i = 0; i < (int)COUNT(rows); i++)
		meets(found[i], days, calls, 2 * MINUTE * 1e6, &rows[i]);
}
END_TEST

/* ---- TelethonOcc ---- */

/* As test_weeks.c has it; what is done after the shift does not count. */
START_TEST(telethon__in_its_hours_is_as_printed)
{
	static const struct printed rows[] = {
		{"occupancy", 66.772, 0.165, 0.03},
		{"corrected occupancy", 64.049, 0.155, 0.03}};
	static const struct usher_sim_span shift = {0, 4 * HOUSE_HOUR,
						    USHER_READY, 0};
	static const struct usher_sim_rate rates[] = {{0, 50 / HOUSE_HOUR},
						      {4 * HOUSE_HOUR, 0}};
	const double shift_s = 12 * 5 * 4 * HOUSE_HOUR;
	const int weeks = 40;
	struct usher_sim *sim;
	struct house h;

	house_init(&h, 1, 1);
	h.opts.period_s = 6 * HOUSE_HOUR;
	h.queues[0].rates = rates;
	h.queues[0].rate_count = 2;
	h.queues[0].handle_s = 10 * MINUTE;
	h.queues[0].patience_law = USHER_LAW_EXPONENTIAL;
	h.queues[0].patience_s = 2 * MINUTE;
	h.queues[0].max_wait_s = 2 * MINUTE;
	h.queues[0].places = 12;
	h.groups[0].agents = 12;
	h.groups[0].spans = &shift;
	h.groups[0].span_count = 1;
	sim = house_open(&h);
	memset(found, 0, sizeof(found));
	for (int week = 0; week < weeks; week++) {
		double begun_s = 0;

		ck_assert_int_eq(usher_sim_warm(sim), 0);
		for (int day = 0; day < 5; day++) {
			usher_sim_run(sim, 4 * HOUSE_HOUR);
			found[1][week] +=
				100 * (busy_s(sim, 0, 1) - begun_s) / shift_s;
			usher_sim_run(sim, 2 * HOUSE_HOUR);
			begun_s = busy_s(sim, 0, 1);
		}
		found[0][week] = 100 * begun_s / shift_s;
		came[week] = (double)house_queue(sim, 0).entered;
	}
	usher_sim_free(sim);
	for (int i = 0; i < (int)COUNT(rows); i++)
		meets(found[i], weeks, 1000, 0, &rows[i]);
}
END_TEST

/* ---- Dialing ahead ---- */

static void ahead(struct house *h)
{
	house_init(h, 1, 1);
	h->groups[0].agents = 4;
	h->queues[0].outbound_every_s = 3600;
	h->queues[0].outbound_ratio = 1.5;
	h->queues[0].patience_law = USHER_LAW_FIXED;
	h->queues[0].patience_s = 5;
}

/* Six are dialed for four agents and all answer: two are one too many, and the
 * next one is dialed when an agent gets free: 1.5 is 2, one of them in vain.
 */
START_TEST(dialing_ahead__counts_who_finds_nobody)
{
	struct usher_sim_counts c;
	struct usher_sim *sim;
	struct house h;

	ahead(&h);
	h.queues[0].handle_law = USHER_LAW_FIXED;
	sim = house_open(&h);
	usher_sim_run(sim, 50);
	c = house_counts(sim, 0);
	ck_assert_uint_eq(c.dialed, 6);
	ck_assert_uint_eq(c.reached, 6);
	ck_assert_uint_eq(c.mismatched, 2);
	ck_assert_uint_eq(house_queue(sim, 0).abandoned, 2);
	ck_assert_uint_eq(house_queue(sim, 0).answered, 4);
	/* all four get free at once */
	usher_sim_run(sim, 51);
	ck_assert_uint_eq(house_counts(sim, 0).dialed, 12);
	usher_sim_free(sim);
}
END_TEST

/* While it rings nobody more is dialed for the same agents; who does not
 * answer in ten seconds is not counted among the customers. */
START_TEST(dialing_ahead__knows_what_rings)
{
	struct usher_sim_counts c;
	struct usher_sim *sim, *next;
	struct house h;
	void *bytes;
	size_t len;

	ahead(&h);
	h.queues[0].outbound_every_s = 1;
	h.queues[0].dial_s = 10;
	h.queues[0].reach_part = 1e-9;
	sim = house_open(&h);
	usher_sim_run(sim, 9.5);
	ck_assert_uint_eq(house_counts(sim, 0).dialed, 6);
	ck_assert_int_eq(usher_sim_snapshot(sim, &bytes, &len), 0);
	ck_assert_int_eq(usher_sim_restore(&next, &h.opts, bytes, len, NULL),
			 0);
	usher_sim_snapshot_free(sim, bytes);
	usher_sim_free(sim);
	usher_sim_run(next, 10);
	c = house_counts(next, 0);
	ck_assert_uint_eq(c.dialed, 12);
	ck_assert_uint_eq(c.reached, 0);
	ck_assert_uint_eq(c.arrived, 0);
	usher_sim_free(next);
}
END_TEST

/* One agent who dials one at a time, and gets free when a talk ends: dials
 * last 20 s on average, a third is reached, talks last 100 s. So he talks
 * 100 / (100 + 3 * 20) of the time, whatever the laws are; nobody waits. */
START_TEST(dialing_ahead_one_by_one__is_a_renewal)
{
	static const int32_t laws[] = {USHER_LAW_NONE, USHER_LAW_EXPONENTIAL,
				       USHER_LAW_LOGNORMAL};
	const int runs = 16;
	double busy[16];
	struct house h;

	ahead(&h);
	h.groups[0].agents = 1;
	h.queues[0].outbound_ratio = 1;
	h.queues[0].outbound_every_s = 0.1;
	h.queues[0].dial_s = 20;
	h.queues[0].dial_law = laws[_i];
	h.queues[0].dial_cv = 1.5;
	h.queues[0].reach_part = 1 / 3.0;
	for (int i = 0; i < runs; i++) {
		struct usher_sim *sim;

		h.opts.seed = usher_sim_seed(6, (uint64_t)i);
		sim = house_run(&h, 600, 5 * HOUSE_HOUR);
		busy[i] = busy_s(sim, 0, 1) / (5 * HOUSE_HOUR);
		ck_assert_uint_eq(house_counts(sim, 0).mismatched, 0);
		usher_sim_free(sim);
	}
	house_agrees(busy, (size_t)runs, "occupancy", 0.625, 0.1);
}
END_TEST

/* At once, for three agents; the fourth who answers finds no place to wait in
 * and is gone before anything else happens. */
START_TEST(dialing_ahead__begins_again_where_nobody_may_wait)
{
	struct usher_sim *sim, *next = NULL;
	struct house h;
	void *bytes;
	size_t len;

	ahead(&h);
	h.groups[0].agents = 3;
	h.queues[0].outbound_ratio = 4 / 3.0;
	h.queues[0].places = USHER_ZERO;
	sim = house_open(&h);
	ck_assert_uint_eq(house_counts(sim, 0).blocked, 1);
	usher_sim_run(sim, 10);
	ck_assert_int_eq(usher_sim_snapshot(sim, &bytes, &len), 0);
	ck_assert_int_eq(usher_sim_restore(&next, &h.opts, bytes, len, NULL),
			 0);
	usher_sim_snapshot_free(sim, bytes);
	usher_sim_free(sim);
	usher_sim_free(next);
}
END_TEST

START_TEST(dialing_ahead__errors_are_told)
{
	struct usher_sim *sim = NULL;
	struct usher_error err;
	struct house h;

	for (int i = 0; i < 7; i++) {
		ahead(&h);
		h.opts.queues = h.queues;
		h.opts.groups = h.groups;
		switch (i) {
		case 0:
			h.queues[0].outbound_ratio = -1;
			break;
		case 1:
			h.queues[0].outbound_ratio = NAN;
			break;
		case 2:
			h.queues[0].outbound_ratio = USHER_SIM_RATIO_MAX + 1;
			break;
		case 3:
			h.queues[0].outbound_every_s = 0;
			break;
		case 4:
			h.queues[0].outbound_watch = 2;
			break;
		case 5:
			h.queues[0].dial_law = USHER_LAW_EXPONENTIAL;
			break;
		default:
			h.queues[0].dial_law = USHER_LAW_VALUES;
			h.queues[0].dial_s = 3;
		}
		ck_assert_msg(usher_sim_new(&sim, &h.opts, &err) ==
				      USHER_EINVAL,
			      "%d", i);
		ck_assert_ptr_null(sim);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sim-blend");
	TCase *tc = tcase_create("blend");
	SRunner *sr = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_set_timeout(tc, 100);
	tcase_add_test(tc, blend__is_as_printed);
	tcase_add_test(tc, evening__is_as_printed);
	tcase_add_test(tc, telethon__in_its_hours_is_as_printed);
	tcase_add_test(tc, dialing_ahead__counts_who_finds_nobody);
	tcase_add_test(tc, dialing_ahead__knows_what_rings);
	tcase_add_loop_test(tc, dialing_ahead_one_by_one__is_a_renewal, 0, 3);
	tcase_add_test(tc, dialing_ahead__begins_again_where_nobody_may_wait);
	tcase_add_test(tc, dialing_ahead__errors_are_told);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
