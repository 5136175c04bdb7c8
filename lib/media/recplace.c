/* Where in a recording a packet belongs.
 *
 * The first packet of a stream is set down where it arrived; those that
 * follow, where their RTP timestamps put them relative to it, so that jitter
 * moves nothing. A packet that comes sooner than its place shows that the
 * first one was late, and a stream that is late as a whole that its clock is
 * slow: then it is set down anew. So it is where the first packet in a long
 * while is late by more than that: its sender's time stood still in a pause.
 */
#include "media/recplace.h"

/* Each packet later by so much: a slow clock; packets looked at for it. */
#define LAG        (40 * USHER__RECPLACE_PER_MS)
#define LAG_WINDOW 100
/* Packets too late on end, or so long in a row: the sender's clock jumped. */
#define LATE_RUN   50
#define LATE_SPELL (500 * USHER__RECPLACE_PER_MS)

static void anchor(struct usher__recplace *place, const struct usher__rtp *rtp,
		   int64_t at)
{
	place->anchored = true;
	place->ssrc = rtp->ssrc;
	place->ts = rtp->ts;
	place->at = at;
	place->late = 0;
	place->lag = USHER__RECPLACE_LATE;
	place->lag_count = 0;
	place->came = at;
}

/* A sender whose clock is slow falls behind by and by: the quickest packet of
 * a window shows how far, since jitter delays only some. */
static void follow(struct usher__recplace *place, int64_t lag)
{
	if (lag < place->lag)
		place->lag = lag;
	if (++place->lag_count < LAG_WINDOW)
		return;
	if (place->lag > LAG)
		place->at += place->lag;
	place->lag = USHER__RECPLACE_LATE;
	place->lag_count = 0;
}

/* Too late once more: whole spells of them, whatever is in a packet, are no
 * stragglers. */
static bool jumped(struct usher__recplace *place, uint32_t ts)
{
	if (!place->late++)
		place->late_ts = ts;
	return place->late >= LATE_RUN ||
	       (int32_t)(ts - place->late_ts) >= LATE_SPELL;
}

int64_t usher__recplace_of(struct usher__recplace *place,
			   const struct usher__rtp *rtp, int64_t now)
{
	bool paused = now - place->came > USHER__RECPLACE_LATE;
	int64_t at, off;

	if (!place->anchored || place->ssrc != rtp->ssrc)
		anchor(place, rtp, now);
	at = place->at + (int32_t)(rtp->ts - place->ts);
	off = at - now;
	if (off > USHER__RECPLACE_AHEAD ||
	    (rtp->marker && off < -USHER__RECPLACE_AHEAD) ||
	    (off < -USHER__RECPLACE_LATE &&
	     (paused || jumped(place, rtp->ts)))) {
		anchor(place, rtp, now);
		return now;
	}
	if (off < -USHER__RECPLACE_LATE)
		return -1;
	place->late = 0;
	place->came = now;
	/* Moves along, so that the difference never wraps. */
	if (at > place->at) {
		place->at = at;
		place->ts = rtp->ts;
	}
	follow(place, -off);
	return at;
}
