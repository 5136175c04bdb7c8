/* The wall clock is stepped by an hour while people wait and talk, and while
 * the center is not there: nobody is stuck, and no figure is off. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "center/zone.h"
#include "scene.h"

#define SHORT_US INT64_C(30000000) /* no test takes so long */

static _Atomic(int64_t) step_s;
static pthread_t tester;

int __real_clock_gettime(clockid_t clock, struct timespec *ts);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ts);

/* Everybody's clock but ours, who would wait by it. */
int __wrap_clock_gettime(clockid_t clock, struct timespec *ts)
{
	int err = __real_clock_gettime(clock, ts);

	if (!err && clock == CLOCK_REALTIME &&
	    !pthread_equal(pthread_self(), tester))
		ts->tv_sec += step_s;
	return err;
}

/* Noon of a day in June 2026, or in another year. */
static void set_clock(int64_t year, unsigned day)
{
	step_s = usher__days_from(year, 6, day) * 86400 + 43200 - time(NULL);
}

static int64_t stepped_by(int i)
{
	return i ? -3600 : 3600;
}

/* At noon, so that an hour's step leaves the day as it is. */
static void setup(void)
{
	tester = pthread_self();
	set_clock(2026, 20);
	stage_setup(&s);
}

static void teardown(void)
{
	stage_teardown(&s);
}

static void short_span(const struct usher_event *ev, uint32_t field)
{
	int64_t us = -1;

	ck_assert_int_eq(usher_event_i64(ev, field, &us), 0);
	ck_assert_int_ge(us, 0);
	ck_assert_int_lt(us, SHORT_US);
}

static void short_figures(uint64_t queue)
{
	struct usher_queue_figures figures = {.size = sizeof(figures)};
	struct usher_agent_figures ann = {.size = sizeof(ann)};
	const struct usher_metrics *metrics;
	struct usher_snapshot *snapshot;
	const int64_t day = USHER_SPAN_DAY;

	ck_assert_int_eq(usher_center_snapshot(s.center, &snapshot), 0);
	metrics = usher_snapshot_metrics(snapshot);
	ck_assert_int_eq(usher_metrics_queue(metrics, queue, (int32_t)day,
					     INT64_MAX, &figures),
			 0);
	ck_assert_uint_eq(figures.answered, 2);
	ck_assert_int_lt(figures.answered_wait_us, SHORT_US);
	ck_assert_int_lt(figures.talk_us, SHORT_US);
	ck_assert_int_eq(usher_metrics_agent(metrics, s.ann, (int32_t)day,
					     INT64_MAX, &ann),
			 0);
	ck_assert_uint_eq(ann.handled, 1);
	ck_assert_int_lt(ann.talk_us + ann.wrapup_us, SHORT_US);
	usher_snapshot_unref(snapshot);
}

START_TEST(clock__is_stepped_while_one_talks_and_one_waits)
{
	uint64_t second, third;
	const struct usher_event *ev;
	size_t from = 0;
	int64_t before;

	s.max_wait_ms = 1000;
	stage_open(&s, true);
	ann_leg = stage_talk(&s, &customer, &contact);
	rung(&from);
	stage_arrive(&s.phone, "1001", "556");
	ev = stage_event(&s, USHER_EV_QUEUE_ENTERED, 0);
	second = ev->contact;
	before = ev->time_us;
	step_s += stepped_by(_i);
	/* Who waits leaves at their time, and not at once or in an hour. */
	stage_arrive(&s.phone, "1001", "557");
	third = stage_event(&s, USHER_EV_QUEUE_ENTERED, 0)->contact;
	ev = stage_event(&s, USHER_EV_QUEUE_LEFT, second);
	ck_assert_uint_eq(stage_u64(ev, USHER_F_LEAVE), USHER_LEAVE_TIMEOUT);
	short_span(ev, USHER_F_WAIT);
	ck_assert_int_ge(ev->time_us - before, 1000000);
	ck_assert_int_lt(ev->time_us - before, SHORT_US);
	ev = stage_event(&s, USHER_EV_QUEUE_LEFT, third);
	short_span(ev, USHER_F_WAIT);
	/* Who talks has talked that long, and the agent is free again. */
	usher_channel_ended(s.phone.channel, ann_leg, USHER_LEG_NORMAL);
	ev = stage_event(&s, USHER_EV_WRAPUP_STARTED, contact);
	short_span(ev, USHER_F_TALK);
	stage_arrive(&s.phone, "1001", "558");
	stage_post(&s, USHER_REQ_WRAP_UP_END, s.ann, 0, 0, NULL);
	usher_channel_answered(s.phone.channel, rung(&from));
	stage_event(&s, USHER_EV_AGENT_JOINED, 0);
	short_figures(usher_center_queue_id(s.center, "sales"));
}
END_TEST

START_TEST(clock__is_stepped_while_the_center_is_not_there)
{
	const struct usher_event *ev;
	int64_t before;

	s.max_wait_ms = 1000;
	stage_open(&s, true);
	stage_arrive(&s.phone, "1002", "555");
	ev = stage_event(&s, USHER_EV_QUEUE_ENTERED, 0);
	before = ev->time_us;
	stage_close(&s);
	step_s += stepped_by(_i);
	stage_open(&s, true);
	stage_arrive(&s.phone, "1001", "556");
	ev = stage_event(&s, USHER_EV_QUEUE_ENTERED, 0);
	/* Never before what was written, and deadlines are from now. */
	ck_assert_int_ge(ev->time_us, before);
	contact = ev->contact;
	before = ev->time_us;
	ev = stage_event(&s, USHER_EV_QUEUE_LEFT, contact);
	ck_assert_uint_eq(stage_u64(ev, USHER_F_LEAVE), USHER_LEAVE_TIMEOUT);
	ck_assert_int_lt(ev->time_us - before, SHORT_US);
}
END_TEST

/* Sales is open on Thursdays; 1 June 2026 and 3 June 2030 are Mondays. Who
 * calls 1000 is led there before 2030. */
static struct usher_config *thursdays(void)
{
	struct usher_config *config = stage_config(&s);
	struct usher_flow_builder *b;
	struct usher_flow_set *set;
	struct usher_step_opts step;

	ck_assert_int_eq(usher_config_hours(config, "sales", NULL, NULL), 0);
	ck_assert_int_eq(usher_config_hours_add(config, "sales",
						USHER_HOURS_WEEKDAYS, "thu",
						"00:00-24:00", NULL),
			 0);
	ck_assert_int_eq(usher_flow_builder_new(&b, NULL), 0);
	ck_assert_int_eq(
		usher_flow_builder_prompt(b, "music", "en", "La la.", NULL),
		0);
	ck_assert_int_eq(usher_flow_builder_flow(b, "hello", NULL), 0);
	usher_step_opts_init(&step, sizeof(step));
	step.kind = USHER_STEP_IF;
	step.next = "end";
	ck_assert_int_eq(usher_flow_builder_step(b, &step, NULL), 0);
	ck_assert_int_eq(
		usher_flow_builder_exit(b, "time.year < 2030", "wait", NULL),
		0);
	usher_step_opts_init(&step, sizeof(step));
	step.kind = USHER_STEP_QUEUE;
	step.name = "wait";
	step.next = "end";
	ck_assert_int_eq(usher_flow_builder_step(b, &step, NULL), 0);
	ck_assert_int_eq(usher_flow_builder_pair(b, USHER_PAIR_QUEUE, "sales",
						 NULL, NULL),
			 0);
	ck_assert_int_eq(usher_flow_builder_finish(b, &set, NULL), 0);
	usher_flow_builder_free(b);
	ck_assert_int_eq(usher_config_flows(config, set), 0);
	usher_flow_set_unref(set);
	return config;
}

/* Something happens, so that the clock is looked at. */
static void turn(void)
{
	stage_post(&s, USHER_REQ_SIGN_IN, s.bob, 0, 0, NULL);
}

START_TEST(hours__and_midnight_follow_a_clock_that_is_set)
{
	set_clock(2026, 3);
	stage_open(&s, false);
	stage_configure(&s, thursdays());
	stage_event(&s, USHER_EV_QUEUE_CLOSED, 0);
	set_clock(2026, 4);
	turn();
	stage_event(&s, USHER_EV_DAY, 0);
	stage_event(&s, USHER_EV_QUEUE_OPENED, 0);
	set_clock(2026, 3);
	turn();
	stage_event(&s, USHER_EV_QUEUE_CLOSED, 0);
	set_clock(2026, 11);
	turn();
	stage_event(&s, USHER_EV_DAY, 0);
	stage_event(&s, USHER_EV_QUEUE_OPENED, 0);
}
END_TEST

/* Events go on after those of 2030, and nothing else does. */
START_TEST(clock__that_was_wrong_for_one_run_is_right_in_the_next)
{
	int64_t in_2030;

	set_clock(2030, 3);
	stage_open(&s, true);
	stage_configure(&s, thursdays());
	in_2030 = stage_event(&s, USHER_EV_QUEUE_CLOSED, 0)->time_us;
	stage_close(&s);
	set_clock(2026, 4);
	stage_open(&s, true);
	stage_configure(&s, thursdays());
	ck_assert_int_gt(stage_event(&s, USHER_EV_QUEUE_OPENED, 0)->time_us,
			 in_2030);
	stage_arrive(&s.phone, "1000", "556");
	stage_event(&s, USHER_EV_QUEUE_ENTERED, 0);
	set_clock(2026, 5);
	turn();
	stage_event(&s, USHER_EV_DAY, 0);
	stage_event(&s, USHER_EV_QUEUE_CLOSED, 0);
}
END_TEST

/* A callback at a moment of the wall's clock, not of the center's. */
START_TEST(clock__says_when_a_request_for_a_callback_begins_and_ends)
{
	const struct usher_trunk_conf trunk = {.size = sizeof(trunk),
					       .name = "out",
					       .address = "192.0.2.1:5060"};
	struct usher_request request = {.type = USHER_REQ_CALLBACK,
					.text = "0612345"};
	const int64_t step_us = stepped_by(_i) * INT64_C(1000000);
	struct usher_config *config = stage_config(&s);
	const struct usher_event *ev;
	int64_t wall_us;

	ck_assert_int_eq(usher_config_trunk(config, &trunk, NULL), 0);
	stage_open(&s, false);
	stage_configure(&s, config);
	step_s += stepped_by(_i);
	wall_us = (time(NULL) + step_s) * INT64_C(1000000);
	request.queue = usher_center_queue_id(s.center, "sales");
	request.from_us = wall_us + 7200000000;
	request.until_us = wall_us + 9000000000;
	post(request);
	ev = stage_event(&s, USHER_EV_CALLBACK_ASKED, 0);
	ck_assert_int_lt(llabs((int64_t)stage_u64(ev, USHER_F_FROM) + step_us -
			       request.from_us),
			 SHORT_US);
	ck_assert_int_lt(llabs((int64_t)stage_u64(ev, USHER_F_UNTIL) +
			       step_us - request.until_us),
			 SHORT_US);
}
END_TEST

static TCase *tests(void)
{
	TCase *tc = tcase_create("clock");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(
		tc, clock__is_stepped_while_one_talks_and_one_waits, 0, 2);
	tcase_add_loop_test(
		tc, clock__is_stepped_while_the_center_is_not_there, 0, 2);
	tcase_add_test(tc, hours__and_midnight_follow_a_clock_that_is_set);
	tcase_add_test(tc,
		       clock__that_was_wrong_for_one_run_is_right_in_the_next);
	tcase_add_loop_test(
		tc, clock__says_when_a_request_for_a_callback_begins_and_ends,
		0, 2);
	return tc;
}

int main(void)
{
	return scene_main("clock", tests());
}
