/* The sending side of a leg: one stream with one SSRC whatever feeds it.
 *
 * A feed is a partner that is relayed, or our own player. When it changes (or
 * the partner's SSRC does, or its numbers or its time leap) the sequence goes
 * on with the next number, the timestamp with the time that passed, and the
 * first packet is marked. Within a relayed feed numbers keep their distances,
 * so that losses and reordering reach the listener as they were.
 *
 * What a partner makes of its numbers is not its listener's concern. They
 * leap when there are more of them than packets can have come meanwhile, or
 * two in a row are far behind; of sound no number is sent twice, and its time
 * goes on with each.
 */
#include <string.h>
#include "media/clock.h"
#include "media/engine.h"
#include "media/g711.h"
#include "media/packets.h"
#include "media/samples.h"

#define BEHIND_MAX 64   /* numbers; sound so late is of no use */
#define LEAP_MIN   100  /* numbers that may be lost in no time */
#define AHEAD_MS   2000 /* of the time that passed: a new timeline */

/* Timestamps since the last packet of sound. */
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

/* Numbers from the newest that came. */
static int step_of(const struct usher__mtx *tx, const struct usher__rtp *in)
{
	return (int16_t)(uint16_t)(in->seq - tx->feed_seq);
}

/* More numbers than packets are taken of anybody in the time that passed. */
static bool runs_ahead(const struct usher__mworker *w,
		       const struct usher__mtx *tx, int step)
{
	return step > LEAP_MIN + (w->now_us - tx->at_us) *
					 USHER__MLEG_PACKETS_PER_S / 1000000;
}

/* One far behind was on its way for long. Another after it, and its sender
 * counts anew. */
static bool counts_anew(struct usher__mtx *tx, const struct usher__rtp *in)
{
	bool again = tx->strayed && in->seq == tx->stray_seq;

	tx->strayed = true;
	tx->stray_seq = (uint16_t)(in->seq + 1);
	return again;
}

static bool feed_changed(const struct usher__mworker *w, struct usher__mtx *tx,
			 uint64_t feed, const struct usher__rtp *in)
{
	int step = step_of(tx, in);

	if (tx->feed != feed || tx->feed_ssrc != in->ssrc ||
	    step > USHER__RTP_DROPOUT || step < -USHER__RTP_DROPOUT)
		return true;
	return runs_ahead(w, tx, step) ||
	       (step <= -BEHIND_MAX && counts_anew(tx, in));
}

static void feed_begin(struct usher__mworker *w, struct usher__mleg *leg,
		       uint64_t feed, const struct usher__rtp *in)
{
	struct usher__mtx *tx = &leg->tx;

	tx->feed = feed;
	tx->feed_ssrc = in->ssrc;
	tx->feed_seq = in->seq;
	tx->strayed = false;
	tx->given = UINT64_MAX;
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

/* A number behind the newest is sent once, if it is not another feed's. */
static bool take_late(struct usher__mtx *tx, uint16_t seq)
{
	uint16_t behind = (uint16_t)(tx->seq - 1 - seq);
	uint64_t bit = behind < BEHIND_MAX ? (uint64_t)1 << behind : 0;

	if (!bit || tx->given & bit)
		return false;
	tx->given |= bit;
	return true;
}

/* Sound whose time does not go on, or is far beyond the time that passed. */
static bool time_leaps(const struct usher__mworker *w,
		       const struct usher__mleg *leg, uint32_t ts)
{
	int32_t on = (int32_t)(ts - leg->tx.ts);

	return on <= 0 ||
	       (uint32_t)on >
		       since(w, leg) + AHEAD_MS * 8u * usher__mleg_clock(leg);
}

/* Gives it its number and time. False: it is not for its listener. */
static bool place(struct usher__mworker *w, struct usher__mleg *to,
		  const struct usher__mleg *from, const struct usher__rtp *in,
		  int type, struct usher__rtp *out)
{
	struct usher__mtx *tx = &to->tx;
	bool begins = feed_changed(w, tx, from->id, in);
	bool newest = begins || step_of(tx, in) > 0;

	if (!begins && type >= 0 && newest &&
	    time_leaps(w, to, in->ts + tx->ts_offset))
		begins = true;
	if (begins)
		feed_begin(w, to, from->id, in);
	if (newest)
		tx->feed_seq = in->seq;
	if (unsaid(to, from, type)) {
		/* Leaves no gap that would look like a loss. */
		if (newest)
			tx->seq_offset--;
		return false;
	}
	out->marker |= begins;
	out->ssrc = tx->ssrc;
	out->seq = (uint16_t)(in->seq + tx->seq_offset);
	out->ts = in->ts + tx->ts_offset;
	if ((int16_t)(uint16_t)(out->seq - tx->seq) < 0)
		return take_late(tx, out->seq);
	usher__mleg_numbered(to, out->seq);
	if (type != USHER__MT_EVENT)
		tx_sent(w, tx, out->ts, in->span);
	return true;
}

void usher__mleg_relay(struct usher__mworker *w, struct usher__mleg *to,
		       const struct usher__mleg *from, uint8_t *packet,
		       const struct usher__rtp *in, int type)
{
	struct usher__rtp out = *in;
	bool event = type == USHER__MT_EVENT;

	if (to->play || !usher__mleg_can_send(to) ||
	    !place(w, to, from, in, type, &out))
		return;
	out.pt = event ? to->params.te_tx_pt : to->params.tx_pt;
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
