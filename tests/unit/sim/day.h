/* A core that a test drives by hand, and the record of it. */
#ifndef UNIT_SIM_DAY_H
#define UNIT_SIM_DAY_H

#include <usher/replay.h>

#define DAY_SECOND INT64_C(1000000)

struct day {
	struct usher_acd *acd;
	struct usher_record *record;
	int64_t now_us;
	uint64_t offer; /* the last one */
};

void day_begin(struct day *d);
void day_end(struct day *d);
/* Feed the record what came out of the core. */
void day_feed(struct day *d);
void day_pass(struct day *d, int64_t us);
uint64_t day_queue(struct day *d, const char *name);
/* One who is ready. */
uint64_t day_agent(struct day *d, const char *name);
void day_wait(struct day *d, uint64_t contact, uint64_t queue);
/* Somebody comes and waits. */
uint64_t day_customer(struct day *d, uint64_t queue);
/* language: an attribute, or NULL. */
uint64_t day_customer_of(struct day *d, uint64_t queue, const char *language,
			 int64_t priority, int64_t max_wait_us);
void day_gone(struct day *d, uint64_t contact);
/* The record ends. */
void day_record(struct day *d);
struct usher_record_queue day_info(const struct day *d, uint32_t index);
/* Set a step of a queue. */
void day_step(struct day *d, uint64_t queue, uint32_t number,
	      const struct usher_queue_step_opts *opts);
/* One of an action after so many seconds. */
struct usher_queue_step_opts day_step_opts(uint32_t action, int after_s);
void day_open(struct day *d, uint64_t queue, int open);
/* The last offer is taken; gives the agent's segment. */
uint64_t day_take(struct day *d);
/* How much the record says that its model lacks. */
uint64_t day_lack(const struct day *d, uint32_t kind);

/* The model of the record, simulated once as long as the record is. Free
 * it. */
struct usher_record_model *day_model(const struct day *d);

#endif
