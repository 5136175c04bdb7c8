/* What a leg hears, measured in windows of 100 ms. */
#include <stdlib.h>
#include <string.h>
#include "media/mworker.h"

#define WINDOW    (USHER__MRATE / 10)
#define CHANGE_HZ 15

struct usher__meter {
	/* windows:24 | purity:12 | level_db10:12 | freq_hz:16, so that the
	 * owner reads one window and never halves of two */
	_Atomic uint64_t heard;

	uint32_t windows; /* the media thread's from here */
	uint32_t filled;
	uint16_t told_hz;
	int16_t pcm[WINDOW];
};

int usher__meter_new(struct usher__meter **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : USHER_ENOMEM;
}

static void window_full(struct usher__mworker *w, struct usher__mleg *leg)
{
	struct usher__meter *meter = leg->meter;
	struct usher__mevent ev = {.type = USHER__MEV_TONE};
	struct usher__mheard heard;
	int change;

	usher__tone_find(meter->pcm, WINDOW, &heard);
	heard.windows = ++meter->windows & 0xffffff;
	atomic_store(&meter->heard,
		     (uint64_t)heard.windows << 40 |
			     (uint64_t)(heard.purity & 0xfff) << 28 |
			     (uint64_t)(heard.level_db10 & 0xfff) << 16 |
			     heard.freq_hz);

	change = heard.freq_hz - meter->told_hz;
	if (abs(change) <= CHANGE_HZ)
		return;
	meter->told_hz = heard.freq_hz;
	ev.heard = heard;
	usher__mleg_event(w, leg, &ev);
}

void usher__meter_audio(struct usher__mworker *w, struct usher__mleg *leg,
			const int16_t *pcm, size_t n)
{
	struct usher__meter *meter = leg->meter;

	while (n) {
		size_t count = WINDOW - meter->filled;

		if (count > n)
			count = n;
		memcpy(meter->pcm + meter->filled, pcm, count * sizeof(*pcm));
		pcm += count;
		n -= count;
		meter->filled += (uint32_t)count;
		if (meter->filled < WINDOW)
			break;
		meter->filled = 0;
		window_full(w, leg);
	}
}

void usher__meter_read(struct usher__meter *meter, struct usher__mheard *heard)
{
	uint64_t v = atomic_load(&meter->heard);
	int level = (int)(v >> 16 & 0xfff);

	*heard = (struct usher__mheard){
		.windows = (uint32_t)(v >> 40),
		.purity = (uint16_t)(v >> 28 & 0xfff),
		.level_db10 =
			(int16_t)(level & 0x800 ? level - 0x1000 : level),
		.freq_hz = (uint16_t)v,
	};
}
