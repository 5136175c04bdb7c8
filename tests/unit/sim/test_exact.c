/*
 * Models whose answers are exact and found by a few lines of arithmetic:
 * Crommelin's M/D/n (1932), M/M/n+D of Baccelli and Hebuterne (1981), the
 * queue M/M/1 with retrials of Falin (1990), and M(t)/M/n by its differential
 * equations.
 */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "house.h"

#define RUNS   16
#define STATES 400

static double came[RUNS], talk[RUNS];
static double values[RUNS];

static void run(struct house *h, int i, double warmup_h, double hours,
		void (*look)(const struct usher_sim *sim, int i))
{
	struct usher_queue_figures f;
	struct usher_sim *sim;

	h->opts.seed = usher_sim_seed(91, (uint64_t)i);
	sim = house_run(h, warmup_h * HOUSE_HOUR, hours * HOUSE_HOUR);
	f = house_queue(sim, 0);
	came[i] = (double)house_counts(sim, 0).arrived;
	talk[i] = (double)f.talk_us / 1e6 / (double)f.handled;
	look(sim, i);
	usher_sim_free(sim);
}

static void agrees(const char *what, double want, double width,
		   double came_mean, double talk_mean)
{
	house_control(values, came, came_mean, RUNS);
	house_control(values, talk, talk_mean, RUNS);
	house_agrees_less(values, RUNS, 2, what, want, width);
}

static void look_at_wait(const struct usher_sim *sim, int i)
{
	const struct usher_queue_figures f = house_queue(sim, 0);

	values[i] = (double)(f.answered_wait_us + f.abandoned_wait_us) / 1e6 /
		    (double)(f.answered + f.abandoned);
}

static void look_at_lost(const struct usher_sim *sim, int i)
{
	const struct usher_queue_figures f = house_queue(sim, 0);

	values[i] = (double)f.abandoned / (double)f.entered;
}

/* As many are in the system a handle time later as are left of those who wait
 * now, and come meanwhile. */
static double crommelin_wait_s(int agents, double rate, double handle_s)
{
	static double poisson[STATES], p[STATES], next[STATES];
	double waiting = 0, change = 1;

	poisson[0] = exp(-rate * handle_s);
	for (int k = 1; k < STATES; k++)
		poisson[k] = poisson[k - 1] * rate * handle_s / k;
	memset(p, 0, sizeof(p));
	p[0] = 1;
	while (change > 1e-13) {
		memset(next, 0, sizeof(next));
		for (int n = 0; n < STATES; n++) {
			const int left = n > agents ? n - agents : 0;

			for (int k = 0; k + left < STATES; k++)
				next[k + left] += p[n] * poisson[k];
		}
		change = 0;
		for (int n = 0; n < STATES; n++)
			change += fabs(next[n] - p[n]);
		memcpy(p, next, sizeof(p));
	}
	for (int n = agents; n < STATES; n++)
		waiting += (n - agents) * p[n];
	return waiting / rate;
}

START_TEST(fixed_handle_times__are_crommelins)
{
	const double rate = 0.043, hours = 40;
	const double want = crommelin_wait_s(5, rate, 100);
	struct house h;

	house_init(&h, 1, 1);
	h.queues[0].arrivals_per_s = rate;
	h.queues[0].handle_law = USHER_LAW_FIXED;
	h.groups[0].agents = 5;
	for (int i = 0; i < RUNS; i++)
		run(&h, i, 2, hours, look_at_wait);
	house_control(values, came, rate * hours * HOUSE_HOUR, RUNS);
	house_agrees_less(values, RUNS, 1, "M/D/5 wait", want, 0.15);
}
END_TEST

/* The virtual wait has the density f0 exp(-(n m - l) x) up to the patience,
 * and falls with n m behind it, where nobody joins who will be served. */
static double baccelli_lost(int agents, double rate, double handle_s,
			    double patience_s)
{
	const double a = rate * handle_s, out = agents / handle_s;
	double p = 1, sum = 0, before = 0, behind;

	for (int n = 0; n < agents; n++) {
		p *= n ? a / n : 1;
		sum += p;
	}
	/* f(0) is the rate at which the last agent is taken */
	before = rate * p * (1 - exp(-(out - rate) * patience_s)) /
		 (out - rate);
	behind = rate * p * exp(-(out - rate) * patience_s) / out;
	return behind / (sum + before + behind);
}

START_TEST(fixed_patience__is_baccellis_and_hebuternes)
{
	static const double rates[] = {0.045, 0.06};
	const double rate = rates[_i], hours = 20;
	const double want = baccelli_lost(5, rate, 100, 30);
	struct house h;

	house_init(&h, 1, 1);
	h.queues[0].arrivals_per_s = rate;
	h.queues[0].patience_law = USHER_LAW_FIXED;
	h.queues[0].patience_s = 30;
	h.groups[0].agents = 5;
	for (int i = 0; i < RUNS; i++)
		run(&h, i, 1, hours, look_at_lost);
	agrees("M/M/5+D lost", want, 0.1, rate * hours * HOUSE_HOUR, 100);
}
END_TEST

static void look_at_retried(const struct usher_sim *sim, int i)
{
	const struct usher_sim_counts c = house_counts(sim, 0);

	values[i] = (double)c.retried;
}

/* Nobody waits; who finds the agent busy comes again after an exponential
 * time, as often as it takes. In the mean r (l + r v) / ((1 - r) v) are
 * between two attempts, so v times that a second come again. */
START_TEST(retrials__are_falins)
{
	const double rate = 0.004, again = 1 / 60.0, hours = 150;
	const double r = rate * 100;
	const double want =
		r * (rate + r * again) / (1 - r) * hours * HOUSE_HOUR;
	struct house h;

	house_init(&h, 1, 1);
	h.queues[0].arrivals_per_s = rate;
	h.queues[0].places = USHER_ZERO;
	h.queues[0].retry_part = 1;
	h.queues[0].retry_law = USHER_LAW_EXPONENTIAL;
	h.queues[0].retry_s = 1 / again;
	h.queues[0].retry_max = USHER_SIM_RETRIES_MAX;
	for (int i = 0; i < RUNS; i++)
		run(&h, i, 2, hours, look_at_retried);
	agrees("attempts", want, 0.2, rate * hours * HOUSE_HOUR, 100);
}
END_TEST

static const struct usher_sim_rate tides[] = {
	{0, 0.02}, {1800, 0.06}, {3600, 0.045}, {5400, 0.01}};

#define TIDE_S   7200
#define TIDE_END 200 /* states */

/* Mean wait of all who come in a period, when every period is alike: numbers
 * waiting are integrated (Euler, a tenth of a second). */
static double tide_wait_s(int agents, double handle_s)
{
	static double p[TIDE_END], d[TIDE_END];
	const double dt = 0.1;
	double waiting = 0, all = 0;

	memset(p, 0, sizeof(p));
	p[0] = 1;
	for (int period = 0; period < 3; period++) {
		waiting = all = 0;
		for (int i = 0; i < TIDE_S * 10; i++) {
			const double rate = tides[i / 18000].per_s;

			for (int n = 0; n < TIDE_END; n++) {
				const double up = n < TIDE_END - 1 ? rate : 0;
				const double down =
					(n < agents ? n : agents) / handle_s;
				const double more =
					(n + 1 < agents ? n + 1 : agents) /
					handle_s;

				d[n] = -p[n] * (up + down) +
				       (n ? p[n - 1] * rate : 0) +
				       (n < TIDE_END - 1 ? p[n + 1] * more
							 : 0);
			}
			for (int n = 0; n < TIDE_END; n++) {
				p[n] += dt * d[n];
				waiting += n > agents
						   ? dt * (n - agents) * p[n]
						   : 0;
			}
			all += dt * rate;
		}
	}
	return waiting / all;
}

START_TEST(arrivals_in_tides__are_as_their_equations)
{
	const double hours = 60, want = tide_wait_s(5, 100);
	struct house h;

	house_init(&h, 1, 1);
	h.opts.period_s = TIDE_S;
	h.queues[0].rates = tides;
	h.queues[0].rate_count = 4;
	h.groups[0].agents = 5;
	for (int i = 0; i < RUNS; i++)
		run(&h, i, 4, hours, look_at_wait);
	agrees("M(t)/M/5 wait", want, 0.2, 0.135 * 1800 * hours / 2, 100);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sim-exact");
	TCase *tc = tcase_create("exact");
	SRunner *sr = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_set_timeout(tc, 100);
	tcase_add_test(tc, fixed_handle_times__are_crommelins);
	tcase_add_loop_test(tc, fixed_patience__is_baccellis_and_hebuternes, 0,
			    2);
	tcase_add_test(tc, retrials__are_falins);
	tcase_add_test(tc, arrivals_in_tides__are_as_their_equations);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
