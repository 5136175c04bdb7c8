/* From packets to samples and back. */
#ifndef USHER_MEDIA_SAMPLES_H
#define USHER_MEDIA_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "media/opus.h"
#include "media/order.h"
#include "media/rtp.h"

struct usher__mleg;
struct usher__mpiece;
struct usher__mworker;

/* code.c: samples to and from what is in packets */
struct usher__mopus {
	struct usher__opus_enc *enc;
	struct usher__opus_dec *dec;
	struct usher__order_places places;
	struct usher__ordered kept[USHER__ORDER_KEPT];
};
int usher__mopus_new(struct usher__mopus **ret);
void usher__mopus_free(struct usher__mopus *opus); /* NULL is fine */
/* A leg's codec, as its parameters have it: payload takes
 * USHER__RTP_PACKET_MAX. Returns the length. */
size_t usher__mleg_encode(struct usher__mleg *leg, const int16_t *pcm,
			  size_t n, uint8_t *payload);
/* A packet whose timestamp is of 8 kHz; pcm takes USHER__MPCM_MAX. False when
 * there is nothing new in it. */
#define USHER__MPCM_MAX (2 * USHER__OPUS_FRAME_MAX)
bool usher__mleg_decode(struct usher__mleg *leg, const struct usher__rtp *rtp,
			int codec, const uint8_t *payload, int16_t *pcm,
			struct usher__mpiece *piece);
/* What it said to whom it was relayed, who will hear it out of a mix: decoder
 * and encoder begin where the two phones' are. */
void usher__mleg_prime(struct usher__mleg *leg, struct usher__mleg *heard_by);
/* The same to who begins to record it. */
void usher__mleg_prime_tape(struct usher__mworker *w, struct usher__mleg *leg);
/* Its payload says nothing from now on; false: there is no room for that. */
bool usher__mleg_hush(struct usher__rtp *rtp, int codec, uint8_t *packet);
/* Can what one says be relayed to the other? */
bool usher__mlegs_alike(const struct usher__mleg *a,
			const struct usher__mleg *b);

/* samples.c: what a leg says, in order, to all who want its samples */
/* A packet whose timestamp is of 8 kHz. */
void usher__mleg_samples(struct usher__mworker *w, struct usher__mleg *leg,
			 const struct usher__rtp *rtp, int codec,
			 const uint8_t *payload);
/* One that has a number, and no sound. */
void usher__mleg_no_samples(struct usher__mworker *w, struct usher__mleg *leg,
			    const struct usher__rtp *rtp);
/* Its parameters are new: it is put in order as they ask for. fresh: nothing
 * goes on from what there was. And it leaves its thread. */
void usher__mleg_samples_begin(struct usher__mworker *w,
			       struct usher__mleg *leg, bool fresh);
void usher__mleg_samples_end(struct usher__mworker *w,
			     struct usher__mleg *leg);
/* Now and then: who has fallen silent gives up what it waits for. */
void usher__mleg_samples_sweep(struct usher__mworker *w,
			       struct usher__mleg *leg);
/* Gives up what is waited for: all of it; or as much as its ear needs for a
 * frame. */
void usher__mleg_samples_flush(struct usher__mworker *w,
			       struct usher__mleg *leg);
void usher__mleg_samples_hurry(struct usher__mworker *w,
			       struct usher__mleg *leg);

#endif
