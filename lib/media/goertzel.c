/* Measuring tones: G. Goertzel, "An algorithm for the evaluation of finite
 * trigonometric series", 1958. Written here since librem's functions clash by
 * name with another library's, and start from whole bins only.
 */
#include <math.h>
#include "media/media.h"
#include "media/tone.h"

#define RATE         8000
#define FIND_MAX     1600 /* samples that usher__tone_find looks at */
#define FIND_MIN     400
#define FREQ_LOW     100
#define FREQ_HIGH    3600
#define LEVEL_FLOOR  -96.0
#define PURE_PERMIL  500 /* less than this part is no tone */
#define AUDIBLE_DBM0 -50.0

/* Mean square of the part of pcm that swings at a frequency. */
static double goertzel(const int16_t *pcm, size_t n, double rate,
		       double freq_hz)
{
	double w = 2 * M_PI * freq_hz / rate;
	double c = 2 * cos(w);
	double s1 = 0, s2 = 0;
	double power;

	for (size_t i = 0; i < n; i++) {
		double s0 = pcm[i] + c * s1 - s2;

		s2 = s1;
		s1 = s0;
	}
	power = s1 * s1 + s2 * s2 - c * s1 * s2;
	return 2 * power / ((double)n * (double)n);
}

static double mean_square(const int16_t *pcm, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (double)pcm[i] * pcm[i];
	return n ? sum / (double)n : 0;
}

static double to_dbm0(double square)
{
	const double zero = USHER__PEAK_0DBM0 * USHER__PEAK_0DBM0 / 2;
	double db = square > 0 ? 10 * log10(square / zero) : LEVEL_FLOOR;

	return db < LEVEL_FLOOR ? LEVEL_FLOOR : db;
}

double usher__tone_level(const int16_t *pcm, size_t n, uint32_t rate,
			 double freq_hz)
{
	if (!n || !rate)
		return LEVEL_FLOOR;
	return to_dbm0(goertzel(pcm, n, rate, freq_hz));
}

double usher__pcm_level(const int16_t *pcm, size_t n)
{
	return to_dbm0(mean_square(pcm, n));
}

/* The loudest frequency of a range; *best keeps its power. */
static int loudest(const int16_t *pcm, size_t n, int low, int high, int step,
		   double *best)
{
	int at = 0;

	*best = -1;
	for (int f = low; f <= high; f += step) {
		double power = goertzel(pcm, n, RATE, f);

		if (power > *best) {
			*best = power;
			at = f;
		}
	}
	return at;
}

void usher__tone_find(const int16_t *pcm, size_t n,
		      struct usher__mheard *heard)
{
	struct usher__mheard out = {.windows = 1};
	double square, db, best;
	int coarse, freq, step;
	double purity;

	if (n > FIND_MAX)
		n = FIND_MAX;
	square = mean_square(pcm, n);
	db = to_dbm0(square);
	out.level_db10 = (int16_t)lrint(db * 10);

	if (n >= FIND_MIN && db > AUDIBLE_DBM0) {
		/* Bins are rate / n apart: no peak hides between. */
		step = (int)(RATE / n);
		coarse = loudest(pcm, n, FREQ_LOW, FREQ_HIGH, step, &best);
		freq = loudest(pcm, n, coarse - step, coarse + step, 1, &best);
		purity = 1000 * best / square;
		out.purity = (uint16_t)(purity > 1000 ? 1000 : purity);
		if (out.purity >= PURE_PERMIL)
			out.freq_hz = (uint16_t)freq;
	}
	*heard = out;
}
