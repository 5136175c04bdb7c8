/* percentage: shares of teams, in the long run and while some are away. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <usher/acd.h>

#define SECOND INT64_C(1000000)
#define START  (INT64_C(1767340800) * SECOND)
#define TEAMS  3

static const char *const names[TEAMS] = {"north", "south", "west"};

/* An agent of each team. */
struct house {
	struct usher_acd *acd;
	int64_t now;
	uint64_t queue;
	uint64_t agents[TEAMS];
};

static void agent_set(struct house *h, int i)
{
	struct usher_attr team = {
		.name = "team", .type = USHER_ATTR_TEXT, .text = names[i]};
	struct usher_agent_opts opts;

	usher_agent_opts_init(&opts, sizeof(opts));
	opts.name = names[i];
	opts.attrs = &team;
	opts.attr_count = 1;
	ck_assert_int_eq(usher_acd_agent_set(h->acd, h->now, &opts,
					     &h->agents[i], NULL),
			 0);
}

static void is(struct house *h, int i, uint32_t presence)
{
	ck_assert_int_eq(usher_acd_presence(h->acd, h->now, h->agents[i],
					    presence, NULL),
			 0);
}

/* A team without a share is none. */
static void house_init(struct house *h, const double shares[TEAMS])
{
	struct usher_attr options[TEAMS] = {{0}};
	struct usher_queue_opts opts;

	memset(h, 0, sizeof(*h));
	h->now = START;
	for (int i = 0; i < TEAMS; i++) {
		options[i].name = names[i];
		options[i].number = shares[i];
	}
	usher_queue_opts_init(&opts, sizeof(opts));
	opts.name = "q";
	opts.policy = "percentage";
	opts.policy_options = options;
	opts.policy_option_count = TEAMS;
	ck_assert_int_eq(usher_acd_new(&h->acd, NULL, NULL), 0);
	ck_assert_int_eq(
		usher_acd_queue_set(h->acd, h->now, &opts, &h->queue, NULL),
		0);
	for (int i = 0; i < TEAMS; i++) {
		agent_set(h, i);
		is(h, i, USHER_READY);
	}
}

/* Who is offered a contact that comes, and goes. */
static uint64_t offered(struct house *h)
{
	struct usher_enqueue_opts opts;
	const struct usher_event *ev;
	uint64_t contact, agent = 0;

	ck_assert_int_eq(usher_acd_contact_new(h->acd, h->now, NULL, &contact),
			 0);
	usher_enqueue_opts_init(&opts, sizeof(opts));
	opts.queues = &h->queue;
	opts.queue_count = 1;
	ck_assert_int_eq(
		usher_acd_enqueue(h->acd, h->now, contact, &opts, NULL), 0);
	while ((ev = usher_acd_next(h->acd)))
		if (ev->type == USHER_EV_OFFER_MADE)
			usher_event_u64(ev, USHER_F_AGENT, &agent);
	ck_assert_int_eq(usher_acd_contact_end(h->acd, h->now, contact, NULL),
			 0);
	while (usher_acd_next(h->acd))
		;
	return agent;
}

static const struct {
	double shares[TEAMS];
	int offers;
} long_runs[] = {
	{{70, 30}, 2000},
	/* small ones are not lost or doubled however long it goes on */
	{{1, 999}, 4000},
	{{12.5, 87.3, 0.2}, 4000},
};

static double share_of(const double shares[TEAMS], int team)
{
	return shares[team] / (shares[0] + shares[1] + shares[2]);
}

/* So many come one after another and go at once; how many each agent had. */
static void offers_made(struct house *h, int count, unsigned given[TEAMS])
{
	memset(given, 0, TEAMS * sizeof(*given));
	for (int n = 0; n < count; n++) {
		uint64_t agent = offered(h);

		for (int i = 0; i < TEAMS; i++)
			given[i] += agent == h->agents[i];
	}
}

/* In the long run each team has its share, but for one offer. */
START_TEST(percentage__keeps_its_shares)
{
	unsigned given[TEAMS];
	struct house h;

	house_init(&h, long_runs[_i].shares);
	offers_made(&h, long_runs[_i].offers, given);
	for (int i = 0; i < TEAMS; i++) {
		double want = share_of(long_runs[_i].shares, i) *
			      long_runs[_i].offers;

		ck_assert_msg(given[i] > want - 1.001 &&
				      given[i] < want + 1.001,
			      "team %d: %u of %g", i, given[i], want);
	}
	usher_acd_free(h.acd);
}
END_TEST

/* North was away for 2,000 offers. What it is given when it comes back is of
 * the last few hundred, and then shares are as before. */
START_TEST(percentage__makes_up_for_a_while)
{
	static const double shares[TEAMS] = {50, 50};
	unsigned given[TEAMS];
	struct house h;

	house_init(&h, shares);
	is(&h, 0, USHER_PAUSED);
	offers_made(&h, 2000, given);
	ck_assert_uint_eq(given[1], 2000);
	is(&h, 0, USHER_READY);
	offers_made(&h, 200, given);
	ck_assert_uint_eq(given[0], 200);
	offers_made(&h, 500, given);
	ck_assert_uint_lt(given[0], 500);
	offers_made(&h, 100, given);
	ck_assert_uint_eq(given[0], 50);
	usher_acd_free(h.acd);
}
END_TEST

/* North, which has half of all, is away, soon or for long: the others share
 * what is there by their own shares, to an offer. When it comes back it is
 * made up for the last 250 offers, and then all is as before. */
START_TEST(percentage__shares_by_weight_what_is_left)
{
	static const double shares[TEAMS] = {50, 40, 10};
	static const int offers[] = {10, 100, 1000, 4000};
	unsigned given[TEAMS];
	struct house h;

	house_init(&h, shares);
	offers_made(&h, 100, given);
	ck_assert_uint_eq(given[0], 50);
	is(&h, 0, USHER_PAUSED);
	for (int i = 0; i < 4; i++) {
		offers_made(&h, offers[i], given);
		ck_assert_uint_eq(given[0], 0);
		ck_assert_msg(given[2] * 5 + 5 >= (unsigned)offers[i] &&
				      given[2] * 5 <= (unsigned)offers[i] + 5,
			      "%u of %d", given[2], offers[i]);
	}
	is(&h, 0, USHER_READY);
	/* each of its own pays back a half */
	offers_made(&h, 490, given);
	ck_assert_uint_eq(given[0], 490);
	offers_made(&h, 20, given);
	ck_assert_uint_lt(given[0], 20);
	offers_made(&h, 1000, given);
	ck_assert_msg(given[0] >= 499 && given[0] <= 501, "%u", given[0]);
	ck_assert_msg(given[2] >= 99 && given[2] <= 101, "%u", given[2]);
	usher_acd_free(h.acd);
}
END_TEST

/* North and south were away together. South has no more made up than what any
 * team has, although it counts for little beside north. */
START_TEST(percentage__makes_up_for_two)
{
	static const double shares[TEAMS] = {998, 1, 1};
	unsigned given[TEAMS];
	struct house h;

	house_init(&h, shares);
	is(&h, 0, USHER_PAUSED);
	is(&h, 1, USHER_PAUSED);
	offers_made(&h, 3000, given);
	ck_assert_uint_eq(given[2], 3000);
	is(&h, 0, USHER_READY);
	is(&h, 1, USHER_READY);
	offers_made(&h, 300, given);
	ck_assert_msg(given[0] >= 49 && !given[2], "%u and %u", given[0],
		      given[2]);
	offers_made(&h, 1000, given);
	ck_assert_msg(given[0] >= 990, "%u", given[0]);
	usher_acd_free(h.acd);
}
END_TEST

/* North is away for ever. South was away for some time, too, and then has what
 * was its own of the last offers, however large the share of north is. */
START_TEST(percentage__makes_up_beside_who_is_away)
{
	static const double shares[TEAMS] = {998, 1, 1};
	unsigned given[TEAMS];
	struct house h;

	house_init(&h, shares);
	is(&h, 0, USHER_PAUSED);
	is(&h, 1, USHER_PAUSED);
	offers_made(&h, 3000, given);
	is(&h, 1, USHER_READY);
	offers_made(&h, 250, given);
	ck_assert_uint_eq(given[1], 250);
	/* and of what west had of north's */
	offers_made(&h, 550, given);
	ck_assert_uint_lt(given[1], 550);
	offers_made(&h, 1000, given);
	ck_assert_uint_eq(given[1], 500);
	ck_assert_uint_eq(given[2], 500);
	usher_acd_free(h.acd);
}
END_TEST

/* Without a share: only where nobody else is. */
START_TEST(percentage__of_none_comes_last)
{
	static const double shares[TEAMS] = {50, 50, 0};
	unsigned given[TEAMS];
	struct house h;

	house_init(&h, shares);
	is(&h, 0, USHER_PAUSED);
	offers_made(&h, 1000, given);
	ck_assert_uint_eq(given[1], 1000);
	is(&h, 1, USHER_PAUSED);
	offers_made(&h, 10, given);
	ck_assert_uint_eq(given[2], 10);
	usher_acd_free(h.acd);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("policy-percentage");
	TCase *tc = tcase_create("percentage");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tc, percentage__keeps_its_shares, 0,
			    (int)(sizeof(long_runs) / sizeof(*long_runs)));
	tcase_add_test(tc, percentage__makes_up_for_a_while);
	tcase_add_test(tc, percentage__shares_by_weight_what_is_left);
	tcase_add_test(tc, percentage__makes_up_for_two);
	tcase_add_test(tc, percentage__makes_up_beside_who_is_away);
	tcase_add_test(tc, percentage__of_none_comes_last);
	tcase_set_timeout(tc, 60);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
