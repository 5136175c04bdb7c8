/* A few minutes of a small center, written by hand as events: what a store
 * is filled with where the core's decisions do not matter. */
#ifndef TEST_STORE_DAY_H
#define TEST_STORE_DAY_H

#include <stdbool.h>
#include <usher/event.h>
#include <usher/store.h>

/* 2026-03-02 08:00 UTC, the beginning of an interval. */
#define EIGHT INT64_C(1772438400000000)

struct day {
	struct usher_store *store;
	uint64_t seq;
	int64_t now_us;
	uint64_t next; /* ids of contacts and segments */
	int rc;        /* the first error */
};

/* Continue in a store that was recovered. */
void day_init(struct day *day, struct usher_store *store, int64_t now_us);
void day_pass(struct day *day, double seconds);
/* Queues 1 "support" and 2 "sales", agents 11 "alice" and 12 "bob", who sign
 * in. */
void day_open(struct day *day);
/* Waits wait_s in a queue, talks, wraps up; the contact's id. */
uint64_t day_answered(struct day *day, uint64_t queue, uint64_t agent,
		      const char *customer, uint64_t person, double wait_s,
		      double talk_s);
uint64_t day_abandoned(struct day *day, uint64_t queue, double wait_s);
void day_presence(struct day *day, uint64_t agent, uint32_t presence,
		  const char *reason);
/* Signs agents out, removes queue 2. */
void day_close(struct day *day);

/* The tables of history.db as text; with or without the events. 0, or -1
 * when it cannot be read or does not fit. */
int history_dump(const char *dir, bool events, char *ret, size_t cap);

#endif
