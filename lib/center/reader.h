/* The recent events of a center, encoded once, read by many. */
#ifndef USHER_LIB_CENTER_READER_H
#define USHER_LIB_CENTER_READER_H

#include <usher/center.h>

/* Events and bytes kept for readers that are behind. */
#define USHER__LOG_EVENTS_MAX (1u << 16)
#define USHER__LOG_BYTES_MAX  (32u << 20)

struct usher__evlog;

int usher__evlog_new(struct usher__evlog **ret);
/* Readers that are left see the end of the stream. */
void usher__evlog_unref(struct usher__evlog *log);

/* Loop thread: add an event; it shows at the next publish. */
int usher__evlog_add(struct usher__evlog *log, const struct usher_event *ev);
/* Loop thread: show what was added and wake the readers. */
void usher__evlog_publish(struct usher__evlog *log);

int usher__evlog_reader(struct usher_reader **ret, struct usher__evlog *log,
			const struct usher_reader_opts *opts,
			struct usher_error *err);

#endif
