/* The events on their way to the owner, in one bounded queue. */
#ifndef USHER_MEDIA_EVENTS_H
#define USHER_MEDIA_EVENTS_H

#include <pthread.h>
#include <media/media.h>

/* Invariant: used + reserved <= capacity, so a reserved event always fits. */
struct usher__mevents {
	pthread_mutex_t lock;
	struct usher__mevent *ring;
	uint32_t capacity;
	uint32_t head;
	uint32_t used;
	uint32_t reserved;
	uint64_t lost;
	void (*notify)(void *arg);
	void *notify_arg;
};

int usher__mevents_init(struct usher__mevents *q, uint32_t capacity,
			void (*notify)(void *arg), void *arg);
/* Those that wait, too. */
void usher__mevents_free(struct usher__mevents *q);

/* Keeps a place for an event to come. USHER_EAGAIN when none is left. */
int usher__mevents_reserve(struct usher__mevents *q);
void usher__mevents_unreserve(struct usher__mevents *q);

/* Thread: any. An event without a reserved place is dropped and counted when
 * the queue is full. */
void usher__mevents_push(struct usher__mevents *q,
			 const struct usher__mevent *ev, bool reserved);
int usher__mevents_pop(struct usher__mevents *q, struct usher__mevent *ev);
uint64_t usher__mevents_lost(struct usher__mevents *q);

/* Takes the path out of an event that was popped: the caller's to free. */
char *usher__mevent_path(struct usher__mevent *ev);

#endif
