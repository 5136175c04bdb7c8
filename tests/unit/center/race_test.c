/* What may be called from any thread, while the host starts and stops. */
#include <check.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "stage.h"

#define THREADS 3
#define ROUNDS  6

static struct stage s;
static atomic_bool go;
static atomic_uint heard[THREADS];  /* rounds in which the center answered */
static atomic_uint closed[THREADS]; /* … in which it was closed */

static struct usher_config *config_make(void)
{
	const struct usher_queue_conf queue = {.size = sizeof(queue),
					       .name = "q"};
	const struct usher_agent_conf agent = {.size = sizeof(agent),
					       .name = "ann"};
	const struct usher_entry_conf entry = {
		.size = sizeof(entry), .address = "1000", .queue = "q"};
	struct usher_config *config;

	ck_assert_int_eq(usher_config_new(&config), 0);
	ck_assert_int_eq(usher_config_queue(config, &queue, NULL), 0);
	ck_assert_int_eq(usher_config_agent(config, &agent, NULL), 0);
	ck_assert_int_eq(usher_config_entry(config, &entry, NULL), 0);
	return config;
}

static void open_host(void)
{
	struct usher_center_opts opts;
	char state[80];

	fake_init(&s.phone);
	snprintf(state, sizeof(state), "%s/state", s.dir);
	usher_center_opts_init(&opts, sizeof(opts));
	opts.state_dir = state;
	ck_assert_int_eq(usher_host_new(&s.host, NULL, NULL), 0);
	ck_assert_int_eq(usher_center_new(&s.center, s.host, &opts,
					  config_make(), NULL),
			 0);
	ck_assert_int_eq(usher_center_driver_add(s.center, &fake_driver,
						 &s.phone, NULL),
			 0);
}

static void read_some(void)
{
	struct usher_reader *reader;

	if (usher_reader_new(&reader, s.center, NULL, NULL))
		return;
	usher_reader_fd(reader);
	usher_reader_next(reader);
	usher_reader_free(reader);
}

static void *look(void *arg)
{
	size_t number = (size_t)(uintptr_t)arg;
	struct usher_host_stats stats = {.size = sizeof(stats)};
	struct usher_request request = {.size = sizeof(request),
					.type = USHER_REQ_SIGN_IN};
	struct usher_snapshot *snapshot;
	int err;

	while (go) {
		err = usher_center_snapshot(s.center, &snapshot);
		if (!err)
			usher_snapshot_unref(snapshot);
		usher_host_stats(s.host, &stats);
		request.agent = usher_center_agent_id(s.center, "ann");
		usher_center_queue_id(s.center, "q");
		usher_center_committed(s.center);
		usher_center_store(s.center);
		usher_center_request(s.center, &request, NULL, NULL);
		read_some();
		if (err)
			closed[number]++;
		else
			heard[number]++;
		sched_yield();
	}
	return NULL;
}

static void wait_above(atomic_uint *count)
{
	unsigned had[THREADS];
	size_t i;

	for (i = 0; i < THREADS; i++)
		had[i] = count[i];
	for (i = 0; i < THREADS; i++)
		while (count[i] == had[i])
			sched_yield();
}

START_TEST(race__stops_under_calls_from_any_thread)
{
	pthread_t threads[THREADS];
	uint64_t committed;
	size_t round, i;

	for (round = 0; round < ROUNDS; round++) {
		open_host();
		go = true;
		for (i = 0; i < THREADS; i++)
			ck_assert_int_eq(pthread_create(&threads[i], NULL,
							look, (void *)i),
					 0);
		wait_above(closed);
		ck_assert_int_eq(usher_host_start(s.host, NULL), 0);
		wait_above(heard);
		usher_host_stop(s.host);
		wait_above(closed);
		committed = usher_center_committed(s.center);
		go = false;
		for (i = 0; i < THREADS; i++)
			pthread_join(threads[i], NULL);
		/* A clean stop has everything on disk. */
		ck_assert_uint_gt(committed, 0);
		ck_assert_uint_eq(usher_center_committed(s.center), committed);
		ck_assert_ptr_null(usher_center_store(s.center));
		stage_close(&s);
	}
}
END_TEST

START_TEST(race__is_closed_before_start_and_after_stop)
{
	struct usher_host_stats stats = {.size = sizeof(stats)};
	struct usher_snapshot *snapshot;
	int i;

	open_host();
	for (i = 0; i < 2; i++) {
		ck_assert_int_eq(usher_center_snapshot(s.center, &snapshot),
				 USHER_ECLOSED);
		ck_assert_int_eq(usher_host_stats(s.host, &stats),
				 USHER_ECLOSED);
		ck_assert_uint_eq(usher_center_agent_id(s.center, "ann"), 0);
		ck_assert_ptr_null(usher_center_store(s.center));
		if (i)
			break;
		ck_assert_uint_eq(usher_center_committed(s.center), 0);
		ck_assert_int_eq(usher_host_start(s.host, NULL), 0);
		ck_assert_uint_ne(usher_center_agent_id(s.center, "ann"), 0);
		usher_host_stop(s.host);
	}
	stage_close(&s);
}
END_TEST

static void setup(void)
{
	stage_setup(&s);
}

static void teardown(void)
{
	stage_teardown(&s);
}

int main(void)
{
	Suite *suite = suite_create("race");
	TCase *tc = tcase_create("race");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, race__stops_under_calls_from_any_thread);
	tcase_add_test(tc, race__is_closed_before_start_and_after_stop);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
