/* What a policy leaves behind that wanted nobody. */
#include <check.h>

#include "day.h"
#include "fixture.h"

struct mind {
	int verdict;
	int asked;
};

static int mind_seek(void *arg, void *state, const struct usher_pick *pick,
		     struct usher_choice *choice)
{
	struct mind *mind = arg;

	(void)state;
	(void)pick;
	(void)choice;
	mind->asked++;
	return mind->verdict;
}

static struct usher_agent_policy mind_policy(struct mind *mind)
{
	struct usher_agent_policy policy;

	usher_agent_policy_init(&policy, sizeof(policy));
	policy.name = "mind";
	policy.arg = mind;
	policy.version = 1;
	policy.order = USHER_ORDER_STATIC;
	policy.seek = mind_seek;
	return policy;
}

/* Another core with what one has said; by its bytes, or by its events. */
static struct usher_acd *after(struct usher_acd *acd,
			       const struct usher_agent_policy *policy,
			       bool by_events)
{
	struct usher_acd *other = NULL;
	const struct usher_event *ev;
	struct bytes bytes;

	if (!by_events) {
		bytes_snapshot(&bytes, acd);
		ck_assert_int_eq(usher_acd_restore(&other, NULL, &policy, 1,
						   NULL, 0, bytes.at,
						   bytes.len, NULL),
				 0);
		bytes_free(&bytes);
		return other;
	}
	other = acd_made();
	ck_assert_int_eq(usher_acd_agent_policy_add(other, policy), 0);
	while ((ev = usher_acd_next(acd)))
		ck_assert_int_eq(usher_acd_fold(other, ev), 0);
	return other;
}

START_TEST(nobody__that_was_said_holds_over_a_restart)
{
	struct mind mind = {.verdict = USHER_PICK_NOBODY};
	struct usher_agent_policy policy = mind_policy(&mind);
	const int64_t later = DAY_START + 60 * SECOND;
	struct usher_acd *acd = acd_made(), *other;
	uint64_t queue, contact;

	ck_assert_int_eq(usher_acd_agent_policy_add(acd, &policy), 0);
	queue = add_queue(acd, "q", "mind");
	add_agent(acd, "anna", 0);
	contact = wait_in(acd, DAY_START, queue, 0);
	ck_assert_int_eq(usher_acd_note(acd, DAY_START + SECOND,
					USHER_EV_RECOVERED, 0, 0, NULL, 0),
			 0);
	ck_assert_int_eq(mind.asked, 1);
	other = after(acd, &policy, _i);
	/* it would say otherwise now */
	mind.verdict = USHER_PICK_THIS;
	ck_assert_int_eq(usher_acd_deadline(other), USHER_NEVER);
	ck_assert_int_eq(usher_acd_advance(other, later), 0);
	ck_assert_int_eq(mind.asked, 1);
	ck_assert_uint_eq(offered_to(other, NULL), 0);
	add_agent(other, "bela", 1);
	ck_assert_int_eq(mind.asked, 2);
	ck_assert_uint_ne(offered_to(other, &contact), 0);
	usher_acd_free(acd);
	usher_acd_free(other);
}
END_TEST

static uint32_t nobodies(struct usher_acd *acd)
{
	const struct usher_event *ev;
	uint32_t n = 0;

	while ((ev = usher_acd_next(acd)))
		n += ev->type == USHER_EV_NOBODY;
	return n;
}

/* One event for all who were asked about, and none where nobody waits. */
START_TEST(nobody__is_said_once_for_what_was_matched)
{
	struct mind mind = {.verdict = USHER_PICK_NOBODY};
	struct usher_agent_policy policy = mind_policy(&mind);
	struct usher_acd *acd = acd_made();
	uint64_t queue, contacts[2];

	ck_assert_int_eq(usher_acd_agent_policy_add(acd, &policy), 0);
	queue = add_queue(acd, "q", "mind");
	add_agent(acd, "anna", 0);
	contacts[0] = wait_in(acd, DAY_START, queue, 0);
	contacts[1] = wait_in(acd, DAY_START, queue, 0);
	ck_assert_uint_eq(nobodies(acd), 2);
	add_agent(acd, "bela", 1);
	ck_assert_uint_eq(nobodies(acd), 1);
	for (int i = 0; i < 2; i++)
		usher_acd_contact_end(acd, DAY_START, contacts[i], "");
	drained(acd);
	add_agent(acd, "cili", 1);
	ck_assert_uint_eq(nobodies(acd), 0);
	usher_acd_free(acd);
}
END_TEST

static int nobody_pick(void *arg, const struct usher_pick *pick,
		       const struct usher_contact_view *contacts, size_t count,
		       struct usher_choice *choice)
{
	int *asked = arg;

	(void)pick;
	(void)contacts;
	(void)count;
	(void)choice;
	++*asked;
	return USHER_PICK_NOBODY;
}

static struct usher_contact_policy nobody_order(int *asked)
{
	return (struct usher_contact_policy){
		.size = sizeof(struct usher_contact_policy),
		.name = "nobody",
		.arg = asked,
		.order = USHER_ORDER_SCAN,
		.pick = nobody_pick,
	};
}

static struct usher_acd *ordered(const struct usher_contact_policy *order)
{
	struct usher_acd *acd = acd_made();

	ck_assert_int_eq(usher_acd_contact_policy_add(acd, order), 0);
	ck_assert_int_eq(usher_acd_configure(acd, DAY_START, order->name), 0);
	return acd;
}

static struct usher_acd *restored(const struct usher_acd *acd,
				  const struct usher_contact_policy *order)
{
	struct usher_acd *other = NULL;
	struct bytes bytes;

	bytes_snapshot(&bytes, acd);
	ck_assert_int_eq(usher_acd_restore(&other, NULL, NULL, 0, &order, 1,
					   bytes.at, bytes.len, NULL),
			 0);
	bytes_free(&bytes);
	return other;
}

START_TEST(nobody__of_the_centers_order_holds_over_a_restart)
{
	int asked = 0;
	const struct usher_contact_policy order = nobody_order(&asked);
	struct usher_acd *acd = ordered(&order), *other;
	uint64_t queue;

	queue = add_queue(acd, "q", NULL);
	wait_in(acd, DAY_START, queue, 0);
	add_agent(acd, "anna", 0);
	ck_assert_int_eq(asked, 1);
	ck_assert_uint_eq(nobodies(acd), 1);
	other = restored(acd, &order);
	ck_assert_int_eq(usher_acd_advance(other, DAY_START + SECOND), 0);
	ck_assert_int_eq(asked, 1);
	/* another order knows nothing of it */
	ck_assert_int_eq(
		usher_acd_configure(other, DAY_START + SECOND, "priority_age"),
		0);
	ck_assert_uint_ne(offered_to(other, NULL), 0);
	usher_acd_free(acd);
	usher_acd_free(other);
}
END_TEST

struct once {
	int verdict;
};

static int once_pick(void *arg, const struct usher_pick *pick,
		     const struct usher_contact_view *contacts, size_t count,
		     struct usher_choice *choice)
{
	const struct once *once = arg;

	(void)pick;
	(void)contacts;
	(void)count;
	choice->index = 0;
	return once->verdict;
}

/* Over when nobody waits any more, in whatever queue. */
START_TEST(nobody__of_the_centers_order_ends_with_who_waited)
{
	struct once once = {USHER_PICK_NOBODY};
	const struct usher_contact_policy order = {
		.size = sizeof(order),
		.name = "once",
		.arg = &once,
		.order = USHER_ORDER_SCAN,
		.pick = once_pick,
	};
	struct usher_acd *acd = acd_made();
	uint64_t queues[2], contacts[2];

	ck_assert_int_eq(usher_acd_contact_policy_add(acd, &order), 0);
	ck_assert_int_eq(usher_acd_configure(acd, DAY_START, "once"), 0);
	queues[0] = add_queue(acd, "q", NULL);
	queues[1] = add_queue(acd, "other", NULL);
	for (int i = 0; i < 2; i++)
		contacts[i] = wait_in(acd, DAY_START, queues[i], 0);
	add_agent(acd, "anna", 0);
	ck_assert_uint_ge(nobodies(acd), 1);
	usher_acd_contact_end(acd, DAY_START, contacts[0], "");
	drained(acd);
	/* of who still waits it holds: something was matched */
	contacts[0] = wait_in(acd, DAY_START, queues[0], 0);
	ck_assert_uint_eq(nobodies(acd), 1);
	for (int i = 0; i < 2; i++)
		usher_acd_contact_end(acd, DAY_START, contacts[i], "");
	drained(acd);
	once.verdict = USHER_PICK_THIS;
	for (int i = 0; i < 3; i++) {
		contacts[0] = wait_in(acd, DAY_START, queues[0], 0);
		usher_acd_contact_end(acd, DAY_START, contacts[0], "");
	}
	ck_assert_uint_eq(nobodies(acd), 0);
	usher_acd_free(acd);
}
END_TEST

/* While a queue collects its contacts are not the order's to choose: neither
 * by the core that began it, nor by one that was restored meanwhile. */
START_TEST(order__is_not_asked_about_who_is_collected)
{
	int asked = 0;
	const struct usher_contact_policy order = nobody_order(&asked);
	struct usher_acd *acd = ordered(&order), *other;
	uint64_t queue;

	queue = add_queue(acd, "q", "batch");
	add_agent(acd, "anna", 0);
	wait_in(acd, DAY_START, queue, 0);
	drained(acd);
	other = restored(acd, &order);
	ck_assert_int_eq(usher_acd_advance(other, DAY_START + SECOND), 0);
	ck_assert_int_eq(asked, 0);
	ck_assert_uint_eq(nobodies(other), 0);
	ck_assert_int_eq(usher_acd_advance(other, DAY_START + 2 * SECOND), 0);
	ck_assert_uint_ne(offered_to(other, NULL), 0);
	usher_acd_free(acd);
	usher_acd_free(other);
}
END_TEST

static void ask_turn(struct usher_acd *acd, uint64_t contact,
		     const char *address)
{
	struct usher_callback_opts opts;

	usher_callback_opts_init(&opts, sizeof(opts));
	opts.address = address;
	opts.first = USHER_CALLBACK_CUSTOMER;
	ck_assert_int_eq(usher_acd_callback(acd, DAY_START, contact, &opts),
			 0);
}

/* Of whom nothing can come, wanted or not: nothing was said of the first, so
 * what a restored core is told anew is not said either. */
START_TEST(nobody__is_not_said_of_who_has_no_turn)
{
	struct once once = {USHER_PICK_THIS};
	const struct usher_contact_policy order = {
		.size = sizeof(order),
		.name = "once",
		.arg = &once,
		.order = USHER_ORDER_SCAN,
		.pick = once_pick,
	};
	struct usher_acd *acd = ordered(&order), *other;
	uint64_t queue = add_queue(acd, "q", NULL);
	uint64_t anna = add_agent(acd, "anna", 0);

	ask_turn(acd, wait_in(acd, DAY_START, queue, 0), "p:1");
	/* for whom anna is needed, and then for another one */
	usher_acd_presence(acd, DAY_START, anna, USHER_PAUSED, NULL);
	ask_turn(acd, wait_in(acd, DAY_START, queue, 0), "p:2");
	usher_acd_presence(acd, DAY_START, anna, USHER_READY, NULL);
	drained(acd);
	other = restored(acd, &order);
	once.verdict = USHER_PICK_NOBODY;
	ck_assert_int_eq(usher_acd_advance(other, DAY_START + SECOND), 0);
	ck_assert_uint_eq(nobodies(other), 0);
	/* who could have been had and is not wanted, is told of */
	usher_acd_presence(other, DAY_START + SECOND, anna, USHER_PAUSED,
			   NULL);
	wait_in(other, DAY_START + SECOND, queue, 0);
	usher_acd_presence(other, DAY_START + SECOND, anna, USHER_READY, NULL);
	ck_assert_uint_eq(nobodies(other), 1);
	usher_acd_free(acd);
	usher_acd_free(other);
}
END_TEST

static int64_t never_cost(void *arg, const struct usher_pick *pick,
			  const struct usher_agent_view *agent)
{
	int *asked = arg;

	(void)pick;
	(void)agent;
	++*asked;
	return USHER_COST_NEVER;
}

static int64_t no_window(void *arg, const void *conf)
{
	(void)arg;
	(void)conf;
	return 0;
}

START_TEST(nobody__of_a_batch_holds_over_a_restart)
{
	int asked = 0;
	struct usher_agent_policy policy;
	struct usher_acd *acd = acd_made(), *other;
	uint64_t queue;

	usher_agent_policy_init(&policy, sizeof(policy));
	policy.name = "never";
	policy.arg = &asked;
	policy.version = 1;
	policy.order = USHER_ORDER_BATCH;
	policy.cost = never_cost;
	policy.window = no_window;
	ck_assert_int_eq(usher_acd_agent_policy_add(acd, &policy), 0);
	queue = add_queue(acd, "q", "never");
	add_agent(acd, "anna", 0);
	wait_in(acd, DAY_START, queue, 0);
	ck_assert_int_eq(asked, 1);
	other = after(acd, &policy, _i);
	ck_assert_int_eq(usher_acd_advance(other, DAY_START + SECOND), 0);
	ck_assert_int_eq(asked, 1);
	ck_assert_uint_eq(nobodies(other), 0);
	add_agent(other, "bela", 1);
	ck_assert_int_gt(asked, 1);
	ck_assert_uint_eq(nobodies(other), 1);
	usher_acd_free(acd);
	usher_acd_free(other);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("acd nobody");
	TCase *tcase = tcase_create("nobody");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, nobody__that_was_said_holds_over_a_restart,
			    0, 2);
	tcase_add_test(tcase, nobody__is_said_once_for_what_was_matched);
	tcase_add_test(tcase,
		       nobody__of_the_centers_order_holds_over_a_restart);
	tcase_add_test(tcase,
		       nobody__of_the_centers_order_ends_with_who_waited);
	tcase_add_test(tcase, order__is_not_asked_about_who_is_collected);
	tcase_add_test(tcase, nobody__is_not_said_of_who_has_no_turn);
	tcase_add_loop_test(tcase, nobody__of_a_batch_holds_over_a_restart, 0,
			    2);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
