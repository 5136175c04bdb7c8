/* Whose turn it is, on days that are drawn: of those who are dialed as many as
 * the largest matching with agents serves, the first before the others. */
#include <stdio.h>
#include <string.h>

#include "day.h"
#include "fixture.h"
#include "turns.h"

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

TCase *matching_case(void)
{
	TCase *tests = tcase_create("matching");

	tcase_add_loop_test(tests, turns__are_those_of_the_largest_matching, 0,
			    40);
	return tests;
}
