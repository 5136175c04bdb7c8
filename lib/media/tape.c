/* Recording what a leg hears from others: the packets that it is sent,
 * relayed or mixed, by the numbers of its own stream, which goes on from one
 * to the other. Prompts and music are not in it. */
#include "media/engine.h"
#include "media/filer.h"

void usher__mleg_tape(struct usher__mworker *w, struct usher__mleg *leg,
		      const struct usher__rtp *in, int codec,
		      const uint8_t *payload)
{
	struct usher__rtp rtp = *in;

	if (!leg->heard)
		return;
	rtp.ts = usher__timeline_in(&leg->tx.timeline, usher__mleg_clock(leg),
				    in->ts);
	if (!usher__filer_audio(w->m->filer, leg->heard, leg->heard_channel,
				w->now_us, &rtp, codec, payload))
		usher__mcount(leg->counts.rec_drops, 1);
}
