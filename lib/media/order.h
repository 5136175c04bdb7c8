/* The packets of one stream in the order of their numbers, for who remembers
 * what came before: decoders and the detector of digits. Who was overtaken is
 * waited for, until too many wait behind it, or the caller can wait no longer.
 * The last packets are kept, for a decoder that begins in mid-stream. Pure: no
 * clock, no memory after its making. What is put in comes from outside. */
#ifndef USHER_MEDIA_ORDER_H
#define USHER_MEDIA_ORDER_H

#include <stdbool.h>
#include <stdint.h>
#include "media/rtp.h"

#define USHER__ORDER_KEPT 10  /* packets, taken ones included */
#define USHER__ORDER_WAIT 5   /* that wait for one; then it is lost */
#define USHER__ORDER_LONG 480 /* bytes: 60 ms of G.711; longer do not wait */
#define USHER__ORDER_LATE 50  /* numbers; so far back is another stream */

struct usher__ordered {
	int64_t at; /* whatever the caller said */
	uint32_t ts;
	uint32_t span;
	uint16_t seq;
	uint16_t length; /* 0: no sound */
	uint8_t codec;
	uint8_t payload[USHER__ORDER_LONG];
};

/* What became of a packet that was put in. */
enum usher__order_fate {
	USHER__FATE_TAKEN,
	USHER__FATE_LATE,  /* nobody waited for it any longer */
	USHER__FATE_TWICE, /* it is there; of kept ones only, so a copy may
			      be called late */
};

/* Zeroes are the start. */
struct usher__order {
	bool began;
	uint32_t ssrc;
	uint16_t taken;  /* number of the last that was taken or given up */
	uint8_t count;   /* of kept, by their numbers */
	uint8_t waiting; /* of them, at the end */
	struct usher__ordered kept[USHER__ORDER_KEPT];
};

/* Does another stream begin with this packet? What waits is to be taken
 * before it is put in. */
bool usher__order_breaks(const struct usher__order *o,
			 const struct usher__rtp *rtp);

/* Takes a packet; what is longer than USHER__ORDER_LONG, or no sound, by its
 * number alone, with payload NULL. */
enum usher__order_fate usher__order_put(struct usher__order *o,
					const struct usher__rtp *rtp,
					uint8_t codec, const uint8_t *payload,
					int64_t at);

/* The next one to be decoded, or NULL. all: none is waited for. It stays
 * until the next put. */
const struct usher__ordered *usher__order_next(struct usher__order *o,
					       bool all);

/* The next that waits, whatever it waits for, or NULL. */
const struct usher__ordered *usher__order_first(const struct usher__order *o);

/* What a packet's header said. */
struct usher__rtp usher__order_rtp(const struct usher__order *o,
				   const struct usher__ordered *packet);

#endif
