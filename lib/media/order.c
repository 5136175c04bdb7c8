/* kept is sorted by number without doubles; its last ones, as many as wait,
 * are beyond taken, and all others are not. Who calls next() after each put
 * has at most WAIT + 1 of them wait, so that none is dropped for want of a
 * place of kept. Where nothing is kept a packet in its turn is not copied, so
 * a stream that comes in order has no place. */
#include "media/order.h"

#include <string.h>

#define NO_PLACE UINT8_MAX
#define SEEN     64 /* bits */

_Static_assert(USHER__ORDER_LATE <= SEEN, "who is late is told from copies");

static int distance(uint16_t to, uint16_t from)
{
	return (int16_t)(uint16_t)(to - from);
}

/* --- places ----------------------------------------------------------- */

void usher__order_places_init(struct usher__order_places *places,
			      struct usher__ordered *packets, uint8_t count)
{
	places->packets = packets;
	places->free = NO_PLACE;
	while (count) {
		packets[--count].next = places->free;
		places->free = count;
	}
}

static bool has_place(const struct usher__order *o)
{
	return o->places && o->places->free != NO_PLACE;
}

static uint8_t place_take(struct usher__order *o)
{
	uint8_t place = o->places->free;

	o->places->free = o->places->packets[place].next;
	return place;
}

static void place_give(struct usher__order *o, uint8_t place)
{
	o->places->packets[place].next = o->places->free;
	o->places->free = place;
}

/* --- what is kept ----------------------------------------------------- */

static struct usher__ordered *kept(const struct usher__order *o, size_t i)
{
	return &o->places->packets[o->kept[i]];
}

static void drop(struct usher__order *o, size_t i)
{
	place_give(o, o->kept[i]);
	o->count--;
	memmove(o->kept + i, o->kept + i + 1, o->count - i);
	if (o->waiting > o->count)
		o->waiting = o->count;
}

static void drop_taken(struct usher__order *o)
{
	while (o->count > o->waiting)
		drop(o, 0);
}

static void drop_all(struct usher__order *o)
{
	o->waiting = 0;
	drop_taken(o);
}

void usher__order_begin(struct usher__order *o,
			struct usher__order_places *places, bool keeps)
{
	drop_all(o);
	*o = (struct usher__order){.places = places, .keeps = keeps};
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

/* This number is taken, and all before it are or are given up. */
static void take(struct usher__order *o, uint16_t seq)
{
	int step = distance(seq, o->taken);

	o->seen = step < SEEN ? o->seen << step : 0;
	o->seen |= 1;
	o->taken = seq;
}

/* Of a number that is not beyond taken. */
static enum usher__order_fate see_late(struct usher__order *o, uint16_t seq)
{
	uint64_t bit = (uint64_t)1 << distance(o->taken, seq);

	if (o->seen & bit)
		return USHER__FATE_TWICE;
	o->seen |= bit;
	return USHER__FATE_LATE;
}

static void restart(struct usher__order *o, const struct usher__rtp *rtp)
{
	drop_all(o);
	o->began = true;
	o->seen = 0;
	o->ssrc = rtp->ssrc;
	o->taken = (uint16_t)(rtp->seq - 1);
}

/* Makes a place where it belongs, unless it is there, or older than all that
 * are kept. */
static enum usher__order_fate make_place(struct usher__order *o, uint16_t seq,
					 size_t *ret)
{
	size_t i = o->count;

	while (i > 0 && distance(seq, kept(o, i - 1)->seq) <= 0)
		i--;
	if (i < o->count && kept(o, i)->seq == seq)
		return USHER__FATE_TWICE;
	if (o->count == USHER__ORDER_KEPT) {
		if (i == 0)
			return USHER__FATE_LATE;
		drop(o, 0);
		i--;
	}
	if (!has_place(o))
		return USHER__FATE_FULL;
	memmove(o->kept + i + 1, o->kept + i, o->count - i);
	o->kept[i] = place_take(o);
	o->count++;
	*ret = i;
	return USHER__FATE_TAKEN;
}

/* --- in and out ------------------------------------------------------- */

/* Nothing to wait for, and nothing to keep. */
static bool needs_no_place(const struct usher__order *o, uint16_t seq,
			   bool sound)
{
	if (seq != (uint16_t)(o->taken + 1) || (o->keeps && sound))
		return false;
	return !o->waiting || usher__order_first(o)->seq != seq;
}

enum usher__order_fate usher__order_put(struct usher__order *o,
					const struct usher__rtp *rtp,
					uint8_t codec, const uint8_t *payload,
					int64_t at)
{
	struct usher__ordered *packet;
	enum usher__order_fate fate;
	bool late;
	size_t i;

	if (usher__order_breaks(o, rtp))
		restart(o, rtp);
	if (!o->keeps)
		drop_taken(o);
	late = distance(rtp->seq, o->taken) <= 0;
	if (late) {
		fate = see_late(o, rtp->seq);
		if (fate == USHER__FATE_TWICE || !payload || !o->keeps)
			return fate;
	}
	if (needs_no_place(o, rtp->seq, payload)) {
		take(o, rtp->seq);
		return payload ? USHER__FATE_NOW : USHER__FATE_TAKEN;
	}
	fate = make_place(o, rtp->seq, &i);
	if (fate != USHER__FATE_TAKEN)
		return fate;
	o->waiting += !late;
	packet = kept(o, i);
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

enum usher__order_fate usher__order_pass(struct usher__order *o,
					 const struct usher__rtp *rtp)
{
	if (usher__order_breaks(o, rtp))
		restart(o, rtp);
	if (distance(rtp->seq, o->taken) <= 0)
		return see_late(o, rtp->seq);
	take(o, rtp->seq);
	return USHER__FATE_NOW;
}

const struct usher__ordered *usher__order_first(const struct usher__order *o)
{
	return o->waiting ? kept(o, (size_t)(o->count - o->waiting)) : NULL;
}

const struct usher__ordered *usher__order_kept(const struct usher__order *o,
					       uint8_t i)
{
	return kept(o, i);
}

const struct usher__ordered *usher__order_next(struct usher__order *o,
					       bool all)
{
	const struct usher__ordered *packet;

	if (!o->keeps)
		drop_taken(o);
	while ((packet = usher__order_first(o))) {
		if (!all && packet->seq != (uint16_t)(o->taken + 1) &&
		    o->waiting <= USHER__ORDER_WAIT)
			return NULL;
		take(o, packet->seq);
		o->waiting--;
		if (packet->length)
			return packet;
		drop(o, (size_t)(o->count - o->waiting - 1));
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
