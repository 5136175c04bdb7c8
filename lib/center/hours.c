/*
 * A queue with hours is opened and closed at their changes, and set as they
 * say when a center begins or takes a configuration; in between whoever opens
 * or closes it by request has their way until the next change.
 */
#include "center/center.h"
#include "center/hours.h"

#include <stdlib.h>
#include <string.h>

#include "center/calendar.h"

/* So much that the clock is further ahead of the center's time than it was:
 * it has been set, or the machine was suspended. */
#define SET_US 1000000
/* How soon to try again what the core had no room or memory for. */
#define RETRY_US 100000

struct usher__config_hours {
	const char *queue;
	struct usher__calendar *calendar;
	int64_t last_us; /* when the queue was last as they say; 0: not yet */
};

static struct usher__config_hours *find(const struct usher_config *config,
					const char *queue)
{
	for (size_t i = 0; i < config->hours_count; i++) {
		if (!strcmp(config->hours[i].queue, queue))
			return &config->hours[i];
	}
	return NULL;
}

const struct usher__calendar *
usher__hours_calendar(const struct usher_config *config, const char *queue)
{
	const struct usher__config_hours *hours = find(config, queue);

	return hours ? hours->calendar : NULL;
}

const struct usher__zone *usher__hours_zone(const struct usher_config *config,
					    const char *queue)
{
	const struct usher__calendar *calendar =
		usher__hours_calendar(config, queue);

	return calendar ? usher__calendar_zone(calendar) : NULL;
}

int usher_config_hours(struct usher_config *config, const char *queue,
		       const char *zone, struct usher_error *err)
{
	const struct usher_queue_conf *conf =
		config && queue ? usher__config_find_queue(config, queue)
				: NULL;
	struct usher__config_hours hours = {0};
	int code;

	if (!conf)
		return usher_error_set(err, USHER_ENOENT,
				       "there is no queue \"%s\"",
				       queue ? queue : "");
	if (find(config, queue))
		return usher_error_set(err, USHER_EEXIST,
				       "queue \"%s\" has hours already",
				       queue);
	code = usher__config_grow(&config->hours, config->hours_count,
				  USHER__QUEUES_MAX, sizeof(hours));
	if (code)
		return usher_error_set(err, code, "%s", usher_strerror(code));
	hours.queue = conf->name;
	code = usher__calendar_new(&hours.calendar, zone, err);
	if (!code)
		config->hours[config->hours_count++] = hours;
	return code;
}

int usher_config_hours_add(struct usher_config *config, const char *queue,
			   uint32_t kind, const char *day, const char *times,
			   struct usher_error *err)
{
	struct usher__config_hours *hours =
		config && queue ? find(config, queue) : NULL;

	if (!hours || !day || kind > USHER_HOURS_EXCEPTION ||
	    (!times && kind != USHER_HOURS_HOLIDAY))
		return usher_error_set(err, USHER_EINVAL,
				       "no hours, day or times given");
	return usher__calendar_add(
		hours->calendar, kind, day,
		kind == USHER_HOURS_HOLIDAY ? "closed" : times, err);
}

bool usher__config_has_hours(const struct usher_config *config,
			     const char *queue)
{
	return find(config, queue) != NULL;
}

void usher__config_hours_free(struct usher_config *config)
{
	for (size_t i = 0; i < config->hours_count; i++)
		usher__calendar_free(config->hours[i].calendar);
	free(config->hours);
}

/* ---- Following them ---- */

void usher__hours_changed(struct usher_center *center)
{
	struct usher_config *config = center->config;

	center->hours_us = 0;
	for (size_t i = 0; i < config->hours_count; i++)
		config->hours[i].last_us = 0;
}

static void look_by(struct usher_center *center, int64_t at_us)
{
	if (at_us < center->hours_us)
		center->hours_us = at_us;
}

static void follow(struct usher_center *center,
		   struct usher__config_hours *hours, int64_t wall_us)
{
	const struct usher_by by = {.actor = USHER_BY_CONFIG};
	uint64_t queue = usher_acd_queue_find(center->acd, hours->queue);
	bool open = usher__calendar_open(hours->calendar, wall_us);
	int64_t next = usher__calendar_next(hours->calendar, wall_us);
	int err = 0;

	if (!hours->last_us ||
	    open != usher__calendar_open(hours->calendar, hours->last_us)) {
		usher_acd_by(center->acd, &by);
		err = usher_acd_queue_open(center->acd, center->now_us, queue,
					   open);
	}
	if (err == USHER_ENOMEM || err == USHER_EAGAIN) {
		/* It is still due; others are not looked at again for it. */
		look_by(center, center->now_us + RETRY_US);
		return;
	}
	hours->last_us = wall_us;
	if (next != INT64_MAX)
		look_by(center, center->now_us + (next - wall_us));
}

void usher__hours_turn(struct usher_center *center)
{
	struct usher_config *config = center->config;
	int64_t wall_us = usher__center_wall_us();
	int64_t ahead_us = wall_us - center->now_us;
	bool set = llabs(ahead_us - center->hours_ahead_us) > SET_US;

	if ((center->now_us < center->hours_us && !set) || center->stopping)
		return;
	center->hours_ahead_us = ahead_us;
	center->hours_us = INT64_MAX;
	for (size_t i = 0; i < config->hours_count; i++)
		follow(center, &config->hours[i], wall_us);
}
