/* The receiving side of a leg.
 *
 * Which source is believed (symmetric RTP): a phone behind a translator
 * sends from another port than it names, and from another host, the one that
 * its signaling comes from. So the first valid packet from either host
 * latches its address, unless any_source opens that to everybody; from then on
 * packets come from there or from the very address that was signaled, which
 * takes the latch over. All others are counted and dropped: who guesses a
 * port gets neither sound nor keys. Our packets go to the latch.
 */
#include "media/clock.h"
#include "media/engine.h"
#include "media/feedback.h"
#include "media/filer.h"
#include "media/packets.h"
#include "media/samples.h"
#include "media/mvideo.h"

#define NOISE_PT   13 /* static, RFC 3389 */
#define UNREAD_MAX 64 /* packets of a leg: a second and more */

enum { NONSENSE_S = 16 }; /* of jitter and of a round trip */
/* A millisecond in units of RTCP, 2^-16 s: phones round what they kept a
 * report for to that. */
enum { ROUNDED = 66 };

/* --- RTP -------------------------------------------------------------- */

static ssize_t receive(struct usher__mworker *w, int fd,
		       union usher__maddr *from)
{
	socklen_t size = sizeof(*from);

	/* A byte more than is allowed, so that what was cut is seen. */
	return recvfrom(fd, w->packet, sizeof(w->packet), 0, &from->sa, &size);
}

/* A press is for whom its sender was with when it began, however long it
 * lasts: of the end of a secret, or of what was said aside, whoever is with it
 * later gets nothing: false. An event that is no key, as a flash, is for
 * anybody, if it is one. */
static bool take_event(struct usher__mworker *w, struct usher__mleg *leg,
		       const struct usher__rtp *rtp)
{
	const uint8_t *payload = w->packet + rtp->offset;
	const struct usher__mleg *to = usher__mleg_presses_to(leg);
	int digit = usher__telev_packet(&leg->rx.telev, rtp, payload,
					usher__mleg_te_step(leg));
	bool passes;

	if (digit > 0)
		leg->rx.press_for = to && !leg->muted ? to->id : 0;
	passes = to && leg->rx.press_for == to->id;
	if (digit < 0)
		usher__mcount(leg->counts.digits_ignored, 1);
	else if (!leg->muted && passes)
		usher__mleg_press(w, leg, rtp, payload);
	if (digit > 0 &&
	    !(leg->params.inband && usher__inband_told(w, leg, (char)digit)))
		usher__mleg_digit(w, leg, (char)digit);
	return digit < 0 ? rtp->length >= USHER__TELEV_BYTES : passes;
}

static void take_audio(struct usher__mworker *w, struct usher__mleg *leg,
		       const struct usher__rtp *in, int codec)
{
	const uint8_t *payload = w->packet + in->offset;
	struct usher__rtp rtp = *in;

	rtp.ts = usher__timeline_in(&leg->rx.timeline, usher__mleg_clock(leg),
				    in->ts);
	if (leg->tap && !leg->muted &&
	    !usher__filer_audio(w->m->filer, leg->tap, leg->tap_channel,
				w->now_us, &rtp, codec, payload))
		usher__mcount(leg->counts.rec_drops, 1);
	usher__mleg_samples(w, leg, &rtp, codec, payload);
}

/* Comfort noise: a pause, and how loud it is. */
static void take_noise(struct usher__mworker *w, struct usher__mleg *leg,
		       const struct usher__rtp *rtp)
{
	const uint8_t *payload = w->packet + rtp->offset;

	if (leg->params.codec == USHER__OPUS)
		return;
	if (leg->tap && !leg->muted &&
	    !usher__filer_audio(w->m->filer, leg->tap, leg->tap_channel,
				w->now_us, rtp, USHER__RECFILE_NOISE, payload))
		usher__mcount(leg->counts.rec_drops, 1);
	if (usher__mroom_wants(leg))
		usher__jitter_noise(leg->seat.ear->jitter, payload[0]);
}

/* What a muted leg's stream is for those it is relayed to: it goes on, so
 * that nobody takes it for dead. */
static int hushed(struct usher__mworker *w, struct usher__rtp *rtp, int type)
{
	return type >= 0 && usher__mleg_hush(rtp, type, w->packet)
		       ? type
		       : USHER__MT_NOISE;
}

/* Two legs whose peers are each other would spin a packet for ever, and a
 * flood from the right address would take the thread from all other calls. */
static bool too_fast(struct usher__mworker *w, struct usher__mleg *leg)
{
	if (w->now_us - leg->rx.second_us >= 1000000) {
		leg->rx.second_us = w->now_us;
		leg->rx.packets = 0;
		leg->rx.digits = 0;
	}
	if (leg->rx.packets >= (leg->kind == USHER__MKIND_VIDEO
					? USHER__MVIDEO_PACKETS_PER_S
					: USHER__MLEG_PACKETS_PER_S))
		return true;
	leg->rx.packets++;
	return false;
}

/* A codec or one of enum usher__mtype. */
static int type_of(const struct usher__mleg *leg, uint8_t pt)
{
	for (int codec = 0; codec < USHER__MCODECS; codec++) {
		if (leg->params.rx_pt[codec] == pt)
			return codec;
	}
	if (leg->params.te_rx_pt == pt)
		return USHER__MT_EVENT;
	return pt == NOISE_PT ? USHER__MT_NOISE : USHER__MT_UNKNOWN;
}

/* How long it lasts. False: its payload is not what its type says. */
static bool measure(struct usher__rtp *rtp, int type, const uint8_t *packet)
{
	int span = (int)rtp->length;

	if (type == USHER__OPUS)
		span = usher__opus_check(packet + rtp->offset, rtp->length);
	rtp->span = span > 0 ? (uint32_t)span : 0;
	return span > 0;
}

static void take_rtcp(struct usher__mworker *w, struct usher__mleg *leg,
		      size_t n, const union usher__maddr *from);

void usher__mleg_take_rtp(struct usher__mworker *w, struct usher__mleg *leg,
			  size_t n, const union usher__maddr *from)
{
	struct usher__mcounts *counts = &leg->counts;
	struct usher__rtp rtp;
	bool passes = true;
	int type;

	/* Who is on hold reports all the same. */
	if (!leg->set ||
	    (!(leg->params.direction & USHER__RECVONLY) &&
	     !(leg->params.mux && usher__rtcp_is(w->packet, n)))) {
		usher__mcount(counts->rx_unwanted, 1);
		return;
	}
	if (!usher__mleg_believes(leg, from)) {
		usher__mcount(counts->rx_wrong_source, 1);
		if (!usher__rtp_parse(w->packet, n, &rtp))
			usher__mleg_strange(w, leg, from);
		return;
	}
	if (too_fast(w, leg)) {
		usher__mcount(counts->rx_over, 1);
		return;
	}
	if (leg->params.srtp && !usher__mleg_open(leg, w->packet, &n))
		return;
	if (usher__rtcp_is(w->packet, n)) {
		take_rtcp(w, leg, n, from);
		return;
	}
	if (usher__rtp_parse(w->packet, n, &rtp) || !rtp.length) {
		usher__mcount(counts->rx_bad, 1);
		return;
	}
	if (leg->kind == USHER__MKIND_TEXT) {
		usher__mtext_take(w, leg, &rtp, from);
		return;
	}
	if (leg->kind == USHER__MKIND_VIDEO) {
		usher__mvideo_take(w, leg, &rtp, from);
		return;
	}
	type = type_of(leg, rtp.pt);
	if (type == USHER__MT_UNKNOWN) {
		usher__mcount(counts->rx_wrong_pt, 1);
		return;
	}
	if (!measure(&rtp, type, w->packet)) {
		usher__mcount(counts->rx_bad, 1);
		return;
	}

	usher__mleg_latch(w, leg, &rtp, from);
	if (type < 0)
		usher__mleg_no_samples(w, leg, &rtp);
	if (type == USHER__MT_EVENT)
		passes = take_event(w, leg, &rtp);
	else if (type >= 0)
		take_audio(w, leg, &rtp, type);
	else
		take_noise(w, leg, &rtp);
	if (!leg->peer)
		return;
	if (leg->muted)
		type = hushed(w, &rtp, type);
	else if (!passes)
		type = USHER__MT_NOISE;
	usher__mleg_relay(w, leg->peer, leg, w->packet, &rtp, type);
}

bool usher__mleg_rx_rtp(struct usher__mworker *w, struct usher__mleg *leg)
{
	union usher__maddr from;
	ssize_t n = receive(w, leg->rtp.fd, &from);

	if (n >= 0)
		usher__mleg_take_rtp(w, leg, (size_t)n, &from);
	return n >= 0;
}

void usher__mleg_catch_up(struct usher__mworker *w, struct usher__mleg *leg)
{
	for (int i = 0; i < UNREAD_MAX && usher__mleg_rx_rtp(w, leg); i++)
		;
	usher__mleg_samples_flush(w, leg);
}

/* --- RTCP ------------------------------------------------------------- */

static void take_block(struct usher__mleg *leg,
		       const struct usher__rtcp_block *block)
{
	struct usher__mcounts *counts = &leg->counts;
	uint32_t units;

	/* Who misses more than there was knows nothing of our stream. */
	if (block->lost > 0 &&
	    (uint64_t)block->lost > usher__mread(counts->tx_numbers)) {
		usher__mcount(counts->rx_bad, 1);
		return;
	}
	usher__mcount(counts->peer_reports, 1);
	usher__mgauge(counts->peer_lost, block->lost);
	if (block->jitter / 8000 / usher__mleg_clock(leg) < NONSENSE_S)
		usher__mgauge(counts->peer_jitter_us,
			      (uint32_t)((uint64_t)block->jitter * 125 /
					 usher__mleg_clock(leg)));
	if (!block->lsr)
		return;
	units = (uint32_t)(usher__media_ntp() >> 16) - block->lsr -
		block->dlsr;
	/* No time at all is too short to be told: 0 would say that it is not
	 * known. Long before we asked is nonsense, as a long time is. */
	if (!units || units >= UINT32_MAX - ROUNDED)
		units = 1;
	if (units < (uint32_t)NONSENSE_S << 16)
		usher__mgauge(counts->rtt_us,
			      (uint32_t)((uint64_t)units * 1000000 >> 16));
}

static void take_rtcp(struct usher__mworker *w, struct usher__mleg *leg,
		      size_t n, const union usher__maddr *from)
{
	struct usher__rtcp rtcp;

	/* Feedback may come without a report (RFC 5506). */
	if (leg->video && n >= 2 && usher__feedback_is(w->packet)) {
		usher__mvideo_rtcp(w, leg, n);
		return;
	}
	if (usher__rtcp_parse(w->packet, n, leg->tx.ssrc, &rtcp)) {
		usher__mcount(leg->counts.rx_bad, 1);
		return;
	}
	leg->rx.latch_rtcp = *from;
	if (rtcp.has_sender && rtcp.ssrc == leg->rx.source.ssrc) {
		leg->rx.sr_mid = (uint32_t)(rtcp.sender.ntp >> 16);
		leg->rx.sr_us = w->now_us;
	}
	if (rtcp.has_block)
		take_block(leg, &rtcp.block);
	if (leg->video)
		usher__mvideo_rtcp(w, leg, n);
}

void usher__mleg_take_rtcp(struct usher__mworker *w, struct usher__mleg *leg,
			   size_t n, const union usher__maddr *from)
{
	if (!leg->set) {
		usher__mcount(leg->counts.rx_unwanted, 1);
		return;
	}
	if (!usher__maddr_same_host(from, usher__mleg_dest(leg)) &&
	    !usher__maddr_same_host(from, &leg->params.rtcp)) {
		usher__mcount(leg->counts.rx_wrong_source, 1);
		return;
	}
	if (leg->params.srtp && !usher__rtcp_is(w->packet, n)) {
		usher__mcount(leg->counts.rx_bad, 1);
		return;
	}
	if (leg->params.srtp && !usher__mleg_open(leg, w->packet, &n))
		return;
	take_rtcp(w, leg, n, from);
}

void usher__mleg_rx_rtcp(struct usher__mworker *w, struct usher__mleg *leg)
{
	union usher__maddr from;
	ssize_t n = receive(w, leg->rtcp.fd, &from);

	if (n >= 0)
		usher__mleg_take_rtcp(w, leg, (size_t)n, &from);
}
