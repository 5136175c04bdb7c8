/* The sum of a room, once, and for each who hears it that sum less its own.
 *
 * Sums are kept in 32 bits, where a whole room fits, and cut to 16 on the way
 * out: too loud is distorted and never wraps. */
#include <string.h>
#include "media/g711.h"
#include "media/packets.h"
#include "media/samples.h"
#include "media/mworker.h"

#define FRAME USHER__MROOM_FRAME
/* A relayed packet so old is no longer what the mix goes on from. */
#define SEAM_US    100000
#define GONE_TICKS 3 /* without a packet: it does not speak now */

static int16_t clamp(int32_t v)
{
	return (int16_t)(v > 32767 ? 32767 : v < -32768 ? -32768 : v);
}

void usher__mix_add(int16_t *a, const int16_t *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		a[i] = clamp(a[i] + b[i]);
}

/* --- who speaks ------------------------------------------------------- */

/* Over a frame to or from nothing, so that muting does not click. */
static void slope(int16_t *pcm, bool up)
{
	for (int32_t i = 0; i < FRAME; i++)
		pcm[i] = (int16_t)(pcm[i] * (up ? i : FRAME - i) / FRAME);
}

/* Of what is pulled next. */
static bool unheard(const struct usher__mleg *leg)
{
	struct usher__mear *ear = leg->seat.ear;

	if (ear->left_out &&
	    !usher__jitter_marked(ear->jitter, USHER__MARK_MUTE)) {
		ear->left_out = false;
		usher__plc_forget(&ear->jitter->plc);
	}
	return leg->muted || ear->left_out;
}

static void hear(struct usher__mleg *leg)
{
	struct usher__mear *ear = leg->seat.ear;
	bool muted;

	ear->untold = usher__jitter_marked(ear->jitter, USHER__MARK_TAPE);
	ear->says = false;
	if (leg->seat.role == USHER__MROLE_LISTEN)
		return;
	muted = unheard(leg);
	usher__jitter_pull(ear->jitter, ear->own, FRAME);
	if (muted && ear->was_muted)
		return;
	if (muted != ear->was_muted)
		slope(ear->own, ear->was_muted);
	ear->was_muted = muted;
	ear->says = true;
}

static bool talks(const struct usher__mleg *leg)
{
	return leg->seat.ear && leg->seat.ear->says &&
	       leg->seat.role == USHER__MROLE_TALK;
}

static void sum_up(struct usher__mroom *room, int32_t *sum)
{
	struct usher__mleg *leg;

	LIST_FOREACH (leg, &room->legs, seat.mate) {
		if (leg->seat.ear)
			hear(leg);
		if (!talks(leg))
			continue;
		for (size_t i = 0; i < FRAME; i++)
			sum[i] += leg->seat.ear->own[i];
	}
}

/* --- who hears -------------------------------------------------------- */

static void add_whispers(const struct usher__mroom *room,
			 const struct usher__mleg *to, int32_t *sum)
{
	struct usher__mleg *leg;

	LIST_FOREACH (leg, &room->legs, seat.mate) {
		const struct usher__mseat *seat = &leg->seat;

		if (seat->role != USHER__MROLE_WHISPER ||
		    seat->whisper_to != to->id || !seat->ear ||
		    !seat->ear->says)
			continue;
		for (size_t i = 0; i < FRAME; i++)
			sum[i] += seat->ear->own[i];
	}
}

/* Was some of it said while its recording paused? What is made up behind that
 * is of it, too. */
static bool is_untaped(const struct usher__mroom *room,
		       struct usher__mleg *leg)
{
	const struct usher__mleg *mate;

	if (!leg->seat.untaped)
		return false;
	leg->seat.untaped--;
	LIST_FOREACH (mate, &room->legs, seat.mate) {
		if (mate->seat.ear && mate->seat.ear->untold)
			leg->seat.untaped = USHER__MROOM_MADE_UP;
	}
	return true;
}

static void compose(struct usher__mroom *room, struct usher__mleg *leg,
		    const int32_t *sum)
{
	struct usher__mear *ear = leg->seat.ear;
	bool deaf = leg->seat.deaf > 0;
	bool untaped = is_untaped(room, leg);
	int32_t mix[FRAME];

	memcpy(mix, sum, sizeof(mix));
	if (deaf) {
		leg->seat.deaf--;
		memset(mix, 0, sizeof(mix));
	} else if (talks(leg)) {
		for (size_t i = 0; i < FRAME; i++)
			mix[i] -= ear->own[i];
	}
	for (size_t i = 0; i < FRAME; i++)
		ear->plain[ear->filled + i] = untaped ? 0 : clamp(mix[i]);
	if (!deaf)
		add_whispers(room, leg, mix);
	for (size_t i = 0; i < FRAME; i++)
		ear->out[ear->filled + i] = clamp(mix[i]);
	ear->filled += FRAME;
}

static void drop_front(struct usher__mear *ear, size_t n)
{
	ear->filled -= (uint32_t)n;
	memmove(ear->out, ear->out + n, ear->filled * sizeof(*ear->out));
	memmove(ear->plain, ear->plain + n, ear->filled * sizeof(*ear->plain));
}

/* For the recording: what it hears from the others, whispers left out. */
static void record_ear(struct usher__mworker *w, struct usher__mleg *leg,
		       const int16_t *plain, size_t n)
{
	const struct usher__rtp rtp = {
		.ts = leg->tx.ts,
		.ssrc = leg->tx.ssrc,
		.length = n,
	};
	uint8_t codec = leg->params.codec;
	uint8_t payload[USHER__MFRAME_MAX];

	/* Opus twice would cost more than it is worth. */
	if (codec == USHER__OPUS)
		codec = USHER__PCMU;
	usher__g711_encode((enum usher__mcodec)codec, plain, n, payload);
	usher__mleg_tape(w, leg, &rtp, codec, payload);
}

/* Sends packets of frame samples as long as there are so many. */
static void say(struct usher__mworker *w, struct usher__mleg *leg,
		size_t frame)
{
	struct usher__mear *ear = leg->seat.ear;

	while (ear->filled && ear->filled >= frame) {
		if (usher__mleg_frame(w, leg, ear->out, frame) && leg->heard)
			record_ear(w, leg, ear->plain, frame);
		drop_front(ear, frame);
	}
}

static size_t frame_of(const struct usher__mleg *leg)
{
	return leg->params.ptime_ms * USHER__MRATE / 1000u;
}

/* What fills no packet, in shorter ones. Opus leaves out what is shorter than
 * its shortest. */
static void say_rest(struct usher__mworker *w, struct usher__mleg *leg)
{
	struct usher__mear *ear = leg->seat.ear;
	size_t n = ear->filled;

	while (n) {
		if (leg->params.codec == USHER__OPUS)
			n = usher__opus_fit(n);
		if (n && usher__mleg_frame(w, leg, ear->out, n) && leg->heard)
			record_ear(w, leg, ear->plain, n);
		drop_front(ear, n);
		n = n ? ear->filled : 0;
	}
	ear->filled = 0;
}

/* --- seams ------------------------------------------------------------ */

/* The mix goes on where the relayed sound ended. */
static void seam(const struct usher__mworker *w, struct usher__mleg *leg,
		 const struct usher__mleg *from)
{
	if (leg->tx.feed == from->id && w->now_us - leg->tx.at_us < SEAM_US)
		leg->tx.feed = USHER__MFEED_LOCAL;
}

/* Not yet: what was relayed to it has not gone on. */
static bool waits(const struct usher__mworker *w, struct usher__mleg *leg)
{
	struct usher__mseat *seat = &leg->seat;
	const struct usher__mear *ear =
		seat->from ? seat->from->seat.ear : NULL;

	if (!seat->from)
		return false;
	if (ear && !usher__jitter_ready(ear->jitter) && seat->wait-- > 0)
		return true;
	seam(w, leg, seat->from);
	seat->from = NULL;
	return false;
}

void usher__mroom_hand_over(struct usher__mworker *w, struct usher__mleg *to,
			    struct usher__mleg *from)
{
	struct usher__mear *ear = to->seat.ear, *source = from->seat.ear;
	struct usher__mtx *tx = &to->tx;
	struct usher__jitter *jitter = source ? source->jitter : NULL;
	bool hushed;
	size_t n;

	if (!ear || !jitter || to->play || !usher__mleg_can_send(to))
		return;
	usher__mleg_samples_flush(w, from);
	/* It heard no mix yet: the relay just goes on. */
	if (tx->feed == from->id && !usher__jitter_rest(jitter))
		return;
	seam(w, to, from);
	jitter->hold = 0;
	for (int i = 0; i < USHER__MJITTER_REST; i++) {
		n = usher__jitter_rest(jitter);
		if (!n)
			break;
		n = n < FRAME ? n : FRAME;
		hushed = unheard(from) || to->seat.deaf;
		usher__jitter_pull(jitter, ear->out + ear->filled, n);
		if (hushed)
			memset(ear->out + ear->filled, 0,
			       n * sizeof(*ear->out));
		memcpy(ear->plain + ear->filled, ear->out + ear->filled,
		       n * sizeof(*ear->out));
		if (to->seat.untaped)
			memset(ear->plain + ear->filled, 0,
			       n * sizeof(*ear->out));
		ear->filled += (uint32_t)n;
		say(w, to, frame_of(to));
	}
	say_rest(w, to);
	/* Else whoever speaks next begins by the time that passed. */
	if (tx->feed != USHER__MFEED_LOCAL || !jitter->synced ||
	    jitter->missed >= GONE_TICKS)
		return;
	tx->feed = from->id;
	tx->feed_ssrc = jitter->ssrc;
	tx->feed_seq = from->rx.source.max_seq;
	tx->given = UINT64_MAX;
	tx->seq_offset = (uint16_t)(tx->seq - tx->feed_seq - 1);
	tx->ts_offset = tx->ts + tx->frame -
			usher__timeline_out(&from->rx.timeline,
					    usher__mleg_clock(from),
					    usher__jitter_ts(jitter));
}

void usher__mroom_tick(struct usher__mworker *w, struct usher__mroom *room)
{
	int32_t sum[FRAME] = {0};
	struct usher__mleg *leg;
	bool skip[USHER__MROOM_LEGS_MAX];
	size_t i = 0;

	LIST_FOREACH (leg, &room->legs, seat.mate)
		usher__mleg_samples_hurry(w, leg);
	/* Before the frames are taken out of the buffers. */
	LIST_FOREACH (leg, &room->legs, seat.mate)
		skip[i++] = !leg->set || !leg->seat.ear || leg->play ||
			    waits(w, leg);
	sum_up(room, sum);
	i = 0;
	LIST_FOREACH (leg, &room->legs, seat.mate) {
		if (skip[i++])
			continue;
		compose(room, leg, sum);
		say(w, leg, frame_of(leg));
	}
}
