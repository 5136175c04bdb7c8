/* Where in a recording a packet belongs, by when it came and by its stream's
 * timestamps. */
#ifndef USHER_MEDIA_RECPLACE_H
#define USHER_MEDIA_RECPLACE_H

#include <stdbool.h>
#include <stdint.h>
#include "media/media.h"
#include "media/rtp.h"

/* In samples of the recording: */
#define USHER__RECPLACE_PER_MS 8
/* how late a packet still has its place, … */
#define USHER__RECPLACE_LATE (USHER__MREC_LATE_MS * USHER__RECPLACE_PER_MS)
/* … and sooner than this it cannot be: it was anchored late. */
#define USHER__RECPLACE_AHEAD (40 * USHER__RECPLACE_PER_MS)

/* Of one stream; zeroes: none yet. */
struct usher__recplace {
	bool anchored;
	uint32_t ssrc;
	uint32_t ts;
	int64_t at;       /* where ts is, in samples of the recording */
	int64_t came;     /* when the last did that had a place */
	uint32_t late;    /* packets too late on end, … */
	uint32_t late_ts; /* … the first of them */
	int64_t lag;      /* the least of the present window's packets */
	uint32_t lag_count;
};

/* Where a packet that came at now belongs, or -1 when it came too late. */
int64_t usher__recplace_of(struct usher__recplace *place,
			   const struct usher__rtp *rtp, int64_t now);

#endif
