/* kept is sorted by number without doubles; its last ones, as many as wait,
 * are beyond taken, and all others are not. Who calls next() after each put
 * has at most WAIT + 1 of them wait, so that none is dropped for want of a
 * place. */
#include "media/order.h"

#include <string.h>

static int distance(uint16_t to, uint16_t from)
{
	return (int16_t)(uint16_t)(to - from);
}

bool usher__order_breaks(const struct usher__order *o,
			 const struct usher__rtp *rtp)
{
	int step = distance(rtp->seq, o->taken);

	/* Within these numbers are far from half their circle apart, so that
	 * they have an order. */
	return !o->began || o->ssrc != rtp->ssrc ||
	       step <= -USHER__ORDER_LATE || step > USHER__RTP_DROPOUT;
}

static void restart(struct usher__order *o, const struct usher__rtp *rtp)
{
	o->began = true;
	o->ssrc = rtp->ssrc;
	o->taken = (uint16_t)(rtp->seq - 1);
	o->count = 0;
	o->waiting = 0;
}

static void drop(struct usher__order *o, size_t i)
{
	o->count--;
	memmove(o->kept + i, o->kept + i + 1,
		(o->count - i) * sizeof(*o->kept));
	if (o->waiting > o->count)
		o->waiting = o->count;
}

/* Makes a place where it belongs, unless it is there, or older than all that
 * are kept. */
static enum usher__order_fate place(struct usher__order *o, uint16_t seq,
				    int *ret)
{
	int i = o->count;

	while (i > 0 && distance(seq, o->kept[i - 1].seq) <= 0)
		i--;
	if (i < o->count && o->kept[i].seq == seq)
		return USHER__FATE_TWICE;
	if (o->count == USHER__ORDER_KEPT) {
		if (i == 0)
			return USHER__FATE_LATE;
		drop(o, 0);
		i--;
	}
	*ret = i;
	return USHER__FATE_TAKEN;
}

enum usher__order_fate usher__order_put(struct usher__order *o,
					const struct usher__rtp *rtp,
					uint8_t codec, const uint8_t *payload,
					int64_t at)
{
	struct usher__ordered *packet;
	enum usher__order_fate fate;
	bool late;
	int i;

	if (usher__order_breaks(o, rtp))
		restart(o, rtp);
	late = distance(rtp->seq, o->taken) <= 0;
	if (!payload) {
		if (late)
			return USHER__FATE_LATE;
		/* Nothing to wait for, and nothing to keep. */
		if (!o->waiting && rtp->seq == (uint16_t)(o->taken + 1)) {
			o->taken = rtp->seq;
			return USHER__FATE_TAKEN;
		}
	}
	fate = place(o, rtp->seq, &i);
	if (fate != USHER__FATE_TAKEN)
		return fate;
	packet = o->kept + i;
	memmove(packet + 1, packet, (size_t)(o->count - i) * sizeof(*packet));
	o->count++;
	o->waiting += !late;
	packet->at = at;
	packet->ts = rtp->ts;
	packet->span = rtp->span;
	packet->seq = rtp->seq;
	packet->length = payload ? (uint16_t)rtp->length : 0;
	packet->codec = codec;
	if (payload)
		memcpy(packet->payload, payload, packet->length);
	return late ? USHER__FATE_LATE : USHER__FATE_TAKEN;
}

const struct usher__ordered *usher__order_first(const struct usher__order *o)
{
	return o->waiting ? &o->kept[o->count - o->waiting] : NULL;
}

const struct usher__ordered *usher__order_next(struct usher__order *o,
					       bool all)
{
	const struct usher__ordered *packet;

	while ((packet = usher__order_first(o))) {
		if (!all && packet->seq != (uint16_t)(o->taken + 1) &&
		    o->waiting <= USHER__ORDER_WAIT)
			return NULL;
		o->taken = packet->seq;
		o->waiting--;
		if (packet->length)
			return packet;
		drop(o, (size_t)(packet - o->kept));
	}
	return NULL;
}

struct usher__rtp usher__order_rtp(const struct usher__order *o,
				   const struct usher__ordered *packet)
{
	return (struct usher__rtp){
		.seq = packet->seq,
		.ts = packet->ts,
		.ssrc = o->ssrc,
		.length = packet->length,
		.span = packet->span,
	};
}
