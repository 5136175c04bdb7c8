#include <core/schema.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "day.h"

#define SECOND INT64_C(1000000)

static void feed(struct day *day, uint32_t type, uint64_t contact,
		 uint64_t segment, const void *payload, size_t size)
{
	struct {
		struct usher_event ev;
		union usher__payload fields;
	} entry;
	int rc;

	memset(&entry, 0, sizeof(entry));
	entry.ev.seq = day->seq + 1;
	entry.ev.time_us = day->now_us;
	entry.ev.type = type;
	entry.ev.kind = USHER_KIND_EVENT;
	entry.ev.contact = contact;
	entry.ev.segment = segment;
	memcpy(&entry.fields, payload, size);
	rc = usher_store_append(day->store, &entry.ev);
	if (!rc)
		day->seq++;
	else if (!day->rc)
		day->rc = rc;
}

#define FEED(TYPE, type, contact, segment, ...)                               \
	feed(day, USHER_EV_##TYPE, contact, segment,                          \
	     &(struct usher__ev_##type){__VA_ARGS__},                         \
	     sizeof(struct usher__ev_##type))

static void turn_end(struct day *day)
{
	int rc = usher_store_commit_turn(day->store);

	if (!day->rc)
		day->rc = rc;
}

void day_init(struct day *day, struct usher_store *store, int64_t now_us)
{
	memset(day, 0, sizeof(*day));
	day->store = store;
	day->seq = usher_store_appended(store);
	day->now_us = now_us;
	day->next = 100 + day->seq;
}

void day_pass(struct day *day, double seconds)
{
	day->now_us += (int64_t)(seconds * 1e6);
}

void day_presence(struct day *day, uint64_t agent, uint32_t presence,
		  const char *reason)
{
	FEED(AGENT_PRESENCE, agent_presence, 0, 0, .agent = agent,
	     .presence = presence, .reason = usher__text(reason));
	turn_end(day);
}

void day_open(struct day *day)
{
	static const char *const queues[] = {"support", "sales"};
	static const char *const agents[] = {"alice", "bob"};

	for (uint64_t i = 0; i < 2; i++)
		FEED(QUEUE_SET, queue_set, 0, 0, .queue = 1 + i,
		     .name = usher__text(queues[i]), .target = 20 * SECOND,
		     .short_wait = 5 * SECOND);
	for (uint64_t i = 0; i < 2; i++)
		FEED(AGENT_SET, agent_set, 0, 0, .agent = 11 + i,
		     .name = usher__text(agents[i]), .max_total = 1);
	turn_end(day);
	day_presence(day, 11, USHER_READY, "");
	day_presence(day, 12, USHER_READY, "");
}

static uint64_t arrive(struct day *day, uint64_t queue, const char *customer,
		       uint64_t person, uint64_t *ret_segment)
{
	uint64_t contact = ++day->next, segment = ++day->next;
	char origin[32] = "";

	if (person)
		snprintf(origin, sizeof(origin), "p:%llu",
			 (unsigned long long)person);
	FEED(CONTACT_STARTED, contact_started, contact, 0,
	     .channel = usher__text("voice"), .direction = USHER_IN,
	     .origin = usher__text(origin), .entry = usher__text("1000"),
	     .customer = usher__text(customer), .since = day->now_us);
	FEED(QUEUE_ENTERED, queue_entered, contact, segment, .queue = queue,
	     .since = day->now_us, .waiting = 1);
	turn_end(day);
	*ret_segment = segment;
	return contact;
}

uint64_t day_answered(struct day *day, uint64_t queue, uint64_t agent,
		      const char *customer, uint64_t person, double wait_s,
		      double talk_s)
{
	int64_t wait_us = (int64_t)(wait_s * 1e6);
	int64_t talk_us = (int64_t)(talk_s * 1e6);
	uint64_t segment, with, offer, contact;

	contact = arrive(day, queue, customer, person, &segment);
	with = ++day->next;
	offer = ++day->next;
	day->now_us += wait_us;
	FEED(OFFER_MADE, offer_made, contact, segment, .offer = offer,
	     .group = offer, .queue = queue, .agent = agent, .wait = wait_us,
	     .deadline = day->now_us + 20 * SECOND, .candidates = 1);
	turn_end(day);
	day->now_us += 2 * SECOND;
	FEED(OFFER_ACCEPTED, offer_accepted, contact, segment, .offer = offer,
	     .queue = queue, .agent = agent, .ring = 2 * SECOND);
	FEED(QUEUE_LEFT, queue_left, contact, segment, .queue = queue,
	     .leave = USHER_LEAVE_ANSWERED, .wait = wait_us + 2 * SECOND,
	     .agent = agent);
	FEED(AGENT_JOINED, agent_joined, contact, with, .agent = agent,
	     .queue = queue, .offer = offer);
	FEED(OFFER_CONNECTED, offer_connected, contact, segment,
	     .offer = offer, .queue = queue, .agent = agent);
	turn_end(day);
	day->now_us += talk_us;
	FEED(CONTACT_ENDED, contact_ended, contact, 0,
	     .reason = usher__text("hung_up"));
	FEED(WRAPUP_STARTED, wrapup_started, contact, with, .agent = agent,
	     .queue = queue, .talk = talk_us);
	FEED(DISPOSITION_SET, disposition_set, contact, with, .agent = agent,
	     .queue = queue, .disposition = usher__text("solved"));
	turn_end(day);
	day->now_us += 5 * SECOND;
	FEED(AGENT_LEFT, agent_left, contact, with, .agent = agent,
	     .queue = queue, .talk = talk_us, .wrapup = 5 * SECOND,
	     .disposition = usher__text("solved"));
	FEED(CONTACT_CLOSED, contact_closed, contact, 0, .end = 0);
	turn_end(day);
	return contact;
}

uint64_t day_abandoned(struct day *day, uint64_t queue, double wait_s)
{
	uint64_t segment, contact;

	contact = arrive(day, queue, "", 0, &segment);
	day_pass(day, wait_s);
	FEED(QUEUE_LEFT, queue_left, contact, segment, .queue = queue,
	     .leave = USHER_LEAVE_ABANDONED, .wait = (int64_t)(wait_s * 1e6));
	FEED(CONTACT_ENDED, contact_ended, contact, 0,
	     .reason = usher__text("hung_up"));
	FEED(CONTACT_CLOSED, contact_closed, contact, 0, .end = 0);
	turn_end(day);
	return contact;
}

void day_close(struct day *day)
{
	day_presence(day, 11, USHER_SIGNED_OUT, "");
	day_presence(day, 12, USHER_SIGNED_OUT, "");
	FEED(QUEUE_REMOVED, queue_removed, 0, 0, .queue = 2);
	turn_end(day);
}

static int table_dump(sqlite3 *db, const char *table, char *ret, size_t cap,
		      size_t *len)
{
	sqlite3_stmt *s;
	char sql[64];

	snprintf(sql, sizeof(sql), "SELECT * FROM \"%s\" ORDER BY 1,2,3",
		 table);
	if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK)
		return -1;
	*len += (size_t)snprintf(ret + *len, cap - *len, "%s\n", table);
	while (sqlite3_step(s) == SQLITE_ROW) {
		for (int i = 0; i < sqlite3_column_count(s) && *len < cap; i++)
			*len += (size_t)snprintf(
				ret + *len, cap - *len, "%s%s", i ? "|" : "",
				(const char *)sqlite3_column_text(s, i));
		if (*len < cap)
			*len += (size_t)snprintf(ret + *len, cap - *len, "\n");
		if (*len >= cap)
			break;
	}
	sqlite3_finalize(s);
	return *len < cap ? 0 : -1;
}

int history_dump(const char *dir, bool events, char *ret, size_t cap)
{
	static const char *const tables[] = {
		"queue",         "agent",    "contact", "segment",
		"agent_session", "interval", "event",
	};
	size_t len = 0;
	char path[256];
	sqlite3 *db;
	int rc = 0;

	snprintf(path, sizeof(path), "%s/history.db", dir);
	if (sqlite3_open(path, &db) != SQLITE_OK)
		return -1;
	for (size_t t = 0; t < 6 + (events ? 1u : 0u) && !rc; t++)
		rc = table_dump(db, tables[t], ret, cap, &len);
	sqlite3_close(db);
	return rc;
}
