/* Times as flows and people write them. */
#ifndef USHER_LIB_CENTER_MOMENT_H
#define USHER_LIB_CENTER_MOMENT_H

#include <stdint.h>

#include "center/zone.h"

/*
 * "90m" is that long after base_us, "14:30" or "1430" the next time that
 * clocks show it from base_us on, "2026-03-01 09:00" that moment.
 *
 * zone     Whose clocks; NULL: the machine's
 * base_us  Unix microseconds, as the result
 *
 * 0, or USHER_EINVAL.
 */
int usher__moment_read(const char *text, const struct usher__zone *zone,
		       int64_t base_us, int64_t *ret_us);

#endif
