/* Whatever a request does is told with its cause, and so is its wrap-up. */
#include <string.h>

#include "scene.h"

static size_t from;

static void setup(void)
{
	stage_setup(&s);
	stage_open(&s, false);
	from = 0;
	ann_leg = stage_talk(&s, &customer, &contact);
	rung(&from);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.bob, 0, NULL), 0);
}

static void teardown(void)
{
	stage_teardown(&s);
}

/* Each of these follows, in this order, and is the request's. */
static void all_caused(uint64_t request, uint64_t agent, const uint32_t *types,
		       size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		caused(stage_event(&s, types[i], 0), request, agent);
}

#define CAUSED(request, agent, ...)                                           \
	all_caused(request, agent, (const uint32_t[]){__VA_ARGS__},           \
		   sizeof((const uint32_t[]){__VA_ARGS__}) /                  \
			   sizeof(uint32_t))

static uint64_t asks(uint32_t type, const char *text)
{
	return stage_post(&s, type, s.ann, contact, 0, text);
}

START_TEST(cause__of_a_transfer_is_its_request)
{
	const uint64_t request = asks(USHER_REQ_TRANSFER, "202");

	CAUSED(request, s.ann, USHER_EV_AGENT_JOINED, USHER_EV_LEG_STARTED,
	       USHER_EV_TRANSFERRED, USHER_EV_WRAPUP_STARTED,
	       USHER_EV_REQUEST_DONE);
}
END_TEST

START_TEST(cause__of_a_transfer_to_a_queue_is_its_request)
{
	const uint64_t request = asks(USHER_REQ_TRANSFER, "help");

	CAUSED(request, s.ann, USHER_EV_TRANSFERRED, USHER_EV_QUEUE_ENTERED,
	       USHER_EV_WRAPUP_STARTED, USHER_EV_REQUEST_DONE);
}
END_TEST

START_TEST(cause__of_a_consult_and_of_its_end_is_its_request)
{
	uint64_t request = asks(USHER_REQ_CONSULT, "202");

	CAUSED(request, s.ann, USHER_EV_AGENT_JOINED, USHER_EV_LEG_STARTED,
	       USHER_EV_HOLD_STARTED, USHER_EV_CONSULT_STARTED,
	       USHER_EV_REQUEST_DONE);
	usher_channel_answered(s.phone.channel, rung(&from));
	stage_event(&s, USHER_EV_CONSULT_ANSWERED, contact);
	request = asks(USHER_REQ_CONSULT_COMPLETE, NULL);
	CAUSED(request, s.ann, USHER_EV_TRANSFERRED, USHER_EV_CONSULT_ENDED,
	       USHER_EV_WRAPUP_STARTED, USHER_EV_REQUEST_DONE);
	request = stage_post(&s, USHER_REQ_CONSULT, s.bob, contact, 0, "301");
	CAUSED(request, s.bob, USHER_EV_REQUEST_DONE);
}
END_TEST

START_TEST(cause__of_a_consult_that_is_canceled_is_its_request)
{
	uint64_t request;

	asks(USHER_REQ_CONSULT, "202");
	usher_channel_answered(s.phone.channel, rung(&from));
	stage_event(&s, USHER_EV_CONSULT_ANSWERED, contact);
	request = asks(USHER_REQ_CONSULT_CANCEL, NULL);
	CAUSED(request, s.ann, USHER_EV_CONSULT_ENDED, USHER_EV_WRAPUP_STARTED,
	       USHER_EV_HOLD_ENDED, USHER_EV_REQUEST_DONE);
}
END_TEST

START_TEST(cause__of_parking_and_picking_up_is_its_request)
{
	uint64_t request = asks(USHER_REQ_PARK, NULL);

	CAUSED(request, s.ann, USHER_EV_PARKED, USHER_EV_WRAPUP_STARTED,
	       USHER_EV_REQUEST_DONE);
	request = stage_post(&s, USHER_REQ_PICK_UP, s.bob, 0, 0, "701");
	CAUSED(request, s.bob, USHER_EV_AGENT_JOINED, USHER_EV_LEG_STARTED,
	       USHER_EV_REQUEST_DONE);
}
END_TEST

START_TEST(cause__is_nobodys_once_the_request_is_done)
{
	const struct usher_event *ev;

	ck_assert_int_eq(ask(USHER_REQ_HOLD, s.ann, NULL), 0);
	usher_channel_ended(s.phone.channel, customer, USHER_LEG_NORMAL);
	ev = stage_event(&s, USHER_EV_CONTACT_ENDED, contact);
	ck_assert_uint_eq(ev->cause_kind, USHER_CAUSE_NONE);
	ck_assert_uint_eq(ev->actor, USHER_BY_HOST);
}
END_TEST

/* ---- wrap-up of who was not found by the queue ---- */

static void wraps_up(uint64_t agent)
{
	const struct usher_metrics *metrics;
	struct usher_agent_figures figures;
	struct usher_snapshot *snapshot;
	const struct usher_event *ev;

	ev = stage_event(&s, USHER_EV_WRAPUP_STARTED, contact);
	while (stage_u64(ev, USHER_F_AGENT) != agent)
		ev = stage_event(&s, USHER_EV_WRAPUP_STARTED, contact);
	ck_assert_str_eq(activity(agent), "wrap_up");
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_WRAP_UP_END, agent, 0, NULL),
			 0);
	ck_assert_str_eq(activity(agent), "idle");
	ck_assert_int_eq(usher_center_snapshot(s.center, &snapshot), 0);
	metrics = usher_snapshot_metrics(snapshot);
	figures = (struct usher_agent_figures){.size = sizeof(figures)};
	ck_assert_int_eq(usher_metrics_agent(metrics, agent, USHER_SPAN_DAY,
					     INT64_MAX, &figures),
			 0);
	ck_assert_uint_eq(figures.handled, 1);
	ck_assert_int_gt(figures.talk_us, 0);
	ck_assert_int_gt(figures.wrapup_us, 0);
	ck_assert_int_ge(figures.occupied_us, figures.talk_us +
						      figures.hold_us +
						      figures.wrapup_us);
	usher_snapshot_unref(snapshot);
}

START_TEST(wrap_up__of_who_was_given_a_transfer)
{
	asks(USHER_REQ_TRANSFER, "202");
	usher_channel_answered(s.phone.channel, rung(&from));
	stage_event(&s, USHER_EV_AGENT_ANSWERED, contact);
	usher_channel_ended(s.phone.channel, customer, USHER_LEG_NORMAL);
	wraps_up(s.bob);
}
END_TEST

START_TEST(wrap_up__of_who_was_consulted)
{
	asks(USHER_REQ_CONSULT, "202");
	usher_channel_answered(s.phone.channel, rung(&from));
	stage_event(&s, USHER_EV_CONSULT_ANSWERED, contact);
	asks(USHER_REQ_CONSULT_CANCEL, NULL);
	wraps_up(s.bob);
	/* The other one talks on. */
	ck_assert_str_eq(activity(s.ann), "talking");
}
END_TEST

START_TEST(wrap_up__is_not_for_who_did_not_answer)
{
	asks(USHER_REQ_CONSULT, "202");
	usher_channel_ended(s.phone.channel, rung(&from), USHER_LEG_BUSY);
	stage_event(&s, USHER_EV_CONSULT_ENDED, contact);
	ck_assert_int_eq(ask(USHER_REQ_DISPOSITION, s.ann, "x"), 0);
	ck_assert_str_eq(activity(s.bob), "idle");
}
END_TEST

static TCase *tests(void)
{
	TCase *tc = tcase_create("cause");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, cause__of_a_transfer_is_its_request);
	tcase_add_test(tc, cause__of_a_transfer_to_a_queue_is_its_request);
	tcase_add_test(tc, cause__of_a_consult_and_of_its_end_is_its_request);
	tcase_add_test(tc,
		       cause__of_a_consult_that_is_canceled_is_its_request);
	tcase_add_test(tc, cause__of_parking_and_picking_up_is_its_request);
	tcase_add_test(tc, cause__is_nobodys_once_the_request_is_done);
	tcase_add_test(tc, wrap_up__of_who_was_given_a_transfer);
	tcase_add_test(tc, wrap_up__of_who_was_consulted);
	tcase_add_test(tc, wrap_up__is_not_for_who_did_not_answer);
	return tc;
}

int main(void)
{
	return scene_main("cause", tests());
}
