/* A queue's policy with options, and what it says to the center's order. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <center/config.h>
#include <config/config.h>

static struct usher__conf *conf;
static struct usher_error err;

static int parse(const char *queue)
{
	char text[600] = "center: c\nqueues:\n  q:\n";

	strcat(text, queue);
	memset(&err, 0, sizeof(err));
	return usher__conf_parse(&conf, "c.yaml", text, strlen(text), NULL,
				 &err);
}

static const struct usher_queue_conf *read_queue(const char *queue)
{
	int e = parse(queue);

	ck_assert_msg(!e, "%u:%u %s", err.line, err.column, err.message);
	return usher__config_find_queue(conf->centers[0].config, "q");
}

START_TEST(policy__is_a_word_or_a_mapping)
{
	const struct usher_queue_conf *q = read_queue("    policy: random\n");

	ck_assert_str_eq(q->policy, "random");
	ck_assert_uint_eq(q->policy_option_count, 0);
	usher__conf_free(conf);
	q = read_queue("    policy: {name: percentage, north: 60, south: 40,"
		       " attribute: site}\n"
		       "    fallback: least_occupied\n");
	ck_assert_str_eq(q->policy, "percentage");
	ck_assert_str_eq(q->fallback, "least_occupied");
	ck_assert_uint_eq(q->policy_option_count, 3);
	ck_assert_str_eq(q->policy_options[0], "north=60");
	ck_assert_str_eq(q->policy_options[1], "south=40");
	ck_assert_str_eq(q->policy_options[2], "attribute=site");
	usher__conf_free(conf);
}
END_TEST

START_TEST(durations__are_seconds)
{
	const struct usher_queue_conf *q =
		read_queue("    policy: {name: preferred_agent, patience: "
			   "1m30s}\n    contact_order: {cost: 2.5, growth: 2,"
			   " handle: 500ms, share: 10}\n");

	ck_assert_str_eq(q->policy_options[0], "patience=90");
	ck_assert_uint_eq(q->order_option_count, 4);
	ck_assert_str_eq(q->order_options[0], "cost=2.5");
	ck_assert_str_eq(q->order_options[2], "handle=0.5");
	usher__conf_free(conf);
}
END_TEST

static const struct {
	const char *queue;
	uint32_t line, column;
	const char *message;
} bad[] = {
	{"    policy: randm\n", 4, 13, "random"},
	{"    policy: {north: 60}\n", 4, 13, "needs 'name'"},
	{"    policy: {name: random, x: 1}\n", 4, 31, "takes no options"},
	{"    policy:\n      name: percentage\n", 5, 7, "needs teams"},
	{"    policy:\n      name: percentage\n      north: 60\n"
	 "      south: many\n",
	 7, 14, "south is not a number"},
	{"    policy: {name: preferred_agent, patience: -1}\n", 4, 47,
	 "patience is not between"},
	{"    policy: {name: preferred_agent, paitence: 1}\n", 4, 47,
	 "no option paitence"},
	{"    policy: {name: best_skilled, about: [a]}\n", 4, 41, "about"},
	{"    policy: [random]\n", 4, 13, "policy"},
	{"    fallback: batch\n", 4, 15, "fallback"},
	{"    fallback: percentage\n", 4, 15, "fallback"},
	{"    contact_order: {cots: 1}\n", 4, 21, "cost"},
	{"    contact_order: {cost: -1}\n", 4, 27, "cost is not between"},
	{"    contact_order: {share: 200}\n", 4, 28, "share is not between"},
	{"    contact_order: {boost: 1.5}\n", 4, 28, "boost"},
	{"    contact_order: cmu\n", 4, 20, "contact_order"},
};

START_TEST(options__are_refused_at_their_place)
{
	ck_assert_int_eq(parse(bad[_i].queue), USHER_EINVAL);
	ck_assert_msg(strstr(err.message, bad[_i].message), "%s", err.message);
	ck_assert_msg(err.line == bad[_i].line && err.column == bad[_i].column,
		      "%u:%u %s", err.line, err.column, err.message);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("config-routing");
	TCase *tc = tcase_create("policy");
	SRunner *sr = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, policy__is_a_word_or_a_mapping);
	tcase_add_test(tc, durations__are_seconds);
	tcase_add_loop_test(tc, options__are_refused_at_their_place, 0,
			    sizeof(bad) / sizeof(*bad));
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
