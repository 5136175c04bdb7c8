/* The file thread: decodes sounds and writes recordings, so that no disk
 * holds up a packet. */
#ifndef USHER_MEDIA_FILER_H
#define USHER_MEDIA_FILER_H

#include <stdatomic.h>
#include "media/events.h"
#include "media/media.h"
#include "media/recfile.h"
#include "media/rtp.h"

struct usher__filer;
struct usher__play;

/* What a leg holds of a recording; shared by reference. */
struct usher__mtap {
	_Atomic int refs;
	_Atomic bool over; /* nothing more is taken */
	uint64_t rec;
};

struct usher__mtap *usher__mtap_new(uint64_t rec);
struct usher__mtap *usher__mtap_ref(struct usher__mtap *tap);
void usher__mtap_unref(struct usher__mtap *tap);

/* Starts the thread. Recordings report to events with a place reserved. */
int usher__filer_new(struct usher__filer **ret, struct usher__mevents *events);

/* Completes every recording and joins. */
void usher__filer_free(struct usher__filer *filer);

/* Has the files of a play read; takes a reference of its own. */
void usher__filer_load(struct usher__filer *filer, struct usher__play *play);

enum usher__fop {
	USHER__FOP_AUDIO,
	USHER__FOP_OPEN,
	USHER__FOP_PAUSE,
	USHER__FOP_RESUME,
	USHER__FOP_STOP
};

/* Begins a recording; on success file and a reference to tap are the
 * filer's. USHER_ENOMEM. */
int usher__filer_open(struct usher__filer *filer, struct usher__recfile *file,
		      struct usher__mtap *tap);

/* PAUSE, RESUME or STOP; an unknown recording is ignored later, and so is a
 * RESUME after more pauses than it knows of. USHER_ENOMEM. */
int usher__filer_op(struct usher__filer *filer, enum usher__fop op,
		    uint64_t rec, uint32_t pauses);

/* Thread: media. Copies the payload; false when it was dropped since the
 * disk is behind. */
bool usher__filer_audio(struct usher__filer *filer, struct usher__mtap *tap,
			uint32_t channel, int64_t now_us,
			const struct usher__rtp *rtp, int codec,
			const uint8_t *payload);

uint64_t usher__filer_drops(struct usher__filer *filer);

/* For tests: while held, the thread touches no file. */
void usher__filer_hold(struct usher__filer *filer, bool hold);

#endif
