/* Policies in models whose answers are published, judged by confidence
 * intervals over common random numbers. */
#include <check.h>
#include <stdlib.h>

#include "house.h"

#define RUNS 12

static double wait_s(const struct usher_queue_figures *f)
{
	return (double)f->answered_wait_us / 1e6 / (double)f->answered;
}

/* The mean wait of each run: agents of two speeds, `each` of both, that
 * together work as fast as 2 × each of speed 1. */
static void run(const char *policy, uint32_t each, double fast, double load,
		double hours, double wait[RUNS])
{
	struct house h;

	house_init(&h, 1, 2);
	h.queues[0].policy = policy;
	h.queues[0].arrivals_per_s = load * 2 * each / 100;
	h.groups[0].agents = each;
	h.groups[0].speed = 2 - fast;
	h.groups[1].agents = each;
	h.groups[1].speed = fast;
	for (int i = 0; i < RUNS; i++) {
		struct usher_sim *sim;
		struct usher_queue_figures f;

		h.opts.seed = usher_sim_seed(9, (uint64_t)i);
		sim = house_run(&h, 10 * HOUSE_HOUR, hours * HOUSE_HOUR);
		f = house_queue(sim, 0);
		wait[i] = wait_s(&f);
		usher_sim_free(sim);
	}
}

/*
 * Two servers of different speeds: Gumbel, Waiting lines with heterogeneous
 * servers (Operations Research 8, 1960), with a customer who finds both free
 * going to the faster one with probability p: 1/2 there, and 1 in Rubinovitch,
 * The slow server: a queueing model (Journal of Applied Probability 22, 1985).
 * The states are both free, one busy, and n >= 2 present, where the number
 * falls off by r = l / (m1 + m2).
 */
static double two_servers(double l, double fast, double slow, double p)
{
	double r = l / (fast + slow), one, other, two, all;

	/* With both free of weight 1 and x the weight of 2 present:
	 *   (l + fast) one   = l p + slow x
	 *   (l + slow) other = l (1 - p) + fast x
	 *   l (one + other)  = (fast + slow) x */
	double a = l * p / (l + fast) + l * (1 - p) / (l + slow);
	double b = slow / (l + fast) + fast / (l + slow);

	two = l * a / (fast + slow - l * b);
	one = (l * p + slow * two) / (l + fast);
	other = (l * (1 - p) + fast * two) / (l + slow);
	all = 1 + one + other + two / (1 - r);
	return two * r / ((1 - r) * (1 - r)) / all / l;
}

START_TEST(two_servers__wait_as_was_computed)
{
	static const struct {
		const char *policy;
		double p;
	} models[] = {{"fastest_first", 1},
		      {"random", 0.5},
		      {"slowest_first", 0},
		      {"longest_idle", 0.5}};
	double wait[RUNS];

	run(models[_i].policy, 1, 1.6, 0.5, 120, wait);
	house_agrees(wait, RUNS, models[_i].policy,
		     two_servers(0.01, 0.016, 0.004, models[_i].p), 0.2);
}
END_TEST

/*
 * Armony: Dynamic routing in large-scale service systems with heterogeneous
 * servers (Queueing Systems 51, 2005): the mean wait is least when the fastest
 * free server goes first, here also against its opposite. And Doroudi and
 * Gopalakrishnan (arXiv 1305.6249, 2013): the longest idle server first is the
 * same as a random one.
 */
START_TEST(fastest_first__waits_least)
{
	double fast[RUNS], random[RUNS], slow[RUNS], idle[RUNS];
	struct usher_sim_interval gain = {.size = sizeof(gain)}, loss = gain,
				  same = gain;

	run("fastest_first", 5, 1.75, 0.7, 20, fast);
	run("random", 5, 1.75, 0.7, 20, random);
	run("slowest_first", 5, 1.75, 0.7, 20, slow);
	run("longest_idle", 5, 1.75, 0.7, 20, idle);
	usher_sim_paired(random, fast, RUNS, 0.999, &gain);
	usher_sim_paired(slow, random, RUNS, 0.999, &loss);
	usher_sim_paired(idle, random, RUNS, 0.999, &same);
	ck_assert_msg(gain.mean > gain.half, "%g +- %g", gain.mean, gain.half);
	ck_assert_msg(loss.mean > loss.half, "%g +- %g", loss.mean, loss.half);
	ck_assert_msg(same.mean < same.half && -same.mean < same.half,
		      "%g +- %g", same.mean, same.half);
	ck_assert_msg(same.half < gain.mean + loss.mean, "+- %g says nothing",
		      same.half);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sim-policies");
	TCase *tc = tcase_create("policies");
	SRunner *sr = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_set_timeout(tc, 100);
	tcase_add_loop_test(tc, two_servers__wait_as_was_computed, 0, 4);
	tcase_add_test(tc, fastest_first__waits_least);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
