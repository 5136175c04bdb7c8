/* RTP with any header into legs of two rooms, which mix and relay by turns:
 * the jitter buffer, concealment, the sums and the seams, and what is taken
 * from one room to the other; sockets are closed, so nothing leaves.
 *
 * Input: steps one after the other, each a byte that says what (bits 0 and 1:
 * the leg; bits 2 and 3: 0 a packet, 1 a packet and a tick, 2 ticks only, 3 a
 * part in its room; bits 4 to 7: how many ticks, or which part), then for a
 * packet a byte of its length divided by two, and its bytes. A part of leg 3
 * is a move in one turn (bits 4 to 6: who goes to the other room; bit 7: the
 * last of them first). */
#include <media/engine.h>
#include <media/packets.h>
#include <media/samples.h>
#include <stdlib.h>
#include <string.h>

#define LEGS      3
#define TICKS_MAX 60 /* of one input: they cost most */
/* Of who comes: what a buffer holds at most. */
#define DEAF_MAX (USHER__MJITTER_WAITS / USHER__MROOM_FRAME)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct usher__media m;
static struct usher__mworker w;
static struct usher__mleg legs[LEGS];
static struct usher__mopus *opus;
static struct usher__mroom *rooms[2];
static unsigned where[LEGS]; /* its room, or the one that it goes back to */

static void leg_make(struct usher__mleg *leg, uint64_t id)
{
	memset(leg, 0, sizeof(*leg));
	leg->id = id;
	leg->rtp.fd = -1;
	leg->rtcp.fd = -1;
	leg->set = true;
	leg->tx.feed = USHER__MFEED_NONE;
	leg->params = (struct usher__mparams){
		.codec = id & 1,
		.tx_pt = id & 1 ? 8 : 0,
		.rx_pt = {0, 8, USHER__NO_PT},
		.te_tx_pt = USHER__NO_PT,
		.te_rx_pt = 101,
		.ptime_ms = (uint8_t)(10 * id),
		.direction = USHER__SENDRECV,
		.any_source = true,
	};
	usher__maddr_parse("127.0.0.1", (uint16_t)(1000 * id),
			   &leg->params.rtp);
	if (id != LEGS)
		return;
	/* The last one speaks Opus, as its type 111. */
	leg->opus = opus;
	leg->rx.source.clock = USHER__OPUS_CLOCK;
	leg->params.codec = USHER__OPUS;
	leg->params.ptime_ms = 20;
	leg->params.tx_pt = 111;
	leg->params.te_tx_pt = 101;
	leg->params.te_fast = true;
	memset(leg->params.rx_pt, USHER__NO_PT, sizeof(leg->params.rx_pt));
	leg->params.rx_pt[USHER__OPUS] = 111;
	usher__opus_dec_reset(opus->dec);
	usher__opus_enc_reset(opus->enc);
	usher__order_places_init(&opus->places, opus->kept, USHER__ORDER_KEPT);
	usher__mleg_samples_begin(&w, leg, true);
}

static void check(const struct usher__mleg *leg)
{
	const struct usher__mear *ear = leg->seat.ear;

	if (leg->seat.deaf > DEAF_MAX)
		abort();
	if (!ear)
		return;
	if (ear->filled > USHER__MFRAME_MAX ||
	    ear->jitter->left_n > 2 * USHER__MJITTER_PIECE ||
	    ear->jitter->plc.period < USHER__PLC_PERIOD_MIN ||
	    ear->jitter->plc.period > USHER__PLC_PERIOD_MAX)
		abort();
}

static int ticks_left;

static void ticks(int count)
{
	struct usher__mroom *room;

	while (count-- && ticks_left-- > 0) {
		w.now_us += 20000;
		LIST_FOREACH (room, &w.rooms, link)
			usher__mroom_tick(&w, room);
		for (int i = 0; i < LEGS; i++)
			check(&legs[i]);
	}
}

static void join(int i, enum usher__mrole role, uint64_t whisper_to)
{
	struct usher__mleg *leg = &legs[i];
	struct usher__mjoin join = {
		.room = role ? rooms[where[i]] : NULL,
		.role = role,
		.whisper_to = whisper_to,
	};

	if (!leg->seat.ear && usher__mear_new(&join.ear))
		abort();
	usher__mleg_join(&w, leg, &join);
	usher__mear_free(join.ear);
}

static void take_part(int i, unsigned how)
{
	legs[i].muted = how >> 3 & 1;
	join(i, (enum usher__mrole)(how & 3), 1 + (how >> 2 & 1));
}

static void move(unsigned how)
{
	for (int k = 0; k < LEGS; k++) {
		int i = how >> 3 & 1 ? LEGS - 1 - k : k;

		if (!(how >> i & 1) || !legs[i].seat.room)
			continue;
		where[i] = !where[i];
		join(i, legs[i].seat.role, legs[i].seat.whisper_to);
		check(&legs[i]);
	}
}

static void packet(struct usher__mleg *leg, const uint8_t *data, size_t n)
{
	memcpy(w.packet, data, n);
	usher__mleg_take_rtp(&w, leg, n, &leg->params.rtp);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct usher__mevent ev;

	if (!m.events.ring) {
		if (usher__mevents_init(&m.events, 64, NULL, NULL) ||
		    usher__mopus_new(&opus))
			abort();
		w.m = &m;
		w.tick.fd = -1;
	}
	for (int i = 0; i < 2; i++) {
		rooms[i] = usher__mroom_new();
		if (!rooms[i])
			abort();
		rooms[i]->key.room = (uint64_t)i + 1;
	}
	w.now_us = 1000000;
	ticks_left = TICKS_MAX;
	for (int i = 0; i < LEGS; i++) {
		leg_make(&legs[i], (uint64_t)i + 1);
		where[i] = 0;
		take_part(i, USHER__MROLE_TALK);
	}
	while (size >= 2) {
		int i = (data[0] & 3) % LEGS;
		bool all = (data[0] & 3) == LEGS;
		unsigned what = data[0] >> 2 & 3, how = data[0] >> 4;
		size_t n = (size_t)data[1] * 2;

		data += 1 + (what < 2);
		size -= 1 + (what < 2);
		if (what < 2) {
			n = n > size ? size : n;
			packet(&legs[i], data, n);
			data += n;
			size -= n;
		}
		if (what == 1)
			ticks(1);
		if (what == 2)
			ticks((int)how);
		if (what == 3 && all)
			move(how);
		else if (what == 3)
			take_part(i, how);
		while (usher__mevents_pop(&m.events, &ev))
			;
	}
	for (int i = 0; i < LEGS; i++)
		usher__mleg_close(&w, &legs[i]);
	for (int i = 0; i < 2; i++)
		usher__mroom_unref(rooms[i]);
	return 0;
}
