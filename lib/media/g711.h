/* G.711 samples, by librem's tables. */
#ifndef USHER_MEDIA_G711_H
#define USHER_MEDIA_G711_H

#include <media/media.h>

/* Encodes n samples; out takes n bytes. */
void usher__g711_encode(enum usher__mcodec codec, const int16_t *pcm, size_t n,
			uint8_t *out);

/* Decodes n bytes; pcm takes n samples. */
void usher__g711_decode(enum usher__mcodec codec, const uint8_t *in, size_t n,
			int16_t *pcm);

/* Rewrites n bytes of one law into the other, in place. */
void usher__g711_translate(enum usher__mcodec from, enum usher__mcodec to,
			   uint8_t *buf, size_t n);

#endif
