/* How long a wait is expected to be, by hand. */
#include <stdlib.h>

#include "fixture.h"

/* Between two answers somebody waited on: 10 s, then 20 s; the third gap had
 * a moment with nobody waiting. */
START_TEST(expected_wait__is_of_the_backlog)
{
	struct fixture f = fixture(NULL);
	int64_t us = 7;

	for (uint64_t c = 1; c <= 4; c++)
		enter(&f, 0, c, 1);
	answer(&f, 5, 1, 1);
	ck_assert_int_eq(usher_metrics_expected_wait(f.m, 1, UINT64_MAX, &us),
			 USHER_ENOENT);
	ck_assert_int_eq(us, 7);
	answer(&f, 15, 2, 1);
	answer(&f, 35, 3, 1);
	ck_assert_int_eq(usher_metrics_expected_wait(f.m, 1, UINT64_MAX, &us),
			 0);
	ck_assert_int_eq(us, 2 * 15 * SECOND);
	ck_assert_int_eq(usher_metrics_expected_wait(f.m, 1, 0, &us), 0);
	ck_assert_int_eq(us, 15 * SECOND);
	abandon(&f, 36, 4, 1);
	enter(&f, 100, 5, 1);
	answer(&f, 200, 5, 1);
	ck_assert_int_eq(usher_metrics_expected_wait(f.m, 1, 0, &us), 0);
	ck_assert_int_eq(us, 15 * SECOND);
	ck_assert_int_eq(usher_metrics_expected_wait(f.m, 9, 0, &us),
			 USHER_ENOENT);
	usher_metrics_free(f.m);
}
END_TEST

/* So many contacts of the queue, one after the other, each of so long. */
static double serve(struct fixture *f, double at, uint64_t id, int count,
		    int64_t took_s)
{
	for (int i = 0; i < count; i++) {
		const uint64_t segment = f->seq + 100000;

		FEED(f, at, AGENT_JOINED, agent_joined, segment, segment,
		     .agent = 1, .queue = id);
		at += (double)took_s;
		FEED(f, at, AGENT_LEFT, agent_left, segment, segment,
		     .agent = 1, .queue = id, .talk = took_s * SECOND);
	}
	return at;
}

static int64_t wait_s(const struct fixture *f, uint64_t id, uint64_t ahead)
{
	int64_t us = -1;

	ck_assert_int_eq(usher_metrics_expected_wait(f->m, id, ahead, &us), 0);
	return (us + SECOND / 2) / SECOND;
}

/* Two agents, 100 s a contact: 50 s a place, and 100 s as soon as it is known
 * that one of them goes. */
START_TEST(expected_wait__is_of_those_who_stay)
{
	struct fixture f = fixture(NULL);
	double at = serve(&f, 0, 1, 20, 100);
	int64_t us;

	ck_assert_int_eq(usher_metrics_expected_wait(f.m, 1, 0, &us),
			 USHER_ENOENT);
	for (uint64_t a = 1; a <= 2; a++) {
		presence(&f, at, a, USHER_READY);
		FEED(&f, at, AGENT_JOINED, agent_joined, a, a, .agent = a,
		     .queue = 1);
	}
	ck_assert_int_eq(wait_s(&f, 1, 0), 50);
	ck_assert_int_eq(wait_s(&f, 1, 3), 200);
	FEED(&f, at, AGENT_PENDING, agent_pending, 0, 0, .agent = 2,
	     .presence = USHER_PAUSED);
	ck_assert_int_eq(wait_s(&f, 1, 0), 100);
	FEED(&f, at, AGENT_PENDING, agent_pending, 0, 0, .agent = 2,
	     .presence = USHER_READY);
	ck_assert_int_eq(wait_s(&f, 1, 0), 50);
	FEED(&f, at, AGENT_REMOVING, agent_removing, 0, 0, .agent = 2);
	ck_assert_int_eq(wait_s(&f, 1, 0), 100);
	FEED(&f, at, AGENT_LEFT, agent_left, 2, 2, .agent = 2, .queue = 1,
	     .talk = 100 * SECOND);
	ck_assert_int_eq(wait_s(&f, 1, 0), 100);
	usher_metrics_free(f.m);
}
END_TEST

/* A thousand contacts of 100 s, then longer ones: not the mean of all. */
START_TEST(expected_wait__notices_that_contacts_take_longer)
{
	struct fixture f = fixture(NULL);
	double at = 0;

	for (int i = 0; i < 500; i++)
		at = serve(&f, serve(&f, at, 1, 1, 80), 1, 1, 120);
	at = serve(&f, at, 1, 200, 200);
	FEED(&f, at, AGENT_JOINED, agent_joined, 1, 1, .agent = 1, .queue = 1);
	ck_assert_int_ge(wait_s(&f, 1, 0), 195);
	usher_metrics_free(f.m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("expected");
	TCase *tc = tcase_create("expected");
	SRunner *sr = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	tcase_add_test(tc, expected_wait__is_of_the_backlog);
	tcase_add_test(tc, expected_wait__is_of_those_who_stay);
	tcase_add_test(tc, expected_wait__notices_that_contacts_take_longer);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
