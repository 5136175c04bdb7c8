/* Customers who are dialed in their turn: who has it, and what finding out
 * costs. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include <usher/acd.h>

#include "day.h"
#include "fixture.h"

static struct usher_contact_info told(struct usher_acd *acd, uint64_t contact)
{
	struct usher_contact_info info = {.size = sizeof(info)};

	ck_assert_int_eq(usher_acd_contact_info(acd, contact, &info), 0);
	return info;
}

/* In its turn: the customer is dialed once somebody is free. */
static void ask_turn(struct usher_acd *acd, uint64_t contact,
		     const char *address)
{
	struct usher_callback_opts opts;

	usher_callback_opts_init(&opts, sizeof(opts));
	opts.address = address;
	opts.first = USHER_CALLBACK_CUSTOMER;
	ck_assert_int_eq(usher_acd_callback(acd, DAY_START, contact, &opts),
			 0);
}

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

static uint64_t queue_for(struct usher_acd *acd, const char *name,
			  const char *requirement)
{
	struct usher_queue_opts opts;
	uint64_t id;

	usher_queue_opts_init(&opts, sizeof(opts));
	opts.name = name;
	opts.requirement = requirement;
	ck_assert_int_eq(usher_acd_queue_set(acd, DAY_START, &opts, &id, NULL),
			 0);
	return id;
}

static void settled(struct usher_acd *acd)
{
	do {
		drained(acd);
		ck_assert_int_eq(usher_acd_advance(acd, DAY_START), 0);
	} while (usher_acd_deadline(acd) <= DAY_START);
	drained(acd);
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

/* ---- Turns: whose it is ---- */

/* A center where all customers are dialed first: nobody is offered, so agents
 * and customers are as they were when the turns were given. */
#define QUEUES    4
#define AGENTS    6
#define CUSTOMERS 10

struct dialing {
	struct usher_acd *acd;
	uint64_t rng;
	uint64_t queues[QUEUES], agents[AGENTS], customers[CUSTOMERS];
	uint32_t number; /* of the last address */
	bool waited[CUSTOMERS];
};

static unsigned draw(struct dialing *d, unsigned below)
{
	d->rng = d->rng * UINT64_C(6364136223846793005) + 1;
	return (unsigned)(d->rng >> 33) % below;
}

static void set_agent(struct dialing *d, int i)
{
	static const char *const names[AGENTS] = {"a", "b", "c",
						  "d", "e", "f"};
	struct usher_agent_opts opts;
	struct usher_attr attrs[QUEUES];
	static const char *const skills[QUEUES] = {"s0", "s1", "s2", "s3"};

	usher_agent_opts_init(&opts, sizeof(opts));
	opts.name = names[i];
	for (int k = 0; k < QUEUES; k++) {
		attrs[k] = (struct usher_attr){.name = skills[k],
					       .type = USHER_ATTR_NUMBER,
					       .number = draw(d, 2)};
	}
	opts.attrs = attrs;
	opts.attr_count = QUEUES;
	ck_assert_int_eq(usher_acd_agent_set(d->acd, DAY_START, &opts,
					     &d->agents[i], NULL),
			 0);
}

/* small: most classes and profiles have no place in the caches. */
static void set_up(struct dialing *d, uint64_t seed, bool small)
{
	struct usher_acd_opts opts;
	char name[4], requirement[16];

	memset(d, 0, sizeof(*d));
	d->rng = seed;
	usher_acd_opts_init(&opts, sizeof(opts));
	opts.classes_max = opts.profiles_max = small ? 2 : 0;
	ck_assert_int_eq(usher_acd_new(&d->acd, &opts, NULL), 0);
	for (int i = 0; i < QUEUES; i++) {
		snprintf(name, sizeof(name), "q%d", i);
		snprintf(requirement, sizeof(requirement), "s%d == 1", i);
		d->queues[i] = queue_for(d->acd, name, requirement);
	}
	for (int i = 0; i < AGENTS; i++)
		set_agent(d, i);
}

/* Waits in one queue or in two. */
static void ask_one(struct dialing *d, int i)
{
	struct usher_contact_opts opts;
	struct usher_enqueue_opts enqueue;
	unsigned first = draw(d, QUEUES);
	uint64_t queues[2] = {d->queues[first],
			      d->queues[(first + 1 + draw(d, 3)) % QUEUES]};
	char address[16];

	usher_contact_opts_init(&opts, sizeof(opts));
	ck_assert_int_eq(usher_acd_contact_new(d->acd, DAY_START, &opts,
					       &d->customers[i]),
			 0);
	usher_enqueue_opts_init(&enqueue, sizeof(enqueue));
	enqueue.queues = queues;
	enqueue.queue_count = 1 + draw(d, 2);
	ck_assert_int_eq(usher_acd_enqueue(d->acd, DAY_START, d->customers[i],
					   &enqueue, NULL),
			 0);
	snprintf(address, sizeof(address), "p:%u", ++d->number);
	ask_turn(d->acd, d->customers[i], address);
}

static void step(struct dialing *d)
{
	static const uint32_t presences[] = {USHER_READY, USHER_READY,
					     USHER_PAUSED};
	int agent = (int)draw(d, AGENTS), i = (int)draw(d, CUSTOMERS);

	switch (draw(d, 4)) {
	case 0:
		set_agent(d, agent);
		break;
	case 1:
		if (!d->customers[i]) {
			ask_one(d, i);
			break;
		}
		ck_assert_int_eq(usher_acd_contact_end(d->acd, DAY_START,
						       d->customers[i], ""),
				 0);
		d->customers[i] = 0;
		break;
	default:
		usher_acd_presence(d->acd, DAY_START, d->agents[agent],
				   presences[draw(d, 3)], NULL);
	}
	settled(d->acd);
}

static bool could_take(const struct dialing *d, int customer, int agent)
{
	uint64_t contact = d->customers[customer], seg = 0;

	while ((seg = usher_acd_segment_next(d->acd, contact, seg))) {
		if (usher_acd_eligible(d->acd, seg, d->agents[agent]) == 1 &&
		    usher_acd_agent_free(d->acd, d->agents[agent], "voice"))
			return true;
	}
	return false;
}

/* The most of these customers who can have an agent each, all ways tried. */
static int most(const struct dialing *d, const bool *who, int from,
		unsigned taken)
{
	int best, n;

	while (from < CUSTOMERS && !who[from])
		from++;
	if (from == CUSTOMERS)
		return 0;
	best = most(d, who, from + 1, taken);
	for (int a = 0; a < AGENTS; a++) {
		if (taken >> a & 1 || !could_take(d, from, a))
			continue;
		n = 1 + most(d, who, from + 1, taken | 1u << a);
		best = n > best ? n : best;
	}
	return best;
}

/* Each who has got the turn has somebody beside those before, and nobody who
 * waits for it would. */
static void look(struct dialing *d)
{
	bool before[CUSTOMERS] = {false}, now[CUSTOMERS] = {false};
	int given = 0, all;

	for (int i = 0; i < CUSTOMERS; i++) {
		bool waits = d->customers[i] &&
			     told(d->acd, d->customers[i]).callback ==
				     USHER_CALLBACK_TURN;

		now[i] = d->customers[i] && !waits;
		before[i] = now[i] && !d->waited[i];
		given += now[i] && d->waited[i];
		d->waited[i] = waits || !d->customers[i];
	}
	all = most(d, now, 0, 0);
	ck_assert_int_eq(all, most(d, before, 0, 0) + given);
	for (int i = 0; i < CUSTOMERS; i++) {
		if (!d->customers[i] || now[i])
			continue;
		now[i] = true;
		ck_assert_int_eq(most(d, now, 0, 0), all);
		now[i] = false;
	}
}

START_TEST(turns__are_those_of_the_largest_matching)
{
	struct dialing d;

	set_up(&d, (uint64_t)_i, _i % 2);
	for (int i = 0; i < CUSTOMERS; i++)
		d.waited[i] = true;
	for (int i = 0; i < 200; i++) {
		step(&d);
		look(&d);
	}
	usher_acd_free(d.acd);
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
	tcase_add_loop_test(tests, turns__are_those_of_the_largest_matching, 0,
			    40);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
