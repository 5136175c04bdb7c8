/* Explanations of policies that do not go by keys alone: what they go by. */
#include <check.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "day.h"
#include "fixture.h"

#define SEC 1000000

static uint64_t add_scored(struct usher_acd *acd, const char *policy,
			   const struct usher_attr *options, uint32_t count)
{
	struct usher_queue_opts opts;
	uint64_t queue;

	usher_queue_opts_init(&opts, sizeof(opts));
	opts.name = "q";
	opts.policy = policy;
	opts.policy_options = options;
	opts.policy_option_count = count;
	opts.wrapup_us = 0;
	ck_assert_int_eq(
		usher_acd_queue_set(acd, DAY_START, &opts, &queue, NULL), 0);
	return queue;
}

static uint64_t add_member(struct usher_acd *acd, const char *name,
			   const char *team, double skill)
{
	const struct usher_attr attrs[] = {
		{.name = "skill", .type = USHER_ATTR_NUMBER, .number = skill},
		{.name = "team", .type = USHER_ATTR_TEXT, .text = team},
		{.name = "weight", .type = USHER_ATTR_NUMBER, .number = skill},
	};
	struct usher_agent_opts opts;

	usher_agent_opts_init(&opts, sizeof(opts));
	opts.name = name;
	opts.attrs = attrs;
	opts.attr_count = 3;
	return add_ready(acd, &opts);
}

/* The chosen one's score and the largest of all. */
static void scores(struct usher_acd *acd, const struct usher_event *ev,
		   double *chosen, double *best, size_t *count)
{
	struct usher_agent_info info = {.size = sizeof(info)};
	uint64_t agent = 0;
	struct usher_attr attr;

	ck_assert_int_eq(usher_event_u64(ev, USHER_F_AGENT, &agent), 0);
	ck_assert_int_eq(usher_acd_agent_info(acd, agent, &info), 0);
	*best = -HUGE_VAL;
	*chosen = 0;
	*count = 0;
	while (!usher_event_attr_at(ev, USHER_F_CONSIDERED, *count, &attr)) {
		ck_assert_int_eq(attr.type, USHER_ATTR_NUMBER);
		if (attr.number > *best)
			*best = attr.number;
		if (!strcmp(attr.name, info.name))
			*chosen = attr.number;
		++*count;
	}
}

/* Serve contacts one after another; how often scores differed. */
static int serve(struct usher_acd *acd, uint64_t queue, bool largest)
{
	int64_t now = DAY_START;
	int differed = 0;

	for (int i = 0; i < 40; i++) {
		const struct usher_event *ev;
		uint64_t contact, offer = 0;
		double chosen, best;
		size_t count;

		now += SEC;
		contact = wait_in(acd, now, queue, 0);
		usher_acd_advance(acd, now += SEC);
		while ((ev = usher_acd_next(acd))) {
			if (ev->type != USHER_EV_OFFER_MADE)
				continue;
			usher_event_u64(ev, USHER_F_OFFER, &offer);
			scores(acd, ev, &chosen, &best, &count);
			if (largest)
				ck_assert_double_eq(chosen, best);
			/* a key is a time of this day */
			ck_assert_double_lt(best, (double)DAY_START);
			differed += chosen < best || count > 1;
		}
		ck_assert_uint_ne(offer, 0);
		ck_assert_int_eq(usher_acd_accept(acd, now, offer, NULL), 0);
		ck_assert_int_eq(usher_acd_connected(acd, now, offer, NULL),
				 0);
		now += (i % 5 + 1) * SEC;
		ck_assert_int_eq(
			usher_acd_contact_end(acd, now, contact, "done"), 0);
	}
	return differed;
}

static const struct usher_attr team_shares[] = {
	{.name = "blue", .type = USHER_ATTR_NUMBER, .number = 3},
	{.name = "red", .type = USHER_ATTR_NUMBER, .number = 1},
};
static const struct usher_attr skills[] = {
	{.name = "skill", .type = USHER_ATTR_NUMBER, .number = 2},
};

static const struct scored {
	const char *policy;
	const struct usher_attr *options;
	uint32_t count;
	bool any; /* not always the largest */
} scored[] = {
	{"best_skilled", skills, 1, false},
	{"fair_threshold", team_shares, 2, false},
	{"fastest_first", NULL, 0, false},
	{"idleness_ratio", team_shares, 2, false},
	{"least_occupied", NULL, 0, false},
	{"least_skilled_first", skills, 1, false},
	{"percentage", team_shares, 2, false},
	{"slowest_first", NULL, 0, false},
	{"weighted_random", NULL, 0, true},
};

START_TEST(offer__tells_the_scores_that_a_scanning_policy_goes_by)
{
	const struct scored *one = &scored[_i];
	struct usher_acd *acd = acd_made();
	uint64_t queue =
		add_scored(acd, one->policy, one->options, one->count);

	add_member(acd, "anna", "blue", 2);
	add_member(acd, "bela", "blue", 1);
	add_member(acd, "cili", "red", 4);
	add_member(acd, "dora", "none", 3);
	ck_assert_int_eq(
		usher_acd_explain_offers(acd, DAY_START, USHER_EXPLAIN_MAX),
		0);
	ck_assert_int_gt(serve(acd, queue, !one->any), 10);
	usher_acd_free(acd);
}
END_TEST

struct seen {
	int64_t score[8];
	char line[8][256];
	int count;
	int lines;
};

static void see(void *arg, const struct usher_explained *one)
{
	struct seen *seen = arg;

	seen->score[seen->count++] = one->score;
}

static void see_line(void *arg, const char *text)
{
	struct seen *seen = arg;

	snprintf(seen->line[seen->lines++], sizeof(seen->line[0]), "%s", text);
}

START_TEST(explain__tells_what_a_batch_would_gain)
{
	static const struct usher_attr options[] = {
		{.name = "skill", .type = USHER_ATTR_NUMBER, .number = 1},
		{.name = "window", .type = USHER_ATTR_NUMBER, .number = 30},
	};
	struct usher_acd *acd = acd_made();
	uint64_t queue = add_scored(acd, "batch", options, 2), segment;
	struct usher_explanation all = {.size = sizeof(all)};
	struct seen seen = {0};

	add_member(acd, "low", "blue", 1);
	add_member(acd, "high", "blue", 5);
	segment = usher_acd_segment_next(acd,
					 wait_in(acd, DAY_START, queue, 0), 0);
	ck_assert_int_eq(usher_acd_explain(acd, segment, &all, see, &seen), 0);
	ck_assert_uint_eq(all.scored, 1);
	ck_assert_uint_eq(all.candidates, 2);
	ck_assert_int_eq(seen.score[0] - seen.score[1], 4000);
	usher_acd_explain_text(acd, segment, see_line, &seen);
	ck_assert_int_eq(seen.lines, 3);
	ck_assert_msg(!strncmp(seen.line[1], "  + high: score ", 16), "%s",
		      seen.line[1]);
	usher_acd_free(acd);
}
END_TEST

/* A policy of one's own, which scores by the agent's order, or tells
 * nothing. */
static int64_t by_order(void *arg, const void *state,
			const struct usher_pick *pick,
			const struct usher_agent_view *agent)
{
	(void)arg;
	(void)state;
	(void)pick;
	return agent->order;
}

static int64_t largest_first(void *arg, const struct usher_agent_view *agent)
{
	(void)arg;
	return -(int64_t)agent->order;
}

static int nobody(void *arg, void *state, const struct usher_pick *pick,
		  const struct usher_agent_view *agents, size_t count,
		  struct usher_choice *choice)
{
	struct usher_acd **acd = arg;
	struct usher_explanation all = {.size = sizeof(all)};
	uint64_t segment =
		usher_acd_segment_next(*acd, pick->contact->contact, 0);

	(void)state;
	(void)agents;
	(void)count;
	(void)choice;
	/* asks itself, and is not asked again */
	ck_assert_int_eq(usher_acd_explain(*acd, segment, &all, NULL, NULL),
			 0);
	ck_assert_uint_eq(all.scored, 0);
	return USHER_PICK_NOBODY;
}

START_TEST(explain__asks_policies_of_ones_own)
{
	struct usher_acd *acd = acd_made();
	struct usher_agent_policy own;
	struct usher_explanation all = {.size = sizeof(all)};
	struct seen seen = {0};
	uint64_t queue, segment;

	usher_agent_policy_init(&own, sizeof(own));
	own.name = "silent";
	own.arg = &acd;
	own.order = USHER_ORDER_SCAN;
	own.pick = nobody;
	ck_assert_int_eq(usher_acd_agent_policy_add(acd, &own), 0);
	own.name = "ordered";
	own.order = USHER_ORDER_HEAD;
	own.pick = NULL;
	own.score = by_order;
	own.key = largest_first;
	ck_assert_int_eq(usher_acd_agent_policy_add(acd, &own), 0);
	queue = add_scored(acd, "silent", NULL, 0);
	add_agent(acd, "first", 7);
	add_agent(acd, "second", 9);
	segment = usher_acd_segment_next(acd,
					 wait_in(acd, DAY_START, queue, 0), 0);
	ck_assert_int_eq(usher_acd_explain(acd, segment, &all, see, &seen), 0);
	ck_assert_uint_eq(all.candidates, 2);
	ck_assert_uint_eq(all.scored, 0);
	usher_acd_explain_text(acd, segment, see_line, &seen);
	ck_assert_msg(strstr(seen.line[1], "first: key 0, "), "%s",
		      seen.line[1]);
	usher_acd_explain_offers(acd, DAY_START, 8);
	add_scored(acd, "ordered", NULL, 0);
	usher_acd_advance(acd, DAY_START + SEC);
	for (const struct usher_event *ev; (ev = usher_acd_next(acd));) {
		double chosen, best;
		size_t count;

		if (ev->type != USHER_EV_OFFER_MADE)
			continue;
		scores(acd, ev, &chosen, &best, &count);
		ck_assert_double_eq(chosen, 9);
		ck_assert_uint_eq(count, 2);
		seen.count = -1;
	}
	ck_assert_int_eq(seen.count, -1);
	usher_acd_free(acd);
}
END_TEST

START_TEST(explain__tells_nothing_without_memory)
{
	for (long n = 0;; n++) {
		struct heap heap = {.left = -1};
		const struct usher_alloc alloc = {heap_realloc, &heap};
		struct usher_explanation all = {.size = sizeof(all)};
		struct usher_acd_opts opts;
		struct seen seen = {0};
		struct usher_acd *acd;
		uint64_t segment, queue;
		int rc;

		usher_acd_opts_init(&opts, sizeof(opts));
		opts.alloc = &alloc;
		acd = day_core(&opts);
		queue = add_scored(acd, "batch", skills, 1);
		add_member(acd, "anna", "blue", 1);
		segment = usher_acd_segment_next(
			acd, wait_in(acd, DAY_START, queue, 0), 0);
		heap.left = n;
		rc = usher_acd_explain(acd, segment, &all, see, &seen);
		heap.left = -1;
		ck_assert(!rc || rc == USHER_ENOMEM);
		ck_assert_int_eq(seen.count, rc ? 0 : 1);
		ck_assert_uint_eq(all.scored, rc ? 0 : 1);
		usher_acd_free(acd);
		ck_assert_int_eq(heap.alive, 0);
		if (!rc) {
			ck_assert_int_ge(n, 2);
			break;
		}
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("scores");
	TCase *tc = tcase_create("scores");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(
		tc, offer__tells_the_scores_that_a_scanning_policy_goes_by, 0,
		(int)(sizeof(scored) / sizeof(scored[0])));
	tcase_add_test(tc, explain__tells_what_a_batch_would_gain);
	tcase_add_test(tc, explain__asks_policies_of_ones_own);
	tcase_add_test(tc, explain__tells_nothing_without_memory);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
