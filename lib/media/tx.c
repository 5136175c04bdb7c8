/* The sending side of a leg: one stream with one SSRC whatever feeds it.
 *
 * A feed is a partner that is relayed, or our own player. When it changes (or
 * the partner's SSRC does, or its sequence leaps) the sequence goes on with
 * the next number, the timestamp with the time that passed, and the first
 * packet is marked. Within a relayed feed numbers keep their distances, so
 * that losses and reordering reach the listener as they were.
 */
#include <string.h>
#include "media/clock.h"
#include "media/engine.h"
#include "media/g711.h"
#include "media/packets.h"
#include "media/samples.h"

/* Timestamps since the last packet. */
static uint32_t since(const struct usher__mworker *w,
		      const struct usher__mleg *leg)
{
	int64_t us = w->now_us - leg->tx.at_us;

	if (leg->kind == USHER__MKIND_TEXT)
		return (uint32_t)(us / 1000);
	if (leg->kind == USHER__MKIND_VIDEO)
		return (uint32_t)(us * 9 / 100);
	return (uint32_t)(us * usher__mleg_clock(leg) / 125);
}

/* The same, at least its own. */
static uint32_t elapsed(const struct usher__mworker *w,
			const struct usher__mleg *leg)
{
	uint32_t count = since(w, leg);

	return count < leg->tx.frame ? leg->tx.frame : count;
}

static void tx_sent(struct usher__mworker *w, struct usher__mtx *tx,
		    uint32_t ts, uint32_t frame)
{
	tx->ts = ts;
	tx->frame = frame;
	tx->at_us = w->now_us;
}

/* --- a partner's packets ---------------------------------------------- */

static bool feed_changed(const struct usher__mtx *tx, uint64_t feed,
			 const struct usher__rtp *in)
{
	int16_t step = (int16_t)(uint16_t)(in->seq - tx->feed_seq);

	return tx->feed != feed || tx->feed_ssrc != in->ssrc ||
	       step > USHER__RTP_DROPOUT || step < -USHER__RTP_DROPOUT;
}

static void feed_begin(struct usher__mworker *w, struct usher__mleg *leg,
		       uint64_t feed, const struct usher__rtp *in)
{
	struct usher__mtx *tx = &leg->tx;

	tx->feed = feed;
	tx->feed_ssrc = in->ssrc;
	tx->feed_seq = in->seq;
	tx->base = tx->seq;
	tx->seq_offset = (uint16_t)(tx->seq - in->seq);
	tx->ts_offset = tx->ts + elapsed(w, leg) - in->ts;
}

/* Comfort noise, keys for who does not know them, and another clock's sound
 * until there is a mix. */
static bool unsaid(const struct usher__mleg *to,
		   const struct usher__mleg *from, int type)
{
	if (type == USHER__MT_EVENT)
		return to->params.te_tx_pt == USHER__NO_PT ||
		       !usher__mlegs_alike(to, from);
	return type < 0 || usher__mcodec_clock(type) != usher__mleg_clock(to);
}

/* The payload as its new leg understands it. False: it is not for it. */
static bool translate(struct usher__mleg *to, const struct usher__mleg *from,
		      int type, const struct usher__rtp *in, uint8_t *payload,
		      struct usher__rtp *out)
{
	if (type == USHER__MT_EVENT)
		return usher__mleg_press_relay(to, from, in, payload, out);
	if (type != USHER__OPUS)
		usher__g711_translate((enum usher__mcodec)type,
				      (enum usher__mcodec)to->params.codec,
				      payload, in->length);
	return true;
}

void usher__mleg_relay(struct usher__mworker *w, struct usher__mleg *to,
		       const struct usher__mleg *from, uint8_t *packet,
		       const struct usher__rtp *in, int type)
{
	struct usher__mtx *tx = &to->tx;
	struct usher__rtp out = *in;
	bool event = type == USHER__MT_EVENT;

	if (to->play || !usher__mleg_can_send(to))
		return;
	if (feed_changed(tx, from->id, in)) {
		feed_begin(w, to, from->id, in);
		out.marker = true;
	}
	if ((int16_t)(uint16_t)(in->seq - tx->feed_seq) > 0)
		tx->feed_seq = in->seq;
	if (unsaid(to, from, type)) {
		/* Leaves no gap that would look like a loss. */
		tx->seq_offset--;
		return;
	}

	out.ssrc = tx->ssrc;
	out.seq = (uint16_t)(in->seq + tx->seq_offset);
	out.ts = in->ts + tx->ts_offset;
	out.pt = event ? to->params.te_tx_pt : to->params.tx_pt;
	/* From before the change of feed: its number is another packet's. */
	if ((int16_t)(uint16_t)(out.seq - tx->base) < 0)
		return;
	if ((int16_t)(uint16_t)(out.seq - tx->seq) >= 0) {
		usher__mleg_numbered(to, out.seq);
		if (event)
			tx->at_us = w->now_us;
		else
			tx_sent(w, tx, out.ts, in->span);
	}

	if (!translate(to, from, type, in, packet + in->offset, &out))
		return;
	if (!event)
		usher__mleg_tape(w, to, &out, to->params.codec,
				 packet + in->offset);
	packet += in->offset - USHER__RTP_HEADER;
	usher__rtp_header(packet, &out);
	usher__mleg_send(to, packet, in->length);
}

/* --- our own packets -------------------------------------------------- */

uint32_t usher__mleg_local(struct usher__mworker *w, struct usher__mleg *leg,
			   uint32_t frame, bool *ret_marker)
{
	struct usher__mtx *tx = &leg->tx;
	bool begins = tx->feed != USHER__MFEED_LOCAL;

	tx->feed = USHER__MFEED_LOCAL;
	tx_sent(w, tx, tx->ts + (begins ? elapsed(w, leg) : tx->frame),
		frame * usher__mleg_clock(leg));
	*ret_marker = begins;
	return tx->ts;
}

/* --- reports ---------------------------------------------------------- */

static void report_sender(struct usher__mworker *w,
			  const struct usher__mleg *leg,
			  struct usher__rtcp_sender *sender)
{
	sender->ntp = usher__media_ntp();
	sender->ts = leg->tx.ts + since(w, leg);
	sender->packets = (uint32_t)usher__mread(leg->counts.tx_packets);
	sender->bytes = (uint32_t)usher__mread(leg->counts.tx_bytes);
}

void usher__mleg_report(struct usher__mworker *w, struct usher__mleg *leg)
{
	struct usher__rtcp_sender sender;
	struct usher__rtcp_block block = {0};
	bool receives = leg->rx.source.valid;
	bool sends;
	size_t n;

	leg->tx.rtcp_at_us = w->now_us + USHER__MRTCP_US;
	/* What is not told now is told by the next report. */
	if (!usher__mleg_can_send_rtcp(leg))
		return;
	report_sender(w, leg, &sender);
	sends = sender.packets != leg->tx.rtcp_packets;
	leg->tx.rtcp_packets = sender.packets;
	if (!sends && !receives)
		return;

	if (receives) {
		usher__rtcp_block_of(&leg->rx.source, &block);
		if (leg->kind != USHER__MKIND_AUDIO) /* another clock */
			block.jitter = 0;
		if (leg->rx.sr_us) {
			int64_t since = w->now_us - leg->rx.sr_us;

			block.lsr = leg->rx.sr_mid;
			block.dlsr = (uint32_t)((since << 16) / 1000000);
		}
	}
	n = usher__rtcp_write(w->packet, leg->tx.ssrc, sends ? &sender : NULL,
			      receives ? &block : NULL, w->m->cname);
	usher__mleg_send_rtcp(leg, w->packet, n);
}
