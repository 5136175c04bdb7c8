/* Why an agent is offered a contact, and why another is not. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "day.h"
#include "fixture.h"

#define SEC 1000000

struct seen {
	char text[64][256]; /* "name reason: text" */
	int count;
	int candidates;
};

static void see(void *arg, const struct usher_explained *one)
{
	struct seen *seen = arg;

	ck_assert_uint_eq(one->size, sizeof(*one));
	ck_assert_int_lt(seen->count, 64);
	snprintf(seen->text[seen->count], sizeof(seen->text[0]), "%s %s: %s",
		 one->name, usher_excluded_name(one->reason), one->text);
	seen->candidates += one->reason == USHER_EXCLUDED_NO;
	seen->count++;
}

static void see_line(void *arg, const char *text)
{
	struct seen *seen = arg;

	snprintf(seen->text[seen->count++], sizeof(seen->text[0]), "%s", text);
}

/* An agent who speaks a language and serves these queues. */
static uint64_t add_speaker(struct usher_acd *acd, const char *name,
			    const char *language, int level)
{
	struct usher_attr attrs[] = {
		{.name = "billing",
		 .type = USHER_ATTR_NUMBER,
		 .number = level},
		{.name = "language",
		 .type = USHER_ATTR_TEXT,
		 .text = language},
	};
	struct usher_agent_opts opts;

	usher_agent_opts_init(&opts, sizeof(opts));
	opts.name = name;
	opts.attrs = attrs;
	opts.attr_count = 2;
	return add_ready(acd, &opts);
}

static uint64_t add_picky(struct usher_acd *acd)
{
	struct usher_queue_opts opts;
	uint64_t queue;

	usher_queue_opts_init(&opts, sizeof(opts));
	opts.name = "picky";
	opts.requirement = "language == \"de\" and billing >= 3";
	ck_assert_int_eq(
		usher_acd_queue_set(acd, DAY_START, &opts, &queue, NULL), 0);
	return queue;
}

static uint64_t segment_of(struct usher_acd *acd, uint64_t contact)
{
	return usher_acd_segment_next(acd, contact, 0);
}

static const char *has(const struct seen *seen, const char *what)
{
	for (int i = 0; i < seen->count; i++)
		if (!strcmp(seen->text[i], what))
			return what;
	for (int i = 0; i < seen->count; i++)
		printf("  %s\n", seen->text[i]);
	return NULL;
}

START_TEST(explain__gives_each_agent_the_first_reason)
{
	struct usher_acd *acd = acd_made();
	struct usher_explanation all = {.size = sizeof(all)};
	uint64_t queue = add_picky(acd), contact, offer, busy, lazy;
	struct seen seen = {0};

	add_speaker(acd, "french", "fr", 5);
	add_speaker(acd, "novice", "de", 1);
	lazy = add_speaker(acd, "lazy", "de", 5);
	busy = add_speaker(acd, "busy", "de", 3);
	usher_acd_presence(acd, DAY_START, lazy, USHER_PAUSED, "lunch");
	wait_in(acd, DAY_START, queue, 0);
	contact = wait_in(acd, DAY_START + SEC, queue, 0);
	ck_assert_int_eq(usher_acd_explain(acd, segment_of(acd, contact), &all,
					   see, &seen),
			 0);
	ck_assert(has(&seen, "lazy paused: lunch"));
	ck_assert(has(&seen, "busy no room: voice: 1 of 1, together 1 of 1"));
	ck_assert(has(&seen, "french requirement of the queue: "
			     "language == \"de\""));
	ck_assert(has(&seen, "novice requirement of the queue: billing >= 3"));
	ck_assert_uint_eq(all.candidates, 0);
	ck_assert_uint_eq(all.excluded, 4);
	ck_assert_uint_eq(all.truncated, 0);
	ck_assert_str_eq(all.policy, "longest_idle");

	/* who comes nearest is named first */
	ck_assert_str_eq(strchr(seen.text[0], ' '),
			 " requirement of the queue: language == \"de\"");
	ck_assert_str_eq(seen.text[3], "lazy paused: lunch");

	offer = usher_acd_agent_offer_next(acd, busy, 0);
	ck_assert_int_eq(
		usher_acd_reject(acd, DAY_START + 2 * SEC, offer, "no"), 0);
	drained(acd);
	memset(&seen, 0, sizeof(seen));
	/* the younger one rings now; the older one waits for the retry */
	contact = usher_acd_contact_next(acd, 0);
	usher_acd_explain(acd, segment_of(acd, contact), &all, see, &seen);
	ck_assert(has(&seen, "busy no room: voice: 1 of 1, together 1 of 1"));
	offer = usher_acd_agent_offer_next(acd, busy, 0);
	usher_acd_reject(acd, DAY_START + 3 * SEC, offer, "no");
	memset(&seen, 0, sizeof(seen));
	usher_acd_explain(acd, segment_of(acd, contact), &all, see, &seen);
	ck_assert(
		has(&seen, "busy refused or missed it: for another 4.000 s"));
	usher_acd_free(acd);
}
END_TEST

START_TEST(explain__knows_the_contacts_own_requirement_and_who_is_here)
{
	struct usher_acd *acd = acd_made();
	struct usher_explanation all = {.size = sizeof(all)};
	uint64_t queue = add_queue(acd, "q", NULL), contact, segment, agent;
	struct usher_contact_opts opts;
	struct usher_enqueue_opts enqueue;
	struct seen seen = {0};

	agent = add_speaker(acd, "only", "de", 5);
	add_speaker(acd, "other", "fr", 5);
	usher_contact_opts_init(&opts, sizeof(opts));
	ck_assert_int_eq(
		usher_acd_contact_new(acd, DAY_START, &opts, &contact), 0);
	ck_assert_int_eq(
		usher_acd_direct(acd, DAY_START, contact, agent, 0, NULL), 0);
	usher_enqueue_opts_init(&enqueue, sizeof(enqueue));
	enqueue.queues = &queue;
	enqueue.queue_count = 1;
	enqueue.requirement = "(billing > 7 or language == \"and\")";
	ck_assert_int_eq(
		usher_acd_enqueue(acd, DAY_START, contact, &enqueue, &segment),
		0);
	ck_assert_int_eq(usher_acd_explain(acd, segment, &all, see, &seen), 0);
	ck_assert(has(&seen, "only on this contact already: "));
	ck_assert(has(&seen, "other requirement of the contact: billing > 7 "
			     "or language == \"and\""));
	usher_acd_free(acd);
}
END_TEST

START_TEST(explain__refuses_what_does_not_wait)
{
	struct usher_acd *acd = acd_made();
	struct usher_explanation all = {.size = sizeof(all)};
	uint64_t queue = add_queue(acd, "q", NULL);
	uint64_t contact = wait_in(acd, DAY_START, queue, 0);
	struct seen seen = {0};

	ck_assert_int_eq(usher_acd_explain(acd, 99, &all, NULL, NULL),
			 USHER_ENOENT);
	ck_assert_int_eq(usher_acd_explain_text(acd, 99, see_line, &seen),
			 USHER_ENOENT);
	all.size = 0;
	ck_assert_int_eq(usher_acd_explain(acd, segment_of(acd, contact), &all,
					   NULL, NULL),
			 USHER_EINVAL);
	ck_assert_ptr_null(usher_excluded_name(99));
	ck_assert_int_eq(usher_acd_explain_offers(acd, DAY_START,
						  USHER_EXPLAIN_MAX + 1),
			 USHER_EINVAL);
	usher_acd_free(acd);
}
END_TEST

START_TEST(explain__writes_lines_for_people)
{
	struct usher_acd *acd = acd_made();
	uint64_t queue = add_picky(acd), contact;
	struct seen seen = {0};

	add_speaker(acd, "french", "fr", 5);
	contact = wait_in(acd, DAY_START, queue, 0);
	usher_acd_advance(acd, DAY_START + SEC / 2);
	ck_assert_int_eq(usher_acd_explain_text(acd, segment_of(acd, contact),
						see_line, &seen),
			 0);
	ck_assert(has(&seen, "contact 1 in picky for 0.500 s: longest_idle, "
			     "0 candidates, 1 excluded, 0 not named"));
	ck_assert(has(&seen, "  - french: requirement of the queue: "
			     "language == \"de\""));
	usher_acd_free(acd);
}
END_TEST

/* The next offer's event as JSON, allocated. */
static char *offer_json(struct usher_acd *acd)
{
	const struct usher_event *ev;
	size_t len;
	char *json;

	while ((ev = usher_acd_next(acd)))
		if (ev->type == USHER_EV_OFFER_MADE)
			break;
	ck_assert_ptr_nonnull(ev);
	usher_event_json(ev, NULL, 0, &len);
	json = malloc(len + 1);
	ck_assert_int_eq(usher_event_json(ev, json, len + 1, &len), 0);
	return json;
}

START_TEST(offer__says_why_when_it_is_wanted)
{
	struct usher_acd *acd = acd_made();
	uint64_t queue = add_picky(acd);
	char *json;

	add_speaker(acd, "anna", "de", 4);
	add_speaker(acd, "zoe", "fr", 4);
	add_speaker(acd, "bert", "de", 5);
	wait_in(acd, DAY_START, queue, 0);
	json = offer_json(acd);
	ck_assert_ptr_null(strstr(json, "\"considered\":{\""));
	free(json);
	ck_assert_int_eq(usher_acd_explain_offers(acd, DAY_START, 8), 0);
	wait_in(acd, DAY_START, queue, 0);
	json = offer_json(acd);
	ck_assert_msg(strstr(json, "\"why\":\"smallest key\""), "%s", json);
	ck_assert_msg(strstr(json, "\"considered\":{\"bert\":"), "%s", json);
	ck_assert_msg(strstr(json,
			     "\"excluded\":{\"anna\":\"no room: voice: 1 of "
			     "1, together 1 of 1\",\"zoe\":\"requirement of "
			     "the queue: language == \\\"de\\\"\"}"),
		      "%s", json);
	free(json);
	usher_acd_free(acd);
}
END_TEST

/* The offers of one batch come one after the other: each agent who was given
 * to a contact before is told with it. */
START_TEST(offer__of_a_batch_tells_whom_the_others_were_given)
{
	struct usher_acd *acd = acd_made();
	uint64_t queue = add_queue(acd, "q", "batch"), first;
	char expected[64], *json;

	add_speaker(acd, "anna", "de", 4);
	add_speaker(acd, "bert", "de", 4);
	usher_acd_explain_offers(acd, DAY_START, 8);
	first = wait_in(acd, DAY_START, queue, 0);
	wait_in(acd, DAY_START, queue, 0);
	usher_acd_advance(acd, DAY_START + 2 * SECOND);
	json = offer_json(acd);
	ck_assert_ptr_null(strstr(json, "in this batch"));
	free(json);
	json = offer_json(acd);
	snprintf(expected, sizeof(expected),
		 "\":\"no room: given to contact %d in this batch\"}",
		 (int)first);
	ck_assert_msg(strstr(json, expected), "%s", json);
	free(json);
	usher_acd_free(acd);
}
END_TEST

/* Who is assigned by hand while a batch collects is given by none. */
START_TEST(explain__of_a_batch_leaves_out_who_was_assigned_by_hand)
{
	struct usher_acd *acd = acd_made();
	uint64_t queue = add_queue(acd, "q", "batch"), agent, first, second;
	struct seen seen = {0};

	agent = add_speaker(acd, "anna", "de", 4);
	first = wait_in(acd, DAY_START, queue, 0);
	second = wait_in(acd, DAY_START, queue, 0);
	ck_assert_int_eq(usher_acd_assign(acd, DAY_START, second, agent, 0),
			 0);
	ck_assert_int_eq(usher_acd_explain_text(acd, segment_of(acd, first),
						see_line, &seen),
			 0);
	ck_assert(has(&seen, "  - anna: no room: voice: 1 of 1, "
			     "together 1 of 1"));
	usher_acd_free(acd);
}
END_TEST

START_TEST(offer__counts_whom_it_does_not_name)
{
	struct usher_acd *acd = acd_made();
	uint64_t queue = add_queue(acd, "q", "random");
	struct usher_agent_opts opts;
	uint64_t agent;
	char *json;
	char name[16];

	usher_agent_opts_init(&opts, sizeof(opts));
	opts.name = name;
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "a%d", i);
		if (i % 2)
			add_ready(acd, &opts);
		else
			usher_acd_agent_set(acd, DAY_START, &opts, &agent,
					    NULL);
	}
	usher_acd_explain_offers(acd, DAY_START, 3);
	wait_in(acd, DAY_START, queue, 0);
	json = offer_json(acd);
	ck_assert_msg(strstr(json, "\"truncated\":94"), "%s", json);
	ck_assert_msg(strstr(json, "\"why\":\"by its number\""), "%s", json);
	free(json);
	usher_acd_free(acd);
}
END_TEST

static bool agrees(const struct usher_event *ev)
{
	const char *why = "", *policy = "";
	uint64_t candidates = 0;
	size_t named = 0;

	if (ev->type != USHER_EV_OFFER_MADE)
		return false;
	usher_event_str(ev, USHER_F_WHY, &why, NULL);
	usher_event_str(ev, USHER_F_POLICY, &policy, NULL);
	if (!*why || !strcmp(policy, "assign"))
		return false;
	usher_event_u64(ev, USHER_F_CANDIDATES, &candidates);
	usher_event_count(ev, USHER_F_CONSIDERED, &named);
	ck_assert_uint_eq(named, candidates);
	return true;
}

/* Candidates of an explanation are those that the policy was given, whatever
 * happened before; explaining changes nothing. */
START_TEST(explain__agrees_with_what_is_offered)
{
	for (uint64_t seed = 1; seed <= 10; seed++) {
		struct day day = {.seed = seed, .now = DAY_START};
		struct usher_acd *acd = day_core(NULL);
		struct usher_acd *folded = day_core(NULL);
		struct bytes lived, other;
		int offers = 0;

		day_set_up(acd, &day);
		ck_assert_int_eq(usher_acd_explain_offers(acd, day.now,
							  USHER_EXPLAIN_MAX),
				 0);
		for (int i = 0; i < 300; i++) {
			const struct usher_event *ev;

			day_step(acd, &day);
			while ((ev = usher_acd_next(acd))) {
				offers += agrees(ev);
				ck_assert_int_eq(usher_acd_fold(folded, ev),
						 0);
			}
		}
		bytes_snapshot(&lived, acd);
		bytes_snapshot(&other, folded);
		ck_assert(bytes_equal(&lived, &other));
		bytes_free(&lived);
		bytes_free(&other);
		usher_acd_free(folded);
		ck_assert_int_gt(offers, 10);
		usher_acd_free(acd);
	}
}
END_TEST

static void widen(struct usher_acd *acd, uint64_t queue, uint32_t number,
		  const char *requirement, uint32_t anyone)
{
	struct usher_queue_step_opts opts;

	usher_queue_step_opts_init(&opts, sizeof(opts));
	opts.action = USHER_QUEUE_STEP_WIDEN;
	opts.after_us = 10 * SEC;
	opts.requirement = requirement;
	opts.anyone = anyone;
	ck_assert_int_eq(
		usher_acd_step_set(acd, DAY_START, queue, number, &opts, NULL),
		0);
}

START_TEST(explain__knows_whom_a_ring_lets_in)
{
	struct usher_acd *acd = acd_made();
	struct usher_explanation all = {.size = sizeof(all)};
	uint64_t queue, contact;
	struct usher_queue_opts opts;
	struct seen seen = {0};

	usher_queue_opts_init(&opts, sizeof(opts));
	opts.name = "members";
	opts.members_only = 1;
	opts.requirement = "billing >= 3";
	ck_assert_int_eq(
		usher_acd_queue_set(acd, DAY_START, &opts, &queue, NULL), 0);
	add_speaker(acd, "anna", "fr", 1);
	add_speaker(acd, "bela", "fr", 2);
	add_speaker(acd, "cili", "de", 2);
	widen(acd, queue, 1, "language == \"fr\"", 1);
	contact = wait_in(acd, DAY_START, queue, 0);
	usher_acd_explain(acd, segment_of(acd, contact), &all, see, &seen);
	ck_assert_uint_eq(all.excluded, 3);
	ck_assert_uint_eq(offered_to(acd, NULL), 0);

	ck_assert_int_eq(usher_acd_advance(acd, DAY_START + 10 * SEC), 0);
	ck_assert_uint_ne(offered_to(acd, NULL), 0);
	memset(&seen, 0, sizeof(seen));
	usher_acd_explain(acd, segment_of(acd, contact), &all, see, &seen);
	ck_assert_uint_eq(all.candidates, 1);
	ck_assert(strstr(seen.text[0], "bela"));
	ck_assert(has(&seen, "anna is being offered it: "));
	ck_assert(has(&seen, "cili does not serve this queue: "));
	usher_acd_free(acd);
}
END_TEST

/* What the contact asks for itself holds in every ring. */
START_TEST(explain__names_what_the_contact_asks_of_a_ring)
{
	struct usher_acd *acd = acd_made();
	struct usher_explanation all = {.size = sizeof(all)};
	uint64_t queue = add_picky(acd), contact, segment;
	struct usher_enqueue_opts opts;
	struct seen seen = {0};

	add_speaker(acd, "novice", "de", 1);
	widen(acd, queue, 1, "billing >= 1", 0);
	ck_assert_int_eq(usher_acd_contact_new(acd, DAY_START, NULL, &contact),
			 0);
	usher_enqueue_opts_init(&opts, sizeof(opts));
	opts.queues = &queue;
	opts.queue_count = 1;
	opts.requirement = "billing >= 2";
	ck_assert_int_eq(
		usher_acd_enqueue(acd, DAY_START, contact, &opts, &segment),
		0);
	usher_acd_explain(acd, segment, &all, see, &seen);
	ck_assert(has(&seen, "novice requirement of the queue: billing >= 3"));
	ck_assert_int_eq(usher_acd_advance(acd, DAY_START + 10 * SEC), 0);
	memset(&seen, 0, sizeof(seen));
	usher_acd_explain(acd, segment, &all, see, &seen);
	ck_assert_uint_eq(all.excluded, 1);
	ck_assert(
		has(&seen, "novice requirement of the contact: billing >= 2"));
	usher_acd_free(acd);
}
END_TEST

/* Without memory nothing is offered; with it the same as if nothing had been.
 */
START_TEST(offer__is_explained_once_there_is_memory)
{
	for (long n = 0; n < 60; n++) {
		struct heap heap = {.left = -1};
		const struct usher_alloc alloc = {heap_realloc, &heap};
		struct usher_enqueue_opts enqueue;
		struct usher_acd_opts opts;
		struct usher_acd *acd;
		uint64_t queue, contact;
		char *json;
		int rc;

		usher_acd_opts_init(&opts, sizeof(opts));
		opts.alloc = &alloc;
		acd = day_core(&opts);
		queue = add_picky(acd);
		add_speaker(acd, "anna", "de", 4);
		add_speaker(acd, "zoe", "fr", 4);
		usher_acd_explain_offers(acd, DAY_START, 8);
		ck_assert_int_eq(
			usher_acd_contact_new(acd, DAY_START, NULL, &contact),
			0);
		usher_enqueue_opts_init(&enqueue, sizeof(enqueue));
		enqueue.queues = &queue;
		enqueue.queue_count = 1;
		heap.left = n;
		rc = usher_acd_enqueue(acd, DAY_START, contact, &enqueue,
				       NULL);
		heap.left = -1;
		ck_assert(!rc || rc == USHER_ENOMEM);
		if (rc)
			ck_assert_int_eq(usher_acd_enqueue(acd, DAY_START,
							   contact, &enqueue,
							   NULL),
					 0);
		usher_acd_advance(acd, DAY_START);
		json = offer_json(acd);
		ck_assert_ptr_nonnull(strstr(json, "\"zoe\":\"requirement"));
		free(json);
		usher_acd_free(acd);
		ck_assert_int_eq(heap.alive, 0);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("explain");
	TCase *tc = tcase_create("explain");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, explain__gives_each_agent_the_first_reason);
	tcase_add_test(
		tc,
		explain__knows_the_contacts_own_requirement_and_who_is_here);
	tcase_add_test(tc, explain__refuses_what_does_not_wait);
	tcase_add_test(tc, explain__writes_lines_for_people);
	tcase_add_test(tc, offer__says_why_when_it_is_wanted);
	tcase_add_test(tc, offer__counts_whom_it_does_not_name);
	tcase_add_test(tc, offer__of_a_batch_tells_whom_the_others_were_given);
	tcase_add_test(
		tc, explain__of_a_batch_leaves_out_who_was_assigned_by_hand);
	tcase_add_test(tc, explain__agrees_with_what_is_offered);
	tcase_add_test(tc, offer__is_explained_once_there_is_memory);
	tcase_add_test(tc, explain__knows_whom_a_ring_lets_in);
	tcase_add_test(tc, explain__names_what_the_contact_asks_of_a_ring);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
