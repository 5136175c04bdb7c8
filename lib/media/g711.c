/* G.711 by librem's tables, kept away from what its functions get wrong. */
#include "media/g711.h"

#include <compat.h>

/* librem negates in 16 bits, and -32768 then indexes before its table. */
static inline int16_t clip(int16_t sample)
{
	return sample < -32767 ? -32767 : sample;
}

void usher__g711_encode(enum usher__mcodec codec, const int16_t *pcm, size_t n,
			uint8_t *out)
{
	size_t i;

	if (codec == USHER__PCMA) {
		for (i = 0; i < n; i++)
			out[i] = g711_pcm2alaw(clip(pcm[i]));
	} else {
		for (i = 0; i < n; i++)
			out[i] = g711_pcm2ulaw(clip(pcm[i]));
	}
}

void usher__g711_decode(enum usher__mcodec codec, const uint8_t *in, size_t n,
			int16_t *pcm)
{
	const int16_t *table = codec == USHER__PCMA ? g711_A2l : g711_u2l;

	for (size_t i = 0; i < n; i++)
		pcm[i] = table[in[i]];
}

void usher__g711_translate(enum usher__mcodec from, enum usher__mcodec to,
			   uint8_t *buf, size_t n)
{
	if (from == to)
		return;

	for (size_t i = 0; i < n; i++) {
		if (to == USHER__PCMA)
			buf[i] = g711_pcm2alaw(clip(g711_u2l[buf[i]]));
		else
			buf[i] = g711_pcm2ulaw(clip(g711_A2l[buf[i]]));
	}
}
