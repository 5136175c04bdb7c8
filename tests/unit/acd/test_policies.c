/* Policies from outside, and what the core shows and forbids them. */
#include <check.h>
#include <string.h>

#include "day.h"
#include "fixture.h"

/* What a policy of these tests does, and what it saw. */
struct mind {
	struct usher_acd *acd;
	int verdict;
	int64_t later;
	int asked;
	uint32_t candidates;
	int busy;
};

static int mind_seek(void *arg, void *state, const struct usher_pick *pick,
		     struct usher_choice *choice)
{
	struct mind *mind = arg;

	(void)state;
	mind->asked++;
	mind->candidates = pick->candidates;
	mind->busy = usher_acd_day(mind->acd, pick->now_us, "no");
	ck_assert_int_eq(usher_acd_advance(mind->acd, pick->now_us + 1),
			 USHER_EBUSY);
	ck_assert_int_eq(usher_acd_contact_new(mind->acd, 0, NULL, NULL),
			 USHER_EBUSY);
	choice->at_us = mind->later;
	return mind->verdict;
}

/* Counts in its state how often it chose. */
static void mind_chosen(void *arg, void *state, const struct usher_pick *pick,
			const struct usher_agent_view *agent)
{
	(void)arg;
	(void)pick;
	ck_assert_uint_ne(agent->agent, 0);
	((unsigned char *)state)[0]++;
}

static struct usher_agent_policy mind_policy(struct mind *mind)
{
	struct usher_agent_policy policy;

	usher_agent_policy_init(&policy, sizeof(policy));
	policy.name = "mind";
	policy.arg = mind;
	policy.version = 7;
	policy.order = USHER_ORDER_STATIC;
	policy.state_size = 8;
	policy.seek = mind_seek;
	policy.chosen = mind_chosen;
	return policy;
}

START_TEST(policy__is_refused_any_input_in_its_callback)
{
	struct mind mind = {.verdict = USHER_PICK_THIS};
	struct usher_agent_policy policy = mind_policy(&mind);
	struct usher_acd *acd;
	uint64_t queue, anna;

	ck_assert_int_eq(usher_acd_new(&acd, NULL, NULL), 0);
	mind.acd = acd;
	ck_assert_int_eq(usher_acd_agent_policy_add(acd, &policy), 0);
	ck_assert_int_eq(usher_acd_agent_policy_add(acd, &policy),
			 USHER_EEXIST);
	queue = add_queue(acd, "q", "mind");
	anna = add_agent(acd, "anna", 0);
	wait_in(acd, DAY_START, queue, 0);
	ck_assert_int_eq(mind.asked, 1);
	ck_assert_uint_eq(mind.candidates, 1);
	ck_assert_int_eq(mind.busy, USHER_EBUSY);
	ck_assert_uint_eq(offered_to(acd, NULL), anna);
	usher_acd_free(acd);
}
END_TEST

START_TEST(policy__that_wants_nobody_is_asked_again_when_something_changes)
{
	struct mind mind = {.verdict = USHER_PICK_NOBODY};
	struct usher_agent_policy policy = mind_policy(&mind);
	struct usher_acd *acd;
	uint64_t queue, contact;

	ck_assert_int_eq(usher_acd_new(&acd, NULL, NULL), 0);
	mind.acd = acd;
	ck_assert_int_eq(usher_acd_agent_policy_add(acd, &policy), 0);
	queue = add_queue(acd, "q", "mind");
	add_agent(acd, "anna", 0);
	contact = wait_in(acd, DAY_START, queue, 0);
	ck_assert_int_eq(mind.asked, 1);
	ck_assert_uint_eq(offered_to(acd, NULL), 0);
	ck_assert_int_eq(usher_acd_deadline(acd), USHER_NEVER);
	mind.verdict = USHER_PICK_THIS;
	add_agent(acd, "bela", 1);
	ck_assert_uint_ne(offered_to(acd, &contact), 0);
	usher_acd_free(acd);
}
END_TEST

/* Not even what the core itself would say: nothing stays to be done. */
START_TEST(policy__that_says_something_else_wants_nobody)
{
	static const int verdicts[] = {USHER_ENOMEM, USHER_EAGAIN, -1, 3, 99};

	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
		struct mind mind = {.verdict = verdicts[i]};
		struct usher_agent_policy policy = mind_policy(&mind);
		struct usher_acd *acd = acd_made();
		uint64_t queue;

		mind.acd = acd;
		ck_assert_int_eq(usher_acd_agent_policy_add(acd, &policy), 0);
		queue = add_queue(acd, "q", "mind");
		add_agent(acd, "anna", 0);
		wait_in(acd, DAY_START, queue, 0);
		ck_assert_int_eq(mind.asked, 1);
		ck_assert_int_eq(usher_acd_deadline(acd), USHER_NEVER);
		ck_assert_int_eq(usher_acd_advance(acd, DAY_START + 1), 0);
		ck_assert_uint_eq(offered_to(acd, NULL), 0);
		usher_acd_free(acd);
	}
}
END_TEST

START_TEST(policy__cannot_wait_for_ever)
{
	struct mind mind = {.verdict = USHER_PICK_LATER, .later = USHER_NEVER};
	struct usher_agent_policy policy = mind_policy(&mind);
	struct usher_acd *acd = acd_made();
	uint64_t queue;

	mind.acd = acd;
	ck_assert_int_eq(usher_acd_agent_policy_add(acd, &policy), 0);
	queue = add_queue(acd, "q", "mind");
	add_agent(acd, "anna", 0);
	wait_in(acd, DAY_START, queue, 0);
	ck_assert_int_lt(usher_acd_deadline(acd), USHER_NEVER);
	ck_assert_int_gt(usher_acd_deadline(acd), DAY_START);
	usher_acd_free(acd);
}
END_TEST

START_TEST(policy__is_asked_again_at_the_time_it_names)
{
	struct mind mind = {.verdict = USHER_PICK_LATER,
			    .later = DAY_START + 9 * SECOND};
	struct usher_agent_policy policy = mind_policy(&mind);
	struct usher_acd *acd;
	uint64_t queue;

	ck_assert_int_eq(usher_acd_new(&acd, NULL, NULL), 0);
	mind.acd = acd;
	ck_assert_int_eq(usher_acd_agent_policy_add(acd, &policy), 0);
	queue = add_queue(acd, "q", "mind");
	add_agent(acd, "anna", 0);
	wait_in(acd, DAY_START, queue, 0);
	ck_assert_int_eq(usher_acd_deadline(acd), mind.later);
	/* another agent does not change that */
	mind.verdict = USHER_PICK_THIS;
	add_agent(acd, "bela", 1);
	ck_assert_int_eq(mind.asked, 1);
	ck_assert_int_eq(usher_acd_advance(acd, mind.later - 1), 0);
	ck_assert_uint_eq(offered_to(acd, NULL), 0);
	ck_assert_int_eq(usher_acd_advance(acd, mind.later), 0);
	ck_assert_uint_ne(offered_to(acd, NULL), 0);
	usher_acd_free(acd);
}
END_TEST

static int64_t min(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Whatever becomes of an offer by another queue in the meantime. */
START_TEST(policy__that_said_later_is_not_asked_after_another_queues_offer)
{
	const int64_t later = DAY_START + 60 * SECOND;
	struct mind mind = {.verdict = USHER_PICK_LATER, .later = later};
	struct usher_agent_policy policy = mind_policy(&mind);
	struct usher_acd *acd = acd_made();
	struct usher_enqueue_opts opts;
	uint64_t queues[2], contact, seg;

	mind.acd = acd;
	ck_assert_int_eq(usher_acd_agent_policy_add(acd, &policy), 0);
	queues[0] = add_queue(acd, "patient", "mind");
	queues[1] = add_queue(acd, "other", NULL);
	add_agent(acd, "anna", 0);
	ck_assert_int_eq(usher_acd_contact_new(acd, DAY_START, NULL, &contact),
			 0);
	usher_enqueue_opts_init(&opts, sizeof(opts));
	opts.queues = queues;
	opts.queue_count = 2;
	ck_assert_int_eq(
		usher_acd_enqueue(acd, DAY_START, contact, &opts, &seg), 0);
	ck_assert_int_eq(mind.asked, 1);
	ck_assert_int_eq(
		usher_acd_reject(acd, DAY_START + SECOND,
				 usher_acd_offer_next(acd, contact, 0), ""),
		0);
	ck_assert_int_eq(usher_acd_dequeue(acd, DAY_START + SECOND, seg + 1,
					   USHER_LEAVE_REMOVED),
			 0);
	mind.verdict = USHER_PICK_THIS;
	add_agent(acd, "bela", 1);
	drained(acd);
	while (usher_acd_now(acd) < later - 1) {
		int64_t next = min(usher_acd_deadline(acd), later - 1);

		ck_assert_int_eq(usher_acd_advance(acd, next), 0);
	}
	ck_assert_int_eq(mind.asked, 1);
	ck_assert_uint_eq(offered_to(acd, NULL), 0);
	ck_assert_int_eq(usher_acd_deadline(acd), later);
	ck_assert_int_eq(usher_acd_advance(acd, later), 0);
	ck_assert_int_eq(mind.asked, 2);
	ck_assert_uint_ne(offered_to(acd, NULL), 0);
	usher_acd_free(acd);
}
END_TEST

START_TEST(policy__has_its_state_again_after_a_restart)
{
	struct mind mind = {.verdict = USHER_PICK_THIS};
	struct usher_agent_policy policy = mind_policy(&mind);
	const struct usher_agent_policy *tables[] = {&policy};
	struct usher_acd *acd, *restored = NULL;
	const struct usher_event *ev;
	const char *state = "";
	struct bytes bytes;
	size_t len = 0;
	uint64_t queue;

	ck_assert_int_eq(usher_acd_new(&acd, NULL, NULL), 0);
	mind.acd = acd;
	ck_assert_int_eq(usher_acd_agent_policy_add(acd, &policy), 0);
	queue = add_queue(acd, "q", "mind");
	add_agent(acd, "anna", 0);
	wait_in(acd, DAY_START, queue, 0);
	wait_in(acd, DAY_START, queue, 0);
	while (usher_acd_next(acd))
		;
	bytes_snapshot(&bytes, acd);
	usher_acd_free(acd);
	/* its table has to be known */
	ck_assert_int_eq(usher_acd_restore(&restored, NULL, NULL, 0, NULL, 0,
					   bytes.at, bytes.len, NULL),
			 USHER_ENOENT);
	ck_assert_int_eq(usher_acd_restore(&restored, NULL, tables, 1, NULL, 0,
					   bytes.at, bytes.len, NULL),
			 0);
	mind.acd = restored;
	add_agent(restored, "bela", 1);
	while ((ev = usher_acd_next(restored)) &&
	       ev->type != USHER_EV_OFFER_MADE)
		;
	ck_assert_ptr_nonnull(ev);
	ck_assert_int_eq(
		usher_event_str(ev, USHER_F_POLICY_STATE, &state, &len), 0);
	ck_assert_uint_eq(len, 8);
	ck_assert_int_eq(state[0], 2);
	free(bytes.at);
	usher_acd_free(restored);
}
END_TEST

static int64_t by_load(void *arg, const void *state,
		       const struct usher_pick *pick,
		       const struct usher_agent_view *agent)
{
	(void)arg;
	(void)state;
	(void)pick;
	return agent->order == 1 ? 5 : 1;
}

static int last_of_all(void *arg, const struct usher_pick *pick,
		       const struct usher_contact_view *contacts, size_t count,
		       struct usher_choice *choice)
{
	(void)arg;
	ck_assert_ptr_nonnull(pick->agent);
	ck_assert_uint_ne(contacts[0].contact, 0);
	choice->index = (uint32_t)count - 1;
	return USHER_PICK_THIS;
}

START_TEST(policy__may_score_heads_and_scan_all)
{
	struct usher_agent_policy score;
	struct usher_contact_policy scan;
	struct usher_acd *acd;
	uint64_t queue, bela, last, contact = 0;

	ck_assert_int_eq(usher_acd_new(&acd, NULL, NULL), 0);
	usher_agent_policy_init(&score, sizeof(score));
	score.name = "score";
	score.order = USHER_ORDER_HEAD;
	ck_assert_int_eq(usher_acd_agent_policy_add(acd, &score),
			 USHER_EINVAL);
	score.score = by_load;
	ck_assert_int_eq(usher_acd_agent_policy_add(acd, &score), 0);
	usher_contact_policy_init(&scan, sizeof(scan));
	scan.name = "scan";
	scan.order = USHER_ORDER_SCAN;
	ck_assert_int_eq(usher_acd_contact_policy_add(acd, &scan),
			 USHER_EINVAL);
	scan.pick = last_of_all;
	ck_assert_int_eq(usher_acd_contact_policy_add(acd, &scan), 0);
	ck_assert_int_eq(usher_acd_configure(acd, DAY_START, "scan"), 0);
	ck_assert_int_eq(usher_acd_configure(acd, DAY_START, "none"),
			 USHER_ENOENT);
	queue = add_queue(acd, "q", "score");
	wait_in(acd, DAY_START, queue, 0);
	wait_in(acd, DAY_START + 1, queue, 0);
	last = wait_in(acd, DAY_START + 2, queue, 0);
	bela = add_agent(acd, "bela", 1);
	ck_assert_uint_eq(offered_to(acd, &contact), bela);
	ck_assert_uint_eq(contact, last);
	usher_acd_free(acd);
}
END_TEST

START_TEST(random__offers_to_every_agent_and_the_seed_decides)
{
	int seen[6] = {0};
	uint64_t first[2][30];

	for (int again = 0; again < 2; again++) {
		struct usher_acd_opts opts;
		struct usher_acd *acd;
		uint64_t queue;

		usher_acd_opts_init(&opts, sizeof(opts));
		opts.seed = 99;
		ck_assert_int_eq(usher_acd_new(&acd, &opts, NULL), 0);
		queue = add_queue(acd, "q", "random");
		for (int i = 0; i < 5; i++) {
			char name[] = "a0";

			name[1] = (char)('0' + i);
			add_agent(acd, name, 0);
		}
		for (int i = 0; i < 30; i++) {
			uint64_t contact = wait_in(acd, DAY_START, queue, 0);

			first[again][i] = offered_to(acd, NULL);
			ck_assert_uint_ge(first[again][i], 1);
			ck_assert_uint_le(first[again][i], 5);
			seen[first[again][i]]++;
			ck_assert_int_eq(usher_acd_contact_end(acd, DAY_START,
							       contact, ""),
					 0);
		}
		usher_acd_free(acd);
	}
	ck_assert_mem_eq(first[0], first[1], sizeof(first[0]));
	for (int i = 1; i <= 5; i++)
		ck_assert_int_gt(seen[i], 0);
}
END_TEST

/* The next event, which has to be of this type. */
static const struct usher_event *next_of(struct usher_acd *acd, uint32_t type)
{
	const struct usher_event *ev = usher_acd_next(acd);

	ck_assert_ptr_nonnull(ev);
	ck_assert_uint_eq(ev->type, type);
	return ev;
}

START_TEST(cause__is_a_request_or_the_first_event_of_the_same_step)
{
	struct usher_acd *acd = acd_made();
	struct usher_by by = {.actor = USHER_BY_TOKEN, .cause = 77};
	uint64_t queue = add_queue(acd, "q", NULL), first, contact;
	const struct usher_event *ev;

	add_agent(acd, "anna", 0);
	contact = wait_in(acd, DAY_START, queue, 0);
	while ((ev = usher_acd_next(acd)) &&
	       ev->type != USHER_EV_QUEUE_ENTERED)
		;
	ck_assert_uint_eq(ev->cause_kind, USHER_CAUSE_NONE);
	first = ev->seq;
	ev = next_of(acd, USHER_EV_OFFER_MADE);
	ck_assert_uint_eq(ev->actor, USHER_BY_POLICY);
	ck_assert_uint_eq(ev->cause_kind, USHER_CAUSE_EVENT);
	ck_assert_uint_eq(ev->cause, first);
	/* a deadline */
	ck_assert_int_eq(usher_acd_advance(acd, DAY_START + 20 * SECOND), 0);
	ev = next_of(acd, USHER_EV_OFFER_MISSED);
	ck_assert_uint_eq(ev->actor, USHER_BY_TIMER);
	ck_assert_uint_eq(ev->cause_kind, USHER_CAUSE_NONE);
	/* one that only lets the contact be offered again */
	ck_assert_int_eq(usher_acd_advance(acd, DAY_START + 25 * SECOND), 0);
	ev = next_of(acd, USHER_EV_OFFER_MADE);
	ck_assert_uint_eq(ev->actor, USHER_BY_POLICY);
	ck_assert_uint_eq(ev->cause_kind, USHER_CAUSE_RETRY);
	ck_assert_uint_eq(ev->cause, contact);
	/* a request, with what it decides at once and what follows */
	usher_acd_by(acd, &by);
	ck_assert_int_eq(usher_acd_contact_end(acd, DAY_START + 26 * SECOND,
					       contact, ""),
			 0);
	while ((ev = usher_acd_next(acd))) {
		ck_assert_uint_eq(ev->cause_kind, USHER_CAUSE_REQUEST);
		ck_assert_uint_eq(ev->cause, 77);
		ck_assert_uint_eq(ev->actor, USHER_BY_TOKEN);
	}
	usher_acd_free(acd);
}
END_TEST

static void is_by(const struct usher_event *ev, uint32_t actor, uint64_t cause)
{
	ck_assert_ptr_nonnull(ev);
	ck_assert_uint_eq(ev->actor, actor);
	ck_assert_uint_eq(ev->cause_kind,
			  cause ? USHER_CAUSE_REQUEST : USHER_CAUSE_NONE);
	ck_assert_uint_eq(ev->cause, cause);
}

START_TEST(by__holds_for_all_inputs_of_a_request)
{
	const struct usher_by all = {.actor = USHER_BY_TOKEN, .cause = 5};
	const struct usher_by one = {.actor = USHER_BY_CONFIG};
	struct usher_acd *acd = acd_made();
	uint64_t id;

	usher_acd_by_all(acd, &all);
	ck_assert_int_eq(usher_acd_contact_new(acd, DAY_START, NULL, &id), 0);
	ck_assert_int_eq(usher_acd_contact_end(acd, DAY_START, 99, ""),
			 USHER_ENOENT);
	is_by(usher_acd_next(acd), USHER_BY_TOKEN, 5);
	usher_acd_by(acd, &one);
	ck_assert_int_eq(usher_acd_contact_new(acd, DAY_START, NULL, &id), 0);
	is_by(usher_acd_next(acd), USHER_BY_CONFIG, 0);
	ck_assert_int_eq(usher_acd_contact_new(acd, DAY_START, NULL, &id), 0);
	is_by(usher_acd_next(acd), USHER_BY_TOKEN, 5);
	usher_acd_by_all(acd, NULL);
	ck_assert_int_eq(usher_acd_contact_new(acd, DAY_START, NULL, &id), 0);
	is_by(usher_acd_next(acd), USHER_BY_HOST, 0);
	usher_acd_free(acd);
}
END_TEST

START_TEST(places__follow_priority_and_age)
{
	struct usher_queue_info info = {.size = sizeof(info)};
	struct usher_acd *acd;
	uint64_t queue, seg = 0, order[4];
	static const uint64_t expected[] = {3, 1, 2, 4};

	ck_assert_int_eq(usher_acd_new(&acd, NULL, NULL), 0);
	queue = add_queue(acd, "q", "longest_idle");
	wait_in(acd, DAY_START, queue, 0);
	wait_in(acd, DAY_START + 1, queue, 0);
	wait_in(acd, DAY_START + 2, queue, 5);
	wait_in(acd, DAY_START + 3, queue, 0);
	/* one that is offered or detached keeps its place */
	ck_assert_int_eq(usher_acd_detach(acd, DAY_START + 4, 1,
					  DAY_START + 60 * SECOND, ""),
			 0);
	for (int i = 0; i < 4; i++) {
		seg = usher_acd_waiting_next(acd, queue, seg);
		order[i] = seg;
		ck_assert_uint_eq(usher_acd_position(acd, seg),
				  (uint32_t)i + 1);
	}
	ck_assert_mem_eq(order, expected, sizeof(expected));
	ck_assert_uint_eq(usher_acd_waiting_next(acd, queue, seg), 0);
	ck_assert_uint_eq(usher_acd_position(acd, 99), 0);
	ck_assert_int_eq(usher_acd_queue_info(acd, queue, &info), 0);
	ck_assert_uint_eq(info.waiting, 4);
	ck_assert_uint_eq(info.detached, 1);
	ck_assert_int_eq(info.oldest_us, DAY_START);
	ck_assert_int_eq(info.expected_wait_us, -1);
	ck_assert_uint_eq(info.staffed, 0);
	add_agent(acd, "anna", 0);
	ck_assert_int_eq(usher_acd_queue_info(acd, queue, &info), 0);
	ck_assert_uint_eq(info.staffed, 1);
	ck_assert_uint_eq(info.free, 0);
	ck_assert_uint_eq(info.offered, 1);
	ck_assert_int_eq(usher_acd_queue_info(acd, 99, &info), USHER_ENOENT);
	usher_acd_free(acd);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("acd policies");
	TCase *tcase = tcase_create("policies");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, policy__is_refused_any_input_in_its_callback);
	tcase_add_test(
		tcase,
		policy__that_wants_nobody_is_asked_again_when_something_changes);
	tcase_add_test(tcase, policy__that_says_something_else_wants_nobody);
	tcase_add_test(tcase, policy__cannot_wait_for_ever);
	tcase_add_test(tcase, policy__is_asked_again_at_the_time_it_names);
	tcase_add_test(
		tcase,
		policy__that_said_later_is_not_asked_after_another_queues_offer);
	tcase_add_test(tcase, policy__has_its_state_again_after_a_restart);
	tcase_add_test(tcase, policy__may_score_heads_and_scan_all);
	tcase_add_test(tcase,
		       random__offers_to_every_agent_and_the_seed_decides);
	tcase_add_test(
		tcase,
		cause__is_a_request_or_the_first_event_of_the_same_step);
	tcase_add_test(tcase, by__holds_for_all_inputs_of_a_request);
	tcase_add_test(tcase, places__follow_priority_and_age);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
