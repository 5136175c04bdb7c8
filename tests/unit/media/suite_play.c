/* Lists of items, and files that are sounds or are not. */
#include <fcntl.h>
#include <media/play.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "peer.h"
#include "suites.h"

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

static const struct usher__mitem tones[3] = {
	{.kind = USHER__MI_TONE, .freq_hz = {600, 0}, .duration_ms = 110},
	{.kind = USHER__MI_SILENCE, .duration_ms = 70},
	{.kind = USHER__MI_TONE, .freq_hz = {900, 0}, .duration_ms = 90},
};

static enum usher__pull pull(struct usher__play *play, int16_t *pcm, size_t n)
{
	struct usher__sine sine;
	struct usher__pevent ev;

	usher__sine_init(&sine);
	return usher__play_pull(play, &sine, false, pcm, n, &ev);
}

static struct usher__play *make(const struct usher__mplay_opts *opts)
{
	struct usher__play *play;

	ck_assert_int_eq(usher__play_new(&play, opts, NULL, 1), 0);
	return play;
}

START_TEST(play__items_follow_each_other_to_the_sample)
{
	const struct usher__mplay_opts opts = {tones, 3, 1, 0, false};
	struct usher__play *play = make(&opts);
	int16_t pcm[10 * 480] = {0};
	int frames = 0;

	/* Twice 270 ms in frames of 60 ms: nine frames, all full. */
	while (pull(play, pcm + frames * 480, 480) == USHER__PULL_AUDIO)
		frames++;
	ck_assert_int_eq(frames, 9);
	ck_assert_uint_eq(play->total, 2 * 270 * 8);
	ck_assert_double_ge(usher__tone_level(pcm, 880, 8000, 600), -14);
	ck_assert_double_le(usher__pcm_level(pcm + 880, 560), -90);
	ck_assert_double_ge(usher__tone_level(pcm + 1440, 720, 8000, 900),
			    -14);
	ck_assert_double_ge(usher__tone_level(pcm + 2160, 880, 8000, 600),
			    -14);
	/* Over is over. */
	ck_assert_int_eq(pull(play, pcm, 160), USHER__PULL_END);
	usher__play_unref(play);
}
END_TEST

START_TEST(play__limit_ends_what_has_no_end)
{
	const struct usher__mplay_opts opts = {
		&tones[1], 1, USHER__MPLAY_FOREVER, 500, false};
	struct usher__play *play = make(&opts);
	int16_t pcm[160];
	int frames = 0;

	while (pull(play, pcm, 160) == USHER__PULL_AUDIO)
		frames++;
	ck_assert_int_eq(frames, 25);
	usher__play_unref(play);
}
END_TEST

START_TEST(play__digits_as_tones_where_there_are_no_events)
{
	static const struct usher__mitem item = {
		.kind = USHER__MI_DIGITS, .digits = "5,#", .on_ms = 100};
	const struct usher__mplay_opts opts = {&item, 1, 0, 0, false};
	struct usher__play *play = make(&opts);
	int16_t pcm[60 * 160] = {0};
	int frames = 0;

	while (pull(play, pcm + frames * 160, 160) == USHER__PULL_AUDIO)
		frames++;
	ck_assert_int_eq(frames, 8 + 25 + 8);
	ck_assert_double_ge(usher__tone_level(pcm, 800, 8000, 770), -10);
	ck_assert_double_ge(usher__tone_level(pcm, 800, 8000, 1336), -10);
	ck_assert_double_le(usher__pcm_level(pcm + 800, 480), -90);
	ck_assert_double_ge(usher__tone_level(pcm + 33 * 160, 800, 8000, 1477),
			    -10);
	usher__play_unref(play);
}
END_TEST

START_TEST(play__refuses_what_makes_no_sense)
{
	char longer[USHER__MPLAY_DIGITS_MAX + 2];
	const struct usher__mitem bad[] = {
		{.kind = 0},
		{.kind = 9},
		{.kind = USHER__MI_FILE},
		{.kind = USHER__MI_FILE, .path = ""},
		{.kind = USHER__MI_DIGITS},
		{.kind = USHER__MI_DIGITS, .digits = ""},
		{.kind = USHER__MI_DIGITS, .digits = "12x"},
		{.kind = USHER__MI_DIGITS, .digits = longer},
		{.kind = USHER__MI_TONE, .freq_hz = {3801, 0}},
		{.kind = USHER__MI_TONE, .freq_hz = {440, 0}, .level_db = 1},
	};
	struct usher__mplay_opts opts = {tones, 0, 0, 0, false};
	struct usher__play *play = NULL;

	memset(longer, '1', sizeof(longer));
	longer[sizeof(longer) - 1] = 0;
	ck_assert_int_eq(usher__play_new(&play, &opts, NULL, 1), USHER_EINVAL);
	opts.item_count = USHER__MPLAY_ITEMS_MAX + 1;
	ck_assert_int_eq(usher__play_new(&play, &opts, NULL, 1), USHER_EINVAL);
	ck_assert_int_eq(usher__play_new(&play, NULL, NULL, 1), USHER_EINVAL);
	opts.item_count = 1;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		opts.items = &bad[i];
		ck_assert_int_eq(usher__play_new(&play, &opts, NULL, 1),
				 USHER_EINVAL);
	}
	ck_assert_ptr_null(play);
}
END_TEST

/* --- files ------------------------------------------------------------ */

static int play_file(struct usher__media *m, uint64_t leg, const char *path,
		     struct usher__mevent *ev)
{
	const struct usher__mitem item = {.kind = USHER__MI_FILE,
					  .path = path};
	const struct usher__mplay_opts opts = {&item, 1, 0, 0, false};

	ck_assert_int_eq(usher__mleg_play(m, leg, &opts, NULL), 0);
	await_event(m, USHER__MEV_PLAY_DONE, ev);
	return ev->error;
}

static void write_bytes(const char *path, const void *data, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, data, n), (ssize_t)n);
	close(fd);
}

START_TEST(file__broken_ones_are_errors_and_touch_nobody_else)
{
	const struct usher__mplay_opts tone = {&usher__mitem_congestion, 1, 0,
					       0, false};
	struct usher__media *m = media_up(1);
	struct usher__media_stats stats;
	struct usher__mevent ev;
	uint64_t leg = peer_leg(m, &a, NULL);
	uint64_t other = peer_leg(m, &b, NULL);
	const char *path = temp_path("broken");
	uint8_t zeroes[64] = {0};

	usher__mleg_play(m, other, &tone, NULL);
	ck_assert_int_eq(play_file(m, leg, "/nowhere/at/all", &ev),
			 USHER_ENOENT);
	ck_assert_int_eq(ev.reason, USHER__MR_ERROR);
	ck_assert_str_eq(ev.text,
			 "cannot open the sound file: it is not there");
	ck_assert_str_eq(ev.path, "/nowhere/at/all");
	write_bytes(path, "", 0);
	ck_assert_int_eq(play_file(m, leg, path, &ev), USHER_EPROTO);
	ck_assert_str_eq(ev.path, path);
	write_bytes(path, "RIFF\xff\xff\xff\xffWAVEfmt \xff\xff\xff\xff", 20);
	ck_assert_int_eq(play_file(m, leg, path, &ev), USHER_EPROTO);
	write_bytes(path, zeroes, sizeof(zeroes));
	ck_assert_int_eq(play_file(m, leg, path, &ev), USHER_EPROTO);
	write_wav(path, 8000, 1, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 440, 0);
	ck_assert_int_eq(play_file(m, leg, path, &ev), USHER_EPROTO);
	write_wav(path, 8000, 9, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 440, 0.1);
	ck_assert_int_eq(play_file(m, leg, path, &ev), USHER_ENOTSUP);
	write_wav(path, 3999, 1, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 440, 0.1);
	ck_assert_int_eq(play_file(m, leg, path, &ev), USHER_ENOTSUP);
	ck_assert_int_eq(play_file(m, leg, "/tmp", &ev), USHER_EIO);
	ck_assert_int_eq(play_file(m, leg, "/dev/zero", &ev), USHER_EIO);
	unlink(path);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(play_file(m, leg, path, &ev), USHER_EIO);

	usher__media_stats(m, &stats);
	ck_assert_uint_eq(stats.sound_bytes, 0);
	peer_receive(&b);
	ck_assert_uint_ge(b.packets, 1);
	ck_assert_uint_eq(b.gaps, 0);
	usher__media_free(m);
}
END_TEST

START_TEST(file__too_long_is_an_error_without_its_memory)
{
	const struct usher__media_opts opts = {
		.bind_ip = MEDIA_IP,
		.sound_max_ms = 2000,
	};
	struct usher__media *m = media_with(&opts);
	struct usher__media_stats stats;
	struct usher__mevent ev;
	uint64_t leg = peer_leg(m, &a, NULL);
	const char *path = temp_path("long");
	uint8_t lie[4] = {0xff, 0xff, 0xff, 0x7f};
	int fd;

	write_wav(path, 16000, 1, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 440, 4);
	ck_assert_int_eq(play_file(m, leg, path, &ev), USHER_EFULL);
	usher__media_stats(m, &stats);
	ck_assert_uint_eq(stats.sound_bytes, 0);

	/* A header that claims gigabytes has what the file has. */
	write_wav(path, 8000, 1, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 440, 0.2);
	fd = open(path, O_WRONLY);
	ck_assert_int_eq(pwrite(fd, lie, 4, 40), 4);
	close(fd);
	ck_assert_int_eq(play_file(m, leg, path, &ev), 0);
	ck_assert_uint_eq(ev.duration_ms, 200);
	usher__media_stats(m, &stats);
	ck_assert_uint_eq(stats.sound_bytes, 3200);
	usher__media_free(m);
}
END_TEST

START_TEST(file__is_decoded_once_and_again_when_it_changes)
{
	struct usher__sounds *sounds;
	const struct usher__sound *one, *two, *three;
	const char *path = temp_path("cached");
	const char *why;

	ck_assert_int_eq(usher__sounds_new(&sounds, 60000), 0);
	write_wav(path, 8000, 1, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 440, 0.2);
	ck_assert_int_eq(usher__sound_get(sounds, path, &one, &why), 0);
	ck_assert_int_eq(usher__sound_get(sounds, path, &two, &why), 0);
	ck_assert_ptr_eq(one, two);
	ck_assert_uint_eq(usher__sounds_bytes(sounds), 3200);
	write_wav(path, 8000, 1, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 440, 0.3);
	ck_assert_int_eq(usher__sound_get(sounds, path, &three, &why), 0);
	ck_assert_ptr_ne(one, three);
	ck_assert_uint_eq(one->samples, 1600);
	ck_assert_uint_eq(three->samples, 2400);
	usher__sound_release(sounds, one);
	usher__sound_release(sounds, two);
	ck_assert_uint_eq(usher__sounds_bytes(sounds), 4800);
	usher__sound_release(sounds, three);
	usher__sound_release(sounds, NULL);
	usher__sounds_free(sounds);
}
END_TEST

START_TEST(file__list_plays_in_order_and_music_goes_round)
{
	struct usher__media *m = media_up(1);
	const char *one = temp_path("one");
	const char *two = temp_path("two");
	const struct usher__mitem items[] = {
		{.kind = USHER__MI_FILE, .path = one},
		{.kind = USHER__MI_FILE, .path = two},
	};
	const struct usher__mplay_opts opts = {items, 2, USHER__MPLAY_FOREVER,
					       1000, false};
	struct usher__mheard heard;
	struct usher__mevent ev;
	uint64_t leg = peer_leg(m, &a, NULL);

	write_wav(one, 8000, 1, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 440, 0.2);
	write_wav(two, 8000, 1, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 800, 0.2);
	ck_assert_int_eq(usher__mleg_play(m, leg, &opts, NULL), 0);
	talk(&(struct voice){&a, 0}, 1, 60);
	await_event(m, USHER__MEV_PLAY_DONE, &ev);
	ck_assert_uint_eq(ev.duration_ms, 1000);
	peer_receive(&a);
	ck_assert_uint_eq(a.samples, 8000);
	for (int i = 0; i < 5; i++) {
		usher__tone_find(a.pcm + 1600 * i, 1600, &heard);
		ck_assert_int_ge(heard.freq_hz, i & 1 ? 798 : 438);
		ck_assert_int_le(heard.freq_hz, i & 1 ? 802 : 442);
	}
	usher__media_free(m);
}
END_TEST

TCase *play_case(void)
{
	TCase *tc = tcase_create("play");

	tcase_set_timeout(tc, 20);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, play__items_follow_each_other_to_the_sample);
	tcase_add_test(tc, play__limit_ends_what_has_no_end);
	tcase_add_test(tc, play__digits_as_tones_where_there_are_no_events);
	tcase_add_test(tc, play__refuses_what_makes_no_sense);
	tcase_add_test(tc, file__broken_ones_are_errors_and_touch_nobody_else);
	tcase_add_test(tc, file__too_long_is_an_error_without_its_memory);
	tcase_add_test(tc, file__is_decoded_once_and_again_when_it_changes);
	tcase_add_test(tc, file__list_plays_in_order_and_music_goes_round);
	return tc;
}
