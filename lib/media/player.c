/* Plays on their way out: a frame each ptime, on the thread's 20 ms tick. */
#include <stdlib.h>
#include <string.h>

#include "media/engine.h"
#include "media/packets.h"
#include "media/play.h"
#include "media/samples.h"

#define END_PACKETS 3 /* of a telephone-event: RFC 4733 section 2.5.1.4 */

void usher__mworker_playing(struct usher__mworker *w, struct usher__mleg *leg,
			    bool on)
{
	if (on)
		LIST_INSERT_HEAD(&w->players, leg, playing);
	else
		LIST_REMOVE(leg, playing);

	usher__mworker_clock(w);
}

void usher__mleg_play_begin(struct usher__mworker *w, struct usher__mleg *leg,
			    struct usher__play *play)
{
	if (leg->play)
		usher__mleg_play_end(w, leg, USHER__MR_REPLACED, 0, NULL);
	leg->play = play;
	usher__mworker_playing(w, leg, true);
}

void usher__mleg_play_end(struct usher__mworker *w, struct usher__mleg *leg,
			  enum usher__mreason reason, int error,
			  const char *text)
{
	struct usher__play *play = leg->play;
	struct usher__mevent ev = {
		.type = USHER__MEV_PLAY_DONE,
		.reason = reason,
		.leg = leg->id,
		.play = play->id,
		.at_us = w->now_us,
		.duration_ms = (uint32_t)(play->total * 1000 / USHER__MRATE),
		.item = (uint16_t)play->item,
		.error = error,
		.text = text,
	};

	if (error && play->items[play->item].path)
		ev.path = strdup(play->items[play->item].path);
	usher__mworker_playing(w, leg, false);
	leg->play = NULL;
	usher__play_unref(play);
	usher__mevents_push(&w->m->events, &ev, true);
}

bool usher__mleg_frame(struct usher__mworker *w, struct usher__mleg *leg,
		       const int16_t *pcm, size_t n)
{
	uint8_t packet[USHER__RTP_HEADER + USHER__OPUS_PACKET_MAX];
	struct usher__rtp rtp = {.pt = leg->params.tx_pt};
	size_t length;

	rtp.ts = usher__mleg_local(w, leg, (uint32_t)n, &rtp.marker);
	if (!usher__mleg_can_send(leg) || w->now_us < leg->tx.press.until_us)
		return false;
	length = usher__mleg_encode(leg, pcm, n, packet + USHER__RTP_HEADER);
	if (!length)
		return false;
	rtp.seq = usher__mleg_number(leg);
	rtp.ssrc = leg->tx.ssrc;
	usher__rtp_header(packet, &rtp);
	usher__mleg_send(leg, packet, length);
	return true;
}

static void send_event(struct usher__mworker *w, struct usher__mleg *leg,
		       const struct usher__pevent *ev, size_t n)
{
	uint8_t packet[USHER__RTP_HEADER + USHER__TELEV_BYTES];
	struct usher__rtp rtp = {.pt = leg->params.te_tx_pt};
	uint32_t ts = usher__mleg_local(w, leg, (uint32_t)n, &rtp.marker);
	uint32_t unit = usher__mleg_clock(leg) / usher__mleg_te_clock(leg);
	int count = ev->end ? END_PACKETS : 1;
	uint32_t later;
	uint16_t duration = usher__telev_segment(
		(uint32_t)ev->duration * usher__mleg_te_clock(leg), &later);

	if (ev->begin)
		leg->play->event_ts = ts;
	if (!usher__mleg_can_send(leg))
		return;
	rtp.marker = ev->begin;
	rtp.ts = leg->play->event_ts + later * unit;
	rtp.ssrc = leg->tx.ssrc;
	usher__telev_write(packet + USHER__RTP_HEADER, ev->event, ev->end,
			   duration);
	while (count--) {
		rtp.seq = usher__mleg_number(leg);
		usher__rtp_header(packet, &rtp);
		usher__mleg_send(leg, packet, USHER__TELEV_BYTES);
		rtp.marker = false;
	}
}

/* Sends the next frame. False when nothing more is to be had now. */
static bool play_frame(struct usher__mworker *w, struct usher__mleg *leg,
		       size_t n)
{
	struct usher__play *play = leg->play;
	int16_t pcm[USHER__MFRAME_MAX];
	struct usher__pevent ev;
	const struct usher__pitem *item;
	bool events = leg->params.te_tx_pt != USHER__NO_PT;

	switch (usher__play_pull(play, &w->m->sine, events, pcm, n, &ev)) {
	case USHER__PULL_AUDIO:
		usher__mleg_frame(w, leg, pcm, n);
		return true;
	case USHER__PULL_EVENT:
		send_event(w, leg, &ev, n);
		return true;
	case USHER__PULL_WAIT:
		play->owed = 0;
		return false;
	case USHER__PULL_END:
		usher__mleg_play_end(w, leg, USHER__MR_END, 0, NULL);
		return false;
	case USHER__PULL_ERROR:
		break;
	}
	item = &play->items[play->item];
	usher__mleg_play_end(w, leg, USHER__MR_ERROR,
			     item->error ? item->error : USHER_EINVAL,
			     item->why ? item->why
				       : "there is nothing to play");
	return false;
}

void usher__mleg_tick(struct usher__mworker *w, struct usher__mleg *leg)
{
	uint32_t frame = leg->params.ptime_ms * USHER__MRATE / 1000u;

	/* Nobody hears it before the first set: it waits. */
	if (!leg->set)
		return;
	leg->play->owed += USHER__MTICK_MS * USHER__MRATE / 1000;
	while (leg->play && leg->play->owed >= frame) {
		leg->play->owed -= frame;
		if (!play_frame(w, leg, frame))
			break;
	}
}

void usher__mleg_digit(struct usher__mworker *w, struct usher__mleg *leg,
		       char digit)
{
	struct usher__mevent ev = {.type = USHER__MEV_DIGIT, .digit = digit};

	if (leg->rx.digits >= USHER__MLEG_DIGITS_PER_S) {
		usher__mcount(leg->counts.digits_ignored, 1);
		return;
	}
	leg->rx.digits++;
	usher__mleg_event(w, leg, &ev);
	if (leg->play && leg->play->stop_on_digit)
		usher__mleg_play_end(w, leg, USHER__MR_DIGIT, 0, NULL);
}
