/* One play: a list of items on its way to a leg. Pure but for the sounds. */
#ifndef USHER_MEDIA_PLAY_H
#define USHER_MEDIA_PLAY_H

#include <stdatomic.h>
#include <sys/queue.h>
#include "media/media.h"
#include "media/sound.h"
#include "media/tone.h"

enum usher__pload { USHER__PL_READY, USHER__PL_LOADING, USHER__PL_FAILED };

enum usher__pull {
	USHER__PULL_AUDIO = 0, /* pcm is filled */
	USHER__PULL_EVENT,     /* *ev is a telephone-event of n samples more */
	USHER__PULL_WAIT,      /* a sound is still being read */
	USHER__PULL_END,
	USHER__PULL_ERROR /* see the item */
};

struct usher__pitem {
	enum usher__mitem_kind kind;
	_Atomic int load; /* released by the file thread, below is written */
	const struct usher__sound *sound;
	int error;
	const char *why;

	char *path; /* inside the play's memory */
	char *digits;
	uint16_t freq_hz[2];
	uint16_t mod_hz;
	int16_t level_db;
	uint16_t on_ms;
	uint16_t off_ms;
	uint32_t duration; /* samples; 0: endless */
};

struct usher__play {
	_Atomic int refs;
	uint64_t id;
	STAILQ_ENTRY(usher__play) loads;
	struct usher__sounds *sounds;
	uint32_t item_count;
	uint32_t repeat;
	uint64_t limit; /* samples; 0: none */
	bool stop_on_digit;
	bool has_files;

	/* The media thread's. */
	enum usher__pull over; /* END or ERROR: for good */
	uint32_t item;
	uint64_t at;       /* samples into the item, or into the digit */
	uint32_t digit;    /* in a DIGITS item */
	bool begun;        /* the item's tone is set up */
	uint64_t total;    /* samples played */
	uint64_t round_at; /* total when the round began */
	uint32_t owed;     /* samples of time not yet filled */
	uint32_t event_ts;
	struct usher__tone tone;

	struct usher__pitem items[];
};

/* Checks and copies; one reference. USHER_EINVAL, USHER_ENOMEM. */
int usher__play_new(struct usher__play **ret,
		    const struct usher__mplay_opts *opts,
		    struct usher__sounds *sounds, uint64_t id);
struct usher__play *usher__play_ref(struct usher__play *play);
void usher__play_unref(struct usher__play *play);

/* Reads its files: for the file thread. */
void usher__play_load(struct usher__play *play);

struct usher__pevent {
	uint8_t event;
	bool begin;
	bool end;
	uint16_t duration;
};

/* Makes the next n samples; with events, digits come as telephone-events and
 * not as tones. */
enum usher__pull usher__play_pull(struct usher__play *play,
				  const struct usher__sine *sine, bool events,
				  int16_t *pcm, size_t n,
				  struct usher__pevent *ev);

#endif
