/* Digits heard in sound: dual tones by ITU-T Q.23, recognized within the
 * limits that dtmf.c names. Pure: no sockets, no clock, no memory. */
#ifndef USHER_MEDIA_DTMF_H
#define USHER_MEDIA_DTMF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define USHER__DTMF_TONES  8
#define USHER__DTMF_WINDOW 160 /* samples looked at: 20 ms */
#define USHER__DTMF_HOP    40  /* between two looks: 5 ms */

/* Zeroes are the start. */
struct usher__dtmf {
	float last[USHER__DTMF_TONES][2]; /* of the look before: re, im */
	int16_t pcm[USHER__DTMF_WINDOW];
	uint16_t filled; /* samples of it that are new */
	uint8_t run;     /* looks in a row that passed */
	uint8_t quiet;   /* looks in a row that did not hold */
	char candidate;  /* of that run; 0: none */
	char held;       /* the digit told and not yet released; 0: none */
	bool looked;     /* last is of the look before */
};

/* Takes n samples at 8 kHz. Writes the digits that were recognized to ret, at
 * most max, and returns how many; each press is told once. */
size_t usher__dtmf_audio(struct usher__dtmf *d, const int16_t *pcm, size_t n,
			 char *ret, size_t max);

/* The sound breaks off here: what comes is not next to what was. */
void usher__dtmf_break(struct usher__dtmf *d);

#endif
