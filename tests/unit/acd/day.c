#include <check.h>
#include <stdio.h>
#include <string.h>

#include <core/random.h>

#include "day.h"

void *heap_realloc(void *arg, void *ptr, size_t size)
{
	struct heap *heap = arg;

	if (!size) {
		heap->alive -= ptr != NULL;
		free(ptr);
		return NULL;
	}
	heap->calls++;
	if (heap->left >= 0 && heap->left-- == 0)
		return NULL;
	heap->alive += ptr == NULL;
	return realloc(ptr, size);
}

uint64_t day_draw(struct day *day, uint64_t n)
{
	return usher__random_below(day->seed, 0, 0, &day->counter, n);
}

struct usher_acd *day_core(const struct usher_acd_opts *opts)
{
	struct usher_acd *acd;

	ck_assert_int_eq(usher_acd_new(&acd, opts, NULL), 0);
	return acd;
}

void day_set_up(struct usher_acd *acd, struct day *day)
{
	static const char *const policies[] = {"longest_idle", "round_robin",
					       "ring_all"};
	static const char *const requirements[] = {
		"", "skill >= 2 and language == contact.language",
		("skill >= contact.level or agent.name == \"agent0\" or "
		 "(spoken has contact.language and not has contact.tags)")};

	for (int i = 0; i < 3; i++) {
		struct usher_queue_opts opts;
		char name[16];

		snprintf(name, sizeof(name), "queue%d", i);
		usher_queue_opts_init(&opts, sizeof(opts));
		opts.name = name;
		opts.policy = policies[i];
		opts.requirement = requirements[i];
		opts.wrapup_us = i * 10 * SECOND;
		opts.max_wait_us = i == 1 ? 120 * SECOND : 0;
		ck_assert_int_eq(
			usher_acd_queue_set(acd, day->now, &opts, NULL, NULL),
			0);
	}
	for (int i = 0; i < 5; i++) {
		struct usher_attr attrs[] = {{.name = "skill", .number = i},
					     {.name = "language",
					      .type = USHER_ATTR_TEXT,
					      .text = i % 2 ? "hu" : "pl"},
					     {.name = "spoken",
					      .type = USHER_ATTR_LIST,
					      .text = "hu\0pl",
					      .count = i % 3}};
		struct usher_agent_opts opts;
		char name[16];

		snprintf(name, sizeof(name), "agent%d", i);
		usher_agent_opts_init(&opts, sizeof(opts));
		opts.name = name;
		opts.attrs = attrs;
		opts.attr_count = 3;
		opts.order = (uint32_t)i;
		opts.max_total = i == 4 ? 2 : 1;
		ck_assert_int_eq(
			usher_acd_agent_set(acd, day->now, &opts, NULL, NULL),
			0);
	}
}

/* Some id of what is there, or one that is not. */
static uint64_t some(struct day *day,
		     uint64_t (*next)(const struct usher_acd *, uint64_t),
		     const struct usher_acd *acd)
{
	uint64_t id = 0, n = 0, pick;

	while ((id = next(acd, id)))
		n++;
	pick = day_draw(day, n + 1);
	id = next(acd, 0);
	while (pick-- && id)
		id = next(acd, id);
	return id;
}

static uint64_t some_offer(struct day *day, const struct usher_acd *acd)
{
	uint64_t found = 0, id, contact = 0, seen = 0;

	while ((contact = usher_acd_contact_next(acd, contact))) {
		for (id = 0; (id = usher_acd_offer_next(acd, contact, id));) {
			if (!day_draw(day, ++seen))
				found = id;
		}
	}
	return found;
}

static uint64_t some_segment(struct day *day, const struct usher_acd *acd)
{
	uint64_t found = 0, id, contact = 0, seen = 0;

	while ((contact = usher_acd_contact_next(acd, contact))) {
		for (id = 0;
		     (id = usher_acd_segment_next(acd, contact, id));) {
			if (!day_draw(day, ++seen))
				found = id;
		}
	}
	return found;
}

static int new_contact(struct usher_acd *acd, struct day *day)
{
	struct usher_attr attrs[] = {
		{.name = "level", .number = (double)day_draw(day, 5)},
		{.name = "language",
		 .type = USHER_ATTR_TEXT,
		 .text = day_draw(day, 2) ? "hu" : "pl"}};
	struct usher_contact_opts opts;

	usher_contact_opts_init(&opts, sizeof(opts));
	opts.channel = day_draw(day, 4) ? "voice" : "chat";
	opts.attrs = attrs;
	opts.attr_count = 2;
	opts.priority = (int64_t)day_draw(day, 3);
	opts.origin = "+361";
	return usher_acd_contact_new(acd, day->now, &opts, NULL);
}

static int enqueue(struct usher_acd *acd, struct day *day)
{
	uint64_t queues[] = {some(day, usher_acd_queue_next, acd),
			     some(day, usher_acd_queue_next, acd)};
	struct usher_enqueue_opts opts;

	usher_enqueue_opts_init(&opts, sizeof(opts));
	opts.queues = queues;
	opts.queue_count = 1 + (uint32_t)day_draw(day, 2);
	opts.requirement = day_draw(day, 5) ? NULL : "skill != 3";
	opts.priority = (int64_t)day_draw(day, 2);
	return usher_acd_enqueue(acd, day->now,
				 some(day, usher_acd_contact_next, acd), &opts,
				 NULL);
}

static int direct(struct usher_acd *acd, struct day *day)
{
	struct usher_direct_opts opts;

	usher_direct_opts_init(&opts, sizeof(opts));
	opts.dialing = (uint32_t)day_draw(day, 2);
	opts.wrapup_us = (int64_t)day_draw(day, 2) * SECOND;
	opts.force = (uint32_t)day_draw(day, 2);
	return usher_acd_direct(
		acd, day->now, some(day, usher_acd_contact_next, acd),
		some(day, usher_acd_agent_next, acd), &opts, NULL);
}

static int on_segment(struct usher_acd *acd, struct day *day)
{
	uint64_t seg = some_segment(day, acd);

	switch (day_draw(day, 8)) {
	case 0:
		return usher_acd_flow_end(acd, day->now, seg, "done");
	case 1:
		return usher_acd_dequeue(acd, day->now, seg,
					 (uint32_t)day_draw(day, 16));
	case 2:
		return usher_acd_hold(acd, day->now, seg);
	case 3:
		return usher_acd_resume(acd, day->now, seg);
	case 4:
		return usher_acd_leave(acd, day->now, seg, "bye");
	case 5:
		return usher_acd_wrapup_end(acd, day->now, seg);
	case 6:
		return usher_acd_answered(acd, day->now, seg);
	default:
		return usher_acd_disposition(acd, day->now, seg, "solved");
	}
}

static int on_offer(struct usher_acd *acd, struct day *day)
{
	uint64_t offer = some_offer(day, acd);

	switch (day_draw(day, 10)) {
	case 0:
		return usher_acd_reject(acd, day->now, offer, "busy");
	case 1:
		return usher_acd_miss(acd, day->now, offer, "gone");
	case 2:
		return usher_acd_withdraw(acd, day->now, offer, "host");
	case 3:
		return usher_acd_connect_failed(acd, day->now, offer, "488");
	case 4:
	case 5:
	case 6:
		return usher_acd_connected(acd, day->now, offer, NULL);
	default:
		return usher_acd_accept(acd, day->now, offer, "desk");
	}
}

static int on_contact(struct usher_acd *acd, struct day *day)
{
	uint64_t contact = some(day, usher_acd_contact_next, acd);
	struct usher_contact_opts opts;

	switch (day_draw(day, 8)) {
	case 0:
		return usher_acd_flow_begin(acd, day->now, contact, "main",
					    NULL);
	case 1:
		return usher_acd_detach(acd, day->now, contact,
					day->now + 30 * SECOND, "lost");
	case 2:
		return usher_acd_attach(acd, day->now, contact);
	case 3:
		usher_contact_opts_init(&opts, sizeof(opts));
		opts.priority = (int64_t)day_draw(day, 5);
		opts.customer = "c1";
		return usher_acd_contact_set(acd, day->now, contact, &opts);
	case 4:
		return usher_acd_assign(acd, day->now, contact,
					some(day, usher_acd_agent_next, acd),
					(int)day_draw(day, 2));
	default:
		return usher_acd_contact_end(acd, day->now, contact, "bye");
	}
}

static int on_config(struct usher_acd *acd, struct day *day)
{
	struct usher_queue_opts opts;

	switch (day_draw(day, 5)) {
	case 0:
		return usher_acd_queue_open(
			acd, day->now, some(day, usher_acd_queue_next, acd),
			(int)day_draw(day, 4));
	case 1:
		return usher_acd_day(acd, day->now, "tomorrow");
	case 2:
		return usher_acd_configure(acd, day->now,
					   day_draw(day, 2) ? "age_with_boost"
							    : "priority_age");
	case 3:
		return usher_acd_agent_remove(
			acd, day->now, some(day, usher_acd_agent_next, acd));
	default:
		usher_queue_opts_init(&opts, sizeof(opts));
		opts.name = day_draw(day, 2) ? "queue0" : "extra";
		opts.policy = day_draw(day, 2) ? "random" : "external";
		opts.requirement = day_draw(day, 2) ? "skill > 0" : "";
		return usher_acd_queue_set(acd, day->now, &opts, NULL, NULL);
	}
}

int day_step(struct usher_acd *acd, struct day *day)
{
	uint64_t what = day_draw(day, 100);
	int err;

	/* deadlines first, so that what is picked does not depend on the pace
	 */
	day->now += (int64_t)(day_draw(day, 4) * day_draw(day, 4)) * SECOND;
	err = usher_acd_advance(acd, day->now);
	if (err)
		return err;
	if (what < 18)
		return new_contact(acd, day);
	if (what < 38)
		return enqueue(acd, day);
	if (what < 52)
		return usher_acd_presence(
			acd, day->now, some(day, usher_acd_agent_next, acd),
			what < 47 ? USHER_READY : (uint32_t)day_draw(day, 4),
			"lunch");
	if (what < 76)
		return on_offer(acd, day);
	if (what < 86)
		return on_segment(acd, day);
	if (what < 95)
		return on_contact(acd, day);
	if (what < 97)
		return direct(acd, day);
	return on_config(acd, day);
}

void bytes_drain(struct bytes *bytes, struct usher_acd *acd)
{
	const struct usher_event *ev;
	size_t cap = 0;

	memset(bytes, 0, sizeof(*bytes));
	while ((ev = usher_acd_next(acd))) {
		size_t len;

		usher_event_encode(ev, NULL, 0, &len);
		if (cap - bytes->len < len) {
			cap = (bytes->len + len) * 2;
			bytes->at = realloc(bytes->at, cap);
			ck_assert_ptr_nonnull(bytes->at);
		}
		ck_assert_int_eq(usher_event_encode(ev, bytes->at + bytes->len,
						    cap - bytes->len, &len),
				 0);
		bytes->len += len;
	}
}

void bytes_snapshot(struct bytes *bytes, const struct usher_acd *acd)
{
	void *snapshot;

	ck_assert_int_eq(usher_acd_snapshot(acd, &snapshot, &bytes->len), 0);
	bytes->at = malloc(bytes->len);
	ck_assert_ptr_nonnull(bytes->at);
	memcpy(bytes->at, snapshot, bytes->len);
	usher_acd_snapshot_free(acd, snapshot);
}

bool bytes_equal(const struct bytes *a, const struct bytes *b)
{
	return a->len == b->len && (!a->len || !memcmp(a->at, b->at, a->len));
}

void bytes_free(struct bytes *bytes)
{
	free(bytes->at);
	memset(bytes, 0, sizeof(*bytes));
}
