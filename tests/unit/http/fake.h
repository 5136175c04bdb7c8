/*
 * A center that does what a test says: the public functions of usher/center.h
 * that HTTP uses, over plain data. Linked instead of the real one, so that a
 * test of HTTP needs no phones and decides itself when something happens.
 */
#ifndef TESTS_UNIT_HTTP_FAKE_H
#define TESTS_UNIT_HTTP_FAKE_H

#include <stdbool.h>

#include <usher/center.h>

#define FAKE_QUEUES   16
#define FAKE_AGENTS   64
#define FAKE_CONTACTS 64
#define FAKE_EVENTS   4096
#define FAKE_REASON   1000

enum fake_answer {
	FAKE_DONE,   /* outcome: result, at once */
	FAKE_SILENT, /* taken, no outcome ever */
	FAKE_REFUSE  /* not even taken: result */
};

/* Make a center. Events before `oldest` are forgotten. */
/* 192.0.2.7 is banned until this is true; then nothing runs. */
extern bool fake_unbanned;

struct usher_center *fake_new(const char *name);
void fake_free(struct usher_center *center);

struct usher_snapshot_queue *fake_queue(struct usher_center *c,
					const char *name);
struct usher_snapshot_agent *fake_agent(struct usher_center *c,
					const char *name);
struct usher_snapshot_contact *fake_contact(struct usher_center *c,
					    const char *origin);
void fake_agents_gone(struct usher_center *c);
void fake_contact_gone(struct usher_center *c, uint64_t id);

/* How the next requests are answered. */
void fake_answer(struct usher_center *c, enum fake_answer how, int result,
		 const char *reason);
/* The newest request; its text is a copy. */
const struct usher_request *fake_request(struct usher_center *c);
unsigned fake_request_count(struct usher_center *c);

/* Say that an agent's presence changed: an event for every reader. */
void fake_event(struct usher_center *c, uint64_t agent, const char *reason);
/* Forget events below seq, as a center does with old ones. */
void fake_forget(struct usher_center *c, uint64_t seq);
/* Refuse snapshots with this code; 0: give them again. */
void fake_snapshots_fail(struct usher_center *c, int code);
uint64_t fake_seq(struct usher_center *c);

#endif
