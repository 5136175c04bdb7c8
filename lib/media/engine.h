/* The engine: its threads, and the tables of its owner. Which thread each
 * field of a leg belongs to says mleg.h. */
#ifndef USHER_MEDIA_ENGINE_H
#define USHER_MEDIA_ENGINE_H

#include <pthread.h>
#include <stdatomic.h>
#include "media/addr.h"
#include "media/events.h"
#include "media/mleg.h"
#include "media/tone.h"
#include "media/mworker.h"

struct usher__filer;
struct usher__mrecs;
struct usher__sounds;

struct usher__mslot {
	struct usher__mleg *leg; /* NULL: free */
	uint32_t generation;
	uint32_t next_free;
};

struct usher__media {
	union usher__maddr bind;
	uint16_t port_min;
	uint32_t pairs;
	uint32_t thread_count;
	uint64_t random; /* state for SSRCs and the like; the owner's */
	uint64_t next_play;
	uint64_t next_bridge;
	struct usher__sine sine;
	char cname[24];
	void (*to_wake)(void *arg);
	void *to_wake_arg;

	/* The owner's tables. */
	struct usher__mslot *slots;
	uint32_t slot_count;
	uint32_t slot_free; /* index + 1; 0: none */
	uint32_t leg_count;
	struct usher__mtotals {
		uint64_t rx_packets, tx_packets, rx_dropped;
	} past, told; /* of legs that are gone; what was said last */
	uint8_t *pair_used;
	uint32_t pair_next;
	struct usher__mrecs *recs;
	struct usher__mroom *rooms; /* by key */

	pthread_mutex_t lock; /* guards dead */
	struct usher__mdead dead;

	struct usher__mevents events;
	char *told_path; /* of the event that was told last */
	struct usher__sounds *sounds;
	struct usher__filer *filer;
	_Atomic uint64_t ticks_missed;
	struct usher__mworker *workers;
};

/* rec.c */
int usher__mrecs_new(struct usher__mrecs **ret);
void usher__mrecs_free(struct usher__mrecs *recs);
uint32_t usher__mrecs_count(const struct usher__mrecs *recs);
/* A DONE is handed to the owner: gives it its path. */
void usher__mrecs_done(struct usher__mrecs *recs, struct usher__mevent *ev);
void usher__mrecs_reap(struct usher__mrecs *recs);

/* legs.c */
/* Also for what else of an engine has to differ from others'. */
uint64_t usher__media_random(struct usher__media *m);
/* Takes back the legs that their threads have closed. */
void usher__media_reap(struct usher__media *m);
/* What a leg has counted, added to totals. */
void usher__mtotals_add(struct usher__mtotals *totals,
			const struct usher__mleg *leg);

#endif
