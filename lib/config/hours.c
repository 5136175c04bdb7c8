/* A queue's key "hours". The calendar checks days and times; here is known
 * where in the file they stand. */
#include <stdio.h>
#include <string.h>

#include "config/field.h"

#define DATES_MAX 1000u
#define TEXT      USHER__CONF_TEXT_MAX

struct hours {
	const struct usher__section *s; /* of the queue */
	yaml_node_t *map;
	const char *queue;
	struct usher_config *config;
};

static int told(const struct hours *h, const yaml_node_t *node, int e,
		const struct usher_error *inner)
{
	return e ? usher__yaml_fail(h->s->y, node, h->s->err, e, "%s",
				    inner->message)
		 : 0;
}

/* The times of a day: a text, or a list of spans. */
static int read_times(const struct hours *h, yaml_node_t *node, char *to,
		      size_t size)
{
	struct usher__yaml *y = h->s->y;
	bool list = usher__yaml_is_list(node);
	size_t n = list ? usher__yaml_len(node) : 1, len = 0;
	const char *text;
	int e = 0;

	to[0] = 0;
	for (size_t i = 0; i < n && !e; ++i) {
		yaml_node_t *item = list ? usher__yaml_item(y, node, i) : node;

		e = usher__yaml_text(y, item, "a time", TEXT, &text,
				     h->s->err);
		if (e)
			return e;
		if (len + strlen(text) + 2 > size)
			return usher__yaml_fail(y, node, h->s->err,
						USHER_EFULL, "too many times");
		len += (size_t)snprintf(to + len, size - len, "%s%s",
					i ? " " : "", text);
	}
	if (!n)
		snprintf(to, size, "closed");
	return e;
}

/* A mapping from days to times. */
static int read_days(const struct hours *h, const char *key, uint32_t kind)
{
	struct usher__yaml *y = h->s->y;
	yaml_node_t *map = usher__yaml_get(y, h->map, key), *node, *day;
	const char *name;
	char what[48], times[256];
	int e = 0;

	if (!map)
		return 0;
	snprintf(what, sizeof(what), "'%s'", key);
	e = usher__yaml_expect_map(y, map, what, NULL, h->s->err);
	for (size_t i = 0;
	     !e && usher__yaml_entry(y, map, i, &name, &day, &node); ++i) {
		struct usher_error inner = {0};

		e = read_times(h, node, times, sizeof(times));
		if (e)
			return e;
		/* is it the day, or the times? */
		e = usher_config_hours_add(h->config, h->queue, kind, name,
					   "closed", &inner);
		if (e)
			return told(h, day, e, &inner);
		e = usher_config_hours_add(h->config, h->queue, kind, name,
					   times, &inner);
		e = told(h, node, e, &inner);
	}
	return e;
}

static int read_holidays(const struct hours *h)
{
	struct usher__yaml *y = h->s->y;
	yaml_node_t *list = usher__yaml_get(y, h->map, "holidays");
	const char *text;
	int e;

	if (!list)
		return 0;
	e = usher__yaml_expect_list(y, list, "'holidays'", DATES_MAX,
				    h->s->err);
	for (size_t i = 0; !e && i < usher__yaml_len(list); ++i) {
		yaml_node_t *item = usher__yaml_item(y, list, i);
		struct usher_error inner = {0};

		e = usher__yaml_text(y, item, "a holiday", TEXT, &text,
				     h->s->err);
		if (e)
			return e;
		e = usher_config_hours_add(h->config, h->queue,
					   USHER_HOURS_HOLIDAY, text, NULL,
					   &inner);
		e = told(h, item, e, &inner);
	}
	return e;
}

int usher__conf_hours_read(const struct usher__section *s, const char *queue,
			   struct usher_config *config)
{
	static const char *const keys[] = {"zone", "days", "holidays",
					   "exceptions", NULL};
	struct hours h = {s, usher__yaml_get(s->y, s->map, "hours"), queue,
			  config};
	struct usher_error inner = {0};
	const char *zone = NULL;
	yaml_node_t *node;
	int e;

	if (!h.map)
		return 0;
	e = usher__yaml_expect_map(s->y, h.map, "'hours'", keys, s->err);
	node = usher__yaml_get(s->y, h.map, "zone");
	if (!e && node)
		e = usher__yaml_text(s->y, node, "'zone'", TEXT, &zone,
				     s->err);
	if (e)
		return e;
	e = usher_config_hours(config, queue, zone, &inner);
	e = told(&h, node ? node : h.map, e, &inner);
	if (!e)
		e = read_days(&h, "days", USHER_HOURS_WEEKDAYS);
	if (!e)
		e = read_holidays(&h);
	return e ? e : read_days(&h, "exceptions", USHER_HOURS_EXCEPTION);
}
