/* What stands in for sound that did not come. Pure: no clock, no memory.
 *
 * Speech repeats itself with the period of its pitch. So the last period that
 * was heard is said again and again, at full level for 10 ms and fading in
 * another 50 to the noise of the line, and what comes afterwards is faded in
 * over it. How loud the line is who sends comfort noise tells; of others it is
 * what the quietest of their frames were, unless even these were loud. */
#ifndef USHER_MEDIA_PLC_H
#define USHER_MEDIA_PLC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "media/noise.h"

#define USHER__PLC_PERIOD_MIN 40  /* samples: 200 Hz */
#define USHER__PLC_PERIOD_MAX 160 /* 50 Hz */
#define USHER__PLC_GONE       480 /* samples made up; then there is silence */
#define USHER__PLC_HISTORY    (2 * USHER__PLC_PERIOD_MAX)

struct usher__plc {
	int16_t history[USHER__PLC_HISTORY]; /* what was said last */
	int16_t wave[USHER__PLC_PERIOD_MAX]; /* a period of it */
	uint32_t period;
	uint32_t at;   /* in the wave */
	uint32_t lost; /* samples made up on end; 0: none */
	int32_t step;  /* from the wave's entrance to the end of history */
	struct usher__noise noise;
	int32_t quiet; /* mean of the quietest frames; 0: none yet */
	bool told;     /* noise was, and is not to be guessed */
};

/* fresh: silence was before, so what comes first is faded in. Otherwise
 * something was that we did not see. */
void usher__plc_init(struct usher__plc *plc, bool fresh);

/* What was said last is not gone on with. */
void usher__plc_forget(struct usher__plc *plc);

/* The level of RFC 3389. */
void usher__plc_noise(struct usher__plc *plc, uint8_t level);

/* Makes n samples up. */
void usher__plc_lost(struct usher__plc *plc, int16_t *pcm, size_t n);

/* Takes n samples that came; those that follow made-up ones, or with joint
 * true do not follow the last ones, have their first changed. */
void usher__plc_good(struct usher__plc *plc, int16_t *pcm, size_t n,
		     bool joint);

#endif
