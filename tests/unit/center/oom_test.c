/* Every allocation of a center's life fails in turn: an error comes back or
 * somebody is turned away, and when there is memory again nobody is stuck. */
#include <check.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../oom.h"
#include "center/center.h"
#include "center/output.h"
#include "center/party.h"
#include "center/session.h"
#include "stage.h"

/* Allocations of one step at most: a bound on the loops. */
#define ALLOCATIONS_MAX 20000
/* Somebody who has not got on in that time hangs up. */
#define PATIENCE_MS 60
#define DRAIN_MS    20000

static struct stage s;
static unsigned opened;

/* A driver whose people do by themselves what they are here for: the caller
 * presses 1, the phone is answered, and when they talk the caller hangs up. */
static struct usher_channel *channel;

/* A driver keeps what could not be reported, and reports it again. */
#define SURELY(call)                                                          \
	do {                                                                  \
		while ((call) == USHER_ENOMEM)                                \
			sched_yield();                                        \
	} while (0)

static int start(void *arg, struct usher_channel *ch)
{
	(void)arg;
	channel = ch;
	return 0;
}

static void stop(void *arg)
{
	(void)arg;
}

static int taken(uint64_t req)
{
	SURELY(usher_channel_done(channel, req, 0, 0));
	return 0;
}

static int accept_leg(void *arg, uint64_t req, uint64_t leg)
{
	(void)arg;
	(void)leg;
	return taken(req);
}

static int refuse(void *arg, uint64_t req, uint64_t leg, int reason)
{
	(void)arg;
	(void)req;
	SURELY(usher_channel_ended(channel, leg, reason));
	return 0;
}

static int prompt(void *arg, uint64_t req, uint64_t leg,
		  const struct usher_channel_prompt *p)
{
	(void)arg;
	if (p->loop)
		return 0;
	SURELY(usher_channel_digit(channel, leg, '1', 100));
	return taken(req);
}

static int quiet(void *arg, uint64_t req, uint64_t leg)
{
	(void)arg;
	(void)leg;
	return taken(req);
}

static int join(void *arg, uint64_t req, uint64_t leg, uint64_t other)
{
	(void)arg;
	(void)other;
	taken(req);
	SURELY(usher_channel_ended(channel, leg, USHER_LEG_NORMAL));
	return 0;
}

static int end(void *arg, uint64_t req, uint64_t leg, int reason)
{
	(void)arg;
	(void)req;
	SURELY(usher_channel_ended(channel, leg, reason));
	return 0;
}

static int ring(void *arg, uint64_t req, uint64_t leg,
		const struct usher_channel_ring *r)
{
	(void)arg;
	(void)r;
	taken(req);
	SURELY(usher_channel_answered(channel, leg));
	return 0;
}

static const struct usher_channel_driver quick = {
	.size = sizeof(quick),
	.name = "quick",
	.kind = "voice",
	.capabilities = USHER_CAP_LIVE | USHER_CAP_AUDIO | USHER_CAP_DIGITS |
			USHER_CAP_RING | USHER_CAP_IN,
	.start = start,
	.stop = stop,
	.accept = accept_leg,
	.refuse = refuse,
	.prompt = prompt,
	.quiet = quiet,
	.join = join,
	.end = end,
	.ring = ring,
};

/* 0 or the error; the host is there to be freed in any case. */
static int open_quick(bool state)
{
	struct usher_config *config;
	struct usher_center_opts opts;
	char path[80];
	int err;

	oom_spare(true);
	config = stage_config(&s);
	oom_spare(false);
	usher_center_opts_init(&opts, sizeof(opts));
	/* A new one each time: what is in a journal takes memory to read. */
	snprintf(path, sizeof(path), "%s/%u", s.dir, opened++);
	opts.state_dir = state ? path : NULL;
	s.host = NULL;
	err = usher_host_new(&s.host, NULL, NULL);
	if (!err)
		err = usher_center_new(&s.center, s.host, &opts, config, NULL);
	if (err)
		usher_config_free(config);
	else
		err = usher_center_driver_add(s.center, &quick, NULL, NULL);
	if (!err)
		err = usher_host_start(s.host, NULL);
	return err;
}

static void setup(void)
{
	oom_spare(true);
	stage_setup(&s);
}

static void teardown(void)
{
	stage_teardown(&s);
}

START_TEST(oom__opens_or_says_why_not)
{
	long nth, failed = 1;
	int err;

	for (nth = 1; failed && nth < ALLOCATIONS_MAX; nth++) {
		oom_arm(nth, 0);
		err = open_quick(_i);
		failed = oom_disarm();
		oom_spare(true);
		/* A thread that cannot begin is EIO. */
		ck_assert_msg(!err || (failed && (err == USHER_ENOMEM ||
						  err == USHER_EIO)),
			      "allocation %ld: %s", nth, usher_strerror(err));
		usher_host_free(s.host);
	}
	s.host = NULL;
	ck_assert_int_gt(nth, 50);
	ck_assert_int_eq(failed, 0);
}
END_TEST

static void sign_in(void)
{
	ck_assert_int_eq(usher_reader_new(&s.reader, s.center, NULL, NULL), 0);
	s.ann = usher_center_agent_id(s.center, "ann");
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.ann, 0, NULL), 0);
}

struct people {
	unsigned sessions, parties, jobs, contacts, wrapping;
	bool busy;
};

static void count(struct usher_center *center, void *arg)
{
	struct usher_agent_info info = {.size = sizeof(info)};
	struct people *people = arg;
	uint64_t id = 0;

	memset(people, 0, sizeof(*people));
	people->sessions = HASH_COUNT(center->sessions);
	people->parties = HASH_COUNT(center->parties);
	people->jobs = HASH_COUNT(center->jobs);
	while ((id = usher_acd_contact_next(center->acd, id)))
		people->contacts++;
	while ((id = usher_acd_agent_next(center->acd, id))) {
		if (usher_acd_agent_info(center->acd, id, &info))
			continue;
		people->wrapping += info.wrapup;
		people->busy = people->busy ||
			       info.talking + info.wrapup + info.offers;
	}
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Whether everybody has left, within a time. */
static bool drained(int64_t ms, struct people *people)
{
	int64_t until = now_ms() + ms;

	do {
		stage_inside(&s, count, people);
		if (!people->sessions && !people->parties && !people->jobs &&
		    !people->contacts && !people->busy)
			return true;
		if (people->wrapping)
			stage_ask(&s, USHER_REQ_WRAP_UP_END, s.ann, 0, NULL);
		poll(NULL, 0, 1);
	} while (now_ms() < until);
	return false;
}

static int arrive(uint64_t *leg)
{
	const struct usher_channel_arrival arrival = {
		.size = sizeof(arrival), .entry = "1000", .from = "555"};
	int err;

	oom_spare(false);
	err = usher_channel_arrived(channel, &arrival, leg);
	oom_spare(true);
	return err;
}

/* A caller in whose call the nth allocation fails, and as many more after it;
 * how many have failed. */
static long call(long nth, long more)
{
	struct people people;
	uint64_t leg = 0;
	long failed;
	int err;

	oom_arm(nth, more);
	err = arrive(&leg);
	if (!err)
		drained(PATIENCE_MS, &people);
	failed = oom_disarm();
	ck_assert_msg(!err || err == USHER_ENOMEM, "allocation %ld: %s", nth,
		      usher_strerror(err));
	if (!drained(0, &people) && !err)
		usher_channel_ended(channel, leg, USHER_LEG_NORMAL);
	ck_assert_msg(drained(DRAIN_MS, &people),
		      "allocation %ld of %ld: %u sessions, %u legs, %u jobs, "
		      "%u contacts, an agent is %s",
		      nth, more + 1, people.sessions, people.parties,
		      people.jobs, people.contacts,
		      people.busy ? "busy" : "free");
	return failed;
}

START_TEST(oom__turns_callers_away_and_keeps_nobody)
{
	long nth, failed = 1;

	ck_assert_int_eq(open_quick(_i), 0);
	sign_in();
	for (nth = 1; failed && nth < ALLOCATIONS_MAX; nth++)
		failed = call(nth, 0);
	ck_assert_int_gt(nth, 40);
	ck_assert_int_eq(failed, 0);
	/* A while without any memory. */
	for (failed = 1, nth = 1; failed && nth < ALLOCATIONS_MAX; nth += 17)
		failed = call(nth, 100);
	ck_assert_int_eq(failed, 0);
}
END_TEST

/* As the above, where nothing has been grown by calls before. */
START_TEST(oom__keeps_nobody_of_its_first_call)
{
	long nth, failed = 1;

	for (nth = 1; failed && nth < ALLOCATIONS_MAX; nth++) {
		ck_assert_int_eq(open_quick(false), 0);
		sign_in();
		failed = call(nth, _i);
		stage_close(&s);
	}
	ck_assert_int_gt(nth, 50);
	ck_assert_int_eq(failed, 0);
}
END_TEST

static void look_for_phone(struct usher_center *center, void *arg)
{
	*(bool *)arg = usher__center_registered(center, "ann");
}

/* Whether the center comes to know of ann's phone, or that it is gone. */
static bool phone_known(bool here)
{
	int64_t until = now_ms() + DRAIN_MS;
	bool known;

	do {
		stage_inside(&s, look_for_phone, &known);
	} while (known != here && !poll(NULL, 0, 1) && now_ms() < until);
	return known == here;
}

static long phone_comes(long nth)
{
	long failed;
	int err;

	oom_arm(nth, 3);
	oom_spare(false);
	SURELY(err = usher_channel_registered(channel, "ann", "sip:a", 60000));
	oom_spare(true);
	stage_inside(&s, look_for_phone, &(bool){false});
	failed = oom_disarm();
	ck_assert_int_eq(err, 0);
	ck_assert_msg(phone_known(true), "allocation %ld", nth);
	ck_assert_int_eq(usher_channel_registered(channel, "ann", "sip:a", 0),
			 0);
	ck_assert_msg(phone_known(false), "allocation %ld", nth);
	return failed;
}

START_TEST(oom__knows_the_phones_that_came_meanwhile)
{
	long nth, failed = 1;

	for (nth = 1; failed && nth < ALLOCATIONS_MAX; nth++) {
		ck_assert_int_eq(open_quick(false), 0);
		failed = phone_comes(nth);
		stage_close(&s);
	}
	ck_assert_int_gt(nth, 2);
	ck_assert_int_eq(failed, 0);
}
END_TEST

/* A new configuration is taken or not, and it is said which. */
static long configure(long nth)
{
	struct usher_config *config = stage_config(&s);
	int64_t result = 1;
	uint64_t request;
	long failed;
	int err;

	oom_arm(nth, 0);
	oom_spare(false);
	err = usher_center_configure(s.center, config, &request, NULL);
	oom_spare(true);
	if (err)
		usher_config_free(config);
	else
		result = stage_outcome(&s, request);
	failed = oom_disarm();
	ck_assert_msg(err ? err == USHER_ENOMEM || err == USHER_EAGAIN
			  : result == 0 || result == USHER_ENOMEM,
		      "allocation %ld: %d, %ld", nth, err, (long)result);
	ck_assert(failed || !result);
	ck_assert_uint_eq(usher_center_agent_id(s.center, "ann"), s.ann);
	ck_assert_uint_ne(usher_center_queue_id(s.center, "help"), 0);
	return failed;
}

START_TEST(oom__takes_a_configuration_or_says_why_not)
{
	long nth, failed = 1;

	ck_assert_int_eq(open_quick(_i), 0);
	sign_in();
	for (nth = 1; failed && nth < ALLOCATIONS_MAX; nth++)
		failed = configure(nth);
	ck_assert_int_gt(nth, 50);
	ck_assert_int_eq(failed, 0);
	call(ALLOCATIONS_MAX, 0);
}
END_TEST

START_TEST(oom__stops_all_the_same)
{
	long nth, failed = 1;
	uint64_t leg;

	for (nth = 1; failed && nth < ALLOCATIONS_MAX; nth++) {
		ck_assert_int_eq(open_quick(_i), 0);
		ck_assert_int_eq(arrive(&leg), 0);
		oom_arm(nth, 0);
		oom_spare(false);
		usher_host_stop(s.host);
		oom_spare(true);
		failed = oom_disarm();
		usher_host_free(s.host);
		s.host = NULL;
	}
	/* Few are left: events take none. */
	ck_assert_int_gt(nth, 3);
	ck_assert_int_eq(failed, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("oom");
	TCase *tc = tcase_create("oom");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 110);
	/* In memory, and with a journal. */
	tcase_add_loop_test(tc, oom__opens_or_says_why_not, 0, 2);
	tcase_add_loop_test(tc, oom__turns_callers_away_and_keeps_nobody, 0,
			    2);
	tcase_add_loop_test(tc, oom__keeps_nobody_of_its_first_call, 0, 3);
	tcase_add_test(tc, oom__knows_the_phones_that_came_meanwhile);
	tcase_add_loop_test(tc, oom__takes_a_configuration_or_says_why_not, 0,
			    2);
	tcase_add_loop_test(tc, oom__stops_all_the_same, 0, 2);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
