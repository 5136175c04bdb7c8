/* Tones by country as they are played: frequencies and cadences. */
#include <media/play.h>
#include <media/tones.h>
#include <stdlib.h>
#include <string.h>
#include "suites.h"

#define FRAME 40 /* samples: 5 ms */

static struct usher__sine sine;
static int16_t pcm[8 * 13000];

/* Plays 13 s. */
static void play(const char *country, enum usher__tone_kind kind)
{
	struct usher__mitem items[USHER__TONES_ITEMS];
	struct usher__mplay_opts opts = {items, 0, USHER__MPLAY_FOREVER, 0,
					 false};
	struct usher__play *p;
	struct usher__pevent ev;

	usher__sine_init(&sine);
	ck_assert_int_eq(
		usher__tones_items(country, kind, items, &opts.item_count), 0);
	ck_assert_int_eq(usher__play_new(&p, &opts, NULL, 1), 0);
	for (size_t at = 0; at < sizeof(pcm) / sizeof(pcm[0]); at += FRAME)
		ck_assert_int_eq(usher__play_pull(p, &sine, false, pcm + at,
						  FRAME, &ev),
				 USHER__PULL_AUDIO);
	usher__play_unref(p);
}

/* Lengths of sound and silence in turn, in ms. */
static size_t cadence(int *ms, size_t max)
{
	size_t n = 0, total = sizeof(pcm) / sizeof(pcm[0]);
	bool was = true;

	ms[0] = 0;
	for (size_t at = 0; at < total; at += FRAME) {
		bool is = usher__pcm_level(pcm + at, FRAME) > -40;

		if (is != was) {
			if (++n == max)
				return n;
			ms[n] = 0;
			was = is;
		}
		ms[n] += FRAME / 8;
	}
	return n;
}

static void assert_cadence(const char *country, enum usher__tone_kind kind,
			   const int *want, size_t count)
{
	int ms[32];
	size_t n;

	play(country, kind);
	n = cadence(ms, 32);
	ck_assert_uint_ge(n, count);
	for (size_t i = 0; i < count; i++)
		ck_assert_int_le(abs(ms[i] - want[i]), 10);
}

/* Each of the two has -13 dBm0 in the first 200 ms. */
static void assert_pair(double first, double second)
{
	ck_assert_double_eq_tol(usher__tone_level(pcm, 1600, 8000, first), -13,
				1);
	ck_assert_double_eq_tol(usher__tone_level(pcm, 1600, 8000, second),
				-13, 1);
}

START_TEST(tones__of_some_whom_everybody_knows)
{
	static const int hungary[] = {1250, 3750, 1250, 3750};
	static const int britain[] = {400, 200, 400, 2000, 400, 200};
	static const int america[] = {500, 500, 500, 500};
	static const int spain[] = {200, 200, 200, 200, 200, 600, 200, 200};

	assert_cadence("hu", USHER__TONE_RINGING, hungary, 4);
	assert_pair(425, 425);
	assert_cadence("gb", USHER__TONE_RINGING, britain, 6);
	assert_pair(400, 450);
	assert_cadence("us", USHER__TONE_BUSY, america, 4);
	assert_pair(480, 620);
	assert_cadence("es", USHER__TONE_CONGESTION, spain, 8);
	play("us", USHER__TONE_DIAL);
	assert_pair(350, 440);
	/* Steady to the end. */
	ck_assert_double_ge(usher__pcm_level(pcm + 8 * 12000, 8000), -11);
}
END_TEST

/* Every other burst is 10 dB lower, of the same frequency. */
START_TEST(tones__of_congestion_in_australia)
{
	static const int australia[] = {375, 375, 375, 375};
	struct usher__mheard heard;

	assert_cadence("au", USHER__TONE_CONGESTION, australia, 4);
	for (int i = 0; i < 4; i++) {
		usher__tone_find(pcm + i * 6000 + 200, 2400, &heard);
		ck_assert_double_eq_tol(heard.freq_hz, 425, 2);
		ck_assert_double_eq_tol(heard.level_db10 / 10.0,
					i % 2 ? -23 : -13, 0.5);
	}
	assert_cadence("au", USHER__TONE_BUSY, australia, 4);
	usher__tone_find(pcm + 6000 + 200, 2400, &heard);
	ck_assert_double_eq_tol(heard.level_db10 / 10.0, -13, 0.5);
}
END_TEST

/* Carrier and sidebands of a tone that is modulated to nine tenths: 1.5 dB
 * below what a steady one has, and 6.9 dB below that; together as loud. */
static void assert_modulated(const char *country, enum usher__tone_kind kind,
			     int hz, int by)
{
	/* Whole periods of what modulates, in 0.4 s. */
	size_t n = (size_t)(by * 2 / 5 * 8000 / by);

	play(country, kind);
	ck_assert_double_eq_tol(usher__tone_level(pcm, n, 8000, hz), -14.5,
				0.2);
	ck_assert_double_eq_tol(usher__tone_level(pcm, n, 8000, hz - by),
				-21.4, 0.3);
	ck_assert_double_eq_tol(usher__tone_level(pcm, n, 8000, hz + by),
				-21.4, 0.3);
	ck_assert_double_eq_tol(usher__pcm_level(pcm, n), -13, 0.2);
	/* And nothing else: nor the two added, nor what is cut off. */
	ck_assert_double_le(usher__tone_level(pcm, n, 8000, by), -60);
	ck_assert_double_le(usher__tone_level(pcm, n, 8000, 2 * hz), -60);
	ck_assert_double_le(usher__tone_level(pcm, n, 8000, hz + 2 * by), -60);
}

/* Each minimum of a modulated tone is deep, so many times a second. */
static int dips(size_t ms)
{
	int count = 0;
	bool was = false;

	for (size_t at = 0; at + 16 <= ms * 8; at += 8) {
		bool is = usher__pcm_level(pcm + at, 16) < -24;

		count += is && !was;
		was = is;
	}
	return count;
}

START_TEST(tones__that_are_modulated)
{
	static const int asia[] = {400, 200, 400, 2000, 400, 200};
	static const int japan[] = {1000, 2000, 1000, 2000};
	static const int thailand[] = {1000, 5000};
	struct usher__mitem bad = {
		.kind = USHER__MI_TONE, .freq_hz = {400, 450}, .mod_hz = 25};
	const struct usher__mplay_opts opts = {&bad, 1, 0, 0, false};
	struct usher__play *p;

	assert_cadence("in", USHER__TONE_RINGING, asia, 6);
	assert_cadence("sg", USHER__TONE_RINGING, asia, 6);
	assert_cadence("za", USHER__TONE_RINGING, asia, 6);
	assert_cadence("jp", USHER__TONE_RINGING, japan, 4);
	assert_cadence("th", USHER__TONE_RINGING, thailand, 2);
	assert_modulated("in", USHER__TONE_RINGING, 400, 25);
	ck_assert_int_eq(dips(400), 10);
	assert_modulated("in", USHER__TONE_DIAL, 400, 25);
	assert_modulated("jp", USHER__TONE_RINGING, 400, 16);
	ck_assert_int_eq(dips(1000), 16);
	assert_modulated("sg", USHER__TONE_RINGING, 425, 24);
	assert_modulated("za", USHER__TONE_RINGING, 400, 33);
	assert_modulated("za", USHER__TONE_DIAL, 400, 33);
	assert_modulated("th", USHER__TONE_DIAL, 400, 50);
	ck_assert_int_eq(dips(1000), 50);
	/* What is not modulated has no sidebands. */
	play("in", USHER__TONE_BUSY);
	assert_pair(400, 400);
	ck_assert_double_le(usher__tone_level(pcm, 3200, 8000, 425), -60);
	ck_assert_int_eq(usher__play_new(&p, &opts, NULL, 1), USHER_EINVAL);
	bad.freq_hz[1] = 0;
	bad.mod_hz = 201;
	ck_assert_int_eq(usher__play_new(&p, &opts, NULL, 1), USHER_EINVAL);
}
END_TEST

/* All of the table: whole periods, in a band that telephones carry, on and
 * off as it says, and never both. */
START_TEST(tones__of_every_country_can_be_played)
{
	struct usher__mitem items[USHER__TONES_ITEMS];
	const char *name, *before = "";
	uint32_t count = 0, n;

	for (; (name = usher__tones_country(count)); count++) {
		ck_assert_uint_eq(strlen(name), 2);
		ck_assert_int_lt(strcmp(before, name), 0);
		before = name;
		for (int kind = 0; kind < USHER__TONE_KINDS; kind++) {
			int want[USHER__TONES_ITEMS];

			ck_assert_int_eq(
				usher__tones_items(name,
						   (enum usher__tone_kind)kind,
						   items, &n),
				0);
			ck_assert_uint_ge(n, 1);
			ck_assert_uint_ge(items[0].freq_hz[0], 300);
			ck_assert_uint_le(items[0].freq_hz[1], 700);
			for (uint32_t i = 0; i < n; i++)
				want[i] = (int)items[i].duration_ms;
			if (kind == USHER__TONE_RINGING ||
			    kind == USHER__TONE_BUSY)
				ck_assert_uint_ge(n, 2);
			if (n > 1)
				assert_cadence(name,
					       (enum usher__tone_kind)kind,
					       want, n);
		}
	}
	ck_assert_uint_eq(count, 38);
	n = 7;
	ck_assert_int_eq(usher__tones_items("xx", USHER__TONE_BUSY, items, &n),
			 USHER_ENOENT);
	ck_assert_int_eq(
		usher__tones_items("hu", USHER__TONE_KINDS, items, &n),
		USHER_ENOENT);
	ck_assert_uint_eq(n, 7);
	ck_assert_int_eq(usher__tones_items("HU", USHER__TONE_BUSY, items, &n),
			 0);
	ck_assert_int_eq(usher__tones_items("", USHER__TONE_BUSY, items, &n),
			 0);
	ck_assert_uint_eq(n, 2);
	ck_assert_uint_eq(items[0].freq_hz[0], 425);
}
END_TEST

TCase *tones_case(void)
{
	TCase *tc = tcase_create("tones");

	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, tones__of_some_whom_everybody_knows);
	tcase_add_test(tc, tones__of_congestion_in_australia);
	tcase_add_test(tc, tones__that_are_modulated);
	tcase_add_test(tc, tones__of_every_country_can_be_played);
	return tc;
}
