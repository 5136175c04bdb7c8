/* Tones made sample by sample at 8 kHz. */
#ifndef USHER_MEDIA_TONE_H
#define USHER_MEDIA_TONE_H

#include <media/media.h>

#define USHER__SINE_BITS 10

/* One period and one sample more, for interpolation; shared by an engine. */
struct usher__sine {
	int16_t wave[(1 << USHER__SINE_BITS) + 1];
};

void usher__sine_init(struct usher__sine *sine);

/* Up to two frequencies, added or one modulated, with a cadence. */
struct usher__tone {
	uint32_t step[2]; /* phase per sample; a turn is 2^32 */
	uint32_t phase[2];
	uint32_t mod_step; /* 0: the amplitude is steady */
	uint32_t mod_phase;
	int32_t amplitude; /* of each, in samples */
	uint32_t on;       /* samples; 0: steady */
	uint32_t off;
	uint32_t at; /* in the cadence */
};

/* level_db: dBm0 of each frequency. */
void usher__tone_start(struct usher__tone *tone, const uint16_t freq_hz[2],
		       double level_db, uint32_t on_ms, uint32_t off_ms);

/* Has the amplitude go up and down mod_hz times a second; the level, that of
 * the carrier and its sidebands together, stays what it was. */
void usher__tone_modulate(struct usher__tone *tone, uint16_t mod_hz);

void usher__tone_make(const struct usher__sine *sine, struct usher__tone *tone,
		      int16_t *pcm, size_t n);

/* The two frequencies of a DTMF digit by its event number 0..15. */
void usher__dtmf_freqs(int event, uint16_t freq_hz[2]);

/* Peak of a sine at 0 dBm0 in 16-bit samples of G.711. */
#define USHER__PEAK_0DBM0 22331.0

#endif
