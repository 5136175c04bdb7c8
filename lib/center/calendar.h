/* Opening hours: by weekday, with holidays and exceptions, in a zone. */
#ifndef USHER_LIB_CENTER_CALENDAR_H
#define USHER_LIB_CENTER_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

#include <usher/center.h>

struct usher__calendar;
struct usher__zone;

int usher__calendar_new(struct usher__calendar **ret, const char *zone,
			struct usher_error *err);
const struct usher__zone *
usher__calendar_zone(const struct usher__calendar *calendar);
void usher__calendar_free(struct usher__calendar *calendar);
/* See usher_config_hours_add(). */
int usher__calendar_add(struct usher__calendar *calendar, uint32_t kind,
			const char *day, const char *times,
			struct usher_error *err);

/* At a moment, in Unix microseconds. */
bool usher__calendar_open(const struct usher__calendar *calendar,
			  int64_t now_us);
/* The next moment when that changes; INT64_MAX: not within 400 days. */
int64_t usher__calendar_next(const struct usher__calendar *calendar,
			     int64_t now_us);

#endif
