/* Whether a center lives on: everybody's turn comes, nothing turns for ever.
 * Each run says what is wrong, or nothing. */
#ifndef PROPERTY_LIVE_H
#define PROPERTY_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct live_rng {
	uint64_t state;
};

unsigned live_below(struct live_rng *r, unsigned n);

/* live.c: a center that has more to do than it can, under one policy and one
 * order, for calls and chats. */
extern const char *const live_policies[];
extern const size_t live_policy_count;
extern const char *const live_orders[];
extern const size_t live_order_count;
bool live_run(const char *policy, const char *order, uint64_t seed,
	      char *failure, size_t size);

/* circles.c: queues whose steps send contacts to each other. */
bool circles_run(uint64_t seed, char *failure, size_t size);

#endif
