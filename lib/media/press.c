/* Keys between two legs that are mixed, RFC 4733: one has Opus and the other
 * has not, or somebody listens. The press gets a timestamp of the other's
 * stream, its durations are counted by the other's clock, and while it goes on
 * no sound is sent beside it. Keys that are relayed are known here too: their
 * durations may count by another clock although the sound's is the same.
 */
#include "media/bytes.h"
#include "media/packets.h"
#include "media/mworker.h"

#define HOLD_US 100000 /* a press without a packet for so long is over */

/* The other one of two who talk and have to be mixed, whoever listens. */
static struct usher__mleg *other(const struct usher__mleg *from)
{
	const struct usher__mroom *room = from->seat.room;
	struct usher__mleg *leg, *found = NULL;

	if (!room || room->mode != USHER__MM_MIX ||
	    from->seat.role != USHER__MROLE_TALK)
		return NULL;
	LIST_FOREACH (leg, &room->legs, seat.mate) {
		if (leg == from || leg->seat.role != USHER__MROLE_TALK)
			continue;
		if (found)
			return NULL;
		found = leg;
	}
	return found;
}

const struct usher__mleg *usher__mleg_presses_to(const struct usher__mleg *leg)
{
	return leg->peer ? leg->peer : other(leg);
}

/* A duration or step of one's by the other's count. */
static uint32_t convert(const struct usher__mleg *from,
			const struct usher__mleg *to, uint32_t units)
{
	return units * usher__mleg_te_clock(to) / usher__mleg_te_clock(from);
}

/* The segment after the one that is known (section 2.5.1.3)? */
static bool goes_on(const struct usher__mleg *from,
		    const struct usher__mpress *press,
		    const struct usher__rtp *rtp, uint8_t event)
{
	return !press->ended && !rtp->marker && event == press->event &&
	       rtp->ts - press->ts == usher__mleg_te_step(from);
}

/* False: it is of a press before. */
static bool press_is(struct usher__mtx *tx, const struct usher__mleg *from,
		     const struct usher__rtp *rtp, uint8_t event, bool *begins)
{
	struct usher__mpress *press = &tx->press;

	*begins = false;
	if (press->began && press->ssrc == rtp->ssrc) {
		int16_t newer = (int16_t)(uint16_t)(rtp->seq - press->seq);

		if (newer > 0)
			press->seq = rtp->seq;
		if (press->ts == rtp->ts)
			return true;
		/* Older by its timestamp alone is a clock set anew. */
		if ((int32_t)(rtp->ts - press->ts) < 0 && newer < 0)
			return false;
		if (goes_on(from, press, rtp, event)) {
			press->before += USHER__TELEV_LONGEST;
			press->ts = rtp->ts;
			return true;
		}
	}
	*begins = true;
	*press = (struct usher__mpress){
		.ssrc = rtp->ssrc,
		.ts = rtp->ts,
		.out_ts = tx->ts + tx->frame,
		.seq = rtp->seq,
		.event = event,
		.began = true,
	};
	return true;
}

/* The segment of the other's that tells what the payload does. */
static uint16_t press_segment(const struct usher__mleg *from,
			      const struct usher__mleg *to,
			      const uint8_t *payload, uint32_t *ret_ts)
{
	const struct usher__mpress *press = &to->tx.press;
	uint32_t later;
	uint16_t duration = usher__telev_segment(
		convert(from, to, press->before + get16(payload + 2)), &later);

	*ret_ts = press->out_ts +
		  later * usher__mleg_clock(to) / usher__mleg_te_clock(to);
	return duration;
}

void usher__mleg_press(struct usher__mworker *w, struct usher__mleg *from,
		       const struct usher__rtp *rtp, const uint8_t *payload)
{
	uint8_t packet[USHER__RTP_HEADER + USHER__TELEV_BYTES];
	struct usher__mleg *to = other(from);
	struct usher__rtp out = {.length = USHER__TELEV_BYTES};
	struct usher__mpress *press;
	bool end = payload[1] >> 7;
	uint16_t duration;

	if (!to || to->play || !usher__mleg_can_send(to) ||
	    to->params.te_tx_pt == USHER__NO_PT)
		return;
	press = &to->tx.press;
	if (!press_is(&to->tx, from, rtp, payload[0], &out.marker))
		return;
	press->ended |= end;
	press->until_us = press->ended ? 0 : w->now_us + HOLD_US;
	duration = press_segment(from, to, payload, &out.ts);

	out.pt = to->params.te_tx_pt;
	out.ssrc = to->tx.ssrc;
	out.seq = usher__mleg_number(to);
	usher__rtp_header(packet, &out);
	usher__telev_write(packet + USHER__RTP_HEADER, press->event, end,
			   duration);
	usher__mleg_send(to, packet, USHER__TELEV_BYTES);
}

bool usher__mleg_press_relay(struct usher__mleg *to,
			     const struct usher__mleg *from,
			     const struct usher__rtp *in, uint8_t *payload,
			     struct usher__rtp *out)
{
	struct usher__mpress *press = &to->tx.press;
	bool same = usher__mleg_te_clock(to) == usher__mleg_te_clock(from);
	uint16_t duration;
	bool begins;

	if (in->length < USHER__TELEV_BYTES)
		return true;
	if (!press_is(&to->tx, from, in, payload[0], &begins))
		return same;
	if (begins)
		press->out_ts = out->ts;
	/* It may have begun in a mix, or behind another offset: with a new
	 * timestamp or a marker it would be another press. */
	else
		out->marker = in->marker;
	press->ended |= payload[1] >> 7;
	duration = press_segment(from, to, payload, &out->ts);
	if (!same)
		put16(payload + 2, duration);
	return true;
}
