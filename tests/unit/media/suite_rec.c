/* Recordings: what is in the file, and that it is there at any moment. */
#include <media/filer.h>
#include <signal.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "peer.h"
#include "suites.h"
#include "tape.h"

static struct peer a, b;

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

/* When what is in a file begins: how soon somebody spoke after the recording
 * had begun, and how soon after that it ended, the machine decides. */
static int begins_ms(int channel)
{
	size_t i = 0;

	while (i < tape.samples && abs(tape.pcm[channel][i]) < 500)
		i++;
	return (int)i / 8;
}

static int ends_ms(int channel)
{
	size_t i = tape.samples;

	while (i && abs(tape.pcm[channel][i - 1]) < 500)
		i--;
	return (int)i / 8;
}

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

	tape_read(path);
	ck_assert_uint_eq(tape.samples / 8, ev.duration_ms);
	ck_assert_int_eq(tape.channels, 2);
	for (int i = 0; i < 2; i++) {
		int at = begins_ms(i);

		ck_assert_int_ge(ends_ms(i) - at, 1150);
		ck_assert_int_le(ends_ms(i) - at, 1200);
		assert_tone(i, at + 50, at + 1150, i ? 1100 : 500);
		assert_no_tone(i, at + 50, at + 1150, i ? 500 : 1100);
	}

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
	struct usher__mleg_params params;
	char peer_ip[32];
	pid_t child;
	int status;

	/* The peer is where the parent put it. */
	snprintf(peer_ip, sizeof(peer_ip), "%s", PEER_IP);
	peer_params(&a, &params);
	params.remote_ip = peer_ip;
	child = fork();
	if (child == 0) {
		struct usher__media *m = media_up(1);
		uint64_t leg = peer_leg(m, &a, &params);
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
	/* What was said before has been taken, or it is said afterwards. */
	talk(secret, 2, 15);
	settle();
	usher__mrec_resume(m, rec);
	talk(voices, 2, 30);
	usher__mrec_pause(m, rec);
	talk(secret, 2, 15);
	settle();
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
	int at;

	ck_assert_int_eq(
		usher__mrec_new(m, temp_path("vm1.wav"), &silence, &rec), 0);
	ck_assert_int_eq(usher__mrec_attach(m, rec, leg, 1), USHER_EINVAL);
	ck_assert_int_eq(usher__mrec_attach(m, rec, leg, 0), 0);
	settle();
	talk(&(struct voice){&a, 500}, 1, 40);
	await_event(m, USHER__MEV_REC_DONE, &ev);
	ck_assert_int_eq(ev.reason, USHER__MR_SILENCE);
	tape_read(ev.path);
	at = begins_ms(0);
	ck_assert_int_ge((int)ev.duration_ms - at, 1150);
	ck_assert_int_le((int)ev.duration_ms - at, 1700);
	ck_assert_int_eq(tape.channels, 1);
	assert_tone(0, at + 50, at + 750, 500);

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
	return tc;
}
