#include <check.h>
#include <string.h>

#include "day.h"

#define START_US INT64_C(1700000000000000)
#define SECOND   DAY_SECOND

void day_begin(struct day *d)
{
	struct usher_acd_opts opts;

	memset(d, 0, sizeof(*d));
	d->now_us = START_US;
	usher_acd_opts_init(&opts, sizeof(opts));
	ck_assert_int_eq(usher_acd_new(&d->acd, &opts, NULL), 0);
	ck_assert_int_eq(usher_record_new(&d->record, NULL), 0);
}

void day_end(struct day *d)
{
	usher_acd_free(d->acd);
	usher_record_free(d->record);
}

void day_feed(struct day *d)
{
	const struct usher_event *ev;

	while ((ev = usher_acd_next(d->acd))) {
		if (ev->type == USHER_EV_OFFER_MADE)
			usher_event_u64(ev, USHER_F_OFFER, &d->offer);
		ck_assert_int_eq(usher_record_feed(d->record, ev), 0);
	}
}

void day_pass(struct day *d, int64_t us)
{
	d->now_us += us;
	usher_acd_advance(d->acd, d->now_us);
	day_feed(d);
}

uint64_t day_queue(struct day *d, const char *name)
{
	struct usher_queue_opts opts;
	uint64_t id = 0;

	usher_queue_opts_init(&opts, sizeof(opts));
	opts.name = name;
	ck_assert_int_eq(
		usher_acd_queue_set(d->acd, d->now_us, &opts, &id, NULL), 0);
	day_feed(d);
	return id;
}

uint64_t day_agent(struct day *d, const char *name)
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
	day_feed(d);
	return id;
}

void day_wait(struct day *d, uint64_t contact, uint64_t queue)
{
	struct usher_enqueue_opts opts;
	uint64_t segment = 0;

	usher_enqueue_opts_init(&opts, sizeof(opts));
	opts.queues = &queue;
	opts.queue_count = 1;
	ck_assert_int_eq(
		usher_acd_enqueue(d->acd, d->now_us, contact, &opts, &segment),
		0);
	day_feed(d);
}

uint64_t day_customer(struct day *d, uint64_t queue)
{
	struct usher_contact_opts opts;
	uint64_t id = 0;

	usher_contact_opts_init(&opts, sizeof(opts));
	ck_assert_int_eq(usher_acd_contact_new(d->acd, d->now_us, &opts, &id),
			 0);
	day_wait(d, id, queue);
	return id;
}

void day_gone(struct day *d, uint64_t contact)
{
	ck_assert_int_eq(
		usher_acd_contact_end(d->acd, d->now_us, contact, "gone"), 0);
	day_feed(d);
}

void day_record(struct day *d)
{
	ck_assert_int_eq(usher_record_end(d->record, d->now_us), 0);
}

struct usher_record_queue day_info(const struct day *d, uint32_t index)
{
	struct usher_record_queue ret = {.size = sizeof(ret)};

	ck_assert_int_eq(usher_record_queue_at(d->record, index, &ret), 0);
	return ret;
}

uint64_t day_customer_of(struct day *d, uint64_t queue, const char *language,
			 int64_t priority, int64_t max_wait_us)
{
	const struct usher_attr attr = {
		.name = "language", .text = language, .type = USHER_ATTR_TEXT};
	struct usher_contact_opts opts;
	struct usher_enqueue_opts wait;
	uint64_t id = 0, segment = 0;

	usher_contact_opts_init(&opts, sizeof(opts));
	opts.attrs = &attr;
	opts.attr_count = language != NULL;
	opts.priority = priority;
	ck_assert_int_eq(usher_acd_contact_new(d->acd, d->now_us, &opts, &id),
			 0);
	usher_enqueue_opts_init(&wait, sizeof(wait));
	wait.queues = &queue;
	wait.queue_count = 1;
	wait.max_wait_us = max_wait_us;
	ck_assert_int_eq(
		usher_acd_enqueue(d->acd, d->now_us, id, &wait, &segment), 0);
	day_feed(d);
	return id;
}

void day_step(struct day *d, uint64_t queue, uint32_t number,
	      const struct usher_queue_step_opts *opts)
{
	struct usher_error err = {0};

	ck_assert_msg(!usher_acd_step_set(d->acd, d->now_us, queue, number,
					  opts, &err),
		      "%s", err.message);
	day_feed(d);
}

void day_open(struct day *d, uint64_t queue, int open)
{
	ck_assert_int_eq(usher_acd_queue_open(d->acd, d->now_us, queue, open),
			 0);
	day_feed(d);
}

/* The last offer, taken. */
uint64_t day_take(struct day *d)
{
	uint64_t joined = 0;

	ck_assert_int_eq(usher_acd_accept(d->acd, d->now_us, d->offer, NULL),
			 0);
	ck_assert_int_eq(
		usher_acd_connected(d->acd, d->now_us, d->offer, &joined), 0);
	day_feed(d);
	return joined;
}

uint64_t day_lack(const struct day *d, uint32_t kind)
{
	struct usher_record_lack one = {.size = sizeof(one)};

	for (uint32_t i = 0; !usher_record_lack_at(d->record, i, &one); i++) {
		ck_assert_uint_gt(one.count, 0);
		ck_assert_uint_gt(strlen(one.text), 20);
		if (one.kind == kind)
			return one.count;
	}
	return 0;
}

struct usher_queue_step_opts day_step_opts(uint32_t action, int after_s)
{
	struct usher_queue_step_opts opts;

	usher_queue_step_opts_init(&opts, sizeof(opts));
	opts.action = action;
	opts.after_us = after_s * DAY_SECOND;
	return opts;
}

struct usher_record_model *day_model(const struct day *d)
{
	struct usher_record_model *model = NULL;
	struct usher_error err = {0};
	struct usher_sim *sim = NULL;

	ck_assert_msg(!usher_record_model_new(&model, d->record, NULL, &err),
		      "%s", err.message);
	ck_assert_msg(
		!usher_sim_new(&sim, usher_record_model_opts(model), &err),
		"%s", err.message);
	ck_assert_int_eq(usher_sim_run(sim, usher_record_duration(d->record)),
			 0);
	usher_sim_free(sim);
	return model;
}
