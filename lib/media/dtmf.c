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

/* The window's first half: 1/2 - 1/2 cos(2 pi (i + 1/2) / 160). */
#define HALF (USHER__DTMF_WINDOW / 2)
static const float window[HALF] = {
	0.0000964f, 0.0008672f, 0.0024076f, 0.0047153f, 0.0077867f, 0.0116171f,
	0.0162005f, 0.0215298f, 0.0275970f, 0.0343925f, 0.0419060f, 0.0501259f,
	0.0590394f, 0.0686328f, 0.0788914f, 0.0897993f, 0.1013397f, 0.1134948f,
	0.1262458f, 0.1395732f, 0.1534563f, 0.1678738f, 0.1828034f, 0.1982220f,
	0.2141060f, 0.2304308f, 0.2471713f, 0.2643016f, 0.2817954f, 0.2996256f,
	0.3177648f, 0.3361849f, 0.3548577f, 0.3737542f, 0.3928454f, 0.4121019f,
	0.4314938f, 0.4509914f, 0.4705646f, 0.4901832f, 0.5098168f, 0.5294354f,
	0.5490086f, 0.5685062f, 0.5878981f, 0.6071546f, 0.6262458f, 0.6451423f,
	0.6638151f, 0.6822352f, 0.7003744f, 0.7182046f, 0.7356984f, 0.7528287f,
	0.7695692f, 0.7858940f, 0.8017780f, 0.8171966f, 0.8321262f, 0.8465437f,
	0.8604268f, 0.8737542f, 0.8865052f, 0.8986603f, 0.9102007f, 0.9211086f,
	0.9313672f, 0.9409606f, 0.9498741f, 0.9580940f, 0.9656075f, 0.9724030f,
	0.9784702f, 0.9837995f, 0.9883829f, 0.9922133f, 0.9952847f, 0.9975924f,
	0.9991328f, 0.9999036f,
};

/* Of the angle from one sample to the next at each frequency: */
static const float cosine[USHER__DTMF_TONES] = {
	0.8538689f, 0.8226405f, 0.7843435f, 0.7391023f,
	0.5820520f, 0.4981851f, 0.3993092f, 0.2842664f};
static const float sine[USHER__DTMF_TONES] = {
	0.5204881f, 0.5685619f, 0.6203268f, 0.6735932f,
	0.8131516f, 0.8670707f, 0.9168163f, 0.9587453f};
static const float half_cosine[USHER__DTMF_TONES] = {
	0.9627744f, 0.9546310f, 0.9445484f, 0.9324973f,
	0.8893964f, 0.8655013f, 0.8364536f, 0.8013321f};
static const float half_sine[USHER__DTMF_TONES] = {
	0.2703064f, 0.2977914f, 0.3283721f, 0.3611770f,
	0.4571367f, 0.5009066f, 0.5480378f, 0.5982197f};

/* What a look saw. */
struct look {
	float tone[USHER__DTMF_TONES][2]; /* re, im */
	float power;                      /* mean square, of everything */
};

/* A group of tones at a time: what a processor has instructions for. */
typedef float four __attribute__((vector_size(4 * sizeof(float))));

/* Goertzel's two numbers of each tone. */
struct goertzel {
	four s1[2], s2[2];
};

static void feed(struct goertzel *g, const four *twice_cosine, float sample)
{
	const four x = {sample, sample, sample, sample};

	for (int i = 0; i < 2; i++) {
		four s0 = twice_cosine[i] * g->s1[i] + (x - g->s2[i]);

		g->s2[i] = g->s1[i];
		g->s1[i] = s0;
	}
}

/* A tone, from the window's first half, which was fed forwards, and its
 * second, backwards: each ends in the middle, and half a sample beside it.
 * The mean of the window is 1/2, so the amplitude comes out as if there were
 * no window. */
static void tone_of(const struct goertzel *first,
		    const struct goertzel *second, int k, float *ret)
{
	const float scale = 4.0f / USHER__DTMF_WINDOW;
	int i = k / GROUP, j = k % GROUP;
	float re = first->s1[i][j] - first->s2[i][j] * cosine[k];
	float im = first->s2[i][j] * sine[k];
	float re2 = second->s1[i][j] - second->s2[i][j] * cosine[k];
	float im2 = second->s2[i][j] * sine[k];

	ret[0] = (half_cosine[k] * (re + re2) - half_sine[k] * (im + im2)) *
		 scale;
	ret[1] = (half_cosine[k] * (im - im2) + half_sine[k] * (re - re2)) *
		 scale;
}

/* Most of what hearing digits costs: the halves need not wait for each
 * other's results. */
static void look_at(const struct usher__dtmf *d, struct look *look)
{
	struct goertzel first = {0}, second = {0};
	four twice_cosine[2];
	float sum = 0;

	for (int k = 0; k < USHER__DTMF_TONES; k++)
		twice_cosine[k / GROUP][k % GROUP] = 2 * cosine[k];
	for (int i = 0; i < HALF; i++) {
		float x = (float)d->pcm[i] * window[i];
		float y =
			(float)d->pcm[USHER__DTMF_WINDOW - 1 - i] * window[i];

		sum += x * x + y * y;
		feed(&first, twice_cosine, x);
		feed(&second, twice_cosine, y);
	}
	/* The mean of the window's square is 3/8. */
	look->power = sum / USHER__DTMF_WINDOW * (8.0f / 3);
	for (int k = 0; k < USHER__DTMF_TONES; k++)
		tone_of(&first, &second, k, look->tone[k]);
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
