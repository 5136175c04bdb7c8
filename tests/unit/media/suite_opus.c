/* Opus beside G.711: what is heard, at which level, and that nothing is lost
 * where a call goes from one to the other. */
#include "suites.h"
#include "tape.h"
#include "world.h"
#include <math.h>
#include <media/bytes.h>
#include <media/recfile.h>
#include <stdlib.h>
#include <string.h>

#define S     1000000 /* microseconds */
#define MS    1000
#define TALK  USHER__MROLE_TALK
#define CLICK 4000    /* 6,500 is heard: without what is primed */
#define SAID  (-10.1) /* dBm0 of an amplitude of 7000 */

static struct world world;

static struct peer *peer(int i)
{
	return &world.parties[i].peer;
}

static struct usher__mleg *leg(int i)
{
	return &world.parties[i].leg;
}

static void setup(void)
{
	world_open(&world, 1 * S + 7 * MS);
	world_party(&world, 0, 500, 1 * S + 1 * MS);
	world_party(&world, 1, 1100, 1 * S + 4 * MS);
	world_party(&world, 2, 1700, 1 * S + 11 * MS);
}

static void teardown(void)
{
	world_close(&world);
}

/* Level and frequency of the strongest tone in the last 0.2 s. */
static void assert_hears_one(int i, double freq, double off_db)
{
	struct peer *p = peer(i);
	struct usher__mheard heard;

	ck_assert_uint_ge(p->samples, 1600);
	usher__tone_find(p->pcm + p->samples - 1600, 1600, &heard);
	ck_assert_double_eq_tol(heard.freq_hz, freq, 5);
	ck_assert_uint_ge(heard.purity, 900);
	ck_assert_double_eq_tol(heard.level_db10 / 10.0, SAID, off_db);
}

static double hears(int i, double freq)
{
	struct peer *p = peer(i);

	ck_assert_uint_ge(p->samples, 3200);
	return usher__tone_level(p->pcm + p->samples - 3200, 3200, 8000, freq);
}

static void assert_one_stream(int i)
{
	ck_assert_uint_eq(peer(i)->gaps, 0);
	ck_assert_uint_eq(peer(i)->ts_gaps, 0);
	ck_assert_uint_eq(peer(i)->ssrcs, 0);
	ck_assert_uint_le(peer(i)->markers, 1);
}

/* --- the codec -------------------------------------------------------- */

static void tone(int16_t *pcm, size_t n, double freq, size_t from)
{
	for (size_t i = 0; i < n; i++)
		pcm[i] = (int16_t)lrint(7000 * sin(2 * M_PI * freq *
						   (double)(from + i) / 8000));
}

/* Packet seq of a stream of frames of 20 ms. */
static size_t decoded(struct usher__opus_dec *dec, uint16_t seq,
		      const uint8_t *packet, size_t length, int16_t *pcm,
		      size_t *before)
{
	const struct usher__rtp rtp = {
		.seq = seq,
		.ts = seq * 160u,
		.length = length,
	};

	return usher__opus_decode(dec, &rtp, packet, pcm, before);
}

START_TEST(opus__tones_keep_level_and_frequency)
{
	static const double freqs[] = {300, 697, 1633, 2400, 3300};
	static const uint16_t lengths[] = {80, 160, 320, 480, 160};
	struct usher__opus_enc *enc;
	struct usher__opus_dec *dec;
	uint8_t packet[USHER__OPUS_PACKET_MAX] = {0};
	int16_t pcm[2 * USHER__OPUS_FRAME_MAX], out[24000];
	size_t n = lengths[_i], before, filled = 0;
	double freq = freqs[_i % 5];

	ck_assert_int_eq(usher__opus_enc_new(&enc), 0);
	ck_assert_int_eq(usher__opus_dec_new(&dec), 0);
	ck_assert_uint_eq(usher__opus_fit(n), n);
	ck_assert_uint_eq(usher__opus_fit(n + 19), n);
	ck_assert_uint_eq(usher__opus_fit(19), 0);
	for (uint16_t seq = 65530; filled < 16000; seq++) {
		size_t length, count;

		tone(pcm, n, freq, filled);
		length = usher__opus_encode(enc, pcm, n, packet);
		ck_assert_int_eq(usher__opus_check(packet, length),
				 (int)n * USHER__OPUS_CLOCK);
		count = decoded(dec, seq, packet, length, pcm, &before);
		ck_assert_uint_eq(count, n);
		ck_assert_uint_eq(before, 0);
		memcpy(out + filled, pcm, n * sizeof(*pcm));
		filled += n;
	}
	ck_assert_double_eq_tol(
		usher__tone_level(out + 8000, 8000, 8000, freq), SAID, 2);
	usher__opus_enc_free(enc);
	usher__opus_dec_free(dec);
}
END_TEST

START_TEST(opus__what_is_lost_late_or_broken)
{
	static const struct usher__opus_wish fec = {.fec = true};
	static const uint8_t broken[][4] = {
		{0xff, 0, 0, 0},    /* no frames at all */
		{0xff, 63, 0, 0},   /* 1.26 s */
		{0x0b, 0xbf, 1, 0}, /* padding that is not there */
		{0x7a, 0xff, 9, 9}, /* the first is longer than it all */
	};
	struct usher__opus_enc *enc;
	struct usher__opus_dec *dec;
	uint8_t packet[USHER__OPUS_PACKET_MAX] = {0};
	int16_t pcm[2 * USHER__OPUS_FRAME_MAX];
	size_t before = 9, length;

	ck_assert_int_eq(usher__opus_check(packet, 0), USHER_EPROTO);
	for (size_t i = 0; i < 4; i++)
		ck_assert_int_eq(usher__opus_check(broken[i], 4),
				 USHER_EPROTO);
	ck_assert_int_eq(usher__opus_enc_new(&enc), 0);
	ck_assert_int_eq(usher__opus_dec_new(&dec), 0);
	usher__opus_enc_wish(enc, &fec);
	for (uint16_t seq = 1; seq < 60; seq++) {
		tone(pcm, 160, 500, seq * 160u);
		length = usher__opus_encode(enc, pcm, 160, packet);
		if (seq % 10 == 9)
			continue;
		ck_assert_uint_eq(
			decoded(dec, seq, packet, length, pcm, &before),
			seq > 9 && seq % 10 == 0 ? 320 : 160);
		if (seq % 10 || seq < 20)
			continue;
		/* It was in the packet after it. */
		ck_assert_uint_eq(before, 160);
		ck_assert_double_ge(usher__tone_level(pcm, 160, 8000, 500),
				    -30);
	}
	/* Three on end, and more than are made up at a time. */
	ck_assert_uint_eq(decoded(dec, 62, packet, length, pcm, &before), 640);
	ck_assert_uint_eq(before, 480);
	ck_assert_double_ge(usher__tone_level(pcm, 480, 8000, 500), -30);
	ck_assert_uint_eq(decoded(dec, 70, packet, length, pcm, &before), 160);
	ck_assert_uint_eq(before, 0);
	/* Keys have numbers, too, and no time of their own. */
	ck_assert_uint_eq(
		usher__opus_decode(dec,
				   &(struct usher__rtp){.seq = 74,
							.ts = 70 * 160,
							.length = length},
				   packet, pcm, &before),
		160);
	ck_assert_uint_eq(before, 0);
	/* Twice, and late. */
	ck_assert_uint_eq(decoded(dec, 69, packet, length, pcm, &before), 0);
	ck_assert_uint_eq(decoded(dec, 50, packet, length, pcm, &before), 0);
	/* Noise of a right form gives samples, whatever they are. */
	for (int i = 1; i < 80; i++)
		packet[i] = (uint8_t)rand();
	ck_assert_uint_eq(decoded(dec, 75, packet, 80, pcm, &before), 160);
	/* A leap is another timeline. */
	ck_assert_uint_eq(decoded(dec, 9000, packet, length, pcm, &before),
			  160);
	ck_assert_uint_eq(before, 0);
	usher__opus_enc_free(enc);
	usher__opus_dec_free(dec);
}
END_TEST

START_TEST(opus__silence_of_any_length)
{
	struct usher__opus_dec *dec;
	uint8_t packet[USHER__OPUS_SILENCE_MAX];
	int16_t pcm[2 * USHER__OPUS_FRAME_MAX];
	uint16_t seq = 0;
	size_t before;

	ck_assert_int_eq(usher__opus_dec_new(&dec), 0);
	for (int span = 120; span <= 5760; span += 120) {
		size_t n = usher__opus_silence(packet, (uint32_t)span);

		ck_assert_uint_le(n, USHER__OPUS_SILENCE_MAX);
		ck_assert_int_eq(usher__opus_check(packet, n), span);
		ck_assert_uint_eq(decoded(dec, seq++, packet, n, pcm, &before),
				  (size_t)span / 6);
		ck_assert_double_le(usher__pcm_level(pcm, (size_t)span / 6),
				    -80);
	}
	usher__opus_dec_free(dec);
}
END_TEST

START_TEST(timeline__goes_there_and_back_over_every_end)
{
	struct usher__timeline t = {0};
	uint32_t ts = 0xffffff00u, first = ts;
	uint32_t before = usher__timeline_in(&t, 6, ts);

	ck_assert_uint_eq(before, first);
	for (uint32_t i = 1; i < 200000; i++) {
		uint32_t at;

		ts += 960 * 1000 + 7;
		at = usher__timeline_in(&t, 6, ts);
		/* No rounding adds up. */
		ck_assert_uint_eq(at - before,
				  (uint32_t)((uint64_t)i * 960007 / 6));
		ck_assert_uint_lt(ts - usher__timeline_out(&t, 6, at), 6);
		ck_assert_uint_eq(usher__timeline_in(&t, 6, ts - 960),
				  at - 160);
	}
	ck_assert_uint_eq(usher__timeline_in(&t, 1, 77), 77);
	ck_assert_uint_eq(usher__timeline_out(&t, 1, 77), 77);
}
END_TEST

/* --- calls ------------------------------------------------------------ */

START_TEST(opus__two_are_relayed_as_they_are)
{
	uint8_t packet[PEER_PACKET_MAX];
	size_t n;

	world_opus(&world, 0);
	world_opus(&world, 1);
	world_join(&world, 0, TALK, 0);
	world_join(&world, 1, TALK, 0);
	ck_assert_int_eq(world.room->mode, USHER__MM_RELAY);
	world_run(&world, 2 * S);
	assert_one_stream(0);
	assert_one_stream(1);
	assert_hears_one(0, 1100, 1.5);
	assert_hears_one(1, 500, 1.5);
	/* Byte by byte. */
	n = party_frame(&world.parties[0], packet);
	world_take(&world, &world.parties[0], packet, n);
	peer_receive(peer(1));
	ck_assert_uint_eq(peer(1)->last.length, n - USHER__RTP_HEADER);
	ck_assert_mem_eq(peer(1)->payload, packet + USHER__RTP_HEADER,
			 n - USHER__RTP_HEADER);

	/* Muted: packets as before, in which nothing is said. */
	leg(0)->muted = true;
	world_run(&world, 3 * S);
	assert_one_stream(1);
	ck_assert_double_le(hears(1, 500), -70);
	ck_assert_double_ge(hears(0, 1100), SAID - 2);
}
END_TEST

START_TEST(opus__and_g711_hear_each_other)
{
	world_opus(&world, 0);
	world_join(&world, 0, TALK, 0);
	world_join(&world, 1, TALK, 0);
	ck_assert_int_eq(world.room->mode, USHER__MM_MIX);
	world_run(&world, 3 * S);
	for (int i = 0; i < 2; i++) {
		ck_assert_uint_ge(peer(i)->packets, 98);
		assert_one_stream(i);
		assert_hears_one(i, i ? 500 : 1100, 1.5);
	}
	ck_assert_uint_eq(peer(0)->last.pt, OPUS_PT);
	ck_assert_uint_eq(peer(1)->last.pt, 0);

	/* A third, of either kind, and without it. */
	if (_i)
		world_opus(&world, 2);
	world_join(&world, 2, TALK, 0);
	world_run(&world, 4 * S);
	for (int i = 0; i < 3; i++) {
		for (int k = 0; k < 3; k++) {
			double level = hears(i, world.parties[k].freq);

			if (i == k)
				ck_assert_double_le(level, -40);
			else
				ck_assert_double_eq_tol(level, SAID, 2);
		}
	}
	world_leave(&world, 2);
	ck_assert_int_eq(world.room->mode, USHER__MM_MIX);
	world_run(&world, 5 * S);
	for (int i = 0; i < 2; i++) {
		assert_one_stream(i);
		assert_hears_one(i, i ? 500 : 1100, 1.5);
	}
}
END_TEST

/* Two with Opus are relayed, a third comes and goes at all phases: no packet
 * is lost or doubled, and the streams' numbers and times go on. Of the sound
 * a mix holds 6.5 ms more, which is what its encoder needs. */
START_TEST(opus__relay_and_mix_and_back)
{
	int64_t at = 1 * S;

	world_close(&world);
	world_open(&world, at + _i % 20 * MS);
	world_party(&world, 0, 517, at + 3 * _i % 20 * MS);
	world_party(&world, 1, 983, at + 7 * _i % 20 * MS + 300);
	world_party(&world, 2, 0, 0);
	world_opus(&world, 0);
	world_opus(&world, 1);
	world_join(&world, 0, TALK, 0);
	world_join(&world, 1, TALK, 0);
	at += 500 * MS;
	world_run(&world, at);
	for (int round = 0; round < 8; round++) {
		world.tick_us = at + (_i * 3 + round * 5) % 20 * MS + 1;
		world_join(&world, 2, TALK, 0);
		ck_assert_int_eq(world.room->mode, USHER__MM_MIX);
		at += (9 + 25 * round) * MS;
		world_run(&world, at);
		world_leave(&world, 2);
		ck_assert_int_eq(world.room->mode, USHER__MM_RELAY);
		at += (80 + 13 * round) * MS;
		world_run(&world, at);
	}
	for (int i = 0; i < 2; i++) {
		struct peer *p = peer(i);
		double said = (double)(at - 1 * S) / S * 8000;
		double most = click(p->pcm, p->samples, i ? 517 : 983);

		assert_one_stream(i);
		ck_assert_double_ge((double)p->samples, said - 400);
		ck_assert_double_le((double)p->samples, said + 161);
		ck_assert_double_lt(most, CLICK);
	}
}
END_TEST

START_TEST(opus__codec_changes_in_mid_call)
{
	world_join(&world, 0, TALK, 0);
	world_join(&world, 1, TALK, 0);
	world_run(&world, 2 * S);
	ck_assert_int_eq(world.room->mode, USHER__MM_RELAY);
	world_opus(&world, 0);
	ck_assert_int_eq(world.room->mode, USHER__MM_MIX);
	world_run(&world, 3 * S);
	assert_hears_one(0, 1100, 1.5);
	assert_hears_one(1, 500, 1.5);
	world_opus(&world, 1);
	ck_assert_int_eq(world.room->mode, USHER__MM_RELAY);
	world_run(&world, 4 * S);
	assert_hears_one(0, 1100, 1.5);
	assert_hears_one(1, 500, 1.5);
	for (int i = 0; i < 2; i++)
		ck_assert_uint_eq(peer(i)->gaps + peer(i)->ssrcs, 0);
}
END_TEST

START_TEST(opus__broken_packets_are_counted_and_go_nowhere)
{
	uint8_t packet[PEER_PACKET_MAX];
	uint8_t payload[300];
	uint64_t bad = 0;
	uint32_t packets;

	for (int i = 0; i < 2; i++) {
		if (i == 0 || _i)
			world_opus(&world, i);
		world_join(&world, i, TALK, 0);
		world.parties[i].freq = 0;
	}
	packets = peer(1)->packets;
	srand(5);
	for (int i = 0; i < 2000; i++) {
		size_t length = 1 + (size_t)rand() % sizeof(payload);
		size_t n;

		for (size_t k = 0; k < length; k++)
			payload[k] = (uint8_t)rand();
		bad += usher__opus_check(payload, length) < 0;
		n = peer_packet(peer(0), packet, OPUS_PT, payload, length);
		peer(0)->ts += 960;
		world_take(&world, &world.parties[0], packet, n);
		world_run(&world, world.w.now_us + 20 * MS);
	}
	ck_assert_uint_gt(bad, 100);
	ck_assert_uint_eq(usher__mread(leg(0)->counts.rx_bad), bad);
	if (_i)
		ck_assert_uint_eq(peer(1)->packets - packets, 2000 - bad);
	ck_assert_uint_eq(peer(1)->ssrcs, 0);
}
END_TEST

/* --- keys ------------------------------------------------------------- */

#define PRESSES 128

static struct {
	struct usher__rtp rtp;
	uint8_t payload[4];
} pressed[PRESSES];
static size_t press_count;

/* What a party is told of keys, sound apart. */
static void receive_keys(int i)
{
	uint8_t packet[2048];
	struct usher__rtp rtp;
	ssize_t n;

	while ((n = recv(peer(i)->fd, packet, sizeof(packet), MSG_DONTWAIT)) >
	       0) {
		ck_assert_int_eq(usher__rtp_parse(packet, (size_t)n, &rtp), 0);
		if (rtp.pt != 101 || press_count == PRESSES)
			continue;
		pressed[press_count].rtp = rtp;
		memcpy(pressed[press_count++].payload, packet + rtp.offset, 4);
	}
}

static void press(int i, char digit, int packets)
{
	uint8_t packet[USHER__RTP_HEADER + 4], payload[4];
	uint32_t unit = usher__mleg_te_clock(leg(i));
	uint32_t clock = peer_clock(peer(i));

	for (int k = 1; k <= packets; k++) {
		uint32_t total = 160 * unit * (uint32_t)k, later;
		uint16_t duration = usher__telev_segment(total, &later);
		struct usher__rtp rtp = {
			.pt = 101,
			.marker = k == 1,
			.seq = peer(i)->seq++,
			.ts = peer(i)->ts + later * clock / unit,
			.ssrc = peer(i)->ssrc,
		};

		usher__rtp_header(packet, &rtp);
		usher__telev_write(payload, (uint8_t)usher__telev_event(digit),
				   k == packets, duration);
		memcpy(packet + USHER__RTP_HEADER, payload, 4);
		world_take(&world, &world.parties[i], packet, sizeof(packet));
		receive_keys(1 - i);
		/* A mix goes on meanwhile, without sound for who is told. */
		world.w.now_us = world.tick_us;
		if (world.room->mode == USHER__MM_MIX)
			usher__mroom_tick(&world.w, world.room);
		world.tick_us += 20 * MS;
		receive_keys(1 - i);
	}
	peer(i)->ts += 160 * clock * (uint32_t)packets;
}

static int digits_told(void)
{
	struct usher__mevent ev;
	int count = 0;

	while (usher__mevents_pop(&world.m.events, &ev))
		count += ev.type == USHER__MEV_DIGIT;
	return count;
}

START_TEST(press__durations_are_of_the_others_clock)
{
	int from = _i % 2, to = 1 - from;
	/* The second is longer than 16 bits of 48 kHz can tell. */
	int packets = _i < 2 ? 5 : 75;
	uint32_t unit, told = 0;
	uint16_t seq;
	struct usher__telev telev = {0};
	int digits = 0;

	world_opus(&world, 0);
	leg(0)->params.te_tx_pt = leg(1)->params.te_tx_pt = 101;
	world_join(&world, 0, TALK, 0);
	world_join(&world, 1, TALK, 0);
	world_run(&world, 2 * S);
	unit = peer_clock(peer(to));
	press_count = 0;
	seq = leg(to)->tx.seq;
	press(from, '7', packets);
	press(from, '7', 5);
	ck_assert_uint_ge(press_count, 10);
	for (size_t i = 0; i < press_count; i++) {
		const struct usher__rtp *rtp = &pressed[i].rtp;
		int digit =
			usher__telev_packet(&telev, rtp, pressed[i].payload,
					    usher__mleg_te_step(leg(to)));

		ck_assert_int_ge(digit, 0);
		digits += digit > 0;
		ck_assert(!digit || digit == '7');
		/* Nothing stands between the packets of a press. */
		if (i < 5)
			ck_assert_uint_eq((uint16_t)(rtp->seq - seq), i);
		told = rtp->ts - pressed[0].rtp.ts +
		       get16(pressed[i].payload + 2);
		if (i < (size_t)packets)
			ck_assert_uint_eq(told, 160 * unit * (i + 1));
	}
	ck_assert_int_eq(digits, 2);
	ck_assert_int_eq(digits_told(), 2);
	/* And sound goes on where the time is. */
	peer_forget(peer(to));
	world.parties[0].next_us = world.parties[0].plan_us =
		world.parties[1].next_us = world.parties[1].plan_us =
			world.tick_us;
	world_run(&world, world.tick_us + 1 * S);
	ck_assert_uint_eq(peer(to)->gaps, 0);
	assert_hears_one(to, from ? 1100 : 500, 1.5);
}
END_TEST

START_TEST(press__between_two_with_opus_of_other_durations)
{
	int from = _i % 2, to = 1 - from;
	/* The second is longer than 16 bits of 48 kHz can tell. */
	uint32_t packets = _i < 2 ? 5 : 75;
	struct usher__telev telev = {0};
	uint32_t unit, step;
	int digits = 0;

	world_opus(&world, 0);
	world_opus(&world, 1);
	leg(0)->params.te_tx_pt = leg(1)->params.te_tx_pt = 101;
	leg(1)->params.te_fast = false; /* telephone-event/8000 */
	world_join(&world, 0, TALK, 0);
	world_join(&world, 1, TALK, 0);
	world_run(&world, 2 * S);
	unit = usher__mleg_te_clock(leg(to));
	step = usher__mleg_te_step(leg(to));
	press_count = 0;
	press(from, '5', (int)packets);
	press(from, '5', 5);
	ck_assert_uint_eq(press_count, packets + 5);
	for (uint32_t i = 0; i < packets + 5; i++) {
		const struct usher__rtp *rtp = &pressed[i].rtp;
		int digit = usher__telev_packet(&telev, rtp,
						pressed[i].payload, step);

		ck_assert_int_ge(digit, 0);
		digits += digit > 0;
		if (i < packets)
			ck_assert_uint_eq(
				(rtp->ts - pressed[0].rtp.ts) * unit / 6 +
					get16(pressed[i].payload + 2),
				160 * unit * (i + 1));
	}
	ck_assert_int_eq(digits, 2);
	ck_assert_int_eq(digits_told(), 2);
}
END_TEST

/* A phone that counts anew under one SSRC. */
START_TEST(press__with_an_older_timestamp_is_passed_on)
{
	world_opus(&world, 0);
	leg(0)->params.te_tx_pt = leg(1)->params.te_tx_pt = 101;
	world_join(&world, 0, TALK, 0);
	world_join(&world, 1, TALK, 0);
	world_run(&world, 2 * S);
	press_count = 0;
	press(0, '5', 5);
	peer(0)->ts -= 100000;
	press(0, '6', 5);
	ck_assert_uint_eq(press_count, 10);
	ck_assert_uint_eq(pressed[9].payload[0], 6);
	ck_assert_uint_ne(pressed[9].rtp.ts, pressed[0].rtp.ts);
	ck_assert_int_eq(digits_told(), 2);
}
END_TEST

/* Those who listen, hear; those who talk, press. */
START_TEST(press__is_passed_on_while_somebody_listens)
{
	leg(0)->params.te_tx_pt = leg(1)->params.te_tx_pt = 101;
	leg(2)->params.te_tx_pt = 101;
	world_join(&world, 0, TALK, 0);
	world_join(&world, 1, TALK, 0);
	world_join(&world, 2, USHER__MROLE_LISTEN, 0);
	world_run(&world, 2 * S);
	press_count = 0;
	press(_i, '5', 5);
	ck_assert_uint_eq(press_count, 5);
	/* Whose is it where three talk? */
	world_leave(&world, 2);
	world_join(&world, 2, TALK, 0);
	press(_i, '5', 5);
	ck_assert_uint_eq(press_count, 5);
	ck_assert_int_eq(digits_told(), 2);
}
END_TEST

/* --- tape ------------------------------------------------------------- */

START_TEST(tape__of_opus_is_as_long_and_as_loud)
{
	const char *path = temp_path("opus.wav");
	const struct usher__mrec_opts opts = {0};
	struct usher__recfile *file;
	struct usher__timeline t = {0};
	struct peer p;
	uint8_t packet[PEER_PACKET_MAX];
	const char *why;

	peer_open(&p);
	peer_opus(&p);
	ck_assert_int_eq(usher__recfile_new(&file, 1, path, &opts, 0), 0);
	ck_assert_int_eq(usher__recfile_start(file, &why), 0);
	for (int n = 0; n < 150; n++) {
		size_t size = peer_frame(&p, 500, 7000, packet);
		struct usher__rtp rtp;

		ck_assert_int_eq(usher__rtp_parse(packet, size, &rtp), 0);
		rtp.ts = usher__timeline_in(&t, 6, rtp.ts);
		/* Some are lost. */
		if (n % 25 == 13)
			continue;
		usher__recfile_audio(file, 1, n * 20000, &rtp, USHER__OPUS,
				     packet + rtp.offset);
	}
	usher__recfile_advance(file, 3000000, true);
	ck_assert_uint_eq(usher__recfile_duration_ms(file), 3000);
	usher__recfile_free(file);
	tape_read(path);
	assert_tone(1, 100, 2900, 500);
	peer_close(&p);
}
END_TEST

TCase *opus_case(void)
{
	TCase *tc = tcase_create("opus");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, opus__tones_keep_level_and_frequency, 0, 5);
	tcase_add_test(tc, opus__what_is_lost_late_or_broken);
	tcase_add_test(tc, opus__silence_of_any_length);
	tcase_add_test(tc, timeline__goes_there_and_back_over_every_end);
	tcase_add_test(tc, opus__two_are_relayed_as_they_are);
	tcase_add_loop_test(tc, opus__and_g711_hear_each_other, 0, 2);
	tcase_add_loop_test(tc, opus__relay_and_mix_and_back, 0, 10);
	tcase_add_test(tc, opus__codec_changes_in_mid_call);
	tcase_add_loop_test(
		tc, opus__broken_packets_are_counted_and_go_nowhere, 0, 2);
	tcase_add_loop_test(tc, press__durations_are_of_the_others_clock, 0,
			    4);
	tcase_add_loop_test(
		tc, press__between_two_with_opus_of_other_durations, 0, 4);
	tcase_add_test(tc, press__with_an_older_timestamp_is_passed_on);
	tcase_add_loop_test(tc, press__is_passed_on_while_somebody_listens, 0,
			    2);
	tcase_add_test(tc, tape__of_opus_is_as_long_and_as_loud);
	return tc;
}
