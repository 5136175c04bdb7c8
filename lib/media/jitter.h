/* The packets of one sender on their way into a mix: speexdsp's adaptive
 * jitter buffer, with concealment of what is lost. Belongs to one thread; no
 * clock, no memory after its making. What is put in comes from outside. */
#ifndef USHER_MEDIA_JITTER_H
#define USHER_MEDIA_JITTER_H

#include "media/media.h"
#include "media/plc.h"
#include "media/rtp.h"

#define USHER__MJITTER_PIECE 160  /* samples; longer packets are cut */
#define USHER__MJITTER_SLOTS 48   /* pieces that wait; then it starts anew */
#define USHER__MJITTER_MAX   3200 /* samples sooner or later: a new timeline */
#define USHER__MJITTER_LATE  4    /* packets too late on end: likewise */
#define USHER__MJITTER_MISS  15   /* empty turns: a pause of the sender */
#define USHER__MJITTER_HOLD  3    /* turns that a pause's end waits at most */
#define USHER__MJITTER_WAIT  2    /* turns in which a sound goes on unfaded */
#define USHER__MJITTER_REST  8    /* pulls that empty it */
/* Samples of pulls that give what a full one holds. */
#define USHER__MJITTER_WAITS                                                  \
	((USHER__MJITTER_SLOTS + USHER__MJITTER_HOLD) * USHER__MJITTER_PIECE)

/* Samples at 8 kHz, by their timestamp on that timeline. */
struct usher__mpiece {
	uint32_t ssrc;
	uint32_t ts;
	const int16_t *pcm;
	size_t n;
	size_t made; /* the first of them are made up for what was lost */
};

struct usher__jitter_slot {
	bool used;
	int16_t pcm[USHER__MJITTER_PIECE];
};

/* For what a mark stands before which something came. */
enum usher__jitter_mark {
	USHER__MARK_MUTE, /* its mute ended */
	USHER__MARK_TAPE, /* the pause of a recording of who hears it did */
	USHER__MARKS
};

struct usher__jitter {
	struct JitterBuffer_ *speex;
	struct usher__plc plc;
	uint32_t ssrc;
	bool known;       /* ssrc is */
	bool synced;      /* speex knows where it is */
	bool joint;       /* what comes next does not follow */
	bool floored;     /* nothing before floor is taken */
	uint32_t floor;   /* until it is synced */
	uint32_t end;     /* timestamp behind the newest */
	uint32_t late;    /* packets too late on end */
	uint32_t missed;  /* empty turns on end */
	uint32_t hold;    /* turns to wait before the first pull */
	uint32_t used;    /* slots */
	uint32_t pending; /* samples to make up, where delay grows */
	uint32_t owed;    /* that speexdsp will have made up next */
	uint32_t marks[USHER__MARKS]; /* timestamps */
	bool marked[USHER__MARKS];
	uint32_t left_at, left_n;
	int16_t left[2 * USHER__MJITTER_PIECE]; /* decoded too much */
	struct usher__jitter_slot slots[USHER__MJITTER_SLOTS];
	struct usher__jitter_slot trash; /* too late: only its time counts */

	/* Counters. */
	uint64_t concealed; /* samples made up */
	uint64_t late_packets;
	uint64_t resyncs;
};

/* USHER_ENOMEM. */
int usher__jitter_new(struct usher__jitter **ret);
void usher__jitter_free(struct usher__jitter *j);

/* Forgets everything, as if nothing had come. */
void usher__jitter_reset(struct usher__jitter *j);

/* The same, of a sender whose sound up to the timestamp floor was heard by
 * another way: what follows is neither faded in nor doubled. */
void usher__jitter_reset_after(struct usher__jitter *j, uint32_t ssrc,
			       uint32_t floor);

/* Takes a packet's samples. jitter: RFC 3550's, in samples; after a pause it
 * tells how long to wait for stragglers. */
void usher__jitter_put(struct usher__jitter *j,
		       const struct usher__mpiece *piece, uint32_t jitter);

/* So many samples came too late to be decoded: only that counts. */
void usher__jitter_late(struct usher__jitter *j, uint32_t ts, size_t n);

/* It pauses, and says how loud the line is: RFC 3389. */
void usher__jitter_noise(struct usher__jitter *j, uint8_t level);

/* Would a pull give what came? */
bool usher__jitter_ready(const struct usher__jitter *j);

/* One turn: the next n samples, made up where nothing came. */
void usher__jitter_pull(struct usher__jitter *j, int16_t *pcm, size_t n);

/* Sets a mark behind the newest that waits; and does the next pull give what
 * is before it? */
void usher__jitter_mark(struct usher__jitter *j,
			enum usher__jitter_mark which);
bool usher__jitter_marked(const struct usher__jitter *j,
			  enum usher__jitter_mark which);

/* Samples that wait, and the timestamp of the first of them. */
size_t usher__jitter_rest(const struct usher__jitter *j);
uint32_t usher__jitter_ts(const struct usher__jitter *j);

/* In how many samples of pulls what waits now has been given: more than the
 * rest while the first pull is yet to come. */
size_t usher__jitter_waits(const struct usher__jitter *j);

#endif
