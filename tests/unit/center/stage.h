/* A center with drivers that only remember, and somebody who watches it. */
#ifndef STAGE_H
#define STAGE_H

#include <stdbool.h>
#include <usher/usher.h>

#include "fake.h"

struct stage {
	struct usher_host *host;
	struct usher_center *center;
	struct usher_reader *reader;
	struct fake phone, chat, mail;
	uint64_t ann, bob, carl, dora;
	char dir[64];
	/* What the next opening takes. */
	size_t reaction_cap;  /* 0: the center's */
	uint32_t max_wait_ms; /* in sales; 0: for ever */
	/* What is in its configuration from the start, beside ours. */
	void (*more)(struct usher_config *config);
	bool records;         /* sales is recorded, into dir */
	const char *language; /* of the entries; NULL: none is said */
	bool numbered;        /* numbers are written as in Hungary */
	int crowd;            /* more agents, "a0" and so on, without phones */
	const struct usher_agent_policy *policy; /* of sales; NULL: its own */
};

/* What the tests agree on: queues "sales" (number 300), of ann, carl and
 * dora, and "help", of everybody; ann, bob and carl by "phone" and "app", dora
 * by "phone" alone, extensions 201 to 204, PIN 1234; entry 1001 is sales,
 * "words" too, 1002 help; 1000 is a menu where 1 is sales and 2 leaves a
 * message, as who is turned away from sales does. */
struct usher_config *stage_config(const struct stage *stage);

/* A folder of its own; unchecked fixtures call it once a test. */
void stage_setup(struct stage *stage);
void stage_teardown(struct stage *stage);
/* state: keep a journal in the stage's folder. */
void stage_open(struct stage *stage, bool state);
void stage_close(struct stage *stage);

/* The next event of a type, of a contact or 0; fails after some seconds. */
const struct usher_event *stage_event(struct stage *stage, uint32_t type,
				      uint64_t contact);
uint64_t stage_u64(const struct usher_event *ev, uint32_t field);
uint64_t stage_post(struct stage *stage, uint32_t type, uint64_t agent,
		    uint64_t contact, uint64_t offer, const char *text);
/* The event that says how a request went. */
const struct usher_event *stage_done(struct stage *stage, uint64_t request);
int64_t stage_outcome(struct stage *stage, uint64_t request);
/* It takes the configuration, and says that all is well. */
void stage_configure(struct stage *stage, struct usher_config *config);
int64_t stage_ask(struct stage *stage, uint32_t type, uint64_t agent,
		  uint64_t contact, const char *text);
uint64_t stage_arrive(struct fake *fake, const char *entry, const char *from);
/* The same by an agent's phone. */
uint64_t stage_dial(struct stage *stage, const char *agent,
		    const char *number);

/* ann signed in, her phone ringing for a caller at 1001: its leg. */
uint64_t stage_ring(struct stage *stage, uint64_t *customer,
		    uint64_t *contact);
/* The same, answered. */
uint64_t stage_talk(struct stage *stage, uint64_t *customer,
		    uint64_t *contact);
/* ann signed in and talking by words; the customer's leg. */
uint64_t stage_chat(struct stage *stage, uint64_t *contact);

/* Run fn on the center's thread, between two turns. */
void stage_inside(struct stage *stage,
		  void (*fn)(struct usher_center *center, void *arg),
		  void *arg);

#endif
