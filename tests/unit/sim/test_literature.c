/* Models whose answers are published, judged by confidence intervals:
 * formulas. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <usher/erlang.h>

#include "house.h"

#define RUNS 16

/* What is known of the days that were drawn. */
struct known {
	double came[RUNS], talk[RUNS];
};

static void know(struct known *k, int run, const struct usher_sim *sim,
		 uint32_t queue)
{
	struct usher_queue_figures f = house_queue(sim, queue);

	k->came[run] = (double)house_counts(sim, queue).arrived;
	k->talk[run] = (double)f.talk_us / 1e6 / (double)f.handled;
}

/* Most of what differs from run to run is how many came and how long they
 * talked: the answered as long as everybody, since nothing depends on it. */
static void agrees(double *values, const struct known *k, const char *what,
		   double want, double width, double came, double handle_s)
{
	house_control(values, k->came, came, RUNS);
	house_control(values, k->talk, handle_s, RUNS);
	house_agrees_less(values, RUNS, 2, what, want, width);
}

static double wait_s(const struct usher_queue_figures *f)
{
	return (double)(f->answered_wait_us + f->abandoned_wait_us) / 1e6 /
	       (double)(f->answered + f->abandoned);
}

static struct usher_erlang_figures formula(int32_t model,
					   const struct house *h)
{
	struct usher_erlang_figures f = {.size = sizeof(f)};
	struct usher_erlang_opts o;

	usher_erlang_opts_init(&o, sizeof(o));
	o.model = model;
	o.agents = h->groups[0].agents;
	o.arrivals_per_s = h->queues[0].arrivals_per_s;
	o.handle_s = h->queues[0].handle_s;
	o.patience_s = h->queues[0].patience_s;
	if (h->queues[0].places > 0)
		o.room = (uint32_t)h->queues[0].places;
	ck_assert_int_eq(usher_erlang_figures(&o, &f, NULL), 0);
	return f;
}

/* Erlang B asks for the mean handle time alone: exponential, and two others
 * of very different variation. */
START_TEST(loss__depends_on_the_mean_alone)
{
	static const int32_t laws[] = {USHER_LAW_EXPONENTIAL, USHER_LAW_FIXED,
				       USHER_LAW_HYPER};
	const double hours = 9;
	double blocked[RUNS];
	struct known k;
	struct house h;

	house_init(&h, 1, 1);
	h.queues[0].arrivals_per_s = 0.08;
	h.queues[0].handle_law = laws[_i];
	h.queues[0].handle_cv = 2;
	h.queues[0].places = USHER_ZERO;
	h.groups[0].agents = 9;
	for (int i = 0; i < RUNS; i++) {
		struct usher_sim_counts c;
		struct usher_sim *sim;

		h.opts.seed = usher_sim_seed(3, (uint64_t)i);
		sim = house_run(&h, HOUSE_HOUR, hours * HOUSE_HOUR);
		know(&k, i, sim, 0);
		c = house_counts(sim, 0);
		blocked[i] = (double)c.blocked / (double)c.arrived;
		usher_sim_free(sim);
	}
	/* how long they talked varies too wildly under the third law for a
	 * slope out of so few runs */
	house_control(blocked, k.came, 0.08 * hours * HOUSE_HOUR, RUNS);
	house_agrees_less(blocked, RUNS, 1, "blocked",
			  formula(USHER_ERLANG_B, &h).blocked, 0.15);
}
END_TEST

/* M/M/n/K and M/M/n/K+M. */
START_TEST(room__is_as_the_formula_says)
{
	const int32_t model = _i ? USHER_ERLANG_A_ROOM : USHER_ERLANG_C_ROOM;
	const double hours = 11, came = 0.08 * hours * HOUSE_HOUR;
	double blocked[RUNS], wait[RUNS], abandoned[RUNS];
	struct known k;
	struct usher_erlang_figures want;
	struct house h;

	house_init(&h, 1, 1);
	h.queues[0].arrivals_per_s = 0.08;
	h.queues[0].places = 4;
	h.groups[0].agents = 8;
	if (_i) {
		h.queues[0].patience_law = USHER_LAW_EXPONENTIAL;
		h.queues[0].patience_s = 60;
	}
	for (int i = 0; i < RUNS; i++) {
		struct usher_queue_figures f;
		struct usher_sim_counts c;
		struct usher_sim *sim;

		h.opts.seed = usher_sim_seed(4, (uint64_t)i);
		sim = house_run(&h, HOUSE_HOUR, hours * HOUSE_HOUR);
		know(&k, i, sim, 0);
		c = house_counts(sim, 0);
		f = house_queue(sim, 0);
		blocked[i] = (double)c.blocked / (double)c.arrived;
		abandoned[i] = (double)f.abandoned / (double)c.arrived;
		wait[i] = wait_s(&f);
		usher_sim_free(sim);
	}
	want = formula(model, &h);
	agrees(blocked, &k, "blocked", want.blocked, 0.2, came, 100);
	agrees(wait, &k, "wait", want.wait_s, 0.2, came, 100);
	if (_i)
		agrees(abandoned, &k, "abandoned", want.abandoned, 0.15, came,
		       100);
}
END_TEST

/* Pollaczek and Khinchine: mean wait of M/G/1 by the variation alone. */
START_TEST(m_g_1__waits_by_its_variation)
{
	static const struct {
		int32_t law;
		double cv;
	} rows[] = {{USHER_LAW_GAMMA, 0.5},
		    {USHER_LAW_WEIBULL, 1.5},
		    {USHER_LAW_LOGNORMAL, 1.2},
		    {USHER_LAW_HYPER, 1.6}};
	const double load = 0.5, cv = rows[_i].cv, hours = 60;
	double wait[RUNS];
	struct known k;
	struct house h;

	house_init(&h, 1, 1);
	h.queues[0].arrivals_per_s = load / 100;
	h.queues[0].handle_law = rows[_i].law;
	h.queues[0].handle_cv = cv;
	for (int i = 0; i < RUNS; i++) {
		struct usher_queue_figures f;
		struct usher_sim *sim;

		h.opts.seed = usher_sim_seed(5, (uint64_t)i);
		sim = house_run(&h, HOUSE_HOUR, hours * HOUSE_HOUR);
		know(&k, i, sim, 0);
		f = house_queue(sim, 0);
		wait[i] = wait_s(&f);
		usher_sim_free(sim);
	}
	agrees(wait, &k, "wait", 100 * load / (1 - load) * (1 + cv * cv) / 2,
	       0.25, load / 100 * hours * HOUSE_HOUR, 100);
}
END_TEST

/* Cobham (1954): who goes first waits less, and by how much. */
START_TEST(priorities__wait_as_cobham_says)
{
	struct usher_erlang_class classes[3] = {{.arrivals_per_s = 0.008},
						{.arrivals_per_s = 0.016},
						{.arrivals_per_s = 0.016}};
	const double hours = 20;
	struct usher_erlang_priority_opts o;
	struct known k = {{0}, {0}};
	double wait[3][RUNS], came;
	struct house h;

	house_init(&h, 3, 1);
	h.groups[0].agents = 5;
	for (int i = 0; i < 3; i++) {
		h.queues[i].arrivals_per_s = classes[i].arrivals_per_s;
		h.queues[i].priority = 30 - 10 * i;
	}
	for (int i = 0; i < RUNS; i++) {
		struct usher_sim *sim;
		double handled = 0;

		h.opts.seed = usher_sim_seed(6, (uint64_t)i);
		sim = house_run(&h, HOUSE_HOUR, hours * HOUSE_HOUR);
		for (uint32_t q = 0; q < 3; q++) {
			struct usher_queue_figures f = house_queue(sim, q);

			wait[q][i] = wait_s(&f);
			k.came[i] += (double)house_counts(sim, q).arrived;
			k.talk[i] += (double)f.talk_us / 1e6;
			handled += (double)f.handled;
		}
		k.talk[i] /= handled;
		usher_sim_free(sim);
	}
	usher_erlang_priority_opts_init(&o, sizeof(o));
	o.handle_s = 100;
	o.agents = 5;
	o.class_count = 3;
	ck_assert_int_eq(usher_erlang_priority(&o, classes, NULL, NULL), 0);
	came = 0.04 * hours * HOUSE_HOUR;
	agrees(wait[0], &k, "first", classes[0].wait_s, 0.1, came, 100);
	agrees(wait[1], &k, "second", classes[1].wait_s, 0.15, came, 100);
	agrees(wait[2], &k, "third", classes[2].wait_s, 0.3, came, 100);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sim-literature");
	TCase *tc = tcase_create("literature");
	SRunner *sr = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_set_timeout(tc, 100);
	tcase_add_loop_test(tc, loss__depends_on_the_mean_alone, 0, 3);
	tcase_add_loop_test(tc, room__is_as_the_formula_says, 0, 2);
	tcase_add_loop_test(tc, m_g_1__waits_by_its_variation, 0, 4);
	tcase_add_test(tc, priorities__wait_as_cobham_says);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
