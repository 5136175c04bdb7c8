/*
 * A day has spans of local time, from its midnight on; one that ends at or
 * before its beginning goes over midnight, and belongs to the day on which it
 * begins. Each becomes a span of moments: where clocks show its beginning
 * twice it begins the first time, and it ends the last time that they show its
 * end; so a change of clocks makes a night longer or shorter and opens and
 * closes nothing in between.
 */
#include "center/calendar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "center/zone.h"

#define DAY       INT64_C(86400)
#define SECOND    INT64_C(1000000)
#define SPANS_MAX 8u
#define DATES_MAX 1000u
#define HORIZON   400 /* days: a holiday of every year comes within them */
#define YEARLY    INT64_MIN

struct span {
	int32_t from, to; /* local seconds; to may be on the next day */
};

struct day {
	uint32_t count;
	struct span spans[SPANS_MAX];
};

/* A holiday or an exception. */
struct date {
	int64_t year; /* or YEARLY */
	unsigned month, day;
	bool exception; /* goes before holidays */
	struct day hours;
};

struct usher__calendar {
	struct usher__zone *zone;
	struct day week[7]; /* Monday first */
	struct date *dates;
	size_t date_count;
};

static const char *const day_names[] = {"mon", "tue", "wed", "thu",
					"fri", "sat", "sun"};

int usher__calendar_new(struct usher__calendar **ret, const char *zone,
			struct usher_error *err)
{
	struct usher__calendar *calendar = calloc(1, sizeof(*calendar));
	int code;

	if (!calendar)
		return usher_error_set(err, USHER_ENOMEM, "out of memory");
	code = usher__zone_new(&calendar->zone, zone ? zone : "UTC", err);
	if (code) {
		free(calendar);
		return code;
	}
	*ret = calendar;
	return 0;
}

const struct usher__zone *
usher__calendar_zone(const struct usher__calendar *calendar)
{
	return calendar->zone;
}

void usher__calendar_free(struct usher__calendar *calendar)
{
	if (!calendar)
		return;
	usher__zone_free(calendar->zone);
	free(calendar->dates);
	free(calendar);
}

/* ---- Reading ---- */

static bool two_digits(const char **at, unsigned *ret)
{
	if ((*at)[0] < '0' || (*at)[0] > '9' || (*at)[1] < '0' ||
	    (*at)[1] > '9')
		return false;
	*ret = (unsigned)((*at)[0] - '0') * 10 + (unsigned)((*at)[1] - '0');
	*at += 2;
	return true;
}

static bool clock_read(const char **at, int32_t *ret)
{
	unsigned hours, minutes;

	if (!two_digits(at, &hours) || *(*at)++ != ':' ||
	    !two_digits(at, &minutes) || minutes > 59 ||
	    hours * 60 + minutes > 24 * 60)
		return false;
	*ret = (int32_t)(hours * 3600 + minutes * 60);
	return true;
}

/* "08:00-12:00 13:00-17:30", or "closed". */
static bool times_read(const char *at, struct day *day)
{
	if (!strcmp(at, "closed"))
		return true;
	do {
		struct span *span = &day->spans[day->count++];

		if (!clock_read(&at, &span->from) || *at++ != '-' ||
		    !clock_read(&at, &span->to) || span->from == DAY)
			return false;
		if (span->to <= span->from)
			span->to += (int32_t)DAY;
		while (*at == ' ' || *at == ',')
			at++;
	} while (*at && day->count < SPANS_MAX);
	return !*at;
}

static int weekday(const char *name, size_t len)
{
	for (int i = 0; i < 7; i++) {
		if (len == 3 && !strncmp(name, day_names[i], 3))
			return i;
	}
	return -1;
}

/* "mon", "mon-fri", "sat-mon". */
static bool days_read(const char *text, int *first, int *last)
{
	const char *dash = strchr(text, '-');

	*first = weekday(text, dash ? (size_t)(dash - text) : strlen(text));
	*last = dash ? weekday(dash + 1, strlen(dash + 1)) : *first;
	return *first >= 0 && *last >= 0;
}

/* "2026-12-25", or "12-25" for every year. */
static bool date_read(const char *at, struct date *date)
{
	unsigned century, year;

	date->year = YEARLY;
	if (strlen(at) == 10) {
		if (!two_digits(&at, &century) || !two_digits(&at, &year) ||
		    *at++ != '-')
			return false;
		date->year = (int64_t)century * 100 + year;
	}
	if (!two_digits(&at, &date->month) || *at++ != '-' ||
	    !two_digits(&at, &date->day) || *at || !date->month ||
	    date->month > 12 || !date->day)
		return false;
	/* of every year: 29 February is one in leap years alone */
	return date->day <=
	       usher__month_days(date->year == YEARLY ? 2000 : date->year,
				 date->month);
}

/* What is said last of a date holds, as of a weekday. */
static int date_add(struct usher__calendar *calendar, const struct date *date)
{
	struct date *dates = calendar->dates;

	for (size_t i = 0; i < calendar->date_count; i++) {
		if (dates[i].year == date->year &&
		    dates[i].month == date->month &&
		    dates[i].day == date->day &&
		    dates[i].exception == date->exception) {
			dates[i] = *date;
			return 0;
		}
	}
	if (calendar->date_count == DATES_MAX)
		return USHER_EFULL;
	dates = realloc(calendar->dates,
			(calendar->date_count + 1) * sizeof(*dates));
	if (!dates)
		return USHER_ENOMEM;
	calendar->dates = dates;
	dates[calendar->date_count++] = *date;
	return 0;
}

int usher__calendar_add(struct usher__calendar *calendar, uint32_t kind,
			const char *day, const char *times,
			struct usher_error *err)
{
	struct date date = {0};
	int first, last, code;

	if (times && !times_read(times, &date.hours))
		return usher_error_set(err, USHER_EINVAL,
				       "'%.60s' is not a time such as "
				       "08:00-12:00, %u at most, or closed",
				       times, SPANS_MAX);
	if (kind == USHER_HOURS_WEEKDAYS) {
		if (!times || !days_read(day, &first, &last))
			return usher_error_set(err, USHER_EINVAL,
					       "'%.60s' is not a day such as "
					       "mon or mon-fri",
					       day);
		for (int i = first;; i = (i + 1) % 7) {
			calendar->week[i] = date.hours;
			if (i == last)
				return 0;
		}
	}
	if (!date_read(day, &date))
		return usher_error_set(err, USHER_EINVAL,
				       "'%.60s' is not a date such as "
				       "2026-12-24 or 12-24",
				       day);
	date.exception = kind == USHER_HOURS_EXCEPTION;
	code = date_add(calendar, &date);
	return code ? usher_error_set(err, code, "%s", usher_strerror(code))
		    : 0;
}

/* ---- Asking ---- */

/* Of a date exceptions go first, then holidays; a year of its own before one
 * of every year. */
static const struct day *hours_of(const struct usher__calendar *calendar,
				  int64_t days)
{
	const struct date *best = NULL;
	int best_rank = -1;
	int64_t year;
	unsigned month, day;

	usher__days_to(days, &year, &month, &day);
	for (size_t i = 0; i < calendar->date_count; i++) {
		const struct date *date = &calendar->dates[i];
		int rank = date->exception * 2 + (date->year != YEARLY);

		if ((date->year == YEARLY || date->year == year) &&
		    date->month == month && date->day == day &&
		    rank > best_rank) {
			best = date;
			best_rank = rank;
		}
	}
	/* 1970-01-01 was a Thursday */
	return best ? &best->hours : &calendar->week[((days + 3) % 7 + 7) % 7];
}

static int64_t day_of(const struct usher__calendar *calendar, int64_t at)
{
	int64_t local = at + usher__zone_offset(calendar->zone, at);

	return local / DAY - (local % DAY < 0);
}

/* The end of the latest span that is open at a moment; at: none is. */
static int64_t open_until(const struct usher__calendar *calendar, int64_t at)
{
	int64_t today = day_of(calendar, at), until = at;

	for (int64_t day = today - 2; day <= today + 1; day++) {
		const struct day *hours = hours_of(calendar, day);

		for (uint32_t i = 0; i < hours->count; i++) {
			const struct span *span = &hours->spans[i];
			int64_t from = usher__zone_moment(
				calendar->zone, day * DAY + span->from, false);
			int64_t to = usher__zone_moment(
				calendar->zone, day * DAY + span->to, true);

			if (from <= at && at < to && to > until)
				until = to;
		}
	}
	return until;
}

static int64_t opens_after(const struct usher__calendar *calendar, int64_t at)
{
	int64_t today = day_of(calendar, at), first = INT64_MAX;

	for (int64_t day = today - 1;
	     day <= today + HORIZON && first == INT64_MAX; day++) {
		const struct day *hours = hours_of(calendar, day);

		for (uint32_t i = 0; i < hours->count; i++) {
			int64_t local = day * DAY + hours->spans[i].from;
			int64_t from = usher__zone_moment(calendar->zone,
							  local, false);
			int64_t to = usher__zone_moment(
				calendar->zone, day * DAY + hours->spans[i].to,
				true);

			if (from > at && from < to && from < first)
				first = from;
		}
	}
	return first;
}

static int64_t seconds(int64_t us)
{
	return us / SECOND - (us % SECOND < 0);
}

bool usher__calendar_open(const struct usher__calendar *calendar,
			  int64_t now_us)
{
	int64_t at = seconds(now_us);

	return open_until(calendar, at) > at;
}

int64_t usher__calendar_next(const struct usher__calendar *calendar,
			     int64_t now_us)
{
	int64_t now = seconds(now_us), at = now, until;

	until = open_until(calendar, at);
	if (until == at) {
		at = opens_after(calendar, at);
		return at == INT64_MAX ? INT64_MAX : at * SECOND;
	}
	/* spans that follow each other at once are one */
	while (until > at) {
		if (until > now + HORIZON * DAY)
			return INT64_MAX;
		at = until;
		until = open_until(calendar, at);
	}
	return at * SECOND;
}
