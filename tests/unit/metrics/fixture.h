/* A fold and the events to feed it with, written by hand. */
#ifndef TEST_METRICS_FIXTURE_H
#define TEST_METRICS_FIXTURE_H

#include <check.h>
#include <string.h>

#include <core/schema.h>
#include <usher/metrics.h>

#define SECOND INT64_C(1000000)
/* 2026-03-02 08:00 UTC: an interval begins here; times count from it. */
#define EIGHT (INT64_C(1772438400) * SECOND)

struct fixture {
	struct usher_metrics *m;
	uint64_t seq;
	uint64_t last; /* of the segments */
};

/* Feed an event with its fields; what the fold returned. */
static inline int feed(struct fixture *f, double at_s, uint32_t type,
		       uint64_t contact, uint64_t segment, const void *payload,
		       size_t size)
{
	struct {
		struct usher_event ev;
		union usher__payload fields;
	} entry;
	int rc;

	memset(&entry, 0, sizeof(entry));
	entry.ev.seq = f->seq + 1;
	entry.ev.time_us = EIGHT + (int64_t)(at_s * 1e6);
	entry.ev.type = type;
	entry.ev.kind = USHER_KIND_EVENT;
	entry.ev.contact = contact;
	entry.ev.segment = segment;
	memcpy(&entry.fields, payload, size);
	rc = usher_metrics_feed(f->m, &entry.ev);
	if (!rc)
		f->seq++;
	return rc;
}

#define FEED(f, at, TYPE, type, contact, segment, ...)                        \
	feed(f, at, USHER_EV_##TYPE, contact, segment,                        \
	     &(struct usher__ev_##type){__VA_ARGS__},                         \
	     sizeof(struct usher__ev_##type))

static inline void queue(struct fixture *f, double at, uint64_t id)
{
	ck_assert_int_eq(FEED(f, at, QUEUE_SET, queue_set, 0, 0, .queue = id,
			      .target = 20 * SECOND, .short_wait = 5 * SECOND),
			 0);
}

static inline void agent(struct fixture *f, double at, uint64_t id)
{
	ck_assert_int_eq(FEED(f, at, AGENT_SET, agent_set, 0, 0, .agent = id),
			 0);
}

static inline void presence(struct fixture *f, double at, uint64_t id,
			    uint32_t to)
{
	ck_assert_int_eq(FEED(f, at, AGENT_PRESENCE, agent_presence, 0, 0,
			      .agent = id, .presence = to),
			 0);
}

/* The segment of a contact in a queue is contact * 100 + queue; with an agent
 * it is contact * 100 + 50 + agent: good for a few of each. */
static inline void enter(struct fixture *f, double at, uint64_t contact,
			 uint64_t id)
{
	ck_assert_int_eq(FEED(f, at, QUEUE_ENTERED, queue_entered, contact,
			      contact * 100 + id, .queue = id),
			 0);
}

static inline void leave(struct fixture *f, double at, uint64_t contact,
			 uint64_t id, uint32_t how)
{
	ck_assert_int_eq(FEED(f, at, QUEUE_LEFT, queue_left, contact,
			      contact * 100 + id, .queue = id, .leave = how),
			 0);
}

static inline void closed(struct fixture *f, double at, uint64_t contact)
{
	ck_assert_int_eq(
		FEED(f, at, CONTACT_CLOSED, contact_closed, contact, 0, 0), 0);
}

static inline void offered(struct fixture *f, double at, uint64_t contact,
			   uint64_t queue_id, uint64_t agent_id)
{
	ck_assert_int_eq(FEED(f, at, OFFER_MADE, offer_made, contact,
			      contact * 100 + queue_id, .queue = queue_id,
			      .agent = agent_id),
			 0);
}

static inline void missed(struct fixture *f, double at, uint64_t contact,
			  uint64_t queue_id, uint64_t agent_id)
{
	ck_assert_int_eq(FEED(f, at, OFFER_MISSED, offer_missed, contact,
			      contact * 100 + queue_id, .queue = queue_id,
			      .agent = agent_id),
			 0);
}

static inline void connected(struct fixture *f, double at, uint64_t contact,
			     uint64_t queue_id, uint64_t agent_id)
{
	ck_assert_int_eq(FEED(f, at, OFFER_CONNECTED, offer_connected, contact,
			      contact * 100 + queue_id, .queue = queue_id,
			      .agent = agent_id),
			 0);
	leave(f, at, contact, queue_id, USHER_LEAVE_ANSWERED);
	ck_assert_int_eq(FEED(f, at, AGENT_JOINED, agent_joined, contact,
			      contact * 100 + 50 + agent_id, .agent = agent_id,
			      .queue = queue_id),
			 0);
}

static inline void left(struct fixture *f, double at, uint64_t contact,
			uint64_t queue_id, uint64_t agent_id, double talk,
			double hold, double wrapup)
{
	ck_assert_int_eq(FEED(f, at, AGENT_LEFT, agent_left, contact,
			      contact * 100 + 50 + agent_id, .agent = agent_id,
			      .queue = queue_id, .talk = (int64_t)(talk * 1e6),
			      .hold = (int64_t)(hold * 1e6),
			      .wrapup = (int64_t)(wrapup * 1e6)),
			 0);
}

/* Answered by agent 1 and over at once: only the wait matters. */
static inline void answer(struct fixture *f, double at, uint64_t contact,
			  uint64_t queue_id)
{
	offered(f, at, contact, queue_id, 1);
	connected(f, at, contact, queue_id, 1);
	left(f, at, contact, queue_id, 1, 0, 0, 0);
	closed(f, at, contact);
}

static inline void abandon(struct fixture *f, double at, uint64_t contact,
			   uint64_t queue_id)
{
	leave(f, at, contact, queue_id, USHER_LEAVE_ABANDONED);
	closed(f, at, contact);
}

static inline struct usher_queue_figures of_queue(struct fixture *f, double at,
						  uint64_t id, int32_t span)
{
	struct usher_queue_figures figures = {.size = sizeof(figures)};

	ck_assert_int_eq(usher_metrics_queue(f->m, id, span,
					     EIGHT + (int64_t)(at * 1e6),
					     &figures),
			 0);
	return figures;
}

static inline struct usher_queue_figures of_all(struct fixture *f, double at,
						int32_t span)
{
	struct usher_queue_figures figures = {.size = sizeof(figures)};

	ck_assert_int_eq(usher_metrics_total(f->m, span,
					     EIGHT + (int64_t)(at * 1e6),
					     &figures),
			 0);
	return figures;
}

static inline struct usher_agent_figures of_agent(struct fixture *f, double at,
						  uint64_t id, int32_t span)
{
	struct usher_agent_figures figures = {.size = sizeof(figures)};

	ck_assert_int_eq(usher_metrics_agent(f->m, id, span,
					     EIGHT + (int64_t)(at * 1e6),
					     &figures),
			 0);
	return figures;
}

/* Two queues, 1 and 2, and two agents, 1 and 2, signed out; at eight. */
static inline struct fixture fixture(const struct usher_metrics_opts *opts)
{
	struct fixture f = {0};

	ck_assert_int_eq(usher_metrics_new(&f.m, opts, NULL), 0);
	queue(&f, 0, 1);
	queue(&f, 0, 2);
	agent(&f, 0, 1);
	agent(&f, 0, 2);
	return f;
}

#endif
