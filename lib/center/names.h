/* Names with a dot that flows read: caller.number, queue.sales.waiting, … */
#ifndef USHER_LIB_CENTER_NAMES_H
#define USHER_LIB_CENTER_NAMES_H

#include <usher/expr.h>

/* How long a contact was told that it will wait, and of what that came. */
struct wait_told {
	uint64_t segment;
	int64_t wait_us;
	uint32_t position;
	uint32_t staffed;
};

/* Who waits is not told of a longer time than before, unless others came in
 * front or agents left: an estimate trembles, a promise does not. Returns what
 * to say, and keeps it. */
int64_t usher__wait_told(struct wait_told *told, uint64_t segment,
			 uint32_t position, uint32_t staffed, int64_t wait_us);

/* arg is a struct session; name an index of its flow set. */
void usher__name_lookup(void *arg, uint32_t name, struct usher_value *ret);

#endif
