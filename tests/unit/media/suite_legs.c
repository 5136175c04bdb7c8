/* Sound through every path: play, relay, transcode, hold. */
#include "peer.h"

#include <sndfile.h>
#include <stdlib.h>
#include <string.h>
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

static void use_pcma(struct peer *p)
{
	p->codec = USHER__PCMA;
	p->pt = 8;
}

#define assert_hears(p, hz)                                                   \
	do {                                                                  \
		struct usher__mheard heard_;                                  \
		peer_heard((p), &heard_);                                     \
		ck_assert_int_ge(heard_.freq_hz, (hz)-3);                     \
		ck_assert_int_le(heard_.freq_hz, (hz) + 3);                   \
		ck_assert_int_ge(heard_.purity, 900);                         \
	} while (0)

static const struct usher__mitem tone_700 = {
	.kind = USHER__MI_TONE,
	.freq_hz = {700, 0},
	.level_db = -10,
};

static void start_tone(struct usher__media *m, uint64_t leg, uint64_t *play)
{
	const struct usher__mplay_opts opts = {
		.items = &tone_700,
		.item_count = 1,
	};

	ck_assert_int_eq(usher__mleg_play(m, leg, &opts, play), 0);
}

START_TEST(play__tone_is_heard_with_its_frequency_and_level)
{
	struct usher__media *m = media_up(1);
	struct usher__mheard heard;
	struct usher__mevent ev;
	uint64_t leg, play;

	if (_i)
		use_pcma(&a);
	leg = peer_leg(m, &a, NULL);
	start_tone(m, leg, &play);
	talk(&(struct voice){&a, 0}, 1, 30);
	ck_assert_uint_ge(a.packets, 20);
	ck_assert_uint_eq(a.gaps, 0);
	ck_assert_uint_eq(a.ts_gaps, 0);
	ck_assert_uint_eq(a.markers, 1);
	ck_assert_uint_eq(a.last.pt, a.pt);
	assert_hears(&a, 700);
	peer_heard(&a, &heard);
	ck_assert_int_ge(heard.level_db10, -105);
	ck_assert_int_le(heard.level_db10, -95);

	ck_assert_int_eq(usher__mleg_stop(m, leg, play), 0);
	await_event(m, USHER__MEV_PLAY_DONE, &ev);
	ck_assert_int_eq(ev.reason, USHER__MR_STOPPED);
	ck_assert_uint_eq(ev.play, play);
	ck_assert_uint_eq(ev.leg, leg);
	ck_assert_uint_ge(ev.duration_ms, 400);
	usher__media_free(m);
}
END_TEST

START_TEST(play__file_of_any_rate_is_heard)
{
	static const struct {
		int rate, channels, format;
	} forms[] = {
		{8000, 1, SF_FORMAT_WAV | SF_FORMAT_PCM_16},
		{44100, 2, SF_FORMAT_WAV | SF_FORMAT_PCM_24},
		{48000, 1, SF_FORMAT_WAV | SF_FORMAT_FLOAT},
		{16000, 1, SF_FORMAT_WAV | SF_FORMAT_ALAW},
		{11025, 2, SF_FORMAT_FLAC | SF_FORMAT_PCM_16},
	};
	struct usher__media *m = media_up(1);
	const char *path = temp_path("any-rate");
	const struct usher__mitem item = {.kind = USHER__MI_FILE,
					  .path = path};
	const struct usher__mplay_opts opts = {&item, 1, 0, 0, false};
	struct usher__mheard heard;
	struct usher__mevent ev;
	uint64_t leg;

	write_wav(path, forms[_i].rate, forms[_i].channels, forms[_i].format,
		  1300, 0.5);
	leg = peer_leg(m, &a, NULL);
	ck_assert_int_eq(usher__mleg_play(m, leg, &opts, NULL), 0);
	talk(&(struct voice){&a, 0}, 1, 30);
	await_event(m, USHER__MEV_PLAY_DONE, &ev);
	ck_assert_int_eq(ev.reason, USHER__MR_END);
	ck_assert_uint_ge(ev.duration_ms, 498);
	ck_assert_uint_le(ev.duration_ms, 504);
	usher__tone_find(a.pcm + 800, 1600, &heard);
	ck_assert_int_ge(heard.freq_hz, 1297);
	ck_assert_int_le(heard.freq_hz, 1303);
	/* 0.2 of full scale is 6554 of 22331: -10.6 dBm0. */
	ck_assert_int_ge(heard.level_db10, -113);
	ck_assert_int_le(heard.level_db10, -101);
	usher__media_free(m);
}
END_TEST

START_TEST(bridge__relays_both_ways)
{
	/* Both codecs in all pairs, on one thread and on two. */
	struct usher__media *m = media_up(_i & 4 ? 2 : 1);
	const struct voice voices[] = {{&a, 500}, {&b, 1100}};
	uint64_t leg_a, leg_b;

	if (_i & 1)
		use_pcma(&a);
	if (_i & 2)
		use_pcma(&b);
	leg_a = peer_leg(m, &a, NULL);
	leg_b = peer_leg(m, &b, NULL);
	ck_assert_int_eq(usher__media_bridge(m, leg_a, leg_b), 0);
	settle();
	talk(voices, 2, 25);
	assert_hears(&a, 1100);
	assert_hears(&b, 500);
	ck_assert_uint_eq(a.last.pt, a.pt);
	ck_assert_uint_eq(b.last.pt, b.pt);
	ck_assert_uint_eq(a.gaps + a.ts_gaps + a.ssrcs, 0);
	ck_assert_uint_eq(b.gaps + b.ts_gaps + b.ssrcs, 0);
	ck_assert_uint_ne(a.last.ssrc, b.ssrc);

	ck_assert_int_eq(usher__media_unbridge(m, leg_b), 0);
	settle();
	peer_forget(&a);
	talk(voices, 2, 5);
	ck_assert_uint_eq(a.packets, 0);
	usher__media_free(m);
}
END_TEST

START_TEST(hold__partner_hears_music_and_then_the_other_again)
{
	struct usher__media *m = media_up(1);
	const struct voice voices[] = {{&a, 500}, {&b, 1100}};
	struct usher__mleg_params params;
	uint64_t leg_a, leg_b, play;

	leg_a = peer_leg(m, &a, NULL);
	leg_b = peer_leg(m, &b, NULL);
	usher__media_bridge(m, leg_a, leg_b);
	settle();
	talk(voices, 2, 10);

	/* b holds: it sends nothing more, a waits with music. */
	peer_params(&b, &params);
	params.direction = USHER__INACTIVE;
	ck_assert_int_eq(usher__mleg_set(m, leg_b, &params), 0);
	start_tone(m, leg_a, &play);
	settle();
	peer_receive(&b);
	peer_forget(&b);
	talk(voices, 2, 30);
	assert_hears(&a, 700);
	ck_assert_uint_eq(b.packets, 0);

	params.direction = USHER__SENDRECV;
	ck_assert_int_eq(usher__mleg_set(m, leg_b, &params), 0);
	ck_assert_int_eq(usher__mleg_stop(m, leg_a, 0), 0);
	talk(voices, 2, 30);
	assert_hears(&a, 1100);
	assert_hears(&b, 500);
	/* One stream throughout: no number left out, none twice. */
	ck_assert_uint_eq(a.gaps, 0);
	ck_assert_uint_eq(a.ssrcs, 0);
	ck_assert_uint_eq(a.markers, 3);
	usher__media_free(m);
}
END_TEST

START_TEST(transfer__new_partner_goes_on_in_one_stream)
{
	struct usher__media *m = media_up(2);
	struct peer c;
	uint64_t leg_a, leg_b, leg_c;

	peer_open(&c);
	use_pcma(&c);
	leg_a = peer_leg(m, &a, NULL);
	leg_b = peer_leg(m, &b, NULL);
	leg_c = peer_leg(m, &c, NULL);
	usher__media_bridge(m, leg_b, leg_a);
	settle();
	talk((struct voice[]){{&a, 0}, {&b, 1100}}, 2, 10);
	usher__mleg_free(m, leg_b);
	ck_assert_int_eq(usher__media_bridge(m, leg_c, leg_a), 0);
	settle();
	talk((struct voice[]){{&a, 400}, {&c, 900}}, 2, 30);
	assert_hears(&a, 900);
	assert_hears(&c, 400);
	ck_assert_uint_eq(a.gaps + a.ssrcs, 0);
	ck_assert_int_eq(usher__media_bridge(m, leg_b, leg_a), USHER_ENOENT);
	ck_assert_int_eq(usher__media_bridge(m, leg_a, leg_a), USHER_EINVAL);
	peer_close(&c);
	usher__media_free(m);
}
END_TEST

START_TEST(meter__tells_what_a_leg_hears)
{
	struct usher__media *m = media_up(1);
	struct usher__mheard heard;
	struct usher__mevent ev;
	uint64_t leg = peer_leg(m, &a, NULL);

	ck_assert_int_eq(usher__mleg_heard(m, leg, &heard), USHER_ESTATE);
	ck_assert_int_eq(usher__mleg_meter(m, leg, true), 0);
	ck_assert_int_eq(usher__mleg_heard(m, leg, &heard), 0);
	ck_assert_uint_eq(heard.windows, 0);
	settle();
	talk(&(struct voice){&a, 1000}, 1, 20);
	ck_assert_int_eq(usher__mleg_heard(m, leg, &heard), 0);
	ck_assert_uint_ge(heard.windows, 3);
	ck_assert_int_ge(heard.freq_hz, 997);
	ck_assert_int_le(heard.freq_hz, 1003);
	ck_assert_int_ge(heard.purity, 900);
	ck_assert_int_lt(heard.level_db10, -90);
	ck_assert_int_gt(heard.level_db10, -110);
	await_event(m, USHER__MEV_TONE, &ev);
	ck_assert_int_ge(ev.heard.freq_hz, 997);
	ck_assert_int_eq(usher__mleg_meter(m, leg, false), 0);
	usher__media_free(m);
}
END_TEST

/* Its thread is busy while a leg is set and its phone speaks at once. */
START_TEST(leg__hears_what_comes_after_its_parameters)
{
	struct usher__media *m = media_up(1);
	struct usher__mleg_params params;
	struct usher__mevent ev;
	uint64_t busy = peer_leg(m, &a, NULL), leg;

	ck_assert_int_eq(usher__mleg_new(m, NULL, &leg, &b.to_port), 0);
	settle();
	pthread_mutex_lock(&m->events.lock);
	peer_send_digit(&a, 101, '1', 1);
	sleep_ms(20); /* now it waits for the lock */
	peer_params(&b, &params);
	ck_assert_int_eq(usher__mleg_set(m, leg, &params), 0);
	peer_send_digit(&b, 101, '2', 1);
	pthread_mutex_unlock(&m->events.lock);
	await_event(m, USHER__MEV_DIGIT, &ev);
	ck_assert_uint_eq(ev.leg, busy);
	await_event(m, USHER__MEV_DIGIT, &ev);
	ck_assert_uint_eq(ev.leg, leg);
	ck_assert_int_eq(ev.digit, '2');
	usher__media_free(m);
}
END_TEST

TCase *legs_case(void)
{
	TCase *tc = tcase_create("legs");

	tcase_set_timeout(tc, 20);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(
		tc, play__tone_is_heard_with_its_frequency_and_level, 0, 2);
	tcase_add_loop_test(tc, play__file_of_any_rate_is_heard, 0, 5);
	tcase_add_loop_test(tc, bridge__relays_both_ways, 0, 8);
	tcase_add_test(tc, hold__partner_hears_music_and_then_the_other_again);
	tcase_add_test(tc, transfer__new_partner_goes_on_in_one_stream);
	tcase_add_test(tc, meter__tells_what_a_leg_hears);
	tcase_add_test(tc, leg__hears_what_comes_after_its_parameters);
	return tc;
}
