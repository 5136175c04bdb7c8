/* Telephone events, RFC 4733: the receiving side, and payloads to send.
 *
 * A press is identified by its RTP timestamp, which all of its packets share:
 * the first packet of it that gets through reports the digit, whichever it is,
 * and all later ones say nothing new. Ends do not matter, so two presses of
 * one digit stay two when the first end is lost. A press longer than a
 * duration can tell goes on under a timestamp 0xffff units of its duration
 * later (section 2.5.1.3); where those are not the stream's own, as with
 * telephone-event/8000 beside Opus, that is more timestamps.
 */
#include "media/rtp.h"

#include <string.h>
#include <usher/error.h>
#include "media/bytes.h"

#define EVENTS 16

static const char digits[EVENTS + 1] = "0123456789*#ABCD";

static void telev_take(struct usher__telev *t, const struct usher__rtp *rtp,
		       const uint8_t *payload)
{
	t->ssrc = rtp->ssrc;
	t->ts = rtp->ts;
	t->seq = rtp->seq;
	t->event = payload[0];
	t->ended = payload[1] >> 7;
	t->duration = get16(payload + 2);
	t->seen = true;
}

/* Does a packet with a new timestamp belong to an earlier press? */
static bool is_old(const struct usher__telev *t, const struct usher__rtp *rtp)
{
	return (int32_t)(rtp->ts - t->ts) < 0 &&
	       (int16_t)(uint16_t)(rtp->seq - t->seq) < 0;
}

static bool is_next_segment(const struct usher__telev *t,
			    const struct usher__rtp *rtp, uint8_t event,
			    uint32_t step)
{
	return !t->ended && !rtp->marker && event == t->event &&
	       rtp->ts - t->ts == step;
}

int usher__telev_packet(struct usher__telev *t, const struct usher__rtp *rtp,
			const uint8_t *payload, uint32_t step)
{
	bool next_segment;

	if (rtp->length < USHER__TELEV_BYTES || payload[0] >= EVENTS)
		return USHER_EPROTO;

	if (!t->seen || rtp->ssrc != t->ssrc) {
		telev_take(t, rtp, payload);
		return digits[t->event];
	}
	if (rtp->ts == t->ts) {
		if ((int16_t)(uint16_t)(rtp->seq - t->seq) > 0)
			t->seq = rtp->seq;
		t->ended |= payload[1] >> 7;
		return 0;
	}
	if (is_old(t, rtp))
		return 0;

	next_segment = is_next_segment(t, rtp, payload[0], step);
	telev_take(t, rtp, payload);
	return next_segment ? 0 : digits[t->event];
}

void usher__telev_write(uint8_t *buf, uint8_t event, bool end,
			uint16_t duration)
{
	buf[0] = event;
	buf[1] = (uint8_t)(end << 7 | 10); /* -10 dBm0 */
	put16(buf + 2, duration);
}

uint16_t usher__telev_segment(uint32_t total, uint32_t *ret_later)
{
	uint32_t segment = total ? (total - 1) / USHER__TELEV_LONGEST : 0;

	*ret_later = segment * USHER__TELEV_LONGEST;
	return (uint16_t)(total - *ret_later);
}

int usher__telev_event(char digit)
{
	const char *at;

	if (digit >= 'a' && digit <= 'd')
		digit = (char)(digit - 'a' + 'A');
	at = digit ? strchr(digits, digit) : NULL;
	return at ? (int)(at - digits) : -1;
}
