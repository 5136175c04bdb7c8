/* What is taken out of the record of a core that a test drives by hand. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include <usher/replay.h>

#define START_US  INT64_C(1700000000000000)
#define SECOND    INT64_C(1000000)
#define CUSTOMERS 20

struct day {
	struct usher_acd *acd;
	struct usher_record *record;
	int64_t now_us;
	uint64_t offer; /* the last one */
};

static void day_begin(struct day *d)
{
	struct usher_acd_opts opts;

	memset(d, 0, sizeof(*d));
	d->now_us = START_US;
	usher_acd_opts_init(&opts, sizeof(opts));
	ck_assert_int_eq(usher_acd_new(&d->acd, &opts, NULL), 0);
	ck_assert_int_eq(usher_record_new(&d->record, NULL), 0);
}

static void day_end(struct day *d)
{
	usher_acd_free(d->acd);
	usher_record_free(d->record);
}

static void feed(struct day *d)
{
	const struct usher_event *ev;

	while ((ev = usher_acd_next(d->acd))) {
		if (ev->type == USHER_EV_OFFER_MADE)
			usher_event_u64(ev, USHER_F_OFFER, &d->offer);
		ck_assert_int_eq(usher_record_feed(d->record, ev), 0);
	}
}

static void pass(struct day *d, int64_t us)
{
	d->now_us += us;
	usher_acd_advance(d->acd, d->now_us);
	feed(d);
}

static uint64_t queue(struct day *d, const char *name)
{
	struct usher_queue_opts opts;
	uint64_t id = 0;

	usher_queue_opts_init(&opts, sizeof(opts));
	opts.name = name;
	ck_assert_int_eq(
		usher_acd_queue_set(d->acd, d->now_us, &opts, &id, NULL), 0);
	feed(d);
	return id;
}

static uint64_t agent(struct day *d, const char *name)
{
	struct usher_agent_opts opts;
	uint64_t id = 0;

	usher_agent_opts_init(&opts, sizeof(opts));
	opts.name = name;
	ck_assert_int_eq(
		usher_acd_agent_set(d->acd, d->now_us, &opts, &id, NULL), 0);
	ck_assert_int_eq(
		usher_acd_presence(d->acd, d->now_us, id, USHER_READY, NULL),
		0);
	feed(d);
	return id;
}

static void wait_in(struct day *d, uint64_t contact, uint64_t queue)
{
	struct usher_enqueue_opts opts;
	uint64_t segment = 0;

	usher_enqueue_opts_init(&opts, sizeof(opts));
	opts.queues = &queue;
	opts.queue_count = 1;
	ck_assert_int_eq(
		usher_acd_enqueue(d->acd, d->now_us, contact, &opts, &segment),
		0);
	feed(d);
}

static uint64_t customer(struct day *d, uint64_t queue)
{
	struct usher_contact_opts opts;
	uint64_t id = 0;

	usher_contact_opts_init(&opts, sizeof(opts));
	ck_assert_int_eq(usher_acd_contact_new(d->acd, d->now_us, &opts, &id),
			 0);
	wait_in(d, id, queue);
	return id;
}

static void gone(struct day *d, uint64_t contact)
{
	ck_assert_int_eq(
		usher_acd_contact_end(d->acd, d->now_us, contact, "gone"), 0);
	feed(d);
}

static void record_end(struct day *d)
{
	ck_assert_int_eq(usher_record_end(d->record, d->now_us), 0);
}

static struct usher_record_queue info(const struct day *d, uint32_t index)
{
	struct usher_record_queue ret = {.size = sizeof(ret)};

	ck_assert_int_eq(usher_record_queue_at(d->record, index, &ret), 0);
	return ret;
}

/* ---- Arrivals ---- */

static void leads_on(enum usher_queue_step_action action)
{
	struct usher_queue_step_opts opts;
	uint64_t first, second;
	struct day d;

	day_begin(&d);
	first = queue(&d, "first");
	second = queue(&d, "second");
	usher_queue_step_opts_init(&opts, sizeof(opts));
	opts.action = action;
	opts.queues = &second;
	opts.queue_count = 1;
	opts.after_us = 10 * SECOND;
	ck_assert_int_eq(
		usher_acd_step_set(d.acd, d.now_us, first, 1, &opts, NULL), 0);
	feed(&d);
	for (int i = 0; i < CUSTOMERS; i++) {
		uint64_t contact = customer(&d, first);

		pass(&d, 25 * SECOND);
		gone(&d, contact);
		pass(&d, 5 * SECOND);
	}
	record_end(&d);
	ck_assert_uint_eq(info(&d, 0).arrivals, CUSTOMERS);
	ck_assert_uint_eq(info(&d, 1).arrivals, 0);
	/* whoever gave up did so there */
	ck_assert_uint_eq(info(&d, 1).abandoned, CUSTOMERS);
	day_end(&d);
}

START_TEST(customer__whom_a_step_leads_on_comes_once)
{
	leads_on(USHER_QUEUE_STEP_OVERFLOW);
	leads_on(USHER_QUEUE_STEP_ADD);
}
END_TEST

/* An agent was busy with them twice. */
START_TEST(customer__of_an_agent_who_waits_again_comes_again)
{
	uint64_t first, second, contact, joined = 0;
	struct day d;

	day_begin(&d);
	first = queue(&d, "first");
	second = queue(&d, "second");
	agent(&d, "x");
	contact = customer(&d, first);
	pass(&d, SECOND);
	ck_assert_uint_ne(d.offer, 0);
	ck_assert_int_eq(usher_acd_accept(d.acd, d.now_us, d.offer, NULL), 0);
	ck_assert_int_eq(
		usher_acd_connected(d.acd, d.now_us, d.offer, &joined), 0);
	feed(&d);
	pass(&d, 10 * SECOND);
	wait_in(&d, contact, second);
	/* and a flow that leads back does not count */
	wait_in(&d, contact, first);
	gone(&d, contact);
	record_end(&d);
	ck_assert_uint_eq(info(&d, 0).arrivals, 1);
	ck_assert_uint_eq(info(&d, 1).arrivals, 1);
	day_end(&d);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("record");
	TCase *tc = tcase_create("record");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, customer__whom_a_step_leads_on_comes_once);
	tcase_add_test(tc, customer__of_an_agent_who_waits_again_comes_again);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
