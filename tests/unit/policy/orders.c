/* What each order of contacts measures, one term of it after the other: pairs
 * of which leaving the term out would choose the other one. */
#include "house.h"

/* Who of two is served: the first comes, then the second, then an agent. */
static const struct {
	const char *order;
	int64_t target_s[2];
	struct option options[2][HOUSE_MAX];
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
		h.now = HOUSE_START + pairs[_i].at_s[i] * HOUSE_SECOND;
		contacts[i] = comes(&h, i, pairs[_i].age_s[i],
				    pairs[_i].priority[i], NULL);
	}
	h.now = HOUSE_START + pairs[_i].ready_s * HOUSE_SECOND;
	agent_ready(&h, 0, 1, NULL);
	ck_assert_uint_eq(offered(&h).contact, contacts[pairs[_i].first]);
	usher_acd_free(h.acd);
}
END_TEST

/* A conversation of 240 s was seen; what the queue says goes before it. */
START_TEST(cmu__believes_what_a_queue_says)
{
	static const struct option says[2][HOUSE_MAX] = {
		{{"handle", NULL, 60}}, {{"handle", NULL, 120}}};
	static const struct option nothing[HOUSE_MAX] = {{0}};
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
	h.now += 240 * HOUSE_SECOND;
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
	static const struct option shares[2][HOUSE_MAX] = {
		{{"share", NULL, 60}}, {{"share", NULL, 40}}};
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

TCase *orders_case(void)
{
	TCase *tc = tcase_create("orders");

	tcase_add_loop_test(tc, order__measures, 0,
			    sizeof(pairs) / sizeof(*pairs));
	tcase_add_loop_test(tc, cmu__believes_what_a_queue_says, 0, 2);
	tcase_add_test(tc, queue_ratio__counts_who_is_not_offered);
	return tc;
}
