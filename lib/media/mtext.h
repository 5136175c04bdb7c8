/* Legs of real-time text: what one has beside what every leg has. */
#ifndef USHER_MEDIA_MTEXT_H
#define USHER_MEDIA_MTEXT_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/queue.h>
#include "media/addr.h"
#include "media/media.h"
#include "media/t140.h"

struct usher__mleg;
struct usher__mworker;

/* Text on its way to a leg. */
struct usher__msaid {
	size_t len;
	char text[];
};

/* What a text leg has beside. */
struct usher__mtext {
	struct usher__mleg *leg;
	_Atomic uint32_t queued; /* bytes said and not sent */

	pthread_mutex_t lock; /* guards the three below */
	char in[USHER__MTEXT_IN];
	uint32_t in_len;
	bool in_lost; /* there was no room for it */

	/* Its thread's. */
	LIST_ENTRY(usher__mtext) typing; /* while something is to be sent */
	bool types;
	bool begun;
	struct usher__t140_rx rx;
	struct usher__t140_tx tx;
};

LIST_HEAD(usher__mtexts, usher__mtext);

int usher__mtext_new(struct usher__mleg *leg);
void usher__mtext_free(struct usher__mtext *text); /* NULL is fine */
/* On its thread: parameters have changed; text from its owner; a packet; 20
 * ms of a leg that has something to send; now and then; it goes away. */
void usher__mtext_set(struct usher__mworker *w, struct usher__mleg *leg);
void usher__mtext_said(struct usher__mworker *w, struct usher__mleg *leg,
		       const struct usher__msaid *said);
void usher__mtext_take(struct usher__mworker *w, struct usher__mleg *leg,
		       const struct usher__rtp *rtp,
		       const union usher__maddr *from);
void usher__mtext_tick(struct usher__mworker *w, struct usher__mtext *text);
void usher__mtext_sweep(struct usher__mworker *w, struct usher__mleg *leg);
void usher__mtext_stop(struct usher__mworker *w, struct usher__mleg *leg);

#endif
