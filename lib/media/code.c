/* Samples to and from what a leg's packets hold. */
#include <stdlib.h>
#include <string.h>
#include "media/engine.h"
#include "media/filer.h"
#include "media/g711.h"
#include "media/samples.h"

int usher__mopus_new(struct usher__mopus **ret)
{
	struct usher__mopus *opus = calloc(1, sizeof(*opus));

	if (!opus)
		return USHER_ENOMEM;
	usher__order_places_init(&opus->places, opus->kept, USHER__ORDER_KEPT);
	if (usher__opus_enc_new(&opus->enc) ||
	    usher__opus_dec_new(&opus->dec)) {
		usher__mopus_free(opus);
		return USHER_ENOMEM;
	}
	*ret = opus;
	return 0;
}

void usher__mopus_free(struct usher__mopus *opus)
{
	if (!opus)
		return;
	usher__opus_enc_free(opus->enc);
	usher__opus_dec_free(opus->dec);
	free(opus);
}

size_t usher__mleg_encode(struct usher__mleg *leg, const int16_t *pcm,
			  size_t n, uint8_t *payload)
{
	if (leg->params.codec == USHER__OPUS)
		return usher__opus_encode(leg->opus->enc, pcm, n, payload);
	usher__g711_encode((enum usher__mcodec)leg->params.codec, pcm, n,
			   payload);
	return n;
}

bool usher__mleg_decode(struct usher__mleg *leg, const struct usher__rtp *rtp,
			int codec, const uint8_t *payload, int16_t *pcm,
			struct usher__mpiece *piece)
{
	size_t before = 0, n = rtp->length;

	if (codec == USHER__OPUS)
		n = usher__opus_decode(leg->opus->dec, rtp, payload, pcm,
				       &before);
	else
		usher__g711_decode((enum usher__mcodec)codec, payload, n, pcm);
	*piece = (struct usher__mpiece){
		.ssrc = rtp->ssrc,
		.ts = rtp->ts - (uint32_t)before,
		.pcm = pcm,
		.n = n,
		.made = before,
	};
	return n > 0;
}

/* What has been said, to an encoder that did not say it. */
static void say_again(struct usher__opus_enc *enc, const int16_t *pcm,
		      size_t n)
{
	uint8_t unsaid[USHER__OPUS_PACKET_MAX];

	for (size_t part; (part = usher__opus_fit(n)) > 0; n -= part) {
		usher__opus_encode(enc, pcm, part, unsaid);
		pcm += part;
	}
}

void usher__mleg_prime(struct usher__mleg *leg, struct usher__mleg *heard_by)
{
	int16_t pcm[USHER__MPCM_MAX];

	if (leg->params.codec != USHER__OPUS ||
	    heard_by->params.codec != USHER__OPUS)
		return;
	usher__opus_dec_reset(leg->opus->dec);
	usher__opus_enc_reset(heard_by->opus->enc);
	for (uint8_t i = 0; i < leg->order.count; i++) {
		const struct usher__ordered *kept =
			usher__order_kept(&leg->order, i);
		const struct usher__rtp rtp =
			usher__order_rtp(&leg->order, kept);
		size_t before, n;

		n = usher__opus_decode(leg->opus->dec, &rtp, kept->payload,
				       pcm, &before);
		say_again(heard_by->opus->enc, pcm, n);
	}
}

void usher__mleg_prime_tape(struct usher__mworker *w, struct usher__mleg *leg)
{
	if (!leg->tap || !leg->set || leg->params.codec != USHER__OPUS)
		return;
	for (uint8_t i = 0; i < leg->order.count; i++) {
		const struct usher__ordered *kept =
			usher__order_kept(&leg->order, i);
		const struct usher__rtp rtp =
			usher__order_rtp(&leg->order, kept);

		(void)usher__filer_audio(w->m->filer, leg->tap,
					 leg->tap_channel,
					 USHER__RECFILE_PRIME, &rtp,
					 USHER__OPUS, kept->payload);
	}
}

bool usher__mleg_hush(struct usher__rtp *rtp, int codec, uint8_t *packet)
{
	if (codec == USHER__OPUS) {
		if (rtp->offset + USHER__OPUS_SILENCE_MAX >
		    USHER__RTP_PACKET_MAX)
			return false;
		rtp->length =
			usher__opus_silence(packet + rtp->offset, rtp->span);
		return true;
	}
	memset(packet + rtp->offset, codec == USHER__PCMA ? 0xd5 : 0xff,
	       rtp->length);
	return true;
}

bool usher__mlegs_alike(const struct usher__mleg *a,
			const struct usher__mleg *b)
{
	return !a->set || !b->set ||
	       usher__mleg_clock(a) == usher__mleg_clock(b);
}
