/* What each policy for agents measures, one term of it after the other: days
 * in which leaving the term out would choose somebody else. */
#include <stdbool.h>
#include <stdlib.h>

#include "house.h"

/* a is in a conversation all the time; b was for 60 s of 100. */
START_TEST(least_occupied__counts_what_goes_on)
{
	struct house h;
	struct offer o;
	uint64_t segment;

	house_init(&h, "priority_age");
	queue_set(&h, 0, "least_occupied", NULL, NULL, 0);
	agent_ready(&h, 0, 2, NULL);
	comes(&h, 0, 0, 0, NULL);
	talks(&h, offered(&h).offer);
	h.now += HOUSE_SECOND;
	agent_ready(&h, 1, 2, NULL);
	comes(&h, 0, 0, 0, NULL);
	o = offered(&h);
	ck_assert_uint_eq(o.agent, h.agents[1]);
	segment = talks(&h, o.offer);
	h.now += 60 * HOUSE_SECOND;
	usher_acd_leave(h.acd, h.now, segment, NULL);
	h.now += 40 * HOUSE_SECOND;
	comes(&h, 0, 0, 0, NULL);
	ck_assert_uint_eq(offered(&h).agent, h.agents[1]);
	usher_acd_free(h.acd);
}
END_TEST

/* (8 x 60 + 30) / 9 is less than 60: the prior weighs in both. */
START_TEST(fastest_first__weighs_the_prior)
{
	static const struct option options[HOUSE_MAX] = {{"prior", NULL, 60}};
	struct house h;
	uint64_t segment;

	house_init(&h, "priority_age");
	queue_set(&h, 0, "fastest_first", options, NULL, 0);
	agent_ready(&h, 0, 1, NULL);
	comes(&h, 0, 0, 0, NULL);
	segment = talks(&h, offered(&h).offer);
	agent_ready(&h, 1, 1, NULL);
	h.now += 30 * HOUSE_SECOND;
	usher_acd_leave(h.acd, h.now, segment, NULL);
	comes(&h, 0, 0, 0, NULL);
	ck_assert_uint_eq(offered(&h).agent, h.agents[0]);
	usher_acd_free(h.acd);
}
END_TEST

/* The smallest weights: each is drawn, and not the first alone. */
START_TEST(weighted_random__draws_to_the_last)
{
	static const struct option own[HOUSE_MAX] = {{"weight", NULL, 0.001}};
	unsigned given[2] = {0};
	struct house h;

	house_init(&h, "priority_age");
	queue_set(&h, 0, "weighted_random", NULL, NULL, 0);
	agent_ready(&h, 0, 1, own);
	agent_ready(&h, 1, 1, own);
	for (int i = 0; i < 200; i++) {
		uint64_t contact = comes(&h, 0, 0, 0, NULL);

		given[offered(&h).agent == h.agents[1]]++;
		usher_acd_contact_end(h.acd, h.now, contact, NULL);
	}
	ck_assert_uint_gt(given[0], 100 - 29);
	ck_assert_uint_lt(given[0], 100 + 29);
	usher_acd_free(h.acd);
}
END_TEST

/* Patience is of this queue, however old the contact is. */
START_TEST(preferred_agent__has_patience_from_its_entry)
{
	static const struct option own[HOUSE_MAX] = {
		{"preferred_agent", "a", 0}};
	struct house h;

	house_init(&h, "priority_age");
	queue_set(&h, 0, "preferred_agent", NULL, NULL, 0);
	agent_ready(&h, 0, 1, NULL);
	comes(&h, 0, 0, 0, NULL);
	talks(&h, offered(&h).offer);
	agent_ready(&h, 1, 1, NULL);
	comes(&h, 0, 300, 0, own);
	ck_assert_uint_eq(offered(&h).agent, 0);
	h.now += 30 * HOUSE_SECOND - 1;
	usher_acd_advance(h.acd, h.now);
	ck_assert_uint_eq(offered(&h).agent, 0);
	usher_acd_advance(h.acd, ++h.now);
	ck_assert_uint_eq(offered(&h).agent, h.agents[1]);
	usher_acd_free(h.acd);
}
END_TEST

static const struct option no_points[HOUSE_MAX] = {
	{"wait", NULL, 0}, {"idle", NULL, 0}, {"window", NULL, 1}};

/* One agent comes for two: 20 s older, or a point of priority more. */
static const struct {
	struct option options[HOUSE_MAX];
	bool older;
} points[] = {
	/* 20 x 10 against 60 */
	{{{"wait", NULL, 10}}, true},
	/* 20 against 60 */
	{{{NULL, NULL, 0}}, false},
	{{{"priority", NULL, 19}}, true},
	{{{"priority", NULL, 21}}, false},
};

START_TEST(batch__counts_wait_and_priority)
{
	struct house h;
	uint64_t older, urgent;

	house_init(&h, "priority_age");
	queue_set(&h, 0, "batch", points[_i].options, NULL, 0);
	older = comes(&h, 0, 20, 0, NULL);
	urgent = comes(&h, 0, 0, 1, NULL);
	agent_ready(&h, 0, 1, NULL);
	h.now += 2 * HOUSE_SECOND;
	usher_acd_advance(h.acd, h.now);
	ck_assert_uint_eq(offered(&h).contact,
			  points[_i].older ? older : urgent);
	usher_acd_free(h.acd);
}
END_TEST

/* Five points of skill against 100 s of rest, and against 2 s. */
START_TEST(batch__counts_rest)
{
	static const struct option options[HOUSE_MAX] = {{"skill", NULL, 1}};
	static const struct option own[HOUSE_MAX] = {{"skill", NULL, 5}};
	struct house h;

	house_init(&h, "priority_age");
	queue_set(&h, 0, "batch", options, NULL, 0);
	agent_ready(&h, 0, 1, NULL);
	h.now += (_i ? 2 : 100) * HOUSE_SECOND;
	agent_ready(&h, 1, 1, own);
	comes(&h, 0, 0, 0, NULL);
	h.now += 2 * HOUSE_SECOND;
	usher_acd_advance(h.acd, h.now);
	ck_assert_uint_eq(offered(&h).agent, h.agents[_i]);
	usher_acd_free(h.acd);
}
END_TEST

/* Where no pair is better than another: in the order of both. */
START_TEST(batch__breaks_ties_in_order)
{
	struct house h;
	uint64_t contacts[2];

	house_init(&h, "priority_age");
	queue_set(&h, 0, "batch", no_points, NULL, 0);
	for (int i = 0; i < HOUSE_MAX; i++)
		agent_ready(&h, i, 1, NULL);
	for (int i = 0; i < 2; i++)
		contacts[i] = comes(&h, 0, 0, 0, NULL);
	h.now += HOUSE_SECOND;
	usher_acd_advance(h.acd, h.now);
	for (int i = 0; i < 2; i++) {
		struct offer o = offered(&h);

		ck_assert_uint_eq(o.contact, contacts[i]);
		ck_assert_uint_eq(o.agent, h.agents[i]);
	}
	usher_acd_free(h.acd);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("policy-measures");
	TCase *tc = tcase_create("measures");
	SRunner *sr = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	suite_add_tcase(suite, orders_case());
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, least_occupied__counts_what_goes_on);
	tcase_add_test(tc, fastest_first__weighs_the_prior);
	tcase_add_test(tc, weighted_random__draws_to_the_last);
	tcase_add_test(tc, preferred_agent__has_patience_from_its_entry);
	tcase_add_loop_test(tc, batch__counts_wait_and_priority, 0,
			    sizeof(points) / sizeof(*points));
	tcase_add_loop_test(tc, batch__counts_rest, 0, 2);
	tcase_add_test(tc, batch__breaks_ties_in_order);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
