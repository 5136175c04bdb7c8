/* Large numbers of things, and what happens at the limits of the core. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "day.h"
#include "fixture.h"

/* More than one input places or looks at, several times over. */
#define MANY 3000

static void add_agents(struct usher_acd *acd, uint32_t n)
{
	uint64_t contact;

	/* nobody is free for a kind of channel that was never seen */
	ck_assert_int_eq(usher_acd_contact_new(acd, DAY_START, NULL, &contact),
			 0);
	ck_assert_int_eq(usher_acd_contact_end(acd, DAY_START, contact, ""),
			 0);
	for (uint32_t i = 0; i < n; i++) {
		char name[16];

		snprintf(name, sizeof(name), "agent%u", i);
		add_agent(acd, name, 0);
		drained(acd);
	}
}

static uint32_t offers_drained(struct usher_acd *acd)
{
	const struct usher_event *ev;
	uint32_t n = 0;

	while ((ev = usher_acd_next(acd)))
		n += ev->type == USHER_EV_OFFER_MADE;
	return n;
}

/* Whatever has marked everybody: the next inputs succeed, one after the
 * other, and there is an end of it. */
static void goes_on(struct usher_acd *acd, uint64_t queue)
{
	int64_t now = usher_acd_now(acd);
	uint64_t contact;

	ck_assert_int_eq(usher_acd_deadline(acd), now);
	ck_assert_int_eq(usher_acd_advance(acd, now + 1), 0);
	ck_assert_int_eq(usher_acd_deadline(acd), USHER_NEVER);
	contact = wait_in(acd, now + 2, queue, 0);
	ck_assert_uint_eq(offers_drained(acd), 1);
	ck_assert_int_eq(usher_acd_contact_end(acd, now + 3, contact, ""), 0);
	drained(acd);
}

static uint64_t change_queue(struct usher_acd *acd, int64_t target_us)
{
	struct usher_queue_opts opts;
	uint64_t queue;

	usher_queue_opts_init(&opts, sizeof(opts));
	opts.name = "q";
	opts.target_us = target_us;
	ck_assert_int_eq(usher_acd_queue_set(acd, usher_acd_now(acd), &opts,
					     &queue, NULL),
			 0);
	drained(acd);
	return queue;
}

START_TEST(agents__who_are_free_by_the_thousand_stop_nothing)
{
	struct usher_acd *acd = acd_made(), *restored;
	uint64_t queue = add_queue(acd, "q", NULL);
	struct bytes bytes;

	add_agents(acd, MANY);
	change_queue(acd, 1);
	goes_on(acd, queue);
	ck_assert_int_eq(
		usher_acd_configure(acd, usher_acd_now(acd), "age_with_boost"),
		0);
	drained(acd);
	goes_on(acd, queue);
	bytes_snapshot(&bytes, acd);
	usher_acd_free(acd);
	ck_assert_int_eq(usher_acd_restore(&restored, NULL, NULL, 0, NULL, 0,
					   bytes.at, bytes.len, NULL),
			 0);
	goes_on(restored, queue);
	free(bytes.at);
	usher_acd_free(restored);
}
END_TEST

/* An input that is not an advance finds the same. */
START_TEST(agents__who_are_free_by_the_thousand_refuse_no_input)
{
	struct usher_acd *acd = acd_made();
	uint64_t contact;

	add_queue(acd, "q", NULL);
	add_agents(acd, MANY);
	change_queue(acd, 2);
	ck_assert_int_eq(usher_acd_contact_new(acd, DAY_START, NULL, &contact),
			 0);
	usher_acd_free(acd);
}
END_TEST

START_TEST(fold__of_thousands_of_agents_goes_on)
{
	struct usher_acd *acd = acd_made(), *folded = acd_made();
	uint64_t queue = add_queue(acd, "q", NULL);
	const struct usher_event *ev;

	ck_assert_int_eq(
		usher_acd_contact_end(acd, DAY_START,
				      wait_in(acd, DAY_START, queue, 0), ""),
		0);
	for (uint32_t i = 0; i < MANY; i++) {
		char name[16];

		snprintf(name, sizeof(name), "agent%u", i);
		add_agent(acd, name, 0);
		while ((ev = usher_acd_next(acd)))
			ck_assert_int_eq(usher_acd_fold(folded, ev), 0);
	}
	usher_acd_free(acd);
	goes_on(folded, queue);
	usher_acd_free(folded);
}
END_TEST

static void set_requirement(struct usher_acd *acd, const char *requirement)
{
	struct usher_queue_opts opts;

	usher_queue_opts_init(&opts, sizeof(opts));
	opts.name = "q";
	opts.requirement = requirement;
	ck_assert_int_eq(usher_acd_queue_set(acd, usher_acd_now(acd), &opts,
					     NULL, NULL),
			 0);
}

/* What one input leaves over is a deadline at now; every agent gets one
 * contact, none twice. */
START_TEST(placements__that_are_left_over_are_a_deadline_at_now)
{
	struct usher_acd *acd = acd_made();
	uint64_t queue = add_queue(acd, "q", NULL);
	uint32_t n, more;

	set_requirement(acd, "skill >= 1");
	drained(acd);
	add_agents(acd, MANY);
	for (uint32_t i = 0; i < MANY; i++) {
		wait_in(acd, DAY_START, queue, 0);
		drained(acd);
	}
	set_requirement(acd, "");
	n = offers_drained(acd);
	ck_assert_uint_gt(n, 0);
	ck_assert_uint_lt(n, MANY);
	ck_assert_int_eq(usher_acd_deadline(acd), DAY_START);
	ck_assert_int_eq(usher_acd_advance(acd, DAY_START), 0);
	more = offers_drained(acd);
	ck_assert_uint_eq(n + more, MANY);
	ck_assert_int_gt(usher_acd_deadline(acd), DAY_START);
	usher_acd_free(acd);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("acd limits");
	TCase *tcase = tcase_create("limits");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase,
		       agents__who_are_free_by_the_thousand_stop_nothing);
	tcase_add_test(tcase,
		       agents__who_are_free_by_the_thousand_refuse_no_input);
	tcase_add_test(tcase, fold__of_thousands_of_agents_goes_on);
	tcase_add_test(tcase,
		       placements__that_are_left_over_are_a_deadline_at_now);
	tcase_set_timeout(tcase, 120);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
