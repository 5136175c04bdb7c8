/*
 * Time zones. libc knows one zone in a process, that of TZ, and changing TZ
 * races with every other thread that asks for the time; so the files behind it
 * are read here: transitions in 64 bits, and the rule behind them for the time
 * after the last (RFC 8536, sections 3 and 3.3; POSIX for the rule's text).
 */
#include "center/zone.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER     "/usr/share/zoneinfo/"
#define NAME_MAX_  64
#define FILE_MAX   ((size_t)1 << 20)
#define HEADER     44
#define TIMES_MAX  65536u
#define TYPES_MAX  256u
#define DAY        INT64_C(86400)
#define OFFSET_MAX (26 * 3600) /* RFC 8536 asks for less than 26 hours */
#define RULE_TIME  (167 * 3600)

enum rule_kind { RULE_MONTH, RULE_JULIAN, RULE_DAY };

/* When summer time begins or ends in a year. */
struct rule {
	enum rule_kind kind;
	unsigned month, week, weekday; /* RULE_MONTH; Sunday is 0 */
	unsigned day; /* RULE_JULIAN from 1, RULE_DAY from 0 */
	int32_t time; /* local seconds after midnight */
};

struct usher__zone {
	size_t count;
	int64_t *at;
	int32_t *offset; /* from at on */
	int32_t before;  /* before the first */
	bool has_rule, has_summer;
	int32_t standard, summer;
	struct rule begins, ends;
};

int64_t usher__days_from(int64_t year, unsigned month, unsigned day)
{
	/* years that begin with March: the leap day comes last */
	int64_t y = year - (month <= 2), era = (y >= 0 ? y : y - 399) / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 +
			  (int64_t)day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
	       of_year - 719468;
}

void usher__days_to(int64_t days, int64_t *year, unsigned *month,
		    unsigned *day)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t of_era = z - era * 146097;
	int64_t y =
		(of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) /
		365;
	int64_t of_year = of_era - (365 * y + y / 4 - y / 100);
	int64_t m = (5 * of_year + 2) / 153;

	*day = (unsigned)(of_year - (153 * m + 2) / 5 + 1);
	*month = (unsigned)(m < 10 ? m + 3 : m - 9);
	*year = y + era * 400 + (*month <= 2);
}

static bool is_leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

unsigned usher__month_days(int64_t year, unsigned month)
{
	static const unsigned days[] = {31, 28, 31, 30, 31, 30,
					31, 31, 30, 31, 30, 31};

	return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* ---- The rule behind the transitions: "CET-1CEST,M3.5.0,M10.5.0/3" ---- */

static bool skip_name(const char **at)
{
	const char *begin = *at;

	if (**at == '<') {
		while (**at && **at != '>')
			++*at;
		return *(*at)++ == '>';
	}
	while ((**at >= 'A' && **at <= 'Z') || (**at >= 'a' && **at <= 'z'))
		++*at;
	return *at - begin >= 3;
}

static bool read_number(const char **at, unsigned max, unsigned *ret)
{
	unsigned value = 0;
	int digits = 0;

	while (**at >= '0' && **at <= '9' && digits++ < 4)
		value = value * 10 + (unsigned)(*(*at)++ - '0');
	*ret = value;
	return digits && value <= max;
}

/* [+-]hh[:mm[:ss]] */
static bool read_time(const char **at, unsigned hours_max, int32_t *ret)
{
	int sign = **at == '-' ? -1 : 1;
	unsigned part[3] = {0, 0, 0};

	if (**at == '-' || **at == '+')
		++*at;
	if (!read_number(at, hours_max, &part[0]))
		return false;
	for (int i = 1; i < 3 && **at == ':'; i++) {
		++*at;
		if (!read_number(at, 59, &part[i]))
			return false;
	}
	*ret = sign * (int32_t)(part[0] * 3600 + part[1] * 60 + part[2]);
	return true;
}

static bool read_rule(const char **at, struct rule *rule)
{
	if (*(*at)++ != ',')
		return false;
	rule->time = 2 * 3600;
	if (**at == 'M') {
		rule->kind = RULE_MONTH;
		++*at;
		if (!read_number(at, 12, &rule->month) || !rule->month ||
		    *(*at)++ != '.' || !read_number(at, 5, &rule->week) ||
		    !rule->week || *(*at)++ != '.' ||
		    !read_number(at, 6, &rule->weekday))
			return false;
	} else {
		rule->kind = **at == 'J' ? RULE_JULIAN : RULE_DAY;
		*at += **at == 'J';
		if (!read_number(at, 365, &rule->day) ||
		    (rule->kind == RULE_JULIAN && !rule->day))
			return false;
	}
	if (**at != '/')
		return true;
	++*at;
	return read_time(at, RULE_TIME / 3600, &rule->time);
}

static bool rule_parse(struct usher__zone *zone, const char *at)
{
	if (!*at)
		return true;
	if (!skip_name(&at) || !read_time(&at, 24, &zone->standard))
		return false;
	zone->standard = -zone->standard;
	zone->has_rule = true;
	if (!*at)
		return true;
	zone->has_summer = true;
	zone->summer = zone->standard + 3600;
	if (!skip_name(&at))
		return false;
	if (*at && *at != ',') {
		if (!read_time(&at, 24, &zone->summer))
			return false;
		zone->summer = -zone->summer;
	}
	return read_rule(&at, &zone->begins) && read_rule(&at, &zone->ends) &&
	       !*at;
}

/* Local time of a rule in a year, by the clock that runs until then. */
static int64_t rule_local(const struct rule *rule, int64_t year)
{
	int64_t first = usher__days_from(year, 1, 1), day = first;
	unsigned weekday, month_days;

	switch (rule->kind) {
	case RULE_JULIAN: /* 29 February is never counted */
		day = first + rule->day - 1 +
		      (is_leap(year) && rule->day >= 60);
		break;
	case RULE_DAY:
		day = first + rule->day;
		break;
	case RULE_MONTH:
		day = usher__days_from(year, rule->month, 1);
		weekday = (unsigned)(((day + 4) % 7 + 7) % 7);
		month_days = usher__month_days(year, rule->month);
		month_days -= (rule->weekday + 7 - weekday) % 7;
		day += (rule->weekday + 7 - weekday) % 7;
		day += 7 * (rule->week - 1 < (month_days - 1) / 7
				    ? rule->week - 1
				    : (month_days - 1) / 7);
		break;
	}
	return day * DAY + rule->time;
}

static int32_t rule_offset(const struct usher__zone *zone, int64_t at)
{
	int64_t year, begins, ends;
	unsigned month, day;
	int64_t days = (at + zone->standard) / DAY;

	if (!zone->has_summer)
		return zone->standard;
	days -= (at + zone->standard) % DAY < 0;
	usher__days_to(days, &year, &month, &day);
	begins = rule_local(&zone->begins, year) - zone->standard;
	ends = rule_local(&zone->ends, year) - zone->summer;
	if (begins < ends)
		return at >= begins && at < ends ? zone->summer
						 : zone->standard;
	return at >= ends && at < begins ? zone->standard : zone->summer;
}

/* ---- Files ---- */

static uint32_t u32_at(const unsigned char *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
	       (uint32_t)at[2] << 8 | at[3];
}

static int64_t i64_at(const unsigned char *at)
{
	return (int64_t)((uint64_t)u32_at(at) << 32 | u32_at(at + 4));
}

struct header {
	uint32_t isut, isstd, leap, times, types, chars;
};

static bool header_read(const unsigned char *at, size_t len, struct header *h)
{
	if (len < HEADER || memcmp(at, "TZif", 4) != 0 || at[4] < '2')
		return false;
	h->isut = u32_at(at + 20);
	h->isstd = u32_at(at + 24);
	h->leap = u32_at(at + 28);
	h->times = u32_at(at + 32);
	h->types = u32_at(at + 36);
	h->chars = u32_at(at + 40);
	return h->times <= TIMES_MAX && h->types && h->types <= TYPES_MAX &&
	       h->isut <= TYPES_MAX && h->isstd <= TYPES_MAX &&
	       h->leap <= TIMES_MAX && h->chars <= TIMES_MAX;
}

static size_t body_size(const struct header *h, size_t time_size)
{
	return h->times * (time_size + 1) + (size_t)h->types * 6 + h->chars +
	       h->leap * (time_size + 4) + h->isstd + h->isut;
}

static bool times_read(struct usher__zone *zone, const unsigned char *at,
		       const struct header *h)
{
	const unsigned char *which = at + (size_t)h->times * 8;
	const unsigned char *types = which + h->times;

	for (uint32_t i = 0; i < h->types; i++) {
		int32_t offset = (int32_t)u32_at(types + (size_t)i * 6);

		if (offset < -OFFSET_MAX || offset > OFFSET_MAX)
			return false;
	}
	zone->before = (int32_t)u32_at(types);
	for (uint32_t i = 0; i < h->times; i++) {
		if (which[i] >= h->types)
			return false;
		zone->at[i] = i64_at(at + (size_t)i * 8);
		if (i && zone->at[i] <= zone->at[i - 1])
			return false;
		zone->offset[i] = (int32_t)u32_at(types + which[i] * 6u);
	}
	zone->count = h->times;
	return true;
}

/* The rule stands between two new lines at the end. */
static bool footer_read(struct usher__zone *zone, const unsigned char *at,
			size_t len)
{
	char text[128];
	const unsigned char *end;

	if (!len || *at != '\n')
		return false;
	end = memchr(at + 1, '\n', len - 1);
	if (!end || (size_t)(end - at - 1) >= sizeof(text))
		return false;
	memcpy(text, at + 1, (size_t)(end - at - 1));
	text[end - at - 1] = 0;
	return rule_parse(zone, text);
}

int usher__zone_parse(struct usher__zone **ret, const unsigned char *bytes,
		      size_t len)
{
	struct usher__zone *zone;
	struct header h;
	size_t skip;

	if (!header_read(bytes, len, &h))
		return USHER_ECORRUPT;
	skip = HEADER + body_size(&h, 4);
	if (skip > len || !header_read(bytes + skip, len - skip, &h))
		return USHER_ECORRUPT;
	skip += HEADER;
	if (body_size(&h, 8) > len - skip)
		return USHER_ECORRUPT;
	/* "right/…" counts leap seconds, which Unix time does not. */
	if (h.leap)
		return USHER_ENOTSUP;
	zone = calloc(1, sizeof(*zone));
	if (!zone)
		return USHER_ENOMEM;
	zone->at = calloc(h.times + 1, sizeof(*zone->at));
	zone->offset = calloc(h.times + 1, sizeof(*zone->offset));
	if (!zone->at || !zone->offset) {
		usher__zone_free(zone);
		return USHER_ENOMEM;
	}
	if (!times_read(zone, bytes + skip, &h) ||
	    !footer_read(zone, bytes + skip + body_size(&h, 8),
			 len - skip - body_size(&h, 8))) {
		usher__zone_free(zone);
		return USHER_ECORRUPT;
	}
	*ret = zone;
	return 0;
}

void usher__zone_free(struct usher__zone *zone)
{
	if (!zone)
		return;
	free(zone->at);
	free(zone->offset);
	free(zone);
}

/* Words of letters, digits and _ + -, with a slash between: no way out of the
 * folder. */
static bool good_name(const char *name)
{
	size_t len = strlen(name);

	if (!len || len > NAME_MAX_ || *name == '/' || name[len - 1] == '/' ||
	    strstr(name, "//"))
		return false;
	for (; *name; name++) {
		if (!((*name >= 'A' && *name <= 'Z') ||
		      (*name >= 'a' && *name <= 'z') ||
		      (*name >= '0' && *name <= '9') || strchr("_+-/", *name)))
			return false;
	}
	return true;
}

static int file_read(const char *path, unsigned char **ret, size_t *ret_len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	unsigned char *bytes = NULL;
	struct stat st;
	size_t len = 0;
	ssize_t n = 1;

	if (fd < 0)
		return USHER_ENOENT;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size < 0 ||
	    (size_t)st.st_size > FILE_MAX) {
		close(fd);
		return USHER_ENOENT;
	}
	bytes = malloc((size_t)st.st_size + 1);
	while (bytes && len < (size_t)st.st_size && n > 0) {
		n = read(fd, bytes + len, (size_t)st.st_size - len);
		len += n > 0 ? (size_t)n : 0;
	}
	close(fd);
	if (!bytes)
		return USHER_ENOMEM;
	*ret = bytes;
	*ret_len = len;
	return 0;
}

int usher__zone_new(struct usher__zone **ret, const char *name,
		    struct usher_error *err)
{
	char path[sizeof(FOLDER) + NAME_MAX_];
	unsigned char *bytes = NULL;
	size_t len = 0;
	int code;

	if (!name || !good_name(name))
		return usher_error_set(err, USHER_EINVAL,
				       "'%.60s' is not the name of a zone, "
				       "such as Europe/Budapest",
				       name ? name : "");
	snprintf(path, sizeof(path), FOLDER "%s", name);
	code = file_read(path, &bytes, &len);
	if (!code)
		code = usher__zone_parse(ret, bytes, len);
	free(bytes);
	if (code == USHER_ENOENT)
		return usher_error_set(err, code,
				       "there is no time zone '%s' in " FOLDER,
				       name);
	return code ? usher_error_set(err, code, "time zone '%s': %s", name,
				      code == USHER_ENOTSUP
					      ? "it counts leap seconds"
					      : usher_strerror(code))
		    : 0;
}

/* ---- Asking ---- */

int32_t usher__zone_offset(const struct usher__zone *zone, int64_t at)
{
	size_t low = 0, high = zone->count;

	if (!zone->count || at < zone->at[0])
		return zone->count || !zone->has_rule ? zone->before
						      : rule_offset(zone, at);
	if (at >= zone->at[zone->count - 1] && zone->has_rule)
		return rule_offset(zone, at);
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (zone->at[middle] <= at)
			low = middle;
		else
			high = middle;
	}
	return zone->offset[low];
}

int64_t usher__zone_moment(const struct usher__zone *zone, int64_t local,
			   bool last)
{
	int64_t early = local - OFFSET_MAX, late = local + OFFSET_MAX;
	int32_t before = usher__zone_offset(zone, early);
	int32_t after = usher__zone_offset(zone, late);
	int64_t one = local - before, two = local - after;
	bool fits_one = usher__zone_offset(zone, one) == before;
	bool fits_two = usher__zone_offset(zone, two) == after;

	if (fits_one && fits_two)
		return (one < two) == last ? two : one;
	if (fits_one || fits_two)
		return fits_one ? one : two;
	/* skipped: the change is where local time jumps past it */
	while (late - early > 1) {
		int64_t middle = early + (late - early) / 2;

		if (middle + usher__zone_offset(zone, middle) < local)
			early = middle;
		else
			late = middle;
	}
	return late;
}
