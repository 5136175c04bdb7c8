/* Names with a dot that flows read: caller.number, queue.sales.waiting, … */
#ifndef USHER_LIB_CENTER_NAMES_H
#define USHER_LIB_CENTER_NAMES_H

#include <usher/expr.h>

/* arg is a struct session; name an index of its flow set. */
void usher__name_lookup(void *arg, uint32_t name, struct usher_value *ret);

#endif
