/* A small center, to see whom its policies choose: two queues, three agents,
 * and who waits. */
#ifndef UNIT_POLICY_HOUSE_H
#define UNIT_POLICY_HOUSE_H

#include <check.h>

#include <usher/acd.h>

#define HOUSE_SECOND INT64_C(1000000)
#define HOUSE_START  (INT64_C(1767340800) * HOUSE_SECOND)
#define HOUSE_MAX    3

struct option {
	const char *name;
	const char *text;
	double number;
};

struct house {
	struct usher_acd *acd;
	int64_t now;
	uint64_t queues[2];
	uint64_t agents[HOUSE_MAX];
};

struct offer {
	uint64_t offer, contact, agent;
};

void house_init(struct house *h, const char *order);
void queue_set(struct house *h, int i, const char *policy,
	       const struct option options[HOUSE_MAX],
	       const struct option order[HOUSE_MAX], int64_t target_s);
/* Ready, with room for so many. */
void agent_ready(struct house *h, int i, uint32_t max,
		 const struct option own[HOUSE_MAX]);
/* Waits in a queue, as old as that. */
uint64_t comes(struct house *h, int queue, int64_t age_s, int64_t priority,
	       const struct option own[HOUSE_MAX]);
struct offer offered(struct house *h);
uint64_t talks(struct house *h, uint64_t offer);

/* orders.c */
TCase *orders_case(void);

#endif
