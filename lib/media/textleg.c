/* A leg that carries text: between its packets and its owner.
 *
 * What comes is put in order on the media thread and waits, bounded, for its
 * owner, who hears of it by an event and reads it; who relays text to another
 * leg does it there, since text is a few packets a second. What is said goes
 * out on the thread's tick of 20 ms, which runs only while some leg has
 * something to send. */
#include <stdlib.h>
#include <string.h>
#include "media/packets.h"
#include "media/mtext.h"
#include "media/mworker.h"

int usher__mtext_new(struct usher__mleg *leg)
{
	struct usher__mtext *text = calloc(1, sizeof(*text));

	if (!text)
		return USHER_ENOMEM;
	text->leg = leg;
	pthread_mutex_init(&text->lock, NULL);
	leg->text = text;
	return 0;
}

void usher__mtext_free(struct usher__mtext *text)
{
	if (!text)
		return;
	pthread_mutex_destroy(&text->lock);
	/* Nobody else is to find what somebody wrote. */
	explicit_bzero(text, sizeof(*text));
	free(text);
}

/* --- what comes -----------------------------------------------------------
 */

/* Has the owner read it; one that was not heard of is told again. */
static void tell(struct usher__mworker *w, struct usher__mleg *leg)
{
	struct usher__mevent ev = {.type = USHER__MEV_TEXT};

	usher__mleg_event(w, leg, &ev);
}

static void deliver(struct usher__mworker *w, struct usher__mleg *leg,
		    const struct usher__t140_out *out)
{
	static const char lost[] = "\xef\xbf\xbd";
	struct usher__mtext *text = leg->text;
	size_t room = USHER__MTEXT_IN - sizeof(lost), n = out->len;
	bool first;

	if (!n)
		return;
	pthread_mutex_lock(&text->lock);
	first = !text->in_len;
	if (text->in_len + n <= room && !text->in_lost) {
		memcpy(text->in + text->in_len, out->text, n);
		text->in_len += (uint32_t)n;
	} else if (!text->in_lost) {
		memcpy(text->in + text->in_len, lost, sizeof(lost) - 1);
		text->in_len += sizeof(lost) - 1;
		text->in_lost = true;
	}
	pthread_mutex_unlock(&text->lock);
	if (first)
		tell(w, leg);
}

void usher__mtext_take(struct usher__mworker *w, struct usher__mleg *leg,
		       const struct usher__rtp *rtp,
		       const union usher__maddr *from)
{
	const struct usher__mtext_params *params = &leg->params.text;
	char room[USHER__T140_OUT_MAX];
	struct usher__t140_out out = {.text = room, .room = sizeof(room)};
	bool red = rtp->pt == params->red_rx;

	if (!red && rtp->pt != params->t140_rx) {
		usher__mcount(leg->counts.rx_wrong_pt, 1);
		return;
	}
	if (usher__t140_take(&leg->text->rx, &out, rtp,
			     w->packet + rtp->offset, red, params->t140_rx,
			     w->now_us)) {
		usher__mcount(leg->counts.rx_bad, 1);
		return;
	}
	usher__mleg_latch(w, leg, rtp, from);
	deliver(w, leg, &out);
}

/* --- what goes ------------------------------------------------------------
 */

static void types(struct usher__mworker *w, struct usher__mtext *text, bool on)
{
	if (text->types == on)
		return;
	text->types = on;
	if (on)
		LIST_INSERT_HEAD(&w->typing, text, typing);
	else
		LIST_REMOVE(text, typing);
	usher__mworker_clock(w);
}

static void send_due(struct usher__mworker *w, struct usher__mleg *leg)
{
	const struct usher__mtext_params *params = &leg->params.text;
	uint8_t packet[USHER__RTP_HEADER + USHER__T140_PAYLOAD];
	struct usher__mtext *text = leg->text;
	bool red = text->tx.repeats > 0;
	struct usher__rtp rtp = {
		.pt = red ? params->red_tx : params->t140_tx,
		.ts = (uint32_t)(w->now_us / 1000),
		.ssrc = leg->tx.ssrc,
	};
	uint32_t queued;
	size_t n, plain;

	n = usher__t140_packet(&text->tx, packet + USHER__RTP_HEADER, rtp.ts,
			       params->t140_tx, w->now_us, &rtp.marker,
			       &plain);
	/* A sign of life was never counted. */
	queued = atomic_load(&text->queued);
	while (!atomic_compare_exchange_weak(
		&text->queued, &queued,
		queued > plain ? queued - (uint32_t)plain : 0))
		;
	if (!n)
		return;
	rtp.seq = usher__mleg_number(leg);
	leg->tx.ts = rtp.ts;
	leg->tx.at_us = w->now_us;
	usher__rtp_header(packet, &rtp);
	usher__mleg_send(leg, packet, n);
}

/* Nothing is sent before both know how. */
static bool can_type(const struct usher__mleg *leg)
{
	return usher__mleg_can_send(leg) &&
	       leg->params.text.t140_tx != USHER__NO_PT;
}

void usher__mtext_set(struct usher__mworker *w, struct usher__mleg *leg)
{
	const struct usher__mtext_params *params = &leg->params.text;
	struct usher__mtext *text = leg->text;

	if (!text->begun) {
		usher__t140_begin(&text->tx, w->now_us);
		text->begun = true;
	}
	usher__t140_agree(&text->tx,
			  params->red_tx == USHER__NO_PT ? 0 : params->repeats,
			  params->cps);
	types(w, text, can_type(leg) && text->tx.next_us != INT64_MAX);
}

void usher__mtext_said(struct usher__mworker *w, struct usher__mleg *leg,
		       const struct usher__msaid *said)
{
	struct usher__mtext *text = leg->text;

	if (!text->begun) {
		usher__t140_begin(&text->tx, w->now_us);
		text->begun = true;
	}
	/* Its owner has counted: there is room but for lines, whose ends are
	 * longer in packets. */
	if (usher__t140_put(&text->tx, said->text, said->len, w->now_us))
		usher__mcount(leg->counts.tx_errors, 1);
	types(w, text, can_type(leg) && text->tx.next_us != INT64_MAX);
}

void usher__mtext_tick(struct usher__mworker *w, struct usher__mtext *text)
{
	struct usher__mleg *leg = text->leg;

	if (can_type(leg))
		send_due(w, leg);
	types(w, text, can_type(leg) && text->tx.next_us != INT64_MAX);
}

void usher__mtext_sweep(struct usher__mworker *w, struct usher__mleg *leg)
{
	char room[USHER__T140_OUT_MAX];
	struct usher__t140_out out = {.text = room, .room = sizeof(room)};
	struct usher__mtext *text = leg->text;
	bool waits;

	usher__t140_due(&text->rx, &out, w->now_us);
	deliver(w, leg, &out);
	/* An event that found no room is lost; what it told of is not. */
	pthread_mutex_lock(&text->lock);
	waits = text->in_len > 0;
	pthread_mutex_unlock(&text->lock);
	if (waits)
		tell(w, leg);
	if (text->begun && !text->types && can_type(leg))
		usher__mtext_tick(w, text);
}

void usher__mtext_stop(struct usher__mworker *w, struct usher__mleg *leg)
{
	types(w, leg->text, false);
}
