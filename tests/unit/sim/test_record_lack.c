/* What a model of a record says that it has not, and records that run out of
 * memory. */
#include <check.h>
#include <stdlib.h>

#include "day.h"

#define SECOND DAY_SECOND

START_TEST(lacks__are_none_of_a_plain_day)
{
	struct usher_record_lack one = {.size = sizeof(one)};
	struct day d;
	uint64_t contact;

	day_begin(&d);
	contact = day_customer(&d, day_queue(&d, "q"));
	day_agent(&d, "x");
	day_pass(&d, SECOND);
	day_take(&d);
	day_pass(&d, SECOND);
	day_gone(&d, contact);
	day_record(&d);
	ck_assert_int_eq(usher_record_lack_at(d.record, 0, &one),
			 USHER_ENOENT);
	ck_assert_int_eq(usher_record_lack_at(d.record, 0, NULL),
			 USHER_EINVAL);
	one.size = 1;
	ck_assert_int_eq(usher_record_lack_at(d.record, 0, &one),
			 USHER_EINVAL);
	day_end(&d);
}
END_TEST

START_TEST(lacks__are_told_one_by_one)
{
	struct usher_contact_opts opts;
	struct usher_agent_opts agent;
	struct usher_queue_opts queue;
	struct usher_direct_opts direct;
	uint64_t first, second, contact, joined, segment, x;
	struct day d;

	day_begin(&d);
	first = day_queue(&d, "first");
	second = day_queue(&d, "second");
	usher_queue_opts_init(&queue, sizeof(queue));
	queue.name = "theirs";
	queue.policy = "external";
	ck_assert_int_eq(
		usher_acd_queue_set(d.acd, d.now_us, &queue, NULL, NULL), 0);
	/* in a second queue, by no step; changed; the leg is lost */
	contact = day_customer(&d, first);
	day_wait(&d, contact, second);
	usher_contact_opts_init(&opts, sizeof(opts));
	opts.priority = 3;
	ck_assert_int_eq(
		usher_acd_contact_set(d.acd, d.now_us, contact, &opts), 0);
	ck_assert_int_eq(usher_acd_detach(d.acd, d.now_us, contact,
					  d.now_us + 60 * SECOND, "lost"),
			 0);
	ck_assert_int_eq(usher_acd_attach(d.acd, d.now_us, contact), 0);
	/* missed, then taken, then waits again, then led out by a key */
	x = day_agent(&d, "x");
	day_pass(&d, SECOND);
	ck_assert_int_eq(usher_acd_miss(d.acd, d.now_us, d.offer, "no"), 0);
	day_feed(&d);
	day_pass(&d, 10 * SECOND);
	joined = day_take(&d);
	day_wait(&d, contact, second);
	ck_assert_int_eq(usher_acd_leave(d.acd, d.now_us, joined, "on"), 0);
	day_feed(&d);
	segment = usher_acd_segment_next(d.acd, contact, joined);
	ck_assert_int_eq(
		usher_acd_dequeue(d.acd, d.now_us, segment, USHER_LEAVE_KEY),
		0);
	/* a call of the agent's own, and several at once */
	day_gone(&d, contact);
	usher_contact_opts_init(&opts, sizeof(opts));
	ck_assert_int_eq(
		usher_acd_contact_new(d.acd, d.now_us, &opts, &contact), 0);
	usher_direct_opts_init(&direct, sizeof(direct));
	direct.force = 1;
	ck_assert_int_eq(usher_acd_direct(d.acd, d.now_us, contact, x, &direct,
					  &joined),
			 0);
	day_gone(&d, contact);
	usher_agent_opts_init(&agent, sizeof(agent));
	agent.name = "y";
	agent.max_total = 2;
	ck_assert_int_eq(
		usher_acd_agent_set(d.acd, d.now_us, &agent, NULL, NULL), 0);
	agent.name = "x";
	ck_assert_int_eq(
		usher_acd_agent_set(d.acd, d.now_us, &agent, NULL, NULL), 0);
	day_feed(&d);
	day_pass(&d, SECOND);
	day_record(&d);
	ck_assert_uint_eq(day_lack(&d, USHER_LACKS_BEFORE), 0);
	ck_assert_uint_eq(day_lack(&d, USHER_LACKS_QUEUES), 1);
	ck_assert_uint_eq(day_lack(&d, USHER_LACKS_LEFT), 1);
	ck_assert_uint_eq(day_lack(&d, USHER_LACKS_AGAIN), 1);
	ck_assert_uint_eq(day_lack(&d, USHER_LACKS_DIRECT), 1);
	ck_assert_uint_eq(day_lack(&d, USHER_LACKS_OFFERS), 1);
	ck_assert_uint_eq(day_lack(&d, USHER_LACKS_CHANGED), 1);
	ck_assert_uint_eq(day_lack(&d, USHER_LACKS_SETTINGS), 1);
	ck_assert_uint_eq(day_lack(&d, USHER_LACKS_CAPACITY), 1);
	ck_assert_uint_eq(day_lack(&d, USHER_LACKS_CALLBACKS), 0);
	ck_assert_uint_eq(day_lack(&d, USHER_LACKS_DETACHED), 1);
	ck_assert_uint_eq(day_lack(&d, USHER_LACKS_FULL), 0);
	ck_assert_uint_eq(day_lack(&d, USHER_LACKS_EXTERNAL), 1);
	day_end(&d);
}
END_TEST

static long allocations_left;

static void *heap_realloc(void *arg, void *ptr, size_t size)
{
	(void)arg;
	if (!size) {
		free(ptr);
		return NULL;
	}
	return allocations_left-- ? realloc(ptr, size) : NULL;
}

/* Two contacts at once; of the two after them one is with the agent as the
 * record ends, and one waits. */
static int side_by_side(struct day *d, uint64_t queue,
			struct usher_record *record)
{
	const struct usher_event *ev;
	struct usher_enqueue_opts wait;
	struct usher_contact_opts opts;
	struct usher_agent_opts agent;
	uint64_t x, contacts[4];
	int rc = 0;

	usher_agent_opts_init(&agent, sizeof(agent));
	agent.name = "x";
	agent.capacity = &(const struct usher_capacity){
		.channel = "chat", .max = 2, .interrupts = "mail"};
	agent.capacity_count = 1;
	agent.max_total = 2;
	usher_acd_agent_set(d->acd, d->now_us, &agent, &x, NULL);
	usher_acd_presence(d->acd, d->now_us, x, USHER_READY, NULL);
	usher_contact_opts_init(&opts, sizeof(opts));
	opts.channel = "chat";
	usher_enqueue_opts_init(&wait, sizeof(wait));
	wait.queues = &queue;
	wait.queue_count = 1;
	for (int i = 0; i < 4; i++) {
		usher_acd_contact_new(d->acd, d->now_us, &opts, &contacts[i]);
		usher_acd_enqueue(d->acd, d->now_us, contacts[i], &wait, NULL);
	}
	for (int i = 0; i < 2; i++) {
		while ((ev = usher_acd_next(d->acd))) {
			uint64_t offer = 0;

			usher_event_u64(ev, USHER_F_OFFER, &offer);
			rc = rc ? rc : usher_record_feed(record, ev);
			if (ev->type != USHER_EV_OFFER_MADE)
				continue;
			usher_acd_accept(d->acd, d->now_us, offer, NULL);
			usher_acd_connected(d->acd, d->now_us, offer, NULL);
		}
		d->now_us += SECOND;
		usher_acd_contact_end(d->acd, d->now_us, contacts[i], "gone");
	}
	return rc;
}

/* A short day with all of it, fed to a record that runs out of memory. */
static int short_day(const struct usher_alloc *alloc)
{
	struct usher_queue_step_opts over;
	struct usher_queue_opts queue;
	struct usher_record_model *model = NULL;
	struct usher_record *other = NULL;
	const struct usher_event *ev;
	struct day d;
	uint64_t id = 0;
	int rc;

	day_begin(&d);
	/* what is made here is fed to the other record alone */
	usher_queue_opts_init(&queue, sizeof(queue));
	queue.name = "q";
	usher_acd_queue_set(d.acd, d.now_us, &queue, &id, NULL);
	rc = usher_record_new(&other, alloc);
	if (!rc)
		rc = side_by_side(&d, id, other);
	usher_queue_step_opts_init(&over, sizeof(over));
	over.action = USHER_QUEUE_STEP_OVERFLOW;
	over.queues = &id;
	over.queue_count = 1;
	over.condition = "waiting > 3";
	usher_acd_step_set(d.acd, d.now_us, id, 1, &over, NULL);
	usher_acd_queue_open(d.acd, d.now_us, id, 0);
	usher_acd_queue_open(d.acd, d.now_us + SECOND, id, 1);
	usher_acd_queue_remove(d.acd, d.now_us + 2 * SECOND, id);
	while ((ev = usher_acd_next(d.acd)))
		rc = rc ? rc : usher_record_feed(other, ev);
	rc = rc ? rc : usher_record_end(other, 0);
	if (!rc)
		rc = usher_record_model_new(&model, other, NULL, NULL);
	/* two that ended, and one that was cut off */
	if (!rc)
		ck_assert_uint_eq(usher_record_model_opts(model)
					  ->queues->handle_value_count,
				  3);
	allocations_left = -1;
	usher_record_model_free(model);
	usher_record_free(other);
	day_end(&d);
	return rc;
}

START_TEST(record__survives_each_failing_allocation)
{
	static const struct usher_alloc alloc = {heap_realloc, NULL};
	int rc = USHER_ENOMEM;

	for (long n = 0; rc; n++) {
		allocations_left = n;
		rc = short_day(&alloc);
		ck_assert(!rc || rc == USHER_ENOMEM);
		ck_assert_int_lt(n, 200);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("record-lack");
	TCase *tc = tcase_create("record-lack");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, lacks__are_none_of_a_plain_day);
	tcase_add_test(tc, lacks__are_told_one_by_one);
	tcase_add_test(tc, record__survives_each_failing_allocation);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
