#include "media/plc.h"

#include <string.h>

#define FULL   80 /* samples made up at full level */
#define ONE    32768
#define SMOOTH 16 /* samples over which a step is taken back */
#define FADE   40 /* samples from what is made up to what came */
#define RISE   64 /* frames in which a quiet that is gone is forgotten */

void usher__plc_init(struct usher__plc *plc, bool fresh)
{
	*plc = (struct usher__plc){
		.period = USHER__PLC_PERIOD_MIN,
		.lost = fresh ? USHER__PLC_GONE : 0,
	};
}

void usher__plc_forget(struct usher__plc *plc)
{
	plc->lost = USHER__PLC_GONE;
}

static int16_t clamp(int32_t v)
{
	return (int16_t)(v > 32767 ? 32767 : v < -32768 ? -32768 : v);
}

/* How much the last period_max samples are like those that were lag sooner;
 * stride 2 looks at every other. */
static double likeness(const int16_t *history, uint32_t lag, uint32_t stride)
{
	const int16_t *now =
		history + USHER__PLC_HISTORY - USHER__PLC_PERIOD_MAX;
	const int16_t *then = now - lag;
	int64_t both = 0, power = 0;

	for (uint32_t i = 0; i < USHER__PLC_PERIOD_MAX; i += stride) {
		both += now[i] * then[i];
		power += then[i] * then[i];
	}
	if (both <= 0)
		return 0;
	return (double)both * (double)both / (double)power;
}

static uint32_t pitch(const int16_t *history)
{
	uint32_t best = USHER__PLC_PERIOD_MIN;
	uint32_t from, to;
	double most = 0;

	for (uint32_t lag = best; lag <= USHER__PLC_PERIOD_MAX; lag += 2) {
		double like = likeness(history, lag, 2);

		if (like > most) {
			most = like;
			best = lag;
		}
	}
	from = best > USHER__PLC_PERIOD_MIN ? best - 1 : best;
	to = best < USHER__PLC_PERIOD_MAX ? best + 1 : best;
	most = 0;
	for (uint32_t lag = from; lag <= to; lag++) {
		double like = likeness(history, lag, 1);

		if (like > most) {
			most = like;
			best = lag;
		}
	}
	return best;
}

/* The wave turns without a seam: its end is led to what stood before its
 * begin. */
static void begin(struct usher__plc *plc)
{
	const int16_t *end = plc->history + USHER__PLC_HISTORY;
	uint32_t period = pitch(plc->history);
	uint32_t lead = period / 4;

	memcpy(plc->wave, end - period, period * sizeof(*plc->wave));
	for (uint32_t i = 0; i < lead; i++) {
		int32_t old = *(end - period - lead + i);
		int16_t *w = &plc->wave[period - lead + i];

		*w = (int16_t)(*w + (old - *w) * (int32_t)(i + 1) /
					    (int32_t)(lead + 1));
	}
	plc->period = period;
	plc->at = 0;
	plc->step = end[-1] - end[-1 - (int32_t)period];
}

static int16_t made_up(struct usher__plc *plc)
{
	int32_t noise = usher__noise_next(&plc->noise);
	int32_t v = plc->wave[plc->at];
	int32_t gain = ONE;

	if (plc->lost < SMOOTH)
		v += plc->step * (int32_t)(SMOOTH - plc->lost) / (SMOOTH + 1);
	if (plc->lost >= USHER__PLC_GONE)
		return (int16_t)noise;
	if (plc->lost > FULL)
		gain = (int32_t)(USHER__PLC_GONE - plc->lost) * ONE /
		       (USHER__PLC_GONE - FULL);
	plc->lost++;
	if (++plc->at == plc->period)
		plc->at = 0;
	return clamp(
		(int32_t)(((int64_t)v * gain + (int64_t)noise * (ONE - gain)) /
			  ONE));
}

void usher__plc_noise(struct usher__plc *plc, uint8_t level)
{
	usher__noise_tell(&plc->noise, level);
	plc->told = true;
}

/* How loud is the line where nobody speaks? */
static void guess(struct usher__plc *plc, const int16_t *pcm, size_t n)
{
	int32_t sum = 0, mean;

	for (size_t i = 0; i < n; i++)
		sum += pcm[i] < 0 ? -pcm[i] : pcm[i];
	mean = sum / (int32_t)n;
	if (!plc->quiet || mean < plc->quiet)
		plc->quiet = mean;
	else
		plc->quiet += plc->quiet / RISE + 1;
	/* Of such noise the mean is half the peak. */
	mean = 2 * plc->quiet;
	if (!plc->told)
		plc->noise.peak = mean <= USHER__NOISE_MAX ? mean : 0;
}

static void remember(struct usher__plc *plc, const int16_t *pcm, size_t n)
{
	size_t keep;

	if (n > USHER__PLC_HISTORY) {
		pcm += n - USHER__PLC_HISTORY;
		n = USHER__PLC_HISTORY;
	}
	keep = USHER__PLC_HISTORY - n;
	memmove(plc->history, plc->history + n, keep * sizeof(*pcm));
	memcpy(plc->history + keep, pcm, n * sizeof(*pcm));
}

void usher__plc_lost(struct usher__plc *plc, int16_t *pcm, size_t n)
{
	if (!n)
		return;
	if (!plc->lost)
		begin(plc);
	for (size_t i = 0; i < n; i++)
		pcm[i] = made_up(plc);
	remember(plc, pcm, n);
}

void usher__plc_good(struct usher__plc *plc, int16_t *pcm, size_t n,
		     bool joint)
{
	size_t fade = n < FADE ? n : FADE;

	if (!n)
		return;
	guess(plc, pcm, n);
	if (!plc->lost && joint)
		begin(plc);
	if (plc->lost || joint) {
		for (size_t i = 0; i < fade; i++) {
			int32_t old = made_up(plc);

			pcm[i] = (int16_t)(old + (pcm[i] - old) *
							 (int32_t)(i + 1) /
							 (int32_t)(fade + 1));
		}
		plc->lost = 0;
	}
	remember(plc, pcm, n);
}
