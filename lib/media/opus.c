#include "media/opus.h"

#include <opus.h>
#include <stdlib.h>
#include <usher/error.h>

#define RATE       8000
#define COMPLEXITY 1  /* of 0..10; five times that costs 2.5 times as much */
#define LOSS       5  /* percent that redundancy is meant for */
#define GAP_MAX    5  /* lost packets; after more it starts anew */
#define LATE_MAX   50 /* so far back is another timeline */

struct usher__opus_enc {
	OpusEncoder *opus;
};

struct usher__opus_dec {
	OpusDecoder *opus;
	bool began;
	uint16_t seq; /* of the last packet */
	uint32_t end; /* timestamp behind it */
};

int usher__opus_check(const uint8_t *payload, size_t n)
{
	unsigned char toc;
	const unsigned char *frames[48];
	opus_int16 sizes[48];
	int count, samples;

	if (n < 1 || n > INT16_MAX)
		return USHER_EPROTO;
	count = opus_packet_parse(payload, (opus_int32)n, &toc, frames, sizes,
				  NULL);
	if (count < 1)
		return USHER_EPROTO;
	samples = opus_packet_get_samples_per_frame(payload, 48000) * count;
	return samples > USHER__OPUS_FRAME_MAX * USHER__OPUS_CLOCK
		       ? USHER_EPROTO
		       : samples;
}

/* Frames of CELT that have the silence flag, and no pitch, set: RFC 6716,
 * section 4.3; which of its lengths, and how many: section 3.1. */
size_t usher__opus_silence(uint8_t *payload, uint32_t span)
{
	static const struct {
		uint32_t span;
		uint8_t toc;
	} frames[] = {{960, 0xf8}, {480, 0xf0}, {240, 0xe8}, {120, 0xe0}};
	size_t i = 0, n = 2;
	uint32_t count;

	while (i < 3 && span % frames[i].span)
		i++;
	count = span / frames[i].span;
	payload[0] = frames[i].toc | 3;
	payload[1] = (uint8_t)count;
	while (count--) {
		payload[n++] = 0xff;
		payload[n++] = 0xfe;
	}
	return n;
}

/* --- encoder ---------------------------------------------------------- */

int usher__opus_enc_new(struct usher__opus_enc **ret)
{
	struct usher__opus_enc *enc = calloc(1, sizeof(*enc));
	const struct usher__opus_wish none = {0};
	int err;

	if (!enc)
		return USHER_ENOMEM;
	enc->opus = opus_encoder_create(RATE, 1, OPUS_APPLICATION_VOIP, &err);
	if (!enc->opus) {
		free(enc);
		return USHER_ENOMEM;
	}
	opus_encoder_ctl(enc->opus, OPUS_SET_COMPLEXITY(COMPLEXITY));
	usher__opus_enc_wish(enc, &none);
	*ret = enc;
	return 0;
}

void usher__opus_enc_free(struct usher__opus_enc *enc)
{
	if (!enc)
		return;
	opus_encoder_destroy(enc->opus);
	free(enc);
}

void usher__opus_enc_wish(struct usher__opus_enc *enc,
			  const struct usher__opus_wish *wish)
{
	uint32_t rate = USHER__OPUS_BITRATE;

	if (wish->bitrate && wish->bitrate < rate)
		rate = wish->bitrate;
	if (rate < USHER__OPUS_RATE_MIN)
		rate = USHER__OPUS_RATE_MIN;
	opus_encoder_ctl(enc->opus, OPUS_SET_BITRATE((opus_int32)rate));
	opus_encoder_ctl(enc->opus, OPUS_SET_VBR(!wish->cbr));
	opus_encoder_ctl(enc->opus, OPUS_SET_INBAND_FEC(wish->fec));
	opus_encoder_ctl(enc->opus,
			 OPUS_SET_PACKET_LOSS_PERC(wish->fec ? LOSS : 0));
}

void usher__opus_enc_reset(struct usher__opus_enc *enc)
{
	opus_encoder_ctl(enc->opus, OPUS_RESET_STATE);
}

size_t usher__opus_fit(size_t n)
{
	static const uint16_t sizes[] = {480, 320, 160, 80, 40, 20};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		if (n >= sizes[i])
			return sizes[i];
	}
	return 0;
}

size_t usher__opus_encode(struct usher__opus_enc *enc, const int16_t *pcm,
			  size_t n, uint8_t *out)
{
	opus_int32 length = opus_encode(enc->opus, pcm, (int)n, out,
					USHER__OPUS_PACKET_MAX);

	return length > 0 ? (size_t)length : 0;
}

/* --- decoder ---------------------------------------------------------- */

int usher__opus_dec_new(struct usher__opus_dec **ret)
{
	struct usher__opus_dec *dec = calloc(1, sizeof(*dec));
	int err;

	if (!dec)
		return USHER_ENOMEM;
	dec->opus = opus_decoder_create(RATE, 1, &err);
	if (!dec->opus) {
		free(dec);
		return USHER_ENOMEM;
	}
	*ret = dec;
	return 0;
}

void usher__opus_dec_free(struct usher__opus_dec *dec)
{
	if (!dec)
		return;
	opus_decoder_destroy(dec->opus);
	free(dec);
}

void usher__opus_dec_reset(struct usher__opus_dec *dec)
{
	opus_decoder_ctl(dec->opus, OPUS_RESET_STATE);
	dec->began = false;
}

/* Packets that are missing before this one. */
static int missing(const struct usher__opus_dec *dec,
		   const struct usher__rtp *rtp, int frame)
{
	int numbers = (int16_t)(uint16_t)(rtp->seq - dec->seq) - 1;
	int frames = (int32_t)(rtp->ts - dec->end) / frame;

	return frames < numbers ? frames : numbers;
}

/* What was lost: its last frame by the redundancy of the packet that came, if
 * it has any, and what was before by libopus' guess. */
static size_t recover(struct usher__opus_dec *dec, int lost,
		      const uint8_t *payload, size_t n, int frame,
		      int16_t *pcm)
{
	int count;

	for (; lost > 1 && lost * frame > USHER__OPUS_FRAME_MAX; lost--)
		(void)!opus_decode(dec->opus, NULL, 0, pcm, frame, 0);
	count = opus_decode(dec->opus, payload, (opus_int32)n, pcm,
			    lost * frame, 1);
	return count > 0 ? (size_t)count : 0;
}

size_t usher__opus_decode(struct usher__opus_dec *dec,
			  const struct usher__rtp *rtp, const uint8_t *payload,
			  int16_t *pcm, size_t *ret_before)
{
	int step = (int16_t)(uint16_t)(rtp->seq - dec->seq);
	opus_int32 n = (opus_int32)rtp->length;
	int frame =
		usher__opus_check(payload, rtp->length) / USHER__OPUS_CLOCK;
	size_t before = 0;
	int count, lost;

	if (frame < 1)
		return 0;
	if (dec->began && step <= 0 && step > -LATE_MAX)
		return 0;
	lost = dec->began ? missing(dec, rtp, frame) : 0;
	if (dec->began && (step <= 0 || lost > GAP_MAX))
		usher__opus_dec_reset(dec);
	else if (lost > 0)
		before = recover(dec, lost, payload, rtp->length, frame, pcm);
	dec->began = true;
	dec->seq = rtp->seq;
	dec->end = rtp->ts + (uint32_t)frame;
	count = opus_decode(dec->opus, payload, n, pcm + before, frame, 0);
	if (count <= 0)
		count = opus_decode(dec->opus, NULL, 0, pcm + before, frame,
				    0);
	*ret_before = before;
	return before + (count > 0 ? (size_t)count : 0);
}
