/* Which codecs of sound are spoken, in which order, and how SDP says so: the
 * one place that names them. Pure functions on text, no libre. */
#ifndef USHER_LIB_SIP_CODECS_H
#define USHER_LIB_SIP_CODECS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <media/media.h>

enum {
	USHER__CODECS_TE_PT = 101,  /* telephone-event in our offers … */
	USHER__CODECS_TE48_PT = 97, /* … beside Opus */
	USHER__CODECS_OPUS_PT = 96,
	USHER__CODECS_FORMATS_MAX = 32, /* payload types of a stream */
	USHER__CODECS_LINES_MAX = 512,  /* bytes of what is written */
};

/* Ours, first the one that we offer first. */
struct usher__codecs {
	uint8_t count; /* 0: PCMU and PCMA */
	uint8_t list[USHER__MCODECS];
};

/* "opus pcma pcmu", each once at most; NULL: the default. USHER_EINVAL. */
int usher__codecs_read(struct usher__codecs *ret, const char *text);

/* What an audio stream describes. */
struct usher__formats {
	uint8_t pt[USHER__MCODECS];   /* payload types, or USHER__NO_PT */
	uint8_t rank[USHER__MCODECS]; /* the lower, the more it is wanted */
	uint8_t te_pt;   /* telephone-event/8000, or USHER__NO_PT */
	uint8_t te48_pt; /* telephone-event/48000 */
	struct usher__opus_wish opus;
};

/* Which payload type means what within a call: of each codec, and of … */
enum {
	USHER__CODECS_TE = USHER__MCODECS, /* … telephone-event/8000 */
	USHER__CODECS_TE48,                /* … and /48000 */
	USHER__CODECS_KINDS
};

/* What a number meant once in a call it means to its end, whoever said so
 * (RFC 3264, 8.3.2). */
struct usher__codecs_map {
	uint8_t pt[USHER__CODECS_KINDS]; /* or USHER__NO_PT */
	uint8_t used[16];                /* bit a number: it had a meaning */
};

void usher__codecs_map_init(struct usher__codecs_map *map);
/* What the peer has said of numbers. In an answer it names its own: what we
 * get has those of our offer. */
void usher__codecs_learn(struct usher__codecs_map *map,
			 const struct usher__codecs_map *said, bool offer);
/* Before an offer: all that is ours has a number, or there is none left. */
void usher__codecs_number(struct usher__codecs_map *map,
			  const struct usher__codecs *ours);

/* The codec that the peer wants most of ours; those that do not go with it
 * (another clock), or are not ours, are gone afterwards. USHER__MCODECS:
 * there is none. */
uint8_t usher__codecs_choose(struct usher__formats *formats,
			     const struct usher__codecs *ours);

/* The telephone-event that goes with a codec: its payload type, or NO_PT, and
 * its rate. The same clock is better; the other one's durations can be
 * counted, too. */
uint8_t usher__codecs_te(const struct usher__formats *formats, uint8_t codec,
			 uint32_t *ret_rate);

/* Only those of a codec's clock. */
void usher__codecs_like(struct usher__codecs *ours, uint8_t codec);

/* Payload types for the line m=, each after a blank, and the lines a= for
 * them; LINES_MAX bytes each. map: as numbered; NULL: a call's first ones. */
void usher__codecs_offer(const struct usher__codecs *ours,
			 const struct usher__codecs_map *map, char *types,
			 char *lines);
void usher__codecs_answer(const struct usher__formats *peer, uint8_t codec,
			  char *types, char *lines);

/* --- reading ---------------------------------------------------------- */

struct usher__formats_reader {
	uint8_t listed[USHER__CODECS_FORMATS_MAX]; /* payload types of the line
						      m=, in order */
	unsigned count;
	uint8_t mapped[16]; /* bit a payload type: a=rtpmap was seen */
	uint8_t wish_pt;    /* of the line a=fmtp that could be Opus' */
	struct usher__opus_wish wish;
	struct usher__formats formats;
};

void usher__formats_init(struct usher__formats_reader *r);
/* False: more than there may be. */
bool usher__formats_list(struct usher__formats_reader *r, uint8_t pt);
/* "96 opus/48000/2" and "96 useinbandfec=1"; what makes no sense is nothing.
 */
void usher__formats_rtpmap(struct usher__formats_reader *r, const char *text,
			   size_t len);
void usher__formats_fmtp(struct usher__formats_reader *r, const char *text,
			 size_t len);
/* All lines were read. */
void usher__formats_end(struct usher__formats_reader *r,
			struct usher__formats *ret,
			struct usher__codecs_map *ret_map);

#endif
