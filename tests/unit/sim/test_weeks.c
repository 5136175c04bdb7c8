/*
 * Weeks of the examples of ContactCenters (Buist and L'Ecuyer, Université de
 * Montréal) that follow those of Rockwell's Arena Contact Center Edition, with
 * the results that they print over 1,000 weeks: github.com/umontreal-simul/
 * contactcenters, doc/examples, NAME.java for the model and NAME.res for what
 * is printed. Ours are judged by intervals that meet those.
 *
 * A week is five days, here with shorter nights. There nobody stays in a queue
 * when the agents go home, here everybody does who is patient; those are one
 * in thousands.
 */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "house.h"

#define MINUTE    60.0
#define DAYS      5
#define WEEKS_MAX 60
#define FIGURES   12
#define RUNS      16

struct printed {
	const char *what;
	double mean, half; /* of the interval of 95 % that is printed */
	double width;      /* of ours, as a part of the mean */
};

struct weeks {
	struct usher_sim *sim;
	const struct house *house;
	double came[WEEKS_MAX], came_mean;
	double found[FIGURES][WEEKS_MAX];
	int count;
	double day_s; /* in which agents are paid */
};

/* How many called is known, so what the figure owes to that is taken away. */
static void meets(struct weeks *w, int figure, const struct printed *p)
{
	const size_t count = (size_t)w->count;
	struct usher_sim_interval i = {.size = sizeof(i)};

	house_control(w->found[figure], w->came, w->came_mean, count);
	usher_sim_interval(w->found[figure], count, 0.999, &i);
	i.half *= house_widened(count, 1);
	ck_assert_msg(fabs(i.mean - p->mean) < i.half + p->half,
		      "%s: %g +- %g, not %g +- %g", p->what, i.mean, i.half,
		      p->mean, p->half);
	ck_assert_msg(i.half < p->width * p->mean,
		      "%s: %g within %g says nothing", p->what, i.mean,
		      i.half);
}

/* Of all agents of a group, with a contact, in percent of the shifts. */
static double occupancy(const struct weeks *w, uint32_t group)
{
	const uint32_t agents = w->house->groups[group].agents;
	double busy_s = 0;

	for (uint32_t i = 0; i < agents; i++) {
		struct usher_agent_figures f = {.size = sizeof(f)};

		ck_assert_int_eq(usher_metrics_agent(
					 usher_sim_metrics(w->sim),
					 usher_sim_agent_id(w->sim, group, i),
					 USHER_SPAN_DAY, usher_sim_now(w->sim),
					 &f),
				 0);
		busy_s += (double)f.occupied_us / 1e6;
	}
	return 100 * busy_s / (agents * DAYS * w->day_s);
}

/* Weeks, one after the other; look() fills in found[...][week]. */
static void weeks_run(struct weeks *w, struct house *h, int count,
		      void (*look)(struct weeks *w, int week))
{
	memset(w, 0, sizeof(*w));
	w->house = h;
	w->count = count;
	for (uint32_t q = 0; q < h->opts.queue_count; q++)
		for (uint32_t i = 0; i + 1 < h->queues[q].rate_count; i++)
			w->came_mean += DAYS * h->queues[q].rates[i].per_s *
					(h->queues[q].rates[i + 1].from_s -
					 h->queues[q].rates[i].from_s);
	w->day_s = h->groups[0].spans->to_s;
	w->sim = house_open(h);
	for (int week = 0; week < count; week++) {
		ck_assert_int_eq(usher_sim_warm(w->sim), 0);
		ck_assert_int_eq(
			usher_sim_run(w->sim, DAYS * h->opts.period_s), 0);
		for (uint32_t q = 0; q < h->opts.queue_count; q++)
			w->came[week] +=
				(double)house_counts(w->sim, q).arrived;
		look(w, week);
	}
	usher_sim_free(w->sim);
}

static const struct usher_sim_span office[] = {
	{0, 9 * HOUSE_HOUR, USHER_READY, 0}};

/* ---- Telethon ---- */

static void look_at_telethon(struct weeks *w, int week)
{
	const struct usher_queue_figures f = house_queue(w->sim, 0);

	w->found[0][week] = (double)f.answered;
	w->found[1][week] = (double)f.abandoned;
	w->found[2][week] = (double)f.flowed[USHER_LEAVE_TIMEOUT];
	w->found[3][week] = (double)f.answered_within;
	w->found[4][week] = occupancy(w, 0);
	w->found[5][week] =
		(double)f.answered_wait_us / 1e6 / MINUTE / (double)f.answered;
}

/* 50 donors an hour, 12 volunteers, ten minutes each, 24 lines; who waits
 * loses patience after two minutes on average, and leaves a message after two
 * minutes at the latest. */
START_TEST(telethon__is_as_printed)
{
	static const struct printed rows[] = {
		{"served", 963.109, 1.737, 0.02},
		{"abandoned", 31.820, 0.648, 0.2},
		{"messages", 4.960, 0.184, 0.4},
		{"in target", 950.265, 1.686, 0.02},
		{"occupancy", 66.772, 0.165, 0.03},
		{"speed of answer", 0.036, 0.0005, 0.25}};
	static const struct usher_sim_span spans[] = {
		{0, 4 * HOUSE_HOUR, USHER_READY, 0}};
	static const struct usher_sim_rate rates[] = {{0, 50 / HOUSE_HOUR},
						      {4 * HOUSE_HOUR, 0}};
	static struct weeks w;
	struct house h;

	house_init(&h, 1, 1);
	h.opts.period_s = 6 * HOUSE_HOUR;
	h.queues[0].rates = rates;
	h.queues[0].rate_count = 2;
	h.queues[0].handle_s = 10 * MINUTE;
	h.queues[0].patience_law = USHER_LAW_EXPONENTIAL;
	h.queues[0].patience_s = 2 * MINUTE;
	h.queues[0].max_wait_s = 2 * MINUTE;
	h.queues[0].target_s = MINUTE;
	h.queues[0].places = 12;
	h.groups[0].agents = 12;
	h.groups[0].spans = spans;
	h.groups[0].span_count = 1;
	weeks_run(&w, &h, 40, look_at_telethon);
	for (int i = 0; i < (int)(sizeof(rows) / sizeof(*rows)); i++)
		meets(&w, i, &rows[i]);
}
END_TEST

/* ---- Bilingual ---- */

static void look_at_bilingual(struct weeks *w, int week)
{
	for (uint32_t q = 0; q < 2; q++) {
		const struct usher_queue_figures f = house_queue(w->sim, q);

		w->found[0][week] += (double)f.answered;
		w->found[1][week] += (double)f.abandoned;
		w->found[2][week] += (double)house_counts(w->sim, q).retried;
		w->found[3][week] += (double)f.answered_within;
		w->found[4 + q][week] = occupancy(w, q);
	}
	w->found[6][week] = occupancy(w, 2);
}

/* Two languages, seven agents of each and four of both, chosen by chance among
 * those who are free; who gave up comes again after 20 minutes, three times
 * out of four. */
START_TEST(bilingual__is_as_printed)
{
	static const struct printed rows[] = {
		{"served", 4967.235, 4.289, 0.01},
		{"abandoned", 142.868, 1.659, 0.12},
		{"came again", 107.168, 1.327, 0.12},
		{"in target", 4896.885, 4.096, 0.01},
		{"occupancy, English", 47.624, 0.061, 0.02},
		{"occupancy, Spanish", 47.639, 0.06, 0.02},
		{"occupancy, both", 63.254, 0.057, 0.02}};
	static const struct usher_sim_rate rates[] = {
		{0, 100 / HOUSE_HOUR},
		{HOUSE_HOUR, 50 / HOUSE_HOUR},
		{9 * HOUSE_HOUR, 0}};
	static const double uniform[2][2] = {{3 * MINUTE, 7 * MINUTE},
					     {4 * MINUTE, 6 * MINUTE}};
	static const uint32_t lists[3][2] = {{0, 0}, {1, 0}, {0, 1}};
	static const uint32_t agents[3] = {7, 7, 4};
	static struct weeks w;
	struct house h;

	house_init(&h, 2, 3);
	h.opts.period_s = 12 * HOUSE_HOUR;
	for (uint32_t q = 0; q < 2; q++) {
		struct usher_sim_queue *queue = &h.queues[q];

		queue->policy = "random";
		queue->members_only = 1;
		queue->rates = rates;
		queue->rate_count = 3;
		queue->handle_law = USHER_LAW_QUANTILES;
		queue->handle_values = uniform[q];
		queue->handle_value_count = 2;
		queue->patience_law = USHER_LAW_EXPONENTIAL;
		queue->patience_s = 2 * MINUTE;
		queue->target_s = MINUTE;
		queue->retry_part = 0.75;
		queue->retry_law = USHER_LAW_FIXED;
		queue->retry_s = 20 * MINUTE;
		queue->retry_max = USHER_SIM_RETRIES_MAX;
	}
	for (uint32_t g = 0; g < 3; g++) {
		h.groups[g].agents = agents[g];
		h.groups[g].queues = lists[g];
		h.groups[g].queue_count = g < 2 ? 1 : 2;
		h.groups[g].spans = office;
		h.groups[g].span_count = 1;
	}
	weeks_run(&w, &h, 40, look_at_bilingual);
	for (int i = 0; i < (int)(sizeof(rows) / sizeof(*rows)); i++)
		meets(&w, i, &rows[i]);
}
END_TEST

/* ---- Bank ---- */

struct specialty {
	int64_t number;
};

static int read_specialty(void *arg, const struct usher_attr *options,
			  size_t count, void *conf, struct usher_error *err)
{
	struct specialty *s = conf;

	(void)arg;
	(void)err;
	s->number = count ? (int64_t)options->number : 0;
	return 0;
}

/* One's own specialty, then who waits longest. */
static int64_t own_first(void *arg, const struct usher_pick *pick,
			 const struct usher_contact_view *contact)
{
	const struct specialty *s = contact->conf;
	struct usher_attr own = {.number = 0};

	(void)arg;
	usher_view_agent_attr(pick->agent, "own", &own);
	return pick->now_us - contact->since_us +
	       (s->number == (int64_t)own.number ? INT64_C(1) << 50 : 0);
}

static void look_at_bank(struct weeks *w, int week)
{
	for (uint32_t q = 0; q < 3; q++) {
		const struct usher_queue_figures f = house_queue(w->sim, q);

		w->found[q][week] =
			(double)f.talk_us / 1e6 / MINUTE / (double)f.handled;
		w->found[3 + q][week] =
			100 * (double)f.answered_within / (double)f.entered;
		w->found[8][week] += (double)f.abandoned;
	}
	w->found[6][week] = occupancy(w, 0);
	w->found[7][week] = occupancy(w, 1);
}

/* Savings, checking and balances; three agents who are quicker at the first
 * and four at the second, each preferred for it; balances go to anybody. 15
 * lines. Who gets free takes his own specialty first, by a policy of the
 * test's. */
START_TEST(bank__is_as_printed)
{
	static const struct printed rows[] = {
		{"savings", 3.781, 0.024, 0.05},
		{"checking", 3.852, 0.008, 0.02},
		{"balance", 0.999, 0.0015, 0.02},
		{"in target, savings", 99.234, 0.062, 0.01},
		{"in target, checking", 99.461, 0.03, 0.01},
		{"in target, balance", 97.301, 0.064, 0.01},
		{"occupancy, savings", 25.353, 0.072, 0.03},
		{"occupancy, checking", 43.093, 0.079, 0.03},
		{"abandoned", 5.535, 0.331, 0.6}};
	static const double calls[3] = {2, 20, 50}, took[3] = {5, 5, 1};
	static const double target[3] = {60, 90, 30};
	static const double uniform[2][2] = {{3 * MINUTE, 5 * MINUTE},
					     {2.5 * MINUTE, 3.5 * MINUTE}};
	static const double quick[2][3] = {{1 / 0.75, 1, 1}, {1, 1 / 0.75}};
	static const struct usher_attr skills[2][3] = {
		{{.name = "savings", .number = 2},
		 {.name = "checking", .number = 1},
		 {.name = "own", .number = 1}},
		{{.name = "savings", .number = 1},
		 {.name = "checking", .number = 2},
		 {.name = "own", .number = 2}}};
	static const struct usher_attr numbers[2] = {
		{.name = "specialty", .number = 1},
		{.name = "specialty", .number = 2}};
	static const struct usher_contact_policy first = {
		.size = sizeof(first),
		.name = "own_first",
		.version = 1,
		.order = USHER_ORDER_HEAD,
		.score = own_first,
		.configure = read_specialty,
		.conf_size = sizeof(struct specialty)};
	static const struct usher_contact_policy *const policies[] = {&first};
	static const struct usher_attr by[2] = {
		{.name = "savings", .number = 1},
		{.name = "checking", .number = 1}};
	struct usher_sim_rate rates[3][3];
	static struct weeks w;
	struct house h;

	house_init(&h, 3, 2);
	h.opts.period_s = 12 * HOUSE_HOUR;
	h.opts.places = 15 - 3 - 4;
	h.opts.contact_policies = policies;
	h.opts.contact_policy_count = 1;
	h.opts.contact_order = "own_first";
	for (uint32_t q = 0; q < 3; q++) {
		struct usher_sim_queue *queue = &h.queues[q];

		for (int i = 0; i < 3; i++)
			rates[q][i] = (struct usher_sim_rate){
				i ? 9 * HOUSE_HOUR * (i - 1) +
						(i < 2) * HOUSE_HOUR
				  : 0,
				i < 2 ? (2 - i) * calls[q] / HOUSE_HOUR : 0};
		queue->policy = q < 2 ? "best_skilled" : "random";
		queue->policy_options = q < 2 ? &by[q] : NULL;
		queue->policy_option_count = q < 2;
		queue->order_options = q < 2 ? &numbers[q] : NULL;
		queue->order_option_count = q < 2;
		queue->rates = rates[q];
		queue->rate_count = 3;
		queue->handle_s = took[q] * MINUTE;
		queue->patience_law = USHER_LAW_QUANTILES;
		queue->patience_values = uniform[q / 2];
		queue->patience_value_count = 2;
		queue->target_s = target[q];
	}
	for (uint32_t g = 0; g < 2; g++) {
		h.groups[g].agents = 3 + g;
		h.groups[g].attrs = skills[g];
		h.groups[g].attr_count = 3;
		h.groups[g].speeds = quick[g];
		h.groups[g].speed_count = g ? 2 : 3;
		h.groups[g].spans = office;
		h.groups[g].span_count = 1;
	}
	weeks_run(&w, &h, WEEKS_MAX, look_at_bank);
	for (int i = 0; i < (int)(sizeof(rows) / sizeof(*rows)); i++)
		meets(&w, i, &rows[i]);
}
END_TEST

/* One call in four days on average, days of any business: as many come as on
 * average, however busy the day was on which the last one came. */
START_TEST(days__have_their_own_factors)
{
	const double rate = 0.25, days = 4000, day_s = 24 * HOUSE_HOUR;
	double came[RUNS];
	struct house h;

	house_init(&h, 1, 1);
	h.queues[0].arrivals_per_s = rate / day_s;
	h.queues[0].day_cv = 2;
	h.opts.period_s = 7 * day_s;
	for (int i = 0; i < RUNS; i++) {
		struct usher_sim *sim;

		h.opts.seed = usher_sim_seed(3, (uint64_t)i);
		sim = house_run(&h, 0, days * day_s);
		came[i] = (double)house_counts(sim, 0).arrived / days;
		usher_sim_free(sim);
	}
	house_agrees(came, RUNS, "calls a day", rate, 0.15);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sim-weeks");
	TCase *tc = tcase_create("weeks");
	SRunner *sr = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_set_timeout(tc, 100);
	tcase_add_test(tc, telethon__is_as_printed);
	tcase_add_test(tc, bilingual__is_as_printed);
	tcase_add_test(tc, bank__is_as_printed);
	tcase_add_test(tc, days__have_their_own_factors);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
