/* Recordings: what is in the file, and that it is there at any moment. */
#include <math.h>
#include <media/filer.h>
#include <media/g711.h>
#include <media/recfile.h>
#include <signal.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "peer.h"
#include "suites.h"

static struct peer a, b;

/* A recording read back, channels apart. */
struct tape {
	int channels;
	size_t samples;
	int16_t pcm[2][80000];
};

static struct tape tape;

static void setup(void)
{
	peer_open(&a);
	peer_open(&b);
}

static void teardown(void)
{
	peer_close(&a);
	peer_close(&b);
}

static void tape_read(const char *path)
{
	static int16_t both[160000];
	SF_INFO info = {0};
	SNDFILE *file = sf_open(path, SFM_READ, &info);

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(info.samplerate, 8000);
	ck_assert_int_le(info.frames, 80000);
	tape.channels = info.channels;
	tape.samples = (size_t)info.frames;
	/* The header tells the truth about what follows. */
	ck_assert_int_eq(sf_readf_short(file, both, 80000), info.frames);
	for (size_t i = 0; i < tape.samples; i++) {
		for (int c = 0; c < info.channels; c++)
			tape.pcm[c][i] =
				both[i * (size_t)info.channels + (size_t)c];
	}
	sf_close(file);
}

/* Level of a frequency in a channel between two times. */
static double level(int channel, int from_ms, int to_ms, double freq)
{
	ck_assert_uint_le((size_t)to_ms * 8, tape.samples);
	return usher__tone_level(tape.pcm[channel] + from_ms * 8,
				 (size_t)(to_ms - from_ms) * 8, 8000, freq);
}

#define assert_tone(channel, from, to, freq)                                  \
	ck_assert_double_ge(level((channel), (from), (to), (freq)), -12)
#define assert_no_tone(channel, from, to, freq)                               \
	ck_assert_double_le(level((channel), (from), (to), (freq)), -50)

START_TEST(record__each_tone_is_in_its_channel)
{
	const struct voice voices[] = {{&a, 500}, {&b, 1100}};
	struct usher__media *m = media_up(2);
	const char *path = temp_path("both.wav");
	struct usher__mevent ev;
	struct usher__media_stats stats;
	uint64_t leg_a, leg_b, rec;

	b.codec = USHER__PCMA;
	b.pt = 8;
	leg_a = peer_leg(m, &a, NULL);
	leg_b = peer_leg(m, &b, NULL);
	usher__media_bridge(m, leg_a, leg_b);
	ck_assert_int_eq(usher__mrec_new(m, path, NULL, &rec), 0);
	ck_assert_int_eq(usher__mrec_attach(m, rec, leg_a, 0), 0);
	ck_assert_int_eq(usher__mrec_attach(m, rec, leg_b, 1), 0);
	ck_assert_int_eq(usher__mrec_attach(m, rec, leg_b, 2), USHER_EINVAL);
	settle();
	talk(voices, 2, 60);
	/* The call goes on over the same relay while it is recorded. */
	ck_assert_uint_ge(b.packets, 55);
	ck_assert_int_eq(usher__mrec_stop(m, rec), 0);
	await_event(m, USHER__MEV_REC_DONE, &ev);
	ck_assert_int_eq(ev.reason, USHER__MR_STOPPED);
	ck_assert_uint_eq(ev.rec, rec);
	ck_assert_str_eq(ev.path, path);
	ck_assert_uint_ge(ev.duration_ms, 1200);
	ck_assert_uint_le(ev.duration_ms, 1400);

	tape_read(path);
	ck_assert_uint_eq(tape.samples / 8, ev.duration_ms);
	ck_assert_int_eq(tape.channels, 2);
	assert_tone(0, 200, 1100, 500);
	assert_tone(1, 200, 1100, 1100);
	assert_no_tone(0, 200, 1100, 1100);
	assert_no_tone(1, 200, 1100, 500);

	ck_assert_int_eq(usher__media_next(m, &ev), 0);
	ck_assert_int_eq(usher__mrec_stop(m, rec), USHER_ENOENT);
	ck_assert_int_eq(usher__mrec_attach(m, rec, leg_a, 0), USHER_ENOENT);
	usher__media_stats(m, &stats);
	ck_assert_uint_eq(stats.records, 0);
	usher__media_free(m);
}
END_TEST

START_TEST(record__header_is_right_while_it_grows)
{
	struct usher__media *m = media_up(1);
	const char *path = temp_path("grows.wav");
	uint64_t leg = peer_leg(m, &a, NULL);
	size_t before = 0;
	uint64_t rec;

	ck_assert_int_eq(usher__mrec_new(m, path, NULL, &rec), 0);
	usher__mrec_attach(m, rec, leg, 0);
	sleep_ms(150);
	for (int i = 0; i < 4; i++) {
		tape_read(path);
		ck_assert(i < 2 || tape.samples > before);
		before = tape.samples;
		talk(&(struct voice){&a, 600}, 1, 25);
	}
	ck_assert_uint_ge(before, 4000);
	usher__media_free(m); /* completes it */
	tape_read(path);
	assert_tone(0, 300, 1900, 600);
}
END_TEST

START_TEST(record__survives_kill)
{
	const char *path = temp_path("killed.wav");
	pid_t child = fork();
	int status;

	if (child == 0) {
		struct usher__media *m = media_up(1);
		uint64_t leg = peer_leg(m, &a, NULL);
		uint64_t rec;

		usher__mrec_new(m, path, NULL, &rec);
		usher__mrec_attach(m, rec, leg, 1);
		settle();
		talk(&(struct voice){&a, 600}, 1, 75);
		kill(getpid(), SIGKILL);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status));
	tape_read(path);
	/* At most LATE, a chunk and a turn are not in it. */
	ck_assert_uint_ge(tape.samples, (1500 - 900) * 8);
	assert_tone(1, 200, 600, 600);
	assert_no_tone(0, 200, 600, 600);
}
END_TEST

START_TEST(record__pause_leaves_out_both_channels)
{
	const struct voice voices[] = {{&a, 500}, {&b, 1100}};
	const struct voice secret[] = {{&a, 2000}, {&b, 1100}};
	const struct usher__mrec_opts opts = {.paused = true};
	struct usher__media *m = media_up(1);
	const char *path = temp_path("paused.wav");
	struct usher__mevent ev;
	uint64_t leg_a = peer_leg(m, &a, NULL);
	uint64_t leg_b = peer_leg(m, &b, NULL);
	uint64_t rec;

	ck_assert_int_eq(usher__mrec_new(m, path, &opts, &rec), 0);
	usher__mrec_attach(m, rec, leg_a, 0);
	usher__mrec_attach(m, rec, leg_b, 1);
	settle();
	talk(secret, 2, 15);
	usher__mrec_resume(m, rec);
	talk(voices, 2, 30);
	usher__mrec_pause(m, rec);
	talk(secret, 2, 15);
	usher__mrec_resume(m, rec);
	talk(voices, 2, 30);
	usher__mrec_stop(m, rec);
	await_event(m, USHER__MEV_REC_DONE, &ev);
	ck_assert_uint_ge(ev.duration_ms, 1180);
	ck_assert_uint_le(ev.duration_ms, 1300);
	tape_read(path);
	assert_tone(0, 50, 550, 500);
	assert_tone(0, 650, 1150, 500);
	assert_tone(1, 50, 550, 1100);
	assert_tone(1, 650, 1150, 1100);
	assert_no_tone(0, 0, 1150, 2000);
	usher__media_free(m);
}
END_TEST

START_TEST(record__voicemail_ends_by_silence_and_by_length)
{
	const struct usher__mrec_opts silence = {.channels = 1,
						 .silence_ms = 400};
	const struct usher__mrec_opts length = {.channels = 1, .max_ms = 600};
	struct usher__media *m = media_up(1);
	struct usher__mevent ev;
	uint64_t leg = peer_leg(m, &a, NULL);
	uint64_t rec;

	ck_assert_int_eq(
		usher__mrec_new(m, temp_path("vm1.wav"), &silence, &rec), 0);
	ck_assert_int_eq(usher__mrec_attach(m, rec, leg, 1), USHER_EINVAL);
	ck_assert_int_eq(usher__mrec_attach(m, rec, leg, 0), 0);
	settle();
	talk(&(struct voice){&a, 500}, 1, 40);
	await_event(m, USHER__MEV_REC_DONE, &ev);
	ck_assert_int_eq(ev.reason, USHER__MR_SILENCE);
	ck_assert_uint_ge(ev.duration_ms, 1150);
	ck_assert_uint_le(ev.duration_ms, 1700);
	tape_read(ev.path);
	ck_assert_int_eq(tape.channels, 1);
	assert_tone(0, 100, 700, 500);

	ck_assert_int_eq(
		usher__mrec_new(m, temp_path("vm2.wav"), &length, &rec), 0);
	ck_assert_int_eq(usher__mrec_attach(m, rec, leg, 0), 0);
	settle();
	talk(&(struct voice){&a, 900}, 1, 60);
	await_event(m, USHER__MEV_REC_DONE, &ev);
	ck_assert_int_eq(ev.reason, USHER__MR_END);
	ck_assert_uint_eq(ev.duration_ms, 600);
	tape_read(ev.path);
	ck_assert_uint_eq(tape.samples, 4800);
	usher__media_free(m);
}
END_TEST

START_TEST(record__errors_are_told)
{
	struct usher__mrec_opts opts = {.channels = 3};
	struct usher__media *m = media_up(1);
	const char *path = temp_path("there.wav");
	struct usher__mevent ev;
	uint64_t rec = 77;

	ck_assert_int_eq(usher__mrec_new(m, path, &opts, &rec), USHER_EINVAL);
	ck_assert_int_eq(usher__mrec_new(m, "", NULL, &rec), USHER_EINVAL);
	ck_assert_int_eq(usher__mrec_new(m, NULL, NULL, &rec), USHER_EINVAL);
	ck_assert_uint_eq(rec, 77);
	ck_assert_int_eq(usher__mrec_pause(m, 77), USHER_ENOENT);
	ck_assert_int_eq(usher__mrec_new(m, "/nowhere/x.wav", NULL, &rec), 0);
	await_event(m, USHER__MEV_REC_DONE, &ev);
	ck_assert_int_eq(ev.reason, USHER__MR_ERROR);
	ck_assert_int_eq(ev.error, USHER_EIO);
	ck_assert_str_eq(ev.path, "/nowhere/x.wav");

	write_wav(path, 8000, 1, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 440, 0.1);
	ck_assert_int_eq(usher__mrec_new(m, path, NULL, &rec), 0);
	await_event(m, USHER__MEV_REC_DONE, &ev);
	ck_assert_int_eq(ev.reason, USHER__MR_ERROR);
	tape_read(path); /* what was there is untouched */
	ck_assert_uint_eq(tape.samples, 800);

	usher__media_free(m);
}
END_TEST

START_TEST(record__full_disk_is_told_and_the_call_goes_on)
{
	const struct rlimit limit = {20000, 20000};
	struct usher__media *m = media_up(1);
	struct usher__mevent ev;
	uint64_t leg_a = peer_leg(m, &a, NULL);
	uint64_t leg_b = peer_leg(m, &b, NULL);
	uint64_t rec;

	usher__media_bridge(m, leg_a, leg_b);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	usher__mrec_new(m, temp_path("full.wav"), NULL, &rec);
	usher__mrec_attach(m, rec, leg_a, 0);
	settle();
	talk((struct voice[]){{&a, 500}, {&b, 0}}, 2, 75);
	await_event(m, USHER__MEV_REC_DONE, &ev);
	ck_assert_int_eq(ev.reason, USHER__MR_ERROR);
	ck_assert_int_eq(ev.error, USHER_EIO);
	ck_assert_str_eq(ev.text, "cannot write the recording");
	tape_read(ev.path); /* what was written is right */
	ck_assert_uint_ge(tape.samples, 2000);
	ck_assert_uint_ge(b.packets, 70);
	usher__media_free(m);
}
END_TEST

START_TEST(record__stalled_disk_drops_and_never_blocks)
{
	const struct voice voices[] = {{&a, 500}, {&b, 0}};
	struct usher__media *m = media_up(1);
	struct usher__media_stats stats;
	struct usher__mleg_stats leg_stats;
	const struct usher__rtp rtp = {.length = 1400};
	static uint8_t payload[1400];
	struct usher__mtap *tap = usher__mtap_new(5);
	uint64_t leg_a = peer_leg(m, &a, NULL);
	uint64_t leg_b = peer_leg(m, &b, NULL);
	struct usher__mevent ev;
	uint64_t rec;
	int taken = 0;

	usher__media_bridge(m, leg_a, leg_b);
	usher__mrec_new(m, temp_path("stalled.wav"), NULL, &rec);
	usher__mrec_attach(m, rec, leg_a, 0);
	settle();
	usher__filer_hold(m->filer, true);
	sleep_ms(120);
	while (usher__filer_audio(m->filer, tap, 0, 1, &rtp, 0, payload))
		taken++;
	ck_assert_int_gt(taken, 5000);
	talk(voices, 2, 20);
	ck_assert_uint_ge(b.packets, 19);
	settle();
	usher__mleg_stats(m, leg_a, &leg_stats);
	usher__media_stats(m, &stats);
	ck_assert_uint_ge(leg_stats.rec_drops, 10);
	ck_assert_uint_eq(stats.rec_drops, leg_stats.rec_drops + 1);
	/* What the owner says is not dropped. */
	ck_assert_int_eq(usher__mrec_stop(m, rec), 0);
	usher__filer_hold(m->filer, false);
	await_event(m, USHER__MEV_REC_DONE, &ev);
	ck_assert_int_eq(ev.reason, USHER__MR_STOPPED);
	usher__mtap_unref(tap);
	usher__media_free(m);
}
END_TEST

/* --- the file by itself, with a clock of our own ---------------------- */

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

TCase *rec_case(void)
{
	TCase *tc = tcase_create("rec");

	tcase_set_timeout(tc, 20);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, record__each_tone_is_in_its_channel);
	tcase_add_test(tc, record__header_is_right_while_it_grows);
	tcase_add_test(tc, record__survives_kill);
	tcase_add_test(tc, record__pause_leaves_out_both_channels);
	tcase_add_test(tc, record__voicemail_ends_by_silence_and_by_length);
	tcase_add_test(tc, record__errors_are_told);
	tcase_add_test(tc, record__full_disk_is_told_and_the_call_goes_on);
	tcase_add_test(tc, record__stalled_disk_drops_and_never_blocks);
	tcase_add_test(tc, recfile__jitter_and_disorder_move_nothing);
	tcase_add_test(tc, recfile__silence_of_one_side_keeps_both_aligned);
	tcase_add_test(tc, recfile__stall_of_the_thread_loses_nothing);
	tcase_add_test(tc, recfile__hostile_timestamps_do_no_harm);
	return tc;
}
