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

/* ---- Names in requirements ---- */

/* More than profiles hold. */
#define NAMES 300

static uint64_t add_skilled(struct usher_acd *acd, const char *name,
			    const char *skill)
{
	struct usher_attr attr = {.name = skill, .number = 5};
	struct usher_agent_opts opts;
	uint64_t agent;

	usher_agent_opts_init(&opts, sizeof(opts));
	opts.name = name;
	opts.attrs = &attr;
	opts.attr_count = 1;
	ck_assert_int_eq(
		usher_acd_agent_set(acd, DAY_START, &opts, &agent, NULL), 0);
	ck_assert_int_eq(
		usher_acd_presence(acd, DAY_START, agent, USHER_READY, NULL),
		0);
	drained(acd);
	return agent;
}

static int enqueue(struct usher_acd *acd, uint64_t contact, uint64_t queue,
		   const char *requirement)
{
	struct usher_enqueue_opts opts;

	usher_enqueue_opts_init(&opts, sizeof(opts));
	opts.queues = &queue;
	opts.queue_count = 1;
	opts.requirement = requirement;
	return usher_acd_enqueue(acd, DAY_START, contact, &opts, NULL);
}

static uint64_t new_contact(struct usher_acd *acd)
{
	uint64_t contact;

	ck_assert_int_eq(usher_acd_contact_new(acd, DAY_START, NULL, &contact),
			 0);
	drained(acd);
	return contact;
}

/* One contact for each of a number of names, all waiting for nobody. */
static void wait_for_names(struct usher_acd *acd, uint64_t queue, uint32_t n,
			   bool ended)
{
	for (uint32_t i = 0; i < n; i++) {
		uint64_t contact = new_contact(acd);
		char requirement[32];

		snprintf(requirement, sizeof(requirement), "x%u > 1", i);
		ck_assert_int_eq(enqueue(acd, contact, queue, requirement), 0);
		if (ended)
			ck_assert_int_eq(usher_acd_contact_end(acd, DAY_START,
							       contact, ""),
					 0);
		drained(acd);
	}
}

START_TEST(names__of_requirements_that_are_no_more_make_room)
{
	struct usher_acd_stats stats = {.size = sizeof(stats)};
	struct usher_acd *acd = acd_made();
	uint64_t queue = add_queue(acd, "q", NULL);
	uint64_t anna = add_skilled(acd, "anna", "aaa");

	wait_for_names(acd, queue, NAMES, true);
	ck_assert_int_eq(
		enqueue(acd, new_contact(acd), queue, "aaa > 1 and not bbb"),
		0);
	usher_acd_stats(acd, &stats);
	ck_assert_uint_eq(stats.scanned_contacts, 0);
	ck_assert_uint_eq(offered_to(acd, NULL), anna);
	usher_acd_free(acd);
}
END_TEST

/* The core scans then, and says so; it decides the same. */
START_TEST(names__beyond_the_limit_are_compared_one_by_one)
{
	struct usher_queue_info info = {.size = sizeof(info)};
	struct usher_acd_stats stats = {.size = sizeof(stats)};
	struct usher_acd *acd = acd_made();
	uint64_t queue = add_queue(acd, "q", NULL);
	uint64_t anna = add_skilled(acd, "anna", "aaa"), contact, bela;

	wait_for_names(acd, queue, NAMES, false);
	usher_acd_stats(acd, &stats);
	ck_assert_uint_gt(stats.scanned_contacts, 0);
	ck_assert_int_eq(
		enqueue(acd, new_contact(acd), queue, "bbb > 1 or aaa > 9"),
		0);
	ck_assert_uint_eq(offered_to(acd, NULL), 0);
	contact = new_contact(acd);
	ck_assert_int_eq(enqueue(acd, contact, queue, "aaa > 1 and aaa < 9"),
			 0);
	ck_assert_uint_eq(offered_to(acd, NULL), anna);
	bela = add_skilled(acd, "bela", "x299");
	ck_assert_int_eq(usher_acd_agent_free(acd, bela, "voice"), 0);
	/* a queue's own requirement too */
	set_requirement(acd, "ccc > 1 or aaa > 1");
	ck_assert_int_eq(usher_acd_queue_info(acd, queue, &info), 0);
	ck_assert_uint_eq(info.staffed, 1);
	usher_acd_free(acd);
}
END_TEST

/* What one requirement could not get, another one must not miss. */
START_TEST(names__are_all_learned_or_none)
{
	for (long fail = 0;; fail++) {
		struct heap heap = {.left = -1};
		struct usher_alloc alloc = {heap_realloc, &heap};
		struct usher_acd_opts opts;
		struct usher_acd *acd;
		uint64_t queue, anna, contact;
		int err;

		usher_acd_opts_init(&opts, sizeof(opts));
		opts.alloc = &alloc;
		ck_assert_int_eq(usher_acd_new(&acd, &opts, NULL), 0);
		queue = add_queue(acd, "q", NULL);
		anna = add_skilled(acd, "anna", "aaa");
		contact = new_contact(acd);
		heap.left = fail;
		err = enqueue(acd, contact, queue, "aaa > 1 and bbb > 1");
		heap.left = -1;
		ck_assert(err == 0 || err == USHER_ENOMEM);
		drained(acd);
		contact = new_contact(acd);
		ck_assert_int_eq(enqueue(acd, contact, queue, "aaa > 1"), 0);
		ck_assert_uint_eq(offered_to(acd, NULL), anna);
		usher_acd_free(acd);
		ck_assert_int_eq(heap.alive, 0);
		if (!err)
			break;
	}
}
END_TEST

/* ---- Kinds of channels, and loads ---- */

START_TEST(kinds__of_all_channels_go_with_all_policies)
{
	static const char *const policies[] = {
		"longest_idle",    "round_robin", "top_down",
		"fewest_contacts", "random",      "ring_all"};
	struct usher_acd *acd = acd_made();
	uint64_t contact, agent;

	for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++)
		add_queue(acd, policies[i], policies[i]);
	agent = add_agent(acd, "anna", 0);
	for (int i = 0; i <= USHER_CHANNELS_MAX; i++) {
		struct usher_contact_opts opts;
		char kind[16];

		snprintf(kind, sizeof(kind), "kind%d", i);
		usher_contact_opts_init(&opts, sizeof(opts));
		opts.channel = kind;
		ck_assert_int_eq(
			usher_acd_contact_new(acd, DAY_START, &opts, &contact),
			i < USHER_CHANNELS_MAX ? 0 : USHER_EFULL);
		if (i < USHER_CHANNELS_MAX)
			ck_assert_int_eq(
				usher_acd_agent_free(acd, agent, kind), 1);
	}
	usher_acd_free(acd);
}
END_TEST

START_TEST(load__of_an_agent_has_a_limit)
{
	struct usher_agent_info info = {.size = sizeof(info)};
	struct usher_acd *acd = acd_made();
	uint64_t anna = add_agent(acd, "anna", 0), segment, contact;
	struct usher_direct_opts opts;

	usher_direct_opts_init(&opts, sizeof(opts));
	opts.force = 1;
	for (int i = 0; i < USHER_AGENT_LOAD_MAX; i++) {
		contact = new_contact(acd);
		ck_assert_int_eq(usher_acd_direct(acd, DAY_START, contact,
						  anna, &opts, &segment),
				 0);
		drained(acd);
	}
	contact = new_contact(acd);
	ck_assert_int_eq(usher_acd_direct(acd, DAY_START, contact, anna, &opts,
					  &segment),
			 USHER_EFULL);
	ck_assert_int_eq(usher_acd_agent_free(acd, anna, "voice"), 0);
	ck_assert_int_eq(usher_acd_leave(acd, DAY_START, segment, ""), 0);
	ck_assert_int_eq(usher_acd_direct(acd, DAY_START, contact, anna, &opts,
					  &segment),
			 0);
	ck_assert_int_eq(usher_acd_agent_info(acd, anna, &info), 0);
	ck_assert_uint_eq(info.talking, USHER_AGENT_LOAD_MAX);
	usher_acd_free(acd);
}
END_TEST

START_TEST(dialed__contacts_count_when_they_are_answered)
{
	struct usher_agent_info info = {.size = sizeof(info)};
	struct usher_acd *acd = acd_made();
	uint64_t anna = add_agent(acd, "anna", 0), segment;
	uint64_t queue = add_queue(acd, "q", "fewest_contacts"), bela;
	struct usher_direct_opts opts;

	usher_direct_opts_init(&opts, sizeof(opts));
	opts.dialing = 1;
	ck_assert_int_eq(usher_acd_direct(acd, DAY_START, new_contact(acd),
					  anna, &opts, &segment),
			 0);
	ck_assert_int_eq(usher_acd_leave(acd, DAY_START + 1, segment, ""), 0);
	ck_assert_int_eq(usher_acd_agent_info(acd, anna, &info), 0);
	ck_assert_uint_eq(info.contacts, 0);
	ck_assert_int_eq(usher_acd_direct(acd, DAY_START + 2, new_contact(acd),
					  anna, &opts, &segment),
			 0);
	ck_assert_int_eq(usher_acd_answered(acd, DAY_START + 3, segment), 0);
	ck_assert_int_eq(usher_acd_agent_info(acd, anna, &info), 0);
	ck_assert_uint_eq(info.contacts, 1);
	ck_assert_int_eq(usher_acd_leave(acd, DAY_START + 4, segment, ""), 0);
	/* and the policy goes by it */
	bela = add_agent(acd, "bela", 1);
	wait_in(acd, DAY_START + 5, queue, 0);
	ck_assert_uint_eq(offered_to(acd, NULL), bela);
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
	tcase_add_test(tcase,
		       names__of_requirements_that_are_no_more_make_room);
	tcase_add_test(tcase, names__beyond_the_limit_are_compared_one_by_one);
	tcase_add_test(tcase, names__are_all_learned_or_none);
	tcase_add_test(tcase, kinds__of_all_channels_go_with_all_policies);
	tcase_add_test(tcase, load__of_an_agent_has_a_limit);
	tcase_add_test(tcase, dialed__contacts_count_when_they_are_answered);
	tcase_set_timeout(tcase, 120);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
