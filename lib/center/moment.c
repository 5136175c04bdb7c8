/* Times as flows and people write them. */
#include "center/moment.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include <usher/config.h>

#define SECOND  INT64_C(1000000)
#define DAY     INT64_C(86400)
#define DAYS    366 /* of a duration, at most */
#define DIGITS  7   /* of it */
#define NOT_YET 2   /* days: a time that clocks skip comes on the next one */

static int64_t made(int64_t local, int isdst)
{
	struct tm tm = {.tm_isdst = isdst};
	unsigned month, day;
	int64_t year;

	usher__days_to(local / DAY, &year, &month, &day);
	tm.tm_year = (int)(year - 1900);
	tm.tm_mon = (int)month - 1;
	tm.tm_mday = (int)day;
	tm.tm_hour = (int)(local % DAY / 3600);
	tm.tm_min = (int)(local % 3600 / 60);
	return (int64_t)mktime(&tm);
}

static int64_t local_of(const struct usher__zone *zone, int64_t at)
{
	time_t now = (time_t)at;
	struct tm tm;

	if (zone)
		return at + usher__zone_offset(zone, at);
	return localtime_r(&now, &tm) ? at + tm.tm_gmtoff : at;
}

/* When clocks show the local time (seconds as if it were UTC): first, or of
 * the two times of a night that clocks are set back in, last. Which of the two
 * the C library calls daylight saving differs: in Ireland the winter is. */
static int64_t moment(const struct usher__zone *zone, int64_t local, bool last)
{
	int64_t at, other;

	if (zone)
		return usher__zone_moment(zone, local, last);
	at = made(local, -1);
	for (int isdst = 0; isdst <= 1; isdst++) {
		other = made(local, isdst);
		if (local_of(NULL, other) == local &&
		    (last ? other > at : other < at))
			at = other;
	}
	return at;
}

/* When clocks show it on a day, from a moment on if they still do. */
static int64_t shown(const struct usher__zone *zone, int64_t local,
		     int64_t base)
{
	int64_t first = moment(zone, local, false), last;

	if (first >= base)
		return first;
	last = moment(zone, local, true);
	return local_of(zone, last) == local ? last : first;
}

static int duration(const char *text, int64_t *ret_s)
{
	static const char units[] = "smhd";
	static const int64_t lengths[] = {1, 60, 3600, DAY};
	size_t digits = strspn(text, "0123456789");
	const char *unit;
	long long count;

	if (!digits || digits > DIGITS || !text[digits] || text[digits + 1])
		return USHER_EINVAL;
	unit = strchr(units, text[digits]);
	if (!unit || sscanf(text, "%lld", &count) != 1)
		return USHER_EINVAL;
	*ret_s = count * lengths[unit - units];
	return *ret_s <= DAYS * DAY ? 0 : USHER_EINVAL;
}

static bool number(const char **at, unsigned digits, unsigned *ret)
{
	*ret = 0;
	for (unsigned i = 0; i < digits; i++, (*at)++) {
		if (**at < '0' || **at > '9')
			return false;
		*ret = *ret * 10 + (unsigned)(**at - '0');
	}
	return true;
}

static int time_of_day(const char *at, int64_t *ret_s)
{
	unsigned hour, minute;

	if (!number(&at, 2, &hour))
		return USHER_EINVAL;
	at += *at == ':';
	if (!number(&at, 2, &minute) || *at || hour > 23 || minute > 59)
		return USHER_EINVAL;
	*ret_s = hour * 3600 + minute * 60;
	return 0;
}

/* "2026-03-01" and a blank or T. */
static int date(const char **at, int64_t *ret_days)
{
	unsigned year, month, day;

	if (!number(at, 4, &year) || *(*at)++ != '-' ||
	    !number(at, 2, &month) || *(*at)++ != '-' ||
	    !number(at, 2, &day) || (**at != ' ' && **at != 'T') ||
	    year < 1970 || !month || month > 12 || !day ||
	    day > usher__month_days(year, month))
		return USHER_EINVAL;
	++*at;
	*ret_days = usher__days_from(year, month, day);
	return 0;
}

int usher__moment_read(const char *text, const struct usher__zone *zone,
		       int64_t base_us, int64_t *ret_us)
{
	int64_t base = base_us / SECOND, seconds, day, at = 0;

	if (!duration(text, &seconds)) {
		*ret_us = base_us + seconds * SECOND;
		return 0;
	}
	if (!time_of_day(text, &seconds)) {
		day = local_of(zone, base) / DAY;
		for (int i = 0; i <= NOT_YET && (!i || at < base); i++)
			at = shown(zone, (day + i) * DAY + seconds, base);
		*ret_us = at * SECOND > base_us ? at * SECOND : base_us;
		return 0;
	}
	if (strlen(text) < 11 || date(&text, &day) ||
	    time_of_day(text, &seconds))
		return USHER_EINVAL;
	*ret_us = moment(zone, day * DAY + seconds, false) * SECOND;
	return 0;
}

int usher_config_moment_check(const char *text, struct usher_error *err)
{
	int64_t us;

	return text && !usher__moment_read(text, NULL, 0, &us)
		       ? 0
		       : usher_error_set(err, USHER_EINVAL,
					 "not a time such as 2h, 14:30 or "
					 "2026-03-01 09:00");
}
