/* A media thread: the legs and rooms on it, and its ticks. */
#ifndef USHER_MEDIA_MWORKER_H
#define USHER_MEDIA_MWORKER_H

#include <pthread.h>
#include <stdatomic.h>
#include "media/mleg.h"
#include "media/order.h"
#include "media/post.h"
#include "media/room.h"
#include "media/rtp.h"
#include "media/mtext.h"

#define USHER__MTICK_MS    20
#define USHER__MPART_MS    (USHER__MTICK_MS / USHER__MTICK_PARTS)
#define USHER__MTICK_PARTS 4 /* of a tick: rooms and players are spread */

struct usher__media;

struct usher__mworker {
	struct usher__media *m;
	pthread_t thread;
	bool running;
	_Atomic uint32_t load; /* legs, for choosing a thread */

	pthread_mutex_t lock; /* guards the three below */
	pthread_cond_t cond;
	struct usher__mcmds commands;
	uint32_t command_count;
	bool quit;
	bool to_wake; /* the owner's: it has commands and does not know */

	struct usher__mport epoll; /* only fd */
	struct usher__mport door;
	struct usher__mport tick;
	struct usher__mport sweep;
	bool ticking;
	uint32_t part;      /* of the present tick */
	uint32_t next_part; /* of the next room that mixes */
	int64_t now_us;     /* of the present turn */
	struct usher__mlegs legs;
	struct usher__mlegs players;
	struct usher__mrooms rooms; /* that mix */
	struct usher__mtexts typing;
	struct usher__order_places places; /* of G.711 out of order */
	struct usher__ordered *placed;
	uint8_t packet[USHER__RTP_PACKET_MAX + 1];
};

/* worker.c */
int usher__mworker_start(struct usher__mworker *w, struct usher__media *m);
void usher__mworker_stop(struct usher__mworker *w);

/* clock.c: has the 20 ms timer run while anything plays or mixes. */
void usher__mworker_clock(struct usher__mworker *w);

#endif
