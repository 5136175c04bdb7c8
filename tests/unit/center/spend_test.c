/* What calls outside cost, over a day and over the end of the process. */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <center/center.h>
#include <center/spend.h>

#include "stage.h"

#define MINUTE INT64_C(60000000)
#define DAY    (1440 * MINUTE)
#define NUMBER "0612345678"

static struct stage s;

static void setup(void)
{
	stage_setup(&s);
}

static void teardown(void)
{
	stage_teardown(&s);
}

static void configure(const char *price, uint64_t center, uint64_t agent)
{
	const char *const prices[] = {price, "07=5", "=9"};
	const struct usher_trunk_conf trunk = {.size = sizeof(trunk),
					       .name = "out",
					       .address = "127.44.9.9:5060"};
	const struct usher_outbound_conf conf = {.size = sizeof(conf),
						 .prices = prices,
						 .price_count = 3,
						 .spend = center,
						 .agent_spend = agent};
	struct usher_config *config = stage_config(&s);

	ck_assert_int_eq(usher_config_trunk(config, &trunk, NULL), 0);
	ck_assert_int_eq(usher_config_outbound(config, &conf, NULL), 0);
	stage_configure(&s, config);
}

static void refused(const char *reason, uint64_t agent)
{
	const struct usher_event *ev = stage_event(&s, USHER_EV_SECURITY, 0);
	const char *text;
	size_t len;

	ck_assert_int_eq(usher_event_str(ev, USHER_F_REASON, &text, &len), 0);
	ck_assert_str_eq(text, reason);
	ck_assert_uint_eq(stage_u64(ev, USHER_F_AGENT), agent);
}

/* What was noted between two turns is told in the next. */
static void turn(void)
{
	stage_post(&s, USHER_REQ_SIGN_IN, s.bob, 0, 0, NULL);
}

static void try(struct usher_center *center, uint64_t agent, int err,
		struct usher__outgoing **ret)
{
	ck_assert_int_eq(usher__outbound_check(center, agent, NUMBER, ret),
			 err);
}

/* ---- a day, with a time of the test's own ---- */

static void spend(struct usher_center *center, void *arg)
{
	const int64_t before = center->now_us;
	struct usher__outgoing *call, *other, *unanswered;
	int64_t now = (before / DAY + 1) * DAY - 10 * MINUTE;

	(void)arg;
	center->now_us = now;
	try(center, 7, 0, &call);
	try(center, 7, 0, &unanswered);
	/* Ringing costs nothing. */
	center->now_us = now + MINUTE;
	try(center, 7, 0, &other);
	usher__outbound_over(center, other);
	usher__outbound_over(center, unanswered);
	usher__outbound_answered(center, call);
	usher__outbound_answered(center, call); /* once */
	/* One minute, one unit; and one ahead. */
	center->now_us = now + 2 * MINUTE;
	try(center, 7, 0, &other);
	usher__outbound_over(center, other);
	center->now_us += MINUTE; /* two and one: what an agent may */
	try(center, 7, USHER_EPERM, NULL);
	try(center, 8, 0, &other);
	usher__outbound_answered(center, other);
	/* Two, and two ahead; then four and two: what the center may is five.
	 */
	try(center, 9, 0, &unanswered);
	usher__outbound_over(center, unanswered);
	center->now_us += MINUTE;
	try(center, 9, USHER_EPERM, NULL);
	try(center, 0, USHER_EPERM, NULL);
	/* Over, they are not forgotten … */
	usher__outbound_over(center, call);
	center->now_us += 5 * MINUTE;
	try(center, 7, USHER_EPERM, NULL);
	/* … but at midnight; what still runs costs anew. */
	center->now_us += 4 * MINUTE;
	try(center, 7, 0, &call);
	usher__outbound_over(center, call);
	center->now_us += MINUTE;
	try(center, 8, USHER_EPERM, NULL);
	usher__outbound_over(center, other);
	center->now_us += 2 * DAY;
	try(center, 8, 0, &other);
	usher__outbound_over(center, other);
	center->now_us = before;
}

START_TEST(spend__has_a_limit_a_day)
{
	stage_open(&s, false);
	configure("06=1000000", 5000000, 3000000);
	stage_inside(&s, spend, NULL);
	turn();
	refused("agent_spend", 7);
	refused("center_spend", 9);
}
END_TEST

/* Many at once, none of which has cost anything yet, are as many as the
 * money is for a minute of each, ringing or answered. */
static void at_once(struct usher_center *center, void *arg)
{
	struct usher__outgoing *calls[5];
	unsigned i;

	(void)arg;
	for (i = 0; i < 3; i++)
		try(center, 7, 0, &calls[i]);
	try(center, 7, USHER_EPERM, NULL);
	usher__outbound_answered(center, calls[0]);
	try(center, 7, USHER_EPERM, NULL);
	for (; i < 5; i++)
		try(center, 8, 0, &calls[i]);
	try(center, 9, USHER_EPERM, NULL);
	try(center, 0, USHER_EPERM, NULL);
	/* What was kept for one that is over is there again. */
	usher__outbound_over(center, calls[4]);
	try(center, 9, 0, &calls[4]);
	for (i = 0; i < 5; i++)
		usher__outbound_over(center, calls[i]);
}

START_TEST(spend__counts_a_minute_of_each_call_at_once)
{
	stage_open(&s, false);
	configure("06=1000000", 5000000, 3000000);
	stage_inside(&s, at_once, NULL);
	turn();
	refused("agent_spend", 7);
}
END_TEST

static void save(struct usher_center *center, void *arg)
{
	const int64_t before = center->now_us;
	unsigned char bytes[128];
	struct usher__outgoing *call;
	size_t len;

	(void)arg;
	center->now_us = (before / DAY + 1) * DAY + MINUTE;
	ck_assert_uint_eq(usher__spend_save(center, NULL), 0);
	try(center, 7, 0, &call);
	ck_assert_uint_eq(usher__spend_save(center, NULL), 0);
	usher__outbound_answered(center, call);
	center->now_us += 2 * MINUTE;
	/* The center and the agent; a call that runs counts. */
	len = usher__spend_save(center, NULL);
	ck_assert(len && len <= sizeof(bytes));
	ck_assert_uint_eq(usher__spend_save(center, bytes), len);
	usher__outbound_free(center);
	try(center, 7, 0, &call);
	usher__outbound_over(center, call);
	ck_assert_int_eq(usher__spend_load(center, bytes, len - 1),
			 USHER_ECORRUPT);
	ck_assert_int_eq(usher__spend_load(center, bytes, len), 0);
	try(center, 7, USHER_EPERM, NULL);
	try(center, 8, 0, &call);
	usher__outbound_over(center, call);
	/* Another day it is of yesterday. */
	center->now_us += DAY;
	try(center, 7, 0, &call);
	usher__outbound_over(center, call);
	ck_assert_uint_eq(usher__spend_save(center, NULL), 0);
	center->now_us = before;
}

START_TEST(spend__is_in_a_snapshot)
{
	stage_open(&s, false);
	configure("06=1000000", 0, 2000000);
	stage_inside(&s, save, NULL);
}
END_TEST

/* ---- the end of the process ---- */

/* ann calls somebody, who answers; her leg. */
static uint64_t call(void)
{
	struct fake_verb verb;
	uint64_t leg;

	/* A moment of it is beyond any limit. */
	configure("06=999999999999", 0, 0);
	leg = stage_dial(&s, "ann", NUMBER);
	ck_assert(fake_wait(&s.phone, "ring", 0, NULL, &verb));
	usher_channel_answered(s.phone.channel, verb.leg);
	stage_event(&s, USHER_EV_LEG_ANSWERED, 0);
	return leg;
}

/* Of the center, then of her. */
static void written(void)
{
	const struct usher_event *ev =
		stage_event(&s, USHER_EV_OUTBOUND_SPENT, 0);

	ck_assert_uint_eq(stage_u64(ev, USHER_F_AGENT), 0);
	ck_assert_uint_gt(stage_u64(ev, USHER_F_SPENT), 0);
	ev = stage_event(&s, USHER_EV_OUTBOUND_SPENT, 0);
	ck_assert_uint_eq(stage_u64(ev, USHER_F_AGENT), s.ann);
	ck_assert_uint_gt(stage_u64(ev, USHER_F_SPENT), 0);
}

static void call_over(void)
{
	usher_channel_ended(s.phone.channel, call(), USHER_LEG_NORMAL);
	written();
}

static void minute_later(struct usher_center *center, void *arg)
{
	(void)arg;
	ck_assert_int_le(usher__spend_deadline(center),
			 center->now_us + MINUTE);
	center->now_us += MINUTE;
	usher__spend_turn(center);
	/* And the next minute again. */
	ck_assert_int_eq(usher__spend_deadline(center),
			 center->now_us + MINUTE);
}

static void call_runs(void)
{
	call();
	stage_inside(&s, minute_later, NULL);
	turn();
	written();
}

static void nothing(void)
{
}

static void kill_and_open(void (*live)(void))
{
	int status = -1;
	pid_t pid = fork();

	if (!pid) {
		stage_open(&s, true);
		live();
		kill(getpid(), SIGKILL);
		_exit(1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	stage_open(&s, true);
}

static void nobody_calls(void)
{
	configure("06=1", 0, 1);
	stage_dial(&s, "ann", NUMBER);
	refused("agent_spend", s.ann);
	configure("06=1", 1, 0);
	stage_dial(&s, "bob", NUMBER);
	refused("center_spend", s.bob);
	ck_assert(!fake_told(&s.phone, "ring", 0));
}

START_TEST(spend__outlives_a_kill)
{
	static void (*const lives[])(void) = {call_over, call_runs};

	kill_and_open(lives[_i]);
	nobody_calls();
}
END_TEST

START_TEST(spend__outlives_its_events_in_snapshots)
{
	kill_and_open(call_over);
	stage_close(&s);
	kill_and_open(nothing);
	nobody_calls();
}
END_TEST

START_TEST(spend__outlives_a_clean_stop)
{
	stage_open(&s, true);
	call(); /* which the stop ends */
	stage_close(&s);
	stage_open(&s, true);
	nobody_calls();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("center-spend");
	TCase *tc = tcase_create("spend");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, spend__has_a_limit_a_day);
	tcase_add_test(tc, spend__counts_a_minute_of_each_call_at_once);
	tcase_add_test(tc, spend__is_in_a_snapshot);
	tcase_add_loop_test(tc, spend__outlives_a_kill, 0, 2);
	tcase_add_test(tc, spend__outlives_its_events_in_snapshots);
	tcase_add_test(tc, spend__outlives_a_clean_stop);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
