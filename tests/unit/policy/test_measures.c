/* What each policy measures, one term of it after the other: days in which
 * leaving the term out would choose somebody else. */
#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <usher/acd.h>

#define SECOND INT64_C(1000000)
#define START  (INT64_C(1767340800) * SECOND)
#define MAX    3

struct option {
	const char *name;
	const char *text;
	double number;
};

struct house {
	struct usher_acd *acd;
	int64_t now;
	uint64_t queues[2];
	uint64_t agents[MAX];
};

static uint32_t attrs_of(const struct option *options,
			 struct usher_attr attrs[MAX])
{
	uint32_t n = 0;

	memset(attrs, 0, MAX * sizeof(*attrs));
	for (; options && n < MAX && options[n].name; n++) {
		attrs[n].name = options[n].name;
		attrs[n].text = options[n].text;
		attrs[n].number = options[n].number;
		attrs[n].type =
			options[n].text ? USHER_ATTR_TEXT : USHER_ATTR_NUMBER;
	}
	return n;
}

static void house_init(struct house *h, const char *order)
{
	memset(h, 0, sizeof(*h));
	h->now = START;
	ck_assert_int_eq(usher_acd_new(&h->acd, NULL, NULL), 0);
	ck_assert_int_eq(usher_acd_configure(h->acd, h->now, order), 0);
}

static void queue_set(struct house *h, int i, const char *policy,
		      const struct option options[MAX],
		      const struct option order[MAX], int64_t target_s)
{
	struct usher_attr of_policy[MAX], of_order[MAX];
	struct usher_queue_opts opts;
	struct usher_error err;

	usher_queue_opts_init(&opts, sizeof(opts));
	opts.name = i ? "support" : "sales";
	opts.policy = policy;
	opts.policy_options = of_policy;
	opts.policy_option_count = attrs_of(options, of_policy);
	opts.order_options = of_order;
	opts.order_option_count = attrs_of(order, of_order);
	opts.target_us = target_s * SECOND;
	ck_assert_msg(!usher_acd_queue_set(h->acd, h->now, &opts,
					   &h->queues[i], &err),
		      "%s", err.message);
}

/* Ready, with room for so many. */
static void agent_ready(struct house *h, int i, uint32_t max,
			const struct option own[MAX])
{
	static const char *const names[MAX] = {"a", "b", "c"};
	const struct usher_capacity capacity = {.channel = "voice",
						.max = max};
	struct usher_attr attrs[MAX];
	struct usher_agent_opts opts;

	usher_agent_opts_init(&opts, sizeof(opts));
	opts.name = names[i];
	opts.order = (uint32_t)i;
	opts.max_total = max;
	opts.capacity = &capacity;
	opts.capacity_count = 1;
	opts.attrs = attrs;
	opts.attr_count = attrs_of(own, attrs);
	ck_assert_int_eq(usher_acd_agent_set(h->acd, h->now, &opts,
					     &h->agents[i], NULL),
			 0);
	ck_assert_int_eq(usher_acd_presence(h->acd, h->now, h->agents[i],
					    USHER_READY, NULL),
			 0);
}

/* Waits in a queue, as old as that. */
static uint64_t comes(struct house *h, int queue, int64_t age_s,
		      int64_t priority, const struct option own[MAX])
{
	struct usher_contact_opts contact;
	struct usher_attr attrs[MAX];
	struct usher_enqueue_opts opts;
	uint64_t id;

	usher_contact_opts_init(&contact, sizeof(contact));
	contact.priority = priority;
	contact.since_us = h->now - age_s * SECOND;
	contact.attrs = attrs;
	contact.attr_count = attrs_of(own, attrs);
	ck_assert_int_eq(usher_acd_contact_new(h->acd, h->now, &contact, &id),
			 0);
	usher_enqueue_opts_init(&opts, sizeof(opts));
	opts.queues = &h->queues[queue];
	opts.queue_count = 1;
	ck_assert_int_eq(usher_acd_enqueue(h->acd, h->now, id, &opts, NULL),
			 0);
	return id;
}

struct offer {
	uint64_t offer, contact, agent;
};

static struct offer offered(struct house *h)
{
	const struct usher_event *ev;
	struct offer o = {0, 0, 0};

	while (!o.offer && (ev = usher_acd_next(h->acd))) {
		if (ev->type != USHER_EV_OFFER_MADE)
			continue;
		usher_event_u64(ev, USHER_F_OFFER, &o.offer);
		usher_event_u64(ev, USHER_F_AGENT, &o.agent);
		o.contact = ev->contact;
	}
	return o;
}

static uint64_t talks(struct house *h, uint64_t offer)
{
	uint64_t segment;

	ck_assert_int_eq(usher_acd_accept(h->acd, h->now, offer, NULL), 0);
	ck_assert_int_eq(usher_acd_connected(h->acd, h->now, offer, &segment),
			 0);
	return segment;
}

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
	h.now += SECOND;
	agent_ready(&h, 1, 2, NULL);
	comes(&h, 0, 0, 0, NULL);
	o = offered(&h);
	ck_assert_uint_eq(o.agent, h.agents[1]);
	segment = talks(&h, o.offer);
	h.now += 60 * SECOND;
	usher_acd_leave(h.acd, h.now, segment, NULL);
	h.now += 40 * SECOND;
	comes(&h, 0, 0, 0, NULL);
	ck_assert_uint_eq(offered(&h).agent, h.agents[1]);
	usher_acd_free(h.acd);
}
END_TEST

/* (8 x 60 + 30) / 9 is less than 60: the prior weighs in both. */
START_TEST(fastest_first__weighs_the_prior)
{
	static const struct option options[MAX] = {{"prior", NULL, 60}};
	struct house h;
	uint64_t segment;

	house_init(&h, "priority_age");
	queue_set(&h, 0, "fastest_first", options, NULL, 0);
	agent_ready(&h, 0, 1, NULL);
	comes(&h, 0, 0, 0, NULL);
	segment = talks(&h, offered(&h).offer);
	agent_ready(&h, 1, 1, NULL);
	h.now += 30 * SECOND;
	usher_acd_leave(h.acd, h.now, segment, NULL);
	comes(&h, 0, 0, 0, NULL);
	ck_assert_uint_eq(offered(&h).agent, h.agents[0]);
	usher_acd_free(h.acd);
}
END_TEST

/* The smallest weights: each is drawn, and not the first alone. */
START_TEST(weighted_random__draws_to_the_last)
{
	static const struct option own[MAX] = {{"weight", NULL, 0.001}};
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
	static const struct option own[MAX] = {{"preferred_agent", "a", 0}};
	struct house h;

	house_init(&h, "priority_age");
	queue_set(&h, 0, "preferred_agent", NULL, NULL, 0);
	agent_ready(&h, 0, 1, NULL);
	comes(&h, 0, 0, 0, NULL);
	talks(&h, offered(&h).offer);
	agent_ready(&h, 1, 1, NULL);
	comes(&h, 0, 300, 0, own);
	ck_assert_uint_eq(offered(&h).agent, 0);
	h.now += 30 * SECOND - 1;
	usher_acd_advance(h.acd, h.now);
	ck_assert_uint_eq(offered(&h).agent, 0);
	usher_acd_advance(h.acd, ++h.now);
	ck_assert_uint_eq(offered(&h).agent, h.agents[1]);
	usher_acd_free(h.acd);
}
END_TEST

static const struct option no_points[MAX] = {
	{"wait", NULL, 0}, {"idle", NULL, 0}, {"window", NULL, 1}};

/* One agent comes for two: 20 s older, or a point of priority more. */
static const struct {
	struct option options[MAX];
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
	h.now += 2 * SECOND;
	usher_acd_advance(h.acd, h.now);
	ck_assert_uint_eq(offered(&h).contact,
			  points[_i].older ? older : urgent);
	usher_acd_free(h.acd);
}
END_TEST

/* Five points of skill against 100 s of rest, and against 2 s. */
START_TEST(batch__counts_rest)
{
	static const struct option options[MAX] = {{"skill", NULL, 1}};
	static const struct option own[MAX] = {{"skill", NULL, 5}};
	struct house h;

	house_init(&h, "priority_age");
	queue_set(&h, 0, "batch", options, NULL, 0);
	agent_ready(&h, 0, 1, NULL);
	h.now += (_i ? 2 : 100) * SECOND;
	agent_ready(&h, 1, 1, own);
	comes(&h, 0, 0, 0, NULL);
	h.now += 2 * SECOND;
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
	for (int i = 0; i < MAX; i++)
		agent_ready(&h, i, 1, NULL);
	for (int i = 0; i < 2; i++)
		contacts[i] = comes(&h, 0, 0, 0, NULL);
	h.now += SECOND;
	usher_acd_advance(h.acd, h.now);
	for (int i = 0; i < 2; i++) {
		struct offer o = offered(&h);

		ck_assert_uint_eq(o.contact, contacts[i]);
		ck_assert_uint_eq(o.agent, h.agents[i]);
	}
	usher_acd_free(h.acd);
}
END_TEST

/* Who of two is served: the first comes, then the second, then an agent. */
static const struct {
	const char *order;
	int64_t target_s[2];
	struct option options[2][MAX];
	int64_t at_s[2];
	int64_t age_s[2]; /* when they come */
	int64_t priority[2];
	int64_t ready_s;
	int first;
} pairs[] = {
	/* marginal costs: 3, and 2 x 1 x 2; the other way round at 1 s */
	{"cmu",
	 {0, 0},
	 {{{"cost", NULL, 3}}, {{"growth", NULL, 2}}},
	 {0, 0},
	 {0, 0},
	 {0, 0},
	 2,
	 1},
	{"cmu",
	 {0, 0},
	 {{{"cost", NULL, 3}}, {{"growth", NULL, 2}}},
	 {0, 0},
	 {0, 0},
	 {0, 0},
	 1,
	 0},
	/* 3 x 1 x 2^2 against 5 x 2 x 1, and 4 x 2 x 1 x 2 */
	{"cmu",
	 {0, 0},
	 {{{"growth", NULL, 3}}, {{"growth", NULL, 2}, {"cost", NULL, 2}}},
	 {0, 0},
	 {0, 0},
	 {0, 0},
	 2,
	 0},
	{"cmu",
	 {0, 0},
	 {{{"growth", NULL, 3}}, {{"growth", NULL, 2}, {"cost", NULL, 4}}},
	 {0, 0},
	 {0, 0},
	 {0, 0},
	 2,
	 1},
	/* targets count from where the age does, not from the entry */
	{"earliest_deadline",
	 {30, 20},
	 {{{NULL, NULL, 0}}},
	 {0, 5},
	 {60, 0},
	 {0, 0},
	 9,
	 0},
	{"earliest_deadline",
	 {24, 20},
	 {{{NULL, NULL, 0}}},
	 {0, 5},
	 {0, 60},
	 {0, 0},
	 9,
	 1},
	{"nearest_target",
	 {30, 20},
	 {{{NULL, NULL, 0}}},
	 {0, 5},
	 {8, 0},
	 {0, 0},
	 9,
	 0},
	/* who is at the end of the target is in time, beyond it not */
	{"nearest_target",
	 {30, 20},
	 {{{NULL, NULL, 0}}},
	 {0, 20},
	 {0, 0},
	 {0, 0},
	 40,
	 1},
	{"nearest_target",
	 {30, 20},
	 {{{NULL, NULL, 0}}},
	 {0, 20},
	 {0, 0},
	 {0, 0},
	 41,
	 0},
	/* a point of priority is a second */
	{"age_with_boost",
	 {0, 0},
	 {{{NULL, NULL, 0}}},
	 {0, 5},
	 {0, 0},
	 {0, 6},
	 10,
	 1},
	{"age_with_boost",
	 {0, 0},
	 {{{NULL, NULL, 0}}},
	 {0, 5},
	 {0, 0},
	 {0, 4},
	 10,
	 0},
	{"age_with_boost",
	 {0, 0},
	 {{{NULL, NULL, 0}}},
	 {0, 5},
	 {0, 20},
	 {0, 0},
	 10,
	 1},
	/* 5 s at 250 % are more than 10 s at 100 %, not at 150 % */
	{"age_with_boost",
	 {0, 0},
	 {{{NULL, NULL, 0}}, {{"boost", NULL, 250}}},
	 {0, 5},
	 {0, 0},
	 {0, 0},
	 10,
	 1},
	{"age_with_boost",
	 {0, 0},
	 {{{NULL, NULL, 0}}, {{"boost", NULL, 150}}},
	 {0, 5},
	 {0, 0},
	 {0, 0},
	 10,
	 0},
};

START_TEST(order__measures)
{
	struct house h;
	uint64_t contacts[2];

	house_init(&h, pairs[_i].order);
	for (int i = 0; i < 2; i++)
		queue_set(&h, i, "longest_idle", NULL, pairs[_i].options[i],
			  pairs[_i].target_s[i]);
	for (int i = 0; i < 2; i++) {
		h.now = START + pairs[_i].at_s[i] * SECOND;
		contacts[i] = comes(&h, i, pairs[_i].age_s[i],
				    pairs[_i].priority[i], NULL);
	}
	h.now = START + pairs[_i].ready_s * SECOND;
	agent_ready(&h, 0, 1, NULL);
	ck_assert_uint_eq(offered(&h).contact, contacts[pairs[_i].first]);
	usher_acd_free(h.acd);
}
END_TEST

/* A conversation of 240 s was seen; what the queue says goes before it. */
START_TEST(cmu__believes_what_a_queue_says)
{
	static const struct option says[2][MAX] = {{{"handle", NULL, 60}},
						   {{"handle", NULL, 120}}};
	static const struct option nothing[MAX] = {{0}};
	struct house h;
	uint64_t contacts[2], segment;

	house_init(&h, "cmu");
	queue_set(&h, 0, "longest_idle", NULL, _i ? nothing : says[0], 0);
	queue_set(&h, 1, "longest_idle", NULL, says[1], 0);
	agent_ready(&h, 0, 1, NULL);
	comes(&h, 0, 0, 0, NULL);
	segment = talks(&h, offered(&h).offer);
	contacts[0] = comes(&h, 0, 0, 0, NULL);
	contacts[1] = comes(&h, 1, 0, 0, NULL);
	h.now += 240 * SECOND;
	usher_acd_leave(h.acd, h.now, segment, NULL);
	ck_assert_uint_eq(offered(&h).contact, contacts[_i]);
	usher_acd_free(h.acd);
}
END_TEST

/* Two wait in sales, which may have 60 of 100, and one in support: 2 - 1.8
 * against 1 - 1.2. Three who are being offered wait no more: with them it
 * would be 2 - 3.6 against 1 - 2.4. */
START_TEST(queue_ratio__counts_who_is_not_offered)
{
	static const struct option shares[2][MAX] = {{{"share", NULL, 60}},
						     {{"share", NULL, 40}}};
	struct house h;
	uint64_t sales;

	house_init(&h, "queue_ratio");
	for (int i = 0; i < 2; i++)
		queue_set(&h, i, "longest_idle", NULL, shares[i], 0);
	agent_ready(&h, 0, 3, NULL);
	for (int i = 0; i < 3; i++) {
		comes(&h, 1, 0, 0, NULL);
		ck_assert_uint_eq(offered(&h).agent, h.agents[0]);
	}
	sales = comes(&h, 0, 0, 0, NULL);
	comes(&h, 0, 0, 0, NULL);
	comes(&h, 1, 0, 0, NULL);
	agent_ready(&h, 1, 1, NULL);
	ck_assert_uint_eq(offered(&h).contact, sales);
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
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, least_occupied__counts_what_goes_on);
	tcase_add_test(tc, fastest_first__weighs_the_prior);
	tcase_add_test(tc, weighted_random__draws_to_the_last);
	tcase_add_test(tc, preferred_agent__has_patience_from_its_entry);
	tcase_add_loop_test(tc, batch__counts_wait_and_priority, 0,
			    sizeof(points) / sizeof(*points));
	tcase_add_loop_test(tc, batch__counts_rest, 0, 2);
	tcase_add_test(tc, batch__breaks_ties_in_order);
	tcase_add_loop_test(tc, order__measures, 0,
			    sizeof(pairs) / sizeof(*pairs));
	tcase_add_loop_test(tc, cmu__believes_what_a_queue_says, 0, 2);
	tcase_add_test(tc, queue_ratio__counts_who_is_not_offered);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
