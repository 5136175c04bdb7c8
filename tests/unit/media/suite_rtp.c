/* The bytes: RTP, RTCP, telephone-event, G.711, tones, measuring. */
#include <math.h>
#include <stdlib.h>
#include <media/g711.h>
#include <media/rtp.h>
#include <media/tone.h>
#include <string.h>
#include "suites.h"

static const uint8_t plain[16] = {0x80, 0x88, 0x12, 0x34, 1, 2, 3, 4,
				  9,    8,    7,    6,    5, 5, 5, 5};

START_TEST(rtp__reads_what_it_writes)
{
	const struct usher__rtp in = {
		.pt = 101,
		.marker = true,
		.seq = 0xfffe,
		.ts = 0xdeadbeef,
		.ssrc = 0x01020304,
	};
	struct usher__rtp out;
	uint8_t buf[20] = {0};

	usher__rtp_header(buf, &in);
	ck_assert_int_eq(usher__rtp_parse(buf, sizeof(buf), &out), 0);
	ck_assert_uint_eq(out.pt, 101);
	ck_assert(out.marker);
	ck_assert_uint_eq(out.seq, 0xfffe);
	ck_assert_uint_eq(out.ts, 0xdeadbeef);
	ck_assert_uint_eq(out.ssrc, 0x01020304);
	ck_assert_uint_eq(out.offset, 12);
	ck_assert_uint_eq(out.length, 8);
}
END_TEST

START_TEST(rtp__steps_over_csrc_extension_and_padding)
{
	uint8_t buf[64] = {0};
	struct usher__rtp rtp;

	memcpy(buf, plain, 12);
	buf[0] = 0x80 | 0x20 | 0x10 | 2; /* padding, extension, two CSRC */
	buf[12 + 8 + 3] = 1;             /* one word of extension */
	buf[63] = 4;
	ck_assert_int_eq(usher__rtp_parse(buf, 64, &rtp), 0);
	ck_assert_uint_eq(rtp.offset, 12 + 8 + 8);
	ck_assert_uint_eq(rtp.length, 64 - 28 - 4);
}
END_TEST

START_TEST(rtp__refuses_what_is_malformed)
{
	struct usher__rtp rtp = {.pt = 77};
	uint8_t buf[2000] = {0};

	memcpy(buf, plain, sizeof(plain));
	for (size_t n = 0; n < 12; n++)
		ck_assert_int_eq(usher__rtp_parse(buf, n, &rtp), USHER_EPROTO);
	ck_assert_int_eq(
		usher__rtp_parse(buf, USHER__RTP_PACKET_MAX + 1, &rtp),
		USHER_EPROTO);
	for (int version = 0; version < 4; version++) {
		buf[0] = (uint8_t)(version << 6);
		ck_assert_int_eq(usher__rtp_parse(buf, 16, &rtp),
				 version == 2 ? 0 : USHER_EPROTO);
	}
	rtp.pt = 77;
	buf[0] = 0x8f; /* 15 CSRC in 16 bytes */
	ck_assert_int_eq(usher__rtp_parse(buf, 16, &rtp), USHER_EPROTO);
	buf[0] = 0x90; /* an extension of 0x0505 words */
	ck_assert_int_eq(usher__rtp_parse(buf, 16, &rtp), USHER_EPROTO);
	ck_assert_int_eq(usher__rtp_parse(buf, 14, &rtp), USHER_EPROTO);
	buf[0] = 0xa0; /* padding of 0, then longer than the payload */
	buf[15] = 0;
	ck_assert_int_eq(usher__rtp_parse(buf, 16, &rtp), USHER_EPROTO);
	buf[15] = 5;
	ck_assert_int_eq(usher__rtp_parse(buf, 16, &rtp), USHER_EPROTO);
	ck_assert_uint_eq(rtp.pt, 77); /* untouched */
}
END_TEST

static void source_feed(struct usher__rtp_source *src, uint16_t seq,
			int64_t at_us)
{
	const struct usher__rtp rtp = {
		.seq = seq,
		.ts = (uint32_t)seq * 160,
		.ssrc = 7,
	};

	usher__rtp_source_packet(src, &rtp, at_us);
}

START_TEST(source__counts_losses_across_the_wrap)
{
	struct usher__rtp_source src = {0};
	struct usher__rtcp_block block = {0};

	for (int i = 0; i < 100; i++) {
		if (i % 10 == 5)
			continue;
		source_feed(&src, (uint16_t)(65500 + i), i * 20000);
	}
	ck_assert_int_eq(usher__rtp_source_lost(&src), 10);
	usher__rtcp_block_of(&src, &block);
	ck_assert_int_eq(block.lost, 10);
	ck_assert_uint_eq(block.fraction, 10 * 256 / 100);
	ck_assert_uint_eq(block.max_seq, 65536 + 63);
	usher__rtcp_block_of(&src, &block);
	ck_assert_uint_eq(block.fraction, 0);
}
END_TEST

START_TEST(source__jitter_of_a_steady_stream_is_none)
{
	struct usher__rtp_source src = {0};

	for (int i = 0; i < 200; i++)
		source_feed(&src, (uint16_t)(100 + i), i * 20000);
	ck_assert_uint_eq(src.jitter16 >> 4, 0);
	/* 4 ms late each second time: the estimate goes to 32 samples. */
	for (int i = 200; i < 600; i++)
		source_feed(&src, (uint16_t)(100 + i),
			    i * 20000 + (i & 1) * 4000);
	ck_assert_uint_ge(src.jitter16 >> 4, 30);
	ck_assert_uint_le(src.jitter16 >> 4, 34);
}
END_TEST

START_TEST(source__leap_starts_afresh)
{
	struct usher__rtp_source src = {0};

	source_feed(&src, 100, 0);
	source_feed(&src, 40000, 20000);
	ck_assert_int_eq(usher__rtp_source_lost(&src), 0);
	ck_assert_uint_eq(src.base_seq, 40000);
}
END_TEST

START_TEST(rtcp__reads_what_it_writes)
{
	const struct usher__rtcp_sender sender = {
		.ntp = 0x1122334455667788u,
		.ts = 5,
		.packets = 6,
		.bytes = 7,
	};
	const struct usher__rtcp_block block = {
		.ssrc = 42,
		.fraction = 9,
		.lost = -3,
		.max_seq = 10,
		.jitter = 11,
		.lsr = 12,
		.dlsr = 13,
	};
	uint8_t buf[USHER__RTCP_MAX];
	struct usher__rtcp rtcp;
	size_t n = usher__rtcp_write(buf, 99, &sender, &block, "somebody");

	ck_assert_uint_eq(n % 4, 0);
	ck_assert(usher__rtcp_is(buf, n));
	ck_assert_int_eq(usher__rtcp_parse(buf, n, 42, &rtcp), 0);
	ck_assert(rtcp.has_sender && rtcp.has_block);
	ck_assert_uint_eq(rtcp.ssrc, 99);
	ck_assert(rtcp.sender.ntp == sender.ntp);
	ck_assert_uint_eq(rtcp.sender.bytes, 7);
	ck_assert_int_eq(rtcp.block.lost, -3);
	ck_assert_uint_eq(rtcp.block.fraction, 9);
	ck_assert_uint_eq(rtcp.block.dlsr, 13);
	ck_assert_int_eq(usher__rtcp_parse(buf, n, 43, &rtcp), 0);
	ck_assert(!rtcp.has_block);

	n = usher__rtcp_write(buf, 99, NULL, NULL, "");
	ck_assert_int_eq(usher__rtcp_parse(buf, n, 42, &rtcp), 0);
	ck_assert(!rtcp.has_sender && !rtcp.has_block);
}
END_TEST

START_TEST(rtcp__refuses_what_is_malformed)
{
	const struct usher__rtcp_block block = {.ssrc = 42};
	uint8_t buf[USHER__RTCP_MAX];
	struct usher__rtcp rtcp = {.ssrc = 1};
	size_t n = usher__rtcp_write(buf, 99, NULL, &block, "x");

	/* Cut anywhere, it is no compound packet; at 32 the SDES is gone. */
	for (size_t cut = 0; cut < n; cut++) {
		int rc = usher__rtcp_parse(buf, cut, 42, &rtcp);

		ck_assert_int_eq(rc, cut == 32 ? 0 : USHER_EPROTO);
	}
	buf[0] = 0x9f; /* 31 blocks in one report */
	ck_assert_int_eq(usher__rtcp_parse(buf, n, 42, &rtcp), USHER_EPROTO);
	buf[0] = 0x41; /* version 1 */
	ck_assert_int_eq(usher__rtcp_parse(buf, n, 42, &rtcp), USHER_EPROTO);
	buf[0] = 0x81;
	buf[1] = 202; /* begins with SDES */
	ck_assert_int_eq(usher__rtcp_parse(buf, n, 42, &rtcp), USHER_EPROTO);
}
END_TEST

/* --- telephone-event -------------------------------------------------- */

static uint32_t step = 0xffff;

static int feed(struct usher__telev *t, uint16_t seq, uint32_t ts, char digit,
		bool end, bool marker)
{
	const struct usher__rtp rtp = {
		.seq = seq,
		.ts = ts,
		.ssrc = 5,
		.length = 4,
		.marker = marker,
	};
	uint8_t payload[4];

	usher__telev_write(payload, (uint8_t)usher__telev_event(digit), end,
			   160);
	return usher__telev_packet(t, &rtp, payload, step);
}

START_TEST(telev__press_is_told_once)
{
	struct usher__telev t = {0};

	ck_assert_int_eq(feed(&t, 1, 1000, '5', false, true), '5');
	ck_assert_int_eq(feed(&t, 2, 1000, '5', false, false), 0);
	ck_assert_int_eq(feed(&t, 2, 1000, '5', false, false), 0);
	for (uint16_t i = 3; i < 6; i++)
		ck_assert_int_eq(feed(&t, i, 1000, '5', true, false), 0);
	ck_assert_int_eq(feed(&t, 6, 3000, '5', true, false), '5');
}
END_TEST

START_TEST(telev__two_presses_stay_two_without_an_end_between)
{
	struct usher__telev t = {0};

	ck_assert_int_eq(feed(&t, 1, 1000, '7', false, true), '7');
	ck_assert_int_eq(feed(&t, 9, 2600, '7', false, false), '7');
	/* Only the ends of the third get through. */
	ck_assert_int_eq(feed(&t, 20, 5000, '7', true, false), '7');
	ck_assert_int_eq(feed(&t, 21, 5000, '7', true, false), 0);
}
END_TEST

START_TEST(telev__stragglers_of_an_earlier_press_say_nothing)
{
	struct usher__telev t = {0};

	ck_assert_int_eq(feed(&t, 65534, 0xffffff00u, '1', false, true), '1');
	ck_assert_int_eq(feed(&t, 3, 0x200, '2', false, true), '2');
	ck_assert_int_eq(feed(&t, 65535, 0xffffff00u, '1', true, false), 0);
	ck_assert_int_eq(feed(&t, 4, 0x200, '2', true, false), 0);
}
END_TEST

/* By the stream's own clock, and by one of 8 kHz beside 48. */
START_TEST(telev__long_press_goes_on_in_segments)
{
	struct usher__telev t = {0};

	step = 0xffff * (uint32_t)_i;
	ck_assert_int_eq(feed(&t, 1, 1000, '*', false, true), '*');
	ck_assert_int_eq(feed(&t, 2, 1000 + step, '*', false, false), 0);
	ck_assert_int_eq(feed(&t, 3, 1000 + 2 * step, '*', true, false), 0);
	ck_assert_int_eq(feed(&t, 4, 1000 + 3 * step, '*', true, false), '*');
	/* A segment of another clock is another press. */
	ck_assert_int_eq(feed(&t, 5, 1000 + 4 * step, '*', false, true), '*');
	ck_assert_int_eq(feed(&t, 6,
			      1000 + 4 * step + 0xffff * (7 - (uint32_t)_i),
			      '*', false, false),
			 '*');
	step = 0xffff;
}
END_TEST

START_TEST(telev__refuses_short_packets_and_other_events)
{
	struct usher__telev t = {0};
	struct usher__rtp rtp = {.length = 3};
	uint8_t payload[4] = {16, 0, 0, 0};

	ck_assert_int_eq(usher__telev_packet(&t, &rtp, payload, 0xffff),
			 USHER_EPROTO);
	rtp.length = 4;
	ck_assert_int_eq(usher__telev_packet(&t, &rtp, payload, 0xffff),
			 USHER_EPROTO);
	ck_assert(!t.seen);
	ck_assert_int_eq(usher__telev_event('x'), -1);
	ck_assert_int_eq(usher__telev_event(0), -1);
	ck_assert_int_eq(usher__telev_event('d'), 15);
}
END_TEST

/* --- samples ---------------------------------------------------------- */

START_TEST(g711__survives_every_sample)
{
	for (int codec = 0; codec < USHER__MCODECS; codec++) {
		/* So many assertions would take seconds, each by itself. */
		int wrong = 0;

		for (int v = -32768; v <= 32767; v++) {
			int16_t in = (int16_t)v, out;
			uint8_t byte;

			usher__g711_encode((enum usher__mcodec)codec, &in, 1,
					   &byte);
			usher__g711_decode((enum usher__mcodec)codec, &byte, 1,
					   &out);
			/* A step is at most a sixteenth of the amplitude. */
			wrong += abs(out - v) > 40 + abs(v) / 16;
		}
		ck_assert_int_eq(wrong, 0);
	}
}
END_TEST

START_TEST(g711__translates_between_laws)
{
	uint8_t byte = 0;

	for (int i = 0; i < 256; i++, byte++) {
		uint8_t other = byte;
		int16_t before, after;

		usher__g711_decode(USHER__PCMU, &byte, 1, &before);
		usher__g711_translate(USHER__PCMU, USHER__PCMA, &other, 1);
		usher__g711_decode(USHER__PCMA, &other, 1, &after);
		ck_assert_int_le(abs(after - before), 40 + abs(before) / 16);
	}
}
END_TEST

START_TEST(tone__has_its_frequency_and_level)
{
	static const int freqs[] = {150, 425, 999, 1633, 3400};
	const uint16_t freq_hz[2] = {(uint16_t)freqs[_i], 0};
	struct usher__sine sine;
	struct usher__tone tone;
	struct usher__mheard heard;
	int16_t pcm[1600];

	usher__sine_init(&sine);
	usher__tone_start(&tone, freq_hz, -20, 0, 0);
	usher__tone_make(&sine, &tone, pcm, 1600);
	usher__tone_find(pcm, 1600, &heard);
	ck_assert_int_eq(heard.freq_hz, freqs[_i]);
	ck_assert_int_ge(heard.level_db10, -202);
	ck_assert_int_le(heard.level_db10, -198);
	ck_assert_int_ge(heard.purity, 990);
	ck_assert_double_eq_tol(usher__tone_level(pcm, 1600, 8000, freqs[_i]),
				-20, 0.2);
	ck_assert_double_lt(usher__tone_level(pcm, 1600, 8000, 2500), -45);
}
END_TEST

START_TEST(tone__pair_and_noise_are_no_single_tone)
{
	static const uint16_t pair[2] = {697, 1209};
	struct usher__sine sine;
	struct usher__tone tone;
	struct usher__mheard heard;
	int16_t pcm[1600] = {0};
	uint32_t x = 1;

	usher__tone_find(pcm, 1600, &heard);
	ck_assert_uint_eq(heard.freq_hz, 0);
	ck_assert_int_eq(heard.level_db10, -960);

	for (int i = 0; i < 1600; i++) {
		x = x * 1664525u + 1013904223u;
		pcm[i] = (int16_t)((int)(x >> 18) - 8192);
	}
	usher__tone_find(pcm, 1600, &heard);
	ck_assert_uint_eq(heard.freq_hz, 0);

	usher__sine_init(&sine);
	usher__tone_start(&tone, pair, -10, 0, 0);
	usher__tone_make(&sine, &tone, pcm, 1600);
	ck_assert_double_eq_tol(usher__tone_level(pcm, 1600, 8000, 697), -10,
				0.3);
	ck_assert_double_eq_tol(usher__tone_level(pcm, 1600, 8000, 1209), -10,
				0.3);
	usher__tone_find(pcm, 100, &heard); /* too short to say */
	ck_assert_uint_eq(heard.freq_hz, 0);
}
END_TEST

START_TEST(tone__cadence_is_kept)
{
	static const uint16_t freq_hz[2] = {425, 0};
	struct usher__sine sine;
	struct usher__tone tone;
	int16_t pcm[160];

	usher__sine_init(&sine);
	usher__tone_start(&tone, freq_hz, -10, 40, 20);
	for (int i = 0; i < 9; i++) {
		usher__tone_make(&sine, &tone, pcm, 160);
		if (i % 3 == 2)
			ck_assert_double_le(usher__pcm_level(pcm, 160), -90);
		else
			ck_assert_double_ge(usher__pcm_level(pcm, 160), -12);
	}
}
END_TEST

START_TEST(dtmf__keys_have_their_rows_and_columns)
{
	static const char keys[] = "123A456B789C*0#D";
	static const uint16_t row[] = {697, 770, 852, 941};
	static const uint16_t column[] = {1209, 1336, 1477, 1633};

	for (int i = 0; i < 16; i++) {
		uint16_t f[2];

		usher__dtmf_freqs(usher__telev_event(keys[i]), f);
		ck_assert_uint_eq(f[0], row[i / 4]);
		ck_assert_uint_eq(f[1], column[i % 4]);
	}
}
END_TEST

TCase *rtp_case(void)
{
	TCase *tc = tcase_create("rtp");

	tcase_add_test(tc, rtp__reads_what_it_writes);
	tcase_add_test(tc, rtp__steps_over_csrc_extension_and_padding);
	tcase_add_test(tc, rtp__refuses_what_is_malformed);
	tcase_add_test(tc, source__counts_losses_across_the_wrap);
	tcase_add_test(tc, source__jitter_of_a_steady_stream_is_none);
	tcase_add_test(tc, source__leap_starts_afresh);
	tcase_add_test(tc, rtcp__reads_what_it_writes);
	tcase_add_test(tc, rtcp__refuses_what_is_malformed);
	tcase_add_test(tc, telev__press_is_told_once);
	tcase_add_test(tc, telev__two_presses_stay_two_without_an_end_between);
	tcase_add_test(tc, telev__stragglers_of_an_earlier_press_say_nothing);
	for (int clock = 1; clock <= 6; clock += 5)
		tcase_add_loop_test(tc, telev__long_press_goes_on_in_segments,
				    clock, clock + 1);
	tcase_add_test(tc, telev__refuses_short_packets_and_other_events);
	tcase_add_test(tc, g711__survives_every_sample);
	tcase_add_test(tc, g711__translates_between_laws);
	tcase_add_loop_test(tc, tone__has_its_frequency_and_level, 0, 5);
	tcase_add_test(tc, tone__pair_and_noise_are_no_single_tone);
	tcase_add_test(tc, tone__cadence_is_kept);
	tcase_add_test(tc, dtmf__keys_have_their_rows_and_columns);
	return tc;
}
