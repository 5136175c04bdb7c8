/* Opening hours of queues: kept in a configuration, followed by a center. */
#ifndef USHER_LIB_CENTER_HOURS_H
#define USHER_LIB_CENTER_HOURS_H

#include "center/calendar.h"
#include "center/zone.h"

/* In a turn: open and close what is due. */
void usher__hours_turn(struct usher_center *center);
/* A queue's hours; NULL: it has none. */
const struct usher__calendar *
usher__hours_calendar(const struct usher_config *config, const char *queue);
/* The zone of a queue's hours; NULL: it has none. */
const struct usher__zone *usher__hours_zone(const struct usher_config *config,
					    const char *queue);
/* Another configuration: look at all of them. */
void usher__hours_changed(struct usher_center *center);

#endif
