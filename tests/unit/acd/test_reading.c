/* Reading the state: what hangs on agents, contacts and segments. */
#include <check.h>
#include <string.h>

#include "day.h"
#include "fixture.h"

static uint64_t skilled(struct usher_acd *acd, const uint64_t *queues,
			uint32_t queue_count)
{
	/* not in the order of their names */
	struct usher_attr attrs[] = {
		{.name = "skill", .number = 3},
		{.name = "language", .type = USHER_ATTR_TEXT, .text = "hu"}};
	struct usher_capacity capacity[] = {{.channel = "voice", .max = 2},
					    {.channel = "chat", .max = 1}};
	struct usher_agent_opts opts;

	usher_agent_opts_init(&opts, sizeof(opts));
	opts.name = "anna";
	opts.attrs = attrs;
	opts.attr_count = 2;
	opts.capacity = capacity;
	opts.capacity_count = 2;
	opts.max_total = 3;
	opts.queues = queues;
	opts.queue_count = queue_count;
	return add_ready(acd, &opts);
}

START_TEST(agent__has_its_attributes_in_the_order_of_names)
{
	struct usher_acd *acd = acd_made();
	uint64_t anna = skilled(acd, NULL, 0);
	struct usher_attr attr = {.name = "untouched"};

	ck_assert_int_eq(usher_acd_agent_attr(acd, anna, "skill", &attr), 0);
	ck_assert_uint_eq(attr.type, USHER_ATTR_NUMBER);
	ck_assert(attr.number == 3);
	ck_assert_int_eq(usher_acd_agent_attr_at(acd, anna, 0, &attr), 0);
	ck_assert_str_eq(attr.name, "language");
	ck_assert_uint_eq(attr.type, USHER_ATTR_TEXT);
	ck_assert_str_eq(attr.text, "hu");
	ck_assert_int_eq(usher_acd_agent_attr_at(acd, anna, 1, &attr), 0);
	ck_assert_str_eq(attr.name, "skill");
	/* what is not there leaves it as it was */
	ck_assert_int_eq(usher_acd_agent_attr_at(acd, anna, 2, &attr),
			 USHER_ENOENT);
	ck_assert_int_eq(usher_acd_agent_attr(acd, anna, "skil", &attr),
			 USHER_ENOENT);
	ck_assert_int_eq(usher_acd_agent_attr(acd, 99, "skill", &attr),
			 USHER_ENOENT);
	ck_assert_int_eq(usher_acd_agent_attr_at(acd, 99, 0, &attr),
			 USHER_ENOENT);
	ck_assert_str_eq(attr.name, "skill");
	usher_acd_free(acd);
}
END_TEST

START_TEST(contact__has_its_attributes_in_the_order_of_names)
{
	struct usher_attr attrs[] = {
		{.name = "z", .type = USHER_ATTR_TEXT, .text = ""},
		{.name = "level", .number = -0.5}};
	struct usher_acd *acd = acd_made();
	struct usher_contact_opts opts;
	struct usher_attr attr = {.name = "untouched"};
	uint64_t contact, bare;

	usher_contact_opts_init(&opts, sizeof(opts));
	opts.attrs = attrs;
	opts.attr_count = 2;
	ck_assert_int_eq(
		usher_acd_contact_new(acd, DAY_START, &opts, &contact), 0);
	ck_assert_int_eq(usher_acd_contact_new(acd, DAY_START, NULL, &bare),
			 0);
	ck_assert_int_eq(usher_acd_contact_attr(acd, bare, "z", &attr),
			 USHER_ENOENT);
	ck_assert_int_eq(usher_acd_contact_attr_at(acd, bare, 0, &attr),
			 USHER_ENOENT);
	ck_assert_str_eq(attr.name, "untouched");
	ck_assert_int_eq(usher_acd_contact_attr(acd, contact, "level", &attr),
			 0);
	ck_assert(attr.number == -0.5);
	ck_assert_int_eq(usher_acd_contact_attr_at(acd, contact, 0, &attr), 0);
	ck_assert_str_eq(attr.name, "level");
	ck_assert_int_eq(usher_acd_contact_attr_at(acd, contact, 1, &attr), 0);
	ck_assert_str_eq(attr.name, "z");
	ck_assert_str_eq(attr.text, "");
	ck_assert_int_eq(usher_acd_contact_attr_at(acd, contact, 2, &attr),
			 USHER_ENOENT);
	ck_assert_int_eq(usher_acd_contact_attr_at(acd, 99, 0, &attr),
			 USHER_ENOENT);
	usher_acd_free(acd);
}
END_TEST

START_TEST(agent__names_its_queues_in_the_order_given)
{
	struct usher_acd *acd = acd_made();
	uint64_t queues[] = {0, add_queue(acd, "q1", NULL)};
	uint64_t anna;

	queues[0] = add_queue(acd, "q2", NULL);
	anna = skilled(acd, queues, 2);
	ck_assert_uint_eq(usher_acd_agent_queue(acd, anna, 0), queues[0]);
	ck_assert_uint_eq(usher_acd_agent_queue(acd, anna, 1), queues[1]);
	ck_assert_uint_eq(usher_acd_agent_queue(acd, anna, 2), 0);
	ck_assert_uint_eq(usher_acd_agent_queue(acd, 99, 0), 0);
	usher_acd_free(acd);
}
END_TEST

START_TEST(agent__has_its_offers_and_segments_in_order)
{
	struct usher_acd *acd = acd_made();
	uint64_t queue = add_queue(acd, "q", NULL);
	uint64_t anna = skilled(acd, NULL, 0), seg, talk, first, second;
	struct usher_direct_opts direct;
	uint64_t contact;

	ck_assert_uint_eq(usher_acd_agent_offer_next(acd, anna, 0), 0);
	ck_assert_uint_eq(usher_acd_agent_segment_next(acd, anna, 0), 0);
	wait_in(acd, DAY_START, queue, 0);
	wait_in(acd, DAY_START, queue, 0);
	first = usher_acd_agent_offer_next(acd, anna, 0);
	second = usher_acd_agent_offer_next(acd, anna, first);
	ck_assert_uint_ne(first, 0);
	ck_assert_uint_gt(second, first);
	ck_assert_uint_eq(usher_acd_agent_offer_next(acd, anna, second), 0);
	ck_assert_int_eq(usher_acd_accept(acd, DAY_START, first, NULL), 0);
	ck_assert_int_eq(usher_acd_connected(acd, DAY_START, first, &seg), 0);
	ck_assert_uint_eq(usher_acd_agent_offer_next(acd, anna, 0), second);
	usher_direct_opts_init(&direct, sizeof(direct));
	direct.force = 1;
	ck_assert_int_eq(usher_acd_contact_new(acd, DAY_START, NULL, &contact),
			 0);
	ck_assert_int_eq(usher_acd_direct(acd, DAY_START, contact, anna,
					  &direct, &talk),
			 0);
	ck_assert_uint_eq(usher_acd_agent_segment_next(acd, anna, 0), seg);
	ck_assert_uint_eq(usher_acd_agent_segment_next(acd, anna, seg), talk);
	ck_assert_uint_eq(usher_acd_agent_segment_next(acd, anna, talk), 0);
	ck_assert_uint_eq(usher_acd_agent_segment_next(acd, 99, 0), 0);
	ck_assert_uint_eq(usher_acd_agent_offer_next(acd, 99, 0), 0);
	usher_acd_free(acd);
}
END_TEST

START_TEST(eligible__says_what_the_requirements_say)
{
	struct usher_acd *acd = acd_made();
	uint64_t queue = add_queue(acd, "q", NULL);
	uint64_t anna = skilled(acd, NULL, 0), contact, easy, hard, flow;
	struct usher_enqueue_opts opts;

	ck_assert_int_eq(
		usher_acd_presence(acd, DAY_START, anna, USHER_PAUSED, NULL),
		0);
	usher_enqueue_opts_init(&opts, sizeof(opts));
	opts.queues = &queue;
	opts.queue_count = 1;
	opts.requirement = "skill >= 3";
	ck_assert_int_eq(usher_acd_contact_new(acd, DAY_START, NULL, &contact),
			 0);
	ck_assert_int_eq(
		usher_acd_enqueue(acd, DAY_START, contact, &opts, &easy), 0);
	ck_assert_int_eq(
		usher_acd_flow_begin(acd, DAY_START, contact, "main", &flow),
		0);
	opts.requirement = "skill >= 4";
	ck_assert_int_eq(usher_acd_contact_new(acd, DAY_START, NULL, &contact),
			 0);
	ck_assert_int_eq(
		usher_acd_enqueue(acd, DAY_START, contact, &opts, &hard), 0);
	/* also when the agent is not free */
	ck_assert_int_eq(usher_acd_eligible(acd, easy, anna), 1);
	ck_assert_int_eq(usher_acd_eligible(acd, hard, anna), 0);
	ck_assert_int_eq(usher_acd_eligible(acd, flow, anna), USHER_ENOENT);
	ck_assert_int_eq(usher_acd_eligible(acd, 99, anna), USHER_ENOENT);
	ck_assert_int_eq(usher_acd_eligible(acd, easy, 99), USHER_ENOENT);
	usher_acd_free(acd);
}
END_TEST

START_TEST(not_before__is_the_end_of_a_refusal)
{
	struct usher_acd *acd = acd_made();
	uint64_t queue = add_queue(acd, "q", NULL);
	uint64_t anna = skilled(acd, NULL, 0);
	uint64_t contact = wait_in(acd, DAY_START, queue, 0);

	ck_assert_int_eq(usher_acd_not_before(acd, contact, anna), 0);
	ck_assert_int_eq(
		usher_acd_reject(acd, DAY_START + SECOND,
				 usher_acd_offer_next(acd, contact, 0), ""),
		0);
	ck_assert_int_eq(usher_acd_not_before(acd, contact, anna),
			 DAY_START + 6 * SECOND);
	ck_assert_int_eq(usher_acd_not_before(acd, contact, 99), 0);
	ck_assert_int_eq(usher_acd_not_before(acd, 99, anna), 0);
	ck_assert_int_eq(usher_acd_advance(acd, DAY_START + 6 * SECOND), 0);
	ck_assert_int_eq(usher_acd_not_before(acd, contact, anna), 0);
	ck_assert_uint_ne(usher_acd_offer_next(acd, contact, 0), 0);
	usher_acd_free(acd);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("acd reading");
	TCase *tcase = tcase_create("reading");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, agent__has_its_attributes_in_the_order_of_names);
	tcase_add_test(tcase,
		       contact__has_its_attributes_in_the_order_of_names);
	tcase_add_test(tcase, agent__names_its_queues_in_the_order_given);
	tcase_add_test(tcase, agent__has_its_offers_and_segments_in_order);
	tcase_add_test(tcase, eligible__says_what_the_requirements_say);
	tcase_add_test(tcase, not_before__is_the_end_of_a_refusal);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
