/* Digits in the sound that a leg receives, where its peer has no
 * telephone-event; or beside it, if that is asked for.
 *
 * One press is told once: who has sent a telephone-event is believed to send
 * one for each press, so from then on what is heard is not told. Of the very
 * first press sound may come before its event: that event is then old news.
 */
#include <stdlib.h>
#include "media/dtmf.h"
#include "media/mworker.h"

#define CHUNK      160
#define PAUSE      (USHER__MRATE / 1000 * 40) /* a gap that parts two digits */
#define SAME_US    1000000 /* sound and event of one press lie within */
#define DIGITS_MAX 4       /* of one chunk */

struct usher__minband {
	struct usher__dtmf dtmf;
	uint32_t next_ts; /* of the sample after the last */
	bool began;
	bool events; /* the peer has sent one */
	char told;
	int64_t told_us;
};

int usher__inband_new(struct usher__minband **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : USHER_ENOMEM;
}

void usher__inband_start(struct usher__minband *in)
{
	*in = (struct usher__minband){0};
}

static void hear(struct usher__mworker *w, struct usher__mleg *leg,
		 const int16_t *pcm, size_t n)
{
	struct usher__minband *in = leg->inband;
	char digits[DIGITS_MAX];
	size_t count;

	count = usher__dtmf_audio(&in->dtmf, pcm, n, digits, DIGITS_MAX);
	for (size_t i = 0; i < count && !in->events; i++) {
		in->told = digits[i];
		in->told_us = w->now_us;
		usher__mleg_digit(w, leg, digits[i]);
	}
}

void usher__inband_audio(struct usher__mworker *w, struct usher__mleg *leg,
			 const struct usher__mpiece *piece)
{
	struct usher__minband *in = leg->inband;
	int32_t gap = (int32_t)(piece->ts - in->next_ts);
	const int16_t *pcm = piece->pcm;
	size_t n = piece->n;

	/* What is late or came twice; or it is another timeline. */
	if (in->began && gap < 0 && gap > -USHER__MRATE)
		return;
	/* A lost packet does not end a digit; a pause in sending does. */
	if (!in->began || gap < 0 || gap >= PAUSE)
		usher__dtmf_break(&in->dtmf);
	in->began = true;
	in->next_ts = piece->ts + (uint32_t)n;
	while (n) {
		size_t count = n < CHUNK ? n : CHUNK;

		hear(w, leg, pcm, count);
		pcm += count;
		n -= count;
	}
}

bool usher__inband_told(struct usher__mworker *w, struct usher__mleg *leg,
			char digit)
{
	struct usher__minband *in = leg->inband;
	bool first = !in->events;

	in->events = true;
	return first && in->told == digit && w->now_us - in->told_us < SAME_US;
}
