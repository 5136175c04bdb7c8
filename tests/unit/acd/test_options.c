/* Options out of range: refused, with nothing done. */
#include <check.h>
#include <stddef.h>
#include <string.h>

#include "day.h"
#include "fixture.h"

static const int64_t bad_spans[] = {-2, -7, INT64_MIN, USHER_NEVER - 1,
				    INT64_C(3) * 366 * 86400 * 1000000};
#define BAD_SPANS (sizeof(bad_spans) / sizeof(bad_spans[0]))

/* What was refused has left no event and no trace. */
static void nothing_done(struct usher_acd *acd, const struct bytes *was)
{
	struct bytes is;

	ck_assert_ptr_null(usher_acd_next(acd));
	bytes_snapshot(&is, acd);
	ck_assert(bytes_equal(was, &is));
	free(is.at);
}

static int set_queue(struct usher_acd *acd, size_t offset, int64_t value)
{
	struct usher_queue_opts opts;
	struct usher_error err = {0};
	int code;

	usher_queue_opts_init(&opts, sizeof(opts));
	opts.name = "other";
	memcpy((char *)&opts + offset, &value, sizeof(value));
	code = usher_acd_queue_set(acd, DAY_START, &opts, NULL, &err);
	ck_assert_int_eq(err.code, code);
	return code;
}

START_TEST(queue__refuses_every_span_out_of_range)
{
	static const size_t spans[] = {
		offsetof(struct usher_queue_opts, target_us),
		offsetof(struct usher_queue_opts, short_us),
		offsetof(struct usher_queue_opts, offer_timeout_us),
		offsetof(struct usher_queue_opts, wrapup_us),
		offsetof(struct usher_queue_opts, max_wait_us),
		offsetof(struct usher_queue_opts, retry_us),
		offsetof(struct usher_queue_opts, decide_timeout_us),
		offsetof(struct usher_queue_opts, priority),
	};
	struct usher_acd *acd = acd_made();
	struct bytes was;

	add_queue(acd, "q", NULL);
	drained(acd);
	bytes_snapshot(&was, acd);
	for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
		for (size_t k = 0; k < BAD_SPANS; k++) {
			/* a priority may be negative */
			if (i == 7 && k < 2)
				continue;
			ck_assert_int_eq(
				set_queue(acd, spans[i], bad_spans[k]),
				USHER_EINVAL);
			nothing_done(acd, &was);
		}
	}
	free(was.at);
	usher_acd_free(acd);
}
END_TEST

START_TEST(missed_limit__is_not_negative)
{
	struct usher_queue_info info = {.size = sizeof(info)};
	struct usher_acd *acd = acd_made();
	struct usher_queue_opts opts;
	uint64_t queue;

	usher_queue_opts_init(&opts, sizeof(opts));
	opts.name = "q";
	opts.missed_limit = -7;
	ck_assert_int_eq(
		usher_acd_queue_set(acd, DAY_START, &opts, &queue, NULL),
		USHER_EINVAL);
	opts.missed_limit = INT32_MIN;
	ck_assert_int_eq(
		usher_acd_queue_set(acd, DAY_START, &opts, &queue, NULL),
		USHER_EINVAL);
	opts.missed_limit = USHER_ZERO;
	ck_assert_int_eq(
		usher_acd_queue_set(acd, DAY_START, &opts, &queue, NULL), 0);
	ck_assert_int_eq(usher_acd_queue_info(acd, queue, &info), 0);
	ck_assert_uint_eq(info.missed_limit, 0);
	usher_acd_free(acd);
}
END_TEST

static int enqueue(struct usher_acd *acd, uint64_t contact, uint64_t queue,
		   int64_t max_wait_us)
{
	struct usher_enqueue_opts opts;

	usher_enqueue_opts_init(&opts, sizeof(opts));
	opts.queues = &queue;
	opts.queue_count = 1;
	opts.max_wait_us = max_wait_us;
	return usher_acd_enqueue(acd, DAY_START, contact, &opts, NULL);
}

static uint64_t patient_queue(struct usher_acd *acd, const char *name,
			      int64_t max_wait_us)
{
	struct usher_queue_opts opts;
	uint64_t queue;

	usher_queue_opts_init(&opts, sizeof(opts));
	opts.name = name;
	opts.max_wait_us = max_wait_us;
	ck_assert_int_eq(
		usher_acd_queue_set(acd, DAY_START, &opts, &queue, NULL), 0);
	return queue;
}

/* A copy of the core, by way of a snapshot; frees the old one. */
static struct usher_acd *restored(struct usher_acd *acd)
{
	struct usher_acd *again;
	size_t len, len_again;
	void *bytes, *same;

	drained(acd);
	ck_assert_int_eq(usher_acd_snapshot(acd, &bytes, &len), 0);
	ck_assert_int_eq(usher_acd_restore(&again, NULL, NULL, 0, NULL, 0,
					   bytes, len, NULL),
			 0);
	ck_assert_int_eq(usher_acd_snapshot(again, &same, &len_again), 0);
	ck_assert_uint_eq(len, len_again);
	ck_assert_mem_eq(bytes, same, len);
	usher_acd_snapshot_free(acd, bytes);
	usher_acd_snapshot_free(again, same);
	usher_acd_free(acd);
	return again;
}

START_TEST(enqueue__takes_an_age_of_its_own)
{
	struct usher_acd *acd = acd_made();
	uint64_t queue = add_queue(acd, "q", NULL), old, young, found = 0;
	uint64_t other = add_queue(acd, "other", NULL);
	struct usher_enqueue_opts opts;

	ck_assert_int_eq(usher_acd_contact_new(acd, DAY_START, NULL, &old), 0);
	young = wait_in(acd, DAY_START + SECOND, queue, 0);
	usher_enqueue_opts_init(&opts, sizeof(opts));
	opts.queues = &queue;
	opts.queue_count = 1;
	opts.since_us = -1;
	ck_assert_int_eq(usher_acd_enqueue(acd, DAY_START + 2 * SECOND, old,
					   &opts, NULL),
			 USHER_EINVAL);
	opts.since_us = DAY_START + 2 * SECOND;
	ck_assert_int_eq(usher_acd_enqueue(acd, DAY_START + 2 * SECOND, old,
					   &opts, NULL),
			 0);
	/* Elsewhere its age is its own. */
	opts.queues = &other;
	opts.since_us = 0;
	ck_assert_int_eq(usher_acd_enqueue(acd, DAY_START + 2 * SECOND, old,
					   &opts, NULL),
			 0);
	acd = restored(acd);
	ck_assert_uint_eq(
		usher_acd_position(acd, usher_acd_segment_next(acd, old, 0)),
		2);
	ck_assert_uint_eq(
		usher_acd_position(acd, usher_acd_segment_next(acd, young, 0)),
		1);
	/* What the age is for: an agent of that queue alone. */
	ck_assert_int_eq(
		usher_acd_queue_open(acd, DAY_START + 3 * SECOND, other, 1),
		0);
	ck_assert_int_eq(
		usher_acd_dequeue(
			acd, DAY_START + 3 * SECOND,
			usher_acd_segment_next(
				acd, old, usher_acd_segment_next(acd, old, 0)),
			USHER_LEAVE_KEY),
		0);
	drained(acd);
	add_agent(acd, "ann", 1);
	ck_assert_uint_ne(offered_to(acd, &found), 0);
	ck_assert_uint_eq(found, young);
	usher_acd_free(acd);
}
END_TEST

START_TEST(max_wait__of_never_is_no_limit)
{
	struct usher_acd *acd = acd_made();
	uint64_t never = patient_queue(acd, "never", USHER_NEVER), contact;
	uint64_t short_ = patient_queue(acd, "short", 9 * SECOND);

	ck_assert_int_eq(usher_acd_contact_new(acd, DAY_START, NULL, &contact),
			 0);
	ck_assert_int_eq(enqueue(acd, contact, never, 0), 0);
	ck_assert_int_eq(usher_acd_deadline(acd), USHER_NEVER);
	ck_assert_int_eq(enqueue(acd, contact, short_, USHER_NEVER), 0);
	ck_assert_int_eq(usher_acd_deadline(acd), USHER_NEVER);
	ck_assert_int_eq(usher_acd_contact_new(acd, DAY_START, NULL, &contact),
			 0);
	ck_assert_int_eq(enqueue(acd, contact, short_, 0), 0);
	ck_assert_int_eq(usher_acd_deadline(acd), DAY_START + 9 * SECOND);
	usher_acd_free(acd);
}
END_TEST

START_TEST(contact__refuses_every_span_out_of_range)
{
	struct usher_acd *acd = acd_made();
	uint64_t queue = add_queue(acd, "q", NULL), contact, seg;
	uint64_t anna = add_agent(acd, "anna", 0);
	struct usher_direct_opts direct;
	struct bytes was;

	ck_assert_int_eq(usher_acd_contact_new(acd, DAY_START, NULL, &contact),
			 0);
	drained(acd);
	bytes_snapshot(&was, acd);
	usher_direct_opts_init(&direct, sizeof(direct));
	for (size_t i = 0; i < BAD_SPANS; i++) {
		ck_assert_int_eq(enqueue(acd, contact, queue, bad_spans[i]),
				 USHER_EINVAL);
		direct.wrapup_us = bad_spans[i];
		ck_assert_int_eq(usher_acd_direct(acd, DAY_START, contact,
						  anna, &direct, &seg),
				 USHER_EINVAL);
	}
	/* wrap-up has an end, and so has the place of who is gone */
	direct.wrapup_us = USHER_NEVER;
	ck_assert_int_eq(
		usher_acd_direct(acd, DAY_START, contact, anna, &direct, &seg),
		USHER_EINVAL);
	ck_assert_int_eq(
		usher_acd_detach(acd, DAY_START, contact, USHER_NEVER, ""),
		USHER_EINVAL);
	nothing_done(acd, &was);
	free(was.at);
	usher_acd_free(acd);
}
END_TEST

START_TEST(contact__refuses_priorities_and_ages_out_of_range)
{
	static const int64_t bad[] = {INT64_MIN, -1000001, 1000001, INT64_MAX};
	struct usher_acd *acd = acd_made();
	struct usher_contact_opts opts;
	uint64_t contact;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		usher_contact_opts_init(&opts, sizeof(opts));
		opts.priority = bad[i];
		ck_assert_int_eq(
			usher_acd_contact_new(acd, DAY_START, &opts, &contact),
			USHER_EINVAL);
	}
	usher_contact_opts_init(&opts, sizeof(opts));
	opts.since_us = INT64_MIN;
	ck_assert_int_eq(
		usher_acd_contact_new(acd, DAY_START, &opts, &contact),
		USHER_EINVAL);
	ck_assert_uint_eq(usher_acd_seq(acd), 0);
	usher_acd_free(acd);
}
END_TEST

START_TEST(time__ends_with_the_year_9999)
{
	static const int64_t bad[] = {-1, INT64_MIN, USHER_TIME_MAX + 1,
				      INT64_MAX - 5, INT64_MAX};
	struct usher_acd *acd = acd_made();
	uint64_t contact = 7, queue;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_int_eq(usher_acd_advance(acd, bad[i]), USHER_EINVAL);
		ck_assert_int_eq(
			usher_acd_contact_new(acd, bad[i], NULL, &contact),
			USHER_EINVAL);
	}
	ck_assert_uint_eq(contact, 7);
	ck_assert_int_eq(usher_acd_now(acd), 0);
	/* on the last day everything still has a deadline ahead */
	queue = add_queue(acd, "q", NULL);
	add_agent(acd, "anna", 0);
	wait_in(acd, USHER_TIME_MAX, queue, 0);
	ck_assert_int_eq(usher_acd_deadline(acd),
			 USHER_TIME_MAX + 20 * SECOND);
	usher_acd_free(acd);
}
END_TEST

/* A struct whose size nobody has set, or that is cut, says nothing. */
START_TEST(options__of_an_unknown_size_are_refused)
{
	struct usher_acd *acd = acd_made(), *other = NULL;
	struct usher_acd_opts acd_opts = {0};
	struct usher_queue_opts queue_opts = {.name = "q"};
	struct usher_agent_opts agent_opts = {.name = "a"};
	struct usher_contact_opts contact_opts = {.priority = 9};
	struct usher_enqueue_opts enqueue_opts = {0};
	struct usher_direct_opts direct_opts = {.force = 1};
	uint64_t id, contact, queue = add_queue(acd, "there", NULL);
	uint64_t anna = add_agent(acd, "anna", 0);
	struct usher_attr attr = {.name = "x"};
	struct usher_error err = {0};
	struct bytes was;

	ck_assert_int_eq(usher_acd_contact_new(acd, DAY_START, NULL, &contact),
			 0);
	drained(acd);
	bytes_snapshot(&was, acd);
	enqueue_opts.queues = &queue;
	enqueue_opts.queue_count = 1;
	for (size_t size = 0; size <= 16; size += 8) {
		acd_opts.size = queue_opts.size = agent_opts.size = size;
		contact_opts.size = enqueue_opts.size = size;
		direct_opts.size = size ? sizeof(direct_opts) - 1 : 0;
		ck_assert_int_eq(usher_acd_new(&other, &acd_opts, &err),
				 USHER_EINVAL);
		ck_assert_int_eq(usher_acd_queue_set(acd, DAY_START,
						     &queue_opts, &id, &err),
				 USHER_EINVAL);
		ck_assert_int_eq(usher_acd_agent_set(acd, DAY_START,
						     &agent_opts, &id, &err),
				 USHER_EINVAL);
		ck_assert_int_eq(usher_acd_contact_new(acd, DAY_START,
						       &contact_opts, &id),
				 USHER_EINVAL);
		ck_assert_int_eq(usher_acd_contact_set(acd, DAY_START, contact,
						       &contact_opts),
				 USHER_EINVAL);
		ck_assert_int_eq(usher_acd_enqueue(acd, DAY_START, contact,
						   &enqueue_opts, &id),
				 USHER_EINVAL);
		ck_assert_int_eq(usher_acd_direct(acd, DAY_START, contact,
						  anna, &direct_opts, &id),
				 USHER_EINVAL);
	}
	usher_contact_opts_init(&contact_opts, sizeof(contact_opts));
	contact_opts.attrs = &attr;
	contact_opts.attr_count = 1;
	contact_opts.attr_size = sizeof(attr) - 8;
	ck_assert_int_eq(
		usher_acd_contact_new(acd, DAY_START, &contact_opts, &id),
		USHER_EINVAL);
	ck_assert_int_eq(usher_acd_queue_set(acd, DAY_START, NULL, &id, &err),
			 USHER_EINVAL);
	ck_assert_ptr_null(other);
	nothing_done(acd, &was);
	free(was.at);
	usher_acd_free(acd);
}
END_TEST

START_TEST(policies__of_an_unknown_size_are_refused)
{
	struct usher_agent_policy agents = {.name = "mine",
					    .order = USHER_ORDER_STATIC};
	struct usher_contact_policy contacts = {.name = "mine",
						.order = USHER_ORDER_STATIC};
	struct usher_acd *acd = acd_made();

	ck_assert_int_eq(usher_acd_agent_policy_add(acd, &agents),
			 USHER_EINVAL);
	ck_assert_int_eq(usher_acd_contact_policy_add(acd, &contacts),
			 USHER_EINVAL);
	/* Less than the first version had. */
	agents.size = offsetof(struct usher_agent_policy, chosen);
	contacts.size = offsetof(struct usher_contact_policy, pick);
	ck_assert_int_eq(usher_acd_agent_policy_add(acd, &agents),
			 USHER_EINVAL);
	ck_assert_int_eq(usher_acd_contact_policy_add(acd, &contacts),
			 USHER_EINVAL);
	/* What it did not have is not looked at. */
	agents.size = offsetof(struct usher_agent_policy, configure);
	agents.conf_size = UINT32_MAX;
	contacts.size = sizeof(contacts);
	ck_assert_int_eq(usher_acd_agent_policy_add(acd, &agents), 0);
	ck_assert_int_eq(usher_acd_contact_policy_add(acd, &contacts), 0);
	usher_acd_free(acd);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("acd options");
	TCase *tcase = tcase_create("options");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, queue__refuses_every_span_out_of_range);
	tcase_add_test(tcase, missed_limit__is_not_negative);
	tcase_add_test(tcase, enqueue__takes_an_age_of_its_own);
	tcase_add_test(tcase, max_wait__of_never_is_no_limit);
	tcase_add_test(tcase, contact__refuses_every_span_out_of_range);
	tcase_add_test(tcase,
		       contact__refuses_priorities_and_ages_out_of_range);
	tcase_add_test(tcase, time__ends_with_the_year_9999);
	tcase_add_test(tcase, options__of_an_unknown_size_are_refused);
	tcase_add_test(tcase, policies__of_an_unknown_size_are_refused);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
