/* What a telephone says in a country: dial, ringing, busy, congestion. */
#ifndef USHER_MEDIA_TONES_H
#define USHER_MEDIA_TONES_H

#include "media/media.h"

enum usher__tone_kind {
	USHER__TONE_DIAL,
	USHER__TONE_RINGING,
	USHER__TONE_BUSY,
	USHER__TONE_CONGESTION,
	USHER__TONE_KINDS
};

#define USHER__TONES_PARTS 3 /* bursts of a period */
#define USHER__TONES_ITEMS (2 * USHER__TONES_PARTS)

/* Items of one period of a tone, to be played over and over; country by ISO
 * 3166, "hu" or "HU"; "": none in particular. USHER_ENOENT: none of that name.
 * Pure, any thread. */
int usher__tones_items(const char *country, enum usher__tone_kind kind,
		       struct usher__mitem items[USHER__TONES_ITEMS],
		       uint32_t *ret_count);

/* Names of countries, one after another; NULL: there are no more. */
const char *usher__tones_country(uint32_t i);

#endif
