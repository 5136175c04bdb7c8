/* Customers who are dialed in their turn: who has it, and what finding out
 * costs. */
#include <check.h>
#include <stdio.h>

#include <usher/acd.h>

#include "day.h"
#include "fixture.h"
#include "turns.h"

static bool says(struct usher_acd *acd, uint32_t type)
{
	const struct usher_event *ev;
	bool said = false;

	while ((ev = usher_acd_next(acd)))
		said = said || ev->type == type;
	return said;
}

/* The older one's customer cannot be dialed, since another one's is and only
 * one agent is free: who waits behind is assigned all the same. */
START_TEST(turn__that_does_not_come_holds_up_no_batch)
{
	const int64_t later = DAY_START + 10 * SECOND;
	struct usher_acd *acd = acd_made();
	uint64_t queue = add_queue(acd, "q", "batch");
	uint64_t bela = add_agent(acd, "bela", 0), dialed, turns, waits, who;

	dialed = wait_in(acd, DAY_START, queue, 0);
	ask_turn(acd, dialed, "p:1");
	ck_assert_uint_eq(told(acd, dialed).callback, USHER_CALLBACK_DUE);
	ck_assert_int_eq(
		usher_acd_presence(acd, later, bela, USHER_PAUSED, ""), 0);
	turns = wait_in(acd, later, queue, 0);
	ask_turn(acd, turns, "p:2");
	ck_assert_uint_eq(told(acd, turns).callback, USHER_CALLBACK_TURN);
	waits = wait_in(acd, later, queue, 0);
	drained(acd);
	ck_assert_int_eq(usher_acd_presence(acd, later, bela, USHER_READY, ""),
			 0);
	ck_assert_uint_eq(told(acd, turns).callback, USHER_CALLBACK_TURN);
	ck_assert_uint_eq(offered_to(acd, &who), bela);
	ck_assert_uint_eq(who, waits);
	usher_acd_free(acd);
}
END_TEST

/* More of these than contacts of one queue are asked about while an agent is
 * served, each of a class of its own. */
START_TEST(turns__that_do_not_come_hold_up_nobody)
{
	struct usher_acd *acd = acd_made();
	struct usher_queue_opts queue_opts;
	struct usher_contact_opts opts;
	struct usher_enqueue_opts enqueue;
	struct usher_attr k = {.name = "k", .type = USHER_ATTR_NUMBER};
	uint64_t queue, bela, id, waits, who;
	char address[8];

	usher_queue_opts_init(&queue_opts, sizeof(queue_opts));
	queue_opts.name = "q";
	queue_opts.requirement = "contact.k != 1000";
	ck_assert_int_eq(
		usher_acd_queue_set(acd, DAY_START, &queue_opts, &queue, NULL),
		0);
	bela = add_agent(acd, "bela", 0);
	ck_assert_int_eq(
		usher_acd_presence(acd, DAY_START, bela, USHER_PAUSED, ""), 0);
	usher_contact_opts_init(&opts, sizeof(opts));
	opts.attrs = &k;
	opts.attr_count = 1;
	usher_enqueue_opts_init(&enqueue, sizeof(enqueue));
	enqueue.queues = &queue;
	enqueue.queue_count = 1;
	for (int i = 0; i < 71; i++) {
		k.number = i;
		ck_assert_int_eq(
			usher_acd_contact_new(acd, DAY_START, &opts, &id), 0);
		ck_assert_int_eq(
			usher_acd_enqueue(acd, DAY_START, id, &enqueue, NULL),
			0);
		snprintf(address, sizeof(address), "p:%d", i);
		ask_turn(acd, id, address);
		if (i)
			continue;
		/* dialed, and needs the one agent */
		for (int ready = 1; ready >= 0; ready--)
			ck_assert_int_eq(
				usher_acd_presence(acd, DAY_START, bela,
						   ready ? USHER_READY
							 : USHER_PAUSED,
						   ""),
				0);
	}
	k.number = 500;
	ck_assert_int_eq(usher_acd_contact_new(acd, DAY_START, &opts, &waits),
			 0);
	ck_assert_int_eq(
		usher_acd_enqueue(acd, DAY_START, waits, &enqueue, NULL), 0);
	drained(acd);
	ck_assert_int_eq(
		usher_acd_presence(acd, DAY_START, bela, USHER_READY, ""), 0);
	ck_assert_uint_eq(offered_to(acd, &who), bela);
	ck_assert_uint_eq(who, waits);
	usher_acd_free(acd);
}
END_TEST

/* While the older one is collected. */
START_TEST(turn__comes_beside_a_batch)
{
	struct usher_acd *acd = acd_made();
	uint64_t queue = add_queue(acd, "q", "batch"), turns;

	wait_in(acd, DAY_START, queue, 5);
	turns = wait_in(acd, DAY_START, queue, 0);
	ask_turn(acd, turns, "p:1");
	ck_assert_uint_eq(told(acd, turns).callback, USHER_CALLBACK_TURN);
	drained(acd);
	add_agent(acd, "anna", 0);
	ck_assert_uint_eq(told(acd, turns).callback, USHER_CALLBACK_DUE);
	ck_assert(says(acd, USHER_EV_COLLECTING));
	usher_acd_free(acd);
}
END_TEST

/* ---- Turns: what they cost ---- */

static uint64_t add_with(struct usher_acd *acd, const char *name,
			 const char *skill)
{
	struct usher_agent_opts opts;
	struct usher_attr attr = {
		.name = skill, .type = USHER_ATTR_NUMBER, .number = 1};

	usher_agent_opts_init(&opts, sizeof(opts));
	opts.name = name;
	opts.attrs = &attr;
	opts.attr_count = 1;
	return add_ready(acd, &opts);
}

static struct usher_acd_stats stats_of(const struct usher_acd *acd)
{
	struct usher_acd_stats stats = {.size = sizeof(stats)};

	usher_acd_stats(acd, &stats);
	return stats;
}

/* So many agents, who stay away: their ids. */
static void add_few(struct usher_acd *acd, uint64_t *few, int count)
{
	char name[16];

	for (int i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "r%d", i);
		few[i] = add_with(acd, name, "rare");
		ck_assert_int_eq(usher_acd_presence(acd, DAY_START, few[i],
						    USHER_PAUSED, ""),
				 0);
	}
}

/* So many customers wait for their turn, of whom as many have it as agents
 * come: the last one. */
static uint64_t crowd_made(struct usher_acd *acd, uint64_t queue, int dialed,
			   int turns)
{
	uint64_t few[64], first = 0, id = 0;
	char address[16];

	add_few(acd, few, dialed);
	for (int i = 0; i < dialed + turns; i++) {
		id = wait_in(acd, DAY_START, queue, 0);
		first = first ? first : id;
		snprintf(address, sizeof(address), "p:%d", i);
		ask_turn(acd, id, address);
		settled(acd);
	}
	for (int i = 0; i < dialed; i++) {
		ck_assert_int_eq(usher_acd_presence(acd, DAY_START, few[i],
						    USHER_READY, ""),
				 0);
		settled(acd);
	}
	ck_assert_uint_eq(told(acd, first).callback, USHER_CALLBACK_DUE);
	return id;
}

#define FREE 500

/* While customers are dialed for some agents and others wait for their turn,
 * inputs of other queues look neither at everybody who is free nor at each
 * pair of those. */
static const struct {
	int dialed, turns;
	uint64_t looks; /* most, of an input and the matching behind it */
} crowds[] = {
	{1, 1, 8},
	{1, 40, 8},
	{8, 40, 48},
	{64, 40, 384},
};

START_TEST(turns__cost_an_input_little)
{
	struct usher_acd *acd = acd_made();
	uint64_t rare = queue_for(acd, "rare", "rare == 1");
	uint64_t common = queue_for(acd, "common", "common == 1");
	uint64_t last, id;
	struct usher_acd_stats before, after;
	char name[16];

	for (int i = 0; i < FREE; i++) {
		snprintf(name, sizeof(name), "c%d", i);
		add_with(acd, name, "common");
		settled(acd);
	}
	last = crowd_made(acd, rare, crowds[_i].dialed, crowds[_i].turns);
	before = stats_of(acd);
	id = wait_in(acd, DAY_START, common, 0);
	settled(acd);
	for (int i = 0; i < 2; i++) {
		uint64_t offer = usher_acd_offer_next(acd, id, 0);

		ck_assert_int_eq(usher_acd_reject(acd, DAY_START, offer, ""),
				 0);
		settled(acd);
	}
	after = stats_of(acd);
	ck_assert_uint_eq(told(acd, last).callback, USHER_CALLBACK_TURN);
	ck_assert_uint_gt(after.agents_asked, before.agents_asked);
	ck_assert_uint_le(after.agents_asked - before.agents_asked, 16);
	ck_assert_uint_gt(after.turn_looks, before.turn_looks);
	ck_assert_uint_le(after.turn_looks - before.turn_looks,
			  4 * crowds[_i].looks);
	usher_acd_free(acd);
}
END_TEST

/* From the event on that says so, dialed or not, until the host has said that
 * it cannot. */
START_TEST(turn__is_used_up_before_the_phone_rings)
{
	struct usher_acd *acd = acd_made();
	uint64_t queue = add_queue(acd, "q", "longest_idle");
	uint64_t bela = add_agent(acd, "bela", 0), first, second;

	usher_acd_presence(acd, DAY_START, bela, USHER_PAUSED, NULL);
	first = wait_in(acd, DAY_START, queue, 0);
	ask_turn(acd, first, "p:1");
	second = wait_in(acd, DAY_START, queue, 0);
	ask_turn(acd, second, "p:2");
	usher_acd_presence(acd, DAY_START, bela, USHER_READY, NULL);
	settled(acd);
	ck_assert_uint_eq(told(acd, first).callback, USHER_CALLBACK_DUE);
	ck_assert_uint_eq(told(acd, second).callback, USHER_CALLBACK_TURN);
	ck_assert_int_eq(
		usher_acd_callback_missed(acd, DAY_START, first, "busy"),
		USHER_ESTATE);
	ck_assert_int_eq(usher_acd_callback_dial(acd, DAY_START, first), 0);
	settled(acd);
	ck_assert_uint_eq(told(acd, second).callback, USHER_CALLBACK_TURN);
	ck_assert_int_eq(
		usher_acd_callback_missed(acd, DAY_START, first, "no_line"),
		0);
	settled(acd);
	ck_assert_uint_eq(told(acd, first).callback, USHER_CALLBACK_PLANNED);
	ck_assert_uint_eq(told(acd, second).callback, USHER_CALLBACK_DUE);
	usher_acd_free(acd);
}
END_TEST

/* More are dialed than are matched: who has an agent of their own waits all
 * the same, until they are few enough. */
START_TEST(turns__wait_while_too_many_are_dialed)
{
	struct usher_acd *acd = acd_made();
	uint64_t rare = queue_for(acd, "rare", "rare == 1");
	uint64_t common = queue_for(acd, "common", "common == 1");
	uint64_t dialed[66], turns;
	char name[16];

	for (int i = 0; i < 66; i++) {
		snprintf(name, sizeof(name), "r%d", i);
		add_with(acd, name, "rare");
		dialed[i] = wait_in(acd, DAY_START, rare, 0);
		snprintf(name, sizeof(name), "p:%d", i);
		ask_turn(acd, dialed[i], name);
		settled(acd);
		ck_assert_uint_eq(told(acd, dialed[i]).callback,
				  USHER_CALLBACK_DUE);
	}
	turns = wait_in(acd, DAY_START, common, 0);
	ask_turn(acd, turns, "p:turns");
	add_with(acd, "c", "common");
	settled(acd);
	ck_assert_uint_eq(told(acd, turns).callback, USHER_CALLBACK_TURN);
	usher_acd_contact_end(acd, DAY_START, dialed[0], "");
	settled(acd);
	ck_assert_uint_eq(told(acd, turns).callback, USHER_CALLBACK_TURN);
	usher_acd_contact_end(acd, DAY_START, dialed[65], "");
	settled(acd);
	ck_assert_uint_eq(told(acd, turns).callback, USHER_CALLBACK_DUE);
	usher_acd_free(acd);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("acd-turns");
	TCase *tests = tcase_create("turns");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tests, turn__that_does_not_come_holds_up_no_batch);
	tcase_add_test(tests, turns__that_do_not_come_hold_up_nobody);
	tcase_add_test(tests, turn__comes_beside_a_batch);
	tcase_add_test(tests, turn__is_used_up_before_the_phone_rings);
	tcase_add_test(tests, turns__wait_while_too_many_are_dialed);
	tcase_add_loop_test(tests, turns__cost_an_input_little, 0,
			    sizeof(crowds) / sizeof(crowds[0]));
	suite_add_tcase(suite, tests);
	suite_add_tcase(suite, matching_case());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
