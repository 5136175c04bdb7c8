/* What receivers of video tell its sender by RTCP: RFC 4585 (NACK, PLI), RFC
 * 5104 (FIR) and REMB. Pure; what is read comes from outside. */
#ifndef USHER_MEDIA_FEEDBACK_H
#define USHER_MEDIA_FEEDBACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define USHER__FEEDBACK_NACKS_MAX 32  /* of one packet; more are left out */
#define USHER__FEEDBACK_MAX       256 /* bytes of what we write */

/* Kinds, as bits: what a peer understands. */
enum usher__feedback_kind {
	USHER__FB_NACK = 1,
	USHER__FB_PLI = 2,
	USHER__FB_FIR = 4,
	USHER__FB_REMB = 8
};

/* All that one packet says about one stream. */
struct usher__feedback {
	uint8_t kinds;
	uint8_t fir_seq;
	uint8_t nacks;
	uint32_t remb; /* six bits of exponent, eighteen of mantissa */
	struct {
		uint16_t seq;
		uint16_t more; /* a bit for each of the 16 that follow */
	} nack[USHER__FEEDBACK_NACKS_MAX];
};

/* Does a packet begin with feedback, and no report? */
static inline bool usher__feedback_is(const uint8_t *buf)
{
	return buf[1] == 205 || buf[1] == 206;
}

/* A compound packet: what it says about ssrc. 0, or USHER_EPROTO. */
int usher__feedback_read(const uint8_t *buf, size_t n, uint32_t ssrc,
			 struct usher__feedback *ret);

/* Behind what is in buf already; returns the bytes added, 0 if there is
 * nothing to say. At most USHER__FEEDBACK_MAX. */
size_t usher__feedback_write(uint8_t *buf, uint32_t from, uint32_t ssrc,
			     const struct usher__feedback *fb);

#endif
