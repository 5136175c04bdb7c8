/* What a leg says on its way to those who want samples: put in order, then
 * decoded once for all of them.
 *
 * A packet that comes in its turn is not held up. One that comes before its
 * turn waits for those that it has overtaken, no longer than the ear that it
 * is for can do without it; where nobody wants samples nothing waits. What
 * was waited for in vain is the decoder's to make up, which has the packet
 * after it. */
#include "media/samples.h"
#include "media/mworker.h"

#define SILENT_US 200000 /* whoever is missing does not come any more */

bool usher__mroom_wants(const struct usher__mleg *leg)
{
	const struct usher__mseat *seat = &leg->seat;

	return seat->ear && seat->room->mode == USHER__MM_MIX &&
	       seat->role != USHER__MROLE_LISTEN;
}

static void mix(struct usher__mleg *leg, const struct usher__mpiece *piece)
{
	uint32_t jitter = leg->rx.source.jitter16 >> 4;

	usher__jitter_put(leg->seat.ear->jitter, piece,
			  jitter / usher__mleg_clock(leg));
}

static bool wanted(const struct usher__mleg *leg)
{
	return usher__mroom_wants(leg) || leg->metering || leg->params.inband;
}

static void decode(struct usher__mworker *w, struct usher__mleg *leg,
		   const struct usher__rtp *rtp, int codec,
		   const uint8_t *payload)
{
	int16_t pcm[USHER__MPCM_MAX];
	struct usher__mpiece piece;

	if (!wanted(leg) ||
	    !usher__mleg_decode(leg, rtp, codec, payload, pcm, &piece))
		return;
	if (leg->metering)
		usher__meter_audio(w, leg, piece.pcm, piece.n);
	if (leg->params.inband)
		usher__inband_audio(w, leg, &piece);
	if (usher__mroom_wants(leg))
		mix(leg, &piece);
}

/* False: none is to be decoded now. */
static bool decode_next(struct usher__mworker *w, struct usher__mleg *leg,
			bool all)
{
	const struct usher__ordered *next =
		usher__order_next(&leg->order, all);
	struct usher__rtp rtp;

	if (!next)
		return false;
	rtp = usher__order_rtp(&leg->order, next);
	decode(w, leg, &rtp, next->codec, next->payload);
	return true;
}

static void decode_all(struct usher__mworker *w, struct usher__mleg *leg,
		       bool all)
{
	while (decode_next(w, leg, all))
		;
}

/* It came when it was no longer waited for. */
static void too_late(struct usher__mleg *leg, const struct usher__rtp *rtp)
{
	if (usher__mroom_wants(leg) &&
	    leg->seat.ear->jitter->ssrc == rtp->ssrc)
		usher__jitter_late(leg->seat.ear->jitter, rtp->ts,
				   rtp->span / usher__mleg_clock(leg));
}

void usher__mleg_samples(struct usher__mworker *w, struct usher__mleg *leg,
			 const struct usher__rtp *rtp, int codec,
			 const uint8_t *payload)
{
	bool fits = rtp->length <= USHER__ORDER_LONG;
	enum usher__order_fate fate;

	if (!usher__mleg_orders(leg)) {
		if (usher__order_pass(&leg->order, rtp) != USHER__FATE_TWICE)
			decode(w, leg, rtp, codec, payload);
		return;
	}
	if (!fits || usher__order_breaks(&leg->order, rtp))
		decode_all(w, leg, true);
	fate = fits ? usher__order_put(&leg->order, rtp, (uint8_t)codec,
				       payload, 0)
		    : usher__order_pass(&leg->order, rtp);
	if (fate == USHER__FATE_FULL) {
		decode_all(w, leg, true);
		fate = usher__order_pass(&leg->order, rtp);
	}
	/* G.711 has its place by the time of its samples, if that is yet to
	 * come; the detector of digits knows what is behind. */
	if (fate == USHER__FATE_NOW ||
	    (fate == USHER__FATE_LATE && codec != USHER__OPUS))
		decode(w, leg, rtp, codec, payload);
	else if (fate == USHER__FATE_LATE)
		too_late(leg, rtp);
	decode_all(w, leg, !wanted(leg));
}

void usher__mleg_no_samples(struct usher__mworker *w, struct usher__mleg *leg,
			    const struct usher__rtp *rtp)
{
	if (!usher__mleg_orders(leg) || usher__order_breaks(&leg->order, rtp))
		return;
	(void)usher__order_put(&leg->order, rtp, 0, NULL, 0);
	decode_all(w, leg, !wanted(leg));
}

void usher__mleg_samples_begin(struct usher__mworker *w,
			       struct usher__mleg *leg, bool fresh)
{
	bool opus = leg->params.codec == USHER__OPUS;
	struct usher__order_places *places = NULL;

	if (opus)
		places = &leg->opus->places;
	else if (usher__mleg_orders(leg))
		places = &w->places;
	if (fresh || leg->order.places != places)
		usher__order_begin(&leg->order, places, opus);
}

void usher__mleg_samples_end(struct usher__mworker *w, struct usher__mleg *leg)
{
	if (leg->order.places == &w->places)
		usher__order_begin(&leg->order, NULL, false);
}

void usher__mleg_samples_flush(struct usher__mworker *w,
			       struct usher__mleg *leg)
{
	if (leg->set && usher__mleg_orders(leg))
		decode_all(w, leg, true);
}

void usher__mleg_samples_sweep(struct usher__mworker *w,
			       struct usher__mleg *leg)
{
	if (leg->order.waiting &&
	    w->now_us - usher__mread(leg->counts.heard_us) >= SILENT_US)
		usher__mleg_samples_flush(w, leg);
}

void usher__mleg_samples_hurry(struct usher__mworker *w,
			       struct usher__mleg *leg)
{
	if (!leg->set || !usher__mleg_orders(leg) || !usher__mroom_wants(leg))
		return;
	while (usher__jitter_rest(leg->seat.ear->jitter) <
		       USHER__MROOM_FRAME &&
	       decode_next(w, leg, true))
		decode_all(w, leg, false);
}
