/*
 * What people who wait are told, against what came: the estimate of
 * usher/metrics.h beside two that are in use everywhere, the place in the
 * queue times the mean handle time by the agents, and the wait of the one who
 * was answered last. Each is asked as a contact enters and has to wait, and
 * compared with its wait if it is answered.
 *
 * Prints the rows of docs/figures.md's table as it goes.
 */
#include <check.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "house.h"

#define RUNS       16
#define HOURS      20
#define SLOTS      65536
#define AGENTS     1024 /* by their ids */
#define QUEUE_NAME 32
/* Waits told a run; contacts handled until ours must say something. */
#define TOLD_MIN   10
#define SILENT_MAX 16
/* As bad as another is not worse than by so much of that one's error. */
#define WORSE_MAX 0.15

enum way { OURS, BY_PLACE, LAST, WAYS };

static const char *const names[WAYS] = {"usher", "place x AHT / agents",
					"last wait"};

struct asked {
	uint64_t segment;
	double told_s[WAYS];
};

/* Of one queue. */
struct told {
	double last_s;
	double squares[WAYS];
	double waits_s;
	uint64_t count;
	uint64_t silent;
};

struct watch {
	const struct usher_sim *sim;
	uint32_t queues;
	double ready; /* agents that take contacts */
	bool takes[AGENTS];
	struct told told[HOUSE_MANY];
	struct asked asked[SLOTS];
};

static uint64_t handled(const struct watch *w)
{
	uint64_t sum = 0;

	for (uint32_t q = 0; q < w->queues; q++)
		sum += house_queue(w->sim, q).handled;
	return sum;
}

static void entered(struct watch *w, uint32_t queue,
		    const struct usher_event *ev)
{
	struct asked *a = &w->asked[ev->segment % SLOTS];
	struct usher_queue_figures f;
	uint64_t waiting = 0;
	int64_t us;

	usher_event_u64(ev, USHER_F_WAITING, &waiting);
	if (!waiting)
		return;
	f = house_queue(w->sim, queue);
	if (!f.handled || w->told[queue].last_s < 0)
		return;
	if (usher_metrics_expected_wait(usher_sim_metrics(w->sim),
					usher_sim_queue_id(w->sim, queue),
					waiting - 1, &us)) {
		w->told[queue].silent += handled(w) >= SILENT_MAX;
		return;
	}
	a->segment = ev->segment;
	a->told_s[OURS] = (double)us / 1e6;
	a->told_s[BY_PLACE] = (double)waiting *
			      (double)(f.talk_us + f.hold_us + f.wrapup_us) /
			      1e6 / (double)f.handled / w->ready;
	a->told_s[LAST] = w->told[queue].last_s;
}

static void left(struct watch *w, uint32_t queue, const struct usher_event *ev)
{
	struct asked *a = &w->asked[ev->segment % SLOTS];
	struct told *told = &w->told[queue];
	uint64_t leave = 0;
	int64_t wait = 0;
	double s;

	usher_event_u64(ev, USHER_F_LEAVE, &leave);
	usher_event_i64(ev, USHER_F_WAIT, &wait);
	if (leave != USHER_LEAVE_ANSWERED)
		return;
	s = (double)wait / 1e6;
	told->last_s = s;
	/* Who was answered at once has asked nobody. */
	if (a->segment != ev->segment || !wait)
		return;
	told->count++;
	told->waits_s += s;
	for (int i = 0; i < WAYS; i++)
		told->squares[i] += (a->told_s[i] - s) * (a->told_s[i] - s);
}

/* Who will sign out after this contact is no help any more. */
static void turned(struct watch *w, const struct usher_event *ev)
{
	uint64_t agent = 0, presence = 0;
	bool *takes;

	usher_event_u64(ev, USHER_F_AGENT, &agent);
	usher_event_u64(ev, USHER_F_PRESENCE, &presence);
	takes = &w->takes[agent % AGENTS];
	w->ready += (presence == USHER_READY) - *takes;
	*takes = presence == USHER_READY;
}

static void watch(void *arg, const struct usher_event *ev)
{
	const struct watch *w = arg;
	uint64_t queue = 0;
	uint32_t i = 0;

	usher_event_u64(ev, USHER_F_QUEUE, &queue);
	if (ev->type == USHER_EV_AGENT_PRESENCE ||
	    ev->type == USHER_EV_AGENT_PENDING)
		turned(arg, ev);
	if (!w->sim || (ev->type != USHER_EV_QUEUE_ENTERED &&
			ev->type != USHER_EV_QUEUE_LEFT))
		return;
	while (i < w->queues && usher_sim_queue_id(w->sim, i) != queue)
		i++;
	if (i == w->queues)
		return;
	if (ev->type == USHER_EV_QUEUE_ENTERED)
		entered(arg, i, ev);
	else
		left(arg, i, ev);
}

static void forget(struct watch *w)
{
	for (uint32_t q = 0; q < w->queues; q++) {
		memset(w->told[q].squares, 0, sizeof(w->told[q].squares));
		w->told[q].waits_s = 0;
		w->told[q].count = 0;
		w->told[q].silent = 0;
	}
}

/* Root of the mean square of the errors, as a part of the mean wait. */
static void errors(struct house *h, struct watch *w, double warmup_h,
		   double hours, double ret[HOUSE_MANY][WAYS])
{
	struct usher_sim *sim;

	memset(w, 0, sizeof(*w));
	w->queues = h->opts.queue_count;
	for (uint32_t q = 0; q < w->queues; q++)
		w->told[q].last_s = -1;
	h->opts.event = watch;
	h->opts.arg = w;
	w->sim = sim = house_open(h);
	if (warmup_h > 0)
		ck_assert_int_eq(usher_sim_run(sim, warmup_h * HOUSE_HOUR), 0);
	forget(w);
	ck_assert_int_eq(usher_sim_run(sim, hours * HOUSE_HOUR), 0);
	for (uint32_t q = 0; q < w->queues; q++) {
		const struct told *told = &w->told[q];

		ck_assert_uint_ge(told->count, TOLD_MIN);
		ck_assert_uint_eq(told->silent, 0);
		for (int i = 0; i < WAYS; i++)
			ret[q][i] =
				sqrt(told->squares[i] / (double)told->count) /
				(told->waits_s / (double)told->count);
	}
	usher_sim_free(sim);
}

static const struct usher_sim_rate tides[] = {
	{0, 0.05}, {3600, 0.09}, {7200, 0.06}, {10800, 0.1}, {14400, 0.05}};

static void overloaded(struct house *h)
{
	h->queues[0].arrivals_per_s = 0.08;
	h->queues[0].patience_law = USHER_LAW_EXPONENTIAL;
	h->queues[0].patience_s = 300;
}

static void patient(struct house *h)
{
	h->queues[0].arrivals_per_s = 0.063;
}

static void lognormal(struct house *h)
{
	overloaded(h);
	h->queues[0].handle_law = USHER_LAW_LOGNORMAL;
	h->queues[0].handle_cv = 1.2;
	h->queues[0].patience_law = USHER_LAW_LOGNORMAL;
	h->queues[0].patience_cv = 1.5;
}

static void with_tides(struct house *h)
{
	overloaded(h);
	h->queues[0].arrivals_per_s = 0;
	h->queues[0].rates = tides;
	h->queues[0].rate_count = sizeof(tides) / sizeof(tides[0]);
	h->opts.period_s = 5 * HOUSE_HOUR;
}

static void shared(struct house *h)
{
	overloaded(h);
	h->queues[0].arrivals_per_s = 0.03;
	h->opts.queue_count = 2;
	h->queues[1] = h->queues[0];
	h->queues[1].name = "q2";
	h->queues[1].arrivals_per_s = 0.05;
	h->queues[1].handle_s = 240;
}

static void hyper(struct house *h)
{
	h->queues[0].arrivals_per_s = 0.06;
	h->queues[0].handle_law = USHER_LAW_HYPER;
	h->queues[0].handle_cv = 2;
}

static void fixed(struct house *h)
{
	h->queues[0].arrivals_per_s = 0.0645;
	h->queues[0].handle_law = USHER_LAW_FIXED;
}

static void of_three(struct house *h)
{
	h->groups[0].agents = 3;
	h->queues[0].arrivals_per_s = 0.0085;
}

static void of_three_lost(struct house *h)
{
	of_three(h);
	h->queues[0].arrivals_per_s = 0.012;
	h->queues[0].patience_law = USHER_LAW_EXPONENTIAL;
	h->queues[0].patience_s = 400;
}

static void of_200(struct house *h)
{
	h->groups[0].agents = 200;
	h->queues[0].arrivals_per_s = 0.658;
}

static void of_200_lost(struct house *h)
{
	of_200(h);
	h->queues[0].arrivals_per_s = 0.75;
	h->queues[0].patience_law = USHER_LAW_EXPONENTIAL;
	h->queues[0].patience_s = 300;
}

/* All day some, and more of them in turns of an hour and a half. */
static const struct usher_sim_span turns[] = {{5400, 10800, USHER_READY, 0}};

static void shifts(struct house *h)
{
	h->opts.group_count = 2;
	h->opts.period_s = 3 * HOUSE_HOUR;
	h->groups[0].agents = 12;
	h->groups[1].agents = 12;
	h->groups[1].spans = turns;
	h->groups[1].span_count = 1;
	h->queues[0].arrivals_per_s = 0.055;
}

static void shifts_lost(struct house *h)
{
	shifts(h);
	h->queues[0].arrivals_per_s = 0.07;
	h->queues[0].patience_law = USHER_LAW_EXPONENTIAL;
	h->queues[0].patience_s = 600;
}

static const struct usher_sim_rate rises[] = {{0, 0.036}, {5400, 0.075}};

/* As many as are needed; two queues of them. */
static void followed(struct house *h)
{
	shifts(h);
	h->queues[0].arrivals_per_s = 0;
	h->queues[0].rates = rises;
	h->queues[0].rate_count = 2;
	h->opts.period_s = 3 * HOUSE_HOUR;
}

static void shifts_shared(struct house *h)
{
	shifts_lost(h);
	h->queues[0].arrivals_per_s = 0.03;
	h->opts.queue_count = 2;
	h->queues[1] = h->queues[0];
	h->queues[1].name = "q2";
	h->queues[1].arrivals_per_s = 0.04;
}

static void behind(struct house *h)
{
	h->queues[0].arrivals_per_s = 0.035;
	h->opts.queue_count = 2;
	h->queues[1] = h->queues[0];
	h->queues[1].name = "q2";
	h->queues[1].arrivals_per_s = 0.028;
	h->queues[1].priority = 1000;
}

static void before(struct house *h)
{
	behind(h);
	h->queues[0].arrivals_per_s = 0.045;
	h->queues[0].priority = 1000;
	h->queues[1].arrivals_per_s = 0.02;
	h->queues[1].priority = 0;
}

static void behind_lost(struct house *h)
{
	behind(h);
	h->queues[0].arrivals_per_s = 0.05;
	h->queues[0].patience_law = USHER_LAW_EXPONENTIAL;
	h->queues[0].patience_s = 600;
}

/* Few of many, who go before all others. */
static void vip(struct house *h)
{
	h->opts.queue_count = 2;
	h->groups[0].agents = 13;
	h->queues[0].arrivals_per_s = 156 / HOUSE_HOUR;
	h->queues[0].patience_law = USHER_LAW_EXPONENTIAL;
	h->queues[0].patience_s = 600;
	h->queues[1] = h->queues[0];
	h->queues[1].name = "q2";
	h->queues[1].arrivals_per_s = 6 / HOUSE_HOUR;
	h->queues[1].priority = 1000;
}

static void vip_patient(struct house *h)
{
	vip(h);
	h->groups[0].agents = 11;
	h->queues[0].arrivals_per_s = 120 / HOUSE_HOUR;
	h->queues[1].arrivals_per_s = 3 / HOUSE_HOUR;
	h->queues[0].patience_law = h->queues[1].patience_law = 0;
	h->queues[0].patience_s = h->queues[1].patience_s = 0;
}

static void three(struct house *h)
{
	static const double hourly[] = {90, 50, 20}, minutes[] = {2, 5, 9};

	h->opts.queue_count = 3;
	h->groups[0].agents = 10;
	for (int i = 0; i < 3; i++) {
		h->queues[i].handle_law = USHER_LAW_EXPONENTIAL;
		h->queues[i].arrivals_per_s = hourly[i] / HOUSE_HOUR;
		h->queues[i].handle_s = 60 * minutes[i];
		h->queues[i].patience_law = USHER_LAW_EXPONENTIAL;
		h->queues[i].patience_s = 360;
	}
}

static void rare_slow(struct house *h)
{
	vip(h);
	h->queues[0].arrivals_per_s = 150 / HOUSE_HOUR;
	h->queues[1].arrivals_per_s = 8 / HOUSE_HOUR;
	h->queues[1].handle_s = 900;
	h->queues[1].priority = 0;
}

/* Queues of a model, as bits: where nobody gives up and all agents serve the
 * queue, or it goes before the others, place and agents are all that can be
 * known. */
#define FIRST  1
#define SECOND 2

static const struct {
	const char *name;
	void (*make)(struct house *h);
	double hours;
	double warmup_h; /* before it counts */
	unsigned alike;
	/* Nobody is told of the agents about to come; that the last wait is
	 * too short when it grows happens to be near to what they do. Nor of
	 * those who will come before. */
	unsigned surprise;
} models[] = {
	{"M/M/20+M, load 1.2", overloaded, 20, 1, 0, 0},
	{"M/M/20, load 0.945", patient, 20, 1, FIRST, 0},
	{"log-normal both, load 1.2", lognormal, 20, 1, 0, 0},
	{"arrivals by the hour", with_tides, 20, 1, 0, 0},
	{"two queues share the agents", shared, 20, 1, 0, 0},
	{"M/H2/20, load 0.9", hyper, 20, 1, FIRST, 0},
	{"M/D/20, load 0.97", fixed, 20, 1, FIRST, 0},
	{"M/M/3, load 0.85", of_three, 60, 1, FIRST, 0},
	{"M/M/3+M, load 1.2", of_three_lost, 40, 1, 0, 0},
	{"M/M/200, load 0.987", of_200, 4, 1, FIRST, 0},
	{"M/M/200+M, load 1.125", of_200_lost, 2, 1, 0, 0},
	{"12 agents, in turns 24", shifts, 24, 1, 0, FIRST},
	{"the same, some give up", shifts_lost, 24, 1, 0, 0},
	{"as many as are needed", followed, 24, 1, FIRST, 0},
	{"two queues, in turns 24", shifts_shared, 24, 1, 0, 0},
	{"goes after another queue", behind, 20, 1, SECOND, 0},
	{"goes before another queue", before, 30, 1, FIRST, SECOND},
	{"goes after, some give up", behind_lost, 20, 1, SECOND, 0},
	{"6 of 162 go before", vip, 20, 0, SECOND, 0},
	{"3 of 123, nobody gives up", vip_patient, 20, 0, FIRST | SECOND, 0},
	{"three queues, 2, 5, 9 min", three, 20, 0, 0, 0},
	{"8 of 158 take 15 min", rare_slow, 20, 0, FIRST, 0},
};

#define MODELS (int)(sizeof(models) / sizeof(models[0]))

static uint32_t all_errors(int model, double ret[HOUSE_MANY][WAYS][RUNS])
{
	struct watch *w = malloc(sizeof(*w));
	struct house h;

	ck_assert_ptr_nonnull(w);
	house_init(&h, 1, 1);
	h.queues[0].handle_s = 300;
	h.groups[0].agents = 20;
	models[model].make(&h);
	for (int i = 0; i < RUNS; i++) {
		double once[HOUSE_MANY][WAYS];

		h.opts.seed = usher_sim_seed(77, (uint64_t)i);
		errors(&h, w, models[model].warmup_h, models[model].hours,
		       once);
		for (uint32_t q = 0; q < h.opts.queue_count; q++)
			for (int k = 0; k < WAYS; k++)
				ret[q][k][i] = once[q][k];
	}
	free(w);
	return h.opts.queue_count;
}

static double mean(const double *values)
{
	double sum = 0;

	for (int i = 0; i < RUNS; i++)
		sum += values[i];
	return sum / RUNS;
}

/* On the same days its error is smaller than the other's, beyond chance;
 * where they can only be alike it is not larger beyond chance, nor can it be
 * by much. */
static void compare(const char *name, uint32_t queue, double found[WAYS][RUNS],
		    enum way other, bool alike)
{
	struct usher_sim_interval d = {.size = sizeof(d)};
	const double most = alike ? WORSE_MAX * mean(found[other]) : 0;

	ck_assert_int_eq(
		usher_sim_paired(found[OURS], found[other], RUNS, 0.99, &d),
		0);
	ck_assert_msg(d.mean + d.half <= most && (!alike || d.mean <= d.half),
		      "%s, queue %u: %.4f +- %.4f worse than %s", name,
		      queue + 1, d.mean, d.half, names[other]);
}

START_TEST(expected_wait__is_never_beaten)
{
	double found[HOUSE_MANY][WAYS][RUNS];
	const char *name = models[_i].name;
	const uint32_t queues = all_errors(_i, found);
	char queue[QUEUE_NAME] = "";

	for (uint32_t q = 0; q < queues; q++) {
		if (queues > 1)
			snprintf(queue, sizeof(queue), ": queue %u", q + 1);
		printf("| %s%s | %.0f %% | %.0f %% | %.0f %% |\n", name, queue,
		       100 * mean(found[q][OURS]),
		       100 * mean(found[q][BY_PLACE]),
		       100 * mean(found[q][LAST]));
	}
	for (uint32_t q = 0; q < queues; q++) {
		compare(name, q, found[q], BY_PLACE,
			models[_i].alike & 1U << q);
		compare(name, q, found[q], LAST,
			models[_i].surprise & 1U << q);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("expect");
	TCase *tc = tcase_create("expect");
	SRunner *sr = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 200);
	tcase_add_loop_test(tc, expected_wait__is_never_beaten, 0, MODELS);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
