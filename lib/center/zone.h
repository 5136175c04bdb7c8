/* Time zones, read from the system's files (RFC 8536). */
#ifndef USHER_LIB_CENTER_ZONE_H
#define USHER_LIB_CENTER_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <usher/error.h>

struct usher__zone;

/* By its name: "Europe/Budapest", "UTC". Reads a file.
 * 0, USHER_EINVAL (not a name), USHER_ENOENT (no such zone), USHER_ECORRUPT,
 * USHER_ENOTSUP (it counts leap seconds), USHER_ENOMEM. */
int usher__zone_new(struct usher__zone **ret, const char *name,
		    struct usher_error *err);
/* From the bytes of such a file. */
int usher__zone_parse(struct usher__zone **ret, const unsigned char *bytes,
		      size_t len);
void usher__zone_free(struct usher__zone *zone);

/* Seconds that local time is ahead of UTC at a moment (Unix seconds). */
int32_t usher__zone_offset(const struct usher__zone *zone, int64_t at);
/* When clocks show a local time (seconds as if it were UTC). Where they show
 * it twice: the first time, or the last one. Where they skip it: the moment of
 * the change. */
int64_t usher__zone_moment(const struct usher__zone *zone, int64_t local,
			   bool last);

/* Days from 1970-01-01 to a date of the Gregorian calendar, and back. */
int64_t usher__days_from(int64_t year, unsigned month, unsigned day);
void usher__days_to(int64_t days, int64_t *year, unsigned *month,
		    unsigned *day);
unsigned usher__month_days(int64_t year, unsigned month);

#endif
