/* Opus (RFC 6716) in RTP (RFC 7587), with samples at 8 kHz as everywhere in
 * this room: libopus itself resamples. What is decoded comes from outside. */
#ifndef USHER_MEDIA_OPUS_H
#define USHER_MEDIA_OPUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "media/rtp.h"

#define USHER__OPUS_CLOCK      6    /* timestamps a sample: 48 to 8 kHz */
#define USHER__OPUS_FRAME_MAX  960  /* samples of a packet: 120 ms */
#define USHER__OPUS_PACKET_MAX 1275 /* bytes that we make */
#define USHER__OPUS_BITRATE    24000
#define USHER__OPUS_RATE_MIN   6000
#define USHER__OPUS_RATE_MAX   64000
#define USHER__OPUS_UNIT       20 /* samples: 2.5 ms, the least that is said */

/* What the peer wants of our stream, by its a=fmtp. */
struct usher__opus_wish {
	uint32_t bitrate; /* at most; 0: not said */
	bool fec;
	bool cbr;
};

struct usher__opus_enc;
struct usher__opus_dec;

/* Length of a payload in timestamps, or USHER_EPROTO: no Opus packet, or one
 * longer than RFC 6716 allows. */
int usher__opus_check(const uint8_t *payload, size_t n);

/* Writes a packet of so many timestamps, as check gives them, that says
 * nothing. Returns the length. */
#define USHER__OPUS_SILENCE_MAX 100
size_t usher__opus_silence(uint8_t *payload, uint32_t span);

/* USHER_ENOMEM. */
int usher__opus_enc_new(struct usher__opus_enc **ret);
void usher__opus_enc_free(struct usher__opus_enc *enc); /* NULL is fine */
void usher__opus_enc_wish(struct usher__opus_enc *enc,
			  const struct usher__opus_wish *wish);
/* As if nothing had been said. */
void usher__opus_enc_reset(struct usher__opus_enc *enc);
/* The longest packet that n samples fill: 2.5, 5, 10, 20, 40 or 60 ms of
 * them; 0: less than 2.5 ms. */
size_t usher__opus_fit(size_t n);
/* Encodes n samples, a number that usher__opus_fit() gives; out takes
 * USHER__OPUS_PACKET_MAX. Returns the length. */
size_t usher__opus_encode(struct usher__opus_enc *enc, const int16_t *pcm,
			  size_t n, uint8_t *out);

/* USHER_ENOMEM. */
int usher__opus_dec_new(struct usher__opus_dec **ret);
void usher__opus_dec_free(struct usher__opus_dec *dec); /* NULL is fine */
void usher__opus_dec_reset(struct usher__opus_dec *dec);
/* Decodes a packet that usher__opus_check() has passed, whose timestamp is of
 * 8 kHz. Lost is what is missing both in numbers, where keys have some, too,
 * and in time, which passes unsaid. pcm takes twice
 * USHER__OPUS_FRAME_MAX; returns how many samples were written, of which the
 * first *ret_before stand for packets that were lost just before: no more of
 * them than USHER__OPUS_FRAME_MAX. 0: it came too late, or twice. What libopus
 * does not understand is made up. */
size_t usher__opus_decode(struct usher__opus_dec *dec,
			  const struct usher__rtp *rtp, const uint8_t *payload,
			  int16_t *pcm, size_t *ret_before);

#endif
