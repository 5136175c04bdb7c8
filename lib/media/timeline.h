/* A stream's timestamps on the room's timeline of 8 kHz. Pure. */
#ifndef USHER_MEDIA_TIMELINE_H
#define USHER_MEDIA_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

/* Zeroes are the start: the first timestamp is the same on both. */
struct usher__timeline {
	bool began;
	uint32_t ts; /* of the stream … */
	uint32_t at; /* … is this one at 8 kHz */
};

/* clock: timestamps of the stream a sample. */
uint32_t usher__timeline_in(struct usher__timeline *t, uint32_t clock,
			    uint32_t ts);
uint32_t usher__timeline_out(const struct usher__timeline *t, uint32_t clock,
			     uint32_t at);

#endif
