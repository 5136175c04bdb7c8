/* Policies that go by how many of a team are idle: those of the whole center,
 * also who may not take the contact. Numbers follow from the rules of the
 * papers that the policies name: of the pools that may serve it, the one with
 * the largest I_j - v_j (I_1 + ... + I_n); and which pool is kept idle, by
 * thresholds on I_1 + ... + I_n. */
#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <usher/acd.h>

#define SECOND INT64_C(1000000)
#define START  (INT64_C(1767340800) * SECOND)
#define POOLS  3

static const char *const names[POOLS] = {"north", "south", "west"};

struct row {
	const char *policy;
	double number[POOLS]; /* parts of idleness, or thresholds */
	int idle[POOLS];
	int may[POOLS]; /* take the contact, of these */
	int busy[POOLS];
	char chosen;
};

static const struct row rows[] = {
	/* 4 - 7/2 against 3 - 7/2; of those who may, 1 against 3 */
	{"idleness_ratio", {1, 1, 0}, {4, 3, 0}, {1, 3, 0}, {0}, 'n'},
	/* who is busy is not idle: 1 - 4/2 against 3 - 4/2 */
	{"idleness_ratio", {1, 1, 0}, {1, 3, 0}, {1, 3, 0}, {5, 0, 0}, 's'},
	/* a pool that may not take it counts in the total: 4 - 10/2 against
	 * 2 - 10/4; without it 4 - 6/2 against 2 - 6/4 */
	{"idleness_ratio", {2, 1, 1}, {4, 2, 4}, {4, 2, 0}, {0}, 's'},
	{"idleness_ratio", {2, 1, 1}, {4, 2, 0}, {4, 2, 0}, {0}, 'n'},
	/* 3 - 6/6, 2 - 2*6/6, 1 - 3*6/6 */
	{"idleness_ratio", {1, 2, 3}, {3, 2, 1}, {1, 1, 1}, {0}, 'n'},
	{"idleness_ratio", {3, 2, 1}, {3, 2, 1}, {1, 1, 1}, {0}, 'n'},
	/* 1 - 3*9/6, 2 - 2*9/6, 6 - 9/6: west may not */
	{"idleness_ratio", {3, 2, 1}, {1, 2, 6}, {1, 1, 0}, {0}, 's'},
	/* south, the slow one, is kept below 3, north below 6; of those who
	 * may there are always two */
	{"fair_threshold", {6, 3, 0.001}, {1, 1, 0}, {1, 1, 0}, {0}, 'n'},
	{"fair_threshold", {6, 3, 0.001}, {2, 2, 0}, {1, 1, 0}, {0}, 's'},
	{"fair_threshold", {6, 3, 0.001}, {4, 1, 0}, {1, 1, 0}, {0}, 's'},
	{"fair_threshold", {6, 3, 0.001}, {1, 1, 3}, {1, 1, 0}, {0}, 's'},
	{"fair_threshold",
	 {6, 3, 0.001},
	 {2, 2, 0},
	 {1, 1, 0},
	 {9, 9, 0},
	 's'},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static void add(struct usher_acd *acd, int pool, int number, bool may,
		uint32_t presence)
{
	struct usher_attr attrs[2] = {
		{.name = "team", .type = USHER_ATTR_TEXT, .text = names[pool]},
		{.name = "may", .type = USHER_ATTR_NUMBER, .number = may}};
	struct usher_agent_opts opts;
	char name[16];
	uint64_t id;

	snprintf(name, sizeof(name), "%s%d", names[pool], number);
	usher_agent_opts_init(&opts, sizeof(opts));
	opts.name = name;
	opts.attrs = attrs;
	opts.attr_count = 2;
	ck_assert_int_eq(usher_acd_agent_set(acd, START, &opts, &id, NULL), 0);
	ck_assert_int_eq(usher_acd_presence(acd, START, id, presence, "tea"),
			 0);
}

static void set_queue(struct usher_acd *acd, const struct row *row,
		      uint64_t *queue)
{
	struct usher_attr options[POOLS] = {{0}};
	struct usher_queue_opts opts;

	for (int i = 0; i < POOLS; i++) {
		options[i].name = names[i];
		options[i].number = row->number[i];
	}
	usher_queue_opts_init(&opts, sizeof(opts));
	opts.name = "q";
	opts.policy = row->policy;
	opts.policy_options = options;
	opts.policy_option_count = POOLS;
	opts.requirement = "may == 1";
	ck_assert_int_eq(usher_acd_queue_set(acd, START, &opts, queue, NULL),
			 0);
}

/* The first letter of the team of who gets a contact. */
static char chosen(struct usher_acd *acd, uint64_t queue)
{
	struct usher_agent_info info = {.size = sizeof(info)};
	struct usher_enqueue_opts opts;
	const struct usher_event *ev;
	uint64_t contact, agent = 0;

	ck_assert_int_eq(usher_acd_contact_new(acd, START, NULL, &contact), 0);
	usher_enqueue_opts_init(&opts, sizeof(opts));
	opts.queues = &queue;
	opts.queue_count = 1;
	ck_assert_int_eq(usher_acd_enqueue(acd, START, contact, &opts, NULL),
			 0);
	while ((ev = usher_acd_next(acd))) {
		if (ev->type == USHER_EV_OFFER_MADE)
			usher_event_u64(ev, USHER_F_AGENT, &agent);
	}
	ck_assert_int_eq(usher_acd_agent_info(acd, agent, &info), 0);
	return info.name[0];
}

/* With caches of profiles, and where all agents are looked at one by one. */
START_TEST(pools__count_whole)
{
	const struct row *row = &rows[_i / 2];
	struct usher_acd_opts opts;
	struct usher_acd *acd;
	uint64_t queue;

	usher_acd_opts_init(&opts, sizeof(opts));
	opts.profiles_max = _i % 2;
	ck_assert_int_eq(usher_acd_new(&acd, &opts, NULL), 0);
	set_queue(acd, row, &queue);
	for (int pool = 0; pool < POOLS; pool++) {
		for (int i = 0; i < row->idle[pool]; i++)
			add(acd, pool, i, i < row->may[pool], USHER_READY);
		for (int i = 0; i < row->busy[pool]; i++)
			add(acd, pool, 90 + i, true, USHER_PAUSED);
	}
	ck_assert_int_eq(chosen(acd, queue), row->chosen);
	usher_acd_free(acd);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("policy pools");
	TCase *tcase = tcase_create("pools");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, pools__count_whole, 0, 2 * (int)ROWS);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
