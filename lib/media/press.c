/* Keys between two legs whose clocks differ, RFC 4733: one has Opus and the
 * other has not, so there is a mix between them. The press gets a timestamp of
 * the other's stream, its durations are counted by the other's clock, and
 * while it goes on no sound is sent beside it.
 */
#include "media/bytes.h"
#include "media/engine.h"

#define HOLD_US 100000 /* a press without a packet for so long is over */

/* The other one of a conversation of two that has to be mixed. */
static struct usher__mleg *other(const struct usher__mleg *from)
{
	const struct usher__mroom *room = from->seat.room;
	struct usher__mleg *leg;

	if (!room || room->mode != USHER__MM_MIX || room->count != 2 ||
	    from->seat.role != USHER__MROLE_TALK)
		return NULL;
	leg = LIST_FIRST(&room->legs);
	if (leg == from)
		leg = LIST_NEXT(leg, seat.mate);
	return leg->seat.role == USHER__MROLE_TALK ? leg : NULL;
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
		if (press->ts == rtp->ts)
			return true;
		if ((int32_t)(rtp->ts - press->ts) < 0)
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
		.event = event,
		.began = true,
	};
	return true;
}

void usher__mleg_press(struct usher__mworker *w, struct usher__mleg *from,
		       const struct usher__rtp *rtp, const uint8_t *payload)
{
	uint8_t packet[USHER__RTP_HEADER + USHER__TELEV_BYTES];
	struct usher__mleg *to = other(from);
	struct usher__rtp out = {.length = USHER__TELEV_BYTES};
	struct usher__mpress *press;
	bool end = payload[1] >> 7;
	uint32_t later;
	uint16_t duration;

	if (!to || to->play || !usher__mleg_can_send(to) ||
	    to->params.te_tx_pt == USHER__NO_PT)
		return;
	press = &to->tx.press;
	if (!press_is(&to->tx, from, rtp, payload[0], &out.marker))
		return;
	press->ended |= end;
	press->until_us = press->ended ? 0 : w->now_us + HOLD_US;
	duration = usher__telev_segment(
		convert(from, to, press->before + get16(payload + 2)), &later);

	out.pt = to->params.te_tx_pt;
	out.ssrc = to->tx.ssrc;
	out.seq = to->tx.seq++;
	out.ts = press->out_ts +
		 later * usher__mleg_clock(to) / usher__mleg_te_clock(to);
	usher__rtp_header(packet, &out);
	usher__telev_write(packet + USHER__RTP_HEADER, press->event, end,
			   duration);
	usher__mleg_send(to, packet, USHER__TELEV_BYTES);
}
