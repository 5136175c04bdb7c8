/* An agent's phone that vanishes in a conversation: events say so, and the
 * customer waits again. */
#include <poll.h>
#include <string.h>

#include "scene.h"

static void setup(void)
{
	stage_setup(&s);
	stage_open(&s, true);
}

static void teardown(void)
{
	stage_teardown(&s);
}

static void vanish(uint64_t leg)
{
	usher_channel_ended(s.phone.channel, leg, USHER_LEG_LOST);
}

/* How the agent's conversation ended; they are not free at once. */
static void ended_as(uint64_t agent, const char *reason)
{
	const struct usher_event *ev =
		stage_event(&s, USHER_EV_WRAPUP_STARTED, contact);

	ck_assert_uint_eq(stage_u64(ev, USHER_F_AGENT), agent);
	says(ev, USHER_F_REASON, reason);
	ck_assert_str_eq(activity(agent), "wrap_up");
}

/* In sales as long as before. */
static void waits_since(uint64_t since)
{
	const struct usher_event *ev =
		stage_event(&s, USHER_EV_QUEUE_ENTERED, contact);

	ck_assert_uint_eq(stage_u64(ev, USHER_F_QUEUE),
			  usher_center_queue_id(s.center, "sales"));
	ck_assert_uint_eq(stage_u64(ev, USHER_F_SINCE), since);
	ck_assert(!fake_told(&s.phone, "end", customer));
}

/* ann signed in, and with a caller who came to an entry: since when they
 * wait. */
static uint64_t talk(const char *entry, const char *keys)
{
	const struct usher_event *ev;
	uint64_t since;

	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.ann, 0, NULL), 0);
	customer = stage_arrive(&s.phone, entry, "5551");
	while (*keys) {
		ck_assert(fake_wait(&s.phone, "prompt", customer, NULL, NULL));
		usher_channel_digit(s.phone.channel, customer, *keys++, 100);
	}
	ev = stage_event(&s, USHER_EV_QUEUE_ENTERED, 0);
	contact = ev->contact;
	since = stage_u64(ev, USHER_F_SINCE);
	ann_leg = rung(NULL);
	usher_channel_answered(s.phone.channel, ann_leg);
	stage_event(&s, USHER_EV_AGENT_JOINED, contact);
	return since;
}

START_TEST(lost__agent_leaves_the_customer_in_the_queue)
{
	uint64_t since = talk("1001", ""), carl_leg;
	size_t from = now();

	vanish(ann_leg);
	says(stage_event(&s, USHER_EV_LEG_ENDED, contact), USHER_F_REASON,
	     "lost");
	ended_as(s.ann, "agent_lost");
	waits_since(since);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.carl, 0, NULL), 0);
	carl_leg = rung(&from);
	usher_channel_answered(s.phone.channel, carl_leg);
	joined_with(customer, carl_leg, from);
	stage_event(&s, USHER_EV_AGENT_JOINED, contact);
	/* Who hangs up ends it. */
	usher_channel_ended(s.phone.channel, carl_leg, USHER_LEG_NORMAL);
	says(stage_event(&s, USHER_EV_CONTACT_ENDED, contact), USHER_F_REASON,
	     "hangup");
	ck_assert(fake_wait(&s.phone, "end", customer, NULL, NULL));
}
END_TEST

/* A flow that asks something of agents, and hurries; into a second queue, too,
 * of one place, where two. */
static void choosy(bool two)
{
	const struct usher_queue_conf spare = {
		.size = sizeof(spare), .name = "spare", .max_waiting = 1};
	const struct usher_entry_conf entry = {
		.size = sizeof(entry), .address = "1004", .queue = "spare"};
	struct usher_config *config = stage_config(&s);
	struct usher_flow_builder *b;
	struct usher_flow_set *set;
	struct usher_step_opts step;

	ck_assert_int_eq(usher_flow_builder_new(&b, NULL), 0);
	ck_assert_int_eq(usher_flow_builder_flow(b, "hello", NULL), 0);
	usher_step_opts_init(&step, sizeof(step));
	step.kind = USHER_STEP_QUEUE;
	step.name = "wait";
	step.next = "end";
	step.require = "not trainee";
	step.priority = "7";
	ck_assert_int_eq(usher_flow_builder_step(b, &step, NULL), 0);
	ck_assert_int_eq(usher_flow_builder_pair(b, USHER_PAIR_QUEUE, "sales",
						 NULL, NULL),
			 0);
	if (two)
		ck_assert_int_eq(usher_flow_builder_pair(b, USHER_PAIR_QUEUE,
							 "spare", NULL, NULL),
				 0);
	ck_assert_int_eq(usher_config_queue(config, &spare, NULL), 0);
	ck_assert_int_eq(usher_config_entry(config, &entry, NULL), 0);
	ck_assert_int_eq(usher_flow_builder_finish(b, &set, NULL), 0);
	usher_flow_builder_free(b);
	ck_assert_int_eq(usher_config_flows(config, set), 0);
	usher_flow_set_unref(set);
	stage_configure(&s, config);
}

static void asks_as_before(const char *queue)
{
	const struct usher_event *ev =
		stage_event(&s, USHER_EV_QUEUE_ENTERED, contact);

	ck_assert_uint_eq(stage_u64(ev, USHER_F_QUEUE),
			  usher_center_queue_id(s.center, queue));
	says(ev, USHER_F_REQUIREMENT, "not trainee");
	ck_assert_uint_eq(stage_u64(ev, USHER_F_PRIORITY), 7);
}

START_TEST(lost__agent_is_followed_by_one_who_is_asked_for)
{
	choosy(false);
	talk("1000", "");
	vanish(ann_leg);
	asks_as_before("sales");
}
END_TEST

/* Nothing but that follows: the end of who hangs up. */
static void waits_nowhere_else(void)
{
	struct pollfd fd = {.fd = usher_reader_fd(s.reader), .events = POLLIN};
	const struct usher_event *ev = NULL;

	usher_channel_ended(s.phone.channel, customer, USHER_LEG_NORMAL);
	while (!ev || ev->type != USHER_EV_CONTACT_ENDED) {
		ck_assert_int_eq(poll(&fd, 1, 5000), 1);
		ev = usher_reader_next(s.reader);
		ck_assert(!ev || ev->type != USHER_EV_QUEUE_ENTERED);
	}
}

START_TEST(lost__agent_leaves_the_customer_in_all_queues_of_before)
{
	choosy(true);
	talk("1000", "");
	vanish(ann_leg);
	asks_as_before("sales");
	asks_as_before("spare");
	waits_nowhere_else();
}
END_TEST

START_TEST(lost__agent_leaves_the_customer_out_of_a_full_queue)
{
	choosy(true);
	talk("1000", "");
	stage_arrive(&s.phone, "1004", "5552");
	stage_event(&s, USHER_EV_QUEUE_ENTERED, 0);
	vanish(ann_leg);
	asks_as_before("sales");
	waits_nowhere_else();
}
END_TEST

START_TEST(lost__agent_leaves_the_customer_out_of_a_closed_queue)
{
	choosy(true);
	talk("1000", "");
	ck_assert_int_eq(
		ask_this((struct usher_request){
			.type = USHER_REQ_QUEUE_CLOSE,
			.queue = usher_center_queue_id(s.center, "sales")}),
		0);
	vanish(ann_leg);
	asks_as_before("spare");
	waits_nowhere_else();
}
END_TEST

/* Whom bob of another queue was asked about has left the first ones. */
START_TEST(lost__agent_after_a_transfer_leaves_the_customer_in_one_queue)
{
	uint64_t bob_leg;
	size_t from;

	choosy(true);
	talk("1000", "");
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.bob, 0, NULL), 0);
	from = now();
	ck_assert_int_eq(ask(USHER_REQ_TRANSFER, s.ann, "help"), 0);
	bob_leg = rung(&from);
	usher_channel_answered(s.phone.channel, bob_leg);
	stage_event(&s, USHER_EV_AGENT_JOINED, contact);
	vanish(bob_leg);
	ck_assert_uint_eq(
		stage_u64(stage_event(&s, USHER_EV_QUEUE_ENTERED, contact),
			  USHER_F_QUEUE),
		usher_center_queue_id(s.center, "help"));
	waits_nowhere_else();
}
END_TEST

START_TEST(lost__agent_whose_consult_rings_leaves_what_was_asked)
{
	size_t from;

	choosy(false);
	talk("1000", "");
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.bob, 0, NULL), 0);
	from = now();
	ck_assert_int_eq(ask(USHER_REQ_CONSULT, s.ann, "202"), 0);
	rung(&from);
	vanish(ann_leg);
	asks_as_before("sales");
}
END_TEST

START_TEST(lost__agent_does_not_send_the_flow_on)
{
	uint64_t since = talk("1000", "1"), carl_leg;
	size_t from = now();

	vanish(ann_leg);
	ended_as(s.ann, "agent_lost");
	waits_since(since);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.carl, 0, NULL), 0);
	carl_leg = rung(&from);
	usher_channel_answered(s.phone.channel, carl_leg);
	joined_with(customer, carl_leg, from);
	stage_event(&s, USHER_EV_AGENT_JOINED, contact);
	/* That comes when the conversation is over. */
	usher_channel_ended(s.phone.channel, carl_leg, USHER_LEG_NORMAL);
	stage_event(&s, USHER_EV_CONTACT_ENDED, contact);
}
END_TEST

START_TEST(lost__agent_of_a_closed_queue_ends_it)
{
	talk("1001", "");
	ck_assert_int_eq(
		ask_this((struct usher_request){
			.type = USHER_REQ_QUEUE_CLOSE,
			.queue = usher_center_queue_id(s.center, "sales")}),
		0);
	vanish(ann_leg);
	says(stage_event(&s, USHER_EV_CONTACT_ENDED, contact), USHER_F_REASON,
	     "agent_lost");
	ck_assert(fake_wait(&s.phone, "end", customer, NULL, NULL));
}
END_TEST

START_TEST(lost__agent_who_was_dialed_ends_it)
{
	const struct usher_event *ev;

	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.ann, 0, NULL), 0);
	customer = stage_arrive(&s.phone, "201", "5551");
	ann_leg = rung(NULL);
	usher_channel_answered(s.phone.channel, ann_leg);
	do
		ev = stage_event(&s, USHER_EV_LEG_ANSWERED, 0);
	while (stage_u64(ev, USHER_F_LEG) != ann_leg);
	contact = ev->contact;
	vanish(ann_leg);
	says(stage_event(&s, USHER_EV_CONTACT_ENDED, contact), USHER_F_REASON,
	     "agent_lost");
}
END_TEST

/* Of a queue without wrap-up, where who has missed a contact is offered it
 * again so much later, and may miss so many. */
static void quick(uint32_t retry_ms, uint32_t missed_max)
{
	const struct usher_queue_conf conf = {.size = sizeof(conf),
					      .name = "quick",
					      .retry_ms = retry_ms,
					      .missed_max = missed_max};
	const struct usher_entry_conf entry = {
		.size = sizeof(entry), .address = "1005", .queue = "quick"};
	struct usher_config *config = stage_config(&s);

	ck_assert_int_eq(usher_config_queue(config, &conf, NULL), 0);
	ck_assert_int_eq(usher_config_entry(config, &entry, NULL), 0);
	stage_configure(&s, config);
	talk("1005", "");
}

/* An offer to ann that rings nowhere. */
static void missed_at_once(size_t from)
{
	const struct usher_event *ev =
		stage_event(&s, USHER_EV_OFFER_MISSED, contact);

	ck_assert_uint_eq(stage_u64(ev, USHER_F_AGENT), s.ann);
	says(ev, USHER_F_REASON, "unreachable");
	ck_assert(!fake_told_since(&s.phone, "ring", from));
}

START_TEST(lost__agent_is_not_the_first_to_be_rung_again)
{
	uint64_t bob_leg;
	size_t from;

	quick(60000, 0);
	from = now();
	vanish(ann_leg);
	stage_event(&s, USHER_EV_QUEUE_ENTERED, contact);
	missed_at_once(from);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.bob, 0, NULL), 0);
	bob_leg = rung(&from);
	usher_channel_answered(s.phone.channel, bob_leg);
	joined_with(customer, bob_leg, from);
}
END_TEST

START_TEST(lost__agent_is_rung_again_after_the_retry)
{
	size_t from;

	quick(200, 0);
	from = now();
	vanish(ann_leg);
	missed_at_once(from);
	ann_leg = rung(&from);
	usher_channel_answered(s.phone.channel, ann_leg);
	joined_with(customer, ann_leg, from);
}
END_TEST

START_TEST(lost__agent_has_missed_one_more)
{
	const struct usher_event *ev;
	size_t from;

	quick(200, 1);
	from = now();
	vanish(ann_leg);
	missed_at_once(from);
	ev = stage_event(&s, USHER_EV_AGENT_PRESENCE, 0);
	ck_assert_uint_eq(stage_u64(ev, USHER_F_AGENT), s.ann);
	ck_assert_uint_eq(stage_u64(ev, USHER_F_PRESENCE), USHER_PAUSED);
	says(ev, USHER_F_REASON, "missed");
}
END_TEST

START_TEST(lost__agent_whose_consult_talks_hands_over)
{
	uint64_t bob_leg;
	size_t from = now();

	talk("1001", "");
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.bob, 0, NULL), 0);
	from = now();
	ck_assert_int_eq(ask(USHER_REQ_CONSULT, s.ann, "202"), 0);
	bob_leg = rung(&from);
	usher_channel_answered(s.phone.channel, bob_leg);
	stage_event(&s, USHER_EV_CONSULT_ANSWERED, contact);
	from = now();
	vanish(ann_leg);
	says(stage_event(&s, USHER_EV_CONSULT_ENDED, contact), USHER_F_REASON,
	     "lost");
	joined_with(customer, bob_leg, from);
	/* Who is asked and vanishes is gone. */
	ck_assert(!fake_told(&s.phone, "end", customer));
}
END_TEST

START_TEST(lost__before_they_were_joined_is_no_hang_up)
{
	fake_set(&s.phone, &s.phone.mute, "join");
	ann_leg = stage_ring(&s, &customer, &contact);
	usher_channel_answered(s.phone.channel, ann_leg);
	ck_assert(fake_wait(&s.phone, "join", 0, NULL, NULL));
	vanish(ann_leg);
	says(stage_event(&s, USHER_EV_OFFER_FAILED, contact), USHER_F_REASON,
	     "agent_lost");
	ck_assert(!fake_told(&s.phone, "end", customer));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("lost");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, lost__agent_leaves_the_customer_in_the_queue);
	tcase_add_test(tc, lost__agent_is_followed_by_one_who_is_asked_for);
	tcase_add_test(tc,
		       lost__agent_whose_consult_rings_leaves_what_was_asked);
	tcase_add_test(
		tc, lost__agent_leaves_the_customer_in_all_queues_of_before);
	tcase_add_test(tc,
		       lost__agent_leaves_the_customer_out_of_a_full_queue);
	tcase_add_test(tc,
		       lost__agent_leaves_the_customer_out_of_a_closed_queue);
	tcase_add_test(
		tc,
		lost__agent_after_a_transfer_leaves_the_customer_in_one_queue);
	tcase_add_test(tc, lost__agent_does_not_send_the_flow_on);
	tcase_add_test(tc, lost__agent_of_a_closed_queue_ends_it);
	tcase_add_test(tc, lost__agent_who_was_dialed_ends_it);
	tcase_add_test(tc, lost__agent_is_not_the_first_to_be_rung_again);
	tcase_add_test(tc, lost__agent_is_rung_again_after_the_retry);
	tcase_add_test(tc, lost__agent_has_missed_one_more);
	tcase_add_test(tc, lost__agent_whose_consult_talks_hands_over);
	tcase_add_test(tc, lost__before_they_were_joined_is_no_hang_up);
	return scene_main("lost", tc);
}
