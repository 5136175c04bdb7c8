/* Rules of capacity, of offers that nobody took and of rings, each at the
 * point where it begins to hold. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "day.h"
#include "fixture.h"

/* A queue of longest_idle with what the test changes. */
static uint64_t queue_of(struct usher_acd *acd, int64_t retry_us,
			 int32_t missed_limit, int64_t max_wait_us,
			 uint32_t members_only)
{
	struct usher_queue_opts opts;
	uint64_t queue;

	usher_queue_opts_init(&opts, sizeof(opts));
	opts.name = "rules";
	opts.retry_us = retry_us;
	opts.missed_limit = missed_limit;
	opts.max_wait_us = max_wait_us;
	opts.members_only = members_only;
	ck_assert_int_eq(
		usher_acd_queue_set(acd, DAY_START, &opts, &queue, NULL), 0);
	return queue;
}

/* The priority is of its stay in the queue, not the contact's. */
static uint64_t comes(struct usher_acd *acd, int64_t now, uint64_t queue,
		      const char *channel, int64_t priority)
{
	struct usher_contact_opts contact;
	struct usher_enqueue_opts opts;
	uint64_t id;

	usher_contact_opts_init(&contact, sizeof(contact));
	contact.channel = channel;
	ck_assert_int_eq(usher_acd_contact_new(acd, now, &contact, &id), 0);
	usher_enqueue_opts_init(&opts, sizeof(opts));
	opts.queues = &queue;
	opts.queue_count = 1;
	opts.priority = priority;
	ck_assert_int_eq(usher_acd_enqueue(acd, now, id, &opts, NULL), 0);
	return id;
}

struct made {
	uint64_t offer, agent, contact;
	uint64_t candidates, left_out;
};

static struct made next_offer(struct usher_acd *acd)
{
	const struct usher_event *ev;
	struct made m = {0};

	while (!m.offer && (ev = usher_acd_next(acd))) {
		if (ev->type != USHER_EV_OFFER_MADE)
			continue;
		usher_event_u64(ev, USHER_F_OFFER, &m.offer);
		usher_event_u64(ev, USHER_F_AGENT, &m.agent);
		usher_event_u64(ev, USHER_F_CANDIDATES, &m.candidates);
		usher_event_u64(ev, USHER_F_LEFT_OUT, &m.left_out);
		m.contact = ev->contact;
	}
	return m;
}

static uint64_t talks(struct usher_acd *acd, int64_t now, uint64_t offer)
{
	uint64_t segment;

	ck_assert_int_eq(usher_acd_accept(acd, now, offer, NULL), 0);
	ck_assert_int_eq(usher_acd_connected(acd, now, offer, &segment), 0);
	return segment;
}

/* One contact together; calls interrupt chats. What is in hand, what comes,
 * and whether it is offered. */
static const struct {
	const char *has;
	const char *comes;
	bool offered;
} slots[] = {
	{"chat", "voice", true},  {"email", "voice", false},
	{"voice", "chat", false}, {"chat", "email", false},
	{"chat", "chat", false},  {NULL, "sms", false},
};

START_TEST(capacity__has_room_to_its_limit)
{
	const struct usher_capacity capacity[] = {
		{.channel = "voice", .interrupts = "chat", .max = 1},
		{.channel = "chat", .max = 2},
		{.channel = "email", .max = 1},
	};
	struct usher_acd *acd = acd_made();
	uint64_t queue = queue_of(acd, 0, 0, 0, 0);
	struct usher_agent_opts opts;

	usher_agent_opts_init(&opts, sizeof(opts));
	opts.name = "a";
	opts.capacity = capacity;
	opts.capacity_count = 3;
	add_ready(acd, &opts);
	if (slots[_i].has) {
		comes(acd, DAY_START, queue, slots[_i].has, 0);
		talks(acd, DAY_START, next_offer(acd).offer);
	}
	comes(acd, DAY_START, queue, slots[_i].comes, 0);
	ck_assert_int_eq(next_offer(acd).offer != 0, slots[_i].offered);
	usher_acd_free(acd);
}
END_TEST

/* A ring of the queue's own members, and one of anyone. */
START_TEST(ring__lets_in_whom_it_says)
{
	struct usher_acd *acd = acd_made();
	uint64_t queue = queue_of(acd, 0, 0, 0, 1), agent;
	struct usher_queue_step_opts step;

	usher_queue_step_opts_init(&step, sizeof(step));
	step.action = USHER_QUEUE_STEP_WIDEN;
	step.requirement = "1 == 1";
	step.anyone = (uint32_t)_i;
	ck_assert_int_eq(
		usher_acd_step_set(acd, DAY_START, queue, 1, &step, NULL), 0);
	agent = add_agent(acd, "stranger", 0);
	wait_in(acd, DAY_START, queue, 0);
	ck_assert_uint_eq(next_offer(acd).agent, _i ? agent : 0);
	usher_acd_free(acd);
}
END_TEST

/* Who may be offered it again at once comes after the others. */
START_TEST(refused__goes_to_the_end_of_the_line)
{
	struct usher_acd *acd = acd_made();
	uint64_t queue = queue_of(acd, USHER_ZERO, 0, 0, 0);
	uint64_t a = add_agent(acd, "a", 0), b = add_agent(acd, "b", 1);
	struct made m;

	wait_in(acd, DAY_START + SECOND, queue, 0);
	m = next_offer(acd);
	ck_assert_uint_eq(m.agent, a);
	if (_i) {
		usher_acd_accept(acd, DAY_START + SECOND, m.offer, NULL);
		usher_acd_connect_failed(acd, DAY_START + SECOND, m.offer,
					 NULL);
	} else {
		usher_acd_reject(acd, DAY_START + SECOND, m.offer, NULL);
	}
	ck_assert_uint_eq(next_offer(acd).agent, b);
	usher_acd_free(acd);
}
END_TEST

/* Nor before the queue's retry time is over, to the microsecond. */
START_TEST(failed__is_not_offered_again_at_once)
{
	struct usher_acd *acd = acd_made();
	uint64_t queue = queue_of(acd, 10 * SECOND, 0, 0, 0);
	uint64_t a = add_agent(acd, "a", 0);
	int64_t now = DAY_START;
	struct made m;

	wait_in(acd, now, queue, 0);
	m = next_offer(acd);
	usher_acd_accept(acd, now, m.offer, NULL);
	ck_assert_int_eq(usher_acd_connect_failed(acd, now, m.offer, "no"), 0);
	ck_assert_uint_eq(next_offer(acd).offer, 0);
	usher_acd_advance(acd, now + 10 * SECOND - 1);
	ck_assert_uint_eq(next_offer(acd).offer, 0);
	usher_acd_advance(acd, now + 10 * SECOND);
	ck_assert_uint_eq(next_offer(acd).agent, a);
	usher_acd_free(acd);
}
END_TEST

/* One more than are remembered refuse it: the one whose time is over first
 * is forgotten, and the others are not asked. */
START_TEST(refused__remembers_the_latest)
{
	struct usher_acd *acd = acd_made();
	uint64_t queue = queue_of(acd, 3600 * SECOND, 0, 0, 0);
	int64_t now = DAY_START;
	uint64_t first = 0;
	struct made m;
	char name[16];

	for (uint32_t i = 0; i <= USHER_RETRY_MAX; i++) {
		snprintf(name, sizeof(name), "a%u", i);
		add_agent(acd, name, i);
	}
	wait_in(acd, now, queue, 0);
	for (uint32_t i = 0; i <= USHER_RETRY_MAX; i++) {
		m = next_offer(acd);
		first = i ? first : m.agent;
		now += SECOND;
		ck_assert_int_eq(usher_acd_reject(acd, now, m.offer, NULL), 0);
	}
	ck_assert_uint_eq(next_offer(acd).agent, first);
	usher_acd_free(acd);
}
END_TEST

/* Missed, taken, missed: that is once in a row. */
START_TEST(missed__counts_in_a_row)
{
	struct usher_acd *acd = acd_made();
	uint64_t queue = queue_of(acd, USHER_ZERO, 2, 0, 0);
	struct usher_agent_info info = {.size = sizeof(info)};
	uint64_t a = add_agent(acd, "a", 0), segment;
	struct made m;

	wait_in(acd, DAY_START, queue, 0);
	ck_assert_int_eq(
		usher_acd_miss(acd, DAY_START, next_offer(acd).offer, NULL),
		0);
	m = next_offer(acd);
	if (!_i) {
		segment = talks(acd, DAY_START, m.offer);
		usher_acd_leave(acd, DAY_START, segment, NULL);
		wait_in(acd, DAY_START, queue, 0);
		m = next_offer(acd);
	}
	ck_assert_int_eq(usher_acd_miss(acd, DAY_START, m.offer, NULL), 0);
	ck_assert_int_eq(usher_acd_agent_info(acd, a, &info), 0);
	ck_assert_uint_eq(info.presence, _i ? USHER_PAUSED : USHER_READY);
	usher_acd_free(acd);
}
END_TEST

static bool waits(struct usher_acd *acd, uint64_t queue)
{
	struct usher_queue_info info = {.size = sizeof(info)};

	ck_assert_int_eq(usher_acd_queue_info(acd, queue, &info), 0);
	return info.waiting;
}

/* Who is being connected when the longest stay is over is not thrown out;
 * when that fails it goes. */
START_TEST(max_wait__lets_a_connection_be)
{
	struct usher_acd *acd = acd_made();
	uint64_t queue = queue_of(acd, 0, 0, 10 * SECOND, 0);
	struct made m;

	add_agent(acd, "a", 0);
	wait_in(acd, DAY_START, queue, 0);
	m = next_offer(acd);
	usher_acd_accept(acd, DAY_START + 9 * SECOND, m.offer, NULL);
	usher_acd_advance(acd, DAY_START + 11 * SECOND);
	ck_assert(waits(acd, queue));
	if (_i) {
		ck_assert_int_eq(usher_acd_connected(acd,
						     DAY_START + 12 * SECOND,
						     m.offer, NULL),
				 0);
	} else {
		usher_acd_connect_failed(acd, DAY_START + 12 * SECOND, m.offer,
					 NULL);
		usher_acd_advance(acd, DAY_START + 12 * SECOND);
	}
	ck_assert(!waits(acd, queue));
	usher_acd_free(acd);
}
END_TEST

/* After an assignment the next contact is collected for anew. */
START_TEST(batch__collects_again)
{
	struct usher_acd *acd = acd_made();
	uint64_t queue = add_queue(acd, "batch", "batch");
	int64_t now = DAY_START;

	add_agent(acd, "a", 0);
	add_agent(acd, "b", 0);
	for (int i = 0; i < 2; i++) {
		wait_in(acd, now, queue, 0);
		ck_assert_uint_eq(next_offer(acd).offer, 0);
		usher_acd_advance(acd, now + 2 * SECOND - 1);
		ck_assert_uint_eq(next_offer(acd).offer, 0);
		usher_acd_advance(acd, now + 2 * SECOND);
		ck_assert_uint_ne(next_offer(acd).offer, 0);
		now += 10 * SECOND;
	}
	usher_acd_free(acd);
}
END_TEST

/* With the contact already, and has refused it before: is one, not two. */
START_TEST(candidates__count_nobody_twice)
{
	const struct usher_capacity two = {.channel = "voice", .max = 2};
	struct usher_acd *acd = acd_made();
	uint64_t queue = queue_of(acd, 3600 * SECOND, 0, 0, 0), a, b, contact;
	struct usher_agent_opts opts;
	struct usher_enqueue_opts again;
	struct made m;

	usher_agent_opts_init(&opts, sizeof(opts));
	opts.name = "a";
	opts.capacity = &two;
	opts.capacity_count = 1;
	opts.max_total = 2;
	a = add_ready(acd, &opts);
	contact = wait_in(acd, DAY_START, queue, 0);
	usher_acd_reject(acd, DAY_START, next_offer(acd).offer, NULL);
	ck_assert_int_eq(usher_acd_assign(acd, DAY_START, contact, a, 1), 0);
	talks(acd, DAY_START, next_offer(acd).offer);
	usher_enqueue_opts_init(&again, sizeof(again));
	again.queues = &queue;
	again.queue_count = 1;
	ck_assert_int_eq(
		usher_acd_enqueue(acd, DAY_START, contact, &again, NULL), 0);
	ck_assert_uint_eq(next_offer(acd).offer, 0);
	b = add_agent(acd, "b", 0);
	m = next_offer(acd);
	ck_assert_uint_eq(m.agent, b);
	ck_assert_uint_eq(m.candidates, 1);
	ck_assert_uint_eq(m.left_out, 1);
	usher_acd_free(acd);
}
END_TEST

/* Led on by a step, a contact keeps its age: it goes before who came to the
 * other queue before it got there. */
START_TEST(step__brings_the_age_along)
{
	struct usher_acd *acd = acd_made();
	uint64_t from = queue_of(acd, 0, 0, 0, 0);
	uint64_t to = add_queue(acd, "to", "longest_idle"), old;
	struct usher_enqueue_opts opts;
	struct usher_queue_step_opts step;

	usher_queue_step_opts_init(&step, sizeof(step));
	step.action = USHER_QUEUE_STEP_OVERFLOW;
	step.queues = &to;
	step.queue_count = 1;
	step.after_us = 30 * SECOND;
	ck_assert_int_eq(
		usher_acd_step_set(acd, DAY_START, from, 1, &step, NULL), 0);
	wait_in(acd, DAY_START + 20 * SECOND, to, 0);
	/* older by what it was given, not by when it came */
	ck_assert_int_eq(usher_acd_contact_new(acd, DAY_START + 25 * SECOND,
					       NULL, &old),
			 0);
	usher_enqueue_opts_init(&opts, sizeof(opts));
	opts.queues = &from;
	opts.queue_count = 1;
	opts.since_us = DAY_START + 10 * SECOND;
	ck_assert_int_eq(usher_acd_enqueue(acd, DAY_START + 25 * SECOND, old,
					   &opts, NULL),
			 0);
	usher_acd_advance(acd, DAY_START + 55 * SECOND);
	add_agent(acd, "a", 0);
	ck_assert_uint_eq(next_offer(acd).contact, old);
	usher_acd_free(acd);
}
END_TEST

/* At once where nobody is signed in who may take it, else in its time. */
START_TEST(step__comes_at_once_where_nobody_is)
{
	struct usher_acd *acd = acd_made();
	uint64_t queue = queue_of(acd, 0, 0, 0, 1), agent;
	struct usher_agent_opts member;
	struct usher_queue_step_opts step;

	usher_queue_step_opts_init(&step, sizeof(step));
	step.action = USHER_QUEUE_STEP_WIDEN;
	step.after_us = 600 * SECOND;
	step.anyone = 1;
	step.unstaffed = 1;
	ck_assert_int_eq(
		usher_acd_step_set(acd, DAY_START, queue, 1, &step, NULL), 0);
	agent = add_agent(acd, "stranger", 0);
	usher_agent_opts_init(&member, sizeof(member));
	member.name = "member";
	member.queues = &queue;
	member.queue_count = 1;
	if (_i)
		usher_acd_presence(acd, DAY_START, add_ready(acd, &member),
				   USHER_PAUSED, "tea");
	wait_in(acd, DAY_START, queue, 0);
	ck_assert_uint_eq(next_offer(acd).agent, _i ? 0 : agent);
	usher_acd_advance(acd, DAY_START + 600 * SECOND - 1);
	if (_i)
		ck_assert_uint_eq(next_offer(acd).agent, 0);
	usher_acd_advance(acd, DAY_START + 600 * SECOND);
	ck_assert_uint_eq(next_offer(acd).agent, agent);
	usher_acd_free(acd);
}
END_TEST

/* Raised to the largest priority and no further: what comes of it is taken
 * by a core that is restored from it. */
START_TEST(step__raises_to_the_limit)
{
	struct usher_acd *acd = acd_made(), *other = NULL;
	uint64_t queue = queue_of(acd, 0, 0, 0, 0), late;
	struct usher_queue_step_opts step;
	void *bytes;
	size_t len;

	usher_queue_step_opts_init(&step, sizeof(step));
	step.action = USHER_QUEUE_STEP_PRIORITY;
	step.priority = 1000000;
	step.after_us = SECOND;
	for (uint32_t i = 1; i <= 3; i++)
		ck_assert_int_eq(usher_acd_step_set(acd, DAY_START, queue, i,
						    &step, NULL),
				 0);
	wait_in(acd, DAY_START, queue, 0);
	usher_acd_advance(acd, DAY_START + SECOND);
	/* with the contact's own a point more than raised ones have */
	late = wait_in(acd, DAY_START + SECOND, queue, 1);
	usher_acd_advance(acd, DAY_START + 2 * SECOND);
	drained(acd);
	ck_assert_int_eq(usher_acd_snapshot(acd, &bytes, &len), 0);
	ck_assert_int_eq(usher_acd_restore(&other, NULL, NULL, 0, NULL, 0,
					   bytes, len, NULL),
			 0);
	usher_acd_snapshot_free(acd, bytes);
	add_agent(acd, "a", 0);
	ck_assert_uint_eq(next_offer(acd).contact, late);
	usher_acd_free(other);
	usher_acd_free(acd);
}
END_TEST

/* A callback of one attempt that reaches nobody is over; one of two has its
 * priority still, and goes before who is older than it. */
START_TEST(callback__keeps_priority_for_its_attempts)
{
	struct usher_acd *acd = acd_made();
	uint64_t queue = queue_of(acd, USHER_ZERO, 0, 0, 0), contact, older;
	struct usher_contact_info info = {.size = sizeof(info)};
	struct usher_callback_opts opts;
	int64_t now = DAY_START + SECOND;
	struct made m;

	older = wait_in(acd, DAY_START, queue, 0);
	contact = comes(acd, now, queue, NULL, 5);
	usher_callback_opts_init(&opts, sizeof(opts));
	opts.address = "p:1";
	opts.attempts = (uint32_t)_i;
	opts.again_us = 60 * SECOND;
	ck_assert_int_eq(usher_acd_callback(acd, now, contact, &opts), 0);
	add_agent(acd, "a", 0);
	m = next_offer(acd);
	ck_assert_uint_eq(m.contact, contact);
	usher_acd_accept(acd, now, m.offer, NULL);
	ck_assert_int_eq(usher_acd_callback_dial(acd, now, contact), 0);
	usher_acd_callback_missed(acd, now, contact, "busy");
	if (_i == 1) {
		ck_assert_int_eq(usher_acd_contact_info(acd, contact, &info),
				 USHER_ENOENT);
	} else {
		ck_assert_int_eq(usher_acd_contact_info(acd, contact, &info),
				 0);
		ck_assert_uint_eq(info.callback, USHER_CALLBACK_PLANNED);
	}
	ck_assert_uint_eq(next_offer(acd).contact, older);
	usher_acd_free(acd);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("acd rules");
	TCase *tcase = tcase_create("rules");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, capacity__has_room_to_its_limit, 0,
			    sizeof(slots) / sizeof(*slots));
	tcase_add_loop_test(tcase, ring__lets_in_whom_it_says, 0, 2);
	tcase_add_loop_test(tcase, refused__goes_to_the_end_of_the_line, 0, 2);
	tcase_add_test(tcase, failed__is_not_offered_again_at_once);
	tcase_add_test(tcase, refused__remembers_the_latest);
	tcase_add_loop_test(tcase, missed__counts_in_a_row, 0, 2);
	tcase_add_loop_test(tcase, max_wait__lets_a_connection_be, 0, 2);
	tcase_add_test(tcase, batch__collects_again);
	tcase_add_test(tcase, candidates__count_nobody_twice);
	tcase_add_test(tcase, step__brings_the_age_along);
	tcase_add_loop_test(tcase, step__comes_at_once_where_nobody_is, 0, 2);
	tcase_add_test(tcase, step__raises_to_the_limit);
	tcase_add_loop_test(tcase, callback__keeps_priority_for_its_attempts,
			    1, 3);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
