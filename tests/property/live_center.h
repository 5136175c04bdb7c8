/* The center that has more to do than it can: its queues, who works there, and
 * what is known of those who come. */
#ifndef PROPERTY_LIVE_CENTER_H
#define PROPERTY_LIVE_CENTER_H

#include <usher/acd.h>

#include "live.h"

#define SECOND INT64_C(1000000)
#define AGENTS 7
#define QUEUES 2
#define GUESTS 1200
#define DOING  64

enum { VOICE, CHAT, KINDS };

enum doing { ACCEPT, CONNECT, REJECT, LEAVE, END };

struct deed {
	int64_t at;
	enum doing what;
	uint64_t id;
};

struct guest {
	uint64_t contact;
	int kind;
	int queue;
	bool picky; /* wants billing >= 1 */
	bool waits;
	unsigned passed;
};

struct person {
	uint64_t id;
	const char *name;
	const char *team;
	double billing;
	bool answers;
	uint32_t presence;
	uint32_t total, voice, chat;
	bool interrupts;
	bool one_queue;
};

struct live {
	struct live_rng rng;
	const char *policy, *order;
	struct usher_acd *acd;
	int64_t now;
	int flood;   /* most are of this kind */
	bool smooth; /* nobody refuses or misses anything: no gap anywhere */
	uint64_t queues[QUEUES];
	struct person people[AGENTS];
	struct guest guests[GUESTS];
	unsigned guest_count, waiting, served;
	struct deed deeds[DOING];
	unsigned deed_count;
	bool closed;
	char *failure;
	size_t size;
};

void live_set_queues(struct live *l);
/* Their attributes, room and queues, as they are now. */
void live_set_person(struct live *l, struct person *p, uint32_t order);
/* At the beginning, in the middle and at the end somebody is no help. */
void live_set_people(struct live *l);

#endif
