/* Tones by a phase that turns in 32 bits over a table of one period: no drift,
 * no library call a sample. */
#include "media/tone.h"

#include <math.h>

#define RATE       8000
#define FRAC_SHIFT (32 - USHER__SINE_BITS - 15)

/* How deep a tone is modulated: ITU-T's list names the two frequencies alone.
 */
#define MOD_DEPTH 0.9
#define ONE       (1 << 15)

const struct usher__mitem usher__mitem_ringback = {
	.kind = USHER__MI_TONE,
	.freq_hz = {425, 0},
	.on_ms = 1000,
	.off_ms = 4000,
};
const struct usher__mitem usher__mitem_busy = {
	.kind = USHER__MI_TONE,
	.freq_hz = {425, 0},
	.on_ms = 500,
	.off_ms = 500,
};
const struct usher__mitem usher__mitem_congestion = {
	.kind = USHER__MI_TONE,
	.freq_hz = {425, 0},
	.on_ms = 250,
	.off_ms = 250,
};
const struct usher__mitem usher__mitem_beep = {
	.kind = USHER__MI_TONE,
	.freq_hz = {1000, 0},
	.duration_ms = 300,
};

void usher__sine_init(struct usher__sine *sine)
{
	const int period = 1 << USHER__SINE_BITS;

	for (int i = 0; i <= period; i++)
		sine->wave[i] =
			(int16_t)lrint(32767.0 * sin(2 * M_PI * i / period));
}

void usher__tone_start(struct usher__tone *tone, const uint16_t freq_hz[2],
		       double level_db, uint32_t on_ms, uint32_t off_ms)
{
	double peak = USHER__PEAK_0DBM0 * pow(10, level_db / 20);

	*tone = (struct usher__tone){
		.on = on_ms * (RATE / 1000),
		.off = off_ms * (RATE / 1000),
	};
	for (int i = 0; i < 2; i++)
		tone->step[i] = (uint32_t)(freq_hz[i] * 4294967296.0 / RATE);
	tone->amplitude = peak > 32767 ? 32767 : (int32_t)peak;
}

void usher__tone_modulate(struct usher__tone *tone, uint16_t mod_hz)
{
	double power = 1 + MOD_DEPTH * MOD_DEPTH / 2;

	tone->mod_step = (uint32_t)(mod_hz * 4294967296.0 / RATE);
	if (mod_hz)
		tone->amplitude = (int32_t)(tone->amplitude / sqrt(power));
}

static int32_t wave_at(const struct usher__sine *sine, uint32_t phase)
{
	uint32_t index = phase >> (32 - USHER__SINE_BITS);
	int32_t frac = (phase >> FRAC_SHIFT) & 0x7fff;
	int32_t a = sine->wave[index];

	return a + (((sine->wave[index + 1] - a) * frac) >> 15);
}

/* By what a modulated tone is multiplied now, in 1 / ONE. */
static int32_t gain(const struct usher__sine *sine, struct usher__tone *tone)
{
	int32_t wave = wave_at(sine, tone->mod_phase);

	tone->mod_phase += tone->mod_step;
	return ONE + (int32_t)(MOD_DEPTH * ONE) * wave / ONE;
}

static int16_t sample(const struct usher__sine *sine, struct usher__tone *tone)
{
	int32_t sum = 0;

	for (int i = 0; i < 2; i++) {
		if (!tone->step[i])
			continue;
		sum += (wave_at(sine, tone->phase[i]) * tone->amplitude) >> 15;
		tone->phase[i] += tone->step[i];
	}
	if (tone->mod_step)
		sum = (int32_t)(((int64_t)sum * gain(sine, tone)) / ONE);
	if (sum > 32767)
		sum = 32767;
	if (sum < -32767)
		sum = -32767;
	return (int16_t)sum;
}

void usher__tone_make(const struct usher__sine *sine, struct usher__tone *tone,
		      int16_t *pcm, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool on = !tone->on || tone->at < tone->on;

		pcm[i] = on ? sample(sine, tone) : 0;
		if (!tone->on)
			continue;
		if (++tone->at >= tone->on + tone->off) {
			tone->at = 0;
			tone->phase[0] = 0;
			tone->phase[1] = 0;
			tone->mod_phase = 0;
		}
	}
}

void usher__dtmf_freqs(int event, uint16_t freq_hz[2])
{
	/* Event numbers to rows and columns of the keypad, ITU-T Q.23. */
	static const uint8_t place[16] = {13, 0,  1,  2,  4, 5, 6,  8,
					  9,  10, 12, 14, 3, 7, 11, 15};
	static const uint16_t row[4] = {697, 770, 852, 941};
	static const uint16_t column[4] = {1209, 1336, 1477, 1633};

	freq_hz[0] = row[place[event & 15] / 4];
	freq_hz[1] = column[place[event & 15] % 4];
}
