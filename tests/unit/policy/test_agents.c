/* Which agent: the order that each policy gives, its ties, and the options
 * that it refuses. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <usher/acd.h>

#define SECOND INT64_C(1000000)
#define START  (INT64_C(1767340800) * SECOND)
#define AGENTS 3

struct option {
	const char *name;
	const char *text;
	double number;
};

struct row {
	const char *policy;
	struct option options[3];
	int worked_s[AGENTS]; /* before, one after the other */
	double skill[AGENTS];
	const char *team[AGENTS];
	const char *order; /* whom the first, second, third contact gets */
};

#define TEAMS                                                                 \
	{                                                                     \
		"north", "south", "south"                                     \
	}

static const struct row rows[] = {
	{"least_talk_time", {{0}}, {30, 10, 20}, {0}, {0}, "bca"},
	{"least_talk_time", {{0}}, {20, 20, 10}, {0}, {0}, "cab"},
	{"least_talk_time", {{0}}, {0}, {0}, {0}, "abc"},
	{"least_occupied", {{0}}, {30, 10, 20}, {0}, {0}, "bca"},
	{"least_occupied", {{0}}, {0, 40, 0}, {0}, {0}, "acb"},
	{"least_occupied", {{0}}, {0}, {0}, {0}, "abc"},
	/* 45 s, 35 s and the prior */
	{"fastest_first",
	 {{"prior", NULL, 60}, {"weight", NULL, 1}},
	 {30, 10, 0},
	 {0},
	 {0},
	 "bac"},
	{"slowest_first",
	 {{"prior", NULL, 60}, {"weight", NULL, 1}},
	 {30, 10, 0},
	 {0},
	 {0},
	 "cab"},
	{"fastest_first", {{0}}, {0}, {0}, {0}, "abc"},
	{"best_skilled", {{"skill", NULL, 2}}, {0}, {1, 3, 3}, {0}, "bca"},
	{"best_skilled", {{"skill", NULL, 0}}, {0}, {1, 3, 3}, {0}, "abc"},
	{"best_skilled", {{"about", "topic", 0}}, {0}, {1, 3, 4}, {0}, "cba"},
	{"least_skilled_first",
	 {{"skill", NULL, 1}},
	 {0},
	 {3, 1, 3},
	 {0},
	 "bac"},
	{"weighted_random",
	 {{"attribute", "skill", 0}},
	 {0},
	 {0, 0.5, 0},
	 {0},
	 "b"},
	/* each is as far behind; then north is ahead */
	{"percentage",
	 {{"north", NULL, 50}, {"south", NULL, 50}},
	 {0},
	 {0},
	 TEAMS,
	 "abc"},
	{"percentage",
	 {{"north", NULL, 0}, {"south", NULL, 1}},
	 {0},
	 {0},
	 TEAMS,
	 "bca"},
	/* who is in no team comes last */
	{"percentage", {{"south", NULL, 1}}, {0}, {0}, TEAMS, "bca"},
	{"idleness_ratio",
	 {{"north", NULL, 1}, {"south", NULL, 1}},
	 {0},
	 {0},
	 TEAMS,
	 "bac"},
	{"idleness_ratio",
	 {{"north", NULL, 0}, {"south", NULL, 1}},
	 {0},
	 {0},
	 TEAMS,
	 "abc"},
	/* three idle: south rests; one: north does */
	{"fair_threshold",
	 {{"north", NULL, 2}, {"south", NULL, 10}},
	 {0},
	 {0},
	 TEAMS,
	 "abc"},
	{"fair_threshold",
	 {{"north", NULL, 10}, {"south", NULL, 2}},
	 {0},
	 {0},
	 TEAMS,
	 "bca"},
	{"fair_threshold",
	 {{"north", NULL, 1}, {"south", NULL, 4}},
	 {0},
	 {0},
	 {"north", "south", NULL},
	 "abc"},
	/* 2.01 is no less than it says, and so the largest */
	{"fair_threshold",
	 {{"south", NULL, 2.009}, {"north", NULL, 2.01}},
	 {0},
	 {0},
	 TEAMS,
	 "ba"},
	{"preferred_agent", {{0}}, {0}, {0}, {0}, "c"},
	{"preferred_agent", {{"patience", NULL, 0}}, {0}, {0}, {0}, "cab"},
	{"ring_progressive", {{"first", NULL, 3}}, {0}, {0}, {0}, "abc"},
	{"batch", {{"window", NULL, 0}}, {0}, {0}, {0}, "abc"},
	{"batch",
	 {{"window", NULL, 0}, {"preferred", NULL, 9}},
	 {0},
	 {0},
	 {0},
	 "cab"},
	{"batch",
	 {{"window", NULL, 0}, {"skill", NULL, 1}},
	 {0},
	 {1, 3, 2},
	 {0},
	 "bca"},
};
#define ROWS (sizeof(rows) / sizeof(*rows))

struct house {
	struct usher_acd *acd;
	int64_t now;
	uint64_t queue;
	uint64_t agents[AGENTS];
};

static uint32_t attrs_of(const struct option *options, uint32_t max,
			 struct usher_attr *attrs)
{
	uint32_t n = 0;

	memset(attrs, 0, max * sizeof(*attrs));
	for (; n < max && options[n].name; n++) {
		attrs[n].name = options[n].name;
		attrs[n].text = options[n].text;
		attrs[n].number = options[n].number;
		attrs[n].type =
			options[n].text ? USHER_ATTR_TEXT : USHER_ATTR_NUMBER;
	}
	return n;
}

static void queue_set(struct house *h, const struct row *row)
{
	struct usher_queue_opts opts;
	struct usher_attr options[3];
	struct usher_error err;

	usher_queue_opts_init(&opts, sizeof(opts));
	opts.name = "q";
	opts.policy = row->policy;
	opts.policy_options = options;
	opts.policy_option_count = attrs_of(row->options, 3, options);
	ck_assert_msg(
		!usher_acd_queue_set(h->acd, h->now, &opts, &h->queue, &err),
		"%s", err.message);
}

static void agents_set(struct house *h, const struct row *row)
{
	static const char *const names[AGENTS] = {"a", "b", "c"};

	for (int i = 0; i < AGENTS; i++) {
		struct option own[2] = {{"skill", NULL, row->skill[i]},
					{"team", row->team[i], 0}};
		struct usher_attr attrs[2];
		struct usher_agent_opts opts;

		usher_agent_opts_init(&opts, sizeof(opts));
		opts.name = names[i];
		opts.order = (uint32_t)i;
		opts.attrs = attrs;
		opts.attr_count = attrs_of(own, row->team[i] ? 2 : 1, attrs);
		ck_assert_int_eq(usher_acd_agent_set(h->acd, h->now, &opts,
						     &h->agents[i], NULL),
				 0);
	}
}

/* A contact waits in the queue. It is about the skill and prefers c. */
static uint64_t comes(struct house *h)
{
	static const struct option own[2] = {{"preferred_agent", "c", 0},
					     {"topic", "skill", 0}};
	struct usher_attr attrs[2];
	struct usher_contact_opts contact;
	struct usher_enqueue_opts opts;
	uint64_t id;

	usher_contact_opts_init(&contact, sizeof(contact));
	contact.attrs = attrs;
	contact.attr_count = attrs_of(own, 2, attrs);
	ck_assert_int_eq(usher_acd_contact_new(h->acd, h->now, &contact, &id),
			 0);
	usher_enqueue_opts_init(&opts, sizeof(opts));
	opts.queues = &h->queue;
	opts.queue_count = 1;
	ck_assert_int_eq(usher_acd_enqueue(h->acd, h->now, id, &opts, NULL),
			 0);
	return id;
}

/* Agent and offer of the next offer; 0: none. */
static uint64_t offered(struct house *h, uint64_t *offer)
{
	const struct usher_event *ev;
	uint64_t agent = 0;

	while (!agent && (ev = usher_acd_next(h->acd)))
		if (ev->type == USHER_EV_OFFER_MADE) {
			usher_event_u64(ev, USHER_F_AGENT, &agent);
			usher_event_u64(ev, USHER_F_OFFER, offer);
		}
	return agent;
}

/* Alone at work for so long, with one contact. */
static void work(struct house *h, int i, int seconds)
{
	uint64_t contact, offer = 0, segment;

	ck_assert_int_eq(usher_acd_presence(h->acd, h->now, h->agents[i],
					    USHER_READY, NULL),
			 0);
	contact = comes(h);
	ck_assert_uint_eq(offered(h, &offer), h->agents[i]);
	ck_assert_int_eq(usher_acd_accept(h->acd, h->now, offer, NULL), 0);
	ck_assert_int_eq(usher_acd_connected(h->acd, h->now, offer, &segment),
			 0);
	h->now += seconds * SECOND;
	ck_assert_int_eq(usher_acd_leave(h->acd, h->now, segment, NULL), 0);
	ck_assert_int_eq(usher_acd_contact_end(h->acd, h->now, contact, NULL),
			 0);
	ck_assert_int_eq(usher_acd_presence(h->acd, h->now, h->agents[i],
					    USHER_PAUSED, NULL),
			 0);
}

static void house_init(struct house *h, const struct row *row)
{
	memset(h, 0, sizeof(*h));
	h->now = START;
	ck_assert_int_eq(usher_acd_new(&h->acd, NULL, NULL), 0);
	queue_set(h, row);
	agents_set(h, row);
	for (int i = 0; i < AGENTS; i++)
		if (row->worked_s[i])
			work(h, i, row->worked_s[i]);
	for (int i = 0; i < AGENTS; i++)
		ck_assert_int_eq(usher_acd_presence(h->acd, h->now,
						    h->agents[i], USHER_READY,
						    NULL),
				 0);
	h->now += 100 * SECOND;
}

START_TEST(policy__orders_agents)
{
	const struct row *row = &rows[_i];
	struct house h;
	uint64_t offer;

	house_init(&h, row);
	for (size_t n = 0; row->order[n]; n++) {
		uint64_t want = h.agents[row->order[n] - 'a'], got;

		/* those who ring together are of one contact */
		if (!n || strcmp(row->policy, "ring_progressive"))
			comes(&h);
		got = offered(&h, &offer);
		ck_assert_msg(got == want, "%s: contact %zu to agent %llu",
			      row->policy, n + 1, (unsigned long long)got);
	}
	usher_acd_free(h.acd);
}
END_TEST

/* b was occupied for 20 s of 120, a for 30 s of 1,130: b was on a pause for
 * the rest. */
START_TEST(least_occupied__leaves_pauses_out)
{
	static const struct row row = {
		"least_occupied", {{0}}, {30, 20, 0}, {0}, {0}, ""};
	static const int order[AGENTS] = {2, 0, 1};
	struct house h;
	uint64_t offer;

	house_init(&h, &row);
	ck_assert_int_eq(usher_acd_presence(h.acd, h.now, h.agents[1],
					    USHER_PAUSED, NULL),
			 0);
	h.now += 1000 * SECOND;
	ck_assert_int_eq(usher_acd_presence(h.acd, h.now, h.agents[1],
					    USHER_READY, NULL),
			 0);
	for (int i = 0; i < AGENTS; i++) {
		comes(&h);
		ck_assert_uint_eq(offered(&h, &offer), h.agents[order[i]]);
	}
	usher_acd_free(h.acd);
}
END_TEST

/* As likely as the weights say: within four deviations. */
START_TEST(weighted_random__draws_by_weight)
{
	static const struct row row = {"weighted_random",
				       {{"attribute", "skill", 0}},
				       {0},
				       {1, 3, 0},
				       {0},
				       ""};
	unsigned given[AGENTS] = {0};
	struct house h;
	uint64_t offer;

	house_init(&h, &row);
	for (int n = 0; n < 2000; n++) {
		uint64_t contact = comes(&h), agent = offered(&h, &offer);

		for (int i = 0; i < AGENTS; i++)
			given[i] += agent == h.agents[i];
		ck_assert_int_eq(
			usher_acd_contact_end(h.acd, h.now, contact, NULL), 0);
	}
	ck_assert_uint_eq(given[2], 0);
	ck_assert_uint_gt(given[0], 500 - 78);
	ck_assert_uint_lt(given[0], 500 + 78);
	usher_acd_free(h.acd);
}
END_TEST

static const struct {
	const char *policy;
	struct option options[2];
	const char *message;
	uint32_t column;
} refused[] = {
	{"top_down", {{"first", NULL, 1}}, "takes no options", 1},
	{"percentage", {{0}}, "needs teams", 0},
	{"percentage", {{"north", NULL, 0}}, "all shares are 0", 0},
	{"percentage", {{"north", NULL, -1}}, "not between", 1},
	{"percentage", {{"north", "many", 0}}, "not a number", 1},
	{"idleness_ratio", {{"attribute", "x", 0}}, "needs teams", 0},
	{"fair_threshold", {{"a", NULL, 1}, {"b", NULL, 1e9}}, "between", 2},
	{"best_skilled", {{0}}, "needs skills", 0},
	{"best_skilled", {{"about", NULL, 3}}, "about is not a text", 1},
	{"least_skilled_first", {{0}}, "needs skills", 0},
	{"fastest_first", {{"weight", NULL, 0}}, "not between", 1},
	{"fastest_first", {{"prior", NULL, 1}, {"x", NULL, 1}}, "x", 2},
	{"preferred_agent", {{"patience", NULL, -3}}, "not between", 1},
	{"preferred_agent", {{"attribute", "", 0}}, "not a text", 1},
	{"ring_progressive", {{"after", NULL, 0}}, "not between", 1},
	{"ring_progressive", {{"first", NULL, 65}}, "not between", 1},
	{"ring_progressive", {{"first", NULL, 1.5}}, "not a whole", 1},
	{"slowest_first", {{"weight", NULL, 2.5}}, "not a whole", 1},
	{"weighted_random", {{"weight", NULL, 1}}, "no option weight", 1},
	{"batch", {{"window", NULL, 61}}, "not between", 1},
	{"no_such", {{0}}, "no policy", 0},
};

START_TEST(options__are_refused_with_their_number)
{
	struct usher_attr options[2];
	uint32_t n = attrs_of(refused[_i].options, 2, options);
	struct usher_queue_opts opts;
	struct usher_error err = {0};
	struct usher_acd *acd;
	int code =
		usher_agent_policy_check(refused[_i].policy, options, n, &err);

	ck_assert_int_ne(code, 0);
	ck_assert_msg(strstr(err.message, refused[_i].message), "%s",
		      err.message);
	ck_assert_uint_eq(err.column, refused[_i].column);
	ck_assert_int_eq(usher_acd_new(&acd, NULL, NULL), 0);
	usher_queue_opts_init(&opts, sizeof(opts));
	opts.name = "q";
	opts.policy = refused[_i].policy;
	opts.policy_options = options;
	opts.policy_option_count = n;
	ck_assert_int_eq(usher_acd_queue_set(acd, START, &opts, NULL, &err),
			 code);
	ck_assert_ptr_null(usher_acd_next(acd));
	usher_acd_free(acd);
}
END_TEST

START_TEST(fallback__does_without_options_and_others)
{
	static const char *const names[] = {"batch", "percentage"};
	struct usher_queue_opts opts;
	struct usher_acd *acd;

	ck_assert_int_eq(usher_acd_new(&acd, NULL, NULL), 0);
	usher_queue_opts_init(&opts, sizeof(opts));
	opts.name = "q";
	opts.policy = "external";
	opts.fallback = names[_i];
	ck_assert_int_eq(usher_acd_queue_set(acd, START, &opts, NULL, NULL),
			 USHER_EINVAL);
	opts.fallback = "least_occupied";
	ck_assert_int_eq(usher_acd_queue_set(acd, START, &opts, NULL, NULL),
			 0);
	usher_acd_free(acd);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("policy-agents");
	TCase *tc = tcase_create("agents");
	SRunner *sr = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, policy__orders_agents, 0, ROWS);
	tcase_add_test(tc, least_occupied__leaves_pauses_out);
	tcase_add_test(tc, weighted_random__draws_by_weight);
	tcase_add_loop_test(tc, options__are_refused_with_their_number, 0,
			    sizeof(refused) / sizeof(*refused));
	tcase_add_loop_test(tc, fallback__does_without_options_and_others, 0,
			    2);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
