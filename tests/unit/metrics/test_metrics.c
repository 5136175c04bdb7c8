/* Each definition of DESIGN section 9, computed by hand. */
#include <stdlib.h>

#include "fixture.h"

#define DAY      USHER_SPAN_DAY
#define INTERVAL USHER_SPAN_INTERVAL

static double level(const struct usher_queue_figures *f, int32_t variant)
{
	double ret = -1;

	ck_assert_int_eq(usher_figures_service_level(f, variant, &ret), 0);
	return ret;
}

/* Answered after 10, 15, 18, 30 s, abandoned after 3, 12, 25 s, one out by a
 * key: A = 4, A_T = 3, B = 3, B_T = 2, S = 1, F = 1. */
static struct fixture busy_queue(void)
{
	struct fixture f = fixture(NULL);

	for (uint64_t c = 1; c <= 8; c++)
		enter(&f, 0, c, 1);
	abandon(&f, 3, 1, 1);
	answer(&f, 10, 2, 1);
	abandon(&f, 12, 3, 1);
	answer(&f, 15, 4, 1);
	answer(&f, 18, 5, 1);
	leave(&f, 20, 6, 1, USHER_LEAVE_KEY);
	closed(&f, 20, 6);
	abandon(&f, 25, 7, 1);
	answer(&f, 30, 8, 1);
	return f;
}

START_TEST(counts__are_of_outcomes)
{
	struct fixture f = busy_queue();
	struct usher_queue_figures q = of_queue(&f, 40, 1, DAY);

	ck_assert_uint_eq(q.entered, 8);
	ck_assert_uint_eq(q.answered, 4);
	ck_assert_uint_eq(q.abandoned, 3);
	ck_assert_uint_eq(q.flowed_out, 1);
	ck_assert_uint_eq(q.flowed[USHER_LEAVE_KEY], 1);
	ck_assert_uint_eq(q.answered_within, 3);
	ck_assert_uint_eq(q.abandoned_within, 2);
	ck_assert_uint_eq(q.short_abandons, 1);
	ck_assert_int_eq(q.answered_wait_us, 73 * SECOND);
	ck_assert_int_eq(q.abandoned_wait_us, 40 * SECOND);
	ck_assert_uint_eq(q.waiting, 0);
	ck_assert_int_eq(q.longest_wait_us, 0);
	ck_assert_uint_eq(of_queue(&f, 40, 2, DAY).entered, 0);
	usher_metrics_free(f.m);
}
END_TEST

START_TEST(service_level__has_five_variants)
{
	struct fixture f = busy_queue();
	struct usher_queue_figures q = of_queue(&f, 40, 1, DAY);
	double ret = 7;

	ck_assert_double_eq(level(&q, USHER_LEVEL_ANSWERED), 3.0 / 4);
	ck_assert_double_eq(level(&q, USHER_LEVEL_CREDIT), 5.0 / 7);
	ck_assert_double_eq(level(&q, USHER_LEVEL_STRICT), 3.0 / 7);
	ck_assert_double_eq(level(&q, USHER_LEVEL_EXCLUDE), 3.0 / 5);
	ck_assert_double_eq(level(&q, USHER_LEVEL_SHORT_CREDIT), 4.0 / 7);
	ck_assert_int_eq(usher_figures_service_level(&q, 0, &ret),
			 USHER_EINVAL);
	ck_assert_int_eq(usher_figures_service_level(&q, 6, &ret),
			 USHER_EINVAL);
	ck_assert_double_eq(ret, 7);
	usher_metrics_free(f.m);
}
END_TEST

START_TEST(service_level__is_named)
{
	static const char *const names[] = {"answered", "credit", "strict",
					    "exclude", "short_credit"};

	for (int32_t i = 1; i <= 5; i++) {
		ck_assert_str_eq(usher_service_level_name(i), names[i - 1]);
		ck_assert_int_eq(usher_service_level_parse(names[i - 1]), i);
	}
	ck_assert_ptr_null(usher_service_level_name(0));
	ck_assert_ptr_null(usher_service_level_name(6));
	ck_assert_ptr_null(usher_service_level_name(-1));
	ck_assert_int_eq(usher_service_level_parse("2"), USHER_ENOENT);
	ck_assert_int_eq(usher_service_level_parse(NULL), USHER_ENOENT);
}
END_TEST

START_TEST(ratios__are_undefined_without_contacts)
{
	struct fixture f = fixture(NULL);
	struct usher_queue_figures q = of_queue(&f, 9, 1, DAY);
	struct usher_agent_figures a = of_agent(&f, 9, 1, DAY);
	struct usher_handle_time aht = {7, 7, 7, 7};
	double ret = 7;
	int64_t us = 7;

	for (int32_t i = 1; i <= 5; i++)
		ck_assert_int_eq(usher_figures_service_level(&q, i, &ret),
				 USHER_ENOENT);
	ck_assert_int_eq(usher_figures_asa(&q, &us), USHER_ENOENT);
	ck_assert_int_eq(usher_figures_aht(&q, &aht), USHER_ENOENT);
	ck_assert_int_eq(usher_figures_agent_aht(&a, &aht), USHER_ENOENT);
	ck_assert_int_eq(usher_figures_occupancy(&a, &ret), USHER_ENOENT);
	ck_assert_double_eq(ret, 7);
	ck_assert_int_eq(us, 7);
	ck_assert_int_eq(aht.total_us, 7);
	usher_metrics_free(f.m);
}
END_TEST

/* Two stays and one contact, whose wait begins when the callback is due. */
START_TEST(callback__is_a_stay_of_its_own_and_one_contact)
{
	struct fixture f = fixture(NULL);
	struct usher_queue_figures q;
	int64_t us = 0;

	enter(&f, 0, 1, 1);
	leave(&f, 40, 1, 1, USHER_LEAVE_CALLBACK);
	ck_assert_uint_eq(of_all(&f, 50, DAY).waiting, 0);
	enter(&f, 600, 1, 1);
	answer(&f, 607, 1, 1);
	q = of_queue(&f, 610, 1, DAY);
	ck_assert_uint_eq(q.entered, 2);
	ck_assert_uint_eq(q.flowed[USHER_LEAVE_CALLBACK], 1);
	ck_assert_uint_eq(q.answered, 1);
	q = of_all(&f, 610, DAY);
	ck_assert_uint_eq(q.entered, 1);
	ck_assert_uint_eq(q.answered, 1);
	ck_assert_uint_eq(q.flowed_out, 0);
	ck_assert_int_eq(usher_figures_asa(&q, &us), 0);
	ck_assert_int_eq(us, 7 * SECOND);
	/* in vain: what it left as last */
	enter(&f, 700, 2, 1);
	leave(&f, 740, 2, 1, USHER_LEAVE_CALLBACK);
	enter(&f, 800, 2, 1);
	leave(&f, 830, 2, 1, USHER_LEAVE_FAILED);
	closed(&f, 830, 2);
	q = of_all(&f, 840, DAY);
	ck_assert_uint_eq(q.entered, 2);
	ck_assert_uint_eq(q.flowed_out, 1);
	ck_assert_uint_eq(q.flowed[USHER_LEAVE_FAILED], 1);
	usher_metrics_free(f.m);
}
END_TEST

/* With abandons alone: of those answered nothing can be said; strict is a
 * true zero; exclude loses its last contact. */
START_TEST(ratios__tell_zero_from_undefined)
{
	struct fixture f = fixture(NULL);
	struct usher_queue_figures q;
	double ret = 7;

	enter(&f, 0, 1, 1);
	abandon(&f, 10, 1, 1);
	q = of_queue(&f, 10, 1, DAY);
	ck_assert_int_eq(
		usher_figures_service_level(&q, USHER_LEVEL_ANSWERED, &ret),
		USHER_ENOENT);
	ck_assert_int_eq(
		usher_figures_service_level(&q, USHER_LEVEL_EXCLUDE, &ret),
		USHER_ENOENT);
	ck_assert_double_eq(level(&q, USHER_LEVEL_STRICT), 0);
	ck_assert_double_eq(level(&q, USHER_LEVEL_CREDIT), 1);
	ck_assert_double_eq(level(&q, USHER_LEVEL_SHORT_CREDIT), 0);
	usher_metrics_free(f.m);
}
END_TEST

/* Within is up to and with the threshold; short is below the limit. */
START_TEST(limits__are_of_the_queue)
{
	struct fixture f = fixture(NULL);
	struct usher_queue_figures q;

	for (uint64_t c = 1; c <= 6; c++)
		enter(&f, 0, c, 1);
	abandon(&f, 4.999999, 1, 1);
	abandon(&f, 5, 2, 1);
	answer(&f, 20, 3, 1);
	answer(&f, 20.000001, 4, 1);
	FEED(&f, 21, QUEUE_SET, queue_set, 0, 0, .queue = 1,
	     .target = 30 * SECOND, .short_wait = 40 * SECOND);
	answer(&f, 29, 5, 1);
	abandon(&f, 39, 6, 1);
	q = of_queue(&f, 40, 1, DAY);
	ck_assert_uint_eq(q.short_abandons, 2);
	ck_assert_uint_eq(q.abandoned_within, 2);
	ck_assert_uint_eq(q.answered_within, 2);
	usher_metrics_free(f.m);
}
END_TEST

START_TEST(asa__is_over_the_answered)
{
	struct fixture f = busy_queue();
	struct usher_queue_figures q = of_queue(&f, 40, 1, DAY);
	int64_t us = 0;

	ck_assert_int_eq(usher_figures_asa(&q, &us), 0);
	ck_assert_int_eq(us, 18250000);
	enter(&f, 40, 9, 2);
	answer(&f, 41, 9, 2);
	q = of_queue(&f, 50, 2, DAY);
	ck_assert_int_eq(usher_figures_asa(&q, &us), 0);
	ck_assert_int_eq(us, SECOND);
	q = of_all(&f, 50, DAY);
	ck_assert_int_eq(usher_figures_asa(&q, &us), 0);
	ck_assert_int_eq(us, 74 * SECOND / 5);
	usher_metrics_free(f.m);
}
END_TEST

START_TEST(aht__has_three_parts)
{
	struct fixture f = fixture(NULL);
	struct usher_handle_time aht;
	struct usher_queue_figures q;
	struct usher_agent_figures a;

	enter(&f, 0, 1, 1);
	enter(&f, 0, 2, 1);
	offered(&f, 0, 1, 1, 1);
	connected(&f, 5, 1, 1, 1);
	offered(&f, 5, 2, 1, 2);
	connected(&f, 6, 2, 1, 2);
	left(&f, 66, 2, 1, 2, 60, 0, 0);
	left(&f, 155, 1, 1, 1, 100, 20, 30);
	q = of_queue(&f, 200, 1, DAY);
	ck_assert_uint_eq(q.handled, 2);
	ck_assert_int_eq(usher_figures_aht(&q, &aht), 0);
	ck_assert_int_eq(aht.talk_us, 80 * SECOND);
	ck_assert_int_eq(aht.hold_us, 10 * SECOND);
	ck_assert_int_eq(aht.wrapup_us, 15 * SECOND);
	ck_assert_int_eq(aht.total_us, 105 * SECOND);
	a = of_agent(&f, 200, 1, DAY);
	ck_assert_int_eq(usher_figures_agent_aht(&a, &aht), 0);
	ck_assert_int_eq(aht.total_us, 150 * SECOND);
	usher_metrics_free(f.m);
}
END_TEST

/* Contact 1 waits 10 s in queue 1, talks 60 s, is transferred to queue 2 and
 * waits 30 s there: each queue has its own wait and its own talk, and the
 * customer was answered once, after 10 s. */
START_TEST(transfer__distorts_nothing)
{
	struct fixture f = fixture(NULL);
	struct usher_queue_figures q;
	struct usher_handle_time aht;
	int64_t us;

	enter(&f, 0, 1, 1);
	offered(&f, 4, 1, 1, 1);
	connected(&f, 10, 1, 1, 1);
	enter(&f, 70, 1, 2);
	left(&f, 70, 1, 1, 1, 60, 0, 0);
	ck_assert_uint_eq(of_all(&f, 80, DAY).waiting, 1);
	offered(&f, 95, 1, 2, 2);
	connected(&f, 100, 1, 2, 2);
	left(&f, 140, 1, 2, 2, 40, 0, 0);
	closed(&f, 140, 1);
	for (uint64_t id = 1; id <= 2; id++) {
		q = of_queue(&f, 150, id, DAY);
		ck_assert_uint_eq(q.entered, 1);
		ck_assert_uint_eq(q.answered, 1);
		ck_assert_uint_eq(q.flowed_out, 0);
		ck_assert_int_eq(usher_figures_asa(&q, &us), 0);
		ck_assert_int_eq(us, (id == 1 ? 10 : 30) * SECOND);
		ck_assert_int_eq(usher_figures_aht(&q, &aht), 0);
		ck_assert_int_eq(aht.total_us, (id == 1 ? 60 : 40) * SECOND);
	}
	q = of_all(&f, 150, DAY);
	ck_assert_uint_eq(q.entered, 1);
	ck_assert_uint_eq(q.answered, 1);
	ck_assert_uint_eq(q.handled, 2);
	ck_assert_int_eq(usher_figures_asa(&q, &us), 0);
	ck_assert_int_eq(us, 10 * SECOND);
	usher_metrics_free(f.m);
}
END_TEST

/* An offer that comes to nothing leaves the contact in its place. */
START_TEST(requeue__enters_once)
{
	struct fixture f = fixture(NULL);
	struct usher_queue_figures q;

	enter(&f, 0, 1, 1);
	offered(&f, 1, 1, 1, 1);
	missed(&f, 11, 1, 1, 1);
	offered(&f, 11, 1, 1, 1);
	offered(&f, 11, 1, 1, 2);
	missed(&f, 15, 1, 1, 1);
	ck_assert_uint_eq(of_queue(&f, 16, 1, DAY).requeues, 1);
	FEED(&f, 16, OFFER_REJECTED, offer_rejected, 1, 101, .queue = 1,
	     .agent = 2);
	ck_assert_uint_eq(of_queue(&f, 16, 1, DAY).requeues, 2);
	offered(&f, 17, 1, 1, 2);
	connected(&f, 19, 1, 1, 2);
	q = of_queue(&f, 20, 1, DAY);
	ck_assert_uint_eq(q.entered, 1);
	ck_assert_uint_eq(q.requeues, 2);
	ck_assert_uint_eq(q.answered, 1);
	ck_assert_int_eq(q.answered_wait_us, 19 * SECOND);
	ck_assert_uint_eq(of_agent(&f, 20, 1, DAY).missed, 2);
	ck_assert_uint_eq(of_agent(&f, 20, 2, DAY).rejected, 1);
	ck_assert_uint_eq(of_agent(&f, 20, 2, DAY).offers, 3 - 1);
	usher_metrics_free(f.m);
}
END_TEST

/* Waiting in two queues at once: answered through one, elsewhere for the
 * other, and one contact in all. */
START_TEST(two_queues__count_one_contact)
{
	struct fixture f = fixture(NULL);
	struct usher_queue_figures q;

	enter(&f, 0, 1, 1);
	enter(&f, 0, 1, 2);
	ck_assert_uint_eq(of_all(&f, 1, DAY).waiting, 1);
	offered(&f, 8, 1, 2, 1);
	connected(&f, 9, 1, 2, 1);
	leave(&f, 9, 1, 1, USHER_LEAVE_ELSEWHERE);
	q = of_queue(&f, 10, 1, DAY);
	ck_assert_uint_eq(q.elsewhere, 1);
	ck_assert_uint_eq(q.answered + q.abandoned + q.flowed_out, 0);
	ck_assert_uint_eq(of_queue(&f, 10, 2, DAY).answered, 1);
	q = of_all(&f, 10, DAY);
	ck_assert_uint_eq(q.entered, 1);
	ck_assert_uint_eq(q.answered, 1);
	ck_assert_uint_eq(q.elsewhere, 0);
	ck_assert_uint_eq(q.waiting, 0);
	usher_metrics_free(f.m);
}
END_TEST

/* Overflow from queue 1 into queue 2, where the customer gives up: flowed out
 * of one, abandoned in the other; over all abandoned, after 50 s. */
START_TEST(overflow__is_an_abandon_in_total)
{
	struct fixture f = fixture(NULL);
	struct usher_queue_figures q;

	enter(&f, 0, 1, 1);
	leave(&f, 30, 1, 1, USHER_LEAVE_OVERFLOW);
	ck_assert_uint_eq(of_all(&f, 31, DAY).flowed_out, 0);
	enter(&f, 35, 1, 2);
	leave(&f, 50, 1, 2, USHER_LEAVE_ABANDONED);
	closed(&f, 50, 1);
	ck_assert_uint_eq(of_queue(&f, 60, 1, DAY).flowed_out, 1);
	ck_assert_uint_eq(of_queue(&f, 60, 2, DAY).abandoned, 1);
	ck_assert_uint_eq(of_queue(&f, 60, 2, DAY).abandoned_within, 1);
	q = of_all(&f, 60, DAY);
	ck_assert_uint_eq(q.entered, 1);
	ck_assert_uint_eq(q.abandoned, 1);
	ck_assert_uint_eq(q.abandoned_within, 0);
	ck_assert_int_eq(q.abandoned_wait_us, 50 * SECOND);
	ck_assert_uint_eq(q.flowed_out, 0);
	usher_metrics_free(f.m);
}
END_TEST

START_TEST(waiting__is_now)
{
	struct fixture f = fixture(NULL);
	struct usher_queue_figures q;

	enter(&f, 0, 1, 1);
	enter(&f, 7, 2, 1);
	enter(&f, 9, 3, 2);
	q = of_queue(&f, 30, 1, DAY);
	ck_assert_uint_eq(q.waiting, 2);
	ck_assert_int_eq(q.longest_wait_us, 30 * SECOND);
	abandon(&f, 31, 1, 1);
	q = of_queue(&f, 31, 1, INTERVAL);
	ck_assert_uint_eq(q.waiting, 1);
	ck_assert_int_eq(q.longest_wait_us, 24 * SECOND);
	q = of_all(&f, 31, DAY);
	ck_assert_uint_eq(q.waiting, 2);
	ck_assert_int_eq(q.longest_wait_us, 24 * SECOND);
	usher_metrics_free(f.m);
}
END_TEST

/* Two contacts, 0 to 100 s and 50 to 150 s: 150 s by the clock, not 200. With
 * 50 s free that is 3/4; ringing for 10 s and a pause of 300 s are neither. */
START_TEST(occupancy__is_by_the_clock)
{
	struct fixture f = fixture(NULL);
	struct usher_agent_figures a;
	double ret = 0;

	presence(&f, 0, 1, USHER_READY);
	enter(&f, 0, 1, 1);
	enter(&f, 0, 2, 1);
	enter(&f, 0, 3, 1);
	offered(&f, 0, 1, 1, 1);
	connected(&f, 0, 1, 1, 1);
	offered(&f, 40, 2, 1, 1);
	connected(&f, 50, 2, 1, 1);
	left(&f, 100, 1, 1, 1, 90, 0, 10);
	left(&f, 150, 2, 1, 1, 100, 0, 0);
	offered(&f, 200, 3, 1, 1);
	missed(&f, 210, 3, 1, 1);
	presence(&f, 210, 1, USHER_PAUSED);
	presence(&f, 510, 1, USHER_SIGNED_OUT);
	a = of_agent(&f, 600, 1, DAY);
	ck_assert_int_eq(a.occupied_us, 150 * SECOND);
	ck_assert_int_eq(a.available_us, 50 * SECOND);
	ck_assert_int_eq(a.ringing_us, 10 * SECOND);
	ck_assert_int_eq(a.paused_us, 300 * SECOND);
	ck_assert_int_eq(usher_figures_occupancy(&a, &ret), 0);
	ck_assert_double_eq(ret, 0.75);
	ck_assert_int_eq(a.talk_us, 190 * SECOND);
	ck_assert_uint_eq(a.connected, 2);
	ck_assert_uint_eq(a.handled, 2);
	usher_metrics_free(f.m);
}
END_TEST

/* Time that is running counts up to now. */
START_TEST(occupancy__runs)
{
	struct fixture f = fixture(NULL);
	struct usher_agent_figures a;

	presence(&f, 0, 1, USHER_READY);
	ck_assert_int_eq(of_agent(&f, 30, 1, DAY).available_us, 30 * SECOND);
	FEED(&f, 30, AGENT_JOINED, agent_joined, 1, 150, .agent = 1,
	     .dialing = 1);
	a = of_agent(&f, 100, 1, DAY);
	ck_assert_int_eq(a.available_us, 30 * SECOND);
	ck_assert_int_eq(a.occupied_us, 70 * SECOND);
	usher_metrics_free(f.m);
}
END_TEST

START_TEST(dialing__is_handled_when_answered)
{
	struct fixture f = fixture(NULL);
	struct usher_agent_figures a;

	for (uint64_t c = 1; c <= 2; c++)
		FEED(&f, 0, AGENT_JOINED, agent_joined, c, c, .agent = 1,
		     .dialing = 1);
	FEED(&f, 5, AGENT_ANSWERED, agent_answered, 2, 2, .agent = 1);
	FEED(&f, 9, AGENT_LEFT, agent_left, 1, 1, .agent = 1);
	FEED(&f, 9, AGENT_LEFT, agent_left, 2, 2, .agent = 1,
	     .talk = 4 * SECOND);
	a = of_agent(&f, 10, 1, DAY);
	ck_assert_uint_eq(a.connected, 2);
	ck_assert_uint_eq(a.handled, 1);
	ck_assert_int_eq(a.talk_us, 4 * SECOND);
	ck_assert_uint_eq(of_all(&f, 10, DAY).handled, 0);
	usher_metrics_free(f.m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("metrics");
	TCase *tc = tcase_create("definitions");
	SRunner *sr = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	tcase_add_test(tc, counts__are_of_outcomes);
	tcase_add_test(tc, service_level__has_five_variants);
	tcase_add_test(tc, service_level__is_named);
	tcase_add_test(tc, callback__is_a_stay_of_its_own_and_one_contact);
	tcase_add_test(tc, ratios__are_undefined_without_contacts);
	tcase_add_test(tc, ratios__tell_zero_from_undefined);
	tcase_add_test(tc, limits__are_of_the_queue);
	tcase_add_test(tc, asa__is_over_the_answered);
	tcase_add_test(tc, aht__has_three_parts);
	tcase_add_test(tc, transfer__distorts_nothing);
	tcase_add_test(tc, requeue__enters_once);
	tcase_add_test(tc, two_queues__count_one_contact);
	tcase_add_test(tc, overflow__is_an_abandon_in_total);
	tcase_add_test(tc, waiting__is_now);
	tcase_add_test(tc, occupancy__is_by_the_clock);
	tcase_add_test(tc, occupancy__runs);
	tcase_add_test(tc, dialing__is_handled_when_answered);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
