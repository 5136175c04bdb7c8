/* A recording's file by itself, with a clock of our own. */
#include <math.h>
#include <media/g711.h>
#include <media/recfile.h>
#include <stdlib.h>
#include "peer.h"
#include "suites.h"
#include "tape.h"

#define RATE_US 20000

static struct usher__recfile *recfile(const char *path, int64_t now_us)
{
	const struct usher__mrec_opts opts = {0};
	struct usher__recfile *file;
	const char *why;

	ck_assert_int_eq(usher__recfile_new(&file, 1, path, &opts, now_us), 0);
	ck_assert_int_eq(usher__recfile_start(file, &why), 0);
	return file;
}

static void put(struct usher__recfile *file, uint32_t channel, int n,
		int64_t at_us, double freq)
{
	struct usher__rtp rtp = {
		.ts = 5000 + (uint32_t)n * 160,
		.ssrc = 1 + channel,
		.length = 160,
	};
	uint8_t payload[160];
	int16_t pcm[160];

	for (int i = 0; i < 160; i++)
		pcm[i] = (int16_t)lrint(
			7000 * sin(2 * M_PI * freq * (n * 160 + i) / 8000));
	usher__g711_encode(USHER__PCMU, pcm, 160, payload);
	usher__recfile_audio(file, channel, at_us, &rtp, USHER__PCMU, payload);
}

START_TEST(recfile__jitter_and_disorder_move_nothing)
{
	const char *path = temp_path("jitter.wav");
	struct usher__recfile *file = recfile(path, 0);
	uint32_t x = 3;

	/* Up to 300 ms late, some twice, some swapped. */
	for (int n = 0; n < 200; n++) {
		int64_t at = n * (int64_t)RATE_US;
		int late;

		x = x * 1664525u + 1013904223u;
		late = n ? (int)(x >> 16) % 300000 : 0;
		put(file, 0, n, at, 500);
		put(file, 1, n ^ 1, at + (n ? late : 0), 1000);
		if (n % 7 == 0)
			put(file, 0, n, at, 500);
	}
	usher__recfile_advance(file, 4000000, true);
	ck_assert_uint_eq(usher__recfile_duration_ms(file), 4000);
	usher__recfile_free(file);

	tape_read(path);
	/* A phase that held for four seconds is a level that did. */
	assert_tone(0, 0, 4000, 500);
	ck_assert_double_ge(level(0, 0, 4000, 500),
			    level(0, 0, 100, 500) - 0.2);
	ck_assert_double_ge(level(1, 100, 3900, 1000), -11);
}
END_TEST

START_TEST(recfile__silence_of_one_side_keeps_both_aligned)
{
	const char *path = temp_path("silent.wav");
	struct usher__recfile *file = recfile(path, 0);

	for (int n = 0; n < 150; n++) {
		put(file, 0, n, n * (int64_t)RATE_US, 500);
		if (n < 50 || n >= 100)
			put(file, 1, n, n * (int64_t)RATE_US, 1000);
		usher__recfile_advance(file, n * (int64_t)RATE_US, false);
	}
	usher__recfile_advance(file, 3000000, true);
	usher__recfile_free(file);
	tape_read(path);
	assert_tone(1, 0, 1000, 1000);
	ck_assert_double_le(usher__pcm_level(tape.pcm[1] + 8000, 8000), -90);
	assert_tone(1, 2000, 3000, 1000);
	ck_assert_int_ne(tape.pcm[1][7999], 0);
	assert_tone(0, 0, 3000, 500);
}
END_TEST

START_TEST(recfile__late_first_packet_shifts_nobody)
{
	const char *path = temp_path("first.wav");
	struct usher__recfile *file = recfile(path, 0);

	for (int n = 0; n < 100; n++) {
		int64_t at = n * (int64_t)RATE_US;

		put(file, 0, n, at, 500);
		if (n == 9)
			put(file, 1, 0, at, 500);
		if (n >= 10)
			put(file, 1, n, at, 500);
	}
	usher__recfile_advance(file, 2000000, true);
	usher__recfile_free(file);
	tape_read(path);
	for (size_t i = 10 * 160; i < tape.samples; i++)
		ck_assert_int_eq(tape.pcm[0][i], tape.pcm[1][i]);
}
END_TEST

/* Whose clock stands still while they are silent is heard again after half a
 * second, also in packets of 60 ms. */
START_TEST(recfile__clock_that_stood_still_costs_half_a_second)
{
	const char *path = temp_path("stood.wav");
	struct usher__recfile *file = recfile(path, 0);
	struct usher__rtp rtp = {.ssrc = 1, .length = 480};
	uint8_t payload[480];
	int n;

	memset(payload, 0x10, sizeof(payload));
	for (n = 0; n < 60; n++) {
		int64_t pause = n < 20 ? 0 : 5000000;

		rtp.ts = 5000 + (uint32_t)n * 480;
		usher__recfile_audio(file, 0, n * INT64_C(60000) + pause, &rtp,
				     USHER__PCMU, payload);
	}
	usher__recfile_advance(file, 10000000, true);
	usher__recfile_free(file);
	tape_read(path);
	/* Begins after 5 s of silence, at 6.2 s, and ends at 8.6 s. */
	ck_assert_double_ge(usher__pcm_level(tape.pcm[0], 9600), -20);
	ck_assert_double_le(usher__pcm_level(tape.pcm[0] + 9600, 40000), -90);
	ck_assert_double_ge(usher__pcm_level(tape.pcm[0] + 6800 * 8, 1800 * 8),
			    -20);
	for (n = 6800 * 8; n < 8600 * 8; n++)
		ck_assert_int_ne(tape.pcm[0][n], 0);
}
END_TEST

START_TEST(recfile__slow_clock_does_not_fall_behind)
{
	const char *path = temp_path("slow.wav");
	struct usher__recfile *file = recfile(path, 0);
	size_t onset = 0;
	const int last = 480;

	/* One percent slow: 96 ms behind after 480 packets, uncorrected. */
	for (int n = 0; n < last + 10; n++)
		put(file, 0, n, n * (int64_t)20200, n < last ? 0 : 500);
	usher__recfile_advance(file, 9900000, true);
	usher__recfile_free(file);
	tape_read(path);
	while (onset < tape.samples && abs(tape.pcm[0][onset]) < 1000)
		onset++;
	ck_assert_uint_le(onset, last * 20200 / 125);
	ck_assert_uint_ge(onset, last * 20200 / 125 - 60 * 8);
}
END_TEST

START_TEST(recfile__stall_of_the_thread_loses_nothing)
{
	const char *path = temp_path("stall.wav");
	struct usher__recfile *file = recfile(path, 0);

	/* Nobody called for ten seconds; then all packets come at once. */
	for (int n = 0; n < 500; n++) {
		put(file, 0, n, n * (int64_t)RATE_US, 500);
		put(file, 1, n, n * (int64_t)RATE_US, 1000);
	}
	usher__recfile_advance(file, 10000000, true);
	usher__recfile_free(file);
	tape_read(path);
	ck_assert_uint_eq(tape.samples, 80000);
	assert_tone(0, 0, 10000, 500);
	assert_tone(1, 0, 10000, 1000);
}
END_TEST

START_TEST(recfile__hostile_timestamps_do_no_harm)
{
	const char *path = temp_path("hostile.wav");
	struct usher__recfile *file = recfile(path, 0);
	static uint8_t payload[1500];
	uint32_t x = 7;

	for (int i = 0; i < 20000; i++) {
		struct usher__rtp rtp = {.ssrc = i % 3 ? 1 : x};

		x = x * 1664525u + 1013904223u;
		rtp.ts = x;
		rtp.marker = i % 5 == 0;
		rtp.length = x >> 21;
		usher__recfile_audio(file, x & 3, i * 100, &rtp, USHER__PCMA,
				     payload);
	}
	usher__recfile_advance(file, 2000000, true);
	ck_assert_uint_eq(usher__recfile_duration_ms(file), 2000);
	usher__recfile_free(file);
}
END_TEST

TCase *recfile_case(void)
{
	TCase *tc = tcase_create("recfile");

	tcase_add_test(tc, recfile__jitter_and_disorder_move_nothing);
	tcase_add_test(tc, recfile__silence_of_one_side_keeps_both_aligned);
	tcase_add_test(tc, recfile__late_first_packet_shifts_nobody);
	tcase_add_test(tc,
		       recfile__clock_that_stood_still_costs_half_a_second);
	tcase_add_test(tc, recfile__slow_clock_does_not_fall_behind);
	tcase_add_test(tc, recfile__stall_of_the_thread_loses_nothing);
	tcase_add_test(tc, recfile__hostile_timestamps_do_no_harm);
	return tc;
}
