/* Packets of a leg: what comes in is opened, believed and taken, what goes out
 * is numbered, closed and sent. */
#ifndef USHER_MEDIA_PACKETS_H
#define USHER_MEDIA_PACKETS_H

#include "media/mleg.h"

/* press.c */
/* For whom its keys are: with whom it is relayed, or the other one of two who
 * talk in a mix. NULL: nobody. */
const struct usher__mleg *
usher__mleg_presses_to(const struct usher__mleg *leg);
/* Passes a telephone-event on to the other one of two who talk in a mix. */
void usher__mleg_press(struct usher__mworker *w, struct usher__mleg *from,
		       const struct usher__rtp *rtp, const uint8_t *payload);
/* A telephone-event that is relayed: changes timestamp and duration if theirs
 * count otherwise. False: it is not to be sent. */
bool usher__mleg_press_relay(struct usher__mleg *to,
			     const struct usher__mleg *from,
			     const struct usher__rtp *in, uint8_t *payload,
			     struct usher__rtp *out);

/* crypt.c */
/* Makes what new keys of a leg need; afterwards they are its keys. */
int usher__mparams_crypt(struct usher__mleg *leg,
			 const struct usher__mleg_params *in,
			 struct usher__mparams *out);
void usher__mparams_free(struct usher__mparams *params);
/* On its thread: hands over what is new. */
void usher__mleg_crypt(struct usher__mleg *leg, struct usher__mparams *params);
void usher__mleg_uncrypt(struct usher__mleg *leg); /* it is going */
/* Opens what came, in place; false: counted and to be dropped. */
bool usher__mleg_open(struct usher__mleg *leg, uint8_t *packet, size_t *n);
/* Closes what goes, in place; false: not to be sent. */
bool usher__mleg_seal(struct usher__mleg *leg, uint8_t *packet, size_t *n,
		      bool rtcp);

/* latch.c */
/* May packets come from there? */
bool usher__mleg_believes(const struct usher__mleg *leg,
			  const union usher__maddr *from);
/* A packet that is valid: its source is believed from now on. */
void usher__mleg_latch(struct usher__mworker *w, struct usher__mleg *leg,
		       const struct usher__rtp *rtp,
		       const union usher__maddr *from);

/* One that is not believed; when they go on the owner is told. */
void usher__mleg_strange(struct usher__mworker *w, struct usher__mleg *leg,
			 const union usher__maddr *from);

/* rx.c: a packet of n bytes is in the thread's buffer */
void usher__mleg_take_rtp(struct usher__mworker *w, struct usher__mleg *leg,
			  size_t n, const union usher__maddr *from);
void usher__mleg_take_rtcp(struct usher__mworker *w, struct usher__mleg *leg,
			   size_t n, const union usher__maddr *from);
/* False when none waited. */
bool usher__mleg_rx_rtp(struct usher__mworker *w, struct usher__mleg *leg);
/* Takes all that came until now, also what waits to be put in order. */
void usher__mleg_catch_up(struct usher__mworker *w, struct usher__mleg *leg);
void usher__mleg_rx_rtcp(struct usher__mworker *w, struct usher__mleg *leg);

/* send.c */
const union usher__maddr *usher__mleg_dest(const struct usher__mleg *leg);
bool usher__mleg_can_send(const struct usher__mleg *leg);
void usher__mleg_send(struct usher__mleg *leg, const uint8_t *packet,
		      size_t payload);
/* Is it known where to? */
bool usher__mleg_can_send_rtcp(const struct usher__mleg *leg);
/* If it is known where to. */
void usher__mleg_send_rtcp(struct usher__mleg *leg, const uint8_t *packet,
			   size_t n);

/* tx.c */
/* Sends a packet that came to from, with its header rewritten in place; type
 * is its codec or one of enum usher__mtype. */
void usher__mleg_relay(struct usher__mworker *w, struct usher__mleg *to,
		       const struct usher__mleg *from, uint8_t *packet,
		       const struct usher__rtp *in, int type);
/* The timestamp of the next frame of our own making, of so many samples. */
uint32_t usher__mleg_local(struct usher__mworker *w, struct usher__mleg *leg,
			   uint32_t frame, bool *ret_marker);
void usher__mleg_report(struct usher__mworker *w, struct usher__mleg *leg);

#endif
