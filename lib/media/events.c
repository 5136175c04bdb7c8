#include <stdlib.h>
#include "media/engine.h"

int usher__mevents_init(struct usher__mevents *q, uint32_t capacity,
			void (*notify)(void *arg), void *arg)
{
	*q = (struct usher__mevents){
		.capacity = capacity,
		.notify = notify,
		.notify_arg = arg,
	};
	q->ring = malloc(capacity * sizeof(*q->ring));
	if (!q->ring)
		return USHER_ENOMEM;
	pthread_mutex_init(&q->lock, NULL);
	return 0;
}

/* A recording's is in its table. */
char *usher__mevent_path(struct usher__mevent *ev)
{
	return ev->type == USHER__MEV_PLAY_DONE ? (char *)ev->path : NULL;
}

void usher__mevents_free(struct usher__mevents *q)
{
	struct usher__mevent ev;

	if (!q->ring)
		return;
	while (usher__mevents_pop(q, &ev))
		free(usher__mevent_path(&ev));
	pthread_mutex_destroy(&q->lock);
	free(q->ring);
	q->ring = NULL;
}

int usher__mevents_reserve(struct usher__mevents *q)
{
	int rc = USHER_EAGAIN;

	pthread_mutex_lock(&q->lock);
	if (q->used + q->reserved < q->capacity) {
		q->reserved++;
		rc = 0;
	}
	pthread_mutex_unlock(&q->lock);
	return rc;
}

void usher__mevents_unreserve(struct usher__mevents *q)
{
	pthread_mutex_lock(&q->lock);
	q->reserved--;
	pthread_mutex_unlock(&q->lock);
}

void usher__mevents_push(struct usher__mevents *q,
			 const struct usher__mevent *ev, bool reserved)
{
	bool ring_bell = false;

	pthread_mutex_lock(&q->lock);
	if (reserved)
		q->reserved--;
	if (reserved || q->used + q->reserved < q->capacity) {
		q->ring[(q->head + q->used) % q->capacity] = *ev;
		ring_bell = q->used++ == 0;
	} else {
		q->lost++;
	}
	pthread_mutex_unlock(&q->lock);

	if (ring_bell && q->notify)
		q->notify(q->notify_arg);
}

int usher__mevents_pop(struct usher__mevents *q, struct usher__mevent *ev)
{
	int got = 0;

	pthread_mutex_lock(&q->lock);
	if (q->used) {
		*ev = q->ring[q->head];
		q->head = (q->head + 1) % q->capacity;
		q->used--;
		got = 1;
	}
	pthread_mutex_unlock(&q->lock);
	return got;
}

uint64_t usher__mevents_lost(struct usher__mevents *q)
{
	uint64_t lost;

	pthread_mutex_lock(&q->lock);
	lost = q->lost;
	pthread_mutex_unlock(&q->lock);
	return lost;
}

void usher__mleg_event(struct usher__mworker *w, struct usher__mleg *leg,
		       struct usher__mevent *ev)
{
	ev->leg = leg->id;
	ev->at_us = w->now_us;
	usher__mevents_push(&w->m->events, ev, false);
}
