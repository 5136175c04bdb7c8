/* Both turn in 32 bits, of which one is no multiple of the other: so there is
 * no factor, but a pair of equal times that moves along, by whole samples,
 * so that nothing is lost in rounding. */
#include "media/timeline.h"

uint32_t usher__timeline_in(struct usher__timeline *t, uint32_t clock,
			    uint32_t ts)
{
	int32_t ahead = (int32_t)(ts - t->ts);
	int32_t samples;

	if (clock == 1)
		return ts;
	if (!t->began) {
		*t = (struct usher__timeline){true, ts, ts};
		return ts;
	}
	samples = ahead / (int32_t)clock;
	if (ahead < 0 && ahead % (int32_t)clock)
		samples--;
	if (samples > 0) {
		t->ts += (uint32_t)samples * clock;
		t->at += (uint32_t)samples;
		return t->at;
	}
	return t->at + (uint32_t)samples;
}

uint32_t usher__timeline_out(const struct usher__timeline *t, uint32_t clock,
			     uint32_t at)
{
	return clock == 1 ? at : t->ts + (at - t->at) * clock;
}
