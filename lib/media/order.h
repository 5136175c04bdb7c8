/* The packets of one stream in the order of their numbers, for who remembers
 * what came before: decoders and the detector of digits. Who was overtaken is
 * waited for, until too many wait behind it, or the caller can wait no longer.
 * The last packets are kept where that is asked for, for a decoder that begins
 * in mid-stream. Pure: no clock, no memory but the places that it is given,
 * which several streams may share: most need none most of the time. What is
 * put in comes from outside. */
#ifndef USHER_MEDIA_ORDER_H
#define USHER_MEDIA_ORDER_H

#include <stdbool.h>
#include <stdint.h>
#include "media/rtp.h"

#define USHER__ORDER_KEPT   10  /* packets, taken ones included */
#define USHER__ORDER_WAIT   5   /* that wait for one; then it is lost */
#define USHER__ORDER_LONG   480 /* bytes: 60 ms of G.711; longer do not wait */
#define USHER__ORDER_LATE   50  /* numbers; so far back is another stream */
#define USHER__ORDER_PLACES 128 /* that the streams of a thread share */

struct usher__ordered {
	int64_t at; /* whatever the caller said */
	uint32_t ts;
	uint32_t span;
	uint16_t seq;
	uint16_t length; /* 0: no sound */
	uint8_t codec;
	uint8_t next; /* place that is free too */
	uint8_t payload[USHER__ORDER_LONG];
};

/* Places for packets; of one thread. */
struct usher__order_places {
	struct usher__ordered *packets; /* borrowed */
	uint8_t free;                   /* the first one; UINT8_MAX: none */
};

/* All of count places, UINT8_MAX at most, are free. */
void usher__order_places_init(struct usher__order_places *places,
			      struct usher__ordered *packets, uint8_t count);

/* What became of a packet that was put in. */
enum usher__order_fate {
	USHER__FATE_TAKEN, /* it is given by usher__order_next() in its turn */
	USHER__FATE_NOW,   /* it is its turn, and it was not copied */
	USHER__FATE_LATE,  /* nobody waited for it any longer */
	USHER__FATE_TWICE, /* it came before */
	USHER__FATE_FULL   /* no place was free; nothing has changed */
};

/* Zeroes are the start of one without places, which waits for nothing. */
struct usher__order {
	struct usher__order_places *places;
	uint64_t seen; /* bit n: number taken - n came */
	uint32_t ssrc;
	uint16_t taken; /* number of the last that was taken or given up */
	bool began;
	bool keeps;      /* the last ones, though they were taken */
	uint8_t count;   /* of kept, by their numbers */
	uint8_t waiting; /* of them, at the end */
	uint8_t kept[USHER__ORDER_KEPT]; /* places */
};

/* Forgets everything and gives its places back; from now on it takes others.
 * Who keeps packets has USHER__ORDER_KEPT places of its own. */
void usher__order_begin(struct usher__order *o,
			struct usher__order_places *places, bool keeps);

/* Does another stream begin with this packet? What waits is to be taken
 * before it is put in. */
bool usher__order_breaks(const struct usher__order *o,
			 const struct usher__rtp *rtp);

/* Takes a packet of at most USHER__ORDER_LONG; what is no sound by its number
 * alone, with payload NULL. */
enum usher__order_fate usher__order_put(struct usher__order *o,
					const struct usher__rtp *rtp,
					uint8_t codec, const uint8_t *payload,
					int64_t at);

/* Takes the number of a packet that is too long to wait, or that no place is
 * free for. All that waited has been taken. NOW, LATE or TWICE. */
enum usher__order_fate usher__order_pass(struct usher__order *o,
					 const struct usher__rtp *rtp);

/* The next one to be decoded, or NULL. all: none is waited for. It stays
 * until the next call, or where packets are kept until the next put. */
const struct usher__ordered *usher__order_next(struct usher__order *o,
					       bool all);

/* The next that waits, whatever it waits for, or NULL. */
const struct usher__ordered *usher__order_first(const struct usher__order *o);

/* That of kept, i < count. */
const struct usher__ordered *usher__order_kept(const struct usher__order *o,
					       uint8_t i);

/* What a packet's header said. */
struct usher__rtp usher__order_rtp(const struct usher__order *o,
				   const struct usher__ordered *packet);

#endif
