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

#define RUNS   16
#define HOURS  20
#define SLOTS  65536
#define AGENTS 1024 /* by their ids */

enum way { OURS, BY_PLACE, LAST, WAYS };

static const char *const names[WAYS] = {"usher", "place x AHT / agents",
					"last wait"};

struct asked {
	uint64_t segment;
	double told_s[WAYS];
};

struct watch {
	const struct usher_sim *sim;
	double ready; /* agents that take contacts */
	bool takes[AGENTS];
	double last_s;
	double squares[WAYS];
	double waits_s;
	uint64_t count;
	struct asked asked[SLOTS];
};

static void entered(struct watch *w, const struct usher_event *ev)
{
	struct asked *a = &w->asked[ev->segment % SLOTS];
	struct usher_queue_figures f;
	uint64_t waiting = 0;
	int64_t us;

	usher_event_u64(ev, USHER_F_WAITING, &waiting);
	if (!waiting ||
	    usher_metrics_expected_wait(usher_sim_metrics(w->sim),
					usher_sim_queue_id(w->sim, 0),
					waiting - 1, &us))
		return;
	a->segment = ev->segment;
	a->told_s[OURS] = (double)us / 1e6;
	f = house_queue(w->sim, 0);
	a->told_s[BY_PLACE] = (double)waiting *
			      (double)(f.talk_us + f.hold_us + f.wrapup_us) /
			      1e6 / (double)f.handled / w->ready;
	a->told_s[LAST] = w->last_s;
}

static void left(struct watch *w, const struct usher_event *ev)
{
	struct asked *a = &w->asked[ev->segment % SLOTS];
	uint64_t leave = 0;
	int64_t wait = 0;
	double s;

	usher_event_u64(ev, USHER_F_LEAVE, &leave);
	usher_event_i64(ev, USHER_F_WAIT, &wait);
	if (leave != USHER_LEAVE_ANSWERED)
		return;
	s = (double)wait / 1e6;
	w->last_s = s;
	/* Who was answered at once has asked nobody. */
	if (a->segment != ev->segment || !wait)
		return;
	w->count++;
	w->waits_s += s;
	for (int i = 0; i < WAYS; i++)
		w->squares[i] += (a->told_s[i] - s) * (a->told_s[i] - s);
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

	usher_event_u64(ev, USHER_F_QUEUE, &queue);
	if (ev->type == USHER_EV_AGENT_PRESENCE ||
	    ev->type == USHER_EV_AGENT_PENDING)
		turned(arg, ev);
	if (!w->sim || queue != usher_sim_queue_id(w->sim, 0))
		return;
	if (ev->type == USHER_EV_QUEUE_ENTERED)
		entered(arg, ev);
	else if (ev->type == USHER_EV_QUEUE_LEFT)
		left(arg, ev);
}

/* Root of the mean square of the errors, as a part of the mean wait. */
static void errors(struct house *h, struct watch *w, double hours,
		   double ret[WAYS])
{
	struct usher_sim *sim;

	memset(w, 0, sizeof(*w));
	h->opts.event = watch;
	h->opts.arg = w;
	w->sim = sim = house_open(h);
	ck_assert_int_eq(usher_sim_run(sim, HOUSE_HOUR), 0);
	memset(w->squares, 0, sizeof(w->squares));
	w->waits_s = 0;
	w->count = 0;
	ck_assert_int_eq(usher_sim_run(sim, hours * HOUSE_HOUR), 0);
	ck_assert_uint_gt(w->count, 300);
	for (int i = 0; i < WAYS; i++)
		ret[i] = sqrt(w->squares[i] / (double)w->count) /
			 (w->waits_s / (double)w->count);
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
	h->queues[1] = h->queues[0];
	h->queues[1].name = "q2";
	h->queues[1].arrivals_per_s = 0.04;
}

static void behind(struct house *h)
{
	h->queues[0].arrivals_per_s = 0.035;
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

static const struct {
	const char *name;
	void (*make)(struct house *h);
	double hours;
	/* Where nobody gives up and all agents serve the queue, or it goes
	 * before the others, place and agents are all that can be known. */
	bool alike;
	/* Nobody is told of the agents about to come; that the last wait is
	 * too short when it grows happens to be near to what they do. */
	bool surprise;
} models[] = {
	{"M/M/20+M, load 1.2", overloaded, 20, false, false},
	{"M/M/20, load 0.945", patient, 20, true, false},
	{"log-normal both, load 1.2", lognormal, 20, false, false},
	{"arrivals by the hour", with_tides, 20, false, false},
	{"two queues share the agents", shared, 20, false, false},
	{"M/H2/20, load 0.9", hyper, 20, true, false},
	{"M/D/20, load 0.97", fixed, 20, true, false},
	{"M/M/3, load 0.85", of_three, 60, true, false},
	{"M/M/3+M, load 1.2", of_three_lost, 40, false, false},
	{"M/M/200, load 0.987", of_200, 4, true, false},
	{"M/M/200+M, load 1.125", of_200_lost, 2, false, false},
	{"12 agents, in turns 24", shifts, 24, false, true},
	{"the same, some give up", shifts_lost, 24, false, false},
	{"as many as are needed", followed, 24, true, false},
	{"two queues, in turns 24", shifts_shared, 24, false, false},
	{"goes after another queue", behind, 20, false, false},
	{"goes before another queue", before, 30, true, false},
	{"goes after, some give up", behind_lost, 20, false, false},
};

#define MODELS (int)(sizeof(models) / sizeof(models[0]))

static void all_errors(int model, double ret[WAYS][RUNS])
{
	struct watch *w = malloc(sizeof(*w));
	struct house h;

	ck_assert_ptr_nonnull(w);
	house_init(&h, 2, 1);
	h.queues[1].arrivals_per_s = 0;
	h.queues[0].handle_s = 300;
	h.groups[0].agents = 20;
	models[model].make(&h);
	for (int i = 0; i < RUNS; i++) {
		double once[WAYS];

		h.opts.seed = usher_sim_seed(77, (uint64_t)i);
		errors(&h, w, models[model].hours, once);
		for (int k = 0; k < WAYS; k++)
			ret[k][i] = once[k];
	}
	free(w);
}

static double mean(const double *values)
{
	double sum = 0;

	for (int i = 0; i < RUNS; i++)
		sum += values[i];
	return sum / RUNS;
}

/* On the same days its error is smaller than either, beyond chance; where they
 * can only be alike it is not larger beyond chance. */
START_TEST(expected_wait__is_never_beaten)
{
	double found[WAYS][RUNS];

	all_errors(_i, found);
	printf("| %s | %.0f %% | %.0f %% | %.0f %% |\n", models[_i].name,
	       100 * mean(found[OURS]), 100 * mean(found[BY_PLACE]),
	       100 * mean(found[LAST]));
	for (int k = BY_PLACE; k < WAYS; k++) {
		struct usher_sim_interval d = {.size = sizeof(d)};
		const bool alike =
			k == BY_PLACE ? models[_i].alike : models[_i].surprise;

		ck_assert_int_eq(usher_sim_paired(found[OURS], found[k], RUNS,
						  0.99, &d),
				 0);
		ck_assert_msg(d.mean + (alike ? -d.half : d.half) <= 0,
			      "%s: %.4f +- %.4f worse than %s",
			      models[_i].name, d.mean, d.half, names[k]);
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
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, expected_wait__is_never_beaten, 0, MODELS);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
