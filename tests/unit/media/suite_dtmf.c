/* The receiver of dual tones against the limits of its column of Q.24: inside
 * each of them every digit is recognized once, beyond it none is. All signals
 * go through G.711 first. */
#include <math.h>
#include <media/dtmf.h>
#include <media/g711.h>
#include <media/tone.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "peer.h"
#include "suites.h"

#define RATE_KHZ 8
#define LEAD     400
#define TAIL     800
#define MAX      8000
#define ROUNDS   4

static const char keys[] = "123A456B789C*0#D";
static const double lows[] = {697, 770, 852, 941};
static const double highs[] = {1209, 1336, 1477, 1633};

/* A signal; zeroes are: as Q.24 would have it. */
struct signal {
	double low_db, high_db;   /* dBm0 of each; 0: -10 */
	double low_off, high_off; /* part of the frequency */
	double ms;                /* 0: 40 */
	double pause_ms;          /* 0: there is no second one */
	double snr_db;            /* 0: no noise */
	double echo_ms;           /* 10 dB below; 0: none */
};

static uint32_t seed = 1;

static double uniform(void)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) / 16777216.0;
}

static double gauss(void)
{
	double sum = -6;

	for (int i = 0; i < 12; i++)
		sum += uniform();
	return sum;
}

static double peak(double db)
{
	return USHER__PEAK_0DBM0 * pow(10, (db ? db : -10) / 20);
}

/* The sound of a key at sample t. */
static double sound_at(const struct signal *s, int key, const double phase[2],
		       double t)
{
	double ms = s->ms ? s->ms : 40;
	double at = t / RATE_KHZ;

	if (s->pause_ms && at >= ms + s->pause_ms)
		at -= ms + s->pause_ms;
	if (at < 0 || at >= ms)
		return 0;
	return peak(s->low_db) *
		       sin(phase[0] + 2 * M_PI * t / 8000 * lows[key / 4] *
					      (1 + s->low_off)) +
	       peak(s->high_db) *
		       sin(phase[1] + 2 * M_PI * t / 8000 * highs[key % 4] *
					      (1 + s->high_off));
}

static void through_g711(int16_t *pcm, size_t n)
{
	static uint8_t bytes[MAX];
	enum usher__mcodec codec = seed >> 31 ? USHER__PCMA : USHER__PCMU;

	usher__g711_encode(codec, pcm, n, bytes);
	usher__g711_decode(codec, bytes, n, pcm);
}

/* What is recognized when a key is pressed like that. */
static const char *press(const struct signal *s, int key)
{
	static int16_t pcm[MAX];
	static char got[32];
	struct usher__dtmf d = {0};
	double a = peak(s->low_db), b = peak(s->high_db);
	double noise =
		s->snr_db ? sqrt((a * a + b * b) / 2 / pow(10, s->snr_db / 10))
			  : 0;
	const double phase[2] = {6.3 * uniform(), 6.3 * uniform()};
	double ms = (s->ms ? s->ms : 40) * 2 + s->pause_ms;
	size_t n = LEAD + (size_t)(ms * RATE_KHZ) + TAIL;
	double start = LEAD + USHER__DTMF_HOP * uniform();

	ck_assert_uint_le(n, MAX);
	for (size_t i = 0; i < n; i++) {
		double t = (double)i - start;
		double v = sound_at(s, key, phase, t) + noise * gauss();

		if (s->echo_ms)
			v += sound_at(s, key, phase,
				      t - s->echo_ms * RATE_KHZ) *
			     pow(10, -0.5);
		/* Where G.711 ends, sound is cut. */
		pcm[i] = (int16_t)fmax(-32124, fmin(32124, rint(v)));
	}
	through_g711(pcm, n);
	got[usher__dtmf_audio(&d, pcm, n, got, sizeof(got) - 1)] = 0;
	return got;
}

/* Every key, some times with other phases and beginnings, gives so many
 * digits. */
static void all_give(const struct signal *s, int times)
{
	for (int i = 0; i < ROUNDS * 16; i++) {
		const char want[3] = {keys[i % 16], keys[i % 16], 0};

		ck_assert_str_eq(press(s, i % 16), want + 2 - times);
	}
}

#define accepted(...) all_give(&(struct signal){__VA_ARGS__}, 1)
#define refused(...)  all_give(&(struct signal){__VA_ARGS__}, 0)
#define twice(...)    all_give(&(struct signal){__VA_ARGS__}, 2)

START_TEST(dtmf__frequencies_within_1_5_percent_and_not_beyond_3_5)
{
	for (int sign = -1; sign <= 1; sign += 2) {
		accepted(.low_off = 0.015 * sign);
		accepted(.high_off = 0.015 * sign);
		accepted(.low_off = 0.015 * sign, .high_off = 0.015 * sign);
		accepted(.low_off = 0.015 * sign, .high_off = -0.015 * sign);
		refused(.low_off = 0.035 * sign, .ms = 100);
		refused(.high_off = 0.035 * sign, .ms = 100);
		refused(.low_off = 0.035 * sign, .high_off = 0.035 * sign);
		/* Half-way to the neighbor. */
		refused(.low_off = 0.05 * sign, .ms = 100);
		refused(.high_off = 0.05 * sign, .ms = 100);
	}
}
END_TEST

START_TEST(dtmf__levels_from_minus_25_to_0)
{
	accepted(.low_db = -0.001, .high_db = -0.001);
	accepted(.low_db = -25, .high_db = -25);
	accepted(.low_db = -25, .high_db = -21);
	refused(.low_db = -55, .high_db = -55, .ms = 100);
	refused(.low_db = -37, .high_db = -37, .ms = 100);
	refused(.low_db = -55, .high_db = -10, .ms = 100);
	refused(.low_db = -10, .high_db = -55, .ms = 100);
}
END_TEST

START_TEST(dtmf__twist_from_minus_8_to_4)
{
	accepted(.low_db = -10, .high_db = -6);
	accepted(.low_db = -10, .high_db = -18);
	accepted(.low_db = -4, .high_db = -0.001);
	accepted(.low_db = -17, .high_db = -25);
	refused(.low_db = -10, .high_db = -4, .ms = 100);
	refused(.low_db = -10, .high_db = -20, .ms = 100);
	refused(.low_db = -20, .high_db = -13, .ms = 100);
}
END_TEST

START_TEST(dtmf__tones_from_40_ms_and_not_up_to_23)
{
	accepted(.ms = 40);
	accepted(.ms = 50);
	accepted(.ms = 350);
	refused(.ms = 23);
	refused(.ms = 15);
	refused(.ms = 5);
}
END_TEST

START_TEST(dtmf__a_pause_parts_and_an_interruption_does_not)
{
	twice(.pause_ms = 40);
	twice(.pause_ms = 53);
	twice(.ms = 53, .pause_ms = 40);
	twice(.ms = 350, .pause_ms = 40);
	accepted(.pause_ms = 10);
	accepted(.pause_ms = 5);
	accepted(.ms = 100, .pause_ms = 10);
}
END_TEST

START_TEST(dtmf__limits_together_and_noise)
{
	accepted(.snr_db = 15);
	accepted(.low_off = 0.015, .high_off = -0.015, .low_db = -17,
		 .high_db = -25, .snr_db = 20);
	accepted(.low_off = -0.015, .high_off = 0.015, .low_db = -25,
		 .high_db = -21, .snr_db = 20);
	twice(.pause_ms = 53, .snr_db = 20);
	accepted(.pause_ms = 10, .snr_db = 20);
	refused(.low_off = 0.035, .ms = 100, .snr_db = 20);
	refused(.ms = 23, .snr_db = 20);
	/* More noise than tone. */
	refused(.snr_db = -3, .ms = 100);
}
END_TEST

START_TEST(dtmf__an_echo_is_no_second_digit)
{
	for (int ms = 5; ms <= 20; ms += 5)
		accepted(.ms = 50, .low_db = -10, .high_db = -11,
			 .echo_ms = ms);
}
END_TEST

/* --- what is no digit --------------------------------------------------- */

#define VOICES     6
#define SENTENCES  60 /* of each */
#define SPEECH_S   900
#define SPEECH_HIT 0 /* false digits that are allowed in all of it */
#define MUSIC_S    1200
#define MUSIC_HIT  2

static char *sentences(void)
{
	static const char *const who[] = {
		"My neighbor", "The invoice",   "Our technician", "Nobody",
		"An engineer", "Your delivery", "The whole team", "Somebody"};
	static const char *const does[] = {
		"called about",   "never arrived with",
		"is waiting for", "has to look into",
		"already forgot", "asked us to change"};
	static const char *const what[] = {
		"the order from last week",
		"a meter reading of eighty",
		"two broken windows",
		"the password for the router",
		"my account number, seven zero five",
		"the contract",
		"a refund of thirty euros"};
	static const char *const end[] = {
		". Could you help me, please?", " again. Hello? Hello!",
		", which is not what we agreed on.", ". Yes. No. One moment.",
		" before Monday morning."};
	static char text[SENTENCES * 160];
	size_t n = 0;

	for (int i = 0; i < SENTENCES; i++)
		n += (size_t)snprintf(
			text + n, sizeof(text) - n, "%s %s %s%s\n",
			who[(int)(uniform() * 8)], does[(int)(uniform() * 6)],
			what[(int)(uniform() * 7)], end[(int)(uniform() * 5)]);
	return text;
}

/* Whole samples of 22,050 Hz to one of 8 kHz, band limited by an average: the
 * level is raised to -15 dBm0, as Q.24 measures speech. */
static size_t to_8k(const int16_t *in, size_t n, int16_t *out)
{
	double sum = 0, gain;
	size_t count = (size_t)((double)n * 8000 / 22050) - 2;

	for (size_t i = 0; i < n; i++)
		sum += (double)in[i] * in[i];
	gain = peak(-15) / sqrt(2) / sqrt(sum / (double)n);
	for (size_t i = 0; i < count; i++) {
		size_t at = (size_t)((double)i * 22050 / 8000);
		double v = (in[at] + in[at + 1] + in[at + 2]) / 3.0 * gain;

		out[i] = (int16_t)fmax(-32124, fmin(32124, v));
	}
	return count;
}

static size_t false_digits(struct usher__dtmf *d, const int16_t *pcm, size_t n)
{
	char got[64];

	return usher__dtmf_audio(d, pcm, n, got, sizeof(got));
}

/* A text as espeak-ng says it: samples of 22,050 Hz. */
static int16_t *spoken(const char *voice, int speed, const char *text,
		       size_t *ret_n)
{
	const char *path = temp_path("said.wav");
	const size_t most = 22050 * 600;
	int16_t *pcm = malloc(most * sizeof(*pcm));
	char header[44], command[256];
	FILE *file;

	snprintf(command, sizeof(command),
		 "espeak-ng -v %s -s %d -w %s --stdin", voice, speed, path);
	file = popen(command, "w");
	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	ck_assert_int_eq(pclose(file), 0);
	file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fread(header, 1, 44, file), 44);
	*ret_n = fread(pcm, sizeof(*pcm), most, file);
	fclose(file);
	return pcm;
}

/* With --full an hour and more, of twenty voices, each reading the same words
 * by the rules of its language. */
START_TEST(dtmf__speech_is_no_digit)
{
	static const char *const voices[] = {
		"en",    "en+f3", "en-us+m7", "en+f5", "en+m2",
		"de+f2", "hu",    "hu+f2",    "fr+f4", "fr+m3",
		"es+f1", "it+m4", "pl+f3",    "ru+f2", "pt+m1",
		"sv+f4", "tr+m6", "fi+f5",    "nl+m5", "cs+f1"};
	const char *full = getenv("USHER_FULL");
	bool all = full && !strcmp(full, "1");
	size_t samples = 0, hits = 0;
	int count = all ? (int)(sizeof(voices) / sizeof(voices[0])) : VOICES;

	for (int i = 0; i < count; i++) {
		struct usher__dtmf d = {0};
		size_t n;
		int16_t *in = spoken(voices[i], 130 + 15 * (i % VOICES),
				     sentences(), &n);
		int16_t *out = malloc(n * sizeof(*out));

		n = to_8k(in, n, out);
		hits += false_digits(&d, out, n);
		samples += n;
		free(out);
		free(in);
	}
	ck_assert_uint_ge(samples,
			  (size_t)SPEECH_S * 8000 * (size_t)(all ? 3 : 1));
	ck_assert_uint_le(hits, SPEECH_HIT);
}
END_TEST

/* A note that is plucked: harmonics that fade, the higher the faster. */
static void pluck(double *mix, size_t n, double hz, double volume)
{
	for (int h = 1; h <= 8 && hz * h < 3800; h++) {
		double step = 2 * M_PI * hz * h / 8000, fade = 1.2e-4 * h;
		double loud = volume / h, phase = 6.3 * uniform();

		for (size_t i = 0; i < n; i++)
			mix[i] += loud * exp(-fade * (double)i) *
				  sin(phase + step * (double)i);
	}
}

START_TEST(dtmf__music_is_no_digit)
{
	enum { BEAT = 4000, BEATS = MUSIC_S * 2 };
	struct usher__dtmf d = {0};
	size_t hits = 0;

	for (int beat = 0; beat < BEATS; beat++) {
		double mix[BEAT] = {0};
		int16_t pcm[BEAT];
		int chord = (int)(uniform() * 12);

		for (int note = 0; note < 4; note++) {
			int key = chord + (int)(uniform() * 30) - 12;

			pluck(mix, BEAT, 220 * pow(2, key / 12.0),
			      1500 + 3000 * uniform());
		}
		for (int i = 0; i < BEAT; i++)
			pcm[i] = (int16_t)fmax(-32124, fmin(32124, mix[i]));
		hits += false_digits(&d, pcm, BEAT);
	}
	ck_assert_uint_le(hits, MUSIC_HIT);
}
END_TEST

START_TEST(dtmf__noise_silence_and_single_tones_are_no_digit)
{
	struct usher__dtmf d = {0};
	int16_t pcm[8000] = {0};

	ck_assert_uint_eq(false_digits(&d, pcm, 8000), 0);
	for (int round = 0; round < 60; round++) {
		for (int i = 0; i < 8000; i++)
			pcm[i] = (int16_t)(3000 * gauss());
		ck_assert_uint_eq(false_digits(&d, pcm, 8000), 0);
	}
	for (int k = 0; k < 8; k++) {
		double hz = k < 4 ? lows[k] : highs[k - 4];

		for (int i = 0; i < 8000; i++)
			pcm[i] = (int16_t)(9000 *
					   sin(2 * M_PI * hz * i / 8000));
		ck_assert_uint_eq(false_digits(&d, pcm, 8000), 0);
	}
	/* Two of one group. */
	for (int i = 0; i < 8000; i++)
		pcm[i] = (int16_t)(9000 * sin(2 * M_PI * 697 * i / 8000) +
				   9000 * sin(2 * M_PI * 941 * i / 8000));
	ck_assert_uint_eq(false_digits(&d, pcm, 8000), 0);
}
END_TEST

TCase *dtmf_case(void)
{
	TCase *tc = tcase_create("dtmf");

	tcase_set_timeout(tc, 600); /* with --full */
	tcase_add_test(
		tc, dtmf__frequencies_within_1_5_percent_and_not_beyond_3_5);
	tcase_add_test(tc, dtmf__levels_from_minus_25_to_0);
	tcase_add_test(tc, dtmf__twist_from_minus_8_to_4);
	tcase_add_test(tc, dtmf__tones_from_40_ms_and_not_up_to_23);
	tcase_add_test(tc, dtmf__a_pause_parts_and_an_interruption_does_not);
	tcase_add_test(tc, dtmf__limits_together_and_noise);
	tcase_add_test(tc, dtmf__an_echo_is_no_second_digit);
	tcase_add_test(tc, dtmf__speech_is_no_digit);
	tcase_add_test(tc, dtmf__music_is_no_digit);
	tcase_add_test(tc, dtmf__noise_silence_and_single_tones_are_no_digit);
	return tc;
}
