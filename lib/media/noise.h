/* Comfort noise, RFC 3389: what a line sounds like where nobody speaks. White,
 * whatever spectrum was told. Pure: no clock, no memory. */
#ifndef USHER_MEDIA_NOISE_H
#define USHER_MEDIA_NOISE_H

#include <stdint.h>

struct usher__noise {
	uint32_t seed;
	int32_t peak; /* of its samples; 0: silence */
};

#define USHER__NOISE_MAX 474 /* -40 dBov: louder ones are none */

/* The first byte of a payload: a level below overload, in dB. */
void usher__noise_tell(struct usher__noise *noise, uint8_t level);

static inline int32_t usher__noise_next(struct usher__noise *noise)
{
	if (!noise->peak)
		return 0;
	noise->seed = noise->seed * 1664525u + 1013904223u;
	return (int32_t)((int64_t)(int32_t)noise->seed * noise->peak >> 31);
}

#endif
