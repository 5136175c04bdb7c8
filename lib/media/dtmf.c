/* The receiver of dual tones, to the limits of AT&T in ITU-T Q.24, annex A:
 *
 *   frequencies      accepted within 1.5 %, refused beyond 3.5 %
 *   level of each    accepted from -25 to 0 dBm0, refused below -55
 *   high over low    accepted from -8 to +4 dB
 *   duration         accepted from 40 ms, refused up to 23
 *   pause            two signals from 40 ms, one with an interruption up to 10
 *   rate             a digit in 93 ms
 *   speech           one false digit (of 16) in 1,500 calls
 *   echo             tolerated 10 dB below, up to 20 ms late
 *
 * Each limit of ours, below, lies between what must be accepted and what must
 * be refused; where Q.24 names no refusal (twist) the margin is small.
 *
 * Every 5 ms the last 20 ms are looked at under a Hann window, whose side
 * lobes keep the two groups apart, by Goertzel's algorithm at the eight
 * frequencies. A look passes if the strongest of each group together have
 * nearly all of its power, with level and twist as above. Bins of 50 Hz cannot
 * tell 697 Hz from 721; but from one look to the next a tone's phase advances
 * with its frequency, which gives that to a few hertz. A window that a tone
 * fills in part does not pass, as its spectrum is wider: so the number of
 * looks in a row measures the duration.
 *
 *            PASSES looks in a row: told
 *   none ----------------------------------> held
 *        <----------------------------------
 *            RELEASE looks in a row without it, or another digit is told
 */
#include "media/dtmf.h"

#include <math.h>
#include <string.h>
#include "media/tone.h"

#define RATE    8000.0f
#define GROUP   4
#define PASSES  4 /* looks: at least 26, at most 33 ms of tone */
#define RELEASE 5 /* looks: a pause of 25 to 35 ms */

#define SHARE_PASS   0.9f /* of the power in a look: the two tones … */
#define SHARE_HOLD   0.5f /* … and to hold a digit that was told */
#define SHARE_RAW    0.5f /* before frequencies are measured */
#define TOLERANCE    0.025f
#define LEVEL_MIN_DB -33.0f /* dBm0 of each tone */
#define TWIST_MAX_DB 5.0f   /* high over low */
#define TWIST_MIN_DB -9.0f

static const float freqs[USHER__DTMF_TONES] = {697,  770,  852,  941,
					       1209, 1336, 1477, 1633};
static const char keys[GROUP][GROUP + 1] = {"123A", "456B", "789C", "*0#D"};

/* What a look saw. */
struct look {
	float tone[USHER__DTMF_TONES][2]; /* re, im */
	float power;                      /* mean square, of everything */
};

/* The last 20 ms under the window. */
static void weigh(const struct usher__dtmf *d, float *ret)
{
	const float step = 2 * (float)M_PI / USHER__DTMF_WINDOW;
	const float turn = 2 * cosf(step);
	float now = cosf(step / 2), before = now;

	for (int i = 0; i < USHER__DTMF_WINDOW; i++) {
		float next = turn * now - before;

		ret[i] = (float)d->pcm[i] * (0.5f - 0.5f * now);
		before = now;
		now = next;
	}
}

/* The mean of the window is 1/2 and of its square 3/8, so the amplitude of a
 * tone and the power of everything come out as if there were no window. */
static void look_at(const struct usher__dtmf *d, struct look *look)
{
	const float scale = 4.0f / USHER__DTMF_WINDOW;
	float x[USHER__DTMF_WINDOW];
	float s1[USHER__DTMF_TONES] = {0}, s2[USHER__DTMF_TONES] = {0};
	float c[USHER__DTMF_TONES];
	float sum = 0;

	weigh(d, x);
	for (int k = 0; k < USHER__DTMF_TONES; k++)
		c[k] = 2 * cosf(2 * (float)M_PI * freqs[k] / RATE);
	for (int i = 0; i < USHER__DTMF_WINDOW; i++) {
		sum += x[i] * x[i];
		for (int k = 0; k < USHER__DTMF_TONES; k++) {
			float s0 = x[i] + c[k] * s1[k] - s2[k];

			s2[k] = s1[k];
			s1[k] = s0;
		}
	}
	look->power = sum / USHER__DTMF_WINDOW * (8.0f / 3);
	for (int k = 0; k < USHER__DTMF_TONES; k++) {
		float sine = sinf(2 * (float)M_PI * freqs[k] / RATE);

		look->tone[k][0] = (s1[k] - s2[k] * c[k] / 2) * scale;
		look->tone[k][1] = s2[k] * sine * scale;
	}
}

/* Mean square of a tone. */
static float power_of(const struct look *look, int k)
{
	return (look->tone[k][0] * look->tone[k][0] +
		look->tone[k][1] * look->tone[k][1]) /
	       2;
}

static int strongest(const struct look *look, int first)
{
	int best = first;

	for (int k = first + 1; k < first + GROUP; k++) {
		if (power_of(look, k) > power_of(look, best))
			best = k;
	}
	return best;
}

/* By how much the tone near frequency k is off it, in Hz: within +-100. */
static float offset_of(const struct usher__dtmf *d, const struct look *look,
		       int k)
{
	const float turn = 2 * (float)M_PI;
	const float *a = d->last[k], *b = look->tone[k];
	float phase = atan2f(b[1], b[0]) - atan2f(a[1], a[0]) -
		      turn * freqs[k] * USHER__DTMF_HOP / RATE;

	phase -= turn * rintf(phase / turn);
	return phase * RATE / (turn * USHER__DTMF_HOP);
}

/* What is left of the power of a tone that is off its bin's middle: the main
 * lobe of the window. */
static float lobe(float offset_hz)
{
	float x = offset_hz * USHER__DTMF_WINDOW / RATE;
	float y = (float)M_PI * x;
	float a;

	if (fabsf(x) < 0.01f || fabsf(x) > 0.95f)
		return 1;
	a = sinf(y) / y / (1 - x * x);
	return a * a;
}

static bool within(float offset_hz, int k)
{
	return fabsf(offset_hz) <= freqs[k] * TOLERANCE;
}

static bool levels_good(float low, float high)
{
	const float zero = (float)(USHER__PEAK_0DBM0 * USHER__PEAK_0DBM0) / 2;
	const float least = zero * powf(10, LEVEL_MIN_DB / 10);
	float twist;

	if (low < least || high < least)
		return false;
	twist = 10 * log10f(high / low);
	return twist >= TWIST_MIN_DB && twist <= TWIST_MAX_DB;
}

/* The digit that a look passes for, or 0; also whether it holds the one that
 * was told. */
static char judge(const struct usher__dtmf *d, const struct look *look,
		  bool *holds)
{
	int l = strongest(look, 0), h = strongest(look, GROUP);
	char digit = keys[l][h - GROUP];
	float low = power_of(look, l), high = power_of(look, h);
	float off_low, off_high;

	*holds = false;
	if (low + high < SHARE_RAW * look->power)
		return 0;
	*holds = digit == d->held && low + high >= SHARE_HOLD * look->power &&
		 low > 0 && high > 0;
	if (!d->looked)
		return 0;
	off_low = offset_of(d, look, l);
	off_high = offset_of(d, look, h);
	/* The first of a run stands beside a look that it fills in part. */
	if (d->run && digit == d->candidate &&
	    (!within(off_low, l) || !within(off_high, h)))
		return 0;
	low /= lobe(off_low);
	high /= lobe(off_high);
	if (low + high < SHARE_PASS * look->power || !levels_good(low, high))
		return 0;
	return digit;
}

/* The digit that is to be told, or 0. */
static char look_once(struct usher__dtmf *d)
{
	struct look look;
	bool holds;
	char digit;

	look_at(d, &look);
	digit = judge(d, &look, &holds);
	memcpy(d->last, look.tone, sizeof(d->last));
	d->looked = true;

	d->run = (uint8_t)(!digit                  ? 0
			   : digit != d->candidate ? 1
			   : d->run < PASSES       ? d->run + 1
						   : PASSES);
	d->candidate = digit;
	if (d->held && !holds && ++d->quiet >= RELEASE)
		d->held = 0;
	if (holds)
		d->quiet = 0;
	if (d->run < PASSES || digit == d->held)
		return 0;
	d->held = digit;
	d->quiet = 0;
	return digit;
}

size_t usher__dtmf_audio(struct usher__dtmf *d, const int16_t *pcm, size_t n,
			 char *ret, size_t max)
{
	const size_t kept = USHER__DTMF_WINDOW - USHER__DTMF_HOP;
	size_t told = 0;

	while (n) {
		size_t count = USHER__DTMF_HOP - d->filled;
		char digit;

		if (count > n)
			count = n;
		memcpy(d->pcm + kept + d->filled, pcm, count * sizeof(*pcm));
		d->filled = (uint16_t)(d->filled + count);
		pcm += count;
		n -= count;
		if (d->filled < USHER__DTMF_HOP)
			break;
		digit = look_once(d);
		if (digit && told < max)
			ret[told++] = digit;
		memmove(d->pcm, d->pcm + USHER__DTMF_HOP, kept * sizeof(*pcm));
		d->filled = 0;
	}
	return told;
}

void usher__dtmf_break(struct usher__dtmf *d)
{
	*d = (struct usher__dtmf){0};
}
