/* A leg that carries video: packets are relayed as they are to the leg that it
 * is bridged with, under one SSRC and one sequence of numbers whatever their
 * source, and what a receiver reports of them goes the other way. Nothing is
 * decoded.
 *
 * Whenever a leg gets another source, or the same one again, its sender is
 * asked for a whole picture: what was sent before is not known there. */
#include <stdlib.h>
#include <string.h>
#include "media/engine.h"
#include "media/feedback.h"
#include "media/packets.h"
#include "media/mvideo.h"

int usher__mvideo_new(struct usher__mleg *leg)
{
	leg->video = calloc(1, sizeof(*leg->video));
	return leg->video ? 0 : USHER_ENOMEM;
}

void usher__mvideo_fresh(struct usher__mleg *leg)
{
	leg->video->fresh = true;
}

/* --- feedback -------------------------------------------------------------
 */

/* In terms that the peer of a leg understands. */
static void translate(struct usher__mleg *leg, struct usher__feedback *fb)
{
	uint8_t takes = leg->params.video.feedback;

	if (fb->kinds & USHER__FB_PLI && !(takes & USHER__FB_PLI))
		fb->kinds |= USHER__FB_FIR;
	if (fb->kinds & USHER__FB_FIR && !(takes & USHER__FB_FIR))
		fb->kinds |= USHER__FB_PLI;
	fb->kinds &= takes;
}

/* To the peer of a leg, about what it sends. */
static void send_feedback(struct usher__mworker *w, struct usher__mleg *leg,
			  struct usher__feedback *fb)
{
	uint8_t buf[USHER__RTCP_MAX + USHER__FEEDBACK_MAX];
	size_t n;

	translate(leg, fb);
	if (!fb->kinds || !leg->rx.source.valid)
		return;
	if (fb->kinds & USHER__FB_FIR)
		fb->fir_seq = leg->video->fir_seq++;
	/* A compound packet, as RFC 4585, 3.1 wants it. */
	n = usher__rtcp_write(buf, leg->tx.ssrc, NULL, NULL, w->m->cname);
	n += usher__feedback_write(buf + n, leg->tx.ssrc, leg->rx.source.ssrc,
				   fb);
	usher__mleg_send_rtcp(leg, buf, n);
}

static void ask_picture(struct usher__mworker *w, struct usher__mleg *leg)
{
	struct usher__feedback fb = {.kinds = USHER__FB_PLI};

	if (w->now_us - leg->video->asked_us < USHER__MVIDEO_ASK_MS * 1000)
		return;
	leg->video->asked_us = w->now_us;
	send_feedback(w, leg, &fb);
}

void usher__mvideo_rtcp(struct usher__mworker *w, struct usher__mleg *leg,
			size_t n)
{
	struct usher__mleg *peer = leg->peer;
	struct usher__feedback fb;

	if (!peer || leg->tx.feed != peer->id ||
	    usher__feedback_read(w->packet, n, leg->tx.ssrc, &fb))
		return;
	/* The sender's numbers are others than ours. */
	for (int i = 0; i < fb.nacks; i++)
		fb.nack[i].seq =
			(uint16_t)(fb.nack[i].seq - leg->tx.seq_offset);
	if (fb.kinds & (USHER__FB_PLI | USHER__FB_FIR)) {
		fb.kinds &= ~(USHER__FB_PLI | USHER__FB_FIR) & 0xff;
		ask_picture(w, peer);
	}
	send_feedback(w, peer, &fb);
}

/* --- packets --------------------------------------------------------------
 */

static bool feed_changed(const struct usher__mleg *to, uint64_t feed,
			 const struct usher__rtp *in)
{
	const struct usher__mtx *tx = &to->tx;
	int16_t step = (int16_t)(uint16_t)(in->seq - tx->feed_seq);

	return to->video->fresh || tx->feed != feed ||
	       tx->feed_ssrc != in->ssrc || step > USHER__RTP_DROPOUT ||
	       step < -USHER__RTP_DROPOUT;
}

static void feed_begin(struct usher__mworker *w, struct usher__mleg *to,
		       struct usher__mleg *from, const struct usher__rtp *in)
{
	struct usher__mtx *tx = &to->tx;
	uint32_t passed = (uint32_t)((w->now_us - tx->at_us) * 9 / 100);

	to->video->fresh = false;
	tx->feed = from->id;
	tx->feed_ssrc = in->ssrc;
	tx->feed_seq = in->seq;
	tx->fed = 0;
	tx->seq_offset = (uint16_t)(tx->seq - in->seq);
	tx->ts_offset = tx->ts + (passed ? passed : 1) - in->ts;
	from->video->asked_us = 0;
	ask_picture(w, from);
}

static void relay(struct usher__mworker *w, struct usher__mleg *to,
		  struct usher__mleg *from, const struct usher__rtp *in)
{
	uint8_t *packet = w->packet + in->offset - USHER__RTP_HEADER;
	struct usher__mtx *tx = &to->tx;
	struct usher__rtp out = *in;
	int behind;

	if (!usher__mleg_can_send(to) ||
	    to->params.video.codec != from->params.video.codec)
		return;
	if (feed_changed(to, from->id, in))
		feed_begin(w, to, from, in);
	if ((int16_t)(uint16_t)(in->seq - tx->feed_seq) > 0)
		tx->feed_seq = in->seq;
	out.ssrc = tx->ssrc;
	out.seq = (uint16_t)(in->seq + tx->seq_offset);
	out.ts = in->ts + tx->ts_offset;
	out.pt = to->params.video.tx_pt;
	/* From before the change of feed: its number is another packet's. */
	behind = (int16_t)(uint16_t)(tx->seq - 1 - out.seq);
	if (behind >= tx->fed)
		return;
	if (behind < 0) {
		usher__mleg_numbered(to, out.seq);
		tx->ts = out.ts;
		tx->at_us = w->now_us;
	}
	usher__rtp_header(packet, &out);
	usher__mleg_send(to, packet, in->length);
}

void usher__mvideo_take(struct usher__mworker *w, struct usher__mleg *leg,
			const struct usher__rtp *rtp,
			const union usher__maddr *from)
{
	if (rtp->pt != leg->params.video.rx_pt) {
		usher__mcount(leg->counts.rx_wrong_pt, 1);
		return;
	}
	usher__mleg_latch(w, leg, rtp, from);
	if (leg->peer)
		relay(w, leg->peer, leg, rtp);
}
