/* What becomes of answers that a policy had better not give. */
#include <check.h>
#include <string.h>

#include "day.h"
#include "fixture.h"

/* A policy whose answers a test writes down. */
struct answer {
	int verdict;
	int asked;
	struct usher_choice choice;
};

static int answer_seek(void *arg, void *state, const struct usher_pick *pick,
		       struct usher_choice *choice)
{
	struct answer *answer = arg;

	(void)state;
	(void)pick;
	answer->asked++;
	*choice = answer->choice;
	return answer->verdict;
}

static struct usher_acd *acd_with(struct answer *answer)
{
	struct usher_acd *acd = acd_made();
	struct usher_agent_policy policy;

	usher_agent_policy_init(&policy, sizeof(policy));
	policy.name = "answer";
	policy.arg = answer;
	policy.order = USHER_ORDER_STATIC;
	policy.seek = answer_seek;
	ck_assert_int_eq(usher_acd_agent_policy_add(acd, &policy), 0);
	return acd;
}

/* The next event of a type; NULL: none is left. */
static const struct usher_event *next_of(struct usher_acd *acd, uint32_t type)
{
	const struct usher_event *ev;

	while ((ev = usher_acd_next(acd))) {
		if (ev->type == type)
			return ev;
	}
	return NULL;
}

/* Else the wait would end at once and the policy be asked again, for ever. */
START_TEST(later__names_nobody_who_is_free)
{
	struct answer answer = {.verdict = USHER_PICK_LATER};
	struct usher_acd *acd = acd_with(&answer);
	uint64_t queue = add_queue(acd, "q", "answer"), who = 7;
	uint64_t anna = add_agent(acd, "anna", 0);
	const struct usher_event *ev;

	answer.choice.agent = anna;
	answer.choice.at_us = DAY_START + 60 * SECOND;
	wait_in(acd, DAY_START, queue, 0);
	ck_assert_int_eq(answer.asked, 1);
	ev = next_of(acd, USHER_EV_DEFERRED);
	ck_assert_ptr_nonnull(ev);
	if (!usher_event_u64(ev, USHER_F_AGENT, &who))
		ck_assert_uint_eq(who, 0);
	ck_assert_int_eq(usher_acd_advance(acd, DAY_START + SECOND), 0);
	ck_assert_int_eq(usher_acd_now(acd), DAY_START + SECOND);
	ck_assert_ptr_null(usher_acd_next(acd));
	ck_assert_int_eq(answer.asked, 1);
	answer.verdict = USHER_PICK_THIS;
	ck_assert_int_eq(usher_acd_advance(acd, DAY_START + 60 * SECOND), 0);
	ck_assert_uint_eq(offered_to(acd, NULL), anna);
	usher_acd_free(acd);
}
END_TEST

/* Whom it named while busy may have it once free, unless it says no again. */
START_TEST(later__that_names_who_becomes_free_is_said_once_more)
{
	struct answer answer = {.verdict = USHER_PICK_LATER};
	struct usher_acd *acd = acd_with(&answer);
	uint64_t queue = add_queue(acd, "q", "answer");
	struct usher_contact_opts opts;
	uint64_t anna = add_agent(acd, "anna", 0), contact, segment;

	add_agent(acd, "bela", 1);
	usher_contact_opts_init(&opts, sizeof(opts));
	ck_assert_int_eq(
		usher_acd_contact_new(acd, DAY_START, &opts, &contact), 0);
	ck_assert_int_eq(usher_acd_direct(acd, DAY_START, contact, anna, NULL,
					  &segment),
			 0);
	answer.choice.agent = anna;
	answer.choice.at_us = DAY_START + 60 * SECOND;
	wait_in(acd, DAY_START, queue, 0);
	drained(acd);
	ck_assert_int_eq(answer.asked, 1);
	ck_assert_int_eq(usher_acd_leave(acd, DAY_START, segment, NULL), 0);
	ck_assert_ptr_nonnull(next_of(acd, USHER_EV_DEFERRED));
	ck_assert_ptr_null(next_of(acd, USHER_EV_DEFERRED));
	ck_assert_int_eq(answer.asked, 2);
	usher_acd_free(acd);
}
END_TEST

/* Tries an input wherever the core asks for its options. */
struct meddler {
	struct usher_acd *acd;
	int tried;
};

static int meddle(void *arg, const struct usher_attr *options, size_t count,
		  void *conf, struct usher_error *err)
{
	struct meddler *meddler = arg;

	(void)options;
	(void)count;
	(void)conf;
	(void)err;
	meddler->tried++;
	ck_assert_int_eq(usher_acd_day(meddler->acd, DAY_START + 2, "x"),
			 USHER_EBUSY);
	ck_assert_int_eq(usher_acd_advance(meddler->acd, DAY_START + 2),
			 USHER_EBUSY);
	return 0;
}

START_TEST(configure__is_refused_any_input)
{
	struct meddler meddler = {.acd = acd_made()}, order = meddler;
	struct usher_agent_policy policy;
	struct usher_contact_policy contacts;
	struct usher_acd *acd = meddler.acd;

	usher_agent_policy_init(&policy, sizeof(policy));
	policy.name = "meddler";
	policy.arg = &meddler;
	policy.order = USHER_ORDER_STATIC;
	policy.configure = meddle;
	ck_assert_int_eq(usher_acd_agent_policy_add(acd, &policy), 0);
	usher_contact_policy_init(&contacts, sizeof(contacts));
	contacts.name = "meddler";
	contacts.arg = &order;
	contacts.order = USHER_ORDER_STATIC;
	contacts.configure = meddle;
	ck_assert_int_eq(usher_acd_contact_policy_add(acd, &contacts), 0);
	add_queue(acd, "q", "meddler");
	/* checked, and made */
	ck_assert_int_eq(meddler.tried, 2);
	ck_assert_int_eq(order.tried, 0);
	ck_assert_int_eq(usher_acd_configure(acd, DAY_START, "meddler"), 0);
	ck_assert_int_eq(order.tried, 2);
	add_queue(acd, "p", "meddler");
	ck_assert_int_eq(order.tried, 4);
	/* and is free again */
	ck_assert_int_eq(usher_acd_day(acd, DAY_START, "x"), 0);
	usher_acd_free(acd);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("acd decisions");
	TCase *tcase = tcase_create("decisions");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, later__names_nobody_who_is_free);
	tcase_add_test(tcase,
		       later__that_names_who_becomes_free_is_said_once_more);
	tcase_add_test(tcase, configure__is_refused_any_input);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
