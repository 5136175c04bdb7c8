/*
 * A small day for tests of the core: seeded random inputs, legal and not, and
 * what is needed to look at what came of them.
 */
#ifndef TESTS_ACD_DAY_H
#define TESTS_ACD_DAY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include <usher/acd.h>

#define DAY_START INT64_C(1700000000000000)
#define SECOND    INT64_C(1000000)

/* Fails at the nth call from now. */
struct heap {
	long left; /* negative: never fails */
	long calls;
	long alive;
};

void *heap_realloc(void *arg, void *ptr, size_t size);

struct day {
	uint64_t seed;
	uint64_t counter;
	int64_t now;
};

/* A core, of the defaults where opts is NULL. */
struct usher_acd *day_core(const struct usher_acd_opts *opts);
/* Three queues, five agents with attributes, some of two slots. */
void day_set_up(struct usher_acd *acd, struct day *day);
/* One input; what it returns. The same day gives the same inputs as long as
 * the core's state is the same. */
int day_step(struct usher_acd *acd, struct day *day);
uint64_t day_draw(struct day *day, uint64_t n);

/* All undrained events, encoded one after the other. Free it. */
struct bytes {
	unsigned char *at;
	size_t len;
};

void bytes_drain(struct bytes *bytes, struct usher_acd *acd);
void bytes_snapshot(struct bytes *bytes, const struct usher_acd *acd);
void bytes_free(struct bytes *bytes);
bool bytes_equal(const struct bytes *a, const struct bytes *b);

#endif
