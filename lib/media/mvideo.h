/* Legs of video: what one has beside what every leg has. */
#ifndef USHER_MEDIA_MVIDEO_H
#define USHER_MEDIA_MVIDEO_H

#include <stdbool.h>
#include <stdint.h>
#include "media/addr.h"
#include "media/rtp.h"

struct usher__mleg;
struct usher__mworker;

/* What a video leg has beside; its thread's. */
struct usher__mvideo {
	bool fresh;       /* it was bridged, and nothing was relayed since */
	uint8_t fir_seq;  /* of the next one to its peer */
	int64_t asked_us; /* its peer, for a picture */
};

int usher__mvideo_new(struct usher__mleg *leg);
void usher__mvideo_fresh(struct usher__mleg *leg);
void usher__mvideo_take(struct usher__mworker *w, struct usher__mleg *leg,
			const struct usher__rtp *rtp,
			const union usher__maddr *from);
/* Reports that came, n bytes in the thread's buffer. */
void usher__mvideo_rtcp(struct usher__mworker *w, struct usher__mleg *leg,
			size_t n);

#endif
