/* What keeps a contact that waits from who could take it. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "day.h"
#include "fixture.h"

static void keep_first(void *arg, const char *text)
{
	char *line = arg;

	if (!*line)
		snprintf(line, 256, "%s", text);
}

static void assert_held(struct usher_acd *acd, uint64_t contact, uint32_t held,
			int64_t until)
{
	struct usher_explanation all = {.size = sizeof(all)};
	uint64_t segment = usher_acd_segment_next(acd, contact, 0);
	char line[256] = "", text[64];

	ck_assert_int_eq(usher_acd_explain(acd, segment, &all, NULL, NULL), 0);
	ck_assert_uint_eq(all.held, held);
	ck_assert_int_eq(all.until_us, until);
	ck_assert_int_eq(
		usher_acd_explain_text(acd, segment, keep_first, line), 0);
	snprintf(text, sizeof(text), "not named%s%s", held ? ", " : "",
		 held ? usher_held_name(held) : "");
	ck_assert_ptr_nonnull(strstr(line, "not named"));
	ck_assert_str_eq(strstr(line, "not named"), text);
}

static void ask_back(struct usher_acd *acd, uint64_t contact, uint32_t first)
{
	struct usher_callback_opts opts;

	usher_callback_opts_init(&opts, sizeof(opts));
	opts.address = first == USHER_CALLBACK_AGENT ? "p:1" : "p:2";
	opts.first = first;
	ck_assert_int_eq(usher_acd_callback(acd, DAY_START, contact, &opts),
			 0);
}

START_TEST(explain__says_what_holds_a_contact)
{
	struct usher_acd *acd = acd_made();
	uint64_t queue = add_queue(acd, "q", NULL), contact, batch;

	contact = wait_in(acd, DAY_START, queue, 0);
	assert_held(acd, contact, USHER_HELD_NOT, 0);
	usher_acd_detach(acd, DAY_START, contact, DAY_START + SECOND, "");
	assert_held(acd, contact, USHER_HELD_DETACHED, 0);
	usher_acd_attach(acd, DAY_START, contact);
	ask_back(acd, contact, USHER_CALLBACK_CUSTOMER);
	assert_held(acd, contact, USHER_HELD_TURN, 0);
	add_agent(acd, "anna", 0);
	assert_held(acd, contact, USHER_HELD_CALLBACK, 0);
	contact = wait_in(acd, DAY_START, queue, 0);
	assert_held(acd, contact, USHER_HELD_OFFERED, 0);
	/* agent first: as anybody who waits */
	contact = wait_in(acd, DAY_START, queue, 0);
	ask_back(acd, contact, USHER_CALLBACK_AGENT);
	assert_held(acd, contact, USHER_HELD_NOT, 0);
	batch = add_queue(acd, "batch", "batch");
	add_agent(acd, "bert", 0);
	usher_acd_reject(acd, DAY_START, usher_acd_offer_next(acd, contact, 0),
			 "");
	contact = wait_in(acd, DAY_START, batch, 0);
	assert_held(acd, contact, USHER_HELD_COLLECTED,
		    DAY_START + 2 * SECOND);
	usher_acd_advance(acd, DAY_START + 2 * SECOND);
	assert_held(acd, contact, USHER_HELD_OFFERED, 0);
	ck_assert_str_eq(usher_held_name(USHER_HELD_NOT), "not held");
	ck_assert_ptr_null(usher_held_name(99));
	usher_acd_free(acd);
}
END_TEST

START_TEST(explain__says_until_when_a_contact_is_held)
{
	struct usher_acd *acd = acd_made();
	uint64_t outside = add_queue(acd, "outside", "external"), contact;
	uint64_t queue = add_queue(acd, "q", "preferred_agent");
	struct usher_contact_opts opts;
	struct usher_enqueue_opts enqueue;
	struct usher_attr attr = {.name = "preferred_agent",
				  .type = USHER_ATTR_TEXT,
				  .text = "zoe"};
	struct usher_agent_opts zoe;

	add_agent(acd, "anna", 0);
	contact = wait_in(acd, DAY_START, outside, 0);
	assert_held(acd, contact, USHER_HELD_ASKED, DAY_START + 2 * SECOND);
	usher_acd_contact_end(acd, DAY_START, contact, "");
	usher_agent_opts_init(&zoe, sizeof(zoe));
	zoe.name = "zoe";
	add_ready(acd, &zoe);
	wait_in(acd, DAY_START, queue, 0);
	wait_in(acd, DAY_START, queue, 0);
	add_agent(acd, "bert", 0);
	usher_contact_opts_init(&opts, sizeof(opts));
	opts.attrs = &attr;
	opts.attr_count = 1;
	usher_acd_contact_new(acd, DAY_START, &opts, &contact);
	usher_enqueue_opts_init(&enqueue, sizeof(enqueue));
	enqueue.queues = &queue;
	enqueue.queue_count = 1;
	usher_acd_enqueue(acd, DAY_START, contact, &enqueue, NULL);
	assert_held(acd, contact, USHER_HELD_PUT_OFF, DAY_START + 30 * SECOND);
	usher_acd_free(acd);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("acd-held");
	TCase *tests = tcase_create("held");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tests, explain__says_what_holds_a_contact);
	tcase_add_test(tests, explain__says_until_when_a_contact_is_held);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
