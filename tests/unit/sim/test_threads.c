/* Replications on threads: what they give does not tell how many there were.
 */
#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "house.h"

#define RUNS 12
#define MOST 4

/* What a replication leaves, in its own place. */
struct result {
	uint64_t bits;
	double wait_s;
};

struct share {
	struct result *results;
	int first, step;
	int failed;
};

static uint64_t bits_of(const struct usher_sim *sim)
{
	const struct usher_metrics *m = usher_sim_metrics(sim);
	uint64_t bits = 0;
	uint8_t *bytes;
	size_t len = 0;

	usher_metrics_snapshot(m, NULL, 0, &len);
	bytes = malloc(len);
	usher_metrics_snapshot(m, bytes, len, &len);
	for (size_t i = 0; i < len; i++)
		bits = (bits ^ bytes[i]) * UINT64_C(0x9e3779b97f4a7c15);
	free(bytes);
	return bits;
}

static int replicate(uint64_t number, uint32_t agents, struct result *ret)
{
	struct usher_queue_figures f = {.size = sizeof(f)};
	struct usher_sim *sim = NULL;
	struct house h;
	int rc;

	house_init(&h, 1, 1);
	h.queues[0].arrivals_per_s = 0.1;
	h.queues[0].patience_law = USHER_LAW_GAMMA;
	h.queues[0].patience_s = 120;
	h.queues[0].patience_cv = 1.2;
	h.groups[0].agents = agents;
	h.opts.queues = h.queues;
	h.opts.groups = h.groups;
	h.opts.seed = usher_sim_seed(11, number);
	rc = usher_sim_new(&sim, &h.opts, NULL);
	if (!rc)
		rc = usher_sim_run(sim, 4 * HOUSE_HOUR);
	if (!rc)
		rc = usher_metrics_queue(
			usher_sim_metrics(sim), usher_sim_queue_id(sim, 0),
			USHER_SPAN_DAY, usher_sim_now(sim), &f);
	if (!rc) {
		ret->bits = bits_of(sim);
		ret->wait_s =
			(double)f.answered_wait_us / 1e6 / (double)f.answered;
	}
	usher_sim_free(sim);
	return rc;
}

static void *work(void *arg)
{
	struct share *s = arg;

	for (int i = s->first; i < RUNS; i += s->step)
		s->failed |= replicate((uint64_t)i, 11, &s->results[i]);
	return NULL;
}

static void run(struct result *results, int threads)
{
	struct share shares[MOST];
	pthread_t ids[MOST];

	for (int i = 0; i < threads; i++) {
		shares[i] = (struct share){results, i, threads, 0};
		ck_assert_int_eq(
			pthread_create(&ids[i], NULL, work, &shares[i]), 0);
	}
	for (int i = 0; i < threads; i++) {
		pthread_join(ids[i], NULL);
		ck_assert_int_eq(shares[i].failed, 0);
	}
}

START_TEST(replications__are_the_same_on_many_threads)
{
	struct result one[RUNS] = {0}, many[RUNS] = {0};

	run(one, 1);
	run(many, MOST);
	ck_assert_mem_eq(one, many, sizeof(one));
	for (int i = 0; i < RUNS; i++)
		for (int k = 0; k < i; k++)
			ck_assert_uint_ne(one[i].bits, one[k].bits);
}
END_TEST

/* The same days with an agent more: the difference is known far better than
 * either wait. */
START_TEST(pairs__tell_small_differences)
{
	double a[RUNS], b[RUNS];
	struct usher_sim_interval alone = {.size = sizeof(alone)},
				  paired = alone;

	for (int i = 0; i < RUNS; i++) {
		struct result few, more;

		ck_assert_int_eq(replicate((uint64_t)i, 11, &few), 0);
		ck_assert_int_eq(replicate((uint64_t)i, 12, &more), 0);
		a[i] = few.wait_s;
		b[i] = more.wait_s;
	}
	usher_sim_interval(a, RUNS, 0.95, &alone);
	usher_sim_paired(a, b, RUNS, 0.95, &paired);
	ck_assert_double_gt(paired.mean - paired.half, 0);
	ck_assert_double_lt(paired.half, 0.7 * alone.half);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sim-threads");
	TCase *tc = tcase_create("threads");
	SRunner *sr = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_set_timeout(tc, 100);
	tcase_add_test(tc, replications__are_the_same_on_many_threads);
	tcase_add_test(tc, pairs__tell_small_differences);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
