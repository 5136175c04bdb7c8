/* The sending side of a leg: one stream with one SSRC whatever feeds it.
 *
 * A feed is a partner that is relayed, or our own player. When it changes (or
 * the partner's SSRC does, or its sequence leaps) the sequence goes on with
 * the next number, the timestamp with the time that passed, and the first
 * packet is marked. Within a relayed feed numbers keep their distances, so
 * that losses and reordering reach the listener as they were.
 */
#include <string.h>
#include <sys/socket.h>
#include "media/bytes.h"
#include "media/engine.h"
#include "media/g711.h"
#include "media/srtp.h"

const union usher__maddr *usher__mleg_dest(const struct usher__mleg *leg)
{
	return leg->rx.latch.sa.sa_family ? &leg->rx.latch : &leg->params.rtp;
}

bool usher__mleg_can_send(const struct usher__mleg *leg)
{
	return leg->set && leg->params.direction & USHER__SENDONLY &&
	       usher__mleg_dest(leg)->sa.sa_family;
}

static int send_to(int fd, const uint8_t *buf, size_t n,
		   const union usher__maddr *to)
{
	socklen_t size =
		to->sa.sa_family == AF_INET ? sizeof(to->in) : sizeof(to->in6);

	return sendto(fd, buf, n, MSG_NOSIGNAL, &to->sa, size) < 0 ? -1 : 0;
}

/* A packet that is closed is a copy: others may want it as it is. */
static int send_sealed(struct usher__mleg *leg, int fd, const uint8_t *packet,
		       size_t n, const union usher__maddr *to)
{
	uint8_t sealed[USHER__RTP_PACKET_MAX + USHER__SRTP_GROWS];

	if (!leg->params.srtp)
		return send_to(fd, packet, n, to);
	if (n > USHER__RTP_PACKET_MAX)
		return -1;
	memcpy(sealed, packet, n);
	if (!usher__mleg_seal(leg, sealed, &n, fd == leg->rtcp.fd))
		return -1;
	return send_to(fd, sealed, n, to);
}

void usher__mleg_send(struct usher__mleg *leg, const uint8_t *packet,
		      size_t payload)
{
	if (send_sealed(leg, leg->rtp.fd, packet, USHER__RTP_HEADER + payload,
			usher__mleg_dest(leg))) {
		usher__mcount(leg->counts.tx_errors, 1);
		return;
	}
	usher__mcount(leg->counts.tx_packets, 1);
	usher__mcount(leg->counts.tx_bytes, payload);
}

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

/* The payload as its new leg understands it. */
static void translate(const struct usher__mleg *to,
		      const struct usher__mleg *from, int type,
		      uint8_t *payload, size_t n)
{
	uint32_t duration;

	if (type != USHER__MT_EVENT) {
		if (type != USHER__OPUS)
			usher__g711_translate(
				(enum usher__mcodec)type,
				(enum usher__mcodec)to->params.codec, payload,
				n);
		return;
	}
	if (n < USHER__TELEV_BYTES ||
	    usher__mleg_te_clock(to) == usher__mleg_te_clock(from))
		return;
	/* Few presses are so long that they cannot be told in one. */
	duration = (uint32_t)get16(payload + 2) * usher__mleg_te_clock(to) /
		   usher__mleg_te_clock(from);
	put16(payload + 2, (uint16_t)(duration > 0xffff ? 0xffff : duration));
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
		tx->seq = (uint16_t)(out.seq + 1);
		if (event)
			tx->at_us = w->now_us;
		else
			tx_sent(w, tx, out.ts, in->span);
	}

	translate(to, from, type, packet + in->offset, in->length);
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

static const union usher__maddr *rtcp_dest(struct usher__mleg *leg)
{
	const union usher__maddr *latch = &leg->rx.latch;

	if (leg->rx.latch_rtcp.sa.sa_family)
		return &leg->rx.latch_rtcp;
	/* Behind a translator the signaled address leads nowhere, and its
	 * RTCP port cannot be known before it speaks. */
	if (latch->sa.sa_family &&
	    !usher__maddr_same_host(latch, &leg->params.rtcp))
		return NULL;
	return leg->params.rtcp.sa.sa_family ? &leg->params.rtcp : NULL;
}

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
	const union usher__maddr *to = rtcp_dest(leg);
	struct usher__rtcp_sender sender;
	struct usher__rtcp_block block = {0};
	bool receives = leg->rx.source.valid;
	bool sends;
	size_t n;

	leg->tx.rtcp_at_us = w->now_us + USHER__MRTCP_US;
	report_sender(w, leg, &sender);
	sends = sender.packets != leg->tx.rtcp_packets;
	leg->tx.rtcp_packets = sender.packets;
	if (!to || (!sends && !receives))
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
	(void)send_sealed(leg, leg->rtcp.fd, w->packet, n, to);
}

void usher__mleg_send_rtcp(struct usher__mleg *leg, const uint8_t *packet,
			   size_t n)
{
	const union usher__maddr *to = rtcp_dest(leg);

	if (to)
		(void)send_sealed(leg, leg->rtcp.fd, packet, n, to);
}
