/* Opus by itself: tones that keep their level, what is lost, late or broken,
 * and its clock beside that of 8 kHz. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "suites.h"
#include "world.h"

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
		usher__tone_level(out + 8000, 8000, 8000, freq), PARTY_SAID,
		2);
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

TCase *opuscodec_case(void)
{
	TCase *tc = tcase_create("opus codec");

	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, opus__tones_keep_level_and_frequency, 0, 5);
	tcase_add_test(tc, opus__what_is_lost_late_or_broken);
	tcase_add_test(tc, opus__silence_of_any_length);
	tcase_add_test(tc, timeline__goes_there_and_back_over_every_end);
	return tc;
}
